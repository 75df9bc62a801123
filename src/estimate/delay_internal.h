/* delay_internal.h - what the fits of delay distributions share. */
#ifndef EPI_ESTIMATE_DELAY_INTERNAL_H
#define EPI_ESTIMATE_DELAY_INTERNAL_H
#include "estimate/delay.h"
#include "stats/stats.h"

/* Parameters without bounds: logs, but of those that may be negative (lnorm meanlog, normal mean).
 */
void epi__delay_par_of(enum epi_delay_family f, const double *work, double *ret_par);
/* E[X; X <= x] and E[X; X > x] of a positive family, both exact in their tails. */
void epi__delay_partial_mean(enum epi_delay_family f, const double *par, double x, double *ret_lo,
                             double *ret_hi);
/* P(lo < X <= hi), exact in both tails. */
double epi__delay_between(enum epi_delay_family f, const double *par, double lo, double hi);
/* The maximum of a likelihood of a positive family from a sample of about these delays: minimises
 * `minus_loglik` of the unbounded parameters and fills in the fit but for n, aic, bic. */
void epi__delay_maximise(epi_fn_n *minus_loglik, void *ctx, enum epi_delay_family f,
                         double mean_log, double sd_log, struct epi_delay_fit *ret);
/* mean, sd, aic and bic from the rest. */
void epi__delay_complete(struct epi_delay_fit *fit);
bool epi__delay_positive(enum epi_delay_family f); /* gamma, lnorm, weibull, exp */
#endif
