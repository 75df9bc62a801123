// SPDX-License-Identifier: AGPL-3.0-or-later
/* Farrington's thresholds on the seasonal fit of signal_glm.c. */
#include "estimate/signal_internal.h"
#include "stats/stats.h"

struct epi_farrington_options epi_farrington_standard(void)
{
    return (struct epi_farrington_options){.years = 5,
                                           .half_window = 3,
                                           .periods = 10,
                                           .left_out = 26,
                                           .frequency = 52,
                                           .alpha = 0.05,
                                           .reweight = true,
                                           .weights_threshold = 2.58,
                                           .trend = true,
                                           .trend_p = 0.05,
                                           .threshold = EPI_THRESHOLD_DELTA,
                                           .power = 2.0 / 3,
                                           .few_cases = 5,
                                           .few_points = 4};
}

struct epi_farrington_options epi_farrington_1996(void)
{
    struct epi_farrington_options o = epi_farrington_standard();
    o.original = true;
    o.periods = 1;
    o.weights_threshold = 1;
    return o;
}

void epi__judge_init(struct epi_arena *a, const struct epi_farrington_options *o, size_t points,
                     struct epi__judge *ret)
{
    *ret = (struct epi__judge){.o = *o,
                               .z = -epi_normal_q(o->original ? o->alpha / 2 : o->alpha),
                               .fitter = epi__fitter_new(a, points, o->periods),
                               .sixth = EPI_ARRAY(a, points + 1, double),
                               .before = EPI_ARRAY(a, points + 1, double),
                               .height = EPI_ARRAY(a, o->periods, double)};
    ret->weights.list = EPI_ARRAY(a, points, struct epi__exception);
}

/* Weight 1 for every known point. */
static void weigh_alike(struct epi__judge *j, const struct epi__plan *p, const struct epi__table *t)
{
    struct epi__weights *w = &j->weights;
    w->unit = 1;
    w->n = 0;
    for (size_t r = 0, m = 0; r < p->n && m < t->missing_n; r++)
        for (; m < t->missing_n && t->missing[m] < p->runs[r].to; m++)
            if (t->missing[m] >= p->runs[r].from)
                w->list[w->n++] = (struct epi__exception){t->missing[m], p->runs[r].level, -1};
}

/* Farrington et al. 1996: the Anscombe residual s = 1.5 (y^(2/3) mu^(-1/6) - mu^(1/2)) /
 * sqrt(phi (1 - h)), h the leverage; weight gamma s^-2 where s > threshold, else gamma, with gamma
 * such that the weights sum to their number. With m = mu^(1/6), s is 1.5 (y^(2/3) - m^4) / m. The
 * fit before had weight 1 for every known point. */
static void weigh(struct epi__judge *j, const struct epi__plan *p, const struct epi__table *t)
{
    const struct epi__fit *fit = j->fit;
    struct epi__weights *w = &j->weights;
    size_t longest = epi__plan_longest(p);
    double phi = fit->dispersion > 1 ? fit->dispersion : 1, sum = (double)fit->n;
    double limit = j->o.weights_threshold * j->o.weights_threshold * phi / 2.25;
    double slope = fit->trend ? 1 / fit->spread : 0, root = 0, weight = 0;
    epi__powers(fit->beta / 6, longest + 1, j->sixth);
    epi__powers(fit->beta_before, longest + 1, j->before);
    for (unsigned l = 0; l < p->levels; l++)
        j->height[l] = exp(fit->alpha[l] / 6);
    w->n = 0;
    for (size_t r = 0, end = SIZE_MAX; r < p->n; r++) {
        const struct epi__run *run = &p->runs[r];
        size_t len = run->to - run->from;
        unsigned l = run->level;
        root = epi__run_power(fit, run, end, root, fit->beta / 6);
        weight = epi__run_power(fit, run, end, weight, fit->beta_before);
        double off = (double)run->from - fit->origin - fit->mean_i[l], base = 1 / fit->sum_w[l];
        double m0 = root * j->height[l], w0 = weight * fit->height_before[l];
        for (size_t k = 0; k < len; k++, off += 1) {
            size_t i = run->from + k;
            double m = m0 * j->sixth[k], m2 = m * m, d = t->y23[i] - m2 * m2;
            double rest = 1 - w0 * j->before[k] * (base + slope * off * off);
            /* A point that has a level to itself is fitted exactly: no residual. */
            if (d * fabs(d) > limit * m2 * rest && rest > 1e-9) {
                double extra = m2 * rest * phi / (2.25 * d * d) - 1;
                w->list[w->n++] = (struct epi__exception){(uint32_t)i, l, extra};
                sum += extra;
            } else if (isnan(d)) { /* missing */
                w->list[w->n++] = (struct epi__exception){(uint32_t)i, l, -1};
            }
        }
        end = run->to;
        root *= j->sixth[len];
        weight *= j->before[len];
    }
    w->unit = (double)fit->n / sum;
}

