// SPDX-License-Identifier: AGPL-3.0-or-later
/* The positive and their contacts: isolation, tracing by rings, quarantine. */
#include "scenario/packs_internal.h"

/* Stays away from the next day on; an order that ends earlier than the present one changes nothing.
 */
void epi__keep(struct epi_world *w, uint32_t person, enum epi__kept how, int days,
               double compliance)
{
    struct epi__person *p = &w->p[person];
    struct epi__draw d = epi__draw_of(w, person, EPI__DRAW_KEEP);
    bool complies = epi__chance(&d, compliance);
    int to = w->day + 1 + days;
    enum epi__kept now = epi__kept_on(w, person, w->day + 1);
    if (days <= 0 || p->flags & EPI__DEAD || (now != EPI__FREE && how <= now && to <= p->kept_to))
        return;
    if (how != now && (how | (p->kept & EPI__WHERE)) > EPI__AT_HOME)
        epi__stay_begins(w, person, how);
    if (now == EPI__FREE)
        p->kept_from = (int16_t)(w->day + 1);
    p->kept_to = (int16_t)(to < EPI_NO_DAY ? to : EPI_NO_DAY - 1);
    w->kept[person / 64] |= (uint64_t)1 << person % 64;
    w->anybody_kept = true;
    p->kept = (uint8_t)(how | (complies || how != EPI__AT_HOME ? EPI__COMPLIES : 0));
}
bool epi_world_kept(const struct epi_world *w, uint32_t person, int day, int *ret_from,
                    bool *ret_home)
{
    enum epi__kept kept = epi__kept_on(w, person, day);
    *ret_from = w->p[person].kept_from;
    *ret_home = kept == EPI__AT_HOME;
    return kept != EPI__FREE;
}
bool epi_world_locked(const struct epi_world *w, uint32_t person)
{
    return epi__hamlet_locked(w, person, w->day);
}
static bool site_has_room(const struct epi_world *w)
{
    return w->sc.site.places <= 0 ||
           (double)w->site_used < w->sc.site.places * (double)w->s->n / 1e5;
}
/* Home or site, by the lever and by what room there is. */
static void quarantine(struct epi_world *w, uint32_t person, int days, double site,
                       double compliance)
{
    struct epi__draw d = epi__draw_of(w, person, EPI__DRAW_SITE);
    if (epi__kept_on(w, person, w->day + 1) == EPI__IN_BED) { /* and stays there till it is over */
        epi__keep(w, person, EPI__IN_BED, days, 1);
        w->p[person].kept |= EPI__WATCHED;
        return;
    }
    bool to_site = epi__chance(&d, site) && site_has_room(w);
    if (to_site)
        w->site_used++;
    epi__keep(w, person, to_site ? EPI__AT_SITE : EPI__AT_HOME, days, compliance);
}

/* --- contacts --- */
double epi__named(const struct epi_lever_trace *t, uint8_t how)
{
    switch (how) {
    case EPI_MEET_HOME:
        return t->home;
    case EPI_MEET_SCHOOL:
        return t->school;
    case EPI_MEET_WORK:
    case EPI_MEET_HOSPITAL: /* who works or lies there is on a list too */
        return t->work;
    default:
        return t->other;
    }
}
int epi__asked_from(const struct epi_world *w, const struct epi_infection *i, int found)
{
    int first = (i->onset != EPI_NO_DAY && i->onset <= found ? i->onset : found) - w->sc.trace.back;
    return first < 0 && !w->begun ? 0 : first;
}
static void name(struct epi_world *w, uint32_t who, uint32_t index, int met, enum epi_meeting how)
{
    int ordered = w->day + (w->sc.trace.delay > 0 ? w->sc.trace.delay : 0);
    struct epi_named n = {who, index, met, ordered, how};
    epi__due_on(
        w, ordered,
        (struct epi__todo){
            .person = who, .other = index, .what = EPI__DUE_LIST, .ring = 1, .met = (int16_t)met});
    if (w->listener.named)
        w->listener.named(w->listener.ctx, &n);
}
#define MET_MAX 512
/* The contacts of an infected person since `back` days before onset, named or not by a draw each.
 */
