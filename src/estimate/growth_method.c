// SPDX-License-Identifier: AGPL-3.0-or-later
/* Growth, doubling and halving as entries of the table of methods. */
#include "estimate/growth_options.h"

enum epi_growth_model epi__growth_model(epi_str name)
{
    return epi_str_eqz(name, "poisson")             ? EPI_GROWTH_POISSON
           : epi_str_eqz(name, "quasi-poisson")     ? EPI_GROWTH_QUASI_POISSON
           : epi_str_eqz(name, "negative-binomial") ? EPI_GROWTH_NEGATIVE_BINOMIAL
                                                    : EPI_GROWTH_LOG_LINEAR;
}

static bool limit(struct epi_estimate_run *r, const char *option, const char *dated, double *point)
{
    const struct epi_series *s = &r->series;
    const char *name = epi_opt_given(r, dated) ? dated : option;
    if (!epi_opt_given(r, name))
        return true;
    double at = name == option             ? epi_opt_number(r, name) - s->t0
                : epi_date_known(s->start) ? (epi_opt_number(r, name) - s->start.d) / s->step
                                           : (double)NAN;
    /* A day inside a week belongs to the week's point. */
    *point = floor(at);
    if (*point >= 0 && *point < (double)s->n)
        return true;
    epi_finding_add(r->findings, EPI_ERROR, "estimate.range-outside", 0, epi_str_of(name), EPI_NIL,
                    EPI_NIL);
    return false;
}

epi_status epi__range_read(struct epi_estimate_run *r, struct epi__range *ret)
{
    double from = 0, to = (double)r->series.n - 1;
    bool ok = limit(r, "from", "from-date", &from);
    ok = limit(r, "to", "to-date", &to) && ok;
    if (ok && to < from) {
        epi_finding_add(r->findings, EPI_ERROR, "estimate.range-outside", 0, EPI_S("to"), EPI_NIL,
                        EPI_NIL);
        ok = false;
    }
    if (!ok)
        return EPI_FAIL(r->err, EPI_INVALID, "estimate.options-faulty", "%s", "");
    *ret = (struct epi__range){(size_t)from, (size_t)(to - from) + 1};
    return EPI_OK;
}

static const struct epi_estimate_option options[] = {EPI__OPTIONS_RANGE};
static const struct epi_estimate_option split_options[] = {
    EPI__OPTIONS_RANGE,
    {"reach", EPI_OPT_NUMBER, "", 0, 10000, NULL, "day",
     "tìm điểm tách trong bao nhiêu ngày quanh đỉnh (mặc định: một phần tám chuỗi)",
     "days on either side of the peak in which the split is sought (an eighth of the series)"},
};

/* One line of the rows: a segment of the series and what was fitted to it. */
struct segment {
    const char *name;
    size_t from, to;
    struct epi_growth g;
};

static void rows_out(struct epi_estimate_run *r, const struct segment *seg, size_t n)
{
    static const char *const names[] = {"t_start",     "t_end",       "n",       "r",
                                        "se",          "r_lo",        "r_hi",    "doubling",
                                        "doubling_lo", "doubling_hi", "halving", "halving_lo",
                                        "halving_hi",  "intercept",   "r2",      "r2_adjusted",
                                        "deviance",    "dispersion",  "size"};
    struct epi_frame *f = &r->out->rows;
    double *c[EPI_COUNT(names)], *date_from = NULL, *date_to = NULL;
    epi_frame_init(f, n);
    epi_str *segment = epi_frame_add_word(r->a, f, "segment");
    for (size_t k = 0; k < EPI_COUNT(names); k++) {
        c[k] = epi_frame_add(r->a, f, names[k]);
        if (k == 1 && epi_date_known(r->series.start)) {
            date_from = epi_frame_add_date(r->a, f, "date_start");
            date_to = epi_frame_add_date(r->a, f, "date_end");
        }
    }
    for (size_t i = 0; i < n; i++) {
        const struct epi_growth *g = &seg[i].g;
        struct epi_growth_times t = epi_growth_times(g->r, g->lo, g->hi);
        const double v[] = {r->series.t0 + (double)seg[i].from,
                            r->series.t0 + (double)seg[i].to,
                            (double)g->n,
                            g->r,
                            g->se,
                            g->lo,
                            g->hi,
                            t.doubling,
                            t.doubling_lo,
                            t.doubling_hi,
                            t.halving,
                            t.halving_lo,
                            t.halving_hi,
                            g->intercept,
                            g->r2,
                            g->r2_adjusted,
                            g->deviance,
                            g->dispersion,
                            g->size};
        segment[i] = epi_str_of(seg[i].name);
        for (size_t k = 0; k < EPI_COUNT(v); k++)
            c[k][i] = v[k];
        if (date_from && date_to) {
            date_from[i] = epi_series_date(&r->series, seg[i].from);
            date_to[i] = epi_series_date(&r->series, seg[i].to);
        }
    }
}

