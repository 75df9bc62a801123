// SPDX-License-Identifier: AGPL-3.0-or-later
#include "stats/stats.h"

double epi_mean(const double *v, size_t n)
{
    if (n == 0)
        return NAN;
    double sum = 0.0, rest = 0.0, count = (double)n;
    for (size_t i = 0; i < n; i++)
        sum += v[i];
    double mean = sum / count;
    if (!isfinite(mean))
        return mean;
    for (size_t i = 0; i < n; i++) /* what rounding took */
        rest += v[i] - mean;
    return mean + rest / count;
}

double epi_variance(const double *v, size_t n)
{
    if (n < 2)
        return NAN;
    double mean = epi_mean(v, n), squares = 0.0;
    for (size_t i = 0; i < n; i++)
        squares += (v[i] - mean) * (v[i] - mean);
    return squares / (double)(n - 1);
}

/* --- sorting: Musser 1997, "Introspective sorting" ----------------------------------------------
 */
static void insertion(double *v, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        double x = v[i];
        size_t k = i;
        for (; k > 0 && v[k - 1] > x; k--)
            v[k] = v[k - 1];
        v[k] = x;
    }
}

static void sift(double *v, size_t at, size_t n)
{
    double x = v[at];
    for (size_t child; (child = 2 * at + 1) < n; at = child) {
        if (child + 1 < n && v[child + 1] > v[child])
            child++;
        if (!(v[child] > x))
            break;
        v[at] = v[child];
    }
    v[at] = x;
}

static void heap_sort(double *v, size_t n)
{
    for (size_t i = n / 2; i-- > 0;)
        sift(v, i, n);
    while (n-- > 1) {
        double top = v[0];
        v[0] = v[n];
        v[n] = top;
        sift(v, 0, n);
    }
}

static double median_of(double a, double b, double c)
{
    return a < b ? (b < c ? b : a < c ? c : a) : (a < c ? a : b < c ? c : b);
}

static void intro_sort(double *v, size_t n, unsigned depth)
{
    while (n > 24) {
        if (depth-- == 0) { /* an order made to harm the choice of pivots */
            heap_sort(v, n);
            return;
        }
        double pivot = median_of(v[0], v[n / 2], v[n - 1]);
        size_t lo = 0, hi = n - 1;
        for (;;) {
            while (v[lo] < pivot)
                lo++;
            while (v[hi] > pivot)
                hi--;
            if (lo >= hi)
                break;
            double x = v[lo];
            v[lo++] = v[hi];
            v[hi--] = x;
        }
        intro_sort(v + lo, n - lo, depth);
        n = lo;
    }
    insertion(v, n);
}

void epi_sort(double *v, size_t n)
{
    unsigned depth = 4;
    for (size_t k = n; k > 1; k /= 2)
        depth += 2;
    intro_sort(v, n, depth);
}

double epi_quantile_sorted(const double *v, size_t n, double p)
{
    if (n == 0 || !(p >= 0.0 && p <= 1.0))
        return NAN;
    double at = (double)(n - 1) * p;
    size_t i = (size_t)at;
    double part = at - (double)i;
    if (part == 0.0 || v[i + 1] == v[i])
        return v[i];
    return (1.0 - part) * v[i] + part * v[i + 1];
}

/* --- pool adjacent violators: Ayer, Brunk, Ewing, Reid, Silverman 1955 --------------------------
 * The blocks found so far lie in `ret` itself, so that no memory is needed and the time is linear.
 * A block keeps its mean in its last element. Means rise from block to block, so a value before it
 * that is larger than this mean is no mean: an infinity there marks a block of four or more, with
 * its weight and its first index in the two elements before. Blocks of up to three are filled. */
struct pool {
    size_t first, last;
    double mean, weight;
};

static void write_pool(const struct pool *b, double *ret)
{
    ret[b->last] = b->mean;
    if (b->last - b->first >= 3) {
        ret[b->last - 1] = INFINITY;
        ret[b->last - 2] = b->weight;
        ret[b->last - 3] = (double)b->first;
    } else {
        for (size_t i = b->first; i < b->last; i++)
            ret[i] = b->mean;
    }
}

static struct pool read_pool(size_t last, const double *w, const double *ret)
{
    struct pool b = {last, last, ret[last], w ? w[last] : 1.0};
    if (last >= 3 && ret[last - 1] == INFINITY) {
        b.weight = ret[last - 2];
        b.first = (size_t)ret[last - 3];
        return b;
    }
    while (b.first > 0 && ret[b.first - 1] == b.mean) {
        b.first--;
        b.weight += w ? w[b.first] : 1.0;
    }
    return b;
}

void epi_isotonic(const double *y, const double *w, size_t n, double *ret)
{
    for (size_t i = 0; i < n; i++) {
        struct pool b = {i, i, y[i], w ? w[i] : 1.0};
        while (b.first > 0 && ret[b.first - 1] >= b.mean) {
            struct pool before = read_pool(b.first - 1, w, ret);
            double weight = before.weight + b.weight;
            if (weight > 0.0)
                b.mean = before.mean + (b.mean - before.mean) * (b.weight / weight);
            b.weight = weight;
            b.first = before.first;
        }
        write_pool(&b, ret);
    }
    for (size_t end = n; end > 0;) {
        struct pool b = read_pool(end - 1, w, ret);
        for (size_t i = b.first; i <= b.last; i++)
            ret[i] = b.mean;
        end = b.first;
    }
}
