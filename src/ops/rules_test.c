// SPDX-License-Identifier: AGPL-3.0-or-later
/* Whose rules hold where, and that the rules are data: the packs of tests/packs/overlay are a
 * province's own, unlike the country's in every number. */
#include "ops/fixture_test.h"

#define OVERLAY "tests/packs/overlay"
#define BESIDE "vn/12/" /* another province, without rules of its own */

static void count(struct ops_base *f, const char *unit, const char *detection)
{
    ops_create(f, NULL, "count",
               epi_str_printf(f->a,
                              "{\"unit\":\"%s\",\"date\":\"2021-11-15\",\"cases\":10,"
                              "\"detection\":\"%s\"}",
                              unit, detection));
}

static epi_str person(struct ops_base *f, const char *unit, int birth_year)
{
    return ops_create(f, NULL, "person",
                      epi_str_printf(f->a,
                                     "{\"unit\":\"%s\",\"code\":\"P%s-%d\",\"birth_year\":%d}",
                                     unit, unit, birth_year, birth_year));
}

static void dose(struct ops_base *f, epi_str who, const char *given, const char *more)
{
    ops_create(f, NULL, "dose",
               epi_str_printf(f->a, "{\"person\":\"%.*s\",\"given\":\"%s\"%s}", EPI_FMT(who), given,
                              more));
}

static struct reply level_of(struct ops_base *f, const char *unit, const char *on)
{
    return ops_do(f, epi_do_level_evidence, ARGS("unit", unit, "as_of", on));
}

TEST(a_unit_follows_its_own_authority_then_the_one_above_then_the_default)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct ops_base f;
    CHECK(ops_open_ruled(&f, a, OVERLAY));
    count(&f, CITY, "quarantine");
    count(&f, BESIDE, "quarantine");
    struct reply own = level_of(&f, CITY, "2021-11-17"),
                 beside = level_of(&f, BESIDE, "2021-11-17"),
                 country = level_of(&f, "vn/", "2021-11-17");
    CHECK_STR(reply_text(a, &own, "authority"), EPI_S("province-11"));
    CHECK_STR(reply_text(a, &own, "policy"), EPI_S("province-11-level"));
    CHECK_STR(reply_text(a, &own, "community_rule/authority"), EPI_S("province-11"));
    CHECK_STR(reply_text(a, &own, "coverage_rule/authority"), EPI_S("province-11"));
    CHECK_INT(reply_int(&own, "cases"), 10); /* quarantine counts here and nowhere else */
    CHECK_INT(reply_int(&own, "window_days"), 7);
    CHECK_INT(reply_int(&own, "level"), 5);
    CHECK_STR(reply_text(a, &beside, "authority"), EPI_S("vn"));
    CHECK_INT(reply_int(&beside, "cases"), 0);
    CHECK_INT(reply_int(&beside, "window_days"), 14);
    CHECK_STR(reply_text(a, &country, "community_rule/id"), EPI_S("vn-community-case"));
    CHECK_INT(reply_int(&country, "cases"), 0);
    struct reply unit = ops_do(&f, epi_do_unit, ARGS("path", CITY));
    CHECK_INT(reply_at(&unit, "authorities")->count, 3);
    CHECK_STR(reply_text(a, &unit, "authorities/0"), EPI_S("province-11"));
    CHECK_STR(reply_text(a, &unit, "authorities/2"), EPI_S("who-default"));
    /* one list of units of several authorities: each row by its own */
    struct reply list =
        ops_do(&f, epi_do_levels, ARGS("unit", "vn/", "children", "1", "as_of", "2021-11-17"));
    CHECK_STR(reply_text(a, &list, "policy/authority"), EPI_S("vn"));
    size_t overlaid = 0;
    EPI_JSON_EACH (row, reply_at(&list, "rows")) {
        bool province = epi_str_eqz(epi_json_text(row, "unit", EPI_NIL), PROVINCE);
        overlaid += epi_str_eqz(epi_json_text(row, "authority", EPI_NIL), "province-11");
        CHECK(epi_str_eqz(epi_json_text(row, "authority", EPI_NIL), "province-11") == province);
    }
    CHECK_INT(overlaid, 1);
    /* before the province's packs the country's hold there too, and before those the default */
    own = level_of(&f, CITY, "2021-10-20");
    CHECK_STR(reply_text(a, &own, "policy"), EPI_S("vn-4800"));
    own = level_of(&f, CITY, "2021-01-20");
    CHECK_STR(reply_text(a, &own, "authority"), EPI_S("who-default"));
    ops_close(&f);
}

