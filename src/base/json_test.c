// SPDX-License-Identifier: AGPL-3.0-or-later
#include "base/test.h"
#include <math.h>
#include <stdio.h>

static void write_random(struct epi_jw *w, struct epi_rng *rng, int depth)
{
    char text[40];
    size_t n = epi_rng_below(rng, 8);
    switch (epi_rng_below(rng, depth > 0 ? 7 : 5)) {
    case 0:
        epi_jw_null(w);
        break;
    case 1:
        epi_jw_bool(w, epi_rng_chance(rng, 0.5));
        break;
    case 2:
        epi_jw_int(w, (int64_t)epi_rng_u64(rng) >> epi_rng_below(rng, 64));
        break;
    case 3:
        epi_jw_real(w, epi_rng_normal(rng) * pow(10, (double)epi_rng_between(rng, -300, 300)));
        break;
    case 4: {
        size_t at = 0;
        for (size_t i = 0; i < n; i++)
            at += epi_utf8_put(text + at, 1 + (uint32_t)epi_rng_below(
                                                  rng, epi_rng_chance(rng, 0.5) ? 127 : 0x2FFF));
        epi_jw_text(w, (epi_str){text, at});
        break;
    }
    case 5:
        epi_jw_array(w);
        for (size_t i = 0; i < n; i++)
            write_random(w, rng, depth - 1);
        epi_jw_array_end(w);
        break;
    default:
        epi_jw_object(w);
        for (size_t i = 0; i < n; i++) {
            (void)snprintf(text, sizeof text, "k\"%zu", i);
            epi_jw_key(w, text);
            write_random(w, rng, depth - 1);
        }
        epi_jw_object_end(w);
    }
}

PROPERTY(json_that_was_written_reads_back_the_same, 300)
{
    EPI_ARENA_LOCAL(a);
    EPI_BUF_LOCAL(first, SIZE_MAX);
    EPI_BUF_LOCAL(second, SIZE_MAX);
    struct epi_jw w = EPI_JW(&first), v = EPI_JW(&second);
    const epi_json *j;
    write_random(&w, rng, 4);
    CHECK_OK(epi_json_parse(a, epi_buf_str(&first), SIZE_MAX, &j, NULL));
    epi_jw_json(&v, j);
    CHECK_STR(epi_buf_str(&second), epi_buf_str(&first));
}

TEST(members_keep_the_order_of_the_file)
{
    EPI_ARENA_LOCAL(a);
    EPI_BUF_LOCAL(b, 1000);
    struct epi_jw w = EPI_JW(&b);
    const epi_json *j;
    epi_str text = EPI_S("{\"z\":1,\"a\":[true,null,-2.5],\"m\":{\"\":\"x\"},\"b\":\"\"}");
    CHECK_OK(epi_json_parse(a, text, 1000, &j, NULL));
    epi_jw_json(&w, j);
    CHECK_STR(epi_buf_str(&b), text);
    CHECK_INT(j->count, 4);
}

TEST(reading_members_tolerates_what_is_missing_or_of_another_type)
{
    EPI_ARENA_LOCAL(a);
    const epi_json *j;
    CHECK_OK(epi_json_parse(a, EPI_S("{\"i\":5,\"r\":2.0,\"h\":2.5,\"t\":\"x\",\"b\":true}"), 1000,
                            &j, NULL));
    CHECK_INT(epi_json_int(j, "i", 9), 5);
    CHECK_INT(epi_json_int(j, "r", 9), 2);
    CHECK_INT(epi_json_int(j, "h", 9), 9);
    CHECK_INT(epi_json_int(j, "t", 9), 9);
    CHECK_NEAR(epi_json_real(j, "i", 9), 5, 0);
    CHECK_NEAR(epi_json_real(j, "h", 9), 2.5, 0);
    CHECK(epi_json_bool(j, "b", false) && epi_json_bool(j, "i", true));
    CHECK_STR(epi_json_text(j, "t", EPI_S("?")), EPI_S("x"));
    CHECK_STR(epi_json_text(j, "i", EPI_S("?")), EPI_S("?"));
    CHECK(epi_json_get(NULL, "x") == NULL && epi_json_get(epi_json_get(j, "i"), "x") == NULL);
}

TEST(bad_json_is_refused_with_its_place)
{
    static const struct {
        const char *text, *code;
        epi_status status;
    } rows[] = {
        {"", "json.unreadable", EPI_INVALID},
        {"{\"a\":1", "json.unreadable", EPI_INVALID},
        {"[1,]", "json.unreadable", EPI_INVALID},
        {"[1] x", "json.unreadable", EPI_INVALID},
        {"{\"a\":1,\"a\":2}", "json.duplicate-key", EPI_INVALID},
        {"[\"\xFF\"]", "json.not-utf8", EPI_INVALID},
        {"[\"\\ud800\"]", "json.unreadable", EPI_INVALID},
        {"99999999999999999999", "json.number-range", EPI_INVALID},
        {"1e999", "json.number-range", EPI_INVALID},
        {"\xEF\xBB\xBF[]", "json.unreadable", EPI_INVALID},
    };
    EPI_ARENA_LOCAL(a);
    const epi_json *j = NULL;
    struct epi_err e;
    for (size_t i = 0; i < EPI_COUNT(rows); i++) {
        CHECK_INT(epi_json_parse(a, epi_str_of(rows[i].text), 1000, &j, &e), rows[i].status);
        CHECK_STR(epi_str_of(e.code), epi_str_of(rows[i].code));
    }
    CHECK_INT(epi_json_parse(a, EPI_S("{\n \"a\": x}"), 1000, &j, &e), EPI_INVALID);
    CHECK_STR(epi_str_of(e.arg1), EPI_S("2"));
    CHECK_INT(epi_json_parse(a, EPI_NIL, 1000, &j, &e), EPI_INVALID);
    CHECK(j == NULL);
}

