// SPDX-License-Identifier: AGPL-3.0-or-later
/* The log likelihood ratio, and the counts from which it exceeds a level. */
#include "estimate/scan_internal.h"

/* n ln(n/m) with 0 ln 0 = 0; n a hair below 0 comes from rounding. */
static double part(double n, double m)
{
    return n > 0 ? n * log(n / m) : 0;
}

double epi_scan_llr(enum epi_scan_model m, double c, double expected, double cases, double total)
{
    double rest = cases - c;
    if (m != EPI_SCAN_BERNOULLI)
        return part(c, expected) + part(rest, cases - expected);
    /* the sum of the four terms, each beside what it is without clusters */
    double n = expected * total / cases, p = cases / total, q = 1 - p;
    return part(c, n * p) + part(n - c, n * q) + part(rest, (total - n) * p) +
           part(total - n - rest, (total - n) * q);
}

void epi__thresholds_init(struct epi_arena *a, const struct epi__scan_plan *p,
                          struct epi__thresholds *ret)
{
    double least = p->cases;
    for (size_t i = 0; i < p->units; i++) {
        const double *cell = p->cell ? p->cell + i * p->times : NULL;
        for (size_t t = 0; t < p->times; t++) {
            double e = p->share ? p->mass[i] * (p->share[t + 1] - p->share[t])
                                : cell[t] - (t ? cell[t - 1] : 0);
            if (e > 0 && e < least)
                least = e;
        }
    }
    *ret = (struct epi__thresholds){
        .a = a, .model = p->model, .cases = p->cases, .total = p->total, .min_cases = p->min_cases};
    float lowest = (float)fmax(least, p->cases * 0x1p-30), highest = (float)p->cases;
    int32_t bits[2];
    memcpy(&bits[0], &lowest, sizeof lowest);
    memcpy(&bits[1], &highest, sizeof highest);
    ret->bin0 = (bits[0] >> 15) - 2; /* bin 0 has 0 for its lower end */
    ret->bins = (bits[1] >> 15) - ret->bin0 + 2;
}

/* The lower end of a bin, and a little less: bins are found with expectations in float. */
static double lower_end(const struct epi__thresholds *t, int32_t bin)
{
    int32_t bits = (bin + t->bin0) << 15;
    float f;
    memcpy(&f, &bits, sizeof f);
    return bin == 0 ? 0 : (double)f * (1 - 4e-6);
}

static bool exceeds(const struct epi__thresholds *t, double c, double expected, double level)
{
    if (!(c > expected))
        return false;
    /* more cases than persons cannot be, and what exceeds that exceeds everything */
    if (expected <= 0 || (t->model == EPI_SCAN_BERNOULLI && c * t->cases > expected * t->total))
        return true;
    return epi_scan_llr(t->model, c, expected, t->cases, t->total) > level - 1e-9;
}

const int32_t *epi__thresholds_at(struct epi__thresholds *t, unsigned level)
{
    if (t->level[level])
        return t->level[level];
    int32_t *below = EPI_ARRAY(t->a, (size_t)t->bins, int32_t);
    int16_t *narrow = EPI_ARRAY(t->a, (size_t)t->bins, int16_t);
    double at_least = (double)t->min_cases - 1; /* a count that does not exceed */
    double end = t->cases;
    for (int32_t bin = 0; bin < t->bins; bin++) {
        double e = lower_end(t, bin), lo = at_least, step = 1;
        /* counts needed only grow with the expectation: go on from the last, in doubling steps */
        while (lo + step <= end && !exceeds(t, lo + step, e, level / 4.0)) {
            lo += step;
            step *= 2;
        }
        double hi = fmin(lo + step, end + 1);
        while (hi - lo > 1) {
            double middle = floor((lo + hi) / 2);
            if (exceeds(t, middle, e, level / 4.0))
                hi = middle;
            else
                lo = middle;
        }
        at_least = lo;
        below[bin] = (int32_t)lo;
        narrow[bin] = (int16_t)(lo < INT16_MAX ? lo : INT16_MAX);
    }
    t->narrow[level] = narrow;
    return t->level[level] = below;
}
