// SPDX-License-Identifier: AGPL-3.0-or-later
#include "base/test.h"
#include "level/level.h"
#include <math.h>

static struct epi_policies *packs(struct epi_arena *a)
{
    struct epi_policy_file *files = NULL;
    struct epi_policies *set = NULL;
    size_t n = 0;
    if (epi_policies_read(a, &epi_io_real()->fs, epi_test_repo(a, "policies"), &files, &n, NULL) !=
            EPI_OK ||
        epi_policies_load(a, files, n, &set, NULL, NULL) != EPI_OK)
        return NULL;
    return set;
}

static const struct epi_level_query any = {.disease = EPI_SC("covid-19")};

static struct epi_level_of full(double rate, double coverage)
{
    return (struct epi_level_of){.rate = epi_fact_number(rate),
                                 .coverage = epi_fact_number(coverage),
                                 .full_elderly = epi_fact_number(100),
                                 .capacity = epi_fact_bool(true),
                                 .date = epi_date_ymd(2021, 12, 16),
                                 .previous = EPI_LEVEL_NONE};
}

/* Anchors: figures published by HCMC with the level published beside them. */
TEST(published_figures_of_a_city_give_the_published_levels)
{
    static const struct {
        int week_before, week, level, band;
        epi_date date;
        double rate;
        const char *why;
    } rows[] = {
        {1802, 895, 1, 1, {19018}, 14.7, "week to 27/01/2022, the day before 218"},
        {4087, 3244, 1, 2, {18998}, 40.0, "week to 06/01/2022"},
        {7527, 7527, 2, 3, {18977}, 82.1, "7,527 cases in the week 10-16/12/2021"},
    };
    EPI_ARENA_LOCAL(a);
    struct epi_policies *set = packs(a);
    CHECK(set != NULL);
    for (size_t i = 0; i < EPI_COUNT(rows); i++) {
        int32_t days[14] = {0};
        days[3] = rows[i].week_before;
        days[10] = rows[i].week;
        const struct epi_level_fact facts[] = {
            {.name = EPI_S("coverage_one_dose"), .type = EPI_VALUE_NUMBER, .number = 100},
            {.name = EPI_S("coverage_full_elderly"), .type = EPI_VALUE_NUMBER, .number = 100},
            {.name = EPI_S("capacity_ready"), .type = EPI_VALUE_BOOL, .number = 1}};
        struct epi_level_input in = epi_level_input_empty(EPI_S("79"), rows[i].date);
        struct epi_level l;
        in.population = 9.17e6;
        in.community = days;
        in.community_n = 14;
        in.facts = facts;
        in.facts_n = EPI_COUNT(facts);
        CHECK_OK(epi_level_assess(a, set, &any, &in, &l, NULL));
        CHECK_NEAR(l.rate.v, rows[i].rate, 0.05);
        CHECK_NEAR(l.facts[epi_policy_fact_index(epi_policy_pack(l.policy), EPI_S("c1_band"))].v,
                   rows[i].band, 0);
        CHECK_INT(l.level, rows[i].level);
        CHECK_INT(l.state, EPI_LEVEL_DECIDED);
    }
}

TEST(missing_coverage_of_older_people_leaves_the_level_partial_and_is_named)
{
    EPI_ARENA_LOCAL(a);
    struct epi_policies *set = packs(a);
    struct epi_level l;
    CHECK(set != NULL);
    struct epi_level_of of = full(60, 95);
    of.full_elderly = EPI_FACT_UNKNOWN;
    CHECK_OK(epi_level_of(a, set, &any, &of, &l, NULL));
    CHECK_INT(l.level, 2);
    CHECK_INT(l.state, EPI_LEVEL_PARTIAL);
    CHECK_INT(l.lo, 2);
    CHECK_INT(l.hi, 3);
    CHECK_INT(l.missing_n, 1);
    struct epi_slot_info s;
    epi_pack_slot(epi_policy_pack(l.policy), l.missing[0], &s);
    CHECK_STR(s.name, EPI_S("coverage_full_elderly"));
}

