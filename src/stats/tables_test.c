// SPDX-License-Identifier: AGPL-3.0-or-later
/* Every distribution against values made with 40 to 100 digits (tools/make-stats-tables). */
#include "base/test.h"
#include "stats/stats.h"
#include "stats/test_tables.h"

#define COMPARE(name, call, tolerance) \
    for (size_t i = 0; i < EPI_COUNT(name##_rows); i++) { \
        const double *v = name##_rows[i].in; \
        double got = (call), want = name##_rows[i].want; \
        if (!(fabs(got - want) <= (tolerance)*fabs(want))) { \
            epi_test_fail(__FILE__, __LINE__, \
                          #name "(%.17g, %.17g, %.17g, %.17g): got %.17g, " \
                                "want %.17g", \
                          v[0], v[1], v[2], v[3], got, want); \
            return; \
        } \
    }
#define COMPARE_1(name, tolerance) COMPARE(name, epi_##name(v[0]), tolerance)
#define COMPARE_2(name, tolerance) COMPARE(name, epi_##name(v[0], v[1]), tolerance)
#define COMPARE_3(name, tolerance) COMPARE(name, epi_##name(v[0], v[1], v[2]), tolerance)
#define COMPARE_4(name, tolerance) COMPARE(name, epi_##name(v[0], v[1], v[2], v[3]), tolerance)

TEST(special_functions_have_twelve_digits)
{
    COMPARE_1(lgamma, 1e-14);
    COMPARE_1(digamma, 1e-14);
    COMPARE_1(trigamma, 1e-14);
    COMPARE_2(lbeta, 1e-13);
    COMPARE_2(lchoose, 1e-14);
    COMPARE_1(log1mexp, 1e-14);
}

TEST(normal_tails_and_quantiles_have_twelve_digits)
{
    COMPARE_1(normal_cdf, 1e-12);
    COMPARE(normal_cdf, epi_normal_sf(-v[0]), 1e-12);
    COMPARE_1(normal_q, 1e-14);
    COMPARE(normal_cdf, epi_lnorm_cdf(exp(v[0] * 0.5 + 1.0), 1.0, 0.5), 1e-11);
}

TEST(gamma_tails_and_quantiles_have_twelve_digits)
{
    COMPARE_2(gamma_p, 1e-12);
    COMPARE_2(gamma_q, 1e-12);
    COMPARE(gamma_p, epi_gamma_cdf(v[1] * 4.0, v[0], 4.0), 1e-12);
    COMPARE(gamma_q, epi_gamma_sf(v[1] * 4.0, v[0], 4.0), 1e-12);
    COMPARE(gamma_p, epi_chi2_cdf(v[1] * 2.0, v[0] * 2.0), 1e-12);
    COMPARE(gamma_q, epi_chi2_sf(v[1] * 2.0, v[0] * 2.0), 1e-12);
    COMPARE(gamma_quant, epi_gamma_quant(v[0], v[1], 1.0), 1e-12);
    COMPARE(gamma_quant, epi_chi2_q(v[0], 2.0 * v[1]) / 2.0, 1e-12);
    COMPARE_3(gamma_logpdf, 1e-12);
}

TEST(beta_student_and_fisher_have_twelve_digits)
{
    COMPARE_3(beta_i, 1e-12);
    COMPARE_3(beta_q, 1e-12);
    COMPARE_2(t_cdf, 1e-12);
    COMPARE_2(t_q, 1e-12);
    COMPARE_3(f_cdf, 1e-12);
    COMPARE_3(f_q, 1e-12);
}

TEST(counts_have_twelve_digits_and_exact_quantiles)
{
    COMPARE_2(poisson_logpmf, 1e-12);
    COMPARE_2(poisson_cdf, 1e-12);
    COMPARE_2(poisson_sf, 1e-12);
    COMPARE_2(poisson_q, 0.0);
    COMPARE_3(nbinom_logpmf, 1e-12);
    COMPARE_3(nbinom_cdf, 1e-12);
    COMPARE_3(nbinom_sf, 1e-12);
    COMPARE_3(nbinom_q, 0.0);
    COMPARE_3(binom_logpmf, 1e-12);
    COMPARE_3(binom_cdf, 1e-12);
    COMPARE_3(binom_sf, 1e-12);
    COMPARE_4(bnbinom_logpmf, 1e-12);
    COMPARE_4(bnbinom_q, 0.0);
}

/* Far out the sum no longer moves; the tail falls as the power -a there. */
TEST(a_beta_negative_binomial_quantile_past_the_resolution_of_its_sum_is_found)
{
    double far = epi_bnbinom_q(0.975, 1, 0.1, 0.2), near = epi_bnbinom_q(0.95, 1, 0.1, 0.2);
    CHECK_NEAR(far / near, 1024, 1);
}
