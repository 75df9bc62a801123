// SPDX-License-Identifier: AGPL-3.0-or-later
/* Scenarios simulated in the background, one at a time, by a thread that begins with the first. */
#include "base/parallel.h"
#include "ops/scenarios.h"
#include <stdlib.h>

#define QUEUE 64
#define TOLD_EVERY 10 /* days of a run between two words to the listeners */

struct epi__scenarios {
    struct epi_app *app;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    epi_id queue[QUEUE];
    size_t n;
    epi_id running;
    unsigned run; /* of the running one */
    int day;
    bool started, cancel, stop;
};

/* --- one of them --- */
static bool tick(void *ctx, unsigned run, int day, int days)
{
    struct epi__scenarios *s = ctx;
    pthread_mutex_lock(&s->lock);
    s->run = run;
    s->day = day;
    bool goes_on = !s->cancel && !s->stop;
    epi_id id = s->running;
    pthread_mutex_unlock(&s->lock);
    if (day % TOLD_EVERY == 0 || day == days)
        epi__changed(s->app, 0, id);
    return goes_on;
}

static epi_status load(struct epi_call *call, epi_id id, struct epi_record **ret)
{
    struct epi_scope all = EPI_SCOPE_ALL;
    return epi_store_get(call->app->store, call->a, EPI_K_SCENARIO, id, &all, ret, &call->err);
}

static struct epi_value now_of(struct epi_call *call)
{
    const struct epi_clock *c = &call->app->o.io->clock;
    return epi_v_instant(c->now(c->ctx));
}

