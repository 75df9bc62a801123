// SPDX-License-Identifier: AGPL-3.0-or-later
/* Outbreak signals of 700 series on one core, in processor seconds, median of three:
 *   estimate_signal                 prints name<TAB>seconds<TAB>what
 *   estimate_signal weekly|daily    prints the series themselves, one a column, for
 * bench/r/signal.R Weekly: 7 years with a season, overdispersed, some outbreaks. Daily: one year.
 */
#include "estimate/signal.h"
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { SERIES = 700, WEEKS = 365, DAYS = 365, LAST = 52 };

static double cpu_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double *make(struct epi_arena *a, size_t n, double period)
{
    double *y = EPI_ARRAY(a, SERIES * n, double);
    for (size_t k = 0; k < SERIES; k++) {
        struct epi_rng r = epi_rng_stream(1, "bench.signal", k, 0);
        double mean = exp(5 * epi_rng_unit(&r) - 1), height = epi_rng_unit(&r),
               phase = 7 * epi_rng_unit(&r);
        size_t outbreak = epi_rng_below(&r, n - 8);
        for (size_t i = 0; i < n; i++) {
            double mu = mean * exp(height * sin(7 * (double)i / period + phase));
            mu *= i >= outbreak && i < outbreak + 8 ? 3 : 1;
            y[k * n + i] = (double)epi_rng_poisson(&r, epi_rng_gamma(&r, 3, mu / 3));
        }
    }
    return y;
}

static int by_size(const void *x, const void *y)
{
    const double *a = x, *b = y;
    return (*a > *b) - (*a < *b);
}

static void line(const char *name, double *seconds, size_t n, const char *what, size_t alarms)
{
    qsort(seconds, n, sizeof *seconds, by_size);
    printf("%s\t%.4f\t%s; %zu alarms\n", name, seconds[n / 2], what, alarms);
}

static void bench_farrington(struct epi_arena *a, const double *y, enum epi_threshold threshold,
                             bool original, const char *name, const char *what)
{
    struct epi_series s = {
        .n = WEEKS, .start = epi_date_ymd(2015, 1, 5), .step = 7, .t0 = 1, .cases = y};
    struct epi_farrington_options o = original ? epi_farrington_1996() : epi_farrington_standard();
    struct epi_farrington *r = EPI_ARRAY(a, SERIES * LAST, struct epi_farrington);
    double seconds[3];
    size_t alarms = 0;
    o.threshold = threshold;
    for (size_t run = 0; run < 3; run++) {
        double from = cpu_seconds();
        epi_farrington_many(a, &o, &s, y, SERIES, WEEKS - LAST, WEEKS, r);
        seconds[run] = cpu_seconds() - from;
    }
    for (size_t i = 0; i < SERIES * LAST; i++)
        alarms += r[i].signal.alarm;
    line(name, seconds, 3, what, alarms);
}

static void bench_ears(struct epi_arena *a, const double *y)
{
    struct epi_ears_options o = epi_ears_standard();
    struct epi_ears e;
    double seconds[3];
    size_t alarms = 0;
    epi_ears_init(a, DAYS, &e);
    for (size_t run = 0; run < 3; run++) {
        double from = cpu_seconds();
        alarms = 0;
        for (size_t k = 0; k < SERIES; k++) {
            epi_ears(&o, y + k * DAYS, DAYS, &e);
            for (size_t i = 0; i < DAYS; i++)
                alarms += e.alarm[i] != 0;
        }
        seconds[run] = cpu_seconds() - from;
    }
    line("signal.ears", seconds, 3, "EARS C1 + C2 + C3, 700 x 365 days", alarms);
}

static void bench_kind(struct epi_arena *a, const double *y, enum epi_signal_kind kind,
                       const char *name, const char *what)
{
    struct epi_series s = {.n = WEEKS, .start = EPI_DATE_UNKNOWN, .step = 7, .t0 = 1, .cases = y};
    struct epi_signal_method m = epi_signal_method(kind);
    struct epi_signal *r = EPI_ARRAY(a, SERIES * LAST, struct epi_signal);
    double seconds[3];
    size_t alarms = 0;
    for (size_t run = 0; run < 3; run++) {
        double from = cpu_seconds();
        epi_signals(a, &m, &s, y, SERIES, WEEKS - LAST, WEEKS, r);
        seconds[run] = cpu_seconds() - from;
    }
    for (size_t i = 0; i < SERIES * LAST; i++)
        alarms += r[i].alarm;
    line(name, seconds, 3, what, alarms);
}

int main(int argc, char **argv)
{
    EPI_ARENA_LOCAL(a);
    double *weekly = make(a, WEEKS, 58), *daily = make(a, DAYS, 406);
    if (argc > 1) {
        const double *y = argv[1][0] == 'd' ? daily : weekly;
        for (size_t i = 0; i < WEEKS; i++)
            for (size_t k = 0; k < SERIES; k++)
                printf("%.0f%c", y[k * WEEKS + i], k + 1 < SERIES ? ',' : '\n');
        return 0;
    }
    bench_farrington(a, weekly, EPI_THRESHOLD_DELTA, false, "signal.farrington",
                     "Farrington Flexible, 700 weekly series of 7 years, last 52 weeks");
    bench_farrington(a, weekly, EPI_THRESHOLD_MUAN, false, "signal.farrington-muan",
                     "the same with the muan threshold");
    bench_farrington(a, weekly, EPI_THRESHOLD_DELTA, true, "signal.farrington-1996",
                     "Farrington 1996, 700 weekly series, last 52 weeks");
    bench_ears(a, daily);
    bench_kind(a, weekly, EPI_SIGNAL_CUSUM, "signal.cusum", "CUSUM, 700 x 52 weeks");
    bench_kind(a, weekly, EPI_SIGNAL_BAYES, "signal.bayes", "Bayes, 700 x 52 weeks");
    bench_kind(a, weekly, EPI_SIGNAL_RKI, "signal.rki", "RKI, 700 x 52 weeks");
    bench_kind(a, weekly, EPI_SIGNAL_OUTBREAK_P, "signal.outbreak-p", "outbreak P, 700 x 52 weeks");
    bench_kind(a, weekly, EPI_SIGNAL_GLR, "signal.glr", "GLR, 700 x 52 weeks");
    return 0;
}
