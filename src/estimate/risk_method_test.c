// SPDX-License-Identifier: AGPL-3.0-or-later
/* The methods of severity, risk, pools, cover and beds through their one door. */
#include "base/test.h"
#include "estimate/estimate.h"

struct run {
    struct epi_estimate e;
    struct epi_findings findings;
    epi_status status;
};

/* `options` is "name=value name=value"; `table` is the option of that name, read from CSV. */
static struct run run(struct epi_arena *a, const char *figure, const char *method, const char *csv,
                      const char *options, const char *table, const char *table_csv)
{
    struct run r = {.status = EPI_OK};
    struct epi_frame f, t;
    struct epi_estimate_arg args[16];
    size_t n = 0;
    epi_str part, rest = epi_str_of(options);
    epi_findings_init(&r.findings, a, 100);
    while (rest.n && epi_str_split(&rest, ' ', &part)) {
        epi_str name;
        (void)epi_str_split(&part, '=', &name);
        args[n++] = (struct epi_estimate_arg){name, part, NULL};
    }
    if (table && epi_frame_read(a, epi_str_of(table_csv), &t, &r.findings, NULL) == EPI_OK)
        args[n++] = (struct epi_estimate_arg){epi_str_of(table), EPI_NIL, &t};
    if (csv && epi_frame_read(a, epi_str_of(csv), &f, &r.findings, NULL) != EPI_OK) {
        r.status = EPI_INVALID;
        return r;
    }
    const struct epi_estimate_method *m = epi_estimate_find(epi_str_of(figure), epi_str_of(method));
    r.status = m ? epi_estimate_run(a, m, csv ? &f : NULL, args, n, &r.e, &r.findings, NULL)
                 : EPI_NOT_FOUND;
    return r;
}

static bool said(const struct epi_findings *f, const char *code)
{
    for (size_t i = 0; i < f->n; i++)
        if (strcmp(f->list[i].code, code) == 0)
            return true;
    return false;
}

static double value(const struct epi_frame *f, const char *column, size_t row)
{
    const double *v = epi_frame_numbers(f, column);
    return v ? v[row] : (double)NAN;
}

TEST(bad_input_of_these_methods_is_told_and_nothing_is_computed)
{
    EPI_ARENA_LOCAL(a);
    static const struct {
        const char *figure, *method, *csv, *options, *code;
    } bad[] = {
        {"cfr", "static", "t,cases\n1,2\n", "", "estimate.column-missing"},
        {"cfr", "static", "t,cases,deaths\n1,2,-1\n", "", "estimate.cell-negative"},
        {"cfr", "static", "t,cases,deaths\n1,2,0.5\n", "", "estimate.cell-fraction"},
        {"cfr", "static", "date,cases,deaths\n2021-01-01,2,1\n2021-01-01,2,1\n", "",
         "estimate.day-twice"},
        {"cfr", "static", "date,cases,deaths\n2021-01-01,2,1\n2021-01-02,2,1\n2021-01-09,2,1\n", "",
         "estimate.gap"},
        {"cfr", "static", "t,cases,deaths\n1,2,nan\n", "", "estimate.cell-no-number"},
        {"cfr", "static", "t,cases,deaths\n1,2,1\n", "delay=gamma delay-shape=2",
         "estimate.duration-parameters"},
        {"cfr", "static", "t,cases,deaths\n1,2,1\n", "delay=gamma delay-shape=0.5 delay-scale=3",
         "estimate.duration-infinite"},
        {"cfr", "static", "t,cases,deaths\n1,2,1\n", "delay-mean=5", "estimate.option-missing"},
        {"cfr", "time-varying", "t,cases,deaths\n1,2,1\n", "smooth=4", "estimate.option-odd"},
        {"risk", "two-by-two", "exposed_ill,exposed_well,unexposed_ill\n1,2,3\n", "",
         "estimate.column-missing"},
        {"risk", "two-by-two", "exposed_ill,exposed_well,unexposed_ill,unexposed_well\n1,2,3,x\n",
         "", "estimate.cell-no-number"},
        {"risk", "line-list", "ill,age\n1,30\n0,40\n", "", "estimate.risk.no-exposure"},
        {"risk", "line-list", "ill,ate\n1,1\n2,0\n", "", "estimate.cell-no-yes"},
        {"risk", "attack", "ill,total\n5,4\n", "", "estimate.risk.more-ill-than-people"},
        {"risk", "standardised", "group,age,cases,person_time\na,0,1,10\na,0,2,20\n", "",
         "estimate.risk.age-twice"},
        {"risk", "standardised", "age,cases,person_time\n0,1,0\n1,2,20\n", "",
         "estimate.risk.cases-without-people"},
        {"pool", "dorfman", NULL, "prevalence=1.5", "estimate.option-range"},
        {"pool", "dorfman", NULL, "", "estimate.option-missing"},
        {"pool", "array", NULL, "prevalence=0.1 min-size=9 max-size=4", "estimate.pool.sizes"},
        {"coverage", "doses", "t,dose1,dose2\n1,2,0\n", "population=10 effectiveness=0.5,0.6,0.7",
         "estimate.coverage.per-dose"},
        {"coverage", "doses", "t,dose1\n1,2\n", "population=0 effectiveness=0.5",
         "estimate.option-range"},
        {"coverage", "doses", "date,dose1\n2021-01-01,2\n2021-01-08,3\n",
         "population=10 effectiveness=0.5", "estimate.daily-needed"},
        {"capacity", "beds", "t,admissions\n1,2\n", "", "estimate.option-missing"},
        {"capacity", "beds", "date,admissions\n2021-01-01,2\n2021-01-08,3\n",
         "ward-stay=fixed ward-stay-mean=3", "estimate.daily-needed"},
        {"capacity", "beds", "t,admissions\n1,-2\n", "ward-stay=fixed ward-stay-mean=3",
         "estimate.cell-negative"},
    };
    for (size_t i = 0; i < EPI_COUNT(bad); i++) {
        struct run r = run(a, bad[i].figure, bad[i].method, bad[i].csv, bad[i].options, NULL, NULL);
        CHECK_INT(r.status, EPI_INVALID);
        if (!said(&r.findings, bad[i].code))
            epi_test_fail(__FILE__, __LINE__, "%s %s: %s not said", bad[i].figure, bad[i].method,
                          bad[i].code);
    }
}

