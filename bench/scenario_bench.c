// SPDX-License-Identifier: AGPL-3.0-or-later
/* How fast a province goes by: person-days a processor second, and what an infection costs.
 * scenario_bench [people] [days]: six places, households, classes, workplaces; 1,000,000 people and
 * 150 days when not given. With 96000000 the whole of a country, which needs 7 GB. */
#include "scenario/test_society.h"
#include <time.h>

static double clock_of(clockid_t c)
{
    struct timespec t;
    clock_gettime(c, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}
static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}
static struct epi_scenario response(void)
{
    struct epi_scenario s = epi_scenario_plain();
    s.seek.share = 0.6, s.seek.severe_share = 0.95, s.seek.delay_mean = 2;
    s.lab.turnaround = 1, s.lab.specificity = 0.999;
    s.isolate = (struct epi_lever_isolate){.days = 14, .compliance = 0.9, .at_home = 0.5};
    s.trace = (struct epi_lever_trace){.rings = 2,
                                       .back = 3,
                                       .home = 1,
                                       .school = 0.9,
                                       .work = 0.8,
                                       .other = 0.4,
                                       .delay = 1,
                                       .days_f1 = 14,
                                       .days_f2 = 7,
                                       .site = 0.5,
                                       .compliance = 0.8,
                                       .test_first = 1,
                                       .test_last = 13};
    return s;
}
/* Processor and wall seconds of one run: medians of three seeds. */
static void measure(const struct epi_society *s, const char *what, struct epi_scenario sc, int days,
                    unsigned threads)
{
    struct epi_natural_history d = epi_natural_history_plain(2.5, 6, 2.5);
    double cpu[3], wall[3], infected = 0, bytes = 0;
    sc.start.infected = (int)(s->n / 10000) + 1;
    sc.days = days;
    for (int k = 0; k < 3; k++) {
        struct epi_world *w = NULL;
        if (epi_world_new(s, &d, &sc, (uint64_t)k + 1, threads, &w, NULL) != EPI_OK)
            return;
        cpu[k] = clock_of(CLOCK_PROCESS_CPUTIME_ID), wall[k] = clock_of(CLOCK_MONOTONIC);
        for (int i = 0; i < days; i++)
            epi_world_day(w);
        cpu[k] = clock_of(CLOCK_PROCESS_CPUTIME_ID) - cpu[k];
        wall[k] = clock_of(CLOCK_MONOTONIC) - wall[k];
        infected += (double)epi_world_infections(w) / 3;
        bytes = (double)(epi_world_bytes(w) + epi_society_bytes(s)) / s->n;
        epi_world_free(w);
    }
    qsort(cpu, 3, sizeof *cpu, by_value);
    qsort(wall, 3, sizeof *wall, by_value);
    double days_all = (double)s->n * days;
    printf(
        "%-14s %2u thread%s  cpu %7.2f s  wall %7.2f s  %6.0f M person-days/cpu-s  %6.0f M/s  %5.0f ns an "
        "infection  infected %.3f  %.0f bytes a person\n",
        what, threads, threads > 1 ? "s" : " ", cpu[1], wall[1], days_all / cpu[1] / 1e6,
        days_all / wall[1] / 1e6, cpu[1] / infected * 1e9, infected / s->n, bytes);
}
int main(int argc, char **argv)
{
    int64_t people = 1000000, days = 150;
    if (argc > 1)
        (void)!epi_str_to_i64(epi_str_of(argv[1]), &people);
    if (argc > 2)
        (void)!epi_str_to_i64(epi_str_of(argv[2]), &days);
    double t0 = clock_of(CLOCK_PROCESS_CPUTIME_ID);
    struct epi_society *s = province(people / 6, 6);
    if (!s)
        return 1;
    printf("%u people built in %.2f s\n", s->n, clock_of(CLOCK_PROCESS_CPUTIME_ID) - t0);
    measure(s, "uncontrolled", epi_scenario_plain(), (int)days, 1);
    measure(s, "uncontrolled", epi_scenario_plain(), (int)days, 2);
    measure(s, "with response", response(), (int)days, 1);
    epi_society_free(s);
    return 0;
}
