/* tree.h - who infected whom, from dates, and from sequences and contacts where there are any.
 *
 * The model of Jombart et al. 2014, PLoS Comput Biol 10:e1003457 (equations 1 to 8), as in Campbell
 * et al. 2018, BMC Bioinformatics 19:363, with contacts after Campbell et al. 2019, PLoS Comput
 * Biol 15:e1006930. Case i was infected on day t_i by its ancestor a_i, kappa_i generations before
 * (kappa - 1 cases between them were not seen), or came from elsewhere. Its likelihood is
 *
 *   f(day_i - t_i)                                the delay from infection to the day known
 *   w^(kappa)(t_i - t_a)                          the generation time, kappa times convolved
 *   pi (1 - pi)^(kappa - 1)                       a case is seen with probability pi
 *   mu^d (1 - mu)^(kappa L - d)                   d mutations between the two, genome of length L
 *   eps | 1 - eps   if kappa = 1                  the pair is among the contacts, or not
 *   eps lambda | 1 - eps lambda                   any other pair of cases: likewise
 *
 * and one that came from elsewhere has the first factor alone. Priors: pi ~ Beta, eps ~ Beta,
 * lambda ~ Beta, mu ~ exponential; all trees alike.
 *
 * Given days and parameters every case chooses its ancestor by itself, so ancestors and kappa are
 * summed out: the chains walk over days, parameters and who came from elsewhere, and the
 * probabilities of ancestors are averages of exact ones (Rao-Blackwell). That is why a few thousand
 * rounds do, and why a chain seldom sits in a lower mode.
 *
 * Ownership: results live in the arena given. Threads: no state. */
#ifndef EPI_ESTIMATE_TREE_H
#define EPI_ESTIMATE_TREE_H
#include "base/base.h"
#include <math.h>

#define EPI_TREE_CASES_MAX 2000
#define EPI_TREE_DAYS_MAX 400 /* longest generation time or delay */
#define EPI_TREE_GENERATIONS_MAX 20

struct epi_tree_data {
    size_t n;                 /* cases, 2 .. EPI_TREE_CASES_MAX */
    const double *day;        /* n; whole; of sampling, of onset: where the delay ends */
    const double *generation; /* share of day k, k = 0 .. generation_n - 1; none on day 0 */
    size_t generation_n;
    const double *delay; /* likewise, from infection to `day`; day 0 may have a share */
    size_t delay_n;
    const double *distance;  /* n x n mutations between cases, NaN = not known; NULL = none known */
    double genome;           /* L; used with distances */
    const uint8_t *contact;  /* n x n, [from * n + to], 1 = contact; NULL = nobody asked */
    bool directed;           /* contacts say who exposed whom; else both entries are set */
    const uint8_t *imported; /* n, 1 = known to come from elsewhere; NULL or none: to be found */
};

struct epi_tree_options {
    uint64_t seed;
    size_t chains, rounds, burn_in; /* at least one; rounds after the burn-in, per chain */
    size_t generations;             /* the largest kappa: 5; 1 .. EPI_TREE_GENERATIONS_MAX */
    bool find_imports;
    double import_threshold; /* imports are this many times as unlikely as the mean case: 5 */
    double pi_a, pi_b, eps_a, eps_b, lambda_a, lambda_b, mu_rate;
    double mu; /* when there are no distances nothing depends on it */
};
#define EPI_TREE_STANDARD \
    ((struct epi_tree_options){.seed = 1, \
                               .chains = 4, \
                               .rounds = 2500, \
                               .burn_in = 500, \
                               .generations = 5, \
                               .find_imports = true, \
                               .import_threshold = 5, \
                               .pi_a = 10, \
                               .pi_b = 1, \
                               .eps_a = 1, \
                               .eps_b = 1, \
                               .lambda_a = 1, \
                               .lambda_b = 1, \
                               .mu_rate = 1})

struct epi_tree_chain {
    double log_posterior, log_likelihood; /* means, of the tree drawn in each round */
    double sd;                            /* of the log posterior */
    double mu, pi, eps, lambda;           /* means */
    bool used;                            /* false: it sat in a mode lower than that of the best */
};
struct epi_tree {
    size_t n, chains_n, generations;
    double *ancestor;    /* n x (n + 1) probabilities: [i (n + 1) + j]; j = n: from elsewhere */
    double *kappa;       /* n x generations: probability that kappa = k + 1, if infected here */
    size_t days;         /* columns of `day` */
    double *day;         /* n x days: probability that the case was infected k days before */
    double *spread;      /* n: largest difference of an ancestor's probability between chains */
    double *influence;   /* n: mean -log likelihood when imports were sought; NULL when not */
    uint8_t *sourceless; /* n: 1 = no other case can have infected it, so it counts as import */
    uint8_t *found;      /* n: 1 = found to come from elsewhere before the chains began */
    struct epi_tree_chain *chains;
};
/* EPI_INVALID: estimate.tree.few (fewer than two cases), estimate.tree.too-many,
 * estimate.tree.generation and .delay (a share that is negative, all zero, too long, or a
 * generation time with a share on day 0). A chain counts when its mean log posterior is within two
 * standard deviations of the best chain's; the others are reported and left out. */
EPI_MUST_USE epi_status epi_tree(struct epi_arena *a, const struct epi_tree_data *d,
                                 const struct epi_tree_options *o, struct epi_tree *ret,
                                 struct epi_err *reterr);
#endif
