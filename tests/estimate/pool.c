// SPDX-License-Identifier: AGPL-3.0-or-later
/* Pooled testing, vaccine coverage, beds. */
#include "agree.h"

static double number(const struct epi_frame *f, const char *column, size_t row)
{
    const double *v = epi_frame_numbers(f, column);
    return v ? v[row] : (double)NAN;
}

static const char *text(struct agree *g, const struct epi_frame *f, const char *column, size_t row)
{
    const struct epi_column *c = epi_frame_column(f, column);
    return c && c->words ? epi_str_cz(agree_arena(g), c->words[row]) : NULL;
}

/* Rows [from, to) of a frame that share their parameters. */
static const struct epi_frame *part(struct agree *g, const struct epi_frame *f, size_t from,
                                    size_t to)
{
    size_t *rows = EPI_ARRAY(agree_arena(g), to - from, size_t);
    struct epi_frame *ret = EPI_NEW(agree_arena(g), struct epi_frame);
    for (size_t i = from; i < to; i++)
        rows[i - from] = i;
    epi_frame_pick(agree_arena(g), f, rows, to - from, ret);
    return ret;
}

/* The worst of many small tables is one line of the report, so all are joined. */
struct joined {
    double got[16384], want[16384];
    size_t n;
};
static void join(struct agree *g, struct joined *j, const struct epi_frame *got, const char *ours,
                 const struct epi_frame *want, const char *theirs)
{
    const double *a = epi_frame_numbers(got, ours), *b = epi_frame_numbers(want, theirs);
    if (!a || !b || got->rows != want->rows) {
        agree_fail(g, "%s and %s do not meet", ours, theirs);
        return;
    }
    for (size_t i = 0; i < want->rows; i++) {
        EPI_ASSERT(j->n < EPI_COUNT(j->got));
        j->got[j->n] = a[i], j->want[j->n++] = b[i];
    }
}

static const char *const figures[][2] = {{"tests_per_person", "tests_per_person"},
                                         {"sensitivity", "PSe"},
                                         {"specificity", "PSp"},
                                         {"ppv", "PPV"},
                                         {"npv", "NPV"}};

static void dorfman_sizes(struct agree *g)
{
    const struct epi_frame *want = agree_table(g, "expected_dorfman_all_sizes.csv");
    static struct joined j;
    j.n = 0;
    for (size_t from = 0, to; from < want->rows; from = to) {
        for (to = from + 1; to < want->rows && number(want, "n", to) > number(want, "n", to - 1);)
            to++;
        const struct epi_estimate *e = agree_run(
            g, "pool", "dorfman", NULL, "prevalence", text(g, want, "p", from), "sensitivity",
            text(g, want, "Se", from), "specificity", text(g, want, "Sp", from), "min-size",
            text(g, want, "n", from), "max-size", text(g, want, "n", to - 1), NULL);
        for (size_t k = 0; e && k < EPI_COUNT(figures); k++)
            join(g, &j, &e->rows, figures[k][0], part(g, want, from, to), figures[k][1]);
    }
    agree_rel(g, "two stages, all sizes", j.got, j.want, j.n, 1e-9);
}

static void optima(struct agree *g)
{
    static const char *const schemes[][2] = {{"dorfman_2stage", "dorfman"},
                                             {"hierarchical_3stage", "hierarchical"},
                                             {"square_array", "array"}};
    const struct epi_frame *want = agree_table(g, "expected_optimum.csv");
    static struct joined j, sizes;
    j.n = sizes.n = 0;
    epi_str *got = EPI_ARRAY(agree_arena(g), want->rows, epi_str),
            *stage2 = EPI_ARRAY(agree_arena(g), want->rows, epi_str);
    for (size_t i = 0; i < want->rows; i++)
        for (size_t k = 0; k < EPI_COUNT(schemes); k++) {
            if (strcmp(text(g, want, "scheme", i), schemes[k][0]) != 0)
                continue;
            const struct epi_frame *row = part(g, want, i, i + 1);
            const struct epi_estimate *e = agree_run(
                g, "pool", schemes[k][1], NULL, "prevalence", text(g, want, "p", i), "sensitivity",
                text(g, want, "Se", i), "specificity", text(g, want, "Sp", i), NULL);
            if (!e)
                continue;
            join(g, &sizes, &e->values, "size", row, "optimal_n");
            for (size_t m = 0; m < EPI_COUNT(figures); m++)
                join(g, &j, &e->values, figures[m][0], row, figures[m][1]);
            const struct epi_column *c = epi_frame_column(&e->values, "stage2");
            got[i] = c ? c->words[0] : EPI_NIL;
            bool helps =
                epi_str_eqz(epi_frame_column(&e->values, "pooling_helps")->words[0], "yes");
            if (helps != (number(want, "pooling_helps", i) == 1))
                agree_fail(g, "row %zu: does pooling help?", i + 1);
            stage2[i] = epi_frame_column(want, "stage2")->words[i];
        }
    agree_rel(g, "optimum size", sizes.got, sizes.want, sizes.n, 0);
    agree_words(g, "optimum second stage", got, stage2, want->rows);
    agree_rel(g, "optimum, all schemes", j.got, j.want, j.n, 1e-9);
}

