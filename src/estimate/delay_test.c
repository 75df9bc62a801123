// SPDX-License-Identifier: AGPL-3.0-or-later
#include "delay_internal.h"
#include "test_run.h"

static struct epi_delay_fit fit(struct epi_arena *a, const double *v, size_t n,
                                enum epi_delay_family f)
{
    struct epi_delays d;
    struct epi_delay_fit ret = {0};
    epi_delays_of(a, v, n, &d);
    if (epi_delay_fit_exact(&d, f, &ret, NULL) != EPI_OK)
        ret.converged = false;
    return ret;
}

TEST(equal_delays_are_counted_once)
{
    EPI_ARENA_LOCAL(a);
    struct epi_delays d;
    epi_delays_of(a, (const double[]){3, 0, (double)NAN, 3, 7, 3}, 6, &d);
    CHECK_INT(d.n, 3);
    CHECK_NEAR(d.total, 5, 0);
    CHECK_NEAR(d.value[1], 3, 0);
    CHECK_NEAR(d.times[1], 3, 0);
    epi_delays_of(a, (const double[]){2.5, -1, 2.5, 1e9}, 4, &d);
    CHECK_INT(d.n, 3);
    CHECK_NEAR(d.value[0], -1, 0);
    CHECK_NEAR(d.times[1], 2, 0);
}

TEST(fits_with_answers_known_by_hand)
{
    EPI_ARENA_LOCAL(a);
    const double e1 = exp(1.0), e3 = exp(3.0);
    struct epi_delay_fit x = fit(a, (const double[]){e1, e3}, 2, EPI_DELAY_LNORM);
    CHECK_NEAR(x.par[0], 2, 1e-14);
    CHECK_NEAR(x.par[1], 1, 1e-14);
    CHECK_NEAR(sqrt(x.cov[0]), 1 / sqrt(2), 1e-14);
    CHECK_NEAR(x.loglik, -4 - log(2 * M_PI) - 1, 1e-12); /* -sum log x - n log(s sqrt 2pi) - n/2 */
    x = fit(a, (const double[]){1, 2, 6}, 3, EPI_DELAY_EXP);
    CHECK_NEAR(x.par[0], 3, 1e-15);
    CHECK_NEAR(x.loglik, -3 * log(3) - 3, 1e-13);
    CHECK_NEAR(x.bic, log(3) - 2 * x.loglik, 1e-13);
    x = fit(a, (const double[]){-2, 0, 2}, 3, EPI_DELAY_NORMAL);
    CHECK_NEAR(x.par[0], 0, 1e-15);
    CHECK_NEAR(x.par[1], sqrt(8.0 / 3), 1e-14);
    x = fit(a, (const double[]){0, 0, 4, 4}, 4, EPI_DELAY_NBINOM);
    CHECK_NEAR(x.par[1], 2, 0);
    CHECK_NEAR(x.n, 4, 0);
}

TEST(families_above_zero_leave_zeros_out_and_counts_keep_them)
{
    EPI_ARENA_LOCAL(a);
    const double v[] = {0, 0, 1, 2, 5, 9, 2};
    CHECK_NEAR(fit(a, v, 7, EPI_DELAY_GAMMA).n, 5, 0);
    CHECK_NEAR(fit(a, v, 7, EPI_DELAY_NBINOM).n, 7, 0);
}

TEST(counts_with_no_more_spread_than_poisson_have_infinite_size)
{
    EPI_ARENA_LOCAL(a);
    struct epi_delay_fit x = fit(a, (const double[]){2, 3, 2, 3, 2, 3}, 6, EPI_DELAY_NBINOM);
    CHECK(x.converged && isinf(x.par[0]));
    CHECK_NEAR(x.par[1], 2.5, 1e-14);
    CHECK_NEAR(x.sd * x.sd, 2.5, 1e-12);
}

TEST(one_value_alone_fits_no_shape)
{
    EPI_ARENA_LOCAL(a);
    const double v[] = {4, 4, 4};
    CHECK(!fit(a, v, 3, EPI_DELAY_GAMMA).converged);
    CHECK(!fit(a, v, 3, EPI_DELAY_WEIBULL).converged);
    CHECK(!fit(a, v, 3, EPI_DELAY_LNORM).converged);
    CHECK(isnan(fit(a, v, 3, EPI_DELAY_GAMMA).par[0]));
    CHECK(fit(a, v, 3, EPI_DELAY_EXP).converged);
}

