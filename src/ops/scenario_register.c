// SPDX-License-Identifier: AGPL-3.0-or-later
/* The register on the day before a scenario as its start: where each row lies in the society, how
 * long contacts stay in quarantine by the rules of the day, and the levels in force. */
#include "ops/scenario_register.h"
#include <stdlib.h>

/* --- where --- */
struct map {
    const struct epi_units *units;
    const struct epi_society *society;
    int32_t *place; /* [unit], -1 = none of its own */
};
static struct map map_of(struct epi_call *call, const struct epi_society *society)
{
    const struct epi_units *units = call->app->units;
    size_t n = epi_units_count(units);
    struct map m = {units, society, EPI_ARRAY(call->a, n, int32_t)};
    for (size_t i = 0; i < n; i++)
        m.place[i] = -1;
    for (uint32_t p = 0; p < epi_society_places(society); p++) {
        int32_t u = epi_units_by_path(units, epi_society_place(society, p)->path);
        if (u >= 0)
            m.place[u] = (int32_t)p;
    }
    return m;
}
/* The place of a unit or of the unit it lies in; for a unit of several places one of them by
 * population, the same for the same key. */
static int32_t place_of(const struct map *m, int32_t unit, uint64_t key)
{
    for (int32_t u = unit; u >= 0; u = epi_units_at(m->units, u)->parent)
        if (m->place[u] >= 0)
            return m->place[u];
    uint64_t all = 0, at;
    for (int pass = 0; pass < 2; pass++) {
        at = pass == 1 && all > 0 ? (key * 0x9e3779b97f4a7c15U >> 20) % all : 0;
        for (int32_t u = unit; u < epi_units_at(m->units, unit)->last; u++) {
            if (m->place[u] < 0)
                continue;
            uint32_t p = (uint32_t)m->place[u];
            uint32_t last = p + 1 < epi_society_places(m->society)
                                ? epi_society_place_first(m->society, p + 1)
                                : epi_society_people(m->society);
            uint64_t size = last - epi_society_place_first(m->society, p);
            if (pass == 0)
                all += size;
            else if (at < size)
                return (int32_t)p;
            else
                at -= size;
        }
        if (all == 0)
            break;
    }
    return -1;
}

/* --- quarantine of contacts: what their unit's rules of that day say of ring 1 --- */
struct duty {
    int32_t by; /* epi__ruled_by */
    const struct epi_policy *policy;
    struct duty *next;
};
static const struct epi_policy *duty_of(struct epi__begun *b, struct duty **all, int32_t unit,
                                        epi_date on)
{
    int32_t by = epi__ruled_by(b->call->app, unit);
    struct duty *d = *all;
    while (d && d->by != by)
        d = d->next;
    if (!d) {
        const struct epi_pack *pack = epi__pack_for(b->call, EPI_KIND_CONTACT_DUTY, unit, on);
        d = EPI_NEW(b->call->a, struct duty);
        *d = (struct duty){
            by, pack ? epi_policy_bind(b->call->a, pack, on, epi__disease(b->call)) : NULL, *all};
        *all = d;
    }
    return d->policy;
}
static void give(const struct epi_pack *pack, struct epi_fact *facts, const char *name, double v)
{
    int slot = epi_policy_fact_index(pack, epi_str_of(name));
    if (slot >= 0)
        facts[slot] = epi_fact_number(v);
}
/* Days from the last exposure and where; the longest the rules could mean when they hang on what is
 * not known. False when they say nothing. */
