// SPDX-License-Identifier: AGPL-3.0-or-later
#include "base/test.h"

static epi_status fails(struct epi_err *reterr)
{
    return EPI_FAIL(reterr, EPI_LIMIT, "io.too-large", "%s\x1f%d", "a.csv", 42);
}

static epi_status passes_on(struct epi_err *reterr)
{
    EPI_TRY(fails(reterr));
    return EPI_OK;
}

TEST(a_failure_carries_code_words_and_place)
{
    EPI_ARENA_LOCAL(a);
    struct epi_err e;
    CHECK_INT(passes_on(&e), EPI_LIMIT);
    CHECK_INT(passes_on(NULL), EPI_LIMIT);
    CHECK_STR(epi_err_text(a, &e, EPI_EN),
              EPI_S("a.csv is larger than the 42 bytes allowed; split it"));
    CHECK_STR(epi_err_text(a, &e, EPI_VI),
              EPI_S("a.csv lớn hơn mức cho phép 42 byte; hãy chia nhỏ tệp"));
    CHECK(e.line > 0 && strstr(e.file, "err_test.c"));
}

TEST(long_arguments_are_cut_between_characters)
{
    EPI_ARENA_LOCAL(a);
    struct epi_err e;
    EPI_BUF_LOCAL(b, 5000);
    for (int i = 0; i < 200; i++)
        epi_buf_putz(&b, "ễ");
    (void)EPI_FAIL(&e, EPI_INVALID, "x.y", "%.*s", EPI_FMT(epi_buf_str(&b)));
    CHECK(epi_utf8_valid(epi_str_of(e.arg1)));
    CHECK_INT(strlen(e.arg1), 159);
    struct epi_findings f;
    epi_findings_init(&f, a, 0);
    epi_finding_add(&f, EPI_ERROR, "x.y", 1, EPI_S("name"), epi_buf_str(&b), EPI_NIL);
    CHECK(epi_utf8_valid(f.list[0].arg1));
    CHECK_INT(f.list[0].arg1.n, 198);
}

TEST(findings_are_counted_past_those_kept)
{
    EPI_ARENA_LOCAL(a);
    struct epi_findings f;
    epi_findings_init(&f, a, 100);
    for (uint32_t row = 1; row <= 1000; row++)
        epi_finding_add(&f, row % 2 ? EPI_ERROR : EPI_NOTE, "x.y", row, EPI_NIL, EPI_NIL, EPI_NIL);
    epi_finding_add(NULL, EPI_ERROR, "x.y", 1, EPI_NIL, EPI_NIL, EPI_NIL);
    CHECK_INT(f.n, 100);
    CHECK_INT(f.counts[EPI_ERROR], 500);
    CHECK_INT(f.counts[EPI_NOTE], 500);
    CHECK_INT(f.counts[EPI_WARNING], 0);
    CHECK_INT(f.list[99].row, 149); /* notes had half of the room, the rest is for worse */
    epi_findings_init(&f, a, 0);
    for (uint32_t row = 1; row <= 1000; row++)
        epi_finding_add(&f, EPI_WARNING, "x.y", row, EPI_NIL, EPI_NIL, EPI_NIL);
    CHECK_INT(f.n, 1000);
}

TEST(every_code_has_words_in_both_languages)
{
    CHECK(epi_words_count() > 10);
    for (size_t i = 0; i < epi_words_count(); i++) {
        const char *code = epi_words_code(i);
        epi_str en = epi_words(code, EPI_EN), vi = epi_words(code, EPI_VI);
        bool good = en.n > 0 && vi.n > 0 && !epi_str_eqz(en, code) && epi_utf8_valid(vi) &&
                    (i == 0 || strcmp(epi_words_code(i - 1), code) < 0);
        /* Both languages fill as many places; which of the two may differ (labels come in both). */
        int holes_en = 0, holes_vi = 0;
        for (int arg = 1; arg <= 2; arg++) {
            epi_str hole = arg == 1 ? EPI_S("{1}") : EPI_S("{2}");
            holes_en += epi_str_find(en, hole, 0) != SIZE_MAX;
            holes_vi += epi_str_find(vi, hole, 0) != SIZE_MAX;
        }
        good = good && holes_en == holes_vi;
        if (!good)
            epi_test_fail(__FILE__, __LINE__,
                          "%s: twice, out of order, empty, or the number of {1} {2} differs", code);
    }
}

TEST(unknown_codes_stand_for_themselves)
{
    CHECK_STR(epi_words("no.such-code", EPI_VI), EPI_S("no.such-code"));
    CHECK(epi_words_code(epi_words_count()) == NULL);
}

TEST(only_the_two_arguments_are_filled)
{
    EPI_ARENA_LOCAL(a);
    CHECK_STR(epi_words_fill(a, EPI_S("{1}-{2}-{3}-{1}{"), EPI_S("{2}"), EPI_S("b")),
              EPI_S("{2}-b-{3}-{2}{"));
    CHECK_STR(epi_words_fill(a, EPI_NIL, EPI_S("x"), EPI_NIL), EPI_NIL);
}
