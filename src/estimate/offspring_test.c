// SPDX-License-Identifier: AGPL-3.0-or-later
#include "estimate/test_run.h"
#include "stats/stats.h"

TEST(the_likelihood_is_that_of_the_negative_binomial)
{
    EPI_ARENA_LOCAL(a);
    static const double times[] = {7, 3, 0, 2, 0, 0, 1};
    static const double rs[] = {0.4, 2.5}, ks[] = {0.05, 1, 40, INFINITY};
    for (size_t i = 0; i < 2; i++)
        for (size_t j = 0; j < 4; j++) {
            double sum = 0;
            for (size_t y = 0; y < EPI_COUNT(times); y++)
                if (times[y] > 0)
                    sum += times[y] * epi_nbinom_logpmf((double)y, rs[i], ks[j]);
            CHECK_NEAR(epi_offspring_loglik(a, times, EPI_COUNT(times), rs[i], ks[j]), sum,
                       1e-11 * fabs(sum));
        }
}

TEST(the_estimates_are_where_the_likelihood_is_largest_and_its_limits_where_it_has_fallen)
{
    EPI_ARENA_LOCAL(a);
    static const double times[] = {60, 14, 6, 3, 0, 1, 0, 0, 1};
    const size_t n = EPI_COUNT(times);
    struct epi_offspring_fit f;
    epi_offspring_fit(a, times, n, 0.95, &f);
    double r = f.r.est, k = f.k.est, top = epi_offspring_loglik(a, times, n, r, k);
    CHECK_NEAR(r, (14 + 12 + 9 + 5 + 8) / 85.0, 1e-14);
    CHECK_NEAR(top, f.loglik, 1e-10);
    CHECK(top > epi_offspring_loglik(a, times, n, r, k * 1.001));
    CHECK(top > epi_offspring_loglik(a, times, n, r, k / 1.001));
    double drop = epi_chi2_q(0.95, 1) / 2;
    CHECK_NEAR(epi_offspring_loglik(a, times, n, r, f.k.lo), top - drop, 1e-8);
    CHECK_NEAR(epi_offspring_loglik(a, times, n, r, f.k.hi), top - drop, 1e-8);
    CHECK(f.r.lo < r && r < f.r.hi);
    for (double u = -6; u < 6; u += 0.01) { /* nowhere higher, at the limits of R, than that */
        CHECK(epi_offspring_loglik(a, times, n, f.r.lo, exp(u)) < top - drop + 1e-6);
        CHECK(epi_offspring_loglik(a, times, n, f.r.hi, exp(u)) < top - drop + 1e-6);
    }
}

TEST(counts_that_vary_less_than_chance_have_no_k)
{
    EPI_ARENA_LOCAL(a);
    static const double even[] = {5, 20, 5}, none[] = {12}, one[] = {0, 0, 0, 1};
    struct epi_offspring_fit f;
    epi_offspring_fit(a, even, 3, 0.95, &f);
    CHECK(isinf(f.k.est) && isinf(f.k.hi) && f.k.lo > 1 && isfinite(f.k.lo));
    CHECK_NEAR(f.loglik, f.loglik_poisson, 1e-12);
    double drop = epi_chi2_q(0.95, 1) / 2; /* as for 30 events of a Poisson */
    CHECK_NEAR(30 * (1 - f.r.lo + log(f.r.lo)), -drop, 1e-8);
    CHECK_NEAR(30 * (1 - f.r.hi + log(f.r.hi)), -drop, 1e-8);
    epi_offspring_fit(a, none, 1, 0.95, &f);
    CHECK(f.r.est == 0 && f.r.lo == 0 && isnan(f.k.est));
    CHECK_NEAR(f.r.hi, epi_chi2_q(0.95, 1) / 24, 1e-12);
    epi_offspring_fit(a, one, 4, 0.95, &f);
    CHECK(f.r.est == 3 && isnan(f.variance) && isinf(f.k.est));
}

