/* forecast.h - how many cases the next steps bring, with their doubt, and how good such forecasts
 * were.
 *
 * Point i of a series is the step i + 1; a forecast made at origin n knows points 0 .. n-1 and
 * speaks of n .. n+horizon-1. Results live in the arena given. All draws come from `seed`: the same
 * seed, the same result. Nothing is kept between calls, so calls may run on many threads. */
#ifndef EPI_ESTIMATE_FORECAST_H
#define EPI_ESTIMATE_FORECAST_H
#include "estimate/score.h"
#include "estimate/si.h"

#define EPI_FORECAST_HORIZON_MAX 90
#define EPI_FORECAST_SCORED 14 /* steps ahead that past forecasts are scored for */

/* --- plain projection: the renewal equation run forward --- */
enum epi_projection_noise { EPI_PROJECTION_POISSON, EPI_PROJECTION_NBINOM };
struct epi_projection {
    size_t horizon, draws;
    const double *w; /* [lags] probability of lag k; w[0] = 0; sums to 1 */
    size_t lags;
    double r_mean;           /* of every path when r_shape = 0 */
    double r_shape, r_scale; /* else each path draws its own from this gamma */
    enum epi_projection_noise noise;
    double size; /* NBINOM: size of a step = size * infectivity */
    uint64_t seed;
};
/* Fills r_mean, r_shape and r_scale: Cori's posterior (Cori et al. 2013) over the last `window`
 * steps before n, without the first step. local: as below. */
void epi_project_r(const double *cases, const double *local, size_t n, size_t window,
                   double prior_mean, double prior_sd, struct epi_projection *ret);
/* I_{t+1} ~ Poisson(R L) or NegBin(mean R L, size s L), L = sum over s >= 1 of w_s I_{t+1-s}
 * (Nouvellet et al. 2018, Epidemics 22:29, equation 1). Past counts need not be whole.
 * ret[h * draws + j]: step h of path j, not sorted. A path stays at 1e9 when it gets there. */
void epi_project(struct epi_arena *a, const double *cases, size_t n, const struct epi_projection *p,
                 double *ret);
/* The same without chance: ret[horizon]. */
void epi_project_mean(struct epi_arena *a, const double *cases, size_t n, double r, const double *w,
                      size_t lags, size_t horizon, double *ret);

/* --- persistence: the last count, and how counts have changed --- */
/* The last value plus the sum of h one-step differences, drawn from all past ones and their
 * negatives; not below 0. The median stays the last value (Cramer et al. 2022, PNAS
 * 119:e2113561119, baseline). ret as above, rounded to whole counts; n >= 1. */
void epi_persist(const double *cases, size_t n, size_t horizon, size_t draws, uint64_t seed,
                 double *ret);

/* --- the forecast --- */
struct epi_forecast_setting {
    size_t horizon, window, draws; /* window: steps over which R is estimated */
    const double *w;               /* as above */
    size_t lags, period;           /* period: 7 = counts depend on the weekday, 1 = they do not */
    size_t step;                   /* between past origins: a week */
    size_t past;                   /* origins to be scored; may be 0 */
    uint64_t seed;
};
/* Four ways on, all on counts freed of the weekday. */
enum epi_forecast_part {
    EPI_FORECAST_TREND,  /* renewal; log R follows its own slope and fades */
    EPI_FORECAST_DAMPED, /* renewal; log R fades, of growth faster than of decline */
    EPI_FORECAST_LEVEL,  /* the mean of the last week */
    EPI_FORECAST_LATEST, /* the exponentially weighted mean of its days */
    EPI_FORECAST_PARTS
};
const char *epi_forecast_part_word(enum epi_forecast_part p);
/* What was learnt up to an origin. */
struct epi_forecast_fit {
    double weekday[7];       /* factor of the points i with i % 7 = k; mean 1 */
    double size;             /* of the negative binomial about the mean; inf = Poisson */
    double r_shape, r_scale; /* R: gamma, widened by the dispersion */
    double weight[EPI_FORECAST_PARTS];
    double error[EPI_FORECAST_PARTS][2]; /* sd of the log of a week's cases, weeks 1 and 2 ahead */
    size_t learnt;                       /* past origins errors and weights come from */
};
/* How forecasts did, h steps ahead. */
enum epi_forecast_rival {
    EPI_FORECAST_OURS,
    EPI_FORECAST_PERSISTENCE,
    EPI_FORECAST_PLAIN, /* Cori and Poisson renewal */
    EPI_FORECAST_RIVALS
};
struct epi_forecast_score {
    size_t n;                            /* origins with a known outcome */
    double wis, error, cover50, cover95; /* means; error: |median - y| */
};
struct epi_forecast {
    struct epi_forecast_fit fit;
    double *path;                     /* [horizon * draws], step by step: joint paths */
    double *mean;                     /* [horizon] */
    double *quantile;                 /* [horizon * EPI_SCORE_LEVELS] */
    struct epi_forecast_score *score; /* [EPI_FORECAST_RIVALS * EPI_FORECAST_SCORED] */
};
/* Each part runs its own median forward: the renewal parts with Cori's R (Cori et al. 2013, prior
 * Gamma(1, 1)) of the last `window` steps. The log of the mean walks about it at random, with the
 * variance by which the part's past forecasts were off (beforehand: the doubt of R); counts are
 * negative binomial about the mean, times the factor of the weekday. The parts are pooled, with
 * weights that fall with the fourth power of their WIS at past origins; only what was known at an
 * origin is used at it. `local` are those of `cases` infected here (NULL = all): R is theirs, the
 * others go on as in the last four weeks. n >= 1; nothing of cases[n..] is read. */
void epi_forecast_make(struct epi_arena *a, const double *cases, const double *local, size_t n,
                       const struct epi_forecast_setting *s, struct epi_forecast *ret);
/* Mean and quantiles (the smallest draw with at least that share below or at it) of each step's
 * draws, which become sorted in `draw`. */
void epi_forecast_summary(double *draw, size_t draws, size_t horizon, double *ret_mean,
                          double *ret_quantile);
#endif
