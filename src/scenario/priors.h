/* priors.h - which levers are free when a scenario is fitted to an observed curve, and how free.
 *
 * Part of scenario.h: the member `calibrate` of a scenario file. Every free figure is drawn through
 * a standard normal number z: the figure below which lies the same share of the prior as of the
 * normal below z. So priors of any shape are moved and compared on one scale. */
#ifndef EPI_SCENARIO_PRIORS_H
#define EPI_SCENARIO_PRIORS_H
#include "base/base.h"

#define EPI_FREE_MAX 12
#define EPI_MEMBERS_MAX 2000
#define EPI_STEPS_MAX 20
#define EPI_MEMBERS_A_FIGURE 3 /* members for each free figure; fewer are warned of */

/* What a prior is called in a file, and the names of its two figures there. */
#define EPI_PRIORS(X) \
    X(EPI_PRIOR_UNIFORM, "uniform", "from", "to") \
    X(EPI_PRIOR_LOG_UNIFORM, "loguniform", "from", "to") \
    X(EPI_PRIOR_LOG_NORMAL, "lognormal", "median", "sd") /* sd of the natural logarithm */ \
    X(EPI_PRIOR_BETA, "beta", "mean", "sd")
enum epi_prior_kind {
#define X(name, word, first, second) name,
    EPI_PRIORS(X)
#undef X
};
struct epi_prior {
    enum epi_prior_kind kind;
    double a, b; /* the two figures of the file */
};
double epi_prior_at(const struct epi_prior *p, double z);

struct epi_free {
    size_t lever; /* of epi_levers */
    struct epi_prior prior;
};
struct epi_calibrate {  /* members 0: the scenario is not fitted to anything */
    int members, steps; /* runs side by side; steps at most */
    struct epi_free free[EPI_FREE_MAX];
    size_t free_n;
    struct epi_prior dispersion; /* k of the reported counts about what the model finds */
    int walk_every;              /* days of a window of transmission; 0 = it does not walk */
    double walk_sd;              /* of the log of its factor from one window to the next */
    char from[16], until[16];    /* days observed that count, both included; empty = all */
};
#endif
