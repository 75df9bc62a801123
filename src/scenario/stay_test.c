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
    s.care.ward_contacts = 40;
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
TEST(who_was_met_at_a_site_or_in_a_ward_is_told_for_that_day_however_late_one_asks)
{
    USES_NO_RNG;
    struct epi_society *s = province(5000, 6);
    struct epi_natural_history d = severe_disease();
    struct epi_scenario sc = to_the_site();
    struct epi_world *w = world_of(s, &d, &sc, 6, 1);
    static const enum epi_meeting how[2] = {EPI_MEET_SITE, EPI_MEET_HOSPITAL};
    uint64_t missed[2][3] = {{0}}, all[2]; /* the same evening, a week later, at the end */
    for (int day = 0; day < sc.days; day++) {
        epi_world_day(w);
        for (int k = 0; k < 2; k++) {
            struct told now = asked(w, how[k], day), then = asked(w, how[k], day - 7);
            missed[k][0] += now.n - now.met;
            missed[k][1] += day < 7 ? 0 : then.n - then.met;
        }
    }
    for (int k = 0; k < 2; k++) {
        struct told t = asked(w, how[k], -1);
        all[k] = t.n;
        missed[k][2] = t.n - t.met;
    }
    epi_world_free(w);
    epi_society_free(s);
    CHECK(all[0] > 100);
    CHECK(all[1] > 100);
    for (int k = 0; k < 6; k++)
        CHECK_INT(missed[k / 3][k % 3], 0);
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

/* --- wards --- */
/* `n` people in bed from day 1 on, the first `cases` of them known cases. */
static struct epi_world *hospital(const struct epi_society *s, const struct epi_scenario *sc,
                                  uint32_t n, uint32_t cases)
{
    struct epi_natural_history d = epi_natural_history_plain(2, 5, 2);
    struct epi_world *w = world_of(s, &d, sc, 3, 1);
    for (uint32_t p = 0; p < n; p++) {
        if (p < cases) {
            (void)epi_world_infect(w, p, 0);
            w->p[p].flags |= EPI__POSITIVE;
        }
        epi__keep(w, p, EPI__IN_BED, 5, 1);
    }
    return w;
}
static struct epi_scenario open_wards(void)
{
    struct epi_scenario sc = epi_scenario_plain();
    sc.start.infected = 0;
    sc.care.ward_contacts = 4;
    return sc;
}
TEST(the_staff_of_a_hospital_is_shared_out_by_the_patients_of_its_wards)
{
    USES_NO_RNG;
    struct epi_society *s = province(5000, 1);
    struct epi_scenario sc = open_wards();
    struct epi_world *w = hospital(s, &sc, 40, 10);
    const uint32_t *staff;
    uint32_t all = epi_society_staff(s, 0, &staff), n[2], patients[2], wrong = 0;
    for (int ward = 0; ward < EPI__WARDS; ward++) {
        struct epi__company c;
        epi__company_in_ward(w, 0, ward, 1, &c);
        n[ward] = c.n - c.staff;
        patients[ward] = c.staff;
        for (uint32_t k = 0; k < c.staff; k++)
            wrong += (c.who[k] < 10) != (ward == EPI__WARD_CASES);
        for (uint32_t k = c.staff; k < c.n; k++)
            wrong += c.who[k] != staff[(ward == EPI__WARD_CASES ? 0 : n[0]) + k - c.staff];
        free(c.who);
    }
    epi_world_free(w);
    epi_society_free(s);
    CHECK(all > 20);
    CHECK_INT(patients[EPI__WARD_CASES], 10);
    CHECK_INT(patients[EPI__WARD_OTHERS], 30);
    CHECK_INT(n[EPI__WARD_CASES], all / 4);
    CHECK_INT(n[EPI__WARD_CASES] + n[EPI__WARD_OTHERS], all);
    CHECK_INT(wrong, 0);
}
TEST(an_inpatient_who_is_found_goes_to_the_ward_of_known_cases)
{
    USES_NO_RNG;
    struct epi_society *s = province(5000, 1);
    struct epi_scenario sc = open_wards();
    struct epi_world *w = hospital(s, &sc, 3, 0);
    uint32_t there[2][2];
    (void)epi_world_infect(w, 1, 0);
    epi_world_day(w);
    epi__due_on(w, 1, (struct epi__todo){.person = 1, .what = EPI__DUE_RESULT});
    for (int day = 1; day < 3; day++) {
        struct epi__company c;
        epi_world_day(w);
        for (int ward = 0; ward < EPI__WARDS; ward++) {
            epi__company_in_ward(w, 0, ward, day, &c);
            there[day - 1][ward] = 0;
            for (uint32_t k = 0; k < c.staff; k++)
                there[day - 1][ward] += c.who[k] == 1;
            free(c.who);
        }
    }
    epi_world_free(w);
    epi_society_free(s);
    CHECK_INT(there[0][EPI__WARD_OTHERS], 1); /* the result comes in the evening */
    CHECK_INT(there[0][EPI__WARD_CASES], 0);
    CHECK_INT(there[1][EPI__WARD_OTHERS], 0);
    CHECK_INT(there[1][EPI__WARD_CASES], 1);
}
TEST(an_inpatient_met_by_a_case_is_listed_once_and_stays_in_bed)
{
    USES_NO_RNG;
    struct epi_society *s = province(5000, 1);
    uint32_t listed[2];
    int to[2];
    for (int open = 0; open < 2; open++) {
        struct epi_scenario sc = open_wards();
        sc.care.ward_contacts = open ? 4 : 0;
        sc.trace = (struct epi_lever_trace){.rings = 1, .days_f1 = 14, .test_first = 1};
        struct epi_world *w = hospital(s, &sc, 3, 0);
        epi_world_day(w);
        for (int twice = 0; twice < 2; twice++)
            epi__due_on(w, 1, (struct epi__todo){.person = 2, .what = EPI__DUE_LIST, .ring = 1});
        epi_world_day(w);
        listed[open] = epi_world_tally(w, 1, 0, EPI_T_LISTED_F1);
        to[open] = epi__kept_on(w, 2, 3) == EPI__IN_BED ? w->p[2].kept_to : -1;
        epi_world_free(w);
    }
    epi_society_free(s);
    CHECK_INT(listed[0], 0); /* as ever when wards are closed */
    CHECK_INT(to[0], 6);
    CHECK_INT(listed[1], 1);
    CHECK_INT(to[1], 16);
}
