// SPDX-License-Identifier: AGPL-3.0-or-later
/* The signals as entries of the table of methods; the runs are in signal_run.c. */
#include "estimate/signal_internal.h"
#include "estimate_internal.h"

#define SERIES_OPTIONS \
    {"from", \
     EPI_OPT_TIME, \
     "", \
     -1e9, \
     1e9, \
     NULL, \
     "", \
     "điểm đầu tiên được xét: t hoặc ngày", \
     "first point judged: its t or date"}, \
        {"to", \
         EPI_OPT_TIME, \
         "", \
         -1e9, \
         1e9, \
         NULL, \
         "", \
         "điểm cuối cùng được xét: t hoặc ngày", \
         "last point judged: its t or date"}, \
        {"missing", \
         EPI_OPT_WORD, \
         "skip", \
         0, \
         0, \
         "skip|zero|interpolate", \
         "", \
         "số liệu thiếu: bỏ qua, coi là 0, hoặc nội suy", \
         "missing counts: left out, taken as 0, or interpolated"}, \
    { \
        "explain", EPI_OPT_TIME, "", -1e9, 1e9, NULL, "", \
            "điểm cần kèm bảng số liệu nền: t hoặc ngày", \
            "point whose baseline is shown: its t or date" \
    }
#define FREQUENCY \
    { \
        "frequency", EPI_OPT_INTEGER, "", 2, 1000, NULL, "", \
            "số điểm trong một năm (chuẩn: 52, số liệu ngày: 365)", \
            "points in a year (standard: 52, daily dates: 365)" \
    }
#define ALPHA(standard, vi, en) \
    { \
        "alpha", EPI_OPT_NUMBER, standard, 1e-12, 0.5, NULL, "", vi, en \
    }
#define FLAG(name, standard, vi, en) \
    { \
        name, EPI_OPT_FLAG, standard, 0, 0, NULL, "", vi, en \
    }
#define COUNT(name, standard, min, max, vi, en) \
    { \
        name, EPI_OPT_INTEGER, standard, min, max, NULL, "", vi, en \
    }

static const struct epi_estimate_option ears_options[] = {
    COUNT("baseline", "7", 2, 366, "số điểm nền", "points of the baseline"),
    COUNT("gap", "2", 0, 366, "số điểm cách giữa nền và ngày xét (C2, C3)",
          "points between baseline and the point judged (C2, C3)"),
    {"alpha-c1", EPI_OPT_NUMBER, "0.001", 1e-12, 0.5, NULL, "", "xác suất báo động sai của C1",
     "chance of a false alarm of C1"},
    {"alpha-c2", EPI_OPT_NUMBER, "0.001", 1e-12, 0.5, NULL, "", "xác suất báo động sai của C2",
     "chance of a false alarm of C2"},
    {"alpha-c3", EPI_OPT_NUMBER, "0.025", 1e-12, 0.5, NULL, "", "xác suất của ngưỡng C3",
     "chance behind the threshold of C3"},
    {"min-sigma", EPI_OPT_NUMBER, "0", 0, 1e6, NULL, "", "độ lệch chuẩn nhỏ nhất của nền",
     "least standard deviation of the baseline"},
    SERIES_OPTIONS,
};

#define FARRINGTON_BASELINE \
    COUNT("b", "5", 1, 30, "số năm nền", "years of the baseline"), \
        COUNT("w", "3", 0, 180, "nửa độ rộng cửa sổ quanh cùng ngày năm trước", \
              "half width of the window around the date in other years"), \
        FREQUENCY
