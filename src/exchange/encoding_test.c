// SPDX-License-Identifier: AGPL-3.0-or-later
#include "exchange/test_help.h"
#include "exchange/syllable.h"

/* Every vowel of the language with every tone, and text as lists have it. */
static const char sample[] = "Họ và tên,Địa chỉ,Ghi chú\n"
                             "Nguyễn Thị Hường,Phường Mường Thanh,đã tiêm đủ liều\n"
                             "Lò Văn Ước,Bản Nậm Pồ,sốt nhẹ chưa rõ nguồn lây\n"
                             "Quàng Thị Ỷ,Xã Búng Lao huyện Mường Ảng,đau họng\n"
                             "Trần Bảo Ngữ,Tổ dân phố mười bảy,tiếp xúc gần với bệnh nhân\n";

static epi_status read(struct epi_arena *a, epi_str bytes, epi_encoding wanted, epi_str *ret,
                       epi_encoding *e, struct epi_findings *f, struct epi_err *err)
{
    epi_findings_init(f, a, 0);
    return epi_exchange_text(a, bytes, 1000000, wanted, ret, e, f, err);
}

TEST(every_encoding_in_use_is_found_and_read_without_loss)
{
    USES_NO_RNG;
    static const epi_encoding all[] = {EPI_ENC_UTF8, EPI_ENC_UTF16LE, EPI_ENC_UTF16BE,
                                       EPI_ENC_CP1258, EPI_ENC_VNI};
    EPI_ARENA_LOCAL(a);
    for (size_t i = 0; i < EPI_COUNT(all); i++) {
        epi_str text, bytes = epi_exchange_encode(a, epi_str_of(sample), all[i]);
        epi_encoding e;
        struct epi_findings f;
        CHECK_OK(read(a, bytes, EPI_ENC_AUTO, &text, &e, &f, NULL));
        CHECK_INT(e, all[i]);
        CHECK_TEXT(text, sample);
        CHECK_INT(f.n, 0);
    }
}

TEST(tcvn3_is_found_and_keeps_the_letters_its_fonts_have)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    /* as the ABC fonts store it: written by hand, not by the encoder */
    epi_str bytes = EPI_S("Nguy\xD4n V\xA8n \xA7\xF8\x63 \xEB ph\xAD\xEAng M\xAD\xEAng Thanh\n"
                          "L\xDF Th\xDE Hoa \xEB x\xB7 B\xF3ng Lao\n");
    epi_str text;
    epi_encoding e;
    struct epi_findings f;
    CHECK_OK(read(a, bytes, EPI_ENC_AUTO, &text, &e, &f, NULL));
    CHECK_INT(e, EPI_ENC_TCVN3);
    CHECK_TEXT(text, "Nguyễn Văn Đức ở phường Mường Thanh\nLò Thị Hoa ở xã Búng Lao\n");
}

TEST(windows_1258_combining_tones_become_composed_letters)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    epi_str text;
    epi_encoding e;
    struct epi_findings f;
    /* e-circumflex + combining tilde */
    CHECK_OK(read(a, EPI_S("Nguy\xEA\xDEn Thi\xF2 Nh\xE0n"), EPI_ENC_CP1258, &text, &e, &f, NULL));
    CHECK_TEXT(text, "Nguyễn Thị Nhàn");
}

TEST(vni_pairs_are_read_as_one_letter)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    epi_str text;
    epi_encoding e;
    struct epi_findings f;
    CHECK_OK(read(a,
                  EPI_S("Nguye\xE3n Va\xEAn \xD1\xF6\xF9\x63, ph\xF6\xF4\xF8ng M\xF6\xF4\xF8ng "
                        "Thanh, tie\xE2m \xF1u\xFB lie\xE0u"),
                  EPI_ENC_AUTO, &text, &e, &f, NULL));
    CHECK_INT(e, EPI_ENC_VNI);
    CHECK_TEXT(text, "Nguyễn Văn Đức, phường Mường Thanh, tiêm đủ liều");
}

TEST(utf8_that_carries_an_old_font_is_converted_with_a_warning)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    epi_str vni = epi_exchange_encode(a, epi_str_of(sample), EPI_ENC_VNI), text;
    EPI_BUF_LOCAL(as_latin1, 10000);
    for (size_t i = 0; i < vni.n; i++) {
        char u[4];
        epi_buf_put(&as_latin1, (epi_str){u, epi_utf8_put(u, (uint8_t)vni.p[i])});
    }
    epi_encoding e;
    struct epi_findings f;
    CHECK_OK(read(a, epi_buf_str(&as_latin1), EPI_ENC_AUTO, &text, &e, &f, NULL));
    CHECK_TEXT(text, sample);
    CHECK_INT(f.n, 1);
    CHECK_TEXT(epi_str_of(f.list[0].code), "text.font-encoding");
}

