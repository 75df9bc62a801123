// SPDX-License-Identifier: AGPL-3.0-or-later
#include "estimate/rt_options.h"

const double epi__rt_probs[EPI__RT_PROBS] = {0.025, 0.05, 0.25, 0.5, 0.75, 0.95, 0.975};
static const char *const prob_names[EPI__RT_PROBS] = {"q025", "q05", "q25", "median",
                                                      "q75",  "q95", "q975"};

static epi_status refuse(struct epi_estimate_run *r, const char *code, const char *option,
                         epi_str arg)
{
    epi_finding_add(r->findings, EPI_ERROR, code, 0, epi_str_of(option), arg, EPI_NIL);
    return EPI_FAIL(r->err, EPI_INVALID, "estimate.options-faulty", "%s", "");
}

/* The lags of column k: whole, each once; NULL with findings when they are not. */
static const double *lags_of(struct epi_estimate_run *r, const struct epi_frame *f,
                             const char *option, size_t *ret_lags)
{
    size_t before = r->findings ? r->findings->counts[EPI_ERROR] : 0;
    const double *k = epi_frame_need(f, "k", 0, 100000, EPI_NEED_WHOLE, r->findings);
    if (!k)
        return NULL;
    double most = 0;
    for (size_t i = 0; i < f->rows; i++)
        most = fmax(most, k[i]);
    bool *seen = EPI_ARRAY(r->a, (size_t)most + 1, bool);
    for (size_t i = 0; i < f->rows; i++) {
        if (seen[(size_t)k[i]])
            epi_finding_add(r->findings, EPI_ERROR, "estimate.si-lag-twice", (uint32_t)(i + 1),
                            epi_str_of(option), epi_str_printf(r->a, "%g", k[i]), EPI_NIL);
        seen[(size_t)k[i]] = true;
    }
    *ret_lags = (size_t)most + 1;
    return r->findings && r->findings->counts[EPI_ERROR] > before ? NULL : k;
}

epi_status epi__si_table(struct epi_estimate_run *r, const char *option, size_t days,
                         struct epi_si *ret)
{
    const struct epi_frame *f = epi_opt_table(r, option);
    bool one = strcmp(option, "si") == 0;
    size_t lags = 0, n = 0;
    const double *k = lags_of(r, f, option, &lags);
    double *w = EPI_ARRAY(r->a, lags * f->n + 1, double);
    bool ok = k != NULL;
    for (size_t c = 0; k && c < f->n; c++) {
        const char *name = epi_str_cz(r->a, f->columns[c].name);
        double sum = 0;
        if (one ? strcmp(name, "w") != 0 : strcmp(name, "k") == 0)
            continue;
        const double *v = epi_frame_need(f, name, 0, 1, 0, r->findings);
        if (!v) {
            ok = false;
            continue;
        }
        for (size_t i = 0; i < f->rows; i++) {
            w[n * lags + (size_t)k[i]] = v[i];
            sum += v[i];
        }
        if (w[n * lags] > 0 || !(fabs(sum - 1) <= 0.01)) {
            epi_finding_add(
                r->findings, EPI_ERROR, w[n * lags] > 0 ? "estimate.si-at-zero" : "estimate.si-sum",
                0, epi_str_of(option), f->columns[c].name, epi_str_printf(r->a, "%.6g", sum));
            ok = false;
        }
        n++;
    }
    if (ok && n == 0) {
        epi_finding_add(r->findings, EPI_ERROR, "estimate.column-missing", 0, epi_str_of(option),
                        EPI_S("w"), EPI_NIL);
        ok = false;
    }
    if (!ok)
        return EPI_FAIL(r->err, EPI_INVALID, "estimate.options-faulty", "%s", "");
    *ret = epi_si_given(r->a, w, lags, n, days);
    return EPI_OK;
}

