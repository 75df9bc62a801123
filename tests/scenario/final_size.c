// SPDX-License-Identifier: AGPL-3.0-or-later
/* How many are infected in the end, against the final size equations. */
#include "validity.h"
#include <stdio.h>

/* Of the population, `susceptible` and of them `seeds` infected from outside:
 * z = seeds + (susceptible - seeds) (1 - exp(-R0 z)); Miller 2012, Bull Math Biol 74:2125. */
struct one_group {
    double r0, susceptible, seeds;
};
static double excess(double z, void *ctx)
{
    const struct one_group *g = ctx;
    return g->seeds + (g->susceptible - g->seeds) * -expm1(-g->r0 * z) - z;
}
static double one_group(double r0, double susceptible, double seeds)
{
    struct one_group g = {r0, susceptible, seeds};
    double lo = 1e-9;
    return excess(lo, &g) <= 0 ? 0 : epi_root(excess, &g, lo, 1, 1e-12);
}
static void solver_beside_finalsize(struct valid *v)
{
    const struct epi_frame *f = valid_table(v, "final_size/homogeneous/expected.csv");
    if (!f)
        return;
    const double *r0 = epi_frame_numbers(f, "R0"),
                 *s = epi_frame_numbers(f, "susceptible_fraction"),
                 *z = epi_frame_numbers(f, "attack_rate_population");
    double worst = 0;
    for (size_t i = 0; r0 && s && z && i < f->rows; i++)
        worst = fmax(worst, fabs(one_group(r0[i], s[i], 0) - z[i]));
    valid_exact(v, "our solution of the equation, largest difference", "finalsize 0.2.1, 21 rows",
                0, r0 && s && z ? worst : 1, 1e-7);
}
static void strangers_end(struct valid *v, double r0, double immune, double k)
{
    enum { N = 96000, SEEDS = 96 };
    struct epi_society *s = strangers(N, 12);
    struct epi_natural_history d = epi_natural_history_plain(r0, 5, 2);
    struct epi_scenario sc = epi_scenario_plain();
    struct moments size = {0};
    d.dispersion = k;
    sc.start.infected = SEEDS;
    sc.start.immune = immune;
    sc.days = 400;
    for (unsigned run = 0; run < valid_runs(v, 60); run++) {
        struct epi_world *w = world_for(s, &d, &sc, run);
        do
            epi_world_day(w);
        while (anybody_infected(w) && epi_world_days_done(w) < sc.days);
        see(&size, (double)epi_world_infections(w) / N);
        epi_world_free(w);
    }
    epi_society_free(s);
    char what[120];
    int n = snprintf(what, sizeof what, "strangers, R0 = %g", r0);
    if (immune > 0)
        n += snprintf(what + n, sizeof what - (size_t)n, ", %g immune before", immune);
    if (k > 0)
        (void)snprintf(what + n, sizeof what - (size_t)n, ", dispersion k = %g", k);
    valid_mean(v, what, "z = s0 + (s - s0) (1 - exp(-R0 z)), Miller 2012",
               one_group(r0, 1 - immune, (double)SEEDS / N), &size, 0, NULL);
}
VALID(final_size)
{
    solver_beside_finalsize(v);
    strangers_end(v, 1.5, 0, 0);
    strangers_end(v, 2, 0, 0);
    strangers_end(v, 3, 0, 0);
    strangers_end(v, 2, 0.2, 0);
    strangers_end(v, 3, 0.5, 0);
    strangers_end(v, 2, 0, 0.2);
}

