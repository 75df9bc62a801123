// SPDX-License-Identifier: AGPL-3.0-or-later
#include "serve/serve_internal.h"
#include "base/test.h"

static epi_status read_target(struct epi_arena *a, const char *method, const char *target,
                              struct epi__request *r, struct epi_err *e)
{
    struct epi__wire w = {.method = epi_str_of(method), .target = epi_str_of(target)};
    return epi__request_read(a, &w, r, e);
}

static epi_str arg_of(const struct epi__request *r, const char *name)
{
    for (size_t i = 0; i < r->n_args; i++)
        if (epi_str_eqz(r->args[i].name, name))
            return r->args[i].value;
    return EPI_NIL;
}

TEST(every_route_asks_for_a_permission_or_says_why_not)
{
    USES_NO_RNG;
    for (size_t i = 0; i < epi__route_count(); i++) {
        const struct epi__route *r = epi__route_at(i);
        CHECK(r->door >= EPI__DOOR_BY_KIND && (int)r->door < EPI_PERMISSION_COUNT);
        CHECK((r->act != NULL) == (r->own == EPI__OWN_ACT));
        CHECK(r->title[EPI_EN][0] && r->title[EPI_VI][0]);
        CHECK(epi_str_starts(epi_str_of(r->pattern), EPI_S("/api/")));
        /* whoever may write without signing in is signing in */
        if (r->door == EPI__DOOR_OPEN && !epi_str_eqz(epi_str_of(r->method), "GET"))
            CHECK(r->flags & F_SIGNS_IN);
    }
}

TEST(each_route_is_found_by_its_own_pattern)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    for (size_t i = 0; i < epi__route_count(); i++) {
        const struct epi__route *r = epi__route_at(i), *found = NULL;
        struct epi_arg args[EPI_ARGS_MAX];
        size_t n;
        epi_str allow;
        /* a pattern is an address of its own: its {names} are its arguments */
        CHECK_OK(epi__route_find(a, epi_str_of(r->method), epi_str_of(r->pattern), &found, args, &n,
                                 &allow, NULL));
        CHECK(found == r);
        CHECK(epi_str_find(allow, epi_str_of(r->method), 0) != SIZE_MAX);
    }
}

TEST(parts_of_the_path_and_the_query_become_arguments)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct epi__request r;
    CHECK_OK(read_target(
        a, "GET", "/api/units/vn%2F11%2F03127%2F?on=2021-11-17&q=a+b%20c&e=e%CC%81&on=second", &r,
        NULL));
    CHECK_STR(arg_of(&r, "path"), EPI_S("vn/11/03127/"));
    CHECK_STR(arg_of(&r, "on"), EPI_S("2021-11-17"));
    CHECK_STR(arg_of(&r, "q"), EPI_S("a b c"));
    CHECK_STR(arg_of(&r, "e"), EPI_S("\xC3\xA9"));
    CHECK_OK(read_target(a, "GET", "/api/units/vn/11/", &r, NULL));
    CHECK_STR(arg_of(&r, "path"), EPI_S("vn/11/"));
    /* an argument of the query cannot stand in for one of the path */
    CHECK_OK(
        read_target(a, "HEAD", "/api/records/case/0123456789abc?id=other&kind=person", &r, NULL));
    CHECK(r.head);
    CHECK_STR(arg_of(&r, "kind"), EPI_S("case"));
    CHECK_STR(arg_of(&r, "id"), EPI_S("0123456789abc"));
    CHECK_OK(read_target(a, "GET", "/api/levels/evidence", &r, NULL));
    CHECK(epi_str_eqz(epi_str_of(r.route->pattern), "/api/levels/evidence"));
}

