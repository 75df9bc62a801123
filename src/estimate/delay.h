/* delay.h - how long things take: fits of delay distributions, and delays period by period.
 *
 * Delays are in days. Parameters: gamma by shape and scale, log-normal by mean and sd of the log,
 * Weibull by shape and scale, exponential by its mean, normal by mean and sd, negative binomial by
 * size and mean. Ownership: results live in the arena given. Threads: no state.
 * Failure: EPI_INVALID when nothing can be fitted (no delays, a delay that is impossible); a fit
 * that did not converge says so and holds NaN. */
#ifndef EPI_ESTIMATE_DELAY_H
#define EPI_ESTIMATE_DELAY_H
#include "estimate/frame.h"

enum epi_delay_family {
    EPI_DELAY_GAMMA,
    EPI_DELAY_LNORM,
    EPI_DELAY_WEIBULL,
    EPI_DELAY_EXP,
    EPI_DELAY_NORMAL,
    EPI_DELAY_NBINOM,
    EPI_DELAY_FAMILIES
};
#define EPI_DELAY_PAR_MAX 2

struct epi_delay_fit {
    enum epi_delay_family family;
    double n;     /* delays used */
    size_t par_n; /* 1 for the exponential, else 2 */
    double par[EPI_DELAY_PAR_MAX];
    double cov[EPI_DELAY_PAR_MAX * EPI_DELAY_PAR_MAX]; /* inverse of the observed information */
    double loglik, aic, bic;                           /* bic with log n */
    double mean, sd;
    double ks, cvm, ad; /* Kolmogorov-Smirnov, Cramer-von Mises, Anderson-Darling; exact only */
    bool converged;
};

/* --- families (delay_family.c) --- */
const char *epi_delay_name(enum epi_delay_family f);               /* "gamma", "lnorm", ... */
const char *epi_delay_par_name(enum epi_delay_family f, size_t i); /* "shape", ...; NULL past */
bool epi_delay_family_of(epi_str name, enum epi_delay_family *ret);
double epi_delay_cdf(enum epi_delay_family f, const double *par, double x);
double epi_delay_sf(enum epi_delay_family f, const double *par, double x);
double epi_delay_logpdf(enum epi_delay_family f, const double *par, double x);
double epi_delay_quantile(enum epi_delay_family f, const double *par, double p);
void epi_delay_moments(enum epi_delay_family f, const double *par, double *ret_mean,
                       double *ret_sd);
/* Standard error of the quantile p by the delta method on its log (so that limits are positive):
 * the quantile times exp(-z se), exp(z se). NaN for families that may be negative. */
double epi_delay_quantile_log_se(const struct epi_delay_fit *fit, double p);

/* Distinct values, ascending, and how often each: what every fit below works on. */
struct epi_delays {
    size_t n; /* distinct values */
    double *value, *times;
    double total; /* delays in all */
};
/* Whole numbers are counted, others sorted; NaN is left out. */
void epi_delays_of(struct epi_arena *a, const double *v, size_t n, struct epi_delays *ret);

/* --- exact delays (delay_exact.c) ----------------------------------------------------------------
 * Maximum likelihood, delays as if known exactly (Delignette-Muller and Dutang 2015, J Stat Softw
 * 64(4)). Gamma, log-normal, Weibull and exponential take delays > 0 and leave out those of 0;
 * the negative binomial takes whole delays >= 0. `ret->n` says how many were used.
 * Gamma: log k - digamma(k) = log mean - mean of logs, Newton in log k. Weibull: the likelihood
 * with the scale at its best given the shape, Newton in log shape. Negative binomial: mean = sample
 * mean, Newton in log size; a variance below the mean makes the size infinite (Poisson). */
EPI_MUST_USE epi_status epi_delay_fit_exact(const struct epi_delays *d, enum epi_delay_family f,
                                            struct epi_delay_fit *ret, struct epi_err *reterr);

/* --- interval-censored delays (delay_interval.c) -------------------------------------------------
 * Reich et al. 2009, Stat Med 28:2769. The first event lies in [el, er], the second in [sl, sr].
 * Type 0, both uncertain: integral over e in [el, er] of F(sr - e) - F(sl - e), F = 0 below 0, the
 * density of e not divided by er - el. Type 1, one uncertain: F(sr - el) - F(sl - er).
 * Type 2, none: f(sl - el). Gamma, log-normal, Weibull, exponential.
 * `until` (may be NULL; NaN or +inf = all were seen): delays whose second event came later could
 * not be seen; the likelihood is divided by its value with [el, until] for [sl, sr] (right
 * truncation; Seaman et al. 2022, Stat Methods Med Res 31:1942). */
enum { EPI_CENSORED_BOTH, EPI_CENSORED_ONE, EPI_CENSORED_NONE };
struct epi_censored {
    size_t n;
    const double *el, *er, *sl, *sr;
    const double *type;  /* NULL: by which interval has no length */
    const double *until; /* NULL: none truncated */
};
EPI_MUST_USE epi_status epi_delay_fit_interval(struct epi_arena *a, const struct epi_censored *c,
                                               enum epi_delay_family f, struct epi_delay_fit *ret,
                                               struct epi_err *reterr);

/* --- right-truncated delays in whole days (delay_truncated.c) ------------------------------------
 * P(X = d) = F(d + 1) - F(d); a delay could only be seen up to `max`, so it is divided by
 * F(max + 1). Kalbfleisch and Lawless 1989, JASA 84:360; Seaman et al. 2022. `max` NULL: none
 * truncated. Gamma, log-normal, Weibull, exponential. */
EPI_MUST_USE epi_status epi_delay_fit_truncated(struct epi_arena *a, const double *delay,
                                                const double *max, size_t n,
                                                enum epi_delay_family f, struct epi_delay_fit *ret,
                                                struct epi_err *reterr);

/* --- delays period by period (delay_summary.c) --- */
enum epi_delay_period { EPI_PERIOD_DAY, EPI_PERIOD_WEEK, EPI_PERIOD_MONTH };
/* The first day of the period a day lies in; weeks begin on Monday. */
epi_date epi_delay_period_start(epi_date d, enum epi_delay_period p);
struct epi_delay_row {
    epi_date start;
    double n;                     /* pairs whose first day lies in the period */
    double open;                  /* second day not known, or after now */
    double negative;              /* second day before the first: counted here and nowhere else */
    double known;                 /* the rest: what the figures below are made of */
    double median, q25, q75, p90; /* type 7; NaN when known = 0 */
    double within;                /* share of the known within `within` days */
    double seen; /* share of the period's delays that should be known by now: F(now - day) of
                    the reverse hazard of all pairs, averaged over the period's days */
};
struct epi_delay_summary {
    size_t n;
    struct epi_delay_row *rows;
    struct epi_delay_row all;
};
/* Pairs of days since 1970-01-01, NaN = not known; periods without pairs between others are kept.
 * Pairs whose first day is unknown or after now are left out. */
void epi_delay_summarise(struct epi_arena *a, const double *from, const double *to, size_t n,
                         epi_date now, enum epi_delay_period p, double within,
                         struct epi_delay_summary *ret);
#endif
