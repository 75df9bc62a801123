// SPDX-License-Identifier: AGPL-3.0-or-later
#include "stats_internal.h"
#include <float.h>

/* 2 (atanh(r) - r) = log(1 + x) - x + x r with r = x / (2 + x): a series in r^2, which needs few
 * terms and no cancellation. Outside it the plain difference loses two bits at most. */
double epi__log1pmx(double x)
{
    if (x < -0.4 || x > 0.65)
        return log1p(x) - x;
    double r = x / (2.0 + x), s = r * r;
    double v = 1.0 / 29;
    v = v * s + 1.0 / 27;
    v = v * s + 1.0 / 25;
    v = v * s + 1.0 / 23;
    v = v * s + 1.0 / 21;
    v = v * s + 1.0 / 19;
    v = v * s + 1.0 / 17;
    v = v * s + 1.0 / 15;
    v = v * s + 1.0 / 13;
    v = v * s + 1.0 / 11;
    v = v * s + 1.0 / 9;
    v = v * s + 1.0 / 7;
    v = v * s + 1.0 / 5;
    v = v * s + 1.0 / 3;
    return r * (2.0 * s * v - x);
}

double epi__expm1mx(double x)
{
    if (fabs(x) > 1.0)
        return expm1(x) - x;
    double term = 0.5 * x * x, sum = term;
    for (int k = 3; fabs(term) > fabs(sum) * 1e-17; k++) {
        term *= x / k;
        sum += term;
    }
    return sum;
}

/* log gamma(2 + e) / e for |e| <= 1/2: Chebyshev interpolation of degree 17, error below 3e-17. */
static double lgamma2_over(double e)
{
    static const double c[] = {
        0.422784335098467136,     0.322467033424113236,      -0.0673523010531956098,
        0.0205808084277803354,    -0.0073855510289379741,    0.00289051033103677213,
        -0.00119275390092040189,  0.000509669515348437314,   -0.000223154978689319446,
        0.0000994576744009676379, -0.0000449237170837465954, 0.0000205055843728969313,
        -9.45633812061012245e-6,  4.38473193182937452e-6,    -1.9741884532905585e-6,
        9.19989807567139478e-7,   -5.8125012505992611e-7,    2.78800133924918439e-7};
    return epi__poly(c, EPI_COUNT(c), e);
}

double epi__lgamma1p(double x)
{
    if (x <= 0.5)
        return x * lgamma2_over(x) - log1p(x);
    if (x <= 1.5)
        return (x - 1.0) * lgamma2_over(x - 1.0);
    return epi_lgamma(x + 1.0);
}

static double stirling_series(double x)
{
    double s = 1.0 / (x * x), v = -3617.0 / 122400;
    v = v * s + 1.0 / 156;
    v = v * s - 691.0 / 360360;
    v = v * s + 1.0 / 1188;
    v = v * s - 1.0 / 1680;
    v = v * s + 1.0 / 1260;
    v = v * s - 1.0 / 360;
    v = v * s + 1.0 / 12;
    return v / x;
}

double epi__stirling(double x)
{
    /* Counts ask for integers most. */
    static const double whole[] = {0,
                                   0.0810614667953272582,
                                   0.0413406959554092941,
                                   0.0276779256849983391,
                                   0.0207906721037650931,
                                   0.0166446911898211922,
                                   0.0138761288230707480,
                                   0.0118967099458917701,
                                   0.0104112652619720965,
                                   0.00925546218271273292};
    if (x >= 10.0)
        return stirling_series(x);
    size_t i = (size_t)x;
    if (i > 0 && x == (double)i)
        return whole[i];
    return epi__lgamma1p(x) - (x + 0.5) * log(x) + x - EPI__HALF_LOG_2PI;
}

/* sin(pi x) for x >= 0, exact at its zeros. */
static double sin_pi(double x)
{
    double r = fmod(x, 2.0);
    if (r > 1.0)
        return -sin_pi(r - 1.0);
    return r <= 0.25 ? sin(M_PI * r) : r <= 0.75 ? cos(M_PI * (0.5 - r)) : sin(M_PI * (1.0 - r));
}

double epi_lgamma(double x)
{
    if (isnan(x))
        return x;
    if (x <= 0.0) {
        if (x == floor(x))
            return INFINITY;
        /* Reflection, as log(pi / |x sin(pi x)|) - log gamma(-x). */
        return log(M_PI / fabs(x * sin_pi(-x))) - epi_lgamma(-x);
    }
    if (x <= 0.5)
        return epi__lgamma1p(x) - log(x);
    if (x <= 2.5)
        return epi__lgamma1p(x - 1.0);
    if (x < 10.0) {
        double product = 1.0;
        while (x > 2.5)
            product *= x -= 1.0;
        return (x - 2.0) * lgamma2_over(x - 2.0) + log(product);
    }
    if (x == INFINITY)
        return x;
    return (x - 0.5) * (log(x) - 1.0) + (EPI__HALF_LOG_2PI - 0.5 + stirling_series(x));
}

double epi__lgamma_step(double x, double d)
{
    /* gamma(x + d) / gamma(x) rises by the factor 1 + d / x from x to x + 1. */
    double rise = 0.0; /* the product of these factors, less one */
    for (; x < 10.0; x += 1.0)
        rise += (1.0 + rise) * (d / x);
    double u = d / x;
    return d * log(x) + x * (1.0 + u) * epi__log1pmx(u) + d * u - 0.5 * log1p(u) +
           (stirling_series(x + d) - stirling_series(x)) - log1p(rise);
}

