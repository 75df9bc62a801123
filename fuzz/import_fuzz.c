// SPDX-License-Identifier: AGPL-3.0-or-later
/* The whole way of a text file: encoding, table, mapping, cells, and its text out to CSV and back.
 */
#include "exchange/exchange.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char phone[] =
    "{\"country\":\"84\",\"trunk\":\"0\",\"ranges\":[{\"prefix\":\"9\",\"digits\":9}],"
    "\"renumbered\":[{\"from\":\"0120\",\"to\":\"070\",\"digits\":11}]}";
static const char document[] =
    "{\"documents\":[{\"type\":\"cccd\",\"pattern\":\"999999999999\",\"leading_zero\":true}]}";
static const char words[] = "{\"yes\":[\"có\"],\"no\":[\"không\"],\"empty\":[\"-\"],\"words\":{"
                            "\"sex\":{\"male\":[\"nam\"]}}}";
static const char columns[] = "{\"columns\":{\"name\":[\"họ tên\"],\"onset\":[\"khởi phát\"]}}";

static void convert(struct epi_arena *a, struct epi_table *t, const struct epi_catalogue *c,
                    const struct epi_forms *forms, struct epi_findings *f)
{
    const struct epi_kind *k = &c->kinds[EPI_K_PERSON];
    struct epi_cell_options o = {forms, {.last_year = 2021, .utc_offset_minutes = 420}};
    struct epi_cell_reader *readers[16];
    EPI_ARENA_LOCAL(row);
    for (size_t i = 0; i < 16; i++)
        readers[i] = epi_cell_reader_new(a, &k->fields[i % k->n_fields], EPI_S("c"), &o);
    while (epi_table_next(t)) {
        epi_arena_reset(row);
        for (size_t i = 0; i < t->n_columns; i++) {
            struct epi_value v;
            EPI_ASSERT(epi_utf8_valid(t->fields[i]));
            (void)epi_exchange_cell(row, readers[i % 16], t->fields[i], t->kinds[i], t->row, &v, f);
            EPI_BUF_LOCAL(b, 1 << 20);
            epi_csv_put_text(&b, true, t->fields[i]);
            epi_buf_putc(&b, '\n');
            struct epi_csv back; /* what is written is what is read */
            epi_csv_init(&back, epi_buf_str(&b), ',');
            EPI_ASSERT(epi_csv_next(&back) && back.n == 1);
            EPI_ASSERT(epi_str_eq(epi_csv_unguard(back.fields[0]), t->fields[i]));
            epi_csv_done(&back);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2 || size > 50000)
        return 0;
    EPI_ARENA_LOCAL(a);
    struct epi_findings f;
    epi_findings_init(&f, a, 50);
    const struct epi_catalogue *c = NULL;
    const struct epi_forms *forms = NULL;
    struct epi_forms_texts texts = {epi_str_of(phone), epi_str_of(document), epi_str_of(words),
                                    epi_str_of(columns)};
    EPI_ASSERT(epi_catalogue_new(a, EPI_NIL, &c, NULL, NULL) == EPI_OK);
    EPI_ASSERT(epi_forms_new(a, &texts, &forms, NULL) == EPI_OK);
    struct epi_table_options o = {.encoding = (epi_encoding)(data[0] % EPI_ENC_COUNT)};
    struct epi_table *t = NULL;
    struct epi_err err = {.status = EPI_OK};
    if (epi_table_open(&t, (epi_str){(const char *)data + 1, size - 1}, &o, &f, &err) != EPI_OK) {
        EPI_ASSERT(err.code);
        return 0;
    }
    struct epi_target targets[] = {
        {EPI_S("name"), EPI_NIL, EPI_S("Họ tên"), EPI_S("Name"), true},
        {EPI_S("onset"), EPI_NIL, EPI_S("Khởi phát"), EPI_S("Onset"), false}};
    (void)epi_mapping_propose(a, t->columns, t->n_columns, targets, 2, EPI_S("case"), forms, &f);
    convert(a, t, c, forms, &f);
    epi_table_close(t);
    return 0;
}
