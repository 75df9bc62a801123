// SPDX-License-Identifier: AGPL-3.0-or-later
#include "exchange/dates.h"
#include "exchange/source.h"
#include "exchange/xlsx_book.h"

#include <math.h>
#include <stdio.h>

#define CHUNK 65536
#define FORMAT_ROWS 1048576
/* Text of one row; a cell that is too long is reported by table.c, which needs its length. */
#define ROW_TEXT_MAX ((size_t)64 * 1024 * 1024)
#define MERGES_NAMED 8

/* What a cell's value is, by its t attribute. */
enum cell_type { T_NUMBER, T_SHARED, T_TEXT, T_BOOL, T_ERROR, T_DATE };

struct sheet { /* begins with epi__xml: expat's user data */
    struct epi__xml xml;
    struct epi__source *base;
    struct epi__book book;
    const char *part_name;
    struct epi__part part;
    bool part_open, suspended, row_ready, finished;
    /* the row being read */
    struct epi_buf text; /* captured text of the row */
    epi_str *fields;
    epi_cell_kind *kinds;
    size_t *offsets; /* into text + 1; 0 = the field is a view already */
    size_t n;
    uint32_t line;
    struct epi_arena *row;
    /* the cell being read */
    size_t column, cell_from;
    enum cell_type type;
    enum epi__style style;
    bool capture, in_inline, formula, has_value;
    /* the whole sheet */
    struct epi_buf merges;
    uint64_t n_merges;
    bool wide, beyond;
};
struct source { /* first member is what table.c holds */
    struct epi__source base;
    struct sheet sheet;
};

/* "BC12" -> column 54 (from 0), row 12; false when it is no reference. */
static bool cell_ref(const char *r, size_t *column, uint32_t *line)
{
    size_t c = 0;
    uint64_t l = 0;
    const char *p = r;
    for (; *p >= 'A' && *p <= 'Z' && p - r < 4; p++)
        c = c * 26 + (size_t)(*p - 'A' + 1);
    if (c == 0)
        return false;
    for (; *p >= '0' && *p <= '9' && l < 100000000; p++)
        l = l * 10 + (uint64_t)(*p - '0');
    *column = c - 1;
    *line = (uint32_t)l;
    return true;
}

static epi_str ref_text(const struct sheet *s, char out[24])
{
    size_t n = 8, i = s->column + 1;
    char letters[8];
    for (; i && n; i = (i - 1) / 26)
        letters[--n] = (char)('A' + (i - 1) % 26);
    int len = snprintf(out, 24, "%.*s%u", (int)(8 - n), letters + n, s->line);
    return (epi_str){out, len > 0 ? (size_t)len : 0};
}

static void complain(struct sheet *s, epi_severity severity, const char *code, epi_str arg)
{
    char ref[24];
    epi_finding_add(s->base->findings, severity, code, s->base->row, ref_text(s, ref), arg,
                    EPI_NIL);
}

/* --- start of elements ----------------------------------------------------------------------- */
static void start_row(struct sheet *s, const char *const *attrs)
{
    const char *r = epi__xml_attr(attrs, "r");
    int64_t line = 0;
    bool told = r && epi_str_to_i64(epi_str_of(r), &line) && line > 0 && line < UINT32_MAX;
    s->line = told ? (uint32_t)line : s->line + 1;
    s->n = 0;
    s->column = SIZE_MAX;
    epi_buf_clear(&s->text);
    epi_arena_reset(s->row);
    if (s->line > FORMAT_ROWS && !s->beyond) {
        s->beyond = true;
        complain(s, EPI_WARNING, "xlsx.row-beyond-format", EPI_NIL);
    }
}

static enum cell_type type_of(const char *t)
{
    if (!t || t[0] == 'n')
        return T_NUMBER;
    if (strcmp(t, "s") == 0)
        return T_SHARED;
    return t[0] == 'b' ? T_BOOL : t[0] == 'e' ? T_ERROR : t[0] == 'd' ? T_DATE : T_TEXT;
}

