// SPDX-License-Identifier: AGPL-3.0-or-later
#include "exchange/test_help.h"

static const struct epi_forms *forms(struct epi_arena *a)
{
    const struct epi_forms *f = NULL;
    struct epi_err err = {.status = EPI_OK};
    if (epi_forms_load(a, &epi_io_real()->fs, epi_test_repo(a, "data/forms/vn"), &f, &err) !=
        EPI_OK)
        epi_test_fail(__FILE__, __LINE__, "forms: %s", err.code ? err.code : "");
    return f;
}

TEST(numbers_are_read_with_either_decimal_mark)
{
    USES_NO_RNG;
    static const struct {
        const char *text;
        double want;
        epi_value_note note;
    } rows[] = {
        {"37.5", 37.5, EPI_NOTE_NONE},
        {"37,5", 37.5, EPI_NOTE_NONE},
        {"1.234,5", 1234.5, EPI_NOTE_NONE},
        {"1,234.5", 1234.5, EPI_NOTE_NONE},
        {"1 234,5", 1234.5, EPI_NOTE_NONE},
        {"1.234.567", 1234567, EPI_NOTE_NONE},
        {"1,234,567.25", 1234567.25, EPI_NOTE_NONE},
        {"-3", -3, EPI_NOTE_NONE},
        {"+3", 3, EPI_NOTE_NONE},
        {"1e3", 1000, EPI_NOTE_NONE},
        {"1.234", 1.234, EPI_NOTE_AMBIGUOUS},
        {"0.123", 0.123, EPI_NOTE_NONE},
        {"", 0, EPI_NOTE_EMPTY},
        {"12a", 0, EPI_NOTE_UNREADABLE},
        {"1.2.3", 0, EPI_NOTE_UNREADABLE},
        {"1,23,456.7", 0, EPI_NOTE_UNREADABLE},
        {"--1", 0, EPI_NOTE_UNREADABLE},
        {".", 0, EPI_NOTE_UNREADABLE},
        {"=1+1", 0, EPI_NOTE_UNREADABLE},
        {"1\xC2\xA0"
         "234,5",
         1234.5, EPI_NOTE_NONE},
    };
    for (size_t i = 0; i < EPI_COUNT(rows); i++) {
        double f = 0;
        CHECK_INT(epi_number_read(epi_str_of(rows[i].text), &f), rows[i].note);
        CHECK_NEAR(f, rows[i].want, 1e-12);
    }
    int64_t n = 0;
    CHECK_INT(epi_integer_read(EPI_S("1.234"), &n), EPI_NOTE_AMBIGUOUS);
    CHECK_INT(n, 1234);
    CHECK_INT(epi_integer_read(EPI_S("12.0"), &n), EPI_NOTE_NONE);
    CHECK_INT(n, 12);
    CHECK_INT(epi_integer_read(EPI_S("12.5"), &n), EPI_NOTE_OUT_OF_RANGE);
    CHECK_INT(epi_integer_read(EPI_S("1e300"), &n), EPI_NOTE_OUT_OF_RANGE);
}

TEST(yes_and_no_in_both_languages)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    const struct epi_forms *f = forms(a);
    static const struct {
        const char *text;
        int want; /* -1 empty, -2 unreadable */
    } rows[] = {{"có", 1},    {"Có", 1}, {"CÓ", 1},        {"không", 0}, {"Ko", 0},    {"yes", 1},
                {"No", 0},    {"x", 1},  {"X", 1},         {"1", 1},     {"0", 0},     {"true", 1},
                {"FALSE", 0}, {"", -1},  {"không rõ", -1}, {"n/a", -1},  {"maybe", -2}};
    for (size_t i = 0; i < EPI_COUNT(rows); i++) {
        bool b = false;
        epi_value_note n = epi_bool_read(f, epi_str_of(rows[i].text), &b);
        CHECK_INT(n == EPI_NOTE_EMPTY ? -1 : n == EPI_NOTE_NONE ? b : -2, rows[i].want);
    }
}

