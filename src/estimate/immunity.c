// SPDX-License-Identifier: AGPL-3.0-or-later
#include "estimate/immunity.h"
#include <math.h>

#define NEVER SIZE_MAX

double epi_dose_immunity(const struct epi_dose *d, double age)
{
    double since = age - d->lag;
    if (since < 0)
        return 0;
    double risen = since < d->ramp ? since / d->ramp : 1;
    return risen * exp(-d->waning * since);
}

/* People with the same days for all doses: neighbours in the one order in which all doses are
 * given. */
struct group {
    double people;
    size_t first_day; /* of any dose */
};

/* Cuts the order of people wherever any dose changes its day. days[g * doses_n + k]. */
static size_t make_groups(struct epi_arena *a, const double *const *doses, size_t doses_n, size_t n,
                          struct group *groups, size_t *days)
{
    size_t *at = EPI_ARRAY(a, doses_n, size_t), count = 0; /* day of dose k for the next person */
    double *left = EPI_ARRAY(a, doses_n, double);          /* of that day, not yet matched */
    for (size_t k = 0; k < doses_n; k++)
        left[k] = doses[k][0];
    for (;;) {
        double people = INFINITY;
        for (size_t k = 0; k < doses_n; k++) {
            while (at[k] < n && !(left[k] > 0)) {
                at[k]++;
                left[k] = at[k] < n ? doses[k][at[k]] : 0;
            }
            if (at[k] < n)
                people = fmin(people, left[k]);
        }
        if (people == INFINITY)
            return count;
        size_t first = NEVER;
        for (size_t k = 0; k < doses_n; k++) {
            days[count * doses_n + k] = at[k] < n ? at[k] : NEVER;
            first = at[k] < first ? at[k] : first;
            left[k] -= at[k] < n ? people : 0;
        }
        groups[count++] = (struct group){people, first};
    }
}

static void cumulate(struct epi_arena *a, const double *const *doses, size_t doses_n, size_t n,
                     double population, struct epi_immunity *ret)
{
    double *had = EPI_ARRAY(a, doses_n, double);
    ret->coverage = EPI_ARRAY(a, doses_n, double *);
    ret->ahead = ret->beyond = n;
    for (size_t k = 0; k < doses_n; k++)
        ret->coverage[k] = EPI_ARRAY(a, n, double);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < doses_n; k++) {
            had[k] += doses[k][i];
            ret->coverage[k][i] = had[k] / population;
            if (ret->beyond == n && had[k] > population * (1 + 1e-12))
                ret->beyond = i;
            if (ret->ahead == n && k > 0 && had[k] > had[k - 1] * (1 + 1e-12))
                ret->ahead = i;
        }
}

void epi_immunity(struct epi_arena *a, const double *const *doses, size_t doses_n, size_t n,
                  double population, const struct epi_dose *kinds, struct epi_immunity *ret)
{
    cumulate(a, doses, doses_n, n, population, ret);
    ret->immune = EPI_ARRAY(a, n, double);
    if (n == 0)
        return;
    struct epi_arena_mark mark = epi_arena_mark(a);
    size_t most = doses_n * (n + 1);
    struct group *groups = EPI_ARRAY(a, most, struct group);
    size_t *days = EPI_ARRAY(a, most * doses_n, size_t);
    double *effect = EPI_ARRAY(a, doses_n * n, double); /* [dose][age] */
    size_t count = make_groups(a, doses, doses_n, n, groups, days);
    for (size_t k = 0; k < doses_n; k++)
        for (size_t age = 0; age < n; age++)
            effect[k * n + age] =
                kinds[k].effectiveness * epi_dose_immunity(&kinds[k], (double)age);
    for (size_t g = 0; g < count; g++)
        for (size_t t = groups[g].first_day; t < n; t++) {
            double best = 0;
            for (size_t k = 0; k < doses_n; k++) {
                size_t day = days[g * doses_n + k];
                if (day <= t)
                    best = fmax(best, effect[k * n + (t - day)]);
            }
            ret->immune[t] += groups[g].people * best;
        }
    for (size_t t = 0; t < n; t++)
        ret->immune[t] /= population;
    epi_arena_release(a, mark);
}
