// SPDX-License-Identifier: AGPL-3.0-or-later
/* Saved column mappings: how files of one form are read, kept under a name. */
#include "ops/ops_internal.h"

epi_status epi_do_mappings(struct epi_call *call)
{
    struct epi_query q = {.kind = EPI_K_MAPPING,
                          .scope = call->actor.scope,
                          .order = EPI_MAPPING_NAME,
                          .limit = EPI_PAGE_MAX};
    struct epi_page page;
    EPI_TRY(epi__need(call, EPI_MAY_IMPORT));
    EPI_TRY(epi_store_find(call->app->store, call->a, &q, &page, &call->err));
    epi_jw_object(&call->out);
    epi_jw_key(&call->out, "rows");
    epi_jw_array(&call->out);
    for (size_t i = 0; i < page.n; i++)
        epi_record_json(&call->out, call->app->catalogue, &page.rows[i], false);
    epi_jw_array_end(&call->out);
    epi_jw_object_end(&call->out);
    return EPI_OK;
}

/* Two of one name and kind could not be told apart where one is chosen. Removed ones do not count.
 */
static epi_status refuse_taken(struct epi_call *call, const struct epi_record *r)
{
    struct epi_filter f[] = {
        {.field = EPI_MAPPING_NAME, .match = EPI_EQ, .v = r->v[EPI_MAPPING_NAME]},
        {.field = EPI_MAPPING_TARGET, .match = EPI_EQ, .v = r->v[EPI_MAPPING_TARGET]},
        {.field = EPI_MAPPING_UNIT, .match = EPI_EQ, .v = r->v[EPI_MAPPING_UNIT]}};
    struct epi_query q = {.kind = EPI_K_MAPPING,
                          .scope = call->actor.scope,
                          .filters = f,
                          .n_filters = EPI_COUNT(f),
                          .order = -1,
                          .limit = 2};
    struct epi_page page;
    EPI_TRY(epi_store_find(call->app->store, call->a, &q, &page, &call->err));
    for (size_t i = 0; i < page.n; i++)
        if (page.rows[i].id.v != r->id.v)
            return EPI_FAIL(&call->err, EPI_CONFLICT, "mapping.name-taken", "%.*s",
                            EPI_FMT(epi_v_as_text(r->v[EPI_MAPPING_NAME])));
    return EPI_OK;
}

static epi_status read_body(struct epi_call *call, struct epi_record *r, bool *present)
{
    const epi_json *j;
    EPI_TRY(epi_json_parse(call->a, call->body, 1 << 20, &j, &call->err));
    epi_record_from_json(call->a, call->app->catalogue, j, r, present, &call->findings);
    return EPI_OK;
}

static epi_status check(struct epi_call *call, const struct epi_record *r)
{
    epi_record_check(call->app->catalogue, r, EPI_DATE_UNKNOWN, 0, NULL, &call->findings);
    EPI_TRY(epi__refuse_if_findings(call));
    return refuse_taken(call, r);
}

epi_status epi_do_mapping_save(struct epi_call *call)
{
    struct epi__edit e;
    EPI_TRY(epi__need(call, EPI_MAY_IMPORT));
    struct epi_record *r = epi_record_new(call->a, call->app->catalogue, EPI_K_MAPPING);
    EPI_TRY(read_body(call, r, NULL));
    r->v[EPI_MAPPING_UNIT] = epi_v_text(call->actor.unit);
    EPI_TRY(check(call, r));
    epi__edit_new(call, &e, EPI_K_MAPPING);
    for (uint16_t f = 0; f < EPI_N_MAPPING; f++)
        if (r->v[f].t != EPI_V_NULL)
            epi__set(call, &e, f, r->v[f]);
    EPI_TRY(epi__write_edits(call, "mapping.save", EPI_NIL, &e, 1, NULL));
    call->http_status = 201;
    r->id = e.change.id;
    epi_record_json(&call->out, call->app->catalogue, r, false);
    return EPI_OK;
}

static epi_status load(struct epi_call *call, struct epi_record **ret)
{
    epi_id id;
    EPI_TRY(epi__need(call, EPI_MAY_IMPORT));
    EPI_TRY(epi__id_arg(call, "id", &id));
    return epi_store_get(call->app->store, call->a, EPI_K_MAPPING, id, &call->actor.scope, ret,
                         &call->err);
}

/* Another name, or another content. */
epi_status epi_do_mapping_update(struct epi_call *call)
{
    struct epi_record *r;
    struct epi__edit e;
    bool present[EPI_N_MAPPING] = {0};
    EPI_TRY(load(call, &r));
    epi_str unit = epi_v_as_text(r->v[EPI_MAPPING_UNIT]);
    EPI_TRY(read_body(call, r, present));
    r->v[EPI_MAPPING_UNIT] = epi_v_text(unit); /* it stays where it was saved */
    present[EPI_MAPPING_UNIT] = false;
    EPI_TRY(check(call, r));
    epi__edit_of(&e, r);
    if (call->has_match)
        e.change.base = call->match;
    for (uint16_t f = 0; f < EPI_N_MAPPING; f++)
        if (present[f])
            epi__set(call, &e, f, r->v[f]);
    if (!e.change.n_sets)
        return EPI_FAIL(&call->err, EPI_INVALID, "record.nothing-to-change", "%s", "");
    EPI_TRY(epi__write_edits(call, "mapping.update", EPI_NIL, &e, 1, NULL));
    EPI_TRY(load(call, &r));
    epi_record_json(&call->out, call->app->catalogue, r, false);
    call->etag = r->version;
    return EPI_OK;
}

/* It is marked removed: jobs that used it keep their own copy, and its history stays. */
epi_status epi_do_mapping_remove(struct epi_call *call)
{
    struct epi_record *r;
    struct epi__edit e;
    EPI_TRY(load(call, &r));
    epi__edit_of(&e, r);
    e.change.remove = true;
    EPI_TRY(epi__write_edits(call, "mapping.remove", EPI_NIL, &e, 1, NULL));
    call->http_status = 204;
    return EPI_OK;
}

epi_status epi_do_mapping_history(struct epi_call *call)
{
    struct epi_record *r;
    epi_id id;
    EPI_TRY(epi__need(call, EPI_MAY_IMPORT));
    EPI_TRY(epi__id_arg(call, "id", &id));
    EPI_TRY(epi_store_get_any(call->app->store, call->a, EPI_K_MAPPING, id, &call->actor.scope, &r,
                              &call->err));
    return epi__history(call, r);
}