TEST(a_signed_level_reaches_as_far_as_the_own_rules_and_history_follows_them)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct ops_base f;
    CHECK(ops_open_ruled(&f, a, OVERLAY));
    count(&f, CITY, "quarantine");
    struct reply r = ops_call(
        &f, epi_do_level_sign,
        (struct request){.body = EPI_S("{\"unit\":\"" CITY "\",\"as_of\":\"2021-11-16\"}")},
        NO_ARGS);
    CHECK_INT(r.s, EPI_OK);
    CHECK_INT(reply_int(&r, "level"), 5);
    CHECK_STR(reply_text(a, &r, "policy"), EPI_S("province-11-level"));
    r = ops_call(&f, epi_do_level_sign,
                 (struct request){.body = EPI_S("{\"unit\":\"" BESIDE
                                                "\",\"as_of\":\"2021-11-16\",\"level\":5,"
                                                "\"reason\":\"x\"}")},
                 NO_ARGS);
    CHECK(reply_found(&r, "field.out-of-range")); /* the country knows levels 1 to 4 */
    struct reply h = ops_do(&f, epi_do_level_history,
                            ARGS("unit", CITY, "from", "2021-11-12", "to", "2021-11-17"));
    EPI_JSON_EACH (row, reply_at(&h, "rows")) {
        const char *day = epi_str_cz(a, epi_json_text(row, "as_of", EPI_NIL));
        CHECK_INT(epi_json_int(row, "level", -1), strcmp(day, "2021-11-15") >= 0 ? 5 : 0);
    }
    ops_close(&f);
}

TEST(measures_and_duties_are_those_of_the_unit_they_are_asked_for)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct ops_base f;
    CHECK(ops_open_ruled(&f, a, OVERLAY));
    struct reply own = ops_do(&f, epi_do_measures,
                              ARGS("unit", CITY, "level", "5", "on", "2021-11-17")),
                 beside = ops_do(&f, epi_do_measures,
                                 ARGS("unit", BESIDE, "level", "2", "on", "2021-11-17"));
    CHECK_STR(reply_text(a, &own, "authority"), EPI_S("province-11"));
    CHECK_STR(reply_text(a, &own, "rows/0/rule"), EPI_S("closed"));
    CHECK_STR(reply_text(a, &beside, "policy"), EPI_S("vn-128"));
    epi_str sick = person(&f, CITY, 1980), near = person(&f, CITY, 1981),
            far = person(&f, BESIDE, 1982);
    epi_str id =
        ops_create(&f, NULL, "case",
                   epi_str_printf(a,
                                  "{\"code\":\"BN1\",\"person\":\"%.*s\",\"unit\":\"" CITY
                                  "\",\"onset\":\"2021-11-10\",\"reported\":\"2021-11-12\"}",
                                  EPI_FMT(sick)));
    epi_str contacts[] = {near, far};
    for (size_t i = 0; i < 2; i++)
        ops_create(&f, NULL, "contact",
                   epi_str_printf(a,
                                  "{\"case\":\"%.*s\",\"person\":\"%.*s\",\"unit\":\"%s\","
                                  "\"first_exposure\":\"2021-11-07\","
                                  "\"last_exposure\":\"2021-11-07\"}",
                                  EPI_FMT(id), EPI_FMT(contacts[i]), i ? BESIDE : CITY));
    struct reply t = ops_do(&f, epi_do_trace, ARGS("code", "BN1", "as_of", "2021-11-17"));
    CHECK_INT(reply_int(&t, "rules/lead_days"), 4); /* of the case's province: two in the country */
    CHECK_INT(reply_int(&t, "rules/overlap_minutes"), 15); /* left to the default pack */
    CHECK_INT(reply_at(&t, "rings")->count, 2);
    size_t seen = 0;
    EPI_JSON_EACH (p, reply_at(&t, "rings")) {
        const epi_json *duty = epi_json_get(p, "duty");
        bool here = epi_str_eq(epi_json_text(p, "person", EPI_NIL), near);
        CHECK_STR(epi_json_text(duty, "authority", EPI_NIL),
                  here ? EPI_S("province-11") : EPI_S("vn"));
        CHECK_INT(epi_json_int(duty, "isolate_days", -1), here ? 3 : 14);
        seen++;
    }
    CHECK_INT(seen, 2);
    ops_close(&f);
}

