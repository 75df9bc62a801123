// SPDX-License-Identifier: AGPL-3.0-or-later
#include "base/test.h"
#include "estimate/estimate.h"

/* Exact limits below were found by bisection at 30 digits from the definition (Fisher 1935). */
TEST(exact_odds_ratios_are_those_of_the_definition)
{
    EPI_ARENA_LOCAL(a);
    static const struct {
        struct epi_two_by_two t;
        double fisher[3], midp[3];
    } known[] = {
        {{3, 1, 1, 3},
         {6.408319658, 0.2117355954, 626.2435306},
         {6.212983054, 0.3100548817, 308.5567716}},
        {{43, 11, 3, 18},
         {22.14903551, 5.215283327, 138.3934793},
         {21.40717114, 5.927962162, 109.147348}},
        {{4, 2, 42, 27},
         {1.281528229, 0.1699899469, 15.0862212},
         {1.240685829, 0.2126420249, 10.59141791}},
    };
    for (size_t i = 0; i < EPI_COUNT(known); i++) {
        struct epi_ci f = epi_odds_ratio(a, EPI_ODDS_FISHER, &known[i].t, 0.95),
                      m = epi_odds_ratio(a, EPI_ODDS_MIDP, &known[i].t, 0.95);
        CHECK_NEAR(f.est, known[i].fisher[0], 1e-9 * f.est);
        CHECK_NEAR(f.lo, known[i].fisher[1], 1e-9 * f.lo);
        CHECK_NEAR(f.hi, known[i].fisher[2], 1e-9 * f.hi);
        CHECK_NEAR(m.est, known[i].midp[0], 1e-9 * m.est);
        CHECK_NEAR(m.lo, known[i].midp[1], 1e-9 * m.lo);
        CHECK_NEAR(m.hi, known[i].midp[2], 1e-9 * m.hi);
    }
}

TEST(the_lady_tasting_tea_has_p_34_of_70)
{
    EPI_ARENA_LOCAL(a);
    struct epi_two_by_two t = {3, 1, 1, 3};
    CHECK_NEAR(epi_association(a, EPI_ASSOCIATION_FISHER, &t).p, 34.0 / 70, 1e-14);
    CHECK_NEAR(epi_association(a, EPI_ASSOCIATION_MIDP, &t).p, 18.0 / 70, 1e-14);
    CHECK_NEAR(epi_association(a, EPI_ASSOCIATION_PEARSON, &t).stat, 2, 1e-12);
    CHECK_NEAR(epi_association(a, EPI_ASSOCIATION_YATES, &t).stat, 0.5, 1e-12);
}

TEST(a_zero_cell_leaves_one_side_unbounded)
{
    EPI_ARENA_LOCAL(a);
    struct epi_two_by_two t = {12, 5, 0, 9};
    struct epi_ci c = epi_odds_ratio(a, EPI_ODDS_FISHER, &t, 0.95);
    CHECK(isinf(c.est) && isinf(c.hi));
    CHECK_NEAR(c.lo, 2.993605373, 3e-9);
    c = epi_odds_ratio(a, EPI_ODDS_WALD, &t, 0.95);
    CHECK(isinf(c.est) && isnan(c.lo) && isinf(c.hi));
    c = epi_odds_ratio(a, EPI_ODDS_SMALL, &t, 0.95);
    CHECK_NEAR(c.est, 18, 1e-12);
    CHECK(isfinite(c.lo) && isfinite(c.hi));
    c = epi_risk_ratio(EPI_RISK_SMALL, &t, 0.95);
    CHECK_NEAR(c.est, 120.0 / 17, 1e-12);
    struct epi_two_by_two mirror = {0, 9, 12, 5};
    c = epi_odds_ratio(a, EPI_ODDS_FISHER, &mirror, 0.95);
    CHECK(c.est == 0 && c.lo == 0);
    CHECK_NEAR(c.hi, 1 / 2.993605373, 1e-9);
}

TEST(an_empty_margin_measures_nothing)
{
    EPI_ARENA_LOCAL(a);
    static const struct epi_two_by_two empty[] = {
        {0, 0, 3, 4}, {3, 4, 0, 0}, {0, 5, 0, 6}, {5, 0, 6, 0}, {0, 0, 0, 0}};
    for (size_t i = 0; i < EPI_COUNT(empty); i++) {
        for (enum epi_odds_method m = 0; m < EPI_ODDS_METHODS; m++)
            CHECK(isnan(epi_odds_ratio(a, m, &empty[i], 0.95).est));
        for (enum epi_association_test t = 0; t < EPI_ASSOCIATION_TESTS; t++)
            CHECK(isnan(epi_association(a, t, &empty[i]).p));
    }
    CHECK(isnan(epi_risk_difference(&empty[0], 0.95).est));
    CHECK_NEAR(epi_risk_difference(&empty[2], 0.95).est, 0, 0);
}

