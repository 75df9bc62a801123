// SPDX-License-Identifier: AGPL-3.0-or-later
/* Poisson, negative binomial and binomial counts. The probabilities are products of a saddle point
 * and what Stirling's formula leaves (Loader 2000, "Fast and accurate computation of binomial
 * probabilities"), so that they keep their digits when the mean is large. */
#include "stats_internal.h"
#include <float.h>

/* --- quantiles: the smallest k >= 0 with P(X <= k) >= p ----------------------------------------
 */
struct count {
    struct epi__tails (*tails)(double k, const struct count *c);
    double (*log_mass)(double k, double mean, double size);
    double mean, size; /* of the negative binomial; infinite: Poisson */
};

static bool reached(struct epi__tails t, double p)
{
    /* Rounding may leave a probability that should equal p a few units below it. */
    if (p <= 0.5)
        return t.lower >= p * (1.0 - 64.0 * DBL_EPSILON);
    return t.upper <= (1.0 - p) * (1.0 + 64.0 * DBL_EPSILON) + 0.5 * DBL_EPSILON;
}

/* From a guess by Cornish and Fisher 1938; then steps along the normal quantile of the distribution
 * function, which is nearly straight in k, within what is known: below < k <= above. */
static double smallest(const struct count *c, double p, double sd, double skew)
{
    double z = epi_normal_q(p), k = floor(c->mean + sd * (z + skew * (z * z - 1.0) / 6.0));
    double below = -1.0, above = INFINITY;
    k = fmax(k, 0.0);
    for (int round = 0; above - below > 1.0; round++) {
        struct epi__tails t = c->tails(k, c);
        double at = t.lower < t.upper ? epi_normal_q(t.lower) : -epi_normal_q(t.upper);
        double mass = exp(c->log_mass(k, c->mean, c->size));
        double step = (z - at) * exp(-0.5 * at * at) / (EPI__SQRT_2PI * mass);
        if (reached(t, p)) {
            above = k;
            /* One more value is known without another call. */
            t.lower -= mass;
            t.upper += mass;
            if (mass < 0.5 * (t.lower + mass) && !reached(t, p))
                return k;
        } else {
            below = k;
        }
        double next = ceil(k + step), middle = floor(below + 0.5 * (above - below));
        if (above == INFINITY)
            middle = 2.0 * below + 1.0;
        k = next > below && next < above && round < 12 ? next : middle;
        if (k <= below || k >= above) /* neighbours of counts beyond 2^53 */
            break;
    }
    return above;
}

/* --- Poisson ------------------------------------------------------------------------------------
 */
double epi_poisson_logpmf(double k, double mean)
{
    if (!(mean >= 0.0 && mean < INFINITY) || isnan(k))
        return NAN;
    if (k < 0.0 || k != floor(k) || k == INFINITY)
        return -INFINITY;
    if (k == 0.0)
        return -mean;
    if (mean == 0.0)
        return -INFINITY;
    return -epi__deviance(k, mean, k - mean) - epi__stirling(k) - 0.5 * log(k) - EPI__HALF_LOG_2PI;
}

static struct epi__tails poisson_tails(double k, const struct count *c)
{
    if (k < 0.0)
        return (struct epi__tails){0.0, 1.0};
    if (k == INFINITY || c->mean == 0.0)
        return (struct epi__tails){1.0, 0.0};
    struct epi__tails t = epi__gamma_tails(floor(k) + 1.0, c->mean);
    return (struct epi__tails){t.upper, t.lower};
}

static double poisson_log_mass(double k, double mean, double size)
{
    (void)size;
    return epi_poisson_logpmf(k, mean);
}

static bool poisson_is(double mean)
{
    return mean >= 0.0 && mean < INFINITY;
}

double epi_poisson_cdf(double k, double mean)
{
    struct count c = {.mean = mean};
    return poisson_is(mean) && !isnan(k) ? poisson_tails(k, &c).lower : NAN;
}

double epi_poisson_sf(double k, double mean)
{
    struct count c = {.mean = mean};
    return poisson_is(mean) && !isnan(k) ? poisson_tails(k, &c).upper : NAN;
}

double epi_poisson_q(double p, double mean)
{
    if (!(poisson_is(mean) && p >= 0.0 && p <= 1.0))
        return NAN;
    if (mean == 0.0 || p == 0.0)
        return 0.0;
    struct count c = {poisson_tails, poisson_log_mass, mean, INFINITY};
    return p == 1.0 ? INFINITY : smallest(&c, p, sqrt(mean), 1.0 / sqrt(mean));
}

