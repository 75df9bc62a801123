// SPDX-License-Identifier: AGPL-3.0-or-later
/* Rows that can never fire, values no row covers, packs that overlap in time.
 *
 * A table sees its facts only through comparisons with fixed values, so the values of a fact fall
 * into finitely many cells on which every condition is constant. Trying one point per cell is a
 * proof, not a sample. Tables with too many cells get the cheap check only (the same condition
 * twice). */
#include "policy_internal.h"

#define WORK_MAX 4000000u /* node evaluations per pack */
#define VARIANTS_MAX 32

struct points {
    uint16_t slot;
    const double *at;
    size_t n, now;
};

struct cover { /* what trying every cell of one table found */
    uint64_t reached[EPI_POLICY_ROWS_MAX / 64];
    bool gap;
    epi_str gap_at;
    size_t slots;
};

static epi_str name_cell(struct epi_arena *a, const struct epi_policy *b, const struct points *p,
                         size_t n)
{
    epi_str s = EPI_NIL;
    for (size_t i = 0; i < n; i++) {
        epi_str v = epi_fact_text(a, b->pack, p[i].slot, epi_fact_number(p[i].at[p[i].now]));
        s = epi_str_printf(a, "%.*s%s%.*s = %.*s", EPI_FMT(s), i ? ", " : "",
                           EPI_FMT(b->pack->slots[p[i].slot].name), EPI_FMT(v));
    }
    return s;
}

static void try_cell(const struct epi_policy *b, const struct table *t,
                     const struct epi_fact *facts, struct cover *c, bool *ret_gap)
{
    bool hit = false;
    for (size_t i = 0; i < t->rows_n; i++) {
        const struct row *row = &t->rows[i];
        bool yes = row->nodes_n == 0 ? !hit : epi__eval(&b->nodes[row->node], facts) == EPI_YES;
        if (!yes)
            continue;
        hit = true;
        c->reached[i / 64] |= UINT64_C(1) << (i % 64);
        if (t->hit == HIT_FIRST)
            break;
    }
    *ret_gap = !hit;
}

static bool step(struct points *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (++p[i].now < p[i].n)
            return true;
        p[i].now = 0;
    }
    return false;
}

/* The slots a table reads; SIZE_MAX cells when the work would pass `budget`. */
static size_t gather(const struct epi_policy *b, const struct table *t, struct points *p,
                     size_t *ret_n, size_t budget)
{
    bool used[EPI_POLICY_SLOTS_MAX] = {false};
    size_t cells = 1, nodes = t->rows_n;
    *ret_n = 0;
    for (size_t i = 0; i < t->rows_n; i++) {
        nodes += t->rows[i].nodes_n;
        for (uint32_t n = 0; n < t->rows[i].nodes_n; n++) {
            const struct node *node = &b->nodes[t->rows[i].node + n];
            if (node->op != OP_CMP || used[node->slot])
                continue;
            used[node->slot] = true;
            const struct cuts *c = &b->cuts[node->slot];
            p[(*ret_n)++] = (struct points){node->slot, c->points, c->points_n, 0};
            cells *= c->points_n;
            if (cells > budget)
                return SIZE_MAX;
        }
    }
    return cells > budget / nodes ? SIZE_MAX : cells * nodes;
}

/* False when the table is too wide to try every cell. */
static bool cover_table(struct epi_arena *a, const struct epi_policy *b, const struct table *t,
                        struct cover *c, size_t *budget)
{
    struct points p[EPI_POLICY_SLOTS_MAX];
    struct epi_fact facts[EPI_POLICY_SLOTS_MAX] = {{false, 0}};
    size_t n;
    size_t work = gather(b, t, p, &n, *budget);
    if (work == SIZE_MAX)
        return false;
    *budget -= work;
    c->slots = n;
    do {
        for (size_t i = 0; i < n; i++)
            facts[p[i].slot] = epi_fact_number(p[i].at[p[i].now]);
        bool gap;
        try_cell(b, t, facts, c, &gap);
        if (gap && !c->gap) {
            c->gap = true;
            c->gap_at = name_cell(a, b, p, n);
        }
    } while (step(p, n));
    return true;
}

