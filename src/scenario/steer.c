// SPDX-License-Identifier: AGPL-3.0-or-later
/* What a caller brings about: meetings that he called, a class or a wedding, where each meets each
 * other one. */
#include "scenario/scenario_internal.h"

void epi_world_listen(struct epi_world *w, const struct epi_listener *l)
{
    w->listener = *l;
}

void epi_world_gather(struct epi_world *w, const uint32_t *who, size_t n, int from, int to,
                      enum epi_meeting how, double contacts)
{
    struct epi__gathering g = {
        .n = (uint32_t)n, .from = from, .to = to, .how = (uint8_t)how, .contacts = (float)contacts};
    EPI_ASSERT(how < EPI_MIX_N);
    g.who = epi_xmalloc(n ? n * sizeof *g.who : 1);
    for (size_t i = 0; i < n; i++)
        g.who[i] = who[i];
    EPI__PUSH(&w->gatherings, g);
}
void epi__gatherings_free(struct epi_world *w)
{
    for (uint32_t i = 0; i < w->gatherings.n; i++)
        free(w->gatherings.v[i].who);
    free(w->gatherings.v);
    memset(&w->gatherings, 0, sizeof w->gatherings);
}
static bool held(const struct epi__gathering *g, int day)
{
    return g->from <= day && day < g->to;
}
/* Share of the day's meetings outside home that are left to the person, as spread.c counts it. */
static float goes(const struct epi_world *w, uint32_t person, const struct epi__gathering *g,
                  int day)
{
    return epi__leak(w, person, day).out *
           epi__left_by_rules(w, person, (enum epi_meeting)g->how, day);
}
static void exposes(struct epi_world *w, const struct epi__gathering *g, uint32_t number,
                    uint32_t by)
{
    const struct epi_infection *i = epi__latest(w, by);
    float weight = (float)w->d.setting[g->how] * g->contacts, out = goes(w, by, g, w->day);
    float hazard = i ? epi__hazard_of(w, i, w->day) * weight : 0;
    float p = -expm1f(-hazard * w->top_susceptibility) * out;
    if (!(p > 0) || w->p[by].flags & EPI__DEAD)
        return;
    struct epi__draw d =
        epi__draw_of(w, by, (enum epi__purpose)((uint32_t)EPI__DRAW_GATHER + number));
    for (uint32_t k = 0; k < g->n; k++) {
        float u = epi__unit(&d);
        if (u < p && g->who[k] != by)
            EPI__PUSH(&epi__block_of(w, by)->attempts,
                      (struct epi__attempt){.target = g->who[k],
                                            .by = by,
                                            .luck = (uint32_t)(u / p * 0x1p32F),
                                            .hazard = hazard,
                                            .by_place = w->s->place[by],
                                            .how = g->how,
                                            .variant = i->variant});
    }
}
void epi__phase_gather(struct epi_world *w)
{
    for (uint32_t k = 0; k < w->gatherings.n; k++)
        for (uint32_t i = 0; held(&w->gatherings.v[k], w->day) && i < w->gatherings.v[k].n; i++)
            exposes(w, &w->gatherings.v[k], k, w->gatherings.v[k].who[i]);
}
/* Whom the person met there; writes up to max, returns how many. */
size_t epi__gathered(const struct epi_world *w, uint32_t person, int day, uint32_t *ret_who,
                     uint8_t *ret_how, size_t max)
{
    size_t n = 0;
    for (uint32_t k = 0; k < w->gatherings.n; k++) {
        const struct epi__gathering *g = &w->gatherings.v[k];
        bool there = false;
        for (uint32_t i = 0; held(g, day) && i < g->n; i++)
            there = there || g->who[i] == person;
        if (!there || goes(w, person, g, day) <= 0)
            continue;
        for (uint32_t i = 0; i < g->n; i++) {
            if (g->who[i] == person || goes(w, g->who[i], g, day) <= 0)
                continue;
            if (n < max)
                ret_who[n] = g->who[i], ret_how[n] = g->how;
            n++;
        }
    }
    return n;
}
