// SPDX-License-Identifier: AGPL-3.0-or-later
#include "estimate/si.h"
#include "stats/stats.h"

/* Source: Cori et al. 2013, web appendix 11. The sum is evaluated as published, term by term: it
 * loses what lies below 1e-13, and so does everybody who computes it. */
static void discretise(double mean, double sd, size_t n, size_t stride, double *ret)
{
    double a = (mean - 1) / sd * ((mean - 1) / sd), b = sd / (mean - 1) * sd;
    double f2 = 0, f1 = 0, g2 = 0, g1 = 0; /* cdf of shape a and a + 1 at k - 2 and k - 1 */
    size_t i = 0;
    for (; i < n && !(f2 == 1 && g2 == 1); i++) {
        double k = (double)i, f = k > 0 ? epi_gamma_p(a, k / b) : 0,
               g = k > 0 ? epi_gamma_p(a + 1, k / b) : 0;
        double w = k * f + (k - 2) * f2 - 2 * (k - 1) * f1 + a * b * (2 * g1 - g2 - g);
        ret[i * stride] = fmax(0, w);
        f2 = f1;
        f1 = f;
        g2 = g1;
        g1 = g;
    }
    for (; i < n; i++)
        ret[i * stride] = 0;
}

void epi_si_discretise(double mean, double sd, size_t n, double *ret)
{
    discretise(mean, sd, n, 1, ret);
}

static double moment(const double *w, size_t n, size_t stride, double about, unsigned power)
{
    double sum = 0;
    for (size_t k = 0; k < n; k++) {
        double d = (double)k - about;
        sum += (power == 2 ? d * d : d) * w[k * stride];
    }
    return sum;
}

double epi_si_mean(const double *w, size_t n)
{
    return moment(w, n, 1, 0, 1);
}

double epi_si_sd(const double *w, size_t n)
{
    return sqrt(fmax(0, moment(w, n, 1, epi_si_mean(w, n), 2)));
}

struct epi_si epi_si_parametric(struct epi_arena *a, double mean, double sd, size_t lags)
{
    double *w = EPI_ARRAY(a, lags, double), *m = EPI_NEW(a, double);
    discretise(mean, sd, lags, 1, w);
    *m = epi_si_mean(w, lags);
    return (struct epi_si){.lags = lags, .n = 1, .w = w, .mean = m};
}

struct epi_si epi_si_given(struct epi_arena *a, const double *w, size_t given, size_t n,
                           size_t lags)
{
    double *out = EPI_ARRAY(a, lags * n, double), *m = EPI_ARRAY(a, n, double);
    for (size_t j = 0; j < n; j++) {
        for (size_t k = 0; k < lags && k < given; k++)
            out[k * n + j] = w[j * given + k];
        m[j] = moment(out + j, lags, n, 0, 1);
    }
    return (struct epi_si){.lags = lags, .n = n, .w = out, .mean = m};
}

/* The quantile u of normal(mean, sd) within [lo, hi], taken from the nearer tail. */
static double normal_within(double u, double mean, double sd, double lo, double hi)
{
    if (!(sd > 0) || !(hi > lo))
        return fmin(fmax(mean, lo), hi);
    double sign = lo > mean ? -1 : 1;
    double from = sign > 0 ? (lo - mean) / sd : (mean - hi) / sd;
    double to = sign > 0 ? (hi - mean) / sd : (mean - lo) / sd;
    double p = epi_normal_cdf(from), q = epi_normal_cdf(to);
    double z = epi_normal_q(p + (sign > 0 ? u : 1 - u) * (q - p));
    return fmin(fmax(mean + sign * sd * z, lo), hi);
}

struct epi_si epi_si_uncertain(struct epi_arena *a, const struct epi_si_doubt *d, size_t n,
                               uint64_t seed, size_t lags, double *ret_pairs)
{
    const double golden = 0.6180339887498949;
    struct epi_rng r = epi_rng_stream(seed, "estimate.si", 0, 0);
    double shift1 = epi_rng_unit(&r), shift2 = epi_rng_unit(&r);
    double *w = EPI_ARRAY(a, lags * n, double), *means = EPI_ARRAY(a, n, double);
    for (size_t j = 0; j < n; j++) {
        double u = ((double)j + shift1) / (double)n, v = golden * (double)j + shift2;
        means[j] = normal_within(u, d->mean, d->mean_sd, d->mean_min, d->mean_max);
        double sd = normal_within(v - floor(v), d->sd, d->sd_sd, d->sd_min, d->sd_max);
        discretise(means[j], sd, lags, n, w + j);
        if (ret_pairs) {
            ret_pairs[j] = means[j];
            ret_pairs[n + j] = sd;
        }
    }
    return (struct epi_si){.lags = lags, .n = n, .w = w, .mean = means};
}
