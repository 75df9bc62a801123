// SPDX-License-Identifier: AGPL-3.0-or-later
#include "ops/fixture_test.h"

static struct reply login(struct ops_base *f, const char *name, const char *password)
{
    struct epi_actor nobody = {.lang = EPI_EN};
    return ops_call(
        f, epi_do_login,
        (struct request){
            .as = &nobody,
            .body = epi_str_printf(f->a, "{\"login\":\"%s\",\"password\":\"%s\"}", name, password)},
        NO_ARGS);
}

static struct reply link_in(struct ops_base *f, epi_str token)
{
    struct epi_actor nobody = {.lang = EPI_EN};
    return ops_call(f, epi_do_link, (struct request){.as = &nobody},
                    ARGS("token", epi_str_cz(f->a, token)));
}

static epi_status who_is(struct ops_base *f, epi_str token, struct epi_actor *ret)
{
    return epi_session_actor(f->app, f->a, token, EPI_EN, ret, NULL);
}

TEST(the_first_run_makes_one_administrator_and_then_no_more)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct ops_base f;
    epi_str token, again;
    CHECK(ops_open(&f, a, false));
    struct reply r = ops_do(&f, epi_do_first_run_needed, NO_ARGS);
    CHECK_INT(reply_int(&r, "needed"), 1);
    CHECK_OK(epi_first_run_token(f.app, a, &token, NULL));
    CHECK(token.n > 20);
    struct epi_actor nobody = {.lang = EPI_EN};
    struct request q = {
        .as = &nobody,
        .body = EPI_S("{\"token\":\"guess\",\"login\":\"chief\",\"password\":\"long enough 1\"}")};
    r = ops_call(&f, epi_do_first_run, q, NO_ARGS);
    CHECK(reply_is(&r, EPI_UNKNOWN_USER, "auth.first-run-over"));
    q.body = epi_str_printf(
        a, "{\"token\":\"%.*s\",\"login\":\"Chief\",\"name\":\"C\",\"password\":\"short\"}",
        EPI_FMT(token));
    r = ops_call(&f, epi_do_first_run, q, NO_ARGS);
    CHECK(reply_is(&r, EPI_INVALID, "auth.password-short"));
    q.body = epi_str_printf(
        a, "{\"token\":\"%.*s\",\"login\":\"Chief\",\"name\":\"C\",\"password\":\"long enough 1\"}",
        EPI_FMT(token));
    r = ops_call(&f, epi_do_first_run, q, NO_ARGS);
    CHECK_INT(r.s, EPI_OK);
    CHECK_STR(reply_text(a, &r, "user/role"), EPI_S("administrator"));
    CHECK_STR(reply_text(a, &r, "user/login"), EPI_S("chief"));
    r = ops_call(&f, epi_do_first_run, q, NO_ARGS);
    CHECK(reply_is(&r, EPI_UNKNOWN_USER, "auth.first-run-over"));
    CHECK_OK(epi_first_run_token(f.app, a, &again, NULL));
    CHECK_INT(again.n, 0);
    CHECK_INT(login(&f, "CHIEF", "long enough 1").s, EPI_OK); /* names are not case-sensitive */
    ops_close(&f);
}

