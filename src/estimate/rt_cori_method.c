// SPDX-License-Identifier: AGPL-3.0-or-later
/* The reproduction number in time as an entry of the table of methods. */
#include "estimate/rt_options.h"

static size_t *every(struct epi_arena *a, size_t n)
{
    size_t *ret = EPI_ARRAY(a, n + 1, size_t);
    for (size_t i = 0; i < n; i++)
        ret[i] = i;
    return ret;
}

static const struct epi_estimate_option cori_options[] = {
    EPI__OPTION_SI_MEAN(""),
    EPI__OPTION_SI_SD(""),
    EPI__OPTION_SI,
    {"si-sample", EPI_OPT_TABLE, "", 0, 0, "k s1 s2…", "day",
     "nhiều phân bố khoảng thời gian nối tiếp, mỗi cột một phân bố, đều có thể đúng",
     "several serial intervals by lag, one a column, each as likely"},
    {"si-mean-sd", EPI_OPT_NUMBER, "", 0, 1000, NULL, "day", "độ bất định của si-mean",
     "how uncertain si-mean is, as a standard deviation"},
    {"si-mean-min", EPI_OPT_NUMBER, "", 0, 1000, NULL, "day", "si-mean nhỏ nhất có thể",
     "least si-mean (three of its sd below)"},
    {"si-mean-max", EPI_OPT_NUMBER, "", 0, 1000, NULL, "day", "si-mean lớn nhất có thể",
     "greatest si-mean (three of its sd above)"},
    {"si-sd-sd", EPI_OPT_NUMBER, "", 0, 1000, NULL, "day", "độ bất định của si-sd",
     "how uncertain si-sd is, as a standard deviation"},
    {"si-sd-min", EPI_OPT_NUMBER, "", 0, 1000, NULL, "day", "si-sd nhỏ nhất có thể",
     "least si-sd (three of its sd below)"},
    {"si-sd-max", EPI_OPT_NUMBER, "", 0, 1000, NULL, "day", "si-sd lớn nhất có thể",
     "greatest si-sd (three of its sd above)"},
    {"n1", EPI_OPT_INTEGER, "100", 2, 10000, NULL, "", "số khoảng thời gian nối tiếp được thử",
     "serial intervals tried when it is uncertain"},
    {"n2", EPI_OPT_INTEGER, "100", 1, 1000000, NULL, "",
     "số lần rút R cho mỗi khoảng trong bài báo gốc; ở đây phân bố trộn được giải trực tiếp nên không "
     "đổi kết quả",
     "draws of R for each of them in the paper; changes nothing here, the mixture itself is solved"},
    EPI__OPTIONS_WINDOW,
    {"prior-mean", EPI_OPT_NUMBER, "5", 0.001, 1000, NULL, "", "trung bình tiên nghiệm của R",
     "prior mean of R"},
    {"prior-sd", EPI_OPT_NUMBER, "5", 0.001, 1000, NULL, "", "độ lệch chuẩn tiên nghiệm của R",
     "prior standard deviation of R"},
    {"seed", EPI_OPT_INTEGER, "1", 0, 9007199254740991.0, NULL, "",
     "hạt giống chọn các khoảng thời gian nối tiếp", "seed by which serial intervals are chosen"},
};

static double opt_or(const struct epi_estimate_run *r, const char *name, double standard)
{
    return epi_opt_given(r, name) ? epi_opt_number(r, name) : standard;
}

static epi_status uncertain(struct epi_estimate_run *r, struct epi_si *ret)
{
    double step = r->series.step;
    struct epi_si_doubt d = {.mean = epi_opt_number(r, "si-mean"),
                             .mean_sd = opt_or(r, "si-mean-sd", 0),
                             .sd = epi_opt_number(r, "si-sd"),
                             .sd_sd = opt_or(r, "si-sd-sd", 0)};
    if (!epi_opt_given(r, "si-mean") || !epi_opt_given(r, "si-sd")) {
        epi_finding_add(r->findings, EPI_ERROR, "estimate.si-missing", 0, EPI_S("si-mean"), EPI_NIL,
                        EPI_NIL);
        return EPI_FAIL(r->err, EPI_INVALID, "estimate.options-faulty", "%s", "");
    }
    d.mean_min = opt_or(r, "si-mean-min", fmax(d.mean - 3 * d.mean_sd, 0.9 * step + 0.1 * d.mean));
    d.mean_max = opt_or(r, "si-mean-max", d.mean + 3 * d.mean_sd);
    d.sd_min = opt_or(r, "si-sd-min", fmax(d.sd - 3 * d.sd_sd, 0.1 * d.sd));
    d.sd_max = opt_or(r, "si-sd-max", d.sd + 3 * d.sd_sd);
    if (!(d.mean_min > step && d.mean_min <= d.mean && d.mean <= d.mean_max && d.sd_min >= 0.01 &&
          d.sd_min <= d.sd && d.sd <= d.sd_max)) {
        epi_finding_add(r->findings, EPI_ERROR, "estimate.si-limits", 0, EPI_S("si-mean-min"),
                        epi_str_printf(r->a, "%g", step), EPI_NIL);
        return EPI_FAIL(r->err, EPI_INVALID, "estimate.options-faulty", "%s", "");
    }
    d.mean /= step, d.mean_sd /= step, d.mean_min /= step, d.mean_max /= step;
    d.sd /= step, d.sd_sd /= step, d.sd_min /= step, d.sd_max /= step;
    size_t n = (size_t)epi_opt_number(r, "n1");
    double *pairs = EPI_ARRAY(r->a, 2 * n, double);
    *ret = epi_si_uncertain(r->a, &d, n, (uint64_t)epi_opt_number(r, "seed"), r->series.n, pairs);
    struct epi_frame *f = epi_out_table(r, "pairs", n);
    double *mean = epi_frame_add(r->a, f, "si_mean"), *sd = epi_frame_add(r->a, f, "si_sd");
    for (size_t j = 0; j < n; j++) {
        mean[j] = pairs[j] * step;
        sd[j] = pairs[n + j] * step;
    }
    return EPI_OK;
}