TEST(unknown_coverage_is_not_low_coverage)
{
    EPI_ARENA_LOCAL(a);
    struct epi_policies *set = packs(a);
    struct epi_level l;
    CHECK(set != NULL);
    struct epi_level_of of = full(60, 0);
    of.coverage = EPI_FACT_UNKNOWN;
    CHECK_OK(epi_level_of(a, set, &any, &of, &l, NULL));
    CHECK_INT(l.state, EPI_LEVEL_UNDECIDED);
    CHECK_INT(l.level, EPI_LEVEL_NONE);
    CHECK_INT(l.lo, 2);
    CHECK_INT(l.hi, 3);
    of.rate = epi_fact_number(5); /* level 1 whatever the coverage */
    CHECK_OK(epi_level_of(a, set, &any, &of, &l, NULL));
    CHECK_INT(l.level, 1);
    CHECK_INT(l.confidence, EPI_UNVERIFIED);
}

TEST(a_level_is_not_lowered_while_capacity_fails)
{
    EPI_ARENA_LOCAL(a);
    struct epi_policies *set = packs(a);
    struct epi_level l;
    CHECK(set != NULL);
    struct epi_level_of of = full(10, 95);
    of.capacity = epi_fact_bool(false);
    of.previous = 3;
    CHECK_OK(epi_level_of(a, set, &any, &of, &l, NULL));
    CHECK_INT(l.level, 3);
    CHECK(l.held);
    of.previous = 1;
    CHECK_OK(epi_level_of(a, set, &any, &of, &l, NULL));
    CHECK_INT(l.level, 1);
    CHECK(!l.held);
    of.capacity = EPI_FACT_UNKNOWN;
    of.previous = 3;
    CHECK_OK(epi_level_of(a, set, &any, &of, &l, NULL));
    CHECK_INT(l.state, EPI_LEVEL_PARTIAL);
    CHECK_INT(l.level, 1);
    CHECK_INT(l.hi, 3);
}

TEST(the_unverified_raise_is_applied_and_shown_as_unverified)
{
    EPI_ARENA_LOCAL(a);
    struct epi_policies *set = packs(a);
    struct epi_level l;
    CHECK(set != NULL);
    struct epi_level_of of = full(60, 95);
    of.full_elderly = epi_fact_number(60);
    CHECK_OK(epi_level_of(a, set, &any, &of, &l, NULL));
    CHECK_INT(l.base, 2);
    CHECK_INT(l.level, 3);
    CHECK(l.raised);
    CHECK_INT(l.confidence, EPI_UNVERIFIED);
    EPI_BUF_LOCAL(b, 1 << 16);
    struct epi_jw w = EPI_JW(&b);
    epi_level_json(&w, &l, EPI_LEVEL_FULL, EPI_VI);
    const epi_json *j = NULL;
    CHECK_OK(epi_json_parse(a, epi_buf_str(&b), 1 << 20, &j, NULL));
    CHECK(epi_json_bool(j, "unverified", false));
    CHECK_STR(epi_json_text(j, "rule", EPI_NIL), EPI_S("vn-4800/matrix/m3-c70"));
    CHECK_INT(epi_json_int(j, "level", 0), 3);
    CHECK_NEAR(epi_json_real(epi_json_get(epi_json_get(j, "criteria"), "c1"), "rate", 0), 60, 0);
    CHECK_INT(epi_json_int(epi_json_get(epi_json_get(j, "criteria"), "c1"), "c1_band", 0), 3);
    CHECK(epi_json_get(epi_json_get(j, "evidence"), "explain") != NULL);
}

TEST(a_day_without_a_report_is_not_a_day_without_cases)
{
    EPI_ARENA_LOCAL(a);
    struct epi_policies *set = packs(a);
    struct epi_level l;
    CHECK(set != NULL);
    int32_t days[14] = {0};
    struct epi_level_input in = epi_level_input_empty(EPI_S("u"), epi_date_ymd(2021, 11, 17));
    in.population = 10000;
    in.community = days;
    in.community_n = 14;
    CHECK_OK(epi_level_assess(a, set, &any, &in, &l, NULL));
    CHECK(l.rate.known && l.rate.v == 0);
    days[5] = EPI_LEVEL_NOT_REPORTED;
    CHECK_OK(epi_level_assess(a, set, &any, &in, &l, NULL));
    CHECK(!l.rate.known);
    CHECK_INT(l.days_reported, 13);
    CHECK_INT(l.state, EPI_LEVEL_UNDECIDED);
    days[5] = 0;
    in.population = 0;
    CHECK_OK(epi_level_assess(a, set, &any, &in, &l, NULL));
    CHECK(!l.rate.known);
}

