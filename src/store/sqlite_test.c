// SPDX-License-Identifier: AGPL-3.0-or-later
// What only the SQLite base can get wrong: damage, locks, new fields, many threads, copies.
#include "store/fixture_test.h"
#include "store/sqlite_internal.h"
#include <sys/stat.h>
#include <unistd.h>

static bool tamper(struct fixture *f, const char *sql)
{
    sqlite3 *db;
    if (sqlite3_open(epi_str_cz(f->a, epi_str_printf(f->a, "%s/cordon.db", f->dir)), &db) !=
        SQLITE_OK)
        return false;
    char *message = NULL;
    int rc = sqlite3_exec(db, sql, NULL, NULL, &message);
    if (rc != SQLITE_OK)
        epi_test_fail(__FILE__, __LINE__, "%s: %s", sql, message);
    sqlite3_free(message);
    sqlite3_close(db);
    return rc == SQLITE_OK;
}

static void write_sample(struct fixture *f)
{
    struct epi_applied done;
    for (uint64_t i = 1; i <= 20; i++) {
        CHECK_OK(fixture_change(
            f,
            (struct epi_change){.kind = EPI_K_CASE,
                                .id = {i},
                                SETS({EPI_CASE_UNIT, TEXTV("vn/11/")}, {EPI_CASE_CODE, TEXTV("BN")},
                                     {EPI_CASE_ONSET, epi_v_int((int64_t)i)})},
            &done, NULL));
        CHECK_OK(fixture_change(f,
                                (struct epi_change){.kind = EPI_K_CASE,
                                                    .id = {i},
                                                    .base = done.seq,
                                                    SETS({EPI_CASE_ONSET, epi_v_int(7)})},
                                &done, NULL));
    }
}

static const struct {
    const char *why, *sql;
    size_t offset; /* of the counter that must rise */
} damages[] = {
    {"a changed cell", "UPDATE \"case\" SET onset = 8 WHERE _id = 3",
     offsetof(struct epi_verify_report, differing)},
    {"an emptied cell", "UPDATE \"case\" SET code = NULL WHERE _id = 3",
     offsetof(struct epi_verify_report, differing)},
    {"a changed version", "UPDATE \"case\" SET _version = 1 WHERE _id = 3",
     offsetof(struct epi_verify_report, differing)},
    {"a removed mark", "UPDATE \"case\" SET _removed = 1 WHERE _id = 3",
     offsetof(struct epi_verify_report, differing)},
    {"a removed row", "DELETE FROM \"case\" WHERE _id = 4",
     offsetof(struct epi_verify_report, missing)},
    {"an added row", "INSERT INTO \"case\"(_id, _version, _created, _removed) VALUES(99, 1, 1, 0)",
     offsetof(struct epi_verify_report, extra)},
    {"a changed byte",
     "UPDATE _journal SET bytes = CAST(substr(bytes, 1, 40) || x'00' || substr(bytes, 42) AS BLOB) WHERE seq = 5",
     offsetof(struct epi_verify_report, bad_hash)},
    {"a changed hash", "UPDATE _journal SET hash = zeroblob(32) WHERE seq = 5",
     offsetof(struct epi_verify_report, bad_hash)},
    {"a changed time beside the bytes", "UPDATE _journal SET server_time = 1 WHERE seq = 5",
     offsetof(struct epi_verify_report, bad_hash)},
    {"a swapped pair",
     "UPDATE _journal SET seq = -5 WHERE seq = 5; UPDATE _journal SET seq = 5 WHERE seq = 6;"
     "UPDATE _journal SET seq = 6 WHERE seq = -5",
     offsetof(struct epi_verify_report, bad_hash)},
    {"a cut out operation", "DELETE FROM _journal WHERE seq = 5",
     offsetof(struct epi_verify_report, bad_order)},
    {"an operation twice",
     "DROP INDEX _journal_op; INSERT INTO _journal SELECT 41, op_id, server_time, bytes, hash FROM _journal "
     "WHERE seq = 40",
     offsetof(struct epi_verify_report, repeated_op)},
    {"a lost trace of an edit", "DELETE FROM _touched WHERE id = 7",
     offsetof(struct epi_verify_report, differing)},
    {"a row that an index has lost",
     "UPDATE \"case\" SET code = NULL WHERE _id = 3;"
     "CREATE TABLE kept AS SELECT * FROM sqlite_schema WHERE name = '_ix_case_code';"
     "PRAGMA writable_schema = ON; DELETE FROM sqlite_schema WHERE name = '_ix_case_code';"
     "PRAGMA writable_schema = RESET; UPDATE \"case\" SET code = 'BN' WHERE _id = 3;"
     "PRAGMA writable_schema = ON; INSERT INTO sqlite_schema SELECT * FROM kept;"
     "PRAGMA writable_schema = RESET; DROP TABLE kept",
     offsetof(struct epi_verify_report, damaged)},
    {"a false trace of an edit", "UPDATE _touched SET fields = x'0200' WHERE id = 7",
     offsetof(struct epi_verify_report, differing)},
};