TEST(western_text_stays_as_it_is)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    epi_str text;
    epi_encoding e;
    struct epi_findings f;
    CHECK_OK(read(a, EPI_S("nom,\xC3\xA2ge\nRen\xC3\xA9 M\xC3\xBCller,41\nS\xC3\xB8ren,17\n"),
                  EPI_ENC_AUTO, &text, &e, &f, NULL));
    CHECK_TEXT(text, "nom,âge\nRené Müller,41\nSøren,17\n");
    CHECK_INT(f.n, 0);
}

TEST(a_close_vote_names_the_encoding_chosen)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    epi_str text;
    epi_encoding e;
    struct epi_findings f;
    CHECK_OK(read(a, EPI_S("name\nRen\xE9\n"), EPI_ENC_AUTO, &text, &e, &f, NULL));
    CHECK_INT(f.counts[EPI_WARNING], 1);
    CHECK_TEXT(epi_str_of(f.list[0].code), "text.encoding-unsure");
    CHECK_TEXT(f.list[0].arg1, epi_encoding_word(e));
}

TEST(binary_and_empty_files_are_refused_with_advice)
{
    USES_NO_RNG;
    static const struct {
        epi_str bytes;
        const char *code, *why;
    } rows[] = {
        {EPI_SC("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1 old"), "file.other-kind", "an old workbook"},
        {EPI_SC("%PDF-1.7\n"), "file.other-kind", "a PDF"},
        {EPI_SC("a,b\n1,\x01\x00\x02\x00\xFF\xFE"), "file.binary",
         "NUL bytes in no UTF-16 pattern"},
        {EPI_SC(""), "file.empty", "nothing"},
    };
    EPI_ARENA_LOCAL(a);
    for (size_t i = 0; i < EPI_COUNT(rows); i++) {
        epi_str text;
        epi_encoding e;
        struct epi_findings f;
        struct epi_err err = {.status = EPI_OK};
        CHECK(read(a, rows[i].bytes, EPI_ENC_AUTO, &text, &e, &f, &err) != EPI_OK);
        CHECK_TEXT(epi_str_of(err.code), rows[i].code);
        CHECK(epi_err_text(a, &err, EPI_VI).n > 20);
    }
}

TEST(broken_utf8_is_reported_not_hidden)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    EPI_BUF_LOCAL(b, 10000);
    epi_buf_putz(&b, sample);
    epi_buf_putz(&b, "c\xE1\xBB"); /* cut in a letter */
    epi_str text;
    epi_encoding e;
    struct epi_findings f;
    CHECK_OK(read(a, epi_buf_str(&b), EPI_ENC_AUTO, &text, &e, &f, NULL));
    CHECK_INT(e, EPI_ENC_UTF8);
    CHECK_INT(f.counts[EPI_ERROR], 1);
    CHECK_TEXT(epi_str_of(f.list[0].code), "text.bad-bytes");
    CHECK(epi_utf8_valid(text));
}

TEST(syllables_are_told_from_noise)
{
    USES_NO_RNG;
    struct epi__syllables s;
    epi__syllables_count(
        EPI_S("Nguyễn Khuyến quyết giữ nghiêng Điện Biên Phủ đường thuở ngoằn khuỷu giếng"), &s);
    CHECK_INT(s.bad, 0);
    CHECK(s.good >= 10);
    epi__syllables_count(EPI_S("Ren\xC3\xA9 M\xC3\xBCller Nguy\xC3\x94n bàcx tật tạt tàt"), &s);
    CHECK_INT(s.good, 2);
}

PROPERTY(any_bytes_give_valid_text_or_a_refusal, 300)
{
    EPI_ARENA_LOCAL(a);
    char bytes[200];
    size_t n = epi_rng_below(rng, sizeof bytes) + 1;
    for (size_t i = 0; i < n; i++)
        bytes[i] = (char)(epi_rng_chance(rng, 0.6) ? epi_rng_between(rng, 32, 126)
                                                   : epi_rng_between(rng, 0, 255));
    epi_str text = EPI_NIL;
    epi_encoding e;
    struct epi_findings f;
    struct epi_err err = {.status = EPI_OK};
    if (read(a, (epi_str){bytes, n}, (epi_encoding)epi_rng_below(rng, EPI_ENC_COUNT), &text, &e, &f,
             &err) == EPI_OK)
        CHECK(epi_utf8_valid(text));
    else
        CHECK(err.code && epi_err_text(a, &err, EPI_EN).n > 10);
}
