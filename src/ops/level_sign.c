// SPDX-License-Identifier: AGPL-3.0-or-later
/* Signing, publishing and withdrawing a level. The evidence is computed again at signing and kept
 * with it. */
#include "level/level.h"
#include "ops/figures.h"

static epi_status answer(struct epi_call *call, epi_id id)
{
    struct epi_record *r;
    EPI_TRY(epi_store_get(call->app->store, call->a, EPI_K_LEVEL, id, &call->actor.scope, &r,
                          &call->err));
    epi_record_json(&call->out, call->app->catalogue, r, false);
    call->etag = r->version;
    return EPI_OK;
}

static struct epi_value now_value(struct epi_call *call)
{
    const struct epi_clock *c = &call->app->o.io->clock;
    return epi_v_instant(c->now(c->ctx));
}

epi_status epi_do_level_sign(struct epi_call *call)
{
    const epi_json *j;
    epi_date on;
    int32_t unit;
    struct epi__level_now now;
    struct epi__edit e;
    EPI_TRY(epi__need(call, EPI_MAY_LEVEL_SIGN));
    EPI_TRY(epi_json_parse(call->a, call->body, 1 << 16, &j, &call->err));
    static const char *const passed[] = {"unit", "as_of", "policy", "disease"};
    for (size_t i = 0; i < EPI_COUNT(passed); i++)
        if (epi_json_text(j, passed[i], EPI_NIL).n)
            epi_call_arg(call, epi_str_of(passed[i]), epi_json_text(j, passed[i], EPI_NIL));
    EPI_TRY(epi__date_arg(call, "as_of", &on));
    EPI_TRY(epi__unit_arg(call, "unit", &unit));
    if (on.d > epi_app_today(call->app).d)
        return EPI_FAIL(&call->err, EPI_INVALID, "level.future", "%s", "");
    EPI_TRY(epi__level_now(call, unit, on, &now));
    int64_t level = epi_json_int(j, "level", now.level);
    epi_str reason = epi_text_clean(call->a, epi_json_text(j, "reason", EPI_NIL));
    if (level < now.lowest || level > now.highest)
        epi_finding_add(&call->findings, EPI_ERROR, "field.out-of-range", 0, EPI_S("level"),
                        epi_str_printf(call->a, "%d..%d", now.lowest, now.highest), EPI_NIL);
    if (level != now.level && !reason.n)
        epi_finding_add(&call->findings, EPI_ERROR, "level.reason-missing", 0, EPI_S("reason"),
                        EPI_NIL, EPI_NIL);
    EPI_TRY(epi__refuse_if_findings(call));
    epi__edit_new(call, &e, EPI_K_LEVEL);
    epi__set(call, &e, EPI_LEVEL_UNIT, epi_v_text(epi_units_at(call->app->units, unit)->path));
    epi__set(call, &e, EPI_LEVEL_AS_OF, epi_v_date(on));
    epi__set(call, &e, EPI_LEVEL_POLICY, epi_v_text(now.rule.id));
    if (now.level != EPI_LEVEL_NONE)
        epi__set(call, &e, EPI_LEVEL_COMPUTED, epi_v_int(now.level));
    epi__set(call, &e, EPI_LEVEL_LEVEL, epi_v_int(level));
    epi__set(call, &e, EPI_LEVEL_STATUS, epi_v_text(EPI_S("signed")));
    epi__set(call, &e, EPI_LEVEL_EVIDENCE, epi_v_text(now.sheet));
    epi__set(call, &e, EPI_LEVEL_REASON, epi_v_text(reason));
    epi__set(call, &e, EPI_LEVEL_SIGNED_BY, epi_v_ref(call->actor.user));
    epi__set(call, &e, EPI_LEVEL_SIGNED_AT, now_value(call));
    EPI_TRY(epi__write_edits(call, "level.sign", reason, &e, 1, NULL));
    call->http_status = 201;
    return answer(call, e.change.id);
}

struct step { /* from one status to the next, inside the write: two people cannot both take it */
    struct epi_call *call;
    epi_id id;
    const char *action, *from, *from_too, *to;
    epi_str reason;
};

static epi_status take_step(struct epi_tx *tx, void *ctx, struct epi_err *reterr)
{
    struct step *s = ctx;
    struct epi_record *r;
    struct epi__edit e;
    struct epi_applied applied;
    EPI_TRY(epi_tx_get(tx, s->call->a, EPI_K_LEVEL, s->id, &s->call->actor.scope, &r, reterr));
    epi_str status = epi_v_as_text(r->v[EPI_LEVEL_STATUS]);
    if (!epi_str_eqz(status, s->from) && !epi_str_eqz(status, s->from_too))
        return EPI_FAIL(reterr, EPI_CONFLICT, "level.wrong-status", "%.*s", EPI_FMT(status));
    epi__edit_of(&e, r);
    epi__set(s->call, &e, EPI_LEVEL_STATUS, epi_v_text(epi_str_of(s->to)));
    if (s->reason.n)
        epi__set(s->call, &e, EPI_LEVEL_REASON, epi_v_text(s->reason));
    if (epi_str_eqz(epi_str_of(s->to), "published"))
        epi__set(s->call, &e, EPI_LEVEL_PUBLISHED_AT, now_value(s->call));
    epi_status done = epi__append(tx, s->call, s->action, s->reason, &e, 1, &applied);
    if (done != EPI_OK && reterr)
        *reterr = s->call->err;
    return done;
}

static epi_status step(struct epi_call *call, struct step s)
{
    const epi_json *j = NULL;
    EPI_TRY(epi__need(call, EPI_MAY_LEVEL_PUBLISH));
    if (call->body.n)
        EPI_TRY(epi_json_parse(call->a, call->body, 1 << 16, &j, &call->err));
    epi_str id = epi_json_text(j, "id", epi_arg(call, "id"));
    s.call = call;
    s.reason = epi_text_clean(call->a, epi_json_text(j, "reason", EPI_NIL));
    if (!epi_id_parse(id, &s.id))
        return EPI_FAIL(&call->err, EPI_NOT_FOUND, "arg.no-such-record", "%.*s", EPI_FMT(id));
    if (strcmp(s.to, "withdrawn") == 0 && !s.reason.n)
        return EPI_FAIL(&call->err, EPI_INVALID, "record.reason-missing", "%s", "");
    EPI_TRY(epi__write(call, 1ull << EPI_K_LEVEL, take_step, &s));
    return answer(call, s.id);
}

epi_status epi_do_level_publish(struct epi_call *call)
{
    return step(call, (struct step){.action = "level.publish",
                                    .from = "signed",
                                    .from_too = "signed",
                                    .to = "published"});
}

epi_status epi_do_level_withdraw(struct epi_call *call)
{
    return step(call, (struct step){.action = "level.withdraw",
                                    .from = "signed",
                                    .from_too = "published",
                                    .to = "withdrawn"});
}
