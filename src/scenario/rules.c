// SPDX-License-Identifier: AGPL-3.0-or-later
/* What holds today in each place: its level, which levers work, how many contacts remain. */
#include "scenario/packs_internal.h"

bool epi__when(const struct epi_world *w, const struct epi_when *when, uint32_t place)
{
    if (w->day < when->from || (when->to > 0 && w->day >= when->to))
        return false;
    if (when->level > 0 && w->level[place] < when->level)
        return false;
    return when->found_weekly <= 0 || (double)w->weekly[place] >= when->found_weekly;
}
static double people_of(const struct epi_world *w, uint32_t place)
{
    return (double)(w->s->place_first[place + 1] - w->s->place_first[place]);
}
static void weekly_found(struct epi_world *w, uint32_t place)
{
    uint64_t found = 0;
    for (int day = w->day - 7; day < w->day; day++)
        found += day < 0 ? epi__before(w, place, day)[EPI__BEFORE_FOUND]
                         : epi_world_tally(w, day, place, EPI_T_FOUND);
    double people = people_of(w, place);
    w->weekly[place] = people > 0 ? (float)((double)found * 1e5 / people) : 0;
}
/* A level rises at once and falls when its rate has not been reached for `hold` days. */
static void level_of(struct epi_world *w, uint32_t place)
{
    const struct epi_lever_level *l = &w->sc.level;
    uint8_t by_rate = 1;
    for (uint8_t i = 2; i < EPI_LEVELS; i++)
        if (l->from[i] > 0 && (double)w->weekly[place] >= l->from[i])
            by_rate = i;
    if (l->by[0] && w->rules) {
        int by_pack = epi__rules_level(w, place);
        by_rate = by_pack > 0 ? (uint8_t)by_pack : w->level[place] > 0 ? w->level[place] : 1;
    }
    if (l->fixed > 0)
        by_rate = (uint8_t)l->fixed;
    if (by_rate >= w->level[place]) {
        w->level[place] = by_rate;
        w->level_since[place] = (int16_t)w->day;
    } else if (w->day - w->level_since[place] >= l->hold) {
        w->level[place] = by_rate;
        w->level_since[place] = (int16_t)w->day;
    }
}
/* People avoid more the more they hear of: remaining = floor + (1 - floor) / (1 + rate / half). */
static double carefulness(const struct epi_world *w, uint32_t place)
{
    const struct epi_lever_behave *b = &w->sc.behave;
    if (b->half_at <= 0 || !epi__when(w, &b->when, place))
        return 1;
    return b->floor + (1 - b->floor) / (1 + (double)w->weekly[place] / b->half_at);
}
static void factors_of(struct epi_world *w, uint32_t place)
{
    const struct epi_lever_measures *m = &w->sc.measures;
    double remains[EPI_MIX_N] = {1, 1, 1, 1}, careful = carefulness(w, place);
    if (epi__when(w, &m->when, place)) {
        remains[EPI_MEET_SCHOOL] = m->school[w->level[place]];
        remains[EPI_MEET_WORK] = m->work[w->level[place]];
        remains[EPI_MEET_OTHER] = m->other[w->level[place]];
    }
    remains[EPI_MEET_WORK] *= careful;
    remains[EPI_MEET_OTHER] *= careful;
    uint8_t *f = w->factor_past + ((size_t)w->day * w->s->places_n + place) * EPI_MIX_N;
    for (size_t i = 0; i < EPI_MIX_N; i++) {
        f[i] = (uint8_t)lround(remains[i] * 255);
        w->factor[place][i] = (float)f[i] / 255;
    }
}

/* --- narrow zones --- */
static uint16_t *found_cell(struct epi_world *w, uint32_t hamlet, int day)
{
    return &w->hamlet_found[(size_t)hamlet * EPI__ZONE_DAYS + (size_t)day % EPI__ZONE_DAYS];
}
static void zones_of(struct epi_world *w, uint32_t place)
{
    const struct epi_lever_zone *z = &w->sc.zone;
    w->locked_n[place] = 0;
    for (uint32_t h = w->s->place_hamlet[place]; h < w->s->place_hamlet[place + 1]; h++) {
        uint32_t found = 0;
        int window = z->window < EPI__ZONE_DAYS - 1 ? z->window : EPI__ZONE_DAYS - 1;
        for (int d = 1; d <= window; d++) /* also before the run */
            found += *found_cell(w, h, w->day - d);
        *found_cell(w, h, w->day) = 0;
        if (found >= (uint32_t)z->cases && z->cases > 0 && epi__when(w, &z->when, place))
            epi__due_on(w, w->day + z->delay,
                        (struct epi__todo){.person = h, .what = EPI__DUE_ZONE});
        w->locked_n[place] += w->locked_to[h] > w->day;
    }
}
static void start_zones(struct epi_world *w)
{
    const epi__todos *due = &w->due[w->day % EPI__RING];
    for (uint32_t i = 0; i < due->n; i++)
        if (due->v[i].what == EPI__DUE_ZONE)
            w->locked_to[due->v[i].person] = (uint16_t)(w->day + w->sc.zone.days);
}
/* Hamlets that the rule would have locked before the run, had it held: no register says which are.
 */
static void zones_before(struct epi_world *w, uint32_t place)
{
    const struct epi_lever_zone *z = &w->sc.zone;
    int window = z->window < EPI__ZONE_DAYS - 1 ? z->window : EPI__ZONE_DAYS - 1;
    if (z->cases <= 0 || !epi__when(w, &z->when, place))
        return;
    for (uint32_t h = w->s->place_hamlet[place]; h < w->s->place_hamlet[place + 1]; h++)
        for (int day = window + 1 - EPI__ZONE_DAYS; day < 0; day++) {
            int found = 0, to = day + z->delay + z->days;
            for (int d = 1; d <= window; d++)
                found += *found_cell(w, h, day - d);
            if (found >= z->cases && to > w->locked_to[h])
                w->locked_to[h] = (uint16_t)to;
        }
}
void epi__rules_before(struct epi_world *w)
{
    if (w->rules)
        epi__rules_today(w);
    for (uint32_t place = 0; place < w->s->places_n; place++) {
        weekly_found(w, place);
        if (w->level[place] == 0)
            level_of(w, place);
        factors_of(w, place);
        zones_before(w, place);
    }
}
void epi__phase_rules(struct epi_world *w)
{
    start_zones(w);
    if (w->rules)
        epi__rules_today(w);
    for (uint32_t place = 0; place < w->s->places_n; place++) {
        weekly_found(w, place);
        level_of(w, place);
        factors_of(w, place);
        if (w->sc.zone.cases > 0)
            zones_of(w, place);
    }
}
