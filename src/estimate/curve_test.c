// SPDX-License-Identifier: AGPL-3.0-or-later
/* The epidemic curve: sums and running means of days and of weeks. */
#include "estimate/test_run.h"
#include <math.h>

TEST(the_running_mean_waits_for_a_whole_week)
{
    struct epi_arena *a = epi_arena_new(0);
    struct epi_estimate e;
    struct epi_findings f;
    CHECK_OK(test_run(a, "curve", "counts",
                      "date,cases\n2021-11-01,7\n2021-11-02,0\n2021-11-03,0\n2021-11-04,0\n"
                      "2021-11-05,0\n2021-11-06,0\n2021-11-07,7\n2021-11-08,14\n",
                      &e, &f, NULL));
    CHECK(isnan(test_cell(&e, "mean7", 5)));
    CHECK_NEAR(test_cell(&e, "mean7", 6), 2, 1e-12);
    CHECK_NEAR(test_cell(&e, "mean7", 7), 3, 1e-12);
    CHECK_NEAR(test_cell(&e, "cumulative", 7), 28, 0);
    CHECK_NEAR(epi_frame_numbers(&e.values, "last7")[0], 21, 0);
    CHECK(isnan(epi_frame_numbers(&e.values, "previous7")[0]));
    CHECK_NEAR(epi_frame_numbers(&e.values, "peak_t")[0], 8, 0);
    epi_arena_free(a);
}

TEST(a_week_is_its_own_mean_and_an_empty_curve_says_so)
{
    struct epi_arena *a = epi_arena_new(0);
    struct epi_estimate e;
    struct epi_findings f;
    CHECK_OK(
        test_run(a, "curve", "counts", "date,cases\n2021-11-01,14\n2021-11-08,21\n", &e, &f, NULL));
    CHECK_NEAR(test_cell(&e, "mean7", 1), 3, 1e-12);
    CHECK_NEAR(epi_frame_numbers(&e.values, "previous7")[0], 14, 0);
    CHECK_OK(
        test_run(a, "curve", "counts", "date,cases\n2021-11-01,0\n2021-11-02,0\n", &e, &f, NULL));
    CHECK(test_has(&e.notes, "estimate.all-zero"));
    epi_arena_free(a);
}
