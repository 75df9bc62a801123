// SPDX-License-Identifier: AGPL-3.0-or-later
/* Levels, duties and cases of a run are what the shipped packs say of its figures on its days. */
#include "scenario/packs_internal.h"
#include "scenario/test_society.h"

static struct epi_policies *shipped(struct epi_arena *a)
{
    struct epi_policy_file *files;
    struct epi_policies *set = NULL;
    struct epi_findings f;
    size_t n = 0;
    epi_findings_init(&f, a, 50);
    if (epi_policies_read(a, &epi_io_real()->fs, "policies", &files, &n, NULL) != EPI_OK ||
        epi_policies_load(a, files, n, &set, &f, NULL) != EPI_OK)
        epi_test_fail(__FILE__, __LINE__, "the shipped packs do not load");
    return set;
}
static struct epi_packs packs_on(struct epi_arena *a, int year, int month, int day)
{
    return (struct epi_packs){
        .set = shipped(a), .disease = EPI_S("covid-19"), .first = epi_date_ymd(year, month, day)};
}
static struct epi_scenario by_packs(void)
{
    struct epi_scenario sc = epi_scenario_plain();
    sc.days = 60;
    sc.start.infected = 30;
    sc.start.doses_one = 0.2;
    sc.start.doses_full = 0.45;
    sc.vaccinate.from_age = 18;
    sc.vaccinate.per_day = 1500;
    sc.seek = (struct epi_lever_seek){.share = 0.7, .severe_share = 1, .delay_mean = 1};
    sc.isolate = (struct epi_lever_isolate){.days = 14, .home = 0.5, .compliance = 1, .at_home = 1};
    sc.trace = (struct epi_lever_trace){.rings = 2,
                                        .back = 2,
                                        .home = 1,
                                        .school = 0.8,
                                        .work = 0.8,
                                        .other = 0.3,
                                        .delay = 1,
                                        .days_f1 = 14,
                                        .days_f2 = 7,
                                        .site = 0.5,
                                        .compliance = 0.9,
                                        .test_first = 1,
                                        .test_last = 13};
    memcpy(sc.level.by, "pack", 5);
    memcpy(sc.trace.by, "pack", 5);
    memcpy(sc.lab.by, "pack", 5);
    return sc;
}
/* The level of the place today, asked of level.h anew from the run's own figures. */
static int asked_anew(const struct epi_world *w, uint32_t place, int previous)
{
    EPI_ARENA_LOCAL(a);
    const struct epi__rules *r = w->rules;
    struct epi_level_input in =
        epi_level_input_empty(EPI_S("x"), (epi_date){r->packs.first.d + w->day});
    struct epi_level_query q = {.disease = r->packs.disease};
    struct epi_level_fact facts[2] = {{EPI_S("coverage_one_dose"), EPI_VALUE_NUMBER,
                                       (double)r->one[place], EPI_NIL, EPI_NIL, in.date},
                                      {EPI_S("coverage_full_elderly"), EPI_VALUE_NUMBER,
                                       (double)r->full[place], EPI_NIL, EPI_NIL, in.date}};
    int32_t community[120] = {0};
    for (int day = 0; day < w->day; day++)
        community[40 + day] = (int32_t)r->counted[(size_t)day * w->s->places_n + place];
    struct epi_level l;
    in.population = (double)(w->s->place_first[place + 1] - w->s->place_first[place]);
    in.community = community;
    in.community_n = (size_t)(40 + w->day); /* the day before is the last one known */
    in.facts = facts;
    in.facts_n = 2;
    in.previous = previous;
    return epi_level_assess(a, r->packs.set, &q, &in, &l, NULL) == EPI_OK ? l.level : -2;
}
TEST(the_level_of_a_place_is_what_the_level_pack_says_of_the_run)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct epi_society *s = province(6000, 6);
    struct epi_natural_history d = epi_natural_history_plain(2.5, 5, 2);
    struct epi_scenario sc = by_packs();
    struct epi_packs packs = packs_on(a, 2021, 10, 25);
    struct epi_world *w = world_of(s, &d, &sc, 3, 1);
    uint8_t before[6] = {0};
    int seen[EPI_LEVELS] = {0};
    epi_world_packs(w, &packs);
    while (epi_world_days_done(w) < sc.days) {
        memcpy(before, w->level, 6);
        epi__phase_rules(w); /* a second time with the day: it says the same */
        for (uint32_t place = 0; place < 6; place++) {
            CHECK_INT(w->level[place],
                      asked_anew(w, place, before[place] ? before[place] : EPI_LEVEL_NONE));
            seen[w->level[place]]++;
        }
        epi_world_day(w);
    }
    CHECK(seen[1] + seen[2] > 0 && seen[4] > 0 && seen[0] == 0);
    epi_world_free(w);
    epi_society_free(s);
}
TEST(a_contact_owes_what_the_pack_of_the_day_says)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct epi_society *s = province(3000, 1);
    struct epi_natural_history d = epi_natural_history_plain(2.5, 5, 2);
    struct epi_scenario sc = by_packs();
    static const struct {
        int y, m, d, doses;
        bool fit;
        int days, tests, first;
        enum epi__kept where;
        const char *why;
    } rows[] = {
        {2021, 11, 17, 0, true, 14, 0, 0, EPI__AT_HOME, "5599: 14 days, test days not read"},
        {2021, 11, 17, 2, false, 14, 0, 0, EPI__AT_SITE, "5599: the same with doses"},
        {2022, 2, 25, 2, true, 5, 1, 5, EPI__AT_HOME, "762: 5 days with two doses"},
        {2022, 2, 25, 0, false, 7, 1, 7, EPI__AT_SITE, "762: 7 days without"},
    };
    for (size_t i = 0; i < EPI_COUNT(rows); i++) {
        struct epi_packs packs = packs_on(a, rows[i].y, rows[i].m, rows[i].d);
        struct epi_world *w = world_of(s, &d, &sc, 3, 1);
        struct epi__duty duty;
        epi_world_packs(w, &packs);
        epi__rules_today(w);
        if (rows[i].doses)
            epi_world_vaccinated(w, 5, rows[i].doses, 40);
        for (int twice = 0; twice < 2; twice++) {
            epi__rules_duty(w, 5, 1, rows[i].fit, &duty);
            if (!duty.days_said || duty.days != rows[i].days || duty.where != rows[i].where ||
                duty.tests_said != (rows[i].tests > 0) || duty.tests_n != rows[i].tests ||
                (rows[i].tests > 0 && duty.tests[0] != rows[i].first))
                epi_test_fail(__FILE__, __LINE__, "%s: %d days", rows[i].why, duty.days);
        }
        epi__rules_duty(w, 5, 2, true, &duty);
        CHECK(!duty.days_said); /* of F2 no pack states days: the lever does */
        epi_world_free(w);
    }
    epi_society_free(s);
}
TEST(an_antigen_test_alone_makes_a_case_only_where_the_definition_says_so)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct epi_society *s = province(3000, 1);
    struct epi_natural_history d = epi_natural_history_plain(2.5, 5, 2);
    struct epi_scenario sc = by_packs();
    struct epi_packs before = packs_on(a, 2021, 11, 17), after = packs_on(a, 2022, 1, 10);
    struct epi_world *w = world_of(s, &d, &sc, 3, 1);
    epi_world_packs(w, &before);
    epi__rules_today(w);
    CHECK(!epi__rules_confirm(w, 5, EPI_WHY_CONTACT)); /* 3638: PCR only */
    epi_world_packs(w, &after);
    epi__rules_today(w);
    CHECK(epi__rules_confirm(w, 5, EPI_WHY_CONTACT)); /* 11042: antigen of an F1 */
    CHECK(!epi__rules_confirm(w, 5, EPI_WHY_SCREEN));
    epi_world_free(w);
    epi_society_free(s);
}
TEST(rules_by_packs_change_nothing_where_they_change_no_rule)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct epi_society *s = province(4000, 6);
    struct epi_natural_history d = epi_natural_history_plain(2.5, 5, 2);
    struct epi_scenario sc = by_packs(), levers;
    struct epi_packs packs = packs_on(a, 2021, 11, 17);
    sc.trace.by[0] = sc.lab.by[0] = 0;
    levers = sc;
    levers.level.by[0] = 0; /* the level moves no lever here */
    struct epi_world *one = world_of(s, &d, &sc, 3, 1), *two = world_of(s, &d, &levers, 3, 1);
    epi_world_packs(one, &packs);
    run_all(one);
    run_all(two);
    uint64_t levels[2] = {0};
    for (int day = 0; day < sc.days; day++) {
        CHECK_INT(epi_world_tally_all(one, day, EPI_T_INFECTED),
                  epi_world_tally_all(two, day, EPI_T_INFECTED));
        levels[0] += epi_world_tally_all(one, day, EPI_T_LEVEL);
        levels[1] += epi_world_tally_all(two, day, EPI_T_LEVEL);
    }
    CHECK(levels[0] > levels[1]);
    epi_world_free(one);
    epi_world_free(two);
    epi_society_free(s);
}
TEST(a_run_by_packs_is_the_same_on_any_threads_and_after_a_stop)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct epi_society *s = province(4000, 6);
    struct epi_natural_history d = epi_natural_history_plain(2.5, 5, 2);
    struct epi_scenario sc = by_packs();
    struct epi_packs packs = packs_on(a, 2021, 12, 1); /* packs change within the run */
    EPI_BUF_LOCAL(b, 1 << 24);
    struct epi_world *one = world_of(s, &d, &sc, 3, 1), *two = world_of(s, &d, &sc, 3, 2),
                     *cut = world_of(s, &d, &sc, 3, 1);
    epi_world_packs(one, &packs);
    epi_world_packs(two, &packs);
    epi_world_packs(cut, &packs);
    for (int i = 0; i < 33; i++)
        epi_world_day(one);
    epi_world_save(one, &b);
    CHECK_OK(epi_world_restore(cut, epi_buf_str(&b), NULL));
    run_all(one);
    run_all(two);
    run_all(cut);
    CHECK(epi_world_digest(one) == epi_world_digest(two));
    CHECK(epi_world_digest(one) == epi_world_digest(cut));
    epi_world_free(one);
    epi_world_free(two);
    epi_world_free(cut);
    epi_society_free(s);
}
TEST(the_packs_of_a_scenario_are_named_with_their_days_and_what_they_leave_open)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct epi_scenario sc = by_packs();
    struct epi_packs packs = packs_on(a, 2021, 12, 1);
    const epi_json *j;
    EPI_BUF_LOCAL(b, 1 << 20);
    struct epi_jw w = EPI_JW(&b);
    int trace = 0;
    epi_packs_json(&w, &packs, &sc);
    CHECK_OK(epi_json_parse(a, epi_buf_str(&b), 1 << 20, &j, NULL));
    EPI_JSON_EACH (r, j) {
        CHECK(epi_json_text(r, "document", EPI_NIL).n > 0);
        if (!epi_str_eqz(epi_json_text(r, "lever", EPI_NIL), "trace"))
            continue;
        CHECK_STR(epi_json_text(r, "policy", EPI_NIL),
                  trace == 0 ? EPI_S("vn-5599") : EPI_S("vn-10696"));
        CHECK_STR(epi_json_text(r, "from", EPI_NIL),
                  trace == 0 ? EPI_S("2021-12-01") : EPI_S("2021-12-16"));
        CHECK(epi_json_get(r, "silent")->count > 0);
        trace++;
    }
    CHECK_INT(trace, 2);
}
TEST(runs_that_ask_for_packs_are_refused_without_them)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct epi_society *s = province(2000, 1);
    struct epi_natural_history d = epi_natural_history_plain(2.5, 5, 2);
    struct epi_scenario sc = by_packs();
    struct epi_runs r = {.society = s,
                         .history = &d,
                         .scenario = &sc,
                         .seed = 1,
                         .runs = 1,
                         .threads = 1,
                         .fs = &epi_io_real()->fs,
                         .dir = epi_test_dir(a),
                         .first = epi_date_ymd(2021, 11, 17)};
    struct epi_err e = {0};
    struct epi_findings f;
    bool done;
    CHECK_INT(epi_runs_do(a, &r, &done, &e), EPI_INVALID);
    CHECK_STR(epi_str_of(e.code), EPI_S("scenario.packs-needed"));
    epi_findings_init(&f, a, 10);
    CHECK_INT(epi_scenario_read(a, EPI_S("{\"level\":{\"by\":\"law\"}}"), &sc, &f, NULL),
              EPI_INVALID);
    epi_society_free(s);
}
