// SPDX-License-Identifier: AGPL-3.0-or-later
/* Delays and nowcasts, on one core. Prints name, seconds (processor time, median of three), what;
 * bench/r/delay.R prints the same lines for the R packages. */
#include "estimate/estimate.h"
#include <math.h>
#include <stdio.h>

enum { RUNS = 3 };
typedef void work_fn(struct epi_arena *a, void *ctx);

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Quick work is repeated until it takes a hundredth of a second. */
static void take(const char *name, const char *what, work_fn *work, void *ctx)
{
    double time[RUNS];
    for (int i = 0; i < RUNS; i++) {
        double start = seconds(), rounds = 0, now;
        do {
            EPI_ARENA_LOCAL(a);
            work(a, ctx);
            rounds++;
        } while ((now = seconds()) - start < 0.01);
        time[i] = (now - start) / rounds;
    }
    for (int i = 1; i < RUNS; i++)
        for (int j = i; j > 0 && time[j] < time[j - 1]; j--) {
            double t = time[j];
            time[j] = time[j - 1];
            time[j - 1] = t;
        }
    printf("%s\t%.3g\t%s\n", name, time[RUNS / 2], what);
}

struct delays {
    size_t n;
    double *v, *limit;
    enum epi_delay_family family;
};

static void fit_exact(struct epi_arena *a, void *ctx)
{
    const struct delays *x = ctx;
    struct epi_delays d;
    struct epi_delay_fit fit;
    epi_delays_of(a, x->v, x->n, &d);
    if (epi_delay_fit_exact(&d, x->family, &fit, NULL) != EPI_OK || !fit.converged)
        fprintf(stderr, "no fit\n");
}

static void fit_interval(struct epi_arena *a, void *ctx)
{
    const struct delays *x = ctx;
    double *zero = EPI_ARRAY(a, x->n, double), *one = EPI_ARRAY(a, x->n, double),
           *sr = EPI_ARRAY(a, x->n, double);
    struct epi_delay_fit fit;
    for (size_t i = 0; i < x->n; i++) {
        one[i] = 1;
        sr[i] = x->v[i] + 1;
    }
    struct epi_censored c = {.n = x->n, .el = zero, .er = one, .sl = x->v, .sr = sr};
    for (int f = EPI_DELAY_GAMMA; f <= EPI_DELAY_WEIBULL; f++)
        if (epi_delay_fit_interval(a, &c, (enum epi_delay_family)f, &fit, NULL) != EPI_OK)
            fprintf(stderr, "no fit\n");
}

static void fit_truncated(struct epi_arena *a, void *ctx)
{
    const struct delays *x = ctx;
    struct epi_delay_fit fit;
    for (int f = EPI_DELAY_GAMMA; f <= EPI_DELAY_WEIBULL; f++)
        if (epi_delay_fit_truncated(a, x->v, x->limit, x->n, (enum epi_delay_family)f, &fit,
                                    NULL) != EPI_OK)
            fprintf(stderr, "no fit\n");
}

struct pairs {
    size_t n;
    double *from, *to;
};
static void summarise(struct epi_arena *a, void *ctx)
{
    const struct pairs *p = ctx;
    struct epi_delay_summary s;
    epi_delay_summarise(a, p->from, p->to, p->n, (epi_date){365}, EPI_PERIOD_WEEK, 2, &s);
}

/* An epidemic of two waves reported with gamma delays. */
static struct epi_triangle triangle(struct epi_arena *a, size_t n, size_t delays, double level)
{
    struct epi_triangle g = {
        .n = n, .delays = delays, .start = epi_date_ymd(2021, 11, 1), .step = 1, .t0 = 1};
    struct epi_rng r = epi_rng_stream(1, "bench.triangle", n, delays);
    g.count = EPI_ARRAY(a, n * delays, double);
    for (size_t t = 0; t < n; t++) {
        double mean = level * exp(sin((double)t / 9));
        for (size_t d = 0; d < delays; d++) {
            double x = ((double)d + 0.5) / ((double)delays / 3);
            double m = mean * pow(x, 1.5) * exp(-2.5 * x) / (double)delays * 8;
            double y = (double)epi_rng_poisson(&r, epi_rng_gamma(&r, 2, m / 2));
            g.count[t * delays + d] = t + d < n ? y : (double)NAN;
        }
    }
    return g;
}

