// SPDX-License-Identifier: AGPL-3.0-or-later
#include "base/test.h"
#include "estimate/estimate.h"

struct read {
    struct epi_frame f;
    struct epi_findings findings;
    epi_status status;
    struct epi_err err;
};

static struct read read_csv(struct epi_arena *a, const char *text)
{
    struct read r = {.status = EPI_OK};
    epi_findings_init(&r.findings, a, 100);
    r.status = epi_frame_read(a, epi_str_of(text), &r.f, &r.findings, &r.err);
    return r;
}

TEST(columns_take_the_sharpest_type_all_their_cells_have)
{
    EPI_ARENA_LOCAL(a);
    struct read r =
        read_csv(a, "\xEF\xBB\xBF"
                    "n,d,e,w,x\n1,2021-11-17,17/11/2021,a,1\n-2.5e1,NA,,b,0x1F\n,,,,2\n");
    CHECK_OK(r.status);
    CHECK_INT(r.f.rows, 3);
    static const enum epi_column_type types[] = {EPI_COL_NUMBER, EPI_COL_DATE, EPI_COL_DATE,
                                                 EPI_COL_WORD, EPI_COL_WORD};
    for (size_t k = 0; k < 5; k++)
        CHECK_INT(r.f.columns[k].type, types[k]);
    CHECK_NEAR(r.f.columns[0].v[1], -25, 0);
    CHECK(isnan(r.f.columns[0].v[2]) && isnan(r.f.columns[1].v[1]));
    CHECK(r.f.columns[1].v[0] == r.f.columns[2].v[0]);
    CHECK_STR(r.f.columns[0].words[1], EPI_S("-2.5e1"));
}

TEST(a_table_that_is_no_table_is_refused_with_all_its_faults)
{
    EPI_ARENA_LOCAL(a);
    CHECK_INT(read_csv(a, "").status, EPI_INVALID);
    CHECK_INT(read_csv(a, "t,cases\n\n").status, EPI_INVALID);
    struct read r = read_csv(a, "t,t,\n1,2,3\n1,2\n1,2,3,4\n");
    CHECK_INT(r.status, EPI_INVALID);
    CHECK_INT(r.findings.counts[EPI_ERROR], 4);
    CHECK_INT(r.findings.list[2].row, 2);
    CHECK_INT(read_csv(a, "t,c\n1,\"2\n").status, EPI_INVALID);
}

TEST(every_cell_that_is_no_number_is_named)
{
    EPI_ARENA_LOCAL(a);
    struct read r = read_csv(a, "c\n1\ninf\nnan\n\nx\n-3\n2.5\n1e999\n");
    CHECK_OK(r.status);
    struct read e = read_csv(a, "k,c\n1,-1\n2,\n3,2.5\n4,9\n");
    CHECK(epi_frame_need(&r.f, "c", 0, 10, 0, &r.findings) == NULL);
    CHECK_INT(r.findings.counts[EPI_ERROR], 5);
    CHECK_STR(epi_str_of(r.findings.list[0].code), EPI_S("estimate.cell-no-number"));
    CHECK_STR(r.findings.list[0].arg1, EPI_S("inf"));
    CHECK_STR(epi_str_of(r.findings.list[3].code), EPI_S("estimate.cell-negative"));
    CHECK(epi_frame_need(&e.f, "c", 0, 5, EPI_NEED_WHOLE | EPI_NEED_MAY_EMPTY, &e.findings) ==
          NULL);
    CHECK_INT(e.findings.counts[EPI_ERROR], 3);
    CHECK_STR(epi_str_of(e.findings.list[0].code), EPI_S("estimate.cell-negative"));
    CHECK_STR(epi_str_of(e.findings.list[1].code), EPI_S("estimate.cell-fraction"));
    CHECK_STR(epi_str_of(e.findings.list[2].code), EPI_S("estimate.cell-outside"));
    CHECK(epi_frame_need(&e.f, "nothing", 0, 1, 0, &e.findings) == NULL);
    CHECK_STR(epi_str_of(e.findings.list[3].code), EPI_S("estimate.column-missing"));
}

TEST(a_frame_written_as_csv_reads_back)
{
    EPI_ARENA_LOCAL(a);
    EPI_BUF_LOCAL(b, 1000);
    EPI_BUF_LOCAL(again, 1000);
    struct epi_frame f;
    epi_frame_init(&f, 2);
    epi_frame_add(a, &f, "x")[0] = 0.1;
    epi_frame_add_date(a, &f, "day")[1] = epi_date_ymd(2021, 11, 17).d;
    epi_frame_add_word(a, &f, "name")[1] = EPI_S("xã \"A\", B");
    epi_frame_csv(&b, &f);
    CHECK_STR(epi_buf_str(&b), EPI_S("x,day,name\n0.1,,\n,2021-11-17,\"xã \"\"A\"\", B\"\n"));
    CHECK_OK(epi_frame_read(a, epi_buf_str(&b), &f, NULL, NULL));
    epi_frame_csv(&again, &f);
    CHECK_STR(epi_buf_str(&again), epi_buf_str(&b));
}

static epi_status series(struct epi_arena *a, const char *text, unsigned flags,
                         struct epi_series *ret, struct epi_findings *findings)
{
    struct epi_frame f;
    struct epi_err err;
    epi_findings_init(findings, a, 100);
    epi_status s = epi_frame_read(a, epi_str_of(text), &f, findings, &err);
    return s == EPI_OK ? epi_series_read(a, &f, flags, ret, findings, &err) : s;
}

