// SPDX-License-Identifier: AGPL-3.0-or-later
/* Loading a reference pack, finding units in it, and making a demo from it, on one core.
 *   unit_bench PACK_DIR [PEOPLE]
 * Targets: load 60 ms; demo 300,000 records/s. A plain read of the same tables is printed as the
 * bound. */
#include "demo/demo.h"
#include <stdio.h>
#include <stdlib.h>

#define LOADS 10
#define LOOKUPS 200000

static double seconds(const struct epi_io *io, uint64_t since)
{
    return (double)(io->clock.monotonic_us(io->clock.ctx) - since) / 1e6;
}

static epi_status count(void *ctx, const struct epi_record *r, struct epi_err *reterr)
{
    (void)r;
    (void)reterr;
    (*(uint64_t *)ctx)++;
    return EPI_OK;
}

static double read_tables(const struct epi_io *io, const char *dir)
{
    static const char *const names[] = {"units.csv", "population.csv", "ages.csv", "mapping.csv"};
    uint64_t start = io->clock.monotonic_us(io->clock.ctx);
    for (size_t i = 0; i < EPI_COUNT(names); i++) {
        EPI_ARENA_LOCAL(a);
        epi_str text;
        const char *path = epi_str_cz(a, epi_str_printf(a, "%s/%s", dir, names[i]));
        if (io->fs.read(io->fs.ctx, a, path, (size_t)64 << 20, &text, NULL) != EPI_OK)
            return 0;
    }
    return seconds(io, start);
}

int main(int argc, char **argv)
{
    const struct epi_io *io = epi_io_real();
    struct epi_err err = {0};
    struct epi_units *u = NULL;
    if (argc < 2) {
        fprintf(stderr, "usage: unit_bench PACK_DIR [PEOPLE]\n");
        return 2;
    }
    uint64_t start = io->clock.monotonic_us(io->clock.ctx), people = 1000000, n = 0;
    for (int i = 0; i < LOADS; i++) {
        epi_units_free(u);
        if (epi_units_load(&io->fs, argv[1], &u, NULL, &err) != EPI_OK) {
            fprintf(stderr, "%s %s %s\n", err.code, err.arg1, err.arg2);
            return 1;
        }
    }
    printf("load_ms,%.1f\nread_only_ms,%.1f\n", seconds(io, start) * 1e3 / LOADS,
           read_tables(io, argv[1]) * 1e3);
    epi_date day = epi_date_ymd(2021, 11, 17);
    start = io->clock.monotonic_us(io->clock.ctx);
    for (int i = 0; i < LOOKUPS; i++) {
        const struct epi_unit *e =
            epi_units_at(u, (int32_t)((size_t)i * 7919 % epi_units_count(u)));
        n += epi_units_by_name(u, e->full_name, e->parent, day, NULL) >= 0;
    }
    printf("name_lookup_us,%.2f\n", seconds(io, start) * 1e6 / LOOKUPS);
    EPI_ARENA_LOCAL(a);
    struct epi_demo_options o = {.units = u, .fs = &io->fs, .diseases = "data/diseases", .seed = 1};
    struct epi_demo_summary sum;
    int64_t asked;
    if (argc > 2 && epi_str_to_i64(epi_str_of(argv[2]), &asked) && asked > 0)
        people = (uint64_t)asked;
    o.people = people;
    if (epi_catalogue_new(a, EPI_NIL, &o.catalogue, NULL, &err) != EPI_OK)
        return 1;
    start = io->clock.monotonic_us(io->clock.ctx);
    n = 0;
    if (epi_demo_make(&o, count, &n, &sum, &err) != EPI_OK) {
        fprintf(stderr, "%s %s %s\n", err.code, err.arg1, err.arg2);
        return 1;
    }
    double took = seconds(io, start);
    printf("demo_records,%llu\ndemo_s,%.2f\ndemo_records_per_s,%.0f\n", (unsigned long long)n, took,
           (double)n / took);
    epi_units_free(u);
    return 0;
}
