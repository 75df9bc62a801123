// SPDX-License-Identifier: AGPL-3.0-or-later
/* From the growth rate to the reproduction number: R = 1 / M(-r). */
#include "estimate/rt.h"
#include <math.h>

double epi_rt_of_growth_gamma(double r, double mean, double sd)
{
    double shape = mean / sd * (mean / sd), x = r * (sd * sd / mean);
    return x > -1 ? exp(shape * log1p(x)) : (double)NAN;
}

double epi_rt_of_growth_fixed(double r, double mean)
{
    return exp(r * mean);
}

double epi_rt_of_growth_exponential(double r, double mean)
{
    return 1 + r * mean > 0 ? 1 + r * mean : (double)NAN;
}

double epi_rt_of_growth_lags(double r, const double *w, size_t n)
{
    double mass = 0, sum = 0;
    for (size_t k = 0; k < n; k++) {
        mass += w[k];
        sum += w[k] > 0 ? w[k] * exp(-r * (double)k) : 0;
    }
    return sum > 0 ? mass / sum : (double)NAN;
}
