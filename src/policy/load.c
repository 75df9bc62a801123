// SPDX-License-Identifier: AGPL-3.0-or-later
#include "policy_internal.h"

/* --- words --- */
static const char *const confidence_letters[] = {
#define X(constant, letter, word) letter,
    EPI_CONFIDENCES(X)
#undef X
};
static const char *const confidence_words[] = {
#define X(constant, letter, word) word,
    EPI_CONFIDENCES(X)
#undef X
};
static const char *const kind_words[] = {
#define X(constant, word) word,
    EPI_POLICY_KINDS(X)
#undef X
};
static const char *const type_words[] = {"number", "bool", "word", "date", "list"};

const char *epi_truth_word(epi_truth t)
{
    return t == EPI_YES ? "yes" : t == EPI_NO ? "no" : "unknown";
}

const char *epi_confidence_word(epi_confidence c)
{
    return confidence_words[c];
}

const char *epi_policy_kind_word(epi_policy_kind k)
{
    return kind_words[k];
}

const char *epi_value_type_word(epi_value_type t)
{
    return type_words[t];
}

bool epi__value_type(epi_str word, epi_value_type *ret)
{
    for (size_t i = 0; i < EPI_COUNT(type_words); i++) {
        if (epi_str_eqz(word, type_words[i])) {
            *ret = (epi_value_type)i;
            return true;
        }
    }
    return false;
}

/* --- helpers for all readers --- */
const char *epi__where(struct reading *r, const char *parent, const char *key, long index)
{
    epi_str s = key ? epi_str_printf(r->a, "%s/%s", parent, key) : epi_str_of(parent);
    if (index >= 0)
        s = epi_str_printf(r->a, "%.*s/%ld", EPI_FMT(s), index);
    return epi_str_cz(r->a, s);
}

void epi__problem(struct reading *r, epi_severity s, const char *code, const char *where,
                  epi_str arg1, epi_str arg2)
{
    if (s == EPI_ERROR)
        r->errors++;
    epi_finding_add(r->f, s, code, 0, epi_str_printf(r->a, "%.*s#%s", EPI_FMT(r->p->path), where),
                    arg1, arg2);
}

bool epi__only_keys(struct reading *r, const epi_json *j, const char *where,
                    const char *const *keys)
{
    if (!j || j->type != EPI_JSON_OBJECT) {
        epi__problem(r, EPI_ERROR, "policy.wrong-type", where, EPI_S("object"), EPI_NIL);
        return false;
    }
    EPI_JSON_EACH (m, j) {
        bool known = false;
        for (const char *const *k = keys; *k; k++)
            known = known || epi_str_eqz(m->key, *k);
        if (!known)
            epi__problem(r, EPI_ERROR, "policy.key-unknown", where, m->key, EPI_NIL);
    }
    return true;
}

epi_str epi__need_text(struct reading *r, const epi_json *j, const char *key, const char *where)
{
    const epi_json *m = epi_json_get(j, key);
    if (!m || m->type != EPI_JSON_TEXT || m->text.n == 0) {
        epi__problem(r, EPI_ERROR, "policy.key-missing", where, epi_str_of(key), EPI_NIL);
        return EPI_NIL;
    }
    return epi_str_dup(r->a, m->text);
}

void epi__need_both(struct reading *r, const epi_json *j, const char *key, const char *where,
                    epi_str ret[2])
{
    static const char *const keys[] = {"vi", "en", NULL};
    const epi_json *m = epi_json_get(j, key);
    if (!m) {
        epi__problem(r, EPI_ERROR, "policy.key-missing", where, epi_str_of(key), EPI_NIL);
        return;
    }
    const char *at = epi__where(r, where, key, -1);
    if (!epi__only_keys(r, m, at, keys))
        return;
    ret[EPI_EN] = epi__need_text(r, m, "en", at);
    ret[EPI_VI] = epi__need_text(r, m, "vi", at);
}

