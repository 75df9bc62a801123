// SPDX-License-Identifier: AGPL-3.0-or-later
#include "base/err.h"

struct words {
    const char *code, *en, *vi;
};
/* Sorted by code: the build sorts the lines, and '"' sorts before every character of a code. */
static const struct words table[] = {
#define X(code, en, vi) {code, en, vi},
#include "words.inc"
#undef X
    {NULL, NULL, NULL},
};
#define COUNT (EPI_COUNT(table) - 1)

size_t epi_words_count(void)
{
    return COUNT;
}

const char *epi_words_code(size_t i)
{
    return i < COUNT ? table[i].code : NULL;
}

epi_str epi_words(const char *code, epi_lang lang)
{
    size_t lo = 0, hi = COUNT;
    if (!code)
        return EPI_NIL;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        int order = strcmp(table[mid].code, code);
        if (order == 0)
            return epi_str_of(lang == EPI_VI ? table[mid].vi : table[mid].en);
        if (order < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return epi_str_of(code);
}

epi_str epi_words_fill(struct epi_arena *a, epi_str tmpl, epi_str arg1, epi_str arg2)
{
    size_t n = 0;
    char *out = NULL;
    /* First round counts, second writes. */
    for (int round = 0; round < 2; round++) {
        size_t at = 0;
        for (size_t i = 0; i < tmpl.n;) {
            epi_str part = {tmpl.p + i, 1};
            if (tmpl.n - i >= 3 && tmpl.p[i] == '{' && tmpl.p[i + 2] == '}' &&
                (tmpl.p[i + 1] == '1' || tmpl.p[i + 1] == '2')) {
                part = tmpl.p[i + 1] == '1' ? arg1 : arg2;
                i += 3;
            } else {
                i++;
            }
            if (out && part.n)
                memcpy(out + at, part.p, part.n);
            at += part.n;
        }
        if (!out) {
            n = at;
            out = epi_arena_take(a, n);
        }
    }
    return (epi_str){out, n};
}
