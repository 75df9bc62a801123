// SPDX-License-Identifier: AGPL-3.0-or-later
#include "exchange/test_help.h"

struct opened {
    struct epi_table *t;
    struct epi_findings f;
    struct epi_err err;
};

static epi_status open_bytes(struct epi_arena *a, struct opened *o, epi_str bytes,
                             const struct epi_table_options *opt)
{
    *o = (struct opened){.t = NULL};
    epi_findings_init(&o->f, a, 1000);
    return epi_table_open(&o->t, bytes, opt, &o->f, &o->err);
}

static uint32_t drain(struct opened *o)
{
    while (epi_table_next(o->t))
        continue;
    return o->t->row;
}

/* Opens, reads to the end, closes; the number of rows, or -1. */
static long rows_of(struct epi_arena *a, struct opened *o, epi_str bytes)
{
    if (open_bytes(a, o, bytes, NULL) != EPI_OK)
        return -1;
    long n = (long)drain(o);
    if (o->t->failed.status != EPI_OK) {
        o->err = o->t->failed;
        n = -2;
    }
    epi_table_close(o->t);
    return n;
}

TEST(a_csv_table_gives_rows_in_order)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct opened o;
    CHECK_OK(open_bytes(a, &o,
                        EPI_S("\xEF\xBB\xBFid;name;onset\r\nA1;Nguyễn "
                              "An;17/11/2021\r\n\r\nA2;\"Lò; Văn \"\"B\"\"\";\r\n"),
                        NULL));
    CHECK_INT(o.t->n_columns, 3);
    CHECK_TEXT(o.t->columns[1], "name");
    CHECK(epi_table_next(o.t));
    CHECK_TEXT(o.t->fields[1], "Nguyễn An");
    CHECK_INT(o.t->row, 1);
    CHECK(epi_table_next(o.t));
    CHECK_TEXT(o.t->fields[1], "Lò; Văn \"B\"");
    CHECK_INT(o.t->kinds[2], EPI_CELL_EMPTY);
    CHECK_INT(o.t->row, 2);
    CHECK_INT(o.t->line, 4);
    CHECK(!epi_table_next(o.t));
    CHECK_OK(epi_table_rewind(o.t, &o.f, NULL));
    CHECK(epi_table_next(o.t));
    CHECK_TEXT(o.t->fields[0], "A1");
    CHECK_INT(o.f.n, 0);
    epi_table_close(o.t);
}

TEST(titles_above_a_list_are_stepped_over)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct opened o;
    CHECK_OK(open_bytes(a, &o,
                        EPI_S("DANH SÁCH CA BỆNH,,,\nNgày 17/11/2021,,,\n,,,\nSTT,Họ tên,Giới,Ngày "
                              "sinh\n1,An,Nam,1990\n"),
                        NULL));
    CHECK_TEXT(o.t->columns[1], "Họ tên");
    CHECK_INT(drain(&o), 1);
    CHECK(found(&o.f, "table.header-at"));
    epi_table_close(o.t);
}

TEST(headers_that_are_twice_or_empty_are_named_and_reported)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct opened o;
    CHECK_OK(open_bytes(a, &o, EPI_S("name,,name,name,note,,\nx,1,y,z,n,,\n"), NULL));
    CHECK_INT(o.t->n_columns, 5);
    CHECK_TEXT(o.t->columns[1], "column B");
    CHECK_TEXT(o.t->columns[2], "name (2)");
    CHECK_TEXT(o.t->columns[3], "name (3)");
    CHECK(found(&o.f, "table.header-twice"));
    CHECK(found(&o.f, "table.header-empty"));
    epi_table_close(o.t);
}