bool epi__confidence(struct reading *r, const epi_json *j, const char *where, epi_confidence *ret)
{
    epi_str s = epi_json_text(j, "confidence", EPI_NIL);
    for (size_t i = 0; i < EPI_COUNT(confidence_letters); i++) {
        if (epi_str_eqz(s, confidence_letters[i])) {
            *ret = (epi_confidence)i;
            return true;
        }
    }
    epi__problem(r, EPI_ERROR, "policy.confidence-unknown", where, s, EPI_NIL);
    return false;
}

uint16_t epi__source(struct reading *r, const epi_json *j, const char *where)
{
    epi_str key = epi_json_text(j, "source", EPI_NIL);
    for (size_t i = 0; i < r->p->sources_n; i++) {
        if (epi_str_eq(r->p->sources[i].key, key))
            return (uint16_t)(i + 1);
    }
    epi__problem(r, EPI_ERROR, "policy.source-unknown", where, key, EPI_NIL);
    return 0;
}

/* Names are lower-case words joined by '-' or '_', so that they can stand in SQL, JSON and
 * addresses. */
bool epi__name_ok(epi_str s)
{
    if (s.n == 0 || s.n > 64)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool ok = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
        if (!ok)
            return false;
    }
    return true;
}

static bool add_list(struct reading *r, const epi_json *j, const char *where, double *ret)
{
    struct epi_pack *p = r->p;
    double *v = EPI_ARRAY(r->a, j->count + 1, double);
    size_t n = 0;
    EPI_JSON_EACH (item, j) {
        if (item->type != EPI_JSON_INT && item->type != EPI_JSON_REAL) {
            epi__problem(r, EPI_ERROR, "policy.wrong-type", where, EPI_S("list of numbers"),
                         EPI_NIL);
            return false;
        }
        v[n++] = item->f;
    }
    for (size_t i = 0; i < p->lists_n;
         i++) { /* equal lists share an index, so values compare as numbers */
        if (p->lists[i].n == n && (n == 0 || memcmp(p->lists[i].v, v, n * sizeof *v) == 0)) {
            *ret = (double)i;
            return true;
        }
    }
    if (p->lists_n == p->lists_cap) {
        p->lists_cap = p->lists_cap ? p->lists_cap * 2 : 8;
        struct list *grown = EPI_ARRAY(r->a, p->lists_cap, struct list);
        if (p->lists_n)
            memcpy(grown, p->lists, p->lists_n * sizeof *grown);
        p->lists = grown;
    }
    p->lists[p->lists_n] = (struct list){v, n};
    *ret = (double)p->lists_n++;
    return true;
}

bool epi__literal(struct reading *r, const epi_json *j, epi_value_type type,
                  const struct slot *slot, const char *where, double *ret)
{
    epi_date d;
    switch (type) {
    case EPI_VALUE_NUMBER:
        if (j->type == EPI_JSON_INT || j->type == EPI_JSON_REAL) {
            *ret = j->f;
            return true;
        }
        break;
    case EPI_VALUE_BOOL:
        if (j->type == EPI_JSON_BOOL) {
            *ret = (double)j->i;
            return true;
        }
        break;
    case EPI_VALUE_DATE:
        if (j->type == EPI_JSON_TEXT && epi_date_parse_iso(j->text, &d)) {
            *ret = (double)d.d;
            return true;
        }
        break;
    case EPI_VALUE_LIST:
        if (j->type == EPI_JSON_ARRAY)
            return add_list(r, j, where, ret);
        break;
    case EPI_VALUE_WORD:
        if (j->type != EPI_JSON_TEXT)
            break;
        for (size_t i = 0; slot && i < slot->words_n; i++) {
            if (epi_str_eq(slot->words[i], j->text)) {
                *ret = (double)i;
                return true;
            }
        }
        epi__problem(r, EPI_ERROR, "policy.word-unknown", where, j->text,
                     slot ? slot->name : EPI_NIL);
        return false;
    }
    epi__problem(r, EPI_ERROR, "policy.wrong-type", where, epi_str_of(type_words[type]), EPI_NIL);
    return false;
}

