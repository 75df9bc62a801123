// SPDX-License-Identifier: AGPL-3.0-or-later
/* The data themselves: the best cylinder of every centre, clusters apart from one another, p. */
#include "estimate/scan.h"
#include "base/parallel.h"
#include "estimate/scan_internal.h"

#define SAME 1e-9 /* LLRs this close, relatively, are equal: they differ by rounding alone */
#define EULER 0.57721566490153286
#define GUMBEL_LEAST 10

struct best {
    double llr, c, expected;
    size_t n, a, b; /* units; intervals [a, b) of the plan */
};
struct worker {
    struct epi_arena *arena;
    struct epi__thresholds thresholds;
    int32_t *counts, *busy; /* of the circle, cumulative */
    double *cells;
};
struct search {
    const struct epi__scan_plan *p;
    struct worker *workers;
    struct best *best;       /* by centre */
    const int32_t *busy;     /* taken by a cluster: units x times, cumulative; NULL = none yet */
    const uint32_t *centres; /* whose best is sought; NULL = all */
    unsigned threads;
};

static void circle(const struct search *o, struct worker *w, double mass, size_t n,
                   struct best *best)
{
    const struct epi__scan_plan *p = o->p;
    const int32_t *below = epi__thresholds_at(&w->thresholds, epi__scan_level(best->llr));
    for (size_t length = 1; length <= p->max_length; length++) {
        size_t a = p->to_the_end ? p->times - length : 0;
        double e = epi__scan_expected(p, mass, w->cells, a, a + length);
        int32_t least = below[epi__scan_bin(&w->thresholds, (float)e)];
        for (; a + length <= p->times; a++) {
            size_t b = a + length;
            int32_t c = w->counts[b] - w->counts[a];
            if (p->even && c <= least) /* one expectation for all windows of a length */
                continue;
            e = epi__scan_expected(p, mass, w->cells, a, b);
            if (c <= below[epi__scan_bin(&w->thresholds, (float)e)] || !((double)c > e) ||
                w->busy[b] != w->busy[a])
                continue;
            double llr = epi_scan_llr(p->model, (double)c, e, p->cases, p->total);
            if (llr > best->llr * (1 + SAME) && llr > SAME)
                *best = (struct best){llr, (double)c, e, n, a, b};
        }
    }
}

static void around(size_t i, unsigned worker, void *ctx)
{
    const struct search *o = ctx;
    const struct epi__scan_plan *p = o->p;
    const struct epi__circles *z = &p->circles;
    struct worker *w = &o->workers[worker];
    size_t centre = o->centres ? o->centres[i] : i;
    double mass = 0;
    o->best[centre] = (struct best){0};
    memset(w->counts, 0, (p->times + 1) * sizeof *w->counts);
    memset(w->busy, 0, (p->times + 1) * sizeof *w->busy);
    memset(w->cells, 0, (p->times + 1) * sizeof *w->cells);
    for (size_t k = z->start[centre]; k < z->start[centre + 1]; k++) {
        size_t unit = z->near[k];
        for (size_t t = 0; t < p->times; t++) {
            w->counts[t + 1] += p->counts[unit * p->times + t];
            w->busy[t + 1] += o->busy ? o->busy[unit * p->times + t] : 0;
            w->cells[t + 1] += p->cell ? p->cell[unit * p->times + t] : 0;
        }
        mass += p->mass[unit];
        if (z->closed[k])
            circle(o, w, mass, k + 1 - z->start[centre], &o->best[centre]);
    }
}

static void start_search(struct epi_arena *a, const struct epi__scan_plan *p, unsigned threads,
                         struct search *ret)
{
    *ret = (struct search){.p = p, .threads = epi_parallel_threads(p->units, threads)};
    ret->workers = EPI_ARRAY(a, ret->threads, struct worker);
    ret->best = EPI_ARRAY(a, p->units, struct best);
    for (unsigned k = 0; k < ret->threads; k++) {
        struct epi_arena *own = epi_arena_new(0);
        ret->workers[k] = (struct worker){.arena = own,
                                          .counts = EPI_ARRAY(own, p->times + 1, int32_t),
                                          .busy = EPI_ARRAY(own, p->times + 1, int32_t),
                                          .cells = EPI_ARRAY(own, p->times + 1, double)};
        epi__thresholds_init(own, p, &ret->workers[k].thresholds);
    }
    epi_parallel_for(p->units, ret->threads, around, ret);
}

static void end_search(struct search *o)
{
    for (unsigned k = 0; k < o->threads; k++)
        epi_arena_free(o->workers[k].arena);
}

/* --- clusters --- */
/* The centre of the best of all, SIZE_MAX when there is none: of equal LLRs the one with fewer
 * units, then the first. */
static size_t first_of(const struct search *o)
{
    size_t at = SIZE_MAX;
    for (size_t i = 0; i < o->p->units; i++) {
        const struct best *b = &o->best[i], *than = &o->best[at == SIZE_MAX ? i : at];
        if (b->llr > 0 && (at == SIZE_MAX || b->llr > than->llr * (1 + SAME) ||
                           (b->llr >= than->llr * (1 - SAME) && b->n < than->n)))
            at = i;
    }
    return at;
}

