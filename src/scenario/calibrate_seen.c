// SPDX-License-Identifier: AGPL-3.0-or-later
/* Counts against what runs find: the chance of a count, what was foreseen, and how well. */
#include "scenario/calibrate_internal.h"
#include "stats/stats.h"

#define ORIGINS_FEW 20
#define DRAWS 4 /* of the count of a day, for each particle */
const double epi_fit_levels[EPI_FIT_LEVELS] = {0.025, 0.25, 0.5, 0.75, 0.975};

struct epi__seen epi__seen(double found, double scale, double dispersion)
{
    double c = found < 1 ? 1 : found;
    return (struct epi__seen){(found < 0.5 ? 0.5 : found) / scale,
                              1 / (1 / dispersion + (1 - scale) / c)};
}
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

/* --- weighted values --- */
struct weighed {
    double value, weight;
};
static int by_value(const void *a, const void *b)
{
    const struct weighed *x = a, *y = b;
    return x->value < y->value ? -1 : x->value > y->value;
}
static void quantiles(struct weighed *v, size_t n, const double *levels, size_t k, double *ret)
{
    double sum = 0, all = 0;
    size_t at = 0;
    qsort(v, n, sizeof *v, by_value);
    for (size_t i = 0; i < n; i++)
        all += v[i].weight;
    for (size_t q = 0; q < k; q++) {
        while (at + 1 < n && sum + v[at].weight < levels[q] * all)
            sum += v[at++].weight;
        ret[q] = v[at].value;
    }
}
double epi_weighted_quantile(struct epi_arena *a, const double *value, const double *weight,
                             size_t n, double p)
{
    double ret = (double)NAN;
    struct epi_arena_mark mark = epi_arena_mark(a);
    struct weighed *v = EPI_ARRAY(a, n, struct weighed);
    for (size_t i = 0; i < n; i++)
        v[i] = (struct weighed){value[i], weight[i]};
    if (n > 0)
        quantiles(v, n, &p, 1, &ret);
    epi_arena_release(a, mark);
    return ret;
}

/* --- foreseen --- */
void epi__foresee(struct epi_arena *a, const struct epi__foreseen *f, uint64_t seed, uint64_t key,
                  double ret[EPI_FIT_LEVELS])
{
    struct epi_arena_mark mark = epi_arena_mark(a);
    struct weighed *v = EPI_ARRAY(a, f->n * DRAWS, struct weighed);
    for (size_t i = 0; i < f->n; i++) {
        struct epi_rng rng = epi_rng_stream(seed, "calibrate.ahead", key, i);
        for (size_t k = 0; k < DRAWS; k++)
            v[i * DRAWS + k] = (struct weighed){
                (double)epi_draw_nbinom(&rng, f->seen[i].mean, f->seen[i].size), f->weight[i]};
    }
    quantiles(v, f->n * DRAWS, epi_fit_levels, EPI_FIT_LEVELS, ret);
    epi_arena_release(a, mark);
}
/* The middle of the jump of the distribution at y, as a normal number (Czado, Gneiting, Held 2009,
 * Biometrics 65:1254, without their random part). */
double epi__normal_score(const struct epi__foreseen *f, double y)
{
    double below = 0, sum = 0;
    for (size_t i = 0; i < f->n; i++) {
        if (f->weight[i] <= 0)
            continue;
        double at = exp(epi_nbinom_logpmf(y, f->seen[i].mean, f->seen[i].size));
        below += f->weight[i] * (epi_nbinom_cdf(y, f->seen[i].mean, f->seen[i].size) - at / 2);
        sum += f->weight[i];
    }
    below /= sum;
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
void epi__judge(const struct epi_observed *o, struct epi_calibrated *ret)
{
    double in50 = 0, in95 = 0, n = 0;
    ret->chi2 = 0;
    ret->weeks = 0;
    for (size_t i = 0; i < o->n; i++) {
        size_t from = i * (size_t)o->days;
        weeks_of(&ret->score[from], o->days, ret);
        for (size_t d = from; d < from + (size_t)o->days; d++) {
            if (isnan(o->cases[d]))
                continue;
            const double *q = ret->ahead[d];
            in50 += o->cases[d] >= q[1] && o->cases[d] <= q[3];
            in95 += o->cases[d] >= q[0] && o->cases[d] <= q[4];
            n++;
        }
    }
    ret->cover50 = in50 / n;
    ret->cover95 = in95 / n;
    ret->p = ret->weeks > 0 ? epi_chi2_sf(ret->chi2, ret->weeks) : 1;
}
bool epi_calibrated_few(const struct epi_calibrated *f)
{
    return f->origins < ORIGINS_FEW;
}
bool epi_calibrated_poor(const struct epi_calibrated *f)
{
    return f->p < 1e-3 || f->softened * 10 > f->last + 1;
}
