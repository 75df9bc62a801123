// SPDX-License-Identifier: AGPL-3.0-or-later
#include "base/test.h"
#include "estimate/rt_internal.h"
#include "stats/stats.h"

static const double three[] = {0.025, 0.5, 0.975};

static struct epi_rt_rows rows_for(struct epi_arena *a, size_t n, size_t probs)
{
    return (struct epi_rt_rows){EPI_ARRAY(a, n, double), EPI_ARRAY(a, n, double),
                                EPI_ARRAY(a, n * probs, double), EPI_ARRAY(a, n, double)};
}

static struct epi_rt_setting setting(struct epi_arena *a, struct epi_si si, size_t width)
{
    return (struct epi_rt_setting){.days = si.lags,
                                   .si = si,
                                   .windows = epi_rt_sliding(a, si.lags, width, 1),
                                   .prior_mean = 5,
                                   .prior_sd = 5,
                                   .probs = three,
                                   .probs_n = 3};
}

static void epidemic(struct epi_rng *rng, double *cases, size_t n, double level)
{
    double peak = level * (0.5 + epi_rng_unit(rng)), at = (double)n * epi_rng_unit(rng);
    for (size_t t = 0; t < n; t++) {
        double x = ((double)t - at) / (0.2 * (double)n);
        cases[t] = (double)epi_rng_poisson(rng, peak * exp(-x * x / 2));
    }
}

TEST(windows_slide_while_they_fit)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct epi_rt_windows w = epi_rt_sliding(a, 10, 7, 1);
    CHECK_INT(w.n, 3);
    CHECK_INT(w.start[0], 2);
    CHECK_INT(w.end[2], 10);
    CHECK_INT(epi_rt_sliding(a, 7, 7, 1).n, 0);
    CHECK_INT(epi_rt_sliding(a, 8, 7, 1).n, 1);
    w = epi_rt_sliding(a, 30, 7, 7);
    CHECK_INT(w.n, 4);
    CHECK_INT(w.start[3], 23);
}

/* One case, then two the day after, serial interval of one day: L_2 = 1, so the posterior of day 2
 * is gamma with shape 1 + 2 and rate 1/5 + 1. */
TEST(the_posterior_of_a_day_is_the_gamma_of_the_paper)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    const double w[] = {0, 1, 0, 0}, cases[] = {1, 2, 3, 0};
    struct epi_rt_setting s = setting(a, epi_si_given(a, w, 4, 1, 4), 1);
    struct epi_rt_plan *p;
    struct epi_rt_rows r = rows_for(a, 3, 3);
    CHECK_OK(epi_rt_plan_new(a, &s, &p, NULL));
    epi_rt_cori(p, cases, NULL, 1, r);
    CHECK_NEAR(r.mean[0], 3 / 1.2, 1e-14);
    CHECK_NEAR(r.sd[0], sqrt(3) / 1.2, 1e-14);
    for (size_t q = 0; q < 3; q++)
        CHECK_NEAR(epi_gamma_p(3, r.quant[q] * 1.2), three[q], 1e-9);
    CHECK_NEAR(r.above[0], epi_gamma_q(3, 1.2), 1e-14);
    CHECK_NEAR(r.mean[1], 4 / 2.2, 1e-14); /* day 3: three cases, L_3 = 2 */
    CHECK_NEAR(r.mean[2], 1 / 3.2, 1e-14); /* day 4: none, L_4 = 3 */
    double lambda[4];
    epi_rt_infectivity(cases, NULL, w, 4, lambda);
    CHECK(isnan(lambda[0]));
    CHECK_NEAR(lambda[3], 3, 0);
}

TEST(cases_of_the_first_day_and_imported_ones_infect_but_were_not_infected)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    const double w[] = {0, 1, 0}, local[] = {4, 2, 1}, imported[] = {0, 3, 0};
    struct epi_rt_setting s = setting(a, epi_si_given(a, w, 3, 1, 3), 2);
    struct epi_rt_plan *p;
    struct epi_rt_rows r = rows_for(a, 1, 3);
    CHECK_OK(epi_rt_plan_new(a, &s, &p, NULL));
    epi_rt_cori(p, local, imported, 1, r);
    CHECK_NEAR(r.mean[0], (1 + 2 + 1) / (0.2 + 4 + (2 + 3)), 1e-14);
}

