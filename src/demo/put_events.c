// SPDX-License-Identifier: AGPL-3.0-or-later
#include "demo/demo_internal.h"

/* Cases, the people they met, the places they and others went to. */

#define RECENT_DAYS 28   /* contacts and visits are made for cases reported this recently */
#define EVENT_SESSIONS 3 /* the class met on the 6th, 5th and 4th day before the last */
#define EVENT_LAST 4
#define FOLLOW_UP 14 /* days a contact is followed */
#define VISITS_PER_PERSON 0.06
#define LEAD 2 /* days before onset on which others may be exposed */

static const struct epi__commune *commune_of(const struct epi__world *w, uint32_t person)
{
    return &w->communes[epi__commune_of(w, person)];
}

static bool recent(const struct epi__world *w, const struct epi__case *c)
{
    return c->reported.d >= w->day.d - RECENT_DAYS;
}

/* --- cases
 * --------------------------------------------------------------------------------------------- */

static struct epi_value case_code(struct epi__out *out, uint32_t number)
{
    const struct epi__world *w = out->w;
    if (number == w->index_case)
        return epi_v_text(w->s->index_code);
    epi__put(out, w->s->case_prefix);
    epi__put(out, epi__unit(w, w->province)->code);
    epi__put(out, EPI_S("-"));
    epi__put_number(out, number + 1, 6);
    return epi__text(out);
}

void epi__put_cases(struct epi__out *out)
{
    const struct epi__world *w = out->w;
    for (uint32_t i = 0; i < w->n_cases && out->status == EPI_OK; i++) {
        const struct epi__case *c = &w->cases[i];
        struct epi_value *v = epi__begin(out, EPI_K_CASE, commune_of(w, c->person)->unit);
        v[EPI_CASE_CODE] = case_code(out, i);
        v[EPI_CASE_PERSON] = epi__ref(w, EPI_K_PERSON, c->person);
        v[EPI_CASE_DISEASE] = epi_v_text(w->s->disease);
        v[EPI_CASE_CLASSIFICATION] = epi__word("confirmed");
        v[EPI_CASE_ONSET] = epi_v_date(c->onset);
        v[EPI_CASE_SAMPLED] = epi_v_date(c->sampled);
        v[EPI_CASE_RESULTED] = epi_v_date(c->resulted);
        v[EPI_CASE_REPORTED] = epi_v_date(c->reported);
        v[EPI_CASE_DETECTION] = epi__word(c->detection);
        v[EPI_CASE_SEVERITY] = epi__word(c->severity);
        v[EPI_CASE_OUTCOME] = epi__word(c->outcome);
        v[EPI_CASE_OUTCOME_DATE] = epi_v_date(c->ended);
        v[EPI_CASE_ISOLATED] = epi_v_date(c->isolated);
        v[EPI_CASE_FACILITY] = epi__ref(w, EPI_K_PLACE, w->hospital[epi__commune_of(w, c->person)]);
        v[EPI_CASE_SOURCE_CASE] = epi__ref(w, EPI_K_CASE, c->source);
        v[EPI_CASE_CLUSTER] = c->in_cluster ? epi_v_text(w->s->cluster) : EPI_NULLV;
        v[EPI_CASE_METHOD] = epi__word("pcr");
        v[EPI_CASE_IMMUNITY] = epi__word(epi__immunity_of(w, c->person, c->reported));
        v[EPI_CASE_LATE_LOAD] = epi_v_int(0);
        epi__end(out, EPI_K_CASE);
    }
}

/* --- contacts
 * ------------------------------------------------------------------------------------------- */

struct exposure {
    epi_date first, last;
    const char *setting;
    uint32_t place;
    int64_t minutes;
    double distance;
    bool masked;
};

