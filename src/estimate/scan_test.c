// SPDX-License-Identifier: AGPL-3.0-or-later
/* The scan itself: beside every cylinder done by hand, and what must not change its result. */
#include "base/test.h"
#include "estimate/scan_internal.h"

struct made {
    struct epi_scan_input in;
    struct epi_scan_options o;
};

/* Small random data; some places coincide, some lie on a grid so that distances tie. */
static struct made make(struct epi_arena *a, struct epi_rng *r, enum epi_scan_model m)
{
    size_t n = 4 + (size_t)epi_rng_below(r, 9), times = 1 + (size_t)epi_rng_below(r, 7);
    double *x = EPI_ARRAY(a, n, double), *y = EPI_ARRAY(a, n, double),
           *cases = EPI_ARRAY(a, n * times, double), *controls = EPI_ARRAY(a, n * times, double),
           *measure = EPI_ARRAY(a, n * times, double);
    bool grid = epi_rng_chance(r, 0.5), even = epi_rng_chance(r, 0.5);
    for (size_t i = 0; i < n; i++) {
        x[i] = grid ? (double)epi_rng_below(r, 4) : 100 + epi_rng_unit(r);
        y[i] = grid ? (double)epi_rng_below(r, 4) : 20 + epi_rng_unit(r);
        double people = 10 + 200 * epi_rng_unit(r);
        for (size_t t = 0; t < times; t++) {
            size_t at = i * times + t;
            measure[at] = even ? people : people * (0.5 + epi_rng_unit(r));
            cases[at] = (double)epi_rng_poisson(r, measure[at] / 50);
            controls[at] = (double)epi_rng_poisson(r, measure[at] / 20);
        }
    }
    cases[0] += 3; /* never none at all */
    controls[0]++;
    struct made ret = {
        .in = {n, times, x, y, epi_rng_chance(r, 0.5) && !grid, cases, controls, measure},
        .o = epi_scan_standard(m, (enum epi_scan_analysis)epi_rng_below(r, 3))};
    ret.o.max_length = 1 + (size_t)epi_rng_below(r, times);
    ret.o.max_share = epi_rng_chance(r, 0.5) ? 0.5 : 1;
    ret.o.min_cases = 1 + (size_t)epi_rng_below(r, 3);
    ret.o.replications = 40;
    ret.o.threads = 1 + (unsigned)epi_rng_below(r, 3);
    return ret;
}

/* The largest LLR of all cylinders, in the words of the papers: no plan, no thresholds. */
static double by_hand(struct epi_arena *a, const struct made *d, const double *cases)
{
    const struct epi_scan_input *in = &d->in;
    const struct epi_scan_options *o = &d->o;
    size_t n = in->units, times = in->times;
    bool poisson = o->model == EPI_SCAN_POISSON, bernoulli = o->model == EPI_SCAN_BERNOULLI;
    double best = 0, all = 0, people = 0, measure = 0, share = 0;
    double *distance = EPI_ARRAY(a, n, double);
    for (size_t at = 0; at < n * times; at++) {
        all += cases[at];
        people += in->cases[at] + in->controls[at];
        measure += in->measure[at];
    }
    for (size_t centre = 0; centre < n; centre++)
        for (size_t edge = 0; edge < n; edge++) { /* the circle as far as this unit */
            share = 0;
            for (size_t i = 0; i < n; i++)
                distance[i] = epi__scan_distance(in, centre, i);
            double radius = distance[edge] * (1 + 1e-9);
            for (size_t i = 0; i < n; i++)
                for (size_t t = 0; distance[i] <= radius && t < times; t++) {
                    size_t at = i * times + t;
                    share += poisson     ? in->measure[at] / measure
                             : bernoulli ? (in->cases[at] + in->controls[at]) / people
                                         : cases[at] / all;
                }
            if (share > o->max_share * (1 + 1e-9))
                continue;
            for (size_t first = 0; first < times; first++)
                for (size_t last = first; last < times; last++) {
                    bool spatial = o->analysis == EPI_SCAN_SPATIAL;
                    if (spatial && (first != 0 || last != times - 1))
                        continue;
                    if (!spatial && last - first >= o->max_length)
                        continue;
                    if (o->analysis == EPI_SCAN_PROSPECTIVE && last != times - 1)
                        continue;
                    double c = 0, e = 0, circle = 0, window = 0;
                    for (size_t i = 0; i < n; i++)
                        for (size_t t = 0; t < times; t++) {
                            bool in_space = distance[i] <= radius,
                                 in_time = t >= first && t <= last;
                            size_t at = i * times + t;
                            circle += in_space ? cases[at] : 0;
                            window += in_time ? cases[at] : 0;
                            if (!in_space || !in_time)
                                continue;
                            c += cases[at];
                            e += poisson ? in->measure[at] / measure * all
                                         : (in->cases[at] + in->controls[at]) / people * all;
                        }
                    if (o->model == EPI_SCAN_PERMUTATION)
                        e = circle * window / all;
                    if (c < (double)o->min_cases || !(c > e + 1e-9))
                        continue;
                    double llr;
                    if (bernoulli) {
                        double m = e * people / all, p = c / m, q = (all - c) / (people - m);
                        llr = c * log(p) + (m - c > 1e-9 ? (m - c) * log1p(-p) : 0);
                        llr += all - c > 0 ? (all - c) * log(q) : 0;
                        llr += people - m - all + c > 1e-9 ? (people - m - all + c) * log1p(-q) : 0;
                        llr -=
                            all * log(all / people) + (people - all) * log((people - all) / people);
                    } else {
                        llr = c * log(c / e);
                        llr += all - c > 0 ? (all - c) * log((all - c) / (all - e)) : 0;
                    }
                    best = fmax(best, llr);
                }
        }
    return best;
}

