// SPDX-License-Identifier: AGPL-3.0-or-later
#include "estimate/nowcast_internal.h"
#include "stats/stats.h"
#include "test_run.h"
#include "test_triangle.h"

static const double PROBS[] = {0.025, 0.25, 0.5, 0.75, 0.975};

/* d:  0  1  2
 *     4  3  1     n_x(2) = 1 + 2, N_x(2) = 8 + 10
 *     2  6  2     n_x(1) = 3 + 6 + 5, N_x(1) = 7 + 8 + 10
 *     5  5  -
 *     3  -  -  */
static double small_counts[] = {4, 3, 1, 2, 6, 2, 5, 5, (double)NAN, 3, (double)NAN, (double)NAN};
static const struct epi_triangle small = {
    .n = 4, .delays = 3, .start = {18932}, .step = 1, .t0 = 1, .count = small_counts};

TEST(the_delay_of_reports_by_hand)
{
    EPI_ARENA_LOCAL(a);
    struct epi_report_delay r;
    epi_report_delay(a, &small, &r);
    CHECK_NEAR(r.cases[2], 3, 0);
    CHECK_NEAR(r.at_risk[2], 18, 0);
    CHECK_NEAR(r.hazard[1], 14.0 / 25, 1e-15);
    CHECK_NEAR(r.cdf[2], 1, 0);
    CHECK_NEAR(r.cdf[1], 15.0 / 18, 1e-15);
    CHECK_NEAR(r.cdf[0], 15.0 / 18 * 11 / 25, 1e-15);
    double f = r.cdf[1];
    CHECK_NEAR(r.cdf_var[1], f * f * (3.0 / 18) / (18 * 15.0 / 18), 1e-15);
    CHECK(r.dispersion >= 1);
}

TEST(lawless_by_hand)
{
    EPI_ARENA_LOCAL(a);
    struct epi_nowcast w;
    struct epi_report_delay r;
    epi_report_delay(a, &small, &r);
    CHECK_OK(epi_nowcast_lawless(a, &small, 0, PROBS, 5, &w, NULL));
    double f = 15.0 / 18;
    CHECK_NEAR(w.mean[0], 8, 0);
    CHECK_NEAR(w.sd[1], 0, 0);
    CHECK_NEAR(w.mean[2], 12, 1e-13);
    CHECK_NEAR(w.sd_binomial[2], sqrt(10 * (1 - f)) / f, 1e-13);
    CHECK_NEAR(w.sd[2], sqrt(10 * (1 - f) / (f * f) + 110 / (f * f * f * f) * r.cdf_var[1]), 1e-13);
    CHECK_NEAR(w.quantile[0], 8, 0);
}

/* With one delay beyond 0, A = kappa + n_x(0), B = kappa + n_x(1). */
TEST(bnb_by_hand)
{
    EPI_ARENA_LOCAL(a);
    double counts[] = {6, 2, 8, 1, 4, (double)NAN};
    struct epi_triangle g = {
        .n = 3, .delays = 2, .start = {18932}, .step = 1, .t0 = 1, .count = counts};
    struct epi_nowcast w;
    CHECK_OK(epi_nowcast_bnb(a, &g, 0, 0.1, PROBS, 5, &w, NULL));
    CHECK_NEAR(w.mean[0], 8, 0);
    CHECK_NEAR(w.share[2], 18.1 / 21.2, 1e-14);
    CHECK_NEAR(w.mean[2], 4 + 5 * 3.1 / 17.1, 1e-13);
    CHECK_NEAR(w.quantile[2 * 5 + 2], 4 + epi_bnbinom_q(0.5, 5, 18.1, 3.1), 0);
    CHECK_NEAR(w.quantile[2 * 5 + 4], 4 + epi_bnbinom_q(0.975, 5, 18.1, 3.1), 0);
}

