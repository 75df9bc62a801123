// SPDX-License-Identifier: AGPL-3.0-or-later
// Reading the journal, blobs, and the backup.
#include "store/sqlite_internal.h"
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static epi_status row_op(struct epi_arena *a, const struct epi_catalogue *cat, sqlite3_stmt *stmt,
                         struct epi_op *ret, struct epi_err *reterr)
{
    epi_str bytes = epi_str_dup(
        a, (epi_str){sqlite3_column_blob(stmt, 1), (size_t)sqlite3_column_bytes(stmt, 1)});
    EPI_TRY(epi_op_decode(a, cat, bytes, ret, reterr));
    ret->seq = (uint64_t)sqlite3_column_int64(stmt, 0);
    if (sqlite3_column_bytes(stmt, 2) == (int)sizeof ret->hash)
        memcpy(ret->hash, sqlite3_column_blob(stmt, 2), sizeof ret->hash);
    return EPI_OK;
}

struct op_list {
    struct epi_op *list;
    size_t n, cap;
};

static struct epi_op *op_room(struct epi_arena *a, struct op_list *l)
{
    if (l->n == l->cap) {
        size_t cap = l->cap ? l->cap * 2 : 64;
        struct epi_op *more = EPI_ARRAY(a, cap, struct epi_op);
        if (l->n)
            memcpy(more, l->list, l->n * sizeof *more);
        l->list = more;
        l->cap = cap;
    }
    return &l->list[l->n];
}

static epi_status rows_ops(struct epi__conn *c, struct epi_arena *a, sqlite3_stmt *stmt,
                           struct op_list *l, struct epi_err *reterr)
{
    for (;;) {
        bool row;
        EPI_TRY(epi__conn_step(c, stmt, &row, reterr));
        if (!row)
            return EPI_OK;
        epi_status status = row_op(a, c->store->base.catalogue, stmt, op_room(a, l), reterr);
        if (status != EPI_OK) {
            sqlite3_reset(stmt);
            return status;
        }
        l->n++;
    }
}

epi_status epi__sqlite_ops_since(struct epi_store *store, struct epi_arena *a, uint64_t since,
                                 size_t limit, struct epi_op **ret, size_t *ret_n,
                                 struct epi_err *reterr)
{
    struct epi__sqlite *s = epi__sqlite_of(store);
    struct epi__conn *c;
    sqlite3_stmt *stmt;
    struct op_list l = {0};
    EPI_TRY(epi__reader_take(s, &c, reterr));
    epi_status status = epi__conn_fixed(c, EPI__SQL_journal_since, &stmt, reterr);
    if (status == EPI_OK) {
        sqlite3_bind_int64(stmt, 1, since > INT64_MAX ? INT64_MAX : (int64_t)since);
        sqlite3_bind_int64(stmt, 2, limit > INT64_MAX ? INT64_MAX : (int64_t)limit);
        status = rows_ops(c, a, stmt, &l, reterr);
    }
    epi__reader_give(s, c);
    *ret = l.list;
    *ret_n = l.n;
    return status;
}

epi_status epi__sqlite_op(struct epi_store *store, struct epi_arena *a, const epi_opid *id,
                          struct epi_op *ret, struct epi_err *reterr)
{
    struct epi__sqlite *s = epi__sqlite_of(store);
    struct epi__conn *c;
    sqlite3_stmt *stmt;
    struct op_list l = {0};
    EPI_TRY(epi__reader_take(s, &c, reterr));
    epi_status status = epi__conn_fixed(c, EPI__SQL_journal_by_op_id, &stmt, reterr);
    if (status == EPI_OK) {
        sqlite3_bind_blob(stmt, 1, id->b, sizeof id->b, SQLITE_STATIC);
        status = rows_ops(c, a, stmt, &l, reterr);
    }
    epi__reader_give(s, c);
    if (status == EPI_OK && !l.n)
        return EPI_FAIL(reterr, EPI_NOT_FOUND, "store.no-operation", "%s", "");
    if (status == EPI_OK)
        *ret = l.list[0];
    return status;
}

