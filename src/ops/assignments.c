// SPDX-License-Identifier: AGPL-3.0-or-later
/* The life of an assignment: acknowledge, report, delegate, return, close, reopen.
 * Nothing is closed without evidence, nor while a part handed on is still open. */
#include "ops/ops_internal.h"

struct act {
    struct epi_call *call;
    struct epi_tx *tx;
    epi_id id;
    const struct epi_record *r;
    epi_str act, text, evidence, agency, unit;
    int64_t percent; /* -1 = not given */
    epi_date due;
    epi_id handed_on; /* the assignment made by a delegation */
};

static epi_status read_act(struct epi_call *call, struct act *a)
{
    const epi_json *j;
    EPI_TRY(epi_json_parse(call->a, call->body, 1 << 20, &j, &call->err));
    a->act = epi_json_text(j, "act", EPI_NIL);
    a->text = epi_text_clean(call->a, epi_json_text(j, "text", EPI_NIL));
    a->evidence = epi_text_clean(call->a, epi_json_text(j, "evidence", EPI_NIL));
    a->agency = epi_text_clean(call->a, epi_json_text(j, "agency", EPI_NIL));
    a->unit = epi_json_text(j, "unit", EPI_NIL);
    a->percent = epi_json_int(j, "percent", -1);
    a->due = EPI_DATE_UNKNOWN;
    epi_str due = epi_json_text(j, "due", EPI_NIL);
    if (due.n && !epi_date_parse_iso(due, &a->due))
        epi_finding_add(&call->findings, EPI_ERROR, "field.unreadable", 0, EPI_S("due"), due,
                        EPI_S("date"));
    if (a->percent < -1 || a->percent > 100)
        epi_finding_add(&call->findings, EPI_ERROR, "field.out-of-range", 0, EPI_S("percent"),
                        EPI_S("0..100 %"), EPI_NIL);
    return EPI_OK;
}

static bool is(const struct act *a, const char *word)
{
    return epi_str_eqz(a->act, word);
}

static bool status_is(const struct epi_record *r, const char *word)
{
    return epi_str_eqz(epi_v_as_text(r->v[EPI_ASSIGNMENT_STATUS]), word);
}

static epi_status open_parts(struct act *a, epi_id parent, bool *ret)
{
    struct epi_filter f[] = {
        {.field = EPI_ASSIGNMENT_PARENT, .match = EPI_EQ, .v = epi_v_ref(parent)},
        {.field = EPI_ASSIGNMENT_STATUS, .match = EPI_NE, .v = epi_v_text(EPI_S("done"))}};
    struct epi_query q = {.kind = EPI_K_ASSIGNMENT,
                          .scope = EPI_SCOPE_ALL,
                          .filters = f,
                          .n_filters = 2,
                          .order = -1,
                          .limit = 1};
    struct epi_page page;
    EPI_TRY(epi_tx_find(a->tx, a->call->a, &q, &page, &a->call->err));
    *ret = page.n > 0;
    return EPI_OK;
}

/* Which act is possible in which state, and what each demands. Sets the status the assignment
 * takes. */
