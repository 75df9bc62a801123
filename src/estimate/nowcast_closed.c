// SPDX-License-Identifier: AGPL-3.0-or-later
/* The delay of reports and the nowcasts in closed form: Kalbfleisch and Lawless 1989, Lawless 1994,
 * Hoehle and an der Heiden 2014. */
#include "estimate/nowcast_internal.h"
#include "stats/stats.h"

static double *nan_array(struct epi_arena *a, size_t n)
{
    double *v = EPI_ARRAY(a, n, double);
    for (size_t i = 0; i < n; i++)
        v[i] = (double)NAN;
    return v;
}

void epi__nowcast_init(struct epi_arena *a, const struct epi_triangle *g, size_t probs_n,
                       struct epi_nowcast *ret)
{
    *ret = (struct epi_nowcast){
        .n = g->n, .probs_n = probs_n, .delays = g->delays, .rhat = 1.0, .size = INFINITY};
    ret->reported = EPI_ARRAY(a, g->n, double);
    ret->share = nan_array(a, g->n);
    ret->mean = nan_array(a, g->n);
    ret->quantile = nan_array(a, g->n * probs_n);
    ret->p = nan_array(a, g->delays);
    ret->p_lo = nan_array(a, g->delays);
    ret->p_hi = nan_array(a, g->delays);
    for (size_t t = 0; t < g->n; t++)
        for (size_t d = 0; d < epi_triangle_known(g, t); d++)
            ret->reported[t] += g->count[t * g->delays + d];
}

/* Squares and binomial variances of count(t, d) among those of delay <= d, over all d >= 1. */
static double dispersion(const struct epi_triangle *g, const struct epi_report_delay *r)
{
    double squares = 0.0, variance = 0.0;
    size_t cells = 0, fitted = 0;
    for (size_t d = 1; d < g->delays; d++)
        fitted += r->at_risk[d] > 0.0;
    for (size_t t = 0; t < g->n; t++) {
        double below = g->count[t * g->delays];
        for (size_t d = 1; d < epi_triangle_known(g, t); d++) {
            double y = g->count[t * g->delays + d], h = r->hazard[d];
            below += y;
            if (!(below > 0.0))
                continue;
            cells++;
            squares += (y - below * h) * (y - below * h);
            variance += below * h * (1.0 - h);
        }
    }
    if (cells <= fitted || !(variance > 0.0))
        return 1.0;
    double phi = squares / variance * (double)cells / (double)(cells - fitted);
    return phi > 1.0 ? phi : 1.0;
}

void epi_report_delay(struct epi_arena *a, const struct epi_triangle *g,
                      struct epi_report_delay *ret)
{
    size_t k = g->delays;
    *ret = (struct epi_report_delay){.delays = k};
    ret->cases = EPI_ARRAY(a, k, double);
    ret->at_risk = EPI_ARRAY(a, k, double);
    ret->hazard = EPI_ARRAY(a, k, double);
    ret->cdf = EPI_ARRAY(a, k, double);
    ret->cdf_var = EPI_ARRAY(a, k, double);
    for (size_t t = 0; t < g->n; t++) {
        double below = 0.0;
        for (size_t d = 0; d < epi_triangle_known(g, t); d++) {
            below += g->count[t * k + d];
            ret->cases[d] += g->count[t * k + d];
            ret->at_risk[d] += below;
        }
    }
    double cdf = 1.0, relative = 0.0; /* variance of F over F^2 */
    for (size_t d = k; d-- > 0;) {
        ret->cdf[d] = cdf;
        ret->cdf_var[d] = cdf > 0.0 ? cdf * cdf * relative : 0.0;
        double h = d == 0 ? 1.0 : ret->at_risk[d] > 0.0 ? ret->cases[d] / ret->at_risk[d] : 0.0;
        ret->hazard[d] = h;
        if (h > 0.0 && h < 1.0)
            relative += h / (ret->at_risk[d] * (1.0 - h));
        cdf *= 1.0 - h;
    }
    ret->dispersion = dispersion(g, ret);
}

double epi__report_weekday(const struct epi_triangle *g, const struct epi_report_delay *r,
                           double *ret_ratio)
{
    double seen[7] = {0}, expected[7] = {0}, variance[7] = {0}, worst = 0.0;
    *ret_ratio = 1.0;
    if (!epi_date_known(g->start) || g->step != 1)
        return 0.0;
    size_t first = (size_t)epi_date_weekday(g->start) - 1;
    for (size_t t = 0; t < g->n; t++) {
        double below = g->count[t * g->delays];
        for (size_t d = 1; d < epi_triangle_known(g, t); d++) {
            double y = g->count[t * g->delays + d], h = r->hazard[d];
            size_t w = (first + t + d) % 7;
            below += y;
            seen[w] += y;
            expected[w] += below * h;
            variance[w] += below * h * (1.0 - h);
        }
    }
    for (size_t w = 0; w < 7; w++) {
        double se = sqrt(r->dispersion * variance[w]);
        double z = se > 0.0 ? fabs(seen[w] - expected[w]) / se : 0.0;
        if (z > worst && expected[w] > 0.0) {
            worst = z;
            *ret_ratio = seen[w] / expected[w];
        }
    }
    return worst;
}

