// SPDX-License-Identifier: AGPL-3.0-or-later
/* The five official documents of the reference folder, every part against what a person read in
 * them. Signers are compared by hash and subjects by their ends, to keep names and sentences out of
 * the tree. */
#include "base/test.h"
#include "directive/test_support.h"

struct want_item {
    const char *no, *agencies,
        *children; /* "> " = bound through the one before; first three words */
};
struct want {
    const char *file;
    const char *number, *symbol, *type, *form, *issuer, *place, *date, *subject;
    size_t subject_bytes;
    const char *addressees, *cites;
    struct want_item items[9];
    size_t distribution, reports;
    const char *file_line, *chain;
    uint64_t signer_hash;
};
static const struct want wants[] = {
    {
        .file = "directives/000_c1cc6212eaedf0f3.txt",
        .number = "3858",
        .symbol = "3858/UBND-KGVX",
        .type = "công văn",
        .form = "state",
        .issuer = "ỦY BAN NHÂN DÂN TỈNH ĐIỆN BIÊN",
        .place = "Điện Biên",
        .date = "2021-11-17",
        .subject = "tăng cường các … bệnh COVID-19",
        .subject_bytes = 70,
        .addressees = "Các sở, ban, ngành, tổ chức chính trị xã hội tỉnh / "
                      "UBND các huyện, thị xã, thành phố",
        .cites = "605/QĐ-UBND|quyết định|2021-11-05|UBND tỉnh",
        .items =
            {
                {"1", "UBND thành phố Điện Biên Phủ",
                 "Thực hiện phong / Bố trí đầy / Triển khai thực / Chỉ đạo các / "
                 "Rà soát, quản / Xây dựng kế / Tiến hành rà"},
                {"2", "UBND các huyện, thị xã", "Khẩn trương rà / Thực hiện quán / Đẩy nhanh tốc"},
                {"3", "Sở Giáo dục và Đào tạo", "Chỉ đạo các / Có kế hoạch"},
                {"4", "Sở Y tế", ""},
            },
        .distribution = 4,
        .reports = 3,
        .file_line = "KGVX|HĐD",
        .chain = "TM. ỦY BAN NHÂN DÂN / KT. CHỦ TỊCH / PHÓ CHỦ TỊCH",
        .signer_hash = 0xF65B9D88E5AA5A92u,
    },
    {
        .file = "directives/001_c38345dbdb0a7752.txt",
        .number = "2944",
        .symbol = "2944/UBND-KGVX",
        .type = "công văn",
        .form = "state",
        .issuer = "ỦY BAN NHÂN DÂN TỈNH HÀ NAM",
        .place = "Hà Nam",
        .date = "2021-10-28",
        .subject = "nâng cao hiệu … dịch Covid-19",
        .subject_bytes = 72,
        .addressees = "Các sở, ban, ngành, cơ quan cấp tỉnh / "
                      "Ủy ban nhân dân các huyện, thị xã, thành phố",
        .cites = "7668/CĐ-VPCP|công điện|2021-10-20| / "
                 "285/TB-VPCP|thông báo|2021-10-27|Văn phòng Chính phủ / "
                 "1695/CĐ-BYT|công điện|2021-10-25|Bộ Y tế / "
                 "1700/CĐ-BYT|công điện|2021-10-25|Bộ Y tế / "
                 "387-TB/VPTU|thông báo|2021-10-20|",
        .items =
            {
                {"1",
                 "Công an tỉnh / Bộ Chỉ huy quân sự tỉnh / Sở Tài chính / "
                 "các cơ quan, đơn vị cấp tỉnh / "
                 "UBND các huyện, thị xã, thành phố",
                 ""},
                {"2", "UBND các huyện, thị xã, thành phố",
                 "Phối hợp với / Chủ động chuẩn / Tăng cường rà / Chỉ đạo kiện / "
                 "Tăng cường tuyên"},
                {"3", "Sở Y tế", "Kiểm tra, đôn / Rà soát việc / Khẩn trương hoàn"},
                {"4", "Ban Quản lý các khu công nghiệp tỉnh", ""},
                {"5", "Sở Giáo dục và Đào tạo / Sở Lao động- Thương binh và Xã hội",
                 "Tham mưu UBND / Sở Giáo dục"},
                {"6", "Sở Kế hoạch và Đầu tư", ""},
                {"7",
                 "Sở Thông tin và Truyền thông / "
                 "Đài Phát thanh và Truyền hình tỉnh / Báo Hà Nam",
                 "Tăng cường tuyên / Sở Thông tin"},
            },
        .distribution = 7,
        .reports = 2,
        .file_line = "KGVX|Thanh",
        .chain = "TM. ỦY BAN NHÂN DÂN / KT. CHỦ TỊCH / PHÓ CHỦ TỊCH",
        .signer_hash = 0x74DA40D401FA9F1Eu,
    },
    {
        .file = "directives/002_a7d8f3d7d70d7cda.txt",
        .type = "điện",
        .form = "party",
        .issuer = "BAN THƯỜNG VỤ TỈNH ỦY",
        .addressees = "Các cơ quan tham mưu, giúp việc Tỉnh ủy / "
                      "Các ban cán sự đảng, đảng đoàn, đảng ủy trực thuộc Tỉnh ủy / "
                      "Ban Thường vụ Tỉnh đoàn / Các huyện ủy, thành ủy",
        .cites = "",
        .items =
            {
                {"1", "", ""},
                {"2",
                 "Ban cán sự đảng Ủy ban nhân dân tỉnh / "
                 "> Ủy ban nhân dân tỉnh",
                 "Kích hoạt Trung / Triển khai thành / Đẩy nhanh tiến / "
                 "Tăng cường kiểm"},
                {"3",
                 "Ban Thường vụ huyện ủy Đăk Hà / "
                 "Ban Thường vụ huyện ủy Đăk Tô / "
                 "Ban Thường vụ huyện ủy Tu Mơ Rông",
                 "Nhanh chóng khoanh / Tập trung truy"},
                {"4", "Ban Tuyên giáo Tỉnh ủy", ""},
                {"5",
                 "Ban Chỉ đạo phòng, chống dịch COVID-19 tỉnh / "
                 "Ban Thường vụ các huyện ủy, thành ủy",
                 ""},
            },
        .distribution = 3,
        .reports = 1,
        .file_line = "Văn phòng Tỉnh ủy|",
        .chain = "T/M BAN THƯỜNG VỤ / PHÓ BÍ THƯ",
        .signer_hash = 0x22C6D552D1C71405u,
    },
    {
        .file = "directives/003_03cce5475e54d6ff.txt",
        .type = "thông báo",
        .form = "party",
        .issuer = "Văn phòng Tỉnh ủy",
        .subject = "kết luận của … ngày 09/11/2021",
        .subject_bytes = 212,
        .addressees = "",
        .cites = "",
        .items =
            {
                {"1", "", ""},
                {"2",
                 "Ban cán sự đảng UBND tỉnh / > UBND tỉnh / "
                 "> các sở, ngành liên quan",
                 "Đối với tiêu / Đối với tiêu / Thống nhất chủ / Xây dựng Kế / "
                 "Chủ động xây / Triển khai các"},
                {"3", "", "Giao Ban Tuyên / Ban Dân vận"},
            },
        .distribution = 11,
        .reports = 0,
        .file_line = "Văn phòng Tỉnh ủy|hn",
        .chain = "CHÁNH VĂN PHÒNG",
        .signer_hash = 0xF1B95763129EA03Bu,
    },
    {
        .file = "directives/004_1ac6e944d1dcf2e6.txt",
        .symbol = "/UBND-KGVX",
        .type = "công văn",
        .form = "state",
        .issuer = "UBND tỉnh",
        .place = "Son La",
        .subject = "triển khai Văn … Covid-19 tỉnh",
        .subject_bytes = 98,
        .addressees = "Các sở, ban, ngành / UBND các huyện, thành phố",
        .cites = "30-CV/BCĐ|công văn|2021-11-21|Ban Chỉ đạo phòng, chống dịch Covid-19 tỉnh / "
                 "128/NQ-CP|nghị quyết|2021-10-11|Chính phủ / "
                 "4800/QĐ-BYT|quyết định|2021-10-12|Bộ Y tế / "
                 "73/VHCS-NSVH|công văn|2021-02-04|Bộ Văn hóa - Thể thao và Du lịch",
        .items =
            {
                {"1", "Sở Y tế", "Xây dựng kế / Thực hiện tốt / Tham mưu xây"},
                {"2", "Sở Tài chính", "Phối hợp với / Tham mưu xây"},
                {"3", "Sở Lao động, Thương binh và Xã hội", ""},
                {"4", "Sở Văn hóa - Thể thao và Du lịch", ""},
                {"5", "Các sở, ban, ngành / UBND các huyện, thành phố",
                 "Tiếp tục nâng / Đẩy nhanh tiến / Các huyện thành / Tiếp tục duy"},
            },
        .distribution = 9,
        .reports = 1,
        .file_line = "KGVX|S.Hùng",
        .chain = "TL. CHỦ TỊCH / KT. CHÁNH VĂN PHÒNG / PHÓ CHÁNH VĂN PHÒNG",
        .signer_hash = 0xAB72CFFDAA8AE5CFu,
    },
};

