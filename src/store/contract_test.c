// SPDX-License-Identifier: AGPL-3.0-or-later
// What every back end must do. CONTRACT(name) runs its body once per back end.
#include "store/fixture_test.h"

#define CONTRACT(name) \
    static void name##_on(struct fixture *f); \
    TEST(name) \
    { \
        (void)rng; \
        for (int back_end = 0; back_end < BACK_ENDS; back_end++) { \
            EPI_ARENA_LOCAL(a); \
            struct fixture f = {0}; \
            CHECK(fixture_open(&f, a, back_end)); \
            name##_on(&f); \
            epi_store_close(f.s); \
        } \
    } \
    static void name##_on(struct fixture *f)

static epi_status new_case(struct fixture *f, uint64_t id, const char *unit, const char *code,
                           int64_t onset)
{
    struct epi_applied done;
    return fixture_change(
        f,
        (struct epi_change){.kind = EPI_K_CASE,
                            .id = {id},
                            SETS({EPI_CASE_UNIT, TEXTV(unit)}, {EPI_CASE_CODE, TEXTV(code)},
                                 {EPI_CASE_ONSET, onset < 0 ? EPI_NULLV : epi_v_int(onset)})},
        &done, NULL);
}

CONTRACT(a_record_written_is_read_back)
{
    CHECK_OK(new_case(f, 100, "vn/11/094/", "BN1", 18900));
    struct epi_record *r = fixture_get(f, EPI_K_CASE, 100);
    CHECK(r);
    CHECK_STR(epi_v_as_text(r->v[EPI_CASE_CODE]), EPI_S("BN1"));
    CHECK_INT(r->v[EPI_CASE_ONSET].i, 18900);
    CHECK_INT(r->v[EPI_CASE_SAMPLED].t, EPI_V_NULL);
    CHECK_INT(r->version, 1);
    CHECK_INT(epi_store_seq(f->s), 1);
    CHECK(!fixture_get(f, EPI_K_CASE, 101));
    CHECK(!fixture_get(f, EPI_K_PERSON, 100));
}

CONTRACT(a_reader_sees_its_scope_and_after_a_rest_what_was_written_meanwhile)
{
    epi_str prefix = EPI_S("vn/11/");
    struct epi_scope scope = {.prefixes = &prefix, .n = 1};
    struct epi_reader *reader;
    struct epi_record *r;
    CHECK_OK(new_case(f, 100, "vn/11/094/", "BN1", 1));
    CHECK_OK(new_case(f, 101, "vn/12/094/", "BN2", 1));
    CHECK_OK(epi_reader_open(f->s, &scope, &reader, NULL));
    for (int i = 0; i < 2; i++) {
        CHECK_OK(epi_reader_get_any(reader, f->a, EPI_K_CASE, (epi_id){100}, &r, NULL));
        CHECK_STR(epi_v_as_text(r->v[EPI_CASE_CODE]), EPI_S("BN1"));
        CHECK_INT(epi_reader_get_any(reader, f->a, EPI_K_CASE, (epi_id){101}, &r, NULL),
                  EPI_NOT_FOUND);
        CHECK_INT(epi_reader_get_any(reader, f->a, EPI_K_PERSON, (epi_id){100}, &r, NULL),
                  EPI_NOT_FOUND);
    }
    CHECK_OK(new_case(f, 102, "vn/11/095/", "BN3", 1));
    epi_reader_rest(reader);
    CHECK_OK(epi_reader_get_any(reader, f->a, EPI_K_CASE, (epi_id){102}, &r, NULL));
    CHECK_STR(epi_v_as_text(r->v[EPI_CASE_CODE]), EPI_S("BN3"));
    epi_reader_close(reader);
}

