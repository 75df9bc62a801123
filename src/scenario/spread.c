// SPDX-License-Identifier: AGPL-3.0-or-later
/* Who infects whom: the phases `spread` and `infect`, and the same contacts asked again by tracing.
 *
 * Only infectious people cost anything, and of their contacts only those that could transmit: with
 * n ~ Poisson(rate) contacts of which each transmits at most with probability p, the transmitting
 * ones are Poisson(rate p) and the others Poisson(rate (1 - p)), independently (thinning). The two
 * have a stream each; spreading reads the first, tracing reads both. */
#include "scenario/scenario_internal.h"

struct epi__leak epi__leak(const struct epi_world *w, uint32_t person, int day)
{
    switch (epi__kept_on(w, person, day)) {
    case EPI__FREE:
        break;
    case EPI__AT_HOME: {
        bool positive = (w->p[person].flags & EPI__POSITIVE) != 0;
        return (struct epi__leak){positive ? (float)w->sc.isolate.at_home : 1,
                                  w->p[person].kept & EPI__COMPLIES ? 0 : 1, 0};
    }
    case EPI__AT_SITE:
        return (struct epi__leak){0, 0, 1};
    case EPI__IN_BED:
        return (struct epi__leak){0, 0, 0};
    }
    return (struct epi__leak){1, 1, 0};
}
bool epi__hamlet_locked(const struct epi_world *w, uint32_t person, int day)
{
    return w->locked_n[w->s->place[person]] > 0 &&
           w->locked_to[epi_society_hamlet_of(w->s, person)] > day;
}
static float factor_on(const struct epi_world *w, uint32_t place, enum epi_meeting how, int day)
{
    day = day < 0 && w->day >= 0 ? 0 : day; /* before the run: as on its first day */
    if (day == w->day)
        return w->factor[place][how];
    size_t at = ((size_t)day * w->s->places_n + place) * EPI_MIX_N + how;
    return (float)w->factor_past[at] / 255;
}
float epi__left_by_rules(const struct epi_world *w, uint32_t person, enum epi_meeting how, int day)
{
    float share = factor_on(w, w->s->place[person], how, day);
    return epi__hamlet_locked(w, person, day) ? share * (float)w->sc.zone.contacts : share;
}
float epi__met_share(const struct epi_world *w, uint32_t target, uint32_t by, uint32_t by_place,
                     enum epi_meeting how, int day)
{
    const struct epi__person *t = &w->p[target];
    enum epi__kept kept = epi__kept_on(w, target, day);
    if (t->flags & EPI__DEAD && epi__latest(w, target)->out <= day)
        return 0;
    if (how == EPI_MEET_SITE)
        return kept == EPI__AT_SITE;
    if (how == EPI_MEET_HOME)
        return kept == EPI__FREE || kept == EPI__AT_HOME;
    if (kept != EPI__FREE && (kept != EPI__AT_HOME || t->kept & EPI__COMPLIES))
        return 0;
    if (t->place == by_place && w->locked_n[by_place] == 0)
        return 1;
    /* the stricter rules decide, and those of `by` have thinned the contact already */
    float theirs = epi__left_by_rules(w, target, how, day),
          own = epi__left_by_rules(w, by, how, day);
    return theirs < own ? theirs / own : 1;
}

