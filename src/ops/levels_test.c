// SPDX-License-Identifier: AGPL-3.0-or-later
/* Levels from what is in the base, and the way from an assessment to a publication. */
#include "ops/fixture_test.h"

/* Daily counts of one unit: `n` cases a day for 14 days up to the day before the clock's. */
static void counts(struct ops_base *f, const char *unit, const char *detection, int n)
{
    for (int day = 3; day <= 16; day++)
        ops_create(
            f, NULL, "count",
            epi_str_printf(
                f->a,
                "{\"unit\":\"%s\",\"date\":\"2021-11-%02d\",\"cases\":%d,\"detection\":\"%s\"}",
                unit, day, n, detection));
}

static void covered(struct ops_base *f, const char *unit)
{
    ops_create(
        f, NULL, "coverage",
        epi_str_printf(
            f->a,
            "{\"unit\":\"%s\",\"date\":\"2021-11-01\",\"group\":\"18_plus\",\"population\":1000,\"one_dose\":900}",
            unit));
    ops_create(
        f, NULL, "coverage",
        epi_str_printf(
            f->a,
            "{\"unit\":\"%s\",\"date\":\"2021-11-01\",\"group\":\"50_plus\",\"population\":300,\"full\":290}",
            unit));
}

static struct reply level_of(struct ops_base *f, const char *unit, const char *on)
{
    return ops_do(f, epi_do_level_evidence, ARGS("unit", unit, "as_of", on));
}

TEST(only_the_settings_that_the_rule_counts_make_the_rate)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct ops_base f;
    CHECK(ops_open(&f, a, false));
    counts(&f, CITY, "community", 10);
    counts(&f, CITY, "quarantine", 50);
    covered(&f, CITY);
    struct reply r = level_of(&f, CITY, "2021-11-16");
    CHECK_INT(r.s, EPI_OK);
    CHECK_INT(reply_int(&r, "cases"), 140);
    int64_t people = reply_int(&r, "population");
    CHECK(people > 10000);
    CHECK_NEAR(reply_at(&r, "rate")->f, 140.0 / 2 / (double)people * 100000, 1e-9);
    CHECK_STR(reply_text(a, &r, "cases_source"), EPI_S("count"));
    CHECK_INT(reply_int(&r, "counted/community"), 140);
    CHECK(!reply_at(&r, "counted/quarantine"));
    CHECK(epi_str_find(r.text, EPI_S("quarantine"), 0) !=
          SIZE_MAX); /* told on the sheet, not counted */
    CHECK_NEAR(reply_at(&r, "coverage_one_dose")->f, 90, 1e-9);
    /* the province holds what its city reports, and its own coverage is not known: partial, not
     * wrong */
    struct reply province = level_of(&f, PROVINCE, "2021-11-16");
    CHECK_INT(reply_int(&province, "cases"), 140);
    CHECK_STR(reply_text(a, &province, "state"), EPI_S("partial"));
    CHECK(reply_at(&province, "missing")->count > 0);
    ops_close(&f);
}

TEST(cases_whose_setting_nobody_gave_are_counted_and_told)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct ops_base f;
    CHECK(ops_open(&f, a, false));
    for (int day = 10; day <= 16; day++)
        ops_create(
            &f, NULL, "count",
            epi_str_printf(a, "{\"unit\":\"" CITY "\",\"date\":\"2021-11-%d\",\"cases\":5}", day));
    struct reply r = level_of(&f, CITY, "2021-11-16");
    CHECK_INT(reply_int(&r, "cases"), 35);
    CHECK_INT(reply_int(&r, "counted/not_given"), 35);
    ops_close(&f);
}

TEST(a_level_history_says_the_same_as_the_level_of_each_day)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct ops_base f;
    CHECK(ops_open(&f, a, false));
    counts(&f, CITY, "community", 7);
    struct reply h = ops_do(&f, epi_do_level_history,
                            ARGS("unit", CITY, "from", "2021-11-05", "to", "2021-11-17"));
    CHECK_INT(h.s, EPI_OK);
    CHECK_INT(reply_at(&h, "rows")->count, 13);
    EPI_JSON_EACH (row, reply_at(&h, "rows")) {
        struct reply day = level_of(&f, CITY, epi_str_cz(a, epi_json_text(row, "as_of", EPI_NIL)));
        const epi_json *level = epi_json_get(row, "level"), *want = reply_at(&day, "level");
        CHECK_INT(level->type, want->type);
        CHECK_INT(level->i, want->i);
        CHECK_NEAR(epi_json_get(row, "rate")->f, reply_at(&day, "rate")->f, 1e-9);
    }
    struct reply bad = ops_do(&f, epi_do_level_history,
                              ARGS("unit", CITY, "from", "2021-11-05", "to", "2021-11-01"));
    CHECK(reply_is(&bad, EPI_INVALID, "level.span"));
    ops_close(&f);
}

