// SPDX-License-Identifier: AGPL-3.0-or-later
// Group commit. Callers queue; the first becomes leader, runs every queued callback one after
// another in one transaction (each in a savepoint when there are several), commits once, and wakes
// them all.
#include "store/sqlite_internal.h"
#include <sodium.h>
#include <time.h>

#define BULK_LOG 2 /* times the usual length */
#define BULK_TRIES 10
#define BLOB_PART ((size_t)1 << 20)

void epi__lead(struct epi__sqlite *s)
{
    pthread_mutex_lock(&s->lock);
    while (s->leading)
        pthread_cond_wait(&s->turn, &s->lock);
    s->leading = true;
    pthread_mutex_unlock(&s->lock);
}

void epi__lead_end(struct epi__sqlite *s)
{
    pthread_mutex_lock(&s->lock);
    s->leading = false;
    pthread_cond_broadcast(&s->turn);
    pthread_mutex_unlock(&s->lock);
}

epi_status epi__position_load(struct epi__sqlite *s, struct epi_err *reterr)
{
    sqlite3_stmt *stmt;
    bool row;
    s->at = (struct epi__position){.block_min = INT64_MAX};
    EPI_TRY(epi__index_state_load(s, reterr));
    EPI_TRY(epi__conn_fixed(s->writer, EPI__SQL_journal_last, &stmt, reterr));
    EPI_TRY(epi__conn_step(s->writer, stmt, &row, reterr));
    if (row) {
        s->at.seq = (uint64_t)sqlite3_column_int64(stmt, 0);
        if (sqlite3_column_bytes(stmt, 1) == (int)sizeof s->at.hash)
            memcpy(s->at.hash, sqlite3_column_blob(stmt, 1), sizeof s->at.hash);
        sqlite3_reset(stmt);
        EPI_TRY(epi__conn_fixed(s->writer, EPI__SQL_journal_last_op_id, &stmt, reterr));
        EPI_TRY(epi__conn_step(s->writer, stmt, &row, reterr));
        if (row && sqlite3_column_bytes(stmt, 0) == (int)sizeof s->at.max_op)
            memcpy(s->at.max_op.b, sqlite3_column_blob(stmt, 0), sizeof s->at.max_op);
        sqlite3_reset(stmt);
        EPI_TRY(epi__conn_fixed(s->writer, EPI__SQL_journal_clock_tail, &stmt, reterr));
        sqlite3_bind_int64(stmt, 1, (int64_t)(s->at.seq / EPI__CLOCK_BLOCK * EPI__CLOCK_BLOCK));
        EPI_TRY(epi__conn_step(s->writer, stmt, &row, reterr));
        if (row)
            s->at.block_min = sqlite3_column_int64(stmt, 0);
        sqlite3_reset(stmt);
    }
    atomic_store(&s->seq, s->at.seq);
    return EPI_OK;
}

epi_status epi__sqlite_append(struct epi_tx *tx, const struct epi_op *op, struct epi_applied *ret,
                              struct epi_err *reterr)
{
    struct epi__sqlite *s = epi__sqlite_of(tx->store);
    struct epi__port port = epi__sqlite_port(s);
    if (s->lost)
        return EPI_FAIL(reterr, EPI_IO, "store.io", "%d", 0);
    epi_arena_reset(s->scratch);
    return epi__apply(s->base.catalogue, &port, s->scratch, &s->bytes, op, s->at.seq + 1, ret,
                      reterr);
}

static epi_status blob_keep(struct epi__sqlite *s, epi_str bytes, const uint8_t blob_name[32],
                            struct epi_err *reterr)
{
    sqlite3_stmt *stmt;
    bool row;
    EPI_TRY(epi__conn_fixed(s->writer, EPI__SQL_other_blob_has, &stmt, reterr));
    sqlite3_bind_blob(stmt, 1, blob_name, 32, SQLITE_STATIC);
    EPI_TRY(epi__conn_step(s->writer, stmt, &row, reterr));
    sqlite3_reset(stmt);
    if (row)
        return EPI_OK;
    EPI_TRY(epi__conn_fixed(s->writer, EPI__SQL_other_blob_insert, &stmt, reterr));
    size_t at = 0;
    for (int part = 0; part == 0 || at < bytes.n; part++) {
        epi_str piece = epi_str_sub(bytes, at, BLOB_PART);
        sqlite3_bind_blob(stmt, 1, blob_name, 32, SQLITE_STATIC);
        sqlite3_bind_int(stmt, 2, part);
        sqlite3_bind_blob64(stmt, 3, piece.n ? piece.p : "", piece.n, SQLITE_STATIC);
        EPI_TRY(epi__conn_run(s->writer, stmt, reterr));
        at += piece.n;
    }
    return EPI_OK;
}

