// SPDX-License-Identifier: AGPL-3.0-or-later
#include "base/str.h"
#include <stdio.h>
#include <stdlib.h>

void epi_buf_done(struct epi_buf *b)
{
    free(b->p);
    *b = (struct epi_buf){.max = b->max};
}

char *epi_buf_space(struct epi_buf *b, size_t bytes)
{
    if (b->full || b->n > b->max || bytes > b->max - b->n) {
        b->full = true;
        return NULL;
    }
    if (bytes > b->cap - b->n || !b->p) {
        size_t cap = b->cap < 128 ? 256 : b->cap + b->cap / 2;
        if (cap < b->n + bytes)
            cap = b->n + bytes;
        if (cap > b->max && b->max >= b->n + bytes)
            cap = b->max;
        b->p = epi_xrealloc(b->p, cap);
        b->cap = cap;
    }
    return b->p + b->n;
}

void epi_buf_put(struct epi_buf *b, epi_str s)
{
    if (s.n == 0)
        return;
    char *at = epi_buf_space(b, s.n);
    if (!at)
        return;
    memcpy(at, s.p, s.n);
    b->n += s.n;
}

void epi_buf_putz(struct epi_buf *b, const char *cz)
{
    epi_buf_put(b, epi_str_of(cz));
}

void epi_buf_putc(struct epi_buf *b, char c)
{
    if (!b->full && b->n < b->cap) {
        b->p[b->n++] = c;
        return;
    }
    char *at = epi_buf_space(b, 1);
    if (!at)
        return;
    *at = c;
    b->n++;
}

void epi_buf_printf(struct epi_buf *b, const char *fmt, ...)
{
    char small[256];
    va_list ap, again;
    va_start(ap, fmt);
    va_copy(again, ap);
    int n = vsnprintf(small, sizeof small, fmt, ap);
    va_end(ap);
    EPI_ASSERT(n >= 0);
    if ((size_t)n < sizeof small) {
        epi_buf_put(b, (epi_str){small, (size_t)n});
    } else if (!b->full && (size_t)n <= b->max && b->n <= b->max - (size_t)n) {
        char *long_text = epi_xmalloc((size_t)n + 1);
        (void)vsnprintf(long_text, (size_t)n + 1, fmt, again);
        epi_buf_put(b, (epi_str){long_text, (size_t)n});
        free(long_text);
    } else {
        b->full = true;
    }
    va_end(again);
}
