// SPDX-License-Identifier: AGPL-3.0-or-later
/* The disease and the scenario in which nothing but spread happens, and infectiousness over time.
 */
#include "scenario/scenario_internal.h"
#include "stats/stats.h"

void epi_natural_history_profile(struct epi_natural_history *d)
{
    double m = d->generation_mean, sd = d->generation_sd, sum = 0;
    d->profile[0] = 0;
    if (sd <= 0) {
        for (int t = 1; t < EPI_PROFILE_DAYS; t++)
            d->profile[t] = t == (int)lround(m);
        return;
    }
    double shape = m * m / (sd * sd), scale = sd * sd / m;
    for (int t = 1; t < EPI_PROFILE_DAYS; t++) {
        d->profile[t] = epi_gamma_cdf(t + 0.5, shape, scale) - epi_gamma_cdf(t - 0.5, shape, scale);
        if (epi_gamma_sf(t - 0.5, shape, scale) < 1e-3) /* the last thousandth is left out */
            d->profile[t] = 0;
        sum += d->profile[t];
    }
    for (int t = 1; t < EPI_PROFILE_DAYS; t++)
        d->profile[t] /= sum;
}
struct epi_natural_history epi_natural_history_plain(double r0, double generation_mean,
                                                     double generation_sd)
{
    struct epi_natural_history d = {.r0 = r0,
                                    .generation_mean = generation_mean,
                                    .generation_sd = generation_sd,
                                    .asymptomatic = 1,
                                    .immunity = 1,
                                    .variants_n = 1};
    d.incubation.mean = generation_mean;
    for (size_t i = 0; i < EPI_AGES_10; i++)
        d.susceptibility[i] = d.symptomatic[i] = 1;
    for (size_t i = 0; i < EPI_MIX_N; i++)
        d.setting[i] = 1;
    for (size_t t = 1; t < EPI_PROFILE_DAYS; t++)
        d.pcr[t] = d.antigen[t] = 1;
    d.variants[0] = (struct epi_variant){.transmissibility = 1, .severity = 1};
    epi_natural_history_profile(&d);
    return d;
}
struct epi_scenario epi_scenario_plain(void)
{
    struct epi_scenario s = {.days = 150, .start.infected = 1, .base.scale = 1};
    s.lab.specificity = 1;
    s.isolate.at_home = 1;
    s.zone.contacts = 1;
    for (size_t i = 0; i < EPI_LEVELS; i++)
        s.measures.school[i] = s.measures.work[i] = s.measures.other[i] = s.measures.market[i] =
            s.measures.worship[i] = s.measures.gathering[i] = 1;
    s.season.returns = 1;
    s.vaccinate.reach = 1;
    s.vaccinate.doses = 2;
    s.vaccinate.gap = 28;
    return s;
}
