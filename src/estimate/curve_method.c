// SPDX-License-Identifier: AGPL-3.0-or-later
/* The epidemic curve itself, with its running mean: what every other figure is drawn beside. */
#include "estimate/risk_internal.h"

#define WEEK 7

static double sum_of(const double *v, size_t from, size_t to)
{
    double sum = 0;
    for (size_t i = from; i < to; i++)
        sum += v[i];
    return sum;
}

static epi_status run_counts(struct epi_estimate_run *r)
{
    const double *cases = r->series.cases;
    size_t n = r->series.n, peak = 0, step = (size_t)r->series.step,
           width = step >= WEEK ? 1 : WEEK / step;
    struct epi_frame *f = &r->out->rows;
    epi_frame_init(f, n);
    epi__time_columns(r, f);
    double *count = epi_frame_add(r->a, f, "cases"), *mean = epi_frame_add(r->a, f, "mean7"),
           *total = epi_frame_add(r->a, f, "cumulative");
    for (size_t i = 0; i < n; i++) {
        count[i] = cases[i];
        total[i] = cases[i] + (i ? total[i - 1] : 0);
        if (i + 1 >= width) /* the first days have no whole week behind them */
            mean[i] = sum_of(cases, i + 1 - width, i + 1) / (double)(width * step);
        peak = cases[i] > cases[peak] ? i : peak;
    }
    double last = n >= width ? sum_of(cases, n - width, n) : (double)NAN,
           before = n >= 2 * width ? sum_of(cases, n - 2 * width, n - width) : (double)NAN;
    epi_out_value(r, "cases", n ? total[n - 1] : 0);
    epi_out_value(r, "peak", cases[peak]);
    epi_out_value(r, "peak_t", r->series.t0 + (double)peak);
    epi_out_value(r, "last7", last);
    epi_out_value(r, "previous7", before);
    if (n && total[n - 1] <= 0)
        epi_out_note(r, EPI_NOTE, "estimate.all-zero", 0, EPI_NIL, EPI_NIL);
    return EPI_OK;
}

static const struct epi_estimate_column columns[] = {
    {"t", "", "thứ tự bước", "step"},
    {"date", "", "ngày", "date"},
    {"cases", "person", "số ca", "cases"},
    {"mean7", "person", "trung bình mỗi ngày của 7 ngày tính đến ngày này",
     "mean per day of the 7 days that end here"},
    {"cumulative", "person", "cộng dồn từ đầu chuỗi", "sum since the start of the series"},
};
static const struct epi_estimate_method methods[] = {
    {.figure = "curve",
     .method = "counts",
     .vi = "Đường cong dịch và trung bình 7 ngày",
     .en = "Epidemic curve and 7-day mean",
     .paper = "Dicker et al. 2012, Principles of Epidemiology, CDC SS1978, lesson 4",
     .shape = EPI_SHAPE_SERIES,
     .input = "t|date cases|incidence|count|local imported?",
     .columns = columns,
     .columns_n = EPI_COUNT(columns),
     .run = run_counts},
};
const struct epi_estimate_group epi__curve_methods = {methods, EPI_COUNT(methods)};
