// SPDX-License-Identifier: AGPL-3.0-or-later
/* One unit on one day. */
#include "level_internal.h"

#define LEVEL_TOP 9 /* highest level any pack may use; keeps cells in a byte */

const char *epi_level_state_word(epi_level_state s)
{
    static const char *const words[] = {"decided", "partial", "undecided", "refused"};
    return words[s];
}

struct epi_level_input epi_level_input_empty(epi_str unit, epi_date date)
{
    return (struct epi_level_input){
        .unit = unit, .date = date, .previous = EPI_LEVEL_NONE, .override_level = EPI_LEVEL_NONE};
}

struct epi_fact epi_level_rate(int64_t cases, int window_days, double population)
{
    if (!(population > 0) || window_days < 1)
        return EPI_FACT_UNKNOWN;
    return epi_fact_number((double)cases * 7.0 * 1e5 / ((double)window_days * population));
}

epi_status epi__level_choose(const struct epi_policies *set, const struct epi_level_query *q,
                             epi_date date, const struct epi_pack **ret, struct epi_err *reterr)
{
    struct epi_policy_query pq = {.kind = EPI_KIND_LEVEL,
                                  .date = date,
                                  .disease = q->disease,
                                  .authorities = q->authorities,
                                  .authorities_n = q->authorities_n};
    char iso[16];
    if (q->policy_id.n == 0) {
        *ret = epi_policy_find(set, &pq);
        return *ret ? EPI_OK
                    : EPI_FAIL(reterr, EPI_NOT_FOUND, "level.no-policy", "%s",
                               epi_date_iso(date, iso));
    }
    const struct epi_pack *p = epi_policy_by_id(set, q->policy_id);
    struct epi_pack_info info;
    if (!p)
        return EPI_FAIL(reterr, EPI_NOT_FOUND, "level.policy-unknown", "%.*s",
                        EPI_FMT(q->policy_id));
    epi_pack_get(p, &info);
    if (info.kind != EPI_KIND_LEVEL)
        return EPI_FAIL(reterr, EPI_INVALID, "level.policy-other-kind", "%.*s",
                        EPI_FMT(q->policy_id));
    *ret = p;
    return EPI_OK;
}

static int table_of_role(const struct epi_pack *p, size_t tables_n, const char *role)
{
    struct epi_table_info t;
    for (size_t i = 0; i < tables_n; i++) {
        epi_pack_table(p, i, &t);
        if (epi_str_eqz(t.role, role))
            return (int)i;
    }
    return -1;
}

static int whole_param(const struct epi_policy *b, epi_str name, int otherwise, int max)
{
    struct epi_fact f = epi_policy_param(b, name);
    return f.known && f.v >= 1 && f.v <= max ? (int)f.v : otherwise;
}

/* A week when the pack does not say: the rate is per week. */
int epi_level_window(const struct epi_policy *b)
{
    return whole_param(b, EPI_S("window_days"), 7, 366);
}

void epi_level_range(const struct epi_policy *b, int *ret_lo, int *ret_hi)
{
    struct epi_slot_info s;
    int slot = epi_policy_fact_index(epi_policy_pack(b), EPI_S("level"));
    *ret_lo = 0;
    *ret_hi = whole_param(b, EPI_S("level_max"), LEVEL_TOP, LEVEL_TOP);
    if (slot < 0)
        return;
    epi_pack_slot(epi_policy_pack(b), (size_t)slot, &s);
    if (s.has_min && s.min > 0 && s.min <= *ret_hi)
        *ret_lo = (int)s.min;
    if (s.has_max && s.max < *ret_hi && s.max >= *ret_lo)
        *ret_hi = (int)s.max;
}

/* The slot of a role's output; fails when the table is there and the output is not a number or
 * yes/no. */
static epi_status role_slot(const struct epi_pack *p, int table, const char *name,
                            epi_value_type type, int *ret, struct epi_err *reterr)
{
    struct epi_slot_info s;
    *ret = table < 0 ? -1 : epi_policy_fact_index(p, epi_str_of(name));
    if (table < 0)
        return EPI_OK;
    if (*ret >= 0)
        epi_pack_slot(p, (size_t)*ret, &s);
    if (*ret < 0 || s.table != table || s.type != type)
        return EPI_FAIL(reterr, EPI_INVALID, "level.role-without-output", "%s", name);
    return EPI_OK;
}

