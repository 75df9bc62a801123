// SPDX-License-Identifier: AGPL-3.0-or-later
#include "picture/picture.h"
#include "base/test.h"
#include <math.h>

#define DAY(n) ((epi_date){18900 + (n)}) /* 2021-09-30 and later */

static void free_picture(struct epi_picture **p)
{
    epi_picture_free(*p);
}
#define PICTURE(name, day) \
    EPI_CLEANUP(free_picture) struct epi_picture *name = epi_picture_new((day), 420)

static epi_instant at(int day, int hour)
{
    return (epi_instant){epi_date_start(DAY(day), 420).ms + hour * (int64_t)3600000};
}

static struct epi_pic_case a_case(uint64_t id, epi_date onset, epi_date reported)
{
    return (struct epi_pic_case){.id = {id},
                                 .onset = onset,
                                 .reported = reported,
                                 .unit = -1,
                                 .sampled = EPI_DATE_UNKNOWN,
                                 .isolated = EPI_DATE_UNKNOWN,
                                 .outcome_date = EPI_DATE_UNKNOWN,
                                 .classification = EPI_NO_WORD,
                                 .detection = EPI_NO_WORD,
                                 .outcome = EPI_NO_WORD};
}

static struct epi_pic_contact a_contact(uint64_t id, epi_date first, epi_date last)
{
    return (struct epi_pic_contact){.id = {id},
                                    .first = first,
                                    .last = last,
                                    .isolated = EPI_DATE_UNKNOWN,
                                    .minutes = -1,
                                    .distance = NAN,
                                    .setting = EPI_NO_WORD,
                                    .masked = -1};
}

TEST(rows_may_come_in_any_order)
{
    PICTURE(p, DAY(30));
    struct epi_pic_contact c = a_contact(9, DAY(3), DAY(4));
    epi_picture_add_contact(p, &c, (epi_id){5}, (epi_id){70}, (epi_id){800});
    struct epi_pic_case k = a_case(5, DAY(2), DAY(6));
    epi_picture_add_case(p, &k, (epi_id){71});
    epi_picture_add_person(p, (epi_id){70}, (epi_id){600}, DAY(-9000), 3);
    epi_picture_seal(p);
    const struct epi_pic_person *people;
    CHECK_INT(epi_picture_people(p, &people), 2);
    CHECK_INT(people[epi_picture_person(p, (epi_id){70})].unit, 3);
    CHECK_INT(people[epi_picture_person(p, (epi_id){71})].unit, -1);
    CHECK_INT(people[epi_picture_person(p, (epi_id){71})].first_case, 0);
    size_t n;
    const struct epi_pic_contact *got = epi_picture_contacts_of_case(p, 0, &n);
    CHECK_INT(n, 1);
    CHECK_INT(got[0].person, epi_picture_person(p, (epi_id){70}));
    CHECK_INT(epi_picture_place_id(p, got[0].place).v, 800);
    const uint32_t *members = epi_picture_household(p, (epi_id){600}, &n);
    CHECK_INT(n, 1);
    CHECK_INT(members[0], epi_picture_person(p, (epi_id){70}));
}

