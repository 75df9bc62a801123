// SPDX-License-Identifier: AGPL-3.0-or-later
#include "estimate/signal_internal.h"
#include "stats/stats.h"
#include "base/test.h"

static struct epi_series series_of(const double *count, size_t n)
{
    return (struct epi_series){
        .n = n, .start = EPI_DATE_UNKNOWN, .step = 1, .t0 = 1, .cases = count};
}

/* --- missing counts, years back --- */
TEST(missing_counts_are_filled_only_where_asked_and_only_between_known_ones)
{
    USES_NO_RNG;
    const double none = (double)NAN, given[] = {none, 2, none, none, 8, none};
    double v[6];
    bool filled[6];
    memcpy(v, given, sizeof v);
    CHECK_INT(epi_signal_fill(v, 6, EPI_MISSING_SKIP, filled), 0);
    CHECK(isnan(v[2]) && !filled[2]);
    CHECK_INT(epi_signal_fill(v, 6, EPI_MISSING_INTERPOLATE, filled), 2);
    CHECK_NEAR(v[2], 4, 1e-12);
    CHECK_NEAR(v[3], 6, 1e-12);
    CHECK(filled[2] && filled[3] && !filled[1] && !filled[4] && !filled[5]);
    CHECK(isnan(v[0]) && isnan(v[5]));
    memcpy(v, given, sizeof v);
    CHECK_INT(epi_signal_fill(v, 6, EPI_MISSING_ZERO, filled), 4);
    CHECK_NEAR(v[0] + v[2] + v[3] + v[5], 0, 0);
    CHECK(filled[0] && filled[5]);
}

TEST(a_year_back_is_the_nearest_same_weekday_whatever_the_number_of_weeks)
{
    USES_NO_RNG;
    struct epi_series s = {.n = 1000, .start = epi_date_ymd(2009, 1, 5), .step = 7};
    static const struct {
        int y, m, d;
        unsigned back;
        int by, bm, bd;
        const char *why;
    } rows[] = {
        {2021, 1, 4, 1, 2020, 1, 6, "4 January 2020 is a Saturday: the Monday after is nearer"},
        {2021, 1, 4, 5, 2016, 1, 4, "five years back the day is a Monday itself: 261 weeks"},
        {2020, 12, 28, 1, 2019, 12, 30, "28 December 2019 is a Saturday"},
        {2016, 2, 29, 1, 2015, 3, 2, "29 February counts as 1 March, a Sunday"},
        {2018, 5, 14, 3, 2015, 5, 11, "14 May 2015 is a Thursday: three days back"},
    };
    for (size_t i = 0; i < EPI_COUNT(rows); i++) {
        int at = epi_date_ymd(rows[i].y, rows[i].m, rows[i].d).d - s.start.d;
        CHECK_INT(at % 7, 0);
        size_t back = epi_signal_year_back(&s, (size_t)at / 7, rows[i].back, 52);
        CHECK_INT(s.start.d + 7 * (int)back, epi_date_ymd(rows[i].by, rows[i].bm, rows[i].bd).d);
    }
    CHECK_INT(epi_signal_year_back(&s, 0, 0, 52), 0);
    CHECK(epi_signal_year_back(&s, 51, 1, 52) == SIZE_MAX);
    s.start = EPI_DATE_UNKNOWN;
    CHECK_INT(epi_signal_year_back(&s, 53, 1, 52), 1);
    CHECK(epi_signal_year_back(&s, 51, 1, 52) == SIZE_MAX);
    s = (struct epi_series){.n = 1000, .start = epi_date_ymd(2019, 1, 1), .step = 1};
    CHECK_INT(epi_signal_year_back(&s, 365 + 59, 1, 365), 59); /* 29 February 2020: 1 March 2019 */
}

