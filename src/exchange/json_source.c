// SPDX-License-Identifier: AGPL-3.0-or-later
#include "exchange/source.h"

/* One row object may have at most this many bytes. */
#define ROW_MAX ((size_t)16 * 1024 * 1024)

/* An array of objects is cut into its elements by a scanner that knows brackets and strings; each
 * element is then parsed alone, so a large file needs the memory of one row. */
struct json_source {
    struct epi__source base;
    epi_str text;
    size_t start, at; /* after '[' ; next element */
    uint32_t element;
    bool ended;
    epi_str *names;
    size_t n_names;
    uint32_t *table; /* open addressing over names: index + 1 */
    size_t table_size;
    struct epi_arena *row;
    epi_str *fields;
    epi_cell_kind *kinds;
};

static size_t blank(epi_str s, size_t at)
{
    while (at < s.n && (s.p[at] == ' ' || s.p[at] == '\t' || s.p[at] == '\n' || s.p[at] == '\r'))
        at++;
    return at;
}

static size_t string_end(epi_str s,
                         size_t at) /* at the opening quote; SIZE_MAX when it never closes */
{
    for (at++; at < s.n; at++) {
        if (s.p[at] == '\\')
            at++;
        else if (s.p[at] == '"')
            return at + 1;
    }
    return SIZE_MAX;
}

/* End of the value that starts at `at`, by brackets alone. */
static size_t value_end(epi_str s, size_t at)
{
    size_t depth = 0;
    while (at < s.n) {
        char c = s.p[at];
        if (c == '"') {
            at = string_end(s, at);
            if (at == SIZE_MAX || depth == 0)
                return at;
            continue;
        }
        if (c == '{' || c == '[') {
            depth++;
        } else if (c == '}' || c == ']') {
            if (depth == 0)
                return at;
            if (--depth == 0)
                return at + 1;
        } else if (c == ',' && depth == 0) {
            return at;
        }
        at++;
    }
    return depth ? SIZE_MAX : at;
}

/* Finds the array: the whole text, or the member "rows" (or "data") of the whole object. */
static bool find_array(epi_str s, size_t *ret)
{
    size_t at = blank(s, 0);
    if (at < s.n && s.p[at] == '[') {
        *ret = at + 1;
        return true;
    }
    if (at >= s.n || s.p[at] != '{')
        return false;
    for (at = blank(s, at + 1); at < s.n && s.p[at] == '"';) {
        size_t end = string_end(s, at);
        if (end == SIZE_MAX)
            return false;
        epi_str key = epi_str_sub(s, at + 1, end - at - 2);
        at = blank(s, end);
        if (at >= s.n || s.p[at] != ':')
            return false;
        at = blank(s, at + 1);
        bool rows = epi_str_eq(key, EPI_S("rows")) || epi_str_eq(key, EPI_S("data"));
        if (rows && at < s.n && s.p[at] == '[') {
            *ret = at + 1;
            return true;
        }
        at = value_end(s, at);
        if (at == SIZE_MAX)
            return false;
        at = blank(s, at);
        if (at < s.n && s.p[at] == ',')
            at = blank(s, at + 1);
    }
    return false;
}

/* The next element as text. False at the end of the array or on broken text (then `failed` is set).
 */
static bool next_element(struct json_source *s, epi_str *ret)
{
    size_t at = blank(s->text, s->at);
    if (at < s->text.n && s->text.p[at] == ',' && s->element)
        at = blank(s->text, at + 1);
    if (at < s->text.n && s->text.p[at] == ']')
        return false;
    size_t end = at < s->text.n ? value_end(s->text, at) : SIZE_MAX;
    if (end == SIZE_MAX || end == at || end >= s->text.n) {
        (void)EPI_FAIL(&s->base.failed, EPI_INVALID, "json.cut", "%u", s->element + 1);
        return false;
    }
    if (end - at > ROW_MAX) {
        (void)EPI_FAIL(&s->base.failed, EPI_LIMIT, "json.row-too-large", "%u", s->element + 1);
        return false;
    }
    *ret = epi_str_sub(s->text, at, end - at);
    s->at = end;
    s->element++;
    return true;
}

static size_t slot_of(const struct json_source *s, epi_str name)
{
    size_t i = (size_t)epi_str_hash(name) & (s->table_size - 1);
    while (s->table[i] && !epi_str_eq(s->names[s->table[i] - 1], name))
        i = (i + 1) & (s->table_size - 1);
    return i;
}

static const epi_json *parse_row(struct json_source *s, epi_str element)
{
    const epi_json *j = NULL;
    epi_arena_reset(s->row);
    if (epi_json_parse(s->row, element, ROW_MAX, &j, &s->base.failed) != EPI_OK)
        return NULL;
    if (j->type != EPI_JSON_OBJECT) {
        (void)EPI_FAIL(&s->base.failed, EPI_INVALID, "json.not-objects", "%u", s->element);
        return NULL;
    }
    return j;
}