epi_status epi__si_read(struct epi_estimate_run *r, size_t days, int step, struct epi_si *ret)
{
    bool by_mean = epi_opt_given(r, "si-mean") || epi_opt_given(r, "si-sd");
    if (by_mean && epi_opt_given(r, "si"))
        return refuse(r, "estimate.si-twice", "si", EPI_NIL);
    if (epi_opt_given(r, "si"))
        return epi__si_table(r, "si", days, ret);
    if (!epi_opt_given(r, "si-mean") || !epi_opt_given(r, "si-sd"))
        return refuse(r, "estimate.si-missing", "si-mean", EPI_NIL);
    double mean = epi_opt_number(r, "si-mean") / step, sd = epi_opt_number(r, "si-sd") / step;
    if (!(mean > 1))
        return refuse(r, "estimate.si-mean", "si-mean", epi_str_printf(r->a, "%d", step));
    if (!(sd >= 0.01 / step))
        return refuse(r, "estimate.si-sd", "si-sd", EPI_NIL);
    *ret = epi_si_parametric(r->a, mean, sd, days);
    return EPI_OK;
}

static epi_status given_windows(struct epi_estimate_run *r, struct epi_rt_windows *ret)
{
    const struct epi_frame *f = epi_opt_table(r, "windows");
    double first = r->series.t0 + 1, last = r->series.t0 + (double)r->series.n - 1;
    const double *from = epi_frame_need(f, "t_start", first, last, EPI_NEED_WHOLE, r->findings);
    const double *to = epi_frame_need(f, "t_end", first, last, EPI_NEED_WHOLE, r->findings);
    uint32_t *start = EPI_ARRAY(r->a, f->rows + 1, uint32_t),
             *end = EPI_ARRAY(r->a, f->rows + 1, uint32_t);
    bool ok = from && to;
    for (size_t i = 0; from && to && i < f->rows; i++) {
        start[i] = (uint32_t)(from[i] - r->series.t0 + 1);
        end[i] = (uint32_t)(to[i] - r->series.t0 + 1);
        if (end[i] < start[i]) {
            epi_finding_add(r->findings, EPI_ERROR, "estimate.rt-window", (uint32_t)(i + 1),
                            EPI_S("windows"), epi_str_printf(r->a, "%g - %g", from[i], to[i]),
                            EPI_NIL);
            ok = false;
        }
    }
    if (!ok)
        return EPI_FAIL(r->err, EPI_INVALID, "estimate.options-faulty", "%s", "");
    *ret = (struct epi_rt_windows){f->rows, start, end};
    return EPI_OK;
}

epi_status epi__windows_read(struct epi_estimate_run *r, struct epi_rt_windows *ret)
{
    if (epi_opt_given(r, "windows"))
        return given_windows(r, ret);
    double step = r->series.step, width = fmax(1, rint(epi_opt_number(r, "window") / step));
    double apart = fmax(1, rint(epi_opt_number(r, "step") / step));
    *ret = epi_rt_sliding(r->a, r->series.n, (size_t)width, (size_t)apart);
    if (ret->n == 0)
        return EPI_FAIL(r->err, EPI_INVALID, "estimate.rt-too-short", "%zu", r->series.n);
    return EPI_OK;
}

void epi__rt_rows(struct epi_estimate_run *r, const struct epi_rt_windows *w, const size_t *keep,
                  size_t n, const struct epi_rt_rows *rows)
{
    struct epi_frame *f = &r->out->rows;
    double *from, *to, *date_from = NULL, *date_to = NULL, *column[2 + EPI__RT_PROBS];
    epi_frame_init(f, n);
    from = epi_frame_add(r->a, f, "t_start");
    to = epi_frame_add(r->a, f, "t_end");
    if (epi_date_known(r->series.start)) {
        date_from = epi_frame_add_date(r->a, f, "date_start");
        date_to = epi_frame_add_date(r->a, f, "date_end");
    }
    column[0] = epi_frame_add(r->a, f, "mean");
    column[1] = epi_frame_add(r->a, f, "sd");
    for (size_t q = 0; q < EPI__RT_PROBS; q++)
        column[2 + q] = epi_frame_add(r->a, f, prob_names[q]);
    for (size_t i = 0; i < n; i++) {
        size_t k = keep[i];
        from[i] = r->series.t0 - 1 + w->start[k];
        to[i] = r->series.t0 - 1 + w->end[k];
        if (date_from)
            date_from[i] = epi_series_date(&r->series, w->start[k] - 1);
        if (date_to)
            date_to[i] = epi_series_date(&r->series, w->end[k] - 1);
        column[0][i] = rows->mean[k];
        column[1][i] = rows->sd[k];
        for (size_t q = 0; q < EPI__RT_PROBS; q++)
            column[2 + q][i] = rows->quant[k * EPI__RT_PROBS + q];
    }
}

