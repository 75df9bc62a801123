// SPDX-License-Identifier: AGPL-3.0-or-later
#include "demo/demo_internal.h"

/* The outbreak: one run of the simulator under the pack's response, from EPI__RUN days before the
 * day to its evening. Into it come the vaccinated on their days, those who come home, and the
 * story: a class in the city with somebody infected, who is tested when it is over. Which class and
 * who is chosen among a few tries, so that the day has about as many cases as the story tells. */

#define TRIES 48
#define INFECTED_AGO 10 /* days before the day on which the known case is infected */
#define RETEST 6        /* days after coming home of the second sample */
#define WATCHED 14      /* days after coming home for which somebody counts as a returnee */
#define SECOND 0x80000000u

struct run {
    struct epi__world *w;
    uint32_t city_first, city_end, next_arrival, next_retest;
    uint32_t *doses, dose_first[EPI__RUN + 2]; /* people by day of their dose */
};

/* --- what the run tells
 * --------------------------------------------------------------------------------- */

#define PUSH(list, n, cap, ...) \
    do { \
        if ((n) == (cap)) { \
            (cap) = (cap) ? 2 * (cap) : 256; \
            (list) = epi_xrealloc((list), (cap) * sizeof *(list)); \
        } \
        (list)[(n)++] = __VA_ARGS__; \
    } while (0)

static int by_person(const void *key, const void *entry)
{
    uint32_t a = *(const uint32_t *)key, b = ((const struct epi__arrival *)entry)->person;
    return a < b ? -1 : a > b;
}

static bool returnee(const struct epi__world *w, uint32_t person, int day)
{
    const struct epi__arrival *a =
        bsearch(&person, w->arrived, w->n_arrivals, sizeof *w->arrived, by_person);
    return a && a->day <= day && day <= a->day + WATCHED;
}

/* Where somebody was the day before the sample decides how the case counts as found. */
static void tested(void *ctx, const struct epi_tested *t)
{
    struct epi__world *w = ctx;
    if (!t->positive && t->taken < EPI__RUN - EPI__RECENT)
        return;
    int from = 0;
    bool home = false, kept = epi_world_kept(w->run, t->person, t->taken - 1, &from, &home);
    const char *found = t->why == EPI_WHY_ARRIVAL || ((kept || t->why == EPI_WHY_SICK) &&
                                                      returnee(w, t->person, t->taken))
                            ? "returnee"
                        : kept ? home ? "home_isolation" : "quarantine"
                        : epi_world_locked(w->run, t->person) ? "lockdown_zone"
                        : t->why == EPI_WHY_SCREEN            ? "screening"
                                                              : "community";
    PUSH(w->tests, w->n_tests, w->cap_tests,
         (struct epi__test){.person = t->person,
                            .taken = (int16_t)t->taken,
                            .resulted = (int16_t)t->resulted,
                            .kept_from = (int16_t)(kept ? from : t->resulted),
                            .detection = found,
                            .positive = t->positive,
                            .antigen = t->antigen});
}

static void named(void *ctx, const struct epi_named *n)
{
    struct epi__world *w = ctx;
    PUSH(w->named, w->n_named, w->cap_named,
         (struct epi__named){n->index, n->person, (int16_t)n->met, (int16_t)n->ordered,
                             (uint8_t)n->how});
}

/* --- doses
 * ------------------------------------------------------------------------------------- */

static int day_of(const struct epi__world *w, epi_date d)
{
    return d.d - epi__date(w, 0).d;
}

/* Those before the run are told at once, the others are sorted by their day. */
static void plan_doses(struct run *r)
{
    struct epi__world *w = r->w;
    uint32_t count[EPI__RUN + 2] = {0};
    for (int pass = 0; pass < 2; pass++) {
        for (uint32_t p = 0; p < w->n_people; p++) {
            struct epi__doses d = epi__doses_of(w, p);
            for (int i = 0; i < d.n; i++) {
                int day = day_of(w, d.given[i]);
                if (day > 0 && pass == 0)
                    count[day + 1]++;
                else if (day > 0)
                    r->doses[count[day]++] = p | (i ? SECOND : 0);
                else if (pass == 0)
                    epi_world_vaccinated(w->run, p, i + 1, -day);
            }
        }
        for (int day = 1; day < EPI__RUN + 2 && pass == 0; day++)
            count[day] += count[day - 1];
        if (pass == 0) {
            memcpy(r->dose_first, count, sizeof count);
            r->doses = EPI_ARRAY(w->a, count[EPI__RUN + 1] + 1, uint32_t);
        }
    }
}

/* --- days
 * ---------------------------------------------------------------------------------------------- */

