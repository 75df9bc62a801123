/* signal.h - outbreak signals: is this count more than its past makes likely?
 *
 * For any series at equal steps: cases, reports of symptoms, absences from school, sales of
 * medicine. A series is a struct epi_series whose `cases` are the counts; here NaN is a count
 * nobody reported. Such a point is not judged and is left out of every baseline, unless
 * epi_signal_fill gave it a value first. Points are named by their index from 0; ranges are [from,
 * to), from <= to <= n. Counts are >= 0 and may be fractions. Ownership: results live in the arena
 * or in the arrays of the caller. Failure:   a point that cannot be judged says why in its state,
 * and its numbers are NaN.
 *
 * Papers: Hutwagner et al. 2003 (EARS); Farrington et al. 1996; Noufaily et al. 2013; Salmon,
 * Schumacher, Höhle 2016; Rossi et al. 1999 (CUSUM); Höhle 2007 (Bayes, RKI); Frisén, Andersson
 * 2009 (outbreak P); Höhle, Paul 2008 (GLR). */
#ifndef EPI_ESTIMATE_SIGNAL_H
#define EPI_ESTIMATE_SIGNAL_H
#include "estimate/series.h"

enum epi_signal_state {
    EPI_SIGNAL_JUDGED,
    EPI_SIGNAL_TOO_FEW,     /* judged, but no alarm is raised on so few recent counts */
    EPI_SIGNAL_MISSING,     /* the count itself is missing */
    EPI_SIGNAL_NO_BASELINE, /* the past is too short, or too much of it is missing */
    EPI_SIGNAL_NO_FIT,      /* the model could not be fitted */
};
struct epi_signal {
    double expected;
    double upper; /* alarm when the count is above it (CUSUM, outbreak P, GLR: reaches it) */
    double score; /* the statistic of the method; each says which */
    double p;     /* P(a count at least as large | the past); NaN where the method has none */
    enum epi_signal_state state;
    bool alarm;
};

/* Missing counts given a value, for a what-if. Interpolation is linear between the nearest known
 * neighbours; before the first and after the last known count nothing is filled. Returns how many
 * were filled; ret_filled[n] (may be NULL) says which. */
enum epi_signal_missing { EPI_MISSING_SKIP, EPI_MISSING_ZERO, EPI_MISSING_INTERPOLATE };
size_t epi_signal_fill(double *count, size_t n, enum epi_signal_missing how, bool *ret_filled);

/* The point k years before `at`. With dates: the point of the same weekday nearest to the same day
 * of the month k years earlier (so a year of 53 weeks shifts nothing; 29 February counts as 1 March
 * in other years). Without: at - k * frequency. SIZE_MAX when it lies before the series. */
size_t epi_signal_year_back(const struct epi_series *s, size_t at, unsigned k, unsigned frequency);

/* --- EARS (signal_ears.c) ---
 * C1: (y_t - mean)/sd of the `baseline` points before t. C2: the same with the baseline `gap`
 * points earlier. C3: sum over t, t-1, t-2 of max(0, C2 - 1). C1 and C2 alarm when the count is
 * above mean + z(1 - alpha) sd, C3 when it is above z(1 - alpha3); Hutwagner et al. 2003,
 * with 3, 3 and 2 for the z. sd has divisor n - 1 and is at least min_sigma.
 * A baseline needs more than half of its points known, and at least two. */
struct epi_ears_options {
    unsigned baseline, gap; /* 7 and 2 */
    double alpha1, alpha2, alpha3;
    double min_sigma; /* 0.5 to 1 for rare events: a baseline of equal counts has no spread */
};
struct epi_ears_options epi_ears_standard(void);
enum { EPI_EARS_C1 = 1, EPI_EARS_C2 = 2, EPI_EARS_C3 = 4 };
struct epi_ears {      /* n of each; NaN where there is none */
    double *mean, *sd; /* of the baseline of C1 (sd not floored); C2 at t has those at t - gap */
    double *c1, *c2;   /* +inf when a count lies above a baseline without spread */
    double *c3;
    double *upper1, *upper2;
    double *upper3; /* NaN where the two points before are enough for an alarm */
    uint8_t *alarm; /* bits EPI_EARS_C1 ... */
};
void epi_ears_init(struct epi_arena *a, size_t n, struct epi_ears *ret);
void epi_ears(const struct epi_ears_options *o, const double *count, size_t n,
              struct epi_ears *ret);

