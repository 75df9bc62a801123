// SPDX-License-Identifier: AGPL-3.0-or-later
/* cordon estimate: the figures of the epidemic, from a table. */
#include "cli/cli.h"
#include "estimate/estimate.h"
#include <stdio.h>

#define FILE_MAX ((size_t)1 << 30)

/* Options of the command itself, not of a method. */
static const char *const own[] = {"method", "json",  "csv",  "lang",
                                  "data",   "share", "help", "known-at"};

static int list(struct cli *c, epi_str figure)
{
    const struct epi_estimate_method *m;
    if (c->json) {
        EPI_BUF_LOCAL(b, SIZE_MAX);
        struct epi_jw w = EPI_JW(&b);
        epi_estimate_methods_json(&w, c->lang);
        epi_buf_putc(&b, '\n');
        fwrite(b.p, 1, b.n, stdout);
        return CLI_OK;
    }
    for (size_t i = 0; (m = epi_estimate_at(i)); i++) {
        if (figure.n && !epi_str_eqz(figure, m->figure))
            continue;
        printf("%s --method %s: %s\n", m->figure, m->method, c->lang == EPI_VI ? m->vi : m->en);
        if (!figure.n)
            continue;
        printf("    [%s]  %s\n", m->input ? m->input : "", m->paper);
        for (size_t k = 0; k < m->options_n; k++) {
            const struct epi_estimate_option *o = &m->options[k];
            printf("    --%-18s %s%s%s (%s)\n", o->name, c->lang == EPI_VI ? o->vi : o->en,
                   o->unit[0] ? ", " : "", o->unit,
                   !o->standard     ? "!"
                   : o->standard[0] ? o->standard
                                    : "-");
        }
    }
    return CLI_OK;
}

/* A table from a file, or from standard input for "-". */
static int table(struct cli *c, const char *path, struct epi_frame *ret)
{
    epi_str text;
    struct epi_err e = {0};
    struct epi_findings f;
    epi_findings_init(&f, c->a, 100);
    const char *from = strcmp(path, "-") == 0 ? "/dev/stdin" : path;
    if (cli_read(c, from, FILE_MAX, &text, &e) != EPI_OK)
        return cli_fail(c, &e);
    if (epi_frame_read(c->a, text, ret, &f, &e) == EPI_OK)
        return CLI_OK;
    cli_findings(c, &f, 50);
    fprintf(stderr, "cordon: %s: ", path);
    cli_fail(c, &e);
    return CLI_FAILED;
}

static bool is_own(epi_str name)
{
    for (size_t i = 0; i < EPI_COUNT(own); i++)
        if (epi_str_eqz(name, own[i]))
            return true;
    return false;
}

static int arguments(struct cli *c, const struct epi_estimate_method *m,
                     struct epi_estimate_arg *args, size_t *ret_n)
{
    for (size_t i = 0; i < c->n_options; i++) {
        struct epi_estimate_arg *arg = &args[*ret_n];
        if (is_own(c->options[i].name))
            continue;
        *arg = (struct epi_estimate_arg){c->options[i].name, c->options[i].value, NULL};
        for (size_t k = 0; k < m->options_n; k++) {
            if (m->options[k].type != EPI_OPT_TABLE || !epi_str_eqz(arg->name, m->options[k].name))
                continue;
            struct epi_frame *f = EPI_NEW(c->a, struct epi_frame);
            int rc = table(c, epi_str_cz(c->a, arg->value), f);
            if (rc != CLI_OK)
                return rc;
            arg->table = f;
        }
        (*ret_n)++;
    }
    return CLI_OK;
}

/* One cell as people read it: four significant digits are enough for the eye. */
static int cell(const epi_json *v, char *out, size_t room)
{
    if (!v || v->type == EPI_JSON_NULL)
        return snprintf(out, room, "-");
    if (v->type == EPI_JSON_TEXT)
        return snprintf(out, room, "%.*s", EPI_FMT(v->text));
    if (v->type == EPI_JSON_INT)
        return snprintf(out, room, "%lld", (long long)v->i);
    return snprintf(out, room, "%.4g", v->f);
}

/* Columns are as wide as people see their text, not as its bytes. */
static int seen_width(const char *text)
{
    return (int)epi_utf8_count(epi_str_of(text));
}

static void pad(const char *text, int width)
{
    int seen = seen_width(text);
    printf("%*s%s  ", seen < width ? width - seen : 0, "", text);
}

static void show_table(const char *name, const epi_json *rows)
{
    char text[400];
    int width[256];
    size_t n = 0;
    if (!rows || rows->type != EPI_JSON_ARRAY || !rows->first)
        return;
    if (name)
        printf("\n%s\n", name);
    EPI_JSON_EACH (k, rows->first)
        if (n < EPI_COUNT(width))
            width[n++] = (int)k->key.n;
    EPI_JSON_EACH (row, rows) {
        size_t k = 0;
        EPI_JSON_EACH (v, row) {
            int seen = k < n ? (cell(v, text, sizeof text), seen_width(text)) : 0;
            if (k < n && seen > width[k])
                width[k] = seen < 40 ? seen : 40;
            k++;
        }
    }
    size_t at = 0;
    EPI_JSON_EACH (k, rows->first) {
        (void)snprintf(text, sizeof text, "%.*s", EPI_FMT(k->key));
        if (at < n)
            pad(text, width[at++]);
    }
    putchar('\n');
    EPI_JSON_EACH (row, rows) {
        size_t k = 0;
        EPI_JSON_EACH (v, row) {
            if (k == n)
                break;
            (void)cell(v, text, sizeof text);
            pad(text, width[k++]);
        }
        putchar('\n');
    }
}