/* --- negative binomial --------------------------------------------------------------------------
 */
double epi_nbinom_logpmf(double k, double mean, double size)
{
    if (size == INFINITY)
        return epi_poisson_logpmf(k, mean);
    if (!(mean >= 0.0 && mean < INFINITY && size > 0.0) || isnan(k))
        return NAN;
    if (k < 0.0 || k != floor(k) || k == INFINITY)
        return -INFINITY;
    if (k == 0.0)
        return -size * log1p(mean / size);
    if (mean == 0.0)
        return -INFINITY;
    double n = k + size, all = mean + size, off = size * ((k - mean) / all);
    return -epi__deviance(k, n * (mean / all), off) - epi__deviance(size, n * (size / all), -off) +
           (epi__stirling(n) - epi__stirling(size) - epi__stirling(k)) + 0.5 * log(size / n / k) -
           EPI__HALF_LOG_2PI;
}

static struct epi__tails nbinom_tails(double k, const struct count *c)
{
    if (c->size == INFINITY)
        return poisson_tails(k, c);
    if (k < 0.0)
        return (struct epi__tails){0.0, 1.0};
    if (k == INFINITY || c->mean == 0.0)
        return (struct epi__tails){1.0, 0.0};
    /* P(X <= k) = I(size, k + 1) at size / (size + mean). */
    double b = floor(k) + 1.0, all = c->size + c->mean;
    return epi__beta_tails(c->size, b, c->size / all, c->mean / all,
                           c->size * ((c->mean - b) / all));
}

static bool nbinom_is(double mean, double size)
{
    return mean >= 0.0 && mean < INFINITY && size > 0.0;
}

double epi_nbinom_cdf(double k, double mean, double size)
{
    struct count c = {.mean = mean, .size = size};
    return nbinom_is(mean, size) && !isnan(k) ? nbinom_tails(k, &c).lower : NAN;
}

double epi_nbinom_sf(double k, double mean, double size)
{
    struct count c = {.mean = mean, .size = size};
    return nbinom_is(mean, size) && !isnan(k) ? nbinom_tails(k, &c).upper : NAN;
}

double epi_nbinom_q(double p, double mean, double size)
{
    if (!(nbinom_is(mean, size) && p >= 0.0 && p <= 1.0))
        return NAN;
    if (mean == 0.0 || p == 0.0)
        return 0.0;
    if (p == 1.0)
        return INFINITY;
    struct count c = {nbinom_tails, epi_nbinom_logpmf, mean, size};
    double sd = sqrt(mean + mean * (mean / size));
    return smallest(&c, p, sd, (1.0 + 2.0 * mean / size) / sd);
}

/* --- binomial -----------------------------------------------------------------------------------
 */
static bool binom_is(double n, double p)
{
    return n >= 0.0 && n < INFINITY && n == floor(n) && p >= 0.0 && p <= 1.0;
}

double epi_binom_logpmf(double k, double n, double p)
{
    if (!binom_is(n, p) || isnan(k))
        return NAN;
    if (k < 0.0 || k > n || k != floor(k))
        return -INFINITY;
    if (k == 0.0)
        return n == 0.0 ? 0.0 : n * log1p(-p);
    if (k == n)
        return n * log(p);
    if (p == 0.0 || p == 1.0)
        return -INFINITY;
    double off = -fma(n, p, -k), rest = n - k; /* k - n p */
    return -epi__deviance(k, n * p, off) - epi__deviance(rest, n * (1.0 - p), -off) +
           (epi__stirling(n) - epi__stirling(k) - epi__stirling(rest)) + 0.5 * log(n / k / rest) -
           EPI__HALF_LOG_2PI;
}

static struct epi__tails binom_tails(double k, double n, double p)
{
    k = floor(k);
    if (k < 0.0)
        return (struct epi__tails){0.0, 1.0};
    if (k >= n || p == 0.0)
        return (struct epi__tails){1.0, 0.0};
    /* P(X <= k) = I(n - k, k + 1) at 1 - p; lambda = (n + 1) p - (k + 1). */
    return epi__beta_tails(n - k, k + 1.0, 1.0 - p, p, fma(n + 1.0, p, -(k + 1.0)));
}

double epi_binom_cdf(double k, double n, double p)
{
    return binom_is(n, p) && !isnan(k) ? binom_tails(k, n, p).lower : NAN;
}

double epi_binom_sf(double k, double n, double p)
{
    return binom_is(n, p) && !isnan(k) ? binom_tails(k, n, p).upper : NAN;
}