static epi_status cori_interval(struct epi_estimate_run *r, struct epi_si *ret)
{
    bool doubt = opt_or(r, "si-mean-sd", 0) > 0 || opt_or(r, "si-sd-sd", 0) > 0;
    bool by_mean = doubt || epi_opt_given(r, "si-mean") || epi_opt_given(r, "si-sd");
    if (by_mean + epi_opt_given(r, "si") + epi_opt_given(r, "si-sample") > 1) {
        epi_finding_add(r->findings, EPI_ERROR, "estimate.si-twice", 0, EPI_S("si-mean"), EPI_NIL,
                        EPI_NIL);
        return EPI_FAIL(r->err, EPI_INVALID, "estimate.options-faulty", "%s", "");
    }
    if (epi_opt_given(r, "si-sample"))
        return epi__si_table(r, "si-sample", r->series.n, ret);
    return doubt ? uncertain(r, ret) : epi__si_read(r, r->series.n, r->series.step, ret);
}

static void cori_notes(struct epi_estimate_run *r, const struct epi_rt_setting *s,
                       const struct epi_rt_rows *rows, const double *lambda)
{
    size_t early = 0, few = 0, nobody = 0, given = 0;
    for (size_t i = 0; i < s->windows.n; i++) {
        double infectivity = 0;
        for (size_t t = s->windows.start[i] - 1; t < s->windows.end[i]; t++)
            infectivity += lambda[t];
        if (isnan(rows->mean[i]))
            early++;
        else
            given++;
        nobody += !isnan(rows->mean[i]) && infectivity < 0.01;
        few += rows->sd[i] > 0.3 * rows->mean[i];
    }
    epi__rt_note(r, EPI_NOTE, "estimate.rt-early", early, s->windows.n);
    epi__rt_note(r, EPI_WARNING, "estimate.rt-nobody", nobody, given);
    epi__rt_note(r, EPI_WARNING, "estimate.rt-few", few, given);
    epi__rt_note_incomplete(r, &s->windows);
    if (r->series.step > 1)
        epi_out_note(r, EPI_NOTE, "estimate.rt-weekly", 0, EPI_NIL, EPI_NIL);
}

static epi_status run_cori(struct epi_estimate_run *r)
{
    EPI_ARENA_LOCAL(scratch); /* the plan's tables: not to be kept for every unit */
    struct epi_rt_setting s = {.days = r->series.n,
                               .prior_mean = epi_opt_number(r, "prior-mean"),
                               .prior_sd = epi_opt_number(r, "prior-sd"),
                               .probs = epi__rt_probs,
                               .probs_n = EPI__RT_PROBS};
    struct epi_rt_plan *plan;
    EPI_TRY(cori_interval(r, &s.si));
    EPI_TRY(epi__windows_read(r, &s.windows));
    if (epi__all_zero(&r->series))
        return EPI_FAIL(r->err, EPI_INVALID, "estimate.all-zero", "%s", "");
    EPI_TRY(epi_rt_plan_new(scratch, &s, &plan, r->err));
    size_t n = s.windows.n;
    struct epi_rt_rows rows = {EPI_ARRAY(r->a, n, double), EPI_ARRAY(r->a, n, double),
                               EPI_ARRAY(r->a, n * EPI__RT_PROBS, double),
                               EPI_ARRAY(r->a, n, double)};
    epi_rt_cori(plan, r->series.cases, r->series.imported, 1, rows);
    size_t *keep = every(r->a, n);
    epi__rt_rows(r, &s.windows, keep, n, &rows);
    double *above = epi_frame_add(r->a, &r->out->rows, "above_1");
    for (size_t i = 0; i < n; i++)
        above[i] = rows.above[i];
    epi__rt_cases(r, &s.windows, keep, n, false);
    double *w = epi__si_table_out(r, &s.si), *lambda = EPI_ARRAY(r->a, s.days, double);
    epi_rt_infectivity(r->series.cases, r->series.imported, w, s.days, lambda);
    epi__rt_days(r, "lambda", "lambda", lambda);
    cori_notes(r, &s, &rows, lambda);
    return EPI_OK;
}

static const struct epi_estimate_column cori_columns[] = {
    EPI__RT_ROW_COLUMNS,
    {"above_1", "", "xác suất R lớn hơn 1", "probability that R is above 1"},
    {"cases", "person", "số ca lây tại chỗ trong cửa sổ", "cases of the window infected here"},
};

static const struct epi_estimate_method methods[] = {
    {.figure = "rt",
     .method = "cori",
     .vi = "hệ số lây nhiễm theo thời gian (Cori)",
     .en = "reproduction number in time (Cori)",
     .paper =
         "Cori et al. 2013, Am J Epidemiol 178:1505; Thompson et al. 2019, Epidemics 29:100356",
     .shape = EPI_SHAPE_SERIES,
     .series_flags = EPI_SERIES_FRACTIONS,
     .input = "t|date cases|incidence|count|local imported?",
     .options = cori_options,
     .options_n = EPI_COUNT(cori_options),
     .columns = cori_columns,
     .columns_n = EPI_COUNT(cori_columns),
     .run = run_cori},
};
const struct epi_estimate_group epi__rt_cori_methods = {methods, EPI_COUNT(methods)};
