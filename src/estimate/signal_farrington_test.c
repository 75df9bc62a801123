// SPDX-License-Identifier: AGPL-3.0-or-later
#include "estimate/signal_internal.h"
#include "stats/stats.h"
#include "base/test.h"

static struct epi_series weekly(const double *count, size_t n)
{
    return (struct epi_series){
        .n = n, .start = EPI_DATE_UNKNOWN, .step = 1, .t0 = 1, .cases = count};
}

/* --- baselines --- */
PROPERTY(the_baseline_takes_every_point_once_and_blocks_of_nearly_one_length, 60)
{
    EPI_ARENA_LOCAL(a);
    struct epi_farrington_options o = epi_farrington_standard();
    struct epi_series s = {.n = 600, .start = epi_date_ymd(2005, 1, 3), .step = 7};
    struct epi__plan p;
    o.years = 1 + (unsigned)epi_rng_below(rng, 6);
    o.half_window = (unsigned)epi_rng_below(rng, 5);
    o.periods = 2 + (unsigned)epi_rng_below(rng, 12);
    o.left_out = (unsigned)epi_rng_below(rng, 40);
    size_t at = 400 + epi_rng_below(rng, 200), expected_from = 0;
    epi__plan_farrington(a, &o, &s, at, &p);
    CHECK(p.n > 0);
    expected_from = epi_signal_year_back(&s, at, o.years, 52) - o.half_window;
    CHECK_INT(p.runs[0].from, expected_from);
    CHECK_INT(p.runs[p.n - 1].to, at - o.left_out);
    size_t least = SIZE_MAX, most = 0;
    for (size_t r = 0; r < p.n; r++) {
        size_t len = p.runs[r].to - p.runs[r].from;
        CHECK(r == 0 || p.runs[r].from == p.runs[r - 1].to);
        CHECK(p.runs[r].level < o.periods);
        if (p.runs[r].level == o.periods - 1) {
            CHECK(len == 2 * o.half_window + 1 || p.runs[r].to == at - o.left_out);
        } else if (r + 1 < p.n) {
            least = len < least ? len : least;
            most = len > most ? len : most;
        }
    }
    CHECK(o.years < 2 || most <= least + 1);
}

TEST(the_original_baseline_is_the_windows_alone)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct epi_farrington_options o = epi_farrington_1996();
    struct epi_series s = {.n = 300, .start = EPI_DATE_UNKNOWN};
    struct epi__plan p;
    o.years = 2;
    epi__plan_farrington(a, &o, &s, 110, &p);
    CHECK_INT(p.n, 2);
    CHECK_INT(p.runs[0].from, 3);
    CHECK_INT(p.runs[0].to, 10);
    CHECK_INT(p.runs[1].from, 55);
    epi__plan_farrington(a, &o, &s, 105, &p); /* the window is cut at the start of the series */
    CHECK_INT(p.runs[0].from, 0);
    CHECK_INT(p.runs[0].to, 5);
    epi__plan_farrington(a, &o, &s, 103, &p); /* no two years of past */
    CHECK_INT(p.n, 0);
}

/* --- the fit --- */
struct plain { /* coefficients of levels and trend by dense normal equations */
    double coef[13], dispersion;
};

/* Newton steps on the same likelihood, to the end. */
static void plain_fit(const struct epi__plan *p, const double *y, const double *w, double origin,
                      bool trend, struct plain *ret)
{
    size_t q = p->levels + trend, known = 0;
    memset(ret, 0, sizeof *ret);
    for (size_t l = 0; l < p->levels; l++)
        ret->coef[l] = 1;
    for (int round = 0; round < 200; round++) {
        double info[13 * 13] = {0}, score[13] = {0}, pearson = 0;
        known = 0;
        for (size_t r = 0; r < p->n; r++)
            for (size_t i = p->runs[r].from; i < p->runs[r].to; i++) {
                size_t l = p->runs[r].level;
                if (isnan(y[i]))
                    continue;
                known++;
                double at = (double)i - origin;
                double mu = exp(ret->coef[l] + (trend ? ret->coef[q - 1] * at : 0));
                double off = w[i] * (y[i] - mu), v = w[i] * mu;
                pearson += w[i] * (y[i] - mu) * (y[i] - mu) / mu;
                info[l * q + l] += v;
                score[l] += off;
                if (trend) {
                    info[l * q + q - 1] += v * at;
                    info[(q - 1) * q + l] += v * at;
                    info[q * q - 1] += v * at * at;
                    score[q - 1] += off * at;
                }
            }
        ret->dispersion = pearson / (double)(known - q);
        /* Gauss elimination: the matrix is small and positive definite. */
        for (size_t k = 0; k < q; k++)
            for (size_t m = 0; m < q; m++) {
                double f = info[m * q + k] / info[k * q + k];
                for (size_t c = k; m != k && c < q; c++)
                    info[m * q + c] -= f * info[k * q + c];
                if (m != k)
                    score[m] -= f * score[k];
            }
        for (size_t k = 0; k < q; k++) {
            double step = score[k] / info[k * q + k];
            ret->coef[k] += step > 1 ? 1 : step < -1 ? -1 : step;
        }
    }
}