TEST(verify_finds_every_kind_of_damage)
{
    USES_NO_RNG;
    for (size_t i = 0; i < EPI_COUNT(damages); i++) {
        EPI_ARENA_LOCAL(a);
        struct fixture f;
        struct epi_verify_report v;
        struct epi_findings findings;
        CHECK(fixture_open(&f, a, ON_SQLITE));
        write_sample(&f);
        CHECK_OK(epi_store_verify(f.s, &v, NULL, NULL));
        CHECK_INT(v.bad_hash + v.bad_order + v.repeated_op + v.differing + v.missing + v.extra +
                      v.damaged,
                  0);
        CHECK_INT(v.ops, 40);
        CHECK_INT(v.records, 20);
        CHECK(memcmp(v.head, epi__sqlite_of(f.s)->at.hash, 32) == 0);
        epi_store_close(f.s);
        f.s = NULL;
        CHECK(tamper(&f, damages[i].sql));
        struct epi_store_options o = {.catalogue = f.c, .read_only = true};
        CHECK_OK(epi_store_open_sqlite(f.dir, &o, &f.s, NULL));
        epi_findings_init(&findings, a, 50);
        CHECK_OK(epi_store_verify(f.s, &v, &findings, NULL));
        uint64_t count;
        memcpy(&count, (const char *)&v + damages[i].offset, sizeof count);
        if (count == 0 || findings.n == 0)
            epi_test_fail(__FILE__, __LINE__, "%s was not found", damages[i].why);
        epi_store_close(f.s);
    }
}

TEST(a_base_is_opened_by_one_writer_and_any_number_of_lookers)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct fixture f;
    struct epi_err e = {0};
    struct epi_store *second;
    CHECK(fixture_open(&f, a, ON_SQLITE));
    write_sample(&f);
    struct epi_store_options o = {.catalogue = f.c};
    CHECK_INT(epi_store_open_sqlite(f.dir, &o, &second, &e), EPI_BUSY);
    CHECK_STR(epi_str_of(e.code), EPI_S("store.in-use"));
    o.read_only = true;
    CHECK_OK(epi_store_open_sqlite(f.dir, &o, &second, &e));
    CHECK_INT(epi_store_seq(second), 40);
    struct fixture look = f;
    look.s = second;
    CHECK_INT(fixture_get(&look, EPI_K_CASE, 3)->v[EPI_CASE_ONSET].i, 7);
    struct epi_applied done;
    CHECK_INT(
        fixture_change(&look, (struct epi_change){.kind = EPI_K_CASE, .id = {99}}, &done, NULL),
        EPI_DENIED);
    epi_store_close(second);
    epi_store_close(f.s);
    const char *none = epi_test_dir(a);
    CHECK_INT(epi_store_open_sqlite(none, &o, &second, &e), EPI_NOT_FOUND);
}

TEST(a_new_field_of_the_site_gets_its_column)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct fixture f;
    struct epi_findings findings;
    struct epi_applied done;
    CHECK(fixture_open(&f, a, ON_SQLITE));
    write_sample(&f);
    epi_store_close(f.s);
    epi_findings_init(&findings, a, 0);
    CHECK_OK(epi_catalogue_new(
        a,
        EPI_S("{\"fields\":[{\"kind\":\"case\",\"name\":\"hamlet_code\",\"tag\":1001,"
              "\"type\":\"text\",\"label\":{\"vi\":\"Bản\",\"en\":\"Hamlet\"}}]}"),
        &f.c, &findings, NULL));
    f.s = NULL;
    CHECK(fixture_reopen(&f));
    int field = epi_field_find(&f.c->kinds[EPI_K_CASE], EPI_S("hamlet_code"));
    CHECK(field > 0);
    CHECK_OK(fixture_change(
        &f,
        (struct epi_change){
            .kind = EPI_K_CASE, .id = {3}, .base = 6, SETS({(uint16_t)field, TEXTV("B7")})},
        &done, NULL));
    CHECK_STR(epi_v_as_text(fixture_get(&f, EPI_K_CASE, 3)->v[field]), EPI_S("B7"));
    CHECK_INT(fixture_get(&f, EPI_K_CASE, 4)->v[field].t, EPI_V_NULL);
    struct epi_verify_report v;
    CHECK_OK(epi_store_verify(f.s, &v, NULL, NULL));
    CHECK_INT(v.differing + v.bad_hash + v.missing + v.extra, 0);
    epi_store_close(f.s);
}