static struct reply sign(struct ops_base *f, const struct epi_actor *as, const char *body)
{
    return ops_call(f, epi_do_level_sign, (struct request){.as = as, .body = epi_str_of(body)},
                    NO_ARGS);
}

static struct reply step(struct ops_base *f, const struct epi_actor *as, epi_act *act, epi_str id,
                         const char *reason)
{
    return ops_call(
        f, act,
        (struct request){.as = as,
                         .body = epi_str_printf(f->a, "{\"id\":\"%.*s\",\"reason\":\"%s\"}",
                                                EPI_FMT(id), reason)},
        NO_ARGS);
}

TEST(a_level_is_signed_published_and_withdrawn_in_that_order)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct ops_base f;
    CHECK(ops_open(&f, a, false));
    counts(&f, CITY, "community", 10);
    covered(&f, CITY);
    struct epi_actor chair = ops_user(&f, "chair", "commander", PROVINCE),
                     far = ops_user(&f, "far", "commander", ELSEWHERE);
    struct reply now = level_of(&f, CITY, "2021-11-16");
    int64_t computed = reply_int(&now, "level");
    CHECK(computed >= 1 && computed <= 4);
    struct reply r = sign(&f, &chair, "{\"unit\":\"" CITY "\",\"as_of\":\"2021-11-16\"}");
    CHECK_INT(r.s, EPI_OK);
    CHECK_INT(r.http, 201);
    CHECK_INT(reply_int(&r, "level"), computed);
    CHECK_STR(reply_text(a, &r, "status"), EPI_S("signed"));
    CHECK(reply_at(&r, "evidence/criteria")); /* the sheet is kept with the signature */
    epi_str id = reply_text(a, &r, "id");
    r = step(&f, &far, epi_do_level_publish, id, "");
    CHECK_INT(r.s, EPI_NOT_FOUND);
    r = step(&f, &chair, epi_do_level_withdraw, id, "");
    CHECK(reply_is(&r, EPI_INVALID, "record.reason-missing"));
    r = step(&f, &chair, epi_do_level_publish, id, "");
    CHECK_STR(reply_text(a, &r, "status"), EPI_S("published"));
    r = step(&f, &chair, epi_do_level_publish, id, "");
    CHECK(reply_is(&r, EPI_CONFLICT, "level.wrong-status"));
    now = level_of(&f, CITY, "2021-11-17");
    CHECK_INT(reply_int(&now, "published/level"), computed);
    now = level_of(&f, CITY, "2021-11-15");
    CHECK_INT(reply_at(&now, "published")->type, EPI_JSON_NULL); /* not before its day */
    r = step(&f, &chair, epi_do_level_withdraw, id, "late figures");
    CHECK_STR(reply_text(a, &r, "status"), EPI_S("withdrawn"));
    r = step(&f, &chair, epi_do_level_publish, id, "");
    CHECK(reply_is(&r, EPI_CONFLICT, "level.wrong-status"));
    now = level_of(&f, CITY, "2021-11-17");
    CHECK_INT(reply_at(&now, "published")->type, EPI_JSON_NULL);
    ops_close(&f);
}

TEST(another_level_than_the_computed_one_needs_a_reason_and_a_day_to_come_is_refused)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct ops_base f;
    CHECK(ops_open(&f, a, false));
    counts(&f, CITY, "community", 1);
    covered(&f, CITY);
    struct epi_actor chair = ops_user(&f, "chair", "commander", PROVINCE);
    struct reply r =
        sign(&f, &chair, "{\"unit\":\"" CITY "\",\"as_of\":\"2021-11-16\",\"level\":4}");
    CHECK(reply_found(&r, "level.reason-missing"));
    r = sign(&f, &chair,
             "{\"unit\":\"" CITY "\",\"as_of\":\"2021-11-16\",\"level\":5,\"reason\":\"x\"}");
    CHECK(reply_found(&r, "field.out-of-range"));
    r = sign(&f, &chair,
             "{\"unit\":\"" CITY
             "\",\"as_of\":\"2021-11-16\",\"level\":4,\"reason\":\"cluster without source\"}");
    CHECK_INT(r.s, EPI_OK);
    CHECK_INT(reply_int(&r, "level"), 4);
    CHECK(reply_int(&r, "computed") < 4);
    r = sign(&f, &chair, "{\"unit\":\"" CITY "\",\"as_of\":\"2021-11-18\"}");
    CHECK(reply_is(&r, EPI_INVALID, "level.future"));
    r = sign(&f, &chair, "{\"unit\":\"" ELSEWHERE "\",\"as_of\":\"2021-11-16\"}");
    CHECK(reply_is(&r, EPI_NOT_FOUND, "unit.unknown"));
    ops_close(&f);
}