static void beside_by_hand(struct epi_rng *rng, enum epi_scan_model m)
{
    EPI_ARENA_LOCAL(a);
    struct made d = make(a, rng, m);
    struct epi_scan s;
    struct epi_err err = {0};
    epi_status status = epi_scan(a, &d.in, &d.o, &s, &err);
    CHECK_INT(status, EPI_OK);
    CHECK_NEAR(s.n ? s.clusters[0].llr : 0, by_hand(a, &d, d.in.cases), 1e-8);
    /* the replications: the same cases as they are drawn, by hand */
    struct epi__scan_plan p;
    struct epi_scan_input in = d.in;
    in.controls = m == EPI_SCAN_BERNOULLI ? in.controls : NULL;
    if (d.o.analysis == EPI_SCAN_PROSPECTIVE)
        return; /* what lies outside is not drawn to a place */
    CHECK_OK(epi__scan_plan(a, &in, &d.o, &p, NULL));
    uint32_t *urn = EPI_ARRAY(a, p.urn + 1, uint32_t),
             *cells = EPI_ARRAY(a, (size_t)p.cases + 1, uint32_t);
    for (size_t i = 0; i < d.o.replications; i++) {
        double *cases = EPI_ARRAY(a, in.units * in.times, double), total = 0;
        size_t n = epi__scan_draw(&p, d.o.seed, i, urn, cells);
        for (size_t k = 0; k < n; k++) {
            size_t unit = cells[k] / p.times, t = cells[k] % p.times;
            cases[unit * in.times + t]++;
            total++;
        }
        CHECK_NEAR(total, s.cases, 0);
        CHECK_NEAR(s.maxima[i], by_hand(a, &d, cases), 1e-8);
    }
}

PROPERTY(scans_of_poisson_counts_are_those_done_by_hand, 60)
{
    beside_by_hand(rng, EPI_SCAN_POISSON);
}
PROPERTY(scans_of_cases_and_controls_are_those_done_by_hand, 60)
{
    beside_by_hand(rng, EPI_SCAN_BERNOULLI);
}
PROPERTY(scans_of_permuted_cases_are_those_done_by_hand, 60)
{
    beside_by_hand(rng, EPI_SCAN_PERMUTATION);
}

static bool alike(const struct epi_scan *a, const struct epi_scan *b)
{
    bool same = a->n == b->n && a->replications == b->replications;
    for (size_t i = 0; same && i < a->n; i++) {
        const struct epi_scan_cluster *x = &a->clusters[i], *y = &b->clusters[i];
        same = x->centre == y->centre && x->n == y->n && x->first == y->first &&
               x->last == y->last && fabs(x->llr - y->llr) < 1e-9 && x->p_value == y->p_value;
    }
    for (size_t i = 0; same && i < a->replications; i++)
        same = fabs(a->maxima[i] - b->maxima[i]) < 1e-9;
    return same;
}

