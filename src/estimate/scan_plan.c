// SPDX-License-Identifier: AGPL-3.0-or-later
/* Expectations, cumulative counts, and the draws of the null hypothesis. */
#include "estimate/scan_internal.h"

struct epi_scan_options epi_scan_standard(enum epi_scan_model m, enum epi_scan_analysis a)
{
    return (struct epi_scan_options){.model = m,
                                     .analysis = a,
                                     .max_share = 0.5,
                                     .max_radius = (double)INFINITY,
                                     .max_length = 1,
                                     .min_cases = 2,
                                     .replications = 999,
                                     .clusters_max = 1000,
                                     .seed = 1};
}

static double sum(const double *v, size_t n)
{
    double s = 0;
    for (size_t i = 0; i < n; i++)
        s += v[i];
    return s;
}

/* --- the null hypothesis --- */
/* Vose 1991, IEEE Trans Softw Eng 17:972: cells of less than the mean are filled up from one of
 * more. */
static void alias(struct epi_arena *a, double *weight, size_t n, struct epi__scan_plan *p)
{
    uint64_t *keep = EPI_ARRAY(a, n, uint64_t);
    uint32_t *other = EPI_ARRAY(a, n, uint32_t), *stack = EPI_ARRAY(a, n, uint32_t);
    double scale = (double)n / sum(weight, n);
    size_t small = 0, large = n;
    for (size_t i = 0; i < n; i++) {
        weight[i] *= scale;
        stack[weight[i] < 1 ? small++ : --large] = (uint32_t)i;
    }
    while (small > 0 && large < n) {
        uint32_t s = stack[--small], l = stack[large];
        keep[s] = weight[s] < 1 ? (uint64_t)(weight[s] * 0x1p64) : UINT64_MAX;
        other[s] = l;
        weight[l] -= 1 - weight[s];
        if (weight[l] < 1) {
            large++;
            stack[small++] = l;
        }
    }
    while (small > 0)
        keep[stack[--small]] = UINT64_MAX, other[stack[small]] = stack[small];
    for (; large < n; large++)
        keep[stack[large]] = UINT64_MAX, other[stack[large]] = stack[large];
    p->alias_keep = keep;
    p->alias_other = other;
    p->alias_n = n;
}

__extension__ typedef unsigned __int128 wide;

static size_t poisson_draw(const struct epi__scan_plan *p, struct epi_rng *r, uint32_t *cells)
{
    uint64_t random[256];
    size_t n = 0, outside = p->alias_n - 1, cases = (size_t)p->cases;
    for (size_t done = 0; done < cases; done += EPI_COUNT(random)) {
        size_t now = cases - done < EPI_COUNT(random) ? cases - done : EPI_COUNT(random);
        epi_rng_fill(r, random, now);
        for (size_t k = 0; k < now; k++) {
            wide product = (wide)random[k] * p->alias_n;
            size_t cell = (size_t)(product >> 64);
            /* without a branch: nobody can guess which way it would go */
            size_t swap = (size_t)0 - (size_t)((uint64_t)product >= p->alias_keep[cell]);
            cell ^= (cell ^ p->alias_other[cell]) & swap;
            cells[n] = (uint32_t)cell;
            n += cell != outside;
        }
    }
    return n;
}

size_t epi__scan_draw(const struct epi__scan_plan *p, uint64_t seed, size_t replication,
                      uint32_t *urn, uint32_t *cells)
{
    struct epi_rng r = epi_rng_stream(seed, "scan", replication, 0);
    if (p->model == EPI_SCAN_POISSON)
        return poisson_draw(p, &r, cells);
    /* Fisher and Yates' shuffle, as far as it is looked at. */
    memcpy(urn, p->unit_of, p->urn * sizeof *urn);
    for (size_t i = 0; i < p->drawn; i++) {
        size_t k = i + (size_t)epi_rng_below(&r, p->urn - i);
        uint32_t taken = urn[k];
        urn[k] = urn[i];
        cells[i] = p->time_of ? taken * (uint32_t)p->times + p->time_of[i] : taken;
    }
    return p->drawn;
}

/* --- the plan --- */
struct sums {
    double cases, controls, measure;
    double *unit_cases, *unit_people, *unit_measure; /* by unit */
    double *time_cases;                              /* by interval of the input */
};

