// SPDX-License-Identifier: AGPL-3.0-or-later
/* A unit's level on every day of a span, under the rules of each day. */
#include "level/level.h"
#include "ops/figures.h"
#include <math.h>

#define SPAN_MAX 1100 /* days: three years */
#define LEAD 28       /* days before the span, so that its first windows are full */

struct span {
    epi_date first; /* of column 0, LEAD days before what is shown */
    size_t days;
    float *one_dose, *full; /* % per day */
};

static void per_cent(const int64_t *new_on, float *out, size_t days, int64_t before, int64_t of)
{
    int64_t sum = before;
    for (size_t d = 0; d < days; d++) {
        sum += new_on[d];
        out[d] = of ? (float)(100.0 * (double)sum / (double)of) : NAN;
    }
}

/* Coverage day by day from the register: each person counts from the day their dose counts. Groups
 * are by age on the last day. */
static epi_status coverage_days(struct epi_call *call, struct span *s, epi_str path, int lag,
                                int elderly)
{
    const struct epi_picture *p;
    const struct epi_pic_person *people;
    epi_date last = {s->first.d + (int32_t)s->days - 1};
    int64_t *one = EPI_ARRAY(call->a, s->days, int64_t),
            *full = EPI_ARRAY(call->a, s->days, int64_t);
    int64_t one_before = 0, full_before = 0, adults = 0, old = 0;
    EPI_TRY(epi__picture(call->app, last, &p, &call->err));
    size_t n = epi_picture_people(p, &people);
    for (size_t i = 0; i < n; i++) {
        int age = epi_date_known(people[i].birth) ? epi_date_age(people[i].birth, last) : -1;
        size_t n_doses;
        if (people[i].unit < 0 || age < 18 ||
            !epi_str_starts(epi_units_at(call->app->units, people[i].unit)->path, path))
            continue;
        const struct epi_pic_dose *d = epi_picture_doses_of(p, (uint32_t)i, &n_doses);
        adults++;
        old += age >= elderly;
        for (size_t k = 0; k < n_doses; k++) {
            int64_t day = d[k].given.d + lag - s->first.d;
            bool completes = d[k].completes == 1 || d[k].number == 2 || (d[k].number < 0 && k == 1);
            if (day >= (int64_t)s->days)
                continue;
            if (k == 0 && day < 0)
                one_before++;
            else if (k == 0)
                one[day]++;
            if (completes && age >= elderly && day < 0)
                full_before++;
            else if (completes && age >= elderly)
                full[day]++;
        }
    }
    epi__picture_release(call->app, p);
    per_cent(one, s->one_dose, s->days, one_before, adults);
    per_cent(full, s->full, s->days, full_before, old);
    return EPI_OK;
}

static void published_rows(struct epi_call *call, const struct epi_page *page)
{
    epi_jw_key(&call->out, "published");
    epi_jw_array(&call->out);
    for (size_t i = 0; i < page->n; i++) {
        page->rows[i].v[EPI_LEVEL_EVIDENCE] = EPI_NULLV;
        epi_jw_object(&call->out);
        epi_record_members(&call->out, call->app->catalogue, &page->rows[i], false);
        epi_jw_kv(&call->out, "signed_by_name",
                  epi__label(call, EPI_K_USER, epi_v_as_ref(page->rows[i].v[EPI_LEVEL_SIGNED_BY])));
        epi_jw_object_end(&call->out);
    }
    epi_jw_array_end(&call->out);
}

