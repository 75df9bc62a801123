// SPDX-License-Identifier: AGPL-3.0-or-later
#include "base/json.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* Writes the comma that is due and notes that a value stands here. */
static void begin_value(struct epi_jw *w)
{
    if (w->key) {
        w->key = false;
        return;
    }
    if (w->depth == 0)
        return;
    if (w->comma[w->depth - 1])
        epi_buf_putc(w->b, ',');
    w->comma[w->depth - 1] = true;
}

static void open_container(struct epi_jw *w, char c)
{
    begin_value(w);
    EPI_ASSERT(w->depth < EPI_JSON_DEPTH);
    w->comma[w->depth++] = false;
    epi_buf_putc(w->b, c);
}

static void close_container(struct epi_jw *w, char c)
{
    EPI_ASSERT(w->depth > 0 && !w->key);
    w->depth--;
    epi_buf_putc(w->b, c);
}

void epi_jw_object(struct epi_jw *w)
{
    open_container(w, '{');
}

void epi_jw_object_end(struct epi_jw *w)
{
    close_container(w, '}');
}

void epi_jw_array(struct epi_jw *w)
{
    open_container(w, '[');
}

void epi_jw_array_end(struct epi_jw *w)
{
    close_container(w, ']');
}

static void put_escaped(struct epi_buf *b, unsigned char c)
{
    static const char hex[] = "0123456789abcdef";
    switch (c) {
    case '"':
        epi_buf_put(b, EPI_S("\\\""));
        return;
    case '\\':
        epi_buf_put(b, EPI_S("\\\\"));
        return;
    case '\n':
        epi_buf_put(b, EPI_S("\\n"));
        return;
    case '\r':
        epi_buf_put(b, EPI_S("\\r"));
        return;
    case '\t':
        epi_buf_put(b, EPI_S("\\t"));
        return;
    default: {
        char text[6] = {'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]};
        epi_buf_put(b, (epi_str){text, sizeof text});
    }
    }
}

/* Runs of plain bytes are copied whole; a byte that is no UTF-8 becomes U+FFFD. */
static void put_string(struct epi_buf *b, epi_str s)
{
    size_t run = 0, at = 0;
    epi_buf_putc(b, '"');
    while (at < s.n) {
        unsigned char c = (unsigned char)s.p[at];
        if (c >= 0x20 && c < 0x80 && c != '"' && c != '\\') {
            at++;
            continue;
        }
        size_t next = at;
        bool bad = false;
        if (c >= 0x80) {
            bad = epi_utf8_next(s, &next) == 0xFFFD && next - at == 1;
            if (!bad) {
                at = next;
                continue;
            }
        }
        epi_buf_put(b, (epi_str){s.p + run, at - run});
        if (bad)
            epi_buf_put(b, EPI_S("\xEF\xBF\xBD"));
        else
            put_escaped(b, c);
        run = ++at;
    }
    if (s.n > run)
        epi_buf_put(b, (epi_str){s.p + run, s.n - run});
    epi_buf_putc(b, '"');
}

void epi_jw_keys(struct epi_jw *w, epi_str key)
{
    EPI_ASSERT(!w->key && w->depth > 0);
    begin_value(w);
    put_string(w->b, key);
    epi_buf_putc(w->b, ':');
    w->key = true;
}

void epi_jw_key(struct epi_jw *w, const char *key)
{
    epi_jw_keys(w, epi_str_of(key));
}

void epi_jw_text(struct epi_jw *w, epi_str s)
{
    begin_value(w);
    put_string(w->b, s);
}

void epi_jw_textz(struct epi_jw *w, const char *cz)
{
    if (cz)
        epi_jw_text(w, epi_str_of(cz));
    else
        epi_jw_null(w);
}

void epi_jw_int(struct epi_jw *w, int64_t i)
{
    char text[24];
    size_t at = sizeof text;
    uint64_t v = i < 0 ? 0 - (uint64_t)i : (uint64_t)i;
    do {
        text[--at] = (char)('0' + v % 10);
        v /= 10;
    } while (v);
    if (i < 0)
        text[--at] = '-';
    begin_value(w);
    epi_buf_put(w->b, (epi_str){text + at, sizeof text - at});
}

/* Most numbers we write are short decimals such as 0.25 or 12.5. When r / 10^k gives the number
 * itself, "r with k decimals" reads back exactly, since both the division and the reading round
 * correctly. */
static size_t short_decimal(char out[32], double f)
{
    static const double powers[] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6};
    double positive = fabs(f);
    if (!(positive >= 1e-4 && positive < 1e9))
        return 0;
    for (size_t k = 1; k < EPI_COUNT(powers); k++) {
        double r = nearbyint(positive * powers[k]);
        if (r / powers[k] != positive)
            continue;
        uint64_t v = (uint64_t)r;
        size_t n = 32, decimals = k;
        for (; v > 0 || n > 31 - k - 1; v /= 10) {
            out[--n] = (char)('0' + v % 10);
            if (--decimals == 0)
                out[--n] = '.';
        }
        if (f < 0)
            out[--n] = '-';
        memmove(out, out + n, 32 - n);
        return 32 - n;
    }
    return 0;
}

