// SPDX-License-Identifier: AGPL-3.0-or-later
/* Iteratively reweighted least squares (Nelder and Wedderburn 1972) of a log-linear model, in steps
 * of the coefficients: each round solves (X'WX) step = X'W (y - mu) / mu, so that errors of the
 * normal equations only slow the next round. Where they are near singular, orthogonal factors take
 * over. */
#include "regress_internal.h"
#include <float.h>

#define MOST_ROUNDS 25 /* as R's glm */

struct epi__design epi__design_of(struct epi_arena *a, const double *x, size_t n, size_t p)
{
    size_t count = 0;
    for (size_t i = 0; i < n * p; i++)
        count += x[i] != 0.0;
    struct epi__design d = {n, p, EPI_ARRAY(a, n + 1, size_t), EPI_ARRAY(a, count, uint32_t),
                            EPI_ARRAY(a, count, double)};
    size_t at = 0;
    for (size_t i = 0; i < n; i++) {
        d.start[i] = at;
        for (size_t j = 0; j < p; j++) {
            if (x[i * p + j] != 0.0) {
                d.column[at] = (uint32_t)j;
                d.value[at++] = x[i * p + j];
            }
        }
    }
    d.start[n] = at;
    return d;
}

void epi__loglinear_init(struct epi_arena *a, struct epi__loglinear *m, const double *y,
                         const double *x, const double *w, const double *offset, size_t n, size_t p)
{
    *m = (struct epi__loglinear){.y = y, .w = w, .offset = offset, .theta = INFINITY};
    m->x = epi__design_of(a, x, n, p);
    m->log_y = EPI_ARRAY(a, n, double);
    for (size_t i = 0; i < n; i++)
        m->log_y[i] = y[i] > 0.0 ? log(y[i]) : 0.0;
}

struct work {
    double *eta;      /* log of the mean */
    double *weight;   /* working weights of this round */
    double *residual; /* working residuals: (y - mu) / mu; in the first round + eta - offset */
    double *gram, *scale, *step, *old;
    double *q, *diag, *b; /* of orthogonal factors, when they were needed */
};

/* X'WX and X'W residual. */
static void normal_equations(const struct epi__loglinear *m, struct work *t)
{
    size_t n = m->x.n, p = m->x.p;
    for (size_t i = 0; i < p * p; i++)
        t->gram[i] = 0.0;
    for (size_t j = 0; j < p; j++)
        t->step[j] = 0.0;
    for (size_t i = 0; i < n; i++) {
        size_t from = m->x.start[i], to = m->x.start[i + 1];
        double w = t->weight[i], wr = w * t->residual[i];
        for (size_t k = from; k < to; k++) {
            double v = m->x.value[k] * w, *row = t->gram + m->x.column[k] * p;
            t->step[m->x.column[k]] += m->x.value[k] * wr;
            for (size_t l = from; l <= k; l++)
                row[m->x.column[l]] += v * m->x.value[l];
        }
    }
}

/* The factor of the Gram matrix of columns of length 1. False when a column keeps less than 1e-4 of
 * its length beside the others: half the digits would be lost. */
static bool factor(struct work *t, size_t p)
{
    for (size_t j = 0; j < p; j++) {
        double d = t->gram[j * p + j];
        if (!(d > 0.0 && d < INFINITY))
            return false;
        t->scale[j] = 1.0 / sqrt(d);
    }
    for (size_t j = 0; j < p; j++) {
        for (size_t k = 0; k <= j; k++)
            t->gram[j * p + k] *= t->scale[j] * t->scale[k];
    }
    if (!epi_cholesky(t->gram, p))
        return false;
    for (size_t j = 0; j < p; j++) {
        if (t->gram[j * p + j] < 1e-4)
            return false;
    }
    return true;
}

