// SPDX-License-Identifier: AGPL-3.0-or-later
#include "estimate/forecast.h"
#include "estimate/test_run.h"
#include "stats/stats.h"

/* Daily counts from Friday, 1 January 2021: y(i) of n days, as the command line would read them. */
typedef double count_fn(size_t i);

static epi_str days(struct epi_arena *a, size_t n, count_fn *y)
{
    EPI_BUF_LOCAL(b, 1 << 20);
    epi_buf_putz(&b, "date,cases\n");
    for (size_t i = 0; i < n; i++) {
        char day[16];
        epi_buf_printf(&b, "%s,%.0f\n",
                       epi_date_iso((epi_date){epi_date_ymd(2021, 1, 1).d + (int32_t)i}, day),
                       y(i));
    }
    return epi_str_dup(a, epi_buf_str(&b));
}

#define SI "si-mean", "5.2", "si-sd", "2.8"
static const char *const methods[] = {"renewal", "projection", "persistence"};

static epi_status run(struct epi_arena *a, const char *method, epi_str csv,
                      struct epi_estimate *ret, struct epi_findings *f)
{
    const char *text = epi_str_cz(a, csv);
    if (strcmp(method, "persistence") == 0)
        return test_run(a, "forecast", method, text, ret, f, NULL);
    return test_run(a, "forecast", method, text, ret, f, SI, NULL);
}

static double value(const struct epi_estimate *e, const char *name)
{
    const double *v = epi_frame_numbers(&e->values, name);
    return v ? v[0] : (double)NAN;
}

static double none(size_t i)
{
    return 0;
}

static double one(size_t i)
{
    return i == 50;
}

static double steady(size_t i)
{
    return 40 + (double)(i * 7 % 11);
}

static double many(size_t i)
{
    return 100 * steady(i);
}

static double weekly(size_t i) /* hardly anything on Sundays, twice as much on Mondays */
{
    size_t weekday = i % 7; /* 0 = Friday */
    return weekday == 2 ? 10 : weekday == 3 ? 190 : 100;
}

static double growing(size_t i)
{
    return rint(5 * exp(0.06 * (double)i));
}

static double falling(size_t i)
{
    return rint(5000 * exp(-0.05 * (double)i));
}

TEST(forecasts_of_nothing_and_of_one_case_are_small_and_say_so)
{
    USES_NO_RNG;
    for (size_t m = 0; m < EPI_COUNT(methods); m++) {
        EPI_ARENA_LOCAL(a);
        struct epi_estimate e;
        struct epi_findings f;
        CHECK_OK(run(a, methods[m], days(a, 60, none), &e, &f));
        CHECK_INT(e.rows.rows, 14);
        CHECK(test_cell(&e, "mean", 0) < 0.2);
        CHECK_INT(test_cell(&e, "median", 13), 0);
        CHECK(test_has(&e.notes, "estimate.all-zero"));
        CHECK_OK(run(a, methods[m], days(a, 60, one), &e, &f));
        CHECK(test_cell(&e, "q975", 6) <= 3);
        CHECK(test_has(&e.notes, "estimate.forecast-few"));
    }
}

TEST(a_forecast_begins_the_day_after_the_cut_off_and_its_quantiles_rise)
{
    USES_NO_RNG;
    for (size_t m = 0; m < EPI_COUNT(methods); m++) {
        EPI_ARENA_LOCAL(a);
        struct epi_estimate e;
        struct epi_findings f;
        static const char *const levels[] = {"q025", "q05", "q25", "median", "q75", "q95", "q975"};
        CHECK_OK(run(a, methods[m], days(a, 90, weekly), &e, &f));
        CHECK_INT(test_cell(&e, "date", 0), epi_date_ymd(2021, 4, 1).d);
        CHECK_INT(value(&e, "last_t"), 90);
        for (size_t i = 0; i < 14; i++)
            for (size_t k = 1; k < EPI_COUNT(levels); k++)
                CHECK(test_cell(&e, levels[k], i) >= test_cell(&e, levels[k - 1], i));
        CHECK_INT(value(&e, "scored"), 7 * 14 + 7);
    }
}

TEST(weekdays_come_back_in_the_forecast)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct epi_estimate e;
    struct epi_findings f;
    CHECK_OK(run(a, "renewal", days(a, 98, weekly), &e, &f)); /* ends on a Thursday */
    for (size_t week = 0; week < 2; week++) {
        CHECK(test_cell(&e, "median", 7 * week + 2) < 35);  /* Sunday */
        CHECK(test_cell(&e, "median", 7 * week + 3) > 150); /* Monday */
    }
    CHECK_OK(test_run(a, "forecast", "renewal", epi_str_cz(a, days(a, 98, weekly)), &e, &f, SI,
                      "weekday", "no", NULL));
    CHECK(test_cell(&e, "median", 2) > 50);
}