PROPERTY(a_sample_written_twice_has_the_same_estimates_and_narrower_limits, 30)
{
    EPI_ARENA_LOCAL(a);
    double times[60] = {0}, twice[60];
    struct epi_offspring_fit f, g;
    double r = 0.3 + 2 * epi_rng_unit(rng), k = 0.1 + epi_rng_unit(rng);
    for (int i = 0; i < 60; i++) {
        uint64_t y = epi_draw_nbinom(rng, r, k);
        times[y < 59 ? y : 59]++;
    }
    for (int y = 0; y < 60; y++)
        twice[y] = 2 * times[y];
    epi_offspring_fit(a, times, 60, 0.95, &f);
    epi_offspring_fit(a, twice, 60, 0.95, &g);
    CHECK_NEAR(g.r.est, f.r.est, 1e-12);
    if (isfinite(f.k.est))
        CHECK_NEAR(g.k.est / f.k.est, 1, 1e-7);
    CHECK(g.k.lo >= f.k.lo && g.k.hi <= f.k.hi && g.r.lo >= f.r.lo && g.r.hi <= f.r.hi);
}

TEST(the_limits_cover_what_was_drawn_as_often_as_they_say)
{
    EPI_ARENA_LOCAL(a);
    double of_k = 0, of_r = 0;
    for (uint64_t run = 0; run < 300; run++) {
        struct epi_rng r = epi_rng_stream(5, "test.offspring", run, 0);
        struct epi_arena_mark mark = epi_arena_mark(a);
        double times[400] = {0};
        struct epi_offspring_fit f;
        for (int i = 0; i < 150; i++)
            times[epi_draw_nbinom(&r, 1.4, 0.4)]++;
        epi_offspring_fit(a, times, 400, 0.9, &f);
        of_k += f.k.lo <= 0.4 && 0.4 <= f.k.hi;
        of_r += f.r.lo <= 1.4 && 1.4 <= f.r.hi;
        epi_arena_release(a, mark);
    }
    CHECK_NEAR(of_k / 300, 0.9, 0.05);
    CHECK_NEAR(of_r / 300, 0.9, 0.05);
}

TEST(an_outbreak_dies_out_as_branching_theory_says)
{
    CHECK_NEAR(epi_epidemic_probability(2, 1), 0.5, 1e-15); /* geometric: 1 - 1/R */
    CHECK_NEAR(epi_epidemic_probability(4, 1), 0.75, 1e-15);
    CHECK_NEAR(epi_epidemic_probability(2, INFINITY), 0.79681213002002, 1e-14);
    CHECK_NEAR(epi_epidemic_probability(1, 0.3), 0, 0);
    CHECK_NEAR(epi_epidemic_probability(0.2, 0.3), 0, 0);
    /* Near 1: q = 2 (R - 1) / (1 + 1/k). */
    CHECK_NEAR(epi_epidemic_probability(1 + 1e-8, 0.5) / (2e-8 / 3), 1, 1e-6);
    CHECK_NEAR(epi_epidemic_probability(500, 1e9), 1, 1e-15);
    CHECK(epi_epidemic_probability(3, 1e-4) > 0 && epi_epidemic_probability(3, 1e-4) < 0.01);
    CHECK(isnan(epi_epidemic_probability((double)NAN, 1)));
}

PROPERTY(the_probability_of_an_epidemic_solves_its_equation, 300)
{
    double r = 1 + exp(12 * epi_rng_unit(rng) - 8), k = exp(14 * epi_rng_unit(rng) - 7);
    double q = epi_epidemic_probability(r, k);
    CHECK(q > 0 && q <= 1);
    CHECK_NEAR(q, -expm1(-k * log1p(r * q / k)), 1e-13);
    CHECK(epi_epidemic_probability(r * 1.01, k) >= q);
    CHECK(epi_epidemic_probability(r, k * 1.01) >= q * (1 - 1e-14));
}

TEST(few_cases_cause_most_when_k_is_small)
{
    /* k = 1, R = 0.8: NB(0; 2) = 25/81, so X = 1.648; 1 - 5/9 - 0.648 * 20/81 by hand. */
    CHECK_NEAR(epi_share_of_cases(0.8, 1, 0.8), 1 - 5.0 / 9 - 0.648 * 20 / 81, 1e-14);
    /* k = 1: the individual number is exponential, x = log 5, share (1 + log 5) / 5. */
    CHECK_NEAR(epi_share_of_infections(1, 0.2), (1 + log(5)) / 5, 1e-13);
    CHECK_NEAR(epi_share_of_infections(INFINITY, 0.2), 0.2, 0);
    CHECK(epi_share_of_cases(3, 0.05, 0.8) < epi_share_of_cases(3, 0.5, 0.8));
    CHECK(epi_share_of_cases(3, 0.5, 0.8) < epi_share_of_cases(3, 500, 0.8));
    CHECK(epi_share_of_infections(1e-4, 0.2) <= 1 && epi_share_of_infections(1e-4, 0.2) > 0.999);
    CHECK(isnan(epi_share_of_cases(0, 1, 0.8)));
}

