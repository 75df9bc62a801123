// SPDX-License-Identifier: AGPL-3.0-or-later
#include "scenario/test_society.h"

static double final_size(double r0)
{
    double z = 1;
    for (int i = 0; i < 500; i++)
        z = 1 - exp(-r0 * z);
    return z;
}
TEST(an_epidemic_among_strangers_has_the_final_size_of_the_equation)
{
    USES_NO_RNG;
    static const double r0[] = {1.5, 2, 3};
    struct epi_society *s = strangers(200000, 12);
    for (size_t k = 0; k < 3; k++) {
        struct epi_natural_history d = epi_natural_history_plain(r0[k], 5, 2);
        struct epi_scenario sc = epi_scenario_plain();
        sc.start.infected = 200;
        sc.days = 250;
        struct epi_world *w = world_of(s, &d, &sc, 11, 1);
        run_all(w);
        double z = (double)epi_world_infections(w) / 200000;
        epi_world_free(w);
        CHECK_NEAR(z, final_size(r0[k]), 0.006);
    }
    epi_society_free(s);
}
TEST(a_growing_epidemic_grows_as_the_generation_interval_says)
{
    USES_NO_RNG; /* R0 = 1 / sum w(t) exp(-r t), Wallinga and Lipsitch 2007 */
    struct epi_society *s = strangers(2000000, 10);
    struct epi_natural_history d = epi_natural_history_plain(2, 6, 2.5);
    struct epi_scenario sc = epi_scenario_plain();
    sc.start.infected = 400;
    sc.days = 45;
    struct epi_world *w = world_of(s, &d, &sc, 5, 1);
    run_all(w);
    double a = 0, b = 0, infected = 0;
    for (int t = 0; t < 32; t++)
        infected += (double)epi_world_tally_all(w, t, EPI_T_INFECTED);
    for (int t = 25; t < 32; t++) {
        a += (double)epi_world_tally_all(w, t, EPI_T_INFECTED);
        b += (double)epi_world_tally_all(w, t + 7, EPI_T_INFECTED);
    }
    double r = log(b / a) / 7, sum = 0;
    for (int t = 1; t < EPI_PROFILE_DAYS; t++)
        sum += d.profile[t] * exp(-r * t);
    epi_world_free(w);
    epi_society_free(s);
    CHECK_NEAR(1 / sum, 2 * (1 - infected / 2e6), 0.045); /* 4 standard deviations of a run */
}
TEST(the_stated_r0_holds_when_people_differ_in_infectiousness)
{
    USES_NO_RNG; /* few infect most, and those meet the same people again and again */
    struct epi_natural_history d = epi_natural_history_plain(2, 1, 0);
    struct epi_scenario sc = epi_scenario_plain();
    struct epi_society *s = strangers(400000, 12);
    d.dispersion = 0.2;
    for (size_t i = 0; i < EPI_AGES_10; i++)
        d.symptomatic[i] = 0.5;
    d.asymptomatic = 0.2;
    sc.start.infected = 4000;
    sc.days = 2;
    double sum = 0, runs = 8;
    for (uint64_t seed = 0; seed < (uint64_t)runs; seed++) {
        struct epi_world *w = world_of(s, &d, &sc, seed, 1);
        run_all(w);
        sum += (double)epi_world_infections(w) - 4000;
        epi_world_free(w);
    }
    epi_society_free(s);
    /* 1 % of those met are infected already, some are met twice */
    CHECK_NEAR(sum / runs / 4000, 2 * 0.985, 0.11); /* 4 standard errors */
}
/* Colleagues met again on one day are infected once, and those of the most infectious all are. */
TEST(the_next_generation_in_workplaces_is_that_of_the_matrix)
{
    USES_NO_RNG;
    struct epi_natural_history d = epi_natural_history_plain(1.5, 1, 0);
    struct epi_scenario sc = epi_scenario_plain();
    struct epi_society_options o = usual_options();
    struct epi_mixing m = even_mixing(0, 6, 0);
    struct epi_place p = even_place(120000, "x/1/");
    struct epi_society *s = NULL;
    CHECK_OK(epi_society_build(&p, 1, &m, &o, 7, &s, NULL));
    d.dispersion = 0.3;
    sc.start.infected = 480;
    sc.days = 2;
    double got = 0, want = 0, k[EPI_MIX_BANDS * EPI_MIX_BANDS], runs = 40;
    for (uint64_t seed = 0; seed < (uint64_t)runs; seed++) {
        struct epi_world *w = world_of(s, &d, &sc, seed, 1);
        run_all(w);
        got += ((double)epi_world_infections(w) - 480) / 480 / runs;
        epi_world_free(w);
    }
    epi_next_generation(s, &d, epi_hazard_of(s, &d, 1.5), k);
    for (uint32_t i = 0; i < s->n; i++)
        for (size_t b = 0; b < EPI_MIX_BANDS; b++)
            want += k[epi__band(s, i) * EPI_MIX_BANDS + b] / s->n;
    epi_society_free(s);
    CHECK_NEAR(got, want, 0.06); /* 4 standard errors */
}
TEST(everybody_is_counted_once_on_every_day)
{
    USES_NO_RNG;
    struct epi_society *s = province(5000, 6);
    struct epi_natural_history d = epi_natural_history_plain(3, 5, 2);
    struct epi_scenario sc = epi_scenario_plain();
    sc.start.infected = 20;
    sc.days = 120;
    struct epi_world *w = world_of(s, &d, &sc, 3, 1);
    run_all(w);
    uint64_t infected = 0, out = 0, by_age = 0, by_how = 0, active = 0;
    for (int t = 0; t < sc.days; t++) {
        infected += epi_world_tally_all(w, t, EPI_T_INFECTED);
        out += epi_world_tally_all(w, t, EPI_T_RECOVERED) + epi_world_tally_all(w, t, EPI_T_DEATHS);
        for (int b = 0; b < EPI_MIX_BANDS; b++)
            by_age += epi_world_by_age(w, t, b);
        for (int m = 0; m < EPI_MEETING_N; m++)
            by_how += epi_world_by_meeting(w, t, (enum epi_meeting)m);
    }
    for (uint32_t b = 0; b < w->blocks_n; b++)
        active += w->blocks[b].active;
    uint64_t all = epi_world_infections(w);
    epi_world_free(w);
    epi_society_free(s);
    CHECK_INT(infected, all);
    CHECK_INT(by_age, all);
    CHECK_INT(by_how, all);
    CHECK_INT(out + active, all);
    CHECK(all > 15000 && all <= 30000);
}

