// SPDX-License-Identifier: AGPL-3.0-or-later
/* Fits of delays as if known exactly: Delignette-Muller and Dutang 2015, J Stat Softw 64(4).
 * Every sum runs over distinct values, of which delays in days have few. */
#include "estimate/delay_internal.h"

#define COUNTED_MAX 65536 /* whole delays up to here are counted in a table */

void epi_delays_of(struct epi_arena *a, const double *v, size_t n, struct epi_delays *ret)
{
    size_t known = 0, distinct = 0;
    double top = -1.0;
    bool counted = true;
    for (size_t i = 0; i < n; i++) {
        if (isnan(v[i]))
            continue;
        known++;
        counted = counted && v[i] >= 0.0 && v[i] < COUNTED_MAX && v[i] == floor(v[i]);
        top = v[i] > top ? v[i] : top;
    }
    *ret = (struct epi_delays){.total = (double)known};
    if (counted) {
        size_t room = (size_t)(top + 1.0), *seen = EPI_ARRAY(a, room + 1, size_t);
        for (size_t i = 0; i < n; i++)
            if (!isnan(v[i]))
                distinct += seen[(size_t)v[i]]++ == 0;
        ret->value = EPI_ARRAY(a, distinct + 1, double);
        ret->times = EPI_ARRAY(a, distinct + 1, double);
        for (size_t d = 0; d < room; d++)
            if (seen[d]) {
                ret->value[ret->n] = (double)d;
                ret->times[ret->n++] = (double)seen[d];
            }
        return;
    }
    ret->value = EPI_ARRAY(a, known + 1, double);
    ret->times = EPI_ARRAY(a, known + 1, double);
    for (size_t i = 0; i < n; i++)
        if (!isnan(v[i]))
            ret->value[distinct++] = v[i];
    epi_sort(ret->value, known);
    for (size_t i = 0; i < known; i++) {
        if (ret->n == 0 || ret->value[ret->n - 1] != ret->value[i])
            ret->value[ret->n++] = ret->value[i];
        ret->times[ret->n - 1]++;
    }
}

/* Sums over the delays a family takes. */
struct sums {
    const double *value, *times;
    size_t n;
    double total, mean, mean_log, var, var_log; /* divisor n */
};

static void sums_of(const struct epi_delays *d, enum epi_delay_family f, struct sums *s)
{
    size_t skip = 0;
    double least = f == EPI_DELAY_NBINOM ? -0.5 : 0.0;
    while (f != EPI_DELAY_NORMAL && skip < d->n && d->value[skip] <= least)
        skip++;
    *s = (struct sums){.value = d->value + skip, .times = d->times + skip, .n = d->n - skip};
    for (size_t i = 0; i < s->n; i++) {
        s->total += s->times[i];
        s->mean += s->times[i] * s->value[i];
        if (epi__delay_positive(f))
            s->mean_log += s->times[i] * log(s->value[i]);
    }
    s->mean /= s->total;
    s->mean_log /= s->total;
    for (size_t i = 0; i < s->n; i++) {
        double x = s->value[i] - s->mean;
        s->var += s->times[i] * x * x / s->total;
        if (epi__delay_positive(f)) {
            double y = log(s->value[i]) - s->mean_log;
            s->var_log += s->times[i] * y * y / s->total;
        }
    }
}

/* Inverse of the information [a b; b c] of two parameters. */
static void invert(struct epi_delay_fit *fit, double a, double b, double c)
{
    double det = a * c - b * b;
    fit->cov[0] = c / det;
    fit->cov[1] = fit->cov[2] = -b / det;
    fit->cov[3] = a / det;
}

static bool fit_gamma(const struct sums *s, struct epi_delay_fit *fit)
{
    double gap = log(s->mean) - s->mean_log, k;
    if (!(gap > 1e-12))
        return false;
    k = (3.0 - gap + sqrt((gap - 3.0) * (gap - 3.0) + 24.0 * gap)) / (12.0 * gap);
    for (int i = 0; i < 100; i++) { /* Newton in log k of log k - digamma(k) = gap */
        double f = log(k) - epi_digamma(k) - gap, slope = 1.0 - k * epi_trigamma(k);
        double step = f / slope;
        k *= exp(-step);
        if (fabs(step) < 1e-15)
            break;
    }
    double scale = s->mean / k, n = s->total;
    fit->par[0] = k;
    fit->par[1] = scale;
    invert(fit, n * epi_trigamma(k), n / scale, n * k / (scale * scale));
    return isfinite(k);
}

