// SPDX-License-Identifier: AGPL-3.0-or-later
#include "base/test.h"
#include "estimate/estimate.h"

TEST(dorfman_found_pools_of_eleven_for_one_in_a_hundred)
{
    struct epi_pool_assay s = {0.01, 1, 1, 0};
    size_t best = 2;
    for (size_t n = 2; n <= 50; n++)
        if (epi_pool_dorfman(&s, n).tests < epi_pool_dorfman(&s, best).tests)
            best = n;
    CHECK_INT(best, 11);
    CHECK_NEAR(epi_pool_dorfman(&s, 11).tests, 1.0 / 11 + 1 - pow(0.99, 11), 1e-14);
    CHECK_NEAR(epi_pool_dorfman(&s, 1).tests, 1, 0);
}

TEST(prevalence_of_none_and_of_all_is_no_division_by_zero)
{
    EPI_ARENA_LOCAL(a);
    static const double p[] = {0, 1};
    for (int i = 0; i < 2; i++) {
        struct epi_pool_assay s = {p[i], 0.9, 0.98, 0}, d = {p[i], 0.9, 0.98, 0.2};
        size_t parts[8], n = epi_pool_parts(a, &s, 8, parts);
        struct epi_pool all[] = {epi_pool_dorfman(&s, 8), epi_pool_dorfman(&d, 8),
                                 epi_pool_array(&s, 8), epi_pool_hierarchical(&s, parts, n)};
        for (size_t k = 0; k < EPI_COUNT(all); k++) {
            CHECK(all[k].tests > 0 && isfinite(all[k].tests));
            CHECK(all[k].se >= 0 && all[k].se <= 1 && all[k].sp >= 0 && all[k].sp <= 1);
        }
        CHECK(p[i] > 0 ? all[0].ppv == 1 : isnan(all[0].tests_per_case));
    }
}

TEST(no_dilution_is_the_plain_scheme)
{
    for (size_t n = 2; n < 40; n++) {
        struct epi_pool_assay s = {0.07, 0.93, 0.98, 0}, nearly = {0.07, 0.93, 0.98, 1e-13};
        struct epi_pool a = epi_pool_dorfman(&s, n), b = epi_pool_dorfman(&nearly, n);
        CHECK_NEAR(a.tests, b.tests, 1e-11);
        CHECK_NEAR(a.se, b.se, 1e-11);
        CHECK_NEAR(a.sp, b.sp, 1e-11);
    }
}

/* Every division of n into at least two parts, parts falling. */
static double least_by_trial(const struct epi_pool_assay *s, size_t n, size_t left, size_t most,
                             size_t *parts, size_t k)
{
    double best = INFINITY;
    if (left == 0)
        return k > 1 ? epi_pool_hierarchical(s, parts, k).tests : INFINITY;
    for (size_t size = left < most ? left : most; size > 0; size--) {
        parts[k] = size;
        best = fmin(best, least_by_trial(s, n, left - size, size, parts, k + 1));
    }
    return best;
}

PROPERTY(the_division_found_is_the_best_of_all_divisions, 40)
{
    EPI_ARENA_LOCAL(a);
    struct epi_pool_assay s = {0.4 * epi_rng_unit(rng), 0.7 + 0.3 * epi_rng_unit(rng),
                               0.9 + 0.1 * epi_rng_unit(rng), 0};
    size_t n = 2 + epi_rng_below(rng, 11), parts[16], trial[16], sum = 0;
    size_t k = epi_pool_parts(a, &s, n, parts);
    for (size_t i = 0; i < k; i++)
        sum += parts[i];
    CHECK_INT(sum, n);
    CHECK(k >= 2);
    CHECK_NEAR(epi_pool_hierarchical(&s, parts, k).tests, least_by_trial(&s, n, n, n, trial, 0),
               1e-12);
}

/* One procedure on drawn people: tests used, and how the truth and the verdict meet. */
struct tally {
    double tests, found, ill, cleared, well;
};
static bool assay(struct epi_rng *r, const struct epi_pool_assay *s, bool ill)
{
    return epi_rng_chance(r, ill ? s->sensitivity : 1 - s->specificity);
}
static void array_once(struct epi_rng *r, const struct epi_pool_assay *s, size_t n, struct tally *t)
{
    bool ill[8][8], row[8] = {false}, column[8] = {false};
    size_t rows = 0, columns = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            ill[i][j] = epi_rng_chance(r, s->prevalence);
            row[i] = row[i] || ill[i][j];
            column[j] = column[j] || ill[i][j];
        }
    for (size_t i = 0; i < n; i++) {
        rows += row[i] = assay(r, s, row[i]);
        columns += column[i] = assay(r, s, column[i]);
    }
    t->tests += 2 * (double)n;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            bool again =
                (row[i] && column[j]) || (row[i] && columns == 0) || (column[j] && rows == 0);
            bool positive = again && assay(r, s, ill[i][j]);
            t->tests += again;
            t->ill += ill[i][j], t->found += ill[i][j] && positive;
            t->well += !ill[i][j], t->cleared += !ill[i][j] && !positive;
        }
}

TEST(an_array_does_what_simulated_arrays_do)
{
    struct epi_pool_assay s = {0.08, 0.85, 0.95, 0};
    struct tally t = {0};
    for (uint64_t run = 0; run < 20000; run++) {
        struct epi_rng r = epi_rng_stream(11, "test.array", run, 0);
        array_once(&r, &s, 5, &t);
    }
    struct epi_pool p = epi_pool_array(&s, 5);
    CHECK_NEAR(t.tests / (20000 * 25), p.tests, 0.004);
    CHECK_NEAR(t.found / t.ill, p.se, 0.01);
    CHECK_NEAR(t.cleared / t.well, p.sp, 0.002);
}
