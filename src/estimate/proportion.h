/* proportion.h - intervals of a proportion (attack rate, secondary attack rate, case fatality) and
 * of a rate per person-time.
 *
 * Pure functions of counts; nothing is allocated. A value that is not defined is NaN. `level` is
 * the coverage asked for, such as 0.95. Limits of the approximate methods may leave the range of
 * what they bound (below 0, above 1): they are given as the formula gives them, and the methods
 * table says so in a note. */
#ifndef EPI_ESTIMATE_PROPORTION_H
#define EPI_ESTIMATE_PROPORTION_H
#include "base/base.h"

struct epi_ci { /* an estimate and its limits; NaN = not defined, infinite = unbounded */
    double est, lo, hi;
};
#define EPI_CI_NONE ((struct epi_ci){(double)NAN, (double)NAN, (double)NAN})

/* Brown, Cai, DasGupta 2001, Stat Sci 16:101, section 3 and 4. */
enum epi_proportion_method {
    EPI_PROPORTION_EXACT,         /* Clopper-Pearson: beta quantiles */
    EPI_PROPORTION_WILSON,        /* score */
    EPI_PROPORTION_WALD,          /* normal approximation */
    EPI_PROPORTION_JEFFREYS,      /* prior Beta(1/2, 1/2), posterior mean; 0 at x = 0, 1 at x = n */
    EPI_PROPORTION_AGRESTI_COULL, /* Wald after adding z^2/2 successes and failures */
    EPI_PROPORTION_METHODS
};
const char *epi_proportion_word(enum epi_proportion_method m);
/* x of n, 0 <= x <= n, n > 0; all NaN otherwise. */
struct epi_ci epi_proportion(enum epi_proportion_method m, double x, double n, double level);

/* Rothman and Greenland, Modern Epidemiology, chapter 14. */
enum epi_rate_method {
    EPI_RATE_EXACT, /* Garwood 1936: chi-square quantiles */
    EPI_RATE_BYAR, /* Byar's cube-root approximation with a half added, close to the mid-p limits */
    EPI_RATE_NORMAL, /* x +- z sqrt(x) */
    EPI_RATE_DALY,   /* Daly 1992: exact; one-sided upper limit when x = 0 */
    EPI_RATE_METHODS
};
const char *epi_rate_word(enum epi_rate_method m);
/* x events in `time` > 0 (person-time, any unit); all NaN otherwise. */
struct epi_ci epi_rate(enum epi_rate_method m, double x, double time, double level);

/* z of a two-sided interval: 1.96 at 0.95. */
double epi_level_z(double level);
#endif
