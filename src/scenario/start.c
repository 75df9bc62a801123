// SPDX-License-Identifier: AGPL-3.0-or-later
/* The days before the run as the register tells them: infections, isolation, doses, levels. */
#include "scenario/start_internal.h"
#include <stdlib.h>

static void count_one(const struct epi_start_person *p, struct epi_start_counts *to)
{
    bool kept = p->kept_from < p->kept_to && p->kept_to > 0;
    to->infected += p->state == EPI_START_INFECTED;
    to->severe += p->state == EPI_START_INFECTED && p->severity != EPI_START_MILD;
    to->recovered += p->state == EPI_START_RECOVERED;
    to->died += p->state == EPI_START_DIED;
    to->isolated += kept && p->state == EPI_START_INFECTED;
    to->quarantined += kept && p->state == EPI_START_WELL;
    to->vaccinated += p->doses > 0;
    to->doses += p->doses;
    to->found_week += p->state != EPI_START_WELL && p->found < 0 && p->found >= -7;
}

void epi_start_count(const struct epi_start *s, struct epi_start_counts *ret)
{
    *ret = (struct epi_start_counts){0};
    for (size_t k = 0; k < s->n; k++)
        count_one(&s->people[k], ret);
}
/* --- the past ---
 * What happened, in the order of days. */
