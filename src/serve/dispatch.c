// SPDX-License-Identifier: AGPL-3.0-or-later
/* One way through the door: who asks, may they, call the act, turn its answer into HTTP. */
#include "serve/serve_internal.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void epi__log(const struct epi__serve *s, const char *fmt, ...)
{
    char line[512];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(line, sizeof line, fmt, ap);
    va_end(ap);
    if (s->o.log)
        s->o.log(s->o.ctx, line);
    else
        fprintf(stderr, "%s\n", line);
}

static uint64_t random_number(const struct epi__serve *s)
{
    uint64_t v;
    const struct epi_random *r = &epi_app_io(s->app)->random;
    r->fill(r->ctx, &v, sizeof v);
    return v;
}

void epi__refuse(struct epi__serve *s, struct epi_arena *a, const struct epi__request *r,
                 const struct epi_err *e, const struct epi_call *call, struct epi__answer *x)
{
    epi_str reference = EPI_NIL;
    if (e->status == EPI_IO || e->status == EPI_CORRUPT) {
        reference =
            epi_str_printf(a, "%08llx", (unsigned long long)(random_number(s) & 0xffffffffu));
        epi__log(s, "fault %.*s: %s %s %s (%s:%d) on %s %s", EPI_FMT(reference), e->code, e->arg1,
                 e->arg2, e->file ? e->file : "", e->line, r->route ? r->route->method : "",
                 r->route ? r->route->pattern : "");
    }
    epi__answer_problem(a, x, r, e, call, reference);
    epi__answer_finish(a, x, r);
}

epi_status epi__admit(struct epi__serve *s, struct epi_arena *a, const struct epi__request *r,
                      struct epi_actor *ret, struct epi_err *reterr)
{
    enum epi__door door = r->route->door;
    *ret =
        (struct epi_actor){.lang = r->lang, .device = r->by_cookie ? EPI_S("web") : EPI_S("api")};
    if ((r->route->flags & F_LOCAL_LINK) && !r->local)
        return EPI_FAIL(reterr, EPI_DENIED, "http.link-not-local", "%s", "");
    if (door == EPI__DOOR_OPEN)
        return EPI_OK;
    if (!r->token.n || r->token.n > 200)
        return EPI_FAIL(reterr, EPI_UNKNOWN_USER, "auth.signed-out", "%s", "");
    EPI_TRY(epi_session_actor(s->app, a, r->token, r->lang, ret, reterr));
    ret->device = r->by_cookie ? EPI_S("web") : EPI_S("api");
    /* a page elsewhere can make a browser send the cookie, but not this header */
    if (r->by_cookie && !r->guard && !epi_str_eqz(epi_str_of(r->route->method), "GET"))
        return EPI_FAIL(reterr, EPI_DENIED, "http.guard-missing", "%s", "");
    if ((int)door >= 0 && !epi_may(ret, (enum epi_permission)door))
        return EPI_FAIL(reterr, EPI_DENIED, "access.not-permitted", "%s",
                        epi_permission_word((enum epi_permission)door));
    return EPI_OK;
}

/* --- the server's own answers
 * ---------------------------------------------------------------------------------- */
static void own_answer(struct epi__serve *s, const struct epi__request *r, struct epi_call *call,
                       struct epi__answer *x)
{
    char when[32];
    struct epi_jw *w = &call->out;
    switch (r->route->own) {
    case EPI__OWN_ACT:
        break;
    case EPI__OWN_HEALTH:
        epi_jw_object(w);
        epi_jw_kvz(w, "status", "ok");
        epi_jw_kvz(w, "version", s->o.version);
        epi_jw_kvz(w, "started", epi_instant_iso(s->started, when));
        epi_jw_object_end(w);
        break;
    case EPI__OWN_OPENAPI:
        epi_jw_raw(w, s->openapi);
        break;
    case EPI__OWN_EVENTS:
        x->stream = true;
        break;
    }
}

/* --- downloads
 * --------------------------------------------------------------------------------------------------------
 */
