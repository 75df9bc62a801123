// SPDX-License-Identifier: AGPL-3.0-or-later
#include "base/test.h"
#include "estimate/growth.h"
#include <math.h>

static const enum epi_growth_model models[] = {EPI_GROWTH_LOG_LINEAR, EPI_GROWTH_POISSON,
                                               EPI_GROWTH_QUASI_POISSON,
                                               EPI_GROWTH_NEGATIVE_BINOMIAL};

TEST(doubling_every_day_is_found_exactly)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    const double up[] = {1, 2, 4, 8, 16, 32, 64, 128}, down[] = {64, 32, 16, 8, 4, 2, 1};
    for (size_t m = 0; m < 3; m++) {
        struct epi_growth g;
        CHECK_OK(epi_growth_fit(a, up, 8, 1, models[m], 0.95, &g, NULL));
        CHECK_NEAR(g.r, log(2), 1e-7);
        struct epi_growth_times t = epi_growth_times(g.r, g.lo, g.hi);
        CHECK_NEAR(t.doubling, 1, 1e-6);
        CHECK(isnan(t.halving));
        CHECK_OK(epi_growth_fit(a, down, 7, 7, models[m], 0.95, &g, NULL));
        t = epi_growth_times(g.r, g.lo, g.hi);
        CHECK_NEAR(t.halving, 7, 1e-5);
        CHECK(isnan(t.doubling) && isnan(t.doubling_hi));
    }
}

/* Three points (x, log y) = (0.5, 0), (1.5, ln 4), (2.5, ln 4): slope ln 2, about the mean 1.5. */
TEST(least_squares_by_hand)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    const double cases[] = {0, 0, 1, 4, 4, 0};
    struct epi_growth g;
    CHECK_OK(epi_growth_fit(a, cases, 6, 1, EPI_GROWTH_LOG_LINEAR, 0.95, &g, NULL));
    CHECK_INT(g.n, 3);
    CHECK_NEAR(g.r, log(2), 1e-15);
    CHECK_NEAR(g.intercept, 2 * log(4) / 3 - 1.5 * log(2), 1e-14);
    CHECK_NEAR(g.r2, 0.75, 1e-14);
    CHECK_NEAR(g.r2_adjusted, 0.5, 1e-14);
    /* Residual sum of squares 2 ln(2)^2 / 3 on one degree of freedom; t(0.975; 1) = 12.7062047 */
    CHECK_NEAR(g.se, log(2) / sqrt(3), 1e-14);
    CHECK_NEAR(g.hi, log(2) * (1 + 12.706204736 / sqrt(3)), 1e-8);
    double fit, lo, hi;
    epi_growth_at(&g, g.origin + 3, &fit, &lo, &hi);
    CHECK_NEAR(fit, exp(2 * log(4) / 3), 1e-13); /* day 4 is x = 1.5, the mean */
    CHECK_NEAR(lo * hi, fit * fit, 1e-10);
}

TEST(limits_of_doubling_invert_those_of_the_rate)
{
    USES_NO_RNG;
    struct epi_growth_times t = epi_growth_times(0.01, -0.02, 0.05);
    CHECK_NEAR(t.doubling_lo, log(2) / 0.05, 1e-13);
    CHECK_NEAR(t.doubling_hi, log(2) / -0.02, 1e-13);
    t = epi_growth_times(-0.1, -0.2, -0.05);
    CHECK_NEAR(t.halving_lo, log(2) / 0.2, 1e-14);
    CHECK_NEAR(t.halving_hi, log(2) / 0.05, 1e-14);
    t = epi_growth_times(0, -1, 1);
    CHECK(isnan(t.doubling) && isnan(t.halving));
}

TEST(too_few_cases_are_refused)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    const double zero[] = {0, 0, 0, 0, 0, 0, 0, 0}, one[] = {0, 0, 5, 0, 0, 0, 0, 0},
                 two[] = {3, 0, 6};
    struct epi_growth g;
    struct epi_growth_split s;
    struct epi_growth_change c;
    for (size_t m = 0; m < 4; m++)
        CHECK_INT(epi_growth_fit(a, zero, 8, 1, models[m], 0.95, &g, NULL), EPI_INVALID);
    CHECK_INT(epi_growth_fit(a, one, 8, 1, models[0], 0.95, &g, NULL), EPI_INVALID);
    CHECK_OK(epi_growth_fit(a, two, 3, 1, models[0], 0.95, &g, NULL));
    CHECK_NEAR(g.r, log(2) / 2, 1e-15);
    CHECK(isnan(g.se) && isnan(g.lo) && isnan(g.r2_adjusted));
    CHECK_INT(epi_growth_split(a, one, 8, 1, -1, 0.95, &s, NULL), EPI_INVALID);
    CHECK_INT(epi_growth_split(a, zero, 8, 1, -1, 0.95, &s, NULL), EPI_INVALID);
    CHECK_INT(epi_growth_change(a, zero, 8, 1, 0.95, &c, NULL), EPI_INVALID);
    CHECK_INT(epi_growth_change(a, two, 3, 1, 0.95, &c, NULL), EPI_INVALID);
}

