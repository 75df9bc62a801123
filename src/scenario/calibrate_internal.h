/* calibrate_internal.h - shared by the files that fit a scenario to counts. */
#ifndef EPI_SCENARIO_CALIBRATE_INTERNAL_H
#define EPI_SCENARIO_CALIBRATE_INTERNAL_H
#include "scenario/scenario_internal.h"

/* Writes a drawn figure into its lever, within the lever's range; counts are rounded. Returns what
 * was written. */
double epi__lever_set(struct epi_scenario *s, size_t lever, double v);

/* --- where free levers are drawn from, on the scale of z --- */
struct epi__proposal {
    size_t n;                                          /* free figures */
    bool prior;                                        /* nothing else is known yet */
    double mean[EPI_FREE_MAX + 1];                     /* of the normal part */
    double l[(EPI_FREE_MAX + 1) * (EPI_FREE_MAX + 1)]; /* lower Cholesky factor, rows of n */
};
/* Draws z; returns log(prior / proposal). */
double epi__propose(const struct epi__proposal *p, struct epi_rng *rng, double *ret_z);
/* Mean and Cholesky factor of `wider` times the covariance of z [n * p->n] under weights (sum 1),
 * with `least` added to every variance. */
void epi__proposal_learn(struct epi__proposal *p, const double *z, const double *weight, size_t n,
                         double wider, double least);

/* --- the chance of a count --- */
struct epi__seen {
    double mean, size;
};
struct epi__seen epi__seen(double found, double scale, double dispersion);
/* Places of a series, one bit each. */
struct epi__area {
    uint32_t *place;
    size_t n;
};
struct epi__area *epi__areas(struct epi_arena *a, const struct epi_observed *o,
                             const struct epi_society *s);
double epi__found_in(const struct epi_world *w, const struct epi__area *area, int day);

/* Foreseen for a day by weighted particles. */
struct epi__foreseen {
    size_t n;
    const double *weight;
    const struct epi__seen *seen;
};
void epi__foresee(struct epi_arena *a, const struct epi__foreseen *f, uint64_t seed, uint64_t key,
                  double ret[EPI_FIT_LEVELS]);
/* Standard normal if the count came from what was foreseen. */
double epi__normal_score(const struct epi__foreseen *f, double y);
/* Weeks, chi2, p and cover of what was foreseen. */
void epi__judge(const struct epi_observed *o, struct epi_calibrated *ret);
#endif
