// SPDX-License-Identifier: AGPL-3.0-or-later
/* How fast a province goes by: person-days a processor second, and what an infection costs.
 * scenario_bench [people] [days] [part ...]: communes of 10,000 people with households, classes and
 * workplaces; 1,000,000 people and 150 days when not given. Parts, all but `country` when none is
 * named: free (uncontrolled), threads (the same on two), response (tested, traced, isolated),
 * ranks (four runs in one process, and two beside each other), country (one run on two threads,
 * with the memory it held; give it 96000000 people). */
#include "scenario/test_society.h"
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define COMMUNE 10000
#define SEEDS 5

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
static double median(double *v, size_t n)
{
    qsort(v, n, sizeof *v, by_value);
    return v[n / 2];
}
/* What this process held at most, bytes. */
static double peak_bytes(void)
{
    char line[256];
    double kb = 0;
    FILE *f = fopen("/proc/self/status", "r");
    while (f && fgets(line, sizeof line, f))
        if (sscanf(line, "VmHWM: %lf", &kb) == 1)
            break;
    if (f)
        (void)fclose(f);
    return kb * 1024;
}
/* Districts of ten communes, 5 km between neighbours; one commune in four is urban. */
static struct epi_society *country(int64_t people)
{
    struct epi_mixing m = even_mixing(2, 2, 6);
    struct epi_society_options o = usual_options();
    size_t n = (size_t)(people / COMMUNE) + (people < COMMUNE);
    struct epi_place *p = epi_xmalloc(n * sizeof *p);
    const double sizes[7] = {10, 18, 20, 26, 14, 7, 5};
    size_t across = (size_t)ceil(sqrt((double)n));
    for (size_t i = 0; i < n; i++) {
        p[i] = even_place(people / (int64_t)n, "x/");
        p[i].district = (int32_t)(i / 10);
        p[i].urban = i % 4 == 0;
        p[i].lat = 10 + 0.045 * (double)(i / across);
        p[i].lon = 103 + 0.045 * (double)(i % across);
        memcpy(p[i].sizes, sizes, sizeof sizes);
    }
    struct epi_society *s = NULL;
    (void)!epi_society_build(p, n, &m, &o, 7, &s, NULL);
    free(p);
    return s;
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

/* --- one run --- */
struct cost {
    double cpu, wall, infected, bytes;
};
static struct cost run_once(const struct epi_society *s, struct epi_scenario sc, int days,
                            uint64_t seed, unsigned threads)
{
    struct epi_natural_history d = epi_natural_history_plain(2.5, 6, 2.5);
    struct epi_world *w = NULL;
    struct cost c = {0};
    sc.start.infected = (int)(s->n / 10000) + 1;
    sc.days = days;
    if (epi_world_new(s, &d, &sc, seed, threads, &w, NULL) != EPI_OK)
        return c;
    c.cpu = clock_of(CLOCK_PROCESS_CPUTIME_ID), c.wall = clock_of(CLOCK_MONOTONIC);
    for (int i = 0; i < days; i++) {
        epi_world_day(w);
        double held = (double)epi_world_bytes(w);
        c.bytes = held > c.bytes ? held : c.bytes;
    }
    c.cpu = clock_of(CLOCK_PROCESS_CPUTIME_ID) - c.cpu;
    c.wall = clock_of(CLOCK_MONOTONIC) - c.wall;
    c.infected = (double)epi_world_infections(w);
    c.bytes += (double)epi_society_bytes(s);
    epi_world_free(w);
    return c;
}
static void print(const char *what, unsigned threads, double people, int days, struct cost c)
{
    printf("%-14s %2u thread%s  cpu %7.2f s  wall %7.2f s  %6.0f M person-days/cpu-s  %6.0f M/s  "
           "%5.0f ns an infection  infected %.3f  %.0f bytes a person at most\n",
           what, threads, threads > 1 ? "s" : " ", c.cpu, c.wall, people * days / c.cpu / 1e6,
           people * days / c.wall / 1e6, c.cpu / c.infected * 1e9, c.infected / people,
           c.bytes / people);
}
/* Medians over seeds. */
static void measure(const struct epi_society *s, const char *what, struct epi_scenario sc, int days)
{
    double cpu[SEEDS], wall[SEEDS];
    struct cost c = {0};
    for (int k = 0; k < SEEDS; k++) {
        c = run_once(s, sc, days, (uint64_t)k + 1, 1);
        cpu[k] = c.cpu, wall[k] = c.wall;
    }
    c.cpu = median(cpu, SEEDS), c.wall = median(wall, SEEDS);
    print(what, 1, s->n, days, c);
}

/* --- scaling --- */
static void measure_threads(const struct epi_society *s, int days)
{
    double ratio[SEEDS], busy[SEEDS];
    struct cost two = {0};
    for (int k = 0; k < SEEDS; k++) {
        struct cost one = run_once(s, epi_scenario_plain(), days, (uint64_t)k + 1, 1);
        two = run_once(s, epi_scenario_plain(), days, (uint64_t)k + 1, 2);
        ratio[k] = one.wall / two.wall;
        busy[k] = two.cpu / two.wall;
    }
    print("uncontrolled", 2, s->n, days, two);
    printf("two threads: %.2f times as fast; %.2f processors were had\n", median(ratio, SEEDS),
           median(busy, SEEDS));
}
/* Wall seconds of `runs` runs shared out among `ranks` processes. */
static double shared_out(const struct epi_society *s, int days, int ranks, int runs)
{
    double t0 = clock_of(CLOCK_MONOTONIC);
    for (int r = 0; r < ranks; r++)
        if (fork() == 0) {
            for (int k = r; k < runs; k += ranks)
                (void)run_once(s, epi_scenario_plain(), days, (uint64_t)k + 1, 1);
            _exit(0);
        }
    while (wait(NULL) > 0)
        continue;
    return clock_of(CLOCK_MONOTONIC) - t0;
}
static void measure_ranks(const struct epi_society *s, int days)
{
    double efficiency[SEEDS];
    for (int k = 0; k < SEEDS; k++)
        efficiency[k] = shared_out(s, days, 1, 4) / (2 * shared_out(s, days, 2, 4));
    printf("two processes: efficiency %.2f\n", median(efficiency, SEEDS));
}
static void measure_country(const struct epi_society *s, int days)
{
    print("country", 2, s->n, days, run_once(s, epi_scenario_plain(), days, 1, 2));
    printf("held at most %.2f GB\n", peak_bytes() / 1e9);
}

static bool asked(int argc, char **argv, const char *part, bool always)
{
    for (int i = 3; i < argc; i++)
        if (strcmp(argv[i], part) == 0)
            return true;
    return argc <= 3 && always;
}
int main(int argc, char **argv)
{
    int64_t people = 1000000, days = 150;
    if (argc > 1)
        (void)!epi_str_to_i64(epi_str_of(argv[1]), &people);
    if (argc > 2)
        (void)!epi_str_to_i64(epi_str_of(argv[2]), &days);
    double cpu = clock_of(CLOCK_PROCESS_CPUTIME_ID), wall = clock_of(CLOCK_MONOTONIC);
    struct epi_society *s = country(people);
    if (!s)
        return 1;
    printf("%u people in %u communes built in %.2f s, cpu %.2f s\n", s->n, s->places_n,
           clock_of(CLOCK_MONOTONIC) - wall, clock_of(CLOCK_PROCESS_CPUTIME_ID) - cpu);
    (void)fflush(stdout); /* before processes fork */
    if (asked(argc, argv, "free", true))
        measure(s, "uncontrolled", epi_scenario_plain(), (int)days);
    if (asked(argc, argv, "response", true))
        measure(s, "with response", response(), (int)days);
    if (asked(argc, argv, "threads", true))
        measure_threads(s, (int)days);
    (void)fflush(stdout);
    if (asked(argc, argv, "ranks", true))
        measure_ranks(s, (int)days);
    if (asked(argc, argv, "country", false))
        measure_country(s, (int)days);
    epi_society_free(s);
    return 0;
}