enum what { INFECTED, KEPT, ASKED };
struct event {
    int day;
    enum what what;
    uint32_t k; /* person of the start */
};
static int by_day(const void *a, const void *b)
{
    const struct event *x = a, *y = b;
    if (x->day != y->day)
        return x->day < y->day ? -1 : 1;
    if (x->what != y->what)
        return x->what < y->what ? -1 : 1;
    return x->k < y->k ? -1 : x->k > y->k;
}
static struct event *collect(struct epi__past *p, size_t *ret_n)
{
    struct event *events = epi_xmalloc((3 * p->start->n + 1) * sizeof *events);
    size_t n = 0;
    for (size_t k = 0; k < p->start->n; k++) {
        const struct epi_start_person *x = &p->start->people[k];
        if (p->who[k] == EPI_NOBODY)
            continue;
        bool kept = x->kept_from < x->kept_to && x->kept_to > 0;
        if (x->state != EPI_START_WELL || kept)
            p->spoken_for[p->who[k] >> 3] |= (uint8_t)(1U << (p->who[k] & 7));
        if (p->infected[k] != EPI_NO_DAY)
            events[n++] = (struct event){p->infected[k], INFECTED, (uint32_t)k};
        if (x->state == EPI_START_INFECTED && x->found < 0 &&
            x->found + p->w->sc.trace.delay >= 0) /* his contacts are still to be ordered */
            events[n++] = (struct event){x->found, ASKED, (uint32_t)k};
        if (kept) /* an order is given the day before */
            events[n++] = (struct event){x->kept_from - 1, KEPT, (uint32_t)k};
    }
    if (n > 1)
        qsort(events, n, sizeof *events, by_day);
    *ret_n = n;
    return events;
}
/* The latest infection of a person is over. */
void epi__start_end(struct epi_world *w, struct epi_infection *i, int day)
{
    i->out = (int16_t)day;
    w->p[i->person].flags &= (uint8_t) ~(EPI__ACTIVE | EPI__POSITIVE);
    epi__block_of(w, i->person)->active--;
}
static int clamp(int day, int lo, int hi)
{
    return day < lo ? lo : day > hi ? hi : day;
}
static void set_severity(struct epi__past *p, const struct epi_start_person *x,
                         struct epi_infection *i)
{
    const struct epi_natural_history *d = &p->w->d;
    uint8_t decade = p->w->p[i->person].decade;
    if (x->severity == EPI_START_MILD || x->state == EPI_START_RECOVERED) {
        if (i->severe == EPI_NO_DAY || (i->severe >= 0 && x->state == EPI_START_INFECTED))
            return; /* what is still to come may come */
        i->severe = i->critical = EPI_NO_DAY;
        i->dies = 0;
        i->out = (int16_t)(i->day + epi__infectious_days(d));
        return;
    }
    struct epi__draw r = epi__draw_of(p->w, i->person, EPI__DRAW_CARE);
    int onset = i->onset != EPI_NO_DAY && i->onset < 0 ? i->onset : i->day;
    i->severe = (int16_t)clamp(onset + epi__delay_days(&r, &d->onset_to_severe), i->day + 1, -1);
    bool critical = x->severity == EPI_START_CRITICAL;
    double death = critical ? d->critical[decade] > 0 ? d->death[decade] / d->critical[decade] : 0
                   : d->severe[decade] > 0 ? d->death[decade] / d->severe[decade]
                                           : 0;
    i->dies = epi__chance(&r, death);
    i->critical = EPI_NO_DAY;
    if (critical)
        i->critical =
            (int16_t)clamp(i->severe + epi__delay_days(&r, &d->severe_to_critical), i->severe, -1);
    else if (i->dies) /* death comes from intensive care */
        i->critical = (int16_t)clamp(i->severe + epi__delay_days(&r, &d->severe_to_critical), 1,
                                     EPI_NO_DAY - 1);
    int from = i->critical != EPI_NO_DAY ? i->critical : i->severe;
    const struct epi_delay *stay = i->critical == EPI_NO_DAY ? &d->severe_to_out
                                   : i->dies                 ? &d->critical_to_death
                                                             : &d->critical_to_out;
    int out = from;
    for (int tries = 0; tries < 50 && out <= 0; tries++) /* he has not left yet */
        out = from + epi__delay_days(&r, stay);
    i->out = (int16_t)clamp(out, 1, EPI_NO_DAY - 1);
}
void epi__start_onset(struct epi_infection *i, int onset)
{
    int moved = i->onset != EPI_NO_DAY ? onset - i->onset : 0;
    i->onset = (int16_t)onset;
    if (i->severe == EPI_NO_DAY)
        return;
    i->severe = (int16_t)(i->severe + moved);
    if (i->critical != EPI_NO_DAY)
        i->critical = (int16_t)(i->critical + moved);
    i->out = (int16_t)(i->out + moved);
}
static void infect_known(struct epi__past *p, uint32_t k)
{
    const struct epi_start_person *x = &p->start->people[k];
    struct epi_world *w = p->w;
    uint32_t person = p->who[k];
    if (x->state == EPI_START_WELL) {
        epi__start_hidden_kept(p, k);
        return;
    }
    epi__infect(w, person, EPI_NOBODY, 0, EPI_MEET_OTHER);
    struct epi_infection *i = epi__latest(w, person);
    if (x->onset != EPI_NO_DAY)
        epi__start_onset(i, x->onset);
    set_severity(p, x, i);
    i->found = x->found < 0 ? x->found : -1;
    EPI__PUSH(&p->sources, person);
    if (x->state == EPI_START_INFECTED) {
        w->p[person].flags |= EPI__POSITIVE;
        i->out = (int16_t)clamp(i->out, 1, EPI_NO_DAY - 1);
        return;
    }
    int over = x->over != EPI_NO_DAY ? x->over : i->day + epi__infectious_days(&w->d);
    epi__start_end(w, i, clamp(over, i->day + 1 < -1 ? i->day + 1 : -1, -1));
    if (x->state == EPI_START_DIED) {
        i->dies = 1;
        w->p[person].flags |= EPI__DEAD;
    }
}
/* Where and for how long the register says, else where the levers send such people. Without a
 * lever that says how many comply, they do. */
