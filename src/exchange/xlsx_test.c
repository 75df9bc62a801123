// SPDX-License-Identifier: AGPL-3.0-or-later
#include "exchange/test_help.h"

#include <zip.h>

/* A workbook made by hand: parts given by name and text, stored in memory. */
struct part {
    const char *name;
    epi_str text;
};
static epi_str zip_of(struct epi_arena *a, const struct part *parts, size_t n, zip_uint32_t level)
{
    zip_error_t e;
    zip_error_init(&e);
    zip_source_t *out = zip_source_buffer_create(NULL, 0, 0, &e);
    zip_source_keep(out);
    zip_t *z = zip_open_from_source(out, ZIP_CREATE | ZIP_TRUNCATE, &e);
    for (size_t i = 0; i < n; i++) {
        zip_int64_t at = zip_file_add(z, parts[i].name,
                                      zip_source_buffer(z, parts[i].text.p, parts[i].text.n, 0), 0);
        (void)zip_set_file_compression(z, (zip_uint64_t)at, ZIP_CM_DEFLATE, level);
    }
    if (zip_close(z) != 0)
        epi_test_fail(__FILE__, __LINE__, "zip_close");
    zip_stat_t st;
    (void)zip_source_stat(out, &st);
    char *bytes = epi_arena_take(a, (size_t)st.size);
    (void)zip_source_open(out);
    zip_int64_t got = zip_source_read(out, bytes, st.size);
    (void)zip_source_close(out);
    zip_source_free(out);
    zip_error_fini(&e);
    return (epi_str){bytes, got > 0 ? (size_t)got : 0};
}

static const char rels[] =
    "<Relationships xmlns=\"r\"><Relationship Id=\"rId1\" Target=\"worksheets/sheet1.xml\"/>"
    "<Relationship Id=\"rId2\" Target=\"/xl/worksheets/sheet2.xml\"/></Relationships>";
/* style 1 = built-in date, 2 = own date format, 3 = plain with a quoted d, 4 = time */
static const char styles[] =
    "<styleSheet><numFmts><numFmt numFmtId=\"164\" formatCode=\"[$-42A]dd/mm/yyyy\"/>"
    "<numFmt numFmtId=\"165\" formatCode=\"0 &quot;days&quot;\"/></numFmts>"
    "<cellStyleXfs><xf numFmtId=\"14\"/></cellStyleXfs>"
    "<cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/><xf numFmtId=\"164\"/><xf numFmtId=\"165\"/>"
    "<xf numFmtId=\"20\"/></cellXfs></styleSheet>";
static const char strings[] =
    "<sst><si><t>id</t></si><si><r><t>na</t></r><r><t>me</t></r><rPh><t>zz</t></rPh></si>"
    "<si><t>Nguyễn_x0020_An</t></si></sst>";

static epi_str book_packed(struct epi_arena *a, const char *pr, const char *sheet_xml,
                           zip_uint32_t level)
{
    epi_str wb = epi_str_printf(a,
                                "<?xml version=\"1.0\"?><workbook xmlns:r=\"x\">%s<sheets><sheet "
                                "name=\"Ca bệnh\" sheetId=\"1\" "
                                "r:id=\"rId1\"/></sheets></workbook>",
                                pr);
    struct part parts[] = {{"[Content_Types].xml", EPI_S("<Types/>")},
                           {"xl/workbook.xml", wb},
                           {"xl/_rels/workbook.xml.rels", epi_str_of(rels)},
                           {"xl/styles.xml", epi_str_of(styles)},
                           {"xl/sharedStrings.xml", epi_str_of(strings)},
                           {"xl/worksheets/sheet1.xml", epi_str_of(sheet_xml)}};
    return zip_of(a, parts, EPI_COUNT(parts), level);
}
static epi_str book(struct epi_arena *a, const char *pr, const char *sheet_xml)
{
    return book_packed(a, pr, sheet_xml, 1);
}

#define HEAD \
    "<worksheet><sheetData><row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c><c r=\"B1\" " \
    "t=\"s\"><v>1</v></c>" \
    "<c r=\"C1\" t=\"inlineStr\"><is><t>onset</t></is></c></row>"
#define TAIL "</sheetData></worksheet>"

struct opened {
    struct epi_table *t;
    struct epi_findings f;
    struct epi_err err;
};
static epi_status open_bytes(struct epi_arena *a, struct opened *o, epi_str bytes)
{
    *o = (struct opened){.t = NULL};
    epi_findings_init(&o->f, a, 1000);
    return epi_table_open(&o->t, bytes, NULL, &o->f, &o->err);
}

