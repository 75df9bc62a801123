// SPDX-License-Identifier: AGPL-3.0-or-later
#include "picture/picture_internal.h"
#include <stdlib.h>

struct epi_picture *epi_picture_new(epi_date as_of, int utc_offset)
{
    struct epi_picture *p = epi_xmalloc(sizeof *p);
    memset(p, 0, sizeof *p);
    p->as_of = as_of;
    p->utc_offset = utc_offset;
    p->people.size = sizeof(struct epi_pic_person);
    p->cases.size = sizeof(struct epi_pic_case);
    p->contacts.size = sizeof(struct epi_pic_contact);
    p->visits.size = sizeof(struct epi_pic_visit);
    p->doses.size = sizeof(struct epi_pic_dose);
    p->places.size = sizeof(epi_id);
    p->households.size = sizeof(epi_id);
    return p;
}

void epi_picture_free(struct epi_picture *p)
{
    if (!p)
        return;
    void *held[] = {p->people.rows,
                    p->cases.rows,
                    p->contacts.rows,
                    p->visits.rows,
                    p->doses.rows,
                    p->places.rows,
                    p->households.rows,
                    p->person_map.slot,
                    p->case_map.slot,
                    p->place_map.slot,
                    p->household_map.slot,
                    p->person_cases,
                    p->person_cases_start,
                    p->contacts_start,
                    p->person_contacts,
                    p->person_contacts_start,
                    p->visits_start,
                    p->person_visits,
                    p->person_visits_start,
                    p->doses_start,
                    p->members,
                    p->members_start,
                    p->longest};
    for (size_t i = 0; i < EPI_COUNT(held); i++)
        free(held[i]);
    free(p);
}

static bool after(epi_date d, epi_date day)
{
    return epi_date_known(d) && epi_date_known(day) && d.d > day.d;
}

static epi_date known_by(epi_date d, epi_date day)
{
    return after(d, day) ? EPI_DATE_UNKNOWN : d;
}

static uint32_t person_row(struct epi_picture *p, epi_id id)
{
    uint32_t i = epi__idmap_find(&p->person_map, p->people.rows, p->people.size, id);
    if (i != EPI_NO_INDEX)
        return i;
    struct epi_pic_person *row = epi__table_push(&p->people);
    row->id = id;
    row->birth = EPI_DATE_UNKNOWN;
    row->unit = -1;
    row->first_case = EPI_NO_INDEX;
    epi__idmap_put(&p->person_map, p->people.rows, p->people.size, p->people.n - 1);
    return p->people.n - 1;
}

static uint32_t place_row(struct epi_picture *p, epi_id id)
{
    uint32_t i = epi__idmap_find(&p->place_map, p->places.rows, p->places.size, id);
    if (i != EPI_NO_INDEX)
        return i;
    *(epi_id *)epi__table_push(&p->places) = id;
    epi__idmap_put(&p->place_map, p->places.rows, p->places.size, p->places.n - 1);
    return p->places.n - 1;
}

static uint32_t case_row(struct epi_picture *p, epi_id id)
{
    uint32_t i = epi__idmap_find(&p->case_map, p->cases.rows, p->cases.size, id);
    if (i != EPI_NO_INDEX)
        return i;
    struct epi_pic_case *row = epi__table_push(&p->cases);
    row->id = id;
    row->person = EPI__MENTIONED;
    epi__idmap_put(&p->case_map, p->cases.rows, p->cases.size, p->cases.n - 1);
    return p->cases.n - 1;
}

struct target {
    const struct epi__idmap *map;
    const struct epi__table *table;
};

static struct target target_of(const struct epi_picture *p, epi__target t)
{
    switch (t) {
    case EPI__PERSON:
        return (struct target){&p->person_map, &p->people};
    case EPI__PLACE:
        return (struct target){&p->place_map, &p->places};
    case EPI__CASE:
        return (struct target){&p->case_map, &p->cases};
    }
    return (struct target){NULL, NULL};
}

static uint32_t row_for(struct epi_picture *p, epi__target t, epi_id id)
{
    switch (t) {
    case EPI__PERSON:
        return person_row(p, id);
    case EPI__PLACE:
        return place_row(p, id);
    case EPI__CASE:
        return case_row(p, id);
    }
    return EPI_NO_INDEX;
}

void epi__resolve(struct epi_picture *p)
{
    for (size_t i = 0; i < p->n_waiting; i++) {
        struct target t = target_of(p, p->waiting[i].target);
        epi__idmap_prefetch_row(t.map, t.table->rows, t.table->size, p->waiting[i].id);
    }
    for (size_t i = 0; i < p->n_waiting; i++) {
        const struct epi__waiting *w = &p->waiting[i];
        uint32_t index = row_for(p, w->target, w->id);
        memcpy((char *)w->table->rows + (size_t)w->row * w->table->size + w->offset, &index,
               sizeof index);
    }
    p->n_waiting = 0;
}

