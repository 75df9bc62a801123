// SPDX-License-Identifier: AGPL-3.0-or-later
/* Numbers "of R" are those of R 4.2.2 and MASS 7.3-58 printed with 17 digits. */
#include "base/test.h"
#include "stats/stats.h"

static const double weeks_y[] = {3, 5, 2, 8, 6, 11, 9, 17, 14, 30, 21, 25};
static const double weeks_w[] = {1, 1, 0.5, 1, 1, 0.25, 1, 1, 2, 1, 1, 0.1};
static const double weeks_people[] = {10, 10, 11, 11, 12, 12, 12, 13, 13, 14, 14, 15};
static const double bursts_y[] = {0, 7, 1, 12, 3, 0, 22, 5, 40, 2, 31, 18};

/* Intercept and 0, 1, 2, ... */
static const double *trend(struct epi_arena *a, size_t n)
{
    double *x = EPI_ARRAY(a, 2 * n, double);
    for (size_t i = 0; i < n; i++) {
        x[2 * i] = 1.0;
        x[2 * i + 1] = (double)i;
    }
    return x;
}

static bool near(const double *got, const double *want, size_t n, double tolerance)
{
    for (size_t i = 0; i < n; i++) {
        if (!(fabs(got[i] - want[i]) <= tolerance * (fabs(want[i]) + 1e-3)))
            return false;
    }
    return true;
}

TEST(a_poisson_fit_of_two_factors_is_that_of_r)
{
    /* Dobson 1990, page 93: outcome and treatment. */
    static const double y[] = {18, 17, 15, 20, 10, 20, 25, 13, 12};
    static const double want[] = {3.0445224377234221, -0.45425527227759499, -0.29298712468147264, 0,
                                  0};
    static const double hat[] = {0.61333332656779282, 0.51111111224491124, 0.54222222171655821,
                                 0.61333333028654535, 0.51111111694678213, 0.54222222611921922,
                                 0.61333332818858211, 0.51111111429418499, 0.54222222363542361};
    static const double variance[] = {0.029206349085893681, 0.040873014857971533,
                                      0.037149610990290821, 0.039999999179318804,
                                      0.039999999396349489};
    double x[9 * 5];
    for (size_t i = 0; i < 9; i++) {
        double row[] = {1, i % 3 == 1, i % 3 == 2, i / 3 == 1, i / 3 == 2};
        memcpy(x + 5 * i, row, sizeof row);
    }
    EPI_ARENA_LOCAL(a);
    struct epi_fit f;
    CHECK_OK(epi_fit_poisson(a, y, x, NULL, NULL, 9, 5, &f, NULL));
    CHECK(f.converged && f.rounds == 4 && f.theta == INFINITY);
    CHECK(near(f.coef, want, 5, 1e-12));
    CHECK(near(f.leverage, hat, 9, 1e-12));
    for (size_t j = 0; j < 5; j++)
        CHECK_NEAR(f.cov[6 * j], variance[j], 1e-13);
    CHECK_NEAR(f.deviance, 5.1291410770011421, 1e-13);
    CHECK_NEAR(f.loglik, -23.380659200978837, 1e-13);
    CHECK_NEAR(f.pearson, 5.1732017602679319, 1e-13);
}

TEST(a_weighted_poisson_fit_with_exposure_is_that_of_r)
{
    EPI_ARENA_LOCAL(a);
    double offset[12];
    for (size_t i = 0; i < 12; i++)
        offset[i] = log(weeks_people[i]);
    struct epi_fit f;
    CHECK_OK(epi_fit_poisson(a, weeks_y, trend(a, 12), weeks_w, offset, 12, 2, &f, NULL));
    static const double want[] = {-1.1052515073364559, 0.16847028595975555},
                        cov[] = {0.064565501148631965, -0.0078123334754563942,
                                 -0.0078123334754563942, 0.0010696054319166667},
                        hat[] = {0.2137943010642053,  0.19598460765386805, 0.095899206875233095,
                                 0.1649428355451677,  0.149520245218009,   0.030404410191597096,
                                 0.10179827767301325, 0.10644181657023517, 0.26584383051758731,
                                 0.22344142578090237, 0.38184416006983957, 0.070084882840342241};
    CHECK(near(f.coef, want, 2, 1e-12) && near(f.cov, cov, 4, 1e-12));
    CHECK(near(f.leverage, hat, 12, 1e-12));
    CHECK_NEAR(f.deviance, 8.5705322932983474, 1e-12);
    CHECK_NEAR(f.pearson / 10.0, 0.86993142408773316, 1e-12);
}

