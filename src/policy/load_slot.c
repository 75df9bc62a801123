// SPDX-License-Identifier: AGPL-3.0-or-later
/* Parameters, facts and outputs: the vocabulary of a pack. */
#include "policy_internal.h"

static bool read_words(struct reading *r, const epi_json *j, const char *where, struct slot *s)
{
    const epi_json *words = epi_json_get(j, "words");
    if (s->type != EPI_VALUE_WORD) {
        if (words)
            epi__problem(r, EPI_ERROR, "policy.key-unknown", where, EPI_S("words"), EPI_NIL);
        return true;
    }
    if (!words || words->type != EPI_JSON_ARRAY || words->count == 0 || words->count > 64) {
        epi__problem(r, EPI_ERROR, "policy.key-missing", where, EPI_S("words"), EPI_NIL);
        return false;
    }
    s->words = EPI_ARRAY(r->a, words->count, epi_str);
    EPI_JSON_EACH (w, words) {
        bool twice = false;
        for (size_t i = 0; i < s->words_n; i++)
            twice = twice || epi_str_eq(s->words[i], w->text);
        if (w->type != EPI_JSON_TEXT || !epi__name_ok(w->text))
            epi__problem(r, EPI_ERROR, "policy.name-invalid", where, w->text, EPI_NIL);
        else if (twice)
            epi__problem(r, EPI_ERROR, "policy.name-twice", where, w->text, EPI_NIL);
        else
            s->words[s->words_n++] = epi_str_dup(r->a, w->text);
    }
    return s->words_n > 0;
}

static void read_bound(struct reading *r, const epi_json *j, const char *key, const char *where,
                       bool *has, double *ret)
{
    const epi_json *m = epi_json_get(j, key);
    *has = m != NULL;
    if (m && !epi__literal(r, m, EPI_VALUE_NUMBER, NULL, epi__where(r, where, key, -1), ret))
        *has = false;
}

/* A fact (`table` -1) or an output. */
bool epi__read_slot(struct reading *r, const epi_json *j, const char *where, int table)
{
    static const char *const keys[] = {"name", "type", "unit",    "label", "words",
                                       "min",  "max",  "integer", NULL};
    struct epi_pack *p = r->p;
    if (!epi__only_keys(r, j, where, keys))
        return false;
    if (p->slots_n == EPI_POLICY_SLOTS_MAX) {
        epi__problem(r, EPI_ERROR, "policy.too-many", where, EPI_S("128"), EPI_NIL);
        return false;
    }
    struct slot s = {.table = table, .name = epi__need_text(r, j, "name", where)};
    epi_str type = epi__need_text(r, j, "type", where);
    if (s.name.n == 0 || type.n == 0)
        return false;
    if (!epi__name_ok(s.name)) {
        epi__problem(r, EPI_ERROR, "policy.name-invalid", where, s.name, EPI_NIL);
        return false;
    }
    if (epi_policy_fact_index(p, s.name) >= 0) {
        epi__problem(r, EPI_ERROR, "policy.name-twice", where, s.name, EPI_NIL);
        return false;
    }
    if (!epi__value_type(type, &s.type) || (table < 0 && s.type == EPI_VALUE_LIST)) {
        epi__problem(r, EPI_ERROR, "policy.type-unknown", where, type, EPI_NIL);
        return false;
    }
    s.unit = epi_str_dup(r->a, epi_json_text(j, "unit", EPI_NIL));
    epi__need_both(r, j, "label", where, s.label);
    read_bound(r, j, "min", where, &s.has_min, &s.min);
    read_bound(r, j, "max", where, &s.has_max, &s.max);
    s.integer = epi_json_bool(j, "integer", false);
    if (!read_words(r, j, where, &s))
        return false;
    p->slots[p->slots_n++] = s;
    return true;
}

void epi__read_facts(struct reading *r)
{
    r->p->slots = EPI_ARRAY(r->a, EPI_POLICY_SLOTS_MAX, struct slot);
    const epi_json *facts = epi_json_get(r->root, "facts");
    if (facts && facts->type != EPI_JSON_ARRAY) {
        epi__problem(r, EPI_ERROR, "policy.wrong-type", "/facts", EPI_S("list"), EPI_NIL);
        return;
    }
    long i = 0;
    EPI_JSON_EACH (f, facts)
        epi__read_slot(r, f, epi__where(r, "/facts", NULL, i++), -1);
    r->p->facts_n = r->p->slots_n;
}

