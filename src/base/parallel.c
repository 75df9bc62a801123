// SPDX-License-Identifier: AGPL-3.0-or-later
#include "base/parallel.h"
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

struct job {
    epi_parallel_fn *fn;
    void *ctx;
    size_t n;
    atomic_size_t next;
};
struct hand {
    struct job *job;
    unsigned worker;
    pthread_t thread;
};

unsigned epi_parallel_threads(size_t n, unsigned threads)
{
    if (threads == 0) {
        cpu_set_t set;
        threads = sched_getaffinity(0, sizeof set, &set) == 0 ? (unsigned)CPU_COUNT(&set) : 1;
    }
    threads = threads < EPI_THREADS_MAX ? threads : EPI_THREADS_MAX;
    threads = threads < n ? threads : (unsigned)n;
    return threads > 0 ? threads : 1;
}

static void *work(void *arg)
{
    struct hand *h = arg;
    struct job *j = h->job;
    for (;;) {
        size_t i = atomic_fetch_add_explicit(&j->next, 1, memory_order_relaxed);
        if (i >= j->n)
            return NULL;
        j->fn(i, h->worker, j->ctx);
    }
}

void epi_parallel_for(size_t n, unsigned threads, epi_parallel_fn *fn, void *ctx)
{
    struct job job = {.fn = fn, .ctx = ctx, .n = n};
    struct hand hands[EPI_THREADS_MAX];
    unsigned all = epi_parallel_threads(n, threads), started = 1;
    for (unsigned k = 0; k < all; k++)
        hands[k] = (struct hand){.job = &job, .worker = k};
    while (started < all &&
           pthread_create(&hands[started].thread, NULL, work, &hands[started]) == 0)
        started++;
    work(&hands[0]);
    for (unsigned k = 1; k < started; k++)
        pthread_join(hands[k].thread, NULL);
}
