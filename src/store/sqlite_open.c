// SPDX-License-Identifier: AGPL-3.0-or-later
// Opening and closing a base: the lock, the schema, new fields of the catalogue.
#include "store/sqlite_internal.h"
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define FORMAT 1
#define WAL_FRAMES_MAX 8192 /* checkpoint when the log is longer */

/* The one place where the store ends the process: what was promised to be durable may not be. */
_Noreturn void epi__fatal(struct epi__sqlite *s, const char *what, int code)
{
    char line[256];
    int n = snprintf(line, sizeof line,
                     "cordon: %s (code %d): stopping, so that nothing unsaved is confirmed\n", what,
                     code);
    if (s->fatal)
        s->fatal(line);
    else
        (void)!write(STDERR_FILENO, line, (size_t)n);
    abort();
}

static char *joined(const char *dir, const char *name)
{
    size_t a = strlen(dir), b = strlen(name);
    char *p = epi_xmalloc(a + b + 2);
    memcpy(p, dir, a);
    p[a] = '/';
    memcpy(p + a + 1, name, b + 1);
    return p;
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

static epi_status take_lock(struct epi__sqlite *s, struct epi_err *reterr)
{
    if (mkdir(s->dir, 0700) != 0 && access(s->dir, W_OK) != 0)
        return EPI_FAIL(reterr, EPI_IO, "store.cannot-open", "%s", s->dir);
    char *path = joined(s->dir, "lock");
    s->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    free(path);
    if (s->lock_fd < 0)
        return EPI_FAIL(reterr, EPI_IO, "store.cannot-open", "%s", s->dir);
    if (flock(s->lock_fd, LOCK_EX | LOCK_NB) != 0)
        return EPI_FAIL(reterr, EPI_BUSY, "store.in-use", "%s", s->dir);
    return EPI_OK;
}

static epi_status pragma_int(struct epi__conn *c, const char *sql, int64_t *ret,
                             struct epi_err *reterr)
{
    sqlite3_stmt *stmt;
    int rc = sqlite3_prepare_v2(c->db, sql, -1, &stmt, NULL);
    if (rc != SQLITE_OK)
        return epi__conn_failed(c, rc, reterr);
    bool row;
    epi_status status = epi__conn_step(c, stmt, &row, reterr);
    *ret = row ? sqlite3_column_int64(stmt, 0) : 0;
    sqlite3_finalize(stmt);
    return status;
}

static epi_status run_built(struct epi__conn *c, struct epi__sql *q, struct epi_err *reterr)
{
    sqlite3_stmt *stmt;
    int rc = sqlite3_prepare_v2(c->db, q->b.p, (int)q->b.n, &stmt, NULL);
    if (rc != SQLITE_OK)
        return epi__conn_failed(c, rc, reterr);
    epi_status status = epi__conn_run(c, stmt, reterr);
    sqlite3_finalize(stmt);
    return status;
}

/* present[i] = the table has a column for field i. */
static epi_status columns_present(struct epi__conn *c, struct epi_arena *a,
                                  const struct epi_kind *k, bool *present, bool *ret_table,
                                  struct epi_err *reterr)
{
    sqlite3_stmt *stmt;
    EPI_TRY(epi__conn_fixed(c, EPI__SQL_schema_columns, &stmt, reterr));
    sqlite3_bind_text(stmt, 1, k->name, -1, SQLITE_STATIC);
    *ret_table = false;
    for (;;) {
        bool row;
        EPI_TRY(epi__conn_step(c, stmt, &row, reterr));
        if (!row)
            return EPI_OK;
        *ret_table = true;
        int f = epi_field_find(k, epi_v_as_text(epi__column_value(a, stmt, 0)));
        if (f >= 0)
            present[f] = true;
    }
}

static epi_status kind_tables(struct epi__sqlite *s, struct epi_arena *a, const struct epi_kind *k,
                              struct epi_err *reterr)
{
    struct epi__conn *c = s->writer;
    bool *present = EPI_ARRAY(a, k->n_fields, bool), table;
    EPI_TRY(columns_present(c, a, k, present, &table, reterr));
    if (!table) {
        EPI__SQL_LOCAL(q, a);
        epi__sql_create_table(&q, k);
        EPI_TRY(run_built(c, &q, reterr));
    }
    for (size_t f = 0; f < k->n_fields; f++) {
        if (table && !present[f]) {
            EPI__SQL_LOCAL(q, a);
            epi__sql_add_column(&q, k, f);
            EPI_TRY(run_built(c, &q, reterr));
        }
        if (epi__sql_indexed(&k->fields[f], f)) {
            EPI__SQL_LOCAL(q, a);
            epi__sql_create_index(&q, k, f);
            EPI_TRY(run_built(c, &q, reterr));
        }
    }
    if (epi__kind_searchable(k)) {
        EPI__SQL_LOCAL(q, a);
        epi__sql_create_search(&q, k);
        EPI_TRY(run_built(c, &q, reterr));
    }
    return EPI_OK;
}

static epi_status schema(struct epi__sqlite *s, struct epi_err *reterr)
{
    const struct epi_catalogue *cat = s->base.catalogue;
    EPI_ARENA_LOCAL(a);
    int64_t format = 0;
    EPI_TRY(pragma_int(s->writer, "PRAGMA user_version", &format, reterr));
    if (format > FORMAT)
        return EPI_FAIL(reterr, EPI_INVALID, "store.newer-base", "%s", s->path);
    if (format == 0) /* page size counts only before the first page, and WAL stays set */
        EPI_TRY(epi__conn_exec(s->writer, "PRAGMA page_size = 4096; PRAGMA journal_mode = WAL;",
                               reterr));
    EPI_TRY(epi__conn_fixed_run(s->writer, EPI__SQL_other_begin, reterr));
    epi_status status = epi__conn_exec(s->writer, epi__sql_text(EPI__SQL_schema_create), reterr);
    for (size_t k = 0; k < cat->n_kinds && status == EPI_OK; k++)
        status = kind_tables(s, a, &cat->kinds[k], reterr);
    if (status != EPI_OK) {
        (void)epi__conn_fixed_run(s->writer, EPI__SQL_other_rollback, NULL);
        return status;
    }
    return epi__conn_fixed_run(s->writer, EPI__SQL_other_commit, reterr);
}

static epi_status max_ids(struct epi__sqlite *s, struct epi_err *reterr)
{
    EPI_ARENA_LOCAL(a);
    for (size_t k = 0; k < s->base.catalogue->n_kinds; k++) {
        sqlite3_stmt *stmt;
        bool row;
        EPI__SQL_LOCAL(q, a);
        epi__sql_max_id(&q, &s->base.catalogue->kinds[k]);
        EPI_TRY(epi__sql_prepare(s->writer, &q, &stmt, reterr));
        EPI_TRY(epi__conn_step(s->writer, stmt, &row, reterr));
        s->max_id[k] = row ? (uint64_t)sqlite3_column_int64(stmt, 0) : 0;
        sqlite3_reset(stmt);
    }
    return EPI_OK;
}

/* A second process that only looks: the tables must already have what the catalogue asks. */
static epi_status look_only(struct epi__sqlite *s, struct epi_err *reterr)
{
    struct epi__conn *c;
    EPI_ARENA_LOCAL(a);
    if (access(s->path, R_OK) != 0)
        return EPI_FAIL(reterr, EPI_NOT_FOUND, "store.no-base", "%s", s->dir);
    EPI_TRY(epi__reader_take(s, &c, reterr));
    epi_status status = EPI_OK;
    for (size_t k = 0; k < s->base.catalogue->n_kinds && status == EPI_OK; k++) {
        const struct epi_kind *kind = &s->base.catalogue->kinds[k];
        bool *present = EPI_ARRAY(a, kind->n_fields, bool), table;
        status = columns_present(c, a, kind, present, &table, reterr);
        for (size_t f = 0; f < kind->n_fields && status == EPI_OK; f++)
            if (!present[f])
                status = EPI_FAIL(reterr, EPI_INVALID, "store.older-base", "%s", s->dir);
    }
    epi__reader_give(s, c);
    return status;
}

static uint64_t last_seq(struct epi_store *store)
{
    struct epi__sqlite *s = epi__sqlite_of(store);
    if (!s->read_only)
        return atomic_load(&s->seq);
    struct epi__conn *c;
    sqlite3_stmt *stmt;
    bool row = false;
    uint64_t seq = 0;
    if (epi__reader_take(s, &c, NULL) != EPI_OK)
        return 0;
    if (epi__conn_fixed(c, EPI__SQL_journal_last, &stmt, NULL) == EPI_OK &&
        epi__conn_step(c, stmt, &row, NULL) == EPI_OK && row) {
        seq = (uint64_t)sqlite3_column_int64(stmt, 0);
        sqlite3_reset(stmt);
    }
    epi__reader_give(s, c);
    return seq;
}

static void close_store(struct epi_store *store)
{
    struct epi__sqlite *s = epi__sqlite_of(store);
    epi__index_stop(s);
    while (s->idle) {
        struct epi__conn *c = s->idle;
        s->idle = c->next;
        epi__conn_close(c);
    }
    for (size_t k = 0; k < s->base.catalogue->n_kinds; k++) {
        sqlite3_finalize(s->insert[k]);
        sqlite3_finalize(s->search_insert[k]);
    }
    if (s->writer) {
        if (s->fast) /* nothing was synced so far: everything is now */
            (void)epi__conn_exec(s->writer, epi__sql_text(EPI__SQL_schema_writer_pragmas), NULL);
        epi__checkpoint(s, SQLITE_CHECKPOINT_TRUNCATE);
        if (s->fast && !(sync_path(s->path, O_RDWR) && sync_path(s->dir, O_RDONLY | O_DIRECTORY)))
            epi__fatal(s, "the bulk load could not be made durable", 0);
        epi__conn_close(s->writer);
    }
    if (s->lock_fd >= 0)
        close(s->lock_fd);
    epi__pending_free(s->pending);
    free(s->insert);
    free(s->search_insert);
    free(s->max_id);
    free(s->word_set);
    free(s->refused);
    epi_buf_done(&s->bytes);
    epi_buf_done(&s->doc);
    epi_arena_free(s->scratch);
    epi_arena_free(s->tx_arena);
    pthread_mutex_destroy(&s->lock);
    pthread_mutex_destroy(&s->pool_lock);
    pthread_cond_destroy(&s->turn);
    pthread_cond_destroy(&s->index_turn);
    pthread_cond_destroy(&s->pool_turn);
    free(s->path);
    free(s->dir);
    free(s);
}

static const struct epi__store_ops sqlite_ops = {
    .write = epi__sqlite_write,
    .append = epi__sqlite_append,
    .get = epi__sqlite_get,
    .find = epi__sqlite_find,
    .scan = epi__sqlite_scan,
    .group = epi__sqlite_group,
    .ops_since = epi__sqlite_ops_since,
    .op = epi__sqlite_op,
    .history = epi__sqlite_history,
    .seq = last_seq,
    .seq_at = epi__sqlite_seq_at,
    .verify = epi__sqlite_verify,
    .backup = epi__sqlite_backup,
    .blob_put = epi__sqlite_blob_put,
    .blob_get = epi__sqlite_blob_get,
    .close = close_store,
    .bulk = epi__sqlite_bulk,
    .reader_open = epi__sqlite_reader_open,
    .reader_get = epi__sqlite_reader_get,
    .reader_rest = epi__sqlite_reader_rest,
    .reader_close = epi__sqlite_reader_close,
};

static struct epi__sqlite *store_new(const char *dir, const struct epi_store_options *o)
{
    struct epi__sqlite *s = epi_xmalloc(sizeof *s);
    memset(s, 0, sizeof *s);
    s->base = (struct epi_store){&sqlite_ops, o->catalogue, o->io};
    s->dir = epi_xmalloc(strlen(dir) + 1);
    memcpy(s->dir, dir, strlen(dir) + 1);
    s->path = joined(dir, "cordon.db");
    s->read_only = o->read_only;
    s->fast = o->fast;
    s->cache_kb = o->cache_kb;
    s->fatal = o->fatal;
    s->vfs = o->vfs;
    s->docs_inline = EPI__DOCS_INLINE;
    s->wal_frames_max = o->checkpoint_pages > 0 ? o->checkpoint_pages : WAL_FRAMES_MAX;
    s->lock_fd = -1;
    s->last = &s->first;
    pthread_mutex_init(&s->lock, NULL);
    pthread_mutex_init(&s->pool_lock, NULL);
    pthread_cond_init(&s->turn, NULL);
    pthread_cond_init(&s->index_turn, NULL);
    s->at.indexed = EPI__ALL_INDEXED;
    atomic_init(&s->indexed, EPI__ALL_INDEXED);
    atomic_init(&s->bulk, 0);
    pthread_cond_init(&s->pool_turn, NULL);
    size_t n = o->catalogue->n_kinds;
    s->insert = epi_xmalloc(n * sizeof *s->insert);
    s->search_insert = epi_xmalloc(n * sizeof *s->search_insert);
    s->max_id = epi_xmalloc(n * sizeof *s->max_id);
    memset(s->insert, 0, n * sizeof *s->insert);
    memset(s->search_insert, 0, n * sizeof *s->search_insert);
    memset(s->max_id, 0, n * sizeof *s->max_id);
    s->pending = epi__pending_new(o->catalogue);
    s->scratch = epi_arena_new(0);
    s->tx_arena = epi_arena_new(0);
    s->bytes = EPI_BUF(EPI_OP_BYTES_MAX);
    s->doc = EPI_BUF(EPI_OP_BYTES_MAX);
    return s;
}

static epi_status open_writing(struct epi__sqlite *s, struct epi_err *reterr)
{
    EPI_TRY(take_lock(s, reterr));
    EPI_TRY(epi__conn_open(s, true, &s->writer, reterr));
    EPI_TRY(schema(s, reterr));
    if (!sync_path(s->dir, O_RDONLY | O_DIRECTORY))
        return EPI_FAIL(reterr, EPI_IO, "store.cannot-open", "%s", s->dir);
    EPI_TRY(max_ids(s, reterr));
    EPI_TRY(epi__position_load(s, reterr));
    pthread_mutex_lock(&s->lock);
    epi__index_start(s);
    pthread_mutex_unlock(&s->lock);
    return EPI_OK;
}

/* SQLite's count of its memory is one lock for all threads, and nobody reads it. */
static void set_up_library(void)
{
    (void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); /* refused once SQLite is in use: no harm */
}

epi_status epi_store_open_sqlite(const char *dir, const struct epi_store_options *o,
                                 struct epi_store **ret, struct epi_err *reterr)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, set_up_library);
    struct epi__sqlite *s = store_new(dir, o);
    epi_status status = s->read_only ? look_only(s, reterr) : open_writing(s, reterr);
    if (status != EPI_OK) {
        close_store(&s->base);
        return status;
    }
    *ret = &s->base;
    return EPI_OK;
}