CONTRACT(a_record_outside_the_scope_looks_absent)
{
    CHECK_OK(new_case(f, 100, "vn/11/094/", "BN1", 1));
    CHECK_OK(new_case(f, 101, NULL, "BN2", 1));
    const struct {
        const char *prefix;
        epi_status first, second;
    } rows[] = {{"vn/11/", EPI_OK, EPI_NOT_FOUND},          {"vn/11", EPI_OK, EPI_NOT_FOUND},
                {"vn/11/094/", EPI_OK, EPI_NOT_FOUND},      {"vn/1", EPI_NOT_FOUND, EPI_NOT_FOUND},
                {"vn/11/09", EPI_NOT_FOUND, EPI_NOT_FOUND}, {"", EPI_NOT_FOUND, EPI_NOT_FOUND},
                {"vn/12/", EPI_NOT_FOUND, EPI_NOT_FOUND}};
    struct epi_record *r;
    for (size_t i = 0; i < EPI_COUNT(rows); i++) {
        epi_str p = epi_str_of(rows[i].prefix);
        struct epi_scope scope = {.prefixes = &p, .n = 1};
        CHECK_INT(epi_store_get(f->s, f->a, EPI_K_CASE, (epi_id){100}, &scope, &r, NULL),
                  rows[i].first);
        CHECK_INT(epi_store_get(f->s, f->a, EPI_K_CASE, (epi_id){101}, &scope, &r, NULL),
                  rows[i].second);
        struct epi_query q = {.kind = EPI_K_CASE, .scope = scope, .order = -1, .limit = 10};
        struct epi_page page;
        CHECK_OK(epi_store_find(f->s, f->a, &q, &page, NULL));
        CHECK_INT(page.n, rows[i].first == EPI_OK);
    }
    struct epi_scope nothing = {0};
    CHECK_INT(epi_store_get(f->s, f->a, EPI_K_CASE, (epi_id){100}, &nothing, &r, NULL),
              EPI_NOT_FOUND);
}

CONTRACT(the_same_operation_again_does_nothing)
{
    struct epi_set set = {EPI_CASE_CODE, TEXTV("BN1")};
    struct epi_change ch = {.kind = EPI_K_CASE, .id = {5}, .sets = &set, .n_sets = 1};
    struct epi_op op = {.op_id = fixture_opid(f),
                        .action = EPI_S("case.report"),
                        .server_time = {1000},
                        .device_time = EPI_INSTANT_UNKNOWN,
                        .changes = &ch,
                        .n_changes = 1};
    struct epi_applied done;
    CHECK_OK(fixture_op(f, &op, &done, NULL));
    CHECK_INT(done.as, EPI_APPLIED);
    op.server_time.ms = 99000;
    CHECK_OK(fixture_op(f, &op, &done, NULL));
    CHECK_INT(done.as, EPI_REPEATED);
    CHECK_INT(done.seq, 1);
    CHECK_INT(epi_store_seq(f->s), 1);
}

CONTRACT(an_operation_is_found_by_its_id)
{
    struct epi_set set = {EPI_CASE_CODE, TEXTV("BN1")};
    struct epi_change ch = {.kind = EPI_K_CASE, .id = {5}, .sets = &set, .n_sets = 1};
    struct epi_op found, op = {.op_id = fixture_opid(f),
                               .action = EPI_S("case.report"),
                               .detail = EPI_S("{\"request\":\"1\"}"),
                               .server_time = {1000},
                               .device_time = EPI_INSTANT_UNKNOWN,
                               .changes = &ch,
                               .n_changes = 1};
    struct epi_applied done;
    struct epi_err e = {0};
    epi_opid other = fixture_opid(f);
    CHECK_OK(fixture_op(f, &op, &done, NULL));
    CHECK_OK(epi_store_op(f->s, f->a, &op.op_id, &found, &e));
    CHECK_INT(found.seq, 1);
    CHECK_STR(found.action, op.action);
    CHECK_STR(found.detail, op.detail);
    CHECK_INT(found.n_changes, 1);
    CHECK_INT(found.changes[0].id.v, 5);
    CHECK_INT(epi_store_op(f->s, f->a, &other, &found, &e), EPI_NOT_FOUND);
}