static void join(struct epi_buf *b, epi_str s)
{
    if (b->n)
        epi_buf_putz(b, " / ");
    epi_buf_put(b, s);
}

static epi_str joined(struct epi_arena *a, const struct epi_directive_list *l)
{
    EPI_BUF_LOCAL(b, 1 << 16);
    for (size_t i = 0; i < l->n; i++)
        join(&b, l->list[i].text);
    return epi_str_dup(a, epi_buf_str(&b));
}

static epi_str cites_text(struct epi_arena *a, const struct epi_directive *d)
{
    EPI_BUF_LOCAL(b, 1 << 16);
    for (size_t i = 0; i < d->cites_n; i++) {
        const struct epi_directive_cite *c = &d->cites[i];
        char iso[16];
        join(&b,
             epi_str_printf(a, "%.*s|%.*s|%s|%.*s", EPI_FMT(c->symbol.text), EPI_FMT(c->type.text),
                            epi_date_iso(c->date.date, iso), EPI_FMT(c->issuer.text)));
    }
    return epi_str_dup(a, epi_buf_str(&b));
}

static epi_str agencies_text(struct epi_arena *a, const struct epi_directive_item *item)
{
    EPI_BUF_LOCAL(b, 1 << 16);
    for (size_t i = 0; i < item->agencies_n; i++)
        join(&b, epi_str_printf(a, "%s%.*s", item->agencies[i].through ? "> " : "",
                                EPI_FMT(item->agencies[i].name.text)));
    return epi_str_dup(a, epi_buf_str(&b));
}

