// SPDX-License-Identifier: AGPL-3.0-or-later
#include "exchange/dates.h"
#include "exchange/table.h"
#include "exchange/xlsx_calls.h"

#include <stdio.h>
#include <stdlib.h>

#define CSV_MAX ((size_t)1024 * 1024 * 1024)
#define CSV_FLUSH ((size_t)256 * 1024)
#define XLSX_ROWS 1048576U
#define XLSX_COLUMNS 16384U
#define XLSX_CELL 32767U /* characters */

struct epi_writer {
    struct epi_writer_options o;
    size_t n_columns, column;
    uint32_t row;
    struct epi_err failed; /* the first thing that went wrong; reported at the end of the row */
    /* CSV */
    struct epi_buf text;
    FILE *file;
    /* XLSX */
    lxw_workbook *book;
    lxw_worksheet *sheet;
    lxw_format *date_format;
    struct epi_buf cell;
};

/* --- the apostrophe rule --------------------------------------------------------------------- */
/* What a spreadsheet may run or drop at the start of a cell, with the full-width forms some also
 * take. */
static bool guarded_start(epi_str s)
{
    static const epi_str wide[] = {EPI_SC("\xEF\xBC\x9D"), EPI_SC("\xEF\xBC\x8B"),
                                   EPI_SC("\xEF\xBC\x8D"), EPI_SC("\xEF\xBC\xA0")};
    if (s.n == 0)
        return false;
    if (strchr("=+-@\t\r\n'", s.p[0]) && s.p[0])
        return true;
    for (size_t i = 0; i < EPI_COUNT(wide); i++)
        if (epi_str_starts(s, wide[i]))
            return true;
    return false;
}

epi_str epi_csv_unguard(epi_str s)
{
    return s.n > 1 && s.p[0] == '\'' && guarded_start(epi_str_sub(s, 1, s.n))
               ? epi_str_sub(s, 1, s.n)
               : s;
}

static void put_quoted(struct epi_buf *b, bool first, const char *guard, epi_str s)
{
    bool quote = false;
    for (size_t i = 0; i < s.n && !quote; i++)
        quote = s.p[i] == '"' || s.p[i] == ',' || s.p[i] == ';' || s.p[i] == '\t' ||
                s.p[i] == '|' || s.p[i] == '\n' || s.p[i] == '\r';
    /* blanks at the ends survive only in quotes */
    quote |= s.n && (s.p[0] == ' ' || s.p[s.n - 1] == ' ');
    if (!first)
        epi_buf_putc(b, ',');
    if (!quote) {
        epi_buf_putz(b, guard);
        epi_buf_put(b, s);
        return;
    }
    epi_buf_putc(b, '"');
    epi_buf_putz(b, guard);
    size_t from = 0;
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] == '"') {
            epi_buf_put(b, epi_str_sub(s, from, i + 1 - from));
            from = i; /* the quote again */
        }
    epi_buf_put(b, epi_str_sub(s, from, s.n - from));
    epi_buf_putc(b, '"');
}

void epi_csv_put_text(struct epi_buf *b, bool first, epi_str text)
{
    put_quoted(b, first, guarded_start(text) ? "'" : "", text);
}

/* --- opening and closing --------------------------------------------------------------------- */
static epi_status open_xlsx(struct epi_writer *w, const char *path, struct epi_err *reterr)
{
    if (!path || w->n_columns > XLSX_COLUMNS)
        return EPI_FAIL(reterr, EPI_LIMIT, "table.too-many-columns", "%u", XLSX_COLUMNS);
    struct epi__lxw_options lo = {.constant_memory = 1};
    w->book = workbook_new_opt(path, &lo);
    if (!w->book)
        return EPI_FAIL(reterr, EPI_IO, "file.cannot-write", "%s", "");
    EPI_ARENA_LOCAL(a);
    epi_str name = w->o.sheet.n ? w->o.sheet : EPI_S("data");
    w->sheet = workbook_add_worksheet(w->book, epi_str_cz(a, name));
    if (!w->sheet)
        return EPI_FAIL(reterr, EPI_INVALID, "xlsx.bad-sheet-name", "%.*s", EPI_FMT(name));
    w->date_format = workbook_add_format(w->book);
    format_set_num_format(w->date_format, "dd/mm/yyyy");
    worksheet_freeze_panes(w->sheet, 1, 0);
    w->cell = EPI_BUF((size_t)1024 * 1024);
    return EPI_OK;
}