void epi__trace_from(struct epi_world *w, uint32_t index)
{
    const struct epi_lever_trace *t = &w->sc.trace;
    const struct epi_infection *i = epi__latest(w, index);
    uint32_t who[MET_MAX];
    uint8_t how[MET_MAX];
    struct epi__draw d = epi__draw_of(w, index, EPI__DRAW_TRACE);
    int from = i ? epi__asked_from(w, i, w->day) : w->day - t->back;
    for (int day = from < 0 && !w->begun ? 0 : from; day <= w->day; day++) {
        size_t n = epi_world_met(w, index, day, who, how, MET_MAX);
        for (size_t k = 0; k < n && k < MET_MAX; k++)
            if ((how[k] != EPI_MEET_HOME || day == w->day) &&
                epi__chance(&d, epi__named(t, how[k])))
                name(w, who[k], index, day, (enum epi_meeting)how[k]);
    }
}
static void list_ring(struct epi_world *w, uint32_t person, uint32_t ring)
{
    static const enum epi_tally tally[] = {0, EPI_T_LISTED_F1, EPI_T_LISTED_F2, EPI_T_LISTED_F3};
    ++*epi__tally(w, w->s->place[person], tally[ring]);
}
static void test_on(struct epi_world *w, uint32_t person, int days)
{
    if (days > 0)
        epi__due_on(w, w->day + days,
                    (struct epi__todo){.person = person, .what = EPI__DUE_SAMPLE});
}
/* What a contact owes by the levers, or by the packs where they say something. */
static void order(struct epi_world *w, uint32_t person, uint32_t ring, int met)
{
    const struct epi_lever_trace *t = &w->sc.trace;
    int days = ring == 1 ? t->days_f1 : ring == 2 ? t->days_f2 : 0;
    double site = ring == 1 ? t->site : 0;
    struct epi__duty duty = {0};
    if (w->rules && t->by[0]) {
        struct epi__draw d = epi__draw_of(w, person, EPI__DRAW_FIT);
        epi__rules_duty(w, person, (int)ring, !epi__chance(&d, t->site), &duty);
    }
    if (duty.days_said) /* counted from the exposure; the order holds from tomorrow */
        days = met + duty.days - w->day;
    if (duty.where_said)
        site = duty.where == EPI__AT_SITE;
    if (duty.where_said && duty.where == EPI__FREE)
        days = 0;
    if (ring == 1)
        quarantine(w, person, days, site, t->compliance);
    else if (ring == 2 || days > 0)
        epi__keep(w, person, EPI__AT_HOME, days, t->compliance);
    if (duty.tests_said) {
        for (int i = 0; i < duty.tests_n; i++)
            test_on(w, person, duty.tests[i]);
    } else if (ring == 1) {
        test_on(w, person, t->test_first);
        test_on(w, person, t->test_last > t->test_first ? t->test_last : 0);
    }
}
/* Exposed again on a later day than the one for which he was ordered today. */
static void order_longer(struct epi_world *w, uint32_t person, enum epi__kept kept, int met)
{
    struct epi__duty duty = {0};
    if (w->rules && w->sc.trace.by[0])
        epi__rules_duty(w, person, 1, kept == EPI__AT_HOME, &duty);
    if (duty.days_said && met + duty.days + 1 > w->p[person].kept_to)
        epi__keep(w, person, kept, met + duty.days - w->day, w->sc.trace.compliance);
}
/* F1 are quarantined and tested, their households are F2, and the groups of F2 are F3. */
void epi__listed(struct epi_world *w, const struct epi__todo *todo)
{
    const struct epi_lever_trace *t = &w->sc.trace;
    uint32_t person = todo->person, ring = todo->ring;
    enum epi__kept kept = epi__kept_on(w, person, w->day + 1);
    /* lies in a ward for something else */
    bool inpatient = kept == EPI__IN_BED && ring == 1 && w->sc.care.ward_contacts > 0 &&
                     !(w->p[person].kept & EPI__WATCHED);
    if (w->p[person].flags & (EPI__DEAD | EPI__POSITIVE))
        return;
    if (kept != EPI__FREE && !inpatient) { /* already ordered */
        if (ring == 1 && w->p[person].kept_from == w->day + 1 && kept != EPI__IN_BED)
            order_longer(w, person, kept, todo->met);
        return;
    }
    list_ring(w, person, ring);
    order(w, person, ring, todo->met);
    if ((int)ring >= t->rings)
        return;
    uint32_t first, n;
    const uint32_t *group = NULL;
    epi_society_home(w->s, person, &first, &n);
    if (ring == 1)
        for (uint32_t k = 0; k < n; k++)
            epi__due_on(w, w->day + 1,
                        (struct epi__todo){.person = first + k,
                                           .other = person,
                                           .what = EPI__DUE_LIST,
                                           .ring = 2,
                                           .met = todo->met});
    else if (ring == 2) {
        n = epi_society_group(w->s, person, &group);
        for (uint32_t k = 0; k < n; k++)
            if (group[k] != person)
                epi__due_on(w, w->day + 1,
                            (struct epi__todo){.person = group[k],
                                               .other = person,
                                               .what = EPI__DUE_LIST,
                                               .ring = 3,
                                               .met = todo->met});
    }
}

