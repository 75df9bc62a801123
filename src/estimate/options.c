// SPDX-License-Identifier: AGPL-3.0-or-later
/* Options of a method: from text to values, with every fault named. */
#include "estimate_internal.h"
#include <stdlib.h>

const struct epi_estimate_option epi__series_options[] = {
    {"gaps", EPI_OPT_WORD, "error", 0, 0, "error|zero", "",
     "ngày không có dòng số liệu: báo lỗi, hoặc coi là 0",
     "days without a row: an error, or a count of zero"},
};
const size_t epi__series_options_n = EPI_COUNT(epi__series_options);

const struct epi_estimate_option *epi__option_at(const struct epi_estimate_method *m, size_t i)
{
    if (i < m->options_n)
        return &m->options[i];
    i -= m->options_n;
    return m->shape == EPI_SHAPE_SERIES && i < epi__series_options_n ? &epi__series_options[i]
                                                                     : NULL;
}

static void fault(struct epi_estimate_run *r, const char *code, epi_str name, epi_str arg1,
                  epi_str arg2)
{
    epi_finding_add(r->findings, EPI_ERROR, code, 0, name, arg1, arg2);
}

static bool number(struct epi_estimate_run *r, const struct epi_estimate_option *o, epi_str text,
                   double *ret)
{
    const char *cz = epi_str_cz(r->a, text);
    char *end;
    *ret = strtod(cz, &end);
    if (end == cz || *end || !isfinite(*ret) ||
        (o->type == EPI_OPT_INTEGER && *ret != floor(*ret))) {
        fault(r, "estimate.option-no-number", epi_str_of(o->name), text, EPI_NIL);
        return false;
    }
    if (*ret < o->min || *ret > o->max) {
        fault(r, "estimate.option-range", epi_str_of(o->name), text,
              epi_str_printf(r->a, "%g … %g", o->min, o->max));
        return false;
    }
    return true;
}

static bool numbers(struct epi_estimate_run *r, const struct epi_estimate_option *o, epi_str text,
                    struct epi_option_value *v)
{
    epi_str part, rest = text;
    size_t n = 1;
    bool ok = true;
    for (size_t i = 0; i < text.n; i++)
        n += text.p[i] == ',';
    v->numbers = EPI_ARRAY(r->a, n, double);
    while (epi_str_split(&rest, ',', &part)) {
        ok = number(r, o, epi_str_trim(part), &v->numbers[v->numbers_n]) && ok;
        v->numbers_n++;
    }
    return ok;
}

static bool is_one_of(epi_str text, const char *words, double *ret_index)
{
    epi_str part, rest = epi_str_of(words);
    for (double i = 0; epi_str_split(&rest, '|', &part); i++) {
        if (epi_str_eq(part, text)) {
            *ret_index = i;
            return true;
        }
    }
    return false;
}

static bool set(struct epi_estimate_run *r, const struct epi_estimate_option *o,
                struct epi_option_value *v, const struct epi_estimate_arg *arg)
{
    epi_date d;
    v->given = true;
    v->word = arg->value;
    switch (o->type) {
    case EPI_OPT_NUMBER:
    case EPI_OPT_INTEGER:
        return number(r, o, arg->value, &v->number);
    case EPI_OPT_NUMBERS:
        return numbers(r, o, arg->value, v);
    case EPI_OPT_WORD:
    case EPI_OPT_FLAG: {
        const char *words = o->type == EPI_OPT_FLAG ? "no|yes" : o->words;
        if (is_one_of(arg->value, words, &v->number))
            return true;
        fault(r, "estimate.option-word", epi_str_of(o->name), arg->value, epi_str_of(words));
        return false;
    }
    case EPI_OPT_DATE:
        if (epi_date_parse_iso(arg->value, &d)) {
            v->number = (double)d.d;
            return true;
        }
        fault(r, "estimate.cell-no-date", epi_str_of(o->name), arg->value, EPI_NIL);
        return false;
    case EPI_OPT_TIME:
        return epi_date_parse_iso(arg->value, &d) || number(r, o, arg->value, &v->number);
    case EPI_OPT_TABLE:
        if (arg->table) {
            v->table = *arg->table;
            return true;
        }
        fault(r, "estimate.option-missing", epi_str_of(o->name), epi_str_of(o->name), EPI_NIL);
        return false;
    }
    return false;
}

static epi_str names_of(struct epi_arena *a, const struct epi_estimate_method *m)
{
    epi_str all = EPI_NIL;
    const struct epi_estimate_option *o;
    for (size_t i = 0; (o = epi__option_at(m, i)); i++)
        all = epi_str_printf(a, "%.*s%s%s", EPI_FMT(all), i ? ", " : "", o->name);
    return all;
}