TEST(tables_too_large_for_the_exact_result_say_so)
{
    EPI_ARENA_LOCAL(a);
    struct epi_two_by_two t = {5e7, 5e7, 5e7, 6e7};
    CHECK(isnan(epi_odds_ratio(a, EPI_ODDS_FISHER, &t, 0.95).est));
    CHECK(isfinite(epi_odds_ratio(a, EPI_ODDS_WALD, &t, 0.95).hi));
    struct epi_stratified s;
    CHECK_INT(epi_stratify(a, &t, 1, 0.95, &s, NULL), EPI_LIMIT);
    CHECK(isnan(s.p_exact) && isfinite(s.mh.p));
}

static struct epi_two_by_two draw(struct epi_rng *rng, int64_t most)
{
    return (struct epi_two_by_two){
        (double)epi_rng_between(rng, 0, most), (double)epi_rng_between(rng, 0, most),
        (double)epi_rng_between(rng, 0, most), (double)epi_rng_between(rng, 0, most)};
}

PROPERTY(changing_places_of_exposed_and_unexposed_inverts_the_odds_ratio, 60)
{
    EPI_ARENA_LOCAL(a);
    struct epi_two_by_two t = draw(rng, 60);
    struct epi_two_by_two back = {t.unexposed_ill, t.unexposed_well, t.exposed_ill, t.exposed_well};
    static const enum epi_odds_method symmetric[] = {EPI_ODDS_WALD, EPI_ODDS_SCORE, EPI_ODDS_FISHER,
                                                     EPI_ODDS_MIDP};
    for (size_t i = 0; i < EPI_COUNT(symmetric); i++) {
        struct epi_ci c = epi_odds_ratio(a, symmetric[i], &t, 0.95),
                      b = epi_odds_ratio(a, symmetric[i], &back, 0.95);
        if (!(c.est > 0 && isfinite(c.est)))
            continue;
        CHECK(c.lo <= c.est && c.est <= c.hi);
        CHECK_NEAR(c.est * b.est, 1, 1e-8);
        CHECK_NEAR(c.lo * b.hi, 1, 1e-8);
        CHECK_NEAR(c.hi * b.lo, 1, 1e-8);
    }
    for (enum epi_association_test k = 0; k < EPI_ASSOCIATION_TESTS; k++) {
        double p = epi_association(a, k, &t).p, q = epi_association(a, k, &back).p;
        CHECK(isnan(p) ? isnan(q) : fabs(p - q) < 1e-10 && p >= 0 && p <= 1);
    }
}

PROPERTY(one_stratum_is_its_table_and_empty_strata_change_nothing, 60)
{
    EPI_ARENA_LOCAL(a);
    struct epi_two_by_two t[3] = {draw(rng, 40), {0, 0, 3, 4}, {0, 7, 0, 9}};
    struct epi_stratified one, more;
    CHECK_OK(epi_stratify(a, t, 1, 0.95, &one, NULL));
    CHECK_OK(epi_stratify(a, t, 3, 0.95, &more, NULL));
    struct epi_ci f = epi_odds_ratio(a, EPI_ODDS_FISHER, &t[0], 0.95);
    CHECK(isnan(f.lo) ? isnan(one.odds_exact.lo) : fabs(f.lo - one.odds_exact.lo) <= 1e-9 * f.lo);
    CHECK(isnan(one.odds_exact.hi) || one.odds_exact.hi == more.odds_exact.hi ||
          fabs(one.odds_exact.hi / more.odds_exact.hi - 1) < 1e-9);
    CHECK(isnan(one.mh.stat) || fabs(one.mh.stat - more.mh.stat) < 1e-9 * (1 + one.mh.stat));
    CHECK(one.used <= 1 && more.used == one.used);
}

TEST(strata_alike_are_homogeneous_and_add_up)
{
    EPI_ARENA_LOCAL(a);
    struct epi_two_by_two t[] = {{10, 20, 5, 40}, {10, 20, 5, 40}, {10, 20, 5, 40}};
    struct epi_stratified s;
    CHECK_OK(epi_stratify(a, t, 3, 0.95, &s, NULL));
    CHECK_NEAR(s.odds_mh.est, 4, 1e-12);
    CHECK_NEAR(s.woolf.stat, 0, 1e-12);
    CHECK_NEAR(s.woolf.p, 1, 1e-9);
    CHECK_NEAR(s.breslow_day.stat, 0, 1e-12);
    CHECK_NEAR(s.crude.exposed_ill, 30, 0);
    CHECK(s.odds_exact.lo < s.odds_exact.est && s.odds_exact.est < s.odds_exact.hi);
    CHECK(s.mh_corrected.stat < s.mh.stat);
}