double epi_digamma(double x)
{
    /* Taylor series about the positive root, whose low part is the second constant. */
    static const double c[] = {
        0.96767224544762117,    -0.442763168983592106,   0.258499760955651011,
        -0.163942705442406528,  0.107824050691262366,    -0.0721995612564547109,
        0.0488042881641431072,  -0.0331611264748473593,  0.0225976482322181047,
        -0.0154247659049489591, 0.0105387916166121754,   -0.00720453438635686824,
        0.00492678139572985345, -0.00336980165543932808, 0.00230512632673492784,
        -0.00157693677143019726};
    if (!(x > 0.0))
        return NAN;
    double d = x - 1.4616321449683622 - 9.5499954299656977e-17;
    if (fabs(d) < 0.1)
        return d * epi__poly(c, EPI_COUNT(c), d);
    double below = 0.0;
    for (; x < 10.0; x += 1.0)
        below += 1.0 / x;
    double s = 1.0 / (x * x), v = -3617.0 / 8160;
    v = v * s + 1.0 / 12;
    v = v * s - 691.0 / 32760;
    v = v * s + 1.0 / 132;
    v = v * s - 1.0 / 240;
    v = v * s + 1.0 / 252;
    v = v * s - 1.0 / 120;
    v = v * s + 1.0 / 12;
    return log(x) - 0.5 / x - s * v - below;
}

double epi_trigamma(double x)
{
    if (!(x > 0.0))
        return NAN;
    double below = 0.0;
    for (; x < 12.0; x += 1.0)
        below += 1.0 / (x * x);
    /* Bernoulli numbers. */
    double s = 1.0 / (x * x), v = -3617.0 / 510;
    v = v * s + 7.0 / 6;
    v = v * s - 691.0 / 2730;
    v = v * s + 5.0 / 66;
    v = v * s - 1.0 / 30;
    v = v * s + 1.0 / 42;
    v = v * s - 1.0 / 30;
    v = v * s + 1.0 / 6;
    return below + (1.0 + (0.5 + v / x) / x) / x;
}

double epi_lbeta(double a, double b)
{
    if (!(a > 0.0 && b > 0.0))
        return NAN;
    if (a < b) {
        double swap = a;
        a = b;
        b = swap;
    }
    if (b <= 1.0) /* gamma(b) / (gamma(a + b) / gamma(a)) */
        return epi_lgamma(b) - epi__lgamma_step(a, b);
    return 0.5 * log((1.0 / a + 1.0 / b)) - a * log1p(b / a) - b * log1p(a / b) +
           EPI__HALF_LOG_2PI + epi__stirling(a) + epi__stirling(b) - epi__stirling(a + b);
}

double epi_lchoose(double n, double k)
{
    if (!(k >= 0.0 && n >= k))
        return NAN;
    if (n - k < k)
        k = n - k;
    if (k == 0.0)
        return 0.0;
    if (k <= 30.0 && k == floor(k)) {
        double v = 1.0;
        for (double i = 0.0; i < k; i += 1.0)
            v *= (n - i) / (i + 1.0);
        if (v < DBL_MAX)
            return log(v);
    }
    return -log1p(n) - epi_lbeta(n - k + 1.0, k + 1.0);
}

double epi__deviance(double x, double m, double d)
{
    /* m / x = 1 - d / x, which loses what is left of m when m is much smaller. */
    if (m < 0.5 * x)
        return x * log(x / m) - d;
    return -x * epi__log1pmx(-d / x);
}

/* (1 + 2x) exp(x^2) erfc(x) as a polynomial in (x - 3) / (x + 3), the variable of Shepherd and
 * Laframboise 1981; Chebyshev interpolation of degree 24, error below 3e-17. */
double epi__erfcx(double x)
{
    static const double c[] = {
        1.25300805826972965,      -0.135621106124581159,    -0.0475622943534491967,
        0.129645158702759392,     -0.119273663415386384,    0.0683080273440099038,
        -0.0237705149171713368,   0.00252939181569396953,   0.00188869034499917185,
        -0.000779832269654330652, -0.000105159719584480666, 0.000125099342458372908,
        4.9491966499684083e-6,    -0.000020100542268525608, -7.30828146878510042e-7,
        3.47237094497716308e-6,   3.55760866841040092e-7,   -6.16601146039866815e-7,
        -1.40476543154528348e-7,  1.01836206038423254e-7,   4.10640136681013004e-8,
        -1.33129196610370217e-8,  -8.21759505877253248e-9,  9.86253351034265749e-10,
        8.39373485879231902e-10};
    return epi__poly(c, EPI_COUNT(c), (x - 3.0) / (x + 3.0)) / (1.0 + 2.0 * x);
}

/* Machler 2012, "Accurately computing log(1 - exp(-|a|))". */
double epi_log1mexp(double x)
{
    if (x > 0.0)
        return NAN;
    return x > -M_LN2 ? log(-expm1(x)) : log1p(-exp(x));
}

double epi_logsumexp(const double *v, size_t n)
{
    double top = -INFINITY, sum = 0.0;
    for (size_t i = 0; i < n; i++) {
        if (isnan(v[i]))
            return NAN;
        if (v[i] > top)
            top = v[i];
    }
    if (isinf(top))
        return top;
    for (size_t i = 0; i < n; i++)
        sum += exp(v[i] - top);
    return top + log(sum);
}