TEST(phones_become_e164_and_old_numbers_their_present_form)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    const struct epi_phone_plan *p = &forms(a)->phone;
    static const struct {
        const char *text, *want;
        epi_value_note note;
    } rows[] = {
        {"0912345678", "+84912345678", EPI_NOTE_NONE},
        {"091 234 5678", "+84912345678", EPI_NOTE_NONE},
        {"0912.345.678", "+84912345678", EPI_NOTE_NONE},
        {"+84912345678", "+84912345678", EPI_NOTE_NONE},
        {"+84 (0) 912 345 678", "+84912345678", EPI_NOTE_NONE},
        {"84912345678", "+84912345678", EPI_NOTE_NONE},
        {"0084912345678", "+84912345678", EPI_NOTE_NONE},
        {"912345678", "+84912345678", EPI_NOTE_LOST_ZERO},
        {"01201234567", "+84701234567", EPI_NOTE_RENUMBERED},
        {"01621234567", "+84321234567", EPI_NOTE_RENUMBERED},
        {"01991234567", "+84591234567", EPI_NOTE_RENUMBERED},
        {"+841201234567", "+84701234567", EPI_NOTE_RENUMBERED},
        {"02153831234", "+842153831234", EPI_NOTE_NONE},
        {"0912345678 / 0987654321", "+84912345678", EPI_NOTE_SEVERAL},
        {"+856 20 5555 1234", "+8562055551234", EPI_NOTE_NONE},
        {"12345", "", EPI_NOTE_UNREADABLE},
        {"0512345", "", EPI_NOTE_UNREADABLE},
        {"không có", "", EPI_NOTE_UNREADABLE},
        {"", "", EPI_NOTE_EMPTY},
        {"+", "", EPI_NOTE_UNREADABLE},
    };
    for (size_t i = 0; i < EPI_COUNT(rows); i++) {
        char out[20];
        CHECK_INT(epi_phone_read(p, epi_str_of(rows[i].text), false, out), rows[i].note);
        CHECK_TEXT(epi_str_of(out), rows[i].want);
    }
}

TEST(documents_keep_zeros_and_tell_when_they_lost_them)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    const struct epi_forms *f = forms(a);
    static const struct {
        const char *text, *want, *kind;
        epi_value_note note;
    } rows[] = {
        {"011095001234", "011095001234", "cccd", EPI_NOTE_NONE},
        {"011 095 001 234", "011095001234", "cccd", EPI_NOTE_NONE},
        {"11095001234", "11095001234", "", EPI_NOTE_LOST_ZERO},
        {"1095001234", "1095001234", "", EPI_NOTE_LOST_ZERO},
        {"040123456", "040123456", "cmnd", EPI_NOTE_NONE},
        {"40123456", "40123456", "", EPI_NOTE_LOST_ZERO},
        {"c1234567", "C1234567", "passport", EPI_NOTE_NONE},
        {"123", "123", "", EPI_NOTE_LENGTH},
        {"1234567890123", "1234567890123", "", EPI_NOTE_LENGTH},
        {"a/b", NULL, "", EPI_NOTE_UNREADABLE},
        {"", "", "", EPI_NOTE_EMPTY},
    };
    for (size_t i = 0; i < EPI_COUNT(rows); i++) {
        char out[36];
        const struct epi_document_kind *k = NULL;
        CHECK_INT(epi_document_read(f, epi_str_of(rows[i].text), out, &k), rows[i].note);
        if (rows[i].want)
            CHECK_TEXT(epi_str_of(out), rows[i].want);
        CHECK_TEXT(k ? k->type : EPI_S(""), rows[i].kind);
    }
    char out[36];
    const struct epi_document_kind *k = NULL;
    CHECK_INT(epi_document_read(f, EPI_S("011095001234"), out, &k),
              EPI_NOTE_NONE); /* a man born in 1995 */
    CHECK(epi_document_fits(k, epi_str_of(out), 1995, 'm'));
    CHECK(!epi_document_fits(k, epi_str_of(out), 1996, 'm'));
    CHECK(!epi_document_fits(k, epi_str_of(out), 1995, 'f'));
    CHECK(epi_document_fits(k, epi_str_of(out), 0, 0));
}

/* --- cells against the catalogue ------------------------------------------------------------- */
struct cells {
    struct epi_arena *a;
    const struct epi_catalogue *c;
    struct epi_cell_options o;
    struct epi_findings f;
};

static bool open_cells(struct cells *c, struct epi_arena *a)
{
    c->a = a;
    epi_findings_init(&c->f, a, 0);
    c->o = (struct epi_cell_options){
        forms(a), {.order = EPI_ORDER_DMY, .last_year = 2022, .utc_offset_minutes = 420}};
    return c->o.forms && epi_catalogue_new(a, EPI_NIL, &c->c, &c->f, NULL) == EPI_OK;
}

static bool cell(struct cells *c, int kind, int field, const char *text, epi_cell_kind ck,
                 struct epi_value *v)
{
    const struct epi_field *f = &c->c->kinds[kind].fields[field];
    struct epi_cell_reader *r = epi_cell_reader_new(c->a, f, EPI_S("column"), &c->o);
    epi_findings_init(&c->f, c->a, 0);
    return epi_exchange_cell(c->a, r, epi_str_of(text), ck, 7, v, &c->f);
}

