// SPDX-License-Identifier: AGPL-3.0-or-later
/* Every pack of the repository loads without a finding, and its examples hold. */
#include "base/test.h"
#include "policy/policy.h"
#include <stdio.h>

static struct epi_policies *load_all(struct epi_arena *a)
{
    struct epi_policy_file *files = NULL;
    struct epi_policies *set = NULL;
    struct epi_findings f;
    struct epi_err err = {0};
    size_t n = 0;
    epi_findings_init(&f, a, 0);
    const char *dir = epi_test_repo(a, "policies");
    if (epi_policies_read(a, &epi_io_real()->fs, dir, &files, &n, &err) != EPI_OK)
        return NULL;
    epi_status s = epi_policies_load(a, files, n, &set, &f, &err);
    for (size_t i = 0; i < f.n; i++)
        fprintf(stderr, "    %.*s: %.*s\n", EPI_FMT(f.list[i].field),
                EPI_FMT(epi_finding_text(a, &f.list[i], EPI_EN)));
    return s == EPI_OK && f.n == 0 ? set : NULL;
}

TEST(every_pack_of_the_repository_loads_without_a_finding)
{
    EPI_ARENA_LOCAL(a);
    struct epi_policies *set = load_all(a);
    CHECK(set != NULL);
    CHECK(epi_policies_count(set) >= 18);
}

TEST(the_examples_of_every_pack_hold)
{
    EPI_ARENA_LOCAL(a);
    struct epi_policies *set = load_all(a);
    struct epi_findings f;
    CHECK(set != NULL);
    epi_findings_init(&f, a, 0);
    size_t run = epi_policies_check(set, &f);
    for (size_t i = 0; i < f.n; i++)
        fprintf(stderr, "    %.*s: %.*s\n", EPI_FMT(f.list[i].field),
                EPI_FMT(epi_finding_text(a, &f.list[i], EPI_EN)));
    CHECK_INT(f.n, 0);
    CHECK(run >= 60);
}

TEST(the_pack_in_force_changes_with_the_date_and_the_disease)
{
    static const struct {
        epi_policy_kind kind;
        const char *date, *disease, *id, *why;
    } rows[] = {
        {EPI_KIND_LEVEL, "2021-10-11", "covid-19", "vn-2686", "last day of the colours"},
        {EPI_KIND_LEVEL, "2021-10-12", "covid-19", "vn-4800", "first day of 4800"},
        {EPI_KIND_LEVEL, "2022-01-26", "covid-19", "vn-4800", "last day of 4800"},
        {EPI_KIND_LEVEL, "2022-01-27", "covid-19", "vn-218", "218 is chosen although it refuses"},
        {EPI_KIND_LEVEL, "2021-11-17", "measles", "who-level", "another disease has the default"},
        {EPI_KIND_CONTACT_DUTY, "2021-12-15", "covid-19", "vn-5599", "last day"},
        {EPI_KIND_CONTACT_DUTY, "2021-12-16", "covid-19", "vn-10696", "first day"},
        {EPI_KIND_CONTACT_DUTY, "2022-02-21", "covid-19", "vn-762", "first day"},
        {EPI_KIND_CONTACT_DUTY, "2015-05-20", "mers", "who-contact", "default"},
        {EPI_KIND_CASE_DEFINITION, "2022-04-15", "covid-19", "who-case", "after 11042"},
        {EPI_KIND_MEASURES, "2021-09-01", "covid-19", NULL, "before Resolution 128"},
    };
    EPI_ARENA_LOCAL(a);
    struct epi_policies *set = load_all(a);
    CHECK(set != NULL);
    for (size_t i = 0; i < EPI_COUNT(rows); i++) {
        struct epi_policy_query q = {.kind = rows[i].kind, .disease = epi_str_of(rows[i].disease)};
        CHECK(epi_date_parse_iso(epi_str_of(rows[i].date), &q.date));
        const struct epi_pack *p = epi_policy_find(set, &q);
        struct epi_pack_info info = {.id = EPI_NIL};
        if (p)
            epi_pack_get(p, &info);
        CHECK_STR(info.id, epi_str_of(rows[i].id));
    }
}

TEST(an_overlay_of_a_named_authority_comes_first_and_others_do_not_count)
{
    EPI_ARENA_LOCAL(a);
    struct epi_policies *set = load_all(a);
    CHECK(set != NULL);
    const epi_str order[] = {EPI_S("vn-dak-lak"), EPI_S("who-default"), EPI_S("vn")};
    struct epi_policy_query q = {.kind = EPI_KIND_LEVEL,
                                 .disease = EPI_S("covid-19"),
                                 .date = epi_date_ymd(2021, 11, 17),
                                 .authorities = order,
                                 .authorities_n = 3};
    CHECK(epi_policy_find(set, &q) == epi_policy_by_id(set, EPI_S("who-level")));
    q.authorities_n = 1;
    CHECK(epi_policy_find(set, &q) == NULL);
}

