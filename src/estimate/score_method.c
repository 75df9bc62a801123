// SPDX-License-Identifier: AGPL-3.0-or-later
/* The figure "score": how good given forecasts were. */
#include "estimate/risk_internal.h"
#include "estimate/score.h"
#include "stats/stats.h"

#define MEAN_MAX 1e9

/* --- of a distribution --- */
static epi_status run_counts(struct epi_estimate_run *r)
{
    bool poisson = strcmp(r->method->method, "poisson") == 0;
    const struct epi_frame *in = &r->input;
    const double *y = epi_frame_need(in, epi__column_of(r, in, "observed|y"), 0, MEAN_MAX,
                                     EPI_NEED_WHOLE, r->findings),
                 *mean = epi_frame_need(in, epi__column_of(r, in, "mean|mu"), 1e-6, MEAN_MAX, 0,
                                        r->findings),
                 *size = poisson ? NULL : epi_frame_need(in, "size", 1e-6, 1e12, 0, r->findings);
    if (!y || !mean || (!poisson && !size))
        return EPI_FAIL(r->err, EPI_INVALID, "estimate.table-faulty", "%s", "");
    struct epi_frame *f = &r->out->rows;
    static const char *const names[] = {"observed", "log",   "crps", "dss",   "se",
                                        "wis",      "width", "over", "under", "median"};
    double *v[EPI_COUNT(names)];
    epi_frame_init(f, in->rows);
    for (size_t k = 0; k < EPI_COUNT(names); k++)
        v[k] = epi_frame_add(r->a, f, names[k]);
    for (size_t i = 0; i < in->rows; i++) {
        double q[EPI_SCORE_LEVELS], k = poisson ? (double)INFINITY : size[i];
        struct epi_score s = epi_score_nbinom(y[i], mean[i], k);
        for (size_t j = 0; j < EPI_SCORE_LEVELS; j++)
            q[j] = epi_nbinom_q(epi_score_levels[j], mean[i], k);
        struct epi_wis w = epi_score_quantiles(epi_score_levels, q, EPI_SCORE_LEVELS, y[i]);
        const double row[] = {y[i],  s.log,   s.crps, s.dss,   s.se,
                              w.wis, w.width, w.over, w.under, q[EPI_LEVEL_50]};
        for (size_t c = 0; c < EPI_COUNT(names); c++)
            v[c][i] = row[c];
    }
    epi_out_value(r, "n", (double)in->rows);
    for (size_t c = 1; c < 6; c++)
        epi_out_value(r, epi_str_cz(r->a, epi_str_printf(r->a, "mean_%s", names[c])),
                      epi_mean(v[c], in->rows));
    return EPI_OK;
}

/* --- of quantiles or draws, several rows a forecast --- */
struct group {
    size_t first, n; /* rows that follow each other */
    epi_str name;
};

/* Rows of one forecast stand together: by "forecast", else by date, else by t; all of them without.
 */
static struct group *groups(struct epi_estimate_run *r, size_t *ret_n)
{
    const struct epi_frame *in = &r->input;
    const char *by = epi__column_of(r, in, "forecast|date|t");
    struct group *g = EPI_ARRAY(r->a, in->rows, struct group);
    size_t n = 0;
    bool one = !epi_frame_column(in, by);
    for (size_t i = 0; i < in->rows; i++) {
        epi_str name = one ? EPI_S("1") : epi__row_label(r, in, by, i);
        if (n == 0 || !epi_str_eq(name, g[n - 1].name))
            g[n++] = (struct group){.first = i, .name = name};
        g[n - 1].n++;
    }
    *ret_n = n;
    return g;
}

static bool fault(struct epi_estimate_run *r, const char *code, const struct group *g)
{
    epi_finding_add(r->findings, EPI_ERROR, code, (uint32_t)(g->first + 1), EPI_S("forecast"),
                    g->name, EPI_NIL);
    return false;
}

static bool same_observed(struct epi_estimate_run *r, const struct group *g, const double *y)
{
    for (size_t i = g->first; i < g->first + g->n; i++)
        if (y[i] != y[g->first])
            return fault(r, "estimate.score-observed", g);
    return true;
}

