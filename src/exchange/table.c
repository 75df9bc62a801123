// SPDX-License-Identifier: AGPL-3.0-or-later
#include "exchange/dates.h"
#include "exchange/source.h"
#include "exchange/values.h"

#define HEADER_SEARCH 20
#define MB ((size_t)1000 * 1000)

struct table {          /* what the caller does not see */
    struct epi_table t; /* first: the two are the same object */
    struct epi_arena *a;
    struct epi__source *source;
    struct epi_findings *findings;
    struct epi_table_options o;
    uint32_t header_row, raw_rows;
    bool has_header; /* a row of the file, unlike JSON's keys */
    bool finished;
};

static const char *const format_words[] = {"auto", "csv", "xlsx", "json"};

const char *epi_table_format_word(epi_table_format f)
{
    return f <= EPI_TABLE_JSON ? format_words[f] : "";
}

bool epi_table_format_parse(epi_str word, epi_table_format *ret)
{
    for (size_t i = 0; i < EPI_COUNT(format_words); i++)
        if (epi_str_ieq(word, epi_str_of(format_words[i]))) {
            *ret = (epi_table_format)i;
            return true;
        }
    return false;
}

static bool empty_cell(epi_str s)
{
    return s.n == 0 ||
           (((uint8_t)s.p[0] <= ' ' || (uint8_t)s.p[0] == 0xC2) && epi_str_trim(s).n == 0);
}

static size_t filled(const struct epi__raw_row *r)
{
    size_t n = 0;
    for (size_t i = 0; i < r->n; i++)
        n += !empty_cell(r->fields[i]);
    return n;
}

static epi_str number_text(struct epi_arena *a, uint64_t n)
{
    return epi_str_printf(a, "%llu", (unsigned long long)n);
}

static void tell(struct epi_findings *f, epi_severity s, const char *code, uint32_t row,
                 epi_str field, uint64_t n)
{
    EPI_BUF_LOCAL(b, 32);
    epi_buf_printf(&b, "%llu", (unsigned long long)n);
    epi_finding_add(f, s, code, row, field, epi_buf_str(&b), EPI_NIL);
}

/* --- the header ------------------------------------------------------------------------------ */
/* "A", "B" … "AA": what spreadsheets call the column. */
static epi_str column_letters(struct epi_arena *a, size_t i)
{
    char out[8];
    size_t n = sizeof out;
    for (i++; i && n; i = (i - 1) / 26)
        out[--n] = (char)('A' + (i - 1) % 26);
    return epi_str_dup(a, (epi_str){out + n, sizeof out - n});
}

/* The first row with at least half as many filled cells as the fullest of the first twenty: titles
 * and notes above a list fill one or two cells. */
static epi_status find_header(struct table *t, uint32_t *ret, struct epi_err *reterr)
{
    size_t counts[HEADER_SEARCH], n = 0, widest = 0;
    struct epi__raw_row r;
    while (n < HEADER_SEARCH && t->source->ops->next(t->source, &r)) {
        counts[n] = filled(&r);
        widest = counts[n] > widest ? counts[n] : widest;
        n++;
    }
    if (t->source->failed.status != EPI_OK) {
        if (reterr)
            *reterr = t->source->failed;
        return t->source->failed.status;
    }
    if (widest == 0)
        return EPI_FAIL(reterr, EPI_INVALID, "file.empty", "%s", "");
    size_t at = 0;
    while (counts[at] * 2 < widest || counts[at] == 0)
        at++;
    *ret = (uint32_t)at + 1;
    return EPI_OK;
}

static void name_columns(struct table *t, const epi_str *names, size_t n)
{
    while (n && empty_cell(names[n - 1])) /* trailing blanks are no columns */
        n--;
    t->t.columns = EPI_ARRAY(t->a, n + 1, epi_str);
    t->t.n_columns = n;
    for (size_t i = 0; i < n; i++) {
        epi_str name = epi_str_trim(names[i]);
        if (name.n > 200) {
            tell(t->findings, EPI_WARNING, "table.header-too-long", 0, epi_str_sub(name, 0, 40),
                 i + 1);
            size_t cut = 200;
            while (cut && ((uint8_t)name.p[cut] & 0xC0) == 0x80)
                cut--;
            name = epi_str_sub(name, 0, cut);
        }
        if (name.n == 0) {
            name = epi_str_printf(t->a, "column %.*s", EPI_FMT(column_letters(t->a, i)));
            epi_finding_add(t->findings, EPI_WARNING, "table.header-empty", 0, name, EPI_NIL,
                            EPI_NIL);
        }
        name = epi_str_dup(t->a, name);
        epi_str first = name;
        for (unsigned copy = 2;; copy++) {
            size_t k = 0;
            while (k < i && !epi_str_eq(t->t.columns[k], name))
                k++;
            if (k == i)
                break;
            if (copy == 2)
                epi_finding_add(t->findings, EPI_WARNING, "table.header-twice", 0, first,
                                column_letters(t->a, k), column_letters(t->a, i));
            name = epi_str_printf(t->a, "%.*s (%u)", EPI_FMT(first), copy);
        }
        t->t.columns[i] = name;
    }
}

