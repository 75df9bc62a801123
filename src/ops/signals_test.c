// SPDX-License-Identifier: AGPL-3.0-or-later
/* Signals from what is in the base: found once, decided on, and honest about silence. */
#include "ops/fixture_test.h"
#include <math.h>
#include <stdio.h>

/* The week of Monday 2021-11-15 is the present one, on its third day. */
#define THIS_WEEK "2021-11-15"

static epi_str day(struct ops_base *f, int weeks_back)
{
    char text[16];
    epi_date d;
    EPI_ASSERT(epi_date_parse_iso(EPI_S(THIS_WEEK), &d));
    return epi_str_dup(f->a, epi_str_of(epi_date_iso((epi_date){d.d - 7 * weeks_back}, text)));
}

static void send(struct ops_base *f, const char *unit, int weeks_back, int cases)
{
    ops_create(f, NULL, "count",
               epi_str_printf(f->a, "{\"unit\":\"%s\",\"date\":\"%.*s\",\"cases\":%d}", unit,
                              EPI_FMT(day(f, weeks_back)), cases));
}

/* Twenty quiet weeks of 2 or 3 cases, then `last` in the present one. */
static void quiet_then(struct ops_base *f, const char *unit, int last)
{
    for (int k = 20; k > 0; k--)
        send(f, unit, k, 2 + k % 2);
    send(f, unit, 0, last);
}

static struct reply grid(struct ops_base *f, const struct epi_actor *as, const char *const *args)
{
    return ops_call(f, epi_do_signal_grid, (struct request){.as = as}, args);
}

static struct reply run(struct ops_base *f, const struct epi_actor *as, const char *body)
{
    return ops_call(f, epi_do_signal_run, (struct request){.as = as, .body = epi_str_of(body)},
                    NO_ARGS);
}

static struct reply act(struct ops_base *f, const struct epi_actor *as, epi_str id,
                        const char *body)
{
    return ops_call(f, epi_do_signal_act, (struct request){.as = as, .body = epi_str_of(body)},
                    ARGS("id", epi_str_cz(f->a, id)));
}

static const epi_json *row_of(const struct reply *r, const char *unit)
{
    EPI_JSON_EACH (row, epi_json_get(r->j, "rows"))
        if (epi_str_eqz(epi_json_text(row, "unit", EPI_NIL), unit))
            return row;
    return NULL;
}

/* What a row says of a week; 0 = the present one. */
static const epi_json *said(const epi_json *row, const char *list, int weeks_back)
{
    const epi_json *l = epi_json_get(row, list), *v = l ? l->first : NULL;
    for (int at = l ? (int)l->count - 1 - weeks_back : -1; v && at > 0; at--)
        v = v->next;
    return v;
}

TEST(a_week_above_its_past_is_an_alarm_with_the_evidence_beside_it)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct ops_base f;
    CHECK(ops_open(&f, a, false));
    quiet_then(&f, COMMUNE, 12);
    struct reply r = grid(&f, NULL, ARGS("unit", CITY, "weeks", "10"));
    CHECK_INT(r.s, EPI_OK);
    const epi_json *row = row_of(&r, COMMUNE);
    CHECK(row != NULL);
    CHECK_STR(said(row, "states", 0)->text, EPI_S("alarm"));
    CHECK_STR(said(row, "states", 1)->text, EPI_S("judged"));
    CHECK_NEAR(said(row, "counts", 0)->f, 12, 0);
    /* C2: the seven weeks that end three weeks back, 2 3 2 3 2 3 2 or its mirror */
    double expected = said(row, "expected", 0)->f, upper = said(row, "upper", 0)->f;
    CHECK(fabs(expected - 17.0 / 7) < 1e-5 || fabs(expected - 18.0 / 7) < 1e-5);
    CHECK_NEAR(upper, expected + 3.0902323, 2e-5); /* the spread has a floor of 1 */
    CHECK_INT(reply_int(&r, "days"), 3);
    CHECK_STR(reply_text(a, &r, "known_from"), day(&f, 20));
    /* the note that the week is not over, and the units from which nothing comes */
    CHECK(epi_str_find(r.text, EPI_S("signal.open-week"), 0) != SIZE_MAX);
    CHECK(epi_str_find(r.text, EPI_S("signal.left-out"), 0) != SIZE_MAX);
    CHECK(!row_of(&r, "vn/11/094/03130/"));
    ops_close(&f);
}

