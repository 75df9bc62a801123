// SPDX-License-Identifier: AGPL-3.0-or-later
/* The log-linear Poisson fit of a seasonal factor and a trend.
 *
 * Iteratively reweighted least squares, as R's glm does it: from mu = y + 0.1, until the deviance
 * changes by less than 1e-8 of itself, at most 25 times (McCullagh, Nelder 1989, 2.5). One step
 * costs little here:
 *   - X'WX is an arrow: a diagonal of one sum per level, bordered by the trend. From sums by level
 *     of w, w i, w i^2, w z and w z i a Schur complement gives the trend, then every level.
 *   - w z = w (eta - 1) + y, so neither z nor the deviance needs a logarithm by point.
 *   - mu is geometric within a run of points of one level, so its sums have a closed form that
 *     depends on the length of the run alone; the few points of another weight are added apart. */
#include "estimate/signal_internal.h"

enum { ROUNDS_MAX = 25 };
static const double CONVERGED = 1e-8;

struct level {
    struct epi__sums all;       /* prior weights included; i counted from the origin */
    double w, wi, wii, wz, wzi; /* of the working weights of the coming step */
};
struct epi__fitter {
    struct epi__fit fit;
    const struct epi__plan *plan;
    const struct epi__table *table;
    const struct epi__weights *weights;
    size_t longest;
    struct level *levels;
    double *height;             /* e^alpha */
    double *power;              /* g^j of one step, g = e^beta */
    double *sum0, *sum1, *sum2; /* sums of g^k, k g^k, k^2 g^k for k < j */
    double *before;             /* powers of the step before */
};

struct epi__fitter *epi__fitter_new(struct epi_arena *a, size_t points, unsigned levels)
{
    struct epi__fitter *f = EPI_NEW(a, struct epi__fitter);
    double *v = EPI_ARRAY(a, 5 * (points + 1) + 5 * (size_t)levels, double);
    f->power = v;
    f->sum0 = v + (points + 1);
    f->sum1 = v + 2 * (points + 1);
    f->sum2 = v + 3 * (points + 1);
    f->before = v + 4 * (points + 1);
    v += 5 * (points + 1);
    f->height = v;
    f->fit.alpha = v + levels;
    f->fit.height_before = v + 2 * levels;
    f->fit.sum_w = v + 3 * levels;
    f->fit.mean_i = v + 4 * levels;
    f->levels = EPI_ARRAY(a, levels, struct level);
    return f;
}

void epi__table_init(struct epi_arena *a, size_t n, struct epi__table *ret)
{
    *ret = (struct epi__table){.n = n,
                               .y = EPI_ARRAY(a, n, double),
                               .y23 = EPI_ARRAY(a, n, double),
                               .upto = EPI_ARRAY(a, n + 1, struct epi__sums),
                               .missing = EPI_ARRAY(a, n, uint32_t)};
}

void epi__table_fill(struct epi__table *t, const double *count)
{
    struct epi__sums s = {0};
    t->missing_n = 0;
    for (size_t i = 0; i < t->n; i++) {
        if (isnan(count[i])) {
            t->y[i] = 0;
            t->y23[i] = (double)NAN;
            t->missing[t->missing_n++] = (uint32_t)i;
        } else {
            double y = count[i], at = (double)i, w0 = y + 0.1, log_w0 = log(w0);
            double ylogy = y > 0 ? y * log(y) : 0, w0z0 = w0 * log_w0 - 0.1;
            t->y[i] = y;
            t->y23[i] = cbrt(y * y);
            s.n += 1;
            s.y += y;
            s.yi += y * at;
            s.yy += y * y;
            s.ylogy += ylogy;
            s.w0 += w0;
            s.w0i += w0 * at;
            s.w0ii += w0 * at * at;
            s.w0z0 += w0z0;
            s.w0z0i += w0z0 * at;
            s.deviance0 += 2 * (ylogy - y * log_w0 + 0.1);
        }
        t->upto[i + 1] = s;
    }
}

/* s += by * (the points [from, to)) */
static void add(struct epi__sums *s, const struct epi__table *t, size_t from, size_t to, double by)
{
    const struct epi__sums *a = &t->upto[from], *b = &t->upto[to];
    s->n += by * (b->n - a->n);
    s->y += by * (b->y - a->y);
    s->yi += by * (b->yi - a->yi);
    s->yy += by * (b->yy - a->yy);
    s->ylogy += by * (b->ylogy - a->ylogy);
    s->w0 += by * (b->w0 - a->w0);
    s->w0i += by * (b->w0i - a->w0i);
    s->w0ii += by * (b->w0ii - a->w0ii);
    s->w0z0 += by * (b->w0z0 - a->w0z0);
    s->w0z0i += by * (b->w0z0i - a->w0z0i);
    s->deviance0 += by * (b->deviance0 - a->deviance0);
}