static void rows_json(struct epi_call *call, const struct span *s,
                      const struct epi_level_cell *cells, const int32_t *community,
                      double population, size_t from)
{
    char day[16];
    struct epi_jw *w = &call->out;
    epi_jw_key(w, "rows");
    epi_jw_array(w);
    for (size_t d = from; d < s->days; d++) {
        int64_t cases = 0;
        for (size_t k = d < 13 ? 0 : d - 13; k <= d; k++)
            cases += community[k];
        struct epi_fact rate = epi_level_rate(cases, 14, population);
        epi_jw_object(w);
        epi_jw_kvz(w, "as_of", epi_date_iso((epi_date){s->first.d + (int32_t)d}, day));
        epi_jw_key(w, "level");
        if (cells[d].level == EPI_LEVEL_NONE)
            epi_jw_null(w);
        else
            epi_jw_int(w, cells[d].level);
        epi_jw_kvr(w, "rate", rate.known ? rate.v : NAN);
        epi_jw_kvi(w, "cases", community[d]);
        epi_jw_kvr(w, "coverage", s->one_dose[d]);
        epi_jw_kvb(w, "unverified", cells[d].flags & EPI_CELL_UNVERIFIED);
        epi_jw_kvb(w, "partial", cells[d].flags & EPI_CELL_PARTIAL);
        epi_jw_object_end(w);
    }
    epi_jw_array_end(w);
}

epi_status epi_do_level_history(struct epi_call *call)
{
    epi_date to, from;
    int32_t unit;
    struct epi__series series;
    EPI_TRY(epi__need(call, EPI_MAY_RECORD_READ));
    EPI_TRY(epi__unit_arg(call, "unit", &unit));
    EPI_TRY(epi__date_arg(call, "to", &to));
    from = (epi_date){to.d - 89};
    if (epi_arg(call, "from").n)
        EPI_TRY(epi__date_arg(call, "from", &from));
    if (from.d > to.d || to.d - from.d > SPAN_MAX)
        return EPI_FAIL(&call->err, EPI_INVALID, "level.span", "%d", SPAN_MAX);
    const struct epi_unit *u = epi_units_at(call->app->units, unit);
    struct span s = {.first = {from.d - LEAD}, .days = (size_t)(to.d - from.d + 1 + LEAD)};
    s.one_dose = EPI_ARRAY(call->a, s.days, float);
    s.full = EPI_ARRAY(call->a, s.days, float);
    struct epi__counting rules = epi__counting_rules(call, to, epi_arg(call, "policy"));
    EPI_TRY(coverage_days(call, &s, u->path, rules.lag, rules.elderly));
    EPI_TRY(epi__series_load(call, s.first, to, 14, &series));
    int8_t *ready;
    EPI_TRY(epi__readiness_load(call, to, &ready));
    float capacity = ready[unit] < 0 ? NAN : (float)ready[unit];
    struct epi_level_column facts[] = {{EPI_S("coverage_1dose_18"), s.one_dose, true},
                                       {EPI_S("coverage_full_elderly"), s.full, true},
                                       {EPI_S("capacity_ready"), &capacity, false}};
    double population = (double)u->population;
    const int32_t *community = &series.community[(size_t)unit * series.days];
    struct epi_level_columns in = {.units_n = 1,
                                   .days_n = s.days,
                                   .first = s.first,
                                   .community = community,
                                   .population = &population,
                                   .facts = facts,
                                   .facts_n = EPI_COUNT(facts)};
    struct epi_level_query q = {.disease = epi__disease(call),
                                .policy_id = epi_arg(call, "policy")};
    struct epi_level_cell *cells = EPI_ARRAY(call->a, s.days, struct epi_level_cell);
    EPI_TRY(epi_level_batch(call->a, call->app->policies, &q, &in, cells, &call->err));
    struct epi_filter f[] = {{.field = EPI_LEVEL_UNIT, .match = EPI_EQ, .v = epi_v_text(u->path)}};
    struct epi_query pq = {.kind = EPI_K_LEVEL,
                           .scope = call->actor.scope,
                           .filters = f,
                           .n_filters = 1,
                           .order = EPI_LEVEL_AS_OF,
                           .descending = true,
                           .limit = 200};
    struct epi_page page;
    EPI_TRY(epi_store_find(call->app->store, call->a, &pq, &page, &call->err));
    epi_jw_object(&call->out);
    epi_jw_kv(&call->out, "unit", u->path);
    epi_jw_kv(&call->out, "name", u->full_name);
    rows_json(call, &s, cells, community, population, LEAD);
    published_rows(call, &page);
    epi_jw_object_end(&call->out);
    return EPI_OK;
}