/* --- EARS --- */
TEST(ears_agrees_with_a_calculation_by_hand)
{
    USES_NO_RNG;
    const double y[] = {1, 2, 3, 4, 5, 6, 7, 20, 4, 4, 4, 4};
    struct epi_ears_options o = epi_ears_standard();
    struct epi_ears e;
    EPI_ARENA_LOCAL(a);
    epi_ears_init(a, 12, &e);
    epi_ears(&o, y, 12, &e);
    CHECK(isnan(e.c1[6]) && isnan(e.c2[8]) && isnan(e.c3[10]));
    CHECK_NEAR(e.mean[7], 4, 1e-12);
    CHECK_NEAR(e.sd[7], sqrt(28.0 / 6), 1e-12);
    CHECK_NEAR(e.c1[7], 16 / sqrt(28.0 / 6), 1e-12);
    CHECK_NEAR(e.upper1[7], 4 + 3.090232306167813 * sqrt(28.0 / 6), 1e-9);
    CHECK_INT(e.alarm[7], EPI_EARS_C1);
    CHECK_NEAR(e.c2[9], 0, 1e-12); /* the baseline of C2 ends two points earlier */
    CHECK_NEAR(e.c3[11], 0, 1e-12);
}

TEST(ears_c3_adds_up_the_excess_of_three_points)
{
    USES_NO_RNG;
    /* Every baseline that matters has mean 2 and sd 1. */
    const double y[] = {1, 3, 1, 3, 2, 2, 2, 1, 3, 1, 3, 4, 4, 4};
    struct epi_ears_options o = epi_ears_standard();
    struct epi_ears e;
    EPI_ARENA_LOCAL(a);
    o.min_sigma = 2;
    epi_ears_init(a, 14, &e);
    epi_ears(&o, y, 14, &e);
    double sum = 0;
    for (size_t t = 11; t < 14; t++)
        sum += fmax(0, (y[t] - e.mean[t - 2]) / 2 - 1);
    CHECK_NEAR(e.c3[13], sum, 1e-12);
    double before = sum - fmax(0, e.c2[13] - 1);
    CHECK_NEAR(e.upper3[13], e.mean[11] + 2 * (1 + 1.959963984540054 - before), 1e-9);
}

TEST(a_flat_baseline_alarms_at_any_rise_unless_a_least_spread_is_given)
{
    USES_NO_RNG;
    const double y[] = {2, 2, 2, 2, 2, 2, 2, 2, 3};
    struct epi_ears_options o = epi_ears_standard();
    struct epi_ears e;
    EPI_ARENA_LOCAL(a);
    epi_ears_init(a, 9, &e);
    epi_ears(&o, y, 9, &e);
    CHECK_NEAR(e.c1[7], 0, 0);
    CHECK_INT(e.alarm[7], 0);
    CHECK(isinf(e.c1[8]));
    CHECK_INT(e.alarm[8], EPI_EARS_C1);
    o.min_sigma = 0.5;
    epi_ears(&o, y, 9, &e);
    CHECK_NEAR(e.c1[8], 2, 1e-12);
    CHECK_INT(e.alarm[8], 0);
}

TEST(ears_needs_more_than_half_of_its_baseline)
{
    USES_NO_RNG;
    const double none = (double)NAN;
    double y[] = {1, none, 3, none, 5, none, 3, 4};
    struct epi_ears_options o = epi_ears_standard();
    struct epi_ears e;
    EPI_ARENA_LOCAL(a);
    epi_ears_init(a, 8, &e);
    epi_ears(&o, y, 8, &e);
    CHECK_NEAR(e.mean[7], 3, 1e-12);
    CHECK_NEAR(e.sd[7], sqrt(8.0 / 3), 1e-12);
    y[0] = none;
    epi_ears(&o, y, 8, &e);
    CHECK(isnan(e.c1[7]));
}

PROPERTY(ears_scores_change_with_neither_unit_nor_level, 40)
{
    enum { N = 60 };
    double y[N], moved[N], by = 1 + epi_rng_unit(rng) * 9, up = (double)epi_rng_below(rng, 50);
    EPI_ARENA_LOCAL(a);
    struct epi_ears e, f;
    struct epi_ears_options o = epi_ears_standard();
    for (size_t i = 0; i < N; i++) {
        y[i] = (double)epi_rng_poisson(rng, 6);
        moved[i] = up + by * y[i];
    }
    epi_ears_init(a, N, &e);
    epi_ears_init(a, N, &f);
    epi_ears(&o, y, N, &e);
    epi_ears(&o, moved, N, &f);
    for (size_t i = 11; i < N; i++) {
        if (!isfinite(e.c1[i]) || !isfinite(e.c3[i]))
            continue;
        CHECK_NEAR(e.c1[i], f.c1[i], 1e-9 * (1 + fabs(e.c1[i])));
        CHECK_NEAR(e.c3[i], f.c3[i], 1e-9 * (1 + e.c3[i]));
    }
}

