/* series.h - counts per day or week, checked once for all methods that take a series. */
#ifndef EPI_ESTIMATE_SERIES_H
#define EPI_ESTIMATE_SERIES_H
#include "estimate/frame.h"

/* n counts at equal steps; point i is t = i + 1 (the papers count from 1). */
struct epi_series {
    size_t n;
    epi_date start; /* of point 0; unknown when the input had only t */
    int step;       /* days between points: 1 or 7; 1 when there are no dates */
    double t0;      /* the t of point 0 as it stood in the input; 1 when there were only dates */
    const double *cases;    /* >= 0, whole unless `fractions` */
    const double *imported; /* NULL = none named; included in no other column */
};

enum epi_series_flags {
    EPI_SERIES_GAPS_ARE_ZERO = 1, /* else a missing day is an error */
    EPI_SERIES_FRACTIONS = 2,     /* counts need not be whole (smoothed or expected counts) */
};

/* Columns "t" or "date" (or both), and the counts: "cases", or "count", "incidence", "local" with
 * "imported". Every fault is a finding with its row: negative, fractional, empty, unsorted,
 * duplicate and missing days, steps that are neither a day nor a week, nothing at all. A series of
 * zeros is no fault here; methods say what they make of it. Rows may come in any order of time. */
EPI_MUST_USE epi_status epi_series_read(struct epi_arena *a, const struct epi_frame *f,
                                        unsigned flags, struct epi_series *ret,
                                        struct epi_findings *findings, struct epi_err *reterr);
/* The date of point i, NaN without dates: for date columns of results. */
static inline double epi_series_date(const struct epi_series *s, size_t i)
{
    return epi_date_known(s->start) ? (double)s->start.d + (double)s->step * (double)i
                                    : (double)NAN;
}
#endif
