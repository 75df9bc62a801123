// SPDX-License-Identifier: AGPL-3.0-or-later
#include "rt_internal.h"
#include "stats/stats.h"

#define MEMO_ROWS_MAX 8192
#define TABLES_MAX 256
#define FAINT 1e-12 /* part of the posterior's rate that far lags may be worth */

struct epi_rt_windows epi_rt_sliding(struct epi_arena *a, size_t days, size_t width, size_t step)
{
    EPI_ASSERT(width >= 1 && step >= 1);
    size_t n = days >= width + 1 ? (days - width - 1) / step + 1 : 0;
    uint32_t *start = EPI_ARRAY(a, n + 1, uint32_t), *end = EPI_ARRAY(a, n + 1, uint32_t);
    for (size_t i = 0; i < n; i++) {
        start[i] = (uint32_t)(2 + i * step);
        end[i] = (uint32_t)(1 + i * step + width);
    }
    return (struct epi_rt_windows){n, start, end};
}

/* One past the last lag at which a serial interval has mass. */
static size_t last_lag(const double *w, size_t lags, size_t n)
{
    while (lags > 0) {
        for (size_t j = 0; j < n; j++) {
            if (w[(lags - 1) * n + j] != 0)
                return lags;
        }
        lags--;
    }
    return 0;
}

static double *tails(struct epi_arena *a, const struct epi_si *si)
{
    double *ret = EPI_ARRAY(a, si->lags + 1, double), *sum = EPI_ARRAY(a, si->n, double);
    for (size_t k = si->lags; k-- > 0;) {
        for (size_t j = 0; j < si->n; j++) {
            sum[j] += si->w[k * si->n + j];
            ret[k] = fmax(ret[k], sum[j]);
        }
    }
    return ret;
}

epi_status epi_rt_plan_new(struct epi_arena *a, const struct epi_rt_setting *s,
                           struct epi_rt_plan **ret, struct epi_err *reterr)
{
    EPI_ASSERT(s->si.n >= 1 && s->si.lags == s->days && s->probs_n <= EPI_RT_PROBS_MAX);
    for (size_t i = 0; i < s->windows.n; i++) {
        uint32_t from = s->windows.start[i], to = s->windows.end[i];
        if (from < 2 || to < from || to > s->days)
            return EPI_FAIL(reterr, EPI_INVALID, "estimate.rt-window", "%u - %u", from, to);
    }
    for (size_t i = 0; i < s->probs_n; i++) {
        if (!(s->probs[i] > (i ? s->probs[i - 1] : 0) && s->probs[i] < 1))
            return EPI_FAIL(reterr, EPI_INVALID, "estimate.rt-probability", "%g", s->probs[i]);
    }
    if (!(s->prior_mean > 0 && s->prior_sd > 0))
        return EPI_FAIL(reterr, EPI_INVALID, "estimate.rt-prior", "%g", s->prior_mean);
    struct epi_rt_plan *p = EPI_NEW(a, struct epi_rt_plan);
    p->s = s;
    p->lags = last_lag(s->si.w, s->si.lags, s->si.n);
    p->shape = s->prior_mean / s->prior_sd * (s->prior_mean / s->prior_sd);
    p->rate = s->prior_mean / s->prior_sd / s->prior_sd;
    if (s->si.n == 1) {
        for (p->memo_rows = 64; p->memo_rows < MEMO_ROWS_MAX && p->memo_rows < 4 * s->windows.n;)
            p->memo_rows *= 2;
        p->memo = EPI_ARRAY(a, p->memo_rows * (2 + s->probs_n), double);
        for (size_t i = 0; i < p->memo_rows; i++)
            p->memo[i * (2 + s->probs_n)] = -1;
    } else {
        for (p->tables_n = 1; p->tables_n < TABLES_MAX && p->tables_n < s->windows.n;)
            p->tables_n *= 2;
        p->tail = tails(a, &s->si);
        p->tables = EPI_ARRAY(a, p->tables_n, struct epi__log_gamma);
        p->rates = EPI_ARRAY(a, s->si.n, double);
        p->shift = EPI_ARRAY(a, s->si.n, double);
    }
    size_t room = s->days + 1;
    p->all = EPI_ARRAY(a, room, double);
    p->sum = EPI_ARRAY(a, room, double);
    p->sum_local = EPI_ARRAY(a, room, double);
    p->infectivity = EPI_ARRAY(a, room, double);
    p->ratio = EPI_ARRAY(a, room, double);
    p->inverse = EPI_ARRAY(a, room, double);
    p->reach = EPI_ARRAY(a, room, uint32_t);
    *ret = p;
    return EPI_OK;
}