struct writer {
    struct fixture *f;
    unsigned number, wrong;
};

static void *write_many(void *ctx)
{
    struct writer *w = ctx;
    for (unsigned i = 0; i < 60; i++) {
        struct epi_set set = {EPI_CASE_CODE, TEXTV("BN")};
        struct epi_change ch = {
            .kind = EPI_K_CASE, .id = {w->number * 1000 + i + 1}, .sets = &set, .n_sets = 1};
        struct epi_op op = {.op_id = {{(uint8_t)w->number, (uint8_t)i, 1}},
                            .action = EPI_S("x"),
                            .device_time = EPI_INSTANT_UNKNOWN,
                            .server_time = {1},
                            .changes = &ch,
                            .n_changes = 1};
        struct epi_applied done = {0};
        bool again =
            i % 10 ==
            9; /* an id that is taken: this one fails, its neighbours in the group do not */
        if (again)
            ch.id.v--;
        epi_status status = fixture_op(w->f, &op, &done, NULL);
        EPI_ARENA_LOCAL(a);
        struct epi_scope all = EPI_SCOPE_ALL;
        struct epi_record *r;
        if (status != (again ? EPI_CONFLICT : EPI_OK) ||
            epi_store_get_any(w->f->s, a, EPI_K_CASE, ch.id, &all, &r, NULL) != EPI_OK ||
            (!again && (r->version != done.seq || epi_store_seq(w->f->s) < done.seq)))
            w->wrong++;
    }
    return NULL;
}

TEST(many_threads_write_together_and_each_sees_its_own)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct fixture f;
    struct writer w[8];
    pthread_t t[8];
    CHECK(fixture_open(&f, a, ON_SQLITE));
    for (unsigned i = 0; i < EPI_COUNT(w); i++) {
        w[i] = (struct writer){&f, i + 1, 0};
        CHECK_INT(pthread_create(&t[i], NULL, write_many, &w[i]), 0);
    }
    for (unsigned i = 0; i < EPI_COUNT(w); i++)
        pthread_join(t[i], NULL);
    for (unsigned i = 0; i < EPI_COUNT(w); i++)
        CHECK_INT(w[i].wrong, 0);
    CHECK_INT(epi_store_seq(f.s), 8 * 54);
    struct epi_verify_report v;
    CHECK_OK(epi_store_verify(f.s, &v, NULL, NULL));
    CHECK_INT(v.ops, 8 * 54);
    CHECK_INT(v.bad_hash + v.bad_order + v.repeated_op + v.differing + v.missing + v.extra, 0);
    epi_store_close(f.s);
}

TEST(a_backup_made_while_writing_verifies)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct fixture f, copy;
    struct writer w = {&f, 9, 0};
    pthread_t t;
    CHECK(fixture_open(&f, a, ON_SQLITE));
    write_sample(&f);
    copy = f;
    copy.dir = epi_test_dir(a);
    CHECK_INT(pthread_create(&t, NULL, write_many, &w), 0);
    CHECK_OK(
        epi_store_backup(f.s, epi_str_cz(a, epi_str_printf(a, "%s/cordon.db", copy.dir)), NULL));
    pthread_join(t, NULL);
    CHECK_INT(w.wrong, 0);
    epi_store_close(f.s);
    copy.s = NULL;
    CHECK(fixture_reopen(&copy));
    struct epi_verify_report v;
    CHECK_OK(epi_store_verify(copy.s, &v, NULL, NULL));
    CHECK(v.ops >= 40);
    CHECK_INT(v.bad_hash + v.bad_order + v.repeated_op + v.differing + v.missing + v.extra, 0);
    epi_store_close(copy.s);
}

