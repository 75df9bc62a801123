// SPDX-License-Identifier: AGPL-3.0-or-later
/* The case reproduction number of Wallinga and Teunis. */
#include "rt_internal.h"
#include "stats/stats.h"

#define EXACT_VARIANCE 4 /* up to here the number infected is laid out value by value */
#define EXACT_VALUES 256
#define FEW 4       /* up to so many cases of a day are added one by one */
#define RARE 1e-9   /* mass of a value that is left out */
#define FAINT 1e-18 /* share of a day's cases below which a window is not looked at */

/* The number of people a window infected: sum over days of binomial(n_t, P_t). */
struct offspring {
    double mean, variance, third, fourth; /* cumulants */
};

static struct offspring cumulants(const double *restrict infected, const double *restrict inverse,
                                  const double *restrict part, size_t from, size_t to)
{
    struct offspring o = {0};
    for (size_t t = from; t < to; t++) {
        double p = part[t] * inverse[t], mean, v;
        p = p < 1 ? p : 1; /* fmin is a call */
        mean = infected[t] * p;
        v = mean * (1 - p);
        o.mean += mean;
        o.variance += v;
        o.third += v * (1 - 2 * p);
        o.fourth += v * (1 - 6 * p * (1 - p));
    }
    return o;
}

/* A distribution of whole numbers: mass[k] at `least` + k. */
struct masses {
    double least, mass[EXACT_VALUES];
    size_t n;
};

static double power(double x, double n) /* x^n for whole n >= 0 */
{
    double ret = 1;
    for (uint64_t left = (uint64_t)n; left; left >>= 1) {
        ret = left & 1 ? ret * x : ret;
        x *= x;
    }
    return ret;
}

/* Adds one case that is infected with chance p. */
static bool add_case(struct masses *m, double p)
{
    double *mass = m->mass;
    if (m->n == EXACT_VALUES)
        return false;
    mass[m->n] = 0;
    for (size_t k = m->n; k > 0; k--)
        mass[k] += p * (mass[k - 1] - mass[k]);
    mass[0] *= 1 - p;
    m->n += mass[m->n] >= RARE;
    return true;
}

/* Adds binomial(count, p) to the number; the rarer outcome of the two is counted. False when there
 * are too many values. */
static bool add_binomial(struct masses *m, double count, double p)
{
    double rare = p <= 0.5 ? p : 1 - p, part[EXACT_VALUES], *mass = m->mass;
    size_t n = 1;
    if (p > 0.5)
        m->least += count;
    if (count * rare < RARE)
        return true;
    if (count <= FEW) {
        bool ok = true;
        m->least -= p > 0.5 ? count : 0;
        for (; count > 0 && ok; count--)
            ok = add_case(m, p);
        return ok;
    }
    double odds = rare / (1 - rare);
    part[0] = power(1 - rare, count);
    for (; n < EXACT_VALUES && (double)n <= count; n++) {
        part[n] = part[n - 1] * odds * (count - (double)n + 1) / (double)n;
        if (part[n] < RARE && (double)n > count * rare)
            break;
    }
    if (m->n + n - 1 > EXACT_VALUES)
        return false;
    if (p > 0.5) {
        m->least -= (double)(n - 1);
        for (size_t i = 0; i < n / 2; i++) {
            double swap = part[i];
            part[i] = part[n - 1 - i];
            part[n - 1 - i] = swap;
        }
    }
    /* From the top, so that every value is still there when it is needed. */
    for (size_t k = m->n; k < m->n + n - 1; k++)
        mass[k] = 0;
    m->n += n - 1;
    for (size_t k = m->n; k-- > 0;) {
        double sum = mass[k] * part[0];
        for (size_t i = 1; i < n && i <= k; i++)
            sum += mass[k - i] * part[i];
        mass[k] = sum;
    }
    while (m->n > 1 && mass[m->n - 1] < RARE)
        m->n--;
    return true;
}

static bool exact(const double *infected, const double *inverse, const double *part, size_t from,
                  size_t to, const double *probs, size_t probs_n, double *ret)
{
    struct masses m = {.mass = {1}, .n = 1};
    for (size_t t = from; t < to; t++) {
        double p = part[t] * inverse[t];
        p = p < 1 ? p : 1;
        if (infected[t] > 0 && p > 0 &&
            (infected[t] != floor(infected[t]) || !add_binomial(&m, infected[t], p)))
            return false;
    }
    double sum = m.mass[0];
    for (size_t i = 0, k = 0; i < probs_n; i++) {
        while (sum < probs[i] && k + 1 < m.n)
            sum += m.mass[++k];
        ret[i] = m.least + (double)k;
    }
    return true;
}

/* Cornish and Fisher 1938 to the fourth cumulant, and the whole number at or above it, half a unit
 * taken off for the steps of a count. */
static double expanded(const struct offspring *o, double z)
{
    double sd = sqrt(o->variance), g1 = o->third / (sd * o->variance),
           g2 = o->fourth / (o->variance * o->variance);
    double x =
        z + g1 * (z * z - 1) / 6 + g2 * z * (z * z - 3) / 24 - g1 * g1 * z * (2 * z * z - 5) / 36;
    return fmax(0, ceil(o->mean + sd * x - 0.5));
}

