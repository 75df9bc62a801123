// SPDX-License-Identifier: AGPL-3.0-or-later
#include "demo/demo_internal.h"
#include <math.h>

/* Who falls ill, when and from whom: the province's own daily series, thinned to the people made,
 * up to the day before the last; then the story of the last day in one city. */

#define HISTORY_SHARE 0.02 /* at most this part of the people, however bad the series was */
#define SPARSE_DAYS \
    60 /* where the series has nothing before the day: a sparse history of this length */
#define YOUNGEST 20 /* days old when reported: no date of the illness lies before the birth */
#define INDEX_AGO 2 /* days before the last on which the known case was reported */

uint32_t epi__case_by_person(const struct epi__world *w, uint32_t person)
{
    uint32_t at = (person * 2654435761u) & w->case_mask;
    for (; w->case_of[at] != EPI__NONE; at = (at + 1) & w->case_mask)
        if (w->cases[w->case_of[at]].person == person)
            return w->case_of[at];
    return EPI__NONE;
}

const struct epi__case *epi__death_of(const struct epi__world *w, uint32_t person)
{
    uint32_t i = epi__case_by_person(w, person);
    return i != EPI__NONE && strcmp(w->cases[i].outcome, "died") == 0 ? &w->cases[i] : NULL;
}

uint32_t epi__somebody(const struct epi__world *w, struct epi_rng *r, size_t commune, int age_from,
                       int age_to)
{
    const struct epi__commune *c = &w->communes[commune];
    for (int tries = 0; tries < 40 && c->people > 0; tries++) {
        uint32_t person = c->first_person + (uint32_t)epi_rng_below(r, c->people);
        int age = epi__age(w, person);
        if (age >= age_from && age <= age_to)
            return person;
    }
    return EPI__NONE;
}

/* --- one case
 * -------------------------------------------------------------------------------------------- */

static void set_course(struct epi__world *w, struct epi__case *c, struct epi_rng *r)
{
    int age = epi__age(w, c->person);
    bool dosed = strcmp(epi__immunity_of(w, c->person, c->reported), "none") != 0;
    double severe = (age >= 65 ? 0.2 : age >= 50 ? 0.08 : 0.015) * (dosed ? 0.3 : 1);
    double u = epi_rng_unit(r);
    c->severity = u < severe * 0.3   ? "critical"
                  : u < severe       ? "severe"
                  : u < severe + 0.1 ? "moderate"
                  : u < 0.6          ? "mild"
                                     : "asymptomatic";
    c->ended = EPI_DATE_UNKNOWN;
    c->outcome = "in_care";
    int32_t stay = (int32_t)epi_rng_between(r, 12, 21);
    bool dies = strcmp(c->severity, "critical") == 0 && epi_rng_chance(r, 0.5);
    if (c->reported.d + stay <= w->day.d) {
        c->ended = (epi_date){c->reported.d + stay};
        c->outcome = dies ? "died" : "recovered";
    }
}

/* A new case, or NULL when the person already is one or was not born yet. */
static struct epi__case *add_case(struct epi__world *w, uint32_t person, int32_t reported,
                                  const char *detection, struct epi_rng *r)
{
    if (person == EPI__NONE || epi__case_by_person(w, person) != EPI__NONE ||
        epi__birth(w, person) > reported - YOUNGEST)
        return NULL;
    uint32_t at = (person * 2654435761u) & w->case_mask;
    while (w->case_of[at] != EPI__NONE)
        at = (at + 1) & w->case_mask;
    struct epi__case *c = &w->cases[w->n_cases];
    *c = (struct epi__case){.person = person, .source = EPI__NONE, .detection = detection};
    w->case_of[at] = w->n_cases++;
    c->reported = (epi_date){reported};
    c->resulted = (epi_date){reported - (int32_t)epi_rng_below(r, 2)};
    c->sampled = (epi_date){c->resulted.d - (int32_t)epi_rng_below(r, 2)};
    c->onset = (epi_date){c->sampled.d - (int32_t)epi_rng_below(r, 4)};
    c->isolated = strcmp(detection, "quarantine") == 0 || strcmp(detection, "returnee") == 0
                      ? (epi_date){c->onset.d - (int32_t)epi_rng_below(r, 4)}
                      : (epi_date){c->sampled.d + 1 <= reported ? c->sampled.d + 1 : reported};
    set_course(w, c, r);
    if (strcmp(c->severity, "asymptomatic") == 0)
        c->onset = EPI_DATE_UNKNOWN;
    return c;
}

