// SPDX-License-Identifier: AGPL-3.0-or-later
/* Figures from the store: whose records, of which disease, known by which day. */
#include "ops/fixture_test.h"
#include <math.h>

/* A case of the commune: days of November; 0 = not known. */
struct days {
    int onset, sampled, resulted, isolated;
};
static epi_str put_case(struct ops_base *f, const char *unit, struct days d, const char *more)
{
    const struct {
        const char *name;
        int day;
    } v[] = {{"onset", d.onset},
             {"sampled", d.sampled},
             {"resulted", d.resulted},
             {"reported", d.resulted},
             {"isolated", d.isolated}};
    EPI_BUF_LOCAL(b, 4096);
    struct epi_jw w = EPI_JW(&b);
    epi_jw_object(&w);
    epi_jw_kvz(&w, "unit", unit);
    epi_jw_kvz(&w, "classification", "confirmed");
    epi_jw_kvz(&w, "detection", "community");
    if (more)
        epi_jw_kvz(&w, "disease", more);
    for (size_t i = 0; i < EPI_COUNT(v); i++)
        if (v[i].day)
            epi_jw_kv(&w, v[i].name, epi_str_printf(f->a, "2021-11-%02d", v[i].day));
    epi_jw_object_end(&w);
    return ops_create(f, NULL, "case", epi_str_dup(f->a, epi_buf_str(&b)));
}

static void put_contact(struct ops_base *f, epi_str of, const char *listed)
{
    static int number;
    epi_str person =
        ops_create(f, NULL, "person",
                   epi_str_printf(f->a, "{\"unit\":\"" COMMUNE "\",\"code\":\"P-%d\"}", ++number));
    ops_create(f, NULL, "contact",
               listed ? epi_str_printf(f->a,
                                       "{\"unit\":\"" COMMUNE "\",\"case\":\"%.*s\",\"person\":"
                                       "\"%.*s\",\"listed\":\"%s\"}",
                                       EPI_FMT(of), EPI_FMT(person), listed)
                      : epi_str_printf(f->a,
                                       "{\"unit\":\"" COMMUNE
                                       "\",\"case\":\"%.*s\",\"person\":\"%.*s\"}",
                                       EPI_FMT(of), EPI_FMT(person)));
}

static const epi_json *row(const struct reply *r, const char *table, size_t at)
{
    const epi_json *rows = reply_at(r, table);
    EPI_JSON_EACH (j, rows)
        if (at-- == 0)
            return j;
    return NULL;
}

static double cell(const struct reply *r, const char *table, size_t at, const char *column)
{
    return epi_json_real(row(r, table, at), column, (double)NAN);
}

static epi_str verdict(const struct reply *r)
{
    return epi_json_text(row(r, "values", 0), "verdict", EPI_NIL);
}

/* Ten cases over ten days that come ever faster, found slowly or at once. */
static void outbreak(struct ops_base *f, int late)
{
    static const int reported[] = {6, 8, 10, 11, 12, 13, 14, 14, 15, 15, 16, 16, 16};
    for (size_t i = 0; i < EPI_COUNT(reported); i++) {
        int d = reported[i];
        epi_str id = put_case(f, COMMUNE, (struct days){d - late, d - 1, d, d}, NULL);
        put_contact(f, id, epi_str_cz(f->a, epi_str_printf(f->a, "2021-11-%02d", d)));
    }
}

TEST(the_gauge_sums_the_medians_of_what_the_base_holds)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct ops_base f;
    CHECK(ops_open(&f, a, false));
    outbreak(&f, 5);
    struct reply r =
        ops_do(&f, epi_do_estimate, ARGS("figure", "speed", "unit", CITY, "as_of", "2021-11-16"));
    CHECK_OK(r.s);
    CHECK_NEAR(cell(&r, "rows", 0, "median"), 5, 0); /* onset to isolation */
    CHECK_NEAR(cell(&r, "rows", 1, "median"), 1, 0); /* sample to result, as the cases say */
    CHECK_NEAR(cell(&r, "rows", 2, "median"), 0, 0); /* listed on the day of the result */
    CHECK_NEAR(cell(&r, "values", 0, "sum"), 6, 0);
    CHECK(cell(&r, "values", 0, "doubling") < 6);
    CHECK_STR(verdict(&r), EPI_S("behind"));
    /* as of an earlier day less is known, and nothing of later days */
    struct reply then =
        ops_do(&f, epi_do_estimate, ARGS("figure", "speed", "unit", CITY, "as_of", "2021-11-10"));
    CHECK_NEAR(cell(&then, "rows", 0, "n"), 3, 0);
    CHECK_STR(verdict(&then), EPI_S("unknown")); /* three cases tell no growth */
    ops_close(&f);
}

