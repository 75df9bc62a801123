// SPDX-License-Identifier: AGPL-3.0-or-later
/* Cells: the pieces of a fact's range on which every comparison of a pack is constant. A pack sees
 * its facts through comparisons with fixed values only, so one point per cell stands for all its
 * values. */
#include "policy_internal.h"

static void add_cut(struct cuts *c, double v)
{
    uint32_t at = 0;
    while (at < c->n && c->at[at] < v)
        at++;
    if (at < c->n && c->at[at] == v)
        return;
    for (uint32_t i = c->n; i > at; i--)
        c->at[i] = c->at[i - 1];
    c->at[at] = v;
    c->n++;
}

static void add_point(struct cuts *c, const struct slot *s, double v)
{
    if ((s->has_min && v < s->min) || (s->has_max && v > s->max) || (s->integer && v != floor(v)))
        return;
    for (uint32_t i = 0; i < c->points_n; i++) {
        if (c->points[i] == v)
            return;
    }
    c->points[c->points_n++] = v;
}

static void points_of_output(struct cuts *c, const struct epi_policy *b, const struct slot *s,
                             uint16_t slot)
{
    const struct table *t = &b->pack->tables[s->table];
    size_t o = 0;
    while (t->outputs[o] != slot)
        o++;
    for (size_t i = 0; i < t->rows_n; i++) {
        const struct value *v = &t->rows[i].then[o];
        if (v->param > 0 && b->params[v->param - 1].known)
            add_point(c, s, b->params[v->param - 1].v);
        else if (v->param == 0 && v->known)
            add_point(c, s, v->v);
        else
            c->may_stay_unknown = true;
    }
}

static void points_of_line(struct cuts *c, const struct slot *s)
{
    if (s->has_min)
        add_point(c, s, s->min);
    for (uint32_t i = 0; i < c->n; i++) {
        add_point(c, s, i == 0 ? c->at[0] - 1 : (c->at[i - 1] + c->at[i]) / 2);
        add_point(c, s, c->at[i]);
        if (s->integer && i > 0 && c->at[i] - 1 > c->at[i - 1])
            add_point(c, s, c->at[i] - 1); /* the midpoint may be no whole number */
    }
    add_point(c, s, c->n ? c->at[c->n - 1] + 1 : 0);
    if (s->has_max)
        add_point(c, s, s->max);
}

static void find_points(struct epi_arena *a, const struct epi_policy *b, uint16_t slot)
{
    const struct slot *s = &b->pack->slots[slot];
    struct cuts *c = &b->cuts[slot];
    size_t rows = s->table >= 0 ? b->pack->tables[s->table].rows_n : 0;
    c->points = EPI_ARRAY(a, 3 * (size_t)c->n + s->words_n + rows + 4, double);
    if (s->table >= 0) {
        points_of_output(c, b, s, slot);
    } else if (s->type == EPI_VALUE_WORD) {
        for (size_t i = 0; i < s->words_n; i++)
            add_point(c, s, (double)i);
    } else if (s->type == EPI_VALUE_BOOL) {
        add_point(c, s, 0);
        add_point(c, s, 1);
    } else {
        points_of_line(c, s);
    }
    if (c->points_n == 0)
        c->points[c->points_n++] = 0;
}

void epi__find_cells(struct epi_arena *a, struct epi_policy *b)
{
    const struct epi_pack *p = b->pack;
    b->cuts = EPI_ARRAY(a, p->slots_n + 1, struct cuts);
    uint32_t *count = EPI_ARRAY(a, p->slots_n + 1, uint32_t);
    for (size_t i = 0; i < p->nodes_n; i++) {
        if (b->nodes[i].op == OP_CMP)
            count[b->nodes[i].slot] += b->nodes[i].cmp == CMP_IN ? 64 : 1;
    }
    for (size_t s = 0; s < p->slots_n; s++)
        b->cuts[s].at = EPI_ARRAY(a, count[s] + 1, double);
    for (size_t i = 0; i < p->nodes_n; i++) {
        const struct node *n = &b->nodes[i];
        if (n->op != OP_CMP || isnan(n->value))
            continue;
        if (n->cmp != CMP_IN)
            add_cut(&b->cuts[n->slot], n->value);
        for (unsigned w = 0; n->cmp == CMP_IN && w < 64; w++) {
            if ((n->words >> w) & 1)
                add_cut(&b->cuts[n->slot], (double)w);
        }
    }
    uint32_t shift = 0;
    for (size_t s = 0; s < p->facts_n; s++) {
        uint32_t cells = 2 * b->cuts[s].n + 2, bits = 0; /* points, the pieces between, unknown */
        while ((1u << bits) < cells)
            bits++;
        b->cuts[s].shift = shift;
        shift += b->cuts[s].n ? bits : 0;
    }
    b->key_fits = shift <= 64;
    for (size_t s = 0; s < p->slots_n; s++)
        find_points(a, b, (uint16_t)s);
}

bool epi_policy_key(const struct epi_policy *b, const struct epi_fact *facts, uint64_t *ret)
{
    uint64_t key = 0;
    if (!b->key_fits)
        return false;
    for (size_t s = 0; s < b->pack->facts_n; s++) {
        const struct cuts *c = &b->cuts[s];
        if (c->n == 0)
            continue;
        uint64_t cell = 0; /* unknown */
        if (facts[s].known) {
            double v = facts[s].v;
            uint32_t i = 0;
            while (i < c->n && c->at[i] < v)
                i++;
            cell = 1 + 2 * (uint64_t)i + (i < c->n && c->at[i] == v ? 1 : 0);
        }
        key |= cell << c->shift;
    }
    *ret = key;
    return true;
}