TEST(what_should_not_be_trusted_is_noted)
{
    EPI_ARENA_LOCAL(a);
    static const struct {
        const char *figure, *method, *csv, *options, *code;
    } noted[] = {
        {"cfr", "static", "t,cases,deaths\n1,0,0\n2,0,0\n", "", "estimate.all-zero"},
        {"cfr", "static", "t,cases,deaths\n1,10,1\n", "", "estimate.cfr.few-deaths"},
        {"cfr", "static", "t,cases,deaths\n1,10,1\n", "", "estimate.cfr.no-delay"},
        {"cfr", "rolling", "t,cases,deaths\n1,1,9\n", "", "estimate.cfr.deaths-exceed"},
        {"cfr", "rolling", "t,cases,deaths\n1,50,0\n2,50,20\n", "delay=exponential delay-mean=20",
         "estimate.cfr.outcomes-fewer"},
        {"cfr", "static", "t,cases,deaths\n1,500,0\n2,500,20\n", "delay=exponential delay-mean=5",
         "estimate.cfr.unresolved"},
        {"risk", "two-by-two",
         "table,exposed_ill,exposed_well,unexposed_ill,unexposed_well\nx,0,0,1,2\n", "",
         "estimate.risk.empty-margin"},
        {"risk", "two-by-two",
         "table,exposed_ill,exposed_well,unexposed_ill,unexposed_well\nx,2,1,0,3\n", "",
         "estimate.risk.unbounded"},
        {"risk", "two-by-two",
         "table,exposed_ill,exposed_well,unexposed_ill,unexposed_well\nx,2,1,1,3\n", "",
         "estimate.risk.few-expected"},
        {"risk", "stratified",
         "exposed_ill,exposed_well,unexposed_ill,unexposed_well\n50,10,10,50\n10,50,50,10\n", "",
         "estimate.risk.not-homogeneous"},
        {"risk", "attack", "ill,total\n0,0\n", "", "estimate.risk.nobody"},
        {"risk", "rate", "cases,person_time\n0,1000\n", "", "estimate.risk.below-zero"},
        {"risk", "rate", "cases,person_time\n3,0\n", "", "estimate.risk.no-time"},
        {"risk", "standardised", "age,cases,person_time\n0,1,100\n1,0,0\n", "",
         "estimate.risk.ages-left-out"},
        {"pool", "dorfman", NULL, "prevalence=0.45", "estimate.pool.no-help"},
        {"pool", "dorfman", NULL, "prevalence=0.0001 max-size=20", "estimate.pool.at-limit"},
        {"pool", "hierarchical", NULL, "prevalence=0", "estimate.pool.no-infection"},
        {"coverage", "doses", "t,dose1,dose2\n1,2,3\n", "population=10 effectiveness=0.5",
         "estimate.coverage.ahead"},
        {"coverage", "doses", "t,dose1\n1,20\n", "population=10 effectiveness=0.5",
         "estimate.coverage.beyond"},
        {"capacity", "beds", "t,admissions\n1,2\n2,9\n",
         "ward-stay=fixed ward-stay-mean=3 ward-beds=5", "estimate.capacity.ward-over"},
        {"capacity", "beds", "t,admissions\n1,2\n2,9\n", "ward-stay=fixed ward-stay-mean=3",
         "estimate.capacity.still-rising"},
    };
    for (size_t i = 0; i < EPI_COUNT(noted); i++) {
        struct run r =
            run(a, noted[i].figure, noted[i].method, noted[i].csv, noted[i].options, NULL, NULL);
        CHECK_OK(r.status);
        if (!said(&r.e.notes, noted[i].code))
            epi_test_fail(__FILE__, __LINE__, "%s %s: %s not noted", noted[i].figure,
                          noted[i].method, noted[i].code);
    }
}

