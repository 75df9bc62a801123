// SPDX-License-Identifier: AGPL-3.0-or-later
/* Nothing appears or vanishes: people, infections, samples, doses and beds, day by day, in a
 * province where everything is done; and the same run whoever computes it. */
#include "validity.h"
#include <stdio.h>
#include <stdlib.h>

struct sums {
    uint64_t infected, out, dead, by_age, by_how, samples, tested, found, parts, doses;
};
static void add_day(const struct epi_world *w, int day, struct sums *n)
{
    n->infected += epi_world_tally_all(w, day, EPI_T_INFECTED);
    n->dead += epi_world_tally_all(w, day, EPI_T_DEATHS);
    n->out += epi_world_tally_all(w, day, EPI_T_RECOVERED);
    n->samples += epi_world_tally_all(w, day, EPI_T_SAMPLES);
    n->tested += epi_world_tally_all(w, day, EPI_T_TESTED);
    n->doses += epi_world_tally_all(w, day, EPI_T_DOSES);
    n->found += epi_world_tally_all(w, day, EPI_T_FOUND);
    n->parts += epi_world_tally_all(w, day, EPI_T_FOUND_COMMUNITY) +
                epi_world_tally_all(w, day, EPI_T_FOUND_TRACED) +
                epi_world_tally_all(w, day, EPI_T_FOUND_SCREENED);
    for (int b = 0; b < EPI_MIX_BANDS; b++)
        n->by_age += epi_world_by_age(w, day, b);
    for (int m = 0; m < EPI_MEETING_N; m++)
        n->by_how += epi_world_by_meeting(w, day, (enum epi_meeting)m);
}
struct people {
    uint64_t active, dead, doses, twice;
};
static struct people people_of(const struct epi_world *w, const uint8_t *times)
{
    struct people p = {0};
    for (uint32_t i = 0; i < w->s->n; i++) {
        p.active += (w->p[i].flags & EPI__ACTIVE) != 0;
        p.dead += (w->p[i].flags & EPI__DEAD) != 0;
        p.doses += w->p[i].doses;
        p.twice += times[i] > 1;
    }
    return p;
}
static bool count_time(void *ctx, const struct epi_infection *i)
{
    uint8_t *times = ctx;
    times[i->person]++;
    return true;
}
/* Days on which each balance is wrong. */
enum balance { PEOPLE, AGES, SAMPLES, FOUND, DOSES, BEDS, STAYS, TWICE, BALANCES };
/* Whether the lists of those who stay somewhere are not those whom an order keeps there tomorrow.
 */