/* The first `n` words, or the last. */
static epi_str words(epi_str s, int n, bool last)
{
    size_t i = last ? s.n : 0;
    for (; n > 0 && (last ? i > 0 : i < s.n); n--) {
        i = last ? i - 1 : i + 1;
        while (last ? i > 0 && s.p[i] != ' ' : i < s.n && s.p[i] != ' ')
            last ? i-- : i++;
    }
    return last ? epi_str_trim(epi_str_sub(s, i, s.n)) : epi_str_sub(s, 0, i);
}

static epi_str children_text(struct epi_arena *a, const struct epi_directive_item *item)
{
    EPI_BUF_LOCAL(b, 1 << 16);
    for (size_t i = 0; i < item->children_n; i++)
        join(&b, words(item->children[i].text.text, 3, false));
    return epi_str_dup(a, epi_buf_str(&b));
}

static void check_items(struct epi_arena *a, const struct want *w, const struct epi_directive *d)
{
    size_t n = 0;
    while (n < EPI_COUNT(w->items) && w->items[n].no)
        n++;
    CHECK_INT(d->items_n, n);
    for (size_t i = 0; i < n; i++) {
        CHECK_STR(d->items[i].no, epi_str_of(w->items[i].no));
        CHECK_STR(agencies_text(a, &d->items[i]), epi_str_of(w->items[i].agencies));
        CHECK_STR(children_text(a, &d->items[i]), epi_str_of(w->items[i].children));
    }
}

