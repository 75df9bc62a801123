// SPDX-License-Identifier: AGPL-3.0-or-later
/* Files in and out: every row counted once, what is known recognised, an export that imports back
 * to nothing. */
#include "ops/fixture_test.h"

static bool adds_up(const struct reply *r)
{
    return reply_int(r, "rows") ==
           reply_int(r, "accepted") + reply_int(r, "rejected") + reply_int(r, "duplicate");
}

static bool counted(const struct reply *r, int64_t rows, int64_t accepted, int64_t rejected,
                    int64_t duplicate)
{
    bool same = r->s == EPI_OK && reply_int(r, "rows") == rows &&
                reply_int(r, "accepted") == accepted && reply_int(r, "rejected") == rejected &&
                reply_int(r, "duplicate") == duplicate;
    if (!same)
        epi_test_fail(__FILE__, __LINE__,
                      "status %d %s: %lld rows = %lld + %lld + %lld; first finding %s", (int)r->s,
                      r->err.code ? r->err.code : "", (long long)reply_int(r, "rows"),
                      (long long)reply_int(r, "accepted"), (long long)reply_int(r, "rejected"),
                      (long long)reply_int(r, "duplicate"),
                      r->findings.n ? r->findings.list[0].code : "none");
    return same;
}

static epi_str exported(struct ops_base *f, const char *kind, const char *format)
{
    epi_str text = EPI_NIL;
    const char *path = epi_str_printf(f->a, "%s/%s.%s", f->dir, kind, format).p;
    struct reply r = ops_call(f, epi_do_export, (struct request){.out_path = path},
                              ARGS("kind", kind, "format", format));
    if (r.s != EPI_OK || f->io.fs.read(f->io.fs.ctx, f->a, path, 1u << 24, &text, NULL) != EPI_OK)
        epi_test_fail(__FILE__, __LINE__, "export %s: %s", kind, r.err.code);
    return text;
}

#define CASES \
    "Mã ca bệnh,Họ và tên,Ngày sinh,Giới tính,Điện thoại,Xã phường,Ngày khởi phát,Ngày báo cáo,Nơi phát hiện\n" \
    "BN01,Tên Một,20/05/1980,Nam,0912000001,Phường Him Lam,10/11/2021,12/11/2021,Cộng đồng\n" \
    "BN02,Tên Hai,21/05/1990,Nữ,0912000002,03130,13/11/2021,14/11/2021,Khu cách ly\n" \
    "BN03,Tên Ba,22/05/2001,Nữ,0912000003,Phường Him Lam,14/11/2021,16/11/2021,\n"

static void load_base(struct ops_base *f)
{
    struct reply r = ops_import(f, NULL, "case", EPI_S(CASES), false);
    if (!counted(&r, 3, 3, 0, 0))
        return;
    r = ops_import(f, NULL, "contact",
                   EPI_S("Ca bệnh,Họ và tên,Điện thoại,Xã phường,Ngày tiếp xúc cuối\n"
                         "BN01,Tên Bốn,0912000004,Phường Him Lam,11/11/2021\n"
                         "BN01,Tên Năm,0912000005,Phường Him Lam,11/11/2021\n"),
                   false);
    counted(&r, 2, 2, 0, 0);
    ops_create(
        f, NULL, "place",
        EPI_S("{\"unit\":\"" COMMUNE "\",\"code\":\"CHO1\",\"name\":\"Chợ\",\"type\":\"market\"}"));
    r = ops_import(
        f, NULL, "visit",
        EPI_S("Họ và tên,Ngày sinh,Điện thoại,Địa điểm,Đến lúc,Rời lúc,Đơn vị\n"
              "Tên Một,20/05/1980,0912000001,CHO1,10/11/2021 08:00,10/11/2021 09:30," COMMUNE "\n"),
        false);
    counted(&r, 1, 1, 0, 0);
    r = ops_import(f, NULL, "dose",
                   EPI_S("Họ và tên,Ngày sinh,Điện thoại,Ngày tiêm,Mũi số,Vắc xin,Đơn vị\n"
                         "Tên Hai,21/05/1990,0912000002,01/10/2021,1,AZ," COMMUNE
                         "\nTên Hai,21/05/1990,0912000002,01/11/2021,2,AZ," COMMUNE "\n"),
                   false);
    counted(&r, 2, 2, 0, 0);
    r = ops_import(f, NULL, "count",
                   EPI_S("date,unit,cases,deaths,detection\n2021-11-10," DISTRICT
                         ",3,0,community\n2021-11-11," DISTRICT ",4,1,\n"),
                   false);
    counted(&r, 2, 2, 0, 0);
    r = ops_import(f, NULL, "coverage",
                   EPI_S("date,unit,group,population,one_dose,full\n2021-11-10," DISTRICT
                         ",18_plus,1000,900,500\n"),
                   false);
    counted(&r, 1, 1, 0, 0);
}

