// SPDX-License-Identifier: AGPL-3.0-or-later
#include "base/test.h"
#include "stats/stats.h"

enum { N = 40000 };

/* Chi-square of counts against probabilities, cells of expectation below 5 taken together. Beyond
 * the 1e-6 quantile something is wrong. */
static bool fits(const uint64_t *seen, const double *p, size_t cells)
{
    double chi = 0.0, df = -1.0, few_seen = 0.0, few = 0.0, rest = 1.0;
    for (size_t i = 0; i <= cells; i++) {
        double want = (i < cells ? p[i] : fmax(rest, 0.0)) * N;
        few += want;
        few_seen += (double)seen[i];
        rest -= i < cells ? p[i] : 0.0;
        if (few < 5.0 && i < cells)
            continue;
        if (few > 0.0)
            chi += (few_seen - few) * (few_seen - few) / fmax(few, 1.0);
        df += 1.0;
        few = few_seen = 0.0;
    }
    return epi_chi2_sf(chi, fmax(df, 1.0)) > 1e-6;
}

TEST(binomial_draws_have_their_probabilities)
{
    static const struct {
        uint64_t n;
        double p;
    } rows[] = {{1, 0.3},     {7, 0.5},        {30, 0.2},      {30, 0.9},     {40, 0.26},
                {100, 0.101}, {1000, 0.00999}, {1000, 0.0101}, {5000, 0.997}, {400, 0.5}};
    EPI_ARENA_LOCAL(a);
    for (size_t i = 0; i < EPI_COUNT(rows); i++) {
        size_t n = (size_t)rows[i].n;
        uint64_t *seen = EPI_ARRAY(a, n + 2, uint64_t);
        double *p = EPI_ARRAY(a, n + 1, double);
        struct epi_rng r = epi_rng_stream(1, "binomial", i, 0);
        for (size_t k = 0; k <= n; k++)
            p[k] = exp(epi_binom_logpmf((double)k, (double)n, rows[i].p));
        for (size_t k = 0; k < N; k++) {
            uint64_t v = epi_draw_binomial(&r, n, rows[i].p);
            CHECK(v <= n);
            seen[v]++;
        }
        CHECK(fits(seen, p, n + 1));
    }
    struct epi_rng r = epi_rng_stream(1, "edge", 0, 0);
    CHECK_INT(epi_draw_binomial(&r, 0, 0.5), 0);
    CHECK_INT(epi_draw_binomial(&r, 9, 0.0), 0);
    CHECK_INT(epi_draw_binomial(&r, 9, 1.0), 9);
}

TEST(negative_binomial_draws_have_their_probabilities)
{
    static const double mean[] = {0.1, 3, 3, 20, 50}, size[] = {0.2, 0.5, INFINITY, 5, 1e6};
    for (size_t i = 0; i < EPI_COUNT(mean); i++) {
        enum { CELLS = 400 };
        uint64_t seen[CELLS + 1] = {0};
        double p[CELLS];
        struct epi_rng r = epi_rng_stream(1, "nbinom", i, 0);
        for (size_t k = 0; k < CELLS; k++)
            p[k] = exp(epi_nbinom_logpmf((double)k, mean[i], size[i]));
        for (size_t k = 0; k < N; k++) {
            uint64_t v = epi_draw_nbinom(&r, mean[i], size[i]);
            seen[v < CELLS ? v : CELLS]++;
        }
        CHECK(fits(seen, p, CELLS));
    }
}

TEST(large_draws_have_their_mean_and_variance)
{
    enum { M = 20000 };
    struct epi_rng r = epi_rng_stream(1, "large", 0, 0);
    double mean = 3e8, sum = 0.0, squares = 0.0, sum_b = 0.0, squares_b = 0.0;
    for (int i = 0; i < M; i++) {
        double d = (double)epi_draw_nbinom(&r, mean, INFINITY) - mean;
        double b = (double)epi_draw_binomial(&r, 1000000000000, 0.4) - 4e11;
        sum += d, squares += d * d;
        sum_b += b, squares_b += b * b;
    }
    CHECK(fabs(sum / M) < 5.0 * sqrt(mean / M));
    CHECK_NEAR(squares / M / mean, 1.0, 5.0 * sqrt(2.0 / M));
    CHECK(fabs(sum_b / M) < 5.0 * sqrt(2.4e11 / M));
    CHECK_NEAR(squares_b / M / 2.4e11, 1.0, 5.0 * sqrt(2.0 / M));
}