/* Whether y lies between the quantiles of level a/2 and 1 - a/2; NaN when they are not there. */
static double inside(const double *level, const double *q, size_t n, double share, double y)
{
    double lo = (double)NAN, hi = (double)NAN;
    for (size_t i = 0; i < n; i++) {
        if (fabs(level[i] - (1 - share) / 2) < 1e-9)
            lo = q[i];
        if (fabs(level[i] - (1 + share) / 2) < 1e-9)
            hi = q[i];
    }
    return isnan(lo) || isnan(hi) ? (double)NAN : y >= lo && y <= hi;
}

static double mean_there(const double *v, size_t n)
{
    double sum = 0, there = 0;
    for (size_t i = 0; i < n; i++) {
        sum += isnan(v[i]) ? 0 : v[i];
        there += !isnan(v[i]);
    }
    return there > 0 ? sum / there : (double)NAN;
}

enum { OBSERVED, MEDIAN, WIS, WIDTH, OVER, UNDER, IN50, IN90, IN95, CRPS, DSS, SE, COLUMNS };
static const char *const group_columns[] = {"observed", "median", "wis",  "width", "over", "under",
                                            "in50",     "in90",   "in95", "crps",  "dss",  "se"};

static void put(double *const *v, size_t row, const double *level, const double *q, size_t n,
                double y)
{
    struct epi_wis w = epi_score_quantiles(level, q, n, y);
    v[OBSERVED][row] = y;
    v[WIS][row] = w.wis, v[WIDTH][row] = w.width, v[OVER][row] = w.over, v[UNDER][row] = w.under;
    v[IN50][row] = inside(level, q, n, 0.5, y);
    v[IN90][row] = inside(level, q, n, 0.9, y);
    v[IN95][row] = inside(level, q, n, 0.95, y);
    for (size_t i = 0; i < n; i++)
        if (fabs(level[i] - 0.5) < 1e-9)
            v[MEDIAN][row] = q[i];
}

static epi_status run_groups(struct epi_estimate_run *r)
{
    bool draws = strcmp(r->method->method, "sample") == 0, ok = true;
    const struct epi_frame *in = &r->input;
    const double *y = epi_frame_need(in, epi__column_of(r, in, "observed|y"), 0, 1e12, 0,
                                     r->findings),
                 *value = epi_frame_need(in, "value", -1e12, 1e12, 0, r->findings),
                 *level = draws ? NULL
                                : epi_frame_need(in, epi__column_of(r, in, "level|quantile"), 1e-9,
                                                 1 - 1e-9, 0, r->findings);
    if (!y || !value || (!draws && !level))
        return EPI_FAIL(r->err, EPI_INVALID, "estimate.table-faulty", "%s", "");
    size_t n;
    struct group *g = groups(r, &n);
    struct epi_frame *f = &r->out->rows;
    double *v[COLUMNS], *sorted = EPI_ARRAY(r->a, in->rows, double);
    epi_frame_init(f, n);
    epi_str *name = epi_frame_add_word(r->a, f, "forecast");
    for (size_t c = 0; c < (draws ? COLUMNS : CRPS); c++)
        v[c] = epi_frame_add(r->a, f, group_columns[c]);
    for (size_t i = 0; i < n; i++) {
        const double *q = value + g[i].first;
        double seen = y[g[i].first], of[EPI_SCORE_LEVELS];
        name[i] = g[i].name;
        ok = same_observed(r, &g[i], y) && ok;
        if (!draws) {
            bool rises = true;
            for (size_t k = 1; k < g[i].n; k++)
                rises =
                    rises && q[k] >= q[k - 1] && level[g[i].first + k] > level[g[i].first + k - 1];
            ok = (rises || fault(r, "estimate.score-levels", &g[i])) && ok;
            put(v, i, level + g[i].first, q, g[i].n, seen);
            continue;
        }
        memcpy(sorted, q, g[i].n * sizeof *q);
        epi_sort(sorted, g[i].n);
        for (size_t k = 0; k < EPI_SCORE_LEVELS; k++)
            of[k] = epi_quantile_sorted(sorted, g[i].n, epi_score_levels[k]);
        put(v, i, epi_score_levels, of, EPI_SCORE_LEVELS, seen);
        struct epi_score s = epi_score_draws(sorted, g[i].n, seen);
        v[CRPS][i] = s.crps, v[DSS][i] = s.dss, v[SE][i] = s.se;
        if (g[i].n == 1)
            epi_out_note(r, EPI_WARNING, "estimate.score-one-draw", i + 1, g[i].name, EPI_NIL);
    }
    if (!ok)
        return EPI_FAIL(r->err, EPI_INVALID, "estimate.table-faulty", "%s", "");
    epi_out_value(r, "n", (double)n);
    epi_out_value(r, "mean_wis", mean_there(v[WIS], n));
    epi_out_value(r, "cover50", mean_there(v[IN50], n));
    epi_out_value(r, "cover90", mean_there(v[IN90], n));
    epi_out_value(r, "cover95", mean_there(v[IN95], n));
    if (draws)
        epi_out_value(r, "mean_crps", mean_there(v[CRPS], n));
    return EPI_OK;
}