static void start_cell(struct sheet *s, const char *const *attrs)
{
    size_t column = s->column + 1; /* SIZE_MAX + 1 = 0 for the first */
    uint32_t line = 0;
    int64_t style = 0;
    const char *t = NULL;
    for (size_t i = 0; attrs[i]; i += 2) {
        if (strcmp(attrs[i], "r") == 0)
            (void)cell_ref(attrs[i + 1], &column, &line);
        else if (strcmp(attrs[i], "s") == 0)
            (void)epi_str_to_i64(epi_str_of(attrs[i + 1]), &style);
        else if (strcmp(attrs[i], "t") == 0)
            t = attrs[i + 1];
    }
    s->column = column;
    s->type = type_of(t);
    s->style = style >= 0 && (uint64_t)style < s->book.n_styles
                   ? (enum epi__style)s->book.styles[style]
                   : EPI__PLAIN;
    s->formula = s->has_value = s->in_inline = s->capture = false;
    s->cell_from = s->text.n;
}

static void start_merge(struct sheet *s, const char *const *attrs)
{
    epi_str ref = epi_str_of(epi__xml_attr(attrs, "ref"));
    if (s->n_merges++ < MERGES_NAMED && ref.n <= 24) {
        if (s->merges.n)
            epi_buf_putz(&s->merges, ", ");
        epi_buf_put(&s->merges, ref);
    }
}

static void sheet_start(void *user, const XML_Char *name, const XML_Char **xml_attrs)
{
    struct sheet *s = user;
    const char *const *attrs = (const char *const *)xml_attrs;
    const char *local = epi__xml_local(name);
    if (strcmp(local, "c") == 0) {
        start_cell(s, attrs);
    } else if (strcmp(local, "v") == 0) {
        s->capture = s->has_value = true;
    } else if (strcmp(local, "row") == 0) {
        start_row(s, attrs);
    } else if (strcmp(local, "is") == 0) {
        s->in_inline = s->has_value = true;
    } else if (strcmp(local, "t") == 0) {
        s->capture = s->in_inline;
    } else if (strcmp(local, "f") == 0) {
        s->formula = true;
    } else if (strcmp(local, "rPh") == 0) {
        s->in_inline = false;
    } else if (strcmp(local, "mergeCell") == 0) {
        start_merge(s, attrs);
    }
}

static void sheet_text(void *user, const XML_Char *text, int n)
{
    struct sheet *s = user;
    if (!s->capture)
        return;
    epi_buf_put(&s->text, (epi_str){text, (size_t)n});
    if (s->text.full)
        epi__xml_stop(&s->xml, "xlsx.row-too-large", EPI_LIMIT);
}

/* --- end of elements: values ----------------------------------------------------------------- */
static void put_time(struct epi_buf *b, double serial)
{
    int64_t seconds = llround((serial - floor(serial)) * 86400);
    seconds = seconds >= 86400 ? 86399 : seconds;
    epi_buf_printf(b, "%02d:%02d", (int)(seconds / 3600), (int)(seconds / 60 % 60));
    if (seconds % 60)
        epi_buf_printf(b, ":%02d", (int)(seconds % 60));
}

static epi_str shown_date(struct sheet *s, double serial, epi_cell_kind *kind)
{
    EPI_BUF_LOCAL(b, 64);
    if (s->style == EPI__TIME || (serial >= 0 && serial < 1 && !s->book.date1904)) {
        put_time(&b, serial);
        *kind = EPI_CELL_TEXT;
        return epi_str_dup(s->row, epi_buf_str(&b));
    }
    /* a moment within half a second of midnight belongs to the next day */
    double whole = floor(serial + 0.5 / 86400);
    bool timed = serial - whole > 0.5 / 86400;
    epi_date d = epi_date_serial(whole, s->book.date1904);
    if (!epi_date_known(d)) {
        complain(s, EPI_ERROR, "xlsx.bad-date", EPI_NIL);
        *kind = EPI_CELL_EMPTY;
        return EPI_NIL;
    }
    char iso[16];
    epi_buf_putz(&b, epi_date_iso(d, iso));
    if (timed) {
        epi_buf_putc(&b, 'T');
        put_time(&b, serial);
    }
    *kind = EPI_CELL_DATE;
    return epi_str_dup(s->row, epi_buf_str(&b));
}