static void dilution(struct agree *g)
{
    static const char *const columns[][2] = {{"size", "n"},
                                             {"tests_per_person", "tests_per_person"},
                                             {"sensitivity", "PSe"},
                                             {"specificity", "PSp"},
                                             {"tests_per_case", "tests_per_true_case_found"}};
    static const char *const best[][2] = {{"size", "n_min_tests"},
                                          {"tests_per_person", "min_tests_per_person"},
                                          {"sensitivity", "PSe_at_that"},
                                          {"per_case_size", "n_min_per_case"},
                                          {"per_case_tests_per_case", "min_tests_per_case"},
                                          {"per_case_sensitivity", "PSe_at_that2"}};
    const struct epi_frame *want = agree_table(g, "expected_dilution.csv"),
                           *optimum = agree_table(g, "expected_dilution_optimum.csv");
    static struct joined j, o;
    j.n = o.n = 0;
    for (size_t from = 0, to; from < want->rows; from = to) {
        for (to = from + 1; to < want->rows && number(want, "n", to) > number(want, "n", to - 1);)
            to++;
        const struct epi_estimate *e = agree_run(
            g, "pool", "dilution", NULL, "prevalence", text(g, want, "p", from), "sensitivity",
            text(g, want, "Se1", from), "specificity", text(g, want, "Sp", from), "dilution",
            text(g, want, "dilution_exponent", from), "min-size", text(g, want, "n", from),
            "max-size", text(g, want, "n", to - 1), NULL);
        for (size_t k = 0; e && k < EPI_COUNT(columns); k++)
            join(g, &j, &e->rows, columns[k][0], part(g, want, from, to), columns[k][1]);
        for (size_t i = 0; e && i < optimum->rows; i++) {
            if (number(optimum, "p", i) != number(want, "p", from) ||
                number(optimum, "dilution_exponent", i) != number(want, "dilution_exponent", from))
                continue;
            for (size_t k = 0; k < EPI_COUNT(best); k++)
                join(g, &o, &e->values, best[k][0], part(g, optimum, i, i + 1), best[k][1]);
        }
    }
    agree_rel(g, "dilution, all sizes", j.got, j.want, j.n, 1e-9);
    agree_rel(g, "dilution, both optima", o.got, o.want, o.n, 1e-9);
}

AGREE(pooled_testing)
{
    EACH_CASE(g)
    {
        if (agree_has(g, "expected_dorfman_all_sizes.csv"))
            dorfman_sizes(g);
        if (agree_has(g, "expected_optimum.csv"))
            optima(g);
        if (agree_has(g, "expected_dilution.csv"))
            dilution(g);
    }
}

AGREE(vaccine_coverage)
{
    EACH_CASE(g)
    {
        struct epi_arena *a = agree_arena(g);
        const char *both =
            epi_str_cz(a, epi_str_printf(a, "%s,%s", agree_param(g, "VE1"), agree_param(g, "VE2")));
        const char *lags = epi_str_cz(
            a, epi_str_printf(a, "%s,%s", agree_param(g, "lag1"), agree_param(g, "lag2")));
        const struct epi_estimate *e = agree_run(
            g, "coverage", "doses", agree_table(g, "input.csv"), "population",
            agree_param(g, "population"), "effectiveness", both, "lag", lags, "ramp",
            agree_param(g, "ramp_days"), "waning", agree_param(g, "waning_per_day"), NULL);
        const struct epi_frame *want = agree_table(g, "expected.csv");
        if (!e)
            continue;
        agree_columns(g, &e->rows, "coverage1", want, "coverage1", 1e-9);
        agree_columns(g, &e->rows, "coverage2", want, "coverage2", 1e-9);
        agree_columns(g, &e->rows, "immune", want, "effective_immune_fraction", 1e-9);
    }
}

AGREE(capacity)
{
    static const char *const columns[][2] = {{"ward", "ward"},
                                             {"ward_initial", "ward_from_initial"},
                                             {"icu", "icu"},
                                             {"oxygen", "oxygen_L_per_min"},
                                             {"oxygen_per_day", "oxygen_m3_per_day"},
                                             {"ward_over", "ward_over"},
                                             {"icu_over", "icu_over"},
                                             {"ward_sd", "ward_new_only_sd_poisson"}};
    static const char *const values[][2] = {{"peak_ward", "peak_ward"},
                                            {"peak_ward_t", "peak_ward_day"},
                                            {"peak_icu", "peak_icu"},
                                            {"peak_icu_t", "peak_icu_day"},
                                            {"first_ward_over_t", "first_day_ward_over"},
                                            {"first_icu_over_t", "first_day_icu_over"}};
    EACH_CASE(g)
    {
        const struct epi_estimate *e = agree_run(
            g, "capacity", "beds", agree_table(g, "input.csv"), "ward-stay",
            agree_param(g, "ward_los"), "ward-stay-shape", agree_param(g, "ward_shape"),
            "ward-stay-scale", agree_param(g, "ward_scale"), "icu-stay", agree_param(g, "ward_los"),
            "icu-stay-shape", agree_param(g, "icu_shape"), "icu-stay-scale",
            agree_param(g, "icu_scale"), "icu-fraction", agree_param(g, "icu_fraction"),
            "initial-ward", agree_param(g, "initial_ward"), "oxygen-ward",
            agree_param(g, "o2_ward_L_min"), "oxygen-icu", agree_param(g, "o2_icu_L_min"),
            "ward-beds", agree_param(g, "ward_beds"), "icu-beds", agree_param(g, "icu_beds"), NULL);
        const struct epi_frame *want = agree_table(g, "expected.csv");
        for (size_t k = 0; e && k < EPI_COUNT(columns); k++)
            agree_columns(g, &e->rows, columns[k][0], want, columns[k][1], 1e-7);
        for (size_t k = 0; e && k < EPI_COUNT(values); k++) {
            const char *param = agree_param(g, values[k][1]);
            agree_one(g, values[k][1], number(&e->values, values[k][0], 0),
                      param && param[0] ? agree_number(g, values[k][1]) : (double)NAN, 1e-7);
        }
    }
}