static void put_contact(struct epi__out *out, uint32_t number, uint32_t person,
                        const struct exposure *e)
{
    const struct epi__world *w = out->w;
    const struct epi__case *c = &w->cases[number];
    uint32_t other = epi__case_by_person(w, person);
    struct epi_rng r = epi__rng(w, "demo.contact", number, person);
    /* Who fell ill before this case is no contact of it, and the dead meet nobody. */
    if (person == c->person || (other != EPI__NONE && w->cases[other].reported.d < c->reported.d))
        return;
    struct epi_value *v = epi__begin(out, EPI_K_CONTACT, commune_of(w, person)->unit);
    bool traced = c->reported.d < w->day.d || epi_rng_chance(&r, 0.6);
    bool over = e->last.d + FOLLOW_UP <= w->day.d;
    v[EPI_CONTACT_CASE] = epi__ref(w, EPI_K_CASE, number);
    v[EPI_CONTACT_PERSON] = epi__ref(w, EPI_K_PERSON, person);
    v[EPI_CONTACT_FIRST_EXPOSURE] = epi_v_date(e->first);
    v[EPI_CONTACT_LAST_EXPOSURE] = epi_v_date(e->last);
    v[EPI_CONTACT_SETTING] = epi__word(e->setting);
    v[EPI_CONTACT_MINUTES] = epi_v_int(e->minutes);
    v[EPI_CONTACT_DISTANCE] = epi_v_real(e->distance);
    v[EPI_CONTACT_MASKED] = epi_v_int(e->masked);
    v[EPI_CONTACT_PLACE] = epi__ref(w, EPI_K_PLACE, e->place);
    v[EPI_CONTACT_STATUS] = epi__word(other != EPI__NONE ? "became_case"
                                      : over             ? "completed"
                                      : traced           ? "under_follow_up"
                                                         : "to_trace");
    if (traced || over)
        v[EPI_CONTACT_ISOLATED] = epi_v_date(c->reported);
    struct epi_rng late = epi__rng(w, "demo.listed", number, person);
    epi_date listed = {c->reported.d + (int32_t)epi_rng_between(&late, 0, 2)};
    if (traced && listed.d <= w->day.d)
        v[EPI_CONTACT_LISTED] = epi_v_date(listed);
    epi__end(out, EPI_K_CONTACT);
}

/* The days on which a case could expose others: from two days before onset until isolated. */
static struct exposure window_of(const struct epi__case *c)
{
    struct exposure e = {.place = EPI__NONE};
    e.last = c->isolated;
    e.first = epi_date_plus(epi_date_known(c->onset) ? c->onset : c->sampled, (epi_days){-LEAD});
    if (e.first.d > e.last.d)
        e.first = e.last;
    return e;
}

static void household_contacts(struct epi__out *out, uint32_t number)
{
    const struct epi__world *w = out->w;
    const struct epi__case *c = &w->cases[number];
    uint32_t first, n;
    epi_society_home(w->society, c->person, &first, &n);
    struct exposure e = window_of(c);
    e.setting = "household";
    e.minutes = 480;
    e.distance = 1;
    for (uint32_t p = first; p < first + n; p++)
        if (epi__birth(w, p) <= e.last.d) /* a newborn was not there */
            put_contact(out, number, p, &e);
}

static void other_contacts(struct epi__out *out, uint32_t number)
{
    const struct epi__world *w = out->w;
    const struct epi__case *c = &w->cases[number];
    struct epi_rng r = epi__rng(w, "demo.contacts", number, 0);
    uint32_t group = epi_society_group_of(w->society, c->person);
    const uint32_t *member;
    uint32_t members = epi_society_members(w->society, group, &member);
    if (members == 0)
        return;
    struct exposure e = window_of(c);
    e.setting = epi_society_works(w->society, group) ? "work" : "school";
    e.place = w->group_place[group];
    uint32_t met[8], n = 0, want = 2 + (uint32_t)epi_rng_below(&r, 4);
    for (uint32_t tries = 0; tries < 3 * want && n < want; tries++) {
        uint32_t p = member[epi_rng_below(&r, members)];
        bool known = epi__one_home(w, p, c->person);
        for (uint32_t i = 0; i < n && !known; i++)
            known = met[i] == p;
        if (known)
            continue;
        met[n++] = p;
        e.minutes = epi_rng_between(&r, 10, 240);
        e.distance = 0.5 + 0.5 * (double)epi_rng_below(&r, 5);
        e.masked = epi_rng_chance(&r, 0.7);
        put_contact(out, number, p, &e);
    }
}

