// SPDX-License-Identifier: AGPL-3.0-or-later
/* Next-generation matrix of a society, and the transmission hazard that gives a disease its R0. */
#include "scenario/scenario_internal.h"
#include "stats/stats.h"

#define B EPI_MIX_BANDS
/* What does not depend on the hazard: people, pairs and contacts by band. */
struct basis {
    double n[B], sus[B], symptoms[B]; /* people of a band, and means over them */
    double home[B * B];               /* ordered pairs of one household */
    double other[B * B];              /* contacts per day outside home and group */
    double *group;                    /* ordered pairs of one group: [kind][size][B][B] */
    uint32_t sizes;
};
static double *group_pairs(const struct basis *is, int kind, uint32_t size)
{
    return is->group + ((size_t)kind * is->sizes + size) * B * B;
}
static void count_ages(const struct epi_society *s, const struct epi_natural_history *d,
                       struct basis *is)
{
    for (uint32_t p = 0; p < s->n; p++) {
        uint32_t b = epi__band(s, p), decade = s->age[p] / 10U;
        decade = decade < EPI_AGES_10 ? decade : EPI_AGES_10 - 1;
        is->n[b]++;
        is->sus[b] += d->susceptibility[decade];
        is->symptoms[b] += d->symptomatic[decade];
    }
    for (size_t b = 0; b < B; b++)
        if (is->n[b] > 0)
            is->sus[b] /= is->n[b], is->symptoms[b] /= is->n[b];
}
static void count_homes(const struct epi_society *s, struct basis *is)
{
    for (uint32_t first = 0; first < s->n; first += s->home_n[first])
        for (uint32_t i = 0; i < s->home_n[first]; i++)
            for (uint32_t j = 0; j < s->home_n[first]; j++)
                if (i != j)
                    is->home[epi__band(s, first + i) * B + epi__band(s, first + j)]++;
}
static void count_others(const struct epi_society *s, struct basis *is)
{
    double area[2][B] = {{0}};
    for (uint32_t p = 0; p < s->n; p++)
        area[s->places[s->place[p]].urban][epi__band(s, p)]++;
    for (int u = 0; u < 2; u++)
        for (size_t a = 0; a < B; a++) {
            double r = (double)s->rate_other[u][a] * area[u][a] / B;
            for (size_t i = 0; i < B; i++) {
                const struct epi__alias *t = &s->contact[u][a][i];
                double keep = t->keep / 4294967295.0;
                is->other[a * B + t->own] += r * keep;
                is->other[a * B + t->other] += r * (1 - keep);
            }
        }
}
static void count_groups(const struct epi_society *s, struct basis *is)
{
    for (uint32_t g = 0; g < s->groups_n; g++) {
        uint32_t n = s->group_first[g + 1] - s->group_first[g];
        is->sizes = is->sizes > n ? is->sizes : n + 1;
    }
    size_t bytes = (size_t)2 * is->sizes * B * B * sizeof *is->group;
    is->group = epi_xmalloc(bytes ? bytes : 1);
    memset(is->group, 0, bytes);
    for (uint32_t g = 0; g < s->groups_n; g++) {
        uint32_t count[B] = {0}, from = s->group_first[g], to = s->group_first[g + 1];
        double *pairs = group_pairs(is, epi__works(s, g), to - from);
        for (uint32_t i = from; i < to; i++)
            count[epi__band(s, s->member[i])]++;
        for (size_t a = 0; a < B; a++)
            for (size_t b = 0; b < B && count[a] > 0; b++)
                pairs[a * B + b] += (double)count[a] * (count[b] - (b == a));
    }
}
static void basis_of(const struct epi_society *s, const struct epi_natural_history *d,
                     struct basis *ret)
{
    memset(ret, 0, sizeof *ret);
    count_ages(s, d, ret);
    count_homes(s, ret);
    count_others(s, ret);
    count_groups(s, ret);
}

/* --- chances of transmission ---
 * At hazard x for a case of mean infectiousness. People differ: the chance is the mean over the
 * gamma of individual infectiousness, 1 - E exp(-x S) = 1 - (1 + x / k)^-k, which for small k is
 * well below that of the mean case where the same people are met again and again. */
static double chance_of(const struct epi_natural_history *d, double x)
{
    double k = d->dispersion;
    return k > 0 ? -expm1(-k * log1p(x / k)) : -expm1(-x);
}
/* The same over cases with and without symptoms. */
static double chance_by(const struct epi_natural_history *d, double symptoms, double x)
{
    return symptoms * chance_of(d, x) + (1 - symptoms) * chance_of(d, x * d->asymptomatic);
}
/* Of one contact on each day, summed over days. */
static double met_once(const struct epi_natural_history *d, double symptoms, double x)
{
    double sum = 0;
    for (int t = 1; t < EPI_PROFILE_DAYS; t++)
        if (d->profile[t] > 0)
            sum += chance_by(d, symptoms, x * d->profile[t]);
    return sum;
}
/* --- in a group ---
 * Somebody of infectiousness S meets each member a Poisson number of times a day, `share` on
 * average. A member escapes with probability exp(-share g), g = sum over days of
 * (1 - exp(-x w_t S)). Over S, g is taken as a gamma of the same mean and variance: exact without
 * dispersion, and where share g is small. */
