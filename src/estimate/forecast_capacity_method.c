// SPDX-License-Identifier: AGPL-3.0-or-later
/* Forecast beds and oxygen: the forecast of cases through admission and stay.
 */
#include "estimate/capacity.h"
#include "estimate/care_options.h"
#include "estimate/forecast_care.h"
#include "estimate/forecast_options.h"
#include "stats/stats.h"

#define OVER_LIKELY 0.05 /* chance of too few beds that is worth a note */

static const char *const quantity[] = {"admissions", "ward", "icu", "oxygen_per_day"};
static const struct {
    const char *suffix;
    size_t level;
} shown[] = {{"q025", 1}, {"q25", 6}, {"median", 11}, {"q75", 16}, {"q975", 21}};

static epi_status read_care(struct epi_estimate_run *r, struct epi__care *care,
                            struct epi_forecast_care *c)
{
    struct epi_duration *delay = EPI_NEW(r->a, struct epi_duration);
    bool ok = epi__duration_read(r, "admission-delay", delay);
    ok = epi__care_read(r, care) && ok;
    c->share = epi_opt_number(r, "admitted");
    c->delay = delay->kind == EPI_DURATION_KINDS ? NULL : delay;
    for (int k = 0; k < EPI_CARE_KINDS; k++) {
        c->part[k] = care->share[k];
        c->initial[k] = care->initial[k];
        c->stay[k] = care->stay[k];
    }
    return ok ? EPI_OK : EPI_FAIL(r->err, EPI_INVALID, "estimate.options-faulty", "%s", "");
}

/* Share of the paths with more than `beds`, day by day, and a note on the first
 * day it matters. */
static void over_out(struct epi_estimate_run *r, const struct epi__forecast_input *in, int kind,
                     double beds, const double *draw)
{
    double *over = epi_frame_add(r->a, &r->out->rows, kind ? "icu_over_p" : "ward_over_p");
    bool said = isnan(beds);
    for (size_t h = 0; h < in->horizon && !isnan(beds); h++) {
        over[h] = 0;
        for (size_t j = 0; j < in->draws; j++)
            over[h] += (draw[h * in->draws + j] > beds) / (double)in->draws;
        if (!said && over[h] >= OVER_LIKELY) {
            epi_out_note(r, EPI_WARNING,
                         kind ? "estimate.forecast-icu-over" : "estimate.forecast-ward-over", h + 1,
                         epi_str_printf(r->a, "%.0f", beds),
                         epi_str_printf(r->a, "%.0f", 100 * over[h]));
            said = true;
        }
    }
}

static void quantity_out(struct epi_estimate_run *r, const struct epi__forecast_input *in,
                         const char *name, double *draw)
{
    double *mean = epi_frame_add(r->a, &r->out->rows, name),
           *q = EPI_ARRAY(r->a, in->horizon * EPI_SCORE_LEVELS, double);
    epi_forecast_summary(draw, in->draws, in->horizon, mean, q);
    for (size_t k = 0; k < EPI_COUNT(shown); k++) {
        double *v =
            epi_frame_add(r->a, &r->out->rows,
                          epi_str_cz(r->a, epi_str_printf(r->a, "%s_%s", name, shown[k].suffix)));
        for (size_t h = 0; h < in->horizon; h++)
            v[h] = q[h * EPI_SCORE_LEVELS + shown[k].level];
    }
}

