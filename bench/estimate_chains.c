// SPDX-License-Identifier: AGPL-3.0-or-later
/* Chains of transmission: processor seconds of one core, median of three.
 *
 *   build/bench/estimate_chains      prints name<TAB>seconds<TAB>what; bench/r/chains.R does the
 * same in R on the same numbers. Beside the clusters: SQLite in memory, which must find as many. */
#include "estimate/estimate.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double now(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int by_value(const void *x, const void *y)
{
    const double *a = x, *b = y;
    return (*a > *b) - (*a < *b);
}

static double found; /* what the work found, so that it is done and can be compared */

/* `times` runs in one measurement, so that short work is timed well. */
static void bench(const char *name, const char *what, void work(struct epi_arena *), int times)
{
    double seconds[3];
    for (int i = 0; i < 3; i++) {
        double from = now();
        for (int k = 0; k < times; k++) {
            struct epi_arena *a = epi_arena_new(0);
            work(a);
            epi_arena_free(a);
        }
        seconds[i] = (now() - from) / times;
    }
    qsort(seconds, 3, sizeof *seconds, by_value);
    printf("%s\t%.6f\t%s; %.10g\n", name, seconds[1], what, found);
    fflush(stdout);
}

/* --- trees --- */
static const double time_of[] = {0, 0.05, 0.2, 0.3, 0.25, 0.15, 0.05};
static void tree(struct epi_arena *a, size_t n, size_t latest, bool sequences, size_t rounds)
{
    struct epi_rng r = epi_rng_stream(1, "bench.tree", n, 0);
    double *day = EPI_ARRAY(a, n, double), *infected = EPI_ARRAY(a, n, double),
           *distance = EPI_ARRAY(a, n * n, double);
    for (size_t i = 0; i < n; i++) {
        size_t back = i < latest ? i : latest, from = i ? i - 1 - epi_rng_below(&r, back) : 0;
        infected[i] = i ? infected[from] + (double)epi_rng_weighted(&r, time_of, 7) : 0;
        day[i] = infected[i] + (double)epi_rng_weighted(&r, time_of, 7);
        double mutated = (double)epi_rng_poisson(&r, 1);
        for (size_t j = 0; j < i; j++)
            distance[i * n + j] = distance[j * n + i] =
                mutated + (j == from ? 0 : distance[from * n + j]);
        distance[i * n + i] = (double)NAN;
    }
    struct epi_tree_data d = {.n = n,
                              .day = day,
                              .generation = time_of,
                              .generation_n = 7,
                              .delay = time_of,
                              .delay_n = 7,
                              .distance = sequences ? distance : NULL,
                              .genome = 10000};
    struct epi_tree_options o = EPI_TREE_STANDARD;
    struct epi_tree t;
    o.rounds = rounds;
    if (epi_tree(a, &d, &o, &t, NULL) != EPI_OK)
        exit(1);
    found = t.chains[0].log_posterior;
}
static void tree_30(struct epi_arena *a)
{
    tree(a, 30, 6, true, 2500);
}
static void tree_30_dates(struct epi_arena *a)
{
    tree(a, 30, 6, false, 2500);
}
static void tree_200(struct epi_arena *a)
{
    tree(a, 200, 20, true, 1000);
}

/* --- contacts --- */
struct rows {
    size_t people, n;
    uint32_t *from, *to;
};
static struct rows contacts(struct epi_arena *a, size_t people, size_t n)
{
    struct rows c = {people, n, EPI_ARRAY(a, n, uint32_t), EPI_ARRAY(a, n, uint32_t)};
    for (size_t k = 0; k < n; k++) {
        c.from[k] = (uint32_t)((uint32_t)(k * 2654435761u) % people);
        c.to[k] = (uint32_t)((c.from[k] + 1 + k * 40503 % 9973) % people);
    }
    return c;
}

