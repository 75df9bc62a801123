/* date.h - civil dates, instants and intervals. A civil date is never shifted by a time zone. */
#ifndef EPI_BASE_DATE_H
#define EPI_BASE_DATE_H
#include "base/str.h"

typedef struct epi_date { /* days since 1970-01-01, proleptic Gregorian */
    int32_t d;
} epi_date;
typedef struct epi_instant { /* milliseconds since 1970-01-01T00:00:00Z */
    int64_t ms;
} epi_instant;
typedef struct epi_days {
    int32_t n;
} epi_days;

#define EPI_DATE_UNKNOWN ((epi_date){INT32_MIN})
#define EPI_INSTANT_UNKNOWN ((epi_instant){INT64_MIN})

static inline bool epi_date_known(epi_date d)
{
    return d.d != INT32_MIN;
}
static inline bool epi_instant_known(epi_instant t)
{
    return t.ms != INT64_MIN;
}
static inline epi_date epi_date_plus(epi_date d, epi_days n)
{
    return (epi_date){d.d + n.n};
}
static inline epi_days epi_date_minus(epi_date a, epi_date b)
{
    return (epi_days){a.d - b.d};
}

bool epi_ymd_valid(int year, int month, int day);
epi_date epi_date_ymd(int year, int month,
                      int day); /* EPI_DATE_UNKNOWN when not a day; years 1..9999 */
void epi_date_split(epi_date d, int *ret_year, int *ret_month, int *ret_day);
int epi_date_weekday(epi_date d); /* 1 = Monday .. 7 = Sunday (ISO 8601) */
int epi_date_age(epi_date birth,
                 epi_date on); /* completed years; -1 when unknown or in the future */
/* "2021-11-17" only. The many spellings of field files are exchange/'s work. */
bool epi_date_parse_iso(epi_str s, epi_date *ret);
/* Writes 10 characters and a NUL; empty text for an unknown date. */
const char *epi_date_iso(epi_date d, char out[16]);
/* "dd/mm/yyyy", the form people read. */
const char *epi_date_dmy(epi_date d, char out[16]);
/* RFC 3339 with offset or Z, e.g. "2021-11-17T09:05:00+07:00". */
bool epi_instant_parse(epi_str s, epi_instant *ret);
/* "2021-11-17T02:05:00.000Z" */
const char *epi_instant_iso(epi_instant t, char out[32]);
/* The civil date of an instant at a fixed offset from UTC in minutes (Viet Nam: 420). */
epi_date epi_instant_date(epi_instant t, int utc_offset_minutes);
epi_instant epi_date_start(epi_date d, int utc_offset_minutes);
/* Half-open intervals [from, to); an unknown end is open. */
bool epi_interval_overlap(epi_instant a_from, epi_instant a_to, epi_instant b_from,
                          epi_instant b_to, epi_instant *ret_from, epi_instant *ret_to);
#endif