TEST(the_rules_of_the_date_decide_and_a_switched_off_policy_refuses)
{
    EPI_ARENA_LOCAL(a);
    struct epi_policies *set = packs(a);
    struct epi_level l;
    struct epi_err err = {0};
    CHECK(set != NULL);
    struct epi_level_of of = full(700, 95);
    of.date = epi_date_ymd(2022, 3, 1);
    CHECK_OK(epi_level_of(a, set, &any, &of, &l, NULL));
    CHECK_INT(l.state, EPI_LEVEL_REFUSED);
    CHECK_INT(l.level, EPI_LEVEL_NONE);
    struct epi_level_query named = {.policy_id = EPI_S("vn-4800")};
    CHECK_OK(epi_level_of(a, set, &named, &of, &l, NULL));
    CHECK_INT(l.level, 3);
    CHECK(l.outside_validity);
    named.policy_id = EPI_S("vn-128");
    CHECK_INT(epi_level_of(a, set, &named, &of, &l, &err), EPI_INVALID);
    named.policy_id = EPI_S("nothing");
    CHECK_INT(epi_level_of(a, set, &named, &of, &l, &err), EPI_NOT_FOUND);
    of.date = epi_date_ymd(1990, 1, 1);
    CHECK_INT(epi_level_of(a, set, &any, &of, &l, &err), EPI_NOT_FOUND);
    CHECK(epi_str_eqz(epi_str_of(err.code), "level.no-policy"));
}

TEST(events_decide_before_rates_did)
{
    EPI_ARENA_LOCAL(a);
    struct epi_policies *set = packs(a);
    struct epi_level l;
    CHECK(set != NULL);
    const struct epi_level_fact facts[] = {
        {.name = EPI_S("cluster_no_source"), .type = EPI_VALUE_BOOL, .number = 1}};
    struct epi_level_input in = epi_level_input_empty(EPI_S("u"), epi_date_ymd(2021, 8, 1));
    in.facts = facts;
    in.facts_n = 1;
    CHECK_OK(epi_level_assess(a, set, &any, &in, &l, NULL));
    CHECK_INT(l.level, 4);
    CHECK_STR(l.rule, EPI_S("vn-2686/events/red-cluster"));
}

TEST(another_disease_uses_the_default_pack)
{
    EPI_ARENA_LOCAL(a);
    struct epi_policies *set = packs(a);
    struct epi_level l;
    CHECK(set != NULL);
    struct epi_level_query q = {.disease = EPI_S("measles")};
    const struct epi_level_fact facts[] = {
        {.name = EPI_S("capacity"), .type = EPI_VALUE_WORD, .word = EPI_S("limited")}};
    struct epi_level_input in = epi_level_input_empty(EPI_S("u"), epi_date_ymd(2024, 8, 1));
    in.facts = facts;
    in.facts_n = 1;
    in.rate = epi_fact_number(0);
    CHECK_OK(epi_level_assess(a, set, &q, &in, &l, NULL));
    CHECK_INT(l.level, 1);
    CHECK_INT(l.confidence, EPI_UNVERIFIED);
}

TEST(an_impossible_figure_is_refused_and_named)
{
    EPI_ARENA_LOCAL(a);
    struct epi_policies *set = packs(a);
    struct epi_level l;
    struct epi_err err = {0};
    CHECK(set != NULL);
    struct epi_level_of of = full(10, 101);
    CHECK_INT(epi_level_of(a, set, &any, &of, &l, &err), EPI_INVALID);
    CHECK_STR(epi_str_of(err.arg1), EPI_S("coverage_one_dose"));
    of = full(-1, 90);
    CHECK_INT(epi_level_of(a, set, &any, &of, &l, &err), EPI_INVALID);
    of = full((double)NAN, 90);
    CHECK_INT(epi_level_of(a, set, &any, &of, &l, &err), EPI_INVALID);
}

