// SPDX-License-Identifier: AGPL-3.0-or-later
#include "catalogue/catalogue_internal.h"
#include <stdlib.h>

static const char *const type_words[] = {"text", "word",    "integer", "number", "boolean",
                                         "date", "instant", "ref",     "unit",   "json"};

const char *epi_type_word(epi_type t)
{
    return type_words[t];
}

bool epi_value_eq(struct epi_value a, struct epi_value b)
{
    if (a.t != b.t)
        return false;
    switch (a.t) {
    case EPI_V_NULL:
        return true;
    case EPI_V_INT:
        return a.i == b.i;
    case EPI_V_REAL:
        return memcmp(&a.f, &b.f, sizeof a.f) == 0;
    case EPI_V_TEXT:
        return epi_str_eq(a.s, b.s);
    }
    return false;
}

struct epi_value epi_value_dup(struct epi_arena *a, struct epi_value v)
{
    if (v.t == EPI_V_TEXT)
        v.s = epi_str_dup(a, v.s);
    return v;
}

bool epi__spec_read(struct epi_field *f, const char *spec, const char **ret_list,
                    const char **ret_ref)
{
    if (!*spec)
        return true;
    if (strncmp(spec, "list=", 5) == 0)
        return *ret_list = spec + 5, true;
    if (strncmp(spec, "ref=", 4) == 0)
        return *ret_ref = spec + 4, true;
    const char *dots = strstr(spec, "..");
    if (!dots)
        return false;
    if (dots == spec) {
        f->max_bytes = (uint32_t)strtoul(spec + 2, NULL, 10);
        return f->max_bytes > 0;
    }
    char *end;
    f->min = strtod(spec, &end);
    f->has_min = true;
    f->max = strtod(dots + 2, &end);
    f->has_max = true;
    while (*end == ' ')
        end++;
    f->measure = end;
    return true;
}

static void find_list(const char *list, const struct epi_word **ret, size_t *ret_n,
                      struct epi_arena *a)
{
    for (size_t i = 0; i < epi__n_raw_words; i++) {
        if (!epi__raw_words[i].list || strcmp(epi__raw_words[i].list, list) != 0)
            continue;
        size_t n = 0;
        while (i + 1 + n < epi__n_raw_words && !epi__raw_words[i + 1 + n].list)
            n++;
        struct epi_word *words = EPI_ARRAY(a, n, struct epi_word);
        for (size_t k = 0; k < n; k++)
            words[k] = epi__raw_words[i + 1 + k].word;
        *ret = words;
        *ret_n = n;
        return;
    }
    epi_assert_failed("a word list named in kinds.def exists", __FILE__, __LINE__);
}

static uint16_t raw_kind_index(const char *name)
{
    for (uint16_t k = 0; k < EPI_KINDS; k++)
        if (strcmp(epi__raw_kinds[k].name, name) == 0)
            return k;
    epi_assert_failed("a kind named in kinds.def exists", __FILE__, __LINE__);
}

static void builtin_field(struct epi_arena *a, struct epi_field *f,
                          const struct epi__raw_field *raw)
{
    const char *list = NULL, *ref = NULL;
    *f = (struct epi_field){.name = raw->name,
                            .tag = raw->tag,
                            .type = raw->type,
                            .flags = raw->flags,
                            .measure = "",
                            .max_bytes = 4000};
    for (int l = 0; l < 2; l++) {
        f->label[l] = raw->label[l];
        f->help[l] = raw->help[l];
    }
    EPI_ASSERT(epi__spec_read(f, raw->spec, &list, &ref));
    if (list)
        find_list(list, &f->words, &f->n_words, a);
    if (ref)
        f->ref_kind = raw_kind_index(ref);
    EPI_ASSERT((f->type == EPI_T_WORD) == (list != NULL));
    EPI_ASSERT((f->type == EPI_T_REF) == (ref != NULL));
}

/* Limits are numbers, the lower one first. */
static void site_limits(const epi_json *j, epi_str path, struct epi_field *f,
                        struct epi_findings *findings)
{
    const epi_json *min = epi_json_get(j, "min"), *max = epi_json_get(j, "max");
    bool numbers = (!min || min->type == EPI_JSON_INT || min->type == EPI_JSON_REAL) &&
                   (!max || max->type == EPI_JSON_INT || max->type == EPI_JSON_REAL);
    if (!numbers || (min && max && min->f > max->f)) {
        epi_finding_add(findings, EPI_ERROR, "catalogue.field-limits", 0, path, epi_str_of(f->name),
                        EPI_NIL);
        return;
    }
    f->has_min = min != NULL;
    f->has_max = max != NULL;
    f->min = min ? min->f : 0;
    f->max = max ? max->f : 0;
}

