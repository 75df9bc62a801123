// SPDX-License-Identifier: AGPL-3.0-or-later
#include "base/parallel.h"
#include "base/test.h"

enum { MANY = 5000 };
struct sums {
    uint64_t of[MANY];    /* by index */
    unsigned times[MANY]; /* how often it was called */
    uint64_t by_worker[EPI_THREADS_MAX];
};

static void draw(size_t i, unsigned worker, void *ctx)
{
    struct sums *s = ctx;
    struct epi_rng r = epi_rng_stream(3, "parallel.test", i, 0);
    s->times[i]++;
    s->of[i] = epi_rng_u64(&r);
    s->by_worker[worker] += s->of[i];
}

TEST(every_index_is_done_once_and_alike_on_any_number_of_threads)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    static const unsigned threads[] = {1, 2, 3, 8, 64};
    struct sums *one = EPI_NEW(a, struct sums);
    epi_parallel_for(MANY, 1, draw, one);
    for (size_t k = 0; k < EPI_COUNT(threads); k++) {
        struct sums *s = EPI_NEW(a, struct sums);
        uint64_t total = 0, workers = 0;
        epi_parallel_for(MANY, threads[k], draw, s);
        for (size_t i = 0; i < MANY; i++) {
            CHECK_INT(s->times[i], 1);
            CHECK(s->of[i] == one->of[i]);
            total += s->of[i];
        }
        for (size_t w = 0; w < EPI_THREADS_MAX; w++)
            workers += s->by_worker[w];
        CHECK(total == workers);
        for (size_t w = threads[k]; w < EPI_THREADS_MAX; w++)
            CHECK(s->by_worker[w] == 0);
    }
}

TEST(threads_are_no_more_than_the_work)
{
    USES_NO_RNG;
    CHECK_INT(epi_parallel_threads(0, 4), 1);
    CHECK_INT(epi_parallel_threads(3, 8), 3);
    CHECK_INT(epi_parallel_threads(1000000, 1000), EPI_THREADS_MAX);
    CHECK_INT(epi_parallel_threads(1000, 2), 2);
    CHECK(epi_parallel_threads(1000, 0) >= 1);
    struct sums *none = NULL; /* no index: never called */
    epi_parallel_for(0, 4, draw, none);
}
