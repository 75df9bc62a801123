// SPDX-License-Identifier: AGPL-3.0-or-later
#include "estimate/cfr.h"
#include "stats/stats.h"

size_t epi_cfr_delay(const struct epi_duration *d, int step, size_t n, double *ret)
{
    double sum = 0;
    size_t k = 0;
    for (; k < n; k++) {
        ret[k] = 0;
        for (int i = 0; i < step; i++)
            ret[k] += epi_duration_density(d, (double)k * step + i);
        sum += ret[k];
        /* Past its bulk a density only falls. */
        if (d->kind != EPI_DURATION_TABLE && sum > 0.5 && ret[k] < 1e-30)
            break;
    }
    return k;
}

void epi_cfr_outcomes(const double *cases, size_t n, const double *delay, size_t k, double *ret)
{
    memset(ret, 0, n * sizeof *ret);
    for (size_t s = 0; s < n; s++) {
        double c = cases[s], *restrict out = ret + s;
        size_t m = n - s < k ? n - s : k;
        if (c != 0)
            for (size_t j = 0; j < m; j++)
                out[j] += c * delay[j];
    }
}

struct epi_ci epi_cfr_naive(double cases, double deaths, const struct epi_cfr_options *o)
{
    return epi_proportion(EPI_PROPORTION_EXACT, deaths, cases, o->level);
}

struct likelihood {
    double deaths, survivors; /* binomial */
    double trials;            /* Poisson */
    double step;
    bool poisson;
};
/* Log likelihood at grid point k, without what does not depend on it. 0 log 0 = 0. */
static double at(const struct likelihood *l, size_t k)
{
    double p = (double)k * l->step, died = l->deaths > 0 ? l->deaths * log(p) : 0;
    if (l->poisson)
        return died - p * l->trials;
    return died + (l->survivors > 0 ? l->survivors * log1p(-p) : 0);
}

/* Grid point k as people write it: 0.9961, and not its neighbour that the product gives. */
static double point(double step, size_t k)
{
    double per = rint(1 / step);
    return fabs(per * step - 1) < 1e-12 ? (double)k / per : (double)k * step;
}

/* First point in [lo, hi] within reach, going from out of reach to within reach (rising). */
static size_t first_within(const struct likelihood *l, double bound, size_t lo, size_t hi)
{
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (at(l, mid) >= bound)
            hi = mid;
        else
            lo = mid + 1;
    }
    return lo;
}
static size_t last_within(const struct likelihood *l, double bound, size_t lo, size_t hi)
{
    while (lo < hi) {
        size_t mid = hi - (hi - lo) / 2;
        if (at(l, mid) >= bound)
            lo = mid;
        else
            hi = mid - 1;
    }
    return lo;
}

struct epi_ci epi_cfr_corrected(double cases, double deaths, double outcomes,
                                const struct epi_cfr_options *o)
{
    if (!(outcomes > 0 && deaths >= 0 && outcomes >= deaths))
        return EPI_CI_NONE;
    struct likelihood l = {deaths, outcomes - deaths, rint(outcomes), o->grid_step, false};
    l.poisson = cases >= o->poisson_cases && l.trials > 0 && deaths / l.trials < o->poisson_share;
    size_t points = (size_t)(1 / o->grid_step + 1e-6), last = points;
    if ((double)last * o->grid_step > 1)
        last--;
    /* The peak of the continuous likelihood lies between two grid points. */
    double peak = deaths / (l.poisson ? l.trials : outcomes) / o->grid_step;
    size_t best = peak >= (double)last ? last : peak < 1 ? 1 : (size_t)peak;
    double top = at(&l, best);
    for (size_t k = best > 1 ? best - 1 : 1, end = best + 2; k <= end && k <= last; k++) {
        double v = at(&l, k);
        if (v > top || (v == top && k < best)) {
            top = v;
            best = k;
        }
    }
    return (struct epi_ci){
        point(o->grid_step, best),
        point(o->grid_step, first_within(&l, top - o->drop, 1, best)),
        point(o->grid_step, last_within(&l, top - o->drop, best, last)),
    };
}

void epi_cfr_rolling(const double *cases, const double *deaths, const double *outcomes, size_t n,
                     const struct epi_cfr_options *o, struct epi_ci *ret_naive,
                     struct epi_ci *ret_corrected)
{
    double c = 0, d = 0, u = 0;
    for (size_t t = 0; t < n; t++) {
        bool same = t > 0 && cases[t] == 0 && deaths[t] == 0;
        c += cases[t], d += deaths[t];
        ret_naive[t] = same ? ret_naive[t - 1] : epi_cfr_naive(c, d, o);
        if (outcomes) {
            u += outcomes[t];
            ret_corrected[t] = epi_cfr_corrected(c, d, u, o);
        }
    }
}

void epi_cfr_daily(const double *of, const double *deaths, size_t n, size_t from, size_t to,
                   double level, struct epi_ci *ret)
{
    for (size_t t = 0; t < n; t++)
        ret[t] = t < from || t >= to
                     ? EPI_CI_NONE
                     : epi_proportion(EPI_PROPORTION_EXACT, deaths[t], rint(of[t]), level);
}

void epi_running_median(const double *v, size_t n, size_t window, double *ret)
{
    size_t half = window / 2;
    double sorted[64];
    if (n)
        memcpy(ret, v, n * sizeof *v);
    EPI_ASSERT(window % 2 == 1 && window <= EPI_COUNT(sorted));
    for (size_t i = half; i + half < n; i++) {
        for (size_t j = 0; j < window; j++) { /* insertion: the window is short */
            double x = v[i - half + j];
            size_t at_ = j;
            for (; at_ > 0 && sorted[at_ - 1] > x; at_--)
                sorted[at_] = sorted[at_ - 1];
            sorted[at_] = x;
        }
        ret[i] = sorted[half];
    }
}