PROPERTY(threads_and_the_scale_of_the_population_change_nothing, 20)
{
    EPI_ARENA_LOCAL(a);
    struct made d = make(a, rng, (enum epi_scan_model)epi_rng_below(rng, 3));
    struct epi_scan s[3];
    d.o.replications = 70; /* three groups of lanes, the last one not full */
    d.o.threads = 1;
    CHECK_OK(epi_scan(a, &d.in, &d.o, &s[0], NULL));
    d.o.threads = 5;
    CHECK_OK(epi_scan(a, &d.in, &d.o, &s[1], NULL));
    double *measure = EPI_ARRAY(a, d.in.units * d.in.times, double);
    for (size_t i = 0; i < d.in.units * d.in.times; i++)
        measure[i] = 4096 * d.in.measure[i];
    d.in.measure = measure;
    CHECK_OK(epi_scan(a, &d.in, &d.o, &s[2], NULL));
    CHECK(alike(&s[0], &s[1]));
    CHECK(alike(&s[0], &s[2]));
}

/* Of equal LLRs the earlier unit is the centre, so only the first cluster's LLR is the same. */
PROPERTY(the_order_of_the_units_does_not_matter, 40)
{
    EPI_ARENA_LOCAL(a);
    struct made d = make(a, rng, (enum epi_scan_model)epi_rng_below(rng, 3));
    struct epi_scan s, t;
    size_t n = d.in.units, times = d.in.times;
    double *v[5];
    const double *from[] = {d.in.x, d.in.y, d.in.cases, d.in.controls, d.in.measure};
    for (size_t k = 0; k < 5; k++) {
        size_t each = k < 2 ? 1 : times;
        v[k] = EPI_ARRAY(a, n * each, double);
        for (size_t i = 0; i < n; i++)
            memcpy(v[k] + i * each, from[k] + (n - 1 - i) * each, each * sizeof(double));
    }
    struct epi_scan_input turned = {n, times, v[0], v[1], d.in.degrees, v[2], v[3], v[4]};
    d.o.replications = 0;
    CHECK_OK(epi_scan(a, &d.in, &d.o, &s, NULL));
    CHECK_OK(epi_scan(a, &turned, &d.o, &t, NULL));
    CHECK_INT(s.n > 0, t.n > 0);
    if (s.n) {
        CHECK_NEAR(s.clusters[0].llr, t.clusters[0].llr, 1e-9);
        CHECK_INT(s.clusters[0].n, t.clusters[0].n);
    }
}

/* Clusters share no unit; with `again` no unit at one time; the LLRs go down. */
PROPERTY(clusters_do_not_overlap, 60)
{
    EPI_ARENA_LOCAL(a);
    struct made d = make(a, rng, (enum epi_scan_model)epi_rng_below(rng, 3));
    struct epi_scan s;
    d.o.replications = 0;
    d.o.again = epi_rng_chance(rng, 0.5);
    CHECK_OK(epi_scan(a, &d.in, &d.o, &s, NULL));
    size_t times = d.in.times;
    uint8_t *taken = EPI_ARRAY(a, d.in.units * times, uint8_t);
    for (size_t i = 0; i < s.n; i++) {
        const struct epi_scan_cluster *c = &s.clusters[i];
        bool all = !d.o.again || d.o.analysis == EPI_SCAN_SPATIAL;
        CHECK(i == 0 || c->llr <= s.clusters[i - 1].llr * (1 + 1e-8));
        CHECK(c->observed > c->expected && c->observed >= (double)d.o.min_cases);
        CHECK_INT(c->units[0], c->centre);
        for (size_t k = 0; k < c->n; k++)
            for (size_t t = all ? 0 : c->first; t < (all ? times : c->last + 1); t++) {
                CHECK(!taken[c->units[k] * times + t]);
                taken[c->units[k] * times + t] = 1;
            }
    }
}

/* Data of the null hypothesis: the ranks of their p are uniform (chi-squared of ten classes, 9
 * degrees of freedom; 33.7 is passed once in 10,000). */
TEST(p_is_uniform_when_there_are_no_clusters)
{
    USES_NO_RNG;
    enum { RUNS = 400, UNITS = 20 };
    double in_class[10] = {0}, chi = 0;
    for (size_t run = 0; run < RUNS; run++) {
        EPI_ARENA_LOCAL(a);
        double x[UNITS], y[UNITS], cases[UNITS], people[UNITS];
        struct epi_rng r = epi_rng_stream(7, "scan.null", run, 0);
        for (size_t i = 0; i < UNITS; i++) {
            x[i] = epi_rng_unit(&r);
            y[i] = epi_rng_unit(&r);
            people[i] = 100 + 1000 * epi_rng_unit(&r);
            cases[i] = (double)epi_rng_poisson(&r, people[i] / 5);
        }
        struct epi_scan_input in = {UNITS, 1, x, y, false, cases, NULL, people};
        struct epi_scan_options o = epi_scan_standard(EPI_SCAN_POISSON, EPI_SCAN_SPATIAL);
        struct epi_scan s;
        o.replications = 99;
        o.seed = run;
        o.threads = 1;
        CHECK_OK(epi_scan(a, &in, &o, &s, NULL));
        size_t reached = 0;
        for (size_t i = 0; s.n && i < 99; i++)
            reached += s.maxima[i] >= s.clusters[0].llr;
        in_class[reached / 10]++;
    }
    for (size_t k = 0; k < 10; k++)
        chi += (in_class[k] - RUNS / 10.0) * (in_class[k] - RUNS / 10.0) / (RUNS / 10.0);
    CHECK(chi < 33.7);
}