static bool ask_duty(const struct epi_policy *policy, const struct epi__begun_row *r, int *ret_days,
                     uint8_t *ret_where)
{
    EPI_ARENA_LOCAL(a);
    const struct epi_pack *pack = epi_policy_pack(policy);
    struct epi_pack_info info;
    epi_pack_get(pack, &info);
    int table = epi_policy_table_index(pack, EPI_S("duty")),
        days = epi_policy_fact_index(pack, EPI_S("isolate_days")),
        where = epi_policy_fact_index(pack, EPI_S("place"));
    struct epi_fact *facts = EPI_ARRAY(a, info.slots_n, struct epi_fact);
    struct epi_decision *d = EPI_ARRAY(a, info.tables_n, struct epi_decision);
    if (table < 0 || days < 0)
        return false;
    give(pack, facts, "ring", 1);
    give(pack, facts, "doses", r->p.doses);
    give(pack, facts, "recovered", 0);
    if (r->p.doses)
        give(pack, facts, "days_since_dose", -r->p.dose_day);
    if (r->p.age >= 0)
        give(pack, facts, "age", r->p.age);
    epi_policy_run(policy, facts, d);
    struct epi_table_info t;
    epi_pack_table(pack, (size_t)table, &t);
    for (size_t o = 0; o < t.outputs_n; o++)
        if (t.outputs[o] == days && !facts[days].known && d[table].out[o].hi >= 0)
            facts[days] = epi_fact_number(d[table].out[o].hi);
    if (!facts[days].known)
        return false;
    *ret_days = (int)facts[days].v;
    *ret_where = EPI_START_BY_LEVER;
    if (where >= 0 && facts[where].known) {
        epi_str word = epi_fact_text(a, pack, (size_t)where, facts[where]);
        *ret_where = epi_str_eqz(word, "central") ? EPI_START_SITE
                     : epi_str_eqz(word, "home")  ? EPI_START_HOME
                                                  : EPI_START_BY_LEVER;
    }
    return true;
}
/* Until when he is to stay apart as a contact; he lies under the order while he is found, or was
 * none of its contacts. */
static void set_quarantine(struct epi__begun *b, struct duty **duties, struct epi__begun_row *r)
{
    struct epi_start_person *p = &r->p;
    const struct epi_policy *policy =
        duty_of(b, duties, r->unit, (epi_date){b->first.d + p->listed});
    int days = b->sc->trace.days_f1, since = p->exposed != EPI_NO_DAY ? p->exposed : p->listed;
    uint8_t where = p->where;
    if (policy)
        (void)ask_duty(policy, r, &days, &where);
    int to = since + days;
    if (p->state != EPI_START_WELL) {
        if (p->listed > p->found || p->found >= to)
            p->listed = p->exposed = EPI_NO_DAY;
        return;
    }
    p->where = where;
    p->kept_to = (int16_t)to;
    if (to <= 0 || to <= p->kept_from) { /* over, or nothing is owed */
        p->kept_from = p->kept_to = 0;
        p->listed = p->exposed = EPI_NO_DAY;
    }
}

/* --- levels --- */
struct levels {
    struct epi__begun *b;
    epi_date *last; /* [unit] */
    int8_t *level;
};
static bool levels_batch(const struct epi_batch *rows, void *ctx)
{
    struct levels *l = ctx;
    for (size_t i = 0; i < rows->rows; i++) {
        const struct epi_value *const *v = rows->columns;
        epi_date day = epi_v_as_date(v[1][i]);
        int32_t u =
            v[0][i].t == EPI_V_TEXT ? epi_units_by_path(l->b->call->app->units, v[0][i].s) : -1;
        if (u < 0 || !epi_date_known(day) || day.d >= l->b->first.d || day.d < l->last[u].d ||
            v[2][i].t != EPI_V_INT)
            continue;
        l->last[u] = day;
        l->level[u] = (int8_t)v[2][i].i;
    }
    return true;
}
/* The level published last for the place itself or for the unit nearest above it. */
static epi_status read_levels(struct epi__begun *b, const struct map *m, struct epi_start *s)
{
    static const uint16_t fields[] = {EPI_LEVEL_UNIT, EPI_LEVEL_AS_OF, EPI_LEVEL_LEVEL};
    size_t units = epi_units_count(m->units);
    struct epi_scope all = EPI_SCOPE_ALL;
    struct levels l = {b, EPI_ARRAY(b->call->a, units, epi_date),
                       EPI_ARRAY(b->call->a, units, int8_t)};
    struct epi_filter f = {
        .field = EPI_LEVEL_STATUS, .match = EPI_EQ, .v = epi_v_text(EPI_S("published"))};
    for (size_t u = 0; u < units; u++)
        l.last[u] = (epi_date){INT32_MIN};
    EPI_TRY(epi_store_scan(b->call->app->store, EPI_K_LEVEL, &all, &f, 1, fields, EPI_COUNT(fields),
                           levels_batch, &l, &b->call->err));
    s->places = EPI_ARRAY(b->call->a, s->places_n, struct epi_start_place);
    for (uint32_t p = 0; p < s->places_n; p++) {
        int32_t u = epi_units_by_path(m->units, epi_society_place(m->society, p)->path);
        while (u >= 0 && l.last[u].d == INT32_MIN)
            u = epi_units_at(m->units, u)->parent;
        int16_t since = u >= 0 ? epi__begun_day(b, l.last[u]) : EPI_NO_DAY;
        if (since != EPI_NO_DAY && l.level[u] > 0)
            s->places[p] =
                (struct epi_start_place){.level_since = since, .level = (uint8_t)l.level[u]};
    }
    return EPI_OK;
}

