// SPDX-License-Identifier: AGPL-3.0-or-later
#include "base/err.h"
#include <stdio.h>

#define FINDING_ARG_MAX 200

/* The longest part of `s` of at most `max` bytes that does not end inside a character. */
static epi_str cut(epi_str s, size_t max)
{
    if (s.n <= max)
        return s;
    size_t n = max;
    while (n > 0 && ((unsigned char)s.p[n] & 0xC0) == 0x80)
        n--;
    return (epi_str){s.p, n};
}

static void set_arg(char *out, size_t size, epi_str s)
{
    s = cut(s, size - 1);
    if (s.n)
        memcpy(out, s.p, s.n);
    out[s.n] = '\0';
}

epi_status epi_err_set(struct epi_err *e, epi_status s, const char *code, const char *file,
                       int line, const char *fmt1, ...)
{
    if (!e)
        return s;
    *e = (struct epi_err){.status = s, .code = code, .file = file, .line = line};
    char text[512];
    va_list ap;
    va_start(ap, fmt1);
    int n = vsnprintf(text, sizeof text, fmt1, ap);
    va_end(ap);
    if (n < 0)
        return s;
    epi_str rest = {text, (size_t)n < sizeof text ? (size_t)n : sizeof text - 1}, part;
    if (epi_str_split(&rest, '\x1f', &part))
        set_arg(e->arg1, sizeof e->arg1, part);
    if (rest.p)
        set_arg(e->arg2, sizeof e->arg2, rest);
    return s;
}

epi_str epi_err_text(struct epi_arena *a, const struct epi_err *e, epi_lang lang)
{
    if (!e->code)
        return EPI_NIL;
    return epi_words_fill(a, epi_words(e->code, lang), epi_str_of(e->arg1), epi_str_of(e->arg2));
}

const char *epi_severity_word(epi_severity s)
{
    switch (s) {
    case EPI_NOTE:
        return "note";
    case EPI_WARNING:
        return "warning";
    case EPI_ERROR:
        return "error";
    }
    return "error";
}

void epi_findings_init(struct epi_findings *f, struct epi_arena *a, size_t max_kept)
{
    *f = (struct epi_findings){.a = a, .max_kept = max_kept};
}

void epi_finding_add(struct epi_findings *f, epi_severity s, const char *code, uint32_t row,
                     epi_str field, epi_str arg1, epi_str arg2)
{
    if (!f)
        return;
    f->counts[s]++;
    /* notes leave half of the room to what is worse */
    if (f->max_kept && f->n >= (s == EPI_NOTE ? f->max_kept / 2 : f->max_kept))
        return;
    if (f->n == f->cap) {
        size_t cap = f->cap ? f->cap * 2 : 16;
        struct epi_finding *list = EPI_ARRAY(f->a, cap, struct epi_finding);
        if (f->n)
            memcpy(list, f->list, f->n * sizeof *list);
        f->list = list;
        f->cap = cap;
    }
    f->list[f->n++] = (struct epi_finding){
        .row = row,
        .severity = s,
        .code = code,
        .field = epi_str_dup(f->a, cut(field, FINDING_ARG_MAX)),
        .arg1 = epi_str_dup(f->a, cut(arg1, FINDING_ARG_MAX)),
        .arg2 = epi_str_dup(f->a, cut(arg2, FINDING_ARG_MAX)),
    };
}

epi_str epi_finding_text(struct epi_arena *a, const struct epi_finding *f, epi_lang lang)
{
    return epi_words_fill(a, epi_words(f->code, lang), f->arg1, f->arg2);
}
