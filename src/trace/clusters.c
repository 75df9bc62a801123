// SPDX-License-Identifier: AGPL-3.0-or-later
#include "trace/trace_internal.h"
#include <stdlib.h>

struct work {
    const struct epi_picture *p;
    const struct epi_pic_case *cases;
    struct epi_trace_words words;
    uint32_t n;
    uint32_t *root; /* union-find over cases */
    struct epi_trace_node *nodes;
    struct epi__list pairs;
    struct epi_arena *a;
};

static uint32_t find(uint32_t *root, uint32_t i)
{
    while (root[i] != i) {
        root[i] = root[root[i]];
        i = root[i];
    }
    return i;
}

static bool is_node(const struct work *w, uint32_t cas)
{
    return cas != EPI_NO_INDEX && !epi__is_discarded(w->words, &w->cases[cas]);
}

/* The case that an exposure may have led to: the first not before it, else the last that was not
 * over by then (people of one household often fall ill before the first exposure that was written
 * down). */
static uint32_t case_after(const struct work *w, uint32_t person, epi_date exposed)
{
    size_t n;
    const uint32_t *own = epi_picture_cases_of_person(w->p, person, &n);
    uint32_t best = EPI_NO_INDEX;
    for (size_t i = 0; i < n; i++) {
        const struct epi_pic_case *c = &w->cases[own[i]];
        if (!is_node(w, own[i]) || epi__is_over(c, exposed))
            continue;
        best = own[i];
        epi_date d = epi_pic_case_date(c);
        if (!epi_date_known(exposed) || !epi_date_known(d) || d.d >= exposed.d)
            break;
    }
    return best;
}

static void join(struct work *w, uint32_t from, uint32_t to, epi_id contact)
{
    epi_date x = w->cases[from].onset, y = w->cases[to].onset;
    int days = epi_date_known(x) && epi_date_known(y) ? epi_date_minus(y, x).n : INT32_MIN;
    *(struct epi_trace_pair *)epi__list_push(w->a, &w->pairs) =
        (struct epi_trace_pair){from, to, contact, days};
    w->nodes[from].out++;
    w->nodes[to].in++;
    w->nodes[to].source_known = true;
    uint32_t x_root = find(w->root, from), y_root = find(w->root, to);
    /* The lower case index leads, so that roots do not depend on the order of rows. */
    if (x_root < y_root)
        w->root[y_root] = x_root;
    else
        w->root[x_root] = y_root;
}

/* True when a contact row already joined the two: the rows of `from` lie together in the list. */
static bool joined(const struct work *w, size_t n_rows, uint32_t from, uint32_t to)
{
    const struct epi_trace_pair *pairs = w->pairs.rows;
    size_t lo = 0, n = n_rows;
    while (n > 0) {
        size_t half = n / 2;
        if (pairs[lo + half].from < from) {
            lo += half + 1;
            n -= half + 1;
        } else {
            n = half;
        }
    }
    for (; lo < n_rows && pairs[lo].from == from; lo++)
        if (pairs[lo].to == to)
            return true;
    return false;
}

static void join_all(struct work *w)
{
    for (uint32_t i = 0; i < w->n; i++) {
        size_t n;
        const struct epi_pic_contact *c = epi_picture_contacts_of_case(w->p, i, &n);
        for (size_t j = 0; j < n && is_node(w, i); j++) {
            uint32_t to =
                case_after(w, c[j].person, epi_date_known(c[j].first) ? c[j].first : c[j].last);
            if (to != EPI_NO_INDEX && w->cases[to].person != w->cases[i].person)
                join(w, i, to, c[j].id);
        }
    }
    size_t n_rows = w->pairs.n;
    for (uint32_t i = 0; i < w->n; i++) {
        if (w->cases[i].source_case.v == 0 || !is_node(w, i))
            continue;
        w->nodes[i].source_known = true; /* also when the source lies outside the picture */
        uint32_t from = epi_picture_case(w->p, w->cases[i].source_case);
        if (is_node(w, from) && from != i && !joined(w, n_rows, from, i))
            join(w, from, i, (epi_id){0});
    }
}

