// SPDX-License-Identifier: AGPL-3.0-or-later
/* cordon estimate: the figures of the epidemic, from a table. */
#include "cli/cli.h"
#include "estimate/estimate.h"
#include <stdio.h>

#define FILE_MAX ((size_t)1 << 30)

/* Options of the command itself, not of a method. */
static const char *const own[] = {"method", "json", "csv", "lang", "data", "share", "help"};

static void put(const struct cli *c, const struct epi_buf *b)
{
    (void)c;
    fwrite(b->p, 1, b->n, stdout);
}

static int list(struct cli *c, epi_str figure)
{
    const struct epi_estimate_method *m;
    if (c->json) {
        EPI_BUF_LOCAL(b, SIZE_MAX);
        struct epi_jw w = EPI_JW(&b);
        epi_estimate_methods_json(&w, c->lang);
        epi_buf_putc(&b, '\n');
        put(c, &b);
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

/* One cell as people read it: dates as dates, numbers with four significant digits. */
static int cell(const struct epi_column *k, size_t row, char *out, size_t room)
{
    char day[16];
    if (k->type == EPI_COL_WORD)
        return snprintf(out, room, "%.*s", EPI_FMT(k->words[row]));
    if (isnan(k->v[row]))
        return snprintf(out, room, "-");
    if (k->type == EPI_COL_DATE)
        return snprintf(out, room, "%s", epi_date_iso((epi_date){(int32_t)k->v[row]}, day));
    bool whole = k->v[row] == floor(k->v[row]) && fabs(k->v[row]) < 1e15;
    return snprintf(out, room, whole ? "%.0f" : "%.4g", k->v[row]);
}

static void show(const struct epi_frame *f)
{
    char text[400];
    int width[EPI_FRAME_COLUMNS_MAX];
    if (f->n == 0)
        return;
    if (f->name.n)
        printf("\n%.*s\n", EPI_FMT(f->name));
    for (size_t k = 0; k < f->n; k++) {
        width[k] = (int)f->columns[k].name.n;
        for (size_t i = 0; i < f->rows; i++) {
            int n = cell(&f->columns[k], i, text, sizeof text);
            width[k] = n > width[k] ? (n < 40 ? n : 40) : width[k];
        }
        printf("%*.*s%s", width[k], EPI_FMT(f->columns[k].name), k + 1 < f->n ? "  " : "\n");
    }
    for (size_t i = 0; i < f->rows; i++)
        for (size_t k = 0; k < f->n; k++) {
            cell(&f->columns[k], i, text, sizeof text);
            printf("%*s%s", width[k], text, k + 1 < f->n ? "  " : "\n");
        }
}

static int print(struct cli *c, const struct epi_estimate *e, const struct epi_estimate_arg *args,
                 size_t args_n)
{
    EPI_BUF_LOCAL(b, SIZE_MAX);
    if (c->json) {
        struct epi_jw w = EPI_JW(&b);
        epi_jw_object(&w);
        epi_estimate_json(&w, e, args, args_n, c->lang);
        epi_jw_object_end(&w);
        epi_buf_putc(&b, '\n');
    } else if (cli_flag(c, "csv")) {
        epi_frame_csv(&b, &e->rows);
    } else {
        printf("%s\n%s\n\n", c->lang == EPI_VI ? e->method->vi : e->method->en, e->method->paper);
        show(&e->values);
        show(&e->rows);
        for (size_t t = 0; t < e->tables_n; t++)
            show(&e->tables[t]);
    }
    put(c, &b);
    if (!c->json)
        cli_findings(c, &e->notes, 20);
    return CLI_OK;
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
    struct epi_estimate_arg args[EPI_ARGS_MAX];
    size_t n = 0;
    struct epi_frame input;
    bool has_input = c->n_words > 2;
    int rc = arguments(c, m, args, &n);
    if (rc == CLI_OK && has_input)
        rc = table(c, c->words[2], &input);
    if (rc != CLI_OK)
        return rc;
    struct epi_estimate e;
    struct epi_findings f;
    struct epi_err err = {0};
    epi_findings_init(&f, c->a, 1000);
    epi_status s = epi_estimate_run(c->a, m, has_input ? &input : NULL, args, n, &e, &f, &err);
    cli_findings(c, &f, 50);
    return s == EPI_OK ? print(c, &e, args, n) : cli_fail(c, &err);
}
