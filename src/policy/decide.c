// SPDX-License-Identifier: AGPL-3.0-or-later
/* Choosing a pack, binding it to a day and a disease, and deciding. */
#include "policy_internal.h"

/* --- conditions --- */
static epi_truth compare(const struct node *n, double v)
{
    bool yes = false;
    switch ((enum node_cmp)n->cmp) {
    case CMP_EQ:
        yes = v == n->value;
        break;
    case CMP_NE:
        yes = v != n->value;
        break;
    case CMP_LT:
        yes = v < n->value;
        break;
    case CMP_LE:
        yes = v <= n->value;
        break;
    case CMP_GT:
        yes = v > n->value;
        break;
    case CMP_GE:
        yes = v >= n->value;
        break;
    case CMP_IN:
        yes = v >= 0 && v < 64 && ((n->words >> (unsigned)v) & 1);
        break;
    }
    return yes ? EPI_YES : EPI_NO;
}

static epi_truth eval_group(const struct node *n, const struct epi_fact *facts)
{
    unsigned yes = 0, maybe = 0;
    const struct node *c = n + 1;
    for (unsigned i = 0; i < n->n; i++, c += c->skip) {
        epi_truth t = epi__eval(c, facts);
        if (t == EPI_YES) {
            if (n->op == OP_ANY)
                return EPI_YES;
            if (n->op == OP_NONE)
                return EPI_NO;
            yes++;
        } else if (t == EPI_MAYBE) {
            maybe++;
        } else if (n->op == OP_ALL) {
            return EPI_NO;
        }
    }
    if (n->op == OP_AT_LEAST)
        return yes >= n->need ? EPI_YES : yes + maybe >= n->need ? EPI_MAYBE : EPI_NO;
    if (maybe)
        return EPI_MAYBE;
    return n->op == OP_ANY ? EPI_NO : EPI_YES;
}

epi_truth epi__eval(const struct node *n, const struct epi_fact *facts)
{
    if (n->op != OP_CMP)
        return eval_group(n, facts);
    if (!facts[n->slot].known || isnan(n->value))
        return EPI_MAYBE;
    return compare(n, facts[n->slot].v);
}

static epi_truth eval_row(const struct epi_policy *b, const struct row *row,
                          const struct epi_fact *facts)
{
    return row->nodes_n == 0 ? EPI_YES : epi__eval(&b->nodes[row->node], facts);
}

/* --- choosing --- */
bool epi__disease_in(const struct epi_pack *p, epi_str disease)
{
    for (size_t i = 0; i < p->diseases_n; i++) {
        if (epi_str_eqz(p->diseases[i], "*") || epi_str_eq(p->diseases[i], disease))
            return true;
    }
    return false;
}

static bool in_force(const struct epi_pack *p, const struct epi_policy_query *q)
{
    return p->kind == q->kind && q->date.d >= p->from.d &&
           (!epi_date_known(p->to) || q->date.d <= p->to.d) &&
           (q->disease.n == 0 || epi__disease_in(p, q->disease));
}

/* Smaller is better; SIZE_MAX = not wanted. */
static size_t rank(const struct epi_pack *p, const struct epi_policy_query *q)
{
    for (size_t i = 0; i < q->authorities_n; i++) {
        if (epi_str_eq(q->authorities[i], p->authority))
            return i;
    }
    if (q->authorities_n > 0)
        return SIZE_MAX;
    return epi_str_eqz(p->authority, EPI_POLICY_DEFAULT) ? 1 : 0;
}

const struct epi_pack *epi_policy_find(const struct epi_policies *set,
                                       const struct epi_policy_query *q)
{
    const struct epi_pack *best = NULL;
    size_t best_rank = SIZE_MAX;
    if (!epi_date_known(q->date))
        return NULL;
    for (size_t i = 0; i < set->n; i++) {
        size_t r = in_force(set->packs[i], q) ? rank(set->packs[i], q) : SIZE_MAX;
        if (r < best_rank) {
            best = set->packs[i];
            best_rank = r;
        }
    }
    return best;
}

const struct epi_pack *epi_policy_by_id(const struct epi_policies *set, epi_str id)
{
    for (size_t i = 0; i < set->n; i++) {
        if (epi_str_eq(set->packs[i]->id, id))
            return set->packs[i];
    }
    return NULL;
}

/* --- binding --- */
/* A value for the disease beats one for every disease. */
static const struct param_value *param_on(const struct param *p, epi_date date, epi_str disease)
{
    const struct param_value *best = NULL;
    for (size_t i = 0; i < p->values_n; i++) {
        const struct param_value *v = &p->values[i];
        if ((epi_date_known(v->from) && date.d < v->from.d) ||
            (epi_date_known(v->to) && date.d > v->to.d))
            continue;
        if (v->disease.n > 0 && epi_str_eq(v->disease, disease))
            return v;
        if (v->disease.n == 0)
            best = v;
    }
    return best;
}