static struct sums sums(struct epi_arena *a, const struct epi_scan_input *in)
{
    struct sums s = {0};
    s.unit_cases = EPI_ARRAY(a, in->units, double);
    s.unit_people = EPI_ARRAY(a, in->units, double);
    s.unit_measure = EPI_ARRAY(a, in->units, double);
    s.time_cases = EPI_ARRAY(a, in->times, double);
    for (size_t i = 0; i < in->units; i++)
        for (size_t t = 0; t < in->times; t++) {
            size_t at = i * in->times + t;
            s.unit_cases[i] += in->cases[at];
            s.time_cases[t] += in->cases[at];
            s.unit_people[i] += in->cases[at] + (in->controls ? in->controls[at] : 0);
            s.unit_measure[i] += in->measure ? in->measure[at] : 0;
        }
    s.cases = sum(s.unit_cases, in->units);
    s.controls = sum(s.unit_people, in->units) - s.cases;
    s.measure = sum(s.unit_measure, in->units);
    return s;
}

static epi_status check(const struct epi_scan_input *in, const struct epi_scan_options *o,
                        const struct sums *s, struct epi_err *reterr)
{
    if (in->units > EPI_SCAN_UNITS_MAX || in->times > EPI_SCAN_TIMES_MAX ||
        in->units * in->times > EPI_SCAN_CELLS_MAX)
        return EPI_FAIL(reterr, EPI_LIMIT, "estimate.too-large", "%zu", in->units * in->times);
    if (s->cases + s->controls > EPI_SCAN_CASES_MAX ||
        (s->cases + s->controls) * (double)o->replications > 1e10)
        return EPI_FAIL(reterr, EPI_LIMIT, "estimate.too-large", "%.0f", s->cases + s->controls);
    if (in->units < 2)
        return EPI_FAIL(reterr, EPI_INVALID, "estimate.scan.one-unit", "%s", "");
    if (s->cases < 1 || s->cases < (double)o->min_cases)
        return EPI_FAIL(reterr, EPI_INVALID, "estimate.scan.no-cases", "%.0f", s->cases);
    if (o->model == EPI_SCAN_BERNOULLI && s->controls < 1)
        return EPI_FAIL(reterr, EPI_INVALID, "estimate.scan.all-cases", "%s", "");
    if (o->model != EPI_SCAN_POISSON)
        return EPI_OK;
    for (size_t at = 0; at < in->units * in->times; at++)
        if (in->cases[at] > 0 && !(in->measure[at] > 0))
            return EPI_FAIL(reterr, EPI_INVALID, "estimate.scan.no-measure", "%zu",
                            at / in->times + 1);
    return EPI_OK;
}

/* The expectation of a cell: C times its part of the whole. Those of the permutation factor. */
static double expected(const struct epi_scan_input *in, const struct epi_scan_options *o,
                       const struct sums *s, size_t at)
{
    if (o->model == EPI_SCAN_POISSON)
        return in->measure[at] / s->measure * s->cases;
    return (in->cases[at] + in->controls[at]) / (s->cases + s->controls) * s->cases;
}

/* Whether every unit has the same part of its measure in each interval. */
static bool factors(const struct epi_scan_input *in, const struct epi_scan_options *o,
                    const struct sums *s)
{
    if (o->model != EPI_SCAN_POISSON)
        return o->model == EPI_SCAN_PERMUTATION || in->times == 1;
    for (size_t i = 0; i < in->units; i++)
        for (size_t t = 0; t < in->times; t++) {
            double even = s->unit_measure[i] / (double)in->times;
            if (fabs(in->measure[i * in->times + t] - even) > 1e-12 * even)
                return false;
        }
    return true;
}

static void expectations(struct epi_arena *a, const struct epi_scan_input *in,
                         const struct epi_scan_options *o, const struct sums *s,
                         struct epi__scan_plan *p)
{
    double *mass = EPI_ARRAY(a, p->units, double);
    bool permutation = o->model == EPI_SCAN_PERMUTATION;
    for (size_t i = 0; i < p->units; i++)
        mass[i] = permutation                    ? s->unit_cases[i]
                  : o->model == EPI_SCAN_POISSON ? s->unit_measure[i] / s->measure * s->cases
                                                 : s->unit_people[i] / p->total * s->cases;
    p->mass = mass;
    if (factors(in, o, s)) {
        double *share = EPI_ARRAY(a, p->times + 1, double);
        for (size_t t = 0; t < p->times; t++) {
            double part =
                permutation ? s->time_cases[p->first + t] / s->cases : 1 / (double)in->times;
            share[t + 1] = share[t] + part;
        }
        p->share = share;
        p->even = !permutation;
        return;
    }
    double *cell = EPI_ARRAY(a, p->units * p->times, double);
    for (size_t i = 0; i < p->units; i++) {
        double so_far = 0;
        for (size_t t = 0; t < p->times; t++) {
            so_far += expected(in, o, s, i * in->times + p->first + t);
            cell[i * p->times + t] = so_far;
        }
    }
    p->cell = cell;
}

