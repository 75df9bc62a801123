// SPDX-License-Identifier: AGPL-3.0-or-later
#include "unit/unit_internal.h"
#include <stdlib.h>

/* --- indexes
 * ------------------------------------------------------------------------------------------ */

/* Folded text with the leading zeros of its numbers taken off ("01" and "1" name the same ward),
 * and the words joined: "Chu Prong" and "ChuProng" are the same name. */
static epi_str name_key(struct epi_arena *a, epi_str folded)
{
    char *out = epi_arena_take(a, folded.n + 1);
    size_t n = 0;
    bool fresh = true;
    for (size_t i = 0; i < folded.n; i++) {
        char c = folded.p[i];
        bool digit = c >= '0' && c <= '9';
        if (c != ' ' && !(fresh && c == '0' && i + 1 < folded.n && folded.p[i + 1] >= '0' &&
                          folded.p[i + 1] <= '9'))
            out[n++] = c;
        fresh = c == ' ' || !digit || (fresh && c == '0');
    }
    return (epi_str){out, n};
}

static int by_hash(const void *a, const void *b)
{
    const struct epi__name *x = a, *y = b;
    if (x->hash != y->hash)
        return x->hash < y->hash ? -1 : 1;
    return (x->unit > y->unit) - (x->unit < y->unit);
}

static bool later_tree(const struct epi_unit *a, const struct epi_unit *b)
{
    if (epi_date_known(a->to) != epi_date_known(b->to))
        return !epi_date_known(a->to);
    return epi_date_known(a->to) && a->to.d > b->to.d;
}

static int by_code(const void *a, const void *b, void *ctx)
{
    const struct epi_units *u = ctx;
    const struct epi_unit *x = &u->u[*(const int32_t *)a], *y = &u->u[*(const int32_t *)b];
    int c = epi_str_cmp(x->code, y->code);
    if (c != 0)
        return c;
    if (later_tree(x, y) != later_tree(y, x))
        return later_tree(x, y) ? -1 : 1;
    return x < y ? -1 : x > y;
}

static void add_name(struct epi_units *u, epi_str name, int32_t unit)
{
    epi_str key = name_key(u->a, epi_text_fold(u->a, name));
    if (key.n)
        u->names[u->n_names++] = (struct epi__name){epi_str_hash(key), key, unit};
}

void epi__names_index(struct epi_units *u, const epi_json *aliases, struct epi_findings *f)
{
    u->by_code = EPI_ARRAY(u->a, (size_t)u->n + 1, int32_t);
    u->names = EPI_ARRAY(u->a, (size_t)u->n + (aliases ? aliases->count : 0) + 1, struct epi__name);
    for (int32_t i = 0; i < u->n; i++) {
        u->by_code[i] = i;
        add_name(u, u->u[i].name, i);
    }
    EPI_JSON_EACH (e, aliases) {
        int32_t unit = epi_units_by_path(u, epi_json_text(e, "path", EPI_NIL));
        epi_str name = epi_json_text(e, "name", EPI_NIL);
        if (unit < 0 || name.n == 0)
            epi_finding_add(f, EPI_ERROR, "unit.bad-alias", 0, EPI_S("pack.json:aliases"), name,
                            EPI_NIL);
        else
            add_name(u, name, unit);
    }
    qsort(u->names, u->n_names, sizeof *u->names, by_hash);
    qsort_r(u->by_code, (size_t)u->n, sizeof *u->by_code, by_code, u);
}

/* --- path and code
 * ------------------------------------------------------------------------------------- */

int32_t epi_units_by_path(const struct epi_units *u, epi_str path)
{
    char closed[256];
    if (path.n == 0 || path.n + 1 >= sizeof closed)
        return -1;
    if (path.p[path.n - 1] != '/') {
        memcpy(closed, path.p, path.n);
        closed[path.n] = '/';
        path = (epi_str){closed, path.n + 1};
    }
    for (uint32_t at = (uint32_t)epi_str_hash(path) & u->mask; u->slots[at] >= 0;
         at = (at + 1) & u->mask)
        if (epi_str_eq(u->u[u->slots[at]].path, path))
            return u->slots[at];
    return -1;
}

bool epi_unit_valid_on(const struct epi_unit *unit, epi_date on)
{
    return !epi_date_known(on) || ((!epi_date_known(unit->from) || unit->from.d <= on.d) &&
                                   (!epi_date_known(unit->to) || on.d < unit->to.d));
}

/* The first match by code and how many there are; past the first, only those of the same tree
 * count. */