TEST(silence_is_no_zero_unless_the_reader_says_what_if)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct ops_base f;
    CHECK(ops_open(&f, a, false));
    for (int k = 20; k > 0; k--)
        if (k != 4)
            send(&f, COMMUNE, k, 3);
    struct reply r = grid(&f, NULL, ARGS("unit", CITY, "weeks", "10"));
    const epi_json *row = row_of(&r, COMMUNE);
    CHECK_STR(said(row, "states", 4)->text, EPI_S("missing"));
    CHECK_INT(said(row, "counts", 4)->type, EPI_JSON_NULL);
    CHECK_INT(said(row, "silent", 4)->i, 1);
    CHECK_STR(said(row, "states", 0)->text, EPI_S("missing")); /* nothing sent yet this week */
    CHECK(epi_str_find(r.text, EPI_S("signal.silent"), 0) != SIZE_MAX);
    r = grid(&f, NULL, ARGS("unit", CITY, "weeks", "10", "missing", "zero"));
    row = row_of(&r, COMMUNE);
    CHECK_STR(said(row, "states", 4)->text, EPI_S("judged"));
    CHECK_NEAR(said(row, "counts", 4)->f, 0, 0);
    CHECK_INT(said(row, "filled", 4)->i, 1);
    CHECK_INT(said(row, "filled", 3)->i, 0);
    CHECK(epi_str_find(r.text, EPI_S("signal.what-if"), 0) != SIZE_MAX);
    /* what is kept rests on what was reported */
    r = run(&f, NULL, "{\"unit\":\"" CITY "\",\"missing\":\"zero\"}");
    CHECK(reply_is(&r, EPI_INVALID, "signal.run-what-if"));
    ops_close(&f);
}

TEST(a_signal_is_kept_once_follows_its_week_and_opens_again_when_it_grows)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct ops_base f;
    CHECK(ops_open(&f, a, false));
    quiet_then(&f, COMMUNE, 12);
    static const char ask[] = "{\"unit\":\"" CITY "\"}";
    struct reply r = run(&f, NULL, ask);
    CHECK_INT(reply_int(&r, "stored"), 1);
    epi_str id = reply_text(a, &r, "rows/0/id");
    CHECK_INT(reply_int(&r, "rows/0/observed"), 12);
    uint64_t seq = epi_store_seq(epi_app_store(f.app));
    r = run(&f, NULL, ask);
    CHECK_INT(reply_int(&r, "stored"), 0);
    CHECK_INT(reply_int(&r, "known"), 1);
    CHECK_INT(epi_store_seq(epi_app_store(f.app)), seq); /* nothing to say, nothing written */
    r = act(&f, NULL, id, "{\"act\":\"dismiss\",\"note\":\"one family, already isolated\"}");
    CHECK_STR(reply_text(a, &r, "status"), EPI_S("dismissed"));
    ops_create(&f, NULL, "count",
               EPI_S("{\"unit\":\"" COMMUNE "\",\"date\":\"2021-11-16\",\"cases\":9}"));
    r = run(&f, NULL, ask);
    CHECK_INT(reply_int(&r, "stored"), 0);
    CHECK_INT(reply_int(&r, "changed"), 1);
    CHECK_STR(reply_text(a, &r, "rows/0/id"), id);
    CHECK_INT(reply_int(&r, "rows/0/observed"), 21);
    CHECK_STR(reply_text(a, &r, "rows/0/status"), EPI_S("open"));
    ops_close(&f);
}

