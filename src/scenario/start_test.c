// SPDX-License-Identifier: AGPL-3.0-or-later
/* A run that begins from a register: as many as the register says, where it says, and the curve of
 * the found goes on. */
#include "scenario/test_register.h"

static struct epi_start_person sick(uint32_t place, int age, int onset, int found)
{
    struct epi_start_person p = well(place, age, 0);
    p.state = EPI_START_INFECTED;
    p.onset = (int16_t)onset;
    p.found = (int16_t)found;
    return p;
}
/* Of every place: `each` of every sort, of all ages. */
static struct epi_start mixed(struct epi_arena *a, uint32_t places, int each)
{
    struct epi_start s = {.as_of = epi_date_ymd(2021, 11, 16), .places_n = places};
    s.people = EPI_ARRAY(a, (size_t)places * (size_t)each * 6, struct epi_start_person);
    for (uint32_t place = 0; place < places; place++)
        for (int i = 0; i < each; i++) {
            struct epi_start_person p = sick(place, 5 + i * 7 % 70, -2 - i % 6, -1 - i % 2);
            p.kept_from = p.found;
            p.kept_to = 10;
            p.where = EPI_START_HOME;
            p.severity = i % 10 == 0 ? EPI_START_SEVERE : EPI_START_MILD;
            s.people[s.n++] = p;
            p = sick(place, 20 + i % 40, -40 - i, -37 - i);
            p.state = EPI_START_RECOVERED;
            p.over = (int16_t)(-20 - i);
            s.people[s.n++] = p;
            p.state = i % 5 ? EPI_START_RECOVERED : EPI_START_DIED;
            p.over = -10;
            s.people[s.n++] = p;
            p = well(place, 30 + i % 20, 0);
            p.kept_from = -3;
            p.kept_to = 11;
            p.where = EPI_START_SITE;
            s.people[s.n++] = p;
            p = well(place, 18 + i % 60, 0);
            p.doses = (uint8_t)(1 + i % 2);
            p.dose_day = -30;
            s.people[s.n++] = p;
            s.people[s.n++] = p;
        }
    return s;
}
struct counted {
    uint32_t active, positive, dead, kept, doses, over;
};
static struct counted count_place(const struct epi_world *w, uint32_t place)
{
    struct counted c = {0};
    for (uint32_t p = w->s->place_first[place]; p < w->s->place_first[place + 1]; p++) {
        const struct epi__person *x = &w->p[p];
        c.active += (x->flags & EPI__ACTIVE) != 0;
        c.positive += (x->flags & EPI__POSITIVE) != 0;
        c.dead += (x->flags & EPI__DEAD) != 0;
        c.kept += epi__kept_on(w, p, 0) != EPI__FREE;
        c.doses += x->doses;
        c.over += x->last && !(x->flags & (EPI__ACTIVE | EPI__DEAD));
    }
    return c;
}
TEST(as_many_are_infected_isolated_and_vaccinated_in_each_place_as_the_register_says)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct epi_society *s = province(3000, 6);
    struct epi_natural_history d = epi_natural_history_plain(1.5, 6, 2);
    struct epi_scenario sc = epi_scenario_plain();
    struct epi_start start = mixed(a, 6, 20);
    struct epi_start_taken taken;
    struct epi_start_counts of;
    struct epi_world *w = world_of(s, &d, &sc, 3, 1);
    epi_world_begin(w, &start, &taken);
    epi_start_count(&start, &of);
    CHECK_INT(memcmp(&of, &taken.of, sizeof of), 0);
    CHECK_INT(taken.unplaced, 0);
    for (uint32_t place = 0; place < 6; place++) {
        struct counted c = count_place(w, place);
        CHECK_INT(c.positive, 20);
        CHECK(c.active >= c.positive); /* with those not found yet */
        CHECK_INT(c.dead, 4);
        CHECK_INT(c.kept, 40);
        CHECK_INT(c.doses, 60);
        CHECK(c.over >= 36);
        CHECK_INT(w->site[place].now, 20);
        uint32_t found = 0;
        for (int day = -7; day < 0; day++)
            found += epi__before(w, place, day)[EPI__BEFORE_FOUND];
        CHECK_INT(found, 20);
    }
    CHECK_INT(of.infected, 120);
    CHECK_INT(of.severe, 12);
    CHECK_INT(w->sick_none.n, 12);
    epi_world_day(w);
    CHECK_INT(epi_world_tally_all(w, 0, EPI_T_ISOLATED), 120);
    CHECK_INT(epi_world_tally_all(w, 0, EPI_T_AT_SITE), 120);
    CHECK_INT(epi_world_tally_all(w, 0, EPI_T_BEDS) + epi_world_tally_all(w, 0, EPI_T_NO_BED), 12);
    CHECK_INT(epi_world_tally_all(w, 0, EPI_T_FOUND), 0);
    epi_world_free(w);
    epi_society_free(s);
}
static bool outside_only_by_the_free(void *ctx, const struct epi_infection *i)
{
    const struct epi_world *w = ctx;
    if (i->day < 0 || i->by == EPI_NOBODY || i->how == EPI_MEET_HOME)
        return true;
    const struct epi_infection *by = epi__latest(w, i->by);
    if (by->found < 0 && by->day < 0 && i->day < 10)
        epi_test_fail(__FILE__, __LINE__, "%u infected %u on day %d (%s)", i->by, i->person, i->day,
                      epi_meeting_word((enum epi_meeting)i->how));
    return true;
}
TEST(somebody_known_in_isolation_infects_nobody_outside)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct epi_society *s = province(3000, 6);
    struct epi_natural_history d = epi_natural_history_plain(4, 6, 2);
    struct epi_scenario sc = epi_scenario_plain();
    struct epi_start start = mixed(a, 6, 20);
    struct epi_world *w = world_of(s, &d, &sc, 3, 1);
    epi_world_begin(w, &start, NULL);
    while (epi_world_days_done(w) < 10)
        epi_world_day(w);
    epi_world_each(w, outside_only_by_the_free, w);
    CHECK(epi_world_infections(w) > start.n);
    epi_world_free(w);
    epi_society_free(s);
}
TEST(people_of_one_household_stay_together_and_keep_their_ages)
{
    USES_NO_RNG;
    struct epi_society *s = province(6000, 1);
    struct epi_natural_history d = epi_natural_history_plain(2, 6, 2);
    struct epi_scenario sc = epi_scenario_plain();
    struct epi_world *w = world_of(s, &d, &sc, 3, 1);
    struct epi_start_person people[300];
    size_t together = 0, aged = 0;
    for (uint32_t i = 0; i < 100; i++) {
        for (uint32_t k = 0; k < 3; k++)
            people[3 * i + k] = well(0, k < 2 ? 30 + (int)i % 20 : 40 - (int)i % 20, i + 1);
        people[3 * i] = sick(0, 30 + (int)i % 20, -3, -1);
        people[3 * i].household = i + 1;
    }
    struct epi_start start = {.people = people, .n = EPI_COUNT(people)};
    uint32_t *who = epi__start_match(w, &start);
    for (size_t i = 0; i < 300; i++) {
        CHECK(who[i] != EPI_NOBODY);
        int off = epi_society_age(s, who[i]) - people[i].age;
        aged += off <= 5 && off >= -5;
        if (i % 3 == 0) {
            uint32_t first, n;
            epi_society_home(s, who[i], &first, &n);
            for (size_t k = 1; k < 3; k++)
                together += who[i + k] >= first && who[i + k] < first + n;
        }
        for (size_t k = 0; k < i; k++)
            if (who[k] == who[i])
                epi_test_fail(__FILE__, __LINE__, "%u stands for two", who[i]);
    }
    CHECK(together >= 100); /* of 200; ages at random within a household fit no better */
    CHECK(aged >= 295);
    free(who);
    epi_world_free(w);
    epi_society_free(s);
}

