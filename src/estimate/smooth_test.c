// SPDX-License-Identifier: AGPL-3.0-or-later
#include "estimate/smooth_chain.h"
#include "stats/stats.h"
#include "test_triangle.h"

static const double PROBS[] = {0.025, 0.25, 0.5, 0.75, 0.975};

/* A model and a point in it, by the door that is used. */
struct at {
    struct epi__smooth m;
    struct epi__smooth_at p;
};
static void somewhere(struct epi_arena *a, struct epi_rng *r, bool poisson, bool weekdays,
                      struct at *ret)
{
    size_t n = 6 + epi_rng_below(r, 10), k = 2 + epi_rng_below(r, 6);
    double *truth = EPI_ARRAY(a, n, double);
    struct epi_triangle *g = EPI_NEW(a, struct epi_triangle);
    struct epi_smooth_options o = {.poisson = poisson,
                                   .report_weekday = weekdays,
                                   .onset_weekday = weekdays,
                                   .kappa = 0.1 + epi_rng_unit(r)};
    *g = test_triangle(a, r, n, k, 15, TEST_CLUMPED, truth);
    epi__smooth_model(a, g, &o, &ret->m);
    ret->p.q = EPI_ARRAY(a, ret->m.dim, double);
    for (size_t i = 0; i < ret->m.dim; i++)
        ret->p.q[i] = (i < n ? 2.5 : i < n + k ? -1 : 0) + 0.5 * epi_rng_normal(r);
    ret->p.log_tau = epi_rng_normal(r);
    ret->p.log_size = epi_rng_normal(r);
}
/* The unknown behind place i of what moves together. */
static double *unknown(struct at *x, size_t i)
{
    const struct epi__smooth *m = &x->m;
    if (i < m->n)
        return &x->p.q[i];
    i -= m->n;
    return &x->p.q[m->n + (i < m->moved_n ? m->moved[i] : m->k + i - m->moved_n)];
}

/* Written out cell by cell, with the distributions of stats/. */
static double plainly(const struct at *x)
{
    const struct epi__smooth *m = &x->m;
    const double *a = x->p.q, *s = a + m->n, *w = s + m->k, *u = w + m->w;
    double lp = 0, g = 0, tau = exp(x->p.log_tau), size = exp(x->p.log_size);
    for (size_t t = 0; t < m->n; t++)
        for (size_t d = 0; d < m->known[t]; d++) {
            double mean = exp(a[t] + s[d] + (m->w ? w[(m->first_day + t + d) % 7] : 0) +
                              (m->u ? u[(m->first_day + t) % 7] : 0));
            double y = m->y[t * m->k + d];
            lp += m->poisson ? epi_poisson_logpmf(y, mean) : epi_nbinom_logpmf(y, mean, size);
        }
    for (size_t d = 0; d < m->k; d++) {
        g += exp(s[d]);
        lp += m->kappa * s[d];
    }
    g = log(g);
    lp += -m->kappa * (double)m->k * g - 0.5 * g * g - 0.0005 * (a[0] + g) * (a[0] + g);
    for (size_t t = 1; t < m->n; t++)
        lp += 0.5 * log(tau) - 0.5 * tau * (a[t] - a[t - 1]) * (a[t] - a[t - 1]);
    lp += 0.001 * log(tau) - 0.001 * tau;
    lp += m->poisson ? 0 : 0.001 * log(size) - 0.001 * size;
    for (size_t i = 0; i < m->w + m->u; i++)
        lp -= 0.5 * w[i] * w[i];
    return lp;
}

PROPERTY(the_density_is_that_of_the_model, 40)
{
    EPI_ARENA_LOCAL(a);
    struct at x;
    bool poisson = epi_rng_chance(rng, 0.5);
    somewhere(a, rng, poisson, epi_rng_chance(rng, 0.5), &x);
    double first = epi__smooth_density(&x.m, &x.p), plain = plainly(&x);
    for (size_t i = 0; i < x.m.dim; i++)
        x.p.q[i] += 0.3 * epi_rng_normal(rng);
    x.p.log_tau += 0.5;
    x.p.log_size -= poisson ? 0 : 0.7;
    CHECK_NEAR(epi__smooth_density(&x.m, &x.p) - first, plainly(&x) - plain,
               1e-9 * fabs(first) + 1e-9);
    /* and the part of one share alone */
    epi__smooth_rows(&x.m, x.p.q);
    double all = epi__smooth_density(&x.m, &x.p), part = epi__smooth_density_share(&x.m, &x.p, 1);
    x.p.q[x.m.n + 1] -= 0.4;
    CHECK_NEAR(epi__smooth_density_share(&x.m, &x.p, 1) - part,
               epi__smooth_density(&x.m, &x.p) - all, 1e-9 * fabs(all));
}

