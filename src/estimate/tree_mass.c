// SPDX-License-Identifier: AGPL-3.0-or-later
/* What depends on the parameters, and the mass of a case. */
#include "tree_internal.h"

/* The least genetic factor, well above the floor. */
#define LEAST_FACTOR 1e-200

/* The factor of an ancestor without a sequence: it descends from any case that has one, a
 * generation before. */
static void mixtures(struct tree_chain *c, double unchanged)
{
    const struct tree_model *m = c->m;
    for (size_t i = 0; i < m->n; i++) {
        double sum = 0, known = 0;
        for (size_t j = 0; j < m->n; j++) {
            uint32_t step = m->of_ancestor[i * m->n + j] >> 2;
            if (step < m->steps)
                sum += c->factor[step], known++;
        }
        c->factor[m->steps + i] = known > 0 ? unchanged * sum / known : 1;
    }
}

void epi__tree_tables(struct tree_chain *c)
{
    const struct tree_model *m = c->m;
    double same = m->sequences ? m->genome * log1p(-c->mu) : 0,
           odds = m->sequences ? log(c->mu) - log1p(-c->mu) : 0;
    size_t width = (size_t)m->reach + 1;
    for (unsigned kind = 0; kind < TREE_KINDS; kind++) {
        double *lag = c->lag[kind] + m->pad, seen = c->pi, meet = 1;
        if ((kind & TREE_CONTACT && !m->contacts) || (kind & TREE_UNSEQUENCED && !m->sequences))
            continue;
        double step = (1 - c->pi) * (kind & TREE_UNSEQUENCED ? 1 : exp(same));
        if (m->contacts)
            meet = kind & TREE_CONTACT ? 1 / c->lambda : (1 - c->eps) / (1 - c->eps * c->lambda);
        for (size_t d = 1; d < width; d++)
            lag[d] = seen * meet * m->w[d];
        for (size_t k = 1; k < m->generations; k++) {
            seen *= step;
            for (size_t d = 1; d < width; d++)
                lag[d] += seen * m->w[k * width + d];
        }
    }
    for (size_t s = 0; s < m->steps; s++)
        c->factor[s] = fmax(exp(odds * (double)s), LEAST_FACTOR);
    bool some = false;
    for (size_t i = 0; i < m->n; i++) {
        bool none = isnan(m->least[i]);
        c->scale[i] = none ? 0 : m->least[i] * odds + same;
        some = some || none;
    }
    if (some && m->sequences)
        mixtures(c, exp(same));
}

double epi__tree_mass(const struct tree_chain *c, size_t i, int t, size_t without)
{
    const struct tree_range r = c->m->ancestors[i];
    const uint32_t *code = c->m->of_ancestor + i * c->m->n;
    double sum = TREE_FLOOR;
    for (size_t j = r.from; j < r.to; j++)
        sum += j == i || j == without ? 0 : epi__tree_pair(c, code[j], t - c->t[j]);
    return sum;
}
