// SPDX-License-Identifier: AGPL-3.0-or-later
#include "exchange/values.h"

#include <math.h>

#define NUMBER_BYTES 64

struct shape { /* the text without blanks between groups, and where its marks are */
    char digits[NUMBER_BYTES];
    size_t n;
    size_t points, commas, last_point, last_comma;
    bool exponent;
};

static bool shape_of(epi_str s, struct shape *h)
{
    *h = (struct shape){0};
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool between = i && i + 1 < s.n && s.p[i - 1] >= '0' && s.p[i - 1] <= '9';
        if (c == ' ' && between)
            continue;
        if ((uint8_t)c == 0xC2 && i + 1 < s.n && (uint8_t)s.p[i + 1] == 0xA0 && between) {
            i++; /* a no-break space between thousands */
            continue;
        }
        if (h->n + 1 == NUMBER_BYTES)
            return false;
        bool exponent = (c == 'e' || c == 'E') && h->n && !h->exponent;
        bool sign = (c == '-' || c == '+') && (h->n == 0 || (h->digits[h->n - 1] | 32) == 'e');
        if (c == '.') {
            h->points++;
            h->last_point = h->n;
        } else if (c == ',') {
            h->commas++;
            h->last_comma = h->n;
        } else if (!exponent && !sign && !(c >= '0' && c <= '9')) {
            return false;
        }
        h->exponent |= exponent;
        h->digits[h->n++] = c;
    }
    return h->n > 0;
}

/* Every mark of this sort is followed by exactly three digits: they can be thousands. */
static bool groups_of_three(const struct shape *h, char mark, size_t end)
{
    size_t at = h->digits[0] == '-' || h->digits[0] == '+', lead = 0;
    while (at < end && h->digits[at] != mark) {
        at++;
        lead++;
    }
    if (lead < 1 || lead > 3)
        return false;
    while (at < end) {
        size_t run = 0;
        for (at++; at < end && h->digits[at] != mark; at++)
            run++;
        if (run != 3)
            return false;
    }
    return true;
}

static epi_value_note convert(const struct shape *h, char decimal, double *ret)
{
    char plain[NUMBER_BYTES];
    size_t n = 0;
    for (size_t i = 0; i < h->n; i++) {
        char c = h->digits[i];
        if (c == decimal)
            plain[n++] = '.';
        else if (c != '.' && c != ',')
            plain[n++] = c;
    }
    size_t skip = n && plain[0] == '+';
    return epi_str_to_f64((epi_str){plain + skip, n - skip}, ret) ? EPI_NOTE_NONE
                                                                  : EPI_NOTE_UNREADABLE;
}

epi_value_note epi_number_read(epi_str text, double *ret)
{
    epi_str s = epi_str_trim(text);
    if (s.n == 0)
        return EPI_NOTE_EMPTY;
    struct shape h;
    if (!shape_of(s, &h))
        return EPI_NOTE_UNREADABLE;
    if (!h.points && !h.commas)
        return convert(&h, 0, ret);
    if (h.points && h.commas) { /* the last mark is the decimal one, the other groups thousands */
        bool comma = h.last_comma > h.last_point;
        size_t mark = comma ? h.last_comma : h.last_point;
        if ((comma ? h.commas : h.points) != 1 || !groups_of_three(&h, comma ? '.' : ',', mark))
            return EPI_NOTE_UNREADABLE;
        return convert(&h, comma ? ',' : '.', ret);
    }
    char mark = h.points ? '.' : ',';
    if (h.points + h.commas > 1)
        return groups_of_three(&h, mark, h.n) ? convert(&h, 0, ret) : EPI_NOTE_UNREADABLE;
    epi_value_note note = convert(&h, mark, ret);
    bool maybe_thousands = groups_of_three(&h, mark, h.n) && h.digits[0] != '0' && !h.exponent;
    return note == EPI_NOTE_NONE && maybe_thousands ? EPI_NOTE_AMBIGUOUS : note;
}

epi_value_note epi_integer_read(epi_str text, int64_t *ret)
{
    epi_str s = epi_str_trim(text);
    if (epi_str_to_i64(s, ret))
        return EPI_NOTE_NONE;
    double f = 0;
    epi_value_note note = epi_number_read(s, &f);
    if (note == EPI_NOTE_EMPTY || note == EPI_NOTE_UNREADABLE)
        return note;
    if (note == EPI_NOTE_AMBIGUOUS)
        f *= 1000; /* one mark and three digits: whole numbers have no decimals, so it groups */
    f = note == EPI_NOTE_AMBIGUOUS ? round(f) : f;
    if (!(fabs(f) < 9007199254740992.0) || f != floor(f))
        return EPI_NOTE_OUT_OF_RANGE;
    *ret = (int64_t)f;
    return note;
}

epi_value_note epi_bool_read(const struct epi_forms *f, epi_str text, bool *ret)
{
    epi_str s = epi_str_trim(text);
    if (s.n == 0)
        return EPI_NOTE_EMPTY;
    if (epi_str_eq(s, EPI_S("1")) || epi_str_ieq(s, EPI_S("true"))) {
        *ret = true;
        return EPI_NOTE_NONE;
    }
    if (epi_str_eq(s, EPI_S("0")) || epi_str_ieq(s, EPI_S("false"))) {
        *ret = false;
        return EPI_NOTE_NONE;
    }
    if (!f || s.n > 100)
        return EPI_NOTE_UNREADABLE;
    EPI_ARENA_LOCAL(a);
    epi_str folded = epi_text_fold(a, s);
    if (epi_synonyms_have(&f->yes, folded)) {
        *ret = true;
        return EPI_NOTE_NONE;
    }
    if (epi_synonyms_have(&f->no, folded)) {
        *ret = false;
        return EPI_NOTE_NONE;
    }
    return epi_synonyms_have(&f->empty, folded) ? EPI_NOTE_EMPTY : EPI_NOTE_UNREADABLE;
}
