// SPDX-License-Identifier: AGPL-3.0-or-later
/* Doubly interval-censored delays: Reich et al. 2009, Stat Med 28:2769. The double integral of a
 * pair is a second difference of G(x) = integral of F from 0 to x, which is known in closed form
 * from the partial mean: G(x) = x F(x) - E[X; X <= x]. Only distinct x and distinct pairs cost. */
#include "estimate/delay_internal.h"
#include <stdlib.h>

struct pair { /* places of its arguments among the distinct ones */
    int type;
    uint32_t at[4];  /* sr - el, sr - er, sl - el, sl - er */
    uint32_t end[2]; /* until - el, until - er; UINT32_MAX = not truncated */
};
struct problem {
    enum epi_delay_family family;
    size_t pairs_n, x_n;
    struct pair *pairs;
    double *times;         /* of each distinct pair */
    double *x;             /* distinct arguments, ascending */
    double *cdf, *sf;      /* at x */
    double *below, *above; /* G(x); H(x) = integral of 1 - F from x on = G(x) - x + mean */
};

static int compare(const void *x, const void *y)
{
    double a = *(const double *)x, b = *(const double *)y;
    return (a > b) - (a < b);
}
static int compare_pairs(const void *x, const void *y)
{
    const struct pair *a = x, *b = y;
    if (a->type != b->type)
        return a->type < b->type ? -1 : 1;
    return memcmp(a->at, b->at, sizeof a->at + sizeof a->end);
}

static uint32_t place(const struct problem *p, double x)
{
    size_t lo = 0, hi = p->x_n;
    while (hi - lo > 1) {
        size_t mid = (lo + hi) / 2;
        *(p->x[mid] <= x ? &lo : &hi) = mid;
    }
    return (uint32_t)lo;
}

static int type_of(const struct epi_censored *c, size_t i)
{
    if (c->type)
        return (int)c->type[i];
    bool first = c->er[i] > c->el[i], second = c->sr[i] > c->sl[i];
    return first && second   ? EPI_CENSORED_BOTH
           : first || second ? EPI_CENSORED_ONE
                             : EPI_CENSORED_NONE;
}

static bool truncated(const struct epi_censored *c, size_t i)
{
    return c->until && isfinite(c->until[i]);
}

static void prepare(struct epi_arena *a, const struct epi_censored *c, struct problem *p)
{
    double *x = EPI_ARRAY(a, 6 * c->n + 1, double);
    size_t all = 0;
    for (size_t i = 0; i < c->n; i++) {
        x[all++] = c->sr[i] - c->el[i];
        x[all++] = c->sr[i] - c->er[i];
        x[all++] = c->sl[i] - c->el[i];
        x[all++] = c->sl[i] - c->er[i];
        if (truncated(c, i)) {
            x[all++] = c->until[i] - c->el[i];
            x[all++] = c->until[i] - c->er[i];
        }
    }
    qsort(x, all, sizeof *x, compare);
    for (size_t i = 0; i < all; i++)
        if (p->x_n == 0 || x[p->x_n - 1] != x[i])
            x[p->x_n++] = x[i];
    p->x = x;
    struct pair *q = EPI_ARRAY(a, c->n, struct pair);
    for (size_t i = 0; i < c->n; i++) {
        q[i] = (struct pair){.type = type_of(c, i),
                             .at = {place(p, c->sr[i] - c->el[i]), place(p, c->sr[i] - c->er[i]),
                                    place(p, c->sl[i] - c->el[i]), place(p, c->sl[i] - c->er[i])},
                             .end = {UINT32_MAX, UINT32_MAX}};
        if (truncated(c, i)) {
            q[i].end[0] = place(p, c->until[i] - c->el[i]);
            q[i].end[1] = place(p, c->until[i] - c->er[i]);
        }
    }
    qsort(q, c->n, sizeof *q, compare_pairs);
    p->times = EPI_ARRAY(a, c->n, double);
    for (size_t i = 0; i < c->n; i++) {
        if (p->pairs_n == 0 || compare_pairs(&q[p->pairs_n - 1], &q[i]) != 0)
            q[p->pairs_n++] = q[i];
        p->times[p->pairs_n - 1]++;
    }
    p->pairs = q;
    p->cdf = EPI_ARRAY(a, p->x_n, double);
    p->sf = EPI_ARRAY(a, p->x_n, double);
    p->below = EPI_ARRAY(a, p->x_n, double);
    p->above = EPI_ARRAY(a, p->x_n, double);
}

