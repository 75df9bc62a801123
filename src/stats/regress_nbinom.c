// SPDX-License-Identifier: AGPL-3.0-or-later
/* The negative binomial log-linear model: coefficients and size in turns (Lawless 1987, "Negative
 * binomial and mixed Poisson regression"; Venables and Ripley 2002, section 7.4). The two are
 * orthogonal, so few turns are needed. */
#include "regress_internal.h"

struct size_problem {
    const double *y, *mu;
    size_t n;
};

/* digamma(x + d) - digamma(x), which keeps its digits when x is large. */
static double digamma_step(double x, double d)
{
    double sum = 0.0;
    if (d <= 20.0 && d == floor(d)) {
        for (double k = 0.0; k < d; k += 1.0)
            sum += 1.0 / (x + k);
        return sum;
    }
    for (; x < 20.0; x += 1.0) /* 1 / x - 1 / (x + d) */
        sum += d / (x * (x + d));
    double u = 1.0 / x, v = 1.0 / (x + d), difference = d * u * v, s = u * u, r = v * v;
    /* u^2 - v^2 = difference (u + v); the terms after it are small. */
    return sum + log1p(d / x) + difference * (0.5 + (u + v) / 12.0) - (s * s - r * r) / 120.0 +
           (s * s * s - r * r * r) / 252.0 - (s * s * s * s - r * r * r * r) / 240.0;
}

/* Derivative of the log likelihood in log size. */
static double size_slope(double log_size, void *ctx)
{
    const struct size_problem *q = (const struct size_problem *)ctx;
    double size = exp(log_size), sum = 0.0;
    for (size_t i = 0; i < q->n; i++) {
        double y = q->y[i], mu = q->mu[i];
        sum += digamma_step(size, y) - log1p(mu / size) + (mu - y) / (mu + size);
    }
    return size * sum;
}

/* The size of greatest likelihood given the means, sought from `start` in steps of its logarithm
 * that double; infinite when the counts vary no more than Poisson counts do. */
static double best_size(const double *y, const double *mu, size_t n, double start, double step)
{
    struct size_problem q = {y, mu, n};
    double top = 1.0;
    for (size_t i = 0; i < n; i++)
        top = fmax(top, mu[i]);
    double most = log(1e7 * top), at = fmin(log(start), most), other = at;
    bool rising = size_slope(at, &q) > 0.0;
    do {
        at = other;
        if (rising && at >= most)
            return INFINITY;
        if (!rising && at < -46.0) /* 1e-20: nothing but zeros and one outbreak */
            return exp(at);
        other = rising ? fmin(at + step, most) : at - step;
        step *= 2.0;
    } while ((size_slope(other, &q) > 0.0) == rising);
    return exp(epi_root(size_slope, &q, fmin(at, other), fmax(at, other), 1e-13));
}

epi_status epi_fit_nbinom(struct epi_arena *a, const double *y, const double *x,
                          const double *offset, size_t n, size_t p, struct epi_fit *ret,
                          struct epi_err *reterr)
{
    struct epi_fit fit;
    EPI_TRY(epi_fit_poisson(a, y, x, NULL, offset, n, p, &fit, reterr));
    struct epi_arena_mark mark = epi_arena_mark(a);
    struct epi__loglinear m;
    epi__loglinear_init(a, &m, y, x, NULL, offset, n, p);
    double excess = 0.0, start, step = 0.1;
    for (size_t i = 0; i < n; i++) {
        double r = y[i] / fit.fitted[i] - 1.0;
        excess += r * r;
    }
    start = fmax(1e-3, (double)n / excess);
    double *before = EPI_ARRAY(a, n, double);
    unsigned turns = 0;
    epi_status s = EPI_OK;
    for (bool still = false; !still && turns < 100; turns++) {
        struct epi_arena_mark turn = epi_arena_mark(a);
        double old = m.theta, moved = 0.0;
        m.theta = best_size(y, fit.fitted, n, start, step);
        if (m.theta == INFINITY) {
            break;
        }
        step = fmax(1e-9, fmin(0.1, 0.5 * fabs(log(m.theta / start))));
        start = m.theta;
        memcpy(before, fit.fitted, n * sizeof *before);
        s = epi__loglinear_fit(a, &m, 1e-8, &fit, reterr);
        if (s != EPI_OK)
            break;
        for (size_t i = 0; i < n; i++)
            moved = fmax(moved, fabs(fit.fitted[i] - before[i]) / fit.fitted[i]);
        still = fabs(m.theta - old) < 1e-9 * m.theta && moved < 1e-9;
        fit.converged = still;
        epi_arena_release(a, turn);
    }
    epi_arena_release(a, mark);
    if (s == EPI_OK && m.theta == INFINITY && turns > 0) /* not so at first, so at last */
        s = epi_fit_poisson(a, y, x, NULL, offset, n, p, &fit, reterr);
    fit.theta = m.theta;
    if (m.theta < INFINITY) {
        fit.loglik = 0.0;
        for (size_t i = 0; i < n; i++)
            fit.loglik += epi_nbinom_logpmf(y[i], fit.fitted[i], m.theta);
    }
    fit.rounds = turns;
    if (s == EPI_OK)
        *ret = fit;
    return s;
}
