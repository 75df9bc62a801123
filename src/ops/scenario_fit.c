// SPDX-License-Identifier: AGPL-3.0-or-later
/* A scenario that leaves levers free is first fitted to the cases of the base; its runs are then
 * those of the fit. */
#include "ops/figures.h"
#include "ops/scenarios.h"
#include <math.h>

#define FILE_MAX ((size_t)1 << 28)

/* --- the counts of the base --- */
epi_status epi_scenario_observed(struct epi_call *call, const struct epi_scenario *s,
                                 struct epi_observed *ret)
{
    size_t n = 0;
    epi_date today, first, from, last;
    struct epi__series x;
    if (!epi_date_parse_iso(epi_str_of(s->base.date), &first))
        return EPI_FAIL(&call->err, EPI_INVALID, "scenario.date-needed", "%s", "base.date");
    EPI_TRY(epi__date_arg(call, "as_of", &today));
    last = (epi_date){today.d - 1}; /* today is not over */
    if (epi_date_parse_iso(epi_str_of(s->calibrate.until), &from) && from.d < last.d)
        last = from;
    from = first;
    if (s->calibrate.from[0])
        (void)epi_date_parse_iso(epi_str_of(s->calibrate.from), &from);
    int32_t unit = epi_units_resolve(call->app->units, epi_str_of(s->base.unit), first, &n);
    if (unit < 0 || n > 1)
        return EPI_FAIL(&call->err, EPI_NOT_FOUND, "scenario.no-unit", "%s", s->base.unit);
    *ret = (struct epi_observed){.n = 1, .days = s->days};
    ret->path = EPI_ARRAY(call->a, 1, epi_str);
    ret->cases = EPI_ARRAY(call->a, (size_t)s->days, double);
    for (int i = 0; i < s->days; i++)
        ret->cases[i] = (double)NAN;
    if (last.d >= first.d + s->days)
        last.d = first.d + s->days - 1;
    if (last.d < from.d)
        return EPI_OK; /* nothing is observed yet: the check says so */
    EPI_TRY(epi__series_load(call, unit, from, last, today, epi__window(call, unit, last), &x));
    for (size_t d = 0; d < x.days; d++) {
        int32_t v = x.all[(size_t)unit * x.days + d];
        int at = from.d + (int)d - first.d;
        if (at >= 0 && at < s->days)
            ret->cases[at] = v < 0 ? (double)NAN : v;
    }
    return EPI_OK;
}

/* --- fitting --- */
struct told {
    const struct epi_runs *r;
};
static bool tell(void *ctx, size_t done, size_t of)
{
    const struct told *t = ctx;
    int days = t->r->scenario->days;
    return !t->r->progress ||
           t->r->progress(t->r->ctx, 0, (int)((double)done * days / (double)of), days);
}
static epi_status first_finding(struct epi_call *call)
{
    for (size_t i = 0; i < call->findings.n; i++) {
        const struct epi_finding *f = &call->findings.list[i];
        if (f->severity == EPI_ERROR)
            return EPI_FAIL(&call->err, EPI_INVALID, f->code, "%.*s\x1f%.*s", EPI_FMT(f->arg1),
                            EPI_FMT(f->arg2));
    }
    return EPI_INVALID;
}
static epi_status fit(struct epi_call *call, const struct epi_runs *r)
{
    struct epi_observed observed;
    struct epi_calibrated got;
    struct told told = {r};
    EPI_TRY(epi_scenario_observed(call, r->scenario, &observed));
    if (epi_observed_check(&observed, r->society, &call->findings, &call->err) != EPI_OK)
        return first_finding(call); /* nobody sees the findings of work in the background */
    struct epi_calibration c = {.society = r->society,
                                .history = r->history,
                                .scenario = r->scenario,
                                .observed = &observed,
                                .seed = r->seed,
                                .threads = r->threads,
                                .packs = r->packs,
                                .fs = r->fs,
                                .dir = r->dir,
                                .ctx = &told,
                                .progress = tell};
    epi_status status = epi_calibrate_do(call->a, &c, &got, &call->err);
    if (status == EPI_CONFLICT) { /* other counts than when it was stopped: the folder is its own */
        EPI_TRY(r->fs->remove(r->fs->ctx, epi__path(call->a, r->dir, EPI_FIT_FILE), &call->err));
        status = epi_calibrate_do(call->a, &c, &got, &call->err);
    }
    EPI_TRY(status);
    return epi_calibrated_write(call->a, &c, &got, r->fs, r->dir, &call->err);
}
epi_status epi__scenario_fit(struct epi_call *call, struct epi_runs *io)
{
    struct epi_draws *draws = EPI_NEW(call->a, struct epi_draws);
    const char *path = epi__path(call->a, io->dir, "calibration.json"); /* written last */
    epi_str text;
    if (!io->fs->exists(io->fs->ctx, path))
        EPI_TRY(fit(call, io));
    EPI_TRY(io->fs->read(io->fs->ctx, call->a, epi__path(call->a, io->dir, "posterior.csv"),
                         FILE_MAX, &text, &call->err));
    EPI_TRY(epi_draws_read(call->a, text, io->scenario->days, draws, &call->findings, &call->err));
    io->draws = draws;
    return EPI_OK;
}

/* --- looking --- */
static const char *const columns[] = {"observed", "mean", "q025", "q25", "median", "q75", "q975"};
#define COLUMNS EPI_COUNT(columns)
#define FIRST 4 /* column of the file where these begin */

/* The series of the whole area, day by day. */
static epi_status curve_json(struct epi_call *call, epi_str text)
{
    struct epi_jw *w = &call->out;
    size_t most = 0, n = 0;
    for (size_t i = 0; i < text.n; i++)
        most += text.p[i] == '\n';
    epi_str *cell = EPI_ARRAY(call->a, (most + 1) * (FIRST + COLUMNS), epi_str), line, first;
    epi_str_split(&text, '\n', &line);
    while (text.n && epi_str_split(&text, '\n', &line)) {
        epi_str *c = &cell[n * (FIRST + COLUMNS)];
        size_t k = 0;
        while (k < FIRST + COLUMNS && epi_str_split(&line, ',', &c[k]))
            k++;
        n += k == FIRST + COLUMNS;
    }
    if (n == 0)
        return EPI_FAIL(&call->err, EPI_CORRUPT, "scenario.run-file", "%s", "fit.csv");
    first = cell[1];
    epi_jw_kv(w, "first", first);
    for (size_t k = 0; k < COLUMNS; k++) {
        epi_jw_key(w, columns[k]);
        epi_jw_array(w);
        for (size_t i = 0; i < n; i++) {
            double v;
            if (epi_str_to_f64(cell[i * (FIRST + COLUMNS) + FIRST + k], &v))
                epi_jw_real(w, v);
            else
                epi_jw_null(w);
        }
        epi_jw_array_end(w);
    }
    return EPI_OK;
}
epi_status epi_do_scenario_fit(struct epi_call *call)
{
    struct epi_jw *w = &call->out;
    struct epi_record *r;
    epi_str curve, figures;
    EPI_TRY(epi__scenario_arg(call, &r));
    EPI_TRY(epi__scenario_file(call, r, "fit.csv", &curve));
    EPI_TRY(epi__scenario_file(call, r, "calibration.json", &figures));
    epi_jw_object(w);
    EPI_TRY(curve_json(call, curve));
    epi_jw_key(w, "figures");
    epi_jw_raw(w, epi_str_trim(figures));
    epi_jw_object_end(w);
    return EPI_OK;
}
