// SPDX-License-Identifier: AGPL-3.0-or-later
#include "estimate/cfr.h"
#include "estimate/duration_internal.h"
#include "estimate/risk_internal.h"

#define FEW_DEATHS 10
#define MOST_KNOWN 0.9 /* share of outcomes from which the naive ratio is nearly right */

struct course {
    size_t n;
    const double *cases, *deaths;
    double *outcomes; /* NULL without a delay */
    double *delay;
    size_t delay_n;
    struct epi_cfr_options options;
};

static epi_str whole(struct epi_estimate_run *r, double v)
{
    return epi_str_printf(r->a, "%.0f", v);
}

static epi_status read_course(struct epi_estimate_run *r, struct course *ret)
{
    struct epi_duration d;
    EPI_TRY(epi__few_points(r));
    bool ok = epi__duration_read(r, "delay", &d);
    *ret = (struct course){.n = r->series.n,
                           .cases = r->series.cases,
                           .deaths = epi__series_column(r, "deaths", EPI_NEED_WHOLE)};
    ret->options = (struct epi_cfr_options){
        .level = epi_opt_number(r, "level"),
        .grid_step = epi_opt_number(r, "grid-step"),
        .drop = epi_opt_number(r, "loglik-drop"),
        .poisson_cases = epi_opt_number(r, "poisson-cases"),
        .poisson_share = epi_opt_number(r, "poisson-share"),
    };
    if (ok && d.kind != EPI_DURATION_KINDS && isinf(epi_duration_density(&d, 0))) {
        epi_finding_add(r->findings, EPI_ERROR, "estimate.duration-infinite", 0, EPI_S("delay"),
                        EPI_S("delay"), EPI_NIL);
        ok = false;
    }
    if (!ok || !ret->deaths)
        return EPI_FAIL(r->err, EPI_INVALID, "estimate.series-faulty", "%s", "");
    if (d.kind == EPI_DURATION_KINDS) {
        epi_out_note(r, EPI_NOTE, "estimate.cfr.no-delay", 0, EPI_NIL, EPI_NIL);
        return EPI_OK;
    }
    ret->delay = EPI_ARRAY(r->a, ret->n + 1, double);
    ret->outcomes = EPI_ARRAY(r->a, ret->n + 1, double);
    ret->delay_n = epi_cfr_delay(&d, r->series.step, ret->n, ret->delay);
    epi_cfr_outcomes(ret->cases, ret->n, ret->delay, ret->delay_n, ret->outcomes);
    return EPI_OK;
}

static double total(const double *v, size_t n)
{
    double sum = 0;
    for (size_t i = 0; v && i < n; i++)
        sum += v[i];
    return v ? sum : (double)NAN;
}

/* When the ratios of the whole series should not be trusted. */
static void notes(struct epi_estimate_run *r, double cases, double deaths, double outcomes)
{
    if (cases == 0 && deaths == 0)
        epi_out_note(r, EPI_WARNING, "estimate.all-zero", 0, EPI_NIL, EPI_NIL);
    else if (deaths > cases)
        epi_out_note(r, EPI_WARNING, "estimate.cfr.deaths-exceed", 0, whole(r, deaths),
                     whole(r, cases));
    else if (deaths < FEW_DEATHS)
        epi_out_note(r, EPI_WARNING, "estimate.cfr.few-deaths", 0, whole(r, deaths), EPI_NIL);
    if (outcomes < deaths)
        epi_out_note(r, EPI_WARNING, "estimate.cfr.outcomes-fewer", 0, whole(r, deaths),
                     epi_str_printf(r->a, "%.1f", outcomes));
    else if (cases > 0 && outcomes / cases < MOST_KNOWN)
        epi_out_note(r, EPI_NOTE, "estimate.cfr.unresolved", 0,
                     whole(r, 100 * (1 - outcomes / cases)), EPI_NIL);
}

/* Known outcomes day by day, and the share of all cases so far whose outcome is known. */
static void outcomes_table(struct epi_estimate_run *r, const struct course *c)
{
    struct epi_frame *f = epi_out_table(r, "outcomes", c->n);
    double cases = 0, known = 0;
    epi__time_columns(r, f);
    double *outcomes = epi_frame_add(r->a, f, "outcomes"),
           *share = epi_frame_add(r->a, f, "known_share");
    for (size_t i = 0; i < c->n; i++) {
        outcomes[i] = c->outcomes[i];
        cases += c->cases[i], known += c->outcomes[i];
        share[i] = cases > 0 ? known / cases : (double)NAN;
    }
}

