/* rt_options.h - what the methods of the reproduction number share: serial interval and windows as
 * options, columns and notes of the rows. */
#ifndef EPI_ESTIMATE_RT_OPTIONS_H
#define EPI_ESTIMATE_RT_OPTIONS_H
#include "estimate/estimate_internal.h"
#include "estimate/rt.h"

#define EPI__OPTION_SI_MEAN(standard) \
    { \
        "si-mean", EPI_OPT_NUMBER, standard, 0, 1000, NULL, "day", \
            "trung bình khoảng thời gian giữa khởi phát của ca lây và ca bị lây", \
            "mean of the serial interval" \
    }
#define EPI__OPTION_SI_SD(standard) \
    { \
        "si-sd", EPI_OPT_NUMBER, standard, 0, 1000, NULL, "day", \
            "độ lệch chuẩn của khoảng thời gian đó", "standard deviation of the serial interval" \
    }
#define EPI__OPTION_SI \
    { \
        "si", EPI_OPT_TABLE, "", 0, 0, "k w", "day", \
            "phân bố khoảng thời gian nối tiếp theo từng ngày, thay cho trung bình và độ lệch", \
            "the serial interval by lag, in place of mean and sd" \
    }
#define EPI__OPTIONS_WINDOW \
    { \
        "window",        EPI_OPT_INTEGER,     "7", 1, 10000, NULL, "day", \
        "độ dài cửa sổ", "length of a window"}, \
        {"step", \
         EPI_OPT_INTEGER, \
         "1", \
         1, \
         10000, \
         NULL, \
         "day", \
         "khoảng cách giữa hai cửa sổ liên tiếp", \
         "days from one window to the next"}, \
        {"windows", \
         EPI_OPT_TABLE, \
         "", \
         0, \
         0, \
         "t_start t_end", \
         "", \
         "các cửa sổ cho trước, thay cho window và step", \
         "given windows, in place of window and step"}, \
    { \
        "incomplete", EPI_OPT_INTEGER, "0", 0, 1000, NULL, "day", \
            "số ngày cuối còn đang báo cáo: cửa sổ chạm vào sẽ được ghi chú", \
            "last days still being reported: windows that reach into them are noted" \
    }

/* The serial interval the options describe, for a series of `days` points that lie `step` days
 * apart. Faults are findings. */
EPI_MUST_USE epi_status epi__si_read(struct epi_estimate_run *r, size_t days, int step,
                                     struct epi_si *ret);
/* Candidates by lag, from columns of a table: "w", or all but "k". */
EPI_MUST_USE epi_status epi__si_table(struct epi_estimate_run *r, const char *option, size_t days,
                                      struct epi_si *ret);
EPI_MUST_USE epi_status epi__windows_read(struct epi_estimate_run *r, struct epi_rt_windows *ret);

/* The quantiles that rows give, ascending, and the names of their columns. */
#define EPI__RT_PROBS 7
extern const double epi__rt_probs[EPI__RT_PROBS];

/* Starts the rows with those windows whose indices are in keep[n]: t_start, t_end, dates, mean, sd,
 * quantiles. */
void epi__rt_rows(struct epi_estimate_run *r, const struct epi_rt_windows *w, const size_t *keep,
                  size_t n, const struct epi_rt_rows *rows);
/* Their cases, with or without the imported. */
void epi__rt_cases(struct epi_estimate_run *r, const struct epi_rt_windows *w, const size_t *keep,
                   size_t n, bool imported_too);
/* The table "si" and its mean and sd as values (of several: their average, and the range); returns
 * the average. */
double *epi__si_table_out(struct epi_estimate_run *r, const struct epi_si *si);
bool epi__all_zero(const struct epi_series *s);
/* A table of one value per day: t, date, `name`. */
void epi__rt_days(struct epi_estimate_run *r, const char *table, const char *name, const double *v);
void epi__rt_note(struct epi_estimate_run *r, epi_severity s, const char *code, size_t count,
                  size_t of);
/* Windows that reach into the days the option "incomplete" names. */
void epi__rt_note_incomplete(struct epi_estimate_run *r, const struct epi_rt_windows *w);
#define EPI__RT_ROW_COLUMNS \
    {"t_start", "", "bước đầu của cửa sổ", "first step of the window"}, \
        {"t_end", "", "bước cuối của cửa sổ", "last step of the window"}, \
        {"date_start", "", "ngày đầu của cửa sổ", "first day of the window"}, \
        {"date_end", "", "ngày cuối của cửa sổ", "last day of the window"}, \
        {"mean", "", "trung bình của R", "mean of R"}, \
        {"sd", "", "độ lệch chuẩn của R", "standard deviation of R"}, \
        {"q025", "", "phân vị 2,5 %", "2.5 % quantile"}, \
        {"q05", "", "phân vị 5 %", "5 % quantile"}, {"q25", "", "phân vị 25 %", "25 % quantile"}, \
        {"median", "", "trung vị", "median"}, {"q75", "", "phân vị 75 %", "75 % quantile"}, \
        {"q95", "", "phân vị 95 %", "95 % quantile"}, \
    { \
        "q975", "", "phân vị 97,5 %", "97.5 % quantile" \
    }

#endif
