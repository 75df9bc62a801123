// SPDX-License-Identifier: AGPL-3.0-or-later
#include "exchange/dates.h"

void epi_date_column_see(struct epi_date_column *c, epi_str text, bool real)
{
    static const struct epi_date_options day_first = {.order = EPI_ORDER_DMY};
    struct epi_date_reading r;
    epi_date_outcome out = epi_date_read(text, &day_first, &r);
    if (out == EPI_DATE_EMPTY)
        return;
    c->values++;
    if (real) {
        int y, m, d;
        c->real_dates++;
        if (out == EPI_DATE_READ) {
            epi_date_split(r.date, &y, &m, &d);
            c->real_small += d <= 12;
        }
        return;
    }
    c->either += (r.flags & EPI_DATE_EITHER) != 0;
    c->day_first += (r.flags & EPI_DATE_DAY_FIRST) != 0;
    c->month_first += (r.flags & EPI_DATE_MONTH_FIRST) != 0;
    c->two_digit += (r.flags & EPI_DATE_TWO_DIGIT) != 0;
    c->serial += (r.flags & EPI_DATE_SERIAL) != 0;
    c->utc += (r.flags & EPI_DATE_FROM_UTC) != 0;
    c->unreadable += out == EPI_DATE_UNREADABLE || out == EPI_DATE_IMPOSSIBLE;
    c->year_first += out == EPI_DATE_READ && !(r.flags & (EPI_DATE_EITHER | EPI_DATE_DAY_FIRST |
                                                          EPI_DATE_MONTH_FIRST | EPI_DATE_SERIAL));
}

static void say(struct epi_findings *f, epi_severity s, const char *code, epi_str column,
                uint64_t n1, uint64_t n2)
{
    EPI_BUF_LOCAL(a, 24);
    EPI_BUF_LOCAL(b, 24);
    epi_buf_printf(&a, "%llu", (unsigned long long)n1);
    epi_buf_printf(&b, "%llu", (unsigned long long)n2);
    epi_finding_add(f, s, code, 0, column, epi_buf_str(&a), epi_buf_str(&b));
}

epi_date_order epi_date_column_decide(const struct epi_date_column *c, epi_str column,
                                      struct epi_findings *f)
{
    epi_date_order order = EPI_ORDER_DMY;
    if (c->day_first && c->month_first) {
        /* the majority is kept so that the contradicting rows can be named one by one */
        order = c->month_first > c->day_first ? EPI_ORDER_MDY : EPI_ORDER_DMY;
        say(f, EPI_ERROR, "date.mixed-order", column, c->day_first, c->month_first);
    } else if (c->month_first) {
        order = EPI_ORDER_MDY;
        say(f, EPI_WARNING, "date.month-first", column, c->month_first, c->either);
    } else if (c->either && !c->day_first) {
        say(f, EPI_WARNING, "date.order-assumed", column, c->either, 0);
    }
    /* A spreadsheet set to month-first turns 05/11 into 11 May, a real date cell, and leaves 25/11
     * as text: then every real date has a day up to 12 and every text has a first number above 12.
     */
    if (c->real_dates >= 3 && c->real_dates == c->real_small && c->day_first >= 2 && !c->either &&
        !c->month_first)
        say(f, EPI_ERROR, "date.maybe-swapped", column, c->real_dates, c->day_first);
    if (c->two_digit)
        say(f, EPI_WARNING, "date.two-digit-year", column, c->two_digit, 0);
    if (c->serial)
        say(f, EPI_WARNING, "date.serial", column, c->serial, 0);
    if (c->utc)
        say(f, EPI_WARNING, "date.from-utc", column, c->utc, 0);
    return order;
}
