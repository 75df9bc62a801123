// SPDX-License-Identifier: AGPL-3.0-or-later
#include "unit/unit_internal.h"
#include <math.h>

static bool find_columns(struct epi__table *t)
{
    bool all = true;
    for (size_t k = 0; k < t->n_columns; k++) {
        t->at[k] = SIZE_MAX;
        for (size_t i = 0; i < t->csv.n; i++)
            if (epi_str_eqz(epi_str_trim(t->csv.fields[i]), t->columns[k]))
                t->at[k] = i;
        if (t->at[k] == SIZE_MAX) {
            epi_finding_add(t->f, EPI_ERROR, "unit.no-column", 1, t->file,
                            epi_str_of(t->columns[k]), EPI_NIL);
            all = false;
        }
    }
    return all;
}

epi_status epi__table_open(struct epi__table *t, struct epi_arena *a, const struct epi_fs *fs,
                           epi_str dir, epi_str file, const char *const *columns, size_t n_columns,
                           struct epi_findings *f, struct epi_err *reterr)
{
    EPI_ASSERT(n_columns <= EPI_COUNT(t->at));
    *t = (struct epi__table){
        .file = file, .columns = columns, .n_columns = n_columns, .a = a, .f = f};
    const char *path = epi_str_cz(a, epi_str_printf(a, "%.*s/%.*s", EPI_FMT(dir), EPI_FMT(file)));
    EPI_TRY(fs->read(fs->ctx, a, path, EPI__FILE_MAX, &t->text, reterr));
    if (!epi_utf8_valid(t->text))
        return EPI_FAIL(reterr, EPI_INVALID, "unit.not-utf8", "%.*s", EPI_FMT(file));
    epi_str body = t->text;
    if (epi_str_starts(body, EPI_S("\xEF\xBB\xBF")))
        body = epi_str_sub(body, 3, body.n - 3);
    for (const char *p = body.p, *end = body.p + body.n; p && p < end; t->rows_max++) {
        p = memchr(p, '\n', (size_t)(end - p));
        p = p ? p + 1 : end;
    }
    epi_csv_init(&t->csv, body, ',');
    bool usable = epi_csv_next(&t->csv) && find_columns(t);
    t->width = t->csv.n;
    if (usable)
        return EPI_OK;
    epi_csv_done(&t->csv);
    return EPI_FAIL(reterr, EPI_INVALID, "unit.bad-table", "%.*s", EPI_FMT(file));
}

void epi__table_done(struct epi__table *t)
{
    if (t->csv.broken)
        epi_finding_add(t->f, EPI_ERROR, "unit.open-quote", t->csv.line, t->file, EPI_NIL, EPI_NIL);
    epi_csv_done(&t->csv);
}

bool epi__table_next(struct epi__table *t)
{
    while (epi_csv_next(&t->csv)) {
        if (t->csv.n == t->width)
            return true;
        if (t->csv.n == 1 && t->csv.fields[0].n == 0)
            continue;
        epi_finding_add(t->f, EPI_ERROR, "unit.row-width", t->csv.line, t->file,
                        epi_str_printf(t->a, "%zu", t->csv.n),
                        epi_str_printf(t->a, "%zu", t->width));
    }
    return false;
}

void epi__table_finding(struct epi__table *t, const char *code, size_t column, epi_str arg1)
{
    if (!t->f)
        return;
    epi_str field = epi_str_printf(t->a, "%.*s:%s", EPI_FMT(t->file), t->columns[column]);
    epi_finding_add(t->f, EPI_ERROR, code, t->csv.line, field, arg1, EPI_NIL);
}

epi_str epi__table_text(struct epi__table *t, size_t column)
{
    epi_str s = epi__table_cell(t, column);
    bool view = s.p >= t->text.p && s.p <= t->text.p + t->text.n;
    return view ? s : epi_str_dup(t->a, s);
}

int64_t epi__table_int(struct epi__table *t, size_t column)
{
    epi_str s = epi__table_cell(t, column);
    int64_t v = 0;
    if (s.n == 0)
        return -1;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9' || s.n > 12) {
            epi__table_finding(t, "unit.bad-number", column, s);
            return -1;
        }
        v = v * 10 + (s.p[i] - '0');
    }
    return v;
}

double epi__table_real(struct epi__table *t, size_t column)
{
    epi_str s = epi__table_cell(t, column);
    double v;
    if (s.n == 0)
        return NAN;
    if (epi_str_to_f64(s, &v))
        return v;
    epi__table_finding(t, "unit.bad-number", column, s);
    return NAN;
}

epi_date epi__table_date(struct epi__table *t, size_t column)
{
    epi_str s = epi__table_cell(t, column);
    epi_date d;
    if (s.n == 0)
        return EPI_DATE_UNKNOWN;
    if (epi_date_parse_iso(s, &d))
        return d;
    epi__table_finding(t, "unit.bad-date", column, s);
    return EPI_DATE_UNKNOWN;
}
