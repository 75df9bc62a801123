// SPDX-License-Identifier: AGPL-3.0-or-later
/* What must hold between the functions, at arguments drawn over their whole ranges. */
#include "base/test.h"
#include "stats/stats.h"

static double between(struct epi_rng *r, double lo, double hi)
{
    return lo * exp(epi_rng_unit(r) * log(hi / lo));
}

static bool close_to(double got, double want, double tolerance)
{
    return fabs(got - want) <= tolerance * fabs(want);
}

PROPERTY(both_gamma_tails_add_to_one_and_step_by_the_density, 3000)
{
    double a = between(rng, 1e-3, 1e8), sd = sqrt(a);
    double x = fmax(a + sd * (20.0 * epi_rng_unit(rng) - 10.0), between(rng, 1e-4, 1.0) * a);
    double p = epi_gamma_p(a, x), q = epi_gamma_q(a, x);
    CHECK(p >= 0.0 && q >= 0.0 && p <= 1.0 && q <= 1.0);
    CHECK_NEAR(p + q, 1.0, 4e-16);
    /* P(a, x) - P(a + 1, x) = x^a e^-x / gamma(a + 1); the sides cancel by a factor of up to sd. */
    double mass = exp(epi_gamma_logpdf(x, a + 1.0, 1.0));
    CHECK(fabs(p - epi_gamma_p(a + 1.0, x) - mass) <= 1e-12 * (p + mass));
    CHECK(fabs(epi_gamma_q(a + 1.0, x) - q - mass) <= 1e-12 * (q + mass));
    CHECK(epi_gamma_p(a, x * 1.001) >= p && epi_gamma_q(a, x * 1.001) <= q);
}

/* Beside the places where one method hands over to another. */
PROPERTY(the_gamma_tails_have_no_steps_between_methods, 500)
{
    static const double a[] = {1.0, 1.0, 20.0, 30.0, 30.0, 0.5, 0.01, 5.0},
                        x[] = {2.0, 1.1, 22.0, 19.5, 40.5, 1.1, 1.1, 6.0};
    size_t i = (size_t)epi_rng_below(rng, EPI_COUNT(a));
    double h = between(rng, 1e-10, 1e-6), left = x[i] * (1.0 - h), right = x[i] * (1.0 + h);
    double mass = exp(epi_gamma_logpdf(x[i], a[i], 1.0)) * 2.0 * h * x[i];
    double lower = epi_gamma_p(a[i], right) - epi_gamma_p(a[i], left);
    CHECK(fabs(lower - mass) <= 1e-5 * mass + 2e-15);
    double b = a[i] * (1.0 + h), c = a[i] * (1.0 - h);
    CHECK(fabs(epi_gamma_p(b, x[i]) - epi_gamma_p(c, x[i])) < 20.0 * h);
}

PROPERTY(gamma_quantiles_are_inverse_and_those_of_one_shape_agree, 2000)
{
    double shape = epi_rng_chance(rng, 0.5) ? between(rng, 0.05, 50.0) : between(rng, 1e-3, 1e8);
    double p[7], q[7], scale = between(rng, 1e-3, 1e3);
    for (int i = 0; i < 7; i++)
        p[i] = epi_rng_chance(rng, 0.2) ? between(rng, 1e-12, 0.5) : epi_rng_unit(rng);
    epi_sort(p, 7);
    epi_gamma_quants(p, 7, shape, scale, q);
    for (int i = 0; i < 7; i++) {
        double x = epi_gamma_quant(p[i], shape, scale);
        CHECK(close_to(q[i], x, 1e-10) || x < 1e-290);
        CHECK(i == 0 || q[i] >= q[i - 1]);
        if (x < 1e-290)
            continue;
        /* The cdf amplifies a relative error of x by x density / p. */
        double bend = fmax(exp(epi_gamma_logpdf(x, shape, scale)) * x, p[i]);
        CHECK(fabs(epi_gamma_cdf(x, shape, scale) - p[i]) <= 1e-12 * bend);
    }
}

