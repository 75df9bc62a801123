// SPDX-License-Identifier: AGPL-3.0-or-later
#include "base/test.h"
#include "directive/test_support.h"
#include <time.h>

/* Parses a text written in the test. */
static bool parse(struct epi_arena *a, epi_str text, struct reading *r)
{
    *r = (struct reading){.text = text, .forms = directive_forms(a, "vn")};
    epi_findings_init(&r->findings, a, 100);
    return r->forms &&
           epi_directive_parse(a, text, r->forms, &r->d, &r->findings, NULL) == EPI_OK &&
           directive_places_hold(&r->d, text);
}

TEST(an_empty_text_is_refused_with_what_to_do)
{
    EPI_ARENA_LOCAL(a);
    struct epi_directive d;
    struct epi_err e = {0};
    const struct epi_directive_forms *f = directive_forms(a, "vn");
    CHECK(f);
    CHECK_INT(epi_directive_parse(a, EPI_NIL, f, &d, NULL, &e), EPI_INVALID);
    CHECK_STR(epi_str_of(e.code), EPI_S("directive.empty"));
    CHECK_INT(epi_directive_parse(a, EPI_S(" \n\t** -- \xff"), f, &d, NULL, &e), EPI_INVALID);
}

TEST(a_text_over_the_limit_is_refused)
{
    EPI_ARENA_LOCAL(a);
    struct epi_directive d;
    struct epi_err e = {0};
    const struct epi_directive_forms *f = directive_forms(a, "vn");
    epi_str big = {epi_arena_take(a, EPI_DIRECTIVE_MAX_BYTES + 1), EPI_DIRECTIVE_MAX_BYTES + 1};
    CHECK_INT(epi_directive_parse(a, big, f, &d, NULL, &e), EPI_LIMIT);
    CHECK_STR(epi_str_of(e.code), EPI_S("directive.too-long"));
}

TEST(a_wrong_vocabulary_is_refused_and_named)
{
    EPI_ARENA_LOCAL(a);
    const struct epi_directive_forms *f;
    struct epi_err e = {0};
    CHECK_INT(epi_directive_forms_load(a, EPI_S("{}"), &f, &e), EPI_INVALID);
    CHECK_STR(epi_str_of(e.code), EPI_S("directive.forms-bad"));
    CHECK_STR(epi_str_of(e.arg1), EPI_S("forms"));
    CHECK(epi_directive_forms_load(a, EPI_S("{"), &f, &e) != EPI_OK);
    CHECK_INT(epi_directive_forms_load(
                  a, EPI_S("{\"forms\":[{\"id\":\"x\"}],\"types\":[{\"name\":3}]}"), &f, &e),
              EPI_INVALID);
}

TEST(agency_lists_split_where_one_agency_ends)
{
    static const struct {
        const char *line, *agencies, *why;
    } rows[] = {
        {"1. Sở Lao động, Thương binh và Xã hội", "Sở Lao động, Thương binh và Xã hội",
         "comma inside a name"},
        {"1. Sở Y tế, Sở Kế hoạch và Đầu tư và Công an tỉnh",
         "Sở Y tế/Sở Kế hoạch và Đầu tư/Công an tỉnh",
         "the word for and, inside and between names"},
        {"1. UBND các xã Đồi Xanh và Suối Trong thực hiện việc sau.",
         "UBND xã Đồi Xanh/UBND xã Suối Trong", "a shared unit is given to each place"},
        {"1. Ban hành kế hoạch phòng bệnh.", "", "a verb that begins like a head"},
        {"1. Báo cáo kết quả trước ngày 05.", "", "a verb that begins like a newspaper"},
        {"1. Đối với Trạm Y tế các xã: trực đủ người.", "Trạm Y tế các xã",
         "an opener before the name"},
        {"1. Các sở, ban, ngành; UBND các huyện", "Các sở, ban, ngành/UBND các huyện",
         "a group and an agency"},
        {"1. Các sở: Y tế, Giáo dục và Đào tạo, Công an tỉnh phối hợp.",
         "Sở Y tế/Sở Giáo dục và Đào tạo/Công an tỉnh", "a head shared over a list"},
        {"1. SỞ Y TẾ", "SỞ Y TẾ", "capitals"},
        {"1. Tổ chức trực 24/24 giờ tại các chốt.", "", "a verb that begins like a team"},
    };
    for (size_t i = 0; i < EPI_COUNT(rows); i++) {
        EPI_ARENA_LOCAL(a);
        struct reading r;
        CHECK(parse(a, epi_str_of(rows[i].line), &r));
        CHECK_INT(r.d.items_n, 1);
        EPI_BUF_LOCAL(b, 4096);
        for (size_t k = 0; k < r.d.items[0].agencies_n; k++)
            epi_buf_printf(&b, "%s%.*s", k ? "/" : "", EPI_FMT(r.d.items[0].agencies[k].name.text));
        CHECK_STR(epi_buf_str(&b), epi_str_of(rows[i].agencies));
    }
}

