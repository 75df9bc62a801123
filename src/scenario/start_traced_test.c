// SPDX-License-Identifier: AGPL-3.0-or-later
/* A run from a register while contacts are listed, kept apart and tested before they fall ill. */
#include "scenario/test_register.h"

#define DAY0 40
static struct epi_scenario tracing(void)
{
    struct epi_scenario sc = epi_scenario_plain();
    sc.days = DAY0 + 14;
    sc.start.infected = 40;
    sc.seek = (struct epi_lever_seek){.share = 0.6, .severe_share = 0.9, .delay_mean = 2};
    sc.lab.turnaround = 1;
    sc.isolate = (struct epi_lever_isolate){.days = 14, .home = 1, .compliance = 0.8, .at_home = 1};
    sc.trace = (struct epi_lever_trace){.rings = 1,
                                        .back = 2,
                                        .home = 1,
                                        .school = 0.8,
                                        .work = 0.8,
                                        .other = 0.4,
                                        .delay = 1,
                                        .days_f1 = 14,
                                        .site = 0.4,
                                        .compliance = 0.8,
                                        .test_first = 1,
                                        .test_last = 13};
    return sc;
}
static double found_in(const struct epi_world *w, int from, int to)
{
    double n = 0;
    for (int day = from; day < to; day++)
        n += (double)epi_world_tally_all(w, day, EPI_T_FOUND);
    return n;
}
/* Found in the first week and in two, by runs from the register over those of the runs that went
 * on. `hidden` is never found over found, as measured in the latter. */
static void restarted(struct epi_arena *a, const struct epi_natural_history *d, double hidden,
                      double ret[2])
{
    struct epi_society *s = province(20000, 6);
    struct epi_scenario sc = tracing(), from = sc;
    double went_on[2] = {0}, joined[2] = {0};
    from.days = 14;
    from.start.hidden = hidden;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct epi_world *w = world_of(s, d, &sc, seed, 1),
                         *v = world_of(s, d, &from, seed + 100, 1);
        struct test_register r = test_register_of(a, w);
        struct epi_listener l = {
            .ctx = &r, .named = test_register_named, .tested = test_register_tested};
        epi_world_listen(w, &l);
        while (epi_world_days_done(w) < DAY0)
            epi_world_day(w);
        struct epi_start start = test_register_start(a, &r);
        run_all(w);
        epi_world_begin(v, &start, NULL);
        run_all(v);
        for (int k = 0; k < 2; k++) {
            went_on[k] += found_in(w, DAY0, DAY0 + 7 * (k + 1));
            joined[k] += found_in(v, 0, 7 * (k + 1));
        }
        epi_world_free(v);
        epi_world_free(w);
    }
    for (int k = 0; k < 2; k++)
        ret[k] = joined[k] / went_on[k];
    epi_society_free(s);
}
TEST(the_found_go_on_where_contacts_are_traced_and_every_test_tells)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct epi_natural_history d = epi_natural_history_plain(2.2, 6, 2.5);
    double ratio[2];
    d.incubation = (struct epi_delay){5, 2};
    restarted(a, &d, 0.07, ratio);
    CHECK_NEAR(ratio[0], 1, 0.25);
    CHECK_NEAR(ratio[1], 1, 0.35);
}
TEST(the_found_go_on_where_contacts_are_traced_and_tests_miss_the_newly_infected)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct epi_natural_history d = epi_natural_history_plain(2.2, 6, 2.5);
    double ratio[2];
    d.incubation = (struct epi_delay){5, 2};
    for (int t = 0; t < EPI_PROFILE_DAYS; t++)
        d.pcr[t] = t < 2 ? 0 : t < 4 ? 0.3 : t < 6 ? 0.7 : t < 10 ? 0.9 : t < 20 ? 0.6 : 0.1;
    for (int k = 0; k < EPI_AGES_10; k++)
        d.symptomatic[k] = 0.6;
    restarted(a, &d, 0.6, ratio);
    CHECK_NEAR(ratio[0], 1, 0.15);
    CHECK_NEAR(ratio[1], 1, 0.15);
}
TEST(contacts_not_yet_found_are_as_many_as_their_tests_will_find)
{
    USES_NO_RNG;
    static struct epi_start_person people[40 * 100];
    static int16_t infected[EPI_COUNT(people)];
    struct epi_natural_history d = epi_natural_history_plain(2, 6, 2);
    struct epi_start s = {.people = people};
    double hidden = 0;
    for (int ago = 0; ago < 40; ago++) /* one of ten listed is infected and found 3 days later */
        for (int i = 0; i < 100; i++) {
            struct epi_start_person p = well(0, 30, 0);
            p.listed = (int16_t)(-1 - ago);
            p.exposed = (int16_t)(p.listed - 1);
            p.kept_from = p.listed;
            p.kept_to = (int16_t)(p.listed + 14);
            if (i < 10 && p.listed + 3 < 0) {
                p.state = EPI_START_INFECTED;
                p.found = (int16_t)(p.listed + 3);
            }
            people[s.n++] = p;
        }
    for (uint64_t seed = 1; seed <= 40; seed++) {
        epi__start_infected_on(&s, &d, seed, infected);
        for (size_t k = 0; k < s.n; k++) {
            if (infected[k] == EPI_NO_DAY || people[k].state != EPI_START_WELL)
                continue;
            CHECK(people[k].listed >= -3); /* the tests of others found nothing */
            CHECK(infected[k] <= people[k].exposed);
            hidden++;
        }
    }
    CHECK_NEAR(hidden / 40, 30, 3); /* standard error 0.8 */
}
