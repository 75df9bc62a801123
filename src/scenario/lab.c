// SPDX-License-Identifier: AGPL-3.0-or-later
/* Samples: who is sampled, the laboratory's queue, and results. */
#include "scenario/packs_internal.h"

void epi__due_on(struct epi_world *w, int day, struct epi__todo t)
{
    int ahead = day - w->day;
    ahead = ahead < 0 ? 0 : ahead < EPI__RING - 1 ? ahead : EPI__RING - 1;
    EPI__PUSH(&w->due[(w->day + ahead) % EPI__RING], t);
}
/* Does a sample of today turn positive? Sensitivity follows the days since infection. */
static bool turns_positive(const struct epi_world *w, uint32_t person, const double *sensitivity,
                           double factor, double specificity, struct epi__draw *d)
{
    const struct epi_infection *i = epi__latest(w, person);
    int t = i ? w->day - i->day : -1;
    bool infected = t >= 0 && t < EPI_PROFILE_DAYS && sensitivity[t] > 0;
    return infected ? epi__chance(d, sensitivity[t] * factor) : epi__chance(d, 1 - specificity);
}
static void tell(const struct epi_world *w, struct epi_tested t)
{
    if (w->listener.tested)
        w->listener.tested(w->listener.ctx, &t);
}
static void result_on(struct epi_world *w, int day, uint32_t person, enum epi_why why)
{
    epi__due_on(
        w, day,
        (struct epi__todo){.person = person, .what = EPI__DUE_RESULT, .ring = (uint8_t)why});
}
void epi__sample_take(struct epi_world *w, uint32_t person, enum epi_why why)
{
    const struct epi_lever_lab *l = &w->sc.lab;
    uint32_t place = w->s->place[person];
    if (w->p[person].flags & (EPI__DEAD | EPI__POSITIVE) || !epi__when(w, &l->when, place))
        return;
    struct epi__draw d = epi__draw_of(w, person, EPI__DRAW_SAMPLE);
    ++*epi__tally(w, place, EPI_T_SAMPLES);
    if (epi__chance(&d, l->antigen)) {
        ++*epi__tally(w, place, EPI_T_TESTED);
        bool positive = turns_positive(w, person, w->d.antigen, 1, l->specificity, &d);
        bool case_now = positive && (!w->rules || !l->by[0] || epi__rules_confirm(w, person, why));
        if (case_now)
            result_on(w, w->day, person, why);
        else if (positive) {
            bool again = turns_positive(w, person, w->d.pcr, 1, 1, &d);
            EPI__PUSH(&w->lab, (struct epi__sample){person, (uint16_t)w->day, (uint8_t)why, again});
        }
        tell(w, (struct epi_tested){person, w->day, w->day, why, positive, true});
        return;
    }
    double factor = 1;
    if (why == EPI_WHY_SCREEN && l->pool > 1)
        factor = pow(1 - l->pool_loss, log2(l->pool));
    bool positive = turns_positive(w, person, w->d.pcr, factor, 1, &d);
    EPI__PUSH(&w->lab, (struct epi__sample){person, (uint16_t)w->day, (uint8_t)why, positive});
}
void epi_world_sample(struct epi_world *w, uint32_t person, enum epi_why why)
{
    if (person < w->s->n && w->day < w->sc.days)
        epi__sample_take(w, person, why);
}

void epi__phase_seek(struct epi_world *w)
{
    epi__todos *due = &w->due[w->day % EPI__RING];
    for (uint32_t i = 0; i < due->n; i++) {
        if (due->v[i].what == EPI__DUE_SEEK)
            epi__sample_take(w, due->v[i].person, EPI_WHY_SICK);
        else if (due->v[i].what == EPI__DUE_SAMPLE)
            epi__sample_take(w, due->v[i].person, EPI_WHY_CONTACT);
    }
}
/* A share of each place's people, in rounds. Who is drawn depends on the person and day alone. */
void epi__phase_screen(struct epi_world *w)
{
    const struct epi_lever_screen *s = &w->sc.screen;
    if (s->share <= 0 || s->every < 1 || w->day % s->every != 0)
        return;
    for (uint32_t place = 0; place < w->s->places_n; place++) {
        if (!epi__when(w, &s->when, place))
            continue;
        for (uint32_t p = w->s->place_first[place]; p < w->s->place_first[place + 1]; p++) {
            struct epi__draw d = epi__draw_of(w, p, EPI__DRAW_SCREEN);
            if (epi__chance(&d, s->share))
                epi__sample_take(w, p, EPI_WHY_SCREEN);
        }
    }
}

/* --- the queue ---
 * Tubes in the order of their sampling. A screening tube holds `pool` samples and is opened when it
 * turns positive: its samples are then tested one by one, which takes the same capacity again. */
void epi__phase_lab(struct epi_world *w)
{
    const struct epi_lever_lab *l = &w->sc.lab;
    double capacity = l->capacity > 0 ? l->capacity * w->s->n / 1e5 : INFINITY;
    double pool = l->pool > 1 ? l->pool : 1;
    while (w->lab_at < w->lab.n) {
        const struct epi__sample *s = &w->lab.v[w->lab_at];
        double cost =
            s->why == EPI_WHY_SCREEN ? 1 / pool + (s->positive && pool > 1 ? pool : 0) : 1;
        if (capacity < cost)
            break;
        capacity -= cost;
        ++*epi__tally(w, w->s->place[s->person], EPI_T_TESTED);
        int result = w->day + l->turnaround;
        if (s->positive)
            result_on(w, result, s->person, s->why);
        tell(w, (struct epi_tested){s->person, s->day, result, s->why, s->positive, false});
        w->lab_at++;
    }
    if (w->lab_at > 1024 && w->lab_at * 2 > w->lab.n) { /* what is done makes room */
        w->lab.n -= w->lab_at;
        memmove(w->lab.v, w->lab.v + w->lab_at, w->lab.n * sizeof *w->lab.v);
        w->lab_at = 0;
    }
}