/* Each word once, with a label in both languages. */
static void site_words(struct epi_arena *a, const epi_json *words, epi_str path,
                       struct epi_field *f, struct epi_findings *findings)
{
    bool good = words && words->type == EPI_JSON_ARRAY && words->count > 0;
    struct epi_word *list = EPI_ARRAY(a, good ? words->count : 1, struct epi_word);
    f->words = list;
    EPI_JSON_EACH (w, good ? words : NULL) {
        epi_str word = epi_json_text(w, "word", EPI_NIL), en = epi_json_text(w, "en", EPI_NIL),
                vi = epi_json_text(w, "vi", EPI_NIL);
        good = good && word.n && en.n && vi.n && epi_word_find(f, word) < 0;
        list[f->n_words++] =
            (struct epi_word){epi_str_cz(a, word), {epi_str_cz(a, en), epi_str_cz(a, vi)}};
    }
    if (!good)
        epi_finding_add(findings, EPI_ERROR, "catalogue.field-words", 0, path, epi_str_of(f->name),
                        EPI_NIL);
}

/* A site's own field, checked before it joins. */
static bool site_field(struct epi_arena *a, const epi_json *j, epi_str path, struct epi_field *f,
                       struct epi_findings *findings)
{
    size_t before = findings ? findings->counts[EPI_ERROR] : 0;
    epi_str name = epi_json_text(j, "name", EPI_NIL), type = epi_json_text(j, "type", EPI_NIL);
    *f = (struct epi_field){.measure = "", .max_bytes = 4000};
    bool good_name = name.n > 0 && name.n <= 40 && name.p[0] >= 'a' && name.p[0] <= 'z';
    for (size_t i = 0; i < name.n; i++)
        good_name = good_name && ((name.p[i] >= 'a' && name.p[i] <= 'z') || name.p[i] == '_' ||
                                  (name.p[i] >= '0' && name.p[i] <= '9'));
    static const char *const beside[] = {"id", "version", "removed",
                                         "masked"}; /* what every record carries */
    for (size_t i = 0; i < EPI_COUNT(beside); i++)
        good_name = good_name && !epi_str_eqz(name, beside[i]);
    if (!good_name)
        epi_finding_add(findings, EPI_ERROR, "catalogue.field-name", 0, path, name, EPI_NIL);
    f->name = epi_str_cz(a, name);
    int64_t tag = epi_json_int(j, "tag", 0);
    if (tag < 1000 || tag > 65535)
        epi_finding_add(findings, EPI_ERROR, "catalogue.field-tag", 0, path, name, EPI_NIL);
    f->tag = (uint16_t)tag;
    int t = -1;
    for (int i = 0; i < (int)EPI_COUNT(type_words); i++)
        if (epi_str_eqz(type, type_words[i]) && i != EPI_T_REF)
            t = i;
    if (t < 0)
        epi_finding_add(findings, EPI_ERROR, "catalogue.field-type", 0, path, type, EPI_NIL);
    f->type = (epi_type)(t < 0 ? 0 : t);
    f->flags = epi_json_bool(j, "required", false) ? EPI_F_REQUIRED : 0;
    f->flags |= epi_json_bool(j, "personal", false) ? EPI_F_PERSONAL : 0;
    f->flags |= epi_json_bool(j, "list", false) ? EPI_F_LIST : 0;
    const epi_json *label = epi_json_get(j, "label"), *help = epi_json_get(j, "help");
    static const char *const langs[] = {"en", "vi"};
    for (int l = 0; l < 2; l++) {
        epi_str text = epi_json_text(label, langs[l], EPI_NIL);
        if (!text.n)
            epi_finding_add(findings, EPI_ERROR, "catalogue.field-label", 0, path, name,
                            epi_str_of(langs[l]));
        f->label[l] = epi_str_cz(a, text);
        f->help[l] = epi_str_cz(a, epi_json_text(help, langs[l], EPI_NIL));
    }
    site_limits(j, path, f, findings);
    f->measure = epi_str_cz(a, epi_json_text(j, "measure", EPI_NIL));
    if (f->type == EPI_T_WORD)
        site_words(a, epi_json_get(j, "words"), path, f, findings);
    return !findings || findings->counts[EPI_ERROR] == before;
}

