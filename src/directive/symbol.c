// SPDX-License-Identifier: AGPL-3.0-or-later
#include "directive/directive_internal.h"

#define GROUP_LONGEST 24 /* characters of one group of a symbol */

/* One group of letters of a symbol; the first character must be a letter (a capital when strict).
 */
static size_t group(const struct epi__text *t, size_t at, size_t to, bool strict)
{
    if (at >= to || !epi__is_letter(t, at) || (strict && !epi__is_upper(t, at)))
        return EPI__NONE;
    size_t i = at, count = 0, upper = 0, lower = 0;
    while (i < to && count++ < GROUP_LONGEST &&
           (epi__is_letter(t, i) || epi__is_digit(t, i) || t->fold[i] == '&')) {
        upper += epi__is_upper(t, i);
        lower += epi__is_lower(t, i);
        i = epi__next(t, i, to);
    }
    /* "QĐ", "CTr", "TTg", but no word of a sentence */
    return strict && (lower > upper || count < 2) ? EPI__NONE : i;
}

/* Groups parted by - or / with blanks around them allowed before a capital. */
static size_t groups(const struct epi__text *t, size_t at, size_t to, bool strict,
                     struct epi__symbol *s)
{
    size_t end = group(t, at, to, strict);
    if (end == EPI__NONE)
        return EPI__NONE;
    s->type = (struct epi__span){at, end};
    for (int more = 0; more < 5; more++) {
        size_t i = epi__skip_space(t, end, to);
        if (i >= to || (t->fold[i] != '-' && t->fold[i] != '/' && t->fold[i] != '.'))
            break;
        if (t->fold[i] == '.' && i != end)
            break;
        size_t g = epi__skip_space(t, i + 1, to);
        /* "UBND - thực hiện": a hyphen between words is no part of the symbol */
        if (g < to && !epi__is_upper(t, g) && (strict || g > i + 1 || i > end))
            break;
        size_t e = group(t, g, to, strict);
        if (e == EPI__NONE)
            break;
        if (t->fold[i] == '.' && g != i + 1)
            break;
        if (!s->issuer.to)
            s->issuer = (struct epi__span){g, e};
        end = e;
    }
    return end;
}

bool epi__symbol(const struct epi__text *t, size_t at, size_t to, bool strict,
                 struct epi__symbol *ret)
{
    *ret = (struct epi__symbol){.number = {at, at}};
    size_t i = at;
    while (i < to && epi__is_digit(t, i) && i - at < 7)
        i++;
    if (i < to && epi__is_digit(t, i))
        return false;
    if (i > at && i + 1 < to && epi__is_lower(t, i) &&
        (t->fold[i + 1] == '/' || t->fold[i + 1] == '-'))
        i++; /* "12a/…" */
    ret->number.to = i;
    if (strict && i == at)
        return false;
    /* a blank left for the number: dots or nothing */
    size_t j = epi__skip_space(t, i, to);
    if (i == at)
        while (j < to && (t->fold[j] == '.' || t->fold[j] == ' ' || !t->fold[j]))
            j++;
    if (j >= to || (t->fold[j] != '/' && t->fold[j] != '-'))
        return false;
    ret->separator = (char)t->fold[j];
    size_t g = epi__skip_space(t, j + 1, to);
    /* number/year/… */
    if (ret->separator == '/' && g + 5 < to && epi__is_digit(t, g) && epi__is_digit(t, g + 3) &&
        !epi__is_digit(t, g + 4)) {
        size_t slash = epi__skip_space(t, g + 4, to);
        if (slash < to && t->fold[slash] == '/') {
            ret->year_form = true;
            g = epi__skip_space(t, slash + 1, to);
        }
    }
    size_t end = groups(t, g, to, strict, ret);
    if (end == EPI__NONE || (strict && ret->separator == '-' && !ret->issuer.to))
        return false;
    ret->all = (struct epi__span){at, end};
    return true;
}

epi_str epi__symbol_text(struct epi_arena *a, const struct epi__text *t,
                         const struct epi__symbol *s)
{
    char *out = EPI_ARRAY(a, s->all.to - s->all.from + 1, char);
    size_t n = 0;
    bool began = s->number.to > s->number.from;
    for (size_t i = s->all.from; i < s->all.to; i++) {
        if (!began && t->fold[i] != s->separator && t->fold[i])
            continue; /* dots where the number should be */
        began = true;
        if (t->fold[i] == ' ')
            continue;
        /* all kinds of dashes are written as a hyphen */
        if (t->fold[i] == '-') {
            out[n++] = '-';
            while (i + 1 < s->all.to && !t->fold[i + 1])
                i++;
            continue;
        }
        out[n++] = t->p[i];
    }
    return (epi_str){out, n};
}

size_t epi__type_of_abbr(const struct epi_directive_forms *f, epi_str abbr)
{
    for (size_t i = 0; i < f->types_n; i++)
        for (size_t k = 0; k < f->types[i].abbrs_n; k++)
            if (epi_str_eq(f->types[i].abbrs[k], abbr))
                return i;
    return EPI__NONE;
}

size_t epi__form_of_separator(const struct epi_directive_forms *f, char separator)
{
    for (size_t i = 0; i < f->forms_n; i++)
        if (f->forms[i].separator == separator)
            return i;
    return EPI__NONE;
}

