/* si.h - the serial interval: steps between the onset of a case and of those it infected.
 *
 * w[k] is the probability of k steps, k = 0 .. n-1; a step is a day unless the counts are weekly.
 * Lag 0 has no mass: nobody infects on the day of their own onset. Results live in the arena given,
 * or in the caller's array. Pure; seeds are passed in. */
#ifndef EPI_ESTIMATE_SI_H
#define EPI_ESTIMATE_SI_H
#include "base/base.h"

/* The lag minus one is gamma with the given mean - 1 and sd, spread over whole steps by a
 * triangular kernel; not renormalised. mean > 1, sd > 0.
 * Cori et al. 2013 (Am J Epidemiol 178:1505), web appendix 11. */
void epi_si_discretise(double mean, double sd, size_t n, double *ret);
/* sum k w_k, and the sd about it: mass past n is not made up for. */
double epi_si_mean(const double *w, size_t n);
double epi_si_sd(const double *w, size_t n);

/* One serial interval, or several that may each be the true one with equal chance. */
struct epi_si {
    size_t lags, n;     /* lags 0 .. lags-1 of n candidates */
    const double *w;    /* [lags * n]: w[k * n + j]; candidate j is contiguous only when n = 1 */
    const double *mean; /* [n]: windows that end at t <= mean come too early for candidate j */
};
/* The parametric one, over `lags` lags (the length of the series). */
struct epi_si epi_si_parametric(struct epi_arena *a, double mean, double sd, size_t lags);
/* Given ones: w[j * given + k] for candidates j = 0 .. n-1 and lags k = 0 .. given-1, cut or filled
 * with zeros to `lags`. */
struct epi_si epi_si_given(struct epi_arena *a, const double *w, size_t given, size_t n,
                           size_t lags);

/* Mean and sd are themselves uncertain: independent normals, each within its limits. */
struct epi_si_doubt {
    double mean, mean_sd, mean_min, mean_max; /* mean_min > 1 */
    double sd, sd_sd, sd_min, sd_max;         /* sd_min > 0 */
};
/* n candidates from the doubt. Their pairs (mean, sd) are a lattice in the unit square (Kronecker
 * sequence of the golden ratio, shifted at random by the seed) mapped through the truncated
 * normals: each pair has the distribution of Cori et al. 2013, and averages over all pairs vary far
 * less from seed to seed than over independent ones. ret_pairs: [2 * n] means then sds, or NULL. */
struct epi_si epi_si_uncertain(struct epi_arena *a, const struct epi_si_doubt *d, size_t n,
                               uint64_t seed, size_t lags, double *ret_pairs);
#endif
