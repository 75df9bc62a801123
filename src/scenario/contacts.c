// SPDX-License-Identifier: AGPL-3.0-or-later
/* Whom somebody meets: the contacts by which an infected person may infect, drawn once and ahead,
 * and the contacts of a day asked again by tracing.
 *
 * On day t a contact in setting c transmits with probability 1 - exp(-x), x = hazard w_t c s for
 * the infectiousness w_t of that day and the susceptibility s of the one who is met. Nobody has
 * more contacts than without rules and nobody is more susceptible than the most susceptible, and
 * 1 - exp(-x) <= x. So with n contacts a day the attempts of a whole infection are at most
 * Poisson(sum over t of n x), one number, each on day t with probability w_t / sum of w; on its day
 * an attempt succeeds with the share of its bound that the rules of the day, where both stay and
 * who is met leave (thinning, Lewis and Shedler 1979). The days on which nothing happens cost
 * nothing, and the attempts can be drawn again from their key whenever tracing asks.
 * With n ~ Poisson(rate) contacts on a day, those that transmit to the most susceptible are
 * Poisson(rate p) and the others Poisson(rate (1 - p)), independently; the others have a stream
 * each day that only tracing reads. */
#include "scenario/scenario_internal.h"

/* --- what thins a contact --- */
struct epi__leak epi__leak(const struct epi_world *w, uint32_t person, int day)
{
    switch (epi__kept_on(w, person, day)) {
    case EPI__FREE:
        break;
    case EPI__AT_HOME: {
        bool positive = (w->p[person].flags & EPI__POSITIVE) != 0;
        return (struct epi__leak){positive ? (float)w->sc.isolate.at_home : 1,
                                  w->p[person].kept & EPI__COMPLIES ? 0 : 1};
    }
    case EPI__AT_SITE:
    case EPI__IN_BED:
        return (struct epi__leak){0, 0};
    }
    return (struct epi__leak){1, 1};
}
bool epi__hamlet_locked(const struct epi_world *w, uint32_t person, int day)
{
    return w->locked_n[w->s->place[person]] > 0 &&
           w->locked_to[epi_society_hamlet_of(w->s, person)] > day;
}
static float factor_on(const struct epi_world *w, uint32_t place, enum epi_meeting how, int day)
{
    if (day < 0) /* before the run: as on its first day */
        day = w->day < 0 ? w->day : 0;
    if (day == w->day)
        return w->factor[place][how];
    size_t at = ((size_t)day * w->s->places_n + place) * EPI_RULED_N + how;
    return (float)w->factor_past[at] / 255 * epi__most(w, how);
}
float epi__left_by_rules(const struct epi_world *w, uint32_t person, enum epi_meeting how, int day)
{
    float share = factor_on(w, w->p[person].place, how, day);
    return epi__hamlet_locked(w, person, day) ? share * (float)w->sc.zone.contacts : share;
}
/* Share of the most contacts there can be that `by` himself keeps on `day`. */
static float own_share(const struct epi_world *w, uint32_t by, enum epi_meeting how, int day)
{
    struct epi__leak leak = w->anybody_kept ? epi__leak(w, by, day) : (struct epi__leak){1, 1};
    if (how == EPI_MEET_HOME)
        return leak.home;
    return leak.out > 0 ? leak.out * epi__left_by_rules(w, by, how, day) / epi__most(w, how) : 0;
}
/* Share of these that take place, seen from the one who is met. */
static float met_share(const struct epi_world *w, uint32_t target, uint32_t by, uint32_t by_place,
                       enum epi_meeting how, int day)
{
    const struct epi__person *t = &w->p[target];
    enum epi__kept kept = epi__kept_on(w, target, day);
    if (t->flags & EPI__DEAD && epi__latest(w, target)->out <= day)
        return 0;
    if (how == EPI_MEET_SITE) /* who stays there was looked up */
        return 1;
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

/* (1 - exp(-x)) / x, by its series when x is small. */
static float chance_over(float x)
{
    return x < 0.1F ? 1 - x / 2 * (1 - x / 3 * (1 - x / 4)) : -expm1f(-x) / x;
}
/* Of the attempts at hazard x, those that would infect the most susceptible. Everybody at home is
 * met once a day, and any number of attempts may come of it: with x on average, that at least one
 * comes has probability 1 - exp(-x). Elsewhere each contact makes one at most. */
static float top_share(unsigned how, unsigned layer, float x)
{
    return how == EPI_MEET_HOME && !epi__of_today(layer) ? 1 : chance_over(x);
}
static bool within(uint32_t luck, float share)
{
    return (double)luck < (double)share * 0x1p32;
}
/* A day whose hazard is `push` times the usual has as many layers of attempts, each Poisson, the
 * last one in part: so that days ahead may be given another factor and days gone by keep theirs. */
static float layer_share(const struct epi_world *w, int day, uint32_t layer)
{
    float in = epi__of_today(layer) ? 1 : epi__push_on(w, day) - (float)layer;
    return in < 1 ? in : 1;
}
bool epi__succeeds(const struct epi_world *w, const struct epi__attempt *a)
{
    float sus = epi__susceptible(w, a->target, a->variant);
    if (sus <= 0)
        return false;
    float p = layer_share(w, w->day, a->layer) * top_share(a->how, a->layer, a->hazard * sus);
    if (a->how != EPI_MEET_SITE)
        p *= own_share(w, a->by, a->how, w->day);
    p *= sus / w->top_susceptibility;
    if (!within(a->luck, p))
        return false;
    if (w->p[a->by].flags & EPI__ENDS && epi__latest(w, a->by)->out <= w->day)
        return false; /* died before his time */
    return within(a->luck, p * met_share(w, a->target, a->by, a->by_place, a->how, w->day));
}

/* --- who one is and where he meets others --- */
struct who {
    uint32_t person, place, home_first, home_n, band;
    int urban;
    enum epi_meeting group_how;    /* school or work */
    float group_rate, others_rate; /* contacts a day, at most */
};
static struct who who_is(const struct epi_world *w, uint32_t person)
{
    const struct epi_society *s = w->s;
    struct who o = {.person = person, .place = s->place[person], .band = epi__band(s, person)};
    o.urban = s->places[o.place].urban;
    o.home_n = s->home_n[person];
    o.home_first = person - s->home_at[person];
    o.others_rate = s->rate_other[o.urban][o.band] * w->most_other;
    if (s->group[person] != EPI__NO_GROUP) {
        o.group_rate = epi__group_rate(s, s->group[person], person);
        o.group_how = epi__works(s, s->group[person]) ? EPI_MEET_WORK : EPI_MEET_SCHOOL;
    }
    return o;
}
/* Somebody met outside home and group, as a position in by_band: who that is is looked up later,
 * many at once, so that one wait for memory hides the next. `u` gives the columns of two tables. */
static uint32_t draw_other(const struct epi_world *w, const struct who *o, enum epi_meeting how,
                           uint32_t u, struct epi__draw *d)
{
    const struct epi_society *s = w->s;
    uint32_t coin = epi__next(d), other_coin = epi__next(d), x = epi__next(d);
    uint32_t place = epi__take(s->near[how - EPI_MEET_OTHER][o->place], u % EPI__NEAR, coin);
    uint32_t band =
        epi__take(s->contact[o->urban][o->band], u / EPI__NEAR % EPI_MIX_BANDS, other_coin);
    const uint32_t *first = s->band_first + (size_t)place * EPI_MIX_BANDS + band;
    uint32_t from = first[0], n = first[1] - from;
    if (n == 0)
        from = s->place_first[place], n = s->place_first[place + 1] - from;
    return from + (uint32_t)(((uint64_t)x * n) >> 32);
}
static uint32_t draw_group(const struct epi_world *w, const struct who *o, uint32_t u)
{
    const struct epi_society *s = w->s;
    uint32_t group = s->group[o->person];
    uint32_t from = s->group_first[group], n = s->group_first[group + 1] - from;
    uint32_t i = (uint32_t)(((uint64_t)u * (n - 1)) >> 32);
    uint32_t who = s->member[from + i];
    return who == o->person ? s->member[from + n - 1] : who; /* the last one stands in */
}
static uint32_t draw_home(const struct who *o, uint32_t u)
{
    uint32_t i = o->home_first + (uint32_t)(((uint64_t)u * (o->home_n - 1)) >> 32);
    return i < o->person ? i : i + 1;
}
/* Which kind of outing, `x` being somewhere in their sum. */
static enum epi_meeting outing_at(const float share[EPI_OUTINGS], float x)
{
    int last = 0, k = 0;
    for (; k < EPI_OUTINGS && x >= 0; k++)
        if (share[k] > 0)
            last = k, x -= share[k];
    return (enum epi_meeting)(EPI_MEET_OTHER + last);
}
void epi__look_up(const struct epi_world *w, epi__attempts *l)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < l->n; i++)
        if (epi_meeting_elsewhere(l->v[i].how))
            l->v[i].target = w->s->by_band[l->v[i].target];
    for (uint32_t i = 0; i < l->n; i++)
        if (l->v[i].target != l->v[i].by) /* nobody meets himself */
            l->v[kept++] = l->v[i];
    l->n = kept;
}