/* --- the history
 * ------------------------------------------------------------------------------------------ */

struct daily {
    epi_date date;
    int32_t province;
    double cases;
};

static epi_status read_daily(struct epi__world *w, struct daily **ret, size_t *ret_n,
                             struct epi_err *reterr)
{
    epi_str text;
    EPI_TRY(epi_units_file(w->o->units, w->o->fs, w->a, EPI_S("cases"), &text, reterr));
    size_t lines = 1, n = 0;
    for (size_t i = 0; i < text.n; i++)
        lines += text.p[i] == '\n';
    struct daily *list = EPI_ARRAY(w->a, lines, struct daily);
    struct epi_csv c;
    bool ok = true, head = true;
    epi_csv_init(&c, text, ',');
    for (; ok && epi_csv_next(&c); head = false) {
        struct daily d;
        if (head || (c.n == 1 && c.fields[0].n == 0))
            continue;
        ok = c.n >= 3 && epi_date_parse_iso(c.fields[0], &d.date) &&
             epi_str_to_f64(c.fields[2], &d.cases) && d.cases >= 0 &&
             (d.province = epi_units_by_path(w->o->units, c.fields[1])) >= 0;
        if (ok && d.date.d < w->day.d)
            list[n++] = d;
    }
    uint32_t line = c.line;
    epi_csv_done(&c);
    if (!ok)
        return EPI_FAIL(reterr, EPI_INVALID, "demo.bad-series", "cases\x1f%u", line);
    *ret = list;
    *ret_n = n;
    return EPI_OK;
}

static size_t pick_commune(const struct epi__world *w, struct epi_rng *r, size_t from, size_t end)
{
    uint32_t first = w->communes[from].first_person;
    uint32_t last = w->communes[end - 1].first_person + w->communes[end - 1].people;
    if (last == first)
        return from;
    return epi__commune_of(w, first + (uint32_t)epi_rng_below(r, last - first));
}

/* The cases of one day in one province. Most of a week's cases fall into a few communes: each week
 * has its own, and later cases there have an earlier one as their source as often as not. */
static void day_cases(struct epi__world *w, size_t from, size_t end, int32_t date, uint64_t n)
{
    struct epi_rng week =
        epi__rng(w, "demo.week", (uint64_t)w->communes[from].province, (uint64_t)date / 7);
    size_t focus = pick_commune(w, &week, from, end);
    struct epi_rng r =
        epi__rng(w, "demo.day", (uint64_t)w->communes[from].province, (uint64_t)date);
    for (uint64_t i = 0; i < n; i++) {
        bool in_focus = epi_rng_chance(&r, 0.6);
        size_t commune = in_focus ? focus : pick_commune(w, &r, from, end);
        const char *found = w->s->detection.c[epi__pick(&r, &w->s->detection)].text.p;
        uint32_t source = w->n_cases ? w->n_cases - 1 : EPI__NONE;
        bool linked = in_focus && source != EPI__NONE && epi_rng_chance(&r, 0.5) &&
                      epi__commune_of(w, w->cases[source].person) == commune &&
                      date - w->cases[source].reported.d <= 10;
        struct epi__case *c = add_case(w, epi__somebody(w, &r, commune, 0, 120), date, found, &r);
        if (c && linked)
            c->source = source;
    }
}