static const char *const kinds[] = {"person", "case",  "contact",  "visit",
                                    "dose",   "count", "coverage", "place"};
static const int64_t held[] = {5, 3, 2, 1, 2, 2, 1, 1};

TEST(every_kind_comes_in_and_the_same_file_again_is_all_duplicates)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct ops_base f;
    CHECK(ops_open(&f, a, false));
    load_base(&f);
    for (size_t k = 0; k < EPI_COUNT(kinds); k++) {
        struct reply r = ops_do(&f, epi_do_list, ARGS("kind", kinds[k], "total", "1"));
        if (reply_int(&r, "total") != held[k])
            epi_test_fail(__FILE__, __LINE__, "%s: %lld", kinds[k],
                          (long long)reply_int(&r, "total"));
    }
    struct reply one = ops_do(&f, epi_do_list, ARGS("kind", "case", "code", "BN02"));
    CHECK_STR(reply_text(a, &one, "rows/0/unit"), EPI_S("vn/11/094/03130/"));
    CHECK_STR(reply_text(a, &one, "rows/0/onset"), EPI_S("2021-11-13"));
    CHECK_STR(reply_text(a, &one, "rows/0/detection"), EPI_S("quarantine"));
    uint64_t seq = epi_store_seq(epi_app_store(f.app));
    struct reply again = ops_import(&f, NULL, "case", EPI_S(CASES), false);
    counted(&again, 3, 0, 0, 3);
    again = ops_import(&f, NULL, "contact",
                       EPI_S("Ca bệnh,Họ và tên,Điện thoại,Xã phường,Ngày tiếp xúc cuối\n"
                             "BN01,Tên Bốn,0912000004,Phường Him Lam,11/11/2021\n"),
                       false);
    counted(&again, 1, 0, 0, 1); /* nobody gave a birth date: known by the same contact */
    CHECK_INT(epi_store_seq(epi_app_store(f.app)), seq);
    ops_close(&f);
}

TEST(an_export_imports_back_to_no_change_in_every_format)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    static const char *const formats[] = {"csv", "xlsx", "json"};
    struct ops_base f;
    CHECK(ops_open(&f, a, false));
    load_base(&f);
    /* names that look like formulas, quotes and line ends come through */
    ops_create(
        &f, NULL, "place",
        EPI_S(
            "{\"unit\":\"" COMMUNE
            "\",\"code\":\"=1+1\",\"name\":\"=cmd|' /C calc'!A0\",\"type\":\"shop\",\"note\":\"a \\\"b\\\", c\\nd\"}"));
    uint64_t seq = epi_store_seq(epi_app_store(f.app));
    for (size_t n = 0; n < EPI_COUNT(formats); n++)
        for (size_t k = 0; k < EPI_COUNT(kinds); k++) {
            epi_str file = exported(&f, kinds[k], formats[n]);
            int64_t rows = held[k] + (strcmp(kinds[k], "place") == 0);
            struct reply r = ops_import(&f, NULL, kinds[k], file, false);
            if (!counted(&r, rows, 0, 0, rows))
                epi_test_fail(__FILE__, __LINE__, "%s as %s", kinds[k], formats[n]);
        }
    CHECK_INT(epi_store_seq(epi_app_store(f.app)), seq);
    ops_close(&f);
}

