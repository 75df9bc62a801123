// SPDX-License-Identifier: AGPL-3.0-or-later
// Free text search. A record's document holds its folded words and one marked word per level of its
// unit's path, so that a narrow jurisdiction is part of the match and not a filter over its result.
//
// Every word asked for is the beginning of a word. A prefix query makes FTS5 merge the whole lists
// of all words with that beginning before the first row comes; "nguyen" alone stands in a third of
// all names. Words of letters are therefore listed in _word, and a beginning that few listed words
// share is asked as (a OR b OR c), which FTS5 walks lazily and abandons when the page is full.
// Words with digits (codes, telephone numbers) are too many to list. Of "bn1047196" the letters
// before the first digit are listed as "bn#" and its head as "#bn104", and the document holds two
// marked words beside it: "bn", "bn104".
#include "store/sqlite_internal.h"

#define UNIT_MARK "\xee\x80\x80"  /* U+E000, never in folded text */
#define UNIT_SLASH "\xee\x80\x81" /* U+E001 */
#define STEM_MARK "\xee\x80\x82"  /* U+E002: letters before the first digit */
#define HEAD_MARK "\xee\x80\x83"  /* U+E003: those and the next HEAD_BYTES bytes */
#define HEAD_BYTES ((size_t)3)
/* longer words of letters count as if a digit followed here */
#define STEM_BYTES_MAX ((size_t)24)
#define EXPANSIONS_MAX 1200

/* The marked word of the first `n` bytes of a path; 'ascii' FTS5 words are letters, digits,
 * non-ASCII. */