TEST(the_province_may_set_a_level_and_the_computed_one_stays_visible)
{
    EPI_ARENA_LOCAL(a);
    struct epi_policies *set = packs(a);
    struct epi_level l;
    CHECK(set != NULL);
    struct epi_level_input in = epi_level_input_empty(EPI_S("u"), epi_date_ymd(2021, 12, 1));
    in.rate = epi_fact_number(44);
    const struct epi_level_fact facts[] = {
        {.name = EPI_S("coverage_one_dose"), .type = EPI_VALUE_NUMBER, .number = 95}};
    in.facts = facts;
    in.facts_n = 1;
    in.override_level = 2;
    CHECK_INT(epi_level_assess(a, set, &any, &in, &l, NULL), EPI_INVALID); /* a reason is needed */
    in.override_reason = EPI_S("dense old town");
    CHECK_OK(epi_level_assess(a, set, &any, &in, &l, NULL));
    CHECK_INT(l.level, 2);
    CHECK_INT(l.computed, 1);
}

PROPERTY(a_higher_rate_never_lowers_and_more_coverage_never_raises, 200)
{
    EPI_ARENA_LOCAL(a);
    struct epi_policies *set = packs(a);
    struct epi_level l1, l2;
    CHECK(set != NULL);
    double r1 = (double)epi_rng_below(rng, 200), r2 = r1 + (double)epi_rng_below(rng, 200);
    double c = (double)epi_rng_below(rng, 101),
           c2 = c + (double)epi_rng_below(rng, (uint64_t)(101 - c));
    struct epi_level_of of = full(r1, c);
    of.full_elderly = epi_fact_number((double)epi_rng_below(rng, 101));
    of.previous = (int)epi_rng_between(rng, -1, 4);
    of.capacity =
        epi_rng_chance(rng, 0.3) ? EPI_FACT_UNKNOWN : epi_fact_bool(epi_rng_chance(rng, 0.5));
    CHECK_OK(epi_level_of(a, set, &any, &of, &l1, NULL));
    of.rate = epi_fact_number(r2);
    CHECK_OK(epi_level_of(a, set, &any, &of, &l2, NULL));
    CHECK(l2.level >= l1.level);
    of.coverage = epi_fact_number(c2);
    CHECK_OK(epi_level_of(a, set, &any, &of, &l1, NULL));
    CHECK(l1.level <= l2.level);
    CHECK(l1.lo <= l1.level && l1.level <= l1.hi);
}

PROPERTY(a_missing_fact_added_never_changes_a_decided_level, 200)
{
    EPI_ARENA_LOCAL(a);
    struct epi_policies *set = packs(a);
    struct epi_level less, more;
    CHECK(set != NULL);
    struct epi_level_of of = full((double)epi_rng_below(rng, 200), (double)epi_rng_below(rng, 101));
    of.full_elderly = epi_fact_number((double)epi_rng_below(rng, 101));
    of.capacity = epi_fact_bool(epi_rng_chance(rng, 0.5));
    of.previous = (int)epi_rng_between(rng, 1, 4);
    CHECK_OK(epi_level_of(a, set, &any, &of, &more, NULL));
    struct epi_fact *facts[] = {&of.rate, &of.coverage, &of.full_elderly, &of.capacity};
    for (size_t i = 0; i < EPI_COUNT(facts); i++) {
        if (epi_rng_chance(rng, 0.4))
            *facts[i] = EPI_FACT_UNKNOWN;
    }
    CHECK_OK(epi_level_of(a, set, &any, &of, &less, NULL));
    CHECK(less.lo <= more.level && more.level <= less.hi);
    CHECK(less.state != EPI_LEVEL_DECIDED || less.level == more.level);
}