CONTRACT(an_operation_id_used_for_something_else_is_refused_and_kept_once)
{
    struct epi_set set = {EPI_CASE_CODE, TEXTV("BN1")};
    struct epi_change ch = {.kind = EPI_K_CASE, .id = {5}, .sets = &set, .n_sets = 1};
    struct epi_op op = {.op_id = fixture_opid(f),
                        .action = EPI_S("case.report"),
                        .server_time = {1000},
                        .device_time = EPI_INSTANT_UNKNOWN,
                        .changes = &ch,
                        .n_changes = 1};
    struct epi_applied done;
    struct epi_err e = {0};
    CHECK_OK(fixture_op(f, &op, &done, NULL));
    set.v = TEXTV("BN2");
    for (int again = 0; again < 2; again++) {
        CHECK_INT(fixture_op(f, &op, &done, &e), EPI_CONFLICT);
        CHECK_STR(epi_str_of(e.code), EPI_S("op.reused"));
        CHECK_INT(epi_store_seq(f->s), 2);
    }
    CHECK_STR(epi_v_as_text(fixture_get(f, EPI_K_CASE, 5)->v[EPI_CASE_CODE]), EPI_S("BN1"));
    struct epi_op *ops;
    size_t n;
    CHECK_OK(epi_store_ops_since(f->s, f->a, 1, 10, &ops, &n, NULL));
    CHECK_INT(n, 1);
    CHECK_STR(ops[0].action, EPI_S("op.refused"));
    uint8_t name[32];
    epi_op_digest(f->c, &op, name);
    epi_str payload;
    CHECK_OK(epi_store_blob_get(f->s, f->a, name, &payload, NULL));
    CHECK(payload.n > 20);
}

CONTRACT(a_failed_callback_leaves_nothing)
{
    CHECK_OK(new_case(f, 1, "vn/11/", "BN1", 1));
    struct epi_set set = {EPI_CASE_CODE, TEXTV("BN9")};
    struct epi_change ch[2] = {{.kind = EPI_K_CASE, .id = {2}, .sets = &set, .n_sets = 1},
                               {.kind = EPI_K_CASE, .id = {1}, .sets = &set, .n_sets = 1}};
    struct epi_op op = {.op_id = fixture_opid(f),
                        .action = EPI_S("x"),
                        .device_time = EPI_INSTANT_UNKNOWN,
                        .server_time = {5},
                        .changes = ch,
                        .n_changes = 2};
    struct epi_err e = {0};
    CHECK_INT(fixture_op(f, &op, NULL, &e), EPI_CONFLICT);
    CHECK_STR(epi_str_of(e.code), EPI_S("store.id-taken"));
    CHECK(!fixture_get(f, EPI_K_CASE, 2));
    CHECK_INT(epi_store_seq(f->s), 1);
    struct epi_applied done;
    CHECK_OK(fixture_change(
        f, (struct epi_change){.kind = EPI_K_CASE, .id = {2}, SETS({EPI_CASE_CODE, TEXTV("B")})},
        &done, NULL));
    CHECK_INT(done.seq, 2);
}

struct two_ops {
    struct fixture *f;
    struct epi_op first;
};

static epi_status write_then_fail(struct epi_tx *tx, void *ctx, struct epi_err *e)
{
    struct two_ops *w = ctx;
    struct epi_applied done;
    struct epi_scope all = EPI_SCOPE_ALL;
    struct epi_record *r;
    EPI_TRY(epi_tx_append(tx, &w->first, &done, e));
    EPI_TRY(epi_tx_get(tx, w->f->a, EPI_K_CASE, (epi_id){7}, &all, &r, e)); /* sees its own write */
    return EPI_DENIED;
}

CONTRACT(a_callback_that_changes_its_mind_leaves_nothing)
{
    struct epi_set set = {EPI_CASE_CODE, TEXTV("BN7")};
    struct epi_change ch = {.kind = EPI_K_CASE, .id = {7}, .sets = &set, .n_sets = 1};
    struct two_ops w = {f,
                        {.op_id = fixture_opid(f),
                         .action = EPI_S("x"),
                         .device_time = EPI_INSTANT_UNKNOWN,
                         .server_time = {5},
                         .changes = &ch,
                         .n_changes = 1}};
    CHECK_INT(epi_store_write(f->s, write_then_fail, &w, NULL), EPI_DENIED);
    CHECK(!fixture_get(f, EPI_K_CASE, 7));
    CHECK_INT(epi_store_seq(f->s), 0);
    struct epi_page page;
    struct epi_query q = {.kind = EPI_K_CASE,
                          .scope = EPI_SCOPE_ALL,
                          .order = -1,
                          .limit = 5,
                          .search = EPI_S("bn7")};
    CHECK_OK(epi_store_find(f->s, f->a, &q, &page, NULL));
    CHECK_INT(page.n, 0);
}