TEST(distributions_know_their_ends)
{
    static const double p[] = {0.0, 0.5, 1.0, NAN};
    double q[4];
    epi_gamma_quants(p, 4, 1.0, 3.0, q);
    CHECK(q[0] == 0.0 && q[2] == INFINITY && isnan(q[3]));
    CHECK_NEAR(q[1], 3.0 * log(2.0), 1e-14);
    epi_gamma_quants(p, 1, -1.0, 3.0, q);
    CHECK(isnan(q[0]));
    CHECK(epi_gamma_p(2.0, 0.0) == 0.0 && epi_gamma_q(2.0, INFINITY) == 0.0);
    CHECK(isnan(epi_gamma_p(0.0, 1.0)) && isnan(epi_gamma_p(1.0, -1.0)) &&
          isnan(epi_gamma_q(NAN, 1.0)));
    CHECK(epi_gamma_logpdf(0.0, 0.5, 1.0) == INFINITY && epi_gamma_logpdf(-1.0, 2, 1) == -INFINITY);
    CHECK(epi_normal_q(0.0) == -INFINITY && epi_normal_q(1.0) == INFINITY &&
          isnan(epi_normal_q(1.1)));
    CHECK(epi_beta_q(0.0, 2, 3) == 0.0 && epi_beta_q(1.0, 2, 3) == 1.0);
    CHECK(isnan(epi_beta_i(0.5, -1, 2)) && isnan(epi_beta_i(1.5, 1, 2)));
    CHECK(epi_beta_cdf(-0.1, 2, 2) == 0.0 && epi_beta_cdf(1.1, 2, 2) == 1.0);
    CHECK(epi_t_q(0.5, 3) == 0.0 && epi_t_q(1.0, 3) == INFINITY);
    CHECK_NEAR(epi_t_q(0.975, INFINITY), epi_normal_q(0.975), 1e-15);
    CHECK_NEAR(epi_t_q(0.75, 1.0), 1.0, 1e-14);
    CHECK(epi_f_cdf(0.0, 1, 1) == 0.0 && epi_f_q(1.0, 1, 1) == INFINITY);
    CHECK(epi_poisson_q(0.3, 0.0) == 0.0 && epi_poisson_q(1.0, 2.0) == INFINITY);
    CHECK(epi_poisson_cdf(-1.0, 3.0) == 0.0 && epi_poisson_sf(-1.0, 3.0) == 1.0);
    CHECK(isnan(epi_poisson_cdf(1.0, -1.0)) && isnan(epi_nbinom_cdf(1.0, 1.0, 0.0)));
    CHECK(epi_poisson_logpmf(1.5, 2.0) == -INFINITY && epi_nbinom_logpmf(-1, 2, 3) == -INFINITY);
    CHECK(epi_binom_cdf(5, 5, 0.3) == 1.0 && epi_binom_sf(-1, 5, 0.3) == 1.0);
    CHECK(epi_binom_logpmf(0, 5, 0.0) == 0.0 && epi_binom_logpmf(5, 5, 1.0) == 0.0 &&
          epi_binom_logpmf(1, 5, 0.0) == -INFINITY);
    CHECK(isnan(epi_digamma(0.0)) && isnan(epi_trigamma(-1.0)) && isnan(epi_lbeta(0.0, 1.0)));
    CHECK(epi_lgamma(0.0) == INFINITY && epi_lgamma(-2.0) == INFINITY && epi_lgamma(1.0) == 0.0 &&
          epi_lgamma(2.0) == 0.0);
    CHECK(epi_logsumexp(NULL, 0) == -INFINITY);
    static const double far[] = {-1000.0, -1000.0, -INFINITY}, top[] = {INFINITY, 1.0};
    CHECK_NEAR(epi_logsumexp(far, 3), -1000.0 + log(2.0), 1e-12);
    CHECK(epi_logsumexp(top, 2) == INFINITY && isnan(epi_logsumexp(p, 4)));
}

