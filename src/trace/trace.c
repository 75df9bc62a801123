// SPDX-License-Identifier: AGPL-3.0-or-later
#include "trace/trace_internal.h"
#include <stdlib.h>

void *epi__list_push(struct epi_arena *scratch, struct epi__list *l)
{
    EPI_ASSERT(l->n < UINT32_MAX - 1);
    if (l->n == l->cap) {
        size_t cap = l->cap ? l->cap * 2 : 64;
        void *rows = epi_arena_array(scratch, cap, l->size);
        if (l->n)
            memcpy(rows, l->rows, l->n * l->size);
        l->rows = rows;
        l->cap = cap;
    }
    return (char *)l->rows + l->n++ * l->size;
}

static struct epi_trace_label *label_of(const struct epi__run *r, uint32_t i)
{
    return (struct epi_trace_label *)r->labels.rows + i;
}

static struct epi_trace_edge *edge_of(const struct epi__run *r, uint32_t i)
{
    return (struct epi_trace_edge *)r->edges.rows + i;
}

static epi_id person_id(const struct epi_picture *p, uint32_t person)
{
    const struct epi_pic_person *people;
    size_t n = epi_picture_people(p, &people);
    return person < n ? people[person].id : (epi_id){0};
}

/* --- people reached ------------------------------------------------------------------ */
static uint32_t hash_person(const struct epi__run *r, uint32_t person)
{
    return (uint32_t)(((uint64_t)person * 0x9e3779b97f4a7c15u) >> 32) & (r->slots - 1);
}

static uint32_t *find_slot(const struct epi__run *r, uint32_t person)
{
    const struct epi__seen *seen = r->seen.rows;
    uint32_t at = hash_person(r, person);
    while (r->slot[at] != 0 && seen[r->slot[at] - 1].person != person)
        at = (at + 1) & (r->slots - 1);
    return &r->slot[at];
}

static void widen(struct epi__run *r)
{
    r->slots = r->slots ? r->slots * 2 : 128;
    r->slot = EPI_ARRAY(r->scratch, r->slots, uint32_t);
    const struct epi__seen *seen = r->seen.rows;
    for (uint32_t i = 0; i < r->seen.n; i++)
        *find_slot(r, seen[i].person) = i + 1;
}

static struct epi__seen *add_seen(struct epi__run *r, uint32_t person, uint8_t ring)
{
    if ((r->seen.n + 1) * 2 > r->slots)
        widen(r);
    struct epi__seen *s = epi__list_push(r->scratch, &r->seen);
    *s = (struct epi__seen){
        .person = person, .ring = ring, .label = EPI_NO_INDEX, .evidence = EPI_NO_INDEX};
    *find_slot(r, person) = (uint32_t)r->seen.n;
    return s;
}

/* The end of the last isolation known that does not belong to a time before the trace. */
static epi_instant free_until(const struct epi__run *r, uint32_t person)
{
    const struct epi_pic_case *cases;
    epi_picture_cases(r->p, &cases);
    epi_instant until = EPI_INSTANT_UNKNOWN;
    size_t n;
    const uint32_t *own = epi_picture_cases_of_person(r->p, person, &n);
    for (size_t i = 0; i < n; i++) {
        epi_instant t = epi__day_end(r->p, cases[own[i]].isolated);
        if (!epi__is_discarded(r->o->words, &cases[own[i]]) && t.ms > until.ms)
            until = t;
    }
    const uint32_t *named = epi_picture_contacts_of_person(r->p, person, &n);
    for (size_t i = 0; i < n; i++) {
        epi_instant t = epi__day_end(r->p, epi_picture_contact(r->p, named[i])->isolated);
        if (t.ms > until.ms)
            until = t;
    }
    return until.ms > r->begin.ms ? until : r->end;
}

bool epi__before(const struct epi__run *r, const struct epi_trace_edge *x,
                 const struct epi_trace_edge *y)
{
    if (x->first.ms != y->first.ms)
        return x->first.ms < y->first.ms;
    uint64_t px = person_id(r->p, label_of(r, x->via)->person).v;
    uint64_t py = person_id(r->p, label_of(r, y->via)->person).v;
    if (px != py)
        return px < py;
    return x->how != y->how ? x->how < y->how : x->evidence.v < y->evidence.v;
}

static uint32_t keep_edge(struct epi__run *r, const struct epi_trace_edge *e)
{
    *(struct epi_trace_edge *)epi__list_push(r->scratch, &r->edges) = *e;
    *(uint32_t *)epi__list_push(r->scratch, &r->next) = EPI_NO_INDEX;
    return (uint32_t)r->edges.n - 1;
}

static epi_instant passes_on_from(const struct epi__run *r, const struct epi_trace_edge *e)
{
    if (!epi_instant_known(e->first))
        return e->first;
    return (epi_instant){e->first.ms + r->o->latent.n * EPI__DAY_MS};
}

