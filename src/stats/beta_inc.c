// SPDX-License-Identifier: AGPL-3.0-or-later
/* The regularised incomplete beta function, each tail computed where it is small. */
#include "stats_internal.h"
#include <float.h>

double epi__beta_lambda(double a, double b, double x, double y)
{
    /* Exact to the last bit: with a and b of 1e6 the plain difference of the products is not. */
    double ay = a * y, bx = b * x, lost = (1.0 - y) - x;
    return (ay - bx) + (fma(a, y, -ay) - fma(b, x, -bx)) + a * lost;
}

double epi__beta_mass(double a, double b, double x, double y, double lambda)
{
    /* The means of x and y are a / (a + b) and b / (a + b): (a + b) x = a - lambda. */
    double n = a + b;
    double far = epi__deviance(a, n * x, lambda) + epi__deviance(b, n * y, -lambda);
    return sqrt(a * (b / n)) * (1.0 / EPI__SQRT_2PI) *
           exp(-far - (epi__stirling(a) + epi__stirling(b) - epi__stirling(n)));
}

/* b x small, or b <= 1 and x <= 1/2: both tails from x^a / (a B(a, b)) (1 + a sum (1 - b) ... (n -
 * b) x^n / (n! (a + n))), the upper one without taking a number near 1 from 1 (DiDonato and Morris
 * 1992, "Algorithm 708", BPSER). */
static struct epi__tails by_series(double a, double b, double x, double y, double lambda)
{
    double power = 1.0, sum = 0.0, term, n = 0.0;
    do {
        n += 1.0;
        power *= (1.0 - b / n) * x;
        term = power / (a + n);
        sum += term;
    } while (fabs(term) > fabs(sum) * 1e-17);
    if (a > 1.0) {
        double first = epi__beta_mass(a, b, x, y, lambda) / a * exp(-b * log1p(-x));
        double lower = fmin(first * (1.0 + a * sum), 1.0);
        return (struct epi__tails){lower, 1.0 - lower};
    }
    /* a B(a, b) = gamma(1 + a) gamma(b) / gamma(a + b) */
    double log_first = a * log(x) - epi__lgamma1p(a) + epi__lgamma_step(b, a);
    double first = exp(log_first);
    return (struct epi__tails){first * (1.0 + a * sum), -expm1(log_first) - first * a * sum};
}

/* lambda >= 0, that is x below the mean: the continued fraction of DiDonato and Morris 1992,
 * BFRAC, by Steed's method (Barnett and others 1974), which divides once a step. */
static double by_fraction(double a, double b, double x, double y, double lambda)
{
    double mass = epi__beta_mass(a, b, x, y, lambda);
    if (mass == 0.0)
        return 0.0;
    double d = (a + 1.0) / (a * (lambda + 1.0)), change = d, value = d, n = 0.0, s = a + 1.0;
    double inverse = 1.0 / s;
    do {
        n += 1.0;
        double cross = n * (b - n) * x * inverse;
        double num = (a + n - 1.0) * (a + b + n - 1.0) * inverse * x * cross;
        s += 2.0;
        inverse = 1.0 / s;
        double den = n + cross + (a + n) * inverse * (lambda + 1.0 + n * (1.0 + y));
        d = 1.0 / (den + num * d);
        change *= den * d - 1.0;
        value += change;
    } while (fabs(change) > 1e-16 * fabs(value) && n < 1e5);
    return mass * value;
}

/* Gauss and Legendre's 16 nodes and weights on [-1, 1], the positive half. */
static const double node[] = {0.989400934991649933, 0.944575023073232576, 0.865631202387831744,
                              0.755404408355003034, 0.617876244402643748, 0.458016777657227386,
                              0.281603550779258913, 0.0950125098376374402};
static const double weight[] = {0.0271524594117540949, 0.0622535239386478929, 0.0951585116824927848,
                                0.124628971255533872,  0.149595988816576732,  0.169156519395002538,
                                0.182603415044923589,  0.189450610455068496};

/* log(y + x e^-s) + x s: how much a Bernoulli variable bends. */
static double bend(double x, double y, double s)
{
    if (x <= y)
        return epi__log1pmx(x * expm1(-s)) + x * epi__expm1mx(-s);
    return epi__log1pmx(y * expm1(s)) + y * epi__expm1mx(s);
}

/* a and b large, lambda >= 0: the density of v = log(x / y) falls from here to the left as
 * exp(-lambda s - (a + b) bend(s)), which is smooth, so that a few panels of Gauss and Legendre
 * give every digit. */
static double by_quadrature(double a, double b, double x, double y, double lambda)
{
    double mass = epi__beta_mass(a, b, x, y, lambda);
    if (mass == 0.0)
        return 0.0;
    /* Length over which the exponent grows by about one. */
    double n = a + b, curve = n * x * y;
    double unit = 2.0 / (lambda + sqrt(lambda * lambda + 2.0 * curve));
    static const double edge[] = {0.0, 3.0, 8.0, 20.0, 40.0};
    double total = 0.0;
    for (size_t k = 0; k + 1 < EPI_COUNT(edge); k++) {
        double half = 0.5 * (edge[k + 1] - edge[k]) * unit;
        double mid = 0.5 * (edge[k + 1] + edge[k]) * unit, sum = 0.0;
        for (size_t i = 0; i < 2 * EPI_COUNT(node); i++) {
            double at = node[i / 2], s = i % 2 ? mid + half * at : mid - half * at;
            sum += weight[i / 2] * exp(-lambda * s - n * bend(x, y, s));
        }
        total += half * sum;
        if (half * sum < 1e-17 * total)
            break;
    }
    return mass * total;
}

struct epi__tails epi__beta_tails(double a, double b, double x, double y, double lambda)
{
    if (x <= 0.0)
        return (struct epi__tails){0.0, 1.0};
    if (y <= 0.0)
        return (struct epi__tails){1.0, 0.0};
    if (x <= 0.7 && (b * x <= 0.7 || (b <= 1.0 && x <= 0.5)))
        return by_series(a, b, x, y, lambda);
    if (y <= 0.7 && (a * y <= 0.7 || (a <= 1.0 && y <= 0.5))) {
        struct epi__tails t = by_series(b, a, y, x, -lambda);
        return (struct epi__tails){t.upper, t.lower};
    }
    /* Near the mean the fraction takes about sqrt(min(a, b)) steps, farther out few. */
    bool large = a > 3e4 && b > 3e4 && lambda * lambda < 9.0 * (a + b) * x * y;
    if (lambda >= 0.0) {
        double lower = (large ? by_quadrature : by_fraction)(a, b, x, y, lambda);
        return (struct epi__tails){lower, 1.0 - lower};
    }
    double upper = (large ? by_quadrature : by_fraction)(b, a, y, x, -lambda);
    return (struct epi__tails){1.0 - upper, upper};
}

double epi_beta_i(double x, double a, double b)
{
    if (!(a > 0.0 && b > 0.0 && a < INFINITY && b < INFINITY && x >= 0.0 && x <= 1.0))
        return NAN;
    double y = 1.0 - x;
    return epi__beta_tails(a, b, x, y, epi__beta_lambda(a, b, x, y)).lower;
}
