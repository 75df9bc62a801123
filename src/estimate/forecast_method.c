// SPDX-License-Identifier: AGPL-3.0-or-later
/* The figure "forecast": cases of the next days, each forecast with its score on past weeks. */
#include "estimate/forecast_options.h"
#include "stats/stats.h"

static void parts_out(struct epi_estimate_run *r, const struct epi_forecast_fit *fit)
{
    struct epi_frame *f = epi_out_table(r, "parts", EPI_FORECAST_PARTS);
    epi_str *part = epi_frame_add_word(r->a, f, "part");
    double *weight = epi_frame_add(r->a, f, "weight"),
           *near = epi_frame_add(r->a, f, "log_error_week_1"),
           *far = epi_frame_add(r->a, f, "log_error_week_2");
    for (int p = 0; p < EPI_FORECAST_PARTS; p++) {
        part[p] = epi_str_of(epi_forecast_part_word((enum epi_forecast_part)p));
        weight[p] = fit->weight[p];
        near[p] = fit->error[p][0];
        far[p] = fit->error[p][1];
    }
}

/* Weekday 1 = Monday; without dates the days are numbered from the first point. */
static void weekdays_out(struct epi_estimate_run *r, const struct epi_forecast_fit *fit)
{
    bool dated = epi_date_known(r->series.start);
    struct epi_frame *f = epi_out_table(r, "weekdays", 7);
    double *day = epi_frame_add(r->a, f, dated ? "weekday" : "day"),
           *factor = epi_frame_add(r->a, f, "factor");
    for (size_t k = 0; k < 7; k++) {
        /* 1 January 1970 was a Thursday. */
        int64_t at = dated ? ((int64_t)r->series.start.d + (int64_t)k + 3) % 7 : (int64_t)k;
        size_t row = (size_t)((at + 7) % 7);
        day[row] = (double)row + 1;
        factor[row] = fit->weekday[k];
    }
}

static void total_out(struct epi_estimate_run *r, const struct epi__forecast_input *in,
                      const double *path)
{
    double *sum = EPI_ARRAY(r->a, in->draws, double), mean, q[EPI_SCORE_LEVELS];
    for (size_t h = 0; h < in->horizon; h++)
        for (size_t j = 0; j < in->draws; j++)
            sum[j] += path[h * in->draws + j];
    epi_forecast_summary(sum, in->draws, 1, &mean, q);
    epi_out_value(r, "total_mean", mean);
    epi_out_value(r, "total_q025", q[EPI_LEVEL_025]);
    epi_out_value(r, "total_median", q[EPI_LEVEL_50]);
    epi_out_value(r, "total_q975", q[EPI_SCORE_LEVELS - 1 - EPI_LEVEL_025]);
}

static epi_status run_renewal(struct epi_estimate_run *r)
{
    static const char *const names[] = {"renewal", "persistence", "cori-poisson"};
    struct epi__forecast_input in;
    struct epi_forecast fc;
    EPI_TRY(epi__forecast_input(r, &in));
    bool weekly = r->series.step == 1 && epi_opt_number(r, "weekday") > 0;
    struct epi_forecast_setting s = {
        .horizon = in.horizon,
        .window = (size_t)fmax(1, rint(epi_opt_number(r, "window") / r->series.step)),
        .draws = in.draws,
        .period = weekly ? 7 : 1,
        .step = in.step,
        .past = in.past,
        .seed = in.seed};
    EPI_TRY(epi__forecast_interval(r, &s.w, &s.lags));
    epi_forecast_make(r->a, in.cases, in.local, in.n, &s, &fc);
    epi__forecast_rows(r, &in, fc.mean, fc.quantile);
    epi_out_value(r, "r_mean", fc.fit.r_shape * fc.fit.r_scale);
    epi_out_value(r, "r_q025", epi_gamma_quant(0.025, fc.fit.r_shape, fc.fit.r_scale));
    epi_out_value(r, "r_q975", epi_gamma_quant(0.975, fc.fit.r_shape, fc.fit.r_scale));
    epi_out_value(r, "size", fc.fit.size);
    total_out(r, &in, fc.path);
    epi__forecast_scores(r, &in, fc.score, names, EPI_FORECAST_RIVALS);
    parts_out(r, &fc.fit);
    if (weekly)
        weekdays_out(r, &fc.fit);
    epi__forecast_notes(r, &in);
    return EPI_OK;
}

/* A method that makes draws [horizon * draws] from the first n points. */
typedef void draw_fn(struct epi_arena *a, const struct epi__forecast_input *in, size_t n,
                     size_t horizon, const void *ctx, double *ret);