static bool short_integer(epi_str raw)
{
    size_t sign = raw.n && raw.p[0] == '-';
    if (raw.n - sign == 0 || raw.n - sign > 15)
        return false;
    for (size_t i = sign; i < raw.n; i++)
        if (raw.p[i] < '0' || raw.p[i] > '9')
            return false;
    return true;
}

/* Spreadsheets keep 15 digits: anything longer has lost its tail already. */
static epi_str number_cell(struct sheet *s, epi_str raw, epi_cell_kind *kind, bool *ret_view)
{
    double f = 0;
    *kind = EPI_CELL_NUMBER;
    raw = epi_str_trim(raw);
    if (s->style == EPI__PLAIN && short_integer(raw)) {
        *ret_view = false; /* stays in the row's text, found by its offset */
        return raw;
    }
    *ret_view = true;
    if (!epi_str_to_f64(raw, &f)) {
        complain(s, EPI_ERROR, "xlsx.bad-number", EPI_NIL);
        *kind = EPI_CELL_EMPTY;
        return EPI_NIL;
    }
    if (s->style != EPI__PLAIN)
        return shown_date(s, f, kind);
    if (f == floor(f) && fabs(f) >= 1e15) {
        complain(s, EPI_ERROR, "cell.precision", EPI_NIL);
        *kind = EPI_CELL_EMPTY;
        return EPI_NIL;
    }
    if (f == floor(f))
        return epi_str_printf(s->row, "%.0f", f);
    return epi_str_printf(s->row, "%.15g", f);
}

static epi_str shared_cell(struct sheet *s, epi_str raw)
{
    int64_t i = -1;
    if (!epi_str_to_i64(epi_str_trim(raw), &i) || i < 0 || (uint64_t)i >= s->book.strings.count) {
        complain(s, EPI_ERROR, "xlsx.bad-string", EPI_NIL);
        return EPI_NIL;
    }
    return epi__book_string(&s->book, (size_t)i);
}

static epi_str value_of(struct sheet *s, epi_str raw, epi_cell_kind *kind, bool *ret_view)
{
    *ret_view = true;
    *kind = EPI_CELL_TEXT;
    switch (s->type) {
    case T_NUMBER:
        return number_cell(s, raw, kind, ret_view);
    case T_SHARED:
        return shared_cell(s, raw);
    case T_TEXT:
        return epi_str_dup(s->row, epi__xlsx_text(s->row, raw));
    case T_BOOL:
        *kind = EPI_CELL_BOOL;
        return epi_str_eq(epi_str_trim(raw), EPI_S("1")) ? EPI_S("true") : EPI_S("false");
    case T_ERROR:
        complain(s, EPI_ERROR, "xlsx.cell-error", raw);
        *kind = EPI_CELL_EMPTY;
        return EPI_NIL;
    case T_DATE:
        *kind = EPI_CELL_DATE;
        return epi_str_dup(s->row, epi_text_clean(s->row, raw));
    }
    return EPI_NIL;
}

