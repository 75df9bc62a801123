// SPDX-License-Identifier: AGPL-3.0-or-later
/* Scenarios: refused with every fault at once, simulated in the background, compared, stopped, and
 * gone on with after a stop of the program with the same result. */
#include "ops/fixture_test.h"
#include "ops/scenarios.h"
#include <time.h>

#define BASE \
    "\"base\":{\"unit\":\"" CITY \
    "\",\"date\":\"2021-11-17\",\"disease\":\"covid-19\",\"scale\":0.02}"
static const char *const small = "{\"levers\":{\"title\":\"Thử\",\"days\":20," BASE
                                 ",\"start\":{\"infected\":30}%s},\"seed\":7,\"runs\":%d}";

static struct reply ask(struct ops_base *f, epi_act *act, const struct epi_actor *as, epi_str id)
{
    return ops_call(f, act, (struct request){.as = as}, ARGS("id", epi_str_cz(f->a, id)));
}
static struct reply begin(struct ops_base *f, const struct epi_actor *as, epi_str body)
{
    return ops_call(f, epi_do_scenario_create, (struct request){.as = as, .body = body}, NO_ARGS);
}
static epi_str started(struct ops_base *f, const struct epi_actor *as, const char *more, int runs)
{
    struct reply r = begin(f, as, epi_str_printf(f->a, small, more, runs));
    if (r.s != EPI_OK || r.http != 201)
        epi_test_fail(__FILE__, __LINE__, "not begun: %s %s", r.err.code,
                      r.findings.n ? r.findings.list[0].code : "");
    return reply_text(f->a, &r, "id");
}
/* When it is over, or after a minute. */
static struct reply finished(struct ops_base *f, const struct epi_actor *as, epi_str id)
{
    struct reply r = ask(f, epi_do_scenario, as, id);
    for (int i = 0; i < 6000; i++) {
        epi_str status = reply_text(f->a, &r, "status");
        if (r.s != EPI_OK || (!epi_str_eqz(status, "queued") && !epi_str_eqz(status, "running")))
            break;
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
        r = ask(f, epi_do_scenario, as, id);
    }
    return r;
}