/* Rows and scores of such a method; persistence stands beside those that are not it. */
static void simple(struct epi_estimate_run *r, const struct epi__forecast_input *in, draw_fn *make,
                   const void *ctx, draw_fn *rival)
{
    EPI_ARENA_LOCAL(scratch);
    const char *names[] = {r->method->method, "persistence"};
    size_t horizon = in->horizon > EPI_FORECAST_SCORED ? in->horizon : EPI_FORECAST_SCORED;
    double *draw = EPI_ARRAY(scratch, horizon * in->draws, double),
           *mean = EPI_ARRAY(scratch, in->horizon, double),
           *q = EPI_ARRAY(scratch, in->horizon * EPI_SCORE_LEVELS, double);
    struct epi_forecast_score score[2 * EPI_FORECAST_SCORED] = {0}, *beside = score;
    beside += EPI_FORECAST_SCORED;
    make(scratch, in, in->n, in->horizon, ctx, draw);
    total_out(r, in, draw);
    epi_forecast_summary(draw, in->draws, in->horizon, mean, q);
    epi__forecast_rows(r, in, mean, q);
    struct epi__forecast_input past = *in;
    past.draws = past.draws < 500 ? past.draws : 500;
    for (size_t i = 1; i <= in->past && in->n > i * in->step + 7; i++) {
        size_t at = in->n - i * in->step;
        make(scratch, &past, at, EPI_FORECAST_SCORED, ctx, draw);
        epi__forecast_score_add(in->cases, in->n, at, draw, past.draws, score);
        if (!rival)
            continue;
        rival(scratch, &past, at, EPI_FORECAST_SCORED, ctx, draw);
        epi__forecast_score_add(in->cases, in->n, at, draw, past.draws, beside);
    }
    epi__forecast_score_close(score);
    epi__forecast_score_close(beside);
    epi__forecast_scores(r, in, score, names, rival ? 2 : 1);
    epi__forecast_notes(r, in);
}

static void draw_persistence(struct epi_arena *a, const struct epi__forecast_input *in, size_t n,
                             size_t horizon, const void *ctx, double *ret)
{
    (void)a, (void)ctx;
    epi_persist(in->cases, n, horizon, in->draws, in->seed, ret);
}

static epi_status run_persistence(struct epi_estimate_run *r)
{
    struct epi__forecast_input in;
    EPI_TRY(epi__forecast_input(r, &in));
    simple(r, &in, draw_persistence, NULL, NULL);
    return EPI_OK;
}

struct projection {
    struct epi_projection p;
    size_t window;
    double prior_mean, prior_sd;
    bool doubt; /* R varies between paths */
};

static struct epi_projection projection_at(const struct projection *c,
                                           const struct epi__forecast_input *in, size_t n,
                                           size_t horizon)
{
    struct epi_projection p = c->p;
    p.horizon = horizon;
    p.draws = in->draws;
    p.seed = in->seed;
    epi_project_r(in->cases, in->local, n, c->window, c->prior_mean, c->prior_sd, &p);
    return p;
}

static void draw_projection(struct epi_arena *a, const struct epi__forecast_input *in, size_t n,
                            size_t horizon, const void *ctx, double *ret)
{
    const struct projection *c = ctx;
    struct epi_projection p = projection_at(c, in, n, horizon);
    if (!c->doubt)
        p.r_shape = 0;
    epi_project(a, in->cases, n, &p, ret);
}

static epi_status run_projection(struct epi_estimate_run *r)
{
    struct epi__forecast_input in;
    struct projection c = {
        .p = {.noise = epi_opt_is(r, "noise", "negative-binomial") ? EPI_PROJECTION_NBINOM
                                                                   : EPI_PROJECTION_POISSON,
              .size = epi_opt_number(r, "size")},
        .window = (size_t)fmax(1, rint(epi_opt_number(r, "window") / r->series.step)),
        .prior_mean = epi_opt_number(r, "prior-mean"),
        .prior_sd = epi_opt_number(r, "prior-sd"),
        .doubt = epi_opt_number(r, "r-doubt") > 0};
    EPI_TRY(epi__forecast_input(r, &in));
    EPI_TRY(epi__forecast_interval(r, &c.p.w, &c.p.lags));
    struct epi_projection p = projection_at(&c, &in, in.n, in.horizon);
    simple(r, &in, draw_projection, &c, draw_persistence);
    epi_out_value(r, "r_mean", p.r_mean);
    epi_out_value(r, "r_sd", sqrt(p.r_shape) * p.r_scale);
    double *exact = epi_frame_add(r->a, &r->out->rows, "mean_exact");
    epi_project_mean(r->a, in.cases, in.n, p.r_mean, p.w, p.lags, in.horizon, exact);
    epi_out_note(r, EPI_WARNING, "estimate.forecast-plain", 0, EPI_NIL, EPI_NIL);
    return EPI_OK;
}

