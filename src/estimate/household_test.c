// SPDX-License-Identifier: AGPL-3.0-or-later
#include "estimate/test_run.h"
#include "stats/stats.h"

TEST(two_susceptible_people_by_hand)
{
    EPI_ARENA_LOCAL(a);
    double p[3], g[3], q = 0.8;
    epi_household(a, EPI_REED_FROST, 2, 1, q, p);
    CHECK_NEAR(p[0], q * q, 1e-15);
    CHECK_NEAR(p[1], 2 * (1 - q) * q * q, 1e-15);
    CHECK_NEAR(p[2], 1 - p[0] - p[1], 1e-15);
    epi_household(a, EPI_GREENWOOD, 2, 1, q, g);
    CHECK_NEAR(g[1], p[1], 1e-15); /* as long as one is infectious at a time, the same */
    epi_household(a, EPI_REED_FROST, 2, 2, q, p);
    epi_household(a, EPI_GREENWOOD, 2, 2, q, g);
    CHECK_NEAR(p[0], q * q * q * q, 1e-15);
    CHECK_NEAR(g[0], q * q, 1e-15);
}

/* Ball 1986: sum over k <= j of C(n - k, j - k) P(k) / q^((m + k)(n - j)) = C(n, j). */
PROPERTY(reed_frost_solves_the_triangular_equations, 100)
{
    EPI_ARENA_LOCAL(a);
    size_t n = 1 + epi_rng_below(rng, 9), m = 1 + epi_rng_below(rng, 3);
    double q = 0.3 + 0.69 * epi_rng_unit(rng), p[16];
    epi_household(a, EPI_REED_FROST, n, m, q, p);
    for (size_t j = 0; j <= n; j++) {
        double sum = 0, want = exp(epi_lchoose((double)n, (double)j));
        for (size_t k = 0; k <= j; k++)
            sum += exp(epi_lchoose((double)(n - k), (double)(j - k))) * p[k] /
                   pow(q, (double)((m + k) * (n - j)));
        CHECK_NEAR(sum / want, 1, 1e-8);
    }
}

PROPERTY(probabilities_sum_to_one_and_harder_escape_infects_more, 60)
{
    EPI_ARENA_LOCAL(a);
    size_t n = epi_rng_below(rng, 120), m = 1 + epi_rng_below(rng, 5);
    double *p = EPI_ARRAY(a, n + 1, double), q = epi_rng_unit(rng), before = -1;
    enum epi_household_model model = epi_rng_chance(rng, 0.5) ? EPI_REED_FROST : EPI_GREENWOOD;
    for (int step = 0; step < 4; step++, q *= 0.8) {
        double sum = 0, mean = 0;
        epi_household(a, model, n, m, q, p);
        for (size_t k = 0; k <= n; k++) {
            CHECK(p[k] >= 0 && p[k] <= 1 + 1e-12);
            sum += p[k], mean += (double)k * p[k];
        }
        CHECK_NEAR(sum, 1, 1e-11);
        CHECK(mean >= before - 1e-9);
        before = mean;
    }
}

TEST(certain_escape_and_certain_infection)
{
    EPI_ARENA_LOCAL(a);
    double p[4];
    epi_household(a, EPI_REED_FROST, 3, 1, 1, p);
    CHECK_NEAR(p[0], 1, 0);
    epi_household(a, EPI_REED_FROST, 3, 1, 0, p);
    CHECK_NEAR(p[3], 1, 0);
    epi_household(a, EPI_GREENWOOD, 0, 1, 0.5, p);
    CHECK_NEAR(p[0], 1, 0);
    epi_household(a, EPI_REED_FROST, 3, 1, 1e-300, p);
    CHECK_NEAR(p[3], 1, 1e-12);
}

TEST(households_of_two_give_the_proportion_that_escaped)
{
    EPI_ARENA_LOCAL(a);
    static const struct epi_household_count h[] = {{1, 1, 0, 30}, {1, 1, 1, 12}};
    double loglik, drop = epi_chi2_q(0.95, 1) / 2;
    struct epi_ci q = epi_household_fit(a, EPI_REED_FROST, h, 2, 0.95, &loglik);
    CHECK_NEAR(q.est, 30 / 42.0, 1e-7);
    CHECK_NEAR(loglik, 30 * log(30 / 42.0) + 12 * log(12 / 42.0), 1e-10);
    CHECK_NEAR(30 * log(q.lo) + 12 * log(1 - q.lo), loglik - drop, 1e-8);
    CHECK_NEAR(30 * log(q.hi) + 12 * log(1 - q.hi), loglik - drop, 1e-8);
}

