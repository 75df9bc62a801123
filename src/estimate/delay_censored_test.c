// SPDX-License-Identifier: AGPL-3.0-or-later
#include "base/test.h"
#include "delay_internal.h"

enum { N = 60, STEPS = 4000 };
struct sample {
    double el[N], er[N], sl[N], sr[N], until[N], delay[N], max[N];
};

static struct epi_censored censored(const struct sample *s)
{
    return (struct epi_censored){.n = N, .el = s->el, .er = s->er, .sl = s->sl, .sr = s->sr};
}

/* Both events known to the day, infections over a month, gamma delays. */
static void by_day(struct epi_rng *r, double shape, double scale, struct sample *s)
{
    for (size_t i = 0; i < N; i++) {
        double first = 30 * epi_rng_unit(r), second = first + epi_rng_gamma(r, shape, scale);
        s->el[i] = floor(first);
        s->er[i] = s->el[i] + 1;
        s->sl[i] = floor(second);
        s->sr[i] = s->sl[i] + 1;
    }
}

PROPERTY(the_closed_form_is_the_double_integral, 5)
{
    EPI_ARENA_LOCAL(a);
    static const enum epi_delay_family all[] = {EPI_DELAY_GAMMA, EPI_DELAY_LNORM, EPI_DELAY_WEIBULL,
                                                EPI_DELAY_EXP};
    struct sample s;
    by_day(rng, 1 + 3 * epi_rng_unit(rng), 1 + epi_rng_unit(rng), &s);
    for (size_t k = 0; k < EPI_COUNT(all); k++) {
        struct epi_censored c = censored(&s);
        struct epi_delay_fit x;
        double loglik = 0;
        CHECK_OK(epi_delay_fit_interval(a, &c, all[k], &x, NULL));
        CHECK(x.converged);
        for (size_t i = 0; i < N; i++) {
            double sum = 0;
            for (size_t j = 0; j < STEPS / 20; j++) {
                double e = s.el[i] + ((double)j + 0.5) / (STEPS / 20);
                sum += epi_delay_cdf(all[k], x.par, s.sr[i] - e) -
                       epi_delay_cdf(all[k], x.par, s.sl[i] - e);
            }
            loglik += log(sum / (STEPS / 20));
        }
        CHECK_NEAR(x.loglik, loglik, 2e-4 * fabs(loglik));
    }
}

PROPERTY(the_true_delay_is_found_from_whole_days, 10)
{
    EPI_ARENA_LOCAL(a);
    struct sample s;
    struct epi_delay_fit x;
    by_day(rng, 3, 2, &s);
    struct epi_censored c = censored(&s);
    CHECK_OK(epi_delay_fit_interval(a, &c, EPI_DELAY_GAMMA, &x, NULL));
    CHECK_NEAR(x.mean, 6, 5 * 3.5 / sqrt(N));
    CHECK_NEAR(log(x.par[0] / 3), 0, 5 * sqrt(x.cov[0]) / x.par[0]);
}

PROPERTY(intervals_without_length_are_exact_delays, 10)
{
    EPI_ARENA_LOCAL(a);
    struct sample s;
    struct epi_delays d;
    struct epi_delay_fit x, y;
    for (size_t i = 0; i < N; i++) {
        s.delay[i] = s.sl[i] = s.sr[i] = epi_rng_gamma(rng, 2, 3);
        s.el[i] = s.er[i] = 0;
    }
    struct epi_censored c = censored(&s);
    epi_delays_of(a, s.delay, N, &d);
    for (size_t f = 0; f < 3; f++) {
        CHECK_OK(epi_delay_fit_interval(a, &c, (enum epi_delay_family)f, &x, NULL));
        CHECK_OK(epi_delay_fit_exact(&d, (enum epi_delay_family)f, &y, NULL));
        CHECK_NEAR(x.loglik, y.loglik, 1e-8 * fabs(y.loglik));
        CHECK_NEAR(x.par[0] / y.par[0], 1, 1e-6);
        CHECK_NEAR(x.par[1] / y.par[1], 1, 1e-6);
        CHECK_NEAR(x.cov[0] / y.cov[0], 1, 1e-3);
    }
}

