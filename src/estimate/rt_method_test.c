// SPDX-License-Identifier: AGPL-3.0-or-later
/* The entries of reproduction number and growth: what they say to good and to bad input. */
#include "base/test.h"
#include "estimate/estimate.h"

struct ran {
    struct epi_estimate e;
    struct epi_findings findings;
    struct epi_err err;
    epi_status status;
};

/* options: "si-mean=5 si-sd=2"; a value that starts with '@' is the CSV behind it, ';' for line
 * ends. */
static struct ran run(struct epi_arena *a, const char *figure, const char *method, const char *csv,
                      const char *options)
{
    struct ran r = {.status = EPI_OK};
    struct epi_estimate_arg args[16];
    struct epi_frame in;
    size_t n = 0;
    epi_str part, rest = epi_str_of(options), name;
    epi_findings_init(&r.findings, a, 100);
    while (epi_str_split(&rest, ' ', &part)) {
        if (part.n == 0)
            continue;
        args[n] = (struct epi_estimate_arg){EPI_NIL, EPI_NIL, NULL};
        (void)epi_str_split(&part, '=', &name);
        args[n].name = name;
        args[n].value = part;
        if (part.n && part.p[0] == '@') {
            struct epi_frame *f = EPI_NEW(a, struct epi_frame);
            char *text = EPI_ARRAY(a, part.n + 1, char);
            for (size_t i = 1; i < part.n; i++)
                text[i - 1] = part.p[i] == ';' ? '\n' : part.p[i];
            r.status = epi_frame_read(a, epi_str_of(text), f, &r.findings, &r.err);
            args[n].table = f;
        }
        n++;
    }
    if (csv && r.status == EPI_OK)
        r.status = epi_frame_read(a, epi_str_of(csv), &in, &r.findings, &r.err);
    const struct epi_estimate_method *m = epi_estimate_find(epi_str_of(figure), epi_str_of(method));
    EPI_ASSERT(m);
    if (r.status == EPI_OK)
        r.status = epi_estimate_run(a, m, csv ? &in : NULL, args, n, &r.e, &r.findings, &r.err);
    return r;
}

static bool says(const struct ran *r, const char *code)
{
    for (size_t i = 0; i < r->findings.n; i++) {
        if (strcmp(r->findings.list[i].code, code) == 0)
            return true;
    }
    return r->err.code && strcmp(r->err.code, code) == 0;
}

static bool notes(const struct ran *r, const char *code)
{
    for (size_t i = 0; i < r->e.notes.n; i++) {
        if (strcmp(r->e.notes.list[i].code, code) == 0)
            return true;
    }
    return false;
}

static const char series[] =
    "t,cases\n1,1\n2,2\n3,1\n4,3\n5,2\n6,5\n7,4\n8,6\n9,5\n10,9\n11,8\n12,12\n";
static const char dated[] =
    "date,cases\n2021-11-01,1\n2021-11-02,2\n2021-11-03,1\n2021-11-04,3\n"
    "2021-11-05,2\n2021-11-06,5\n2021-11-07,4\n2021-11-08,6\n2021-11-09,5\n";

TEST(rows_carry_windows_as_the_input_counts_them)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct ran r = run(a, "rt", "", series, "si-mean=3 si-sd=1");
    CHECK_OK(r.status);
    CHECK_INT(r.e.rows.rows, 5);
    CHECK_NEAR(epi_frame_numbers(&r.e.rows, "t_end")[0], 8, 0);
    CHECK(epi_frame_column(&r.e.rows, "date_end") == NULL);
    r = run(a, "rt", "cori", "t,cases\n0,1\n1,2\n2,1\n3,3\n4,2\n", "si-mean=2 si-sd=1 window=2");
    CHECK_OK(r.status);
    CHECK(notes(&r, "estimate.rt-few"));
    CHECK_NEAR(epi_frame_numbers(&r.e.rows, "t_start")[0], 1, 0);
    r = run(a, "rt", "cori", dated, "si-mean=3 si-sd=1 incomplete=2");
    CHECK_OK(r.status);
    CHECK_INT(r.e.rows.rows, 2);
    CHECK_INT(epi_frame_column(&r.e.rows, "date_end")->v[1], epi_date_ymd(2021, 11, 9).d);
    CHECK(notes(&r, "estimate.rt-incomplete"));
    r = run(a, "rt", "cori", series, "si-mean=3 si-sd=1 windows=@t_start,t_end;3,5;6,12");
    CHECK_OK(r.status);
    CHECK_INT(r.e.rows.rows, 2);
    CHECK_INT(r.e.tables_n, 2);
}

