// SPDX-License-Identifier: AGPL-3.0-or-later
/* Any kind of record: get, history, create, update, remove. */
#include "ops/ops_internal.h"
#include <stdio.h>

static const struct epi_kind *kind_of(const struct epi_call *call, uint16_t kind)
{
    return &call->app->catalogue->kinds[kind];
}

static bool mask(const struct epi_call *call)
{
    return !epi_may(&call->actor, EPI_MAY_PERSON_READ);
}

static enum epi_permission write_permission(uint16_t kind)
{
    switch (kind) {
    case EPI_K_CASE:
    case EPI_K_CONTACT:
    case EPI_K_PERSON:
        return EPI_MAY_CASE_WRITE;
    case EPI_K_DIRECTIVE:
    case EPI_K_ASSIGNMENT:
        return EPI_MAY_DIRECTIVE_WRITE;
    default:
        return EPI_MAY_RECORD_WRITE;
    }
}

/* Kinds whose life has rules of its own are written by their own acts only. */
static bool has_own_acts(uint16_t kind)
{
    return kind == EPI_K_LEVEL || kind == EPI_K_PROGRESS || kind == EPI_K_CONFLICT ||
           kind == EPI_K_DIRECTIVE || kind == EPI_K_ASSIGNMENT || kind == EPI_K_SIGNAL;
}

/* --- one record
 * ------------------------------------------------------------------------------------------------
 */
static epi_status load_args(struct epi_call *call, uint16_t *ret_kind, epi_id *ret)
{
    EPI_TRY(epi__kind_arg(call, ret_kind, false));
    return epi__id_arg(call, "id", ret);
}
static epi_status load(struct epi_call *call, uint16_t *ret_kind, struct epi_record **ret)
{
    epi_id id;
    EPI_TRY(load_args(call, ret_kind, &id));
    return epi_store_get(call->app->store, call->a, *ret_kind, id, &call->actor.scope, ret,
                         &call->err);
}

/* "lost": fields whose value was sent and does not stand. */
void epi__record_members(struct epi_call *call, const struct epi_record *r,
                         const struct epi_change *sent)
{
    epi_record_members(&call->out, call->app->catalogue, r, mask(call));
    epi__names_json(call, r, 1);
    if (sent) {
        epi_jw_key(&call->out, "lost");
        epi_jw_array(&call->out);
        for (size_t i = 0; i < sent->n_sets; i++)
            if (!epi_value_eq(sent->sets[i].v, r->v[sent->sets[i].field]))
                epi_jw_textz(&call->out, kind_of(call, r->kind)->fields[sent->sets[i].field].name);
        epi_jw_array_end(&call->out);
    }
}

static void record_answer(struct epi_call *call, const struct epi_record *r,
                          const struct epi_change *sent)
{
    epi_jw_object(&call->out);
    epi__record_members(call, r, sent);
    epi_jw_object_end(&call->out);
    call->etag = r->version;
}

epi_status epi_do_get(struct epi_call *call)
{
    uint16_t kind;
    struct epi_record *r;
    EPI_TRY(epi__need(call, EPI_MAY_RECORD_READ));
    EPI_TRY(load(call, &kind, &r));
    epi__audit_read(call, "record.read", kind_of(call, kind)->name, r->id, 1);
    record_answer(call, r, NULL);
    return EPI_OK;
}

static void history_change(struct epi_call *call, const struct epi_kind *k,
                           const struct epi_change *c, struct epi_value *now)
{
    struct epi_jw *w = &call->out;
    for (size_t s = 0; s < c->n_sets; s++) {
        const struct epi_field *f = &k->fields[c->sets[s].field];
        if (f->flags & EPI_F_SECRET)
            continue;
        bool hide = (f->flags & EPI_F_PERSONAL) && mask(call);
        epi_jw_object(w);
        epi_jw_kvz(w, "field", f->name);
        epi_jw_kvz(w, "label", f->label[call->actor.lang]);
        epi_jw_key(w, "from");
        if (hide)
            epi_jw_null(w);
        else
            epi_value_json(w, f, now[c->sets[s].field]);
        epi_jw_key(w, "to");
        if (hide)
            epi_jw_null(w);
        else
            epi_value_json(w, f, c->sets[s].v);
        epi_jw_object_end(w);
        now[c->sets[s].field] = c->sets[s].v;
    }
}