/* The fit, and once more with less weight on outliers when asked. */
static void fit_twice(struct epi__judge *j, const struct epi__plan *p, const struct epi__table *t,
                      bool trend)
{
    weigh_alike(j, p, t);
    j->fit = epi__fit(j->fitter, p, t, &j->weights, trend);
    if (!j->fit->ok || !j->o.reweight)
        return;
    weigh(j, p, t);
    j->fit = epi__fit(j->fitter, p, t, &j->weights, trend);
}

/* The dispersion behind the standard error and the test of the trend. */
static double error_dispersion(const struct epi__judge *j, const struct epi__plan *p,
                               const struct epi__table *t)
{
    const struct epi__fit *fit = j->fit;
    if (!j->o.released_dispersion || !j->o.reweight)
        return fit->dispersion;
    const struct epi__exception *x = j->weights.list, *end = x + j->weights.n;
    double sum = 0;
    for (size_t r = 0; r < p->n; r++)
        for (size_t i = p->runs[r].from; i < p->runs[r].to; i++) {
            double residual = t->y[i] * exp(-epi__fit_eta(fit, p->runs[r].level, i)) - 1;
            double weight = x < end && x->at == i ? 1 + x++->extra : 1;
            sum += weight * residual * residual;
        }
    return j->weights.unit * sum / (double)(fit->n - fit->p);
}

/* Farrington et al. 1996: the trend stays when it is certain, three years or more speak for it, and
 * it does not lead above all that was ever seen. */
static bool trend_stays(struct epi__judge *j, const struct epi__plan *p, const struct epi__table *t,
                        struct epi_farrington *ret)
{
    const struct epi__fit *fit = j->fit;
    size_t df = fit->n - fit->p;
    double error = sqrt(error_dispersion(j, p, t) / fit->spread);
    double statistic = fabs(fit->beta) / error, most = 0;
    ret->trend_p = 2 * epi_t_cdf(-statistic, (double)df);
    if (df != j->df) {
        j->df = df;
        j->critical = j->o.trend_p >= 1  ? 0
                      : j->o.trend_p > 0 ? epi_t_q(1 - j->o.trend_p / 2, (double)df)
                                         : (double)INFINITY;
    }
    for (size_t r = 0; r < p->n; r++)
        for (size_t i = p->runs[r].from; i < p->runs[r].to; i++)
            most = t->y[i] > most ? t->y[i] : most;
    return j->o.years >= 3 && statistic > j->critical &&
           exp(epi__fit_eta(fit, p->levels - 1, p->at)) <= most;
}

/* upper and p by the normal distribution of y^power around mu0^power, with variance power^2
 * mu0^(2 power - 1) tau, tau = phi + se^2 / mu0; Farrington et al. 1996, for power 2/3. */
static void threshold_delta(const struct epi__judge *j, double y, struct epi_farrington *r)
{
    double q = j->o.power, mu = r->fitted, centre = pow(mu, q);
    double tau = r->phi + r->se * r->se / mu;
    double sd = q * sqrt(pow(mu, 2 * q - 1) * tau);
    r->signal.upper = pow(centre + j->z * sd, 1 / q);
    r->signal.p = epi_normal_sf((pow(y, q) - centre) / sd);
}

/* upper and p by the negative binomial distribution with variance phi mean. */
static void threshold_counts(const struct epi__judge *j, double y, double mean,
                             struct epi_farrington *r)
{
    double size = r->phi > 1 ? mean / (r->phi - 1) : (double)INFINITY;
    r->signal.upper = epi_nbinom_q(1 - j->o.alpha, mean, size);
    r->signal.p = y > 0 ? epi_nbinom_sf(ceil(y) - 1, mean, size) : 1;
}

static bool too_few(const struct epi__judge *j, const struct epi__table *t, size_t at)
{
    double sum = 0;
    for (size_t i = at + 1 > j->o.few_points ? at + 1 - j->o.few_points : 0; i <= at; i++)
        sum += t->y[i];
    return j->o.few_points > 0 && sum < j->o.few_cases;
}