TEST(symbols_dates_and_types_of_cited_documents_are_told_apart)
{
    static const struct {
        const char *text, *want, *why;
    } rows[] = {
        {"Căn cứ Nghị quyết số 12/NQ-CP ngày 1/2/2024 của Chính phủ.",
         "12/NQ-CP nghị quyết 2024-02-01", "plain"},
        {"Theo văn bản số 9 - CV / BCĐ ngày 03 tháng 4 năm 2024.", "9-CV/BCĐ công văn 2024-04-03",
         "party, blanks"},
        {"Các Quyết định của UBND tỉnh ngày 05/6/2024: số 1/QĐ-UBND về nước, số 2/QĐ-UBND về chợ; "
         "Công văn 3/SYT-NV.",
         "1/QĐ-UBND quyết định 2024-06-05,2/QĐ-UBND quyết định 2024-06-05,3/SYT-NV công văn -",
         "a shared date ends with its clause"},
        {"Căn cứ Nghị định 95/2022/NĐ-CP.", "95/2022/NĐ-CP nghị định -", "with the year"},
        {"Trực 24/24 giờ, tuổi 12-17, ngày 17/11/2021, Covid-19, tổ 5 - An.", "",
         "numbers that are no symbol"},
        {"Công văn số 8/SYT-NV ngày 1/1/2024 và Công văn số 8/SYT-NV.",
         "8/SYT-NV công văn 2024-01-01", "the same document twice"},
    };
    for (size_t i = 0; i < EPI_COUNT(rows); i++) {
        EPI_ARENA_LOCAL(a);
        struct reading r;
        CHECK(parse(a, epi_str_of(rows[i].text), &r));
        EPI_BUF_LOCAL(b, 4096);
        for (size_t k = 0; k < r.d.cites_n; k++) {
            const struct epi_directive_cite *c = &r.d.cites[k];
            char iso[16];
            epi_buf_printf(&b, "%s%.*s %.*s %s", k ? "," : "", EPI_FMT(c->symbol.text),
                           EPI_FMT(c->type.text),
                           epi_date_known(c->date.date) ? epi_date_iso(c->date.date, iso) : "-");
        }
        CHECK_STR(epi_buf_str(&b), epi_str_of(rows[i].want));
    }
}

TEST(a_struck_number_keeps_its_digits_and_loses_confidence)
{
    EPI_ARENA_LOCAL(a);
    struct reading r;
    CHECK(parse(a, EPI_S("Số: ~~118~~ /UBND- VX\n\nKính gửi: Sở Y tế.\n"), &r));
    CHECK_STR(r.d.number.text, EPI_S("118"));
    CHECK_STR(r.d.symbol.text, EPI_S("118/UBND-VX"));
    CHECK(r.d.number.confidence > 0 && r.d.number.confidence < 0.5);
    CHECK(directive_has(&r.findings, "directive.number-struck"));
    CHECK_INT(r.d.number.offset, 8);
    CHECK_INT(r.d.number.length, 3);
}

