// SPDX-License-Identifier: AGPL-3.0-or-later
#include "estimate/pool.h"
#include <math.h>

/* All n free of infection; some infected, without cancellation. */
static double none_of(const struct epi_pool_assay *s, double n)
{
    return s->prevalence < 1 ? exp(n * log1p(-s->prevalence)) : n == 0;
}
static double some_of(const struct epi_pool_assay *s, double n)
{
    return s->prevalence < 1 ? -expm1(n * log1p(-s->prevalence)) : n > 0;
}
/* A pool in which `n` have the prevalence and all others are free is positive. */
static double positive(const struct epi_pool_assay *s, double n)
{
    return s->sensitivity * some_of(s, n) + (1 - s->specificity) * none_of(s, n);
}

/* `found` of the infected and `false_alarm` of the free end as positive. */
static struct epi_pool judge(const struct epi_pool_assay *s, size_t n, double tests, double found,
                             double false_alarm)
{
    double p = s->prevalence, q = 1 - p;
    return (struct epi_pool){
        .size = n,
        .tests = tests,
        .se = found,
        .sp = 1 - false_alarm,
        .ppv = p * found / (p * found + q * false_alarm),
        .npv = q * (1 - false_alarm) / (q * (1 - false_alarm) + p * (1 - found)),
        .tests_per_case = p * found > 0 ? tests / (p * found) : (double)NAN,
    };
}

/* A pool of n, `sure` of them infected and `open` of them with the prevalence, is positive. */
static double diluted(const struct epi_pool_assay *s, size_t n, size_t sure, size_t open)
{
    double p = s->prevalence, sum = 0;
    double all = (double)open, each = none_of(s, all), odds = p / (1 - p);
    for (size_t j = 0; j <= open; j++) {
        size_t ill = sure + j;
        sum += each * (ill ? s->sensitivity * pow((double)ill / (double)n, s->dilution)
                           : 1 - s->specificity);
        each *= (all - (double)j) / (double)(j + 1) * odds;
    }
    return p < 1 ? sum : s->sensitivity * pow((double)(sure + open) / (double)n, s->dilution);
}

struct epi_pool epi_pool_dorfman(const struct epi_pool_assay *s, size_t n)
{
    double m = (double)n, se = s->sensitivity, fp = 1 - s->specificity;
    if (n == 1)
        return judge(s, 1, 1, se, fp);
    if (s->dilution > 0)
        return judge(s, n, 1 / m + diluted(s, n, 0, n), se * diluted(s, n, 1, n - 1),
                     fp * diluted(s, n, 0, n - 1));
    return judge(s, n, 1 / m + positive(s, m), se * se, fp * positive(s, m - 1));
}

struct epi_pool epi_pool_array(const struct epi_pool_assay *s, size_t n)
{
    double m = (double)n, se = s->sensitivity, sp = s->specificity, p = s->prevalence;
    /* A line is negative, whatever it holds; and when one of its people is known to be free. */
    double line_negative = 1 - positive(s, m), rest_negative = 1 - positive(s, m - 1);
    double rest = positive(s, m - 1);
    /* One row positive and all n columns negative: the row holds nobody infected, or somebody. */
    double row_free = pow(none_of(s, 1) * rest_negative, m);
    double alone = (1 - sp) * row_free + se * (pow(line_negative, m) - row_free);
    double both = p * se * se + (1 - p) * rest * rest;
    double tests = 2 / m + both + 2 * alone;
    double found = se * (se * se + 2 * se * (1 - se) * pow(line_negative, m - 1));
    /* Of a free person: the other n - 1 of the row decide whether it holds somebody. */
    double others_free = pow(none_of(s, 1) * rest_negative, m - 1);
    double others_any = pow(line_negative, m - 1);
    double lone = rest_negative * ((1 - sp) * others_free + se * (others_any - others_free));
    return judge(s, n, tests, found, (1 - sp) * (rest * rest + 2 * lone));
}

/* A part of `size` in a first pool of n: both pools are positive. */
static double both_positive(const struct epi_pool_assay *s, double n, double size, bool one_free)
{
    double se = s->sensitivity, fp = 1 - s->specificity, own = size - (one_free ? 1 : 0);
    return se * se * some_of(s, own) + fp * none_of(s, own) * positive(s, n - size);
}

/* Expected tests of a part: its own pool when the first is positive, then each of its people. */
static double part_tests(const struct epi_pool_assay *s, double n, double size)
{
    return positive(s, n) + (size > 1 ? size * both_positive(s, n, size, false) : 0);
}

struct epi_pool epi_pool_hierarchical(const struct epi_pool_assay *s, const size_t *parts,
                                      size_t parts_n)
{
    size_t all = 0;
    double se = s->sensitivity, fp = 1 - s->specificity, tests = 1, found = 0, false_alarm = 0;
    for (size_t i = 0; i < parts_n; i++)
        all += parts[i];
    double n = (double)all;
    for (size_t i = 0; i < parts_n; i++) {
        double size = (double)parts[i];
        tests += part_tests(s, n, size);
        found += size * (parts[i] > 1 ? se * se * se : se * se);
        false_alarm +=
            size * fp * (parts[i] > 1 ? both_positive(s, n, size, true) : positive(s, n - 1));
    }
    return judge(s, all, tests / n, found / n, false_alarm / n);
}

size_t epi_pool_parts(struct epi_arena *a, const struct epi_pool_assay *s, size_t n, size_t *ret)
{
    struct epi_arena_mark mark = epi_arena_mark(a);
    double *least = EPI_ARRAY(a, n + 1, double), *cost = EPI_ARRAY(a, n, double);
    size_t *last = EPI_ARRAY(a, n + 1, size_t), count = 0;
    for (size_t k = 1; k < n; k++)
        cost[k] = part_tests(s, (double)n, (double)k);
    for (size_t m = 1; m <= n; m++) {
        least[m] = INFINITY;
        for (size_t k = 1; k <= m && k < n; k++)
            if (least[m - k] + cost[k] < least[m] - 1e-14 * (double)n) {
                least[m] = least[m - k] + cost[k];
                last[m] = k;
            }
    }
    for (size_t m = n; m > 0; m -= last[m])
        ret[count++] = last[m];
    for (size_t i = 1; i < count; i++) /* largest first */
        for (size_t j = i; j > 0 && ret[j] > ret[j - 1]; j--) {
            size_t swap = ret[j];
            ret[j] = ret[j - 1];
            ret[j - 1] = swap;
        }
    epi_arena_release(a, mark);
    return count;
}
