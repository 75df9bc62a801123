// SPDX-License-Identifier: AGPL-3.0-or-later
#include "base/date.h"
#include <stdio.h>

#define DAY_MS 86400000LL

static bool leap(int y)
{
    return y % 4 == 0 && (y % 100 != 0 || y % 400 == 0);
}

bool epi_ymd_valid(int year, int month, int day)
{
    static const signed char days[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (year < 1 || year > 9999 || month < 1 || month > 12 || day < 1)
        return false;
    return day <= days[month - 1] + (month == 2 && leap(year));
}

/* Both conversions count from 1 March of year 0, so that the leap day ends the year. */
epi_date epi_date_ymd(int year, int month, int day)
{
    if (!epi_ymd_valid(year, month, day))
        return EPI_DATE_UNKNOWN;
    int y = year - (month <= 2);
    int era = y / 400, of_era = y % 400;
    int of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int day_of_era = of_era * 365 + of_era / 4 - of_era / 100 + of_year;
    return (epi_date){era * 146097 + day_of_era - 719468};
}

void epi_date_split(epi_date d, int *ret_year, int *ret_month, int *ret_day)
{
    if (!epi_date_known(d)) {
        *ret_year = *ret_month = *ret_day = 0;
        return;
    }
    int64_t z = (int64_t)d.d + 719468;
    int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    int of_era = (int)(z - era * 146097);
    int y = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int of_year = of_era - (365 * y + y / 4 - y / 100);
    int m = (5 * of_year + 2) / 153;
    *ret_day = of_year - (153 * m + 2) / 5 + 1;
    *ret_month = m < 10 ? m + 3 : m - 9;
    *ret_year = (int)(y + era * 400) + (*ret_month <= 2);
}

int epi_date_weekday(epi_date d)
{
    /* 1970-01-01 was a Thursday. */
    int w = (int)(((int64_t)d.d + 3) % 7);
    return (w < 0 ? w + 7 : w) + 1;
}

int epi_date_age(epi_date birth, epi_date on)
{
    if (!epi_date_known(birth) || !epi_date_known(on) || on.d < birth.d)
        return -1;
    int by, bm, bd, y, m, d;
    epi_date_split(birth, &by, &bm, &bd);
    epi_date_split(on, &y, &m, &d);
    return y - by - (m < bm || (m == bm && d < bd));
}

static bool digits(const char *p, size_t n, int *ret)
{
    int v = 0;
    for (size_t i = 0; i < n; i++) {
        if (p[i] < '0' || p[i] > '9')
            return false;
        v = v * 10 + (p[i] - '0');
    }
    *ret = v;
    return true;
}

bool epi_date_parse_iso(epi_str s, epi_date *ret)
{
    int y, m, d;
    if (s.n != 10 || s.p[4] != '-' || s.p[7] != '-' || !digits(s.p, 4, &y) ||
        !digits(s.p + 5, 2, &m) || !digits(s.p + 8, 2, &d) || !epi_ymd_valid(y, m, d))
        return false;
    *ret = epi_date_ymd(y, m, d);
    return true;
}

static void put_digits(char *out, int v, int n)
{
    for (int i = n - 1; i >= 0; i--, v /= 10)
        out[i] = (char)('0' + v % 10);
}

const char *epi_date_iso(epi_date d, char out[16])
{
    out[0] = '\0';
    if (!epi_date_known(d))
        return out;
    int year, month, day;
    epi_date_split(d, &year, &month, &day);
    if (year < 0 || year > 9999) { /* only reached by arithmetic far outside what can be entered */
        (void)snprintf(out, 16, "%d-%02u", year, (unsigned)month % 100);
        return out;
    }
    put_digits(out, year, 4);
    out[4] = '-';
    put_digits(out + 5, month, 2);
    out[7] = '-';
    put_digits(out + 8, day, 2);
    out[10] = '\0';
    return out;
}

const char *epi_date_dmy(epi_date d, char out[16])
{
    char iso[16];
    epi_date_iso(d, iso);
    if (iso[0] == '\0' || iso[4] != '-') {
        memcpy(out, iso, sizeof iso);
        return out;
    }
    memcpy(out, iso + 8, 2);
    out[2] = '/';
    memcpy(out + 3, iso + 5, 2);
    out[5] = '/';
    memcpy(out + 6, iso, 4);
    out[10] = '\0';
    return out;
}

/* ".250" and the like at *at; digits past the millisecond are cut. */
static bool parse_fraction(epi_str s, size_t *at, int *ret_ms)
{
    int ms = 0, scale = 100;
    size_t i = *at;
    if (i < s.n && s.p[i] == '.') {
        size_t first = ++i;
        for (; i < s.n && s.p[i] >= '0' && s.p[i] <= '9'; i++, scale /= 10)
            ms += (s.p[i] - '0') * scale;
        if (i == first)
            return false;
    }
    *at = i;
    *ret_ms = ms;
    return true;
}

static bool parse_offset(epi_str s, int *ret_minutes)
{
    int h, m;
    if (s.n == 1 && (s.p[0] == 'Z' || s.p[0] == 'z')) {
        *ret_minutes = 0;
        return true;
    }
    if (s.n != 6 || (s.p[0] != '+' && s.p[0] != '-') || s.p[3] != ':' || !digits(s.p + 1, 2, &h) ||
        !digits(s.p + 4, 2, &m) || h > 23 || m > 59)
        return false;
    *ret_minutes = (s.p[0] == '-' ? -1 : 1) * (h * 60 + m);
    return true;
}

bool epi_instant_parse(epi_str s, epi_instant *ret)
{
    epi_date day;
    int h, m, sec, ms, offset;
    size_t at = 19;
    if (s.n < 20 || !epi_date_parse_iso(epi_str_sub(s, 0, 10), &day) ||
        (s.p[10] != 'T' && s.p[10] != 't' && s.p[10] != ' ') || s.p[13] != ':' || s.p[16] != ':' ||
        !digits(s.p + 11, 2, &h) || !digits(s.p + 14, 2, &m) || !digits(s.p + 17, 2, &sec))
        return false;
    /* A leap second is written :60; it is counted as the first second of the next minute. */
    if (h > 23 || m > 59 || sec > 60 || !parse_fraction(s, &at, &ms) ||
        !parse_offset(epi_str_sub(s, at, SIZE_MAX), &offset))
        return false;
    ret->ms = day.d * DAY_MS + ((h * 60LL + m - offset) * 60 + sec) * 1000 + ms;
    return true;
}

/* Whole days below an instant, and the rest of the day. */
static int64_t floor_day(int64_t ms, int64_t *ret_rest)
{
    int64_t day = ms / DAY_MS, rest = ms % DAY_MS;
    if (rest < 0) {
        rest += DAY_MS;
        day--;
    }
    if (ret_rest)
        *ret_rest = rest;
    return day;
}

const char *epi_instant_iso(epi_instant t, char out[32])
{
    int64_t rest = 0;
    int64_t day = epi_instant_known(t) ? floor_day(t.ms, &rest) : INT64_MIN;
    out[0] = '\0';
    if (day < -719162 || day > 2932896) /* outside 0001-01-01 .. 9999-12-31 */
        return out;
    epi_date_iso((epi_date){(int32_t)day}, out);
    int ms = (int)rest;
    out[10] = 'T';
    put_digits(out + 11, ms / 3600000, 2);
    out[13] = ':';
    put_digits(out + 14, ms / 60000 % 60, 2);
    out[16] = ':';
    put_digits(out + 17, ms / 1000 % 60, 2);
    out[19] = '.';
    put_digits(out + 20, ms % 1000, 3);
    out[23] = 'Z';
    out[24] = '\0';
    return out;
}

epi_date epi_instant_date(epi_instant t, int utc_offset_minutes)
{
    int64_t ms;
    if (!epi_instant_known(t) || __builtin_add_overflow(t.ms, utc_offset_minutes * 60000LL, &ms))
        return EPI_DATE_UNKNOWN;
    int64_t day = floor_day(ms, NULL);
    if (day <= INT32_MIN || day > INT32_MAX)
        return EPI_DATE_UNKNOWN;
    return (epi_date){(int32_t)day};
}

epi_instant epi_date_start(epi_date d, int utc_offset_minutes)
{
    if (!epi_date_known(d))
        return EPI_INSTANT_UNKNOWN;
    return (epi_instant){d.d * DAY_MS - utc_offset_minutes * 60000LL};
}

bool epi_interval_overlap(epi_instant a_from, epi_instant a_to, epi_instant b_from,
                          epi_instant b_to, epi_instant *ret_from, epi_instant *ret_to)
{
    /* An unknown start is INT64_MIN and so already before every instant; an unknown end is not. */
    int64_t a_end = epi_instant_known(a_to) ? a_to.ms : INT64_MAX;
    int64_t b_end = epi_instant_known(b_to) ? b_to.ms : INT64_MAX;
    int64_t from = a_from.ms > b_from.ms ? a_from.ms : b_from.ms;
    int64_t to = a_end < b_end ? a_end : b_end;
    if (from >= to)
        return false;
    if (ret_from)
        ret_from->ms = from;
    if (ret_to)
        *ret_to = to == INT64_MAX ? EPI_INSTANT_UNKNOWN : (epi_instant){to};
    return true;
}