TEST(deciding_on_a_signal_takes_its_steps_says_why_and_stays_in_the_history)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct ops_base f;
    CHECK(ops_open(&f, a, false));
    quiet_then(&f, COMMUNE, 12);
    struct epi_actor officer = ops_user(&f, "officer", "epidemiologist", PROVINCE),
                     other = ops_user(&f, "other", "epidemiologist", DISTRICT),
                     observer = ops_user(&f, "observer", "observer", PROVINCE);
    struct reply r = run(&f, &officer, "{}");
    CHECK_INT(reply_int(&r, "stored"), 1); /* the districts below the province: the city's */
    epi_str id = reply_text(a, &r, "rows/0/id");
    CHECK_STR(reply_text(a, &r, "rows/0/unit"), EPI_S(CITY));
    r = act(&f, &other, id, "{\"act\":\"acknowledge\"}");
    CHECK_INT(r.s, EPI_NOT_FOUND); /* outside looks like absent */
    r = act(&f, &observer, id, "{\"act\":\"acknowledge\"}");
    CHECK(reply_is(&r, EPI_DENIED, "access.not-permitted"));
    r = run(&f, &observer, "{}");
    CHECK(reply_is(&r, EPI_DENIED, "access.not-permitted"));
    r = act(&f, &officer, id, "{\"act\":\"frown\"}");
    CHECK(reply_is(&r, EPI_INVALID, "signal.act-unknown"));
    r = act(&f, &officer, id, "{\"act\":\"acknowledge\"}");
    CHECK_STR(reply_text(a, &r, "status"), EPI_S("acknowledged"));
    r = act(&f, &officer, id, "{\"act\":\"acknowledge\"}");
    CHECK(reply_is(&r, EPI_CONFLICT, "signal.wrong-status"));
    r = act(&f, &officer, id, "{\"act\":\"dismiss\"}");
    CHECK_INT(r.s, EPI_INVALID);
    CHECK(reply_found(&r, "signal.note-missing"));
    r = act(&f, &officer, id, "{\"act\":\"verify\",\"note\":\"called the commune\"}");
    CHECK_STR(reply_text(a, &r, "status"), EPI_S("verified"));
    CHECK_STR(reply_text(a, &r, "note"), EPI_S("called the commune"));
    r = ops_call(&f, epi_do_history, (struct request){.as = &officer},
                 ARGS("kind", "signal", "id", epi_str_cz(a, id)));
    CHECK_STR(reply_text(a, &r, "rows/0/action"), EPI_S("signal.run"));
    CHECK_STR(reply_text(a, &r, "rows/2/action"), EPI_S("signal.verify"));
    CHECK_STR(reply_text(a, &r, "rows/2/reason"), EPI_S("called the commune"));
    /* a signal is not written by hand */
    r = ops_call(&f, epi_do_update,
                 (struct request){.as = &officer, .body = EPI_S("{\"status\":\"open\"}")},
                 ARGS("kind", "signal", "id", epi_str_cz(a, id)));
    CHECK(reply_is(&r, EPI_INVALID, "record.has-own-acts"));
    r = ops_call(&f, epi_do_signals, (struct request){.as = &officer},
                 ARGS("status", "verified", "order", "-observed", "total", "1"));
    CHECK_INT(reply_int(&r, "total"), 1);
    CHECK_INT(reply_int(&r, "rows/0/observed"), 12);
    CHECK(!reply_at(&r, "rows/0/evidence"));
    r = ops_call(&f, epi_do_signals, (struct request){.as = &other}, NO_ARGS);
    CHECK_INT(reply_at(&r, "rows")->count, 0);
    ops_close(&f);
}

TEST(a_commune_without_units_below_is_judged_itself)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct ops_base f;
    CHECK(ops_open(&f, a, false));
    quiet_then(&f, COMMUNE, 12);
    struct epi_actor worker = ops_user(&f, "worker", "health_worker", COMMUNE);
    struct reply r = grid(&f, &worker, NO_ARGS);
    CHECK_INT(r.s, EPI_OK);
    CHECK_STR(said(row_of(&r, COMMUNE), "states", 0)->text, EPI_S("alarm"));
    r = run(&f, &worker, "{}");
    CHECK_INT(reply_int(&r, "stored"), 1);
    ops_close(&f);
}

TEST(open_signals_are_a_decision_of_the_day)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct ops_base f;
    CHECK(ops_open(&f, a, false));
    quiet_then(&f, COMMUNE, 12);
    run(&f, NULL, "{\"unit\":\"" CITY "\"}");
    struct reply r = ops_do(&f, epi_do_today, ARGS("unit", PROVINCE));
    CHECK(epi_str_find(r.text, EPI_S("\"signals_open\""), 0) != SIZE_MAX);
    r = ops_do(&f, epi_do_today, ARGS("unit", DISTRICT));
    CHECK(epi_str_find(r.text, EPI_S("\"signals_open\""), 0) == SIZE_MAX);
    ops_close(&f);
}

