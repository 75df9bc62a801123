// SPDX-License-Identifier: AGPL-3.0-or-later
#include "base/test.h"
#include "catalogue/catalogue.h"

struct checking {
    struct epi_arena *a;
    const struct epi_catalogue *c;
    struct epi_findings f;
    struct epi_record *r;
    epi_date today;
};

static void begin(struct checking *t, struct epi_arena *a, uint16_t kind)
{
    *t = (struct checking){.a = a, .today = epi_date_ymd(2021, 11, 17)};
    EPI_ASSERT(epi_catalogue_new(a, EPI_NIL, &t->c, NULL, NULL) == EPI_OK);
    epi_findings_init(&t->f, a, 0);
    t->r = epi_record_new(a, t->c, kind);
}

/* The one finding of a check is this code at this field. */
static bool only_finding(struct checking *t, const char *code, const char *field)
{
    epi_findings_init(&t->f, t->a, 0);
    bool ok = epi_record_check(t->c, t->r, t->today, 7, NULL, &t->f);
    return !ok && t->f.n == 1 && strcmp(t->f.list[0].code, code) == 0 &&
           epi_str_eqz(t->f.list[0].field, field) && t->f.list[0].row == 7 &&
           epi_finding_text(t->a, &t->f.list[0], EPI_VI).n > 10;
}

static epi_str text_of(struct epi_arena *a, size_t n)
{
    char *p = EPI_ARRAY(a, n + 1, char);
    memset(p, 'a', n);
    return (epi_str){p, n};
}

TEST(a_case_with_nothing_wrong_passes)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct checking t;
    begin(&t, a, EPI_K_CASE);
    t.r->v[EPI_CASE_UNIT] = epi_v_text(EPI_S("vn/11/094/"));
    t.r->v[EPI_CASE_ONSET] = epi_v_date(t.today);
    t.r->v[EPI_CASE_SAMPLED] = t.r->v[EPI_CASE_RESULTED] = epi_v_date(t.today);
    t.r->v[EPI_CASE_CLASSIFICATION] = epi_v_text(EPI_S("confirmed"));
    t.r->v[EPI_CASE_AGE] = epi_v_int(130);
    t.r->v[EPI_CASE_LATE_LOAD] = epi_v_int(1);
    CHECK(epi_record_check(t.c, t.r, t.today, 0, NULL, &t.f));
    CHECK_INT(t.f.n, 0);
}

TEST(each_rule_of_a_value_has_its_finding)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct checking t;
    begin(&t, a, EPI_K_CASE);
    struct epi_value day = epi_v_date(t.today);
    struct {
        uint16_t field;
        struct epi_value v;
        const char *code, *name;
    } rows[] = {
        {EPI_CASE_ONSET, epi_v_text(EPI_S("2021-11-01")), "field.wrong-type", "onset"},
        {EPI_CASE_CODE, epi_v_int(3), "field.wrong-type", "code"},
        {EPI_CASE_LATE_LOAD, epi_v_int(2), "field.wrong-type", "late_load"},
        {EPI_CASE_CODE, epi_v_text(text_of(a, 65)), "field.too-long", "code"},
        {EPI_CASE_CODE, epi_v_text(EPI_S("\xff\xfe")), "field.not-utf8", "code"},
        {EPI_CASE_SEVERITY, epi_v_text(EPI_S("awful")), "field.unknown-word", "severity"},
        {EPI_CASE_UNIT, epi_v_text(EPI_S("/vn/")), "field.not-a-unit", "unit"},
        {EPI_CASE_UNIT, epi_v_text(EPI_S("vn//11/")), "field.not-a-unit", "unit"},
        {EPI_CASE_UNIT, epi_v_text(EPI_S("vn/11")), "field.not-a-unit", "unit"},
        {EPI_CASE_AGE, epi_v_int(131), "field.out-of-range", "age"},
        {EPI_CASE_AGE, epi_v_int(-1), "field.out-of-range", "age"},
        {EPI_CASE_ONSET, epi_v_int(-40000), "field.date-implausible", "onset"},
        {EPI_CASE_ONSET, epi_v_int(90000), "field.date-implausible", "onset"},
        {EPI_CASE_ONSET, epi_v_int(day.i + 1), "field.date-in-future", "onset"},
    };
    for (size_t i = 0; i < EPI_COUNT(rows); i++) {
        memset(t.r->v, 0, EPI_N_CASE * sizeof *t.r->v);
        t.r->v[rows[i].field] = rows[i].v;
        if (!only_finding(&t, rows[i].code, rows[i].name))
            epi_test_fail(__FILE__, __LINE__, "row %zu: want %s at %s alone, got %zu findings", i,
                          rows[i].code, rows[i].name, t.f.n);
    }
    begin(&t, a, EPI_K_VISIT);
    t.r->v[EPI_VISIT_FROM] = epi_v_int(INT64_MAX / 2);
    t.r->v[EPI_VISIT_PERSON] = t.r->v[EPI_VISIT_PLACE] = epi_v_int(5);
    CHECK(only_finding(&t, "field.date-implausible", "from"));
}

