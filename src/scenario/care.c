// SPDX-License-Identifier: AGPL-3.0-or-later
/* Beds and intensive care for the severely ill, and what a missing bed costs; admissions for other
 * illnesses; the day's count. */
#include "scenario/scenario_internal.h"

static double room(const struct epi_world *w, double per_100k)
{
    return per_100k > 0 ? floor(per_100k * w->s->n / 1e5) : INFINITY;
}
/* The severe who found no bed, or no intensive bed when critical, may die of it. */
static void without(struct epi_world *w, struct epi_infection *i, double death)
{
    struct epi__draw d = epi__draw_of(w, i->person, EPI__DRAW_CARE);
    int left = i->out - w->day;
    if (!i->dies && death > 0 && left > 0 && epi__chance(&d, 1 - pow(1 - death, 1.0 / left))) {
        i->dies = 1;
        i->out = (int16_t)(w->day + 1);
        w->p[i->person].flags |= EPI__ENDS;
        epi__wake_on(w, i->person, w->day + 1);
    }
}
/* Other illnesses: anybody whom nothing keeps may be admitted, the hospitals being as full as ever
 * when the run begins. Stays are geometric, so what is left of one is like one that begins. */
static void admit(struct epi_world *w)
{
    double out = 1 / (double)w->s->stay_days;
    float each = w->s->admissions * (w->day == 0 ? w->s->stay_days : 1);
    for (uint32_t place = 0; each > 0 && place < w->s->places_n; place++) {
        uint32_t from = w->s->place_first[place], n = w->s->place_first[place + 1] - from;
        struct epi__draw d = epi__draw_of(w, place, EPI__DRAW_ADMIT);
        for (uint32_t k = epi__poisson(&d, each * (float)n); k > 0; k--) {
            uint32_t who = from + epi__below(&d, n);
            double u = (double)epi__unit(&d);
            int days = out < 1 ? 1 + (int)(log(u) / log1p(-out)) : 1;
            if (epi__kept_on(w, who, w->day + 1) == EPI__FREE)
                epi__keep(w, who, EPI__IN_BED, days, 1);
        }
    }
}
/* Those who still need care move up: from none to a bed, from a bed to intensive care when
 * critical. */
void epi__phase_care(struct epi_world *w)
{
    const struct epi_lever_care *c = &w->sc.care;
    double beds = room(w, c->beds), icu = room(w, c->icu);
    epi__u32s *none = &w->sick_none;
    uint32_t n = 0;
    double beds_used = 0, icu_used = 0;
    for (uint32_t k = 0; k < none->n; k++) { /* in the order in which they fell severely ill */
        struct epi_infection *i = epi__latest(w, none->v[k]);
        uint32_t place = w->s->place[none->v[k]];
        if (!i || i->out <= w->day || w->p[none->v[k]].flags & EPI__DEAD)
            continue;
        none->v[n++] = none->v[k];
        bool critical = i->critical != EPI_NO_DAY && i->critical <= w->day;
        if (critical && icu_used < icu) {
            icu_used++;
            ++*epi__tally(w, place, EPI_T_ICU);
        } else if (beds_used < beds) {
            beds_used++;
            ++*epi__tally(w, place, EPI_T_BEDS);
            if (critical)
                without(w, i, c->no_icu_death);
        } else {
            ++*epi__tally(w, place, EPI_T_NO_BED);
            without(w, i, critical ? c->no_icu_death : c->no_bed_death);
            continue;
        }
        if (epi__kept_on(w, i->person, w->day + 1) != EPI__IN_BED)
            epi__keep(w, i->person, EPI__IN_BED, i->out - w->day - 1, 1);
    }
    none->n = n;
    if (c->ward_contacts > 0)
        admit(w);
}

/* Of 64 people: those kept from others today; whose order is over leaves the bits. */
static void count_kept(struct epi_world *w, uint32_t at)
{
    for (uint64_t left = w->kept[at]; left; left &= left - 1) {
        uint32_t bit = (uint32_t)__builtin_ctzll(left), person = at * 64 + bit;
        struct epi__person *p = &w->p[person];
        enum epi__kept kept = epi__kept_on(w, person, w->day);
        if (p->kept_to <= w->day || p->flags & EPI__DEAD)
            w->kept[at] &= ~((uint64_t)1 << bit);
        else if (kept != EPI__FREE && p->flags & EPI__POSITIVE)
            epi__count(w, p->place, EPI_T_ISOLATED);
        else if (kept == EPI__AT_HOME)
            epi__count(w, p->place, EPI_T_AT_HOME);
    }
}
static void count_range(struct epi_world *w, uint32_t range)
{
    uint64_t step = (uint64_t)EPI__BLOCK / 64 << w->range_shift,
             all = ((uint64_t)w->s->n + 63) / 64;
    for (uint64_t at = range * step; at < (range + 1) * step && at < all; at++)
        if (w->kept[at])
            count_kept(w, (uint32_t)at);
}
void epi__phase_count(struct epi_world *w)
{
    for (uint32_t place = 0; place < w->s->places_n; place++) {
        *epi__tally(w, place, EPI_T_LEVEL) = w->level[place];
        *epi__tally(w, place, EPI_T_AT_SITE) = w->site[place].now;
        for (uint32_t h = w->s->place_hamlet[place];
             w->locked_n[place] > 0 && h < w->s->place_hamlet[place + 1]; h++)
            if (w->locked_to[h] > w->day)
                *epi__tally(w, place, EPI_T_LOCKED) +=
                    w->s->hamlet_first[h + 1] - w->s->hamlet_first[h];
    }
    for (uint32_t k = w->lab_at; k < w->lab.n; k++)
        ++*epi__tally(w, w->s->place[w->lab.v[k].person], EPI_T_QUEUE);
    if (w->anybody_kept)
        epi__each(w, w->ranges_n, count_range);
}
