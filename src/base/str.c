// SPDX-License-Identifier: AGPL-3.0-or-later
#include "base/str.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

int epi_str_cmp(epi_str a, epi_str b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int order = n ? memcmp(a.p, b.p, n) : 0;
    if (order != 0)
        return order;
    return a.n < b.n ? -1 : a.n > b.n;
}

bool epi_str_starts(epi_str s, epi_str prefix)
{
    return s.n >= prefix.n && (prefix.n == 0 || memcmp(s.p, prefix.p, prefix.n) == 0);
}

bool epi_str_ends(epi_str s, epi_str suffix)
{
    return s.n >= suffix.n &&
           (suffix.n == 0 || memcmp(s.p + s.n - suffix.n, suffix.p, suffix.n) == 0);
}

static char ascii_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

bool epi_str_ieq(epi_str a, epi_str b)
{
    if (a.n != b.n)
        return false;
    for (size_t i = 0; i < a.n; i++)
        if (ascii_lower(a.p[i]) != ascii_lower(b.p[i]))
            return false;
    return true;
}

size_t epi_str_find(epi_str s, epi_str needle, size_t from)
{
    if (from > s.n)
        return SIZE_MAX;
    if (needle.n == 0)
        return from;
    if (s.n - from < needle.n) /* and an empty text has no place to count from */
        return SIZE_MAX;
    const char *hit = memmem(s.p + from, s.n - from, needle.p, needle.n);
    return hit ? (size_t)(hit - s.p) : SIZE_MAX;
}

epi_str epi_str_sub(epi_str s, size_t from, size_t count)
{
    if (from > s.n)
        from = s.n;
    if (count > s.n - from)
        count = s.n - from;
    return (epi_str){s.p ? s.p + from : NULL, count};
}

static bool ascii_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

epi_str epi_str_trim(epi_str s)
{
    for (;;) {
        if (s.n >= 1 && ascii_space(s.p[0]))
            s = epi_str_sub(s, 1, SIZE_MAX);
        else if (s.n >= 2 && s.p[0] == '\xc2' && s.p[1] == '\xa0')
            s = epi_str_sub(s, 2, SIZE_MAX);
        else
            break;
    }
    for (;;) {
        if (s.n >= 1 && ascii_space(s.p[s.n - 1]))
            s.n -= 1;
        else if (s.n >= 2 && s.p[s.n - 2] == '\xc2' && s.p[s.n - 1] == '\xa0')
            s.n -= 2;
        else
            break;
    }
    return s;
}

bool epi_str_split(epi_str *rest, char sep, epi_str *ret_part)
{
    if (!rest->p)
        return false;
    const char *hit = rest->n ? memchr(rest->p, sep, rest->n) : NULL;
    if (!hit) {
        *ret_part = *rest;
        *rest = EPI_NIL;
        return true;
    }
    size_t n = (size_t)(hit - rest->p);
    *ret_part = (epi_str){rest->p, n};
    *rest = (epi_str){hit + 1, rest->n - n - 1};
    return true;
}

epi_str epi_str_dup(struct epi_arena *a, epi_str s)
{
    if (s.n == 0)
        return (epi_str){"", 0};
    char *p = epi_arena_take(a, s.n);
    memcpy(p, s.p, s.n);
    return (epi_str){p, s.n};
}

const char *epi_str_cz(struct epi_arena *a, epi_str s)
{
    char *p = epi_arena_take(a, s.n + 1);
    if (s.n)
        memcpy(p, s.p, s.n);
    return p;
}

epi_str epi_str_printf(struct epi_arena *a, const char *fmt, ...)
{
    char small[256];
    va_list ap, again;
    va_start(ap, fmt);
    va_copy(again, ap);
    int n = vsnprintf(small, sizeof small, fmt, ap);
    va_end(ap);
    EPI_ASSERT(n >= 0);
    char *p = epi_arena_take(a, (size_t)n + 1);
    if ((size_t)n < sizeof small)
        memcpy(p, small, (size_t)n);
    else
        (void)vsnprintf(p, (size_t)n + 1, fmt, again);
    va_end(again);
    return (epi_str){p, (size_t)n};
}

uint64_t epi_str_hash(epi_str s)
{
    uint64_t h = 0xcbf29ce484222325u;
    for (size_t i = 0; i < s.n; i++)
        h = (h ^ (unsigned char)s.p[i]) * 0x100000001b3u;
    /* FNV's high bits of short texts are weak; the finisher of MurmurHash3 spreads them. */
    h = (h ^ (h >> 33)) * 0xff51afd7ed558ccdu;
    h = (h ^ (h >> 33)) * 0xc4ceb9fe1a85ec53u;
    return h ^ (h >> 33);
}

bool epi_str_to_i64(epi_str s, int64_t *ret)
{
    bool minus = s.n > 0 && s.p[0] == '-';
    size_t i = s.n > 0 && (s.p[0] == '-' || s.p[0] == '+');
    if (i == s.n)
        return false;
    uint64_t v = 0, limit = (uint64_t)INT64_MAX + (minus ? 1 : 0);
    for (; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
        uint64_t digit = (uint64_t)(s.p[i] - '0');
        if (v > (limit - digit) / 10)
            return false;
        v = v * 10 + digit;
    }
    *ret = minus ? (int64_t)(0 - v) : (int64_t)v;
    return true;
}

/* [sign] digits [. digits] [e [sign] digits], with a digit on at least one side of the point */
static bool decimal_shape(epi_str s)
{
    size_t i = s.n > 0 && (s.p[0] == '-' || s.p[0] == '+');
    size_t digits = 0;
    for (; i < s.n && s.p[i] >= '0' && s.p[i] <= '9'; i++)
        digits++;
    if (i < s.n && s.p[i] == '.')
        for (i++; i < s.n && s.p[i] >= '0' && s.p[i] <= '9'; i++)
            digits++;
    if (digits == 0)
        return false;
    if (i == s.n)
        return true;
    if (s.p[i] != 'e' && s.p[i] != 'E')
        return false;
    i++;
    if (i < s.n && (s.p[i] == '-' || s.p[i] == '+'))
        i++;
    size_t first = i;
    while (i < s.n && s.p[i] >= '0' && s.p[i] <= '9')
        i++;
    return i == s.n && i > first;
}

bool epi_str_to_f64(epi_str s, double *ret)
{
    char text[512];
    if (s.n >= sizeof text || !decimal_shape(s))
        return false;
    memcpy(text, s.p, s.n);
    text[s.n] = '\0';
    /* The program never calls setlocale, so the decimal point of strtod is a point. */
    double v = strtod(text, NULL);
    if (!isfinite(v))
        return false;
    *ret = v;
    return true;
}
