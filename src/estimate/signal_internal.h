/* signal_internal.h - what the files of the signals share: baselines and the seasonal fit. */
#ifndef EPI_ESTIMATE_SIGNAL_INTERNAL_H
#define EPI_ESTIMATE_SIGNAL_INTERNAL_H
#include "estimate/method.h"
#include "estimate/signal.h"

/* A run of neighbouring points of one level of the seasonal factor. */
struct epi__run {
    uint32_t from, to; /* points [from, to) */
    uint32_t level;
};
/* The baseline of one point: runs in order of time. n = 0: the past is too short. */
struct epi__plan {
    size_t at;
    const struct epi__run *runs;
    size_t n;
    unsigned levels; /* the last one is the level of `at` */
};
void epi__plan_farrington(struct epi_arena *a, const struct epi_farrington_options *o,
                          const struct epi_series *s, size_t at, struct epi__plan *ret);
void epi__plan_windows(struct epi_arena *a, const struct epi_window_options *o,
                       const struct epi_series *s, size_t at, struct epi__plan *ret);

/* Sums over points, missing ones left out. w0 and z0 are the working weight and response at the
 * start of a fit, mu = y + 0.1; i is the point. */
struct epi__sums {
    double n, y, yi, yy, ylogy;
    double w0, w0i, w0ii, w0z0, w0z0i, deviance0;
};
/* One series, made ready for fits: a fit over runs then needs differences of sums. */
struct epi__table {
    size_t n;
    double *y, *y23;        /* count (0 where missing), count^(2/3) (NaN where missing) */
    struct epi__sums *upto; /* n + 1: sums of the points before i */
    uint32_t *missing;      /* points, ascending */
    size_t missing_n;
};
void epi__table_init(struct epi_arena *a, size_t n, struct epi__table *ret);
void epi__table_fill(struct epi__table *t, const double *count);

/* Prior weights: `unit` for every point but a few, which have unit * (1 + extra). A missing point
 * has extra = -1. */
struct epi__exception {
    uint32_t at, level;
    double extra;
};
struct epi__weights {
    double unit;
    struct epi__exception *list; /* ascending */
    size_t n;
};

/* log mu = alpha[level] + beta (i - origin). `sum_w`, `mean_i` and `spread` are of the working
 * weights w of the last step: sums by level, means of i - origin by level, and the sum of
 * w (i - mean)^2 over all levels. A level without known points has sum_w = 0. */
struct epi__fit {
    unsigned levels, p; /* p coefficients: levels with points, and the trend */
    size_t n;           /* known points */
    bool trend, ok;
    double origin;
    double *alpha, *sum_w, *mean_i;
    double beta, spread;
    double *height_before, beta_before; /* e^alpha and beta behind the working weights */
    double dispersion;                  /* Pearson / (n - p), not floored */
};
struct epi__fitter; /* scratch for fits of one size, used again and again */
struct epi__fitter *epi__fitter_new(struct epi_arena *a, size_t points, unsigned levels);
/* The fit lives until the next call. */
const struct epi__fit *epi__fit(struct epi__fitter *f, const struct epi__plan *p,
                                const struct epi__table *t, const struct epi__weights *w,
                                bool trend);
double epi__fit_eta(const struct epi__fit *fit, unsigned level, size_t at);
/* e^(rate (from - origin)) of a run, when it was `last` at the end of the run before. */
double epi__run_power(const struct epi__fit *fit, const struct epi__run *run, size_t end,
                      double last, double rate);
/* e^(rate j) for j < n. */
void epi__powers(double rate, size_t n, double *ret);
size_t epi__plan_longest(const struct epi__plan *p); /* points of the longest run */

/* One judgement of Farrington, and what it rests on until the next one. */
struct epi__judge {
    struct epi_farrington_options o;
    double z; /* normal quantile of the threshold */
    struct epi__fitter *fitter;
    struct epi__weights weights;
    double *sixth, *before, *height; /* powers of one step; mu^(1/6) by level */
    size_t df;                       /* the t quantile of the last degrees of freedom asked for */
    double critical;
    const struct epi__fit *fit; /* NULL when there is none */
};
void epi__judge_init(struct epi_arena *a, const struct epi_farrington_options *o, size_t points,
                     struct epi__judge *ret);
void epi__judge_point(struct epi__judge *j, const struct epi__plan *p, const struct epi__table *t,
                      double count, struct epi_farrington *ret);

/* Entries of the table of methods (signal_run.c). */
epi_estimate_fn epi__signal_run_ears, epi__signal_run_farrington, epi__signal_run_plain;
#endif