TEST(a_scenario_runs_in_the_background_and_its_figures_can_be_read_and_compared)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct ops_base f;
    CHECK(ops_open(&f, a, false));
    struct epi_actor who = ops_user(&f, "epi", "epidemiologist", PROVINCE),
                     reader = ops_user(&f, "reader", "observer", PROVINCE),
                     far = ops_user(&f, "far", "epidemiologist", ELSEWHERE);
    epi_str id = started(&f, &who, "", 3),
            other = started(&f, &who, ",\"isolate\":{\"days\":14},\"seek\":{\"share\":1}", 3);
    struct reply r = finished(&f, &who, id), s = finished(&f, &who, other);
    CHECK_STR(reply_text(a, &r, "status"), EPI_S("done"));
    CHECK_STR(reply_text(a, &s, "status"), EPI_S("done"));
    CHECK_STR(reply_text(a, &r, "unit"), EPI_S(CITY));
    CHECK_STR(reply_text(a, &r, "levers/base/pack"), EPI_S("vn-2021"));
    CHECK_INT(reply_int(&r, "summary/runs"), 3);
    CHECK(reply_int(&r, "summary/people") > 500);
    CHECK(epi_json_real(reply_at(&r, "summary/totals/infected"), "median", 0) >= 30);

    r = ops_call(&f, epi_do_scenario_daily, (struct request){.as = &reader},
                 ARGS("id", epi_str_cz(a, id), "figures", "infected,beds_now"));
    CHECK_INT(reply_at(&r, "figures")->count, 2);
    CHECK_INT(reply_at(&r, "figures/infected/median")->count, 20);
    CHECK_STR(reply_text(a, &r, "first"), EPI_S("2021-11-17"));
    CHECK(reply_at(&r, "figures/infected/q975/0")->f >= 30);
    r = ops_do(&f, epi_do_scenario_places, ARGS("id", epi_str_cz(a, id)));
    CHECK(reply_at(&r, "rows")->count > 3);
    CHECK(reply_text(a, &r, "rows/0/name").n > 0);

    /* one seed: run k meets the same chances in both, and the first against itself is nothing */
    const char *ids =
        epi_str_printf(a, "%.*s,%.*s,%.*s", EPI_FMT(id), EPI_FMT(other), EPI_FMT(id)).p;
    r = ops_do(&f, epi_do_scenario_compare, ARGS("ids", ids));
    CHECK_INT(reply_int(&r, "scenarios/1/paired"), 1);
    CHECK_STR(reply_text(a, &r, "rows/0/figure"), EPI_S("infected"));
    const epi_json *self = reply_at(&r, "rows/0/of/2/difference"),
                   *fewer = reply_at(&r, "rows/0/of/1/difference");
    CHECK_NEAR(epi_json_real(self, "q025", 1), 0, 0);
    CHECK_NEAR(epi_json_real(self, "q975", 1), 0, 0);
    CHECK(epi_json_real(fewer, "median", 0) < 0);

    /* another population: nobody of the one is somebody of the other */
    epi_str thin = started(&f, &who, ",\"r0\":3", 3), wide;
    r = begin(&f, &who,
              EPI_S("{\"levers\":{\"title\":\"Thử\",\"days\":20,\"base\":{\"unit\":\"" CITY
                    "\",\"date\":\"2021-11-17\",\"disease\":\"covid-19\",\"scale\":0.03},"
                    "\"start\":{\"infected\":30}},\"seed\":7,\"runs\":3}"));
    wide = reply_text(a, &r, "id");
    CHECK_STR(reply_text(a, &(struct reply){.j = finished(&f, &who, wide).j}, "status"),
              EPI_S("done"));
    r = ops_do(
        &f, epi_do_scenario_compare,
        ARGS("ids",
             epi_str_printf(a, "%.*s,%.*s,%.*s", EPI_FMT(id), EPI_FMT(thin), EPI_FMT(wide)).p));
    CHECK_INT(reply_int(&r, "scenarios/1/paired"), 1);
    CHECK_INT(reply_int(&r, "scenarios/2/paired"), 0);

    r = ops_do(&f, epi_do_scenario_weeks, ARGS("id", epi_str_cz(a, id)));
    CHECK_INT(reply_int(&r, "weeks"), 3);
    CHECK_STR(reply_text(a, &r, "first"), EPI_S("2021-11-17"));
    CHECK_INT(reply_at(&r, "rows/0/values")->count, 3);
    struct reply p = ops_do(&f, epi_do_scenario_places, ARGS("id", epi_str_cz(a, id)));
    CHECK_INT(reply_at(&r, "rows")->count, (int64_t)reply_at(&p, "rows")->count);
    double weeks = 0, places = 0; /* both are means over the runs */
    EPI_JSON_EACH (row, reply_at(&r, "rows"))
        EPI_JSON_EACH (v, epi_json_get(row, "values"))
            weeks += v->type == EPI_JSON_INT ? (double)v->i : v->f;
    EPI_JSON_EACH (row, reply_at(&p, "rows"))
        places += epi_json_real(row, "mean", 0);
    CHECK(places >= 30);
    CHECK_NEAR(weeks, places, 1e-3 * places);
    r = ops_do(&f, epi_do_scenario_weeks, ARGS("id", epi_str_cz(a, id), "figure", "colour"));
    CHECK(reply_is(&r, EPI_NOT_FOUND, "scenario.no-figure"));

    const char *path = epi_str_printf(a, "%s/out.csv", f.dir).p;
    epi_str csv;
    r = ops_call(&f, epi_do_scenario_export, (struct request){.as = &reader, .out_path = path},
                 ARGS("ids", ids, "format", "csv"));
    CHECK_INT(r.s, EPI_OK);
    CHECK_OK(f.io.fs.read(f.io.fs.ctx, a, path, 1 << 24, &csv, NULL));
    static const char *const rows[] = {"\ntotal,Thử,",
                                       "\ndifference,Thử,",
                                       "\npeak,Thử,",
                                       "\ncapacity,Thử,",
                                       "\ncost,Thử,",
                                       "\nassumption,Thử,",
                                       "2021-11-17,20,3,7,infected,paired,"};
    for (size_t i = 0; i < EPI_COUNT(rows); i++)
        if (epi_str_find(csv, epi_str_of(rows[i]), 0) == SIZE_MAX)
            epi_test_fail(__FILE__, __LINE__, "not in the table: %s", rows[i]);
    r = ops_call(&f, epi_do_scenario_export, (struct request){.as = &far, .out_path = path},
                 ARGS("ids", ids));
    CHECK_INT(r.s, EPI_NOT_FOUND);
    r = ops_call(&f, epi_do_scenario_export, (struct request){.out_path = path},
                 ARGS("ids", ids, "format", "pdf"));
    CHECK(reply_is(&r, EPI_INVALID, "export.format"));
    r = ops_call(&f, epi_do_scenario_file, (struct request){.as = &reader, .out_path = path},
                 ARGS("id", epi_str_cz(a, id), "name", "daily.csv"));
    CHECK_INT(r.s, EPI_OK);
    CHECK_OK(f.io.fs.read(f.io.fs.ctx, a, path, 1 << 24, &csv, NULL));
    CHECK(epi_str_starts(csv, EPI_S("day,date,figure,mean")));
    r = ops_call(&f, epi_do_scenario_file, (struct request){.out_path = path},
                 ARGS("id", epi_str_cz(a, id), "name", "../../cordon.json"));
    CHECK_INT(r.s, EPI_NOT_FOUND);
    /* another province sees none of it */
    CHECK_INT(ask(&f, epi_do_scenario, &far, id).s, EPI_NOT_FOUND);
    CHECK_INT(ask(&f, epi_do_scenario_daily, &far, id).s, EPI_NOT_FOUND);
    r = ops_call(&f, epi_do_scenario_compare, (struct request){.as = &far}, ARGS("ids", ids));
    CHECK_INT(r.s, EPI_NOT_FOUND);
    r = ops_call(&f, epi_do_scenarios, (struct request){.as = &far}, NO_ARGS);
    CHECK_INT(reply_at(&r, "rows")->count, 0);
    r = ops_call(&f, epi_do_scenarios, (struct request){.as = &reader}, NO_ARGS);
    CHECK_INT(reply_at(&r, "rows")->count, 4);
    ops_close(&f);
}

