// SPDX-License-Identifier: AGPL-3.0-or-later
/* One run out of another: the seeds and transmission of its days, and a copy that goes its own way.
 */
#include "scenario/scenario_internal.h"

void epi_world_follow(struct epi_world *w, const struct epi_track *t)
{
    size_t days = (size_t)w->sc.days;
    EPI_ASSERT(w->day == 0);
    w->hazard = t->hazard;
    memcpy(w->seed_on, t->seed, days * sizeof *t->seed);
    memcpy(w->push_on, t->push, days * sizeof *t->push);
}
struct epi_track epi_world_track(const struct epi_world *w)
{
    return (struct epi_track){.hazard = w->hazard, .seed = w->seed_on, .push = w->push_on};
}
void epi_world_push(struct epi_world *w, float factor)
{
    for (int day = w->day; day < w->sc.days; day++)
        w->push_on[day] = factor;
}

void epi_world_branch(struct epi_world *to, const struct epi_world *from, uint64_t seed)
{
    size_t days = (size_t)from->sc.days;
    EPI_ASSERT(to->s == from->s && to->sc.days == from->sc.days);
    to->sc = from->sc;
    to->seed = from->seed;
    to->hazard = from->hazard;
    memcpy(to->seed_on, from->seed_on, days * sizeof *to->seed_on);
    memcpy(to->push_on, from->push_on, days * sizeof *to->push_on);
    epi__world_copy(to, from);
    for (int day = to->day; day < to->sc.days; day++)
        to->seed_on[day] = seed;
}
