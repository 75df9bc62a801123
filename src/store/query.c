// SPDX-License-Identifier: AGPL-3.0-or-later
// The meaning of scopes, filters, orders and searches on one record. The memory store is built on
// these; the SQLite store must answer alike.
#include "store/store_internal.h"

bool epi__under(epi_str unit, epi_str prefix)
{
    if (prefix.n == 0 || !epi_str_starts(unit, prefix))
        return false;
    return prefix.p[prefix.n - 1] == '/' || unit.n == prefix.n || unit.p[prefix.n] == '/';
}

bool epi_scope_has(const struct epi_scope *s, epi_str unit_path)
{
    if (s->all)
        return true;
    for (size_t i = 0; i < s->n; i++)
        if (epi__under(unit_path, s->prefixes[i]))
            return true;
    return false;
}

static epi_status filter_check(const struct epi_kind *k, const struct epi_filter *f,
                               struct epi_err *reterr)
{
    if (f->field >= k->n_fields)
        return EPI_FAIL(reterr, EPI_INVALID, "store.unknown-field", "%s", k->name);
    const struct epi_field *field = &k->fields[f->field];
    bool fits = true;
    switch (f->match) {
    case EPI_EQ:
    case EPI_NE:
        fits = epi_value_fits(field, f->v);
        break;
    case EPI_LT:
    case EPI_LE:
    case EPI_GT:
    case EPI_GE:
        fits = f->v.t != EPI_V_NULL && epi_value_fits(field, f->v);
        break;
    case EPI_UNDER:
        fits = field->type == EPI_T_UNIT && f->v.t == EPI_V_TEXT;
        break;
    case EPI_ANY_OF:
        if (f->n_any > EPI_ANY_MAX)
            return EPI_FAIL(reterr, EPI_LIMIT, "store.too-many-values", "%zu", f->n_any);
        for (size_t i = 0; i < f->n_any; i++)
            fits = fits && epi_value_fits(field, f->any[i]);
        break;
    case EPI_IS_NULL:
    case EPI_NOT_NULL:
        break;
    }
    return fits ? EPI_OK : EPI_FAIL(reterr, EPI_INVALID, "store.wrong-filter", "%s", field->name);
}

epi_status epi__filters_check(const struct epi_catalogue *c, uint16_t kind,
                              const struct epi_filter *filters, size_t n, struct epi_err *reterr)
{
    if (kind >= c->n_kinds)
        return EPI_FAIL(reterr, EPI_INVALID, "store.unknown-kind", "%u", kind);
    if (n > EPI_FILTERS_MAX)
        return EPI_FAIL(reterr, EPI_LIMIT, "store.too-many-filters", "%d", EPI_FILTERS_MAX);
    for (size_t i = 0; i < n; i++)
        EPI_TRY(filter_check(&c->kinds[kind], &filters[i], reterr));
    return EPI_OK;
}

epi_status epi__query_check(const struct epi_catalogue *c, const struct epi_query *q,
                            struct epi_err *reterr)
{
    EPI_TRY(epi__filters_check(c, q->kind, q->filters, q->n_filters, reterr));
    const struct epi_kind *k = &c->kinds[q->kind];
    if (q->order < -1 || q->order >= (int)k->n_fields)
        return EPI_FAIL(reterr, EPI_INVALID, "store.unknown-field", "%s", k->name);
    if (q->limit < 1 || q->limit > EPI_PAGE_MAX)
        return EPI_FAIL(reterr, EPI_LIMIT, "store.page-size", "%d", EPI_PAGE_MAX);
    if (q->has_after && q->order >= 0 && !epi_value_fits(&k->fields[q->order], q->after_value))
        return EPI_FAIL(reterr, EPI_INVALID, "store.wrong-filter", "%s", k->fields[q->order].name);
    return EPI_OK;
}

int epi__value_cmp(struct epi_value a, struct epi_value b)
{
    if (a.t == EPI_V_NULL || b.t == EPI_V_NULL)
        return (a.t != EPI_V_NULL) - (b.t != EPI_V_NULL);
    if (a.t == EPI_V_TEXT && b.t == EPI_V_TEXT) {
        int d = epi_str_cmp(a.s, b.s);
        return (d > 0) - (d < 0);
    }
    if (a.t == EPI_V_REAL && b.t == EPI_V_REAL)
        return (a.f > b.f) - (a.f < b.f);
    EPI_ASSERT(a.t == EPI_V_INT && b.t == EPI_V_INT);
    return (a.i > b.i) - (a.i < b.i);
}

bool epi__filter_match(const struct epi_filter *f, struct epi_value v)
{
    bool known = v.t != EPI_V_NULL;
    switch (f->match) {
    case EPI_EQ:
        return epi__value_cmp(v, f->v) == 0;
    case EPI_NE:
        return epi__value_cmp(v, f->v) != 0;
    case EPI_LT:
        return known && epi__value_cmp(v, f->v) < 0;
    case EPI_LE:
        return known && epi__value_cmp(v, f->v) <= 0;
    case EPI_GT:
        return known && epi__value_cmp(v, f->v) > 0;
    case EPI_GE:
        return known && epi__value_cmp(v, f->v) >= 0;
    case EPI_UNDER:
        return known && epi__under(v.s, f->v.s);
    case EPI_IS_NULL:
        return !known;
    case EPI_NOT_NULL:
        return known;
    case EPI_ANY_OF:
        for (size_t i = 0; i < f->n_any; i++)
            if (known && f->any[i].t != EPI_V_NULL && epi__value_cmp(v, f->any[i]) == 0)
                return true;
        return false;
    }
    return false;
}

struct epi__words epi__search_words(struct epi_arena *a, epi_str search)
{
    epi_str rest = epi_text_fold(a, search), part;
    struct epi__words w = {.word = EPI_ARRAY(a, rest.n / 2 + 1, epi_str)};
    while (w.n < EPI_SEARCH_WORDS_MAX && epi_str_split(&rest, ' ', &part))
        if (part.n)
            w.word[w.n++] = part;
    return w;
}

static bool begins_some_word(epi_str folded, epi_str word)
{
    epi_str part;
    while (epi_str_split(&folded, ' ', &part))
        if (epi_str_starts(part, word))
            return true;
    return false;
}

bool epi__search_match(struct epi_arena *scratch, const struct epi_catalogue *c,
                       const struct epi_record *r, const struct epi__words *words)
{
    const struct epi_kind *k = &c->kinds[r->kind];
    for (size_t i = 0; i < words->n; i++) {
        bool found = false;
        for (size_t f = 0; f < k->n_fields && !found; f++)
            if ((k->fields[f].flags & EPI_F_SEARCH) && r->v[f].t == EPI_V_TEXT)
                found = begins_some_word(epi_text_fold(scratch, r->v[f].s), words->word[i]);
        if (!found)
            return false;
    }
    return true;
}

bool epi__kind_searchable(const struct epi_kind *k)
{
    for (size_t f = 0; f < k->n_fields; f++)
        if (k->fields[f].flags & EPI_F_SEARCH)
            return true;
    return false;
}

static int group_cmp(const void *a, const void *b)
{
    const struct epi_group *x = a, *y = b;
    for (size_t i = 0; i < 3; i++) {
        int d = epi__value_cmp(x->key[i], y->key[i]);
        if (d)
            return d;
    }
    return 0;
}

void epi__groups_sort(struct epi_group *groups, size_t n, size_t n_by)
{
    for (size_t i = 0; i < n; i++)
        for (size_t k = n_by; k < 3; k++)
            groups[i].key[k] = EPI_NULLV;
    if (n)
        qsort(groups, n, sizeof *groups, group_cmp);
}
