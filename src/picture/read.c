// SPDX-License-Identifier: AGPL-3.0-or-later
#include "picture/picture_internal.h"

epi_date epi_picture_as_of(const struct epi_picture *p)
{
    return p->as_of;
}

int epi_picture_utc_offset(const struct epi_picture *p)
{
    return p->utc_offset;
}

epi_date epi_pic_case_date(const struct epi_pic_case *c)
{
    if (epi_date_known(c->onset))
        return c->onset;
    return epi_date_known(c->sampled) ? c->sampled : c->reported;
}

static size_t table_bytes(const struct epi__table *t)
{
    return (size_t)t->cap * t->size;
}

void epi_picture_counts(const struct epi_picture *p, struct epi_picture_counts *ret)
{
    *ret = (struct epi_picture_counts){.people = p->people.n,
                                       .cases = p->cases.n,
                                       .contacts = p->contacts.n,
                                       .visits = p->visits.n,
                                       .doses = p->doses.n,
                                       .places = p->places.n,
                                       .later = p->later,
                                       .nameless = p->nameless,
                                       .caseless = p->caseless};
    const struct epi__table *tables[] = {&p->people, &p->cases,  &p->contacts,  &p->visits,
                                         &p->doses,  &p->places, &p->households};
    for (size_t i = 0; i < EPI_COUNT(tables); i++)
        ret->bytes += table_bytes(tables[i]);
    size_t words = (size_t)p->person_map.slots + p->case_map.slots + p->place_map.slots +
                   p->household_map.slots;
    if (p->sealed) {
        words += p->person_cases_start[p->people.n] + p->person_contacts_start[p->people.n] +
                 p->person_visits_start[p->people.n] + p->members_start[p->households.n];
        words += 4 * ((size_t)p->people.n + 1) + p->cases.n + 1 + p->households.n + 1;
        words += (size_t)p->places.n * 3 + 1; /* starts, and the longest visit in two words */
    }
    ret->bytes += words * sizeof(uint32_t) + sizeof *p;
}

size_t epi_picture_people(const struct epi_picture *p, const struct epi_pic_person **ret)
{
    *ret = p->people.rows;
    return p->people.n;
}

size_t epi_picture_cases(const struct epi_picture *p, const struct epi_pic_case **ret)
{
    *ret = p->cases.rows;
    return p->cases.n;
}

size_t epi_picture_contacts(const struct epi_picture *p, const struct epi_pic_contact **ret)
{
    *ret = p->contacts.rows;
    return p->contacts.n;
}

uint32_t epi_picture_person(const struct epi_picture *p, epi_id id)
{
    return epi__idmap_find(&p->person_map, p->people.rows, p->people.size, id);
}

uint32_t epi_picture_case(const struct epi_picture *p, epi_id id)
{
    return epi__idmap_find(&p->case_map, p->cases.rows, p->cases.size, id);
}

uint32_t epi_picture_place(const struct epi_picture *p, epi_id id)
{
    return epi__idmap_find(&p->place_map, p->places.rows, p->places.size, id);
}

epi_id epi_picture_place_id(const struct epi_picture *p, uint32_t place)
{
    return place < p->places.n ? ((const epi_id *)p->places.rows)[place] : (epi_id){0};
}

/* First row of slice `key`, and its length; an index outside has no rows. */
static uint32_t slice(const struct epi_picture *p, const uint32_t *start, uint32_t n_keys,
                      uint32_t key, size_t *ret_n)
{
    EPI_ASSERT(p->sealed);
    *ret_n = key < n_keys ? start[key + 1] - start[key] : 0;
    return key < n_keys ? start[key] : 0;
}

const uint32_t *epi_picture_cases_of_person(const struct epi_picture *p, uint32_t person,
                                            size_t *ret_n)
{
    return p->person_cases + slice(p, p->person_cases_start, p->people.n, person, ret_n);
}

const struct epi_pic_contact *epi_picture_contacts_of_case(const struct epi_picture *p,
                                                           uint32_t cas, size_t *ret_n)
{
    return (const struct epi_pic_contact *)p->contacts.rows +
           slice(p, p->contacts_start, p->cases.n, cas, ret_n);
}

const uint32_t *epi_picture_contacts_of_person(const struct epi_picture *p, uint32_t person,
                                               size_t *ret_n)
{
    return p->person_contacts + slice(p, p->person_contacts_start, p->people.n, person, ret_n);
}

const struct epi_pic_contact *epi_picture_contact(const struct epi_picture *p, uint32_t contact)
{
    EPI_ASSERT(contact < p->contacts.n);
    return (const struct epi_pic_contact *)p->contacts.rows + contact;
}

const struct epi_pic_visit *epi_picture_visits_of_place(const struct epi_picture *p, uint32_t place,
                                                        size_t *ret_n)
{
    return (const struct epi_pic_visit *)p->visits.rows +
           slice(p, p->visits_start, p->places.n, place, ret_n);
}

const uint32_t *epi_picture_visits_of_person(const struct epi_picture *p, uint32_t person,
                                             size_t *ret_n)
{
    return p->person_visits + slice(p, p->person_visits_start, p->people.n, person, ret_n);
}

const struct epi_pic_visit *epi_picture_visit(const struct epi_picture *p, uint32_t visit)
{
    EPI_ASSERT(visit < p->visits.n);
    return (const struct epi_pic_visit *)p->visits.rows + visit;
}

const uint32_t *epi_picture_household(const struct epi_picture *p, epi_id household, size_t *ret_n)
{
    uint32_t h =
        epi__idmap_find(&p->household_map, p->households.rows, p->households.size, household);
    return p->members + slice(p, p->members_start, p->households.n, h, ret_n);
}

const struct epi_pic_dose *epi_picture_doses_of(const struct epi_picture *p, uint32_t person,
                                                size_t *ret_n)
{
    return (const struct epi_pic_dose *)p->doses.rows +
           slice(p, p->doses_start, p->people.n, person, ret_n);
}

/* The first visit of [v, v + n) that starts at or after t. */
static size_t lower_bound(const struct epi_pic_visit *v, size_t n, int64_t t)
{
    size_t lo = 0;
    while (n > 0) {
        size_t half = n / 2;
        if (v[lo + half].from.ms < t) {
            lo += half + 1;
            n -= half + 1;
        } else {
            n = half;
        }
    }
    return lo;
}

const struct epi_pic_visit *epi_picture_visits_around(const struct epi_picture *p, uint32_t place,
                                                      epi_instant from, epi_instant to,
                                                      int64_t open_ms, size_t *ret_n)
{
    size_t n;
    const struct epi_pic_visit *v = epi_picture_visits_of_place(p, place, &n);
    if (n == 0) {
        *ret_n = 0;
        return v;
    }
    int64_t longest = p->longest[place] > open_ms ? p->longest[place] : open_ms;
    int64_t start = from.ms > INT64_MIN + longest ? from.ms - longest : INT64_MIN;
    size_t first = lower_bound(v, n, start);
    *ret_n = lower_bound(v + first, n - first, to.ms);
    return v + first;
}
