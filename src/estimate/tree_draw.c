// SPDX-License-Identifier: AGPL-3.0-or-later
/* Ancestors and kappa given the days, parameters given the tree. */
#include "tree_internal.h"

/* Mutations between i and its ancestor j, or, when j has no sequence, the case j is taken to
 * descend from. */
static double mutations(struct tree_chain *c, size_t i, size_t j, double *ret_generations)
{
    const struct tree_model *m = c->m;
    uint32_t step = m->of_ancestor[i * m->n + j] >> 2;
    if (step >= m->steps) {
        for (size_t k = 0; k < m->n; k++) {
            step = m->of_ancestor[i * m->n + k] >> 2;
            c->pick[k] = step < m->steps ? c->factor[step] : 0;
        }
        step = m->of_ancestor[i * m->n + epi_rng_weighted(&c->rng, c->pick, m->n)] >> 2;
        *ret_generations += 1;
    }
    return m->least[i] + (double)step;
}

static size_t draw_kappa(struct tree_chain *c, uint32_t code, int lag)
{
    const struct tree_model *m = c->m;
    double weight[EPI_TREE_GENERATIONS_MAX],
        seen = 1,
        same = code & TREE_UNSEQUENCED || !m->sequences ? 1 : exp(m->genome * log1p(-c->mu)),
        meet = 1;
    if (m->contacts)
        meet = code & TREE_CONTACT ? 1 / c->lambda : (1 - c->eps) / (1 - c->eps * c->lambda);
    for (size_t k = 0; k < m->generations; k++) {
        weight[k] = (k ? 1 : meet) * seen * m->w[k * ((size_t)m->reach + 1) + (size_t)lag];
        seen *= (1 - c->pi) * same;
    }
    return epi_rng_weighted(&c->rng, weight, m->generations);
}

struct tree_drawn epi__tree_draw(struct tree_chain *c, struct tree_sums *sums)
{
    const struct tree_model *m = c->m;
    struct tree_drawn d = {0};
    double log_mu = log(c->mu), log_same = log1p(-c->mu), log_pi = log(c->pi),
           log_unseen = log1p(-c->pi);
    for (size_t i = 0; i < m->n; i++) {
        const struct tree_range r = m->ancestors[i];
        const uint32_t *code = m->of_ancestor + i * m->n;
        int delay = m->day[i] - c->t[i];
        double log_like = m->log_f[delay], sum = TREE_FLOOR;
        if (sums)
            sums->day[i * ((size_t)m->last + 1) + (size_t)delay]++;
        if (c->root[i]) {
            if (sums)
                sums->elsewhere[i]++, sums->influence[i] -= log_like;
            d.loglik += log_like;
            continue;
        }
        for (size_t j = r.from; j < r.to; j++)
            sum += c->pick[j] = j == i ? 0 : epi__tree_pair(c, code[j], c->t[i] - c->t[j]);
        c->mass[i] = sum;
        if (sums) {
            double *row = sums->ancestor + i * m->n, inverse = 1 / sum;
            for (size_t j = r.from; j < r.to; j++)
                row[j] += c->pick[j] * inverse;
            sums->unexplained[i] += TREE_FLOOR * inverse;
        }
        double at = epi_rng_unit(&c->rng) * sum - TREE_FLOOR;
        size_t from = r.to;
        for (size_t j = r.from; j < r.to && at >= 0; j++) {
            from = c->pick[j] > 0 ? j : from;
            at -= c->pick[j];
        }
        if (from == r.to) {
            log_like += c->scale[i] + log(TREE_FLOOR);
        } else {
            int lag = c->t[i] - c->t[from];
            size_t k = draw_kappa(c, code[from], lag);
            double generations = (double)k + 1;
            if (sums)
                sums->kappa[i * m->generations + k]++;
            d.infected++;
            d.unseen += (double)k;
            if (k == 0)
                *(code[from] & TREE_CONTACT ? &d.met : &d.not_met) += 1;
            log_like += m->log_w[k * ((size_t)m->reach + 1) + (size_t)lag] + log_pi +
                        (double)k * log_unseen;
            if (m->sequences && !isnan(m->least[i])) {
                double mutated = mutations(c, i, from, &generations),
                       unchanged = generations * m->genome - mutated;
                d.mutations += mutated, d.unchanged += unchanged;
                log_like += mutated * log_mu + unchanged * log_same;
            }
        }
        d.loglik += log_like;
        if (sums)
            sums->influence[i] -= log_like;
    }
    return d;
}

