// SPDX-License-Identifier: AGPL-3.0-or-later
#include "base/test.h"
#include "estimate/estimate.h"

/* By hand: rates 2/100 and 6/200, weights 1 and 3. */
TEST(a_direct_rate_is_the_weighted_mean_of_the_strata)
{
    static const double events[] = {2, 6}, time[] = {100, 200}, weight[] = {1, 3};
    struct epi_direct_rate d = epi_standardise_direct(events, time, weight, 2, 0.95);
    CHECK_NEAR(d.crude, 8.0 / 300, 1e-15);
    CHECK_NEAR(d.normal.est, 0.25 * 0.02 + 0.75 * 0.03, 1e-15);
    CHECK_NEAR(d.se, sqrt(0.0025 * 0.0025 * 2 + 0.00375 * 0.00375 * 6), 1e-15);
    CHECK(d.gamma.lo < d.normal.est && d.normal.est < d.gamma.hi);
    CHECK_INT(d.left_out, 0);
}

TEST(one_stratum_has_the_exact_interval_of_its_rate)
{
    static const double events[] = {7}, time[] = {350}, weight[] = {2};
    struct epi_ci gamma = epi_standardise_direct(events, time, weight, 1, 0.95).gamma,
                  exact = epi_rate(EPI_RATE_EXACT, 7, 350, 0.95);
    CHECK_NEAR(gamma.lo, exact.lo, 1e-12);
    CHECK_NEAR(gamma.hi, exact.hi, 1e-12);
}

TEST(strata_without_people_are_left_out_and_no_case_has_an_upper_limit)
{
    static const double events[] = {0, 0, 0}, time[] = {100, 0, 300}, weight[] = {1, 5, 3};
    struct epi_direct_rate d = epi_standardise_direct(events, time, weight, 3, 0.95);
    CHECK_INT(d.left_out, 1);
    CHECK(d.gamma.lo == 0 && d.gamma.hi > 0 && isfinite(d.gamma.hi));
    CHECK(isnan(d.log.lo));
    static const double nobody[] = {0, 0, 0};
    d = epi_standardise_direct(events, nobody, weight, 3, 0.95);
    CHECK(isnan(d.crude) && isnan(d.gamma.hi));
    struct epi_indirect_rate i = epi_standardise_indirect(events, nobody, weight, 3, 1, 0.95);
    CHECK(isnan(i.exact.est) && isnan(i.rate));
}

PROPERTY(a_population_that_is_its_own_standard_keeps_its_crude_rate, 50)
{
    double events[6], time[6], rate[6], sum = 0, all = 0;
    for (int i = 0; i < 6; i++) {
        time[i] = (double)epi_rng_between(rng, 1, 100000);
        events[i] = (double)epi_rng_between(rng, 0, 50);
        rate[i] = events[i] / time[i];
        sum += events[i], all += time[i];
    }
    struct epi_direct_rate d = epi_standardise_direct(events, time, time, 6, 0.95);
    CHECK_NEAR(d.gamma.est, d.crude, 1e-12);
    struct epi_indirect_rate i = epi_standardise_indirect(events, time, rate, 6, sum / all, 0.95);
    CHECK(sum == 0 || fabs(i.exact.est - 1) < 1e-9);
    CHECK(sum == 0 || fabs(i.rate - sum / all) < 1e-12);
}