/* Positions of the operations that touched a record: the creating one, then the others. */
static epi_status touches(struct epi__conn *c, struct epi_arena *a, const struct epi_kind *k,
                          epi_id id, int64_t **ret, size_t *ret_n, struct epi_err *reterr)
{
    sqlite3_stmt *stmt;
    bool row;
    size_t n = 0, cap = 64;
    int64_t *seq = EPI_ARRAY(a, cap, int64_t);
    EPI__SQL_LOCAL(q, a);
    epi__sql_get(&q, k, id, &EPI_SCOPE_ALL);
    EPI_TRY(epi__sql_prepare(c, &q, &stmt, reterr));
    EPI_TRY(epi__conn_step(c, stmt, &row, reterr));
    if (row) {
        seq[n++] = sqlite3_column_int64(stmt, 2);
        sqlite3_reset(stmt);
    }
    EPI_TRY(epi__conn_fixed(c, EPI__SQL_journal_touched_by, &stmt, reterr));
    sqlite3_bind_int64(stmt, 1, (int64_t)id.v);
    sqlite3_bind_int(stmt, 2, k->tag);
    for (;;) {
        EPI_TRY(epi__conn_step(c, stmt, &row, reterr));
        if (!row)
            break;
        if (n == cap) {
            int64_t *more = EPI_ARRAY(a, cap * 2, int64_t);
            memcpy(more, seq, n * sizeof *seq);
            seq = more;
            cap *= 2;
        }
        seq[n++] = sqlite3_column_int64(stmt, 0);
    }
    *ret = seq;
    *ret_n = n;
    return EPI_OK;
}

static epi_status history(struct epi__conn *c, struct epi_arena *a, const struct epi_kind *k,
                          epi_id id, struct op_list *l, struct epi_err *reterr)
{
    int64_t *seq;
    size_t n;
    sqlite3_stmt *stmt;
    EPI_TRY(touches(c, a, k, id, &seq, &n, reterr));
    EPI_TRY(epi__conn_fixed(c, EPI__SQL_journal_one, &stmt, reterr));
    for (size_t i = 0; i < n; i++) {
        sqlite3_bind_int64(stmt, 1, seq[i]);
        EPI_TRY(rows_ops(c, a, stmt, l, reterr));
    }
    return EPI_OK;
}

epi_status epi__sqlite_history(struct epi_store *store, struct epi_arena *a, uint16_t kind,
                               epi_id id, struct epi_op **ret, size_t *ret_n,
                               struct epi_err *reterr)
{
    struct epi__sqlite *s = epi__sqlite_of(store);
    struct epi__conn *c;
    struct op_list l = {0};
    EPI_TRY(epi__reader_take(s, &c, reterr));
    epi_status status = history(c, a, &s->base.catalogue->kinds[kind], id, &l, reterr);
    epi__reader_give(s, c);
    *ret = l.list;
    *ret_n = l.n;
    return status;
}

epi_status epi__sqlite_seq_at(struct epi_store *store, epi_instant t, uint64_t *ret,
                              struct epi_err *reterr)
{
    static const enum epi__sql_name steps[] = {EPI__SQL_journal_at_tail, EPI__SQL_journal_at_block};
    struct epi__sqlite *s = epi__sqlite_of(store);
    struct epi__conn *c;
    epi_status status = EPI_OK;
    bool found = false;
    EPI_TRY(epi__reader_take(s, &c, reterr));
    *ret = 0;
    for (size_t i = 0; i < EPI_COUNT(steps) && status == EPI_OK && !found; i++) {
        sqlite3_stmt *stmt;
        bool row;
        status = epi__conn_fixed(c, steps[i], &stmt, reterr);
        if (status != EPI_OK)
            break;
        sqlite3_bind_int64(stmt, 1, t.ms);
        status = epi__conn_step(c, stmt, &row, reterr);
        if (status == EPI_OK && row) {
            found = sqlite3_column_type(stmt, 0) == SQLITE_INTEGER;
            *ret = (uint64_t)sqlite3_column_int64(stmt, 0);
            sqlite3_reset(stmt);
        }
    }
    epi__reader_give(s, c);
    return status;
}