TEST(a_scenario_is_refused_with_everything_that_is_wrong)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct ops_base f;
    CHECK(ops_open(&f, a, false));
    struct epi_actor who = ops_user(&f, "epi", "epidemiologist", CITY),
                     reader = ops_user(&f, "reader", "observer", CITY);
    struct reply r = begin(&f, &reader, epi_str_printf(a, small, "", 1));
    CHECK(reply_is(&r, EPI_DENIED, "access.not-permitted"));
    r = begin(&f, &who,
              EPI_S("{\"levers\":{\"title\":\"x\",\"days\":0,\"colour\":1,\"base\":{\"unit\":"
                    "\"" ELSEWHERE
                    "\",\"disease\":\"none\",\"date\":\"2021-11-17\",\"pack\":\"xx\"}},"
                    "\"runs\":0,\"seed\":1.5}"));
    CHECK_INT(r.s, EPI_INVALID);
    static const char *const codes[] = {
        "scenario.range",      "scenario.unknown", "scenario.no-unit",   "scenario.runs",
        "scenario.no-disease", "scenario.whole",   "scenario.other-pack"};
    for (size_t i = 0; i < EPI_COUNT(codes); i++)
        if (!reply_found(&r, codes[i]))
            epi_test_fail(__FILE__, __LINE__, "not found: %s", codes[i]);
    r = begin(&f, &who, EPI_S("{\"levers\":{\"days\":10},\"runs\":2}"));
    CHECK(reply_found(&r, "scenario.title-needed"));
    r = begin(&f, &f.program,
              EPI_S("{\"levers\":{\"title\":\"x\",\"days\":3650,\"base\":{\"unit\":\"vn/\"}},"
                    "\"runs\":1000}"));
    CHECK(reply_is(&r, EPI_LIMIT, "scenario.too-large"));
    r = ops_do(&f, epi_do_scenarios, NO_ARGS);
    CHECK_INT(reply_at(&r, "rows")->count, 0);
    ops_close(&f);
}

