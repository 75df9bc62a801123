// SPDX-License-Identifier: AGPL-3.0-or-later
#include "base/test.h"
#include "stats/stats.h"

static double final_size(double z, void *r0)
{
    return 1.0 - z - exp(-*(double *)r0 * z);
}

static double cubic(double x, void *ctx)
{
    (void)ctx;
    return x * x * x - 2.0 * x - 5.0;
}

static double step_down(double x, void *ctx)
{
    (void)ctx;
    return x < 0.3 ? INFINITY : -1.0;
}

TEST(roots_are_found_to_the_last_digit)
{
    double r0 = 2.0;
    CHECK_NEAR(epi_root(cubic, NULL, 2, 3, 0), 2.0945514815423265, 1e-15);
    CHECK_NEAR(epi_root(final_size, &r0, 0.1, 1, 0), 0.79681213002002, 1e-13);
    CHECK_NEAR(epi_root(step_down, NULL, 0, 1, 1e-9), 0.3, 1e-9);
    CHECK(isnan(epi_root(cubic, NULL, 3, 4, 0)));
}

static double hill(double x, void *ctx)
{
    (void)ctx;
    return -exp(-x) * x * x;
}

TEST(a_least_value_is_found_between_its_bounds)
{
    CHECK_NEAR(epi_minimum(hill, NULL, 0, 10, 1e-9), 2.0, 1e-7);
    CHECK_NEAR(epi_minimum(hill, NULL, 3, 10, 1e-9), 3.0 + 0.0, 1e-6);
}

static double power_of(double x, void *ctx)
{
    return pow(x, *(double *)ctx);
}

static double narrow(double x, void *ctx)
{
    (void)ctx;
    return exp(-0.5 * pow((x - 0.123) / 1e-2, 2));
}

TEST(integrals_reach_their_tolerance)
{
    double p = 22;
    CHECK_NEAR(epi_integral(power_of, &p, 0, 1, 1e-14), 1.0 / 23, 1e-16);
    p = 0.5;
    CHECK_NEAR(epi_integral(power_of, &p, 0, 2, 1e-12), 4.0 * sqrt(2.0) / 3, 1e-11);
    p = -0.5;
    CHECK_NEAR(epi_integral(power_of, &p, 0, 1, 1e-10), 2.0, 1e-8);
    CHECK_NEAR(epi_integral(narrow, NULL, 0, 0.5, 1e-12), 1e-2 * sqrt(2 * M_PI), 1e-14);
    CHECK_NEAR(epi_integral(narrow, NULL, 0.5, 0, 1e-12), -1e-2 * sqrt(2 * M_PI), 1e-14);
    CHECK(isnan(epi_integral(narrow, NULL, 0, INFINITY, 1e-9)));
}

static double rosenbrock(const double *x, size_t n, void *ctx)
{
    (void)ctx;
    double sum = 0.0;
    for (size_t i = 0; i + 1 < n; i++)
        sum += 100.0 * pow(x[i + 1] - x[i] * x[i], 2) + pow(1.0 - x[i], 2);
    return sum;
}

struct delays {
    size_t n;
    double sum, log_sum;
};

/* Minus the log likelihood of a gamma distribution by shape and scale, infinite outside. */
static double gamma_deviance(const double *x, size_t n, void *ctx)
{
    (void)n;
    const struct delays *d = (const struct delays *)ctx;
    if (!(x[0] > 0.0 && x[1] > 0.0))
        return INFINITY;
    double c = (double)d->n;
    return -((x[0] - 1.0) * d->log_sum - d->sum / x[1] - c * epi_lgamma(x[0]) -
             c * x[0] * log(x[1]));
}

static double endless(const double *x, size_t n, void *ctx)
{
    (void)n;
    (void)ctx;
    return exp(-x[0]);
}

TEST(minimising_goes_to_the_bottom_of_a_bent_valley)
{
    double x[5] = {-1.2, 1.0, -0.5, 3.0, 0.0};
    CHECK(epi_minimise(rosenbrock, NULL, x, 5) < 1e-18);
    for (int i = 0; i < 5; i++)
        CHECK_NEAR(x[i], 1.0, 1e-8);
    double flat[1] = {0.0};
    CHECK(isnan(epi_minimise(endless, NULL, flat, 1)));
}

PROPERTY(a_gamma_likelihood_is_maximised_to_rounding, 20)
{
    double shape = exp(2.0 * epi_rng_normal(rng)), scale = exp(epi_rng_normal(rng));
    struct delays d = {.n = 20 + (size_t)epi_rng_below(rng, 2000)};
    for (size_t i = 0; i < d.n; i++) {
        double v = epi_rng_gamma(rng, shape, scale) + 1e-12;
        d.sum += v;
        d.log_sum += log(v);
    }
    double x[2] = {1.0, 1.0}, c = (double)d.n;
    CHECK(isfinite(epi_minimise(gamma_deviance, &d, x, 2)));
    /* At the maximum shape * scale is the mean and log(shape) - digamma(shape) the log of mean over
     * geometric mean. */
    CHECK_NEAR(x[0] * x[1] * c / d.sum, 1.0, 1e-8);
    double s = log(d.sum / c) - d.log_sum / c;
    /* A millionth of a standard error changes f by its last digit. */
    CHECK_NEAR((log(x[0]) - epi_digamma(x[0])) / s, 1.0, 1e-6);
    /* Fisher's information: n trigamma(shape), n / scale, and n shape / scale^2. */
    double h[4];
    epi_hessian(gamma_deviance, &d, x, 2, h);
    CHECK_NEAR(h[0] / (c * epi_trigamma(x[0])), 1.0, 1e-6);
    CHECK_NEAR(h[1] / (c / x[1]), 1.0, 1e-6);
    CHECK_NEAR(h[3] / (2.0 * d.sum / pow(x[1], 3) - c * x[0] / (x[1] * x[1])), 1.0, 1e-6);
}

struct sample {
    double v[200], noise;
};

static double weibull_deviance(const double *x, size_t n, void *ctx)
{
    (void)n;
    const struct sample *s = (const struct sample *)ctx;
    double sum = 0.0;
    for (size_t i = 0; i < EPI_COUNT(s->v); i++)
        sum -= epi_weibull_logpdf(s->v[i], x[0], x[1]);
    return isnan(sum) ? INFINITY : sum + s->noise * sin(1e12 * (x[0] + x[1]));
}

PROPERTY(minimising_bears_a_far_start_and_a_rough_function, 10)
{
    struct sample s = {.noise = 0.0};
    double shape = 0.5 + 3.0 * epi_rng_unit(rng), scale = 5.0 + 50.0 * epi_rng_unit(rng);
    for (size_t i = 0; i < EPI_COUNT(s.v); i++)
        s.v[i] = epi_weibull_q(0.001 + 0.998 * epi_rng_unit(rng), shape, scale);
    double near[2] = {1.0, 20.0}, far[2] = {12.0, 2.0}, rough[2] = {1.0, 20.0}; /* f(far) > 1e20 */
    CHECK(isfinite(epi_minimise(weibull_deviance, &s, near, 2)));
    CHECK(isfinite(epi_minimise(weibull_deviance, &s, far, 2)));
    s.noise = 1e-9; /* as a likelihood with integrals inside */
    CHECK(isfinite(epi_minimise(weibull_deviance, &s, rough, 2)));
    for (int i = 0; i < 2; i++) {
        CHECK_NEAR(far[i] / near[i], 1.0, 1e-8);
        CHECK_NEAR(rough[i] / near[i], 1.0, 1e-4);
    }
}