PROPERTY(ten_times_the_cases_are_ten_times_the_nowcast, 20)
{
    EPI_ARENA_LOCAL(a);
    double truth[30];
    struct epi_triangle g = test_triangle(a, rng, 30, 8, 20, 0, truth), h = g;
    struct epi_nowcast w, x;
    h.count = EPI_ARRAY(a, 30 * 8, double);
    for (size_t i = 0; i < 30 * 8; i++)
        h.count[i] = 10 * g.count[i];
    CHECK_OK(epi_nowcast_lawless(a, &g, 0, PROBS, 5, &w, NULL));
    CHECK_OK(epi_nowcast_lawless(a, &h, 0, PROBS, 5, &x, NULL));
    for (size_t t = 0; t < 30; t++) {
        CHECK_NEAR(x.share[t], w.share[t], 1e-13);
        if (w.share[t] > 0)
            CHECK_NEAR(x.mean[t], 10 * w.mean[t], 1e-9 * x.mean[t]);
    }
}

/* A method keeps its promises: quantiles in order, never below what is reported, rows that are
 * complete as they stand. */
static bool sound(const struct epi_nowcast *w, const struct epi_triangle *g)
{
    for (size_t t = 0; t < g->n; t++) {
        const double *q = w->quantile + t * 5;
        for (size_t j = 0; j < 5; j++) {
            if (isnan(q[j]) && w->share[t] < 0.25)
                continue;
            if (!(q[j] >= w->reported[t]) || (j > 0 && !(q[j] >= q[j - 1])))
                return false;
            if (epi_triangle_known(g, t) == g->delays && q[j] != w->reported[t])
                return false;
        }
    }
    return true;
}

PROPERTY(closed_forms_keep_their_promises, 60)
{
    EPI_ARENA_LOCAL(a);
    size_t n = 5 + epi_rng_below(rng, 30), k = 2 + epi_rng_below(rng, 12);
    double *truth = EPI_ARRAY(a, n, double), level = exp(4 * epi_rng_unit(rng) - 1);
    struct epi_triangle g =
        test_triangle(a, rng, n, k, level, (unsigned)epi_rng_below(rng, 8), truth);
    struct epi_nowcast w;
    for (unsigned flags = 0; flags < 4; flags++) {
        CHECK_OK(epi_nowcast_bnb(a, &g, flags, 0.1, PROBS, 5, &w, NULL));
        CHECK(sound(&w, &g));
        CHECK_OK(epi_nowcast_lawless(a, &g, flags, PROBS, 5, &w, NULL));
        CHECK(sound(&w, &g));
    }
}

PROPERTY(more_reported_is_never_fewer_expected, 20)
{
    EPI_ARENA_LOCAL(a);
    double truth[25];
    struct epi_triangle g = test_triangle(a, rng, 25, 7, 30, 0, truth);
    struct epi_nowcast w, x;
    /* the same delays, one more report of today that no delay is estimated from but d = 0 */
    CHECK_OK(epi_nowcast_bnb(a, &g, 0, 0.1, PROBS, 5, &w, NULL));
    g.count[22 * 7 + 2]++;
    CHECK_OK(epi_nowcast_bnb(a, &g, 0, 0.1, PROBS, 5, &x, NULL));
    CHECK(x.quantile[22 * 5 + 2] >= w.quantile[22 * 5 + 2]);
}

/* --- do the intervals cover? --- */
struct cover {
    double rows, in95, in50;
};
static void tally(struct cover *c, const struct epi_nowcast *w, const struct epi_triangle *g,
                  const double *truth)
{
    for (size_t t = 0; t < g->n; t++) {
        const double *q = w->quantile + t * 5;
        if (epi_triangle_known(g, t) == g->delays || isnan(q[0]))
            continue;
        c->rows++;
        c->in95 += truth[t] >= q[0] && truth[t] <= q[4];
        c->in50 += truth[t] >= q[1] && truth[t] <= q[3];
    }
}

enum { ROWS = 40, DELAYS = 10 };
static struct cover closed(bool lawless, unsigned flags, unsigned world)
{
    struct cover c = {0};
    for (uint64_t i = 0; i < 250; i++) {
        EPI_ARENA_LOCAL(a);
        struct epi_rng r = epi_rng_stream(11, "test.cover", i, world);
        double truth[ROWS];
        struct epi_triangle g = test_triangle(a, &r, ROWS, DELAYS, 50, world, truth);
        struct epi_nowcast w;
        epi_status s = lawless ? epi_nowcast_lawless(a, &g, flags, PROBS, 5, &w, NULL)
                               : epi_nowcast_bnb(a, &g, flags, 0.1, PROBS, 5, &w, NULL);
        if (s == EPI_OK)
            tally(&c, &w, &g, truth);
    }
    return c;
}

