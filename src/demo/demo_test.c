// SPDX-License-Identifier: AGPL-3.0-or-later
#include "base/test.h"
#include "demo/demo.h"
#include <stdlib.h>

#define DAY epi_date_ymd(2021, 11, 17)
#define KNOWN_MAX 200000 /* records of one kind that a test run may make */
#define STORY_CASES 20   /* outbreak.cases of the pack's demo.json, and its attendees */
#define CLASS 34

/* What the tests look at, filled by the sink record by record. */
struct seen {
    const struct epi_catalogue *c;
    const struct epi_units *u;
    uint64_t hash, last[EPI_KINDS], bad_refs, bad_dates, bad_units, broken;
    struct epi_findings f;
    uint64_t ages[EPI_AGE_BANDS], sizes[7], adults, one_dose, two_doses, old, old_full;
    uint64_t cases_of_day, community_of_day, index, attendances, class_contacts, in_city;
    uint8_t *age_of;  /* by person number */
    uint8_t *members; /* by household number */
    uint64_t female, community, in_first, not_valid, n_documents, n_phones;
    uint64_t *documents, *phones;     /* hashes */
    uint32_t *household_of, *case_of; /* by person number; of a case its number and 1 */
    struct known {
        uint64_t id, person, source;
        int32_t reported, resulted, onset;
        bool sampled, named; /* a positive sample of its own; a contact between it and its source */
    } * cases;
    uint64_t n_cases;
    uint64_t contacts_of_cases, listed_early, at_market, elsewhere;
    epi_date day;
};

static uint64_t number_of(uint64_t id)
{
    return (id - 1) & ((1u << 22) - 1); /* the tests stay below 4 million records of a kind */
}

static void check_value(struct seen *s, const struct epi_field *f, struct epi_value v)
{
    if (v.t == EPI_V_TEXT)
        s->hash = s->hash * 31 + epi_str_hash(v.s);
    else if (v.t == EPI_V_REAL)
        s->hash = s->hash * 31 + (uint64_t)(v.f * 1e6);
    else
        s->hash = s->hash * 31 + (v.t == EPI_V_INT ? (uint64_t)v.i : 7);
    if (v.t == EPI_V_NULL)
        return;
    /* Referred-to records come first and ids rise within a kind. */
    if (f->type == EPI_T_REF)
        s->bad_refs += s->last[f->ref_kind] < (uint64_t)v.i && f->ref_kind != EPI_K_CASE;
    if (f->type == EPI_T_DATE)
        s->bad_dates += v.i > s->day.d;
    if (f->type == EPI_T_INSTANT)
        s->bad_dates += v.i > epi_date_start(epi_date_plus(s->day, (epi_days){1}), 420).ms;
    if (f->type == EPI_T_UNIT) {
        int32_t unit = epi_units_by_path(s->u, v.s);
        s->bad_units += unit < 0;
        s->not_valid += unit >= 0 && !epi_unit_valid_on(epi_units_at(s->u, unit), s->day);
    }
}

static void keep_case(struct seen *s, const struct epi_record *r)
{
    const struct epi_value *v = r->v;
    struct known *c = &s->cases[number_of(r->id.v)];
    *c = (struct known){.id = r->id.v,
                        .person = (uint64_t)v[EPI_CASE_PERSON].i,
                        .reported = epi_v_as_date(v[EPI_CASE_REPORTED]).d,
                        .resulted = epi_v_as_date(v[EPI_CASE_RESULTED]).d,
                        .onset = epi_v_as_date(v[EPI_CASE_ONSET]).d};
    if (v[EPI_CASE_SOURCE_CASE].t != EPI_V_NULL)
        c->source = (uint64_t)v[EPI_CASE_SOURCE_CASE].i;
    s->case_of[number_of(c->person)] = (uint32_t)number_of(r->id.v) + 1;
    s->n_cases++;
}

