// SPDX-License-Identifier: AGPL-3.0-or-later
/* Who of the society stands for whom of the register: the same place, the same age or near, and
 * people of one household in one household where there is a fitting one. Those with a case or an
 * order come first, so that the merely vaccinated do not take their places. */
#include "scenario/start_internal.h"
#include <stdlib.h>

#define HOUSEHOLDS_TRIED 8
#define AHEAD 48 /* people looked at for one of the same age */

struct match {
    const struct epi_world *w;
    const struct epi_start *start;
    uint8_t *used;  /* by person of the society */
    uint32_t *gone; /* by place and band: so many from the random beginning on are used */
    uint32_t *beginning;
    uint32_t *order; /* people of the start, by place and household */
    uint32_t *who;
};
static int band_of(const struct epi_start_person *p)
{
    int b = p->age / 5;
    return b < EPI_MIX_BANDS ? b : EPI_MIX_BANDS - 1;
}
/* The k-th person of a place and band, from where its draws begin. */
static uint32_t person_at(const struct match *m, size_t pool, uint32_t k)
{
    const uint32_t *first = m->w->s->band_first + pool;
    uint32_t n = first[1] - first[0];
    return m->w->s->by_band[first[0] + (m->beginning[pool] + k) % n];
}
static uint32_t next_of(struct match *m, size_t pool, int age)
{
    const struct epi_society *s = m->w->s;
    uint32_t n = s->band_first[pool + 1] - s->band_first[pool];
    while (m->gone[pool] < n && m->used[person_at(m, pool, m->gone[pool])])
        m->gone[pool]++;
    if (m->gone[pool] == n)
        return EPI_NOBODY;
    for (uint32_t k = m->gone[pool]; k < n && k < m->gone[pool] + AHEAD; k++) {
        uint32_t p = person_at(m, pool, k);
        if (!m->used[p] && s->age[p] == age)
            return p;
    }
    return person_at(m, pool, m->gone[pool]);
}
/* Somebody of the place not yet used: of the age, else of a band as near as there is. */
static uint32_t somebody(struct match *m, const struct epi_start_person *p, size_t k)
{
    struct epi__draw d = epi__draw(m->w->seed, (uint32_t)k, 2, EPI__DRAW_PAST);
    int band = p->age >= 0 ? band_of(p) : (int)epi__below(&d, EPI_MIX_BANDS);
    for (int off = 0; off < EPI_MIX_BANDS; off++)
        for (int side = -1; side <= 1; side += 2) {
            int b = band + side * off;
            if (b < 0 || b >= EPI_MIX_BANDS || (off == 0 && side > 0))
                continue;
            uint32_t who = next_of(m, (size_t)p->place * EPI_MIX_BANDS + (size_t)b, p->age);
            if (who != EPI_NOBODY)
                return who;
        }
    return EPI_NOBODY;
}
static void take(struct match *m, size_t k, uint32_t who)
{
    m->who[k] = who;
    if (who != EPI_NOBODY)
        m->used[who] = 1;
}
/* The unused member of a household nearest in age, within five years; EPI_NOBODY when none is. */
static uint32_t member_like(const struct match *m, uint32_t first, uint32_t n, int age,
                            const uint32_t *taken, size_t taken_n)
{
    uint32_t best = EPI_NOBODY;
    int best_off = 6;
    for (uint32_t p = first; p < first + n; p++) {
        int off = abs(m->w->s->age[p] - age);
        bool free_one = !m->used[p];
        for (size_t i = 0; i < taken_n; i++)
            free_one = free_one && taken[i] != p;
        if (free_one && off < best_off)
            best = p, best_off = off;
    }
    return best;
}
#define GROUP_MAX 16
/* How many of a group find somebody in the household of `anchor`; their stand-ins in `out`. */
static size_t fit(const struct match *m, const uint32_t *group, size_t n, uint32_t anchor,
                  uint32_t *out)
{
    uint32_t first, size, taken[GROUP_MAX];
    size_t found = 0, taken_n = 0;
    epi_society_home(m->w->s, anchor, &first, &size);
    for (size_t i = 0; i < n; i++) {
        int age = m->start->people[group[i]].age;
        out[i] = age < 0 ? EPI_NOBODY : member_like(m, first, size, age, taken, taken_n);
        if (out[i] != EPI_NOBODY) {
            taken[taken_n++] = out[i];
            found++;
        }
    }
    return found;
}
static void take_household(struct match *m, const uint32_t *group, size_t n)
{
    uint32_t best[GROUP_MAX], now[GROUP_MAX];
    size_t best_n = 0;
    const struct epi_start_person *first = &m->start->people[group[0]];
    if (n > GROUP_MAX)
        n = GROUP_MAX; /* those beyond are taken alone */
    if (first->age >= 0 && n > 1) {
        size_t pool = (size_t)first->place * EPI_MIX_BANDS + (size_t)band_of(first);
        uint32_t size = m->w->s->band_first[pool + 1] - m->w->s->band_first[pool];
        (void)next_of(m, pool, first->age);
        for (uint32_t k = m->gone[pool], tried = 0; k < size && tried < HOUSEHOLDS_TRIED; k++) {
            uint32_t anchor = person_at(m, pool, k);
            if (m->used[anchor])
                continue;
            tried++;
            size_t fits = fit(m, group, n, anchor, now);
            if (fits > best_n) {
                best_n = fits;
                memcpy(best, now, sizeof best);
            }
            if (best_n == n)
                break;
        }
    }
    for (size_t i = 0; i < n; i++)
        if (best_n > 0 && best[i] != EPI_NOBODY)
            take(m, group[i], best[i]);
}
static bool matters(const struct epi_start_person *p)
{
    return p->state != EPI_START_WELL || p->kept_to > p->kept_from;
}
struct key {
    uint32_t place, household, k;
};
static int by_home(const void *a, const void *b)
{
    const struct key *x = a, *y = b;
    if (x->place != y->place)
        return x->place < y->place ? -1 : 1;
    if (x->household != y->household)
        return x->household < y->household ? -1 : 1;
    return x->k < y->k ? -1 : x->k > y->k;
}
static void order_people(struct match *m)
{
    size_t n = m->start->n;
    struct key *keys = epi_xmalloc((n + 1) * sizeof *keys);
    for (size_t k = 0; k < n; k++)
        keys[k] =
            (struct key){m->start->people[k].place, m->start->people[k].household, (uint32_t)k};
    if (n > 1)
        qsort(keys, n, sizeof *keys, by_home);
    for (size_t k = 0; k < n; k++)
        m->order[k] = keys[k].k;
    free(keys);
}
/* One household after the other, or one person when the household is not known. In the first round
 * those in which somebody matters. */