static const double PROBS[] = {0.025, 0.25, 0.5, 0.75, 0.975};
static void lawless(struct epi_arena *a, void *ctx)
{
    struct epi_nowcast w;
    if (epi_nowcast_lawless(a, ctx, EPI_NOWCAST_DISPERSION, PROBS, 5, &w, NULL) != EPI_OK)
        fprintf(stderr, "no nowcast\n");
}
static void bnb(struct epi_arena *a, void *ctx)
{
    struct epi_nowcast w;
    if (epi_nowcast_bnb(a, ctx, 0, 0.1, PROBS, 5, &w, NULL) != EPI_OK)
        fprintf(stderr, "no nowcast\n");
}
struct smooth {
    struct epi_triangle g;
    struct epi_smooth_options o;
};
static void smooth(struct epi_arena *a, void *ctx)
{
    struct epi_nowcast w;
    const struct smooth *s = ctx;
    if (epi_nowcast_smooth(a, &s->g, &s->o, PROBS, 5, &w, NULL) != EPI_OK)
        fprintf(stderr, "no nowcast\n");
}

int main(void)
{
    enum { N = 100000, PAIRS = 1000000 };
    EPI_ARENA_LOCAL(a);
    struct epi_rng r = epi_rng_stream(1, "bench.delay", 0, 0);
    double *days = EPI_ARRAY(a, N, double), *exact = EPI_ARRAY(a, N, double),
           *limit = EPI_ARRAY(a, N, double);
    for (size_t i = 0; i < N; i++) {
        exact[i] = epi_rng_gamma(&r, 2, 3);
        days[i] = floor(exact[i]);
        limit[i] = days[i] + (double)epi_rng_below(&r, 30);
    }
    struct delays d = {N, days, limit, EPI_DELAY_GAMMA}, e = {N, exact, limit, EPI_DELAY_GAMMA};
    take("delay-gamma-days", "gamma, 100,000 delays in whole days", fit_exact, &d);
    take("delay-gamma-exact", "gamma, 100,000 delays all different", fit_exact, &e);
    d.family = EPI_DELAY_NBINOM;
    take("delay-nbinom-days", "negative binomial, 100,000 delays in whole days", fit_exact, &d);
    d.n = 10000;
    take("delay-interval", "three families, 10,000 pairs known to the day", fit_interval, &d);
    take("delay-truncated", "three families, 10,000 right-truncated delays", fit_truncated, &d);
    struct pairs p = {PAIRS, EPI_ARRAY(a, PAIRS, double), EPI_ARRAY(a, PAIRS, double)};
    for (size_t i = 0; i < PAIRS; i++) {
        p.from[i] = (double)epi_rng_below(&r, 365);
        p.to[i] = p.from[i] + days[i % N];
    }
    take("delay-summary", "1,000,000 pairs by week of a year", summarise, &p);
    struct epi_triangle weeks = triangle(a, 143, 11, 30);
    take("nowcast-lawless", "143 steps, delays to 10", lawless, &weeks);
    take("nowcast-bnb", "143 steps, delays to 10", bnb, &weeks);
    struct smooth s = {triangle(a, 35, 15, 30),
                       {.kappa = 0.1, .seed = 1, .draws = 6000, .warm_up = 400}};
    take("nowcast-smooth-nbinom", "35 steps, delays to 14, 6,000 draws", smooth, &s);
    s.o.report_weekday = s.o.onset_weekday = true;
    take("nowcast-smooth-weekday", "the same with days of the week", smooth, &s);
    s.o = (struct epi_smooth_options){
        .poisson = true, .kappa = 0.1, .seed = 1, .draws = 6000, .warm_up = 400};
    take("nowcast-smooth-poisson", "35 steps, delays to 14, 6,000 draws", smooth, &s);
    return 0;
}