TEST(a_line_list_is_counted_into_tables)
{
    EPI_ARENA_LOCAL(a);
    struct run r = run(a, "risk", "line-list",
                       "name,ill,ate,drank\na,yes,1,0\nb,yes,1,\nc,no,0,1\nd,no,1,0\ne,,1,1\n", "",
                       NULL, NULL);
    CHECK_OK(r.status);
    const struct epi_frame *f = &r.e.tables[0];
    CHECK_INT(f->rows, 2);
    CHECK_NEAR(value(f, "exposed_ill", 0), 2, 0);
    CHECK_NEAR(value(f, "exposed_well", 0), 1, 0);
    CHECK_NEAR(value(f, "unexposed_ill", 0), 0, 0);
    CHECK_NEAR(value(f, "unexposed_well", 0), 1, 0);
    CHECK_NEAR(value(f, "unexposed_ill", 1), 1, 0); /* b did not say what was drunk */
    CHECK(said(&r.e.notes, "estimate.risk.unknown-left-out"));
}

TEST(primary_cases_are_taken_off_secondary_attack_rates)
{
    EPI_ARENA_LOCAL(a);
    struct run r = run(a, "risk", "attack", "group,cases,size,primary\nA,3,5,1\nB,1,4,1\nC,4,4,2\n",
                       "", NULL, NULL);
    CHECK_OK(r.status);
    CHECK_INT(r.e.rows.rows, 4);
    CHECK_NEAR(value(&r.e.rows, "estimate", 0), 0.5, 1e-15);
    CHECK_NEAR(value(&r.e.rows, "estimate", 1), 0, 0);
    CHECK_NEAR(value(&r.e.rows, "ill", 3), 4, 0);
    CHECK_NEAR(value(&r.e.rows, "total", 3), 9, 0);
    CHECK(said(&r.e.notes, "estimate.risk.households"));
}

TEST(a_table_of_the_delay_stands_for_its_distribution)
{
    EPI_ARENA_LOCAL(a);
    const char *csv = "t,cases,deaths\n1,100,0\n2,0,0\n3,0,10\n4,0,5\n";
    struct run table =
        run(a, "cfr", "static", csv, "", "delay-table", "k,density\n2,0.5\n3,0.25\n");
    CHECK_OK(table.status);
    CHECK_INT(table.e.rows.rows, 2);
    CHECK_NEAR(value(&table.e.rows, "outcomes", 1), 75, 1e-12);
    CHECK_NEAR(value(&table.e.rows, "estimate", 1), 0.2, 1e-12);
    struct run fixed = run(a, "cfr", "static", csv, "delay=fixed delay-mean=2", NULL, NULL);
    CHECK_OK(fixed.status);
    CHECK_NEAR(value(&fixed.e.rows, "outcomes", 1), 100, 1e-12);
    struct run twice = run(a, "cfr", "static", csv, "", "delay-table", "k,density\n2,0.5\n2,0.2\n");
    CHECK_INT(twice.status, EPI_INVALID);
    CHECK(said(&twice.findings, "estimate.duration-day-twice"));
}

