/* growth.h - how fast an epidemic grows or falls: the rate r of exp(r x), x in days.
 *
 * cases: [n] counts >= 0 at equal steps of `step` days. Limits are two-sided at `level` (0.95).
 * Pure; temporaries come from the arena given. A value that does not exist is NaN. EPI_INVALID when
 * there are fewer than two days with cases, or, of the others, no cases at all. */
#ifndef EPI_ESTIMATE_GROWTH_H
#define EPI_ESTIMATE_GROWTH_H
#include "base/base.h"

enum epi_growth_model {
    /* Least squares of log(count); days without cases are left out; limits by t with n - 2 degrees
     * of freedom. x is counted from the start of the first day kept, at the middle of each step. */
    EPI_GROWTH_LOG_LINEAR,
    /* Log-linear regression of the counts, zeros kept; x = 0 at the first day. Limits by the normal
     * quantile, quasi-Poisson by t with its dispersion. */
    EPI_GROWTH_POISSON,
    EPI_GROWTH_QUASI_POISSON,
    EPI_GROWTH_NEGATIVE_BINOMIAL,
};
struct epi_growth {
    size_t n;               /* points used */
    double r, se, lo, hi;   /* per day */
    double intercept;       /* log of the count at x = 0 */
    double r2, r2_adjusted; /* log-linear */
    double deviance, dispersion,
        size; /* the others; size of the negative binomial, else infinite */
    bool converged;
    /* x of point i is origin + step * i; z the quantile behind the limits; cov of (intercept, r) */
    double origin, z, cov[3];
};
EPI_MUST_USE epi_status epi_growth_fit(struct epi_arena *a, const double *cases, size_t n, int step,
                                       enum epi_growth_model model, double level,
                                       struct epi_growth *ret, struct epi_err *reterr);
/* The fitted count at x and its limits (of the mean, not of a day's count). */
void epi_growth_at(const struct epi_growth *g, double x, double *ret_fit, double *ret_lo,
                   double *ret_hi);

/* Days to double and to halve. Growing: ln 2 / r with limits ln 2 / hi and ln 2 / lo (the latter
 * negative when r may be below zero); falling: -ln 2 / r with limits -ln 2 / lo and -ln 2 / hi.
 * The other three are NaN. */
struct epi_growth_times {
    double doubling, doubling_lo, doubling_hi, halving, halving_lo, halving_hi;
};
struct epi_growth_times epi_growth_times(double r, double lo, double hi);

/* Two log-linear lines that meet on a day that belongs to both: of the points within `reach` days
 * of the first highest count, the one with the highest mean of the two adjusted R^2. reach < 0: an
 * eighth of the days spanned, to the nearest whole (ties to even). EPI_LIMIT above 10,000 points.
 */
struct epi_growth_split {
    size_t from, n;   /* points tried */
    const double *r2; /* [n] mean adjusted R^2, NaN where a side has fewer than three days */
    size_t best;      /* the point chosen */
    struct epi_growth before, after;
};
EPI_MUST_USE epi_status epi_growth_split(struct epi_arena *a, const double *cases, size_t n,
                                         int step, double reach, double level,
                                         struct epi_growth_split *ret, struct epi_err *reterr);

/* One change of slope at an unknown point: quasi-Poisson regression on x and max(0, x - tau), tau
 * every point with two more on each side (Hinkley 1971, Biometrika 58:505, for counts). Limits of
 * tau: all points whose deviance lies within dispersion * F(level; 1, n - 4) of the least; the
 * dispersion counts as 1 at least. p: of the gain over no change, by F(1, n - 4), times the number
 * of points tried (Bonferroni). Slopes and their limits are those at the best tau.
 * EPI_LIMIT above 2000 points; EPI_INVALID below 7 or when no fit converges. */
struct epi_growth_change {
    size_t at, lo, hi;               /* points */
    struct epi_growth before, after; /* r, se, lo, hi */
    double p, dispersion;
};
EPI_MUST_USE epi_status epi_growth_change(struct epi_arena *a, const double *cases, size_t n,
                                          int step, double level, struct epi_growth_change *ret,
                                          struct epi_err *reterr);
#endif
