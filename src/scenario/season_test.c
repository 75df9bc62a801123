// SPDX-License-Identifier: AGPL-3.0-or-later
/* Markets, worship, gatherings and feasts: what closes them, how far people come, who comes home.
 */
#include "scenario/test_society.h"
#include <stdio.h>

static struct epi_society *two_towns(const struct epi_season *season)
{
    struct epi_mixing m = even_mixing(3, 3, 8);
    struct epi_society_options o = usual_options();
    struct epi_place p[2] = {even_place(8000, "x/1/1/"), even_place(8000, "x/1/2/")};
    struct epi_society *s = NULL;
    p[1].lon += 0.1;
    p[0].sizes[2] = p[1].sizes[2] = 1;
    o.outing[EPI_MEET_MARKET - EPI_MEET_OTHER].share = 0.3;
    o.outing[EPI_MEET_MARKET - EPI_MEET_OTHER].stay = 0.5;
    o.outing[EPI_MEET_GATHERING - EPI_MEET_OTHER].share = 0.1;
    o.outing[EPI_MEET_GATHERING - EPI_MEET_OTHER].stay = 1;
    o.seasons_n = season != NULL;
    if (season)
        o.seasons[0] = *season;
    (void)!epi_society_build(p, 2, &m, &o, 7, &s, NULL);
    return s;
}
/* Contacts of many people on a day, by meeting, and those of them in the other town. */
static void count_met(const struct epi_world *w, int day, double met[EPI_MEETING_N],
                      double far[EPI_MEETING_N])
{
    uint32_t who[512];
    uint8_t how[512];
    memset(met, 0, EPI_MEETING_N * sizeof *met);
    memset(far, 0, EPI_MEETING_N * sizeof *far);
    for (uint32_t p = 0; p < w->s->n; p += 3) {
        size_t n = epi_world_met(w, p, day, who, how, EPI_COUNT(who));
        for (size_t k = 0; k < n && k < EPI_COUNT(who); k++) {
            met[how[k]]++;
            far[how[k]] += w->s->place[who[k]] != w->s->place[p];
        }
    }
}
static struct epi_natural_history catching(void)
{
    return epi_natural_history_plain(2, 5, 2);
}
TEST(markets_and_gatherings_are_their_share_of_the_other_contacts_and_reach_as_far_as_they_say)
{
    struct epi_society *s = two_towns(NULL);
    struct epi_natural_history d = catching();
    struct epi_scenario sc = epi_scenario_plain();
    double met[EPI_MEETING_N], far[EPI_MEETING_N];
    struct epi_world *w = world_of(s, &d, &sc, 1, 1);
    epi_world_day(w);
    count_met(w, 0, met, far);
    double all = met[EPI_MEET_OTHER] + met[EPI_MEET_MARKET] + met[EPI_MEET_GATHERING];
    CHECK_NEAR(all / (s->n / 3.0), 8, 0.15);
    CHECK_NEAR(met[EPI_MEET_MARKET] / all, 0.3, 0.02);
    CHECK_NEAR(met[EPI_MEET_GATHERING] / all, 0.1, 0.02);
    CHECK(met[EPI_MEET_WORSHIP] == 0);
    CHECK_NEAR(far[EPI_MEET_MARKET] / met[EPI_MEET_MARKET], 0.5, 0.03);
    CHECK_NEAR(far[EPI_MEET_OTHER] / met[EPI_MEET_OTHER], 0.15, 0.03);
    CHECK(far[EPI_MEET_GATHERING] == 0);
    epi_world_free(w);
    epi_society_free(s);
}
TEST(a_closed_market_infects_nobody_and_leaves_the_others_as_they_are)
{
    struct epi_society *s = two_towns(NULL);
    struct epi_natural_history d = catching();
    struct epi_scenario sc = epi_scenario_plain();
    double met[EPI_MEETING_N], far[EPI_MEETING_N], open = 0;
    sc.start.infected = 100;
    sc.days = 25;
    sc.level.fixed = 3;
    for (int shut = 0; shut < 2; shut++) {
        uint64_t infected[EPI_MEETING_N] = {0};
        sc.measures.market[3] = shut ? 0 : 1;
        struct epi_world *w = world_of(s, &d, &sc, 1, 1);
        run_all(w);
        for (int day = 0; day < sc.days; day++)
            for (int m = 0; m < EPI_MEETING_N; m++)
                infected[m] += epi_world_by_meeting(w, day, (enum epi_meeting)m);
        count_met(w, 20, met, far);
        CHECK((infected[EPI_MEET_MARKET] == 0) == (shut == 1));
        CHECK((met[EPI_MEET_MARKET] == 0) == (shut == 1));
        CHECK(infected[EPI_MEET_OTHER] > 50 && infected[EPI_MEET_GATHERING] > 5);
        if (shut)
            CHECK_NEAR(met[EPI_MEET_OTHER] / open, 1, 0.03);
        open = met[EPI_MEET_OTHER];
        epi_world_free(w);
    }
    epi_society_free(s);
}
TEST(a_feast_closes_schools_brings_people_together_and_brings_people_home)
{
    const struct epi_season feast = {.from = epi_date_ymd(2022, 1, 31),
                                     .to = epi_date_ymd(2022, 2, 2),
                                     .school = 0,
                                     .work = 0.2,
                                     .other = 1.5,
                                     .returns = 2000,
                                     .travel = 2};
    struct epi_society *s = two_towns(&feast);
    struct epi_natural_history d = catching();
    struct epi_scenario sc = epi_scenario_plain();
    double usual[EPI_MEETING_N], on_it[EPI_MEETING_N], far[EPI_MEETING_N];
    (void)snprintf(sc.base.date, sizeof sc.base.date, "2022-01-27");
    sc.days = 10;
    sc.start.infected = 0;
    sc.arrive.prevalence = 1;
    sc.season.observed = true;
    struct epi_world *w = world_of(s, &d, &sc, 1, 1);
    run_all(w);
    count_met(w, 0, usual, far);
    count_met(w, 5, on_it, far);
    CHECK(usual[EPI_MEET_SCHOOL] > 0 && on_it[EPI_MEET_SCHOOL] == 0);
    CHECK_NEAR(on_it[EPI_MEET_WORK] / usual[EPI_MEET_WORK], 0.2, 0.03);
    CHECK_NEAR(on_it[EPI_MEET_OTHER] / usual[EPI_MEET_OTHER], 1.5, 0.05);
    CHECK_NEAR(on_it[EPI_MEET_MARKET] / usual[EPI_MEET_MARKET], 1.5, 0.05);
    CHECK(epi_world_tally_all(w, 1, EPI_T_IMPORTED) == 0);
    CHECK_NEAR((double)epi_world_tally_all(w, 2, EPI_T_IMPORTED), 160, 40); /* 1 % of 16,000 */
    CHECK_NEAR((double)epi_world_tally_all(w, 3, EPI_T_IMPORTED), 160, 40);
    CHECK(epi_world_tally_all(w, 4, EPI_T_IMPORTED) == 0);
    epi_world_free(w);
    sc.season.observed = false;
    w = world_of(s, &d, &sc, 1, 1);
    run_all(w);
    count_met(w, 5, on_it, far);
    CHECK(on_it[EPI_MEET_SCHOOL] > 0 && epi_world_infections(w) == 0);
    epi_world_free(w);
    epi_society_free(s);
}
TEST(outings_above_one_and_feasts_that_end_before_they_begin_are_refused)
{
    struct epi_mixing m = even_mixing(3, 3, 8);
    struct epi_society_options o = usual_options();
    struct epi_place p = even_place(800, "x/1/1/");
    struct epi_society *s = NULL;
    struct epi_err e = {0};
    o.outing[1].share = 0.7, o.outing[2].share = 0.4;
    CHECK(epi_society_build(&p, 1, &m, &o, 7, &s, &e) == EPI_INVALID);
    CHECK_STR(epi_str_of(e.code), EPI_S("scenario.society-options"));
    o = usual_options();
    o.seasons_n = 1;
    o.seasons[0] = (struct epi_season){.from = {10}, .to = {9}, .other = 1};
    CHECK(epi_society_build(&p, 1, &m, &o, 7, &s, &e) == EPI_INVALID);
    CHECK_STR(epi_str_of(e.code), EPI_S("scenario.season"));
}