TEST(values_lose_marks_but_offsets_count_them)
{
    EPI_ARENA_LOCAL(a);
    struct reading r;
    CHECK(parse(a, EPI_S("1. **Sở** *Y tế*\r\n\r\n- Trực __đủ__ người.\r\n"), &r));
    CHECK_STR(r.d.items[0].agencies[0].name.text, EPI_S("Sở Y tế"));
    CHECK_INT(r.d.items[0].agencies[0].name.offset, 5);
    CHECK_STR(r.d.items[0].children[0].text.text, EPI_S("Trực đủ người."));
    CHECK_STR(epi_str_sub(r.text, r.d.items[0].children[0].text.offset,
                          r.d.items[0].children[0].text.length),
              EPI_S("Trực __đủ__ người."));
}

TEST(a_sentence_broken_by_a_page_is_joined)
{
    EPI_ARENA_LOCAL(a);
    struct reading r;
    CHECK(parse(a, EPI_S("1. Sở Y tế\n\n- Trực tại các trạm\n\n- 2 -\n\ny tế xã.\n\n- Báo cáo.\n"),
                &r));
    CHECK_INT(r.d.items_n, 1);
    CHECK_INT(r.d.items[0].children_n, 2);
    CHECK_STR(r.d.items[0].children[0].text.text, EPI_S("Trực tại các trạm y tế xã."));
}

TEST(an_address_ends_where_a_vietnamese_letter_begins)
{
    EPI_ARENA_LOCAL(a);
    struct reading r;
    CHECK(parse(a, EPI_S("Thư gửi về ấa.b@vidu.exaấp nước sạch."), &r));
    CHECK_INT(r.d.contacts.n, 1);
    CHECK_STR(r.d.contacts.list[0].text, EPI_S("a.b@vidu.exa"));
}

TEST(phones_and_addresses_are_found_and_dates_are_not)
{
    EPI_ARENA_LOCAL(a);
    struct reading r;
    CHECK(parse(
        a,
        EPI_S(
            "Gọi 0000 000 000, +84 00 000 0000; thư a.b@vidu.example. Ngày 05.11.2021, số 00012/QĐ-X, "
            "37.000 lượt, 0,5 lít, @vidu, a@b"),
        &r));
    CHECK_INT(r.d.contacts.n, 3);
    CHECK_STR(r.d.contacts.list[0].text, EPI_S("0000 000 000"));
    CHECK_STR(r.d.contacts.list[2].text, EPI_S("a.b@vidu.example"));
}

#define BYTES ((size_t)512 * 1024)
static uint64_t spent_us(void) /* of this thread: others may be busy meanwhile */
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}
/* Four times the text in at most ten times the time: a square would need sixteen. */
static uint64_t time_of(const struct epi_directive_forms *f, epi_str unit, size_t bytes)
{
    EPI_ARENA_LOCAL(a);
    EPI_BUF_LOCAL(b, EPI_DIRECTIVE_MAX_BYTES);
    struct epi_directive d;
    struct epi_findings findings;
    while (b.n + unit.n <= bytes)
        epi_buf_put(&b, unit);
    epi_findings_init(&findings, a, 100);
    uint64_t start = spent_us();
    epi_status s = epi_directive_parse(a, epi_buf_str(&b), f, &d, &findings, NULL);
    uint64_t took = spent_us() - start;
    return s == EPI_OK || s == EPI_INVALID ? took : UINT64_MAX;
}

