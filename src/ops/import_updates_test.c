// SPDX-License-Identifier: AGPL-3.0-or-later
/* Lists that say something new of what is known: of records, of the people behind them, and twice
 * in one file. Each row is accepted, rejected or a duplicate, and a dry run says the same. */
#include "ops/fixture_test.h"

#define HEAD "code,name,birth_date,sex,phone,document,address,unit,onset,severity\n"
#define BN1 "BN1,Trần Thị Mẫu,1980-05-20,female,0912000001,,Tổ 1," COMMUNE ",2021-11-10,mild\n"

struct sums {
    int64_t accepted, rejected, duplicate, updated, people;
};

/* Tries the file, then writes it; both must say `want`. The answer of the second. */
static struct reply twice(struct ops_base *f, const char *kind, epi_str file, struct sums want)
{
    struct reply r = {0};
    for (int real = 0; real < 2; real++) {
        r = ops_import(f, NULL, kind, file, !real);
        struct sums got = {reply_int(&r, "accepted"), reply_int(&r, "rejected"),
                           reply_int(&r, "duplicate"), reply_int(&r, "updated"),
                           reply_int(&r, "changed_people")};
        if (r.s != EPI_OK || memcmp(&got, &want, sizeof got) != 0 ||
            reply_int(&r, "rows") != got.accepted + got.rejected + got.duplicate)
            epi_test_fail(__FILE__, __LINE__,
                          "%s: %lld accepted, %lld rejected, %lld duplicate, %lld updated, %lld "
                          "people; first finding %s",
                          real ? "real" : "dry", (long long)got.accepted, (long long)got.rejected,
                          (long long)got.duplicate, (long long)got.updated, (long long)got.people,
                          r.findings.n ? r.findings.list[0].code : "none");
    }
    return r;
}

static epi_str said(struct epi_arena *a, const struct reply *r, const char *code)
{
    for (size_t i = 0; i < r->findings.n; i++)
        if (strcmp(r->findings.list[i].code, code) == 0)
            return epi_str_printf(a, "%.*s|%.*s", EPI_FMT(r->findings.list[i].arg1),
                                  EPI_FMT(r->findings.list[i].arg2));
    return EPI_NIL;
}

static epi_str person_of(struct ops_base *f, const char *code, const char *field)
{
    struct reply c = ops_do(f, epi_do_list, ARGS("kind", "case", "code", code));
    const char *id = epi_str_cz(f->a, reply_text(f->a, &c, "rows/0/person"));
    struct reply p = ops_do(f, epi_do_get, ARGS("kind", "person", "id", id));
    return reply_text(f->a, &p, field);
}

static bool base(struct ops_base *f, struct epi_arena *a)
{
    bool ok = ops_open(f, a, false);
    twice(f, "case", EPI_S(HEAD BN1), (struct sums){.accepted = 1});
    return ok;
}

TEST(a_known_case_brings_its_person_up_to_date)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct ops_base f;
    CHECK(base(&f, a));
    struct reply r = twice(&f, "case",
                           EPI_S(HEAD "BN1,Trần Thị Mẫu,1980-05-20,female,0912000009,012345678901,"
                                      "Tổ 2," COMMUNE ",2021-11-10,mild\n"),
                           (struct sums){.accepted = 1, .updated = 1, .people = 1});
    CHECK_STR(said(a, &r, "import.person-updated"), EPI_S("document, phone, address|"));
    CHECK_STR(person_of(&f, "BN1", "phone"), EPI_S("+84912000009"));
    CHECK_STR(person_of(&f, "BN1", "address"), EPI_S("Tổ 2"));
    CHECK_STR(person_of(&f, "BN1", "document"), EPI_S("012345678901"));
    /* a corrected day of birth beside the same name is a correction; both at once, record and
     * person, are one row and one operation */
    uint64_t seq = epi_store_seq(epi_app_store(f.app));
    r = twice(&f, "case",
              EPI_S("code,name,birth_date,severity\nBN1,Trần Thị Mẫu,1980-05-21,severe\n"),
              (struct sums){.accepted = 1, .updated = 1, .people = 1});
    CHECK_INT(epi_store_seq(epi_app_store(f.app)), seq + 1);
    CHECK_STR(said(a, &r, "import.updated"), EPI_S("severity|"));
    CHECK_STR(said(a, &r, "import.person-updated"), EPI_S("birth_date|"));
    CHECK_STR(person_of(&f, "BN1", "birth_date"), EPI_S("1980-05-21"));
    ops_close(&f);
}

