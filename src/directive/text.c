// SPDX-License-Identifier: AGPL-3.0-or-later
#include "directive/directive_internal.h"

/* How a character folds, remembered: a text uses some two hundred different ones. */
#define FOLDER_SLOTS 1024u
struct epi__folder {
    struct epi_arena *a;
    struct {
        uint32_t cp;
        unsigned char fold, flag;
    } slot[FOLDER_SLOTS];
};

struct epi__folder *epi__folder_new(struct epi_arena *a)
{
    struct epi__folder *f = EPI_NEW(a, struct epi__folder);
    f->a = a;
    return f;
}

static unsigned char fold_sign(uint32_t cp)
{
    if ((cp >= 0x2010 && cp <= 0x2015) || cp == 0x2212)
        return '-';
    if (cp == 0x2018 || cp == 0x2019)
        return '\'';
    if (cp == 0x201C || cp == 0x201D || cp == 0x201E || cp == 0xAB || cp == 0xBB)
        return '"';
    /* round, square and hollow bullets, and the private one of word processors */
    if (cp == 0x2022 || cp == 0x25CF || cp == 0x25AA || cp == 0x25E6 || cp == 0x25A0 ||
        cp == 0xF0B7)
        return '*';
    if (cp == 0x2026)
        return '.';
    return EPI__OTHER;
}

static void fold_wide(struct epi__folder *f, epi_str s, uint32_t cp, unsigned char *ret_fold,
                      unsigned char *ret_flag)
{
    uint32_t i = (cp ^ (cp >> 7)) % FOLDER_SLOTS;
    if (f->slot[i].cp != cp) {
        struct epi_arena_mark mark = epi_arena_mark(f->a);
        epi_str plain = epi_text_fold(f->a, s);
        unsigned char fold = fold_sign(cp), flag = 0;
        if (plain.n) {
            fold = plain.n == 1 ? (unsigned char)plain.p[0] : EPI__ALPHA;
            if (!epi_str_eq(epi_text_lower(f->a, s), s))
                flag = EPI__UPPER;
            else if (!epi_str_eq(epi_text_upper(f->a, s), s))
                flag = EPI__LOWER;
        }
        epi_arena_release(f->a, mark);
        f->slot[i].cp = cp;
        f->slot[i].fold = fold;
        f->slot[i].flag = flag;
    }
    *ret_fold = f->slot[i].fold;
    *ret_flag = f->slot[i].flag;
}

static void text_new(struct epi_arena *a, size_t cap, struct epi__text *t)
{
    *t = (struct epi__text){.cap = cap};
    t->p = EPI_ARRAY(a, cap + 1, char);
    t->at = EPI_ARRAY(a, cap + 1, uint32_t);
    t->fold = EPI_ARRAY(a, cap + 1, unsigned char);
    t->flag = EPI_ARRAY(a, cap + 1, unsigned char);
}

static void put_ascii(struct epi__text *t, char c, size_t at, unsigned flag)
{
    unsigned char fold = (unsigned char)c;
    if (c >= 'A' && c <= 'Z') {
        fold = (unsigned char)(c - 'A' + 'a');
        flag |= EPI__UPPER;
    } else if (c >= 'a' && c <= 'z') {
        flag |= EPI__LOWER;
    } else if (c == '\t') {
        fold = ' ';
    }
    EPI_ASSERT(t->n < t->cap);
    t->p[t->n] = c;
    t->at[t->n] = (uint32_t)at;
    t->fold[t->n] = fold;
    t->flag[t->n++] = (unsigned char)flag;
}

/* One character `s`, read from raw bytes [from, to). */
static void put_wide(struct epi__text *t, struct epi__folder *f, epi_str s, size_t from, size_t to,
                     unsigned struck)
{
    size_t i = 0;
    while (i < s.n) {
        size_t start = i;
        uint32_t cp = epi_utf8_next(s, &i);
        if (cp < 0x80) {
            put_ascii(t, (char)cp, from, struck);
            continue;
        }
        unsigned char fold, flag;
        fold_wide(f, epi_str_sub(s, start, i - start), cp, &fold, &flag);
        EPI_ASSERT(t->n + (i - start) <= t->cap);
        for (size_t k = start; k < i; k++) {
            t->p[t->n] = s.p[k];
            t->at[t->n] = (uint32_t)(k + 1 == s.n ? to - 1 : from);
            t->fold[t->n] = k == start ? fold : 0;
            t->flag[t->n++] = (unsigned char)(k == start ? flag | struck : struck);
        }
    }
}

