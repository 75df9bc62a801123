// SPDX-License-Identifier: AGPL-3.0-or-later
/* Outbreaks in households, alone and among strangers, against chain binomials. */
#include "validity.h"
#include <stdio.h>
#include <stdlib.h>

static struct epi_society *households(unsigned size, uint32_t n, float others)
{
    struct epi_mixing m = even_mixing(0, 0, others);
    struct epi_society_options o = lonely_options();
    struct epi_place p = even_place((int64_t)n * size, "x/1/");
    struct epi_society *s = NULL;
    p.sizes[size - 1] = 1;
    (void)!epi_society_build(&p, 1, &m, &o, 7, &s, NULL);
    EPI_ASSERT(s);
    return s;
}
struct homes { /* infected by the first person of a household */
    const struct epi_society *s;
    unsigned *in;
};
static bool count_home(void *ctx, const struct epi_infection *i)
{
    const struct homes *h = ctx;
    h->in[i->person - h->s->home_at[i->person]]++;
    return true;
}
struct outbreaks { /* in households of 1 + n, one of each infected from outside */
    double cells[8], others;
    struct moments size;
};
static struct outbreaks run_homes(struct valid *v, unsigned size, unsigned first, double q,
                                  double sd, double k)
{
    struct epi_society *s = households(size, 960, 0);
    struct epi_scenario sc = epi_scenario_plain();
    /* a household member is met every day: R0 is what one case infects of the size - 1 others */
    double chance = k > 0 ? 1 - pow(1 - log(q) / k, -k) : 1 - q;
    struct epi_natural_history d =
        epi_natural_history_plain((size - 1) * chance, sd > 0 ? 5 : 1, sd);
    struct outbreaks o = {.others = size - first};
    unsigned *in = epi_xmalloc(s->n * sizeof *in);
    d.dispersion = k;
    sc.start.infected = 0;
    sc.days = sd > 0 ? 120 : 20;
    for (unsigned run = 0; run < valid_runs(v, 80); run++) {
        struct epi_world *w = world_for(s, &d, &sc, run);
        memset(in, 0, s->n * sizeof *in);
        for (uint32_t p = 0; p < s->n; p++)
            if (s->home_at[p] < first)
                (void)epi_world_infect(w, p, 0);
        do
            epi_world_day(w);
        while (anybody_infected(w) && epi_world_days_done(w) < sc.days);
        epi_world_each(w, count_home, &(struct homes){s, in});
        epi_world_free(w);
        for (uint32_t p = 0; p < s->n; p += s->home_n[p])
            if (s->home_n[p] == size) {
                o.cells[in[p] - first]++;
                see(&o.size, in[p] - first);
            }
    }
    free(in);
    epi_society_free(s);
    return o;
}
static void report(struct valid *v, const char *what, const char *source, const double *p,
                   const struct outbreaks *o)
{
    double expected[8];
    unsigned n = (unsigned)o->others;
    char text[120];
    for (unsigned j = 0; j <= n; j++)
        expected[j] = p[j] * o->size.n;
    (void)snprintf(text, sizeof text, "%s: mean infected of %u others", what, n);
    valid_mean(v, text, source, mean_size(p, n), &o->size, 0, NULL);
    valid_counts(v, what, source, expected, o->cells, n + 1);
}
static void recursion_beside_reference(struct valid *v)
{
    const struct epi_frame *f = valid_table(v, "reed_frost/set1/expected.csv");
    if (!f)
        return;
    const double *n = epi_frame_numbers(f, "n_susceptible"), *m = epi_frame_numbers(f, "m_initial"),
                 *q = epi_frame_numbers(f, "q_escape"), *j = epi_frame_numbers(f, "infected"),
                 *want = epi_frame_numbers(f, "reed_frost");
    double worst = n && m && q && j && want ? 0 : 1, p[64];
    size_t compared = 0;
    for (size_t i = 0; worst < 1 && i < f->rows; i++)
        if (n[i] <= 30) {
            reed_frost((unsigned)n[i], (unsigned)m[i], q[i], p);
            worst = fmax(worst, fabs(p[(unsigned)j[i]] - want[i]));
            compared++;
        }
    valid_exact(v, "our recursion, largest difference", "reference chain binomials", 0,
                compared ? worst : 1, 1e-9);
}
VALID(households_alone)
{
    static const char *const bailey = "Reed-Frost chain binomial, Bailey 1975";
    char what[120];
    double p[64];
    recursion_beside_reference(v);
    for (unsigned size = 2; size <= 6; size++) {
        double q = 0.9 - 0.05 * size;
        struct outbreaks o = run_homes(v, size, 1, q, 0, 0);
        reed_frost(size - 1, 1, q, p);
        (void)snprintf(what, sizeof what, "households of %u, escape q = %.2f", size, q);
        report(v, what, bailey, p, &o);
    }
    struct outbreaks o = run_homes(v, 5, 2, 0.85, 0, 0);
    reed_frost(3, 2, 0.85, p);
    report(v, "households of 5, two infected first, q = 0.85", bailey, p, &o);
    o = run_homes(v, 4, 1, 0.7, 2, 0);
    reed_frost(3, 1, 0.7, p);
    report(v, "households of 4, infectious for days, q = 0.70",
           "the same sizes whatever the profile, Ludwig 1975", p, &o);
    valid_value(v, "the same: household secondary attack rate", "mean of the chain binomial / 3",
                mean_size(p, 3) / 3, mean_of(&o.size) / 3, se_of(&o.size) / 3, o.size.n, 0, NULL);
}
VALID(households_dispersed)
{
    double p[64], escape[8], k = 0.5, q = 0.6;
    for (unsigned j = 0; j < 8; j++)
        escape[j] = pow(1 - j * log(q) / k, -k);
    random_infectives(3, 1, escape, p);
    struct outbreaks o = run_homes(v, 4, 1, q, 0, k);
    report(v, "households of 4, dispersion k = 0.5, q = 0.60 at the mean",
           "randomised Reed-Frost, Ball 1986", p, &o);
}