CONTRACT(two_users_cannot_have_one_login)
{
    struct epi_applied done;
    struct epi_err e = {0};
    CHECK_OK(fixture_change(
        f, (struct epi_change){.kind = EPI_K_USER, .id = {1}, SETS({EPI_USER_LOGIN, TEXTV("a")})},
        &done, NULL));
    CHECK_INT(fixture_change(f,
                             (struct epi_change){
                                 .kind = EPI_K_USER, .id = {2}, SETS({EPI_USER_LOGIN, TEXTV("a")})},
                             &done, &e),
              EPI_CONFLICT);
    CHECK_STR(epi_str_of(e.code), EPI_S("store.not-unique"));
    CHECK_STR(epi_str_of(e.arg1), EPI_S("login"));
    CHECK_OK(fixture_change(
        f, (struct epi_change){.kind = EPI_K_USER, .id = {2}, SETS({EPI_USER_LOGIN, TEXTV("b")})},
        &done, NULL));
    CHECK_INT(fixture_change(f,
                             (struct epi_change){.kind = EPI_K_USER,
                                                 .id = {2},
                                                 .base = done.seq,
                                                 SETS({EPI_USER_LOGIN, TEXTV("a")})},
                             &done, &e),
              EPI_CONFLICT);
}

CONTRACT(concurrent_edits_merge_and_the_loser_is_a_conflict_record)
{
    struct epi_applied done;
    CHECK_OK(new_case(f, 50, "vn/11/094/", "BN1", 100));
    CHECK_OK(fixture_change(f,
                            (struct epi_change){.kind = EPI_K_CASE,
                                                .id = {50},
                                                .base = 1,
                                                SETS({EPI_CASE_ONSET, epi_v_int(101)},
                                                     {EPI_CASE_CLUSTER, TEXTV("first")})},
                            &done, NULL));
    CHECK_OK(fixture_change(f,
                            (struct epi_change){.kind = EPI_K_CASE,
                                                .id = {50},
                                                .base = 1,
                                                SETS({EPI_CASE_ONSET, epi_v_int(102)},
                                                     {EPI_CASE_CLUSTER, TEXTV("second")},
                                                     {EPI_CASE_REPORTED, epi_v_int(103)})},
                            &done, NULL));
    CHECK_INT(done.n_lost, 2);
    struct epi_record *r = fixture_get(f, EPI_K_CASE, 50);
    CHECK_INT(r->v[EPI_CASE_ONSET].i, 101);
    CHECK_STR(epi_v_as_text(r->v[EPI_CASE_CLUSTER]), EPI_S("second"));
    CHECK_INT(r->v[EPI_CASE_REPORTED].i, 103);
    struct epi_query q = {.kind = EPI_K_CONFLICT, .scope = EPI_SCOPE_ALL, .order = -1, .limit = 10};
    struct epi_page page;
    CHECK_OK(epi_store_find(f->s, f->a, &q, &page, NULL));
    CHECK_INT(page.n, 2);
    CHECK_STR(epi_v_as_text(page.rows[0].v[EPI_CONFLICT_FIELD]), EPI_S("onset"));
    CHECK_STR(epi_v_as_text(page.rows[0].v[EPI_CONFLICT_LOST]), EPI_S("1970-04-13"));
    CHECK_STR(epi_v_as_text(page.rows[1].v[EPI_CONFLICT_KEPT]), EPI_S("second"));
    CHECK_STR(epi_v_as_text(page.rows[1].v[EPI_CONFLICT_UNIT]), EPI_S("vn/11/094/"));
    struct epi_op *ops;
    size_t n;
    CHECK_OK(epi_store_history(f->s, f->a, EPI_K_CASE, (epi_id){50}, &ops, &n, NULL));
    CHECK_INT(n, 3);
    CHECK_INT(ops[2].seq, 3);
    /* a conflict is a record like others: it can be settled */
    CHECK_OK(fixture_change(f,
                            (struct epi_change){.kind = EPI_K_CONFLICT,
                                                .id = page.rows[0].id,
                                                .base = 3,
                                                SETS({EPI_CONFLICT_STATUS, TEXTV("resolved")})},
                            &done, NULL));
    CHECK_INT(done.n_lost, 0);
}

