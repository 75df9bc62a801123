// SPDX-License-Identifier: AGPL-3.0-or-later
/* Imports in the background: run, tried first, cancelled, and taken up after a stop with the same
 * result. */
#include "ops/fixture_test.h"
#include <time.h>

static void rest(void)
{
    nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
}

static struct reply job(struct ops_base *f, const struct epi_actor *as, epi_str id)
{
    return ops_call(f, epi_do_job, (struct request){.as = as}, ARGS("id", epi_str_cz(f->a, id)));
}

/* The job when it is over, or after half a minute. */
static struct reply finished(struct ops_base *f, const struct epi_actor *as, epi_str id)
{
    struct reply r = job(f, as, id);
    for (int i = 0; i < 15000; i++) {
        epi_str status = reply_text(f->a, &r, "status");
        if (r.s != EPI_OK || (!epi_str_eqz(status, "waiting") && !epi_str_eqz(status, "running")))
            break;
        rest();
        r = job(f, as, id);
    }
    return r;
}

static epi_str start(struct ops_base *f, const struct epi_actor *as, epi_str file, const char *dry)
{
    struct reply r = ops_call(f, epi_do_import, (struct request){.as = as, .body = file},
                              ARGS("kind", "case", "name", "list.csv", "dry_run", dry));
    if (r.s != EPI_OK || r.http != 202)
        epi_test_fail(__FILE__, __LINE__, "no job: %s", r.err.code);
    return reply_text(f->a, &r, "job");
}

/* Half of the rows have a code, half name a person who can only be likely; every tenth is wrong,
 * every seventh a repetition. */
static epi_str list(struct epi_arena *a, size_t rows)
{
    struct epi_buf b = EPI_BUF(32u << 20);
    epi_buf_putz(&b, "code,name,birth_year,unit,onset\n");
    for (size_t i = 0; i < rows; i++) {
        size_t who = i % 7 == 6 ? i - 1 : i;
        if (who % 2)
            epi_buf_printf(&b, ",Tên %zu,%zu," COMMUNE ",%s\n", who % 50, 1950 + who % 40,
                           i % 10 == 9 ? "2031-01-01" : "2021-11-10");
        else
            epi_buf_printf(&b, "BN%zu,,," COMMUNE ",%s\n", who,
                           i % 10 == 9 ? "2031-01-01" : "2021-11-10");
    }
    epi_str text = epi_str_dup(a, epi_buf_str(&b));
    epi_buf_done(&b);
    return text;
}

TEST(a_job_is_tried_first_then_applied_and_reports_its_findings)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct ops_base f;
    CHECK(ops_open(&f, a, false));
    struct epi_actor who = ops_user(&f, "duty", "duty_officer", CITY),
                     far = ops_user(&f, "far", "duty_officer", ELSEWHERE);
    epi_str id = start(
        &f, &who, EPI_S("code,unit,onset\nB1," COMMUNE ",2021-11-10\nB2," COMMUNE ",2031-11-10\n"),
        "1");
    struct reply r = finished(&f, &who, id);
    CHECK_STR(reply_text(a, &r, "status"), EPI_S("done"));
    CHECK_INT(reply_int(&r, "report/accepted"), 1);
    CHECK_INT(reply_int(&r, "report/rejected"), 1);
    CHECK_INT(job(&f, &far, id).s, EPI_NOT_FOUND);
    CHECK_INT(reply_at(
                  &(struct reply){
                      .j = ops_call(&f, epi_do_jobs, (struct request){.as = &far}, NO_ARGS).j},
                  "rows")
                  ->count,
              0);
    CHECK_INT(
        reply_at(&(struct reply){.j = ops_do(&f, epi_do_list, ARGS("kind", "case")).j}, "rows")
            ->count,
        0);
    r = ops_call(&f, epi_do_job_apply, (struct request){.as = &who}, ARGS("id", epi_str_cz(a, id)));
    CHECK_INT(r.s, EPI_OK);
    epi_str applied = reply_text(a, &r, "job");
    r = finished(&f, &who, applied);
    CHECK_STR(reply_text(a, &r, "status"), EPI_S("done"));
    CHECK_INT(reply_int(&r, "accepted"), 1);
    CHECK_INT(
        reply_at(&(struct reply){.j = ops_do(&f, epi_do_list, ARGS("kind", "case")).j}, "rows")
            ->count,
        1);
    r = ops_call(&f, epi_do_job_apply, (struct request){.as = &who},
                 ARGS("id", epi_str_cz(a, applied)));
    CHECK(reply_is(&r, EPI_CONFLICT, "job.not-a-finished-dry-run"));
    const char *path = epi_str_printf(a, "%s/findings.csv", f.dir).p;
    epi_str csv;
    r = ops_call(&f, epi_do_job_findings, (struct request){.as = &who, .out_path = path},
                 ARGS("id", epi_str_cz(a, id)));
    CHECK_INT(r.s, EPI_OK);
    CHECK_OK(f.io.fs.read(f.io.fs.ctx, a, path, 1 << 20, &csv, NULL));
    CHECK(epi_str_find(csv, EPI_S("field.date-in-future"), 0) != SIZE_MAX);
    ops_close(&f);
}

