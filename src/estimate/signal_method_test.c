// SPDX-License-Identifier: AGPL-3.0-or-later
#include "estimate/estimate.h"
#include "base/test.h"
#include <math.h>

static const char *const methods[] = {"ears",  "farrington", "farrington-1996", "cusum",
                                      "bayes", "rki",        "outbreak-p",      "glr"};

struct outcome {
    epi_status status;
    struct epi_estimate e;
    struct epi_findings findings;
};

/* `options`: "name=value name=value" */
static struct outcome run(struct epi_arena *a, const char *method, epi_str csv, const char *options)
{
    struct outcome o = {0};
    struct epi_frame f;
    struct epi_estimate_arg args[8];
    size_t n = 0;
    epi_str rest = epi_str_of(options), word;
    epi_findings_init(&o.findings, a, 100);
    while (options[0] && epi_str_split(&rest, ' ', &word)) {
        epi_str name;
        epi_str_split(&word, '=', &name);
        args[n++] = (struct epi_estimate_arg){name, word, NULL};
    }
    o.status = epi_frame_read(a, csv, &f, &o.findings, NULL);
    if (o.status == EPI_OK)
        o.status = epi_estimate_run(a, epi_estimate_find(EPI_S("signal"), epi_str_of(method)), &f,
                                    args, n, &o.e, &o.findings, NULL);
    return o;
}

/* Weekly counts of a little over six years from Monday, 5 January 2015. */
static epi_str weeks(struct epi_arena *a, const char *kind)
{
    EPI_BUF_LOCAL(b, 1 << 20);
    epi_buf_putz(&b, "date,count\n");
    for (int i = 0; i < 330; i++) {
        char day[16];
        epi_date d = {epi_date_ymd(2015, 1, 5).d + 7 * i};
        int v = 3 + i * 7 % 5;
        if (kind[0] == 'z') /* zeros */
            v = 0;
        if (kind[0] == 'o') /* one case */
            v = i == 320;
        if (kind[0] == 'm' && i % 40 == 8) /* missing: an empty cell or no row */
            continue;
        epi_buf_printf(&b, "%s,", epi_date_iso(d, day));
        if (kind[0] != 'm' || i % 40 != 20)
            epi_buf_printf(&b, "%d", v);
        epi_buf_putc(&b, '\n');
    }
    return epi_str_dup(a, epi_buf_str(&b));
}

static bool has(const struct epi_findings *f, const char *code)
{
    for (size_t i = 0; i < f->n; i++)
        if (strcmp(f->list[i].code, code) == 0)
            return true;
    return false;
}

TEST(every_signal_survives_zeros_one_case_and_missing_weeks_without_a_nan_or_an_alarm)
{
    USES_NO_RNG;
    static const char *const kinds[] = {"zeros", "one", "missing"};
    for (size_t k = 0; k < EPI_COUNT(kinds); k++)
        for (size_t m = 0; m < EPI_COUNT(methods); m++) {
            EPI_ARENA_LOCAL(a);
            bool missing = kinds[k][0] == 'm';
            struct outcome o = run(a, methods[m], weeks(a, kinds[k]), "from=280");
            CHECK_OK(o.status);
            CHECK_INT(o.e.rows.rows, 51);
            CHECK_INT(has(&o.e.notes, "estimate.all-zero"), kinds[k][0] == 'z');
            CHECK_INT(has(&o.e.notes, "estimate.signal-skipped"), missing);
            const struct epi_column *state = epi_frame_column(&o.e.rows, "state");
            for (size_t c = 0; c < o.e.rows.n; c++)
                for (size_t i = 0; o.e.rows.columns[c].v && i < 51; i++)
                    CHECK(!isinf(o.e.rows.columns[c].v[i]));
            for (size_t i = 0; i < 51; i++)
                CHECK(state->words[i].n > 0);
        }
}

TEST(what_if_a_week_were_missing_is_told_of_every_such_week)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct outcome skip = run(a, "farrington", weeks(a, "missing"), "from=280");
    struct outcome zero = run(a, "farrington", weeks(a, "missing"), "from=280 missing=zero");
    struct outcome between =
        run(a, "farrington", weeks(a, "missing"), "from=280 missing=interpolate");
    CHECK_OK(skip.status);
    CHECK_OK(zero.status);
    CHECK_OK(between.status);
    CHECK(has(&zero.e.notes, "estimate.signal-zero"));
    CHECK(has(&between.e.notes, "estimate.signal-interpolated"));
    size_t told = 0, in_rows = 0;
    for (size_t i = 0; i < between.e.notes.n; i++) {
        told += strcmp(between.e.notes.list[i].code, "estimate.signal-interpolated") == 0;
        in_rows += between.e.notes.list[i].row > 0;
    }
    CHECK_INT(told, 17);
    CHECK_INT(in_rows, 3); /* points 289, 301, 329 */
    const double *counts[] = {epi_frame_numbers(&skip.e.rows, "count"),
                              epi_frame_numbers(&zero.e.rows, "count"),
                              epi_frame_numbers(&between.e.rows, "count")};
    CHECK(isnan(counts[0][9]));
    CHECK_NEAR(counts[1][9], 0, 0);
    CHECK_NEAR(counts[2][9], (counts[2][8] + counts[2][10]) / 2, 1e-12);
    CHECK_STR(epi_frame_column(&skip.e.rows, "state")->words[9], EPI_S("missing"));
}