epi_status epi__history(struct epi_call *call, const struct epi_record *r)
{
    uint16_t kind = r->kind;
    struct epi_op *ops;
    size_t n;
    char text[40];
    EPI_TRY(epi_store_history(call->app->store, call->a, kind, r->id, &ops, &n, &call->err));
    const struct epi_kind *k = kind_of(call, kind);
    struct epi_value *now = EPI_ARRAY(call->a, k->n_fields, struct epi_value);
    struct epi_jw *w = &call->out;
    epi__audit_read(call, "record.history", k->name, r->id, n);
    epi_jw_object(w);
    epi_jw_key(w, "rows");
    epi_jw_array(w);
    for (size_t i = 0; i < n; i++) {
        epi_jw_object(w);
        epi_jw_kvi(w, "seq", (int64_t)ops[i].seq);
        epi_jw_kv(w, "action", ops[i].action);
        epi_jw_kvz(w, "author", ops[i].author.v ? epi_id_text(ops[i].author, text) : NULL);
        epi_jw_kv(w, "author_name",
                  ops[i].author.v ? epi__label(call, EPI_K_USER, ops[i].author) : EPI_S("Cordon"));
        epi_jw_kvz(w, "server_time", epi_instant_iso(ops[i].server_time, text));
        epi_jw_kv(w, "reason", ops[i].reason);
        epi_jw_key(w, "changes");
        epi_jw_array(w);
        for (size_t c = 0; c < ops[i].n_changes; c++)
            if (ops[i].changes[c].kind == kind && ops[i].changes[c].id.v == r->id.v)
                history_change(call, k, &ops[i].changes[c], now);
        epi_jw_array_end(w);
        epi_jw_object_end(w);
    }
    epi_jw_array_end(w);
    epi_jw_object_end(w);
    return EPI_OK;
}

epi_status epi_do_history(struct epi_call *call)
{
    uint16_t kind;
    struct epi_record *r;
    EPI_TRY(epi__need(call, EPI_MAY_RECORD_READ));
    epi_id id;
    EPI_TRY(load_args(call, &kind, &id));
    EPI_TRY(
        epi_store_get_any(call->app->store, call->a, kind, id, &call->actor.scope, &r, &call->err));
    return epi__history(call, r);
}

/* --- writing
 * ------------------------------------------------------------------------------------------------------
 */
static epi_status read_body(struct epi_call *call, struct epi_record *r, bool *present,
                            epi_str *ret_reason)
{
    const epi_json *j;
    EPI_TRY(epi_json_parse(call->a, call->body, 8u << 20, &j, &call->err));
    *ret_reason = epi_text_clean(call->a, epi_json_text(j, "_reason", EPI_NIL));
    epi_record_from_json(call->a, call->app->catalogue, j, r, present, &call->findings);
    return EPI_OK;
}

/* A unit given as a code or a name becomes its path; it must lie inside the author's jurisdiction.
 */
static epi_status place_in_jurisdiction(struct epi_call *call, struct epi_record *r)
{
    struct epi_value *unit = &r->v[0];
    if (unit->t == EPI_V_NULL)
        *unit = epi_v_text(call->actor.unit);
    size_t n = 0;
    epi_str given = epi_v_as_text(*unit);
    int32_t at =
        given.n ? epi_units_resolve(call->app->units, given, epi_app_today(call->app), &n) : -1;
    if (given.n && at < 0)
        epi_finding_add(&call->findings, EPI_ERROR, "field.not-a-unit", 0, EPI_S("unit"), given,
                        EPI_NIL);
    if (at >= 0)
        *unit = epi_v_text(epi_units_at(call->app->units, at)->path);
    if (!epi_scope_has(&call->actor.scope, epi_v_as_text(*unit)))
        return EPI_FAIL(&call->err, EPI_DENIED, "access.outside-jurisdiction", "%s", "");
    return EPI_OK;
}

/* Every reference must name a record the author may see. */
static void check_refs(struct epi_call *call, const struct epi_record *r, const bool *present)
{
    const struct epi_kind *k = kind_of(call, r->kind);
    for (size_t f = 0; f < k->n_fields; f++) {
        struct epi_record *other;
        epi_id id = epi_v_as_ref(r->v[f]);
        if (k->fields[f].type != EPI_T_REF || !id.v || (present && !present[f]))
            continue;
        if (epi_store_get(call->app->store, call->a, k->fields[f].ref_kind, id, &call->actor.scope,
                          &other, NULL) != EPI_OK)
            epi_finding_add(&call->findings, EPI_ERROR, "field.no-such-record", 0,
                            epi_str_of(k->fields[f].name), EPI_NIL, EPI_NIL);
    }
}

static epi_status answer_stored(struct epi_call *call, const struct epi_change *sent)
{
    struct epi_record *r;
    EPI_TRY(epi_store_get(call->app->store, call->a, sent->kind, sent->id, &call->actor.scope, &r,
                          &call->err));
    record_answer(call, r, sent);
    return EPI_OK;
}

static bool says_nothing(const struct epi_kind *k, const struct epi_record *r)
{
    for (size_t f = 1; f < k->n_fields; f++)
        if (r->v[f].t != EPI_V_NULL)
            return false;
    return true;
}

