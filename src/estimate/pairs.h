/* pairs.h - two days of a case from a line list, by the names the list has for them. */
#ifndef EPI_ESTIMATE_PAIRS_H
#define EPI_ESTIMATE_PAIRS_H
#include "estimate/estimate_internal.h"

/* The options a method has that takes a line list. */
#define EPI__PAIR_OPTIONS \
    {"start", \
     EPI_OPT_WORD, \
     "onset", \
     0, \
     0, \
     "onset|sampled|resulted|reported|isolated|from", \
     "", \
     "cột ngày bắt đầu", \
     "column of the first day"}, \
        {"end", \
         EPI_OPT_WORD, \
         "reported", \
         0, \
         0, \
         "sampled|resulted|reported|isolated|outcome_date|to", \
         "", \
         "cột ngày kết thúc", \
         "column of the second day"}, \
    { \
        "now", EPI_OPT_DATE, "", 0, 0, NULL, "", \
            "ngày chốt số liệu; mặc định là ngày muộn nhất trong bảng", \
            "day up to which reports are known; the latest in the table when not given" \
    }

struct epi__pairs {
    size_t n;
    const double *from, *to; /* days, NaN = not known */
    epi_date now;            /* as given, or the latest day there is */
};
/* The columns named by "start" and "end"; "from", "to", "report" stand in for the standard ones.
 * EPI_INVALID with findings when they are missing or hold no dates. */
EPI_MUST_USE epi_status epi__pairs_read(struct epi_estimate_run *r, struct epi__pairs *ret);
bool epi__pairs_there(const struct epi_estimate_run *r);
#endif