/* clang-format off */
static const struct epi_estimate_option renewal_options[] = {
    EPI__FORECAST_RENEWAL_OPTIONS,
    EPI__FORECAST_OPTIONS,
    {"weekday", EPI_OPT_FLAG, "yes", 0, 0, NULL, "", "tính đến chênh lệch giữa các thứ trong tuần",
     "let counts depend on the weekday"},
};
static const struct epi_estimate_option projection_options[] = {
    EPI__FORECAST_RENEWAL_OPTIONS,
    EPI__FORECAST_OPTIONS,
    {"noise", EPI_OPT_WORD, "poisson", 0, 0, "poisson|negative-binomial", "",
     "phân phối số ca mỗi ngày", "distribution of a day's cases"},
    {"size", EPI_OPT_NUMBER, "0.5", 1e-6, 1e6, NULL, "",
     "tham số size của nhị thức âm trên mỗi đơn vị lực lây",
     "size of the negative binomial per unit of infectivity"},
    {"r-doubt", EPI_OPT_FLAG, "yes", 0, 0, NULL, "", "mỗi đường rút R của mình từ hậu nghiệm",
     "each path draws its R from the posterior"},
    {"prior-mean", EPI_OPT_NUMBER, "5", 0.001, 1000, NULL, "", "trung bình tiên nghiệm của R",
     "prior mean of R"},
    {"prior-sd", EPI_OPT_NUMBER, "5", 0.001, 1000, NULL, "", "độ lệch chuẩn tiên nghiệm của R",
     "prior standard deviation of R"},
};
static const struct epi_estimate_option persistence_options[] = {EPI__FORECAST_OPTIONS};
static const struct epi_estimate_column columns[] = {EPI__FORECAST_COLUMNS};
static const struct epi_estimate_column projection_columns[] = {
    EPI__FORECAST_COLUMNS,
    {"mean_exact", "person", "kỳ vọng với R bằng trung bình hậu nghiệm",
     "expectation with R at its posterior mean"},
};
/* clang-format on */

static const struct epi_estimate_method methods[] = {
    {.figure = "forecast",
     .method = "renewal",
     .vi = "dự báo ngắn hạn số ca, có hiệu chỉnh theo sai số trước đây",
     .en = "short-term forecast of cases, calibrated by its past errors",
     .paper = "Cori et al. 2013, Am J Epidemiol 178:1505; Nouvellet et al. 2018, Epidemics 22:29; "
              "Bracher et al. 2021, PLoS Comput Biol 17:e1008618",
     .shape = EPI_SHAPE_SERIES,
     .series_flags = EPI_SERIES_FRACTIONS,
     .input = "t|date cases|incidence|count|local imported?",
     .options = renewal_options,
     .options_n = EPI_COUNT(renewal_options),
     .columns = columns,
     .columns_n = EPI_COUNT(columns),
     .run = run_renewal},
    {.figure = "forecast",
     .method = "projection",
     .vi = "chiếu phương trình tái tạo với R không đổi",
     .en = "renewal equation run forward with R as it is",
     .paper = "Nouvellet et al. 2018, Epidemics 22:29",
     .shape = EPI_SHAPE_SERIES,
     .series_flags = EPI_SERIES_FRACTIONS,
     .input = "t|date cases|incidence|count|local imported?",
     .options = projection_options,
     .options_n = EPI_COUNT(projection_options),
     .columns = projection_columns,
     .columns_n = EPI_COUNT(projection_columns),
     .run = run_projection},
    {.figure = "forecast",
     .method = "persistence",
     .vi = "mốc so sánh: số ca cuối giữ nguyên",
     .en = "the baseline: the last count persists",
     .paper = "Cramer et al. 2022, PNAS 119:e2113561119",
     .shape = EPI_SHAPE_SERIES,
     .series_flags = EPI_SERIES_FRACTIONS,
     .input = "t|date cases|incidence|count|local imported?",
     .options = persistence_options,
     .options_n = EPI_COUNT(persistence_options),
     .columns = columns,
     .columns_n = EPI_COUNT(columns),
     .run = run_persistence},
};
const struct epi_estimate_group epi__forecast_methods = {methods, EPI_COUNT(methods)};
