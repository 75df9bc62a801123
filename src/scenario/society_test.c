// SPDX-License-Identifier: AGPL-3.0-or-later
#include "scenario/test_society.h"

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
