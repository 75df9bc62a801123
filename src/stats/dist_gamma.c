// SPDX-License-Identifier: AGPL-3.0-or-later
#include "stats_internal.h"

double epi__tail_step(double tail, double log_p, bool upper, double mass, double slope, double most)
{
    if (!(tail > 0.0 && mass > 0.0)) /* underflow far outside: the tail wanted is larger */
        return upper ? -most : most;
    double h = log(tail) - log_p, r = (upper ? -mass : mass) / tail;
    double newton = -h / r, halley = newton / (1.0 + 0.5 * newton * (slope - r));
    /* Far away the denominator may pass zero; Newton's step has the right sign. */
    double step = halley * newton > 0.0 ? halley : newton;
    return fmax(-most, fmin(most, step));
}

double epi_gamma_cdf(double x, double shape, double scale)
{
    if (!(scale > 0.0) || isnan(x))
        return NAN;
    return epi_gamma_p(shape, fmax(x, 0.0) / scale);
}

double epi_gamma_sf(double x, double shape, double scale)
{
    if (!(scale > 0.0) || isnan(x))
        return NAN;
    return epi_gamma_q(shape, fmax(x, 0.0) / scale);
}

double epi_gamma_logpdf(double x, double shape, double scale)
{
    if (!(shape > 0.0 && scale > 0.0) || isnan(x))
        return NAN;
    if (x < 0.0 || x == INFINITY)
        return -INFINITY;
    if (x == 0.0)
        return shape < 1.0 ? INFINITY : shape == 1.0 ? -log(scale) : -INFINITY;
    double y = x / scale;
    return 0.5 * log(shape) - EPI__HALF_LOG_2PI - epi__deviance(shape, y, shape - y) -
           epi__stirling(shape) - log(x);
}

double epi_gamma_quant(double p, double shape, double scale)
{
    if (!(p >= 0.0 && p <= 1.0 && shape > 0.0 && scale > 0.0))
        return NAN;
    if (p == 0.0)
        return 0.0;
    return p == 1.0 ? INFINITY : scale * epi__gamma_quantile(p, shape);
}

void epi_gamma_quants(const double *p, size_t n, double shape, double scale, double *ret)
{
    bool good = shape > 0.0 && scale > 0.0;
    if (good)
        epi__gamma_quantiles(p, n, shape, ret);
    for (size_t i = 0; i < n; i++)
        ret[i] = good ? ret[i] * scale : NAN;
}

double epi_chi2_cdf(double x, double df)
{
    return epi_gamma_cdf(x, 0.5 * df, 2.0);
}

double epi_chi2_sf(double x, double df)
{
    return epi_gamma_sf(x, 0.5 * df, 2.0);
}

double epi_chi2_q(double p, double df)
{
    return epi_gamma_quant(p, 0.5 * df, 2.0);
}
