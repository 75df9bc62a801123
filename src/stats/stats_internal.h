/* stats_internal.h - what the files of stats/ share: parts of densities that keep their accuracy
 * when the parameters are large, and both tails of the two incomplete functions. */
#ifndef EPI_STATS_STATS_INTERNAL_H
#define EPI_STATS_STATS_INTERNAL_H
#include "stats/stats.h"

#define EPI__HALF_LOG_2PI 0.918938533204672741780 /* log(2 pi) / 2 */
#define EPI__SQRT_2PI 2.50662827463100050242

/* Value of a polynomial, c[0] first. */
static inline double epi__poly(const double *c, size_t n, double x)
{
    double v = c[n - 1];
    for (size_t i = n - 1; i-- > 0;)
        v = v * x + c[i];
    return v;
}

/* --- special.c --- */
double epi__log1pmx(double x);  /* log(1 + x) - x, x > -1 */
double epi__expm1mx(double x);  /* exp(x) - 1 - x */
double epi__stirling(double x); /* log gamma(x) - (x - 1/2) log x + x - log(2 pi) / 2, x > 0 */
double epi__lgamma1p(double x); /* log gamma(1 + x), x > -1/2; relative accuracy near 0 */
double epi__lgamma_step(double x, double d); /* log(gamma(x + d) / gamma(x)), x > 0, 0 <= d <= 1 */
double epi__erfcx(double x);                 /* exp(x^2) erfc(x), x >= 0 */
/* x log(x / m) + m - x for x, m > 0, where d = x - m is given by the caller, who may know it more
 * exactly than the difference (Loader 2000, "Fast and accurate computation of binomial
 * probabilities", D0). */
double epi__deviance(double x, double m, double d);

/* --- both tails, each with its own relative accuracy --- */
struct epi__tails {
    double lower, upper;
};
struct epi__tails epi__gamma_tails(double a, double x);
/* x + y = 1 and lambda = a y - b x, which the caller may know more exactly. */
struct epi__tails epi__beta_tails(double a, double b, double x, double y, double lambda);
double epi__beta_lambda(double a, double b, double x, double y);
/* x^a e^-x / gamma(a) and x^a y^b / B(a, b): densities of log x and of log(x / y). */
double epi__gamma_mass(double a, double x);
double epi__beta_mass(double a, double b, double x, double y, double lambda);
double epi__temme_sum(double a, double eta); /* gamma_temme.c */
/* gamma_quant.c: scale 1; of many, 1e-10 relative. */
double epi__gamma_quantile(double p, double a); /* 0 < p < 1 */
void epi__gamma_quantiles(const double *p, size_t n, double a, double *ret);

/* One step towards the root of log(tail) = log_p for a density whose logarithm is concave in the
 * variable: Halley's third-order formula, at most `most` long. `tail` is the tail wanted, `upper`
 * says which, `mass` the density and `slope` the derivative of its logarithm. */
double epi__tail_step(double tail, double log_p, bool upper, double mass, double slope,
                      double most);
#endif
