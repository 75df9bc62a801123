// SPDX-License-Identifier: AGPL-3.0-or-later
/* What is done with a scenario that is there: stopped, gone on with, attached, removed. */
#include "ops/scenarios.h"

static bool is(const struct epi_record *r, const char *status)
{
    return epi_str_eqz(epi_v_as_text(r->v[EPI_SCENARIO_STATUS]), status);
}

static epi_status mine(struct epi_call *call, struct epi_record **ret)
{
    EPI_TRY(epi__need(call, EPI_MAY_SCENARIO_RUN));
    return epi__scenario_arg(call, ret);
}

epi_status epi_do_scenario_stop(struct epi_call *call)
{
    struct epi_record *r;
    bool waiting;
    EPI_TRY(mine(call, &r));
    if (!epi__queue_halt(call->app->scenarios, r->id, &waiting))
        return EPI_FAIL(&call->err, EPI_CONFLICT, "scenario.over", "%s", "");
    if (waiting) {
        struct epi__edit e;
        epi__edit_of(&e, r);
        epi__set(call, &e, EPI_SCENARIO_STATUS, epi_v_text(EPI_S("stopped")));
        EPI_TRY(epi__write_edits(call, "scenario.stop", EPI_NIL, &e, 1, NULL));
    }
    return epi__scenario_answer(call, r->id);
}

/* From its saved state; what failed is tried again. */
epi_status epi_do_scenario_continue(struct epi_call *call)
{
    struct epi_record *r;
    struct epi__edit e;
    EPI_TRY(mine(call, &r));
    if (!is(r, "stopped") && !is(r, "failed"))
        return EPI_FAIL(&call->err, EPI_CONFLICT, "scenario.not-stopped", "%s", "");
    if (!epi__queue_room(call->app->scenarios))
        return EPI_FAIL(&call->err, EPI_BUSY, "job.queue-full", "%s", "");
    epi__edit_of(&e, r);
    epi__set(call, &e, EPI_SCENARIO_STATUS, epi_v_text(EPI_S("queued")));
    epi__set(call, &e, EPI_SCENARIO_FINISHED, EPI_NULLV);
    epi__set(call, &e, EPI_SCENARIO_FAULT, EPI_NULLV);
    EPI_TRY(epi__write_edits(call, "scenario.continue", EPI_NIL, &e, 1, NULL));
    epi__queue_put(call->app->scenarios, r->id);
    return epi__scenario_answer(call, r->id);
}

/* --- title, note, what it was made for --- */
static const uint16_t writable[] = {EPI_SCENARIO_TITLE, EPI_SCENARIO_NOTE, EPI_SCENARIO_DIRECTIVE,
                                    EPI_SCENARIO_ASSIGNMENT};

static void no_such(struct epi_call *call, const char *field)
{
    epi_finding_add(&call->findings, EPI_ERROR, "field.no-such-record", 0, epi_str_of(field),
                    EPI_NIL, EPI_NIL);
}

/* An assignment names its document; both are ones the author may see. */
static void check_attached(struct epi_call *call, struct epi_record *r, bool *present)
{
    struct epi_record *other;
    struct epi_store *store = call->app->store;
    const struct epi_scope *scope = &call->actor.scope;
    epi_id item = epi_v_as_ref(r->v[EPI_SCENARIO_ASSIGNMENT]),
           document = epi_v_as_ref(r->v[EPI_SCENARIO_DIRECTIVE]);
    if (present[EPI_SCENARIO_ASSIGNMENT] && item.v) {
        if (epi_store_get(store, call->a, EPI_K_ASSIGNMENT, item, scope, &other, NULL) != EPI_OK) {
            no_such(call, "assignment");
            return;
        }
        r->v[EPI_SCENARIO_DIRECTIVE] = other->v[EPI_ASSIGNMENT_DIRECTIVE];
        present[EPI_SCENARIO_DIRECTIVE] = true;
        return;
    }
    if (!present[EPI_SCENARIO_DIRECTIVE])
        return;
    if (document.v &&
        epi_store_get(store, call->a, EPI_K_DIRECTIVE, document, scope, &other, NULL) != EPI_OK)
        no_such(call, "directive");
    r->v[EPI_SCENARIO_ASSIGNMENT] = EPI_NULLV; /* it was of another document, or of none */
    present[EPI_SCENARIO_ASSIGNMENT] = true;
}

