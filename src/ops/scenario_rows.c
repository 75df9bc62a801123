// SPDX-License-Identifier: AGPL-3.0-or-later
/* Cases, contacts and doses of the register as rows of people, up to the day before a scenario. */
#include "ops/diseases.h"
#include "ops/scenario_register.h"
#include <stdlib.h>

int16_t epi__begun_day(const struct epi__begun *b, epi_date d)
{
    if (!epi_date_known(d) || d.d >= b->first.d || d.d < b->first.d - 30000)
        return EPI_NO_DAY;
    return (int16_t)(d.d - b->first.d);
}
static struct epi__begun_row *add(struct epi__begun *b, uint64_t person, uint64_t key)
{
    if (b->n == b->cap) {
        b->cap = b->cap ? b->cap * 2 : 4096;
        b->rows = epi_xrealloc(b->rows, b->cap * sizeof *b->rows);
    }
    struct epi__begun_row *r = &b->rows[b->n++];
    *r = (struct epi__begun_row){.person = person,
                                 .key = key,
                                 .unit = -1,
                                 .birth = EPI_DATE_UNKNOWN,
                                 .p = {.age = -1,
                                       .onset = EPI_NO_DAY,
                                       .found = EPI_NO_DAY,
                                       .over = EPI_NO_DAY,
                                       .listed = EPI_NO_DAY,
                                       .exposed = EPI_NO_DAY}};
    return r;
}
static int32_t unit_of(const struct epi__begun *b, struct epi_value v)
{
    epi_str path = epi_v_as_text(v);
    return epi_str_starts(path, b->path) ? epi_units_by_path(b->call->app->units, path) : -1;
}
static bool is_word(struct epi_value v, const char *word)
{
    return v.t == EPI_V_TEXT && epi_str_eqz(v.s, word);
}
static int by_id(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;
    return *x < *y ? -1 : *x > *y;
}
static bool among(const uint64_t *ids, size_t n, struct epi_value v)
{
    uint64_t id = epi_v_as_ref(v).v;
    return id && n && bsearch(&id, ids, n, sizeof id, by_id);
}

/* --- where cases are cared for --- */
static bool places_batch(const struct epi_batch *rows, void *ctx)
{
    struct epi__begun *b = ctx;
    for (size_t i = 0; i < rows->rows; i++) {
        struct epi_value type = rows->columns[0][i];
        bool site = is_word(type, "quarantine_site");
        if (!site && !is_word(type, "hospital"))
            continue;
        uint64_t **ids = site ? &b->sites : &b->beds;
        size_t *n = site ? &b->sites_n : &b->beds_n;
        *ids = epi_xrealloc(*ids, (*n + 1) * sizeof **ids);
        (*ids)[(*n)++] = rows->ids[i].v;
    }
    return true;
}

/* --- cases --- */
enum { UNIT, PERSON, ONSET, SAMPLED, RESULTED, REPORTED, CLASS, DETECTION, DISEASE, SEVERITY };
enum { OUTCOME = SEVERITY + 1, OUTCOME_DATE, ISOLATED, FACILITY, AGE };
static bool community(const struct epi__begun *b, struct epi_value detection)
{
    const struct epi_field *f =
        &b->call->app->catalogue->kinds[EPI_K_CASE].fields[EPI_CASE_DETECTION];
    int w = detection.t == EPI_V_TEXT ? epi_word_find(f, detection.s) : -1;
    return b->rule.community_counts[w < 0 || w >= EPI__SETTINGS ? EPI__SETTINGS - 1 : w];
}
/* Over by the outcome, else by the time that has passed; the severely ill and those said to be in
 * care stay until the outcome is known, two months at most. */