/* 1 - exp(-x), by its series when x is small. */
static float chance_of(float x)
{
    return x < 0.1F ? x * (1 - x / 2 * (1 - x / 3 * (1 - x / 4))) : -expm1f(-x);
}
/* One person on one day: how many contacts in each setting, and where they are drawn from. */
struct outing {
    uint32_t person, place, home_first, home_n;
    uint32_t band;
    int urban;
    enum epi_meeting group_how; /* school or work */
    float group_rate;
    struct epi__leak leak;
    float out; /* of contacts outside home */
};
static void out_of(const struct epi_world *w, struct outing *o, int day)
{
    o->out = o->leak.out;
    if (o->out > 0 && w->locked_n[o->place] > 0 && epi__hamlet_locked(w, o->person, day))
        o->out *= (float)w->sc.zone.contacts;
}
static struct outing outing_of(const struct epi_world *w, uint32_t person, int day)
{
    const struct epi_society *s = w->s;
    struct outing o = {.person = person, .place = s->place[person], .band = epi__band(s, person)};
    o.urban = s->places[o.place].urban;
    o.home_n = s->home_n[person];
    o.home_first = person - s->home_at[person];
    o.leak = epi__leak(w, person, day);
    if (s->group[person] != EPI__NO_GROUP) {
        o.group_rate = epi__group_rate(s, s->group[person], person);
        o.group_how = epi__works(s, s->group[person]) ? EPI_MEET_WORK : EPI_MEET_SCHOOL;
    }
    out_of(w, &o, day);
    return o;
}
/* The same from what an infection carries. */
static struct outing outing_infected(const struct epi_world *w, const struct epi_infection *i)
{
    struct outing o = {.person = i->person,
                       .place = i->place,
                       .band = i->band,
                       .urban = i->urban,
                       .home_n = i->home_n,
                       .home_first = i->person - i->home_at,
                       .group_rate = i->group_rate,
                       .group_how = i->works ? EPI_MEET_WORK : EPI_MEET_SCHOOL};
    o.leak = i->kept ? epi__leak(w, i->person, w->day) : (struct epi__leak){1, 1, 0};
    out_of(w, &o, w->day);
    return o;
}
static float other_rate(const struct epi_world *w, const struct outing *o, int day)
{
    return w->s->rate_other[o->urban][o->band] * o->out *
           factor_on(w, o->place, EPI_MEET_OTHER, day);
}
static float group_rate(const struct epi_world *w, const struct outing *o, int day)
{
    return o->group_rate * o->out * factor_on(w, o->place, o->group_how, day);
}
/* Somebody met outside home and group, as a position in by_band: who that is is looked up later,
 * many at once, so that one wait for memory hides the next. Four numbers are taken whatever
 * happens. */
static uint32_t draw_other(const struct epi_world *w, const struct outing *o, struct epi__draw *d)
{
    const struct epi_society *s = w->s;
    uint32_t u = epi__next(d), coin = epi__next(d), other_coin = epi__next(d), x = epi__next(d);
    uint32_t place = epi__take(s->near[o->place], u % EPI__NEAR, coin);
    uint32_t band =
        epi__take(s->contact[o->urban][o->band], u / EPI__NEAR % EPI_MIX_BANDS, other_coin);
    const uint32_t *first = s->band_first + (size_t)place * EPI_MIX_BANDS + band;
    uint32_t from = first[0], n = first[1] - from;
    if (n == 0)
        from = s->place_first[place], n = s->place_first[place + 1] - from;
    return from + (uint32_t)(((uint64_t)x * n) >> 32);
}
static uint32_t draw_group(const struct epi_world *w, const struct outing *o, uint32_t u)
{
    const struct epi_society *s = w->s;
    uint32_t group = s->group[o->person];
    uint32_t from = s->group_first[group], n = s->group_first[group + 1] - from;
    uint32_t i = (uint32_t)(((uint64_t)u * (n - 1)) >> 32);
    uint32_t who = s->member[from + i];
    return who == o->person ? s->member[from + n - 1] : who; /* the last one stands in */
}
static void attempt(epi__attempts *to, const struct outing *o, uint32_t target,
                    enum epi_meeting how, float hazard, uint32_t variant, uint32_t luck)
{
    if (target != o->person || how == EPI_MEET_OTHER)
        EPI__PUSH(to, (struct epi__attempt){.target = target,
                                            .by = o->person,
                                            .luck = luck,
                                            .hazard = hazard,
                                            .by_place = (uint16_t)o->place,
                                            .how = (uint8_t)how,
                                            .variant = (uint8_t)variant});
}
/* Turns positions into people, from attempt `from` on, and leaves out who met himself. */
static void look_up(const struct epi_world *w, epi__attempts *l, uint32_t from)
{
    uint32_t kept = from;
    for (uint32_t i = from; i < l->n; i++)
        if (l->v[i].how == EPI_MEET_OTHER)
            l->v[i].target = w->s->by_band[l->v[i].target];
    for (uint32_t i = from; i < l->n; i++)
        if (l->v[i].target != l->v[i].by)
            l->v[kept++] = l->v[i];
    l->n = kept;
}
/* Everybody at home, passing over those who are not infected: the gap to the next attempt is
 * geometric. Mostly there is none, which the bound exp(-x) >= 1 - x shows without a logarithm. */