TEST(bad_addresses_are_refused_with_their_status)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    static const struct {
        const char *method, *target;
        int status;
    } rows[] = {{"GET", "/api/nothing", 404},
                {"GET", "/api", 404},
                {"GET", "/api/units/", 404},
                {"GET", "/api/records//x", 404},
                {"PUT", "/api/me", 405},
                {"get", "/api/me", 405},
                {"GET", "/api/map/%ff", 400},
                {"GET", "/api/map/%0", 400},
                {"GET", "/api/map/%", 400},
                {"GET", "/api/map/a%00b", 400},
                {"GET", "/api/me?a=%ED%A0%80", 400},
                {"GET", "http://x/api/me", 400},
                {"GET", "*", 400},
                {"GET", "", 400}};
    for (size_t i = 0; i < EPI_COUNT(rows); i++) {
        struct epi__request r;
        struct epi_err e = {0};
        CHECK(read_target(a, rows[i].method, rows[i].target, &r, &e) != EPI_OK);
        CHECK_INT(epi__http_status(&e, &r), rows[i].status);
    }
}

TEST(only_a_proxy_on_this_machine_is_believed)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct epi_arg h[] = {{EPI_SC("x-forwarded-proto"), EPI_SC("https")},
                          {EPI_SC("X-FORWARDED-FOR"), EPI_SC("203.0.113.1")}};
    struct epi__wire w = {
        .method = EPI_S("GET"), .target = EPI_S("/api/me"), .headers = h, .n_headers = 1};
    struct epi__request r;
    CHECK_OK(epi__request_read(a, &w, &r, NULL));
    CHECK(!r.tls && !r.local);
    w.loopback = true;
    CHECK_OK(epi__request_read(a, &w, &r, NULL));
    CHECK(r.tls && r.local);
    w.n_headers = 2;
    CHECK_OK(epi__request_read(a, &w, &r, NULL));
    CHECK(r.tls && !r.local);
}

TEST(headers_are_read_as_the_standards_say)
{
    USES_NO_RNG;
    CHECK(epi__accepts(EPI_S("br, gzip"), "gzip"));
    CHECK(epi__accepts(EPI_S("*"), "gzip"));
    CHECK(!epi__accepts(EPI_S("gzip;q=0, *"), "gzip"));
    CHECK(!epi__accepts(EPI_S("gzip;q=0.0"), "gzip"));
    CHECK(!epi__accepts(EPI_NIL, "gzip"));
    CHECK_INT(epi__language(EPI_S("fr, en-GB;q=0.8, vi;q=0.9")), EPI_VI);
    CHECK_INT(epi__language(EPI_S("en-US,en;q=0.9,vi;q=0.8")), EPI_EN);
    CHECK_INT(epi__language(EPI_NIL), EPI_VI);
    CHECK_STR(epi__cookie(EPI_S("a=1; cordon=tok=en; b"), "cordon"), EPI_S("tok=en"));
    CHECK_STR(epi__cookie(EPI_S("xcordon=no; cordon"), "cordon"), EPI_NIL);
    CHECK(epi__etag_matches(EPI_S("\"x\", W/\"7-a\""), EPI_S("W/\"7-a\"")));
    CHECK(epi__etag_matches(EPI_S("*"), EPI_S("\"y\"")));
    CHECK(!epi__etag_matches(EPI_S("\"7\""), EPI_S("W/\"7-a\"")));
}

