// SPDX-License-Identifier: AGPL-3.0-or-later
// New rows wait here and are put many at a time: one statement over a thousand rows opens each
// table and index once, and the rows of a load, whose keys rise, find their place without a
// search. What waits is put before anything is read through the writer connection and at the end of
// each callback, so nobody ever sees the difference.
//
// _pending is a table-valued view of the rows that wait for one table. It lives in memory, on the
// writer connection only, and cannot be named by anything stored.
#include "store/sqlite_internal.h"
#include <stdlib.h>

#define ROWS_MAX ((size_t)512)
#define BYTES_MAX ((size_t)2 << 20)

struct row_list {
    void **row;
    size_t n, cap;
};
struct journal_row {
    int64_t seq, server_time;
    epi_opid op_id;
    epi_str bytes;
    uint8_t hash[32];
};
struct epi__pending {
    struct epi_arena *a; /* of what waits */
    size_t n;
    struct row_list ops;   /* of struct journal_row */
    struct row_list *kind; /* of struct epi_record */
    size_t n_kinds;
    /* what _pending shows now */
    const struct row_list *shown;
    const struct epi_kind *shown_kind; /* NULL = the journal */
};

/* --- the view
 * ------------------------------------------------------------------------------------------------
 */
struct view {
    sqlite3_vtab base;
    struct epi__pending *p;
};
struct view_cursor {
    sqlite3_vtab_cursor base;
    size_t at;
};

static int view_connect(sqlite3 *db, void *aux, int argc, const char *const *argv,
                        sqlite3_vtab **ret, char **ret_message)
{
    (void)argc;
    (void)argv;
    (void)ret_message;
    int rc = sqlite3_declare_vtab(db, epi__sql_text(EPI__SQL_schema_pending));
    if (rc != SQLITE_OK)
        return rc;
    struct view *v = epi_xmalloc(sizeof *v);
    *v = (struct view){.p = aux};
    *ret = &v->base;
    return SQLITE_OK;
}

static int view_disconnect(sqlite3_vtab *base)
{
    free(base);
    return SQLITE_OK;
}

static int view_plan(sqlite3_vtab *base, sqlite3_index_info *info)
{
    (void)base;
    info->estimatedCost = 1e6;
    return SQLITE_OK;
}

static int view_open(sqlite3_vtab *base, sqlite3_vtab_cursor **ret)
{
    (void)base;
    struct view_cursor *c = epi_xmalloc(sizeof *c);
    *c = (struct view_cursor){.at = 0};
    *ret = &c->base;
    return SQLITE_OK;
}

static int view_close(sqlite3_vtab_cursor *base)
{
    free(base);
    return SQLITE_OK;
}

static struct view_cursor *cursor_of(sqlite3_vtab_cursor *base)
{
    return (struct view_cursor *)(void *)base;
}

static const struct epi__pending *pending_of(const sqlite3_vtab_cursor *base)
{
    return ((const struct view *)(const void *)base->pVtab)->p;
}

static int view_filter(sqlite3_vtab_cursor *base, int plan, const char *text, int argc,
                       sqlite3_value **argv)
{
    (void)plan;
    (void)text;
    (void)argc;
    (void)argv;
    cursor_of(base)->at = 0;
    return SQLITE_OK;
}

static int view_next(sqlite3_vtab_cursor *base)
{
    cursor_of(base)->at++;
    return SQLITE_OK;
}

static int view_eof(sqlite3_vtab_cursor *base)
{
    return cursor_of(base)->at >= pending_of(base)->shown->n;
}

static int view_rowid(sqlite3_vtab_cursor *base, sqlite3_int64 *ret)
{
    *ret = (sqlite3_int64)cursor_of(base)->at;
    return SQLITE_OK;
}

static void give_op(sqlite3_context *out, const struct journal_row *op, int column)
{
    switch (column) {
    case 0:
        sqlite3_result_int64(out, op->seq);
        break;
    case 1:
        sqlite3_result_blob(out, op->op_id.b, sizeof op->op_id.b, SQLITE_STATIC);
        break;
    case 2:
        sqlite3_result_int64(out, op->server_time);
        break;
    case 3:
        sqlite3_result_blob64(out, op->bytes.p, op->bytes.n, SQLITE_STATIC);
        break;
    default:
        sqlite3_result_blob(out, op->hash, sizeof op->hash, SQLITE_STATIC);
        break;
    }
}

static void give_value(sqlite3_context *out, struct epi_value v)
{
    switch (v.t) {
    case EPI_V_NULL:
        break;
    case EPI_V_INT:
        sqlite3_result_int64(out, v.i);
        break;
    case EPI_V_REAL:
        sqlite3_result_double(out, v.f);
        break;
    case EPI_V_TEXT:
        if (v.s.n)
            sqlite3_result_text64(out, v.s.p, v.s.n, SQLITE_STATIC, SQLITE_UTF8);
        break;
    }
}

static int view_column(sqlite3_vtab_cursor *base, sqlite3_context *out, int column)
{
    const struct epi__pending *p = pending_of(base);
    const void *row = p->shown->row[cursor_of(base)->at];
    const struct epi_record *r = row;
    if (!p->shown_kind)
        give_op(out, row, column);
    else if (column == 0)
        sqlite3_result_int64(out, (sqlite3_int64)r->id.v);
    else if (column == 1 || column == 2) /* version and the operation that created it */
        sqlite3_result_int64(out, (sqlite3_int64)r->version);
    else if (column == 3)
        sqlite3_result_int(out, r->removed);
    else if ((size_t)column < p->shown_kind->n_fields + EPI__SYSTEM_COLUMNS)
        give_value(out, r->v[column - EPI__SYSTEM_COLUMNS]);
    return SQLITE_OK;
}