static epi_status simulate(struct epi__scenarios *s, struct epi_call *call,
                           const struct epi_record *r, epi_str *ret_summary)
{
    struct epi_app *app = call->app;
    const struct epi_fs *fs = &app->o.io->fs;
    struct epi_scenario sc = epi_scenario_plain();
    struct epi_natural_history history;
    struct epi_society *society = NULL;
    bool done = false;
    unsigned threads = epi_parallel_threads(SIZE_MAX, 0);
    struct epi_runs runs = {.history = &history,
                            .scenario = &sc,
                            .seed = (uint64_t)r->v[EPI_SCENARIO_SEED].i,
                            .runs = (unsigned)r->v[EPI_SCENARIO_RUNS].i,
                            .threads = threads > 1 ? threads / 2 : 1, /* the others serve people */
                            .fs = fs,
                            .first = EPI_DATE_UNKNOWN,
                            .ctx = s,
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
    epi_status status =
        epi__scenario_fits(epi_society_people(society), sc.days, runs.runs, &call->err);
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

static void run_one(struct epi__scenarios *s, epi_id id)
{
    EPI_ARENA_LOCAL(a);
    struct epi_call call;
    struct epi_actor actor = epi_actor_program(EPI_VI);
    struct epi_record *r;
    struct epi__edit e;
    epi_str summary = EPI_NIL;
    epi_call_init(&call, s->app, &actor, a);
    if (load(&call, id, &r) != EPI_OK)
        goto out;
    epi_id by = epi_v_as_ref(r->v[EPI_SCENARIO_BY]);
    if (by.v && epi__actor_by_user(s->app, a, by, &call.actor, &call.err) != EPI_OK)
        call.actor = actor; /* the account is gone: the program itself goes on */
    epi__edit_of(&e, r);
    epi__set(&call, &e, EPI_SCENARIO_STATUS, epi_v_text(EPI_S("running")));
    epi__set(&call, &e, EPI_SCENARIO_STARTED, now_of(&call));
    if (epi__write_edits(&call, "scenario.start", EPI_NIL, &e, 1, NULL) != EPI_OK)
        goto out;
    epi_status status = simulate(s, &call, r, &summary);
    pthread_mutex_lock(&s->lock);
    bool goes_on_later = s->stop && status == EPI_BUSY; /* stays "running" for the next start */
    pthread_mutex_unlock(&s->lock);
    if (!goes_on_later)
        finish(&call, r, status, summary);
    epi__changed(s->app, 0, id);
out:
    epi_call_done(&call);
}

/* --- the queue --- */
static void *scenarios_main(void *ctx)
{
    struct epi__scenarios *s = ctx;
    pthread_mutex_lock(&s->lock);
    while (!s->stop) {
        if (!s->n) {
            pthread_cond_wait(&s->wake, &s->lock);
            continue;
        }
        epi_id id = s->running = s->queue[0];
        memmove(s->queue, s->queue + 1, --s->n * sizeof *s->queue);
        s->cancel = false;
        s->run = 0;
        s->day = 0;
        pthread_mutex_unlock(&s->lock);
        run_one(s, id);
        pthread_mutex_lock(&s->lock);
        s->running = (epi_id){0};
    }
    pthread_mutex_unlock(&s->lock);
    return NULL;
}

struct epi__scenarios *epi__scenarios_new(struct epi_app *app)
{
    struct epi__scenarios *s = epi_xmalloc(sizeof *s);
    memset(s, 0, sizeof *s);
    s->app = app;
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->wake, NULL);
    return s;
}

void epi__scenarios_free(struct epi__scenarios *s)
{
    if (!s)
        return;
    pthread_mutex_lock(&s->lock);
    s->stop = true;
    pthread_cond_signal(&s->wake);
    pthread_mutex_unlock(&s->lock);
    if (s->started)
        pthread_join(s->thread, NULL);
    pthread_mutex_destroy(&s->lock);
    pthread_cond_destroy(&s->wake);
    free(s);
}

bool epi__scenario_room(struct epi__scenarios *s)
{
    pthread_mutex_lock(&s->lock);
    bool room = s->n < QUEUE;
    pthread_mutex_unlock(&s->lock);
    return room;
}

void epi__scenario_enqueue(struct epi__scenarios *s, epi_id id)
{
    pthread_mutex_lock(&s->lock);
    bool known = s->running.v == id.v;
    for (size_t i = 0; i < s->n; i++)
        known |= s->queue[i].v == id.v;
    if (!known && s->n < QUEUE)
        s->queue[s->n++] = id;
    if (!s->started) {
        EPI_ASSERT(pthread_create(&s->thread, NULL, scenarios_main, s) == 0);
        s->started = true;
    }
    pthread_cond_signal(&s->wake);
    pthread_mutex_unlock(&s->lock);
}

void epi__scenarios_take_up(struct epi__scenarios *s)
{
    EPI_ARENA_LOCAL(a);
    struct epi_value states[] = {epi_v_text(EPI_S("queued")), epi_v_text(EPI_S("running"))};
    struct epi_filter f = {
        .field = EPI_SCENARIO_STATUS, .match = EPI_ANY_OF, .any = states, .n_any = 2};
    struct epi_query q = {.kind = EPI_K_SCENARIO,
                          .scope = EPI_SCOPE_ALL,
                          .filters = &f,
                          .n_filters = 1,
                          .order = -1,
                          .limit = QUEUE};
    struct epi_page page;
    const struct epi_app_options *o = &s->app->o;
    if (o->read_only || o->known_at.ms != 0 ||
        epi_store_find(s->app->store, a, &q, &page, NULL) != EPI_OK)
        return;
    for (size_t i = 0; i < page.n; i++)
        epi__scenario_enqueue(s, page.rows[i].id);
}

bool epi__scenario_progress(struct epi__scenarios *s, epi_id id, unsigned *ret_run, int *ret_day)
{
    pthread_mutex_lock(&s->lock);
    bool running = s->running.v == id.v;
    *ret_run = running ? s->run : 0;
    *ret_day = running ? s->day : 0;
    pthread_mutex_unlock(&s->lock);
    return running;
}

bool epi__scenario_halt(struct epi__scenarios *s, epi_id id, bool *ret_waiting)
{
    pthread_mutex_lock(&s->lock);
    bool running = s->running.v == id.v;
    *ret_waiting = false;
    s->cancel |= running;
    for (size_t i = 0; i < s->n && !running && !*ret_waiting; i++) {
        if (s->queue[i].v != id.v)
            continue;
        memmove(&s->queue[i], &s->queue[i + 1], (--s->n - i) * sizeof *s->queue);
        *ret_waiting = true;
    }
    pthread_mutex_unlock(&s->lock);
    return running || *ret_waiting;
}
