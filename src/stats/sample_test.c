// SPDX-License-Identifier: AGPL-3.0-or-later
#include "base/test.h"
#include "stats/stats.h"

TEST(mean_and_variance_survive_a_large_offset)
{
    double v[5] = {1e9 + 1, 1e9 + 2, 1e9 + 3, 1e9 + 4, 1e9 + 10};
    CHECK_NEAR(epi_mean(v, 5), 1e9 + 4, 0.0);
    CHECK_NEAR(epi_variance(v, 5), 12.5, 1e-12);
    CHECK(isnan(epi_mean(v, 0)) && isnan(epi_variance(v, 1)));
}

PROPERTY(sorting_puts_every_value_in_its_place, 40)
{
    EPI_ARENA_LOCAL(a);
    size_t n = (size_t)epi_rng_below(rng, 5000);
    double *v = EPI_ARRAY(a, n + 1, double), sum = 0.0, squares = 0.0;
    uint64_t kind = epi_rng_below(rng, 5), values = 1 + epi_rng_below(rng, 50);
    for (size_t i = 0; i < n; i++) {
        double x = kind == 0   ? epi_rng_normal(rng)
                   : kind == 1 ? (double)i
                   : kind == 2 ? -(double)i
                   : kind == 3 ? (double)epi_rng_below(rng, values)
                               : fabs((double)i - (double)n / 2);
        v[i] = x;
        sum += x;
        squares += x * x;
    }
    epi_sort(v, n);
    for (size_t i = 0; i < n; i++) {
        CHECK(i == 0 || v[i - 1] <= v[i]);
        sum -= v[i];
        squares -= v[i] * v[i];
    }
    CHECK(fabs(sum) < 1e-6 && fabs(squares) < 1e-3);
}

TEST(an_order_made_against_the_pivots_is_still_sorted)
{
    enum { N = 20000 };
    EPI_ARENA_LOCAL(a);
    double *v = EPI_ARRAY(a, N, double);
    for (size_t i = 0; i < N; i++) /* many equal, an organ pipe of the rest */
        v[i] = (double)(i % 2 ? i * 7919 % N : N / 2);
    epi_sort(v, N);
    for (size_t i = 1; i < N; i++)
        CHECK(v[i - 1] <= v[i]);
}

TEST(quantiles_are_those_of_type_seven)
{
    static const double v[] = {1, 2, 4, 8};
    CHECK_NEAR(epi_quantile_sorted(v, 4, 0.0), 1, 0);
    CHECK_NEAR(epi_quantile_sorted(v, 4, 1.0), 8, 0);
    CHECK_NEAR(epi_quantile_sorted(v, 4, 0.5), 3, 1e-15);
    CHECK_NEAR(epi_quantile_sorted(v, 4, 0.025), 1.075, 1e-15);
    CHECK_NEAR(epi_quantile_sorted(v, 4, 0.9), 6.8, 1e-14);
    CHECK(isnan(epi_quantile_sorted(v, 0, 0.5)) && isnan(epi_quantile_sorted(v, 4, NAN)));
}

TEST(isotonic_pools_what_goes_down)
{
    static const double y[] = {1, 3, 2, 4, 3.5, 3.5, 0, 9};
    static const double w[] = {1, 1, 3, 1, 1, 1, 1, 1};
    double f[8];
    epi_isotonic(y, NULL, 8, f);
    static const double want[] = {1, 2.5, 2.5, 2.75, 2.75, 2.75, 2.75, 9};
    for (int i = 0; i < 8; i++)
        CHECK_NEAR(f[i], want[i], 1e-15);
    epi_isotonic(y, w, 4, f);
    CHECK_NEAR(f[1], 2.25, 1e-15);
    CHECK_NEAR(f[2], 2.25, 1e-15);
    CHECK_NEAR(f[3], 4.0, 0.0);
}

/* The fit is unique; it is max over i <= k of min over j >= k of the mean of i..j. */
PROPERTY(isotonic_is_the_max_min_of_means, 60)
{
    enum { MOST = 40 };
    double y[MOST], w[MOST], f[MOST], trend = epi_rng_normal(rng) * 0.3;
    size_t n = 1 + (size_t)epi_rng_below(rng, MOST);
    bool weighted = epi_rng_chance(rng, 0.7);
    for (size_t i = 0; i < n; i++) {
        y[i] = trend * (double)i + (double)epi_rng_between(rng, -3, 3);
        w[i] = weighted ? 0.1 + epi_rng_exp(rng, 1.0) : 1.0;
    }
    epi_isotonic(y, weighted ? w : NULL, n, f);
    for (size_t k = 0; k < n; k++) {
        double best = -INFINITY;
        for (size_t i = 0; i <= k; i++) {
            double least = INFINITY, sum = 0.0, weight = 0.0;
            for (size_t j = i; j < n; j++) {
                sum += w[j] * y[j];
                weight += w[j];
                if (j >= k)
                    least = fmin(least, sum / weight);
            }
            best = fmax(best, least);
        }
        CHECK_NEAR(f[k], best, 1e-12);
        CHECK(k == 0 || f[k - 1] <= f[k]);
    }
}

TEST(isotonic_of_a_long_fall_takes_linear_time)
{
    enum { N = 1000000 };
    EPI_ARENA_LOCAL(a);
    double *y = EPI_ARRAY(a, N, double), *f = EPI_ARRAY(a, N, double);
    for (size_t i = 0; i < N; i++)
        y[i] = (double)(N - i) + (i % 2 ? 1.5 : 0.0);
    epi_isotonic(y, NULL, N, f);
    CHECK_NEAR(f[0], epi_mean(y, N), 1e-6);
    CHECK(f[0] == f[N - 1]);
}