/* A first row of numbers and dates is data: the file has no header. */
static bool looks_like_data(const struct epi__raw_row *r)
{
    static const struct epi_date_options any = {.order = EPI_ORDER_AUTO};
    size_t values = 0, cells = 0;
    for (size_t i = 0; i < r->n; i++) {
        double f;
        struct epi_date_reading d;
        if (empty_cell(r->fields[i]))
            continue;
        cells++;
        values += epi_number_read(r->fields[i], &f) == EPI_NOTE_NONE ||
                  epi_date_read(r->fields[i], &any, &d) == EPI_DATE_READ;
    }
    return cells > 1 && values * 2 >= cells;
}

static epi_status skip_to_data(struct table *t, struct epi__raw_row *ret_header,
                               struct epi_err *reterr)
{
    t->raw_rows = 0;
    while (t->raw_rows < t->header_row) {
        if (!t->source->ops->next(t->source, ret_header)) {
            if (t->source->failed.status != EPI_OK && reterr)
                *reterr = t->source->failed;
            if (t->source->failed.status != EPI_OK)
                return t->source->failed.status;
            return EPI_FAIL(reterr, EPI_INVALID, "table.no-header-row", "%u", t->header_row);
        }
        t->raw_rows++;
    }
    return EPI_OK;
}

static epi_status read_header(struct table *t, struct epi_err *reterr)
{
    const epi_str *names = NULL;
    size_t n = 0;
    if (t->source->ops->names && t->source->ops->names(t->source, &names, &n)) {
        name_columns(t, names, n);
        return n ? EPI_OK : EPI_FAIL(reterr, EPI_INVALID, "file.empty", "%s", "");
    }
    t->has_header = true;
    t->header_row = t->o.header_row;
    if (!t->header_row) {
        EPI_TRY(find_header(t, &t->header_row, reterr));
        EPI_TRY(t->source->ops->rewind(t->source, reterr));
        if (t->header_row > 1)
            tell(t->findings, EPI_NOTE, "table.header-at", 0, EPI_NIL, t->header_row);
    }
    struct epi__raw_row header = {0};
    EPI_TRY(skip_to_data(t, &header, reterr));
    if (looks_like_data(&header))
        epi_finding_add(t->findings, EPI_ERROR, "table.no-header", 0, EPI_NIL, EPI_NIL, EPI_NIL);
    name_columns(t, header.fields, header.n);
    return EPI_OK;
}

/* --- opening --------------------------------------------------------------------------------- */
static epi_status open_source(struct table *t, epi_str bytes, struct epi_err *reterr)
{
    const char *magic = epi_exchange_magic(bytes);
    bool book = strcmp(magic, "xlsx") == 0 || strcmp(magic, "zip") == 0;
    if (t->t.format == EPI_TABLE_XLSX || (t->t.format == EPI_TABLE_AUTO && book)) {
        t->t.format = EPI_TABLE_XLSX;
        if (!book)
            return EPI_FAIL(reterr, EPI_INVALID, *magic ? "file.other-kind" : "xlsx.not-workbook",
                            "%s", magic);
        return epi__xlsx_open(t->a, bytes, &t->o, t->findings, &t->source, &t->t.date1904, reterr);
    }
    epi_str text;
    EPI_TRY(epi_exchange_text(t->a, bytes, t->o.max_bytes, t->o.encoding, &text, &t->t.encoding,
                              t->findings, reterr));
    epi_str head = epi_str_trim(epi_str_sub(text, 0, 4096));
    if (head.n == 0 && epi_str_trim(text).n == 0)
        return EPI_FAIL(reterr, EPI_INVALID, "file.empty", "%s", "");
    bool json = head.n > 1 && (head.p[0] == '[' || head.p[0] == '{') && memchr(head.p, '"', head.n);
    if (t->t.format == EPI_TABLE_AUTO)
        t->t.format = json ? EPI_TABLE_JSON : EPI_TABLE_CSV;
    if (t->t.format == EPI_TABLE_JSON)
        return epi__json_open(t->a, text, &t->source, reterr);
    return epi__csv_open(t->a, text, t->o.separator, &t->source, reterr);
}