TEST(only_the_writer_connection_may_write_or_checkpoint)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct fixture f;
    CHECK(fixture_open(&f, a, ON_SQLITE));
    write_sample(&f);
    struct epi__sqlite *s = epi__sqlite_of(f.s);
    struct epi__conn *c;
    CHECK_OK(epi__reader_take(s, &c, NULL));
    CHECK(sqlite3_exec(c->db, "DELETE FROM \"case\"", NULL, NULL, NULL) != SQLITE_OK);
    const struct {
        struct epi__conn *conn;
        const char *pragma;
        int want;
    } rows[] = {{c, "PRAGMA query_only", 1},
                {c, "PRAGMA wal_autocheckpoint", 0},
                {s->writer, "PRAGMA wal_autocheckpoint", 0},
                {s->writer, "PRAGMA synchronous", 2},
                {s->writer, "PRAGMA mmap_size", 0}};
    for (size_t i = 0; i < EPI_COUNT(rows); i++) {
        sqlite3_stmt *stmt;
        CHECK_INT(sqlite3_prepare_v2(rows[i].conn->db, rows[i].pragma, -1, &stmt, NULL), SQLITE_OK);
        int got = sqlite3_step(stmt) == SQLITE_ROW ? sqlite3_column_int(stmt, 0) : 0;
        sqlite3_finalize(stmt);
        CHECK_INT(got, rows[i].want);
    }
    int no_checkpoint = 0;
    sqlite3_db_config(c->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, -1, &no_checkpoint);
    CHECK_INT(no_checkpoint, 1);
    epi__reader_give(s, c);
    epi_store_close(f.s);
}

struct bulk {
    struct fixture *f;
    uint64_t from, n;
};

static epi_status write_people(struct epi_tx *tx, void *ctx, struct epi_err *e)
{
    struct bulk *b = ctx;
    for (uint64_t i = b->from; i < b->from + b->n; i++) {
        struct epi_set sets[] = {{EPI_PERSON_NAME, TEXTV(i % 2 ? "Mẫu Lẻ" : "Mẫu Chẵn")}};
        struct epi_change ch = {.kind = EPI_K_PERSON, .id = {i}, .sets = sets, .n_sets = 1};
        struct epi_op op = {.op_id = fixture_opid(b->f),
                            .action = EPI_S("x"),
                            .device_time = EPI_INSTANT_UNKNOWN,
                            .server_time = {1},
                            .changes = &ch,
                            .n_changes = 1};
        EPI_TRY(epi_tx_append(tx, &op, NULL, e));
    }
    return EPI_OK;
}

static int64_t found(struct fixture *f, const char *search)
{
    struct epi_page page;
    struct epi_query q = {.kind = EPI_K_PERSON,
                          .scope = EPI_SCOPE_ALL,
                          .order = -1,
                          .limit = 5,
                          .search = epi_str_of(search),
                          .want_total = true};
    return epi_store_find(f->s, f->a, &q, &page, NULL) == EPI_OK && page.behind == 0 ? page.total
                                                                                     : -1;
}

TEST(a_bulk_load_is_searchable_soon_also_after_an_interruption)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct fixture f;
    struct epi_applied done;
    struct bulk b = {&f, 1, 4000};
    CHECK(fixture_open(&f, a, ON_SQLITE));
    CHECK_OK(epi_store_write(f.s, write_people, &b, NULL));
    CHECK(atomic_load(&epi__sqlite_of(f.s)->indexed) < 4000);
    /* one whose document waits and one whose document is there get new names */
    for (uint64_t id = 3; id <= 3999; id += 3996)
        CHECK_OK(fixture_change(&f,
                                (struct epi_change){.kind = EPI_K_PERSON,
                                                    .id = {id},
                                                    .base = id,
                                                    SETS({EPI_PERSON_NAME, TEXTV("Khác")})},
                                &done, NULL));
    CHECK(fixture_reopen(&f));
    CHECK_INT(found(&f, "mau le"), 1998);
    CHECK_INT(found(&f, "mau chan"), 2000);
    CHECK_INT(found(&f, "khac"), 2);
    CHECK(atomic_load(&epi__sqlite_of(f.s)->indexed) == EPI__ALL_INDEXED);
    b = (struct bulk){&f, 4001, 2500};
    CHECK_OK(epi_store_write(f.s, write_people, &b, NULL));
    for (int i = 0; i < 300 && atomic_load(&epi__sqlite_of(f.s)->indexed) != EPI__ALL_INDEXED; i++)
        usleep(20000); /* the indexer's thread, without being asked */
    CHECK(atomic_load(&epi__sqlite_of(f.s)->indexed) == EPI__ALL_INDEXED);
    CHECK_INT(found(&f, "mau"), 6498);
    epi_store_close(f.s);
}