TEST(a_hundred_times_the_cases_give_a_hundred_times_the_forecast)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct epi_estimate few, lots;
    struct epi_findings f;
    CHECK_OK(run(a, "renewal", days(a, 120, steady), &few, &f));
    CHECK_OK(run(a, "renewal", days(a, 120, many), &lots, &f));
    for (size_t i = 0; i < 14; i++) {
        double ratio = test_cell(&lots, "median", i) / test_cell(&few, "median", i);
        CHECK(ratio > 85 && ratio < 115);
        double wide = test_cell(&few, "q975", i) - test_cell(&few, "q025", i),
               wider = test_cell(&lots, "q975", i) - test_cell(&lots, "q025", i);
        CHECK(wider < 100 * wide); /* chance counts for less */
    }
}

/* Both are damped: in real epidemics they seldom last. */
TEST(growth_goes_on_and_so_does_decline)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct epi_estimate e;
    struct epi_findings f;
    CHECK_OK(run(a, "renewal", days(a, 80, growing), &e, &f));
    CHECK(test_cell(&e, "median", 6) > 1.05 * growing(79));
    CHECK(test_cell(&e, "q975", 6) > growing(86));
    CHECK(value(&e, "r_q025") > 1);
    CHECK_OK(run(a, "renewal", days(a, 80, falling), &e, &f));
    CHECK(test_cell(&e, "median", 6) < 0.92 * falling(79));
    CHECK(test_cell(&e, "q025", 6) < falling(86));
    CHECK(value(&e, "r_q975") < 1);
}

TEST(the_same_seed_gives_the_same_forecast_and_what_comes_later_changes_nothing)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct epi_estimate once, cut, other;
    struct epi_findings f;
    CHECK_OK(run(a, "renewal", days(a, 70, growing), &once, &f));
    CHECK_OK(test_run(a, "forecast", "renewal", epi_str_cz(a, days(a, 80, growing)), &cut, &f, SI,
                      "to", "2021-03-11", NULL));
    CHECK_OK(test_run(a, "forecast", "renewal", epi_str_cz(a, days(a, 80, growing)), &other, &f, SI,
                      "incomplete", "10", "seed", "2", NULL));
    bool differs = false;
    for (size_t i = 0; i < 14; i++) {
        CHECK(test_cell(&once, "q975", i) == test_cell(&cut, "q975", i));
        CHECK(test_cell(&once, "date", i) == test_cell(&other, "date", i));
        differs = differs || test_cell(&once, "q975", i) != test_cell(&other, "q975", i);
    }
    CHECK(differs);
    CHECK(test_has(&other.notes, "estimate.forecast-incomplete"));
}

TEST(gaps_duplicates_and_cells_that_are_no_count_are_findings)
{
    USES_NO_RNG;
    static const struct {
        const char *csv, *code;
    } bad[] = {
        {"date,cases\n2021-01-01,3\n2021-01-03,3\n2021-01-04,1\n", "estimate.gap"},
        {"date,cases\n2021-01-01,3\n2021-01-01,3\n2021-01-02,1\n", "estimate.day-twice"},
        {"date,cases\n2021-01-01,3\n2021-01-02,\n2021-01-03,1\n", "estimate.cell-empty"},
        {"date,cases\n2021-01-01,3\n2021-01-02,NaN\n2021-01-03,1\n", "estimate.cell-no-number"},
        {"date,cases\n2021-01-01,3\n2021-01-02,-1\n2021-01-03,1\n", "estimate.cell-negative"},
    };
    for (size_t m = 0; m < EPI_COUNT(methods); m++)
        for (size_t i = 0; i < EPI_COUNT(bad); i++) {
            EPI_ARENA_LOCAL(a);
            struct epi_estimate e;
            struct epi_findings f;
            CHECK_INT(run(a, methods[m], epi_str_of(bad[i].csv), &e, &f), EPI_INVALID);
            CHECK(test_has(&f, bad[i].code));
        }
    EPI_ARENA_LOCAL(a);
    struct epi_estimate e;
    struct epi_findings f;
    CHECK_INT(test_run(a, "forecast", "renewal", "date,cases\n2021-01-01,3\n2021-01-02,4\n", &e, &f,
                       NULL),
              EPI_INVALID);
    CHECK(test_has(&f, "estimate.si-missing"));
    CHECK_OK(test_run(a, "forecast", "renewal", "date,cases\n2021-01-01,3\n", &e, &f, SI, NULL));
    CHECK(test_has(&e.notes, "estimate.forecast-unscored"));
}

/* A year of an epidemic whose log R wanders, seen through weekdays and negative binomial reports.
 */