TEST(units_are_estimated_each_on_its_own)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    EPI_BUF_LOCAL(b, 100000);
    epi_buf_putz(&b, "unit,t,cases\n");
    for (int t = 1; t <= 12; t++)
        epi_buf_printf(&b, "A,%d,%d\nB,%d,%d\nC,%d,0\n", t, t, t, 20 - t, t);
    epi_buf_putc(&b, '\0');
    struct ran r = run(a, "rt", "cori", b.p, "si-mean=3 si-sd=1");
    CHECK_OK(r.status);
    CHECK_INT(r.e.rows.rows, 10);
    CHECK(notes(&r, "estimate.unit-faulty")); /* C has no cases */
    CHECK(epi_frame_numbers(&r.e.rows, "mean")[4] > 1);
    CHECK(epi_frame_numbers(&r.e.rows, "mean")[9] < 1);
}

TEST(bad_series_and_options_are_named)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    static const struct {
        const char *method, *csv, *options, *code;
    } cases[] = {
        {"cori", "t,cases\n1,1\n2,-2\n3,1\n", "si-mean=3 si-sd=1", "estimate.cell-negative"},
        {"cori", "t,cases\n1,1\n1,2\n3,1\n", "si-mean=3 si-sd=1", "estimate.day-twice"},
        {"cori", "t,cases\n1,1\n2,2\n9,1\n", "si-mean=3 si-sd=1", "estimate.gap"},
        {"cori", "t,cases\n1,1\n2,\n3,1\n", "si-mean=3 si-sd=1", "estimate.cell-empty"},
        {"cori", "t,cases\n1,1\n2,nan\n3,1\n", "si-mean=3 si-sd=1", "estimate.cell-no-number"},
        {"cori", "t,cases\n1,0\n2,0\n3,0\n", "si-mean=3 si-sd=1 window=1", "estimate.all-zero"},
        {"wallinga-teunis", "t,cases\n1,0\n2,0\n3,0\n", "si-mean=3 si-sd=1 window=1",
         "estimate.all-zero"},
        {"wallinga-teunis", "t,cases\n1,1\n2,0.5\n", "si-mean=3 si-sd=1", "estimate.cell-fraction"},
        {"cori", "t,cases\n1,5\n", "si-mean=3 si-sd=1", "estimate.rt-too-short"},
        {"cori", series, "", "estimate.si-missing"},
        {"cori", series, "si-mean=3", "estimate.si-missing"},
        {"cori", series, "si-mean=1 si-sd=1", "estimate.si-mean"},
        {"cori", series, "si-mean=3 si-sd=0", "estimate.si-sd"},
        {"cori", series, "si-mean=3 si-sd=1 si=@k,w;1,1", "estimate.si-twice"},
        {"cori", series, "si=@k,w;0,0.2;1,0.8", "estimate.si-at-zero"},
        {"cori", series, "si=@k,w;1,0.2;2,0.5", "estimate.si-sum"},
        {"cori", series, "si=@k,w;1,0.2;1,0.8", "estimate.si-lag-twice"},
        {"cori", series, "si=@k,v;1,1", "estimate.column-missing"},
        {"cori", series, "si-sample=@k,s1,s2;1,1,0.3;2,0,0.3", "estimate.si-sum"},
        {"cori", series, "si-mean=3 si-sd=1 si-mean-sd=1 si-mean-min=0.5", "estimate.si-limits"},
        {"cori", series, "si-mean=3 si-sd=1 windows=@t_start,t_end;1,4", "estimate.cell-outside"},
        {"cori", series, "si-mean=3 si-sd=1 windows=@t_start,t_end;5,4", "estimate.rt-window"},
        {"cori", series, "si-mean=3 si-sd=1 window=40", "estimate.rt-too-short"},
        {"cori", series, "si-mean=3 si-sd=1 prior-sd=0", "estimate.option-range"},
        {"growth", series, "si-mean=3", "estimate.si-missing"},
        {"growth", series, "si-mean=3 si-sd=1 window=50", "estimate.rt-too-short"},
    };
    for (size_t i = 0; i < EPI_COUNT(cases); i++) {
        struct ran r = run(a, "rt", cases[i].method, cases[i].csv, cases[i].options);
        if (r.status != EPI_INVALID || !says(&r, cases[i].code))
            epi_test_fail(__FILE__, __LINE__, "case %zu gave %d, %s, not %s", i, (int)r.status,
                          r.findings.n ? r.findings.list[0].code
                          : r.err.code ? r.err.code
                                       : "-",
                          cases[i].code);
    }
}

