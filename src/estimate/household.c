// SPDX-License-Identifier: AGPL-3.0-or-later
#include "estimate/household.h"
#include "stats/stats.h"

/* Adds weight * P(j of s infected), each escaping with probability exp(log_escape), to to[j],
 * j = 0 .. s, from the most likely j outwards, so that nothing underflows that matters. */
static void binomial(double weight, size_t s, double log_escape, const double *log_factorial,
                     double *to)
{
    double p = -expm1(log_escape), odds = expm1(-log_escape);
    size_t mode = (size_t)((double)(s + 1) * p);
    mode = mode > s ? s : mode;
    double at =
        weight * exp(log_factorial[s] - log_factorial[mode] - log_factorial[s - mode] +
                     (double)mode * epi_log1mexp(log_escape) + (double)(s - mode) * log_escape);
    double v = at;
    for (size_t j = mode;; j++) {
        to[j] += v;
        if (j == s)
            break;
        v *= odds * (double)(s - j) / (double)(j + 1);
    }
    v = at;
    for (size_t j = mode; j > 0; j--) {
        v *= (double)j / (odds * (double)(s - j + 1));
        to[j - 1] += v;
    }
}

/* state[s * (most + 1) + i]: probability of s susceptible and i infectious. Every step takes
 * susceptible away or ends, so states are settled from the largest s down. */
void epi_household(struct epi_arena *a, enum epi_household_model model, size_t n, size_t m,
                   double q, double *ret)
{
    for (size_t k = 0; k <= n; k++)
        ret[k] = 0;
    if (q >= 1 || q <= 0) {
        ret[q >= 1 ? 0 : n] = 1;
        return;
    }
    struct epi_arena_mark mark = epi_arena_mark(a);
    size_t most = n > m ? n : m, width = most + 1;
    double *state = EPI_ARRAY(a, (n + 1) * width, double), *next = EPI_ARRAY(a, n + 1, double),
           *log_factorial = EPI_ARRAY(a, n + 1, double);
    for (size_t k = 0; k <= n; k++)
        log_factorial[k] = epi_lgamma((double)k + 1);
    state[n * width + m] = 1;
    for (size_t s = n;; s--) {
        double *row = state + s * width, together = 0;
        for (size_t i = 1; i <= most && model == EPI_GREENWOOD; i++) {
            together += row[i]; /* how many are infectious makes no difference */
            row[i] = 0;
        }
        if (model == EPI_GREENWOOD)
            row[1] = together;
        for (size_t i = 1; i <= most; i++) {
            double log_escape = (double)i * log(q);
            if (row[i] == 0)
                continue;
            if (log_escape < -700) /* nobody escapes so many, as far as numbers go */
                next[s] += row[i];
            else
                binomial(row[i], s, log_escape, log_factorial, next);
            ret[n - s] += next[0];
            next[0] = 0;
            for (size_t j = 1; j <= s; j++) {
                state[(s - j) * width + j] += next[j];
                next[j] = 0;
            }
        }
        if (s == 0)
            break;
    }
    epi_arena_release(a, mark);
}

/* --- fit --- */
struct fit {
    struct epi_arena *a;
    enum epi_household_model model;
    const struct epi_household_count *h;
    size_t n;
    double *p, target;
};
static double loglik(struct fit *f, double q)
{
    double sum = 0;
    for (size_t k = 0; k < f->n; k++) {
        const struct epi_household_count *h = &f->h[k];
        bool again = k > 0 && h->susceptible == h[-1].susceptible && h->initial == h[-1].initial;
        if (!again)
            epi_household(f->a, f->model, h->susceptible, h->initial, q, f->p);
        if (h->count > 0)
            sum += h->count * log(f->p[h->infected]);
    }
    return sum;
}
/* q by its log odds. */
static double q_of(double u)
{
    return 1 / (1 + exp(-u));
}
static double negative(double u, void *ctx)
{
    return -loglik(ctx, q_of(u));
}
static double above(double u, void *ctx)
{
    struct fit *f = ctx;
    return loglik(f, q_of(u)) - f->target;
}

#define FAR 34.0 /* q within 1e-15 of its ends */
struct epi_ci epi_household_fit(struct epi_arena *a, enum epi_household_model model,
                                const struct epi_household_count *h, size_t n, double level,
                                double *ret_loglik)
{
    size_t most = 0, room = 0;
    double infected = 0, escaped = 0;
    for (size_t k = 0; k < n; k++) {
        most = h[k].susceptible > most ? h[k].susceptible : most;
        room += h[k].susceptible;
        infected += h[k].count * (double)h[k].infected;
        escaped += h[k].count * (double)(h[k].susceptible - h[k].infected);
    }
    if (room == 0 || infected + escaped == 0)
        return EPI_CI_NONE;
    struct epi_arena_mark mark = epi_arena_mark(a);
    struct fit f = {a, model, h, n, EPI_ARRAY(a, most + 1, double), 0};
    struct epi_ci q = {infected == 0 ? 1 : 0, 0, 1};
    double best, u = infected == 0 ? FAR : -FAR;
    if (infected > 0 && escaped > 0) {
        /* The likelihood has one peak; a coarse search keeps Brent's steps near it. */
        double at = 0, least = INFINITY;
        for (double v = -FAR; v <= FAR; v += 1) {
            double l = negative(v, &f);
            if (l < least)
                least = l, at = v;
        }
        u = epi_minimum(negative, &f, at - 1, at + 1, 1e-9);
        q.est = q_of(u);
    }
    best = infected > 0 && escaped > 0 ? loglik(&f, q.est) : 0;
    f.target = best - epi_chi2_q(level, 1) / 2;
    if (above(-FAR, &f) < 0)
        q.lo = q_of(epi_root(above, &f, -FAR, u, 1e-12));
    if (above(FAR, &f) < 0)
        q.hi = q_of(epi_root(above, &f, u, FAR, 1e-12));
    if (ret_loglik)
        *ret_loglik = best;
    epi_arena_release(a, mark);
    return q;
}
