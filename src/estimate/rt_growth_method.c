// SPDX-License-Identifier: AGPL-3.0-or-later
/* The reproduction number from the growth rate as an entry of the table of methods. */
#include "estimate/growth_options.h"
#include "estimate/rt_options.h"

static const struct epi_estimate_option growth_options[] = {
    {"model", EPI_OPT_WORD, "log-linear", 0, 0,
     "log-linear|poisson|quasi-poisson|negative-binomial", "", "mô hình của tốc độ tăng",
     "model of the growth rate"},
    {"shape", EPI_OPT_WORD, "gamma", 0, 0, "gamma|lags|fixed|exponential", "",
     "dạng của thời gian thế hệ", "shape of the generation time"},
    EPI__OPTION_SI_MEAN(""),
    EPI__OPTION_SI_SD(""),
    EPI__OPTION_SI,
    EPI__OPTIONS_RANGE,
    {"window", EPI_OPT_INTEGER, "0", 0, 10000, NULL, "day",
     "độ dài cửa sổ trượt; 0 = một ước lượng cho cả khoảng",
     "length of sliding windows; 0 = one estimate for the whole range"},
    {"step", EPI_OPT_INTEGER, "1", 1, 10000, NULL, "day", "khoảng cách giữa hai cửa sổ liên tiếp",
     "days from one window to the next"},
};

struct generation {
    enum { GAMMA, LAGS, FIXED, EXPONENTIAL } shape;
    double mean, sd;
    struct epi_si si;
};

static epi_status generation_read(struct epi_estimate_run *r, struct generation *g)
{
    *g = (struct generation){.shape = epi_opt_is(r, "shape", "gamma")   ? GAMMA
                                      : epi_opt_is(r, "shape", "lags")  ? LAGS
                                      : epi_opt_is(r, "shape", "fixed") ? FIXED
                                                                        : EXPONENTIAL,
                             .mean = epi_opt_number(r, "si-mean"),
                             .sd = epi_opt_number(r, "si-sd")};
    if (g->shape == LAGS || epi_opt_given(r, "si")) {
        g->shape = LAGS; /* a table has its own lags, the parametric one those of 400 days */
        return epi__si_read(r, epi_opt_given(r, "si") ? 100001 : 401, 1, &g->si);
    }
    if (!(g->mean > 0) || (g->shape == GAMMA && !(g->sd > 0))) {
        epi_finding_add(r->findings, EPI_ERROR, "estimate.si-missing", 0, EPI_S("si-mean"), EPI_NIL,
                        EPI_NIL);
        return EPI_FAIL(r->err, EPI_INVALID, "estimate.options-faulty", "%s", "");
    }
    return EPI_OK;
}

static double of_growth(const struct generation *g, double r)
{
    if (isnan(r))
        return (double)NAN;
    switch (g->shape) {
    case GAMMA:
        return epi_rt_of_growth_gamma(r, g->mean, g->sd);
    case LAGS:
        return epi_rt_of_growth_lags(r, g->si.w, g->si.lags);
    case FIXED:
        return epi_rt_of_growth_fixed(r, g->mean);
    case EXPONENTIAL:
        return epi_rt_of_growth_exponential(r, g->mean);
    }
    return (double)NAN;
}

