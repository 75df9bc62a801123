// SPDX-License-Identifier: AGPL-3.0-or-later
/* How fast an epidemic grows, when cases infect, and which ages first. */
#include "validity.h"
#include <stdio.h>
#include <stdlib.h>

/* --- growth rate --- */
struct growth {
    const struct epi_natural_history *d;
    double r0;
};
static double renewal(double r, void *ctx)
{
    const struct growth *g = ctx;
    double sum = 0;
    for (int t = 1; t < EPI_PROFILE_DAYS; t++)
        sum += g->d->profile[t] * exp(-r * t);
    return g->r0 * sum - 1;
}
enum { FROM = 28, SPAN = 7, GAP = 14, DAYS = FROM + GAP + SPAN };
static double rate_of(const double *n)
{
    double a = 0, b = 0;
    for (int t = FROM; t < FROM + SPAN; t++)
        a += n[t], b += n[t + GAP];
    return log(b / a) / GAP;
}
/* The same days by the renewal equation, the susceptible used up. */
static double renewed(const struct growth *g, double people, double seeds)
{
    double n[DAYS] = {seeds}, gone = seeds;
    for (int t = 1; t < DAYS; t++) {
        double force = 0;
        for (int u = 1; u <= t && u < EPI_PROFILE_DAYS; u++)
            force += n[t - u] * g->d->profile[u];
        n[t] = g->r0 * force * (1 - gone / people);
        gone += n[t];
    }
    return rate_of(n);
}
static void grows(struct valid *v, double r0, double mean, double sd)
{
    enum { SEEDS = 48 };
    struct epi_society *s = strangers(3200000, 10);
    struct epi_natural_history d = epi_natural_history_plain(r0, mean, sd);
    struct epi_scenario sc = epi_scenario_plain();
    struct growth g = {&d, r0};
    struct moments rate = {0};
    sc.start.infected = SEEDS;
    sc.days = DAYS;
    for (unsigned run = 0; run < valid_runs(v, 60); run++) {
        struct epi_world *w = world_for(s, &d, &sc, run);
        double n[DAYS];
        run_all(w);
        for (int t = 0; t < DAYS; t++)
            n[t] = (double)epi_world_tally_all(w, t, EPI_T_INFECTED);
        see(&rate, rate_of(n));
        epi_world_free(w);
    }
    double people = s->n, exact = epi_root(renewal, &g, -0.5, 2, 1e-12);
    double shape = mean * mean / (sd * sd), scale = sd * sd / mean;
    double used = renewed(&g, INFINITY, SEEDS) - renewed(&g, people, SEEDS);
    double smooth = (pow(r0, 1 / shape) - 1) / scale;
    char what[120];
    (void)snprintf(what, sizeof what, "growth per day, R0 = %g, generation %g (sd %g) days", r0,
                   mean, sd);
    valid_mean(v, what, "R0 = 1 / sum w(t) exp(-r t), Wallinga and Lipsitch 2007", exact, &rate,
               used, "the susceptible grow fewer");
    valid_mean(v, "the same", "R0 = (1 + r b)^a, gamma density, Wallinga and Lipsitch 2007", smooth,
               &rate, used + 0.005 * smooth, "and whole days, profile cut at a thousandth");
    valid_mean(v, "the same", "renewal equation with depletion", renewed(&g, people, SEEDS), &rate,
               0, NULL);
    epi_society_free(s);
}
VALID(growth)
{
    grows(v, 1.6, 5, 2.5);
    grows(v, 2, 6, 2.5);
}

/* --- generation interval --- */
struct intervals {
    const struct epi_world *w;
    struct moments mean, square;
};
static bool see_interval(void *ctx, const struct epi_infection *i)
{
    struct intervals *x = ctx;
    const struct epi_infection *by = i->by == EPI_NOBODY ? NULL : epi__latest(x->w, i->by);
    if (by && by->how == EPI_MEET_ABROAD) {
        see(&x->mean, i->day - by->day);
        see(&x->square, (i->day - by->day) * (i->day - by->day));
    }
    return true;
}
static void report_intervals(struct valid *v, const char *where, const char *source,
                             const double *chance, const struct intervals *x)
{
    double all = 0, mean = 0, square = 0;
    char what[120];
    for (int t = 1; t < EPI_PROFILE_DAYS; t++) {
        all += chance[t];
        mean += chance[t] * t;
        square += chance[t] * t * t;
    }
    (void)snprintf(what, sizeof what, "generation interval %s: mean, days", where);
    valid_mean(v, what, source, mean / all, &x->mean, 0, NULL);
    (void)snprintf(what, sizeof what, "generation interval %s: mean square", where);
    valid_mean(v, what, source, square / all, &x->square, 0, NULL);
}
VALID(generation_interval)
{
    struct epi_scenario sc = epi_scenario_plain();
    struct epi_natural_history d = epi_natural_history_plain(1.5, 6, 3);
    struct intervals x = {0};
    double chance[EPI_PROFILE_DAYS] = {0}, hazard = 0;
    struct epi_society *s = strangers(1600000, 10);
    sc.start.infected = 400;
    sc.days = 30;
    for (unsigned run = 0; run < valid_runs(v, 24); run++) {
        struct epi_world *w = world_for(s, &d, &sc, run);
        x.w = w;
        run_all(w);
        epi_world_each(w, see_interval, &x);
        hazard = epi_world_hazard(w);
        epi_world_free(w);
    }
    epi_society_free(s);
    for (int t = 1; t < EPI_PROFILE_DAYS; t++)
        chance[t] = -expm1(-hazard * d.profile[t]);
    report_intervals(v, "among strangers", "the configured profile", chance, &x);

    struct epi_mixing m = even_mixing(0, 0, 0);
    struct epi_society_options o = lonely_options();
    struct epi_place p = even_place(64000, "x/1/");
    p.sizes[1] = 1;
    if (epi_society_build(&p, 1, &m, &o, 7, &s, NULL) != EPI_OK)
        return;
    d = epi_natural_history_plain(0.8, 6, 3); /* 0.8 of the partners are infected */
    x = (struct intervals){0};
    sc.start.infected = 0;
    for (unsigned run = 0; run < valid_runs(v, 24); run++) {
        struct epi_world *w = world_for(s, &d, &sc, run);
        x.w = w;
        for (uint32_t i = 0; i < s->n; i += 64)
            (void)epi_world_infect(w, i, 0);
        run_all(w);
        epi_world_each(w, see_interval, &x);
        epi_world_free(w);
    }
    epi_society_free(s);
    double before = 0; /* infected on day t who escaped until then */
    for (int t = 1; t < EPI_PROFILE_DAYS; t++) {
        hazard = -log(1 - d.r0) * d.profile[t];
        chance[t] = exp(-before) * -expm1(-hazard);
        before += hazard;
    }
    report_intervals(v, "in households of two", "shortened by depletion, Svensson 2007", chance,
                     &x);
}