/* F(hi) - F(lo), exact in both tails. */
static double between(const struct problem *p, uint32_t lo, uint32_t hi)
{
    return p->cdf[lo] < 0.5 ? p->cdf[hi] - p->cdf[lo] : p->sf[lo] - p->sf[hi];
}

static double likelihood(const struct problem *p, const struct pair *q, const double *par)
{
    if (q->type == EPI_CENSORED_NONE)
        return exp(epi_delay_logpdf(p->family, par, p->x[q->at[2]]));
    if (q->type == EPI_CENSORED_ONE)
        return between(p, q->at[3], q->at[0]);
    /* G and H differ by a straight line, which a second difference does not see. */
    const double *g = p->cdf[q->at[0]] < 0.5 ? p->below : p->above;
    return (g[q->at[0]] - g[q->at[1]]) - (g[q->at[2]] - g[q->at[3]]);
}

/* What could have been seen at all, of the pair's first event. */
static double seen(const struct problem *p, const struct pair *q)
{
    double width = p->x[q->end[0]] - p->x[q->end[1]];
    if (!(width > 0.0))
        return p->cdf[q->end[0]];
    double whole = p->below[q->end[0]] - p->below[q->end[1]];
    return q->type == EPI_CENSORED_BOTH ? whole : whole / width;
}

static double minus_loglik(const double *work, size_t n, void *ctx)
{
    struct problem *p = ctx;
    double par[2], mean, sd, sum = 0.0;
    (void)n;
    epi__delay_par_of(p->family, work, par);
    epi_delay_moments(p->family, par, &mean, &sd);
    if (!isfinite(mean) || !(par[0] != 0.0))
        return INFINITY;
    for (size_t i = 0; i < p->x_n; i++) {
        double x = p->x[i], lo, hi;
        p->cdf[i] = epi_delay_cdf(p->family, par, x);
        p->sf[i] = epi_delay_sf(p->family, par, x);
        epi__delay_partial_mean(p->family, par, x, &lo, &hi);
        p->below[i] = x > 0.0 ? x * p->cdf[i] - lo : 0.0;
        p->above[i] = x > 0.0 ? hi - x * p->sf[i] : mean - x;
    }
    for (size_t i = 0; i < p->pairs_n; i++) {
        double l = likelihood(p, &p->pairs[i], par);
        sum -= p->times[i] * log(l > 1e-300 ? l : 1e-300); /* a slope to come down by */
        if (p->pairs[i].end[0] != UINT32_MAX) {
            double s = seen(p, &p->pairs[i]);
            sum += p->times[i] * log(s > 1e-300 ? s : 1e-300);
        }
    }
    return isfinite(sum) ? sum : INFINITY;
}

epi_status epi_delay_fit_interval(struct epi_arena *a, const struct epi_censored *c,
                                  enum epi_delay_family f, struct epi_delay_fit *ret,
                                  struct epi_err *reterr)
{
    struct problem p = {.family = f};
    double mean = 0.0, square = 0.0;
    if (c->n == 0 || !epi__delay_positive(f))
        return EPI_FAIL(reterr, EPI_INVALID, "estimate.delay-none", "%s", epi_delay_name(f));
    for (size_t i = 0; i < c->n; i++) { /* middle of the middles, kept above 0 */
        double longest = c->sr[i] - c->el[i], shortest = c->sl[i] - c->er[i];
        double middle = 0.5 * (longest + (shortest > 0.0 ? shortest : 0.0));
        if (!(longest >= 0.0) || !(c->er[i] >= c->el[i]) || !(c->sr[i] >= c->sl[i]))
            return EPI_FAIL(reterr, EPI_INVALID, "estimate.delay-impossible", "%zu", i + 1);
        double y = log(middle > 1e-3 ? middle : 1e-3);
        mean += y / (double)c->n;
        square += y * y / (double)c->n;
    }
    double var = square - mean * mean;
    prepare(a, c, &p);
    ret->n = (double)c->n;
    epi__delay_maximise(minus_loglik, &p, f, mean, sqrt(var > 0.04 ? var : 0.04), ret);
    return EPI_OK;
}
