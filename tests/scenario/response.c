// SPDX-License-Identifier: AGPL-3.0-or-later
/* What the response does at its limits, where it can be said in one line. */
#include "validity.h"
#include <stdio.h>
#include <stdlib.h>

/* --- isolation --- */
static void found_at_onset(struct epi_natural_history *d, struct epi_scenario *sc)
{
    d->antigen[0] = 1;
    sc->lab.antigen = 1; /* at once and without error */
    sc->seek.share = 1;
    sc->isolate = (struct epi_lever_isolate){.days = 40, .home = 0, .compliance = 1};
}
VALID(isolation)
{
    struct epi_society *s = province(10000, 6);
    struct epi_natural_history d = epi_natural_history_plain(3, 5, 2);
    struct epi_scenario sc = epi_scenario_plain();
    struct moments none = {0}, some = {0};
    found_at_onset(&d, &sc);
    sc.start.infected = 30;
    sc.screen.share = 1;
    sc.screen.every = 1;
    sc.days = 40;
    for (unsigned run = 0; run < valid_runs(v, 32); run++) {
        struct epi_world *w = world_for(s, &d, &sc, run);
        run_all(w);
        see(&none, (double)epi_world_infections(w) - 30);
        epi_world_free(w);
    }
    epi_society_free(s);
    valid_mean(v, "everybody tested daily, the positive isolated: further cases", "none", 0, &none,
               0, NULL);

    s = strangers(400000, 12);
    d = epi_natural_history_plain(2.5, 6, 3);
    sc = epi_scenario_plain();
    found_at_onset(&d, &sc);
    d.incubation.mean = 5;
    sc.start.infected = 100;
    sc.days = 35;
    double hazard = 0, free_days = 0;
    for (unsigned run = 0; run < valid_runs(v, 160); run++) {
        struct epi_world *w = world_for(s, &d, &sc, run);
        run_all(w);
        offspring_of_first(w, &some, NULL, 0);
        hazard = epi_world_hazard(w);
        epi_world_free(w);
    }
    epi_society_free(s);
    for (int t = 1; t <= 5; t++)
        free_days += 12 * -expm1(-hazard * d.profile[t]);
    valid_mean(v, "isolated the day after onset (day 5), R0 = 2.5: secondary cases",
               "R0 times infectiousness to day 5", free_days, &some, 0.002 * free_days,
               "first cases in each other's way");
}

/* --- tracing --- */
static bool free_case(void *ctx, const struct epi_infection *i)
{
    uint32_t *generation = ctx;
    if (i->how == EPI_MEET_ABROAD)
        generation[0]++;
    else if (i->day == 5)
        generation[1]++;
    else if (i->day == 10)
        generation[2]++;
    return true;
}
/* Everybody infects on day 5 after infection, has symptoms that day and is found at once; each
 * contact is named with probability p and stays away from the next day on. Traced or not, a case
 * infects nobody after day 5, so R falls by those who are away on their day 5: R = R0 (1 - p). */
static void traced(struct valid *v, double p)
{
    struct epi_society *s = strangers(400000, 12);
    struct epi_natural_history d = epi_natural_history_plain(2, 5, 0);
    struct epi_scenario sc = epi_scenario_plain();
    struct moments first = {0}, second = {0};
    found_at_onset(&d, &sc);
    d.incubation.mean = 5;
    sc.trace = (struct epi_lever_trace){
        .rings = 1, .other = p, .days_f1 = 30, .site = 1, .compliance = 1, .home = p};
    sc.start.infected = 200;
    sc.days = 12;
    for (unsigned run = 0; run < valid_runs(v, 160); run++) {
        struct epi_world *w = world_for(s, &d, &sc, run);
        uint32_t generation[3] = {0};
        run_all(w);
        epi_world_each(w, free_case, generation);
        see(&first, generation[1] / (double)generation[0]);
        see(&second, generation[2] / (double)generation[1]);
        epi_world_free(w);
    }
    epi_society_free(s);
    char what[120];
    (void)snprintf(what, sizeof what, "contacts traced at once with p = %g, R0 = 2: R", p);
    /* 200 + 400 infected and 12 contacts of each away, of 400,000 */
    valid_mean(v, what, "R0 (1 - p), Fraser et al. 2004", 2 * (1 - p), &second,
               2 * (1 - p) * (0.002 + 0.018 * p), "infected already, or away as contacts");
    if (p == 0.5)
        valid_mean(v, "the same: the first cases, whom nobody traced", "R0", 2, &first, 0.004,
                   "first cases in each other's way");
}
VALID(tracing)
{
    traced(v, 0);
    traced(v, 0.25);
    traced(v, 0.5);
    traced(v, 0.75);
    traced(v, 1);
}

