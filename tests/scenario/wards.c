// SPDX-License-Identifier: AGPL-3.0-or-later
/* Wards: one who infects among so many others, how many lie there, and whom they meet. */
#include "validity.h"
#include <stdio.h>
#include <stdlib.h>

#define HAZARD 0.5
#define CONTACTS 8.0
#define STAY 60 /* days, longer than anybody infects */

/* Nobody infects but he whom `one` makes infectious, so that all is known. */
static struct epi_natural_history silent(void)
{
    struct epi_natural_history d = epi_natural_history_plain(2, 5, 2);
    d.asymptomatic = 0;
    for (size_t i = 0; i < EPI_AGES_10; i++)
        d.symptomatic[i] = 0;
    return d;
}
static struct epi_world *ward_world(const struct epi_society *s,
                                    const struct epi_natural_history *d, double prevented,
                                    unsigned run)
{
    struct epi_scenario sc = epi_scenario_plain();
    struct epi_world *w = NULL;
    sc.days = STAY;
    sc.start.infected = 0;
    sc.care.ward_contacts = CONTACTS;
    sc.care.protection = sc.care.precautions = prevented;
    (void)!epi__world_at(s, d, &sc, HAZARD, run + 1, 1, &w, NULL);
    return w;
}
static void make_infectious(struct epi_world *w, uint32_t person)
{
    (void)epi_world_infect(w, person, 0);
    epi__latest(w, person)->strength = 1;
}
/* Each of n who are together escapes him with exp(-(c / n) sum of p), p = 1 - exp(-hazard w_t): the
 * contacts of a day are Poisson with mean c, each with anybody of the n. */
static double infected_of(double others, double n, double prevented)
{
    struct epi_natural_history d = silent();
    double sum = 0;
    for (int t = 1; t < EPI_PROFILE_DAYS; t++)
        sum += -expm1(-HAZARD * d.profile[t]);
    return others * -expm1(-CONTACTS / n * (1 - prevented) * sum);
}
static void among_patients(struct valid *v, unsigned n, double prevented)
{
    struct epi_society *s = strangers(320, 2);
    struct epi_natural_history d = silent();
    struct moments got = {0};
    for (unsigned run = 0; run < valid_runs(v, 1600); run++) {
        struct epi_world *w = ward_world(s, &d, prevented, run);
        for (uint32_t p = 0; p < n; p++)
            epi__keep(w, p, EPI__IN_BED, STAY, 1);
        make_infectious(w, n / 2);
        run_all(w);
        see(&got, (double)epi_world_infections(w) - 1);
        epi_world_free(w);
    }
    epi_society_free(s);
    char what[120];
    (void)snprintf(what, sizeof what,
                   "one infectious patient among %u in a ward, %g prevented: further cases", n,
                   prevented);
    valid_mean(v, what, prevented < 1 ? "(n - 1) (1 - escape)" : "none",
               infected_of(n - 1, n, prevented), &got, 0, NULL);
}
/* A known case meets those who work there; other patients lie elsewhere. */
static void among_staff(struct valid *v, double prevented)
{
    struct epi_mixing m = even_mixing(2, 2, 6);
    struct epi_society_options o = usual_options();
    struct epi_place place = even_place(3200, "x/1/");
    struct epi_society *s = NULL;
    const uint32_t *staff;
    o.hospital.admissions = 0;
    if (epi_society_build(&place, 1, &m, &o, 7, &s, NULL) != EPI_OK)
        return;
    double n = epi_society_staff(s, 0, &staff);
    struct epi_natural_history d = silent();
    struct moments got = {0};
    for (unsigned run = 0; run < valid_runs(v, 1600); run++) {
        struct epi_world *w = ward_world(s, &d, prevented, run);
        uint32_t one = staff[0] == 0 ? 1 : 0;
        make_infectious(w, one);
        w->p[one].flags |= EPI__POSITIVE;
        epi__keep(w, one, EPI__IN_BED, STAY, 1);
        run_all(w);
        see(&got, (double)epi_world_infections(w) - 1);
        epi_world_free(w);
    }
    epi_society_free(s);
    char what[120];
    (void)snprintf(what, sizeof what,
                   "one known case and %.0f health workers, %g prevented: workers infected", n,
                   prevented);
    valid_mean(v, what, "n (1 - escape)", infected_of(n, n + 1, prevented), &got, 0, NULL);
}
/* Little's law, from the first day on; and the contacts of those who lie there. */
static void inpatients(struct valid *v)
{
    struct epi_mixing m = even_mixing(0, 0, 6);
    struct epi_society_options o = lonely_options();
    struct epi_place place = even_place(48000, "x/1/");
    struct epi_society *s = NULL;
    struct moments first = {0}, later = {0}, met = {0};
    o.hospital.admissions = 40, o.hospital.days = 6.5;
    if (epi_society_build(&place, 1, &m, &o, 7, &s, NULL) != EPI_OK)
        return;
    struct epi_natural_history d = silent();
    for (unsigned run = 0; run < valid_runs(v, 320); run++) {
        struct epi_world *w = ward_world(s, &d, 0, run);
        uint32_t who[256];
        uint8_t how[256];
        for (int day = 0; day < 40; day++) {
            epi_world_day(w);
            if (day == 0)
                see(&first, w->ward[EPI__WARD_OTHERS].now);
        }
        see(&later, w->ward[EPI__WARD_OTHERS].now);
        struct epi__company c;
        double sum = 0;
        epi__company_in_ward(w, 0, EPI__WARD_OTHERS, 30, &c);
        for (uint32_t k = 0; k < c.n; k++)
            sum += (double)epi_world_met(w, c.who[k], 30, who, how, 256);
        see(&met, sum / c.n - CONTACTS * (c.n - 1) / c.n);
        free(c.who);
        epi_world_free(w);
    }
    epi_society_free(s);
    /* who lies there already is not admitted again */
    double expected = 48000 * 40 / 1e5 * 6.5, less = expected * 40 / 1e5 * 6.5;
    const char *why = "those in bed are not admitted again";
    valid_mean(v, "inpatients on the first day", "admissions times mean stay, Little 1961",
               expected, &first, less, why);
    valid_mean(v, "the same after 40 days", "admissions times mean stay, Little 1961", expected,
               &later, less, why);
    valid_mean(v, "contacts of a day told of each in the ward, beyond c (n - 1) / n",
               "none, asked ten days later", 0, &met, 0, NULL);
}
VALID(wards)
{
    among_patients(v, 40, 0);
    among_patients(v, 40, 0.7);
    among_patients(v, 6, 0.3);
    among_patients(v, 40, 1);
    among_staff(v, 0);
    among_staff(v, 0.6);
    inpatients(v);
}