PROPERTY(beta_tails_mirror_and_step_by_the_density, 2000)
{
    double a = between(rng, 1e-3, 1e6), b = between(rng, 1e-3, 1e6), m = a / (a + b);
    double sd = sqrt(m * (1.0 - m) / (a + b + 1.0));
    double x = m + sd * (16.0 * epi_rng_unit(rng) - 8.0);
    if (!(x > 0.0 && x < 1.0))
        x = epi_rng_unit(rng) + 0x1p-54;
    x = 1.0 - (1.0 - x); /* so that both x and 1 - x are exact */
    double p = epi_beta_i(x, a, b), q = epi_beta_i(1.0 - x, b, a);
    CHECK_NEAR(p + q, 1.0, 4e-15);
    /* I(a, b) - I(a + 1, b) = x^a y^b / (a B(a, b)). */
    double mass = exp(a * log(x) + b * log1p(-x) - log(a) - epi_lbeta(a, b));
    double slack = 1e-15 * (a * fabs(log(x)) + b * fabs(log1p(-x)) + 1e3); /* of this exponent */
    CHECK(fabs(p - epi_beta_i(x, a + 1.0, b) - mass) <= 1e-12 * p + slack * mass + 1e-300);
    CHECK(epi_beta_i(fmin(x * 1.001, 1.0), a, b) >= p * (1.0 - 1e-13));
}

PROPERTY(beta_student_and_fisher_quantiles_are_inverse, 500)
{
    double a = between(rng, 1e-2, 1e5), b = between(rng, 1e-2, 1e5), p = epi_rng_unit(rng);
    double x = epi_beta_q(p, a, b);
    if (x > 1e-290 && x < 1.0 - 1e-9) {
        double y = 1.0 - x, bend = exp(a * log(x) + b * log(y) - epi_lbeta(a, b)) / y;
        CHECK(fabs(epi_beta_cdf(x, a, b) - p) <= 1e-12 * fmax(p, bend) + 1e-13 * bend * y / x * x);
    }
    double df = between(rng, 0.3, 1e7), t = epi_t_q(p, df);
    if (fabs(t) < 1e100)
        CHECK_NEAR(epi_t_cdf(t, df), p, 1e-13);
    CHECK_NEAR(epi_t_q(1.0 - p, df), -t, 1e-9 * fabs(t) + 1e-12);
    double d1 = between(rng, 0.5, 1e4), d2 = between(rng, 0.5, 1e4), f = epi_f_q(p, d1, d2);
    CHECK_NEAR(epi_f_cdf(f, d1, d2), p, 1e-11);
    CHECK(close_to(epi_f_q(1.0 - p, d2, d1), 1.0 / f, 1e-9) || p < 1e-6);
}

PROPERTY(counts_sum_to_their_distributions, 200)
{
    double mean = between(rng, 0.01, 200.0), size = between(rng, 0.05, 1e4), n = 30, sum[3] = {0};
    double p = epi_rng_unit(rng);
    for (double k = 0; k < n; k += 1) {
        sum[0] += exp(epi_poisson_logpmf(k, mean));
        sum[1] += exp(epi_nbinom_logpmf(k, mean, size));
        sum[2] += exp(epi_binom_logpmf(k, n, p));
        CHECK(close_to(epi_poisson_cdf(k, mean), sum[0], 2e-12));
        CHECK(close_to(epi_nbinom_cdf(k, mean, size), sum[1], 2e-12));
        CHECK(close_to(epi_binom_cdf(k, n, p), sum[2], 2e-12));
        CHECK_NEAR(epi_nbinom_cdf(k + 0.5, mean, size) + epi_nbinom_sf(k, mean, size), 1.0, 1e-14);
    }
}

PROPERTY(count_quantiles_are_the_smallest_that_reach_p, 300)
{
    double mean = between(rng, 0.01, 1e6), size = between(rng, 0.01, 1e6), p = epi_rng_unit(rng);
    double k = epi_poisson_q(p, mean), j = epi_nbinom_q(p, mean, size);
    CHECK(epi_poisson_cdf(k, mean) >= p * (1 - 1e-13) && epi_poisson_cdf(k - 1.0, mean) < p);
    CHECK(epi_nbinom_cdf(j, mean, size) >= p * (1 - 1e-13));
    CHECK(epi_nbinom_cdf(j - 1.0, mean, size) < p);
    /* At a probability that is reached exactly the count itself is the quantile. */
    double c = epi_poisson_cdf(k, mean), d = epi_nbinom_cdf(j, mean, size);
    if (c < 1.0 - 1e-12)
        CHECK_NEAR(epi_poisson_q(c, mean), k, 0.0);
    if (d < 1.0 - 1e-12 &&
        epi_nbinom_sf(j - 1.0, mean, size) - epi_nbinom_sf(j, mean, size) > 1e-12)
        CHECK_NEAR(epi_nbinom_q(d, mean, size), j, 0.0);
}

