// SPDX-License-Identifier: AGPL-3.0-or-later
/* The functions of src/stats that estimates call most, on one core: prints
 * name<TAB>seconds<TAB>what, processor seconds, median of three. bench/r/stats.R does the same work
 * in R. stats_bench [PART OF A NAME] */
#include "stats/stats.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double cpu_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static const char *part = "";
static double sink; /* keeps results from being optimised away */

static void time_it(const char *name, double (*run)(size_t n), size_t n, const char *what)
{
    double s[3];
    if (!strstr(name, part))
        return;
    for (int k = 0; k < 3; k++) {
        double from = cpu_seconds();
        sink += run(n);
        s[k] = cpu_seconds() - from;
    }
    epi_sort(s, 3);
    printf("%s\t%.4f\t%s; %.0f ns each\n", name, s[1], what, s[1] / (double)n * 1e9);
}

/* Spread over the range on a log scale, in no order. */
static double spread(size_t i, double lo, double hi)
{
    double u = (double)(i * 2654435761u % 1000003u) / 1000003.0;
    return lo * exp(u * log(hi / lo));
}

static double posteriors(size_t n, double lo, double hi, bool whole)
{
    static const double p[] = {0.025, 0.05, 0.25, 0.5, 0.75, 0.95, 0.975};
    double q[7], sum = 0.0;
    for (size_t i = 0; i < n; i++) {
        double shape = spread(i, lo, hi);
        epi_gamma_quants(p, 7, whole ? floor(shape) : shape, 0.01, q);
        sum += q[0] + q[3] + q[6];
    }
    return sum;
}

static double quants(size_t n)
{
    return posteriors(n, 1.0, 2000.0, true);
}

static double quants_small(size_t n)
{
    return posteriors(n, 1.0, 5.0, false);
}

static double quants_tiny(size_t n)
{
    return posteriors(n, 0.05, 1.0, false);
}

#define LOOP(name, call) \
    static double name(size_t n) \
    { \
        double sum = 0.0; \
        for (size_t i = 0; i < n; i++) \
            sum += (call); \
        return sum; \
    }
#define U(k) ((double)((i * 40503u + (k)*7919u) % 9973u + 1u) / 9975.0)
LOOP(quant, epi_gamma_quant(U(0), spread(i, 0.5, 2000.0), 1.0))
LOOP(gamma_small, epi_gamma_p(spread(i, 0.5, 20.0), spread(i + 1, 0.5, 40.0)))
LOOP(gamma_large,
     epi_gamma_p(spread(i, 20.0, 2000.0), spread(i, 20.0, 2000.0) * (0.8 + 0.4 * U(1))))
LOOP(lgamma_own, epi_lgamma(spread(i, 0.01, 1e4)))
LOOP(normal_cdf, epi_normal_cdf(6.0 * U(0) - 3.0))
LOOP(normal_q, epi_normal_q(U(0)))
LOOP(digamma, epi_digamma(spread(i, 0.1, 1e4)))
LOOP(beta_small, epi_beta_i(U(0), spread(i, 0.5, 50.0), spread(i + 3, 0.5, 50.0)))
LOOP(beta_large, epi_beta_i(0.5 + 0.1 * (U(0) - 0.5), spread(i, 200.0, 4000.0),
                            spread(i, 200.0, 4000.0) * (0.9 + 0.2 * U(1))))
LOOP(beta_quant, epi_beta_q(U(0), spread(i, 0.5, 300.0), spread(i + 3, 0.5, 300.0)))
LOOP(t_quant, epi_t_q(U(0), spread(i, 1.0, 300.0)))
LOOP(poisson_pmf, epi_poisson_logpmf(floor(spread(i, 1.0, 1000.0)), spread(i + 1, 1.0, 1000.0)))
LOOP(poisson_cdf, epi_poisson_cdf(floor(spread(i, 1.0, 1000.0)), spread(i + 1, 1.0, 1000.0)))
LOOP(nbinom_pmf, epi_nbinom_logpmf(floor(spread(i, 1.0, 1000.0)), spread(i + 1, 1.0, 1000.0), 3.0))
LOOP(nbinom_quant, epi_nbinom_q(U(0), spread(i, 1.0, 1000.0), spread(i + 5, 0.5, 50.0)))
LOOP(bnb_quant, epi_bnbinom_q(U(0), spread(i, 1.0, 300.0), spread(i + 5, 5.0, 500.0), 20.0))

#include <math.h>
static double lgamma_libm(size_t n)
{
    double sum = 0.0;
    int sign;
    for (size_t i = 0; i < n; i++)
        sum += lgamma_r(spread(i, 0.01, 1e4), &sign);
    return sum;
}

static struct epi_rng stream(void)
{
    return epi_rng_stream(1, "bench.stats", 0, 0);
}

static double draw_binomial(size_t n)
{
    struct epi_rng r = stream();
    double sum = 0.0;
    for (size_t i = 0; i < n; i++)
        sum += (double)epi_draw_binomial(&r, 1000, U(0));
    return sum;
}

static double draw_nbinom(size_t n)
{
    struct epi_rng r = stream();
    double sum = 0.0;
    for (size_t i = 0; i < n; i++)
        sum += (double)epi_draw_nbinom(&r, spread(i, 1.0, 1000.0), 3.0);
    return sum;
}

