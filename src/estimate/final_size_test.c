// SPDX-License-Identifier: AGPL-3.0-or-later
#include "estimate/test_run.h"
#include "stats/stats.h"

/* For one R0; returns the effective number. */
static double ages(struct epi_arena *a, const struct epi_final_size_model *m, double r0,
                   double *ret)
{
    double effective;
    epi_final_size_ages(a, m, &r0, 1, &effective, ret);
    return effective;
}

TEST(a_number_of_two_infects_four_of_five)
{
    CHECK_NEAR(epi_final_size(2, 1), 0.79681213002002, 1e-14);
    CHECK_NEAR(epi_final_size(4, 0.5), epi_final_size(2, 1), 1e-15);
    CHECK_NEAR(epi_final_size(1, 1), 0, 0);
    CHECK_NEAR(epi_final_size(3, 0.2), 0, 0);
    CHECK_NEAR(epi_final_size(0, 1), 0, 0);
    CHECK_NEAR(epi_final_size(1 + 1e-9, 1) / 2e-9, 1, 1e-6); /* z = 2 (R - 1) near 1 */
    CHECK_NEAR(epi_final_size(500, 1), 1, 1e-15);
}

/* A matrix of people who meet each other, with groups of susceptibility, at random. */
struct crowd {
    double mixing[36], susceptibility[18], share[18], people[6];
    struct epi_final_size_model m;
};
static void draw_crowd(struct epi_rng *rng, struct crowd *c)
{
    size_t n = 1 + epi_rng_below(rng, 6), groups = 1 + epi_rng_below(rng, 3);
    for (size_t i = 0; i < n; i++) {
        double sum = 0;
        c->people[i] = 1000 + 9000 * epi_rng_unit(rng);
        for (size_t h = 0; h < groups; h++) {
            c->susceptibility[i * groups + h] = h == 2 ? 0 : 0.2 + epi_rng_unit(rng);
            sum += c->share[i * groups + h] = 0.1 + epi_rng_unit(rng);
        }
        for (size_t h = 0; h < groups; h++)
            c->share[i * groups + h] /= sum;
    }
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j <= i; j++) {
            double v = epi_rng_chance(rng, 0.2) ? 0 : exp(4 * epi_rng_unit(rng));
            c->mixing[i * n + j] = v * c->people[j], c->mixing[j * n + i] = v * c->people[i];
        }
    c->mixing[0] = fmax(c->mixing[0], 1);
    c->m = (struct epi_final_size_model){n, groups, c->mixing, c->susceptibility, c->share};
}

PROPERTY(final_sizes_solve_their_equation_and_are_the_largest_that_do, 200)
{
    EPI_ARENA_LOCAL(a);
    struct crowd c;
    double z[18], again[18];
    draw_crowd(rng, &c);
    size_t n = c.m.ages, groups = c.m.groups;
    double r0 = exp(6 * epi_rng_unit(rng) - 1), largest = epi_dominant(a, c.mixing, n, NULL),
           effective = ages(a, &c.m, r0, z);
    for (size_t i = 0; i < n; i++) {
        double force = 0;
        for (size_t j = 0; j < n; j++)
            for (size_t h = 0; h < groups; h++)
                force += r0 / largest * c.mixing[i * n + j] * c.share[j * groups + h] *
                         z[j * groups + h];
        for (size_t h = 0; h < groups; h++) {
            double v = z[i * groups + h];
            CHECK(v >= 0 && v <= 1);
            CHECK_NEAR(v, -expm1(-c.susceptibility[i * groups + h] * force), 1e-11);
        }
    }
    double most = 0;
    for (size_t k = 0; k < n * groups; k++)
        most = fmax(most, z[k]);
    CHECK(effective > 1 ? most > 0 : most == 0);
    for (size_t k = 0; k < n * n; k++) /* the size of the matrix does not matter */
        c.mixing[k] *= 1e-7;
    (void)ages(a, &c.m, r0, again);
    for (size_t k = 0; k < n * groups; k++)
        CHECK_NEAR(again[k], z[k], 1e-9);
    (void)ages(a, &c.m, r0 * 1.1, again);
    for (size_t k = 0; k < n * groups; k++)
        CHECK(again[k] >= z[k] - 1e-12);
}

TEST(ages_that_mix_alike_are_one_population)
{
    EPI_ARENA_LOCAL(a);
    static const double r0[] = {0.5, 1, 1 + 1e-9, 1 + 1e-4, 1.01, 2, 12, 300};
    double mixing[9], susceptibility[3] = {1, 1, 1}, share[3] = {1, 1, 1}, z[3];
    static const double people[] = {1, 2, 5};
    for (size_t k = 0; k < 9; k++)
        mixing[k] = people[k % 3];
    struct epi_final_size_model m = {3, 1, mixing, susceptibility, share};
    for (size_t k = 0; k < EPI_COUNT(r0); k++) {
        CHECK_NEAR(ages(a, &m, r0[k], z), r0[k], 1e-12 * r0[k]);
        for (size_t i = 0; i < 3; i++)
            CHECK_NEAR(z[i], epi_final_size(r0[k], 1), k == 2 ? 1e-13 : 1e-12);
    }
}

