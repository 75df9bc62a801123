// SPDX-License-Identifier: AGPL-3.0-or-later
#include "estimate/capacity.h"
#include "estimate/forecast.h"
#include "estimate/forecast_care.h"
#include "estimate/test_run.h"
#include "stats/stats.h"

static struct epi_forecast_care plain_care(void)
{
    return (struct epi_forecast_care){.share = 0.2,
                                      .part = {0.9, 0.1},
                                      .stay = {{.kind = EPI_DURATION_GAMMA, .p1 = 2, .p2 = 4},
                                               {.kind = EPI_DURATION_EXP, .p1 = 12}},
                                      .initial = {(double)NAN, (double)NAN}};
}

TEST(certain_cases_fill_beds_as_the_queue_says)
{
    USES_NO_RNG;
    enum { N = 60, AHEAD = 10, DRAWS = 4000 };
    EPI_ARENA_LOCAL(a);
    double cases[N + AHEAD], admissions[N + AHEAD], want[N + AHEAD];
    double *path = EPI_ARRAY(a, AHEAD * DRAWS, double);
    struct epi_forecast_care c = plain_care();
    struct epi_forecast_beds got;
    for (size_t t = 0; t < N + AHEAD; t++) {
        cases[t] = 100 + 3 * (double)t;
        admissions[t] = c.share * cases[t];
    }
    for (size_t h = 0; h < AHEAD; h++)
        for (size_t j = 0; j < DRAWS; j++)
            path[h * DRAWS + j] = cases[N + h];
    epi_forecast_occupancy(a, cases, N, path, AHEAD, DRAWS, &c, 1, &got);
    for (int k = 0; k < EPI_CARE_KINDS; k++) {
        epi_capacity_occupancy(a, admissions, N + AHEAD, c.part[k], &c.stay[k], want);
        for (size_t h = 0; h < AHEAD; h++) {
            const double *v = got.beds[k] + h * DRAWS;
            CHECK_NEAR(epi_mean(v, DRAWS), want[N + h], 5 * sqrt(want[N + h] / DRAWS));
            CHECK_NEAR(epi_variance(v, DRAWS) / want[N + h], 1, 0.15); /* Poisson */
        }
    }
}

TEST(those_counted_at_the_start_leave_by_their_residual_stay)
{
    USES_NO_RNG;
    enum { AHEAD = 8, DRAWS = 4000 };
    EPI_ARENA_LOCAL(a);
    const double cases[3] = {0, 0, 0};
    double *path = EPI_ARRAY(a, AHEAD * DRAWS, double);
    struct epi_forecast_care c = plain_care();
    struct epi_forecast_beds got;
    c.initial[EPI_CARE_WARD] = 200;
    epi_forecast_occupancy(a, cases, 3, path, AHEAD, DRAWS, &c, 1, &got);
    for (size_t h = 0; h < AHEAD; h++) {
        double stay = epi_duration_residual(&c.stay[0], (double)h + 1);
        CHECK_NEAR(epi_mean(got.beds[0] + h * DRAWS, DRAWS), 200 * stay, 1);
        CHECK_INT(epi_mean(got.beds[1] + h * DRAWS, DRAWS), 0);
    }
}

TEST(admissions_wait_for_their_delay)
{
    USES_NO_RNG;
    enum { AHEAD = 6, DRAWS = 500 };
    EPI_ARENA_LOCAL(a);
    const double cases[4] = {0, 0, 0, 1000};
    double *path = EPI_ARRAY(a, AHEAD * DRAWS, double);
    struct epi_forecast_care c = plain_care();
    struct epi_duration delay = {.kind = EPI_DURATION_FIXED, .p1 = 3};
    struct epi_forecast_beds got;
    c.delay = &delay;
    epi_forecast_occupancy(a, cases, 4, path, AHEAD, DRAWS, &c, 1, &got);
    for (size_t h = 0; h < AHEAD; h++) /* day 4 + 3 is the third ahead */
        CHECK_NEAR(epi_mean(got.admissions + h * DRAWS, DRAWS), h == 2 ? 200 : 0, 3);
}

TEST(too_few_beds_are_told_with_their_chance)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct epi_estimate e;
    struct epi_findings f;
    EPI_BUF_LOCAL(b, 1 << 16);
    epi_buf_putz(&b, "t,cases\n");
    for (int i = 1; i <= 80; i++)
        epi_buf_printf(&b, "%d,%d\n", i, 95 + i * 7 % 11);
    const char *csv = epi_str_cz(a, epi_buf_str(&b));
    CHECK_OK(test_run(a, "forecast", "capacity", csv, &e, &f, "si-mean", "5.2", "si-sd", "2.8",
                      "admitted", "0.2", "ward-stay", "exponential", "ward-stay-mean", "10",
                      "ward-beds", "150", "oxygen-ward", "5", NULL));
    CHECK(test_cell(&e, "ward_over_p", 0) > 0.9); /* some 200 are in care */
    CHECK(test_has(&e.notes, "estimate.forecast-ward-over"));
    CHECK_NEAR(test_cell(&e, "oxygen_per_day", 0), 7.2 * test_cell(&e, "ward", 0), 1e-6);
    CHECK(test_cell(&e, "ward_q025", 13) < test_cell(&e, "ward_q975", 13));
    CHECK_INT(test_run(a, "forecast", "capacity", csv, &e, &f, "si-mean", "5.2", "si-sd", "2.8",
                       "admitted", "0.2", NULL),
              EPI_INVALID);
    CHECK(test_has(&f, "estimate.option-missing"));
}
