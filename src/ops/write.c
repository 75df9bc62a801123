// SPDX-License-Identifier: AGPL-3.0-or-later
/* The one write path: edits become one operation, journal and register in one transaction. */
#include "ops/ops_internal.h"
#include <stdlib.h>

void epi__set(struct epi_call *call, struct epi__edit *e, uint16_t field, struct epi_value v)
{
    if (e->change.n_sets == e->cap) {
        size_t cap = e->cap ? e->cap * 2 : 16;
        struct epi_set *sets = EPI_ARRAY(call->a, cap, struct epi_set);
        if (e->change.n_sets)
            memcpy(sets, e->change.sets, e->change.n_sets * sizeof *sets);
        e->change.sets = sets;
        e->cap = cap;
    }
    e->change.sets[e->change.n_sets++] = (struct epi_set){field, v};
}

void epi__edit_new(struct epi_call *call, struct epi__edit *e, uint16_t kind)
{
    *e = (struct epi__edit){.change = {.kind = kind, .id = epi_ids_next(call->app->ids)}};
}

void epi__edit_of(struct epi__edit *e, const struct epi_record *r)
{
    *e = (struct epi__edit){.change = {.kind = r->kind, .id = r->id, .base = r->version}};
}

struct epi_op epi__op(struct epi_call *call, const char *action, epi_str reason)
{
    const struct epi_clock *clock = &call->app->o.io->clock;
    epi_instant now = clock->now(clock->ctx);
    return (struct epi_op){.op_id = call->has_op_id ? call->op_id : epi_ids_op(call->app->ids),
                           .action = epi_str_of(action),
                           .reason = reason,
                           .author = call->actor.user,
                           .device = call->actor.device,
                           .device_time = now,
                           .server_time = now,
                           .scope = call->actor.unit,
                           .detail = call->has_op_id && call->request
                                         ? epi__request_detail(call->a, call->request)
                                         : EPI_NIL};
}

epi_status epi__append(struct epi_tx *tx, struct epi_call *call, const char *action, epi_str reason,
                       struct epi__edit *edits, size_t n, struct epi_applied *ret)
{
    struct epi_op op = epi__op(call, action, reason);
    op.changes = EPI_ARRAY(call->a, n, struct epi_change);
    op.n_changes = n;
    for (size_t i = 0; i < n; i++)
        op.changes[i] = edits[i].change;
    return epi_tx_append(tx, &op, ret, &call->err);
}

void epi__changed(struct epi_app *app, uint64_t kinds, epi_id job)
{
    epi__pictures_note(app->pictures, kinds);
    epi__figures_note(app->figures, kinds);
    pthread_mutex_lock(&app->listener_lock);
    if (app->listener)
        app->listener(app->listener_ctx, epi_store_seq(app->store), kinds, job);
    pthread_mutex_unlock(&app->listener_lock);
}

epi_status epi__write(struct epi_call *call, uint64_t kinds, epi_store_work *work, void *ctx)
{
    EPI_TRY(epi_store_write(call->app->store, work, ctx, &call->err));
    epi__changed(call->app, kinds, (epi_id){0});
    return EPI_OK;
}

struct edits_work {
    struct epi_call *call;
    const char *action;
    epi_str reason;
    struct epi__edit *edits;
    size_t n;
    struct epi_applied *ret;
};

static epi_status append_edits(struct epi_tx *tx, void *ctx, struct epi_err *reterr)
{
    struct edits_work *w = ctx;
    (void)reterr; /* epi__append reports into the call */
    return epi__append(tx, w->call, w->action, w->reason, w->edits, w->n, w->ret);
}

epi_status epi__write_edits(struct epi_call *call, const char *action, epi_str reason,
                            struct epi__edit *edits, size_t n, struct epi_applied *ret)
{
    struct epi_applied applied;
    struct edits_work w = {call, action, reason, edits, n, ret ? ret : &applied};
    uint64_t kinds = 0;
    for (size_t i = 0; i < n; i++)
        kinds |= 1ull << edits[i].change.kind;
    return epi__write(call, kinds, append_edits, &w);
}