static void set_state(const struct epi__begun *b, struct epi_start_person *p,
                      struct epi_value outcome, int16_t over)
{
    int since = p->onset != EPI_NO_DAY ? p->onset : p->found;
    bool cared = p->severity != EPI_START_MILD || is_word(outcome, "in_care");
    bool left = is_word(outcome, "recovered") || is_word(outcome, "transferred");
    p->over = over;
    p->state = EPI_START_INFECTED;
    if (is_word(outcome, "died") && over != EPI_NO_DAY)
        p->state = EPI_START_DIED;
    else if (left && over != EPI_NO_DAY)
        p->state = EPI_START_RECOVERED;
    else if (-since > (cared ? 60 : epi_start_ill_days(b->history)))
        p->state = EPI_START_RECOVERED;
    if (p->state != EPI_START_INFECTED && p->over == EPI_NO_DAY) {
        int last = since + epi_start_ill_days(b->history);
        p->over = (int16_t)(last < 0 ? last : -1);
    }
}
/* From the day of isolation, or of being found, for as long as the levers keep a case. */
static void set_kept(const struct epi__begun *b, struct epi_start_person *p, int16_t isolated)
{
    int days = b->sc->isolate.days > 0 ? b->sc->isolate.days : epi_start_ill_days(b->history);
    if (p->state != EPI_START_INFECTED)
        return;
    p->kept_from = isolated != EPI_NO_DAY ? isolated : p->found;
    p->kept_to = (int16_t)(p->kept_from + days > 1 ? p->kept_from + days : 1);
}
static void take_case(struct epi__begun *b, const struct epi_value *const *v, size_t i,
                      int16_t found, int32_t unit, uint64_t id)
{
    struct epi__begun_row *r = add(b, epi_v_as_ref(v[PERSON][i]).v, id);
    r->unit = unit;
    r->p.found = found;
    r->p.onset = epi__begun_day(b, epi_v_as_date(v[ONSET][i]));
    r->p.age = v[AGE][i].t == EPI_V_INT ? (int16_t)v[AGE][i].i : -1;
    r->p.community = community(b, v[DETECTION][i]);
    r->p.severity = is_word(v[SEVERITY][i], "critical") ? EPI_START_CRITICAL
                    : is_word(v[SEVERITY][i], "severe") ? EPI_START_SEVERE
                                                        : EPI_START_MILD;
    r->p.where = among(b->beds, b->beds_n, v[FACILITY][i])     ? EPI_START_BED
                 : among(b->sites, b->sites_n, v[FACILITY][i]) ? EPI_START_SITE
                 : is_word(v[DETECTION][i], "home_isolation")  ? EPI_START_HOME
                                                               : EPI_START_BY_LEVER;
    set_state(b, &r->p, v[OUTCOME][i], epi__begun_day(b, epi_v_as_date(v[OUTCOME_DATE][i])));
    set_kept(b, &r->p, epi__begun_day(b, epi_v_as_date(v[ISOLATED][i])));
}
static bool cases_batch(const struct epi_batch *rows, void *ctx)
{
    struct epi__begun *b = ctx;
    for (size_t i = 0; i < rows->rows; i++) {
        const struct epi_value *const *v = rows->columns;
        epi_date found = EPI_DATE_UNKNOWN;
        static const int dates[] = {REPORTED, RESULTED, SAMPLED, ONSET};
        for (size_t k = 0; k < EPI_COUNT(dates) && !epi_date_known(found); k++)
            found = epi_v_as_date(v[dates[k]][i]);
        int16_t day = epi__begun_day(b, found);
        int32_t unit = unit_of(b, v[UNIT][i]);
        if (day != EPI_NO_DAY && unit >= 0 && !b->counted[unit] &&
            !is_word(v[CLASS][i], "discarded") && epi__disease_is(b->call, v[DISEASE][i]))
            take_case(b, v, i, day, unit, rows->ids[i].v);
    }
    return true;
}

/* --- daily counts stand for the cases of their units --- */
static bool counts_batch(const struct epi_batch *rows, void *ctx)
{
    struct epi__begun *b = ctx;
    for (size_t i = 0; i < rows->rows; i++) {
        const struct epi_value *const *v = rows->columns;
        int16_t day = epi__begun_day(b, epi_v_as_date(v[1][i]));
        int32_t unit = unit_of(b, v[0][i]);
        if (day == EPI_NO_DAY || unit < 0 || v[2][i].t != EPI_V_INT ||
            !epi__disease_is(b->call, v[4][i]))
            continue;
        b->counted[unit] = true;
        for (int64_t k = 0; k < v[2][i].i; k++) {
            struct epi__begun_row *r = add(b, 0, rows->ids[i].v + (uint64_t)k);
            r->unit = unit;
            r->p.found = day;
            r->p.community = community(b, v[3][i]);
            set_state(b, &r->p, EPI_NULLV, EPI_NO_DAY);
            set_kept(b, &r->p, EPI_NO_DAY);
        }
    }
    return true;
}