static epi_status open_csv(struct epi_writer *w, const char *path, struct epi_err *reterr)
{
    w->text = EPI_BUF(CSV_MAX);
    if (path && !(w->file = fopen(path, "wb")))
        return EPI_FAIL(reterr, EPI_IO, "file.cannot-write", "%s", "");
    if (!w->o.no_bom)
        epi_buf_putz(&w->text, "\xEF\xBB\xBF");
    return EPI_OK;
}

static void writer_free(struct epi_writer *w)
{
    if (w->file)
        (void)fclose(w->file);
    epi_buf_done(&w->text);
    epi_buf_done(&w->cell);
    free(w);
}

epi_status epi_writer_open(struct epi_writer **ret, const char *path,
                           const struct epi_writer_options *options, const epi_str *columns,
                           size_t n_columns, struct epi_err *reterr)
{
    struct epi_writer *w = epi_xmalloc(sizeof *w);
    *w = (struct epi_writer){.o = *options, .n_columns = n_columns};
    epi_status s =
        options->format == EPI_TABLE_XLSX ? open_xlsx(w, path, reterr) : open_csv(w, path, reterr);
    if (s != EPI_OK) {
        if (w->book)
            (void)workbook_close(w->book);
        writer_free(w);
        return s;
    }
    *ret = w;
    for (size_t i = 0; i < n_columns; i++)
        epi_writer_cell(w, columns[i], EPI_CELL_TEXT);
    s = epi_writer_end_row(w, reterr);
    if (s != EPI_OK) {
        epi_status ignored = epi_writer_close(w, NULL); /* the first failure is the one to tell */
        (void)ignored;
        *ret = NULL;
    }
    return s;
}

/* --- cells ----------------------------------------------------------------------------------- */
static bool hex_digit(char c)
{
    return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'f');
}

/* "_x0041_" means "A" in a workbook: a text that says so literally has its first underline written
 * as code. */
static void put_escaped(struct epi_buf *b, epi_str s)
{
    for (size_t i = 0; i < s.n; i++) {
        bool code = s.p[i] == '_' && i + 6 < s.n && s.p[i + 1] == 'x' && s.p[i + 6] == '_';
        for (size_t k = 2; code && k < 6; k++)
            code = hex_digit(s.p[i + k]);
        if (code)
            epi_buf_putz(b, "_x005F_");
        else
            epi_buf_putc(b, s.p[i]);
    }
}

static void xlsx_text(struct epi_writer *w, uint16_t col, epi_str text)
{
    if (text.n > XLSX_CELL && epi_utf8_count(text) > XLSX_CELL) {
        (void)EPI_FAIL(&w->failed, EPI_LIMIT, "xlsx.cell-too-long", "%u", w->row);
        return;
    }
    epi_buf_clear(&w->cell);
    if (epi_str_find(text, EPI_S("_x"), 0) == SIZE_MAX)
        epi_buf_put(&w->cell, text);
    else
        put_escaped(&w->cell, text);
    epi_buf_putc(&w->cell, 0);
    if (w->cell.full || worksheet_write_string(w->sheet, w->row, col, w->cell.p, NULL))
        (void)EPI_FAIL(&w->failed, EPI_LIMIT, "xlsx.cell-too-long", "%u", w->row);
}

