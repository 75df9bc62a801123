// SPDX-License-Identifier: AGPL-3.0-or-later
/* Beta-negative-binomial counts: the predictive distribution of reports still to come. */
#include "stats_internal.h"
#include <float.h>

/* B(a + r, b + k) / (B(a, b) B(r, k) k): with Stirling's formula the large parts are the likelihood
 * ratio of the 2 x 2 table a, b; r, k against independence, cell by cell. Real k > 0. */
static double log_mass(double k, double r, double a, double b)
{
    double n = a + b, m = r + k, ar = a + r, bk = b + k, all = n + m;
    double cross = b * r, off = fma(a, k, -cross) - fma(b, r, -cross);
    double far =
        epi__deviance(a, n * (ar / all), off / all) + epi__deviance(b, n * (bk / all), -off / all) +
        epi__deviance(r, m * (ar / all), -off / all) + epi__deviance(k, m * (bk / all), off / all);
    double rest = epi__stirling(ar) + epi__stirling(bk) - epi__stirling(all) - epi__stirling(a) -
                  epi__stirling(b) + epi__stirling(n) - epi__stirling(r) - epi__stirling(k) +
                  epi__stirling(m);
    return rest - far + 0.5 * log(a / n * (b / bk) * (r / m) * (all / ar) / k) - EPI__HALF_LOG_2PI;
}

static bool is(double r, double a, double b)
{
    return r > 0.0 && a > 0.0 && b > 0.0 && r < INFINITY && a < INFINITY && b < INFINITY;
}

double epi_bnbinom_logpmf(double k, double r, double a, double b)
{
    if (!is(r, a, b) || isnan(k))
        return NAN;
    if (k < 0.0 || k != floor(k) || k == INFINITY)
        return -INFINITY;
    if (k > 0.0)
        return log_mass(k, r, a, b);
    /* The same with an empty cell, whose other three are near independence when b r is small. */
    double n = a + b, ar = a + r, all = n + r, u = b / n * (r / ar);
    double log_a = u < 0.5 ? log1p(-u) : log(a / n * (all / ar));
    return (0.5 - a) * log_a - b * log1p(r / n) - r * log1p(b / ar) +
           (epi__stirling(ar) - epi__stirling(a)) - (epi__stirling(all) - epi__stirling(n));
}

/* Below this the mass is not worth adding: the first k, at most the mode, with it. */
static double first_worth(double r, double a, double b)
{
    double below = 0.0, above = r > 1.0 && b > 1.0 ? floor((r - 1.0) * (b - 1.0) / (a + 1.0)) : 0.0;
    double least = -50.0 - log(above + 1.0);
    if (!(above >= 1.0) || epi_bnbinom_logpmf(0.0, r, a, b) >= least)
        return 0.0;
    while (above - below > 1.0) {
        double middle = floor(below + 0.5 * (above - below));
        if (log_mass(middle, r, a, b) < least)
            below = middle;
        else
            above = middle;
    }
    return above;
}

/* Mass of m <= k < m + width for large m, where the sum is the integral between half integers. */
static double block(double m, double width, double r, double a, double b)
{
    /* Gauss and Legendre, 8 nodes. */
    static const double node[] = {0.183434642495649805, 0.525532409916328986, 0.796666477413626740,
                                  0.960289856497536232};
    static const double weight[] = {0.362683783378361983, 0.313706645877887287,
                                    0.222381034453374471, 0.101228536290376259};
    double middle = m - 0.5 + 0.5 * width, sum = 0.0;
    for (size_t i = 0; i < EPI_COUNT(node); i++)
        sum += weight[i] * (exp(log_mass(middle - 0.5 * width * node[i], r, a, b)) +
                            exp(log_mass(middle + 0.5 * width * node[i], r, a, b)));
    return 0.5 * width * sum;
}

double epi_bnbinom_q(double p, double r, double a, double b)
{
    if (!(is(r, a, b) && p >= 0.0 && p <= 1.0))
        return NAN;
    if (p == 0.0 || p == 1.0)
        return p == 0.0 ? 0.0 : INFINITY;
    const double one_by_one = 1e6;
    double from = first_worth(r, a, b), k = from, want = p * (1.0 - 64.0 * DBL_EPSILON);
    double mass = exp(epi_bnbinom_logpmf(k, r, a, b)), sum = mass;
    while (sum < want && k - from < one_by_one) {
        mass *= (r + k) / (k + 1.0) * ((b + k) / (a + b + r + k));
        k += 1.0;
        sum += mass;
    }
    if (sum >= want)
        return k;
    /* Far out in blocks narrower than the distribution of any one success probability. */
    for (;;) {
        double sd = sqrt(k + k * k * (1.0 / r + 1.0 / a + 1.0 / b));
        double width = floor(fmin(k * 0.125, 0.5 * sd)), more;
        while ((more = block(k + 1.0, width, r, a, b)), width > 1.0 && sum + more >= want)
            width = floor(width * 0.5);
        if (sum + more >= want || k > 1e300)
            return k + 1.0;
        if (sum + more == sum) /* closer the sum does not tell */
            return k + width;
        sum += more;
        k += width;
    }
}
