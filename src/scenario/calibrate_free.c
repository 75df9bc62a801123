// SPDX-License-Identifier: AGPL-3.0-or-later
/* Free levers: drawn, learnt from, and written into a scenario. */
#include "scenario/calibrate_internal.h"
#include "stats/stats.h"

#define FROM_PRIOR 0.2 /* share of later rounds drawn from the prior: no weight is large */

double epi__lever_set(struct epi_scenario *s, size_t lever, double v)
{
    const struct epi_lever *levers;
    (void)epi_levers(&levers);
    const struct epi_lever *l = &levers[lever];
    void *at = (char *)s + l->offset;
    v = v < l->lo ? l->lo : v > l->hi ? l->hi : v;
    if (l->type == EPI_LEVER_COUNT)
        v = *(int *)at = (int)lround(v);
    else
        *(double *)at = v;
    return v;
}

/* log of the standard normal density of n numbers, but for its constant */
static double log_standard(const double *z, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += z[i] * z[i];
    return -sum / 2;
}
static double log_normal_part(const struct epi__proposal *p, const double *z)
{
    double e[EPI_FREE_MAX + 1], log_det = 0;
    for (size_t i = 0; i < p->n; i++) { /* solves l e = z - mean */
        e[i] = z[i] - p->mean[i];
        for (size_t k = 0; k < i; k++)
            e[i] -= p->l[i * p->n + k] * e[k];
        e[i] /= p->l[i * p->n + i];
        log_det += log(p->l[i * p->n + i]);
    }
    return log_standard(e, p->n) - log_det;
}
double epi__propose(const struct epi__proposal *p, struct epi_rng *rng, double *ret_z)
{
    double e[EPI_FREE_MAX + 1], parts[2];
    bool from_prior = epi_rng_chance(rng, p->prior ? 1 : FROM_PRIOR);
    for (size_t i = 0; i < p->n; i++)
        e[i] = epi_rng_normal(rng);
    for (size_t i = 0; i < p->n; i++) {
        ret_z[i] = from_prior ? e[i] : p->mean[i];
        for (size_t k = 0; k <= i && !from_prior; k++)
            ret_z[i] += p->l[i * p->n + k] * e[k];
    }
    if (p->prior)
        return 0;
    double prior = log_standard(ret_z, p->n);
    parts[0] = log(FROM_PRIOR) + prior;
    parts[1] = log(1 - FROM_PRIOR) + log_normal_part(p, ret_z);
    return prior - epi_logsumexp(parts, 2);
}
void epi__proposal_learn(struct epi__proposal *p, const double *z, const double *weight, size_t n,
                         double wider, double least)
{
    size_t d = p->n;
    memset(p->mean, 0, sizeof p->mean);
    memset(p->l, 0, sizeof p->l);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < d; k++)
            p->mean[k] += weight[i] * z[i * d + k];
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < d; k++)
            for (size_t m = 0; m < d; m++)
                p->l[k * d + m] +=
                    wider * weight[i] * (z[i * d + k] - p->mean[k]) * (z[i * d + m] - p->mean[m]);
    for (size_t k = 0; k < d; k++)
        p->l[k * d + k] += least;
    p->prior = !epi_cholesky(p->l, d);
}
