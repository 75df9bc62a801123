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

#define COPY(to, from, n) memcpy((to), (from), (n) * sizeof *(to))
#define COPY_LIST(to, from) \
    do { \
        if ((to)->cap < (from)->n) { \
            (to)->cap = (from)->n; \
            (to)->v = epi_xrealloc((to)->v, (size_t)(to)->cap * sizeof *(to)->v); \
        } \
        (to)->n = (from)->n; \
        if ((from)->n > 0) \
            COPY((to)->v, (from)->v, (from)->n); \
    } while (0)
static void copy_people(struct epi_world *to, const struct epi_world *from)
{
    COPY(to->p, from->p, from->s->n);
    for (uint32_t b = 0; b < from->blocks_n; b++) {
        COPY_LIST(&to->blocks[b].infections, &from->blocks[b].infections);
        COPY_LIST(&to->blocks[b].active, &from->blocks[b].active);
        to->blocks[b].fresh = from->blocks[b].fresh;
    }
}
static void copy_places(struct epi_world *to, const struct epi_world *from)
{
    size_t places = from->s->places_n, hamlets = from->s->hamlets_n;
    COPY(to->level, from->level, places);
    COPY(to->level_since, from->level_since, places);
    COPY(to->weekly, from->weekly, places);
    COPY(to->water, from->water, places);
    COPY(to->next_dose, from->next_dose, places);
    COPY(to->locked_n, from->locked_n, places);
    COPY(to->locked_to, from->locked_to, hamlets);
    COPY(to->before, from->before, places * EPI__BEFORE * EPI__BEFORE_N);
    COPY(to->hamlet_found, from->hamlet_found, hamlets * EPI__ZONE_DAYS);
    for (size_t i = 0; i < places; i++)
        COPY_LIST(&to->site[i], &from->site[i]);
}
static void copy_response(struct epi_world *to, const struct epi_world *from)
{
    for (size_t i = 0; i < EPI__RING; i++)
        COPY_LIST(&to->due[i], &from->due[i]);
    COPY_LIST(&to->lab, &from->lab);
    COPY_LIST(&to->sick_none, &from->sick_none);
    to->lab_at = from->lab_at;
    to->site_used = from->site_used;
    to->doses_used = from->doses_used;
}
static void copy_past(struct epi_world *to, const struct epi_world *from)
{
    size_t days = (size_t)from->sc.days, past = (size_t)from->day, places = from->s->places_n;
    COPY(to->seed_on, from->seed_on, days);
    COPY(to->push_on, from->push_on, days);
    COPY(to->factor_past, from->factor_past, past * places * EPI_MIX_N);
    COPY(to->tally, from->tally, past * places * EPI_TALLY_N);
    COPY(to->age_tally, from->age_tally, past * EPI_MIX_BANDS);
    COPY(to->how_tally, from->how_tally, past * EPI_MEETING_N);
}
void epi_world_branch(struct epi_world *to, const struct epi_world *from, uint64_t seed)
{
    EPI_ASSERT(to->s == from->s && to->sc.days == from->sc.days && to->day >= from->day);
    to->sc = from->sc;
    to->seed = from->seed;
    to->hazard = from->hazard;
    to->day = from->day;
    to->begun = from->begun;
    copy_people(to, from);
    copy_places(to, from);
    copy_response(to, from);
    copy_past(to, from);
    for (int day = to->day; day < to->sc.days; day++)
        to->seed_on[day] = seed;
}