static int32_t code_matches(const struct epi_units *u, epi_str code, epi_date on, int level,
                            size_t *ret_n)
{
    int32_t lo = 0, hi = u->n, found = -1;
    while (lo < hi) {
        int32_t mid = lo + (hi - lo) / 2;
        if (epi_str_cmp(u->u[u->by_code[mid]].code, code) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    *ret_n = 0;
    for (; code.n && lo < u->n && epi_str_eq(u->u[u->by_code[lo]].code, code); lo++) {
        const struct epi_unit *unit = &u->u[u->by_code[lo]];
        if ((level != 0 && unit->level != level) || !epi_unit_valid_on(unit, on))
            continue;
        if (found < 0)
            found = u->by_code[lo];
        if (!later_tree(&u->u[found], unit))
            (*ret_n)++;
    }
    return found;
}

int32_t epi_units_by_code(const struct epi_units *u, epi_str code, epi_date on, int level)
{
    size_t n;
    return code_matches(u, code, on, level, &n);
}

/* --- name
 * ------------------------------------------------------------------------------------------------
 */

#define PARTS_MAX 6
#define READINGS_MAX 6

struct reading { /* one way to read a part: "tp hcm" is the name "tp hcm", or "hcm" of type "tp" */
    epi_str key;
    epi_str word; /* the type word, or empty */
};
struct part {
    struct reading r[READINGS_MAX];
    size_t n;
    epi_str lower; /* with accents; empty when it was written without any */
};

static bool starts_with_word(epi_str s, epi_str word)
{
    if (s.n <= word.n || !epi_str_starts(s, word))
        return false;
    char next = s.p[word.n];
    return next == ' ' || (next >= '0' && next <= '9' && word.n <= 2); /* "Q1", "P12" */
}

static void read_part(const struct epi_units *u, struct epi_arena *a, epi_str text,
                      struct part *ret)
{
    epi_str folded = epi_text_fold(a, text);
    bool plain = true;
    for (size_t i = 0; i < text.n; i++)
        plain = plain && (unsigned char)text.p[i] < 0x80;
    ret->lower = plain ? EPI_NIL : epi_text_lower(a, text);
    ret->n = 0;
    ret->r[ret->n++] = (struct reading){name_key(a, folded), EPI_NIL};
    for (size_t t = 0; t < u->n_types; t++)
        for (size_t w = 0; w < u->types[t].n_words; w++) {
            epi_str word = u->types[t].words[w];
            bool seen = !starts_with_word(folded, word);
            for (size_t i = 1; i < ret->n && !seen; i++)
                seen = epi_str_eq(ret->r[i].word, word);
            if (!seen && ret->n < READINGS_MAX)
                ret->r[ret->n++] = (struct reading){
                    name_key(a, epi_str_sub(folded, word.n, folded.n - word.n)), word};
        }
}

/* 3 the written type is the unit's, 2 no type written, 1 another type of the same level, 0 no
 * match. */
static int type_score(const struct epi_units *u, int32_t unit, epi_str word)
{
    if (word.n == 0)
        return 2;
    uint32_t levels = 0;
    for (size_t t = 0; t < u->n_types; t++)
        for (size_t w = 0; w < u->types[t].n_words; w++)
            if (epi_str_eq(u->types[t].words[w], word)) {
                if (u->type_of[unit] == (int32_t)t)
                    return 3;
                levels |= u->types[t].levels;
            }
    return levels & (1u << u->u[unit].level) ? 1 : 0;
}

/* Type first; among equals the accents decide, for "Văn Lang" and "Văn Lăng" share a province. */
static int score_of(const struct epi_units *u, struct epi_arena *a, int32_t unit,
                    const struct part *p, const struct reading *r)
{
    int type = type_score(u, unit, r->word);
    bool accents =
        type > 0 && p->lower.n > 0 && epi_str_ends(p->lower, epi_text_lower(a, u->u[unit].name));
    return type * 2 + accents;
}

/* Where the names with this key begin. */
static size_t first_name(const struct epi_units *u, uint64_t hash)
{
    size_t lo = 0, hi = u->n_names;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (u->names[mid].hash < hash)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

static bool part_names(const struct epi_units *u, const struct part *p, int32_t unit)
{
    for (size_t i = 0; i < p->n; i++) {
        uint64_t hash = epi_str_hash(p->r[i].key);
        for (size_t k = first_name(u, hash); k < u->n_names && u->names[k].hash == hash; k++)
            if (u->names[k].unit == unit && epi_str_eq(u->names[k].key, p->r[i].key) &&
                type_score(u, unit, p->r[i].word) > 0)
                return true;
        if (p->r[i].word.n == 0 && epi_str_eq(p->r[i].key, u->u[unit].code))
            return true;
    }
    return false;
}

/* Every further part names an ancestor, going up. */
static bool context_fits(const struct epi_units *u, int32_t unit, const struct part *parts,
                         size_t n)
{
    int32_t at = u->u[unit].parent;
    for (size_t i = 0; i < n; i++) {
        while (at >= 0 && !part_names(u, &parts[i], at))
            at = u->u[at].parent;
        if (at < 0)
            return false;
        at = u->u[at].parent;
    }
    return true;
}

/* >0 when a is the better match. Without a type word the larger unit is meant: "Hà Nam" is the
 * province. */
static int compare(const struct epi_units *u, int32_t a, int score_a, int32_t b, int score_b,
                   bool typed)
{
    if (score_a != score_b)
        return score_a - score_b;
    const struct epi_unit *x = &u->u[a], *y = &u->u[b];
    if (later_tree(x, y) != later_tree(y, x))
        return later_tree(x, y) ? 1 : -1;
    return typed ? 0 : (int)y->level - (int)x->level;
}

int32_t epi_units_by_name(const struct epi_units *u, epi_str name, int32_t under, epi_date on,
                          size_t *ret_n)
{
    EPI_ARENA_LOCAL(a);
    struct part parts[PARTS_MAX];
    size_t n_parts = 0, count = 0;
    const char *seps = ",;\n";
    for (size_t from = 0, i = 0; i <= name.n && n_parts < PARTS_MAX; i++) {
        if (i < name.n && !memchr(seps, name.p[i], 3))
            continue;
        epi_str text = epi_str_trim(epi_str_sub(name, from, i - from));
        from = i + 1;
        if (text.n && text.n <= 200)
            read_part(u, a, text, &parts[n_parts++]);
    }
    int32_t best = -1;
    int best_score = 0;
    for (size_t i = 0; n_parts > 0 && i < parts[0].n; i++) {
        const struct reading *r = &parts[0].r[i];
        uint64_t hash = epi_str_hash(r->key);
        for (size_t k = first_name(u, hash); k < u->n_names && u->names[k].hash == hash; k++) {
            int32_t unit = u->names[k].unit;
            int score =
                epi_str_eq(u->names[k].key, r->key) ? score_of(u, a, unit, &parts[0], r) : 0;
            if (score == 0 || unit == best || !epi_unit_valid_on(&u->u[unit], on) ||
                (under >= 0 && (unit == under || !epi__within(u, unit, under))) ||
                !context_fits(u, unit, parts + 1, n_parts - 1))
                continue;
            int better = best < 0 ? 1 : compare(u, unit, score, best, best_score, r->word.n > 0);
            if (better > 0) {
                best = unit;
                best_score = score;
            }
            count = better > 0 ? 1 : count + (better == 0);
        }
    }
    if (ret_n)
        *ret_n = count;
    return best;
}

/* Digits only: the official code, or that code after a spreadsheet took its zeros. */
static int32_t by_digits(const struct epi_units *u, epi_str code, epi_date on, size_t *ret_n)
{
    int32_t found = code_matches(u, code, on, 0, ret_n);
    if (found >= 0)
        return found;
    char padded[32];
    size_t total = 0;
    for (size_t w = 0; w < u->n_widths; w++) {
        if (u->widths[w] <= code.n || u->widths[w] >= sizeof padded)
            continue;
        size_t zeros = u->widths[w] - code.n, n;
        memset(padded, '0', zeros);
        memcpy(padded + zeros, code.p, code.n);
        int32_t unit = code_matches(u, (epi_str){padded, u->widths[w]}, on, 0, &n);
        found = found < 0 ? unit : found;
        total += n;
    }
    *ret_n = total;
    return found;
}

int32_t epi_units_resolve(const struct epi_units *u, epi_str text, epi_date on, size_t *ret_n)
{
    size_t n = 0;
    text = epi_str_trim(text);
    bool slash = text.n > 0 && memchr(text.p, '/', text.n);
    int32_t found = slash ? epi_units_by_path(u, text) : -1;
    bool digits = text.n > 0 && text.n <= 20;
    for (size_t i = 0; i < text.n && digits; i++)
        digits = text.p[i] >= '0' && text.p[i] <= '9';
    if (found >= 0)
        n = 1;
    else if (digits)
        found = by_digits(u, text, on, &n);
    if (found < 0)
        found = code_matches(u, text, on, 0, &n);
    if (found < 0)
        found = epi_units_by_name(u, text, -1, on, &n);
    if (ret_n)
        *ret_n = n;
    return found;
}
