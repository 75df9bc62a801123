// SPDX-License-Identifier: AGPL-3.0-or-later
/* Running the signals from options and a table: thin around signal.h. */
#include "estimate/signal_internal.h"
#include "estimate_internal.h"

struct job {
    struct epi_estimate_run *r;
    struct epi_series s; /* missing counts filled as asked */
    size_t from, to;
    struct epi_signal_method m;
    struct epi_signal *signals; /* of [from, to) */
};

/* A point as people name it. */
static epi_str name_of(const struct job *j, size_t at)
{
    char day[16];
    if (!epi_date_known(j->s.start))
        return epi_str_printf(j->r->a, "%.0f", j->s.t0 + (double)at);
    return epi_str_dup(
        j->r->a, epi_str_of(epi_date_iso((epi_date){j->s.start.d + j->s.step * (int32_t)at}, day)));
}

static void note(const struct job *j, epi_severity s, const char *code, size_t row, epi_str arg1,
                 epi_str arg2)
{
    epi_out_note(j->r, s, code, row, arg1, arg2);
}

static epi_str number_text(const struct job *j, size_t n)
{
    return epi_str_printf(j->r->a, "%zu", n);
}

/* Fills what is missing and says so of every point; finds the range. */
static epi_status begin(struct epi_estimate_run *r, struct job *j)
{
    static const char *const codes[] = {"estimate.signal-skipped", "estimate.signal-zero",
                                        "estimate.signal-interpolated"};
    *j = (struct job){.r = r, .s = r->series};
    enum epi_signal_missing how = (enum epi_signal_missing)epi_opt_number(r, "missing");
    double *count = EPI_ARRAY(r->a, j->s.n + 1, double), sum = 0;
    bool *filled = EPI_ARRAY(r->a, j->s.n + 1, bool);
    for (size_t i = 0; i < j->s.n; i++)
        count[i] = r->series.cases[i];
    EPI_TRY(epi_opt_range(r, "from", "to", &j->from, &j->to));
    epi_signal_fill(count, j->s.n, how, filled);
    j->s.cases = count;
    for (size_t i = 0; i < j->s.n; i++) {
        sum += isnan(count[i]) ? 0 : count[i];
        if (isnan(r->series.cases[i]))
            note(j, EPI_WARNING, codes[filled[i] ? how : EPI_MISSING_SKIP],
                 i >= j->from && i < j->to ? i - j->from + 1 : 0, name_of(j, i), EPI_NIL);
    }
    if (!(sum > 0))
        note(j, EPI_WARNING, "estimate.all-zero", 0, EPI_NIL, EPI_NIL);
    j->signals = EPI_ARRAY(r->a, j->to - j->from, struct epi_signal);
    return EPI_OK;
}

/* Points a year, where dates do not say it. */
static unsigned frequency(const struct job *j)
{
    if (epi_opt_given(j->r, "frequency"))
        return (unsigned)epi_opt_number(j->r, "frequency");
    return epi_date_known(j->s.start) && j->s.step == 1 ? 365 : 52;
}

/* --- rows --- */
static double *column(const struct job *j, const char *name)
{
    return epi_frame_add(j->r->a, &j->r->out->rows, name);
}

static void rows_begin(struct job *j)
{
    size_t n = j->to - j->from;
    epi_frame_init(&j->r->out->rows, n);
    double *t = column(j, "t"), *date = NULL;
    if (epi_date_known(j->s.start))
        date = epi_frame_add_date(j->r->a, &j->r->out->rows, "date");
    double *count = column(j, "count");
    for (size_t i = 0; i < n; i++) {
        t[i] = j->s.t0 + (double)(j->from + i);
        count[i] = j->s.cases[j->from + i];
        if (date)
            date[i] = epi_series_date(&j->s, j->from + i);
    }
}

#define ADD(j, name, member) add((j), (name), &(j)->signals[0].member)
static void add(struct job *j, const char *name, const double *first)
{
    double *v = column(j, name);
    for (size_t i = 0; i < j->to - j->from; i++)
        v[i] = *(const double *)((const char *)first + i * sizeof *j->signals);
}

static bool judged(const struct epi_signal *s)
{
    return s->state == EPI_SIGNAL_JUDGED || s->state == EPI_SIGNAL_TOO_FEW;
}

