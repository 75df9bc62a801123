// SPDX-License-Identifier: AGPL-3.0-or-later
// The search may lag behind a bulk load: adding a document costs as much as everything else of a
// row. A callback that writes many documents leaves the rest to a thread, which adds them through
// the writer connection, a piece at a time, when nobody else writes. One number says how far it is:
// a record's document is in the search exactly when the record was created at or before that
// position. The number is kept in the base while it matters, so that an interrupted lag is made up
// by the next process.
#include "store/sqlite_internal.h"
#include <time.h>

#define PIECE_OPS 1000
#define QUIET_MS 300
#define WAIT_MS 1000

uint64_t epi__now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

epi_status epi__index_state_load(struct epi__sqlite *s, struct epi_err *reterr)
{
    sqlite3_stmt *stmt;
    bool row;
    EPI_TRY(epi__conn_fixed(s->writer, EPI__SQL_other_state_get, &stmt, reterr));
    EPI_TRY(epi__conn_step(s->writer, stmt, &row, reterr));
    s->at.indexed = row ? (uint64_t)sqlite3_column_int64(stmt, 0) : EPI__ALL_INDEXED;
    s->indexed_kept = s->at.indexed;
    sqlite3_reset(stmt);
    atomic_store(&s->indexed, s->at.indexed);
    return EPI_OK;
}

epi_status epi__index_state_keep(struct epi__sqlite *s, struct epi_err *reterr)
{
    sqlite3_stmt *stmt;
    if (s->at.indexed == s->indexed_kept)
        return EPI_OK;
    bool all = s->at.indexed == EPI__ALL_INDEXED;
    EPI_TRY(epi__conn_fixed(s->writer, all ? EPI__SQL_other_state_drop : EPI__SQL_other_state_put,
                            &stmt, reterr));
    if (!all)
        sqlite3_bind_int64(stmt, 1, (int64_t)s->at.indexed);
    EPI_TRY(epi__conn_run(s->writer, stmt, reterr));
    s->indexed_kept = s->at.indexed;
    return EPI_OK;
}

static epi_status add_record(struct epi__sqlite *s, uint16_t kind, epi_id id,
                             struct epi_err *reterr)
{
    const struct epi_kind *k = &s->base.catalogue->kinds[kind];
    sqlite3_stmt *stmt;
    bool row;
    EPI__SQL_LOCAL(q, s->scratch);
    epi__sql_get(&q, k, id, &EPI_SCOPE_ALL);
    EPI_TRY(epi__sql_prepare(s->writer, &q, &stmt, reterr));
    EPI_TRY(epi__conn_step(s->writer, stmt, &row, reterr));
    if (!row)
        return EPI_OK;
    const struct epi_record *r = epi__row_record(s->scratch, s->base.catalogue, kind, stmt);
    sqlite3_reset(stmt);
    return epi__search_add(s, k, kind, r, reterr);
}

/* Adds what the next operations created; inside a transaction. */
static epi_status add_piece(struct epi__sqlite *s, struct epi_err *reterr)
{
    const struct epi_catalogue *c = s->base.catalogue;
    EPI_ARENA_LOCAL(a);
    sqlite3_stmt *stmt;
    uint64_t to = s->at.seq - s->at.indexed > PIECE_OPS ? s->at.indexed + PIECE_OPS : s->at.seq;
    EPI_TRY(epi__conn_fixed(s->writer, EPI__SQL_journal_one, &stmt, reterr));
    for (uint64_t seq = s->at.indexed + 1; seq <= to; seq++) {
        struct epi_op op = {0};
        bool row;
        epi_arena_reset(a);
        sqlite3_bind_int64(stmt, 1, (int64_t)seq);
        EPI_TRY(epi__conn_step(s->writer, stmt, &row, reterr));
        if (row) {
            epi_str bytes = {sqlite3_column_blob(stmt, 1), (size_t)sqlite3_column_bytes(stmt, 1)};
            epi_status status = epi_op_decode(a, c, epi_str_dup(a, bytes), &op, reterr);
            sqlite3_reset(stmt);
            EPI_TRY(status);
        }
        for (size_t i = 0; i < op.n_changes; i++)
            if (op.changes[i].base == 0 && epi__kind_searchable(&c->kinds[op.changes[i].kind])) {
                epi_arena_reset(s->scratch);
                EPI_TRY(add_record(s, op.changes[i].kind, op.changes[i].id, reterr));
            }
    }
    s->at.indexed = to == s->at.seq ? EPI__ALL_INDEXED : to;
    return EPI_OK;
}