TEST(half_a_megabyte_of_one_pattern_takes_time_in_proportion)
{
    static const char *const units[] = {
        "1. ",
        "1. \n",
        "1. Sở Y tế\n",
        "*",
        "~~",
        "~~a",
        "- + ",
        "(",
        "a@",
        "0 ",
        "_",
        "<b",
        "V/v a   b\n",
        "\n\n- a,\n",
        "số 1/QĐ-A ngày ",
        "Sở Y tế, ",
        "các huyện A, ",
        "I. ",
        "Kính gửi: a\n",
        "Nơi nhận:   TM. A\n",
        "e\xcc\x81",
        "\xff",
        "Công điện của ",
        "1.1",
        "|",
        "Số: / ",
        "\\*",
    };
    EPI_ARENA_LOCAL(a);
    const struct epi_directive_forms *f = directive_forms(a, "vn");
    CHECK(f);
    for (size_t i = 0; i < EPI_COUNT(units); i++) {
        uint64_t whole = time_of(f, epi_str_of(units[i]), BYTES);
        uint64_t quarter = time_of(f, epi_str_of(units[i]), BYTES / 4);
        if (whole > 10 * quarter + 100000)
            epi_test_fail(__FILE__, __LINE__,
                          "\"%s\": %llu us for the whole, %llu us for a quarter", units[i],
                          (unsigned long long)whole, (unsigned long long)quarter);
        CHECK(whole != UINT64_MAX);
    }
}

/* The numbered items of one line each, behind a head that is enough to find the body. */
static bool parse_body(struct epi_arena *a, const char *body, struct reading *r)
{
    return parse(
        a,
        epi_str_printf(a, "Số: 1/KH-UBND\n\nKẾ HOẠCH\nThử\n\nCăn cứ kế hoạch năm;\n\n%s\n", body),
        r);
}

static epi_str cited(struct epi_arena *a, const struct epi_directive *d)
{
    EPI_BUF_LOCAL(b, 4096);
    for (size_t i = 0; i < d->cites_n; i++)
        epi_buf_printf(&b, "%s%.*s%s%.*s %d", i ? " / " : "", EPI_FMT(d->cites[i].symbol.text),
                       d->cites[i].symbol.text.n && d->cites[i].title.text.n ? " " : "",
                       EPI_FMT(d->cites[i].title.text), d->cites[i].date.year);
    return epi_str_dup(a, epi_buf_str(&b));
}

TEST(a_law_is_cited_by_its_name_and_year)
{
    static const struct {
        const char *line, *cites, *why;
    } rows[] = {
        {"1. Theo Luật Khám bệnh, chữa bệnh năm 2009 và Luật Dược năm 2016.",
         "Luật Khám bệnh, chữa bệnh 2009 / Luật Dược 2016", "a comma inside a name"},
        {"1. Theo Luật Dược ngày 06 tháng 4 năm 2016 của Quốc hội.", "Luật Dược 2016",
         "a full day"},
        {"1. Theo Luật Phòng, chống bệnh truyền nhiễm số 03/2007/QH12 ngày 21/11/2007.",
         "03/2007/QH12 Luật Phòng, chống bệnh truyền nhiễm 2007", "a number behind a long name"},
        {"1. Theo Hiến pháp năm 2013 và Bộ luật Hình sự năm 2015.",
         "Hiến pháp 2013 / Bộ luật Hình sự 2015", "no name but its own; a code of law"},
        {"1. Luật Dược năm 2016 thay Luật Dược năm 2005; Luật Dược năm 2016 có hiệu lực.",
         "Luật Dược 2016 / Luật Dược 2005", "once each"},
        {"1. Luật này có hiệu lực năm 2016; luật sư và Luật sư đoàn biết.", "", "no name"},
        {"1. Theo Luật Dược, các nhà thuốc tự kê khai.", "", "no year, and not what it rests on"},
        {"1. Theo Luật Dược và Nghị định số 54/2017/NĐ-CP ngày 08/5/2017.", "54/2017/NĐ-CP 2017",
         "another document begins before a year"},
    };
    for (size_t i = 0; i < EPI_COUNT(rows); i++) {
        EPI_ARENA_LOCAL(a);
        struct reading r;
        CHECK(parse_body(a, rows[i].line, &r));
        epi_str got = cited(a, &r.d);
        if (!epi_str_eqz(got, rows[i].cites))
            epi_test_fail(__FILE__, __LINE__, "%s: %.*s", rows[i].why, EPI_FMT(got));
    }
}