TEST(a_disabled_pack_loads_and_refuses_to_decide)
{
    EPI_ARENA_LOCAL(a);
    struct epi_policies *set = load_all(a);
    CHECK(set != NULL);
    const struct epi_pack *p = epi_policy_by_id(set, EPI_S("vn-218"));
    CHECK(p != NULL);
    struct epi_policy *b = epi_policy_bind(a, p, epi_date_ymd(2022, 3, 1), EPI_S("covid-19"));
    struct epi_fact facts[EPI_POLICY_SLOTS_MAX] = {{false, 0}};
    struct epi_decision d[EPI_POLICY_TABLES_MAX];
    facts[epi_policy_fact_index(p, EPI_S("rate"))] = epi_fact_number(700);
    epi_policy_run(b, facts, d);
    CHECK_INT(d[0].state, EPI_REFUSED);
    CHECK(!d[0].out[0].value.known);
}

TEST(a_parameter_changes_on_its_day)
{
    EPI_ARENA_LOCAL(a);
    struct epi_policies *set = load_all(a);
    CHECK(set != NULL);
    const struct epi_pack *p = epi_policy_by_id(set, EPI_S("vn-4800"));
    struct epi_policy *oct = epi_policy_bind(a, p, epi_date_ymd(2021, 10, 31), EPI_S("covid-19"));
    struct epi_policy *nov = epi_policy_bind(a, p, epi_date_ymd(2021, 11, 1), EPI_S("covid-19"));
    CHECK_NEAR(epi_policy_param(oct, EPI_S("elderly_age")).v, 65, 0);
    CHECK_NEAR(epi_policy_param(nov, EPI_S("elderly_age")).v, 50, 0);
    CHECK(!epi_policy_param(nov, EPI_S("no-such")).known);
    CHECK(!epi_policy_same(oct, nov));
    CHECK(
        epi_policy_same(nov, epi_policy_bind(a, p, epi_date_ymd(2021, 12, 1), EPI_S("covid-19"))));
}

TEST(an_unverified_row_shows_in_the_confidence_of_what_follows_from_it)
{
    EPI_ARENA_LOCAL(a);
    struct epi_policies *set = load_all(a);
    CHECK(set != NULL);
    const struct epi_pack *p = epi_policy_by_id(set, EPI_S("vn-4800"));
    struct epi_policy *b = epi_policy_bind(a, p, epi_date_ymd(2021, 11, 17), EPI_S("covid-19"));
    struct epi_fact facts[EPI_POLICY_SLOTS_MAX] = {{false, 0}};
    struct epi_decision d[EPI_POLICY_TABLES_MAX];
    size_t matrix = (size_t)epi_policy_table_index(p, EPI_S("matrix"));
    facts[epi_policy_fact_index(p, EPI_S("rate"))] = epi_fact_number(60);
    facts[epi_policy_fact_index(p, EPI_S("coverage_one_dose"))] = epi_fact_number(50);
    epi_policy_run(b, facts, d);
    CHECK_INT(epi_policy_confidence(b, matrix, d), EPI_UNVERIFIED);
    facts[epi_policy_fact_index(p, EPI_S("coverage_one_dose"))] = epi_fact_number(90);
    epi_policy_run(b, facts, d);
    CHECK_INT(epi_policy_confidence(b, matrix, d), EPI_SECONDARY);
    EPI_BUF_LOCAL(text, 1 << 16);
    facts[epi_policy_fact_index(p, EPI_S("coverage_one_dose"))] = epi_fact_number(50);
    epi_policy_run(b, facts, d);
    epi_policy_explain_text(&text, b, matrix, facts, &d[matrix], EPI_VI);
    CHECK(epi_str_find(epi_buf_str(&text), EPI_S("CHƯA XÁC MINH"), 0) != SIZE_MAX);
}

static struct epi_fact any_value(struct epi_rng *rng, const struct epi_slot_info *s)
{
    if (s->type == EPI_VALUE_BOOL)
        return epi_fact_bool(epi_rng_chance(rng, 0.5));
    if (s->type == EPI_VALUE_WORD)
        return epi_fact_number((double)epi_rng_below(rng, s->words_n));
    int64_t lo = s->has_min ? (int64_t)s->min : -5, hi = s->has_max ? (int64_t)s->max : 200;
    return epi_fact_number(
        (double)epi_rng_between(rng, lo, epi_rng_chance(rng, 0.5) ? hi : lo + (hi - lo) / 20));
}