TEST(another_person_under_a_known_code_changes_nobody)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct ops_base f;
    CHECK(base(&f, a));
    uint64_t seq = epi_store_seq(epi_app_store(f.app));
    struct reply r =
        twice(&f, "case",
              EPI_S(HEAD "BN1,Nguyễn Văn Thử,1955-01-02,male,0912000077,,Tổ 9," COMMUNE ",,\n"),
              (struct sums){.duplicate = 1});
    CHECK(reply_found(&r, "import.person-not-changed"));
    CHECK_INT(epi_store_seq(epi_app_store(f.app)), seq);
    CHECK_STR(person_of(&f, "BN1", "name"), EPI_S("Trần Thị Mẫu"));
    ops_close(&f);
}

TEST(the_same_words_in_other_letters_are_no_correction_and_accents_are)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct ops_base f;
    CHECK(base(&f, a));
    twice(&f, "case", EPI_S("code,name,address\nBN1,TRAN THI MAU,TO 1\n"),
          (struct sums){.duplicate = 1});
    twice(&f, "case", EPI_S("code,name,address\nBN1,TRẦN THỊ MẪU,tổ 1\n"),
          (struct sums){.duplicate = 1});
    twice(&f, "case", EPI_S("code,name\nBN1,Trần Thị Mậu\n"),
          (struct sums){.accepted = 1, .updated = 1, .people = 1});
    CHECK_STR(person_of(&f, "BN1", "name"), EPI_S("Trần Thị Mậu"));
    ops_close(&f);
}

TEST(only_a_document_or_a_code_lets_another_list_change_a_person)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct ops_base f;
    CHECK(base(&f, a));
    ops_create(&f, NULL, "person",
               EPI_S("{\"unit\":\"" COMMUNE
                     "\",\"name\":\"Lê Văn Ví\",\"birth_date\":\"1970-01-05\","
                     "\"document\":\"012345678902\",\"code\":\"N7\"}"));
    /* by name, birth date and phone it is the same woman, but not for certain */
    struct reply r =
        twice(&f, "contact",
              EPI_S("case,name,birth_date,phone,address,last_exposure,unit\n"
                    "BN1,Trần Thị Mẫu,1980-05-20,0912000001,Tổ 5,2021-11-11," COMMUNE "\n"),
              (struct sums){.accepted = 1});
    CHECK(reply_found(&r, "import.person-not-changed"));
    CHECK_STR(person_of(&f, "BN1", "address"), EPI_S("Tổ 1"));
    /* by the document it is certain */
    r = twice(&f, "contact",
              EPI_S("case,name,birth_date,phone,document,address,last_exposure,unit\n"
                    "BN1,Lê Văn Ví,1970-01-05,0912000044,012345678902,Tổ 6,2021-11-12," COMMUNE
                    "\n"),
              (struct sums){.accepted = 1, .people = 1});
    CHECK_STR(said(a, &r, "import.person-updated"), EPI_S("phone, address|"));
    /* a list of people: the same two ways */
    r = twice(&f, "person", EPI_S("code,name,address\nN7,Lê Văn Ví,Tổ 7\n"),
              (struct sums){.accepted = 1, .updated = 1});
    r = twice(&f, "person",
              EPI_S("name,birth_date,phone,address\nTrần Thị Mẫu,1980-05-20,0912000001,Tổ 5\n"),
              (struct sums){.duplicate = 1});
    CHECK(reply_found(&r, "import.person-not-changed"));
    struct reply p = ops_do(&f, epi_do_list, ARGS("kind", "person", "code", "N7"));
    CHECK_STR(reply_text(a, &p, "rows/0/address"), EPI_S("Tổ 7"));
    CHECK_STR(reply_text(a, &p, "rows/0/phone"), EPI_S("+84912000044"));
    ops_close(&f);
}

