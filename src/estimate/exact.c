// SPDX-License-Identifier: AGPL-3.0-or-later
#include "estimate/exact_internal.h"
#include "stats/stats.h"

/* exp(-NEGLIGIBLE) of the largest term cannot change a sum of doubles. */
#define NEGLIGIBLE 45.0
/* Below this a weight is out of reach of doubles. */
#define UNDERFLOW -700.0

double epi_exact_points(const struct epi_two_by_two *t)
{
    double n1 = t->exposed_ill + t->exposed_well, m1 = t->exposed_ill + t->unexposed_ill;
    return fmin(n1, m1) - fmax(0, t->exposed_ill - t->unexposed_well) + 1;
}

struct epi__exact epi__exact_of(struct epi_arena *a, const struct epi_two_by_two *t,
                                double log_tilt)
{
    double n1 = t->exposed_ill + t->exposed_well, n0 = t->unexposed_ill + t->unexposed_well,
           m1 = t->exposed_ill + t->unexposed_ill;
    double lo = fmax(0, m1 - n0), hi = fmin(n1, m1);
    struct epi__exact e = {.n = (size_t)(hi - lo) + 1, .log_tilt = log_tilt};
    e.to = e.n;
    e.obs = (size_t)(t->exposed_ill - lo);
    e.logw = EPI_ARRAY(a, e.n, double);
    /* Neighbours by their ratio: no large logarithms that cancel. */
    double sum = 0, carry = 0, top = 0;
    for (size_t i = 1; i < e.n; i++) {
        double x = lo + (double)i;
        double step = log((n1 - x + 1) * (m1 - x + 1) / (x * (n0 - m1 + x))) + log_tilt - carry;
        double next = sum + step; /* compensated summation */
        carry = (next - sum) - step;
        sum = next;
        e.logw[i] = sum;
        top = fmax(top, sum);
    }
    for (size_t i = 0; i < e.n; i++)
        e.logw[i] -= top;
    return e;
}

/* The points that doubles can hold beside the largest. */
static struct epi__exact held(const struct epi__exact *e)
{
    struct epi__exact h = *e;
    while (h.logw[h.from] < UNDERFLOW)
        h.from++;
    while (h.logw[h.to - 1] < UNDERFLOW)
        h.to--;
    return h;
}

struct epi__exact epi__exact_add(struct epi_arena *a, const struct epi__exact *x,
                                 const struct epi__exact *y)
{
    struct epi__exact p = held(x), q = held(y);
    struct epi__exact e = {.n = x->n + y->n - 1,
                           .from = p.from + q.from,
                           .to = p.to + q.to - 1,
                           .obs = x->obs + y->obs,
                           .log_tilt = x->log_tilt};
    e.logw = EPI_ARRAY(a, e.n, double);
    struct epi_arena_mark mark = epi_arena_mark(a);
    size_t m = q.to - q.from;
    double *wq = EPI_ARRAY(a, m, double), top = 0;
    for (size_t j = 0; j < m; j++)
        wq[j] = exp(q.logw[q.from + j]);
    for (size_t i = p.from; i < p.to; i++) {
        double wp = exp(p.logw[i]), *restrict out = e.logw + i + q.from;
        for (size_t j = 0; j < m; j++)
            out[j] += wp * wq[j];
    }
    epi_arena_release(a, mark);
    while (e.logw[e.from] <= 0)
        e.from++;
    while (e.logw[e.to - 1] <= 0)
        e.to--;
    for (size_t i = e.from; i < e.to; i++)
        top = fmax(top, e.logw[i]);
    for (size_t i = 0; i < e.n; i++)
        e.logw[i] = e.logw[i] > 0 ? log(e.logw[i] / top) : -INFINITY;
    return e;
}

static void count(struct epi__tails *t, const struct epi__exact *e, size_t k, double w)
{
    *(k < e->obs ? &t->below : k > e->obs ? &t->above : &t->at) += w;
    t->excess += w * ((double)k - (double)e->obs);
}