static int by_case_date(const void *a, const void *b, void *arg)
{
    const struct work *w = arg;
    const struct epi_pic_case *x = &w->cases[*(const uint32_t *)a],
                              *y = &w->cases[*(const uint32_t *)b];
    epi_date dx = epi_pic_case_date(x), dy = epi_pic_case_date(y);
    int32_t nx = epi_date_known(dx) ? dx.d : INT32_MAX, ny = epi_date_known(dy) ? dy.d : INT32_MAX;
    if (nx != ny)
        return nx < ny ? -1 : 1;
    return x->id.v < y->id.v ? -1 : x->id.v > y->id.v;
}

/* Before sorting, `cases` holds the rank of the first case among all cases by date. */
static int by_size(const void *a, const void *b)
{
    const struct epi_trace_cluster *x = a, *y = b;
    if (x->size != y->size)
        return x->size > y->size ? -1 : 1;
    return x->cases < y->cases ? -1 : x->cases > y->cases;
}

static size_t gather(struct work *w, const uint32_t *order, uint32_t n_nodes,
                     struct epi_trace_cluster *clusters, uint32_t *members)
{
    uint32_t *number = EPI_ARRAY(w->a, w->n, uint32_t); /* root -> cluster + 1 */
    size_t n = 0;
    for (uint32_t i = 0; i < n_nodes; i++) {
        uint32_t root = find(w->root, order[i]);
        if (number[root] == 0) {
            clusters[n] = (struct epi_trace_cluster){.first = order[i], .cases = i};
            number[root] = (uint32_t)++n;
        }
        struct epi_trace_cluster *c = &clusters[number[root] - 1];
        c->size++;
        c->unknown += !w->nodes[order[i]].source_known;
    }
    qsort(clusters, n, sizeof *clusters, by_size);
    uint32_t at = 0;
    for (size_t i = 0; i < n; i++) {
        number[find(w->root, clusters[i].first)] = (uint32_t)i + 1;
        clusters[i].cases = at;
        at += clusters[i].size;
    }
    uint32_t *filled = EPI_ARRAY(w->a, n, uint32_t);
    for (uint32_t i = 0; i < n_nodes; i++) {
        uint32_t c = number[find(w->root, order[i])] - 1;
        w->nodes[order[i]].cluster = c;
        members[clusters[c].cases + filled[c]++] = order[i];
    }
    return n;
}

void epi_trace_clusters(struct epi_arena *a, const struct epi_picture *p,
                        struct epi_trace_words words, struct epi_trace_clusters_result *ret)
{
    struct work w = {
        .p = p, .words = words, .a = a, .pairs = {.size = sizeof(struct epi_trace_pair)}};
    w.n = (uint32_t)epi_picture_cases(p, &w.cases);
    w.root = EPI_ARRAY(a, w.n, uint32_t);
    w.nodes = EPI_ARRAY(a, w.n, struct epi_trace_node);
    uint32_t *order = EPI_ARRAY(a, w.n, uint32_t), n_nodes = 0;
    for (uint32_t i = 0; i < w.n; i++) {
        w.root[i] = i;
        w.nodes[i].cluster = EPI_NO_INDEX;
        if (is_node(&w, i))
            order[n_nodes++] = i;
    }
    join_all(&w);
    qsort_r(order, n_nodes, sizeof *order, by_case_date, &w);
    struct epi_trace_cluster *clusters = EPI_ARRAY(a, n_nodes, struct epi_trace_cluster);
    uint32_t *members = EPI_ARRAY(a, n_nodes, uint32_t);
    size_t n = gather(&w, order, n_nodes, clusters, members);
    *ret = (struct epi_trace_clusters_result){.nodes = w.nodes,
                                              .pairs = w.pairs.rows,
                                              .n_pairs = w.pairs.n,
                                              .clusters = clusters,
                                              .n_clusters = n,
                                              .members = members};
}
