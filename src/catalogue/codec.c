// SPDX-License-Identifier: AGPL-3.0-or-later
/* Records as JSON and as text cells. */
#include "catalogue/catalogue_internal.h"
#include <math.h>
#include <stdio.h>

void epi_value_json(struct epi_jw *w, const struct epi_field *f, struct epi_value v)
{
    char out[40];
    if (v.t == EPI_V_NULL) {
        epi_jw_null(w);
        return;
    }
    switch (f->type) {
    case EPI_T_TEXT:
    case EPI_T_WORD:
    case EPI_T_UNIT:
        epi_jw_text(w, v.s);
        break;
    case EPI_T_JSON:
        epi_jw_raw(w, v.s);
        break;
    case EPI_T_INT:
        epi_jw_int(w, v.i);
        break;
    case EPI_T_REAL:
        epi_jw_real(w, v.t == EPI_V_INT ? (double)v.i : v.f);
        break;
    case EPI_T_BOOL:
        epi_jw_bool(w, v.i != 0);
        break;
    case EPI_T_DATE:
        epi_jw_textz(w, epi_date_iso(epi_v_as_date(v), out));
        break;
    case EPI_T_INSTANT:
        epi_jw_textz(w, epi_instant_iso(epi_v_as_instant(v), out));
        break;
    case EPI_T_REF:
        epi_jw_textz(w, epi_id_text(epi_v_as_ref(v), out));
        break;
    }
}

void epi_record_json(struct epi_jw *w, const struct epi_catalogue *c, const struct epi_record *r,
                     bool mask_personal)
{
    epi_jw_object(w);
    epi_record_members(w, c, r, mask_personal);
    epi_jw_object_end(w);
}

void epi_record_members(struct epi_jw *w, const struct epi_catalogue *c, const struct epi_record *r,
                        bool mask_personal)
{
    const struct epi_kind *k = &c->kinds[r->kind];
    char id[16];
    epi_jw_kvz(w, "id", epi_id_text(r->id, id));
    epi_jw_kvi(w, "version", (int64_t)r->version);
    if (r->removed)
        epi_jw_kvb(w, "removed", true);
    if (mask_personal)
        epi_jw_kvb(w, "masked", true);
    for (size_t i = 0; i < k->n_fields; i++) {
        const struct epi_field *f = &k->fields[i];
        if (r->v[i].t == EPI_V_NULL || (f->flags & EPI_F_SECRET))
            continue;
        epi_jw_key(w, f->name);
        if (mask_personal && (f->flags & EPI_F_PERSONAL))
            epi_jw_null(w);
        else
            epi_value_json(w, f, r->v[i]);
    }
}

static bool json_number(const epi_json *j)
{
    return j->type == EPI_JSON_INT || j->type == EPI_JSON_REAL;
}

static bool value_from_json(struct epi_arena *a, const struct epi_field *f, const epi_json *j,
                            struct epi_value *ret)
{
    if (j->type == EPI_JSON_NULL || (j->type == EPI_JSON_TEXT && j->text.n == 0))
        return *ret = EPI_NULLV, true;
    if (f->type == EPI_T_JSON) {
        EPI_BUF_LOCAL(b, f->max_bytes + 64);
        struct epi_jw w = EPI_JW(&b);
        epi_jw_json(&w, j);
        *ret = epi_v_text(epi_str_dup(a, epi_buf_str(&b)));
        return !b.full;
    }
    if (f->type == EPI_T_BOOL && j->type == EPI_JSON_BOOL)
        return *ret = epi_v_int(j->i), true;
    if (f->type == EPI_T_INT && j->type == EPI_JSON_INT)
        return *ret = epi_v_int(j->i), true;
    if (f->type == EPI_T_REAL && json_number(j))
        return *ret = epi_v_real(j->f), true;
    if (j->type != EPI_JSON_TEXT)
        return false;
    return epi_value_parse(a, f, epi_text_clean(a, j->text), ret);
}