static void unit_word(struct epi_buf *b, epi_str path, size_t n)
{
    epi_buf_putz(b, UNIT_MARK);
    for (size_t i = 0; i < n; i++) {
        char ch = path.p[i];
        bool plain = (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') ||
                     (ch >= '0' && ch <= '9') || ((uint8_t)ch & 0x80);
        if (plain)
            epi_buf_putc(b, ch);
        else
            epi_buf_putz(b, UNIT_SLASH);
    }
}

static size_t stem_length(epi_str word)
{
    size_t n = 0;
    while (n < word.n && n < STEM_BYTES_MAX && !(word.p[n] >= '0' && word.p[n] <= '9'))
        n++;
    return n;
}

static void doc_word(struct epi_buf *out, epi_str word)
{
    size_t stem = stem_length(word);
    epi_buf_put(out, word);
    epi_buf_putc(out, ' ');
    if (stem == word.n)
        return;
    if (stem) {
        epi_buf_putz(out, STEM_MARK);
        epi_buf_put(out, epi_str_sub(word, 0, stem));
        epi_buf_putc(out, ' ');
    }
    epi_buf_putz(out, HEAD_MARK);
    epi_buf_put(out, epi_str_sub(word, 0, stem + HEAD_BYTES));
    epi_buf_putc(out, ' ');
}

/* Listed are words of letters, "stem#" and "#head" of words with digits. */
epi_status epi__search_listed(epi_str word, epi_status (*list)(void *ctx, epi_str entry), void *ctx)
{
    char text[2 * STEM_BYTES_MAX];
    size_t stem = stem_length(word);
    if (stem == word.n)
        return list(ctx, word);
    memcpy(text, word.p, stem);
    text[stem] = '#';
    if (stem)
        EPI_TRY(list(ctx, (epi_str){text, stem + 1}));
    epi_str head = epi_str_sub(word, 0, stem + HEAD_BYTES);
    text[0] = '#';
    memcpy(text + 1, head.p, head.n);
    return list(ctx, (epi_str){text, head.n + 1});
}

void epi__search_doc(struct epi_arena *a, const struct epi_kind *k, const struct epi_record *r,
                     struct epi_buf *out)
{
    for (size_t f = 0; f < k->n_fields; f++)
        if ((k->fields[f].flags & EPI_F_SEARCH) && r->v[f].t == EPI_V_TEXT) {
            epi_str rest = epi_text_fold(a, r->v[f].s), word;
            while (epi_str_split(&rest, ' ', &word))
                if (word.n)
                    doc_word(out, word);
        }
    epi_str unit = epi_v_as_text(r->v[0]);
    size_t level = 0;
    for (size_t i = 0; i < unit.n; i++)
        if (unit.p[i] == '/' && ++level >= 2) { /* the first level is in every record */
            unit_word(out, unit, i);
            epi_buf_putc(out, ' ');
        }
}

bool epi__search_same(const struct epi_kind *k, const struct epi_record *x,
                      const struct epi_record *y)
{
    for (size_t f = 0; f < k->n_fields; f++)
        if ((f == 0 || (k->fields[f].flags & EPI_F_SEARCH)) && !epi_value_eq(x->v[f], y->v[f]))
            return false;
    return true;
}

static void quoted(struct epi_buf *b, const char *mark, epi_str word, bool prefix)
{
    epi_buf_putc(b, '"');
    epi_buf_putz(b, mark);
    epi_buf_put(b, word);
    epi_buf_putz(b, prefix ? "\"*" : "\"");
}

/* Listed entries that begin with `start`, as a OR b OR c; more than EXPANSIONS_MAX of them: counted
 * only. */
static epi_status expand(struct epi__conn *c, struct epi_arena *a, const struct epi_kind *k,
                         epi_str start, struct epi_buf *out, size_t *ret_n, struct epi_err *reterr)
{
    sqlite3_stmt *stmt;
    epi_str end = epi_str_printf(a, "%.*s\xff", EPI_FMT(start));
    bool row;
    EPI_TRY(epi__conn_fixed(c, EPI__SQL_other_word_range, &stmt, reterr));
    sqlite3_bind_int(stmt, 1, k->tag);
    epi__bind_value(stmt, 2, epi_v_text(start));
    epi__bind_value(stmt, 3, epi_v_text(end));
    sqlite3_bind_int(stmt, 4, EXPANSIONS_MAX + 1);
    *ret_n = 0;
    for (;;) {
        EPI_TRY(epi__conn_step(c, stmt, &row, reterr));
        if (!row)
            return EPI_OK;
        if (++*ret_n > 1)
            epi_buf_putz(out, " OR ");
        epi_str entry = epi_v_as_text(epi__column_value(a, stmt, 0));
        if (epi_str_starts(entry, EPI_S("#")))
            quoted(out, HEAD_MARK, epi_str_sub(entry, 1, entry.n), false);
        else if (epi_str_ends(entry, EPI_S("#")))
            quoted(out, STEM_MARK, epi_str_sub(entry, 0, entry.n - 1), false);
        else
            quoted(out, "", entry, false);
    }
}

/* One word of the search; *ret_none when nothing can begin with it. */
static epi_status word_expr(struct epi__conn *c, struct epi_arena *a, const struct epi_kind *k,
                            epi_str word, struct epi_buf *out, bool *ret_none,
                            struct epi_err *reterr)
{
    size_t stem = stem_length(word), tail = word.n - stem, n, start = out->n;
    *ret_none = false;
    if (tail > HEAD_BYTES) {
        quoted(out, "", word, true);
    } else if (tail == HEAD_BYTES) {
        quoted(out, HEAD_MARK, word, false);
    } else {
        epi_str from = tail ? epi_str_printf(a, "#%.*s", EPI_FMT(word)) : word;
        EPI_TRY(expand(c, a, k, from, out, &n, reterr));
        *ret_none = n == 0;
        if (n > EXPANSIONS_MAX) {
            out->n = start;
            quoted(out, tail ? HEAD_MARK : "", word, true);
        }
    }
    return EPI_OK;
}

/* The scope as words, when every prefix is below the first level; else the filter alone decides. */
static void scope_expr(struct epi_buf *out, const struct epi_scope *scope)
{
    EPI_BUF_LOCAL(units, (size_t)64 << 10);
    if (scope->all || scope->n > 16)
        return;
    for (size_t i = 0; i < scope->n; i++) {
        epi_str p = scope->prefixes[i];
        while (p.n && p.p[p.n - 1] == '/')
            p.n--;
        if (epi_str_find(p, EPI_S("/"), 0) == SIZE_MAX)
            return;
        epi_buf_putz(&units, i ? " OR \"" : "\"");
        unit_word(&units, p, p.n);
        epi_buf_putc(&units, '"');
    }
    if (units.full || units.n == 0)
        return;
    epi_buf_putz(out, " AND (");
    epi_buf_put(out, epi_buf_str(&units));
    epi_buf_putc(out, ')');
}

epi_status epi__search_expr(struct epi__conn *c, struct epi_arena *a, const struct epi_kind *k,
                            const struct epi__words *words, const struct epi_scope *scope,
                            epi_str *ret, struct epi_err *reterr)
{
    EPI_BUF_LOCAL(b, (size_t)1 << 20);
    *ret = EPI_NIL;
    for (size_t i = 0; i < words->n; i++) {
        bool none;
        epi_buf_putz(&b, i ? " AND (" : "(");
        EPI_TRY(word_expr(c, a, k, words->word[i], &b, &none, reterr));
        if (none)
            return EPI_OK;
        epi_buf_putc(&b, ')');
    }
    scope_expr(&b, scope);
    if (b.full)
        return EPI_FAIL(reterr, EPI_LIMIT, "store.search-too-long", "%zu", words->n);
    *ret = epi_str_dup(a, epi_buf_str(&b));
    return EPI_OK;
}