struct epi_policy *epi_policy_bind(struct epi_arena *a, const struct epi_pack *p, epi_date date,
                                   epi_str disease)
{
    struct epi_policy *b = EPI_NEW(a, struct epi_policy);
    b->pack = p;
    b->params = EPI_ARRAY(a, p->params_n + 1, struct epi_fact);
    for (size_t i = 0; i < p->params_n; i++) {
        const struct param_value *v = param_on(&p->params[i], date, disease);
        if (v)
            b->params[i] = (struct epi_fact){true, v->v};
    }
    b->nodes = EPI_ARRAY(a, p->nodes_n + 1, struct node);
    if (p->nodes_n)
        memcpy(b->nodes, p->nodes, p->nodes_n * sizeof *b->nodes);
    for (size_t i = 0; i < p->nodes_n; i++) {
        struct node *n = &b->nodes[i];
        if (n->op == OP_CMP && n->param > 0)
            n->value = b->params[n->param - 1].known ? b->params[n->param - 1].v : (double)NAN;
    }
    epi__find_cells(a, b);
    return b;
}

const struct epi_pack *epi_policy_pack(const struct epi_policy *b)
{
    return b->pack;
}

struct epi_fact epi_policy_param(const struct epi_policy *b, epi_str name)
{
    for (size_t i = 0; i < b->pack->params_n; i++) {
        if (epi_str_eq(b->pack->params[i].name, name))
            return b->params[i];
    }
    return EPI_FACT_UNKNOWN;
}

bool epi_policy_same(const struct epi_policy *a, const struct epi_policy *b)
{
    if (a->pack != b->pack)
        return false;
    for (size_t i = 0; i < a->pack->params_n; i++) {
        if (a->params[i].known != b->params[i].known ||
            (a->params[i].known && a->params[i].v != b->params[i].v))
            return false;
    }
    return true;
}

/* --- deciding --- */
static struct epi_fact row_output(const struct epi_policy *b, const struct row *row, size_t i)
{
    const struct value *v = &row->then[i];
    if (v->param > 0)
        return b->params[v->param - 1];
    return (struct epi_fact){v->known, v->v};
}

static void put(uint64_t *set, size_t row)
{
    set[row / 64] |= UINT64_C(1) << (row % 64);
}

/* Adds a row's outputs; true when it says something else than the rows before it. */
static bool take(struct epi_decision *d, const struct epi_policy *b, const struct row *row,
                 bool first)
{
    bool differs = false;
    for (uint32_t i = 0; i < d->outputs_n; i++) {
        struct epi_fact v = row_output(b, row, i);
        struct epi_out *o = &d->out[i];
        double x = v.known ? v.v : (double)NAN;
        if (first) {
            *o = (struct epi_out){v, x, x};
            continue;
        }
        if (isnan(x) != isnan(o->lo) || (!isnan(x) && (x != o->lo || x != o->hi))) {
            o->value = EPI_FACT_UNKNOWN;
            differs = true;
        }
        o->lo = isnan(x) || isnan(o->lo) ? (double)NAN : x < o->lo ? x : o->lo;
        o->hi = isnan(x) || isnan(o->hi) ? (double)NAN : x > o->hi ? x : o->hi;
    }
    return differs;
}

static void nothing(struct epi_decision *d)
{
    for (uint32_t i = 0; i < d->outputs_n; i++)
        d->out[i] = (struct epi_out){EPI_FACT_UNKNOWN, (double)NAN, (double)NAN};
}

/* Outputs from the rows in `fired` and `possible`, and the state that follows. `open`: it is
 * possible that no row at all applies. */
static void settle(struct epi_decision *d, const struct epi_policy *b, const struct table *t,
                   bool open)
{
    bool first = true, unknown = open, differs = open;
    for (size_t i = 0; i < t->rows_n; i++) {
        bool maybe = epi_row_in(d->possible, i);
        if (!maybe && !epi_row_in(d->fired, i))
            continue;
        differs = take(d, b, &t->rows[i], first) || differs;
        first = false;
        unknown = unknown || maybe;
    }
    if (first) {
        nothing(d);
        d->state = EPI_NO_ROW;
        return;
    }
    d->state = !unknown ? EPI_DECIDED : differs ? EPI_UNDECIDED : EPI_AGREED;
    for (uint32_t i = 0; open && i < d->outputs_n; i++)
        d->out[i].value = EPI_FACT_UNKNOWN;
}

/* Walks the values an unknown fact could take; the rows that fire for one of them are the ones
 * possible. Sharper than the truth of single rows: "ring 1" and "not ring 1" cannot both fail.
 * False when there are too many combinations. */
