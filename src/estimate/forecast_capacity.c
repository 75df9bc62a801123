// SPDX-License-Identifier: AGPL-3.0-or-later
#include "estimate/capacity.h"
#include "estimate/forecast_care.h"
#include "estimate/forecast_internal.h"
#include "stats/stats.h"

/* Share of those who will be admitted that are on day k: between k - 1/2 and k
 * + 1/2. */
static double *delay_shares(struct epi_arena *a, const struct epi_duration *delay, size_t n,
                            size_t *ret_n)
{
    double *g = EPI_ARRAY(a, n, double), sum = 0;
    size_t k = 0;
    if (!delay) {
        g[0] = 1;
        *ret_n = 1;
        return g;
    }
    for (; k < n && (k == 0 || sum < 1 - 1e-9); k++) {
        if (delay->kind == EPI_DURATION_TABLE || delay->kind == EPI_DURATION_FIXED)
            g[k] =
                (k ? epi_duration_sf(delay, (double)k - 1) : 1) - epi_duration_sf(delay, (double)k);
        else
            g[k] = (k ? epi_duration_sf(delay, (double)k - 0.5) : 1) -
                   epi_duration_sf(delay, (double)k + 0.5);
        sum += g[k];
    }
    *ret_n = k;
    return g;
}

/* Adds what `cases` of day s bring to the days [from, to): admissions[t -
 * from]. */
static void admit(const double *cases, size_t days, const double *g, size_t lags, size_t from,
                  size_t to, double *ret)
{
    for (size_t t = from; t < to; t++)
        for (size_t k = 0; k < lags && k <= t; k++)
            ret[t - from] += t - k < days ? g[k] * cases[t - k] : 0;
}

void epi_forecast_occupancy(struct epi_arena *a, const double *cases, size_t n, const double *path,
                            size_t horizon, size_t draws, const struct epi_forecast_care *c,
                            uint64_t seed, struct epi_forecast_beds *ret)
{
    EPI_ARENA_LOCAL(scratch);
    size_t lags, total = n + horizon;
    double *g = delay_shares(scratch, c->delay, total, &lags);
    double *known = EPI_ARRAY(scratch, total, double), *in = EPI_ARRAY(scratch, total, double),
           *ahead = EPI_ARRAY(scratch, total, double), *later = EPI_ARRAY(scratch, horizon, double),
           *now = EPI_ARRAY(scratch, horizon, double), *gone[2], *old[2], *base[2];
    ret->admissions = EPI_ARRAY(a, horizon * draws, double);
    /* What the cases already known bring: the same on every path. */
    admit(cases, n, g, lags, 0, total, known);
    for (size_t t = 0; t < total; t++)
        known[t] *= c->share;
    for (int k = 0; k < 2; k++) {
        bool counted = !isnan(c->initial[k]);
        ret->beds[k] = EPI_ARRAY(a, horizon * draws, double);
        old[k] = EPI_ARRAY(scratch, horizon, double);
        base[k] = EPI_ARRAY(scratch, total, double);
        gone[k] = EPI_ARRAY(scratch, horizon + 1, double);
        memcpy(in, known, total * sizeof *in);
        if (counted) { /* those in care now are counted, not inferred */
            memset(in, 0, n * sizeof *in);
            epi_capacity_initial(c->initial[k], &c->stay[k], horizon, old[k]);
        }
        epi_capacity_occupancy(scratch, in, total, c->part[k], &c->stay[k], base[k]);
        for (size_t h = 0; h < horizon; h++)
            gone[k][h] = epi_duration_sf(&c->stay[k], (double)h);
    }
    struct epi_rng r = epi_rng_stream(seed, "forecast.beds", n, 0);
    for (size_t j = 0; j < draws; j++) {
        for (size_t h = 0; h < horizon; h++)
            later[h] = path[h * draws + j];
        memset(now, 0, horizon * sizeof *now);
        admit(later, horizon, g, lags, 0, horizon, now);
        for (size_t h = 0; h < horizon; h++) {
            ahead[h] = c->share * now[h];
            ret->admissions[h * draws + j] =
                epi__forecast_count(&r, known[n + h] + ahead[h], (double)INFINITY);
        }
        for (int k = 0; k < 2; k++)
            for (size_t h = 0; h < horizon; h++) {
                double mean = base[k][n + h];
                for (size_t s = 0; s <= h; s++)
                    mean += c->part[k] * ahead[s] * gone[k][h - s];
                double stay = old[k][h] > 0 ? fmin(1, old[k][h] / c->initial[k]) : 0;
                ret->beds[k][h * draws + j] =
                    epi__forecast_count(&r, mean, (double)INFINITY) +
                    (stay > 0 ? (double)epi_draw_binomial(&r, (uint64_t)c->initial[k], stay) : 0);
            }
    }
}