/* --- attempts, drawn ahead --- */
float epi__hazard_of(const struct epi_world *w, const struct epi_infection *i, int day)
{
    int t = day - i->day;
    if (t < 1 || t >= EPI_PROFILE_DAYS)
        return 0;
    return w->hazard * w->profile[t] * i->strength * epi__push_on(w, day) *
           (float)w->d.variants[i->variant].transmissibility;
}
static uint32_t layers_between(const struct epi_world *w, int from, int to)
{
    float most = 0;
    for (int day = from; day < to; day++)
        most = epi__push_on(w, day) > most ? epi__push_on(w, day) : most;
    return (uint32_t)ceilf(most);
}
struct days { /* [from, to), all drawn with one seed */
    int from, to;
    uint64_t seed;
};
static void attempts_in(const struct epi_world *w, const struct epi_infection *i,
                        const struct who *o, const struct days *in, uint32_t layer,
                        epi__attempts *to)
{
    struct epi__draw d = epi__draw(in->seed, i->person, (uint32_t)i->day,
                                   (enum epi__purpose)(EPI__DRAW_MEET + layer * EPI__DRAW_LAYER));
    float h = w->hazard * i->strength * (float)w->d.variants[i->variant].transmissibility;
    float home = w->setting[EPI_MEET_HOME] * (float)(o->home_n - 1);
    float group = home + w->setting[o->group_how] * o->group_rate;
    float all = group + w->setting[EPI_MEET_OTHER] * o->others_rate;
    for (uint32_t k = epi__poisson(&d, h * w->profile_sum * w->top_susceptibility * all); k > 0;
         k--) {
        uint32_t u = epi__next(&d);
        uint32_t t = epi__take(w->profile_day, u % EPI_PROFILE_DAYS, epi__next(&d));
        float where = epi__unit(&d) * all;
        int day = i->day + (int)t;
        struct epi__attempt a = {.by = i->person,
                                 .luck = epi__next(&d),
                                 .by_place = (uint16_t)o->place,
                                 .variant = i->variant & 3U,
                                 .slot = (unsigned)day % EPI__RING,
                                 .layer = layer & 31U};
        if (where >= group && o->others_rate > 0) {
            float x = (where - group) / (all - group);
            enum epi_meeting how = outing_at(w->s->outing, x);
            a.how = how & 7U;
            a.target = draw_other(w, o, how, u / EPI_PROFILE_DAYS, &d);
        } else if (where >= home && o->group_rate > 0) {
            a.how = o->group_how & 7U;
            a.target = draw_group(w, o, epi__next(&d));
        } else if (o->home_n > 1) {
            a.how = EPI_MEET_HOME;
            a.target = draw_home(o, epi__next(&d));
        } else {
            continue;
        }
        if (day < in->from || day >= in->to)
            continue;
        a.hazard = h * w->profile[t] * w->setting[a.how] * epi__push_on(w, day);
        float x = a.hazard * w->top_susceptibility;
        if (within(a.luck, layer_share(w, day, layer) * top_share(a.how, layer, x)))
            EPI__PUSH(to, a);
    }
}
void epi__attempts_of(const struct epi_world *w, const struct epi_infection *i, int from, int to,
                      epi__attempts *ret)
{
    struct who o = who_is(w, i->person);
    from = from > i->day ? from : i->day + 1;
    to = to < i->out ? to : i->out;
    to = to < i->day + EPI_PROFILE_DAYS ? to : i->day + EPI_PROFILE_DAYS;
    while (from < to) {
        struct days in = {from, from + 1, epi__seed_on(w, from)};
        while (in.to < to && epi__seed_on(w, in.to) == in.seed)
            in.to++;
        uint32_t layers = layers_between(w, in.from, in.to);
        for (uint32_t layer = 0; layer < layers; layer++)
            attempts_in(w, i, &o, &in, layer, ret);
        from = in.to;
    }
}
void epi__attempts_among(const struct epi_world *w, const struct epi_infection *i, int day,
                         const struct epi__company *c, epi__attempts *to)
{
    float h = i && i->out > day ? epi__hazard_of(w, i, day) : 0;
    if (h <= 0)
        return;
    struct epi__draw d =
        epi__draw(epi__seed_on(w, day), i->person, (uint32_t)day, EPI__DRAW_STAY_MEET);
    float x = h * w->top_susceptibility;
    for (uint32_t k = epi__poisson(&d, c->contacts * c->passes * x); k > 0; k--) {
        uint32_t at = epi__below(&d, c->n);
        struct epi__attempt a = {.target = c->who[at],
                                 .by = i->person,
                                 .luck = epi__next(&d),
                                 .hazard = h,
                                 .by_place = w->s->place[i->person],
                                 .variant = i->variant & 3U,
                                 .how = EPI_MEET_SITE,
                                 .layer =
                                     c->how == EPI_MEET_SITE ? EPI__LAYER_TODAY : EPI__LAYER_WARD,
                                 .slot = (unsigned)day % EPI__RING};
        if (epi__is_there(w, c, at, day) && a.target != i->person)
            EPI__PUSH(to, a);
    }
}