epi_status epi_do_scenario_update(struct epi_call *call)
{
    struct epi_record *r;
    struct epi__edit e;
    const epi_json *j;
    bool present[EPI_N_SCENARIO] = {0};
    EPI_TRY(mine(call, &r));
    epi_str shown = epi__scenario_title(call, r);
    EPI_TRY(epi_json_parse(call->a, call->body, 1 << 16, &j, &call->err));
    epi_record_from_json(call->a, call->app->catalogue, j, r, present, &call->findings);
    if (epi_v_as_text(r->v[EPI_SCENARIO_TITLE]).n == 0)
        epi_finding_add(&call->findings, EPI_ERROR, "scenario.title-needed", 0, EPI_S("title"),
                        EPI_NIL, EPI_NIL);
    check_attached(call, r, present);
    EPI_TRY(epi__refuse_if_findings(call));
    epi__edit_of(&e, r);
    if (call->has_match)
        e.change.base = call->match;
    present[EPI_SCENARIO_TITLE] =
        present[EPI_SCENARIO_TITLE] && !epi_str_eq(epi_v_as_text(r->v[EPI_SCENARIO_TITLE]), shown);
    if (present[EPI_SCENARIO_TITLE] && r->v[EPI_SCENARIO_PLAN].t != EPI_V_NULL)
        epi__set(call, &e, EPI_SCENARIO_PLAN, EPI_NULLV);
    for (size_t i = 0; i < EPI_COUNT(writable); i++)
        if (present[writable[i]])
            epi__set(call, &e, writable[i], r->v[writable[i]]);
    if (!e.change.n_sets)
        return EPI_FAIL(&call->err, EPI_INVALID, "record.nothing-to-change", "%s", "");
    EPI_TRY(epi__write_edits(call, "scenario.update", EPI_NIL, &e, 1, NULL));
    return epi__scenario_answer(call, r->id);
}

/* --- removing: the record is marked, its folder goes --- */
static epi_status clear_folder(const struct epi_fs *fs, struct epi_arena *a, const char *path,
                               struct epi_err *reterr)
{
    epi_str *names;
    size_t n;
    EPI_TRY(fs->list(fs->ctx, a, path, &names, &n, reterr));
    for (size_t i = 0; i < n; i++)
        EPI_TRY(fs->remove(fs->ctx, epi__path(a, path, epi_str_cz(a, names[i])), reterr));
    return fs->remove(fs->ctx, path, reterr);
}

epi_status epi__scenario_clear(struct epi_app *app, struct epi_arena *a, epi_id id,
                               struct epi_err *reterr)
{
    const struct epi_fs *fs = &app->o.io->fs;
    const char *dir;
    EPI_TRY(epi__scenario_dir(app, a, id, false, &dir, reterr));
    return fs->exists(fs->ctx, dir) ? clear_folder(fs, a, dir, reterr) : EPI_OK;
}

epi_status epi_do_scenario_remove(struct epi_call *call)
{
    struct epi_record *r;
    struct epi__edit e;
    bool waiting;
    EPI_TRY(mine(call, &r));
    epi__edit_of(&e, r);
    e.change.remove = true;
    EPI_TRY(epi__write_edits(call, "scenario.remove", EPI_NIL, &e, 1, NULL));
    bool runs = epi__queue_halt(call->app->scenarios, r->id, &waiting) && !waiting;
    if (!runs) /* else by its work, when that has ended; a cut off removal by the next start */
        (void)!epi__scenario_clear(call->app, call->a, r->id, NULL);
    call->http_status = 204;
    return EPI_OK;
}

void epi__scenarios_sweep(struct epi_app *app)
{
    EPI_ARENA_LOCAL(a);
    const struct epi_fs *fs = &app->o.io->fs;
    struct epi_scope all = EPI_SCOPE_ALL;
    struct epi_record *r;
    const char *folder = epi__path(a, app->o.data_dir, "scenarios");
    epi_str *names;
    size_t n;
    epi_id id;
    if (!fs->exists(fs->ctx, folder) || fs->list(fs->ctx, a, folder, &names, &n, NULL) != EPI_OK)
        return;
    for (size_t i = 0; i < n; i++)
        if (epi_id_parse(names[i], &id) &&
            epi__scenario_get(app, a, id, &all, &r, NULL) == EPI_NOT_FOUND)
            (void)!epi__scenario_clear(app, a, id, NULL);
}
