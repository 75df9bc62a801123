// SPDX-License-Identifier: AGPL-3.0-or-later
/* Any bytes parse, or are refused as empty; every place lies in the text; the JSON reads back. A
 * small vocabulary is built in, so that the target needs no file. */
#include "directive/directive.h"

static const char forms_json[] =
    "{\"forms\":[{\"id\":\"state\",\"separator\":\"/\",\"mottos\":[\"Cộng hòa xã hội\"],\"words\":[\"UBND\"]},"
    "{\"id\":\"party\",\"separator\":\"-\",\"mottos\":[\"Đảng Cộng sản\"],\"words\":[\"Tỉnh ủy\"]}],"
    "\"types\":[{\"name\":\"quyết định\",\"abbr\":[\"QĐ\"]},{\"name\":\"công điện\",\"abbr\":[\"CĐ\"]},"
    "{\"name\":\"điện\"},{\"name\":\"luật\",\"named\":true},{\"name\":\"thông báo\",\"abbr\":[\"TB\"]},"
    "{\"name\":\"công văn\",\"abbr\":[\"CV\"],\"unmarked\":\"state\"},{\"name\":\"văn bản\",\"generic\":true}],"
    "\"marks\":[{\"text\":\"TM.\",\"form\":\"state\"},{\"text\":\"KT.\"},{\"text\":\"Q.\"},{\"text\":\"T/M\"}],"
    "\"titles\":[\"Chủ tịch\",\"Phó Chủ tịch\",\"Phó Bí thư\"],\"phone\":{\"prefixes\":[\"0\",\"+84\"]},"
    "\"phrases\":{\"addressees\":[\"Kính gửi\"],\"distribution\":[\"Nơi nhận\"],\"file\":[\"Lưu\"],"
    "\"number\":[\"Số\"],\"subject\":[\"V/v\"],\"note\":[\"Lưu ý\"],\"article\":[\"Điều\"],"
    "\"report\":[\"b/c\",\"để b/c\"],\"signed_\":[\"đã ký\"],\"stamp\":[\"Khẩn\"],\"preamble\":[\"Căn cứ\","
    "\"Thực hiện\"],\"closing\":[\"Yêu cầu\"],\"of\":[\"của\"],\"dated\":[\"ngày\"],\"month\":[\"tháng\"],"
    "\"year\":[\"năm\"],\"many\":[\"các\"],\"and\":[\"và\"],\"delegate\":[\"Giao\"],"
    "\"together\":[\"phối hợp với\"],\"annex\":[\"Phụ lục\"],"
    "\"lead\":[\"chỉ đạo\",\"lãnh đạo\"],\"stop\":[\"chỉ đạo\",\"phối hợp\",\"về\"]},"
    "\"agencies\":{\"heads\":[\"UBND\",\"Ủy ban nhân dân\",\"Ban Thường vụ\",\"Văn phòng\",\"Công an\"],"
    "\"heads_capital\":[\"Sở\",\"Ban\",\"Bộ\"],\"heads_exact\":[\"Tổ\"],\"groups\":[\"các sở\",\"các huyện\"],"
    "\"names\":[\"Sở Lao động, Thương binh và Xã hội\"],\"units\":[\"tỉnh\",\"huyện\",\"huyện ủy\",\"thị xã\"]}}";

static void check_field(const struct epi_directive_field *f, size_t n)
{
    EPI_ASSERT(f->offset <= n && f->length <= n - f->offset && epi_utf8_valid(f->text));
    EPI_ASSERT(f->confidence >= 0 && f->confidence <= 1);
}

static void check_items(const struct epi_directive_item *list, size_t count, size_t n)
{
    for (size_t i = 0; i < count; i++) {
        check_field(&list[i].text, n);
        check_field(&list[i].title, n);
        for (size_t k = 0; k < list[i].agencies_n; k++)
            check_field(&list[i].agencies[k].name, n);
        for (size_t k = 0; k < list[i].partners_n; k++)
            check_field(&list[i].partners[k].name, n);
        check_items(list[i].children, list[i].children_n, n);
    }
}

/* Loaded once: it would cost more than the parse. */
static const struct epi_directive_forms *vocabulary(void)
{
    static const struct epi_directive_forms *forms;
    if (!forms) {
        epi_str json = {forms_json, sizeof forms_json - 1};
        EPI_ASSERT(epi_directive_forms_load(epi_arena_new(0), json, &forms, NULL) == EPI_OK);
    }
    return forms;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    EPI_ARENA_LOCAL(a);
    EPI_BUF_LOCAL(b, SIZE_MAX);
    struct epi_directive d;
    struct epi_findings findings;
    const epi_json *back;
    epi_str text = {(const char *)data, size};
    epi_findings_init(&findings, a, 200);
    epi_status s = epi_directive_parse(a, text, vocabulary(), &d, &findings, NULL);
    EPI_ASSERT(s == EPI_OK || s == EPI_INVALID || size > EPI_DIRECTIVE_MAX_BYTES);
    if (s != EPI_OK)
        return 0;
    check_field(&d.subject, size);
    check_field(&d.issuer, size);
    check_field(&d.closing, size);
    check_items(d.items, d.items_n, size);
    check_items(d.annexes, d.annexes_n, size);
    for (size_t i = 0; i < d.cites_n; i++) {
        check_field(&d.cites[i].symbol, size);
        check_field(&d.cites[i].title, size);
    }
    for (size_t i = 0; i < d.contacts.n; i++)
        check_field(&d.contacts.list[i], size);
    struct epi_jw w = EPI_JW(&b);
    epi_directive_json(&w, &d, &findings, EPI_VI);
    EPI_ASSERT(epi_json_parse(a, epi_buf_str(&b), SIZE_MAX, &back, NULL) == EPI_OK);
    return 0;
}
