/* pool.h - testing samples together: how many tests, and what is lost.
 *
 * All people are infected independently with the same probability; all tests err independently.
 * "tests" is the expected number of tests per person. Pure. A value that is not defined (the
 * predictive value at prevalence 0) is NaN.
 *
 * Papers: Dorfman 1943, Ann Math Stat 14:436 (D); Kim, Hudgens, Dreyfuss, Westreich, Pilcher 2007,
 * Biometrics 63:1152 (K); Hitt, Bilder, Tebbs, McMahan 2019, Stat Med 38:4912 (H). */
#ifndef EPI_ESTIMATE_POOL_H
#define EPI_ESTIMATE_POOL_H
#include "base/base.h"

struct epi_pool_assay {
    double prevalence, sensitivity, specificity; /* 0 .. 1 */
    /* A pool of n with j infected is found with probability sensitivity (j/n)^dilution; 0 = none.
     * Dorfman's scheme only. */
    double dilution;
};
struct epi_pool {
    size_t size;           /* people in the first pool; of an array, of a row */
    double tests;          /* per person */
    double se, sp;         /* sensitivity and specificity of the whole procedure */
    double ppv, npv;       /* predictive values */
    double tests_per_case; /* tests per infected person found */
};
/* n in one pool, each again when the pool is positive (D; K 2.1; H 2). n = 1: no pooling. With
 * dilution the number of infected in the pool is summed over its binomial distribution. */
struct epi_pool epi_pool_dorfman(const struct epi_pool_assay *s, size_t n);
/* n by n, every row and column pooled; a person is tested again when row and column are positive,
 * or one of them and none of the other kind (K 3.1, without a master pool). */
struct epi_pool epi_pool_array(const struct epi_pool_assay *s, size_t n);

/* First pool of n, then parts, then each person of a positive part; a part of one is not tested a
 * third time (K 2.2). `parts` sizes sum to n; at least two parts. */
struct epi_pool epi_pool_hierarchical(const struct epi_pool_assay *s, const size_t *parts,
                                      size_t parts_n);
/* The parts of n >= 2 with the fewest tests, largest first: expected tests add over parts, so the
 * best division follows by dynamic programming, without trying every partition. ret has room for
 * n; returns how many. */
size_t epi_pool_parts(struct epi_arena *a, const struct epi_pool_assay *s, size_t n, size_t *ret);
#endif
