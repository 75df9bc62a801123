// SPDX-License-Identifier: AGPL-3.0-or-later
#include "estimate/frame.h"
#include <math.h>
#include <stdlib.h>

static struct epi_column *new_column(struct epi_arena *a, struct epi_frame *f, const char *name,
                                     enum epi_column_type type)
{
    EPI_ASSERT(f->n < EPI_FRAME_COLUMNS_MAX);
    if ((f->n & (f->n - 1)) == 0) { /* room doubles */
        struct epi_column *more = EPI_ARRAY(a, f->n ? 2 * f->n : 1, struct epi_column);
        if (f->n)
            memcpy(more, f->columns, f->n * sizeof *more);
        f->columns = more;
    }
    struct epi_column *c = &f->columns[f->n++];
    *c = (struct epi_column){.name = epi_str_of(name), .type = type};
    return c;
}

void epi_frame_init(struct epi_frame *f, size_t rows)
{
    *f = (struct epi_frame){.rows = rows};
}

static double *new_numbers(struct epi_arena *a, size_t n)
{
    double *v = EPI_ARRAY(a, n + 1, double);
    for (size_t i = 0; i < n; i++)
        v[i] = (double)NAN;
    return v;
}

double *epi_frame_add(struct epi_arena *a, struct epi_frame *f, const char *name)
{
    return new_column(a, f, name, EPI_COL_NUMBER)->v = new_numbers(a, f->rows);
}

double *epi_frame_add_date(struct epi_arena *a, struct epi_frame *f, const char *name)
{
    return new_column(a, f, name, EPI_COL_DATE)->v = new_numbers(a, f->rows);
}

epi_str *epi_frame_add_word(struct epi_arena *a, struct epi_frame *f, const char *name)
{
    return new_column(a, f, name, EPI_COL_WORD)->words = EPI_ARRAY(a, f->rows + 1, epi_str);
}

const struct epi_column *epi_frame_column(const struct epi_frame *f, const char *name)
{
    for (size_t i = 0; i < f->n; i++) {
        if (epi_str_eqz(f->columns[i].name, name))
            return &f->columns[i];
    }
    return NULL;
}

const double *epi_frame_numbers(const struct epi_frame *f, const char *name)
{
    const struct epi_column *c = epi_frame_column(f, name);
    return c && c->type == EPI_COL_NUMBER ? c->v : NULL;
}

void epi_frame_pick(struct epi_arena *a, const struct epi_frame *f, const size_t *rows, size_t n,
                    struct epi_frame *ret)
{
    epi_frame_init(ret, n);
    ret->name = f->name;
    for (size_t k = 0; k < f->n; k++) {
        const struct epi_column *from = &f->columns[k];
        struct epi_column *to = new_column(a, ret, "", from->type);
        to->name = from->name;
        if (from->v)
            to->v = EPI_ARRAY(a, n + 1, double);
        if (from->words)
            to->words = EPI_ARRAY(a, n + 1, epi_str);
        for (size_t i = 0; i < n; i++) {
            if (from->v)
                to->v[i] = from->v[rows[i]];
            if (from->words)
                to->words[i] = from->words[rows[i]];
        }
    }
}

/* --- reading --- */
static bool empty(epi_str s)
{
    return s.n == 0 || epi_str_eqz(s, "NA");
}

/* A finite decimal number and nothing else. */
static bool number(epi_str s, double *ret)
{
    char text[64], *end;
    if (s.n == 0 || s.n >= sizeof text)
        return false;
    for (size_t i = 0; i < s.n; i++) { /* keeps hexadecimal, "inf" and "nan" out */
        char c = s.p[i];
        if (!((c >= '0' && c <= '9') || c == '.' || c == '-' || c == '+' || c == 'e' || c == 'E'))
            return false;
        text[i] = c;
    }
    text[s.n] = 0;
    *ret = strtod(text, &end);
    return *end == 0 && end != text && isfinite(*ret);
}

static bool digits(epi_str s, int *ret)
{
    *ret = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
        *ret = *ret * 10 + (s.p[i] - '0');
    }
    return s.n > 0 && s.n <= 4;
}

static bool date(epi_str s, double *ret)
{
    epi_date d;
    if (!epi_date_parse_iso(s, &d)) {
        epi_str day, month;
        int dd, mm, yy;
        if (s.n < 8 || s.n > 10 || !epi_str_split(&s, '/', &day) ||
            !epi_str_split(&s, '/', &month) || !digits(day, &dd) || !digits(month, &mm) ||
            s.n != 4 || !digits(s, &yy) || !epi_ymd_valid(yy, mm, dd))
            return false;
        d = epi_date_ymd(yy, mm, dd);
    }
    *ret = (double)d.d;
    return true;
}

