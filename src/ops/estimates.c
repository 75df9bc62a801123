// SPDX-License-Identifier: AGPL-3.0-or-later
/* The figures of the epidemic: from the store, or from a table the caller sends. */
#include "ops/diseases.h"
#include "ops/estimates.h"

#define DAYS 120      /* looked back when the caller names no first day */
#define SPEED_DAYS 21 /* the same for the gauge of speed, which speaks of now */

/* Arguments that choose what is counted; every other one is an option of the method. */
static const char *const own[] = {"figure", "method", "unit",  "as_of", "from",   "to",
                                  "by",     "below",  "cases", "lang",  "disease"};

static bool is_own(epi_str name)
{
    for (size_t i = 0; i < EPI_COUNT(own); i++)
        if (epi_str_eqz(name, own[i]))
            return true;
    return false;
}

static epi_status method_arg(struct epi_call *call, const struct epi_estimate_method **ret)
{
    epi_str figure = epi_arg(call, "figure"), method = epi_arg(call, "method");
    *ret = epi_estimate_find(figure, method);
    if (!*ret)
        return EPI_FAIL(&call->err, EPI_NOT_FOUND, "estimate.method-unknown", "%.*s %.*s",
                        EPI_FMT(figure), EPI_FMT(method));
    return EPI_OK;
}

epi_status epi_do_estimate_methods(struct epi_call *call)
{
    EPI_TRY(epi__need(call, EPI_MAY_RECORD_READ));
    epi_jw_object(&call->out);
    epi_jw_key(&call->out, "methods");
    epi_estimate_methods_json(&call->out, call->actor.lang);
    epi_jw_object_end(&call->out);
    return EPI_OK;
}

void epi__estimate_source_json(struct epi_call *call, const struct epi__estimate_scope *s)
{
    const struct epi_unit *u = epi_units_at(call->app->units, s->unit);
    struct epi_jw *w = &call->out;
    char day[16];
    epi_jw_key(w, "source");
    epi_jw_object(w);
    epi_jw_kv(w, "unit", u->path);
    epi_jw_kv(w, "name", u->full_name);
    epi_jw_kvz(w, "as_of", epi_date_iso(s->as_of, day));
    epi_jw_kvz(w, "from", epi_date_iso(s->from, day));
    epi_jw_kvz(w, "to", epi_date_iso(s->to, day));
    epi_jw_kvb(w, "open", s->to.d >= epi_app_today(call->app).d); /* the last day is not over */
    epi_jw_kvz(w, "by", s->by == EPI__BY_ONSET ? "onset" : "report");
    epi_jw_kvz(w, "cases", s->community ? "community" : "all");
    epi_jw_kv(w, "disease", epi__disease(call));
    epi_jw_key(w, "cut_off");
    epi_jw_object(w);
    epi_jw_kvz(w, "time", "24:00");
    epi_jw_kvi(w, "utc_offset", epi_units_utc_offset(call->app->units));
    epi_jw_object_end(w);
    epi_jw_object_end(w);
}

/* {path: name} of the units the rows name. */
static void units_json(struct epi_call *call, const struct epi_frame *rows)
{
    static const char *const columns[] = {"unit", "id", "spread"};
    const struct epi_units *units = call->app->units;
    bool *said = EPI_ARRAY(call->a, epi_units_count(units), bool), any = false;
    for (size_t k = 0; k < EPI_COUNT(columns); k++) {
        const struct epi_column *c = epi_frame_column(rows, columns[k]);
        for (size_t i = 0; c && c->words && i < rows->rows; i++) {
            int32_t u = epi_units_by_path(units, c->words[i]);
            if (u < 0 || said[u])
                continue;
            if (!any) {
                epi_jw_key(&call->out, "units");
                epi_jw_object(&call->out);
            }
            any = said[u] = true;
            epi_jw_keys(&call->out, c->words[i]);
            epi_jw_text(&call->out, epi__unit_name(call, c->words[i]));
        }
    }
    if (any)
        epi_jw_object_end(&call->out);
}

/* A method that asks which day is today is told the day of the figures, unless the caller said. */
static void add_now(struct epi_call *call, const struct epi_estimate_method *m,
                    const struct epi__estimate_scope *s, struct epi_estimate_arg *args,
                    size_t *ret_n)
{
    bool asks = false;
    char day[16];
    for (size_t i = 0; i < m->options_n; i++)
        asks = asks || strcmp(m->options[i].name, "now") == 0;
    for (size_t i = 0; i < *ret_n; i++)
        asks = asks && !epi_str_eqz(args[i].name, "now");
    if (asks && *ret_n < EPI_ARGS_MAX)
        args[(*ret_n)++] = (struct epi_estimate_arg){
            EPI_S("now"), epi_str_dup(call->a, epi_str_of(epi_date_iso(s->as_of, day))), NULL};
}

/* A method that asks for the serial interval is told that of the disease, unless the caller gave
 * one in some way. NULL when it was not told. */
