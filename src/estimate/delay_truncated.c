// SPDX-License-Identifier: AGPL-3.0-or-later
/* Delays in whole days of which the long ones could not be seen yet: Kalbfleisch and Lawless 1989,
 * JASA 84:360; Seaman et al. 2022, Stat Methods Med Res 31:1942. The likelihood is a sum over
 * distinct delays less a sum over distinct limits. */
#include "estimate/delay_internal.h"

struct problem {
    enum epi_delay_family family;
    struct epi_delays delay, max;
};

static double minus_loglik(const double *work, size_t n, void *ctx)
{
    const struct problem *p = ctx;
    double par[2], mean, sd, sum = 0.0;
    (void)n;
    epi__delay_par_of(p->family, work, par);
    epi_delay_moments(p->family, par, &mean, &sd);
    if (!isfinite(mean))
        return INFINITY;
    for (size_t i = 0; i < p->delay.n; i++) {
        double d = p->delay.value[i], l = epi__delay_between(p->family, par, d, d + 1.0);
        sum -= p->delay.times[i] * log(l > 1e-300 ? l : 1e-300);
    }
    for (size_t i = 0; i < p->max.n; i++) {
        double l = epi_delay_cdf(p->family, par, p->max.value[i] + 1.0);
        sum += p->max.times[i] * log(l > 1e-300 ? l : 1e-300);
    }
    return isfinite(sum) ? sum : INFINITY;
}

epi_status epi_delay_fit_truncated(struct epi_arena *a, const double *delay, const double *max,
                                   size_t n, enum epi_delay_family f, struct epi_delay_fit *ret,
                                   struct epi_err *reterr)
{
    struct problem p = {.family = f};
    double mean = 0.0, square = 0.0;
    if (n == 0 || !epi__delay_positive(f))
        return EPI_FAIL(reterr, EPI_INVALID, "estimate.delay-none", "%s", epi_delay_name(f));
    for (size_t i = 0; i < n; i++)
        if (!(delay[i] >= 0.0) || delay[i] != floor(delay[i]) || (max && max[i] < delay[i]))
            return EPI_FAIL(reterr, EPI_INVALID, "estimate.delay-impossible", "%zu", i + 1);
    epi_delays_of(a, delay, n, &p.delay);
    if (max)
        epi_delays_of(a, max, n, &p.max);
    for (size_t i = 0; i < p.delay.n; i++) {
        double y = log(p.delay.value[i] + 0.5), w = p.delay.times[i] / (double)n;
        mean += w * y;
        square += w * y * y;
    }
    double var = square - mean * mean;
    ret->n = (double)n;
    epi__delay_maximise(minus_loglik, &p, f, mean, sqrt(var > 0.04 ? var : 0.04), ret);
    return EPI_OK;
}
