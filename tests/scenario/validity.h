/* validity.h - holds the simulator against answers that are known without it.
 *
 *   VALID(households) {
 *       struct moments sizes = {0};
 *       for (unsigned run = 0; run < valid_runs(v, 40); run++)
 *           see(&sizes, ...);
 *       valid_mean(v, "households of 4", "Bailey 1975, chain binomial", expected, &sizes, 0, NULL);
 *   }
 *
 * A row passes when simulated and expected differ by no more than VALID_Z standard errors plus the
 * allowance, which is for what the simulator rounds by design and says so. Seeds are 1, 2, 3 ...,
 * so that a table is the same whoever makes it. */
#ifndef EPI_TESTS_SCENARIO_VALIDITY_H
#define EPI_TESTS_SCENARIO_VALIDITY_H
#include "estimate/estimate.h"
#include "scenario/test_society.h"
#include "stats/stats.h"

#define VALID_Z 3.3 /* two-sided 1 in 1000 */

struct valid;
typedef void valid_fn(struct valid *v);
void valid_register(const char *group, valid_fn *fn);
#define VALID(group) \
    static void group(struct valid *v); \
    __attribute__((constructor)) static void group##_register(void) \
    { \
        valid_register(#group, group); \
    } \
    static void group(struct valid *v)

struct moments {
    double n, sum, squares;
};
static inline void see(struct moments *m, double x)
{
    m->n++;
    m->sum += x;
    m->squares += x * x;
}
static inline double mean_of(const struct moments *m)
{
    return m->sum / m->n;
}
static inline double variance_of(const struct moments *m)
{
    double v = (m->squares - m->sum * m->sum / m->n) / (m->n - 1);
    return v > 0 ? v : 0;
}
static inline double se_of(const struct moments *m)
{
    return sqrt(variance_of(m) / m->n);
}

/* So many runs in the whole table; a quick table makes an eighth of them, at least 6. */
unsigned valid_runs(const struct valid *v, unsigned whole);
struct epi_arena *valid_arena(struct valid *v);
/* One row. `allowed` is absolute, with its reason. */
void valid_value(struct valid *v, const char *what, const char *source, double expected, double got,
                 double se, double n, double allowed, const char *why);
void valid_mean(struct valid *v, const char *what, const char *source, double expected,
                const struct moments *got, double allowed, const char *why);
/* Counts against expected counts: the chi-square of cells of 5 and more beside its degrees of
 * freedom; cells that are expected less often are put together. */
void valid_counts(struct valid *v, const char *what, const char *source, const double *expected,
                  const double *got, size_t n);
/* Something that happened once beside many runs: it agrees when it lies inside their central 95 %.
 * Sorts `runs`. */
void valid_inside(struct valid *v, const char *what, const char *source, double happened,
                  double *runs, size_t n);
/* No Monte Carlo in it: to `allowed`. */
void valid_exact(struct valid *v, const char *what, const char *source, double expected, double got,
                 double allowed);
/* A table of the reference folder, e.g. "reed_frost/set1/expected.csv"; NULL when it is absent,
 * then the row is skipped. */
const struct epi_frame *valid_table(struct valid *v, const char *file);

/* --- what several groups ask of a run --- */
/* Offspring of those who were infected from outside: one sample each, and how many had 0, 1, ...
 * (the last cell: as many or more) unless `cells` is NULL. */
void offspring_of_first(const struct epi_world *w, struct moments *io, double *cells, size_t n);
/* A world; stops the program when there is none. */
struct epi_world *world_for(const struct epi_society *s, const struct epi_natural_history *d,
                            const struct epi_scenario *sc, unsigned run);
bool anybody_infected(const struct epi_world *w);
/* Chain binomial (Bailey 1975, ch. 14): P(j of n susceptibles infected in the end) when m begin
 * and each escapes each infective with probability q; ret[n + 1]. */
void reed_frost(unsigned n, unsigned m, double q, double *ret);
/* With infectivities that differ between people the escape probabilities of j are no longer powers
 * of one q: escape[j] = E exp(-j h S) (Ball 1986, Adv Appl Prob 18:289, eq. 2.6). */
void random_infectives(unsigned n, unsigned m, const double *escape, double *ret);
double mean_size(const double *p, unsigned n);
#endif