void epi_rt_infectivity(const double *local, const double *imported, const double *w, size_t days,
                        double *ret)
{
    for (size_t t = 0; t < days; t++)
        ret[t] = 0;
    size_t lags = last_lag(w, days, 1);
    epi__rt_convolve(local, w, lags, 0, days, days, ret);
    if (imported)
        epi__rt_convolve(imported, w, lags, 0, days, days, ret);
    if (days)
        ret[0] = (double)NAN;
}

/* The cases of t = 1 count as imported. */
void epi__rt_gather(struct epi_rt_plan *p, const double *local, const double *imported)
{
    double sum = 0, sum_local = 0;
    for (size_t t = 0; t < p->s->days; t++) {
        p->all[t] = local[t] + (imported ? imported[t] : 0);
        sum += p->all[t];
        sum_local += t ? local[t] : 0;
        p->sum[t + 1] = sum;
        p->sum_local[t + 1] = sum_local;
    }
}

/* A whole count finds its own row; others share. */
static size_t slot(double local, size_t slots)
{
    uint64_t bits;
    if (local < 4503599627370496.0 && local == floor(local))
        return (size_t)local & (slots - 1);
    memcpy(&bits, &local, sizeof bits);
    return (size_t)((bits * 0x9E3779B97F4A7C15u) >> 40) & (slots - 1);
}

static const double *quantiles_of(struct epi_rt_plan *p, double local)
{
    const struct epi_rt_setting *s = p->s;
    double *row = p->memo + slot(local, p->memo_rows) * (2 + s->probs_n);
    if (row[0] != local) {
        row[0] = local;
        row[1] = sqrt(p->shape + local);
        epi_gamma_quants(s->probs, s->probs_n, p->shape + local, 1, row + 2);
    }
    return row;
}

void epi__rt_no_result(const struct epi_rt_setting *s, size_t i, struct epi_rt_rows ret)
{
    if (ret.mean)
        ret.mean[i] = (double)NAN;
    if (ret.sd)
        ret.sd[i] = (double)NAN;
    if (ret.above)
        ret.above[i] = (double)NAN;
    for (size_t q = 0; ret.quant && q < s->probs_n; q++)
        ret.quant[i * s->probs_n + q] = (double)NAN;
}

struct epi_rt_rows epi__rt_rows_of(const struct epi_rt_setting *s, struct epi_rt_rows all, size_t u)
{
    size_t at = u * s->windows.n;
    return (struct epi_rt_rows){.mean = all.mean ? all.mean + at : NULL,
                                .sd = all.sd ? all.sd + at : NULL,
                                .quant = all.quant ? all.quant + at * s->probs_n : NULL,
                                .above = all.above ? all.above + at : NULL};
}

static void one_interval(struct epi_rt_plan *p, struct epi_rt_rows ret)
{
    const struct epi_rt_setting *s = p->s;
    for (size_t t = 0; t < s->days; t++)
        p->infectivity[t] = 0;
    epi__rt_convolve(p->all, s->si.w, p->lags, 0, s->days, s->days, p->infectivity);
    for (size_t i = 0; i < s->windows.n; i++) {
        size_t from = s->windows.start[i] - 1, to = s->windows.end[i];
        if (!((double)to > s->si.mean[0])) {
            epi__rt_no_result(s, i, ret);
            continue;
        }
        double rate = p->rate, local = p->sum_local[to] - p->sum_local[from];
        for (size_t t = from; t < to; t++)
            rate += p->infectivity[t];
        double scale = 1 / rate, shape = p->shape + local;
        const double *row = quantiles_of(p, local);
        if (ret.mean)
            ret.mean[i] = shape * scale;
        if (ret.sd)
            ret.sd[i] = row[1] * scale;
        if (ret.above)
            ret.above[i] = epi_gamma_q(shape, rate);
        for (size_t q = 0; ret.quant && q < s->probs_n; q++)
            ret.quant[i * s->probs_n + q] = row[2 + q] * scale;
    }
}

