// SPDX-License-Identifier: AGPL-3.0-or-later
// Connections: pragmas, kept statements, the pool of readers, and what a failed call means.
#include "store/sqlite_internal.h"

#define READERS_MAX 16
#define READER_CACHE_KB 3072
#define WRITER_CACHE_KB 40960

static const char *const fixed_text[] = {
#define X(stem, name, text) text,
#include "store_sql.inc"
#undef X
};

const char *epi__sql_text(enum epi__sql_name name)
{
    return fixed_text[name];
}

epi_status epi__conn_failed(struct epi__conn *c, int rc, struct epi_err *reterr)
{
    int code = c->db ? sqlite3_extended_errcode(c->db) : rc;
    if ((code & 0xff) == SQLITE_OK)
        code = rc;
    switch (code & 0xff) {
    case SQLITE_IOERR:
        if (c->writer)
            epi__fatal(c->store, "a disk operation failed", code);
        return EPI_FAIL(reterr, EPI_IO, "store.io", "%d", code);
    case SQLITE_FULL:
        return EPI_FAIL(reterr, EPI_IO, "store.disk-full", "%s", c->store->path);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_CONSTRAINT: /* every rule is checked before a row is put: only damage breaks one
                               here */
        return EPI_FAIL(reterr, EPI_CORRUPT, "store.corrupt", "%s", c->store->path);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return EPI_FAIL(reterr, EPI_BUSY, "store.in-use", "%s", c->store->path);
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_READONLY:
        return EPI_FAIL(reterr, EPI_IO, "store.cannot-open", "%s", c->store->path);
    case SQLITE_TOOBIG:
        return EPI_FAIL(reterr, EPI_LIMIT, "store.operation-too-large", "%d", code);
    default:
        return EPI_FAIL(reterr, EPI_IO, "store.sqlite", "%d: %s", code,
                        c->db ? sqlite3_errmsg(c->db) : "");
    }
}

epi_status epi__conn_exec(struct epi__conn *c, const char *sql, struct epi_err *reterr)
{
    int rc = sqlite3_exec(c->db, sql, NULL, NULL, NULL);
    return rc == SQLITE_OK ? EPI_OK : epi__conn_failed(c, rc, reterr);
}

epi_status epi__conn_fixed(struct epi__conn *c, enum epi__sql_name name, sqlite3_stmt **ret,
                           struct epi_err *reterr)
{
    if (!c->fixed[name]) {
        int rc = sqlite3_prepare_v3(c->db, fixed_text[name], -1, SQLITE_PREPARE_PERSISTENT,
                                    &c->fixed[name], NULL);
        if (rc != SQLITE_OK)
            return epi__conn_failed(c, rc, reterr);
    }
    *ret = c->fixed[name];
    return EPI_OK;
}

epi_status epi__conn_step(struct epi__conn *c, sqlite3_stmt *stmt, bool *ret_row,
                          struct epi_err *reterr)
{
    int rc = sqlite3_step(stmt);
    *ret_row = rc == SQLITE_ROW;
    if (rc == SQLITE_ROW)
        return EPI_OK;
    epi_status status = rc == SQLITE_DONE ? EPI_OK : epi__conn_failed(c, rc, reterr);
    sqlite3_reset(stmt);
    return status;
}

epi_status epi__conn_run(struct epi__conn *c, sqlite3_stmt *stmt, struct epi_err *reterr)
{
    int rc = sqlite3_step(stmt);
    epi_status status =
        rc == SQLITE_DONE || rc == SQLITE_ROW ? EPI_OK : epi__conn_failed(c, rc, reterr);
    sqlite3_reset(stmt);
    return status;
}

epi_status epi__conn_fixed_run(struct epi__conn *c, enum epi__sql_name name, struct epi_err *reterr)
{
    sqlite3_stmt *stmt = NULL;
    EPI_TRY(epi__conn_fixed(c, name, &stmt, reterr));
    return epi__conn_run(c, stmt, reterr);
}

void epi__bind_value(sqlite3_stmt *stmt, int at, struct epi_value v)
{
    switch (v.t) {
    case EPI_V_NULL:
        sqlite3_bind_null(stmt, at);
        break;
    case EPI_V_INT:
        sqlite3_bind_int64(stmt, at, v.i);
        break;
    case EPI_V_REAL:
        sqlite3_bind_double(stmt, at, v.f);
        break;
    case EPI_V_TEXT:
        if (v.s.n)
            sqlite3_bind_text64(stmt, at, v.s.p, v.s.n, SQLITE_STATIC, SQLITE_UTF8);
        else
            sqlite3_bind_null(stmt, at);
        break;
    }
}

struct epi_value epi__column_value(struct epi_arena *a, sqlite3_stmt *stmt, int at)
{
    switch (sqlite3_column_type(stmt, at)) {
    case SQLITE_INTEGER:
        return epi_v_int(sqlite3_column_int64(stmt, at));
    case SQLITE_FLOAT:
        return epi_v_real(sqlite3_column_double(stmt, at));
    case SQLITE_TEXT: {
        const char *p = (const char *)sqlite3_column_text(stmt, at);
        return epi_v_text(epi_str_dup(a, (epi_str){p, (size_t)sqlite3_column_bytes(stmt, at)}));
    }
    default:
        return EPI_NULLV;
    }
}

/* --- composed statements, kept
 * -------------------------------------------------------------------------- */