TEST(a_negative_binomial_fit_is_that_of_mass)
{
    EPI_ARENA_LOCAL(a);
    struct epi_fit f;
    CHECK_OK(epi_fit_nbinom(a, bursts_y, trend(a, 12), NULL, 12, 2, &f, NULL));
    static const double want[] = {1.002038099712917, 0.2216934873404646};
    CHECK(f.converged && near(f.coef, want, 2, 1e-8));
    CHECK_NEAR(f.theta, 0.91048133107065443, 1e-8);
    CHECK_NEAR(f.loglik, -39.420723670945669, 1e-10);
    CHECK_NEAR(f.deviance, 13.964583933156122, 1e-8);
    CHECK_NEAR(f.cov[0], 0.39588946575617645, 1e-8);
    CHECK_NEAR(f.cov[3], 0.0088272323850073411, 1e-8);
}

TEST(a_weighted_line_is_that_of_r)
{
    EPI_ARENA_LOCAL(a);
    struct epi_fit f;
    CHECK_OK(epi_fit_linear(a, bursts_y, trend(a, 12), weeks_w, 12, 2, &f, NULL));
    static const double want[] = {0.38914666932191577, 2.6971821168973413},
                        cov[] = {0.35077168176839618, -0.047276710146370637, -0.047276710146370637,
                                 0.008642835806034057};
    CHECK(near(f.coef, want, 2, 1e-12) && near(f.cov, cov, 4, 1e-12));
    CHECK_NEAR(f.deviance, 1579.2150950911084, 1e-9);
    CHECK_NEAR(f.leverage[0], 0.35077168176839557, 1e-13);
    CHECK_NEAR(f.leverage[11], 0.035646719107836324, 1e-13);
}

TEST(counts_that_vary_less_than_poisson_have_an_infinite_size)
{
    static const double y[] = {5, 5, 6, 5, 4, 5, 5, 5, 6, 4};
    EPI_ARENA_LOCAL(a);
    struct epi_fit f, p;
    CHECK_OK(epi_fit_nbinom(a, y, trend(a, 10), NULL, 10, 2, &f, NULL));
    CHECK_OK(epi_fit_poisson(a, y, trend(a, 10), NULL, NULL, 10, 2, &p, NULL));
    CHECK(f.theta == INFINITY && f.converged && near(f.coef, p.coef, 2, 0.0));
    CHECK_NEAR(f.loglik, p.loglik, 0.0);
}

TEST(zeros_alone_and_separated_zeros_end_quietly)
{
    double y[10] = {0}, x[20];
    EPI_ARENA_LOCAL(a);
    struct epi_fit f;
    CHECK_OK(epi_fit_poisson(a, y, trend(a, 10), NULL, NULL, 10, 2, &f, NULL));
    CHECK(f.fitted[0] < 1e-8 && f.deviance < 1e-7);
    CHECK_OK(epi_fit_nbinom(a, y, trend(a, 10), NULL, 10, 2, &f, NULL));
    CHECK(isfinite(f.coef[0]) && isfinite(f.loglik));
    for (size_t i = 0; i < 10; i++) {
        x[2 * i] = 1.0;
        x[2 * i + 1] = i < 5;
        y[i] = i < 5 ? 0.0 : 4.0;
    }
    CHECK_OK(epi_fit_poisson(a, y, x, NULL, NULL, 10, 2, &f, NULL));
    CHECK(f.fitted[0] < 1e-6);
    CHECK_NEAR(f.fitted[9], 4.0, 1e-7);
}

