// SPDX-License-Identifier: AGPL-3.0-or-later
/* A run with the seeds and transmission of a track. */
#include "scenario/scenario_internal.h"

void epi_world_follow(struct epi_world *w, const struct epi_track *t)
{
    size_t days = (size_t)w->sc.days;
    EPI_ASSERT(w->day == 0);
    w->hazard = t->hazard;
    memcpy(w->seed_on, t->seed, days * sizeof *t->seed);
    memcpy(w->push_on, t->push, days * sizeof *t->push);
    epi__replan(w);
}
