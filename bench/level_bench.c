// SPDX-License-Identifier: AGPL-3.0-or-later
/* Levels of all communes of a country for a year, from daily counts to cells, on one core.
 *   level_bench POLICIES_DIR [UNITS [DAYS]]
 * Target: 10,599 x 365 in 2 s. Also prints the cost of single decisions and assessments. */
#include "level/level.h"
#include <stdio.h>
#include <stdlib.h>

static double seconds(const struct epi_io *io, uint64_t since)
{
    return (double)(io->clock.monotonic_us(io->clock.ctx) - since) / 1e6;
}

struct world {
    int32_t *cases;
    double *population;
    float *coverage, *elderly, *ready;
};

/* Communes of 1,000 to 30,000 people with waves of random height and day; coverage that climbs. */
static struct world make(struct epi_arena *a, size_t units, size_t days)
{
    struct world w = {EPI_ARRAY(a, units * days, int32_t), EPI_ARRAY(a, units, double),
                      EPI_ARRAY(a, units * days, float), EPI_ARRAY(a, units, float),
                      EPI_ARRAY(a, units, float)};
    for (size_t u = 0; u < units; u++) {
        struct epi_rng r = epi_rng_stream(1, "bench.level", u, 0);
        double peak = epi_rng_exp(&r, 3.0), at = (double)epi_rng_below(&r, days),
               wide = 10 + epi_rng_exp(&r, 20);
        double start = epi_rng_unit(&r) * 90;
        w.population[u] = 1000 + epi_rng_exp(&r, 8000);
        w.elderly[u] = (float)(60 + 40 * epi_rng_unit(&r));
        w.ready[u] = epi_rng_chance(&r, 0.9);
        for (size_t d = 0; d < days; d++) {
            double x = ((double)d - at) / wide, mean = peak / (1 + x * x);
            double c = start + (double)d * 0.2;
            w.cases[u * days + d] = (int32_t)epi_rng_poisson(&r, mean);
            w.coverage[u * days + d] = (float)(c > 100 ? 100 : c);
        }
    }
    return w;
}

static void bench_batch(const struct epi_io *io, const struct epi_policies *set, size_t units,
                        size_t days)
{
    EPI_ARENA_LOCAL(a);
    struct world w = make(a, units, days);
    const struct epi_level_column cols[] = {{EPI_S("coverage_one_dose"), w.coverage, true},
                                            {EPI_S("coverage_full_elderly"), w.elderly, false},
                                            {EPI_S("capacity_ready"), w.ready, false}};
    struct epi_level_columns in = {.units_n = units,
                                   .days_n = days,
                                   .first = epi_date_ymd(2021, 10, 12),
                                   .community = w.cases,
                                   .population = w.population,
                                   .facts = cols,
                                   .facts_n = 3};
    struct epi_level_query q = {.policy_id = EPI_S("vn-4800")};
    struct epi_level_cell *cells = EPI_ARRAY(a, units * days, struct epi_level_cell);
    uint64_t t0 = io->clock.monotonic_us(io->clock.ctx);
    if (epi_level_batch(a, set, &q, &in, cells, NULL) != EPI_OK)
        exit(1);
    double s = seconds(io, t0);
    size_t count[6] = {0};
    for (size_t i = 0; i < units * days; i++)
        count[cells[i].level + 1]++;
    printf("batch: %zu units x %zu days in %.3f s (%.0f ns each); undecided %zu, levels 1-4: %zu "
           "%zu %zu %zu\n",
           units, days, s, s * 1e9 / (double)(units * days), count[0], count[2], count[3], count[4],
           count[5]);
}

static void bench_single(const struct epi_io *io, const struct epi_policies *set)
{
    enum { RUNS = 200000, ASSESSED = 20000 };
    EPI_ARENA_LOCAL(a);
    const struct epi_pack *p = epi_policy_by_id(set, EPI_S("vn-4800"));
    struct epi_policy *b = epi_policy_bind(a, p, epi_date_ymd(2021, 11, 17), EPI_S("covid-19"));
    struct epi_fact facts[EPI_POLICY_SLOTS_MAX] = {{false, 0}};
    struct epi_decision d[EPI_POLICY_TABLES_MAX];
    facts[1] = facts[2] = epi_fact_number(85);
    facts[3] = epi_fact_bool(true);
    double sum = 0;
    uint64_t t0 = io->clock.monotonic_us(io->clock.ctx);
    for (int i = 0; i < RUNS; i++) {
        facts[0] = epi_fact_number(i % 200);
        epi_policy_run(b, facts, d);
        sum += d[4].out[0].value.v;
    }
    double s = seconds(io, t0);
    struct epi_pack_info info;
    epi_pack_get(p, &info);
    printf("run: %zu tables in %.0f ns, %.0f ns a decision (check %.0f)\n", info.tables_n,
           s * 1e9 / RUNS, s * 1e9 / RUNS / (double)info.tables_n, sum);
    struct epi_level_query q = {.disease = EPI_S("covid-19")};
    t0 = io->clock.monotonic_us(io->clock.ctx);
    for (int i = 0; i < ASSESSED; i++) {
        struct epi_level_of of = {.rate = epi_fact_number(i % 200),
                                  .coverage = epi_fact_number(85),
                                  .date = epi_date_ymd(2021, 11, 17),
                                  .previous = EPI_LEVEL_NONE};
        struct epi_level l;
        struct epi_arena_mark mark = epi_arena_mark(a);
        if (epi_level_of(a, set, &q, &of, &l, NULL) != EPI_OK)
            exit(1);
        epi_arena_release(a, mark);
    }
    printf("assess: one unit with evidence in %.1f us\n", seconds(io, t0) * 1e6 / ASSESSED);
}

int main(int argc, char **argv)
{
    EPI_ARENA_LOCAL(a);
    const struct epi_io *io = epi_io_real();
    struct epi_policy_file *files = NULL;
    struct epi_policies *set = NULL;
    struct epi_err err = {0};
    size_t n = 0;
    int64_t units = 10599, days = 365;
    if (argc < 2 || (argc > 2 && !epi_str_to_i64(epi_str_of(argv[2]), &units)) ||
        (argc > 3 && !epi_str_to_i64(epi_str_of(argv[3]), &days)) || units < 1 || days < 1) {
        fprintf(stderr, "usage: level_bench POLICIES_DIR [UNITS [DAYS]]\n");
        return 2;
    }
    uint64_t t0 = io->clock.monotonic_us(io->clock.ctx);
    if (epi_policies_read(a, &io->fs, argv[1], &files, &n, &err) != EPI_OK ||
        epi_policies_load(a, files, n, &set, NULL, &err) != EPI_OK) {
        fprintf(stderr, "%.*s\n", EPI_FMT(epi_err_text(a, &err, EPI_EN)));
        return 1;
    }
    printf("load: %zu packs in %.1f ms\n", n, seconds(io, t0) * 1e3);
    bench_single(io, set);
    bench_batch(io, set, (size_t)units, (size_t)days);
    return 0;
}