#define CHECK_COVERS(c, lowest) \
    do { \
        struct cover cover = (c); \
        CHECK(cover.rows > 100); \
        CHECK(cover.in95 / cover.rows >= (lowest)); \
        CHECK(cover.in95 / cover.rows <= 0.99); \
        CHECK(cover.in50 / cover.rows >= 0.45); \
        CHECK(cover.in50 / cover.rows <= 0.75); \
    } while (0)

TEST(intervals_of_closed_forms_cover_when_reports_come_singly)
{
    CHECK_COVERS(closed(true, 0, 0), 0.9);
    CHECK_COVERS(closed(true, EPI_NOWCAST_DISPERSION, 0), 0.9);
    CHECK_COVERS(closed(false, EPI_NOWCAST_TRUNCATION, 0), 0.9);
}

TEST(intervals_with_dispersion_cover_when_reports_come_in_clumps)
{
    CHECK_COVERS(closed(true, EPI_NOWCAST_DISPERSION, TEST_CLUMPED), 0.9);
    CHECK_COVERS(closed(false, EPI_NOWCAST_DISPERSION | EPI_NOWCAST_TRUNCATION, TEST_CLUMPED), 0.9);
    struct cover plain = closed(true, 0, TEST_CLUMPED); /* and without it they do not */
    CHECK(plain.in95 / plain.rows < 0.85);
}

static struct cover smoothed(struct epi_smooth_options o, unsigned world, uint64_t runs)
{
    struct cover c = {0};
    o.kappa = 0.1;
    o.draws = 300;
    o.warm_up = 120;
    for (uint64_t i = 0; i < runs; i++) {
        EPI_ARENA_LOCAL(a);
        struct epi_rng r = epi_rng_stream(12, "test.cover", i, world);
        double truth[ROWS];
        struct epi_triangle g = test_triangle(a, &r, ROWS, DELAYS, 50, world, truth);
        struct epi_nowcast w;
        o.seed = i;
        if (epi_nowcast_smooth(a, &g, &o, PROBS, 5, &w, NULL) == EPI_OK)
            tally(&c, &w, &g, truth);
    }
    return c;
}

TEST(intervals_of_the_smoothed_nowcast_cover)
{
    CHECK_COVERS(smoothed((struct epi_smooth_options){.poisson = true}, 0, 15), 0.9);
    CHECK_COVERS(smoothed((struct epi_smooth_options){0}, TEST_CLUMPED, 15), 0.9);
}

TEST(they_cover_when_reports_and_onsets_follow_the_week)
{
    struct epi_smooth_options o = {.report_weekday = true, .onset_weekday = true};
    CHECK_COVERS(smoothed(o, TEST_REPORT_WEEKDAY | TEST_ONSET_WEEKDAY | TEST_CLUMPED, 15), 0.9);
}

/* --- through the table of methods --- */
#define SMALL "date,d0,d1,d2\n2021-11-01,4,3,1\n2021-11-02,2,6,2\n2021-11-03,5,5,\n2021-11-04,3,,\n"

TEST(the_smoothed_nowcast_is_the_standard_one)
{
    const struct epi_estimate_method *m = epi_estimate_find(EPI_S("nowcast"), EPI_NIL);
    CHECK_STR(epi_str_of(m->method), EPI_S("smooth"));
}

TEST(rows_carry_date_share_and_intervals)
{
    EPI_ARENA_LOCAL(a);
    struct epi_estimate e;
    struct epi_findings f;
    CHECK_OK(test_run(a, "nowcast", "lawless", SMALL, &e, &f, NULL));
    CHECK_INT(e.rows.rows, 4);
    CHECK_NEAR(test_cell(&e, "date", 3), epi_date_ymd(2021, 11, 4).d, 0);
    CHECK_NEAR(test_cell(&e, "nowcast", 2), 12, 1e-12);
    CHECK_NEAR(test_cell(&e, "F", 2), 15.0 / 18, 1e-12);
    CHECK(test_cell(&e, "q975", 3) > test_cell(&e, "q025", 3));
    CHECK_INT(e.tables[0].rows, 3);
    CHECK_OK(test_run(a, "nowcast", "bnb", SMALL, &e, &f, "max-delay", "1", NULL));
    CHECK(test_has(&e.notes, "estimate.nowcast-late"));
}