static epi_status blob_read(struct epi__conn *c, struct epi_arena *a, const uint8_t name[32],
                            epi_str *ret, bool *ret_found, struct epi_err *reterr)
{
    sqlite3_stmt *stmt;
    bool row;
    EPI_TRY(epi__conn_fixed(c, EPI__SQL_other_blob_size, &stmt, reterr));
    sqlite3_bind_blob(stmt, 1, name, 32, SQLITE_STATIC);
    EPI_TRY(epi__conn_step(c, stmt, &row, reterr));
    *ret_found = row && sqlite3_column_type(stmt, 0) == SQLITE_INTEGER;
    size_t size = *ret_found ? (size_t)sqlite3_column_int64(stmt, 0) : 0, at = 0;
    sqlite3_reset(stmt);
    if (!*ret_found)
        return EPI_OK;
    char *out = epi_arena_take(a, size);
    EPI_TRY(epi__conn_fixed(c, EPI__SQL_other_blob_parts, &stmt, reterr));
    sqlite3_bind_blob(stmt, 1, name, 32, SQLITE_STATIC);
    for (;;) {
        EPI_TRY(epi__conn_step(c, stmt, &row, reterr));
        if (!row)
            break;
        size_t n = (size_t)sqlite3_column_bytes(stmt, 0);
        EPI_ASSERT(n <= size - at);
        if (n)
            memcpy(out + at, sqlite3_column_blob(stmt, 0), n);
        at += n;
    }
    *ret = (epi_str){out, at};
    return EPI_OK;
}

epi_status epi__sqlite_blob_get(struct epi_store *store, struct epi_arena *a,
                                const uint8_t name[32], epi_str *ret, struct epi_err *reterr)
{
    struct epi__sqlite *s = epi__sqlite_of(store);
    struct epi__conn *c;
    bool found = false;
    EPI_TRY(epi__reader_take(s, &c, reterr));
    epi_status status = epi__conn_fixed_run(c, EPI__SQL_other_begin_read, reterr);
    if (status == EPI_OK)
        status = blob_read(c, a, name, ret, &found, reterr);
    if (!sqlite3_get_autocommit(c->db))
        (void)epi__conn_fixed_run(c, EPI__SQL_other_commit, NULL);
    epi__reader_give(s, c);
    if (status == EPI_OK && !found)
        return EPI_FAIL(reterr, EPI_NOT_FOUND, "store.no-blob", "%s", "");
    return status;
}

/* --- backup
 * ---------------------------------------------------------------------------------------------------
 */
#define BACKUP_PAGES 2048

/* Copies through the writer connection, a piece at a time; writes made between two pieces go into
 * the copy too, because they come through the same connection. */
static int copy_pages(struct epi__sqlite *s, sqlite3 *to)
{
    epi__lead(s);
    sqlite3_backup *b = sqlite3_backup_init(to, "main", s->writer->db, "main");
    int rc = b ? SQLITE_OK : sqlite3_errcode(to);
    while (rc == SQLITE_OK) {
        rc = sqlite3_backup_step(b, BACKUP_PAGES);
        if (rc == SQLITE_OK) {
            epi__lead_end(s);
            epi__lead(s);
        }
    }
    int end = b ? sqlite3_backup_finish(b) : rc;
    epi__lead_end(s);
    return rc == SQLITE_DONE ? end : rc;
}

static bool sync_path(const char *path, int flags)
{
    int fd = open(path, flags | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool ok = fsync(fd) == 0;
    close(fd);
    return ok;
}

epi_status epi__sqlite_backup(struct epi_store *store, const char *to_path, struct epi_err *reterr)
{
    struct epi__sqlite *s = epi__sqlite_of(store);
    if (s->read_only)
        return EPI_FAIL(reterr, EPI_DENIED, "store.read-only", "%s", s->path);
    EPI_ARENA_LOCAL(a);
    const char *part = epi_str_cz(a, epi_str_printf(a, "%s.part", to_path));
    sqlite3 *to = NULL;
    (void)unlink(part);
    int rc = sqlite3_open_v2(part, &to, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL);
    if (rc == SQLITE_OK)
        rc = copy_pages(s, to);
    sqlite3_close(to);
    if (rc != SQLITE_OK || !sync_path(part, O_RDONLY) || rename(part, to_path) != 0) {
        (void)unlink(part);
        return EPI_FAIL(reterr, EPI_IO, "store.backup-failed", "%s", to_path);
    }
    const char *slash = strrchr(to_path, '/');
    epi_str dir = slash ? (epi_str){to_path, (size_t)(slash - to_path) + 1} : EPI_S(".");
    if (!sync_path(epi_str_cz(a, dir), O_RDONLY | O_DIRECTORY))
        return EPI_FAIL(reterr, EPI_IO, "store.backup-failed", "%s", to_path);
    return EPI_OK;
}