TEST(what_lies_ahead_is_the_same_when_drawn_again)
{
    USES_NO_RNG;
    struct epi_society *s = province(8000, 6);
    struct epi_natural_history d = epi_natural_history_plain(3, 5, 2);
    struct epi_scenario sc = epi_scenario_plain();
    sc.start.infected = 20;
    sc.days = 60;
    d.dispersion = 0.3;
    struct epi_world *a = world_of(s, &d, &sc, 3, 1), *b = world_of(s, &d, &sc, 3, 2);
    run_all(a);
    for (int t = 0; t < sc.days; t++) {
        if (t % 10 == 5)
            epi__replan(b);
        epi_world_day(b);
    }
    uint64_t n = epi_world_infections(a), differ = 0;
    for (int t = 0; t < sc.days; t++)
        for (uint32_t p = 0; p < s->places_n; p++)
            for (enum epi_tally k = 0; k < EPI_TALLY_N; k++)
                differ += epi_world_tally(a, t, p, k) != epi_world_tally(b, t, p, k);
    epi_world_free(a);
    epi_world_free(b);
    epi_society_free(s);
    CHECK(n > 10000);
    CHECK_INT(differ, 0);
}
/* Cases of the first cases, when hazards are `push` times the usual from the second day on. */
static double offspring_at(const struct epi_society *s, float push)
{
    struct epi_natural_history d = epi_natural_history_plain(1, 4, 0);
    struct epi_scenario sc = epi_scenario_plain();
    double sum = 0, runs = 6;
    sc.start.infected = 4000;
    sc.days = 5;
    for (uint64_t seed = 0; seed < (uint64_t)runs; seed++) {
        struct epi_world *w = world_of(s, &d, &sc, seed, 1);
        epi_world_day(w);
        for (int t = 1; t < sc.days; t++)
            w->push_on[t] = push;
        epi__replan(w);
        run_all(w);
        sum += (double)epi_world_infections(w) - 4000;
        epi_world_free(w);
    }
    return sum / runs / 4000;
}
TEST(a_factor_on_the_hazard_of_days_ahead_counts_whatever_was_drawn_before)
{
    USES_NO_RNG;
    struct epi_society *s = strangers(400000, 100);
    double half = offspring_at(s, 0.5F), same = offspring_at(s, 1), more = offspring_at(s, 2.5F);
    epi_society_free(s);
    /* 4 standard errors; of those met 1 % are infected, and some by another on the same day */
    CHECK_NEAR(half, 0.5 * 0.99, 0.018);
    CHECK_NEAR(same, 0.985, 0.026);
    CHECK_NEAR(more, 2.5 * 0.971, 0.041);
}
