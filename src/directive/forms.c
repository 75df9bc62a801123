// SPDX-License-Identifier: AGPL-3.0-or-later
#include "directive/directive_internal.h"
#include <stdlib.h>

#define FORMS_MAX_BYTES ((size_t)256 * 1024)

struct loader {
    struct epi_arena *a;
    struct epi__folder *folder;
    struct epi_err *err;
};

static epi_status bad(struct loader *l, const char *what)
{
    return EPI_FAIL(l->err, EPI_INVALID, "directive.forms-bad", "%s", what);
}

static int longest_first(const void *x, const void *y)
{
    const epi_str *a = x, *b = y;
    if (a->n != b->n)
        return a->n > b->n ? -1 : 1;
    return epi_str_cmp(*a, *b);
}

enum { REQUIRED = 1, UNSORTED = 2, EXACT = 4 };
/* An array of texts under `key`, folded unless EXACT, longest first unless UNSORTED. */
static epi_status patterns(struct loader *l, const epi_json *from, const char *key, unsigned how,
                           struct epi__pats *ret)
{
    bool required = how & REQUIRED;
    const epi_json *list = epi_json_get(from, key);
    if (!list && !required)
        return EPI_OK;
    if (!list || list->type != EPI_JSON_ARRAY || (required && !list->count))
        return bad(l, key);
    ret->list = EPI_ARRAY(l->a, list->count + 1, epi_str);
    EPI_JSON_EACH (item, list) {
        if (item->type != EPI_JSON_TEXT)
            return bad(l, key);
        epi_str fold = how & EXACT ? epi_text_clean(l->a, item->text)
                                   : epi__fold_pattern(l->a, l->folder, item->text);
        if (!fold.n)
            return bad(l, key);
        ret->list[ret->n++] = fold;
    }
    if (!(how & UNSORTED) && ret->n > 1)
        qsort(ret->list, ret->n, sizeof *ret->list, longest_first);
    return EPI_OK;
}

static epi_status load_forms(struct loader *l, const epi_json *j, struct epi_directive_forms *f)
{
    const epi_json *list = epi_json_get(j, "forms");
    if (!list || list->type != EPI_JSON_ARRAY || !list->count)
        return bad(l, "forms");
    f->forms = EPI_ARRAY(l->a, list->count, struct epi__form);
    EPI_JSON_EACH (item, list) {
        struct epi__form *form = &f->forms[f->forms_n++];
        form->id = epi_str_dup(l->a, epi_json_text(item, "id", EPI_NIL));
        epi_str sep = epi_json_text(item, "separator", EPI_S("/"));
        if (!form->id.n || sep.n != 1)
            return bad(l, "forms.id, forms.separator");
        form->separator = sep.p[0];
        EPI_TRY(patterns(l, item, "mottos", 0, &form->mottos));
        EPI_TRY(patterns(l, item, "words", 0, &form->words));
    }
    return EPI_OK;
}

static epi_status load_abbrs(struct loader *l, const epi_json *item, struct epi__type *type)
{
    const epi_json *abbrs = epi_json_get(item, "abbr");
    if (!abbrs)
        return EPI_OK;
    if (abbrs->type != EPI_JSON_ARRAY)
        return bad(l, "types.abbr");
    type->abbrs = EPI_ARRAY(l->a, abbrs->count + 1, epi_str);
    EPI_JSON_EACH (abbr, abbrs) {
        if (abbr->type != EPI_JSON_TEXT || !abbr->text.n)
            return bad(l, "types.abbr");
        type->abbrs[type->abbrs_n++] = epi_str_dup(l->a, abbr->text);
    }
    return EPI_OK;
}

static epi_status load_types(struct loader *l, const epi_json *j, struct epi_directive_forms *f)
{
    const epi_json *list = epi_json_get(j, "types");
    if (!list || list->type != EPI_JSON_ARRAY || !list->count)
        return bad(l, "types");
    f->types = EPI_ARRAY(l->a, list->count, struct epi__type);
    EPI_JSON_EACH (item, list) {
        struct epi__type *type = &f->types[f->types_n++];
        type->name = epi_str_dup(l->a, epi_json_text(item, "name", EPI_NIL));
        type->fold = epi__fold_pattern(l->a, l->folder, type->name);
        type->unmarked = epi_str_dup(l->a, epi_json_text(item, "unmarked", EPI_NIL));
        type->generic = epi_json_bool(item, "generic", false);
        type->named = epi_json_bool(item, "named", false);
        if (!type->fold.n)
            return bad(l, "types.name");
        EPI_TRY(load_abbrs(l, item, type));
    }
    /* the same names again, longest first, so that "công điện" wins over "điện" */
    f->type_names.list = EPI_ARRAY(l->a, f->types_n, epi_str);
    f->type_index = EPI_ARRAY(l->a, f->types_n, size_t);
    for (size_t i = 0; i < f->types_n; i++)
        f->type_names.list[f->type_names.n++] = f->types[i].fold;
    qsort(f->type_names.list, f->types_n, sizeof(epi_str), longest_first);
    for (size_t i = 0; i < f->types_n; i++)
        for (size_t k = 0; k < f->types_n; k++)
            if (f->types[k].fold.p == f->type_names.list[i].p)
                f->type_index[i] = k;
    return EPI_OK;
}

