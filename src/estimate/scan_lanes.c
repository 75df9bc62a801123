// SPDX-License-Identifier: AGPL-3.0-or-later
/* The largest LLR of every replication, EPI__SCAN_LANES replications at a time. */
#include "base/parallel.h"
#include "estimate/scan_internal.h"

/* One worker's memory, used for one group of replications after another. */
struct group {
    const struct epi__scan_plan *plan;
    uint64_t seed;
    struct epi__thresholds thresholds;
    void *counts, *cumulative; /* vectors of lanes */
    double *cells;             /* expected in the circle, cumulative, where it does not factor */
    uint32_t *urn, *drawn;
    bool narrow; /* counts of 16 bits */
    size_t used; /* lanes */
    double best[EPI__SCAN_LANES];
    const int32_t *below[EPI__SCAN_LANES]; /* thresholds by lane */
    const int32_t *common_32;              /* the lowest of them, in both widths */
    const int16_t *common_16;
    const uint16_t *bins; /* of the expectations, by circle and length; NULL = found each time */
};

static void set_common(struct group *g, unsigned level)
{
    g->common_32 = epi__thresholds_at(&g->thresholds, level);
    g->common_16 = g->thresholds.narrow[level];
}

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
    set_common(g, epi__scan_level(least));
}

/* Every width of count with what all processors have, and with AVX2 where it may be there. */
#define TARGET
#define WIDTH 16
#define LANE int16_t
#define NAME(x) x##_16
#include "scan_lanes.h"
#undef LANE
#undef NAME
#define LANE int32_t
#define NAME(x) x##_32
#include "scan_lanes.h"
#undef LANE
#undef NAME
#undef TARGET
#undef WIDTH
#ifdef __x86_64__
#define TARGET __attribute__((target("avx2")))
#define WIDTH 32
#define LANE int16_t
#define NAME(x) x##_16_avx2
#define common_16_avx2 common_16
#include "scan_lanes.h"
#undef LANE
#undef NAME
#define LANE int32_t
#define NAME(x) x##_32_avx2
#define common_32_avx2 common_32
#include "scan_lanes.h"
#undef LANE
#undef NAME
#undef TARGET
#undef WIDTH
#endif

static void sweep(struct group *g)
{
#ifdef __x86_64__
    if (__builtin_cpu_supports("avx2")) {
        if (g->narrow)
            sweep_16_avx2(g);
        else
            sweep_32_avx2(g);
        return;
    }
#endif
    if (g->narrow)
        sweep_16(g);
    else
        sweep_32(g);
}

/* The counts of one group of replications, cumulative in time: [unit][interval][lane]. */
#define FILL(name, type) \
    static void name(struct group *g, size_t first) \
    { \
        const struct epi__scan_plan *p = g->plan; \
        size_t cells = p->units * p->times; \
        type *counts = g->counts; \
        memset(counts, 0, cells *EPI__SCAN_LANES * sizeof *counts); \
        for (size_t lane = 0; lane < g->used; lane++) { \
            size_t drawn = epi__scan_draw(p, g->seed, first + lane, g->urn, g->drawn); \
            for (size_t i = 0; i < drawn; i++) \
                if (g->drawn[i] < cells) \
                    counts[g->drawn[i] * EPI__SCAN_LANES + lane]++; \
        } \
        for (size_t i = 0; i < p->units; i++) \
            for (size_t t = 1; t < p->times; t++) { \
                type *now = counts + (i * p->times + t) * EPI__SCAN_LANES; \
                const type *before = now - EPI__SCAN_LANES; \
                for (size_t lane = 0; lane < EPI__SCAN_LANES; lane++) \
                    now[lane] = (type)(now[lane] + before[lane]); \
            } \
    }
FILL(fill_narrow, int16_t)
FILL(fill_wide, int32_t)

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
    set_common(g, 0);
    for (size_t lane = 0; lane < EPI__SCAN_LANES; lane++) {
        g->best[lane] = 0;
        g->below[lane] = g->common_32;
    }
    if (g->narrow)
        fill_narrow(g, first);
    else
        fill_wide(g, first);
    sweep(g);
    for (size_t lane = 0; lane < g->used; lane++)
        r->maxima[first + lane] = g->best[lane];
}

/* Expectations do not change between replications, so neither do their bins. NULL where a length
 * has several expectations, or where there are too many. */
#define BINS_MAX ((size_t)64000000)
static uint16_t *bins_of(struct epi_arena *a, const struct epi__scan_plan *p,
                         const struct epi__thresholds *t)
{
    const struct epi__circles *z = &p->circles;
    size_t circles = 0, at = 0;
    for (size_t k = 0; k < z->start[p->units]; k++)
        circles += z->closed[k];
    if (!(p->even || p->to_the_end) || circles * p->max_length > BINS_MAX)
        return NULL;
    uint16_t *bins = EPI_ARRAY(a, circles * p->max_length + 1, uint16_t);
    double *cells = EPI_ARRAY(a, p->times + 1, double);
    for (size_t centre = 0; centre < p->units; centre++) {
        double mass = 0;
        memset(cells, 0, (p->times + 1) * sizeof *cells);
        for (size_t k = z->start[centre]; k < z->start[centre + 1]; k++) {
            mass += p->mass[z->near[k]];
            for (size_t i = 0; p->cell && i < p->times; i++)
                cells[i + 1] += p->cell[z->near[k] * p->times + i];
            for (size_t length = 1; z->closed[k] && length <= p->max_length; length++) {
                size_t from = p->to_the_end ? p->times - length : 0;
                double e = epi__scan_expected(p, mass, cells, from, from + length);
                bins[at++] = (uint16_t)epi__scan_bin(t, (float)e);
            }
        }
    }
    return bins;
}

void epi__scan_replicate(const struct epi__scan_plan *p, const struct epi_scan_options *o,
                         double *maxima)
{
    size_t n = (o->replications + EPI__SCAN_LANES - 1) / EPI__SCAN_LANES,
           cells = p->units * p->times;
    bool narrow = p->cases <= NARROW_MAX;
    size_t width = EPI__SCAN_LANES * (narrow ? sizeof(int16_t) : sizeof(int32_t));
    unsigned workers = epi_parallel_threads(n, o->threads);
    struct epi_arena *arenas[EPI_THREADS_MAX];
    struct group groups[EPI_THREADS_MAX];
    if (n == 0)
        return;
    for (unsigned w = 0; w < workers; w++) {
        struct epi_arena *a = arenas[w] = epi_arena_new(0);
        groups[w] = (struct group){.plan = p,
                                   .seed = o->seed,
                                   .narrow = narrow,
                                   .counts = aligned(a, cells * width),
                                   .cumulative = aligned(a, (p->times + 1) * width),
                                   .cells = EPI_ARRAY(a, p->times + 1, double),
                                   .urn = EPI_ARRAY(a, p->urn + 1, uint32_t),
                                   .drawn = EPI_ARRAY(a, (size_t)p->cases + 1, uint32_t)};
        epi__thresholds_init(a, p, &groups[w].thresholds);
    }
    const uint16_t *bins = bins_of(arenas[0], p, &groups[0].thresholds);
    for (unsigned w = 0; w < workers; w++)
        groups[w].bins = bins;
    epi_parallel_for(n, workers, group_of, &(struct replicas){groups, o, maxima});
    for (unsigned w = 0; w < workers; w++)
        epi_arena_free(arenas[w]);
}
