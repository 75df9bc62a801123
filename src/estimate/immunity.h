/* immunity.h - how much of a population is protected, from doses given by day.
 *
 * Point i of a series is one day. Doses may be fractions (estimates). The first person to get a
 * dose is the first to get the next one. */
#ifndef EPI_ESTIMATE_IMMUNITY_H
#define EPI_ESTIMATE_IMMUNITY_H
#include "base/base.h"

struct epi_dose {
    double effectiveness; /* 0 .. 1, of a fully matured dose */
    double lag;           /* days before it has any effect */
    double ramp;          /* days over which the effect rises to full; 0 = at once, on day `lag` */
    double waning;        /* share lost per day after `lag`, continuously: exp(-waning t) */
};
/* Immunity of a dose of age `age` days, of its full effectiveness: 0 .. 1. */
double epi_dose_immunity(const struct epi_dose *d, double age);

struct epi_immunity {
    double **coverage; /* [dose][day]: share of the population that has had the dose */
    double *immune;    /* [day]: mean protection; of one person the best of the doses had */
    size_t ahead;      /* first day on which more had a later dose than the one before; else n */
    size_t beyond;     /* first day on which more had a dose than there are people; else n */
};
/* doses[k][i] = doses number k + 1 given on day i, >= 0; `kinds` one per dose. population > 0.
 * The work is n^2 times `doses_n`. */
void epi_immunity(struct epi_arena *a, const double *const *doses, size_t doses_n, size_t n,
                  double population, const struct epi_dose *kinds, struct epi_immunity *ret);
#endif
