// SPDX-License-Identifier: AGPL-3.0-or-later
// store_bench DIR [PEOPLE [OPS]] - writes a base of PEOPLE persons, appends OPS operations that
// create a person and a case each, then times pages, searches and scans. Prints rows per second,
// latencies in milliseconds and peak memory; compare ratios within one run. Names are drawn from
// common parts.
#include "store/store.h"
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

static const char *const family[] = {"Nguyễn", "Nguyễn", "Nguyễn", "Nguyễn", "Trần", "Lê",
                                     "Phạm",   "Hoàng",  "Huỳnh",  "Phan",   "Vũ",   "Đặng",
                                     "Bùi",    "Lò",     "Quàng",  "Sùng"};
static const char *const middle[] = {"Văn", "Thị", "Văn", "Thị", "Minh", "Đức", "Ngọc", "Thanh"};
static const char *const given[] = {"An",   "Bình", "Chi", "Dung", "Giang", "Hà",  "Hùng",
                                    "Lan",  "Linh", "Mai", "Minh", "Nam",   "Nga", "Oanh",
                                    "Phúc", "Quân", "Sơn", "Thảo", "Trang", "Vy"};

struct bench {
    struct epi_store *s;
    struct epi_rng rng;
    uint64_t next, op;
    size_t n;
    bool with_case;
};

static uint64_t now_us(void)
{
    return epi_io_real()->clock.monotonic_us(NULL);
}

