// SPDX-License-Identifier: AGPL-3.0-or-later
/* Levels of units on a day, their evidence and their history: figures gathered here, judged in
 * level/. */
#include "level/level.h"
#include "ops/figures.h"
#include <math.h>

/* Figures counted by the rules of one authority, for the units that follow it. */
struct ruled {
    int32_t by; /* epi__ruled_by */
    struct epi_level_query query;
    int window;
    struct epi__series series;
    struct epi__coverage coverage;
    struct ruled *next;
};
struct levels { /* everything one assessment of many units needs */
    struct epi_call *call;
    epi_date on;
    struct ruled *ruled;
    int8_t *ready;
    int8_t *previous; /* [unit] last published level before the day, -1 none */
};

/* The level pack of a unit on a day, bound; NULL when there is none. */
static struct epi_policy *level_policy(struct epi_call *call, int32_t unit, epi_date on)
{
    epi_str id = epi_arg(call, "policy");
    const struct epi_pack *pack = id.n ? epi_policy_by_id(call->app->policies, id)
                                       : epi__pack_for(call, EPI_KIND_LEVEL, unit, on);
    return pack ? epi_policy_bind(call->a, pack, on, epi__disease(call)) : NULL;
}

int epi__window(struct epi_call *call, int32_t unit, epi_date on)
{
    const struct epi_policy *b = level_policy(call, unit, on);
    return b ? epi_level_window(b) : 7;
}

struct published_load {
    struct levels *l;
    epi_date *last;
};

static bool published_batch(const struct epi_batch *b, void *ctx)
{
    struct published_load *p = ctx;
    for (size_t i = 0; i < b->rows; i++) {
        int32_t u = b->columns[0][i].t == EPI_V_TEXT
                        ? epi_units_by_path(p->l->call->app->units, b->columns[0][i].s)
                        : -1;
        epi_date day = epi_v_as_date(b->columns[1][i]);
        if (u < 0 || day.d >= p->l->on.d || day.d < p->last[u].d || b->columns[2][i].t != EPI_V_INT)
            continue;
        p->last[u] = day;
        p->l->previous[u] = (int8_t)b->columns[2][i].i;
    }
    return true;
}

static epi_status load_previous(struct levels *l)
{
    static const uint16_t fields[] = {EPI_LEVEL_UNIT, EPI_LEVEL_AS_OF, EPI_LEVEL_LEVEL};
    size_t units = epi_units_count(l->call->app->units);
    struct published_load p = {l, EPI_ARRAY(l->call->a, units, epi_date)};
    struct epi_scope all = EPI_SCOPE_ALL;
    struct epi_filter f = {
        .field = EPI_LEVEL_STATUS, .match = EPI_EQ, .v = epi_v_text(EPI_S("published"))};
    l->previous = EPI_ARRAY(l->call->a, units, int8_t);
    for (size_t u = 0; u < units; u++) {
        l->previous[u] = EPI_LEVEL_NONE;
        p.last[u] = (epi_date){INT32_MIN};
    }
    return epi_store_scan(l->call->app->store, EPI_K_LEVEL, &all, &f, 1, fields, EPI_COUNT(fields),
                          published_batch, &p, &l->call->err);
}

static epi_status load(struct levels *l, struct epi_call *call, epi_date on)
{
    *l = (struct levels){.call = call, .on = on};
    EPI_TRY(epi__readiness_load(call, on, &l->ready));
    return load_previous(l);
}

static epi_status ruled_of(struct levels *l, int32_t unit, const struct ruled **ret)
{
    int32_t by = epi__ruled_by(l->call->app, unit);
    struct ruled *r = l->ruled;
    while (r && r->by != by)
        r = r->next;
    if (!r) {
        r = EPI_NEW(l->call->a, struct ruled);
        r->by = by;
        r->query = epi__level_query(l->call, unit);
        r->window = epi__window(l->call, unit, l->on);
        EPI_TRY(epi__series_load(l->call, unit, (epi_date){l->on.d - r->window + 1}, l->on, l->on,
                                 r->window, &r->series));
        EPI_TRY(epi__coverage_load(l->call, unit, l->on, &r->coverage));
        r->next = l->ruled;
        l->ruled = r;
    }
    *ret = r;
    return EPI_OK;
}

