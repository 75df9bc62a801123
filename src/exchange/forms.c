// SPDX-License-Identifier: AGPL-3.0-or-later
#include "exchange/values.h"

#define FORMS_MAX ((size_t)4 * 1024 * 1024)

bool epi_synonyms_have(const struct epi_synonyms *s, epi_str folded)
{
    for (size_t i = 0; i < s->n; i++)
        if (epi_str_eq(s->words[i], folded))
            return true;
    return false;
}

static struct epi_synonyms synonyms(struct epi_arena *a, epi_str name, const epi_json *list)
{
    struct epi_synonyms s = {.name = epi_str_dup(a, name)};
    if (!list || list->type != EPI_JSON_ARRAY)
        return s;
    epi_str *words = EPI_ARRAY(a, list->count + 1, epi_str);
    EPI_JSON_EACH (item, list)
        if (item->type == EPI_JSON_TEXT) {
            epi_str folded = epi_text_fold(a, item->text);
            /* "x", "-" and "+" fold to little or nothing: kept as written */
            words[s.n++] = folded.n ? folded : epi_str_dup(a, item->text);
        }
    s.words = words;
    return s;
}

static void read_phone(struct epi_arena *a, const epi_json *j, struct epi_phone_plan *p)
{
    p->country = epi_str_dup(a, epi_json_text(j, "country", EPI_NIL));
    p->trunk = epi_str_dup(a, epi_json_text(j, "trunk", EPI_NIL));
    const epi_json *ranges = epi_json_get(j, "ranges"), *old = epi_json_get(j, "renumbered");
    struct epi_phone_range *r =
        EPI_ARRAY(a, (ranges ? ranges->count : 0) + 1, struct epi_phone_range);
    EPI_JSON_EACH (item, ranges) {
        int64_t digits = epi_json_int(item, "digits", 0);
        r[p->n_ranges++] = (struct epi_phone_range){
            epi_str_dup(a, epi_json_text(item, "prefix", EPI_NIL)),
            digits > 0 && digits < 16 ? (size_t)digits : 0, epi_json_bool(item, "mobile", false)};
    }
    struct epi_renumbering *o = EPI_ARRAY(a, (old ? old->count : 0) + 1, struct epi_renumbering);
    EPI_JSON_EACH (item, old) {
        int64_t digits = epi_json_int(item, "digits", 0);
        o[p->n_old++] =
            (struct epi_renumbering){epi_str_dup(a, epi_json_text(item, "from", EPI_NIL)),
                                     epi_str_dup(a, epi_json_text(item, "to", EPI_NIL)),
                                     digits > 0 && digits < 20 ? (size_t)digits : 0};
    }
    p->ranges = r;
    p->old = o;
}

static void read_documents(struct epi_arena *a, const epi_json *j, struct epi_forms *f)
{
    const epi_json *list = epi_json_get(j, "documents");
    struct epi_document_kind *d =
        EPI_ARRAY(a, (list ? list->count : 0) + 1, struct epi_document_kind);
    EPI_JSON_EACH (item, list) {
        struct epi_document_kind *k = &d[f->n_documents++];
        k->type = epi_str_dup(a, epi_json_text(item, "type", EPI_NIL));
        k->pattern = epi_str_dup(a, epi_json_text(item, "pattern", EPI_NIL));
        k->leading_zero = epi_json_bool(item, "leading_zero", false);
        k->birth_at = (int)epi_json_int(item, "birth_at", -1);
        k->century_at = (int)epi_json_int(item, "century_at", -1);
        if (k->birth_at < 0 || (size_t)k->birth_at + 2 > k->pattern.n)
            k->birth_at = -1;
        if (k->century_at < 0 || (size_t)k->century_at >= k->pattern.n)
            k->century_at = -1;
    }
    f->documents = d;
}

/* {"sex":{"male":["nam",…]}} to "sex.male" -> words */
static void read_words(struct epi_arena *a, const epi_json *j, struct epi_forms *f)
{
    f->yes = synonyms(a, EPI_S("yes"), epi_json_get(j, "yes"));
    f->no = synonyms(a, EPI_S("no"), epi_json_get(j, "no"));
    f->empty = synonyms(a, EPI_S("empty"), epi_json_get(j, "empty"));
    const epi_json *fields = epi_json_get(j, "words");
    size_t n = 0;
    EPI_JSON_EACH (field, fields)
        n += field->count;
    struct epi_synonyms *w = EPI_ARRAY(a, n + 1, struct epi_synonyms);
    EPI_JSON_EACH (field, fields)
        EPI_JSON_EACH (word, field)
            w[f->n_words++] = synonyms(
                a, epi_str_printf(a, "%.*s.%.*s", EPI_FMT(field->key), EPI_FMT(word->key)), word);
    f->words = w;
}

static void read_columns(struct epi_arena *a, const epi_json *j, struct epi_forms *f)
{
    const epi_json *columns = epi_json_get(j, "columns");
    struct epi_synonyms *c = EPI_ARRAY(a, (columns ? columns->count : 0) + 1, struct epi_synonyms);
    EPI_JSON_EACH (item, columns)
        c[f->n_columns++] = synonyms(a, item->key, item);
    f->columns = c;
}

epi_status epi_forms_new(struct epi_arena *a, const struct epi_forms_texts *texts,
                         const struct epi_forms **ret, struct epi_err *reterr)
{
    const epi_str parts[] = {texts->phone, texts->document, texts->words, texts->columns};
    const epi_json *j[4] = {NULL};
    for (size_t i = 0; i < EPI_COUNT(parts); i++)
        if (parts[i].n)
            EPI_TRY(epi_json_parse(a, parts[i], FORMS_MAX, &j[i], reterr));
    struct epi_forms *f = EPI_NEW(a, struct epi_forms);
    read_phone(a, j[0], &f->phone);
    read_documents(a, j[1], f);
    read_words(a, j[2], f);
    read_columns(a, j[3], f);
    *ret = f;
    return EPI_OK;
}

epi_status epi_forms_load(struct epi_arena *a, const struct epi_fs *fs, const char *folder,
                          const struct epi_forms **ret, struct epi_err *reterr)
{
    static const char *const names[] = {"phone.json", "document.json", "words.json",
                                        "columns.json"};
    epi_str text[4] = {{NULL, 0}};
    for (size_t i = 0; i < EPI_COUNT(names); i++) {
        epi_str path = epi_str_printf(a, "%s/%s", folder, names[i]);
        const char *path_cz = epi_str_cz(a, path);
        if (fs->exists(fs->ctx, path_cz))
            EPI_TRY(fs->read(fs->ctx, a, path_cz, FORMS_MAX, &text[i], reterr));
    }
    struct epi_forms_texts texts = {text[0], text[1], text[2], text[3]};
    return epi_forms_new(a, &texts, ret, reterr);
}