/* --- by age --- */
#define AGES 3
static const unsigned FROM[AGES + 1] = {0, 4, 8, EPI_MIX_BANDS}; /* 0-19, 20-39, 40 and over */
struct by_age {
    double people[AGES];
    double contact[AGES][AGES]; /* per day of one person of a with people of b */
    double susceptibility[AGES];
    double symptomatic[AGES], mild; /* relative infectiousness of the others */
};
static size_t group_of(uint32_t band)
{
    return band < FROM[1] ? 0 : band < FROM[2] ? 1 : 2;
}
static struct epi_society *society_by_age(const struct by_age *m)
{
    struct epi_mixing mix = even_mixing(0, 0, 0);
    struct epi_society_options o = lonely_options();
    struct epi_place p = even_place(16, "x/1/");
    struct epi_society *s = NULL;
    memset(p.ages, 0, sizeof p.ages);
    for (size_t a = 0; a < EPI_MIX_BANDS; a++) {
        size_t g = group_of((uint32_t)a);
        p.ages[a] = (int64_t)(m->people[g] / (FROM[g + 1] - FROM[g]));
        mix.ages[a] = (double)p.ages[a];
    }
    for (int area = 0; area < 2; area++)
        for (size_t a = 0; a < EPI_MIX_BANDS; a++)
            for (size_t b = 0; b < EPI_MIX_BANDS; b++) {
                size_t g = group_of((uint32_t)a), h = group_of((uint32_t)b);
                mix.rate[area][EPI_MEET_OTHER][a][b] =
                    (float)(m->contact[g][h] / (FROM[h + 1] - FROM[h]));
            }
    (void)!epi_society_build(&p, 1, &mix, &o, 7, &s, NULL);
    EPI_ASSERT(s);
    return s;
}
/* Expected infections of one of b by one case of a, at a hazard per contact; from the model alone,
 * not by epi_next_generation. */
