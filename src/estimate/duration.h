/* duration.h - a time between two events: onset to death, length of stay in a ward.
 *
 * Days. Pure. A distribution by its two parameters, or a table by whole days. */
#ifndef EPI_ESTIMATE_DURATION_H
#define EPI_ESTIMATE_DURATION_H
#include "base/base.h"
#include <math.h>

enum epi_duration_kind {
    EPI_DURATION_GAMMA,   /* p1 = shape, p2 = scale */
    EPI_DURATION_WEIBULL, /* p1 = shape, p2 = scale */
    EPI_DURATION_LNORM,   /* p1 = mean of the log, p2 = sd of the log */
    EPI_DURATION_EXP,     /* p1 = mean */
    EPI_DURATION_FIXED,   /* p1 = the time, the same for all */
    EPI_DURATION_TABLE,   /* share[k] of all end after exactly k days, k = 0 .. n-1 */
    EPI_DURATION_KINDS
};
const char *epi_duration_word(enum epi_duration_kind k);
struct epi_duration {
    enum epi_duration_kind kind;
    double p1, p2;
    const double *share;
    size_t n;
};
/* By mean and standard deviation: gamma, log-normal; exponential and fixed by the mean alone.
 * Weibull has no closed form: false, and for values that are no distribution. */
bool epi_duration_by_moments(enum epi_duration_kind k, double mean, double sd,
                             struct epi_duration *ret);
/* Parameters within their domain; a table: finite, >= 0, with something in it. */
bool epi_duration_sound(const struct epi_duration *d);
/* Density at x >= 0, infinite at 0 for shapes below 1; a table or a fixed time: the share that ends
 * on the whole day x. */
double epi_duration_density(const struct epi_duration *d, double x);
/* Still going on after x: P(X > x); a table or a fixed time: P(X > floor(x)), so that a stay of k
 * days counts on days 0 .. k-1. */
double epi_duration_sf(const struct epi_duration *d, double x);
double epi_duration_mean(const struct epi_duration *d);
/* Of those found in progress at a moment of a stationary process, the share still there x later:
 * integral of P(X > u) over u > x, divided by the mean (Cox 1962, Renewal Theory, chapter 5). */
double epi_duration_residual(const struct epi_duration *d, double x);
#endif