/* Puts the index of `id` into the last row of `table`, soon. */
static void look_up(struct epi_picture *p, epi__target t, epi_id id, struct epi__table *table,
                    size_t offset)
{
    if (p->n_waiting == EPI__WAITING_MAX)
        epi__resolve(p);
    epi__idmap_prefetch_slot(target_of(p, t).map, id);
    p->waiting[p->n_waiting++] =
        (struct epi__waiting){id, table, table->n - 1, (uint32_t)offset, t};
}

void epi_picture_add_person(struct epi_picture *p, epi_id id, epi_id household, epi_date birth,
                            int32_t unit)
{
    EPI_ASSERT(!p->sealed);
    if (id.v == 0) {
        p->nameless++;
        return;
    }
    uint32_t at = person_row(p, id); /* may move the table */
    struct epi_pic_person *row = (struct epi_pic_person *)p->people.rows + at;
    row->household = household;
    row->birth = birth;
    row->unit = unit;
}

void epi_picture_add_case(struct epi_picture *p, const struct epi_pic_case *c, epi_id person)
{
    EPI_ASSERT(!p->sealed);
    epi_date begins = epi_date_known(c->reported)  ? c->reported
                      : epi_date_known(c->sampled) ? c->sampled
                                                   : c->onset;
    if (c->id.v == 0 || after(begins, p->as_of)) {
        *(c->id.v == 0 ? &p->nameless : &p->later) += 1;
        return;
    }
    uint32_t who = person.v ? person_row(p, person) : EPI_NO_INDEX;
    uint32_t at = case_row(p, c->id);
    struct epi_pic_case *row = (struct epi_pic_case *)p->cases.rows + at;
    *row = *c;
    row->person = who;
    row->isolated = known_by(c->isolated, p->as_of);
    if (after(c->outcome_date, p->as_of)) {
        row->outcome_date = EPI_DATE_UNKNOWN;
        row->outcome = EPI_NO_WORD;
    }
}

void epi_picture_add_contact(struct epi_picture *p, const struct epi_pic_contact *c, epi_id cas,
                             epi_id person, epi_id place)
{
    EPI_ASSERT(!p->sealed);
    epi_date begins = epi_date_known(c->first) ? c->first : c->last;
    bool nameless = cas.v == 0 || person.v == 0;
    if (nameless || after(begins, p->as_of)) {
        *(nameless ? &p->nameless : &p->later) += 1;
        return;
    }
    struct epi_pic_contact *row = epi__table_push(&p->contacts);
    *row = *c;
    row->place = EPI_NO_INDEX;
    row->isolated = known_by(c->isolated, p->as_of);
    if (after(c->last, p->as_of))
        row->last = p->as_of;
    look_up(p, EPI__CASE, cas, &p->contacts, offsetof(struct epi_pic_contact, cas));
    look_up(p, EPI__PERSON, person, &p->contacts, offsetof(struct epi_pic_contact, person));
    if (place.v)
        look_up(p, EPI__PLACE, place, &p->contacts, offsetof(struct epi_pic_contact, place));
}

void epi_picture_add_visit(struct epi_picture *p, const struct epi_pic_visit *v, epi_id person,
                           epi_id place)
{
    EPI_ASSERT(!p->sealed);
    bool nameless = person.v == 0 || place.v == 0 || !epi_instant_known(v->from);
    if (nameless || after(epi_instant_date(v->from, p->utc_offset), p->as_of)) {
        *(nameless ? &p->nameless : &p->later) += 1;
        return;
    }
    struct epi_pic_visit *row = epi__table_push(&p->visits);
    *row = *v;
    look_up(p, EPI__PERSON, person, &p->visits, offsetof(struct epi_pic_visit, person));
    look_up(p, EPI__PLACE, place, &p->visits, offsetof(struct epi_pic_visit, place));
}

void epi_picture_add_dose(struct epi_picture *p, const struct epi_pic_dose *d, epi_id person)
{
    EPI_ASSERT(!p->sealed);
    if (person.v == 0 || after(d->given, p->as_of)) {
        *(person.v == 0 ? &p->nameless : &p->later) += 1;
        return;
    }
    struct epi_pic_dose *row = epi__table_push(&p->doses);
    *row = *d;
    look_up(p, EPI__PERSON, person, &p->doses, offsetof(struct epi_pic_dose, person));
}
