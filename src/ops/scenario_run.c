// SPDX-License-Identifier: AGPL-3.0-or-later
/* One scenario simulated in the background (queue.h). */
#include "base/parallel.h"
#include "ops/rules.h"
#include "ops/scenarios.h"

#define TOLD_EVERY 10 /* days of a run between two words to the listeners */

struct work {
    struct epi__queue *q;
    struct epi_app *app;
    epi_id id;
};

static bool tick(void *ctx, unsigned run, int day, int days)
{
    const struct work *w = ctx;
    bool goes_on = epi__queue_tell(w->q, run, (uint64_t)day);
    if (day % TOLD_EVERY == 0 || day == days)
        epi__changed(w->app, 0, w->id);
    return goes_on;
}

static epi_status load(struct epi_call *call, epi_id id, struct epi_record **ret)
{
    struct epi_scope all = EPI_SCOPE_ALL;
    return epi__scenario_get(call->app, call->a, id, &all, ret, &call->err);
}

static struct epi_value now_of(struct epi_call *call)
{
    const struct epi_clock *c = &call->app->o.io->clock;
    return epi_v_instant(c->now(c->ctx));
}

static epi_status simulate(struct work *work, struct epi_call *call, const struct epi_record *r,
                           epi_str *ret_summary)
{
    struct epi_app *app = call->app;
    const struct epi_fs *fs = &app->o.io->fs;
    struct epi_scenario sc = epi_scenario_plain();
    struct epi_natural_history history;
    struct epi_society *society = NULL;
    bool done = false;
    struct epi_runs runs = {.history = &history,
                            .scenario = &sc,
                            .seed = (uint64_t)r->v[EPI_SCENARIO_SEED].i,
                            .runs = (unsigned)r->v[EPI_SCENARIO_RUNS].i,
                            .threads = epi_parallel_threads(SIZE_MAX, 0), /* they give way */
                            .fs = fs,
                            .first = EPI_DATE_UNKNOWN,
                            .ctx = work,
                            .progress = tick};
    EPI_TRY(epi_scenario_read(call->a, epi_v_as_text(r->v[EPI_SCENARIO_LEVERS]), &sc,
                              &call->findings, &call->err));
    EPI_TRY(epi_scenario_history(call->a, fs, epi__scenario_diseases(app, call->a), &sc, &history,
                                 &call->findings, &call->err));
    EPI_TRY(epi__scenario_dir(app, call->a, r->id, true, &runs.dir, &call->err));
    EPI_TRY(epi_scenario_society(fs, app->units, &sc, runs.seed, &society, &call->findings,
                                 &call->err));
    runs.society = society;
    (void)epi_date_parse_iso(epi_str_of(sc.base.date), &runs.first);
    size_t n = 0;
    int32_t unit = epi_units_resolve(app->units, epi_str_of(sc.base.unit), runs.first, &n);
    struct epi_packs packs = {
        .set = app->policies, .disease = epi_str_of(sc.base.disease), .first = runs.first};
    packs.authorities_n = epi__authorities(app, call->a, unit, &packs.authorities);
    runs.packs = &packs;
    epi_status status =
        epi__scenario_fits(epi_society_people(society), sc.days, runs.runs, &call->err);
    if (status == EPI_OK && sc.start.from[0])
        status = epi_scenario_begins(call, &runs);
    if (status == EPI_OK && sc.calibrate.members > 0)
        status = epi__scenario_fit(call, &runs);
    if (status == EPI_OK)
        status = epi_runs_do(call->a, &runs, &done, &call->err);
    epi_society_free(society);
    if (status == EPI_OK)
        status = fs->read(fs->ctx, call->a, epi__path(call->a, runs.dir, "summary.json"), 100000,
                          ret_summary, &call->err);
    return status;
}

static void finish(struct epi_call *call, struct epi_record *r, epi_status status, epi_str summary)
{
    struct epi__edit e;
    struct epi_err why = call->err;
    bool stopped = status == EPI_BUSY;
    if (load(call, r->id, &r) != EPI_OK) /* removed meanwhile */
        return;
    epi__edit_of(&e, r);
    epi__set(call, &e, EPI_SCENARIO_STATUS,
             epi_v_text(status == EPI_OK ? EPI_S("done")
                        : stopped        ? EPI_S("stopped")
                                         : EPI_S("failed")));
    epi__set(call, &e, EPI_SCENARIO_FINISHED, now_of(call));
    if (status == EPI_OK)
        epi__set(call, &e, EPI_SCENARIO_SUMMARY, epi_v_text(epi_str_trim(summary)));
    else if (!stopped)
        epi__set(call, &e, EPI_SCENARIO_FAULT,
                 epi_v_text(epi_str_sub(epi_err_text(call->a, &why, call->actor.lang), 0, 1000)));
    EPI_ASSERT(epi__write_edits(call, "scenario.finish", EPI_NIL, &e, 1, NULL) == EPI_OK);
}

static void run_one(struct epi__queue *q, struct epi_app *app, epi_id id)
{
    EPI_ARENA_LOCAL(a);
    struct epi_call call;
    struct epi_actor actor = epi_actor_program(EPI_VI);
    struct epi_record *r;
    struct epi__edit e;
    epi_str summary = EPI_NIL;
    struct work work = {q, app, id};
    epi_call_init(&call, app, &actor, a);
    if (load(&call, id, &r) != EPI_OK)
        goto out;
    epi_id by = epi_v_as_ref(r->v[EPI_SCENARIO_BY]);
    if (by.v && epi__actor_by_user(app, a, by, &call.actor, &call.err) != EPI_OK)
        call.actor = actor; /* the account is gone: the program itself goes on */
    epi__edit_of(&e, r);
    epi__set(&call, &e, EPI_SCENARIO_STATUS, epi_v_text(EPI_S("running")));
    epi__set(&call, &e, EPI_SCENARIO_STARTED, now_of(&call));
    if (epi__write_edits(&call, "scenario.start", EPI_NIL, &e, 1, NULL) != EPI_OK)
        goto out;
    epi_status status = simulate(&work, &call, r, &summary);
    if (status != EPI_BUSY || !epi__queue_ends(q)) /* else it stays "running" for the next start */
        finish(&call, r, status, summary);
    if (load(&call, id, &r) == EPI_NOT_FOUND) /* removed meanwhile */
        (void)!epi__scenario_clear(app, a, id, NULL);
    epi__changed(app, 0, id);
out:
    epi_call_done(&call);
}

struct epi__queue *epi__scenarios_queue(struct epi_app *app)
{
    static const struct epi__queue_kind scenarios = {.kind = EPI_K_SCENARIO,
                                                     .status = EPI_SCENARIO_STATUS,
                                                     .waiting = "queued",
                                                     .running = "running",
                                                     .nice = 10,
                                                     .work = run_one};
    return epi__queue_new(app, &scenarios);
}
