// SPDX-License-Identifier: AGPL-3.0-or-later
/* Runs a phase over blocks or ranges, on the threads of the run. */
#include "scenario/scenario_internal.h"
#include "base/parallel.h"

struct work {
    struct epi_world *w;
    epi__each_fn *fn;
};
static void one(size_t i, unsigned worker, void *ctx)
{
    struct work *k = ctx;
    (void)worker;
    k->fn(k->w, (uint32_t)i);
}
void epi__each(struct epi_world *w, uint32_t n, epi__each_fn *fn)
{
    struct work k = {w, fn};
    epi_parallel_for(n, w->threads, one, &k);
}
