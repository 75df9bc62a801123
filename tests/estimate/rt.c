// SPDX-License-Identifier: AGPL-3.0-or-later
/* The reproduction number beside EpiEstim. */
#include "agree.h"
#include <stdio.h>

#define CLOSED 1e-8

/* Their w are second differences of numbers up to the lag, so they carry an error of some 1e-14 and
 * say nothing about values near it: absolute for all, relative for what is well above. */
static void compare_lags(struct agree *g, const char *what, const struct epi_frame *got,
                         const char *ours, const double *want, size_t n)
{
    const double *w = epi_frame_numbers(got, ours);
    double *a = EPI_ARRAY(agree_arena(g), n + 1, double),
           *b = EPI_ARRAY(agree_arena(g), n + 1, double);
    size_t large = 0;
    if (!w || got->rows < n) {
        agree_fail(g, "%s: %zu lags, expected %zu", what, got->rows, n);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        if (want[i] > 1e-5) {
            a[large] = w[i];
            b[large++] = want[i];
        }
    }
    agree_abs(g, what, w, want, n, 1e-12);
    agree_rel(g, what, a, b, large, CLOSED);
}

static const struct epi_frame *table_of(struct agree *g, const struct epi_estimate *e,
                                        const char *name)
{
    for (size_t i = 0; i < e->tables_n; i++) {
        if (epi_str_eqz(e->tables[i].name, name))
            return &e->tables[i];
    }
    agree_fail(g, "no table %s", name);
    return NULL;
}

static void discretised(struct agree *g)
{
    const struct epi_frame *want = agree_table(g, "expected.csv");
    const double *mean = epi_frame_numbers(want, "mean_si"), *sd = epi_frame_numbers(want, "sd_si"),
                 *w = epi_frame_numbers(want, "w");
    for (size_t i = 0; mean && sd && w && i < want->rows;) {
        char m[32], s[32], name[64], lags[32];
        size_t n = 1;
        while (i + n < want->rows && mean[i + n] == mean[i] && sd[i + n] == sd[i])
            n++;
        (void)snprintf(m, sizeof m, "%.17g", mean[i]);
        (void)snprintf(s, sizeof s, "%.17g", sd[i]);
        (void)snprintf(lags, sizeof lags, "%zu", n - 1);
        (void)snprintf(name, sizeof name, "w, mean %g sd %g", mean[i], sd[i]);
        const struct epi_estimate *e =
            agree_run(g, "si", "discretised", NULL, "si-mean", m, "si-sd", s, "lags", lags, NULL);
        if (!e)
            return;
        compare_lags(g, name, &e->rows, "w", w + i, n);
        i += n;
    }
}

static const char *const stats[][2] = {{"mean", "mean"}, {"sd", "sd"},   {"q025", "q025"},
                                       {"q05", "q05"},   {"q25", "q25"}, {"median", "q50"},
                                       {"q75", "q75"},   {"q95", "q95"}, {"q975", "q975"}};

/* Their averages over seeds, each within four of the sd between seeds. */
static void within(struct agree *g, const struct epi_frame *got, const struct epi_frame *want)
{
    for (size_t k = 0; k < EPI_COUNT(stats); k++) {
        char mcsd[32];
        (void)snprintf(mcsd, sizeof mcsd, "mcsd_%s", stats[k][1]);
        const double *err = epi_frame_numbers(want, mcsd);
        if (!err || got->rows != want->rows)
            agree_fail(g, "%s: no column, or %zu rows", mcsd, got->rows);
        else
            agree_within(g, stats[k][1], epi_frame_numbers(got, stats[k][0]),
                         epi_frame_numbers(want, stats[k][1]), err, want->rows, 4);
    }
}

static const struct epi_estimate *cori(struct agree *g, const struct epi_frame *windows)
{
    const struct epi_frame *in = agree_table(g, "input.csv"), *si = NULL, *sample = NULL;
    const char *method = agree_param(g, "method");
    bool by_lag = method && strcmp(method, "non_parametric_si") == 0;
    if (by_lag)
        si = agree_table(g, "expected_si.csv");
    if (agree_has(g, "input_si_sample.csv"))
        sample = agree_table(g, "input_si_sample.csv");
    return agree_run(g, "rt", "cori", in, "@windows", windows, "@si", si, "@si-sample", sample,
                     "si-mean", agree_param(g, "mean_si"), "si-sd",
                     agree_param(g, agree_param(g, "sd_si") ? "sd_si" : "std_si"), "si-mean-sd",
                     agree_param(g, "std_mean_si"), "si-mean-min", agree_param(g, "min_mean_si"),
                     "si-mean-max", agree_param(g, "max_mean_si"), "si-sd-sd",
                     agree_param(g, "std_std_si"), "si-sd-min", agree_param(g, "min_std_si"),
                     "si-sd-max", agree_param(g, "max_std_si"), "n1", agree_param(g, "n1"), "n2",
                     agree_param(g, "n2"), "prior-mean", agree_param(g, "mean_prior"), "prior-sd",
                     agree_param(g, "sd_prior"), NULL);
}

AGREE(rt_cori)
{
    EACH_CASE(g)
    {
        if (strcmp(agree_case(g), "discretised_si") == 0) {
            discretised(g);
            continue;
        }
        const struct epi_frame *want = agree_table(g, "expected.csv");
        const char *windows = agree_param(g, "windows");
        bool sliding = windows && strncmp(windows, "sliding 7", 9) == 0;
        const struct epi_estimate *e = cori(g, sliding ? NULL : want);
        if (!e)
            continue;
        if (epi_frame_column(want, "mcsd_mean")) {
            within(g, &e->rows, want);
            continue;
        }
        agree_columns(g, &e->rows, "t_start", want, "t_start", 0);
        agree_columns(g, &e->rows, "t_end", want, "t_end", 0);
        for (size_t k = 0; k < EPI_COUNT(stats); k++)
            agree_columns(g, &e->rows, stats[k][0], want, stats[k][1], CLOSED);
        const struct epi_frame *lambda = table_of(g, e, "lambda"), *si = table_of(g, e, "si");
        const struct epi_frame *want_si = agree_table(g, "expected_si.csv");
        if (lambda)
            agree_columns(g, lambda, "lambda", agree_table(g, "expected_lambda.csv"), "lambda",
                          CLOSED);
        if (si && epi_frame_numbers(want_si, "w"))
            compare_lags(g, "w", si, "w", epi_frame_numbers(want_si, "w"),
                         want_si->rows < si->rows ? want_si->rows : si->rows);
    }
}

AGREE(rt_wallinga_teunis)
{
    EACH_CASE(g)
    {
        const struct epi_frame *want = agree_table(g, "expected.csv"),
                               *days = agree_table(g, "expected_by_day.csv"), *si = NULL;
        if (!agree_param(g, "mean_si"))
            si = agree_table(g, "si.csv");
        const struct epi_estimate *e =
            agree_run(g, "rt", "wallinga-teunis", agree_table(g, "input.csv"), "@si", si, "si-mean",
                      agree_param(g, "mean_si"), "si-sd", agree_param(g, "sd_si"), NULL);
        if (!e)
            continue;
        agree_columns(g, &e->rows, "t_start", want, "t_start", 0);
        agree_columns(g, &e->rows, "t_end", want, "t_end", 0);
        agree_columns(g, &e->rows, "mean", want, "mean", CLOSED);
        agree_columns(g, &e->rows, "sd", want, "sd_exact", CLOSED);
        const struct epi_frame *by_day = table_of(g, e, "by_day");
        if (by_day)
            agree_columns(g, by_day, "case_r", days, "case_R", CLOSED);
    }
}