/* A table without its first and last column, where the ids of the base stand. */
static epi_str without_ids(struct epi_arena *a, epi_str csv)
{
    EPI_BUF_LOCAL(b, 1 << 20);
    struct epi_csv t;
    epi_csv_init(&t, csv, ',');
    while (epi_csv_next(&t)) {
        bool person = t.n && (epi_str_eqz(t.fields[t.n - 1], "person.cordon_id") ||
                              t.fields[t.n - 1].n == 13);
        for (size_t c = 1; c + (person ? 1 : 0) < t.n; c++)
            epi_csv_put(&b, c == 1, t.fields[c]);
        epi_buf_putc(&b, '\n');
    }
    epi_csv_done(&t);
    return epi_str_dup(a, epi_buf_str(&b));
}

TEST(an_export_fills_an_empty_base_with_the_same)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct ops_base f, g;
    CHECK(ops_open(&f, a, false));
    CHECK(ops_open(&g, a, false));
    ops_advance(&g, 3600000); /* two bases make their ids at different moments */
    load_base(&f);
    static const char *const order[] = {"person", "case", "place", "contact",
                                        "visit",  "dose", "count", "coverage"};
    for (size_t k = 0; k < EPI_COUNT(order); k++) {
        epi_str file = exported(&f, order[k], "csv");
        struct reply r = ops_import(&g, NULL, order[k], file, false);
        CHECK_INT(r.s, EPI_OK);
        CHECK_INT(reply_int(&r, "rejected"), 0);
        CHECK_STR(without_ids(a, exported(&g, order[k], "csv")), without_ids(a, file));
    }
    ops_close(&f);
    ops_close(&g);
}

TEST(an_edited_export_updates_what_was_edited_and_nothing_else)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct ops_base f;
    CHECK(ops_open(&f, a, false));
    load_base(&f);
    struct reply r =
        ops_import(&f, NULL, "case",
                   EPI_S("code,severity,unit\nBN01,severe,\nBN02,,\nBN03,mild," CITY "\n"), false);
    counted(&r, 3, 2, 0, 1);
    CHECK_INT(reply_int(&r, "updated"), 2);
    CHECK_INT(reply_int(&r, "new_people"), 0);
    struct reply one = ops_do(&f, epi_do_list, ARGS("kind", "case", "code", "BN01"));
    CHECK_STR(reply_text(a, &one, "rows/0/severity"), EPI_S("severe"));
    CHECK_STR(reply_text(a, &one, "rows/0/unit"),
              EPI_S(COMMUNE)); /* a cell left empty clears nothing */
    CHECK_STR(reply_text(a, &one, "rows/0/onset"), EPI_S("2021-11-10"));
    one = ops_do(&f, epi_do_list, ARGS("kind", "case", "code", "BN03"));
    CHECK_STR(reply_text(a, &one, "rows/0/unit"), EPI_S(CITY));
    /* by an importer whose own unit the file names: it was written, so it is meant */
    struct epi_actor city = ops_user(&f, "city", "duty_officer", CITY);
    r = ops_import(&f, &city, "case", EPI_S("code,unit\nBN01," CITY "\n"), false);
    counted(&r, 1, 1, 0, 0);
    one = ops_do(&f, epi_do_list, ARGS("kind", "case", "code", "BN01"));
    CHECK_STR(reply_text(a, &one, "rows/0/unit"), EPI_S(CITY));
    ops_close(&f);
}

TEST(wrong_rows_are_told_one_by_one_and_the_good_ones_come_in)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct ops_base f;
    CHECK(ops_open(&f, a, false));
    struct epi_actor city = ops_user(&f, "city", "duty_officer", CITY);
    epi_str file = EPI_S("code,unit,onset,severity,age\n"
                         "A1," COMMUNE ",2021-11-10,mild,5\n"
                         "A2," DISTRICT ",2021-11-10,mild,5\n" /* outside */
                         "A3,Nowhere at all,2021-11-10,mild,5\n"
                         "A4," COMMUNE ",2021-12-30,mild,5\n" /* ahead */
                         "A5," COMMUNE ",2021-11-10,awful,200\n"
                         "A1," COMMUNE ",2021-11-11,mild,5\n"); /* otherwise than the first */
    struct reply dry = ops_import(&f, &city, "case", file, true);
    uint64_t seq = epi_store_seq(epi_app_store(f.app));
    counted(&dry, 6, 1, 5, 0);
    CHECK_INT(epi_store_seq(epi_app_store(f.app)), seq);
    struct reply r = ops_import(&f, &city, "case", file, false);
    counted(&r, 6, 1, 5, 0);
    CHECK(reply_found(&r, "import.outside-jurisdiction") && reply_found(&r, "field.not-a-unit") &&
          reply_found(&r, "field.date-in-future") && reply_found(&r, "import.rows-differ"));
    struct reply list = ops_do(&f, epi_do_list, ARGS("kind", "case", "total", "1"));
    CHECK_INT(reply_int(&list, "total"), 1);
    ops_close(&f);
}

