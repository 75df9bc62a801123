/* dates.h - civil dates as people and programs write them.
 *
 * The order of day and month is decided for a whole column from all its values, never for one cell.
 * A civil date is never shifted: a written offset is dropped ("2021-11-17T00:00:00+07:00" is the
 * 17th). Only a time in UTC ("…Z") that is not midnight is an instant, and becomes the day at the
 * site's offset. Pure functions; no clock: two-digit years are judged by `last_year` of the
 * options. */
#ifndef EPI_EXCHANGE_DATES_H
#define EPI_EXCHANGE_DATES_H
#include "base/base.h"

#define EPI_DATE_ORDER_LIST(X) \
    X(EPI_ORDER_AUTO, "auto") \
    X(EPI_ORDER_DMY, "dmy") \
    X(EPI_ORDER_MDY, "mdy") \
    X(EPI_ORDER_YMD, "ymd")
typedef enum epi_date_order {
#define X(constant, word) constant,
    EPI_DATE_ORDER_LIST(X)
#undef X
        EPI_ORDER_COUNT
} epi_date_order;
const char *epi_date_order_word(epi_date_order o);
bool epi_date_order_parse(epi_str word, epi_date_order *ret);

struct epi_date_options {
    epi_date_order order; /* AUTO reads as day first */
    int last_year;        /* newest year that makes sense; 21 is 2021 when it is <= this, else 1921.
                             0 = 2099 */
    int utc_offset_minutes; /* of the site, for instants in UTC */
    bool date1904;          /* serial numbers count from 1904-01-01 */
};

typedef enum epi_date_outcome {
    EPI_DATE_READ,
    EPI_DATE_EMPTY,
    EPI_DATE_UNREADABLE,  /* not a date in any form known */
    EPI_DATE_IMPOSSIBLE,  /* 31/02, month 13 in every order */
    EPI_DATE_OTHER_ORDER, /* a date only in the order the column does not have */
    EPI_DATE_YEAR_ONLY,   /* "1985": ret->year */
    EPI_DATE_MONTH_ONLY,  /* "11/2021": ret->year, ret->month */
} epi_date_outcome;

enum epi_date_flags {
    EPI_DATE_TWO_DIGIT = 1 << 0, /* the century was added */
    EPI_DATE_HAD_TIME = 1 << 1,  /* a time of day was dropped */
    EPI_DATE_SERIAL = 1 << 2,    /* a spreadsheet's day number */
    EPI_DATE_EITHER = 1 << 3,    /* day and month could be exchanged and give another date */
    EPI_DATE_DAY_FIRST = 1 << 4, /* only day/month order gives a date */
    EPI_DATE_MONTH_FIRST = 1 << 5,
    EPI_DATE_FROM_UTC = 1 << 6, /* an instant in UTC became the day at the site */
};
struct epi_date_reading {
    epi_date date;
    int year, month;
    unsigned flags;
    int minute_of_day; /* -1 = no time was written */
};
epi_date_outcome epi_date_read(epi_str text, const struct epi_date_options *o,
                               struct epi_date_reading *ret);
/* A spreadsheet's day number in the 1900 or 1904 system; UNKNOWN for 0, for the 29/02/1900 that
 * never was, and beyond 9999-12-31. */
epi_date epi_date_serial(double serial, bool date1904);
/* The day number of a date in the 1900 system; 0 before 1900-03-01, where programs disagree. */
double epi_date_to_serial(epi_date d);

/* --- a column -------------------------------------------------------------------------------- */
struct epi_date_column { /* zero-initialise */
    uint64_t values, either, day_first, month_first, year_first, two_digit, serial, unreadable, utc;
    uint64_t real_dates, real_small; /* date cells of a workbook; those with a day <= 12 */
};
/* `real` = the cell was a date in a workbook (its text is ISO). */
void epi_date_column_see(struct epi_date_column *c, epi_str text, bool real);
/* The order the values prove; DMY when they prove nothing. Findings (field = column name):
 * date.mixed-order, date.order-assumed, date.month-first, date.two-digit-year, date.serial,
 * date.maybe-swapped. */
epi_date_order epi_date_column_decide(const struct epi_date_column *c, epi_str column,
                                      struct epi_findings *findings);
#endif