static bool amiss(const struct epi_world *w, uint8_t *times)
{
    uint32_t wards = w->s->hospitals_n * EPI__WARDS, wrong = 0;
    memset(times, 0, w->s->n);
    for (uint32_t k = 0; k < w->s->places_n + wards; k++) {
        const struct epi__stays *l =
            k < w->s->places_n ? &w->site[k] : &w->ward[k - w->s->places_n];
        enum epi__kept how = k < w->s->places_n ? EPI__AT_SITE : EPI__IN_BED;
        for (uint32_t i = 0; i < l->of.n; i++)
            if (l->of.v[i].to == EPI_NO_DAY) {
                times[l->of.v[i].person]++;
                wrong += epi__kept_on(w, l->of.v[i].person, w->day) != how;
            }
    }
    for (uint32_t p = 0; p < w->s->n; p++) {
        enum epi__kept kept = epi__kept_on(w, p, w->day);
        bool stays = kept == EPI__AT_SITE || kept == EPI__IN_BED;
        wrong += times[p] != (stays && !(w->p[p].flags & EPI__DEAD));
    }
    return wrong > 0;
}
static void check_day(const struct epi_world *w, int day, const struct sums *n, uint64_t before,
                      uint8_t *times, double wrong[BALANCES])
{
    memset(times, 0, w->s->n);
    epi_world_each(w, count_time, times);
    struct people p = people_of(w, times);
    const struct epi_lever_care *care = &w->sc.care;
    double bed = ceil(care->beds * w->s->n / 1e5), icu = ceil(care->icu * w->s->n / 1e5);
    wrong[PEOPLE] += n->infected != epi_world_infections(w) || p.dead != n->dead ||
                     p.active + n->out + n->dead != n->infected;
    wrong[AGES] += n->by_age != n->infected || n->by_how != n->infected;
    wrong[SAMPLES] += n->tested + epi_world_tally_all(w, day, EPI_T_QUEUE) != n->samples;
    wrong[FOUND] += n->parts != n->found;
    wrong[DOSES] +=
        before + n->doses != p.doses || (double)n->doses > w->sc.vaccinate.stock * w->s->n / 1e5;
    wrong[BEDS] += (double)epi_world_tally_all(w, day, EPI_T_BEDS) > bed ||
                   (double)epi_world_tally_all(w, day, EPI_T_ICU) > icu;
    wrong[STAYS] += amiss(w, times);
    wrong[TWICE] += p.twice > 0;
}
VALID(conservation)
{
    static const char *const what[BALANCES] = {
        "people: active + recovered + dead = ever infected",
        "infections by age and by meeting add up",
        "samples: tested + waiting = taken",
        "found by symptoms, tracing and screening add up",
        "doses: given = in people, within the stock",
        "beds and intensive beds within what there is",
        "kept at a site or in bed: each in the lists of one, and nobody else",
        "infected twice though immune for ever",
    };
    struct epi_society *s = province(10000, 6);
    struct epi_natural_history d = severe_disease();
    struct epi_scenario sc = busy_response();
    uint8_t *times = epi_xmalloc(s->n);
    double wrong[BALANCES] = {0}, days = 0;
    for (unsigned run = 0; run < valid_runs(v, 12); run++) {
        struct epi_world *w = world_for(s, &d, &sc, run);
        struct sums n = {0};
        uint64_t before = 0;
        for (int day = 0; day < sc.days; day++, days++) {
            epi_world_day(w);
            add_day(w, day, &n);
            if (day == 0) { /* those vaccinated before the run */
                memset(times, 0, s->n);
                before = people_of(w, times).doses - n.doses;
            }
            check_day(w, day, &n, before, times, wrong);
        }
        epi_world_free(w);
    }
    for (size_t i = 0; i < BALANCES; i++)
        valid_value(v, what[i], "days on which not", 0, wrong[i], 0, days, 0, NULL);
    free(times);
    epi_society_free(s);
}
VALID(determinism)
{
    struct epi_society *s = province(10000, 6);
    struct epi_natural_history d = severe_disease();
    struct epi_scenario sc = busy_response();
    double threads = 0, resumed = 0, n = valid_runs(v, 24) / 3;
    for (unsigned run = 0; run < (unsigned)n; run++) {
        struct epi_world *one = world_for(s, &d, &sc, run), *two = world_of(s, &d, &sc, run + 1, 2),
                         *rest;
        EPI_BUF_LOCAL(saved, (size_t)1 << 30);
        run_all(two);
        for (int day = 0; day < sc.days / 2; day++)
            epi_world_day(one);
        epi_world_save(one, &saved);
        rest = world_for(s, &d, &sc, run);
        if (epi_world_restore(rest, epi_buf_str(&saved), NULL) != EPI_OK)
            resumed++;
        run_all(one);
        run_all(rest);
        threads += epi_world_digest(one) != epi_world_digest(two);
        resumed += epi_world_digest(one) != epi_world_digest(rest);
        epi_world_free(one);
        epi_world_free(two);
        epi_world_free(rest);
    }
    epi_society_free(s);
    valid_value(v, "one thread and two", "runs that differ", 0, threads, 0, n, 0, NULL);
    valid_value(v, "saved half-way and gone on with", "runs that differ", 0, resumed, 0, n, 0,
                NULL);
}
