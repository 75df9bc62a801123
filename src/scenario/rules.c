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
const struct epi_season *epi__season(const struct epi_world *w)
{
    int32_t today = w->first.d + w->day;
    for (size_t i = 0; w->sc.season.observed && epi_date_known(w->first) && i < w->s->seasons_n;
         i++)
        if (w->s->seasons[i].from.d <= today && today <= w->s->seasons[i].to.d)
            return &w->s->seasons[i];
    return NULL;
}
double epi__homecoming(const struct epi_world *w)
{
    int32_t today = w->first.d + w->day;
    double sum = 0;
    for (size_t i = 0; w->sc.season.observed && epi_date_known(w->first) && i < w->s->seasons_n;
         i++) {
        const struct epi_season *s = &w->s->seasons[i];
        if (s->travel > 0 && s->from.d - s->travel <= today && today < s->from.d)
            sum += s->returns / s->travel * w->sc.season.returns;
    }
    return sum;
}
/* People avoid more the more they hear of: remaining = floor + (1 - floor) / (1 + rate / half). */
static double carefulness(const struct epi_world *w, uint32_t place)
{
    const struct epi_lever_behave *b = &w->sc.behave;
    if (b->half_at <= 0 || !epi__when(w, &b->when, place))
        return 1;
    return b->floor + (1 - b->floor) / (1 + (double)w->weekly[place] / b->half_at);
}
static void factors_of(struct epi_world *w, uint32_t place, const struct epi_season *season)
{
    const struct epi_lever_measures *m = &w->sc.measures;
    const double *const by_level[EPI_RULED_N] = {NULL,      m->school,  m->work,     m->other,
                                                 m->market, m->worship, m->gathering};
    bool ruled = epi__when(w, &m->when, place);
    double careful = carefulness(w, place);
    uint8_t *f = w->factor_past + ((size_t)w->day * w->s->places_n + place) * EPI_RULED_N;
    for (int i = 0; i < EPI_RULED_N; i++) {
        float most = epi__most(w, (enum epi_meeting)i);
        double remains = ruled && by_level[i] ? by_level[i][w->level[place]] : 1;
        if (i >= EPI_MEET_WORK)
            remains *= careful;
        if (season)
            remains *= i == EPI_MEET_HOME     ? 1
                       : i == EPI_MEET_SCHOOL ? season->school
                       : i == EPI_MEET_WORK   ? season->work
                                              : season->other;
        f[i] = (uint8_t)lround(fmin(remains / (double)most, 1) * 255);
        w->factor[place][i] = (float)f[i] / 255 * most;
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
        factors_of(w, place, epi__season(w));
        zones_before(w, place);
    }
}
void epi__phase_rules(struct epi_world *w)
{
    const struct epi_season *season = epi__season(w);
    start_zones(w);
    if (w->rules)
        epi__rules_today(w);
    for (uint32_t place = 0; place < w->s->places_n; place++) {
        weekly_found(w, place);
        level_of(w, place);
        factors_of(w, place, season);
        if (w->sc.zone.cases > 0)
            zones_of(w, place);
    }
}
