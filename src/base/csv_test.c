// SPDX-License-Identifier: AGPL-3.0-or-later
#include "base/test.h"

/* Rows as text: fields between <>, one row a line. */
static void show(struct epi_buf *b, struct epi_csv *c)
{
    while (epi_csv_next(c)) {
        epi_buf_printf(b, "%u:", c->line);
        for (size_t i = 0; i < c->n; i++)
            epi_buf_printf(b, "<%.*s>", EPI_FMT(c->fields[i]));
        epi_buf_putc(b, '\n');
    }
}

TEST(rows_are_read_in_every_usual_form)
{
    static const struct {
        const char *text, *rows, *why;
    } rows[] = {
        {"a,b\n1,2\n", "1:<a><b>\n2:<1><2>\n", "LF"},
        {"a,b\r\n1,2", "1:<a><b>\n2:<1><2>\n", "CRLF, no end of line at the end"},
        {"a,b\r1,2\r", "1:<a><b>\n2:<1><2>\n", "CR"},
        {"", "", "nothing"},
        {"\n", "1:<>\n", "an empty line is a row"},
        {"a,\n,b\n", "1:<a><>\n2:<><b>\n", "empty fields"},
        {"a,", "1:<a><>\n", "a separator at the very end"},
        {"\"x, \"\"y\"\"\nz\",2\n3,4\n", "1:<x, \"y\"\nz><2>\n3:<3><4>\n", "quotes, line count"},
        {"\"a\r\nb\"\r\nc", "1:<a\r\nb>\n3:<c>\n", "CRLF inside quotes is one line"},
        {"a\"b,c\n", "1:<a\"b><c>\n", "a quote inside a bare field"},
        {"\"a\"b,c\n", "1:<ab><c>\n", "text behind the closing quote"},
        {"\"\",\"\"\"\"\n", "1:<><\">\n", "empty and lone quote"},
        {"1234567,12345678,123456789\n", "1:<1234567><12345678><123456789>\n",
         "around eight bytes"},
    };
    for (size_t i = 0; i < EPI_COUNT(rows); i++) {
        EPI_BUF_LOCAL(b, 10000);
        struct epi_csv c;
        epi_csv_init(&c, epi_str_of(rows[i].text), ',');
        show(&b, &c);
        bool broken = c.broken;
        epi_csv_done(&c);
        CHECK(!broken);
        CHECK_STR(epi_buf_str(&b), epi_str_of(rows[i].rows));
    }
}

TEST(an_unclosed_quote_ends_with_the_text_and_is_told)
{
    EPI_BUF_LOCAL(b, 1000);
    struct epi_csv c;
    epi_csv_init(&c, EPI_S("a,\"b\nc"), ',');
    show(&b, &c);
    bool broken = c.broken;
    epi_csv_done(&c);
    CHECK(broken);
    CHECK_STR(epi_buf_str(&b), EPI_S("1:<a><b\nc>\n"));
}

TEST(columns_past_the_limit_are_dropped_and_told)
{
    EPI_BUF_LOCAL(b, 100000);
    for (int i = 0; i < EPI_CSV_COLUMNS_MAX + 5; i++)
        epi_buf_putc(&b, ',');
    epi_buf_putz(&b, "\nx\n");
    struct epi_csv c;
    epi_csv_init(&c, epi_buf_str(&b), ',');
    bool more = epi_csv_next(&c);
    size_t n = c.n;
    bool wide = c.wide, second = epi_csv_next(&c);
    size_t n2 = c.n;
    epi_csv_done(&c);
    CHECK(more && wide && second);
    CHECK_INT(n, EPI_CSV_COLUMNS_MAX);
    CHECK_INT(n2, 1);
}

TEST(the_separator_is_guessed_from_the_first_rows)
{
    CHECK_INT(epi_csv_guess_sep(EPI_S("a;b;c\n1,5;2;3\n2,5;3;4\n")), ';');
    CHECK_INT(epi_csv_guess_sep(EPI_S("a\tb\nx, y\tz\n")), '\t');
    CHECK_INT(epi_csv_guess_sep(EPI_S("a|b\n1|2\n")), '|');
    CHECK_INT(epi_csv_guess_sep(EPI_S("id,name\n1,\"a;b;c\"\n2,x\n")), ',');
    CHECK_INT(epi_csv_guess_sep(EPI_S("one column\nonly\n")), ',');
    CHECK_INT(epi_csv_guess_sep(EPI_NIL), ',');
}

PROPERTY(a_table_that_was_written_reads_back_the_same, 300)
{
    EPI_ARENA_LOCAL(a);
    EPI_BUF_LOCAL(b, SIZE_MAX);
    size_t rows = 1 + epi_rng_below(rng, 8), columns = 1 + epi_rng_below(rng, 5);
    epi_str *want = EPI_ARRAY(a, rows * columns, epi_str);
    for (size_t i = 0; i < rows * columns; i++) {
        static const char bytes[] = "ab,\"\n\r; \t\xC3\xA9";
        size_t n = epi_rng_below(rng, 12);
        char *p = epi_arena_take(a, n);
        for (size_t k = 0; k < n; k++)
            p[k] = bytes[epi_rng_below(rng, sizeof bytes - 1)];
        want[i] = (epi_str){p, n};
        epi_csv_put(&b, i % columns == 0, want[i]);
        if (i % columns == columns - 1)
            epi_buf_putz(&b, epi_rng_chance(rng, 0.5) ? "\n" : "\r\n");
    }
    struct epi_csv c;
    epi_csv_init(&c, epi_buf_str(&b), ',');
    bool same = true;
    for (size_t r = 0; r < rows && same; r++) {
        same = epi_csv_next(&c) && c.n == columns;
        for (size_t k = 0; k < columns && same; k++)
            same = epi_str_eq(c.fields[k], want[r * columns + k]);
    }
    same = same && !epi_csv_next(&c) && !c.broken;
    epi_csv_done(&c);
    CHECK(same);
}
