// SPDX-License-Identifier: AGPL-3.0-or-later
/* Least squares by Householder's reflections (Golub 1965; Businger and Golub 1965). */
#include "regress_internal.h"

epi_status epi__regress_check(const double *y, const double *x, const double *w,
                              const double *offset, size_t n, size_t p, double least_y,
                              struct epi_err *reterr)
{
    for (size_t i = 0; i < n; i++) {
        bool good = isfinite(y[i]) && y[i] >= least_y && (!w || (isfinite(w[i]) && w[i] >= 0.0)) &&
                    (!offset || isfinite(offset[i]));
        for (size_t j = 0; good && j < p; j++)
            good = isfinite(x[i * p + j]);
        if (!good)
            return EPI_FAIL(reterr, EPI_INVALID, "stats.row-unusable", "%zu", i + 1);
    }
    if (p == 0 || n < p)
        return EPI_FAIL(reterr, EPI_INVALID, "stats.too-few-rows", "%zu", p);
    return EPI_OK;
}

bool epi__qr(double *q, size_t n, size_t p, double *diag, size_t *ret_bad)
{
    for (size_t j = 0; j < p; j++) {
        double *v = q + j * n, whole = 0.0, norm = 0.0;
        for (size_t i = 0; i < j; i++)
            whole += v[i] * v[i];
        for (size_t i = j; i < n; i++)
            norm += v[i] * v[i];
        /* Reflections keep lengths: what the columns before explain is `whole`. */
        if (!(norm > 1e-22 * (norm + whole))) {
            *ret_bad = j;
            return false;
        }
        norm = sqrt(norm);
        /* v = column - r e_j, scaled so that v'v = 2. */
        diag[j] = v[j] > 0.0 ? -norm : norm;
        double scale = 1.0 / sqrt(norm * (norm + fabs(v[j])));
        v[j] -= diag[j];
        for (size_t i = j; i < n; i++)
            v[i] *= scale;
        for (size_t k = j + 1; k < p; k++) {
            double *c = q + k * n, dot = 0.0;
            for (size_t i = j; i < n; i++)
                dot += v[i] * c[i];
            for (size_t i = j; i < n; i++)
                c[i] -= dot * v[i];
        }
    }
    return true;
}

static void reflect(const double *v, size_t from, size_t n, double *b)
{
    double dot = 0.0;
    for (size_t i = from; i < n; i++)
        dot += v[i] * b[i];
    for (size_t i = from; i < n; i++)
        b[i] -= dot * v[i];
}

void epi__qr_solve(const double *q, const double *diag, size_t n, size_t p, double *b)
{
    for (size_t j = 0; j < p; j++)
        reflect(q + j * n, j, n, b);
    for (size_t j = p; j-- > 0;) {
        b[j] /= diag[j];
        for (size_t i = 0; i < j; i++)
            b[i] -= q[j * n + i] * b[j];
    }
}

void epi__qr_cov(const double *q, const double *diag, size_t n, size_t p, double *ret)
{
    /* R^-1 by columns into the upper half, then its product with its transpose. */
    for (size_t j = 0; j < p; j++) {
        for (size_t i = j + 1; i-- > 0;) {
            double sum = i == j ? 1.0 : 0.0;
            for (size_t k = i + 1; k <= j; k++)
                sum -= q[k * n + i] * ret[k * p + j];
            ret[i * p + j] = sum / diag[i];
        }
    }
    for (size_t i = 0; i < p; i++) {
        for (size_t j = i; j < p; j++) {
            double sum = 0.0;
            for (size_t k = j; k < p; k++)
                sum += ret[i * p + k] * ret[j * p + k];
            ret[i * p + j] = sum; /* elements right of it are still those of R^-1 */
        }
    }
    for (size_t i = 0; i < p; i++) {
        for (size_t j = 0; j < i; j++)
            ret[i * p + j] = ret[j * p + i];
    }
}

void epi__qr_leverage(const double *q, size_t n, size_t p, double *work, double *ret)
{
    for (size_t i = 0; i < n; i++)
        ret[i] = 0.0;
    for (size_t j = 0; j < p; j++) { /* columns of Q */
        for (size_t i = 0; i < n; i++)
            work[i] = i == j ? 1.0 : 0.0;
        for (size_t k = j + 1; k-- > 0;)
            reflect(q + k * n, k, n, work);
        for (size_t i = 0; i < n; i++)
            ret[i] += work[i] * work[i];
    }
}

void epi__fit_init(struct epi_arena *a, size_t n, size_t p, struct epi_fit *ret)
{
    *ret = (struct epi_fit){.n = n, .p = p, .theta = INFINITY, .loglik = NAN};
    ret->coef = EPI_ARRAY(a, p, double);
    ret->cov = EPI_ARRAY(a, p * p, double);
    ret->fitted = EPI_ARRAY(a, n, double);
    ret->leverage = EPI_ARRAY(a, n, double);
}

epi_status epi_fit_linear(struct epi_arena *a, const double *y, const double *x, const double *w,
                          size_t n, size_t p, struct epi_fit *ret, struct epi_err *reterr)
{
    EPI_TRY(epi__regress_check(y, x, w, NULL, n, p, -INFINITY, reterr));
    struct epi_fit fit;
    epi__fit_init(a, n, p, &fit);
    struct epi_arena_mark mark = epi_arena_mark(a);
    double *q = EPI_ARRAY(a, n * p, double), *b = EPI_ARRAY(a, n, double);
    double *diag = EPI_ARRAY(a, p, double);
    for (size_t i = 0; i < n; i++) {
        double root = w ? sqrt(w[i]) : 1.0;
        for (size_t j = 0; j < p; j++)
            q[j * n + i] = root * x[i * p + j];
        b[i] = root * y[i];
    }
    size_t bad = 0;
    bool full = epi__qr(q, n, p, diag, &bad);
    if (full) {
        epi__qr_solve(q, diag, n, p, b);
        for (size_t j = 0; j < p; j++)
            fit.coef[j] = b[j];
        epi__qr_cov(q, diag, n, p, fit.cov);
        epi__qr_leverage(q, n, p, b, fit.leverage);
        for (size_t i = 0; i < n; i++) {
            for (size_t j = 0; j < p; j++)
                fit.fitted[i] += x[i * p + j] * fit.coef[j];
            double off = y[i] - fit.fitted[i];
            fit.deviance += (w ? w[i] : 1.0) * off * off;
        }
        fit.pearson = fit.deviance;
        fit.converged = true;
        fit.rounds = 1;
    }
    epi_arena_release(a, mark);
    if (!full)
        return EPI_FAIL(reterr, EPI_INVALID, "stats.rank-deficient", "%zu", bad + 1);
    *ret = fit;
    return EPI_OK;
}
