// SPDX-License-Identifier: AGPL-3.0-or-later
/* Next-generation matrix of a society, and the transmission hazard that gives a disease its R0. */
#include "scenario/scenario_internal.h"
#include "stats/stats.h"

#define B EPI_MIX_BANDS
/* Chances of transmission over the infectious time, of relative infectiousness `inf` and
 * susceptibility `sus`: of somebody met every day, and summed over days of one contact each. */
static double met_daily(double hazard, double rate)
{
    return -expm1(-hazard * rate);
}
static double met_once(const struct epi_natural_history *d, double hazard)
{
    double sum = 0;
    for (int t = 1; t < EPI_PROFILE_DAYS; t++)
        sum += -expm1(-hazard * d->profile[t]);
    return sum;
}
struct ages { /* means of the people of a band */
    double n[B], sus[B], inf[B];
};
static struct ages ages_of(const struct epi_society *s, const struct epi_natural_history *d)
{
    struct ages a = {.n = {0}};
    for (uint32_t p = 0; p < s->n; p++) {
        uint32_t b = epi__band(s, p), decade = s->age[p] / 10U;
        decade = decade < EPI_AGES_10 ? decade : EPI_AGES_10 - 1;
        a.n[b]++;
        a.sus[b] += d->susceptibility[decade];
        a.inf[b] += d->symptomatic[decade] + (1 - d->symptomatic[decade]) * d->asymptomatic;
    }
    for (size_t b = 0; b < B; b++)
        if (a.n[b] > 0)
            a.sus[b] /= a.n[b], a.inf[b] /= a.n[b];
    return a;
}
static void add_homes(const struct epi_society *s, const double *chance, double *pairs)
{
    for (uint32_t first = 0; first < s->n; first += s->home_n[first])
        for (uint32_t i = 0; i < s->home_n[first]; i++)
            for (uint32_t j = 0; j < s->home_n[first]; j++)
                if (i != j) {
                    size_t at = epi__band(s, first + i) * B + epi__band(s, first + j);
                    pairs[at] += chance[at];
                }
}
static void add_groups(const struct epi_society *s, const struct ages *ages, const double *hazard,
                       double *pairs)
{
    for (uint32_t g = 0; g < s->groups_n; g++) {
        double count[B] = {0};
        uint32_t from = s->group_first[g], to = s->group_first[g + 1];
        for (uint32_t i = from; i < to; i++)
            count[epi__band(s, s->member[i])]++;
        for (size_t a = 0; a < B; a++) {
            if (count[a] == 0)
                continue;
            double limit = to - from - 1, r = (double)s->rate_group[epi__works(s, g)][a];
            double each = (r < limit ? r : limit) / limit * hazard[epi__works(s, g)];
            for (size_t b = 0; b < B; b++)
                if (count[b] > (b == a))
                    pairs[a * B + b] += count[a] * (count[b] - (b == a)) *
                                        met_daily(each, ages->inf[a] * ages->sus[b]);
        }
    }
}
static void add_others(const struct epi_society *s, const double *chance, double *pairs)
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
                pairs[a * B + t->own] += r * keep * chance[a * B + t->own];
                pairs[a * B + t->other] += r * (1 - keep) * chance[a * B + t->other];
            }
        }
}
void epi_next_generation(const struct epi_society *s, const struct epi_natural_history *d,
                         double hazard, double k[B * B])
{
    double home[B * B], other[B * B];
    const double group[2] = {hazard * d->setting[EPI_MEET_SCHOOL],
                             hazard * d->setting[EPI_MEET_WORK]};
    struct ages ages = ages_of(s, d);
    for (size_t a = 0; a < B; a++)
        for (size_t b = 0; b < B; b++) {
            double x = hazard * ages.inf[a] * ages.sus[b];
            home[a * B + b] = met_daily(x, d->setting[EPI_MEET_HOME]);
            other[a * B + b] = met_once(d, x * d->setting[EPI_MEET_OTHER]);
        }
    memset(k, 0, B * B * sizeof *k);
    add_homes(s, home, k);
    add_groups(s, &ages, group, k);
    add_others(s, other, k);
    for (size_t a = 0; a < B; a++)
        for (size_t b = 0; b < B; b++)
            k[a * B + b] *= ages.n[a] > 0 ? 1 / ages.n[a] : 0;
}
double epi_hazard_of(const struct epi_society *s, const struct epi_natural_history *d, double r0)
{
    double k[B * B], vector[B], hazard = 1e-3;
    EPI_ARENA_LOCAL(a);
    if (r0 <= 0)
        return 0;
    for (int round = 0; round < 60; round++) { /* nearly linear: few rounds */
        epi_next_generation(s, d, hazard, k);
        double lead = epi_dominant(a, k, B, vector), next = hazard * r0 / lead;
        if (!(lead > 0) || next > 1e4)
            return NAN;
        if (fabs(next - hazard) < 1e-7 * hazard)
            break;
        hazard = next;
    }
    return hazard;
}
#undef B