/* Gives a column the sharpest type all its cells have. */
static void settle(struct epi_arena *a, struct epi_column *c, size_t rows)
{
    static bool (*const readers[])(epi_str, double *) = {number, date};
    static const enum epi_column_type types[] = {EPI_COL_NUMBER, EPI_COL_DATE};
    c->type = EPI_COL_WORD;
    c->v = NULL;
    for (size_t k = 0; k < EPI_COUNT(readers); k++) {
        bool all = true;
        struct epi_arena_mark mark = epi_arena_mark(a);
        double *v = new_numbers(a, rows);
        for (size_t i = 0; i < rows && all; i++)
            all = empty(c->words[i]) || readers[k](c->words[i], &v[i]);
        if (all) {
            c->type = types[k];
            c->v = v;
            return;
        }
        epi_arena_release(a, mark);
    }
    for (size_t i = 0; i < rows; i++) {
        if (empty(c->words[i]))
            c->words[i] = EPI_NIL;
    }
}

static void read_heading(struct epi_arena *a, const struct epi_csv *csv, struct epi_frame *f,
                         struct epi_findings *findings)
{
    for (size_t k = 0; k < csv->n; k++) {
        epi_str name = epi_str_dup(a, epi_str_trim(csv->fields[k]));
        if (name.n == 0)
            epi_finding_add(findings, EPI_ERROR, "estimate.heading-empty", 0, EPI_NIL,
                            epi_str_printf(a, "%zu", k + 1), EPI_NIL);
        for (size_t j = 0; j < f->n; j++) {
            if (name.n && epi_str_eq(f->columns[j].name, name))
                epi_finding_add(findings, EPI_ERROR, "estimate.heading-twice", 0, name, name,
                                EPI_NIL);
        }
        new_column(a, f, "", EPI_COL_WORD)->name = name;
    }
}

/* The rows are counted first, so that every column is made once. */
static size_t count_rows(epi_str text, char sep)
{
    struct epi_csv csv;
    size_t rows = 0;
    epi_csv_init(&csv, text, sep);
    while (epi_csv_next(&csv))
        rows += csv.n > 1 || csv.fields[0].n > 0;
    epi_csv_done(&csv);
    return rows ? rows - 1 : 0;
}

epi_status epi_frame_read(struct epi_arena *a, epi_str text, struct epi_frame *ret,
                          struct epi_findings *findings, struct epi_err *reterr)
{
    struct epi_csv csv;
    struct epi_frame f;
    if (text.n >= 3 && memcmp(text.p, "\xEF\xBB\xBF", 3) == 0)
        text = epi_str_sub(text, 3, text.n - 3);
    char sep = epi_csv_guess_sep(text);
    size_t rows = count_rows(text, sep), before = findings ? findings->counts[EPI_ERROR] : 0;
    epi_frame_init(&f, rows);
    if (rows == 0)
        return EPI_FAIL(reterr, EPI_INVALID, "estimate.no-rows", "%s", "");
    epi_csv_init(&csv, text, sep);
    bool faulty = false, headed = false;
    size_t row = 0;
    while (epi_csv_next(&csv)) {
        if (csv.n == 1 && csv.fields[0].n == 0)
            continue;
        if (!headed) {
            headed = true;
            if (csv.n > EPI_FRAME_COLUMNS_MAX || csv.n * rows > EPI_FRAME_CELLS_MAX) {
                epi_csv_done(&csv);
                return EPI_FAIL(reterr, EPI_LIMIT, "estimate.too-large", "%zu", csv.n * rows);
            }
            read_heading(a, &csv, &f, findings);
            for (size_t k = 0; k < f.n; k++)
                f.columns[k].words = EPI_ARRAY(a, rows + 1, epi_str);
            continue;
        }
        if (csv.n != f.n) {
            epi_finding_add(findings, EPI_ERROR, "estimate.row-width", (uint32_t)(row + 1), EPI_NIL,
                            epi_str_printf(a, "%zu", csv.n), epi_str_printf(a, "%zu", f.n));
            faulty = true;
        }
        for (size_t k = 0; k < f.n && k < csv.n; k++)
            f.columns[k].words[row] = epi_str_dup(a, epi_str_trim(csv.fields[k]));
        row++;
    }
    faulty = faulty || csv.broken || (findings && findings->counts[EPI_ERROR] > before);
    if (csv.broken)
        epi_finding_add(findings, EPI_ERROR, "estimate.quote-open", (uint32_t)row, EPI_NIL, EPI_NIL,
                        EPI_NIL);
    epi_csv_done(&csv);
    if (faulty)
        return EPI_FAIL(reterr, EPI_INVALID, "estimate.table-faulty", "%s", "");
    for (size_t k = 0; k < f.n; k++)
        settle(a, &f.columns[k], rows);
    *ret = f;
    return EPI_OK;
}

/* --- checking --- */
static const struct epi_column *need(const struct epi_frame *f, const char *name,
                                     struct epi_findings *findings)
{
    const struct epi_column *c = epi_frame_column(f, name);
    if (!c)
        epi_finding_add(findings, EPI_ERROR, "estimate.column-missing", 0, epi_str_of(name),
                        epi_str_of(name), EPI_NIL);
    return c;
}