PROPERTY(the_share_of_cases_is_that_of_cases_in_order, 20)
{
    /* Cases drawn and sorted: the top ones that cause `part` of all. */
    enum { MANY = 20000 };
    EPI_ARENA_LOCAL(a);
    double r = 0.5 + 3 * epi_rng_unit(rng), k = 0.2 + epi_rng_unit(rng), all = 0, sum = 0;
    double *y = EPI_ARRAY(a, MANY, double);
    for (int i = 0; i < MANY; i++)
        all += y[i] = (double)epi_draw_nbinom(rng, r, k);
    epi_sort(y, MANY);
    size_t top = 0;
    while (sum < 0.8 * all)
        sum += y[MANY - 1 - top++];
    CHECK_NEAR((double)top / MANY, epi_share_of_cases(r, k, 0.8), 0.02);
}

TEST(offspring_are_read_one_by_one_or_counted)
{
    EPI_ARENA_LOCAL(a);
    struct epi_estimate one, counted;
    struct epi_findings f;
    CHECK_OK(test_run(a, "offspring", "fit", "offspring\n0\n2\n0\n5\n0\n1\n0\n", &one, &f, NULL));
    CHECK_OK(
        test_run(a, "offspring", "fit", "count,cases\n0,4\n2,1\n5,1\n1,1\n", &counted, &f, NULL));
    for (size_t i = 0; i < 4; i++)
        CHECK_NEAR(test_cell(&one, "estimate", i), test_cell(&counted, "estimate", i), 1e-14);
    CHECK(test_has(&one.notes, "estimate.offspring.few"));
    CHECK_OK(test_run(a, "offspring", "fit", "offspring,cases\n0,40\n", &one, &f, NULL));
    CHECK(test_has(&one.notes, "estimate.offspring.none"));
    CHECK(isnan(test_cell(&one, "estimate", 1)));
    CHECK_OK(test_run(a, "offspring", "fit", "offspring,cases\n1,40\n", &one, &f, NULL));
    CHECK(test_has(&one.notes, "estimate.offspring.even"));
}

TEST(offspring_that_cannot_be_are_refused)
{
    EPI_ARENA_LOCAL(a);
    static const struct {
        const char *csv, *code;
    } bad[] = {{"offspring\n-1\n2\n", "estimate.cell-negative"},
               {"offspring\n1.5\n2\n", "estimate.cell-fraction"},
               {"offspring\nx\n2\n", "estimate.cell-no-number"},
               {"offspring,cases\n1,\n", "estimate.cell-empty"},
               {"offspring\n1000000\n", "estimate.cell-outside"},
               {"other\n1\n", "estimate.column-missing"}};
    struct epi_estimate e;
    struct epi_findings f;
    for (size_t i = 0; i < EPI_COUNT(bad); i++) {
        CHECK_INT(test_run(a, "offspring", "fit", bad[i].csv, &e, &f, NULL), EPI_INVALID);
        CHECK(test_has(&f, bad[i].code));
    }
    CHECK_INT(test_run(a, "offspring", "fit", "offspring,cases\n1,0\n", &e, &f, NULL), EPI_INVALID);
    CHECK_INT(test_run(a, "offspring", "spread", "x\n1\n", &e, &f, "r", "2", "k", "0", NULL),
              EPI_INVALID);
    CHECK(test_has(&f, "estimate.option-range"));
    CHECK_INT(test_run(a, "offspring", "spread", "x\n1\n", &e, &f, "r", "2", "k", "1",
                       "initial-cases", "1.5", NULL),
              EPI_INVALID);
    CHECK(test_has(&f, "estimate.cell-fraction"));
}
