// SPDX-License-Identifier: AGPL-3.0-or-later
/* Infections before the run that nobody has found. */
#include "scenario/start_internal.h"

/* Share of the contacts of a day that tracing left at large: none was asked of when the source is
 * not found yet, or is asked in the run. */
static double left_by_tracing(const struct epi_world *w, uint32_t source, enum epi_meeting how)
{
    const struct epi_infection *i = epi__latest(w, source);
    const struct epi_lever_trace *t = &w->sc.trace;
    if (i->found == EPI_NO_DAY || i->found + t->delay >= 0 || !epi__start_traced(w, source))
        return 1;
    if (how != EPI_MEET_HOME && w->day < epi__asked_from(w, i, i->found))
        return 1;
    return 1 - epi__named(t, (uint8_t)how);
}
/* A contact of the day of somebody infected before, EPI_NOBODY when none could be infected. */
static uint32_t infected_by(const struct epi__past *p, uint32_t source, struct epi__draw *d,
                            enum epi_meeting *ret_how)
{
    const struct epi_world *w = p->w;
    uint32_t who[256];
    uint8_t how[256];
    double most = 0;
    size_t n = epi_world_met(w, source, w->day, who, how, EPI_COUNT(who));
    n = n < EPI_COUNT(who) ? n : EPI_COUNT(who);
    for (size_t m = 0; m < EPI_MIX_N; m++)
        most = w->d.setting[m] > most ? w->d.setting[m] : most;
    for (int tries = 0; n > 0 && tries < 16; tries++) {
        uint32_t k = epi__below(d, (uint32_t)n);
        double weight = how[k] < EPI_RULED_N ? (double)w->setting[how[k]] / most : 1;
        double sus = (double)(epi__susceptible(w, who[k], 0) / w->top_susceptibility);
        weight *= left_by_tracing(w, source, (enum epi_meeting)how[k]);
        if (epi__chance(d, weight * sus) && !epi__spoken_for(p, who[k])) {
            *ret_how = (enum epi_meeting)how[k];
            return who[k];
        }
    }
    return EPI_NOBODY;
}
static double strength_now(const struct epi_world *w, uint32_t person)
{
    const struct epi_infection *i = epi__latest(w, person);
    int t = w->day - i->day;
    return t >= 1 && t < EPI_PROFILE_DAYS ? w->d.profile[t] * (double)i->strength : 0;
}
/* One of those infected lately, by infectiousness; EPI_NOBODY when nobody is infectious. */
static uint32_t a_source(const struct epi__past *p, const double *upto, uint32_t n,
                         struct epi__draw *d)
{
    if (n == 0 || upto[n - 1] <= 0)
        return EPI_NOBODY;
    double u = (double)epi__unit(d) * upto[n - 1];
    uint32_t lo = 0, hi = n - 1;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (upto[mid] < u)
            lo = mid + 1;
        else
            hi = mid;
    }
    return p->sources.v[lo];
}
/* Somebody of the place of one of the found, when nobody infectious is known that early. */
static uint32_t a_neighbour(const struct epi__past *p, struct epi__draw *d)
{
    const struct epi_society *s = p->w->s;
    for (int tries = 0; p->start->n > 0 && tries < 200; tries++) {
        uint32_t k = epi__below(d, (uint32_t)p->start->n), place = p->start->people[k].place;
        if (p->start->people[k].state == EPI_START_WELL || p->who[k] == EPI_NOBODY)
            continue;
        uint32_t from = s->place_first[place], n = s->place_first[place + 1] - from;
        uint32_t who = from + epi__below(d, n);
        if (epi__susceptible(p->w, who, 0) > 0 && !epi__spoken_for(p, who))
            return who;
    }
    return EPI_NOBODY;
}
/* When one who is still to be found goes for a test, before the run when its result is awaited: the
 * onset and the wait are drawn until that would not have come before the run. */
static int asks_on(struct epi_world *w, struct epi_infection *i, struct epi__draw *d)
{
    int onset = i->onset, wait = 0;
    for (int tries = 0; tries < 40; tries++) {
        int incubation = epi__delay_days(d, &w->d.incubation);
        onset = i->day + (incubation < 1 ? 1 : incubation);
        wait = epi__seek_wait(w, d);
        if (onset + wait + w->sc.lab.turnaround >= 0)
            break;
    }
    if (i->onset != EPI_NO_DAY)
        epi__start_onset(i, onset);
    int day = onset + wait;
    return day + w->sc.lab.turnaround >= 0 ? day : 0;
}
/* The course of one nobody found: he was not severely ill. Those who will not be found by asking
 * for a test do not ask, unless they become severely ill. */
