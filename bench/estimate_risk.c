// SPDX-License-Identifier: AGPL-3.0-or-later
/* Severity, risk, pools, cover and beds: processor seconds of one core, median of three.
 *
 *   build/bench/estimate_risk      prints name<TAB>seconds<TAB>what; bench/r/risk.R does the same
 * in R on the same numbers */
#include "estimate/estimate.h"

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

static volatile double sink; /* keeps results from being optimised away */

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
    printf("%s\t%.6f\t%s\n", name, seconds[1], what);
}

/* Three years of a wave a year, the same in R: cases and deaths of day t from closed formulas. */
enum { DAYS = 1094, UNITS = 700 };
static void course(size_t n, double *cases, double *deaths)
{
    for (size_t t = 0; t < n; t++) {
        double x = (double)t;
        cases[t] = floor(400 * (1 + sin(x / 58)) + (double)(t * 7919 % 97));
        deaths[t] = floor(0.015 * 400 * (1 + sin((x - 14) / 58)) + (double)(t * 104729 % 3));
    }
}

static void cfr_rolling(struct epi_arena *a)
{
    double *cases = EPI_ARRAY(a, DAYS, double), *deaths = EPI_ARRAY(a, DAYS, double),
           *delay = EPI_ARRAY(a, DAYS, double), *outcomes = EPI_ARRAY(a, DAYS, double);
    struct epi_ci *naive = EPI_ARRAY(a, DAYS, struct epi_ci),
                  *corrected = EPI_ARRAY(a, DAYS, struct epi_ci);
    struct epi_duration d = {.kind = EPI_DURATION_GAMMA, .p1 = 2.4, .p2 = 3.33};
    struct epi_cfr_options o = EPI_CFR_STANDARD;
    course(DAYS, cases, deaths);
    size_t k = epi_cfr_delay(&d, 1, DAYS, delay);
    epi_cfr_outcomes(cases, DAYS, delay, k, outcomes);
    epi_cfr_rolling(cases, deaths, outcomes, DAYS, &o, naive, corrected);
    sink = corrected[DAYS - 1].hi + naive[DAYS - 1].hi;
}

static void cfr_corrected(struct epi_arena *a)
{
    double *cases = EPI_ARRAY(a, DAYS, double), *deaths = EPI_ARRAY(a, DAYS, double),
           *delay = EPI_ARRAY(a, DAYS, double), *outcomes = EPI_ARRAY(a, DAYS, double);
    struct epi_duration dist = {.kind = EPI_DURATION_GAMMA, .p1 = 2.4, .p2 = 3.33};
    struct epi_cfr_options o = EPI_CFR_STANDARD;
    course(DAYS, cases, deaths);
    size_t k = epi_cfr_delay(&dist, 1, DAYS, delay);
    epi_cfr_outcomes(cases, DAYS, delay, k, outcomes);
    double c = 0, d = 0, u = 0, sum = 0;
    for (size_t t = 0; t < DAYS; t++) {
        c += cases[t], d += deaths[t], u += outcomes[t];
        struct epi_ci ci = epi_cfr_corrected(c, d, u, &o);
        sum += isnan(ci.hi) ? 0 : ci.hi;
    }
    sink = sum;
}

/* 1,000 tables of some hundred people. */
static struct epi_two_by_two table_of(size_t i)
{
    return (struct epi_two_by_two){
        .exposed_ill = (double)(5 + i * 7919 % 40),
        .exposed_well = (double)(10 + i * 104729 % 80),
        .unexposed_ill = (double)(3 + i * 1299709 % 30),
        .unexposed_well = (double)(20 + i * 15485863 % 90),
    };
}
static void fisher(struct epi_arena *a)
{
    for (size_t i = 0; i < 1000; i++) {
        struct epi_two_by_two t = table_of(i);
        sink = epi_odds_ratio(a, EPI_ODDS_FISHER, &t, 0.95).hi +
               epi_association(a, EPI_ASSOCIATION_FISHER, &t).p;
    }
}

static void exact_rates(struct epi_arena *a)
{
    (void)a;
    for (size_t i = 0; i < 10000; i++)
        sink = epi_proportion(EPI_PROPORTION_EXACT, (double)(i * 7919 % 200),
                              (double)(200 + i * 104729 % 800), 0.95)
                   .hi;
}

static void standardise(struct epi_arena *a)
{
    enum { COMMUNES = 10599, AGES = 18 };
    double events[AGES], time[AGES], weight[AGES];
    (void)a;
    for (size_t c = 0; c < COMMUNES; c++) {
        for (size_t i = 0; i < AGES; i++) {
            events[i] = (double)((c * 31 + i * 7919) % 9);
            time[i] = (double)(100 + (c * 17 + i * 104729) % 900);
            weight[i] = (double)(AGES - i);
        }
        sink = epi_standardise_direct(events, time, weight, AGES, 0.95).gamma.hi;
    }
}

static void pools(struct epi_arena *a)
{
    struct epi_pool_assay s = {.prevalence = 0.01, .sensitivity = 0.95, .specificity = 0.99};
    size_t parts[24];
    for (size_t n = 3; n <= 24; n++) {
        size_t k = epi_pool_parts(a, &s, n, parts);
        sink = epi_pool_hierarchical(&s, parts, k).tests;
    }
    for (size_t n = 2; n <= 50; n++)
        sink = epi_pool_dorfman(&s, n).tests;
}

static void beds(struct epi_arena *a)
{
    double *in = EPI_ARRAY(a, 365, double), *ret = EPI_ARRAY(a, 365, double);
    struct epi_duration stay = {.kind = EPI_DURATION_GAMMA, .p1 = 2.1, .p2 = 4.3};
    for (size_t t = 0; t < 365; t++)
        in[t] = 20 + 15 * sin((double)t / 40);
    for (size_t u = 0; u < UNITS; u++) {
        epi_capacity_occupancy(a, in, 365, 0.86, &stay, ret);
        sink = ret[364];
    }
}

static void immunity(struct epi_arena *a)
{
    double *dose[2] = {EPI_ARRAY(a, 365, double), EPI_ARRAY(a, 365, double)};
    const struct epi_dose kinds[] = {{0.6, 10, 8, 0.002}, {0.9, 5, 8, 0.002}};
    struct epi_immunity m;
    for (size_t t = 0; t < 365; t++) {
        dose[0][t] = (double)(800 + t * 31 % 100);
        dose[1][t] = t < 28 ? 0 : (double)(700 + t * 17 % 100);
    }
    epi_immunity(a, (const double *const *)dose, 2, 365, 500000, kinds, &m);
    sink = m.immune[364];
}

int main(void)
{
    bench("cfr_rolling", "1094 days, naive and corrected", cfr_rolling, 20);
    bench("cfr_corrected", "1094 days, corrected alone", cfr_corrected, 50);
    bench("fisher", "1000 tables: exact odds ratio, limits, p", fisher, 3);
    bench("binomial_exact", "10000 Clopper-Pearson intervals", exact_rates, 3);
    bench("standardise", "10599 communes x 18 ages, Fay-Feuer", standardise, 3);
    bench("pool_optimum", "best pool of two and of three stages", pools, 200);
    bench("beds", "700 units x 365 days, occupancy", beds, 3);
    bench("immunity", "two doses, 365 days", immunity, 20);
    return 0;
}
