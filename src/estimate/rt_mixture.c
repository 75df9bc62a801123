// SPDX-License-Identifier: AGPL-3.0-or-later
/* The posterior of R when many serial intervals are possible: gammas of one shape whose rates
 * differ. With u = log(R rate / shape) all of them are one distribution, shifted; so its cdf is
 * laid out once per shape, and the mixture's cdf is a sum of look-ups. */
#include "rt_internal.h"
#include "stats/stats.h"

#define STEP (1.0 / 12) /* of the nodes, in sd of u: the error of the cdf stays below 1e-10 */
#define FAINT (-28.0)   /* log of a part of a density or cdf that is left out */

/* log of the density of u, less its value at u = 0. */
static double log_density(double shape, double u)
{
    return shape * (u - expm1(u));
}

/* With e = shape exp(u), g = shape - e and density f: f' = f g, and each further derivative follows
 * from g' = -e and e' = e. */
static void node(double shape, double u, double *c)
{
    double x = expm1(u), e = shape * (1 + x), g = -shape * x, g2 = g * g, f = exp(shape * (u - x));
    c[1] = f;
    c[2] = f * g / 2;
    c[3] = f * (g2 - e) / 6;
    c[4] = f * (g * (g2 - 3 * e) - e) / 24;
    c[5] = f * (g2 * (g2 - 6 * e) + e * (3 * e - 4 * g - 1)) / 120;
}

void epi__log_gamma_make(struct epi__log_gamma *t, double shape)
{
    double sd = sqrt(epi_trigamma(shape)), step = STEP * fmin(sd, 1);
    /* Left of exp(u) shape = x the cdf is an exponential but for a part of x^(shape + 1). */
    double lo = 0, hi = 0, left = FAINT / (shape + 1) - log(shape);
    while (lo > left && log_density(shape, lo) > FAINT)
        lo -= 4 * step;
    while (log_density(shape, hi) > FAINT)
        hi += 4 * step;
    t->shape = shape;
    t->sd = sd;
    t->lo = lo;
    t->nodes = (size_t)((hi - lo) / step + 1.5);
    EPI_ASSERT(t->nodes <= EPI__MIXTURE_NODES);
    t->step = step;
    for (size_t i = 0; i < t->nodes; i++)
        node(shape, lo + (double)i * step, t->taylor[i]);
    /* The cdf by Hermite's rule of order 6 between nodes, from the exponential left of the first;
     * then as parts of the whole. */
    double cdf = t->taylor[0][1] / shape, h = step;
    t->taylor[0][0] = cdf;
    for (size_t i = 1; i < t->nodes; i++) {
        const double *x = t->taylor[i - 1], *y = t->taylor[i];
        cdf += h * ((x[1] + y[1]) / 2 + h * ((x[2] - y[2]) / 5 + h * (x[3] + y[3]) / 20));
        t->taylor[i][0] = cdf;
    }
    for (size_t i = 0; i < t->nodes; i++)
        for (size_t k = 0; k < 6; k++)
            t->taylor[i][k] /= cdf;
    t->median = epi__log_gamma_quantile(t, 0.5);
}

/* Adds the cdf and its first two derivatives at u. */
static inline void add_cdf(const struct epi__log_gamma *t, double u, double inv_step, double *d)
{
    double at = (u - t->lo) * inv_step + 0.5;
    if (at < 0) {
        double tail = exp(t->shape * (u - t->lo)) * t->taylor[0][0];
        d[0] += tail;
        d[1] += t->shape * tail;
        d[2] += t->shape * t->shape * tail;
        return;
    }
    if (at >= (double)t->nodes) {
        d[0] += 1;
        return;
    }
    size_t i = (size_t)at;
    const double *c = t->taylor[i];
    double x = u - t->lo - (double)i * t->step;
    d[0] += c[0] + x * (c[1] + x * (c[2] + x * (c[3] + x * (c[4] + x * c[5]))));
    d[1] += c[1] + x * (2 * c[2] + x * (3 * c[3] + x * (4 * c[4] + x * (5 * c[5]))));
    d[2] += 2 * c[2] + x * (6 * c[3] + x * (12 * c[4] + x * (20 * c[5])));
}