static epi_status orthogonal_step(struct epi_arena *a, const struct epi__loglinear *m,
                                  struct work *t, struct epi_err *reterr)
{
    size_t n = m->x.n, p = m->x.p, bad = 0;
    if (!t->q) {
        t->q = EPI_ARRAY(a, n * p, double);
        t->diag = EPI_ARRAY(a, p, double);
        t->b = EPI_ARRAY(a, n, double);
    }
    for (size_t i = 0; i < n * p; i++)
        t->q[i] = 0.0;
    for (size_t i = 0; i < n; i++) {
        double root = sqrt(t->weight[i]);
        t->b[i] = root * t->residual[i];
        for (size_t k = m->x.start[i]; k < m->x.start[i + 1]; k++)
            t->q[m->x.column[k] * n + i] = root * m->x.value[k];
    }
    if (!epi__qr(t->q, n, p, t->diag, &bad))
        return EPI_FAIL(reterr, EPI_INVALID, "stats.rank-deficient", "%zu", bad + 1);
    epi__qr_solve(t->q, t->diag, n, p, t->b);
    for (size_t j = 0; j < p; j++)
        t->step[j] = t->b[j];
    return EPI_OK;
}

/* eta and mu of the coefficients; the deviance, infinite when a mean is. */
static double mean_of(const struct epi__loglinear *m, const double *coef, double *eta, double *mu)
{
    double sum = 0.0;
    bool poisson = m->theta == INFINITY;
    for (size_t i = 0; i < m->x.n; i++) {
        double e = m->offset ? m->offset[i] : 0.0, y = m->y[i];
        for (size_t k = m->x.start[i]; k < m->x.start[i + 1]; k++)
            e += m->x.value[k] * coef[m->x.column[k]];
        double v = exp(e);
        if (!(v > DBL_EPSILON)) { /* the least mean of R's log link */
            v = DBL_EPSILON;
            e = -36.043653389117154;
        }
        eta[i] = e;
        mu[i] = v;
        double far = y * (m->log_y[i] - e) - (y - v);
        if (!poisson)
            far += (y - v) - (y + m->theta) * log1p((y - v) / (v + m->theta));
        sum += m->w ? m->w[i] * far : far;
    }
    return isfinite(sum) ? 2.0 * sum : INFINITY;
}

static double unit_deviance(double y, double mu, double theta)
{
    double far = y > 0.0 ? epi__deviance(y, mu, y - mu) : mu;
    if (theta < INFINITY)
        far -= epi__deviance(y + theta, mu + theta, y - mu);
    return 2.0 * far;
}

/* Covariance and leverages from the factors of the last round, which R reports too. */
static void spread(const struct epi__loglinear *m, struct work *t, bool orthogonal,
                   struct epi_fit *ret)
{
    size_t n = m->x.n, p = m->x.p;
    if (orthogonal) {
        epi__qr_cov(t->q, t->diag, n, p, ret->cov);
        epi__qr_leverage(t->q, n, p, t->b, ret->leverage);
        return;
    }
    epi_cholesky_inverse(t->gram, p, ret->cov);
    for (size_t j = 0; j < p; j++) {
        for (size_t k = 0; k < p; k++)
            ret->cov[j * p + k] *= t->scale[j] * t->scale[k];
    }
    for (size_t i = 0; i < n; i++) {
        size_t from = m->x.start[i], to = m->x.start[i + 1];
        double sum = 0.0;
        for (size_t k = from; k < to; k++) {
            const double *row = ret->cov + m->x.column[k] * p;
            double half = 0.5 * row[m->x.column[k]] * m->x.value[k];
            for (size_t l = from; l < k; l++)
                half += row[m->x.column[l]] * m->x.value[l];
            sum += 2.0 * half * m->x.value[k];
        }
        ret->leverage[i] = sum * t->weight[i];
    }
}