/* A child with one dose of yesterday: counted where the pack says one dose and all ages, not where
 * it says adults and two weeks. No line of the program differs. */
TEST(which_people_and_doses_count_is_the_coverage_packs_to_say)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct ops_base f;
    CHECK(ops_open_ruled(&f, a, OVERLAY));
    const char *units[] = {CITY, BESIDE};
    for (size_t i = 0; i < 2; i++) {
        dose(&f, person(&f, units[i], 2015), "2021-11-16", ",\"number\":1");
        epi_str adult = person(&f, units[i], 1950);
        dose(&f, adult, "2021-09-01", ",\"number\":1");
        dose(&f, adult, "2021-10-01", ",\"number\":2");
        person(&f, units[i], 1990);
    }
    struct reply own = level_of(&f, CITY, "2021-11-17"),
                 beside = level_of(&f, BESIDE, "2021-11-17");
    CHECK_NEAR(reply_at(&own, "coverage_one_dose")->f, 200.0 / 3, 1e-9);
    CHECK_NEAR(reply_at(&own, "coverage_full_elderly")->f, 200.0 / 3, 1e-9);
    CHECK_NEAR(reply_at(&beside, "coverage_one_dose")->f, 50, 1e-9);
    CHECK_NEAR(reply_at(&beside, "coverage_full_elderly")->f, 100, 1e-9);
    struct reply h = ops_do(&f, epi_do_level_history,
                            ARGS("unit", CITY, "from", "2021-11-15", "to", "2021-11-17"));
    CHECK_NEAR(epi_json_get(reply_at(&h, "rows/0"), "coverage")->f, 100.0 / 3, 1e-3);
    CHECK_NEAR(epi_json_get(reply_at(&h, "rows/1"), "coverage")->f, 200.0 / 3, 1e-3);
    /* aggregate figures: the whole population here, adults there */
    for (size_t i = 0; i < 2; i++) {
        ops_create(&f, NULL, "coverage",
                   epi_str_printf(a,
                                  "{\"unit\":\"%s\",\"date\":\"2021-11-10\",\"group\":\"all\","
                                  "\"population\":1000,\"one_dose\":100}",
                                  units[i]));
        ops_create(&f, NULL, "coverage",
                   epi_str_printf(a,
                                  "{\"unit\":\"%s\",\"date\":\"2021-11-10\",\"group\":\"18_plus\","
                                  "\"population\":800,\"one_dose\":600}",
                                  units[i]));
    }
    own = level_of(&f, CITY, "2021-11-17");
    beside = level_of(&f, BESIDE, "2021-11-17");
    CHECK_NEAR(reply_at(&own, "coverage_one_dose")->f, 10, 1e-9);
    CHECK_NEAR(reply_at(&beside, "coverage_one_dose")->f, 75, 1e-9);
    ops_close(&f);
}

TEST(the_age_of_the_older_group_and_its_figures_change_on_the_day_of_the_rule)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct ops_base f;
    CHECK(ops_open(&f, a, false));
    epi_str sixty = person(&f, CITY, 1961);
    dose(&f, sixty, "2021-09-01", ",\"number\":2");
    struct reply before = level_of(&f, CITY, "2021-10-31"),
                 after = level_of(&f, CITY, "2021-11-01");
    CHECK_INT(reply_at(&before, "coverage_full_elderly")->type, EPI_JSON_NULL);
    CHECK_NEAR(reply_at(&after, "coverage_full_elderly")->f, 100, 1e-9);
    const char *groups[] = {"65_plus", "50_plus"};
    for (int i = 0; i < 2; i++)
        ops_create(&f, NULL, "coverage",
                   epi_str_printf(a,
                                  "{\"unit\":\"" CITY "\",\"date\":\"2021-10-15\",\"group\":\"%s\","
                                  "\"population\":100,\"full\":%d}",
                                  groups[i], 20 + i));
    before = level_of(&f, CITY, "2021-10-31");
    after = level_of(&f, CITY, "2021-11-01");
    CHECK_NEAR(reply_at(&before, "coverage_full_elderly")->f, 20, 1e-9);
    CHECK_NEAR(reply_at(&after, "coverage_full_elderly")->f, 21, 1e-9);
    ops_close(&f);
}

