// SPDX-License-Identifier: AGPL-3.0-or-later
/* How fast a province goes by: person-days per second, and what a contact and an infection cost. */
#include "scenario/scenario_internal.h"
#include "scenario/test_society.h"
#include <time.h>

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}
int main(int argc, char **argv)
{
    (void)argv;
    unsigned threads = argc > 1 ? 2 : 1;
    double t0 = now();
    struct epi_society *s = province(1000000 / 6, 6);
    double t1 = now();
    printf("build %u people %.2f s, %.1f bytes each\n", s->n, t1 - t0,
           (double)epi_society_bytes(s) / s->n);
    struct epi_natural_history d = epi_natural_history_plain(2.5, 6, 2.5);
    struct epi_scenario sc = epi_scenario_plain();
    sc.start.infected = 100;
    for (int k = 0; k < 3; k++) {
        struct epi_world *w = NULL;
        (void)!epi_world_new(s, &d, &sc, (uint64_t)k, threads, &w, NULL);
        t0 = now();
        for (int i = 0; i < sc.days; i++)
            epi_world_day(w);
        t1 = now();
        printf("run %.3f s, %.0f M person-days/s, infected %.3f, %.1f bytes each\n", t1 - t0,
               (double)s->n * sc.days / (t1 - t0) / 1e6, (double)epi_world_infections(w) / s->n,
               (double)epi_world_bytes(w) / s->n);
        epi_world_free(w);
    }
    epi_society_free(s);
}
