// SPDX-License-Identifier: AGPL-3.0-or-later
/* Cells of a row to values of its record and of its person. */
#include "ops/import_row.h"

void epi__row_error(struct epi__row *s, const char *code, const char *field, epi_str arg)
{
    epi_finding_add(&s->im->call->findings, EPI_ERROR, code, s->im->table->row, epi_str_of(field),
                    arg, EPI_NIL);
}

static bool unit_path(struct epi__row *s, epi_str text, epi_str *ret)
{
    uint64_t h = epi_str_hash(text);
    const struct epi_units *units = s->im->call->app->units;
    size_t at = h % EPI_COUNT(s->unit_memo), n;
    if (s->unit_memo[at].hash != h) {
        int32_t u = epi_units_resolve(units, text, EPI_DATE_UNKNOWN, &n);
        s->unit_memo[at].hash = h;
        s->unit_memo[at].known = u >= 0 && n == 1;
        s->unit_memo[at].path = u >= 0 ? epi_units_at(units, u)->path : EPI_NIL;
    }
    *ret = s->unit_memo[at].path;
    return s->unit_memo[at].known;
}

/* A record of this base that the importer may see; any other id means nothing here. */
static bool is_here(struct epi__row *s, uint16_t kind, epi_id id)
{
    struct epi_record *r;
    struct epi_arena_mark mark = epi_arena_mark(s->scratch);
    bool here =
        epi_reader_get_any(s->im->reader, s->scratch, kind, id, &r, NULL) == EPI_OK && !r->removed;
    epi_arena_release(s->scratch, mark);
    return here;
}

static void read_id(struct epi__row *s, uint16_t kind, epi_str text)
{
    epi_id id;
    if (text.n != 13 || !epi_id_parse(text, &id) || !is_here(s, kind, id))
        return;
    if (kind == s->im->kind)
        s->row_id = id;
    else
        s->person_id = id;
}

void epi__row_read(struct epi__row *s)
{
    struct epi__import *im = s->im;
    const struct epi_catalogue *c = im->call->app->catalogue;
    memset(s->r->v, 0, c->kinds[im->kind].n_fields * sizeof *s->r->v);
    memset(s->p->v, 0, c->kinds[EPI_K_PERSON].n_fields * sizeof *s->p->v);
    epi_arena_reset(s->scratch);
    s->row_id = s->person_id = (epi_id){0};
    for (size_t col = 0; col < im->table->n_columns; col++) {
        struct epi_value v;
        int target = im->mapping->columns[col].target;
        if (target >= 0 && im->fields[target].field == EPI__FIELD_ID)
            read_id(s, im->fields[target].kind, epi_str_trim(im->table->fields[col]));
        if (!im->readers[col] || !im->table->fields[col].n)
            continue;
        struct epi__target t = im->fields[target];
        if (!epi_exchange_cell(s->scratch, im->readers[col], im->table->fields[col],
                               im->table->kinds[col], im->table->row, &v, &im->call->findings))
            continue;
        struct epi_record *into = t.kind == im->kind ? s->r : s->p;
        into->v[t.field] = epi_value_dup(s->piece->a, v);
    }
}

/* Units by any name, references by code; both come as text. */
void epi__row_units(struct epi__row *s, const struct epi_kind *k)
{
    for (size_t f = 0; f < k->n_fields; f++) {
        epi_str path, text = epi_v_as_text(s->r->v[f]);
        if (k->fields[f].type != EPI_T_UNIT || !text.n)
            continue;
        if (unit_path(s, text, &path))
            s->r->v[f] = epi_v_text(path);
        else
            epi__row_error(s, path.n ? "import.unit-ambiguous" : "field.not-a-unit",
                           k->fields[f].name, text);
    }
    struct epi_value *unit = &s->r->v[0];
    s->unit_given = unit->t != EPI_V_NULL;
    if (!s->unit_given)
        *unit = epi_v_text(s->im->default_unit);
    if (unit->t == EPI_V_TEXT && !epi_scope_has(&s->im->call->actor.scope, unit->s))
        epi__row_error(s, "import.outside-jurisdiction", "unit", unit->s);
}

void epi__row_refs(struct epi__row *s, const struct epi_kind *k)
{
    for (size_t f = 0; f < k->n_fields; f++) {
        epi_id id = {0};
        epi_str text = epi_v_as_text(s->r->v[f]);
        if (k->fields[f].type != EPI_T_REF || !text.n)
            continue;
        id = epi__keys_code(s->im->keys, k->fields[f].ref_kind, text);
        if (!id.v &&
            !(text.n == 13 && epi_id_parse(text, &id) && is_here(s, k->fields[f].ref_kind, id)))
            id.v = 0;
        if (!id.v)
            epi__row_error(s, "import.no-such-code", k->fields[f].name, text);
        s->r->v[f] = epi_v_ref(id);
    }
}