static void keep_contact(struct seen *s, const struct epi_value *v)
{
    struct known *c = &s->cases[number_of((uint64_t)v[EPI_CONTACT_CASE].i)];
    uint32_t other = s->case_of[number_of((uint64_t)v[EPI_CONTACT_PERSON].i)];
    s->listed_early += v[EPI_CONTACT_LISTED].t != EPI_V_NULL &&
                       epi_v_as_date(v[EPI_CONTACT_LISTED]).d < c->reported;
    s->at_market += epi_str_eqz(v[EPI_CONTACT_SETTING].s, "market");
    s->elsewhere += epi_str_eqz(v[EPI_CONTACT_SETTING].s, "community");
    if (other == 0)
        return;
    struct known *o = &s->cases[other - 1];
    s->contacts_of_cases++;
    o->named = o->named || o->source == c->id;
    c->named = c->named || c->source == o->id;
}

static void look(struct seen *s, const struct epi_record *r)
{
    const struct epi_value *v = r->v;
    uint64_t number = number_of(r->id.v);
    if (r->kind == EPI_K_PERSON && number < KNOWN_MAX) {
        int age = epi_date_age(epi_v_as_date(v[EPI_PERSON_BIRTH_DATE]), DAY);
        s->age_of[number] = (uint8_t)age;
        s->ages[age / 5 < EPI_AGE_BANDS ? age / 5 : EPI_AGE_BANDS - 1]++;
        s->adults += age >= 18;
        s->old += age >= 50;
        s->members[number_of((uint64_t)v[EPI_PERSON_HOUSEHOLD].i)]++;
        s->household_of[number] = (uint32_t)number_of((uint64_t)v[EPI_PERSON_HOUSEHOLD].i);
        s->female += epi_str_eqz(epi_v_as_text(v[EPI_PERSON_SEX]), "female");
        s->in_city += epi_str_starts(v[0].s, EPI_S("vn/11/094/"));
        s->in_first += epi_str_eqz(v[0].s, "vn/11/094/03124/");
        if (v[EPI_PERSON_DOCUMENT].t == EPI_V_TEXT)
            s->documents[s->n_documents++] = epi_str_hash(v[EPI_PERSON_DOCUMENT].s);
        if (v[EPI_PERSON_PHONE].t == EPI_V_TEXT)
            s->phones[s->n_phones++] = epi_str_hash(v[EPI_PERSON_PHONE].s);
    } else if (r->kind == EPI_K_DOSE) {
        int age = s->age_of[number_of((uint64_t)v[EPI_DOSE_PERSON].i)];
        s->one_dose += age >= 18 && v[EPI_DOSE_NUMBER].i == 1;
        s->two_doses += age >= 18 && v[EPI_DOSE_NUMBER].i == 2;
        s->old_full += age >= 50 && v[EPI_DOSE_NUMBER].i == 2;
    } else if (r->kind == EPI_K_CASE) {
        bool community = epi_str_eqz(v[EPI_CASE_DETECTION].s, "community");
        s->community += community;
        if (v[EPI_CASE_REPORTED].i == DAY.d) {
            s->cases_of_day += epi_str_starts(v[0].s, EPI_S("vn/11/094/"));
            s->community_of_day += community;
        }
        if (epi_str_eqz(v[EPI_CASE_CODE].s, "BN1047196"))
            s->index = r->id.v;
        keep_case(s, r);
    } else if (r->kind == EPI_K_VISIT) {
        s->attendances += epi_str_eqz(v[EPI_VISIT_TYPE].s, "attendance");
    } else if (r->kind == EPI_K_CONTACT) {
        keep_contact(s, v);
        s->class_contacts += (uint64_t)v[EPI_CONTACT_CASE].i == s->index &&
                             epi_str_eqz(v[EPI_CONTACT_SETTING].s, "event");
    } else if (r->kind == EPI_K_SAMPLE && v[EPI_SAMPLE_CASE].t != EPI_V_NULL) {
        struct known *c = &s->cases[number_of((uint64_t)v[EPI_SAMPLE_CASE].i)];
        c->sampled = c->sampled || (v[EPI_SAMPLE_RESULTED].i == c->resulted &&
                                    (uint64_t)v[EPI_SAMPLE_PERSON].i == c->person);
    }
}

