/* household.h - how many are infected in a household in the end: chain-binomial models.
 *
 * A household has n susceptible people and m cases that brought the infection in. In each
 * generation every susceptible escapes each of the i infectious with probability q, independently:
 * Reed-Frost, q^i; or escapes with q whenever anybody is infectious: Greenwood. "Infected" never
 * counts the m.
 *
 * Papers: Abbey 1952, Hum Biol 24:201; Greenwood 1931, J Hyg 31:336; Bailey 1975, The Mathematical
 * Theory of Infectious Diseases, chapter 14. */
#ifndef EPI_ESTIMATE_HOUSEHOLD_H
#define EPI_ESTIMATE_HOUSEHOLD_H
#include "estimate/proportion.h"

#define EPI_HOUSEHOLD_MAX 1000 /* people */

enum epi_household_model { EPI_REED_FROST, EPI_GREENWOOD };
/* Probability of 0, 1 .. n infected, exact: ret[n + 1]. m >= 1, 0 <= q <= 1, n and m at most
 * EPI_HOUSEHOLD_MAX. Work of the order of n^3 (Greenwood: n^2). */
void epi_household(struct epi_arena *a, enum epi_household_model model, size_t n, size_t m,
                   double q, double *ret);

struct epi_household_count { /* `count` households with these numbers */
    size_t susceptible, initial, infected;
    double count;
};
/* Maximum likelihood of q with limits by the likelihood ratio. All NaN when nobody was susceptible;
 * `ret_loglik` may be NULL. */
struct epi_ci epi_household_fit(struct epi_arena *a, enum epi_household_model model,
                                const struct epi_household_count *h, size_t n, double level,
                                double *ret_loglik);
#endif