TEST(size_depth_and_memory_are_limited)
{
    EPI_ARENA_LOCAL(a);
    const epi_json *j;
    struct epi_err e;
    char deep[20001];
    CHECK_INT(epi_json_parse(a, EPI_S("[1,2,3]"), 6, &j, &e), EPI_LIMIT);
    for (int n = EPI_JSON_DEPTH; n <= EPI_JSON_DEPTH + 1; n++) {
        memset(deep, '[', (size_t)n);
        memset(deep + n, ']', (size_t)n);
        CHECK_INT(epi_json_parse(a, (epi_str){deep, 2 * (size_t)n}, 30000, &j, &e),
                  n > EPI_JSON_DEPTH ? EPI_LIMIT : EPI_OK);
    }
    memset(deep, '[', 20000);
    CHECK_INT(epi_json_parse(a, (epi_str){deep, 20000}, 30000, &j, &e), EPI_LIMIT);
    CHECK_STR(epi_str_of(e.code), EPI_S("json.too-deep"));
    struct epi_arena *small = epi_arena_new(300);
    CHECK_INT(epi_json_parse(small, EPI_S("[1,2,3,4,5,6,7,8,9]"), 1000, &j, &e), EPI_LIMIT);
    CHECK_INT(epi_arena_used(small), 0);
    epi_arena_free(small);
}

TEST(text_is_escaped_whatever_it_holds)
{
    EPI_BUF_LOCAL(b, 1000);
    struct epi_jw w = EPI_JW(&b);
    epi_jw_text(&w, (epi_str){"\"\\\n\r\t\x01\0é\xFF<", 11});
    CHECK_STR(epi_buf_str(&b), EPI_S("\"\\\"\\\\\\n\\r\\t\\u0001\\u0000é\xEF\xBF\xBD<\""));
}

TEST(reals_are_short_and_exact)
{
    static const struct {
        double f;
        const char *text;
    } rows[] = {
        {0.1, "0.1"},
        {1.0 / 3, "0.3333333333333333"},
        {5e-324, "4.94065645841247e-324"},
        {-0.0, "-0.0"},
        {3, "3"},
        {-12.5, "-12.5"},
        {0.05, "0.05"},
        {123456789.000001, "123456789.000001"},
        {0.0001, "0.0001"},
        {0.00001, "1e-05"},
        {1.1, "1.1"},
        {1e15, "1e+15"},
        {123456789012345678.0, "1.2345678901234568e+17"},
        {NAN, "null"},
        {-INFINITY, "null"},
        {0.30000000000000004, "0.30000000000000004"},
    };
    for (size_t i = 0; i < EPI_COUNT(rows); i++) {
        EPI_BUF_LOCAL(b, 1000);
        struct epi_jw w = EPI_JW(&b);
        epi_jw_real(&w, rows[i].f);
        CHECK_STR(epi_buf_str(&b), epi_str_of(rows[i].text));
    }
}

PROPERTY(a_decimal_of_few_digits_is_written_as_it_was, 300)
{
    EPI_ARENA_LOCAL(a);
    EPI_BUF_LOCAL(b, 1000);
    struct epi_jw w = EPI_JW(&b);
    int decimals = (int)epi_rng_between(rng, 1, 6);
    int64_t whole = epi_rng_between(rng, 0, 999999), part = epi_rng_between(rng, 1, 9);
    for (int i = 1; i < decimals; i++) /* the last digit is not a nought */
        part += (epi_rng_between(rng, 0, 9)) * (int64_t)pow(10, i);
    if (whole == 0 && (double)part < pow(10, decimals - 4))
        return; /* written with an exponent */
    epi_str text = epi_str_printf(a, "%s%lld.%0*lld", epi_rng_chance(rng, 0.5) ? "-" : "",
                                  (long long)whole, decimals, (long long)part);
    double f = 0;
    CHECK(epi_str_to_f64(text, &f));
    epi_jw_real(&w, f);
    CHECK_STR(epi_buf_str(&b), text);
}

PROPERTY(every_real_is_read_back_bit_by_bit, 500)
{
    EPI_BUF_LOCAL(b, 1000);
    struct epi_jw w = EPI_JW(&b);
    uint64_t bits = epi_rng_u64(rng), back_bits;
    double f, back = 0;
    memcpy(&f, &bits, sizeof f);
    if (!isfinite(f))
        return;
    epi_jw_real(&w, f);
    CHECK(epi_str_to_f64(epi_buf_str(&b), &back));
    memcpy(&back_bits, &back, sizeof back);
    CHECK(back_bits == bits);
}

TEST(findings_are_written_with_their_words)
{
    EPI_ARENA_LOCAL(a);
    EPI_BUF_LOCAL(b, 1000);
    struct epi_jw w = EPI_JW(&b);
    struct epi_findings f;
    epi_findings_init(&f, a, 0);
    epi_finding_add(&f, EPI_WARNING, "json.too-deep", 3, EPI_S("x"), EPI_S("64"), EPI_NIL);
    epi_jw_findings(&w, &f, EPI_EN);
    CHECK_STR(
        epi_buf_str(&b),
        EPI_S("[{\"row\":3,\"field\":\"x\",\"code\":\"json.too-deep\",\"severity\":\"warning\","
              "\"message\":\"the JSON is nested deeper than 64 levels\",\"offset\":0}]"));
}
