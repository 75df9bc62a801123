// SPDX-License-Identifier: AGPL-3.0-or-later
#include "ops/fixture_test.h"
#include <sodium.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

/* The acts run threads of their own (audit, jobs), so the clock and the random numbers are atomic:
 * a step of the clock and a counter that is mixed. */
struct world {
    _Atomic int64_t now_ms;
    _Atomic uint64_t drawn;
};

static epi_instant world_now(void *ctx)
{
    struct world *w = ctx;
    return (epi_instant){atomic_load(&w->now_ms)};
}

static uint64_t world_us(void *ctx)
{
    struct world *w = ctx;
    return (uint64_t)atomic_load(&w->now_ms) * 1000;
}

static void world_fill(void *ctx, void *out, size_t n)
{
    struct world *w = ctx;
    uint8_t *p = out;
    for (size_t i = 0; i < n; i++) {
        uint64_t x = atomic_fetch_add(&w->drawn, 1) * 0x9e3779b97f4a7c15ull + 0x1234567;
        x ^= x >> 31;
        x *= 0xbf58476d1ce4e5b9ull;
        p[i] = (uint8_t)(x >> 56);
    }
}

static bool open_app(struct ops_base *f, bool sqlite)
{
    struct epi_err e = {0};
    struct epi_findings findings;
    epi_findings_init(&findings, f->a, 100);
    struct epi_app_options o = {.io = &f->io,
                                .data_dir = f->dir,
                                .share_dir = epi_test_repo(f->a, ""),
                                .in_memory = !sqlite};
    if (epi_app_open(&o, &f->app, &findings, &e) == EPI_OK)
        return true;
    epi_test_fail(__FILE__, __LINE__, "cannot open: %s %s", e.code, e.arg1);
    return false;
}

/* The packs are linked, not copied: a test reads them only. */
static bool link_to(struct ops_base *f, const char *target, const char *name)
{
    const char *from = epi_test_repo(f->a, target),
               *to = epi_str_cz(f->a, epi_str_printf(f->a, "%s/%s", f->dir, name));
    return symlink(from, to) == 0;
}

static bool link_below(struct ops_base *f, const char *folder)
{
    epi_str *names;
    size_t n;
    bool ok =
        f->io.fs.list(f->io.fs.ctx, f->a, epi_test_repo(f->a, folder), &names, &n, NULL) == EPI_OK;
    for (size_t i = 0; ok && i < n; i++) {
        const char *from =
                       epi_str_cz(f->a, epi_str_printf(f->a, "%s/%.*s", folder, EPI_FMT(names[i]))),
                   *to = epi_str_cz(f->a, epi_str_printf(f->a, "policies/%.*s", EPI_FMT(names[i])));
        ok = link_to(f, from, to);
    }
    return ok;
}

/* The overlay comes first: its authorities.json is then the folder's. */
static bool link_policies(struct ops_base *f, const char *overlay)
{
    if (!overlay)
        return link_to(f, "policies", "policies");
    const char *dir = epi_str_cz(f->a, epi_str_printf(f->a, "%s/policies", f->dir));
    return f->io.fs.make_dir(f->io.fs.ctx, dir, NULL) == EPI_OK && link_below(f, overlay) &&
           link_to(f, "policies/vn", "policies/vn") &&
           link_to(f, "policies/who-default", "policies/who-default");
}

static bool open_folder(struct ops_base *f, struct epi_arena *a, bool sqlite, const char *overlay)
{
    *f = (struct ops_base){
        .a = a, .io = *epi_io_real(), .world = EPI_NEW(a, struct world), .dir = epi_test_dir(a)};
    EPI_ASSERT(sodium_init() >= 0);
    atomic_store(&f->world->now_ms, 1637114400000); /* 2021-11-17T02:00Z */
    f->io.clock = (struct epi_clock){f->world, world_now, world_us};
    f->io.random = (struct epi_random){f->world, world_fill};
    f->program = epi_actor_program(EPI_EN);
    const char *mark = epi_str_cz(a, epi_str_printf(a, "%s/cordon.json", f->dir));
    if (!link_to(f, "data/packs/vn", "pack") || !link_policies(f, overlay) ||
        !link_to(f, "data/forms/vn", "forms") ||
        f->io.fs.write(f->io.fs.ctx, mark, EPI_S("{\"format\":1,\"pack\":\"vn-2021\"}\n"), NULL) !=
            EPI_OK) {
        epi_test_fail(__FILE__, __LINE__, "cannot make the data folder");
        return false;
    }
    return open_app(f, sqlite);
}

bool ops_open(struct ops_base *f, struct epi_arena *a, bool sqlite)
{
    return open_folder(f, a, sqlite, NULL);
}

bool ops_open_ruled(struct ops_base *f, struct epi_arena *a, const char *overlay)
{
    return open_folder(f, a, false, overlay);
}

bool ops_reopen(struct ops_base *f)
{
    ops_close(f);
    return open_app(f, true);
}

void ops_close(struct ops_base *f)
{
    epi_app_close(f->app);
    f->app = NULL;
}

void ops_advance(struct ops_base *f, int64_t ms)
{
    atomic_fetch_add(&f->world->now_ms, ms);
}

