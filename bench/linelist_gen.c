// SPDX-License-Identifier: AGPL-3.0-or-later
/* A line list of cases, as a hospital would send it, about people of whom some are already in the
 * base. linelist_gen PEOPLE.csv ROWS [SEED] > linelist.csv PEOPLE.csv is what `cordon export person
 * --format csv` writes. Every second row is about a different one of those people, written without
 * accents or with another spelling of the date now and then; the others are about people nobody
 * knows. Codes are new. Names are drawn from common parts: nobody is meant. */
#include "base/base.h"
#include <stdio.h>
#include <stdlib.h>

static const char *const family[] = {"Nguyễn", "Nguyễn", "Nguyễn", "Trần", "Lê", "Phạm",
                                     "Hoàng",  "Phan",   "Vũ",     "Đặng", "Lò", "Quàng"};
static const char *const middle[] = {"Văn", "Thị", "Minh", "Đức", "Ngọc", "Thanh"};
static const char *const given[] = {"An",   "Bình", "Chi", "Dung", "Giang", "Hà",   "Hùng", "Lan",
                                    "Linh", "Mai",  "Nam", "Nga",  "Oanh",  "Phúc", "Quân", "Sơn"};

struct people { /* the columns of PEOPLE.csv; texts live in the arena */
    epi_str *name, *birth, *document, *phone, *unit, *sex;
    size_t n, cap;
};
enum { NAME, BIRTH, DOCUMENT, PHONE, UNIT, SEX, WANTED };
static const char *const wanted[WANTED] = {"name",  "birth_date", "document",
                                           "phone", "unit",       "sex"};

static epi_str cell(struct epi_arena *a, const struct epi_csv *csv, const int *at, int which)
{
    epi_str s = at[which] < 0 || (size_t)at[which] >= csv->n ? EPI_NIL : csv->fields[at[which]];
    if (epi_str_starts(s, EPI_S("'"))) /* what keeps "+84…" a text in spreadsheets */
        s = epi_str_sub(s, 1, s.n);
    return epi_str_dup(a, s);
}

/* The column whose header is the field's name, else -1. */
static bool find_columns(const struct epi_csv *csv, int *at)
{
    for (int w = 0; w < WANTED; w++) {
        at[w] = -1;
        for (size_t i = 0; i < csv->n; i++)
            if (epi_str_eqz(csv->fields[i], wanted[w]))
                at[w] = (int)i;
    }
    return at[NAME] >= 0 && at[UNIT] >= 0;
}

static bool read_people(struct epi_arena *a, epi_str text, struct people *p)
{
    struct epi_csv csv;
    int at[WANTED];
    if (epi_str_starts(text, EPI_S("\xef\xbb\xbf")))
        text = epi_str_sub(text, 3, text.n);
    epi_csv_init(&csv, text, ',');
    bool ok = epi_csv_next(&csv) && find_columns(&csv, at);
    p->cap = text.n / 20 + 1; /* a row is longer than 20 bytes */
    epi_str **columns[WANTED] = {&p->name, &p->birth, &p->document, &p->phone, &p->unit, &p->sex};
    for (int w = 0; w < WANTED; w++)
        *columns[w] = EPI_ARRAY(a, p->cap, epi_str);
    while (ok && p->n < p->cap && epi_csv_next(&csv)) {
        if (csv.n < 2)
            continue;
        for (int w = 0; w < WANTED; w++)
            (*columns[w])[p->n] = cell(a, &csv, at, w);
        p->n++;
    }
    epi_csv_done(&csv);
    return ok && p->n;
}

static void put_date(struct epi_buf *b, struct epi_rng *r, epi_date d)
{
    char text[16];
    epi_csv_put(b, false,
                epi_str_of(epi_rng_chance(r, 0.5) ? epi_date_dmy(d, text) : epi_date_iso(d, text)));
}

static void put_known(struct epi_arena *a, struct epi_buf *b, struct epi_rng *r,
                      const struct people *p, size_t i)
{
    epi_date birth = EPI_DATE_UNKNOWN;
    epi_csv_put(b, false, epi_rng_chance(r, 0.3) ? epi_text_fold(a, p->name[i]) : p->name[i]);
    epi_csv_put(b, false, epi_str_eqz(p->sex[i], "male") ? EPI_S("Nam") : EPI_S("Nữ"));
    if (epi_date_parse_iso(p->birth[i], &birth))
        put_date(b, r, birth);
    else
        epi_csv_put(b, false, p->birth[i]);
    epi_csv_put(b, false, p->document[i]);
    epi_csv_put(b, false, p->phone[i]);
    epi_csv_put(b, false, p->unit[i]);
}

