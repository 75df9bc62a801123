// SPDX-License-Identifier: AGPL-3.0-or-later
// A reader: one connection kept, one statement per kind, one snapshot for many reads. A read is
// then a descent of the tree and nothing else.
#include "store/sqlite_internal.h"
#include <stdlib.h>

struct reader {
    struct epi_reader base;
    struct epi__conn *c;
    struct epi_arena *a; /* what is bound to the statements */
    bool looking;        /* a snapshot is held */
    sqlite3_stmt *get[]; /* by kind */
};

static struct reader *reader_of(struct epi_reader *r)
{
    return (struct reader *)(void *)r;
}

epi_status epi__sqlite_reader_open(struct epi_store *store, struct epi_reader **ret,
                                   struct epi_err *reterr)
{
    struct epi__sqlite *s = epi__sqlite_of(store);
    size_t bytes = sizeof(struct reader) + s->base.catalogue->n_kinds * sizeof(sqlite3_stmt *);
    struct epi__conn *c;
    EPI_TRY(epi__reader_take(s, &c, reterr));
    struct reader *r = epi_xmalloc(bytes);
    memset(r, 0, bytes);
    r->c = c;
    r->a = epi_arena_new(0);
    *ret = &r->base;
    return EPI_OK;
}

static epi_status prepared(struct reader *r, const struct epi_kind *k, sqlite3_stmt **slot,
                           struct epi_err *reterr)
{
    if (*slot)
        return EPI_OK;
    EPI__SQL_LOCAL(q, r->a);
    epi__sql_get(&q, k, (epi_id){0}, &r->base.scope);
    int rc = sqlite3_prepare_v3(r->c->db, q.b.p, (int)q.b.n, SQLITE_PREPARE_PERSISTENT, slot, NULL);
    if (rc != SQLITE_OK)
        return epi__conn_failed(r->c, rc, reterr);
    for (size_t i = 0; i < q.n; i++)
        epi__bind_value(*slot, (int)i + 1, q.bind[i]);
    return EPI_OK;
}

epi_status epi__sqlite_reader_get(struct epi_reader *base, struct epi_arena *a, uint16_t kind,
                                  epi_id id, struct epi_record **ret, struct epi_err *reterr)
{
    struct reader *r = reader_of(base);
    const struct epi_catalogue *c = base->store->catalogue;
    sqlite3_stmt **stmt = &r->get[kind];
    bool row;
    if (!r->looking) {
        EPI_TRY(epi__conn_fixed_run(r->c, EPI__SQL_other_begin_read, reterr));
        r->looking = true;
    }
    EPI_TRY(prepared(r, &c->kinds[kind], stmt, reterr));
    sqlite3_bind_int64(*stmt, 1, (sqlite3_int64)id.v);
    EPI_TRY(epi__conn_step(r->c, *stmt, &row, reterr));
    if (!row)
        return EPI_FAIL(reterr, EPI_NOT_FOUND, "store.not-found", "%s", c->kinds[kind].name);
    *ret = epi__row_record(a, c, kind, *stmt);
    sqlite3_reset(*stmt);
    return EPI_OK;
}

void epi__sqlite_reader_rest(struct epi_reader *base)
{
    struct reader *r = reader_of(base);
    if (r->looking && !sqlite3_get_autocommit(r->c->db))
        (void)epi__conn_fixed_run(r->c, EPI__SQL_other_commit, NULL);
    r->looking = false;
}

void epi__sqlite_reader_close(struct epi_reader *base)
{
    struct reader *r = reader_of(base);
    epi__sqlite_reader_rest(base);
    for (size_t k = 0; k < base->store->catalogue->n_kinds; k++)
        sqlite3_finalize(r->get[k]);
    epi__reader_give(epi__sqlite_of(base->store), r->c);
    epi_arena_free(r->a);
    free(r);
}
