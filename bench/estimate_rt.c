// SPDX-License-Identifier: AGPL-3.0-or-later
/* The reproduction number of many units: processor seconds of one core, median of three.
 *
 *   build/bench/estimate_rt                 prints name<TAB>seconds<TAB>what; bench/r/rt.R does the
 *                                           same in EpiEstim on the same numbers
 *   build/bench/estimate_rt --write FILE    only writes these numbers, a column per series */
#include "estimate/estimate.h"
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { DAYS = 365, SERIES = 700, COMMUNES = 10599, PROBS = 7 };
static const double probs[PROBS] = {0.025, 0.05, 0.25, 0.5, 0.75, 0.95, 0.975};

static double now(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Two waves on a low background, of random height, day and width. */
static void epidemic(uint64_t unit, double level, double *cases)
{
    struct epi_rng r = epi_rng_stream(1, "bench.rt", unit, 0);
    double peak[2], at[2], wide[2];
    for (int k = 0; k < 2; k++) {
        peak[k] = epi_rng_exp(&r, level);
        at[k] = DAYS * epi_rng_unit(&r);
        wide[k] = 10 + 25 * epi_rng_unit(&r);
    }
    for (size_t d = 0; d < DAYS; d++) {
        double mean = 0.02 * level;
        for (int k = 0; k < 2; k++) {
            double x = ((double)d - at[k]) / wide[k];
            mean += peak[k] * exp(-x * x / 2);
        }
        cases[d] = (double)epi_rng_poisson(&r, mean);
    }
}

static double *made(struct epi_arena *a, size_t units, double level)
{
    double *cases = EPI_ARRAY(a, units * DAYS, double);
    for (size_t u = 0; u < units; u++)
        epidemic(u, level, cases + u * DAYS);
    return cases;
}

static int write_csv(const char *path, const double *cases)
{
    FILE *f = fopen(path, "w");
    if (!f)
        return 1;
    for (size_t u = 0; u < SERIES; u++)
        fprintf(f, "%su%zu", u ? "," : "", u + 1);
    for (size_t d = 0; d < DAYS; d++)
        for (size_t u = 0; u < SERIES; u++)
            fprintf(f, "%s%.0f", u ? "," : "\n", cases[u * DAYS + d]);
    fputc('\n', f);
    return fclose(f);
}

enum work { CORI, UNCERTAIN, CASES };
/* Everything from the options on is timed: serial interval, plan, all units. */
static double once(enum work work, const double *cases, size_t units, struct epi_rt_rows rows,
                   double *by_day)
{
    EPI_ARENA_LOCAL(a);
    const struct epi_si_doubt doubt = {8.4, 1, 6, 11, 3.8, 0.5, 2.5, 5};
    struct epi_rt_plan *plan;
    double from = now();
    struct epi_rt_setting s = {.days = DAYS,
                               .si = work == UNCERTAIN
                                         ? epi_si_uncertain(a, &doubt, 100, 1, DAYS, NULL)
                                         : epi_si_parametric(a, 8.4, 3.8, DAYS),
                               .windows = epi_rt_sliding(a, DAYS, 7, 1),
                               .prior_mean = 5,
                               .prior_sd = 5,
                               .probs = probs,
                               .probs_n = PROBS};
    epi_status status = epi_rt_plan_new(a, &s, &plan, NULL);
    EPI_ASSERT(status == EPI_OK);
    if (work == CASES)
        epi_rt_wallinga_teunis(plan, cases, NULL, units, rows, by_day);
    else
        epi_rt_cori(plan, cases, NULL, units, rows);
    return now() - from;
}

static void report(const char *name, enum work work, const double *cases, size_t units,
                   struct epi_rt_rows rows, double *by_day, const char *what)
{
    double t[3];
    for (int i = 0; i < 3; i++)
        t[i] = once(work, cases, units, rows, by_day);
    double least = fmin(fmin(t[0], t[1]), t[2]), most = fmax(fmax(t[0], t[1]), t[2]);
    printf("%s\t%.4f\t%s\n", name, t[0] + t[1] + t[2] - least - most, what);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    EPI_ARENA_LOCAL(a);
    const size_t windows = DAYS - 7;
    double *provinces = made(a, SERIES, 20), *communes = made(a, COMMUNES, 1.5);
    if (argc > 2 && strcmp(argv[1], "--write") == 0)
        return write_csv(argv[2], provinces) != 0;
    struct epi_rt_rows rows = {EPI_ARRAY(a, COMMUNES * windows, double),
                               EPI_ARRAY(a, COMMUNES * windows, double),
                               EPI_ARRAY(a, COMMUNES * windows * PROBS, double), NULL};
    double *by_day = EPI_ARRAY(a, SERIES * DAYS, double);
    report("rt-cori-700", CORI, provinces, SERIES, rows, NULL,
           "Rt parametric, 700 x 365 days, 358 windows: mean, sd, 7 quantiles");
    report("rt-cori-10599", CORI, communes, COMMUNES, rows, NULL, "the same of 10,599 communes");
    report("rt-uncertain-700", UNCERTAIN, provinces, SERIES, rows, NULL,
           "Rt with an uncertain serial interval (100 of them), 700 x 365 days");
    report("rt-wallinga-teunis-700", CASES, provinces, SERIES, rows, by_day,
           "case reproduction number, 700 x 365 days: mean, sd, 7 quantiles");
    return 0;
}