static void put_new(struct epi_buf *b, struct epi_rng *r, const struct people *p)
{
    char text[120];
    const char *m = middle[epi_rng_below(r, EPI_COUNT(middle))];
    snprintf(text, sizeof text, "%s %s %s", family[epi_rng_below(r, EPI_COUNT(family))], m,
             given[epi_rng_below(r, EPI_COUNT(given))]);
    epi_csv_put(b, false, epi_str_of(text));
    epi_csv_put(b, false, epi_rng_chance(r, 0.5) ? EPI_S("Nam") : EPI_S("Nữ"));
    put_date(b, r, (epi_date){(int32_t)epi_rng_between(r, -18000, 18500)});
    snprintf(text, sizeof text, "9%011llu", (unsigned long long)epi_rng_below(r, 100000000000u));
    epi_csv_put(b, false, epi_str_of(text));
    snprintf(text, sizeof text, "0%09llu", (unsigned long long)epi_rng_below(r, 1000000000u));
    epi_csv_put(b, false, epi_str_of(text));
    epi_csv_put(b, false, p->unit[epi_rng_below(r, p->n)]);
}

static void put_rest(struct epi_buf *b, struct epi_rng *r)
{
    static const char *const detection[] = {"Cộng đồng", "Khu cách ly", "Khu phong tỏa",
                                            "Về từ vùng dịch"};
    epi_date reported = {18900 + (int32_t)epi_rng_below(r, 45)}; /* 2021-10-01 and after */
    epi_date onset = {reported.d - (int32_t)epi_rng_below(r, 8)};
    put_date(b, r, onset);
    put_date(b, r, reported);
    epi_csv_put(b, false, EPI_S("Xác định"));
    epi_csv_put(b, false, epi_str_of(detection[epi_rng_below(r, EPI_COUNT(detection))]));
    epi_buf_putc(b, '\n');
}

int main(int argc, char **argv)
{
    EPI_ARENA_LOCAL(a);
    EPI_ARENA_LOCAL(scratch);
    struct people p = {0};
    struct epi_err err = {0};
    epi_str text;
    int64_t rows = 0, seed = 1;
    if (argc < 3 || !epi_str_to_i64(epi_str_of(argv[2]), &rows) || rows < 1 ||
        (argc > 3 && !epi_str_to_i64(epi_str_of(argv[3]), &seed))) {
        fprintf(stderr, "usage: linelist_gen PEOPLE.csv ROWS [SEED] > linelist.csv\n");
        return 2;
    }
    const struct epi_fs *fs = &epi_io_real()->fs;
    if (fs->read(fs->ctx, a, argv[1], (size_t)2 << 30, &text, &err) != EPI_OK ||
        !read_people(a, text, &p)) {
        fprintf(stderr, "%s: no list of people with name and unit\n", argv[1]);
        return 1;
    }
    puts(
        "Mã ca bệnh,Họ và tên,Giới tính,Ngày sinh,CCCD,SĐT,Xã,Ngày khởi phát,Ngày báo cáo,Phân loại,Nơi phát hiện");
    /* a step without a common factor with n visits everybody once before anybody twice */
    uint64_t step = p.n > 2 ? p.n / 2 + 1 : 1;
    while (p.n > 2 && (step % 2 == 0 || p.n % step == 0))
        step++;
    for (uint64_t i = 0; i < (uint64_t)rows; i++) {
        EPI_BUF_LOCAL(b, 4096);
        char code[24];
        struct epi_arena_mark mark = epi_arena_mark(scratch);
        struct epi_rng r = epi_rng_stream((uint64_t)seed, "bench.linelist", i, 0);
        snprintf(code, sizeof code, "BN%09llu", (unsigned long long)i + 500000000u);
        epi_csv_put(&b, true, epi_str_of(code));
        if (i % 2 == 0)
            put_known(scratch, &b, &r, &p, (size_t)(i / 2 * step % p.n));
        else
            put_new(&b, &r, &p);
        put_rest(&b, &r);
        fwrite(b.p, 1, b.n, stdout);
        epi_arena_release(scratch, mark);
    }
    return fflush(stdout) == 0 ? 0 : 1;
}