TEST(what_happens_after_the_day_is_not_in_the_picture)
{
    PICTURE(p, DAY(10));
    struct epi_pic_case late = a_case(1, DAY(8), DAY(11)), early = a_case(2, DAY(8), DAY(10));
    early.isolated = DAY(11);
    early.outcome_date = DAY(12);
    early.outcome = 1;
    epi_picture_add_case(p, &late, (epi_id){10});
    epi_picture_add_case(p, &early, (epi_id){11});
    struct epi_pic_contact c = a_contact(3, DAY(10), DAY(14)), d = a_contact(4, DAY(11), DAY(11)),
                           e = a_contact(5, DAY(9), DAY(9));
    epi_picture_add_contact(p, &c, (epi_id){2}, (epi_id){12}, (epi_id){0});
    epi_picture_add_contact(p, &d, (epi_id){2}, (epi_id){13}, (epi_id){0});
    epi_picture_add_contact(p, &e, (epi_id){1}, (epi_id){14}, (epi_id){0});
    struct epi_pic_visit v = {.id = {6}, .from = at(10, 23), .to = at(11, 2)},
                         w = {.id = {7}, .from = at(11, 0), .to = at(11, 2)};
    epi_picture_add_visit(p, &v, (epi_id){12}, (epi_id){90});
    epi_picture_add_visit(p, &w, (epi_id){12}, (epi_id){90});
    struct epi_pic_dose dose = {.given = DAY(11), .number = 1, .completes = -1};
    epi_picture_add_dose(p, &dose, (epi_id){12});
    epi_picture_seal(p);
    struct epi_picture_counts n;
    epi_picture_counts(p, &n);
    CHECK_INT(n.cases, 1);
    CHECK_INT(n.contacts, 1);
    CHECK_INT(n.visits, 1);
    CHECK_INT(n.doses, 0);
    CHECK_INT(n.later, 4);
    CHECK_INT(n.caseless, 1);
    const struct epi_pic_case *cases;
    epi_picture_cases(p, &cases);
    CHECK(!epi_date_known(cases[0].isolated));
    CHECK(!epi_date_known(cases[0].outcome_date));
    CHECK_INT(cases[0].outcome, EPI_NO_WORD);
    CHECK_INT(epi_picture_contact(p, 0)->last.d, DAY(10).d);
    CHECK_INT(epi_picture_case(p, (epi_id){1}), EPI_NO_INDEX);
    CHECK_INT(epi_picture_case(p, (epi_id){2}), 0);
}

TEST(rows_that_name_nobody_are_counted_not_lost_silently)
{
    PICTURE(p, DAY(10));
    struct epi_pic_contact c = a_contact(3, DAY(1), DAY(1));
    epi_picture_add_contact(p, &c, (epi_id){0}, (epi_id){12}, (epi_id){0});
    struct epi_pic_visit v = {.id = {6}, .from = at(1, 1), .to = EPI_INSTANT_UNKNOWN};
    epi_picture_add_visit(p, &v, (epi_id){12}, (epi_id){0});
    struct epi_pic_case k = a_case(5, DAY(2), DAY(6));
    epi_picture_add_case(p, &k, (epi_id){0});
    epi_picture_seal(p);
    struct epi_picture_counts n;
    epi_picture_counts(p, &n);
    CHECK_INT(n.nameless, 2);
    CHECK_INT(n.cases, 1);
    const struct epi_pic_case *cases;
    epi_picture_cases(p, &cases);
    CHECK_INT(cases[0].person, EPI_NO_INDEX);
}

TEST(an_empty_picture_answers)
{
    PICTURE(p, EPI_DATE_UNKNOWN);
    epi_picture_seal(p);
    size_t n = 9;
    epi_picture_household(p, (epi_id){4}, &n);
    CHECK_INT(n, 0);
    epi_picture_visits_of_place(p, 0, &n);
    CHECK_INT(n, 0);
    CHECK_INT(epi_picture_person(p, (epi_id){4}), EPI_NO_INDEX);
    CHECK_INT(epi_picture_place_id(p, EPI_NO_INDEX).v, 0);
}

/* --- against a naive model: the rows as given, searched from end to end -------------- */
#define PEOPLE 25
#define CASES 8
#define PLACES 5
#define ROWS 60
struct given {
    uint64_t person, key; /* key: case or place */
    int day, length, number;
    uint64_t id;
};
struct model {
    struct given contacts[ROWS], visits[ROWS], doses[ROWS];
    bool case_added[CASES];
    int case_day[CASES];
    uint64_t case_person[CASES], household[PEOPLE];
    int as_of;
};
#define PERSON_ID(i) (1000 + (i)*7919ull)
#define CASE_ID(i) (5000000 + (i)*3ull)
#define PLACE_ID(i) (9000000 + (i))

