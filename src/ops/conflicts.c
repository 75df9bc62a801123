// SPDX-License-Identifier: AGPL-3.0-or-later
/* A value that lost when two people edited at once stays in a work list until somebody has looked.
 */
#include "ops/ops_internal.h"

struct looked {
    struct epi_call *call;
    epi_id id;
    epi_str reason;
};

static epi_status mark_resolved(struct epi_tx *tx, void *ctx, struct epi_err *reterr)
{
    struct looked *l = ctx;
    struct epi_record *r;
    struct epi__edit e;
    struct epi_applied applied;
    EPI_TRY(epi_tx_get(tx, l->call->a, EPI_K_CONFLICT, l->id, &l->call->actor.scope, &r, reterr));
    if (!epi_str_eqz(epi_v_as_text(r->v[EPI_CONFLICT_STATUS]), "open"))
        return EPI_FAIL(reterr, EPI_CONFLICT, "conflict.resolved", "%s", "");
    epi__edit_of(&e, r);
    epi__set(l->call, &e, EPI_CONFLICT_STATUS, epi_v_text(EPI_S("resolved")));
    epi_status s = epi__append(tx, l->call, "conflict.resolve", l->reason, &e, 1, &applied);
    if (s != EPI_OK && reterr)
        *reterr = l->call->err;
    return s;
}

epi_status epi_do_conflict_resolve(struct epi_call *call)
{
    struct looked l = {.call = call};
    const epi_json *j = NULL;
    struct epi_record *r;
    if (!epi_may(&call->actor, EPI_MAY_CASE_WRITE))
        EPI_TRY(epi__need(call, EPI_MAY_RECORD_WRITE));
    EPI_TRY(epi__id_arg(call, "id", &l.id));
    if (call->body.n)
        EPI_TRY(epi_json_parse(call->a, call->body, 1 << 16, &j, &call->err));
    l.reason = epi_text_clean(call->a, epi_json_text(j, "text", EPI_NIL));
    EPI_TRY(epi__write(call, 1ull << EPI_K_CONFLICT, mark_resolved, &l));
    EPI_TRY(epi_store_get(call->app->store, call->a, EPI_K_CONFLICT, l.id, &call->actor.scope, &r,
                          &call->err));
    epi_record_json(&call->out, call->app->catalogue, r,
                    !epi_may(&call->actor, EPI_MAY_PERSON_READ));
    call->etag = r->version;
    return EPI_OK;
}