static struct epi_scan_cluster cluster(struct epi_arena *a, const struct epi_scan_input *in,
                                       const struct epi__scan_plan *p, const struct best *b,
                                       size_t i)
{
    const uint16_t *near = p->circles.near + p->circles.start[i];
    size_t all = p->circles.start[i + 1] - p->circles.start[i];
    uint32_t *units = EPI_ARRAY(a, b->n, uint32_t);
    for (size_t k = 0; k < b->n; k++)
        units[k] = near[k];
    double outside = p->cases - b->c;
    return (struct epi_scan_cluster){
        .centre = i,
        .units = units,
        .n = b->n,
        .radius = epi__scan_distance(in, i, units[b->n - 1]),
        .first = p->first + b->a,
        .last = p->first + b->b - 1,
        .observed = b->c,
        .expected = b->expected,
        .llr = b->llr,
        .relative_risk = outside > 0 ? b->c / b->expected / (outside / (p->cases - b->expected))
                                     : (double)INFINITY,
        .p_value = (double)NAN,
        .p_gumbel = (double)NAN,
        .largest = (p->circles.cut[i] && b->n == all) ||
                   (p->times > 1 && b->b - b->a == p->max_length && p->max_length < p->times),
    };
}

/* The cells of a cluster are taken: those of its time, or of all times. */
static void take(const struct epi__scan_plan *p, const struct epi_scan_cluster *c,
                 const struct best *b, bool again, int32_t *busy)
{
    for (size_t k = 0; k < c->n; k++)
        for (size_t t = again ? b->a : 0; t < p->times; t++)
            busy[c->units[k] * p->times + t] +=
                again ? (int32_t)((t < b->b ? t + 1 : b->b) - b->a) : (int32_t)t + 1;
}

/* Centres whose best can no longer be had. */
static size_t robbed(const struct search *o, uint32_t *centres)
{
    const struct epi__scan_plan *p = o->p;
    size_t n = 0;
    for (size_t i = 0; i < p->units; i++) {
        const struct best *b = &o->best[i];
        const uint16_t *near = p->circles.near + p->circles.start[i];
        bool free = true;
        for (size_t k = 0; k < b->n && free; k++) {
            const int32_t *busy = o->busy + near[k] * p->times;
            free = busy[b->b - 1] == (b->a ? busy[b->a - 1] : 0);
        }
        if (!free)
            centres[n++] = (uint32_t)i;
    }
    return n;
}

/* The best cylinder, then the best of those that do not overlap it, and so on. */
static void choose(struct epi_arena *a, const struct epi_scan_input *in,
                   const struct epi_scan_options *o, struct search *search, struct epi_scan *ret)
{
    EPI_ARENA_LOCAL(scratch);
    const struct epi__scan_plan *p = search->p;
    int32_t *busy = EPI_ARRAY(scratch, p->units * p->times, int32_t);
    uint32_t *centres = EPI_ARRAY(scratch, p->units, uint32_t);
    size_t most = o->clusters_max < p->units ? o->clusters_max : p->units, centre;
    ret->clusters = EPI_ARRAY(a, most + 1, struct epi_scan_cluster);
    while (ret->n < most && (centre = first_of(search)) != SIZE_MAX) {
        struct best b = search->best[centre];
        ret->clusters[ret->n] = cluster(a, in, p, &b, centre);
        take(p, &ret->clusters[ret->n++], &b, o->again, busy);
        search->busy = busy;
        search->centres = centres;
        epi_parallel_for(robbed(search, centres), search->threads, around, search);
    }
}

/* --- how unusual --- */
static void gumbel(struct epi_scan *s)
{
    double mean = 0, squares = 0, n = (double)s->replications;
    s->gumbel_location = s->gumbel_scale = (double)NAN;
    if (s->replications < GUMBEL_LEAST)
        return;
    for (size_t i = 0; i < s->replications; i++)
        mean += s->maxima[i] / n;
    for (size_t i = 0; i < s->replications; i++)
        squares += (s->maxima[i] - mean) * (s->maxima[i] - mean);
    double scale = sqrt(6 * squares / (n - 1)) / M_PI;
    if (scale > 0) {
        s->gumbel_scale = scale;
        s->gumbel_location = mean - EULER * scale;
    }
}

static void p_value(const struct epi_scan *s, struct epi_scan_cluster *c)
{
    double n = (double)s->replications, least = 1 / (n + 1);
    size_t reached = 0;
    if (s->replications == 0)
        return;
    for (size_t i = 0; i < s->replications; i++)
        reached += s->maxima[i] >= c->llr * (1 - SAME);
    c->p_value = (double)(reached + 1) / (n + 1);
    if (isnan(s->gumbel_scale))
        return;
    c->p_gumbel = -expm1(-exp(-(c->llr - s->gumbel_location) / s->gumbel_scale));
    c->beyond = reached == 0 && c->p_gumbel < least;
    if (c->beyond)
        c->p_value = c->p_gumbel;
}

static double cylinders(const struct epi__scan_plan *p)
{
    size_t circles = 0, windows = 0;
    for (size_t k = 0; k < p->circles.start[p->units]; k++)
        circles += p->circles.closed[k];
    for (size_t length = 1; length <= p->max_length; length++)
        windows += p->to_the_end ? 1 : p->times - length + 1;
    return (double)circles * (double)windows;
}

epi_status epi_scan(struct epi_arena *a, const struct epi_scan_input *in,
                    const struct epi_scan_options *o, struct epi_scan *ret, struct epi_err *reterr)
{
    EPI_ARENA_LOCAL(scratch);
    struct epi__scan_plan p;
    struct search search;
    *ret = (struct epi_scan){.replications = o->replications};
    EPI_TRY(epi__scan_plan(scratch, in, o, &p, reterr));
    ret->cases = p.cases;
    ret->total = p.total;
    ret->maxima = EPI_ARRAY(a, o->replications + 1, double);
    start_search(scratch, &p, o->threads, &search);
    choose(a, in, o, &search, ret);
    end_search(&search);
    ret->cylinders = cylinders(&p);
    epi__scan_replicate(&p, o, ret->maxima);
    gumbel(ret);
    for (size_t i = 0; i < ret->n; i++)
        p_value(ret, &ret->clusters[i]);
    return EPI_OK;
}
