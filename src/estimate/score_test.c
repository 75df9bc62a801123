// SPDX-License-Identifier: AGPL-3.0-or-later
#include "estimate/score.h"
#include "estimate/test_run.h"
#include "stats/stats.h"

TEST(wis_is_the_weighted_sum_of_interval_scores)
{
    USES_NO_RNG;
    const double level[] = {0.1, 0.5, 0.9}, q[] = {4, 6, 10};
    static const struct {
        double y, wis, over, under;
    } rows[] = {
        {6, (0.2 * 6 + 0) / 3, 0, 0},                       /* only the width */
        {2, (4 + 0.2 * 6 + 2 * 2.0) / 3, (4 + 4) / 3.0, 0}, /* 2 below the interval */
        {11, (5 + 0.2 * 6 + 2 * 1.0) / 3, 0, (5 + 2) / 3.0},
    };
    for (size_t i = 0; i < EPI_COUNT(rows); i++) {
        struct epi_wis s = epi_score_quantiles(level, q, 3, rows[i].y);
        CHECK_NEAR(s.wis, rows[i].wis, 1e-12);
        CHECK_NEAR(s.width + s.over + s.under, s.wis, 1e-12);
        CHECK_NEAR(s.over, rows[i].over, 1e-12);
        CHECK_NEAR(s.under, rows[i].under, 1e-12);
    }
    const double odd[] = {0.1, 0.5, 0.8};
    CHECK(isnan(epi_score_quantiles(odd, q, 3, 6).width));
}

TEST(ranked_probability_score_is_its_sum)
{
    USES_NO_RNG;
    static const double cases[][3] = {{0, 3, 2}, {9, 3, 2}, {4, 20, INFINITY}, {80, 20, INFINITY}};
    for (size_t i = 0; i < EPI_COUNT(cases); i++) {
        double y = cases[i][0], mean = cases[i][1], size = cases[i][2], sum = 0;
        for (double k = 0; k < 400; k++) {
            double f = epi_nbinom_cdf(k, mean, size) - (y <= k);
            sum += f * f;
        }
        CHECK_NEAR(epi_score_nbinom(y, mean, size).crps, sum, 1e-9);
    }
}

TEST(wide_distributions_are_scored_by_the_trapezoid_as_by_the_sum)
{
    USES_NO_RNG;
    /* A negative binomial this wide is a gamma: its score scales with its mean. */
    double small = epi_score_nbinom(5e4, 4e4, 2).crps, large = epi_score_nbinom(5e6, 4e6, 2).crps;
    CHECK_NEAR(large / small, 100, 0.02);
}

TEST(true_distributions_score_best_on_average)
{
    USES_NO_RNG;
    enum { N = 4000 };
    struct epi_rng r = epi_rng_stream(5, "test.score", 0, 0);
    double log[3] = {0}, crps[3] = {0}, dss[3] = {0};
    static const double mean[3] = {20, 26, 20}, size[3] = {4, 4, INFINITY};
    for (int i = 0; i < N; i++) {
        double y = (double)epi_draw_nbinom(&r, 20, 4);
        for (int k = 0; k < 3; k++) {
            struct epi_score s = epi_score_nbinom(y, mean[k], size[k]);
            log[k] += s.log, crps[k] += s.crps, dss[k] += s.dss;
        }
    }
    for (int k = 1; k < 3; k++)
        CHECK(log[0] < log[k] && crps[0] < crps[k] && dss[0] < dss[k]);
}

TEST(draws_of_a_distribution_score_as_it_does)
{
    USES_NO_RNG;
    enum { N = 40000 };
    EPI_ARENA_LOCAL(a);
    struct epi_rng r = epi_rng_stream(6, "test.score", 0, 0);
    double *x = EPI_ARRAY(a, N, double);
    for (size_t i = 0; i < N; i++)
        x[i] = (double)epi_draw_nbinom(&r, 30, 3);
    epi_sort(x, N);
    struct epi_score want = epi_score_nbinom(41, 30, 3), got = epi_score_draws(x, N, 41);
    CHECK_NEAR(got.crps, want.crps, 0.1);
    CHECK_NEAR(got.dss, want.dss, 0.05);
}

TEST(given_quantiles_are_scored_by_forecast_and_faults_are_findings)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct epi_estimate e;
    struct epi_findings f;
    CHECK_OK(test_run(a, "score", "quantile",
                      "forecast,level,value,observed\n"
                      "a,0.25,3,6\na,0.5,5,6\na,0.75,8,6\n"
                      "b,0.25,3,9\nb,0.5,5,9\nb,0.75,8,9\n",
                      &e, &f, NULL));
    CHECK_INT(e.rows.rows, 2);
    CHECK_INT(test_cell(&e, "in50", 0), 1);
    CHECK_INT(test_cell(&e, "in50", 1), 0);
    CHECK(isnan(test_cell(&e, "in95", 0)));
    CHECK_NEAR(epi_frame_numbers(&e.values, "cover50")[0], 0.5, 0);
    static const struct {
        const char *csv, *code;
    } bad[] = {
        {"level,value,observed\n0.5,3,1\n0.25,4,1\n", "estimate.score-levels"},
        {"level,value,observed\n0.25,3,1\n0.5,2,1\n", "estimate.score-levels"},
        {"level,value,observed\n0.25,3,1\n0.5,4,2\n", "estimate.score-observed"},
        {"level,value,observed\n0.25,3,1\n1,4,1\n", "estimate.cell-outside"},
        {"level,value\n0.25,3\n", "estimate.column-missing"},
    };
    for (size_t i = 0; i < EPI_COUNT(bad); i++) {
        CHECK_INT(test_run(a, "score", "quantile", bad[i].csv, &e, &f, NULL), EPI_INVALID);
        CHECK(test_has(&f, bad[i].code));
    }
    CHECK_OK(test_run(a, "score", "sample", "value,observed\n3,4\n", &e, &f, NULL));
    CHECK(test_has(&e.notes, "estimate.score-one-draw"));
    CHECK_INT(test_cell(&e, "crps", 0), 1);
}