/* --- the start --- */
static bool says_something(const struct epi_start_person *p)
{
    return p->state != EPI_START_WELL || p->doses > 0 || p->kept_to > p->kept_from;
}
static epi_status gather(struct epi__begun *b, const struct map *m, struct epi_start *s)
{
    struct duty *duties = NULL;
    EPI_TRY(epi__begun_read(b));
    s->people = EPI_ARRAY(b->call->a, b->n + 1, struct epi_start_person);
    for (size_t i = 0; i < b->n; i++) {
        struct epi__begun_row *r = &b->rows[i];
        if (r->unit < 0 || r->gone)
            continue;
        if (r->contact)
            set_quarantine(b, &duties, r);
        int32_t place = place_of(m, r->unit, r->person ? r->person : r->key);
        if (place < 0)
            s->nowhere += r->p.state != EPI_START_WELL;
        if (place < 0 || !says_something(&r->p))
            continue;
        r->p.place = (uint32_t)place;
        s->people[s->n++] = r->p;
    }
    return read_levels(b, m, s);
}
static epi_status from_register(struct epi_call *call, const struct epi_runs *runs,
                                struct epi_start **ret)
{
    const struct epi_scenario *sc = runs->scenario;
    const struct epi_society *society = runs->society;
    struct epi__begun b = {
        .call = call, .sc = sc, .history = runs->history, .first = EPI_DATE_UNKNOWN};
    struct map m = map_of(call, society);
    size_t n = 0;
    if (!epi_date_parse_iso(epi_str_of(sc->base.date), &b.first))
        return EPI_FAIL(&call->err, EPI_INVALID, "scenario.date-needed", "%s", "base.date");
    if (b.first.d > epi_app_today(call->app).d + 1)
        return EPI_FAIL(&call->err, EPI_INVALID, "scenario.start-later", "%s", sc->base.date);
    int32_t top = epi_units_resolve(m.units, epi_str_of(sc->base.unit), b.first, &n);
    if (top < 0 || n > 1 || !epi_scope_has(&call->actor.scope, epi_units_at(m.units, top)->path))
        return EPI_FAIL(&call->err, EPI_NOT_FOUND, "scenario.no-unit", "%s", sc->base.unit);
    b.path = epi_units_at(m.units, top)->path;
    b.counted = EPI_ARRAY(call->a, epi_units_count(m.units), bool);
    epi_call_arg(call, EPI_S("disease"), epi_str_of(sc->base.disease));
    epi__community_rule(call, top, (epi_date){b.first.d - 1}, &b.rule);
    struct epi_start *s = EPI_NEW(call->a, struct epi_start);
    *s = (struct epi_start){.as_of = {b.first.d - 1}, .places_n = epi_society_places(society)};
    epi_status status = gather(&b, &m, s);
    free(b.rows);
    free(b.beds);
    free(b.sites);
    *ret = s;
    return status;
}
epi_status epi_scenario_begins(struct epi_call *call, struct epi_runs *runs)
{
    struct epi_start *s;
    EPI_TRY(epi__need(call, EPI_MAY_RECORD_READ));
    EPI_TRY(epi_runs_start(call->a, runs->fs, runs->dir, &s, &call->err));
    if (!s)
        EPI_TRY(from_register(call, runs, &s));
    runs->start = s;
    return EPI_OK;
}