CONTRACT(an_edit_that_lost_does_not_make_the_next_one_lose)
{
    struct epi_applied done;
    CHECK_OK(new_case(f, 50, "vn/11/094/", "BN1", 100));
    CHECK_OK(fixture_change(
        f,
        (struct epi_change){
            .kind = EPI_K_CASE, .id = {50}, .base = 1, SETS({EPI_CASE_ONSET, epi_v_int(101)})},
        &done, NULL));
    CHECK_OK(fixture_change(
        f,
        (struct epi_change){
            .kind = EPI_K_CASE, .id = {50}, .base = 1, SETS({EPI_CASE_ONSET, epi_v_int(102)})},
        &done, NULL));
    CHECK_OK(fixture_change(
        f,
        (struct epi_change){
            .kind = EPI_K_CASE, .id = {50}, .base = 2, SETS({EPI_CASE_ONSET, epi_v_int(104)})},
        &done, NULL));
    CHECK_INT(done.n_lost, 0);
    CHECK_INT(fixture_get(f, EPI_K_CASE, 50)->v[EPI_CASE_ONSET].i, 104);
}

CONTRACT(a_removed_record_leaves_the_lists_and_keeps_its_history)
{
    struct epi_applied done;
    CHECK_OK(new_case(f, 50, "vn/11/094/", "BN1", 100));
    CHECK_OK(fixture_change(
        f, (struct epi_change){.kind = EPI_K_CASE, .id = {50}, .base = 1, .remove = true}, &done,
        NULL));
    struct epi_query q = {
        .kind = EPI_K_CASE, .scope = EPI_SCOPE_ALL, .order = -1, .limit = 10, .want_total = true};
    struct epi_page page;
    CHECK_OK(epi_store_find(f->s, f->a, &q, &page, NULL));
    CHECK_INT(page.n, 0);
    CHECK_INT(page.total, 0);
    q.removed = true;
    CHECK_OK(epi_store_find(f->s, f->a, &q, &page, NULL));
    CHECK_INT(page.n, 1);
    CHECK(page.rows[0].removed);
    CHECK(fixture_get(f, EPI_K_CASE, 50)->removed);
    struct epi_scope all = EPI_SCOPE_ALL;
    struct epi_record *r;
    CHECK_INT(epi_store_get(f->s, f->a, EPI_K_CASE, (epi_id){50}, &all, &r, NULL), EPI_NOT_FOUND);
    CHECK_OK(epi_store_get_any(f->s, f->a, EPI_K_CASE, (epi_id){50}, &all, &r, NULL));
    CHECK_OK(fixture_change(
        f,
        (struct epi_change){
            .kind = EPI_K_CASE, .id = {50}, .base = 1, SETS({EPI_CASE_CODE, TEXTV("BN2")})},
        &done, NULL));
    CHECK_INT(done.n_lost, 1);
}

CONTRACT(pages_continue_where_the_last_one_ended_with_nulls_last)
{
    for (uint64_t i = 1; i <= 25; i++)
        CHECK_OK(new_case(f, i, "vn/11/094/", "BN", i % 5 == 0 ? -1 : (int64_t)(i % 7)));
    for (int descending = 0; descending < 2; descending++) {
        struct epi_query q = {.kind = EPI_K_CASE,
                              .scope = EPI_SCOPE_ALL,
                              .order = EPI_CASE_ONSET,
                              .descending = descending,
                              .limit = 4};
        struct epi_page page = {.more = true};
        size_t seen = 0, nulls = 0;
        struct epi_value last = EPI_NULLV;
        uint64_t last_id = 0;
        while (page.more) {
            CHECK_OK(epi_store_find(f->s, f->a, &q, &page, NULL));
            for (size_t i = 0; i < page.n; i++, seen++) {
                struct epi_value v = page.rows[i].v[EPI_CASE_ONSET];
                nulls += v.t == EPI_V_NULL;
                CHECK(v.t == EPI_V_NULL || nulls == 0);
                if (seen && v.t == last.t && v.t == EPI_V_INT) {
                    CHECK(descending ? v.i <= last.i : v.i >= last.i);
                    if (v.i == last.i)
                        CHECK(descending ? page.rows[i].id.v < last_id
                                         : page.rows[i].id.v > last_id);
                }
                last = v;
                last_id = page.rows[i].id.v;
            }
            q.has_after = true;
            q.after_value = last;
            q.after_id.v = last_id;
        }
        CHECK_INT(seen, 25);
        CHECK_INT(nulls, 5);
    }
}