static epi_status sink(void *ctx, const struct epi_record *r, struct epi_err *reterr)
{
    struct seen *s = ctx;
    (void)reterr;
    const struct epi_kind *k = &s->c->kinds[r->kind];
    if (!epi_record_check(s->c, r, s->day, 1, NULL, &s->f))
        s->broken++;
    s->hash = s->hash * 31 + r->id.v;
    s->bad_refs += r->id.v <= s->last[r->kind];
    s->last[r->kind] = r->id.v;
    for (size_t i = 0; i < k->n_fields; i++)
        check_value(s, &k->fields[i], r->v[i]);
    look(s, r);
    return EPI_OK;
}

static void units_freep(struct epi_units **u)
{
    epi_units_free(*u);
}

struct world {
    struct epi_units *u;
    struct epi_demo_options o;
    struct epi_demo_summary sum;
    struct seen s;
    struct epi_err err;
};

static epi_status make(struct epi_arena *a, struct world *w, uint64_t people, uint64_t seed)
{
    if (!w->u)
        EPI_TRY(epi_units_load(&epi_io_real()->fs, epi_test_repo(a, "data/packs/vn"), &w->u, NULL,
                               &w->err));
    memset(&w->s, 0, sizeof w->s);
    w->s.u = w->u;
    EPI_TRY(epi_catalogue_new(a, EPI_NIL, &w->s.c, NULL, &w->err));
    epi_findings_init(&w->s.f, a, 20);
    w->s.age_of = EPI_ARRAY(a, KNOWN_MAX, uint8_t);
    w->s.day = w->o.day.d ? w->o.day : DAY;
    w->s.documents = EPI_ARRAY(a, KNOWN_MAX, uint64_t);
    w->s.phones = EPI_ARRAY(a, KNOWN_MAX, uint64_t);
    w->s.members = EPI_ARRAY(a, KNOWN_MAX, uint8_t);
    w->s.household_of = EPI_ARRAY(a, KNOWN_MAX, uint32_t);
    w->s.case_of = EPI_ARRAY(a, KNOWN_MAX, uint32_t);
    w->s.cases = EPI_ARRAY(a, KNOWN_MAX, struct known);
    w->o.units = w->u;
    w->o.fs = &epi_io_real()->fs;
    w->o.catalogue = w->s.c;
    w->o.diseases = epi_test_repo(a, "data/diseases");
    w->o.people = people;
    w->o.seed = seed;
    return epi_demo_make(&w->o, sink, &w->s, &w->sum, &w->err);
}
#define WORLD(w) \
    EPI_ARENA_LOCAL(a); \
    struct world w = {0}; \
    EPI_CLEANUP(units_freep) struct epi_units *owned = NULL

TEST(one_seed_makes_the_same_province_and_another_seed_another)
{
    WORLD(w);
    CHECK_OK(make(a, &w, 3000, 1));
    owned = w.u;
    uint64_t first = w.s.hash, records = w.sum.records;
    CHECK_OK(make(a, &w, 3000, 1));
    CHECK(w.s.hash == first);
    CHECK_INT(w.sum.records, records);
    CHECK_OK(make(a, &w, 3000, 2));
    CHECK(w.s.hash != first);
}

