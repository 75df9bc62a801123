// SPDX-License-Identifier: AGPL-3.0-or-later
/* Many units on many days. Rates come from prefix sums; the tables run once per distinct
 * combination of cells (epi_policy_key), which is a few dozen times in a year of communes. */
#include "level_internal.h"

#define MEMO 1024u /* a power of two */

struct memo {
    uint64_t key;
    bool used;
    struct outcome o;
};
struct season { /* consecutive days on which the same policy with the same parameters decides */
    struct ready r;
    struct memo *memo;
    struct epi_fact *facts;
    struct epi_decision *decisions;
    int *slots; /* per fact column */
};
struct batch {
    const struct epi_level_columns *in;
    struct season **by_day; /* NULL = no policy in force */
};

static epi_status start_season(struct epi_arena *a, const struct epi_level_columns *in,
                               const struct ready *r, struct season **ret)
{
    struct season *s = EPI_NEW(a, struct season);
    s->r = *r;
    s->memo = EPI_ARRAY(a, MEMO, struct memo);
    s->facts = EPI_ARRAY(a, r->info.slots_n + 1, struct epi_fact);
    s->decisions = EPI_ARRAY(a, r->info.tables_n, struct epi_decision);
    s->slots = EPI_ARRAY(a, in->facts_n + 1, int);
    for (size_t f = 0; f < in->facts_n; f++) {
        int slot = epi_policy_fact_index(r->pack, in->facts[f].name);
        s->slots[f] = slot >= 0 && (size_t)slot < r->info.facts_n ? slot : -1;
    }
    *ret = s;
    return EPI_OK;
}

static epi_status find_seasons(struct epi_arena *a, const struct epi_policies *set,
                               const struct epi_level_query *q, struct batch *b,
                               struct epi_err *reterr)
{
    b->by_day = EPI_ARRAY(a, b->in->days_n + 1, struct season *);
    struct season *last = NULL;
    for (size_t d = 0; d < b->in->days_n; d++) {
        const struct epi_pack *pack;
        struct ready r;
        epi_date day = epi_date_plus(b->in->first, (epi_days){(int32_t)d});
        epi_status found = epi__level_choose(set, q, day, &pack, reterr);
        if (found == EPI_NOT_FOUND && q->policy_id.n == 0)
            continue;
        EPI_TRY(found);
        EPI_TRY(epi__level_ready(a, pack, day, q->disease, &r, reterr));
        if (!last || !epi_policy_same(last->r.policy, r.policy))
            EPI_TRY(start_season(a, b->in, &r, &last));
        b->by_day[d] = last;
    }
    return EPI_OK;
}

static const struct outcome *outcome_of(struct season *s, struct outcome *scratch)
{
    uint64_t key;
    if (!epi_policy_key(s->r.policy, s->facts, &key)) {
        *scratch = epi__level_outcome(&s->r, s->facts, s->decisions);
        return scratch;
    }
    struct memo *m = &s->memo[(key * UINT64_C(0x9E3779B97F4A7C15)) >> 54];
    if (!m->used || m->key != key)
        *m = (struct memo){key, true, epi__level_outcome(&s->r, s->facts, s->decisions)};
    return &m->o;
}

static void set_facts(const struct batch *b, struct season *s, size_t unit, size_t day,
                      const int64_t *cases, const int32_t *gaps)
{
    const struct epi_level_columns *in = b->in;
    for (size_t f = 0; f < in->facts_n; f++) {
        if (s->slots[f] < 0)
            continue;
        double v = (double)in->facts[f].v[in->facts[f].daily ? unit * in->days_n + day : unit];
        struct epi_fact fact = isnan(v) ? EPI_FACT_UNKNOWN : epi_fact_number(v);
        s->facts[s->slots[f]] = fact;
    }
    size_t w = (size_t)s->r.window_days;
    if (s->r.rate_slot < 0)
        return;
    struct epi_fact rate = EPI_FACT_UNKNOWN;
    if (day + 1 >= w && gaps[day + 1] == gaps[day + 1 - w])
        rate = epi_level_rate(cases[day + 1] - cases[day + 1 - w], s->r.window_days,
                              in->population[unit]);
    s->facts[s->r.rate_slot] = rate;
}

