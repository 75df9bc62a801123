// SPDX-License-Identifier: AGPL-3.0-or-later
/* What today brought: infections counted, onsets, and the end of infections; water between people.
 */
#include "scenario/scenario_internal.h"

/* Who goes for a test, and when. */
static void asks(struct epi_world *w, struct epi__range *r, struct epi_infection *i, bool severe)
{
    const struct epi_lever_seek *s = &w->sc.seek;
    double share = severe ? s->severe_share : s->share;
    if (share <= 0 || i->found != EPI_NO_DAY || i->asked == EPI__ASKS || (i->asked && !severe) ||
        !epi__when(w, &s->when, w->s->place[i->person]))
        return;
    struct epi__draw d = epi__draw_of(w, i->person, EPI__DRAW_SEEK);
    if (!epi__chance(&d, share))
        return;
    i->asked = EPI__ASKS;
    EPI__PUSH(&r->asks, (struct epi__ask){i->person, severe ? 0 : epi__seek_wait(w, &d)});
}
int epi__seek_wait(const struct epi_world *w, struct epi__draw *d)
{
    const struct epi_lever_seek *s = &w->sc.seek;
    double stay = s->delay_mean <= 0 ? 0 : s->delay_mean / (1 + s->delay_mean);
    int delay = 0;
    while (delay < EPI__RING - 2 && epi__chance(d, stay))
        delay++;
    return delay;
}
static void end(struct epi_world *w, struct epi_infection *i)
{
    struct epi__person *p = &w->p[i->person];
    p->flags &= (uint8_t) ~(EPI__ACTIVE | EPI__ENDS);
    epi__block_of(w, i->person)->active--;
    if (i->dies)
        p->flags |= EPI__DEAD;
    epi__count(w, w->s->place[i->person], i->dies ? EPI_T_DEATHS : EPI_T_RECOVERED);
}
/* Asked again on the last day that the ring of days reaches. */
void epi__wake_on(struct epi_world *w, uint32_t person, int day)
{
    int at = day - w->day < EPI__RING ? day : w->day + EPI__RING - 1;
    EPI__PUSH(&w->ranges[epi__range_of(w, person)].wake[(unsigned)at % EPI__RING], person);
}
void epi__wake_from(struct epi_world *w, const struct epi_infection *i, int from)
{
    int day = i->out;
    day = i->severe >= from && i->severe < day ? i->severe : day;
    day = i->onset >= from && i->onset < day ? i->onset : day;
    epi__wake_on(w, i->person, day);
}
static void count_new(struct epi_world *w, struct epi__range *r, struct epi__block *b)
{
    for (; b->fresh < b->infections.n; b->fresh++) {
        const struct epi_infection *i = &b->infections.v[b->fresh];
        epi__count(w, w->p[i->person].place, EPI_T_INFECTED);
        if (i->how == EPI_MEET_ABROAD)
            epi__count(w, w->p[i->person].place, EPI_T_IMPORTED);
        r->age[epi__band(w->s, i->person)]++;
        r->how[i->how]++;
    }
}
#define AHEAD 8 /* so many are asked for before they are needed */
static void course_range(struct epi_world *w, uint32_t index)
{
    struct epi__range *r = &w->ranges[index];
    epi__u32s *today = &r->wake[(unsigned)w->day % EPI__RING];
    uint32_t first = index << w->range_shift, past = (index + 1) << w->range_shift;
    for (uint32_t b = first; b < past && b < w->blocks_n; b++)
        count_new(w, r, &w->blocks[b]);
    for (uint32_t k = 0; k < today->n; k++) {
        if (k + 2 * AHEAD < today->n)
            __builtin_prefetch(&w->p[today->v[k + 2 * AHEAD]]);
        if (k + AHEAD < today->n)
            __builtin_prefetch(epi__latest(w, today->v[k + AHEAD]));
        if (!(w->p[today->v[k]].flags & EPI__ACTIVE))
            continue; /* died before his time */
        struct epi_infection *i = epi__latest(w, today->v[k]);
        if (i->onset == w->day) {
            epi__count(w, w->s->place[i->person], EPI_T_ONSETS);
            asks(w, r, i, false);
        }
        if (i->severe == w->day) {
            asks(w, r, i, true);
            EPI__PUSH(&r->severe, i->person);
        }
        if (i->out <= w->day)
            end(w, i);
        else
            epi__wake_from(w, i, w->day + 1);
    }
    free(today->v);
    *today = (epi__u32s){0};
}
/* What the ranges found, in their order. */
static void put_together(struct epi_world *w, struct epi__range *r)
{
    uint32_t *age = w->age_tally + (size_t)w->day * EPI_MIX_BANDS,
             *how = w->how_tally + (size_t)w->day * EPI_MEETING_N;
    for (size_t b = 0; b < EPI_MIX_BANDS; b++)
        age[b] += r->age[b];
    for (size_t m = 0; m < EPI_MEETING_N; m++)
        how[m] += r->how[m];
    memset(r->age, 0, sizeof r->age);
    memset(r->how, 0, sizeof r->how);
    for (uint32_t k = 0; k < r->asks.n; k++)
        epi__due_on(w, w->day + r->asks.v[k].wait,
                    (struct epi__todo){.person = r->asks.v[k].person, .what = EPI__DUE_SEEK});
    for (uint32_t k = 0; k < r->severe.n; k++)
        EPI__PUSH(&w->sick_none, r->severe.v[k]);
    r->asks.n = r->severe.n = 0;
}
/* Shedding raises what the water of a place holds, which decays; everybody of the place drinks
 * (Codeco 2001, BMC Infect Dis 1:1: hazard = rate B / (1 + B), B per person and dose of half
 * effect). */
static void water(struct epi_world *w)
{
    for (uint32_t place = 0; place < w->s->places_n; place++) {
        uint32_t from = w->s->place_first[place], n = w->s->place_first[place + 1] - from;
        float b = w->water[place] *= (float)(1 - w->d.water_decay);
        if (n == 0 || b <= 0)
            continue;
        double p = -expm1(-w->d.water_rate * (double)(b / (1 + b)));
        struct epi__draw d = epi__draw_of(w, place, EPI__DRAW_WATER);
        for (uint32_t k = epi__poisson(&d, (float)(p * n)); k > 0; k--) {
            uint32_t who = from + epi__below(&d, n);
            float sus = epi__susceptible(w, who, 0) / w->top_susceptibility;
            if (epi__unit(&d) < sus)
                epi__infect(w, who, EPI_NOBODY, 0, EPI_MEET_WATER);
        }
    }
    for (uint32_t range = 0; range < w->ranges_n; range++)
        epi__send(w, range);
    for (uint32_t b = 0; b < w->blocks_n; b++)
        for (uint32_t k = w->blocks[b].infections.n; k > 0; k--) {
            const struct epi_infection *i = &w->blocks[b].infections.v[k - 1];
            int t = w->day - i->day;
            if (t >= EPI_PROFILE_DAYS)
                break; /* and those before it are older */
            if (i->out <= w->day)
                continue;
            uint32_t place = w->s->place[i->person];
            uint32_t n = w->s->place_first[place + 1] - w->s->place_first[place];
            if (t >= 1)
                w->water[place] +=
                    (float)(w->d.water_shedding * w->d.profile[t] * (double)i->strength / n);
        }
}
void epi__phase_course(struct epi_world *w)
{
    if (w->d.water_rate > 0)
        water(w);
    epi__each(w, w->ranges_n, course_range);
    for (uint32_t i = 0; i < w->ranges_n; i++)
        put_together(w, &w->ranges[i]);
}