/* One piece as a transaction of its own. The caller leads. */
static epi_status commit_piece(struct epi__sqlite *s, struct epi_err *reterr)
{
    struct epi__position before = s->at;
    uint64_t kept = s->indexed_kept;
    if (s->at.indexed == EPI__ALL_INDEXED)
        return EPI_OK;
    epi_status status = epi__conn_fixed_run(s->writer, EPI__SQL_other_begin, reterr);
    if (status == EPI_OK)
        status = add_piece(s, reterr);
    if (status == EPI_OK)
        status = epi__index_state_keep(s, reterr);
    if (status == EPI_OK)
        status = epi__conn_fixed_run(s->writer, EPI__SQL_other_commit, reterr);
    if (status == EPI_OK) {
        atomic_store(&s->indexed, s->at.indexed);
        return EPI_OK;
    }
    if (epi__in_transaction(s))
        (void)epi__conn_fixed_run(s->writer, EPI__SQL_other_rollback, NULL);
    epi__forget(s, &before);
    s->indexed_kept = kept;
    return status;
}

epi_status epi__index_wait(struct epi__sqlite *s, const struct epi_tx *tx, struct epi_err *reterr)
{
    uint64_t end = epi__now_ms() + WAIT_MS;
    if (tx) {
        EPI_TRY(epi__pending_put(s, reterr));
        while (s->at.indexed != EPI__ALL_INDEXED && epi__now_ms() < end)
            EPI_TRY(add_piece(s, reterr));
        return EPI_OK;
    }
    if (s->read_only)
        return EPI_OK;
    while (atomic_load(&s->indexed) != EPI__ALL_INDEXED && epi__now_ms() < end) {
        epi__lead(s);
        epi_status status = commit_piece(s, reterr);
        epi__checkpoint_if_long(s);
        epi__lead_end(s);
        EPI_TRY(status);
    }
    return EPI_OK;
}

/* --- the thread
 * ---------------------------------------------------------------------------------------------- */
static void sleep_locked(struct epi__sqlite *s, unsigned ms)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    t.tv_nsec += (long)ms * 1000000;
    t.tv_sec += t.tv_nsec / 1000000000;
    t.tv_nsec %= 1000000000;
    pthread_cond_timedwait(&s->index_turn, &s->lock, &t);
}

static void *indexer(void *ctx)
{
    struct epi__sqlite *s = ctx;
    bool failed = false;
    pthread_mutex_lock(&s->lock);
    while (!s->stopping) {
        if (atomic_load(&s->bulk)) {
            pthread_cond_wait(&s->index_turn, &s->lock);
        } else if (failed) { /* a full disk, for example: try again later */
            sleep_locked(s, 5000);
        } else if (atomic_load(&s->indexed) == EPI__ALL_INDEXED) {
            pthread_cond_wait(&s->index_turn, &s->lock);
        } else if (epi__now_ms() - atomic_load(&s->last_write_ms) < QUIET_MS) {
            sleep_locked(s, QUIET_MS / 3);
        }
        failed = false;
        if (s->stopping || s->leading || atomic_load(&s->bulk) ||
            atomic_load(&s->indexed) == EPI__ALL_INDEXED ||
            epi__now_ms() - atomic_load(&s->last_write_ms) < QUIET_MS) {
            if (!s->stopping && s->leading)
                sleep_locked(s, 20);
            continue;
        }
        pthread_mutex_unlock(&s->lock);
        epi__lead(s);
        failed = commit_piece(s, NULL) != EPI_OK;
        epi__checkpoint_if_long(s);
        epi__lead_end(s);
        pthread_mutex_lock(&s->lock);
    }
    pthread_mutex_unlock(&s->lock);
    return NULL;
}

void epi__sqlite_bulk(struct epi_store *store, bool begins)
{
    struct epi__sqlite *s = epi__sqlite_of(store);
    pthread_mutex_lock(&s->lock);
    if (begins)
        atomic_fetch_add(&s->bulk, 1);
    else if (atomic_fetch_sub(&s->bulk, 1) == 1)
        pthread_cond_broadcast(&s->index_turn);
    pthread_mutex_unlock(&s->lock);
}

void epi__index_start(struct epi__sqlite *s)
{
    if (s->read_only || s->stopping || atomic_load(&s->indexed) == EPI__ALL_INDEXED)
        return;
    if (!s->has_indexer)
        s->has_indexer = pthread_create(&s->indexer, NULL, indexer, s) == 0;
    pthread_cond_signal(&s->index_turn);
}

void epi__index_stop(struct epi__sqlite *s)
{
    pthread_mutex_lock(&s->lock);
    bool running = s->has_indexer;
    s->stopping = true;
    pthread_cond_broadcast(&s->index_turn);
    pthread_mutex_unlock(&s->lock);
    if (running)
        pthread_join(s->indexer, NULL);
}