static epi_status judge(struct act *a, const char **ret_status)
{
    struct epi_call *call = a->call;
    bool done = status_is(a->r, "done"), returned = status_is(a->r, "returned"), parts;
    *ret_status = "in_progress";
    if (is(a, "reopen")) {
        if (!done && !returned)
            return EPI_FAIL(&call->err, EPI_CONFLICT, "assignment.not-closed", "%s", "");
        if (!a->text.n)
            epi_finding_add(&call->findings, EPI_ERROR, "assignment.reason-missing", 0,
                            EPI_S("text"), EPI_NIL, EPI_NIL);
        return EPI_OK;
    }
    if (done || returned)
        return EPI_FAIL(&call->err, EPI_CONFLICT, "assignment.closed", "%s", "");
    if (is(a, "acknowledge")) {
        if (!status_is(a->r, "new"))
            return EPI_FAIL(&call->err, EPI_CONFLICT, "assignment.already-acknowledged", "%s", "");
        *ret_status = "acknowledged";
    } else if (is(a, "report")) {
        if (!a->text.n && a->percent < 0)
            epi_finding_add(&call->findings, EPI_ERROR, "assignment.report-empty", 0, EPI_S("text"),
                            EPI_NIL, EPI_NIL);
    } else if (is(a, "delegate")) {
        if (!a->agency.n)
            epi_finding_add(&call->findings, EPI_ERROR, "field.required", 0, EPI_S("agency"),
                            EPI_NIL, EPI_NIL);
    } else if (is(a, "return")) {
        if (!a->text.n)
            epi_finding_add(&call->findings, EPI_ERROR, "assignment.reason-missing", 0,
                            EPI_S("text"), EPI_NIL, EPI_NIL);
        *ret_status = "returned";
    } else if (is(a, "close")) {
        if (!a->evidence.n)
            epi_finding_add(&call->findings, EPI_ERROR, "assignment.evidence-missing", 0,
                            EPI_S("evidence"), EPI_NIL, EPI_NIL);
        EPI_TRY(open_parts(a, a->r->id, &parts));
        if (parts)
            epi_finding_add(&call->findings, EPI_ERROR, "assignment.parts-open", 0, EPI_NIL,
                            EPI_NIL, EPI_NIL);
        *ret_status = "done";
    } else {
        epi_finding_add(&call->findings, EPI_ERROR, "assignment.no-such-act", 0, EPI_S("act"),
                        a->act, EPI_NIL);
    }
    return EPI_OK;
}

static epi_status hand_on(struct act *a, struct epi__edit *e)
{
    struct epi_call *call = a->call;
    epi_str unit = epi_v_as_text(a->r->v[0]);
    if (a->unit.n) {
        size_t n;
        int32_t at = epi_units_resolve(call->app->units, a->unit, epi_app_today(call->app), &n);
        if (at < 0 || !epi_scope_has(&call->actor.scope, epi_units_at(call->app->units, at)->path))
            return EPI_FAIL(&call->err, EPI_NOT_FOUND, "unit.unknown", "%.*s", EPI_FMT(a->unit));
        unit = epi_units_at(call->app->units, at)->path;
    }
    epi__edit_new(call, e, EPI_K_ASSIGNMENT);
    a->handed_on = e->change.id;
    epi__set(call, e, EPI_ASSIGNMENT_UNIT, epi_v_text(unit));
    epi__set(call, e, EPI_ASSIGNMENT_DIRECTIVE, a->r->v[EPI_ASSIGNMENT_DIRECTIVE]);
    epi__set(call, e, EPI_ASSIGNMENT_ITEM, a->r->v[EPI_ASSIGNMENT_ITEM]);
    epi__set(call, e, EPI_ASSIGNMENT_TEXT,
             a->text.n ? epi_v_text(a->text) : a->r->v[EPI_ASSIGNMENT_TEXT]);
    epi__set(call, e, EPI_ASSIGNMENT_AGENCY, epi_v_text(a->agency));
    epi__set(call, e, EPI_ASSIGNMENT_PARENT, epi_v_ref(a->r->id));
    epi__set(call, e, EPI_ASSIGNMENT_DUE,
             epi_date_known(a->due) ? epi_v_date(a->due) : a->r->v[EPI_ASSIGNMENT_DUE]);
    epi__set(call, e, EPI_ASSIGNMENT_STATUS, epi_v_text(EPI_S("new")));
    epi__set(call, e, EPI_ASSIGNMENT_PERCENT, epi_v_int(0));
    return EPI_OK;
}

static void log_progress(struct act *a, struct epi__edit *e)
{
    struct epi_call *call = a->call;
    const struct epi_clock *clock = &call->app->o.io->clock;
    epi__edit_new(call, e, EPI_K_PROGRESS);
    epi__set(call, e, EPI_PROGRESS_UNIT, a->r->v[0]);
    epi__set(call, e, EPI_PROGRESS_ASSIGNMENT, epi_v_ref(a->r->id));
    epi__set(call, e, EPI_PROGRESS_ACT, epi_v_text(a->act));
    epi__set(call, e, EPI_PROGRESS_AT, epi_v_instant(clock->now(clock->ctx)));
    epi__set(call, e, EPI_PROGRESS_BY, epi_v_ref(call->actor.user));
    epi__set(call, e, EPI_PROGRESS_TEXT, epi_v_text(a->text));
    epi__set(call, e, EPI_PROGRESS_EVIDENCE, epi_v_text(a->evidence));
    if (a->percent >= 0)
        epi__set(call, e, EPI_PROGRESS_PERCENT, epi_v_int(a->percent));
}