static void meet_home(const struct epi_world *w, const struct outing *o, float h, uint32_t variant,
                      struct epi__draw *d, epi__attempts *to)
{
    float hazard = h * (float)w->d.setting[EPI_MEET_HOME], x = hazard * w->top_susceptibility;
    float u = epi__unit(d);
    if (u <= 1 - x * (float)o->home_n)
        return;
    for (float i = floorf(logf(u) / -x); i < (float)o->home_n;
         i += 1 + floorf(logf(epi__unit(d)) / -x)) {
        float stays = (float)epi__next(d) * 0x1p-32F / o->leak.home;
        if (stays < 1)
            attempt(to, o, o->home_first + (uint32_t)i, EPI_MEET_HOME, hazard, variant,
                    (uint32_t)(stays * 0x1p32F));
    }
}
/* All contacts of an infectious person that may transmit; `h` is the hazard of a contact of
 * weight 1. */
static void meet(const struct epi_world *w, const struct outing *o, int day, float h,
                 uint32_t variant, epi__attempts *to)
{
    struct epi__draw d = epi__draw(epi__seed_on(w, day), o->person, (uint32_t)day, EPI__DRAW_MEET);
    float top = w->top_susceptibility;
    if (o->out > 0) {
        float hazard = h * (float)w->d.setting[EPI_MEET_OTHER], p = chance_of(hazard * top);
        for (uint32_t k = epi__poisson(&d, other_rate(w, o, day) * p); k > 0; k--) {
            uint32_t who = draw_other(w, o, &d);
            attempt(to, o, who, EPI_MEET_OTHER, hazard, variant, epi__next(&d));
        }
        if (o->group_rate > 0) {
            hazard = h * (float)w->d.setting[o->group_how], p = chance_of(hazard * top);
            for (uint32_t k = epi__poisson(&d, group_rate(w, o, day) * p); k > 0; k--) {
                uint32_t who = draw_group(w, o, epi__next(&d));
                attempt(to, o, who, o->group_how, hazard, variant, epi__next(&d));
            }
        }
    }
    if (o->leak.home > 0 && o->home_n > 1)
        meet_home(w, o, h, variant, &d, to);
    const epi__u32s *site = &w->site[o->place];
    if (o->leak.site > 0 && site->n > 1) {
        float p = chance_of(h * top);
        for (uint32_t k = epi__poisson(&d, (float)w->sc.site.contacts * p); k > 0; k--) {
            uint32_t who = site->v[epi__below(&d, site->n)];
            attempt(to, o, who, EPI_MEET_SITE, h, variant, epi__next(&d));
        }
    }
}

/* --- spread --- */
float epi__hazard_of(const struct epi_world *w, const struct epi_infection *i, int day)
{
    int t = day - i->day;
    if (t < 1 || t >= EPI_PROFILE_DAYS)
        return 0;
    return w->hazard * (float)w->d.profile[t] * i->strength *
           (float)w->d.variants[i->variant].transmissibility * w->push_on[day < 0 ? 0 : day];
}
static void happened(struct epi__block *b, uint32_t at, enum epi__happening what)
{
    EPI__PUSH(&b->events, (struct epi__event){b->infections.v[at].person, at, what});
}
static void spread_block(struct epi_world *w, uint32_t index)
{
    struct epi__block *b = &w->blocks[index];
    uint32_t kept = 0;
    b->attempts.n = b->events.n = 0;
    for (uint32_t k = 0; k < b->active.n; k++) {
        uint32_t at = b->active.v[k];
        const struct epi_infection *i = &b->infections.v[at];
        if (i->onset == w->day)
            happened(b, at, EPI__ONSET);
        if (i->severe == w->day)
            happened(b, at, EPI__SEVERE);
        if (i->out <= w->day) {
            happened(b, at, EPI__OUT);
            continue;
        }
        b->active.v[kept++] = at;
        float h = epi__hazard_of(w, i, w->day);
        if (h > 0) {
            struct outing o = outing_infected(w, i);
            if (o.out > 0 || o.leak.home > 0 || o.leak.site > 0)
                meet(w, &o, w->day, h, i->variant, &b->attempts);
        }
    }
    b->active.n = kept;
    look_up(w, &b->attempts, 0);
}
void epi__phase_spread(struct epi_world *w)
{
    epi__each(w, w->blocks_n, spread_block);
}

/* --- infect ---
 * Attempts on the people of a range of blocks, in the order of (person, luck), so that neither the
 * number of threads nor the order of blocks decides who infected whom. */