/* Expectation, its error and the threshold, from the model that was kept. */
static void predict(const struct epi__judge *j, const struct epi__plan *p,
                    const struct epi__table *t, double y, struct epi_farrington *ret)
{
    const struct epi__fit *fit = j->fit;
    struct epi_signal *s = &ret->signal;
    unsigned now = p->levels - 1;
    double eta = epi__fit_eta(fit, now, p->at);
    double off = (double)p->at - fit->origin - fit->mean_i[now];
    ret->fitted = exp(eta);
    ret->phi = fit->dispersion > 1 ? fit->dispersion : 1;
    ret->trend = fit->trend ? fit->beta : (double)NAN;
    double dispersion = j->o.original ? ret->phi : error_dispersion(j, p, t);
    double se =
        sqrt(dispersion * (1 / fit->sum_w[now] + (fit->trend ? off * off / fit->spread : 0)));
    ret->se = se * ret->fitted;
    double centre = ret->fitted; /* of the score */
    if (j->o.threshold == EPI_THRESHOLD_DELTA) {
        threshold_delta(j, y, ret);
    } else {
        double mean = j->o.threshold == EPI_THRESHOLD_NB ? ret->fitted : exp(eta + j->z * se);
        threshold_counts(j, y, mean, ret);
        if (j->o.released_dispersion)
            centre = eta;
    }
    s->score = (y - centre) / (s->upper - centre);
}

void epi__judge_point(struct epi__judge *j, const struct epi__plan *p, const struct epi__table *t,
                      double count, struct epi_farrington *ret)
{
    const double none = (double)NAN;
    *ret = (struct epi_farrington){
        {none, none, none, none, EPI_SIGNAL_JUDGED, false}, none, none, none, none, none};
    struct epi_signal *s = &ret->signal;
    j->fit = NULL;
    if (p->n == 0 || isnan(count)) {
        s->state = p->n == 0 ? EPI_SIGNAL_NO_BASELINE : EPI_SIGNAL_MISSING;
        return;
    }
    fit_twice(j, p, t, j->o.trend);
    if (j->o.trend && (!j->fit->ok || !trend_stays(j, p, t, ret)))
        fit_twice(j, p, t, false);
    if (j->fit->n <= j->fit->p || !(j->fit->sum_w[p->levels - 1] > 0)) {
        s->state = EPI_SIGNAL_NO_BASELINE;
        j->fit = NULL;
        return;
    }
    if (j->fit->ok)
        predict(j, p, t, count, ret);
    if (!j->fit->ok || !isfinite(s->upper) || !isfinite(s->score)) {
        s->state = EPI_SIGNAL_NO_FIT; /* or the error of the mean is beyond all use */
        s->upper = s->score = s->p = none;
        j->fit = NULL;
    } else if (too_few(j, t, p->at)) {
        s->state = EPI_SIGNAL_TOO_FEW;
        s->upper = j->o.original ? 0 : none;
    } else {
        s->expected = ret->fitted;
        s->alarm = count > 0 && count > s->upper;
    }
}

void epi_farrington_many(struct epi_arena *a, const struct epi_farrington_options *o,
                         const struct epi_series *s, const double *counts, size_t series,
                         size_t from, size_t to, struct epi_farrington *ret)
{
    enum { BLOCK = 128 }; /* points whose baselines are kept at a time, for all series */
    struct epi_arena_mark mark = epi_arena_mark(a);
    struct epi__judge j;
    struct epi__table table;
    struct epi__plan plans[BLOCK];
    epi__judge_init(a, o, s->n, &j);
    epi__table_init(a, s->n, &table);
    for (size_t first = from; first < to; first += BLOCK) {
        size_t end = to - first < BLOCK ? to : first + BLOCK;
        struct epi_arena_mark block = epi_arena_mark(a);
        for (size_t at = first; at < end; at++)
            epi__plan_farrington(a, o, s, at, &plans[at - first]);
        for (size_t k = 0; k < series; k++) {
            const double *count = counts + k * s->n;
            if (series > 1 || first == from)
                epi__table_fill(&table, count);
            for (size_t at = first; at < end; at++)
                epi__judge_point(&j, &plans[at - first], &table, count[at],
                                 &ret[k * (to - from) + at - from]);
        }
        epi_arena_release(a, block);
    }
    epi_arena_release(a, mark);
}

void epi_farrington(struct epi_arena *a, const struct epi_farrington_options *o,
                    const struct epi_series *s, size_t from, size_t to, struct epi_farrington *ret)
{
    epi_farrington_many(a, o, s, s->cases, 1, from, to, ret);
}