/* --- parameters --- */
static bool read_param_date(struct reading *r, const epi_json *j, const char *key,
                            const char *where, epi_date *ret)
{
    const epi_json *m = epi_json_get(j, key);
    *ret = EPI_DATE_UNKNOWN;
    if (m && (m->type != EPI_JSON_TEXT || !epi_date_parse_iso(m->text, ret))) {
        epi__problem(r, EPI_ERROR, "policy.wrong-type", epi__where(r, where, key, -1),
                     EPI_S("date"), EPI_NIL);
        return false;
    }
    return true;
}

static void read_param_value(struct reading *r, const epi_json *j, const char *where,
                             struct param *p)
{
    static const char *const keys[] = {"value",  "from",       "to", "disease",
                                       "source", "confidence", NULL};
    struct param_value v = {.confidence = EPI_UNVERIFIED};
    if (!epi__only_keys(r, j, where, keys))
        return;
    const epi_json *value = epi_json_get(j, "value");
    if (!value) {
        epi__problem(r, EPI_ERROR, "policy.key-missing", where, EPI_S("value"), EPI_NIL);
        return;
    }
    bool ok = epi__literal(r, value, p->type, NULL, where, &v.v);
    ok = read_param_date(r, j, "from", where, &v.from) && ok;
    ok = read_param_date(r, j, "to", where, &v.to) && ok;
    v.disease = epi_str_dup(r->a, epi_json_text(j, "disease", EPI_NIL));
    v.source = epi__source(r, j, where);
    ok = epi__confidence(r, j, where, &v.confidence) && ok;
    for (size_t i = 0; ok && i < p->values_n; i++) {
        const struct param_value *o = &p->values[i];
        bool apart = (epi_date_known(o->to) && epi_date_known(v.from) && o->to.d < v.from.d) ||
                     (epi_date_known(v.to) && epi_date_known(o->from) && v.to.d < o->from.d);
        if (!apart && epi_str_eq(o->disease, v.disease)) {
            epi__problem(r, EPI_ERROR, "policy.param-overlap", where, p->name, EPI_NIL);
            ok = false;
        }
    }
    if (ok)
        p->values[p->values_n++] = v;
}

static void read_param(struct reading *r, const epi_json *j, const char *where)
{
    static const char *const keys[] = {"name", "type", "unit", "label", "values", NULL};
    struct epi_pack *pack = r->p;
    if (!epi__only_keys(r, j, where, keys))
        return;
    struct param p = {.name = epi__need_text(r, j, "name", where)};
    epi_str type = epi__need_text(r, j, "type", where);
    if (p.name.n && !epi__name_ok(p.name))
        epi__problem(r, EPI_ERROR, "policy.name-invalid", where, p.name, EPI_NIL);
    for (size_t i = 0; i < pack->params_n; i++) {
        if (epi_str_eq(pack->params[i].name, p.name))
            epi__problem(r, EPI_ERROR, "policy.name-twice", where, p.name, EPI_NIL);
    }
    if (!epi__value_type(type, &p.type) || p.type == EPI_VALUE_WORD || p.type == EPI_VALUE_LIST) {
        epi__problem(r, EPI_ERROR, "policy.type-unknown", where, type, EPI_NIL);
        return;
    }
    p.unit = epi_str_dup(r->a, epi_json_text(j, "unit", EPI_NIL));
    epi__need_both(r, j, "label", where, p.label);
    const epi_json *values = epi_json_get(j, "values");
    if (!values || values->type != EPI_JSON_ARRAY || values->count == 0) {
        epi__problem(r, EPI_ERROR, "policy.key-missing", where, EPI_S("values"), EPI_NIL);
        return;
    }
    p.values = EPI_ARRAY(r->a, values->count, struct param_value);
    long i = 0;
    EPI_JSON_EACH (v, values)
        read_param_value(r, v, epi__where(r, where, "values", i++), &p);
    pack->params[pack->params_n++] = p;
}

void epi__read_params(struct reading *r)
{
    const epi_json *params = epi_json_get(r->root, "params");
    if (!params)
        return;
    if (params->type != EPI_JSON_ARRAY) {
        epi__problem(r, EPI_ERROR, "policy.wrong-type", "/params", EPI_S("list"), EPI_NIL);
        return;
    }
    r->p->params = EPI_ARRAY(r->a, params->count + 1, struct param);
    long i = 0;
    EPI_JSON_EACH (p, params)
        read_param(r, p, epi__where(r, "/params", NULL, i++));
}