static void xlsx_cell(struct epi_writer *w, epi_str text, epi_cell_kind kind)
{
    uint16_t col = (uint16_t)w->column;
    double f = 0;
    epi_date d;
    size_t digits = 0;
    for (size_t i = 0; i < text.n; i++)
        digits += text.p[i] >= '0' && text.p[i] <= '9';
    if (text.n == 0)
        return;
    /* more than 15 digits would not survive as a number */
    if (kind == EPI_CELL_NUMBER && digits <= 15 && epi_str_to_f64(text, &f))
        (void)worksheet_write_number(w->sheet, w->row, col, f, NULL);
    else if (kind == EPI_CELL_DATE && epi_date_parse_iso(text, &d) && epi_date_to_serial(d) > 0)
        (void)worksheet_write_number(w->sheet, w->row, col, epi_date_to_serial(d), w->date_format);
    else if (kind == EPI_CELL_BOOL)
        (void)worksheet_write_boolean(w->sheet, w->row, col, epi_str_eq(text, EPI_S("true")), NULL);
    else
        xlsx_text(w, col, text);
}

static void csv_cell(struct epi_writer *w, epi_str text, epi_cell_kind kind)
{
    double f = 0;
    bool number =
        kind == EPI_CELL_NUMBER && epi_str_to_f64(text, &f); /* a negative number is no formula */
    put_quoted(&w->text, w->column == 0, !number && guarded_start(text) ? "'" : "", text);
}

void epi_writer_cell(struct epi_writer *w, epi_str text, epi_cell_kind kind)
{
    if (w->failed.status != EPI_OK || w->column >= w->n_columns)
        return;
    if (w->book)
        xlsx_cell(w, text, kind);
    else
        csv_cell(w, text, kind);
    w->column++;
}

static epi_status flush(struct epi_writer *w, size_t from, struct epi_err *reterr)
{
    if (w->text.full)
        return EPI_FAIL(reterr, EPI_LIMIT, "file.too-large", "%zu", CSV_MAX / 1000000);
    if (!w->file || w->text.n < from)
        return EPI_OK;
    if (fwrite(w->text.p, 1, w->text.n, w->file) != w->text.n)
        return EPI_FAIL(reterr, EPI_IO, "file.cannot-write", "%s", "");
    epi_buf_clear(&w->text);
    return EPI_OK;
}

epi_status epi_writer_end_row(struct epi_writer *w, struct epi_err *reterr)
{
    if (w->failed.status != EPI_OK) {
        if (reterr)
            *reterr = w->failed;
        return w->failed.status;
    }
    if (!w->book) {
        while (w->column < w->n_columns)
            epi_writer_cell(w, EPI_NIL, EPI_CELL_EMPTY);
        epi_buf_putz(&w->text, w->o.crlf ? "\r\n" : "\n");
    }
    w->column = 0;
    w->row++;
    if (w->book && w->row > XLSX_ROWS)
        return EPI_FAIL(reterr, EPI_LIMIT, "xlsx.too-many-rows", "%u", XLSX_ROWS);
    return w->book ? EPI_OK : flush(w, CSV_FLUSH, reterr);
}

epi_str epi_writer_text(struct epi_writer *w)
{
    return epi_buf_str(&w->text);
}

void epi_writer_clear(struct epi_writer *w)
{
    epi_buf_clear(&w->text);
}

epi_status epi_writer_close(struct epi_writer *w, struct epi_err *reterr)
{
    epi_status s = EPI_OK;
    if (w->book) {
        if (workbook_close(w->book))
            s = EPI_FAIL(reterr, EPI_IO, "file.cannot-write", "%s", "");
    } else {
        s = flush(w, 1, reterr);
        if (w->file && (fflush(w->file) != 0 || ferror(w->file)) && s == EPI_OK)
            s = EPI_FAIL(reterr, EPI_IO, "file.cannot-write", "%s", "");
    }
    writer_free(w);
    return s;
}
