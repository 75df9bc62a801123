// SPDX-License-Identifier: AGPL-3.0-or-later
/* The model made ready, imports sought, chains run and put together. */
#include "tree_internal.h"
#include "stats/stats.h"
#include <stdlib.h>

/* Mutations above the least beyond which a pair counts as having this many. */
#define STEPS_MAX 4096

/* A share by days, its sum 1; the first and last day that has one. */
struct shares {
    double *share;
    int first, last;
};
static bool shares_of(struct epi_arena *a, const double *share, size_t n, struct shares *ret)
{
    double sum = 0;
    *ret = (struct shares){.first = -1};
    for (size_t k = 0; k < n; k++) {
        if (!(share[k] >= 0 && isfinite(share[k])) || (share[k] > 0 && k > EPI_TREE_DAYS_MAX))
            return false;
        if (share[k] > 0) {
            ret->first = ret->first < 0 ? (int)k : ret->first;
            ret->last = (int)k;
        }
        sum += share[k];
    }
    if (!(sum > 0 && isfinite(sum)))
        return false;
    ret->share = EPI_ARRAY(a, (size_t)ret->last + 1, double);
    for (size_t k = 0; k <= (size_t)ret->last; k++)
        ret->share[k] = share[k] / sum;
    return true;
}

static double *logs(struct epi_arena *a, const double *v, size_t n)
{
    double *ret = EPI_ARRAY(a, n, double);
    for (size_t i = 0; i < n; i++)
        ret[i] = log(v[i]);
    return ret;
}

/* The generation time 1 .. generations times convolved. */
static void generations_of(struct epi_arena *a, struct tree_model *m, const struct shares *g)
{
    m->reach = (int)m->generations * g->last;
    size_t width = (size_t)m->reach + 1;
    double *w = EPI_ARRAY(a, m->generations * width, double);
    memcpy(w, g->share, ((size_t)g->last + 1) * sizeof *w);
    for (size_t k = 1; k < m->generations; k++)
        for (size_t d = 0; d + (size_t)g->last < width; d++)
            for (size_t e = 1; e <= (size_t)g->last; e++)
                w[k * width + d + e] += w[(k - 1) * width + d] * g->share[e];
    m->w = w;
    m->log_w = logs(a, w, m->generations * width);
}

/* Cases near enough in time: j can have infected i only when a day of i's can lie 1 .. reach after
 * one of j's. */
static void ranges(struct epi_arena *a, struct tree_model *m)
{
    struct tree_range *up = EPI_ARRAY(a, m->n, struct tree_range),
                      *down = EPI_ARRAY(a, m->n, struct tree_range),
                      *near = EPI_ARRAY(a, m->n, struct tree_range);
    int slack = m->span - 1;
    for (size_t i = 0; i < m->n; i++) {
        struct tree_range *const all[] = {&up[i], &down[i], &near[i]};
        const int from[] = {-m->reach - slack, 1 - slack, -slack},
                  to[] = {slack - 1, m->reach + slack, slack};
        for (int k = 0; k < 3; k++) {
            uint32_t lo = 0, hi = (uint32_t)m->n;
            while (lo < m->n && m->day[lo] - m->day[i] < from[k])
                lo++;
            while (hi > lo && m->day[hi - 1] - m->day[i] > to[k])
                hi--;
            *all[k] = (struct tree_range){lo, hi};
        }
    }
    m->ancestors = up, m->descendants = down, m->near = near;
}

static double distance(const struct epi_tree_data *d, const size_t *order, size_t i, size_t j)
{
    return d->distance ? d->distance[order[i] * d->n + order[j]] : (double)NAN;
}

static void codes(struct epi_arena *a, struct tree_model *m, const struct epi_tree_data *d,
                  const size_t *order)
{
    size_t n = m->n;
    double *least = EPI_ARRAY(a, n, double), most = 0;
    uint32_t *up = EPI_ARRAY(a, n * n, uint32_t), *down = EPI_ARRAY(a, n * n, uint32_t);
    for (size_t i = 0; i < n; i++) {
        least[i] = INFINITY;
        for (size_t j = 0; j < n; j++)
            if (j != i && !isnan(distance(d, order, i, j)))
                least[i] = fmin(least[i], distance(d, order, i, j));
        least[i] = isinf(least[i]) ? (double)NAN : least[i];
        m->sequences = m->sequences || !isnan(least[i]);
    }
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            if (j != i && !isnan(distance(d, order, i, j)))
                most = fmax(most, distance(d, order, i, j) - least[i]);
    m->steps = (size_t)fmin(most, STEPS_MAX) + 1;
    m->least = least;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            double v = j == i ? (double)NAN : distance(d, order, i, j);
            uint32_t step = 0;
            if (!isnan(v))
                step = (uint32_t)fmin(v - least[i], STEPS_MAX);
            else if (!isnan(least[i]))
                step = (uint32_t)(m->steps + i);
            bool met = d->contact && d->contact[order[j] * n + order[i]];
            up[i * n + j] = step << 2 | (met ? TREE_CONTACT : 0u) |
                            (m->sequences && isnan(least[i]) ? TREE_UNSEQUENCED : 0u);
            down[j * n + i] = up[i * n + j];
        }
    m->of_ancestor = up, m->of_descendant = down;
}