static bool same_condition(const struct epi_pack *p, const struct row *x, const struct row *y)
{
    if (x->nodes_n != y->nodes_n)
        return false;
    for (uint32_t i = 0; i < x->nodes_n; i++) {
        const struct node *a = &p->nodes[x->node + i], *b = &p->nodes[y->node + i];
        if (a->op != b->op || a->cmp != b->cmp || a->slot != b->slot || a->param != b->param ||
            a->n != b->n || a->need != b->need || a->value != b->value || a->words != b->words)
            return false;
    }
    return true;
}

static void check_twins(struct reading *r, const struct table *t)
{
    if (t->hit != HIT_FIRST)
        return;
    for (size_t i = 0; i < t->rows_n; i++) {
        for (size_t j = 0; j < i; j++) {
            if (same_condition(r->p, &t->rows[i], &t->rows[j])) {
                epi__problem(r, EPI_ERROR, "policy.row-unreachable", t->rows[i].where,
                             t->rows[i].id, t->name);
                break;
            }
        }
    }
}

static void report(struct reading *r, const struct table *t, const struct cover *c)
{
    for (size_t i = 0; i < t->rows_n; i++) {
        if (!epi_row_in(c->reached, i))
            epi__problem(r, EPI_ERROR, "policy.row-unreachable", t->rows[i].where, t->rows[i].id,
                         t->name);
    }
    if (c->gap && t->hit == HIT_FIRST)
        epi__problem(r, EPI_ERROR, c->slots == 1 ? "policy.band-gap" : "policy.otherwise-missing",
                     t->where, t->name, c->gap_at);
}

/* One binding per day on which a parameter changes and per disease a parameter or the pack names.
 */
static size_t variants(struct reading *r, const struct epi_policy **ret)
{
    const struct epi_pack *p = r->p;
    epi_date days[VARIANTS_MAX];
    epi_str diseases[VARIANTS_MAX];
    size_t days_n = 1, diseases_n = 0, n = 0;
    days[0] = p->from;
    for (size_t i = 0; i < p->diseases_n && diseases_n < VARIANTS_MAX; i++)
        diseases[diseases_n++] = p->diseases[i];
    for (size_t i = 0; i < p->params_n; i++) {
        for (size_t v = 0; v < p->params[i].values_n; v++) {
            const struct param_value *value = &p->params[i].values[v];
            if (epi_date_known(value->from) && value->from.d > p->from.d && days_n < VARIANTS_MAX)
                days[days_n++] = value->from;
            if (value->disease.n && diseases_n < VARIANTS_MAX)
                diseases[diseases_n++] = value->disease;
        }
    }
    for (size_t d = 0; d < days_n; d++) {
        for (size_t k = 0; k < diseases_n && n < VARIANTS_MAX; k++) {
            struct epi_policy *b = epi_policy_bind(r->a, p, days[d], diseases[k]);
            bool twin = false;
            for (size_t i = 0; i < n; i++)
                twin = twin || epi_policy_same(b, ret[i]);
            if (!twin)
                ret[n++] = b;
        }
    }
    return n;
}

void epi__check_tables(struct reading *r)
{
    const struct epi_policy *bound[VARIANTS_MAX];
    size_t n = variants(r, bound), budget = WORK_MAX;
    for (size_t i = 0; i < r->p->tables_n; i++) {
        const struct table *t = &r->p->tables[i];
        struct cover c = {.gap = false};
        bool narrow = true;
        for (size_t v = 0; v < n && narrow; v++)
            narrow = cover_table(r->a, bound[v], t, &c, &budget);
        if (narrow) {
            report(r, t, &c);
            continue;
        }
        epi__problem(r, EPI_NOTE, "policy.table-wide", t->where, t->name, EPI_NIL);
        check_twins(r, t);
    }
}

