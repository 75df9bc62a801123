// SPDX-License-Identifier: AGPL-3.0-or-later
/* What the runs of a scenario say, read back from its folder: day by day, place by place, week by
 * week. */
#include "ops/scenarios.h"
#include <math.h>

#define FILE_MAX ((size_t)1 << 28)
#define FIGURES EPI__SCENARIO_FIGURES
static const char *const spread_words[] = {"mean", "q025", "q25", "median", "q75", "q975"};
#define SPREAD EPI_COUNT(spread_words)

epi_status epi__scenario_file(struct epi_call *call, const struct epi_record *r, const char *name,
                              epi_str *ret)
{
    const struct epi_fs *fs = &call->app->o.io->fs;
    const char *dir;
    EPI_TRY(epi__scenario_dir(call->app, call->a, r->id, false, &dir, &call->err));
    const char *path = epi__path(call->a, dir, name);
    if (!epi_str_eqz(epi_v_as_text(r->v[EPI_SCENARIO_STATUS]), "done") ||
        !fs->exists(fs->ctx, path))
        return EPI_FAIL(&call->err, EPI_CONFLICT, "scenario.not-done", "%s", "");
    return fs->read(fs->ctx, call->a, path, FILE_MAX, ret, &call->err);
}

/* Splits a line at its commas; how many cells there are. */
static size_t cells(epi_str line, epi_str *out, size_t max)
{
    size_t n = 0;
    while (n < max && epi_str_split(&line, ',', &out[n]))
        n++;
    return n;
}

static void put_number(struct epi_jw *w, epi_str cell)
{
    double v;
    if (epi_str_to_f64(cell, &v))
        epi_jw_real(w, v);
    else
        epi_jw_null(w);
}

/* --- days --- */
struct days {
    epi_str names[FIGURES];
    size_t figures, days;
    epi_str first;
    epi_str *cell; /* [day][figure][spread] */
};

/* The file is day by day, each with the same figures in one order. */
static epi_status read_daily(struct epi_call *call, epi_str text, size_t days, struct days *d)
{
    epi_str line, c[3 + SPREAD];
    *d = (struct days){.days = days};
    d->cell = EPI_ARRAY(call->a, days * FIGURES * SPREAD, epi_str);
    epi_str_split(&text, '\n', &line);
    while (epi_str_split(&text, '\n', &line)) {
        int64_t day;
        size_t f = 0;
        if (!line.n)
            continue;
        if (cells(line, c, EPI_COUNT(c)) != EPI_COUNT(c) || !epi_str_to_i64(c[0], &day) ||
            day < 0 || (size_t)day >= days)
            return EPI_FAIL(&call->err, EPI_CORRUPT, "scenario.run-file", "%s", "daily.csv");
        while (f < d->figures && !epi_str_eq(d->names[f], c[2]))
            f++;
        if (f == FIGURES)
            return EPI_FAIL(&call->err, EPI_CORRUPT, "scenario.run-file", "%s", "daily.csv");
        if (f == d->figures)
            d->names[d->figures++] = c[2];
        if (day == 0)
            d->first = c[1];
        memcpy(&d->cell[((size_t)day * FIGURES + f) * SPREAD], &c[3], SPREAD * sizeof *c);
    }
    return EPI_OK;
}

/* Is the figure among the names of a list "infected,found"? All are when it is empty. */
static bool listed(epi_str list, epi_str name)
{
    epi_str one;
    bool any = list.n > 0, found = false;
    while (any && epi_str_split(&list, ',', &one))
        found |= epi_str_eq(epi_str_trim(one), name);
    return !any || found;
}

epi_status epi_do_scenario_daily(struct epi_call *call)
{
    struct epi_jw *w = &call->out;
    struct epi_record *r;
    struct days d;
    epi_str text;
    EPI_TRY(epi__scenario_arg(call, &r));
    EPI_TRY(epi__scenario_file(call, r, "daily.csv", &text));
    EPI_TRY(read_daily(call, text, (size_t)r->v[EPI_SCENARIO_DAYS].i, &d));
    epi_jw_object(w);
    epi_jw_kv(w, "first", d.first);
    epi_jw_kvi(w, "days", (int64_t)d.days);
    epi_jw_key(w, "figures");
    epi_jw_object(w);
    for (size_t f = 0; f < d.figures; f++) {
        if (!listed(epi_arg(call, "figures"), d.names[f]))
            continue;
        epi_jw_keys(w, d.names[f]);
        epi_jw_object(w);
        for (size_t k = 0; k < SPREAD; k++) {
            epi_jw_key(w, spread_words[k]);
            epi_jw_array(w);
            for (size_t day = 0; day < d.days; day++)
                put_number(w, d.cell[(day * FIGURES + f) * SPREAD + k]);
            epi_jw_array_end(w);
        }
        epi_jw_object_end(w);
    }
    epi_jw_object_end(w);
    epi_jw_object_end(w);
    return EPI_OK;
}

