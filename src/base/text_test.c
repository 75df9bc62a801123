// SPDX-License-Identifier: AGPL-3.0-or-later
#include "base/test.h"
#include <math.h>
#include <stdlib.h>
#include <utf8proc.h>

/* A text of random code points, weighted to what names are made of. */
static epi_str random_text(struct epi_arena *a, struct epi_rng *rng, size_t max)
{
    size_t count = epi_rng_below(rng, max + 1);
    char *p = epi_arena_take(a, count * 4 + 1);
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        uint32_t cp = 0;
        switch (epi_rng_below(rng, 7)) {
        case 0:
            cp = (uint32_t)epi_rng_below(rng, 0x250);
            break;
        case 1:
            cp = 0x1E00 + (uint32_t)epi_rng_below(rng, 0x200);
            break;
        case 2:
            cp = 0x300 + (uint32_t)epi_rng_below(rng, 0x70);
            break;
        case 3:
            cp = (uint32_t)epi_rng_below(rng, 0x30000);
            break;
        default:
            cp = 0x20 + (uint32_t)epi_rng_below(rng, 0x5F);
        }
        n += epi_utf8_put(p + n, cp);
    }
    return (epi_str){p, n};
}

static epi_str random_bytes(struct epi_arena *a, struct epi_rng *rng, size_t max)
{
    size_t n = epi_rng_below(rng, max + 1);
    char *p = epi_arena_take(a, n + 1);
    for (size_t i = 0; i < n; i++)
        p[i] = (char)epi_rng_below(rng, 256);
    return (epi_str){p, n};
}

TEST(folding_drops_accents_and_joins_words_by_one_space)
{
    static const struct {
        const char *text, *key;
    } rows[] = {
        {"Nguyễn  Văn-Đặng", "nguyen van dang"},
        {"NGUYỄN THỊ ƯỚC", "nguyen thi uoc"},
        {"  Lò Văn A. ", "lo van a"},
        {"Ðặng", "dang"},                     /* eth in place of d-bar */
        {"Nguye\xCC\x82\xCC\x83n", "nguyen"}, /* decomposed */
        {"F0-123/2021", "f0 123 2021"},
        {"Straße", "strasse"},
        {"ﬁrst", "first"},
        {"Ｄｉệｎ", "dien"},
        {"\xEF\xBB\xBFLan\xE2\x80\x8B"
         "Anh",
         "lananh"},         /* invisible characters join */
        {"ວຽງຈັນ", "ວຽງຈັນ"}, /* vowel signs stay */
        {"", ""},
        {" - ", ""},
    };
    EPI_ARENA_LOCAL(a);
    for (size_t i = 0; i < EPI_COUNT(rows); i++)
        CHECK_STR(epi_text_fold(a, epi_str_of(rows[i].text)), epi_str_of(rows[i].key));
}

TEST(folding_one_letter_by_table_agrees_with_unicode)
{
    EPI_ARENA_LOCAL(a);
    for (uint32_t cp = 0xC0; cp < 0x1F00; cp++) {
        char utf8[4];
        epi_str letter = {utf8, epi_utf8_put(utf8, cp)};
        epi_str key = epi_text_fold(a, letter);
        if (key.n != 1 || cp == 0x111 || cp == 0x110)
            continue;
        /* Upper case, decomposed and composed forms have the same key. */
        CHECK_STR(epi_text_fold(a, epi_text_upper(a, letter)), key);
        utf8proc_uint8_t *apart = NULL;
        utf8proc_ssize_t n =
            utf8proc_map((const utf8proc_uint8_t *)utf8, (utf8proc_ssize_t)letter.n, &apart,
                         UTF8PROC_STABLE | UTF8PROC_DECOMPOSE);
        CHECK(n > 0);
        epi_str folded = epi_text_fold(a, (epi_str){(const char *)apart, (size_t)n});
        free(apart);
        CHECK_STR(folded, key);
        epi_arena_reset(a);
    }
}

PROPERTY(folding_twice_changes_nothing, 400)
{
    EPI_ARENA_LOCAL(a);
    epi_str s = random_text(a, rng, 40), once = epi_text_fold(a, s);
    CHECK(epi_utf8_valid(once));
    CHECK_STR(epi_text_fold(a, once), once);
}

