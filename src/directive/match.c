// SPDX-License-Identifier: AGPL-3.0-or-later
#include "directive/directive_internal.h"

void *epi__grow(struct epi_arena *a, struct epi__grow *g, size_t size)
{
    if (g->n == g->cap) {
        size_t cap = g->cap ? g->cap * 2 : 8;
        char *list = epi_arena_array(a, cap, size);
        if (g->n)
            memcpy(list, g->list, g->n * size);
        g->list = list;
        g->cap = cap;
    }
    return (char *)g->list + size * g->n++;
}

size_t epi__next(const struct epi__text *t, size_t at, size_t to)
{
    at++;
    while (at < to && !t->fold[at])
        at++;
    return at;
}

bool epi__is_letter(const struct epi__text *t, size_t at)
{
    unsigned char c = t->fold[at];
    return (c >= 'a' && c <= 'z') || c == EPI__ALPHA;
}

bool epi__is_digit(const struct epi__text *t, size_t at)
{
    return t->fold[at] >= '0' && t->fold[at] <= '9';
}

size_t epi__skip_space(const struct epi__text *t, size_t at, size_t to)
{
    while (at < to && (t->fold[at] == ' ' || !t->fold[at]))
        at++;
    return at;
}

size_t epi__word_end(const struct epi__text *t, size_t at, size_t to)
{
    while (at < to) {
        if (epi__is_letter(t, at) || epi__is_digit(t, at))
            at = epi__next(t, at, to);
        else if (t->fold[at] == '-' && at + 1 < to && epi__is_digit(t, at + 1))
            at++;
        else
            break;
    }
    return at;
}

bool epi__word_start(const struct epi__text *t, size_t at)
{
    if (!epi__is_letter(t, at) && !epi__is_digit(t, at))
        return false;
    while (at > 0 && !t->fold[at - 1])
        at--;
    return at == 0 || !(epi__is_letter(t, at - 1) || epi__is_digit(t, at - 1));
}

size_t epi__match(const struct epi__text *t, size_t at, size_t to, epi_str pattern)
{
    for (size_t j = 0; j < pattern.n; j++) {
        if (at >= to)
            return EPI__NONE;
        if (pattern.p[j] == ' ') {
            if (t->fold[at] != ' ')
                return EPI__NONE;
            at = epi__skip_space(t, at, to);
        } else {
            if (t->fold[at] != (unsigned char)pattern.p[j])
                return EPI__NONE;
            at = epi__next(t, at, to);
        }
    }
    return at;
}

size_t epi__match_word(const struct epi__text *t, size_t at, size_t to, epi_str pattern)
{
    size_t end = epi__match(t, at, to, pattern);
    if (end == EPI__NONE || (end < to && (epi__is_letter(t, end) || epi__is_digit(t, end))))
        return EPI__NONE;
    return end;
}

size_t epi__match_any(const struct epi__text *t, size_t at, size_t to, const struct epi__pats *pats,
                      size_t *ret_index)
{
    for (size_t i = 0; i < pats->n && at < to; i++) {
        if (!pats->list[i].n || (unsigned char)pats->list[i].p[0] != t->fold[at])
            continue;
        size_t end = epi__match_word(t, at, to, pats->list[i]);
        if (end != EPI__NONE) {
            if (ret_index)
                *ret_index = i;
            return end;
        }
    }
    return EPI__NONE;
}

size_t epi__match_exact(const struct epi__text *t, size_t at, size_t to,
                        const struct epi__pats *pats)
{
    for (size_t i = 0; i < pats->n; i++) {
        size_t end = at + pats->list[i].n;
        if (end <= to && memcmp(t->p + at, pats->list[i].p, pats->list[i].n) == 0 &&
            (end == to || !(epi__is_letter(t, end) || epi__is_digit(t, end))))
            return end;
    }
    return EPI__NONE;
}

size_t epi__find_any(const struct epi__text *t, size_t at, size_t to, const struct epi__pats *pats,
                     size_t *ret_end)
{
    for (; at < to; at = epi__next(t, at, to)) {
        if (!epi__word_start(t, at))
            continue;
        size_t end = epi__match_any(t, at, to, pats, NULL);
        if (end != EPI__NONE) {
            *ret_end = end;
            return at;
        }
    }
    return EPI__NONE;
}

struct epi__span epi__trim_end(const struct epi__text *t, struct epi__span s, const char *marks)
{
    s.from = epi__skip_space(t, s.from, s.to);
    while (s.to > s.from) {
        unsigned char c = t->fold[s.to - 1];
        size_t back = s.to - 1;
        while (back > s.from && !c)
            c = t->fold[--back];
        if (c != ' ' && c != '\n' && !(c > EPI__OTHER && strchr(marks, c)))
            break;
        s.to = back;
    }
    return s;
}

struct epi__span epi__trim(const struct epi__text *t, struct epi__span s)
{
    return epi__trim_end(t, s, "");
}

bool epi__has_letters(const struct epi__text *t, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        if (epi__is_letter(t, i) || epi__is_digit(t, i))
            return true;
    return false;
}

bool epi__all_upper(const struct epi__text *t, size_t from, size_t to)
{
    size_t upper = 0;
    for (size_t i = from; i < to; i++) {
        if (epi__is_lower(t, i))
            return false;
        upper += epi__is_upper(t, i);
    }
    return upper >= 2;
}

bool epi__ends_sentence(const struct epi__text *t, size_t from, size_t to)
{
    struct epi__span s = epi__trim_end(t, (struct epi__span){from, to}, "\"')]}");
    return s.to > s.from && strchr(".!?:;", t->fold[s.to - 1]) && t->fold[s.to - 1];
}

bool epi__column(const struct epi__text *t, size_t *at, size_t to, struct epi__span *ret)
{
    size_t i = epi__skip_space(t, *at, to);
    if (i >= to)
        return false;
    size_t start = i, spaces = 0;
    for (; i < to; i++) {
        if (t->p[i] == '\t')
            break;
        spaces = t->fold[i] == ' ' ? spaces + 1 : 0;
        if (spaces == 3)
            break;
    }
    *ret = epi__trim(t, (struct epi__span){start, i});
    *at = i;
    return true;
}

epi_str epi__view(const struct epi__text *t, struct epi__span s)
{
    return s.to > s.from ? (epi_str){t->p + s.from, s.to - s.from} : EPI_NIL;
}

struct epi_directive_field epi__field(const struct epi__text *t, struct epi__span s,
                                      double confidence)
{
    s = epi__trim(t, s);
    if (s.to <= s.from)
        return (struct epi_directive_field){0};
    for (size_t i = s.from; i < s.to; i++) {
        if (t->flag[i] & EPI__STRUCK) {
            confidence *= 0.35;
            break;
        }
    }
    return (struct epi_directive_field){
        .text = epi__view(t, s),
        .offset = t->at[s.from],
        .length = t->at[s.to - 1] + 1 - t->at[s.from],
        .confidence = confidence,
    };
}
