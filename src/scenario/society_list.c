// SPDX-License-Identifier: AGPL-3.0-or-later
/* A society of people who are known one by one: a village of a register, a ward, a school. */
#include "scenario/scenario_internal.h"

static epi_status refuse(const struct epi_resident *r, size_t n, struct epi_err *reterr)
{
    if (n == 0)
        return EPI_FAIL(reterr, EPI_INVALID, "scenario.population-none", "%zu", n);
    if (n >= EPI_NOBODY)
        return EPI_FAIL(reterr, EPI_LIMIT, "scenario.population-large", "%zu", n);
    for (size_t i = 0, from = 0; i < n; i++) {
        if (r[i].household != r[from].household)
            from = i;
        if (i - from >= UINT8_MAX)
            return EPI_FAIL(reterr, EPI_LIMIT, "scenario.household-large", "%zu", i + 1);
    }
    return EPI_OK;
}
static void settle(struct epi_society *s, const struct epi_resident *r, epi__u32s *hamlets,
                   int hamlet_households)
{
    uint32_t households = 0;
    for (uint32_t from = 0, to; from < s->n; from = to, households++) {
        for (to = from; to < s->n && r[to].household == r[from].household;)
            to++;
        if (households % (uint32_t)hamlet_households == 0)
            EPI__PUSH(hamlets, from);
        for (uint32_t p = from; p < to; p++) {
            s->age[p] = r[p].age;
            s->place[p] = 0;
            s->home_at[p] = (uint8_t)(p - from);
            s->home_n[p] = (uint8_t)(to - from);
            size_t band = r[p].age / 5U;
            s->places[0].ages[band < EPI_AGE_BANDS ? band : EPI_AGE_BANDS - 1]++;
        }
    }
}
/* Groups in the order of their first members. */
static void join(struct epi_society *s, const struct epi_resident *r)
{
    epi__u32s first = {0}, member = {0}, kind = {0};
    for (uint32_t p = 0; p < s->n; p++) {
        if (r[p].group == 0 || s->group[p] != EPI__NO_GROUP)
            continue;
        uint32_t id = first.n;
        EPI__PUSH(&first, member.n);
        if (id % 32 == 0)
            EPI__PUSH(&kind, 0);
        kind.v[id / 32] |= (uint32_t)r[p].works << (id % 32);
        for (uint32_t q = p; q < s->n; q++)
            if (r[q].group == r[p].group) {
                s->group[q] = id;
                EPI__PUSH(&member, q);
            }
    }
    s->groups_n = first.n;
    EPI__PUSH(&first, member.n);
    s->group_first = first.v;
    s->member = member.v;
    s->group_kind = kind.v;
}
epi_status epi_society_of_people(const struct epi_place *place, const struct epi_resident *people,
                                 size_t n, const struct epi_mixing *mixing,
                                 const struct epi_society_options *o, struct epi_society **ret,
                                 struct epi_err *reterr)
{
    EPI_TRY(refuse(people, n, reterr));
    struct epi_society *s = epi__society_room(place, 1, (uint32_t)n);
    epi__u32s hamlets = {0};
    memset(s->places[0].ages, 0, sizeof s->places[0].ages);
    s->place_first[0] = 0;
    s->place_first[1] = s->n;
    memset(s->group, 0xff, s->n * sizeof *s->group);
    settle(s, people, &hamlets, o->hamlet_households > 0 ? o->hamlet_households : 100);
    s->place_hamlet[0] = 0;
    s->place_hamlet[1] = s->hamlets_n = hamlets.n;
    EPI__PUSH(&hamlets, s->n);
    s->hamlet_first = hamlets.v;
    join(s, people);
    epi__society_hospitals(s, o);
    epi__society_mix(s, mixing, o);
    *ret = s;
    return EPI_OK;
}
