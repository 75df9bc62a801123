// SPDX-License-Identifier: AGPL-3.0-or-later
/* Estimates and their methods as JSON. */
#include "estimate_internal.h"

static void option_json(struct epi_jw *w, const struct epi_estimate_option *o, epi_lang lang)
{
    static const char *const types[] = {"number", "integer", "word",    "flag",
                                        "date",   "time",    "numbers", "table"};
    bool is_number =
        o->type == EPI_OPT_NUMBER || o->type == EPI_OPT_INTEGER || o->type == EPI_OPT_NUMBERS;
    epi_jw_object(w);
    epi_jw_kvz(w, "name", o->name);
    epi_jw_kvz(w, "type", types[o->type]);
    epi_jw_kvb(w, "required", !o->standard);
    epi_jw_kvz(w, "standard", o->standard && o->standard[0] ? o->standard : NULL);
    epi_jw_kvz(w, "unit", o->unit);
    epi_jw_kvz(w, "label", lang == EPI_VI ? o->vi : o->en);
    if (is_number) {
        epi_jw_kvr(w, "min", o->min);
        epi_jw_kvr(w, "max", o->max);
    }
    if (o->type == EPI_OPT_TABLE)
        epi_jw_kvz(w, "columns", o->words);
    if (o->type == EPI_OPT_WORD) {
        epi_str part, rest = epi_str_of(o->words);
        epi_jw_key(w, "words");
        epi_jw_array(w);
        while (epi_str_split(&rest, '|', &part))
            epi_jw_text(w, part);
        epi_jw_array_end(w);
    }
    epi_jw_object_end(w);
}

static void method_json(struct epi_jw *w, const struct epi_estimate_method *m, epi_lang lang)
{
    static const char *const shapes[] = {"series", "table", "none"};
    const struct epi_estimate_option *o;
    epi_jw_object(w);
    epi_jw_kvz(w, "figure", m->figure);
    epi_jw_kvz(w, "method", m->method);
    epi_jw_kvz(w, "title", lang == EPI_VI ? m->vi : m->en);
    epi_jw_kvz(w, "paper", m->paper);
    epi_jw_kvz(w, "shape", shapes[m->shape]);
    epi_jw_kvz(w, "input", m->input);
    epi_jw_key(w, "options");
    epi_jw_array(w);
    for (size_t i = 0; (o = epi__option_at(m, i)); i++)
        option_json(w, o, lang);
    epi_jw_array_end(w);
    epi_jw_key(w, "columns");
    epi_jw_array(w);
    for (size_t i = 0; i < m->columns_n; i++) {
        epi_jw_object(w);
        epi_jw_kvz(w, "name", m->columns[i].name);
        epi_jw_kvz(w, "unit", m->columns[i].unit);
        epi_jw_kvz(w, "label", lang == EPI_VI ? m->columns[i].vi : m->columns[i].en);
        epi_jw_object_end(w);
    }
    epi_jw_array_end(w);
    epi_jw_object_end(w);
}

void epi_estimate_methods_json(struct epi_jw *w, epi_lang lang)
{
    const struct epi_estimate_method *m;
    epi_jw_array(w);
    for (size_t i = 0; (m = epi_estimate_at(i)); i++)
        method_json(w, m, lang);
    epi_jw_array_end(w);
}

/* Every option with the value that was used; tables by their size. */
static void params_json(struct epi_jw *w, const struct epi_estimate_method *m,
                        const struct epi_estimate_arg *args, size_t args_n)
{
    const struct epi_estimate_option *o;
    epi_jw_object(w);
    for (size_t i = 0; (o = epi__option_at(m, i)); i++) {
        const struct epi_estimate_arg *arg = NULL;
        for (size_t k = 0; k < args_n && !arg; k++)
            arg = epi_str_eqz(args[k].name, o->name) ? &args[k] : NULL;
        epi_str text = arg ? arg->value : epi_str_of(o->standard ? o->standard : "");
        const epi_json *number = NULL;
        epi_jw_key(w, o->name);
        EPI_ARENA_LOCAL(scratch);
        if (arg && arg->table)
            epi_jw_text(w, epi_str_printf(scratch, "%zu rows", arg->table->rows));
        else if (text.n == 0)
            epi_jw_null(w);
        else if ((o->type == EPI_OPT_NUMBER || o->type == EPI_OPT_INTEGER) &&
                 epi_json_parse(scratch, text, 100, &number, NULL) == EPI_OK)
            epi_jw_json(w, number);
        else
            epi_jw_text(w, text);
    }
    epi_jw_object_end(w);
}

void epi_estimate_json(struct epi_jw *w, const struct epi_estimate *e,
                       const struct epi_estimate_arg *args, size_t args_n, epi_lang lang)
{
    const struct epi_estimate_method *m = e->method;
    epi_jw_kvz(w, "figure", m->figure);
    epi_jw_kvz(w, "method", m->method);
    epi_jw_kvz(w, "title", lang == EPI_VI ? m->vi : m->en);
    epi_jw_kvz(w, "paper", m->paper);
    epi_jw_key(w, "params");
    params_json(w, m, args, args_n);
    if (e->values.n) {
        epi_jw_key(w, "values");
        epi_frame_json(w, &e->values);
    }
    epi_jw_key(w, "rows");
    epi_frame_json(w, &e->rows);
    for (size_t t = 0; t < e->tables_n; t++) {
        epi_jw_keys(w, e->tables[t].name);
        epi_frame_json(w, &e->tables[t]);
    }
    epi_jw_key(w, "notes");
    epi_jw_findings(w, &e->notes, lang);
}
