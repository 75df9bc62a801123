// SPDX-License-Identifier: AGPL-3.0-or-later
#include "demo/demo_internal.h"

/* Cases, the contacts that tracing named, the places they and others went to. */

#define FOLLOW_UP 14 /* days a contact is followed */
#define VISITS_PER_PERSON 0.06
#define MARKET_CHECK_INS 0.55 /* of the visits of those who met no case */

static const struct epi__commune *commune_of(const struct epi__world *w, uint32_t person)
{
    return &w->communes[epi__commune_of(w, person)];
}

static bool recent(const struct epi__case *c)
{
    return c->found >= EPI__RUN - EPI__RECENT;
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
        v[EPI_CASE_METHOD] = epi__word(c->antigen ? "antigen" : "pcr");
        v[EPI_CASE_IMMUNITY] = epi__word(epi__immunity_of(w, c->person, c->reported));
        v[EPI_CASE_LATE_LOAD] = epi_v_int(0);
        epi__end(out, EPI_K_CASE);
    }
}

/* --- where people met outside home, class and work
 * ------------------------------------------------------------------ */

struct outing {
    uint32_t place;
    int64_t from, minutes; /* minutes of the day */
};

/* To the market or elsewhere, one of each a person and day: those whom he met were there at the
 * time. */
static struct outing outing_of(const struct epi__world *w, uint32_t person, int day, bool market)
{
    const struct epi__commune *c = commune_of(w, person);
    struct epi_rng r = epi__rng(w, market ? "demo.market" : "demo.outing", person, (uint64_t)day);
    uint32_t restaurant = EPI__FIXED_PLACES + (uint32_t)epi_rng_below(&r, c->restaurants);
    struct outing o = {.place = c->first_place + (market ? (uint32_t)EPI__MARKET : restaurant)};
    o.from = epi_rng_between(&r, 6 * 60, 19 * 60);
    o.minutes = epi_rng_between(&r, 20, 90);
    return o;
}

static bool class_day(int day)
{
    int ago = EPI__RUN - day;
    return ago >= EPI__CLASS_LAST && ago < EPI__CLASS_LAST + EPI__CLASS_DAYS;
}

static bool of_event(const struct epi__world *w, const struct epi__named *n)
{
    return n->how == EPI_MEET_WORK && class_day(n->met) && epi__attends(w, n->index) &&
           epi__attends(w, n->person);
}

/* --- contacts
 * ------------------------------------------------------------------------------------------- */

/* The meeting that tells most: the class, then home, school, work. */
static const struct epi__named *closest(const struct epi__world *w, const struct epi__named *n,
                                        size_t days)
{
    const struct epi__named *best = n;
    for (size_t i = 0; i < days; i++) {
        if (of_event(w, &n[i]))
            return &n[i];
        if (n[i].how < best->how)
            best = &n[i];
    }
    return best;
}

/* Setting, place and closeness of a meeting. */
static void put_meeting(const struct epi__world *w, struct epi_value *v, const struct epi__named *n)
{
    uint32_t group = epi_society_group_of(w->society, n->index), place = EPI__NONE;
    struct epi_rng r = epi__rng(w, "demo.contact", n->index, n->person);
    struct outing o = outing_of(w, n->index, n->met, n->how == EPI_MEET_MARKET);
    const char *setting = "other";
    int64_t minutes = epi_rng_between(&r, 10, 240);
    if (of_event(w, n)) {
        setting = "event";
        place = w->event;
        minutes = 210 * EPI__CLASS_DAYS;
    } else if (n->how == EPI_MEET_HOME) {
        setting = "household";
        minutes = 480;
    } else if (n->how == EPI_MEET_SCHOOL || n->how == EPI_MEET_WORK) {
        setting = n->how == EPI_MEET_WORK ? "work" : "school";
        place = group == EPI_NOBODY ? EPI__NONE : w->group_place[group];
    } else if (n->how == EPI_MEET_HOSPITAL) {
        setting = "health_care";
    } else if (epi_meeting_elsewhere(n->how)) {
        setting = n->how == EPI_MEET_MARKET ? "market" : "community";
        place = o.place;
        minutes = epi_rng_between(&r, 5, o.minutes);
    }
    v[EPI_CONTACT_SETTING] = epi__word(setting);
    v[EPI_CONTACT_PLACE] = epi__ref(w, EPI_K_PLACE, place);
    v[EPI_CONTACT_MINUTES] = epi_v_int(minutes);
    v[EPI_CONTACT_DISTANCE] = epi_v_real(0.5 + 0.5 * (double)epi_rng_below(&r, 4));
    v[EPI_CONTACT_MASKED] = epi_v_int(n->how != EPI_MEET_HOME && epi_rng_chance(&r, 0.6));
}

