/* smooth_model.h - log density, gradient and curvature of the smoothed nowcast; internal to
 * nowcast_smooth.c, which draws from it.
 *
 * Unknowns q = (a, x, w): n log intensities, k log shares, 7 or 0 log factors of report days;
 * beside them log tau and log size. The shares are theta/G with theta = exp(x), G = sum theta, and
 * mean of a cell = exp(a + x + w): a is the log intensity less log G. G is no unknown of the model;
 * it gets log G ~ N(0, 1), independent of all else, so that theta needs no constraint. */
#ifndef EPI_ESTIMATE_SMOOTH_MODEL_H
#define EPI_ESTIMATE_SMOOTH_MODEL_H
#include "estimate/nowcast.h"

struct epi__smooth {
    size_t n, k, w, u; /* rows, delays, factors of the weekday of report and of onset (7 or 0) */
    size_t dim;        /* of q: n + k + w + u */
    bool poisson;
    double kappa;
    const double *y;                     /* n x k */
    const size_t *known;                 /* n: observed columns of a row */
    double *row, *col, day[7], onset[7]; /* sums of the observed counts */
    size_t first_day; /* weekday of onset of row t = (first_day + t) % 7, 0 = Monday; of report
                         t + d */
    double *values, *times; /* distinct positive counts and how often */
    size_t values_n;
    double cases;
    double size_known, size_part; /* part of the density that hangs on the size alone, and at which
                                     log size; NaN at first */
    /* moved together by the sampler: all of a, the shares in `moved`, all of w and u */
    size_t *moved;
    size_t moved_n, block; /* block = moved_n + w + u */
    /* scratch: exp(a + u) n; exp(x + w) by phase, 7 x k; the same of residuals or weights */
    double *ea, *ex, *acc;
    /* factor of the curvature: tridiagonal a, then the block */
    double *diag, *low, *cross, *corner; /* n, n, n x block, block x block */
};
struct epi__smooth_at { /* a point */
    double *q;
    double log_tau, log_size;
};

void epi__smooth_model(struct epi_arena *a, const struct epi_triangle *g,
                       const struct epi_smooth_options *o, struct epi__smooth *ret);
/* Log of likelihood and prior, up to a constant, as a density of (q, log tau, log size). */
double epi__smooth_density(struct epi__smooth *m, const struct epi__smooth_at *p);
/* The part of it that depends on share d alone; after epi__smooth_rows for the same a. */
void epi__smooth_rows(struct epi__smooth *m, const double *q);
double epi__smooth_density_share(struct epi__smooth *m, const struct epi__smooth_at *p, size_t d);
/* Below, vectors hold the n + block unknowns that move together: a, the shares of `moved`, w, u. */
/* d density / d unknown. */
void epi__smooth_gradient(struct epi__smooth *m, const struct epi__smooth_at *p, double *ret);
/* Factor L of the curvature at p, L L' = -d2 density (expected parts where the observed ones could
 * be negative), kept in m. */
void epi__smooth_curvature(struct epi__smooth *m, const struct epi__smooth_at *p);
void epi__smooth_forward(const struct epi__smooth *m, double *v);  /* v becomes L^-1 v */
void epi__smooth_backward(const struct epi__smooth *m, double *v); /* v becomes L^-T v */
#endif