/* The fitted curve of each segment; days that were left out have none. */
static void fitted_out(struct epi_estimate_run *r, const struct segment *seg, size_t n,
                       enum epi_growth_model model)
{
    size_t rows = 0, at = 0;
    const double *cases = r->series.cases;
    for (size_t i = 0; i < n; i++)
        for (size_t t = seg[i].from; t <= seg[i].to; t++)
            rows += model != EPI_GROWTH_LOG_LINEAR || cases[t] > 0;
    struct epi_frame *f = epi_out_table(r, "fitted", rows);
    epi_str *segment = epi_frame_add_word(r->a, f, "segment");
    double *t0 = epi_frame_add(r->a, f, "t"), *date = NULL;
    if (epi_date_known(r->series.start))
        date = epi_frame_add_date(r->a, f, "date");
    double *x = epi_frame_add(r->a, f, "x"), *fit = epi_frame_add(r->a, f, "fit"),
           *lo = epi_frame_add(r->a, f, "lo"), *hi = epi_frame_add(r->a, f, "hi");
    for (size_t i = 0; i < n; i++) {
        for (size_t t = seg[i].from; t <= seg[i].to; t++) {
            if (model == EPI_GROWTH_LOG_LINEAR && cases[t] == 0)
                continue;
            segment[at] = epi_str_of(seg[i].name);
            t0[at] = r->series.t0 + (double)t;
            if (date)
                date[at] = epi_series_date(&r->series, t);
            x[at] = seg[i].g.origin + (double)r->series.step * (double)(t - seg[i].from);
            epi_growth_at(&seg[i].g, x[at], &fit[at], &lo[at], &hi[at]);
            at++;
        }
    }
}

static void notes(struct epi_estimate_run *r, const struct segment *seg, size_t n,
                  enum epi_growth_model model)
{
    for (size_t i = 0; i < n; i++) {
        const struct epi_growth *g = &seg[i].g;
        epi_str name = epi_str_of(seg[i].name);
        size_t points = seg[i].to - seg[i].from + 1;
        if (!g->converged)
            epi_out_note(r, EPI_WARNING, "estimate.no-convergence", i + 1, name, EPI_NIL);
        if (g->n < 7)
            epi_out_note(r, EPI_WARNING, "estimate.growth-few", i + 1,
                         epi_str_printf(r->a, "%zu", g->n), name);
        if (g->lo < 0 && g->hi > 0)
            epi_out_note(r, EPI_NOTE, "estimate.growth-either", i + 1, name, EPI_NIL);
        if (model == EPI_GROWTH_LOG_LINEAR && g->n * 10 < points * 8)
            epi_out_note(r, EPI_WARNING, "estimate.growth-zeros", i + 1,
                         epi_str_printf(r->a, "%zu", points - g->n), name);
        if (model == EPI_GROWTH_POISSON && g->dispersion > 1.5)
            epi_out_note(r, EPI_WARNING, "estimate.growth-dispersed", i + 1,
                         epi_str_printf(r->a, "%.2g", g->dispersion), name);
        if (model == EPI_GROWTH_NEGATIVE_BINOMIAL && g->size > 1e4)
            epi_out_note(r, EPI_NOTE, "estimate.growth-not-dispersed", i + 1, name, EPI_NIL);
    }
}

