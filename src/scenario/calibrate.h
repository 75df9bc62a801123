/* calibrate.h - a scenario fitted to the counts that were observed, and the forecast that follows.
 *
 * Part of scenario.h. Each member of an ensemble is a whole run with free figures of its own, drawn
 * from their priors through standard normal numbers z (priors.h): the free levers, and for every
 * window of the walk a step of the logarithm of a factor on the hazard of all meetings (what people
 * and measures do that the scenario does not know). All members are run, compared with all
 * counts, moved a step, and run again with the same seeds (ensemble.h), until the shares of the
 * steps sum to 1. After the last observed day runs go on: that is the forecast. Members weigh
 * alike.
 *
 * Counts are compared as sums of weeks, which end with the last observed day: weekdays and reports
 * that are caught up cancel within them. A sum y of n days about its mean m is taken as
 * NegBin(m, n k), variance m + m^2 / (n k), k the median of the prior `dispersion`, and compared as
 * 2 sqrt(n k) asinh(sqrt((y + 3/8) / (n k))), whose variance is about 1 (Anscombe 1948, Biometrika
 * 35:246). m = found / scale; that a thinned society is a sample of the whole is in the spread of
 * the members. How widely single days scatter, for the bands that are shown, is learnt from the
 * counts alone, each against the mean of the six days around it.
 *
 * Seeds are of a member, not of a step, so that it keeps its luck while its figures move: a member
 * that was unlucky at the start gets figures that make up for it. Intervals of figures are wider
 * for that, not narrower.
 *
 * Ownership: results live in the arena given.
 * Threads:   the same bytes on any number of them.
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
    const struct epi_packs *packs; /* needed when epi_scenario_by_packs */
    const struct epi_fs *fs; /* with `dir`: where the ensemble is kept between steps, so that */
    const char *dir;         /* a fit that was stopped goes on; NULL = nowhere */
    void *ctx;
    bool (*progress)(void *ctx, size_t done, size_t of); /* member-days; false: stop. May be NULL */
};
#define EPI_FIT_FILE "ensemble.csv" /* in `dir` */
#define EPI_FIT_LEVELS 5            /* 0.025, 0.25, 0.5, 0.75, 0.975 */
extern const double epi_fit_levels[EPI_FIT_LEVELS];
struct epi_calibrated {
    size_t n, values_n; /* members; free levers and, last, the dispersion k */
    int days, last;     /* of the run; the last observed */
    size_t series;
    double *value;           /* [n * values_n] */
    struct epi_track *track; /* [n] */
    double *found;           /* [series * days * n]: c / scale */
    double *count;           /* the same with the scatter of reports: what would be seen */
    double *score;           /* [series * days]: normal score of the count; NAN = no count */
    int steps;
    double
        *misfit; /* [steps + 1]: mean squared distance of members from counts on the scale where
                    errors are standard normal, by the number of counts; about 1 or 2 at the end */
    /* Is what came like what the members say? Mean scores of whole weeks times sqrt(7) would be
     * standard normal for counts the fit has not seen, and are nearer to 0 for those it has: a
     * small p says that the scenario cannot make these counts, a large one says little. */
    double chi2, p;
    int weeks;
    double cover50, cover95; /* of the fitted counts */
};
/* EPI_BUSY when stopped by `progress`, EPI_CONFLICT when `dir` holds another fit. */
EPI_MUST_USE epi_status epi_calibrate_do(struct epi_arena *a, const struct epi_calibration *c,
                                         struct epi_calibrated *ret, struct epi_err *reterr);
/* Quantile p of n values of the members. */
double epi_members_quantile(struct epi_arena *a, const double *value, size_t n, double p);
/* True when the fit is no good: weeks off beyond 1 in 1,000. */
bool epi_calibrated_poor(const struct epi_calibrated *f);
/* True when members end three standard errors from the counts: chance, in few cases or a thin
 * society, then makes the intervals, which hold the truth but say little. */
bool epi_calibrated_vague(const struct epi_calibrated *f);

/* fit.csv (a day and series a row), posterior.csv (a member a row) and calibration.json (figures
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
    uint64_t digest;        /* of the text */
    struct epi_free *lever; /* [values_n], priors not set */
    size_t values_n;
    double *value; /* [n * values_n] */
    struct epi_track *track;
};
EPI_MUST_USE epi_status epi_draws_read(struct epi_arena *a, epi_str text, int days,
                                       struct epi_draws *ret, struct epi_findings *findings,
                                       struct epi_err *reterr);
/* Run `run` of `runs` (from 1): the levers of its draw in *io, and its track. Fewer runs than draws
 * take them evenly; more take each in turn, and a draw taken again has days of its own after
 * `last`. */
void epi_draws_take(struct epi_arena *a, const struct epi_draws *d, unsigned run, unsigned runs,
                    struct epi_scenario *io, struct epi_track *ret);
#endif