static void draw_model(struct epi_rng *rng, struct model *m)
{
    m->as_of = (int)epi_rng_between(rng, 5, 20);
    for (size_t i = 0; i < CASES; i++) {
        m->case_added[i] = epi_rng_chance(rng, 0.8);
        m->case_day[i] = (int)epi_rng_between(rng, 0, 20);
        m->case_person[i] = epi_rng_below(rng, PEOPLE);
    }
    for (size_t i = 0; i < PEOPLE; i++)
        m->household[i] = epi_rng_below(rng, 6);
    struct given *sets[] = {m->contacts, m->visits, m->doses};
    for (size_t s = 0; s < 3; s++)
        for (size_t i = 0; i < ROWS; i++)
            sets[s][i] = (struct given){.person = epi_rng_below(rng, PEOPLE),
                                        .key = epi_rng_below(rng, s == 0 ? CASES : PLACES),
                                        .day = (int)epi_rng_between(rng, 0, 20),
                                        .length = (int)epi_rng_between(rng, -1, 6),
                                        .number = (int)epi_rng_between(rng, 1, 100),
                                        .id = 1 + (i * 37) % ROWS};
}

static void add_row(struct epi_picture *p, const struct model *m, size_t what, size_t i)
{
    if (what == 0 && i < PEOPLE)
        epi_picture_add_person(p, (epi_id){PERSON_ID(i)}, (epi_id){m->household[i]}, DAY(0),
                               (int)i);
    if (what == 1 && i < CASES && m->case_added[i]) {
        struct epi_pic_case k = a_case(CASE_ID(i), DAY(m->case_day[i]), DAY(m->case_day[i]));
        epi_picture_add_case(p, &k, (epi_id){PERSON_ID(m->case_person[i])});
    }
    if (what == 2) {
        const struct given *g = &m->contacts[i];
        struct epi_pic_contact c = a_contact(g->id, DAY(g->day), DAY(g->day));
        epi_picture_add_contact(p, &c, (epi_id){CASE_ID(g->key)}, (epi_id){PERSON_ID(g->person)},
                                (epi_id){0});
    }
    if (what == 3) {
        const struct given *g = &m->visits[i];
        struct epi_pic_visit v = {.id = {g->id},
                                  .from = at(g->day, 0),
                                  .to =
                                      g->length < 0 ? EPI_INSTANT_UNKNOWN : at(g->day, g->length)};
        epi_picture_add_visit(p, &v, (epi_id){PERSON_ID(g->person)}, (epi_id){PLACE_ID(g->key)});
    }
    if (what == 4) {
        const struct given *g = &m->doses[i];
        struct epi_pic_dose d = {
            .given = DAY(g->day), .number = (int8_t)g->number, .completes = -1};
        epi_picture_add_dose(p, &d, (epi_id){PERSON_ID(g->person)});
    }
}

/* Every row that is due, in an order drawn at random. */
static void fill(struct epi_picture *p, const struct model *m, struct epi_rng *rng)
{
    size_t order[5 * ROWS];
    for (size_t i = 0; i < EPI_COUNT(order); i++)
        order[i] = i;
    for (size_t i = EPI_COUNT(order) - 1; i > 0; i--) {
        size_t j = (size_t)epi_rng_below(rng, i + 1), t = order[i];
        order[i] = order[j];
        order[j] = t;
    }
    for (size_t i = 0; i < EPI_COUNT(order); i++)
        add_row(p, m, order[i] / ROWS, order[i] % ROWS);
    epi_picture_seal(p);
}

static bool case_known(const struct model *m, uint64_t cas)
{
    return m->case_added[cas] && m->case_day[cas] <= m->as_of;
}

/* Rows of the model with this person (or any, when >= PEOPLE) and key (or any): how many, and a sum
 * of ids that shows which ones. */
static size_t expect(const struct model *m, const struct given *rows, uint64_t person, uint64_t key,
                     uint64_t *ret_sum)
{
    size_t n = 0;
    *ret_sum = 0;
    for (size_t i = 0; i < ROWS; i++) {
        const struct given *g = &rows[i];
        bool here =
            (person >= PEOPLE || g->person == person) && (key == UINT64_MAX || g->key == key);
        if (!here || g->day > m->as_of || (rows == m->contacts && !case_known(m, g->key)))
            continue;
        n++;
        *ret_sum += g->id * g->id;
    }
    return n;
}