static epi_status run_static(struct epi_estimate_run *r)
{
    struct course c;
    EPI_TRY(read_course(r, &c));
    double cases = total(c.cases, c.n), deaths = total(c.deaths, c.n),
           outcomes = total(c.outcomes, c.n);
    struct epi_frame *f = &r->out->rows;
    epi_frame_init(f, c.outcomes ? 2 : 1);
    epi_str *kind = epi_frame_add_word(r->a, f, "kind");
    struct epi__ci_columns ci = epi__ci_columns(r, f, "");
    double *case_ = epi_frame_add(r->a, f, "cases"), *death = epi_frame_add(r->a, f, "deaths"),
           *outcome = epi_frame_add(r->a, f, "outcomes");
    for (size_t i = 0; i < f->rows; i++) {
        kind[i] = i ? EPI_S("corrected") : EPI_S("naive");
        epi__ci_put(ci, i,
                    i ? epi_cfr_corrected(cases, deaths, outcomes, &c.options)
                      : epi_cfr_naive(cases, deaths, &c.options));
        case_[i] = cases, death[i] = deaths;
        outcome[i] = i ? outcomes : (double)NAN;
    }
    if (c.outcomes)
        outcomes_table(r, &c);
    notes(r, cases, deaths, outcomes);
    return EPI_OK;
}

/* Rows of a series: counts, and both ratios. */
static void series_rows(struct epi_estimate_run *r, size_t n, const double *cases,
                        const double *deaths, const double *outcomes, const struct epi_ci *naive,
                        const struct epi_ci *corrected)
{
    struct epi_frame *f = &r->out->rows;
    epi_frame_init(f, n);
    epi__time_columns(r, f);
    double *c = epi_frame_add(r->a, f, "cases"), *d = epi_frame_add(r->a, f, "deaths"),
           *u = epi_frame_add(r->a, f, "outcomes");
    struct epi__ci_columns a = epi__ci_columns(r, f, "naive"),
                           b = epi__ci_columns(r, f, "corrected");
    for (size_t i = 0; i < n; i++) {
        c[i] = cases[i], d[i] = deaths[i];
        epi__ci_put(a, i, naive[i]);
        if (outcomes) {
            u[i] = outcomes[i];
            epi__ci_put(b, i, corrected[i]);
        }
    }
}

static double *running_sum(struct epi_arena *a, const double *v, size_t n)
{
    double *sum = EPI_ARRAY(a, n + 1, double);
    for (size_t i = 0; i < n; i++)
        sum[i] = v[i] + (i ? sum[i - 1] : 0);
    return sum;
}

static epi_status run_rolling(struct epi_estimate_run *r)
{
    struct course c;
    EPI_TRY(read_course(r, &c));
    struct epi_ci *naive = EPI_ARRAY(r->a, c.n, struct epi_ci),
                  *corrected = EPI_ARRAY(r->a, c.n, struct epi_ci);
    epi_cfr_rolling(c.cases, c.deaths, c.outcomes, c.n, &c.options, naive, corrected);
    double *cases = running_sum(r->a, c.cases, c.n), *deaths = running_sum(r->a, c.deaths, c.n),
           *outcomes = c.outcomes ? running_sum(r->a, c.outcomes, c.n) : NULL;
    series_rows(r, c.n, cases, deaths, outcomes, naive, corrected);
    notes(r, cases[c.n - 1], deaths[c.n - 1], outcomes ? outcomes[c.n - 1] : (double)NAN);
    return EPI_OK;
}

static epi_status run_time_varying(struct epi_estimate_run *r)
{
    struct course c;
    EPI_TRY(read_course(r, &c));
    size_t burn = (size_t)epi_opt_number(r, "burn-in"),
           window = (size_t)epi_opt_number(r, "smooth"), last = c.n;
    if (window > 1) {
        if (window % 2 == 0) {
            epi_finding_add(r->findings, EPI_ERROR, "estimate.option-odd", 0, EPI_S("smooth"),
                            epi_opt_word(r, "smooth"), EPI_NIL);
            return EPI_FAIL(r->err, EPI_INVALID, "estimate.options-faulty", "%s", "");
        }
        double *cases = EPI_ARRAY(r->a, c.n, double), *deaths = EPI_ARRAY(r->a, c.n, double);
        epi_running_median(c.cases, c.n, window, cases);
        epi_running_median(c.deaths, c.n, window, deaths);
        c.cases = cases, c.deaths = deaths;
        last = c.n > window ? c.n - window : 0;
        if (c.outcomes)
            epi_cfr_outcomes(cases, c.n, c.delay, c.delay_n, c.outcomes);
    }
    struct epi_ci *naive = EPI_ARRAY(r->a, c.n, struct epi_ci),
                  *corrected = EPI_ARRAY(r->a, c.n, struct epi_ci);
    epi_cfr_daily(c.cases, c.deaths, c.n, burn, last, c.options.level, naive);
    if (c.outcomes)
        epi_cfr_daily(c.outcomes, c.deaths, c.n, burn, last, c.options.level, corrected);
    series_rows(r, c.n, c.cases, c.deaths, c.outcomes, naive, corrected);
    size_t empty = 0;
    for (size_t i = burn; i < last; i++)
        empty += isnan((c.outcomes ? corrected : naive)[i].est) ? 1 : 0;
    if (empty)
        epi_out_note(r, EPI_NOTE, "estimate.cfr.days-empty", 0, whole(r, (double)empty), EPI_NIL);
    notes(r, total(c.cases, c.n), total(c.deaths, c.n), total(c.outcomes, c.n));
    return EPI_OK;
}