TEST(a_range_is_asked_for_by_number_or_by_date)
{
    USES_NO_RNG;
    static const struct {
        const char *options;
        int first, rows;
        const char *code;
    } rows[] = {
        {"from=280 to=282", 280, 3, NULL},
        {"from=2020-05-11 to=2020-05-25", 280, 3, NULL},
        {"from=2020-05-12 to=2020-05-31", 281, 2, NULL}, /* weeks that begin in between */
        {"to=2", 1, 2, NULL},
        {"from=331", 0, 0, "estimate.option-no-point"},
        {"to=2014-12-01", 0, 0, "estimate.option-no-point"},
        {"from=20 to=19", 0, 0, "estimate.option-no-range"},
        {"from=soon", 0, 0, "estimate.option-no-number"},
    };
    for (size_t i = 0; i < EPI_COUNT(rows); i++) {
        EPI_ARENA_LOCAL(a);
        struct outcome o = run(a, "ears", weeks(a, ""), rows[i].options);
        CHECK_INT(o.status, rows[i].code ? EPI_INVALID : EPI_OK);
        if (rows[i].code) {
            CHECK(has(&o.findings, rows[i].code));
        } else {
            CHECK_INT(o.e.rows.rows, rows[i].rows);
            CHECK_NEAR(epi_frame_numbers(&o.e.rows, "t")[0], rows[i].first, 0);
        }
    }
}

TEST(faulty_input_and_options_are_findings)
{
    USES_NO_RNG;
    static const struct {
        const char *csv, *method, *options, *code;
    } rows[] = {
        {"t,count\n1,-1\n2,3\n", "ears", "", "estimate.cell-negative"},
        {"t,count\n1,1\n1,3\n", "ears", "", "estimate.day-twice"},
        {"t,count\n1,1\n2,inf\n", "ears", "", "estimate.cell-no-number"},
        {"t,count\n1,1\n2,3\n", "farrington", "limit54=5", "estimate.signal-limit54"},
        {"t,count\n1,1\n2,3\n", "farrington", "w=26", "estimate.option-range"},
        {"t,count\n1,1\n2,3\n", "farrington", "alpha=0.7", "estimate.option-range"},
        {"t,count\n1,1\n2,3\n", "cusum", "transform=none-of-these", "estimate.option-word"},
        {"t,count\n1,1\n2,3\n", "ears", "from=2021-01-01", "estimate.option-no-point"},
    };
    for (size_t i = 0; i < EPI_COUNT(rows); i++) {
        EPI_ARENA_LOCAL(a);
        struct outcome o = run(a, rows[i].method, epi_str_of(rows[i].csv), rows[i].options);
        CHECK_INT(o.status, EPI_INVALID);
        CHECK(has(&o.findings, rows[i].code));
    }
}

TEST(the_baseline_of_a_point_can_be_asked_for)
{
    USES_NO_RNG;
    for (size_t m = 0; m < EPI_COUNT(methods); m++) {
        EPI_ARENA_LOCAL(a);
        struct outcome o = run(a, methods[m], weeks(a, ""), "from=300 explain=2021-04-19");
        CHECK_OK(o.status);
        CHECK_INT(o.e.tables_n, 1);
        CHECK(o.e.tables[0].rows >= 6);
        CHECK(epi_frame_numbers(&o.e.tables[0], "weight")[0] > 0);
    }
}

TEST(a_series_without_gaps_is_judged_per_unit)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    EPI_BUF_LOCAL(b, 1 << 20);
    epi_buf_putz(&b, "unit,t,count\n");
    for (int i = 1; i <= 40; i++)
        epi_buf_printf(&b, "a,%d,%d\nb,%d,%d\n", i, 2 + i % 3, i, i == 40 ? 50 : 2 + i % 3);
    struct outcome o = run(a, "ears", epi_buf_str(&b), "");
    CHECK_OK(o.status);
    CHECK_INT(o.e.rows.rows, 80);
    CHECK_NEAR(epi_frame_numbers(&o.e.values, "alarms")[0], 0, 0);
    CHECK_NEAR(epi_frame_numbers(&o.e.values, "alarms")[1], 1, 0);
}