static epi_str people_source(struct epi_call *call, bool aggregate, int64_t n, int64_t of)
{
    return epi_str_printf(call->a, "%s: %lld / %lld", aggregate ? "coverage" : "register",
                          (long long)n, (long long)of);
}

static epi_status assess(struct levels *l, const struct ruled *r, int32_t unit,
                         struct epi_level *ret)
{
    struct epi_call *call = l->call;
    const struct epi_unit *u = epi_units_at(call->app->units, unit);
    const struct epi__series *s = &r->series;
    const struct epi__coverage *c = &r->coverage;
    struct epi_level_input *in = EPI_NEW(call->a, struct epi_level_input);
    struct epi_level_fact *facts = EPI_ARRAY(call->a, 3, struct epi_level_fact);
    *in = epi_level_input_empty(u->path, l->on);
    in->population = (double)u->population;
    in->community = &s->community[(size_t)unit * s->days];
    if (!s->covered[unit] &&
        c->group[unit] == 0) { /* nobody reports from here: not the same as no case */
        int32_t *silent = EPI_ARRAY(call->a, s->days, int32_t);
        for (size_t d = 0; d < s->days; d++)
            silent[d] = EPI_LEVEL_NOT_REPORTED;
        in->community = silent;
    }
    in->community_n = s->days;
    in->previous = l->previous[unit];
    if (c->rule.one_after[0][0] != EPI__NEVER)
        in->coverage_lag = epi_fact_number(c->rule.one_after[0][0]);
    in->facts = facts;
    if (c->group[unit] > 0)
        facts[in->facts_n++] = (struct epi_level_fact){
            .name = EPI_S("coverage_one_dose"),
            .type = EPI_VALUE_NUMBER,
            .number = c->one_dose[unit],
            .as_of = c->as_of[unit],
            .source = people_source(call, c->aggregate[unit], c->group_one[unit], c->group[unit])};
    if (c->elderly[unit] > 0)
        facts[in->facts_n++] = (struct epi_level_fact){
            .name = EPI_S("coverage_full_elderly"),
            .type = EPI_VALUE_NUMBER,
            .number = c->full_elderly[unit],
            .as_of = c->as_of[unit],
            .source =
                people_source(call, c->aggregate[unit], c->elderly_full[unit], c->elderly[unit])};
    if (l->ready[unit] >= 0)
        facts[in->facts_n++] = (struct epi_level_fact){.name = EPI_S("capacity_ready"),
                                                       .type = EPI_VALUE_BOOL,
                                                       .number = l->ready[unit],
                                                       .source = EPI_S("readiness"),
                                                       .as_of = l->on};
    const struct epi_field *f = &call->app->catalogue->kinds[EPI_K_CASE].fields[EPI_CASE_DETECTION];
    struct epi_level_setting *others = EPI_ARRAY(call->a, EPI__SETTINGS, struct epi_level_setting);
    for (size_t w = 0; w < EPI__SETTINGS; w++) {
        int32_t n = s->setting[(size_t)unit * EPI__SETTINGS + w];
        if (n && !s->community_counts[w])
            others[in->others_n++] = (struct epi_level_setting){
                epi_str_of(w < f->n_words ? f->words[w].word : "not_given"), n};
    }
    in->others = others;
    return epi_level_assess(call->a, call->app->policies, &r->query, in, ret, &call->err);
}

/* The newest level record of a unit that is signed or published on or before the day. */
static epi_status published(struct epi_call *call, epi_str unit, epi_date on,
                            struct epi_record **ret)
{
    struct epi_value states[] = {epi_v_text(EPI_S("signed")), epi_v_text(EPI_S("published"))};
    struct epi_filter f[] = {
        {.field = EPI_LEVEL_UNIT, .match = EPI_EQ, .v = epi_v_text(unit)},
        {.field = EPI_LEVEL_AS_OF, .match = EPI_LE, .v = epi_v_date(on)},
        {.field = EPI_LEVEL_STATUS, .match = EPI_ANY_OF, .any = states, .n_any = 2}};
    struct epi_query q = {.kind = EPI_K_LEVEL,
                          .scope = EPI_SCOPE_ALL,
                          .filters = f,
                          .n_filters = 3,
                          .order = EPI_LEVEL_AS_OF,
                          .descending = true,
                          .limit = 1};
    struct epi_page page;
    EPI_TRY(epi_store_find(call->app->store, call->a, &q, &page, &call->err));
    *ret = page.n ? &page.rows[0] : NULL;
    return EPI_OK;
}

