// SPDX-License-Identifier: AGPL-3.0-or-later
/* Records of one kind as CSV, XLSX or JSON: the filters of the list, every field, references by the
 * codes people use, so that the file imports back with no change. Streamed to a file page by page.
 */
#include "exchange/exchange.h"
#include "ops/ops_internal.h"
#include <stdio.h>

#define FIELD_ID UINT16_MAX /* the record's id: by it the file finds back into this base */
struct column {
    uint16_t kind, field; /* of the kind exported, or of its person */
    epi_str name;
};
struct out {
    struct epi_call *call;
    uint16_t kind;
    int person_field; /* -1 = the kind is not about a person */
    struct column columns[160];
    size_t n;
    struct epi_writer *writer; /* CSV, XLSX */
    FILE *json;
    bool any;
};

static void add_columns(struct out *o, uint16_t kind, const char *prefix)
{
    const struct epi_kind *k = &o->call->app->catalogue->kinds[kind];
    bool mask = !epi_may(&o->call->actor, EPI_MAY_PERSON_READ);
    for (uint16_t f = 0; f < k->n_fields && o->n < EPI_COUNT(o->columns) - 1; f++) {
        const struct epi_field *fd = &k->fields[f];
        bool about = fd->type == EPI_T_REF && fd->ref_kind == EPI_K_PERSON;
        if ((fd->flags & (EPI_F_SECRET | EPI_F_SYSTEM)) || (mask && (fd->flags & EPI_F_PERSONAL)) ||
            about || (*prefix && (f == 0 || fd->type == EPI_T_REF)))
            continue;
        o->columns[o->n++] =
            (struct column){kind, f, epi_str_printf(o->call->a, "%s%s", prefix, fd->name)};
    }
}

/* The code people use for a referred record, else its id. */
static epi_str code_of(struct epi_call *call, struct epi_arena *a, uint16_t kind, epi_id id)
{
    const struct epi_kind *k = &call->app->catalogue->kinds[kind];
    struct epi_record *r;
    char text[16];
    if (epi_store_get_any(call->app->store, a, kind, id, &call->actor.scope, &r, NULL) == EPI_OK)
        for (size_t f = 0; f < k->n_fields; f++)
            if ((k->fields[f].flags & EPI_F_LOCAL_KEY) && r->v[f].t == EPI_V_TEXT)
                return r->v[f].s;
    return epi_str_dup(a, epi_str_of(epi_id_text(id, text)));
}

static epi_cell_kind cell_kind(const struct epi_field *f, epi_str text)
{
    if (!text.n)
        return EPI_CELL_EMPTY;
    if (f->type == EPI_T_INT || f->type == EPI_T_REAL)
        return EPI_CELL_NUMBER;
    return f->type == EPI_T_DATE ? EPI_CELL_DATE : EPI_CELL_TEXT;
}

static void write_id(struct out *o, struct epi_jw *w, epi_str name, const struct epi_record *r)
{
    char text[16] = "";
    if (r)
        epi_id_text(r->id, text);
    if (o->writer) {
        epi_writer_cell(o->writer, epi_str_of(text), *text ? EPI_CELL_TEXT : EPI_CELL_EMPTY);
    } else if (*text) {
        epi_jw_keys(w, name);
        epi_jw_textz(w, text);
    }
}

static epi_status write_row(struct out *o, struct epi_arena *a, const struct epi_record *r)
{
    struct epi_call *call = o->call;
    struct epi_record *person = NULL;
    if (o->person_field >= 0)
        (void)!epi_store_get(call->app->store, a, EPI_K_PERSON, epi_v_as_ref(r->v[o->person_field]),
                             &call->actor.scope, &person, NULL);
    EPI_BUF_LOCAL(b, 16u << 20);
    struct epi_jw w = EPI_JW(&b);
    if (o->json)
        epi_jw_object(&w);
    for (size_t c = 0; c < o->n; c++) {
        const struct epi_record *from = o->columns[c].kind == o->kind ? r : person;
        if (o->columns[c].field == FIELD_ID) {
            write_id(o, &w, o->columns[c].name, from);
            continue;
        }
        const struct epi_field *f =
            &call->app->catalogue->kinds[o->columns[c].kind].fields[o->columns[c].field];
        struct epi_value v = from ? from->v[o->columns[c].field] : EPI_NULLV;
        epi_str text = f->type == EPI_T_REF && v.t == EPI_V_INT
                           ? code_of(call, a, f->ref_kind, epi_v_as_ref(v))
                           : epi_value_text(a, f, v);
        if (o->writer) {
            epi_writer_cell(o->writer, text, cell_kind(f, text));
        } else if (text.n) {
            epi_jw_keys(&w, o->columns[c].name);
            if (f->type == EPI_T_REF)
                epi_jw_text(&w, text);
            else
                epi_value_json(&w, f, v);
        }
    }
    if (o->writer)
        return epi_writer_end_row(o->writer, &call->err);
    epi_jw_object_end(&w);
    bool ok = fputs(o->any ? ",\n" : "\n", o->json) >= 0 && fwrite(b.p, 1, b.n, o->json) == b.n;
    o->any = true;
    return ok ? EPI_OK : EPI_FAIL(&call->err, EPI_IO, "export.write", "%s", "");
}