static epi_status run_fit(struct epi_estimate_run *r)
{
    struct epi__range range;
    enum epi_growth_model model = epi__growth_model(epi_str_of(r->method->method));
    EPI_TRY(epi__range_read(r, &range));
    struct segment one = {"whole", range.from, range.from + range.n - 1, {0}};
    EPI_TRY(epi_growth_fit(r->a, r->series.cases + range.from, range.n, r->series.step, model,
                           epi_opt_number(r, "level"), &one.g, r->err));
    rows_out(r, &one, 1);
    fitted_out(r, &one, 1, model);
    notes(r, &one, 1, model);
    return EPI_OK;
}

static void value_date(struct epi_estimate_run *r, const char *name, size_t point)
{
    char day[16];
    if (epi_date_known(r->series.start))
        epi_out_word(
            r, name,
            epi_str_dup(r->a, epi_str_of(epi_date_iso(
                                  (epi_date){(int32_t)epi_series_date(&r->series, point)}, day))));
}

/* The change point as single figures; a note where there is none to be had. */
static void change_out(struct epi_estimate_run *r, const struct epi__range *range)
{
    struct epi_growth_change c;
    const double t0 = r->series.t0 + (double)range->from;
    struct epi_err err = {0};
    const double none = (double)NAN;
    epi_status s = epi_growth_change(r->a, r->series.cases + range->from, range->n, r->series.step,
                                     epi_opt_number(r, "level"), &c, &err);
    bool ok = s == EPI_OK;
    epi_out_value(r, "change_t", ok ? t0 + (double)c.at : none);
    epi_out_value(r, "change_lo", ok ? t0 + (double)c.lo : none);
    epi_out_value(r, "change_hi", ok ? t0 + (double)c.hi : none);
    epi_out_value(r, "change_p", ok ? c.p : none);
    epi_out_value(r, "r_before", ok ? c.before.r : none);
    epi_out_value(r, "r_before_lo", ok ? c.before.lo : none);
    epi_out_value(r, "r_before_hi", ok ? c.before.hi : none);
    epi_out_value(r, "r_after", ok ? c.after.r : none);
    epi_out_value(r, "r_after_lo", ok ? c.after.lo : none);
    epi_out_value(r, "r_after_hi", ok ? c.after.hi : none);
    if (!ok) {
        epi_out_note(r, EPI_WARNING, "estimate.growth-no-change", 0, EPI_NIL, EPI_NIL);
        return;
    }
    value_date(r, "change_date", range->from + c.at);
    value_date(r, "change_date_lo", range->from + c.lo);
    value_date(r, "change_date_hi", range->from + c.hi);
    if (c.p > 0.05)
        epi_out_note(r, EPI_WARNING, "estimate.growth-change-unsure", 0,
                     epi_str_printf(r->a, "%.2g", c.p), EPI_NIL);
}

static epi_status run_split(struct epi_estimate_run *r)
{
    struct epi__range range;
    struct epi_growth_split s;
    double level = epi_opt_number(r, "level");
    double reach = epi_opt_given(r, "reach") ? epi_opt_number(r, "reach") : -1;
    EPI_TRY(epi__range_read(r, &range));
    const double *cases = r->series.cases + range.from;
    EPI_TRY(epi_growth_split(r->a, cases, range.n, r->series.step, reach, level, &s, r->err));
    size_t last = range.from + range.n - 1, at = range.from + s.best;
    struct segment seg[3] = {{"whole", range.from, last, {0}},
                             {"before", range.from, at, s.before},
                             {"after", at, last, s.after}};
    EPI_TRY(epi_growth_fit(r->a, cases, range.n, r->series.step, EPI_GROWTH_LOG_LINEAR, level,
                           &seg[0].g, r->err));
    rows_out(r, seg, 3);
    fitted_out(r, seg, 3, EPI_GROWTH_LOG_LINEAR);
    struct epi_frame *f = epi_out_table(r, "scan", s.n);
    double *t = epi_frame_add(r->a, f, "t"), *date = NULL;
    if (epi_date_known(r->series.start))
        date = epi_frame_add_date(r->a, f, "date");
    double *r2 = epi_frame_add(r->a, f, "r2");
    for (size_t i = 0; i < s.n; i++) {
        t[i] = r->series.t0 + (double)(range.from + s.from + i);
        if (date)
            date[i] = epi_series_date(&r->series, range.from + s.from + i);
        r2[i] = s.r2[i];
    }
    epi_out_value(r, "split_t", r->series.t0 + (double)at);
    value_date(r, "split_date", at);
    change_out(r, &range);
    notes(r, seg, 3, EPI_GROWTH_LOG_LINEAR);
    return EPI_OK;
}

