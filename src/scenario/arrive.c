// SPDX-License-Identifier: AGPL-3.0-or-later
/* What comes from outside: the seeded start, arrivals, and vaccine. */
#include "scenario/scenario_internal.h"

/* --- start --- */
static bool below(const struct epi_world *w, uint32_t place)
{
    epi_str top = epi_str_of(w->sc.start.place);
    return epi_str_starts(w->s->places[place].path, top);
}
static void seed_infections(struct epi_world *w)
{
    struct epi__draw d = epi__draw(w->seed, 0, 0, EPI__DRAW_START);
    epi__u32s places = {0};
    for (uint32_t i = 0; i < w->s->places_n; i++)
        if (below(w, i) && w->s->place_first[i + 1] > w->s->place_first[i])
            EPI__PUSH(&places, i);
    uint64_t all = 0;
    for (uint32_t i = 0; i < places.n; i++)
        all += w->s->place_first[places.v[i] + 1] - w->s->place_first[places.v[i]];
    int left = all > 0 ? w->sc.start.infected : 0;
    for (int tries = 0; left > 0 && tries < 20 * w->sc.start.infected; tries++) {
        uint64_t u = epi__below(&d, (uint32_t)all);
        uint32_t k = 0, size;
        while (u >= (size = w->s->place_first[places.v[k] + 1] - w->s->place_first[places.v[k]]))
            u -= size, k++;
        left -= epi_world_infect(w, w->s->place_first[places.v[k]] + (uint32_t)u, 0);
    }
    free(places.v);
}
static void seed_immunity(struct epi_world *w)
{
    const struct epi_lever_start *s = &w->sc.start;
    const struct epi_lever_vaccinate *v = &w->sc.vaccinate;
    for (uint32_t p = 0; p < w->s->n; p++) {
        struct epi__draw d = epi__draw(w->seed, p, 0, EPI__DRAW_START);
        double u = (double)epi__unit(&d), x = (double)epi__unit(&d);
        if (u < s->immune)
            w->p[p].flags |= EPI__IMMUNE;
        if (w->s->age[p] < v->from_age || (w->begun && w->p[p].doses > 0))
            continue;
        if (!w->begun && x < s->doses_full)
            epi_world_vaccinated(w, p, v->doses, 30);
        else if (!w->begun && x < s->doses_full + s->doses_one)
            epi_world_vaccinated(w, p, 1, v->gap);
        else if ((double)epi__unit(&d) >= v->reach)
            w->p[p].flags |= EPI__REFUSES;
    }
}

/* --- arrivals ---
 * Somebody of the place comes home from outside; the infected have been so for some days. */
static void come_home(struct epi_world *w, uint32_t who, bool infected, struct epi__draw *d)
{
    const struct epi_lever_arrive *a = &w->sc.arrive;
    if (infected)
        (void)epi_world_infect(w, who, (uint32_t)a->variant);
    if (epi__chance(d, a->site)) {
        epi__keep(w, who, EPI__AT_SITE, a->days, 1);
        w->site_used++;
    } else if (a->days > 0) {
        epi__keep(w, who, EPI__AT_HOME, a->days, w->sc.trace.compliance);
    }
    if (a->tested)
        epi__sample_take(w, who, EPI_WHY_ARRIVAL);
}
void epi_world_arrive(struct epi_world *w, uint32_t person, bool infected)
{
    struct epi__draw d = epi__draw_of(w, person, EPI__DRAW_COME);
    if (person < w->s->n && w->day < w->sc.days)
        come_home(w, person, infected, &d);
}
static void arrivals_of(struct epi_world *w, uint32_t place)
{
    const struct epi_lever_arrive *a = &w->sc.arrive;
    uint32_t from = w->s->place_first[place], n = w->s->place_first[place + 1] - from;
    if (n == 0 || !epi__when(w, &a->when, place))
        return;
    struct epi__draw d = epi__draw_of(w, place, EPI__DRAW_ARRIVE);
    for (uint32_t k = epi__poisson(&d, (float)(a->per_day * n / 1e5)); k > 0; k--) {
        uint32_t who = from + epi__below(&d, n);
        bool infected = epi__chance(&d, a->prevalence);
        come_home(w, who, infected, &d);
    }
}
void epi__phase_arrive(struct epi_world *w)
{
    if (w->day == 0) {
        seed_immunity(w);
        if (!w->begun)
            seed_infections(w);
    }
    if (w->sc.arrive.per_day > 0)
        for (uint32_t place = 0; place < w->s->places_n; place++)
            arrivals_of(w, place);
}

/* --- vaccine ---
 * The day's doses of a place go through its people from the oldest band down, second doses first.
 */
static uint32_t oldest_first(const struct epi_society *s, uint32_t place, uint32_t k)
{
    const uint32_t *first = s->band_first + (size_t)place * EPI_MIX_BANDS;
    return s->by_band[first[0] + (s->place_first[place + 1] - s->place_first[place]) - 1 - k];
}
static bool wants_dose(const struct epi_world *w, uint32_t p, int dose)
{
    const struct epi__person *x = &w->p[p];
    if (x->doses != dose || x->flags & (EPI__DEAD | EPI__REFUSES | EPI__POSITIVE) ||
        w->s->age[p] < w->sc.vaccinate.from_age)
        return false;
    return dose == 0 || w->day - x->dose_day >= w->sc.vaccinate.gap;
}
static void doses_of(struct epi_world *w, uint32_t place, uint32_t left)
{
    const struct epi_lever_vaccinate *v = &w->sc.vaccinate;
    uint32_t n = w->s->place_first[place + 1] - w->s->place_first[place];
    for (int dose = v->doses - 1; dose >= 0 && left > 0; dose--) {
        uint32_t k = dose == 0 ? w->next_dose[place] : 0;
        for (; k < n && left > 0; k++) {
            uint32_t p = oldest_first(w->s, place, k);
            if (!wants_dose(w, p, dose))
                continue;
            epi_world_vaccinated(w, p, dose + 1, 0);
            ++*epi__tally(w, place, EPI_T_DOSES);
            w->doses_used++;
            left--;
        }
        if (dose == 0)
            w->next_dose[place] = k; /* first doses never go back */
    }
}
void epi__phase_vaccinate(struct epi_world *w)
{
    const struct epi_lever_vaccinate *v = &w->sc.vaccinate;
    if (v->per_day <= 0)
        return;
    double stock = v->stock > 0 ? v->stock * w->s->n / 1e5 : INFINITY;
    for (uint32_t place = 0; place < w->s->places_n; place++) {
        uint32_t n = w->s->place_first[place + 1] - w->s->place_first[place];
        if (!epi__when(w, &v->when, place))
            continue;
        struct epi__draw d = epi__draw_of(w, place, EPI__DRAW_VACCINE);
        double share = v->per_day * n / 1e5, left = stock - (double)w->doses_used;
        uint32_t today = (uint32_t)share + epi__chance(&d, share - floor(share));
        doses_of(w, place, (double)today < left ? today : (uint32_t)(left > 0 ? left : 0));
    }
}