TEST(a_workbook_is_read_with_strings_dates_booleans_and_gaps)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct opened o;
    CHECK_OK(
        open_bytes(a, &o,
                   book(a, "",
                        HEAD "<row r=\"2\"><c r=\"A2\"><v>7</v></c><c r=\"B2\" "
                             "t=\"s\"><v>2</v></c><c r=\"C2\" s=\"1\"><v>44517</v></c></row>"
                             "<row r=\"5\"><c r=\"A5\" t=\"b\"><v>1</v></c><c r=\"C5\" "
                             "s=\"2\"><v>44517.5</v></c></row>"
                             "<row><c><v>3.5</v></c><c t=\"str\"><f>A1</f><v>=x</v></c><c "
                             "s=\"4\"><v>0.3125</v></c></row>"
                             "<row><c s=\"3\"><v>44517</v></c><c t=\"d\"><v>2021-11-17</v></c><c "
                             "s=\"1\"><v>44517.99999999</v></c></row>" TAIL)));
    CHECK_INT(o.t->n_columns, 3);
    CHECK_TEXT(o.t->columns[1], "name");
    CHECK(epi_table_next(o.t));
    CHECK_TEXT(o.t->fields[0], "7");
    CHECK_INT(o.t->kinds[0], EPI_CELL_NUMBER);
    CHECK_TEXT(o.t->fields[1], "Nguyễn An");
    CHECK_TEXT(o.t->fields[2], "2021-11-17");
    CHECK_INT(o.t->kinds[2], EPI_CELL_DATE);
    CHECK(epi_table_next(o.t));
    CHECK_INT(o.t->line, 5);
    CHECK_INT(o.t->row, 2);
    CHECK_TEXT(o.t->fields[0], "true");
    CHECK_INT(o.t->kinds[1], EPI_CELL_EMPTY);
    CHECK_TEXT(o.t->fields[2], "2021-11-17T12:00");
    CHECK(epi_table_next(o.t));
    CHECK_TEXT(o.t->fields[0], "3.5");
    CHECK_TEXT(o.t->fields[1], "=x");
    CHECK_TEXT(o.t->fields[2], "07:30");
    CHECK(epi_table_next(o.t));
    CHECK_TEXT(o.t->fields[0], "44517");
    CHECK_TEXT(o.t->fields[1], "2021-11-17");
    CHECK_TEXT(o.t->fields[2], "2021-11-18");
    CHECK(!epi_table_next(o.t));
    CHECK_INT(o.f.n, 0);
    CHECK_OK(epi_table_rewind(o.t, &o.f, NULL));
    CHECK(epi_table_next(o.t));
    CHECK_TEXT(o.t->fields[1], "Nguyễn An");
    epi_table_close(o.t);
}

TEST(the_1904_system_moves_no_date)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct opened o;
    CHECK_OK(open_bytes(a, &o,
                        book(a, "<workbookPr date1904=\"1\"/>",
                             HEAD "<row r=\"2\"><c r=\"A2\"><v>1</v></c><c r=\"C2\" "
                                  "s=\"1\"><v>43055</v></c></row>" TAIL)));
    CHECK(epi_table_next(o.t));
    CHECK_TEXT(o.t->fields[2], "2021-11-17");
    CHECK(found(&o.f, "xlsx.date-1904"));
    epi_table_close(o.t);
}

TEST(cells_that_lost_something_are_findings)
{
    USES_NO_RNG;
    static const struct {
        const char *cell, *code;
    } rows[] = {
        {"<c r=\"B2\"><f>VLOOKUP(1,2)</f></c>", "xlsx.formula-no-value"},
        {"<c r=\"B2\"><f>A1</f><v/></c>", "xlsx.formula-no-value"},
        {"<c r=\"B2\" t=\"e\"><v>#N/A</v></c>", "xlsx.cell-error"},
        {"<c r=\"B2\"><v>1.2345678901234567E+18</v></c>", "cell.precision"},
        {"<c r=\"B2\"><v>1234567890123456</v></c>", "cell.precision"},
        {"<c r=\"B2\" t=\"s\"><v>99</v></c>", "xlsx.bad-string"},
        {"<c r=\"B2\" t=\"s\"><v>-1</v></c>", "xlsx.bad-string"},
        {"<c r=\"B2\" s=\"1\"><v>60</v></c>", "xlsx.bad-date"},
        {"<c r=\"B2\" s=\"1\"><v>1E+99</v></c>", "xlsx.bad-date"},
        {"<c r=\"B2\"><v>abc</v></c>", "xlsx.bad-number"},
        {"<c r=\"XFD2\"><v>1</v></c>", "table.too-many-columns"},
        {"<c r=\"H2\"><v>1</v></c>", "table.extra-fields"},
    };
    for (size_t i = 0; i < EPI_COUNT(rows); i++) {
        EPI_ARENA_LOCAL(a);
        struct opened o;
        epi_str xml = epi_str_printf(a, HEAD "<row r=\"2\"><c r=\"A2\"><v>1</v></c>%s</row>" TAIL,
                                     rows[i].cell);
        CHECK_OK(open_bytes(a, &o, book(a, "", epi_str_cz(a, xml))));
        CHECK(epi_table_next(o.t));
        CHECK_INT(o.t->kinds[1], EPI_CELL_EMPTY);
        if (!found(&o.f, rows[i].code) || o.f.counts[EPI_ERROR] != 1)
            epi_test_fail(__FILE__, __LINE__, "%s: no %s", rows[i].cell, rows[i].code);
        CHECK_INT(o.f.list[0].row, 1);
        epi_table_close(o.t);
    }
}