static const struct epi_disease *add_si(struct epi_call *call, const struct epi_estimate_method *m,
                                        struct epi_estimate_arg *args, size_t *ret_n)
{
    const struct epi_disease *d = epi__disease_known(call->app, epi__disease(call));
    bool asks = false;
    for (size_t i = 0; i < m->options_n; i++)
        asks = asks || strcmp(m->options[i].name, "si-mean") == 0;
    for (size_t i = 0; i < *ret_n; i++)
        asks = asks && !epi_str_starts(args[i].name, EPI_S("si"));
    if (!asks || !d || !d->si.known || *ret_n + 2 > EPI_ARGS_MAX)
        return NULL;
    args[(*ret_n)++] = (struct epi_estimate_arg){
        EPI_S("si-mean"), epi_str_printf(call->a, "%.15g", d->si.mean), NULL};
    args[(*ret_n)++] =
        (struct epi_estimate_arg){EPI_S("si-sd"), epi_str_printf(call->a, "%.15g", d->si.sd), NULL};
    return d;
}

/* Arguments: figure, method; unit, as_of, from, to, by, below, cases; options of the method. */
epi_status epi_do_estimate(struct epi_call *call)
{
    const struct epi_estimate_method *m;
    struct epi__estimate_scope s = {0};
    struct epi_estimate_arg args[EPI_ARGS_MAX];
    struct epi_estimate e;
    struct epi_frame input;
    struct epi_findings notes;
    const struct epi_disease *known = NULL;
    size_t n = 0;
    epi_findings_init(&notes, call->a, 200);
    EPI_TRY(epi__need(call, EPI_MAY_RECORD_READ));
    EPI_TRY(method_arg(call, &m));
    EPI_TRY(epi__estimate_scope(call, strcmp(m->figure, "speed") == 0 ? SPEED_DAYS : DAYS, &s));
    for (size_t i = 0; i < call->n_args; i++)
        if (!is_own(call->args[i].name))
            args[n++] = (struct epi_estimate_arg){call->args[i].name, call->args[i].value, NULL};
    if (m->shape != EPI_SHAPE_NONE) {
        EPI_TRY(epi__estimate_input(call, &s, epi_str_of(m->figure), &input, &notes));
        add_now(call, m, &s, args, &n);
        known = add_si(call, m, args, &n);
    }
    EPI_TRY(epi_estimate_run(call->a, m, m->shape == EPI_SHAPE_NONE ? NULL : &input, args, n, &e,
                             &call->findings, &call->err));
    for (size_t i = 0; i < notes.n; i++)
        epi_finding_add(&e.notes, notes.list[i].severity, notes.list[i].code, 0, EPI_NIL,
                        notes.list[i].arg1, notes.list[i].arg2);
    epi_jw_object(&call->out);
    if (m->shape != EPI_SHAPE_NONE) {
        epi__estimate_source_json(call, &s);
        units_json(call, &input);
    }
    if (known) {
        epi_jw_key(&call->out, "known");
        epi_jw_object(&call->out);
        epi_disease_json(&call->out, known);
        epi_jw_object_end(&call->out);
    }
    epi_estimate_json(&call->out, &e, args, n, call->actor.lang);
    epi_jw_object_end(&call->out);
    return EPI_OK;
}

/* --- tables sent along --- */
static epi_status table_of(struct epi_call *call, const epi_json *j, const char *field,
                           struct epi_frame *ret)
{
    if (!j || j->type != EPI_JSON_TEXT)
        return EPI_FAIL(&call->err, EPI_INVALID, "estimate.input-missing", "%s", field);
    return epi_frame_read(call->a, j->text, ret, &call->findings, &call->err);
}

/* {"input": "csv text", "tables": {"si": "csv text"}, "options": {"si-mean": 8.4}} */
epi_status epi_do_estimate_table(struct epi_call *call)
{
    const struct epi_estimate_method *m;
    struct epi_estimate_arg args[EPI_ARGS_MAX];
    struct epi_estimate e;
    struct epi_frame input;
    const epi_json *body;
    size_t n = 0;
    EPI_TRY(epi__need(call, EPI_MAY_RECORD_READ));
    EPI_TRY(method_arg(call, &m));
    EPI_TRY(epi_json_parse(call->a, call->body, SIZE_MAX, &body, &call->err));
    const epi_json *csv = epi_json_get(body, "input"), *tables = epi_json_get(body, "tables"),
                   *options = epi_json_get(body, "options");
    if (csv || m->shape != EPI_SHAPE_NONE)
        EPI_TRY(table_of(call, csv, m->input, &input));
    EPI_JSON_EACH (t, tables) {
        struct epi_frame *f = EPI_NEW(call->a, struct epi_frame);
        if (n == EPI_ARGS_MAX)
            break;
        EPI_TRY(table_of(call, t, "table", f));
        args[n++] = (struct epi_estimate_arg){t->key, EPI_NIL, f};
    }
    EPI_JSON_EACH (o, options) {
        EPI_BUF_LOCAL(text, 4096);
        struct epi_jw w = EPI_JW(&text);
        if (n == EPI_ARGS_MAX)
            break;
        if (o->type == EPI_JSON_BOOL)
            epi_buf_putz(&text, o->i ? "yes" : "no");
        else if (o->type != EPI_JSON_TEXT)
            epi_jw_json(&w, o);
        epi_str value =
            o->type == EPI_JSON_TEXT ? o->text : epi_str_dup(call->a, epi_buf_str(&text));
        args[n++] = (struct epi_estimate_arg){o->key, value, NULL};
    }
    EPI_TRY(epi_estimate_run(call->a, m, csv ? &input : NULL, args, n, &e, &call->findings,
                             &call->err));
    epi_jw_object(&call->out);
    epi_estimate_json(&call->out, &e, args, n, call->actor.lang);
    epi_jw_object_end(&call->out);
    return EPI_OK;
}