/* --- Farrington (signal_farrington.c; the fit: signal_glm.c) ---
 * Quasi-Poisson log-linear model of the baseline, refitted with less weight on past outbreaks, with
 * a trend where it is certain. Original (1996): the windows of +-half_window around the date in
 * each of `years` years. Flexible (Noufaily et al. 2013): all points from the first window on but
 * the last `left_out`, with a seasonal factor of `periods` levels. score = (y - expected) /
 * (upper - expected). Formulas at the functions. */
enum epi_threshold {
    EPI_THRESHOLD_DELTA, /* normal after a power transformation; Farrington 1996 */
    EPI_THRESHOLD_NB,    /* negative binomial with the fitted mean ("nbPlugin"); Noufaily 2013 */
    EPI_THRESHOLD_MUAN,  /* negative binomial with an upper bound of the mean; Salmon 2016 */
};
struct epi_farrington_options {
    unsigned years, half_window, periods, left_out;
    unsigned frequency; /* points a year; used where there are no dates */
    double alpha;       /* one-sided; 1996: two-sided, alpha/2 is used */
    bool original;      /* 1996 */
    bool reweight;
    double weights_threshold; /* Anscombe residual above which a point loses weight */
    bool trend;
    double trend_p; /* the trend stays when p is below, with 3 years or more */
    enum epi_threshold threshold;
    double power;        /* of the delta threshold: 2/3, 1/2 or 1 */
    double few_cases;    /* no alarm when the last few_points counts sum to less */
    unsigned few_points; /* the point judged included; 0 = no such rule */
    /* The standard error and the test of the trend as the program surveillance 1.20 makes them:
     * with sum w ((y - mu)/mu)^2 / (n - p) for the dispersion after reweighting. For comparison. */
    bool released_dispersion;
};
struct epi_farrington_options epi_farrington_standard(void); /* Flexible: 5 years, 10 periods ... */
struct epi_farrington_options epi_farrington_1996(void);
struct epi_farrington {
    struct epi_signal signal; /* p: upper tail of the distribution behind the threshold */
    double fitted;            /* the expected count, also where too few cases hide it above */
    double phi;               /* dispersion, >= 1 */
    double trend;             /* log per step; NaN = no trend in the model */
    double trend_p;           /* of the model with trend; NaN = not tried */
    double se;                /* standard error of `fitted` */
};
/* Points [from, to) of one series, ret[to - from]. */
void epi_farrington(struct epi_arena *a, const struct epi_farrington_options *o,
                    const struct epi_series *s, size_t from, size_t to, struct epi_farrington *ret);
/* The same for many series with one calendar: counts[series][s->n] (s->cases is not read),
 * ret[series][to - from]. */
void epi_farrington_many(struct epi_arena *a, const struct epi_farrington_options *o,
                         const struct epi_series *s, const double *counts, size_t series,
                         size_t from, size_t to, struct epi_farrington *ret);

/* --- CUSUM (signal_cusum.c) ---
 * C_t = max(0, C_(t-1) + z_t - k) from C = 0 before `from`, alarm when C_t >= h; Rossi et al. 1999.
 * z is the count made nearly normal around its reference mean m. upper = the smallest count that
 * would raise the alarm, score = C_t. A missing point keeps C. */
enum epi_cusum_transform {
    EPI_CUSUM_STANDARD, /* (x - m) / sqrt m; upper rounded up */
    EPI_CUSUM_ROSSI,    /* (x - 3m + 2 sqrt(xm)) / (2 sqrt m); Rossi et al. 1999 */
    EPI_CUSUM_ANSCOMBE, /* 1.5 (x^(2/3) - m^(2/3)) / m^(1/6); Pierce, Schafer 1986 */
    EPI_CUSUM_NONE,     /* x */
};
struct epi_cusum_options {
    enum epi_cusum_transform transform;
    double k, h;
    bool seasonal;      /* m from a Poisson fit with one harmonic a year, else the plain mean */
    double mean;        /* a given m; NaN = from all points before `from` */
    unsigned frequency; /* points a year */
};
struct epi_cusum_options epi_cusum_standard(void);
void epi_cusum(struct epi_arena *a, const struct epi_cusum_options *o, const struct epi_series *s,
               size_t from, size_t to, struct epi_signal *ret);

