// SPDX-License-Identifier: AGPL-3.0-or-later
#include "exchange/xlsx_book.h"

#include <stdlib.h>

#define SHEETS_MAX 1000
#define STYLES_MAX 65536
#define CUSTOM_MAX 1000
#define RELS_MAX 2000

static int to_int(const char *cz, int otherwise)
{
    int64_t v = 0;
    return cz && epi_str_to_i64(epi_str_of(cz), &v) && v >= 0 && v < 100000000 ? (int)v : otherwise;
}

static bool is_on(const char *cz)
{
    return cz && (strcmp(cz, "1") == 0 || strcmp(cz, "true") == 0 || strcmp(cz, "on") == 0);
}

/* --- workbook.xml and its relations ---------------------------------------------------------- */
struct book_reader {
    struct epi__xml xml;
    struct epi_arena *a;
    struct epi__book *b;
    epi_str ids[SHEETS_MAX]; /* relation of each sheet */
    epi_str rel_id[RELS_MAX], rel_target[RELS_MAX];
    size_t n_rels;
};

static void book_start(void *user, const XML_Char *name, const XML_Char **attrs)
{
    struct book_reader *r = user;
    const char *const *at = (const char *const *)attrs;
    const char *local = epi__xml_local(name);
    if (strcmp(local, "workbookPr") == 0) {
        r->b->date1904 = is_on(epi__xml_attr(at, "date1904"));
    } else if (strcmp(local, "sheet") == 0) {
        if (r->b->n_sheets == SHEETS_MAX) {
            epi__xml_stop(&r->xml, "xlsx.too-many-sheets", EPI_LIMIT);
            return;
        }
        const char *title = epi__xml_attr(at, "name"), *state = epi__xml_attr(at, "state"),
                   *id = NULL;
        for (size_t i = 0; at[i]; i += 2) /* "r:id", not "sheetId" */
            if (strcmp(epi__xml_local(at[i]), "id") == 0 && strchr(at[i], ':'))
                id = at[i + 1];
        struct epi__sheet *s = &r->b->sheets[r->b->n_sheets];
        s->name = epi_text_clean(r->a, epi_str_of(title));
        s->hidden = state && strcmp(state, "visible") != 0;
        r->ids[r->b->n_sheets++] = epi_str_dup(r->a, epi_str_of(id));
    } else if (strcmp(local, "Relationship") == 0 && r->n_rels < RELS_MAX) {
        r->rel_id[r->n_rels] = epi_str_dup(r->a, epi_str_of(epi__xml_attr(at, "Id")));
        r->rel_target[r->n_rels++] = epi_str_dup(r->a, epi_str_of(epi__xml_attr(at, "Target")));
    }
}

static const char *part_path(struct epi_arena *a, epi_str target)
{
    if (epi_str_starts(target, EPI_S("/")))
        return epi_str_cz(a, epi_str_sub(target, 1, target.n));
    return epi_str_cz(a, epi_str_printf(a, "xl/%.*s", EPI_FMT(target)));
}

epi_status epi__book_open(struct epi_arena *a, struct epi__book *b, epi_str bytes,
                          uint64_t max_expanded, struct epi_err *reterr)
{
    *b = (struct epi__book){.n_sheets = 0};
    EPI_TRY(epi__zip_open(&b->zip, bytes, max_expanded, reterr));
    if (!epi__zip_has(&b->zip, "xl/workbook.xml"))
        return EPI_FAIL(reterr, EPI_INVALID, "xlsx.not-workbook", "%s", "");
    b->sheets = EPI_ARRAY(a, SHEETS_MAX, struct epi__sheet);
    struct book_reader *r = EPI_NEW(a, struct book_reader);
    r->a = a;
    r->b = b;
    static const char *const parts[] = {"xl/workbook.xml", "xl/_rels/workbook.xml.rels"};
    for (size_t i = 0; i < 2; i++) {
        if (i == 1 && !epi__zip_has(&b->zip, parts[i]))
            break;
        epi__xml_init(&r->xml, book_start, NULL, NULL);
        epi_status s = epi__xml_run(&r->xml, &b->zip, parts[i], reterr);
        epi__xml_done(&r->xml);
        EPI_TRY(s);
    }
    for (size_t i = 0; i < b->n_sheets; i++) {
        for (size_t k = 0; k < r->n_rels && !b->sheets[i].part; k++)
            if (epi_str_eq(r->rel_id[k], r->ids[i]))
                b->sheets[i].part = part_path(a, r->rel_target[k]);
        if (!b->sheets[i].part)
            b->sheets[i].part =
                epi_str_cz(a, epi_str_printf(a, "xl/worksheets/sheet%zu.xml", i + 1));
    }
    return b->n_sheets ? EPI_OK : EPI_FAIL(reterr, EPI_INVALID, "xlsx.not-workbook", "%s", "");
}

