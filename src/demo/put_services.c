// SPDX-License-Identifier: AGPL-3.0-or-later
#include "demo/demo_internal.h"

/* Samples, returnees, and how ready each unit is. */

#define RECENT_DAYS 28
/* part of the people sampled in two weeks without being cases or contacts */
#define SCREENED 0.004

static int32_t unit_of(const struct epi__world *w, uint32_t person)
{
    return w->communes[epi__commune_of(w, person)].unit;
}

/* --- samples
 * ------------------------------------------------------------------------------------------- */

struct sample {
    uint32_t person, number; /* number of the case, or EPI__NONE */
    epi_date taken, resulted;
    const char *method, *result;
    double ct; /* cycles; 0 when not measured */
};

static void put_sample(struct epi__out *out, const struct sample *s)
{
    const struct epi__world *w = out->w;
    struct epi_value *v = epi__begin(out, EPI_K_SAMPLE, unit_of(w, s->person));
    epi__put(out, EPI_S("XN"));
    epi__put_number(out, out->sum->of_kind[EPI_K_SAMPLE] + 1, 7);
    v[EPI_SAMPLE_CODE] = epi__text(out);
    v[EPI_SAMPLE_PERSON] = epi__ref(w, EPI_K_PERSON, s->person);
    v[EPI_SAMPLE_CASE] = epi__ref(w, EPI_K_CASE, s->number);
    v[EPI_SAMPLE_TAKEN] = epi_v_date(s->taken);
    v[EPI_SAMPLE_METHOD] = epi__word(s->method);
    v[EPI_SAMPLE_RESULT] = epi__word(s->result);
    v[EPI_SAMPLE_RESULTED] = epi_v_date(s->resulted);
    if (s->ct > 0)
        v[EPI_SAMPLE_CT] = epi_v_real(s->ct);
    epi__put_form(out, epi_json_text(w->s->places, "hospital", EPI_S("{1}")),
                  epi__unit(w, w->province)->name, 0);
    v[EPI_SAMPLE_LAB] = epi__text(out);
    epi__end(out, EPI_K_SAMPLE);
}

static bool newborn(const struct epi__world *w, uint32_t person, epi_date on)
{
    return epi__birth(w, person) > on.d;
}

/* The household of a recent case is tested after its report; those of the last day still wait. */
static void household_samples(struct epi__out *out, uint32_t number)
{
    const struct epi__world *w = out->w;
    const struct epi__case *c = &w->cases[number];
    uint32_t first, n;
    epi_society_home(w->society, c->person, &first, &n);
    for (uint32_t p = first; p < first + n; p++) {
        if (p == c->person || epi__case_by_person(w, p) != EPI__NONE || newborn(w, p, c->reported))
            continue;
        bool waiting = c->reported.d + 1 > w->day.d;
        struct sample s = {p,
                           EPI__NONE,
                           c->reported,
                           waiting ? EPI_DATE_UNKNOWN : (epi_date){c->reported.d + 1},
                           "pcr",
                           waiting ? "pending" : "negative",
                           0};
        put_sample(out, &s);
    }
}

void epi__put_samples(struct epi__out *out)
{
    const struct epi__world *w = out->w;
    for (uint32_t i = 0; i < w->n_cases && out->status == EPI_OK; i++) {
        const struct epi__case *c = &w->cases[i];
        struct epi_rng r = epi__rng(w, "demo.sample", i, 0);
        struct sample s = {c->person,
                           i,
                           c->sampled,
                           c->resulted,
                           "pcr",
                           "positive",
                           16 + (double)epi_rng_below(&r, 170) / 10};
        put_sample(out, &s);
        if (c->reported.d >= w->day.d - RECENT_DAYS)
            household_samples(out, i);
    }
    /* The class was tested on the day its known case was reported. */
    for (uint32_t i = 1; i < w->n_attendees; i++) {
        if (epi__case_by_person(w, w->attendees[i]) != EPI__NONE)
            continue;
        epi_date taken = w->cases[w->index_case].reported;
        struct sample s = {w->attendees[i], EPI__NONE,  taken, epi_date_plus(taken, (epi_days){1}),
                           "pcr",           "negative", 0};
        put_sample(out, &s);
    }
    uint64_t n = (uint64_t)(w->n_people * SCREENED);
    for (uint64_t i = 0; i < n && out->status == EPI_OK; i++) {
        struct epi_rng r = epi__rng(w, "demo.screening", i, 0);
        uint32_t person = (uint32_t)epi_rng_below(&r, w->n_people);
        epi_date taken = {w->day.d - (int32_t)epi_rng_below(&r, 14)};
        if (epi__case_by_person(w, person) != EPI__NONE || epi__age(w, person) < 18)
            continue;
        struct sample s = {person, EPI__NONE, taken, taken, "antigen", "negative", 0};
        put_sample(out, &s);
    }
}

/* --- returnees
 * ------------------------------------------------------------------------------------------ */

