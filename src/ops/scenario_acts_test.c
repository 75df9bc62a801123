// SPDX-License-Identifier: AGPL-3.0-or-later
/* What is done with scenarios that are there: gone on with, attached, removed; and the plans. */
#include "ops/fixture_test.h"
#include "ops/scenarios.h"
#include <time.h>

static const char *const body =
    "{\"levers\":{\"title\":\"Thử\",\"days\":20,\"base\":{\"unit\":\"" CITY
    "\",\"date\":\"2021-11-17\",\"disease\":\"covid-19\",\"scale\":0.02},"
    "\"start\":{\"infected\":30}},\"seed\":7,\"runs\":%d}";

static struct reply ask(struct ops_base *f, epi_act *act, const struct epi_actor *as, epi_str id,
                        epi_str text)
{
    return ops_call(f, act, (struct request){.as = as, .body = text},
                    ARGS("id", epi_str_cz(f->a, id)));
}
static epi_str made(struct ops_base *f, int runs)
{
    struct reply r = ops_call(f, epi_do_scenario_create,
                              (struct request){.body = epi_str_printf(f->a, body, runs)}, NO_ARGS);
    if (r.s != EPI_OK)
        epi_test_fail(__FILE__, __LINE__, "not made: %s", r.err.code);
    return reply_text(f->a, &r, "id");
}
/* When `status` is no more what is said, or after a minute. */
static struct reply past(struct ops_base *f, epi_str id, const char *one, const char *other)
{
    struct reply r = ask(f, epi_do_scenario, NULL, id, EPI_NIL);
    for (int i = 0; i < 6000; i++) {
        epi_str status = reply_text(f->a, &r, "status");
        if (r.s != EPI_OK || (!epi_str_eqz(status, one) && !epi_str_eqz(status, other)))
            break;
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
        r = ask(f, epi_do_scenario, NULL, id, EPI_NIL);
    }
    return r;
}
static struct reply finished(struct ops_base *f, epi_str id)
{
    return past(f, id, "queued", "running");
}
static bool has_folder(struct ops_base *f, epi_str id)
{
    const struct epi_fs *fs = &f->io.fs;
    return fs->exists(fs->ctx, epi_str_printf(f->a, "%s/scenarios/%.*s", f->dir, EPI_FMT(id)).p);
}
static epi_str directive(struct ops_base *f, const struct epi_actor *as, epi_str *ret_assignment)
{
    EPI_BUF_LOCAL(b, 1 << 16);
    struct epi_jw w = EPI_JW(&b);
    epi_jw_object(&w);
    epi_jw_kvz(&w, "text",
               "ỦY BAN NHÂN DÂN\nTỈNH MẪU\nSố: 12/CT-UBND\nNgày 17 tháng 11 năm 2021\nCHỈ THỊ\n"
               "Về phòng, chống dịch\n1. Sở Y tế chuẩn bị giường bệnh.\n"
               "2. Công an tỉnh lập chốt kiểm soát.\n");
    epi_jw_object_end(&w);
    struct reply r = ops_call(f, epi_do_directive_register,
                              (struct request){.as = as, .body = epi_buf_str(&b)}, NO_ARGS);
    if (r.s != EPI_OK)
        epi_test_fail(__FILE__, __LINE__, "not registered: %s", r.err.code);
    *ret_assignment = reply_text(f->a, &r, "assignments/0/id");
    return reply_text(f->a, &r, "record/id");
}

TEST(a_stopped_scenario_goes_on_and_ends_as_if_it_had_not_been_stopped)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct ops_base f;
    CHECK(ops_open(&f, a, false));
    epi_str whole = made(&f, 12), cut;
    struct reply want = finished(&f, whole), r;
    r = ask(&f, epi_do_scenario_continue, NULL, whole, EPI_NIL);
    CHECK(reply_is(&r, EPI_CONFLICT, "scenario.not-stopped"));
    cut = made(&f, 12);
    past(&f, cut, "queued", "");
    CHECK_INT(ask(&f, epi_do_scenario_stop, NULL, cut, EPI_NIL).s, EPI_OK);
    r = finished(&f, cut);
    CHECK_STR(reply_text(a, &r, "status"), EPI_S("stopped"));
    r = ask(&f, epi_do_scenario_continue, NULL, cut, EPI_NIL);
    CHECK_INT(r.s, EPI_OK);
    r = finished(&f, cut);
    CHECK_STR(reply_text(a, &r, "status"), EPI_S("done"));
    CHECK_NEAR(epi_json_real(reply_at(&r, "summary/totals/infected"), "mean", -1),
               epi_json_real(reply_at(&want, "summary/totals/infected"), "mean", -2), 0);
    ops_close(&f);
}

