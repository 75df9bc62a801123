// SPDX-License-Identifier: AGPL-3.0-or-later
/* A table that was read is written and read again to the same fields; the first byte of the input
 * chooses the separator. Text is also cleaned and folded, which must settle after one round. */
#include "base/base.h"

static void check_text(struct epi_arena *a, epi_str s)
{
    epi_str clean = epi_text_clean(a, s), key = epi_text_fold(a, clean);
    EPI_ASSERT(epi_utf8_valid(clean) && epi_utf8_valid(key));
    EPI_ASSERT(epi_str_eq(epi_text_clean(a, clean), clean));
    EPI_ASSERT(epi_str_eq(epi_text_fold(a, key), key));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char separators[] = ",;\t|";
    if (size == 0)
        return 0;
    epi_str text = {(const char *)data + 1, size - 1};
    struct epi_csv c, again;
    EPI_ARENA_LOCAL(a);
    EPI_BUF_LOCAL(b, SIZE_MAX);
    check_text(a, text);
    EPI_ASSERT(strchr(separators, epi_csv_guess_sep(text)));
    epi_csv_init(&c, text, separators[data[0] % 4]);
    while (epi_csv_next(&c)) {
        EPI_ASSERT(c.n >= 1 && c.line >= 1);
        for (size_t i = 0; i < c.n; i++)
            epi_csv_put(&b, i == 0, c.fields[i]);
        epi_buf_putz(&b, "\n");
    }
    uint32_t rows = c.row;
    bool wide = c.wide;
    epi_csv_done(&c);
    epi_csv_init(&c, text, separators[data[0] % 4]);
    epi_csv_init(&again, epi_buf_str(&b), ',');
    while (epi_csv_next(&c)) {
        EPI_ASSERT(epi_csv_next(&again));
        EPI_ASSERT(again.n == c.n);
        for (size_t i = 0; i < c.n; i++)
            EPI_ASSERT(epi_str_eq(c.fields[i], again.fields[i]));
    }
    EPI_ASSERT(!epi_csv_next(&again) && !again.broken && again.row == rows &&
               (wide || !again.wide));
    epi_csv_done(&c);
    epi_csv_done(&again);
    return 0;
}
