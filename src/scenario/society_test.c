// SPDX-License-Identifier: AGPL-3.0-or-later
#include "scenario/test_society.h"

TEST(everybody_of_a_class_or_workplace_says_so)
{
    struct epi_society *s = province(2000, 3);
    uint32_t in_groups = 0, with_group = 0;
    for (uint32_t g = 0; g < epi_society_groups(s); g++) {
        const uint32_t *member;
        uint32_t n = epi_society_members(s, g, &member);
        CHECK(n >= 1);
        in_groups += n;
        for (uint32_t i = 0; i < n; i++) {
            int age = epi_society_age(s, member[i]);
            CHECK_INT(epi_society_group_of(s, member[i]), g);
            CHECK(epi_society_works(s, g) ? age >= 18 && age <= 60 : age >= 6 && age <= 17);
        }
    }
    for (uint32_t p = 0; p < epi_society_people(s); p++)
        with_group += epi_society_group_of(s, p) != EPI_NOBODY;
    CHECK_INT(in_groups, with_group);
    CHECK(with_group > epi_society_people(s) / 3);
    epi_society_free(s);
}

TEST(places_that_the_caller_made_get_the_settings_of_the_pack)
{
    EPI_ARENA_LOCAL(a);
    struct epi_units *u = NULL;
    struct epi_society *s = NULL;
    const struct epi_fs *fs = &epi_io_real()->fs;
    CHECK_OK(epi_units_load(fs, epi_test_repo(a, "data/packs/vn"), &u, NULL, NULL));
    struct epi_place p[2] = {even_place(160, "vn/11/094/03124/"), even_place(320, "vn/11/095/")};
    CHECK_OK(epi_society_of_places(u, fs, p, 2, 1, &s, NULL));
    CHECK_INT(epi_society_people(s), 480);
    CHECK(epi_society_place(s, 0)->urban);
    CHECK(!epi_society_place(s, 1)->urban);
    epi_society_free(s);
    epi_units_free(u);
}
static epi_status build(const struct epi_resident *people, size_t n, struct epi_society **ret,
                        struct epi_err *e)
{
    struct epi_mixing m = even_mixing(5, 5, 5);
    struct epi_society_options o = lonely_options();
    struct epi_place p = even_place(16, "x/1/");
    return epi_society_of_people(&p, people, n, &m, &o, ret, e);
}
TEST(people_known_one_by_one_keep_their_company)
{
    const struct epi_resident people[] = {
        {.age = 40, .household = 9, .group = 5, .works = true},
        {.age = 8, .household = 9, .group = 2},
        {.age = 9, .household = 4, .group = 2},
        {.age = 70, .household = 4},
        {.age = 30, .household = 4, .group = 5, .works = true},
    };
    struct epi_society *s = NULL;
    const uint32_t *members = NULL;
    uint32_t first, n;
    CHECK(build(people, 5, &s, NULL) == EPI_OK);
    CHECK(epi_society_people(s) == 5 && epi_society_age(s, 3) == 70);
    epi_society_home(s, 3, &first, &n);
    CHECK(first == 2 && n == 3);
    CHECK(epi_society_group(s, 1, &members) == 2 && members[0] == 1 && members[1] == 2);
    CHECK(epi_society_group(s, 4, &members) == 2 && members[0] == 0 && members[1] == 4);
    CHECK(epi_society_group(s, 3, &members) == 0);
    CHECK(epi__works(s, s->group[0]) && !epi__works(s, s->group[1]));
    const struct epi_place *p = epi_society_place(s, 0);
    CHECK(p->ages[1] == 2 && p->ages[6] == 1 && p->ages[8] == 1 && p->ages[14] == 1);
    epi_society_free(s);
}
TEST(a_list_without_people_or_with_a_crowd_as_household_is_refused)
{
    struct epi_resident crowd[256] = {{0}};
    struct epi_society *s = NULL;
    struct epi_err e = {0};
    CHECK(build(crowd, 0, &s, &e) == EPI_INVALID);
    CHECK_STR(epi_str_of(e.code), EPI_S("scenario.population-none"));
    CHECK(build(crowd, 256, &s, &e) == EPI_LIMIT);
    CHECK_STR(epi_str_of(e.code), EPI_S("scenario.household-large"));
    CHECK(build(crowd, 255, &s, &e) == EPI_OK);
    epi_society_free(s);
}
