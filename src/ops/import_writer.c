// SPDX-License-Identifier: AGPL-3.0-or-later
/* Operations are written by a thread of their own while the next rows are read. Pieces are small,
 * so that little waits in memory; a transaction takes as many as are ready, because small
 * transactions write the same index pages again and again, but it does not wait long for more:
 * others want to write too. */
#include "ops/import_row.h"
#include <stdlib.h>

#define PIECES 4
#define TRANSACTION_MS 500 /* after which a transaction waits for no further piece */

struct epi__writer {
    struct epi__import *im;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t moved;
    struct epi__piece pieces[PIECES]; /* a ring */
    size_t first, n_due;              /* handed over and not yet written */
    bool stop;
    epi_status failed;
    struct epi_err err;
};

static void piece_clear(struct epi__piece *p)
{
    epi_arena_reset(p->a);
    p->ops = EPI_ARRAY(p->a, EPI__ROWS_PER_PIECE, struct epi_op);
    p->n = 0;
}

static struct timespec after_ms(unsigned ms)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    t.tv_nsec += (long)ms * 1000000;
    t.tv_sec += t.tv_nsec / 1000000000;
    t.tv_nsec %= 1000000000;
    return t;
}

/* The next piece, or NULL when none comes in time. */
static struct epi__piece *next_due(struct epi__writer *w, const struct timespec *until)
{
    pthread_mutex_lock(&w->lock);
    int rc = 0;
    while (!w->n_due && !w->stop && rc == 0)
        rc = pthread_cond_timedwait(&w->moved, &w->lock, until);
    struct epi__piece *p = w->n_due ? &w->pieces[w->first] : NULL;
    pthread_mutex_unlock(&w->lock);
    return p;
}

static void piece_done(struct epi__writer *w)
{
    pthread_mutex_lock(&w->lock);
    w->first = (w->first + 1) % PIECES;
    w->n_due--;
    pthread_cond_broadcast(&w->moved);
    pthread_mutex_unlock(&w->lock);
}

static epi_status write_pieces(struct epi_tx *tx, void *ctx, struct epi_err *reterr)
{
    struct epi__writer *w = ctx;
    struct timespec until = after_ms(TRANSACTION_MS);
    size_t rows = 0;
    struct epi__piece *p;
    while (rows < EPI__ROWS_PER_WRITE && (p = next_due(w, &until))) {
        for (size_t i = 0; i < p->n; i++)
            EPI_TRY(epi_tx_append(tx, &p->ops[i], NULL, reterr));
        rows += p->n;
        piece_done(w);
    }
    return EPI_OK;
}

static void *writer_main(void *ctx)
{
    struct epi__writer *w = ctx;
    pthread_mutex_lock(&w->lock);
    for (;;) {
        while (!w->n_due && !w->stop)
            pthread_cond_wait(&w->moved, &w->lock);
        if (!w->n_due)
            break;
        bool failed = w->failed != EPI_OK;
        pthread_mutex_unlock(&w->lock);
        struct epi_err err = {0};
        epi_status s = EPI_OK;
        if (failed)
            piece_done(w); /* thrown away: the import ends with the error */
        else
            s = epi_store_write(w->im->call->app->store, write_pieces, w, &err);
        pthread_mutex_lock(&w->lock);
        if (s != EPI_OK) {
            w->failed = s;
            w->err = err;
            pthread_cond_broadcast(&w->moved);
        }
    }
    pthread_mutex_unlock(&w->lock);
    return NULL;
}

struct epi__writer *epi__writer_start(struct epi__import *im, struct epi__piece **ret_first)
{
    struct epi__writer *w = epi_xmalloc(sizeof *w);
    *w = (struct epi__writer){.im = im};
    for (size_t i = 0; i < PIECES; i++)
        w->pieces[i].a = epi_arena_new(0);
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->moved, NULL);
    EPI_ASSERT(pthread_create(&w->thread, NULL, writer_main, w) == 0);
    *ret_first = &w->pieces[0];
    piece_clear(*ret_first);
    return w;
}

epi_status epi__writer_hand_over(struct epi__writer *w, struct epi__piece **piece)
{
    pthread_mutex_lock(&w->lock);
    if ((*piece)->n && !w->im->dry_run) {
        w->n_due++;
        pthread_cond_broadcast(&w->moved);
        while (w->n_due == PIECES && w->failed == EPI_OK)
            pthread_cond_wait(&w->moved, &w->lock);
    }
    epi_status failed = w->failed;
    if (failed == EPI_OK)
        *piece = &w->pieces[(w->first + w->n_due) % PIECES];
    else
        w->im->call->err = w->err;
    pthread_mutex_unlock(&w->lock);
    if (failed == EPI_OK)
        piece_clear(*piece);
    return failed;
}

epi_status epi__writer_end(struct epi__writer *w)
{
    pthread_mutex_lock(&w->lock);
    w->stop = true;
    pthread_cond_broadcast(&w->moved);
    pthread_mutex_unlock(&w->lock);
    pthread_join(w->thread, NULL); /* which first writes what is due */
    pthread_mutex_destroy(&w->lock);
    pthread_cond_destroy(&w->moved);
    epi_status failed = w->failed;
    if (failed != EPI_OK)
        w->im->call->err = w->err;
    for (size_t i = 0; i < PIECES; i++)
        epi_arena_free(w->pieces[i].a);
    free(w);
    return failed;
}
