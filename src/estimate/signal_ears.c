// SPDX-License-Identifier: AGPL-3.0-or-later
/* EARS C1, C2, C3; Hutwagner et al. 2003, J Urban Health 80, i89; Fricker, Hegler, Dunfee 2008,
 * Stat Med 27, 3407. */
#include "estimate/signal_internal.h"
#include "stats/stats.h"

struct epi_ears_options epi_ears_standard(void)
{
    return (struct epi_ears_options){
        .baseline = 7, .gap = 2, .alpha1 = 0.001, .alpha2 = 0.001, .alpha3 = 0.025};
}

void epi_ears_init(struct epi_arena *a, size_t n, struct epi_ears *ret)
{
    double *v = EPI_ARRAY(a, 8 * n, double);
    *ret = (struct epi_ears){v,         v + n,     v + 2 * n,
                             v + 3 * n, v + 4 * n, v + 5 * n,
                             v + 6 * n, v + 7 * n, EPI_ARRAY(a, n, uint8_t)};
}

/* Mean and sd of the n counts at v; left alone when not enough of them are known. */
static void window(const double *v, size_t n, double *ret_mean, double *ret_sd)
{
    double sum = 0, squares = 0, known = (double)n;
    for (size_t i = 0; i < n; i++)
        sum += v[i];
    if (isnan(sum)) {
        sum = known = 0;
        for (size_t i = 0; i < n; i++)
            if (!isnan(v[i])) {
                sum += v[i];
                known += 1;
            }
        if (known < 2 || 2 * known <= (double)n)
            return;
    }
    double mean = sum / known;
    for (size_t i = 0; i < n; i++) {
        double d = isnan(v[i]) ? 0 : v[i] - mean;
        squares += d * d;
    }
    *ret_mean = mean;
    *ret_sd = sqrt(squares / (known - 1));
}

void epi_ears(const struct epi_ears_options *o, const double *count, size_t n, struct epi_ears *ret)
{
    const double none = (double)NAN, z1 = -epi_normal_q(o->alpha1), z2 = -epi_normal_q(o->alpha2),
                 z3 = -epi_normal_q(o->alpha3);
    size_t base = o->baseline, gap = o->gap;
    for (size_t t = 0; t < n; t++) {
        ret->mean[t] = ret->sd[t] = ret->c1[t] = ret->c2[t] = ret->c3[t] = none;
        ret->upper1[t] = ret->upper2[t] = ret->upper3[t] = none;
        ret->alarm[t] = 0;
        if (t >= base)
            window(count + t - base, base, &ret->mean[t], &ret->sd[t]);
    }
    for (size_t t = base; t < n; t++) {
        double y = count[t];
        if (isnan(y))
            continue;
        double mean = ret->mean[t], sd = fmax(ret->sd[t], o->min_sigma);
        if (!isnan(mean)) {
            ret->upper1[t] = mean + z1 * sd;
            ret->c1[t] = y == mean ? 0 : (y - mean) / sd;
            ret->alarm[t] = y > ret->upper1[t] ? EPI_EARS_C1 : 0;
        }
        if (t < base + gap || isnan(ret->mean[t - gap]))
            continue;
        mean = ret->mean[t - gap];
        sd = fmax(ret->sd[t - gap], o->min_sigma);
        ret->upper2[t] = mean + z2 * sd;
        ret->c2[t] = y == mean ? 0 : (y - mean) / sd;
        if (y > ret->upper2[t])
            ret->alarm[t] |= EPI_EARS_C2;
        if (t < base + gap + 2)
            continue;
        double before = 0; /* the excess of the two points before; none where one is missing */
        for (size_t k = 1; k <= 2; k++)
            if (ret->c2[t - k] > 1)
                before += ret->c2[t - k] - 1;
        ret->c3[t] = before + (ret->c2[t] > 1 ? ret->c2[t] - 1 : 0);
        if (before <= z3)
            ret->upper3[t] = mean + sd * (1 + z3 - before);
        if (ret->c3[t] > z3)
            ret->alarm[t] |= EPI_EARS_C3;
    }
}
