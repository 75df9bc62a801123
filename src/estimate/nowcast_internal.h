/* nowcast_internal.h - what the nowcasts share. */
#ifndef EPI_ESTIMATE_NOWCAST_INTERNAL_H
#define EPI_ESTIMATE_NOWCAST_INTERNAL_H
#include "estimate/nowcast.h"
#include <math.h>

/* Takes the arrays of a result that every method fills; p, p_lo, p_hi begin as NaN. */
void epi__nowcast_init(struct epi_arena *a, const struct epi_triangle *g, size_t probs_n,
                       struct epi_nowcast *ret);
/* NaN for a number too large to act on: it says only that nothing is known. */
static inline double epi__worth_saying(double cases)
{
    return cases < 1e8 ? cases : (double)NAN;
}
/* The day of the week of reports that stands out most: returns its distance in standard errors
 * (dispersion included), and the ratio of reported to expected there. 0 without dates. */
double epi__report_weekday(const struct epi_triangle *g, const struct epi_report_delay *r,
                           double *ret_ratio);
#endif