static void show_csv(const epi_json *rows)
{
    EPI_BUF_LOCAL(b, SIZE_MAX);
    bool first = true;
    if (!rows || !rows->first)
        return;
    EPI_JSON_EACH (k, rows->first) {
        epi_csv_put(&b, first, k->key);
        first = false;
    }
    epi_buf_putc(&b, '\n');
    EPI_JSON_EACH (row, rows) {
        first = true;
        EPI_JSON_EACH (v, row) {
            struct epi_jw w = EPI_JW(&b);
            if (!first)
                epi_buf_putc(&b, ',');
            first = false;
            if (v->type == EPI_JSON_TEXT)
                epi_csv_put(&b, true, v->text);
            else if (v->type != EPI_JSON_NULL)
                epi_jw_json(&w, v);
        }
        epi_buf_putc(&b, '\n');
    }
    fwrite(b.p, 1, b.n, stdout);
}

static void show(struct cli *c, const epi_json *j)
{
    if (cli_flag(c, "csv")) {
        show_csv(epi_json_get(j, "rows"));
        return;
    }
    printf("%.*s\n%.*s\n\n", EPI_FMT(epi_json_text(j, "title", EPI_NIL)),
           EPI_FMT(epi_json_text(j, "paper", EPI_NIL)));
    show_table(NULL, epi_json_get(j, "values"));
    EPI_JSON_EACH (t, j) {
        if (t->type == EPI_JSON_ARRAY && !epi_str_eqz(t->key, "values") &&
            !epi_str_eqz(t->key, "notes"))
            show_table(epi_str_eqz(t->key, "rows") ? NULL : epi_str_cz(c->a, t->key), t);
    }
    EPI_JSON_EACH (note, epi_json_get(j, "notes"))
        fprintf(stderr, "%.*s: %.*s\n", EPI_FMT(epi_json_text(note, "severity", EPI_NIL)),
                EPI_FMT(epi_json_text(note, "message", EPI_NIL)));
}

static int from_table(struct cli *c, const struct epi_estimate_method *m, const char *path)
{
    struct epi_estimate_arg args[EPI_ARGS_MAX];
    struct epi_frame input;
    struct epi_estimate e;
    struct epi_findings f;
    struct epi_err err = {0};
    const epi_json *j;
    size_t n = 0;
    EPI_BUF_LOCAL(b, SIZE_MAX);
    int rc = arguments(c, m, args, &n);
    if (rc == CLI_OK && path)
        rc = table(c, path, &input);
    if (rc != CLI_OK)
        return rc;
    epi_findings_init(&f, c->a, 1000);
    epi_status s = epi_estimate_run(c->a, m, path ? &input : NULL, args, n, &e, &f, &err);
    cli_findings(c, &f, 50);
    if (s != EPI_OK)
        return cli_fail(c, &err);
    struct epi_jw w = EPI_JW(&b);
    epi_jw_object(&w);
    epi_estimate_json(&w, &e, args, n, c->lang);
    epi_jw_object_end(&w);
    if (c->json) {
        epi_buf_putc(&b, '\n');
        fwrite(b.p, 1, b.n, stdout);
    } else if (epi_json_parse(c->a, epi_buf_str(&b), SIZE_MAX, &j, NULL) == EPI_OK) {
        show(c, j);
    }
    return CLI_OK;
}

/* Options of the data folder and of the command name what is counted or are the method's own. */
static int from_store(struct cli *c, const struct epi_estimate_method *m)
{
    struct epi_app *app;
    struct epi_call call;
    int rc = cli_open(c, true, false, &app);
    if (rc != CLI_OK)
        return rc;
    cli_call(c, app, NULL, &call);
    epi_call_arg(&call, EPI_S("figure"), epi_str_of(m->figure));
    epi_call_arg(&call, EPI_S("method"), epi_str_of(m->method));
    for (size_t i = 0; i < c->n_options; i++) {
        epi_str name = c->options[i].name;
        if (!is_own(name))
            epi_call_arg(&call, epi_str_eqz(name, "as-of") ? EPI_S("as_of") : name,
                         c->options[i].value);
    }
    rc = cli_act(c, &call, epi_do_estimate, show);
    epi_call_done(&call);
    epi_app_close(app);
    return rc;
}

int cli_estimate(struct cli *c)
{
    epi_str figure = c->n_words > 1 ? epi_str_of(c->words[1]) : EPI_NIL;
    if (!figure.n || cli_flag(c, "help"))
        return list(c, figure);
    const struct epi_estimate_method *m = epi_estimate_find(figure, cli_option(c, "method"));
    if (!m) {
        fprintf(stderr, "cordon: there is no such figure or method; cordon estimate lists them\n");
        return CLI_USAGE;
    }
    if (c->n_words == 2 && c->data_dir && m->shape != EPI_SHAPE_NONE)
        return from_store(c, m);
    return from_table(c, m, c->n_words > 2 ? c->words[2] : NULL);
}
