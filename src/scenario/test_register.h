/* What a province would know of a run on a day, as a start: who was found and when he was last
 * exposed, and who is in quarantine since when and until when. */
#ifndef EPI_SCENARIO_TEST_REGISTER_H
#define EPI_SCENARIO_TEST_REGISTER_H
#include "scenario/start_internal.h"
#include "scenario/test_society.h"

static inline struct epi_start_person well(uint32_t place, int age, uint32_t household)
{
    return (struct epi_start_person){.place = place,
                                     .household = household,
                                     .age = (int16_t)age,
                                     .listed = EPI_NO_DAY,
                                     .exposed = EPI_NO_DAY,
                                     .onset = EPI_NO_DAY,
                                     .found = EPI_NO_DAY,
                                     .over = EPI_NO_DAY};
}
struct test_register {
    const struct epi_world *w;
    int16_t *met, *listed; /* by person: last exposure, latest order; EPI_NO_DAY = no contact */
    uint8_t *why;          /* by person: enum epi_why of the latest positive result */
};
static inline void test_register_named(void *ctx, const struct epi_named *n)
{
    struct test_register *r = ctx;
    if (r->met[n->person] == EPI_NO_DAY || n->met > r->met[n->person])
        r->met[n->person] = (int16_t)n->met;
    if (epi__kept_on(r->w, n->person, n->ordered) == EPI__FREE &&
        (r->listed[n->person] == EPI_NO_DAY || n->ordered > r->listed[n->person] + 14))
        r->listed[n->person] = (int16_t)n->ordered;
}
static inline void test_register_tested(void *ctx, const struct epi_tested *t)
{
    struct test_register *r = ctx;
    if (t->positive)
        r->why[t->person] = (uint8_t)t->why;
}
/* Listens to a world before its first day. */
static inline struct test_register test_register_of(struct epi_arena *a, struct epi_world *w)
{
    struct test_register r = {w, EPI_ARRAY(a, w->s->n, int16_t), EPI_ARRAY(a, w->s->n, int16_t),
                              EPI_ARRAY(a, w->s->n, uint8_t)};
    for (uint32_t i = 0; i < w->s->n; i++)
        r.met[i] = r.listed[i] = EPI_NO_DAY;
    return r;
}
static inline int16_t test_register_day(int day, int today)
{
    return (int16_t)(day != EPI_NO_DAY && day < today ? day - today : EPI_NO_DAY);
}
static inline bool test_register_person(const struct test_register *r, uint32_t person,
                                        struct epi_start_person *ret)
{
    const struct epi_world *w = r->w;
    const struct epi_infection *i = epi__latest(w, person);
    int today = w->day;
    bool known = i && i->found != EPI_NO_DAY, kept = epi__kept_on(w, person, today) != EPI__FREE;
    uint32_t first, n;
    epi_society_home(w->s, person, &first, &n);
    *ret = well(w->s->place[person], epi_society_age(w->s, person), first + 1);
    if (known) {
        ret->state = i->out > today ? EPI_START_INFECTED : EPI_START_RECOVERED;
        ret->onset = test_register_day(i->onset, today);
        ret->found = test_register_day(i->found, today);
        ret->community = r->why[person] == EPI_WHY_SICK;
        ret->over = i->out > today ? EPI_NO_DAY : (int16_t)(i->out - today);
    }
    if (kept) {
        ret->kept_from = (int16_t)(w->p[person].kept_from - today);
        ret->kept_to = (int16_t)(w->p[person].kept_to - today);
    }
    int order = w->p[person].kept_from - 1; /* given the day before it holds */
    if ((known && w->p[person].kept && order < i->found && w->p[person].kept_to > i->found) ||
        (kept && !known)) {
        ret->listed = (int16_t)(order - today);
        ret->exposed = test_register_day(r->met[person], today);
    }
    return known || kept;
}
static inline struct epi_start test_register_start(struct epi_arena *a,
                                                   const struct test_register *r)
{
    struct epi_start s = {.places_n = r->w->s->places_n};
    s.people = EPI_ARRAY(a, r->w->s->n, struct epi_start_person);
    for (uint32_t person = 0; person < r->w->s->n; person++)
        s.n += test_register_person(r, person, &s.people[s.n]);
    return s;
}
#endif