static struct rows large; /* made once: it is not what is measured */
static void clusters(struct epi_arena *a)
{
    struct epi_contacts c = {large.people, large.n, large.from, large.to};
    uint32_t *cluster = EPI_ARRAY(a, c.people, uint32_t), *size = EPI_ARRAY(a, c.people, uint32_t),
             *in = EPI_ARRAY(a, c.people, uint32_t), *out = EPI_ARRAY(a, c.people, uint32_t);
    epi_network_degrees(&c, in, out);
    found = (double)epi_network_clusters(&c, cluster, size);
}

enum { LISTED = 5829, MET = 3800 };
static struct epi_frame list, rows;
static void line_list(struct epi_arena *a)
{
    struct rows c = contacts(a, LISTED, MET);
    epi_frame_init(&list, LISTED);
    epi_frame_init(&rows, MET);
    epi_str *id = epi_frame_add_word(a, &list, "id"), *from = epi_frame_add_word(a, &rows, "from"),
            *to = epi_frame_add_word(a, &rows, "to");
    double *onset = epi_frame_add_date(a, &list, "onset");
    for (size_t i = 0; i < LISTED; i++) {
        id[i] = epi_str_printf(a, "case-%05zu", i);
        onset[i] = 18000 + (double)(i * 7919 % 300);
    }
    for (size_t k = 0; k < MET; k++)
        from[k] = id[c.from[k]], to[k] = id[c.to[k]];
}
static void network(struct epi_arena *a)
{
    struct epi_estimate e;
    struct epi_estimate_arg arg = {EPI_S("linelist"), EPI_NIL, &list};
    if (epi_estimate_run(a, epi_estimate_find(EPI_S("network"), EPI_NIL), &rows, &arg, 1, &e, NULL,
                         NULL) != EPI_OK)
        exit(1);
    found = epi_frame_numbers(&e.values, "clusters")[0];
}

/* The least number that each person reaches, by a recursive query: of every person the walk through
 * its cluster. */
static double sqlite_clusters(const struct rows *c)
{
    static const char *const sql = "CREATE TABLE met(a INT, b INT);"
                                   "CREATE INDEX met_a ON met(a, b);";
    static const char *const ask =
        "WITH RECURSIVE reach(start, at) AS (SELECT DISTINCT a, a FROM met UNION "
        "SELECT start, b FROM reach JOIN met ON a = at) "
        "SELECT count(DISTINCT least) FROM (SELECT min(at) AS least FROM reach GROUP BY start)";
    sqlite3 *db;
    sqlite3_stmt *s;
    if (sqlite3_open(":memory:", &db) || sqlite3_exec(db, sql, NULL, NULL, NULL))
        exit(1);
    sqlite3_prepare_v2(db, "INSERT INTO met VALUES (?1, ?2), (?2, ?1)", -1, &s, NULL);
    sqlite3_exec(db, "BEGIN", NULL, NULL, NULL);
    for (size_t k = 0; k < c->n; k++) {
        sqlite3_bind_int64(s, 1, c->from[k]), sqlite3_bind_int64(s, 2, c->to[k]);
        if (sqlite3_step(s) != SQLITE_DONE)
            exit(1);
        sqlite3_reset(s);
    }
    sqlite3_finalize(s);
    sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
    double from = now(), joined = 0;
    if (sqlite3_prepare_v2(db, ask, -1, &s, NULL) || sqlite3_step(s) != SQLITE_ROW)
        exit(1);
    joined = sqlite3_column_double(s, 0);
    printf("clusters_sqlite\t%.6f\t%zu contacts, recursive query in memory; %.0f\n", now() - from,
           c->n, joined);
    sqlite3_finalize(s);
    sqlite3_close(db);
    return joined;
}
static struct rows small;
static void clusters_small(struct epi_arena *a)
{
    struct epi_contacts c = {small.people, small.n, small.from, small.to};
    uint32_t *cluster = EPI_ARRAY(a, c.people, uint32_t), *size = EPI_ARRAY(a, c.people, uint32_t);
    double joined = 0;
    (void)epi_network_clusters(&c, cluster, size);
    for (size_t i = 0; i < c.people; i++)
        joined += cluster[i] == i && size[i] > 1;
    found = joined;
}