/* --- asked again --- */
static void pass_by(const struct epi_world *w, const struct who *o, int day, float h,
                    epi__attempts *to)
{
    struct epi__draw d = epi__draw(epi__seed_on(w, day), o->person, (uint32_t)day, EPI__DRAW_PASS);
    float x = h * w->top_susceptibility;
    float kept[EPI_OUTINGS], all = 0;
    for (int k = 0; k < EPI_OUTINGS; k++)
        all += kept[k] =
            w->s->outing[k] * own_share(w, o->person, (enum epi_meeting)(EPI_MEET_OTHER + k), day);
    float others = o->others_rate * all * expf(-x * w->setting[EPI_MEET_OTHER]);
    struct epi__attempt a = {.by = o->person, .by_place = (uint16_t)o->place, .share = 1};
    for (uint32_t k = epi__poisson(&d, others); k > 0; k--) {
        enum epi_meeting how = outing_at(kept, epi__unit(&d) * all);
        a.how = how & 7U;
        a.target = draw_other(w, o, how, epi__next(&d), &d);
        a.luck = epi__next(&d);
        EPI__PUSH(to, a);
    }
    if (o->group_rate <= 0)
        return;
    float group = o->group_rate * own_share(w, o->person, o->group_how, day) *
                  expf(-x * w->setting[o->group_how]);
    a.how = o->group_how & 7U;
    for (uint32_t k = epi__poisson(&d, group); k > 0; k--) {
        a.target = draw_group(w, o, epi__next(&d));
        a.luck = epi__next(&d);
        EPI__PUSH(to, a);
    }
}
/* With whom he stays that day, drawn as the attempts of that day were and with the others. */
static void met_among(const struct epi_world *w, uint32_t person, int day, epi__attempts *to)
{
    const struct epi_infection *i = epi__latest(w, person);
    float h = i && i->out > day ? epi__hazard_of(w, i, day) : 0, x = h * w->top_susceptibility;
    struct epi__company c;
    uint32_t before = to->n;
    if (!epi__company_of(w, person, day, &c))
        return;
    epi__attempts_among(w, i, day, &c, to);
    for (uint32_t k = before; k < to->n; k++)
        to->v[k].share = chance_over(x);
    struct epi__draw d =
        epi__draw(epi__seed_on(w, day), person, (uint32_t)day, EPI__DRAW_STAY_PASS);
    float others = c.contacts * (1 + c.passes * expm1f(-x));
    for (uint32_t k = epi__poisson(&d, others); k > 0; k--) {
        uint32_t at = epi__below(&d, c.n);
        if (epi__is_there(w, &c, at, day))
            EPI__PUSH(to, (struct epi__attempt){.target = c.who[at],
                                                .by = person,
                                                .share = 1,
                                                .how = EPI_MEET_SITE,
                                                .layer = c.how == EPI_MEET_SITE ? EPI__LAYER_TODAY
                                                                                : EPI__LAYER_WARD});
    }
    free(c.who);
}
/* The attempts of a day outside home, with the share of them that he kept. */
static void attempts_on(const struct epi_world *w, const struct epi_infection *i, int day,
                        epi__attempts *io)
{
    uint32_t kept = 0;
    epi__attempts_of(w, i, day, day + 1, io);
    for (uint32_t k = 0; k < io->n; k++) {
        struct epi__attempt a = io->v[k];
        if (a.how == EPI_MEET_HOME)
            continue;
        float x = a.hazard * w->top_susceptibility;
        a.share = layer_share(w, day, a.layer) * chance_over(x) * own_share(w, a.by, a.how, day);
        io->v[kept++] = a;
    }
    io->n = kept;
}
size_t epi_world_met(const struct epi_world *w, uint32_t person, int day, uint32_t *ret_who,
                     uint8_t *ret_how, size_t max)
{
    struct who o = who_is(w, person);
    const struct epi_infection *i = epi__latest(w, person);
    float h = i && i->out > day ? epi__hazard_of(w, i, day) : 0;
    epi__attempts met = {0};
    size_t n = 0;
    if (h > 0)
        attempts_on(w, i, day, &met);
    met_among(w, person, day, &met);
    pass_by(w, &o, day, h, &met);
    if (own_share(w, person, EPI_MEET_HOME, day) > 0) /* everybody at home, once */
        for (uint32_t k = 0; k < o.home_n; k++)
            EPI__PUSH(&met, (struct epi__attempt){.target = o.home_first + k,
                                                  .by = person,
                                                  .share = 1,
                                                  .how = EPI_MEET_HOME});
    epi__look_up(w, &met);
    for (uint32_t k = 0; k < met.n; k++) {
        const struct epi__attempt *a = &met.v[k];
        float share = a->share * met_share(w, a->target, person, o.place, a->how, day);
        if (!within(a->luck, share))
            continue;
        if (n < max)
            ret_who[n] = a->target, ret_how[n] = (uint8_t)epi__meeting_of(a);
        n++;
    }
    free(met.v);
    size_t more = n < max ? n : max;
    return n + epi__gathered(w, person, day, ret_who + more, ret_how + more, max - more);
}