static const struct epi__log_gamma *table_of(struct epi_rt_plan *p, double local)
{
    struct epi__log_gamma *t = &p->tables[slot(local, p->tables_n)];
    if (t->shape != p->shape + local)
        epi__log_gamma_make(t, p->shape + local);
    return t;
}

/* Of the equal mixture of Gamma(shape, 1 / rate): within and between. */
static void moments(const double *rates, size_t n, double shape, double *ret_mean, double *ret_sd)
{
    double mean = 0, within = 0, between = 0;
    for (size_t j = 0; j < n; j++)
        mean += 1 / rates[j];
    mean /= (double)n;
    for (size_t j = 0; j < n; j++) {
        double scale = 1 / rates[j];
        within += scale * scale;
        between += (scale - mean) * (scale - mean);
    }
    if (ret_mean)
        *ret_mean = shape * mean;
    if (ret_sd)
        *ret_sd = sqrt((shape * within + shape * shape * between) / (double)n);
}

/* How the infectivity of a window follows from the cases of each lag before its days. */
static void many_intervals(struct epi_rt_plan *p, struct epi_rt_rows ret)
{
    const struct epi_rt_setting *s = p->s;
    double *lagged = p->ratio, most = 0;
    size_t lags = 1;
    for (size_t i = 0; i < s->windows.n; i++)
        most = fmax(most, p->sum[s->windows.end[i]] - p->sum[0]);
    while (lags < p->lags && p->tail[lags] * most > FAINT * p->rate)
        lags++;
    for (size_t q = 0; q < s->probs_n; q++)
        p->learnt[q] = 0;
    for (size_t i = 0; i < s->windows.n; i++) {
        size_t from = s->windows.start[i] - 1, to = s->windows.end[i], n = 0;
        double local = p->sum_local[to] - p->sum_local[from];
        size_t reach = to < lags ? to : lags;
        for (size_t k = 1; k < reach; k++)
            lagged[k] = p->sum[to - k] - p->sum[from > k ? from - k : 0];
        epi__rt_infectivities(lagged, s->si.w, reach, s->si.n, p->rate, p->rates);
        double shape = p->shape + local;
        for (size_t j = 0; j < s->si.n; j++) {
            if ((double)to > s->si.mean[j])
                p->rates[n++] = p->rates[j];
        }
        if (n == 0) {
            epi__rt_no_result(s, i, ret);
            continue;
        }
        moments(p->rates, n, shape, ret.mean ? &ret.mean[i] : NULL, ret.sd ? &ret.sd[i] : NULL);
        if (!ret.quant && !ret.above)
            continue;
        for (size_t j = 0; j < n; j++)
            p->shift[j] = log(p->rates[j] / shape);
        const struct epi__log_gamma *t = table_of(p, local);
        if (ret.quant)
            epi__mixture_quantiles(t, p->shift, n, s->probs, s->probs_n, p->learnt,
                                   ret.quant + i * s->probs_n);
        if (ret.above)
            ret.above[i] = epi__mixture_above_1(t, p->shift, n);
    }
}

void epi_rt_cori(struct epi_rt_plan *p, const double *local, const double *imported, size_t units,
                 struct epi_rt_rows ret)
{
    const struct epi_rt_setting *s = p->s;
    for (size_t u = 0; u < units; u++) {
        size_t at = u * s->days;
        struct epi_rt_rows own = epi__rt_rows_of(s, ret, u);
        epi__rt_gather(p, local + at, imported ? imported + at : NULL);
        if (s->si.n == 1)
            one_interval(p, own);
        else
            many_intervals(p, own);
    }
}