TEST(words_match_labels_of_both_languages_and_usual_spellings)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct cells c;
    struct epi_value v;
    CHECK(open_cells(&c, a));
    static const struct {
        int kind, field;
        const char *text, *want;
    } rows[] = {
        {EPI_K_PERSON, EPI_PERSON_SEX, "Nam", "male"},
        {EPI_K_PERSON, EPI_PERSON_SEX, "NỮ", "female"},
        {EPI_K_PERSON, EPI_PERSON_SEX, "nu", "female"},
        {EPI_K_PERSON, EPI_PERSON_SEX, "F", "female"},
        {EPI_K_CASE, EPI_CASE_OUTCOME, "Ra viện", "recovered"},
        {EPI_K_CASE, EPI_CASE_OUTCOME, "tử vong", "died"},
        {EPI_K_CASE, EPI_CASE_DETECTION, "khu phong toả", "lockdown_zone"},
        {EPI_K_CASE, EPI_CASE_CLASSIFICATION, "F0", "confirmed"},
    };
    for (size_t i = 0; i < EPI_COUNT(rows); i++) {
        CHECK(cell(&c, rows[i].kind, rows[i].field, rows[i].text, EPI_CELL_TEXT, &v));
        CHECK_TEXT(epi_v_as_text(v), rows[i].want);
        CHECK_INT(c.f.n, 0);
    }
    CHECK(cell(&c, EPI_K_PERSON, EPI_PERSON_SEX, "không rõ", EPI_CELL_TEXT, &v));
    CHECK_INT(v.t, EPI_V_NULL);
    CHECK(!cell(&c, EPI_K_PERSON, EPI_PERSON_SEX, "abc", EPI_CELL_TEXT, &v));
    CHECK_TEXT(epi_str_of(c.f.list[0].code), "word.unknown");
    CHECK_INT(c.f.list[0].row, 7);
}

TEST(cells_become_typed_values_or_findings)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct cells c;
    struct epi_value v;
    CHECK(open_cells(&c, a));
    CHECK(cell(&c, EPI_K_CASE, EPI_CASE_ONSET, "17/11/2021", EPI_CELL_TEXT, &v));
    CHECK_INT(v.i, epi_date_ymd(2021, 11, 17).d);
    CHECK(!cell(&c, EPI_K_CASE, EPI_CASE_ONSET, "11/25/2021", EPI_CELL_TEXT, &v));
    CHECK_TEXT(epi_str_of(c.f.list[0].code), "date.other-order");
    CHECK(cell(&c, EPI_K_CASE, EPI_CASE_ONSET, "chưa rõ", EPI_CELL_TEXT, &v));
    CHECK_INT(v.t, EPI_V_NULL);
    CHECK(cell(&c, EPI_K_PERSON, EPI_PERSON_BIRTH_YEAR, "1985", EPI_CELL_NUMBER, &v));
    CHECK_INT(v.i, 1985);
    CHECK(cell(&c, EPI_K_PERSON, EPI_PERSON_BIRTH_YEAR, "05/02/1985", EPI_CELL_TEXT, &v));
    CHECK_INT(v.i, 1985);
    CHECK(cell(&c, EPI_K_PERSON, EPI_PERSON_PHONE, "912345678", EPI_CELL_NUMBER, &v));
    CHECK_TEXT(epi_v_as_text(v), "+84912345678");
    CHECK_TEXT(epi_str_of(c.f.list[0].code), "phone.lost-zero");
    CHECK(!cell(&c, EPI_K_PERSON, EPI_PERSON_DOCUMENT, "11095001234", EPI_CELL_NUMBER, &v));
    CHECK_TEXT(epi_str_of(c.f.list[0].code), "document.lost-zero");
    CHECK(cell(&c, EPI_K_PERSON, EPI_PERSON_NAME, "=cmd|' /C calc'!A0", EPI_CELL_TEXT, &v));
    CHECK_TEXT(epi_v_as_text(v), "=cmd|' /C calc'!A0");
    CHECK(cell(&c, EPI_K_VISIT, EPI_VISIT_FROM, "17/11/2021 07:30", EPI_CELL_TEXT, &v));
    char out[32];
    CHECK_TEXT(epi_str_of(epi_instant_iso(epi_v_as_instant(v), out)), "2021-11-17T00:30:00.000Z");
    CHECK(cell(&c, EPI_K_VISIT, EPI_VISIT_FROM, "2021-11-17T07:30:00+07:00", EPI_CELL_TEXT, &v));
    CHECK_TEXT(epi_str_of(epi_instant_iso(epi_v_as_instant(v), out)), "2021-11-17T00:30:00.000Z");
    char *name = epi_xmalloc(1000);
    memset(name, 'a', 999);
    name[999] = 0;
    CHECK(!cell(&c, EPI_K_PERSON, EPI_PERSON_NAME, name, EPI_CELL_TEXT, &v));
    CHECK_TEXT(epi_str_of(c.f.list[0].code), "text.too-long");
    free(name);
}