/* --- styles ---------------------------------------------------------------------------------- */
struct custom_format {
    int id;
    enum epi__style style;
};
struct style_reader {
    struct epi__xml xml;
    struct epi__book *b;
    struct custom_format *custom;
    size_t n_custom;
    bool in_cell_formats;
};

enum epi__style epi__number_format(int id, epi_str code)
{
    if ((id >= 14 && id <= 17) || id == 22 || (id >= 27 && id <= 36) || (id >= 50 && id <= 58))
        return EPI__DATE;
    if ((id >= 18 && id <= 21) || (id >= 45 && id <= 47))
        return EPI__TIME;
    bool day_or_year = false, time = false;
    for (size_t i = 0; i < code.n; i++) {
        char c = code.p[i] | 32;
        if (code.p[i] == '"') { /* literal text */
            for (i++; i < code.n && code.p[i] != '"'; i++)
                continue;
        } else if (code.p[i] == '\\' || code.p[i] == '_' || code.p[i] == '*') {
            i++;
        } else if (code.p[i] == '[') { /* [Red], [$-42A]; [h] is an elapsed time */
            size_t from = i + 1;
            while (i < code.n && code.p[i] != ']')
                i++;
            char first = from < code.n ? code.p[from] | 32 : 0;
            time |= i - from <= 2 && (first == 'h' || first == 'm' || first == 's');
        } else if (c == 'd' || c == 'y') {
            day_or_year = true;
        } else if (c == 'h' || c == 's') {
            time = true;
        } else if (c == 'g' || c == 'e') { /* General, exponents */
            if (epi_str_ieq(epi_str_sub(code, i, 7), EPI_S("general")))
                i += 6;
        } else if (code.p[i] == ';') {
            break;
        }
    }
    return day_or_year ? EPI__DATE : time ? EPI__TIME : EPI__PLAIN;
}

static void style_start(void *user, const XML_Char *name, const XML_Char **attrs)
{
    struct style_reader *r = user;
    const char *const *at = (const char *const *)attrs;
    const char *local = epi__xml_local(name);
    if (strcmp(local, "numFmt") == 0 && r->n_custom < CUSTOM_MAX) {
        epi_str code = epi_str_of(epi__xml_attr(at, "formatCode"));
        r->custom[r->n_custom].id = to_int(epi__xml_attr(at, "numFmtId"), -1);
        r->custom[r->n_custom++].style = epi__number_format(-1, code);
    } else if (strcmp(local, "cellXfs") == 0) {
        r->in_cell_formats = true;
    } else if (strcmp(local, "xf") == 0 && r->in_cell_formats && r->b->n_styles < STYLES_MAX) {
        int id = to_int(epi__xml_attr(at, "numFmtId"), 0);
        enum epi__style style = epi__number_format(id, EPI_NIL);
        for (size_t i = 0; i < r->n_custom; i++)
            if (r->custom[i].id == id)
                style = r->custom[i].style;
        r->b->styles[r->b->n_styles++] = (uint8_t)style;
    }
}

static void style_end(void *user, const XML_Char *name)
{
    struct style_reader *r = user;
    if (strcmp(epi__xml_local(name), "cellXfs") == 0)
        r->in_cell_formats = false;
}

epi_status epi__book_styles(struct epi_arena *a, struct epi__book *b, struct epi_err *reterr)
{
    if (!epi__zip_has(&b->zip, "xl/styles.xml"))
        return EPI_OK;
    struct style_reader r = {.b = b, .custom = EPI_ARRAY(a, CUSTOM_MAX, struct custom_format)};
    b->styles = EPI_ARRAY(a, STYLES_MAX, uint8_t);
    epi__xml_init(&r.xml, style_start, style_end, NULL);
    epi_status s = epi__xml_run(&r.xml, &b->zip, "xl/styles.xml", reterr);
    epi__xml_done(&r.xml);
    return s;
}

/* --- shared strings -------------------------------------------------------------------------- */
struct string_reader {
    struct epi__xml xml;
    struct epi__strings *s;
    struct epi_arena *scratch;
    struct epi_buf item;
    size_t max;
    unsigned phonetic;
    bool in_text;
};