TEST(regressions_say_what_is_wrong_with_their_input)
{
    static const double y[] = {1, 2, 3, 4}, bad[] = {1, 2, NAN, 4}, negative[] = {1, -2, 3, 4};
    static const double twice[] = {1, 2, 1, 2, 1, 2, 1, 2}, zero[] = {1, 0, 1, 0, 1, 0, 1, 0};
    EPI_ARENA_LOCAL(a);
    struct epi_fit f;
    struct epi_err e;
    CHECK(epi_fit_poisson(a, bad, trend(a, 4), NULL, NULL, 4, 2, &f, &e) == EPI_INVALID);
    CHECK_STR(epi_str_of(e.code), EPI_S("stats.row-unusable"));
    CHECK_STR(epi_str_of(e.arg1), EPI_S("3"));
    CHECK(epi_fit_nbinom(a, negative, trend(a, 4), NULL, 4, 2, &f, &e) == EPI_INVALID);
    CHECK_STR(epi_str_of(e.arg1), EPI_S("2"));
    CHECK(epi_fit_linear(a, y, twice, NULL, 4, 2, &f, &e) == EPI_INVALID);
    CHECK_STR(epi_str_of(e.code), EPI_S("stats.rank-deficient"));
    CHECK_STR(epi_str_of(e.arg1), EPI_S("2"));
    CHECK(epi_fit_poisson(a, y, zero, NULL, NULL, 4, 2, &f, &e) == EPI_INVALID);
    CHECK_STR(epi_str_of(e.code), EPI_S("stats.rank-deficient"));
    CHECK(epi_fit_poisson(a, y, twice, NULL, NULL, 4, 2, &f, &e) == EPI_INVALID);
    CHECK_STR(epi_str_of(e.code), EPI_S("stats.rank-deficient"));
    CHECK(epi_fit_linear(a, y, trend(a, 4), NULL, 1, 2, &f, &e) == EPI_INVALID);
    CHECK_STR(epi_str_of(e.code), EPI_S("stats.too-few-rows"));
}

/* A random design: intercept, trend, a factor of four levels, a wave. */
enum { P = 6 };
static double *design(struct epi_arena *a, struct epi_rng *rng, size_t n)
{
    double *x = EPI_ARRAY(a, n * P, double);
    for (size_t i = 0; i < n; i++) {
        uint64_t level = i < 4 ? i : epi_rng_below(rng, 4);
        double row[P] = {1, (double)i, level == 1, level == 2, level == 3, sin(0.12 * (double)i)};
        memcpy(x + i * P, row, sizeof row);
    }
    return x;
}

static double *counts(struct epi_arena *a, struct epi_rng *rng, const double *x, size_t n,
                      double size)
{
    double *y = EPI_ARRAY(a, n, double);
    for (size_t i = 0; i < n; i++) {
        const double *r = x + i * P;
        double mean = exp(2.0 + 0.002 * r[1] + 0.4 * r[2] - 0.3 * r[3] + 0.8 * r[5]);
        if (size < INFINITY)
            mean = epi_rng_gamma(rng, size, mean / size);
        y[i] = (double)epi_rng_poisson(rng, mean);
    }
    return y;
}

PROPERTY(a_poisson_fit_solves_its_score_and_its_leverages_add_to_p, 20)
{
    EPI_ARENA_LOCAL(a);
    size_t n = 20 + (size_t)epi_rng_below(rng, 300);
    double *x = design(a, rng, n), *y = counts(a, rng, x, n, INFINITY), hat = 0.0;
    struct epi_fit f;
    CHECK_OK(epi_fit_poisson(a, y, x, NULL, NULL, n, P, &f, NULL));
    CHECK(f.converged);
    for (size_t i = 0; i < n; i++) {
        CHECK(f.leverage[i] > 0.0 && f.leverage[i] < 1.0 + 1e-12);
        hat += f.leverage[i];
    }
    CHECK_NEAR(hat, P, 1e-9);
    for (size_t j = 0; j < P; j++) {
        double score = 0.0, size = 0.0;
        for (size_t i = 0; i < n; i++) {
            score += x[i * P + j] * (y[i] - f.fitted[i]);
            size += fabs(x[i * P + j]) * y[i];
        }
        CHECK(fabs(score) <= 1e-4 * (size + 1.0)); /* the rule of R stops that early */
    }
}

