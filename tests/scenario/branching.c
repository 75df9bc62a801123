// SPDX-License-Identifier: AGPL-3.0-or-later
/* Few cases among many: offspring, their dispersion, extinction and importation. With 2000 contacts
 * a day one contact transmits so rarely that offspring are Poisson given infectiousness. */
#include "validity.h"
#include <stdio.h>

#define CELLS 64
static struct epi_natural_history daily(double r0, double k)
{
    struct epi_natural_history d = epi_natural_history_plain(r0, 1, 0); /* a generation a day */
    d.dispersion = k;
    return d;
}
/* Offspring of the first cases of many runs. */
static void first_offspring(struct valid *v, float contacts, double r0, double k, unsigned whole,
                            struct moments *m, double *cells)
{
    struct epi_society *s = strangers(400000, contacts);
    struct epi_natural_history d = daily(r0, k);
    struct epi_scenario sc = epi_scenario_plain();
    sc.start.infected = 100; /* 1 in 4000: they rarely meet each other's contacts */
    sc.days = 2;
    for (unsigned run = 0; run < valid_runs(v, whole); run++) {
        struct epi_world *w = world_for(s, &d, &sc, run);
        run_all(w);
        offspring_of_first(w, m, cells, CELLS);
        epi_world_free(w);
    }
    epi_society_free(s);
}
/* --- the k that makes the counts likeliest --- */
struct fit {
    const double *cells;
    double mean;
};
static double unlikely(double log_k, void *ctx)
{
    const struct fit *f = ctx;
    double sum = 0;
    for (size_t j = 0; j < CELLS; j++)
        if (f->cells[j] > 0)
            sum -= f->cells[j] * (j + 1 < CELLS
                                      ? epi_nbinom_logpmf((double)j, f->mean, exp(log_k))
                                      : log(epi_nbinom_sf(CELLS - 2.0, f->mean, exp(log_k))));
    return sum;
}
static void dispersion(struct valid *v, double r0, double k)
{
    static const char *const source = "negative binomial, Lloyd-Smith et al. 2005";
    double cells[CELLS] = {0}, expected[CELLS], rest = 1;
    struct moments m = {0};
    char what[120];
    first_offspring(v, 2000, r0, k, 240, &m, cells);
    for (size_t j = 0; j < CELLS; j++) {
        double p = j + 1 < CELLS ? exp(epi_nbinom_logpmf((double)j, r0, k)) : rest;
        rest -= p;
        expected[j] = p * m.n;
    }
    (void)snprintf(what, sizeof what, "secondary cases, R0 = %g, k = %g: mean", r0, k);
    valid_mean(v, what, source, r0, &m, 0.001 * r0, "first cases in each other's way");
    (void)snprintf(what, sizeof what, "secondary cases, R0 = %g, k = %g", r0, k);
    valid_counts(v, what, source, expected, cells, CELLS);
    struct fit f = {cells, mean_of(&m)};
    double at = epi_minimum(unlikely, &f, log(0.02), log(50), 1e-6), h = 0.02;
    double bend = (unlikely(at + h, &f) - 2 * unlikely(at, &f) + unlikely(at - h, &f)) / (h * h);
    (void)snprintf(what, sizeof what, "secondary cases, R0 = %g: k fitted, maximum likelihood", r0);
    valid_value(v, what, source, k, exp(at), exp(at) / sqrt(bend), m.n, 0, NULL);
}
/* With 12 contacts a day a case cannot infect more than it meets: with L(x) = E exp(-x S) the mean
 * is c (1 - L(h)) and the variance c (1 - L(h)) + c^2 (L(2 h) - L(h)^2). */
static void few_contacts(struct valid *v, double r0, double k)
{
    double c = 12, cells[CELLS] = {0};
    struct moments m = {0};
    first_offspring(v, (float)c, r0, k, 240, &m, cells);
    double h = k * (pow(1 - r0 / c, -1 / k) - 1), twice = pow(1 + 2 * h / k, -k),
           once = pow(1 + h / k, -k);
    double variance = r0 + c * c * (twice - once * once);
    char what[120];
    (void)snprintf(what, sizeof what, "12 contacts a day, R0 = %g, k = %g: mean", r0, k);
    valid_mean(v, what, "R0", r0, &m, 0.001 * r0, "first cases in each other's way");
    /* of the variance: from the fourth moment of the counts */
    double fourth = 0, mean = mean_of(&m), var = variance_of(&m);
    for (size_t j = 0; j < CELLS; j++)
        fourth += cells[j] * pow((double)j - mean, 4) / m.n;
    (void)snprintf(what, sizeof what, "12 contacts a day, R0 = %g, k = %g: variance", r0, k);
    valid_value(v, what, "mixture of Poissons", variance, var, sqrt((fourth - var * var) / m.n),
                m.n, 0.002 * variance, "first cases in each other's way");
}
VALID(offspring)
{
    dispersion(v, 2, 0.2);
    dispersion(v, 2.5, 1);
    few_contacts(v, 2, 0.2);
}

