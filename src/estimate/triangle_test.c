// SPDX-License-Identifier: AGPL-3.0-or-later
#include "estimate/estimate_internal.h"
#include "test_run.h"

static const struct epi_triangle_options standard = {.now = {INT32_MIN}, .max_delay = SIZE_MAX};

static epi_status read(struct epi_arena *a, const char *csv, const struct epi_triangle_options *o,
                       struct epi_triangle *ret, struct epi_findings *findings)
{
    struct epi_frame f;
    epi_findings_init(findings, a, 100);
    EPI_TRY(epi_frame_read(a, epi_str_of(csv), &f, findings, NULL));
    return epi_triangle_read(a, &f, o, ret, findings, NULL);
}
static double cell(const struct epi_triangle *g, size_t t, size_t d)
{
    return g->count[t * g->delays + d];
}

#define TRIANGLE \
    "date,d0,d1,d2\n2021-11-03,4,,\n2021-11-01,1,2,3\n2021-11-02,5,6,0\n2021-10-31,7,0,1\n"

TEST(a_table_of_counts_becomes_a_triangle_in_order_of_time)
{
    EPI_ARENA_LOCAL(a);
    struct epi_triangle g;
    struct epi_findings f;
    CHECK_OK(read(a, TRIANGLE, &standard, &g, &f));
    CHECK_INT(g.n, 4);
    CHECK_INT(g.delays, 3);
    CHECK_INT(g.step, 1);
    CHECK_INT(g.start.d, epi_date_ymd(2021, 10, 31).d);
    CHECK_NEAR(cell(&g, 0, 0), 7, 0);
    CHECK_NEAR(cell(&g, 1, 2), 3, 0);
    CHECK(isnan(cell(&g, 2, 2)) && isnan(cell(&g, 3, 1)));
    CHECK_INT(epi_triangle_known(&g, 0), 3);
    CHECK_INT(epi_triangle_known(&g, 3), 1);
}

TEST(an_earlier_now_hides_what_was_not_known_then)
{
    EPI_ARENA_LOCAL(a);
    struct epi_triangle g;
    struct epi_findings f;
    struct epi_triangle_options o = standard;
    o.now = epi_date_ymd(2021, 11, 1);
    CHECK_OK(read(a, TRIANGLE, &o, &g, &f));
    CHECK_INT(g.n, 2);
    CHECK_NEAR(cell(&g, 0, 1), 0, 0);
    CHECK(isnan(cell(&g, 0, 2)) && isnan(cell(&g, 1, 1)));
    o.now = epi_date_ymd(2021, 11, 5);
    CHECK_OK(read(a, TRIANGLE, &o, &g, &f));
    CHECK_INT(g.n, 6);
    CHECK(test_has(&f, "estimate.triangle-rows-added"));
    o.now = epi_date_ymd(2021, 10, 1);
    CHECK(read(a, TRIANGLE, &o, &g, &f) == EPI_INVALID);
}

TEST(longer_delays_go_to_the_last_column_or_away)
{
    EPI_ARENA_LOCAL(a);
    struct epi_triangle g;
    struct epi_findings f;
    struct epi_triangle_options o = standard;
    o.max_delay = 1;
    CHECK_OK(read(a, TRIANGLE, &o, &g, &f));
    CHECK_INT(g.delays, 2);
    CHECK_NEAR(cell(&g, 0, 1), 1, 0);
    CHECK_NEAR(cell(&g, 1, 1), 5, 0);
    CHECK_INT(g.late, 4);
    o.drop_late = true;
    CHECK_OK(read(a, TRIANGLE, &o, &g, &f));
    CHECK_NEAR(cell(&g, 1, 1), 2, 0);
    o = standard;
    o.window = 2;
    CHECK_OK(read(a, TRIANGLE, &o, &g, &f));
    CHECK_INT(g.n, 2);
    CHECK_NEAR(cell(&g, 0, 1), 6, 0);
    CHECK_NEAR(g.t0, 3, 0);
}

