// SPDX-License-Identifier: AGPL-3.0-or-later
#include "scenario/test_society.h"

#define CLASS 100U

struct heard {
    const struct epi_world *w;
    int day;
    uint32_t named, of_class, tested, positive, first_positive;
};
static void hear_tested(void *ctx, const struct epi_tested *t)
{
    struct heard *h = ctx;
    CHECK_INT(t->taken, h->day);
    h->tested++;
    if (t->positive && h->positive++ == 0)
        h->first_positive = t->person;
}
static void hear_named(void *ctx, const struct epi_named *n)
{
    struct heard *h = ctx;
    CHECK(n->met <= h->day && n->ordered == h->day + 1);
    h->named++;
    h->of_class += n->how == EPI_MEET_SCHOOL && n->person < CLASS;
}
static struct epi_scenario responding(void)
{
    struct epi_scenario sc = epi_scenario_plain();
    sc.days = 12;
    sc.start.infected = 0;
    sc.isolate = (struct epi_lever_isolate){.days = 14, .compliance = 1, .at_home = 1};
    sc.trace = (struct epi_lever_trace){.rings = 1,
                                        .back = 3,
                                        .home = 1,
                                        .school = 1,
                                        .work = 1,
                                        .other = 1,
                                        .delay = 1,
                                        .days_f1 = 14,
                                        .compliance = 1,
                                        .test_first = 1,
                                        .test_last = 7};
    return sc;
}

/* Each who is there escapes with exp(-hazard of the day x contacts); others are hardly infected. */
TEST(a_gathering_infects_as_many_as_its_contacts_say)
{
    struct epi_society *s = strangers(4096, 1);
    struct epi_natural_history d = epi_natural_history_plain(0.001, 5, 2);
    struct epi_scenario sc = epi_scenario_plain();
    uint32_t who[CLASS];
    uint64_t infected = 0;
    const int runs = 40, day = 5;
    double p = 0;
    sc.start.infected = 0;
    sc.days = 8;
    for (uint32_t i = 0; i < CLASS; i++)
        who[i] = i * 7;
    for (int k = 0; k < runs; k++) {
        struct epi_world *w = world_of(s, &d, &sc, (uint64_t)k, 1 + (unsigned)k % 2);
        double weight = 0.5 / (epi_world_hazard(w) * d.profile[day]);
        epi_world_gather(w, who, CLASS, day, day + 1, EPI_MEET_SCHOOL, weight);
        CHECK(epi_world_infect(w, who[3], 0));
        run_all(w);
        p = -expm1(-0.5);
        infected += epi_world_tally_all(w, day, EPI_T_INFECTED);
        CHECK_INT(epi_world_by_meeting(w, day, EPI_MEET_SCHOOL),
                  epi_world_tally_all(w, day, EPI_T_INFECTED));
        epi_world_free(w);
    }
    double n = runs * (double)(CLASS - 1);
    CHECK_NEAR((double)infected / n, p, 4 * sqrt(p * (1 - p) / n));
    epi_society_free(s);
}
TEST(who_was_at_a_gathering_is_named_by_tracing_and_sampled)
{
    struct epi_society *s = province(2000, 2);
    struct epi_natural_history d = epi_natural_history_plain(2, 5, 2);
    struct epi_scenario sc = responding();
    struct epi_world *w = world_of(s, &d, &sc, 3, 1);
    uint32_t who[CLASS], met[1000];
    uint8_t how[1000];
    struct heard h = {.w = w};
    struct epi_listener l = {&h, hear_tested, hear_named};
    int from = 0;
    bool home = false;
    for (uint32_t i = 0; i < CLASS; i++)
        who[i] = i;
    epi_world_listen(w, &l);
    epi_world_gather(w, who, CLASS, 4, 5, EPI_MEET_SCHOOL, 1);
    CHECK(epi_world_infect(w, 0, 0));
    for (h.day = 0; h.day < sc.days; h.day++) {
        if (h.day == 5)
            epi_world_sample(w, 0, EPI_WHY_SICK);
        epi_world_day(w);
        if (h.day != 5)
            continue;
        CHECK(h.tested == 1 && h.first_positive == 0); /* found on the day itself */
        CHECK(h.of_class >= CLASS - 1 && h.named > CLASS);
        CHECK(epi_world_met(w, 0, 4, met, how, 1000) >= CLASS - 1);
    }
    CHECK(h.tested > CLASS); /* all of them, first on the day after the order */
    CHECK(epi_world_kept(w, 1, 8, &from, &home) && home);
    CHECK_INT(from, 7);
    CHECK(!epi_world_kept(w, 1, 6, &from, &home));
    epi_world_free(w);
    epi_society_free(s);
}
TEST(who_comes_home_is_quarantined_as_the_lever_says_and_a_restored_world_has_no_gatherings)
{
    struct epi_society *s = province(1000, 2);
    struct epi_natural_history d = epi_natural_history_plain(2, 5, 2);
    struct epi_scenario sc = responding();
    sc.arrive = (struct epi_lever_arrive){.site = 1, .days = 5, .tested = true};
    struct epi_world *w = world_of(s, &d, &sc, 3, 1);
    EPI_BUF_LOCAL(state, (size_t)1 << 24);
    uint32_t who[] = {1, 2, 3}, met[64];
    uint8_t how[64];
    int from = 0;
    bool home = true;
    epi_world_save(w, &state);
    epi_world_arrive(w, 1, true);
    epi_world_arrive(w, 2, false);
    epi_world_gather(w, who, 3, 0, 1, EPI_MEET_OTHER, 1);
    CHECK_INT(epi_world_infections(w), 1);
    epi_world_day(w);
    CHECK(epi_world_kept(w, 2, 1, &from, &home) && !home && from == 1);
    CHECK(epi_world_kept(w, 2, 5, &from, &home) && !epi_world_kept(w, 2, 6, &from, &home));
    CHECK_INT(epi_world_tally_all(w, 0, EPI_T_SAMPLES), 2);
    CHECK(!epi_world_locked(w, 1));
    size_t with = epi_world_met(w, 3, 0, met, how, 64);
    CHECK_OK(epi_world_restore(w, epi_buf_str(&state), NULL));
    CHECK_INT(epi_world_infections(w), 0);
    epi_world_day(w);
    CHECK_INT(epi_world_met(w, 3, 0, met, how, 64) + 2, with);
    epi_world_free(w);
    epi_society_free(s);
}
