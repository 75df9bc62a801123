// SPDX-License-Identifier: AGPL-3.0-or-later
#include "base/json.h"
#include <jansson.h>
#include <math.h>

#define JSON_EXACT_MAX 9007199254740992.0 /* 2^53: integers up to here are exact in a double */

static epi_status too_large(struct epi_err *reterr, size_t max)
{
    return EPI_FAIL(reterr, EPI_LIMIT, "json.too-large", "%zu", max);
}

static epi_str copy_text(struct epi_arena *a, const char *p, size_t n, bool *full)
{
    if (n == 0)
        return (epi_str){"", 0};
    char *out = epi_arena_try(a, n);
    if (!out) {
        *full = true;
        return EPI_NIL;
    }
    memcpy(out, p, n);
    return (epi_str){out, n};
}

/* Containers whose depth passes the limit set *deep; an exhausted arena sets *full. */
static epi_json *convert(struct epi_arena *a, json_t *from, unsigned depth, bool *deep, bool *full)
{
    epi_json *j = epi_arena_try(a, sizeof *j);
    if (!j) {
        *full = true;
        return NULL;
    }
    epi_json *last = NULL;
    switch (json_typeof(from)) {
    case JSON_NULL:
        j->type = EPI_JSON_NULL;
        return j;
    case JSON_TRUE:
    case JSON_FALSE:
        j->type = EPI_JSON_BOOL;
        j->i = json_is_true(from);
        return j;
    case JSON_INTEGER:
        j->type = EPI_JSON_INT;
        j->i = json_integer_value(from);
        j->f = (double)j->i;
        return j;
    case JSON_REAL:
        j->type = EPI_JSON_REAL;
        j->f = json_real_value(from);
        return j;
    case JSON_STRING:
        j->type = EPI_JSON_TEXT;
        j->text = copy_text(a, json_string_value(from), json_string_length(from), full);
        return j;
    case JSON_ARRAY:
    case JSON_OBJECT:
        break;
    }
    if (depth >= EPI_JSON_DEPTH) {
        *deep = true;
        return NULL;
    }
    bool object = json_is_object(from);
    j->type = object ? EPI_JSON_OBJECT : EPI_JSON_ARRAY;
    j->count = object ? json_object_size(from) : json_array_size(from);
    void *member = object ? json_object_iter(from) : NULL;
    for (size_t i = 0; i < j->count; i++) {
        json_t *value = object ? json_object_iter_value(member) : json_array_get(from, i);
        epi_json *child = convert(a, value, depth + 1, deep, full);
        if (!child)
            return NULL;
        if (object) {
            const char *key = json_object_iter_key(member);
            child->key = copy_text(a, key, strlen(key), full);
            member = json_object_iter_next(from, member);
        }
        if (last)
            last->next = child;
        else
            j->first = child;
        last = child;
    }
    return j;
}

static void decref(json_t **j)
{
    json_decref(*j);
}

epi_status epi_json_parse(struct epi_arena *a, epi_str text, size_t max, const epi_json **ret,
                          struct epi_err *reterr)
{
    if (text.n > max)
        return too_large(reterr, max);
    if (!epi_utf8_valid(text))
        return EPI_FAIL(reterr, EPI_INVALID, "json.not-utf8", "");
    json_error_t error;
    EPI_CLEANUP(decref)
    json_t *tree =
        json_loadb(text.p ? text.p : "", text.n, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
    if (!tree) {
        /* The library's own sentence quotes the input, which may name a person: only the place is
         * told. */
        const char *code = "json.unreadable";
        switch (json_error_code(&error)) {
        case json_error_duplicate_key:
            code = "json.duplicate-key";
            break;
        case json_error_stack_overflow:
            return EPI_FAIL(reterr, EPI_LIMIT, "json.too-deep", "%d", EPI_JSON_DEPTH);
        case json_error_numeric_overflow:
            code = "json.number-range";
            break;
        default:
            break;
        }
        return EPI_FAIL(reterr, EPI_INVALID, code, "%d\x1f%d", error.line, error.column);
    }
    bool deep = false, full = false;
    struct epi_arena_mark mark = epi_arena_mark(a);
    const epi_json *j = convert(a, tree, 0, &deep, &full);
    if (deep || full) {
        epi_arena_release(a, mark);
        if (deep)
            return EPI_FAIL(reterr, EPI_LIMIT, "json.too-deep", "%d", EPI_JSON_DEPTH);
        return too_large(reterr, max);
    }
    *ret = j;
    return EPI_OK;
}

const epi_json *epi_json_get(const epi_json *j, const char *key)
{
    if (!j || j->type != EPI_JSON_OBJECT)
        return NULL;
    EPI_JSON_EACH (member, j)
        if (epi_str_eqz(member->key, key))
            return member;
    return NULL;
}

epi_str epi_json_text(const epi_json *j, const char *key, epi_str otherwise)
{
    const epi_json *m = epi_json_get(j, key);
    return m && m->type == EPI_JSON_TEXT ? m->text : otherwise;
}

int64_t epi_json_int(const epi_json *j, const char *key, int64_t otherwise)
{
    const epi_json *m = epi_json_get(j, key);
    if (m && m->type == EPI_JSON_INT)
        return m->i;
    if (m && m->type == EPI_JSON_REAL && fabs(m->f) <= JSON_EXACT_MAX && m->f == floor(m->f))
        return (int64_t)m->f;
    return otherwise;
}

double epi_json_real(const epi_json *j, const char *key, double otherwise)
{
    const epi_json *m = epi_json_get(j, key);
    return m && (m->type == EPI_JSON_REAL || m->type == EPI_JSON_INT) ? m->f : otherwise;
}

bool epi_json_bool(const epi_json *j, const char *key, bool otherwise)
{
    const epi_json *m = epi_json_get(j, key);
    return m && m->type == EPI_JSON_BOOL ? m->i != 0 : otherwise;
}
