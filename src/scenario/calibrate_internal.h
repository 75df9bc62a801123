/* calibrate_internal.h - shared by the files that fit a scenario to counts. */
#ifndef EPI_SCENARIO_CALIBRATE_INTERNAL_H
#define EPI_SCENARIO_CALIBRATE_INTERNAL_H
#include "scenario/scenario_internal.h"

/* --- free levers (calibrate_free.c) --- */
/* Writes a drawn figure into its lever, within the lever's range; counts are rounded. Returns what
 * was written. */
double epi__lever_set(struct epi_scenario *s, size_t lever, double v);
/* The hazard of a meeting that gives R0: its equation is costly, so it is solved for some R0 of the
 * prior and read off between them. */
#define EPI__HAZARDS 17
struct epi__hazards {
    double r0[EPI__HAZARDS], hazard[EPI__HAZARDS]; /* logarithms, ascending */
};
void epi__hazards_find(const struct epi_calibration *c, struct epi__hazards *ret);
double epi__hazard_at(const struct epi__hazards *h, double r0);

/* --- counts (calibrate_seen.c) --- */
/* Places of a series. */
struct epi__area {
    uint32_t *place;
    size_t n;
};
struct epi__area *epi__areas(struct epi_arena *a, const struct epi_observed *o,
                             const struct epi_society *s);
double epi__found_in(const struct epi_world *w, const struct epi__area *area, int day);
/* The expected count where a run found so many, thinning made up for: never quite 0. */
double epi__expected(double found, double scale);
/* A count on the scale where its error is about standard normal when it is NegBin(mean, k). */
double epi__normal_count(double y, double k);
/* Draws of k by what series themselves tell, counts about the mean of the six days around them, and
 * the prior; ascending. */
void epi__dispersion(const struct epi_observed *o, const struct epi_prior *prior, size_t n,
                     double *ret);
/* Scores, weeks, chi2, p and cover of the fitted days. */
void epi__judge(struct epi_arena *a, const struct epi_observed *o, double scale,
                struct epi_calibrated *ret);

/* --- a fit that is not over (calibrate_keep.c) --- */
struct epi__fit_state {
    uint64_t digest;                  /* of scenario, counts, society and seed */
    unsigned steps;                   /* done */
    double left;                      /* share that is still to be done */
    double misfit[EPI_STEPS_MAX + 1]; /* before each step, and at the end */
    double *z;                        /* [n * figures] */
    size_t n, figures;
};
uint64_t epi__fit_digest(struct epi_arena *a, const struct epi_calibration *c);
/* Fills *io when the folder has a fit of the same digest; EPI_CONFLICT when it has another. */
EPI_MUST_USE epi_status epi__fit_resume(struct epi_arena *a, const struct epi_calibration *c,
                                        struct epi__fit_state *io, struct epi_err *reterr);
EPI_MUST_USE epi_status epi__fit_keep(struct epi_arena *a, const struct epi_calibration *c,
                                      const struct epi__fit_state *k, struct epi_err *reterr);
#endif