TEST(a_series_is_put_in_the_order_of_time)
{
    EPI_ARENA_LOCAL(a);
    struct epi_series s;
    struct epi_findings f;
    CHECK_OK(series(a, "date,cases\n03/01/2021,3\n2021-01-01,1\n2021-01-02,2\n", 0, &s, &f));
    CHECK_INT(s.n, 3);
    CHECK_INT(s.step, 1);
    CHECK_NEAR(s.cases[0], 1, 0);
    CHECK_NEAR(s.cases[2], 3, 0);
    CHECK_INT(s.rows[2], 0);
    CHECK_NEAR(epi_series_date(&s, 2), epi_date_ymd(2021, 1, 3).d, 0);
    CHECK_OK(series(a, "date,count\n2021-01-01,1\n2021-01-08,2\n2021-01-22,2\n",
                    EPI_SERIES_GAPS_ARE_ZERO, &s, &f));
    CHECK_INT(s.step, 7);
    CHECK_INT(s.n, 4);
    CHECK_NEAR(s.cases[2], 0, 0);
    CHECK_OK(series(a, "t,cases\n5,1\n6,2\n", 0, &s, &f));
    CHECK_NEAR(s.t0, 5, 0);
    CHECK(isnan(epi_series_date(&s, 0)));
}

TEST(gaps_and_empty_counts_stay_missing_for_methods_that_deal_with_them)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct epi_series s;
    struct epi_findings f;
    unsigned flags = EPI_SERIES_GAPS_ARE_EMPTY | EPI_SERIES_MAY_EMPTY;
    const char *text = "t,date,count\n8,2021-01-04,1\n9,2021-01-11,\n10,2021-01-18,3\n";
    epi_findings_init(&f, a, 100);
    CHECK_OK(series(a, text, flags, &s, &f));
    CHECK_INT(s.n, 3);
    CHECK(isnan(s.cases[1]));
    CHECK_NEAR(s.t0, 8, 0); /* t as it stood, beside the dates */
    CHECK_INT(s.step, 7);
    CHECK_OK(series(a, "t,count\n1,1\n4,3\n", flags, &s, &f));
    CHECK_INT(s.n, 4);
    CHECK(isnan(s.cases[1]) && isnan(s.cases[2]));
    CHECK_OK(series(a, "t,count\n1,1\n4,3\n", flags | EPI_SERIES_GAPS_ARE_ZERO, &s, &f));
    CHECK_NEAR(s.cases[1], 0, 0);
}

TEST(every_fault_of_a_series_is_a_finding_with_its_row)
{
    static const struct {
        const char *text, *code;
        unsigned row;
        const char *why;
    } rows[] = {
        {"date,cases\n2021-01-01,1\n2021-01-01,2\n", "estimate.day-twice", 2, "a day twice"},
        {"date,cases\n2021-01-01,1\n2021-01-02,2\n2021-01-05,1\n", "estimate.gap", 3, "a gap"},
        {"date,cases\n2021-01-01,1\n2021-01-08,2\n2021-01-16,1\n2021-01-23,0\n2021-01-30,0\n",
         "estimate.step-changes", 3, "another weekday"},
        {"date,cases\n2021-01-01,1\n2021-01-04,2\n", "estimate.step", 2, "three days apart"},
        {"date,cases\n2021-01-01,-1\n", "estimate.cell-negative", 1, "less than none"},
        {"date,cases\n2021-01-01,1.5\n", "estimate.cell-fraction", 1, "half a case"},
        {"date,cases\n2021-01-01,\n", "estimate.cell-empty", 1, "not counted"},
        {"date,cases\n2021-01-01,x\n", "estimate.cell-no-number", 1, "a word"},
        {"date,cases\nmonday,1\n", "estimate.cell-no-date", 1, "no date"},
        {"cases\n1\n", "estimate.column-missing", 0, "no time"},
        {"t,other\n1,1\n", "estimate.column-missing", 0, "no counts"},
        {"t,cases\n1.5,1\n", "estimate.cell-fraction", 1, "half a step"},
    };
    for (size_t i = 0; i < EPI_COUNT(rows); i++) {
        EPI_ARENA_LOCAL(a);
        struct epi_series s = {0};
        struct epi_findings f;
        epi_status got = series(a, rows[i].text, 0, &s, &f);
        if (got != EPI_INVALID || f.n != 1 || strcmp(f.list[0].code, rows[i].code) != 0)
            epi_test_fail(__FILE__, __LINE__, "%s: status %d, %zu findings, first %s", rows[i].why,
                          (int)got, f.n, f.n ? f.list[0].code : "none");
        else
            CHECK_INT(f.list[0].row, rows[i].row);
    }
}

TEST(uneven_dates_give_way_to_an_even_count_of_points)
{
    EPI_ARENA_LOCAL(a);
    struct epi_series s;
    struct epi_findings f;
    CHECK_OK(
        series(a, "t,date,cases\n1,2021-01-01,1\n2,2021-01-04,2\n3,2021-01-05,2\n", 0, &s, &f));
    CHECK_INT(f.counts[EPI_WARNING], 1);
    CHECK(!epi_date_known(s.start));
    CHECK_INT(s.n, 3);
}

TEST(imported_cases_are_taken_off_only_where_they_were_counted_in)
{
    EPI_ARENA_LOCAL(a);
    struct epi_series s;
    struct epi_findings f;
    CHECK_OK(series(a, "t,cases,imported\n1,5,5\n2,4,1\n", 0, &s, &f));
    CHECK(s.imported_within);
    CHECK_NEAR(s.cases[0], 0, 0);
    CHECK_NEAR(s.cases[1], 3, 0);
    CHECK_OK(series(a, "t,cases,imported\n1,0,5\n2,4,1\n", 0, &s, &f));
    CHECK(!s.imported_within);
    CHECK_NEAR(s.cases[1], 4, 0);
    CHECK_OK(series(a, "t,local,imported\n1,5,5\n2,4,1\n", 0, &s, &f));
    CHECK(!s.imported_within);
}