epi_status epi__level_ready(struct epi_arena *a, const struct epi_pack *p, epi_date date,
                            epi_str disease, struct ready *ret, struct epi_err *reterr)
{
    struct ready r = {.pack = p, .policy = epi_policy_bind(a, p, date, disease)};
    epi_pack_get(p, &r.info);
    r.level_table = table_of_role(p, r.info.tables_n, "level");
    r.raise_table = table_of_role(p, r.info.tables_n, "raise");
    r.hold_table = table_of_role(p, r.info.tables_n, "hold");
    if (r.level_table < 0)
        return EPI_FAIL(reterr, EPI_INVALID, "level.no-level-table", "%.*s", EPI_FMT(r.info.id));
    EPI_TRY(role_slot(p, r.level_table, "level", EPI_VALUE_NUMBER, &r.level_slot, reterr));
    EPI_TRY(role_slot(p, r.raise_table, "raise", EPI_VALUE_NUMBER, &r.raise_slot, reterr));
    EPI_TRY(role_slot(p, r.hold_table, "hold", EPI_VALUE_BOOL, &r.hold_slot, reterr));
    r.rate_slot = epi_policy_fact_index(p, EPI_S("rate"));
    r.window_days = epi_level_window(r.policy);
    r.level_max = whole_param(r.policy, EPI_S("level_max"), LEVEL_TOP, LEVEL_TOP);
    *ret = r;
    return EPI_OK;
}

static const struct epi_out *output_of(const struct ready *r, const struct epi_decision *d,
                                       int table, int slot)
{
    struct epi_table_info t;
    epi_pack_table(r->pack, (size_t)table, &t);
    size_t i = 0;
    while (t.outputs[i] != slot)
        i++;
    return &d[table].out[i];
}

static int clamp(double v, int lo, int hi)
{
    return v < lo ? lo : v > hi ? hi : (int)v;
}

struct outcome epi__level_outcome(const struct ready *r, struct epi_fact *facts,
                                  struct epi_decision *d)
{
    struct outcome o = {
        .base = EPI_LEVEL_NONE, .base_lo = 0, .base_hi = r->level_max, .hold = EPI_NO};
    epi_policy_run(r->policy, facts, d);
    o.refused = d[r->level_table].state == EPI_REFUSED;
    const struct epi_out *level = output_of(r, d, r->level_table, r->level_slot);
    if (!isnan(level->lo)) {
        o.base_lo = clamp(level->lo, 0, r->level_max);
        o.base_hi = clamp(level->hi, 0, r->level_max);
    }
    if (level->value.known)
        o.base = o.base_lo = o.base_hi = clamp(level->value.v, 0, r->level_max);
    o.base_confidence = epi_policy_confidence(r->policy, (size_t)r->level_table, d);
    if (r->raise_table >= 0) {
        const struct epi_out *raise = output_of(r, d, r->raise_table, r->raise_slot);
        o.raise = raise->value.known ? clamp(raise->value.v, 0, LEVEL_TOP) : 0;
        o.raise_hi = raise->value.known ? o.raise
                     : isnan(raise->hi) ? LEVEL_TOP
                                        : clamp(raise->hi, 0, LEVEL_TOP);
        o.raise_confidence = epi_policy_confidence(r->policy, (size_t)r->raise_table, d);
    }
    if (r->hold_table >= 0) {
        struct epi_fact hold = output_of(r, d, r->hold_table, r->hold_slot)->value;
        o.hold = !hold.known ? EPI_MAYBE : hold.v != 0 ? EPI_YES : EPI_NO;
        o.hold_confidence = epi_policy_confidence(r->policy, (size_t)r->hold_table, d);
    }
    return o;
}