static void history(struct epi__world *w, const struct daily *list, size_t n, uint32_t most)
{
    size_t first_at = 0;
    for (size_t from = 0, end; from < w->n_communes; from = end) {
        double census = 0, people = 0, listed = 0;
        for (end = from;
             end < w->n_communes && w->communes[end].province == w->communes[from].province;
             end++) {
            census += (double)w->communes[end].census;
            people += w->communes[end].people;
        }
        for (size_t i = first_at; i < n; i++)
            listed += list[i].province == w->communes[from].province ? list[i].cases : 0;
        double scale =
            people / census * (listed > 0 ? fmin(1, HISTORY_SHARE * census / listed) : 1);
        for (size_t i = first_at; i < n; i++) {
            if (list[i].province != w->communes[from].province)
                continue;
            struct epi_rng r =
                epi__rng(w, "demo.thin", (uint64_t)list[i].province, (uint64_t)list[i].date.d);
            double exact = list[i].cases * scale;
            uint64_t whole = (uint64_t)exact + epi_rng_chance(&r, exact - floor(exact));
            if (w->n_cases + whole < most)
                day_cases(w, from, end, list[i].date.d, whole);
        }
        for (int32_t date = w->day.d - SPARSE_DAYS; listed == 0 && date < w->day.d; date++) {
            struct epi_rng r =
                epi__rng(w, "demo.thin", (uint64_t)w->communes[from].province, (uint64_t)date);
            uint64_t whole =
                epi_rng_poisson(&r, people * 5e-6); /* half a case per 100,000 and day */
            if (w->n_cases + whole < most)
                day_cases(w, from, end, date, whole);
        }
    }
}

/* --- the last day
 * ----------------------------------------------------------------------------------------- */

static bool in_city(const struct epi__world *w, size_t commune)
{
    const struct epi_unit *city = epi__unit(w, w->city);
    int32_t unit = w->communes[commune].unit;
    return unit == w->city || (unit >= city->first && unit < city->last);
}

/* The city's first and last communes lie side by side, as all descendants do. */
static bool city_range(const struct epi__world *w, size_t *ret_from, size_t *ret_end)
{
    size_t from = 0, end;
    while (from < w->n_communes && !in_city(w, from))
        from++;
    for (end = from; end < w->n_communes && in_city(w, end); end++)
        ;
    *ret_from = from;
    *ret_end = end;
    return end > from && w->communes[end - 1].first_person + w->communes[end - 1].people >
                             w->communes[from].first_person;
}

static bool attends(const struct epi__world *w, uint32_t person)
{
    for (uint32_t i = 0; i < w->n_attendees; i++)
        if (w->attendees[i] == person)
            return true;
    return false;
}

static void fill_class(struct epi__world *w, struct epi_rng *r, size_t from, size_t end)
{
    w->attendees = EPI_ARRAY(w->a, w->s->attendees, uint32_t);
    for (uint32_t tries = 0; tries < 200 * w->s->attendees && w->n_attendees < w->s->attendees;
         tries++) {
        uint32_t person = epi__somebody(w, r, pick_commune(w, r, from, end), 22, 58);
        if (person != EPI__NONE && !attends(w, person) &&
            epi__case_by_person(w, person) == EPI__NONE)
            w->attendees[w->n_attendees++] = person;
    }
}

static struct epi__case *story_case(struct epi__world *w, uint32_t person, uint32_t source,
                                    const char *detection, struct epi_rng *r)
{
    struct epi__case *c = add_case(w, person, w->day.d, detection, r);
    if (!c)
        return NULL;
    c->source = source;
    c->in_cluster = source != EPI__NONE;
    c->in_event = attends(w, person);
    /* Nobody of this chain fell ill before the known case. */
    if (source != EPI__NONE && epi_date_known(c->onset) && c->onset.d < w->day.d - INDEX_AGO - 1)
        c->onset.d = w->day.d - INDEX_AGO - 1;
    if (c->isolated.d < w->day.d - INDEX_AGO)
        c->isolated.d = w->day.d - INDEX_AGO;
    return c;
}