/* Payloads refused because their operation id was known: written after the callback, whatever
 * became of it. */
static epi_status refusals_keep(struct epi__sqlite *s, struct epi_err *reterr)
{
    struct epi_tx tx = {&s->base};
    size_t n = s->n_refused;
    s->n_refused = 0;
    for (size_t i = 0; i < n; i++) {
        struct epi_applied applied;
        uint8_t digest[32];
        epi_op_bytes_digest(s->refused[i].payload, digest);
        EPI_TRY(blob_keep(s, epi_op_payload(s->refused[i].payload), digest, reterr));
        EPI_TRY(epi__sqlite_append(&tx, &s->refused[i].op, &applied, reterr));
    }
    return epi__pending_put(s, reterr);
}

/* Forgets what memory knows about rows that are gone. Upper bounds of ids stay true. */
void epi__forget(struct epi__sqlite *s, const struct epi__position *before)
{
    s->at = *before;
    s->lost = false;
    epi__pending_drop(s->pending);
    s->word_n = 0;
    if (s->word_cap)
        memset(s->word_set, 0, s->word_cap * sizeof *s->word_set);
}

bool epi__in_transaction(const struct epi__sqlite *s)
{
    return !sqlite3_get_autocommit(s->writer->db);
}

/* One callback. False when the whole transaction is gone. */
static bool run_one(struct epi__sqlite *s, struct epi__waiter *w, bool several)
{
    struct epi__position before = s->at;
    struct epi_tx tx = {&s->base};
    s->n_refused = 0;
    s->lost = false;
    s->new_docs = 0;
    epi_arena_reset(s->tx_arena);
    if (several && epi__conn_fixed_run(s->writer, EPI__SQL_other_savepoint, w->reterr) != EPI_OK)
        return false;
    w->status = w->work(&tx, w->ctx, w->reterr);
    if (w->status == EPI_OK && !s->lost)
        w->status = epi__pending_put(s, w->reterr);
    if (w->status == EPI_OK && s->lost)
        w->status = EPI_FAIL(w->reterr, EPI_IO, "store.io", "%d", 0);
    if (w->status != EPI_OK) {
        if (!epi__in_transaction(s))
            return false;
        epi__forget(s, &before);
        if (several) {
            if (epi__conn_fixed_run(s->writer, EPI__SQL_other_rollback_to, NULL) != EPI_OK)
                return false;
        } else {
            if (epi__conn_fixed_run(s->writer, EPI__SQL_other_rollback, NULL) != EPI_OK ||
                epi__conn_fixed_run(s->writer, EPI__SQL_other_begin, NULL) != EPI_OK)
                return false;
        }
    }
    if (s->n_refused && refusals_keep(s, NULL) != EPI_OK)
        return false;
    return !several || epi__conn_fixed_run(s->writer, EPI__SQL_other_release, NULL) == EPI_OK;
}

/* *ret_left, where asked: frames of the log that are not in the base yet. */
static void checkpoint(struct epi__sqlite *s, int mode, int *ret_left)
{
    int frames = 0, done = 0;
    int rc = sqlite3_wal_checkpoint_v2(s->writer->db, NULL, mode, &frames, &done);
    if ((rc & 0xff) == SQLITE_IOERR)
        epi__fatal(s, "a checkpoint failed", rc);
    if (ret_left)
        *ret_left = frames - done;
}

void epi__checkpoint(struct epi__sqlite *s, int mode)
{
    checkpoint(s, mode, NULL);
}

/* A load reads while it writes, so somebody always looks at a state before the last commit, and a
 * checkpoint stops there: the log would never start anew. The readers of a load look anew every few
 * milliseconds; after a moment the rest can follow. */
static void checkpoint_of_load(struct epi__sqlite *s)
{
    int left = 1;
    for (int i = 0; left > 0 && i < BULK_TRIES; i++) {
        if (i)
            nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
        checkpoint(s, SQLITE_CHECKPOINT_PASSIVE, &left);
    }
}

