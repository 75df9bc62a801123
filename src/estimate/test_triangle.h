/* test_triangle.h - simulated reporting triangles of which the end is known. */
#ifndef EPI_ESTIMATE_TEST_TRIANGLE_H
#define EPI_ESTIMATE_TEST_TRIANGLE_H
#include "base/test.h"
#include "estimate/nowcast.h"
#include <math.h>

enum test_world {
    TEST_CLUMPED = 1,        /* counts of a cell negative binomial, size 2 */
    TEST_REPORT_WEEKDAY = 2, /* little is reported on Saturdays, next to nothing on Sundays */
    TEST_ONSET_WEEKDAY = 4,  /* fewer onsets at the weekend */
};

/* n days from a Monday on, a wandering epidemic around `level` a day, delays 0 .. k - 1 of gamma
 * shape; `truth` are the eventual counts. */
static inline struct epi_triangle test_triangle(struct epi_arena *a, struct epi_rng *r, size_t n,
                                                size_t k, double level, unsigned world,
                                                double *truth)
{
    struct epi_triangle g = {
        .n = n, .delays = k, .start = epi_date_ymd(2021, 11, 1), .step = 1, .t0 = 1};
    static const double report[7] = {1.6, 1, 1, 1, 1, 0.3, 0.1};
    double log_level = log(level), growth = 0;
    double *count = g.count = EPI_ARRAY(a, n * k, double), *p = EPI_ARRAY(a, k, double);
    for (size_t t = 0; t < n; t++) {
        double sum = 0;
        growth = 0.95 * growth + 0.03 * epi_rng_normal(r) - 0.02 * (log_level > log(level) + 2) +
                 0.02 * (log_level < log(level) - 1.5);
        log_level += growth + 0.05 * epi_rng_normal(r);
        double mean = exp(log_level) * (world & TEST_ONSET_WEEKDAY && t % 7 >= 5 ? 0.5 : 1);
        for (size_t d = 0; d < k; d++) {
            double x = ((double)d + 0.5) / ((double)k / 3);
            p[d] = pow(x, 1.5) * exp(-2.5 * x);
            p[d] *= world & TEST_REPORT_WEEKDAY ? report[(t + d) % 7] : 1;
            sum += p[d];
        }
        truth[t] = 0;
        for (size_t d = 0; d < k; d++) {
            double m = mean * p[d] / sum;
            if (world & TEST_CLUMPED)
                m = epi_rng_gamma(r, 2, m / 2);
            double y = (double)epi_rng_poisson(r, m);
            truth[t] += y;
            count[t * k + d] = t + d < n ? y : (double)NAN;
        }
    }
    return g;
}
#endif
