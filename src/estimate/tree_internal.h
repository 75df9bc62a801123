/* tree_internal.h - the model made ready for the chains (tree.c), and one chain (tree_chain.c and
 * its parts).
 *
 * Cases are sorted by day, so that all that can have infected one, and all that one can have
 * infected, stand together. */
#ifndef EPI_ESTIMATE_TREE_INTERNAL_H
#define EPI_ESTIMATE_TREE_INTERNAL_H
#include "estimate/tree.h"
#include "stats/stats.h"

/* Kinds of a pair: of the factors that depend on the lag alone there are four tables. */
enum { TREE_CONTACT = 1, TREE_UNSEQUENCED = 2, TREE_KINDS = 4 };

struct tree_range {
    uint32_t from, to;
};
struct tree_model {
    size_t n, generations;
    int reach;       /* longest lag between a case and its ancestor */
    int span, pad;   /* days a case may have been infected on; room around the tables of lags */
    int first, last; /* delays with a share: first .. last */
    const int *day;  /* n, ascending */
    const double *f, *log_f; /* by delay, 0 .. last */
    const double *w, *log_w; /* generations x (reach + 1) */
    /* Pair i, j: index into the table of genetic factors << 2 | kind. By row for those who may have
     * infected i, by column for those whom i may have infected. */
    const uint32_t *of_ancestor, *of_descendant; /* [i * n + j]: i infected by j; j by i */
    const struct tree_range *ancestors, *descendants, *near; /* near: may exchange their days */
    size_t steps;        /* genetic factors: 0 .. steps - 1 mutations more than the least; then one
                            per case, for an ancestor without a sequence */
    const double *least; /* n, mutations to the nearest case; NaN = this one has no sequence */
    double genome;
    bool sequences, contacts;
    double contacts_n, pairs_n;
    const struct epi_tree_options *options;
};

/* What a chain adds up. Probabilities are sums over rounds until it ends. */
struct tree_sums {
    double *ancestor;    /* n x n */
    double *elsewhere;   /* n: as one from elsewhere */
    double *unexplained; /* n: as one that no other can have infected */
    double *day;         /* n x (last + 1), by delay */
    double *kappa;       /* n x generations */
    double *influence;   /* n: -log likelihood of the case */
    struct epi_tree_chain means;
};

/* --- one chain --- */
/* The mass of a case that no other explains: so small that any real ancestor outweighs it, so that
 * a chain may start anywhere. */
#define TREE_FLOOR 1e-250
/* Parameters stay this far inside (0, 1). */
#define TREE_INSIDE(p) fmin(fmax((p), 1e-9), 1 - 1e-9)

/* mass[i] is the likelihood of case i over all its possible ancestors, divided by exp(scale[i]). */
struct tree_chain {
    const struct tree_model *m;
    struct epi_rng rng;
    double pi, mu, eps, lambda;
    int *t;
    uint8_t *root;
    uint32_t *roots; /* list of them */
    size_t roots_n;
    bool roots_fixed;
    double *mass, *next, *scale;
    double *lag[TREE_KINDS]; /* by lag + pad */
    double *factor;          /* genetic, by index */
    double *weight, *own;    /* span */
    double *pick;            /* n + 1 */
};
/* What the tree drawn in a round says about the parameters. */
struct tree_drawn {
    double infected, unseen, mutations, unchanged, met, not_met, loglik;
};

static inline double epi__tree_pair(const struct tree_chain *c, uint32_t code, int lag)
{
    return c->factor[code >> 2] * c->lag[code & 3][c->m->pad + lag];
}
/* tree_mass.c: the tables that depend on the parameters; the mass of case i infected on day t,
 * without ancestor `without` (n: with all). */
void epi__tree_tables(struct tree_chain *c);
double epi__tree_mass(const struct tree_chain *c, size_t i, int t, size_t without);
/* tree_days.c: one round of new days and of who came from elsewhere. */
void epi__tree_days(struct tree_chain *c);
/* tree_draw.c: a tree given the days, added to `sums` unless NULL; parameters given the tree. */
struct tree_drawn epi__tree_draw(struct tree_chain *c, struct tree_sums *sums);
void epi__tree_parameters(struct tree_chain *c, const struct tree_drawn *d);
/* Log-likelihood of contacts and their absence over all pairs; log density of the priors. */
double epi__tree_contacts(const struct tree_chain *c, const struct tree_drawn *d);
double epi__tree_prior(const struct tree_chain *c);

/* tree_chain.c: one chain from a start of its own: days drawn from the delay, `roots` (n) from
 * elsewhere at first. It keeps their number; unless `roots_fixed` they may change places with
 * others. */
void epi__tree_chain(struct epi_arena *a, const struct tree_model *m, const uint8_t *roots,
                     bool roots_fixed, uint64_t key, size_t burn_in, size_t rounds,
                     struct tree_sums *ret);
#endif