static void wrong(struct epi_findings *findings, const char *code, size_t row,
                  const struct epi_column *c)
{
    epi_finding_add(findings, EPI_ERROR, code, (uint32_t)(row + 1), c->name,
                    c->words ? c->words[row] : EPI_NIL, EPI_NIL);
}

/* One cell as a value of the type, whatever the column as a whole is; what is wrong with it, or
 * NULL. Empty: NaN. */
static const char *cell_value(const struct epi_column *c, size_t i, enum epi_column_type type,
                              double *ret)
{
    *ret = (double)NAN;
    if (c->v ? isnan(c->v[i]) : empty(c->words[i]))
        return "estimate.cell-empty";
    if (c->type == type) {
        *ret = c->v[i];
        return NULL;
    }
    bool reads = c->words && (type == EPI_COL_NUMBER ? number : date)(c->words[i], ret);
    return reads                    ? NULL
           : type == EPI_COL_NUMBER ? "estimate.cell-no-number"
                                    : "estimate.cell-no-date";
}

/* Every cell is judged, also in a column that another cell has spoilt. */
static bool cells_fit(const struct epi_frame *f, const struct epi_column *c,
                      enum epi_column_type type, double min, double max, unsigned flags,
                      struct epi_findings *findings)
{
    bool ok = true;
    for (size_t i = 0; i < f->rows; i++) {
        double v;
        const char *code = cell_value(c, i, type, &v);
        if (code && isnan(v) && (flags & EPI_NEED_MAY_EMPTY) &&
            strcmp(code, "estimate.cell-empty") == 0)
            continue;
        if (!code && v < min)
            code = min == 0 ? "estimate.cell-negative" : "estimate.cell-outside";
        else if (!code && v > max)
            code = "estimate.cell-outside";
        else if (!code && (flags & EPI_NEED_WHOLE) && v != floor(v))
            code = "estimate.cell-fraction";
        if (code)
            wrong(findings, code, i, c);
        ok = ok && !code;
    }
    return ok && (c->type == type || f->rows == 0);
}

const double *epi_frame_need(const struct epi_frame *f, const char *name, double min, double max,
                             unsigned flags, struct epi_findings *findings)
{
    const struct epi_column *c = need(f, name, findings);
    return c && cells_fit(f, c, EPI_COL_NUMBER, min, max, flags, findings) ? c->v : NULL;
}

const double *epi_frame_need_dates(const struct epi_frame *f, const char *name, unsigned flags,
                                   struct epi_findings *findings)
{
    const struct epi_column *c = need(f, name, findings);
    bool fits =
        c && cells_fit(f, c, EPI_COL_DATE, -(double)INFINITY, (double)INFINITY, flags, findings);
    return fits ? c->v : NULL;
}

const epi_str *epi_frame_need_words(const struct epi_frame *f, const char *name,
                                    struct epi_findings *findings)
{
    const struct epi_column *c = need(f, name, findings);
    bool ok = c != NULL;
    for (size_t i = 0; c && i < f->rows; i++) {
        if (!c->words || c->words[i].n == 0) {
            wrong(findings, "estimate.cell-empty", i, c);
            ok = false;
        }
    }
    return ok ? c->words : NULL;
}

/* --- writing --- */
void epi_frame_csv(struct epi_buf *b, const struct epi_frame *f)
{
    char day[16];
    for (size_t k = 0; k < f->n; k++)
        epi_csv_put(b, k == 0, f->columns[k].name);
    epi_buf_putc(b, '\n');
    for (size_t i = 0; i < f->rows; i++) {
        for (size_t k = 0; k < f->n; k++) {
            const struct epi_column *c = &f->columns[k];
            if (k)
                epi_buf_putc(b, ',');
            if (c->type == EPI_COL_WORD) {
                epi_csv_put(b, true, c->words[i]);
            } else if (!isnan(c->v[i])) {
                struct epi_jw number_of = EPI_JW(b);
                if (c->type == EPI_COL_DATE)
                    epi_buf_putz(b, epi_date_iso((epi_date){(int32_t)c->v[i]}, day));
                else
                    epi_jw_real(&number_of, c->v[i]);
            }
        }
        epi_buf_putc(b, '\n');
    }
}

void epi_frame_json(struct epi_jw *w, const struct epi_frame *f)
{
    char day[16];
    epi_jw_array(w);
    for (size_t i = 0; i < f->rows; i++) {
        epi_jw_object(w);
        for (size_t k = 0; k < f->n; k++) {
            const struct epi_column *c = &f->columns[k];
            epi_jw_keys(w, c->name);
            if (c->type == EPI_COL_WORD ? c->words[i].n == 0 : isnan(c->v[i]))
                epi_jw_null(w);
            else if (c->type == EPI_COL_WORD)
                epi_jw_text(w, c->words[i]);
            else if (c->type == EPI_COL_DATE)
                epi_jw_textz(w, epi_date_iso((epi_date){(int32_t)c->v[i]}, day));
            else
                epi_jw_real(w, c->v[i]);
        }
        epi_jw_object_end(w);
    }
    epi_jw_array_end(w);
}