struct unit {
    const double *all, *infected;
    double *inverse; /* 1 / sum_u w_{t-u} I_u; 0 where nobody could have infected */
    uint32_t *reach; /* the last day a window that ends on a day may have infected somebody on */
};

/* Every case of a day t has some chance above FAINT to descend from a day s only within a lag that
 * depends on how many others there are: reach[s] is the last such t, at least. */
static void find_reach(const struct epi_rt_plan *p, struct unit *u)
{
    const struct epi_rt_setting *s = p->s;
    double most = 0;
    for (size_t t = 0; t < s->days; t++)
        most = fmax(most, u->all[t]);
    for (size_t t = 0; t < s->days; t++)
        u->reach[t] = (uint32_t)t;
    for (size_t t = 1; t < s->days; t++) {
        if (u->infected[t] == 0 || u->inverse[t] == 0)
            continue;
        size_t lag = t < p->lags ? t : p->lags - 1;
        while (lag > 1 && s->si.w[lag] * most * u->inverse[t] < FAINT)
            lag--;
        u->reach[t - lag] = (uint32_t)t;
    }
    for (size_t t = 1; t < s->days; t++) {
        if (u->reach[t] < u->reach[t - 1])
            u->reach[t] = u->reach[t - 1];
    }
}

static void one_window(struct epi_rt_plan *p, const struct unit *u, const double *by_day,
                       double first, size_t i, const double *z, struct epi_rt_rows ret)
{
    const struct epi_rt_setting *s = p->s;
    size_t from = s->windows.start[i] - 1, to = s->windows.end[i];
    double cases = p->sum[to] - p->sum[from], sum = 0;
    if (!(cases > 0) || (double)from < first) {
        epi__rt_no_result(s, i, ret);
        return;
    }
    for (size_t t = from; t < to; t++)
        sum += u->all[t] > 0 ? by_day[t] * u->all[t] : 0;
    if (ret.mean)
        ret.mean[i] = sum / cases;
    if (!ret.sd && !ret.quant)
        return;
    size_t last = (size_t)u->reach[to - 1] + 1;
    double *part = p->infectivity;
    for (size_t t = from; t < last; t++)
        part[t] = 0;
    epi__rt_convolve(u->all, s->si.w, p->lags, from, to, last, part);
    struct offspring o = cumulants(u->infected, u->inverse, part, from + 1, last);
    if (ret.sd)
        ret.sd[i] = sqrt(o.variance) / cases;
    if (!ret.quant)
        return;
    double *quant = ret.quant + i * s->probs_n;
    if (o.variance >= EXACT_VARIANCE ||
        !exact(u->infected, u->inverse, part, from + 1, last, s->probs, s->probs_n, quant)) {
        for (size_t q = 0; q < s->probs_n; q++)
            quant[q] = expanded(&o, z[q]);
    }
    for (size_t q = 0; q < s->probs_n; q++)
        quant[q] /= cases;
}

static void one_unit(struct epi_rt_plan *p, const double *local, const double *imported,
                     const double *z, struct epi_rt_rows ret, double *by_day)
{
    const struct epi_rt_setting *s = p->s;
    struct unit u = {p->all, local, p->inverse, p->reach};
    size_t first = 0;
    epi__rt_gather(p, local, imported);
    while (first < s->days && p->all[first] == 0)
        first++;
    for (size_t t = 0; t < s->days; t++)
        p->infectivity[t] = 0;
    epi__rt_convolve(p->all, s->si.w, p->lags, 0, s->days, s->days, p->infectivity);
    for (size_t t = 0; t < s->days; t++) {
        u.inverse[t] = p->infectivity[t] > 0 ? 1 / p->infectivity[t] : 0;
        p->ratio[t] = local[t] * u.inverse[t];
    }
    double *r = by_day ? by_day : p->sum_local;
    epi__rt_correlate(p->ratio, s->si.w, p->lags, s->days, r);
    find_reach(p, &u);
    for (size_t i = 0; i < s->windows.n; i++)
        one_window(p, &u, r, (double)first, i, z, ret);
    for (size_t t = 0; by_day && t < s->days; t++)
        by_day[t] = p->all[t] > 0 ? by_day[t] : (double)NAN;
}

void epi_rt_wallinga_teunis(struct epi_rt_plan *p, const double *local, const double *imported,
                            size_t units, struct epi_rt_rows ret, double *ret_by_day)
{
    const struct epi_rt_setting *s = p->s;
    double z[EPI_RT_PROBS_MAX];
    EPI_ASSERT(s->si.n == 1);
    for (size_t q = 0; q < s->probs_n; q++)
        z[q] = epi_normal_q(s->probs[q]);
    for (size_t u = 0; u < units; u++) {
        size_t at = u * s->days;
        one_unit(p, local + at, imported ? imported + at : NULL, z, epi__rt_rows_of(s, ret, u),
                 ret_by_day ? ret_by_day + at : NULL);
    }
}
