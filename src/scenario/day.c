// SPDX-License-Identifier: AGPL-3.0-or-later
/* The day: one list of phases, in order. */
#include "scenario/scenario_internal.h"

typedef void phase_fn(struct epi_world *w);
static const struct {
    const char *word;
    phase_fn *fn;
} PHASES[] = {
    {"rules", epi__phase_rules},         /* levels, measures and zones that hold today */
    {"arrive", epi__phase_arrive},       /* people from outside */
    {"vaccinate", epi__phase_vaccinate}, /* today's doses */
    {"spread", epi__phase_spread},       /* contacts of the infectious that may transmit */
    {"gather", epi__phase_gather},       /* the same at meetings that the caller called */
    {"infect", epi__phase_infect},       /* those that do */
    {"course", epi__phase_course},       /* onset, severity, death, recovery */
    {"seek", epi__phase_seek},           /* the sick and the listed contacts are sampled */
    {"screen", epi__phase_screen},       /* mass tests */
    {"laboratory", epi__phase_lab},      /* samples by their turn, results */
    {"isolate", epi__phase_isolate}, /* the positive isolated, their contacts traced and ordered */
    {"care", epi__phase_care},       /* beds and intensive care */
    {"count", epi__phase_count},     /* what is so at the end of the day */
};
#define PHASES_N (sizeof PHASES / sizeof *PHASES)

void epi_world_day(struct epi_world *w)
{
    if (w->day >= w->sc.days)
        return;
    for (size_t i = 0; i < PHASES_N; i++)
        PHASES[i].fn(w);
    w->day++;
}
size_t epi_world_phases(const char *const **ret)
{
    static const char *words[PHASES_N];
    for (size_t i = 0; i < PHASES_N; i++)
        words[i] = PHASES[i].word;
    *ret = words;
    return PHASES_N;
}
