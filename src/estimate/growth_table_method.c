// SPDX-License-Identifier: AGPL-3.0-or-later
/* Reproduction numbers of growth rates that are known, as an entry of the table of methods. */
#include "estimate/estimate_internal.h"
#include "estimate/growth.h"
#include "estimate/rt.h"

static const struct epi_estimate_option options[] = {
    {"si-mean", EPI_OPT_NUMBER, "", 0, 1000, NULL, "day",
     "trung bình thời gian thế hệ, khi bảng không có cột mean_gt",
     "mean of the generation time, when the table has no column mean_gt"},
    {"si-sd", EPI_OPT_NUMBER, "", 0, 1000, NULL, "day",
     "độ lệch chuẩn thời gian thế hệ, khi bảng không có cột sd_gt",
     "its standard deviation, when the table has no column sd_gt"},
};

static const double *moment_of(struct epi_estimate_run *r, const char *column, const char *option)
{
    if (epi_frame_column(&r->input, column))
        return epi_frame_need(&r->input, column, 1e-3, 1000, 0, r->findings);
    if (!epi_opt_given(r, option) || !(epi_opt_number(r, option) > 0)) {
        epi_finding_add(r->findings, EPI_ERROR, "estimate.si-missing", 0, epi_str_of(option),
                        EPI_NIL, EPI_NIL);
        return NULL;
    }
    double *v = EPI_ARRAY(r->a, r->input.rows, double);
    for (size_t i = 0; i < r->input.rows; i++)
        v[i] = epi_opt_number(r, option);
    return v;
}

static epi_status run(struct epi_estimate_run *r)
{
    enum { LAGS = 401 };
    const double *growth = epi_frame_need(&r->input, "r", -10, 10, 0, r->findings);
    const double *mean = moment_of(r, "mean_gt", "si-mean"), *sd = moment_of(r, "sd_gt", "si-sd");
    if (!growth || !mean || !sd)
        return EPI_FAIL(r->err, EPI_INVALID, "estimate.table-faulty", "%s", "");
    static const char *const names[] = {"r",     "mean_gt",     "sd_gt",    "gamma",  "lags",
                                        "fixed", "exponential", "doubling", "halving"};
    double *c[EPI_COUNT(names)], w[LAGS];
    struct epi_frame *f = &r->out->rows;
    size_t undefined = 0, no_lags = 0;
    epi_frame_init(f, r->input.rows);
    for (size_t k = 0; k < EPI_COUNT(names); k++)
        c[k] = epi_frame_add(r->a, f, names[k]);
    for (size_t i = 0; i < r->input.rows; i++) {
        struct epi_growth_times t = epi_growth_times(growth[i], growth[i], growth[i]);
        c[0][i] = growth[i];
        c[1][i] = mean[i];
        c[2][i] = sd[i];
        c[3][i] = epi_rt_of_growth_gamma(growth[i], mean[i], sd[i]);
        c[4][i] = (double)NAN;
        if (mean[i] > 1) {
            epi_si_discretise(mean[i], sd[i], LAGS, w);
            c[4][i] = epi_rt_of_growth_lags(growth[i], w, LAGS);
        }
        c[5][i] = epi_rt_of_growth_fixed(growth[i], mean[i]);
        c[6][i] = epi_rt_of_growth_exponential(growth[i], mean[i]);
        c[7][i] = t.doubling;
        c[8][i] = t.halving;
        no_lags += !(mean[i] > 1);
        undefined += isnan(c[3][i]) || isnan(c[6][i]);
    }
    if (undefined)
        epi_out_note(r, EPI_WARNING, "estimate.rt-no-moment", 0,
                     epi_str_printf(r->a, "%zu", undefined),
                     epi_str_printf(r->a, "%zu", r->input.rows));
    if (no_lags)
        epi_out_note(r, EPI_WARNING, "estimate.si-under-a-day", 0,
                     epi_str_printf(r->a, "%zu", no_lags), EPI_NIL);
    return EPI_OK;
}

static const struct epi_estimate_column columns[] = {
    {"r", "1/day", "tốc độ tăng mỗi ngày", "growth rate per day"},
    {"mean_gt", "day", "trung bình thời gian thế hệ", "mean of the generation time"},
    {"sd_gt", "day", "độ lệch chuẩn của nó", "its standard deviation"},
    {"gamma", "", "R, thời gian thế hệ gamma", "R, gamma generation time"},
    {"lags", "", "R, phân bố theo ngày như của Cori", "R, by lag as in the method of Cori"},
    {"fixed", "", "R, thời gian thế hệ cố định", "R, fixed generation time"},
    {"exponential", "", "R, thời gian thế hệ mũ", "R, exponential generation time"},
    {"doubling", "day", "thời gian tăng gấp đôi", "doubling time"},
    {"halving", "day", "thời gian giảm một nửa", "halving time"},
};

static const struct epi_estimate_method methods[] = {
    {.figure = "growth",
     .method = "r-to-r",
     .vi = "từ tốc độ tăng đã biết ra hệ số lây nhiễm",
     .en = "reproduction numbers of growth rates that are known",
     .paper = "Wallinga and Lipsitch 2007, Proc R Soc B 274:599",
     .shape = EPI_SHAPE_TABLE,
     .series_flags = 0,
     .input = "r mean_gt? sd_gt?",
     .options = options,
     .options_n = EPI_COUNT(options),
     .columns = columns,
     .columns_n = EPI_COUNT(columns),
     .run = run},
};
const struct epi_estimate_group epi__growth_table_methods = {methods, EPI_COUNT(methods)};