static void send_file(struct epi_arena *a, struct epi_call *call, struct epi__answer *x)
{
    x->file = open(call->out_path, O_RDONLY | O_CLOEXEC);
    if (x->file < 0) {
        call->err = (struct epi_err){0};
        epi_err_set(&call->err, EPI_IO, "io.read", __FILE__, __LINE__, "%s\x1f%s", "download",
                    strerror(errno));
        return;
    }
    x->status = 200;
    epi__answer_header(
        x, "Content-Type",
        epi_str_dup(a, epi_str_of(call->out_type ? call->out_type : "application/octet-stream")));
    epi__answer_header(x, "Content-Disposition",
                       epi_str_printf(a, "attachment; filename=\"%s\"",
                                      call->out_name ? call->out_name : "download"));
    epi__answer_header(x, "Cache-Control", EPI_S("no-store"));
}

/* --- a request
 * ------------------------------------------------------------------------------------------------------------
 */
static epi_status run(struct epi__serve *s, struct epi_arena *a, const struct epi__request *r,
                      epi_str body, struct epi_call *call, struct epi__answer *x)
{
    EPI_TRY(epi__request_call(r, body, call));
    if (!r->route->act) {
        if (r->route->own == EPI__OWN_EVENTS && !r->head)
            EPI_TRY(epi__events_take(s->events, &call->err));
        own_answer(s, r, call, x);
        x->stream = x->stream && !r->head;
        epi__answer_json(a, x, r, call);
        return EPI_OK;
    }
    if (r->route->flags & F_FILE_OUT)
        call->out_path = epi_str_cz(a, epi_str_printf(a, "%s/out-%016llx", s->tmp_dir,
                                                      (unsigned long long)random_number(s)));
    bool answered = false;
    epi_status status = epi_call_repeated(call, &answered);
    if (answered)
        epi__answer_header(x, "Idempotency-Replayed", EPI_S("true"));
    else if (status == EPI_OK)
        status = r->route->act(call);
    if (call->out_path) {
        if (status == EPI_OK)
            send_file(a, call, x);
        unlink(call->out_path);
        return status == EPI_OK && x->file < 0 ? EPI_IO : status;
    }
    if (status == EPI_OK && call->buf.full)
        return EPI_FAIL(&call->err, EPI_LIMIT, "http.answer-too-large", "%s", "");
    if (status == EPI_OK)
        epi__answer_json(a, x, r, call);
    return status;
}

/* The same operation is the same method, address and content by the same person. */
static uint64_t request_hash(struct epi_arena *a, const struct epi__request *r, epi_str body)
{
    epi_str text = epi_str_printf(a, "%s %s", r->route->method, r->route->pattern);
    uint64_t h = epi_str_hash(text) ^ epi_str_hash(body);
    for (size_t i = 0; i < r->n_args; i++)
        h = h * 1099511628211u +
            epi_str_hash(epi_str_printf(a, "%.*s=%.*s", EPI_FMT(r->args[i].name),
                                        EPI_FMT(r->args[i].value)));
    return h;
}

static bool repeatable(const struct epi__request *r)
{
    return r->has_op_id && r->route->act && !(r->route->flags & F_SIGNS_IN) &&
           !epi_str_eqz(epi_str_of(r->route->method), "GET");
}

void epi__dispatch(struct epi__serve *s, struct epi_arena *a, const struct epi__request *r,
                   epi_str body, struct epi__answer *x)
{
    struct epi_actor actor;
    struct epi_err err = {0};
    bool known = false, repeat = false;
    uint64_t hash = 0;
    epi_status status = epi__admit(s, a, r, &actor, &err);
    if (status == EPI_OK && repeatable(r)) {
        hash = request_hash(a, r, body);
        status = epi__repeat_begin(s->repeats, actor.user, &r->op_id, hash, x, &known, &err);
        repeat = status == EPI_OK && !known;
    }
    if (status != EPI_OK) {
        epi__refuse(s, a, r, &err, NULL, x);
        return;
    }
    if (!known) {
        struct epi_call call;
        epi_call_init(&call, s->app, &actor, a);
        call.request = r->route->flags & F_SECRET ? 0 : hash;
        status = run(s, a, r, body, &call, x);
        if (status != EPI_OK)
            epi__refuse(s, a, r, &call.err, &call, x);
        if (repeat)
            epi__repeat_end(s->repeats, actor.user, &r->op_id, x);
        epi_call_done(&call);
    }
    if (status == EPI_OK)
        epi__answer_finish(a, x, r);
}
