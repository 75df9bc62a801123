/* exact_internal.h - the number of exposed cases given all margins, of one table or of several.
 *
 * P(X = x) is proportional to w(x) psi^x with psi the common odds ratio (noncentral
 * hypergeometric, Fisher 1935; Cornfield 1956; several tables: Gart 1970, convolution). */
#ifndef EPI_ESTIMATE_EXACT_INTERNAL_H
#define EPI_ESTIMATE_EXACT_INTERNAL_H
#include "estimate/two_by_two.h"

struct epi__exact {
    double *logw;    /* log w of support points 0 .. n-1, the largest is 0 */
    size_t n;        /* points of the support */
    size_t from, to; /* points with a finite log w */
    size_t obs;      /* which point was seen */
    double log_tilt; /* logw includes psi = exp(log_tilt) */
};
struct epi__tails { /* P below, at and above the observed point, and the mean less the observed */
    double below, at, above, excess;
};
#define EPI__EXACT_POINTS_MAX 1e6 /* of one table: larger ones need no exact result */
/* In the arena; epi_exact_points within the limit above. n = 1 when a margin is empty: nothing can
 * be learned. */
struct epi__exact epi__exact_of(struct epi_arena *a, const struct epi_two_by_two *t,
                                double log_tilt);
/* Sum of two independent numbers; both with the same tilt. */
struct epi__exact epi__exact_add(struct epi_arena *a, const struct epi__exact *x,
                                 const struct epi__exact *y);
struct epi__tails epi__exact_tails(const struct epi__exact *e, double log_psi);
struct epi_ci epi__exact_fisher(const struct epi__exact *e, double level);
struct epi_ci epi__exact_midp(const struct epi__exact *e, double level);
double epi__exact_p(const struct epi__exact *e);      /* at psi = 1; build with tilt near 0 */
double epi__exact_p_midp(const struct epi__exact *e); /* the same */
#endif
