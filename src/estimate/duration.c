// SPDX-License-Identifier: AGPL-3.0-or-later
#include "estimate/duration.h"
#include "stats/stats.h"

const char *epi_duration_word(enum epi_duration_kind k)
{
    static const char *const words[] = {"gamma",       "weibull", "lnorm",
                                        "exponential", "fixed",   "table"};
    return words[k];
}

bool epi_duration_by_moments(enum epi_duration_kind k, double mean, double sd,
                             struct epi_duration *ret)
{
    double ratio = sd / mean;
    *ret = (struct epi_duration){.kind = k, .p1 = mean};
    if (k == EPI_DURATION_GAMMA) {
        ret->p1 = 1 / (ratio * ratio);
        ret->p2 = mean * ratio * ratio;
    } else if (k == EPI_DURATION_LNORM) {
        double v = log1p(ratio * ratio);
        ret->p1 = log(mean) - v / 2;
        ret->p2 = sqrt(v);
    } else if (k == EPI_DURATION_WEIBULL || k == EPI_DURATION_TABLE) {
        return false;
    }
    return mean > 0 && epi_duration_sound(ret);
}

bool epi_duration_sound(const struct epi_duration *d)
{
    double sum = 0;
    switch (d->kind) {
    case EPI_DURATION_GAMMA:
    case EPI_DURATION_WEIBULL:
        return d->p1 > 0 && d->p2 > 0 && isfinite(d->p1) && isfinite(d->p2);
    case EPI_DURATION_LNORM:
        return isfinite(d->p1) && d->p2 > 0 && isfinite(d->p2);
    case EPI_DURATION_EXP:
    case EPI_DURATION_FIXED:
        return d->p1 > 0 && isfinite(d->p1);
    case EPI_DURATION_TABLE:
        for (size_t k = 0; k < d->n; k++) {
            if (!(d->share[k] >= 0 && isfinite(d->share[k])))
                return false;
            sum += d->share[k];
        }
        return sum > 0;
    case EPI_DURATION_KINDS:
        break;
    }
    return false;
}

double epi_duration_density(const struct epi_duration *d, double x)
{
    switch (d->kind) {
    case EPI_DURATION_GAMMA:
        if (x == 0)
            return d->p1 > 1 ? 0 : d->p1 < 1 ? INFINITY : 1 / d->p2;
        return exp(epi_gamma_logpdf(x, d->p1, d->p2));
    case EPI_DURATION_WEIBULL:
        if (x == 0)
            return d->p1 > 1 ? 0 : d->p1 < 1 ? INFINITY : 1 / d->p2;
        return exp(epi_weibull_logpdf(x, d->p1, d->p2));
    case EPI_DURATION_LNORM:
        return x > 0 ? exp(epi_lnorm_logpdf(x, d->p1, d->p2)) : 0;
    case EPI_DURATION_EXP:
        return exp(-x / d->p1) / d->p1;
    case EPI_DURATION_TABLE:
        return x == floor(x) && x < (double)d->n ? d->share[(size_t)x] : 0;
    case EPI_DURATION_FIXED:
        return x == rint(d->p1) ? 1 : 0;
    case EPI_DURATION_KINDS:
        break;
    }
    return (double)NAN;
}

/* Sum of share[k] f(k) over the sum of shares. */
static double table_sf(const struct epi_duration *d, double x)
{
    double sum = 0, above = 0;
    for (size_t k = 0; k < d->n; k++) {
        sum += d->share[k];
        above += (double)k > floor(x) ? d->share[k] : 0;
    }
    return above / sum;
}

double epi_duration_sf(const struct epi_duration *d, double x)
{
    switch (d->kind) {
    case EPI_DURATION_GAMMA:
        return epi_gamma_sf(x, d->p1, d->p2);
    case EPI_DURATION_WEIBULL:
        return epi_weibull_sf(x, d->p1, d->p2);
    case EPI_DURATION_LNORM:
        return x > 0 ? epi_lnorm_sf(x, d->p1, d->p2) : 1;
    case EPI_DURATION_EXP:
        return exp(-x / d->p1);
    case EPI_DURATION_FIXED:
        return floor(x) < d->p1 ? 1 : 0;
    case EPI_DURATION_TABLE:
        return table_sf(d, x);
    case EPI_DURATION_KINDS:
        break;
    }
    return (double)NAN;
}

double epi_duration_mean(const struct epi_duration *d)
{
    double sum = 0, mean = 0;
    switch (d->kind) {
    case EPI_DURATION_GAMMA:
        return d->p1 * d->p2;
    case EPI_DURATION_WEIBULL:
        return d->p2 * exp(epi_lgamma(1 + 1 / d->p1));
    case EPI_DURATION_LNORM:
        return exp(d->p1 + d->p2 * d->p2 / 2);
    case EPI_DURATION_EXP:
    case EPI_DURATION_FIXED:
        return d->p1;
    case EPI_DURATION_TABLE:
        for (size_t k = 0; k < d->n; k++) {
            sum += d->share[k];
            mean += d->share[k] * (double)k;
        }
        return mean / sum;
    case EPI_DURATION_KINDS:
        break;
    }
    return (double)NAN;
}

/* The integral is E[X; X > x] - x P(X > x); partial means in closed form. */
double epi_duration_residual(const struct epi_duration *d, double x)
{
    double mean = epi_duration_mean(d), left = 0, sum = 0;
    switch (d->kind) {
    case EPI_DURATION_GAMMA:
        left = mean * epi_gamma_sf(x, d->p1 + 1, d->p2) - x * epi_gamma_sf(x, d->p1, d->p2);
        break;
    case EPI_DURATION_WEIBULL:
        left = mean * epi_gamma_q(1 + 1 / d->p1, pow(x / d->p2, d->p1)) -
               x * epi_weibull_sf(x, d->p1, d->p2);
        break;
    case EPI_DURATION_LNORM:
        if (x <= 0)
            return 1;
        left = mean * epi_normal_sf((log(x) - d->p1) / d->p2 - d->p2) -
               x * epi_lnorm_sf(x, d->p1, d->p2);
        break;
    case EPI_DURATION_EXP:
        return exp(-x / mean);
    case EPI_DURATION_FIXED:
        left = fmax(0, mean - x);
        break;
    case EPI_DURATION_TABLE:
        for (size_t k = 0; k < d->n; k++) {
            sum += d->share[k];
            left += d->share[k] * fmax(0, (double)k - x);
        }
        left /= sum;
        break;
    case EPI_DURATION_KINDS:
        return (double)NAN;
    }
    return fmax(0, left / mean);
}