TEST(a_window_before_one_mean_interval_has_passed_has_no_result)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    const double w[] = {0, 0, 0, 0.5, 0.5, 0, 0, 0}, cases[] = {1, 0, 0, 1, 1, 2, 2, 3};
    struct epi_rt_setting s = setting(a, epi_si_given(a, w, 8, 1, 8), 1);
    struct epi_rt_plan *p;
    struct epi_rt_rows r = rows_for(a, 7, 3);
    CHECK_OK(epi_rt_plan_new(a, &s, &p, NULL));
    epi_rt_cori(p, cases, NULL, 1, r);
    CHECK(isnan(r.mean[0]) && isnan(r.sd[1]) && isnan(r.quant[1]) && isnan(r.above[1]));
    CHECK(!isnan(r.mean[2])); /* t = 4 > 3.5 */
}

TEST(windows_and_probabilities_outside_their_range_are_refused)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    const uint32_t bad[][2] = {{1, 3}, {4, 3}, {2, 9}};
    struct epi_rt_setting s = setting(a, epi_si_parametric(a, 3, 1, 8), 3);
    struct epi_rt_plan *p;
    struct epi_err e = {0};
    for (size_t i = 0; i < EPI_COUNT(bad); i++) {
        s.windows = (struct epi_rt_windows){1, &bad[i][0], &bad[i][1]};
        CHECK_INT(epi_rt_plan_new(a, &s, &p, &e), EPI_INVALID);
    }
    s = setting(a, epi_si_parametric(a, 3, 1, 8), 3);
    s.probs = (const double[]){0.5, 0.4};
    s.probs_n = 2;
    CHECK_INT(epi_rt_plan_new(a, &s, &p, &e), EPI_INVALID);
    s.prior_mean = 0;
    s.probs_n = 1;
    CHECK_INT(epi_rt_plan_new(a, &s, &p, &e), EPI_INVALID);
}

PROPERTY(all_units_at_once_are_the_units_one_by_one, 10)
{
    EPI_ARENA_LOCAL(a);
    enum { UNITS = 5, DAYS = 60 };
    double cases[UNITS * DAYS], day[UNITS * DAYS], one_day[DAYS];
    struct epi_rt_plan *p, *q;
    for (size_t u = 0; u < UNITS; u++)
        epidemic(rng, cases + u * DAYS, DAYS, epi_rng_chance(rng, 0.5) ? 1 : 60);
    for (unsigned kind = 0; kind < 3; kind++) {
        struct epi_si_doubt d = {5, 1, 2, 8, 2, 0.5, 1, 3};
        struct epi_si si = kind == 1 ? epi_si_uncertain(a, &d, 20, 1, DAYS, NULL)
                                     : epi_si_parametric(a, 5, 2, DAYS);
        struct epi_rt_setting s = setting(a, si, 7);
        size_t n = s.windows.n;
        struct epi_rt_rows all = rows_for(a, UNITS * n, 3), own = rows_for(a, n, 3);
        CHECK_OK(epi_rt_plan_new(a, &s, &p, NULL));
        if (kind < 2)
            epi_rt_cori(p, cases, NULL, UNITS, all);
        else
            epi_rt_wallinga_teunis(p, cases, NULL, UNITS, all, day);
        for (size_t u = UNITS; u-- > 0;) {
            CHECK_OK(epi_rt_plan_new(a, &s, &q, NULL));
            if (kind < 2)
                epi_rt_cori(q, cases + u * DAYS, NULL, 1, own);
            else
                epi_rt_wallinga_teunis(q, cases + u * DAYS, NULL, 1, own, one_day);
            CHECK(memcmp(own.mean, all.mean + u * n, n * sizeof(double)) == 0);
            CHECK(memcmp(own.sd, all.sd + u * n, n * sizeof(double)) == 0);
            CHECK(memcmp(own.quant, all.quant + u * n * 3, 3 * n * sizeof(double)) == 0);
        }
    }
}

