// SPDX-License-Identifier: AGPL-3.0-or-later
/* What people call a record, for references in lists and pages. */
#include "ops/ops_internal.h"

static const struct {
    uint16_t kind, first, second; /* the first field that has a value is the label */
} label_fields[] = {
    {EPI_K_PERSON, EPI_PERSON_NAME, EPI_PERSON_CODE},
    {EPI_K_CASE, EPI_CASE_CODE, EPI_CASE_CODE},
    {EPI_K_PLACE, EPI_PLACE_NAME, EPI_PLACE_CODE},
    {EPI_K_HOUSEHOLD, EPI_HOUSEHOLD_CODE, EPI_HOUSEHOLD_CODE},
    {EPI_K_DIRECTIVE, EPI_DIRECTIVE_SYMBOL, EPI_DIRECTIVE_SUBJECT},
    {EPI_K_USER, EPI_USER_NAME, EPI_USER_LOGIN},
    {EPI_K_ASSIGNMENT, EPI_ASSIGNMENT_ITEM, EPI_ASSIGNMENT_TEXT},
};

epi_str epi__label(struct epi_call *call, uint16_t kind, epi_id id)
{
    struct epi_record *r;
    struct epi_scope everyone = EPI_SCOPE_ALL;
    if (!id.v)
        return EPI_NIL;
    for (size_t i = 0; i < EPI_COUNT(label_fields); i++) {
        if (label_fields[i].kind != kind)
            continue;
        /* a colleague's name is no secret between colleagues; anything else keeps to the
         * jurisdiction */
        const struct epi_scope *scope = kind == EPI_K_USER ? &everyone : &call->actor.scope;
        if (epi_store_get_any(call->app->store, call->a, kind, id, scope, &r, NULL) != EPI_OK)
            return EPI_NIL;
        uint16_t fields[] = {label_fields[i].first, label_fields[i].second};
        for (size_t f = 0; f < 2; f++) {
            epi_str text = epi_v_as_text(r->v[fields[f]]);
            bool personal =
                call->app->catalogue->kinds[kind].fields[fields[f]].flags & EPI_F_PERSONAL;
            if (text.n && personal && kind != EPI_K_USER &&
                !epi_may(&call->actor, EPI_MAY_PERSON_READ))
                return EPI_S("•••");
            if (text.n)
                return text;
        }
    }
    return EPI_NIL;
}

void epi__names_json(struct epi_call *call, const struct epi_record *rows, size_t n)
{
    epi_jw_key(&call->out, "_names");
    epi_jw_object(&call->out);
    size_t cap = 0;
    for (size_t i = 0; i < n; i++)
        cap += call->app->catalogue->kinds[rows[i].kind].n_fields;
    epi_id *seen = EPI_ARRAY(call->a, cap ? cap : 1, epi_id);
    size_t n_seen = 0;
    for (size_t i = 0; i < n; i++) {
        const struct epi_kind *k = &call->app->catalogue->kinds[rows[i].kind];
        for (size_t f = 0; f < k->n_fields; f++) {
            epi_id id = epi_v_as_ref(rows[i].v[f]);
            if (k->fields[f].type != EPI_T_REF || !id.v)
                continue;
            bool known = false; /* a page holds few references: a linear look is enough */
            for (size_t s = 0; s < n_seen && !known; s++)
                known = seen[s].v == id.v;
            if (known)
                continue;
            seen[n_seen++] = id;
            epi_str label = epi__label(call, k->fields[f].ref_kind, id);
            char text[16];
            if (!label.n)
                continue;
            epi_jw_key(&call->out, epi_id_text(id, text));
            epi_jw_text(&call->out, label);
        }
    }
    epi_jw_object_end(&call->out);
}

epi_str epi__unit_name(struct epi_call *call, epi_str path)
{
    int32_t at = epi_units_by_path(call->app->units, path);
    return at < 0 ? path : epi_units_at(call->app->units, at)->full_name;
}
