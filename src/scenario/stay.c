// SPDX-License-Identifier: AGPL-3.0-or-later
/* Who stays with others away from home, by day: in the quarantine site of a place, and in the wards
 * of a district's hospital, one of known cases and one of all others, with the staff of each. Stays
 * are kept, not contacts: eight bytes for each, with which tracing asks again who was there on a
 * day, in the order in which infection saw them. */
#include "scenario/scenario_internal.h"

static bool wards_open(const struct epi_world *w)
{
    return w->sc.care.ward_contacts > 0;
}
static struct epi__stays *ward_of(const struct epi_world *w, uint32_t person, int ward)
{
    return &w->ward[w->s->hospital[w->s->place[person]] * EPI__WARDS + (uint32_t)ward];
}

/* --- coming and going --- */
static void end_stay(const struct epi_world *w, struct epi__stays *s, struct epi__stay *stay)
{
    int32_t days = w->day + 1 - stay->from;
    stay->to = (int16_t)(w->day + 1);
    s->longest = days > s->longest ? days : s->longest;
}
static void end_of(const struct epi_world *w, struct epi__stays *s, uint32_t person)
{
    for (uint32_t k = s->of.n; k > s->first; k--) /* most leave soon after they came */
        if (s->of.v[k - 1].person == person && s->of.v[k - 1].to == EPI_NO_DAY) {
            end_stay(w, s, &s->of.v[k - 1]);
            return;
        }
}
void epi__stay_begins(struct epi_world *w, uint32_t person, enum epi__kept how)
{
    const struct epi__person *p = &w->p[person];
    enum epi__kept last = p->kept_to > w->day ? p->kept & EPI__WHERE : EPI__FREE;
    struct epi__stays *s = &w->site[p->place];
    if (last == EPI__AT_SITE)
        end_of(w, s, person);
    for (int ward = 0; last == EPI__IN_BED && ward < EPI__WARDS; ward++)
        end_of(w, ward_of(w, person, ward), person);
    if (how == EPI__IN_BED && wards_open(w)) {
        uint8_t known = EPI__POSITIVE | EPI__ACTIVE;
        s = ward_of(w, person, (p->flags & known) == known ? EPI__WARD_CASES : EPI__WARD_OTHERS);
    } else if (how != EPI__AT_SITE) {
        return;
    }
    EPI__PUSH(&s->of, (struct epi__stay){person, (int16_t)(w->day + 1), EPI_NO_DAY});
    s->now++;
}
/* Those who are no longer kept there tomorrow. */
static void end_stays(const struct epi_world *w, struct epi__stays *s, enum epi__kept how)
{
    s->now = 0;
    for (uint32_t k = s->first; k < s->of.n; k++) {
        struct epi__stay *stay = &s->of.v[k];
        if (stay->to != EPI_NO_DAY)
            continue;
        if (epi__kept_on(w, stay->person, w->day + 1) != how ||
            w->p[stay->person].flags & EPI__DEAD)
            end_stay(w, s, stay);
        else
            s->now++;
    }
    while (s->first < s->of.n && s->of.v[s->first].to != EPI_NO_DAY)
        s->first++;
}
void epi__leave(struct epi_world *w)
{
    w->site_used = 0;
    for (uint32_t place = 0; place < w->s->places_n; place++) {
        end_stays(w, &w->site[place], EPI__AT_SITE);
        w->site_used += w->site[place].now;
    }
    for (uint32_t k = 0; k < w->s->hospitals_n * EPI__WARDS; k++)
        end_stays(w, &w->ward[k], EPI__IN_BED);
}

