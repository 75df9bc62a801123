/* rt.h - the reproduction number in time: how many others one case infects.
 *
 * Steps count from 1 as in the papers: t = 1 is element 0 of an array; windows [start, end] include
 * both ends. Counts are >= 0, whole or not. A plan holds what many units of one length share
 * (serial interval, windows, quantiles already computed) and scratch memory, so it belongs to one
 * thread; make one per thread. Results go into arrays of the caller; a value that does not exist is
 * NaN.
 *
 *   struct epi_si si = epi_si_parametric(a, 8.4, 3.8, days);
 *   struct epi_rt_setting s = {.days = days, .si = si, .windows = epi_rt_sliding(a, days, 7, 1),
 *                              .prior_mean = 5, .prior_sd = 5, .probs = p, .probs_n = 3};
 *   EPI_TRY(epi_rt_plan_new(a, &s, &plan, reterr));
 *   epi_rt_cori(plan, cases, NULL, units, rows);        // cases[units * days] */
#ifndef EPI_ESTIMATE_RT_H
#define EPI_ESTIMATE_RT_H
#include "estimate/si.h"

#define EPI_RT_PROBS_MAX 32

struct epi_rt_windows {
    size_t n;
    const uint32_t *start, *end; /* 2 <= start <= end <= days */
};
/* Windows of `width` steps with start = 2, 2 + step, ... while they fit. */
struct epi_rt_windows epi_rt_sliding(struct epi_arena *a, size_t days, size_t width, size_t step);

struct epi_rt_setting {
    size_t days;
    struct epi_si si; /* as many lags as days */
    struct epi_rt_windows windows;
    double prior_mean, prior_sd; /* > 0; the papers use 5 and 5 */
    const double *probs;         /* of the quantiles, ascending, inside (0, 1) */
    size_t probs_n;
};
struct epi_rt_plan;
/* The setting and what it points to must outlive the plan. EPI_INVALID when a window or a
 * probability lies outside its range. */
EPI_MUST_USE epi_status epi_rt_plan_new(struct epi_arena *a, const struct epi_rt_setting *s,
                                        struct epi_rt_plan **ret, struct epi_err *reterr);

/* [units * windows]; `quant` has probs_n values per window. Any may be NULL. */
struct epi_rt_rows {
    double *mean, *sd, *quant;
    double *above; /* posterior probability that R > 1; Cori only */
};

/* Cori et al. 2013 (Am J Epidemiol 178:1505), equation of the posterior; imported cases as in
 * Thompson et al. 2019 (Epidemics 29:100356): a gamma with shape a + local cases of the window and
 * rate 1/b + infectivity of the window, where the cases of t = 1 count as imported. Several serial
 * intervals: the equal mixture of their posteriors, moments and quantiles of the mixture itself
 * (its cdf solved for each probability to 1e-9 of the sd), without draws. A window that ends at
 * t <= mean of a serial interval does without that one; without any it has no result.
 * local: [units * days], cases infected here; imported: the same shape, or NULL. */
void epi_rt_cori(struct epi_rt_plan *p, const double *local, const double *imported, size_t units,
                 struct epi_rt_rows ret);

/* L_t = sum_s w_s (local + imported)_{t-s} of one unit with one serial interval; ret[0] is NaN. */
void epi_rt_infectivity(const double *local, const double *imported, const double *w, size_t days,
                        double *ret);

/* Wallinga and Teunis 2004 (Am J Epidemiol 160:509): R_s = sum_t p(t,s) local_t with
 * p(t,s) = w_{t-s} / sum_u w_{t-u} I_u; a window's mean is weighted by its cases. The number whom
 * the window's cases infected is a sum of binomials (local_t, P_t), P_t the probability that a case
 * of t descends from the window: its sd is exact, its quantiles too where its variance is below
 * 4, else the Cornish-Fisher expansion to the fourth cumulant (cdf to 0.002). NaN where the window
 * has no cases or starts before the first one. Not corrected for those infected after the last day.
 * by_day: [units * days], NaN on days without cases; may be NULL. Only with one serial interval. */
void epi_rt_wallinga_teunis(struct epi_rt_plan *p, const double *local, const double *imported,
                            size_t units, struct epi_rt_rows ret, double *ret_by_day);

/* R from the growth rate r per step: 1 / M(-r), M the moment generating function of the generation
 * time. Wallinga and Lipsitch 2007 (Proc R Soc B 274:599), equations 2.7 and 3.1 to 3.5. NaN where
 * M does not exist (a gamma with r <= -mean/sd^2). */
double epi_rt_of_growth_gamma(double r, double mean, double sd);
double epi_rt_of_growth_fixed(double r, double mean);
double epi_rt_of_growth_exponential(double r, double mean);
double epi_rt_of_growth_lags(double r, const double *w, size_t n); /* w is renormalised */
#endif