TEST(a_running_scenario_can_be_stopped_and_so_can_one_that_waits)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct ops_base f;
    CHECK(ops_open(&f, a, false));
    epi_str running = started(&f, NULL, "", 900), waiting = started(&f, NULL, "", 1);
    struct reply r = ask(&f, epi_do_scenario_stop, NULL, waiting);
    CHECK_STR(reply_text(a, &r, "status"), EPI_S("stopped"));
    r = ask(&f, epi_do_scenario_stop, NULL, waiting);
    CHECK(reply_is(&r, EPI_CONFLICT, "scenario.over"));
    CHECK_INT(ask(&f, epi_do_scenario_stop, NULL, running).s, EPI_OK);
    r = finished(&f, NULL, running);
    CHECK_STR(reply_text(a, &r, "status"), EPI_S("stopped"));
    r = ask(&f, epi_do_scenario_daily, NULL, running);
    CHECK(reply_is(&r, EPI_CONFLICT, "scenario.not-done"));
    ops_close(&f);
}

static void hear(void *ctx, uint64_t seq, uint64_t kinds, epi_id job)
{
    (void)ctx;
    (void)seq;
    (void)kinds;
    (void)job;
}

TEST(a_scenario_cut_off_by_the_end_of_the_program_ends_as_if_it_had_not_been)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct ops_base f;
    CHECK(ops_open(&f, a, true));
    epi_str whole = started(&f, NULL, "", 12), cut;
    struct reply want = finished(&f, NULL, whole);
    CHECK_STR(reply_text(a, &want, "status"), EPI_S("done"));
    cut = started(&f, NULL, "", 12);
    struct reply r = ask(&f, epi_do_scenario, NULL, cut);
    for (int i = 0; i < 6000 && !reply_at(&r, "progress"); i++) {
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
        r = ask(&f, epi_do_scenario, NULL, cut);
    }
    CHECK(ops_reopen(&f));
    r = ask(&f, epi_do_scenario, NULL, cut);
    CHECK(!epi_str_eqz(reply_text(a, &r, "status"), "failed"));
    epi_app_listen(f.app, hear, NULL);
    r = finished(&f, NULL, cut);
    CHECK_STR(reply_text(a, &r, "status"), EPI_S("done"));
    static const char *const figures[] = {"infected", "found", "deaths", "recovered"};
    for (size_t i = 0; i < EPI_COUNT(figures); i++) {
        const char *at = epi_str_printf(a, "summary/totals/%s", figures[i]).p;
        CHECK_NEAR(epi_json_real(reply_at(&r, at), "mean", -1),
                   epi_json_real(reply_at(&want, at), "mean", -2), 0);
    }
    ops_close(&f);
}

TEST(the_levers_and_the_shipped_scenarios_are_listed)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct ops_base f;
    CHECK(ops_open(&f, a, false));
    struct reply r = ops_do(&f, epi_do_scenario_levers, NO_ARGS);
    CHECK(reply_at(&r, "levers")->count > 100);
    CHECK_INT(reply_at(&r, "groups")->count, 17);
    CHECK_INT(reply_int(&r, "plain/days"), 150);
    r = ops_do(&f, epi_do_scenario_bases, NO_ARGS);
    CHECK(reply_at(&r, "rows")->count >= 3);
    CHECK_STR(reply_text(a, &r, "rows/0/levers/base/unit"), EPI_S(PROVINCE));
    ops_close(&f);
}