void epi__checkpoint_if_long(struct epi__sqlite *s)
{
    bool bulk = atomic_load(&s->bulk);
    int most = bulk ? s->wal_frames_max * BULK_LOG : s->wal_frames_max;
    if (s->wal_frames <= most)
        return;
    if (s->wal_frames / 4 > most)
        epi__checkpoint(s, SQLITE_CHECKPOINT_RESTART);
    else if (bulk)
        checkpoint_of_load(s);
    else
        epi__checkpoint(s, SQLITE_CHECKPOINT_PASSIVE);
    s->wal_frames = 0;
}

/* Runs the whole queue as one transaction. Called by the leader without the lock. */
static void run_batch(struct epi__sqlite *s, struct epi__waiter *batch)
{
    struct epi__position before = s->at;
    uint64_t kept = s->indexed_kept;
    struct epi_err err = {0};
    bool alive = epi__conn_fixed_run(s->writer, EPI__SQL_other_begin, &err) == EPI_OK;
    for (struct epi__waiter *w = batch; w && alive; w = w->next)
        alive = run_one(s, w, batch->next != NULL);
    if (alive)
        alive = epi__index_state_keep(s, &err) == EPI_OK &&
                epi__conn_fixed_run(s->writer, EPI__SQL_other_commit, &err) == EPI_OK;
    if (alive) {
        atomic_store(&s->seq, s->at.seq);
        atomic_store(&s->indexed, s->at.indexed);
        atomic_store(&s->last_write_ms, epi__now_ms());
        return;
    }
    if (epi__in_transaction(s))
        (void)epi__conn_fixed_run(s->writer, EPI__SQL_other_rollback, NULL);
    epi__forget(s, &before);
    s->indexed_kept = kept;
    for (struct epi__waiter *w = batch; w; w = w->next)
        if (w->status == EPI_OK) {
            w->status = err.status != EPI_OK ? err.status : EPI_IO;
            if (w->reterr)
                *w->reterr = err;
            if (w->reterr && err.status == EPI_OK)
                (void)EPI_FAIL(w->reterr, EPI_IO, "store.io", "%d", 0);
        }
}

epi_status epi__sqlite_write(struct epi_store *store, epi_store_work *work, void *ctx,
                             struct epi_err *reterr)
{
    struct epi__sqlite *s = epi__sqlite_of(store);
    struct epi__waiter me = {.work = work, .ctx = ctx, .reterr = reterr};
    if (s->read_only)
        return EPI_FAIL(reterr, EPI_DENIED, "store.read-only", "%s", s->path);
    pthread_mutex_lock(&s->lock);
    *s->last = &me;
    s->last = &me.next;
    while (!me.done && s->leading)
        pthread_cond_wait(&s->turn, &s->lock);
    if (!me.done) {
        s->leading = true;
        struct epi__waiter *batch = s->first;
        s->first = NULL;
        s->last = &s->first;
        pthread_mutex_unlock(&s->lock);
        run_batch(s, batch);
        pthread_mutex_lock(&s->lock);
        for (struct epi__waiter *w = batch, *next; w; w = next) {
            next = w->next;
            w->done = true;
        }
        pthread_cond_broadcast(&s->turn);
        pthread_mutex_unlock(&s->lock);
        epi__checkpoint_if_long(s);
        pthread_mutex_lock(&s->lock);
        s->leading = false;
        pthread_cond_broadcast(&s->turn);
        epi__index_start(s);
    }
    pthread_mutex_unlock(&s->lock);
    return me.status;
}

struct blob_work {
    struct epi__sqlite *s;
    epi_str bytes;
    const uint8_t *name;
};

static epi_status blob_work(struct epi_tx *tx, void *ctx, struct epi_err *reterr)
{
    (void)tx;
    struct blob_work *w = ctx;
    return blob_keep(w->s, w->bytes, w->name, reterr);
}

epi_status epi__sqlite_blob_put(struct epi_store *store, epi_str bytes, const uint8_t name[32],
                                struct epi_err *reterr)
{
    struct blob_work w = {epi__sqlite_of(store), bytes, name};
    return epi__sqlite_write(store, blob_work, &w, reterr);
}
