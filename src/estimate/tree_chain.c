// SPDX-License-Identifier: AGPL-3.0-or-later
#include "tree_internal.h"

static void start(struct epi_arena *a, struct tree_chain *c, const uint8_t *roots)
{
    const struct tree_model *m = c->m;
    size_t n = m->n, mutated = 0, sequences = 0;
    c->t = EPI_ARRAY(a, n, int);
    c->root = EPI_ARRAY(a, n, uint8_t);
    c->roots = EPI_ARRAY(a, n, uint32_t);
    c->mass = EPI_ARRAY(a, n, double);
    c->next = EPI_ARRAY(a, n, double);
    c->scale = EPI_ARRAY(a, n, double);
    c->pick = EPI_ARRAY(a, n + 1, double);
    c->factor = EPI_ARRAY(a, m->steps + n, double);
    c->weight = EPI_ARRAY(a, (size_t)m->span, double);
    c->own = EPI_ARRAY(a, (size_t)m->span, double);
    for (unsigned kind = 0; kind < TREE_KINDS; kind++)
        c->lag[kind] = EPI_ARRAY(a, (size_t)(2 * m->pad + m->reach) + 1, double);
    for (size_t i = 0; i < n; i++) {
        c->t[i] = m->day[i] - (int)epi_rng_weighted(&c->rng, m->f, (size_t)m->last + 1);
        c->root[i] = roots[i];
        if (roots[i])
            c->roots[c->roots_n++] = (uint32_t)i;
        if (!isnan(m->least[i]))
            mutated += (size_t)m->least[i], sequences++;
    }
    c->pi = TREE_INSIDE(m->options->pi_a / (m->options->pi_a + m->options->pi_b));
    c->eps = 0.5, c->lambda = 0.05;
    c->mu = m->sequences ? fmin(((double)mutated + 1) / ((double)(sequences + 1) * m->genome), 0.1)
                         : m->options->mu;
}

void epi__tree_chain(struct epi_arena *a, const struct tree_model *m, const uint8_t *roots,
                     bool roots_fixed, uint64_t key, size_t burn_in, size_t rounds,
                     struct tree_sums *ret)
{
    struct tree_chain c = {.m = m, .roots_fixed = roots_fixed};
    size_t n = m->n;
    c.rng = epi_rng_stream(m->options->seed, "estimate.tree", key, 0);
    *ret = (struct tree_sums){.ancestor = EPI_ARRAY(a, n * n, double),
                              .elsewhere = EPI_ARRAY(a, n, double),
                              .unexplained = EPI_ARRAY(a, n, double),
                              .day = EPI_ARRAY(a, n * ((size_t)m->last + 1), double),
                              .kappa = EPI_ARRAY(a, n * m->generations, double),
                              .influence = EPI_ARRAY(a, n, double)};
    struct epi_arena_mark mark = epi_arena_mark(a);
    start(a, &c, roots);
    epi__tree_tables(&c);
    double square = 0;
    struct epi_tree_chain *s = &ret->means;
    for (size_t round = 0; round < burn_in + rounds; round++) {
        bool counts = round >= burn_in;
        for (size_t i = 0; i < n; i++)
            c.mass[i] = epi__tree_mass(&c, i, c.t[i], n);
        epi__tree_days(&c);
        struct tree_drawn d = epi__tree_draw(&c, counts ? ret : NULL);
        if (counts) {
            double like = d.loglik + epi__tree_contacts(&c, &d), post = like + epi__tree_prior(&c),
                   k = (double)(round - burn_in) + 1, off = post - s->log_posterior;
            s->log_likelihood += (like - s->log_likelihood) / k;
            s->log_posterior += off / k;
            square += off * (post - s->log_posterior);
            s->mu += (c.mu - s->mu) / k, s->pi += (c.pi - s->pi) / k;
            s->eps += (c.eps - s->eps) / k, s->lambda += (c.lambda - s->lambda) / k;
        }
        epi__tree_parameters(&c, &d);
        epi__tree_tables(&c);
    }
    s->sd = rounds > 1 ? sqrt(square / (double)(rounds - 1)) : 0;
    epi_arena_release(a, mark);
}
