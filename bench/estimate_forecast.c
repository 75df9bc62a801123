// SPDX-License-Identifier: AGPL-3.0-or-later
/* Forecasts of 700 daily series of a year, 14 days ahead, on one core, in processor seconds:
 *   estimate_forecast                 prints name<TAB>seconds<TAB>what
 * A plain projection of as many paths stands beside each: what a forecast without weekdays, weights
 * and scores would cost. */
#include "estimate/forecast.h"
#include <math.h>
#include <stdio.h>
#include <time.h>

enum { SERIES = 700, DAYS = 365, AHEAD = 14, LAGS = 31, DRAWS = 1000 };

static double cpu_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double *make(struct epi_arena *a)
{
    double *y = EPI_ARRAY(a, SERIES * DAYS, double);
    for (size_t k = 0; k < SERIES; k++) {
        struct epi_rng r = epi_rng_stream(1, "bench.forecast", k, 0);
        double mean = exp(5 * epi_rng_unit(&r) - 1), phase = 7 * epi_rng_unit(&r);
        for (size_t i = 0; i < DAYS; i++) {
            double mu = mean * exp(sin(7 * (double)i / 200 + phase)) * (i % 7 == 2 ? 0.6 : 1.07);
            y[k * DAYS + i] = (double)epi_rng_poisson(&r, epi_rng_gamma(&r, 10, mu / 10));
        }
    }
    return y;
}

static void line(const char *name, double from, const char *what, double sum)
{
    printf("%s\t%.3f\t%s; mean of the last day %.3f\n", name, cpu_seconds() - from, what,
           sum / SERIES);
}

static void forecasts(const double *y, const double *w, size_t past, const char *name,
                      const char *what)
{
    struct epi_forecast_setting s = {.horizon = AHEAD,
                                     .window = 7,
                                     .draws = DRAWS,
                                     .w = w,
                                     .lags = LAGS,
                                     .period = 7,
                                     .step = 7,
                                     .past = past,
                                     .seed = 1};
    double from = cpu_seconds(), sum = 0;
    for (size_t k = 0; k < SERIES; k++) {
        EPI_ARENA_LOCAL(a);
        struct epi_forecast f;
        epi_forecast_make(a, y + k * DAYS, NULL, DAYS, &s, &f);
        sum += f.mean[AHEAD - 1];
    }
    line(name, from, what, sum);
}

int main(void)
{
    EPI_ARENA_LOCAL(a);
    double *y = make(a), w[LAGS], mean[AHEAD], q[AHEAD * EPI_SCORE_LEVELS], sum = 0;
    double *draw = EPI_ARRAY(a, AHEAD * DRAWS, double);
    epi_si_discretise(5.2, 2.8, LAGS, w);
    forecasts(y, w, 0, "forecast.renewal",
              "700 series x 365 days, 14 ahead, 1000 paths, not scored");
    forecasts(y, w, 8, "forecast.renewal-scored",
              "the same, scored at 8 past weeks beside two rivals");
    double from = cpu_seconds();
    for (size_t k = 0; k < SERIES; k++) {
        struct epi_projection p = {
            .horizon = AHEAD, .draws = DRAWS, .w = w, .lags = LAGS, .seed = 1};
        epi_project_r(y + k * DAYS, NULL, DAYS, 7, 5, 5, &p);
        epi_project(a, y + k * DAYS, DAYS, &p, draw);
        epi_forecast_summary(draw, DRAWS, AHEAD, mean, q);
        sum += mean[AHEAD - 1];
    }
    line("forecast.projection", from, "plain Poisson projection, as many paths", sum);
    return 0;
}