void epi__rt_days(struct epi_estimate_run *r, const char *table, const char *name, const double *v)
{
    struct epi_frame *f = epi_out_table(r, table, r->series.n);
    double *t = epi_frame_add(r->a, f, "t"), *date = NULL;
    if (epi_date_known(r->series.start))
        date = epi_frame_add_date(r->a, f, "date");
    double *column = epi_frame_add(r->a, f, name);
    for (size_t i = 0; i < r->series.n; i++) {
        t[i] = r->series.t0 + (double)i;
        if (date)
            date[i] = epi_series_date(&r->series, i);
        column[i] = v[i];
    }
}

void epi__rt_note(struct epi_estimate_run *r, epi_severity s, const char *code, size_t count,
                  size_t of)
{
    if (count)
        epi_out_note(r, s, code, 0, epi_str_printf(r->a, "%zu", count),
                     epi_str_printf(r->a, "%zu", of));
}

void epi__rt_note_incomplete(struct epi_estimate_run *r, const struct epi_rt_windows *w)
{
    double days = epi_opt_number(r, "incomplete") / r->series.step, last = (double)r->series.n;
    size_t reach = 0;
    for (size_t i = 0; i < w->n; i++)
        reach += (double)w->end[i] > last - days;
    epi__rt_note(r, EPI_WARNING, "estimate.rt-incomplete", reach, w->n);
}

/* The serial interval (of several: their average and range) and what of it the series can hold. */
double *epi__si_table_out(struct epi_estimate_run *r, const struct epi_si *si)
{
    double *average = EPI_ARRAY(r->a, si->lags, double), mass = 0;
    struct epi_frame *f = epi_out_table(r, "si", si->lags);
    double *k = epi_frame_add(r->a, f, "k"), *w = epi_frame_add(r->a, f, "w"), *lo = NULL,
           *hi = NULL;
    if (si->n > 1) {
        lo = epi_frame_add(r->a, f, "w_least");
        hi = epi_frame_add(r->a, f, "w_most");
    }
    for (size_t i = 0; i < si->lags; i++) {
        double sum = 0, least = 1, most = 0;
        for (size_t j = 0; j < si->n; j++) {
            double x = si->w[i * si->n + j];
            sum += x;
            least = fmin(least, x);
            most = fmax(most, x);
        }
        k[i] = (double)i;
        w[i] = average[i] = sum / (double)si->n;
        mass += average[i];
        if (lo && hi) {
            lo[i] = least;
            hi[i] = most;
        }
    }
    epi_out_value(r, "si_mean", epi_si_mean(average, si->lags) * r->series.step);
    epi_out_value(r, "si_sd", epi_si_sd(average, si->lags) * r->series.step);
    if (mass < 0.99)
        epi_out_note(r, EPI_WARNING, "estimate.si-longer", 0,
                     epi_str_printf(r->a, "%.0f", 100 * (1 - mass)), EPI_NIL);
    return average;
}

bool epi__all_zero(const struct epi_series *s)
{
    for (size_t i = 0; i < s->n; i++) {
        if (s->cases[i] > 0 || (s->imported && s->imported[i] > 0))
            return false;
    }
    return true;
}

void epi__rt_cases(struct epi_estimate_run *r, const struct epi_rt_windows *w, const size_t *keep,
                   size_t n, bool imported_too)
{
    double *cases = epi_frame_add(r->a, &r->out->rows, "cases");
    for (size_t i = 0; i < n; i++) {
        cases[i] = 0;
        for (size_t t = w->start[keep[i]] - 1; t < w->end[keep[i]]; t++)
            cases[i] += r->series.cases[t] +
                        (imported_too && r->series.imported ? r->series.imported[t] : 0);
    }
}