TEST(a_row_that_stands_twice_adds_repeats_or_is_rejected)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct ops_base f;
    CHECK(base(&f, a));
    struct reply r =
        twice(&f, "case",
              EPI_S("code,onset,severity,note,unit\n"
                    "BN2,2021-11-10,,first," COMMUNE "\n"
                    "BN2,2021-11-10,severe,," COMMUNE "\n" /* adds */
                    "BN2,2021-11-10,severe,," COMMUNE "\n" /* repeats */
                    "BN2,2021-11-12,,other," COMMUNE "\n"  /* says otherwise */
                    "BN1,,severe,,\n"                      /* a known one: a correction */
                    "BN1,,severe,,\n"                      /* repeats it */
                    "BN1,,critical,,\n"),                  /* and takes it back at once */
              (struct sums){.accepted = 3, .rejected = 2, .duplicate = 2, .updated = 2});
    CHECK_STR(said(a, &r, "import.rows-differ"), EPI_S("1|onset, note"));
    CHECK(reply_found(&r, "import.twice-in-file"));
    struct reply c = ops_do(&f, epi_do_list, ARGS("kind", "case", "code", "BN2"));
    CHECK_STR(reply_text(a, &c, "rows/0/onset"), EPI_S("2021-11-10"));
    CHECK_STR(reply_text(a, &c, "rows/0/severity"), EPI_S("severe"));
    CHECK_STR(reply_text(a, &c, "rows/0/note"), EPI_S("first"));
    c = ops_do(&f, epi_do_list, ARGS("kind", "case", "code", "BN1"));
    CHECK_STR(reply_text(a, &c, "rows/0/severity"), EPI_S("severe"));
    r = twice(&f, "count", EPI_S("date,unit,cases\n2021-11-10," CITY ",3\n2021-11-10," CITY ",4\n"),
              (struct sums){.accepted = 1, .rejected = 1});
    ops_close(&f);
}

TEST(rows_about_one_new_person_add_up_and_the_first_word_stands)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct ops_base f;
    CHECK(base(&f, a));
    struct reply r =
        twice(&f, "case",
              EPI_S("code,name,document,phone,address,onset,unit\n"
                    "BN7,Vũ Thị Ba,012345678903,0912000051,,2021-11-01," COMMUNE "\n"
                    "BN8,Vũ Thị Ba,012345678903,0912000052,Tổ 3,2021-11-15," COMMUNE "\n"
                    "BN9,Vũ Thị Ba,012345678903,,Tổ 3,2021-11-16," COMMUNE "\n"),
              (struct sums){.accepted = 3});
    CHECK_STR(said(a, &r, "import.person-rows-differ"), EPI_S("1|phone"));
    CHECK_STR(person_of(&f, "BN8", "phone"), EPI_S("+84912000051"));
    r = twice(&f, "case",
              EPI_S("code,name,document,phone,address,onset,unit\n"
                    "BN17,Hồ Văn Tư,012345678904,0912000061,,2021-11-01," COMMUNE "\n"
                    "BN18,Hồ Văn Tư,012345678904,,Tổ 4,2021-11-15," COMMUNE "\n"),
              (struct sums){.accepted = 2, .people = 1});
    CHECK_STR(person_of(&f, "BN17", "address"), EPI_S("Tổ 4"));
    r = ops_do(&f, epi_do_verify, NO_ARGS);
    CHECK_INT(reply_int(&r, "sound"), 1);
    ops_close(&f);
}
