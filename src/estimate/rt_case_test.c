// SPDX-License-Identifier: AGPL-3.0-or-later
#include "base/test.h"
#include "estimate/rt.h"
#include <math.h>

static const double five[] = {0.025, 0.25, 0.5, 0.75, 0.975};

struct made {
    struct epi_rt_setting s;
    struct epi_rt_plan *p;
    struct epi_rt_rows r;
    double day[200];
};

static void make(struct epi_arena *a, const double *w, size_t days, size_t width, struct made *m)
{
    m->s = (struct epi_rt_setting){.days = days,
                                   .si = epi_si_given(a, w, days, 1, days),
                                   .windows = epi_rt_sliding(a, days, width, 1),
                                   .prior_mean = 1,
                                   .prior_sd = 1,
                                   .probs = five,
                                   .probs_n = 5};
    size_t n = m->s.windows.n;
    m->r = (struct epi_rt_rows){EPI_ARRAY(a, n, double), EPI_ARRAY(a, n, double),
                                EPI_ARRAY(a, 5 * n, double), NULL};
    epi_status s = epi_rt_plan_new(a, &m->s, &m->p, NULL);
    EPI_ASSERT(s == EPI_OK);
}

/* Serial interval of one or two days with equal chance; cases 1, 1, 2. A case of day 3 came from
 * day 1 or day 2 with equal chance, the case of day 2 from day 1: R_1 = 1 + 1 = 2, R_2 = 1. */
TEST(who_infected_whom_by_hand)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    const double w[] = {0, 0.5, 0.5, 0}, cases[] = {1, 1, 2, 0};
    struct made m;
    make(a, w, 4, 1, &m);
    epi_rt_wallinga_teunis(m.p, cases, NULL, 1, m.r, m.day);
    CHECK_NEAR(m.day[0], 2, 1e-15);
    CHECK_NEAR(m.day[1], 1, 1e-15);
    CHECK_NEAR(m.day[2], 0, 0);
    CHECK(isnan(m.day[3]));
    CHECK_NEAR(m.r.mean[0], 1, 1e-15);
    CHECK_NEAR(m.r.sd[0], sqrt(2 * 0.25), 1e-15); /* two cases, each from day 2 with chance 1/2 */
    CHECK_NEAR(m.r.quant[0], 0, 0);
    CHECK_NEAR(m.r.quant[2], 1, 0);
    CHECK_NEAR(m.r.quant[4], 2, 0);
    CHECK_NEAR(m.r.sd[1], 0, 0);
    CHECK(isnan(m.r.mean[2]));
}

PROPERTY(every_case_but_the_first_ones_was_infected_once, 30)
{
    EPI_ARENA_LOCAL(a);
    enum { DAYS = 60 };
    double w[DAYS], cases[DAYS], imported[DAYS], infected = 0, sum = 0;
    struct made m;
    epi_si_discretise(4, 2, DAYS, w);
    make(a, w, DAYS, 7, &m);
    for (size_t t = 0; t < DAYS; t++) {
        cases[t] = (double)epi_rng_poisson(rng, 3);
        imported[t] = epi_rng_chance(rng, 0.1) ? 2 : 0;
        infected += t ? cases[t] : 0;
    }
    cases[0] = 1;
    epi_rt_wallinga_teunis(m.p, cases, imported, 1, m.r, m.day);
    for (size_t t = 0; t < DAYS; t++)
        sum += cases[t] + imported[t] > 0 ? m.day[t] * (cases[t] + imported[t]) : 0;
    CHECK_NEAR(sum, infected, 1e-9 * infected);
    for (size_t i = 0; i < m.s.windows.n; i++) {
        if (isnan(m.r.mean[i]))
            continue;
        CHECK(m.r.sd[i] >= 0);
        for (size_t q = 1; q < 5; q++)
            CHECK(m.r.quant[5 * i + q] >= m.r.quant[5 * i + q - 1]);
    }
}

PROPERTY(empty_days_before_shift_the_answer, 20)
{
    EPI_ARENA_LOCAL(a);
    enum { DAYS = 40, LATER = 6 };
    double w[DAYS + LATER], cases[DAYS + LATER] = {0};
    struct made m, n;
    epi_si_discretise(4, 2, DAYS + LATER, w);
    make(a, w, DAYS, 5, &m);
    make(a, w, DAYS + LATER, 5, &n);
    for (size_t t = 0; t < DAYS; t++)
        cases[LATER + t] = (double)epi_rng_poisson(rng, 4) + 1;
    epi_rt_wallinga_teunis(m.p, cases + LATER, NULL, 1, m.r, m.day);
    epi_rt_wallinga_teunis(n.p, cases, NULL, 1, n.r, n.day);
    for (size_t i = 0; i < m.s.windows.n; i++) {
        CHECK_NEAR(n.r.mean[i + LATER], m.r.mean[i], 1e-12);
        CHECK_NEAR(n.r.sd[i + LATER], m.r.sd[i], 1e-12);
    }
    CHECK(isnan(n.r.mean[0])); /* it starts before the first case */
}

/* Quantiles against drawn ancestries, at counts on both sides of the exact method. */
TEST(quantiles_are_those_of_drawn_ancestries)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    enum { DAYS = 30, DRAWS = 4000 };
    double w[DAYS], cases[DAYS];
    static double drawn[DRAWS];
    struct made m;
    epi_si_discretise(4, 2, DAYS, w);
    make(a, w, DAYS, 4, &m);
    for (unsigned level = 1; level <= 40; level = level * 6 + 1) {
        struct epi_rng draw = epi_rng_stream(5, "test.ancestry", level, 0);
        for (size_t t = 0; t < DAYS; t++)
            cases[t] = (double)epi_rng_poisson(&draw, 0.7 * level);
        cases[0] = 1;
        epi_rt_wallinga_teunis(m.p, cases, NULL, 1, m.r, m.day);
        for (size_t i = 5; i < m.s.windows.n; i += 9) {
            size_t from = m.s.windows.start[i] - 1, to = m.s.windows.end[i];
            double n = 0, below[5] = {0}, at_most[5] = {0};
            for (size_t t = from; t < to; t++)
                n += cases[t];
            if (n == 0)
                continue;
            for (size_t d = 0; d < DRAWS; d++) {
                drawn[d] = 0;
                for (size_t t = from + 1; t < DAYS; t++) {
                    double part = 0, whole = 0;
                    for (size_t s = 0; s < t; s++) {
                        whole += w[t - s] * cases[s];
                        part += s >= from && s < to ? w[t - s] * cases[s] : 0;
                    }
                    for (double c = 0; c < cases[t] && whole > 0; c++)
                        drawn[d] += epi_rng_unit(&draw) * whole < part;
                }
                for (size_t q = 0; q < 5; q++) {
                    below[q] += drawn[d] / n < m.r.quant[5 * i + q] - 1e-9;
                    at_most[q] += drawn[d] / n <= m.r.quant[5 * i + q] + 1e-9;
                }
            }
            for (size_t q = 0; q < 5; q++) {
                CHECK(below[q] / DRAWS <= five[q] + 0.025);
                CHECK(at_most[q] / DRAWS >= five[q] - 0.025);
            }
        }
    }
}