static void alarm_column(struct job *j)
{
    double *v = column(j, "alarm");
    for (size_t i = 0; i < j->to - j->from; i++)
        v[i] = judged(&j->signals[i]) ? j->signals[i].alarm : (double)NAN;
}

/* The states, the sums of them, and what the reader should know. */
static void rows_end(struct job *j)
{
    static const char *const words[] = {"judged", "too-few", "missing", "no-baseline", "no-fit"};
    size_t n = j->to - j->from, states[EPI_COUNT(words)] = {0}, alarms = 0;
    epi_str *v = epi_frame_add_word(j->r->a, &j->r->out->rows, "state");
    for (size_t i = 0; i < n; i++) {
        enum epi_signal_state state = j->signals[i].state;
        v[i] = epi_str_of(words[state]);
        states[state]++;
        alarms += j->signals[i].alarm;
        if (state == EPI_SIGNAL_NO_FIT)
            note(j, EPI_WARNING, "estimate.signal-no-fit", i + 1, name_of(j, j->from + i), EPI_NIL);
    }
    if (states[EPI_SIGNAL_NO_BASELINE])
        note(j, EPI_WARNING, "estimate.signal-no-baseline", 0,
             number_text(j, states[EPI_SIGNAL_NO_BASELINE]), number_text(j, n));
    if (states[EPI_SIGNAL_TOO_FEW])
        note(j, EPI_NOTE, "estimate.signal-too-few", 0, number_text(j, states[EPI_SIGNAL_TOO_FEW]),
             EPI_NIL);
    epi_out_value(j->r, "alarms", (double)alarms);
    epi_out_value(j->r, "judged", (double)(states[EPI_SIGNAL_JUDGED] + states[EPI_SIGNAL_TOO_FEW]));
}

/* The baseline of the point asked for. */
static epi_status explain(struct job *j)
{
    size_t first, end;
    if (!epi_opt_given(j->r, "explain"))
        return EPI_OK;
    EPI_TRY(epi_opt_range(j->r, NULL, "explain", &first, &end));
    size_t at = end - 1;
    struct epi_signal_evidence e;
    epi_signal_evidence(j->r->a, &j->m, &j->s, at < j->from ? at : j->from, at, &e);
    struct epi_frame *f = epi_out_table(j->r, "baseline", e.baseline_n);
    double *t = epi_frame_add(j->r->a, f, "t"), *date = NULL;
    if (epi_date_known(j->s.start))
        date = epi_frame_add_date(j->r->a, f, "date");
    double *count = epi_frame_add(j->r->a, f, "count"),
           *expected = epi_frame_add(j->r->a, f, "expected"),
           *weight = epi_frame_add(j->r->a, f, "weight");
    for (size_t i = 0; i < e.baseline_n; i++) {
        t[i] = j->s.t0 + (double)e.baseline[i].at;
        if (date)
            date[i] = epi_series_date(&j->s, e.baseline[i].at);
        count[i] = e.baseline[i].count;
        expected[i] = e.baseline[i].expected;
        weight[i] = e.baseline[i].weight;
    }
    return EPI_OK;
}

/* --- EARS --- */
struct shifted { /* a column of EARS, `back` points earlier */
    const char *name;
    const double *v;
    size_t back;
};