TEST(every_record_keeps_the_rules_of_the_catalogue)
{
    WORLD(w);
    CHECK_OK(make(a, &w, 40000, 7));
    owned = w.u;
    for (size_t i = 0; i < w.s.f.n && i < 5; i++)
        epi_test_fail(__FILE__, __LINE__, "%s %.*s %.*s", w.s.f.list[i].code,
                      EPI_FMT(w.s.f.list[i].field), EPI_FMT(w.s.f.list[i].arg1));
    CHECK_INT(w.s.broken, 0);
    CHECK_INT(w.s.bad_refs, 0);
    CHECK_INT(w.s.bad_dates, 0);
    CHECK_INT(w.s.bad_units, 0);
    CHECK_INT(w.sum.of_kind[EPI_K_PERSON], 40000);
    static const uint16_t kinds[] = {EPI_K_PLACE,  EPI_K_HOUSEHOLD, EPI_K_DOSE,
                                     EPI_K_CASE,   EPI_K_CONTACT,   EPI_K_VISIT,
                                     EPI_K_SAMPLE, EPI_K_ARRIVAL,   EPI_K_READINESS};
    for (size_t i = 0; i < EPI_COUNT(kinds); i++)
        CHECK(w.sum.of_kind[kinds[i]] > 0);
    CHECK_INT(w.sum.of_kind[EPI_K_DIRECTIVE] + w.sum.of_kind[EPI_K_USER], 0);
}

/* Pearson's chi-square against the province's published shares. */
static double chi_square(const uint64_t *got, const int64_t *want, size_t n)
{
    double total_got = 0, total_want = 0, x = 0;
    for (size_t i = 0; i < n; i++) {
        total_got += (double)got[i];
        total_want += (double)want[i];
    }
    for (size_t i = 0; i < n; i++) {
        double e = (double)want[i] / total_want * total_got;
        x += ((double)got[i] - e) * ((double)got[i] - e) / e;
    }
    return x;
}

TEST(ages_and_households_follow_the_census)
{
    WORLD(w);
    CHECK_OK(make(a, &w, 40000, 3));
    owned = w.u;
    int32_t province = epi_units_by_path(w.u, EPI_S("vn/11/"));
    for (uint64_t i = 0; i < w.sum.of_kind[EPI_K_HOUSEHOLD]; i++) {
        CHECK(w.s.members[i] > 0);
        w.s.sizes[w.s.members[i] > 7 ? 6 : w.s.members[i] - 1]++;
    }
    double ages = chi_square(w.s.ages, epi_units_ages(w.u, province), EPI_AGE_BANDS);
    double sizes = chi_square(w.s.sizes, epi_units_household_sizes(w.u, province), 7);
    if (ages > 33.4) /* 1 % of 17 degrees of freedom; the made ages lie closer than chance would */
        epi_test_fail(__FILE__, __LINE__, "ages: chi-square %.1f", ages);
    if (sizes > 22.5 + 8) /* 0.1 % of 6; the last household of each of 129 communes is cut short */
        epi_test_fail(__FILE__, __LINE__, "household sizes: chi-square %.1f", sizes);
    CHECK_NEAR((double)w.s.female / 40000, 0.5, 0.02);
    double city =
        (double)epi_units_at(w.u, epi_units_by_path(w.u, EPI_S("vn/11/094/")))->population;
    CHECK_NEAR((double)w.s.in_city / 40000, city / (double)epi_units_at(w.u, province)->population,
               0.001);
}

TEST(the_last_day_has_about_its_cases_the_known_case_and_the_class)
{
    WORLD(w);
    for (uint64_t people = 1000; people <= 40000; people *= 40) {
        CHECK_OK(make(a, &w, people, 20));
        owned = w.u;
        CHECK_STR(w.sum.city, EPI_S("vn/11/094/"));
        CHECK_INT(w.s.cases_of_day, w.sum.cases_on_day);
        CHECK(w.sum.cases_on_day >= 3); /* more where the class is not most of the city's adults */
        CHECK(people < 5000 || abs((int)w.sum.cases_on_day - STORY_CASES) <= STORY_CASES / 5);
        CHECK(w.s.community_of_day > 0);
        CHECK_INT(w.s.index, w.sum.index_case.v);
        CHECK_INT(w.s.attendances, CLASS * 3);
        CHECK(w.s.class_contacts >= CLASS * 4 / 5);
        CHECK(w.sum.event.v != 0);
        const struct known *index = &w.s.cases[number_of(w.s.index)];
        CHECK_INT(index->reported, DAY.d - 3);
        CHECK(index->onset <= index->reported);
    }
}

