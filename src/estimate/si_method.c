// SPDX-License-Identifier: AGPL-3.0-or-later
/* The serial interval by lag as an entry of the table of methods. */
#include "estimate/rt_options.h"

static const struct epi_estimate_option options[] = {
    EPI__OPTION_SI_MEAN(NULL),
    EPI__OPTION_SI_SD(NULL),
    {"lags", EPI_OPT_INTEGER, "40", 1, 10000, NULL, "day", "độ trễ lớn nhất", "greatest lag"},
};

static epi_status run(struct epi_estimate_run *r)
{
    double mean = epi_opt_number(r, "si-mean"), sd = epi_opt_number(r, "si-sd");
    size_t n = (size_t)epi_opt_number(r, "lags") + 1;
    if (!(mean > 1) || !(sd >= 0.01)) {
        epi_finding_add(r->findings, EPI_ERROR, mean > 1 ? "estimate.si-sd" : "estimate.si-mean", 0,
                        mean > 1 ? EPI_S("si-sd") : EPI_S("si-mean"), EPI_S("1"), EPI_NIL);
        return EPI_FAIL(r->err, EPI_INVALID, "estimate.options-faulty", "%s", "");
    }
    epi_frame_init(&r->out->rows, n);
    double *k = epi_frame_add(r->a, &r->out->rows, "k"),
           *w = epi_frame_add(r->a, &r->out->rows, "w"),
           *cdf = epi_frame_add(r->a, &r->out->rows, "cdf"), sum = 0;
    epi_si_discretise(mean, sd, n, w);
    for (size_t i = 0; i < n; i++) {
        k[i] = (double)i;
        cdf[i] = sum += w[i];
    }
    epi_out_value(r, "mean", epi_si_mean(w, n));
    epi_out_value(r, "sd", epi_si_sd(w, n));
    if (sum < 0.99)
        epi_out_note(r, EPI_WARNING, "estimate.si-longer", 0,
                     epi_str_printf(r->a, "%.0f", 100 * (1 - sum)), EPI_NIL);
    return EPI_OK;
}

static const struct epi_estimate_column columns[] = {
    {"k", "day", "độ trễ", "lag"},
    {"w", "", "xác suất", "probability"},
    {"cdf", "", "xác suất tích lũy", "cumulated probability"},
};
static const struct epi_estimate_method methods[] = {
    {.figure = "si",
     .method = "discretised",
     .vi = "khoảng thời gian nối tiếp theo ngày",
     .en = "serial interval by day",
     .paper = "Cori et al. 2013, Am J Epidemiol 178:1505, web appendix 11",
     .shape = EPI_SHAPE_NONE,
     .series_flags = 0,
     .input = "",
     .options = options,
     .options_n = EPI_COUNT(options),
     .columns = columns,
     .columns_n = EPI_COUNT(columns),
     .run = run},
};
const struct epi_estimate_group epi__si_methods = {methods, EPI_COUNT(methods)};