#define FARRINGTON_FIT(threshold, trend_p) \
    FLAG("reweight", "yes", "giảm trọng số các đợt dịch cũ", "less weight on past outbreaks"), \
        {"weights-threshold", \
         EPI_OPT_NUMBER, \
         threshold, \
         0, \
         100, \
         NULL, \
         "", \
         "phần dư Anscombe mà trên đó một điểm bị giảm trọng số", \
         "Anscombe residual above which a point loses weight"}, \
        FLAG("trend", "yes", "thử xu thế theo thời gian", "try a trend in time"), \
        {"trend-p", \
         EPI_OPT_NUMBER, \
         trend_p, \
         0, \
         1, \
         NULL, \
         "", \
         "giữ xu thế khi p nhỏ hơn mức này", \
         "the trend stays when its p is below this"}, \
        {"power", \
         EPI_OPT_WORD, \
         "2/3", \
         0, \
         0, \
         "2/3|1/2|none", \
         "", \
         "phép biến đổi lũy thừa của ngưỡng", \
         "power transformation of the threshold"}, \
    { \
        "limit54", EPI_OPT_NUMBERS, "5,4", 0, 1e9, NULL, "", \
            "không báo động khi tổng của số điểm gần nhất (số thứ hai) nhỏ hơn số thứ nhất", \
            "no alarm when the last points (second number) sum to less than the first" \
    }

static const struct epi_estimate_option farrington_options[] = {
    FARRINGTON_BASELINE,
    COUNT("periods", "10", 1, 60, "số mức của yếu tố mùa", "levels of the seasonal factor"),
    COUNT("past-weeks-left-out", "26", 0, 1000, "số điểm gần nhất không đưa vào nền",
          "latest points left out of the baseline"),
    ALPHA("0.05", "xác suất báo động sai, một phía", "chance of a false alarm, one-sided"),
    FARRINGTON_FIT("2.58", "0.05"),
    {"threshold", EPI_OPT_WORD, "delta", 0, 0, "delta|nb-plugin|muan", "",
     "cách tính ngưỡng: biến đổi lũy thừa, nhị thức âm, nhị thức âm có sai số của kỳ vọng",
     "threshold by: power transformation, negative binomial, the same with the error of the mean"},
    {"dispersion", EPI_OPT_WORD, "standard", 0, 0, "standard|released", "",
     "độ phân tán: chuẩn, hoặc như chương trình surveillance 1.20",
     "dispersion: standard, or as the program surveillance 1.20 takes it"},
    SERIES_OPTIONS,
};
static const struct epi_estimate_option original_options[] = {
    FARRINGTON_BASELINE,
    ALPHA("0.05", "xác suất, hai phía: ngưỡng là phân vị 1 - alpha/2",
          "chance, two-sided: the threshold is the quantile of 1 - alpha/2"),
    FARRINGTON_FIT("1", "0.05"),
    SERIES_OPTIONS,
};
static const struct epi_estimate_option cusum_options[] = {
    {"k", EPI_OPT_NUMBER, "1.04", 0, 1e6, NULL, "", "giá trị tham chiếu trừ ở mỗi bước",
     "reference value taken off at each step"},
    {"h", EPI_OPT_NUMBER, "2.26", 0, 1e6, NULL, "", "ngưỡng báo động của tổng tích lũy",
     "level of the sum that raises the alarm"},
    {"transform", EPI_OPT_WORD, "rossi", 0, 0, "standard|rossi|anscombe|none", "",
     "phép biến đổi số đếm", "transformation of the counts"},
    {"reference", EPI_OPT_WORD, "mean", 0, 0, "mean|glm", "",
     "kỳ vọng trước điểm đầu: trung bình, hoặc mô hình mùa",
     "expectation from the points before: mean, or a seasonal fit"},
    {"mean", EPI_OPT_NUMBER, "", 1e-9, 1e9, NULL, "", "kỳ vọng đã biết",
     "expectation, where it is known"},
    FREQUENCY,
    SERIES_OPTIONS,
};
#define WINDOW_OPTIONS(b, w, this_year_) \
    COUNT("b", b, 0, 30, "số năm nền", "years of the baseline"), \
        COUNT("w", w, 0, 180, "nửa độ rộng cửa sổ", "half width of the window"), \
        FLAG("this-year", this_year_, "thêm w điểm ngay trước vào nền", \
             "the w points just before belong to the baseline"), \
        FREQUENCY
