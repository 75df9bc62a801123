// SPDX-License-Identifier: AGPL-3.0-or-later
/* What today brought: infections counted, onsets, and the end of infections; water between people.
 */
#include "scenario/scenario_internal.h"

static void count_new(struct epi_world *w, const struct epi_infection *i)
{
    uint32_t place = w->s->place[i->person];
    ++*epi__tally(w, place, EPI_T_INFECTED);
    if (i->how == EPI_MEET_ABROAD)
        ++*epi__tally(w, place, EPI_T_IMPORTED);
    w->age_tally[(size_t)w->day * EPI_MIX_BANDS + epi__band(w->s, i->person)]++;
    w->how_tally[(size_t)w->day * EPI_MEETING_N + i->how]++;
}
static void fall_ill(struct epi_world *w, struct epi_infection *i, bool severe)
{
    const struct epi_lever_seek *s = &w->sc.seek;
    uint32_t place = w->s->place[i->person];
    if (!severe)
        ++*epi__tally(w, place, EPI_T_ONSETS);
    if (i->found != EPI_NO_DAY || i->asked == EPI__ASKS || (i->asked && !severe) ||
        !epi__when(w, &s->when, place))
        return;
    struct epi__draw d = epi__draw_of(w, i->person, EPI__DRAW_SEEK);
    if (!epi__chance(&d, severe ? s->severe_share : s->share))
        return;
    int delay = severe ? 0 : epi__seek_wait(w, &d);
    i->asked = EPI__ASKS;
    epi__due_on(w, w->day + delay, (struct epi__todo){.person = i->person, .what = EPI__DUE_SEEK});
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
    uint32_t place = w->s->place[i->person];
    struct epi__person *p = &w->p[i->person];
    p->flags &= (uint8_t)~EPI__ACTIVE;
    if (i->dies) {
        p->flags |= EPI__DEAD;
        ++*epi__tally(w, place, EPI_T_DEATHS);
    } else {
        ++*epi__tally(w, place, EPI_T_RECOVERED);
    }
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
    for (uint32_t b = 0; b < w->blocks_n; b++)
        for (uint32_t k = 0; k < w->blocks[b].active.n; k++) {
            const struct epi_infection *i = &w->blocks[b].infections.v[w->blocks[b].active.v[k]];
            int t = w->day - i->day;
            uint32_t place = w->s->place[i->person];
            uint32_t n = w->s->place_first[place + 1] - w->s->place_first[place];
            if (t >= 1 && t < EPI_PROFILE_DAYS)
                w->water[place] +=
                    (float)(w->d.water_shedding * w->d.profile[t] * (double)i->strength / n);
        }
}
void epi__phase_course(struct epi_world *w)
{
    if (w->d.water_rate > 0)
        water(w);
    for (uint32_t b = 0; b < w->blocks_n; b++) {
        struct epi__block *block = &w->blocks[b];
        for (uint32_t k = block->fresh; k < block->infections.n; k++)
            count_new(w, &block->infections.v[k]);
        for (uint32_t k = 0; k < block->events.n; k++) {
            struct epi_infection *i = &block->infections.v[block->events.v[k].infection];
            switch (block->events.v[k].what) {
            case EPI__ONSET:
                fall_ill(w, i, false);
                break;
            case EPI__SEVERE:
                fall_ill(w, i, true);
                EPI__PUSH(&w->sick_none, i->person);
                break;
            case EPI__OUT:
                end(w, i);
                break;
            }
        }
    }
}
