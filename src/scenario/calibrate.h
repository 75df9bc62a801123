/* calibrate.h - a scenario fitted to the counts that were observed, and the forecast that follows.
 *
 * Part of scenario.h. Each of many particles is a whole run with free levers of its own. Day by day
 *
 *   1. every run goes on by a day (at the start of a window the hazard of its meetings is
 * multiplied by exp(sd z), z standard normal, one time in ten three times as wide: what people and
 *      measures do that the scenario does not know);
 *   2. its weight is multiplied by the probability of the day's count y given its own found cases
 * c, y ~ NegBin(mean m = c / scale, 1 / size = 1 / k + (1 - scale) / c): k is how widely reports
 *      scatter, the second term that a thinned society is a sample of the whole (c at least 1 there
 *      and 1/2 in m, so that no count is impossible);
 *   3. when the effective number of particles 1 / sum w^2 falls below half (Kong, Liu, Wong 1994, J
 *      Am Stat Assoc 89:278), runs are drawn anew by their weights, systematically (Kitagawa 1996,
 *      J Comput Graph Stat 5:1), and copies go on with seeds of their own. Their levers are moved a
 * little by a kernel that keeps mean and covariance (Liu and West 2001, in Sequential Monte Carlo
 * Methods in Practice, 10.3) and act from that day on; levers `start.` never move.
 *
 * This is the bootstrap filter of Gordon, Salmond and Smith 1993 (IEE Proc F 140:107) on the state
 * and free levers together; its product of mean weights estimates the probability of the series
 * without bias (Del Moral 2004, Feynman-Kac Formulae, 7.4). Of the first draws few
 * survive. Therefore it is done in rounds: from the second on, levers are drawn
 * from 0.8 x the normal with the mean and twice the covariance of the round before + 0.2 x the
 * prior, on the scale of priors.h, and weighted by prior / proposal (Cappe et al. 2004, J Comput
 * Graph Stat 13:907). A day that would leave fewer than 5 % of the particles is softened: its
 * probabilities are raised to the power that leaves as many (Del Moral, Doucet, Jasra 2006, J R
 * Stat Soc B 68:411); such days are counted, and many of them mean that the model does not fit.
 *
 * After the last observed day runs go on without weighing: that is the forecast.
 *
 * Ownership: results live in the arena given.
 * Threads:   the same bytes on any number of them: numbers are keyed by round, particle and day.
 * Failure:   series that are empty, negative or too short are refused with findings. */
#ifndef EPI_SCENARIO_CALIBRATE_H
#define EPI_SCENARIO_CALIBRATE_H
#include "base/base.h"

#define EPI_OBSERVED_LEAST 14 /* days with a count that a series must have */
#define EPI_OBSERVED_MAX 64   /* series */

/* Cases found per day: of the whole area, or one series per place. */
struct epi_observed {
    size_t n;      /* series */
    int days;      /* of the scenario; day 0 is its first */
    epi_str *path; /* [n]: places whose path begins so; empty = all */
    double *cases; /* [n * days]: NAN = not known */
};
/* A table with the columns date, cases and perhaps path; later columns are passed over. Days
 * outside the run or outside `calibrate.from` to `until` are left out. */
EPI_MUST_USE epi_status epi_observed_read(struct epi_arena *a, epi_str csv,
                                          const struct epi_scenario *s, struct epi_observed *ret,
                                          struct epi_findings *findings, struct epi_err *reterr);
/* Findings for series that are too short, without cases, or of no place of the society. */
EPI_MUST_USE epi_status epi_observed_check(const struct epi_observed *o,
                                           const struct epi_society *society,
                                           struct epi_findings *findings, struct epi_err *reterr);

struct epi_calibration {
    const struct epi_society *society;
    const struct epi_natural_history *history;
    const struct epi_scenario *scenario; /* with `calibrate` */
    const struct epi_observed *observed;
    uint64_t seed;
    unsigned threads;
    const struct epi_packs *packs;                       /* needed when epi_scenario_by_packs */
    void *ctx;                                           /* of the two below, which may be NULL */
    void (*prepare)(void *ctx, struct epi_world *w);     /* a start of one's own; many threads */
    bool (*progress)(void *ctx, size_t done, size_t of); /* false: stop */
};
#define EPI_FIT_LEVELS 5 /* 0.025, 0.25, 0.5, 0.75, 0.975 */
extern const double epi_fit_levels[EPI_FIT_LEVELS];
struct epi_calibrated {
    size_t n, values_n; /* particles; free levers and, last, the dispersion k */
    int days, last;     /* of the run; the last observed */
    size_t series;
    double *weight;                  /* [n], sum 1 */
    double *value;                   /* [n * values_n] */
    struct epi_track *track;         /* [n] */
    double *found;                   /* [series * days * n]: c / scale */
    double *count;                   /* the same with the scatter of reports: what would be seen */
    double (*ahead)[EPI_FIT_LEVELS]; /* [series * days]: quantiles foreseen the day before */
    double *score;   /* [series * days]: normal score of the count in that; NAN = no count */
    double *ess;     /* [days]: effective particles after the day was weighed */
    size_t origins;  /* first draws that are still there */
    double evidence; /* log probability of the series */
    int softened;    /* days */
    int rounds;
    double last_ess;
    /* Is what was foreseen a day ahead like what came? Mean scores of whole weeks times sqrt(7) are
     * standard normal if so: chi-square of their squares. */
    double chi2, p;
    int weeks;
    double cover50, cover95; /* of the counts, a day ahead */
};
/* EPI_LIMIT when the runs would not fit into memory, EPI_BUSY when stopped by `progress`. */
EPI_MUST_USE epi_status epi_calibrate_do(struct epi_arena *a, const struct epi_calibration *c,
                                         struct epi_calibrated *ret, struct epi_err *reterr);
/* Smallest value with at least share p of the weight at or below it, of n values. */
double epi_weighted_quantile(struct epi_arena *a, const double *value, const double *weight,
                             size_t n, double p);
/* True when the fit is no good: weeks off beyond 1 in 1,000, or a tenth of the days softened. */
bool epi_calibrated_poor(const struct epi_calibrated *f);
/* True when so few first draws are left that intervals of levers are too narrow. */
bool epi_calibrated_few(const struct epi_calibrated *f);

/* fit.csv (a day and series a row), posterior.csv (a particle a row) and calibration.json (figures
 * of the whole) in folder `dir`, which is made. */
EPI_MUST_USE epi_status epi_calibrated_write(struct epi_arena *a, const struct epi_calibration *c,
                                             const struct epi_calibrated *f,
                                             const struct epi_fs *fs, const char *dir,
                                             struct epi_err *reterr);

/* --- runs from the draws --- */
struct epi_draws { /* posterior.csv */
    size_t n;
    uint64_t society_seed;
    uint32_t people;
    int days, last;
    uint64_t digest; /* of the text */
    double *weight;
    struct epi_free *lever; /* [values_n], priors not set */
    size_t values_n;
    double *value; /* [n * values_n] */
    struct epi_track *track;
};
EPI_MUST_USE epi_status epi_draws_read(struct epi_arena *a, epi_str text, int days,
                                       struct epi_draws *ret, struct epi_findings *findings,
                                       struct epi_err *reterr);
/* Run `run` of `runs` (from 1): the levers of its draw in *io, and its track. Draws are taken by
 * weight, systematically; a draw taken again has days of its own after `last`. */
void epi_draws_take(struct epi_arena *a, const struct epi_draws *d, unsigned run, unsigned runs,
                    struct epi_scenario *io, struct epi_track *ret);
#endif
