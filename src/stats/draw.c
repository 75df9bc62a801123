// SPDX-License-Identifier: AGPL-3.0-or-later
#include "stats_internal.h"

/* n p < 10, p <= 1/2: the distribution function is walked up from 0. */
static double binomial_by_inversion(struct epi_rng *r, double n, double p)
{
    double odds = p / (1.0 - p), mass = exp(n * log1p(-p)), u = epi_rng_unit(r), k = 0.0;
    while (u >= mass && k < n) {
        u -= mass;
        k += 1.0;
        mass *= (n - k + 1.0) / k * odds;
        if (mass == 0.0) /* what is left of u is rounding */
            break;
    }
    return k;
}

/* n p >= 10, p <= 1/2: Hormann 1993, "The generation of binomial random variates", BTRS; the exact
 * probability decides where his squeeze does not. */
static double binomial_by_rejection(struct epi_rng *r, double n, double p)
{
    double root = sqrt(n * p * (1.0 - p)), b = 1.15 + 2.53 * root;
    double a = -0.0873 + 0.0248 * b + 0.01 * p, centre = n * p + 0.5;
    double v_r = 0.92 - 4.2 / b, alpha = (2.83 + 5.1 / b) * root, top = NAN;
    for (;;) {
        double u = epi_rng_unit(r) - 0.5, v = 1.0 - epi_rng_unit(r), us = 0.5 - fabs(u);
        double k = floor((2.0 * a / us + b) * u + centre);
        if (us >= 0.07 && v <= v_r)
            return k;
        if (!(k >= 0.0 && k <= n))
            continue;
        if (isnan(top))
            top = epi_binom_logpmf(floor((n + 1.0) * p), n, p);
        if (log(v * alpha / (a / (us * us) + b)) <= epi_binom_logpmf(k, n, p) - top)
            return k;
    }
}

uint64_t epi_draw_binomial(struct epi_rng *r, uint64_t n, double p)
{
    EPI_ASSERT(p >= 0.0 && p <= 1.0 && n <= (uint64_t)1 << 53);
    if (p > 0.5)
        return n - epi_draw_binomial(r, n, 1.0 - p);
    double trials = (double)n;
    if (trials * p < 10.0)
        return (uint64_t)binomial_by_inversion(r, trials, p);
    return (uint64_t)binomial_by_rejection(r, trials, p);
}

/* Poisson of any mean: Ahrens and Dieter 1974, "Computer methods for sampling from gamma, beta,
 * Poisson and binomial distributions": the moment of the m-th arrival splits the interval. */
static uint64_t draw_poisson(struct epi_rng *r, double mean)
{
    uint64_t before = 0;
    while (mean > 1e6) {
        double m = floor(mean * 0.875), arrival = epi_rng_gamma(r, m, 1.0);
        if (arrival > mean)
            return before + epi_draw_binomial(r, (uint64_t)m - 1, mean / arrival);
        before += (uint64_t)m;
        mean -= arrival;
    }
    return before + epi_rng_poisson(r, mean);
}

uint64_t epi_draw_nbinom(struct epi_rng *r, double mean, double size)
{
    EPI_ASSERT(mean >= 0.0 && mean < 1e15 && size > 0.0);
    if (mean == 0.0)
        return 0;
    return draw_poisson(r, size == INFINITY ? mean : epi_rng_gamma(r, size, mean / size));
}

/* Log of a gamma variable, which may be too small for a double. */
static double log_gamma_variable(struct epi_rng *r, double shape)
{
    if (shape >= 1.0)
        return log(epi_rng_gamma(r, shape, 1.0));
    double more = log(epi_rng_gamma(r, shape + 1.0, 1.0));
    return more + log(1.0 - epi_rng_unit(r)) / shape;
}

double epi_draw_beta(struct epi_rng *r, double a, double b)
{
    EPI_ASSERT(a > 0.0 && b > 0.0);
    double x = log_gamma_variable(r, a), y = log_gamma_variable(r, b);
    return 1.0 / (1.0 + exp(y - x));
}

/* z > 0 given lo <= z <= hi, far in the tail: Robert 1995, "Simulation of truncated normal
 * variables", with an exponential proposal cut at hi. */
static double normal_tail(struct epi_rng *r, double lo, double hi)
{
    double rate = 0.5 * (lo + sqrt(lo * lo + 4.0)), cut = -expm1(-rate * (hi - lo));
    for (;;) {
        double z = lo - log1p(-cut * epi_rng_unit(r)) / rate;
        if (epi_rng_unit(r) <= exp(-0.5 * (z - rate) * (z - rate)))
            return fmin(z, hi);
    }
}

double epi_draw_normal_in(struct epi_rng *r, double mean, double sd, double lo, double hi)
{
    EPI_ASSERT(sd > 0.0 && lo < hi);
    double a = (lo - mean) / sd, b = (hi - mean) / sd, z;
    bool mirror = a + b > 0.0; /* the lower tail has the digits */
    if (mirror) {
        double swap = -a;
        a = -b;
        b = swap;
    }
    if (b < -8.0) {
        z = -normal_tail(r, -b, -a);
    } else {
        double from = epi_normal_cdf(a), to = epi_normal_cdf(b);
        z = epi_normal_q(from + (to - from) * epi_rng_unit(r));
    }
    return fmax(lo, fmin(hi, mean + sd * (mirror ? -z : z)));
}

void epi_draw_multinomial(struct epi_rng *r, uint64_t n, const double *weights, size_t k,
                          uint64_t *ret)
{
    double rest = 0.0;
    size_t last = 0;
    for (size_t i = 0; i < k; i++) {
        EPI_ASSERT(weights[i] >= 0.0);
        rest += weights[i];
        if (weights[i] > 0.0)
            last = i;
    }
    EPI_ASSERT(rest > 0.0 && rest < INFINITY);
    for (size_t i = 0; i < k; i++) {
        ret[i] = 0;
        if (i == last)
            ret[i] = n;
        else if (n > 0 && i < last && weights[i] > 0.0)
            ret[i] = epi_draw_binomial(r, n, rest > weights[i] ? weights[i] / rest : 1.0);
        n -= ret[i];
        rest -= weights[i];
    }
}