TEST(a_removed_scenario_takes_its_folder_along_even_while_it_runs)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct ops_base f;
    CHECK(ops_open(&f, a, true));
    struct epi_actor reader = ops_user(&f, "reader", "observer", PROVINCE);
    epi_str done = made(&f, 1), running, id;
    finished(&f, done);
    CHECK(has_folder(&f, done));
    CHECK_INT(ask(&f, epi_do_scenario_remove, &reader, done, EPI_NIL).s, EPI_DENIED);
    struct reply r = ask(&f, epi_do_scenario_remove, NULL, done, EPI_NIL);
    CHECK_INT(r.http, 204);
    CHECK(!has_folder(&f, done));
    CHECK_INT(ask(&f, epi_do_scenario, NULL, done, EPI_NIL).s, EPI_NOT_FOUND);
    r = ops_do(&f, epi_do_audit, ARGS("limit", "1"));
    CHECK_STR(reply_text(a, &r, "rows/0/action"), EPI_S("scenario.remove"));

    running = made(&f, 900);
    for (int i = 0; i < 6000 && !has_folder(&f, running); i++)
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    CHECK_INT(ask(&f, epi_do_scenario_remove, NULL, running, EPI_NIL).s, EPI_OK);
    for (int i = 0; i < 6000 && has_folder(&f, running); i++)
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    CHECK(!has_folder(&f, running));

    /* a removal that was cut off before its folder went is finished at the next start */
    id = made(&f, 1);
    finished(&f, id);
    const struct epi_fs *fs = &f.io.fs;
    const char *orphan = epi_str_printf(a, "%s/scenarios/%.*s", f.dir, EPI_FMT(done)).p;
    CHECK_OK(fs->make_dir(fs->ctx, orphan, NULL));
    CHECK_OK(fs->write(fs->ctx, epi_str_printf(a, "%s/daily.csv", orphan).p, EPI_S("x"), NULL));
    epi__scenarios_sweep(f.app);
    CHECK(!has_folder(&f, done));
    CHECK(has_folder(&f, id));
    ops_close(&f);
}

TEST(a_scenario_is_renamed_and_attached_to_what_it_was_made_for)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct ops_base f;
    CHECK(ops_open(&f, a, false));
    struct epi_actor far = ops_user(&f, "far", "commander", ELSEWHERE),
                     chief = ops_user(&f, "chief", "commander", PROVINCE);
    epi_str item, item_far, id = made(&f, 1), document = directive(&f, &chief, &item),
                            elsewhere = directive(&f, &far, &item_far);
    finished(&f, id);
    struct reply r = ask(&f, epi_do_scenario_update, &chief, id,
                         epi_str_printf(a, "{\"assignment\":\"%.*s\"}", EPI_FMT(item)));
    CHECK_INT(r.s, EPI_OK);
    CHECK_STR(reply_text(a, &r, "directive"), document);
    CHECK_STR(reply_text(a, &r, "directive_name"), EPI_S("12/CT-UBND"));
    CHECK_STR(reply_text(a, &r, "assignment_name"), EPI_S("1"));
    CHECK(epi_str_find(reply_text(a, &r, "assignment_text"), EPI_S("giường"), 0) != SIZE_MAX);
    r = ops_do(&f, epi_do_scenarios, ARGS("directive", epi_str_cz(a, document)));
    CHECK_INT(reply_at(&r, "rows")->count, 1);
    r = ops_do(&f, epi_do_scenarios, ARGS("directive", epi_str_cz(a, elsewhere)));
    CHECK_INT(reply_at(&r, "rows")->count, 0);
    r = ask(&f, epi_do_scenario_update, &chief, id,
            epi_str_printf(a, "{\"directive\":\"%.*s\"}", EPI_FMT(elsewhere)));
    CHECK(reply_found(&r, "field.no-such-record"));
    r = ask(&f, epi_do_scenario_update, &chief, id,
            EPI_S("{\"title\":\"Đổi\",\"directive\":null,\"status\":\"failed\"}"));
    CHECK_INT(r.s, EPI_OK);
    CHECK_STR(reply_text(a, &r, "title"), EPI_S("Đổi"));
    CHECK_STR(reply_text(a, &r, "status"), EPI_S("done")); /* not for people to say */
    CHECK(!reply_text(a, &r, "directive_name").n && !reply_text(a, &r, "assignment_name").n);
    r = ask(&f, epi_do_scenario_update, &chief, id, EPI_S("{\"title\":\"\"}"));
    CHECK(reply_found(&r, "scenario.title-needed"));
    r = ask(&f, epi_do_scenario_update, &far, id, EPI_S("{\"title\":\"x\"}"));
    CHECK_INT(r.s, EPI_NOT_FOUND);
    ops_close(&f);
}