static epi_status run_growth(struct epi_estimate_run *r)
{
    struct generation gt;
    struct epi__range range;
    enum epi_growth_model model = epi__growth_model(epi_opt_word(r, "model"));
    EPI_TRY(generation_read(r, &gt));
    EPI_TRY(epi__range_read(r, &range));
    double step = r->series.step, window = rint(epi_opt_number(r, "window") / step);
    size_t width = window > 0 ? (size_t)window : range.n,
           apart = (size_t)fmax(1, rint(epi_opt_number(r, "step") / step));
    if (width < 3 || width > range.n)
        return EPI_FAIL(r->err, EPI_INVALID, "estimate.rt-too-short", "%zu", range.n);
    size_t n = (range.n - width) / apart + 1, empty = 0, undefined = 0;
    struct epi_frame *f = &r->out->rows;
    static const char *const names[] = {"t_start", "t_end", "r",  "r_lo",
                                        "r_hi",    "mean",  "lo", "hi"};
    double *c[EPI_COUNT(names)], *date_from = NULL, *date_to = NULL;
    epi_frame_init(f, n);
    for (size_t k = 0; k < EPI_COUNT(names); k++) {
        c[k] = epi_frame_add(r->a, f, names[k]);
        if (k == 1 && epi_date_known(r->series.start)) {
            date_from = epi_frame_add_date(r->a, f, "date_start");
            date_to = epi_frame_add_date(r->a, f, "date_end");
        }
    }
    for (size_t i = 0; i < n; i++) {
        size_t from = range.from + i * apart;
        struct epi_growth g;
        c[0][i] = r->series.t0 + (double)from;
        c[1][i] = r->series.t0 + (double)(from + width - 1);
        if (date_from && date_to) {
            date_from[i] = epi_series_date(&r->series, from);
            date_to[i] = epi_series_date(&r->series, from + width - 1);
        }
        struct epi_arena_mark mark = epi_arena_mark(r->a);
        epi_status s = epi_growth_fit(r->a, r->series.cases + from, width, r->series.step, model,
                                      epi_opt_number(r, "level"), &g, r->err);
        epi_arena_release(r->a, mark);
        if (s != EPI_OK && n == 1)
            return s;
        empty += s != EPI_OK || !g.converged;
        if (s != EPI_OK || !g.converged)
            continue;
        c[2][i] = g.r;
        c[3][i] = g.lo;
        c[4][i] = g.hi;
        for (size_t k = 0; k < 3; k++)
            c[5 + k][i] = of_growth(&gt, c[2 + k][i]);
        undefined += isnan(c[5][i]) || isnan(c[6][i]);
    }
    if (r->err)
        *r->err = (struct epi_err){0};
    epi__rt_note(r, EPI_WARNING, "estimate.growth-windows-empty", empty, n);
    epi__rt_note(r, EPI_WARNING, "estimate.rt-no-moment", undefined, n);
    return EPI_OK;
}

static const struct epi_estimate_column growth_columns[] = {
    {"t_start", "", "bước đầu", "first step used"},
    {"t_end", "", "bước cuối", "last step used"},
    {"date_start", "", "ngày đầu", "first day used"},
    {"date_end", "", "ngày cuối", "last day used"},
    {"r", "1/day", "tốc độ tăng mỗi ngày", "growth rate per day"},
    {"r_lo", "1/day", "cận dưới của tốc độ tăng", "lower limit of the growth rate"},
    {"r_hi", "1/day", "cận trên của tốc độ tăng", "upper limit of the growth rate"},
    {"mean", "", "R", "R"},
    {"lo", "", "cận dưới của R", "lower limit of R"},
    {"hi", "", "cận trên của R", "upper limit of R"},
};

static const struct epi_estimate_method methods[] = {
    {.figure = "rt",
     .method = "growth",
     .vi = "hệ số lây nhiễm từ tốc độ tăng (Wallinga và Lipsitch)",
     .en = "reproduction number from the growth rate (Wallinga and Lipsitch)",
     .paper = "Wallinga and Lipsitch 2007, Proc R Soc B 274:599",
     .shape = EPI_SHAPE_SERIES,
     .series_flags = 0,
     .input = "t|date cases|incidence|count|local imported?",
     .options = growth_options,
     .options_n = EPI_COUNT(growth_options),
     .columns = growth_columns,
     .columns_n = EPI_COUNT(growth_columns),
     .run = run_growth},
};
const struct epi_estimate_group epi__rt_growth_methods = {methods, EPI_COUNT(methods)};
