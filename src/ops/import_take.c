// SPDX-License-Identifier: AGPL-3.0-or-later
/* Who a row is about, whether its record is known, and what becomes of it. */
#include "ops/import_row.h"

static bool names_somebody(const struct epi_record *p)
{
    return p->v[EPI_PERSON_NAME].t || p->v[EPI_PERSON_DOCUMENT].t || p->v[EPI_PERSON_CODE].t ||
           p->v[EPI_PERSON_PHONE].t;
}

/* A person code that no person has, but a case has, means the person of that case. */
static epi_id person_of_case(struct epi__row *s, epi_str code)
{
    struct epi_record *c;
    epi_id id = epi__keys_code(s->im->keys, EPI_K_CASE, code);
    if (!id.v || id.v >= s->first_new.v)
        return (epi_id){0};
    struct epi_arena_mark mark = epi_arena_mark(s->scratch);
    epi_id person = {0};
    if (epi_reader_get_any(s->im->reader, s->scratch, EPI_K_CASE, id, &c, NULL) == EPI_OK)
        person = epi_v_as_ref(c->v[EPI_CASE_PERSON]);
    epi_arena_release(s->scratch, mark);
    return person;
}

/* The person the row is about: known, or new (then *ret_new). Somebody who is only likely the same
 * is taken for the same when this very event was known of them before this import: the same list
 * came in already. */
static epi_id find_person(struct epi__row *s, uint16_t person_field, bool *ret_new,
                          enum epi__sure *ret_sure)
{
    struct epi__import *im = s->im;
    struct epi_match m[3];
    *ret_new = false;
    *ret_sure = EPI__SURE;
    if (s->person_id.v)
        return s->person_id;
    epi_id by_case = person_of_case(s, epi_v_as_text(s->p->v[EPI_PERSON_CODE]));
    if (by_case.v) {
        *ret_sure = EPI__BY_CASE;
        return by_case;
    }
    struct epi_identity who;
    epi__identity_of(s->scratch, s->p, &who);
    size_t n = epi_identity_find(im->people, &who, m, 3);
    *ret_sure = epi__sure_of(n ? m : NULL);
    if (n && m[0].outcome == EPI_MATCH_SAME)
        return im->people_ids[m[0].who];
    for (size_t i = 0; i < n; i++) {
        s->r->v[person_field] = epi_v_ref(im->people_ids[m[i].who]);
        epi_id event = epi__keys_same(im->keys, s->r);
        if (event.v && event.v < s->first_new.v)
            return im->people_ids[m[i].who];
    }
    if (n)
        epi_finding_add(&im->call->findings, EPI_WARNING, "import.person-likely-known",
                        im->table->row, EPI_S("person"),
                        epi_match_reasons(s->scratch, m[0].reasons), EPI_NIL);
    *ret_new = true;
    return epi_ids_next(im->call->app->ids);
}

static bool about_person(const struct epi__import *im, uint16_t *ret_field)
{
    const struct epi_kind *k = &im->call->app->catalogue->kinds[im->kind];
    int f = epi_field_find(k, EPI_S("person"));
    *ret_field = (uint16_t)(f < 0 ? 0 : f);
    return f >= 0;
}

void epi__row_take(struct epi__row *s)
{
    struct epi__import *im = s->im;
    struct epi_call *call = im->call;
    const struct epi_kind *k = &call->app->catalogue->kinds[im->kind];
    struct epi_change *changes = EPI_ARRAY(s->piece->a, 2, struct epi_change);
    bool new_person = false;
    enum epi__sure sure = EPI__SURE;
    epi_id person = {0};
    uint16_t person_field;
    size_t n = 0, errors = call->findings.counts[EPI_ERROR];
    epi__row_units(s, k);
    epi__row_refs(s, k);
    if (call->findings.counts[EPI_ERROR] != errors)
        return;
    if (im->kind == EPI_K_CASE && s->r->v[EPI_CASE_DISEASE].t == EPI_V_NULL)
        s->r->v[EPI_CASE_DISEASE] = epi_v_text(im->disease);
    epi_id known = s->row_id;
    if (known.v) {
        /* said by the file itself */
    } else if (about_person(im, &person_field)) {
        s->p->v[0] = s->r->v[0];
        int code = im->kind == EPI_K_CASE ? EPI_CASE_CODE : -1;
        known = code >= 0 && s->r->v[code].t == EPI_V_TEXT ? epi__keys_same(im->keys, s->r)
                                                           : (epi_id){0};
        if (known.v)
            sure = EPI__BY_CASE;
        else if (!names_somebody(s->p) &&
                 code >= 0) /* a line list without names: the case's code names the person */
            s->p->v[EPI_PERSON_CODE] = s->r->v[code];
        if (!known.v && !s->person_id.v && !names_somebody(s->p) &&
            (k->fields[person_field].flags & EPI_F_REQUIRED)) {
            epi__row_error(s, "import.nobody-named", "person", EPI_NIL);
            return;
        }
        if (!known.v && (s->person_id.v || names_somebody(s->p))) {
            s->p->id = person = find_person(s, person_field, &new_person, &sure);
            s->r->v[person_field] = epi_v_ref(s->p->id);
            if (new_person &&
                !epi_record_check(call->app->catalogue, s->p, epi_app_today(call->app),
                                  im->table->row, NULL, &call->findings))
                return;
        }
    } else if (im->kind == EPI_K_PERSON) {
        struct epi_match m;
        struct epi_identity who;
        epi__identity_of(s->scratch, s->r, &who);
        if (epi_identity_find(im->people, &who, &m, 1) &&
            (m.outcome == EPI_MATCH_SAME || epi__row_nothing_new(s, im->people_ids[m.who])))
            known = im->people_ids[m.who];
        sure = epi__sure_of(known.v ? &m : NULL);
    }
    /* an update carries some fields only: what the row leaves out is not missing */
    bool *only = known.v ? s->given : NULL;
    for (size_t f = 0; f < k->n_fields; f++)
        s->given[f] = s->r->v[f].t != EPI_V_NULL;
    if (!epi_record_check(call->app->catalogue, s->r, epi_app_today(call->app), im->table->row,
                          only, &call->findings))
        return;
    if (!known.v && im->kind != EPI_K_PERSON)
        known = epi__keys_same(im->keys, s->r);
    if (known.v) {
        epi__row_meets(s, known, person, sure);
        return;
    }
    s->r->id = epi_ids_next(call->app->ids);
    if (new_person) {
        epi__row_change(s, &changes[n++], s->p, 0, NULL);
        epi__people_add(im, s->scratch, s->p);
        epi__prints_add(im->said_people, s->p, (epi_id){0}, im->table->row);
        im->new_people++;
    } else if (person.v) {
        errors = call->findings.counts[EPI_ERROR];
        if (epi__import_person(im, s->piece->a, s->p, person, sure, person.v >= s->first_new.v,
                               &changes[n])) {
            im->changed_people++;
            n++;
        }
        if (call->findings.counts[EPI_ERROR] != errors)
            return;
    }
    epi__row_said(s, person);
    epi__row_change(s, &changes[n++], s->r, 0, NULL);
    epi__keys_add(im->keys, s->r);
    if (im->kind == EPI_K_PERSON)
        epi__people_add(im, s->scratch, s->r);
    im->accepted++;
    epi__row_emit(s, changes, n);
}