TEST(a_repeated_operation_gets_the_first_answer)
{
    USES_NO_RNG;
    struct epi__repeats *r = epi__repeats_new();
    epi_opid op = {{1, 2, 3}}, other = {{9}};
    epi_id user = {7};
    struct epi_err e = {0};
    struct epi__answer x = {.file = -1}, again = {.file = -1};
    bool known = true;
    epi_status first = epi__repeat_begin(r, user, &op, 11, &x, &known, &e);
    bool first_known = known;
    epi_status busy = epi__repeat_begin(r, user, &op, 11, &again, &known, &e);
    x.status = 201;
    x.body = memcpy(epi_xmalloc(2), "{}", 2);
    x.n = 2;
    epi__repeat_end(r, user, &op, &x);
    epi_status second = epi__repeat_begin(r, user, &op, 11, &again, &known, &e);
    bool second_known = known;
    epi_status reused = epi__repeat_begin(r, user, &op, 12, &x, &known, &e);
    /* somebody else's id is somebody else's; a refused one may be used again */
    epi_status stranger = epi__repeat_begin(r, (epi_id){8}, &op, 12, &x, &known, &e);
    epi_status refused = epi__repeat_begin(r, user, &other, 1, &x, &known, &e);
    struct epi__answer no = {.status = 422, .file = -1};
    epi__repeat_end(r, user, &other, &no);
    epi_status corrected = epi__repeat_begin(r, user, &other, 2, &no, &known, &e);
    bool same = again.status == 201 && again.n == 2 && memcmp(again.body, "{}", 2) == 0;
    epi__answer_done(&x);
    epi__answer_done(&again);
    epi__repeats_free(r);
    CHECK(first == EPI_OK && !first_known && busy == EPI_BUSY);
    CHECK(second == EPI_OK && second_known && same);
    CHECK(reused == EPI_CONFLICT && stranger == EPI_OK && refused == EPI_OK &&
          corrected == EPI_OK && !known);
}

struct blocked {
    struct epi__work work; /* first */
    pthread_mutex_t *gate;
    bool *done;
};

static void wait_at_gate(struct epi__work *w)
{
    struct blocked *b = (struct blocked *)w;
    pthread_mutex_lock(b->gate);
    *b->done = true;
    pthread_mutex_unlock(b->gate);
}

TEST(slow_work_leaves_a_worker_free_and_a_full_line_is_refused)
{
    USES_NO_RNG;
    pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER, open = PTHREAD_MUTEX_INITIALIZER;
    bool slow_done[40] = {false}, quick_done = false;
    struct blocked slow[40], quick = {{.run = wait_at_gate}, &open, &quick_done};
    struct epi__workers *w = epi__workers_new(2, 16);
    int taken = 0;
    pthread_mutex_lock(&gate);
    for (int i = 0; i < 40; i++) {
        slow[i] = (struct blocked){{.run = wait_at_gate, .slow = true}, &gate, &slow_done[i]};
        taken += epi__workers_put(w, &slow[i].work);
    }
    bool put = epi__workers_put(w, &quick.work), passed = false;
    for (int i = 0; i < 1000 && !passed; i++) { /* the other worker is still free for it */
        pthread_mutex_lock(&open);
        passed = quick_done;
        pthread_mutex_unlock(&open);
        nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
    }
    pthread_mutex_unlock(&gate);
    epi__workers_stop(w);
    int done = 0;
    for (int i = 0; i < 40; i++)
        done += slow_done[i];
    CHECK(put && passed);
    CHECK(taken >= 4 && taken <= 5); /* a quarter of the line, and one at work */
    CHECK_INT(done, taken);          /* what was taken is finished before the end */
}

TEST(a_large_body_moves_to_a_file_and_reads_back)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    const char *dir = epi_test_dir(a);
    struct epi__body b;
    epi_str text = EPI_NIL;
    char *part = EPI_ARRAY(a, 100000, char);
    memset(part, 'x', 100000);
    epi__body_init(&b, 3000000);
    for (int i = 0; i < 30; i++) {
        part[0] = (char)('A' + i);
        CHECK_OK(epi__body_add(&b, dir, (epi_str){part, 100000}, NULL));
    }
    CHECK(b.file >= 0);
    CHECK_INT(epi__body_add(&b, dir, EPI_S("y"), NULL), EPI_LIMIT);
    CHECK_OK(epi__body_text(&b, &text, NULL));
    bool right = text.n == 3000000;
    for (size_t i = 0; right && i < 30; i++)
        right = text.p[i * 100000] == (char)('A' + (int)i) && text.p[i * 100000 + 99999] == 'x';
    epi__body_done(&b);
    CHECK(right);
}
