// SPDX-License-Identifier: AGPL-3.0-or-later
/* Rows per second of import's decoding half, on a generated line list of 12 columns: CSV decoding,
 * mapping, value conversion; then the same from XLSX; then the identity index at a million people.
 *
 *   build/bench/exchange_bench [rows [people]]      prints what,count,cpu_seconds,per_second */
#include "exchange/exchange.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static const char *const headers[] = {"Mã ca bệnh",   "Họ và tên",    "Giới tính", "Ngày sinh",
                                      "CCCD",         "SĐT",          "Địa chỉ",   "Ngày khởi phát",
                                      "Ngày lấy mẫu", "Ngày báo cáo", "Phân loại", "Nơi phát hiện"};
enum { COLUMNS = 12 };

/* Processor time of this one thread: the machine is shared. */
static double now(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void report(const char *what, double n, double seconds)
{
    printf("%s,%.0f,%.3f,%.0f\n", what, n, seconds, n / seconds);
}

static const char *const family[] = {"Nguyễn", "Trần", "Lê",    "Phạm", "Lò",
                                     "Quàng",  "Vũ",   "Hoàng", "Cà",   "Lường"};
static const char *const middle[] = {"Văn", "Thị", "Đức", "Minh", "Thu", "Ngọc", "Bảo", "Hồng"};
static const char *const given[] = {"An",    "Bình",  "Chi",   "Dũng", "Hạnh", "Hoa", "Hùng",
                                    "Huyền", "Khánh", "Lan",   "Linh", "Long", "Mai", "Nam",
                                    "Nga",   "Phúc",  "Quang", "Sơn",  "Thảo", "Yến"};

struct person {
    char name[64], birth[16], birth_iso[16], document[16], phone[16], code[16];
    bool man;
    epi_date born;
};
static void make(uint64_t i, struct person *p)
{
    struct epi_rng r = epi_rng_stream(3, "bench.person", i, 0);
    const char *one = given[epi_rng_below(&r, 20)], *two = given[epi_rng_below(&r, 20)];
    (void)snprintf(p->name, sizeof p->name, "%s %s %s %s", family[epi_rng_below(&r, 10)],
                   middle[epi_rng_below(&r, 8)], one, two);
    p->born = (epi_date){(int32_t)epi_rng_between(&r, -18000, 17000)};
    (void)epi_date_dmy(p->born, p->birth);
    (void)epi_date_iso(p->born, p->birth_iso);
    p->man = epi_rng_chance(&r, 0.5);
    (void)snprintf(p->document, sizeof p->document, "0%011llu", (unsigned long long)i);
    (void)snprintf(p->phone, sizeof p->phone, "09%08llu", (unsigned long long)(i % 100000000));
    (void)snprintf(p->code, sizeof p->code, "BN%llu", (unsigned long long)i);
}

static void make_csv(struct epi_buf *b, size_t rows)
{
    for (size_t i = 0; i < COLUMNS; i++)
        epi_csv_put(b, i == 0, epi_str_of(headers[i]));
    epi_buf_putc(b, '\n');
    for (size_t i = 0; i < rows; i++) {
        struct person p;
        char d[16];
        make(i, &p);
        epi_date on = epi_date_plus(epi_date_ymd(2021, 10, 1), (epi_days){(int32_t)(i % 60)});
        epi_buf_printf(b, "%s,%s,%s,%s,%s,%s,", p.code, p.name, p.man ? "Nam" : "Nữ", p.birth,
                       p.document, p.phone);
        epi_buf_printf(b, "\"Tổ %zu, phường Mường Thanh\",%s,", i % 40, epi_date_dmy(on, d));
        epi_buf_printf(b, "%s,", epi_date_dmy(epi_date_plus(on, (epi_days){2}), d));
        epi_buf_printf(b, "%s,Xác định,%s\n", epi_date_dmy(epi_date_plus(on, (epi_days){3}), d),
                       i % 3 ? "Cộng đồng" : "Khu cách ly");
    }
}

static const int fields[COLUMNS][2] = {
    {EPI_K_CASE, EPI_CASE_CODE},           {EPI_K_PERSON, EPI_PERSON_NAME},
    {EPI_K_PERSON, EPI_PERSON_SEX},        {EPI_K_PERSON, EPI_PERSON_BIRTH_DATE},
    {EPI_K_PERSON, EPI_PERSON_DOCUMENT},   {EPI_K_PERSON, EPI_PERSON_PHONE},
    {EPI_K_PERSON, EPI_PERSON_ADDRESS},    {EPI_K_CASE, EPI_CASE_ONSET},
    {EPI_K_CASE, EPI_CASE_SAMPLED},        {EPI_K_CASE, EPI_CASE_REPORTED},
    {EPI_K_CASE, EPI_CASE_CLASSIFICATION}, {EPI_K_CASE, EPI_CASE_DETECTION},
};

/* Both passes of an import: the order of dates from every value, then every cell. */
static size_t convert(struct epi_table *t, const struct epi_catalogue *c,
                      const struct epi_forms *forms, struct epi_findings *f)
{
    EPI_ARENA_LOCAL(a);
    EPI_ARENA_LOCAL(row);
    struct epi_target targets[COLUMNS];
    for (size_t i = 0; i < COLUMNS; i++) {
        const struct epi_field *fd = &c->kinds[fields[i][0]].fields[fields[i][1]];
        targets[i] =
            (struct epi_target){epi_str_of(fd->name), EPI_NIL, epi_str_of(fd->label[EPI_VI]),
                                epi_str_of(fd->label[EPI_EN]), false};
    }
    struct epi_mapping *m =
        epi_mapping_propose(a, t->columns, t->n_columns, targets, COLUMNS, EPI_S("case"), forms, f);
    struct epi_date_column dates[COLUMNS] = {{.values = 0}};
    struct epi_cell_reader *readers[COLUMNS] = {NULL};
    struct epi_cell_options o = {
        forms, {.order = EPI_ORDER_DMY, .last_year = 2022, .utc_offset_minutes = 420}};
    for (size_t i = 0; i < t->n_columns && i < COLUMNS; i++) {
        if (m->columns[i].target < 0) {
            printf("unmapped,%zu,0,0\n", i);
            continue;
        }
        const int *at = fields[m->columns[i].target];
        readers[i] = epi_cell_reader_new(a, &c->kinds[at[0]].fields[at[1]], t->columns[i], &o);
    }
    while (epi_table_next(t))
        for (size_t i = 0; i < COLUMNS; i++)
            if (readers[i] && c->kinds[fields[m->columns[i].target][0]]
                                      .fields[fields[m->columns[i].target][1]]
                                      .type == EPI_T_DATE)
                epi_date_column_see(&dates[i], t->fields[i], t->kinds[i] == EPI_CELL_DATE);
    if (epi_table_rewind(t, f, NULL) != EPI_OK)
        return 0;
    size_t bad = 0;
    while (epi_table_next(t)) {
        epi_arena_reset(row);
        for (size_t i = 0; i < COLUMNS; i++) {
            struct epi_value v;
            if (readers[i])
                bad +=
                    !epi_exchange_cell(row, readers[i], t->fields[i], t->kinds[i], t->row, &v, f);
        }
    }
    if (bad)
        printf("bad cells,%zu,0,0\n", bad);
    return t->row;
}

static void bench_table(const char *what, epi_str bytes, const struct epi_catalogue *c,
                        const struct epi_forms *forms)
{
    EPI_ARENA_LOCAL(a);
    struct epi_findings f;
    struct epi_err err = {.status = EPI_OK};
    struct epi_table *t = NULL;
    epi_findings_init(&f, a, 100);
    double from = now();
    if (epi_table_open(&t, bytes, NULL, &f, &err) != EPI_OK) {
        printf("%s failed: %s\n", what, err.code);
        return;
    }
    size_t n = convert(t, c, forms, &f);
    report(what, (double)n, now() - from);
    for (size_t i = 0; i < f.n && i < 5; i++)
        printf("  finding %s row %u %.*s\n", f.list[i].code, f.list[i].row,
               EPI_FMT(f.list[i].arg1));
    epi_table_close(t);
}

static void bench_identity(size_t n)
{
    EPI_ARENA_LOCAL(a);
    double from = now(), build = 0, find = 0;
    struct epi_identity_index *x = epi_identity_index_new(n);
    size_t found = 0, step = 1000;
    struct person *p = epi_xmalloc(step * sizeof *p);
    struct epi_identity *ids = epi_xmalloc(step * sizeof *ids);
    for (int round = 0; round < 2; round++)
        for (size_t i = 0; i < n; i += step) {
            epi_arena_reset(a);
            for (size_t k = 0; k < step; k++) { /* half of those asked for are new */
                make(round && k % 2 ? i + k + n : i + k, &p[k]);
                ids[k] = (struct epi_identity){.name = epi_text_fold(a, epi_str_of(p[k].name)),
                                               .birth = p[k].born,
                                               .sex = p[k].man ? 'm' : 'f',
                                               .document = epi_str_of(p[k].document),
                                               .phone = epi_str_of(p[k].phone),
                                               .code = epi_str_of(p[k].code),
                                               .unit = EPI_S("vn/11/094/")};
            }
            from = now();
            for (size_t k = 0; k < step; k++) {
                struct epi_match m[1];
                if (round)
                    found += epi_identity_find(x, &ids[k], m, 1) > 0;
                else
                    (void)epi_identity_add(x, &ids[k]);
            }
            *(round ? &find : &build) += now() - from;
        }
    report("identity add", (double)n, build);
    report("identity find (half known)", (double)n, find);
    printf("identity memory MB,%zu,%.1f,0\nidentity found,%zu,0,0\n", n,
           (double)epi_identity_memory(x) / 1e6, found);
    epi_identity_index_free(x);
    free(p);
    free(ids);
}

static void bench_xlsx(size_t rows, epi_str csv, const struct epi_catalogue *c,
                       const struct epi_forms *forms)
{
    EPI_ARENA_LOCAL(a);
    const char *path = "/tmp/exchange_bench.xlsx";
    struct epi_writer_options wo = {.format = EPI_TABLE_XLSX};
    struct epi_writer *w = NULL;
    struct epi_table *t = NULL;
    epi_str columns[COLUMNS], bytes;
    for (size_t i = 0; i < COLUMNS; i++)
        columns[i] = epi_str_of(headers[i]);
    double from = now();
    if (epi_table_open(&t, csv, NULL, NULL, NULL) != EPI_OK ||
        epi_writer_open(&w, path, &wo, columns, COLUMNS, NULL) != EPI_OK)
        return;
    epi_status s = EPI_OK;
    for (size_t k = 0; k < rows && s == EPI_OK && epi_table_next(t); k++) {
        for (size_t i = 0; i < COLUMNS; i++)
            epi_writer_cell(w, t->fields[i], EPI_CELL_TEXT);
        s = epi_writer_end_row(w, NULL);
    }
    if (epi_writer_close(w, NULL) != EPI_OK || s != EPI_OK)
        return;
    report("xlsx write", (double)rows, now() - from);
    epi_table_close(t);
    const struct epi_fs *fs = &epi_io_real()->fs;
    if (fs->read(fs->ctx, a, path, (size_t)1 << 30, &bytes, NULL) == EPI_OK)
        bench_table("xlsx decode and convert", bytes, c, forms);
    (void)fs->remove(fs->ctx, path, NULL);
}

int main(int argc, char **argv)
{
    int64_t rows = 500000, people = 1000000;
    if ((argc > 1 && !epi_str_to_i64(epi_str_of(argv[1]), &rows)) ||
        (argc > 2 && !epi_str_to_i64(epi_str_of(argv[2]), &people)))
        return 2;
    EPI_ARENA_LOCAL(a);
    const struct epi_catalogue *c = NULL;
    const struct epi_forms *forms = NULL;
    if (epi_catalogue_new(a, EPI_NIL, &c, NULL, NULL) != EPI_OK ||
        epi_forms_load(a, &epi_io_real()->fs, "data/forms/vn", &forms, NULL) != EPI_OK)
        return 1;
    EPI_BUF_LOCAL(csv, (size_t)1 << 30);
    make_csv(&csv, (size_t)rows);
    printf("what,count,cpu_seconds,per_second\n");
    bench_table("csv decode and convert", epi_buf_str(&csv), c, forms);
    bench_xlsx((size_t)rows / 5, epi_buf_str(&csv), c, forms);
    bench_identity((size_t)people);
    return 0;
}