PROPERTY(every_slice_is_what_a_search_through_all_rows_finds, 60)
{
    struct model m = {0};
    draw_model(rng, &m);
    PICTURE(p, DAY(m.as_of));
    fill(p, &m, rng);
    uint64_t want, sum;
    size_t n;
    for (uint64_t i = 0; i < PEOPLE; i++) {
        uint32_t who = epi_picture_person(p, (epi_id){PERSON_ID(i)});
        CHECK(who != EPI_NO_INDEX);
        const uint32_t *c = epi_picture_contacts_of_person(p, who, &n);
        CHECK_INT(n, expect(&m, m.contacts, i, UINT64_MAX, &want));
        sum = 0;
        for (size_t j = 0; j < n; j++) {
            const struct epi_pic_contact *row = epi_picture_contact(p, c[j]);
            sum += row->id.v * row->id.v;
            CHECK_INT(row->person, who);
            CHECK(j == 0 || epi_picture_contact(p, c[j - 1])->first.d <= row->first.d);
        }
        CHECK_INT(sum, want);
        const uint32_t *v = epi_picture_visits_of_person(p, who, &n);
        CHECK_INT(n, expect(&m, m.visits, i, UINT64_MAX, &want));
        sum = 0;
        for (size_t j = 0; j < n; j++) {
            const struct epi_pic_visit *row = epi_picture_visit(p, v[j]);
            sum += row->id.v * row->id.v;
            CHECK_INT(row->person, who);
            CHECK(j == 0 || epi_picture_visit(p, v[j - 1])->from.ms <= row->from.ms);
        }
        CHECK_INT(sum, want);
        const struct epi_pic_dose *d = epi_picture_doses_of(p, who, &n);
        CHECK_INT(n, expect(&m, m.doses, i, UINT64_MAX, &want));
        for (size_t j = 0; j < n; j++)
            CHECK(d[j].person == who && (j == 0 || d[j - 1].given.d <= d[j].given.d));
        size_t cases = 0, house = 0;
        for (size_t j = 0; j < CASES; j++)
            cases += case_known(&m, j) && m.case_person[j] == i;
        epi_picture_cases_of_person(p, who, &n);
        CHECK_INT(n, cases);
        for (size_t j = 0; j < PEOPLE; j++)
            house += m.household[i] && m.household[j] == m.household[i];
        const uint32_t *h = epi_picture_household(p, (epi_id){m.household[i]}, &n);
        CHECK_INT(n, house);
        for (size_t j = 1; j < n; j++)
            CHECK(h[j - 1] != h[j]);
    }
    for (uint64_t i = 0; i < CASES; i++) {
        const struct epi_pic_contact *c =
            epi_picture_contacts_of_case(p, epi_picture_case(p, (epi_id){CASE_ID(i)}), &n);
        CHECK_INT(n, expect(&m, m.contacts, PEOPLE, i, &want));
        sum = 0;
        for (size_t j = 0; j < n; j++)
            sum += c[j].id.v * c[j].id.v;
        CHECK_INT(sum, want);
    }
}

PROPERTY(visits_around_miss_no_overlap, 60)
{
    struct model m = {0};
    draw_model(rng, &m);
    PICTURE(p, DAY(m.as_of));
    fill(p, &m, rng);
    int64_t open_ms = epi_rng_between(rng, 0, 5) * 3600000;
    epi_instant from = at((int)epi_rng_between(rng, 0, 20), (int)epi_rng_between(rng, 0, 23));
    epi_instant to = {from.ms + epi_rng_between(rng, 1, 40) * 3600000};
    for (uint64_t k = 0; k < PLACES; k++) {
        size_t want = 0, got = 0, n;
        for (size_t i = 0; i < ROWS; i++) {
            const struct given *g = &m.visits[i];
            int64_t start = at(g->day, 0).ms,
                    end = start + (g->length < 0 ? open_ms : g->length * 3600000ll);
            want += g->key == k && g->day <= m.as_of && start < to.ms && end > from.ms;
        }
        uint32_t place = epi_picture_place(p, (epi_id){PLACE_ID(k)});
        const struct epi_pic_visit *v = epi_picture_visits_around(p, place, from, to, open_ms, &n);
        for (size_t i = 0; i < n; i++) {
            int64_t end = epi_instant_known(v[i].to) ? v[i].to.ms : v[i].from.ms + open_ms;
            got += v[i].place == place && v[i].from.ms < to.ms && end > from.ms;
        }
        CHECK_INT(got, want);
    }
}