TEST(wrong_passwords_wait_longer_and_longer_and_a_right_one_ends_it)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct ops_base f;
    CHECK(ops_open(&f, a, false));
    struct request q = {.body = EPI_S("{\"login\":\"worker\",\"role\":\"observer\",\"unit\":\"" CITY
                                      "\",\"password\":\"right password\"}")};
    CHECK_INT(ops_call(&f, epi_do_user_create, q, NO_ARGS).s, EPI_OK);
    for (int i = 0; i < 5; i++)
        CHECK(reply_is(&(struct reply){.s = login(&f, "worker", "wrong password").s},
                       EPI_UNKNOWN_USER, NULL));
    struct reply r = login(&f, "worker", "right password");
    CHECK(reply_is(&r, EPI_LIMIT, "auth.wait"));
    CHECK_STR(epi_str_of(r.err.arg1), EPI_S("2"));
    ops_advance(&f, 2000);
    CHECK_INT(login(&f, "worker", "wrong password").s, EPI_UNKNOWN_USER);
    r = login(&f, "worker", "right password");
    CHECK_STR(epi_str_of(r.err.arg1), EPI_S("4"));
    ops_advance(&f, 4000);
    r = login(&f, "worker", "right password");
    CHECK_INT(r.s, EPI_OK);
    CHECK_INT(login(&f, "worker", "wrong password").s,
              EPI_UNKNOWN_USER); /* counted from one again */
    /* an unknown name is answered like a wrong password, and waits as well */
    for (int i = 0; i < 5; i++)
        CHECK_STR(epi_str_of(login(&f, "nobody", "wrong password").err.code), EPI_S("auth.wrong"));
    CHECK_STR(epi_str_of(login(&f, "nobody", "wrong password").err.code), EPI_S("auth.wait"));
    ops_close(&f);
}

TEST(a_one_time_link_works_once_and_for_a_day)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct ops_base f;
    epi_str token, late;
    struct epi_actor who;
    CHECK(ops_open(&f, a, false));
    ops_user(&f, "worker", "observer", CITY);
    CHECK_OK(epi_session_link(f.app, a, EPI_S("worker"), &token, NULL));
    CHECK_OK(epi_session_link(f.app, a, EPI_S("worker"), &late, NULL));
    CHECK(epi_session_link(f.app, a, EPI_S("ghost"), &token, NULL) != EPI_OK);
    CHECK_INT(who_is(&f, token, &who), EPI_UNKNOWN_USER); /* a link is no session */
    struct reply r = link_in(&f, token);
    CHECK_INT(r.s, EPI_OK);
    CHECK_OK(who_is(&f, r.token, &who));
    CHECK_STR(who.unit, EPI_S(CITY));
    CHECK(epi_may(&who, EPI_MAY_RECORD_READ) && !epi_may(&who, EPI_MAY_PERSON_READ));
    r = link_in(&f, token);
    CHECK(reply_is(&r, EPI_UNKNOWN_USER, "auth.link-used"));
    ops_advance(&f, 24 * 3600000 + 1);
    r = link_in(&f, late);
    CHECK(reply_is(&r, EPI_UNKNOWN_USER, "auth.link-used"));
    r = link_in(&f, EPI_S("made up"));
    CHECK(reply_is(&r, EPI_UNKNOWN_USER, "auth.link-used"));
    ops_close(&f);
}

TEST(a_session_ends_by_signing_out_by_time_and_when_the_user_is_switched_off)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct ops_base f;
    epi_str link;
    struct epi_actor who;
    CHECK(ops_open(&f, a, false));
    struct epi_actor worker = ops_user(&f, "worker", "observer", CITY);
    const char *id = epi_id_text(worker.user, EPI_ARRAY(a, 16, char));
    CHECK_OK(epi_session_link(f.app, a, EPI_S("worker"), &link, NULL));
    epi_str out = link_in(&f, link).token;
    CHECK_OK(who_is(&f, out, &who));
    CHECK_INT(ops_call(&f, epi_do_logout, (struct request){.as = &who}, NO_ARGS).http, 204);
    CHECK_INT(who_is(&f, out, &who), EPI_UNKNOWN_USER);
    CHECK_OK(epi_session_link(f.app, a, EPI_S("worker"), &link, NULL));
    epi_str old = link_in(&f, link).token;
    ops_advance(&f, 12 * 3600000 - 1);
    CHECK_OK(who_is(&f, old, &who));
    ops_advance(&f, 2);
    CHECK_INT(who_is(&f, old, &who), EPI_UNKNOWN_USER);
    CHECK_OK(epi_session_link(f.app, a, EPI_S("worker"), &link, NULL));
    epi_str last = link_in(&f, link).token;
    CHECK_OK(who_is(&f, last, &who));
    CHECK_INT(ops_call(&f, epi_do_user_update,
                       (struct request){.body = EPI_S("{\"active\":false}")}, ARGS("id", id))
                  .s,
              EPI_OK);
    CHECK_INT(who_is(&f, last, &who), EPI_UNKNOWN_USER);
    ops_close(&f);
}