static bool fit_lnorm(const struct sums *s, struct epi_delay_fit *fit)
{
    fit->par[0] = s->mean_log;
    fit->par[1] = sqrt(s->var_log);
    fit->cov[0] = s->var_log / s->total;
    fit->cov[3] = 0.5 * s->var_log / s->total;
    return s->var_log > 1e-20;
}

static bool fit_weibull(const struct sums *s, struct epi_delay_fit *fit)
{
    double k = 1.2825498301618641 / sqrt(s->var_log), s0 = 0, s1 = 0, s2 = 0; /* pi / sqrt 6 */
    if (!(s->var_log > 1e-20))
        return false;
    for (int round = 0; round < 200; round++) { /* y = log x - mean log: sums of exp(k y) */
        s0 = s1 = s2 = 0.0;
        for (size_t i = 0; i < s->n; i++) {
            double y = log(s->value[i]) - s->mean_log, e = s->times[i] * exp(k * y);
            s0 += e;
            s1 += e * y;
            s2 += e * y * y;
        }
        double f = s1 / s0 - 1.0 / k, slope = k * (s2 / s0 - s1 / s0 * (s1 / s0)) + 1.0 / k;
        double step = f / slope;
        k *= exp(-(step < 1.0 ? step > -1.0 ? step : -1.0 : 1.0));
        if (fabs(step) < 1e-14)
            break;
    }
    double n = s->total, log_scale = log(s0 / n) / k; /* of x over its geometric mean */
    double scale = exp(s->mean_log + log_scale);
    /* With z = (x/scale)^k and l = log(x/scale): sum z = n, sum z l and sum z l^2 from the above.
     */
    double zl = n * (s1 / s0 - log_scale);
    double zll = n * (s2 / s0 - 2.0 * log_scale * s1 / s0 + log_scale * log_scale);
    fit->par[0] = k;
    fit->par[1] = scale;
    invert(fit, n / (k * k) + zll, -k / scale * zl, n * k * k / (scale * scale));
    return isfinite(k) && isfinite(scale);
}

/* Derivative of the log likelihood in the size, the mean at the sample's, over n. */
struct size_ctx {
    const struct sums *s;
    double slope;
};
static double size_score(double log_size, void *ctx)
{
    struct size_ctx *c = ctx;
    const struct sums *s = c->s;
    double r = exp(log_size), sum = 0.0, slope = 0.0;
    double d0 = epi_digamma(r), t0 = epi_trigamma(r);
    for (size_t i = 0; i < s->n; i++) {
        if (s->value[i] == 0.0)
            continue;
        if (s->value[i] < 40.0) { /* digamma(x + r) - digamma(r) without cancelling */
            for (double j = 0.0; j < s->value[i]; j++) {
                sum += s->times[i] / (r + j);
                slope -= s->times[i] / ((r + j) * (r + j));
            }
        } else {
            sum += s->times[i] * (epi_digamma(s->value[i] + r) - d0);
            slope += s->times[i] * (epi_trigamma(s->value[i] + r) - t0);
        }
    }
    c->slope = slope + s->total * s->mean / (r * (r + s->mean));
    return sum / s->total - log1p(s->mean / r);
}

static bool fit_nbinom(const struct sums *s, struct epi_delay_fit *fit)
{
    struct size_ctx c = {s, 0.0};
    double n = s->total, m = s->mean;
    fit->par[1] = m;
    for (size_t i = 0; i < s->n; i++)
        if (s->value[i] != floor(s->value[i]))
            return false;
    if (!(m > 0.0))
        return false;
    if (s->var <= m || size_score(log(1e7), &c) > 0.0) { /* no more spread than Poisson */
        fit->par[0] = INFINITY;
        fit->cov[0] = (double)NAN;
        fit->cov[3] = m / n;
        return true;
    }
    double log_size = epi_root(size_score, &c, log(1e-8), log(1e7), 1e-13);
    if (!isfinite(log_size))
        return false;
    (void)size_score(log_size, &c);
    double r = fit->par[0] = exp(log_size);
    fit->cov[0] = -1.0 / c.slope;
    fit->cov[3] = m * (r + m) / (n * r);
    return true;
}