/* --- who was there --- */
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
/* Those of a day, written to `who` unless that is NULL; how many. */
static uint32_t on_day(const struct epi__stays *s, int day, uint32_t *who)
{
    uint32_t from = after(s, day - s->longest), to = after(s, day), n = 0;
    for (uint32_t k = from < s->first ? from : s->first; k < to; k++)
        if (day < s->of.v[k].to) {
            if (who)
                who[n] = s->of.v[k].person;
            n++;
        }
    return n;
}
static bool among(const struct epi__stays *s, uint32_t person, int day)
{
    uint32_t from = after(s, day - s->longest), to = after(s, day);
    for (uint32_t k = from < s->first ? from : s->first; k < to; k++)
        if (s->of.v[k].person == person && day < s->of.v[k].to)
            return true;
    return false;
}
void epi__company_at_site(const struct epi_world *w, uint32_t place, int day,
                          struct epi__company *ret)
{
    const struct epi__stays *s = &w->site[place];
    uint32_t n = on_day(s, day, NULL);
    *ret = (struct epi__company){.n = n,
                                 .staff = n,
                                 .contacts = (float)w->sc.site.contacts,
                                 .passes = 1,
                                 .how = EPI_MEET_SITE};
    ret->who = epi_xmalloc((n ? n : 1) * sizeof *ret->who);
    on_day(s, day, ret->who);
}
/* The staff is shared out by the patients of the wards, always in the same order. */
void epi__company_in_ward(const struct epi_world *w, uint32_t hospital, int ward, int day,
                          struct epi__company *ret)
{
    const struct epi__stays *s = &w->ward[hospital * EPI__WARDS];
    const struct epi_lever_care *c = &w->sc.care;
    const uint32_t *staff;
    uint32_t all = epi_society_staff(w->s, hospital, &staff);
    uint64_t cases = on_day(s + EPI__WARD_CASES, day, NULL),
             others = on_day(s + EPI__WARD_OTHERS, day, NULL);
    uint32_t with_cases = cases ? (uint32_t)(all * cases / (cases + others)) : 0;
    uint32_t patients = (uint32_t)(ward == EPI__WARD_CASES ? cases : others);
    uint32_t workers = ward == EPI__WARD_CASES ? with_cases : all - with_cases;
    double prevented = ward == EPI__WARD_CASES ? c->protection : c->precautions;
    *ret = (struct epi__company){.n = patients + workers,
                                 .staff = patients,
                                 .contacts = (float)c->ward_contacts,
                                 .passes = (float)(1 - prevented),
                                 .how = EPI_MEET_HOSPITAL};
    ret->who = epi_xmalloc((ret->n ? ret->n : 1) * sizeof *ret->who);
    on_day(s + ward, day, ret->who);
    for (uint32_t k = 0; k < workers; k++)
        ret->who[patients + k] = staff[ward == EPI__WARD_CASES ? k : with_cases + k];
}
bool epi__is_there(const struct epi_world *w, const struct epi__company *c, uint32_t at, int day)
{
    return at < c->staff || epi__kept_on(w, c->who[at], day) == EPI__FREE;
}
static bool works_at(const struct epi_world *w, uint32_t hospital, uint32_t person)
{
    const uint32_t *staff;
    uint32_t n = epi_society_staff(w->s, hospital, &staff), lo = 0;
    while (n > 0) {
        uint32_t half = n / 2;
        if (staff[lo + half] < person)
            lo += half + 1, n -= half + 1;
        else
            n = half;
    }
    return lo < w->s->staff_first[hospital + 1] - w->s->staff_first[hospital] &&
           staff[lo] == person;
}
/* The ward where he lay or worked that day. */
static bool company_in_hospital(const struct epi_world *w, uint32_t person, int day,
                                struct epi__company *ret)
{
    uint32_t hospital = w->s->hospital[w->s->place[person]];
    bool works = works_at(w, hospital, person);
    for (int ward = 0; ward < EPI__WARDS; ward++) {
        if (!works && !(w->p[person].kept && among(ward_of(w, person, ward), person, day)))
            continue;
        epi__company_in_ward(w, hospital, ward, day, ret);
        for (uint32_t k = 0; k < ret->n; k++)
            if (ret->who[k] == person && epi__is_there(w, ret, k, day))
                return true;
        free(ret->who);
    }
    return false;
}
bool epi__company_of(const struct epi_world *w, uint32_t person, int day, struct epi__company *ret)
{
    uint32_t place = w->s->place[person];
    if (w->p[person].kept && w->sc.site.contacts > 0 && among(&w->site[place], person, day)) {
        epi__company_at_site(w, place, day, ret);
        return true;
    }
    return wards_open(w) && company_in_hospital(w, person, day, ret);
}