static epi_status run_capacity(struct epi_estimate_run *r)
{
    struct epi__forecast_input in;
    struct epi_forecast fc;
    struct epi__care told;
    struct epi_forecast_care care;
    struct epi_forecast_beds beds;
    static const char *const names[] = {"renewal", "persistence", "cori-poisson"};
    EPI_TRY(epi__forecast_input(r, &in));
    EPI_TRY(read_care(r, &told, &care));
    struct epi_forecast_setting s = {.horizon = in.horizon,
                                     .window = (size_t)epi_opt_number(r, "window"),
                                     .draws = in.draws,
                                     .period = 7,
                                     .step = in.step,
                                     .past = in.past,
                                     .seed = in.seed};
    EPI_TRY(epi__forecast_interval(r, &s.w, &s.lags));
    epi_forecast_make(r->a, in.cases, in.local, in.n, &s, &fc);
    epi_forecast_occupancy(r->a, in.cases, in.n, fc.path, in.horizon, in.draws, &care, in.seed,
                           &beds);
    double *oxygen = EPI_ARRAY(r->a, in.horizon * in.draws, double);
    for (size_t i = 0; i < in.horizon * in.draws; i++)
        oxygen[i] = EPI_CAPACITY_M3_PER_DAY *
                    (beds.beds[0][i] * told.litres[0] + beds.beds[1][i] * told.litres[1]);
    epi_frame_init(&r->out->rows, in.horizon);
    epi__forecast_times(r, &in, &r->out->rows, 1);
    over_out(r, &in, EPI_CARE_WARD, told.beds[0], beds.beds[0]);
    over_out(r, &in, EPI_CARE_ICU, told.beds[1], beds.beds[1]);
    double *draws[] = {beds.admissions, beds.beds[0], beds.beds[1], oxygen};
    for (size_t k = 0; k < EPI_COUNT(quantity); k++)
        quantity_out(r, &in, quantity[k], draws[k]);
    epi__forecast_scores(r, &in, fc.score, names, EPI_FORECAST_RIVALS);
    epi__forecast_notes(r, &in);
    double reach = epi_duration_sf(&care.stay[0], (double)in.n);
    if (isnan(care.initial[0]) && reach > 0.05)
        epi_out_note(r, EPI_WARNING, "estimate.forecast-care-unknown", 0,
                     epi_str_printf(r->a, "%zu", in.n), EPI_NIL);
    return EPI_OK;
}

/* clang-format off */
static const struct epi_estimate_option options[] = {
    EPI__FORECAST_RENEWAL_OPTIONS,
    EPI__FORECAST_OPTIONS,
    {"admitted", EPI_OPT_NUMBER, NULL, 0, 1, NULL, "", "phần số ca phải nhập viện",
     "share of cases that are admitted"},
    EPI__DURATION_OPTIONS("admission-delay", "", "thời gian từ khi là ca đến khi nhập viện",
                          "time from being a case to admission"),
    EPI__CARE_STAY_OPTIONS,
    {"initial-ward", EPI_OPT_INTEGER, "", 0, 1e8, NULL, "person", "đang nằm khoa thường",
     "in wards at the cut-off; not given: inferred from the cases"},
    {"initial-icu", EPI_OPT_INTEGER, "", 0, 1e8, NULL, "person", "đang nằm hồi sức",
     "in intensive care at the cut-off; not given: inferred from the cases"},
    EPI__CARE_SUPPLY_OPTIONS,
};
#define QUANTITY(name, unit, vi, en) \
    {name, unit, vi ", trung bình", en ", mean"}, \
    {name "_q025", unit, vi ", phân vị 2,5 %", en ", 2.5 % quantile"}, \
    {name "_q25", unit, vi ", phân vị 25 %", en ", 25 % quantile"}, \
    {name "_median", unit, vi ", trung vị", en ", median"}, \
    {name "_q75", unit, vi ", phân vị 75 %", en ", 75 % quantile"}, \
    {name "_q975", unit, vi ", phân vị 97,5 %", en ", 97.5 % quantile"}
static const struct epi_estimate_column columns[] = {
    {"t", "", "thứ tự ngày", "day"}, {"date", "", "ngày", "date"},
    {"horizon", "", "số ngày sau điểm cuối được dùng", "days after the last one used"},
    {"ward_over_p", "", "xác suất thiếu giường khoa thường", "chance of too few beds in wards"},
    {"icu_over_p", "", "xác suất thiếu giường hồi sức", "chance of too few in intensive care"},
    QUANTITY("admissions", "person", "số nhập viện", "admissions"),
    QUANTITY("ward", "person", "số người nằm khoa thường", "in wards"),
    QUANTITY("icu", "person", "số người nằm hồi sức", "in intensive care"),
    QUANTITY("oxygen_per_day", "m3", "ô-xy cần mỗi ngày", "oxygen needed a day"),
};
/* clang-format on */
static const struct epi_estimate_method methods[] = {
    {.figure = "forecast",
     .method = "capacity",
     .vi = "dự báo nhập viện, giường và ô-xy",
     .en = "forecast admissions, beds and oxygen",
     .paper = "Eick, Massey, Whitt 1993, Oper Res 41:731; Cori et al. 2013, Am "
              "J Epidemiol 178:1505",
     .shape = EPI_SHAPE_SERIES,
     .series_flags = EPI_SERIES_FRACTIONS,
     .input = "t|date cases|incidence|count|local imported?",
     .options = options,
     .options_n = EPI_COUNT(options),
     .columns = columns,
     .columns_n = EPI_COUNT(columns),
     .run = run_capacity},
};
const struct epi_estimate_group epi__forecast_capacity_methods = {methods, EPI_COUNT(methods)};