static const struct epi_estimate_option bayes_options[] = {
    WINDOW_OPTIONS("0", "6", "yes"),
    ALPHA("0.05", "xác suất báo động sai", "chance of a false alarm"),
    SERIES_OPTIONS,
};
static const struct epi_estimate_option rki_options[] = {
    WINDOW_OPTIONS("2", "4", "no"),
    SERIES_OPTIONS,
};
static const struct epi_estimate_option outbreak_options[] = {
    {"k", EPI_OPT_NUMBER, "100", 1, 1e300, NULL, "", "ngưỡng báo động của thống kê",
     "level of the statistic that raises the alarm"},
    SERIES_OPTIONS,
};
static const struct epi_estimate_option glr_options[] = {
    {"c", EPI_OPT_NUMBER, "5", 1e-9, 1e6, NULL, "", "ngưỡng báo động của tỷ số hợp lý",
     "level of the likelihood ratio that raises the alarm"},
    {"mean", EPI_OPT_NUMBER, "", 1e-9, 1e9, NULL, "",
     "kỳ vọng đã biết; nếu không: trung bình các điểm trước",
     "expectation, where it is known; else the mean of the points before"},
    SERIES_OPTIONS,
};

#define TIME_COLUMNS \
    {"t", "", "thứ tự của điểm", "number of the point"}, \
        {"date", "", "ngày bắt đầu của điểm", "first day of the point"}, \
    { \
        "count", "", "số đếm", "count" \
    }
#define ALARM \
    { \
        "alarm", "", "1: báo động", "1: alarm" \
    }
#define STATE \
    { \
        "state", "", "đã xét, quá ít ca, thiếu số liệu, không đủ nền, không khớp được mô hình", \
            "judged, too-few, missing, no-baseline, no-fit" \
    }
#define UPPER \
    { \
        "upper", "", "ngưỡng: báo động khi số đếm lớn hơn", "threshold: alarm above it" \
    }
#define P_VALUE \
    { \
        "p", "", "xác suất có ít nhất chừng ấy ca nếu không có dịch", \
            "chance of a count at least as large without an outbreak" \
    }
static const struct epi_estimate_column ears_columns[] = {
    TIME_COLUMNS,
    {"c1_mean", "", "trung bình nền của C1", "mean of the baseline of C1"},
    {"c1_sd", "", "độ lệch chuẩn nền của C1", "standard deviation of the baseline of C1"},
    {"c1", "", "C1: số độ lệch chuẩn trên nền", "C1: standard deviations above the baseline"},
    {"c1_upper", "", "ngưỡng C1", "threshold of C1"},
    {"c1_alarm", "", "1: báo động C1", "1: alarm of C1"},
    {"c2_mean", "", "trung bình nền của C2", "mean of the baseline of C2"},
    {"c2_sd", "", "độ lệch chuẩn nền của C2", "standard deviation of the baseline of C2"},
    {"c2", "", "C2: số độ lệch chuẩn trên nền", "C2: standard deviations above the baseline"},
    {"c2_upper", "", "ngưỡng C2", "threshold of C2"},
    {"c2_alarm", "", "1: báo động C2", "1: alarm of C2"},
    {"c3", "", "C3: tổng phần vượt của ba điểm", "C3: sum of the excess of three points"},
    {"c3_upper", "", "số đếm mà trên đó C3 báo động", "count above which C3 raises the alarm"},
    {"c3_alarm", "", "1: báo động C3", "1: alarm of C3"},
    ALARM,
    STATE,
};
#define FITTED_COLUMNS \
    {"phi", "", "độ phân tán quá mức, không dưới 1", "overdispersion, at least 1"}, \
        {"trend_used", "", "1: mô hình có xu thế", "1: the model has a trend"}, \
        {"trend", "", "xu thế: log mỗi bước", "trend: log per step"}, \
    { \
        "trend_p", "", "p của xu thế", "p of the trend" \
    }
