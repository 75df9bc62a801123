// SPDX-License-Identifier: AGPL-3.0-or-later
#include "base/test.h"
#include "estimate/estimate.h"

/* The definition: try every point of the grid. */
static struct epi_ci every_point(double cases, double deaths, double u,
                                 const struct epi_cfr_options *o)
{
    double trials = rint(u), top = -INFINITY, *l;
    bool poisson = cases >= o->poisson_cases && trials > 0 && deaths / trials < o->poisson_share;
    size_t n = (size_t)(1 / o->grid_step + 1e-6), best = 0, lo = 0, hi = 0;
    EPI_ARENA_LOCAL(a);
    l = EPI_ARRAY(a, n + 1, double);
    for (size_t k = 1; k <= n; k++) {
        double p = (double)k * o->grid_step;
        l[k] = (deaths > 0 ? deaths * log(p) : 0) + (poisson      ? -p * trials
                                                     : u > deaths ? (u - deaths) * log1p(-p)
                                                                  : 0);
        if (l[k] > top) {
            top = l[k];
            best = k;
        }
    }
    for (size_t k = 1; k <= n; k++)
        if (l[k] >= top - o->drop) {
            lo = lo ? lo : k;
            hi = k;
        }
    return (struct epi_ci){(double)best * o->grid_step, (double)lo * o->grid_step,
                           (double)hi * o->grid_step};
}

PROPERTY(the_corrected_ratio_is_that_of_trying_every_point_of_the_grid, 60)
{
    struct epi_cfr_options o = EPI_CFR_STANDARD;
    static const double steps[] = {1e-4, 1e-3, 0.007, 0.05};
    o.grid_step = steps[epi_rng_below(rng, 4)];
    double cases = (double)epi_rng_between(rng, 1, epi_rng_chance(rng, 0.5) ? 100 : 100000),
           u = cases * epi_rng_unit(rng), share = epi_rng_unit(rng);
    double deaths = floor(u * share * share * share);
    if (epi_rng_chance(rng, 0.1))
        u = floor(u) + 1, deaths = u; /* all of the known died */
    struct epi_ci got = epi_cfr_corrected(cases, deaths, u, &o),
                  want = every_point(cases, deaths, u, &o);
    CHECK_NEAR(got.est, want.est, 1e-12);
    CHECK_NEAR(got.lo, want.lo, 1e-12);
    CHECK_NEAR(got.hi, want.hi, 1e-12);
}

TEST(a_ratio_that_cannot_be_corrected_is_empty)
{
    struct epi_cfr_options o = EPI_CFR_STANDARD;
    CHECK(isnan(epi_cfr_corrected(10, 0, 0, &o).est));
    CHECK(isnan(epi_cfr_corrected(10, 5, 4.9, &o).est));
    CHECK(isnan(epi_cfr_corrected(10, 1, (double)NAN, &o).est));
    CHECK_NEAR(epi_cfr_corrected(10, 0, 0.01, &o).est, 1e-4, 1e-15);
    CHECK_NEAR(epi_cfr_corrected(10, 5, 5, &o).est, 1, 1e-15); /* all died */
    CHECK(isnan(epi_cfr_naive(0, 0, &o).est) && isnan(epi_cfr_naive(3, 4, &o).est));
}

TEST(known_outcomes_are_cases_shifted_by_the_delay)
{
    static const double cases[] = {10, 0, 4, 0, 0, 0}, delay[] = {0, 0.5, 0.25};
    static const double want[] = {0, 5, 2.5, 2, 1, 0};
    double got[6];
    epi_cfr_outcomes(cases, 6, delay, 3, got);
    for (int i = 0; i < 6; i++)
        CHECK_NEAR(got[i], want[i], 1e-15);
    struct epi_duration fixed = {.kind = EPI_DURATION_FIXED, .p1 = 2};
    double d[4];
    CHECK_INT(epi_cfr_delay(&fixed, 1, 4, d), 3);
    CHECK(d[0] == 0 && d[1] == 0 && d[2] == 1);
}

TEST(the_delay_of_weeks_holds_the_days_of_the_week)
{
    struct epi_duration d = {.kind = EPI_DURATION_GAMMA, .p1 = 2.4, .p2 = 3.33};
    double day[70], week[10], sum = 0;
    CHECK_INT(epi_cfr_delay(&d, 1, 70, day), 70);
    CHECK_INT(epi_cfr_delay(&d, 7, 10, week), 10);
    for (int i = 7; i < 14; i++)
        sum += day[i];
    CHECK_NEAR(week[1], sum, 1e-15);
    /* Far out nothing is added: the delay stops before the series does. */
    double long_[2000];
    CHECK(epi_cfr_delay(&d, 1, 2000, long_) < 400);
}

TEST(a_running_median_keeps_the_ends)
{
    static const double v[] = {9, 1, 8, 2, 7, 3, 100}, want[] = {9, 8, 2, 7, 3, 7, 100};
    double got[7];
    epi_running_median(v, 7, 3, got);
    for (int i = 0; i < 7; i++)
        CHECK_NEAR(got[i], want[i], 0);
    epi_running_median(v, 2, 7, got);
    CHECK_NEAR(got[1], 1, 0);
}

PROPERTY(rolling_ends_where_static_stands_and_scales, 20)
{
    enum { N = 60 };
    double cases[N], deaths[N], outcomes[N], delay[N], c = 0, d = 0, u = 0;
    struct epi_ci naive[N], corrected[N];
    struct epi_duration lag = {.kind = EPI_DURATION_LNORM, .p1 = 2, .p2 = 0.4};
    struct epi_cfr_options o = EPI_CFR_STANDARD;
    for (int i = 0; i < N; i++) {
        cases[i] = (double)epi_rng_poisson(rng, 20);
        deaths[i] = (double)epi_rng_poisson(rng, 1);
    }
    size_t k = epi_cfr_delay(&lag, 1, N, delay);
    epi_cfr_outcomes(cases, N, delay, k, outcomes);
    epi_cfr_rolling(cases, deaths, outcomes, N, &o, naive, corrected);
    for (int i = 0; i < N; i++) {
        c += cases[i], d += deaths[i], u += outcomes[i];
        CHECK(u <= c * 1.01);
    }
    struct epi_ci last = epi_cfr_corrected(c, d, u, &o);
    CHECK_NEAR(naive[N - 1].hi, epi_cfr_naive(c, d, &o).hi, 1e-12);
    CHECK_NEAR(corrected[N - 1].est, last.est, 1e-15);
    CHECK(last.est >= naive[N - 1].est - 1e-4); /* fewer outcomes than cases */
}