static bool estimate(const struct sums *s, struct epi_delay_fit *fit)
{
    switch (fit->family) {
    case EPI_DELAY_GAMMA:
        return fit_gamma(s, fit);
    case EPI_DELAY_LNORM:
        return fit_lnorm(s, fit);
    case EPI_DELAY_WEIBULL:
        return fit_weibull(s, fit);
    case EPI_DELAY_EXP:
        fit->par[0] = s->mean;
        fit->cov[0] = s->mean * s->mean / s->total;
        return true;
    case EPI_DELAY_NORMAL:
        fit->par[0] = s->mean;
        fit->par[1] = sqrt(s->var);
        fit->cov[0] = s->var / s->total;
        fit->cov[3] = 0.5 * s->var / s->total;
        return s->var > 0.0;
    case EPI_DELAY_NBINOM:
        return fit_nbinom(s, fit);
    case EPI_DELAY_FAMILIES:
        break;
    }
    return false;
}

/* Distances of the fitted from the empirical distribution, group by group: of the i-th of n
 * ordered delays, with F at it, KS = max |F - i/n|, |F - (i-1)/n|; CvM = 1/(12n) + sum (F -
 * (2i-1)/2n)^2; AD = -n - 1/n sum (2i-1) (log F_i + log(1 - F_{n+1-i})). */
static void distances(const struct sums *s, struct epi_delay_fit *fit)
{
    double n = s->total, before = 0.0, ks = 0.0, cvm = 1.0 / (12.0 * n), ad = 0.0;
    for (size_t i = 0; i < s->n; i++) {
        double f = epi_delay_cdf(fit->family, fit->par, s->value[i]), c = s->times[i];
        double after = before + c, lo = fabs(f - before / n), hi = fabs(f - after / n);
        ks = lo > ks ? lo : ks;
        ks = hi > ks ? hi : ks;
        /* The (2i-1)/2n of a group have mean m and mean square deviation (c^2 - 1)/(12 n^2). */
        double m = (before + after) / (2.0 * n);
        cvm += c * ((f - m) * (f - m) + (c * c - 1.0) / (12.0 * n * n));
        ad += (after * after - before * before) * log(f);
        double rest = f < 0.9 ? 1.0 - f : epi_delay_sf(fit->family, fit->par, s->value[i]);
        ad += ((n - before) * (n - before) - (n - after) * (n - after)) * log(rest);
        before = after;
    }
    fit->ks = ks;
    fit->cvm = cvm;
    fit->ad = -n - ad / n;
}

epi_status epi_delay_fit_exact(const struct epi_delays *d, enum epi_delay_family f,
                               struct epi_delay_fit *ret, struct epi_err *reterr)
{
    struct sums s;
    sums_of(d, f, &s);
    *ret = (struct epi_delay_fit){.family = f, .n = s.total, .par_n = f == EPI_DELAY_EXP ? 1 : 2};
    if (!(s.total > 0.0))
        return EPI_FAIL(reterr, EPI_INVALID, "estimate.delay-none", "%s", epi_delay_name(f));
    ret->ks = ret->cvm = ret->ad = (double)NAN;
    ret->converged = estimate(&s, ret);
    if (!ret->converged) {
        for (size_t i = 0; i < 4; i++)
            ret->cov[i] = (double)NAN;
        ret->par[0] = ret->par[1] = ret->loglik = (double)NAN;
    } else {
        for (size_t i = 0; i < s.n; i++)
            ret->loglik += s.times[i] * epi_delay_logpdf(f, ret->par, s.value[i]);
        if (f != EPI_DELAY_NBINOM)
            distances(&s, ret);
    }
    epi__delay_complete(ret);
    return EPI_OK;
}