/* --- results --- */
static void found(struct epi_world *w, uint32_t person, enum epi_why why, double *tracers)
{
    struct epi__person *p = &w->p[person];
    struct epi_infection *i = epi__latest(w, person);
    const struct epi_lever_isolate *l = &w->sc.isolate;
    uint32_t place = w->s->place[person];
    if (p->flags & (EPI__DEAD | EPI__POSITIVE))
        return;
    bool infected = i && i->found == EPI_NO_DAY && w->day - i->day < EPI_PROFILE_DAYS;
    if (!infected) {
        ++*epi__tally(w, place, EPI_T_FALSE_POSITIVE);
        epi__keep(w, person, EPI__AT_HOME, l->days / 2, l->compliance);
        return;
    }
    i->found = (int16_t)w->day;
    if (p->flags & EPI__ACTIVE) {
        p->flags |= EPI__POSITIVE;
        if (epi__kept_on(w, person, w->day + 1) == EPI__IN_BED)
            epi__stay_begins(w, person, EPI__IN_BED); /* in a ward of known cases */
    }
    ++*epi__tally(w, place, EPI_T_FOUND);
    enum epi_tally t = why == EPI_WHY_SICK      ? EPI_T_FOUND_COMMUNITY
                       : why == EPI_WHY_CONTACT ? EPI_T_FOUND_TRACED
                                                : EPI_T_FOUND_SCREENED;
    ++*epi__tally(w, place, t);
    if (w->rules)
        epi__rules_found(w, person, why);
    uint32_t hamlet = epi_society_hamlet_of(w->s, person);
    w->hamlet_found[(size_t)hamlet * EPI__ZONE_DAYS + (size_t)w->day % EPI__ZONE_DAYS]++;
    if (epi__when(w, &w->sc.trace.when, place) && w->sc.trace.rings > 0 && *tracers >= 1) {
        *tracers -= 1;
        epi__trace_from(w, person);
    }
    if (epi__when(w, &l->when, place) && p->flags & EPI__ACTIVE) {
        struct epi__draw d = epi__draw_of(w, person, EPI__DRAW_CARE);
        bool home = epi__chance(&d, l->home);
        epi__keep(w, person, home ? EPI__AT_HOME : EPI__IN_BED, l->days, l->compliance);
    }
}
void epi__phase_isolate(struct epi_world *w)
{
    double per_day = w->sc.trace.capacity;
    double tracers = per_day > 0 ? per_day * w->s->n / 1e5 : INFINITY;
    epi__todos *due = &w->due[w->day % EPI__RING];
    epi__leave(w);
    for (uint32_t i = 0; i < due->n; i++) /* more may be appended for today meanwhile */
        if (due->v[i].what == EPI__DUE_RESULT)
            found(w, due->v[i].person, due->v[i].ring, &tracers);
        else if (due->v[i].what == EPI__DUE_LIST) {
            struct epi__todo todo = due->v[i]; /* the list may grow meanwhile */
            epi__listed(w, &todo);
        }
    due->n = 0;
}