TEST(agencies_to_work_with_are_apart_from_those_bound)
{
    static const struct {
        const char *line, *bound, *partners;
    } rows[] = {
        {"1. Sở Y tế chủ trì, phối hợp với Công an tỉnh, Sở Tài chính tổ chức thực hiện.",
         "Sở Y tế", "Công an tỉnh/Sở Tài chính"},
        {"1. Công an tỉnh phối hợp chặt chẽ với Sở Y tế và phối hợp với Sở Y tế, Sở Nội vụ.",
         "Công an tỉnh", "Sở Y tế/Sở Nội vụ"},
        {"1. Sở Y tế phối hợp kiểm tra, phối hợp với nhau.", "Sở Y tế", ""},
        {"1. Sở Y tế phối hợp với Sở Y tế.", "Sở Y tế", ""},
    };
    for (size_t i = 0; i < EPI_COUNT(rows); i++) {
        EPI_ARENA_LOCAL(a);
        struct reading r;
        CHECK(parse_body(a, rows[i].line, &r));
        CHECK_INT(r.d.items_n, 1);
        const struct epi_directive_item *item = &r.d.items[0];
        EPI_BUF_LOCAL(b, 1000);
        for (size_t k = 0; k < item->partners_n; k++)
            epi_buf_printf(&b, "%s%.*s", k ? "/" : "", EPI_FMT(item->partners[k].name.text));
        CHECK_INT(item->agencies_n, 1);
        CHECK_STR(item->agencies[0].name.text, epi_str_of(rows[i].bound));
        CHECK_STR(epi_buf_str(&b), epi_str_of(rows[i].partners));
    }
}

TEST(an_annex_is_a_part_of_its_own_and_a_mention_is_none)
{
    static const struct {
        const char *body;
        size_t items, annexes;
        const char *no, *title, *why;
    } rows[] = {
        {"1. Việc một.\n\n2. Việc hai.\n\nPHỤ LỤC 2: BIỂU MẪU\n\n1. Dòng một.\n\n2. Dòng hai.", 2,
         1, "2", "BIỂU MẪU", "in the body, without a signature"},
        {"1. Việc một.\n\nPhụ lục kèm theo kế hoạch này nêu rõ từng việc.", 1, 0, "", "",
         "a sentence"},
        {"1. Việc một nêu tại\nPhụ lục I\nvà bảng kèm theo.", 1, 0, "", "", "inside a sentence"},
        {"1. Việc một.\n\nPHỤ LỤC\n\nDANH SÁCH ĐỘI\n\nNgười một.", 1, 1, "", "DANH SÁCH ĐỘI",
         "the title below, no number"},
        {"1. Việc một.\n\nPHỤ LỤC I\n\n1. Dòng.\n\nTM. ỦY BAN NHÂN DÂN\nCHỦ TỊCH\n\nHọ Tên Mẫu", 1,
         1, "I", "", "the signature behind it"},
        {"1. Việc một.\n\nTM. ỦY BAN NHÂN DÂN\nCHỦ TỊCH\n\nHọ Tên Mẫu\n\nPHỤ LỤC A - MẪU BÁO CÁO\nPHỤ LỤC B\n- Mục.",
         1, 2, "A", "MẪU BÁO CÁO", "two, behind the signature"},
    };
    for (size_t i = 0; i < EPI_COUNT(rows); i++) {
        EPI_ARENA_LOCAL(a);
        struct reading r;
        CHECK(parse_body(a, rows[i].body, &r));
        if (r.d.items_n != rows[i].items || r.d.annexes_n != rows[i].annexes)
            epi_test_fail(__FILE__, __LINE__, "%s: %zu items, %zu annexes", rows[i].why,
                          r.d.items_n, r.d.annexes_n);
        if (r.d.annexes_n) {
            CHECK_STR(r.d.annexes[0].no, epi_str_of(rows[i].no));
            CHECK_STR(r.d.annexes[0].title.text, epi_str_of(rows[i].title));
        }
        CHECK_INT(r.d.signer.text.n > 0, strstr(rows[i].body, "Họ Tên Mẫu") != NULL);
    }
}
