// SPDX-License-Identifier: AGPL-3.0-or-later
#include "exchange/test_help.h"

TEST(jaro_winkler_gives_the_published_values)
{
    USES_NO_RNG;
    /* Winkler 1994, table of examples */
    CHECK_NEAR(epi_jaro_winkler(EPI_S("martha"), EPI_S("marhta")), 0.9611, 1e-4);
    CHECK_NEAR(epi_jaro_winkler(EPI_S("dwayne"), EPI_S("duane")), 0.84, 1e-4);
    CHECK_NEAR(epi_jaro_winkler(EPI_S("dixon"), EPI_S("dicksonx")), 0.8133, 1e-4);
    CHECK_NEAR(epi_jaro_winkler(EPI_S("abc"), EPI_S("xyz")), 0, 1e-12);
    CHECK_NEAR(epi_jaro_winkler(EPI_S(""), EPI_S("")), 1, 1e-12);
    CHECK_NEAR(epi_jaro_winkler(EPI_S("a"), EPI_S("a")), 1, 1e-12);
}

#define BORN(y, m, d) epi_date_ymd(y, m, d)

struct pair {
    struct epi_identity a, b;
    epi_match_outcome want;
    const char *why;
};

#define NAME(s) .name = EPI_SC(s)
TEST(outcomes_follow_the_evidence_that_exists)
{
    USES_NO_RNG;
    const epi_date d1 = BORN(1990, 5, 11), swapped = BORN(1990, 11, 5), near = BORN(1990, 5, 17),
                   far = BORN(1972, 2, 3);
    const epi_date none = EPI_DATE_UNKNOWN;
    const struct pair rows[] = {
        {{NAME("tran thi hoa"), d1, 0, 'f', .document = EPI_SC("011190000001")},
         {NAME("tran thi hoa"), d1, 0, 'f', .document = EPI_SC("011190000001")},
         EPI_MATCH_SAME,
         "document and all"},
        {{NAME("tran thi hoa"), d1, 0, 'f', .document = EPI_SC("011190000001")},
         {NAME("le van kien"), far, 0, 'm', .document = EPI_SC("011190000001")},
         EPI_MATCH_LIKELY,
         "a borrowed number"},
        {{NAME("tran thi hoa"), d1, 0, 'f', .phone = EPI_SC("+84912345678")},
         {NAME("le van kien"), far, 0, 'm', .phone = EPI_SC("+84912345678")},
         EPI_MATCH_DIFFERENT,
         "one phone, a family"},
        {{NAME("tran thi hoa"), d1, 0, 'f', .phone = EPI_SC("+84912345678")},
         {NAME("tran thi hong"), BORN(2015, 1, 9), 0, 'f', .phone = EPI_SC("+84912345678")},
         EPI_MATCH_DIFFERENT,
         "mother and child"},
        {{NAME("tran thi hoa"), d1, 0, 'f', .unit = EPI_SC("vn/11/")},
         {NAME("tran thi hoa"), d1, 0, 'f', .unit = EPI_SC("vn/11/")},
         EPI_MATCH_SAME,
         "name, birth date and home"},
        {{NAME("tran thi hoa"), d1, 0, 'f'},
         {NAME("tran thi hoa"), d1, 0, 'f'},
         EPI_MATCH_LIKELY,
         "namesakes of one day exist"},
        {{NAME("tran thi hoa"), d1, 0, 'f'},
         {NAME("tran thi hoa"), swapped, 0, 'f'},
         EPI_MATCH_LIKELY,
         "day and month exchanged"},
        {{NAME("tran thi hoa"), d1, 0, 'f'},
         {NAME("hoa tran thi"), d1, 0, 'f'},
         EPI_MATCH_LIKELY,
         "other order of words"},
        {{NAME("tran thi hoa"), d1, 0, 'f'},
         {NAME("tran thi hoaa"), near, 0, 'f'},
         EPI_MATCH_LIKELY,
         "two slips of the pen"},
        {{NAME("tran thi hoa"), d1, 0, 'f'},
         {NAME("tran thi hoa"), far, 0, 'f'},
         EPI_MATCH_DIFFERENT,
         "a namesake"},
        {{NAME("tran thi hoa"), none, 1990, 'f'},
         {NAME("tran thi hoa"), d1, 0, 'f', .unit = EPI_SC("vn/11/")},
         EPI_MATCH_DIFFERENT,
         "a year and a common name are not enough"},
        {{NAME("tran thi hoa"), none, 1990, 'f', .unit = EPI_SC("vn/11/")},
         {NAME("tran thi hoa"), d1, 0, 'f', .unit = EPI_SC("vn/11/")},
         EPI_MATCH_LIKELY,
         "with the home they are worth a look"},
        {{NAME("tran thi hoa"), d1, 0, 'f', .document = EPI_SC("011190000001")},
         {NAME("tran thi hoa"), d1, 0, 'f', .document = EPI_SC("011190000002"),
          .unit = EPI_SC("vn/11/")},
         EPI_MATCH_LIKELY,
         "two documents"},
        {{NAME("tran thi hoa"), d1, 0, 'f', .code = EPI_SC("BN7")},
         {NAME("tran thi hoa"), none, 0, 0, .code = EPI_SC("BN7")},
         EPI_MATCH_SAME,
         "the code of the list"},
        {{.birth = none, .code = EPI_SC("SK_1")},
         {.birth = none, .code = EPI_SC("SK_1")},
         EPI_MATCH_SAME,
         "nothing but a code"},
    };
    for (size_t i = 0; i < EPI_COUNT(rows); i++) {
        struct epi_match m = epi_identity_compare(&rows[i].a, &rows[i].b),
                         n = epi_identity_compare(&rows[i].b, &rows[i].a);
        if (m.outcome != rows[i].want)
            epi_test_fail(__FILE__, __LINE__, "%s: %s (reasons %x)", rows[i].why,
                          epi_match_word(m.outcome), m.reasons);
        if (m.outcome != n.outcome)
            epi_test_fail(__FILE__, __LINE__, "%s: not the same in both directions", rows[i].why);
    }
    EPI_ARENA_LOCAL(a);
    CHECK_TEXT(epi_match_reasons(a, EPI_MATCH_NAME_EQUAL | EPI_MATCH_PHONE_EQUAL),
               "name-equal, phone-equal");
}

