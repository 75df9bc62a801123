// SPDX-License-Identifier: AGPL-3.0-or-later
/* The gauge of speed: medians with open delays, the rule, and the method around them. */
#include "estimate/speed.h"
#include "estimate/test_run.h"
#include <math.h>

#define DONE(d) \
    { \
        d, false \
    }
#define OPEN(d) \
    { \
        d, true \
    }

TEST(the_median_of_delays_that_are_all_over_is_the_plain_one)
{
    struct epi_speed_delay d[] = {DONE(4), DONE(1), DONE(2), DONE(9), DONE(2)};
    CHECK_NEAR(epi_speed_quantile(d, 5, 0.5), 2, 0);
    CHECK_NEAR(epi_speed_quantile(d, 5, 0.25), 2, 0);
    CHECK_NEAR(epi_speed_quantile(d, 5, 0.75), 4, 0);
    CHECK(isnan(epi_speed_quantile(d, 0, 0.5)));
}

/* Remission of 21 patients on 6-MP (Freireich et al. 1963, Blood 21:699): the product-limit median
 * is 23 weeks, the lower quartile 13, and the upper one is not reached. */
TEST(open_delays_count_as_long_as_they_were_seen)
{
    struct epi_speed_delay d[] = {DONE(6),  DONE(6),  DONE(6),  OPEN(6),  DONE(7),  OPEN(9),
                                  DONE(10), OPEN(10), OPEN(11), DONE(13), DONE(16), OPEN(17),
                                  OPEN(19), OPEN(20), DONE(22), DONE(23), OPEN(25), OPEN(32),
                                  OPEN(32), OPEN(34), OPEN(35)};
    CHECK_NEAR(epi_speed_quantile(d, 21, 0.5), 23, 0);
    CHECK_NEAR(epi_speed_quantile(d, 21, 0.25), 13, 0);
    CHECK(isnan(epi_speed_quantile(d, 21, 0.75)));
}

static enum epi_speed_verdict judge(double a, double b, double c, double r, double lo, double hi)
{
    const struct epi_speed_median m[EPI_SPEED_PARTS] = {{9, a, 0}, {9, b, 0}, {9, c, 0}};
    return epi_speed_judge(m, (struct epi_speed_growth){r, lo, hi}).verdict;
}

TEST(the_response_is_ahead_only_of_the_fastest_growth_the_counts_allow)
{
    double r = log(2) / 8, hi = log(2) / 6; /* doubling in 8 days, perhaps in 6 */
    CHECK_INT(judge(2, 1, 2, r, 0, hi), EPI_SPEED_AHEAD);
    CHECK_INT(judge(3, 1, 2, r, 0, hi), EPI_SPEED_UNSURE); /* just 6 */
    CHECK_INT(judge(3, 1, 3.9, r, 0, hi), EPI_SPEED_UNSURE);
    CHECK_INT(judge(3, 1.5, 4, r, 0, hi), EPI_SPEED_BEHIND);
    CHECK_INT(judge(9, 9, 9, -0.1, -0.2, -0.01), EPI_SPEED_FALLING);
    CHECK_INT(judge(9, 9, 9, -0.1, -0.2, 0.05), EPI_SPEED_UNSURE);
    CHECK_INT(judge(1, 1, 1, (double)NAN, (double)NAN, (double)NAN), EPI_SPEED_UNKNOWN);
}

TEST(a_part_that_is_not_known_never_makes_the_response_look_faster)
{
    const double nan = (double)NAN, r = log(2) / 5;
    const struct epi_speed_median open[EPI_SPEED_PARTS] = {{9, nan, 6}, {9, 1, 0}, {0, nan, 0}},
                                  gap[EPI_SPEED_PARTS] = {{9, 1, 0}, {9, 1, 0}, {0, nan, 0}};
    struct epi_speed s = epi_speed_judge(open, (struct epi_speed_growth){r, 0, 2 * r});
    CHECK_INT(s.verdict, EPI_SPEED_BEHIND); /* 7 days at least, against 5 */
    CHECK_NEAR(s.sum, 7, 1e-12);
    CHECK(!s.whole);
    CHECK_NEAR(s.times, pow(2, 7.0 / 5), 1e-12);
    CHECK_INT(epi_speed_judge(gap, (struct epi_speed_growth){r, 0, r}).verdict, EPI_SPEED_UNKNOWN);
}

TEST(the_gauge_runs_once_per_unit_and_says_what_is_missing)
{
    struct epi_arena *a = epi_arena_new(0);
    struct epi_estimate e;
    struct epi_findings f;
    CHECK_OK(test_run(a, "speed", "gauge",
                      "unit,part,days,open,r,r_lo,r_hi\n"
                      "a,isolation,1,0,0.1,0.05,0.15\na,isolation,3,0,0.1,0.05,0.15\n"
                      "a,result,1,0,0.1,0.05,0.15\na,contacts,1,0,0.1,0.05,0.15\n"
                      "b,isolation,20,1,0.1,0.05,0.15\n",
                      &e, &f, NULL));
    CHECK_INT(e.rows.rows, 6);
    CHECK_NEAR(test_cell(&e, "median", 0), 1, 0);
    CHECK(isnan(test_cell(&e, "median", 3)));
    CHECK_NEAR(test_cell(&e, "at_least", 3), 20, 0);
    const struct epi_column *v = epi_frame_column(&e.values, "verdict");
    CHECK(v && epi_str_eqz(v->words[0], "ahead") && epi_str_eqz(v->words[1], "behind"));
    CHECK(test_has(&e.notes, "estimate.speed-few") && test_has(&e.notes, "estimate.speed-missing"));
    CHECK_INT(test_run(a, "speed", "gauge", "part,days\nwaiting,2\n", &e, &f, NULL), EPI_INVALID);
    CHECK(test_has(&f, "estimate.speed-part"));
    CHECK_INT(test_run(a, "speed", "gauge", "part,days\nresult,-2\n", &e, &f, NULL), EPI_INVALID);
    epi_arena_free(a);
}
