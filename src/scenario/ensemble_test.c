// SPDX-License-Identifier: AGPL-3.0-or-later
#include "base/test.h"
#include "scenario/ensemble.h"
#include "stats/stats.h"

#define MEMBERS 400
#define DATA 5
/* Two figures; each datum is a mix of them. The posterior is known: precision I + G'G. */
static const double G[DATA][2] = {{1, 0}, {2, 0.5}, {0.5, 1}, {0, 1.5}, {1, 1}};
static const double Y[DATA] = {2, 4.5, 0, -2, 1};

struct model {
    double z[MEMBERS * 2], d[MEMBERS * DATA];
    int figure_day[2], data_day[DATA];
};
static void draw(struct model *m, uint64_t seed)
{
    for (size_t i = 0; i < MEMBERS; i++) {
        struct epi_rng rng = epi_rng_stream(seed, "test.ensemble", i, 0);
        for (size_t k = 0; k < 2; k++)
            m->z[i * 2 + k] = epi_rng_normal(&rng);
    }
}
static struct epi__ensemble look(struct model *m)
{
    for (size_t i = 0; i < MEMBERS; i++)
        for (size_t k = 0; k < DATA; k++)
            m->d[i * DATA + k] = G[k][0] * m->z[i * 2] + G[k][1] * m->z[i * 2 + 1];
    return (struct epi__ensemble){.n = MEMBERS,
                                  .figures = 2,
                                  .data = DATA,
                                  .z = m->z,
                                  .d = m->d,
                                  .y = Y,
                                  .figure_day = m->figure_day,
                                  .data_day = m->data_day};
}
static double mean_of(const struct model *m, size_t k)
{
    double sum = 0;
    for (size_t i = 0; i < MEMBERS; i++)
        sum += m->z[i * 2 + k] / MEMBERS;
    return sum;
}
static double var_of(const struct model *m, size_t k)
{
    double mean = mean_of(m, k), sum = 0;
    for (size_t i = 0; i < MEMBERS; i++)
        sum += (m->z[i * 2 + k] - mean) * (m->z[i * 2 + k] - mean) / (MEMBERS - 1);
    return sum;
}
static int steps_of(struct epi_arena *a, struct model *m)
{
    double left = 1;
    int steps = 0;
    for (; left > 0 && steps < 50; steps++) {
        struct epi__ensemble e = look(m);
        double share = epi__ensemble_share(&e, left);
        if (epi__ensemble_step(a, &e, share, 3, (uint64_t)steps, NULL) != EPI_OK)
            return -1;
        left -= share;
    }
    return steps;
}
TEST(steps_end_at_the_posterior_of_a_linear_model)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct model m = {0};
    double p[4] = {1, 0, 0, 1}, b[2] = {0, 0}, cov[4];
    for (size_t k = 0; k < DATA; k++)
        for (size_t i = 0; i < 2; i++) {
            b[i] += G[k][i] * Y[k];
            for (size_t j = 0; j < 2; j++)
                p[i * 2 + j] += G[k][i] * G[k][j];
        }
    CHECK(epi_cholesky(p, 2));
    epi_cholesky_inverse(p, 2, cov);
    epi_cholesky_solve(p, 2, b);
    draw(&m, 11);
    int steps = steps_of(a, &m);
    CHECK(steps >= 4 && steps < 15); /* a share is a quarter at most */
    for (size_t k = 0; k < 2; k++) {
        double sd = sqrt(cov[k * 3]);
        CHECK_NEAR(mean_of(&m, k), b[k], 5 * sd / sqrt(MEMBERS));
        CHECK_NEAR(var_of(&m, k), cov[k * 3], 5 * cov[k * 3] * sqrt(2.0 / MEMBERS));
    }
    struct epi__ensemble e = look(&m);
    CHECK(epi__ensemble_misfit(&e) < 3 * DATA);
}
TEST(a_figure_stays_where_no_later_datum_asks)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct model m = {0}, before;
    draw(&m, 12);
    m.figure_day[1] = 10; /* all data are of day 0 */
    before = m;
    CHECK(steps_of(a, &m) > 0);
    for (size_t i = 0; i < MEMBERS; i++)
        CHECK(fabs(m.z[i * 2 + 1] - before.z[i * 2 + 1]) < 1e-15);
    CHECK(fabs(mean_of(&m, 0) - mean_of(&before, 0)) > 0.5);
}
TEST(the_farther_off_the_smaller_the_step)
{
    USES_NO_RNG;
    struct model m = {0};
    draw(&m, 13);
    struct epi__ensemble e = look(&m);
    double near = epi__ensemble_share(&e, 1);
    for (size_t i = 0; i < (size_t)MEMBERS * DATA; i++)
        m.d[i] += 100;
    double far = epi__ensemble_share(&e, 1);
    CHECK(far < near / 10 && far > 0);
    CHECK_NEAR(epi__ensemble_share(&e, far / 2), far / 2, 1e-15);
    m.d[0] = (double)INFINITY;
    EPI_ARENA_LOCAL(a);
    CHECK_INT(epi__ensemble_step(a, &e, 0.1, 1, 0, NULL), EPI_INVALID);
}
