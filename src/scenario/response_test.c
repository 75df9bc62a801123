// SPDX-License-Identifier: AGPL-3.0-or-later
#include "scenario/test_society.h"

static uint64_t sum_of(const struct epi_world *w, enum epi_tally t)
{
    uint64_t n = 0;
    for (int day = 0; day < epi_world_days_done(w); day++)
        n += epi_world_tally_all(w, day, t);
    return n;
}
TEST(a_run_is_the_same_on_one_and_two_threads_and_after_a_pause)
{
    USES_NO_RNG;
    struct epi_society *s = province(8000, 6);
    struct epi_natural_history d = severe_disease();
    struct epi_scenario sc = busy_response();
    struct epi_world *one = world_of(s, &d, &sc, 9, 1), *two = world_of(s, &d, &sc, 9, 2);
    struct epi_world *rest = world_of(s, &d, &sc, 9, 2), *other = world_of(s, &d, &sc, 10, 1);
    EPI_BUF_LOCAL(saved, (size_t)1 << 30);
    run_all(one);
    run_all(two);
    run_all(other);
    for (int i = 0; i < 40; i++)
        epi_world_day(rest);
    epi_world_save(rest, &saved);
    epi_world_free(rest);
    rest = world_of(s, &d, &sc, 9, 1);
    epi_status status = epi_world_restore(rest, epi_buf_str(&saved), NULL);
    epi_status wrong = epi_world_restore(other, epi_buf_str(&saved), NULL);
    run_all(rest);
    uint64_t a = epi_world_digest(one), b = epi_world_digest(two), c = epi_world_digest(rest),
             e = epi_world_digest(other);
    epi_world_free(one);
    epi_world_free(two);
    epi_world_free(rest);
    epi_world_free(other);
    epi_society_free(s);
    CHECK_OK(status);
    CHECK_INT(wrong, EPI_CONFLICT);
    CHECK(a == b);
    CHECK(a == c);
    CHECK(a != e);
}
TEST(every_part_of_a_response_leaves_its_trace_in_the_counts)
{
    USES_NO_RNG;
    struct epi_society *s = province(10000, 6);
    struct epi_natural_history d = severe_disease();
    struct epi_scenario sc = busy_response();
    struct epi_world *w = world_of(s, &d, &sc, 4, 1);
    run_all(w);
    static const enum epi_tally all[] = {
        EPI_T_IMPORTED,     EPI_T_ONSETS,         EPI_T_FOUND_COMMUNITY,
        EPI_T_FOUND_TRACED, EPI_T_FOUND_SCREENED, EPI_T_SAMPLES,
        EPI_T_TESTED,       EPI_T_FALSE_POSITIVE, EPI_T_LISTED_F1,
        EPI_T_LISTED_F2,    EPI_T_LISTED_F3,      EPI_T_ISOLATED,
        EPI_T_AT_HOME,      EPI_T_AT_SITE,        EPI_T_BEDS,
        EPI_T_ICU,          EPI_T_DEATHS,         EPI_T_RECOVERED,
        EPI_T_DOSES,        EPI_T_LOCKED};
    uint64_t n[EPI_COUNT(all)], found = sum_of(w, EPI_T_FOUND), samples = sum_of(w, EPI_T_SAMPLES),
                                tested = sum_of(w, EPI_T_TESTED), parts = 0, bounds = 0, queue;
    for (size_t i = 0; i < EPI_COUNT(all); i++)
        n[i] = sum_of(w, all[i]);
    parts = n[2] + n[3] + n[4];
    queue = epi_world_tally_all(w, sc.days - 1, EPI_T_QUEUE);
    double each = epi_society_people(s) / 1e5;
    for (int day = 0; day < sc.days;
         day++) { /* what there is of beds, tests and doses bounds their use */
        bounds += (double)epi_world_tally_all(w, day, EPI_T_BEDS) > sc.care.beds * each + 1;
        bounds += (double)epi_world_tally_all(w, day, EPI_T_ICU) > sc.care.icu * each + 1;
        bounds += (double)epi_world_tally_all(w, day, EPI_T_AT_SITE) > sc.site.places * each + 60;
    }
    epi_world_free(w);
    epi_society_free(s);
    for (size_t i = 0; i < EPI_COUNT(all); i++)
        if (n[i] == 0) {
            epi_test_fail(__FILE__, __LINE__, "nothing counted as %s", epi_tally_word(all[i]));
            return;
        }
    CHECK_INT(parts, found);
    CHECK_INT(tested + queue, samples);
    CHECK_INT(bounds, 0);
}
TEST(perfect_isolation_from_the_first_day_leaves_no_further_case)
{
    USES_NO_RNG;
    struct epi_society *s = province(5000, 6);
    struct epi_natural_history d = epi_natural_history_plain(3, 5, 2);
    struct epi_scenario sc = epi_scenario_plain();
    sc.days = 60;
    sc.start.infected = 30;
    sc.screen.share = 1; /* everybody, every day, by a perfect antigen test */
    sc.screen.every = 1;
    sc.lab.antigen = 1;
    d.antigen[0] = 1;
    sc.isolate = (struct epi_lever_isolate){.days = 30, .home = 0, .compliance = 1, .at_home = 0};
    struct epi_world *w = world_of(s, &d, &sc, 2, 1);
    run_all(w);
    uint64_t n = epi_world_infections(w);
    epi_world_free(w);
    epi_society_free(s);
    CHECK_INT(n, 30);
}
TEST(measures_that_hold_everywhere_count_once_between_places)
{
    USES_NO_RNG;
    struct epi_society *s = province(20000, 6);
    struct epi_natural_history d = epi_natural_history_plain(2, 1, 0);
    struct epi_scenario sc = epi_scenario_plain();
    double met[2] = {0};
    uint32_t who[512];
    uint8_t how[512];
    for (int shut = 0; shut < 2; shut++) {
        sc.level.fixed = 2;
        sc.measures.other[2] = shut ? 0.4 : 1;
        struct epi_world *w = world_of(s, &d, &sc, 6, 1);
        epi_world_day(w);
        for (uint32_t p = 0; p < s->n; p++) {
            size_t n = epi_world_met(w, p, 0, who, how, 512);
            for (size_t k = 0; k < n; k++)
                met[shut] += how[k] == EPI_MEET_OTHER && s->place[who[k]] != s->place[p];
        }
        epi_world_free(w);
    }
    epi_society_free(s);
    CHECK(met[0] > 50000);
    CHECK_NEAR(met[1] / met[0], 0.4, 0.01); /* 4 standard errors */
}
struct pairs {
    const struct epi_world *w;
    uint64_t n, met;
};
static bool look_at(void *ctx, const struct epi_infection *i)
{
    struct pairs *p = ctx;
    uint32_t who[1024];
    uint8_t how[1024];
    if (i->by == EPI_NOBODY)
        return true;
    p->n++;
    size_t n = epi_world_met(p->w, i->by, i->day, who, how, 1024);
    for (size_t k = 0; k < n; k++)
        if (who[k] == i->person && how[k] == i->how) {
            p->met++;
            break;
        }
    return true;
}
TEST(tracing_is_told_of_every_contact_that_infected)
{
    USES_NO_RNG;
    struct epi_society *s = province(5000, 6);
    struct epi_natural_history d = severe_disease();
    struct epi_scenario sc = epi_scenario_plain();
    sc.days = 60;
    sc.start.infected = 10;
    struct epi_world *w = world_of(s, &d, &sc, 6, 1);
    run_all(w);
    struct pairs p = {.w = w};
    epi_world_each(w, look_at, &p);
    epi_world_free(w);
    epi_society_free(s);
    CHECK(p.n > 1000);
    CHECK_INT(p.met, p.n);
}
TEST(the_mean_number_of_contacts_is_that_of_the_matrix)
{
    USES_NO_RNG;
    struct epi_society *s = strangers(20000, 12);
    struct epi_natural_history d = epi_natural_history_plain(2, 5, 2);
    struct epi_scenario sc = epi_scenario_plain();
    struct epi_world *w = world_of(s, &d, &sc, 6, 1);
    epi_world_day(w);
    double sum = 0;
    uint32_t who[512];
    uint8_t how[512];
    for (uint32_t p = 0; p < 20000; p++)
        sum += (double)epi_world_met(w, p, 0, who, how, 512);
    epi_world_free(w);
    epi_society_free(s);
    CHECK_NEAR(sum / 20000, 12, 0.1); /* 4 standard errors */
}