epi_status epi__loglinear_fit(struct epi_arena *a, const struct epi__loglinear *m, double tol,
                              struct epi_fit *ret, struct epi_err *reterr)
{
    size_t n = m->x.n, p = m->x.p;
    struct work t = {.eta = EPI_ARRAY(a, n, double), .weight = EPI_ARRAY(a, n, double)};
    t.residual = EPI_ARRAY(a, n, double);
    t.gram = EPI_ARRAY(a, p * p, double);
    t.scale = EPI_ARRAY(a, p, double);
    t.step = EPI_ARRAY(a, p, double);
    t.old = EPI_ARRAY(a, p, double);
    double *mu = ret->fitted, deviance = 0.0, inverse = 1.0 / m->theta;
    bool orthogonal = false;
    for (size_t i = 0; i < n; i++) {
        t.eta[i] = log(mu[i]);
        deviance += (m->w ? m->w[i] : 1.0) * unit_deviance(m->y[i], mu[i], m->theta);
    }
    ret->converged = false;
    for (int round = 0; round < MOST_ROUNDS && !ret->converged; round++) {
        for (size_t i = 0; i < n; i++) {
            t.weight[i] = (m->w ? m->w[i] : 1.0) * mu[i] / (1.0 + mu[i] * inverse);
            t.residual[i] = (m->y[i] - mu[i]) / mu[i];
            if (round == 0)
                t.residual[i] += t.eta[i] - (m->offset ? m->offset[i] : 0.0);
        }
        normal_equations(m, &t);
        orthogonal = !factor(&t, p);
        if (orthogonal) {
            EPI_TRY(orthogonal_step(a, m, &t, reterr));
        } else {
            for (size_t j = 0; j < p; j++)
                t.step[j] *= t.scale[j];
            epi_cholesky_solve(t.gram, p, t.step);
            for (size_t j = 0; j < p; j++)
                t.step[j] *= t.scale[j];
        }
        for (size_t j = 0; j < p; j++) {
            t.old[j] = ret->coef[j];
            ret->coef[j] = round == 0 ? t.step[j] : ret->coef[j] + t.step[j];
        }
        double next = mean_of(m, ret->coef, t.eta, mu);
        for (int half = 0; half < MOST_ROUNDS && isinf(next) && round > 0; half++) {
            for (size_t j = 0; j < p; j++)
                ret->coef[j] = 0.5 * (ret->coef[j] + t.old[j]);
            next = mean_of(m, ret->coef, t.eta, mu);
        }
        ret->rounds++;
        if (isinf(next))
            return EPI_FAIL(reterr, EPI_INVALID, "stats.no-finite-fit", "%d", round + 1);
        ret->converged = fabs(next - deviance) / (fabs(next) + 0.1) < tol;
        deviance = next;
    }
    spread(m, &t, orthogonal, ret);
    ret->deviance = ret->pearson = 0.0;
    for (size_t i = 0; i < n; i++) {
        double r = (m->y[i] - mu[i]) / mu[i];
        ret->deviance += (m->w ? m->w[i] : 1.0) * unit_deviance(m->y[i], mu[i], m->theta);
        ret->pearson += t.weight[i] * r * r;
    }
    return EPI_OK;
}

epi_status epi_fit_poisson(struct epi_arena *a, const double *y, const double *x, const double *w,
                           const double *offset, size_t n, size_t p, struct epi_fit *ret,
                           struct epi_err *reterr)
{
    EPI_TRY(epi__regress_check(y, x, w, offset, n, p, 0.0, reterr));
    struct epi_fit fit;
    epi__fit_init(a, n, p, &fit);
    struct epi_arena_mark mark = epi_arena_mark(a);
    struct epi__loglinear m;
    epi__loglinear_init(a, &m, y, x, w, offset, n, p);
    for (size_t i = 0; i < n; i++)
        fit.fitted[i] = y[i] + 0.1;
    epi_status s = epi__loglinear_fit(a, &m, 1e-8, &fit, reterr);
    /* Half the deviance below that of the model with one mean per count. */
    fit.loglik = -0.5 * fit.deviance;
    for (size_t i = 0; i < n; i++) {
        if (y[i] > 0.0)
            fit.loglik -=
                (w ? w[i] : 1.0) * (epi__stirling(y[i]) + 0.5 * m.log_y[i] + EPI__HALF_LOG_2PI);
    }
    epi_arena_release(a, mark);
    if (s == EPI_OK)
        *ret = fit;
    return s;
}
