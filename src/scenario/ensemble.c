// SPDX-License-Identifier: AGPL-3.0-or-later
/* The step of an ensemble smoother, in the space of the members: data may be more than they. */
#include "scenario/ensemble.h"
#include "stats/stats.h"

#define SHARE_MOST 0.25 /* small last steps keep the luck of a member */

static double misfit_of(const struct epi__ensemble *e, size_t member)
{
    double sum = 0;
    for (size_t k = 0; k < e->data; k++) {
        double off = e->y[k] - e->d[member * e->data + k];
        sum += off * off;
    }
    return sum / 2;
}
double epi__ensemble_misfit(const struct epi__ensemble *e)
{
    double sum = 0;
    for (size_t i = 0; i < e->n; i++)
        sum += misfit_of(e, i);
    return sum / (double)e->n;
}
double epi__ensemble_share(const struct epi__ensemble *e, double left)
{
    double mean = epi__ensemble_misfit(e), var = 0, half = (double)e->data / 2;
    for (size_t i = 0; i < e->n; i++) {
        double off = misfit_of(e, i) - mean;
        var += off * off / (double)(e->n - 1);
    }
    if (!(mean > 0) || !(var > 0))
        return left;
    return fmin(fmin(left, SHARE_MOST), fmax(half / mean, sqrt(half / var)));
}

/* --- one step --- */
struct step {
    const struct epi__ensemble *e;
    double share;
    double *off;    /* [n * data]: data less their mean, by sqrt(n - 1) */
    double *zoff;   /* [n * figures]: the same of figures */
    double *cov;    /* [figures * data] */
    double *inner;  /* [n * n]: Cholesky factor of off off' + I / share */
    double *wanted; /* [n * data]: y + e / sqrt(share) - d */
};
static void less_mean(const double *v, size_t n, size_t m, double *ret)
{
    for (size_t k = 0; k < m; k++) {
        double mean = 0;
        for (size_t i = 0; i < n; i++)
            mean += v[i * m + k] / (double)n;
        for (size_t i = 0; i < n; i++)
            ret[i * m + k] = (v[i * m + k] - mean) / sqrt((double)(n - 1));
    }
}
static void covariances(const struct step *s)
{
    const struct epi__ensemble *e = s->e;
    for (size_t i = 0; i < e->n; i++)
        for (size_t f = 0; f < e->figures; f++)
            for (size_t k = 0; k < e->data; k++)
                if (e->data_day[k] >= e->figure_day[f])
                    s->cov[f * e->data + k] +=
                        s->zoff[i * e->figures + f] * s->off[i * e->data + k];
}
static double dot(const double *a, const double *b, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}
static void want(const struct step *s, uint64_t seed, uint64_t round)
{
    const struct epi__ensemble *e = s->e;
    double *error = s->wanted;
    for (size_t i = 0; i < e->n; i++) {
        struct epi_rng rng = epi_rng_stream(seed, "ensemble.error", round, i);
        for (size_t k = 0; k < e->data; k++)
            error[i * e->data + k] = epi_rng_normal(&rng);
    }
    for (size_t k = 0; k < e->data; k++) {
        double mean = 0; /* errors without a mean of their own move the ensemble's less */
        for (size_t i = 0; i < e->n; i++)
            mean += error[i * e->data + k] / (double)e->n;
        for (size_t i = 0; i < e->n; i++)
            error[i * e->data + k] =
                e->y[k] - e->d[i * e->data + k] + (error[i * e->data + k] - mean) / sqrt(s->share);
    }
}
/* (off' off + I / share)^-1 v by the identity of Woodbury; v becomes the solution. */
static void solve(const struct step *s, double *v, double *inner)
{
    size_t n = s->e->n, m = s->e->data;
    for (size_t i = 0; i < n; i++)
        inner[i] = dot(&s->off[i * m], v, m);
    epi_cholesky_solve(s->inner, n, inner);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < m; k++)
            v[k] -= s->off[i * m + k] * inner[i];
    for (size_t k = 0; k < m; k++)
        v[k] *= s->share;
}
epi_status epi__ensemble_step(struct epi_arena *a, const struct epi__ensemble *e, double share,
                              uint64_t seed, uint64_t round, struct epi_err *reterr)
{
    struct epi_arena_mark mark = epi_arena_mark(a);
    size_t n = e->n, m = e->data;
    struct step s = {.e = e,
                     .share = share,
                     .off = EPI_ARRAY(a, n * m, double),
                     .zoff = EPI_ARRAY(a, n * e->figures, double),
                     .cov = EPI_ARRAY(a, e->figures * m, double),
                     .inner = EPI_ARRAY(a, n * n, double),
                     .wanted = EPI_ARRAY(a, n * m, double)};
    double *inner = EPI_ARRAY(a, n, double);
    less_mean(e->d, n, m, s.off);
    less_mean(e->z, n, e->figures, s.zoff);
    covariances(&s);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j <= i; j++)
            s.inner[i * n + j] = s.inner[j * n + i] =
                dot(&s.off[i * m], &s.off[j * m], m) + (i == j ? 1 / share : 0);
    if (!epi_cholesky(s.inner, n)) {
        epi_arena_release(a, mark);
        return EPI_FAIL(reterr, EPI_INVALID, "calibrate.not-finite", "%d", (int)round + 1);
    }
    want(&s, seed, round);
    for (size_t i = 0; i < n; i++) {
        double *v = &s.wanted[i * m];
        solve(&s, v, inner);
        for (size_t f = 0; f < e->figures; f++)
            e->z[i * e->figures + f] += dot(&s.cov[f * m], v, m);
    }
    epi_arena_release(a, mark);
    return EPI_OK;
}