/* --- offspring --- */
static void offspring(struct epi_arena *a)
{
    static const double times[] = {151, 4, 2, 0, 1, 1, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0,
                                   0,   0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
    struct epi_offspring_fit f;
    for (int i = 0; i < 1000; i++)
        epi_offspring_fit(a, times, EPI_COUNT(times), 0.95, &f);
    found = f.k.est;
}

static void spread(struct epi_arena *a)
{
    double sum = 0;
    (void)a;
    for (int i = 1; i <= 100; i++)
        for (int j = 1; j <= 100; j++)
            sum += epi_epidemic_probability(i * 0.05, j * 0.05) +
                   epi_share_of_cases(i * 0.05, j * 0.05, 0.8);
    found = sum;
}

/* --- final sizes and households --- */
static void final_size(struct epi_arena *a)
{
    enum { AGES = 16 };
    double mixing[AGES * AGES], one[AGES], r0[1000], effective[1000],
        sum = 0, *z = EPI_ARRAY(a, 1000 * AGES, double);
    for (size_t i = 0; i < AGES; i++) {
        one[i] = 1;
        for (size_t j = 0; j < AGES; j++)
            mixing[i * AGES + j] = 1 / (1 + fabs((double)i - (double)j));
    }
    struct epi_final_size_model m = {AGES, 1, mixing, one, one};
    for (int k = 0; k < 1000; k++)
        r0[k] = 1 + (k + 1) * 0.005;
    epi_final_size_ages(a, &m, r0, 1000, effective, z);
    for (size_t k = 0; k < 1000; k++)
        sum += z[k * AGES + AGES - 1];
    found = sum;
}
static void household(struct epi_arena *a)
{
    double p[61], sum = 0;
    for (int k = 1; k <= 100; k++) {
        epi_household(a, EPI_REED_FROST, 60, 2, 0.9 + k * 0.0009, p);
        sum += p[60];
    }
    found = sum;
}
static void household_fit(struct epi_arena *a)
{
    struct epi_household_count h[25];
    size_t n = 0;
    for (size_t s = 1; s <= 5; s++)
        for (size_t k = 0; k <= s && n < 25; k++)
            h[n++] = (struct epi_household_count){s, 1, k, (double)(30 / (k + 1) + s)};
    found = epi_household_fit(a, EPI_REED_FROST, h, n, 0.95, NULL).est;
}

int main(void)
{
    EPI_ARENA_LOCAL(a);
    large = contacts(a, 1000000, 800000);
    small = contacts(a, 20000, 8000);
    line_list(a);
    bench("tree_30", "30 cases with sequences, 10,000 rounds after burn-in and imports", tree_30,
          1);
    bench("tree_30_dates", "30 cases, dates alone", tree_30_dates, 1);
    bench("tree_200", "200 cases with sequences, 4,000 rounds", tree_200, 1);
    bench("network", "5829 cases, 3800 contacts: degrees, clusters, pairs, fits", network, 10);
    bench("clusters", "1,000,000 people, 800,000 contacts: degrees, clusters", clusters, 3);
    bench("clusters_small", "8000 contacts", clusters_small, 100);
    if (sqlite_clusters(&small) != found)
        return 1;
    bench("offspring_fit", "1000 fits of R and k with profile limits, 164 cases", offspring, 1);
    bench("spread", "10,000 probabilities of an epidemic and shares of cases", spread, 3);
    bench("final_size", "1000 final sizes of 16 ages", final_size, 3);
    bench("household", "100 distributions of 60 susceptible", household, 3);
    bench("household_fit", "20 kinds of households, limits", household_fit, 10);
    return 0;
}
