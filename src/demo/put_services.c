// SPDX-License-Identifier: AGPL-3.0-or-later
#include "demo/demo_internal.h"

/* Samples, returnees, and how ready each unit is. */

static int32_t unit_of(const struct epi__world *w, uint32_t person)
{
    return w->communes[epi__commune_of(w, person)].unit;
}

/* --- samples
 * ------------------------------------------------------------------------------------------- */

/* What was taken on the day or the day before may still wait for its result. */
void epi__put_samples(struct epi__out *out)
{
    const struct epi__world *w = out->w;
    for (size_t i = 0; i < w->n_tests && out->status == EPI_OK; i++) {
        const struct epi__test *t = &w->tests[i];
        struct epi_rng r = epi__rng(w, "demo.sample", t->person, (uint64_t)t->taken);
        bool known = t->resulted <= EPI__RUN, positive = t->positive && known;
        uint32_t number = positive ? epi__case_by_person(w, t->person) : EPI__NONE;
        struct epi_value *v = epi__begin(out, EPI_K_SAMPLE, unit_of(w, t->person));
        epi__put(out, EPI_S("XN"));
        epi__put_number(out, out->sum->of_kind[EPI_K_SAMPLE] + 1, 7);
        v[EPI_SAMPLE_CODE] = epi__text(out);
        v[EPI_SAMPLE_PERSON] = epi__ref(w, EPI_K_PERSON, t->person);
        v[EPI_SAMPLE_CASE] = epi__ref(w, EPI_K_CASE, number);
        v[EPI_SAMPLE_TAKEN] = epi_v_date(epi__date(w, t->taken));
        v[EPI_SAMPLE_METHOD] = epi__word(t->antigen ? "antigen" : "pcr");
        v[EPI_SAMPLE_RESULT] = epi__word(positive ? "positive" : known ? "negative" : "pending");
        v[EPI_SAMPLE_RESULTED] = epi_v_date(known ? epi__date(w, t->resulted) : EPI_DATE_UNKNOWN);
        if (positive && !t->antigen)
            v[EPI_SAMPLE_CT] = epi_v_real(16 + (double)epi_rng_below(&r, 170) / 10);
        epi__put_form(out, epi_json_text(w->s->places, "hospital", EPI_S("{1}")),
                      epi__unit(w, w->province)->name, 0);
        v[EPI_SAMPLE_LAB] = epi__text(out);
        epi__end(out, EPI_K_SAMPLE);
    }
}

/* --- returnees
 * ------------------------------------------------------------------------------------------ */

#define WATCHED 14 /* days after coming home in which a case counts as brought */

void epi__put_arrivals(struct epi__out *out)
{
    const struct epi__world *w = out->w;
    for (uint32_t i = 0; i < w->n_arrivals && out->status == EPI_OK; i++) {
        const struct epi__arrival *a = &w->arrivals[i];
        if (a->day <= EPI__RUN - w->s->returnee_days)
            continue;
        struct epi_rng r = epi__rng(w, "demo.origin", a->person, 0);
        epi_date arrived = epi__date(w, a->day);
        uint32_t number = epi__case_by_person(w, a->person);
        const struct epi__case *c = number == EPI__NONE ? NULL : &w->cases[number];
        bool positive = c && c->found >= a->day && c->found <= a->day + WATCHED;
        bool pending = a->day + w->response.lab.turnaround > EPI__RUN;
        size_t origin = epi__pick(&r, &w->s->origins);
        int32_t from = epi_units_by_path(w->o->units, w->s->origins.c[origin].text);
        if (from >= 0)
            from = epi_units_successor(w->o->units, from, arrived);
        struct epi_value *v = epi__begin(out, EPI_K_ARRIVAL, unit_of(w, a->person));
        v[EPI_ARRIVAL_PERSON] = epi__ref(w, EPI_K_PERSON, a->person);
        if (from >= 0)
            v[EPI_ARRIVAL_ORIGIN] = epi_v_text(epi__unit(w, from)->path);
        v[EPI_ARRIVAL_ARRIVED] = epi_v_date(arrived);
        if (w->s->origins.c[origin].value > 0)
            v[EPI_ARRIVAL_ORIGIN_LEVEL] = epi_v_int(w->s->origins.c[origin].value);
        v[EPI_ARRIVAL_IMMUNITY] = epi__word(epi__immunity_of(w, a->person, arrived));
        v[EPI_ARRIVAL_RESULT] = epi__word(positive ? "positive" : pending ? "pending" : "negative");
        v[EPI_ARRIVAL_TRANSPORT] =
            epi_v_text(w->s->transport.c[epi__pick(&r, &w->s->transport)].text);
        epi__end(out, EPI_K_ARRIVAL);
        out->sum->returnees++;
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