static void mixture_cdf(const struct epi__log_gamma *t, const double *shift, size_t n, double u,
                        double *d)
{
    double inv_step = 1 / t->step;
    d[0] = d[1] = d[2] = 0;
    for (size_t j = 0; j < n; j++)
        add_cdf(t, u + shift[j], inv_step, d);
    d[0] /= (double)n;
    d[1] /= (double)n;
    d[2] /= (double)n;
}

double epi__log_gamma_cdf(const struct epi__log_gamma *t, double u)
{
    double d[3] = {0, 0, 0};
    add_cdf(t, u, 1 / t->step, d);
    return d[0];
}

/* u where the mixture's cdf is p, from `u` within [lo, hi]: Halley's steps, halving the bracket
 * where they leave it. A step of x is followed by an error of order x^3, in sd of one component. */
static double solve(const struct epi__log_gamma *t, const double *shift, size_t n, double p,
                    double u, double lo, double hi)
{
    double small = 1e-3 * fmin(t->sd, 1);
    for (unsigned round = 0; round < 200; round++) {
        double d[3];
        mixture_cdf(t, shift, n, u, d);
        if (d[0] < p)
            lo = u;
        else
            hi = u;
        /* Far from the root, or between components that do not overlap, Halley's step says little.
         */
        double newton = (p - d[0]) / d[1], bend = newton * d[2] / (2 * d[1]);
        double to = u + newton / (1 + bend);
        bool inside = fabs(bend) < 0.5 && to >= lo && to <= hi;
        if (inside && fabs(to - u) < small)
            return to;
        u = inside ? to : lo + (hi - lo) / 2;
        if (hi - lo < 1e-15)
            break;
    }
    return u;
}

double epi__log_gamma_quantile(const struct epi__log_gamma *t, double p)
{
    const double none = 0;
    if (p <= t->taylor[0][0])
        return t->lo + log(p / t->taylor[0][0]) / t->shape;
    size_t i = 0, j = t->nodes - 1; /* the last node below p */
    while (j - i > 1) {
        size_t k = (i + j) / 2;
        if (t->taylor[k][0] < p)
            i = k;
        else
            j = k;
    }
    double lo = t->lo + (double)i * t->step, hi = lo + (double)(j - i) * t->step;
    return solve(t, &none, 1, p, lo + (hi - lo) / 2, lo - t->step, hi + t->step);
}

void epi__mixture_quantiles(const struct epi__log_gamma *t, const double *shift, size_t n,
                            const double *probs, size_t probs_n, double *learnt, double *ret)
{
    double least = shift[0], most = shift[0], mean = 0, square = 0;
    for (size_t j = 0; j < n; j++) {
        least = shift[j] < least ? shift[j] : least;
        most = shift[j] > most ? shift[j] : most;
        mean += shift[j];
    }
    mean /= (double)n;
    for (size_t j = 0; j < n; j++)
        square += (shift[j] - mean) * (shift[j] - mean);
    double wide = t->sd * sqrt(1 + square / (double)n / (t->sd * t->sd));
    for (size_t i = 0; i < probs_n; i++) {
        double q = epi__log_gamma_quantile(t, probs[i]), lo = q - most, hi = q - least;
        double guess = t->median - mean + (q - t->median) / t->sd * wide;
        double u = fmin(fmax(guess + learnt[i] * wide, lo), hi);
        u = solve(t, shift, n, probs[i], u, lo - 1e-12, hi + 1e-12);
        learnt[i] = (u - guess) / wide;
        ret[i] = exp(u);
    }
}

double epi__mixture_above_1(const struct epi__log_gamma *t, const double *shift, size_t n)
{
    double d[3];
    mixture_cdf(t, shift, n, 0, d);
    return 1 - d[0];
}