/* One row for all the days on which a case met somebody: n[0] .. n[days - 1]. */
static void put_contact(struct epi__out *out, uint32_t number, const struct epi__named *n,
                        size_t days)
{
    const struct epi__world *w = out->w;
    const struct epi__case *c = &w->cases[number];
    uint32_t other = epi__case_by_person(w, n->person);
    epi_date first = epi__date(w, n->met), last = epi__date(w, n[days - 1].met);
    if (other != EPI__NONE && w->cases[other].reported.d < c->reported.d)
        return; /* known before: no contact to follow */
    const struct epi__named *best = closest(w, n, days);
    if (best->how == EPI_MEET_HOME) /* asked once, met every day */
        first = epi_date_plus(epi_date_known(c->onset) ? c->onset : c->sampled,
                              (epi_days){-w->response.trace.back});
    if (first.d > last.d)
        first = last;
    bool ordered = n->ordered <= EPI__RUN, over = last.d + FOLLOW_UP <= w->day.d;
    struct epi_value *v = epi__begin(out, EPI_K_CONTACT, commune_of(w, n->person)->unit);
    v[EPI_CONTACT_CASE] = epi__ref(w, EPI_K_CASE, number);
    v[EPI_CONTACT_PERSON] = epi__ref(w, EPI_K_PERSON, n->person);
    v[EPI_CONTACT_FIRST_EXPOSURE] = epi_v_date(first);
    v[EPI_CONTACT_LAST_EXPOSURE] = epi_v_date(last);
    put_meeting(w, v, best);
    v[EPI_CONTACT_STATUS] = epi__word(other != EPI__NONE ? "became_case"
                                      : over             ? "completed"
                                      : ordered          ? "under_follow_up"
                                                         : "to_trace");
    if (ordered)
        v[EPI_CONTACT_ISOLATED] = v[EPI_CONTACT_LISTED] = epi_v_date(epi__date(w, n->ordered));
    epi__end(out, EPI_K_CONTACT);
}

void epi__put_contacts(struct epi__out *out)
{
    const struct epi__world *w = out->w;
    for (uint32_t i = 0; i < w->n_cases && out->status == EPI_OK; i++) {
        uint32_t person = w->cases[i].person;
        size_t at = epi__named_by(w, person), days;
        for (; recent(&w->cases[i]) && at < w->n_named && w->named[at].index == person;
             at += days) {
            for (days = 1; at + days < w->n_named && w->named[at + days].index == person &&
                           w->named[at + days].person == w->named[at].person;
                 days++)
                ;
            put_contact(out, i, &w->named[at], days);
        }
    }
}

/* --- visits
 * ---------------------------------------------------------------------------------------------- */

static void put_visit(struct epi__out *out, uint32_t person, uint32_t place, int day,
                      int64_t from_minute, int64_t minutes, const char *type)
{
    const struct epi__world *w = out->w;
    epi_instant start = epi_date_start(epi__date(w, day), epi_units_utc_offset(w->o->units));
    struct epi_value *v = epi__begin(out, EPI_K_VISIT, w->places[place].unit);
    v[EPI_VISIT_PERSON] = epi__ref(w, EPI_K_PERSON, person);
    v[EPI_VISIT_PLACE] = epi__ref(w, EPI_K_PLACE, place);
    v[EPI_VISIT_FROM] = epi_v_int(start.ms + from_minute * 60000);
    v[EPI_VISIT_TO] = epi_v_int(start.ms + (from_minute + minutes) * 60000);
    v[EPI_VISIT_TYPE] = epi__word(type);
    epi__end(out, EPI_K_VISIT);
}

/* A case's outings on a day and those named who were there: within its time. */
static void visits_of(struct epi__out *out, uint32_t person)
{
    const struct epi__world *w = out->w;
    uint64_t told[2] = {0}; /* of either outing, bit per day before the day */
    for (size_t i = epi__named_by(w, person); i < w->n_named && w->named[i].index == person; i++) {
        const struct epi__named *n = &w->named[i];
        bool market = n->how == EPI_MEET_MARKET;
        struct outing o = outing_of(w, person, n->met, market);
        struct epi_rng r = epi__rng(w, "demo.there", n->person, (uint64_t)n->met);
        int ago = EPI__RUN - n->met;
        if (!epi_meeting_elsewhere(n->how) || ago > 63)
            continue;
        if (!(told[market] & UINT64_C(1) << ago))
            put_visit(out, person, o.place, n->met, o.from, o.minutes, "check_in");
        told[market] |= UINT64_C(1) << ago;
        int64_t late = epi_rng_between(&r, 0, o.minutes / 2);
        put_visit(out, n->person, o.place, n->met, o.from + late, o.minutes - late, "check_in");
    }
}

void epi__put_visits(struct epi__out *out)
{
    const struct epi__world *w = out->w;
    for (uint32_t i = 0; i < w->n_attendees; i++)
        for (int day = EPI__RUN - EPI__CLASS_LAST; class_day(day); day--)
            put_visit(out, w->attendees[i], w->event, day, 7 * 60 + 30, 210, "attendance");
    for (uint32_t i = 0; i < w->n_cases && out->status == EPI_OK; i++)
        if (recent(&w->cases[i]))
            visits_of(out, w->cases[i].person);
    uint64_t n = (uint64_t)(w->n_people * VISITS_PER_PERSON);
    for (uint64_t i = 0; i < n && out->status == EPI_OK; i++) {
        struct epi_rng r = epi__rng(w, "demo.visit", i, 0);
        uint32_t person = (uint32_t)epi_rng_below(&r, w->n_people);
        int day = EPI__RUN - (int)epi_rng_below(&r, 14);
        struct outing o = outing_of(w, person, day, epi_rng_chance(&r, MARKET_CHECK_INS));
        if (epi__age(w, person) >= 6 && epi__case_by_person(w, person) == EPI__NONE)
            put_visit(out, person, o.place, day, o.from, o.minutes, "check_in");
    }
}