TEST(a_unit_with_few_cases_is_judged_by_the_growth_above_it_that_its_reader_may_see)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct ops_base f;
    CHECK(ops_open(&f, a, false));
    outbreak(&f, 1);
    put_case(&f, DISTRICT, (struct days){14, 15, 15, 16}, NULL);
    struct reply r = ops_do(
        &f, epi_do_estimate,
        ARGS("figure", "speed", "unit", PROVINCE, "below", "children", "as_of", "2021-11-16"));
    CHECK_OK(r.s);
    CHECK_INT(reply_at(&r, "values")->count, 2); /* who has no cases has no line */
    CHECK_STR(epi_json_text(row(&r, "values", 0), "spread", EPI_NIL), EPI_S(CITY));
    CHECK_STR(epi_json_text(row(&r, "values", 1), "spread", EPI_NIL), EPI_S(PROVINCE));
    CHECK(epi_json_get(reply_at(&r, "units"), CITY));
    struct epi_actor local = ops_user(&f, "speed", "duty_officer", DISTRICT);
    struct reply own = ops_call(&f, epi_do_estimate, (struct request){.as = &local},
                                ARGS("figure", "speed", "as_of", "2021-11-16"));
    CHECK_OK(own.s);
    CHECK_STR(verdict(&own), EPI_S("unknown"));
    CHECK_NEAR(cell(&own, "rows", 0, "n"), 1, 0);
    struct reply other = ops_call(&f, epi_do_estimate, (struct request){.as = &local},
                                  ARGS("figure", "speed", "unit", CITY));
    CHECK(reply_is(&other, EPI_NOT_FOUND, "unit.unknown"));
    ops_close(&f);
}

TEST(cases_not_isolated_and_contacts_not_listed_stay_open)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct ops_base f;
    CHECK(ops_open(&f, a, false));
    put_case(&f, COMMUNE, (struct days){5, 6, 0, 0}, NULL);
    put_case(&f, COMMUNE, (struct days){7, 8, 9, 0}, NULL);
    epi_str met_nobody = put_case(&f, COMMUNE, (struct days){10, 10, 11, 8}, NULL);
    CHECK(met_nobody.n > 0);
    struct reply r =
        ops_do(&f, epi_do_estimate, ARGS("figure", "speed", "unit", CITY, "as_of", "2021-11-16"));
    CHECK_NEAR(cell(&r, "rows", 0, "open"), 2, 0);
    CHECK_NEAR(cell(&r, "rows", 0, "q25"), 0, 0); /* isolated before onset counts as 0 */
    CHECK_NEAR(cell(&r, "rows", 0, "at_least"), 11, 0);
    CHECK_NEAR(cell(&r, "rows", 1, "n"), 3, 0);
    CHECK_NEAR(cell(&r, "rows", 1, "open"), 1, 0);
    CHECK_NEAR(cell(&r, "rows", 2, "n"), 1, 0); /* one waits for its result, one met nobody */
    ops_close(&f);
}

TEST(a_contact_entered_by_hand_is_listed_that_day)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct ops_base f;
    CHECK(ops_open(&f, a, false));
    epi_str id = put_case(&f, COMMUNE, (struct days){13, 14, 15, 15}, NULL);
    put_contact(&f, id, NULL); /* the clock shows the 17th */
    struct reply r = ops_do(&f, epi_do_estimate, ARGS("figure", "speed", "unit", COMMUNE));
    CHECK_NEAR(cell(&r, "rows", 2, "median"), 2, 0);
    ops_close(&f);
}

TEST(figures_count_the_disease_asked_for)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct ops_base f;
    CHECK(ops_open(&f, a, false));
    put_case(&f, COMMUNE, (struct days){10, 11, 12, 12}, NULL); /* the site's main one */
    put_case(&f, COMMUNE, (struct days){10, 11, 12, 12}, "covid-19");
    put_case(&f, COMMUNE, (struct days){10, 11, 12, 12}, "measles");
    static const char *const figures[] = {"delay", "growth"};
    struct reply main_one = ops_do(&f, epi_do_estimate,
                                   ARGS("figure", "delay", "method", "summary", "unit", CITY)),
                 other = ops_do(&f, epi_do_estimate,
                                ARGS("figure", "delay", "method", "summary", "unit", CITY,
                                     "disease", "measles"));
    CHECK_NEAR(cell(&main_one, "values", 0, "n"), 2, 0);
    CHECK_NEAR(cell(&other, "values", 0, "n"), 1, 0);
    for (size_t i = 0; i < EPI_COUNT(figures); i++) {
        struct reply none = ops_do(&f, epi_do_estimate,
                                   ARGS("figure", figures[i], "unit", CITY, "disease", "mers"));
        CHECK(none.s != EPI_OK);
    }
    ops_close(&f);
}

