// SPDX-License-Identifier: AGPL-3.0-or-later
/* A unit's level on every day of a span, under the rules of each day. */
#include "level/level.h"
#include "ops/figures.h"
#include <math.h>

#define SPAN_MAX 1100 /* days: three years */

struct span {
    epi_date first; /* of column 0, `lead` days before what is shown, so that windows are full */
    size_t days, lead;
    int window;
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

struct share { /* people who count from a day on, of those in the group */
    int64_t of, before, *on;
};
struct tally {
    const struct span *span;
    struct share one, full;
};

static void count_from(const struct span *s, struct share *to, int32_t day)
{
    int64_t at = (int64_t)day - s->first.d;
    to->of++;
    if (day != EPI__NEVER && at < (int64_t)s->days)
        *(at < 0 ? &to->before : &to->on[at]) += 1;
}

static void add_person(void *ctx, const struct epi__vaccinee *p)
{
    struct tally *t = ctx;
    if (p->in_group)
        count_from(t->span, &t->one, p->one);
    if (p->in_elderly)
        count_from(t->span, &t->full, p->full);
}

/* Coverage day by day from the register: each person counts from the day their dose counts. Groups
 * are by age on the last day, under the rule of that day. */
static epi_status coverage_days(struct epi_call *call, struct span *s, int32_t unit)
{
    epi_date last = {s->first.d + (int32_t)s->days - 1};
    struct epi__coverage_rule rule;
    struct tally t = {.span = s};
    t.one.on = EPI_ARRAY(call->a, s->days, int64_t);
    t.full.on = EPI_ARRAY(call->a, s->days, int64_t);
    epi__coverage_rule(call, unit, last, &rule);
    EPI_TRY(epi__vaccinees(call, &rule, last, epi_units_at(call->app->units, unit)->path,
                           add_person, &t));
    per_cent(t.one.on, s->one_dose, s->days, t.one.before, t.one.of);
    per_cent(t.full.on, s->full, s->days, t.full.before, t.full.of);
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
                      double population)
{
    size_t window = (size_t)s->window;
    char day[16];
    struct epi_jw *w = &call->out;
    epi_jw_key(w, "rows");
    epi_jw_array(w);
    for (size_t d = s->lead; d < s->days; d++) {
        int64_t cases = 0;
        for (size_t k = d + 1 < window ? 0 : d + 1 - window; k <= d; k++)
            cases += community[k];
        struct epi_fact rate = epi_level_rate(cases, s->window, population);
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
    int window = epi__window(call, unit, to);
    int lead = 2 * window; /* the first day's window, and the level before it for holding */
    struct span s = {.first = {from.d - lead},
                     .days = (size_t)(to.d - from.d + 1 + lead),
                     .lead = (size_t)lead,
                     .window = window};
    s.one_dose = EPI_ARRAY(call->a, s.days, float);
    s.full = EPI_ARRAY(call->a, s.days, float);
    EPI_TRY(coverage_days(call, &s, unit));
    EPI_TRY(epi__series_load(call, unit, s.first, to, to, window, &series));
    int8_t *ready;
    EPI_TRY(epi__readiness_load(call, to, &ready));
    float capacity = ready[unit] < 0 ? NAN : (float)ready[unit];
    struct epi_level_column facts[] = {{EPI_S("coverage_one_dose"), s.one_dose, true},
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
    struct epi_level_query q = epi__level_query(call, unit);
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
    rows_json(call, &s, cells, community, population);
    published_rows(call, &page);
    epi_jw_object_end(&call->out);
    return EPI_OK;
}
