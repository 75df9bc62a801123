// SPDX-License-Identifier: AGPL-3.0-or-later
#include "exchange/test_help.h"

static const struct epi_forms *forms(struct epi_arena *a)
{
    const struct epi_forms *f = NULL;
    if (epi_forms_load(a, &epi_io_real()->fs, epi_test_repo(a, "data/forms/vn"), &f, NULL) !=
        EPI_OK)
        epi_test_fail(__FILE__, __LINE__, "forms cannot be read");
    return f;
}

/* The fields of the catalogue as targets, the person's own fields after the kind's. */
static size_t targets_of(struct epi_arena *a, const struct epi_catalogue *c, int kind,
                         struct epi_target *out)
{
    size_t n = 0;
    const int kinds[] = {kind, EPI_K_PERSON};
    for (size_t k = 0; k < 2; k++)
        for (size_t i = 0; i < c->kinds[kinds[k]].n_fields; i++) {
            const struct epi_field *f = &c->kinds[kinds[k]].fields[i];
            if (k == 1 && i == 0)
                continue;
            epi_str name = k ? epi_str_printf(a, "person.%s", f->name) : epi_str_of(f->name);
            out[n++] = (struct epi_target){name, EPI_NIL, epi_str_of(f->label[EPI_VI]),
                                           epi_str_of(f->label[EPI_EN]), false};
        }
    return n;
}

static struct epi_mapping *propose(struct epi_arena *a, int kind, const char *key,
                                   const char *const *headers, size_t n, struct epi_target *t,
                                   size_t *n_targets, struct epi_findings *f)
{
    const struct epi_catalogue *c = NULL;
    epi_findings_init(f, a, 0);
    if (epi_catalogue_new(a, EPI_NIL, &c, f, NULL) != EPI_OK)
        return NULL;
    *n_targets = targets_of(a, c, kind, t);
    epi_str *columns = EPI_ARRAY(a, n, epi_str);
    for (size_t i = 0; i < n; i++)
        columns[i] = epi_str_of(headers[i]);
    return epi_mapping_propose(a, columns, n, t, *n_targets, epi_str_of(key), forms(a), f);
}

static void expect(int kind, const char *key, const char *const *headers, const char *const *want,
                   size_t n)
{
    EPI_ARENA_LOCAL(a);
    struct epi_target t[80];
    size_t n_targets = 0;
    struct epi_findings f;
    struct epi_mapping *m = propose(a, kind, key, headers, n, t, &n_targets, &f);
    for (size_t i = 0; m && i < n; i++) {
        const struct epi_mapped_column *c = &m->columns[i];
        epi_str got = c->target < 0 ? EPI_S("-") : t[c->target].name;
        if (!epi_str_eqz(got, want[i]))
            epi_test_fail(__FILE__, __LINE__, "%s went to %.*s (%.2f), want %s", headers[i],
                          EPI_FMT(got), c->confidence, want[i]);
    }
}

TEST(a_vietnamese_line_list_is_mapped_by_itself)
{
    USES_NO_RNG;
    const char *headers[] = {"STT",
                             "Mã BN",
                             "Họ và tên (chữ in hoa)",
                             "Giới tính",
                             "Ngày tháng năm sinh",
                             "Số CCCD/CMND",
                             "SĐT",
                             "Địa chỉ",
                             "Ngày khởi phát",
                             "Ngày lấy mẫu",
                             "Phân loại ca bệnh",
                             "Nơi phát hiện",
                             "Ghi chú"};
    const char *want[] = {"-",
                          "code",
                          "person.name",
                          "person.sex",
                          "person.birth_date",
                          "person.document",
                          "person.phone",
                          "person.address",
                          "onset",
                          "sampled",
                          "classification",
                          "detection",
                          "note"};
    expect(EPI_K_CASE, "case", headers, want, EPI_COUNT(headers));
}

TEST(an_english_line_list_is_mapped_by_itself)
{
    USES_NO_RNG;
    const char *headers[] = {"case_id",    "Full name", "SEX",     "DOB", "Phone number",
                             "date_onset", "dt_report", "Outcome", "Age"};
    const char *want[] = {"code",         "person.name", "person.sex", "person.birth_date",
                          "person.phone", "onset",       "reported",   "outcome",
                          "age"};
    expect(EPI_K_CASE, "case", headers, want, EPI_COUNT(headers));
}

TEST(two_column_files_of_the_reference_outbreak_are_mapped)
{
    USES_NO_RNG;
    const char *cases[] = {"id", "onset"}, *case_want[] = {"code", "onset"};
    expect(EPI_K_CASE, "case", cases, case_want, 2);
    const char *contacts[] = {"from", "to"}, *contact_want[] = {"case", "person"};
    expect(EPI_K_CONTACT, "contact", contacts, contact_want, 2);
}

