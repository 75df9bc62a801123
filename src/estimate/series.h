/* series.h - counts per day or week, checked once for all methods that take a series. */
#ifndef EPI_ESTIMATE_SERIES_H
#define EPI_ESTIMATE_SERIES_H
#include "estimate/frame.h"
#include <math.h>

/* n counts at equal steps; point i is t = t0 + i (the papers count from 1). */
struct epi_series {
    size_t n;
    epi_date start;         /* of point 0; unknown when the input had only t */
    int step;               /* days between points: 1 or 7; 1 when there are no dates */
    double t0;              /* the t of point 0; 1 when there were only dates, or t has holes */
    const double *cases;    /* >= 0; those not imported when `imported` is there */
    const double *imported; /* NULL = none named; not counted in `cases` */
    const size_t *rows;     /* the row of the input behind each point, SIZE_MAX for a filled gap */
    bool imported_within;   /* the input counted the imported among its cases: taken off them */
};

enum epi_series_flags {
    EPI_SERIES_GAPS_ARE_ZERO = 1, /* else a missing day is an error */
    EPI_SERIES_FRACTIONS = 2,     /* counts need not be whole (smoothed or expected counts) */
    EPI_SERIES_MAY_EMPTY = 4,     /* an empty count stays NaN: the method deals with missing ones */
    EPI_SERIES_GAPS_ARE_EMPTY = 8, /* a missing day is NaN too */
};

/* Columns "t" or "date", or both (then the dates count, unless they are unevenly spaced and t is
 * not: a warning says so), and the counts: "cases", "count",
 * "incidence" or "local", with or without "imported". "local" never holds the imported; the others
 * do when no day has more imported than all. Every fault is a finding with its row: negative,
 * fractional, empty, duplicate and missing days, steps that are neither a day nor a week. A series
 * of zeros is no fault here; methods say what they make of it. Rows may come in any order. */
EPI_MUST_USE epi_status epi_series_read(struct epi_arena *a, const struct epi_frame *f,
                                        unsigned flags, struct epi_series *ret,
                                        struct epi_findings *findings, struct epi_err *reterr);
/* The same for counts of another name: `counts` is "a|b", the first column there is. */
EPI_MUST_USE epi_status epi_series_read_of(struct epi_arena *a, const struct epi_frame *f,
                                           const char *counts, unsigned flags,
                                           struct epi_series *ret, struct epi_findings *findings,
                                           struct epi_err *reterr);
/* The date of point i, NaN without dates: for date columns of results. */
static inline double epi_series_date(const struct epi_series *s, size_t i)
{
    return epi_date_known(s->start) ? (double)s->start.d + (double)s->step * (double)i
                                    : (double)NAN;
}
#endif
