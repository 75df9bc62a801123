// SPDX-License-Identifier: AGPL-3.0-or-later
/* Threads that run acts. Slow work may hold all of them but one, so that a quick question never
 * waits behind an export. */
#include "serve/serve_internal.h"
#include <stdlib.h>

struct line { /* first in, first out */
    struct epi__work *first, **last;
    size_t n;
};
struct epi__workers {
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct line quick, slow;
    size_t max;
    unsigned threads, at_slow;
    bool stop;
    pthread_t id[64];
};

static void push(struct line *l, struct epi__work *w)
{
    w->next = NULL;
    *l->last = w;
    l->last = &w->next;
    l->n++;
}

static struct epi__work *pop(struct line *l)
{
    struct epi__work *w = l->first;
    if (!w)
        return NULL;
    l->first = w->next;
    if (!l->first)
        l->last = &l->first;
    l->n--;
    return w;
}

static struct epi__work *take(struct epi__workers *p, bool *ret_slow)
{
    struct epi__work *w = pop(&p->quick);
    *ret_slow = false;
    if (!w && p->at_slow + 1 < p->threads) {
        w = pop(&p->slow);
        *ret_slow = w != NULL;
    }
    return w;
}

static void *work_main(void *ctx)
{
    struct epi__workers *p = ctx;
    bool slow;
    pthread_mutex_lock(&p->lock);
    for (;;) {
        struct epi__work *w = take(p, &slow);
        if (w) {
            p->at_slow += slow;
            pthread_mutex_unlock(&p->lock);
            w->run(w); /* w may be gone when it returns */
            pthread_mutex_lock(&p->lock);
            p->at_slow -= slow;
            if (slow && p->slow.n)
                pthread_cond_signal(&p->wake);
            continue;
        }
        if (p->stop && !p->quick.n && !p->slow.n)
            break;
        pthread_cond_wait(&p->wake, &p->lock);
    }
    pthread_cond_broadcast(&p->wake);
    pthread_mutex_unlock(&p->lock);
    return NULL;
}

struct epi__workers *epi__workers_new(unsigned threads, size_t queue)
{
    struct epi__workers *p = epi_xmalloc(sizeof *p);
    memset(p, 0, sizeof *p);
    p->threads = threads < 2                  ? 2
                 : threads > EPI_COUNT(p->id) ? (unsigned)EPI_COUNT(p->id)
                                              : threads;
    p->max = queue;
    p->quick.last = &p->quick.first;
    p->slow.last = &p->slow.first;
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->wake, NULL);
    for (unsigned i = 0; i < p->threads; i++)
        EPI_ASSERT(pthread_create(&p->id[i], NULL, work_main, p) == 0);
    return p;
}

bool epi__workers_put(struct epi__workers *p, struct epi__work *work)
{
    pthread_mutex_lock(&p->lock);
    struct line *l = work->slow ? &p->slow : &p->quick;
    /* a long line of slow work is only longer waiting: better told at once */
    bool room = l->n < (work->slow ? p->max / 4 : p->max) && !p->stop;
    if (room) {
        push(l, work);
        pthread_cond_signal(&p->wake);
    }
    pthread_mutex_unlock(&p->lock);
    return room;
}

void epi__workers_stop(struct epi__workers *p)
{
    if (!p)
        return;
    pthread_mutex_lock(&p->lock);
    p->stop = true;
    pthread_cond_broadcast(&p->wake);
    pthread_mutex_unlock(&p->lock);
    for (unsigned i = 0; i < p->threads; i++)
        pthread_join(p->id[i], NULL);
    pthread_mutex_destroy(&p->lock);
    pthread_cond_destroy(&p->wake);
    free(p);
}
