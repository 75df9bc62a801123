// SPDX-License-Identifier: AGPL-3.0-or-later
#include "trace/trace_internal.h"
#include <stdio.h>
#include <stdlib.h>

static struct epi_trace_edge *edge_of(const struct epi__run *r, uint32_t i)
{
    return (struct epi_trace_edge *)r->edges.rows + i;
}

static int by_recency(const void *a, const void *b, void *arg)
{
    const struct epi__run *r = arg;
    const struct epi_trace_edge *x = edge_of(r, *(const uint32_t *)a),
                                *y = edge_of(r, *(const uint32_t *)b);
    if (x->last.ms != y->last.ms)
        return x->last.ms > y->last.ms ? -1 : 1;
    if (x->first.ms != y->first.ms)
        return x->first.ms > y->first.ms ? -1 : 1;
    return epi__before(r, x, y) ? -1 : epi__before(r, y, x);
}

static int by_ring(const void *a, const void *b, void *arg)
{
    const struct epi_trace_person *x = a, *y = b;
    const struct epi_pic_person *people = arg;
    if (x->ring != y->ring)
        return x->ring - y->ring;
    return people[x->person].id.v < people[y->person].id.v
               ? -1
               : people[x->person].id.v > people[y->person].id.v;
}

static const void *copy(struct epi_arena *a, const struct epi__list *l)
{
    void *rows = epi_arena_array(a, l->n, l->size);
    if (l->n)
        memcpy(rows, l->rows, l->n * l->size);
    return rows;
}

static void collect(struct epi_arena *a, struct epi__run *r, struct epi_trace_result *ret)
{
    struct epi_trace_person *people = EPI_ARRAY(a, r->seen.n, struct epi_trace_person);
    uint32_t *evidence = EPI_ARRAY(a, r->edges.n, uint32_t), used = 0;
    size_t n = 0;
    for (size_t i = 0; i < r->seen.n; i++) {
        const struct epi__seen *s = (const struct epi__seen *)r->seen.rows + i;
        if (s->ring == 0)
            continue;
        struct epi_trace_person *out = &people[n++];
        *out = (struct epi_trace_person){.person = s->person,
                                         .ring = s->ring,
                                         .verify = !s->certain,
                                         .first = s->first,
                                         .last = s->last,
                                         .evidence = used,
                                         .n_evidence = s->n_evidence};
        out->cas = epi__case_on(r->p, r->o->words, s->person, epi__first_day(r->p, s->first));
        for (uint32_t e = s->evidence; e != EPI_NO_INDEX; e = ((const uint32_t *)r->next.rows)[e])
            evidence[used++] = e;
        qsort_r(evidence + out->evidence, s->n_evidence, sizeof *evidence, by_recency, r);
        out->edge = evidence[out->evidence];
    }
    const struct epi_pic_person *all;
    epi_picture_people(r->p, &all);
    qsort_r(people, n, sizeof *people, by_ring, (void *)all);
    size_t at = 0;
    for (int ring = 0; ring < EPI_TRACE_DEPTH_MAX + 2; ring++) {
        while (at < n && people[at].ring < ring)
            at++;
        ret->ring_start[ring] = at;
    }
    ret->people = people;
    ret->n_people = n;
    ret->evidence = evidence;
}

void epi__finish(struct epi_arena *a, struct epi__run *r, size_t n_index,
                 struct epi_trace_result *ret)
{
    if (r->left_out) {
        *(struct epi_trace_cut *)epi__list_push(r->scratch, &r->cuts) =
            (struct epi_trace_cut){EPI_NO_INDEX,
                                   EPI_NO_INDEX,
                                   EPI_INSTANT_UNKNOWN,
                                   EPI_INSTANT_UNKNOWN,
                                   r->seen.n + r->left_out,
                                   r->seen.n,
                                   0};
        char limit[32];
        (void)snprintf(limit, sizeof limit, "%zu", r->o->people);
        epi_finding_add(r->findings, EPI_WARNING, "trace.people-cut", 0, EPI_NIL, epi_str_of(limit),
                        EPI_NIL);
    }
    size_t undated = 0;
    for (uint32_t i = 0; i < r->edges.n; i++)
        undated += edge_of(r, i)->undated;
    size_t counts[] = {r->outside, undated};
    const char *codes[] = {"trace.contacts-outside-window", "trace.contacts-without-dates"};
    for (size_t i = 0; i < 2; i++) {
        char text[32];
        (void)snprintf(text, sizeof text, "%zu", counts[i]);
        if (counts[i])
            epi_finding_add(r->findings, EPI_NOTE, codes[i], 0, EPI_NIL, epi_str_of(text), EPI_NIL);
    }
    struct epi_trace_result out = {.depth = r->o->depth,
                                   .n_labels = r->labels.n,
                                   .n_index = n_index,
                                   .n_edges = r->edges.n,
                                   .n_cuts = r->cuts.n,
                                   .n_sources = r->sources.n,
                                   .outside = r->outside};
    collect(a, r, &out);
    out.labels = copy(a, &r->labels);
    out.edges = copy(a, &r->edges);
    out.cuts = copy(a, &r->cuts);
    out.sources = copy(a, &r->sources);
    *ret = out;
}

size_t epi_trace_chain(const struct epi_trace_result *r, size_t i,
                       uint32_t out[EPI_TRACE_DEPTH_MAX])
{
    size_t n = r->people[i].ring;
    uint32_t edge = r->people[i].edge;
    for (size_t k = n; k-- > 0;) {
        out[k] = edge;
        edge = r->labels[r->edges[edge].via].edge;
    }
    return n;
}