/* --- CUSUM --- */
TEST(cusum_adds_what_exceeds_k_and_is_never_negative)
{
    USES_NO_RNG;
    const double y[] = {4, 4, 4, 4, 0, 8, 6, 4};
    struct epi_series s = series_of(y, 8);
    struct epi_cusum_options o = epi_cusum_standard();
    struct epi_signal r[4];
    EPI_ARENA_LOCAL(a);
    o.transform = EPI_CUSUM_STANDARD;
    o.k = 0.5;
    o.h = 2;
    epi_cusum(a, &o, &s, 4, 8, r);
    static const double sums[] = {0, 1.5, 2, 1.5}, uppers[] = {9, 9, 6, 5};
    for (size_t i = 0; i < 4; i++) {
        CHECK_NEAR(r[i].expected, 4, 1e-12);
        CHECK_NEAR(r[i].score, sums[i], 1e-12);
        CHECK_NEAR(r[i].upper, uppers[i], 1e-12);
        CHECK_INT(r[i].alarm, i == 2);
    }
}

PROPERTY(a_count_raises_the_cusum_alarm_exactly_when_it_reaches_the_upper_one, 60)
{
    enum { N = 60 };
    double y[N];
    struct epi_series s = series_of(y, N);
    struct epi_cusum_options o = epi_cusum_standard();
    struct epi_signal r[N / 2];
    EPI_ARENA_LOCAL(a);
    for (size_t i = 0; i < N; i++)
        y[i] = 1 + (double)epi_rng_poisson(rng, i < N / 2 ? 5 : 7);
    o.transform = (enum epi_cusum_transform)epi_rng_below(rng, 3);
    epi_cusum(a, &o, &s, N / 2, N, r);
    for (size_t i = 0; i < N / 2; i++) {
        CHECK_INT(r[i].state, EPI_SIGNAL_JUDGED);
        if (fabs(y[N / 2 + i] - r[i].upper) > 1e-9)
            CHECK_INT(r[i].alarm, y[N / 2 + i] > r[i].upper);
    }
}

TEST(cusum_without_a_reference_judges_nothing_and_a_gap_keeps_the_sum)
{
    USES_NO_RNG;
    const double none = (double)NAN, zeros[] = {0, 0, 3, 4};
    double y[] = {4, 4, 8, none, 4};
    struct epi_series s = series_of(zeros, 4);
    struct epi_cusum_options o = epi_cusum_standard();
    struct epi_signal r[3];
    EPI_ARENA_LOCAL(a);
    o.transform = EPI_CUSUM_STANDARD;
    epi_cusum(a, &o, &s, 2, 4, r);
    CHECK_INT(r[0].state, EPI_SIGNAL_NO_BASELINE);
    epi_cusum(a, &o, &s, 0, 2, r);
    CHECK_INT(r[0].state, EPI_SIGNAL_NO_BASELINE);
    s = series_of(y, 5);
    o.k = 0.5;
    epi_cusum(a, &o, &s, 2, 5, r);
    CHECK_INT(r[1].state, EPI_SIGNAL_MISSING);
    CHECK_NEAR(r[0].score, 1.5, 1e-12);
    CHECK_NEAR(r[2].score, 1, 1e-12);
}

TEST(the_seasonal_reference_of_cusum_follows_the_year)
{
    USES_NO_RNG;
    enum { N = 208 };
    double y[N];
    for (size_t i = 0; i < N; i++)
        y[i] = floor(20 + 10 * cos(2 * acos(-1.0) * (double)(i + 1) / 52) + 0.5);
    struct epi_series s = series_of(y, N);
    struct epi_cusum_options o = epi_cusum_standard();
    struct epi_signal r[52];
    EPI_ARENA_LOCAL(a);
    o.seasonal = true;
    epi_cusum(a, &o, &s, 156, N, r);
    for (size_t i = 0; i < 52; i++) {
        CHECK_INT(r[i].state, EPI_SIGNAL_JUDGED);
        CHECK_NEAR(r[i].expected, y[156 + i], 2);
        CHECK(!r[i].alarm);
    }
}