/* First pass: every element must be an object; their keys are the columns, in order of appearance.
 */
static epi_status collect_names(struct epi_arena *a, struct json_source *s, struct epi_err *reterr)
{
    epi_str element;
    while (next_element(s, &element)) {
        const epi_json *j = parse_row(s, element);
        if (!j)
            break;
        EPI_JSON_EACH (member, j) {
            size_t slot = slot_of(s, member->key);
            if (s->table[slot])
                continue;
            if (s->n_names == EPI__COLUMNS_MAX)
                return EPI_FAIL(reterr, EPI_LIMIT, "table.too-many-columns", "%d",
                                EPI__COLUMNS_MAX);
            s->names[s->n_names++] = epi_str_dup(a, member->key);
            s->table[slot] = (uint32_t)s->n_names;
        }
    }
    if (s->base.failed.status != EPI_OK) {
        if (reterr)
            *reterr = s->base.failed;
        return s->base.failed.status;
    }
    return EPI_OK;
}

static void put_value(struct json_source *s, size_t column, const epi_json *v)
{
    epi_str text = EPI_NIL;
    epi_cell_kind kind = EPI_CELL_EMPTY;
    switch (v->type) {
    case EPI_JSON_NULL:
        break;
    case EPI_JSON_BOOL:
        text = v->i ? EPI_S("true") : EPI_S("false");
        kind = EPI_CELL_BOOL;
        break;
    case EPI_JSON_INT:
        text = epi_str_printf(s->row, "%lld", (long long)v->i);
        kind = EPI_CELL_NUMBER;
        break;
    case EPI_JSON_REAL:
        text = epi_str_printf(s->row, "%.15g", v->f);
        kind = EPI_CELL_NUMBER;
        break;
    case EPI_JSON_TEXT:
        text = epi_text_clean(s->row, v->text);
        kind = text.n ? EPI_CELL_TEXT : EPI_CELL_EMPTY;
        break;
    case EPI_JSON_ARRAY:
    case EPI_JSON_OBJECT:
        epi_finding_add(s->base.findings, EPI_ERROR, "json.nested", s->base.row, s->names[column],
                        EPI_NIL, EPI_NIL);
        break;
    }
    s->fields[column] = text;
    s->kinds[column] = kind;
}

static bool json_next(struct epi__source *base, struct epi__raw_row *ret)
{
    struct json_source *s = (struct json_source *)base;
    epi_str element;
    const epi_json *j = next_element(s, &element) ? parse_row(s, element) : NULL;
    if (!j)
        return false;
    for (size_t i = 0; i < s->n_names; i++) {
        s->fields[i] = EPI_NIL;
        s->kinds[i] = EPI_CELL_EMPTY;
    }
    EPI_JSON_EACH (member, j) {
        uint32_t at = s->table[slot_of(s, member->key)];
        if (at)
            put_value(s, at - 1, member);
    }
    *ret = (struct epi__raw_row){s->fields, s->kinds, s->n_names, s->element};
    return true;
}

static epi_status json_rewind(struct epi__source *base, struct epi_err *reterr)
{
    struct json_source *s = (struct json_source *)base;
    (void)reterr;
    s->at = s->start;
    s->element = 0;
    return EPI_OK;
}

static void json_finish(struct epi__source *base, struct epi_findings *f)
{
    (void)base;
    (void)f;
}

static void json_close(struct epi__source *base)
{
    epi_arena_free(((struct json_source *)base)->row);
}

static bool json_names(struct epi__source *base, const epi_str **ret, size_t *ret_n)
{
    struct json_source *s = (struct json_source *)base;
    *ret = s->names;
    *ret_n = s->n_names;
    return true;
}

epi_status epi__json_open(struct epi_arena *a, epi_str text, struct epi__source **ret,
                          struct epi_err *reterr)
{
    static const struct epi__source_ops ops = {json_next, json_rewind, json_finish, json_close,
                                               json_names};
    size_t start = 0;
    if (!find_array(text, &start))
        return EPI_FAIL(reterr, EPI_INVALID, "json.no-rows", "%s", "");
    struct json_source *s = EPI_NEW(a, struct json_source);
    s->base.ops = &ops;
    s->text = text;
    s->start = s->at = start;
    s->names = EPI_ARRAY(a, EPI__COLUMNS_MAX, epi_str);
    s->table_size = EPI__COLUMNS_MAX * 4;
    s->table = EPI_ARRAY(a, s->table_size, uint32_t);
    s->row = epi_arena_new(0);
    epi_status status = collect_names(a, s, reterr);
    if (status != EPI_OK) {
        json_close(&s->base);
        return status;
    }
    s->fields = EPI_ARRAY(a, s->n_names + 1, epi_str);
    s->kinds = EPI_ARRAY(a, s->n_names + 1, epi_cell_kind);
    *ret = &s->base;
    return json_rewind(&s->base, reterr);
}