struct keyed {
    double day;
    size_t at;
};
static int by_day(const void *x, const void *y)
{
    const struct keyed *a = x, *b = y;
    if (a->day != b->day)
        return a->day < b->day ? -1 : 1;
    return (a->at > b->at) - (a->at < b->at);
}

static void sort_cases(struct epi_arena *a, const struct epi_tree_data *d, struct tree_model *m,
                       size_t *ret_order)
{
    struct keyed *k = EPI_ARRAY(a, d->n, struct keyed);
    int *day = EPI_ARRAY(a, d->n, int);
    for (size_t i = 0; i < d->n; i++)
        k[i] = (struct keyed){d->day[i], i};
    qsort(k, d->n, sizeof *k, by_day);
    for (size_t i = 0; i < d->n; i++) {
        ret_order[i] = k[i].at;
        day[i] = (int)(k[i].day - k[0].day);
    }
    m->day = day;
}

static void contacts_of(struct tree_model *m, const struct epi_tree_data *d)
{
    m->contacts = d->contact != NULL;
    m->pairs_n = (double)d->n * (double)(d->n - 1);
    for (size_t k = 0; d->contact && k < d->n * d->n; k++)
        m->contacts_n += d->contact[k] && k / d->n != k % d->n;
    if (!d->directed)
        m->pairs_n /= 2, m->contacts_n /= 2;
}

/* --- imports --- */
#define SEEK_ROUNDS 500
#define SEEK_BURN_IN 300
#define SEEK_CHAINS 2
static void first_root(const struct tree_model *m, uint8_t *root)
{
    memset(root, 0, m->n);
    root[0] = 1;
}

/* Cases that fit far worse than the mean case with the tree drawn in each round, one alone from
 * elsewhere, count as imports (Jombart 2014, "Detecting imported cases": global influence). */
static void seek_imports(struct epi_arena *a, const struct tree_model *m, uint8_t *root,
                         double *influence)
{
    double mean = 0, n = (double)m->n;
    for (size_t k = 0; k < SEEK_CHAINS; k++) {
        struct epi_arena_mark mark = epi_arena_mark(a);
        struct tree_sums s;
        epi__tree_chain(a, m, root, false, 1000 + k, SEEK_BURN_IN, SEEK_ROUNDS, &s);
        for (size_t i = 0; i < m->n; i++)
            influence[i] += s.influence[i] / (SEEK_ROUNDS * SEEK_CHAINS);
        epi_arena_release(a, mark);
    }
    for (size_t i = 0; i < m->n; i++)
        mean += influence[i] / n;
    for (size_t i = 0; i < m->n; i++)
        root[i] = root[i] || influence[i] > m->options->import_threshold * mean;
}

/* --- putting the chains together --- */
static size_t choose(struct epi_tree_chain *c, size_t n)
{
    size_t best = 0, used = 0;
    for (size_t k = 1; k < n; k++)
        if (c[k].log_posterior > c[best].log_posterior)
            best = k;
    for (size_t k = 0; k < n; k++) {
        c[k].used = c[k].log_posterior >= c[best].log_posterior - 2 * c[best].sd;
        used += c[k].used;
    }
    return used;
}

