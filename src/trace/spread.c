// SPDX-License-Identifier: AGPL-3.0-or-later
#include "trace/trace_internal.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static epi_instant later(epi_instant a, epi_instant b)
{
    return a.ms > b.ms ? a : b;
}

static epi_instant earlier(epi_instant a, epi_instant b)
{
    return a.ms < b.ms ? a : b;
}

static struct epi_trace_label label_at(const struct epi__run *r, uint32_t label)
{
    return ((const struct epi_trace_label *)r->labels.rows)[label];
}

/* The time a contact row speaks of, cut to the label's own; false when they do not meet. A row with
 * one date lasts that day; a row without dates may have been at any time. */
static bool cut_contact(const struct epi__run *r, const struct epi_trace_label *l,
                        const struct epi_pic_contact *c, struct epi_trace_edge *e)
{
    epi_date first = epi_date_known(c->first) ? c->first : c->last;
    epi_date last = epi_date_known(c->last) && c->last.d >= first.d ? c->last : first;
    e->first = l->from;
    e->last = l->to;
    e->undated = !epi_date_known(first);
    if (!e->undated) {
        e->first = later(l->from, epi__day_start(r->p, first));
        e->last = earlier(l->to, epi__day_end(r->p, last));
    }
    return e->first.ms < e->last.ms;
}

static void meet_contact(struct epi__run *r, uint32_t label, const struct epi_pic_contact *c,
                         uint32_t to)
{
    struct epi_trace_label l = label_at(r, label);
    /* Without distance, or without duration where masks may have been worn, nobody can say whether
     * it was a close contact: it counts, and is marked for somebody to ask. */
    bool unsure = isnan(c->distance) || (c->masked != 0 && c->minutes < 0);
    struct epi_trace_edge e = {.via = label,
                               .to = to,
                               .evidence = c->id,
                               .place = c->place,
                               .minutes = c->minutes,
                               .distance = c->distance,
                               .setting = c->setting,
                               .masked = c->masked,
                               .how = EPI_TRACE_CONTACT,
                               .backward = to != c->person};
    if (!cut_contact(r, &l, c, &e)) {
        r->outside += l.ring == 0 && !e.backward;
        return;
    }
    e.verify = unsure || e.undated;
    epi__reach(r, &e);
}

static void spread_contacts(struct epi__run *r, uint32_t label)
{
    struct epi_trace_label l = label_at(r, label);
    const struct epi_pic_case *cases;
    epi_picture_cases(r->p, &cases);
    size_t n_cases = 1, n;
    const uint32_t *own = &l.cas;
    if (l.ring > 0)
        own = epi_picture_cases_of_person(r->p, l.person, &n_cases);
    epi_date day = epi__first_day(r->p, l.from);
    for (size_t i = 0; i < n_cases; i++) {
        const struct epi_pic_case *k = &cases[own[i]];
        if (l.ring > 0 && (epi__is_discarded(r->o->words, k) || epi__is_over(k, day)))
            continue;
        const struct epi_pic_contact *c = epi_picture_contacts_of_case(r->p, own[i], &n);
        for (size_t j = 0; j < n; j++)
            if (c[j].person != l.person)
                meet_contact(r, label, &c[j], c[j].person);
    }
    if (!(r->o->flags & EPI_TRACE_BOTH_WAYS))
        return;
    const uint32_t *named = epi_picture_contacts_of_person(r->p, l.person, &n);
    for (size_t i = 0; i < n; i++) {
        const struct epi_pic_contact *c = epi_picture_contact(r->p, named[i]);
        const struct epi_pic_case *k = &cases[c->cas];
        if (k->person != EPI_NO_INDEX && k->person != l.person &&
            !epi__is_discarded(r->o->words, k))
            meet_contact(r, label, c, k->person);
    }
}

/* The end of a visit; assumed when there is none, or when it is not after the start. */
static epi_instant visit_end(const struct epi__run *r, const struct epi_pic_visit *v,
                             bool *ret_open)
{
    *ret_open = !epi_instant_known(v->to) || v->to.ms <= v->from.ms;
    return *ret_open ? (epi_instant){v->from.ms + r->o->open_minutes * EPI__MINUTE_MS} : v->to;
}

/* Longest first: when a crowd is cut, those who shared most time stay. */
static int by_length(const void *a, const void *b)
{
    const struct epi__meeting *x = a, *y = b;
    int64_t lx = x->to.ms - x->from.ms, ly = y->to.ms - y->from.ms;
    if (lx != ly)
        return lx > ly ? -1 : 1;
    if (x->person.v != y->person.v)
        return x->person.v < y->person.v ? -1 : 1;
    return x->visit->id.v < y->visit->id.v ? -1 : x->visit->id.v > y->visit->id.v;
}

