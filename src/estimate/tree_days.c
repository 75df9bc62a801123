// SPDX-License-Identifier: AGPL-3.0-or-later
/* Days of infection, and who came from elsewhere, given the parameters; ancestors and kappa summed
 * out. A round costs of the order of n times the cases near in time. */
#include "tree_internal.h"

/* A mass from which nearly all was taken away is added up anew: the difference has no digits. */
#define CANCELLED 1e-6

/* --- days, one case at a time, drawn from all its days given the rest (Gibbs) --- */
static void draw_day(struct tree_chain *c, size_t i)
{
    const struct tree_model *m = c->m;
    const int span = m->span, lo = m->day[i] - m->last, hi = m->day[i] - m->first;
    const struct tree_range up = m->ancestors[i], down = m->descendants[i];
    const uint32_t *code = m->of_ancestor + i * m->n;
    double *weight = c->weight, *own = c->own;
    for (int s = 0; s < span; s++)
        own[s] = TREE_FLOOR;
    for (size_t j = up.from; j < up.to; j++) {
        if (j == i || lo - c->t[j] > m->reach || hi - c->t[j] < 1)
            continue;
        const double *lag = c->lag[code[j] & 3] + m->pad + (lo - c->t[j]),
                     g = c->factor[code[j] >> 2];
        for (int s = 0; s < span; s++)
            own[s] += g * lag[s];
    }
    for (int s = 0; s < span; s++)
        weight[s] = m->f[m->last - s] * (c->root[i] ? 1 : own[s]);
    code = m->of_descendant + i * m->n;
    for (size_t j = down.from; j < down.to; j++) {
        const int far = c->t[j] - lo;
        c->next[j] = NAN;
        if (j == i || far < 1 || far - (span - 1) > m->reach)
            continue;
        const double *lag = c->lag[code[j] & 3] + m->pad + far, g = c->factor[code[j] >> 2];
        double rest = c->mass[j] - g * lag[-(c->t[i] - lo)];
        if (!(rest > CANCELLED * c->mass[j]))
            rest = epi__tree_mass(c, j, c->t[j], i);
        c->next[j] = rest;
        if (c->root[j])
            continue;
        double inverse = 1 / c->mass[j], peak = 0;
        for (int s = 0; s < span; s++) {
            weight[s] *= (rest + g * lag[-s]) * inverse;
            peak = weight[s] > peak ? weight[s] : peak;
        }
        if (peak > 1e30 || peak < 1e-30)
            for (int s = 0; s < span && peak > 0; s++)
                weight[s] /= peak;
    }
    double sum = 0;
    for (int s = 0; s < span; s++)
        sum += weight[s];
    if (!(sum > 0))
        return;
    int s = (int)epi_rng_weighted(&c->rng, weight, (size_t)span);
    c->t[i] = lo + s;
    c->mass[i] = own[s];
    for (size_t j = down.from; j < down.to; j++)
        if (!isnan(c->next[j]))
            c->mass[j] = c->next[j] + epi__tree_pair(c, code[j], c->t[j] - c->t[i]);
}

/* --- two cases at once --- */
static bool reaches(const struct tree_chain *c, size_t i, size_t j)
{
    return j >= c->m->descendants[i].from && j < c->m->descendants[i].to;
}

static double change(const struct tree_chain *c, size_t i, size_t j, int from, int to)
{
    if (!reaches(c, i, j))
        return 0;
    uint32_t code = c->m->of_descendant[i * c->m->n + j];
    return epi__tree_pair(c, code, c->t[j] - to) - epi__tree_pair(c, code, c->t[j] - from);
}

/* Log of what a case adds beside its delay. */
static double alone(const struct tree_chain *c, size_t i, double mass, bool root)
{
    return root ? 0 : c->scale[i] + log(mass);
}

static void set_root(struct tree_chain *c, size_t from, size_t to)
{
    for (size_t k = 0; k < c->roots_n; k++)
        if (c->roots[k] == from)
            c->roots[k] = (uint32_t)to;
    c->root[from] = 0;
    c->root[to] = 1;
}

/* Proposes other days for i and x, and that they exchange who came from elsewhere; `log_ratio` is
 * that of their delays and of the proposal. */
