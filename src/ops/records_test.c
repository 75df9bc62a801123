// SPDX-License-Identifier: AGPL-3.0-or-later
/* Creating, changing and removing records; what two authors at once and a repeated request lead to.
 */
#include "ops/fixture_test.h"

static struct reply update(struct ops_base *f, const struct epi_actor *as, epi_str id, epi_str body,
                           uint64_t seen)
{
    return ops_call(f, epi_do_update,
                    (struct request){.as = as, .body = body, .has_match = seen != 0, .match = seen},
                    ARGS("kind", "case", "id", epi_str_cz(f->a, id)));
}

TEST(a_record_is_created_read_changed_and_removed_with_its_history)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct ops_base f;
    CHECK(ops_open(&f, a, false));
    struct epi_actor who = ops_user(&f, "nurse", "health_worker", CITY);
    struct reply r =
        ops_call(&f, epi_do_create,
                 (struct request){
                     .as = &who,
                     .body = EPI_S(
                         "{\"code\":\"BN1\",\"onset\":\"2021-11-10\",\"_reason\":\"phone call\"}")},
                 ARGS("kind", "case"));
    CHECK_INT(r.s, EPI_OK);
    CHECK_INT(r.http, 201);
    CHECK_STR(reply_text(a, &r, "unit"),
              EPI_S(CITY)); /* the author's own unit when none is given */
    CHECK_INT(reply_at(&r, "lost")->count, 0);
    CHECK(r.etag > 0);
    epi_str id = reply_text(a, &r, "id");
    const char *idz = epi_str_cz(a, id);
    r = update(&f, &who, id, EPI_S("{\"severity\":\"mild\",\"onset\":null}"), r.etag);
    CHECK_INT(r.s, EPI_OK);
    CHECK_STR(reply_text(a, &r, "severity"), EPI_S("mild"));
    CHECK(!reply_at(&r, "onset"));
    r = ops_call(&f, epi_do_remove, (struct request){.as = &who}, ARGS("kind", "case", "id", idz));
    CHECK(reply_is(&r, EPI_INVALID, "record.reason-missing"));
    r = ops_call(&f, epi_do_remove,
                 (struct request){.as = &who, .body = EPI_S("{\"_reason\":\"entered twice\"}")},
                 ARGS("kind", "case", "id", idz));
    CHECK_INT(r.s, EPI_OK);
    CHECK_INT(r.http, 204);
    CHECK_INT(
        reply_at(&(struct reply){.j = ops_do(&f, epi_do_list, ARGS("kind", "case")).j}, "rows")
            ->count,
        0);
    r = ops_call(&f, epi_do_get, (struct request){.as = &who}, ARGS("kind", "case", "id", idz));
    CHECK(reply_is(&r, EPI_NOT_FOUND, "store.not-found")); /* as one that never was */
    r = update(&f, &who, id, EPI_S("{\"severity\":\"severe\"}"), 0);
    CHECK_INT(r.s, EPI_NOT_FOUND);
    r = ops_call(&f, epi_do_remove,
                 (struct request){.as = &who, .body = EPI_S("{\"_reason\":\"again\"}")},
                 ARGS("kind", "case", "id", idz));
    CHECK_INT(r.s, EPI_NOT_FOUND);
    r = ops_call(&f, epi_do_history, (struct request){.as = &who}, ARGS("kind", "case", "id", idz));
    CHECK_INT(r.s, EPI_OK);
    CHECK_INT(reply_at(&r, "rows")->count, 3);
    CHECK_STR(reply_text(a, &r, "rows/0/reason"), EPI_S("phone call"));
    CHECK_STR(reply_text(a, &r, "rows/0/author_name"), EPI_S("nurse"));
    CHECK_STR(reply_text(a, &r, "rows/1/changes/0/from"), EPI_S("2021-11-10")); /* in field order */
    CHECK_STR(reply_text(a, &r, "rows/2/action"), EPI_S("case.remove"));
    ops_close(&f);
}

