// SPDX-License-Identifier: AGPL-3.0-or-later
/* Free levers: written into a scenario; and the hazard that a drawn R0 means. */
#include "base/parallel.h"
#include "scenario/calibrate_internal.h"

#define PRIOR_FROM (-4.0) /* standard normal numbers between which R0 is looked at */
#define PRIOR_TO 4.0
#define R0_LEAST 0.01

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

struct look {
    const struct epi_calibration *c;
    struct epi__hazards *h;
};
static void hazard_of(size_t i, unsigned worker, void *ctx)
{
    const struct look *l = ctx;
    (void)worker;
    l->h->hazard[i] = log(epi_hazard_of(l->c->society, l->c->history, exp(l->h->r0[i])));
}
static double log_r0(double r0)
{
    return log(r0 > R0_LEAST ? r0 : R0_LEAST);
}
static const struct epi_free *free_r0(const struct epi_calibrate *how)
{
    const struct epi_lever *levers;
    (void)epi_levers(&levers);
    for (size_t i = 0; i < how->free_n; i++)
        if (strcmp(levers[how->free[i].lever].path, "r0") == 0)
            return &how->free[i];
    return NULL;
}
void epi__hazards_find(const struct epi_calibration *c, struct epi__hazards *ret)
{
    const struct epi_free *r0 = free_r0(&c->scenario->calibrate);
    double fixed = c->scenario->r0 > 0 ? c->scenario->r0 : c->history->r0;
    struct look l = {c, ret};
    for (size_t i = 0; i < EPI__HAZARDS; i++) {
        struct epi_scenario s = *c->scenario;
        double z = PRIOR_FROM + (PRIOR_TO - PRIOR_FROM) * (double)i / (EPI__HAZARDS - 1);
        ret->r0[i] =
            log_r0(r0 ? epi__lever_set(&s, r0->lever, epi_prior_at(&r0->prior, z)) : fixed);
    }
    size_t n = r0 ? EPI__HAZARDS : 1;
    epi_parallel_for(n, c->threads, hazard_of, &l);
    for (size_t i = 1; i < EPI__HAZARDS; i++)
        if (i >= n || !isfinite(ret->hazard[i])) /* beyond what contacts can bring */
            ret->hazard[i] = ret->hazard[i - 1];
}
double epi__hazard_at(const struct epi__hazards *h, double r0)
{
    double x = log_r0(r0);
    size_t i = 1;
    while (i + 1 < EPI__HAZARDS && h->r0[i] < x)
        i++;
    double width = h->r0[i] - h->r0[i - 1];
    double part = width > 0 ? (x - h->r0[i - 1]) / width : 0;
    part = part < 0 ? 0 : part > 1 ? 1 : part;
    return exp(h->hazard[i - 1] + part * (h->hazard[i] - h->hazard[i - 1]));
}