static void propose_two(struct tree_chain *c, size_t i, size_t x, int ti, int tx, bool exchange,
                        double log_ratio)
{
    const struct tree_model *m = c->m;
    const struct tree_range a = m->descendants[i], b = m->descendants[x];
    size_t from = a.from < b.from ? a.from : b.from, to = a.to > b.to ? a.to : b.to;
    bool root_i = c->root[i], root_x = c->root[x];
    int old_i = c->t[i], old_x = c->t[x];
    double product = 1;
    log_ratio -= alone(c, i, c->mass[i], root_i) + alone(c, x, c->mass[x], root_x);
    c->t[i] = ti, c->t[x] = tx;
    for (size_t j = from; j < to; j++) {
        c->next[j] = c->mass[j];
        if (j == i || j == x)
            continue;
        double d = change(c, i, j, old_i, ti) + change(c, x, j, old_x, tx);
        if (d == 0)
            continue;
        double mass = c->mass[j] + d;
        if (!(mass > CANCELLED * c->mass[j]))
            mass = epi__tree_mass(c, j, c->t[j], c->m->n);
        c->next[j] = mass;
        if (c->root[j])
            continue;
        product *= mass / c->mass[j];
        if (product > 1e30 || product < 1e-30) {
            log_ratio += log(product);
            product = 1;
        }
    }
    double mass_i = epi__tree_mass(c, i, ti, c->m->n), mass_x = epi__tree_mass(c, x, tx, c->m->n);
    bool new_i = exchange ? root_x : root_i, new_x = exchange ? root_i : root_x;
    log_ratio += log(product) + alone(c, i, mass_i, new_i) + alone(c, x, mass_x, new_x);
    if (!(log(1 - epi_rng_unit(&c->rng)) < log_ratio)) {
        c->t[i] = old_i, c->t[x] = old_x;
        return;
    }
    for (size_t j = from; j < to; j++)
        c->mass[j] = c->next[j];
    c->mass[i] = mass_i, c->mass[x] = mass_x;
    if (new_i != root_i)
        set_root(c, root_i ? i : x, root_i ? x : i);
}

/* Two cases of about the same day exchange their places. */
static void exchange_places(struct tree_chain *c)
{
    const struct tree_model *m = c->m;
    size_t i = epi_rng_below(&c->rng, m->n);
    const struct tree_range near = m->near[i];
    size_t x = near.from + epi_rng_below(&c->rng, near.to - near.from);
    int delay_i = m->day[i] - c->t[x], delay_x = m->day[x] - c->t[i];
    if (x == i || delay_i < m->first || delay_i > m->last || delay_x < m->first ||
        delay_x > m->last || (c->roots_fixed && c->root[i] != c->root[x]))
        return;
    double ratio = m->log_f[delay_i] + m->log_f[delay_x] - m->log_f[m->day[i] - c->t[i]] -
                   m->log_f[m->day[x] - c->t[x]];
    if (ratio > -INFINITY)
        propose_two(c, i, x, c->t[x], c->t[i], true, ratio);
}

/* Another case takes the place of one from elsewhere, both with new days from the delay. */
static void replace_root(struct tree_chain *c, size_t k)
{
    const struct tree_model *m = c->m;
    size_t r = c->roots[k], x = epi_rng_below(&c->rng, m->n);
    if (c->root[x])
        return;
    int tr = m->day[r] - (int)epi_rng_weighted(&c->rng, m->f, (size_t)m->last + 1),
        tx = m->day[x] - (int)epi_rng_weighted(&c->rng, m->f, (size_t)m->last + 1);
    propose_two(c, r, x, tr, tx, true, 0);
}

/* Who is the one from elsewhere, all days as they are: drawn given the rest. */
static void draw_root(struct tree_chain *c, size_t k)
{
    const size_t n = c->m->n, r = c->roots[k];
    double best = -INFINITY;
    for (size_t i = 0; i < n; i++) {
        c->pick[i] = c->root[i] && i != r ? -INFINITY : -alone(c, i, c->mass[i], false);
        best = fmax(best, c->pick[i]);
    }
    for (size_t i = 0; i < n; i++)
        c->pick[i] = exp(c->pick[i] - best);
    size_t x = epi_rng_weighted(&c->rng, c->pick, n);
    if (x != r)
        set_root(c, r, x);
}

/* --- one round --- */
void epi__tree_days(struct tree_chain *c)
{
    const size_t n = c->m->n;
    for (size_t i = 0; i < n; i++)
        draw_day(c, i);
    for (size_t k = 0; k < n / 2 + 1; k++)
        exchange_places(c);
    for (size_t k = 0; k < c->roots_n && !c->roots_fixed; k++) {
        draw_root(c, k);
        replace_root(c, k);
    }
}