/* --- extinction --- */
struct offspring_law {
    double r0, k;
};
static double less_extinct(double q, void *ctx)
{
    const struct offspring_law *o = ctx;
    double pgf = o->k > 0 ? pow(1 + o->r0 * (1 - q) / o->k, -o->k) : exp(-o->r0 * (1 - q));
    return pgf - q;
}
static double dies_out(double r0, double k)
{
    struct offspring_law o = {r0, k};
    return epi_root(less_extinct, &o, 0, 1 - 1e-6, 1e-12);
}
/* Many runs among 20,000: extinct before 400 were infected, or it goes on. */
static struct moments extinctions(struct valid *v, const struct epi_natural_history *d,
                                  const struct epi_scenario *sc, unsigned whole)
{
    struct epi_society *s = strangers(20000, 2000);
    struct moments m = {0};
    for (unsigned run = 0; run < valid_runs(v, whole); run++) {
        struct epi_world *w = world_for(s, d, sc, run);
        do
            epi_world_day(w);
        while (epi_world_days_done(w) < sc->days && epi_world_infections(w) < 400 &&
               (anybody_infected(w) || epi_world_days_done(w) < sc->arrive.when.to));
        see(&m, !anybody_infected(w));
        epi_world_free(w);
    }
    epi_society_free(s);
    return m;
}
static void one_case(struct valid *v, double r0, double k, double expected)
{
    struct epi_natural_history d = daily(r0, k);
    struct epi_scenario sc = epi_scenario_plain();
    struct moments m = extinctions(v, &d, &sc, 6400);
    char what[120];
    if (k > 0)
        (void)snprintf(what, sizeof what, "one case dies out, R0 = %g, k = %g", r0, k);
    else
        (void)snprintf(what, sizeof what, "one case dies out, R0 = %g, Poisson", r0);
    valid_mean(v, what, "root of the generating function, Lloyd-Smith 2005", expected, &m, 0, NULL);
}
VALID(extinction)
{
    one_case(v, 2, 1, 0.5);
    one_case(v, 2, 0, dies_out(2, 0));
    one_case(v, 2, 0.2, dies_out(2, 0.2));
    one_case(v, 1.5, 0.5, dies_out(1.5, 0.5));
}

/* --- importation --- */
VALID(importation)
{
    enum { N = 20000, DAYS = 10 };
    struct epi_natural_history d = daily(2, 1);
    struct epi_scenario sc = epi_scenario_plain();
    sc.start.infected = 0;
    sc.arrive.when.to = DAYS;
    sc.arrive.per_day = 100; /* of 100,000: 20 arrivals a day, 200 in all */
    sc.arrive.prevalence = 0.01;
    double infected = 20 * DAYS * sc.arrive.prevalence;
    struct moments out = extinctions(v, &d, &sc, 6400), n = {0}, n2 = {0};
    valid_mean(v, "2 infected arrivals expected in 10 days: all die out",
               "exp(-arrivals (1 - q)), q = 1/2", exp(-infected * 0.5), &out, 0, NULL);
    struct epi_society *s = strangers(N, 12);
    d.r0 = 0;
    sc.days = DAYS + 5;
    for (unsigned run = 0; run < valid_runs(v, 4000); run++) {
        struct epi_world *w = world_for(s, &d, &sc, run);
        double sum = 0;
        run_all(w);
        for (int day = 0; day < sc.days; day++)
            sum += (double)epi_world_tally_all(w, day, EPI_T_IMPORTED);
        see(&n, sum);
        see(&n2, (sum - infected) * (sum - infected));
        epi_world_free(w);
    }
    epi_society_free(s);
    valid_mean(v, "infected arrivals: mean", "Poisson", infected, &n, 0, NULL);
    valid_mean(v, "infected arrivals: variance", "Poisson", infected, &n2, 0, NULL);
}