/* 40,000 cases do not fit the narrow lanes; the halves of a city twice as ill as the rest. */
TEST(many_cases_are_counted_in_wide_lanes)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    enum { UNITS = 30 };
    double x[UNITS], y[UNITS], cases[UNITS], people[UNITS];
    for (size_t i = 0; i < UNITS; i++) {
        x[i] = (double)i, y[i] = 0, people[i] = 1000;
        cases[i] = i >= 10 && i < 15 ? 2600 : 1100;
    }
    struct epi_scan_input in = {UNITS, 1, x, y, false, cases, NULL, people};
    struct epi_scan_options o = epi_scan_standard(EPI_SCAN_POISSON, EPI_SCAN_SPATIAL);
    struct epi_scan s;
    CHECK_OK(epi_scan(a, &in, &o, &s, NULL));
    CHECK_INT(s.clusters[0].n, 5);
    CHECK_INT(s.clusters[0].centre, 12);
    CHECK(s.clusters[0].beyond && s.clusters[0].p_value < 1e-6);
    for (size_t i = 0; i < s.replications; i++)
        CHECK(s.maxima[i] > 0 && s.maxima[i] < 30);
}

/* Never too high: whatever exceeds a level exceeds the threshold of its bin. */
PROPERTY(thresholds_let_nothing_pass_by, 200)
{
    EPI_ARENA_LOCAL(a);
    struct made d = make(a, rng, (enum epi_scan_model)epi_rng_below(rng, 3));
    struct epi__scan_plan p;
    struct epi__thresholds t;
    d.in.controls = d.o.model == EPI_SCAN_BERNOULLI ? d.in.controls : NULL;
    CHECK_OK(epi__scan_plan(a, &d.in, &d.o, &p, NULL));
    epi__thresholds_init(a, &p, &t);
    for (int i = 0; i < 200; i++) {
        double c = (double)epi_rng_between(rng, (int64_t)p.min_cases, (int64_t)p.cases);
        double most = d.o.model == EPI_SCAN_BERNOULLI ? p.cases : c, least = 0;
        if (d.o.model == EPI_SCAN_BERNOULLI) { /* no fewer persons than cases, nor outside */
            least = c * p.cases / p.total;
            most = fmin(c, (p.total - p.cases + c) * p.cases / p.total);
        }
        double e = least + (most - least) * epi_rng_unit(rng) * epi_rng_unit(rng);
        if (!(c > e) || !(e > 0))
            continue;
        double llr = epi_scan_llr(p.model, c, e, p.cases, p.total);
        unsigned level = epi__scan_level(llr);
        CHECK(c > (double)epi__thresholds_at(&t, level)[epi__scan_bin(&t, (float)e)]);
    }
}

static epi_status refused(struct epi_arena *a, double *cases, double *people, enum epi_scan_model m,
                          struct epi_err *err)
{
    static const double x[] = {0, 1, 2}, y[] = {0, 0, 0}, none[] = {0, 0, 0};
    struct epi_scan_input in = {3, 1, x, y, false, cases, none, people};
    struct epi_scan_options o = epi_scan_standard(m, EPI_SCAN_SPATIAL);
    struct epi_scan s;
    return epi_scan(a, &in, &o, &s, err);
}

TEST(scans_without_a_sense_are_refused)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct epi_err err = {0};
    double none[] = {0, 1, 0}, some[] = {5, 5, 5}, people[] = {10, 10, 0};
    CHECK_INT(refused(a, none, people, EPI_SCAN_POISSON, &err), EPI_INVALID);
    CHECK_STR(epi_str_of(err.code), EPI_S("estimate.scan.no-cases"));
    CHECK_INT(refused(a, some, people, EPI_SCAN_POISSON, &err), EPI_INVALID);
    CHECK_STR(epi_str_of(err.code), EPI_S("estimate.scan.no-measure"));
    CHECK_INT(refused(a, some, people, EPI_SCAN_BERNOULLI, &err), EPI_INVALID);
    CHECK_STR(epi_str_of(err.code), EPI_S("estimate.scan.all-cases"));
}