epi_status epi_do_create(struct epi_call *call)
{
    uint16_t kind;
    epi_str reason;
    struct epi__edit edit;
    EPI_TRY(epi__kind_arg(call, &kind, false));
    EPI_TRY(epi__need(call, write_permission(kind)));
    const struct epi_kind *k = kind_of(call, kind);
    if (has_own_acts(kind))
        return EPI_FAIL(&call->err, EPI_INVALID, "record.has-own-acts", "%s", k->name);
    struct epi_record *r = epi_record_new(call->a, call->app->catalogue, kind);
    EPI_TRY(read_body(call, r, NULL, &reason));
    EPI_TRY(place_in_jurisdiction(call, r));
    /* Who enters a contact by hand lists it; a file may tell of lists made earlier. */
    if (kind == EPI_K_CONTACT && r->v[EPI_CONTACT_LISTED].t == EPI_V_NULL)
        r->v[EPI_CONTACT_LISTED] = epi_v_date(epi_app_today(call->app));
    epi_record_check(call->app->catalogue, r, epi_app_today(call->app), 0, NULL, &call->findings);
    check_refs(call, r, NULL);
    if (says_nothing(k, r))
        epi_finding_add(&call->findings, EPI_ERROR, "record.says-nothing", 0, EPI_NIL, EPI_NIL,
                        EPI_NIL);
    EPI_TRY(epi__refuse_if_findings(call));
    if (kind == EPI_K_PERSON && !epi_str_eqz(epi_arg(call, "force"), "1"))
        EPI_TRY(epi__refuse_known_person(call, r));
    epi__edit_new(call, &edit, kind);
    for (size_t f = 0; f < k->n_fields; f++)
        if (r->v[f].t != EPI_V_NULL)
            epi__set(call, &edit, (uint16_t)f, r->v[f]);
    epi_str action = epi_str_printf(call->a, "%s.create", k->name);
    EPI_TRY(epi__write_edits(call, epi_str_cz(call->a, action), reason, &edit, 1, NULL));
    call->http_status = 201;
    return answer_stored(call, &edit.change);
}

epi_status epi_do_update(struct epi_call *call)
{
    uint16_t kind;
    struct epi_record *r;
    struct epi__edit edit;
    epi_str reason;
    EPI_TRY(epi__kind_arg(call, &kind, false));
    EPI_TRY(epi__need(call, write_permission(kind)));
    EPI_TRY(load(call, &kind, &r));
    const struct epi_kind *k = kind_of(call, kind);
    if (has_own_acts(kind))
        return EPI_FAIL(&call->err, EPI_INVALID, "record.has-own-acts", "%s", k->name);
    bool *present = EPI_ARRAY(call->a, k->n_fields, bool);
    EPI_TRY(read_body(call, r, present, &reason));
    EPI_TRY(place_in_jurisdiction(call, r));
    epi_record_check(call->app->catalogue, r, epi_app_today(call->app), 0, present,
                     &call->findings);
    check_refs(call, r, present);
    EPI_TRY(epi__refuse_if_findings(call));
    epi__edit_of(&edit, r);
    if (call->has_match)
        edit.change.base = call->match;
    for (size_t f = 0; f < k->n_fields; f++)
        if (present[f])
            epi__set(call, &edit, (uint16_t)f, r->v[f]);
    if (!edit.change.n_sets)
        return EPI_FAIL(&call->err, EPI_INVALID, "record.nothing-to-change", "%s", "");
    epi_str action = epi_str_printf(call->a, "%s.update", k->name);
    EPI_TRY(epi__write_edits(call, epi_str_cz(call->a, action), reason, &edit, 1, NULL));
    return answer_stored(call, &edit.change);
}

epi_status epi_do_remove(struct epi_call *call)
{
    uint16_t kind;
    struct epi_record *r;
    struct epi__edit edit;
    const epi_json *j = NULL;
    EPI_TRY(epi__kind_arg(call, &kind, false));
    EPI_TRY(epi__need(call, write_permission(kind)));
    EPI_TRY(load(call, &kind, &r));
    if (call->body.n)
        EPI_TRY(epi_json_parse(call->a, call->body, 1 << 16, &j, &call->err));
    epi_str reason = epi_text_clean(call->a, epi_json_text(j, "_reason", EPI_NIL));
    if (!reason.n)
        return EPI_FAIL(&call->err, EPI_INVALID, "record.reason-missing", "%s", "");
    if (has_own_acts(kind))
        return EPI_FAIL(&call->err, EPI_INVALID, "record.has-own-acts", "%s",
                        kind_of(call, kind)->name);
    epi__edit_of(&edit, r);
    edit.change.remove = true;
    epi_str action = epi_str_printf(call->a, "%s.remove", kind_of(call, kind)->name);
    EPI_TRY(epi__write_edits(call, epi_str_cz(call->a, action), reason, &edit, 1, NULL));
    call->http_status = 204;
    return EPI_OK;
}
