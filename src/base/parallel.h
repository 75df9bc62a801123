/* parallel.h - the same work for many indexes, on several processors.
 *
 * fn(i, worker, ctx) is called once for every i < n; `worker` < the number of threads says whose
 * scratch memory may be used. Which thread takes which index is not defined, so results belong
 * under their index and random numbers are keyed by it (rng.h): then they are the same on any
 * number of threads.
 * Threads: the caller's thread works too; the call returns when all is done. Nothing is kept
 *          between calls. `fn` must not use one arena from two workers.
 * Failure: a thread that cannot be started is done without. */
#ifndef EPI_BASE_PARALLEL_H
#define EPI_BASE_PARALLEL_H
#include "base/attr.h"

#define EPI_THREADS_MAX 64

typedef void epi_parallel_fn(size_t i, unsigned worker, void *ctx);

/* How many threads epi_parallel_for uses for n indexes: `threads`, or the processors this process
 * may run on when it is 0; never more than n or EPI_THREADS_MAX, at least 1. */
unsigned epi_parallel_threads(size_t n, unsigned threads);
void epi_parallel_for(size_t n, unsigned threads, epi_parallel_fn *fn, void *ctx);
#endif
