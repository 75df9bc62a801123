/* regress_internal.h - what the regressions share: the design without its zeros, orthogonal
 * factors, and the rounds of weighted least squares of a log-linear model. */
#ifndef EPI_STATS_REGRESS_INTERNAL_H
#define EPI_STATS_REGRESS_INTERNAL_H
#include "stats_internal.h"

/* A design as rows of its non-zero elements: factors make most of them zero. */
struct epi__design {
    size_t n, p;
    size_t *start;    /* n + 1 */
    uint32_t *column; /* of each element */
    double *value;
};

/* Checks the arguments all regressions have; w and offset may be NULL. */
EPI_MUST_USE epi_status epi__regress_check(const double *y, const double *x, const double *w,
                                           const double *offset, size_t n, size_t p, double least_y,
                                           struct epi_err *reterr);
struct epi__design epi__design_of(struct epi_arena *a, const double *x, size_t n, size_t p);

/* Householder's factors of a matrix in columns, q[j * n + i], in place. False when column *ret_bad
 * depends on those before it. The diagonal of R goes to diag. */
bool epi__qr(double *q, size_t n, size_t p, double *diag, size_t *ret_bad);
void epi__qr_solve(const double *q, const double *diag, size_t n, size_t p, double *b);
/* (R'R)^-1, and the diagonal of the projection; work: n. */
void epi__qr_cov(const double *q, const double *diag, size_t n, size_t p, double *ret);
void epi__qr_leverage(const double *q, size_t n, size_t p, double *work, double *ret);

/* A log-linear model with variance mu + mu^2 / theta. */
struct epi__loglinear {
    struct epi__design x;
    const double *y, *w, *offset;
    double *log_y; /* log(y), 0 where y = 0 */
    double theta;
};
void epi__loglinear_init(struct epi_arena *a, struct epi__loglinear *m, const double *y,
                         const double *x, const double *w, const double *offset, size_t n,
                         size_t p);
/* Rounds from mu = ret->fitted until the deviance changes by less than tol of itself. Fills coef,
 * cov, fitted, leverage, deviance, pearson, converged; adds to rounds. */
EPI_MUST_USE epi_status epi__loglinear_fit(struct epi_arena *a, const struct epi__loglinear *m,
                                           double tol, struct epi_fit *ret, struct epi_err *reterr);
void epi__fit_init(struct epi_arena *a, size_t n, size_t p, struct epi_fit *ret);
#endif