PROPERTY(more_cases_in_a_window_raise_r_and_earlier_ones_lower_it, 30)
{
    EPI_ARENA_LOCAL(a);
    double cases[40];
    struct epi_rt_setting s = setting(a, epi_si_parametric(a, 4, 2, 40), 5);
    struct epi_rt_plan *p;
    struct epi_rt_rows before = rows_for(a, s.windows.n, 3), after = rows_for(a, s.windows.n, 3);
    CHECK_OK(epi_rt_plan_new(a, &s, &p, NULL));
    epidemic(rng, cases, 40, 20);
    epi_rt_cori(p, cases, NULL, 1, before);
    size_t i = s.windows.n - 1;
    cases[39] += 1; /* t = 40 is the last day of the last window: it infects nobody inside */
    epi_rt_cori(p, cases, NULL, 1, after);
    CHECK(after.mean[i] > before.mean[i] && after.quant[3 * i] > before.quant[3 * i]);
    cases[39] -= 1;
    cases[30] += 1;
    epi_rt_cori(p, cases, NULL, 1, after);
    CHECK(after.mean[i] < before.mean[i] && after.quant[3 * i + 2] < before.quant[3 * i + 2]);
}

/* With a prior that says nothing, R does not change when every count is multiplied. */
PROPERTY(r_is_a_ratio, 20)
{
    EPI_ARENA_LOCAL(a);
    double cases[50], more[50];
    struct epi_rt_setting s = setting(a, epi_si_parametric(a, 4, 2, 50), 7);
    s.prior_mean = 1e3;
    s.prior_sd = 1e6;
    struct epi_rt_plan *p;
    struct epi_rt_rows x = rows_for(a, s.windows.n, 3), y = rows_for(a, s.windows.n, 3);
    CHECK_OK(epi_rt_plan_new(a, &s, &p, NULL));
    epidemic(rng, cases, 50, 40);
    for (size_t t = 0; t < 50; t++) {
        cases[t] += 1;
        more[t] = 7 * cases[t];
    }
    epi_rt_cori(p, cases, NULL, 1, x);
    epi_rt_cori(p, more, NULL, 1, y);
    for (size_t i = 0; i < s.windows.n; i++)
        CHECK_NEAR(x.mean[i], y.mean[i], 1e-5 * y.mean[i]);
}

/* --- several serial intervals --- */
PROPERTY(the_cdf_of_a_log_gamma_is_that_of_its_gamma, 60)
{
    static struct epi__log_gamma t;
    double shape = exp(-3 + 12 * epi_rng_unit(rng));
    epi__log_gamma_make(&t, shape);
    for (unsigned i = 0; i < 40; i++) {
        double u = t.median + t.sd * 4 * epi_rng_normal(rng);
        CHECK_NEAR(epi__log_gamma_cdf(&t, u), epi_gamma_p(shape, shape * exp(u)), 2e-10);
    }
    for (double p = 0.001; p < 1; p += 0.0499)
        CHECK_NEAR(epi__log_gamma_cdf(&t, epi__log_gamma_quantile(&t, p)), p, 1e-10);
}

PROPERTY(quantiles_of_a_mixture_solve_its_cdf, 60)
{
    static struct epi__log_gamma t;
    enum { N = 30 };
    const double probs[] = {0.001, 0.025, 0.25, 0.5, 0.9, 0.975, 0.9999};
    double rate[N], shift[N], q[7], learnt[7] = {0};
    double shape = exp(9 * epi_rng_unit(rng)), wide = exp(-4 + 6 * epi_rng_unit(rng));
    for (size_t j = 0; j < N; j++) {
        rate[j] = exp(wide * epi_rng_normal(rng));
        shift[j] = log(rate[j] / shape);
    }
    epi__log_gamma_make(&t, shape);
    for (unsigned again = 0; again < 2; again++) {
        epi__mixture_quantiles(&t, shift, N, probs, 7, learnt, q);
        for (size_t i = 0; i < 7; i++) {
            double cdf = 0;
            for (size_t j = 0; j < N; j++)
                cdf += epi_gamma_p(shape, rate[j] * q[i]) / N;
            CHECK_NEAR(cdf, probs[i], 1e-8);
        }
    }
}