static void null_data(struct epi_arena *a, const struct epi_scan_input *in,
                      const struct epi_scan_options *o, const struct sums *s,
                      struct epi__scan_plan *p)
{
    size_t cells = p->units * p->times;
    if (o->model == EPI_SCAN_POISSON) {
        double *weight = EPI_ARRAY(a, cells + 1, double);
        double inside = 0;
        for (size_t i = 0; i < p->units; i++)
            for (size_t t = 0; t < p->times; t++) {
                double w = expected(in, o, s, i * in->times + p->first + t);
                weight[i * p->times + t] = w;
                inside += w;
            }
        weight[cells] = p->times < in->times ? fmax(s->cases - inside, 0) : 0;
        alias(a, weight, cells + 1, p);
        return;
    }
    bool permutation = o->model == EPI_SCAN_PERMUTATION;
    uint32_t *urn = EPI_ARRAY(a, (size_t)p->total + 1, uint32_t),
             *time_of = permutation ? EPI_ARRAY(a, (size_t)p->cases + 1, uint32_t) : NULL;
    for (size_t i = 0; i < p->units; i++)
        for (size_t t = 0; t < in->times; t++) {
            size_t at = i * in->times + t;
            double here = in->cases[at] + (permutation ? 0 : in->controls[at]);
            bool used = t >= p->first && t < p->first + p->times;
            uint32_t cell = used ? (uint32_t)(i * p->times + t - p->first) : UINT32_MAX;
            for (double k = 0; k < here; k++)
                urn[p->urn++] = permutation ? (uint32_t)i : cell;
            for (double k = 0; used && permutation && k < here; k++)
                time_of[p->drawn++] = (uint32_t)(t - p->first);
        }
    p->unit_of = urn;
    p->time_of = time_of;
    if (!permutation)
        p->drawn = (size_t)p->cases;
}

static epi_status whole_period(struct epi_arena *a, const struct epi_scan_input *in,
                               struct epi_scan_input *ret)
{
    const double *from[] = {in->cases, in->controls, in->measure};
    const double **to[] = {&ret->cases, &ret->controls, &ret->measure};
    *ret = *in;
    ret->times = 1;
    for (size_t k = 0; k < EPI_COUNT(from); k++) {
        if (!from[k])
            continue;
        double *v = EPI_ARRAY(a, in->units, double);
        for (size_t i = 0; i < in->units; i++)
            v[i] = sum(from[k] + i * in->times, in->times);
        *to[k] = v;
    }
    return EPI_OK;
}

epi_status epi__scan_plan(struct epi_arena *a, const struct epi_scan_input *given,
                          const struct epi_scan_options *o, struct epi__scan_plan *ret,
                          struct epi_err *reterr)
{
    struct epi_scan_input in = *given;
    struct epi__scan_plan p = {.model = o->model, .units = in.units, .min_cases = o->min_cases};
    if (o->analysis == EPI_SCAN_SPATIAL)
        EPI_TRY(whole_period(a, given, &in));
    struct sums s = sums(a, &in);
    EPI_TRY(check(&in, o, &s, reterr));
    p.max_length = o->max_length < in.times ? o->max_length : in.times;
    p.max_length = p.max_length > 0 && o->analysis != EPI_SCAN_SPATIAL ? p.max_length : 1;
    p.to_the_end = o->analysis == EPI_SCAN_PROSPECTIVE;
    p.times = p.to_the_end ? p.max_length : in.times;
    p.first = in.times - p.times;
    p.cases = s.cases;
    p.total = s.cases + s.controls;
    const double *measure = o->model == EPI_SCAN_POISSON       ? s.unit_measure
                            : o->model == EPI_SCAN_PERMUTATION ? s.unit_cases
                                                               : s.unit_people;
    EPI_TRY(epi__scan_circles(a, &in, measure, o->max_share, o->max_radius, &p.circles, reterr));
    int32_t *counts = EPI_ARRAY(a, p.units * p.times, int32_t);
    for (size_t i = 0; i < p.units; i++)
        for (size_t t = 0; t < p.times; t++)
            counts[i * p.times + t] = (int32_t)in.cases[i * in.times + p.first + t] +
                                      (t ? counts[i * p.times + t - 1] : 0);
    p.counts = counts;
    expectations(a, &in, o, &s, &p);
    null_data(a, &in, o, &s, &p);
    *ret = p;
    return EPI_OK;
}
