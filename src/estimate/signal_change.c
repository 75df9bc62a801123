// SPDX-License-Identifier: AGPL-3.0-or-later
/* Change of level: outbreak P (Frisén, Andersson 2009, Sequential Analysis 28, 434) and the
 * generalised likelihood ratio of Poisson counts (Höhle, Paul 2008, CSDA 52, 4357). */
#include "estimate/signal_internal.h"

/* The smallest whole count with score(count) >= limit, for a score that does not fall; NaN when
 * there is none below 2^40. */
typedef double score_fn(double count, const void *ctx);
static double smallest(score_fn *score, const void *ctx, double limit)
{
    double lo = 0, hi = 1;
    if (score(0, ctx) >= limit)
        return 0;
    while (score(hi, ctx) < limit) {
        lo = hi;
        hi *= 2;
        if (hi > 0x1p40)
            return (double)NAN;
    }
    while (hi - lo > 1) {
        double mid = floor((lo + hi) / 2);
        *(score(mid, ctx) >= limit ? &hi : &lo) = mid;
    }
    return hi;
}

/* The non-decreasing regression of counts in time as blocks of neighbours with one mean, grown
 * point by point (pool adjacent violators). The blocks are also the edges of the lower convex hull
 * of the running sums. */
struct block {
    double sum, n;
    double before; /* sum of x log mu over the blocks below this one */
};
struct stack {
    struct block *blocks;
    size_t n;
    double sum, points;
};

static double xlog(double sum, double n)
{
    return sum > 0 ? sum * log(sum / n) : 0;
}

/* A new count pooled with the blocks whose mean is not below it; they end at *ret_kept. */
static struct block pooled(const struct stack *s, double y, size_t *ret_kept)
{
    struct block b = {y, 1, 0};
    size_t n = s->n;
    for (; n > 0 && s->blocks[n - 1].sum * b.n >= b.sum * s->blocks[n - 1].n; n--) {
        b.sum += s->blocks[n - 1].sum;
        b.n += s->blocks[n - 1].n;
    }
    if (n > 0)
        b.before = s->blocks[n - 1].before + xlog(s->blocks[n - 1].sum, s->blocks[n - 1].n);
    *ret_kept = n;
    return b;
}

static void push(struct stack *s, double y)
{
    size_t kept;
    struct block b = pooled(s, y, &kept);
    s->blocks[kept] = b;
    s->n = kept + 1;
    s->sum += y;
    s->points += 1;
}

/* --- outbreak P --- */
static double outbreak_score(double y, const void *ctx)
{
    const struct stack *s = ctx;
    size_t kept;
    struct block b = pooled(s, y, &kept);
    return b.before + xlog(b.sum, b.n) - xlog(s->sum + y, s->points + 1);
}

void epi_outbreak_p(struct epi_arena *a, double k, const struct epi_series *s, size_t from,
                    size_t to, struct epi_signal *ret)
{
    const double none = (double)NAN, limit = log(k);
    struct epi_arena_mark mark = epi_arena_mark(a);
    struct stack st = {.blocks = EPI_ARRAY(a, to + 1, struct block)};
    for (size_t i = 0; i < to; i++) {
        double y = s->cases[i];
        struct epi_signal r = {none, none, none, none, EPI_SIGNAL_MISSING, false};
        if (!isnan(y)) {
            r.state = EPI_SIGNAL_JUDGED;
            if (i >= from) {
                r.score = outbreak_score(y, &st);
                r.upper = smallest(outbreak_score, &st, limit);
                r.alarm = r.score > limit;
            }
            push(&st, y);
            r.expected = st.sum / st.points;
        }
        if (i >= from)
            ret[i - from] = r;
    }
    epi_arena_release(a, mark);
}

/* --- generalised likelihood ratio --- */
struct glr {
    struct stack since; /* the known points since the last alarm, the present one left out */
    double mean;
};

/* Höhle, Paul 2008: with S the counts and M the expectation since a change point, the
 * likelihood is largest at kappa = max(0, log(S/M)), and the log ratio is S log(S/M) - (S - M). As
 * a supremum of functions linear in (M, S) it is convex, so the best change point is a corner of
 * the lower convex hull of the running sums: the others need not be looked at. */
static double glr_score(double count, const void *ctx)
{
    const struct glr *g = ctx;
    double best = 0, sum = count, expected = g->mean;
    for (size_t b = g->since.n;; b--) {
        if (sum > expected) {
            double v = sum * log(sum / expected) - (sum - expected);
            best = v > best ? v : best;
        }
        if (b == 0)
            return best;
        sum += g->since.blocks[b - 1].sum;
        expected += g->since.blocks[b - 1].n * g->mean;
    }
}

void epi_glr(struct epi_arena *a, const struct epi_glr_options *o, const struct epi_series *s,
             size_t from, size_t to, struct epi_signal *ret)
{
    const double none = (double)NAN;
    struct epi_arena_mark mark = epi_arena_mark(a);
    double sum = 0, known = 0;
    for (size_t i = 0; i < from; i++)
        if (!isnan(s->cases[i])) {
            sum += s->cases[i];
            known += 1;
        }
    struct glr g = {{.blocks = EPI_ARRAY(a, to - from + 1, struct block)},
                    isnan(o->mean) ? sum / known : o->mean};
    for (size_t i = from; i < to; i++) {
        struct epi_signal *r = &ret[i - from];
        double y = s->cases[i];
        *r = (struct epi_signal){none, none, none, none, EPI_SIGNAL_JUDGED, false};
        if (!(g.mean > 0) || isnan(y)) {
            r->state = g.mean > 0 ? EPI_SIGNAL_MISSING : EPI_SIGNAL_NO_BASELINE;
            continue;
        }
        r->expected = g.mean;
        r->score = glr_score(y, &g);
        r->upper = smallest(glr_score, &g, o->c);
        r->alarm = r->score >= o->c;
        if (r->alarm)
            g.since.n = 0;
        else
            push(&g.since, y);
    }
    epi_arena_release(a, mark);
}
