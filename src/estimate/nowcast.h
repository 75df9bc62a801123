/* nowcast.h - how many cases of the latest days there will be once all are reported.
 *
 * A reporting triangle counts the cases of onset step t by the delay d of their report. The last
 * row is now: of row t only the delays d <= n - 1 - t can be known yet. Everything here works on
 * the triangle; triangle.c makes it from a table of counts or from a list of pairs of dates.
 * Ownership: results live in the arena given. Threads: one call, one thread; no state.
 * Failure: EPI_INVALID with findings for a triangle that makes no sense. A row for which nothing
 * can be said holds NaN; the entries of method.h leave it empty. */
#ifndef EPI_ESTIMATE_NOWCAST_H
#define EPI_ESTIMATE_NOWCAST_H
#include "estimate/frame.h"

#define EPI_TRIANGLE_DELAYS_MAX 400

struct epi_triangle {
    size_t n;       /* onset steps, oldest first; the last one is now */
    size_t delays;  /* columns: 0 .. delays - 1 */
    epi_date start; /* of row 0; unknown when the input had only t */
    int step;       /* days between rows: 1 or 7 */
    double t0;      /* the t of row 0 */
    double *count;  /* n x delays, whole; NaN where t + d > n - 1 */
    size_t late;    /* cases with a longer delay: counted in the last column, or left out */
};
/* Number of columns of row t that can be known. */
static inline size_t epi_triangle_known(const struct epi_triangle *g, size_t t)
{
    return g->n - t < g->delays ? g->n - t : g->delays;
}

struct epi_triangle_options {
    epi_date now;     /* unknown: the last row; of a list, the latest date in it */
    size_t max_delay; /* in steps; SIZE_MAX: as wide as the table; of a list, the delay below which
                         99 % of those seen lie, at most 60 */
    size_t window;    /* newest rows to keep; 0 = all */
    int step;         /* of a list: 1 or 7 days; weeks end on `now` */
    bool drop_late;   /* longer delays are left out instead of counted in the last column */
};
/* From columns "t" or "date" and "d0", "d1", ... Cells that cannot be known yet may be empty or 0.
 */
EPI_MUST_USE epi_status epi_triangle_read(struct epi_arena *a, const struct epi_frame *f,
                                          const struct epi_triangle_options *o,
                                          struct epi_triangle *ret, struct epi_findings *findings,
                                          struct epi_err *reterr);
/* From n pairs of dates (days since 1970-01-01; NaN = not known): reports after `now` are not yet
 * known, onsets after it and reports before onset are left out with a finding each. */
EPI_MUST_USE epi_status epi_triangle_of_dates(struct epi_arena *a, const double *onset,
                                              const double *report, size_t n,
                                              const struct epi_triangle_options *o,
                                              struct epi_triangle *ret,
                                              struct epi_findings *findings,
                                              struct epi_err *reterr);

/* --- the delay of reports, corrected for what is not known yet ---------------------------------
 * Kalbfleisch and Lawless 1989, JASA 84:360; Lawless 1994, Can J Stat 22:15. With n_x(d) the cases
 * of delay d and N_x(d) those of delay <= d, both over rows t <= n - 1 - d:
 * reverse hazard g(d) = n_x/N_x (g(0) = 1; 0 where N_x = 0), F(d) = prod_{x>d} (1 - g(x)),
 * var F(d) = F^2 sum_{x>d} g/(N_x (1 - g)). */
struct epi_report_delay {
    size_t delays;
    double *cases, *at_risk, *hazard, *cdf, *cdf_var;
    double dispersion; /* of the counts beside their binomial variance, >= 1; sum of squares over
                          sum of variances, cells of rows with cases */
};
void epi_report_delay(struct epi_arena *a, const struct epi_triangle *g,
                      struct epi_report_delay *ret);

/* --- nowcasts ------------------------------------------------------------------------------------
 */
enum epi_nowcast_flags {
    EPI_NOWCAST_DISPERSION = 1, /* intervals as if cases were reported in groups of `dispersion` */
    EPI_NOWCAST_TRUNCATION = 2, /* bnb: delays corrected for what is not known yet */
};
struct epi_nowcast {
    size_t n, probs_n, delays;
    double *reported, *share; /* n: cases reported by now; the share of all that they should be */
    double *mean;             /* n */
    double *sd_binomial, *sd; /* n: of the unreported, given the delays; with their doubt too.
                                 lawless only, else NULL */
    double *quantile;         /* n x probs_n, of the eventual number */
    double *p, *p_lo, *p_hi;  /* delays: share of reports with this delay, 95 % interval (NaN where
                                 a method gives none) */
    /* smooth only */
    double rhat, ess; /* the worst of the latest row, the smoothness and the size */
    double sd_walk;   /* of the step of log intensity, posterior median */
    double size;      /* of the negative binomial, posterior median; +inf for Poisson */
    /* 7 factors each, Monday first, geometric mean 1; NULL = not asked for */
    double *report_weekday, *onset_weekday;
    size_t draws;
};

/* Lawless 1994: mean = N/F, sd^2 = N(1-F)/F^2 + N(N+1)/F^4 var F. Quantiles: of the negative
 * binomial with the mean and variance these formulas give for N + 1/2 reported (so that a day
 * without a report has an interval), times the dispersion when asked for. */
EPI_MUST_USE epi_status epi_nowcast_lawless(struct epi_arena *a, const struct epi_triangle *g,
                                            unsigned flags, const double *probs, size_t probs_n,
                                            struct epi_nowcast *ret, struct epi_err *reterr);

/* Hoehle and an der Heiden 2014, Biometrics 70:993: shares of delays ~ Dirichlet(kappa + n_x(d));
 * the unreported ~ beta-negative-binomial(N + 1, A, B), A the sum up to n - 1 - t, B the rest.
 * EPI_NOWCAST_TRUNCATION: reverse hazards ~ Beta(kappa + n_x, kappa d + N_x - n_x), the posterior
 * of the same prior under right truncation; A, B match mean and variance of their product F. */
EPI_MUST_USE epi_status epi_nowcast_bnb(struct epi_arena *a, const struct epi_triangle *g,
                                        unsigned flags, double kappa, const double *probs,
                                        size_t probs_n, struct epi_nowcast *ret,
                                        struct epi_err *reterr);

/* McGough et al. 2020, PLoS Comput Biol 16:e1007735: count(t, d) ~ Poisson or negative binomial of
 * mean exp(alpha_t) beta_d; alpha_1 ~ N(0, variance 1000), alpha_t - alpha_{t-1} ~ N(0, 1/tau),
 * tau ~ Gamma(0.001, 0.001), beta ~ Dirichlet(kappa), size ~ Gamma(0.001, 0.001). Added
 * on demand: factors for the day of the week of report and of onset, log ~ N(0, 1) each. */
struct epi_smooth_options {
    bool poisson;                       /* instead of negative binomial */
    bool report_weekday, onset_weekday; /* need dates and a step of one day */
    double kappa;                       /* 0.1 in the paper */
    uint64_t seed;                      /* the same seed gives the same answer */
    size_t draws;   /* kept, in two chains; 4000 leaves 2 to 3 % of Monte Carlo error at the ends */
    size_t warm_up; /* per chain */
};
EPI_MUST_USE epi_status epi_nowcast_smooth(struct epi_arena *a, const struct epi_triangle *g,
                                           const struct epi_smooth_options *o, const double *probs,
                                           size_t probs_n, struct epi_nowcast *ret,
                                           struct epi_err *reterr);
#endif
