// SPDX-License-Identifier: AGPL-3.0-or-later
/* Where growth turned into decline: the best split of two lines, and a change point with limits. */
#include "estimate/growth.h"
#include "stats/stats.h"

#define SPLIT_POINTS_MAX 10000
#define CHANGE_POINTS_MAX 2000

epi_status epi_growth_split(struct epi_arena *a, const double *cases, size_t n, int step,
                            double reach, double level, struct epi_growth_split *ret,
                            struct epi_err *reterr)
{
    size_t peak = 0;
    for (size_t i = 1; i < n; i++)
        peak = cases[i] > cases[peak] ? i : peak;
    if (reach < 0)
        reach = rint(((double)step * ((double)n - 1) + 1) / 8);
    if (n > SPLIT_POINTS_MAX)
        return EPI_FAIL(reterr, EPI_LIMIT, "estimate.growth-too-long", "%d", SPLIT_POINTS_MAX);
    size_t bins = (size_t)(fmin(reach, 1e9) / step);
    size_t from = peak > bins ? peak - bins : 0, to = peak + bins < n ? peak + bins : n - 1;
    double *r2 = EPI_ARRAY(a, n ? to - from + 1 : 1, double);
    struct epi_growth_split s = {.from = from, .n = n ? to - from + 1 : 0, .r2 = r2, .best = n};
    for (size_t i = 0; i < s.n; i++) {
        struct epi_growth before, after;
        size_t at = from + i;
        r2[i] = (double)NAN;
        if (epi_growth_fit(a, cases, at + 1, step, EPI_GROWTH_LOG_LINEAR, level, &before, NULL) !=
                EPI_OK ||
            epi_growth_fit(a, cases + at, n - at, step, EPI_GROWTH_LOG_LINEAR, level, &after,
                           NULL) != EPI_OK)
            continue;
        r2[i] = (before.r2_adjusted + after.r2_adjusted) / 2;
        if (r2[i] == r2[i] && (s.best == n || r2[i] > r2[s.best - from])) {
            s.best = at;
            s.before = before;
            s.after = after;
        }
    }
    if (s.best == n)
        return EPI_FAIL(reterr, EPI_INVALID, "estimate.growth-no-split", "%s", "");
    *ret = s;
    return EPI_OK;
}

struct bent {
    double deviance, pearson, coef[3], cov[6]; /* lower triangle by rows */
};

/* slopes = 1: no bend. False when the fit fails. */
static bool fit_bent(struct epi_arena *a, const double *cases, double *x, size_t n, int step,
                     size_t at, size_t p, struct bent *ret)
{
    struct epi_arena_mark mark = epi_arena_mark(a);
    struct epi_fit fit;
    for (size_t i = 0; i < n; i++) {
        x[i * p] = 1;
        x[i * p + 1] = step * ((double)i - (double)at);
        if (p == 3)
            x[i * p + 2] = i > at ? step * (double)(i - at) : 0;
    }
    bool ok = epi_fit_poisson(a, cases, x, NULL, NULL, n, p, &fit, NULL) == EPI_OK && fit.converged;
    if (ok) {
        *ret = (struct bent){.deviance = fit.deviance, .pearson = fit.pearson};
        for (size_t i = 0, k = 0; i < p; i++) {
            ret->coef[i] = fit.coef[i];
            for (size_t j = 0; j <= i; j++)
                ret->cov[k++] = fit.cov[i * p + j];
        }
    }
    epi_arena_release(a, mark);
    return ok;
}

static struct epi_growth slope(double r, double variance, double z)
{
    double se = sqrt(variance);
    return (struct epi_growth){.r = r, .se = se, .lo = r - z * se, .hi = r + z * se, .z = z};
}

epi_status epi_growth_change(struct epi_arena *a, const double *cases, size_t n, int step,
                             double level, struct epi_growth_change *ret, struct epi_err *reterr)
{
    if (n < 7)
        return EPI_FAIL(reterr, EPI_INVALID, "estimate.growth-too-few", "%zu", n);
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += cases[i];
    if (!(sum > 0))
        return EPI_FAIL(reterr, EPI_INVALID, "estimate.all-zero", "%s", "");
    if (n > CHANGE_POINTS_MAX)
        return EPI_FAIL(reterr, EPI_LIMIT, "estimate.growth-too-long", "%d", CHANGE_POINTS_MAX);
    double *x = EPI_ARRAY(a, 3 * n, double), *deviance = EPI_ARRAY(a, n, double);
    struct bent best = {.deviance = (double)INFINITY}, one, straight;
    struct epi_growth_change c = {.at = n};
    size_t tried = 0;
    for (size_t i = 0; i < n; i++) {
        deviance[i] = (double)INFINITY;
        if (i < 2 || i + 3 > n || !fit_bent(a, cases, x, n, step, i, 3, &one))
            continue;
        tried++;
        deviance[i] = one.deviance;
        if (one.deviance < best.deviance) {
            best = one;
            c.at = i;
        }
    }
    if (c.at == n || !fit_bent(a, cases, x, n, step, 0, 2, &straight))
        return EPI_FAIL(reterr, EPI_INVALID, "estimate.no-convergence", "%s", "");
    double df = (double)n - 4, z = epi_t_q((1 + level) / 2, df);
    c.dispersion = fmax(1, best.pearson / df);
    double most = best.deviance + c.dispersion * epi_f_q(level, 1, df);
    for (c.lo = 0; deviance[c.lo] > most;)
        c.lo++;
    for (c.hi = n - 1; deviance[c.hi] > most;)
        c.hi--;
    double gain = (straight.deviance - best.deviance) / c.dispersion;
    c.p = fmin(1, (double)tried * (1 - epi_f_cdf(fmax(0, gain), 1, df)));
    /* cov: 0 = (0,0), 1 = (1,0), 2 = (1,1), 3 = (2,0), 4 = (2,1), 5 = (2,2) */
    c.before = slope(best.coef[1], best.cov[2] * c.dispersion, z);
    c.after = slope(best.coef[1] + best.coef[2],
                    (best.cov[2] + 2 * best.cov[4] + best.cov[5]) * c.dispersion, z);
    *ret = c;
    return EPI_OK;
}