static bool refine(const struct epi_policy *b, const struct table *t, const struct epi_fact *facts,
                   uint64_t *set, bool *ret_open)
{
    enum { COMBINATIONS_MAX = 1024, UNKNOWN_MAX = 10 };
    struct epi_fact all[EPI_POLICY_SLOTS_MAX];
    uint16_t slots[UNKNOWN_MAX];
    uint32_t now[UNKNOWN_MAX] = {0};
    size_t n = 0, combinations = 1;
    memcpy(all, facts, b->pack->slots_n * sizeof *all);
    for (size_t i = 0; i < t->slots_n; i++) {
        const struct cuts *c = &b->cuts[t->slots[i]];
        if (facts[t->slots[i]].known)
            continue;
        combinations *= c->points_n;
        if (n == UNKNOWN_MAX || combinations > COMBINATIONS_MAX || c->may_stay_unknown)
            return false;
        slots[n++] = t->slots[i];
    }
    for (size_t k = 0; k < combinations; k++) {
        bool fired = false;
        for (size_t i = 0; i < n; i++)
            all[slots[i]] = epi_fact_number(b->cuts[slots[i]].points[now[i]]);
        for (size_t i = 0; i < t->rows_n && !fired; i++) {
            epi_truth v = eval_row(b, &t->rows[i], all);
            fired = v == EPI_YES;
            if (v != EPI_NO)
                put(set, i);
        }
        *ret_open = *ret_open || !fired;
        for (size_t i = 0; i < n && ++now[i] == b->cuts[slots[i]].points_n; i++)
            now[i] = 0;
    }
    return true;
}

static void settle_first(struct epi_decision *d, const struct epi_policy *b, const struct table *t,
                         const struct epi_fact *facts)
{
    uint64_t set[EPI_POLICY_ROWS_MAX / 64] = {0};
    bool open = false;
    if (!refine(b, t, facts, set, &open)) {
        settle(d, b, t, d->row < 0);
        return;
    }
    size_t n = 0, last = 0;
    for (size_t i = 0; i < t->rows_n; i++) {
        if (epi_row_in(set, i)) {
            last = i;
            n++;
        }
    }
    memset(d->fired, 0, sizeof d->fired);
    memcpy(d->possible, set, sizeof set);
    if (n == 1 && !open)
        d->row = (int)last;
    else if (d->row >= 0 && !epi_row_in(set, (size_t)d->row))
        d->row = -1;
    if (d->row >= 0)
        put(d->fired, (size_t)d->row);
    settle(d, b, t, open);
}

static void decide_first(struct epi_decision *d, const struct epi_policy *b, const struct table *t,
                         const struct epi_fact *facts)
{
    bool maybe = false;
    for (size_t i = 0; i < t->rows_n; i++) {
        epi_truth v = eval_row(b, &t->rows[i], facts);
        if (v == EPI_MAYBE) {
            put(d->possible, i);
            maybe = true;
        } else if (v == EPI_YES) {
            d->row = (int)i;
            put(d->fired, i);
            break;
        }
    }
    if (d->row >= 0 && !maybe) {
        (void)take(d, b, &t->rows[d->row], true);
        d->state = EPI_DECIDED;
        return;
    }
    if (maybe)
        settle_first(d, b, t, facts);
    else
        settle(d, b, t, false);
}

static void decide_collect(struct epi_decision *d, const struct epi_policy *b,
                           const struct table *t, const struct epi_fact *facts)
{
    bool maybe = false;
    for (size_t i = 0; i < t->rows_n; i++) {
        const struct row *row = &t->rows[i];
        epi_truth v = eval_row(b, row, facts);
        if (row->nodes_n == 0 && d->row >= 0)
            continue; /* otherwise: only when nothing else is true */
        if (v == EPI_YES && !(row->nodes_n == 0 && maybe)) {
            put(d->fired, i);
            if (d->row < 0)
                d->row = (int)i;
        } else if (v != EPI_NO) {
            put(d->possible, i);
            maybe = true;
        }
    }
    settle(d, b, t, d->row < 0 && maybe && t->rows[t->rows_n - 1].nodes_n > 0);
    if (maybe)
        d->state = EPI_UNDECIDED;
}

static void decide_max(struct epi_decision *d, const struct epi_policy *b, const struct table *t,
                       const struct epi_fact *facts)
{
    double best = -(double)INFINITY;
    epi_truth truth[EPI_POLICY_ROWS_MAX];
    for (size_t i = 0; i < t->rows_n; i++) {
        truth[i] = eval_row(b, &t->rows[i], facts);
        struct epi_fact v = row_output(b, &t->rows[i], t->max_of);
        bool otherwise = t->rows[i].nodes_n == 0;
        if (truth[i] == EPI_YES && v.known && (otherwise ? d->row < 0 : v.v > best)) {
            best = v.v;
            d->row = (int)i;
        }
    }
    bool maybe = false;
    for (size_t i = 0; i < t->rows_n; i++) {
        struct epi_fact v = row_output(b, &t->rows[i], t->max_of);
        /* an earlier row of the same height would be the one that counts */
        bool more = d->row < 0 || t->rows[d->row].nodes_n == 0 ||
                    (v.known && (v.v > best || (v.v == best && (int)i < d->row)));
        if (truth[i] == EPI_MAYBE && more) {
            put(d->possible, i);
            maybe = true;
        }
    }
    if (d->row >= 0)
        put(d->fired, (size_t)d->row);
    settle(d, b, t, d->row < 0 && maybe);
}