static epi_status write_all(struct out *o, struct epi_query *q)
{
    struct epi_call *call = o->call;
    EPI_ARENA_LOCAL(a);
    size_t rows = 0;
    for (;;) {
        struct epi_page page;
        EPI_TRY(epi_store_find(call->app->store, a, q, &page, &call->err));
        for (size_t i = 0; i < page.n; i++)
            EPI_TRY(write_row(o, a, &page.rows[i]));
        rows += page.n;
        if (!page.more || !page.n)
            break;
        q->has_after = true;
        q->after_id = page.rows[page.n - 1].id;
        q->after_value =
            q->order < 0 ? EPI_NULLV : epi_value_dup(call->a, page.rows[page.n - 1].v[q->order]);
        epi_arena_reset(a);
    }
    epi__audit_read(call, "record.export", call->app->catalogue->kinds[o->kind].name, (epi_id){0},
                    rows);
    return EPI_OK;
}

static epi_status export_json(struct out *o, struct epi_query *q)
{
    o->json = fopen(o->call->out_path, "wb");
    if (!o->json)
        return EPI_FAIL(&o->call->err, EPI_IO, "export.write", "%s", "");
    fputs("[", o->json);
    epi_status s = write_all(o, q);
    bool ok = fputs("\n]\n", o->json) >= 0;
    ok = fclose(o->json) == 0 && ok;
    if (s == EPI_OK && !ok)
        return EPI_FAIL(&o->call->err, EPI_IO, "export.write", "%s", "");
    return s;
}

static epi_status export_table(struct out *o, struct epi_query *q, epi_table_format format)
{
    struct epi_call *call = o->call;
    struct epi_writer_options wo = {
        .format = format, .sheet = epi_str_of(call->app->catalogue->kinds[o->kind].plural)};
    epi_str *names = EPI_ARRAY(call->a, o->n, epi_str);
    for (size_t c = 0; c < o->n; c++)
        names[c] = o->columns[c].name;
    EPI_TRY(epi_writer_open(&o->writer, call->out_path, &wo, names, o->n, &call->err));
    epi_status s = write_all(o, q);
    epi_status closed = epi_writer_close(o->writer, s == EPI_OK ? &call->err : NULL);
    return s != EPI_OK ? s : closed;
}

epi_status epi_do_export(struct epi_call *call)
{
    static const struct {
        const char *word, *type;
    } formats[] = {{"csv", "text/csv; charset=utf-8"},
                   {"xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
                   {"json", "application/json"}};
    struct out o = {.call = call};
    struct epi_query q;
    struct epi_filter filters[EPI_FILTERS_MAX];
    epi_str format = epi_arg(call, "format");
    size_t at = 0;
    EPI_TRY(epi__need(call, EPI_MAY_EXPORT));
    EPI_TRY(epi__kind_arg(call, &o.kind, false));
    if (format.n)
        while (at < EPI_COUNT(formats) && !epi_str_eqz(format, formats[at].word))
            at++;
    if (at == EPI_COUNT(formats))
        return EPI_FAIL(&call->err, EPI_INVALID, "export.format", "%.*s", EPI_FMT(format));
    EPI_TRY(epi__query_args(call, o.kind, &q, filters));
    if (!epi_arg(call, "order").n)
        q.descending = false;
    q.limit = EPI_PAGE_MAX;
    q.want_total = false;
    const struct epi_kind *k = &call->app->catalogue->kinds[o.kind];
    o.person_field = o.kind == EPI_K_PERSON ? -1 : epi_field_find(k, EPI_S("person"));
    o.columns[o.n++] = (struct column){o.kind, FIELD_ID, EPI_S("cordon_id")};
    add_columns(&o, o.kind, "");
    if (o.person_field >= 0) {
        add_columns(&o, EPI_K_PERSON, "person.");
        o.columns[o.n++] = (struct column){EPI_K_PERSON, FIELD_ID, EPI_S("person.cordon_id")};
    }
    call->out_type = formats[at].type;
    call->out_name =
        epi_str_cz(call->a, epi_str_printf(call->a, "%s.%s", k->plural, formats[at].word));
    if (at == 2)
        return export_json(&o, &q);
    return export_table(&o, &q, at == 0 ? EPI_TABLE_CSV : EPI_TABLE_XLSX);
}
