// SPDX-License-Identifier: AGPL-3.0-or-later
#include "scenario/test_society.h"

/* Where most are taken to a site, among others who come and go. */
static struct epi_scenario to_the_site(void)
{
    struct epi_scenario s = busy_response();
    s.site = (struct epi_lever_site){.contacts = 8};
    s.trace.site = s.arrive.site = 1;
    s.isolate.days = 5; /* the found leave the site for a bed, and may be back for another order */
    s.arrive.per_day = 100;
    s.vaccinate.per_day = 0;
    return s;
}
struct told {
    const struct epi_world *w;
    enum epi_meeting how;
    int day; /* of the infections asked about; -1: all */
    uint64_t n, met;
};
static bool ask(void *ctx, const struct epi_infection *i)
{
    struct told *t = ctx;
    uint32_t who[1024];
    uint8_t how[1024];
    if (i->how != t->how || (t->day >= 0 && i->day != t->day))
        return true;
    t->n++;
    size_t n = epi_world_met(t->w, i->by, i->day, who, how, 1024);
    for (size_t k = 0; k < n && k < 1024; k++)
        if (who[k] == i->person && how[k] == i->how) {
            t->met++;
            break;
        }
    return true;
}
static struct told asked(const struct epi_world *w, enum epi_meeting how, int day)
{
    struct told t = {.w = w, .how = how, .day = day};
    epi_world_each(w, ask, &t);
    return t;
}
TEST(who_was_met_at_a_site_is_told_for_that_day_however_late_one_asks)
{
    USES_NO_RNG;
    struct epi_society *s = province(5000, 6);
    struct epi_natural_history d = severe_disease();
    struct epi_scenario sc = to_the_site();
    struct epi_world *w = world_of(s, &d, &sc, 6, 1);
    uint64_t missed[3] = {0}; /* the same evening, a week later, at the end */
    for (int day = 0; day < sc.days; day++) {
        epi_world_day(w);
        struct told now = asked(w, EPI_MEET_SITE, day), then = asked(w, EPI_MEET_SITE, day - 7);
        missed[0] += now.n - now.met;
        missed[1] += day < 7 ? 0 : then.n - then.met;
    }
    struct told all = asked(w, EPI_MEET_SITE, -1);
    missed[2] = all.n - all.met;
    epi_world_free(w);
    epi_society_free(s);
    CHECK(all.n > 100);
    CHECK_INT(missed[0], 0);
    CHECK_INT(missed[1], 0);
    CHECK_INT(missed[2], 0);
}
TEST(those_at_a_site_meet_the_others_so_often_a_day)
{
    USES_NO_RNG;
    struct epi_society *s = strangers(16000, 2);
    struct epi_natural_history d = epi_natural_history_plain(2, 5, 2);
    struct epi_scenario sc = epi_scenario_plain();
    sc.start.infected = 0;
    sc.site.contacts = 5;
    struct epi_world *w = world_of(s, &d, &sc, 3, 1);
    for (uint32_t p = 0; p < 2000; p++)
        epi__keep(w, p, EPI__AT_SITE, p < 1000 ? 1 : 3, 1); /* days 1, or 1 to 3 */
    for (int day = 0; day < 4; day++)
        epi_world_day(w);
    double met[3] = {0}, gone = 0;
    uint32_t who[256];
    uint8_t how[256];
    for (uint32_t p = 0; p < 2000; p++)
        for (int day = 1; day < 4; day++) {
            size_t n = epi_world_met(w, p, day, who, how, 256);
            for (size_t k = 0; k < n; k++) {
                met[day - 1] += how[k] == EPI_MEET_SITE;
                gone += how[k] == EPI_MEET_SITE && day > 1 && who[k] < 1000;
            }
        }
    uint32_t left = w->site[0].now;
    epi_world_free(w);
    epi_society_free(s);
    CHECK_NEAR(met[0] / 2000, 5 * 1999.0 / 2000, 0.2); /* 4 standard errors */
    CHECK_NEAR(met[1] / 1000, 5 * 999.0 / 1000, 0.28);
    CHECK_NEAR(met[2] / 1000, 5 * 999.0 / 1000, 0.28);
    CHECK_INT(gone, 0);
    CHECK_INT(left, 0);
}
