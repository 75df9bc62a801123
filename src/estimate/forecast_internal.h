/* forecast_internal.h - what the files of the forecast share. */
#ifndef EPI_ESTIMATE_FORECAST_INTERNAL_H
#define EPI_ESTIMATE_FORECAST_INTERNAL_H
#include "estimate/forecast.h"

/* One series up to one origin: weekday factors, size, R, and the path of each part's median. */
struct epi__forecast_state {
    struct epi_forecast_fit fit;
    double *path[EPI_FORECAST_PARTS]; /* [horizon], weekday back in */
    double log_r_sd, interval;        /* sd of log R, mean serial interval */
};
/* forecast_fit.c: all but weights and errors. */
void epi__forecast_fit(struct epi_arena *a, const double *cases, const double *local, size_t n,
                       size_t horizon, const struct epi_forecast_setting *s,
                       struct epi__forecast_state *ret);
/* sum over k >= 1 of w[k] x[t - k]. */
double epi__forecast_infectivity(const double *x, size_t t, const double *w, size_t lags);
/* Draws [EPI_FORECAST_SCORED * draws] of a forecast made at `origin` against cases[origin .. n-1];
 * sorts them. score[EPI_FORECAST_SCORED] adds up until it is closed. */
void epi__forecast_score_add(const double *cases, size_t n, size_t origin, double *draw,
                             size_t draws, struct epi_forecast_score *score);
void epi__forecast_score_close(struct epi_forecast_score *score);
/* A draw of the negative binomial whose mean may be huge or 0. */
double epi__forecast_count(struct epi_rng *r, double mean, double size);
#endif