static void keep_known(struct epi__past *p, uint32_t k)
{
    static const enum epi__kept kept[] = {EPI__FREE, EPI__AT_HOME, EPI__AT_SITE, EPI__IN_BED};
    const struct epi_start_person *x = &p->start->people[k];
    const struct epi_scenario *sc = &p->w->sc;
    struct epi_world *w = p->w;
    uint32_t person = p->who[k];
    bool sick = x->state == EPI_START_INFECTED;
    enum epi__kept how = kept[x->where];
    double complies = sick                  ? sc->isolate.days > 0 ? sc->isolate.compliance : 1
                      : sc->trace.rings > 0 ? sc->trace.compliance
                                            : 1;
    if (w->p[person].flags & EPI__DEAD)
        return;
    if (how == EPI__FREE) {
        struct epi__draw d = epi__draw_of(w, person, EPI__DRAW_SITE);
        double home = sick ? sc->isolate.days > 0 ? sc->isolate.home : 1 : 1 - sc->trace.site;
        how = epi__chance(&d, home) ? EPI__AT_HOME : sick ? EPI__IN_BED : EPI__AT_SITE;
    }
    epi__keep(w, person, how, x->kept_to - x->kept_from, complies);
    w->site_used += how == EPI__AT_SITE;
}
bool epi__start_traced(const struct epi_world *w, uint32_t person)
{
    struct epi_when when = w->sc.trace.when;
    when.to = when.from > 0 || when.to == 0 ? when.to : 0;
    when.from = when.from > 0 ? when.from : INT16_MIN;
    return w->sc.trace.rings > 0 && epi__when(w, &when, w->s->place[person]);
}
/* Found so lately that his contacts are ordered in the run. */
static void ask(struct epi__past *p, uint32_t k)
{
    if (epi__start_traced(p->w, p->who[k]))
        epi__trace_from(p->w, p->who[k]);
}