PROPERTY(the_gradient_is_the_slope_of_the_density, 40)
{
    EPI_ARENA_LOCAL(a);
    struct at x;
    somewhere(a, rng, epi_rng_chance(rng, 0.5), epi_rng_chance(rng, 0.5), &x);
    size_t dim = x.m.n + x.m.block;
    double *g = EPI_ARRAY(a, dim, double), h = 1e-5;
    epi__smooth_gradient(&x.m, &x.p, g);
    for (size_t i = 0; i < dim; i++) {
        double *q = unknown(&x, i), was = *q;
        *q = was + h;
        double hi = epi__smooth_density(&x.m, &x.p);
        *q = was - h;
        double lo = epi__smooth_density(&x.m, &x.p);
        *q = was;
        CHECK_NEAR(g[i], (hi - lo) / (2 * h), 1e-5 * (1 + fabs(g[i])));
    }
}

/* L^-T L^-1 g solves H s = g: the gradient a step s further changes by -H s, but for the parts of
 * H that are replaced by their expectation (log G near 0 makes them small). */
PROPERTY(the_factor_is_of_the_curvature, 20)
{
    EPI_ARENA_LOCAL(a);
    struct at x;
    somewhere(a, rng, epi_rng_chance(rng, 0.5), epi_rng_chance(rng, 0.5), &x);
    const size_t n = x.m.n, dim = n + x.m.block;
    double total = 0, h = 1e-6;
    for (size_t d = 0; d < x.m.k; d++)
        total += exp(x.p.q[n + d]);
    for (size_t d = 0; d < x.m.k; d++)
        x.p.q[n + d] -= log(total);
    double *g = EPI_ARRAY(a, dim, double), *s = EPI_ARRAY(a, dim, double),
           *after = EPI_ARRAY(a, dim, double);
    epi__smooth_curvature(&x.m, &x.p);
    for (size_t i = 0; i < dim; i++)
        g[i] = s[i] = epi_rng_normal(rng);
    epi__smooth_forward(&x.m, s);
    epi__smooth_backward(&x.m, s);
    double *before = EPI_ARRAY(a, dim, double);
    epi__smooth_gradient(&x.m, &x.p, before);
    for (size_t i = 0; i < dim; i++)
        *unknown(&x, i) += h * s[i];
    epi__smooth_gradient(&x.m, &x.p, after);
    for (size_t i = 0; i < dim; i++)
        CHECK_NEAR((before[i] - after[i]) / h, g[i], 0.02 * (1 + fabs(g[i])));
}

/* Two rows, two delays, Poisson: three counts are known, one is to come. All unknowns but one are
 * integrated by hand: given the share b of delay 0 and the step s of the walk, the level with its
 * nearly flat prior leaves a gamma, tau a power of the step. */