/* --- places --- */
epi_status epi_do_scenario_places(struct epi_call *call)
{
    struct epi_jw *w = &call->out;
    struct epi_record *r;
    epi_str text, line, c[3 + SPREAD], figure = epi_arg(call, "figure");
    if (!figure.n)
        figure = EPI_S("infected");
    EPI_TRY(epi__scenario_arg(call, &r));
    EPI_TRY(epi__scenario_file(call, r, "places.csv", &text));
    epi_jw_object(w);
    epi_jw_kv(w, "figure", figure);
    epi_jw_key(w, "rows");
    epi_jw_array(w);
    epi_str_split(&text, '\n', &line);
    while (epi_str_split(&text, '\n', &line)) {
        if (cells(line, c, EPI_COUNT(c)) != EPI_COUNT(c) || !epi_str_eq(c[2], figure))
            continue;
        int32_t at = epi_units_by_path(call->app->units, c[0]);
        epi_jw_object(w);
        epi_jw_kv(w, "unit", c[0]);
        epi_jw_kv(w, "name", epi__unit_name(call, c[0]));
        epi_jw_kv(w, "code", at < 0 ? EPI_NIL : epi_units_at(call->app->units, at)->code);
        epi_jw_kvr(w, "lat", at < 0 ? (double)NAN : epi_units_at(call->app->units, at)->lat);
        epi_jw_kvr(w, "lon", at < 0 ? (double)NAN : epi_units_at(call->app->units, at)->lon);
        epi_jw_key(w, "people");
        put_number(w, c[1]);
        for (size_t k = 0; k < SPREAD; k++) {
            epi_jw_key(w, spread_words[k]);
            put_number(w, c[3 + k]);
        }
        epi_jw_object_end(w);
    }
    epi_jw_array_end(w);
    epi_jw_object_end(w);
    return EPI_OK;
}

/* --- weeks of places: means over the runs --- */
static void weeks_rows(struct epi_call *call, epi_str text, size_t column, size_t n)
{
    struct epi_jw *w = &call->out;
    epi_str line, c[8], last = EPI_NIL;
    while (epi_str_split(&text, '\n', &line)) {
        if (cells(line, c, EPI_COUNT(c)) != n)
            continue;
        if (!epi_str_eq(c[0], last)) {
            if (last.n) {
                epi_jw_array_end(w);
                epi_jw_object_end(w);
            }
            epi_jw_object(w);
            epi_jw_kv(w, "unit", c[0]);
            epi_jw_key(w, "values");
            epi_jw_array(w);
            last = c[0];
        }
        put_number(w, c[column]);
    }
    if (last.n) {
        epi_jw_array_end(w);
        epi_jw_object_end(w);
    }
}

epi_status epi_do_scenario_weeks(struct epi_call *call)
{
    struct epi_jw *w = &call->out;
    struct epi_record *r;
    epi_str text, line, c[8], figure = epi_arg(call, "figure");
    char iso[16];
    if (!figure.n)
        figure = EPI_S("infected");
    EPI_TRY(epi__scenario_arg(call, &r));
    EPI_TRY(epi__scenario_file(call, r, "weeks.csv", &text));
    epi_str_split(&text, '\n', &line);
    size_t n = cells(line, c, EPI_COUNT(c)), column = 2;
    while (column < n && !epi_str_eq(c[column], figure))
        column++;
    if (column >= n)
        return EPI_FAIL(&call->err, EPI_NOT_FOUND, "scenario.no-figure", "%.*s", EPI_FMT(figure));
    epi_jw_object(w);
    epi_jw_kv(w, "figure", figure);
    epi_jw_kvz(w, "first", epi_date_iso(epi_v_as_date(r->v[EPI_SCENARIO_FIRST]), iso));
    epi_jw_kvi(w, "weeks", (r->v[EPI_SCENARIO_DAYS].i + 6) / 7);
    epi_jw_key(w, "rows");
    epi_jw_array(w);
    weeks_rows(call, text, column, n);
    epi_jw_array_end(w);
    epi_jw_object_end(w);
    return EPI_OK;
}

/* --- the files themselves --- */
epi_status epi_do_scenario_file(struct epi_call *call)
{
    static const struct {
        const char *name, *type;
    } files[] = {
        {"daily.csv", "text/csv; charset=utf-8"},     {"places.csv", "text/csv; charset=utf-8"},
        {"weeks.csv", "text/csv; charset=utf-8"},     {"groups.csv", "text/csv; charset=utf-8"},
        {"runs.csv", "text/csv; charset=utf-8"},      {"summary.json", "application/json"},
        {"scenario.json", "application/json"},        {"fit.csv", "text/csv; charset=utf-8"},
        {"posterior.csv", "text/csv; charset=utf-8"}, {"calibration.json", "application/json"}};
    const struct epi_fs *fs = &call->app->o.io->fs;
    struct epi_record *r;
    epi_str text;
    EPI_TRY(epi__scenario_arg(call, &r));
    for (size_t i = 0; i < EPI_COUNT(files); i++) {
        if (!epi_str_eqz(epi_arg(call, "name"), files[i].name))
            continue;
        EPI_TRY(epi__scenario_file(call, r, files[i].name, &text));
        call->out_type = files[i].type;
        call->out_name = files[i].name;
        return fs->write(fs->ctx, call->out_path, text, &call->err);
    }
    return EPI_FAIL(&call->err, EPI_NOT_FOUND, "arg.no-such-record", "%.*s",
                    EPI_FMT(epi_arg(call, "name")));
}
