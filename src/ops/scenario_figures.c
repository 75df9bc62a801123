// SPDX-License-Identifier: AGPL-3.0-or-later
/* What the runs of a scenario say, read back from its folder: day by day, place by place, and one
 * scenario against another. */
#include "ops/scenarios.h"
#include "stats/stats.h"

#define FILE_MAX ((size_t)1 << 28)
#define COMPARED 6
#define FIGURES 64
static const char *const spread_words[] = {"mean", "q025", "q25", "median", "q75", "q975"};
#define SPREAD EPI_COUNT(spread_words)

static epi_status file_of(struct epi_call *call, const struct epi_record *r, const char *name,
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
    EPI_TRY(file_of(call, r, "daily.csv", &text));
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
    EPI_TRY(file_of(call, r, "places.csv", &text));
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

/* --- the files themselves --- */
epi_status epi_do_scenario_file(struct epi_call *call)
{
    static const struct {
        const char *name, *type;
    } files[] = {
        {"daily.csv", "text/csv; charset=utf-8"},  {"places.csv", "text/csv; charset=utf-8"},
        {"groups.csv", "text/csv; charset=utf-8"}, {"runs.csv", "text/csv; charset=utf-8"},
        {"summary.json", "application/json"},      {"scenario.json", "application/json"}};
    const struct epi_fs *fs = &call->app->o.io->fs;
    struct epi_record *r;
    epi_str text;
    EPI_TRY(epi__scenario_arg(call, &r));
    for (size_t i = 0; i < EPI_COUNT(files); i++) {
        if (!epi_str_eqz(epi_arg(call, "name"), files[i].name))
            continue;
        EPI_TRY(file_of(call, r, files[i].name, &text));
        call->out_type = files[i].type;
        call->out_name = files[i].name;
        return fs->write(fs->ctx, call->out_path, text, &call->err);
    }
    return EPI_FAIL(&call->err, EPI_NOT_FOUND, "arg.no-such-record", "%.*s",
                    EPI_FMT(epi_arg(call, "name")));
}

/* --- one against another --- */
struct totals {
    struct epi_record *r;
    epi_str names[FIGURES];
    size_t figures, runs;
    int64_t people;
    double *of; /* [run][figure] */
};

static epi_status read_totals(struct epi_call *call, struct totals *t)
{
    epi_str text, line, c[FIGURES + 1];
    const epi_json *summary;
    EPI_TRY(file_of(call, t->r, "runs.csv", &text));
    EPI_TRY(epi_json_parse(call->a, epi_v_as_text(t->r->v[EPI_SCENARIO_SUMMARY]), 100000, &summary,
                           &call->err));
    t->people = epi_json_int(summary, "people", 0);
    size_t most = (size_t)t->r->v[EPI_SCENARIO_RUNS].i;
    epi_str_split(&text, '\n', &line);
    size_t n = cells(line, c, EPI_COUNT(c));
    if (n < 2)
        return EPI_FAIL(&call->err, EPI_CORRUPT, "scenario.run-file", "%s", "runs.csv");
    t->figures = n - 1;
    memcpy(t->names, &c[1], t->figures * sizeof *c);
    t->of = EPI_ARRAY(call->a, most * FIGURES, double);
    while (epi_str_split(&text, '\n', &line)) {
        if (!line.n)
            continue;
        bool fits = cells(line, c, EPI_COUNT(c)) == n && t->runs < most;
        for (size_t f = 0; fits && f < t->figures; f++)
            fits = epi_str_to_f64(c[1 + f], &t->of[t->runs * FIGURES + f]);
        if (!fits)
            return EPI_FAIL(&call->err, EPI_CORRUPT, "scenario.run-file", "%s", "runs.csv");
        t->runs++;
    }
    return EPI_OK;
}

static void put_interval(struct epi_jw *w, const char *key, double *v, size_t n)
{
    epi_jw_key(w, key);
    epi_sort(v, n);
    epi_jw_object(w);
    epi_jw_kvr(w, "median", n ? epi_quantile_sorted(v, n, 0.5) : (double)NAN);
    epi_jw_kvr(w, "q025", n ? epi_quantile_sorted(v, n, 0.025) : (double)NAN);
    epi_jw_kvr(w, "q975", n ? epi_quantile_sorted(v, n, 0.975) : (double)NAN);
    epi_jw_object_end(w);
}

/* Runs of one society with one seed meet the same chances: then run k is compared with run k.
 * Otherwise every run of the one with every run of the other. */
static bool is_paired(const struct totals *a, const struct totals *b)
{
    return a->runs == b->runs && a->people == b->people &&
           a->r->v[EPI_SCENARIO_SEED].i == b->r->v[EPI_SCENARIO_SEED].i &&
           a->r->v[EPI_SCENARIO_FIRST].i == b->r->v[EPI_SCENARIO_FIRST].i &&
           epi_str_eq(epi_v_as_text(a->r->v[EPI_SCENARIO_UNIT]),
                      epi_v_as_text(b->r->v[EPI_SCENARIO_UNIT]));
}
static size_t differences(const struct totals *first, const struct totals *t, size_t f, double *out)
{
    size_t n = 0;
    for (size_t i = 0; i < t->runs; i++)
        for (size_t k = 0; k < first->runs; k++)
            if (!is_paired(first, t) || i == k)
                out[n++] = t->of[i * FIGURES + f] - first->of[k * FIGURES + f];
    return n;
}

static void compare_json(struct epi_call *call, const struct totals *all, size_t n)
{
    struct epi_jw *w = &call->out;
    char text[16];
    double *v = EPI_ARRAY(call->a, (size_t)EPI_RUNS_MAX * EPI_RUNS_MAX, double);
    epi_jw_object(w);
    epi_jw_key(w, "scenarios");
    epi_jw_array(w);
    for (size_t i = 0; i < n; i++) {
        epi_jw_object(w);
        epi_jw_kvz(w, "id", epi_id_text(all[i].r->id, text));
        epi_jw_kvb(w, "paired", is_paired(&all[0], &all[i]));
        epi_jw_object_end(w);
    }
    epi_jw_array_end(w);
    epi_jw_key(w, "rows");
    epi_jw_array(w);
    for (size_t f = 0; f < all[0].figures; f++) {
        epi_jw_object(w);
        epi_jw_kv(w, "figure", all[0].names[f]);
        epi_jw_key(w, "of");
        epi_jw_array(w);
        for (size_t i = 0; i < n; i++) {
            for (size_t k = 0; k < all[i].runs; k++)
                v[k] = all[i].of[k * FIGURES + f];
            epi_jw_object(w);
            put_interval(w, "total", v, all[i].runs);
            if (i > 0)
                put_interval(w, "difference", v, differences(&all[0], &all[i], f, v));
            epi_jw_object_end(w);
        }
        epi_jw_array_end(w);
        epi_jw_object_end(w);
    }
    epi_jw_array_end(w);
    epi_jw_object_end(w);
}

epi_status epi_do_scenario_compare(struct epi_call *call)
{
    struct totals all[COMPARED] = {0};
    epi_str ids = epi_arg(call, "ids"), one;
    size_t n = 0;
    EPI_TRY(epi__need(call, EPI_MAY_RECORD_READ));
    while (ids.n && epi_str_split(&ids, ',', &one)) {
        epi_id id;
        if (n == COMPARED)
            return EPI_FAIL(&call->err, EPI_LIMIT, "scenario.compare-most", "%d", COMPARED);
        if (!epi_id_parse(epi_str_trim(one), &id))
            return EPI_FAIL(&call->err, EPI_NOT_FOUND, "arg.no-such-record", "%.*s", EPI_FMT(one));
        EPI_TRY(epi_store_get(call->app->store, call->a, EPI_K_SCENARIO, id, &call->actor.scope,
                              &all[n].r, &call->err));
        EPI_TRY(read_totals(call, &all[n]));
        n++;
    }
    if (!n)
        return EPI_FAIL(&call->err, EPI_INVALID, "scenario.compare-which", "%s", "ids");
    compare_json(call, all, n);
    return EPI_OK;
}
