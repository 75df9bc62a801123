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