TEST(the_serial_interval_comes_from_the_disease_unless_it_is_given)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct ops_base f;
    CHECK(ops_open(&f, a, false));
    outbreak(&f, 3);
    struct reply known = ops_do(&f, epi_do_estimate, ARGS("figure", "rt", "unit", CITY)),
                 own = ops_do(&f, epi_do_estimate,
                              ARGS("figure", "rt", "unit", CITY, "si-mean", "6", "si-sd", "2")),
                 unknown = ops_do(&f, epi_do_estimate,
                                  ARGS("figure", "rt", "unit", CITY, "disease", "nothing"));
    CHECK_OK(known.s);
    CHECK_NEAR(reply_at(&known, "params/si-mean")->f, 4.7, 1e-12);
    CHECK(reply_text(a, &known, "known/serial_interval/source").n > 0);
    CHECK_OK(own.s);
    CHECK_NEAR(reply_at(&own, "params/si-mean")->f, 6, 1e-12);
    CHECK(!reply_at(&own, "known"));
    CHECK(unknown.s != EPI_OK);
    struct reply list = ops_do(&f, epi_do_diseases, NO_ARGS);
    CHECK_INT(reply_at(&list, "rows")->count, 10);
    ops_close(&f);
}

TEST(a_case_reported_after_the_day_asked_about_was_not_known_then)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct ops_base f;
    CHECK(ops_open(&f, a, false));
    put_case(&f, COMMUNE, (struct days){5, 6, 7, 0}, NULL);
    put_case(&f, COMMUNE, (struct days){6, 7, 9, 0}, NULL);
    put_case(&f, COMMUNE, (struct days){6, 7, 15, 0}, NULL); /* sampled before, reported after */
    static const char *const by[] = {"report", "onset"};
    for (size_t i = 0; i < EPI_COUNT(by); i++) {
        struct reply then = ops_do(&f, epi_do_estimate,
                                   ARGS("figure", "delay", "method", "summary", "unit", CITY, "by",
                                        by[i], "as_of", "2021-11-10")),
                     now = ops_do(&f, epi_do_estimate,
                                  ARGS("figure", "delay", "method", "summary", "unit", CITY, "by",
                                       by[i], "as_of", "2021-11-16"));
        CHECK_NEAR(cell(&then, "values", 0, "n"), 2, 0);
        CHECK_NEAR(cell(&then, "values", 0, "open"), 0, 0);
        CHECK_NEAR(cell(&now, "values", 0, "n"), 3, 0);
    }
    static const char *const as_of[] = {"2021-11-10", "2021-11-16"};
    for (size_t i = 0; i < EPI_COUNT(as_of); i++) {
        struct reply curve = ops_do(&f, epi_do_estimate,
                                    ARGS("figure", "curve", "unit", CITY, "by", "onset", "from",
                                         "2021-11-01", "to", "2021-11-10", "as_of", as_of[i]));
        CHECK_NEAR(cell(&curve, "values", 0, "cases"), i == 0 ? 2 : 3, 0);
    }
    ops_close(&f);
}

TEST(the_forecast_takes_the_disease_s_serial_interval_and_is_told_which_day_is_open)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct ops_base f;
    CHECK(ops_open(&f, a, false));
    outbreak(&f, 3);
    struct reply today = ops_do(&f, epi_do_estimate, ARGS("figure", "forecast", "unit", CITY)),
                 whole = ops_do(&f, epi_do_estimate,
                                ARGS("figure", "forecast", "unit", CITY, "incomplete", "1")),
                 before = ops_do(&f, epi_do_estimate,
                                 ARGS("figure", "forecast", "unit", CITY, "as_of", "2021-11-16",
                                      "si-mean", "6", "si-sd", "2")),
                 unknown = ops_do(&f, epi_do_estimate,
                                  ARGS("figure", "forecast", "unit", CITY, "disease", "nothing"));
    CHECK_OK(today.s);
    CHECK_NEAR(reply_at(&today, "params/si-mean")->f, 4.7, 1e-12);
    CHECK_INT(reply_at(&today, "source/open")->i, 1); /* the clock shows the morning of the 17th */
    CHECK_STR(epi_json_text(row(&whole, "values", 0), "last_date", EPI_NIL), EPI_S("2021-11-16"));
    CHECK_STR(epi_json_text(row(&whole, "rows", 0), "date", EPI_NIL), EPI_S("2021-11-17"));
    CHECK_INT(reply_at(&whole, "rows")->count, 14);
    CHECK_OK(before.s);
    CHECK_NEAR(reply_at(&before, "params/si-mean")->f, 6, 1e-12);
    CHECK_INT(reply_at(&before, "source/open")->i, 0);
    CHECK(unknown.s != EPI_OK);
    ops_close(&f);
}
