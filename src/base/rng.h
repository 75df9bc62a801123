/* rng.h - counter-based random streams: the numbers depend on the key alone, never on order or
 * threads.
 *
 * Philox4x32-10 (Salmon, Moraes, Dror, Shaw 2011) from the Random123 library. A stream is named by
 * (seed, purpose, a, b): e.g. (seed, "household.size", commune, household). Two streams never
 * overlap. */
#ifndef EPI_BASE_RNG_H
#define EPI_BASE_RNG_H
#include "base/str.h"

struct epi_rng {
    uint32_t key[2], ctr[4], out[4];
    uint32_t left;
};
struct epi_rng epi_rng_stream(uint64_t seed, const char *purpose, uint64_t a, uint64_t b);
uint32_t epi_rng_u32(struct epi_rng *r);
uint64_t epi_rng_u64(struct epi_rng *r);
/* The same numbers as n calls of epi_rng_u64, quicker. */
void epi_rng_fill(struct epi_rng *r, uint64_t *ret, size_t n);
double epi_rng_unit(struct epi_rng *r);                             /* [0, 1), 53 bits */
uint64_t epi_rng_below(struct epi_rng *r, uint64_t n);              /* 0 .. n-1, unbiased; n >= 1 */
int64_t epi_rng_between(struct epi_rng *r, int64_t lo, int64_t hi); /* both included */
bool epi_rng_chance(struct epi_rng *r, double p);
double epi_rng_normal(struct epi_rng *r); /* mean 0, sd 1 (Box-Muller) */
double epi_rng_exp(struct epi_rng *r, double mean);
uint64_t epi_rng_poisson(struct epi_rng *r, double mean);            /* exact; mean <= 1e6 */
double epi_rng_gamma(struct epi_rng *r, double shape, double scale); /* Marsaglia and Tsang 2000 */
/* An index drawn with the given weights (>= 0, sum > 0). */
size_t epi_rng_weighted(struct epi_rng *r, const double *weights, size_t n);
#endif
