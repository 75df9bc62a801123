// SPDX-License-Identifier: AGPL-3.0-or-later
#include "ops/queue.h"
#include <stdlib.h>
#include <sys/resource.h>

#define MANY 256 /* more do not wait */

struct epi__queue {
    struct epi_app *app;
    struct epi__queue_kind k;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    epi_id *waiting;
    size_t n, cap;
    epi_id running;
    uint64_t told[2]; /* of the running one */
    bool started, halt, stop;
};

static void *queue_main(void *ctx)
{
    struct epi__queue *q = ctx;
    if (q->k.nice > 0) /* of this thread: 0 is the caller's */
        (void)!setpriority(PRIO_PROCESS, 0, q->k.nice);
    pthread_mutex_lock(&q->lock);
    while (!q->stop) {
        if (!q->n) {
            pthread_cond_wait(&q->wake, &q->lock);
            continue;
        }
        epi_id id = q->running = q->waiting[0];
        memmove(q->waiting, q->waiting + 1, --q->n * sizeof *q->waiting);
        q->halt = false;
        q->told[0] = q->told[1] = 0;
        pthread_mutex_unlock(&q->lock);
        q->k.work(q, q->app, id);
        pthread_mutex_lock(&q->lock);
        q->running = (epi_id){0};
    }
    pthread_mutex_unlock(&q->lock);
    return NULL;
}

struct epi__queue *epi__queue_new(struct epi_app *app, const struct epi__queue_kind *k)
{
    struct epi__queue *q = epi_xmalloc(sizeof *q);
    *q = (struct epi__queue){.app = app, .k = *k};
    pthread_mutex_init(&q->lock, NULL);
    pthread_cond_init(&q->wake, NULL);
    return q;
}

void epi__queue_free(struct epi__queue *q)
{
    if (!q)
        return;
    pthread_mutex_lock(&q->lock);
    q->stop = true;
    pthread_cond_signal(&q->wake);
    pthread_mutex_unlock(&q->lock);
    if (q->started)
        pthread_join(q->thread, NULL);
    pthread_mutex_destroy(&q->lock);
    pthread_cond_destroy(&q->wake);
    free(q->waiting);
    free(q);
}

void epi__queue_take_up(struct epi__queue *q)
{
    EPI_ARENA_LOCAL(a);
    struct epi_value words[] = {epi_v_text(epi_str_of(q->k.waiting)),
                                epi_v_text(epi_str_of(q->k.running))};
    struct epi_filter f = {
        .field = q->k.status, .match = EPI_ANY_OF, .any = words, .n_any = EPI_COUNT(words)};
    struct epi_query all = {.kind = q->k.kind,
                            .scope = EPI_SCOPE_ALL,
                            .filters = &f,
                            .n_filters = 1,
                            .order = -1,
                            .limit = MANY};
    struct epi_page page;
    const struct epi_app_options *o = &q->app->o;
    if (o->read_only || o->known_at.ms != 0 ||
        epi_store_find(q->app->store, a, &all, &page, NULL) != EPI_OK)
        return;
    for (size_t i = 0; i < page.n; i++)
        epi__queue_put(q, page.rows[i].id);
}

bool epi__queue_room(struct epi__queue *q)
{
    pthread_mutex_lock(&q->lock);
    bool room = q->n < MANY;
    pthread_mutex_unlock(&q->lock);
    return room;
}

void epi__queue_put(struct epi__queue *q, epi_id id)
{
    pthread_mutex_lock(&q->lock);
    bool known = q->running.v == id.v;
    for (size_t i = 0; i < q->n; i++)
        known |= q->waiting[i].v == id.v;
    if (!known) {
        if (q->n == q->cap) {
            q->cap = q->cap ? 2 * q->cap : 16;
            q->waiting = epi_xrealloc(q->waiting, q->cap * sizeof *q->waiting);
        }
        q->waiting[q->n++] = id;
    }
    if (!q->started) {
        EPI_ASSERT(pthread_create(&q->thread, NULL, queue_main, q) == 0);
        q->started = true;
    }
    pthread_cond_signal(&q->wake);
    pthread_mutex_unlock(&q->lock);
}

bool epi__queue_progress(struct epi__queue *q, epi_id id, uint64_t ret[2])
{
    pthread_mutex_lock(&q->lock);
    bool running = q->running.v == id.v;
    for (int i = 0; i < 2; i++)
        ret[i] = running ? q->told[i] : 0;
    pthread_mutex_unlock(&q->lock);
    return running;
}

bool epi__queue_halt(struct epi__queue *q, epi_id id, bool *ret_waiting)
{
    pthread_mutex_lock(&q->lock);
    bool running = q->running.v == id.v;
    *ret_waiting = false;
    q->halt |= running;
    for (size_t i = 0; i < q->n && !running && !*ret_waiting; i++) {
        if (q->waiting[i].v != id.v)
            continue;
        memmove(&q->waiting[i], &q->waiting[i + 1], (--q->n - i) * sizeof *q->waiting);
        *ret_waiting = true;
    }
    pthread_mutex_unlock(&q->lock);
    return running || *ret_waiting;
}

bool epi__queue_tell(struct epi__queue *q, uint64_t a, uint64_t b)
{
    pthread_mutex_lock(&q->lock);
    q->told[0] = a;
    q->told[1] = b;
    bool goes_on = !q->halt && !q->stop;
    pthread_mutex_unlock(&q->lock);
    return goes_on;
}

bool epi__queue_goes_on(struct epi__queue *q)
{
    pthread_mutex_lock(&q->lock);
    bool goes_on = !q->halt && !q->stop;
    pthread_mutex_unlock(&q->lock);
    return goes_on;
}

bool epi__queue_ends(struct epi__queue *q)
{
    pthread_mutex_lock(&q->lock);
    bool ends = q->stop;
    pthread_mutex_unlock(&q->lock);
    return ends;
}