/* --- day 0 --- */
/* Cases found before the run count for the rates of its first weeks and for the hamlets' rule. */
static void note_found(struct epi_world *w, const struct epi_start_person *x, uint32_t person)
{
    int ago = -1 - x->found;
    if (x->state == EPI_START_WELL || x->found >= 0)
        return;
    if (ago < EPI__BEFORE) {
        epi__before(w, w->s->place[person], x->found)[EPI__BEFORE_FOUND]++;
        epi__before(w, w->s->place[person], x->found)[EPI__BEFORE_COMMUNITY] += x->community;
    }
    uint32_t hamlet = epi_society_hamlet_of(w->s, person);
    if (ago < EPI__ZONE_DAYS - 1)
        w->hamlet_found[(size_t)hamlet * EPI__ZONE_DAYS + (size_t)x->found % EPI__ZONE_DAYS]++;
}
/* Sampled before the run, with the result in it. */
static void await(struct epi_world *w, uint32_t person, int sampled, int result)
{
    struct epi__draw d = epi__draw_of(w, person, EPI__DRAW_SAMPLE);
    int age = sampled - epi__latest(w, person)->day;
    if (age >= 0 && age < EPI_PROFILE_DAYS && epi__chance(&d, w->d.pcr[age]))
        epi__due_on(
            w, result,
            (struct epi__todo){.person = person, .what = EPI__DUE_RESULT, .ring = EPI_WHY_CONTACT});
}
static void test_later(struct epi_world *w, const struct epi_start_person *x, uint32_t person)
{
    const struct epi_lever_trace *t = &w->sc.trace;
    const int days[] = {t->test_first, t->test_last > t->test_first ? t->test_last : 0};
    if (x->state != EPI_START_WELL || x->kept_to <= 0 || x->kept_from >= x->kept_to)
        return;
    for (size_t i = 0; i < EPI_COUNT(days); i++) { /* an order is given the day before it holds */
        int day = x->kept_from - 1 + days[i], result = day + w->sc.lab.turnaround;
        struct epi__todo todo = {.person = person, .what = EPI__DUE_SAMPLE};
        if (days[i] > 0 && day >= 0)
            epi__due_on(w, day, todo);
        else if (days[i] > 0 && result >= 0 && w->p[person].flags & EPI__ACTIVE)
            await(w, person, day, result);
    }
}
struct ill {
    int16_t severe;
    uint32_t person;
};
static int by_severe(const void *a, const void *b)
{
    const struct ill *x = a, *y = b;
    if (x->severe != y->severe)
        return x->severe < y->severe ? -1 : 1;
    return x->person < y->person ? -1 : x->person > y->person;
}
/* The severely ill need their beds, in the order of falling so. */
static void queue_for_beds(struct epi_world *w)
{
    EPI__LIST(struct ill) all = {0};
    for (uint32_t b = 0; b < w->blocks_n; b++)
        for (uint32_t k = 0; k < w->blocks[b].infections.n; k++) {
            const struct epi_infection *i = &w->blocks[b].infections.v[k];
            if (i->out > 0 && i->severe != EPI_NO_DAY && i->severe < 0)
                EPI__PUSH(&all, (struct ill){i->severe, i->person});
        }
    if (all.n > 1)
        qsort(all.v, all.n, sizeof *all.v, by_severe);
    for (uint32_t k = 0; k < all.n; k++)
        EPI__PUSH(&w->sick_none, all.v[k].person);
    free(all.v);
}
static void take_levels(struct epi_world *w, const struct epi_start *s)
{
    for (uint32_t i = 0; s->places && i < w->s->places_n && i < s->places_n; i++)
        if (s->places[i].level > 0 && s->places[i].level < EPI_LEVELS) {
            w->level[i] = s->places[i].level;
            w->level_since[i] = s->places[i].level_since;
        }
}
/* Day by day: what the register says of it, then the infections it does not know. */
static void live_through(struct epi__past *p, const struct epi__curve *curve)
{
    size_t n, at = 0;
    struct event *events = collect(p, &n);
    int day = n > 0 && events[0].day < -EPI__PAST ? events[0].day : -EPI__PAST;
    for (; day < 0; day++) {
        p->w->day = day;
        for (; at < n && events[at].day <= day; at++)
            if (events[at].what == INFECTED) {
                infect_known(p, events[at].k);
                if (day < -EPI__PAST)
                    epi__start_hidden_beside(p, events[at].k);
            } else if (events[at].what == KEPT) {
                keep_known(p, events[at].k);
            } else {
                ask(p, events[at].k);
            }
        epi__start_hidden_on(p, curve);
        epi__leave(p->w);
    }
    p->w->day = 0;
    free(events);
}
void epi_world_begin(struct epi_world *w, const struct epi_start *s, struct epi_start_taken *ret)
{
    struct epi_start_taken taken = {0};
    struct epi__curve curve;
    int16_t *infected = epi_xmalloc((s->n + 1) * sizeof *infected);
    uint32_t *who = epi__start_match(w, s);
    struct epi__past p = {.w = w, .start = s, .who = who, .infected = infected, .taken = &taken};
    p.spoken_for = epi_xmalloc(w->s->n / 8 + 1);
    memset(p.spoken_for, 0, w->s->n / 8 + 1);
    epi__start_infected_on(s, &w->d, w->seed, infected);
    epi__start_curve(s, infected, who, w->sc.start.hidden, &curve);
    w->begun = true;
    take_levels(w, s);
    for (size_t k = 0; k < s->n; k++) {
        if (who[k] == EPI_NOBODY) {
            taken.unplaced += w->sc.base.scale >= 1;
            continue;
        }
        count_one(&s->people[k], &taken.of);
        note_found(w, &s->people[k], who[k]);
        if (s->people[k].doses > 0)
            epi_world_vaccinated(w, who[k], s->people[k].doses, -s->people[k].dose_day);
    }
    epi__rules_before(w);
    live_through(&p, &curve);
    for (size_t k = 0; k < s->n; k++)
        if (who[k] != EPI_NOBODY)
            test_later(w, &s->people[k], who[k]);
    epi__start_hidden_seek(&p);
    queue_for_beds(w);
    for (uint32_t b = 0; b < w->blocks_n; b++)
        w->blocks[b].fresh = w->blocks[b].infections.n;
    epi__replan(w);
    free(p.spoken_for);
    free(p.sources.v);
    free(p.late.v);
    free(infected);
    free(who);
    if (ret)
        *ret = taken;
}
