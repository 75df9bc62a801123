// SPDX-License-Identifier: AGPL-3.0-or-later
/* What a series says up to an origin: weekdays, dispersion, R, and where each part would go on. */
#include "estimate/forecast_internal.h"
#include "stats/stats.h"

#define WEEKDAY_DAYS 56  /* weekday factors are learnt from so many last days */
#define WEEKDAY_VAR 0.09 /* prior variance of a factor */
#define SIZE_DAYS 28     /* the dispersion from so many */
#define SIZE_PRIOR 0.05  /* 1 / size believed beforehand, worth SIZE_WORTH days */
#define SIZE_WORTH 4.0
#define SLOPE_VAR 0.0016 /* prior variance of the change of log R a day */
#define TREND_KEPT 0.85  /* of log R a day, in the part that follows its trend */
#define SLOPE_USED 0.5   /* of the slope of log R, of which a tenth is lost a day */
#define SLOPE_KEPT 0.9
#define RISE_KEPT 0.7 /* of log R a day in the damped part: rises are met by measures, */
#define FALL_KEPT 0.9 /* falls go on */
#define LATEST 0.5    /* weight of the newest day in the latest level */
#define NOBODY 0.5    /* cases assumed over the last SIZE_DAYS when there were none */
#define MEAN_MAX 1e9

static double mean_of(const double *x, size_t from, size_t to)
{
    return epi_mean(x + from, to - from);
}

/* Mean of the seven days about t, of those there are; of another period the point and its
 * neighbours. */
static double centred(const double *x, size_t t, size_t n, size_t reach)
{
    size_t from = t < reach ? 0 : t - reach, to = t + reach + 1 > n ? n : t + reach + 1;
    return mean_of(x, from, to);
}

/* Sums of counts over sums of the seven-day means about them, drawn to 1 by as much as their noise
 * asks for. */
static void weekdays(const double *y, size_t n, size_t period, double *ret)
{
    double counted[7] = {0}, usual[7] = {0}, pearson = 0, df = 0, sum = 0;
    for (size_t k = 0; k < 7; k++)
        ret[k] = 1;
    if (period != 7 || n < 17)
        return;
    size_t first = n > WEEKDAY_DAYS ? n - WEEKDAY_DAYS : 3;
    for (size_t t = first; t + 3 < n; t++) {
        counted[t % 7] += y[t];
        usual[t % 7] += centred(y, t, n, 3);
    }
    for (size_t t = first; t + 3 < n; t++) {
        double u = centred(y, t, n, 3), e = u > 0 ? y[t] - u * counted[t % 7] / usual[t % 7] : 0;
        if (u > 0) {
            pearson += e * e / u;
            df++;
        }
    }
    double dispersion = fmax(1, df > 7 ? pearson / (df - 7) : 1), worth = dispersion / WEEKDAY_VAR;
    for (size_t k = 0; k < 7; k++) {
        ret[k] = (counted[k] + worth) / (usual[k] + worth);
        sum += ret[k] / 7;
    }
    for (size_t k = 0; k < 7; k++)
        ret[k] = fmax(0.05, ret[k] / sum);
}

/* Variance beyond Poisson about the smoothed mean, which holds a seventh of the point itself. */
static double inverse_size(const double *y, const double *x, const double *weekday, size_t n,
                           size_t reach)
{
    size_t first = n > SIZE_DAYS ? n - SIZE_DAYS : 0, used = n - first;
    double width = 2 * (double)reach + 1, more = 0, of = 0;
    for (size_t t = first; t < n; t++) {
        double mu = weekday[t % 7] * centred(x, t, n, reach), e = y[t] - mu;
        more += e * e * width / (width - 1) - mu;
        of += mu * mu;
    }
    double prior = SIZE_WORTH * of / (double)used;
    return of > 0 ? fmax(0.001, (more + prior * SIZE_PRIOR) / (of + prior)) : SIZE_PRIOR;
}

/* Cori et al. 2013 with prior Gamma(1, 1); counts that vary more than Poisson are worth as many
 * times less, so shape and rate keep their ratio and lose weight. */