TEST(a_dose_without_a_number_comes_after_the_others_of_its_person)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct ops_base f;
    CHECK(ops_open(&f, a, false));
    epi_str p = person(&f, CITY, 1960);
    dose(&f, p, "2021-10-20", ""); /* entered first, given second */
    dose(&f, p, "2021-09-01", "");
    struct reply early = level_of(&f, CITY, "2021-11-02"), late = level_of(&f, CITY, "2021-11-03");
    CHECK_NEAR(reply_at(&early, "coverage_full_elderly")->f, 0,
               1e-9); /* 13 days after the second */
    CHECK_NEAR(reply_at(&late, "coverage_full_elderly")->f, 100, 1e-9);
    epi_str one = person(&f, DISTRICT, 1960);
    dose(&f, one, "2021-09-01", ",\"number\":1");
    struct reply half = level_of(&f, DISTRICT, "2021-11-17");
    CHECK_NEAR(reply_at(&half, "coverage_full_elderly")->f, 0, 1e-9);
    CHECK_NEAR(reply_at(&half, "coverage_one_dose")->f, 100, 1e-9);
    dose(&f, one, "2021-10-01", ",\"completes\":true");
    half = level_of(&f, DISTRICT, "2021-11-17");
    CHECK_NEAR(reply_at(&half, "coverage_full_elderly")->f, 100, 1e-9);
    ops_close(&f);
}

TEST(without_a_file_of_authorities_any_named_one_is_followed)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct ops_base f;
    CHECK(ops_open_ruled(&f, a, OVERLAY));
    const char *file = epi_str_printf(a, "%s/policies/authorities.json", f.dir).p;
    ops_close(&f);
    struct epi_findings told;
    struct epi_err e = {0};
    struct epi_app_options o = {.io = &f.io, .data_dir = f.dir, .in_memory = true};
    CHECK_OK(f.io.fs.remove(f.io.fs.ctx, file, &e));
    CHECK_OK(epi_app_open(&o, &f.app, NULL, &e));
    struct reply r = level_of(&f, ELSEWHERE, "2021-11-17");
    CHECK(!epi_str_eqz(reply_text(a, &r, "authority"), "who-default"));
    ops_close(&f);
    /* a line that leads nowhere is told and harms nobody */
    CHECK_OK(f.io.fs.write(f.io.fs.ctx, file,
                           EPI_S("{\"units\":{\"vn/\":\"vn\",\"vn/99999/\":\"vn\",\"xl/\":\"xl\","
                                 "\"vn/14/\":\"nobody\",\"vn/12/\":7}}"),
                           &e));
    epi_findings_init(&told, a, 0);
    CHECK_OK(epi_app_open(&o, &f.app, &told, &e));
    CHECK_INT(told.counts[EPI_WARNING], 3);
    r = level_of(&f, ELSEWHERE, "2021-11-17");
    CHECK_STR(reply_text(a, &r, "authority"), EPI_S("vn"));
    ops_close(&f);
}

TEST(the_main_disease_is_the_folders_to_say)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct ops_base f;
    struct epi_err e = {0};
    CHECK(ops_open(&f, a, false));
    ops_close(&f);
    struct epi_app_options o = {.io = &f.io, .data_dir = f.dir, .in_memory = true};
    const char *mark = epi_str_printf(a, "%s/cordon.json", f.dir).p;
    CHECK_OK(f.io.fs.write(f.io.fs.ctx, mark,
                           EPI_S("{\"format\":1,\"pack\":\"vn-2021\",\"disease\":\"measles\"}"),
                           &e));
    CHECK_OK(epi_app_open(&o, &f.app, NULL, &e));
    struct reply r = level_of(&f, CITY, "2021-11-17");
    CHECK_STR(reply_text(a, &r, "policy"), EPI_S("who-level"));
    CHECK_STR(reply_text(a, &r, "coverage_rule/id"), EPI_S("who-coverage"));
    ops_close(&f);
}