PROPERTY(whole_weights_are_repeated_rows, 15)
{
    EPI_ARENA_LOCAL(a);
    size_t n = 20 + (size_t)epi_rng_below(rng, 60), m = 0;
    double *x = design(a, rng, n), *y = counts(a, rng, x, n, INFINITY);
    double *w = EPI_ARRAY(a, n, double), *y2 = EPI_ARRAY(a, 3 * n, double);
    double *x2 = EPI_ARRAY(a, 3 * n * P, double);
    for (size_t i = 0; i < n; i++) {
        w[i] = (double)(i < 8 ? 1 : epi_rng_below(rng, 4));
        for (double k = 0; k < w[i]; k += 1) {
            y2[m] = y[i];
            memcpy(x2 + m++ * P, x + i * P, P * sizeof *x);
        }
    }
    struct epi_fit f, g;
    CHECK_OK(epi_fit_poisson(a, y, x, w, NULL, n, P, &f, NULL));
    CHECK_OK(epi_fit_poisson(a, y2, x2, NULL, NULL, m, P, &g, NULL));
    CHECK(near(f.coef, g.coef, P, 1e-9) && near(f.cov, g.cov, P * P, 1e-9));
    CHECK_NEAR(f.deviance / g.deviance, 1.0, 1e-10);
    CHECK_NEAR(f.loglik / g.loglik, 1.0, 1e-10);
    CHECK_OK(epi_fit_linear(a, y, x, w, n, P, &f, NULL));
    CHECK_OK(epi_fit_linear(a, y2, x2, NULL, m, P, &g, NULL));
    CHECK(near(f.coef, g.coef, P, 1e-9) && near(f.cov, g.cov, P * P, 1e-9));
    CHECK_NEAR(f.deviance / g.deviance, 1.0, 1e-10);
}

/* Columns t and t + 1e-5 z are near dependent: the same means must come out as from t and z. */
PROPERTY(a_near_dependent_column_keeps_its_digits, 10)
{
    enum { N = 80 };
    EPI_ARENA_LOCAL(a);
    double *x = EPI_ARRAY(a, 3 * N, double), *near_x = EPI_ARRAY(a, 3 * N, double), y[N];
    for (size_t i = 0; i < N; i++) {
        double t = (double)i, z = epi_rng_normal(rng);
        double row[] = {1, t, z}, near_row[] = {1, t, t + 1e-5 * z};
        memcpy(x + 3 * i, row, sizeof row);
        memcpy(near_x + 3 * i, near_row, sizeof near_row);
        y[i] = (double)epi_rng_poisson(rng, exp(1.0 + 0.02 * t + 0.5 * z));
    }
    struct epi_fit f, g;
    CHECK_OK(epi_fit_poisson(a, y, x, NULL, NULL, N, 3, &f, NULL));
    CHECK_OK(epi_fit_poisson(a, y, near_x, NULL, NULL, N, 3, &g, NULL));
    CHECK_NEAR(g.coef[2] * 1e-5, f.coef[2], 1e-6);
    CHECK(near(f.fitted, g.fitted, N, 1e-6));
}

PROPERTY(the_size_of_one_mean_solves_its_equation, 20)
{
    EPI_ARENA_LOCAL(a);
    size_t n = 30 + (size_t)epi_rng_below(rng, 300);
    double *y = EPI_ARRAY(a, n, double), *x = EPI_ARRAY(a, n, double);
    double size = exp(epi_rng_normal(rng)), mean = exp(2.0 * epi_rng_unit(rng) + 1.0);
    for (size_t i = 0; i < n; i++) {
        y[i] = (double)epi_rng_poisson(rng, epi_rng_gamma(rng, size, mean / size));
        x[i] = 1.0;
    }
    struct epi_fit f;
    CHECK_OK(epi_fit_nbinom(a, y, x, NULL, n, 1, &f, NULL));
    CHECK_NEAR(exp(f.coef[0]), epi_mean(y, n), 1e-7 * mean);
    if (f.theta == INFINITY)
        return;
    double sum = 0.0, count = (double)n;
    for (size_t i = 0; i < n; i++)
        sum += epi_digamma(f.theta + y[i]) - epi_digamma(f.theta);
    CHECK_NEAR(sum / count, log1p(epi_mean(y, n) / f.theta), 1e-8);
    CHECK(fabs(log(f.theta / size)) < 2.5);
}

PROPERTY(size_and_coefficients_are_found_again, 8)
{
    enum { N = 3000 };
    EPI_ARENA_LOCAL(a);
    double *x = design(a, rng, N), *y = counts(a, rng, x, N, 3.0);
    struct epi_fit f;
    CHECK_OK(epi_fit_nbinom(a, y, x, NULL, N, P, &f, NULL));
    CHECK(f.converged);
    static const double want[P] = {2.0, 0.002, 0.4, -0.3, 0.0, 0.8};
    for (size_t j = 0; j < P; j++)
        CHECK(fabs(f.coef[j] - want[j]) < 5.0 * sqrt(f.cov[j * P + j]));
    CHECK_NEAR(f.theta, 3.0, 0.6);
}
