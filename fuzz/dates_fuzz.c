// SPDX-License-Identifier: AGPL-3.0-or-later
/* Date texts: one outcome in every order, a date read is written and read back as itself. */
#include "exchange/exchange.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    epi_str s = {(const char *)data, size};
    for (int order = 0; order < EPI_ORDER_COUNT; order++) {
        struct epi_date_options o = {
            .order = (epi_date_order)order, .last_year = 2021, .utc_offset_minutes = 420};
        struct epi_date_reading r, back;
        epi_date_outcome out = epi_date_read(s, &o, &r);
        EPI_ASSERT(out <= EPI_DATE_MONTH_ONLY);
        if (out != EPI_DATE_READ)
            continue;
        char iso[16];
        int y, m, d;
        EPI_ASSERT(epi_date_known(r.date));
        epi_date_split(r.date, &y, &m, &d);
        if (y < 1 || y > 9999)
            continue;
        EPI_ASSERT(epi_date_read(epi_str_of(epi_date_iso(r.date, iso)), &o, &back) ==
                   EPI_DATE_READ);
        EPI_ASSERT(back.date.d == r.date.d);
    }
    struct epi_date_column c = {.values = 0};
    epi_date_column_see(&c, s, false);
    (void)epi_date_column_decide(&c, EPI_S("x"), NULL);
    double f;
    int64_t i;
    (void)epi_number_read(s, &f);
    (void)epi_integer_read(s, &i);
    return 0;
}