/* --- the head of a pack --- */
static epi_date read_date(struct reading *r, const epi_json *j, const char *key, const char *where,
                          bool needed)
{
    const epi_json *m = epi_json_get(j, key);
    epi_date d = EPI_DATE_UNKNOWN;
    if (!m || m->type == EPI_JSON_NULL) {
        if (needed)
            epi__problem(r, EPI_ERROR, "policy.key-missing", where, epi_str_of(key), EPI_NIL);
        return d;
    }
    if (m->type != EPI_JSON_TEXT || !epi_date_parse_iso(m->text, &d))
        epi__problem(r, EPI_ERROR, "policy.wrong-type", epi__where(r, where, key, -1),
                     EPI_S("date"), EPI_NIL);
    return d;
}

static void read_kind(struct reading *r)
{
    epi_str s = epi_json_text(r->root, "kind", EPI_NIL);
    for (size_t i = 0; i < EPI_COUNT(kind_words); i++) {
        if (epi_str_eqz(s, kind_words[i])) {
            r->p->kind = (epi_policy_kind)i;
            return;
        }
    }
    epi__problem(r, EPI_ERROR, "policy.kind-unknown", "/kind", s, EPI_NIL);
}

static void read_diseases(struct reading *r)
{
    const epi_json *j = epi_json_get(r->root, "diseases");
    if (!j || j->type != EPI_JSON_ARRAY || j->count == 0) {
        epi__problem(r, EPI_ERROR, "policy.key-missing", "", EPI_S("diseases"), EPI_NIL);
        return;
    }
    r->p->diseases = EPI_ARRAY(r->a, j->count, epi_str);
    EPI_JSON_EACH (d, j) {
        if (d->type != EPI_JSON_TEXT || !(epi_str_eqz(d->text, "*") || epi__name_ok(d->text)))
            epi__problem(r, EPI_ERROR, "policy.name-invalid", "/diseases", d->text, EPI_NIL);
        else
            r->p->diseases[r->p->diseases_n++] = epi_str_dup(r->a, d->text);
    }
}

static void read_sources(struct reading *r)
{
    static const char *const keys[] = {"title", "url", NULL};
    const epi_json *j = epi_json_get(r->root, "sources");
    if (!j || j->type != EPI_JSON_OBJECT || j->count == 0) {
        epi__problem(r, EPI_ERROR, "policy.key-missing", "", EPI_S("sources"), EPI_NIL);
        return;
    }
    r->p->sources = EPI_ARRAY(r->a, j->count, struct source);
    EPI_JSON_EACH (s, j) {
        const char *where = epi__where(r, "/sources", epi_str_cz(r->a, s->key), -1);
        if (!epi__only_keys(r, s, where, keys))
            continue;
        r->p->sources[r->p->sources_n++] =
            (struct source){epi_str_dup(r->a, s->key), epi__need_text(r, s, "title", where),
                            epi_str_dup(r->a, epi_json_text(s, "url", EPI_NIL))};
    }
}

/* The folder says the same as the file: authority, kind or topic, first day. */
static void check_path(struct reading *r)
{
    const struct epi_pack *p = r->p;
    char iso[16];
    epi_str want = epi_str_printf(r->a, "%.*s/%s/%s/pack.json", EPI_FMT(p->authority),
                                  kind_words[p->kind], epi_date_iso(p->from, iso));
    bool whole =
        p->path.n == want.n || (p->path.n > want.n && p->path.p[p->path.n - want.n - 1] == '/');
    if (r->errors == 0 && !(whole && epi_str_ends(p->path, want)))
        epi__problem(r, EPI_ERROR, "policy.path-differs", "", want, EPI_NIL);
}