static void gather(const struct tree_model *m, const size_t *order, const struct tree_sums *sums,
                   struct epi_tree *t, size_t used)
{
    const size_t n = m->n, width = n + 1, days = (size_t)m->last + 1;
    const double share = 1 / ((double)used * (double)m->options->rounds);
    for (size_t i = 0; i < n; i++) {
        size_t o = order[i];
        double *to = t->ancestor + o * width, unexplained = 0, here = 0;
        for (size_t j = 0; j <= n; j++) {
            double lo = INFINITY, hi = 0, sum = 0;
            for (size_t k = 0; k < t->chains_n; k++) {
                if (!t->chains[k].used)
                    continue;
                double v = j < n ? sums[k].ancestor[i * n + j]
                                 : sums[k].elsewhere[i] + sums[k].unexplained[i];
                sum += v, lo = fmin(lo, v), hi = fmax(hi, v);
            }
            to[j < n ? order[j] : n] = sum * share;
            t->spread[o] = fmax(t->spread[o], (hi - lo) / (double)m->options->rounds);
        }
        for (size_t k = 0; k < t->chains_n; k++) {
            if (!t->chains[k].used)
                continue;
            unexplained += sums[k].unexplained[i] * share;
            for (size_t d = 0; d < days; d++)
                t->day[o * days + d] += sums[k].day[i * days + d] * share;
            for (size_t g = 0; g < m->generations; g++) {
                t->kappa[o * m->generations + g] += sums[k].kappa[i * m->generations + g];
                here += sums[k].kappa[i * m->generations + g];
            }
        }
        for (size_t g = 0; g < m->generations && here > 0; g++)
            t->kappa[o * m->generations + g] /= here;
        /* It may change places with the one from elsewhere, which then nobody can have infected. */
        t->sourceless[o] = unexplained > 0.01 && to[n] > 0.5 && !t->found[o];
    }
}

epi_status epi_tree(struct epi_arena *a, const struct epi_tree_data *d,
                    const struct epi_tree_options *o, struct epi_tree *ret, struct epi_err *reterr)
{
    struct tree_model m = {.n = d->n, .generations = o->generations, .genome = d->genome};
    struct shares g, f;
    EPI_ASSERT(o->chains && o->rounds && o->generations &&
               o->generations <= EPI_TREE_GENERATIONS_MAX);
    if (d->n < 2)
        return EPI_FAIL(reterr, EPI_INVALID, "estimate.tree.few", "%zu", d->n);
    if (d->n > EPI_TREE_CASES_MAX)
        return EPI_FAIL(reterr, EPI_LIMIT, "estimate.tree.too-many", "%zu", d->n);
    if (!shares_of(a, d->generation, d->generation_n, &g) || g.first < 1)
        return EPI_FAIL(reterr, EPI_INVALID, "estimate.tree.generation", "%s", "");
    if (!shares_of(a, d->delay, d->delay_n, &f))
        return EPI_FAIL(reterr, EPI_INVALID, "estimate.tree.delay", "%s", "");
    const size_t n = d->n;
    size_t *order = EPI_ARRAY(a, n, size_t);
    m.options = o;
    m.first = f.first, m.last = f.last, m.span = f.last - f.first + 1, m.pad = 2 * m.span + 1;
    m.f = f.share, m.log_f = logs(a, f.share, (size_t)f.last + 1);
    generations_of(a, &m, &g);
    sort_cases(a, d, &m, order);
    ranges(a, &m);
    codes(a, &m, d, order);
    contacts_of(&m, d);

    *ret = (struct epi_tree){
        .n = n,
        .chains_n = o->chains,
        .generations = o->generations,
        .ancestor = EPI_ARRAY(a, n * (n + 1), double),
        .kappa = EPI_ARRAY(a, n * o->generations, double),
        .day = EPI_ARRAY(a, n * ((size_t)f.last + 1), double),
        .days = (size_t)f.last + 1,
        .spread = EPI_ARRAY(a, n, double),
        .sourceless = EPI_ARRAY(a, n, uint8_t),
        .found = EPI_ARRAY(a, n, uint8_t),
        .chains = EPI_ARRAY(a, o->chains, struct epi_tree_chain),
    };
    uint8_t *root = EPI_ARRAY(a, n, uint8_t);
    double *influence = EPI_ARRAY(a, n, double);
    bool known = false;
    for (size_t i = 0; i < n; i++) {
        root[i] = d->imported && d->imported[order[i]];
        known = known || root[i];
    }
    if (!known) {
        first_root(&m, root);
        if (o->find_imports) {
            seek_imports(a, &m, root, influence);
            ret->influence = EPI_ARRAY(a, n, double);
        }
    }
    for (size_t i = 0; i < n; i++) {
        ret->found[order[i]] = root[i];
        if (ret->influence)
            ret->influence[order[i]] = influence[i];
    }
    struct tree_sums *sums = EPI_ARRAY(a, o->chains, struct tree_sums);
    for (size_t k = 0; k < o->chains; k++) {
        epi__tree_chain(a, &m, root, known, k, o->burn_in, o->rounds, &sums[k]);
        ret->chains[k] = sums[k].means;
    }
    gather(&m, order, sums, ret, choose(ret->chains, o->chains));
    return EPI_OK;
}