static double draw(struct epi_rng *r, enum epi_delay_family f, const double *par)
{
    return epi_delay_quantile(f, par, (epi_rng_unit(r) * 0.9998) + 0.0001);
}

PROPERTY(a_fit_finds_what_the_delays_were_drawn_from, 40)
{
    EPI_ARENA_LOCAL(a);
    enum { N = 800 };
    static const enum epi_delay_family all[] = {EPI_DELAY_GAMMA, EPI_DELAY_LNORM,
                                                EPI_DELAY_WEIBULL};
    for (size_t f = 0; f < EPI_COUNT(all); f++) {
        double par[2] = {0.6 + 4 * epi_rng_unit(rng), 0.4 + 3 * epi_rng_unit(rng)}, v[N];
        par[1] = all[f] == EPI_DELAY_LNORM ? 0.2 + epi_rng_unit(rng) : par[1];
        for (size_t i = 0; i < N; i++)
            v[i] = draw(rng, all[f], par);
        struct epi_delay_fit x = fit(a, v, N, all[f]);
        CHECK(x.converged);
        for (size_t i = 0; i < 2; i++)
            CHECK_NEAR(x.par[i], par[i], 5 * sqrt(x.cov[3 * i]));
    }
}

PROPERTY(delays_in_another_unit_only_change_the_scale, 30)
{
    EPI_ARENA_LOCAL(a);
    enum { N = 50 };
    double v[N], w[N], by = exp(3 * epi_rng_normal(rng));
    for (size_t i = 0; i < N; i++) {
        v[i] = epi_rng_gamma(rng, 2, 3);
        w[i] = v[i] * by;
    }
    struct epi_delay_fit x = fit(a, v, N, EPI_DELAY_GAMMA), y = fit(a, w, N, EPI_DELAY_GAMMA);
    CHECK_NEAR(y.par[0] / x.par[0], 1, 1e-9);
    CHECK_NEAR(y.par[1] / x.par[1] / by, 1, 1e-9);
    CHECK_NEAR(y.ks, x.ks, 1e-9);
    x = fit(a, v, N, EPI_DELAY_WEIBULL), y = fit(a, w, N, EPI_DELAY_WEIBULL);
    CHECK_NEAR(y.par[0] / x.par[0], 1, 1e-9);
    CHECK_NEAR(y.par[1] / x.par[1] / by, 1, 1e-9);
    x = fit(a, v, N, EPI_DELAY_LNORM), y = fit(a, w, N, EPI_DELAY_LNORM);
    CHECK_NEAR(y.par[0] - x.par[0], log(by), 1e-9);
    CHECK_NEAR(y.loglik - x.loglik, -N * log(by), 1e-7);
}

/* The distances of grouped delays are those of the delays one by one. */
PROPERTY(distances_do_not_mind_ties, 20)
{
    EPI_ARENA_LOCAL(a);
    enum { N = 60 };
    double v[N], ks = 0, cvm = 1.0 / (12 * N), ad = -N;
    for (size_t i = 0; i < N; i++)
        v[i] = 1 + (double)epi_rng_below(rng, 8);
    struct epi_delay_fit x = fit(a, v, N, EPI_DELAY_GAMMA);
    epi_sort(v, N);
    for (size_t i = 0; i < N; i++) {
        double k = (double)i + 1, f = epi_delay_cdf(EPI_DELAY_GAMMA, x.par, v[i]);
        double other = epi_delay_sf(EPI_DELAY_GAMMA, x.par, v[N - 1 - i]);
        ks = fmax(ks, fmax(fabs(f - k / N), fabs(f - (k - 1) / N)));
        cvm += (f - (2 * k - 1) / (2 * N)) * (f - (2 * k - 1) / (2 * N));
        ad -= (2 * k - 1) / N * (log(f) + log(other));
    }
    CHECK_NEAR(x.ks, ks, 1e-12);
    CHECK_NEAR(x.cvm, cvm, 1e-12);
    CHECK_NEAR(x.ad, ad, 1e-9);
}

TEST(limits_of_quantiles_stay_positive_and_hold_the_quantile)
{
    EPI_ARENA_LOCAL(a);
    const double v[] = {0.2, 1.1, 3, 0.4, 8, 2};
    struct epi_delay_fit x = fit(a, v, 6, EPI_DELAY_WEIBULL);
    double q = epi_delay_quantile(EPI_DELAY_WEIBULL, x.par, 0.05);
    double se = epi_delay_quantile_log_se(&x, 0.05);
    CHECK(se > 0 && q * exp(-1.96 * se) > 0);
    /* of an exponential, log q = log mean + constant, so the log error is 1/sqrt(n) */
    x = fit(a, v, 6, EPI_DELAY_EXP);
    CHECK_NEAR(epi_delay_quantile_log_se(&x, 0.9), 1 / sqrt(6), 1e-8);
}

