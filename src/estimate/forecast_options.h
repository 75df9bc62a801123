/* forecast_options.h - what the methods of the forecast share as entries of the table of methods.
 */
#ifndef EPI_ESTIMATE_FORECAST_OPTIONS_H
#define EPI_ESTIMATE_FORECAST_OPTIONS_H
#include "estimate/forecast_internal.h"
#include "estimate/rt_options.h"

/* clang-format off */
#define EPI__FORECAST_OPTIONS \
    {"horizon", EPI_OPT_INTEGER, "14", 1, EPI_FORECAST_HORIZON_MAX, NULL, "day", \
     "dự báo bao nhiêu ngày tới", "days ahead"}, \
    {"to", EPI_OPT_TIME, "", 0, 0, NULL, "", "điểm cuối được dùng (các điểm sau bị bỏ qua)", \
     "last point used; later ones are left out"}, \
    {"incomplete", EPI_OPT_INTEGER, "0", 0, 1000, NULL, "day", \
     "số ngày cuối còn đang báo cáo: không dùng, mà dự báo", \
     "last days still being reported: not used but forecast"}, \
    {"draws", EPI_OPT_INTEGER, "1000", 100, 1000000, NULL, "", "số đường mô phỏng", \
     "simulated paths"}, \
    {"past", EPI_OPT_INTEGER, "8", 0, 52, NULL, "week", \
     "số dự báo trước đây, mỗi tuần một lần, được chấm điểm", \
     "past forecasts, one a week, that are scored"}, \
    {"seed", EPI_OPT_INTEGER, "1", 0, 9007199254740991.0, NULL, "", "hạt giống ngẫu nhiên", \
     "seed of the draws"}
#define EPI__FORECAST_RENEWAL_OPTIONS \
    EPI__OPTION_SI_MEAN(""), EPI__OPTION_SI_SD(""), EPI__OPTION_SI, \
    {"window", EPI_OPT_INTEGER, "7", 1, 365, NULL, "day", "số ngày cuối dùng để ước lượng R", \
     "last days R is estimated from"}
#define EPI__FORECAST_COLUMNS \
    {"t", "", "thứ tự", "point"}, {"date", "", "ngày", "date"}, \
    {"horizon", "", "số bước sau điểm cuối được dùng", "steps after the last point used"}, \
    {"mean", "person", "trung bình", "mean"}, {"q025", "person", "phân vị 2,5 %", "2.5 % quantile"}, \
    {"q05", "person", "phân vị 5 %", "5 % quantile"}, \
    {"q25", "person", "phân vị 25 %", "25 % quantile"}, \
    {"median", "person", "trung vị", "median"}, \
    {"q75", "person", "phân vị 75 %", "75 % quantile"}, \
    {"q95", "person", "phân vị 95 %", "95 % quantile"}, \
    {"q975", "person", "phân vị 97,5 %", "97.5 % quantile"}
/* clang-format on */

/* What a method starts from: the series up to the cut-off, all cases, and those infected here. */
struct epi__forecast_input {
    const double *cases, *local; /* local: NULL = all */
    size_t n, horizon, draws, past;
    size_t step; /* points between past origins: a week */
    uint64_t seed;
};
/* Cuts off by "to" and "incomplete"; faults are findings. */
EPI_MUST_USE epi_status epi__forecast_input(struct epi_estimate_run *r,
                                            struct epi__forecast_input *ret);
/* The serial interval of the options, summing to 1 over the lags it has mass at. */
EPI_MUST_USE epi_status epi__forecast_interval(struct epi_estimate_run *r, const double **ret_w,
                                               size_t *ret_lags);
/* t, date and horizon of the steps ahead, in a fresh frame of `each` rows a step. */
void epi__forecast_times(struct epi_estimate_run *r, const struct epi__forecast_input *in,
                         struct epi_frame *f, size_t each);
/* Rows, the table "quantiles", and the cut-off as values. */
void epi__forecast_rows(struct epi_estimate_run *r, const struct epi__forecast_input *in,
                        const double *mean, const double *quantile);
/* The table "scores", what it comes to as values, and notes when the forecast is not to be trusted.
 * score: [n * EPI_FORECAST_SCORED], the method's own first. */
void epi__forecast_scores(struct epi_estimate_run *r, const struct epi__forecast_input *in,
                          const struct epi_forecast_score *score, const char *const *names,
                          size_t n);
void epi__forecast_notes(struct epi_estimate_run *r, const struct epi__forecast_input *in);
#endif