PROPERTY(the_seasonal_fit_is_the_maximum_of_the_likelihood, 30)
{
    enum { N = 330 };
    EPI_ARENA_LOCAL(a);
    struct epi_farrington_options o = epi_farrington_standard();
    double y[N], w[N], level = exp(epi_rng_unit(rng) * 4), slope = 0.004 * epi_rng_unit(rng);
    o.years = 4;
    for (size_t i = 0; i < N; i++) {
        w[i] = 1;
        y[i] = 1 + (double)epi_rng_poisson(rng, level * exp(slope * (double)i));
        if (epi_rng_chance(rng, 0.03))
            y[i] = (double)NAN;
    }
    struct epi_series s = weekly(y, N);
    struct epi__plan p;
    struct epi__table t;
    epi__plan_farrington(a, &o, &s, N - 1, &p);
    epi__table_init(a, N, &t);
    epi__table_fill(&t, y);
    struct epi__exception list[N];
    struct epi__weights weights = {epi_rng_unit(rng) + 0.5, list, 0};
    for (size_t r = 0; r < p.n; r++)
        for (size_t i = p.runs[r].from; i < p.runs[r].to; i++) {
            double extra = isnan(y[i])                ? -1
                           : epi_rng_chance(rng, 0.1) ? -epi_rng_unit(rng) * 0.9
                                                      : 0;
            w[i] = weights.unit * (1 + extra);
            if (extra < 0)
                list[weights.n++] = (struct epi__exception){(uint32_t)i, p.runs[r].level, extra};
        }
    struct epi__fitter *fitter = epi__fitter_new(a, N, o.periods);
    for (int trend = 0; trend < 2; trend++) {
        const struct epi__fit *fit = epi__fit(fitter, &p, &t, &weights, trend);
        struct plain want;
        CHECK(fit->ok);
        plain_fit(&p, y, w, fit->origin, trend, &want);
        for (size_t l = 0; l < p.levels; l++)
            CHECK_NEAR(fit->alpha[l], want.coef[l], 1e-5);
        if (trend)
            CHECK_NEAR(fit->beta, want.coef[p.levels], 1e-7);
        CHECK_NEAR(fit->dispersion, want.dispersion, 1e-4 * want.dispersion);
    }
}

/* --- thresholds --- */
TEST(a_steady_series_has_a_threshold_known_by_hand)
{
    USES_NO_RNG;
    enum { N = 300 };
    double y[N];
    struct epi_farrington_options o = epi_farrington_1996();
    struct epi_farrington r;
    EPI_ARENA_LOCAL(a);
    for (size_t i = 0; i < N; i++)
        y[i] = 4;
    struct epi_series s = weekly(y, N);
    epi_farrington(a, &o, &s, N - 1, N, &r);
    /* mu 4, phi 1, se^2 = 4/35: tau = 1 + 1/35 */
    CHECK_NEAR(r.signal.expected, 4, 1e-9);
    CHECK_NEAR(r.phi, 1, 0);
    CHECK_NEAR(r.se, sqrt(4.0 / 35), 1e-7);
    CHECK_NEAR(r.signal.upper, 8.575061660445, 1e-7);
    CHECK_NEAR(r.signal.p, 0.5, 1e-9);
    CHECK(isnan(r.trend) && r.trend_p > 0.05 && !r.signal.alarm);
    y[N - 1] = 9;
    epi_farrington(a, &o, &s, N - 1, N, &r);
    CHECK(r.signal.alarm);
    CHECK_NEAR(r.signal.upper, 8.575061660445, 1e-7);
}

TEST(few_recent_counts_raise_no_alarm)
{
    USES_NO_RNG;
    enum { N = 340 };
    double y[N];
    struct epi_farrington_options o = epi_farrington_standard();
    struct epi_farrington r;
    EPI_ARENA_LOCAL(a);
    for (size_t i = 0; i < N; i++)
        y[i] = i % 9 == 0;
    struct epi_series s = weekly(y, N);
    y[N - 1] = 4;
    y[N - 2] = y[N - 3] = y[N - 4] = 0;
    epi_farrington(a, &o, &s, N - 1, N, &r);
    CHECK_INT(r.signal.state, EPI_SIGNAL_TOO_FEW);
    CHECK(!r.signal.alarm && isnan(r.signal.upper) && r.fitted > 0);
    y[N - 2] = 1;
    epi_farrington(a, &o, &s, N - 1, N, &r);
    CHECK_INT(r.signal.state, EPI_SIGNAL_JUDGED);
    CHECK(r.signal.alarm);
    o.few_points = 0;
    y[N - 2] = 0;
    epi_farrington(a, &o, &s, N - 1, N, &r);
    CHECK(r.signal.alarm);
}