static int64_t log_bytes(struct fixture *f)
{
    struct stat st;
    const char *log = epi_str_cz(f->a, epi_str_printf(f->a, "%s/cordon.db-wal", f->dir));
    return stat(log, &st) == 0 ? st.st_size : -1;
}

TEST(the_log_is_folded_in_while_the_base_is_open)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct fixture f;
    struct epi_reader *reader;
    struct epi_record *r;
    struct epi_scope all = EPI_SCOPE_ALL;
    CHECK(fixture_open(&f, a, ON_SQLITE));
    epi__sqlite_of(f.s)->wal_frames_max = 20;
    CHECK_OK(epi_reader_open(f.s, &all, &reader, NULL));
    for (uint64_t i = 0; i < 120; i++) {
        struct bulk b = {&f, i * 100 + 1, 100};
        if (i == 60)
            epi_store_bulk(f.s, true);
        epi_reader_rest(reader);
        CHECK_OK(epi_store_write(f.s, write_people, &b, NULL));
        CHECK_OK(epi_reader_get_any(reader, a, EPI_K_PERSON, (epi_id){b.from}, &r, NULL));
    }
    epi_reader_close(reader);
    CHECK(log_bytes(&f) > 0);
    CHECK(log_bytes(&f) < 2000000);
    epi_store_bulk(f.s, false);
    struct epi_verify_report report;
    struct epi_findings findings;
    epi_findings_init(&findings, a, 10);
    CHECK_OK(epi_store_verify(f.s, &report, &findings, NULL));
    CHECK_INT(findings.n, 0);
    CHECK_INT(report.ops, 12000);
    epi_store_close(f.s);
}

TEST(a_fast_load_is_durable_and_right_when_closed)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct fixture f;
    CHECK(fixture_open(&f, a, ON_SQLITE));
    epi_store_close(f.s);
    struct epi_store_options o = {.catalogue = f.c, .fast = true};
    CHECK_OK(epi_store_open_sqlite(f.dir, &o, &f.s, NULL));
    write_sample(&f);
    epi_store_close(f.s);
    CHECK_INT(access(epi_str_cz(a, epi_str_printf(a, "%s/cordon.db", f.dir)), R_OK), 0);
    f.s = NULL;
    CHECK(fixture_reopen(&f));
    struct epi_verify_report v;
    CHECK_OK(epi_store_verify(f.s, &v, NULL, NULL));
    CHECK_INT(v.ops, 40);
    CHECK_INT(v.bad_hash + v.bad_order + v.repeated_op + v.differing + v.missing + v.extra, 0);
    epi_store_close(f.s);
}

TEST(a_verify_in_several_parts_finds_the_same)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct fixture f;
    struct epi_applied done;
    CHECK(fixture_open(&f, a, ON_SQLITE));
    write_sample(&f);
    CHECK_OK(fixture_change(
        &f,
        (struct epi_change){
            .kind = EPI_K_CASE, .id = {5}, .base = 9, SETS({EPI_CASE_ONSET, epi_v_int(99)})},
        &done, NULL));
    CHECK_INT(done.n_lost, 1);
    epi__sqlite_of(f.s)->verify_part = 3;
    struct epi_verify_report v;
    CHECK_OK(epi_store_verify(f.s, &v, NULL, NULL));
    CHECK_INT(v.records, 21);
    CHECK_INT(v.bad_hash + v.bad_order + v.repeated_op + v.differing + v.missing + v.extra, 0);
    epi_store_close(f.s);
    CHECK(
        tamper(&f, "DELETE FROM \"case\" WHERE _id = 4; UPDATE conflict SET status = 'resolved'"));
    f.s = NULL;
    CHECK(fixture_reopen(&f));
    epi__sqlite_of(f.s)->verify_part = 3;
    CHECK_OK(epi_store_verify(f.s, &v, NULL, NULL));
    CHECK_INT(v.missing, 1);
    CHECK_INT(v.differing, 1);
    epi_store_close(f.s);
}