static void end_cell(struct sheet *s)
{
    if (s->column >= EPI__COLUMNS_MAX) {
        if (!s->wide)
            complain(s, EPI_ERROR, "table.too-many-columns", EPI_S("4096"));
        s->wide = true;
        return;
    }
    while (s->n <= s->column) {
        s->fields[s->n] = EPI_NIL;
        s->offsets[s->n] = 0;
        s->kinds[s->n++] = EPI_CELL_EMPTY;
    }
    epi_str raw = epi_str_sub(epi_buf_str(&s->text), s->cell_from, s->text.n - s->cell_from);
    bool blank = raw.n == 0 && s->type != T_TEXT;
    if (s->formula && (!s->has_value || blank))
        complain(s, EPI_ERROR, "xlsx.formula-no-value", EPI_NIL);
    if (!s->has_value || blank)
        return;
    bool view = true;
    epi_cell_kind kind = EPI_CELL_TEXT;
    epi_str v = value_of(s, raw, &kind, &view);
    s->fields[s->column] = v;
    s->kinds[s->column] = v.n ? kind : EPI_CELL_EMPTY;
    s->offsets[s->column] = view || !v.n ? 0 : (size_t)(v.p - s->text.p) + 1;
}

static void end_row(struct sheet *s)
{
    for (size_t i = 0; i < s->n; i++) /* the text may have moved while it grew */
        if (s->offsets[i])
            s->fields[i].p = s->text.p + s->offsets[i] - 1;
    s->row_ready = true;
    (void)XML_StopParser(s->xml.x, XML_TRUE);
}

static void sheet_end(void *user, const XML_Char *name)
{
    struct sheet *s = user;
    const char *local = epi__xml_local(name);
    if (strcmp(local, "v") == 0 || strcmp(local, "t") == 0)
        s->capture = false;
    else if (strcmp(local, "c") == 0)
        end_cell(s);
    else if (strcmp(local, "row") == 0)
        end_row(s);
    else if (strcmp(local, "rPh") == 0)
        s->in_inline = true;
    else if (strcmp(local, "is") == 0)
        s->in_inline = false;
}

/* --- the source ------------------------------------------------------------------------------ */
static bool fail_with(struct sheet *s, struct epi_err *e)
{
    if (s->base->failed.status == EPI_OK)
        s->base->failed = *e;
    s->finished = true;
    return false;
}

/* One step of the parser: the next piece of the part, or the rest of the piece it was stopped in.
 */
static bool step(struct sheet *s)
{
    enum XML_Status status;
    struct epi_err e = {.status = EPI_OK};
    size_t n = 1;
    if (s->suspended) {
        s->suspended = false;
        status = XML_ResumeParser(s->xml.x);
    } else {
        void *chunk = XML_GetBuffer(s->xml.x, CHUNK);
        EPI_ASSERT(chunk);
        if (epi__part_read(&s->part, chunk, CHUNK, &n, &e) != EPI_OK)
            return fail_with(s, &e);
        status = XML_ParseBuffer(s->xml.x, (int)n, n == 0);
    }
    if (status == XML_STATUS_ERROR) {
        (void)epi__xml_failure(&s->xml, s->part_name, &e);
        return fail_with(s, &e);
    }
    s->suspended = status == XML_STATUS_SUSPENDED;
    if (!s->suspended) {
        XML_ParsingStatus now;
        XML_GetParsingStatus(s->xml.x, &now);
        s->finished = now.parsing == XML_FINISHED;
    }
    return true;
}

static bool xlsx_next(struct epi__source *base, struct epi__raw_row *ret)
{
    struct sheet *s = &((struct source *)base)->sheet;
    s->row_ready = false;
    while (!s->row_ready)
        if (s->finished || !step(s))
            return false;
    *ret = (struct epi__raw_row){s->fields, s->kinds, s->n, s->line};
    return true;
}

static epi_status xlsx_rewind(struct epi__source *base, struct epi_err *reterr)
{
    struct sheet *s = &((struct source *)base)->sheet;
    epi__xml_done(&s->xml);
    epi__part_close(&s->part);
    s->book.zip.expanded = 0;
    s->suspended = s->finished = s->wide = s->beyond = false;
    s->line = 0;
    s->n_merges = 0;
    epi_buf_clear(&s->merges);
    EPI_TRY(epi__part_open(&s->part, &s->book.zip, s->part_name, reterr));
    epi__xml_init(&s->xml, sheet_start, sheet_end, sheet_text);
    return EPI_OK;
}