/* --- ages --- */
/* The first generation in a province with households, classes and workplaces. All are infectious on
 * one day, so that nobody is infected by the second generation before the first has met him. */
static void first_generation(struct valid *v, const char *where, const struct epi_society *s,
                             double r0, double k)
{
    struct epi_natural_history d = epi_natural_history_plain(r0, 5, 0);
    struct epi_scenario sc = epi_scenario_plain();
    double next[EPI_MIX_BANDS * EPI_MIX_BANDS],
        expected[EPI_MIX_BANDS] = {0}, got[EPI_MIX_BANDS] = {0}, people[EPI_MIX_BANDS] = {0};
    double each = 0, hazard = 0;
    struct moments m = {0};
    d.dispersion = k;
    d.setting[EPI_MEET_HOME] = 3;
    d.asymptomatic = 0.4;
    for (size_t i = 0; i < EPI_AGES_10; i++) {
        d.susceptibility[i] = i < 2 ? 0.6 : 1;
        d.symptomatic[i] = 0.2 + 0.08 * (double)i;
    }
    sc.start.infected = 24;
    sc.days = 6;
    for (unsigned run = 0; run < valid_runs(v, 240); run++) {
        struct epi_world *w = world_for(s, &d, &sc, run);
        run_all(w);
        double n = 0;
        for (int b = 0; b < EPI_MIX_BANDS; b++) {
            got[b] += epi_world_by_age(w, 5, b);
            n += epi_world_by_age(w, 5, b);
        }
        see(&m, n / sc.start.infected);
        hazard = epi_world_hazard(w);
        epi_world_free(w);
    }
    for (uint32_t p = 0; p < s->n; p++)
        people[epi__band(s, p)]++;
    epi_next_generation(s, &d, hazard, next);
    for (size_t a = 0; a < EPI_MIX_BANDS; a++)
        for (size_t b = 0; b < EPI_MIX_BANDS; b++) {
            double x = people[a] / s->n * next[a * EPI_MIX_BANDS + b];
            each += x;
            expected[b] += x;
        }
    for (size_t b = 0; b < EPI_MIX_BANDS; b++) /* as many as there were, only their ages compared */
        expected[b] *= mean_of(&m) / each * m.n * sc.start.infected;
    char what[120];
    (void)snprintf(what, sizeof what, "%s, first generation of cases at random, k = %g: mean",
                   where, k);
    valid_mean(v, what, "sum over a, b of N_a K_ab / N, Diekmann 2010", each, &m,
               (k > 0 ? 0.006 : 0.001) * each,
               k > 0 ? "infectiousness in groups by two moments"
                     : "first cases in each other's way");
    if (k > 0)
        return; /* one case infects many of its class, of one age: no multinomial */
    (void)snprintf(what, sizeof what, "%s, first generation by age", where);
    valid_counts(v, what, "sum over a of N_a K_ab", expected, got, EPI_MIX_BANDS);
}
static struct epi_society *groups_alone(void)
{
    struct epi_mixing m = even_mixing(4, 6, 0);
    struct epi_society_options o = usual_options();
    struct epi_place p = even_place(120000, "x/1/");
    struct epi_society *s = NULL;
    (void)!epi_society_build(&p, 1, &m, &o, 7, &s, NULL);
    EPI_ASSERT(s);
    return s;
}
VALID(next_generation)
{
    struct epi_society *all = province(20000, 6), *groups = groups_alone();
    first_generation(v, "province", all, 2.5, 0);
    first_generation(v, "province", all, 2.5, 0.3);
    first_generation(v, "classes and workplaces alone", groups, 1.5, 0);
    first_generation(v, "classes and workplaces alone", groups, 1.5, 0.3);
    epi_society_free(all);
    epi_society_free(groups);
}