PROPERTY(a_limit_far_away_truncates_nothing, 5)
{
    EPI_ARENA_LOCAL(a);
    struct sample s;
    struct epi_delay_fit x, y;
    by_day(rng, 2, 2, &s);
    struct epi_censored c = censored(&s);
    CHECK_OK(epi_delay_fit_interval(a, &c, EPI_DELAY_GAMMA, &x, NULL));
    for (size_t i = 0; i < N; i++)
        s.until[i] = 1e5;
    c.until = s.until;
    CHECK_OK(epi_delay_fit_interval(a, &c, EPI_DELAY_GAMMA, &y, NULL));
    CHECK_NEAR(x.loglik, y.loglik, 1e-6 * fabs(x.loglik));
    CHECK_NEAR(x.par[0] / y.par[0], 1, 1e-4);
}

TEST(an_order_of_events_that_cannot_be_is_refused)
{
    EPI_ARENA_LOCAL(a);
    struct epi_delay_fit x;
    const double zero[] = {0}, one[] = {1}, before[] = {-2};
    struct epi_censored c = {.n = 1, .el = zero, .er = one, .sl = before, .sr = before};
    CHECK(epi_delay_fit_interval(a, &c, EPI_DELAY_GAMMA, &x, NULL) == EPI_INVALID);
    c.n = 0;
    CHECK(epi_delay_fit_interval(a, &c, EPI_DELAY_GAMMA, &x, NULL) == EPI_INVALID);
    CHECK(epi_delay_fit_truncated(a, one, zero, 1, EPI_DELAY_GAMMA, &x, NULL) == EPI_INVALID);
    CHECK(epi_delay_fit_truncated(a, before, NULL, 1, EPI_DELAY_GAMMA, &x, NULL) == EPI_INVALID);
}

/* --- right truncation --- */
PROPERTY(delays_cut_off_by_today_are_told_from_short_ones, 10)
{
    EPI_ARENA_LOCAL(a);
    enum { M = 1500 };
    double delay[M], max[M];
    size_t n = 0;
    struct epi_delay_fit cut, naive;
    while (n < M) { /* onsets even over 20 days, seen only when the delay fits in */
        double limit = (double)epi_rng_below(rng, 20), d = floor(epi_rng_gamma(rng, 4, 2));
        if (d > limit)
            continue;
        delay[n] = d;
        max[n++] = limit;
    }
    CHECK_OK(epi_delay_fit_truncated(a, delay, max, n, EPI_DELAY_GAMMA, &cut, NULL));
    CHECK_OK(epi_delay_fit_truncated(a, delay, NULL, n, EPI_DELAY_GAMMA, &naive, NULL));
    CHECK(cut.converged && naive.converged);
    CHECK_NEAR(cut.mean, 8, 1.2);
    CHECK(naive.mean < 7.3);
    double loglik = 0;
    for (size_t i = 0; i < n; i++)
        loglik += log((epi_gamma_cdf(delay[i] + 1, cut.par[0], cut.par[1]) -
                       epi_gamma_cdf(delay[i], cut.par[0], cut.par[1])) /
                      epi_gamma_cdf(max[i] + 1, cut.par[0], cut.par[1]));
    CHECK_NEAR(cut.loglik, loglik, 1e-8 * fabs(loglik));
}

TEST(a_truncated_fit_of_one_delay_is_flagged)
{
    EPI_ARENA_LOCAL(a);
    struct epi_delay_fit x;
    const double d[] = {3, 3, 3}, m[] = {9, 9, 9};
    CHECK_OK(epi_delay_fit_truncated(a, d, m, 3, EPI_DELAY_GAMMA, &x, NULL));
    CHECK(!x.converged || isfinite(x.loglik));
}
