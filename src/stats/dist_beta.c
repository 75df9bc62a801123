// SPDX-License-Identifier: AGPL-3.0-or-later
/* Beta, Student and Fisher distributions: one incomplete function, one inverse. */
#include "stats_internal.h"

/* log(x / (1 - x)) of the beta variable whose tail on one side is `tail`: below when !upper.
 * `start` is a guess, or NaN. */
static double logit_quantile(double tail, bool upper, double a, double b, double start)
{
    if (upper) /* 1 - X is beta of (b, a) */
        return -logit_quantile(tail, false, b, a, -start);
    double most = 2.0 / sqrt(fmax(1.0, a * (b / (a + b)))), v = start, log_p = log(tail);
    if (isnan(start)) {
        double log_b = epi_lbeta(a, b), first = (log_p + log(a) + log_b) / a;
        if (first < -37.0) /* the first term of the series in x alone: x = y v */
            return first;
        /* That term where it rules, the like for 1 - x, else the normal of the logit. */
        double other = b < 1.0 ? (log1p(-tail) + log(b) + log_b) / b : 0.0;
        if (first < -1.0 && (a < 1.0 || b * exp(first) < 0.1))
            v = first;
        else if (other < -1.0)
            v = -other;
        else
            v = fmax(first, epi_digamma(a) - epi_digamma(b) +
                                epi_normal_q(tail) * sqrt(epi_trigamma(a) + epi_trigamma(b)));
    }
    for (int i = 0; i < 300; i++) {
        double e = exp(-fabs(v)), big = 1.0 / (1.0 + e), small = e * big;
        double x = v < 0.0 ? small : big, y = v < 0.0 ? big : small;
        double lambda = (a * y - b * x);
        struct epi__tails t = epi__beta_tails(a, b, x, y, lambda);
        double step =
            epi__tail_step(t.lower, log_p, false, epi__beta_mass(a, b, x, y, lambda), lambda, most);
        v += step;
        if (fabs(step) < 1e-5 * most)
            break;
    }
    return v;
}

double epi_beta_cdf(double x, double a, double b)
{
    return isnan(x) ? x : epi_beta_i(fmax(0.0, fmin(1.0, x)), a, b);
}

double epi_beta_q(double p, double a, double b)
{
    if (!(p >= 0.0 && p <= 1.0 && a > 0.0 && b > 0.0))
        return NAN;
    if (p == 0.0 || p == 1.0)
        return p;
    double v = logit_quantile(p > 0.5 ? 1.0 - p : p, p > 0.5, a, b, NAN);
    return v < 0.0 ? exp(v) / (1.0 + exp(v)) : 1.0 / (1.0 + exp(-v));
}

/* P(T > t) for t >= 0 is half of I_x(df / 2, 1 / 2) at x = df / (df + t^2). */
static double t_upper(double t, double df)
{
    double s = t * t, x = df / (df + s), y = s / (df + s);
    if (s == INFINITY) /* x^(df/2) alone, through logarithms */
        return 0.5 *
               exp(0.5 * df * (log(df) - 2.0 * log(t)) - log(0.5 * df) - epi_lbeta(0.5 * df, 0.5));
    return 0.5 * epi__beta_tails(0.5 * df, 0.5, x, y, 0.5 * x * (s - 1.0)).lower;
}

double epi_t_cdf(double t, double df)
{
    if (!(df > 0.0) || isnan(t))
        return NAN;
    if (df > 1e300)
        return epi_normal_cdf(t);
    return t < 0.0 ? t_upper(-t, df) : 1.0 - t_upper(t, df);
}

double epi_t_q(double p, double df)
{
    if (!(p >= 0.0 && p <= 1.0 && df > 0.0))
        return NAN;
    if (df > 1e300)
        return epi_normal_q(p);
    if (p == 0.5)
        return 0.0;
    double tail = p < 0.5 ? p : 1.0 - p, a = 0.5 * df, v = NAN;
    if (tail == 0.0)
        return p < 0.5 ? -INFINITY : INFINITY;
    /* With many degrees a guess by Fisher and Cornish 1960, in v = log(x / y) = log(df / t^2). */
    double z = -epi_normal_q(tail), s = z * z, u = 1.0 / df;
    if (s < 0.5 * df) {
        double t = z * (1.0 + u * ((s + 1.0) / 4.0 + u * (((5.0 * s + 16.0) * s + 3.0) / 96.0)));
        v = log(df / (t * t));
    }
    v = tail < 0.25 ? logit_quantile(2.0 * tail, false, a, 0.5, v)
                    : logit_quantile(1.0 - 2.0 * tail, true, a, 0.5, v);
    double t = sqrt(df) * exp(-0.5 * v);
    return p < 0.5 ? -t : t;
}

double epi_f_cdf(double x, double df1, double df2)
{
    if (!(df1 > 0.0 && df2 > 0.0) || isnan(x))
        return NAN;
    if (x <= 0.0)
        return 0.0;
    if (x == INFINITY)
        return 1.0;
    double r = df1 / df2 * x, below = r / (1.0 + r), above = 1.0 / (1.0 + r);
    /* a y - b x of the beta variable r / (1 + r). */
    return epi__beta_tails(0.5 * df1, 0.5 * df2, below, above, 0.5 * df1 * above * (1.0 - x)).lower;
}

double epi_f_q(double p, double df1, double df2)
{
    if (!(p >= 0.0 && p <= 1.0 && df1 > 0.0 && df2 > 0.0))
        return NAN;
    if (p == 0.0)
        return 0.0;
    if (p == 1.0)
        return INFINITY;
    return df2 / df1 *
           exp(logit_quantile(p > 0.5 ? 1.0 - p : p, p > 0.5, 0.5 * df1, 0.5 * df2, NAN));
}