static double pressure(const struct by_age *m, const struct epi_natural_history *d, double hazard,
                       size_t a, size_t b)
{
    double chance = 0;
    for (int t = 1; t < EPI_PROFILE_DAYS; t++) {
        double x = hazard * d->profile[t] * m->susceptibility[b];
        chance += m->symptomatic[a] * -expm1(-x) + (1 - m->symptomatic[a]) * -expm1(-x * m->mild);
    }
    return m->contact[a][b] * chance / m->people[b];
}
static double lead_of(struct valid *v, const struct by_age *m, const struct epi_natural_history *d,
                      double hazard)
{
    double k[AGES * AGES];
    for (size_t a = 0; a < AGES; a++)
        for (size_t b = 0; b < AGES; b++)
            k[a * AGES + b] = pressure(m, d, hazard, a, b) * m->people[b];
    return epi_dominant(valid_arena(v), k, AGES, NULL);
}
static void solve_by_age(const struct by_age *m, const struct epi_natural_history *d, double hazard,
                         double seeds, double z[AGES])
{
    for (size_t b = 0; b < AGES; b++)
        z[b] = 1;
    for (int round = 0; round < 20000; round++) {
        double next[AGES];
        for (size_t b = 0; b < AGES; b++) {
            double force = 0;
            for (size_t a = 0; a < AGES; a++)
                force += pressure(m, d, hazard, a, b) * m->people[a] * z[a];
            next[b] = 1 - (1 - seeds) * exp(-force);
        }
        memcpy(z, next, sizeof next);
    }
}
static void ages_end(struct valid *v, const char *name, const struct by_age *m, double r0)
{
    static const char *const ages[AGES] = {"0-19", "20-39", "40+"};
    static const char *const source =
        "z_b = 1 - (1 - s0) exp(-sum_a K_ab z_a N_a / N_b), Andreasen 2011";
    struct epi_society *s = society_by_age(m);
    struct epi_natural_history d = epi_natural_history_plain(r0, 5, 2);
    struct epi_scenario sc = epi_scenario_plain();
    struct moments size[AGES] = {{0}};
    double people[AGES] = {0}, z[AGES], hazard = 0, seeds = 96;
    d.asymptomatic = m->mild;
    for (size_t i = 0; i < EPI_AGES_10; i++) {
        size_t g = i < 2 ? 0 : i < 4 ? 1 : 2;
        d.susceptibility[i] = m->susceptibility[g];
        d.symptomatic[i] = m->symptomatic[g];
    }
    sc.start.infected = (int)seeds;
    sc.days = 500;
    for (uint32_t p = 0; p < s->n; p++)
        people[group_of(epi__band(s, p))]++;
    for (unsigned run = 0; run < valid_runs(v, 60); run++) {
        struct epi_world *w = world_for(s, &d, &sc, run);
        double n[AGES] = {0};
        do
            epi_world_day(w);
        while (anybody_infected(w) && epi_world_days_done(w) < sc.days);
        for (int day = 0; day < epi_world_days_done(w); day++)
            for (int b = 0; b < EPI_MIX_BANDS; b++)
                n[group_of((uint32_t)b)] += epi_world_by_age(w, day, b);
        for (size_t g = 0; g < AGES; g++)
            see(&size[g], n[g] / people[g]);
        hazard = epi_world_hazard(w);
        epi_world_free(w);
    }
    struct by_age exact = *m;
    memcpy(exact.people, people, sizeof people);
    char what[120];
    (void)snprintf(what, sizeof what, "%s: R0 from the matrix at the simulator's hazard", name);
    valid_exact(v, what, "leading eigenvalue, Diekmann 2010", r0, lead_of(v, &exact, &d, hazard),
                1e-5 * r0);
    solve_by_age(&exact, &d, hazard, seeds / s->n, z);
    for (size_t g = 0; g < AGES; g++) {
        (void)snprintf(what, sizeof what, "%s, R0 = %g, ages %s", name, r0, ages[g]);
        valid_mean(v, what, source, z[g], &size[g], 0, NULL);
    }
    epi_society_free(s);
}
static struct by_age invented(void)
{
    struct by_age m = {.people = {28000, 32000, 36000},
                       .susceptibility = {0.5, 1, 1},
                       .symptomatic = {0.3, 0.6, 0.8},
                       .mild = 0.5};
    const double pairs[AGES][AGES] = {{9, 3, 2}, {3, 6, 3}, {2, 3, 4}}; /* symmetric intensity */
    for (size_t a = 0; a < AGES; a++)
        for (size_t b = 0; b < AGES; b++)
            m.contact[a][b] = 3 * pairs[a][b] * m.people[b] / 96000;
    return m;
}
/* The contacts of finalsize's example: one hundred thousand people of its ages. */
static bool polymod(struct valid *v, struct by_age *ret)
{
    const struct epi_frame *f = valid_table(v, "final_size/polymod_uk_uniform/input.csv");
    const double *n = f ? epi_frame_numbers(f, "demography") : NULL, *c[AGES] = {NULL};
    static const char *const names[AGES] = {"c1", "c2", "c3"};
    for (size_t g = 0; g < AGES && f; g++)
        c[g] = epi_frame_numbers(f, names[g]);
    if (!n || !c[0] || !c[1] || !c[2] || f->rows != AGES)
        return false;
    double all = n[0] + n[1] + n[2];
    *ret = (struct by_age){.susceptibility = {1, 1, 1}, .symptomatic = {1, 1, 1}, .mild = 1};
    for (size_t a = 0; a < AGES; a++)
        ret->people[a] = n[a] / all * 100000;
    for (size_t a = 0; a < AGES; a++)
        for (size_t b = 0; b < AGES; b++)
            ret->contact[a][b] = 12 * c[b][a] * n[b];
    return true;
}
static void ages_beside_finalsize(struct valid *v, const struct by_age *m)
{
    const struct epi_frame *f = valid_table(v, "final_size/polymod_uk_uniform/expected.csv");
    const double *r0 = f ? epi_frame_numbers(f, "R0") : NULL,
                 *want = f ? epi_frame_numbers(f, "p_infected") : NULL;
    double worst = r0 && want ? 0 : 1, z[AGES];
    for (size_t i = 0; r0 && want && i + AGES <= f->rows; i += AGES) {
        /* one contact transmits so little that chances add up: then K is R0 times the matrix */
        struct epi_natural_history d = epi_natural_history_plain(r0[i], 5, 2);
        double small = 1e-9;
        struct by_age scaled = *m;
        double factor = r0[i] / lead_of(v, m, &d, small);
        for (size_t a = 0; a < AGES; a++)
            for (size_t b = 0; b < AGES; b++)
                scaled.contact[a][b] *= factor;
        solve_by_age(&scaled, &d, small, 0, z);
        for (size_t g = 0; g < AGES; g++)
            worst = fmax(worst, fabs(z[g] - want[i + g]));
    }
    valid_exact(v, "our solution of the equation by age, largest difference",
                "finalsize 0.2.1, POLYMOD", 0, worst, 1e-7);
}
VALID(final_size_by_age)
{
    struct by_age m = invented(), uk;
    ages_end(v, "unequal ages", &m, 2);
    if (!polymod(v, &uk))
        return;
    ages_beside_finalsize(v, &uk);
    ages_end(v, "POLYMOD ages", &uk, 1.5);
    ages_end(v, "POLYMOD ages", &uk, 3);
}