struct verdict epi__level_verdict(const struct ready *r, const struct outcome *o, int previous)
{
    struct verdict v = {
        .level = EPI_LEVEL_NONE, .lo = 0, .hi = r->level_max, .confidence = o->base_confidence};
    if (o->refused) {
        v.state = EPI_LEVEL_REFUSED;
        return v;
    }
    v.lo = clamp(o->base_lo + o->raise, 0, r->level_max);
    v.hi = clamp(o->base_hi + o->raise_hi, 0, r->level_max);
    if (o->hold != EPI_NO && previous > v.hi)
        v.hi = previous;
    if (o->hold == EPI_YES && previous > v.lo)
        v.lo = previous;
    if (o->base == EPI_LEVEL_NONE && v.lo != v.hi) {
        v.state = EPI_LEVEL_UNDECIDED;
        return v;
    }
    v.level = o->base == EPI_LEVEL_NONE ? v.lo : clamp(o->base + o->raise, 0, r->level_max);
    v.raised = o->base != EPI_LEVEL_NONE && v.level > o->base;
    if (o->hold == EPI_YES && previous > v.level) {
        v.level = previous;
        v.held = true;
    }
    if (v.raised && o->raise_confidence > v.confidence)
        v.confidence = o->raise_confidence;
    if (v.held && o->hold_confidence > v.confidence)
        v.confidence = o->hold_confidence;
    v.state = v.lo == v.hi ? EPI_LEVEL_DECIDED : EPI_LEVEL_PARTIAL;
    return v;
}

/* --- one unit --- */
static void count_window(const struct ready *r, const struct epi_level_input *in,
                         struct epi_level *l)
{
    size_t w = (size_t)r->window_days;
    l->window_days = r->window_days;
    for (size_t i = 0; i < w && i < in->community_n; i++) {
        int32_t cases = in->community[in->community_n - 1 - i];
        if (cases < 0)
            continue;
        l->window_cases += cases;
        l->days_reported++;
    }
    if (in->rate.known)
        l->rate = in->rate;
    else if (l->days_reported == r->window_days)
        l->rate = epi_level_rate(l->window_cases, r->window_days, in->population);
}

static epi_status put_fact(const struct ready *r, const struct epi_level_fact *f,
                           struct epi_fact *facts, struct epi_err *reterr)
{
    int slot = epi_policy_fact_index(r->pack, f->name);
    if (slot < 0 || (size_t)slot >= r->info.facts_n)
        return EPI_OK; /* another pack's figure: no use here, and no harm */
    struct epi_fact v = f->type == EPI_VALUE_WORD ? epi_fact_word(r->pack, (size_t)slot, f->word)
                                                  : epi_fact_number(f->number);
    struct epi_slot_info s;
    epi_pack_slot(r->pack, (size_t)slot, &s);
    if (s.type != f->type || !v.known || !epi_fact_fits(r->pack, (size_t)slot, v))
        return EPI_FAIL(reterr, EPI_INVALID, "level.figure-impossible", "%.*s", EPI_FMT(f->name));
    facts[slot] = v;
    return EPI_OK;
}

static epi_status put_facts(const struct ready *r, const struct epi_level_input *in,
                            struct epi_level *l, struct epi_err *reterr)
{
    for (size_t i = 0; i < in->facts_n; i++)
        EPI_TRY(put_fact(r, &in->facts[i], l->facts, reterr));
    if (r->rate_slot >= 0 && l->rate.known) {
        if (!epi_fact_fits(r->pack, (size_t)r->rate_slot, l->rate))
            return EPI_FAIL(reterr, EPI_INVALID, "level.figure-impossible", "%s", "rate");
        l->facts[r->rate_slot] = l->rate;
    }
    return EPI_OK;
}

/* Facts that the level hangs on: of the level table, and of raising and holding where they matter.
 */
static void find_missing(struct epi_arena *a, const struct ready *r, struct epi_level *l)
{
    const int tables[] = {r->level_table, r->raise_table, r->hold_table};
    l->missing = EPI_ARRAY(a, EPI_POLICY_SLOTS_MAX, uint16_t);
    for (size_t t = 0; t < EPI_COUNT(tables); t++) {
        uint16_t found[EPI_POLICY_SLOTS_MAX];
        size_t n = 0;
        if (tables[t] >= 0 && l->state != EPI_LEVEL_REFUSED)
            n = epi_policy_missing(r->policy, (size_t)tables[t], l->facts, found, EPI_COUNT(found));
        for (size_t i = 0; i < n; i++) {
            bool twice = false;
            for (size_t k = 0; k < l->missing_n; k++)
                twice = twice || l->missing[k] == found[i];
            if (!twice)
                l->missing[l->missing_n++] = found[i];
        }
    }
}