/* --- audit of reads
 * ------------------------------------------------------------------------------------------ Reads
 * are journal operations without changes. They are queued and written together a moment later, so
 * that looking at a page does not wait for the disk; closing the program writes what is queued. */
struct audit_entry {
    struct audit_entry *next;
    struct epi_op op;
    char action[40], detail[200], device[80], scope[130];
};
struct epi__audit {
    struct epi_app *app;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct audit_entry *first, **last;
    bool stop;
};

static epi_status audit_write(struct epi_tx *tx, void *ctx, struct epi_err *reterr)
{
    struct epi_applied applied;
    for (struct audit_entry *e = ctx; e; e = e->next)
        EPI_TRY(epi_tx_append(tx, &e->op, &applied, reterr));
    return EPI_OK;
}

static void *audit_main(void *ctx)
{
    struct epi__audit *a = ctx;
    pthread_mutex_lock(&a->lock);
    for (;;) {
        while (!a->first && !a->stop)
            pthread_cond_wait(&a->wake, &a->lock);
        struct audit_entry *list = a->first;
        if (!list)
            break;
        a->first = NULL;
        a->last = &a->first;
        pthread_mutex_unlock(&a->lock);
        struct epi_err err = {0};
        if (epi_store_write(a->app->store, audit_write, list, &err) != EPI_OK)
            epi_assert_failed("the audit of reads can be written", __FILE__, __LINE__);
        while (list) {
            struct audit_entry *next = list->next;
            free(list);
            list = next;
        }
        pthread_mutex_lock(&a->lock);
    }
    pthread_mutex_unlock(&a->lock);
    return NULL;
}

struct epi__audit *epi__audit_start(struct epi_app *app)
{
    struct epi__audit *a = epi_xmalloc(sizeof *a);
    *a = (struct epi__audit){.app = app};
    a->last = &a->first;
    pthread_mutex_init(&a->lock, NULL);
    pthread_cond_init(&a->wake, NULL);
    EPI_ASSERT(pthread_create(&a->thread, NULL, audit_main, a) == 0);
    return a;
}

void epi__audit_stop(struct epi__audit *a)
{
    if (!a)
        return;
    pthread_mutex_lock(&a->lock);
    a->stop = true;
    pthread_cond_signal(&a->wake);
    pthread_mutex_unlock(&a->lock);
    pthread_join(a->thread, NULL);
    pthread_mutex_destroy(&a->lock);
    pthread_cond_destroy(&a->wake);
    free(a);
}

static epi_str keep(char *out, size_t max, epi_str s)
{
    size_t n = s.n < max ? s.n : max;
    if (n)
        memcpy(out, s.p, n);
    return (epi_str){out, n};
}

void epi__audit_read(struct epi_call *call, const char *action, const char *kind, epi_id id,
                     size_t rows)
{
    struct epi__audit *a = call->app->audit;
    if (call->app->o.read_only || call->actor.user.v == 0)
        return; /* the program reading its own folder on the command line */
    struct audit_entry *e = epi_xmalloc(sizeof *e);
    EPI_BUF_LOCAL(b, sizeof e->detail);
    struct epi_jw w = EPI_JW(&b);
    char text[16];
    epi_jw_object(&w);
    epi_jw_kvz(&w, "kind", kind);
    if (id.v)
        epi_jw_kvz(&w, "id", epi_id_text(id, text));
    epi_jw_kvi(&w, "rows", (int64_t)rows);
    epi_jw_object_end(&w);
    e->next = NULL;
    bool given = call->has_op_id; /* the caller's op id names a write, never a read */
    call->has_op_id = false;
    e->op = epi__op(call, action, EPI_NIL);
    call->has_op_id = given;
    e->op.action = keep(e->action, sizeof e->action, epi_str_of(action));
    e->op.detail = keep(e->detail, sizeof e->detail, epi_buf_str(&b));
    e->op.device = keep(e->device, sizeof e->device, call->actor.device);
    e->op.scope = keep(e->scope, sizeof e->scope, call->actor.unit);
    pthread_mutex_lock(&a->lock);
    *a->last = e;
    a->last = &e->next;
    pthread_cond_signal(&a->wake);
    pthread_mutex_unlock(&a->lock);
}