static epi_status load_marks(struct loader *l, const epi_json *j, struct epi_directive_forms *f)
{
    const epi_json *list = epi_json_get(j, "marks");
    if (!list || list->type != EPI_JSON_ARRAY)
        return bad(l, "marks");
    f->marks = EPI_ARRAY(l->a, list->count + 1, struct epi__mark);
    EPI_JSON_EACH (item, list) {
        struct epi__mark *mark = &f->marks[f->marks_n++];
        mark->fold = epi__fold_pattern(l->a, l->folder, epi_json_text(item, "text", EPI_NIL));
        mark->form = epi_str_dup(l->a, epi_json_text(item, "form", EPI_NIL));
        if (!mark->fold.n)
            return bad(l, "marks.text");
        if (mark->fold.p[mark->fold.n - 1] == '.')
            mark->fold.n--;
        mark->stop = mark->fold.n <= 1; /* one letter alone is too little */
    }
    return EPI_OK;
}

static epi_status load_spreads(struct loader *l, const epi_json *agencies,
                               struct epi_directive_forms *f)
{
    const epi_json *list = epi_json_get(agencies, "spread");
    f->spreads = EPI_ARRAY(l->a, list ? list->count + 1 : 1, struct epi__spread);
    EPI_JSON_EACH (item, list) {
        struct epi__spread *s = &f->spreads[f->spreads_n++];
        s->fold = epi__fold_pattern(l->a, l->folder, epi_json_text(item, "group", EPI_NIL));
        s->head = epi_str_dup(l->a, epi_json_text(item, "head", EPI_NIL));
        if (!s->fold.n || !s->head.n)
            return bad(l, "agencies.spread");
    }
    return EPI_OK;
}

static epi_status load_phone(struct loader *l, const epi_json *j, struct epi_directive_forms *f)
{
    const epi_json *phone = epi_json_get(j, "phone");
    f->phone_min = epi_json_int(phone, "min", 9);
    f->phone_max = epi_json_int(phone, "max", 15);
    EPI_JSON_EACH (prefix, epi_json_get(phone, "prefixes")) {
        if (prefix->type != EPI_JSON_TEXT || f->phone_prefixes_n == EPI_COUNT(f->phone_prefixes))
            return bad(l, "phone.prefixes");
        f->phone_prefixes[f->phone_prefixes_n++] = epi_str_dup(l->a, prefix->text);
    }
    return EPI_OK;
}

epi_status epi_directive_forms_load(struct epi_arena *a, epi_str json,
                                    const struct epi_directive_forms **ret, struct epi_err *reterr)
{
    const epi_json *j;
    EPI_TRY(epi_json_parse(a, json, FORMS_MAX_BYTES, &j, reterr));
    struct loader l = {a, epi__folder_new(a), reterr};
    struct epi_directive_forms *f = EPI_NEW(a, struct epi_directive_forms);
    if (j->type != EPI_JSON_OBJECT)
        return bad(&l, "{}");
    EPI_TRY(load_forms(&l, j, f));
    EPI_TRY(load_types(&l, j, f));
    EPI_TRY(load_marks(&l, j, f));
    EPI_TRY(load_phone(&l, j, f));
    EPI_TRY(patterns(&l, j, "titles", REQUIRED, &f->titles));
    EPI_TRY(
        patterns(&l, j, "months", UNSORTED, &f->months)); /* twelve names, then again other names */
    const epi_json *phrases = epi_json_get(j, "phrases"), *agencies = epi_json_get(j, "agencies");
    if (!phrases || !agencies)
        return bad(&l, "phrases, agencies");
#define X(name) EPI_TRY(patterns(&l, phrases, #name, 0, &f->name));
    EPI__PHRASES(X)
#undef X
    EPI_TRY(patterns(&l, phrases, "stop", EXACT, &f->stop));
    if (!f->addressees.n || !f->distribution.n || !f->number.n)
        return bad(&l, "phrases.addressees, phrases.distribution, phrases.number");
    EPI_TRY(patterns(&l, agencies, "heads", REQUIRED, &f->heads));
    EPI_TRY(patterns(&l, agencies, "heads_capital", 0, &f->heads_capital));
    EPI_TRY(patterns(&l, agencies, "heads_exact", EXACT, &f->heads_exact));
    EPI_TRY(patterns(&l, agencies, "groups", 0, &f->groups));
    EPI_TRY(patterns(&l, agencies, "names", 0, &f->names));
    EPI_TRY(patterns(&l, agencies, "units", 0, &f->units));
    EPI_TRY(load_spreads(&l, agencies, f));
    *ret = f;
    return EPI_OK;
}