/* People from common name parts combined by number. */
static struct epi_identity person(struct epi_arena *a, uint64_t i)
{
    static const char *const family[] = {"nguyen", "tran", "le",    "pham", "lo",
                                         "quang",  "vu",   "hoang", "ca",   "lu"};
    static const char *const middle[] = {"van", "thi", "duc", "minh", "thu", "ngoc"};
    struct epi_rng r = epi_rng_stream(7, "identity.test", i, 0);
    static const char *const onset[] = {"b",  "ch", "d",  "g", "h", "kh", "l",  "m", "n", "ng",
                                        "nh", "ph", "qu", "s", "t", "th", "tr", "v", "x", "c"};
    static const char *const rhyme[] = {"a",  "an",  "anh", "ien", "inh",  "o",
                                        "oa", "ong", "u",   "ung", "uong", "uyen"};
    return (struct epi_identity){
        .name = epi_str_printf(a, "%s %s %s%s %s%s", family[epi_rng_below(&r, 10)],
                               middle[epi_rng_below(&r, 6)], onset[epi_rng_below(&r, 20)],
                               rhyme[epi_rng_below(&r, 12)], onset[epi_rng_below(&r, 20)],
                               rhyme[epi_rng_below(&r, 12)]),
        .birth = {(int32_t)epi_rng_between(&r, -20000, 18000)},
        .sex = epi_rng_chance(&r, 0.5) ? 'm' : 'f',
        .document = epi_str_printf(a, "%012llu", (unsigned long long)(i * 7919 + 1)),
        .phone = epi_str_printf(a, "+849%08llu", (unsigned long long)(i / 3)),
        .code = epi_str_printf(a, "BN%llu", (unsigned long long)i),
        .unit = epi_str_printf(a, "vn/11/%llu/", (unsigned long long)(i % 100)),
    };
}

