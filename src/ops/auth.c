// SPDX-License-Identifier: AGPL-3.0-or-later
/* Signing in: Argon2id passwords, opaque tokens of which the store knows the hash only, one-time
 * links.
 *
 * There is no default account: an empty base makes one first-run token, which creates the first
 * administrator and dies. A session ends by signing out, after SESSION_HOURS, or when its user is
 * switched off. */
#include "ops/ops_internal.h"
#include <sodium.h>
#include <stdlib.h>

#define SESSION_HOURS 12
#define LINK_HOURS 24
#define PASSWORD_MIN 10
#define TOKEN_BYTES 24
#define FREE_TRIES 5       /* wrong passwords in a row before waiting begins */
#define WAIT_MAX_MS 900000 /* a quarter of an hour */

static epi_instant now_of(const struct epi_app *app)
{
    return app->o.io->clock.now(app->o.io->clock.ctx);
}

static epi_str token_hash(struct epi_arena *a, epi_str token)
{
    unsigned char h[32];
    char *hex = EPI_ARRAY(a, 65, char);
    crypto_generichash(h, sizeof h, (const unsigned char *)token.p, token.n, NULL, 0);
    sodium_bin2hex(hex, 65, h, sizeof h);
    return (epi_str){hex, 64};
}

static epi_str new_token(struct epi_app *app, struct epi_arena *a)
{
    unsigned char raw[TOKEN_BYTES];
    char *text = EPI_ARRAY(a, 64, char);
    app->o.io->random.fill(app->o.io->random.ctx, raw, sizeof raw);
    sodium_bin2base64(text, 64, raw, sizeof raw, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    return epi_str_of(text);
}

static epi_status find_one(struct epi_app *app, struct epi_arena *a, uint16_t kind, uint16_t field,
                           epi_str value, struct epi_record **ret, struct epi_err *reterr)
{
    struct epi_filter f = {.field = field, .match = EPI_EQ, .v = epi_v_text(value)};
    struct epi_query q = {.kind = kind,
                          .scope = EPI_SCOPE_ALL,
                          .filters = &f,
                          .n_filters = 1,
                          .order = -1,
                          .limit = 1};
    struct epi_page page;
    EPI_TRY(epi_store_find(app->store, a, &q, &page, reterr));
    *ret = page.n ? &page.rows[0] : NULL;
    return EPI_OK;
}

epi_status epi__password_hash(struct epi_call *call, epi_str password, epi_str *ret)
{
    char *out = EPI_ARRAY(call->a, crypto_pwhash_STRBYTES, char);
    if (epi_utf8_count(password) < PASSWORD_MIN)
        return EPI_FAIL(&call->err, EPI_INVALID, "auth.password-short", "%d", PASSWORD_MIN);
    /* 19 MiB and three passes: 34 ms on the reference machine */
    if (crypto_pwhash_str(out, password.p, password.n, 3, 19u << 20) != 0)
        return EPI_FAIL(&call->err, EPI_LIMIT, "auth.no-memory", "%s", "");
    *ret = epi_str_of(out);
    return EPI_OK;
}

/* The library reads a fixed-size text. Empty stored text never verifies. */
static bool password_right(epi_str stored, epi_str password)
{
    char hash[crypto_pwhash_STRBYTES] = {0};
    if (stored.n >= sizeof hash)
        return false;
    memcpy(hash, stored.n ? stored.p : "", stored.n);
    return crypto_pwhash_str_verify(hash, password.p ? password.p : "", password.n) == 0;
}

/* --- sessions
 * ----------------------------------------------------------------------------------------------------
 */
static epi_status open_session(struct epi_call *call, epi_id user, const char *kind, int hours,
                               const char *action, epi_str *ret_token)
{
    struct epi__edit e;
    epi_instant now = now_of(call->app);
    epi_str token = new_token(call->app, call->a);
    epi__edit_new(call, &e, EPI_K_SESSION);
    epi__set(call, &e, EPI_SESSION_TOKEN, epi_v_text(token_hash(call->a, token)));
    epi__set(call, &e, EPI_SESSION_USER, epi_v_ref(user));
    epi__set(call, &e, EPI_SESSION_KIND, epi_v_text(epi_str_of(kind)));
    epi__set(call, &e, EPI_SESSION_CREATED, epi_v_instant(now));
    epi__set(call, &e, EPI_SESSION_EXPIRES,
             epi_v_instant((epi_instant){now.ms + hours * 3600000LL}));
    EPI_TRY(epi__write_edits(call, action, EPI_NIL, &e, 1, NULL));
    *ret_token = token;
    return EPI_OK;
}

static epi_status end_session(struct epi_call *call, const struct epi_record *session,
                              const char *action)
{
    struct epi__edit e;
    epi__edit_of(&e, session);
    epi__set(call, &e, EPI_SESSION_ENDED, epi_v_instant(now_of(call->app)));
    return epi__write_edits(call, action, EPI_NIL, &e, 1, NULL);
}

static bool session_alive(const struct epi_app *app, const struct epi_record *s, const char *kind)
{
    return s && !s->removed && epi_str_eqz(epi_v_as_text(s->v[EPI_SESSION_KIND]), kind) &&
           s->v[EPI_SESSION_ENDED].t == EPI_V_NULL &&
           epi_v_as_instant(s->v[EPI_SESSION_EXPIRES]).ms > now_of(app).ms;
}

static void fill_actor(struct epi_app *app, struct epi_arena *a, const struct epi_record *u,
                       epi_lang lang, struct epi_actor *ret)
{
    epi_str language = epi_v_as_text(u->v[EPI_USER_LANGUAGE]);
    *ret = (struct epi_actor){.user = u->id,
                              .login = epi_v_as_text(u->v[EPI_USER_LOGIN]),
                              .name = epi_v_as_text(u->v[EPI_USER_NAME]),
                              .role = epi_v_as_text(u->v[EPI_USER_ROLE]),
                              .unit = epi_v_as_text(u->v[EPI_USER_UNIT]),
                              .lang = lang};
    if (language.n)
        ret->lang = epi_str_eqz(language, "en") ? EPI_EN : EPI_VI;
    ret->may = epi__role_permissions(ret->role);
    epi_str *prefixes = EPI_ARRAY(a, 64, epi_str);
    int32_t unit = epi_units_by_path(app->units, ret->unit);
    size_t n = unit < 0 ? 0 : epi_units_prefixes(app->units, unit, prefixes, 64);
    ret->scope = (struct epi_scope){.prefixes = prefixes, .n = n};
}

epi_status epi_session_actor(struct epi_app *app, struct epi_arena *a, epi_str token, epi_lang lang,
                             struct epi_actor *ret, struct epi_err *reterr)
{
    struct epi_record *s, *u;
    struct epi_scope all = EPI_SCOPE_ALL;
    EPI_TRY(find_one(app, a, EPI_K_SESSION, EPI_SESSION_TOKEN, token_hash(a, token), &s, reterr));
    if (!session_alive(app, s, "session") ||
        epi_store_get(app->store, a, EPI_K_USER, epi_v_as_ref(s->v[EPI_SESSION_USER]), &all, &u,
                      NULL) != EPI_OK ||
        u->v[EPI_USER_ACTIVE].i != 1)
        return EPI_FAIL(reterr, EPI_UNKNOWN_USER, "auth.signed-out", "%s", "");
    fill_actor(app, a, u, lang, ret);
    ret->session = s->id;
    return EPI_OK;
}

epi_status epi__actor_by_user(struct epi_app *app, struct epi_arena *a, epi_id user,
                              struct epi_actor *ret, struct epi_err *reterr)
{
    struct epi_record *u;
    struct epi_scope all = EPI_SCOPE_ALL;
    EPI_TRY(epi_store_get(app->store, a, EPI_K_USER, user, &all, &u, reterr));
    fill_actor(app, a, u, EPI_VI, ret);
    return EPI_OK;
}

/* --- waiting after wrong passwords
 * ------------------------------------------------------------------------------ Per sign-in name,
 * in memory: a restart forgets it, an attacker gains one more try of each. */
#define SLOTS 1024
struct wait_slot {
    uint64_t login;
    uint32_t failures;
    epi_instant until;
};
struct epi__waits {
    pthread_mutex_t lock;
    struct wait_slot slot[SLOTS];
};

struct epi__waits *epi__waits_new(struct epi_arena *a)
{
    struct epi__waits *w = EPI_NEW(a, struct epi__waits);
    pthread_mutex_init(&w->lock, NULL);
    return w;
}

static int64_t wait_ms(struct epi_app *app, epi_str login)
{
    uint64_t h = epi_str_hash(login);
    pthread_mutex_lock(&app->waits->lock);
    struct wait_slot *w = &app->waits->slot[h % SLOTS];
    int64_t left = w->login == h ? w->until.ms - now_of(app).ms : 0;
    pthread_mutex_unlock(&app->waits->lock);
    return left > 0 ? left : 0;
}

static void wait_note(struct epi_app *app, epi_str login, bool good)
{
    uint64_t h = epi_str_hash(login);
    pthread_mutex_lock(&app->waits->lock);
    struct wait_slot *w = &app->waits->slot[h % SLOTS];
    if (good || w->login != h)
        *w = (struct wait_slot){.login = h};
    if (!good && ++w->failures >= FREE_TRIES) {
        uint32_t over = w->failures - FREE_TRIES;
        int64_t ms = over > 9 ? WAIT_MAX_MS : 2000LL << over;
        w->until = (epi_instant){now_of(app).ms + (ms > WAIT_MAX_MS ? WAIT_MAX_MS : ms)};
    }
    pthread_mutex_unlock(&app->waits->lock);
}

/* --- acts
 * ------------------------------------------------------------------------------------------------------------
 */
static void actor_json(struct epi_call *call, const struct epi_actor *u)
{
    char text[16];
    struct epi_jw *w = &call->out;
    epi_jw_object(w);
    epi_jw_kvz(w, "id", epi_id_text(u->user, text));
    epi_jw_kv(w, "login", u->login);
    epi_jw_kv(w, "name", u->name);
    epi_jw_kv(w, "role", u->role);
    epi_jw_kv(w, "unit", u->unit);
    epi_jw_kv(w, "unit_name", epi__unit_name(call, u->unit));
    epi_jw_kvz(w, "language", u->lang == EPI_EN ? "en" : "vi");
    epi_jw_kvz(w, "today", epi_date_iso(epi_app_today(call->app), text));
    epi_jw_kvb(w, "demo", epi_date_known(call->app->fixed_day));
    epi_jw_key(w, "permissions");
    epi_jw_array(w);
    for (int p = 0; p < EPI_PERMISSION_COUNT; p++)
        if (epi_may(u, (enum epi_permission)p))
            epi_jw_textz(w, epi_permission_word((enum epi_permission)p));
    epi_jw_array_end(w);
    epi_jw_object_end(w);
}

static epi_status signed_in(struct epi_call *call, const struct epi_record *u, const char *action)
{
    struct epi_actor actor;
    fill_actor(call->app, call->a, u, call->actor.lang, &actor);
    epi_str device = call->actor.device;
    call->actor = actor;
    call->actor.device = device;
    EPI_TRY(open_session(call, u->id, "session", SESSION_HOURS, action, &call->token));
    epi_jw_object(&call->out);
    epi_jw_kv(&call->out, "token", call->token);
    epi_jw_key(&call->out, "user");
    actor_json(call, &actor);
    epi_jw_object_end(&call->out);
    return EPI_OK;
}

epi_status epi_do_login(struct epi_call *call)
{
    const epi_json *j;
    struct epi_record *u;
    EPI_TRY(epi_json_parse(call->a, call->body, 1 << 14, &j, &call->err));
    epi_str login =
        epi_text_lower(call->a, epi_text_clean(call->a, epi_json_text(j, "login", EPI_NIL)));
    epi_str password = epi_json_text(j, "password", EPI_NIL);
    int64_t left = wait_ms(call->app, login);
    if (left > 0)
        return EPI_FAIL(&call->err, EPI_LIMIT, "auth.wait", "%lld", (long long)(left + 999) / 1000);
    EPI_TRY(find_one(call->app, call->a, EPI_K_USER, EPI_USER_LOGIN, login, &u, &call->err));
    epi_str stored = u ? epi_v_as_text(u->v[EPI_USER_PASSWORD]) : EPI_NIL;
    bool may = u && !u->removed && u->v[EPI_USER_ACTIVE].i == 1 && stored.n;
    /* an unknown name costs the same time as a wrong password */
    static const char nobody[] = "$argon2id$v=19$m=19456,t=3,p=1$c2FsdHNhbHRzYWx0c2E$"
                                 "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    bool good = password_right(may ? stored : epi_str_of(nobody), password) && may;
    wait_note(call->app, login, good);
    if (!good)
        return EPI_FAIL(&call->err, EPI_UNKNOWN_USER, "auth.wrong", "%s", "");
    return signed_in(call, u, "session.login");
}

epi_status epi_do_link(struct epi_call *call)
{
    struct epi_record *s, *u;
    struct epi_scope all = EPI_SCOPE_ALL;
    EPI_TRY(find_one(call->app, call->a, EPI_K_SESSION, EPI_SESSION_TOKEN,
                     token_hash(call->a, epi_arg(call, "token")), &s, &call->err));
    if (!session_alive(call->app, s, "link") ||
        epi_store_get(call->app->store, call->a, EPI_K_USER, epi_v_as_ref(s->v[EPI_SESSION_USER]),
                      &all, &u, NULL) != EPI_OK ||
        u->v[EPI_USER_ACTIVE].i != 1)
        return EPI_FAIL(&call->err, EPI_UNKNOWN_USER, "auth.link-used", "%s", "");
    EPI_TRY(end_session(call, s, "session.link-used"));
    return signed_in(call, u, "session.login");
}

epi_status epi_do_logout(struct epi_call *call)
{
    struct epi_record *s;
    struct epi_scope all = EPI_SCOPE_ALL;
    EPI_TRY(epi_store_get(call->app->store, call->a, EPI_K_SESSION, call->actor.session, &all, &s,
                          &call->err));
    call->http_status = 204;
    return end_session(call, s, "session.logout");
}

epi_status epi_do_me(struct epi_call *call)
{
    actor_json(call, &call->actor);
    return EPI_OK;
}

epi_status epi_do_me_update(struct epi_call *call)
{
    const epi_json *j;
    struct epi_record *u;
    struct epi__edit e;
    struct epi_scope all = EPI_SCOPE_ALL;
    EPI_TRY(epi_json_parse(call->a, call->body, 1 << 14, &j, &call->err));
    EPI_TRY(epi_store_get(call->app->store, call->a, EPI_K_USER, call->actor.user, &all, &u,
                          &call->err));
    epi__edit_of(&e, u);
    epi_str language = epi_json_text(j, "language", EPI_NIL),
            password = epi_json_text(j, "password", EPI_NIL);
    if (language.n && !epi_str_eqz(language, "vi") && !epi_str_eqz(language, "en"))
        return EPI_FAIL(&call->err, EPI_INVALID, "auth.language", "%.*s", EPI_FMT(language));
    if (language.n) {
        epi__set(call, &e, EPI_USER_LANGUAGE, epi_v_text(language));
        call->actor.lang = epi_str_eqz(language, "en") ? EPI_EN : EPI_VI;
    }
    if (password.n) {
        epi_str old = epi_json_text(j, "old_password", EPI_NIL), hash,
                stored = epi_v_as_text(u->v[EPI_USER_PASSWORD]);
        if (stored.n && !password_right(stored, old))
            return EPI_FAIL(&call->err, EPI_DENIED, "auth.wrong", "%s", "");
        EPI_TRY(epi__password_hash(call, password, &hash));
        epi__set(call, &e, EPI_USER_PASSWORD, epi_v_text(hash));
    }
    if (e.change.n_sets)
        EPI_TRY(epi__write_edits(call, "user.update-own", EPI_NIL, &e, 1, NULL));
    return epi_do_me(call);
}

/* --- first run
 * ---------------------------------------------------------------------------------------------------------
 */
static epi_status nobody_yet(struct epi_app *app, struct epi_arena *a, bool *ret,
                             struct epi_err *reterr)
{
    struct epi_query q = {.kind = EPI_K_USER, .scope = EPI_SCOPE_ALL, .order = -1, .limit = 1};
    struct epi_page page;
    EPI_TRY(epi_store_find(app->store, a, &q, &page, reterr));
    *ret = page.n == 0;
    return EPI_OK;
}

epi_status epi_do_first_run_needed(struct epi_call *call)
{
    bool needed;
    EPI_TRY(nobody_yet(call->app, call->a, &needed, &call->err));
    epi_jw_object(&call->out);
    epi_jw_kvb(&call->out, "needed", needed);
    epi_jw_object_end(&call->out);
    return EPI_OK;
}

epi_status epi_first_run_token(struct epi_app *app, struct epi_arena *a, epi_str *ret,
                               struct epi_err *reterr)
{
    bool needed;
    struct epi_call call;
    struct epi_actor program = epi_actor_program(EPI_EN);
    *ret = EPI_NIL;
    EPI_TRY(nobody_yet(app, a, &needed, reterr));
    if (!needed)
        return EPI_OK;
    epi_call_init(&call, app, &program, a);
    epi_status s =
        open_session(&call, (epi_id){0}, "first_run", LINK_HOURS, "session.first-run", ret);
    if (s != EPI_OK && reterr)
        *reterr = call.err;
    epi_call_done(&call);
    return s;
}

epi_status epi_session_link(struct epi_app *app, struct epi_arena *a, epi_str login,
                            epi_str *ret_token, struct epi_err *reterr)
{
    struct epi_record *u;
    struct epi_call call;
    struct epi_actor program = epi_actor_program(EPI_EN);
    EPI_TRY(find_one(app, a, EPI_K_USER, EPI_USER_LOGIN, login, &u, reterr));
    if (!u || u->removed)
        return EPI_FAIL(reterr, EPI_NOT_FOUND, "auth.no-such-user", "%.*s", EPI_FMT(login));
    epi_call_init(&call, app, &program, a);
    epi_status s = open_session(&call, u->id, "link", LINK_HOURS, "session.link", ret_token);
    if (s != EPI_OK && reterr)
        *reterr = call.err;
    epi_call_done(&call);
    return s;
}

epi_status epi_do_first_run(struct epi_call *call)
{
    const epi_json *j;
    struct epi_record *s;
    struct epi__edit e[2];
    bool needed;
    epi_str hash;
    EPI_TRY(epi_json_parse(call->a, call->body, 1 << 14, &j, &call->err));
    EPI_TRY(nobody_yet(call->app, call->a, &needed, &call->err));
    EPI_TRY(find_one(call->app, call->a, EPI_K_SESSION, EPI_SESSION_TOKEN,
                     token_hash(call->a, epi_json_text(j, "token", EPI_NIL)), &s, &call->err));
    if (!needed || !session_alive(call->app, s, "first_run"))
        return EPI_FAIL(&call->err, EPI_UNKNOWN_USER, "auth.first-run-over", "%s", "");
    epi_str login =
        epi_text_lower(call->a, epi_text_clean(call->a, epi_json_text(j, "login", EPI_NIL)));
    if (login.n < 3 || login.n > 60)
        return EPI_FAIL(&call->err, EPI_INVALID, "auth.login-length", "%s", "");
    EPI_TRY(epi__password_hash(call, epi_json_text(j, "password", EPI_NIL), &hash));
    epi__edit_new(call, &e[0], EPI_K_USER);
    epi__set(call, &e[0], EPI_USER_UNIT,
             epi_v_text(epi_units_at(call->app->units, epi_units_root(call->app->units))->path));
    epi__set(call, &e[0], EPI_USER_LOGIN, epi_v_text(login));
    epi__set(call, &e[0], EPI_USER_NAME,
             epi_v_text(epi_text_clean(call->a, epi_json_text(j, "name", EPI_NIL))));
    epi__set(call, &e[0], EPI_USER_ROLE, epi_v_text(EPI_S("administrator")));
    epi__set(call, &e[0], EPI_USER_PASSWORD, epi_v_text(hash));
    epi__set(call, &e[0], EPI_USER_ACTIVE, epi_v_int(1));
    epi__edit_of(&e[1], s);
    epi__set(call, &e[1], EPI_SESSION_ENDED, epi_v_instant(now_of(call->app)));
    EPI_TRY(epi__write_edits(call, "user.first", EPI_NIL, e, 2, NULL));
    struct epi_record *u;
    EPI_TRY(find_one(call->app, call->a, EPI_K_USER, EPI_USER_LOGIN, login, &u, &call->err));
    return signed_in(call, u, "session.login");
}