static struct epi__statement *place_for(struct epi__conn *c, uint64_t hash, epi_str sql)
{
    struct epi__statement *oldest = NULL;
    for (size_t i = 0; i < EPI__STATEMENTS_MAX; i++) {
        struct epi__statement *s = &c->kept[i];
        if (s->stmt && s->hash == hash && epi_str_eqz(sql, s->sql) && !sqlite3_stmt_busy(s->stmt))
            return s;
        if (s->stmt && sqlite3_stmt_busy(s->stmt))
            continue;
        if (!oldest || s->used < oldest->used)
            oldest = s;
    }
    EPI_ASSERT(oldest);
    sqlite3_finalize(oldest->stmt);
    free(oldest->sql);
    *oldest = (struct epi__statement){0};
    return oldest;
}

epi_status epi__sql_prepare(struct epi__conn *c, struct epi__sql *q, sqlite3_stmt **ret,
                            struct epi_err *reterr)
{
    EPI_ASSERT(!q->b.full);
    epi_str sql = epi_buf_str(&q->b);
    uint64_t hash = epi_str_hash(sql);
    struct epi__statement *s = place_for(c, hash, sql);
    if (!s->stmt) {
        int rc =
            sqlite3_prepare_v3(c->db, sql.p, (int)sql.n, SQLITE_PREPARE_PERSISTENT, &s->stmt, NULL);
        if (rc != SQLITE_OK)
            return epi__conn_failed(c, rc, reterr);
        s->hash = hash;
        s->sql = epi_xmalloc(sql.n + 1);
        memcpy(s->sql, sql.p, sql.n);
        s->sql[sql.n] = '\0';
    }
    s->used = ++c->tick;
    for (size_t i = 0; i < q->n; i++)
        epi__bind_value(s->stmt, (int)i + 1, q->bind[i]);
    *ret = s->stmt;
    return EPI_OK;
}

/* --- opening
 * ---------------------------------------------------------------------------------------------- */
static int wal_grew(void *ctx, sqlite3 *db, const char *schema, int frames)
{
    (void)db;
    (void)schema;
    struct epi__conn *c = ctx;
    c->store->wal_frames = frames;
    return SQLITE_OK;
}

static epi_status set_up(struct epi__conn *c, struct epi_err *reterr)
{
    struct epi__sqlite *s = c->store;
    size_t cache = s->cache_kb ? s->cache_kb * 2 / 3 : WRITER_CACHE_KB;
    EPI_BUF_LOCAL(b, 256);
    sqlite3_extended_result_codes(c->db, 1);
    sqlite3_db_config(c->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    sqlite3_db_config(c->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_busy_timeout(c->db, 2000);
    if (!c->writer)
        cache = s->cache_kb ? s->cache_kb / 3 / (READERS_MAX / 2) + 256 : READER_CACHE_KB;
    epi_buf_printf(&b, "PRAGMA cache_size = -%zu;%c", cache, 0);
    EPI_TRY(epi__conn_exec(c, b.p, reterr));
    if (!c->writer)
        return epi__conn_exec(c, fixed_text[EPI__SQL_schema_reader_pragmas], reterr);
    int rc = epi__pending_module(s->pending, c->db);
    if (rc != SQLITE_OK)
        return epi__conn_failed(c, rc, reterr);
    EPI_TRY(epi__conn_exec(
        c, fixed_text[s->fast ? EPI__SQL_schema_fast_pragmas : EPI__SQL_schema_writer_pragmas],
        reterr));
    sqlite3_wal_hook(c->db, wal_grew, c); /* last: wal_autocheckpoint takes the hook away */
    return EPI_OK;
}

epi_status epi__conn_open(struct epi__sqlite *s, bool writer, struct epi__conn **ret,
                          struct epi_err *reterr)
{
    struct epi__conn *c = epi_xmalloc(sizeof *c);
    memset(c, 0, sizeof *c);
    c->writer = writer;
    c->store = s;
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | (writer ? SQLITE_OPEN_CREATE : 0);
    int rc = sqlite3_open_v2(s->path, &c->db, flags, s->vfs);
    epi_status status = rc == SQLITE_OK ? set_up(c, reterr) : epi__conn_failed(c, rc, reterr);
    if (status != EPI_OK) {
        epi__conn_close(c);
        return status;
    }
    *ret = c;
    return EPI_OK;
}

void epi__conn_close(struct epi__conn *c)
{
    if (!c)
        return;
    for (size_t i = 0; i < EPI__SQL_COUNT; i++)
        sqlite3_finalize(c->fixed[i]);
    for (size_t i = 0; i < EPI__STATEMENTS_MAX; i++) {
        sqlite3_finalize(c->kept[i].stmt);
        free(c->kept[i].sql);
    }
    sqlite3_close(c->db);
    free(c);
}

epi_status epi__reader_take(struct epi__sqlite *s, struct epi__conn **ret, struct epi_err *reterr)
{
    pthread_mutex_lock(&s->pool_lock);
    while (!s->idle && s->n_readers >= READERS_MAX)
        pthread_cond_wait(&s->pool_turn, &s->pool_lock);
    struct epi__conn *c = s->idle;
    if (c)
        s->idle = c->next;
    else
        s->n_readers++;
    pthread_mutex_unlock(&s->pool_lock);
    if (c) {
        *ret = c;
        return EPI_OK;
    }
    epi_status status = epi__conn_open(s, false, ret, reterr);
    if (status != EPI_OK) {
        pthread_mutex_lock(&s->pool_lock);
        s->n_readers--;
        pthread_cond_signal(&s->pool_turn);
        pthread_mutex_unlock(&s->pool_lock);
    }
    return status;
}

void epi__reader_give(struct epi__sqlite *s, struct epi__conn *c)
{
    pthread_mutex_lock(&s->pool_lock);
    c->next = s->idle;
    s->idle = c;
    pthread_cond_signal(&s->pool_turn);
    pthread_mutex_unlock(&s->pool_lock);
}
