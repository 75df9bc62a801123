// SPDX-License-Identifier: AGPL-3.0-or-later
/* The figure "scan" on tables, as the command line runs it. */
#include "estimate/test_run.h"

/* Six communes in a row; the third and fourth are hit in the last week. */
static const char *const weeks = "unit,lat,lon,date,cases,population\n"
                                 "a,21.0,105.0,2021-09-06,2,1000\n"
                                 "b,21.0,105.1,2021-09-06,2,1000\n"
                                 "c,21.0,105.2,2021-09-06,2,1000\n"
                                 "d,21.0,105.29,2021-09-06,2,1000\n"
                                 "e,21.0,105.4,2021-09-06,2,1000\n"
                                 "f,21.0,105.5,2021-09-06,2,1000\n"
                                 "a,21.0,105.0,2021-09-13,2,1000\n"
                                 "c,21.0,105.2,2021-09-20,12,1000\n"
                                 "d,21.0,105.29,2021-09-20,11,1000\n"
                                 "a,21.0,105.0,2021-09-27,1,1000\n";

static epi_str word(const struct epi_estimate *e, const char *column, size_t row)
{
    const struct epi_column *c = epi_frame_column(&e->rows, column);
    return c && c->words && row < e->rows.rows ? c->words[row] : EPI_NIL;
}

TEST(a_cluster_is_told_with_its_units_and_its_weeks)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct epi_estimate e;
    struct epi_findings f;
    CHECK_OK(test_run(a, "scan", "poisson", weeks, &e, &f, "analysis", "retrospective", NULL));
    CHECK_STR(word(&e, "units", 0), EPI_S("c;d"));
    CHECK_NEAR(test_cell(&e, "from", 0), (double)epi_date_ymd(2021, 9, 20).d, 0);
    CHECK_NEAR(test_cell(&e, "to", 0), (double)epi_date_ymd(2021, 9, 26).d, 0);
    CHECK_NEAR(test_cell(&e, "observed", 0), 23, 0);
    CHECK_NEAR(test_cell(&e, "expected", 0), 38.0 * 2 / 6 / 4, 1e-9);
    CHECK_NEAR(test_cell(&e, "population", 0), 2000, 0);
    CHECK(test_cell(&e, "p_value", 0) < 0.01);
    CHECK_NEAR(test_cell(&e, "radius", 0), 9.343, 0.01);
    CHECK(test_has(&e.notes, "estimate.scan.everywhere"));
    CHECK_INT(e.tables_n, 1);
    CHECK_INT((long long)(e.tables[0].rows >= 2), 1);
    /* it is over when the last week begins */
    CHECK_OK(test_run(a, "scan", "poisson", weeks, &e, &f, "analysis", "prospective", "max-length",
                      "1", NULL));
    CHECK(e.rows.rows == 0 || test_cell(&e, "p_value", 0) > 0.2);
    CHECK(test_has(&e.notes, "estimate.scan.none"));
    /* weeks joined in twos */
    CHECK_OK(test_run(a, "scan", "poisson", weeks, &e, &f, "analysis", "retrospective", "interval",
                      "14", NULL));
    CHECK_NEAR(test_cell(&e, "to", 0), (double)epi_date_ymd(2021, 10, 3).d, 0);
    CHECK_INT(test_run(a, "scan", "poisson", weeks, &e, &f, "analysis", "retrospective", "interval",
                       "10", NULL),
              EPI_INVALID);
    CHECK(test_has(&f, "estimate.scan.interval"));
}

TEST(the_permutation_needs_no_population_and_gives_no_relative_risk)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct epi_estimate e;
    struct epi_findings f;
    CHECK_OK(test_run(a, "scan", "permutation", weeks, &e, &f, "analysis", "retrospective", NULL));
    CHECK(e.rows.rows > 0 && isnan(test_cell(&e, "relative_risk", 0)));
    CHECK(!test_has(&e.notes, "estimate.scan.everywhere"));
}

TEST(units_without_a_place_or_people_are_left_out_and_counted)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct epi_estimate e;
    struct epi_findings f;
    CHECK_OK(test_run(a, "scan", "poisson",
                      "unit,x,y,cases,population\na,0,0,10,100\nb,1,0,10,100\nc,,,4,100\n"
                      "d,2,0,3,0\ne,3,0,1,\n",
                      &e, &f, NULL));
    CHECK(test_has(&e.notes, "estimate.scan.no-position"));
    CHECK(test_has(&e.notes, "estimate.scan.no-population"));
    const double *units = epi_frame_numbers(&e.values, "units"),
                 *cases = epi_frame_numbers(&e.values, "cases");
    CHECK(units && units[0] == 2 && cases && cases[0] == 20);
}

TEST(faulty_tables_of_a_scan_are_refused_with_their_rows)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct epi_estimate e;
    struct epi_findings f;
    CHECK_INT(test_run(a, "scan", "poisson",
                       "unit,x,y,cases,population\na,0,0,10,100\na,1,0,10,100\n", &e, &f, NULL),
              EPI_INVALID);
    CHECK(test_has(&f, "estimate.scan.differs") && f.list[0].row == 2);
    CHECK_INT(test_run(a, "scan", "poisson", "unit,x,y,cases\na,0,0,10\nb,1,0,10\n", &e, &f, NULL),
              EPI_INVALID);
    CHECK(test_has(&f, "estimate.column-missing"));
    CHECK_INT(
        test_run(a, "scan", "permutation", "unit,x,y,cases\na,0,0,10\nb,1,0,10\n", &e, &f, NULL),
        EPI_INVALID);
    CHECK_INT(test_run(a, "scan", "poisson",
                       "unit,x,y,cases,population\na,0,0,1.5,100\nb,1,0,-1,100\n", &e, &f, NULL),
              EPI_INVALID);
    CHECK(test_has(&f, "estimate.cell-fraction") && test_has(&f, "estimate.cell-negative"));
    CHECK_INT(test_run(a, "scan", "bernoulli", "unit,x,y,cases,controls\na,0,0,5,0\nb,1,0,7,0\n",
                       &e, &f, NULL),
              EPI_INVALID);
}

/* All cases in one place: nothing is left outside to compare with, and no number is infinite. */
TEST(all_cases_in_one_unit_give_a_cluster_without_a_relative_risk)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct epi_estimate e;
    struct epi_findings f;
    CHECK_OK(test_run(a, "scan", "poisson",
                      "unit,x,y,cases,population\na,0,0,30,100\nb,1,0,0,100\nc,2,0,0,100\n", &e, &f,
                      NULL));
    CHECK_NEAR(test_cell(&e, "llr", 0), 30 * log(3), 1e-9);
    CHECK(isnan(test_cell(&e, "relative_risk", 0)));
}
