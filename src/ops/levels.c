// SPDX-License-Identifier: AGPL-3.0-or-later
/* Levels of units on a day, their evidence and their history: figures gathered here, judged in
 * level/. */
#include "level/level.h"
#include "ops/figures.h"
#include <math.h>

#define WINDOW_DEFAULT 14

struct levels { /* everything one assessment of many units needs */
    struct epi_call *call;
    struct epi_level_query query;
    epi_date on;
    int window;
    struct epi__series series;
    struct epi__coverage coverage;
    int8_t *ready;
    int8_t *previous; /* [unit] last published level before the day, -1 none */
};

static double param(const struct epi_policy *b, const char *name, double otherwise)
{
    struct epi_fact f = b ? epi_policy_param(b, epi_str_of(name)) : EPI_FACT_UNKNOWN;
    return f.known ? f.v : otherwise;
}

struct epi__counting epi__counting_rules(struct epi_call *call, epi_date on, epi_str policy_id)
{
    struct epi_policy_query level = {
        .kind = EPI_KIND_LEVEL, .date = on, .disease = epi__disease(call)};
    struct epi_policy_query cover = {
        .kind = EPI_KIND_COVERAGE, .date = on, .disease = level.disease};
    const struct epi_pack *pack = policy_id.n ? epi_policy_by_id(call->app->policies, policy_id)
                                              : epi_policy_find(call->app->policies, &level);
    const struct epi_pack *cpack = epi_policy_find(call->app->policies, &cover);
    struct epi_policy *b = pack ? epi_policy_bind(call->a, pack, on, level.disease) : NULL;
    struct epi_policy *c = cpack ? epi_policy_bind(call->a, cpack, on, level.disease) : NULL;
    return (struct epi__counting){
        .window = (int)param(b, "window_days", WINDOW_DEFAULT),
        .lag = (int)param(b, "coverage_lag_days", param(c, "coverage_lag_days", 0)),
        .elderly = (int)param(b, "elderly_age", param(c, "elderly_age", 65))};
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
    *l = (struct levels){
        .call = call,
        .on = on,
        .query = {.disease = epi__disease(call), .policy_id = epi_arg(call, "policy")}};
    struct epi__counting rules = epi__counting_rules(call, on, l->query.policy_id);
    l->window = rules.window;
    EPI_TRY(epi__series_load(call, (epi_date){on.d - l->window + 1}, on, l->window, &l->series));
    EPI_TRY(epi__coverage_load(call, on, rules.lag, rules.elderly, &l->coverage));
    EPI_TRY(epi__readiness_load(call, on, &l->ready));
    EPI_TRY(load_previous(l));
    return EPI_OK;
}

static epi_str people_source(struct epi_call *call, bool aggregate, int64_t n, int64_t of)
{
    return epi_str_printf(call->a, "%s: %lld / %lld", aggregate ? "coverage" : "register",
                          (long long)n, (long long)of);
}