/* Makes or betters the label of ring `ring` of a person. A label of an earlier ring stays: a longer
 * chain that reaches the person sooner gets a label of its own, because whom they met in between
 * counts too. */
static void set_label(struct epi__run *r, struct epi__seen *s, uint8_t ring,
                      const struct epi_trace_edge *e, uint32_t edge)
{
    struct epi_trace_label *l = s->label == EPI_NO_INDEX ? NULL : label_of(r, s->label);
    if (l && l->ring == ring) {
        if (!epi__before(r, e, edge_of(r, l->edge)))
            return;
    } else {
        if (l && passes_on_from(r, e).ms >= l->from.ms)
            return;
        l = epi__list_push(r->scratch, &r->labels);
        s->label = (uint32_t)r->labels.n - 1;
    }
    *l = (struct epi_trace_label){.person = s->person,
                                  .cas = EPI_NO_INDEX,
                                  .ring = ring,
                                  .edge = edge != EPI_NO_INDEX ? edge : keep_edge(r, e),
                                  .from = passes_on_from(r, e),
                                  .to = s->until};
}

void epi__reach(struct epi__run *r, const struct epi_trace_edge *e)
{
    uint8_t ring = (uint8_t)(label_of(r, e->via)->ring + 1);
    uint32_t at = *find_slot(r, e->to);
    struct epi__seen *s = at ? (struct epi__seen *)r->seen.rows + (at - 1) : NULL;
    if (!s) {
        if (r->o->people && r->seen.n >= r->o->people) {
            r->left_out++;
            return;
        }
        s = add_seen(r, e->to, ring);
        s->until = free_until(r, e->to);
        s->first = e->first;
        s->last = e->last;
    }
    if (s->ring < ring) {
        if (s->ring > 0 && ring < r->o->depth)
            set_label(r, s, ring, e, EPI_NO_INDEX);
        return;
    }
    uint32_t edge = keep_edge(r, e);
    ((uint32_t *)r->next.rows)[edge] = s->evidence;
    s->evidence = edge;
    s->n_evidence++;
    s->certain |= !e->verify;
    if (e->first.ms < s->first.ms)
        s->first = e->first;
    if (e->last.ms > s->last.ms)
        s->last = e->last;
    set_label(r, s, ring, e, edge);
}

/* --- the index cases ----------------------------------------------------------------- */
static void note_case(struct epi__run *r, epi_severity severity, const char *code,
                      const struct epi_pic_case *c)
{
    char id[16];
    epi_finding_add(r->findings, severity, code, 0, EPI_S("case"),
                    epi_str_of(epi_id_text(c->id, id)), EPI_NIL);
}

/* From `lead` days before onset (else sample, else report) to the isolation, else to the picture's
 * day. */
static void window(struct epi__run *r, const struct epi_pic_case *c, epi_instant *ret_from,
                   epi_instant *ret_to)
{
    epi_date d = epi_pic_case_date(c);
    *ret_from = epi__day_start(r->p, d);
    if (epi_instant_known(*ret_from))
        ret_from->ms -= r->o->lead.n * EPI__DAY_MS;
    else
        note_case(r, EPI_WARNING, "trace.case-without-dates", c);
    *ret_to = r->end;
    epi_instant isolated = epi__day_end(r->p, c->isolated);
    if (!epi_instant_known(isolated))
        return;
    if (isolated.ms <= ret_from->ms)
        note_case(r, EPI_WARNING, "trace.isolated-before-window", c);
    else if (isolated.ms < ret_to->ms)
        *ret_to = isolated;
}

static void add_sources(struct epi__run *r, uint32_t cas)
{
    const struct epi_pic_case *cases;
    epi_picture_cases(r->p, &cases);
    uint32_t named =
        cases[cas].source_case.v ? epi_picture_case(r->p, cases[cas].source_case) : EPI_NO_INDEX;
    if (named != EPI_NO_INDEX)
        *(struct epi_trace_source *)epi__list_push(r->scratch, &r->sources) =
            (struct epi_trace_source){cas, named, {0}, EPI_DATE_UNKNOWN, EPI_DATE_UNKNOWN};
    size_t n;
    const uint32_t *rows = epi_picture_contacts_of_person(r->p, cases[cas].person, &n);
    for (size_t i = 0; i < n; i++) {
        const struct epi_pic_contact *c = epi_picture_contact(r->p, rows[i]);
        if (cases[c->cas].person != cases[cas].person &&
            !epi__is_discarded(r->o->words, &cases[c->cas]))
            *(struct epi_trace_source *)epi__list_push(r->scratch, &r->sources) =
                (struct epi_trace_source){cas, c->cas, c->id, c->first, c->last};
    }
}

