/* risk_internal.h - small things the methods of severity, risk, pools, cover and beds share. */
#ifndef EPI_ESTIMATE_RISK_INTERNAL_H
#define EPI_ESTIMATE_RISK_INTERNAL_H
#include "estimate/estimate_internal.h"
#include "estimate/proportion.h"

#define EPI__LEVEL_OPTION \
    { \
        "level", EPI_OPT_NUMBER, "0.95", 0.5, 0.999, NULL, "", "mức tin cậy của khoảng", \
            "coverage of the intervals" \
    }

#define EPI__PER_OPTION \
    { \
        "per", EPI_OPT_NUMBER, "1", 1e-9, 1e12, NULL, "", "tính trên bao nhiêu người-thời gian", \
            "rates per this much person-time" \
    }

/* What a row is called: the cell of a column as it stood, else the number of the row. */
epi_str epi__row_label(struct epi_estimate_run *r, const struct epi_frame *f, const char *column,
                       size_t row);
/* The first column there is of "a|b"; the first name when there is none. */
const char *epi__column_of(struct epi_estimate_run *r, const struct epi_frame *f,
                           const char *names);
/* Convolutions take the square of the number of points: a century of days is the most. EPI_LIMIT
 * beyond. */
#define EPI__POINTS_MAX 36525
EPI_MUST_USE epi_status epi__few_points(struct epi_estimate_run *r);
/* "t", and "date" when the series has dates, for the first n points. */
void epi__time_columns(struct epi_estimate_run *r, struct epi_frame *f);
/* A second count of a series, whole and >= 0, point by point; 0 in filled gaps. NULL with findings
 * when the column is missing or faulty. */
const double *epi__series_column(struct epi_estimate_run *r, const char *name, unsigned flags);
/* Three columns: `name`, `name_low`, `name_high`; with an empty name estimate, low, high. */
struct epi__ci_columns {
    double *est, *lo, *hi;
};
struct epi__ci_columns epi__ci_columns(struct epi_estimate_run *r, struct epi_frame *f,
                                       const char *name);
static inline void epi__ci_put(struct epi__ci_columns c, size_t row, struct epi_ci v)
{
    c.est[row] = v.est, c.lo[row] = v.lo, c.hi[row] = v.hi;
}
#endif