static void one_round(struct match *m, bool first)
{
    const struct epi_start_person *all = m->start->people;
    for (size_t i = 0, j; i < m->start->n; i = j) {
        const struct epi_start_person *p = &all[m->order[i]];
        bool any = false;
        for (j = i; j < m->start->n && all[m->order[j]].place == p->place &&
                    all[m->order[j]].household == p->household && (j == i || p->household != 0);
             j++)
            any = any || matters(&all[m->order[j]]);
        if (any != first || p->place >= m->w->s->places_n)
            continue;
        struct epi__draw d = epi__draw(m->w->seed, p->household ? p->household : m->order[i],
                                       p->household ? 1 : 3, EPI__DRAW_PAST);
        if (m->w->sc.base.scale < 1 && !epi__chance(&d, m->w->sc.base.scale))
            continue;
        take_household(m, &m->order[i], j - i);
        for (size_t k = i; k < j; k++)
            if (m->who[m->order[k]] == EPI_NOBODY)
                take(m, m->order[k], somebody(m, &all[m->order[k]], m->order[k]));
    }
}
uint32_t *epi__start_match(const struct epi_world *w, const struct epi_start *start)
{
    size_t pools = (size_t)w->s->places_n * EPI_MIX_BANDS;
    struct match m = {.w = w, .start = start};
    m.used = epi_xmalloc(w->s->n + 1);
    m.gone = epi_xmalloc((pools + 1) * sizeof *m.gone);
    m.beginning = epi_xmalloc((pools + 1) * sizeof *m.beginning);
    m.order = epi_xmalloc((start->n + 1) * sizeof *m.order);
    m.who = epi_xmalloc((start->n + 1) * sizeof *m.who);
    memset(m.used, 0, w->s->n + 1);
    for (size_t i = 0; i < pools; i++) {
        struct epi__draw d = epi__draw(w->seed, (uint32_t)i, 4, EPI__DRAW_PAST);
        uint32_t n = w->s->band_first[i + 1] - w->s->band_first[i];
        m.gone[i] = 0;
        m.beginning[i] = n ? epi__below(&d, n) : 0;
    }
    for (size_t k = 0; k < start->n; k++)
        m.who[k] = EPI_NOBODY;
    order_people(&m);
    one_round(&m, true);
    one_round(&m, false);
    free(m.used);
    free(m.gone);
    free(m.beginning);
    free(m.order);
    return m.who;
}