static double *values(struct epi_arena *a, size_t n)
{
    struct epi_rng r = stream();
    double *v = EPI_ARRAY(a, n, double);
    for (size_t i = 0; i < n; i++)
        v[i] = epi_rng_unit(&r);
    return v;
}

static double sort_own(size_t n)
{
    EPI_ARENA_LOCAL(a);
    double *v = values(a, n);
    epi_sort(v, n);
    return v[n / 2];
}

static int order(const void *x, const void *y)
{
    double a = *(const double *)x, b = *(const double *)y;
    return (a > b) - (a < b);
}

static double sort_libc(size_t n)
{
    EPI_ARENA_LOCAL(a);
    double *v = values(a, n);
    qsort(v, n, sizeof *v, order);
    return v[n / 2];
}

/* The design of an outbreak detector: intercept, trend, a factor of ten levels; 263 weeks. */
enum { WEEKS = 263, COLUMNS = 11 };
static double regress(size_t n, bool nbinom)
{
    EPI_ARENA_LOCAL(a);
    double *x = EPI_ARRAY(a, WEEKS * COLUMNS, double), *y = EPI_ARRAY(a, WEEKS, double), sum = 0.0;
    for (size_t k = 0; k < n; k++) {
        struct epi_rng r = epi_rng_stream(1, "bench.regress", k, 0);
        double mean = exp(4.0 * epi_rng_unit(&r));
        for (size_t i = 0; i < WEEKS; i++) {
            x[i * COLUMNS] = 1.0;
            x[i * COLUMNS + 1] = (double)i;
            for (size_t j = 2; j < COLUMNS; j++)
                x[i * COLUMNS + j] = i % 52 / 5 + 1 == j ? 1.0 : 0.0;
            double mu = mean * (1.0 + 0.5 * sin((double)i / 8.3));
            y[i] = (double)epi_rng_poisson(&r, epi_rng_gamma(&r, 5.0, mu / 5.0));
        }
        struct epi_arena_mark mark = epi_arena_mark(a);
        struct epi_fit f = {0};
        epi_status s = nbinom ? epi_fit_nbinom(a, y, x, NULL, WEEKS, COLUMNS, &f, NULL)
                              : epi_fit_poisson(a, y, x, NULL, NULL, WEEKS, COLUMNS, &f, NULL);
        sum += s == EPI_OK ? f.coef[0] : 0.0;
        epi_arena_release(a, mark);
    }
    return sum;
}

static double regress_poisson(size_t n)
{
    return regress(n, false);
}

static double regress_nbinom(size_t n)
{
    return regress(n, true);
}

int main(int argc, char **argv)
{
    part = argc > 1 ? argv[1] : "";
    time_it("stats.quants", quants, 250000, "7 quantiles of 250,000 gammas, shapes 1 to 2000");
    time_it("stats.quants-small", quants_small, 250000, "the same, shapes 1 to 5");
    time_it("stats.quants-tiny", quants_tiny, 25000, "the same, 25,000 of shapes 0.05 to 1");
    time_it("stats.gamma-quant", quant, 200000, "one quantile at a time, shapes 0.5 to 2000");
    time_it("stats.gamma-p", gamma_small, 1000000, "gamma distribution, shapes 0.5 to 20");
    time_it("stats.gamma-p-large", gamma_large, 1000000, "shapes 20 to 2000");
    time_it("stats.lgamma", lgamma_own, 1000000, "log gamma");
    time_it("stats.lgamma-libm", lgamma_libm, 1000000, "lgamma_r of the C library");
    time_it("stats.digamma", digamma, 1000000, "digamma");
    time_it("stats.normal-cdf", normal_cdf, 1000000, "normal distribution");
    time_it("stats.normal-q", normal_q, 1000000, "normal quantile");
    time_it("stats.beta", beta_small, 200000, "incomplete beta, parameters 0.5 to 50");
    time_it("stats.beta-large", beta_large, 200000, "parameters 200 to 4000");
    time_it("stats.beta-quant", beta_quant, 100000, "beta quantile, parameters 0.5 to 300");
    time_it("stats.t-quant", t_quant, 100000, "Student's quantile, 1 to 300 degrees");
    time_it("stats.poisson-pmf", poisson_pmf, 1000000, "Poisson probability, means 1 to 1000");
    time_it("stats.poisson-cdf", poisson_cdf, 1000000, "Poisson distribution");
    time_it("stats.nbinom-pmf", nbinom_pmf, 1000000, "negative binomial probability");
    time_it("stats.nbinom-quant", nbinom_quant, 100000, "negative binomial quantile");
    time_it("stats.bnbinom-quant", bnb_quant, 100000, "beta-negative-binomial quantile");
    time_it("stats.draw-binomial", draw_binomial, 1000000, "binomial draws, n 1000");
    time_it("stats.draw-nbinom", draw_nbinom, 1000000, "negative binomial draws");
    time_it("stats.sort", sort_own, 1000000, "sorting a million numbers, made in the time");
    time_it("stats.sort-libc", sort_libc, 1000000, "the same by qsort");
    time_it("stats.poisson-fit", regress_poisson, 2000,
            "Poisson regressions of 263 weeks, 11 columns, counts made in the time");
    time_it("stats.nbinom-fit", regress_nbinom, 500, "negative binomial regressions of the same");
    return sink == 0.5;
}