/* --- contacts, doses --- */
static bool contacts_batch(const struct epi_batch *rows, void *ctx)
{
    struct epi__begun *b = ctx;
    for (size_t i = 0; i < rows->rows; i++) {
        const struct epi_value *const *v = rows->columns;
        int16_t isolated = epi__begun_day(b, epi_v_as_date(v[1][i]));
        uint64_t person = epi_v_as_ref(v[0][i]).v;
        if (isolated == EPI_NO_DAY || !person || is_word(v[4][i], "lost"))
            continue;
        struct epi__begun_row *r = add(b, person, rows->ids[i].v);
        int16_t last = epi__begun_day(b, epi_v_as_date(v[3][i])),
                since = epi__begun_day(b, epi_v_as_date(v[2][i]));
        r->contact = true;
        r->p.exposed = last != EPI_NO_DAY ? last : since;
        r->p.listed = r->p.kept_from = isolated;
    }
    return true;
}
static bool doses_batch(const struct epi_batch *rows, void *ctx)
{
    struct epi__begun *b = ctx;
    for (size_t i = 0; i < rows->rows; i++) {
        const struct epi_value *const *v = rows->columns;
        int16_t given = epi__begun_day(b, epi_v_as_date(v[1][i]));
        uint64_t person = epi_v_as_ref(v[0][i]).v;
        if (given == EPI_NO_DAY || !person || !epi__disease_is(b->call, v[3][i]))
            continue;
        struct epi__begun_row *r = add(b, person, rows->ids[i].v);
        r->p.doses = 1;
        r->p.dose_day = given;
        r->last_dose = v[2][i].t == EPI_V_INT ? (int16_t)v[2][i].i : 0;
    }
    return true;
}

/* --- one row a person --- */
static int by_person(const void *a, const void *b)
{
    const struct epi__begun_row *x = a, *y = b;
    if (x->person != y->person)
        return x->person < y->person ? -1 : 1;
    return x->key < y->key ? -1 : x->key > y->key;
}
static void merge(struct epi__begun_row *to, const struct epi__begun_row *r)
{
    int doses = to->p.doses + r->p.doses;
    to->last_dose = to->last_dose > r->last_dose ? to->last_dose : r->last_dose;
    if (r->p.doses && (!to->p.doses || r->p.dose_day > to->p.dose_day))
        to->p.dose_day = r->p.dose_day;
    if (r->contact && (!to->contact || r->p.exposed > to->p.exposed)) {
        to->contact = true;
        to->p.listed = r->p.listed;
        to->p.exposed = r->p.exposed;
        if (to->p.state == EPI_START_WELL)
            to->p.kept_from = r->p.kept_from;
    }
    if (r->p.state != EPI_START_WELL &&
        (to->p.state == EPI_START_WELL || r->p.found > to->p.found)) { /* the latest infection */
        struct epi_start_person was = to->p;
        to->p = r->p;
        to->p.dose_day = was.dose_day;
        to->p.listed = was.listed;
        to->p.exposed = was.exposed;
        to->unit = r->unit;
    }
    to->p.doses = (uint8_t)(doses < 250 ? doses : 250);
}
static void one_row_each(struct epi__begun *b)
{
    size_t n = 0;
    if (b->n > 1)
        qsort(b->rows, b->n, sizeof *b->rows, by_person);
    for (size_t i = 0; i < b->n; i++)
        if (n > 0 && b->rows[i].person && b->rows[n - 1].person == b->rows[i].person)
            merge(&b->rows[n - 1], &b->rows[i]);
        else
            b->rows[n++] = b->rows[i];
    b->n = n;
    for (size_t i = 0; i < n; i++)
        if (b->rows[i].last_dose > b->rows[i].p.doses)
            b->rows[i].p.doses = (uint8_t)(b->rows[i].last_dose < 250 ? b->rows[i].last_dose : 250);
}
static struct epi__begun_row *row_of(struct epi__begun *b, uint64_t person)
{
    struct epi__begun_row key = {.person = person};
    size_t lo = 0, hi = b->n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (b->rows[mid].person < key.person)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < b->n && b->rows[lo].person == person ? &b->rows[lo] : NULL;
}
static bool people_batch(const struct epi_batch *rows, void *ctx)
{
    struct epi__begun *b = ctx;
    for (size_t i = 0; i < rows->rows; i++) {
        const struct epi_value *const *v = rows->columns;
        struct epi__begun_row *r = row_of(b, rows->ids[i].v);
        if (!r)
            continue;
        r->birth = epi_v_as_date(v[1][i]);
        if (!epi_date_known(r->birth) && v[2][i].t == EPI_V_INT)
            r->birth = epi_date_ymd((int)v[2][i].i, 7, 1); /* mid-year: at most half a year off */
        if (r->unit < 0)
            r->unit = unit_of(b, v[3][i]);
        uint64_t home = epi_v_as_ref(v[0][i]).v;
        r->p.household = (uint32_t)(home ^ home >> 32);
        epi_date died = epi_v_as_date(v[4][i]);
        if (epi_date_known(died) && died.d < b->first.d) {
            r->gone = r->p.state == EPI_START_WELL;
            if (r->p.state != EPI_START_WELL)
                r->p.state = EPI_START_DIED;
        }
        if (epi_date_known(r->birth) && r->birth.d < b->first.d)
            r->p.age = (int16_t)epi_date_age(r->birth, b->first);
    }
    return true;
}