size_t epi__type_unmarked(const struct epi_directive_forms *f, char separator)
{
    size_t form = epi__form_of_separator(f, separator);
    for (size_t i = 0; form != EPI__NONE && i < f->types_n; i++)
        if (f->types[i].unmarked.n && epi_str_eq(f->types[i].unmarked, f->forms[form].id))
            return i;
    return EPI__NONE;
}

/* --- dates ---------------------------------------------------------------------------------------
 */
static bool number_at(const struct epi__text *t, size_t *at, size_t to, int longest, int *ret)
{
    size_t i = *at;
    int v = 0, digits = 0;
    while (i < to && epi__is_digit(t, i) && digits < longest) {
        v = v * 10 + (t->fold[i] - '0');
        digits++;
        i++;
    }
    if (!digits || (i < to && epi__is_digit(t, i)))
        return false;
    *at = i;
    *ret = v;
    return true;
}

/* 5/11/2021, 05-11-2021, 05.11.2021, 2021-11-05 */
static bool numeric_date(const struct epi__text *t, size_t at, size_t to, size_t *ret_end,
                         int ymd[3])
{
    int a, b, c;
    size_t i = at;
    if (!number_at(t, &i, to, 4, &a))
        return false;
    i = epi__skip_space(t, i, to);
    if (i >= to || !strchr("/-.", t->fold[i]) || !t->fold[i])
        return false;
    char sep = (char)t->fold[i];
    i = epi__skip_space(t, i + 1, to);
    if (!number_at(t, &i, to, 2, &b))
        return false;
    i = epi__skip_space(t, i, to);
    if (i >= to || t->fold[i] != sep)
        return false;
    i = epi__skip_space(t, i + 1, to);
    if (!number_at(t, &i, to, 4, &c))
        return false;
    bool iso = a > 31;
    ymd[0] = iso ? a : c;
    ymd[1] = b;
    ymd[2] = iso ? c : a;
    *ret_end = i;
    return ymd[0] >= 1000;
}

/* "17 tháng 11 năm 2021"; day, month or year may be left blank when `worded`. */
static bool worded_date(const struct epi__text *t, size_t at, size_t to,
                        const struct epi_directive_forms *f, bool worded, size_t *ret_end,
                        int ymd[3])
{
    size_t i = at, end;
    ymd[0] = ymd[1] = ymd[2] = 0;
    if (!number_at(t, &i, to, 2, &ymd[2]) && !worded)
        return false;
    while (i < to && (t->fold[i] == ' ' || t->fold[i] == '.' || !t->fold[i]))
        i++;
    end = epi__match_any(t, i, to, &f->month, NULL);
    if (end == EPI__NONE)
        return false;
    i = end;
    while (i < to && (t->fold[i] == ' ' || t->fold[i] == '.' || !t->fold[i]))
        i++;
    if (!number_at(t, &i, to, 2, &ymd[1]) && !worded)
        return false;
    while (i < to && (t->fold[i] == ' ' || t->fold[i] == '.' || t->fold[i] == ',' || !t->fold[i]))
        i++;
    size_t year = epi__match_any(t, i, to, &f->year, NULL);
    *ret_end = i;
    if (year == EPI__NONE)
        return worded;
    i = epi__skip_space(t, year, to);
    if (number_at(t, &i, to, 4, &ymd[0]))
        *ret_end = i;
    else
        *ret_end = year;
    return true;
}

/* "3 March 2024" */
static bool named_month_date(const struct epi__text *t, size_t at, size_t to,
                             const struct epi_directive_forms *f, size_t *ret_end, int ymd[3])
{
    size_t i = at, end;
    if (!f->months.n || !number_at(t, &i, to, 2, &ymd[2]))
        return false;
    i = epi__skip_space(t, i, to);
    for (size_t m = 0; m < f->months.n; m++) {
        end = epi__match_word(t, i, to, f->months.list[m]);
        if (end == EPI__NONE)
            continue;
        end = epi__skip_space(t, end, to);
        ymd[1] = (int)(m % 12) + 1;
        if (!number_at(t, &end, to, 4, &ymd[0]))
            return false;
        *ret_end = end;
        return true;
    }
    return false;
}

bool epi__date(const struct epi__text *t, size_t at, size_t to, const struct epi_directive_forms *f,
               bool worded, size_t *ret_end, struct epi_directive_date *ret)
{
    int ymd[3] = {0};
    at = epi__skip_space(t, at, to);
    if (!numeric_date(t, at, to, ret_end, ymd) &&
        !worded_date(t, at, to, f, worded, ret_end, ymd) &&
        !named_month_date(t, at, to, f, ret_end, ymd))
        return false;
    bool real = epi_ymd_valid(ymd[0], ymd[1], ymd[2]);
    *ret = (struct epi_directive_date){
        .field = epi__field(t, (struct epi__span){at, *ret_end}, real ? 0.95 : 0.3),
        .date = real ? epi_date_ymd(ymd[0], ymd[1], ymd[2]) : EPI_DATE_UNKNOWN,
        .year = ymd[0] >= 1000 ? ymd[0] : 0,
        .month = ymd[1] >= 1 && ymd[1] <= 12 ? ymd[1] : 0,
    };
    return true;
}
