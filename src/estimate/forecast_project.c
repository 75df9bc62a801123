// SPDX-License-Identifier: AGPL-3.0-or-later
#include "estimate/forecast_internal.h"
#include "stats/stats.h"

#define COUNT_MAX 1e9

double epi__forecast_count(struct epi_rng *r, double mean, double size)
{
    if (!(mean > 0))
        return 0;
    return fmin(COUNT_MAX,
                (double)epi_draw_nbinom(r, fmin(mean, COUNT_MAX), size < 1e-6 ? 1e-6 : size));
}

double epi__forecast_infectivity(const double *x, size_t t, const double *w, size_t lags)
{
    double sum = 0;
    for (size_t k = 1; k < lags && k <= t; k++)
        sum += w[k] * x[t - k];
    return sum;
}

void epi_project_r(const double *cases, const double *local, size_t n, size_t window,
                   double prior_mean, double prior_sd, struct epi_projection *ret)
{
    double shape = prior_mean / prior_sd * (prior_mean / prior_sd),
           rate = prior_mean / (prior_sd * prior_sd);
    for (size_t t = n > window + 1 ? n - window : 1; t < n; t++) {
        shape += local ? local[t] : cases[t];
        rate += epi__forecast_infectivity(cases, t, ret->w, ret->lags);
    }
    ret->r_shape = shape;
    ret->r_scale = 1 / rate;
    ret->r_mean = shape / rate;
}

/* The last counts a projection looks back to, with room for the steps ahead. */
static double *tail(struct epi_arena *a, const double *cases, size_t n, size_t lags, size_t horizon,
                    size_t *ret_n)
{
    size_t keep = n < lags ? n : lags;
    double *x = EPI_ARRAY(a, keep + horizon + 1, double);
    if (keep)
        memcpy(x, cases + n - keep, keep * sizeof *x);
    *ret_n = keep;
    return x;
}

void epi_project(struct epi_arena *a, const double *cases, size_t n, const struct epi_projection *p,
                 double *ret)
{
    struct epi_arena_mark mark = epi_arena_mark(a);
    size_t from;
    double *x = tail(a, cases, n, p->lags, p->horizon, &from);
    struct epi_rng r = epi_rng_stream(p->seed, "forecast.projection", n, 0);
    for (size_t j = 0; j < p->draws; j++) {
        double rt = p->r_shape > 0 ? epi_rng_gamma(&r, p->r_shape, p->r_scale) : p->r_mean;
        for (size_t h = 0; h < p->horizon; h++) {
            double l = epi__forecast_infectivity(x, from + h, p->w, p->lags);
            double size = p->noise == EPI_PROJECTION_NBINOM ? p->size * l : (double)INFINITY;
            x[from + h] = epi__forecast_count(&r, rt * l, size);
            ret[h * p->draws + j] = x[from + h];
        }
    }
    epi_arena_release(a, mark);
}

void epi_project_mean(struct epi_arena *a, const double *cases, size_t n, double r, const double *w,
                      size_t lags, size_t horizon, double *ret)
{
    struct epi_arena_mark mark = epi_arena_mark(a);
    size_t from;
    double *x = tail(a, cases, n, lags, horizon, &from);
    for (size_t h = 0; h < horizon; h++)
        ret[h] = x[from + h] = fmin(COUNT_MAX, r * epi__forecast_infectivity(x, from + h, w, lags));
    epi_arena_release(a, mark);
}

void epi_persist(const double *cases, size_t n, size_t horizon, size_t draws, uint64_t seed,
                 double *ret)
{
    struct epi_rng r = epi_rng_stream(seed, "forecast.persistence", n, 0);
    for (size_t j = 0; j < draws; j++) {
        double sum = 0;
        for (size_t h = 0; h < horizon; h++) {
            if (n > 1) {
                uint64_t k = epi_rng_below(&r, 2 * (n - 1));
                double d = cases[k / 2 + 1] - cases[k / 2];
                sum += k % 2 ? d : -d;
            }
            ret[h * draws + j] = fmax(0, rint(cases[n - 1] + sum));
        }
    }
}

void epi_forecast_summary(double *draw, size_t draws, size_t horizon, double *ret_mean,
                          double *ret_quantile)
{
    for (size_t h = 0; h < horizon; h++) {
        double *v = draw + h * draws;
        epi_sort(v, draws);
        if (ret_mean)
            ret_mean[h] = epi_mean(v, draws);
        for (size_t k = 0; k < EPI_SCORE_LEVELS; k++) {
            size_t at = (size_t)ceil(epi_score_levels[k] * (double)draws - 1e-9);
            ret_quantile[h * EPI_SCORE_LEVELS + k] = v[at > 0 ? at - 1 : 0];
        }
    }
}