static int by_target(const void *a, const void *b)
{
    const struct epi__attempt *x = a, *y = b;
    if (x->target != y->target)
        return x->target < y->target ? -1 : 1;
    if (x->luck != y->luck)
        return x->luck < y->luck ? -1 : 1;
    return x->by < y->by ? -1 : x->by > y->by;
}
static bool succeeds(const struct epi_world *w, const struct epi__attempt *a)
{
    float sus = epi__susceptible(w, a->target, a->variant);
    if (sus <= 0)
        return false;
    float p = chance_of(a->hazard * sus) / chance_of(a->hazard * w->top_susceptibility);
    p *= epi__met_share(w, a->target, a->by, a->by_place, a->how, w->day);
    return (double)a->luck < (double)p * 0x1p32;
}
#define RANGES 16U
static void infect_range(struct epi_world *w, uint32_t index)
{
    uint32_t from = (uint32_t)((uint64_t)w->blocks_n * index / RANGES) * EPI__BLOCK;
    uint32_t to = (uint32_t)((uint64_t)w->blocks_n * (index + 1) / RANGES) * EPI__BLOCK;
    epi__attempts mine = {0};
    uint32_t kept = 0;
    for (uint32_t b = 0; b < w->blocks_n; b++) {
        const epi__attempts *all = &w->blocks[b].attempts;
        for (uint32_t i = 0; i < all->n; i++)
            if (all->v[i].target >= from && all->v[i].target < to) {
                __builtin_prefetch(&w->p[all->v[i].target]); /* asked for below, all at once */
                EPI__PUSH(&mine, all->v[i]);
            }
    }
    for (uint32_t i = 0; i < mine.n; i++)
        if (succeeds(w, &mine.v[i]))
            mine.v[kept++] = mine.v[i];
    mine.n = kept;
    if (mine.n > 1)
        qsort(mine.v, mine.n, sizeof *mine.v, by_target);
    for (uint32_t i = 0; i < mine.n; i++)
        if (i == 0 || mine.v[i].target != mine.v[i - 1].target)
            epi__infect(w, mine.v[i].target, mine.v[i].by, mine.v[i].variant, mine.v[i].how);
    free(mine.v);
}
void epi__phase_infect(struct epi_world *w)
{
    epi__each(w, RANGES, infect_range);
}

/* --- asked again --- */
static void pass_by(const struct epi_world *w, const struct outing *o, int day, float h,
                    epi__attempts *to)
{
    struct epi__draw d = epi__draw(epi__seed_on(w, day), o->person, (uint32_t)day, EPI__DRAW_PASS);
    float top = w->top_susceptibility;
    float stay = expf(-h * (float)w->d.setting[EPI_MEET_OTHER] * top);
    if (o->out <= 0)
        return;
    for (uint32_t k = epi__poisson(&d, other_rate(w, o, day) * stay); k > 0; k--) {
        uint32_t who = draw_other(w, o, &d);
        attempt(to, o, who, EPI_MEET_OTHER, 0, 0, epi__next(&d));
    }
    if (o->group_rate <= 0)
        return;
    stay = expf(-h * (float)w->d.setting[o->group_how] * top);
    for (uint32_t k = epi__poisson(&d, group_rate(w, o, day) * stay); k > 0; k--) {
        uint32_t who = draw_group(w, o, epi__next(&d));
        attempt(to, o, who, o->group_how, 0, 0, epi__next(&d));
    }
}
size_t epi_world_met(const struct epi_world *w, uint32_t person, int day, uint32_t *ret_who,
                     uint8_t *ret_how, size_t max)
{
    struct outing o = outing_of(w, person, day);
    const struct epi_infection *i = epi__latest(w, person);
    float h = i ? epi__hazard_of(w, i, day) : 0;
    epi__attempts met = {0};
    size_t n = 0;
    uint32_t first, home;
    epi_society_home(w->s, person, &first, &home);
    if (o.leak.home > 0)
        for (uint32_t k = 0; k < home; k++)
            attempt(&met, &o, first + k, EPI_MEET_HOME, 0, 0, 0);
    if (h > 0)
        meet(w, &o, day, h, i->variant, &met);
    pass_by(w, &o, day, h, &met);
    look_up(w, &met, 0);
    for (uint32_t k = 0; k < met.n; k++) {
        const struct epi__attempt *a = &met.v[k];
        float share = epi__met_share(w, a->target, person, o.place, a->how, day);
        if ((a->how == EPI_MEET_HOME && a->hazard > 0) ||
            !((double)a->luck < (double)share * 0x1p32))
            continue; /* home is counted once */
        if (n < max)
            ret_who[n] = a->target, ret_how[n] = a->how;
        n++;
    }
    free(met.v);
    size_t more = n < max ? n : max;
    return n + epi__gathered(w, person, day, ret_who + more, ret_how + more, max - more);
}