static void check_tail(struct epi_arena *a, const struct want *w, const struct epi_directive *d)
{
    size_t reports = 0;
    for (size_t i = 0; i < d->distribution_n; i++)
        reports += d->distribution[i].for_report;
    CHECK_INT(d->distribution_n, w->distribution);
    CHECK_INT(reports, w->reports);
    CHECK_STR(
        epi_str_printf(a, "%.*s|%.*s", EPI_FMT(d->file_unit.text), EPI_FMT(d->file_initials.text)),
        epi_str_of(w->file_line));
    CHECK_STR(joined(a, &d->chain), epi_str_of(w->chain));
    CHECK(epi_str_hash(d->signer.text) == w->signer_hash);
}

static void check_one(struct epi_arena *a, const struct want *w)
{
    struct reading r;
    const char *path = epi_test_shared(a, w->file);
    if (!path)
        SKIP("the reference documents are not here");
    CHECK(directive_read(a, path, "vn", &r));
    const struct epi_directive *d = &r.d;
    char iso[16];
    CHECK_STR(d->number.text, epi_str_of(w->number));
    CHECK_STR(d->symbol.text, epi_str_of(w->symbol));
    CHECK_STR(d->type.text, epi_str_of(w->type));
    CHECK_STR(d->form.text, epi_str_of(w->form));
    CHECK_STR(d->issuer.text, epi_str_of(w->issuer));
    CHECK_STR(d->place.text, epi_str_of(w->place));
    CHECK_STR(epi_str_of(epi_date_iso(d->date.date, iso)), epi_str_of(w->date));
    CHECK_INT(d->subject.text.n, w->subject_bytes);
    if (w->subject)
        CHECK_STR(epi_str_printf(a, "%.*s … %.*s", EPI_FMT(words(d->subject.text, 3, false)),
                                 EPI_FMT(words(d->subject.text, 2, true))),
                  epi_str_of(w->subject));
    CHECK_STR(joined(a, &d->addressees), epi_str_of(w->addressees));
    CHECK_STR(cites_text(a, d), epi_str_of(w->cites));
    check_items(a, w, d);
    check_tail(a, w, d);
    CHECK(directive_places_hold(d, r.text));
}

TEST(every_part_of_the_dien_bien_letter_is_read)
{
    EPI_ARENA_LOCAL(a);
    check_one(a, &wants[0]);
}

TEST(every_part_of_the_ha_nam_letter_is_read)
{
    EPI_ARENA_LOCAL(a);
    check_one(a, &wants[1]);
}

TEST(every_part_of_the_kon_tum_telegram_is_read)
{
    EPI_ARENA_LOCAL(a);
    check_one(a, &wants[2]);
}

TEST(every_part_of_the_dak_lak_notice_is_read)
{
    EPI_ARENA_LOCAL(a);
    check_one(a, &wants[3]);
}

TEST(every_part_of_the_son_la_letter_is_read)
{
    EPI_ARENA_LOCAL(a);
    check_one(a, &wants[4]);
}

static bool read_shared(struct epi_arena *a, size_t i, struct reading *r)
{
    const char *path = epi_test_shared(a, wants[i].file);
    return path && directive_read(a, path, "vn", r);
}