struct epi__tails epi__exact_tails(const struct epi__exact *e, double log_psi)
{
    /* log w is concave, so the mode is found by bisection on the sign of the step. */
    double by = log_psi - e->log_tilt;
    size_t mode = e->from, end = e->to - 1;
    while (mode < end) {
        size_t mid = mode + (end - mode) / 2;
        if (e->logw[mid + 1] - e->logw[mid] + by > 0)
            mode = mid + 1;
        else
            end = mid;
    }
    /* From the mode outwards; on the side of the observed point until nothing is added to its tail.
     */
    double top = e->logw[mode] + by * (double)mode;
    double enough = e->logw[e->obs] + by * (double)e->obs - top - NEGLIGIBLE;
    struct epi__tails t = {0, 0, 0, 0};
    for (size_t k = mode; k < e->to; k++) {
        double l = e->logw[k] + by * (double)k - top;
        if (l < (e->obs < mode ? -NEGLIGIBLE : enough))
            break;
        count(&t, e, k, exp(l));
    }
    for (size_t k = mode; k-- > e->from;) {
        double l = e->logw[k] + by * (double)k - top;
        if (l < (e->obs > mode ? -NEGLIGIBLE : enough))
            break;
        count(&t, e, k, exp(l));
    }
    double sum = t.below + t.at + t.above;
    return (struct epi__tails){t.below / sum, t.at / sum, t.above / sum, t.excess / sum};
}

struct quest { /* share of the observed point counted in the tail, and the tail wanted */
    const struct epi__exact *e;
    double at, want;
    enum { UPPER_TAIL, LOWER_TAIL, MEAN } of;
};
/* All three rise with psi. */
static double miss(double log_psi, void *ctx)
{
    const struct quest *q = ctx;
    struct epi__tails t = epi__exact_tails(q->e, log_psi);
    switch (q->of) {
    case UPPER_TAIL:
        return t.above + q->at * t.at - q->want;
    case LOWER_TAIL:
        return q->want - t.below - q->at * t.at;
    case MEAN:
        return t.excess;
    }
    return (double)NAN;
}

static double solve(struct quest q)
{
    double lo = q.e->log_tilt - 1, hi = q.e->log_tilt + 1, step = 1;
    for (; miss(lo, &q) > 0 && step < 1e3; step *= 2) {
        hi = lo;
        lo -= step;
    }
    for (; miss(hi, &q) < 0 && step < 1e3; step *= 2) {
        lo = hi;
        hi += step;
    }
    return exp(epi_root(miss, &q, lo, hi, 1e-13));
}

struct epi_ci epi__exact_fisher(const struct epi__exact *e, double level)
{
    double tail = (1 - level) / 2;
    bool least = e->obs == 0, most = e->obs == e->n - 1;
    if (least && most)
        return EPI_CI_NONE;
    return (struct epi_ci){
        least  ? 0
        : most ? INFINITY
               : solve((struct quest){e, 0, 0, MEAN}),
        least ? 0 : solve((struct quest){e, 1, tail, UPPER_TAIL}),
        most ? INFINITY : solve((struct quest){e, 1, tail, LOWER_TAIL}),
    };
}

struct epi_ci epi__exact_midp(const struct epi__exact *e, double level)
{
    double tail = (1 - level) / 2;
    bool least = e->obs == 0, most = e->obs == e->n - 1;
    if (least && most)
        return EPI_CI_NONE;
    return (struct epi_ci){
        least  ? 0
        : most ? INFINITY
               : solve((struct quest){e, 0.5, 0.5, UPPER_TAIL}),
        least ? 0 : solve((struct quest){e, 0.5, tail, UPPER_TAIL}),
        most ? INFINITY : solve((struct quest){e, 0.5, tail, LOWER_TAIL}),
    };
}

double epi__exact_p(const struct epi__exact *e)
{
    /* Tables as likely as the observed one count in spite of rounding: slack of 1e-7. */
    double bound = e->logw[e->obs] - e->log_tilt * (double)e->obs + log1p(1e-7), sum = 0, part = 0,
           top = -INFINITY;
    if (e->n < 2)
        return (double)NAN;
    for (size_t k = 0; k < e->n; k++)
        top = fmax(top, e->logw[k] - e->log_tilt * (double)k);
    for (size_t k = 0; k < e->n; k++) {
        double l = e->logw[k] - e->log_tilt * (double)k, w = exp(l - top);
        sum += w;
        if (l <= bound)
            part += w;
    }
    return fmin(1, part / sum);
}

double epi__exact_p_midp(const struct epi__exact *e)
{
    if (e->n < 2)
        return (double)NAN;
    struct epi__tails t = epi__exact_tails(e, 0);
    return fmin(1, 2 * fmin(t.below, t.above) + t.at);
}