#define OPTIONS \
    EPI__DURATION_OPTIONS("delay", "", "thời gian từ mắc bệnh đến tử vong", "onset to death"), \
        EPI__LEVEL_OPTION, \
        {"grid-step", \
         EPI_OPT_NUMBER, \
         "0.0001", \
         1e-6, \
         0.1, \
         NULL, \
         "", \
         "bước lưới tìm tỷ lệ đã hiệu chỉnh", \
         "step of the grid of corrected ratios"}, \
        {"loglik-drop", \
         EPI_OPT_NUMBER, \
         "1.92", \
         0.1, \
         20, \
         NULL, \
         "", \
         "mức giảm log hợp lý tại giới hạn", \
         "fall of the log-likelihood at the limits"}, \
        {"poisson-cases", \
         EPI_OPT_NUMBER, \
         "100", \
         1, \
         1e12, \
         NULL, \
         "person", \
         "dùng Poisson từ số ca này", \
         "Poisson from so many cases on"}, \
    { \
        "poisson-share", EPI_OPT_NUMBER, "0.05", 0, 1, NULL, "", \
            "dùng Poisson khi tỷ lệ dưới mức này", "Poisson below this ratio" \
    }

static const struct epi_estimate_option common_options[] = {OPTIONS};
static const struct epi_estimate_option varying_options[] = {
    OPTIONS,
    {"burn-in", EPI_OPT_INTEGER, "7", 0, 10000, NULL, "", "số điểm đầu bỏ qua",
     "first points left out"},
    {"smooth", EPI_OPT_INTEGER, "1", 1, 63, NULL, "",
     "cửa sổ trung vị trượt (số lẻ); bỏ chừng ấy điểm cuối",
     "window of a running median (odd); so many last points are left out"},
};

static const struct epi_estimate_column static_columns[] = {
    {"kind", "", "thô (naive) hoặc đã hiệu chỉnh độ trễ (corrected)",
     "as it stands, or corrected for the delay"},
    {"estimate", "", "tỷ lệ tử vong trên ca", "deaths among cases"},
    {"low", "", "giới hạn dưới", "lower limit"},
    {"high", "", "giới hạn trên", "upper limit"},
    {"cases", "person", "số ca", "cases"},
    {"deaths", "person", "số tử vong", "deaths"},
    {"outcomes", "person", "số ca đã có thể biết kết cục", "cases whose outcome can be known"},
};
static const struct epi_estimate_column series_columns[] = {
    {"t", "", "thứ tự điểm", "point"},
    {"date", "", "ngày", "day"},
    {"cases", "person", "số ca", "cases"},
    {"deaths", "person", "số tử vong", "deaths"},
    {"outcomes", "person", "số ca đã có thể biết kết cục", "cases whose outcome can be known"},
    {"naive", "", "tử vong trên ca", "deaths among cases"},
    {"naive_low", "", "giới hạn dưới", "lower limit"},
    {"naive_high", "", "giới hạn trên", "upper limit"},
    {"corrected", "", "tử vong trên ca đã có thể biết kết cục", "deaths among known outcomes"},
    {"corrected_low", "", "giới hạn dưới", "lower limit"},
    {"corrected_high", "", "giới hạn trên", "upper limit"},
};

#define PAPER "Nishiura et al. 2009, PLoS ONE 4:e6852; Clopper, Pearson 1934, Biometrika 26:404"
static const struct epi_estimate_method methods[] = {
    {.figure = "cfr",
     .method = "static",
     .vi = "Tỷ lệ tử vong trên ca của cả giai đoạn",
     .en = "Case fatality of the whole period",
     .paper = PAPER,
     .shape = EPI_SHAPE_SERIES,
     .input = "t|date cases deaths",
     .options = common_options,
     .options_n = EPI_COUNT(common_options),
     .columns = static_columns,
     .columns_n = EPI_COUNT(static_columns),
     .run = run_static},
    {.figure = "cfr",
     .method = "rolling",
     .vi = "Tỷ lệ tử vong trên ca tính đến từng ngày",
     .en = "Case fatality on the data up to each day",
     .paper = PAPER,
     .shape = EPI_SHAPE_SERIES,
     .input = "t|date cases deaths",
     .options = common_options,
     .options_n = EPI_COUNT(common_options),
     .columns = series_columns,
     .columns_n = EPI_COUNT(series_columns),
     .run = run_rolling},
    {.figure = "cfr",
     .method = "time-varying",
     .vi = "Tỷ lệ tử vong trên ca của từng ngày",
     .en = "Case fatality of each day",
     .paper = PAPER,
     .shape = EPI_SHAPE_SERIES,
     .input = "t|date cases deaths",
     .options = varying_options,
     .options_n = EPI_COUNT(varying_options),
     .columns = series_columns,
     .columns_n = EPI_COUNT(series_columns),
     .run = run_time_varying},
};
const struct epi_estimate_group epi__cfr_methods = {methods, EPI_COUNT(methods)};