TEST(ages_that_never_meet_have_epidemics_of_their_own)
{
    EPI_ARENA_LOCAL(a);
    double mixing[] = {1, 0, 0, 0.4}, one[] = {1, 1}, z[2];
    struct epi_final_size_model m = {2, 1, mixing, one, one};
    CHECK_NEAR(ages(a, &m, 2, z), 2, 1e-12);
    CHECK_NEAR(z[0], epi_final_size(2, 1), 1e-12);
    CHECK_NEAR(z[1], 0, 1e-12);
    (void)ages(a, &m, 2.5, z); /* just at 1 for the second */
    CHECK(z[1] >= 0 && z[1] < 0.05);
    (void)ages(a, &m, 5, z);
    CHECK_NEAR(z[1], epi_final_size(2, 1), 1e-12);
    double nobody[4] = {0};
    m.mixing = nobody;
    CHECK(isnan(ages(a, &m, 2, z)) && isnan(z[0]));
}

TEST(the_immune_are_not_infected_and_shield_the_others)
{
    EPI_ARENA_LOCAL(a);
    double mixing[] = {1}, s[] = {1, 0}, p[] = {0.5, 0.5}, z[2];
    struct epi_final_size_model m = {1, 2, mixing, s, p};
    CHECK_NEAR(ages(a, &m, 4, z), 2, 1e-12);
    CHECK_NEAR(z[0], epi_final_size(2, 1), 1e-12);
    CHECK_NEAR(z[1], 0, 0);
}

TEST(the_matrix_is_read_the_way_in_which_contacts_are_mutual)
{
    EPI_ARENA_LOCAL(a);
    struct epi_estimate met, divided;
    struct epi_findings f;
    /* 1,000 young meet 6 and 2; 2,000 old meet 1 of the young, as 1,000 times 2 must be. */
    CHECK_OK(test_run(a, "final-size", "ages", "age,people,c1,c2\nyoung,1000,6,2\nold,2000,1,3\n",
                      &met, &f, "r0", "2", NULL));
    CHECK_OK(test_run(a, "final-size", "ages",
                      "age,people,c1,c2\nyoung,1000,0.006,0.001\nold,2000,0.001,0.0015\n", &divided,
                      &f, "r0", "2", NULL));
    CHECK_STR(epi_frame_column(&met.values, "matrix")->words[0], EPI_S("contacts"));
    CHECK_STR(epi_frame_column(&divided.values, "matrix")->words[0], EPI_S("per-person"));
    for (size_t i = 0; i < 2; i++) {
        double z = test_cell(&met, "p_infected", i);
        CHECK_NEAR(test_cell(&divided, "p_infected", i), z, 1e-12);
        CHECK_NEAR(test_cell(&met, "infected", i), z * (i ? 2000 : 1000), 1e-8);
    }
    CHECK(test_cell(&met, "p_infected", 0) > test_cell(&met, "p_infected", 1));
    CHECK_OK(test_run(a, "final-size", "ages", "people,c1,c2\n1000,6,9\n2000,1,3\n", &met, &f, "r0",
                      "1.02,2", NULL));
    CHECK(test_has(&met.notes, "estimate.final-size.lopsided"));
    CHECK(test_has(&met.notes, "estimate.final-size.near-one"));
    CHECK_INT(met.rows.rows, 4);
}

TEST(matrices_that_cannot_be_are_refused)
{
    EPI_ARENA_LOCAL(a);
    static const struct {
        const char *csv, *code;
    } bad[] = {{"people,c1,c2\n1000,6,2\n0,1,3\n", "estimate.cell-outside"},
               {"people,c1,c2\n1000,6,-2\n10,1,3\n", "estimate.cell-negative"},
               {"people,c1\n1000,6\n10,1\n", "estimate.column-missing"},
               {"people,c1,c2\n1000,0,0\n10,0,0\n", "estimate.final-size.no-contacts"}};
    struct epi_estimate e;
    struct epi_findings f;
    struct epi_frame in, s;
    for (size_t i = 0; i < EPI_COUNT(bad); i++) {
        CHECK_INT(test_run(a, "final-size", "ages", bad[i].csv, &e, &f, "r0", "2", NULL),
                  EPI_INVALID);
        CHECK(test_has(&f, bad[i].code));
    }
    static const struct {
        const char *csv, *code;
    } groups[] = {
        {"susceptibility_1,p_susceptibility_1\n1,1\n", "estimate.final-size.ages"},
        {"susceptibility_1,p_susceptibility_1\n1,1\n1,0.5\n", "estimate.final-size.shares"},
        {"susceptibility_1,susceptibility_2\n1,1\n1,0.5\n", "estimate.column-missing"},
        {"x\n1\n2\n", "estimate.column-missing"}};
    CHECK_OK(epi_frame_read(a, EPI_S("people,c1,c2\n10,6,2\n10,2,3\n"), &in, NULL, NULL));
    for (size_t i = 0; i < EPI_COUNT(groups); i++) {
        CHECK_OK(epi_frame_read(a, epi_str_of(groups[i].csv), &s, NULL, NULL));
        struct epi_estimate_arg args[] = {{EPI_S("r0"), EPI_S("2"), NULL},
                                          {EPI_S("susceptibility"), EPI_NIL, &s}};
        epi_findings_init(&f, a, 10);
        CHECK_INT(epi_estimate_run(a, epi_estimate_find(EPI_S("final-size"), EPI_S("ages")), &in,
                                   args, 2, &e, &f, NULL),
                  EPI_INVALID);
        CHECK(test_has(&f, groups[i].code));
    }
}