TEST(a_code_or_a_name_of_a_unit_becomes_its_path_and_a_unit_outside_is_refused)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct ops_base f;
    CHECK(ops_open(&f, a, false));
    struct epi_actor who = ops_user(&f, "nurse", "health_worker", CITY);
    struct request q = {.as = &who,
                        .body = EPI_S("{\"unit\":\"Phường Him Lam\",\"code\":\"BN1\"}")};
    struct reply r = ops_call(&f, epi_do_create, q, ARGS("kind", "case"));
    CHECK(reply_is(&r, EPI_OK, NULL));
    CHECK_STR(reply_text(a, &r, "unit"), EPI_S(COMMUNE));
    epi_str id = reply_text(a, &r, "id");
    q.body = EPI_S("{\"unit\":\"" DISTRICT "\",\"code\":\"BN2\"}");
    r = ops_call(&f, epi_do_create, q, ARGS("kind", "case"));
    CHECK(reply_is(&r, EPI_DENIED, "access.outside-jurisdiction"));
    r = update(&f, &who, id, q.body, 0);
    CHECK(reply_is(&r, EPI_DENIED, "access.outside-jurisdiction"));
    q.body = EPI_S("{\"unit\":\"vn/77777/\",\"code\":\"BN3\"}");
    r = ops_call(&f, epi_do_create, q, ARGS("kind", "case"));
    CHECK(r.s != EPI_OK);
    ops_close(&f);
}

TEST(a_reference_to_a_record_of_another_unit_is_refused_like_one_to_nothing)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct ops_base f;
    CHECK(ops_open(&f, a, false));
    struct epi_actor who = ops_user(&f, "nurse", "health_worker", CITY);
    epi_str there =
        ops_create(&f, NULL, "person", EPI_S("{\"unit\":\"" ELSEWHERE "\",\"name\":\"X\"}"));
    epi_str here =
        ops_create(&f, NULL, "person", EPI_S("{\"unit\":\"" COMMUNE "\",\"name\":\"Y\"}"));
    struct request q = {.as = &who,
                        .body = epi_str_printf(a, "{\"person\":\"%.*s\"}", EPI_FMT(there))};
    struct reply r = ops_call(&f, epi_do_create, q, ARGS("kind", "case"));
    CHECK_INT(r.s, EPI_INVALID);
    CHECK(reply_found(&r, "field.no-such-record"));
    q.body = EPI_S("{\"person\":\"0000000000009\"}");
    struct reply none = ops_call(&f, epi_do_create, q, ARGS("kind", "case"));
    CHECK(reply_found(&none, "field.no-such-record"));
    CHECK_STR(epi_str_of(none.err.code), epi_str_of(r.err.code));
    q.body = epi_str_printf(a, "{\"person\":\"%.*s\"}", EPI_FMT(here));
    r = ops_call(&f, epi_do_create, q, ARGS("kind", "case"));
    CHECK_INT(r.s, EPI_OK);
    /* nor by an update */
    r = update(&f, &who, reply_text(a, &r, "id"),
               epi_str_printf(a, "{\"person\":\"%.*s\"}", EPI_FMT(there)), 0);
    CHECK(reply_found(&r, "field.no-such-record"));
    ops_close(&f);
}

TEST(everything_wrong_with_an_input_is_told_at_once_and_nothing_is_written)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct ops_base f;
    CHECK(ops_open(&f, a, false));
    uint64_t before = epi_store_seq(epi_app_store(f.app));
    struct request q = {
        .body = EPI_S(
            "{\"onset\":\"2021-11-18\",\"severity\":\"awful\",\"age\":200,\"ghost\":1,\"sampled\":\"2021-11-05\",\"resulted\":\"2021-11-01\"}")};
    struct reply r = ops_call(&f, epi_do_create, q, ARGS("kind", "case"));
    CHECK(reply_is(&r, EPI_INVALID, "input.has-errors"));
    CHECK(reply_found(&r, "field.date-in-future") && reply_found(&r, "field.unreadable") &&
          reply_found(&r, "field.unknown-name") && reply_found(&r, "field.out-of-range") &&
          reply_found(&r, "case.sample-after-result"));
    q.body = EPI_S("{\"code\":");
    CHECK_INT(ops_call(&f, epi_do_create, q, ARGS("kind", "case")).s, EPI_INVALID);
    q.body = EPI_S("{}");
    CHECK(reply_is(&(struct reply){.s = ops_call(&f, epi_do_create, q, ARGS("kind", "ghost")).s},
                   EPI_NOT_FOUND, NULL));
    static const char *const own[] = {"level", "directive", "assignment", "progress", "conflict"};
    for (size_t i = 0; i < EPI_COUNT(own); i++)
        CHECK(ops_call(&f, epi_do_create, q, ARGS("kind", own[i])).s == EPI_INVALID);
    CHECK(ops_call(&f, epi_do_create, q, ARGS("kind", "user")).s ==
          EPI_NOT_FOUND); /* internal kinds look absent */
    CHECK_INT(epi_store_seq(epi_app_store(f.app)), before);
    ops_close(&f);
}

