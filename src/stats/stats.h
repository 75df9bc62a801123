/* stats.h - numbers without epidemics: distributions, roots, fits, small dense algebra.
 *
 * All functions are pure. Those of real arguments return NaN outside their domain, and the caller
 * checks its input first: a NaN never leaves estimate/ unnoticed. Accuracy: 1e-12 relative unless a
 * line says otherwise, tails included. Matrices are row-major, `x[i * p + j]`.
 * Papers are cited at the implementation of each function. */
#ifndef EPI_STATS_STATS_H
#define EPI_STATS_STATS_H
#include "base/base.h"
#include <math.h>

/* --- special functions (special.c) --- */
double epi_lgamma(double x);            /* thread-safe log |gamma(x)| */
double epi_digamma(double x);           /* x > 0 */
double epi_trigamma(double x);          /* x > 0 */
double epi_lbeta(double a, double b);   /* log of the beta function */
double epi_lchoose(double n, double k); /* log binomial coefficient, n >= k >= 0 */
double epi_gamma_p(double a, double x); /* regularised lower incomplete gamma, a > 0, x >= 0 */
double epi_gamma_q(double a, double x); /* regularised upper incomplete gamma */
double epi_beta_i(double x, double a, double b); /* regularised incomplete beta */
double epi_log1mexp(double x);                   /* log(1 - exp(x)) for x < 0 */
double epi_logsumexp(const double *v, size_t n); /* -inf when n = 0 */

/* --- continuous distributions (dist_*.c) ---
 * _cdf = P(X <= x), _sf = P(X > x) exact in the upper tail, _q = quantile of the lower tail,
 * _logpdf = log density. Gamma by shape and scale; Weibull by shape and scale; log-normal by mean
 * and sd of the log. */
double epi_normal_cdf(double z);
double epi_normal_sf(double z);
double epi_normal_q(double p);
double epi_gamma_cdf(double x, double shape, double scale);
double epi_gamma_sf(double x, double shape, double scale);
double epi_gamma_quant(double p, double shape, double scale);
double epi_gamma_logpdf(double x, double shape, double scale);
/* n quantiles of one gamma at once, p ascending: shares the work that depends on the shape alone.
 * 1e-10 relative. */
void epi_gamma_quants(const double *p, size_t n, double shape, double scale, double *ret);
double epi_chi2_cdf(double x, double df);
double epi_chi2_sf(double x, double df);
double epi_chi2_q(double p, double df);
double epi_beta_cdf(double x, double a, double b);
double epi_beta_q(double p, double a, double b);
double epi_t_cdf(double t, double df);
double epi_t_q(double p, double df);
double epi_f_cdf(double x, double df1, double df2);
double epi_f_q(double p, double df1, double df2);
double epi_weibull_cdf(double x, double shape, double scale);
double epi_weibull_sf(double x, double shape, double scale);
double epi_weibull_q(double p, double shape, double scale);
double epi_weibull_logpdf(double x, double shape, double scale);
double epi_lnorm_cdf(double x, double meanlog, double sdlog);
double epi_lnorm_sf(double x, double meanlog, double sdlog);
double epi_lnorm_q(double p, double meanlog, double sdlog);
double epi_lnorm_logpdf(double x, double meanlog, double sdlog);

/* --- counts (counts.c) ---
 * _q = smallest integer with cdf >= p. Negative binomial by mean and size: variance
 * mean + mean^2/size; an infinite size is Poisson. */
double epi_poisson_logpmf(double k, double mean);
double epi_poisson_cdf(double k, double mean);
double epi_poisson_sf(double k, double mean); /* P(X > k) */
double epi_poisson_q(double p, double mean);
double epi_nbinom_logpmf(double k, double mean, double size);
double epi_nbinom_cdf(double k, double mean, double size);
double epi_nbinom_sf(double k, double mean, double size);
double epi_nbinom_q(double p, double mean, double size);
double epi_binom_logpmf(double k, double n, double p);
double epi_binom_cdf(double k, double n, double p);
double epi_binom_sf(double k, double n, double p);
/* Beta-negative-binomial: failures before r successes, success probability ~ Beta(a, b). */
double epi_bnbinom_logpmf(double k, double r, double a, double b);
double epi_bnbinom_q(double p, double r, double a, double b);

/* --- draws (draw.c); the stream decides, see base/rng.h --- */
uint64_t epi_draw_binomial(struct epi_rng *r, uint64_t n, double p); /* exact; n <= 2^53 */
uint64_t epi_draw_nbinom(struct epi_rng *r, double mean, double size);
double epi_draw_beta(struct epi_rng *r, double a, double b);
/* Normal(mean, sd) given that it lies in [lo, hi]; lo < hi. */
double epi_draw_normal_in(struct epi_rng *r, double mean, double sd, double lo, double hi);
/* n balls into k boxes with weights >= 0, sum > 0. */
void epi_draw_multinomial(struct epi_rng *r, uint64_t n, const double *weights, size_t k,
                          uint64_t *ret);