TEST(bullets_below_bullets_and_sentences_over_a_page_end_stay_together)
{
    EPI_ARENA_LOCAL(a);
    struct reading r;
    if (!read_shared(a, 0, &r))
        SKIP("the reference documents are not here");
    const struct epi_directive_item *item = &r.d.items[0];
    CHECK_INT(item->children[2].children_n, 3);
    CHECK_STR(item->children[2].children[0].no, EPI_S("+"));
    CHECK_STR(words(item->children[6].text.text, 2, true), EPI_S("nói trên."));
    CHECK(epi_str_find(item->children[6].text.text, EPI_S("tăng cường công tác"), 0) != SIZE_MAX);
    CHECK_INT(r.d.items[3].children_n, 0);
    CHECK_STR(r.d.items[3].title.text, EPI_S("Sở Y tế"));
    CHECK(r.d.items[3].text.text.n > 200);
    CHECK_INT(r.d.notes.n, 1);
    CHECK_STR(words(r.d.closing.text, 2, true), EPI_S("yêu cầu."));
}

TEST(a_bullet_that_opens_with_agencies_binds_them)
{
    EPI_ARENA_LOCAL(a);
    struct reading r;
    if (!read_shared(a, 3, &r))
        SKIP("the reference documents are not here");
    const struct epi_directive_item *item = &r.d.items[2];
    CHECK_STR(agencies_text(a, &item->children[0]), EPI_S("Ban Tuyên giáo Tỉnh ủy"));
    CHECK_STR(
        agencies_text(a, &item->children[1]),
        EPI_S(
            "Ban Dân vận Tỉnh ủy / Ủy ban Mặt trận Tổ quốc Việt Nam tỉnh / các tổ chức chính trị - "
            "xã hội"));
    CHECK_STR(item->title.text, EPI_S("Về công tác tuyên truyền"));
}

TEST(what_is_missing_or_doubtful_is_a_finding_with_its_place)
{
    EPI_ARENA_LOCAL(a);
    struct reading r;
    if (!read_shared(a, 1, &r))
        SKIP("the reference documents are not here");
    CHECK(directive_has(&r.findings, "directive.number-struck"));
    CHECK(r.d.number.confidence < 0.5);
    CHECK(read_shared(a, 4, &r));
    CHECK(directive_has(&r.findings, "directive.number-missing"));
    CHECK(directive_has(&r.findings, "directive.date-incomplete"));
    CHECK(directive_has(&r.findings, "directive.issuer-inferred"));
    CHECK_INT(r.d.date.year, 2021);
    CHECK_INT(r.d.date.month, 11);
}

TEST(private_contacts_are_found_but_never_repeated)
{
    EPI_ARENA_LOCAL(a);
    struct reading r;
    if (!read_shared(a, 2, &r))
        SKIP("the reference documents are not here");
    CHECK_INT(r.d.contacts.n, 2);
    for (size_t i = 0; i < r.findings.n; i++) {
        const struct epi_finding *f = &r.findings.list[i];
        epi_str said = epi_finding_text(a, f, EPI_EN);
        for (size_t k = 0; k < 2; k++)
            CHECK(epi_str_find(said, r.d.contacts.list[k].text, 0) == SIZE_MAX);
    }
    CHECK(directive_has(&r.findings, "directive.personal-contact"));
}

TEST(a_document_of_reference_parses_within_twenty_milliseconds)
{
    EPI_ARENA_LOCAL(a);
    struct reading r;
    const struct epi_clock *clock = &epi_io_real()->clock;
    if (!read_shared(a, 1, &r))
        SKIP("the reference documents are not here");
    uint64_t best = UINT64_MAX; /* the best of ten: other work shares the machine */
    for (int i = 0; i < 10; i++) {
        struct epi_directive d;
        uint64_t start = clock->monotonic_us(clock->ctx);
        CHECK_OK(epi_directive_parse(a, r.text, r.forms, &d, NULL, NULL));
        uint64_t took = clock->monotonic_us(clock->ctx) - start;
        best = took < best ? took : best;
    }
    CHECK(best <= 20000);
}
