// SPDX-License-Identifier: AGPL-3.0-or-later
/* Accounts: made by administrators, signed in first by a one-time link. */
#include "ops/ops_internal.h"

static void user_json(struct epi_call *call, const struct epi_record *u)
{
    epi_jw_object(&call->out);
    epi_record_members(&call->out, call->app->catalogue, u, false);
    epi_jw_kv(&call->out, "unit_name", epi__unit_name(call, epi_v_as_text(u->v[EPI_USER_UNIT])));
    epi_jw_kvb(&call->out, "has_password", u->v[EPI_USER_PASSWORD].t == EPI_V_TEXT);
    epi_jw_object_end(&call->out);
}

epi_status epi_do_users(struct epi_call *call)
{
    struct epi_query q = {.kind = EPI_K_USER,
                          .scope = call->actor.scope,
                          .order = EPI_USER_LOGIN,
                          .limit = EPI_PAGE_MAX};
    struct epi_page page;
    EPI_TRY(epi__need(call, EPI_MAY_USER_MANAGE));
    EPI_TRY(epi_store_find(call->app->store, call->a, &q, &page, &call->err));
    epi_jw_object(&call->out);
    epi_jw_key(&call->out, "rows");
    epi_jw_array(&call->out);
    for (size_t i = 0; i < page.n; i++)
        user_json(call, &page.rows[i]);
    epi_jw_array_end(&call->out);
    epi_jw_object_end(&call->out);
    return EPI_OK;
}

static epi_status load_user(struct epi_call *call, struct epi_record **ret)
{
    epi_id id;
    EPI_TRY(epi__id_arg(call, "id", &id));
    return epi_store_get(call->app->store, call->a, EPI_K_USER, id, &call->actor.scope, ret,
                         &call->err);
}

static epi_status body_fields(struct epi_call *call, struct epi_record *u, bool *present,
                              epi_str *ret_password)
{
    const epi_json *j;
    EPI_TRY(epi_json_parse(call->a, call->body, 1 << 14, &j, &call->err));
    *ret_password = EPI_NIL;
    /* the password is secret to the generic reader: taken apart here */
    epi_json rest = *j, *copies = EPI_ARRAY(call->a, j->count + 1, epi_json);
    size_t n = 0;
    rest.first = NULL;
    EPI_JSON_EACH (m, j) {
        if (epi_str_eqz(m->key, "password")) {
            *ret_password = m->text;
            continue;
        }
        copies[n] = *m;
        copies[n].next = NULL;
        if (n)
            copies[n - 1].next = &copies[n];
        n++;
    }
    rest.first = n ? &copies[0] : NULL;
    rest.count = n;
    epi_record_from_json(call->a, call->app->catalogue, &rest, u, present, &call->findings);
    struct epi_value *login = &u->v[EPI_USER_LOGIN];
    if (login->t == EPI_V_TEXT)
        *login = epi_v_text(epi_text_lower(call->a, login->s));
    size_t found = 0;
    epi_str unit = epi_v_as_text(u->v[EPI_USER_UNIT]);
    int32_t at = epi_units_resolve(call->app->units, unit, epi_app_today(call->app), &found);
    if (at < 0)
        epi_finding_add(&call->findings, EPI_ERROR, "field.not-a-unit", 0, EPI_S("unit"), unit,
                        EPI_NIL);
    else
        u->v[EPI_USER_UNIT] = epi_v_text(epi_units_at(call->app->units, at)->path);
    if (at >= 0 && !epi_scope_has(&call->actor.scope, epi_v_as_text(u->v[EPI_USER_UNIT])))
        return EPI_FAIL(&call->err, EPI_DENIED, "access.outside-jurisdiction", "%s", "");
    epi_record_check(call->app->catalogue, u, EPI_DATE_UNKNOWN, 0, NULL, &call->findings);
    return epi__refuse_if_findings(call);
}

epi_status epi_do_user_create(struct epi_call *call)
{
    struct epi__edit e;
    epi_str password, hash;
    EPI_TRY(epi__need(call, EPI_MAY_USER_MANAGE));
    struct epi_record *u = epi_record_new(call->a, call->app->catalogue, EPI_K_USER);
    EPI_TRY(body_fields(call, u, NULL, &password));
    u->v[EPI_USER_ACTIVE] = epi_v_int(1);
    if (password.n) {
        EPI_TRY(epi__password_hash(call, password, &hash));
        u->v[EPI_USER_PASSWORD] = epi_v_text(hash);
    }
    epi__edit_new(call, &e, EPI_K_USER);
    for (uint16_t f = 0; f < EPI_N_USER; f++)
        if (u->v[f].t != EPI_V_NULL)
            epi__set(call, &e, f, u->v[f]);
    EPI_TRY(epi__write_edits(call, "user.create", EPI_NIL, &e, 1, NULL));
    call->http_status = 201;
    struct epi_record *stored;
    struct epi_scope all = EPI_SCOPE_ALL;
    EPI_TRY(epi_store_get(call->app->store, call->a, EPI_K_USER, e.change.id, &all, &stored,
                          &call->err));
    user_json(call, stored);
    return EPI_OK;
}

epi_status epi_do_user_update(struct epi_call *call)
{
    struct epi_record *u;
    struct epi__edit e;
    epi_str password, hash;
    bool present[EPI_N_USER] = {0};
    EPI_TRY(epi__need(call, EPI_MAY_USER_MANAGE));
    EPI_TRY(load_user(call, &u));
    EPI_TRY(body_fields(call, u, present, &password));
    epi__edit_of(&e, u);
    for (uint16_t f = 0; f < EPI_N_USER; f++)
        if (present[f])
            epi__set(call, &e, f, u->v[f]);
    if (password.n) {
        EPI_TRY(epi__password_hash(call, password, &hash));
        epi__set(call, &e, EPI_USER_PASSWORD, epi_v_text(hash));
    }
    EPI_TRY(epi__write_edits(call, "user.update", EPI_NIL, &e, 1, NULL));
    EPI_TRY(load_user(call, &u));
    user_json(call, u);
    return EPI_OK;
}

epi_status epi_do_user_link(struct epi_call *call)
{
    struct epi_record *u;
    epi_str token;
    EPI_TRY(epi__need(call, EPI_MAY_USER_MANAGE));
    EPI_TRY(load_user(call, &u));
    EPI_TRY(epi_session_link(call->app, call->a, epi_v_as_text(u->v[EPI_USER_LOGIN]), &token,
                             &call->err));
    epi_jw_object(&call->out);
    epi_jw_kv(&call->out, "link", epi_str_printf(call->a, "/api/link?token=%.*s", EPI_FMT(token)));
    epi_jw_object_end(&call->out);
    return EPI_OK;
}
