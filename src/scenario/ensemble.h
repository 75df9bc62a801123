/* ensemble.h - many runs moved together until they look like what was observed.
 *
 * An ensemble smoother with several steps (Emerick and Reynolds 2013, Comput Geosci 55:3; for
 * epidemics Evensen et al. 2021, Foundations of Data Science 3:413). Members are draws z from a
 * standard normal prior; each has data d that its run gave, observed with standard normal errors.
 * A step of share s moves every member by
 *
 *     z += C_zd (C_dd + I / s)^-1 (y + e / sqrt(s) - d),   e standard normal,
 *
 * with covariances of the ensemble; after steps whose shares sum to 1 members are draws from the
 * posterior, if the model is linear and everything normal. How large a step may be follows from the
 * misfits (Iglesias and Yang 2021, Inverse Problems 37:025008, eq. 17). */
#ifndef EPI_SCENARIO_ENSEMBLE_H
#define EPI_SCENARIO_ENSEMBLE_H
#include "base/base.h"

struct epi__ensemble {
    size_t n, figures, data;
    double *z;             /* [n * figures] */
    const double *d;       /* [n * data] */
    const double *y;       /* [data] */
    const int *figure_day; /* [figures]: data of earlier days know nothing of it */
    const int *data_day;   /* [data] */
};
/* The share of the next step when `left` (of 1) remains; `left` itself when nothing is in the way.
 */
double epi__ensemble_share(const struct epi__ensemble *e, double left);
/* Half the mean squared distance between data and what was observed: about data / 2 when they fit.
 */
double epi__ensemble_misfit(const struct epi__ensemble *e);
/* One step. Numbers are drawn with (seed, round). EPI_INVALID when data are not finite. */
EPI_MUST_USE epi_status epi__ensemble_step(struct epi_arena *a, const struct epi__ensemble *e,
                                           double share, uint64_t seed, uint64_t round,
                                           struct epi_err *reterr);
#endif