TEST(faults_of_a_triangle_are_all_told)
{
    EPI_ARENA_LOCAL(a);
    struct epi_triangle g;
    static const struct {
        const char *csv, *code, *why;
    } faults[] = {
        {"date,d0,d1\n2021-11-01,1,2\n2021-11-01,3,\n", "estimate.day-twice", "same day"},
        {"date,d0,d1\n2021-11-01,1,2\n2021-11-02,1,0\n2021-11-04,3,\n", "estimate.gap", "hole"},
        {"date,d0,d1\n2021-11-01,1,2\n2021-11-04,3,\n", "estimate.step", "three days"},
        {"date,d0,d1\n2021-11-01,-1,2\n2021-11-02,3,\n", "estimate.cell-negative", "negative"},
        {"date,d0,d1\n2021-11-01,1.5,2\n2021-11-02,3,\n", "estimate.cell-fraction", "fraction"},
        {"date,d0,d1\n2021-11-01,,2\n2021-11-02,3,\n", "estimate.cell-empty", "known but empty"},
        {"date,d0,d1\n2021-11-01,1,2\n2021-11-02,3,4\n", "estimate.triangle-future", "unknowable"},
        {"date,d0,d1\n2021-11-01,1,inf\n2021-11-02,3,\n", "estimate.cell-no-number", "infinite"},
        {"date,cases\n2021-11-01,1\n2021-11-02,3\n", "estimate.column-missing", "no delays"},
        {"d0,d1\n1,2\n3,\n", "estimate.column-missing", "no time"},
        {"t,d0,d1\n1,1,2\n3,3,\n", "estimate.step", "t leaves out a step"},
    };
    for (size_t i = 0; i < EPI_COUNT(faults); i++) {
        struct epi_findings f;
        CHECK(read(a, faults[i].csv, &standard, &g, &f) == EPI_INVALID);
        CHECK(test_has(&f, faults[i].code));
    }
}

TEST(a_line_list_becomes_a_triangle)
{
    EPI_ARENA_LOCAL(a);
    struct epi_triangle g;
    struct epi_findings f;
    struct epi_triangle_options o = standard;
    epi_findings_init(&f, a, 100);
    const double none = (double)NAN;
    const double onset[] = {100, 100, 101, 102, 103, 104, none, 102, 103};
    const double report[] = {101, 103, 101, 104, 102, none, 103, 106, 103};
    o.now.d = 103;
    CHECK_OK(epi_triangle_of_dates(a, onset, report, 9, &o, &g, &f, NULL));
    CHECK_INT(g.n, 4); /* 100 .. 103 */
    CHECK_INT(g.start.d, 100);
    CHECK_INT(g.delays, 4);
    CHECK_NEAR(cell(&g, 0, 1), 1, 0);
    CHECK_NEAR(cell(&g, 0, 3), 1, 0);
    CHECK_NEAR(cell(&g, 1, 0), 1, 0);
    CHECK_NEAR(cell(&g, 2, 0), 0, 0); /* both of day 102 come later than now */
    CHECK_NEAR(cell(&g, 3, 0), 1, 0);
    CHECK(test_has(&f, "estimate.report-before-onset"));
    CHECK(test_has(&f, "estimate.onset-after-now"));
    CHECK(test_has(&f, "estimate.onset-unknown"));
    CHECK(test_has(&f, "estimate.not-reported-yet"));
}

TEST(weeks_end_on_the_day_of_now)
{
    EPI_ARENA_LOCAL(a);
    struct epi_triangle g;
    struct epi_findings f;
    struct epi_triangle_options o = standard;
    epi_findings_init(&f, a, 100);
    const double onset[] = {100, 106, 107, 113}, report[] = {106, 107, 107, 113};
    o.now.d = 113; /* weeks 100 .. 106 and 107 .. 113 */
    o.step = 7;
    CHECK_OK(epi_triangle_of_dates(a, onset, report, 4, &o, &g, &f, NULL));
    CHECK_INT(g.n, 2);
    CHECK_INT(g.step, 7);
    CHECK_NEAR(cell(&g, 0, 0), 1, 0);
    CHECK_NEAR(cell(&g, 0, 1), 1, 0);
    CHECK_NEAR(cell(&g, 1, 0), 2, 0);
}

/* A list counted into a table gives the triangle of the list. */
PROPERTY(list_and_table_agree, 20)
{
    EPI_ARENA_LOCAL(a);
    enum { N = 300, DAYS = 12, DELAYS = 5 };
    double onset[N], report[N], table[DAYS * DELAYS] = {0};
    for (size_t i = 0; i < N; i++) {
        onset[i] = (double)epi_rng_below(rng, DAYS) + 1000;
        report[i] = onset[i] + (double)epi_rng_below(rng, DELAYS);
        table[((size_t)onset[i] - 1000) * DELAYS + (size_t)(report[i] - onset[i])]++;
    }
    struct epi_triangle g;
    struct epi_triangle_options o = standard;
    o.now.d = 1000 + DAYS - 1;
    o.max_delay = DELAYS - 1;
    CHECK_OK(epi_triangle_of_dates(a, onset, report, N, &o, &g, NULL, NULL));
    size_t skip = DAYS - g.n;
    for (size_t t = 0; t < g.n; t++)
        for (size_t d = 0; d < epi_triangle_known(&g, t); d++)
            CHECK_NEAR(cell(&g, t, d), table[(t + skip) * DELAYS + d], 0);
}