TEST(nobody_or_everybody_infected_leaves_one_side_open)
{
    EPI_ARENA_LOCAL(a);
    static const struct epi_household_count none[] = {{3, 1, 0, 10}}, all[] = {{3, 1, 3, 10}},
                                            empty[] = {{0, 1, 0, 10}};
    struct epi_ci q = epi_household_fit(a, EPI_REED_FROST, none, 1, 0.95, NULL);
    CHECK(q.est == 1 && q.hi == 1 && q.lo > 0.8 && q.lo < 1);
    CHECK_NEAR(30 * log(q.lo), -epi_chi2_q(0.95, 1) / 2, 1e-6);
    q = epi_household_fit(a, EPI_REED_FROST, all, 1, 0.95, NULL);
    CHECK(q.est == 0 && q.lo == 0 && q.hi > 0 && q.hi < 0.6);
    q = epi_household_fit(a, EPI_GREENWOOD, empty, 1, 0.95, NULL);
    CHECK(isnan(q.est));
}

TEST(the_fit_covers_the_probability_that_drew_the_households)
{
    EPI_ARENA_LOCAL(a);
    double p[5], covered = 0;
    epi_household(a, EPI_REED_FROST, 4, 1, 0.85, p);
    for (uint64_t run = 0; run < 200; run++) {
        struct epi_rng r = epi_rng_stream(9, "test.household", run, 0);
        struct epi_household_count h[5];
        uint64_t times[5];
        epi_draw_multinomial(&r, 60, p, 5, times);
        for (size_t k = 0; k < 5; k++)
            h[k] = (struct epi_household_count){4, 1, k, (double)times[k]};
        struct epi_ci q = epi_household_fit(a, EPI_REED_FROST, h, 5, 0.9, NULL);
        covered += q.lo <= 0.85 && 0.85 <= q.hi;
    }
    CHECK_NEAR(covered / 200, 0.9, 0.06);
}

TEST(households_are_read_by_size_or_by_susceptible)
{
    EPI_ARENA_LOCAL(a);
    struct epi_estimate e, s;
    struct epi_findings f;
    CHECK_OK(test_run(a, "household", "fit", "size,infected,count\n4,0,10\n4,2,3\n3,1,4\n", &e, &f,
                      NULL));
    CHECK_OK(test_run(a, "household", "fit",
                      "susceptible,initial,infected,count\n2,1,1,4\n3,1,0,10\n3,1,2,3\n", &s, &f,
                      NULL));
    for (size_t i = 0; i < 2; i++)
        CHECK_NEAR(test_cell(&e, "estimate", i), test_cell(&s, "estimate", i), 1e-9);
    CHECK_INT(e.tables[0].rows, 3 + 4);
    double seen = 0, expected = 0;
    for (size_t i = 0; i < 7; i++) {
        seen += epi_frame_numbers(&e.tables[0], "observed")[i];
        expected += epi_frame_numbers(&e.tables[0], "expected")[i];
    }
    CHECK_NEAR(seen, 17, 0);
    CHECK_NEAR(expected, 17, 1e-10);
    CHECK(test_has(&e.notes, "estimate.household.few"));
    CHECK_INT(test_run(a, "household", "fit", "size,infected\n3,3\n", &e, &f, NULL), EPI_INVALID);
    CHECK(test_has(&f, "estimate.household.more"));
    CHECK_INT(test_run(a, "household", "fit", "size,infected\n3,-1\n", &e, &f, NULL), EPI_INVALID);
    CHECK(test_has(&f, "estimate.cell-negative"));
    CHECK_INT(test_run(a, "household", "fit", "size,infected\n0,0\n", &e, &f, NULL), EPI_INVALID);
    CHECK_OK(test_run(a, "household", "fit", "size,infected\n1,0\n", &e, &f, NULL));
    CHECK(test_has(&e.notes, "estimate.household.nobody"));
}
