// SPDX-License-Identifier: AGPL-3.0-or-later
/* Who stays with others away from home, by day. Stays are kept, not contacts: eight bytes for each,
 * with which tracing asks again who was there on a day, in the order in which infection saw them.
 */
#include "scenario/scenario_internal.h"

static void end_stay(const struct epi_world *w, struct epi__stays *s, struct epi__stay *stay)
{
    int32_t days = w->day + 1 - stay->from;
    stay->to = (int16_t)(w->day + 1);
    s->longest = days > s->longest ? days : s->longest;
}
void epi__stay_begins(struct epi_world *w, uint32_t person, enum epi__kept how)
{
    struct epi__stays *s = &w->site[w->s->place[person]];
    bool there = epi__kept_on(w, person, w->day) == EPI__AT_SITE ||
                 epi__kept_on(w, person, w->day + 1) == EPI__AT_SITE;
    for (uint32_t k = s->first; there && k < s->of.n; k++)
        if (s->of.v[k].person == person && s->of.v[k].to == EPI_NO_DAY)
            end_stay(w, s, &s->of.v[k]);
    if (how != EPI__AT_SITE)
        return;
    EPI__PUSH(&s->of, (struct epi__stay){person, (int16_t)(w->day + 1), EPI_NO_DAY});
    s->now++;
}
static uint32_t end_stays(struct epi_world *w, struct epi__stays *s)
{
    s->now = 0;
    for (uint32_t k = s->first; k < s->of.n; k++) {
        struct epi__stay *stay = &s->of.v[k];
        if (stay->to != EPI_NO_DAY)
            continue;
        if (epi__kept_on(w, stay->person, w->day + 1) != EPI__AT_SITE ||
            w->p[stay->person].flags & EPI__DEAD)
            end_stay(w, s, stay);
        else
            s->now++;
    }
    while (s->first < s->of.n && s->of.v[s->first].to != EPI_NO_DAY)
        s->first++;
    return s->now;
}
void epi__leave(struct epi_world *w)
{
    w->site_used = 0;
    for (uint32_t place = 0; place < w->s->places_n; place++)
        w->site_used += end_stays(w, &w->site[place]);
}
/* First stay that begins after a day. */
static uint32_t after(const struct epi__stays *s, int day)
{
    uint32_t lo = 0, hi = s->of.n;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (s->of.v[mid].from <= day)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}
/* The stays [from, to) among which are all of a day. */
static void around(const struct epi__stays *s, int day, uint32_t *ret_from, uint32_t *ret_to)
{
    uint32_t from = after(s, day - s->longest);
    *ret_from = from < s->first ? from : s->first;
    *ret_to = after(s, day);
}
static bool lasts(const struct epi__stay *s, int day)
{
    return s->from <= day && day < s->to;
}
void epi__company_at_site(const struct epi_world *w, uint32_t place, int day,
                          struct epi__company *ret)
{
    const struct epi__stays *s = &w->site[place];
    uint32_t from, to;
    around(s, day, &from, &to);
    *ret = (struct epi__company){.contacts = (float)w->sc.site.contacts};
    ret->who = epi_xmalloc((to > from ? to - from : 1) * sizeof *ret->who);
    for (uint32_t k = from; k < to; k++)
        if (lasts(&s->of.v[k], day))
            ret->who[ret->n++] = s->of.v[k].person;
}
bool epi__company_of(const struct epi_world *w, uint32_t person, int day, struct epi__company *ret)
{
    uint32_t place = w->s->place[person], from, to;
    const struct epi__stays *s = &w->site[place];
    if (!w->p[person].kept || w->sc.site.contacts <= 0)
        return false;
    for (around(s, day, &from, &to); from < to; from++)
        if (s->of.v[from].person == person && lasts(&s->of.v[from], day)) {
            epi__company_at_site(w, place, day, ret);
            return true;
        }
    return false;
}