TEST(a_contact_of_a_case_of_another_unit_or_of_nobody_is_rejected)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct ops_base f;
    CHECK(ops_open(&f, a, false));
    epi_str far =
        ops_create(&f, NULL, "case", EPI_S("{\"unit\":\"" ELSEWHERE "\",\"code\":\"FAR1\"}"));
    epi_str near =
        ops_create(&f, NULL, "case", EPI_S("{\"unit\":\"" COMMUNE "\",\"code\":\"NEAR1\"}"));
    struct epi_actor city = ops_user(&f, "city", "duty_officer", CITY);
    epi_str file = epi_str_printf(
        a,
        "case,person.name,person.phone\nFAR1,Tên Một,0912000001\n%.*s,Tên Hai,0912000002\n0123456789abc,Tên Ba,0912000003\n"
        "NEAR1,Tên Bốn,0912000004\n%.*s,Tên Năm,0912000005\nNEAR1,,\n",
        EPI_FMT(far), EPI_FMT(near));
    struct reply r = ops_import(&f, &city, "contact", file, false);
    counted(&r, 6, 2, 4, 0);
    CHECK(reply_found(&r, "import.no-such-code") && reply_found(&r, "import.nobody-named"));
    struct reply list = ops_do(&f, epi_do_list, ARGS("kind", "contact", "total", "1"));
    CHECK_INT(reply_int(&list, "total"), 2);
    ops_close(&f);
}

TEST(a_person_met_again_is_known_and_one_who_may_be_known_is_pointed_out)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct ops_base f;
    CHECK(ops_open(&f, a, false));
    load_base(&f);
    /* the same phone, name without accents, birth date: the same person */
    struct reply r = ops_import(
        &f, NULL, "case",
        EPI_S(
            "code,name,birth_date,phone,sex,unit,onset\nBN10,TEN MOT,1980-05-20,+84912000001,M," COMMUNE
            ",2021-11-15\n"),
        false);
    counted(&r, 1, 1, 0, 0);
    CHECK_INT(reply_int(&r, "new_people"), 0);
    /* same name and phone, another day of birth: pointed out, not merged */
    r = ops_import(
        &f, NULL, "case",
        EPI_S(
            "code,name,birth_date,phone,sex,unit,onset\nBN11,Tên Một,1980-05-21,0912000001,M," COMMUNE
            ",2021-11-15\n"),
        false);
    counted(&r, 1, 1, 0, 0);
    CHECK_INT(reply_int(&r, "new_people"), 1);
    CHECK(reply_found(&r, "import.person-likely-known"));
    ops_close(&f);
}

TEST(a_file_that_cannot_be_trusted_as_a_whole_changes_nothing)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct ops_base f;
    CHECK(ops_open(&f, a, false));
    load_base(&f);
    epi_str xlsx = exported(&f, "case", "xlsx");
    uint64_t seq = epi_store_seq(epi_app_store(f.app));
    epi_str bad[] = {EPI_NIL,
                     epi_str_sub(xlsx, 0, xlsx.n / 2),
                     EPI_S("PK\003\004nothing"),
                     EPI_S("code,code\nX1,X2\n\"unclosed"),
                     EPI_S("[{\"code\":\"X1\"}"),
                     EPI_S("code,age,unit\nX1,3," COMMUNE "\nX2,4"),
                     EPI_S("\n\n\n")};
    for (size_t i = 0; i < EPI_COUNT(bad); i++) {
        struct reply r = ops_import(&f, NULL, "case", bad[i], false);
        if (r.s == EPI_OK)
            epi_test_fail(__FILE__, __LINE__, "file %zu was taken", i);
        CHECK(r.err.code && epi_words(r.err.code, EPI_VI).n > strlen(r.err.code));
    }
    CHECK_INT(epi_store_seq(epi_app_store(f.app)), seq);
    static const char *const own[] = {"directive", "assignment", "level", "conflict", "progress"};
    for (size_t i = 0; i < EPI_COUNT(own); i++)
        CHECK_INT(ops_import(&f, NULL, own[i], EPI_S("a\n1\n"), false).s, EPI_INVALID);
    ops_close(&f);
}