TEST(the_plans_are_begun_for_a_unit_in_one_act)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct ops_base f;
    CHECK(ops_open(&f, a, false));
    struct epi_actor who = ops_user(&f, "epi", "epidemiologist", PROVINCE),
                     reader = ops_user(&f, "reader", "observer", PROVINCE);
    struct request q = {.as = &who,
                        .body = EPI_S("{\"unit\":\"" DISTRICT "\",\"runs\":1,\"seed\":3}")};
    struct reply r = ops_call(&f, epi_do_scenario_plans, q, NO_ARGS);
    CHECK_INT(r.http, 201);
    CHECK_INT(reply_at(&r, "rows")->count, 3);
    for (int i = 0; i < 3; i++) {
        struct reply s = ask(&f, epi_do_scenario, &who,
                             reply_text(a, &r, epi_str_printf(a, "rows/%d/id", i).p), EPI_NIL);
        CHECK_STR(reply_text(a, &s, "unit"), EPI_S(DISTRICT));
        CHECK_STR(reply_text(a, &s, "first"), EPI_S("2021-11-17"));
        CHECK_INT(reply_int(&s, "seed"), 3);
        CHECK_INT(reply_int(&s, "runs"), 1);
        CHECK(reply_text(a, &s, "levers/start/place").n == 0); /* it lies in another district */
        if (i == 0) { /* called as the plan is in the reader's language, until it is renamed */
            epi_str id = epi_str_dup(a, reply_text(a, &s, "id"));
            const char *ends[] = {[EPI_VI] = ": Không can thiệp", [EPI_EN] = ": No response"};
            for (int lang = 0; lang < 4; lang++) {
                who.lang = lang % 2 ? EPI_VI : EPI_EN;
                s = ask(&f, epi_do_scenario, &who, id, EPI_NIL);
                epi_str title = reply_text(a, &s, "title");
                CHECK(epi_str_ends(title, epi_str_of(ends[who.lang])));
                s = ask(&f, epi_do_scenario_update, &who, id,
                        epi_str_printf(a, "{\"title\":\"%.*s\",\"note\":\"%d\"}", EPI_FMT(title),
                                       lang));
                CHECK_STR(reply_text(a, &s, "title"), title);
            }
            s = ask(&f, epi_do_scenario_update, &who, id, EPI_S("{\"title\":\"Mine\"}"));
            who.lang = EPI_EN;
            s = ask(&f, epi_do_scenario, &who, id, EPI_NIL);
            CHECK_STR(reply_text(a, &s, "title"), EPI_S("Mine"));
            who.lang = EPI_VI;
        }
        (void)ask(&f, epi_do_scenario_remove, &who, reply_text(a, &s, "id"), EPI_NIL);
    }
    q.body = EPI_S("{\"unit\":\"" PROVINCE "\"}");
    r = ops_call(&f, epi_do_scenario_plans, q, NO_ARGS);
    CHECK_INT(r.s, EPI_OK);
    CHECK(reply_int(&r, "rows/0/runs") >= 4 && reply_int(&r, "rows/0/runs") <= 20);
    q.body = EPI_S("{\"unit\":\"" ELSEWHERE "\"}");
    r = ops_call(&f, epi_do_scenario_plans, q, NO_ARGS);
    CHECK(reply_found(&r, "scenario.no-unit"));
    q.body = EPI_S("{\"date\":\"soon\",\"runs\":-1}");
    CHECK_INT(ops_call(&f, epi_do_scenario_plans, q, NO_ARGS).s, EPI_INVALID);
    q = (struct request){.as = &reader};
    CHECK_INT(ops_call(&f, epi_do_scenario_plans, q, NO_ARGS).s, EPI_DENIED);
    ops_close(&f);
}