TEST(a_standard_population_is_looked_up_by_age)
{
    EPI_ARENA_LOCAL(a);
    const char *csv = "group,age,cases,person_time\nA,young,2,100\nA,old,6,200\nB,old,1,10\n";
    struct run r =
        run(a, "risk", "standardised", csv, "per=1000", "standard", "age,weight\nold,3\nyoung,1\n");
    CHECK_OK(r.status);
    CHECK_NEAR(value(&r.e.rows, "direct", 0), 27.5, 1e-10);
    CHECK_NEAR(value(&r.e.rows, "direct", 1), 100, 1e-10);
    r = run(a, "risk", "standardised", csv, "", "standard", "age,weight\nold,3\n");
    CHECK_INT(r.status, EPI_INVALID);
    CHECK(said(&r.findings, "estimate.risk.age-missing"));
    r = run(a, "risk", "standardised", csv, "", "reference",
            "age,cases,person_time\nold,10,1000\nyoung,1,1000\n");
    CHECK_OK(r.status);
    CHECK_NEAR(value(&r.e.tables[0], "expected", 0), 2.1, 1e-12);
    CHECK_NEAR(value(&r.e.tables[0], "rate", 1), 10 * 11.0 / 2000, 1e-12);
}

TEST(units_are_estimated_each_on_its_own)
{
    EPI_ARENA_LOCAL(a);
    struct run r = run(a, "capacity", "beds", "unit,t,admissions\nx,1,2\ny,1,5\nx,2,3\ny,2,0\n",
                       "ward-stay=fixed ward-stay-mean=1", NULL, NULL);
    CHECK_OK(r.status);
    CHECK_INT(r.e.rows.rows, 4);
    CHECK_NEAR(value(&r.e.rows, "ward", 1), 3, 1e-15);
    CHECK_NEAR(value(&r.e.rows, "ward", 2), 5, 1e-15);
    r = run(a, "cfr", "static", "unit,t,cases,deaths\nx,1,20,2\ny,1,50,1\n", "", NULL, NULL);
    CHECK_OK(r.status);
    CHECK_NEAR(value(&r.e.rows, "estimate", 1), 0.02, 1e-15);
}

PROPERTY(no_output_holds_anything_but_finite_numbers, 60)
{
    EPI_ARENA_LOCAL(a);
    EPI_BUF_LOCAL(b, 1 << 20);
    epi_buf_putz(&b, "t,cases,deaths\n");
    for (int t = 1; t <= 30; t++)
        epi_buf_printf(&b, "%d,%d,%d\n", t,
                       (int)epi_rng_below(rng, epi_rng_chance(rng, 0.5) ? 3 : 90),
                       (int)epi_rng_below(rng, 4));
    static const char *const delays[] = {"", "delay=gamma delay-mean=9 delay-sd=5",
                                         "delay=exponential delay-mean=0.01",
                                         "delay=lnorm delay-meanlog=8 delay-sdlog=0.1"};
    static const char *const methods[] = {"static", "rolling", "time-varying"};
    struct run r = run(a, "cfr", methods[epi_rng_below(rng, 3)], epi_str_cz(a, epi_buf_str(&b)),
                       delays[epi_rng_below(rng, 4)], NULL, NULL);
    CHECK_OK(r.status);
    for (size_t k = 0; k < r.e.rows.n; k++)
        for (size_t i = 0; r.e.rows.columns[k].v && i < r.e.rows.rows; i++) {
            double v = r.e.rows.columns[k].v[i];
            CHECK(isnan(v) || isfinite(v));
        }
    const double *lo = epi_frame_numbers(&r.e.rows, "corrected_low"),
                 *hi = epi_frame_numbers(&r.e.rows, "corrected_high");
    for (size_t i = 0; lo && i < r.e.rows.rows; i++)
        CHECK(isnan(lo[i]) == isnan(hi[i]));
}