static void one_day(struct run *r)
{
    struct epi__world *w = r->w;
    int day = epi_world_days_done(w->run);
    for (uint32_t i = r->dose_first[day]; day > 0 && i < r->dose_first[day + 1]; i++)
        epi_world_vaccinated(w->run, r->doses[i] & ~SECOND, r->doses[i] & SECOND ? 2 : 1, 0);
    for (; r->next_arrival < w->n_arrivals && w->arrivals[r->next_arrival].day <= day;
         r->next_arrival++) {
        const struct epi__arrival *a = &w->arrivals[r->next_arrival];
        epi_world_arrive(w->run, a->person, a->infected);
    }
    for (; r->next_retest < w->n_arrivals && w->arrivals[r->next_retest].day + RETEST <= day;
         r->next_retest++)
        epi_world_sample(w->run, w->arrivals[r->next_retest].person, EPI_WHY_ARRIVAL);
    epi_world_day(w->run);
}

/* --- the story
 * ---------------------------------------------------------------------------------------- */

static bool in_city(const struct epi__world *w, const struct epi__commune *c)
{
    const struct epi_unit *city = epi__unit(w, w->city);
    return c->unit == w->city || (c->unit >= city->first && c->unit < city->last);
}

/* The city's communes lie side by side, as all descendants do, and so do their people. */
static void find_people_of_city(struct run *r)
{
    const struct epi__world *w = r->w;
    for (size_t i = 0; i < w->n_communes; i++)
        if (in_city(w, &w->communes[i])) {
            r->city_first = r->city_end ? r->city_first : w->communes[i].first_person;
            r->city_end = w->communes[i].first_person + w->communes[i].people;
        }
}

static bool holds(const uint32_t *list, uint32_t n, uint32_t person)
{
    for (uint32_t i = 0; i < n; i++)
        if (list[i] == person)
            return true;
    return false;
}

struct sick { /* people of the city who were infected before the story */
    const struct run *r;
    uint32_t *who, n;
};
static bool was_sick(void *ctx, const struct epi_infection *i)
{
    struct sick *s = ctx;
    if (i->person >= s->r->city_first && i->person < s->r->city_end)
        s->who[s->n++] = i->person;
    return true;
}

/* In quarantine on a day of the class, as far as ordered by now. */
static bool kept_away(const struct epi__world *w, uint32_t person)
{
    int from;
    bool home;
    for (int k = 0; k < EPI__CLASS_DAYS; k++)
        if (epi_world_kept(w->run, person, EPI__RUN - EPI__CLASS_LAST - k, &from, &home))
            return true;
    return false;
}

static void choose_class(struct run *r, uint64_t number)
{
    struct epi__world *w = r->w;
    struct epi_arena_mark mark = epi_arena_mark(w->a);
    struct sick s = {.r = r, .who = EPI_ARRAY(w->a, epi_world_infections(w->run) + 1, uint32_t)};
    struct epi_rng rng = epi__rng(w, "demo.class", (uint64_t)w->city, number);
    epi_world_each(w->run, was_sick, &s);
    w->n_attendees = 0;
    for (uint32_t tries = 0; tries < 20 * w->s->attendees && w->n_attendees < w->s->attendees;
         tries++) {
        uint32_t p = epi__somebody(w, &rng, r->city_first, r->city_end, 22, 58);
        if (p != EPI__NONE && !holds(w->attendees, w->n_attendees, p) && !holds(s.who, s.n, p) &&
            !kept_away(w, p))
            w->attendees[w->n_attendees++] = p;
    }
    epi_arena_release(w->a, mark);
}

struct outcome {
    const struct run *r;
    uint32_t on_day;
    bool known; /* the first of the class fell ill, was sampled and found on the story's days */
};
static bool look(void *ctx, const struct epi_infection *i)
{
    struct outcome *o = ctx;
    bool city = i->person >= o->r->city_first && i->person < o->r->city_end;
    o->on_day += city && i->found == EPI__RUN;
    if (i->person == o->r->w->attendees[0])
        o->known = i->found == EPI__RUN - EPI__INDEX_AGO &&
                   i->onset <= i->found - o->r->w->response.lab.turnaround;
    return true;
}

struct fork { /* the run on the morning on which the known case is infected */
    epi_str state;
    uint32_t n_tests, n_named, next_arrival, next_retest;
};
/* The last days with one class; how far the day is from the story's, UINT32_MAX when the known case
 * is not found in time. */