size_t epi__plan_longest(const struct epi__plan *p)
{
    size_t longest = 0;
    for (size_t r = 0; r < p->n; r++)
        if (p->runs[r].to - p->runs[r].from > longest)
            longest = p->runs[r].to - p->runs[r].from;
    return longest;
}

void epi__powers(double rate, size_t n, double *ret)
{
    double g = exp(rate), v = 1;
    for (size_t j = 0; j < n; j++, v *= g)
        ret[j] = v;
}

double epi__fit_eta(const struct epi__fit *fit, unsigned level, size_t at)
{
    return fit->alpha[level] + fit->beta * ((double)at - fit->origin);
}

double epi__run_power(const struct epi__fit *fit, const struct epi__run *run, size_t end,
                      double last, double rate)
{
    return run->from == end ? last : exp(rate * ((double)run->from - fit->origin));
}

/* The sums of the first step; returns the deviance at the start. */
static double start_sums(struct epi__fitter *f)
{
    const struct epi__plan *p = f->plan;
    struct epi__fit *fit = &f->fit;
    double o = fit->origin, unit = f->weights->unit, deviance = 0, known = 0;
    for (unsigned l = 0; l < p->levels; l++)
        f->levels[l] = (struct level){0};
    for (size_t r = 0; r < p->n; r++)
        add(&f->levels[p->runs[r].level].all, f->table, p->runs[r].from, p->runs[r].to, unit);
    fit->p = fit->trend;
    for (unsigned l = 0; l < p->levels; l++) {
        known += f->levels[l].all.n / unit;
        fit->p += f->levels[l].all.n > 0;
    }
    fit->n = (size_t)(known + 0.5);
    for (size_t e = 0; e < f->weights->n; e++) {
        const struct epi__exception *x = &f->weights->list[e];
        add(&f->levels[x->level].all, f->table, x->at, x->at + 1, unit * x->extra);
    }
    for (unsigned l = 0; l < p->levels; l++) {
        struct level *v = &f->levels[l];
        struct epi__sums *s = &v->all;
        s->yi -= o * s->y;
        v->w = s->w0;
        v->wi = s->w0i - o * s->w0;
        v->wii = s->w0ii - o * (2 * s->w0i - o * s->w0);
        v->wz = s->w0z0;
        v->wzi = s->w0z0i - o * s->w0z0;
        deviance += s->deviance0;
    }
    return deviance;
}

/* Weighted least squares: the arrow solved by its Schur complement. */
static void solve(struct epi__fitter *f)
{
    struct epi__fit *fit = &f->fit;
    double spread = 0, cross = 0;
    fit->beta_before = fit->beta;
    for (unsigned l = 0; l < fit->levels; l++) {
        const struct level *s = &f->levels[l];
        fit->height_before[l] = f->height[l];
        fit->sum_w[l] = s->all.n > 0 ? s->w : 0;
        if (fit->sum_w[l] > 0) {
            fit->mean_i[l] = s->wi / s->w;
            spread += s->wii - s->wi * fit->mean_i[l];
            cross += s->wzi - s->wz * fit->mean_i[l];
        }
    }
    fit->spread = spread;
    fit->beta = fit->trend ? cross / spread : 0;
    for (unsigned l = 0; l < fit->levels; l++)
        if (fit->sum_w[l] > 0) {
            fit->alpha[l] = f->levels[l].wz / fit->sum_w[l] - fit->beta * fit->mean_i[l];
            f->height[l] = exp(fit->alpha[l]);
        }
}

/* Sums of g^i, i g^i, i^2 g^i by level, with prior weights. */
static void trend_sums(struct epi__fitter *f)
{
    const struct epi__plan *p = f->plan;
    const struct epi__fit *fit = &f->fit;
    const struct epi__exception *x = f->weights->list, *end = x + f->weights->n;
    epi__powers(fit->beta, f->longest + 1, f->power);
    f->sum0[0] = f->sum1[0] = f->sum2[0] = 0;
    for (size_t k = 0; k < f->longest; k++) {
        double at = (double)k;
        f->sum0[k + 1] = f->sum0[k] + f->power[k];
        f->sum1[k + 1] = f->sum1[k] + at * f->power[k];
        f->sum2[k + 1] = f->sum2[k] + at * at * f->power[k];
    }
    for (unsigned l = 0; l < fit->levels; l++)
        f->levels[l].w = f->levels[l].wi = f->levels[l].wii = 0;
    double first = 0;
    for (size_t r = 0, before = SIZE_MAX; r < p->n; r++) {
        const struct epi__run *run = &p->runs[r];
        size_t len = run->to - run->from;
        double i0 = (double)run->from - fit->origin;
        first = epi__run_power(fit, run, before, first, fit->beta);
        double s0 = f->sum0[len], s1 = f->sum1[len], s2 = f->sum2[len];
        for (; x < end && x->at < run->to; x++) {
            double at = (double)(x->at - run->from), v = x->extra * f->power[x->at - run->from];
            s0 += v;
            s1 += v * at;
            s2 += v * at * at;
        }
        struct level *s = &f->levels[run->level];
        s->w += first * s0;
        s->wi += first * (s1 + i0 * s0);
        s->wii += first * (s2 + i0 * (2 * s1 + i0 * s0));
        before = run->to;
        first *= f->power[len];
    }
}