TEST(merged_cells_are_reported_with_their_places)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct opened o;
    CHECK_OK(
        open_bytes(a, &o,
                   book(a, "",
                        HEAD "<row r=\"2\"><c r=\"A2\"><v>1</v></c></row><row r=\"3\"><c "
                             "r=\"B3\"><v>1</v></c></row></sheetData>"
                             "<mergeCells><mergeCell ref=\"A2:A3\"/></mergeCells></worksheet>")));
    while (epi_table_next(o.t))
        continue;
    CHECK(found(&o.f, "xlsx.merged"));
    CHECK_TEXT(o.f.list[o.f.n - 1].arg1, "A2:A3");
    epi_table_close(o.t);
}

TEST(a_truncated_or_broken_workbook_is_refused_at_every_cut)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    epi_str whole = book(a, "", HEAD "<row r=\"2\"><c r=\"A2\"><v>1</v></c></row>" TAIL);
    for (size_t n = 4; n < whole.n; n += 7) {
        struct opened o;
        struct epi_arena *b = epi_arena_new(0);
        epi_status s = open_bytes(b, &o, epi_str_sub(whole, 0, n));
        if (s == EPI_OK)
            epi_table_close(o.t);
        epi_arena_free(b);
        CHECK(s != EPI_OK);
    }
    /* XML that stops in a row, after the rows in which the header is looked for: rows come, then
     * the failure */
    EPI_BUF_LOCAL(b, 100000);
    epi_buf_putz(&b, HEAD);
    for (unsigned i = 2; i < 2000; i++)
        epi_buf_printf(&b, "<row r=\"%u\"><c><v>1</v></c></row>", i);
    epi_buf_putz(&b, "<row r=\"3\"><c");
    epi_buf_putc(&b, 0);
    struct opened o;
    CHECK_OK(open_bytes(a, &o, book(a, "", b.p)));
    while (epi_table_next(o.t))
        continue;
    CHECK_INT(o.t->failed.status, EPI_INVALID);
    CHECK_TEXT(epi_str_of(o.t->failed.code), "xlsx.bad-xml");
    epi_table_close(o.t);
}

TEST(bombs_are_refused)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct opened o;
    CHECK(
        open_bytes(a, &o,
                   book(a, "",
                        "<!DOCTYPE x [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;\">]>" HEAD
                        "<row r=\"2\"><c r=\"A2\" t=\"str\"><v>&b;</v></c></row>" TAIL)) != EPI_OK);
    CHECK_TEXT(epi_str_of(o.err.code), "xlsx.doctype");
    EPI_BUF_LOCAL(b, (size_t)80 << 20);
    epi_buf_putz(&b, HEAD "<row r=\"2\"><c r=\"A2\" t=\"str\"><v>");
    size_t zeros = (size_t)60 << 20;
    char *room = epi_buf_space(&b, zeros);
    CHECK(room);
    memset(room, '0', zeros);
    b.n = (size_t)(room - b.p) + zeros;
    epi_buf_putz(&b, "</v></c></row>" TAIL);
    epi_buf_putc(&b, 0);
    epi_str bomb = book_packed(a, "", b.p, 9);
    CHECK(bomb.n < 200000);
    epi_status s = open_bytes(a, &o, bomb);
    if (s == EPI_OK) {
        while (epi_table_next(o.t))
            continue;
        o.err = o.t->failed;
        epi_table_close(o.t);
    }
    CHECK_TEXT(epi_str_of(o.err.code), "zip.bomb");
}