TEST(two_authors_of_different_fields_both_stand_and_of_one_field_somebody_is_told)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct ops_base f;
    CHECK(ops_open(&f, a, false));
    struct epi_actor one = ops_user(&f, "one", "health_worker", CITY),
                     two = ops_user(&f, "two", "health_worker", CITY);
    struct reply r = ops_call(&f, epi_do_create,
                              (struct request){.as = &one, .body = EPI_S("{\"code\":\"BN1\"}")},
                              ARGS("kind", "case"));
    epi_str id = reply_text(a, &r, "id");
    uint64_t seen = r.etag;
    ops_advance(&f, 1000);
    r = update(&f, &one, id, EPI_S("{\"severity\":\"severe\",\"cluster\":\"A\"}"), seen);
    CHECK_INT(r.s, EPI_OK);
    ops_advance(&f, 1000);
    /* the other still looks at the first version: another field stands, a clinical one does not
     * replace */
    r = update(&f, &two, id, EPI_S("{\"severity\":\"mild\",\"variant\":\"Delta\"}"), seen);
    CHECK_INT(r.s, EPI_OK);
    CHECK_STR(reply_text(a, &r, "severity"), EPI_S("severe"));
    CHECK_STR(reply_text(a, &r, "variant"), EPI_S("Delta"));
    CHECK_STR(reply_text(a, &r, "cluster"), EPI_S("A"));
    CHECK_INT(reply_at(&r, "lost")->count, 1);
    CHECK_STR(reply_text(a, &r, "lost/0"), EPI_S("severity"));
    struct reply open = ops_call(&f, epi_do_list, (struct request){.as = &one},
                                 ARGS("kind", "conflict", "status", "open"));
    CHECK_INT(reply_at(&open, "rows")->count, 1);
    CHECK_STR(reply_text(a, &open, "rows/0/lost"), EPI_S("mild"));
    struct epi_actor other = ops_user(&f, "other", "duty_officer", ELSEWHERE);
    const char *lost = epi_str_cz(a, reply_text(a, &open, "rows/0/id"));
    struct reply done =
        ops_call(&f, epi_do_conflict_resolve, (struct request){.as = &other}, ARGS("id", lost));
    CHECK(reply_is(&done, EPI_NOT_FOUND, NULL)); /* outside the jurisdiction */
    done = ops_call(&f, epi_do_conflict_resolve,
                    (struct request){.as = &one, .body = EPI_S("{\"text\":\"asked\"}")},
                    ARGS("id", lost));
    CHECK_INT(done.s, EPI_OK);
    CHECK_STR(reply_text(a, &done, "status"), EPI_S("resolved"));
    done = ops_call(&f, epi_do_conflict_resolve, (struct request){.as = &one}, ARGS("id", lost));
    CHECK(reply_is(&done, EPI_CONFLICT, "conflict.resolved"));
    open = ops_call(&f, epi_do_list, (struct request){.as = &other}, ARGS("kind", "conflict"));
    CHECK_INT(reply_at(&open, "rows")->count, 0);
    ops_close(&f);
}

#define KEY "018f0000-0000-7000-8000-000000000001"
TEST(the_same_request_sent_again_is_acknowledged_and_done_once)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct ops_base f;
    CHECK(ops_open(&f, a, false));
    epi_str id = ops_create(&f, NULL, "case", EPI_S("{\"unit\":\"" COMMUNE "\",\"code\":\"BN1\"}"));
    const char *idz = epi_str_cz(a, id);
    uint64_t seen = ops_do(&f, epi_do_get, ARGS("kind", "case", "id", idz)).etag;
    struct request q = {
        .body = EPI_S("{\"cluster\":\"A\"}"), .op_id = KEY, .has_match = true, .match = seen};
    struct reply first = ops_call(&f, epi_do_update, q, ARGS("kind", "case", "id", idz));
    uint64_t seq = epi_store_seq(epi_app_store(f.app));
    struct reply again = ops_call(&f, epi_do_update, q, ARGS("kind", "case", "id", idz));
    CHECK_INT(first.s, EPI_OK);
    CHECK_INT(again.s, EPI_OK);
    CHECK_INT(epi_store_seq(epi_app_store(f.app)), seq);
    CHECK_INT(again.etag, first.etag);
    q.body = EPI_S("{\"cluster\":\"B\"}");
    struct reply other = ops_call(&f, epi_do_update, q, ARGS("kind", "case", "id", idz));
    CHECK(reply_is(&other, EPI_CONFLICT, "op.reused"));
    CHECK_STR(
        reply_text(a,
                   &(struct reply){.j = ops_do(&f, epi_do_get, ARGS("kind", "case", "id", idz)).j},
                   "cluster"),
        EPI_S("A"));
    ops_close(&f);
}