/* Adding a missing fact never changes an answer that was given. */
PROPERTY(knowing_more_never_changes_a_decided_answer, 20)
{
    EPI_ARENA_LOCAL(a);
    struct epi_policies *set = load_all(a);
    CHECK(set != NULL);
    for (size_t i = 0; i < epi_policies_count(set); i++) {
        const struct epi_pack *p = epi_policies_at(set, i);
        struct epi_pack_info info;
        epi_pack_get(p, &info);
        struct epi_policy *b = epi_policy_bind(a, p, info.from, EPI_S("covid-19"));
        for (int round = 0; round < 20; round++) {
            struct epi_fact less[EPI_POLICY_SLOTS_MAX] = {{false, 0}},
                            more[EPI_POLICY_SLOTS_MAX] = {{false, 0}};
            struct epi_decision d1[EPI_POLICY_TABLES_MAX], d2[EPI_POLICY_TABLES_MAX];
            for (size_t s = 0; s < info.facts_n; s++) {
                struct epi_slot_info slot;
                epi_pack_slot(p, s, &slot);
                more[s] = any_value(rng, &slot);
                CHECK(epi_fact_fits(p, s, more[s]));
                less[s] = epi_rng_chance(rng, 0.5) ? more[s] : EPI_FACT_UNKNOWN;
            }
            epi_policy_run(b, less, d1);
            epi_policy_run(b, more, d2);
            for (size_t s = info.facts_n; s < info.slots_n; s++)
                CHECK(!less[s].known || (more[s].known && more[s].v == less[s].v));
            for (size_t t = 0; t < info.tables_n; t++)
                CHECK(d1[t].state != EPI_DECIDED || d2[t].state == EPI_DECIDED ||
                      d2[t].state == EPI_NO_ROW);
        }
    }
}

PROPERTY(equal_keys_mean_equal_outcomes, 20)
{
    EPI_ARENA_LOCAL(a);
    struct epi_policies *set = load_all(a);
    CHECK(set != NULL);
    const struct epi_pack *p = epi_policy_by_id(set, EPI_S("vn-4800"));
    struct epi_pack_info info;
    epi_pack_get(p, &info);
    struct epi_policy *b = epi_policy_bind(a, p, epi_date_ymd(2021, 11, 17), EPI_S("covid-19"));
    for (int i = 0; i < 500; i++) {
        struct epi_fact x[EPI_POLICY_SLOTS_MAX] = {{false, 0}},
                        y[EPI_POLICY_SLOTS_MAX] = {{false, 0}};
        struct epi_decision d[EPI_POLICY_TABLES_MAX];
        uint64_t kx, ky;
        for (size_t s = 0; s < info.facts_n; s++) {
            x[s] = epi_rng_chance(rng, 0.2) ? EPI_FACT_UNKNOWN
                                            : epi_fact_number((double)epi_rng_below(rng, 160));
            y[s] = epi_rng_chance(rng, 0.2) ? EPI_FACT_UNKNOWN
                                            : epi_fact_number((double)epi_rng_below(rng, 160));
        }
        CHECK(epi_policy_key(b, x, &kx) && epi_policy_key(b, y, &ky));
        epi_policy_run(b, x, d);
        epi_policy_run(b, y, d);
        for (size_t s = info.facts_n; kx == ky && s < info.slots_n; s++)
            CHECK(x[s].known == y[s].known && (!x[s].known || x[s].v == y[s].v));
    }
}

/* The pack in docs/policy-packs.md is a pack. */
TEST(the_example_in_the_documentation_loads)
{
    EPI_ARENA_LOCAL(a);
    epi_str doc;
    struct epi_findings f;
    struct epi_policies *set = NULL;
    const struct epi_fs *fs = &epi_io_real()->fs;
    CHECK_OK(fs->read(fs->ctx, a, epi_test_repo(a, "docs/policy-packs.md"), 1 << 20, &doc, NULL));
    size_t from = epi_str_find(doc, EPI_S("```json\n"), 0) + 8;
    size_t to = epi_str_find(doc, EPI_S("\n```"), from);
    struct epi_policy_file file = {EPI_S("xx/level/2021-10-12/pack.json"),
                                   epi_str_sub(doc, from, to - from)};
    epi_findings_init(&f, a, 0);
    epi_status s = epi_policies_load(a, &file, 1, &set, &f, NULL);
    CHECK_INT(f.n, 0);
    CHECK_OK(s);
    CHECK_INT(epi_policies_check(set, &f), 1);
    CHECK_INT(f.n, 0);
}
