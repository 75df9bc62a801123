// SPDX-License-Identifier: AGPL-3.0-or-later
#include "base/test.h"
#include "stats/stats.h"

PROPERTY(cholesky_factors_solve_and_invert, 30)
{
    enum { MOST = 12 };
    size_t p = 1 + (size_t)epi_rng_below(rng, MOST);
    double m[MOST * MOST], l[MOST * MOST], inverse[MOST * MOST], x[MOST], b[MOST], g[MOST * MOST];
    for (size_t i = 0; i < p * p; i++)
        g[i] = epi_rng_normal(rng);
    for (size_t i = 0; i < p; i++) {
        x[i] = epi_rng_normal(rng);
        for (size_t k = 0; k < p; k++) {
            m[i * p + k] = i == k ? 0.5 : 0.0;
            for (size_t j = 0; j < p; j++)
                m[i * p + k] += g[i * p + j] * g[k * p + j];
        }
    }
    for (size_t i = 0; i < p; i++) {
        b[i] = 0.0;
        for (size_t k = 0; k < p; k++) {
            b[i] += m[i * p + k] * x[k];
            l[i * p + k] = m[i * p + k];
        }
    }
    CHECK(epi_cholesky(l, p));
    epi_cholesky_solve(l, p, b);
    epi_cholesky_inverse(l, p, inverse);
    for (size_t i = 0; i < p; i++) {
        CHECK_NEAR(b[i], x[i], 1e-10);
        for (size_t k = 0; k < p; k++) {
            double one = 0.0, back = 0.0;
            for (size_t j = 0; j < p; j++) {
                one += m[i * p + j] * inverse[j * p + k];
                back += l[i * p + j] * l[k * p + j];
            }
            CHECK_NEAR(one, i == k ? 1.0 : 0.0, 1e-10);
            CHECK_NEAR(back, m[i * p + k], 1e-12);
        }
    }
}

TEST(a_matrix_that_is_not_positive_definite_is_refused)
{
    double dependent[9] = {1, 2, 3, 2, 4, 6, 3, 6, 10}, negative[4] = {1, 2, 2, 1};
    double none[1] = {NAN};
    CHECK(!epi_cholesky(dependent, 3));
    CHECK(!epi_cholesky(negative, 2));
    CHECK(!epi_cholesky(none, 1));
}

TEST(dominant_values_of_small_matrices_are_known)
{
    EPI_ARENA_LOCAL(a);
    double v[3];
    static const double two[] = {2, 1, 1, 3}, cycle[] = {0, 1, 0, 0, 0, 1, 8, 0, 0},
                        chain[] = {1, 5, 0, 1}, apart[] = {2, 0, 0, 3}, zero[] = {0, 0, 0, 0},
                        near[] = {1, 1e-9, 1e-9, 1 + 1e-9};
    CHECK_NEAR(epi_dominant(a, two, 2, v), (5 + sqrt(5)) / 2, 1e-14);
    CHECK_NEAR(v[1] / v[0], (1 + sqrt(5)) / 2, 1e-14);
    CHECK_NEAR(epi_dominant(a, cycle, 3, v), 2.0, 1e-14);
    CHECK_NEAR(v[2] / v[0], 4.0, 1e-13);
    CHECK_NEAR(epi_dominant(a, chain, 2, NULL), 1.0, 1e-7);
    CHECK_NEAR(epi_dominant(a, apart, 2, v), 3.0, 1e-14);
    CHECK_NEAR(v[1], 1.0, 1e-14);
    CHECK_NEAR(epi_dominant(a, zero, 2, v), 0.0, 0.0);
    CHECK_NEAR(v[0], 0.5, 0.0);
    CHECK_NEAR(epi_dominant(a, near, 2, v), 1 + 1e-9 * (1 + sqrt(5)) / 2, 1e-15);
    static const double bad[] = {NAN};
    CHECK(isnan(epi_dominant(a, bad, 1, NULL)));
}

PROPERTY(the_dominant_vector_is_an_eigenvector, 30)
{
    enum { MOST = 20 };
    EPI_ARENA_LOCAL(a);
    size_t p = 1 + (size_t)epi_rng_below(rng, MOST);
    double m[MOST * MOST], v[MOST];
    for (size_t i = 0; i < p * p; i++)
        m[i] = epi_rng_chance(rng, 0.8) ? epi_rng_exp(rng, 3.0) : 0.0;
    for (size_t i = 0; i < p; i++)
        m[i * p + (i + 1) % p] += 0.1; /* irreducible */
    double value = epi_dominant(a, m, p, v), sum = 0.0;
    for (size_t i = 0; i < p; i++) {
        double image = 0.0;
        for (size_t k = 0; k < p; k++)
            image += m[i * p + k] * v[k];
        CHECK_NEAR(image, value * v[i], 1e-12 * value);
        sum += v[i];
    }
    CHECK_NEAR(sum, 1.0, 1e-14);
}