CONTRACT(names_are_found_without_accents_by_the_beginning_of_each_word)
{
    static const char *const names[] = {"Đặng Thị Mẫu", "ĐẶNG VĂN MẪU", "Dang Mau 1047196",
                                        "Trần Mẫu"};
    struct epi_applied done;
    for (size_t i = 0; i < EPI_COUNT(names); i++)
        CHECK_OK(fixture_change(
            f,
            (struct epi_change){.kind = EPI_K_PERSON,
                                .id = {i + 1},
                                SETS({EPI_PERSON_UNIT, TEXTV(i ? "vn/11/" : "vn/12/")},
                                     {EPI_PERSON_NAME, TEXTV(names[i])},
                                     {EPI_PERSON_CODE, TEXTV(i ? "BN10" : "BN204")})},
            &done, NULL));
    static const struct {
        const char *search;
        size_t n;
    } rows[] = {{"dang", 3},    {"mau dang", 3}, {"đặ", 3},  {"d m t", 1}, {"ang", 0},
                {"1047", 1},    {"10", 1},       {"bn", 4},  {"bn2", 1},   {"bn20", 1},
                {"bn204", 1},   {"bn2045", 0},   {"!!", 4},  {"b", 4},     {"dang 1", 1},
                {"1047196", 1}, {"xyz", 0},      {"bn1", 3}, {"bn10", 3},  {"t", 2}};
    for (size_t i = 0; i < EPI_COUNT(rows); i++) {
        struct epi_query q = {.kind = EPI_K_PERSON,
                              .scope = EPI_SCOPE_ALL,
                              .order = -1,
                              .limit = 10,
                              .search = epi_str_of(rows[i].search)};
        struct epi_page page;
        CHECK_OK(epi_store_find(f->s, f->a, &q, &page, NULL));
        if (page.n != rows[i].n)
            epi_test_fail(__FILE__, __LINE__, "%s: got %zu, want %zu", rows[i].search, page.n,
                          rows[i].n);
    }
    epi_str p = EPI_S("vn/12/");
    struct epi_query q = {.kind = EPI_K_PERSON,
                          .scope = {.prefixes = &p, .n = 1},
                          .order = -1,
                          .limit = 10,
                          .search = EPI_S("dang")};
    struct epi_page page;
    CHECK_OK(epi_store_find(f->s, f->a, &q, &page, NULL));
    CHECK_INT(page.n, 1);
    /* a changed name is found by the new one only, a moved person in the new unit only */
    CHECK_OK(fixture_change(f,
                            (struct epi_change){.kind = EPI_K_PERSON,
                                                .id = {1},
                                                .base = 1,
                                                SETS({EPI_PERSON_NAME, TEXTV("Lê Mẫu")},
                                                     {EPI_PERSON_UNIT, TEXTV("vn/11/")})},
                            &done, NULL));
    CHECK_OK(epi_store_find(f->s, f->a, &q, &page, NULL));
    CHECK_INT(page.n, 0);
    q.scope = EPI_SCOPE_ALL;
    q.search = EPI_S("le");
    CHECK_OK(epi_store_find(f->s, f->a, &q, &page, NULL));
    CHECK_INT(page.n, 1);
}

CONTRACT(the_position_at_a_time_is_the_last_not_after_it)
{
    static const int64_t times[] = {1000, 2000, 9000, 3000, 4000};
    for (size_t i = 0; i < EPI_COUNT(times); i++) {
        struct epi_op op = {.op_id = fixture_opid(f),
                            .action = EPI_S("x"),
                            .device_time = EPI_INSTANT_UNKNOWN,
                            .server_time = {times[i]}};
        CHECK_OK(fixture_op(f, &op, NULL, NULL));
    }
    static const struct {
        int64_t t;
        uint64_t want;
    } rows[] = {{999, 0}, {1000, 1}, {2500, 2}, {3500, 4}, {4000, 5}, {8000, 5}, {9999, 5}};
    for (size_t i = 0; i < EPI_COUNT(rows); i++) {
        uint64_t seq;
        CHECK_OK(epi_store_seq_at(f->s, (epi_instant){rows[i].t}, &seq, NULL));
        CHECK_INT(seq, rows[i].want);
    }
}