epi_status epi__signal_run_ears(struct epi_estimate_run *r)
{
    struct job j;
    EPI_TRY(begin(r, &j));
    struct epi_ears_options *o = &j.m.ears;
    *o = (struct epi_ears_options){.baseline = (unsigned)epi_opt_number(r, "baseline"),
                                   .gap = (unsigned)epi_opt_number(r, "gap"),
                                   .alpha1 = epi_opt_number(r, "alpha-c1"),
                                   .alpha2 = epi_opt_number(r, "alpha-c2"),
                                   .alpha3 = epi_opt_number(r, "alpha-c3"),
                                   .min_sigma = epi_opt_number(r, "min-sigma")};
    struct epi_ears e;
    epi_ears_init(r->a, j.s.n, &e);
    epi_ears(o, j.s.cases, j.s.n, &e);
    const struct shifted columns[3][5] = {
        {{"c1_mean", e.mean, 0}, {"c1_sd", e.sd, 0}, {"c1", e.c1, 0}, {"c1_upper", e.upper1, 0}},
        {{"c2_mean", e.mean, o->gap},
         {"c2_sd", e.sd, o->gap},
         {"c2", e.c2, 0},
         {"c2_upper", e.upper2, 0}},
        {{"c3", e.c3, 0}, {"c3_upper", e.upper3, 0}}};
    const char *const alarms[3] = {"c1_alarm", "c2_alarm", "c3_alarm"};
    rows_begin(&j);
    size_t flat = 0, n = j.to - j.from;
    for (unsigned k = 0; k < 3; k++) {
        const double *score = k == 0 ? e.c1 : k == 1 ? e.c2 : e.c3;
        for (const struct shifted *c = columns[k]; c->name; c++) {
            double *v = column(&j, c->name);
            for (size_t i = j.from > c->back ? j.from : c->back; i < j.to; i++)
                v[i - j.from] = c->v[i - c->back];
        }
        double *v = column(&j, alarms[k]);
        for (size_t i = 0; i < n; i++)
            if (!isnan(score[j.from + i]))
                v[i] = (e.alarm[j.from + i] >> k) & 1;
    }
    for (size_t i = 0; i < n; i++) {
        size_t at = j.from + i;
        j.signals[i].state = !isnan(e.c1[at])       ? EPI_SIGNAL_JUDGED
                             : isnan(j.s.cases[at]) ? EPI_SIGNAL_MISSING
                                                    : EPI_SIGNAL_NO_BASELINE;
        j.signals[i].alarm = e.alarm[at] != 0;
        flat += !isnan(e.c1[at]) && !(e.sd[at] > 0) && !(o->min_sigma > 0);
    }
    alarm_column(&j);
    rows_end(&j);
    if (flat)
        note(&j, EPI_WARNING, "estimate.signal-flat", 0, number_text(&j, flat), EPI_NIL);
    j.m.kind = EPI_SIGNAL_EARS_C1;
    return explain(&j);
}

/* --- Farrington --- */
static epi_status farrington_options(struct job *j)
{
    static const double powers[] = {2.0 / 3, 0.5, 1};
    struct epi_estimate_run *r = j->r;
    struct epi_farrington_options *o = &j->m.farrington;
    bool original = strcmp(r->method->method, "farrington-1996") == 0;
    *o = original ? epi_farrington_1996() : epi_farrington_standard();
    o->years = (unsigned)epi_opt_number(r, "b");
    o->half_window = (unsigned)epi_opt_number(r, "w");
    o->frequency = frequency(j);
    o->alpha = epi_opt_number(r, "alpha");
    o->reweight = epi_opt_number(r, "reweight") != 0;
    o->weights_threshold = epi_opt_number(r, "weights-threshold");
    o->trend = epi_opt_number(r, "trend") != 0;
    o->trend_p = epi_opt_number(r, "trend-p");
    o->power = powers[(size_t)epi_opt_number(r, "power")];
    size_t n;
    const double *few = epi_opt_numbers(r, "limit54", &n);
    bool windows = 2 * o->half_window + 1 <= o->frequency;
    if (n != 2 || few[1] != floor(few[1]))
        epi_finding_add(r->findings, EPI_ERROR, "estimate.signal-limit54", 0, EPI_S("limit54"),
                        epi_opt_word(r, "limit54"), EPI_NIL);
    if (!windows)
        epi_finding_add(r->findings, EPI_ERROR, "estimate.option-range", 0, EPI_S("w"),
                        epi_opt_word(r, "w"),
                        epi_str_printf(r->a, "0 … %u", (o->frequency - 1) / 2));
    if (n != 2 || few[1] != floor(few[1]) || !windows)
        return EPI_FAIL(r->err, EPI_INVALID, "estimate.options-faulty", "%s", "");
    o->few_cases = few[0];
    o->few_points = (unsigned)few[1];
    if (original)
        return EPI_OK;
    o->periods = (unsigned)epi_opt_number(r, "periods");
    o->left_out = (unsigned)epi_opt_number(r, "past-weeks-left-out");
    o->threshold = (enum epi_threshold)epi_opt_number(r, "threshold");
    o->released_dispersion = epi_opt_is(r, "dispersion", "released");
    return EPI_OK;
}