/* Pages by any order give every row once, in that order. */
PROPERTY(paging_visits_every_row_once, 10)
{
    EPI_ARENA_LOCAL(a);
    struct ops_base f;
    CHECK(ops_open(&f, a, false));
    size_t n = 5 + epi_rng_below(rng, 30), seen = 0;
    static const char *const orders[] = {"onset", "-onset", "code", "-id", "severity"};
    static const char *const severities[] = {"null", "\"mild\"", "\"severe\""};
    for (size_t i = 0; i < n; i++)
        ops_create(
            &f, NULL, "case",
            epi_str_printf(a,
                           "{\"unit\":\"" COMMUNE
                           "\",\"code\":\"BN%zu\",\"onset\":\"2021-11-%02u\",\"severity\":%s}",
                           i % 7, 1 + (unsigned)epi_rng_below(rng, 9),
                           severities[epi_rng_below(rng, 3)]));
    const char *order = orders[epi_rng_below(rng, EPI_COUNT(orders))],
               *limit = epi_str_printf(a, "%u", 1 + (unsigned)epi_rng_below(rng, 6)).p;
    epi_str cursor = EPI_NIL, ids = EPI_S(" ");
    for (int page = 0; page < 60; page++) {
        struct reply r = ops_do(&f, epi_do_list,
                                ARGS("kind", "case", "order", order, "limit", limit, "total", "1",
                                     "cursor", epi_str_cz(a, cursor)));
        CHECK_INT(r.s, EPI_OK);
        CHECK_INT(reply_int(&r, "total"), n);
        EPI_JSON_EACH (row, reply_at(&r, "rows")) {
            epi_str id = epi_json_text(row, "id", EPI_NIL);
            CHECK(epi_str_find(ids, id, 0) == SIZE_MAX);
            ids = epi_str_printf(a, "%.*s%.*s ", EPI_FMT(ids), EPI_FMT(id));
            seen++;
        }
        cursor = reply_text(a, &r, "next");
        if (!cursor.n)
            break;
    }
    CHECK_INT(seen, n);
    ops_close(&f);
}

TEST(a_list_refuses_what_it_does_not_know)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct ops_base f;
    CHECK(ops_open(&f, a, false));
    static const struct {
        const char *name, *value, *code;
    } rows[] = {{"ghost", "1", "list.no-such-filter"},
                {"onset.like", "1", "list.no-such-filter"},
                {"onset", "tomorrow", "list.filter-unreadable"},
                {"limit", "0", "list.limit"},
                {"limit", "1001", "list.limit"},
                {"order", "ghost", "list.no-such-order"},
                {"cursor", "zzz", "list.cursor"},
                {"cursor", "0000000000001~q", "list.cursor"}};
    for (size_t i = 0; i < EPI_COUNT(rows); i++) {
        struct reply r = ops_do(&f, epi_do_list, ARGS("kind", "case", rows[i].name, rows[i].value));
        CHECK(reply_is(&r, EPI_INVALID, rows[i].code));
    }
    ops_create(&f, NULL, "case",
               EPI_S("{\"unit\":\"" COMMUNE "\",\"onset\":\"2021-11-05\",\"severity\":\"mild\"}"));
    ops_create(&f, NULL, "case", EPI_S("{\"unit\":\"" DISTRICT "\",\"onset\":\"2021-11-07\"}"));
    static const struct {
        const char *name, *value;
        size_t n;
    } good[] = {{"onset.gte", "2021-11-06", 1},
                {"onset.lte", "2021-11-07", 2},
                {"severity.null", "1", 1},
                {"severity.null", "0", 1},
                {"severity.any", "mild,severe", 1},
                {"severity.ne", "severe", 2} /* not recorded is not severe */,
                {"unit", "Thành phố Điện Biên Phủ", 1},
                {"unit", PROVINCE, 2}};
    for (size_t i = 0; i < EPI_COUNT(good); i++) {
        struct reply r = ops_do(&f, epi_do_list, ARGS("kind", "case", good[i].name, good[i].value));
        CHECK_INT(r.s, EPI_OK);
        if (reply_at(&r, "rows")->count != good[i].n)
            epi_test_fail(__FILE__, __LINE__, "%s=%s gave %zu rows", good[i].name, good[i].value,
                          reply_at(&r, "rows")->count);
    }
    ops_close(&f);
}