static void string_start(void *user, const XML_Char *name, const XML_Char **attrs)
{
    struct string_reader *r = user;
    (void)attrs;
    const char *local = epi__xml_local(name);
    if (strcmp(local, "t") == 0)
        r->in_text = r->phonetic == 0;
    else if (strcmp(local, "rPh") == 0) /* reading aids of East Asian texts */
        r->phonetic++;
}

static void string_add(struct string_reader *r)
{
    struct epi__strings *s = r->s;
    epi_str text = epi__xlsx_text(r->scratch, epi_buf_str(&r->item));
    size_t used = s->n + text.n + (s->count + 2) * sizeof *s->start;
    if (r->item.full || used > r->max) {
        epi__xml_stop(&r->xml, "xlsx.strings-too-large", EPI_LIMIT);
        return;
    }
    if (s->n + text.n > s->cap) {
        s->cap = (s->n + text.n) * 2;
        s->text = epi_xrealloc(s->text, s->cap);
    }
    if (s->count + 2 > s->start_cap) {
        s->start_cap = (s->count + 2) * 2;
        s->start = epi_xrealloc(s->start, s->start_cap * sizeof *s->start);
    }
    if (text.n)
        memcpy(s->text + s->n, text.p, text.n);
    s->start[s->count++] = s->n;
    s->n += text.n;
    s->start[s->count] = s->n;
    epi_buf_clear(&r->item);
    epi_arena_reset(r->scratch);
}

static void string_end(void *user, const XML_Char *name)
{
    struct string_reader *r = user;
    const char *local = epi__xml_local(name);
    if (strcmp(local, "t") == 0)
        r->in_text = false;
    else if (strcmp(local, "rPh") == 0)
        r->phonetic -= r->phonetic > 0;
    else if (strcmp(local, "si") == 0)
        string_add(r);
}

static void string_text(void *user, const XML_Char *text, int n)
{
    struct string_reader *r = user;
    if (r->in_text)
        epi_buf_put(&r->item, (epi_str){text, (size_t)n});
}

epi_status epi__book_strings(struct epi__book *b, size_t max, struct epi_err *reterr)
{
    const char *part = "xl/sharedStrings.xml";
    if (!epi__zip_has(&b->zip, part))
        return EPI_OK;
    EPI_ARENA_LOCAL(scratch);
    struct string_reader r = {
        .s = &b->strings, .scratch = scratch, .item = EPI_BUF(max), .max = max};
    epi__xml_init(&r.xml, string_start, string_end, string_text);
    epi_status s = epi__xml_run(&r.xml, &b->zip, part, reterr);
    epi__xml_done(&r.xml);
    epi_buf_done(&r.item);
    return s;
}

epi_str epi__book_string(const struct epi__book *b, size_t i)
{
    const struct epi__strings *s = &b->strings;
    return i < s->count ? (epi_str){s->text + s->start[i], s->start[i + 1] - s->start[i]} : EPI_NIL;
}

void epi__book_done(struct epi__book *b)
{
    epi__zip_close(&b->zip);
    free(b->strings.text);
    free(b->strings.start);
    b->strings = (struct epi__strings){.text = NULL};
}

/* --- text ------------------------------------------------------------------------------------ */
static int hex4(const char *p)
{
    int v = 0;
    for (int i = 0; i < 4; i++) {
        char c = p[i];
        int d = c >= '0' && c <= '9'                 ? c - '0'
                : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10
                                                     : -1;
        if (d < 0)
            return -1;
        v = v * 16 + d;
    }
    return v;
}

epi_str epi__xlsx_text(struct epi_arena *a, epi_str raw)
{
    if (epi_str_find(raw, EPI_S("_x"), 0) == SIZE_MAX)
        return epi_text_clean(a, raw);
    EPI_BUF_LOCAL(out, raw.n + 16);
    for (size_t i = 0; i < raw.n; i++) {
        int v = -1;
        if (raw.p[i] == '_' && i + 6 < raw.n && raw.p[i + 1] == 'x' && raw.p[i + 6] == '_')
            v = hex4(raw.p + i + 2);
        if (v < 0 || (v >= 0xD800 && v < 0xE000)) {
            epi_buf_putc(&out, raw.p[i]);
            continue;
        }
        char u[4];
        epi_buf_put(&out, (epi_str){u, epi_utf8_put(u, (uint32_t)v)});
        i += 6;
    }
    return epi_text_clean(a, epi_str_dup(a, epi_buf_str(&out)));
}