static void class_contacts(struct epi__out *out)
{
    const struct epi__world *w = out->w;
    struct exposure e = {
        .setting = "event", .place = w->event, .minutes = 210 * EVENT_SESSIONS, .distance = 2};
    e.first = (epi_date){w->day.d - EVENT_LAST - EVENT_SESSIONS + 1};
    e.last = (epi_date){w->day.d - EVENT_LAST};
    for (uint32_t i = 1; i < w->n_attendees; i++) {
        e.masked = i % 3 == 0;
        if (!epi__one_home(w, w->attendees[i], w->attendees[0]))
            put_contact(out, w->index_case, w->attendees[i], &e);
    }
}

void epi__put_contacts(struct epi__out *out)
{
    const struct epi__world *w = out->w;
    for (uint32_t i = 0; i < w->n_cases && out->status == EPI_OK; i++) {
        if (!recent(w, &w->cases[i]))
            continue;
        household_contacts(out, i);
        other_contacts(out, i);
        if (i == w->index_case)
            class_contacts(out);
    }
}

/* --- visits
 * ---------------------------------------------------------------------------------------------- */

static void put_visit(struct epi__out *out, uint32_t person, uint32_t place, epi_date day,
                      int64_t from_minute, int64_t minutes, const char *type)
{
    const struct epi__world *w = out->w;
    epi_instant start = epi_date_start(day, epi_units_utc_offset(w->o->units));
    struct epi_value *v = epi__begin(out, EPI_K_VISIT, w->places[place].unit);
    v[EPI_VISIT_PERSON] = epi__ref(w, EPI_K_PERSON, person);
    v[EPI_VISIT_PLACE] = epi__ref(w, EPI_K_PLACE, place);
    v[EPI_VISIT_FROM] = epi_v_int(start.ms + from_minute * 60000);
    v[EPI_VISIT_TO] = epi_v_int(start.ms + (from_minute + minutes) * 60000);
    v[EPI_VISIT_TYPE] = epi__word(type);
    epi__end(out, EPI_K_VISIT);
}

static void outing(struct epi__out *out, struct epi_rng *r, uint32_t person, epi_date day)
{
    const struct epi__world *w = out->w;
    size_t commune = epi__commune_of(w, person);
    if (epi_rng_chance(r, 0.3)) { /* to a neighbouring commune of the same district */
        size_t other = commune + (epi_rng_chance(r, 0.5) ? 1 : SIZE_MAX);
        if (other < w->n_communes && w->communes[other].district == w->communes[commune].district)
            commune = other;
    }
    const struct epi__commune *c = &w->communes[commune];
    bool market = epi_rng_chance(r, 0.55);
    uint32_t place =
        c->first_place +
        (market ? EPI__MARKET : EPI__FIXED_PLACES + (uint32_t)epi_rng_below(r, c->restaurants));
    int64_t from = epi_rng_between(r, 6 * 60, 19 * 60);
    put_visit(out, person, place, day, from, epi_rng_between(r, 10, 90), "check_in");
}

void epi__put_visits(struct epi__out *out)
{
    const struct epi__world *w = out->w;
    for (uint32_t i = 0; i < w->n_attendees; i++)
        for (int32_t s = 0; s < EVENT_SESSIONS; s++)
            put_visit(out, w->attendees[i], w->event, (epi_date){w->day.d - EVENT_LAST - s},
                      7 * 60 + 30, 210, "attendance");
    for (uint32_t i = 0; i < w->n_cases && out->status == EPI_OK; i++) {
        const struct epi__case *c = &w->cases[i];
        struct epi_rng r = epi__rng(w, "demo.case.visits", i, 0);
        struct exposure e = window_of(c);
        uint64_t n = recent(w, c) && epi__age(w, c->person) >= 6 ? 1 + epi_rng_below(&r, 3) : 0;
        for (uint64_t k = 0; k < n; k++)
            outing(out, &r, c->person,
                   (epi_date){(int32_t)epi_rng_between(&r, e.first.d - 2, e.last.d)});
    }
    uint64_t n = (uint64_t)(w->n_people * VISITS_PER_PERSON);
    for (uint64_t i = 0; i < n && out->status == EPI_OK; i++) {
        struct epi_rng r = epi__rng(w, "demo.visit", i, 0);
        uint32_t person = (uint32_t)epi_rng_below(&r, w->n_people);
        if (epi__age(w, person) >= 6 && epi__case_by_person(w, person) == EPI__NONE)
            outing(out, &r, person, (epi_date){w->day.d - (int32_t)epi_rng_below(&r, 14)});
    }
}