static void simulate(uint64_t which, size_t n, double *y)
{
    struct epi_rng r = epi_rng_stream(11, "test.forecast", which, 0);
    double w[31], cases[400], weekday[7], log_r = 0.2, mean = 0;
    double size = which % 3 ? 5 : 30, level = which % 2 ? 40 : 800;
    epi_si_discretise(5.2, 2.8, 31, w);
    for (size_t k = 0; k < 7; k++)
        mean += (weekday[k] = exp(0.3 * epi_rng_normal(&r))) / 7;
    for (size_t t = 0; t < n; t++) {
        double l = t < 10 ? 10 : 0;
        for (size_t k = 1; k < 31 && k <= t; k++)
            l += w[k] * cases[t - k] * exp(log_r);
        cases[t] = (double)epi_draw_nbinom(&r, l + 0.2, (double)INFINITY);
        y[t] = (double)epi_draw_nbinom(&r, cases[t] * weekday[t % 7] / mean, size);
        log_r = 0.97 * log_r + 0.05 * epi_rng_normal(&r) - 0.01 * log((cases[t] + 1) / level);
    }
}

TEST(intervals_cover_what_they_say_on_simulated_epidemics)
{
    USES_NO_RNG;
    enum { EPIDEMICS = 20, DAYS = 200, AHEAD = 14 };
    double w[61], inside95 = 0, inside50 = 0, n = 0, ours = 0, same = 0;
    epi_si_discretise(5.2, 2.8, 61, w);
    for (uint64_t which = 0; which < EPIDEMICS; which++) {
        EPI_ARENA_LOCAL(a);
        double y[DAYS + AHEAD];
        simulate(which, DAYS + AHEAD, y);
        struct epi_forecast_setting s = {.horizon = AHEAD,
                                         .window = 7,
                                         .draws = 400,
                                         .w = w,
                                         .lags = 61,
                                         .period = 7,
                                         .step = 7,
                                         .past = 4,
                                         .seed = 3};
        struct epi_forecast fc;
        epi_forecast_make(a, y, NULL, DAYS, &s, &fc);
        for (size_t h = 0; h < AHEAD; h++) {
            const double *q = fc.quantile + h * EPI_SCORE_LEVELS;
            inside95 += y[DAYS + h] >= q[1] && y[DAYS + h] <= q[21];
            inside50 += y[DAYS + h] >= q[6] && y[DAYS + h] <= q[16];
            n++;
        }
        for (size_t h = 0; h < 7; h++) {
            double scale = fc.score[EPI_FORECAST_SCORED + h].wis + 0.5;
            ours += fc.score[h].wis / scale;
            same += fc.score[EPI_FORECAST_SCORED + h].wis / scale;
        }
    }
    CHECK(inside95 / n > 0.85);
    CHECK(inside50 / n > 0.35 && inside50 / n < 0.7);
    CHECK(ours < 0.9 * same); /* better than that nothing changes */
}

TEST(a_projection_without_chance_is_the_renewal_equation)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    const double w[] = {0, 0.5, 0.5}, cases[] = {3, 8, 4};
    double ret[3];
    epi_project_mean(a, cases, 3, 2, w, 3, 3, ret);
    CHECK(ret[0] == 12 && ret[1] == 16 && ret[2] == 28);
    struct epi_projection p = {
        .horizon = 3, .draws = 20000, .w = w, .lags = 3, .r_mean = 2, .seed = 1};
    double *draw = EPI_ARRAY(a, 3 * 20000, double), mean[3], q[3 * EPI_SCORE_LEVELS];
    epi_project(a, cases, 3, &p, draw);
    epi_forecast_summary(draw, 20000, 3, mean, q);
    CHECK_NEAR(mean[0], 12, 0.15);
    CHECK_NEAR(mean[2], 28, 0.6);
}

TEST(imported_cases_infect_but_are_not_counted_into_r)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct epi_estimate all, local;
    struct epi_findings f;
    EPI_BUF_LOCAL(b, 1 << 16);
    epi_buf_putz(&b, "t,cases,imported\n");
    for (int i = 1; i <= 60; i++)
        epi_buf_printf(&b, "%d,20,10\n", i);
    CHECK_OK(run(a, "renewal", epi_buf_str(&b), &local, &f));
    CHECK_NEAR(value(&local, "r_mean"), 0.5, 0.05);
    CHECK_NEAR(test_cell(&local, "mean", 6), 20, 4);
    EPI_BUF_LOCAL(c, 1 << 16);
    epi_buf_putz(&c, "t,cases\n");
    for (int i = 1; i <= 60; i++)
        epi_buf_printf(&c, "%d,20\n", i);
    CHECK_OK(run(a, "renewal", epi_buf_str(&c), &all, &f));
    CHECK_NEAR(value(&all, "r_mean"), 1, 0.05);
}