TEST(strange_columns_are_left_out_and_said_so)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct epi_target t[80];
    size_t n = 0;
    struct epi_findings f;
    const char *headers[] = {"zzz", "onset"};
    struct epi_mapping *m = propose(a, EPI_K_CASE, "case", headers, 2, t, &n, &f);
    CHECK(m && m->columns[0].target < 0);
    CHECK(found(&f, "mapping.unused"));
}

TEST(a_saved_mapping_is_read_back_as_written)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct epi_target t[80];
    size_t n = 0;
    struct epi_findings f;
    const char *headers[] = {"Họ tên", "Lạ", "Khởi phát"};
    struct epi_mapping *m = propose(a, EPI_K_CASE, "case", headers, 3, t, &n, &f), *back = NULL;
    m->dates = EPI_ORDER_DMY;
    m->encoding = EPI_ENC_VNI;
    EPI_BUF_LOCAL(b, 10000);
    struct epi_jw w = EPI_JW(&b);
    epi_mapping_write(&w, m, t);
    CHECK_TEXT(epi_buf_str(&b),
               "{\"columns\":{\"Họ tên\":\"person.name\",\"Lạ\":null,\"Khởi phát\":\"onset\"},"
               "\"dates\":\"dmy\",\"encoding\":\"vni\"}");
    epi_str columns[] = {EPI_S("Họ tên"), EPI_S("Lạ"), EPI_S("Khởi phát")};
    CHECK_OK(epi_mapping_read(a, epi_buf_str(&b), columns, 3, t, n, &back, &f, NULL));
    for (size_t i = 0; i < 3; i++)
        CHECK_INT(back->columns[i].target, m->columns[i].target);
    CHECK_INT(back->dates, EPI_ORDER_DMY);
    CHECK_INT(back->encoding, EPI_ENC_VNI);
}

TEST(a_wrong_mapping_says_all_that_is_wrong)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct epi_target t[] = {{EPI_S("code"), EPI_NIL, EPI_S("Mã"), EPI_S("Code"), true},
                             {EPI_S("onset"), EPI_NIL, EPI_S("Khởi phát"), EPI_S("Onset"), false}};
    epi_str columns[] = {EPI_S("a"), EPI_S("b")};
    struct epi_mapping *m = NULL;
    struct epi_findings f;
    epi_findings_init(&f, a, 0);
    CHECK_OK(
        epi_mapping_read(a, EPI_S("{\"columns\":{\"a\":\"onset\",\"b\":\"onset\",\"c\":\"code\"}}"),
                         columns, 2, t, 2, &m, &f, NULL));
    CHECK(found(&f, "mapping.column-missing"));
    CHECK(found(&f, "mapping.field-twice"));
    CHECK(found(&f, "mapping.required"));
    CHECK_OK(
        epi_mapping_read(a, EPI_S("{\"columns\":{\"a\":\"xx\"}}"), columns, 2, t, 2, &m, &f, NULL));
    CHECK(found(&f, "mapping.field-unknown"));
    CHECK(epi_mapping_read(a, EPI_S("{\"columns\":{},\"dates\":\"dd\"}"), columns, 2, t, 2, &m, &f,
                           NULL) != EPI_OK);
    CHECK(epi_mapping_read(a, EPI_S("[]"), columns, 2, t, 2, &m, &f, NULL) != EPI_OK);
}

TEST(the_reference_outbreak_reads_as_it_is)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    const char *path =
        epi_test_shared(a, "reference/contact_network/mers_korea_2015/input_linelist.csv");
    if (!path)
        SKIP("the shared reference folder is absent");
    epi_str bytes;
    const struct epi_fs *fs = &epi_io_real()->fs;
    CHECK_OK(fs->read(fs->ctx, a, path, 1000000, &bytes, NULL));
    struct epi_findings f;
    epi_findings_init(&f, a, 0);
    struct epi_table *t = NULL;
    CHECK_OK(epi_table_open(&t, bytes, NULL, &f, NULL));
    struct epi_date_column c = {.values = 0};
    while (epi_table_next(t))
        epi_date_column_see(&c, t->fields[1], false);
    CHECK_INT(t->row, 162);
    CHECK_INT(c.unreadable, 0);
    CHECK_INT(epi_date_column_decide(&c, EPI_S("onset"), &f), EPI_ORDER_DMY);
    CHECK_INT(f.n, 0);
    epi_table_close(t);
}