TEST(estimates_that_should_not_be_trusted_say_so)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct ran r =
        run(a, "rt", "cori", "t,cases\n1,0\n2,0\n3,0\n4,0\n5,0\n6,0\n7,0\n8,0\n9,0\n10,1\n",
            "si-mean=3 si-sd=1");
    CHECK_OK(r.status);
    CHECK(notes(&r, "estimate.rt-nobody"));
    r = run(a, "rt", "cori", series, "si-mean=10 si-sd=4");
    CHECK(notes(&r, "estimate.si-longer"));
    r = run(a, "rt", "cori", series, "si-mean=9 si-sd=1");
    CHECK(notes(&r, "estimate.rt-early") && isnan(epi_frame_numbers(&r.e.rows, "mean")[0]));
    r = run(a, "rt", "wallinga-teunis", series, "si-mean=3 si-sd=1 window=3");
    CHECK_OK(r.status);
    CHECK(notes(&r, "estimate.rt-not-over"));
    r = run(a, "rt", "wallinga-teunis", "t,cases\n1,1\n2,0\n3,0\n4,0\n5,0\n6,0\n7,2\n8,0\n",
            "si=@k,w;1,0.5;2,0.5 window=1");
    CHECK_OK(r.status);
    CHECK_INT(r.e.rows.rows, 1);
    CHECK(notes(&r, "estimate.rt-orphans") && notes(&r, "estimate.rt-no-cases"));
    r = run(a, "rt", "growth", "t,cases\n1,64\n2,16\n3,4\n4,1\n", "si-mean=5 si-sd=5");
    CHECK_OK(r.status);
    CHECK(notes(&r, "estimate.rt-no-moment"));
    CHECK(isnan(epi_frame_numbers(&r.e.rows, "mean")[0]));
}

TEST(weekly_counts_take_intervals_longer_than_a_week)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    const char *weekly = "date,cases\n2021-01-04,3\n2021-01-11,5\n2021-01-18,9\n2021-01-25,14\n"
                         "2021-02-01,20\n2021-02-08,30\n";
    struct ran r = run(a, "rt", "cori", weekly, "si-mean=14 si-sd=5 window=14");
    CHECK_OK(r.status);
    CHECK_INT(r.e.rows.rows, 4);
    CHECK(notes(&r, "estimate.rt-weekly"));
    CHECK_NEAR(epi_frame_numbers(&r.e.values, "si_mean")[0], 14, 0.2);
    r = run(a, "rt", "cori", weekly, "si-mean=6 si-sd=2");
    CHECK_INT(r.status, EPI_INVALID);
    CHECK(says(&r, "estimate.si-mean"));
}

TEST(the_draws_of_the_paper_change_nothing_and_the_seed_little)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    const char *doubt = "si-mean=3 si-sd=1.5 si-mean-sd=0.5 si-sd-sd=0.3 n1=400";
    struct ran r = run(a, "rt", "cori", series, doubt),
               s = run(a, "rt", "cori", series, epi_str_cz(a, epi_str_printf(a, "%s n2=7", doubt))),
               t = run(a, "rt", "cori", series,
                       epi_str_cz(a, epi_str_printf(a, "%s seed=8", doubt)));
    CHECK_OK(r.status);
    CHECK_OK(s.status);
    CHECK_OK(t.status);
    CHECK(epi_frame_column(&r.e.tables[0], "si_sd") != NULL);
    for (size_t i = 0; i < r.e.rows.rows; i++) {
        double x = epi_frame_numbers(&r.e.rows, "q975")[i];
        CHECK(x == epi_frame_numbers(&s.e.rows, "q975")[i]);
        CHECK_NEAR(epi_frame_numbers(&t.e.rows, "q975")[i], x, 0.01 * x);
    }
}

TEST(growth_is_fitted_to_the_range_asked_for)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct ran r = run(a, "growth", "", dated, "from-date=2021-11-03 to=8");
    CHECK_OK(r.status);
    CHECK_NEAR(epi_frame_numbers(&r.e.rows, "t_start")[0], 3, 0);
    CHECK_NEAR(epi_frame_numbers(&r.e.rows, "n")[0], 6, 0);
    CHECK(epi_frame_numbers(&r.e.rows, "doubling")[0] > 0);
    CHECK_INT(run(a, "growth", "poisson", dated, "from=4 to=2").status, EPI_INVALID);
    CHECK_INT(run(a, "growth", "poisson", series, "from-date=2021-11-03").status, EPI_INVALID);
    CHECK_INT(run(a, "growth", "poisson", series, "to=13").status, EPI_INVALID);
    CHECK_INT(run(a, "growth", "split", "t,cases\n1,1\n2,0\n", "").status, EPI_INVALID);
    r = run(a, "growth", "split", series, "");
    CHECK_OK(r.status);
    CHECK_INT(r.e.rows.rows, 3);
    CHECK(epi_frame_column(&r.e.values, "change_t") != NULL);
    r = run(a, "growth", "r-to-r", "r\n0\n0.1\n-0.9\n", "si-mean=5 si-sd=5");
    CHECK_OK(r.status);
    CHECK_NEAR(epi_frame_numbers(&r.e.rows, "exponential")[1], 1.5, 1e-15);
    CHECK(notes(&r, "estimate.rt-no-moment"));
    CHECK_INT(run(a, "growth", "r-to-r", "r\n0\n", "").status, EPI_INVALID);
    CHECK_INT(run(a, "si", "", NULL, "si-mean=5 si-sd=2").e.rows.rows, 41);
    CHECK_INT(run(a, "si", "", NULL, "si-mean=1 si-sd=2").status, EPI_INVALID);
}