TEST(files_that_are_no_workbook_say_so)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct opened o;
    struct part other[] = {{"word/document.xml", EPI_S("<w/>")}};
    CHECK(open_bytes(a, &o, zip_of(a, other, 1, 9)) != EPI_OK);
    CHECK_TEXT(epi_str_of(o.err.code), "xlsx.not-workbook");
    struct epi_table *t = NULL;
    struct epi_table_options x = {.format = EPI_TABLE_XLSX};
    struct epi_err err = {.status = EPI_OK};
    CHECK(epi_table_open(&t, EPI_S("id,name\n1,a\n"), &x, NULL, &err) != EPI_OK);
    CHECK_TEXT(epi_str_of(err.code), "xlsx.not-workbook");
    x.sheet = EPI_S("Không có");
    CHECK(epi_table_open(&t, book(a, "", HEAD TAIL), &x, NULL, &err) != EPI_OK);
    CHECK_TEXT(epi_str_of(err.code), "xlsx.no-sheet");
}

TEST(what_we_write_is_read_back_byte_for_byte)
{
    USES_NO_RNG;
    static const struct {
        const char *text;
        epi_cell_kind kind;
    } cells[] = {
        {"=cmd|' /C calc'!A0", EPI_CELL_TEXT},
        {"+84912345678", EPI_CELL_TEXT},
        {"-1", EPI_CELL_TEXT},
        {"@x", EPI_CELL_TEXT},
        {"0012", EPI_CELL_TEXT},
        {"_x0041_", EPI_CELL_TEXT},
        {"hai\ndòng", EPI_CELL_TEXT},
        {" trống ", EPI_CELL_TEXT},
        {"a<b>&\"c'", EPI_CELL_TEXT},
        {"=1+1", EPI_CELL_TEXT},
        {"http://x.vn/a", EPI_CELL_TEXT},
        {"-7", EPI_CELL_NUMBER},
        {"37.5", EPI_CELL_NUMBER},
        {"123456789012", EPI_CELL_NUMBER},
        {"2021-11-17", EPI_CELL_DATE},
        {"1899-12-31", EPI_CELL_DATE},
        {"true", EPI_CELL_BOOL},
    };
    EPI_ARENA_LOCAL(a);
    const char *path = epi_str_cz(a, epi_str_printf(a, "%s/x.xlsx", epi_test_dir(a)));
    struct epi_writer *w = NULL;
    struct epi_writer_options wo = {.format = EPI_TABLE_XLSX, .sheet = EPI_S("Ca bệnh")};
    epi_str columns[] = {EPI_S("id"), EPI_S("v")};
    CHECK_OK(epi_writer_open(&w, path, &wo, columns, 2, NULL));
    for (size_t i = 0; i < EPI_COUNT(cells); i++) {
        epi_writer_cell(w, EPI_S("k"), EPI_CELL_TEXT);
        epi_writer_cell(w, epi_str_of(cells[i].text), cells[i].kind);
        CHECK_OK(epi_writer_end_row(w, NULL));
    }
    CHECK_OK(epi_writer_close(w, NULL));
    epi_str bytes;
    const struct epi_fs *fs = &epi_io_real()->fs;
    CHECK_OK(fs->read(fs->ctx, a, path, 10000000, &bytes, NULL));
    struct opened o;
    CHECK_OK(open_bytes(a, &o, bytes));
    for (size_t i = 0; i < EPI_COUNT(cells); i++) {
        CHECK(epi_table_next(o.t));
        CHECK_TEXT(o.t->fields[1], cells[i].text);
    }
    CHECK(!epi_table_next(o.t));
    CHECK_INT(o.f.n, 0);
    epi_table_close(o.t);
}

/* The sheet of England 2020: rows in = rows out, and the limit itself is a loud error. */
TEST(workbooks_at_and_over_the_row_limits_lose_nothing)
{
    USES_NO_RNG;
    static const struct {
        uint32_t lines;
        const char *code;
    } rows[] = {{65536, "file.row-limit"},
                {65537, "file.row-limit-data"},
                {1048577, "xlsx.row-beyond-format"}};
    for (size_t i = 0; i < EPI_COUNT(rows); i++) {
        EPI_ARENA_LOCAL(a);
        EPI_BUF_LOCAL(b, (size_t)200 << 20);
        epi_buf_putz(&b, HEAD);
        for (uint32_t r = 2; r <= rows[i].lines; r++)
            epi_buf_printf(&b, "<row r=\"%u\"><c r=\"A%u\"><v>%u</v></c></row>", r, r,
                           r * 2654435761U);
        epi_buf_putz(&b, TAIL);
        epi_buf_putc(&b, 0);
        struct opened o;
        CHECK_OK(open_bytes(a, &o, book(a, "", b.p)));
        while (epi_table_next(o.t))
            continue;
        CHECK_INT(o.t->row, rows[i].lines - 1);
        CHECK_INT(o.t->failed.status, EPI_OK);
        CHECK(found(&o.f, rows[i].code));
        epi_table_close(o.t);
    }
}
