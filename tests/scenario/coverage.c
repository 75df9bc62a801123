// SPDX-License-Identifier: AGPL-3.0-or-later
/* Fits to made-up epidemics: intervals hold the truth as often as they say. What is free is drawn
 * from its prior, a run with it gives the counts, and the fit is asked where the truth lies (Talts
 * et al. 2018, arXiv:1804.06788). */
#include "validity.h"
#include "scenario/calibrate_internal.h"
#include <stdio.h>

#define DAYS 56
#define KNOWN 42
#define MEMBERS 80
#define ASKED 6 /* three levers, the last known factor, cases of two weeks ahead */
static const char *const asked[ASKED] = {"R0",
                                         "infected at the start",
                                         "share tested",
                                         "transmission in the last known week",
                                         "cases a week ahead",
                                         "cases two weeks ahead"};
static const char text[] =
    "{\"days\":56,\"lab\":{\"turnaround\":1},\"seek\":{\"severe_share\":1,\"delay_mean\":1},"
    "\"calibrate\":{\"members\":80,\"walk\":{\"every\":7,\"sd\":0.2},\"free\":{"
    "\"r0\":{\"prior\":\"lognormal\",\"median\":2,\"sd\":0.2},"
    "\"start.infected\":{\"prior\":\"loguniform\",\"from\":10,\"to\":100},"
    "\"seek.share\":{\"prior\":\"beta\",\"mean\":0.5,\"sd\":0.15}}}}";

/* What happened, and the counts that are known of it. */
struct happened {
    double of[ASKED], cases[DAYS];
};
static void happen(const struct epi_society *s, const struct epi_natural_history *d,
                   struct epi_scenario sc, unsigned run, struct happened *ret)
{
    struct epi_rng rng = epi_rng_stream(run, "coverage.truth", 0, 0);
    const struct epi_calibrate *how = &sc.calibrate;
    uint64_t seed[DAYS];
    float push[DAYS];
    double log_push = 0;
    for (size_t k = 0; k < how->free_n; k++)
        ret->of[k] = epi__lever_set(&sc, how->free[k].lever,
                                    epi_prior_at(&how->free[k].prior, epi_rng_normal(&rng)));
    for (int day = 0; day < DAYS; day++) {
        if (day > 0 && day % how->walk_every == 0)
            log_push += how->walk_sd * epi_rng_normal(&rng);
        push[day] = (float)exp(log_push);
        seed[day] = run;
    }
    struct epi_world *w = world_for(s, d, &sc, run);
    struct epi_track t = {(float)epi_world_hazard(w), seed, push};
    epi_world_follow(w, &t);
    run_all(w);
    ret->of[3] = (double)push[KNOWN - 1];
    ret->of[4] = ret->of[5] = 0;
    for (int day = 0; day < DAYS; day++) {
        double found = (double)epi_world_tally_all(w, day, EPI_T_FOUND);
        ret->cases[day] = day < KNOWN ? found : (double)NAN;
        if (day >= KNOWN)
            ret->of[4 + (day - KNOWN) / 7] += found;
    }
    epi_world_free(w);
}
static double of_member(const struct epi_calibrated *f, size_t i, int what)
{
    double sum = 0;
    if (what < 3)
        return f->value[i * f->values_n + (size_t)what];
    if (what == 3)
        return (double)f->track[i].push[KNOWN - 1];
    for (int day = KNOWN + 7 * (what - 4); day < KNOWN + 7 * (what - 3); day++)
        sum += f->count[(size_t)day * f->n + i];
    return sum;
}
static bool holds(struct epi_arena *a, const struct epi_calibrated *f, int what, double truth,
                  double part)
{
    double v[MEMBERS];
    for (size_t i = 0; i < f->n; i++)
        v[i] = of_member(f, i, what);
    return epi_members_quantile(a, v, f->n, (1 - part) / 2) <= truth &&
           epi_members_quantile(a, v, f->n, (1 + part) / 2) >= truth;
}
VALID(coverage)
{
    static const double parts[] = {0.5, 0.9};
    struct epi_society *s = province(2500, 6);
    struct epi_natural_history d = epi_natural_history_plain(2, 5, 2);
    struct epi_scenario sc = epi_scenario_plain();
    struct epi_findings findings;
    unsigned n = valid_runs(v, 48);
    double held[ASKED][2] = {{0}};
    epi_findings_init(&findings, valid_arena(v), 10);
    EPI_ASSERT(epi_scenario_read(valid_arena(v), epi_str_of(text), &sc, &findings, NULL) == EPI_OK);
    for (unsigned run = 1; run <= n; run++) {
        EPI_ARENA_LOCAL(a);
        epi_str path = EPI_NIL;
        struct happened truth;
        struct epi_calibrated f;
        happen(s, &d, sc, run, &truth);
        struct epi_observed o = {.n = 1, .days = DAYS, .path = &path, .cases = truth.cases};
        struct epi_calibration c = {
            .society = s, .history = &d, .scenario = &sc, .observed = &o, .seed = run + 1000};
        EPI_ASSERT(epi_calibrate_do(a, &c, &f, NULL) == EPI_OK);
        for (int k = 0; k < ASKED; k++)
            for (int p = 0; p < 2; p++)
                held[k][p] += holds(a, &f, k, truth.of[k], parts[p]);
    }
    for (int k = 0; k < ASKED; k++)
        for (int p = 0; p < 2; p++) {
            char what[96];
            (void)snprintf(what, sizeof what, "fit, %.0f %% interval of %s", 100 * parts[p],
                           asked[k]);
            valid_value(v, what, "Talts et al. 2018", parts[p], held[k][p] / n,
                        sqrt(parts[p] * (1 - parts[p]) / n), n, 0, "");
        }
    epi_society_free(s);
}