static void published_json(struct epi_jw *w, const struct epi_record *r)
{
    char text[16];
    epi_jw_key(w, "published");
    if (!r) {
        epi_jw_null(w);
        return;
    }
    epi_jw_object(w);
    epi_jw_kvz(w, "id", epi_id_text(r->id, text));
    epi_jw_kvi(w, "level", r->v[EPI_LEVEL_LEVEL].i);
    epi_jw_kvz(w, "as_of", epi_date_iso(epi_v_as_date(r->v[EPI_LEVEL_AS_OF]), text));
    epi_jw_kv(w, "status", epi_v_as_text(r->v[EPI_LEVEL_STATUS]));
    epi_jw_object_end(w);
}

/* Which settings the rate counts, and how many cases of each lie in the window. Cases whose setting
 * nobody gave are counted too, and told: the rate is then the highest it could be. */
static void counted_json(struct epi_call *call, const struct epi__series *s, int32_t unit)
{
    const struct epi_field *f = &call->app->catalogue->kinds[EPI_K_CASE].fields[EPI_CASE_DETECTION];
    struct epi_jw *w = &call->out;
    epi_jw_key(w, "counted");
    epi_jw_object(w);
    for (size_t i = 0; i < EPI__SETTINGS; i++) {
        int32_t n = s->setting[(size_t)unit * EPI__SETTINGS + i];
        if (n && s->community_counts[i])
            epi_jw_kvi(w, i < f->n_words ? f->words[i].word : "not_given", n);
    }
    epi_jw_object_end(w);
}

/* Levels the policy knows: what a person may sign. */
static void range_json(struct epi_jw *w, const struct epi_policy *b)
{
    int lo, hi;
    epi_level_range(b, &lo, &hi);
    epi_jw_key(w, "range");
    epi_jw_array(w);
    epi_jw_int(w, lo);
    epi_jw_int(w, hi);
    epi_jw_array_end(w);
}

static epi_status level_row(struct levels *l, int32_t unit, epi_level_detail detail)
{
    struct epi_call *call = l->call;
    struct epi_jw *w = &call->out;
    const struct epi_unit *u = epi_units_at(call->app->units, unit);
    const struct ruled *r;
    struct epi_level level;
    struct epi_record *pub;
    EPI_TRY(ruled_of(l, unit, &r));
    EPI_TRY(assess(l, r, unit, &level));
    EPI_TRY(published(call, u->path, l->on, &pub));
    epi_jw_object(w);
    epi_level_members(w, &level, detail, call->actor.lang);
    epi_jw_kv(w, "name", u->full_name);
    epi_jw_kv(w, "code", u->code);
    epi_jw_kvi(w, "unit_level", u->level);
    epi_jw_kvr(w, "lat", u->lat); /* NaN writes null */
    epi_jw_kvr(w, "lon", u->lon);
    epi_jw_kvr(w, "rate", level.rate.known ? level.rate.v : NAN);
    epi_jw_kvi(w, "cases", level.window_cases);
    epi_jw_kvi(w, "window_days", level.window_days);
    counted_json(call, &r->series, unit);
    epi_jw_kvz(w, "cases_source", r->series.aggregate[unit] ? "count" : "case");
    epi_jw_key(w, "population");
    if (u->population < 0)
        epi_jw_null(w);
    else
        epi_jw_int(w, u->population);
    epi_jw_kvr(w, "coverage_one_dose", r->coverage.one_dose[unit]);
    epi_jw_kvr(w, "coverage_full_elderly", r->coverage.full_elderly[unit]);
    epi_jw_key(w, "ready");
    if (l->ready[unit] < 0)
        epi_jw_null(w);
    else
        epi_jw_bool(w, l->ready[unit] == 1);
    if (detail == EPI_LEVEL_FULL) {
        epi__rule_json(w, "community_rule", &r->series.rule);
        epi__rule_json(w, "coverage_rule", &r->coverage.rule.rule);
        range_json(w, level.policy);
    }
    published_json(w, pub);
    epi_jw_object_end(w);
    return EPI_OK;
}

/* The day and the rules that the unit asked for follows; a row may follow those of its own
 * authority, and says so. */