static epi_status play(struct run *r, const struct fork *f, uint64_t number, uint32_t *ret,
                       struct epi_err *reterr)
{
    struct epi__world *w = r->w;
    const struct epi_listener listener = {w, tested, named};
    EPI_TRY(epi_world_restore(w->run, f->state, reterr));
    w->n_tests = f->n_tests;
    w->n_named = f->n_named;
    r->next_arrival = f->next_arrival;
    r->next_retest = f->next_retest;
    choose_class(r, number);
    if (w->n_attendees < 2)
        return EPI_FAIL(reterr, EPI_INVALID, "demo.too-few", "%llu",
                        (unsigned long long)w->o->people);
    epi_world_listen(w->run, &listener);
    epi_world_gather(w->run, w->attendees, w->n_attendees,
                     EPI__RUN - EPI__CLASS_LAST - EPI__CLASS_DAYS + 1,
                     EPI__RUN - EPI__CLASS_LAST + 1, EPI_MEET_WORK, w->s->class_contacts);
    (void)epi_world_infect(w->run, w->attendees[0], 0);
    for (int day = epi_world_days_done(w->run); day <= EPI__RUN; day++) {
        if (day == EPI__RUN - EPI__INDEX_AGO - w->response.lab.turnaround)
            epi_world_sample(w->run, w->attendees[0], EPI_WHY_SICK);
        one_day(r);
    }
    struct outcome o = {.r = r};
    epi_world_each(w->run, look, &o);
    *ret = !o.known ? UINT32_MAX : (uint32_t)abs((int)o.on_day - (int)w->s->outbreak_cases);
    return EPI_OK;
}

static epi_status story(struct run *r, struct fork *f, struct epi_err *reterr)
{
    uint32_t best = UINT32_MAX, off = UINT32_MAX, want = r->w->s->outbreak_cases;
    uint64_t which = 0, last = 0;
    r->w->attendees = EPI_ARRAY(r->w->a, r->w->s->attendees, uint32_t);
    for (uint64_t k = 0; k < TRIES && best > want / 10; k++) {
        EPI_TRY(play(r, f, last = k, &off, reterr));
        if (off < best) {
            best = off;
            which = k;
        }
    }
    if (best == UINT32_MAX)
        return EPI_FAIL(reterr, EPI_INVALID, "demo.too-few", "%llu",
                        (unsigned long long)r->w->o->people);
    return which == last ? EPI_OK : play(r, f, which, &off, reterr);
}

/* --- the whole
 * ------------------------------------------------------------------------------------------- */

static int by_arrived(const void *a, const void *b)
{
    const struct epi__arrival *x = a, *y = b;
    return x->person < y->person ? -1 : x->person > y->person;
}

static epi_status ready(struct epi__world *w, struct epi_err *reterr)
{
    struct epi_findings f;
    epi_str text;
    epi_findings_init(&f, w->a, 10);
    EPI_TRY(epi_units_file(w->o->units, w->o->fs, w->a, EPI_S("demo_scenario"), &text, reterr));
    w->response = epi_scenario_plain();
    EPI_TRY(epi_scenario_read(w->a, text, &w->response, &f, reterr));
    w->response.days = EPI__RUN + 1;
    w->response.start.infected = 0;
    EPI_TRY(epi_scenario_history(w->a, w->o->fs, w->o->diseases, &w->response, &w->history, &f,
                                 reterr));
    return epi_world_new(w->society, &w->history, &w->response, w->o->seed, 1, &w->run, reterr);
}

epi_status epi__run(struct epi__world *w, struct epi_err *reterr)
{
    struct run r = {.w = w};
    const struct epi_listener listener = {w, tested, named};
    EPI_TRY(epi__arrivals_plan(w, reterr));
    w->arrived = EPI_ARRAY(w->a, w->n_arrivals + 1, struct epi__arrival);
    memcpy(w->arrived, w->arrivals, w->n_arrivals * sizeof *w->arrived);
    qsort(w->arrived, w->n_arrivals, sizeof *w->arrived, by_arrived);
    EPI_TRY(ready(w, reterr));
    find_people_of_city(&r);
    if (r.city_end == r.city_first)
        return EPI_FAIL(reterr, EPI_INVALID, "demo.empty-city", "%.*s",
                        EPI_FMT(epi__unit(w, w->city)->path));
    plan_doses(&r);
    epi_world_listen(w->run, &listener);
    while (epi_world_days_done(w->run) < EPI__RUN - INFECTED_AGO)
        one_day(&r);
    EPI_BUF_LOCAL(state, SIZE_MAX / 2);
    struct fork f = {.n_tests = w->n_tests,
                     .n_named = w->n_named,
                     .next_arrival = r.next_arrival,
                     .next_retest = r.next_retest};
    epi_world_save(w->run, &state);
    f.state = epi_buf_str(&state);
    return story(&r, &f, reterr);
}
