// SPDX-License-Identifier: AGPL-3.0-or-later
/* The largest LLR of every replication, EPI__SCAN_LANES replications at a time. */
#include "base/parallel.h"
#include "estimate/scan_internal.h"

#define ALWAYS inline __attribute__((always_inline))

/* One worker's memory, used for one group of replications after another. */
struct group {
    const struct epi__scan_plan *plan;
    uint64_t seed;
    struct epi__thresholds thresholds;
    void *counts, *cumulative; /* vectors of lanes */
    double *cells;             /* expected in the circle, cumulative, where it does not factor */
    uint32_t *urn, *drawn;
    size_t used; /* lanes */
    double best[EPI__SCAN_LANES];
    const int32_t *below[EPI__SCAN_LANES], *common; /* thresholds by lane, and the lowest of them */
};

/* The exact comparison, in double, of a count that passed the threshold. */
static __attribute__((noinline)) void better(struct group *g, size_t lane, double c,
                                             double expected)
{
    const struct epi__scan_plan *p = g->plan;
    if (!(c > expected))
        return;
    double llr = epi_scan_llr(p->model, c, expected, p->cases, p->total);
    if (!(llr > g->best[lane]))
        return;
    unsigned before = epi__scan_level(g->best[lane]), now = epi__scan_level(llr);
    g->best[lane] = llr;
    if (now == before)
        return;
    g->below[lane] = epi__thresholds_at(&g->thresholds, now);
    double least = (double)INFINITY;
    for (size_t i = 0; i < g->used; i++)
        least = fmin(least, g->best[i]);
    g->common = epi__thresholds_at(&g->thresholds, epi__scan_level(least));
}

#define LANE int16_t
#define VECTOR vector16
#define NAME(x) x##_16
#include "scan_lanes.h"
#undef LANE
#undef VECTOR
#undef NAME
#define LANE int32_t
#define VECTOR vector32
#define NAME(x) x##_32
#include "scan_lanes.h"
#undef LANE
#undef VECTOR
#undef NAME

#define NARROW_MAX 32767 /* cases that can be counted in 16 bits */
#define ALIGN 64

struct replicas {
    struct group *groups; /* by worker */
    const struct epi_scan_options *o;
    double *maxima;
};

static void *aligned(struct epi_arena *a, size_t bytes)
{
    char *p = epi_arena_take(a, bytes + ALIGN);
    return p + (ALIGN - (uintptr_t)p % ALIGN) % ALIGN;
}

static void group_of(size_t i, unsigned worker, void *ctx)
{
    struct replicas *r = ctx;
    struct group *g = &r->groups[worker];
    size_t first = i * EPI__SCAN_LANES, n = r->o->replications - first;
    g->used = n < EPI__SCAN_LANES ? n : EPI__SCAN_LANES;
    g->common = epi__thresholds_at(&g->thresholds, 0);
    for (size_t lane = 0; lane < EPI__SCAN_LANES; lane++) {
        g->best[lane] = 0;
        g->below[lane] = g->common;
    }
    if (g->plan->cases <= NARROW_MAX)
        run_16(g, first, g->used);
    else
        run_32(g, first, g->used);
    for (size_t lane = 0; lane < g->used; lane++)
        r->maxima[first + lane] = g->best[lane];
}

void epi__scan_replicate(const struct epi__scan_plan *p, const struct epi_scan_options *o,
                         double *maxima)
{
    size_t n = (o->replications + EPI__SCAN_LANES - 1) / EPI__SCAN_LANES,
           cells = p->units * p->times;
    size_t width = EPI__SCAN_LANES * (p->cases <= NARROW_MAX ? sizeof(int16_t) : sizeof(int32_t));
    unsigned workers = epi_parallel_threads(n, o->threads);
    struct epi_arena *arenas[EPI_THREADS_MAX];
    struct group groups[EPI_THREADS_MAX];
    if (n == 0)
        return;
    for (unsigned w = 0; w < workers; w++) {
        struct epi_arena *a = arenas[w] = epi_arena_new(0);
        groups[w] = (struct group){.plan = p,
                                   .seed = o->seed,
                                   .counts = aligned(a, cells * width),
                                   .cumulative = aligned(a, (p->times + 1) * width),
                                   .cells = EPI_ARRAY(a, p->times + 1, double),
                                   .urn = EPI_ARRAY(a, p->urn + 1, uint32_t),
                                   .drawn = EPI_ARRAY(a, (size_t)p->cases + 1, uint32_t)};
        epi__thresholds_init(a, p, &groups[w].thresholds);
    }
    epi_parallel_for(n, workers, group_of, &(struct replicas){groups, o, maxima});
    for (unsigned w = 0; w < workers; w++)
        epi_arena_free(arenas[w]);
}
