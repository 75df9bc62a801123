// SPDX-License-Identifier: AGPL-3.0-or-later
#include "estimate/growth.h"
#include "stats/stats.h"

struct epi_growth_times epi_growth_times(double r, double lo, double hi)
{
    const double ln2 = 0.69314718055994531, none = (double)NAN;
    if (r > 0)
        return (struct epi_growth_times){ln2 / r, ln2 / hi, ln2 / lo, none, none, none};
    if (r < 0)
        return (struct epi_growth_times){none, none, none, -ln2 / r, -ln2 / lo, -ln2 / hi};
    return (struct epi_growth_times){none, none, none, none, none, none};
}

void epi_growth_at(const struct epi_growth *g, double x, double *ret_fit, double *ret_lo,
                   double *ret_hi)
{
    double log_fit = g->intercept + g->r * x;
    double wide = g->z * sqrt(fmax(0, g->cov[0] + x * (2 * g->cov[1] + x * g->cov[2])));
    *ret_fit = exp(log_fit);
    *ret_lo = exp(log_fit - wide);
    *ret_hi = exp(log_fit + wide);
}

static void limits(struct epi_growth *g, double z)
{
    g->z = z;
    g->se = sqrt(g->cov[2]);
    g->lo = g->r - z * g->se;
    g->hi = g->r + z * g->se;
}

/* Least squares of log counts by sums about the mean. */
static epi_status log_linear(const double *cases, size_t n, int step, double level,
                             struct epi_growth *ret, struct epi_err *reterr)
{
    size_t first = 0, kept = 0;
    double mx = 0, my = 0, xx = 0, xy = 0, yy = 0, rest = 0;
    while (first < n && cases[first] == 0)
        first++;
    struct epi_growth g = {.converged = true, .size = (double)INFINITY};
    g.origin = (0.5 - (double)first) * step;
    for (size_t i = first; i < n; i++) {
        if (cases[i] == 0)
            continue;
        mx += g.origin + step * (double)i;
        my += log(cases[i]);
        kept++;
    }
    if (kept < 2)
        return EPI_FAIL(reterr, EPI_INVALID, "estimate.growth-too-few", "%zu", kept);
    mx /= (double)kept;
    my /= (double)kept;
    for (size_t i = first; i < n; i++) {
        if (cases[i] == 0)
            continue;
        double x = g.origin + step * (double)i - mx, y = log(cases[i]) - my;
        xx += x * x;
        xy += x * y;
        yy += y * y;
    }
    g.n = kept;
    g.r = xy / xx;
    g.intercept = my - g.r * mx;
    for (size_t i = first; i < n; i++) {
        double e =
            cases[i] == 0 ? 0 : log(cases[i]) - my - g.r * (g.origin + step * (double)i - mx);
        rest += e * e;
    }
    double df = (double)kept - 2, variance = kept > 2 ? rest / df : (double)NAN;
    g.r2 = yy > 0 ? 1 - rest / yy : (double)NAN;
    g.r2_adjusted = kept > 2 ? 1 - (1 - g.r2) * ((double)kept - 1) / df : (double)NAN;
    g.dispersion = variance;
    g.deviance = rest;
    g.cov[2] = variance / xx;
    g.cov[1] = -mx * g.cov[2];
    g.cov[0] = variance / (double)kept + mx * mx * g.cov[2];
    limits(&g, kept > 2 ? epi_t_q((1 + level) / 2, df) : (double)NAN);
    *ret = g;
    return EPI_OK;
}

static epi_status by_counts(struct epi_arena *a, const double *cases, size_t n, int step,
                            enum epi_growth_model model, double level, struct epi_growth *ret,
                            struct epi_err *reterr)
{
    double sum = 0, *x = EPI_ARRAY(a, 2 * n + 1, double);
    struct epi_fit fit;
    for (size_t i = 0; i < n; i++) {
        sum += cases[i];
        x[2 * i] = 1;
        x[2 * i + 1] = step * (double)i;
    }
    if (!(sum > 0))
        return EPI_FAIL(reterr, EPI_INVALID, "estimate.all-zero", "%s", "");
    if (n < 3)
        return EPI_FAIL(reterr, EPI_INVALID, "estimate.growth-too-few", "%zu", n);
    if (model == EPI_GROWTH_NEGATIVE_BINOMIAL)
        EPI_TRY(epi_fit_nbinom(a, cases, x, NULL, n, 2, &fit, reterr));
    else
        EPI_TRY(epi_fit_poisson(a, cases, x, NULL, NULL, n, 2, &fit, reterr));
    double df = (double)n - 2, dispersion = fit.pearson / df;
    double scale = model == EPI_GROWTH_QUASI_POISSON ? dispersion : 1;
    struct epi_growth g = {.n = n,
                           .r = fit.coef[1],
                           .intercept = fit.coef[0],
                           .r2 = (double)NAN,
                           .r2_adjusted = (double)NAN,
                           .deviance = fit.deviance,
                           .dispersion = dispersion,
                           .size = fit.theta,
                           .converged = fit.converged,
                           .cov = {fit.cov[0] * scale, fit.cov[1] * scale, fit.cov[3] * scale}};
    double p = (1 + level) / 2;
    limits(&g, model == EPI_GROWTH_QUASI_POISSON ? epi_t_q(p, df) : epi_normal_q(p));
    *ret = g;
    return EPI_OK;
}

epi_status epi_growth_fit(struct epi_arena *a, const double *cases, size_t n, int step,
                          enum epi_growth_model model, double level, struct epi_growth *ret,
                          struct epi_err *reterr)
{
    if (model == EPI_GROWTH_LOG_LINEAR)
        return log_linear(cases, n, step, level, ret, reterr);
    return by_counts(a, cases, n, step, model, level, ret, reterr);
}