TEST(the_index_finds_everybody_again_by_any_part)
{
    USES_NO_RNG;
    enum { N = 20000 };
    struct epi_identity_index *x = epi_identity_index_new(100); /* it must grow */
    EPI_ARENA_LOCAL(a);
    /* wrong answers by way of asking */
    size_t by[6] = {0};
    for (uint32_t i = 0; i < N; i++) {
        struct epi_arena_mark mark = epi_arena_mark(a);
        struct epi_identity p = person(a, i);
        by[0] += epi_identity_add(x, &p) != i;
        epi_arena_release(a, mark);
    }
    for (uint32_t i = 0; i < N; i++) {
        struct epi_arena_mark mark = epi_arena_mark(a);
        struct epi_match m[4];
        struct epi_identity whole = person(a, i), p = whole;
        by[1] +=
            epi_identity_find(x, &p, m, 4) < 1 || m[0].who != i || m[0].outcome != EPI_MATCH_SAME;
        p.code = p.phone = EPI_NIL; /* by document */
        by[2] +=
            epi_identity_find(x, &p, m, 4) < 1 || m[0].who != i || m[0].outcome != EPI_MATCH_SAME;
        p.document = EPI_NIL; /* by name, birth date and home */
        by[3] +=
            epi_identity_find(x, &p, m, 4) < 1 || m[0].who != i || m[0].outcome != EPI_MATCH_SAME;
        p.name = epi_str_printf(a, "%.*sx", EPI_FMT(whole.name)); /* misspelt */
        by[4] +=
            epi_identity_find(x, &p, m, 4) < 1 || m[0].who != i || m[0].outcome != EPI_MATCH_LIKELY;
        p = (struct epi_identity){
            .name = EPI_S("zz yy xx"), .birth = EPI_DATE_UNKNOWN, .phone = whole.phone};
        by[5] += epi_identity_find(x, &p, m, 4) != 0; /* the phone alone finds nobody */
        epi_arena_release(a, mark);
    }
    for (size_t i = 0; i < EPI_COUNT(by); i++)
        if (by[i])
            epi_test_fail(__FILE__, __LINE__, "way %zu: %zu wrong answers", i, by[i]);
    CHECK_INT(epi_identity_count(x), N);
    epi_identity_index_free(x);
}

TEST(a_person_asked_for_without_a_birth_year_is_found_by_name_and_home)
{
    USES_NO_RNG;
    struct epi_identity_index *x = epi_identity_index_new(10);
    struct epi_identity p = {
        .name = EPI_S("lo van an"), .birth = BORN(1980, 3, 4), .sex = 'm', .unit = EPI_S("vn/11/")};
    CHECK_INT(epi_identity_add(x, &p), 0);
    struct epi_identity q = {
        .name = EPI_S("lo van an"), .birth = EPI_DATE_UNKNOWN, .unit = EPI_S("vn/11/")};
    struct epi_match m[2];
    CHECK_INT(epi_identity_find(x, &q, m, 2), 1);
    CHECK_INT(m[0].outcome, EPI_MATCH_LIKELY);
    epi_identity_index_free(x);
}

TEST(a_million_people_fit_in_64_megabytes)
{
    USES_NO_RNG;
    /* measured at a tenth with the room a tenth is given, everybody with every part */
    enum { N = 100000 };
    struct epi_identity_index *x = epi_identity_index_new(N);
    EPI_ARENA_LOCAL(a);
    for (uint32_t i = 0; i < N; i++) {
        struct epi_arena_mark mark = epi_arena_mark(a);
        struct epi_identity p = person(a, i);
        (void)epi_identity_add(x, &p);
        epi_arena_release(a, mark);
    }
    size_t bytes = epi_identity_memory(x);
    epi_identity_index_free(x);
    CHECK(bytes * 10 <= (size_t)64 << 20);
}