static double cpu_seconds(void)
{
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
           (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static long peak_mb(void)
{
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return u.ru_maxrss / 1024;
}

static long resident_mb(void)
{
    long pages = 0, resident = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    if (!f)
        return 0;
    if (fscanf(f, "%ld %ld", &pages, &resident) != 2)
        resident = 0;
    fclose(f);
    return resident * sysconf(_SC_PAGESIZE) / (1 << 20);
}

#define TEXT(buf, ...) ((epi_str){(buf), (size_t)snprintf((buf), sizeof(buf), __VA_ARGS__)})

static epi_status append_some(struct epi_tx *tx, void *ctx, struct epi_err *e)
{
    struct bench *b = ctx;
    for (size_t i = 0; i < b->n; i++) {
        struct epi_rng *r = &b->rng;
        uint64_t n = b->next++;
        char unit[40], name[80], code[24], phone[24], doc[24], case_code[24];
        uint64_t district = epi_rng_below(r, 10), commune = epi_rng_below(r, 13);
        epi_str u = TEXT(unit, "vn/11/%03u/%05u/", (unsigned)(94 + district),
                         (unsigned)(3127 + district * 13 + commune));
        struct epi_set person[] = {
            {EPI_PERSON_UNIT, epi_v_text(u)},
            {EPI_PERSON_CODE, epi_v_text(TEXT(code, "P%08llu", (unsigned long long)n))},
            {EPI_PERSON_NAME,
             epi_v_text(TEXT(name, "%s %s %s", family[epi_rng_below(r, EPI_COUNT(family))],
                             middle[epi_rng_below(r, EPI_COUNT(middle))],
                             given[epi_rng_below(r, EPI_COUNT(given))]))},
            {EPI_PERSON_SEX, epi_v_text(epi_rng_chance(r, 0.5) ? EPI_S("male") : EPI_S("female"))},
            {EPI_PERSON_BIRTH_DATE, epi_v_int(epi_rng_between(r, -20000, 18000))},
            {EPI_PERSON_DOCUMENT,
             epi_v_text(TEXT(doc, "%012llu", (unsigned long long)epi_rng_below(r, 1000000000000)))},
            {EPI_PERSON_PHONE,
             epi_v_text(TEXT(phone, "09%08llu", (unsigned long long)epi_rng_below(r, 100000000)))},
        };
        int64_t onset = 18800 + (int64_t)(n / 5000) % 400 + epi_rng_between(r, 0, 14);
        struct epi_set kase[] = {
            {EPI_CASE_UNIT, epi_v_text(u)},
            {EPI_CASE_CODE, epi_v_text(TEXT(case_code, "BN%llu", (unsigned long long)n))},
            {EPI_CASE_PERSON, epi_v_int((int64_t)(n * 2))},
            {EPI_CASE_DISEASE, epi_v_text(EPI_S("covid-19"))},
            {EPI_CASE_CLASSIFICATION, epi_v_text(EPI_S("confirmed"))},
            {EPI_CASE_ONSET, epi_v_int(onset)},
            {EPI_CASE_REPORTED, epi_v_int(onset + epi_rng_between(r, 0, 6))},
            {EPI_CASE_DETECTION,
             epi_v_text(epi_rng_chance(r, 0.4) ? EPI_S("community") : EPI_S("quarantine"))},
            {EPI_CASE_SEVERITY, epi_v_text(EPI_S("mild"))},
        };
        struct epi_change ch[] = {
            {.kind = EPI_K_PERSON, .id = {n * 2}, .sets = person, .n_sets = EPI_COUNT(person)},
            {.kind = EPI_K_CASE, .id = {n * 2 + 1}, .sets = kase, .n_sets = EPI_COUNT(kase)},
        };
        struct epi_op op = {.op_id = epi_opid_numbered((epi_instant){1700000000000}, 1, b->op++),
                            .action = EPI_S("import.row"),
                            .author = {77},
                            .device_time = EPI_INSTANT_UNKNOWN,
                            .server_time = {1700000000000},
                            .scope = EPI_S("vn/11/"),
                            .changes = ch,
                            .n_changes = b->with_case ? 2 : 1};
        struct epi_applied done;
        EPI_TRY(epi_tx_append(tx, &op, &done, e));
    }
    return EPI_OK;
}

static bool load(struct bench *b, const char *what, size_t total, size_t batch)
{
    uint64_t start = now_us();
    double cpu = cpu_seconds();
    struct epi_err e = {0};
    for (size_t done = 0; done < total; done += b->n) {
        b->n = total - done < batch ? total - done : batch;
        if (epi_store_write(b->s, append_some, b, &e) != EPI_OK) {
            printf("%s failed: %s %s\n", what, e.code, e.arg1);
            return false;
        }
    }
    double seconds = (double)(now_us() - start) / 1e6;
    cpu = cpu_seconds() - cpu;
    printf("%-20s %9zu ops %7.2f s %8.0f ops/s  %7.2f CPU-s %8.0f ops/CPU-s  peak %ld MB\n", what,
           total, seconds, (double)total / seconds, cpu, (double)total / cpu, peak_mb());
    fflush(stdout);
    return true;
}

static int by_time(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static void time_query(struct bench *b, const char *what, struct epi_query q, int runs)
{
    uint64_t times[200];
    size_t rows = 0;
    for (int i = 0; i < runs; i++) {
        EPI_ARENA_LOCAL(a);
        struct epi_page page;
        struct epi_err e = {0};
        uint64_t start = now_us();
        if (epi_store_find(b->s, a, &q, &page, &e) != EPI_OK) {
            printf("%s: %s %s\n", what, e.code, e.arg1);
            return;
        }
        times[i] = now_us() - start;
        rows = page.n;
    }
    qsort(times, (size_t)runs, sizeof *times, by_time);
    printf("%-34s %4zu rows  median %7.2f ms  p95 %7.2f ms\n", what, rows,
           (double)times[runs / 2] / 1e3, (double)times[runs * 95 / 100] / 1e3);
    fflush(stdout);
}

static bool count_batch(const struct epi_batch *batch, void *ctx)
{
    *(size_t *)ctx += batch->rows;
    return true;
}

static void read_all(struct bench *b)
{
    static const char *const scopes[] = {"vn/11/", "vn/11/094/", "vn/11/094/03127/", "vn/12/"};
    static const char *const searches[] = {"nguyen van",   "nguyen", "n",  "nguyen van a",
                                           "tran thi lan", "0912",   "09", "p0000",
                                           "sung minh vy", "xyz"};
    char label[80];
    for (size_t i = 0; i <= EPI_COUNT(scopes); i++) {
        bool all = i == EPI_COUNT(scopes);
        epi_str p = all ? EPI_NIL : epi_str_of(scopes[i]);
        struct epi_scope scope = {.all = all, .prefixes = &p, .n = all ? 0 : 1};
        struct epi_query q = {.kind = EPI_K_CASE,
                              .scope = scope,
                              .order = EPI_CASE_REPORTED,
                              .descending = true,
                              .limit = 50};
        snprintf(label, sizeof label, "cases, newest, %s", all ? "all" : scopes[i]);
        time_query(b, label, q, 40);
        struct epi_filter f[] = {
            {.field = EPI_CASE_DETECTION, .match = EPI_EQ, .v = epi_v_text(EPI_S("community"))},
            {.field = EPI_CASE_REPORTED, .match = EPI_GE, .v = epi_v_int(18900)}};
        q.filters = f;
        q.n_filters = 2;
        snprintf(label, sizeof label, "cases, filtered, %s", all ? "all" : scopes[i]);
        time_query(b, label, q, 40);
        q = (struct epi_query){.kind = EPI_K_PERSON, .scope = scope, .order = -1, .limit = 20};
        for (size_t k = 0; k < EPI_COUNT(searches); k++) {
            q.search = epi_str_of(searches[k]);
            snprintf(label, sizeof label, "people, '%s', %s", searches[k], all ? "all" : scopes[i]);
            time_query(b, label, q, 40);
        }
    }
    size_t rows = 0;
    uint16_t fields[] = {EPI_CASE_UNIT, EPI_CASE_ONSET, EPI_CASE_REPORTED, EPI_CASE_DETECTION};
    struct epi_scope all = EPI_SCOPE_ALL;
    uint64_t start = now_us();
    if (epi_store_scan(b->s, EPI_K_CASE, &all, NULL, 0, fields, 4, count_batch, &rows, NULL) ==
        EPI_OK)
        printf("scan of %zu cases, 4 columns: %.0f ms\n", rows, (double)(now_us() - start) / 1e3);
    EPI_ARENA_LOCAL(a);
    struct epi_group *groups;
    size_t n;
    uint16_t by[] = {EPI_CASE_REPORTED, EPI_CASE_DETECTION};
    start = now_us();
    if (epi_store_group(b->s, a, EPI_K_CASE, &all, NULL, 0, by, 2, &groups, &n, NULL) == EPI_OK)
        printf("count by day and detection: %zu groups, %.0f ms\n", n,
               (double)(now_us() - start) / 1e3);
}

int main(int argc, char **argv)
{
    int64_t people = 1000000, ops = 1000000;
    if (argc < 2 || (argc > 2 && !epi_str_to_i64(epi_str_of(argv[2]), &people)) ||
        (argc > 3 && !epi_str_to_i64(epi_str_of(argv[3]), &ops))) {
        printf("store_bench DIR [PEOPLE [OPS]]\n");
        return 2;
    }
    EPI_ARENA_LOCAL(a);
    const struct epi_catalogue *c;
    struct epi_err e = {0};
    if (epi_catalogue_new(a, EPI_NIL, &c, NULL, &e) != EPI_OK)
        return 1;
    struct epi_store_options o = {.io = epi_io_real(), .catalogue = c};
    struct bench b = {.rng = epi_rng_stream(1, "store_bench", 0, 0), .next = 1, .op = 1};
    uint64_t start = now_us();
    if (epi_store_open_sqlite(argv[1], &o, &b.s, &e) != EPI_OK) {
        printf("%s %s\n", e.code, e.arg1);
        return 1;
    }
    printf("open: %.0f ms\n", (double)(now_us() - start) / 1e3);
    if (epi_store_seq(b.s) == 0) {
        if (!load(&b, "people", (size_t)people, 20000))
            return 1;
        b.with_case = true;
        if (!load(&b, "person + case", (size_t)ops, 20000))
            return 1;
        b.with_case = false;
        if (!load(&b, "single commits", 500, 1))
            return 1;
        start = now_us();
        struct epi_page page = {.behind = 1};
        struct epi_query q = {.kind = EPI_K_PERSON,
                              .scope = EPI_SCOPE_ALL,
                              .order = -1,
                              .limit = 1,
                              .search = EPI_S("xyz")};
        while (page.behind && epi_store_find(b.s, a, &q, &page, &e) == EPI_OK)
            ;
        printf("search caught up after %.1f s\n", (double)(now_us() - start) / 1e6);
        epi_store_close(b.s);
        start = now_us();
        if (epi_store_open_sqlite(argv[1], &o, &b.s, &e) != EPI_OK)
            return 1;
        printf("open again: %.0f ms, resident %ld MB\n", (double)(now_us() - start) / 1e3,
               resident_mb());
    }
    read_all(&b);
    printf("resident %ld MB, peak %ld MB\n", resident_mb(), peak_mb());
    if (getenv("VERIFY")) {
        struct epi_verify_report v;
        start = now_us();
        if (epi_store_verify(b.s, &v, NULL, &e) == EPI_OK)
            printf("verify: %llu ops, %llu records, %llu wrong, %.1f s, peak %ld MB\n",
                   (unsigned long long)v.ops, (unsigned long long)v.records,
                   (unsigned long long)(v.bad_hash + v.bad_order + v.repeated_op + v.differing +
                                        v.missing + v.extra),
                   (double)(now_us() - start) / 1e6, peak_mb());
    }
    epi_store_close(b.s);
    return 0;
}