/* What the assignment itself takes from the act. */
static void change_assignment(struct act *a, struct epi__edit *e, const char *status)
{
    struct epi_call *call = a->call;
    epi__edit_of(e, a->r);
    if (call->has_match)
        e->change.base = call->match;
    epi__set(call, e, EPI_ASSIGNMENT_STATUS, epi_v_text(epi_str_of(status)));
    if (is(a, "close")) {
        epi__set(call, e, EPI_ASSIGNMENT_EVIDENCE, epi_v_text(a->evidence));
        epi__set(call, e, EPI_ASSIGNMENT_CLOSED, epi_v_date(epi_app_today(call->app)));
        a->percent = 100;
    }
    if (is(a, "reopen")) { /* neither closed any more nor complete; how far it is, the next report
                              says */
        epi__set(call, e, EPI_ASSIGNMENT_CLOSED, EPI_NULLV);
        if (a->percent < 0 && status_is(a->r, "done"))
            epi__set(call, e, EPI_ASSIGNMENT_PERCENT, EPI_NULLV);
    }
    if (a->percent >= 0)
        epi__set(call, e, EPI_ASSIGNMENT_PERCENT, epi_v_int(a->percent));
    if (epi_date_known(a->due) && !is(a, "delegate"))
        epi__set(call, e, EPI_ASSIGNMENT_DUE, epi_v_date(a->due));
}

/* Judged inside the write: of two people closing at once, the second finds it closed. */
static epi_status judge_and_write(struct act *a)
{
    struct epi_call *call = a->call;
    struct epi__edit edits[3];
    struct epi_record *r;
    struct epi_applied applied;
    const char *status;
    size_t n = 2;
    EPI_TRY(
        epi_tx_get(a->tx, call->a, EPI_K_ASSIGNMENT, a->id, &call->actor.scope, &r, &call->err));
    a->r = r;
    EPI_TRY(judge(a, &status));
    EPI_TRY(epi__refuse_if_findings(call));
    change_assignment(a, &edits[0], status);
    log_progress(a, &edits[1]);
    if (is(a, "delegate")) {
        EPI_TRY(hand_on(a, &edits[2]));
        n = 3;
    }
    epi_str action = epi_str_printf(call->a, "assignment.%.*s", EPI_FMT(a->act));
    return epi__append(a->tx, call, epi_str_cz(call->a, action), a->text, edits, n, &applied);
}

static epi_status act_in_write(struct epi_tx *tx, void *ctx, struct epi_err *reterr)
{
    struct act *a = ctx;
    a->tx = tx;
    epi_status s = judge_and_write(a);
    if (s != EPI_OK && reterr)
        *reterr = a->call->err;
    return s;
}

epi_status epi_do_assignment_act(struct epi_call *call)
{
    struct act a = {.call = call};
    struct epi_record *r;
    char text[16];
    EPI_TRY(epi__need(call, EPI_MAY_ASSIGNMENT_ACT));
    EPI_TRY(epi__id_arg(call, "id", &a.id));
    EPI_TRY(epi_store_get(call->app->store, call->a, EPI_K_ASSIGNMENT, a.id, &call->actor.scope, &r,
                          &call->err));
    EPI_TRY(read_act(call, &a));
    EPI_TRY(epi__write(call, 1ull << EPI_K_ASSIGNMENT | 1ull << EPI_K_PROGRESS, act_in_write, &a));
    EPI_TRY(epi_store_get(call->app->store, call->a, EPI_K_ASSIGNMENT, a.id, &call->actor.scope, &r,
                          &call->err));
    epi_jw_object(&call->out);
    epi_record_members(&call->out, call->app->catalogue, r, false);
    if (a.handed_on.v)
        epi_jw_kvz(&call->out, "handed_on", epi_id_text(a.handed_on, text));
    epi_jw_object_end(&call->out);
    return EPI_OK;
}