static epi_status head_json(struct levels *l, int32_t unit)
{
    struct epi_call *call = l->call;
    const struct ruled *r;
    char day[16];
    EPI_TRY(ruled_of(l, unit, &r));
    epi_jw_object(&call->out);
    epi_jw_kvz(&call->out, "as_of", epi_date_iso(l->on, day));
    epi_jw_key(&call->out, "policy");
    const struct epi_policy *b = level_policy(call, unit, l->on);
    if (!b) {
        epi_jw_null(&call->out);
        return EPI_OK;
    }
    struct epi_pack_info info;
    epi_pack_get(epi_policy_pack(b), &info);
    epi_jw_object(&call->out);
    epi_jw_kv(&call->out, "id", info.id);
    epi_jw_kv(&call->out, "authority", info.authority);
    epi_jw_kv(&call->out, "title", info.title[call->actor.lang]);
    epi_jw_kv(&call->out, "document", info.symbol);
    epi_jw_object_end(&call->out);
    epi__rule_json(&call->out, "community_rule", &r->series.rule);
    epi__rule_json(&call->out, "coverage_rule", &r->coverage.rule.rule);
    return EPI_OK;
}

/* Arguments: unit (default one's own), children=1 (it and those below), all=1 (every unit below,
 * any depth), list=1 (the rows alone). */
epi_status epi_do_levels(struct epi_call *call)
{
    const struct epi_units *units = call->app->units;
    struct levels l;
    epi_date on;
    int32_t unit;
    EPI_TRY(epi__need(call, EPI_MAY_RECORD_READ));
    EPI_TRY(epi__date_arg(call, "as_of", &on));
    EPI_TRY(epi__unit_arg(call, "unit", &unit));
    EPI_TRY(load(&l, call, on));
    bool all = epi_str_eqz(epi_arg(call, "all"), "1"),
         children = epi_str_eqz(epi_arg(call, "children"), "1");
    bool list = epi_str_eqz(epi_arg(call, "list"), "1");
    if (!list) {
        EPI_TRY(head_json(&l, unit));
        epi_jw_key(&call->out, "rows");
    }
    epi_jw_array(&call->out);
    EPI_TRY(level_row(&l, unit, EPI_LEVEL_BRIEF));
    int32_t last = all || children ? epi_units_at(units, unit)->last : 0;
    for (int32_t u = unit + 1; u < last; u++) {
        const struct epi_unit *at = epi_units_at(units, u);
        if (epi_unit_valid_on(at, on) && (all || at->parent == unit))
            EPI_TRY(level_row(&l, u, EPI_LEVEL_BRIEF));
    }
    epi_jw_array_end(&call->out);
    if (!list)
        epi_jw_object_end(&call->out);
    return EPI_OK;
}

epi_status epi_do_level_evidence(struct epi_call *call)
{
    struct levels l;
    epi_date on;
    int32_t unit;
    EPI_TRY(epi__need(call, EPI_MAY_RECORD_READ));
    EPI_TRY(epi__date_arg(call, "as_of", &on));
    EPI_TRY(epi__unit_arg(call, "unit", &unit));
    EPI_TRY(load(&l, call, on));
    return level_row(&l, unit, EPI_LEVEL_FULL);
}

/* What a signature needs: the level computed now, its policy and the sheet. */
epi_status epi__level_now(struct epi_call *call, int32_t unit, epi_date on,
                          struct epi__level_now *ret)
{
    struct levels l;
    const struct ruled *r;
    struct epi_level level;
    EPI_TRY(load(&l, call, on));
    EPI_TRY(ruled_of(&l, unit, &r));
    EPI_TRY(assess(&l, r, unit, &level));
    EPI_BUF_LOCAL(b, 390000);
    struct epi_jw w = EPI_JW(&b);
    epi_level_json(&w, &level, EPI_LEVEL_FULL, call->actor.lang);
    *ret =
        (struct epi__level_now){.level = level.level,
                                .rule = epi__rule_of(epi_policy_pack(level.policy)),
                                .sheet = b.full ? EPI_NIL : epi_str_dup(call->a, epi_buf_str(&b)),
                                .confidence = level.confidence};
    epi_level_range(level.policy, &ret->lowest, &ret->highest);
    return EPI_OK;
}
