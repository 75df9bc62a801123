// SPDX-License-Identifier: AGPL-3.0-or-later
#include "estimate/offspring.h"
#include "stats/stats.h"

/* The likelihood in alpha = 1/k, which is Poisson at alpha = 0 and needs no gamma function:
 *   sum over j of N(>j) log(1 + j alpha) + S log R - (S + n/alpha) log(1 + alpha R) - constant
 * with N(>j) cases that have more than j offspring. */
struct sample {
    const double *more; /* N(>j), j = 0 .. most - 1 */
    size_t most;
    double n, total, constant;
    double r, target; /* for searches */
};

/* log(1 + x) / x */
static double log1p_over(double x)
{
    return fabs(x) < 1e-8 ? 1 - x / 2 : log1p(x) / x;
}

/* Factors of the same N(>j) are multiplied before their logarithm is taken. */
static double loglik(const struct sample *s, double r, double alpha)
{
    double sum = 0, product = 1;
    if (r == 0)
        return s->total > 0 ? -INFINITY : 0;
    for (size_t j = 1; j < s->most; j++) {
        product *= 1 + (double)j * alpha;
        if (j + 1 == s->most || s->more[j + 1] != s->more[j] || product > 1e200) {
            sum += s->more[j] * log(product);
            product = 1;
        }
    }
    return sum + s->total * log(r) - s->total * log1p(alpha * r) -
           s->n * r * log1p_over(alpha * r) - s->constant;
}

/* d/dalpha at R and alpha. */
static double slope(const struct sample *s, double r, double alpha)
{
    double sum = 0, x = alpha * r;
    for (size_t j = 1; j < s->most; j++)
        sum += s->more[j] * (double)j / (1 + (double)j * alpha);
    /* n (log(1 + x) - x/(1 + x)) / alpha^2 comes from -(n/alpha) log(1 + x), the rest from S. */
    double last = fabs(x) < 1e-4 ? r * r * (0.5 - 2 * x / 3 + 0.75 * x * x)
                                 : (log1p(x) - x / (1 + x)) / (alpha * alpha);
    return sum - s->total * r / (1 + x) + s->n * last;
}

static double slope_at_log(double u, void *ctx)
{
    const struct sample *s = ctx;
    return slope(s, s->r, exp(u));
}
static double below_target(double u, void *ctx)
{
    const struct sample *s = ctx;
    return loglik(s, s->r, exp(u)) - s->target;
}

static bool sample_of(struct epi_arena *a, const double *times, size_t n, struct sample *ret)
{
    double *more = EPI_ARRAY(a, n + 1, double), sum = 0;
    *ret = (struct sample){.more = more};
    for (size_t y = n; y-- > 0;) {
        more[y] = sum; /* cases with more than y */
        sum += times[y];
        ret->total += times[y] * (double)y;
        if (times[y] > 0 && ret->most < y)
            ret->most = y;
        ret->constant += times[y] > 0 ? times[y] * epi_lgamma((double)y + 1) : 0;
    }
    ret->n = sum;
    return sum > 0;
}

#define LOG_LEAST (-30.0)
#define LOG_MOST 30.0
/* The best alpha for a given R, to `tol` in its log; 0 when none above 0 is better. */
static double best_alpha(struct sample *s, double r, double tol)
{
    s->r = r;
    if (!(slope(s, r, exp(LOG_LEAST)) > 0))
        return 0;
    double u = epi_root(slope_at_log, s, LOG_LEAST, LOG_MOST, tol);
    return isnan(u) ? 0 : exp(u);
}
static double profile_r(double log_r, void *ctx)
{
    struct sample *s = ctx;
    double r = exp(log_r);
    return loglik(s, r, best_alpha(s, r, 1e-6)) - s->target; /* flat at its best */
}

static void limits_of_k(struct sample *s, double alpha, struct epi_ci *ret)
{
    s->r = s->total / s->n;
    double centre = alpha > 0 ? log(alpha) : LOG_LEAST, far = centre;
    while (below_target(far, s) > 0 && far < 700)
        far += 2;
    ret->lo = exp(-epi_root(below_target, s, centre, far, 1e-13));
    if (loglik(s, s->r, 0) >= s->target)
        ret->hi = INFINITY;
    else
        ret->hi = exp(-epi_root(below_target, s, LOG_LEAST, centre, 1e-13));
}