bool epi_record_from_json(struct epi_arena *a, const struct epi_catalogue *c,
                          const epi_json *object, struct epi_record *r, bool *present,
                          struct epi_findings *findings)
{
    const struct epi_kind *k = &c->kinds[r->kind];
    bool ok = true;
    if (!object || object->type != EPI_JSON_OBJECT) {
        epi_finding_add(findings, EPI_ERROR, "field.wrong-type", 0, EPI_NIL, EPI_S("object"),
                        EPI_NIL);
        return false;
    }
    EPI_JSON_EACH (j, object) {
        /* what a record carries beside its fields, so that a record read can be sent back */
        if (j->key.n &&
            (j->key.p[0] == '_' || epi_str_eqz(j->key, "id") || epi_str_eqz(j->key, "version")))
            continue;
        int at = epi_field_find(k, j->key);
        if (at < 0) {
            epi_finding_add(findings, EPI_ERROR, "field.unknown-name", 0, j->key, j->key, EPI_NIL);
            ok = false;
            continue;
        }
        const struct epi_field *f = &k->fields[at];
        if (f->flags & (EPI_F_SYSTEM | EPI_F_SECRET)) {
            epi_finding_add(findings, EPI_ERROR, "field.not-settable", 0, j->key, j->key, EPI_NIL);
            ok = false;
            continue;
        }
        struct epi_value v;
        if (!value_from_json(a, f, j, &v)) {
            epi_str shown = j->type == EPI_JSON_TEXT ? j->text : EPI_S("?");
            epi_finding_add(findings, EPI_ERROR, "field.unreadable", 0, j->key, shown,
                            epi_str_of(epi_type_word(f->type)));
            ok = false;
            continue;
        }
        r->v[at] = v;
        if (present)
            present[at] = true;
    }
    return ok;
}

epi_str epi_value_text(struct epi_arena *a, const struct epi_field *f, struct epi_value v)
{
    char out[40];
    if (v.t == EPI_V_NULL)
        return EPI_NIL;
    switch (f->type) {
    case EPI_T_TEXT:
    case EPI_T_WORD:
    case EPI_T_UNIT:
    case EPI_T_JSON:
        return v.s;
    case EPI_T_INT:
        return epi_str_printf(a, "%lld", (long long)v.i);
    case EPI_T_REAL: {
        EPI_BUF_LOCAL(b, 64);
        struct epi_jw w = EPI_JW(&b);
        epi_jw_real(&w, v.t == EPI_V_INT ? (double)v.i : v.f);
        return epi_str_dup(a, epi_buf_str(&b));
    }
    case EPI_T_BOOL:
        return v.i ? EPI_S("true") : EPI_S("false");
    case EPI_T_DATE:
        return epi_str_dup(a, epi_str_of(epi_date_iso(epi_v_as_date(v), out)));
    case EPI_T_INSTANT:
        return epi_str_dup(a, epi_str_of(epi_instant_iso(epi_v_as_instant(v), out)));
    case EPI_T_REF:
        return epi_str_dup(a, epi_str_of(epi_id_text(epi_v_as_ref(v), out)));
    }
    return EPI_NIL;
}

bool epi_value_parse(struct epi_arena *a, const struct epi_field *f, epi_str text,
                     struct epi_value *ret)
{
    int64_t i;
    double x;
    epi_date d;
    epi_instant t;
    epi_id id;
    *ret = EPI_NULLV;
    if (text.n == 0)
        return true;
    switch (f->type) {
    case EPI_T_TEXT:
    case EPI_T_UNIT:
    case EPI_T_WORD:
        *ret = epi_v_text(text);
        return f->type != EPI_T_WORD || epi_word_find(f, text) >= 0;
    case EPI_T_JSON: {
        const epi_json *j;
        if (epi_json_parse(a, text, f->max_bytes, &j, NULL) != EPI_OK)
            return false;
        *ret = epi_v_text(text);
        return true;
    }
    case EPI_T_INT:
        if (!epi_str_to_i64(text, &i))
            return false;
        *ret = epi_v_int(i);
        return true;
    case EPI_T_REAL:
        if (!epi_str_to_f64(text, &x))
            return false;
        *ret = epi_v_real(x);
        return true;
    case EPI_T_BOOL:
        if (!epi_str_eqz(text, "true") && !epi_str_eqz(text, "false"))
            return false;
        *ret = epi_v_int(epi_str_eqz(text, "true"));
        return true;
    case EPI_T_DATE:
        if (!epi_date_parse_iso(text, &d))
            return false;
        *ret = epi_v_date(d);
        return true;
    case EPI_T_INSTANT:
        if (!epi_instant_parse(text, &t))
            return false;
        *ret = epi_v_instant(t);
        return true;
    case EPI_T_REF:
        if (!epi_id_parse(text, &id))
            return false;
        *ret = epi_v_ref(id);
        return true;
    }
    return false;
}