/* What a raw reader needs to know while it strips marks. */
struct cleaner {
    epi_str raw;
    struct epi__text *t;
    struct epi__folder *folder;
    struct epi_arena *a;
    size_t i;
    size_t bad;
    unsigned struck;
    size_t strike_free; /* no closing strike before this byte: do not look again */
    bool line_start;    /* only blanks since the line began */
};

static char peek(const struct cleaner *c, size_t i)
{
    return i < c->raw.n ? c->raw.p[i] : '\n';
}

static bool wordish(char ch)
{
    return (ch >= '0' && ch <= '9') || (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') ||
           (unsigned char)ch >= 0x80;
}

static size_t run_of(const struct cleaner *c, char ch)
{
    size_t n = 0;
    while (c->i + n < c->raw.n && c->raw.p[c->i + n] == ch)
        n++;
    return n;
}

static void line_end(struct cleaner *c, size_t at)
{
    put_ascii(c->t, '\n', at, 0);
    c->line_start = true;
    c->struck = 0;
}

/* A strike opens only when it closes on the same line; the search for that is made once per line.
 */
static void strike(struct cleaner *c)
{
    if (c->struck) {
        c->struck = 0;
    } else if (c->i >= c->strike_free) {
        size_t j = c->i + 2;
        while (j + 1 < c->raw.n && c->raw.p[j] != '\n' &&
               !(c->raw.p[j] == '~' && c->raw.p[j + 1] == '~'))
            j++;
        if (j + 1 < c->raw.n && c->raw.p[j] == '~')
            c->struck = EPI__STRUCK;
        else
            c->strike_free = j;
    }
    c->i += 2;
}

/* <br> is a line end, other tags vanish; anything else is text. */
static bool tag(struct cleaner *c)
{
    size_t j = c->i + 1, end = c->i + 80;
    if (peek(c, j) == '/')
        j++;
    size_t name = j;
    while (j < end && ((peek(c, j) | 0x20) >= 'a') && ((peek(c, j) | 0x20) <= 'z'))
        j++;
    if (j == name)
        return false;
    bool br = j - name == 2 && (c->raw.p[name] | 0x20) == 'b' && (c->raw.p[name + 1] | 0x20) == 'r';
    if (peek(c, j) != '>' && peek(c, j) != ' ' && peek(c, j) != '/')
        return false;
    while (j < end && peek(c, j) != '>' && peek(c, j) != '\n' && peek(c, j) != '@')
        j++;
    if (j >= end || peek(c, j) != '>')
        return false;
    if (br)
        line_end(c, c->i);
    c->i = j + 1;
    return true;
}

/* Markdown marks. True when the byte was dealt with. */
static bool markup(struct cleaner *c)
{
    char ch = c->raw.p[c->i];
    size_t n;
    switch (ch) {
    case '*':
        n = run_of(c, '*');
        if (n == 1 && c->line_start && (peek(c, c->i + 1) == ' ' || peek(c, c->i + 1) == '\t'))
            return false; /* a bullet */
        c->i += n;
        return true;
    case '_':
        n = run_of(c, '_');
        if (n < 3 && c->i > 0 && wordish(c->raw.p[c->i - 1]) && wordish(peek(c, c->i + n)))
            return false;
        if (n >= 3) /* a blank to be filled by hand */
            put_ascii(c->t, ' ', c->i, 0);
        c->i += n;
        return true;
    case '~':
        if (peek(c, c->i + 1) != '~')
            return false;
        strike(c);
        return true;
    case '#':
    case '>':
        if (!c->line_start)
            return false;
        c->i += run_of(c, ch);
        return true;
    case '|':
        put_ascii(c->t, '\t', c->i++, 0);
        return true;
    case '<':
        return tag(c);
    case '\\':
        n = c->i + 1;
        if (n >= c->raw.n || !strchr("*_~#|<>-+.\\`", c->raw.p[n]) || !c->raw.p[n])
            return false;
        put_ascii(c->t, c->raw.p[n], n, c->struck);
        c->line_start = false;
        c->i += 2;
        return true;
    default:
        return false;
    }
}

static void ascii(struct cleaner *c)
{
    char ch = c->raw.p[c->i];
    if (ch == '\r') {
        if (peek(c, c->i + 1) != '\n' || c->i + 1 >= c->raw.n)
            line_end(c, c->i);
    } else if (ch == '\n' || ch == '\f' || ch == '\v') {
        line_end(c, c->i);
    } else if (ch == '\t' || (unsigned char)ch >= 0x20) {
        if (ch != 0x7F)
            put_ascii(c->t, ch, c->i, c->struck);
        if (ch != ' ' && ch != '\t')
            c->line_start = false;
    }
    c->i++;
}

static bool combining(epi_str raw, size_t at, size_t *ret_next)
{
    *ret_next = at;
    if (at >= raw.n || ((unsigned char)raw.p[at] != 0xCC && (unsigned char)raw.p[at] != 0xCD))
        return false;
    uint32_t cp = epi_utf8_next(raw, ret_next);
    return cp >= 0x300 && cp <= 0x36F;
}

/* A base character with up to eight combining marks, composed. */
static void composed(struct cleaner *c, size_t start, size_t end)
{
    size_t next;
    for (int marks = 0; marks < 8 && combining(c->raw, end, &next); marks++)
        end = next;
    struct epi_arena_mark mark = epi_arena_mark(c->a);
    epi_str part = {c->raw.p + start, end - start};
    epi_str nfc = epi_text_clean(c->a, part);
    /* the copy is as long as the raw text, so nothing may grow */
    put_wide(c->t, c->folder, nfc.n && nfc.n <= part.n ? nfc : part, start, end, c->struck);
    epi_arena_release(c->a, mark);
    c->i = end;
    c->line_start = false;
}

static void wide(struct cleaner *c)
{
    size_t start = c->i, end = c->i;
    uint32_t cp = epi_utf8_next(c->raw, &end);
    size_t next;
    if (cp == 0xFFFD) {
        c->bad++;
    } else if (cp == 0xA0 || (cp >= 0x2000 && cp <= 0x200A) || cp == 0x202F || cp == 0x3000) {
        put_ascii(c->t, ' ', end - 1, c->struck);
    } else if (cp == 0x2028 || cp == 0x2029 || cp == 0x85) {
        line_end(c, start);
    } else if ((cp >= 0x200B && cp <= 0x200F) || cp == 0xFEFF || cp == 0xAD ||
               (cp >= 0x80 && cp < 0xA0)) {
        /* invisible */
    } else if (combining(c->raw, end, &next)) {
        composed(c, start, end);
        return;
    } else {
        put_wide(c->t, c->folder, epi_str_sub(c->raw, start, end - start), start, end, c->struck);
        c->line_start = false;
    }
    c->i = end;
}

size_t epi__clean(struct epi_arena *a, epi_str raw, struct epi__text *ret)
{
    text_new(a, raw.n + 1, ret);
    struct cleaner c = {
        .raw = raw, .t = ret, .folder = epi__folder_new(a), .a = a, .line_start = true};
    while (c.i < raw.n) {
        size_t next;
        if ((unsigned char)raw.p[c.i] >= 0x80)
            wide(&c);
        else if (wordish(raw.p[c.i]) && combining(raw, c.i + 1, &next))
            composed(&c, c.i, c.i + 1);
        else if (!markup(&c))
            ascii(&c);
    }
    return c.bad;
}

epi_str epi__fold_pattern(struct epi_arena *a, struct epi__folder *folder, epi_str s)
{
    struct epi__text t;
    text_new(a, s.n + 1, &t);
    put_wide(&t, folder, s, 0, s.n + 1, 0);
    char *out = EPI_ARRAY(a, s.n + 1, char);
    size_t n = 0;
    for (size_t i = 0; i < t.n; i++) {
        if (!t.fold[i] || (t.fold[i] == ' ' && (n == 0 || out[n - 1] == ' ')))
            continue;
        out[n++] = (char)t.fold[i];
    }
    while (n && out[n - 1] == ' ')
        n--;
    return (epi_str){out, n};
}

void epi__flow_new(struct epi_arena *a, size_t cap, struct epi__text *ret)
{
    text_new(a, cap, ret);
}

struct epi__span epi__flow_add(struct epi__text *flow, const struct epi__text *from, size_t a,
                               size_t b, bool join)
{
    struct epi__span s = {flow->n, flow->n};
    bool space = join && a < b;
    for (size_t i = a; i < b; i++) {
        if (from->fold[i] == ' ' || from->fold[i] == '\n') {
            space = flow->n > s.from || join;
            continue;
        }
        if (space) {
            put_ascii(flow, ' ', from->at[i], 0);
            space = false;
        }
        EPI_ASSERT(flow->n < flow->cap);
        flow->p[flow->n] = from->p[i];
        flow->at[flow->n] = from->at[i];
        flow->fold[flow->n] = from->fold[i];
        flow->flag[flow->n++] = from->flag[i];
    }
    s.to = flow->n;
    return s;
}

void epi__flow_break(struct epi__text *flow)
{
    if (flow->n && flow->fold[flow->n - 1] != '\n')
        put_ascii(flow, '\n', flow->at[flow->n - 1], 0);
}