/* The batch and the single assessment are two ways to the same answer. */
PROPERTY(the_batch_agrees_with_single_assessments, 12)
{
    enum { UNITS = 4, DAYS = 60 };
    EPI_ARENA_LOCAL(a);
    struct epi_policies *set = packs(a);
    CHECK(set != NULL);
    int32_t cases[UNITS * DAYS];
    double population[UNITS];
    float coverage[UNITS * DAYS], elderly[UNITS], ready[UNITS];
    for (size_t u = 0; u < UNITS; u++) {
        population[u] = (double)epi_rng_between(rng, u == 0 ? 0 : 500, 50000);
        elderly[u] = epi_rng_chance(rng, 0.2) ? NAN : (float)epi_rng_below(rng, 101);
        ready[u] = epi_rng_chance(rng, 0.2) ? NAN : (float)epi_rng_below(rng, 2);
        for (size_t d = 0; d < DAYS; d++) {
            cases[u * DAYS + d] = epi_rng_chance(rng, 0.01) ? EPI_LEVEL_NOT_REPORTED
                                                            : (int32_t)epi_rng_below(rng, 12);
            coverage[u * DAYS + d] =
                epi_rng_chance(rng, 0.1) ? NAN : (float)(40 + epi_rng_below(rng, 60));
        }
    }
    const struct epi_level_column cols[] = {{EPI_S("coverage_one_dose"), coverage, true},
                                            {EPI_S("coverage_full_elderly"), elderly, false},
                                            {EPI_S("capacity_ready"), ready, false}};
    struct epi_level_columns in = {.units_n = UNITS,
                                   .days_n = DAYS,
                                   .first = epi_date_ymd(2021, 9, 20),
                                   .community = cases,
                                   .population = population,
                                   .facts = cols,
                                   .facts_n = 3};
    struct epi_level_cell cells[UNITS * DAYS];
    CHECK_OK(epi_level_batch(a, set, &any, &in, cells, NULL));
    for (size_t u = 0; u < UNITS; u++) {
        int previous = EPI_LEVEL_NONE;
        for (size_t d = 0; d < DAYS; d++) {
            struct epi_level_fact facts[3];
            const float v[] = {coverage[u * DAYS + d], elderly[u], ready[u]};
            struct epi_level_input one =
                epi_level_input_empty(EPI_NIL, epi_date_plus(in.first, (epi_days){(int32_t)d}));
            struct epi_level l;
            for (size_t f = 0; f < 3; f++) {
                if (!isnan(v[f]))
                    facts[one.facts_n++] =
                        (struct epi_level_fact){.name = cols[f].name,
                                                .number = (double)v[f],
                                                .type = f == 2 ? EPI_VALUE_BOOL : EPI_VALUE_NUMBER};
            }
            one.facts = facts;
            one.population = population[u];
            one.community = &cases[u * DAYS];
            one.community_n = d + 1;
            one.previous = previous;
            CHECK_OK(epi_level_assess(a, set, &any, &one, &l, NULL));
            const struct epi_level_cell *c = &cells[u * DAYS + d];
            CHECK_INT(c->level, l.level);
            CHECK_INT((c->flags & EPI_CELL_PARTIAL) != 0, l.state == EPI_LEVEL_PARTIAL);
            CHECK_INT((c->flags & EPI_CELL_HELD) != 0, l.held);
            CHECK_INT((c->flags & EPI_CELL_UNVERIFIED) != 0,
                      l.level >= 0 && l.confidence == EPI_UNVERIFIED);
            if (l.level != EPI_LEVEL_NONE)
                previous = l.level;
        }
    }
}

TEST(a_level_reads_well_in_both_languages)
{
    EPI_ARENA_LOCAL(a);
    struct epi_policies *set = packs(a);
    struct epi_level l;
    CHECK(set != NULL);
    struct epi_level_of of = full(14.7, 95);
    of.capacity = EPI_FACT_UNKNOWN;
    CHECK_OK(epi_level_of(a, set, &any, &of, &l, NULL));
    EPI_BUF_LOCAL(vi, 1 << 16);
    EPI_BUF_LOCAL(en, 1 << 16);
    epi_level_text(&vi, &l, EPI_VI);
    epi_level_text(&en, &l, EPI_EN);
    CHECK(epi_str_starts(epi_buf_str(&vi),
                         EPI_S("16/12/2021: cấp độ 1\n4800/QĐ-BYT (vn), vn-4800/matrix/m1-c70\n")));
    CHECK(epi_str_starts(epi_buf_str(&en), EPI_S("16/12/2021: level 1\n")));
    CHECK(epi_str_find(epi_buf_str(&en), EPI_S("Plans for treatment"), 0) != SIZE_MAX);
}