TEST(bad_csv_files_get_findings_or_a_refusal)
{
    USES_NO_RNG;
    static const struct {
        epi_str bytes;
        long rows;
        const char *code, *why;
    } rows[] = {
        {EPI_SC("a,b\n1,\"x\n2,y\n3,z\n"), 1, "csv.unclosed-quote",
         "an open quote swallows the rest"},
        {EPI_SC("id,name,sex\n1,An,m\n2,Bi"), 2, "file.maybe-cut", "the last row stops early"},
        {EPI_SC("id,name\n1,An\n2,Bi,Co\n"), 2, "table.extra-fields", "a comma inside a value"},
        {EPI_SC("id,name,sex\n1,An,m\n2,Bi\n3,Cu,f\n"), 3, "table.short-row", "a missing field"},
        {EPI_SC("1,17/11/2021,0912345678\n2,18/11/2021,0912345679\n"), 1, "table.no-header",
         "no header"},
        {EPI_SC("id,name\n"), 0, "table.no-rows", "only a header"},
        {EPI_SC("\xEF\xBB\xBF"), -1, "file.empty", "only a mark"},
        {EPI_SC("\n\n  \n"), -1, "file.empty", "only blanks"},
        {EPI_SC(""), -1, "file.empty", "nothing"},
        {EPI_SC("[{\"a\":1},{\"a\":2"), -1, "json.cut", "JSON cut in a row"},
        {EPI_SC("[{\"a\":1},{\"a\":2}"), -1, "json.cut", "JSON cut between rows"},
        {EPI_SC("{\"x\":\"y\"}"), -1, "json.no-rows", "an object without rows"},
        {EPI_SC("[1,\"2\"]"), -1, "json.not-objects", "rows that are no objects"},
        {EPI_SC("[{\"a\":{\"b\":1},\"c\":2}]"), 1, "json.nested", "a value that is an object"},
    };
    for (size_t i = 0; i < EPI_COUNT(rows); i++) {
        EPI_ARENA_LOCAL(a);
        struct opened o;
        long n = rows_of(a, &o, rows[i].bytes);
        if (n != rows[i].rows)
            epi_test_fail(__FILE__, __LINE__, "%s: %ld rows", rows[i].why, n);
        else if (n < 0 ? strcmp(o.err.code, rows[i].code) != 0 : !found(&o.f, rows[i].code))
            epi_test_fail(__FILE__, __LINE__, "%s: no %s", rows[i].why, rows[i].code);
        else if (n < 0 && epi_err_text(a, &o.err, EPI_EN).n < 20)
            epi_test_fail(__FILE__, __LINE__, "%s: no advice", rows[i].why);
    }
}

static epi_str many_rows(struct epi_buf *b, uint32_t lines)
{
    epi_buf_clear(b);
    epi_buf_putz(b, "id,name\n");
    for (uint32_t i = 1; i < lines; i++)
        epi_buf_printf(b, "%u,n\n", i);
    return epi_buf_str(b);
}

TEST(row_limit_files_lose_nothing_and_the_limit_itself_is_an_error)
{
    USES_NO_RNG;
    static const struct {
        uint32_t lines;
        const char *code; /* expected finding */
        bool error;
    } rows[] = {{65535, NULL, false},
                {65536, "file.row-limit", true},
                {65537, "file.row-limit-data", false},
                {65538, NULL, false},
                {1048576, "file.row-limit", true},
                {1048577, "file.row-limit-data", false}};
    EPI_BUF_LOCAL(b, (size_t)64 << 20);
    for (size_t i = 0; i < EPI_COUNT(rows); i++) {
        EPI_ARENA_LOCAL(a);
        struct opened o;
        CHECK_INT(rows_of(a, &o, many_rows(&b, rows[i].lines)), (long)rows[i].lines - 1);
        CHECK_INT(o.f.n, rows[i].code ? 1 : 0);
        CHECK(!rows[i].code || found(&o.f, rows[i].code));
        CHECK_INT(o.f.counts[EPI_ERROR], rows[i].error);
    }
}

TEST(a_name_of_ten_megabytes_is_a_finding_not_a_value)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    EPI_BUF_LOCAL(b, (size_t)16 << 20);
    epi_buf_putz(&b, "id,name\n1,");
    char *room = epi_buf_space(&b, 10 << 20);
    CHECK(room);
    memset(room, 'a', 10 << 20);
    b.n = b.n == 10 ? b.n + (10 << 20) : b.n;
    epi_buf_putz(&b, "\n2,An\n");
    struct opened o;
    CHECK_OK(open_bytes(a, &o, epi_buf_str(&b), NULL));
    CHECK(epi_table_next(o.t));
    CHECK_INT(o.t->kinds[1], EPI_CELL_EMPTY);
    CHECK(epi_table_next(o.t));
    CHECK_TEXT(o.t->fields[1], "An");
    CHECK(found(&o.f, "cell.too-long"));
    epi_table_close(o.t);
}

TEST(wrong_encodings_are_read_as_tables)
{
    USES_NO_RNG;
    static const epi_encoding all[] = {EPI_ENC_UTF16LE, EPI_ENC_UTF16BE, EPI_ENC_CP1258,
                                       EPI_ENC_TCVN3, EPI_ENC_VNI};
    for (size_t i = 0; i < EPI_COUNT(all); i++) {
        EPI_ARENA_LOCAL(a);
        struct opened o;
        epi_str bytes = epi_exchange_encode(
            a, EPI_S("mã,họ và tên,nơi ở\nA1,Nguyễn Thị Hường,phường Mường Thanh\n"), all[i]);
        CHECK_OK(open_bytes(a, &o, bytes, NULL));
        CHECK_INT(o.t->encoding, all[i]);
        CHECK(epi_table_next(o.t));
        CHECK_TEXT(o.t->fields[1], "Nguyễn Thị Hường");
        epi_table_close(o.t);
    }
}

