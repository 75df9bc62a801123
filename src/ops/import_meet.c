// SPDX-License-Identifier: AGPL-3.0-or-later
/* What a row changes: all of a new record, or of a known one what is new. */
#include "ops/import_row.h"

void epi__row_change(struct epi__row *s, struct epi_change *c, const struct epi_record *r,
                     uint64_t base, const struct epi_record *old)
{
    size_t n_fields = s->im->call->app->catalogue->kinds[r->kind].n_fields, n = 0;
    for (size_t f = 0; f < n_fields; f++)
        n += r->v[f].t != EPI_V_NULL;
    *c = (struct epi_change){.kind = r->kind,
                             .id = r->id,
                             .base = base,
                             .sets = EPI_ARRAY(s->piece->a, n, struct epi_set)};
    for (size_t f = 0; f < n_fields; f++)
        if (r->v[f].t != EPI_V_NULL && (!old || !epi_value_eq(r->v[f], old->v[f])))
            c->sets[c->n_sets++] = (struct epi_set){(uint16_t)f, r->v[f]};
}

/* All the row says of a person is known of this one already. */
bool epi__row_nothing_new(struct epi__row *s, epi_id id)
{
    struct epi_record *old;
    struct epi_change c;
    if (id.v >= s->first_new.v ||
        epi_reader_get_any(s->im->reader, s->scratch, EPI_K_PERSON, id, &old, NULL) != EPI_OK)
        return false;
    epi__row_change(s, &c, s->r, old->version, old);
    return c.n_sets == 0;
}

void epi__row_emit(struct epi__row *s, struct epi_change *changes, size_t n)
{
    struct epi__import *im = s->im;
    struct epi_op *op = &s->piece->ops[s->piece->n++];
    *op = epi__op(im->call, "record.import", EPI_NIL);
    op->op_id = epi_opid_numbered(im->space_time, im->space, im->table->row);
    op->device = EPI_S("import");
    op->changes = changes;
    op->n_changes = n;
}

/* Keeps what the row said of a record. The importer's own unit was only a default. */
void epi__row_said(struct epi__row *s, epi_id person)
{
    struct epi_value unit = s->r->v[0];
    if (!s->unit_given)
        s->r->v[0] = EPI_NULLV;
    epi__prints_add(s->im->said, s->r, person, s->im->table->row);
    s->r->v[0] = unit;
}

/* What the row adds to a record that an earlier row of this file made: not readable yet. */
static void change_more(struct epi__row *s, struct epi_change *c, const bool *more)
{
    epi__row_change(s, c, s->r, 1, NULL);
    size_t n = 0;
    for (size_t i = 0; i < c->n_sets; i++)
        if (more[c->sets[i].field])
            c->sets[n++] = c->sets[i];
    c->n_sets = n;
}

/* The change a row makes to a record that is there already, and whose person it is. False when
 * nobody may see the record. */
static bool change_known(struct epi__row *s, epi_id id, const bool *more, enum epi__sure sure,
                         struct epi_change *ret, epi_id *ret_person)
{
    struct epi__import *im = s->im;
    struct epi_record *old;
    if (epi_reader_get_any(im->reader, s->piece->a, im->kind, id, &old, NULL) != EPI_OK)
        return false;
    if (im->kind == EPI_K_PERSON)
        epi__person_change(im, s->piece->a, s->r, old, more, sure, ret);
    else
        epi__row_change(s, ret, s->r, old->version, old);
    if (im->kind == EPI_K_CASE && !ret_person->v)
        *ret_person = epi_v_as_ref(old->v[EPI_CASE_PERSON]);
    return true;
}

/* The same record is there already: nothing new -> duplicate; new values, of it or of its person ->
 * an update; other values than an earlier row of the file -> rejected, since nobody knows which. */
void epi__row_meets(struct epi__row *s, epi_id id, epi_id person, enum epi__sure sure)
{
    struct epi__import *im = s->im;
    struct epi_findings *f = &im->call->findings;
    struct epi__print earlier;
    struct epi_change *c = EPI_ARRAY(s->piece->a, 2, struct epi_change);
    size_t n_fields = im->call->app->catalogue->kinds[im->kind].n_fields;
    bool *more = EPI_ARRAY(s->scratch, n_fields, bool),
         *other = EPI_ARRAY(s->scratch, n_fields, bool);
    size_t n = 0, errors = f->counts[EPI_ERROR];
    s->r->id = id;
    if (!s->unit_given)
        s->r->v[0] = EPI_NULLV; /* the importer's own unit was only a default */
    bool again = epi__prints_find(im->said, s->r, more, other, &earlier);
    if (again && earlier.other) {
        epi_finding_add(f, EPI_ERROR, "import.rows-differ", im->table->row, EPI_NIL,
                        epi_str_printf(s->scratch, "%u", earlier.row),
                        epi__import_names(im, s->scratch, im->kind, other));
        return;
    }
    if (again && id.v >= s->first_new.v) {
        change_more(s, &c[0], more);
        person = earlier.person.v ? earlier.person : person;
    } else if (!change_known(s, id, again ? more : NULL, sure, &c[0], &person)) {
        im->duplicate++;
        return;
    } else if (again && im->kind != EPI_K_PERSON) {
        change_more(s, &c[0], more);
    }
    epi__row_said(s, person);
    bool changed = c[0].n_sets > 0;
    n += changed;
    if (person.v && im->kind != EPI_K_PERSON &&
        epi__import_person(im, s->piece->a, s->p, person, sure, person.v >= s->first_new.v,
                           &c[n])) {
        im->changed_people++;
        n++;
    }
    if (f->counts[EPI_ERROR] != errors)
        return;
    if (!n) {
        im->duplicate++;
        if (again)
            epi_finding_add(f, EPI_WARNING, "import.twice-in-file", im->table->row, EPI_NIL,
                            EPI_NIL, EPI_NIL);
        return;
    }
    if (changed && im->kind != EPI_K_PERSON) {
        memset(other, 0, n_fields * sizeof *other);
        for (size_t i = 0; i < c[0].n_sets; i++)
            other[c[0].sets[i].field] = true;
        epi_finding_add(f, EPI_NOTE, "import.updated", im->table->row, EPI_NIL,
                        epi__import_names(im, s->scratch, im->kind, other), EPI_NIL);
    }
    im->accepted++;
    im->updated++;
    epi__row_emit(s, c, n);
}