static size_t cut_crowd(struct epi__run *r, const struct epi_pic_visit *v, epi_instant from,
                        epi_instant to)
{
    size_t found = r->crowd.n, kept = r->o->crowd;
    if (kept == 0 || found <= kept)
        return found;
    qsort(r->crowd.rows, found, sizeof(struct epi__meeting), by_length);
    struct epi_trace_cut *cuts = r->cuts.rows;
    for (size_t i = 0; i < r->cuts.n; i++)
        if (cuts[i].place == v->place) { /* said once for a place */
            cuts[i].visits++;
            return kept;
        }
    *(struct epi_trace_cut *)epi__list_push(r->scratch, &r->cuts) =
        (struct epi_trace_cut){v->place, v->person, from, to, found, kept, 1};
    char place[16], numbers[64];
    (void)snprintf(numbers, sizeof numbers, "%zu / %zu", kept, found);
    epi_finding_add(r->findings, EPI_WARNING, "trace.crowd-cut", 0, EPI_S("place"),
                    epi_str_of(epi_id_text(epi_picture_place_id(r->p, v->place), place)),
                    epi_str_of(numbers));
    return kept;
}

static void meet_visit(struct epi__run *r, uint32_t label, const struct epi_pic_visit *v, bool open,
                       epi_instant from, epi_instant to)
{
    const struct epi_pic_person *people;
    epi_picture_people(r->p, &people);
    int64_t least = r->o->overlap_minutes * EPI__MINUTE_MS;
    if (least == 0)
        least = 1;
    if (to.ms - from.ms < least)
        return;
    size_t n;
    const struct epi_pic_visit *w = epi_picture_visits_around(
        r->p, v->place, from, to, r->o->open_minutes * EPI__MINUTE_MS, &n);
    r->crowd.n = 0;
    for (size_t i = 0; i < n; i++) {
        bool w_open;
        epi_instant end = earlier(to, visit_end(r, &w[i], &w_open)), start = later(from, w[i].from);
        if (w[i].person != v->person && end.ms - start.ms >= least)
            *(struct epi__meeting *)epi__list_push(r->scratch, &r->crowd) =
                (struct epi__meeting){start, end, &w[i], people[w[i].person].id, w_open};
    }
    size_t kept = cut_crowd(r, v, from, to);
    for (size_t i = 0; i < kept; i++) {
        const struct epi__meeting *m = (const struct epi__meeting *)r->crowd.rows + i;
        int64_t minutes = (m->to.ms - m->from.ms) / EPI__MINUTE_MS;
        epi__reach(r, &(struct epi_trace_edge){.via = label,
                                               .to = m->visit->person,
                                               .first = m->from,
                                               .last = m->to,
                                               .evidence = m->visit->id,
                                               .evidence_from = v->id,
                                               .place = v->place,
                                               .minutes = open || m->open ? -1 : (int32_t)minutes,
                                               .distance = NAN,
                                               .setting = EPI_NO_WORD,
                                               .masked = -1,
                                               .how = EPI_TRACE_VISIT,
                                               .verify = true});
    }
}

static void spread_visits(struct epi__run *r, uint32_t label)
{
    struct epi_trace_label l = label_at(r, label);
    size_t n;
    const uint32_t *own = epi_picture_visits_of_person(r->p, l.person, &n);
    for (size_t i = 0; i < n; i++) {
        const struct epi_pic_visit *v = epi_picture_visit(r->p, own[i]);
        if (v->from.ms >= l.to.ms)
            break;
        bool open;
        epi_instant end = visit_end(r, v, &open);
        meet_visit(r, label, v, open, later(l.from, v->from), earlier(l.to, end));
    }
}

static void spread_household(struct epi__run *r, uint32_t label)
{
    struct epi_trace_label l = label_at(r, label);
    const struct epi_pic_person *people;
    epi_picture_people(r->p, &people);
    epi_id household = people[l.person].household;
    if (household.v == 0)
        return;
    size_t n;
    const uint32_t *members = epi_picture_household(r->p, household, &n);
    for (size_t i = 0; i < n; i++)
        if (members[i] != l.person)
            epi__reach(r, &(struct epi_trace_edge){.via = label,
                                                   .to = members[i],
                                                   .first = l.from,
                                                   .last = l.to,
                                                   .place = EPI_NO_INDEX,
                                                   .minutes = -1,
                                                   .distance = NAN,
                                                   .setting = EPI_NO_WORD,
                                                   .masked = -1,
                                                   .how = EPI_TRACE_HOUSEHOLD});
}

void epi__spread(struct epi__run *r, uint32_t label)
{
    struct epi_trace_label l = label_at(r, label);
    if (l.from.ms >= l.to.ms)
        return;
    if (!(r->o->flags & EPI_TRACE_NO_CONTACTS))
        spread_contacts(r, label);
    if (l.person == EPI_NO_INDEX)
        return;
    if (!(r->o->flags & EPI_TRACE_NO_VISITS))
        spread_visits(r, label);
    if (!(r->o->flags & EPI_TRACE_NO_HOUSEHOLDS))
        spread_household(r, label);
}