PROPERTY(folding_does_not_depend_on_normal_form, 200)
{
    EPI_ARENA_LOCAL(a);
    epi_str s = random_text(a, rng, 30);
    epi_str clean = epi_text_clean(a, s);
    utf8proc_uint8_t *apart = NULL;
    utf8proc_ssize_t n = utf8proc_map((const utf8proc_uint8_t *)clean.p, (utf8proc_ssize_t)clean.n,
                                      &apart, UTF8PROC_STABLE | UTF8PROC_DECOMPOSE);
    CHECK(n >= 0);
    epi_str folded = epi_text_fold(a, (epi_str){(const char *)apart, (size_t)n});
    free(apart);
    CHECK_STR(folded, epi_text_fold(a, clean));
}

PROPERTY(cleaned_text_is_valid_and_stays_as_it_is, 400)
{
    EPI_ARENA_LOCAL(a);
    epi_str s = epi_rng_chance(rng, 0.5) ? random_text(a, rng, 40) : random_bytes(a, rng, 40);
    epi_str once = epi_text_clean(a, s);
    CHECK(epi_utf8_valid(once));
    CHECK_STR(epi_text_clean(a, once), once);
    for (size_t i = 0; i < once.n; i++)
        CHECK((unsigned char)once.p[i] >= 0x20 || strchr("\t\n\r", once.p[i]));
}

TEST(cleaning_composes_and_drops_controls)
{
    EPI_ARENA_LOCAL(a);
    CHECK_STR(epi_text_clean(a, EPI_S("Nguye\xCC\x82\xCC\x83n")), EPI_S("Nguyễn"));
    CHECK_STR(epi_text_clean(a, EPI_S("a\x01"
                                      "b\tc\x7F\n")),
              EPI_S("ab\tc\n"));
    CHECK_STR(epi_text_clean(a, EPI_S("a\xFFz")), EPI_S("a\xEF\xBF\xBDz"));
    CHECK_STR(epi_text_clean(a, EPI_S("x\xC2\x85y")), EPI_S("xy"));
}

TEST(upper_and_lower_case_keep_accents)
{
    EPI_ARENA_LOCAL(a);
    CHECK_STR(epi_text_upper(a, EPI_S("Đặng ước")), EPI_S("ĐẶNG ƯỚC"));
    CHECK_STR(epi_text_lower(a, EPI_S("ĐẶNG ƯỚC")), EPI_S("đặng ước"));
}

TEST(overlong_forms_surrogates_and_cut_sequences_are_not_utf8)
{
    static const char *const bad[] = {
        "\xC0\xAF", "\xE0\x80\xAF", "\xED\xA0\x80", "\xF0\x80\x80\xAF", "\xF4\x90\x80\x80",
        "\xC3",     "\xE1\xBA",     "\x80",         "abcdefgh\xFF",     "\xF8\x88\x80\x80\x80"};
    for (size_t i = 0; i < EPI_COUNT(bad); i++)
        CHECK(!epi_utf8_valid(epi_str_of(bad[i])));
    CHECK(epi_utf8_valid(EPI_S("Điện Biên \xF0\x9F\x98\xB7 0123456789")));
    CHECK(epi_utf8_valid(EPI_NIL));
    CHECK_INT(epi_utf8_count(EPI_S("Điện")), 4);
}

TEST(every_code_point_is_read_back)
{
    for (uint32_t cp = 1; cp <= 0x10FFFF; cp++) {
        char utf8[4];
        size_t at = 0;
        if (cp >= 0xD800 && cp <= 0xDFFF)
            continue;
        epi_str s = {utf8, epi_utf8_put(utf8, cp)};
        CHECK_INT(epi_utf8_next(s, &at), cp);
        CHECK_INT(at, s.n);
    }
}

PROPERTY(validity_agrees_with_decoding_byte_by_byte, 500)
{
    EPI_ARENA_LOCAL(a);
    epi_str s = epi_rng_chance(rng, 0.5) ? random_bytes(a, rng, 30) : random_text(a, rng, 30);
    bool bad = false;
    for (size_t at = 0; at < s.n;) {
        size_t from = at;
        bad |= epi_utf8_next(s, &at) == 0xFFFD && at - from == 1;
    }
    CHECK_INT(epi_utf8_valid(s), !bad);
}

TEST(trimming_takes_white_space_and_no_break_space)
{
    CHECK_STR(epi_str_trim(EPI_S(" \t\xC2\xA0Lan\xC2\xA0 \r\n")), EPI_S("Lan"));
    CHECK_STR(epi_str_trim(EPI_S("\xC2\xA0")), EPI_S(""));
    CHECK_STR(epi_str_trim(EPI_S("à")), EPI_S("à"));
    CHECK_STR(epi_str_trim(EPI_NIL), EPI_NIL);
}