/* --- measures and vaccine --- */
static struct moments second_cases(struct valid *v, struct epi_society *s,
                                   const struct epi_natural_history *d,
                                   const struct epi_scenario *sc, unsigned whole)
{
    struct moments m = {0};
    for (unsigned run = 0; run < valid_runs(v, whole); run++) {
        struct epi_world *w = world_for(s, d, sc, run);
        run_all(w);
        offspring_of_first(w, &m, NULL, 0);
        epi_world_free(w);
    }
    return m;
}
VALID(measures)
{
    struct epi_mixing mix = even_mixing(0, 0, 10);
    struct epi_society_options o = lonely_options();
    struct epi_place p[4] = {even_place(64000, "x/1/1/"), even_place(64000, "x/1/2/"),
                             even_place(64000, "x/1/3/"), even_place(64000, "x/1/4/")};
    struct epi_society *s = NULL;
    o.stay = 0.6; /* four of ten contacts are people of other places */
    if (epi_society_build(p, 4, &mix, &o, 7, &s, NULL) != EPI_OK)
        return;
    struct epi_natural_history d = epi_natural_history_plain(2, 1, 0);
    struct epi_scenario sc = epi_scenario_plain();
    sc.start.infected = 64;
    sc.days = 2;
    sc.level.fixed = 2;
    for (int i = 0; i < EPI_LEVELS; i++)
        sc.measures.other[i] = 0.4;
    struct moments m = second_cases(v, s, &d, &sc, 240);
    valid_mean(v, "four places, 0.4 of contacts remain in each, R0 = 2: secondary cases", "0.4 R0",
               0.8, &m, 0.8 * 0.001, "first cases in each other's way");
    epi_society_free(s);
}
VALID(vaccine)
{
    struct epi_society *s = strangers(400000, 2000);
    struct epi_natural_history d = epi_natural_history_plain(3, 1, 0);
    struct epi_scenario sc = epi_scenario_plain();
    d.vaccine_infection[2] = 0.6;
    d.vaccine_onward[2] = 0.3;
    sc.start.infected = 100;
    sc.days = 2;
    sc.start.doses_full = 1;
    struct moments m = second_cases(v, s, &d, &sc, 160);
    valid_mean(v, "all vaccinated: 0.6 against infection, 0.3 against passing on, R0 = 3",
               "R0 (1 - 0.6) (1 - 0.3)", 3 * 0.4 * 0.7, &m, 0.001,
               "first cases in each other's way");
    epi_society_free(s);
}

/* --- natural history --- */
struct course {
    struct moments onset, onset2, symptoms, severe, critical, dies;
};
static bool see_course(void *ctx, const struct epi_infection *i)
{
    struct course *c = ctx;
    bool ill = i->onset != EPI_NO_DAY, severe = i->severe != EPI_NO_DAY;
    see(&c->symptoms, ill);
    see(&c->severe, severe);
    see(&c->critical, i->critical != EPI_NO_DAY);
    see(&c->dies, i->dies);
    if (ill) {
        see(&c->onset, i->onset - i->day);
        see(&c->onset2, (i->onset - i->day) * (i->onset - i->day));
    }
    return true;
}
VALID(course)
{
    struct epi_society *s = strangers(160000, 12);
    struct epi_natural_history d = epi_natural_history_plain(2, 5, 2);
    struct epi_scenario sc = epi_scenario_plain();
    struct course c = {.onset = {0}};
    d.incubation = (struct epi_delay){6, 3};
    d.onset_to_severe = (struct epi_delay){5, 2};
    d.severe_to_critical = (struct epi_delay){2, 1};
    d.severe_to_out = d.critical_to_out = (struct epi_delay){12, 4};
    d.critical_to_death = (struct epi_delay){7, 3};
    for (size_t i = 0; i < EPI_AGES_10; i++)
        d.symptomatic[i] = 0.7, d.severe[i] = 0.1, d.critical[i] = 0.03, d.death[i] = 0.01;
    sc.start.infected = 100;
    sc.days = 200;
    for (unsigned run = 0; run < valid_runs(v, 8); run++) {
        struct epi_world *w = world_for(s, &d, &sc, run);
        run_all(w);
        epi_world_each(w, see_course, &c);
        epi_world_free(w);
    }
    epi_society_free(s);
    double var = log1p(0.25), m = log(6) - var / 2, mean = 0, square = 0;
    for (int t = 1; t < 400; t++) { /* whole days, and none before the next day */
        double q = epi_lnorm_cdf(t + 0.5, m, sqrt(var)) -
                   (t > 1 ? epi_lnorm_cdf(t - 0.5, m, sqrt(var)) : 0);
        mean += q * t;
        square += q * t * t;
    }
    valid_mean(v, "incubation, log-normal 6 (sd 3): mean, whole days", "configured", mean, &c.onset,
               0, NULL);
    valid_mean(v, "incubation, log-normal 6 (sd 3): mean square", "configured", square, &c.onset2,
               0, NULL);
    valid_mean(v, "share with symptoms", "configured", 0.7, &c.symptoms, 0, NULL);
    valid_mean(v, "share severely ill", "configured", 0.1, &c.severe, 0, NULL);
    valid_mean(v, "share critically ill", "configured", 0.03, &c.critical, 0, NULL);
    valid_mean(v, "share who die", "configured", 0.01, &c.dies, 0, NULL);
}