static void limits_of_r(struct sample *s, struct epi_ci *ret)
{
    double centre = log(ret->est), lo = centre, hi = centre;
    while (profile_r(lo, s) > 0 && lo > centre - 60)
        lo -= 0.5;
    while (profile_r(hi, s) > 0 && hi < centre + 60)
        hi += 0.5;
    ret->lo = exp(epi_root(profile_r, s, lo, centre, 1e-12));
    ret->hi = exp(epi_root(profile_r, s, centre, hi, 1e-12));
    ret->lo = isnan(ret->lo) ? 0 : ret->lo;
    ret->hi = isnan(ret->hi) ? INFINITY : ret->hi;
}

void epi_offspring_fit(struct epi_arena *a, const double *times, size_t n, double level,
                       struct epi_offspring_fit *ret)
{
    struct sample s;
    double drop = epi_chi2_q(level, 1) / 2, squares = 0;
    *ret = (struct epi_offspring_fit){.r = EPI_CI_NONE, .k = EPI_CI_NONE};
    if (!sample_of(a, times, n, &s))
        return;
    double mean = s.total / s.n, alpha = 0;
    for (size_t y = 0; y < n; y++)
        squares += times[y] * ((double)y - mean) * ((double)y - mean);
    ret->cases = s.n, ret->total = s.total, ret->most = (double)s.most;
    ret->variance = s.n > 1 ? squares / (s.n - 1) : (double)NAN;
    ret->zeros = n ? times[0] / s.n : 0;
    if (s.total == 0) {
        ret->r = (struct epi_ci){0, 0, drop / s.n};
        return;
    }
    /* At 0 the slope says whether the variance with divisor n exceeds the mean. */
    if (slope(&s, mean, 0) > 0)
        alpha = best_alpha(&s, mean, 1e-14);
    ret->k.est = 1 / alpha;
    ret->loglik = loglik(&s, mean, alpha);
    ret->loglik_poisson = loglik(&s, mean, 0);
    s.target = ret->loglik - drop;
    limits_of_k(&s, alpha, &ret->k);
    ret->r.est = mean;
    limits_of_r(&s, &ret->r);
}

double epi_offspring_loglik(struct epi_arena *a, const double *times, size_t n, double r, double k)
{
    struct sample s;
    return sample_of(a, times, n, &s) ? loglik(&s, r, 1 / k) : (double)NAN;
}

/* With q = 1 - s: f(q) = -expm1(-k log(1 + R q / k)) - q = 0. f is concave and f(0) = 0, so that
 * Newton's steps from q = 1 come down to the largest root without passing it; q, not s, is
 * computed, because it is the small one near R = 1. */
double epi_epidemic_probability(double r, double k)
{
    if (isnan(r) || isnan(k) || r < 0 || k <= 0)
        return (double)NAN;
    if (r <= 1)
        return 0;
    double q = 1;
    for (int i = 0; i < 200; i++) {
        double x = isinf(k) ? r * q : k * log1p(r * q / k), left = exp(-x);
        double f = -expm1(-x) - q;
        double slope = r * left / (isinf(k) ? 1 : 1 + r * q / k) - 1;
        double next = q - f / slope;
        if (!(slope < 0) || !(next < q) || next <= 0)
            break;
        q = next;
    }
    return q;
}

double epi_share_of_cases(double r, double k, double part)
{
    if (!(r > 0) || !(k > 0))
        return (double)NAN;
    /* Weighted by its offspring, a case has one more than a negative binomial of size k + 1. */
    double need = 1 - part, size = k + 1, mean = isinf(k) ? r : r * size / k;
    double i = epi_nbinom_q(need, mean, size);
    double below = i > 0 ? epi_nbinom_cdf(i - 1, mean, size) : 0;
    double split = (need - below) / exp(epi_nbinom_logpmf(i, mean, size));
    return epi_nbinom_sf(i, r, k) - split * exp(epi_nbinom_logpmf(i + 1, r, k));
}

double epi_share_of_infections(double k, double top)
{
    if (isinf(k))
        return top;
    return epi_gamma_q(k + 1, epi_gamma_quant(1 - top, k, 1));
}