TEST(a_number_that_is_none_is_out_of_range)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct checking t;
    begin(&t, a, EPI_K_SAMPLE);
    const struct epi_field *ct = &t.c->kinds[EPI_K_SAMPLE].fields[EPI_SAMPLE_CT];
    double zero = 0;
    CHECK(!epi_value_check(ct, epi_v_real(zero / zero), 0, &t.f));
    CHECK(!epi_value_check(ct, epi_v_real(1 / zero), 0, &t.f));
    CHECK(epi_value_check(ct, epi_v_real(59.9), 0, &t.f));
    CHECK(epi_value_check(ct, epi_v_int(30), 0, &t.f)); /* a whole number is a number */
    CHECK_INT(t.f.n, 2);
}

TEST(every_missing_required_field_is_told_at_once)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct checking t;
    begin(&t, a, EPI_K_VISIT);
    CHECK(!epi_record_check(t.c, t.r, t.today, 0, NULL, &t.f));
    CHECK_INT(t.f.counts[EPI_ERROR], 3);
    for (size_t i = 0; i < t.f.n; i++)
        CHECK_STR(epi_str_of(t.f.list[i].code), EPI_S("field.required"));
}

TEST(dates_that_cannot_follow_each_other_are_refused)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct {
        uint16_t kind, early, late;
        const char *code;
    } rows[] = {{EPI_K_CASE, EPI_CASE_ONSET, EPI_CASE_OUTCOME_DATE, "case.onset-after-outcome"},
                {EPI_K_CASE, EPI_CASE_SAMPLED, EPI_CASE_RESULTED, "case.sample-after-result"},
                {EPI_K_CONTACT, EPI_CONTACT_FIRST_EXPOSURE, EPI_CONTACT_LAST_EXPOSURE,
                 "contact.exposure-order"},
                {EPI_K_PERSON, EPI_PERSON_BIRTH_DATE, EPI_PERSON_DIED, "person.died-before-birth"},
                {EPI_K_SAMPLE, EPI_SAMPLE_TAKEN, EPI_SAMPLE_RESULTED, "sample.result-before-taken"},
                {EPI_K_VISIT, EPI_VISIT_FROM, EPI_VISIT_TO, "visit.ends-before-start"}};
    for (size_t i = 0; i < EPI_COUNT(rows); i++) {
        struct checking t;
        begin(&t, a, rows[i].kind);
        bool *only = EPI_ARRAY(a, t.c->kinds[rows[i].kind].n_fields, bool);
        only[rows[i].late] = true; /* an update that sends one of the two is judged against both */
        t.r->v[rows[i].early] = epi_v_int(18000);
        t.r->v[rows[i].late] = epi_v_int(17999);
        CHECK(!epi_record_check(t.c, t.r, EPI_DATE_UNKNOWN, 0, only, &t.f));
        CHECK_INT(t.f.n, 1);
        CHECK_STR(epi_str_of(t.f.list[0].code), epi_str_of(rows[i].code));
        t.r->v[rows[i].late] = epi_v_int(18000);
        CHECK(epi_record_check(t.c, t.r, EPI_DATE_UNKNOWN, 0, only, &t.f));
        /* fields an update does not touch are left alone */
        t.r->v[rows[i].late] = epi_v_int(17999);
        only[rows[i].late] = false;
        CHECK(epi_record_check(t.c, t.r, EPI_DATE_UNKNOWN, 0, only, &t.f));
    }
}

TEST(a_due_date_may_lie_ahead)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct checking t;
    begin(&t, a, EPI_K_ASSIGNMENT);
    t.r->v[EPI_ASSIGNMENT_DIRECTIVE] = epi_v_int(9);
    t.r->v[EPI_ASSIGNMENT_TEXT] = epi_v_text(EPI_S("x"));
    t.r->v[EPI_ASSIGNMENT_DUE] = epi_v_int(t.today.d + 30);
    CHECK(epi_record_check(t.c, t.r, t.today, 0, NULL, &t.f));
    t.r->v[EPI_ASSIGNMENT_CLOSED] = epi_v_int(t.today.d + 30);
    CHECK(only_finding(&t, "field.date-in-future", "closed"));
}