TEST(measures_follow_the_level_and_name_their_source)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct ops_base f;
    CHECK(ops_open(&f, a, false));
    struct reply one = ops_do(&f, epi_do_measures, ARGS("level", "1", "on", "2021-11-17")),
                 four = ops_do(&f, epi_do_measures, ARGS("level", "4", "on", "2021-11-17"));
    CHECK_INT(one.s | four.s, EPI_OK);
    CHECK(reply_at(&one, "rows")->count > 3);
    CHECK_INT(reply_at(&one, "rows")->count, reply_at(&four, "rows")->count);
    CHECK(!epi_str_eq(one.text, four.text));
    EPI_JSON_EACH (row, reply_at(&four, "rows"))
        if (epi_json_get(row, "row"))
            CHECK(epi_json_text(row, "source", EPI_NIL).n > 0 &&
                  epi_json_text(row, "confidence", EPI_NIL).n > 0);
    struct reply bad = ops_do(&f, epi_do_measures, ARGS("level", "5", "on", "2021-11-17"));
    CHECK(reply_is(&bad, EPI_INVALID, "measures.level"));
    bad = ops_do(&f, epi_do_measures, ARGS("level", "1", "on", "2019-01-01"));
    CHECK(reply_is(&bad, EPI_NOT_FOUND, "measures.no-pack"));
    ops_close(&f);
}

TEST(policies_are_listed_and_each_can_be_read_whole)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct ops_base f;
    CHECK(ops_open(&f, a, false));
    struct reply r = ops_do(&f, epi_do_policies, NO_ARGS);
    CHECK_INT(reply_at(&r, "rows")->count, epi_policies_count(epi_app_policies(f.app)));
    EPI_JSON_EACH (row, reply_at(&r, "rows")) {
        struct reply one =
            ops_do(&f, epi_do_policy, ARGS("id", epi_str_cz(a, epi_json_text(row, "id", EPI_NIL))));
        CHECK_INT(one.s, EPI_OK);
        CHECK(reply_at(&one, "tables")->type == EPI_JSON_ARRAY && reply_at(&one, "pack/id"));
        CHECK(epi_json_text(epi_json_get(row, "title"), "vi", EPI_NIL).n &&
              epi_json_text(epi_json_get(row, "title"), "en", EPI_NIL).n);
    }
    r = ops_do(&f, epi_do_policy, ARGS("id", "ghost"));
    CHECK(reply_is(&r, EPI_NOT_FOUND, "policy.no-such-pack"));
    ops_close(&f);
}

TEST(looking_at_records_is_written_down_and_shown_to_those_who_may)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct ops_base f;
    CHECK(ops_open(&f, a, true));
    struct epi_actor nurse = ops_user(&f, "nurse", "health_worker", CITY),
                     chair = ops_user(&f, "chair", "commander", PROVINCE),
                     far = ops_user(&f, "far", "commander", ELSEWHERE);
    epi_str id = ops_create(&f, &nurse, "case", EPI_S("{\"code\":\"BN1\"}"));
    ops_call(&f, epi_do_get, (struct request){.as = &nurse},
             ARGS("kind", "case", "id", epi_str_cz(a, id)));
    ops_call(&f, epi_do_list, (struct request){.as = &nurse},
             ARGS("kind", "person", "q", "Nguyễn"));
    CHECK(ops_reopen(&f)); /* what is queued is written when the program ends */
    chair = ops_again(&f, "chair");
    far = ops_again(&f, "far");
    struct reply r = ops_call(&f, epi_do_audit, (struct request){.as = &chair}, NO_ARGS);
    CHECK_INT(r.s, EPI_OK);
    bool read = false, listed = false, wrote = false;
    EPI_JSON_EACH (row, reply_at(&r, "rows")) {
        epi_str action = epi_json_text(row, "action", EPI_NIL);
        bool hers = epi_str_eqz(epi_json_text(row, "author", EPI_NIL), "nurse");
        read = read || (hers && epi_str_eqz(action, "record.read") &&
                        epi_str_eq(epi_json_text(epi_json_get(row, "detail"), "id", EPI_NIL), id));
        listed = listed || (hers && epi_str_eqz(action, "record.list"));
        wrote = wrote || (hers && epi_str_eqz(action, "case.create"));
    }
    CHECK(read && listed && wrote);
    CHECK(epi_str_find(r.text, EPI_S("Nguyễn"), 0) == SIZE_MAX); /* not what was searched for */
    r = ops_call(&f, epi_do_audit, (struct request){.as = &far}, NO_ARGS);
    CHECK(epi_str_find(r.text, EPI_S("nurse"), 0) == SIZE_MAX);
    r = ops_do(&f, epi_do_verify, NO_ARGS);
    CHECK_INT(reply_int(&r, "sound"), 1);
    ops_close(&f);
}