struct reply ops_call(struct ops_base *f, epi_act *act, struct request q, const char *const *args)
{
    struct epi_call call;
    struct reply r = {0};
    epi_call_init(&call, f->app, q.as ? q.as : &f->program, f->a);
    for (; args && *args; args += 2)
        epi_call_arg(&call, epi_str_of(args[0]), epi_str_of(args[1]));
    call.body = q.body;
    call.content_type = EPI_S("application/json");
    call.has_op_id = q.op_id && epi_opid_parse(epi_str_of(q.op_id), &call.op_id);
    call.has_match = q.has_match;
    call.match = q.match;
    call.out_path = q.out_path;
    r.s = act(&call);
    r.http = call.http_status;
    r.text = epi_str_dup(f->a, epi_buf_str(&call.buf));
    r.token = call.token;
    r.findings = call.findings;
    r.err = call.err;
    r.etag = call.etag;
    if (r.text.n && epi_json_parse(f->a, r.text, SIZE_MAX, &r.j, NULL) != EPI_OK && r.s == EPI_OK)
        epi_test_fail(__FILE__, __LINE__, "the answer is not JSON: %.*s",
                      (int)(r.text.n < 300 ? r.text.n : 300), r.text.p);
    epi_call_done(&call);
    return r;
}

struct reply ops_do(struct ops_base *f, epi_act *act, const char *const *args)
{
    return ops_call(f, act, (struct request){0}, args);
}

struct epi_actor ops_user(struct ops_base *f, const char *login, const char *role, const char *unit)
{
    struct reply r =
        ops_call(f, epi_do_user_create,
                 (struct request){
                     .body = epi_str_printf(
                         f->a, "{\"login\":\"%s\",\"name\":\"%s\",\"role\":\"%s\",\"unit\":\"%s\"}",
                         login, login, role, unit)},
                 NO_ARGS);
    if (r.s != EPI_OK)
        epi_test_fail(__FILE__, __LINE__, "user %s: %s", login, r.err.code);
    return ops_again(f, login);
}

struct epi_actor ops_again(struct ops_base *f, const char *login)
{
    struct epi_actor actor = {0};
    struct epi_err e = {0};
    struct reply r;
    epi_str token;
    if (epi_session_link(f->app, f->a, epi_str_of(login), &token, &e) != EPI_OK) {
        epi_test_fail(__FILE__, __LINE__, "no link for %s: %s", login, e.code);
        return actor;
    }
    r = ops_do(f, epi_do_link, ARGS("token", epi_str_cz(f->a, token)));
    if (r.s != EPI_OK || epi_session_actor(f->app, f->a, r.token, EPI_EN, &actor, &e) != EPI_OK)
        epi_test_fail(__FILE__, __LINE__, "sign in %s: %s", login,
                      r.err.code ? r.err.code : e.code);
    actor.device = EPI_S("test");
    return actor;
}

epi_str ops_create(struct ops_base *f, const struct epi_actor *as, const char *kind, epi_str body)
{
    struct reply r =
        ops_call(f, epi_do_create, (struct request){.as = as, .body = body}, ARGS("kind", kind));
    if (r.s != EPI_OK)
        epi_test_fail(__FILE__, __LINE__, "create %s: %s %s", kind, r.err.code,
                      r.findings.n ? r.findings.list[0].code : "");
    return reply_text(f->a, &r, "id");
}

struct reply ops_import(struct ops_base *f, const struct epi_actor *as, const char *kind,
                        epi_str file, bool dry)
{
    return ops_call(f, epi_do_import, (struct request){.as = as, .body = file},
                    ARGS("kind", kind, "sync", "1", "dry_run", dry ? "1" : "0"));
}

bool reply_found(const struct reply *r, const char *code)
{
    for (size_t i = 0; i < r->findings.n; i++)
        if (strcmp(r->findings.list[i].code, code) == 0)
            return true;
    return false;
}

bool reply_is(const struct reply *r, epi_status s, const char *code)
{
    bool same = r->s == s && (!code || (r->err.code && strcmp(r->err.code, code) == 0));
    if (!same)
        printf("     got status %d %s %s, %zu findings, first %s\n", (int)r->s,
               r->err.code ? r->err.code : "", r->err.arg1, r->findings.n,
               r->findings.n ? r->findings.list[0].code : "none");
    return same;
}

const epi_json *reply_at(const struct reply *r, const char *path)
{
    const epi_json *j = r->j;
    epi_str rest = epi_str_of(path), part;
    while (j && epi_str_split(&rest, '/', &part)) {
        const epi_json *found = NULL;
        int64_t index;
        if (j->type == EPI_JSON_ARRAY && epi_str_to_i64(part, &index)) {
            EPI_JSON_EACH (item, j)
                if (index-- == 0)
                    found = item;
        } else {
            EPI_JSON_EACH (item, j)
                if (epi_str_eq(item->key, part))
                    found = item;
        }
        j = found;
    }
    return j;
}

epi_str reply_text(struct epi_arena *a, const struct reply *r, const char *path)
{
    const epi_json *j = reply_at(r, path);
    if (j && j->type == EPI_JSON_INT)
        return epi_str_printf(a, "%lld", (long long)j->i);
    return j ? j->text : EPI_NIL;
}

int64_t reply_int(const struct reply *r, const char *path)
{
    const epi_json *j = reply_at(r, path);
    return j && (j->type == EPI_JSON_INT || j->type == EPI_JSON_BOOL) ? j->i : INT64_MIN;
}
