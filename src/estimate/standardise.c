// SPDX-License-Identifier: AGPL-3.0-or-later
#include "estimate/standardise.h"
#include "stats/stats.h"

/* Fay and Feuer 1997, equations 7 and 8: y the standardised rate, v its variance, w the largest
 * weight of one event. */
static struct epi_ci fay_feuer(double y, double v, double w, double level)
{
    double tail = (1 - level) / 2;
    return (struct epi_ci){y, y > 0 ? v / (2 * y) * epi_chi2_q(tail, 2 * y * y / v) : 0,
                           (v + w * w) / (2 * (y + w)) *
                               epi_chi2_q(1 - tail, 2 * (y + w) * (y + w) / (v + w * w))};
}

struct epi_direct_rate epi_standardise_direct(const double *events, const double *time,
                                              const double *weight, size_t n, double level)
{
    struct epi_direct_rate ret = {(double)NAN, (double)NAN, EPI_CI_NONE,
                                  EPI_CI_NONE, EPI_CI_NONE, 0};
    double sum_w = 0, all_events = 0, all_time = 0, y = 0, v = 0, most = 0;
    for (size_t i = 0; i < n; i++) {
        ret.left_out += !(time[i] > 0);
        sum_w += time[i] > 0 ? weight[i] : 0;
        all_events += events[i], all_time += time[i];
    }
    if (!(sum_w > 0 && all_time > 0))
        return ret;
    for (size_t i = 0; i < n; i++) {
        if (!(time[i] > 0))
            continue;
        double w = weight[i] / sum_w / time[i];
        y += w * events[i];
        v += w * w * events[i];
        most = fmax(most, w);
    }
    double z = epi_level_z(level);
    ret.crude = all_events / all_time;
    ret.se = sqrt(v);
    ret.gamma = fay_feuer(y, v, most, level);
    ret.normal = (struct epi_ci){y, y - z * ret.se, y + z * ret.se};
    ret.log = y > 0 ? (struct epi_ci){y, y * exp(-z * ret.se / y), y * exp(z * ret.se / y)}
                    : (struct epi_ci){y, (double)NAN, (double)NAN};
    return ret;
}

struct epi_indirect_rate epi_standardise_indirect(const double *events, const double *time,
                                                  const double *rate, size_t n, double crude,
                                                  double level)
{
    struct epi_indirect_rate ret = {0,           0,           EPI_CI_NONE, EPI_CI_NONE,
                                    (double)NAN, (double)NAN, (double)NAN};
    for (size_t i = 0; i < n; i++) {
        if (isnan(rate[i]))
            continue;
        ret.observed += events[i];
        ret.expected += time[i] * rate[i];
    }
    if (!(ret.expected > 0))
        return ret;
    double o = ret.observed, ratio = o / ret.expected, spread = exp(epi_level_z(level) / sqrt(o));
    ret.exact = epi_rate(EPI_RATE_EXACT, o, ret.expected, level);
    ret.log = o > 0 ? (struct epi_ci){ratio, ratio / spread, ratio * spread}
                    : (struct epi_ci){ratio, (double)NAN, (double)NAN};
    ret.rate = ratio * crude;
    ret.rate_lo = ret.log.lo * crude;
    ret.rate_hi = ret.log.hi * crude;
    return ret;
}
