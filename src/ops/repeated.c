// SPDX-License-Identifier: AGPL-3.0-or-later
/* A write sent again, answered from the journal: what was done, as it stands now. */
#include "ops/scenarios.h"
#include "ops/signals.h"

epi_str epi__request_detail(struct epi_arena *a, uint64_t request)
{
    return epi_str_printf(a, "{\"request\":\"%016llx\"}", (unsigned long long)request);
}

/* The record the operation was about, even one removed since: the writer learns that it was made.
 */
static epi_status record_again(struct epi_call *call, const struct epi_op *op)
{
    const struct epi_change *c = &op->changes[0];
    struct epi_record *r;
    char text[16];
    EPI_TRY(epi_store_get_any(call->app->store, call->a, c->kind, c->id, &call->actor.scope, &r,
                              &call->err));
    epi_jw_object(&call->out);
    epi__record_members(call, r, c);
    if (epi_str_eqz(op->action, "assignment.delegate") && op->n_changes == 3)
        epi_jw_kvz(&call->out, "handed_on", epi_id_text(op->changes[2].id, text));
    epi_jw_object_end(&call->out);
    call->etag = r->version;
    return EPI_OK;
}

static epi_status answer(struct epi_call *call, const struct epi_op *op)
{
    const struct epi_change *c = &op->changes[0];
    char text[16];
    if (c->remove) {
        call->http_status = 204;
        return EPI_OK;
    }
    if (epi_str_eqz(op->action, "signal.run"))
        return epi__signal_run_again(call, op);
    call->http_status = c->base == 0 ? 201 : 200;
    if (c->kind == EPI_K_SCENARIO && op->n_changes > 1)
        return epi__scenarios_again(call, op);
    if (c->kind == EPI_K_JOB)
        return epi__job_ref(call, c->id), EPI_OK;
    if (epi_str_eqz(op->action, "directive.register")) {
        epi_call_arg(call, EPI_S("id"), epi_str_printf(call->a, "%s", epi_id_text(c->id, text)));
        return epi_do_directive(call);
    }
    return record_again(call, op);
}

epi_status epi_call_repeated(struct epi_call *call, bool *ret_answered)
{
    struct epi_op op;
    *ret_answered = false;
    if (!call->has_op_id || !call->request)
        return EPI_OK;
    epi_status s = epi_store_op(call->app->store, call->a, &call->op_id, &op, &call->err);
    if (s == EPI_NOT_FOUND)
        return EPI_OK;
    EPI_TRY(s);
    /* anything else under this id goes its usual way, where the store refuses and keeps both */
    if (op.author.v != call->actor.user.v || op.n_changes == 0 ||
        !epi_str_eq(op.detail, epi__request_detail(call->a, call->request)))
        return EPI_OK;
    *ret_answered = true;
    return answer(call, &op);
}