static void xlsx_finish(struct epi__source *base, struct epi_findings *f)
{
    struct sheet *s = &((struct source *)base)->sheet;
    if (!s->n_merges)
        return;
    EPI_BUF_LOCAL(count, 32);
    epi_buf_printf(&count, "%llu", (unsigned long long)s->n_merges);
    epi_finding_add(f, EPI_WARNING, "xlsx.merged", 0, EPI_NIL, epi_buf_str(&s->merges),
                    epi_buf_str(&count));
}

static void xlsx_close(struct epi__source *base)
{
    struct sheet *s = &((struct source *)base)->sheet;
    epi__xml_done(&s->xml);
    epi__part_close(&s->part);
    epi__book_done(&s->book);
    epi_buf_done(&s->text);
    epi_buf_done(&s->merges);
    epi_arena_free(s->row);
}

static epi_status choose_sheet(struct sheet *s, epi_str wanted, struct epi_findings *f,
                               struct epi_err *reterr)
{
    size_t at = 0, shown = 0;
    for (size_t i = 0; i < s->book.n_sheets; i++)
        shown += !s->book.sheets[i].hidden;
    if (wanted.n) {
        while (at < s->book.n_sheets && !epi_str_eq(s->book.sheets[at].name, wanted))
            at++;
        if (at == s->book.n_sheets)
            return EPI_FAIL(reterr, EPI_NOT_FOUND, "xlsx.no-sheet", "%.*s", EPI_FMT(wanted));
    } else {
        while (shown && s->book.sheets[at].hidden)
            at++;
        if (shown > 1)
            epi_finding_add(f, EPI_NOTE, "xlsx.more-sheets", 0, EPI_NIL, s->book.sheets[at].name,
                            EPI_NIL);
    }
    s->part_name = s->book.sheets[at].part;
    return EPI_OK;
}

static epi_status open_all(struct epi_arena *a, struct source *src, epi_str bytes,
                           const struct epi_table_options *o, struct epi_findings *f,
                           struct epi_err *reterr)
{
    struct sheet *s = &src->sheet;
    EPI_TRY(epi__book_open(a, &s->book, bytes, o->max_expanded, reterr));
    EPI_TRY(epi__book_styles(a, &s->book, reterr));
    EPI_TRY(epi__book_strings(&s->book, o->max_strings, reterr));
    EPI_TRY(choose_sheet(s, o->sheet, f, reterr));
    if (s->book.date1904)
        epi_finding_add(f, EPI_NOTE, "xlsx.date-1904", 0, EPI_NIL, EPI_NIL, EPI_NIL);
    return xlsx_rewind(&src->base, reterr);
}

epi_status epi__xlsx_open(struct epi_arena *a, epi_str bytes, const struct epi_table_options *o,
                          struct epi_findings *findings, struct epi__source **ret,
                          bool *ret_date1904, struct epi_err *reterr)
{
    static const struct epi__source_ops ops = {xlsx_next, xlsx_rewind, xlsx_finish, xlsx_close,
                                               NULL};
    struct source *src = EPI_NEW(a, struct source);
    struct sheet *s = &src->sheet;
    src->base.ops = &ops;
    s->base = &src->base;
    s->text = EPI_BUF(ROW_TEXT_MAX);
    s->merges = EPI_BUF(1024);
    s->row = epi_arena_new(0);
    s->fields = EPI_ARRAY(a, EPI__COLUMNS_MAX, epi_str);
    s->kinds = EPI_ARRAY(a, EPI__COLUMNS_MAX, epi_cell_kind);
    s->offsets = EPI_ARRAY(a, EPI__COLUMNS_MAX, size_t);
    epi_status status = open_all(a, src, bytes, o, findings, reterr);
    if (status != EPI_OK) {
        xlsx_close(&src->base);
        return status;
    }
    *ret = &src->base;
    *ret_date1904 = s->book.date1904;
    return EPI_OK;
}
