// SPDX-License-Identifier: AGPL-3.0-or-later
#include "base/test.h"
#include "estimate/estimate.h"

TEST(immunity_waits_rises_and_wanes)
{
    struct epi_dose d = {0.6, 10, 8, 0.002};
    CHECK_NEAR(epi_dose_immunity(&d, 9), 0, 0);
    CHECK_NEAR(epi_dose_immunity(&d, 10), 0, 0);
    CHECK_NEAR(epi_dose_immunity(&d, 11), 0.125 * exp(-0.002), 1e-15);
    CHECK_NEAR(epi_dose_immunity(&d, 18), exp(-0.016), 1e-15);
    struct epi_dose step = {0.6, 14, 0, 0};
    CHECK_NEAR(epi_dose_immunity(&step, 13), 0, 0);
    CHECK_NEAR(epi_dose_immunity(&step, 14), 1, 0);
}

TEST(the_first_to_get_a_dose_get_the_second_first)
{
    EPI_ARENA_LOCAL(a);
    static const double one[] = {10, 10, 0, 0, 0}, two[] = {0, 0, 5, 0, 0};
    const double *doses[] = {one, two};
    static const struct epi_dose kinds[] = {{0.5, 1, 0, 0}, {0.9, 1, 0, 0}};
    struct epi_immunity m;
    epi_immunity(a, doses, 2, 5, 100, kinds, &m);
    static const double want[] = {0, 0.05, 0.10, 0.12, 0.12}; /* 5 of 20 rise from 0.5 to 0.9 */
    for (int i = 0; i < 5; i++)
        CHECK_NEAR(m.immune[i], want[i], 1e-15);
    CHECK_NEAR(m.coverage[0][4], 0.2, 1e-15);
    CHECK_NEAR(m.coverage[1][4], 0.05, 1e-15);
    CHECK(m.ahead == 5 && m.beyond == 5);
}

TEST(doses_that_cannot_be_are_told)
{
    EPI_ARENA_LOCAL(a);
    static const double one[] = {1, 0, 60}, two[] = {0, 4, 0};
    const double *doses[] = {one, two};
    static const struct epi_dose kinds[] = {{0.5, 0, 0, 0}, {0.9, 0, 0, 0}};
    struct epi_immunity m;
    epi_immunity(a, doses, 2, 3, 50, kinds, &m);
    CHECK_INT(m.ahead, 1);
    CHECK_INT(m.beyond, 2);
    CHECK_NEAR(m.immune[1], 4 * 0.9 / 50, 1e-15); /* three of them with no first dose here */
    epi_immunity(a, doses, 2, 0, 50, kinds, &m);  /* no day at all */
}

PROPERTY(protection_stays_between_none_and_the_best_dose_of_the_covered, 40)
{
    EPI_ARENA_LOCAL(a);
    enum { N = 80 };
    double d[3][N], had[3] = {0};
    for (int t = 0; t < N; t++)
        for (int k = 0; k < 3; k++) {
            double most = k ? had[k - 1] - had[k] : 1000;
            d[k][t] = epi_rng_chance(rng, 0.3) ? 0 : floor(most * epi_rng_unit(rng));
            had[k] += d[k][t];
        }
    const double *doses[] = {d[0], d[1], d[2]};
    struct epi_dose kinds[3];
    for (int k = 0; k < 3; k++)
        kinds[k] = (struct epi_dose){epi_rng_unit(rng), floor(20 * epi_rng_unit(rng)),
                                     floor(10 * epi_rng_unit(rng)), 0.01 * epi_rng_unit(rng)};
    struct epi_immunity m, one;
    epi_immunity(a, doses, 3, N, 1e5, kinds, &m);
    epi_immunity(a, doses, 1, N, 1e5, kinds, &one);
    double best =
        fmax(kinds[0].effectiveness, fmax(kinds[1].effectiveness, kinds[2].effectiveness));
    for (int t = 0; t < N; t++) {
        CHECK(m.immune[t] >= one.immune[t] - 1e-12); /* a further dose never harms */
        CHECK(m.immune[t] <= best * m.coverage[0][t] + 1e-12);
    }
    CHECK_INT(m.ahead, N);
}