/* Other parts of the program ask these by name (docs/policy-packs.md); a pack without them loads,
 * and what they would say stays unknown. A level pack without a level is refused by level/. */
void epi__check_outputs(struct reading *r)
{
    static const struct {
        epi_policy_kind kind;
        const char *slot;
    } asked[] = {{EPI_KIND_CONTACT_DUTY, "place"},     {EPI_KIND_CONTACT_DUTY, "isolate_days"},
                 {EPI_KIND_COMMUNITY_CASE, "setting"}, {EPI_KIND_COMMUNITY_CASE, "is_community"},
                 {EPI_KIND_COVERAGE, "counts_one"},    {EPI_KIND_COVERAGE, "counts_full"},
                 {EPI_KIND_COVERAGE, "after_days"},    {EPI_KIND_COVERAGE, "in_group"},
                 {EPI_KIND_COVERAGE, "in_elderly"},    {EPI_KIND_MEASURES, "activity"},
                 {EPI_KIND_MEASURES, "rule"}};
    for (size_t i = 0; i < EPI_COUNT(asked) && !r->p->disabled; i++)
        if (r->p->kind == asked[i].kind &&
            epi_policy_fact_index(r->p, epi_str_of(asked[i].slot)) < 0)
            epi__problem(r, EPI_WARNING, "policy.output-asked", "", epi_str_of(asked[i].slot),
                         EPI_NIL);
}

/* --- between packs --- */
static bool share_disease(const struct epi_pack *a, const struct epi_pack *b)
{
    for (size_t i = 0; i < a->diseases_n; i++) {
        if (epi__disease_in(b, a->diseases[i]) || epi_str_eqz(a->diseases[i], "*"))
            return true;
    }
    return false;
}

static bool siblings(const struct epi_pack *a, const struct epi_pack *b)
{
    return a != b && a->kind == b->kind && epi_str_eq(a->authority, b->authority) &&
           share_disease(a, b);
}

static bool overlap(const struct epi_pack *a, const struct epi_pack *b)
{
    return (!epi_date_known(a->to) || b->from.d <= a->to.d) &&
           (!epi_date_known(b->to) || a->from.d <= b->to.d);
}

/* The first day after `p` ends that a sibling covers; INT32_MAX when none follows, 0 days of gap
 * when another is in force on the next day. */
static int32_t next_start(const struct epi_policies *set, const struct epi_pack *p)
{
    int32_t next = INT32_MAX;
    for (size_t i = 0; i < set->n; i++) {
        const struct epi_pack *o = set->packs[i];
        if (!siblings(o, p) || (epi_date_known(o->to) && o->to.d <= p->to.d))
            continue;
        int32_t start = o->from.d > p->to.d ? o->from.d : p->to.d + 1;
        next = start < next ? start : next;
    }
    return next;
}

void epi__check_validity(struct epi_policies *set, struct epi_findings *f)
{
    char from[16], to[16];
    for (size_t i = 0; i < set->n; i++) {
        const struct epi_pack *p = set->packs[i];
        for (size_t j = 0; j < i; j++) {
            const struct epi_pack *o = set->packs[j];
            if (epi_str_eq(p->id, o->id))
                epi_finding_add(f, EPI_ERROR, "policy.pack-twice", 0, p->path, p->id, o->path);
            else if (siblings(p, o) && overlap(p, o))
                epi_finding_add(f, EPI_ERROR, "policy.validity-overlap", 0, p->path, p->id, o->id);
        }
        int32_t next = epi_date_known(p->to) ? next_start(set, p) : INT32_MAX;
        if (next != INT32_MAX && next > p->to.d + 1)
            epi_finding_add(f, EPI_WARNING, "policy.validity-gap", 0, p->path,
                            epi_str_of(epi_date_iso((epi_date){p->to.d + 1}, from)),
                            epi_str_of(epi_date_iso((epi_date){next - 1}, to)));
    }
}
