// SPDX-License-Identifier: AGPL-3.0-or-later
#include "stats_internal.h"

double epi_normal_cdf(double z)
{
    return 0.5 * erfc(-z * M_SQRT1_2);
}

double epi_normal_sf(double z)
{
    return 0.5 * erfc(z * M_SQRT1_2);
}

/* Wichura 1988, "Algorithm AS 241: the percentage points of the normal distribution", PPND16. */
double epi_normal_q(double p)
{
    static const double mid_num[] = {3.3871328727963666080e0,  1.3314166789178437745e+2,
                                     1.9715909503065514427e+3, 1.3731693765509461125e+4,
                                     4.5921953931549871457e+4, 6.7265770927008700853e+4,
                                     3.3430575583588128105e+4, 2.5090809287301226727e+3};
    static const double mid_den[] = {1.0,
                                     4.2313330701600911252e+1,
                                     6.8718700749205790830e+2,
                                     5.3941960214247511077e+3,
                                     2.1213794301586595867e+4,
                                     3.9307895800092710610e+4,
                                     2.8729085735721942674e+4,
                                     5.2264952788528545610e+3};
    static const double near_num[] = {1.42343711074968357734e0,  4.63033784615654529590e0,
                                      5.76949722146069140550e0,  3.64784832476320460504e0,
                                      1.27045825245236838258e0,  2.41780725177450611770e-1,
                                      2.27238449892691845833e-2, 7.74545014278341407640e-4};
    static const double near_den[] = {1.0,
                                      2.05319162663775882187e0,
                                      1.67638483018380384940e0,
                                      6.89767334985100004550e-1,
                                      1.48103976427480074590e-1,
                                      1.51986665636164571966e-2,
                                      5.47593808499534494600e-4,
                                      1.05075007164441684324e-9};
    static const double far_num[] = {6.65790464350110377720e0,  5.46378491116411436990e0,
                                     1.78482653991729133580e0,  2.96560571828504891230e-1,
                                     2.65321895265761230930e-2, 1.24266094738807843860e-3,
                                     2.71155556874348757815e-5, 2.01033439929228813265e-7};
    static const double far_den[] = {1.0,
                                     5.99832206555887937690e-1,
                                     1.36929880922735805310e-1,
                                     1.48753612908506148525e-2,
                                     7.86869131145613259100e-4,
                                     1.84631831751005468180e-5,
                                     1.42151175831644588870e-7,
                                     2.04426310338993978564e-15};
    if (!(p >= 0.0 && p <= 1.0))
        return NAN;
    double q = p - 0.5;
    if (fabs(q) <= 0.425) {
        double r = 0.180625 - q * q;
        return q * epi__poly(mid_num, 8, r) / epi__poly(mid_den, 8, r);
    }
    double tail = q < 0.0 ? p : 1.0 - p;
    if (tail == 0.0)
        return q < 0.0 ? -INFINITY : INFINITY;
    double r = sqrt(-log(tail)), z;
    if (r <= 5.0)
        z = epi__poly(near_num, 8, r - 1.6) / epi__poly(near_den, 8, r - 1.6);
    else
        z = epi__poly(far_num, 8, r - 5.0) / epi__poly(far_den, 8, r - 5.0);
    return q < 0.0 ? -z : z;
}

double epi_lnorm_cdf(double x, double meanlog, double sdlog)
{
    if (!(sdlog > 0.0))
        return NAN;
    return x <= 0.0 ? 0.0 : epi_normal_cdf((log(x) - meanlog) / sdlog);
}

double epi_lnorm_sf(double x, double meanlog, double sdlog)
{
    if (!(sdlog > 0.0))
        return NAN;
    return x <= 0.0 ? 1.0 : epi_normal_sf((log(x) - meanlog) / sdlog);
}

double epi_lnorm_q(double p, double meanlog, double sdlog)
{
    return sdlog > 0.0 ? exp(meanlog + sdlog * epi_normal_q(p)) : NAN;
}

double epi_lnorm_logpdf(double x, double meanlog, double sdlog)
{
    if (!(sdlog > 0.0) || isnan(x))
        return NAN;
    if (x <= 0.0 || x == INFINITY)
        return -INFINITY;
    double z = (log(x) - meanlog) / sdlog;
    return -0.5 * z * z - EPI__HALF_LOG_2PI - log(x * sdlog);
}

double epi_weibull_cdf(double x, double shape, double scale)
{
    if (!(shape > 0.0 && scale > 0.0))
        return NAN;
    return x <= 0.0 ? 0.0 : -expm1(-pow(x / scale, shape));
}

double epi_weibull_sf(double x, double shape, double scale)
{
    if (!(shape > 0.0 && scale > 0.0))
        return NAN;
    return x <= 0.0 ? 1.0 : exp(-pow(x / scale, shape));
}

double epi_weibull_q(double p, double shape, double scale)
{
    if (!(shape > 0.0 && scale > 0.0 && p >= 0.0 && p <= 1.0))
        return NAN;
    return scale * pow(-log1p(-p), 1.0 / shape);
}

double epi_weibull_logpdf(double x, double shape, double scale)
{
    if (!(shape > 0.0 && scale > 0.0) || isnan(x))
        return NAN;
    if (x < 0.0 || x == INFINITY)
        return -INFINITY;
    double r = x / scale;
    if (shape == 1.0)
        return -log(scale) - r;
    return log(shape / scale) + (shape - 1.0) * log(r) - pow(r, shape);
}