TEST(json_rows_have_the_union_of_their_keys)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct opened o;
    CHECK_OK(open_bytes(a, &o,
                        EPI_S("{\"kind\":\"case\",\"rows\":[{\"id\":\"A[1\",\"n\":3},{\"name\":"
                              "\"x\\\"}\",\"id\":null,\"ok\":true}]}"),
                        NULL));
    CHECK_INT(o.t->n_columns, 4);
    CHECK(epi_table_next(o.t));
    CHECK_TEXT(o.t->fields[0], "A[1");
    CHECK_INT(o.t->kinds[1], EPI_CELL_NUMBER);
    CHECK(epi_table_next(o.t));
    CHECK_INT(o.t->kinds[0], EPI_CELL_EMPTY);
    CHECK_TEXT(o.t->fields[2], "x\"}");
    CHECK_TEXT(o.t->fields[3], "true");
    CHECK(!epi_table_next(o.t));
    CHECK_INT(o.t->failed.status, EPI_OK);
    epi_table_close(o.t);
}

/* --- writing and reading back ---------------------------------------------------------------- */
static const char *const nasty[] = {
    "=cmd|' /C calc'!A0",
    "+84912345678",
    "-1",
    "@x",
    "'quoted",
    "''",
    "'",
    "\tx",
    "a,b",
    "a;b",
    "say \"hi\"",
    "two\nlines",
    " blanks ",
    "=",
    "\xEF\xBC\x9DSUM(A1)",
    "0012",
    "1e5",
    "17/11/2021",
    "_x0041_",
    "Nguyễn",
    "TRUE",
};

TEST(text_that_looks_like_a_formula_comes_back_byte_for_byte_from_csv)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct epi_writer *w = NULL;
    struct epi_writer_options wo = {.format = EPI_TABLE_CSV};
    epi_str columns[] = {EPI_S("id"), EPI_S("name")};
    CHECK_OK(epi_writer_open(&w, NULL, &wo, columns, 2, NULL));
    for (size_t i = 0; i < EPI_COUNT(nasty); i++) {
        epi_writer_cell(w, EPI_S("k"), EPI_CELL_TEXT);
        epi_writer_cell(w, epi_str_of(nasty[i]), EPI_CELL_TEXT);
        CHECK_OK(epi_writer_end_row(w, NULL));
    }
    epi_str csv = epi_str_dup(a, epi_writer_text(w));
    CHECK_OK(epi_writer_close(w, NULL));
    CHECK(epi_str_find(csv, EPI_S(",=cmd"), 0) == SIZE_MAX);
    CHECK(epi_str_find(csv, EPI_S(",+84"), 0) == SIZE_MAX);
    CHECK(epi_str_find(csv, EPI_S(",'+84912345678"), 0) != SIZE_MAX);
    struct opened o;
    struct epi_table_options to = {.separator = ','};
    CHECK_OK(open_bytes(a, &o, csv, &to));
    for (size_t i = 0; i < EPI_COUNT(nasty); i++) {
        CHECK(epi_table_next(o.t));
        CHECK_TEXT(o.t->fields[1], nasty[i]);
    }
    CHECK(!epi_table_next(o.t));
    epi_table_close(o.t);
}

TEST(negative_numbers_stay_numbers_in_csv)
{
    USES_NO_RNG;
    struct epi_writer *w = NULL;
    struct epi_writer_options wo = {.format = EPI_TABLE_CSV, .no_bom = true};
    epi_str columns[] = {EPI_S("n")};
    CHECK_OK(epi_writer_open(&w, NULL, &wo, columns, 1, NULL));
    epi_writer_cell(w, EPI_S("-1"), EPI_CELL_NUMBER);
    CHECK_OK(epi_writer_end_row(w, NULL));
    CHECK_TEXT(epi_writer_text(w), "n\n-1\n");
    CHECK_OK(epi_writer_close(w, NULL));
}

PROPERTY(any_text_survives_csv, 300)
{
    static const char letters[] = "ab'=+-@\t\r\n\",; |x0";
    char text[24];
    size_t n = 1 + epi_rng_below(rng, sizeof text - 1);
    for (size_t i = 0; i < n; i++)
        text[i] = letters[epi_rng_below(rng, sizeof letters - 1)];
    epi_str s = {text, n};
    EPI_BUF_LOCAL(b, 1000);
    epi_buf_putz(&b, "id,v\n1");
    epi_csv_put_text(&b, false, s);
    epi_buf_putz(&b, "\n");
    EPI_ARENA_LOCAL(a);
    struct opened o;
    struct epi_table_options to = {.separator = ','};
    CHECK_OK(open_bytes(a, &o, epi_buf_str(&b), &to));
    CHECK(epi_table_next(o.t));
    CHECK_STR(o.t->fields[1], s);
    epi_table_close(o.t);
}