static void reproduction(const double *x, const double *local, size_t n,
                         const struct epi_forecast_setting *s, double inverse, double *ret_shape,
                         double *ret_scale)
{
    struct epi_projection p = {.w = s->w, .lags = s->lags};
    epi_project_r(x, local, n, s->window, 1, 1, &p);
    size_t used = n > s->window + 1 ? s->window : n > 1 ? n - 1 : 1;
    double infected = p.r_shape - 1, force = 1 / p.r_scale - 1,
           worth = 1 / (1 + infected / (double)used * inverse);
    *ret_shape = 1 + worth * infected;
    *ret_scale = 1 / (1 + worth * force);
}

/* How log R changes a step: between this window and the one before, drawn to 0 by their doubt. */
static double slope_of(const double *x, const double *own, size_t n,
                       const struct epi_forecast_setting *s, double inverse,
                       const struct epi_forecast_fit *f)
{
    double shape, scale, width = (double)s->window;
    if (n <= 2 * s->window)
        return 0;
    reproduction(x, own, n - s->window, s, inverse, &shape, &scale);
    double var = (epi_trigamma(shape) + epi_trigamma(f->r_shape)) / (width * width);
    return log(f->r_shape * f->r_scale / (shape * scale)) / width * SLOPE_VAR / (SLOPE_VAR + var);
}

/* Where part p goes on from x[0 .. n-1], which has room for the steps ahead. */
static void go_on(double *x, const double *own, size_t n, size_t horizon, int p,
                  const struct epi_forecast_setting *s, double slope,
                  const struct epi_forecast_fit *f, double *ret)
{
    size_t week = s->period == 7 ? 7 : 4, last = n > week ? n - week : 0,
           month = n > SIZE_DAYS ? n - SIZE_DAYS : 0;
    double level = mean_of(x, last, n), latest = level, least = NOBODY / (double)SIZE_DAYS;
    double log_r = log(f->r_shape * f->r_scale),
           from_elsewhere = fmax(0, mean_of(x, month, n) - mean_of(own, month, n));
    for (size_t t = last; t < n; t++)
        latest += LATEST * (x[t] - latest);
    if (p == EPI_FORECAST_TREND)
        log_r += slope * (double)s->window / 2; /* R is that of the window's middle */
    for (size_t h = 0; h < horizon; h++) {
        double mu = p == EPI_FORECAST_LEVEL ? level : latest;
        if (p < EPI_FORECAST_LEVEL)
            mu = exp(log_r) * epi__forecast_infectivity(x, n + h, s->w, s->lags) + from_elsewhere;
        x[n + h] = fmin(MEAN_MAX, mu);
        ret[h] = fmax(least, x[n + h]) * f->weekday[(n + h) % 7];
        if (p == EPI_FORECAST_TREND)
            log_r = (log_r + SLOPE_USED * slope) * TREND_KEPT;
        else
            log_r *= log_r > 0 ? RISE_KEPT : FALL_KEPT;
        slope *= SLOPE_KEPT;
    }
}

void epi__forecast_fit(struct epi_arena *a, const double *cases, const double *local, size_t n,
                       size_t horizon, const struct epi_forecast_setting *s,
                       struct epi__forecast_state *ret)
{
    struct epi_forecast_fit *f = &ret->fit;
    /* Only what the serial interval and the last weeks reach back to is looked at; whole weeks are
     * left out, so that i % 7 stays the weekday. */
    size_t keep = s->lags + 2 * s->window + WEEKDAY_DAYS, skip = n > keep ? (n - keep) / 7 * 7 : 0;
    cases += skip;
    n -= skip;
    double *x = EPI_ARRAY(a, n + horizon, double), *own = x;
    weekdays(cases, n, s->period, f->weekday);
    for (size_t t = 0; t < n; t++)
        x[t] = cases[t] / f->weekday[t % 7];
    if (local) {
        own = EPI_ARRAY(a, n, double);
        for (size_t t = 0; t < n; t++)
            own[t] = local[skip + t] / f->weekday[t % 7];
    }
    double inverse = inverse_size(cases, x, f->weekday, n, s->period == 7 ? 3 : 1);
    f->size = 1 / inverse;
    reproduction(x, own, n, s, inverse, &f->r_shape, &f->r_scale);
    ret->log_r_sd = sqrt(epi_trigamma(f->r_shape));
    ret->interval = fmax(1, epi_si_mean(s->w, s->lags));
    double slope = slope_of(x, own, n, s, inverse, f);
    for (int p = 0; p < EPI_FORECAST_PARTS; p++) {
        ret->path[p] = EPI_ARRAY(a, horizon, double);
        go_on(x, own, n, horizon, p, s, slope, f, ret->path[p]);
    }
}