/* --- Bayes, RKI --- */
TEST(bayes_and_rki_give_known_limits)
{
    USES_NO_RNG;
    const double y[] = {2, 2, 2, 2, 2, 2, 5, 6};
    double high[] = {20, 22, 24, 26, 28, 30, 33};
    struct epi_series s = series_of(y, 8);
    struct epi_window_options o = epi_bayes_standard();
    struct epi_signal r;
    EPI_ARENA_LOCAL(a);
    epi_bayes(a, &o, &s, 6, 7, &r); /* NegBin(12.5, 6/7) */
    CHECK_NEAR(r.upper, 5, 0);
    CHECK_NEAR(r.p, 0.0747354774487, 1e-12);
    CHECK(!r.alarm);
    epi_bayes(a, &o, &s, 5, 6, &r);
    CHECK_INT(r.state, EPI_SIGNAL_NO_BASELINE);
    epi_rki(a, &o, &s, 6, 7, &r);
    CHECK_NEAR(r.upper, 6.686, 0);
    CHECK(!r.alarm);
    s = series_of(high, 7);
    epi_rki(a, &o, &s, 6, 7, &r);
    CHECK_NEAR(r.upper, 25 + 2 * sqrt(14), 1e-12);
    CHECK(r.alarm);
}

PROPERTY(a_missing_week_leaves_a_window_as_if_it_were_shorter, 20)
{
    enum { N = 140 };
    double y[N];
    EPI_ARENA_LOCAL(a);
    for (size_t i = 0; i < N; i++)
        y[i] = (double)epi_rng_poisson(rng, 5);
    struct epi_series s = series_of(y, N);
    struct epi_window_options o = epi_rki_standard();
    struct epi_signal before, after;
    size_t hole = N - 1 - 52 - 4 + epi_rng_below(rng, 9);
    epi_rki(a, &o, &s, N - 1, N, &before);
    double was = y[hole];
    y[hole] = (double)NAN;
    epi_rki(a, &o, &s, N - 1, N, &after);
    CHECK_NEAR(after.expected, (before.expected * 18 - was) / 17, 1e-9);
}

/* --- change of level --- */
PROPERTY(outbreak_p_is_the_likelihood_of_the_rising_regression, 40)
{
    enum { N = 40 };
    double y[N], mu[N], sum = 0;
    EPI_ARENA_LOCAL(a);
    for (size_t i = 0; i < N; i++) {
        y[i] = (double)epi_rng_poisson(rng, i < 25 ? 3 : 6);
        sum += y[i];
    }
    struct epi_series s = series_of(y, N);
    struct epi_signal r;
    epi_outbreak_p(a, 100, &s, N - 1, N, &r);
    double want = 0;
    for (size_t i = 0; i < N; i++) { /* max over starts of min over ends of means */
        mu[i] = 0;
        for (size_t from = 0; from <= i; from++) {
            double least = (double)INFINITY, part = 0;
            for (size_t to = from; to < N; to++) {
                part += y[to];
                if (to >= i && part / (double)(to - from + 1) < least)
                    least = part / (double)(to - from + 1);
            }
            mu[i] = least > mu[i] ? least : mu[i];
        }
        if (y[i] > 0)
            want += y[i] * log(mu[i] * N / sum);
    }
    CHECK_NEAR(r.score, want, 1e-9 * (1 + want));
    CHECK_INT(r.alarm, want > log(100.0));
    if (r.upper > 0) {
        y[N - 1] = r.upper;
        epi_outbreak_p(a, 100, &s, N - 1, N, &r);
        CHECK(r.score >= log(100.0));
        y[N - 1] -= 1;
        epi_outbreak_p(a, 100, &s, N - 1, N, &r);
        CHECK(r.score < log(100.0));
    }
}

