// SPDX-License-Identifier: AGPL-3.0-or-later
#include "demo/demo_internal.h"

/* What the province knows of the run: its cases in the order in which they were found. Who infected
 * whom is known where tracing named one to the other. */

#define MODERATE 0.15 /* of those with symptoms who are not severe; the simulator does not tell */

uint32_t epi__case_by_person(const struct epi__world *w, uint32_t person)
{
    uint32_t at = (person * 2654435761u) & w->case_mask;
    for (; w->case_of[at] != EPI__NONE; at = (at + 1) & w->case_mask)
        if (w->cases[w->case_of[at]].person == person)
            return w->case_of[at];
    return EPI__NONE;
}

const struct epi__case *epi__death_of(const struct epi__world *w, uint32_t person)
{
    uint32_t i = epi__case_by_person(w, person);
    return i != EPI__NONE && strcmp(w->cases[i].outcome, "died") == 0 ? &w->cases[i] : NULL;
}

/* --- lists
 * ------------------------------------------------------------------------------------- */

static int by_index(const void *a, const void *b)
{
    const struct epi__named *x = a, *y = b;
    if (x->index != y->index)
        return x->index < y->index ? -1 : 1;
    if (x->person != y->person)
        return x->person < y->person ? -1 : 1;
    return x->met != y->met ? (x->met < y->met ? -1 : 1) : x->how - y->how;
}

size_t epi__named_by(const struct epi__world *w, uint32_t index)
{
    size_t lo = 0, hi = w->n_named;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (w->named[mid].index < index)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

static bool has_named(const struct epi__world *w, uint32_t index, uint32_t person)
{
    for (size_t i = epi__named_by(w, index); i < w->n_named && w->named[i].index == index; i++)
        if (w->named[i].person == person)
            return true;
    return false;
}

static bool count(void *ctx, const struct epi_infection *i)
{
    *(uint32_t *)ctx += i->found <= EPI__RUN;
    return true;
}

static const char *severity_of(const struct epi__world *w, const struct epi_infection *i)
{
    struct epi_rng r = epi__rng(w, "demo.severity", i->person, 0);
    if (i->critical <= EPI__RUN)
        return "critical";
    if (i->severe <= EPI__RUN)
        return "severe";
    if (i->onset > EPI__RUN)
        return "asymptomatic";
    return epi_rng_chance(&r, MODERATE) ? "moderate" : "mild";
}

static bool take(void *ctx, const struct epi_infection *i)
{
    struct epi__world *w = ctx;
    if (i->found > EPI__RUN)
        return true;
    struct epi__case *c = &w->cases[w->n_cases++];
    int out = i->out;
    if (!i->dies && out < i->found + w->response.isolate.days)
        out = i->found + w->response.isolate.days; /* nobody goes home before isolation is over */
    *c = (struct epi__case){.person = i->person,
                            .by = i->by,
                            .found = i->found,
                            .source = EPI__NONE,
                            .severity = severity_of(w, i),
                            .detection = "unknown",
                            .outcome = "in_care"};
    c->onset = i->onset <= EPI__RUN ? epi__date(w, i->onset) : EPI_DATE_UNKNOWN;
    c->sampled = c->resulted = c->reported = c->isolated = epi__date(w, i->found);
    c->ended = EPI_DATE_UNKNOWN;
    if (out <= EPI__RUN) {
        c->ended = epi__date(w, out);
        c->outcome = i->dies ? "died" : "recovered";
    }
    return true;
}

static int by_found(const void *a, const void *b)
{
    const struct epi__case *x = a, *y = b;
    if (x->found != y->found)
        return x->found < y->found ? -1 : 1;
    return x->person < y->person ? -1 : x->person > y->person;
}

/* The first time that somebody was found counts; a second infection stays unknown. */
static void index_cases(struct epi__world *w)
{
    uint32_t kept = 0;
    memset(w->case_of, 0xFF, ((size_t)w->case_mask + 1) * sizeof *w->case_of);
    for (uint32_t i = 0; i < w->n_cases; i++) {
        uint32_t person = w->cases[i].person, at = (person * 2654435761u) & w->case_mask;
        if (epi__case_by_person(w, person) != EPI__NONE)
            continue;
        while (w->case_of[at] != EPI__NONE)
            at = (at + 1) & w->case_mask;
        w->cases[kept] = w->cases[i];
        w->case_of[at] = kept++;
    }
    w->n_cases = kept;
}

static void take_tests(struct epi__world *w)
{
    for (size_t i = 0; i < w->n_tests; i++) {
        const struct epi__test *t = &w->tests[i];
        uint32_t at = epi__case_by_person(w, t->person);
        if (!t->positive || at == EPI__NONE || w->cases[at].found != t->resulted)
            continue;
        struct epi__case *c = &w->cases[at];
        c->sampled = epi__date(w, t->taken);
        c->isolated = epi__date(w, t->kept_from);
        c->detection = t->detection;
        c->antigen = t->antigen;
    }
}

static void take_sources(struct epi__world *w)
{
    for (uint32_t i = 0; i < w->n_cases; i++) {
        struct epi__case *c = &w->cases[i];
        uint32_t by = c->by == EPI_NOBODY ? EPI__NONE : epi__case_by_person(w, c->by);
        if (by != EPI__NONE && (has_named(w, c->by, c->person) || has_named(w, c->person, c->by)))
            c->source = by;
    }
}

bool epi__attends(const struct epi__world *w, uint32_t person)
{
    for (uint32_t i = 0; i < w->n_attendees; i++)
        if (w->attendees[i] == person)
            return true;
    return false;
}

/* The cluster of the story: the class and whom its cases are known to have infected. */
static bool of_class(const struct epi__world *w, uint32_t number)
{
    for (int steps = 0; number != EPI__NONE && steps < 20; steps++) {
        const struct epi__case *c = &w->cases[number];
        if (c->found >= EPI__RUN - EPI__INDEX_AGO && epi__attends(w, c->person))
            return true;
        number = c->source;
    }
    return false;
}

void epi__cases(struct epi__world *w)
{
    uint32_t n = 0, slots = 64;
    epi_world_each(w->run, count, &n);
    while (slots < 2 * n)
        slots *= 2;
    w->cases = EPI_ARRAY(w->a, n + 1, struct epi__case);
    w->case_of = EPI_ARRAY(w->a, slots, uint32_t);
    w->case_mask = slots - 1;
    epi_world_each(w->run, take, w);
    qsort(w->cases, w->n_cases, sizeof *w->cases, by_found);
    index_cases(w);
    if (w->n_named)
        qsort(w->named, w->n_named, sizeof *w->named, by_index);
    take_tests(w);
    take_sources(w);
    for (uint32_t i = 0; i < w->n_cases; i++)
        w->cases[i].in_cluster = of_class(w, i);
    w->index_case = epi__case_by_person(w, w->attendees[0]);
}