void epi_jw_real(struct epi_jw *w, double f)
{
    char text[32];
    if (!isfinite(f)) {
        epi_jw_null(w);
        return;
    }
    if (f == 0 && signbit(f)) { /* "-0" would be read as a whole number, which has no sign */
        epi_jw_raw(w, EPI_S("-0.0"));
        return;
    }
    if (f == floor(f) && fabs(f) < 1e15) {
        epi_jw_int(w, (int64_t)f);
        return;
    }
    size_t n = short_decimal(text, f);
    if (n > 0) {
        begin_value(w);
        epi_buf_put(w->b, (epi_str){text, n});
        return;
    }
    for (int digits = 15; digits <= 17; digits++) {
        (void)snprintf(text, sizeof text, "%.*g", digits, f);
        if (strtod(text, NULL) == f)
            break;
    }
    begin_value(w);
    epi_buf_putz(w->b, text);
}

void epi_jw_bool(struct epi_jw *w, bool b)
{
    begin_value(w);
    epi_buf_putz(w->b, b ? "true" : "false");
}

void epi_jw_null(struct epi_jw *w)
{
    begin_value(w);
    epi_buf_put(w->b, EPI_S("null"));
}

void epi_jw_raw(struct epi_jw *w, epi_str json)
{
    begin_value(w);
    epi_buf_put(w->b, json);
}

void epi_jw_kv(struct epi_jw *w, const char *key, epi_str s)
{
    epi_jw_key(w, key);
    epi_jw_text(w, s);
}

void epi_jw_kvz(struct epi_jw *w, const char *key, const char *cz)
{
    epi_jw_key(w, key);
    epi_jw_textz(w, cz);
}

void epi_jw_kvi(struct epi_jw *w, const char *key, int64_t i)
{
    epi_jw_key(w, key);
    epi_jw_int(w, i);
}

void epi_jw_kvr(struct epi_jw *w, const char *key, double f)
{
    epi_jw_key(w, key);
    epi_jw_real(w, f);
}

void epi_jw_kvb(struct epi_jw *w, const char *key, bool b)
{
    epi_jw_key(w, key);
    epi_jw_bool(w, b);
}

/* Writes a value that was read. Recursion ends at EPI_JSON_DEPTH, which reading enforces. */
void epi_jw_json(struct epi_jw *w, const epi_json *j)
{
    switch (j->type) {
    case EPI_JSON_NULL:
        epi_jw_null(w);
        break;
    case EPI_JSON_BOOL:
        epi_jw_bool(w, j->i != 0);
        break;
    case EPI_JSON_INT:
        epi_jw_int(w, j->i);
        break;
    case EPI_JSON_REAL:
        epi_jw_real(w, j->f);
        break;
    case EPI_JSON_TEXT:
        epi_jw_text(w, j->text);
        break;
    case EPI_JSON_ARRAY:
        epi_jw_array(w);
        EPI_JSON_EACH (item, j)
            epi_jw_json(w, item);
        epi_jw_array_end(w);
        break;
    case EPI_JSON_OBJECT:
        epi_jw_object(w);
        EPI_JSON_EACH (item, j) {
            epi_jw_keys(w, item->key);
            epi_jw_json(w, item);
        }
        epi_jw_object_end(w);
        break;
    }
}

void epi_jw_findings(struct epi_jw *w, const struct epi_findings *f, epi_lang lang)
{
    EPI_ARENA_LOCAL(scratch);
    epi_jw_array(w);
    for (size_t i = 0; i < f->n; i++) {
        const struct epi_finding *one = &f->list[i];
        epi_jw_object(w);
        epi_jw_kvi(w, "row", one->row);
        epi_jw_kv(w, "field", one->field);
        epi_jw_kvz(w, "code", one->code);
        epi_jw_kvz(w, "severity", epi_severity_word(one->severity));
        epi_jw_kv(w, "message", epi_finding_text(scratch, one, lang));
        epi_jw_kvi(w, "offset", one->offset);
        epi_jw_object_end(w);
        epi_arena_reset(scratch);
    }
    epi_jw_array_end(w);
}