static const struct epi_estimate_column farrington_columns[] = {
    TIME_COLUMNS,
    {"expected", "", "kỳ vọng", "expected count"},
    UPPER,
    ALARM,
    {"score", "", "(số đếm - kỳ vọng) / (ngưỡng - kỳ vọng)",
     "(count - expected) / (upper - expected)"},
    P_VALUE,
    FITTED_COLUMNS,
    STATE,
};
static const struct epi_estimate_column original_columns[] = {
    TIME_COLUMNS,
    {"expected", "", "kỳ vọng", "expected count"},
    UPPER,
    ALARM,
    {"score", "", "(số đếm - kỳ vọng) / (ngưỡng - kỳ vọng)",
     "(count - expected) / (upper - expected)"},
    P_VALUE,
    FITTED_COLUMNS,
    {"median", "", "trung vị theo mô hình, kể cả khi quá ít ca",
     "median of the model, also where there are too few cases"},
    {"prob", "", "xác suất có nhiều nhất chừng ấy ca", "chance of a count at most as large"},
    STATE,
};
static const struct epi_estimate_column plain_columns[] = {
    TIME_COLUMNS,
    {"expected", "", "kỳ vọng", "expected count"},
    UPPER,
    ALARM,
    {"score", "", "thống kê của phương pháp", "statistic of the method"},
    P_VALUE,
    STATE,
};

static const struct epi_estimate_column outbreak_columns[] = {
    TIME_COLUMNS,
    {"expected", "", "trung bình đến nay", "mean so far"},
    {"upper", "", "số đếm nhỏ nhất gây báo động", "smallest count that would raise the alarm"},
    ALARM,
    {"score", "", "log của thống kê", "log of the statistic"},
    P_VALUE,
    {"statistic", "", "thống kê; trống khi quá lớn", "statistic; empty when too large"},
    STATE,
};

#define FLAGS (EPI_SERIES_FRACTIONS | EPI_SERIES_MAY_EMPTY | EPI_SERIES_GAPS_ARE_EMPTY)
#define COUNTS "cases|count|incidence|local|reports|absences|sales"
#define METHOD(name, label_vi, label_en, source, options_, columns_, run_) \
    { \
        .figure = "signal", .method = name, .vi = label_vi, .en = label_en, .paper = source, \
        .shape = EPI_SHAPE_SERIES, .series_flags = FLAGS, .input = "t|date " COUNTS, \
        .options = options_, .options_n = EPI_COUNT(options_), .columns = columns_, \
        .columns_n = EPI_COUNT(columns_), .run = run_, .counts = COUNTS \
    }

static const struct epi_estimate_method methods[] = {
    METHOD("ears", "Tín hiệu EARS C1, C2, C3", "EARS C1, C2, C3",
           "Hutwagner et al. 2003, J Urban Health 80:i89", ears_options, ears_columns,
           epi__signal_run_ears),
    METHOD("farrington", "Tín hiệu Farrington linh hoạt", "Farrington Flexible",
           "Noufaily et al. 2013, Stat Med 32:1206; Salmon, Schumacher, Höhle 2016, J Stat Softw "
           "70(10)",
           farrington_options, farrington_columns, epi__signal_run_farrington),
    METHOD("farrington-1996", "Tín hiệu Farrington 1996", "Farrington 1996",
           "Farrington, Andrews, Beale, Catchpole 1996, J R Stat Soc A 159:547", original_options,
           original_columns, epi__signal_run_farrington),
    METHOD("cusum", "Tín hiệu CUSUM", "CUSUM",
           "Rossi, Lampugnani, Marchi 1999, Stat Med 18:2111; Pierce, Schafer 1986, JASA 81:977",
           cusum_options, plain_columns, epi__signal_run_plain),
    METHOD("bayes", "Tín hiệu Bayes", "Bayes", "Höhle 2007, Comput Stat 22:571", bayes_options,
           plain_columns, epi__signal_run_plain),
    METHOD("rki", "Tín hiệu RKI", "RKI", "Höhle 2007, Comput Stat 22:571", rki_options,
           plain_columns, epi__signal_run_plain),
    METHOD(
        "outbreak-p", "Tín hiệu outbreak P", "outbreak P",
        "Frisén, Andersson 2009, Sequential Analysis 28:434; Frisén, Andersson, Schiöler 2009, Stat Med 28:476",
        outbreak_options, outbreak_columns, epi__signal_run_plain),
    METHOD("glr", "Tín hiệu tỷ số hợp lý (GLR)", "generalised likelihood ratio (GLR)",
           "Höhle, Paul 2008, Comput Stat Data Anal 52:4357", glr_options, plain_columns,
           epi__signal_run_plain),
};
const struct epi_estimate_group epi__signal_methods = {methods, EPI_COUNT(methods)};
