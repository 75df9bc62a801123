// SPDX-License-Identifier: AGPL-3.0-or-later
/* The reproduction number of cases as an entry of the table of methods. */
#include "estimate/rt_options.h"

static const struct epi_estimate_option case_options[] = {
    EPI__OPTION_SI_MEAN(""),
    EPI__OPTION_SI_SD(""),
    EPI__OPTION_SI,
    EPI__OPTIONS_WINDOW,
};

/* The share of those the window's cases infect that had their onset by the last day, as far as the
 * serial interval tells. */
static double complete(const struct epi_series *s, const double *cumulated, uint32_t start,
                       uint32_t end)
{
    double cases = 0, seen = 0;
    for (size_t t = start - 1; t < end; t++) {
        double c = s->cases[t] + (s->imported ? s->imported[t] : 0);
        cases += c;
        seen += c * cumulated[s->n - 1 - t];
    }
    return seen / cases;
}

static epi_status run_case(struct epi_estimate_run *r)
{
    EPI_ARENA_LOCAL(scratch);
    struct epi_rt_setting s = {.days = r->series.n,
                               .prior_mean = 1,
                               .prior_sd = 1,
                               .probs = epi__rt_probs,
                               .probs_n = EPI__RT_PROBS};
    struct epi_rt_plan *plan;
    EPI_TRY(epi__si_read(r, s.days, r->series.step, &s.si));
    EPI_TRY(epi__windows_read(r, &s.windows));
    if (epi__all_zero(&r->series))
        return EPI_FAIL(r->err, EPI_INVALID, "estimate.all-zero", "%s", "");
    EPI_TRY(epi_rt_plan_new(scratch, &s, &plan, r->err));
    size_t n = s.windows.n, kept = 0, *keep = EPI_ARRAY(r->a, n, size_t);
    struct epi_rt_rows rows = {EPI_ARRAY(r->a, n, double), EPI_ARRAY(r->a, n, double),
                               EPI_ARRAY(r->a, n * EPI__RT_PROBS, double), NULL};
    double *by_day = EPI_ARRAY(r->a, s.days, double), *lambda = EPI_ARRAY(scratch, s.days, double);
    epi_rt_wallinga_teunis(plan, r->series.cases, r->series.imported, 1, rows, by_day);
    for (size_t i = 0; i < n; i++) {
        if (!isnan(rows.mean[i]))
            keep[kept++] = i;
    }
    epi__rt_rows(r, &s.windows, keep, kept, &rows);
    epi__rt_cases(r, &s.windows, keep, kept, true);
    double *part = epi_frame_add(r->a, &r->out->rows, "complete"), *w = epi__si_table_out(r, &s.si);
    size_t biased = 0, orphans = 0;
    double lost = 0;
    epi_rt_infectivity(r->series.cases, r->series.imported, w, s.days, lambda);
    for (size_t t = 0, begun = 0; t < s.days; t++) {
        if (begun && r->series.cases[t] > 0 && !(lambda[t] > 1e-9)) {
            orphans++;
            lost += r->series.cases[t];
        }
        begun =
            begun || r->series.cases[t] > 0 || (r->series.imported && r->series.imported[t] > 0);
    }
    for (size_t k = 1; k < s.days; k++)
        w[k] += w[k - 1];
    for (size_t i = 0; i < kept; i++) {
        part[i] = complete(&r->series, w, s.windows.start[keep[i]], s.windows.end[keep[i]]);
        biased += part[i] < 0.95;
    }
    epi__rt_days(r, "by_day", "case_r", by_day);
    epi__rt_note(r, EPI_NOTE, "estimate.rt-no-cases", n - kept, n);
    epi__rt_note(r, EPI_WARNING, "estimate.rt-not-over", biased, kept);
    epi__rt_note(r, EPI_WARNING, "estimate.rt-orphans", orphans, (size_t)lost);
    epi__rt_note_incomplete(r, &s.windows);
    if (r->series.step > 1)
        epi_out_note(r, EPI_NOTE, "estimate.rt-weekly", 0, EPI_NIL, EPI_NIL);
    return EPI_OK;
}

static const struct epi_estimate_column case_columns[] = {
    EPI__RT_ROW_COLUMNS,
    {"cases", "person", "số ca trong cửa sổ", "cases of the window"},
    {"complete", "", "phần ca thứ phát đã kịp khởi phát đến ngày cuối",
     "share of their secondary cases that had their onset by the last day"},
};

static const struct epi_estimate_method methods[] = {
    {.figure = "rt",
     .method = "wallinga-teunis",
     .vi = "hệ số lây nhiễm theo ca (Wallinga và Teunis)",
     .en = "reproduction number of cases (Wallinga and Teunis)",
     .paper = "Wallinga and Teunis 2004, Am J Epidemiol 160:509",
     .shape = EPI_SHAPE_SERIES,
     .series_flags = 0,
     .input = "t|date cases|incidence|count|local imported?",
     .options = case_options,
     .options_n = EPI_COUNT(case_options),
     .columns = case_columns,
     .columns_n = EPI_COUNT(case_columns),
     .run = run_case},
};
const struct epi_estimate_group epi__rt_case_methods = {methods, EPI_COUNT(methods)};