TEST(a_scenario_can_begin_from_the_register_of_the_day_before)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct ops_base f;
    CHECK(ops_open(&f, a, false));
    struct epi_actor who = ops_user(&f, "epi", "epidemiologist", PROVINCE);
    static const char *const rows =
        "code,unit,disease,onset,reported,isolated,classification,detection,severity,outcome,"
        "outcome_date,person.code,person.name,person.birth_year\n"
        "A1," COMMUNE ",covid-19,2021-11-12,2021-11-14,2021-11-14,confirmed,community,mild,,,P1,"
        "Một,1980\n"
        "A2," COMMUNE ",covid-19,2021-11-13,2021-11-15,2021-11-15,confirmed,quarantine,severe,,,P2,"
        "Hai,1950\n"
        "A3," COMMUNE ",covid-19,2021-10-01,2021-10-03,,confirmed,community,mild,recovered,"
        "2021-10-17,P3,Ba,1990\n"
        "A4," COMMUNE ",covid-19,2021-10-20,2021-10-23,,confirmed,community,mild,died,2021-11-02,"
        "P4,Bốn,1940\n"
        "A5," COMMUNE ",covid-19,2021-11-15,2021-11-17,,confirmed,community,mild,,,P5,Năm,2000\n"
        "A6," COMMUNE ",covid-19,2021-11-15,2021-11-16,,discarded,community,mild,,,P6,Sáu,2000\n"
        "A7," ELSEWHERE ",covid-19,2021-11-15,2021-11-16,,confirmed,community,mild,,,P7,Bảy,2000\n"
        "A8," COMMUNE ",measles,2021-11-15,2021-11-16,,confirmed,community,mild,,,P8,Tám,2015\n";
    static const char *const contacts =
        "case,person.code,person.name,person.birth_year,unit,first_exposure,last_exposure,isolated,"
        "status\nA1,P20,Hai Mươi,1979," COMMUNE ",2021-11-13,2021-11-14,2021-11-15,"
        "under_follow_up\nA1,P21,Hai Mốt,1978," COMMUNE ",2021-10-01,2021-10-01,2021-10-02,"
        "completed\n";
    static const char *const doses =
        "person.code,person.name,person.birth_year,unit,given,number,disease\nP20,Hai Mươi,1979," COMMUNE
        ",2021-08-01,1,covid-19\nP20,Hai Mươi,1979," COMMUNE ",2021-10-01,2,covid-19\n"
        "P30,Ba Mươi,1979," COMMUNE ",2021-11-20,1,covid-19\n";
    struct reply r = ops_import(&f, NULL, "case", epi_str_of(rows), false);
    CHECK_INT(r.s, EPI_OK);
    CHECK_INT(ops_import(&f, NULL, "contact", epi_str_of(contacts), false).s, EPI_OK);
    CHECK_INT(ops_import(&f, NULL, "dose", epi_str_of(doses), false).s, EPI_OK);
    static const char *const from =
        "{\"levers\":{\"title\":\"Thử\",\"days\":10,\"base\":{\"unit\":\"" CITY
        "\",\"date\":\"%s\",\"disease\":\"covid-19\"},\"isolate\":{\"days\":14},\"level\":{\"by\":\"pack\"},"
        "\"start\":{\"from\":\"%s\"}},\"runs\":1}";
    r = begin(&f, &who, epi_str_printf(a, from, "2021-11-19", "register"));
    CHECK(reply_found(&r, "scenario.start-later"));
    r = begin(&f, &who, epi_str_printf(a, from, "2021-11-17", "yesterday"));
    CHECK(reply_found(&r, "scenario.word"));
    r = begin(&f, &who, epi_str_printf(a, from, "2021-11-17", "register"));
    CHECK_INT(r.s, EPI_OK);
    r = finished(&f, &who, reply_text(a, &r, "id"));
    CHECK_STR(reply_text(a, &r, "status"), EPI_S("done"));
    CHECK_STR(reply_text(a, &r, "summary/start/as_of"), EPI_S("2021-11-16"));
    CHECK_STR(reply_text(a, &r, "summary/rules/0/policy"), EPI_S("vn-4800"));
    static const struct {
        const char *name;
        int n;
    } told[] = {{"infected", 2},    {"severe", 1},     {"recovered", 1},
                {"died", 1},        {"isolated", 2},   {"doses", 2},
                {"quarantined", 1}, {"vaccinated", 1}, {"nowhere", 0}};
    for (size_t i = 0; i < EPI_COUNT(told); i++)
        if (reply_int(&r, epi_str_printf(a, "summary/start/%s", told[i].name).p) != told[i].n)
            epi_test_fail(__FILE__, __LINE__, "%s is not %d", told[i].name, told[i].n);
    r = ops_do(&f, epi_do_scenario_daily,
               ARGS("id", epi_str_cz(a, reply_text(a, &r, "id")), "figures", "isolated_now"));
    CHECK_INT((int64_t)reply_at(&r, "figures/isolated_now/median/0")->f, 2);
    /* begun without a date, the whole of today counts */
    r = begin(&f, &who,
              EPI_S("{\"levers\":{\"title\":\"Thử\",\"days\":2,\"base\":{\"unit\":\"" CITY
                    "\"},\"start\":{\"from\":\"register\"}},\"runs\":1}"));
    r = finished(&f, &who, reply_text(a, &r, "id"));
    CHECK_STR(reply_text(a, &r, "first"), EPI_S("2021-11-18"));
    CHECK_INT(reply_int(&r, "summary/start/infected"), 3);
    ops_close(&f);
}