epi_status epi_table_open(struct epi_table **ret, epi_str bytes,
                          const struct epi_table_options *options, struct epi_findings *findings,
                          struct epi_err *reterr)
{
    struct epi_arena *a = epi_arena_new(0);
    struct table *t = EPI_NEW(a, struct table);
    t->a = a;
    t->o = options ? *options : (struct epi_table_options){.format = EPI_TABLE_AUTO};
    t->o.max_bytes = t->o.max_bytes ? t->o.max_bytes : 512 * MB;
    t->o.max_expanded = t->o.max_expanded ? t->o.max_expanded : (uint64_t)4000 * MB;
    t->o.max_strings = t->o.max_strings ? t->o.max_strings : 256 * MB;
    t->o.max_rows = t->o.max_rows ? t->o.max_rows : 10 * 1000 * 1000;
    t->o.max_cell = t->o.max_cell ? t->o.max_cell : 65536;
    t->findings = findings;
    t->t.format = t->o.format;
    epi_status s = EPI_OK;
    if (bytes.n > t->o.max_bytes)
        s = EPI_FAIL(reterr, EPI_LIMIT, "file.too-large", "%zu", t->o.max_bytes / MB);
    else if (bytes.n == 0)
        s = EPI_FAIL(reterr, EPI_INVALID, "file.empty", "%s", "");
    if (s == EPI_OK)
        s = open_source(t, bytes, reterr);
    if (s == EPI_OK) {
        t->source->max_cell = t->o.max_cell;
        s = read_header(t, reterr);
    }
    if (s != EPI_OK) {
        epi_table_close(&t->t);
        return s;
    }
    t->source->findings = findings;
    t->t.fields = EPI_ARRAY(a, t->t.n_columns + 1, epi_str);
    t->t.kinds = EPI_ARRAY(a, t->t.n_columns + 1, epi_cell_kind);
    *ret = &t->t;
    return EPI_OK;
}

void epi_table_close(struct epi_table *table)
{
    struct table *t = (struct table *)table;
    if (!t)
        return;
    if (t->source)
        t->source->ops->close(t->source);
    epi_arena_free(t->a);
}

epi_status epi_table_rewind(struct epi_table *table, struct epi_findings *findings,
                            struct epi_err *reterr)
{
    struct table *t = (struct table *)table;
    struct epi__raw_row header;
    t->source->failed = (struct epi_err){.status = EPI_OK};
    t->t.failed = t->source->failed;
    t->source->findings = NULL;
    t->source->row = 0;
    t->t.row = 0;
    t->t.ended = t->finished = false;
    t->findings = findings;
    EPI_TRY(t->source->ops->rewind(t->source, reterr));
    EPI_TRY(skip_to_data(t, &header, reterr));
    t->source->findings = findings;
    return EPI_OK;
}

/* --- rows ------------------------------------------------------------------------------------ */
static void finish(struct table *t)
{
    t->t.ended = true;
    t->t.failed = t->source->failed;
    if (t->finished)
        return;
    t->finished = true;
    t->source->row = t->t.row;
    t->source->ops->finish(t->source, t->findings);
    if (t->t.failed.status != EPI_OK)
        return;
    if (t->t.row == 0)
        epi_finding_add(t->findings, EPI_WARNING, "table.no-rows", 0, EPI_NIL, EPI_NIL, EPI_NIL);
    /* the two sizes at which spreadsheets cut lists without a word: 15,841 cases were lost like
     * this in 2020 */
    static const uint32_t limits[] = {65536, 1048576};
    for (size_t i = 0; i < EPI_COUNT(limits) && t->has_header; i++) {
        if (t->raw_rows == limits[i])
            tell(t->findings, EPI_ERROR, "file.row-limit", 0, EPI_NIL, limits[i]);
        else if (t->t.row == limits[i])
            tell(t->findings, EPI_WARNING, "file.row-limit-data", 0, EPI_NIL, limits[i]);
    }
}

static void take_row(struct table *t, const struct epi__raw_row *r)
{
    struct epi_table *v = &t->t;
    for (size_t i = 0; i < v->n_columns; i++) {
        epi_str field = i < r->n ? r->fields[i] : EPI_NIL;
        epi_cell_kind kind = i >= r->n || field.n == 0 ? EPI_CELL_EMPTY
                             : r->kinds                ? r->kinds[i]
                                                       : EPI_CELL_TEXT;
        if (field.n > t->o.max_cell) {
            tell(t->findings, EPI_ERROR, "cell.too-long", v->row, v->columns[i], field.n);
            field = EPI_NIL;
            kind = EPI_CELL_EMPTY;
        }
        v->fields[i] = field;
        v->kinds[i] = kind;
    }
    for (size_t i = v->n_columns; i < r->n; i++)
        if (!empty_cell(r->fields[i])) {
            tell(t->findings, EPI_ERROR, "table.extra-fields", v->row, EPI_NIL, r->n);
            break;
        }
    if (v->format == EPI_TABLE_CSV && r->n < v->n_columns)
        tell(t->findings, EPI_WARNING, "table.short-row", v->row, EPI_NIL, r->n);
}

bool epi_table_next(struct epi_table *table)
{
    struct table *t = (struct table *)table;
    struct epi__raw_row r;
    while (!t->t.ended) {
        t->source->row = t->t.row + 1;
        if (!t->source->ops->next(t->source, &r)) {
            finish(t);
            return false;
        }
        /* a sheet may leave rows out: its own row number counts */
        t->raw_rows = t->t.format == EPI_TABLE_XLSX ? r.line : t->raw_rows + 1;
        if (filled(&r) == 0)
            continue;
        if (t->t.row == t->o.max_rows) {
            (void)EPI_FAIL(&t->source->failed, EPI_LIMIT, "table.too-many-rows", "%.*s",
                           EPI_FMT(number_text(t->a, t->o.max_rows)));
            finish(t);
            return false;
        }
        t->t.row++;
        t->t.line = r.line;
        take_row(t, &r);
        return true;
    }
    return false;
}