void epi_policy_decide(const struct epi_policy *b, size_t table, const struct epi_fact *facts,
                       struct epi_decision *ret)
{
    const struct table *t = &b->pack->tables[table];
    ret->row = -1;
    ret->outputs_n = (uint32_t)t->outputs_n;
    memset(ret->fired, 0, sizeof ret->fired);
    memset(ret->possible, 0, sizeof ret->possible);
    if (b->pack->disabled) {
        nothing(ret);
        ret->state = EPI_REFUSED;
        return;
    }
    switch (t->hit) {
    case HIT_FIRST:
        decide_first(ret, b, t, facts);
        break;
    case HIT_COLLECT:
        decide_collect(ret, b, t, facts);
        break;
    case HIT_MAX:
        decide_max(ret, b, t, facts);
        break;
    }
}

void epi_policy_run(const struct epi_policy *b, struct epi_fact *facts, struct epi_decision *ret)
{
    for (size_t i = 0; i < b->pack->tables_n; i++) {
        const struct table *t = &b->pack->tables[i];
        epi_policy_decide(b, i, facts, &ret[i]);
        for (size_t o = 0; o < t->outputs_n; o++)
            facts[t->outputs[o]] = ret[i].out[o].value;
    }
}

/* --- what a decision hangs on --- */
struct missing {
    const struct epi_policy *b;
    const struct epi_fact *facts;
    uint16_t *ret;
    size_t n, max;
    uint32_t seen; /* tables already looked into */
};

static void missing_table(struct missing *m, size_t table);

static void missing_node(struct missing *m, const struct node *n)
{
    if (epi__eval(n, m->facts) != EPI_MAYBE)
        return;
    if (n->op != OP_CMP) {
        const struct node *c = n + 1;
        for (unsigned i = 0; i < n->n; i++, c += c->skip)
            missing_node(m, c);
        return;
    }
    const struct slot *s = &m->b->pack->slots[n->slot];
    if (s->table >= 0) {
        missing_table(m, (size_t)s->table);
        return;
    }
    if (m->facts[n->slot].known)
        return; /* the parameter is what is missing */
    for (size_t i = 0; i < m->n; i++) {
        if (m->ret[i] == n->slot)
            return;
    }
    if (m->n < m->max)
        m->ret[m->n++] = n->slot;
}

static void missing_table(struct missing *m, size_t table)
{
    struct epi_decision d;
    const struct table *t = &m->b->pack->tables[table];
    if ((m->seen >> table) & 1)
        return;
    m->seen |= 1u << table;
    epi_policy_decide(m->b, table, m->facts, &d);
    for (size_t i = 0; i < t->rows_n; i++) {
        if (epi_row_in(d.possible, i) && t->rows[i].nodes_n > 0)
            missing_node(m, &m->b->nodes[t->rows[i].node]);
    }
}

size_t epi_policy_missing(const struct epi_policy *b, size_t table, const struct epi_fact *facts,
                          uint16_t *ret, size_t max)
{
    struct missing m = {b, facts, ret, 0, max, 0};
    missing_table(&m, table);
    return m.n;
}

/* Tables read only earlier ones, so one walk backwards meets each of them once. */
epi_confidence epi_policy_confidence(const struct epi_policy *b, size_t table,
                                     const struct epi_decision *decisions)
{
    epi_confidence worst = EPI_STATED;
    uint32_t wanted = 1u << table;
    bool any = false;
    for (size_t at = table + 1; at-- > 0;) {
        const struct table *t = &b->pack->tables[at];
        for (size_t i = 0; ((wanted >> at) & 1) && i < t->rows_n; i++) {
            const struct row *row = &t->rows[i];
            if (!epi_row_in(decisions[at].fired, i) && !epi_row_in(decisions[at].possible, i))
                continue;
            any = true;
            worst = row->confidence > worst ? row->confidence : worst;
            for (uint32_t n = 0; n < row->nodes_n; n++) {
                const struct node *node = &b->nodes[row->node + n];
                if (node->op == OP_CMP && b->pack->slots[node->slot].table >= 0)
                    wanted |= 1u << b->pack->slots[node->slot].table;
            }
        }
    }
    return any ? worst : EPI_UNVERIFIED;
}