TEST(glr_starts_afresh_after_an_alarm)
{
    USES_NO_RNG;
    const double y[] = {2, 2, 2, 2, 12, 2, 2};
    struct epi_series s = series_of(y, 7);
    struct epi_glr_options o = {.c = 5, .mean = (double)NAN};
    struct epi_signal r[3];
    EPI_ARENA_LOCAL(a);
    epi_glr(a, &o, &s, 4, 7, r);
    CHECK_NEAR(r[0].score, 12 * log(6.0) - 10, 1e-12);
    CHECK(r[0].alarm);
    CHECK_NEAR(r[1].score, 0, 1e-12);
    CHECK(!r[1].alarm && !r[2].alarm);
    o.c = 20; /* no alarm: the excess is remembered */
    epi_glr(a, &o, &s, 4, 7, r);
    CHECK_NEAR(r[1].score, 14 * log(14.0 / 4) - 10, 1e-12);
    CHECK_NEAR(r[0].upper, 17, 0); /* 16 log 8 - 14 < 20 <= 17 log 8.5 - 15 */
}

/* --- any method --- */
PROPERTY(many_series_are_judged_as_one_by_one_and_evidence_says_the_same, 12)
{
    enum { SERIES = 3, N = 330, FROM = 290 };
    EPI_ARENA_LOCAL(a);
    double *y = EPI_ARRAY(a, SERIES * N, double);
    for (size_t i = 0; i < SERIES * N; i++)
        y[i] = epi_rng_chance(rng, 0.02) ? (double)NAN : (double)epi_rng_poisson(rng, 4);
    struct epi_series s = {
        .n = N, .start = epi_date_ymd(2012, 1, 2), .step = 7, .t0 = 1, .cases = y};
    for (int kind = EPI_SIGNAL_EARS_C1; kind <= EPI_SIGNAL_GLR; kind++) {
        struct epi_signal_method m = epi_signal_method((enum epi_signal_kind)kind);
        struct epi_signal r[SERIES * (N - FROM)];
        epi_signals(a, &m, &s, y, SERIES, FROM, N, r);
        for (size_t k = 0; k < SERIES; k++) {
            struct epi_series one = s;
            one.cases = y + k * N;
            size_t at = FROM + epi_rng_below(rng, N - FROM);
            const struct epi_signal *want = &r[k * (N - FROM) + at - FROM];
            struct epi_signal_evidence e;
            epi_signal_evidence(a, &m, &one, FROM, at, &e);
            CHECK_INT(e.signal.state, want->state);
            CHECK_INT(e.signal.alarm, want->alarm);
            if (want->state != EPI_SIGNAL_JUDGED)
                continue;
            CHECK(e.baseline_n > 0);
            if (kind != EPI_SIGNAL_BAYES)
                CHECK_NEAR(e.signal.score, want->score, 0);
            CHECK_NEAR(e.signal.expected, want->expected, 0);
            double weights = 0;
            for (size_t i = 0; i < e.baseline_n; i++) {
                CHECK(e.baseline[i].at < at && !isnan(e.baseline[i].count));
                weights += e.baseline[i].weight;
            }
            CHECK_NEAR(weights, (double)e.baseline_n, 1e-6);
        }
    }
}

PROPERTY(glr_finds_the_best_of_all_change_points, 60)
{
    enum { N = 60, FROM = 20 };
    double y[N];
    for (size_t i = 0; i < N; i++)
        y[i] =
            epi_rng_chance(rng, 0.05) ? (double)NAN : (double)epi_rng_poisson(rng, i < 45 ? 3 : 4);
    struct epi_series s = series_of(y, N);
    struct epi_glr_options o = {.c = 1e6, .mean = 3};
    struct epi_signal r[N - FROM];
    EPI_ARENA_LOCAL(a);
    epi_glr(a, &o, &s, FROM, N, r);
    for (size_t i = FROM; i < N; i++) {
        double best = 0, sum = 0, expected = 0;
        for (size_t k = i + 1; !isnan(y[i]) && k-- > FROM;) {
            sum += isnan(y[k]) ? 0 : y[k];
            expected += isnan(y[k]) ? 0 : 3;
            if (sum > expected)
                best = fmax(best, sum * log(sum / expected) - (sum - expected));
        }
        if (isnan(y[i]))
            CHECK_INT(r[i - FROM].state, EPI_SIGNAL_MISSING);
        else
            CHECK_NEAR(r[i - FROM].score, best, 1e-10 * (1 + best));
    }
}