/* clang-format off */
#define WIS_COLUMNS \
    {"wis", "", "điểm khoảng có trọng số; càng nhỏ càng tốt", \
     "weighted interval score; smaller is better"}, \
    {"width", "", "trong đó do độ rộng", "of it, from the width of the intervals"}, \
    {"over", "", "trong đó do dự báo quá cao", "of it, from forecasts too high"}, \
    {"under", "", "trong đó do dự báo quá thấp", "of it, from forecasts too low"}
#define DRAW_COLUMNS \
    {"crps", "", "điểm xác suất xếp hạng liên tục", "continuous ranked probability score"}, \
    {"dss", "", "điểm Dawid-Sebastiani", "Dawid-Sebastiani score"}, \
    {"se", "", "bình phương sai số của trung bình", "squared error of the mean"}
#define GROUP_COLUMNS \
    {"forecast", "", "dự báo", "forecast"}, {"observed", "", "đã xảy ra", "what came"}, \
    {"median", "", "trung vị dự báo", "median of the forecast"}, WIS_COLUMNS, \
    {"in50", "", "nằm trong khoảng 50 %", "inside the 50 % interval"}, \
    {"in90", "", "nằm trong khoảng 90 %", "inside the 90 % interval"}, \
    {"in95", "", "nằm trong khoảng 95 %", "inside the 95 % interval"}
static const struct epi_estimate_column quantile_columns[] = {GROUP_COLUMNS};
static const struct epi_estimate_column sample_columns[] = {GROUP_COLUMNS, DRAW_COLUMNS};
static const struct epi_estimate_column count_columns[] = {
    {"observed", "", "đã xảy ra", "what came"},
    {"log", "", "điểm logarit", "logarithmic score"},
    DRAW_COLUMNS, WIS_COLUMNS,
    {"median", "", "trung vị dự báo", "median of the forecast"},
};
/* clang-format on */
#define METHOD(word, name_vi, name_en, cited, takes, table, function) \
    { \
        .figure = "score", .method = word, .vi = name_vi, .en = name_en, .paper = cited, \
        .shape = EPI_SHAPE_TABLE, .input = takes, .columns = table, .columns_n = EPI_COUNT(table), \
        .run = function, .per_unit = true \
    }
static const struct epi_estimate_method methods[] = {
    METHOD("quantile", "chấm điểm dự báo cho dưới dạng phân vị",
           "score of forecasts given as quantiles",
           "Bracher et al. 2021, PLoS Comput Biol 17:e1008618",
           "forecast?|date?|t? level|quantile value observed|y", quantile_columns, run_groups),
    METHOD("sample", "chấm điểm dự báo cho dưới dạng mẫu", "score of forecasts given as draws",
           "Gneiting and Raftery 2007, J Am Stat Assoc 102:359",
           "forecast?|date?|t? value observed|y", sample_columns, run_groups),
    METHOD("negative-binomial", "chấm điểm dự báo nhị thức âm",
           "score of negative binomial forecasts",
           "Czado, Gneiting and Held 2009, Biometrics 65:1254", "observed|y mean|mu size",
           count_columns, run_counts),
    METHOD("poisson", "chấm điểm dự báo Poisson", "score of Poisson forecasts",
           "Czado, Gneiting and Held 2009, Biometrics 65:1254", "observed|y mean|mu", count_columns,
           run_counts),
};
const struct epi_estimate_group epi__score_methods = {methods, EPI_COUNT(methods)};