epi_status epi__signal_run_farrington(struct epi_estimate_run *r)
{
    struct job j;
    EPI_TRY(begin(r, &j));
    j.m.kind = EPI_SIGNAL_FARRINGTON;
    EPI_TRY(farrington_options(&j));
    size_t n = j.to - j.from;
    struct epi_farrington *f = EPI_ARRAY(r->a, n, struct epi_farrington);
    epi_farrington(r->a, &j.m.farrington, &j.s, j.from, j.to, f);
    for (size_t i = 0; i < n; i++)
        j.signals[i] = f[i].signal;
    rows_begin(&j);
    ADD(&j, "expected", expected);
    ADD(&j, "upper", upper);
    alarm_column(&j);
    ADD(&j, "score", score);
    ADD(&j, "p", p);
    double *phi = column(&j, "phi"), *used = column(&j, "trend_used"), *trend = column(&j, "trend"),
           *trend_p = column(&j, "trend_p");
    double *median = NULL, *prob = NULL;
    if (j.m.farrington.original) {
        median = column(&j, "median");
        prob = column(&j, "prob");
    }
    for (size_t i = 0; i < n; i++) {
        phi[i] = f[i].phi;
        trend[i] = f[i].trend;
        trend_p[i] = f[i].trend_p;
        if (judged(&f[i].signal))
            used[i] = !isnan(f[i].trend);
        if (median) {
            median[i] = f[i].fitted;
            prob[i] = 1 - f[i].signal.p;
        }
    }
    rows_end(&j);
    if (j.s.step == 1 && epi_date_known(j.s.start))
        note(&j, EPI_WARNING, "estimate.signal-daily", 0, EPI_NIL, EPI_NIL);
    return explain(&j);
}

/* --- the others --- */
/* The first point judged by a method that compares with the points before: the last year, or half
 * of a series shorter than two years. */
static void choose_from(struct job *j)
{
    if (epi_opt_given(j->r, "from") || epi_opt_given(j->r, "mean"))
        return;
    size_t year = j->s.step == 1 && epi_date_known(j->s.start) ? 365 : 52, n = j->to;
    j->from = n > 2 * year ? n - year : n / 2;
    note(j, EPI_NOTE, "estimate.signal-reference", 0, name_of(j, j->from), EPI_NIL);
}

static void plain_options(struct job *j)
{
    struct epi_estimate_run *r = j->r;
    epi_str name = epi_str_of(r->method->method);
    if (epi_str_eqz(name, "cusum")) {
        choose_from(j);
        j->m = epi_signal_method(EPI_SIGNAL_CUSUM);
        j->m.cusum = (struct epi_cusum_options){
            .transform = (enum epi_cusum_transform)epi_opt_number(r, "transform"),
            .k = epi_opt_number(r, "k"),
            .h = epi_opt_number(r, "h"),
            .seasonal = epi_opt_is(r, "reference", "glm"),
            .mean = epi_opt_number(r, "mean"),
            .frequency = frequency(j)};
    } else if (epi_str_eqz(name, "outbreak-p")) {
        j->m = epi_signal_method(EPI_SIGNAL_OUTBREAK_P);
        j->m.outbreak_k = epi_opt_number(r, "k");
    } else if (epi_str_eqz(name, "glr")) {
        choose_from(j);
        j->m = epi_signal_method(EPI_SIGNAL_GLR);
        j->m.glr.c = epi_opt_number(r, "c");
        j->m.glr.mean = epi_opt_number(r, "mean");
    } else {
        bool bayes = epi_str_eqz(name, "bayes");
        j->m = epi_signal_method(bayes ? EPI_SIGNAL_BAYES : EPI_SIGNAL_RKI);
        j->m.window.years = (unsigned)epi_opt_number(r, "b");
        j->m.window.half_window = (unsigned)epi_opt_number(r, "w");
        j->m.window.this_year = epi_opt_number(r, "this-year") != 0;
        j->m.window.frequency = frequency(j);
        if (bayes)
            j->m.window.alpha = epi_opt_number(r, "alpha");
    }
}

epi_status epi__signal_run_plain(struct epi_estimate_run *r)
{
    struct job j;
    EPI_TRY(begin(r, &j));
    plain_options(&j);
    epi_signals(r->a, &j.m, &j.s, j.s.cases, 1, j.from, j.to, j.signals);
    rows_begin(&j);
    ADD(&j, "expected", expected);
    ADD(&j, "upper", upper);
    alarm_column(&j);
    ADD(&j, "score", score);
    ADD(&j, "p", p);
    if (j.m.kind == EPI_SIGNAL_OUTBREAK_P) {
        double *statistic = column(&j, "statistic");
        for (size_t i = 0; i < j.to - j.from; i++)
            statistic[i] = exp(j.signals[i].score);
    }
    rows_end(&j);
    return explain(&j);
}