TEST(chains_samples_and_lists_are_those_of_one_outbreak)
{
    WORLD(w);
    CHECK_OK(make(a, &w, 40000, 3));
    owned = w.u;
    uint64_t sources = 0, later = 0, pairs = 0;
    for (uint64_t i = 0; i < w.s.n_cases; i++) {
        const struct known *c = &w.s.cases[i], *by = &w.s.cases[number_of(c->source)];
        CHECK(c->sampled);
        if (c->source == 0)
            continue;
        sources++;
        CHECK(c->source != c->id && by->source != c->id);
        CHECK(c->named || by->reported < DAY.d - 28); /* lists reach back four weeks */
        pairs += epi_date_known((epi_date){c->onset}) && epi_date_known((epi_date){by->onset});
        later += epi_date_known((epi_date){c->onset}) && epi_date_known((epi_date){by->onset}) &&
                 c->onset >= by->onset;
    }
    CHECK(sources * 3 > w.s.n_cases); /* tracing knows many of them */
    CHECK(later * 10 >= pairs * 7);   /* symptoms come mostly in the order of infection */
    CHECK(w.s.contacts_of_cases >= sources);
    CHECK_INT(w.s.listed_early, 0);
    /* a quarter of the contacts outside home, school and work are at markets (society.json) */
    CHECK(w.s.at_market + w.s.elsewhere > 200);
    CHECK_NEAR((double)w.s.at_market / (double)(w.s.at_market + w.s.elsewhere), 0.25, 0.09);
    /* Who lives with a case is a case far more often than others are. */
    uint64_t with = 0, sick = 0;
    for (uint64_t p = 0; p < 40000; p++)
        for (uint64_t q = p > 12 ? p - 12 : 0; w.s.case_of[p] && q < p + 12 && q < 40000; q++)
            if (q != p && w.s.household_of[q] == w.s.household_of[p]) {
                with++;
                sick += w.s.case_of[q] != 0;
            }
    if ((double)sick / (double)with < 20 * (double)w.s.n_cases / 40000)
        epi_test_fail(__FILE__, __LINE__, "%llu of %llu", (unsigned long long)sick,
                      (unsigned long long)with);
}

TEST(vaccination_stands_where_the_nation_stood)
{
    WORLD(w);
    CHECK_OK(make(a, &w, 40000, 11));
    owned = w.u;
    double one = (double)w.s.one_dose / (double)w.s.adults,
           two = (double)w.s.two_doses / (double)w.s.adults;
    if (one < 0.75 || one > 0.97 || two < 0.3 || two > 0.75)
        epi_test_fail(__FILE__, __LINE__, "one dose %.3f, two %.3f", one, two);
    CHECK((double)w.s.old_full / (double)w.s.old > two); /* the old came first */
}

TEST(more_people_than_a_unit_has_fill_its_neighbours)
{
    WORLD(w);
    w.o.province =
        EPI_S("vn/11/094/03124/"); /* a ward of 5,915 people stands for the province here */
    CHECK_OK(make(a, &w, 9000, 5));
    owned = w.u;
    CHECK_INT(w.s.in_first, 5915);
    CHECK_INT(w.s.in_city, 9000);
    CHECK(w.sum.cases_on_day >= 3);
    CHECK_INT(w.s.broken + w.s.bad_refs + w.s.bad_dates, 0);
}

TEST(the_story_moves_to_the_largest_district_of_another_province)
{
    WORLD(w);
    w.o.province = EPI_S("vn/35/");
    CHECK_OK(make(a, &w, 2000, 5));
    owned = w.u;
    CHECK(epi_str_starts(w.sum.city, EPI_S("vn/35/")));
    CHECK(w.sum.cases_on_day >= 3);
    CHECK_INT(w.s.in_city, 0);
    CHECK_INT(w.s.broken + w.s.bad_refs + w.s.bad_dates, 0);
}