struct met_often {
    double mean, shape; /* of g; shape infinite = always the mean */
};
static struct met_often met_often(const struct epi_natural_history *d, double x)
{
    double mean = 0, square = 0, k = d->dispersion;
    for (int t = 1; t < EPI_PROFILE_DAYS; t++)
        mean += d->profile[t] > 0 ? chance_of(d, x * d->profile[t]) : 0;
    if (k <= 0 || mean <= 0)
        return (struct met_often){mean, INFINITY};
    for (int s = 1; s < EPI_PROFILE_DAYS; s++)
        for (int t = 1; t < EPI_PROFILE_DAYS && d->profile[s] > 0; t++)
            if (d->profile[t] > 0)
                square += chance_of(d, x * d->profile[s]) + chance_of(d, x * d->profile[t]) -
                          chance_of(d, x * (d->profile[s] + d->profile[t]));
    double variance = square - mean * mean;
    return (struct met_often){mean, variance > 0 ? mean * mean / variance : INFINITY};
}
static double infected_by(const struct met_often *g, double share)
{
    if (!(g->shape < 1e9))
        return -expm1(-share * g->mean);
    return -expm1(-g->shape * log1p(share * g->mean / g->shape));
}
struct in_groups { /* by school or work, band of the contact, symptoms */
    struct met_often with[2][B][2];
};
static struct in_groups in_groups(const struct epi_natural_history *d, const struct basis *is,
                                  double hazard)
{
    struct in_groups g;
    for (int kind = 0; kind < 2; kind++)
        for (size_t b = 0; b < B; b++) {
            double x = hazard * d->setting[kind ? EPI_MEET_WORK : EPI_MEET_SCHOOL] * is->sus[b];
            bool known = b > 0 && is->sus[b] == is->sus[b - 1];
            g.with[kind][b][0] = known ? g.with[kind][b - 1][0] : met_often(d, x * d->asymptomatic);
            g.with[kind][b][1] = known ? g.with[kind][b - 1][1] : met_often(d, x);
        }
    return g;
}
static void add_groups(const struct epi_society *s, const struct epi_natural_history *d,
                       const struct basis *is, double hazard, double *pairs)
{
    const struct in_groups all = in_groups(d, is, hazard);
    for (int kind = 0; kind < 2; kind++)
        for (uint32_t size = 2; size < is->sizes; size++)
            for (size_t a = 0; a < B; a++) {
                const double *n = group_pairs(is, kind, size) + a * B;
                double limit = size - 1, r = (double)s->rate_group[kind][a];
                double share = (r < limit ? r : limit) / limit, symptoms = is->symptoms[a];
                for (size_t b = 0; b < B; b++) {
                    if (n[b] <= 0)
                        continue;
                    const struct met_often *with = all.with[kind][b];
                    pairs[a * B + b] += n[b] * (symptoms * infected_by(&with[1], share) +
                                                (1 - symptoms) * infected_by(&with[0], share));
                }
            }
}
static void matrix_of(const struct epi_society *s, const struct epi_natural_history *d,
                      const struct basis *is, double hazard, double k[B * B])
{
    for (size_t a = 0; a < B; a++)
        for (size_t b = 0; b < B; b++) {
            double x = hazard * is->sus[b], symptoms = is->symptoms[a];
            size_t at = a * B + b;
            k[at] = is->home[at] * chance_by(d, symptoms, x * d->setting[EPI_MEET_HOME]) +
                    is->other[at] * met_once(d, symptoms, x * d->setting[EPI_MEET_OTHER]);
        }
    add_groups(s, d, is, hazard, k);
    for (size_t a = 0; a < B; a++)
        for (size_t b = 0; b < B; b++)
            k[a * B + b] *= is->n[a] > 0 ? 1 / is->n[a] : 0;
}
void epi_next_generation(const struct epi_society *s, const struct epi_natural_history *d,
                         double hazard, double k[B * B])
{
    struct basis is;
    basis_of(s, d, &is);
    matrix_of(s, d, &is, hazard, k);
    free(is.group);
}
double epi_hazard_of(const struct epi_society *s, const struct epi_natural_history *d, double r0)
{
    double k[B * B], hazard = 1e-3, before = 0, lead_before = 0;
    struct basis is;
    if (r0 <= 0)
        return 0;
    basis_of(s, d, &is);
    for (int round = 0; round < 60; round++) {
        EPI_ARENA_LOCAL(a);
        matrix_of(s, d, &is, hazard, k);
        double lead = epi_dominant(a, k, B, NULL);
        /* the secant of the logarithms: 1 while chances add up, less where they saturate */
        double slope = before > 0 ? log(lead / lead_before) / log(hazard / before) : 1;
        slope = slope > 0.1 && slope < 1 ? slope : slope >= 1 ? 1 : 0.1;
        double next = hazard * pow(r0 / lead, 1 / slope);
        if (!(lead > 0) || !(next <= 1e4)) {
            hazard = NAN;
            break;
        }
        if (fabs(next - hazard) < 1e-8 * hazard)
            break;
        before = hazard;
        lead_before = lead;
        hazard = next;
    }
    free(is.group);
    return hazard;
}
#undef B