TEST(a_job_that_fails_says_why_and_writes_nothing)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct ops_base f;
    CHECK(ops_open(&f, a, false));
    struct epi_actor who = ops_user(&f, "duty", "duty_officer", CITY);
    struct reply r = finished(&f, &who, start(&f, &who, EPI_S("code\n\"open"), "0"));
    CHECK_STR(reply_text(a, &r, "status"), EPI_S("failed"));
    CHECK(reply_text(a, &r, "report/detail").n > 10);
    CHECK_INT(
        reply_at(&(struct reply){.j = ops_do(&f, epi_do_list, ARGS("kind", "case")).j}, "rows")
            ->count,
        0);
    ops_close(&f);
}

TEST(a_waiting_job_can_be_cancelled_and_one_that_is_over_cannot)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct ops_base f;
    CHECK(ops_open(&f, a, false));
    struct epi_actor who = ops_user(&f, "duty", "duty_officer", CITY);
    epi_str running = start(&f, &who, list(a, 30000), "0"),
            waiting = start(&f, &who, EPI_S("code\nX1\n"), "0");
    struct reply r = ops_call(&f, epi_do_job_cancel, (struct request){.as = &who},
                              ARGS("id", epi_str_cz(a, waiting)));
    CHECK_INT(r.s, EPI_OK);
    r = job(&f, &who, waiting);
    CHECK_STR(reply_text(a, &r, "status"), EPI_S("cancelled"));
    r = ops_call(&f, epi_do_job_cancel, (struct request){.as = &who},
                 ARGS("id", epi_str_cz(a, running)));
    CHECK_INT(r.s, EPI_OK);
    r = finished(&f, &who, running);
    CHECK_STR(reply_text(a, &r, "status"), EPI_S("cancelled"));
    r = ops_call(&f, epi_do_job_cancel, (struct request){.as = &who},
                 ARGS("id", epi_str_cz(a, running)));
    CHECK(reply_is(&r, EPI_CONFLICT, "job.over"));
    r = ops_do(&f, epi_do_list, ARGS("kind", "case", "code", "X1"));
    CHECK_INT(reply_at(&r, "rows")->count, 0);
    ops_close(&f);
}

static void hear(void *ctx, uint64_t seq, uint64_t kinds, epi_id job)
{
    (void)ctx;
    (void)seq;
    (void)kinds;
    (void)job;
}

#define ROWS 14000
TEST(an_import_stopped_midway_ends_as_if_it_had_not_been)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct ops_base whole, cut;
    epi_str file = list(a, ROWS);
    CHECK(ops_open(&whole, a, true));
    struct epi_actor who = ops_user(&whole, "duty", "duty_officer", CITY);
    struct reply want = finished(&whole, &who, start(&whole, &who, file, "0"));
    CHECK_STR(reply_text(a, &want, "status"), EPI_S("done"));
    CHECK_INT(reply_int(&want, "rows"), ROWS);
    CHECK(reply_int(&want, "rejected") > 0 && reply_int(&want, "duplicate") > 0 &&
          reply_int(&want, "accepted") > ROWS / 2);
    struct reply total =
        ops_do(&whole, epi_do_list, ARGS("kind", "case", "total", "1", "limit", "1"));
    struct reply people =
        ops_do(&whole, epi_do_list, ARGS("kind", "person", "total", "1", "limit", "1"));
    ops_close(&whole);

    CHECK(ops_open(&cut, a, true));
    who = ops_user(&cut, "duty", "duty_officer", CITY);
    epi_str id = start(&cut, &who, file, "0");
    struct reply r;
    for (int i = 0; i < 15000; i++) { /* stopped once a part is written */
        r = ops_do(&cut, epi_do_list, ARGS("kind", "case", "total", "1", "limit", "1"));
        if (reply_int(&r, "total") > 0)
            break;
        rest();
    }
    CHECK(ops_reopen(&cut));
    r = job(&cut, NULL, id); /* as the program: an actor does not outlive its units */
    CHECK(!epi_str_eqz(reply_text(a, &r, "status"), "failed"));
    epi_app_listen(cut.app, hear, NULL);
    r = finished(&cut, NULL, id);
    CHECK_STR(reply_text(a, &r, "status"), EPI_S("done"));
    static const char *const figures[] = {"rows",      "accepted",          "rejected",
                                          "duplicate", "report/new_people", "report/updated"};
    for (size_t i = 0; i < EPI_COUNT(figures); i++)
        if (reply_int(&r, figures[i]) != reply_int(&want, figures[i]))
            epi_test_fail(__FILE__, __LINE__, "%s: %lld, uninterrupted %lld", figures[i],
                          (long long)reply_int(&r, figures[i]),
                          (long long)reply_int(&want, figures[i]));
    r = ops_do(&cut, epi_do_list, ARGS("kind", "case", "total", "1", "limit", "1"));
    CHECK_INT(reply_int(&r, "total"), reply_int(&total, "total"));
    r = ops_do(&cut, epi_do_list, ARGS("kind", "person", "total", "1", "limit", "1"));
    CHECK_INT(reply_int(&r, "total"), reply_int(&people, "total"));
    CHECK_INT(reply_int(&(struct reply){.j = ops_do(&cut, epi_do_verify, NO_ARGS).j}, "sound"), 1);
    ops_close(&cut);
}