TEST(equal_intervals_mix_to_one_of_them)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    double w[2 * 20], one[20], cases[20];
    epi_si_discretise(4, 2, 20, one);
    for (size_t k = 0; k < 20; k++) {
        w[k] = w[20 + k] = one[k];
        cases[k] = (double)(k * k % 7);
    }
    struct epi_rt_setting s = setting(a, epi_si_given(a, w, 20, 1, 20), 5),
                          m = setting(a, epi_si_given(a, w, 20, 2, 20), 5);
    struct epi_rt_plan *p, *q;
    struct epi_rt_rows x = rows_for(a, s.windows.n, 3), y = rows_for(a, s.windows.n, 3);
    CHECK_OK(epi_rt_plan_new(a, &s, &p, NULL));
    CHECK_OK(epi_rt_plan_new(a, &m, &q, NULL));
    epi_rt_cori(p, cases, NULL, 1, x);
    epi_rt_cori(q, cases, NULL, 1, y);
    for (size_t i = 0; i < s.windows.n; i++) {
        CHECK_NEAR(y.mean[i], x.mean[i], 1e-12 * x.mean[i]);
        CHECK_NEAR(y.sd[i], x.sd[i], 1e-12 * x.sd[i]);
        CHECK_NEAR(y.above[i], x.above[i], 1e-9);
        for (size_t k = 0; k < 3; k++)
            CHECK_NEAR(y.quant[3 * i + k], x.quant[3 * i + k], 1e-8 * x.quant[3 * i + k]);
    }
}

/* --- does it find the truth? --- */
TEST(ninety_five_percent_intervals_hold_the_true_r_that_often)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    enum { DAYS = 40, RUNS = 400 };
    double w[DAYS], cases[DAYS], inside = 0;
    epi_si_discretise(4, 2, DAYS, w);
    struct epi_rt_setting s = setting(a, epi_si_parametric(a, 4, 2, DAYS), 7);
    struct epi_rt_plan *p;
    struct epi_rt_rows r = rows_for(a, s.windows.n, 3);
    CHECK_OK(epi_rt_plan_new(a, &s, &p, NULL));
    for (size_t run = 0; run < RUNS; run++) {
        struct epi_rng draw = epi_rng_stream(11, "test.renewal", run, 0);
        double truth = 0.8 + 0.6 * epi_rng_unit(&draw);
        for (size_t t = 0; t < DAYS; t++) {
            double lambda = 0;
            for (size_t k = 1; k <= t; k++)
                lambda += w[k] * cases[t - k];
            cases[t] = (double)(t ? epi_rng_poisson(&draw, truth * lambda) : 20);
        }
        epi_rt_cori(p, cases, NULL, 1, r);
        size_t i = s.windows.n - 1 - 7 * (run % 3);
        inside += r.quant[3 * i] <= truth && truth <= r.quant[3 * i + 2];
    }
    CHECK(inside / RUNS > 0.92 && inside / RUNS < 0.98);
}

TEST(growth_rates_and_reproduction_numbers_agree_where_they_must)
{
    USES_NO_RNG;
    double w[400];
    epi_si_discretise(5.2, 3.8, 400, w);
    CHECK_NEAR(epi_rt_of_growth_gamma(0, 5, 2), 1, 1e-15);
    CHECK_NEAR(epi_rt_of_growth_lags(0, w, 400), 1, 1e-12);
    CHECK_NEAR(epi_rt_of_growth_fixed(0.1, 5), exp(0.5), 1e-15);
    CHECK_NEAR(epi_rt_of_growth_gamma(0.1, 5, 5), epi_rt_of_growth_exponential(0.1, 5), 1e-14);
    CHECK_NEAR(epi_rt_of_growth_gamma(0.1, 5, 1e-4), exp(0.5), 1e-8);
    CHECK(isnan(epi_rt_of_growth_gamma(-0.3, 5, 5)));
    CHECK(isnan(epi_rt_of_growth_exponential(-0.3, 5)));
    /* By lag: R sum w_k exp(-r k) = 1. */
    double r = 0.07, sum = 0, mass = 0;
    for (size_t k = 0; k < 400; k++) {
        sum += w[k] * exp(-r * (double)k);
        mass += w[k];
    }
    CHECK_NEAR(epi_rt_of_growth_lags(r, w, 400) * sum / mass, 1, 1e-12);
}