PROPERTY(the_rate_does_not_depend_on_how_many_people_or_which_unit_of_time, 20)
{
    EPI_ARENA_LOCAL(a);
    double cases[30], more[30];
    for (size_t t = 0; t < 30; t++) {
        cases[t] = (double)epi_rng_poisson(rng, 5 * exp(0.08 * (double)t)) + 1;
        more[t] = 13 * cases[t];
    }
    for (size_t m = 0; m < 3; m++) {
        struct epi_growth g, h, w;
        CHECK_OK(epi_growth_fit(a, cases, 30, 1, models[m], 0.95, &g, NULL));
        CHECK_OK(epi_growth_fit(a, more, 30, 1, models[m], 0.95, &h, NULL));
        CHECK_OK(epi_growth_fit(a, cases, 30, 7, models[m], 0.95, &w, NULL));
        CHECK_NEAR(h.r, g.r, 1e-8);
        CHECK_NEAR(h.intercept, g.intercept + log(13), 1e-6);
        CHECK_NEAR(7 * w.r, g.r, 1e-8);
        CHECK_NEAR(7 * w.hi, g.hi, 1e-8);
    }
}

TEST(limits_hold_the_true_rate_as_often_as_they_say)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    enum { RUNS = 500, N = 25 };
    double inside[4] = {0};
    for (size_t run = 0; run < RUNS; run++) {
        struct epi_rng draw = epi_rng_stream(3, "test.growth", run, 0);
        double cases[N], r = -0.1 + 0.2 * epi_rng_unit(&draw);
        for (size_t t = 0; t < N; t++)
            cases[t] = (double)epi_rng_poisson(&draw, 30 * exp(r * ((double)t - 12)));
        struct epi_arena_mark mark = epi_arena_mark(a);
        for (size_t m = 1; m < 3; m++) {
            struct epi_growth g;
            CHECK_OK(epi_growth_fit(a, cases, N, 1, models[m], 0.95, &g, NULL));
            inside[m] += g.lo <= r && r <= g.hi;
        }
        epi_arena_release(a, mark);
    }
    for (size_t m = 1; m < 3; m++)
        CHECK(inside[m] / RUNS > 0.92 && inside[m] / RUNS < 0.98);
}

TEST(a_tent_is_split_at_its_top)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    double cases[31];
    for (size_t t = 0; t < 31; t++)
        cases[t] = 1000 * exp(-0.2 * fabs((double)t - 18));
    struct epi_growth_split s;
    struct epi_growth_change c;
    CHECK_OK(epi_growth_split(a, cases, 31, 1, -1, 0.95, &s, NULL));
    CHECK_INT(s.best, 18);
    CHECK_INT(s.from, 14);
    CHECK_INT(s.n, 9);
    CHECK_NEAR(s.before.r, 0.2, 1e-12);
    CHECK_NEAR(s.after.r, -0.2, 1e-12);
    CHECK_NEAR(s.r2[4], 1, 1e-12);
    CHECK_OK(epi_growth_change(a, cases, 31, 1, 0.95, &c, NULL));
    CHECK_INT(c.at, 18);
    CHECK(c.lo <= 18 && c.hi >= 18 && c.p < 1e-6);
    CHECK_NEAR(c.before.r, 0.2, 1e-6);
    CHECK_NEAR(c.after.r, -0.2, 1e-6);
    /* The reach of the search: the first highest count counts, ends of the series stop it. */
    CHECK_OK(epi_growth_split(a, cases, 31, 1, 1000, 0.95, &s, NULL));
    CHECK_INT(s.n, 31);
    CHECK(isnan(s.r2[0]) && isnan(s.r2[1]) && isnan(s.r2[30]));
}

TEST(limits_of_a_change_point_hold_it_as_often_as_they_say)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    enum { RUNS = 60, N = 40 };
    double inside = 0, found = 0, straight = 0;
    for (size_t run = 0; run < RUNS; run++) {
        struct epi_rng draw = epi_rng_stream(9, "test.change", run, 0);
        double cases[N], at = (double)(12 + epi_rng_below(&draw, 16));
        struct epi_growth_change c;
        struct epi_arena_mark mark = epi_arena_mark(a);
        for (size_t t = 0; t < N; t++)
            cases[t] = (double)epi_rng_poisson(&draw, 60 * exp(-0.09 * fabs((double)t - at)));
        CHECK_OK(epi_growth_change(a, cases, N, 1, 0.95, &c, NULL));
        inside += (double)c.lo <= at && at <= (double)c.hi;
        found += c.p < 0.05;
        for (size_t t = 0; t < N; t++)
            cases[t] = (double)epi_rng_poisson(&draw, 20 * exp(0.03 * (double)t));
        CHECK_OK(epi_growth_change(a, cases, N, 1, 0.95, &c, NULL));
        straight += c.p < 0.05;
        epi_arena_release(a, mark);
    }
    CHECK(inside / RUNS > 0.86);
    CHECK(found / RUNS > 0.95);
    CHECK(straight / RUNS < 0.1);
}