/* --- random broken files
 * ----------------------------------------------------------------------------------------- */
static epi_str broken_file(struct epi_arena *a, struct epi_rng *rng)
{
    static const char *const heads[] = {"code",         "name", "unit",     "onset",
                                        "Ngày báo cáo", "age",  "severity", "phone",
                                        "ghost",        "",     "code"};
    static const char *const cells[] = {"BN1",        "BN2",    "BN3",  "",           "Tên Một",
                                        COMMUNE,      DISTRICT, "vn/",  "2021-11-10", "32/13/2021",
                                        "11/10/2021", "44000",  "mild", "awful",      "=1+1",
                                        "\"q\"\"q\"", "\"open", "-5",   "1e9",        "\xff\xfe",
                                        "0912000001", "a,b",    "Nữ",   "\r"};
    EPI_BUF_LOCAL(b, 1 << 16);
    size_t columns = 1 + epi_rng_below(rng, 6), rows = epi_rng_below(rng, 25);
    for (size_t c = 0; c < columns; c++)
        epi_buf_printf(&b, "%s%s", c ? "," : "", heads[epi_rng_below(rng, EPI_COUNT(heads))]);
    epi_buf_putc(&b, '\n');
    for (size_t r = 0; r < rows; r++) {
        size_t n = epi_rng_chance(rng, 0.9) ? columns : epi_rng_below(rng, 9);
        for (size_t c = 0; c < n; c++)
            epi_buf_printf(&b, "%s%s", c ? "," : "", cells[epi_rng_below(rng, EPI_COUNT(cells))]);
        epi_buf_putz(&b, epi_rng_chance(rng, 0.95) ? "\n" : "\r\n");
    }
    return epi_str_dup(a, epi_buf_str(&b));
}

PROPERTY(each_row_of_a_broken_file_is_accepted_rejected_or_a_duplicate, 30)
{
    EPI_ARENA_LOCAL(a);
    struct ops_base f;
    CHECK(ops_open(&f, a, false));
    struct epi_actor city = ops_user(&f, "city", "duty_officer", CITY);
    static const char *const into[] = {"case", "person", "contact", "count", "visit"};
    const char *kind = into[epi_rng_below(rng, EPI_COUNT(into))];
    epi_str file = broken_file(a, rng);
    struct reply dry = ops_import(&f, &city, kind, file, true);
    uint64_t seq = epi_store_seq(epi_app_store(f.app));
    struct reply r = ops_import(&f, &city, kind, file, false);
    CHECK_INT(dry.s, r.s); /* the dry run tells what will be */
    CHECK_STR(epi_str_of(dry.err.code), epi_str_of(r.err.code));
    if (r.j)
        CHECK(adds_up(&r));
    if (r.s != EPI_OK) {
        CHECK_INT(epi_store_seq(epi_app_store(f.app)), seq);
    } else {
        CHECK_INT(reply_int(&dry, "accepted"), reply_int(&r, "accepted"));
        CHECK_INT(reply_int(&dry, "rejected"), reply_int(&r, "rejected"));
        struct reply list = ops_do(&f, epi_do_list, ARGS("kind", kind, "total", "1"));
        CHECK_INT(reply_int(&list, "total"), reply_int(&r, "accepted") - reply_int(&r, "updated"));
        struct reply again = ops_import(&f, &city, kind, file, false);
        CHECK(adds_up(&again));
        CHECK_INT(reply_int(&again, "rejected"), reply_int(&r, "rejected"));
    }
    CHECK_INT(reply_int(&(struct reply){.j = ops_do(&f, epi_do_verify, NO_ARGS).j}, "sound"), 1);
    ops_close(&f);
}