TEST(accounts_are_made_inside_ones_area_once_and_show_no_hash)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct ops_base f;
    CHECK(ops_open(&f, a, false));
    struct epi_actor chief = ops_user(&f, "chief", "administrator", CITY);
    struct request q = {
        .as = &chief,
        .body = EPI_S("{\"login\":\"new\",\"role\":\"clerk\",\"unit\":\"" ELSEWHERE "\"}")};
    struct reply r = ops_call(&f, epi_do_user_create, q, NO_ARGS);
    CHECK(reply_is(&r, EPI_DENIED, "access.outside-jurisdiction"));
    q.body = EPI_S("{\"login\":\"New\",\"role\":\"clerk\",\"unit\":\"" COMMUNE
                   "\",\"password\":\"long enough 1\"}");
    r = ops_call(&f, epi_do_user_create, q, NO_ARGS);
    CHECK_INT(r.s, EPI_OK);
    CHECK_STR(reply_text(a, &r, "login"), EPI_S("new"));
    CHECK_INT(reply_int(&r, "has_password"), 1);
    CHECK(epi_str_find(r.text, EPI_S("argon2"), 0) == SIZE_MAX);
    r = ops_call(&f, epi_do_user_create, q, NO_ARGS);
    CHECK(reply_is(&r, EPI_CONFLICT, "store.not-unique"));
    q.body = EPI_S("{\"login\":\"x\",\"role\":\"king\",\"unit\":\"" COMMUNE "\"}");
    r = ops_call(&f, epi_do_user_create, q, NO_ARGS);
    CHECK_INT(r.s, EPI_INVALID);
    /* a list of accounts, of one's own area only */
    ops_user(&f, "far", "clerk", ELSEWHERE);
    r = ops_call(&f, epi_do_users, (struct request){.as = &chief}, NO_ARGS);
    CHECK_INT(reply_at(&r, "rows")->count, 2);
    CHECK(epi_str_find(r.text, EPI_S("far"), 0) == SIZE_MAX);
    CHECK(epi_str_find(r.text, EPI_S("\"password\""), 0) == SIZE_MAX);
    ops_close(&f);
}

TEST(one_changes_ones_own_language_and_password)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct ops_base f;
    CHECK(ops_open(&f, a, false));
    struct epi_actor who = ops_user(&f, "worker", "observer", CITY);
    struct request q = {.as = &who, .body = EPI_S("{\"language\":\"xx\"}")};
    struct reply r = ops_call(&f, epi_do_me_update, q, NO_ARGS);
    CHECK(reply_is(&r, EPI_INVALID, "auth.language"));
    q.body = EPI_S("{\"language\":\"en\",\"password\":\"a first password\"}");
    CHECK_INT(ops_call(&f, epi_do_me_update, q, NO_ARGS).s, EPI_OK);
    q.body = EPI_S("{\"password\":\"a second password\",\"old_password\":\"wrong\"}");
    r = ops_call(&f, epi_do_me_update, q, NO_ARGS);
    CHECK(reply_is(&r, EPI_DENIED, "auth.wrong"));
    q.body = EPI_S("{\"password\":\"a second password\",\"old_password\":\"a first password\"}");
    CHECK_INT(ops_call(&f, epi_do_me_update, q, NO_ARGS).s, EPI_OK);
    CHECK_INT(login(&f, "worker", "a first password").s, EPI_UNKNOWN_USER);
    r = login(&f, "worker", "a second password");
    CHECK_INT(r.s, EPI_OK);
    CHECK_STR(reply_text(a, &r, "user/language"), EPI_S("en"));
    ops_close(&f);
}