/* The sums of the next step, at the present coefficients; returns the deviance there. */
static double next_sums(struct epi__fitter *f)
{
    struct epi__fit *fit = &f->fit;
    if (fit->trend)
        trend_sums(f);
    double deviance = 0;
    for (unsigned l = 0; l < fit->levels; l++) {
        struct level *s = &f->levels[l];
        if (!(fit->sum_w[l] > 0))
            continue;
        double a = fit->alpha[l], b = fit->beta, scale = f->weights->unit * f->height[l];
        if (fit->trend) {
            s->w *= scale;
            s->wi *= scale;
            s->wii *= scale;
        } else {
            s->w = s->all.n * f->height[l];
        }
        s->wz = (a - 1) * s->w + b * s->wi + s->all.y;
        s->wzi = (a - 1) * s->wi + b * s->wii + s->all.yi;
        deviance += s->all.ylogy - a * s->all.y - b * s->all.yi + s->w - s->all.y;
    }
    return 2 * deviance;
}

/* Pearson's statistic: sum of w (y/mu - 1)^2 with the means of now and the working weights of the
 * last step, as R's summary.glm takes it. */
static double pearson(struct epi__fitter *f)
{
    const struct epi__fit *fit = &f->fit;
    const struct epi__plan *p = f->plan;
    const double *y = f->table->y;
    double sum = 0;
    if (!fit->trend) {
        for (unsigned l = 0; l < fit->levels; l++) {
            const struct epi__sums *s = &f->levels[l].all;
            double inverse = 1 / f->height[l];
            if (fit->sum_w[l] > 0)
                sum += fit->sum_w[l] / s->n * (inverse * (inverse * s->yy - 2 * s->y) + s->n);
        }
        return sum;
    }
    epi__powers(-fit->beta, f->longest + 1, f->power);
    epi__powers(fit->beta_before, f->longest + 1, f->before);
    double inverse = 0, weight = 0; /* g^-i and the working weight, of unit height */
    for (size_t r = 0, end = SIZE_MAX; r < p->n; r++) {
        const struct epi__run *run = &p->runs[r];
        size_t len = run->to - run->from;
        inverse = epi__run_power(fit, run, end, inverse, -fit->beta);
        weight = epi__run_power(fit, run, end, weight, fit->beta_before);
        double tall = inverse / f->height[run->level], part = 0;
        for (size_t j = 0; j < len; j++) {
            double residual = y[run->from + j] * tall * f->power[j] - 1;
            part += f->before[j] * residual * residual;
        }
        sum += part * weight * fit->height_before[run->level];
        end = run->to;
        inverse *= f->power[len];
        weight *= f->before[len];
    }
    for (size_t e = 0; e < f->weights->n; e++) {
        const struct epi__exception *x = &f->weights->list[e];
        double residual = y[x->at] * exp(-epi__fit_eta(fit, x->level, x->at)) - 1;
        sum += x->extra * residual * residual * fit->height_before[x->level] *
               exp(fit->beta_before * ((double)x->at - fit->origin));
    }
    return sum * f->weights->unit;
}

const struct epi__fit *epi__fit(struct epi__fitter *f, const struct epi__plan *p,
                                const struct epi__table *t, const struct epi__weights *w,
                                bool trend)
{
    struct epi__fit *fit = &f->fit;
    f->plan = p;
    f->table = t;
    f->weights = w;
    f->longest = epi__plan_longest(p);
    fit->levels = p->levels;
    fit->trend = trend;
    fit->ok = false;
    fit->beta = 0;
    fit->origin = (double)((p->runs[0].from + p->runs[p->n - 1].to) / 2);
    double before = start_sums(f);
    if (fit->n <= fit->p)
        return fit;
    for (int round = 1; round <= ROUNDS_MAX; round++) {
        solve(f);
        double deviance = next_sums(f);
        if (!isfinite(deviance))
            return fit;
        if (fabs(deviance - before) < CONVERGED * (fabs(deviance) + 0.1)) {
            if (round == 1) { /* the working weights were those of mu = y + 0.1, nearly these */
                memcpy(fit->height_before, f->height, fit->levels * sizeof *f->height);
                fit->beta_before = fit->beta;
            }
            fit->dispersion = pearson(f) / (double)(fit->n - fit->p);
            fit->ok = isfinite(fit->dispersion);
            return fit;
        }
        before = deviance;
    }
    return fit;
}