/* --- joining --- */
static double found_in(const struct epi_world *w, int from, int to)
{
    double n = 0;
    for (int day = from; day < to; day++)
        n += (double)epi_world_tally_all(w, day, EPI_T_FOUND);
    return n;
}
static struct epi_scenario responding(void)
{
    struct epi_scenario sc = epi_scenario_plain();
    sc.days = 60;
    sc.start.infected = 40;
    sc.seek = (struct epi_lever_seek){.share = 0.6, .severe_share = 0.9, .delay_mean = 2};
    sc.lab.turnaround = 1;
    sc.isolate = (struct epi_lever_isolate){.days = 14, .home = 1, .compliance = 0.8, .at_home = 1};
    return sc;
}
TEST(the_curve_of_the_found_goes_on_where_the_register_ends)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct epi_society *s = province(20000, 6);
    struct epi_natural_history d = epi_natural_history_plain(1.6, 6, 2.5);
    struct epi_scenario sc = responding();
    double before = 0, went_on[2] = {0}, joined[2] = {0};
    d.incubation = (struct epi_delay){5, 2};
    for (uint64_t seed = 1; seed <= 60; seed++) {
        struct epi_world *w = world_of(s, &d, &sc, seed, 1), *v;
        struct test_register r = test_register_of(a, w);
        struct epi_listener l = {
            .ctx = &r, .named = test_register_named, .tested = test_register_tested};
        epi_world_listen(w, &l);
        while (epi_world_days_done(w) < 40)
            epi_world_day(w);
        struct epi_start start = test_register_start(a, &r);
        before += found_in(w, 33, 40);
        run_all(w);
        went_on[0] += found_in(w, 40, 47);
        went_on[1] += found_in(w, 47, 54);
        struct epi_scenario from = sc;
        from.days = 20;
        from.start.hidden = 0.67; /* one of 0.6 is found */
        v = world_of(s, &d, &from, seed + 100, 1);
        epi_world_begin(v, &start, NULL);
        run_all(v);
        joined[0] += found_in(v, 0, 7);
        joined[1] += found_in(v, 7, 14);
        epi_world_free(v);
        epi_world_free(w);
    }
    CHECK(before > 3000);
    /* standard error 0.018 of the first week */
    CHECK_NEAR(joined[0] / went_on[0], 1, 0.04);
    CHECK_NEAR(joined[1] / went_on[1], 1, 0.05);
    epi_society_free(s);
}
TEST(hamlets_that_the_rule_would_have_locked_are_locked_on_the_first_day)
{
    USES_NO_RNG;
    struct epi_society *s = province(3000, 1);
    struct epi_natural_history d = epi_natural_history_plain(1.5, 6, 2);
    struct epi_scenario sc = epi_scenario_plain();
    sc.zone =
        (struct epi_lever_zone){.cases = 3, .window = 7, .delay = 1, .days = 14, .contacts = 0.2};
    struct epi_start_person home[5]; /* one household, found in one week */
    for (int i = 0; i < 5; i++) {
        home[i] = sick(0, 20 + 10 * i, -8, -5);
        home[i].household = 7;
    }
    struct epi_start start = {.people = home, .n = 5};
    struct epi_world *w = world_of(s, &d, &sc, 3, 1), *other;
    epi_world_begin(w, &start, NULL);
    epi_world_day(w);
    CHECK(epi_world_tally_all(w, 0, EPI_T_LOCKED) > 0);
    sc.zone.when.from = 5; /* begins later: nothing is locked yet */
    other = world_of(s, &d, &sc, 3, 1);
    epi_world_begin(other, &start, NULL);
    epi_world_day(other);
    CHECK_INT(epi_world_tally_all(other, 0, EPI_T_LOCKED), 0);
    epi_world_free(w);
    epi_world_free(other);
    epi_society_free(s);
}
TEST(a_run_from_a_register_is_the_same_on_any_threads_and_after_a_stop)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct epi_society *s = province(5000, 6);
    struct epi_natural_history d = epi_natural_history_plain(2, 6, 2);
    struct epi_scenario sc = responding();
    struct epi_start start = mixed(a, 6, 10), *again;
    EPI_BUF_LOCAL(b, 1 << 24);
    EPI_BUF_LOCAL(bytes, 1 << 24);
    epi_start_save(&start, &bytes);
    CHECK_OK(epi_start_restore(a, epi_buf_str(&bytes), &again, NULL));
    CHECK_INT(epi_start_restore(a, epi_str_sub(epi_buf_str(&bytes), 0, bytes.n - 1), &again, NULL),
              EPI_CORRUPT);
    sc.start.hidden = 1;
    struct epi_world *one = world_of(s, &d, &sc, 3, 1), *two = world_of(s, &d, &sc, 3, 2),
                     *cut = world_of(s, &d, &sc, 3, 1);
    epi_world_begin(one, &start, NULL);
    epi_world_begin(two, again, NULL);
    for (int i = 0; i < 25; i++) {
        epi_world_day(one);
        epi_world_day(two);
    }
    CHECK(epi_world_digest(one) == epi_world_digest(two));
    epi_world_save(one, &b);
    CHECK_OK(epi_world_restore(cut, epi_buf_str(&b), NULL));
    run_all(one);
    run_all(cut);
    CHECK(epi_world_digest(one) == epi_world_digest(cut));
    epi_world_free(one);
    epi_world_free(two);
    epi_world_free(cut);
    epi_society_free(s);
}
TEST(the_days_of_infection_not_yet_reported_are_made_up_for)
{
    USES_NO_RNG;
    /* 20 infected a day, found 4 to 10 days later */
    struct epi_start_person people[20 * 60];
    int16_t infected[20 * 60];
    double all = 0;
    struct epi_start s = {.people = people};
    struct epi__curve c;
    for (int ago = 0; ago < 60; ago++)
        for (int i = 0; i < 20; i++) {
            int day = -1 - ago, found = day + 4 + i % 7;
            if (found >= 0)
                continue;
            infected[s.n] = (int16_t)day;
            people[s.n++] = sick(0, 30, day + 2, found);
        }
    epi__start_curve(&s, infected, NULL, 0.5, &c);
    for (int ago = 0; ago < 40; ago++) {
        CHECK_NEAR(c.found[ago] + c.missing[ago], 20, 4.5);
        CHECK_NEAR(c.never[ago], 0.5 * (c.found[ago] + c.missing[ago]), 1e-9);
        all += c.found[ago] + c.missing[ago];
    }
    CHECK_NEAR(all / 40, 20, 0.7);
    CHECK_NEAR(c.missing[0], 20, 4.5);
}
/* Infected by the day, as many times more a day later as exp(growth), with a rise before; found 3
 * days after their onset. Returns those not found yet. */
