// SPDX-License-Identifier: AGPL-3.0-or-later
#include "estimate/score.h"
#include "stats/stats.h"

#define TERMS 1e5

const double epi_score_levels[EPI_SCORE_LEVELS] = {0.01, 0.025, 0.05, 0.1, 0.15, 0.2,   0.25, 0.3,
                                                   0.35, 0.4,   0.45, 0.5, 0.55, 0.6,   0.65, 0.7,
                                                   0.75, 0.8,   0.85, 0.9, 0.95, 0.975, 0.99};

/* (F(k) - 1{y <= k})^2; the upper tail from the other side, where it has digits. */
static double term(double k, double y, double mean, double size)
{
    double d = k < y ? epi_nbinom_cdf(k, mean, size) : epi_nbinom_sf(k, mean, size);
    return d * d;
}

/* Sum of term(k) over k = from .. to: every one, or a trapezoid over every `step`-th. */
static double terms(double from, double to, double y, double mean, double size)
{
    double step = fmax(1, floor((to - from) / TERMS)), sum = 0, k = from;
    if (to < from)
        return 0;
    for (; k + step <= to; k += step) {
        double here = term(k, y, mean, size);
        sum += step == 1 ? here
                         : 0.5 * ((step + 1) * here + (step - 1) * term(k + step, y, mean, size));
    }
    for (; k <= to; k++)
        sum += term(k, y, mean, size);
    return sum;
}

struct epi_score epi_score_nbinom(double y, double mean, double size)
{
    double var = mean + (size == INFINITY ? 0 : mean * mean / size), sd = sqrt(var);
    struct epi_score s = {.log = -epi_nbinom_logpmf(y, mean, size),
                          .se = (y - mean) * (y - mean),
                          .dss = sd > 0 ? (y - mean) * (y - mean) / var + log(var) : (double)NAN};
    /* What lies outside [lo, hi] is 0 but for the stretch between them and y, where it is 1. */
    double lo = epi_nbinom_q(1e-12, mean, size), hi = lo;
    for (double reach = fmax(10, sd); epi_nbinom_sf(hi, mean, size) > 1e-12; reach *= 2)
        hi = ceil(lo + reach);
    double a = fmin(lo, y), b = fmax(hi, y);
    s.crps = terms(fmax(a, lo), fmin(y, hi + 1) - 1, y, mean, size) +
             terms(fmax(y, lo), hi, y, mean, size) + fmax(0, lo - y) + fmax(0, b - hi - 1);
    return s;
}

struct epi_score epi_score_poisson(double y, double mean)
{
    return epi_score_nbinom(y, mean, (double)INFINITY);
}

struct epi_score epi_score_draws(const double *x, size_t n, double y)
{
    double mean = epi_mean(x, n), var = n > 1 ? epi_variance(x, n) : 0, off = 0, apart = 0;
    double m = (double)n;
    for (size_t i = 0; i < n; i++) {
        off += fabs(x[i] - y);
        apart += (2 * (double)i + 1 - m) * x[i]; /* half the sum of |x_i - x_j| over pairs */
    }
    return (struct epi_score){.log = (double)NAN,
                              .crps = off / m - apart / (m * m),
                              .dss =
                                  var > 0 ? (y - mean) * (y - mean) / var + log(var) : (double)NAN,
                              .se = (y - mean) * (y - mean)};
}

struct epi_wis epi_score_quantiles(const double *levels, const double *q, size_t n, double y)
{
    struct epi_wis s = {0};
    bool pairs = true;
    double m = (double)n;
    for (size_t i = 0; i < n; i++) {
        s.wis += 2 * ((y <= q[i]) - levels[i]) * (q[i] - y) / m;
        pairs = pairs && fabs(levels[i] + levels[n - 1 - i] - 1) < 1e-9;
    }
    if (!pairs)
        return (struct epi_wis){s.wis, (double)NAN, (double)NAN, (double)NAN};
    for (size_t i = 0; i < n / 2; i++) {
        double lo = q[i], hi = q[n - 1 - i];
        s.width += 2 * levels[i] * (hi - lo) / m;
        s.over += 2 * fmax(0, lo - y) / m;
        s.under += 2 * fmax(0, y - hi) / m;
    }
    if (n % 2) {
        s.over += fmax(0, q[n / 2] - y) / m;
        s.under += fmax(0, y - q[n / 2]) / m;
    }
    return s;
}