TEST(beta_draws_have_their_distribution)
{
    static const double a[] = {1e-3, 0.3, 1, 2, 200}, b[] = {1e-3, 2, 1, 0.5, 900};
    for (size_t i = 0; i < EPI_COUNT(a); i++) {
        struct epi_rng r = epi_rng_stream(1, "beta", i, 0);
        uint64_t seen[21] = {0};
        double p[20];
        for (size_t k = 0; k < 20; k++)
            p[k] = 0.05;
        for (size_t k = 0; k < N; k++) {
            /* Both ends of tiny parameters are atoms to a double. */
            double x = epi_draw_beta(&r, a[i], b[i]);
            double u = x == 0.0   ? epi_rng_unit(&r) * 0.5
                       : x == 1.0 ? 0.5 + epi_rng_unit(&r) * 0.5
                                  : epi_beta_cdf(x, a[i], b[i]);
            CHECK(x >= 0.0 && x <= 1.0 && u >= 0.0 && u <= 1.0);
            seen[(size_t)fmin(u * 20.0, 19.0)]++;
        }
        if (i > 0)
            CHECK(fits(seen, p, 20));
        else
            CHECK_NEAR((double)(seen[0] + seen[9] + seen[10] + seen[19]) / N, 0.2, 0.05);
    }
}

PROPERTY(normal_draws_between_bounds_have_their_distribution, 12)
{
    double mean = 3.0 * epi_rng_normal(rng), sd = epi_rng_exp(rng, 2.0) + 0.01;
    double a = epi_rng_normal(rng) * 6.0, b = a + epi_rng_exp(rng, 2.0) + 1e-3;
    if (epi_rng_chance(rng, 0.3))
        b = INFINITY;
    double lo = mean + sd * a, hi = mean + sd * b;
    uint64_t seen[11] = {0};
    double p[10];
    for (size_t k = 0; k < 10; k++)
        p[k] = 0.1;
    bool above = a + b > 0.0; /* probabilities in the tail that has the digits */
    for (size_t k = 0; k < N; k++) {
        double x = epi_draw_normal_in(rng, mean, sd, lo, hi), z = (x - mean) / sd;
        CHECK(x >= lo && x <= hi);
        double u =
            above
                ? (epi_normal_sf(a) - epi_normal_sf(z)) / (epi_normal_sf(a) - epi_normal_sf(b))
                : (epi_normal_cdf(z) - epi_normal_cdf(a)) / (epi_normal_cdf(b) - epi_normal_cdf(a));
        seen[(size_t)fmax(0.0, fmin(u * 10.0, 9.0))]++;
    }
    CHECK(fits(seen, p, 10));
}

TEST(normal_draws_far_in_the_tail_stay_there)
{
    struct epi_rng r = epi_rng_stream(1, "tail", 0, 0);
    double sum = 0.0;
    for (int i = 0; i < N; i++) {
        double z = epi_draw_normal_in(&r, 0.0, 1.0, 60.0, INFINITY);
        CHECK(z >= 60.0 && z < 62.0);
        sum += z - 60.0;
    }
    CHECK_NEAR(sum / N * 60.0, 1.0, 0.03); /* 1 / lo - 2 / lo^3 ... */
    double thin = epi_draw_normal_in(&r, 0.0, 1.0, -100.0, -99.999);
    CHECK(thin >= -100.0 && thin <= -99.999);
}

PROPERTY(multinomial_draws_add_up_and_follow_the_weights, 10)
{
    enum { BOXES = 12 };
    double w[BOXES], sum = 0.0, p[BOXES];
    uint64_t seen[BOXES + 1] = {0}, got[BOXES];
    for (size_t i = 0; i < BOXES; i++) {
        w[i] = epi_rng_chance(rng, 0.3) && i != 4 ? 0.0 : epi_rng_exp(rng, 5.0);
        sum += w[i];
    }
    for (size_t i = 0; i < BOXES; i++)
        p[i] = w[i] / sum;
    for (int k = 0; k < N / 100; k++) {
        uint64_t total = 0;
        epi_draw_multinomial(rng, 100, w, BOXES, got);
        for (size_t i = 0; i < BOXES; i++) {
            CHECK(w[i] > 0.0 || got[i] == 0);
            seen[i] += got[i];
            total += got[i];
        }
        CHECK_INT(total, 100);
    }
    CHECK(fits(seen, p, BOXES));
}
