/* smooth_chain.h - a chain of draws from the smoothed nowcast; internal to nowcast_smooth.c.
 *
 * One round is
 *   1. Hamiltonian Monte Carlo on log intensities and shares together, in the metric of the
 *      curvature near the centre, where a quarter of a period takes three or four steps
 *      (Duane et al. 1987; Neal 2011; step size by dual averaging, Hoffman and Gelman 2014);
 *   2. slice sampling (Neal 2003) of each share that does not move together with the others, being
 *      seen too rarely: log gamma of shape near 0.1, whose long tail no metric fits;
 *   3. tau twice: from its gamma given the steps of the walk, and with the walk moving along
 *      (interweaving, Yu and Meng 2011);
 *   4. the size. */
#ifndef EPI_ESTIMATE_SMOOTH_CHAIN_H
#define EPI_ESTIMATE_SMOOTH_CHAIN_H
#include "estimate/smooth_model.h"

struct epi__chain {
    struct epi__smooth *m;
    struct epi__smooth_at at;
    struct epi_rng rng;
    size_t dim; /* of what moves together */
    double *saved, *grad, *momentum, *v;
    double *target, *weight, *walk_diag, *walk_low, *walk_mean; /* n, of draw_tau */
    double density;                                             /* at `at` */
    double log_det;                                             /* of the last walk_factor */
    bool warm;                                                  /* the scales below are known */
    double scale_tau, scale_size; /* of Metropolis steps of their logs */
    /* step size */
    double step, log_mean, accept_gap;
    size_t rounds;
};

/* A chain whose point the caller sets before anything else; seed and index name its stream. */
void epi__chain_init(struct epi_arena *a, struct epi__smooth *m, uint64_t seed, size_t index,
                     struct epi__chain *ret);
/* From the point that was set to where the rounds draw from the model, scales and metric found. */
void epi__chain_warm_up(struct epi_arena *a, struct epi__chain *c, size_t rounds);
/* Returns the probability with which the end of the trajectory was accepted. */
double epi__chain_round(struct epi__chain *c);
#endif