TEST(a_demo_of_the_two_tier_tree_has_units_of_that_day)
{
    WORLD(w);
    w.o.day = epi_date_ymd(2025, 9, 1);
    w.o.province = EPI_S("vn/11/");
    CHECK_OK(make(a, &w, 3000, 5));
    owned = w.u;
    CHECK(epi_str_starts(w.sum.city, EPI_S("vn/11/")));
    CHECK_INT(epi_units_at(w.u, epi_units_by_path(w.u, w.sum.city))->level, 3);
    CHECK_INT(w.s.bad_units + w.s.bad_dates, 0);
    CHECK_INT(w.s.not_valid, 0);
}

static int by_number(const void *x, const void *y)
{
    uint64_t p = *(const uint64_t *)x, q = *(const uint64_t *)y;
    return p < q ? -1 : p > q;
}

TEST(documents_differ_and_families_share_their_phones)
{
    WORLD(w);
    CHECK_OK(make(a, &w, 40000, 9));
    owned = w.u;
    qsort(w.s.documents, w.s.n_documents, sizeof *w.s.documents, by_number);
    qsort(w.s.phones, w.s.n_phones, sizeof *w.s.phones, by_number);
    uint64_t same_documents = 0, same_phones = 0;
    for (uint64_t i = 1; i < w.s.n_documents; i++)
        same_documents += w.s.documents[i] == w.s.documents[i - 1];
    for (uint64_t i = 1; i < w.s.n_phones; i++)
        same_phones += w.s.phones[i] == w.s.phones[i - 1];
    CHECK(w.s.n_documents > 25000);
    CHECK_INT(same_documents, 0);
    CHECK(same_phones * 10 > w.s.n_phones * 3);
}

TEST(a_demo_that_cannot_be_made_says_why)
{
    WORLD(w);
    CHECK_INT(make(a, &w, 0, 1), EPI_INVALID);
    owned = w.u;
    CHECK_STR(epi_str_of(w.err.code), EPI_S("demo.people-range"));
    CHECK_INT(make(a, &w, 1, 1), EPI_INVALID);
    CHECK_OK(make(a, &w, 200, 1)); /* few people, a smaller outbreak */
    CHECK(w.sum.cases_on_day < STORY_CASES);
    w.o.province = EPI_S("vn/00/");
    CHECK_INT(make(a, &w, 3000, 1), EPI_NOT_FOUND);
    CHECK_STR(epi_str_of(w.err.code), EPI_S("demo.no-province"));
    w.o.province = EPI_NIL;
    w.o.day = epi_date_ymd(2019, 1, 1);
    CHECK_INT(make(a, &w, 3000, 1), EPI_INVALID);
    w.o.day = epi_date_ymd(2021, 11, 17);
    EPI_CLEANUP(units_freep) struct epi_units *bare = NULL;
    CHECK_OK(epi_units_load(&epi_io_real()->fs, epi_test_repo(a, "tests/packs/five-levels"), &bare,
                            NULL, NULL));
    w.o.units = bare;
    CHECK_INT(epi_demo_make(&w.o, sink, &w.s, &w.sum, &w.err), EPI_NOT_FOUND);
    CHECK_STR(epi_str_of(w.err.code), EPI_S("unit.no-file"));
}

static epi_status refuse_third(void *ctx, const struct epi_record *r, struct epi_err *reterr)
{
    int *n = ctx;
    (void)r;
    return ++*n == 3 ? EPI_FAIL(reterr, EPI_IO, "io.disk-full", "x") : EPI_OK;
}

TEST(a_sink_that_fails_ends_the_run_at_once)
{
    WORLD(w);
    CHECK_OK(make(a, &w, 1000, 1));
    owned = w.u;
    int n = 0;
    CHECK_INT(epi_demo_make(&w.o, refuse_third, &n, &w.sum, &w.err), EPI_IO);
    CHECK_INT(n, 3);
}
