// SPDX-License-Identifier: AGPL-3.0-or-later
/* The regularised incomplete gamma functions, each tail computed where it is small. */
#include "stats_internal.h"
#include <float.h>

double epi__gamma_mass(double a, double x)
{
    /* Loader 2000: the saddle point takes out what is large. */
    return sqrt(a) * (1.0 / EPI__SQRT_2PI) * exp(-epi__deviance(a, x, a - x) - epi__stirling(a));
}

/* a and x near each other and large: Temme 1979. */
static struct epi__tails by_temme(double a, double x)
{
    double u = -epi__log1pmx((x - a) / a); /* eta^2 / 2 */
    double mass = exp(-a * u), eta = x < a ? -sqrt(2.0 * u) : sqrt(2.0 * u);
    double half = 0.5 * epi__erfcx(sqrt(a * u));
    double rest = epi__temme_sum(a, eta) / (EPI__SQRT_2PI * sqrt(a));
    if (x < a) {
        double lower = mass * (half - rest);
        return (struct epi__tails){lower, 1.0 - lower};
    }
    double upper = mass * (half + rest);
    return (struct epi__tails){1.0 - upper, upper};
}

/* a < 1 and x of order 1 at most: both tails from x^a / gamma(1 + a) (1 + a sum (-x)^n / ((a + n)
 * n!)), the upper one without taking a number near 1 from 1 (Gautschi 1979, "A computational
 * procedure for incomplete gamma functions", section 2). */
static struct epi__tails by_small_series(double a, double x)
{
    double power = 1.0, sum = 0.0, term;
    double n = 0.0;
    do {
        n += 1.0;
        power *= -x / n;
        term = power / (a + n);
        sum += term;
    } while (fabs(term) > fabs(sum) * 1e-17);
    double log_first = a * log(x) - epi__lgamma1p(a), first = exp(log_first);
    return (struct epi__tails){first * (1.0 + a * sum), -expm1(log_first) - first * a * sum};
}

/* x <= a + 1: P = x^a e^-x / gamma(a + 1) (1 + x / (a + 1) + x^2 / ((a + 1)(a + 2)) ...). */
static struct epi__tails by_series(double a, double x)
{
    double mass = epi__gamma_mass(a, x) / a, term = 1.0, sum = 1.0;
    for (double n = a + 1.0; term > sum * 1e-17; n += 1.0) {
        term *= x / n;
        sum += term;
    }
    double lower = fmin(mass * sum, 1.0);
    return (struct epi__tails){lower, 1.0 - lower};
}

/* x > a: Legendre's continued fraction by Steed's method (Barnett and others 1974), which divides
 * once a step. */
static struct epi__tails by_fraction(double a, double x)
{
    double mass = epi__gamma_mass(a, x);
    if (mass == 0.0)
        return (struct epi__tails){1.0, 0.0};
    double b = x + 1.0 - a, d = 1.0 / b, change = d, value = d, n = 0.0;
    do {
        n += 1.0;
        b += 2.0;
        d = 1.0 / (b + n * (a - n) * d);
        change *= b * d - 1.0;
        value += change;
    } while (fabs(change) > 1e-16 * fabs(value));
    double upper = mass * value;
    return (struct epi__tails){1.0 - upper, upper};
}

struct epi__tails epi__gamma_tails(double a, double x)
{
    if (x <= 0.0)
        return (struct epi__tails){0.0, 1.0};
    if (x == INFINITY)
        return (struct epi__tails){1.0, 0.0};
    if (a >= 20.0 && fabs(x - a) < 0.35 * a)
        return by_temme(a, x);
    if (a < 1.0 && x <= 1.1)
        return by_small_series(a, x);
    return x <= a + 1.0 && a >= 1.0 ? by_series(a, x) : by_fraction(a, x);
}

double epi_gamma_p(double a, double x)
{
    return a > 0.0 && a < INFINITY && x >= 0.0 ? epi__gamma_tails(a, x).lower : NAN;
}

double epi_gamma_q(double a, double x)
{
    return a > 0.0 && a < INFINITY && x >= 0.0 ? epi__gamma_tails(a, x).upper : NAN;
}
