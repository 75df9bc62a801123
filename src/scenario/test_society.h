/* Societies for tests: nobody but strangers, households of one size, or a small province; and a
 * response and a disease in which everything happens. */
#ifndef EPI_SCENARIO_TEST_SOCIETY_H
#define EPI_SCENARIO_TEST_SOCIETY_H
#include "base/test.h"
#include "scenario/scenario_internal.h"

/* Rates by setting, alike for every age: `other` contacts per day with anybody. */
static inline struct epi_mixing even_mixing(float school, float work, float other)
{
    struct epi_mixing m;
    const float rate[EPI_MIX_N] = {0, school, work, other};
    for (int area = 0; area < 2; area++)
        for (int k = 0; k < EPI_MIX_N; k++)
            for (int a = 0; a < EPI_MIX_BANDS; a++)
                for (int b = 0; b < EPI_MIX_BANDS; b++)
                    m.rate[area][k][a][b] = rate[k] / EPI_MIX_BANDS;
    for (int a = 0; a < EPI_MIX_BANDS; a++)
        m.ages[a] = 1;
    return m;
}
static inline struct epi_society_options lonely_options(void)
{
    return (struct epi_society_options){.class_from = 1,
                                        .class_to = 0,
                                        .class_size = 30,
                                        .work_from = 1,
                                        .work_to = 0,
                                        .workplace_mean = 10,
                                        .stay = 1,
                                        .distance_km = 10,
                                        .hamlet_households = 100};
}
static inline struct epi_society_options usual_options(void)
{
    return (struct epi_society_options){.class_from = 6,
                                        .class_to = 17,
                                        .enrolled = 0.9,
                                        .class_size = 35,
                                        .work_from = 18,
                                        .work_to = 60,
                                        .employed = 0.7,
                                        .workplace_mean = 8,
                                        .commute = 0.2,
                                        .stay = 0.85,
                                        .distance_km = 10,
                                        .hamlet_households = 100,
                                        .hospital = {0.02, 40, 6.5}};
}
static inline struct epi_place even_place(int64_t people, const char *path)
{
    struct epi_place p = {
        .path = epi_str_of(path), .name = epi_str_of(path), .lat = 21, .lon = 103};
    for (int b = 0; b < EPI_AGE_BANDS; b++)
        p.ages[b] = people / 16 * (b < 15 ? 1 : 0);
    p.ages[15] = people - 15 * (people / 16);
    return p;
}
/* `n` people who meet strangers alone. */
static inline struct epi_society *strangers(int64_t n, float contacts)
{
    struct epi_mixing m = even_mixing(0, 0, contacts);
    struct epi_society_options o = lonely_options();
    struct epi_place p = even_place(n, "x/1/");
    struct epi_society *s = NULL;
    (void)!epi_society_build(&p, 1, &m, &o, 7, &s, NULL);
    return s;
}
/* Places of `each` people with households, classes and workplaces. */
static inline struct epi_society *province(int64_t each, uint32_t places)
{
    static const char *const paths[] = {"x/1/1/", "x/1/2/", "x/1/3/", "x/2/1/", "x/2/2/", "x/2/3/"};
    struct epi_mixing m = even_mixing(2, 2, 6);
    struct epi_society_options o = usual_options();
    struct epi_place p[6];
    for (uint32_t i = 0; i < places; i++) {
        p[i] = even_place(each, paths[i]);
        p[i].district = (int32_t)(i / 3);
        p[i].lon += 0.1 * i;
        p[i].urban = i == 0;
        const double sizes[7] = {10, 18, 20, 26, 14, 7, 5};
        memcpy(p[i].sizes, sizes, sizeof sizes);
    }
    struct epi_society *s = NULL;
    (void)!epi_society_build(p, places, &m, &o, 7, &s, NULL);
    return s;
}
/* A response in which everything that can be done is done somewhat. */
static inline struct epi_scenario busy_response(void)
{
    struct epi_scenario s = epi_scenario_plain();
    s.days = 120;
    s.start.infected = 40;
    s.start.doses_one = 0.1;
    s.seek.share = 0.6;
    s.seek.severe_share = 0.95;
    s.seek.delay_mean = 2;
    s.lab.capacity = 300;
    s.lab.turnaround = 1;
    s.lab.pool = 5;
    s.lab.pool_loss = 0.02;
    s.lab.antigen = 0.2;
    s.lab.specificity = 0.995;
    s.isolate =
        (struct epi_lever_isolate){.days = 14, .home = 0.5, .compliance = 0.8, .at_home = 0.6};
    s.trace = (struct epi_lever_trace){.rings = 3,
                                       .back = 2,
                                       .home = 1,
                                       .school = 0.8,
                                       .work = 0.6,
                                       .other = 0.2,
                                       .delay = 1,
                                       .days_f1 = 14,
                                       .days_f2 = 7,
                                       .site = 0.4,
                                       .compliance = 0.8,
                                       .test_first = 1,
                                       .test_last = 13};
    s.site = (struct epi_lever_site){.places = 500, .contacts = 2};
    s.screen.share = 0.1;
    s.screen.every = 7;
    s.screen.when.found_weekly = 50;
    s.zone =
        (struct epi_lever_zone){.cases = 3, .window = 7, .delay = 1, .days = 14, .contacts = 0.2};
    s.level.from[2] = 20, s.level.from[3] = 50, s.level.from[4] = 150;
    s.level.hold = 7;
    for (int i = 2; i < EPI_LEVELS; i++)
        s.measures.school[i] = s.measures.work[i] = s.measures.other[i] = 1 - 0.2 * (i - 1);
    s.care = (struct epi_lever_care){.beds = 100,
                                     .icu = 10,
                                     .no_bed_death = 0.05,
                                     .no_icu_death = 0.5,
                                     .ward_contacts = 6,
                                     .protection = 0.5,
                                     .precautions = 0.2};
    s.vaccinate = (struct epi_lever_vaccinate){
        .per_day = 300, .from_age = 12, .gap = 21, .doses = 2, .reach = 0.9, .stock = 30000};
    s.behave.half_at = 300;
    s.behave.floor = 0.4;
    s.arrive = (struct epi_lever_arrive){
        .per_day = 20, .prevalence = 0.02, .site = 0.5, .days = 14, .tested = true};
    return s;
}
static inline struct epi_natural_history severe_disease(void)
{
    struct epi_natural_history d = epi_natural_history_plain(3, 5, 2);
    d.incubation = (struct epi_delay){5, 2};
    d.onset_to_severe = (struct epi_delay){5, 2};
    d.severe_to_critical = (struct epi_delay){2, 1};
    d.severe_to_out = d.critical_to_out = (struct epi_delay){12, 4};
    d.critical_to_death = (struct epi_delay){7, 3};
    for (size_t i = 0; i < EPI_AGES_10; i++) {
        d.symptomatic[i] = 0.7;
        d.severe[i] = 0.1;
        d.critical[i] = 0.03;
        d.death[i] = 0.01;
    }
    d.setting[EPI_MEET_HOME] = 3;
    d.dispersion = 0.5;
    d.vaccine_infection[1] = 0.3, d.vaccine_infection[2] = 0.7;
    return d;
}
static inline struct epi_world *world_of(const struct epi_society *s,
                                         const struct epi_natural_history *d,
                                         const struct epi_scenario *sc, uint64_t seed,
                                         unsigned threads)
{
    struct epi_world *w = NULL;
    (void)!epi_world_new(s, d, sc, seed, threads, &w, NULL);
    return w;
}
static inline void run_all(struct epi_world *w)
{
    for (int i = epi_world_days_done(w); i < w->sc.days; i++)
        epi_world_day(w);
}
#endif
