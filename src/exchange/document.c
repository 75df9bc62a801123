// SPDX-License-Identifier: AGPL-3.0-or-later
#include "exchange/values.h"

#define DOCUMENT_MAX 32

static bool fits_pattern(epi_str pattern, epi_str s)
{
    if (pattern.n != s.n)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        bool digit = s.p[i] >= '0' && s.p[i] <= '9', letter = s.p[i] >= 'A' && s.p[i] <= 'Z';
        if (pattern.p[i] == '9' ? !digit : pattern.p[i] == 'A' ? !letter : pattern.p[i] != s.p[i])
            return false;
    }
    return true;
}

static bool all_digits(epi_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
    return s.n > 0;
}

epi_value_note epi_document_read(const struct epi_forms *f, epi_str text, char out[36],
                                 const struct epi_document_kind **ret_kind)
{
    const struct epi_document_kind *none = NULL, **kind = ret_kind ? ret_kind : &none;
    epi_str s = epi_str_trim(text);
    size_t n = 0;
    *kind = NULL;
    out[0] = 0;
    if (s.n == 0)
        return EPI_NOTE_EMPTY;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (c == ' ' || c == '.' || c == '-' || c == '\t' || (c == '\'' && i == 0))
            continue;
        bool lower = c >= 'a' && c <= 'z';
        if (!lower && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9'))
            return EPI_NOTE_UNREADABLE;
        if (n == DOCUMENT_MAX)
            return EPI_NOTE_OUT_OF_RANGE;
        out[n++] = (char)(lower ? c - 32 : c);
    }
    out[n] = 0;
    epi_str d = {out, n};
    if (n == 0)
        return EPI_NOTE_UNREADABLE;
    if (!f || f->n_documents == 0)
        return EPI_NOTE_NONE;
    for (size_t i = 0; i < f->n_documents; i++)
        if (fits_pattern(f->documents[i].pattern, d)) {
            *kind = &f->documents[i];
            return EPI_NOTE_NONE;
        }
    if (!all_digits(d))
        return EPI_NOTE_LENGTH;
    /* up to three zeros in front can be lost; zeros of the province code are at most two */
    for (size_t i = 0; i < f->n_documents; i++)
        if (f->documents[i].leading_zero && f->documents[i].pattern.n > n &&
            f->documents[i].pattern.n - n <= 2)
            return EPI_NOTE_LOST_ZERO;
    return EPI_NOTE_LENGTH;
}

bool epi_document_fits(const struct epi_document_kind *k, epi_str d, int birth_year, char sex)
{
    if (!k || k->birth_at < 0 || d.n < (size_t)k->birth_at + 2)
        return true;
    int two = (d.p[k->birth_at] - '0') * 10 + (d.p[k->birth_at + 1] - '0');
    if (k->century_at < 0)
        return birth_year == 0 || birth_year % 100 == two;
    int c = d.p[k->century_at] - '0'; /* 0 1: 1900s man, woman; 2 3: 2000s; … 8 9: 2300s */
    int year = 1900 + c / 2 * 100 + two;
    if (birth_year && birth_year != year)
        return false;
    return sex == 0 || (c % 2 == 0) == (sex == 'm');
}