epi_status epi__begun_read(struct epi__begun *b)
{
    static const uint16_t
        place[] = {EPI_PLACE_TYPE},
        count[] = {EPI_COUNT_UNIT, EPI_COUNT_DATE, EPI_COUNT_CASES, EPI_COUNT_DETECTION,
                   EPI_COUNT_DISEASE},
        cas[] = {EPI_CASE_UNIT,           EPI_CASE_PERSON,    EPI_CASE_ONSET,
                 EPI_CASE_SAMPLED,        EPI_CASE_RESULTED,  EPI_CASE_REPORTED,
                 EPI_CASE_CLASSIFICATION, EPI_CASE_DETECTION, EPI_CASE_DISEASE,
                 EPI_CASE_SEVERITY,       EPI_CASE_OUTCOME,   EPI_CASE_OUTCOME_DATE,
                 EPI_CASE_ISOLATED,       EPI_CASE_FACILITY,  EPI_CASE_AGE},
        contact[] = {EPI_CONTACT_PERSON, EPI_CONTACT_ISOLATED, EPI_CONTACT_FIRST_EXPOSURE,
                     EPI_CONTACT_LAST_EXPOSURE, EPI_CONTACT_STATUS},
        dose[] = {EPI_DOSE_PERSON, EPI_DOSE_GIVEN, EPI_DOSE_NUMBER, EPI_DOSE_DISEASE},
        person[] = {EPI_PERSON_HOUSEHOLD, EPI_PERSON_BIRTH_DATE, EPI_PERSON_BIRTH_YEAR,
                    EPI_PERSON_UNIT, EPI_PERSON_DIED};
    const struct {
        uint16_t kind;
        const uint16_t *fields;
        size_t n;
        epi_scan_fn *fn;
    } scans[] = {{EPI_K_PLACE, place, EPI_COUNT(place), places_batch},
                 {EPI_K_COUNT, count, EPI_COUNT(count), counts_batch},
                 {EPI_K_CASE, cas, EPI_COUNT(cas), cases_batch},
                 {EPI_K_CONTACT, contact, EPI_COUNT(contact), contacts_batch},
                 {EPI_K_DOSE, dose, EPI_COUNT(dose), doses_batch},
                 {EPI_K_PERSON, person, EPI_COUNT(person), people_batch}};
    /* people of other units may be contacts of ours; what lies elsewhere is dropped by its unit */
    struct epi_scope all = EPI_SCOPE_ALL;
    for (size_t i = 0; i < EPI_COUNT(scans); i++) {
        if (scans[i].kind == EPI_K_PERSON)
            one_row_each(b);
        EPI_TRY(epi_store_scan(b->call->app->store, scans[i].kind, &all, NULL, 0, scans[i].fields,
                               scans[i].n, scans[i].fn, b, &b->call->err));
        if (scans[i].kind == EPI_K_PLACE) {
            if (b->beds_n > 1)
                qsort(b->beds, b->beds_n, sizeof *b->beds, by_id);
            if (b->sites_n > 1)
                qsort(b->sites, b->sites_n, sizeof *b->sites, by_id);
        }
    }
    return EPI_OK;
}
