// SPDX-License-Identifier: AGPL-3.0-or-later
/* Counts against what runs find: their scale, how widely reports scatter, and how well they fit. */
#include "scenario/calibrate_internal.h"
#include "stats/stats.h"

#define AROUND 3 /* days before and after a day that say what was to be expected */
#define AROUND_LEAST 4
#define GRID 161 /* z of the dispersion, from -4 to 4 */
#define MEAN_LEAST 0.5
#define FOUND_LEAST 0.01 /* nobody found: a count is unlikely, not impossible */
#define P_POOR 1e-3
#define MISFIT_VAGUE 9.0 /* three standard errors, squared */
const double epi_fit_levels[EPI_FIT_LEVELS] = {0.025, 0.25, 0.5, 0.75, 0.975};

struct epi__area *epi__areas(struct epi_arena *a, const struct epi_observed *o,
                             const struct epi_society *s)
{
    struct epi__area *areas = EPI_ARRAY(a, o->n, struct epi__area);
    for (size_t i = 0; i < o->n; i++) {
        areas[i].place = EPI_ARRAY(a, s->places_n, uint32_t);
        for (uint32_t p = 0; p < s->places_n; p++)
            if (epi_str_starts(s->places[p].path, o->path[i]))
                areas[i].place[areas[i].n++] = p;
    }
    return areas;
}
double epi__found_in(const struct epi_world *w, const struct epi__area *area, int day)
{
    double sum = 0;
    for (size_t i = 0; i < area->n; i++)
        sum += epi_world_tally(w, day, area->place[i], EPI_T_FOUND);
    return sum;
}
double epi__expected(double found, double scale)
{
    return fmax(found, FOUND_LEAST / scale);
}
double epi__normal_count(double y, double k)
{
    return 2 * sqrt(k) * asinh(sqrt((y + 0.375) / k));
}

/* --- how widely reports scatter --- */
static double log_chance(const struct epi_observed *o, size_t series, int day, double k)
{
    const double *v = &o->cases[series * (size_t)o->days];
    double sum = 0;
    int n = 0;
    for (int d = day - AROUND; d <= day + AROUND; d++)
        if (d >= 0 && d < o->days && d != day && !isnan(v[d])) {
            sum += v[d];
            n++;
        }
    if (n < AROUND_LEAST || isnan(v[day]))
        return 0;
    double mean = fmax(sum / n, MEAN_LEAST); /* itself uncertain: 1 + 1/n of the variance */
    return epi_nbinom_logpmf(v[day], mean, k / (1 + 1.0 / n));
}
void epi__dispersion(const struct epi_observed *o, const struct epi_prior *prior, size_t n,
                     double *ret)
{
    double k[GRID], chance[GRID], sum = 0;
    for (int g = 0; g < GRID; g++) {
        double z = -4 + 8.0 * g / (GRID - 1);
        k[g] = epi_prior_at(prior, z);
        chance[g] = -z * z / 2;
        for (size_t s = 0; s < o->n; s++)
            for (int day = 0; day < o->days; day++)
                chance[g] += log_chance(o, s, day, k[g]);
    }
    double all = epi_logsumexp(chance, GRID);
    size_t at = 0;
    for (size_t i = 0; i < n; i++) {
        double want = ((double)i + 0.5) / (double)n;
        while (at + 1 < GRID && sum + exp(chance[at] - all) < want)
            sum += exp(chance[at++] - all);
        ret[i] = k[at];
    }
}

double epi_members_quantile(struct epi_arena *a, const double *value, size_t n, double p)
{
    struct epi_arena_mark mark = epi_arena_mark(a);
    double *v = EPI_ARRAY(a, n, double);
    memcpy(v, value, n * sizeof *v);
    epi_sort(v, n);
    double ret = epi_quantile_sorted(v, n, p);
    epi_arena_release(a, mark);
    return ret;
}

/* --- how well they fit --- */
/* The middle of the jump of the distribution at y, as a normal number (Czado, Gneiting, Held 2009,
 * Biometrics 65:1254, without their random part). */
static double normal_score(const struct epi_calibrated *f, size_t at, double scale, double y)
{
    double below = 0;
    for (size_t i = 0; i < f->n; i++) {
        double mean = epi__expected(f->found[at * f->n + i], scale);
        double k = f->value[i * f->values_n + f->values_n - 1];
        below += epi_nbinom_cdf(y, mean, k) - exp(epi_nbinom_logpmf(y, mean, k)) / 2;
    }
    below /= (double)f->n;
    return epi_normal_q(below < 1e-9 ? 1e-9 : below > 1 - 1e-9 ? 1 - 1e-9 : below);
}
static void weeks_of(const double *score, int days, struct epi_calibrated *ret)
{
    double sum = 0;
    int n = 0;
    for (int day = 0; day < days; day++) {
        if (isnan(score[day]))
            continue;
        sum += score[day];
        if (++n == 7) {
            ret->chi2 += sum * sum / 7;
            ret->weeks++;
            sum = 0;
            n = 0;
        }
    }
}
static bool between(struct epi_arena *a, const struct epi_calibrated *f, size_t at, double y,
                    size_t lo, size_t hi)
{
    const double *v = &f->count[at * f->n];
    return y >= epi_members_quantile(a, v, f->n, epi_fit_levels[lo]) &&
           y <= epi_members_quantile(a, v, f->n, epi_fit_levels[hi]);
}
void epi__judge(struct epi_arena *a, const struct epi_observed *o, double scale,
                struct epi_calibrated *ret)
{
    double in50 = 0, in95 = 0, n = 0;
    ret->chi2 = 0;
    ret->weeks = 0;
    for (size_t i = 0; i < o->n; i++) {
        size_t from = i * (size_t)o->days;
        for (size_t at = from; at < from + (size_t)o->days; at++) {
            double y = o->cases[at];
            ret->score[at] = isnan(y) ? y : normal_score(ret, at, scale, y);
            if (isnan(y))
                continue;
            in50 += between(a, ret, at, y, 1, 3);
            in95 += between(a, ret, at, y, 0, 4);
            n++;
        }
        weeks_of(&ret->score[from], o->days, ret);
    }
    ret->cover50 = in50 / n;
    ret->cover95 = in95 / n;
    ret->p = ret->weeks > 0 ? epi_chi2_sf(ret->chi2, ret->weeks) : 1;
}
bool epi_calibrated_poor(const struct epi_calibrated *f)
{
    return f->p < P_POOR;
}
bool epi_calibrated_vague(const struct epi_calibrated *f)
{
    return f->misfit[f->steps] > MISFIT_VAGUE;
}
