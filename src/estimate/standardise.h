/* standardise.h - rates made comparable between populations of different age.
 *
 * Strata are usually age groups. Person-time in any unit; rates are per that unit. Pure; nothing is
 * allocated. A value that is not defined is NaN.
 *
 * Papers: direct: Fay and Feuer 1997, Stat Med 16:791, equations 3 to 8 (gamma limits); indirect:
 * Breslow and Day 1987, section 2.3. */
#ifndef EPI_ESTIMATE_STANDARDISE_H
#define EPI_ESTIMATE_STANDARDISE_H
#include "estimate/proportion.h"

struct epi_direct_rate {
    double crude;        /* all events by all person-time */
    double se;           /* of the standardised rate, events Poisson */
    struct epi_ci gamma; /* Fay and Feuer; est = the standardised rate, here and below */
    struct epi_ci normal, log;
    size_t left_out; /* strata without person-time: the weights of the others are rescaled */
};
/* n strata with events >= 0, person-time >= 0 and weights >= 0 of the standard population. All NaN
 * when no stratum has both person-time and weight. */
struct epi_direct_rate epi_standardise_direct(const double *events, const double *time,
                                              const double *weight, size_t n, double level);

struct epi_indirect_rate {
    double observed, expected;
    struct epi_ci log, exact;      /* of the standardised ratio observed/expected */
    double rate, rate_lo, rate_hi; /* ratio times the crude rate of the reference, log limits */
};
/* `rate` = reference rate of each stratum, `crude` = crude rate of the reference population. A
 * missing rate (NaN) leaves a stratum out of observed and expected alike. */
struct epi_indirect_rate epi_standardise_indirect(const double *events, const double *time,
                                                  const double *rate, size_t n, double crude,
                                                  double level);
#endif