TEST(a_scenario_that_leaves_levers_free_is_fitted_to_the_cases_of_the_base)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct ops_base f;
    CHECK(ops_open(&f, a, false));
    struct epi_actor who = ops_user(&f, "epi", "epidemiologist", PROVINCE),
                     far = ops_user(&f, "far", "epidemiologist", ELSEWHERE);
    static const char *const wanted =
        "{\"levers\":{\"title\":\"Thử\",\"days\":35,\"base\":{\"unit\":\"" CITY
        "\",\"date\":\"2021-10-20\",\"disease\":\"covid-19\",\"scale\":0.05},"
        "\"seek\":{\"share\":0.6},\"calibrate\":{\"members\":20,\"steps\":2,\"free\":{"
        "\"start.infected\":{\"prior\":\"loguniform\",\"from\":1,\"to\":30}},"
        "\"walk\":{\"every\":7,\"sd\":0.2}}},\"runs\":2}";
    struct reply r = begin(&f, &who, epi_str_of(wanted));
    r = finished(&f, &who, reply_text(a, &r, "id"));
    CHECK_STR(reply_text(a, &r, "status"), EPI_S("failed")); /* no case, no epidemic to fit */
    CHECK(reply_text(a, &r, "fault").n > 0);
    epi_str id = reply_text(a, &r, "id");
    r = ask(&f, epi_do_scenario_fit, NULL, id);
    CHECK(reply_is(&r, EPI_CONFLICT, "scenario.not-done"));
    EPI_BUF_LOCAL(rows, 1 << 20);
    epi_buf_putz(&rows,
                 "code,unit,disease,onset,reported,isolated,classification,detection,"
                 "severity,outcome,outcome_date,person.code,person.name,person.birth_year\n");
    for (int k = 0; k < 40; k++)
        epi_buf_printf(&rows,
                       "B%d," COMMUNE ",covid-19,2021-11-%02d,2021-11-%02d,,confirmed,community,"
                       "mild,,,Q%d,Người %d,19%d\n",
                       k, 1 + k / 4, 2 + k / 4, k, k, 50 + k);
    CHECK_INT(ops_import(&f, NULL, "case", epi_buf_str(&rows), false).s, EPI_OK);
    /* Tried again: what a fit to other counts left behind is in nobody's way. */
    const struct epi_fs *fs = &f.io.fs;
    epi_id number;
    const char *dir;
    CHECK(epi_id_parse(id, &number));
    CHECK_OK(epi__scenario_dir(f.app, a, number, true, &dir, NULL));
    CHECK_OK(fs->write(fs->ctx, epi__path(a, dir, EPI_FIT_FILE), EPI_S("fit,0\n"), NULL));
    CHECK_INT(ask(&f, epi_do_scenario_continue, &who, id).s, EPI_OK);
    r = finished(&f, &who, id);
    CHECK_STR(reply_text(a, &r, "status"), EPI_S("done"));
    r = ask(&f, epi_do_scenario_fit, NULL, id);
    CHECK_INT(r.s, EPI_OK);
    CHECK_STR(reply_text(a, &r, "first"), EPI_S("2021-10-20"));
    CHECK_INT(reply_at(&r, "observed")->count, 35);
    CHECK_INT((int64_t)reply_at(&r, "observed/13")->f, 4); /* 2 November */
    CHECK_INT(reply_at(&r, "observed/30")->type, EPI_JSON_NULL);
    CHECK_INT(reply_at(&r, "figures/free")->count, 2);
    r = ask(&f, epi_do_scenario_fit, &far, id);
    CHECK_INT(r.s, EPI_NOT_FOUND);
    ops_close(&f);
}