double epi__tree_contacts(const struct tree_chain *c, const struct tree_drawn *d)
{
    const struct tree_model *m = c->m;
    if (!m->contacts)
        return 0;
    double others = m->contacts_n - d->met, none = m->pairs_n - m->contacts_n - d->not_met;
    return m->contacts_n * log(c->eps) + d->not_met * log1p(-c->eps) + others * log(c->lambda) +
           none * log1p(-c->eps * c->lambda);
}

/* An update of x in (lo, hi) that leaves the density exp(f) as it is: slice sampling by shrinkage
 * of the whole interval (Neal 2003, Ann Stat 31:705, figure 5). */
struct target {
    double a, b, none, other; /* x^a (1 - x)^b (1 - other x)^none */
};
static double log_beta_like(double x, void *ctx)
{
    const struct target *g = ctx;
    return g->a * log(x) + g->b * log1p(-x) + (g->none > 0 ? g->none * log1p(-g->other * x) : 0);
}
static double log_mu_density(double u, void *ctx)
{
    const struct target *g = ctx;
    double mu = exp(u);
    return (g->a + 1) * u + g->b * log1p(-mu) - g->other * mu;
}
static double slice(struct epi_rng *rng, epi_fn *f, void *ctx, double x, double lo, double hi)
{
    double level = f(x, ctx) + log(1 - epi_rng_unit(rng));
    for (int i = 0; i < 100; i++) {
        double y = lo + epi_rng_unit(rng) * (hi - lo);
        if (y > lo && y < hi && f(y, ctx) >= level)
            return y;
        if (y < x)
            lo = y;
        else
            hi = y;
    }
    return x;
}

void epi__tree_parameters(struct tree_chain *c, const struct tree_drawn *d)
{
    const struct tree_model *m = c->m;
    const struct epi_tree_options *o = m->options;
    c->pi = TREE_INSIDE(epi_draw_beta(&c->rng, o->pi_a + d->infected, o->pi_b + d->unseen));
    if (m->sequences) {
        struct target g = {d->mutations, d->unchanged, 0, o->mu_rate};
        c->mu = exp(slice(&c->rng, log_mu_density, &g, log(c->mu), -50, log(0.5)));
    }
    if (m->contacts) {
        double others = m->contacts_n - d->met, none = m->pairs_n - m->contacts_n - d->not_met;
        struct target eps = {m->contacts_n + o->eps_a - 1, d->not_met + o->eps_b - 1, none,
                             c->lambda};
        c->eps = TREE_INSIDE(slice(&c->rng, log_beta_like, &eps, c->eps, 0, 1));
        struct target lambda = {others + o->lambda_a - 1, o->lambda_b - 1, none, c->eps};
        c->lambda = TREE_INSIDE(slice(&c->rng, log_beta_like, &lambda, c->lambda, 0, 1));
    }
}

static double beta_logpdf(double x, double a, double b)
{
    return (a - 1) * log(x) + (b - 1) * log1p(-x) - epi_lbeta(a, b);
}
double epi__tree_prior(const struct tree_chain *c)
{
    const struct epi_tree_options *o = c->m->options;
    double p = beta_logpdf(c->pi, o->pi_a, o->pi_b);
    if (c->m->sequences)
        p += log(o->mu_rate) - o->mu_rate * c->mu;
    if (c->m->contacts)
        p += beta_logpdf(c->eps, o->eps_a, o->eps_b) +
             beta_logpdf(c->lambda, o->lambda_a, o->lambda_b);
    return p;
}
