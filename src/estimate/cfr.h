/* cfr.h - case fatality: deaths among cases, as they stand and among those whose outcome can be
 * known by now.
 *
 * Counts per day (or week), whole; n points; `deaths` by day of death, `cases` by day of onset or
 * report, whichever the delay starts from. Pure. A value that is not defined is NaN.
 *
 * Papers: Nishiura, Klinkenberg, Roberts, Heesterbeek 2009, PLoS ONE 4:e6852, equations 2 to 5;
 * exact limits of the naive ratio: Clopper and Pearson 1934. */
#ifndef EPI_ESTIMATE_CFR_H
#define EPI_ESTIMATE_CFR_H
#include "estimate/duration.h"
#include "estimate/proportion.h"

struct epi_cfr_options {
    double level;         /* of the exact limits: 0.95 */
    double grid_step;     /* the corrected ratio is sought on step, 2 step .. 1: 0.0001 */
    double drop;          /* log-likelihood below its maximum at the limits: 1.92 */
    double poisson_cases; /* from so many cases on: 100, */
    double poisson_share; /* and below this ratio of deaths to outcomes: 0.05, Poisson */
};
#define EPI_CFR_STANDARD ((struct epi_cfr_options){0.95, 1e-4, 1.92, 100, 0.05})

/* The delay at the points of a series: its density at 0, 1, .. days; with weeks the sum over the
 * seven days of a week. Stops where the rest is below the rounding of the sum: returns how many of
 * `n` are filled. */
size_t epi_cfr_delay(const struct epi_duration *d, int step, size_t n, double *ret);
/* Cases whose outcome is known, by day: ret[t] = sum over j of cases[t - j] delay[j]. The delay is
 * not rescaled to sum 1. */
void epi_cfr_outcomes(const double *cases, size_t n, const double *delay, size_t k, double *ret);

/* deaths/cases with exact limits; NaN without cases, or with more deaths than cases. */
struct epi_ci epi_cfr_naive(double cases, double deaths, const struct epi_cfr_options *o);
/* The grid point of greatest likelihood and the outermost ones within `drop` of it, for `deaths`
 * among `outcomes` known outcomes: binomial with round(outcomes) trials, or Poisson as the options
 * say. Found by bisection, since the likelihood has one peak: the answer is that of trying every
 * point. NaN when outcomes is 0 or less than deaths. */
struct epi_ci epi_cfr_corrected(double cases, double deaths, double outcomes,
                                const struct epi_cfr_options *o);

/* For every point both ratios on the data up to it. `outcomes` as epi_cfr_outcomes gives them, NULL
 * for naive alone; `ret_corrected` is then not written. */
void epi_cfr_rolling(const double *cases, const double *deaths, const double *outcomes, size_t n,
                     const struct epi_cfr_options *o, struct epi_ci *ret_naive,
                     struct epi_ci *ret_corrected);
/* Of each point alone, deaths among `of` (cases, or known outcomes, rounded), with exact limits;
 * empty before point `from`, from point `to` on, and where deaths > of or of = 0. */
void epi_cfr_daily(const double *of, const double *deaths, size_t n, size_t from, size_t to,
                   double level, struct epi_ci *ret);
/* Running median over `window` (odd) points; the first and last window/2 are kept as they are. */
void epi_running_median(const double *v, size_t n, size_t window, double *ret);
#endif
