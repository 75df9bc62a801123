// SPDX-License-Identifier: AGPL-3.0-or-later
/* Who infects whom: the phases `spread` and `infect`.
 *
 * The attempts of an infection were drawn when it began (contacts.c) and lie under the day and the
 * range of people whom they meet. A range hands out its own lists and takes from those of all, so
 * that ranges need no lock, and what succeeds is put in the order of (person, luck): neither the
 * number of threads nor the order of ranges decides who infected whom. */
#include "scenario/scenario_internal.h"

static epi__attempts *due_on(const struct epi_world *w, uint32_t from, unsigned slot, uint32_t to)
{
    return &w->ranges[from].due[(size_t)slot * w->ranges_n + to];
}
void epi__attempt_due(struct epi_world *w, const struct epi__attempt *a)
{
    epi__attempts *to = due_on(w, epi__range_of(w, a->by), a->slot, epi__range_of(w, a->target));
    EPI__PUSH(to, *a);
}
void epi__send(struct epi_world *w, uint32_t range)
{
    struct epi__range *r = &w->ranges[range];
    epi__look_up(w, &r->fresh);
    for (uint32_t i = 0; i < r->fresh.n; i++)
        epi__attempt_due(w, &r->fresh.v[i]);
    r->fresh.n = 0;
}
static void replan_range(struct epi_world *w, uint32_t range)
{
    struct epi__range *r = &w->ranges[range];
    for (size_t i = 0; i < (size_t)EPI__RING * w->ranges_n; i++)
        r->due[i].n = 0;
    for (size_t i = 0; i < EPI__RING; i++)
        r->wake[i].n = 0;
    r->fresh.n = 0;
    uint32_t first = range << w->range_shift, end = (range + 1) << w->range_shift;
    for (uint32_t b = first; b < end && b < w->blocks_n; b++)
        for (uint32_t k = 0; k < w->blocks[b].infections.n; k++) {
            const struct epi_infection *i = &w->blocks[b].infections.v[k];
            if (!(w->p[i->person].flags & EPI__ACTIVE) || w->p[i->person].last != k + 1)
                continue;
            epi__attempts_of(w, i, w->day, w->sc.days, &r->fresh);
            epi__wake_from(w, i, w->day);
        }
    epi__send(w, range);
}
void epi__replan(struct epi_world *w)
{
    epi__each(w, w->ranges_n, replan_range);
}

/* --- spread ---
 * Contacts in quarantine sites and wards hang on who stays there today, so they are drawn today. */
static void spread_among(struct epi_world *w, const struct epi__company *c)
{
    for (uint32_t k = 0; k < c->n; k++) {
        uint32_t person = c->who[k], range = epi__range_of(w, person);
        if (!(w->p[person].flags & EPI__ACTIVE) || !epi__is_there(w, c, k, w->day))
            continue;
        epi__attempts_among(w, epi__latest(w, person), w->day, c, &w->ranges[range].fresh);
        epi__send(w, range);
    }
}
void epi__phase_spread(struct epi_world *w)
{
    struct epi__company c;
    for (uint32_t place = 0; w->sc.site.contacts > 0 && place < w->s->places_n; place++)
        if (w->site[place].first < w->site[place].of.n) {
            epi__company_at_site(w, place, w->day, &c);
            spread_among(w, &c);
            free(c.who);
        }
    for (uint32_t k = 0; w->sc.care.ward_contacts > 0 && k < w->s->hospitals_n * EPI__WARDS; k++) {
        epi__company_in_ward(w, k / EPI__WARDS, k % EPI__WARDS, w->day, &c);
        spread_among(w, &c);
        free(c.who);
    }
}

/* --- infect --- */
static bool before(const struct epi__attempt *x, const struct epi__attempt *y)
{
    if (x->target != y->target)
        return x->target < y->target;
    return x->luck != y->luck ? x->luck < y->luck : x->by < y->by;
}
static void sort(struct epi__attempt *v, uint32_t n) /* Shell 1959, gaps of Ciura 2001 */
{
    static const uint32_t gaps[] = {301, 132, 57, 23, 10, 4, 1};
    for (size_t g = 0; g < EPI_COUNT(gaps); g++)
        for (uint32_t i = gaps[g]; i < n; i++) {
            struct epi__attempt a = v[i];
            uint32_t k = i;
            for (; k >= gaps[g] && before(&a, &v[k - gaps[g]]); k -= gaps[g])
                v[k] = v[k - gaps[g]];
            v[k] = a;
        }
}
/* Today's attempts on the people of a range, put together by their block: block b of the range has
 * v[at[b - 1]] to v[at[b]]. */
static void gather(struct epi_world *w, uint32_t range, uint32_t first, uint32_t blocks)
{
    struct epi__range *r = &w->ranges[range];
    uint32_t *at = r->at, n = 0;
    unsigned today = (unsigned)w->day % EPI__RING;
    memset(at, 0, blocks * sizeof *at);
    for (uint32_t from = 0; from < w->ranges_n; from++) {
        const epi__attempts *due = due_on(w, from, today, range);
        for (uint32_t i = 0; i < due->n; i++)
            at[due->v[i].target / EPI__BLOCK - first]++;
    }
    for (uint32_t b = 0; b < blocks; b++) {
        uint32_t size = at[b];
        at[b] = n;
        n += size;
    }
    if (r->mine.cap < n) {
        r->mine.cap = n + n / 2;
        free(r->mine.v);
        r->mine.v = epi_xmalloc(r->mine.cap * sizeof *r->mine.v);
    }
    for (uint32_t from = 0; from < w->ranges_n; from++) {
        epi__attempts *due = due_on(w, from, today, range);
        for (uint32_t i = 0; i < due->n; i++)
            r->mine.v[at[due->v[i].target / EPI__BLOCK - first]++] = due->v[i];
        free(due->v);
        *due = (epi__attempts){0};
    }
}
static void infect_block(struct epi_world *w, struct epi__attempt *v, uint32_t n)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < n; i++) { /* asked for below, all at once */
        __builtin_prefetch(&w->p[v[i].target]);
        if (w->anybody_kept)
            __builtin_prefetch(&w->p[v[i].by]);
    }
    for (uint32_t i = 0; i < n; i++)
        if (epi__succeeds(w, &v[i])) {
            uint32_t who = v[i].target;
            __builtin_prefetch(&w->s->age[who]);
            __builtin_prefetch(&w->s->home_n[who]);
            __builtin_prefetch(&w->s->home_at[who]);
            __builtin_prefetch(&w->s->place[who]);
            __builtin_prefetch(&w->s->group[who]);
            v[kept++] = v[i];
        }
    sort(v, kept);
    for (uint32_t i = 0; i < kept; i++)
        if (i == 0 || v[i].target != v[i - 1].target)
            epi__infect(w, v[i].target, v[i].by, v[i].variant, epi__meeting_of(&v[i]));
}
static void infect_range(struct epi_world *w, uint32_t range)
{
    struct epi__range *r = &w->ranges[range];
    uint32_t first = range << w->range_shift, at = 0;
    uint32_t left = w->blocks_n - first, blocks = 1U << w->range_shift;
    blocks = blocks < left ? blocks : left;
    gather(w, range, first, blocks);
    for (uint32_t b = 0; b < blocks; at = r->at[b++])
        if (r->at[b] > at)
            infect_block(w, r->mine.v + at, r->at[b] - at);
    epi__send(w, range);
}
void epi__phase_infect(struct epi_world *w)
{
    epi__each(w, w->ranges_n, infect_range);
}