static void put_arrival(struct epi__out *out, struct epi_rng *r, uint32_t person, epi_date arrived,
                        const char *result)
{
    const struct epi__world *w = out->w;
    size_t origin = epi__pick(r, &w->s->origins);
    int32_t from = epi_units_by_path(w->o->units, w->s->origins.c[origin].text);
    if (from >= 0)
        from = epi_units_successor(w->o->units, from, arrived);
    struct epi_value *v = epi__begin(out, EPI_K_ARRIVAL, unit_of(w, person));
    v[EPI_ARRIVAL_PERSON] = epi__ref(w, EPI_K_PERSON, person);
    if (from >= 0)
        v[EPI_ARRIVAL_ORIGIN] = epi_v_text(epi__unit(w, from)->path);
    v[EPI_ARRIVAL_ARRIVED] = epi_v_date(arrived);
    if (w->s->origins.c[origin].value > 0)
        v[EPI_ARRIVAL_ORIGIN_LEVEL] = epi_v_int(w->s->origins.c[origin].value);
    v[EPI_ARRIVAL_IMMUNITY] = epi__word(epi__immunity_of(w, person, arrived));
    v[EPI_ARRIVAL_RESULT] = epi__word(result);
    v[EPI_ARRIVAL_TRANSPORT] = epi_v_text(w->s->transport.c[epi__pick(r, &w->s->transport)].text);
    epi__end(out, EPI_K_ARRIVAL);
    out->sum->returnees++;
}

void epi__put_arrivals(struct epi__out *out)
{
    const struct epi__world *w = out->w;
    for (uint32_t i = 0; i < w->n_cases && out->status == EPI_OK; i++) {
        const struct epi__case *c = &w->cases[i];
        if (strcmp(c->detection, "returnee") != 0 || c->reported.d < w->day.d - w->s->returnee_days)
            continue;
        struct epi_rng r = epi__rng(w, "demo.arrival.case", i, 0);
        epi_date arrived = c->isolated.d < c->sampled.d ? c->isolated : c->sampled;
        put_arrival(out, &r, c->person, arrived, "positive");
    }
    uint64_t n = (uint64_t)(w->n_people * w->s->returnee_share);
    bool *back = EPI_ARRAY(w->a, w->n_people, bool);
    for (uint64_t i = 0; i < n && out->status == EPI_OK; i++) {
        struct epi_rng r = epi__rng(w, "demo.arrival", i, 0);
        uint32_t person = EPI__NONE;
        for (int tries = 0; tries < 40 && person == EPI__NONE; tries++) {
            uint32_t p = (uint32_t)epi_rng_below(&r, w->n_people);
            int age = epi__age(w, p);
            if (age >= 18 && age <= 50 && !back[p] && epi__case_by_person(w, p) == EPI__NONE)
                person = p;
        }
        if (person == EPI__NONE)
            continue;
        back[person] = true;
        int32_t ago = (int32_t)epi_rng_below(&r, (uint64_t)w->s->returnee_days);
        put_arrival(out, &r, person, (epi_date){w->day.d - ago}, ago < 1 ? "pending" : "negative");
    }
}

/* --- readiness
 * -------------------------------------------------------------------------------------------- */

static void put_ready(struct epi__out *out, int32_t unit, const char *item, double chance)
{
    const struct epi__world *w = out->w;
    struct epi_rng r = epi__rng(w, item, (uint64_t)unit, 0);
    struct epi_value *v = epi__begin(out, EPI_K_READINESS, unit);
    v[EPI_READINESS_DATE] = epi_v_date((epi_date){w->day.d - 10 - (int32_t)epi_rng_below(&r, 15)});
    v[EPI_READINESS_ITEM] = epi__word(item);
    v[EPI_READINESS_MET] = epi_v_int(epi_rng_chance(&r, chance));
    v[EPI_READINESS_EVIDENCE] = epi_v_text(w->s->readiness);
    epi__end(out, EPI_K_READINESS);
}

void epi__put_readiness(struct epi__out *out)
{
    const struct epi__world *w = out->w;
    int32_t district = -1, province = -1;
    for (size_t i = 0; i < w->n_communes && out->status == EPI_OK; i++) {
        const struct epi__commune *c = &w->communes[i];
        if (c->province != province)
            put_ready(out, c->province, "treatment_icu_plan_level4", 1);
        if (c->district != district && c->district != c->province) {
            put_ready(out, c->district, "mobile_station_plan", 0.95);
            put_ready(out, c->district, "care_team_plan", 0.95);
            put_ready(out, c->district, "oxygen_at_stations", 0.9);
        }
        province = c->province;
        district = c->district;
        put_ready(out, c->unit, "mobile_station_plan", 0.9);
        put_ready(out, c->unit, "care_team_plan", 0.9);
        put_ready(out, c->unit, "oxygen_at_stations", 0.85);
    }
}