/* A member of the household of one of the chain's cases. */
static uint32_t relative_of(const struct epi__world *w, struct epi_rng *r, uint32_t person)
{
    uint32_t first, size;
    epi_society_home(w->society, person, &first, &size);
    return first + (uint32_t)epi_rng_below(r, size);
}

static epi_status outbreak(struct epi__world *w, struct epi_err *reterr)
{
    size_t from, end;
    if (!city_range(w, &from, &end))
        return EPI_FAIL(reterr, EPI_INVALID, "demo.empty-city", "%.*s",
                        EPI_FMT(epi__unit(w, w->city)->path));
    struct epi_rng r = epi__rng(w, "demo.outbreak", (uint64_t)w->city, 0);
    fill_class(w, &r, from, end);
    if (w->n_attendees < 2)
        return EPI_FAIL(reterr, EPI_INVALID, "demo.too-few", "%llu",
                        (unsigned long long)w->o->people);
    struct epi__case *index = add_case(w, w->attendees[0], w->day.d - INDEX_AGO, "community", &r);
    EPI_ASSERT(index); /* attendees are chosen among those who are no cases */
    index->severity = "mild";
    index->onset = (epi_date){w->day.d - INDEX_AGO - 2};
    index->outcome = "in_care";
    index->ended = EPI_DATE_UNKNOWN;
    index->sampled = (epi_date){w->day.d - INDEX_AGO - 1};
    index->resulted = index->isolated = index->reported;
    index->in_event = index->in_cluster = true;
    w->index_case = w->n_cases - 1;
    w->first_of_day = w->n_cases;
    static const char *const found_class[] = {"community", "quarantine", "community",
                                              "home_isolation"};
    static const char *const found_home[] = {"home_isolation", "lockdown_zone", "quarantine"};
    static const char *const found_other[] = {"community", "screening", "community",
                                              "lockdown_zone", "returnee"};
    /* A city of a few hundred people has a smaller outbreak. */
    uint32_t living = w->communes[end - 1].first_person + w->communes[end - 1].people -
                      w->communes[from].first_person;
    uint32_t want = living / 4 < w->s->outbreak_cases ? living / 4 : w->s->outbreak_cases,
             from_class = want * 11 / 20;
    for (uint32_t i = 1, n = 0; i < w->n_attendees && n < from_class; i++, n++)
        story_case(w, w->attendees[i], w->index_case, found_class[n % EPI_COUNT(found_class)], &r);
    for (uint32_t n = 0, tries = 0; w->n_cases - w->first_of_day < want && tries < 400 * want;
         tries++) {
        uint32_t made = w->n_cases - w->first_of_day;
        bool home = made < want * 4 / 5 && made > 0 && tries < 100 * want;
        uint32_t source =
            tries % 3 == 0 || made == 0 ? w->index_case : w->first_of_day + tries % made;
        uint32_t person = home ? relative_of(w, &r, w->cases[source].person)
                               : epi__somebody(w, &r, pick_commune(w, &r, from, end), 16, 70);
        const char *found =
            home ? found_home[n % EPI_COUNT(found_home)] : found_other[n % EPI_COUNT(found_other)];
        if (story_case(w, person, home ? source : n % 2 ? w->index_case : EPI__NONE, found, &r))
            n++;
    }
    return EPI_OK;
}

epi_status epi__plan_cases(struct epi__world *w, struct epi_err *reterr)
{
    struct daily *list = NULL;
    size_t n = 0;
    EPI_TRY(read_daily(w, &list, &n, reterr));
    uint32_t most = (uint32_t)(w->n_people * HISTORY_SHARE), room = most + w->s->outbreak_cases + 2,
             slots = 64;
    while (slots < room * 2)
        slots *= 2;
    w->cases = EPI_ARRAY(w->a, room, struct epi__case);
    w->case_of = EPI_ARRAY(w->a, slots, uint32_t);
    memset(w->case_of, 0xFF, slots * sizeof *w->case_of);
    w->case_mask = slots - 1;
    history(w, list, n, most);
    return outbreak(w, reterr);
}