/* --- households among strangers ---
 * Nobody escapes what reaches the household: with pi the chance to escape infection from strangers,
 * z = E[(j + mean of Reed-Frost from j)] / size, j ~ Binomial(size, 1 - pi), pi = (1 - s0)
 * exp(-L z), L = infections among strangers by one case (Ball, Mollison, Scalia-Tomba 1997, Ann
 * Appl Probab 7:46, sec. 4.2). */
static double two_levels(unsigned size, double q, double strangers_each, double seeds)
{
    double infected[16] = {0}, z = 1;
    for (unsigned j = 1; j <= size; j++) {
        double p[64] = {1};
        if (j < size)
            reed_frost(size - j, j, q, p);
        infected[j] = j + (j < size ? mean_size(p, size - j) : 0);
    }
    for (int i = 0; i < 3000; i++) {
        double pi = (1 - seeds) * exp(-strangers_each * z), sum = 0;
        for (unsigned j = 1; j <= size; j++)
            sum += exp(epi_binom_logpmf(j, size, 1 - pi)) * infected[j];
        z = sum / size;
    }
    return z;
}
static void among_strangers(struct valid *v, unsigned size, double r0, double home_weight)
{
    uint32_t n = 96000 / size;
    struct epi_society *s = households(size, n, 8);
    struct epi_natural_history d = epi_natural_history_plain(r0, 5, 2);
    struct epi_scenario sc = epi_scenario_plain();
    struct moments z = {0};
    double hazard = 0, each = 0;
    d.setting[EPI_MEET_HOME] = home_weight;
    sc.start.infected = 96;
    sc.days = 400;
    for (unsigned run = 0; run < valid_runs(v, 48); run++) {
        struct epi_world *w = world_for(s, &d, &sc, run);
        do
            epi_world_day(w);
        while (anybody_infected(w) && epi_world_days_done(w) < sc.days);
        see(&z, (double)epi_world_infections(w) / s->n);
        hazard = epi_world_hazard(w);
        epi_world_free(w);
    }
    for (int t = 1; t < EPI_PROFILE_DAYS; t++)
        each += 8 * -expm1(-hazard * d.profile[t]);
    char what[120];
    (void)snprintf(what, sizeof what, "households of %u among strangers, R0 = %g", size, r0);
    double q = exp(-hazard * home_weight);
    valid_exact(v, what, "R0 = contacts outside + (size - 1) (1 - q)", r0,
                each + (size - 1) * (1 - q), 1e-5 * r0);
    (void)snprintf(what, sizeof what, "the same: final size, q = %.2f", q);
    valid_mean(v, what, "two levels of mixing, Ball et al. 1997",
               two_levels(size, q, each, 96.0 / s->n), &z, 0, NULL);
    epi_society_free(s);
}
VALID(households_among_strangers)
{
    among_strangers(v, 3, 1.8, 3);
    among_strangers(v, 5, 2, 2);
}
