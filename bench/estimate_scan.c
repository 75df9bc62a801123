// SPDX-License-Identifier: AGPL-3.0-or-later
/* Scan statistics of 700 communes on one thread, 999 replications, in processor seconds:
 *   estimate_scan                   prints name<TAB>seconds<TAB>what, the median of three (of one
 *                                   where it takes long)
 *   estimate_scan space|weeks|days  prints the data themselves: unit, lat, lon, population and the
 *                                   cases of every interval, for another program
 * What makes it quick is told in src/estimate/scan_internal.h. */
#include "estimate/scan.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { UNITS = 700, WEEKS = 52, DAYS = 30 };

static double cpu_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* `mean` cases of a unit in an interval, in proportion to people; one circle has half as many again
 * in the last three intervals. */
static struct epi_scan_input make(struct epi_arena *a, size_t times, double mean)
{
    double *x = EPI_ARRAY(a, UNITS, double), *y = EPI_ARRAY(a, UNITS, double),
           *cases = EPI_ARRAY(a, UNITS * times, double),
           *people = EPI_ARRAY(a, UNITS * times, double);
    for (size_t i = 0; i < UNITS; i++) {
        struct epi_rng r = epi_rng_stream(1, "bench.scan", i, times);
        x[i] = 105 + 1.5 * epi_rng_unit(&r);
        y[i] = 20.5 + epi_rng_unit(&r);
        double share = 0.2 + 1.6 * epi_rng_unit(&r);
        bool near = hypot(x[i] - 105.5, y[i] - 21) < 0.1;
        for (size_t t = 0; t < times; t++) {
            people[i * times + t] = round(9000 * share);
            cases[i * times + t] =
                (double)epi_rng_poisson(&r, mean * share * (near && t + 3 >= times ? 1.5 : 1));
        }
    }
    return (struct epi_scan_input){UNITS, times, x, y, true, cases, NULL, people};
}

static int by_size(const void *x, const void *y)
{
    const double *a = x, *b = y;
    return (*a > *b) - (*a < *b);
}

static void bench(const char *name, const struct epi_scan_input *in, enum epi_scan_model m,
                  enum epi_scan_analysis analysis, size_t longest, size_t runs, const char *what)
{
    struct epi_scan_options o = epi_scan_standard(m, analysis);
    double seconds[3] = {0};
    o.max_length = longest;
    o.clusters_max = 20;
    o.threads = 1;
    for (size_t run = 0; run < runs; run++) {
        EPI_ARENA_LOCAL(a);
        struct epi_scan s;
        double from = cpu_seconds();
        if (epi_scan(a, in, &o, &s, NULL) != EPI_OK)
            exit(1);
        seconds[run] = cpu_seconds() - from;
        if (run + 1 < runs)
            continue;
        qsort(seconds, runs, sizeof *seconds, by_size);
        printf("%s\t%.4f\t%s; %.0f cases, %.3g cylinders, LLR %.6f\n", name, seconds[runs / 2],
               what, s.cases, s.cylinders, s.n ? s.clusters[0].llr : 0.0);
    }
}

static void print(const struct epi_scan_input *in)
{
    for (size_t i = 0; i < in->units; i++) {
        printf("%zu,%.9f,%.9f,%.0f", i + 1, in->y[i], in->x[i], in->measure[i * in->times]);
        for (size_t t = 0; t < in->times; t++)
            printf(",%.0f", in->cases[i * in->times + t]);
        printf("\n");
    }
}

int main(int argc, char **argv)
{
    EPI_ARENA_LOCAL(a);
    struct epi_scan_input space = make(a, 1, 5), weeks = make(a, WEEKS, 0.2),
                          days = make(a, DAYS, 0.16);
    if (argc > 1) {
        print(argv[1][0] == 's' ? &space : argv[1][0] == 'w' ? &weeks : &days);
        return 0;
    }
    bench("scan.spatial", &space, EPI_SCAN_POISSON, EPI_SCAN_SPATIAL, 1, 3,
          "Poisson in space, 700 communes");
    bench("scan.prospective", &weeks, EPI_SCAN_POISSON, EPI_SCAN_PROSPECTIVE, 7, 3,
          "Poisson, prospective, 700 x 52 weeks, 15 % of the time");
    bench("scan.permutation", &days, EPI_SCAN_PERMUTATION, EPI_SCAN_PROSPECTIVE, 15, 3,
          "permutation, prospective, 700 x 30 days");
    bench("scan.retrospective", &weeks, EPI_SCAN_POISSON, EPI_SCAN_RETROSPECTIVE, 26, 1,
          "Poisson, retrospective, 700 x 52 weeks, half of the time");
    return 0;
}