bool epi__options_read(struct epi_estimate_run *r, const struct epi_estimate_arg *args, size_t n)
{
    const struct epi_estimate_method *m = r->method;
    const struct epi_estimate_option *o;
    bool ok = true;
    for (size_t k = 0; k < n; k++) {
        size_t i = 0;
        while ((o = epi__option_at(m, i)) && !epi_str_eqz(args[k].name, o->name))
            i++;
        if (!o) {
            fault(r, "estimate.option-unknown", args[k].name, args[k].name, names_of(r->a, m));
            ok = false;
        } else if (r->options[i].given) {
            fault(r, "estimate.option-twice", args[k].name, args[k].name, EPI_NIL);
            ok = false;
        } else {
            ok = set(r, o, &r->options[i], &args[k]) && ok;
        }
    }
    for (size_t i = 0; (o = epi__option_at(m, i)); i++) {
        EPI_ASSERT(i < EPI_OPTIONS_MAX);
        if (r->options[i].given)
            continue;
        if (!o->standard) {
            fault(r, "estimate.option-missing", epi_str_of(o->name), epi_str_of(o->name), EPI_NIL);
            ok = false;
        } else if (o->standard[0]) {
            struct epi_estimate_arg arg = {epi_str_of(o->name), epi_str_of(o->standard), NULL};
            bool fits = set(r, o, &r->options[i], &arg);
            EPI_ASSERT(fits);
        }
    }
    return ok;
}

static const struct epi_option_value *option(const struct epi_estimate_run *r, const char *name)
{
    const struct epi_estimate_option *o;
    for (size_t i = 0; (o = epi__option_at(r->method, i)); i++) {
        if (strcmp(o->name, name) == 0)
            return &r->options[i];
    }
    EPI_ASSERT(o != NULL); /* else an option the method does not have */
    return NULL;
}

bool epi_opt_given(const struct epi_estimate_run *r, const char *name)
{
    return option(r, name)->given;
}

double epi_opt_number(const struct epi_estimate_run *r, const char *name)
{
    const struct epi_option_value *v = option(r, name);
    return v->given ? v->number : (double)NAN;
}

epi_str epi_opt_word(const struct epi_estimate_run *r, const char *name)
{
    return option(r, name)->word;
}

bool epi_opt_is(const struct epi_estimate_run *r, const char *name, const char *word)
{
    return epi_str_eqz(option(r, name)->word, word);
}

const double *epi_opt_numbers(const struct epi_estimate_run *r, const char *name, size_t *ret_n)
{
    const struct epi_option_value *v = option(r, name);
    *ret_n = v->numbers_n;
    return v->numbers;
}

/* Where a TIME lies, in points from the first of the series; NaN for a date where there are none.
 */
static double place(const struct epi_estimate_run *r, const struct epi_option_value *v)
{
    const struct epi_series *s = &r->series;
    epi_date d;
    if (!epi_date_parse_iso(v->word, &d))
        return v->number - s->t0;
    return epi_date_known(s->start) ? (double)(d.d - s->start.d) / s->step : (double)NAN;
}

epi_status epi_opt_range(const struct epi_estimate_run *r, const char *from, const char *to,
                         size_t *ret_from, size_t *ret_to)
{
    double lo = 0, hi = (double)r->series.n - 1;
    bool ok = true;
    for (int last = 0; last < 2; last++) {
        const char *name = last ? to : from;
        if (!name || !epi_opt_given(r, name))
            continue;
        double at = place(r, option(r, name));
        if (isnan(at) || (last ? at < 0 : at > hi)) {
            epi_finding_add(r->findings, EPI_ERROR, "estimate.option-no-point", 0, epi_str_of(name),
                            epi_opt_word(r, name), EPI_NIL);
            ok = false;
        } else if (last) {
            hi = at < hi ? floor(at) : hi;
        } else {
            lo = at > 0 ? ceil(at) : 0;
        }
    }
    if (ok && lo > hi) {
        epi_finding_add(r->findings, EPI_ERROR, "estimate.option-no-range", 0, epi_str_of(from),
                        epi_opt_word(r, from), to ? epi_opt_word(r, to) : EPI_NIL);
        ok = false;
    }
    if (!ok)
        return EPI_FAIL(r->err, EPI_INVALID, "estimate.options-faulty", "%s", "");
    *ret_from = (size_t)lo;
    *ret_to = (size_t)hi + 1;
    return EPI_OK;
}

const struct epi_frame *epi_opt_table(const struct epi_estimate_run *r, const char *name)
{
    const struct epi_option_value *v = option(r, name);
    return v->given ? &v->table : NULL;
}