static int by_u32(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

static int by_case_id(const void *a, const void *b, void *cases)
{
    uint64_t x = ((const struct epi_pic_case *)cases)[*(const uint32_t *)a].id.v;
    uint64_t y = ((const struct epi_pic_case *)cases)[*(const uint32_t *)b].id.v;
    return x < y ? -1 : x > y;
}

static void start(struct epi__run *r, const uint32_t *given, size_t n)
{
    const struct epi_pic_case *cases;
    epi_picture_cases(r->p, &cases);
    uint32_t *order = EPI_ARRAY(r->scratch, n, uint32_t);
    memcpy(order, given, n * sizeof *order);
    qsort(order, n, sizeof *order, by_u32);
    size_t distinct = 0;
    for (size_t i = 0; i < n; i++)
        if (i == 0 || order[i] != order[i - 1])
            order[distinct++] = order[i];
    qsort_r(order, distinct, sizeof *order, by_case_id, (void *)cases);
    r->begin.ms = INT64_MAX;
    for (size_t i = 0; i < distinct; i++) {
        const struct epi_pic_case *c = &cases[order[i]];
        struct epi_trace_label l = {.person = c->person, .cas = order[i], .edge = EPI_NO_INDEX};
        window(r, c, &l.from, &l.to);
        if (l.from.ms < r->begin.ms)
            r->begin = l.from;
        *(struct epi_trace_label *)epi__list_push(r->scratch, &r->labels) = l;
        if (epi__is_discarded(r->o->words, c))
            note_case(r, EPI_WARNING, "trace.discarded-case", c);
        if (c->person == EPI_NO_INDEX)
            note_case(r, EPI_WARNING, "trace.case-without-person", c);
        else if (r->slots == 0 || *find_slot(r, c->person) == 0)
            add_seen(r, c->person, 0)->label = (uint32_t)r->labels.n - 1;
        add_sources(r, order[i]);
    }
    if (r->slots == 0)
        widen(r);
}

/* --- the run ------------------------------------------------------------------------- */
static epi_status check_options(const struct epi_trace_options *o, struct epi_err *reterr)
{
    const struct {
        const char *name;
        int64_t v, min, max;
    } rules[] = {{"depth", o->depth, 1, EPI_TRACE_DEPTH_MAX},
                 {"lead", o->lead.n, 0, 60},
                 {"latent", o->latent.n, 0, 60},
                 {"overlap_minutes", o->overlap_minutes, 0, 1440},
                 {"open_minutes", o->open_minutes, 1, 10080},
                 {"dose_lag", o->dose_lag.n, 0, 365}};
    for (size_t i = 0; i < EPI_COUNT(rules); i++)
        if (rules[i].v < rules[i].min || rules[i].v > rules[i].max)
            return EPI_FAIL(reterr, EPI_INVALID, "trace.parameter", "%s", rules[i].name);
    return EPI_OK;
}

epi_status epi_trace_run(struct epi_arena *a, const struct epi_picture *p,
                         const struct epi_trace_options *o, const uint32_t *cases, size_t n,
                         struct epi_trace_result *ret, struct epi_findings *findings,
                         struct epi_err *reterr)
{
    EPI_TRY(check_options(o, reterr));
    const struct epi_pic_case *all;
    size_t n_all = epi_picture_cases(p, &all);
    if (n == 0)
        return EPI_FAIL(reterr, EPI_INVALID, "trace.no-case", "%s", "");
    for (size_t i = 0; i < n; i++)
        if (cases[i] >= n_all)
            return EPI_FAIL(reterr, EPI_NOT_FOUND, "trace.no-case", "%s", "");
    EPI_ARENA_LOCAL(scratch);
    struct epi__run r = {.p = p,
                         .o = o,
                         .scratch = scratch,
                         .findings = findings,
                         .end = epi__day_end(p, epi_picture_as_of(p)),
                         .labels = {.size = sizeof(struct epi_trace_label)},
                         .edges = {.size = sizeof(struct epi_trace_edge)},
                         .next = {.size = sizeof(uint32_t)},
                         .seen = {.size = sizeof(struct epi__seen)},
                         .cuts = {.size = sizeof(struct epi_trace_cut)},
                         .crowd = {.size = sizeof(struct epi__meeting)},
                         .sources = {.size = sizeof(struct epi_trace_source)}};
    if (!epi_instant_known(r.end))
        r.end.ms = INT64_MAX;
    start(&r, cases, n);
    size_t n_index = r.labels.n, first = 0;
    for (int ring = 0; ring < o->depth; ring++) {
        size_t last = r.labels.n;
        for (size_t i = first; i < last; i++)
            epi__spread(&r, (uint32_t)i);
        first = last;
    }
    epi__finish(a, &r, n_index, ret);
    return EPI_OK;
}