/* --- period by period --- */
static double day(int year, int month, int d)
{
    return (double)epi_date_ymd(year, month, d).d;
}

TEST(periods_begin_on_monday_and_on_the_first)
{
    epi_date d = epi_date_ymd(2021, 11, 17); /* a Wednesday */
    CHECK_INT(epi_delay_period_start(d, EPI_PERIOD_WEEK).d, epi_date_ymd(2021, 11, 15).d);
    CHECK_INT(epi_delay_period_start(d, EPI_PERIOD_MONTH).d, epi_date_ymd(2021, 11, 1).d);
    CHECK_INT(epi_delay_period_start(d, EPI_PERIOD_DAY).d, d.d);
}

TEST(a_week_of_delays_by_hand)
{
    EPI_ARENA_LOCAL(a);
    struct epi_delay_summary s;
    double monday = day(2021, 11, 15);
    const double from[] = {monday,     monday + 1,  monday + 1, monday + 2,
                           monday + 3, monday + 20, (double)NAN};
    const double to[] = {monday + 1, monday + 4,  monday, (double)NAN,
                         monday + 3, monday + 21, monday};
    epi_delay_summarise(a, from, to, 7, (epi_date){(int32_t)monday + 40}, EPI_PERIOD_WEEK, 1, &s);
    CHECK_INT(s.n, 3);
    CHECK_NEAR(s.rows[0].n, 5, 0);
    CHECK_NEAR(s.rows[0].open, 1, 0);
    CHECK_NEAR(s.rows[0].negative, 1, 0);
    CHECK_NEAR(s.rows[0].known, 3, 0);
    CHECK_NEAR(s.rows[0].median, 1, 0); /* 0, 1, 3 */
    CHECK_NEAR(s.rows[0].q75, 2, 0);
    CHECK_NEAR(s.rows[0].within, 2.0 / 3, 1e-15);
    CHECK_NEAR(s.rows[0].seen, 1, 0);
    CHECK_NEAR(s.rows[1].n, 0, 0);
    CHECK(isnan(s.rows[1].median));
    CHECK_NEAR(s.all.n, 6, 0);
}

TEST(a_period_whose_delays_are_still_running_is_told)
{
    EPI_ARENA_LOCAL(a);
    enum { N = 400 };
    struct epi_delay_summary s;
    double from[N], to[N], monday = day(2021, 11, 1);
    for (size_t i = 0; i < N; i++) { /* delays 0 .. 9 evenly over 40 days */
        from[i] = monday + (double)(i / 10);
        to[i] = from[i] + (double)(i % 10);
    }
    epi_date now = {(int32_t)monday + 39};
    epi_delay_summarise(a, from, to, N, now, EPI_PERIOD_DAY, 1, &s);
    CHECK_INT(s.n, 40);
    CHECK_NEAR(s.rows[39].seen, 0.1, 1e-12);
    CHECK_NEAR(s.rows[35].seen, 0.5, 1e-12);
    CHECK_NEAR(s.rows[20].seen, 1, 1e-12);
    CHECK_NEAR(s.rows[39].open, 9, 0);
}

/* --- through the table of methods --- */
TEST(delays_may_stand_as_numbers_or_as_pairs_of_days)
{
    EPI_ARENA_LOCAL(a);
    struct epi_estimate e, p;
    struct epi_findings f;
    CHECK_OK(test_run(a, "delay", "", "delay\n1\n4\n2\n7\n3\n", &e, &f, NULL));
    CHECK_OK(test_run(a, "delay", "exact",
                      "onset,reported\n2021-11-01,2021-11-02\n2021-11-01,2021-11-05\n"
                      "2021-11-02,2021-11-04\n2021-11-03,2021-11-10\n2021-11-03,2021-11-06\n"
                      "2021-11-09,\n",
                      &p, &f, NULL));
    CHECK_INT(e.rows.rows, 5);
    CHECK_NEAR(test_cell(&e, "par1", 0), test_cell(&p, "par1", 0), 0);
    CHECK_NEAR(test_cell(&e, "mean", 0) * test_cell(&e, "par2", 0), test_cell(&e, "par1", 0),
               1e-12);
    CHECK(test_has(&e.notes, "estimate.delay-few"));
    CHECK(test_has(&p.notes, "estimate.delay-open"));
}