static void read_head(struct reading *r)
{
    static const char *const keys[] = {"format", "id",       "kind",   "authority", "diseases",
                                       "title",  "document", "valid",  "disabled",  "sources",
                                       "params", "facts",    "tables", "examples",  NULL};
    static const char *const valid_keys[] = {"from", "to", NULL};
    struct epi_pack *p = r->p;
    if (!epi__only_keys(r, r->root, "", keys))
        return;
    if (epi_json_int(r->root, "format", 0) != 1)
        epi__problem(r, EPI_ERROR, "policy.format-unknown", "/format", EPI_S("1"), EPI_NIL);
    p->id = epi__need_text(r, r->root, "id", "");
    p->authority = epi__need_text(r, r->root, "authority", "");
    if (p->id.n && !epi__name_ok(p->id))
        epi__problem(r, EPI_ERROR, "policy.name-invalid", "/id", p->id, EPI_NIL);
    if (p->authority.n && !epi__name_ok(p->authority))
        epi__problem(r, EPI_ERROR, "policy.name-invalid", "/authority", p->authority, EPI_NIL);
    p->symbol = epi__need_text(r, r->root, "document", "");
    epi__need_both(r, r->root, "title", "", p->title);
    read_kind(r);
    read_diseases(r);
    read_sources(r);
    p->disabled = epi_json_get(r->root, "disabled") != NULL;
    if (p->disabled)
        epi__need_both(r, r->root, "disabled", "", p->disabled_why);
    const epi_json *v = epi_json_get(r->root, "valid");
    if (epi__only_keys(r, v, "/valid", valid_keys)) {
        p->from = read_date(r, v, "from", "/valid", true);
        p->to = read_date(r, v, "to", "/valid", false);
        if (epi_date_known(p->to) && p->to.d < p->from.d)
            epi__problem(r, EPI_ERROR, "policy.validity-backwards", "/valid", EPI_NIL, EPI_NIL);
    }
    check_path(r);
}

static struct epi_pack *read_pack(struct epi_arena *a, const struct epi_policy_file *file,
                                  struct epi_findings *f)
{
    struct reading r = {.a = a, .f = f, .p = EPI_NEW(a, struct epi_pack)};
    struct epi_err err = {0};
    r.p->path = epi_str_dup(a, file->path);
    r.p->from = r.p->to = EPI_DATE_UNKNOWN;
    if (epi_json_parse(a, file->text, EPI_POLICY_FILE_MAX, &r.root, &err) != EPI_OK) {
        epi__problem(&r, EPI_ERROR, "policy.not-json", "", epi_err_text(a, &err, EPI_EN), EPI_NIL);
        return NULL;
    }
    if (r.root->type != EPI_JSON_OBJECT) {
        epi__problem(&r, EPI_ERROR, "policy.wrong-type", "", EPI_S("object"), EPI_NIL);
        return NULL;
    }
    read_head(&r);
    epi__read_params(&r);
    epi__read_facts(&r);
    epi__read_tables(&r);
    if (r.errors == 0) {
        epi__read_examples(&r);
        epi__check_tables(&r);
        epi__check_outputs(&r);
    }
    return r.errors == 0 ? r.p : NULL;
}

static void sort_by_id(struct epi_policies *set)
{
    for (size_t i = 1; i < set->n; i++) { /* tens of packs: insertion is enough */
        struct epi_pack *p = set->packs[i];
        size_t at = i;
        for (; at > 0 && epi_str_cmp(set->packs[at - 1]->id, p->id) > 0; at--)
            set->packs[at] = set->packs[at - 1];
        set->packs[at] = p;
    }
}

epi_status epi_policies_load(struct epi_arena *a, const struct epi_policy_file *files, size_t n,
                             struct epi_policies **ret, struct epi_findings *findings,
                             struct epi_err *reterr)
{
    struct epi_policies *set = EPI_NEW(a, struct epi_policies);
    size_t before = findings ? findings->counts[EPI_ERROR] : 0;
    bool refused = false;
    set->packs = EPI_ARRAY(a, n + 1, struct epi_pack *);
    for (size_t i = 0; i < n; i++) {
        struct epi_pack *p = read_pack(a, &files[i], findings);
        if (p)
            set->packs[set->n++] = p;
        else
            refused = true;
    }
    sort_by_id(set);
    struct epi_findings own;
    if (!findings) {
        epi_findings_init(&own, a, 1);
        findings = &own;
        before = 0;
    }
    epi__check_validity(set, findings);
    size_t errors = findings->counts[EPI_ERROR] - before;
    if (refused || errors > 0)
        return EPI_FAIL(reterr, EPI_INVALID, "policy.refused", "%zu", errors);
    *ret = set;
    return EPI_OK;
}
