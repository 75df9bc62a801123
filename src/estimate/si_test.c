// SPDX-License-Identifier: AGPL-3.0-or-later
#include "base/test.h"
#include "estimate/si.h"
#include "stats/stats.h"

PROPERTY(a_discretised_interval_keeps_mass_mean_and_nearly_its_sd, 50)
{
    double w[2000], mean = 1.1 + 20 * epi_rng_unit(rng), sd = 0.3 + 8 * epi_rng_unit(rng), sum = 0;
    epi_si_discretise(mean, sd, 2000, w);
    for (size_t k = 0; k < 2000; k++) {
        CHECK(w[k] >= 0);
        sum += w[k];
    }
    CHECK(w[0] == 0);
    CHECK_NEAR(sum, 1, 1e-9);
    CHECK_NEAR(epi_si_mean(w, 2000), mean, 1e-7);
    /* The triangular kernel adds a sixth of a day squared, less what is folded back at lag 1. */
    CHECK(epi_si_sd(w, 2000) <= sqrt(sd * sd + 1.0 / 6) + 0.3);
}

/* E max(Y - x, 0) for gamma Y, taken from the upper tail. */
static double excess(double x, double shape, double scale)
{
    if (x <= 0)
        return shape * scale - x;
    return scale *
           (shape * epi_gamma_q(shape + 1, x / scale) - x / scale * epi_gamma_q(shape, x / scale));
}

PROPERTY(the_published_sum_is_the_second_difference_of_the_mean_excess, 50)
{
    double w[200], mean = 1.2 + 15 * epi_rng_unit(rng), sd = 0.5 + 6 * epi_rng_unit(rng);
    double shape = (mean - 1) * (mean - 1) / (sd * sd), scale = sd * sd / (mean - 1);
    epi_si_discretise(mean, sd, 200, w);
    for (size_t k = 1; k < 200; k++) {
        double x = (double)k, want = excess(x, shape, scale) - 2 * excess(x - 1, shape, scale) +
                                     excess(x - 2, shape, scale);
        CHECK_NEAR(w[k], want, 1e-11);
    }
}

TEST(given_intervals_are_cut_and_filled_to_the_series)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    const double w[] = {0, 0.5, 0.5, 0, 0, 1};
    struct epi_si si = epi_si_given(a, w, 3, 2, 5);
    CHECK_INT(si.lags, 5);
    CHECK_NEAR(si.w[1 * 2 + 0], 0.5, 0);
    CHECK_NEAR(si.w[2 * 2 + 1], 1, 0);
    CHECK_NEAR(si.w[4 * 2 + 1], 0, 0);
    CHECK_NEAR(si.mean[0], 1.5, 1e-15);
    CHECK_NEAR(si.mean[1], 2, 1e-15);
    si = epi_si_given(a, w, 3, 2, 2);
    CHECK_NEAR(si.mean[0], 0.5, 1e-15);
}

TEST(uncertain_intervals_follow_their_truncated_normals)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    enum { N = 4000 };
    static double pairs[2 * N];
    struct epi_si_doubt d = {8.4, 2, 6, 11, 3.8, 1, 3, 9};
    (void)epi_si_uncertain(a, &d, N, 7, 3, pairs);
    /* Moments of the truncated normals by their closed forms. */
    for (size_t side = 0; side < 2; side++) {
        double m = side ? 3.8 : 8.4, s = side ? 1 : 2, lo = side ? 3 : 6, hi = side ? 9 : 11;
        double al = (lo - m) / s, be = (hi - m) / s, z = epi_normal_cdf(be) - epi_normal_cdf(al);
        double fa = exp(-al * al / 2) / 2.5066282746310002,
               fb = exp(-be * be / 2) / 2.5066282746310002, mean = 0, square = 0;
        double want = m + s * (fa - fb) / z;
        double var = s * s * (1 + (al * fa - be * fb) / z - (fa - fb) / z * ((fa - fb) / z));
        for (size_t j = 0; j < N; j++) {
            double x = pairs[side * N + j];
            CHECK(x >= lo && x <= hi);
            mean += x / N;
            square += x * x / N;
        }
        CHECK_NEAR(mean, want, 1e-3 * s);
        CHECK_NEAR(square - mean * mean, var, 2e-3 * s * s);
    }
}

TEST(limits_far_in_a_tail_still_give_pairs_inside_them)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    double pairs[20];
    struct epi_si_doubt d = {5, 0.1, 9, 9.5, 2, 0.01, 0.5, 0.6};
    struct epi_si si = epi_si_uncertain(a, &d, 10, 1, 40, pairs);
    for (size_t j = 0; j < 10; j++) {
        CHECK(pairs[j] >= 9 && pairs[j] <= 9.5);
        CHECK(pairs[10 + j] >= 0.5 && pairs[10 + j] <= 0.6);
        for (size_t k = 0; k < 40; k++)
            CHECK(si.w[k * 10 + j] >= 0 && si.w[k * 10 + j] <= 1);
    }
    d = (struct epi_si_doubt){5, 0, 1.5, 9.5, 2, 0, 0.5, 4};
    (void)epi_si_uncertain(a, &d, 10, 1, 40, pairs);
    CHECK_NEAR(pairs[3], 5, 0);
    CHECK_NEAR(pairs[13], 2, 0);
}
