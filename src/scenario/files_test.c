// SPDX-License-Identifier: AGPL-3.0-or-later
#include "scenario/test_society.h"

static bool has(const struct epi_findings *f, const char *code)
{
    for (size_t i = 0; i < f->n; i++)
        if (epi_str_eqz(epi_str_of(f->list[i].code), code))
            return true;
    return false;
}
TEST(a_scenario_file_reads_back_what_was_written)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct epi_findings f;
    epi_findings_init(&f, a, 0);
    struct epi_scenario s = epi_scenario_plain(), back = epi_scenario_plain();
    CHECK_OK(epi_scenario_read(
        a,
        EPI_S("{\"title\": \"Thử\", \"days\": 60, \"trace\": {\"rings\": 2, \"home\": 0.9,"
              " \"when\": {\"from\": 5}}, \"isolate\": {\"days\": 14},"
              " \"measures\": {\"school\": {\"3\": 0.5}}, \"arrive\": {\"tested\": true}}"),
        &s, &f, NULL));
    CHECK_INT(s.days, 60);
    CHECK_INT(s.trace.rings, 2);
    CHECK_INT(s.trace.when.from, 5);
    CHECK_NEAR(s.measures.school[3], 0.5, 0);
    CHECK(s.arrive.tested);
    EPI_BUF_LOCAL(b, 1 << 20);
    EPI_BUF_LOCAL(c, 1 << 20);
    struct epi_jw w = EPI_JW(&b), v = EPI_JW(&c);
    epi_scenario_json(&w, &s);
    CHECK_OK(epi_scenario_read(a, epi_buf_str(&b), &back, &f, NULL));
    epi_scenario_json(&v, &back);
    CHECK_STR(epi_buf_str(&c), epi_buf_str(&b));
    CHECK_INT(f.n, 0);
}
TEST(a_scenario_file_is_refused_with_all_its_faults_at_once)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct epi_findings f;
    epi_findings_init(&f, a, 0);
    struct epi_scenario s = epi_scenario_plain();
    epi_status status = epi_scenario_read(
        a,
        EPI_S(
            "{\"days\": 0, \"care\": {\"beds\": -3}, \"trace\": {\"rings\": 1.5, \"colour\": 1},"
            " \"seek\": {\"share\": 1.2, \"when\": {\"from\": 9, \"to\": 4}}, \"measures\": 3,"
            " \"start\": {\"doses_one\": 0.7, \"doses_full\": 0.6}, \"arrive\": {\"tested\": 1}}"),
        &s, &f, NULL);
    CHECK_INT(status, EPI_INVALID);
    CHECK_INT(s.days, 150); /* nothing is taken of a refused file */
    CHECK(has(&f, "scenario.range"));
    CHECK(has(&f, "scenario.whole"));
    CHECK(has(&f, "scenario.unknown"));
    CHECK(has(&f, "scenario.ends-before"));
    CHECK(has(&f, "scenario.group"));
    CHECK(has(&f, "scenario.sum-above-one"));
    CHECK(has(&f, "scenario.yes-no"));
}
TEST(every_lever_and_every_group_has_a_name_in_both_languages)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    const struct epi_lever *levers;
    size_t n = epi_levers(&levers);
    struct epi_lever_words words;
    CHECK(n > 100);
    for (size_t i = 0; i < n; i++) {
        epi_str path = epi_str_of(levers[i].path);
        size_t dot = epi_str_find(path, EPI_S("."), 0);
        if (!epi_lever_words(levers[i].path, &words) || !words.label[0][0] || !words.label[1][0])
            epi_test_fail(__FILE__, __LINE__, "no words for %s", levers[i].path);
        if (dot != SIZE_MAX)
            CHECK(epi_lever_group_words(epi_str_cz(a, epi_str_sub(path, 0, dot)), &words));
    }
    for (size_t i = 0; i < n; i++)
        if (levers[i].word) {
            CHECK(epi_lever_choice_words(levers[i].path, "", &words) && words.label[1][0]);
            CHECK(epi_lever_choice_words(levers[i].path, levers[i].word, &words));
            CHECK(words.label[0][0] && words.label[1][0]);
        }
    CHECK(!epi_lever_choice_words("level.by", "packs", &words));
    CHECK(!epi_lever_words("trace.colour", &words));
    CHECK(!epi_lever_group_words("colour", &words));
}
TEST(every_disease_with_simulation_parameters_is_read_and_spreads)
{
    USES_NO_RNG;
    static const char *const names[] = {"covid-19", "measles", "cholera", "diphtheria",
                                        "influenza"};
    struct epi_society *s = province(3000, 6);
    for (size_t i = 0; i < EPI_COUNT(names); i++) {
        EPI_ARENA_LOCAL(a);
        struct epi_findings f;
        epi_findings_init(&f, a, 0);
        epi_str text, path = epi_str_printf(a, "data/diseases/%s.json", names[i]);
        struct epi_natural_history d;
        const struct epi_fs *fs = &epi_io_real()->fs;
        epi_status status = fs->read(fs->ctx, a, epi_test_repo(a, path.p), 1 << 20, &text, NULL);
        if (status == EPI_OK)
            status = epi_natural_history_read(a, text, &d, &f, NULL);
        if (status != EPI_OK || f.n > 0) {
            epi_test_fail(__FILE__, __LINE__, "%s: %.*s", names[i],
                          EPI_FMT(f.n ? epi_finding_text(a, &f.list[0], EPI_EN) : EPI_NIL));
            epi_society_free(s);
            return;
        }
        struct epi_scenario sc = epi_scenario_plain();
        sc.start.infected = 20;
        struct epi_world *w = world_of(s, &d, &sc, 1, 1);
        run_all(w);
        uint64_t n = epi_world_infections(w);
        epi_world_free(w);
        if (n < 100) {
            epi_test_fail(__FILE__, __LINE__, "%s infected %d", names[i], (int)n);
            break;
        }
    }
    epi_society_free(s);
}
TEST(a_province_of_the_pack_becomes_a_society_with_its_census)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct epi_units *u = NULL;
    struct epi_findings f;
    epi_findings_init(&f, a, 0);
    const struct epi_fs *fs = &epi_io_real()->fs;
    CHECK_OK(epi_units_load(fs, epi_test_repo(a, "data/packs/vn"), &u, &f, NULL));
    int32_t top = epi_units_by_path(u, EPI_S("vn/11/"));
    struct epi_society *s = NULL;
    epi_status status =
        epi_society_of_units(u, fs, top, epi_date_ymd(2021, 11, 17), 1, 1, &s, &f, NULL);
    int64_t people = status == EPI_OK ? epi_society_people(s) : 0, under_15 = 0, homes = 0;
    uint32_t places = status == EPI_OK ? epi_society_places(s) : 0;
    for (uint32_t p = 0; p < (uint32_t)people; p++) {
        uint32_t first, n;
        epi_society_home(s, p, &first, &n);
        homes += first == p;
        under_15 += epi_society_age(s, p) < 15;
    }
    int64_t want = epi_units_at(u, top)->population, young = 0,
            households = epi_units_at(u, top)->households;
    for (int b = 0; b < 3; b++)
        young += epi_units_ages(u, top)[b];
    epi_society_free(s);
    epi_units_free(u);
    CHECK_OK(status);
    CHECK_INT(places, 129);
    CHECK_NEAR((double)people / (double)want, 1, 0.001);
    CHECK_NEAR((double)under_15 / (double)young, 1, 0.01);
    CHECK_NEAR((double)homes / (double)households, 1, 0.03);
}
TEST(impossible_populations_are_refused)
{
    USES_NO_RNG;
    struct epi_mixing m = even_mixing(0, 0, 5);
    struct epi_society_options o = lonely_options();
    struct epi_place p = even_place(100, "x/");
    struct epi_society *s = NULL;
    CHECK_INT(epi_society_build(&p, 0, &m, &o, 1, &s, NULL), EPI_INVALID);
    p.ages[3] = -1;
    CHECK_INT(epi_society_build(&p, 1, &m, &o, 1, &s, NULL), EPI_INVALID);
    p = even_place(0, "x/");
    CHECK_INT(epi_society_build(&p, 1, &m, &o, 1, &s, NULL), EPI_INVALID);
    p.ages[0] = (int64_t)1 << 33;
    CHECK_INT(epi_society_build(&p, 1, &m, &o, 1, &s, NULL), EPI_LIMIT);
}