static const struct epi_estimate_column columns[] = {
    {"segment", "", "đoạn của chuỗi", "part of the series"},
    {"t_start", "", "bước đầu", "first step"},
    {"t_end", "", "bước cuối", "last step"},
    {"date_start", "", "ngày đầu", "first day"},
    {"date_end", "", "ngày cuối", "last day"},
    {"n", "", "số điểm được dùng", "points used"},
    {"r", "1/day", "tốc độ tăng mỗi ngày", "growth rate per day"},
    {"se", "1/day", "sai số chuẩn", "standard error"},
    {"r_lo", "1/day", "cận dưới", "lower limit"},
    {"r_hi", "1/day", "cận trên", "upper limit"},
    {"doubling", "day", "thời gian tăng gấp đôi", "doubling time"},
    {"doubling_lo", "day", "cận dưới", "lower limit"},
    {"doubling_hi", "day", "cận trên (âm: có thể đang giảm)",
     "upper limit (negative: may be falling)"},
    {"halving", "day", "thời gian giảm một nửa", "halving time"},
    {"halving_lo", "day", "cận dưới", "lower limit"},
    {"halving_hi", "day", "cận trên (âm: có thể đang tăng)",
     "upper limit (negative: may be growing)"},
    {"intercept", "", "log số ca tại x = 0", "log of the count at x = 0"},
    {"r2", "", "R²", "R²"},
    {"r2_adjusted", "", "R² hiệu chỉnh", "adjusted R²"},
    {"deviance", "", "độ lệch của mô hình", "residual deviance"},
    {"dispersion", "", "độ phân tán", "dispersion"},
    {"size", "", "tham số cỡ của nhị thức âm", "size of the negative binomial"},
};
#define ENTRY(name, vi_, en_, paper_, options_, fn) \
    { \
        .figure = "growth", .method = name, .vi = vi_, .en = en_, .paper = paper_, \
        .shape = EPI_SHAPE_SERIES, .input = "t|date cases|incidence|count|local imported?", \
        .options = options_, .options_n = EPI_COUNT(options_), .columns = columns, \
        .columns_n = EPI_COUNT(columns), .run = fn \
    }
static const struct epi_estimate_method methods[] = {
    ENTRY("log-linear", "tốc độ tăng, hồi quy log số ca", "growth rate, regression of log counts",
          "least squares of log counts", options, run_fit),
    ENTRY("split", "tăng rồi giảm: điểm tách và điểm đổi xu hướng",
          "growth, then decline: best split and change point",
          "two log-linear lines with the best mean adjusted R²; Hinkley 1971, Biometrika 58:505",
          split_options, run_split),
    ENTRY("poisson", "tốc độ tăng, hồi quy Poisson", "growth rate, Poisson regression",
          "McCullagh and Nelder 1989, chapter 6", options, run_fit),
    ENTRY("quasi-poisson", "tốc độ tăng, hồi quy tựa Poisson",
          "growth rate, quasi-Poisson regression", "McCullagh and Nelder 1989, chapter 6", options,
          run_fit),
    ENTRY("negative-binomial", "tốc độ tăng, hồi quy nhị thức âm",
          "growth rate, negative binomial regression", "Venables and Ripley 2002, section 7.4",
          options, run_fit),
};
const struct epi_estimate_group epi__growth_methods = {methods, EPI_COUNT(methods)};
