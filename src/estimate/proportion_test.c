// SPDX-License-Identifier: AGPL-3.0-or-later
#include "base/test.h"
#include "estimate/estimate.h"
#include "stats/stats.h"

TEST(the_exact_interval_of_none_and_of_all_is_known_by_hand)
{
    /* 0 of n: upper limit 1 - 0.025^(1/n); n of n: its mirror */
    struct epi_ci c = epi_proportion(EPI_PROPORTION_EXACT, 0, 9, 0.95);
    CHECK_NEAR(c.est, 0, 0);
    CHECK_NEAR(c.lo, 0, 0);
    CHECK_NEAR(c.hi, 1 - pow(0.025, 1.0 / 9), 1e-12);
    c = epi_proportion(EPI_PROPORTION_EXACT, 9, 9, 0.95);
    CHECK_NEAR(c.lo, pow(0.025, 1.0 / 9), 1e-12);
    CHECK_NEAR(c.hi, 1, 0);
    c = epi_proportion(EPI_PROPORTION_WILSON, 0, 9, 0.95);
    CHECK_NEAR(c.lo, 0, 0);
}

TEST(a_proportion_without_people_is_not_defined)
{
    static const double bad[][2] = {{0, 0}, {3, 2}, {-1, 4}, {1, INFINITY}, {(double)NAN, 3}};
    for (size_t i = 0; i < EPI_COUNT(bad); i++)
        for (enum epi_proportion_method m = 0; m < EPI_PROPORTION_METHODS; m++) {
            struct epi_ci c = epi_proportion(m, bad[i][0], bad[i][1], 0.95);
            CHECK(isnan(c.est) && isnan(c.lo) && isnan(c.hi));
        }
    for (enum epi_rate_method m = 0; m < EPI_RATE_METHODS; m++) {
        CHECK(isnan(epi_rate(m, 3, 0, 0.95).est));
        CHECK(isnan(epi_rate(m, -3, 10, 0.95).est));
    }
}

TEST(no_event_bounds_the_rate_by_its_logarithm)
{
    CHECK_NEAR(epi_rate(EPI_RATE_EXACT, 0, 1000, 0.95).hi, -log(0.025) / 1000, 1e-14);
    CHECK_NEAR(epi_rate(EPI_RATE_DALY, 0, 1000, 0.95).hi, -log(0.05) / 1000, 1e-14);
    CHECK_NEAR(epi_rate(EPI_RATE_EXACT, 1, 1, 0.95).lo, -log(0.975), 1e-13);
    CHECK(epi_rate(EPI_RATE_BYAR, 0, 1000, 0.95).lo < 0); /* as the formula has it */
}

PROPERTY(intervals_hold_their_estimate_mirror_and_widen_with_the_level, 200)
{
    double n = (double)epi_rng_between(rng, 1, 2000),
           x = (double)epi_rng_between(rng, 0, (int64_t)n);
    for (enum epi_proportion_method m = 0; m < EPI_PROPORTION_METHODS; m++) {
        struct epi_ci c = epi_proportion(m, x, n, 0.95), mirror = epi_proportion(m, n - x, n, 0.95),
                      wide = epi_proportion(m, x, n, 0.99);
        CHECK(c.lo <= c.est && c.est <= c.hi);
        CHECK_NEAR(c.lo, 1 - mirror.hi, 1e-9);
        CHECK_NEAR(c.hi, 1 - mirror.lo, 1e-9);
        CHECK(wide.lo <= c.lo && wide.hi >= c.hi);
    }
    double time = 1 + (double)epi_rng_below(rng, 10000);
    for (enum epi_rate_method m = 0; m < EPI_RATE_METHODS; m++) {
        struct epi_ci one = epi_rate(m, x, time, 0.95), ten = epi_rate(m, x, 10 * time, 0.95);
        CHECK(one.lo <= one.est && one.est <= one.hi);
        CHECK_NEAR(one.hi, 10 * ten.hi, 1e-9 * one.hi);
    }
}

TEST(exact_intervals_cover_at_least_what_they_say)
{
    /* Coverage summed over the binomial distribution itself: no simulation error. */
    for (double p = 0.02; p < 1; p += 0.083) {
        double covered = 0;
        for (int x = 0; x <= 30; x++) {
            struct epi_ci c = epi_proportion(EPI_PROPORTION_EXACT, x, 30, 0.95);
            if (c.lo <= p && p <= c.hi)
                covered += exp(epi_lchoose(30, x) + x * log(p) + (30 - x) * log1p(-p));
        }
        CHECK(covered >= 0.95);
    }
}