static struct epi_level_cell cell_of(const struct verdict *v)
{
    struct epi_level_cell c = {(int8_t)v->level, (int8_t)v->lo, (int8_t)v->hi, 0};
    if (v->state == EPI_LEVEL_REFUSED)
        c.flags |= EPI_CELL_REFUSED;
    if (v->state == EPI_LEVEL_PARTIAL)
        c.flags |= EPI_CELL_PARTIAL;
    if (v->level != EPI_LEVEL_NONE && v->confidence == EPI_UNVERIFIED)
        c.flags |= EPI_CELL_UNVERIFIED;
    if (v->raised)
        c.flags |= EPI_CELL_RAISED;
    if (v->held)
        c.flags |= EPI_CELL_HELD;
    return c;
}

static void assess_unit(const struct batch *b, size_t unit, int64_t *cases, int32_t *gaps,
                        struct epi_level_cell *ret)
{
    const struct epi_level_columns *in = b->in;
    int previous = in->previous ? in->previous[unit] : EPI_LEVEL_NONE;
    for (size_t d = 0; d < in->days_n; d++) {
        int32_t n = in->community[unit * in->days_n + d];
        cases[d + 1] = cases[d] + (n > 0 ? n : 0);
        gaps[d + 1] = gaps[d] + (n < 0);
    }
    for (size_t d = 0; d < in->days_n; d++) {
        struct season *s = b->by_day[d];
        struct outcome scratch;
        if (!s) {
            ret[d] = (struct epi_level_cell){EPI_LEVEL_NONE, 0, 0, EPI_CELL_REFUSED};
            continue;
        }
        set_facts(b, s, unit, d, cases, gaps);
        struct verdict v = epi__level_verdict(&s->r, outcome_of(s, &scratch), previous);
        ret[d] = cell_of(&v);
        if (v.level != EPI_LEVEL_NONE)
            previous = v.level;
    }
}

/* Column values outside what the pack allows would decide by accident: they are refused first. */
static epi_status check_columns(const struct batch *b, struct epi_err *reterr)
{
    const struct epi_level_columns *in = b->in;
    for (size_t f = 0; f < in->facts_n; f++) {
        size_t n = in->facts[f].daily ? in->units_n * in->days_n : in->units_n;
        const struct season *seen = NULL;
        for (size_t d = 0; d < in->days_n; d++) {
            const struct season *s = b->by_day[d];
            if (!s || s == seen || s->slots[f] < 0)
                continue;
            seen = s;
            for (size_t i = 0; i < n; i++) {
                double v = (double)in->facts[f].v[i];
                if (!isnan(v) && !epi_fact_fits(s->r.pack, (size_t)s->slots[f], epi_fact_number(v)))
                    return EPI_FAIL(reterr, EPI_INVALID, "level.figure-impossible", "%.*s",
                                    EPI_FMT(in->facts[f].name));
            }
        }
    }
    return EPI_OK;
}

epi_status epi_level_batch(struct epi_arena *a, const struct epi_policies *set,
                           const struct epi_level_query *q, const struct epi_level_columns *in,
                           struct epi_level_cell *ret, struct epi_err *reterr)
{
    struct batch b = {.in = in};
    struct epi_arena_mark mark = epi_arena_mark(a);
    epi_status status = find_seasons(a, set, q, &b, reterr);
    if (status == EPI_OK)
        status = check_columns(&b, reterr);
    if (status == EPI_OK) {
        int64_t *cases = EPI_ARRAY(a, in->days_n + 1, int64_t);
        int32_t *gaps = EPI_ARRAY(a, in->days_n + 1, int32_t);
        for (size_t u = 0; u < in->units_n; u++)
            assess_unit(&b, u, cases, gaps, &ret[u * in->days_n]);
    }
    epi_arena_release(a, mark);
    return status;
}
