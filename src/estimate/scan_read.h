/* scan_read.h - rows of units, days and cases as what the scan takes. */
#ifndef EPI_ESTIMATE_SCAN_READ_H
#define EPI_ESTIMATE_SCAN_READ_H
#include "estimate/chains_internal.h"
#include "estimate/scan.h"

struct epi__scan_data {
    struct epi_scan_input in; /* of the units that can be used */
    const epi_str *names;
    const double *population; /* by unit; NULL when not given */
    bool timed, dates;
    double end;    /* last day covered, or the last t */
    size_t length; /* days of an interval */
};
/* First and last day (or t) of interval t. */
static inline double epi__scan_from(const struct epi__scan_data *d, size_t t)
{
    return d->end - (double)(d->length * (d->in.times - t)) + 1;
}
static inline double epi__scan_to(const struct epi__scan_data *d, size_t t)
{
    return d->end - (double)(d->length * (d->in.times - 1 - t));
}
/* Columns: unit|id, lat and lon or x and y, cases, date|t, and by model population or expected,
 * controls; positions, population and expected also from the option "places". Whatever cannot be
 * used is a finding; units left out for want of a position or of people are a note of the result.
 */
epi_status epi__scan_read(struct epi_estimate_run *r, enum epi_scan_model m,
                          enum epi_scan_analysis analysis, struct epi__scan_data *ret);
#endif