/* --- samples (sample.c) --- */
double epi_mean(const double *v, size_t n);     /* NaN when n = 0 */
double epi_variance(const double *v, size_t n); /* divisor n - 1; NaN when n < 2 */
void epi_sort(double *v, size_t n);             /* ascending; no NaN allowed */
/* Quantile p of ascending values, linear between order statistics (type 7 of Hyndman and Fan
 * 1996, the default of R). */
double epi_quantile_sorted(const double *v, size_t n, double p);
/* Non-decreasing regression with weights (NULL = all 1), pool adjacent violators. */
void epi_isotonic(const double *y, const double *w, size_t n, double *ret);

/* --- roots, optima, integrals (solve.c) --- */
typedef double epi_fn(double x, void *ctx);
/* A root in [lo, hi] where f changes sign (Brent 1973), to `tol` in x; NaN when it does not. */
double epi_root(epi_fn *f, void *ctx, double lo, double hi, double tol);
/* Where f is least in [lo, hi] (Brent 1973). */
double epi_minimum(epi_fn *f, void *ctx, double lo, double hi, double tol);
/* Adaptive Gauss-Kronrod (7, 15) over [lo, hi]; relative tolerance. */
double epi_integral(epi_fn *f, void *ctx, double lo, double hi, double tol);
typedef double epi_fn_n(const double *x, size_t n, void *ctx);
/* Minimises f from x (n <= 32), in place: BFGS with central differences, then Newton steps until
 * the gradient is at rounding level; f may return +inf outside its domain. Returns f at x, NaN when
 * it did not converge. */
double epi_minimise(epi_fn_n *f, void *ctx, double *x, size_t n);
/* Hessian of f at x by Richardson-extrapolated central differences, ret[n * n]. */
void epi_hessian(epi_fn_n *f, void *ctx, const double *x, size_t n, double *ret);

/* --- small dense algebra (matrix.c) --- */
/* In place: lower Cholesky factor of a symmetric positive definite p x p; false when it is not. */
bool epi_cholesky(double *m, size_t p);
void epi_cholesky_solve(const double *l, size_t p, double *b); /* b becomes the solution */
void epi_cholesky_inverse(const double *l, size_t p, double *ret);
/* Largest eigenvalue of a non-negative matrix and its right eigenvector (sum 1; may be NULL). */
double epi_dominant(struct epi_arena *a, const double *m, size_t p, double *ret_vector);

/* --- regression (regress.c) --- */
struct epi_fit {
    size_t n, p;
    double *coef;             /* p */
    double *cov;              /* p x p, unscaled: (X'WX)^-1, W of the last round as in R */
    double *fitted;           /* n, on the scale of y */
    double *leverage;         /* n, hat values, W as above */
    double deviance, pearson; /* weighted; pearson with W as above, as R's dispersion */
    double loglik;            /* Gaussian: NaN */
    double theta;             /* negative binomial: its size; else +inf */
    bool converged;
    unsigned rounds;
};
/* All fail with EPI_INVALID for a row that is not finite or has a negative count or weight
 * (stats.row-unusable), n < p (stats.too-few-rows), dependent columns (stats.rank-deficient) and
 * means that run away (stats.no-finite-fit). The result lies in the arena; for many fits take a
 * mark before and release it after each. Weighted least squares by Householder QR; w NULL = 1. */
EPI_MUST_USE epi_status epi_fit_linear(struct epi_arena *a, const double *y, const double *x,
                                       const double *w, size_t n, size_t p, struct epi_fit *ret,
                                       struct epi_err *reterr);
/* Poisson log-linear by IRLS from mu = y + 0.1, until |dev - old| / (|dev| + 0.1) < 1e-8 (so that
 * it agrees with R's glm); offset and w may be NULL. Quasi-Poisson: dispersion = pearson/(n-p). */
EPI_MUST_USE epi_status epi_fit_poisson(struct epi_arena *a, const double *y, const double *x,
                                        const double *w, const double *offset, size_t n, size_t p,
                                        struct epi_fit *ret, struct epi_err *reterr);
/* Negative binomial log-linear, size by maximum likelihood, alternating (as MASS glm.nb) until
 * neither moves; the size is infinite when the counts vary no more than Poisson's. */
EPI_MUST_USE epi_status epi_fit_nbinom(struct epi_arena *a, const double *y, const double *x,
                                       const double *offset, size_t n, size_t p,
                                       struct epi_fit *ret, struct epi_err *reterr);
#endif
