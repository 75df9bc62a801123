// SPDX-License-Identifier: AGPL-3.0-or-later
/* Case fatality. */
#include "agree.h"

/* Rows of one method of their long table against a triple of our columns. */
static void series(struct agree *g, const struct epi_estimate *e, const struct epi_frame *all,
                   const char *method, const char *ours, double tolerance)
{
    static const char *const theirs[] = {"est", "lo", "hi"}, *const suffix[] = {"", "_low",
                                                                                "_high"};
    const struct epi_frame *want = agree_where(g, all, "method", method);
    for (int k = 0; e && k < 3; k++) {
        const char *column =
            epi_str_cz(agree_arena(g), epi_str_printf(agree_arena(g), "%s%s", ours, suffix[k]));
        const char *what =
            epi_str_cz(agree_arena(g), epi_str_printf(agree_arena(g), "%s %s", method, theirs[k]));
        if (e->rows.rows != want->rows)
            agree_fail(g, "%s: %zu rows, expected %zu", method, e->rows.rows, want->rows);
        else
            agree_abs(g, what, epi_frame_numbers(&e->rows, column),
                      epi_frame_numbers(want, theirs[k]), want->rows, tolerance);
    }
}

AGREE(cfr)
{
    EACH_CASE(g)
    {
        const struct epi_frame *in = agree_table(g, "input.csv");
        const char *delay = agree_param(g, "delay"), *shape = agree_param(g, "shape"),
                   *scale = agree_param(g, "scale"), *step = agree_param(g, "grid_step"),
                   *drop = agree_param(g, "loglik_drop"),
                   *cases = agree_param(g, "poisson_threshold"), *burn = agree_param(g, "burn_in");
#define COMMON \
    "delay", delay, "delay-shape", shape, "delay-scale", scale, "grid-step", step, "loglik-drop", \
        drop, "poisson-cases", cases
        const struct epi_estimate *e = agree_run(g, "cfr", "static", in, COMMON, NULL);
        const struct epi_frame *want = agree_table(g, "expected_static.csv");
        static const char *const ours[] = {"estimate", "low", "high", "cases", "deaths"};
        static const char *const theirs[] = {"severity_estimate", "severity_low", "severity_high",
                                             "total_cases", "total_deaths"};
        for (size_t k = 0; e && k < EPI_COUNT(ours); k++)
            agree_columns(g, &e->rows, ours[k], want, theirs[k], 1e-8);
        if (e) {
            agree_one(g, "expected known outcomes", epi_frame_numbers(&e->rows, "outcomes")[1],
                      epi_frame_numbers(want, "expected_known_outcomes")[1], 1e-8);
            want = agree_table(g, "expected_outcomes.csv");
            agree_columns(g, &e->tables[0], "outcomes", want, "expected_outcomes", 1e-8);
            agree_columns(g, &e->tables[0], "known_share", want, "u_t", 1e-8);
        }
        want = agree_table(g, "expected_series.csv");
        e = agree_run(g, "cfr", "rolling", in, COMMON, NULL);
        series(g, e, want, "rolling_naive", "naive", 1e-8);
        series(g, e, want, "rolling_corrected", "corrected", 1e-12);
        e = agree_run(g, "cfr", "time-varying", in, COMMON, "burn-in", burn, NULL);
        series(g, e, want, "time_varying_naive", "naive", 1e-8);
        series(g, e, want, "time_varying_corrected", "corrected", 1e-8);
        e = agree_run(g, "cfr", "time-varying", in, COMMON, "burn-in", burn, "smooth", "7", NULL);
        series(g, e, want, "time_varying_corrected_runmed7", "corrected", 1e-8);
    }
}