TEST(splitting_gives_every_part_and_then_ends)
{
    epi_str rest = EPI_S("a,,b,"), part;
    CHECK(epi_str_split(&rest, ',', &part) && epi_str_eqz(part, "a"));
    CHECK(epi_str_split(&rest, ',', &part) && part.n == 0);
    CHECK(epi_str_split(&rest, ',', &part) && epi_str_eqz(part, "b"));
    CHECK(epi_str_split(&rest, ',', &part) && part.n == 0);
    CHECK(!epi_str_split(&rest, ',', &part));
}

TEST(finding_cutting_and_comparing_stay_inside_the_text)
{
    epi_str s = EPI_S("abcabc");
    CHECK_INT(epi_str_find(s, EPI_S("ca"), 0), 2);
    CHECK_INT(epi_str_find(s, EPI_S("abc"), 1), 3);
    CHECK(epi_str_find(s, EPI_S("x"), 0) == SIZE_MAX);
    CHECK(epi_str_find(s, EPI_S("a"), 7) == SIZE_MAX);
    CHECK_INT(epi_str_find(s, EPI_NIL, 6), 6);
    CHECK_STR(epi_str_sub(s, 4, 10), EPI_S("bc"));
    CHECK_STR(epi_str_sub(s, 9, 1), EPI_NIL);
    CHECK(epi_str_cmp(EPI_S("a"), EPI_S("ab")) < 0);
    CHECK(epi_str_cmp(EPI_S("b"), EPI_S("ab")) > 0);
    CHECK_INT(epi_str_cmp(EPI_NIL, EPI_S("")), 0);
    CHECK(epi_str_starts(s, EPI_S("abca")) && !epi_str_starts(s, EPI_S("b")));
    CHECK(epi_str_ends(s, EPI_S("abc")) && !epi_str_ends(EPI_S("c"), s));
    CHECK(epi_str_ieq(EPI_S("Form-ID"), EPI_S("fORM-id")));
    CHECK(!epi_str_ieq(EPI_S("a"), EPI_S("aa")));
}

TEST(hash_is_the_same_on_every_machine)
{
    CHECK(epi_str_hash(EPI_NIL) == epi_str_hash(EPI_S("")));
    CHECK(epi_str_hash(EPI_S("")) == 0xefd01f60ba992926u);
    CHECK(epi_str_hash(EPI_S("a")) != epi_str_hash(EPI_S("b")));
}

TEST(numbers_are_whole_texts_in_range)
{
    static const char *const bad[] = {"",
                                      "-",
                                      "+",
                                      "1 ",
                                      " 1",
                                      "1.0",
                                      "0x10",
                                      "9223372036854775808",
                                      "-9223372036854775809",
                                      "99999999999999999999",
                                      "1e3",
                                      "१"};
    int64_t v = 7;
    for (size_t i = 0; i < EPI_COUNT(bad); i++)
        CHECK(!epi_str_to_i64(epi_str_of(bad[i]), &v));
    CHECK_INT(v, 7);
    CHECK(epi_str_to_i64(EPI_S("-9223372036854775808"), &v) && v == INT64_MIN);
    CHECK(epi_str_to_i64(EPI_S("9223372036854775807"), &v) && v == INT64_MAX);
    CHECK(epi_str_to_i64(EPI_S("+0042"), &v) && v == 42);

    static const char *const bad_real[] = {"",      ".",  "-",   "1,5",   "nan",  "inf",
                                           "0x1p3", "1e", "1e+", "1e999", "1.5 ", "--1"};
    double f = 7;
    for (size_t i = 0; i < EPI_COUNT(bad_real); i++)
        CHECK(!epi_str_to_f64(epi_str_of(bad_real[i]), &f));
    CHECK_NEAR(f, 7, 0);
    CHECK(epi_str_to_f64(EPI_S("-12.5e-1"), &f) && f == -1.25);
    CHECK(epi_str_to_f64(EPI_S(".5"), &f) && f == 0.5);
    CHECK(epi_str_to_f64(EPI_S("5."), &f) && f == 5.0);
}

PROPERTY(integers_are_read_back, 300)
{
    EPI_ARENA_LOCAL(a);
    int64_t v = (int64_t)(epi_rng_u64(rng) >> epi_rng_below(rng, 64)), back = 0;
    if (epi_rng_chance(rng, 0.5))
        v = -v;
    CHECK(epi_str_to_i64(epi_str_printf(a, "%lld", (long long)v), &back));
    CHECK(back == v);
}
