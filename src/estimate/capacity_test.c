// SPDX-License-Identifier: AGPL-3.0-or-later
/* Durations and the beds made from them. */
#include "base/test.h"
#include "estimate/estimate.h"
#include "stats/stats.h"

static const double shares[] = {0.1, 0.2, 0.3, 0.4};
static const struct epi_duration all[] = {
    {.kind = EPI_DURATION_GAMMA, .p1 = 2.1, .p2 = 4.3},
    {.kind = EPI_DURATION_GAMMA, .p1 = 0.7, .p2 = 9},
    {.kind = EPI_DURATION_WEIBULL, .p1 = 1.6, .p2 = 8},
    {.kind = EPI_DURATION_LNORM, .p1 = 1.9, .p2 = 0.6},
    {.kind = EPI_DURATION_EXP, .p1 = 5},
    {.kind = EPI_DURATION_FIXED, .p1 = 6},
    {.kind = EPI_DURATION_TABLE, .share = shares, .n = 4},
};

struct above {
    const struct epi_duration *d;
};
static double survival(double x, void *ctx)
{
    const struct above *a = ctx;
    return epi_duration_sf(a->d, x);
}

TEST(the_residual_life_is_the_integral_of_the_survival)
{
    for (size_t i = 0; i < 5; i++) {
        struct above ctx = {&all[i]};
        double mean = epi_duration_mean(&all[i]);
        for (double x = 0; x < 30; x += 4.5) {
            double rest = epi_integral(survival, &ctx, x, x + 100, 1e-10) +
                          epi_integral(survival, &ctx, x + 100, x + 2000, 1e-8);
            CHECK_NEAR(epi_duration_residual(&all[i], x), rest / mean, 1e-7);
        }
    }
}

TEST(every_duration_starts_whole_and_ends)
{
    for (size_t i = 0; i < EPI_COUNT(all); i++) {
        CHECK(epi_duration_sound(&all[i]));
        CHECK_NEAR(epi_duration_residual(&all[i], 0), 1, 1e-12);
        CHECK(epi_duration_residual(&all[i], 3000) < 1e-6);
        double last = epi_duration_sf(&all[i], 0);
        CHECK_NEAR(last, i == 6 ? 0.9 : 1, 1e-12);
        for (double x = 1; x < 60; x++) {
            double s = epi_duration_sf(&all[i], x);
            CHECK(s <= last && s >= 0);
            last = s;
        }
    }
    CHECK_NEAR(epi_duration_mean(&all[6]), 0.2 + 0.6 + 1.2, 1e-15);
}

TEST(mean_and_sd_name_a_duration)
{
    struct epi_duration d;
    CHECK(epi_duration_by_moments(EPI_DURATION_GAMMA, 8, 4, &d));
    CHECK_NEAR(d.p1 * d.p2, 8, 1e-12);
    CHECK_NEAR(d.p1 * d.p2 * d.p2, 16, 1e-12);
    CHECK(epi_duration_by_moments(EPI_DURATION_LNORM, 8, 4, &d));
    CHECK_NEAR(epi_duration_mean(&d), 8, 1e-12);
    CHECK(!epi_duration_by_moments(EPI_DURATION_WEIBULL, 8, 4, &d));
    CHECK(!epi_duration_by_moments(EPI_DURATION_EXP, -1, 0, &d));
    static const double none[] = {0, 0}, odd[] = {0.5, -0.1};
    CHECK(!epi_duration_sound(&(struct epi_duration){EPI_DURATION_TABLE, 0, 0, none, 2}));
    CHECK(!epi_duration_sound(&(struct epi_duration){EPI_DURATION_TABLE, 0, 0, odd, 2}));
}

TEST(beds_by_hand)
{
    EPI_ARENA_LOCAL(a);
    static const double in[] = {10, 0, 5, 0, 0, 0};
    static const double want[] = {10, 10, 15, 5, 5, 0};
    struct epi_duration three = {.kind = EPI_DURATION_FIXED, .p1 = 3};
    double got[6], left[6];
    epi_capacity_occupancy(a, in, 6, 1, &three, got);
    for (int i = 0; i < 6; i++)
        CHECK_NEAR(got[i], want[i], 1e-15);
    epi_capacity_initial(9, &three, 6, left); /* a third leaves every day */
    CHECK_NEAR(left[0], 6, 1e-12);
    CHECK_NEAR(left[1], 3, 1e-12);
    CHECK_NEAR(left[2], 0, 1e-12);
}

PROPERTY(steady_admissions_fill_beds_to_rate_times_stay, 20)
{
    EPI_ARENA_LOCAL(a);
    enum { N = 800 };
    const struct epi_duration *d = &all[epi_rng_below(rng, EPI_COUNT(all))];
    double in[N], got[N], twice[N], rate = 1 + 50 * epi_rng_unit(rng), sum = 0;
    for (int i = 0; i < N; i++)
        in[i] = rate;
    epi_capacity_occupancy(a, in, N, 0.5, d, got);
    for (int i = 0; i < N; i++)
        sum += epi_duration_sf(d, i);
    CHECK_NEAR(got[N - 1], 0.5 * rate * sum, 1e-9 * got[N - 1]);
    for (int i = 0; i < N; i++)
        in[i] *= 2;
    epi_capacity_occupancy(a, in, N, 0.5, d, twice);
    for (int i = 0; i < N; i++)
        CHECK_NEAR(twice[i], 2 * got[i], 1e-9 * twice[i]);
}

TEST(the_expected_occupancy_is_the_mean_of_simulated_waves)
{
    EPI_ARENA_LOCAL(a);
    enum { N = 25, RUNS = 2000 };
    double in[N], got[N], sum = 0, square = 0;
    for (int i = 0; i < N; i++)
        in[i] = 2 + i * 0.2;
    epi_capacity_occupancy(a, in, N, 1, &all[0], got);
    for (uint64_t run = 0; run < RUNS; run++) {
        struct epi_rng r = epi_rng_stream(7, "test.beds", run, 0);
        double there = 0;
        for (int s = 0; s < N; s++) {
            uint64_t n = epi_rng_poisson(&r, in[s]);
            for (uint64_t k = 0; k < n; k++)
                there += epi_rng_gamma(&r, all[0].p1, all[0].p2) > N - 1 - s;
        }
        sum += there, square += there * there;
    }
    double mean = sum / RUNS, sd = sqrt(square / RUNS - mean * mean);
    CHECK_NEAR(mean, got[N - 1], 4 * sd / sqrt(RUNS));
    CHECK_NEAR(sd, sqrt(got[N - 1]), 0.08 * sd); /* Poisson */
}
