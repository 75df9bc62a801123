// SPDX-License-Identifier: AGPL-3.0-or-later
#include "picture/picture_internal.h"
#include <stdlib.h>

static int order_u64(uint64_t a, uint64_t b)
{
    return a < b ? -1 : a > b;
}

static int order_i64(int64_t a, int64_t b)
{
    return a < b ? -1 : a > b;
}

static int by_case_date(const void *a, const void *b)
{
    const struct epi_pic_case *x = a, *y = b;
    epi_date dx = epi_pic_case_date(x), dy = epi_pic_case_date(y);
    int o = order_i64(epi_date_known(dx) ? dx.d : INT32_MAX, epi_date_known(dy) ? dy.d : INT32_MAX);
    return o ? o : order_u64(x->id.v, y->id.v);
}

static int by_exposure(const void *a, const void *b)
{
    const struct epi_pic_contact *x = a, *y = b;
    int o = order_i64(x->first.d, y->first.d);
    return o ? o : order_u64(x->id.v, y->id.v);
}

static int by_start(const void *a, const void *b)
{
    const struct epi_pic_visit *x = a, *y = b;
    int o = order_i64(x->from.ms, y->from.ms);
    return o ? o : order_u64(x->id.v, y->id.v);
}

static int by_given(const void *a, const void *b)
{
    const struct epi_pic_dose *x = a, *y = b;
    int o = order_i64(x->given.d, y->given.d);
    return o ? o : x->number - y->number;
}

static int by_id(const void *a, const void *b)
{
    const epi_id *x = a, *y = b;
    return order_u64(x->v, y->v);
}

/* Drops the cases that contacts mention but nobody added, and those contacts with them. */
static void drop_mentioned(struct epi_picture *p)
{
    struct epi_pic_case *cases = p->cases.rows;
    struct epi_pic_contact *contacts = p->contacts.rows;
    uint32_t *now = epi_xmalloc((size_t)p->cases.n * sizeof *now);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < p->cases.n; i++) {
        now[i] = cases[i].person == EPI__MENTIONED ? EPI_NO_INDEX : kept;
        if (now[i] != EPI_NO_INDEX)
            cases[kept++] = cases[i];
    }
    if (kept < p->cases.n) {
        p->cases.n = kept;
        free(p->case_map.slot);
        p->case_map = (struct epi__idmap){0};
        for (uint32_t i = 0; i < kept; i++)
            epi__idmap_put(&p->case_map, cases, p->cases.size, i);
        uint32_t n = 0;
        for (uint32_t i = 0; i < p->contacts.n; i++) {
            if (now[contacts[i].cas] == EPI_NO_INDEX)
                continue;
            contacts[n] = contacts[i];
            contacts[n++].cas = now[contacts[i].cas];
        }
        p->caseless = p->contacts.n - n;
        p->contacts.n = n;
    }
    free(now);
}

static void join_cases(struct epi_picture *p)
{
    p->person_cases_start = epi__group_index(&p->cases, offsetof(struct epi_pic_case, person),
                                             p->people.n, by_case_date, &p->person_cases);
    struct epi_pic_person *people = p->people.rows;
    for (uint32_t i = 0; i < p->people.n; i++) {
        uint32_t at = p->person_cases_start[i];
        people[i].first_case =
            at < p->person_cases_start[i + 1] ? p->person_cases[at] : EPI_NO_INDEX;
    }
}

static void measure_visits(struct epi_picture *p)
{
    const struct epi_pic_visit *v = p->visits.rows;
    p->longest = epi_xmalloc((size_t)p->places.n * sizeof *p->longest);
    memset(p->longest, 0, (size_t)p->places.n * sizeof *p->longest);
    for (uint32_t i = 0; i < p->visits.n; i++) {
        int64_t ms = epi_instant_known(v[i].to) ? v[i].to.ms - v[i].from.ms : 0;
        if (p->longest[v[i].place] < ms)
            p->longest[v[i].place] = ms;
    }
}

/* Groups people by household through a column of household rows, one per person, made for the
 * purpose. */
static void join_households(struct epi_picture *p)
{
    struct member {
        epi_id id;
        uint32_t household;
    };
    const struct epi_pic_person *people = p->people.rows;
    struct epi__table t = {.n = p->people.n, .cap = p->people.n, .size = sizeof(struct member)};
    struct member *m = t.rows = epi_xmalloc((size_t)t.n * sizeof *m);
    for (uint32_t i = 0; i < p->people.n; i++) {
        m[i] = (struct member){people[i].id, EPI_NO_INDEX};
        if (people[i].household.v == 0)
            continue;
        uint32_t h = epi__idmap_find(&p->household_map, p->households.rows, p->households.size,
                                     people[i].household);
        if (h == EPI_NO_INDEX) {
            *(epi_id *)epi__table_push(&p->households) = people[i].household;
            h = p->households.n - 1;
            epi__idmap_put(&p->household_map, p->households.rows, p->households.size, h);
        }
        m[i].household = h;
    }
    p->members_start = epi__group_index(&t, offsetof(struct member, household), p->households.n,
                                        by_id, &p->members);
    free(m);
}

void epi_picture_seal(struct epi_picture *p)
{
    EPI_ASSERT(!p->sealed);
    epi__resolve(p);
    drop_mentioned(p);
    join_cases(p);
    p->contacts_start = epi__group_rows(&p->contacts, offsetof(struct epi_pic_contact, cas),
                                        p->cases.n, by_exposure);
    p->person_contacts_start =
        epi__group_index(&p->contacts, offsetof(struct epi_pic_contact, person), p->people.n,
                         by_exposure, &p->person_contacts);
    p->visits_start =
        epi__group_rows(&p->visits, offsetof(struct epi_pic_visit, place), p->places.n, by_start);
    p->person_visits_start = epi__group_index(&p->visits, offsetof(struct epi_pic_visit, person),
                                              p->people.n, by_start, &p->person_visits);
    p->doses_start =
        epi__group_rows(&p->doses, offsetof(struct epi_pic_dose, person), p->people.n, by_given);
    measure_visits(p);
    join_households(p);
    struct epi__table *tables[] = {&p->people, &p->cases, &p->places, &p->households};
    for (size_t i = 0; i < EPI_COUNT(tables); i++)
        epi__table_fit(tables[i]);
    p->sealed = true;
}