TEST(a_past_of_zeros_is_said_not_to_fit)
{
    USES_NO_RNG;
    enum { N = 340 };
    double y[N] = {0};
    struct epi_farrington_options o = epi_farrington_standard();
    struct epi_farrington r;
    EPI_ARENA_LOCAL(a);
    struct epi_series s = weekly(y, N);
    y[N - 1] = 10;
    epi_farrington(a, &o, &s, N - 1, N, &r);
    CHECK_INT(r.signal.state, EPI_SIGNAL_NO_FIT);
    CHECK(isnan(r.signal.upper) && isnan(r.signal.p));
    for (size_t i = 0; i < N; i++)
        y[i] = (double)NAN;
    y[N - 1] = 1;
    epi_farrington(a, &o, &s, N - 1, N, &r);
    CHECK_INT(r.signal.state, EPI_SIGNAL_NO_BASELINE);
    y[N - 1] = (double)NAN;
    epi_farrington(a, &o, &s, N - 1, N, &r);
    CHECK_INT(r.signal.state, EPI_SIGNAL_MISSING);
    epi_farrington(a, &o, &s, 200, 201, &r);
    CHECK_INT(r.signal.state, EPI_SIGNAL_NO_BASELINE);
}

static void simulate(struct epi_rng *rng, double *y, size_t n, double mean)
{
    double phase = epi_rng_unit(rng) * 6;
    for (size_t i = 0; i < n; i++)
        y[i] = (double)epi_rng_poisson(rng, mean * exp(0.4 * sin((double)i / 8.28 + phase)));
}

PROPERTY(a_higher_count_has_a_smaller_p_and_the_same_threshold, 30)
{
    enum { N = 340 };
    double y[N];
    EPI_ARENA_LOCAL(a);
    simulate(rng, y, N, 5);
    struct epi_series s = weekly(y, N);
    struct epi_farrington_options o = epi_farrington_standard();
    o.threshold = (enum epi_threshold)epi_rng_below(rng, 3);
    struct epi_farrington before, after;
    y[N - 1] += 5; /* enough cases in the last weeks in both */
    epi_farrington(a, &o, &s, N - 1, N, &before);
    y[N - 1] += 1 + (double)epi_rng_below(rng, 10);
    epi_farrington(a, &o, &s, N - 1, N, &after);
    CHECK_NEAR(before.signal.upper, after.signal.upper, 0);
    CHECK(after.signal.p < before.signal.p);
    CHECK(after.signal.alarm || !before.signal.alarm);
    CHECK_INT(after.signal.alarm, y[N - 1] > after.signal.upper);
}

PROPERTY(missing_weeks_are_left_out_and_not_taken_as_zero, 20)
{
    enum { N = 340 };
    double y[N];
    EPI_ARENA_LOCAL(a);
    simulate(rng, y, N, 20);
    struct epi_series s = weekly(y, N);
    struct epi_farrington_options o = epi_farrington_standard();
    struct epi_farrington whole, skipped, zeroed;
    epi_farrington(a, &o, &s, N - 1, N, &whole);
    for (size_t i = 100; i < 140; i += 3)
        y[i] = (double)NAN;
    epi_farrington(a, &o, &s, N - 1, N, &skipped);
    epi_signal_fill(y, N, EPI_MISSING_ZERO, NULL);
    epi_farrington(a, &o, &s, N - 1, N, &zeroed);
    CHECK_NEAR(skipped.phi, whole.phi, 0.5);
    CHECK_NEAR(skipped.signal.upper, whole.signal.upper, 0.15 * whole.signal.upper);
    CHECK(zeroed.phi > skipped.phi); /* zeros look like dispersion */
}

PROPERTY(an_outbreak_in_the_past_weighs_less_and_does_not_hide_the_next_one, 20)
{
    enum { N = 340 };
    double y[N];
    EPI_ARENA_LOCAL(a);
    simulate(rng, y, N, 10);
    struct epi_series s = weekly(y, N);
    struct epi_farrington_options o = epi_farrington_standard();
    struct epi_farrington with, without;
    for (size_t i = N - 1 - 52 - 2; i < N - 1 - 52 + 2; i++)
        y[i] += 60;
    epi_farrington(a, &o, &s, N - 1, N, &with);
    o.reweight = false;
    epi_farrington(a, &o, &s, N - 1, N, &without);
    CHECK(with.signal.upper < without.signal.upper);
}

PROPERTY(false_alarms_are_as_rare_as_alpha_says, 3)
{
    enum { SERIES = 60, N = 340, WEEKS = 26 };
    EPI_ARENA_LOCAL(a);
    double *y = EPI_ARRAY(a, SERIES * N, double);
    for (size_t k = 0; k < SERIES; k++)
        simulate(rng, y + k * N, N, 12);
    struct epi_series s = weekly(y, N);
    struct epi_farrington *r = EPI_ARRAY(a, SERIES * WEEKS, struct epi_farrington);
    for (int threshold = 0; threshold < 3; threshold++) {
        struct epi_farrington_options o = epi_farrington_standard();
        o.threshold = (enum epi_threshold)threshold;
        epi_farrington_many(a, &o, &s, y, SERIES, N - WEEKS, N, r);
        double alarms = 0;
        for (size_t i = 0; i < SERIES * WEEKS; i++)
            alarms += r[i].signal.alarm;
        CHECK(alarms / (SERIES * WEEKS) > 0.01 && alarms / (SERIES * WEEKS) < 0.09);
    }
}