TEST(a_line_list_counts_weeks_by_the_series_asked_for)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct ops_base f;
    CHECK(ops_open(&f, a, false));
    static const char *const cases[] = {
        "\"reported\":\"2021-11-16\",\"onset\":\"2021-11-12\",\"detection\":\"community\"",
        "\"reported\":\"2021-11-16\",\"onset\":\"2021-11-13\",\"detection\":\"quarantine\"",
        "\"reported\":\"2021-11-17\",\"detection\":\"community\",\"classification\":\"discarded\"",
        "\"reported\":\"2021-11-17\",\"detection\":\"community\",\"disease\":\"dengue\"",
        "\"reported\":\"2021-09-01\",\"detection\":\"community\"",
    };
    for (size_t i = 0; i < EPI_COUNT(cases); i++)
        ops_create(&f, NULL, "case", epi_str_printf(a, "{\"unit\":\"" COMMUNE "\",%s}", cases[i]));
    static const struct {
        const char *by, *cases, *disease, *why;
        double this_week, last_week;
    } t[] = {
        {"report", "all", "covid-19", "discarded cases and other diseases are left out", 2, 0},
        {"onset", "all", "covid-19", "by the day people fell ill", 0, 2},
        {"report", "community", "covid-19", "quarantine is no community", 1, 0},
        {"report", "all", "dengue", "cases that name no disease are of the main one", 1, 0},
    };
    for (size_t i = 0; i < EPI_COUNT(t); i++) {
        struct reply r = grid(&f, NULL,
                              ARGS("unit", CITY, "by", t[i].by, "cases", t[i].cases, "disease",
                                   t[i].disease, "weeks", "4"));
        const epi_json *row = row_of(&r, COMMUNE);
        CHECK(row != NULL);
        CHECK_NEAR(said(row, "counts", 0)->f, t[i].this_week, 0);
        CHECK_NEAR(said(row, "counts", 1)->f, t[i].last_week, 0);
        /* the whole province keeps the list: its other communes had none */
        CHECK_NEAR(said(row_of(&r, "vn/11/094/03130/"), "counts", 0)->f, 0, 0);
    }
    ops_close(&f);
}

TEST(options_that_make_no_sense_are_refused)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct ops_base f;
    CHECK(ops_open(&f, a, false));
    static const struct {
        const char *name, *value, *code;
    } t[] = {{"weeks", "0", "signal.option"},
             {"weeks", "x", "signal.option"},
             {"weeks", "2.5", "signal.option"},
             {"few", "-1", "signal.option"},
             {"alpha", "0.9", "signal.option"},
             {"method", "guess", "estimate.method-unknown"},
             {"missing", "perhaps", "estimate.option-word"},
             {"since", "soon", "arg.not-a-date"},
             {"below", "above", "estimate.option-word"}};
    for (size_t i = 0; i < EPI_COUNT(t); i++) {
        struct reply r = grid(&f, NULL, ARGS("unit", CITY, t[i].name, t[i].value));
        CHECK(r.s != EPI_OK && r.err.code && strcmp(r.err.code, t[i].code) == 0);
    }
    struct reply r = grid(&f, NULL, ARGS("unit", CITY));
    CHECK(reply_is(&r, EPI_NOT_FOUND, "estimate.nobody-reports"));
    ops_close(&f);
}

TEST(every_method_finds_the_week_that_rises_tenfold)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct ops_base f;
    CHECK(ops_open(&f, a, false));
    for (int k = 330; k > 0; k -= 1)
        send(&f, COMMUNE, k, 3 + k % 3);
    send(&f, COMMUNE, 0, 45);
    static const char *const methods[] = {"ears-c1",         "ears-c2", "ears-c3", "farrington",
                                          "farrington-1996", "cusum",   "bayes",   "rki",
                                          "outbreak-p",      "glr"};
    for (size_t i = 0; i < EPI_COUNT(methods); i++) {
        struct reply r = grid(&f, NULL, ARGS("unit", CITY, "weeks", "8", "method", methods[i]));
        const epi_json *state = said(row_of(&r, COMMUNE), "states", 0);
        if (!state || !epi_str_eqz(state->text, "alarm"))
            printf("     %s\n", methods[i]);
        CHECK(state && epi_str_eqz(state->text, "alarm"));
    }
    ops_close(&f);
}