static epi_status assess(struct levels *l, int32_t unit, struct epi_level *ret)
{
    struct epi_call *call = l->call;
    const struct epi_unit *u = epi_units_at(call->app->units, unit);
    const struct epi__series *s = &l->series;
    const struct epi__coverage *c = &l->coverage;
    struct epi_level_input *in = EPI_NEW(call->a, struct epi_level_input);
    struct epi_level_fact *facts = EPI_ARRAY(call->a, 3, struct epi_level_fact);
    *in = epi_level_input_empty(u->path, l->on);
    in->population = (double)u->population;
    in->community = &s->community[(size_t)unit * s->days];
    if (!s->covered[unit] &&
        c->adults[unit] == 0) { /* nobody reports from here: not the same as no case */
        int32_t *silent = EPI_ARRAY(call->a, s->days, int32_t);
        for (size_t d = 0; d < s->days; d++)
            silent[d] = EPI_LEVEL_NOT_REPORTED;
        in->community = silent;
    }
    in->community_n = s->days;
    in->previous = l->previous[unit];
    in->facts = facts;
    if (c->adults[unit] > 0)
        facts[in->facts_n++] =
            (struct epi_level_fact){.name = EPI_S("coverage_1dose_18"),
                                    .type = EPI_VALUE_NUMBER,
                                    .number = c->one_dose_18[unit],
                                    .as_of = c->as_of[unit],
                                    .source = people_source(call, c->aggregate[unit],
                                                            c->adults_one[unit], c->adults[unit])};
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
    return epi_level_assess(call->a, call->app->policies, &l->query, in, ret, &call->err);
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
static void counted_json(struct levels *l, int32_t unit)
{
    const struct epi_field *f =
        &l->call->app->catalogue->kinds[EPI_K_CASE].fields[EPI_CASE_DETECTION];
    struct epi_jw *w = &l->call->out;
    epi_jw_key(w, "counted");
    epi_jw_object(w);
    for (size_t i = 0; i < EPI__SETTINGS; i++) {
        int32_t n = l->series.setting[(size_t)unit * EPI__SETTINGS + i];
        if (n && l->series.community_counts[i])
            epi_jw_kvi(w, i < f->n_words ? f->words[i].word : "not_given", n);
    }
    epi_jw_object_end(w);
}

static epi_status level_row(struct levels *l, int32_t unit, epi_level_detail detail)
{
    struct epi_call *call = l->call;
    struct epi_jw *w = &call->out;
    const struct epi_unit *u = epi_units_at(call->app->units, unit);
    struct epi_level level;
    struct epi_record *pub;
    EPI_TRY(assess(l, unit, &level));
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
    counted_json(l, unit);
    epi_jw_kvz(w, "cases_source", l->series.aggregate[unit] ? "count" : "case");
    epi_jw_key(w, "population");
    if (u->population < 0)
        epi_jw_null(w);
    else
        epi_jw_int(w, u->population);
    epi_jw_kvr(w, "coverage_one_dose", l->coverage.one_dose_18[unit]);
    epi_jw_kvr(w, "coverage_full_elderly", l->coverage.full_elderly[unit]);
    epi_jw_key(w, "ready");
    if (l->ready[unit] < 0)
        epi_jw_null(w);
    else
        epi_jw_bool(w, l->ready[unit] == 1);
    published_json(w, pub);
    epi_jw_object_end(w);
    return EPI_OK;
}

static void head_json(struct levels *l)
{
    struct epi_call *call = l->call;
    char day[16];
    epi_jw_object(&call->out);
    epi_jw_kvz(&call->out, "as_of", epi_date_iso(l->on, day));
    epi_jw_key(&call->out, "policy");
    struct epi_policy_query q = {
        .kind = EPI_KIND_LEVEL, .date = l->on, .disease = l->query.disease};
    const struct epi_pack *pack = l->query.policy_id.n
                                      ? epi_policy_by_id(call->app->policies, l->query.policy_id)
                                      : epi_policy_find(call->app->policies, &q);
    if (!pack) {
        epi_jw_null(&call->out);
        return;
    }
    struct epi_pack_info info;
    epi_pack_get(pack, &info);
    epi_jw_object(&call->out);
    epi_jw_kv(&call->out, "id", info.id);
    epi_jw_kv(&call->out, "title", info.title[call->actor.lang]);
    epi_jw_kv(&call->out, "document", info.symbol);
    epi_jw_object_end(&call->out);
    epi_jw_key(&call->out, "community_rule");
    epi_jw_object(&call->out);
    epi_jw_kv(&call->out, "id", l->series.rule);
    epi_jw_kv(&call->out, "document", l->series.rule_source);
    epi_jw_kvz(&call->out, "confidence", epi_confidence_word(l->series.rule_confidence));
    epi_jw_object_end(&call->out);
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
        head_json(&l);
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
    struct epi_level level;
    struct epi_pack_info info;
    EPI_TRY(load(&l, call, on));
    EPI_TRY(assess(&l, unit, &level));
    EPI_BUF_LOCAL(b, 390000);
    struct epi_jw w = EPI_JW(&b);
    epi_level_json(&w, &level, EPI_LEVEL_FULL, call->actor.lang);
    epi_pack_get(epi_policy_pack(level.policy), &info);
    *ret = (struct epi__level_now){level.level, info.id,
                                   b.full ? EPI_NIL : epi_str_dup(call->a, epi_buf_str(&b)),
                                   level.confidence};
    return EPI_OK;
}