/* --- the same weeks of other years (signal_bayes.c) ---
 * Baseline: the last half_window points when `this_year`, and the windows of +-half_window around
 * the date in each of `years` years.
 * Bayes: threshold = the 1 - alpha quantile of the predictive distribution of a Poisson count under
 * Jeffreys' prior, NegBin(sum + 1/2, n/(n + 1)); Höhle 2007. Alarm above it.
 * RKI: mean + 2 sd when the mean is above 20, else the upper limit of Crow and Gardner's 95 %
 * Poisson interval of floor(mean). Alarm above it. score = count / upper. */
struct epi_window_options {
    unsigned years, half_window, frequency;
    bool this_year;
    double alpha; /* Bayes */
};
struct epi_window_options epi_bayes_standard(void); /* 6 points of this year, alpha 0.05 */
struct epi_window_options epi_rki_standard(void);   /* 2 years, half window 4 */
void epi_bayes(struct epi_arena *a, const struct epi_window_options *o, const struct epi_series *s,
               size_t from, size_t to, struct epi_signal *ret);
void epi_rki(struct epi_arena *a, const struct epi_window_options *o, const struct epi_series *s,
             size_t from, size_t to, struct epi_signal *ret);

/* --- change of level (signal_change.c) ---
 * Outbreak P: log of prod_i (mu_i / mean)^(x_i) with mu the non-decreasing regression of all counts
 * up to t (Frisén, Andersson 2009); alarm above log k. score = that log, expected = mean.
 * GLR: max over change points of the Poisson log likelihood ratio of a shift upward from the known
 * mean mu0 (Höhle, Paul 2008); alarm at c or above; after an alarm it starts afresh.
 * mu0: given, or the mean of all points before `from`. score = the ratio. Both: upper = the
 * smallest count that would raise the alarm. */
void epi_outbreak_p(struct epi_arena *a, double k, const struct epi_series *s, size_t from,
                    size_t to, struct epi_signal *ret);
struct epi_glr_options {
    double c;    /* 5 */
    double mean; /* mu0; NaN = from the points before */
};
void epi_glr(struct epi_arena *a, const struct epi_glr_options *o, const struct epi_series *s,
             size_t from, size_t to, struct epi_signal *ret);

/* --- any method: alarm or not, with the evidence (signal.c) --- */
enum epi_signal_kind {
    EPI_SIGNAL_EARS_C1,
    EPI_SIGNAL_EARS_C2,
    EPI_SIGNAL_EARS_C3,
    EPI_SIGNAL_FARRINGTON,
    EPI_SIGNAL_CUSUM,
    EPI_SIGNAL_BAYES,
    EPI_SIGNAL_RKI,
    EPI_SIGNAL_OUTBREAK_P,
    EPI_SIGNAL_GLR,
};
struct epi_signal_method { /* only the options of `kind` are read */
    enum epi_signal_kind kind;
    struct epi_ears_options ears;
    struct epi_farrington_options farrington;
    struct epi_cusum_options cusum;
    struct epi_window_options window;
    struct epi_glr_options glr;
    double outbreak_k;
};
struct epi_signal_method epi_signal_method(enum epi_signal_kind kind); /* with standard options */
/* Points [from, to) of many series with one calendar, as epi_farrington_many: a heat map. */
void epi_signals(struct epi_arena *a, const struct epi_signal_method *m, const struct epi_series *s,
                 const double *counts, size_t series, size_t from, size_t to,
                 struct epi_signal *ret);
/* Takes back alarms where the last `points` counts, the point judged included, sum to less than
 * `cases`: their state is then EPI_SIGNAL_TOO_FEW. The rule Farrington et al. 1996 (section 3.7)
 * set for theirs, for methods that have none. Points [from, to) of one series, ret[to - from]. */
void epi_signal_few(const double *count, size_t from, size_t to, double cases, unsigned points,
                    struct epi_signal *ret);
struct epi_signal_base { /* one point of the baseline */
    size_t at;
    double count;
    double expected; /* fitted by the model; the mean where there is no model */
    double weight;   /* 1, or less for a past outbreak */
};
struct epi_signal_evidence {
    struct epi_signal signal;
    size_t at;
    double count;
    double phi, trend, trend_p; /* Farrington, else NaN */
    const struct epi_signal_base *baseline;
    size_t baseline_n;
};
/* One point of one series. Methods that run through time (CUSUM, GLR) start at `from` <= at; the
 * others do not read it. */
void epi_signal_evidence(struct epi_arena *a, const struct epi_signal_method *m,
                         const struct epi_series *s, size_t from, size_t at,
                         struct epi_signal_evidence *ret);
#endif