static void settle_hidden(struct epi__past *p, uint32_t person, bool will, struct epi__draw *d)
{
    struct epi_world *w = p->w;
    struct epi_infection *i = epi__latest(w, person);
    int asks = will ? asks_on(w, i, d) : 0;
    if (i->severe != EPI_NO_DAY && i->severe < 0) {
        i->severe = i->critical = EPI_NO_DAY;
        i->dies = 0;
        i->out = (int16_t)(i->day + epi__infectious_days(&w->d));
    }
    i->asked = EPI__ASKS_NOT;
    if (i->out <= 0) {
        epi__start_end(w, i, i->out);
        p->taken->hidden_recovered++;
        return;
    }
    p->taken->hidden++;
    if (will)
        EPI__PUSH(&p->late, (struct epi__late){person, asks});
}
static double lately_in_community(const struct epi__past *p)
{
    double all = 0, community = 0;
    for (size_t k = 0; k < p->start->n; k++) {
        const struct epi_start_person *x = &p->start->people[k];
        if (x->state != EPI_START_WELL && x->found < 0 && x->found >= -14)
            all++, community += x->community;
    }
    return all > 0 ? community / all : 1;
}
void epi__start_hidden_on(struct epi__past *p, const struct epi__curve *c)
{
    struct epi_world *w = p->w;
    int ago = -1 - w->day;
    if (ago >= EPI__PAST || ago < 0 || c->missing[ago] + c->never[ago] <= 0)
        return;
    double *upto = epi_xmalloc((p->sources.n + 1) * sizeof *upto), sum = 0;
    for (uint32_t k = 0; k < p->sources.n; k++)
        upto[k] = sum += strength_now(w, p->sources.v[k]);
    struct epi__draw d = epi__draw_of(w, 0, EPI__DRAW_PAST_HIDDEN);
    uint32_t sources = p->sources.n;                                  /* of the days before */
    double asks = w->sc.trace.rings > 0 ? lately_in_community(p) : 1; /* others will be traced */
    uint32_t missing = epi__poisson(&d, (float)c->missing[ago]);
    for (uint32_t n = missing + epi__poisson(&d, (float)c->never[ago]); n > 0; n--) {
        enum epi_meeting how = EPI_MEET_OTHER;
        uint32_t by = EPI_NOBODY, who = EPI_NOBODY;
        for (int tries = 0; tries < 8 && who == EPI_NOBODY && sources > 0; tries++) {
            by = a_source(p, upto, sources, &d);
            if (by != EPI_NOBODY)
                who = infected_by(p, by, &d, &how);
        }
        if (who == EPI_NOBODY) {
            by = EPI_NOBODY;
            how = EPI_MEET_OTHER;
            who = a_neighbour(p, &d);
        }
        if (who == EPI_NOBODY)
            continue;
        epi__infect(w, who, by, 0, how);
        EPI__PUSH(&p->sources, who);
        settle_hidden(p, who, n <= missing && epi__chance(&d, asks), &d);
    }
    free(upto);
}
/* Whether he is tested in the run as a contact. */
static bool tested_later(const struct epi_world *w, const struct epi_start_person *x)
{
    const struct epi_lever_trace *t = &w->sc.trace;
    int last = t->test_last > t->test_first ? t->test_last : t->test_first;
    return last > 0 && x->kept_from - 1 + last + w->sc.lab.turnaround >= 0;
}
void epi__start_hidden_kept(struct epi__past *p, uint32_t k)
{
    struct epi_world *w = p->w;
    uint32_t person = p->who[k];
    struct epi__draw d = epi__draw(w->seed, k, 6, EPI__DRAW_PAST);
    epi__infect(w, person, EPI_NOBODY, 0, EPI_MEET_OTHER);
    EPI__PUSH(&p->sources, person);
    bool asks = epi__latest(w, person)->onset != EPI_NO_DAY && epi__chance(&d, w->sc.seek.share);
    settle_hidden(p, person, asks || !tested_later(w, &p->start->people[k]), &d);
}
/* Long before the run the contacts no longer matter: people of the same place, over it since. */
void epi__start_hidden_beside(struct epi__past *p, uint32_t k)
{
    struct epi_world *w = p->w;
    struct epi__draw d = epi__draw(w->seed, k, 5, EPI__DRAW_PAST);
    uint32_t place = p->start->people[k].place, from = w->s->place_first[place];
    uint32_t n = w->s->place_first[place + 1] - from;
    for (uint32_t left = epi__poisson(&d, (float)w->sc.start.hidden); left > 0; left--)
        for (int tries = 0; tries < 8; tries++) {
            uint32_t who = from + epi__below(&d, n);
            if (epi__susceptible(w, who, 0) <= 0 || epi__spoken_for(p, who))
                continue;
            epi__infect(w, who, EPI_NOBODY, 0, EPI_MEET_OTHER);
            struct epi_infection *i = epi__latest(w, who);
            i->severe = i->critical = EPI_NO_DAY;
            i->dies = 0;
            epi__start_end(w, i, i->day + epi__infectious_days(&w->d));
            p->taken->hidden_recovered++;
            break;
        }
}
void epi__start_hidden_seek(struct epi__past *p)
{
    struct epi_world *w = p->w;
    double community = lately_in_community(p);
    for (uint32_t k = 0; k < p->late.n; k++) {
        uint32_t who = p->late.v[k].person;
        struct epi__draw d = epi__draw_of(w, who, EPI__DRAW_SEEK);
        if (w->sc.seek.share <= 0 || !epi__when(w, &w->sc.seek.when, w->s->place[who]))
            continue;
        int day = p->late.v[k].day;
        struct epi__todo todo = {.person = who, .what = EPI__DUE_SEEK};
        if (epi__kept_on(w, who, 0) != EPI__FREE ||
            (w->sc.trace.rings == 0 && !epi__chance(&d, community)))
            todo.what = EPI__DUE_SAMPLE; /* as somebody's contact */
        if (day < 0) {
            todo.ring = todo.what == EPI__DUE_SEEK ? EPI_WHY_SICK : EPI_WHY_CONTACT;
            todo.what = EPI__DUE_RESULT;
            day += w->sc.lab.turnaround;
        }
        epi__latest(w, who)->asked = EPI__ASKS;
        epi__due_on(w, day, todo);
    }
}