epi_status epi_nowcast_lawless(struct epi_arena *a, const struct epi_triangle *g, unsigned flags,
                               const double *probs, size_t probs_n, struct epi_nowcast *ret,
                               struct epi_err *reterr)
{
    if (g->n == 0 || g->delays == 0)
        return EPI_FAIL(reterr, EPI_INVALID, "estimate.triangle-empty", "%zu", g->n);
    struct epi_report_delay r;
    epi_report_delay(a, g, &r);
    epi__nowcast_init(a, g, probs_n, ret);
    ret->sd_binomial = nan_array(a, g->n);
    ret->sd = nan_array(a, g->n);
    double phi = flags & EPI_NOWCAST_DISPERSION ? r.dispersion : 1.0;
    for (size_t d = 0; d < g->delays; d++) {
        ret->p[d] = r.cdf[d] - (d ? r.cdf[d - 1] : 0.0);
    }
    for (size_t t = 0; t < g->n; t++) {
        size_t last = epi_triangle_known(g, t) - 1;
        double n = ret->reported[t], f = r.cdf[last], var_f = r.cdf_var[last];
        ret->share[t] = f;
        if (!(f > 0.0))
            continue; /* no case had so short a delay: nothing can be said */
        double f4 = f * f * f * f;
        ret->mean[t] = n / f;
        ret->sd_binomial[t] = sqrt(n * (1.0 - f)) / f;
        ret->sd[t] = sqrt(n * (1.0 - f) / (f * f) + n * (n + 1.0) / f4 * var_f);
        double m = n + 0.5, mean = m * (1.0 - f) / f;
        double var = phi * (m * (1.0 - f) / (f * f) + m * (m + 1.0) / f4 * var_f);
        double size = var > mean ? mean * mean / (var - mean) : INFINITY;
        for (size_t j = 0; j < probs_n; j++)
            ret->quantile[t * probs_n + j] =
                epi__worth_saying(n + (mean > 0.0 ? epi_nbinom_q(probs[j], mean, size) : 0.0));
    }
    return EPI_OK;
}

/* The two parameters of F after j delays, untruncated: sums of a Dirichlet. */
static void beta_untruncated(const struct epi_report_delay *r, double kappa, double phi,
                             double *ret_a, double *ret_b)
{
    double below = 0.0, all = 0.0;
    for (size_t d = 0; d < r->delays; d++)
        all += kappa + r->cases[d] / phi;
    for (size_t d = 0; d < r->delays; d++) {
        below += kappa + r->cases[d] / phi;
        ret_a[d] = below;
        ret_b[d] = all - below;
    }
}

/* Truncated: F(j) is a product of independent 1 - g(d); the beta of its mean and variance. */
static void beta_truncated(const struct epi_report_delay *r, double kappa, double phi,
                           double *ret_a, double *ret_b)
{
    double mean = 1.0, square = 1.0;
    for (size_t d = r->delays; d-- > 0;) {
        double spread =
            mean * mean < square ? mean * (1.0 - mean) / (square - mean * mean) - 1.0 : 0.0;
        ret_a[d] = mean * spread;
        ret_b[d] = (1.0 - mean) * spread;
        double hit = kappa + r->cases[d] / phi;
        double miss = kappa * (double)d + (r->at_risk[d] - r->cases[d]) / phi, s = hit + miss;
        mean *= miss / s;
        square *= miss * (miss + 1.0) / (s * (s + 1.0));
    }
}

epi_status epi_nowcast_bnb(struct epi_arena *a, const struct epi_triangle *g, unsigned flags,
                           double kappa, const double *probs, size_t probs_n,
                           struct epi_nowcast *ret, struct epi_err *reterr)
{
    if (g->n == 0 || g->delays == 0)
        return EPI_FAIL(reterr, EPI_INVALID, "estimate.triangle-empty", "%zu", g->n);
    struct epi_report_delay r;
    epi_report_delay(a, g, &r);
    epi__nowcast_init(a, g, probs_n, ret);
    double phi = flags & EPI_NOWCAST_DISPERSION ? r.dispersion : 1.0;
    double *below = EPI_ARRAY(a, g->delays, double), *rest = EPI_ARRAY(a, g->delays, double);
    (flags & EPI_NOWCAST_TRUNCATION ? beta_truncated : beta_untruncated)(&r, kappa, phi, below,
                                                                         rest);
    for (size_t d = 0; d < g->delays; d++) {
        double share = d + 1 < g->delays ? below[d] / (below[d] + rest[d]) : 1.0;
        double before = d == 0 ? 0.0 : below[d - 1] / (below[d - 1] + rest[d - 1]);
        ret->p[d] = share - before;
        if (!(flags & EPI_NOWCAST_TRUNCATION) && g->delays > 1) {
            double one = below[d] - (d ? below[d - 1] : 0.0), all = below[0] + rest[0];
            ret->p_lo[d] = epi_beta_q(0.025, one, all - one);
            ret->p_hi[d] = epi_beta_q(0.975, one, all - one);
        }
    }
    for (size_t t = 0; t < g->n; t++) {
        size_t last = epi_triangle_known(g, t) - 1;
        double n = ret->reported[t], *q = ret->quantile + t * probs_n;
        ret->mean[t] = n;
        ret->share[t] = 1.0;
        for (size_t j = 0; j < probs_n; j++)
            q[j] = n;
        if (last + 1 == g->delays)
            continue;
        double alpha = below[last], beta = rest[last], size = n / phi + 1.0;
        ret->share[t] = alpha / (alpha + beta);
        ret->mean[t] =
            alpha > 1.0 ? epi__worth_saying(n + phi * size * beta / (alpha - 1.0)) : (double)NAN;
        for (size_t j = 0; j < probs_n; j++) {
            double open = round(phi * epi_bnbinom_q(probs[j], size, alpha, beta));
            q[j] = epi__worth_saying(n + open);
        }
    }
    return EPI_OK;
}