static double grown(struct epi_start *s, size_t max, const struct epi_natural_history *d,
                    double growth, uint32_t seed)
{
    double missing = 0;
    for (int ago = 0; ago < 100; ago++) {
        double rise = ago < 60 ? 0 : 0.2 * (ago - 60);
        long n = lround(100 * exp(growth * (20 - (ago < 60 ? ago : 60)) - rise));
        for (long i = 0; i < n; i++) {
            struct epi__draw r = epi__draw(seed, (uint32_t)i, (uint32_t)ago, 1);
            int incubation = epi__delay_days(&r, &d->incubation);
            int onset = -1 - ago + (incubation < 1 ? 1 : incubation);
            if (onset + 3 < 0 && s->n < max)
                s->people[s->n++] = sick(0, 30, onset, onset + 3);
            else
                missing++;
        }
    }
    return missing;
}
TEST(growth_or_decline_biases_nothing_in_the_number_still_to_be_found)
{
    USES_NO_RNG;
    static struct epi_start_person people[40000];
    static int16_t infected[EPI_COUNT(people)];
    const double growth[] = {-0.05, 0, 0.05};
    struct epi_natural_history d = epi_natural_history_plain(2, 6, 2);
    d.incubation = (struct epi_delay){8, 4};
    for (size_t g = 0; g < EPI_COUNT(growth); g++) {
        double sum = 0;
        for (uint32_t seed = 1; seed <= 40; seed++) {
            struct epi_start s = {.people = people};
            struct epi__curve c;
            double missing = grown(&s, EPI_COUNT(people), &d, growth[g], seed), got = 0;
            epi__start_infected_on(&s, &d, seed, infected);
            epi__start_curve(&s, infected, NULL, 0, &c);
            for (int ago = 0; ago < EPI__PAST; ago++)
                got += c.missing[ago];
            sum += got / missing;
        }
        CHECK_NEAR(sum / 40, 1, 0.035); /* standard error 0.01 */
    }
}