static epi_str rule_of(struct epi_arena *a, const struct ready *r, const struct epi_decision *d)
{
    struct epi_table_info t;
    struct epi_row_info row = {.id = EPI_S("?")};
    int at = d[r->level_table].row;
    epi_pack_table(r->pack, (size_t)r->level_table, &t);
    for (size_t i = 0; at < 0 && i < t.rows_n; i++) /* several agree: name the first */
        at = epi_row_in(d[r->level_table].possible, i) ? (int)i : at;
    if (at >= 0)
        epi_pack_row(r->pack, (size_t)r->level_table, (size_t)at, &row);
    return epi_str_printf(a, "%.*s/%.*s/%.*s", EPI_FMT(r->info.id), EPI_FMT(t.name),
                          EPI_FMT(row.id));
}

epi_status epi_level_assess(struct epi_arena *a, const struct epi_policies *set,
                            const struct epi_level_query *q, const struct epi_level_input *in,
                            struct epi_level *ret, struct epi_err *reterr)
{
    const struct epi_pack *pack;
    struct ready r;
    struct epi_level l = {.in = *in};
    EPI_TRY(epi__level_choose(set, q, in->date, &pack, reterr));
    EPI_TRY(epi__level_ready(a, pack, in->date, q->disease, &r, reterr));
    l.policy = r.policy;
    l.level_table = r.level_table;
    l.raise_table = r.raise_table;
    l.hold_table = r.hold_table;
    l.facts = EPI_ARRAY(a, r.info.slots_n + 1, struct epi_fact);
    l.decisions = EPI_ARRAY(a, r.info.tables_n, struct epi_decision);
    count_window(&r, in, &l);
    EPI_TRY(put_facts(&r, in, &l, reterr));
    struct outcome o = epi__level_outcome(&r, l.facts, l.decisions);
    struct verdict v = epi__level_verdict(&r, &o, in->previous);
    l.state = v.state;
    l.level = l.computed = v.level;
    l.base = o.base;
    l.lo = v.lo;
    l.hi = v.hi;
    l.raised = v.raised;
    l.held = v.held;
    l.confidence = v.confidence;
    l.outside_validity =
        in->date.d < r.info.from.d || (epi_date_known(r.info.to) && in->date.d > r.info.to.d);
    if (in->override_level != EPI_LEVEL_NONE) {
        if (in->override_level < 0 || in->override_level > r.level_max ||
            in->override_reason.n == 0)
            return EPI_FAIL(reterr, EPI_INVALID, "level.override-incomplete", "%d",
                            in->override_level);
        l.overridden = true;
        l.level = in->override_level;
    }
    l.rule = rule_of(a, &r, l.decisions);
    find_missing(a, &r, &l);
    *ret = l;
    return EPI_OK;
}

epi_status epi_level_of(struct epi_arena *a, const struct epi_policies *set,
                        const struct epi_level_query *q, const struct epi_level_of *of,
                        struct epi_level *ret, struct epi_err *reterr)
{
    const struct {
        const char *name;
        epi_value_type type;
        struct epi_fact v;
    } known[] = {{"coverage_one_dose", EPI_VALUE_NUMBER, of->coverage},
                 {"coverage_full_elderly", EPI_VALUE_NUMBER, of->full_elderly},
                 {"capacity_ready", EPI_VALUE_BOOL, of->capacity}};
    struct epi_level_input in = epi_level_input_empty(EPI_NIL, of->date);
    struct epi_level_fact *facts = EPI_ARRAY(a, EPI_COUNT(known), struct epi_level_fact);
    for (size_t i = 0; i < EPI_COUNT(known); i++) {
        if (known[i].v.known)
            facts[in.facts_n++] = (struct epi_level_fact){.name = epi_str_of(known[i].name),
                                                          .type = known[i].type,
                                                          .number = known[i].v.v,
                                                          .as_of = of->date};
    }
    in.facts = facts;
    in.rate = of->rate;
    in.previous = of->previous;
    return epi_level_assess(a, set, q, &in, ret, reterr);
}