TEST(the_weekday_needs_dates)
{
    EPI_ARENA_LOCAL(a);
    struct epi_estimate e;
    struct epi_findings f;
    CHECK(test_run(a, "nowcast", "smooth", "t,d0,d1\n1,3,2\n2,4,\n", &e, &f, "weekday", "both",
                   NULL) == EPI_INVALID);
}

TEST(next_to_no_cases_are_a_note_and_never_a_wrong_number)
{
    EPI_ARENA_LOCAL(a);
    static const char *const tables[] = {
        "t,d0,d1,d2\n1,0,0,0\n2,0,0,0\n3,0,0,\n4,0,,\n",
        "t,d0,d1,d2\n1,0,0,0\n2,0,1,0\n3,0,0,\n4,0,,\n",
        "t,d0,d1,d2\n1,0,0,1\n2,0,0,0\n3,0,0,\n4,0,,\n",
        "t,d0\n1,5\n2,0\n",
    };
    static const char *const methods[] = {"lawless", "bnb", "smooth"};
    for (size_t i = 0; i < EPI_COUNT(tables); i++)
        for (size_t k = 0; k < EPI_COUNT(methods); k++) {
            struct epi_estimate e;
            struct epi_findings f;
            CHECK_OK(test_run(a, "nowcast", methods[k], tables[i], &e, &f, NULL));
            CHECK(test_has(&e.notes, "estimate.nowcast-few"));
            for (size_t t = 0; t < e.rows.rows; t++) {
                double m = test_cell(&e, "median", t);
                CHECK(isnan(m) ? test_cell(&e, "F", t) < 0.25 : m >= test_cell(&e, "reported", t));
            }
        }
}

TEST(an_unwilling_day_of_the_week_is_pointed_out)
{
    EPI_ARENA_LOCAL(a);
    struct epi_rng r = epi_rng_stream(3, "test.weekday", 0, 0);
    double truth[60], ratio;
    struct epi_report_delay d;
    struct epi_triangle g = test_triangle(a, &r, 60, 8, 80, TEST_REPORT_WEEKDAY, truth);
    epi_report_delay(a, &g, &d);
    CHECK(epi__report_weekday(&g, &d, &ratio) > 3 && fabs(log(ratio)) > 0.3);
    g = test_triangle(a, &r, 60, 8, 80, 0, truth);
    epi_report_delay(a, &g, &d);
    CHECK(epi__report_weekday(&g, &d, &ratio) < 4);
}

TEST(a_line_list_is_nowcast_per_unit)
{
    EPI_ARENA_LOCAL(a);
    EPI_BUF_LOCAL(b, 1 << 16);
    struct epi_rng r = epi_rng_stream(4, "test.list", 0, 0);
    struct epi_estimate e;
    struct epi_findings f;
    epi_buf_putz(&b, "unit,onset,reported\n");
    for (size_t i = 0; i < 400; i++) {
        char from[16], to[16];
        epi_date d =
            epi_date_plus(epi_date_ymd(2021, 11, 1), (epi_days){(int)epi_rng_below(&r, 30)});
        epi_date_iso(d, from);
        epi_date_iso(epi_date_plus(d, (epi_days){(int)epi_rng_below(&r, 6)}), to);
        epi_buf_printf(&b, "%s,%s,%s\n", i % 2 ? "A" : "B", from, to);
    }
    epi_buf_putc(&b, '\0');
    CHECK_OK(test_run(a, "nowcast", "lawless", b.p, &e, &f, "now", "2021-11-25", "max-delay", "5",
                      "window", "20", NULL));
    CHECK_INT(e.rows.rows, 40);
    CHECK_NEAR(test_cell(&e, "date", 19), epi_date_ymd(2021, 11, 25).d, 0);
    CHECK(test_cell(&e, "F", 14) == 1 && test_cell(&e, "F", 19) < 0.5);
}