PROPERTY(a_beta_negative_binomial_is_a_mixture_of_negative_binomials, 20)
{
    double r = between(rng, 0.2, 30.0), a = between(rng, 0.5, 30.0), b = between(rng, 0.2, 30.0);
    /* Midpoints in probability of the beta distribution. */
    enum { PARTS = 400 };
    double sum[4] = {0};
    for (int i = 0; i < PARTS; i++) {
        double p = epi_beta_q((i + 0.5) / PARTS, a, b), mean = r * (1.0 - p) / p;
        for (int k = 0; k < 4; k++)
            sum[k] += exp(epi_nbinom_logpmf(k, mean, r)) / PARTS;
    }
    double total = 0.0;
    for (int k = 0; k < 4; k++) {
        double f = exp(epi_bnbinom_logpmf(k, r, a, b));
        CHECK_NEAR(sum[k], f, 2e-3);
        total += f;
        CHECK(total > 0.999999 || epi_bnbinom_q(total * 0.999999, r, a, b) == k);
    }
}

PROPERTY(weibull_and_log_normal_agree_with_their_definitions, 200)
{
    double shape = between(rng, 0.2, 10.0), scale = between(rng, 0.1, 100.0);
    double p = epi_rng_unit(rng) * 0.999 + 0.0005, x = epi_weibull_q(p, shape, scale), h = 1e-5 * x;
    CHECK(close_to(epi_weibull_cdf(x, shape, scale), p, 1e-13));
    CHECK(close_to(epi_weibull_sf(x, shape, scale), 1.0 - p, 1e-12));
    double slope =
        (epi_weibull_cdf(x + h, shape, scale) - epi_weibull_cdf(x - h, shape, scale)) / 2 / h;
    CHECK(close_to(exp(epi_weibull_logpdf(x, shape, scale)), slope, 1e-6));
    CHECK(close_to(epi_weibull_cdf(x, 1.0, scale), epi_gamma_cdf(x, 1.0, scale), 1e-13));
    double m = epi_rng_normal(rng), s = between(rng, 0.1, 3.0), y = epi_lnorm_q(p, m, s);
    h = 1e-5 * y * s;
    CHECK(close_to(epi_lnorm_cdf(y, m, s), p, 1e-12) &&
          close_to(epi_lnorm_sf(y, m, s), 1 - p, 1e-11));
    slope = (epi_lnorm_cdf(y + h, m, s) - epi_lnorm_cdf(y - h, m, s)) / 2 / h;
    CHECK(close_to(exp(epi_lnorm_logpdf(y, m, s)), slope, 1e-6));
}

PROPERTY(gamma_functions_obey_their_recurrences, 500)
{
    double x = between(rng, 1e-4, 1e6), y = between(rng, 1e-4, 1e6);
    CHECK_NEAR(epi_lgamma(x + 1.0) - epi_lgamma(x), log(x), 1e-15 * (fabs(epi_lgamma(x)) + 20.0));
    CHECK_NEAR(epi_digamma(x + 1.0) - epi_digamma(x), 1.0 / x, 1e-15 * (20.0 + 1.0 / x));
    CHECK(close_to(epi_trigamma(x) - epi_trigamma(x + 1.0), 1.0 / (x * x), 1e-14 * (x + 1.0)));
    CHECK(close_to(epi_lbeta(x, y), epi_lbeta(y, x), 1e-14));
    double n = floor(2.0 + epi_rng_unit(rng) * 500.0),
           k = floor(1.0 + epi_rng_unit(rng) * (n - 1.0));
    CHECK(close_to(exp(epi_lchoose(n, k)),
                   exp(epi_lchoose(n - 1, k)) + exp(epi_lchoose(n - 1, k - 1)), 1e-12));
    double z = between(rng, 1e-8, 300.0);
    CHECK(close_to(exp(epi_log1mexp(-z)), -expm1(-z), 1e-14));
}