static void add_site_fields(struct epi_arena *a, const epi_json *root, struct epi_kind *kinds,
                            struct epi_field **fields, struct epi_findings *findings)
{
    const epi_json *list = epi_json_get(root, "fields");
    size_t at = 0;
    if (root && (!list || list->type != EPI_JSON_ARRAY)) {
        epi_finding_add(findings, EPI_ERROR, "catalogue.no-fields", 0, EPI_S("fields"), EPI_NIL,
                        EPI_NIL);
        return;
    }
    EPI_JSON_EACH (j, list) {
        epi_str path = epi_str_printf(a, "fields[%zu]", at++);
        epi_str kind = epi_json_text(j, "kind", EPI_NIL);
        int k = -1;
        for (int i = 0; i < EPI_KINDS; i++)
            if (epi_str_eqz(kind, kinds[i].name) && !kinds[i].internal)
                k = i;
        if (k < 0) {
            epi_finding_add(findings, EPI_ERROR, "catalogue.no-such-kind", 0, path, kind, EPI_NIL);
            continue;
        }
        struct epi_field f;
        if (!site_field(a, j, path, &f, findings))
            continue;
        if (epi_field_find(&kinds[k], epi_str_of(f.name)) >= 0 ||
            epi_field_by_tag(&kinds[k], f.tag) >= 0) {
            epi_finding_add(findings, EPI_ERROR, "catalogue.field-twice", 0, path,
                            epi_str_of(f.name), EPI_NIL);
            continue;
        }
        fields[k][kinds[k].n_fields++] = f;
    }
}

epi_status epi_catalogue_new(struct epi_arena *a, epi_str site, const struct epi_catalogue **ret,
                             struct epi_findings *findings, struct epi_err *reterr)
{
    const epi_json *root = NULL;
    if (site.n)
        EPI_TRY(epi_json_parse(a, site, 1 << 20, &root, reterr));
    const epi_json *extra = epi_json_get(root, "fields");
    struct epi_kind *kinds = EPI_ARRAY(a, EPI_KINDS, struct epi_kind);
    struct epi_field *fields[EPI_KINDS];
    size_t counts[EPI_KINDS];
    for (int k = 0; k < EPI_KINDS; k++)
        counts[k] = 1;
    for (size_t i = 0; i < epi__n_raw_fields; i++)
        counts[epi__raw_fields[i].kind]++;
    for (int k = 0; k < EPI_KINDS; k++) {
        const struct epi__raw_kind *raw = &epi__raw_kinds[k];
        fields[k] = EPI_ARRAY(a, counts[k] + (extra ? extra->count : 0), struct epi_field);
        fields[k][0] = (struct epi_field){
            .name = "unit",
            .tag = 1,
            .type = EPI_T_UNIT,
            .flags = EPI_F_INDEX | EPI_F_LIST,
            .measure = "",
            .max_bytes = 120,
            .label = {"Unit", "Đơn vị"},
            .help = {"Unit responsible for the record", "Đơn vị quản lý bản ghi"}};
        kinds[k] = (struct epi_kind){.name = raw->name,
                                     .plural = raw->plural,
                                     .tag = raw->tag,
                                     .label = {raw->label[0], raw->label[1]},
                                     .help = {raw->help[0], raw->help[1]},
                                     .fields = fields[k],
                                     .n_fields = counts[k],
                                     .n_builtin = counts[k],
                                     .internal = raw->internal};
    }
    for (size_t i = 0; i < epi__n_raw_fields; i++)
        builtin_field(a, &fields[epi__raw_fields[i].kind][epi__raw_fields[i].index],
                      &epi__raw_fields[i]);
    add_site_fields(a, root, kinds, fields, findings);
    struct epi_catalogue *c = EPI_NEW(a, struct epi_catalogue);
    c->kinds = kinds;
    c->n_kinds = EPI_KINDS;
    *ret = c;
    return EPI_OK;
}

int epi_kind_find(const struct epi_catalogue *c, epi_str name)
{
    for (size_t k = 0; k < c->n_kinds; k++)
        if (epi_str_eqz(name, c->kinds[k].name) || epi_str_eqz(name, c->kinds[k].plural))
            return (int)k;
    return -1;
}

int epi_kind_by_tag(const struct epi_catalogue *c, uint16_t tag)
{
    for (size_t k = 0; k < c->n_kinds; k++)
        if (c->kinds[k].tag == tag)
            return (int)k;
    return -1;
}

int epi_field_find(const struct epi_kind *k, epi_str name)
{
    for (size_t f = 0; f < k->n_fields; f++)
        if (epi_str_eqz(name, k->fields[f].name))
            return (int)f;
    return -1;
}

int epi_field_by_tag(const struct epi_kind *k, uint16_t tag)
{
    /* built-in tags are index + 1 but for history: look there first */
    if (tag >= 1 && tag <= k->n_fields && k->fields[tag - 1].tag == tag)
        return tag - 1;
    for (size_t f = 0; f < k->n_fields; f++)
        if (k->fields[f].tag == tag)
            return (int)f;
    return -1;
}

int epi_word_find(const struct epi_field *f, epi_str word)
{
    for (size_t w = 0; w < f->n_words; w++)
        if (epi_str_eqz(word, f->words[w].word))
            return (int)w;
    return -1;
}

const char *epi_word_label(const struct epi_field *f, epi_str word, epi_lang lang)
{
    int w = epi_word_find(f, word);
    return w < 0 ? "" : f->words[w].label[lang];
}