CONTRACT(any_past_moment_reads_as_it_was)
{
    struct epi_applied done;
    struct epi_store *past;
    struct epi_scope all = EPI_SCOPE_ALL;
    struct epi_record *r;
    CHECK_OK(new_case(f, 50, "vn/11/094/", "BN1", 100));
    CHECK_OK(fixture_change(
        f,
        (struct epi_change){
            .kind = EPI_K_CASE, .id = {50}, .base = 1, SETS({EPI_CASE_ONSET, epi_v_int(101)})},
        &done, NULL));
    CHECK_OK(new_case(f, 51, "vn/11/094/", "BN2", 100));
    CHECK_OK(epi_store_as_of(f->s, 1, &past, NULL));
    CHECK_OK(epi_store_get(past, f->a, EPI_K_CASE, (epi_id){50}, &all, &r, NULL));
    CHECK_INT(r->v[EPI_CASE_ONSET].i, 100);
    CHECK_INT(epi_store_get(past, f->a, EPI_K_CASE, (epi_id){51}, &all, &r, NULL), EPI_NOT_FOUND);
    CHECK_INT(epi_store_seq(past), 1);
    epi_store_close(past);
}

CONTRACT(a_blob_is_read_by_its_name)
{
    char *big = EPI_ARRAY(f->a, 3000000, char);
    for (size_t i = 0; i < 3000000; i++)
        big[i] = (char)(i * 7);
    const epi_str blobs[] = {EPI_S("a document"), EPI_NIL, {big, 3000000}};
    for (size_t i = 0; i < EPI_COUNT(blobs); i++) {
        uint8_t name[32];
        epi_str back;
        CHECK_OK(epi_store_blob_put(f->s, blobs[i], name, NULL));
        CHECK_OK(epi_store_blob_put(f->s, blobs[i], name, NULL));
        CHECK_OK(epi_store_blob_get(f->s, f->a, name, &back, NULL));
        CHECK(epi_str_eq(back, blobs[i]));
    }
    uint8_t other[32] = {1};
    epi_str back;
    CHECK_INT(epi_store_blob_get(f->s, f->a, other, &back, NULL), EPI_NOT_FOUND);
}

CONTRACT(requests_that_make_no_sense_are_refused)
{
    struct epi_page page;
    struct epi_query q = {.kind = EPI_K_CASE, .scope = EPI_SCOPE_ALL, .order = -1, .limit = 0};
    CHECK_INT(epi_store_find(f->s, f->a, &q, &page, NULL), EPI_LIMIT);
    q.limit = EPI_PAGE_MAX + 1;
    CHECK_INT(epi_store_find(f->s, f->a, &q, &page, NULL), EPI_LIMIT);
    q.limit = 1;
    q.order = 4000;
    CHECK_INT(epi_store_find(f->s, f->a, &q, &page, NULL), EPI_INVALID);
    q.order = -1;
    struct epi_filter wrong = {.field = EPI_CASE_ONSET, .match = EPI_EQ, .v = TEXTV("today")};
    q.filters = &wrong;
    q.n_filters = 1;
    CHECK_INT(epi_store_find(f->s, f->a, &q, &page, NULL), EPI_INVALID);
    struct epi_applied done;
    CHECK_INT(fixture_change(f,
                             (struct epi_change){.kind = EPI_K_CASE,
                                                 .id = {1},
                                                 SETS({EPI_CASE_ONSET, TEXTV("today")})},
                             &done, NULL),
              EPI_INVALID);
    CHECK_INT(fixture_change(f, (struct epi_change){.kind = EPI_K_CASE, .id = {0}}, &done, NULL),
              EPI_INVALID);
    CHECK_INT(fixture_change(f, (struct epi_change){.kind = EPI_K_CASE, .id = {9}, .base = 4},
                             &done, NULL),
              EPI_NOT_FOUND);
    CHECK_INT(epi_store_seq(f->s), 0);
}
