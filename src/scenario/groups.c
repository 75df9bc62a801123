// SPDX-License-Identifier: AGPL-3.0-or-later
/* Classes and workplaces: everybody of school age who is enrolled, everybody of working age who
 * works. */
#include "scenario/scenario_internal.h"

/* Ends the group that began with the last one; members follow each other in s->member. */
struct groups {
    struct epi_society *s;
    epi__u32s first, member, kind;
};
static void begin_group(struct groups *g, bool work)
{
    uint32_t id = g->first.n;
    EPI__PUSH(&g->first, g->member.n);
    if (id % 32 == 0)
        EPI__PUSH(&g->kind, 0);
    g->kind.v[id / 32] |= (uint32_t)work << (id % 32);
}
static void join_group(struct groups *g, uint32_t person)
{
    g->s->group[person] = g->first.n - 1;
    EPI__PUSH(&g->member, person);
}

/* Pupils of one year of age in one place make classes of even size. */
static void classes_of_place(struct groups *g, const struct epi_society_options *o, uint32_t place,
                             uint64_t seed, epi__u32s *pupils)
{
    const struct epi_society *s = g->s;
    struct epi_rng r = epi_rng_stream(seed, "scenario.school", place, 0);
    uint32_t from = s->place_first[place], to = s->place_first[place + 1];
    for (int age = o->class_from; age <= o->class_to; age++) {
        pupils->n = 0;
        for (uint32_t p = from; p < to; p++)
            if (s->age[p] == age && epi_rng_chance(&r, o->enrolled))
                EPI__PUSH(pupils, p);
        uint32_t classes = (pupils->n + (uint32_t)o->class_size - 1) / (uint32_t)o->class_size;
        for (uint32_t i = pupils->n; i > 1; i--) { /* neighbours need not share a class */
            uint32_t j = (uint32_t)epi_rng_below(&r, i), t = pupils->v[j];
            pupils->v[j] = pupils->v[i - 1];
            pupils->v[i - 1] = t;
        }
        for (uint32_t c = 0; c < classes; c++) {
            uint32_t a = (uint32_t)((uint64_t)pupils->n * c / classes),
                     b = (uint32_t)((uint64_t)pupils->n * (c + 1) / classes);
            if (b - a < 2)
                continue;
            begin_group(g, false);
            for (uint32_t i = a; i < b; i++)
                join_group(g, pupils->v[i]);
        }
    }
}

/* --- work ---
 * Where each worker goes: his own place, or another of the district by its population. */
static uint32_t other_place(const struct epi_society *s, uint32_t own, const uint32_t *of,
                            uint32_t n, struct epi_rng *r)
{
    uint64_t all = 0;
    for (uint32_t i = 0; i < n; i++)
        all += s->place_first[of[i] + 1] - s->place_first[of[i]];
    uint64_t u = epi_rng_below(r, all ? all : 1);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t size = s->place_first[of[i] + 1] - s->place_first[of[i]];
        if (u < size)
            return of[i];
        u -= size;
    }
    return own;
}
static void sort_workers(const struct epi_society *s, const struct epi_society_options *o,
                         uint64_t seed, epi__u32s *at_work)
{
    epi__u32s same = {0};
    int32_t district = INT32_MIN;
    for (uint32_t pl = 0; pl < s->places_n; pl++) {
        if (s->places[pl].district != district) {
            district = s->places[pl].district;
            same.n = 0;
            for (uint32_t i = pl; i < s->places_n && s->places[i].district == district; i++)
                EPI__PUSH(&same, i);
        }
        struct epi_rng r = epi_rng_stream(seed, "scenario.work", pl, 0);
        for (uint32_t p = s->place_first[pl]; p < s->place_first[pl + 1]; p++) {
            if (s->age[p] < o->work_from || s->age[p] > o->work_to ||
                s->group[p] != EPI__NO_GROUP || !epi_rng_chance(&r, o->employed))
                continue;
            uint32_t to = same.n > 1 && epi_rng_chance(&r, o->commute)
                              ? other_place(s, pl, same.v, same.n, &r)
                              : pl;
            EPI__PUSH(&at_work[to], p);
        }
    }
    free(same.v);
}
static void workplaces(struct groups *g, const struct epi_society_options *o, uint32_t place,
                       uint64_t seed, epi__u32s *workers)
{
    struct epi_rng r = epi_rng_stream(seed, "scenario.workplace", place, 0);
    for (uint32_t i = workers->n; i > 1; i--) {
        uint32_t j = (uint32_t)epi_rng_below(&r, i), t = workers->v[j];
        workers->v[j] = workers->v[i - 1];
        workers->v[i - 1] = t;
    }
    uint32_t at = 0;
    while (at + 1 < workers->n) {
        uint32_t size = 2 + (uint32_t)epi_rng_exp(&r, o->workplace_mean - 1.5);
        begin_group(g, true);
        for (uint32_t i = 0; i < size && at < workers->n; i++)
            join_group(g, workers->v[at++]);
    }
}

void epi__society_groups(struct epi_society *s, const struct epi_society_options *o, uint64_t seed)
{
    memset(s->group, 0xff, s->n * sizeof *s->group);
    struct groups g = {.s = s};
    epi__u32s pupils = {0};
    epi__u32s *at_work = epi_xmalloc(s->places_n * sizeof *at_work);
    memset(at_work, 0, s->places_n * sizeof *at_work);
    for (uint32_t pl = 0; pl < s->places_n; pl++)
        classes_of_place(&g, o, pl, seed, &pupils);
    sort_workers(s, o, seed, at_work);
    for (uint32_t pl = 0; pl < s->places_n; pl++) {
        workplaces(&g, o, pl, seed, &at_work[pl]);
        free(at_work[pl].v);
    }
    free(at_work);
    free(pupils.v);
    s->groups_n = g.first.n;
    EPI__PUSH(&g.first, g.member.n);
    s->group_first = g.first.v;
    s->member = g.member.v;
    s->group_kind = g.kind.v;
}