static const sqlite3_module view_module = {
    .iVersion = 1, /* without xCreate it is there without being created, and cannot be */
    .xConnect = view_connect,
    .xBestIndex = view_plan,
    .xDisconnect = view_disconnect,
    .xOpen = view_open,
    .xClose = view_close,
    .xFilter = view_filter,
    .xNext = view_next,
    .xEof = view_eof,
    .xColumn = view_column,
    .xRowid = view_rowid,
};

/* --- waiting
 * -------------------------------------------------------------------------------------------------
 */
struct epi__pending *epi__pending_new(const struct epi_catalogue *c)
{
    struct epi__pending *p = epi_xmalloc(sizeof *p);
    *p = (struct epi__pending){.a = epi_arena_new(0), .n_kinds = c->n_kinds};
    p->kind = epi_xmalloc(c->n_kinds * sizeof *p->kind);
    memset(p->kind, 0, c->n_kinds * sizeof *p->kind);
    for (size_t k = 0; k < c->n_kinds; k++)
        EPI_ASSERT(c->kinds[k].n_fields + EPI__SYSTEM_COLUMNS <= EPI__PENDING_COLUMNS);
    return p;
}

void epi__pending_free(struct epi__pending *p)
{
    if (!p)
        return;
    for (size_t k = 0; k < p->n_kinds; k++)
        free(p->kind[k].row);
    free(p->ops.row);
    free(p->kind);
    epi_arena_free(p->a);
    free(p);
}

int epi__pending_module(struct epi__pending *p, sqlite3 *db)
{
    return sqlite3_create_module(db, "_pending", &view_module, p);
}

void epi__pending_drop(struct epi__pending *p)
{
    p->ops.n = 0;
    for (size_t k = 0; k < p->n_kinds; k++)
        p->kind[k].n = 0;
    p->n = 0;
    epi_arena_reset(p->a);
}

static void list_add(struct row_list *l, void *row)
{
    if (l->n == l->cap) {
        l->cap = l->cap ? l->cap * 2 : 64;
        l->row = epi_xrealloc(l->row, l->cap * sizeof *l->row);
    }
    l->row[l->n++] = row;
}

static epi_status full(struct epi__sqlite *s, struct epi_err *reterr)
{
    struct epi__pending *p = s->pending;
    return p->n >= ROWS_MAX || epi_arena_used(p->a) >= BYTES_MAX ? epi__pending_put(s, reterr)
                                                                 : EPI_OK;
}

epi_status epi__pending_op(struct epi__sqlite *s, uint64_t seq, const struct epi_op *op,
                           epi_str bytes, const uint8_t hash[32], struct epi_err *reterr)
{
    struct epi__pending *p = s->pending;
    EPI_TRY(full(s, reterr));
    struct journal_row *row = EPI_NEW(p->a, struct journal_row);
    *row = (struct journal_row){.seq = (int64_t)seq,
                                .server_time = op->server_time.ms,
                                .op_id = op->op_id,
                                .bytes = epi_str_dup(p->a, bytes)};
    memcpy(row->hash, hash, sizeof row->hash);
    list_add(&p->ops, row);
    p->n++;
    return EPI_OK;
}

epi_status epi__pending_record(struct epi__sqlite *s, const struct epi_record *r,
                               struct epi_err *reterr)
{
    struct epi__pending *p = s->pending;
    EPI_TRY(full(s, reterr));
    size_t n_fields = s->base.catalogue->kinds[r->kind].n_fields;
    struct epi_record *row = epi_record_new(p->a, s->base.catalogue, r->kind);
    struct epi_value *v = row->v;
    *row = *r;
    row->v = v;
    for (size_t f = 0; f < n_fields; f++)
        v[f] = epi_value_dup(p->a, r->v[f]);
    list_add(&p->kind[r->kind], row);
    p->n++;
    return EPI_OK;
}

/* --- putting
 * -------------------------------------------------------------------------------------------------
 */
static epi_status put_list(struct epi__sqlite *s, struct row_list *l, const struct epi_kind *k,
                           sqlite3_stmt *stmt, struct epi_err *reterr)
{
    s->pending->shown = l;
    s->pending->shown_kind = k;
    epi_status status = epi__conn_run(s->writer, stmt, reterr);
    l->n = 0;
    return status;
}

static epi_status put_all(struct epi__sqlite *s, struct epi_err *reterr)
{
    struct epi__pending *p = s->pending;
    sqlite3_stmt *stmt;
    if (p->ops.n) {
        EPI_TRY(epi__conn_fixed(s->writer, EPI__SQL_journal_insert, &stmt, reterr));
        EPI_TRY(put_list(s, &p->ops, NULL, stmt, reterr));
    }
    for (size_t k = 0; k < p->n_kinds; k++)
        if (p->kind[k].n) {
            const struct epi_kind *kind = &s->base.catalogue->kinds[k];
            EPI_TRY(epi__kept(s, &s->insert[k], epi__sql_insert, kind, reterr));
            EPI_TRY(put_list(s, &p->kind[k], kind, s->insert[k], reterr));
        }
    return EPI_OK;
}

epi_status epi__pending_put(struct epi__sqlite *s, struct epi_err *reterr)
{
    if (!s->pending->n)
        return EPI_OK;
    bool lost = s->lost;
    s->lost = true; /* half a list may be there: the callback cannot go on after a failure */
    epi_status status = put_all(s, reterr);
    if (status == EPI_OK)
        s->lost = lost;
    epi__pending_drop(s->pending);
    return status;
}