TEST(quantiles_asked_for_are_columns)
{
    EPI_ARENA_LOCAL(a);
    struct epi_estimate e;
    struct epi_findings f;
    CHECK_OK(test_run(a, "delay", "exact", "delay\n1\n4\n2\n", &e, &f, "distribution", "exp",
                      "quantiles", "0.5, 0.025,0.99", NULL));
    CHECK_INT(e.rows.rows, 1);
    CHECK_NEAR(test_cell(&e, "q50", 0), 7.0 / 3 * log(2), 1e-13);
    CHECK_NEAR(test_cell(&e, "q025", 0), -7.0 / 3 * log(0.975), 1e-13);
    CHECK(!isnan(test_cell(&e, "q99", 0)));
    CHECK_INT(e.tables[0].rows, 3);
}

TEST(impossible_delays_are_findings_or_notes)
{
    EPI_ARENA_LOCAL(a);
    struct epi_estimate e;
    struct epi_findings f;
    CHECK(test_run(a, "delay", "exact", "delay\nfive\n2\n", &e, &f, NULL) == EPI_INVALID);
    CHECK(test_has(&f, "estimate.cell-no-number"));
    CHECK(test_run(a, "delay", "exact", "delay\nnan\n2\n", &e, &f, NULL) == EPI_INVALID);
    CHECK(test_run(a, "delay", "exact", "delay\n0\n0\n", &e, &f, "distribution", "gamma", NULL) ==
          EPI_INVALID);
    CHECK_OK(test_run(a, "delay", "exact", "delay\n-3\n2\n5\n0\n", &e, &f, NULL));
    CHECK(test_has(&e.notes, "estimate.delay-negatives"));
    CHECK(test_has(&e.notes, "estimate.delay-zeros"));
    CHECK_NEAR(test_cell(&e, "n", 0), 2, 0);
    CHECK(test_run(a, "delay", "truncated", "delay,max_observable\n5,3\n2,9\n", &e, &f, NULL) ==
          EPI_INVALID);
    CHECK(test_has(&f, "estimate.delay-beyond-limit"));
    CHECK(test_run(a, "delay", "interval", "EL,ER,SL,SR\n2,1,3,4\n5,6,1,2\n", &e, &f, NULL) ==
          EPI_INVALID);
    CHECK(test_has(&f, "estimate.interval-reversed"));
    CHECK(test_has(&f, "estimate.interval-impossible"));
    CHECK(test_run(a, "delay", "summary", "onset,reported\n,\n,\n", &e, &f, NULL) == EPI_INVALID);
    CHECK(test_run(a, "delay", "summary", "onset,reported\nx,2021-11-02\n", &e, &f, NULL) ==
          EPI_INVALID);
    CHECK(test_has(&f, "estimate.cell-no-date"));
}

TEST(one_delay_gives_no_shape_and_says_so)
{
    EPI_ARENA_LOCAL(a);
    struct epi_estimate e;
    struct epi_findings f;
    CHECK_OK(test_run(a, "delay", "exact", "delay\n5\n", &e, &f, NULL));
    CHECK(isnan(test_cell(&e, "par1", 0)));
    CHECK(isnan(test_cell(&e, "q50", 0)));
    CHECK(test_has(&e.notes, "estimate.delay-no-fit"));
    CHECK_NEAR(test_cell(&e, "mean", 3), 5, 0); /* the exponential */
}

TEST(a_column_of_units_gives_a_summary_each)
{
    EPI_ARENA_LOCAL(a);
    struct epi_estimate e;
    struct epi_findings f;
    CHECK_OK(test_run(a, "delay", "summary",
                      "unit,onset,reported\nA,2021-11-01,2021-11-02\nB,2021-11-01,2021-11-06\n"
                      "A,2021-11-02,2021-11-05\nB,2021-11-03,2021-11-01\n",
                      &e, &f, "now", "2021-12-01", NULL));
    CHECK_INT(e.rows.rows, 2);
    CHECK_NEAR(test_cell(&e, "median", 0), 2, 0);
    CHECK_NEAR(test_cell(&e, "negative", 1), 1, 0);
    CHECK(test_has(&f, "estimate.delay-negative"));
    CHECK_INT(f.list[0].row, 4);
}