TEST(draws_have_the_distribution_that_quadrature_gives)
{
    EPI_ARENA_LOCAL(a);
    enum { GRID = 160, TOP = 400 };
    const double y00 = 30, y01 = 45, y10 = 24;
    double *cdf = EPI_ARRAY(a, TOP, double), sum = 0;
    for (size_t i = 0; i < GRID; i++)
        for (size_t j = 0; j < 2 * GRID; j++) {
            /* logit of b around its place, the step on a finer scale where its density peaks */
            double z = -4 + 8 * ((double)i + 0.5) / GRID, b = 1 / (1 + exp(-z)),
                   log_b = -log1p(exp(-z)), log_c = -log1p(exp(z));
            double v = -4 + 8 * ((double)j + 0.5) / (2 * GRID), s = v * v * v / 16,
                   jac = 3 * v * v / 16;
            if (s == 0)
                continue;
            /* mean of row 0: l, of row 1: l e^s; counts l b, l (1 - b), l e^s b; l ~ flat in log */
            double all = y00 + y01 + y10, rate = 1 + exp(s) * b;
            double log_w = (y00 + y10) * log_b + y01 * log_c + y10 * s - all * log(rate);
            log_w += 0.1 * (log_b + log_c) - 0.501 * log(0.001 + 0.5 * s * s) + log(jac);
            double w = exp(log_w + 90);
            /* to come: Poisson of l e^s (1 - b), l ~ gamma(all, 1/rate): negative binomial */
            double mean = all / rate * exp(s) * (1 - b), acc = 0;
            for (size_t k = 0; k < TOP; k++) {
                acc += exp(epi_nbinom_logpmf((double)k, mean, all));
                cdf[k] += w * acc;
            }
            sum += w;
        }
    double counts[] = {y00, y01, y10, (double)NAN};
    struct epi_triangle g = {
        .n = 2, .delays = 2, .start = {18932}, .step = 1, .t0 = 1, .count = counts};
    struct epi_smooth_options o = {
        .poisson = true, .kappa = 0.1, .seed = 5, .draws = 8000, .warm_up = 400};
    struct epi_nowcast w;
    CHECK_OK(epi_nowcast_smooth(a, &g, &o, PROBS, 5, &w, NULL));
    for (size_t j = 0; j < 5; j++) {
        /* the probability up to each quantile, within Monte Carlo and the steps of a count */
        size_t q = (size_t)(w.quantile[5 + j] - y10);
        double lo = q ? cdf[q - 1] / sum : 0, hi = cdf[q] / sum, err = 0.02;
        CHECK(lo - err <= PROBS[j] && PROBS[j] <= hi + err);
    }
    CHECK(w.rhat < 1.02);
}

TEST(the_same_seed_gives_the_same_draws)
{
    EPI_ARENA_LOCAL(a);
    double truth[20];
    struct epi_rng r = epi_rng_stream(9, "test.seed", 0, 0);
    struct epi_triangle g = test_triangle(a, &r, 20, 5, 30, 0, truth);
    struct epi_smooth_options o = {.kappa = 0.1, .seed = 7, .draws = 200, .warm_up = 100};
    struct epi_nowcast x, y, z;
    CHECK_OK(epi_nowcast_smooth(a, &g, &o, PROBS, 5, &x, NULL));
    CHECK_OK(epi_nowcast_smooth(a, &g, &o, PROBS, 5, &y, NULL));
    o.seed = 8;
    CHECK_OK(epi_nowcast_smooth(a, &g, &o, PROBS, 5, &z, NULL));
    CHECK_NEAR(x.mean[19], y.mean[19], 0);
    CHECK(x.mean[19] != z.mean[19]);
}

PROPERTY(any_triangle_gives_quantiles_in_order, 12)
{
    EPI_ARENA_LOCAL(a);
    size_t n = 2 + epi_rng_below(rng, 20), k = 1 + epi_rng_below(rng, 10);
    double *truth = EPI_ARRAY(a, n, double), level = exp(8 * epi_rng_unit(rng) - 3);
    struct epi_triangle g =
        test_triangle(a, rng, n, k, level, (unsigned)epi_rng_below(rng, 8), truth);
    bool weekdays = epi_rng_chance(rng, 0.5);
    struct epi_smooth_options o = {.poisson = epi_rng_chance(rng, 0.5),
                                   .report_weekday = weekdays,
                                   .onset_weekday = weekdays,
                                   .kappa = 0.1,
                                   .draws = 100,
                                   .warm_up = 60};
    struct epi_nowcast w;
    CHECK_OK(epi_nowcast_smooth(a, &g, &o, PROBS, 5, &w, NULL));
    for (size_t t = 0; t < n; t++)
        for (size_t j = 0; j < 5; j++) {
            double q = w.quantile[t * 5 + j];
            CHECK(isnan(q) || q >= w.reported[t]);
            CHECK(isnan(q) || j == 0 || q >= w.quantile[t * 5 + j - 1]);
        }
}
