// SPDX-License-Identifier: AGPL-3.0-or-later
#include "exchange/source.h"

struct csv_source {
    struct epi__source base;
    struct epi_csv csv;
    epi_str text;
    char sep;
    size_t columns; /* fields of the widest of the first rows, to notice a cut last row */
    size_t last_fields;
};

/* Spreadsheets write "sep=;" as a first line to say what separates. */
static epi_str separator_line(epi_str text, char *sep)
{
    if (!epi_str_starts(text, EPI_S("sep=")) || text.n < 6)
        return text;
    size_t end = 5;
    while (end < text.n && (text.p[end] == '\r' || text.p[end] == '\n'))
        end++;
    if (end == 5)
        return text;
    *sep = text.p[4];
    return epi_str_sub(text, end, text.n);
}

static bool csv_next(struct epi__source *base, struct epi__raw_row *ret)
{
    struct csv_source *s = (struct csv_source *)base;
    if (!epi_csv_next(&s->csv))
        return false;
    for (size_t i = 0; i < s->csv.n; i++)
        if (s->csv.fields[i].n > 1 && s->csv.fields[i].p[0] == '\'')
            s->csv.fields[i] = epi_csv_unguard(s->csv.fields[i]);
    if (s->csv.row <= 20 && s->csv.n > s->columns)
        s->columns = s->csv.n;
    s->last_fields = s->csv.n;
    *ret = (struct epi__raw_row){s->csv.fields, NULL, s->csv.n, s->csv.line};
    return true;
}

static epi_status csv_rewind(struct epi__source *base, struct epi_err *reterr)
{
    struct csv_source *s = (struct csv_source *)base;
    (void)reterr;
    epi_csv_done(&s->csv);
    epi_csv_init(&s->csv, s->text, s->sep);
    return EPI_OK;
}

static void csv_finish(struct epi__source *base, struct epi_findings *f)
{
    struct csv_source *s = (struct csv_source *)base;
    if (s->csv.broken)
        epi_finding_add(f, EPI_ERROR, "csv.unclosed-quote", base->row, EPI_NIL, EPI_NIL, EPI_NIL);
    if (s->csv.wide)
        epi_finding_add(f, EPI_ERROR, "table.too-many-columns", 0, EPI_NIL, EPI_S("4096"), EPI_NIL);
    char last = s->text.n ? s->text.p[s->text.n - 1] : '\n';
    if (!s->csv.broken && last != '\n' && last != '\r' && s->last_fields < s->columns)
        epi_finding_add(f, EPI_ERROR, "file.maybe-cut", base->row, EPI_NIL, EPI_NIL, EPI_NIL);
}

static void csv_close(struct epi__source *base)
{
    epi_csv_done(&((struct csv_source *)base)->csv);
}

epi_status epi__csv_open(struct epi_arena *a, epi_str text, char separator,
                         struct epi__source **ret, struct epi_err *reterr)
{
    static const struct epi__source_ops ops = {csv_next, csv_rewind, csv_finish, csv_close, NULL};
    struct csv_source *s = EPI_NEW(a, struct csv_source);
    (void)reterr;
    s->base.ops = &ops;
    s->text = separator_line(text, &s->sep);
    if (separator)
        s->sep = separator;
    if (!s->sep)
        s->sep = epi_csv_guess_sep(s->text);
    epi_csv_init(&s->csv, s->text, s->sep);
    *ret = &s->base;
    return EPI_OK;
}
