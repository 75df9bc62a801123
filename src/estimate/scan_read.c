// SPDX-License-Identifier: AGPL-3.0-or-later
#include "estimate/scan_read.h"
#include "estimate/risk_internal.h"

#define COORDINATE_MAX 1e9
#define MEASURE_MAX 1e12
#define SCALED 0.01 /* a sum of expected counts further from the cases than this is told */

struct reading {
    struct epi_estimate_run *r;
    enum epi_scan_model model;
    const struct epi_frame *rows, *places; /* places: NULL = in the rows */
    struct epi__ids ids;
    const uint32_t *unit;                           /* of each row */
    const double *x, *y, *day;                      /* by unit; by row */
    const double *population, *expected;            /* by unit */
    const double *cases, *controls, *expected_rows; /* by row */
    bool degrees, dates;
    double first, last; /* days of the analysis, or t, both included */
    size_t step, length, times;
    size_t outside; /* rows */
};

static epi_status faulty(const struct reading *g)
{
    return EPI_FAIL(g->r->err, EPI_INVALID, "estimate.table-faulty", "%s", "");
}

/* --- of the units --- */
/* A value of each unit, given in one of its rows or, alike, in several; NaN = in none. */
static bool by_unit(struct reading *g, const struct epi_frame *f, const char *name, double least,
                    double most, const double **ret)
{
    const double *v = epi_frame_need(f, name, least, most, EPI_NEED_MAY_EMPTY, g->r->findings);
    const epi_str *names = epi__names(g->r, f, "unit|id");
    double *of = EPI_ARRAY(g->r->a, g->ids.n + 1, double);
    bool ok = v && names;
    for (size_t u = 0; u < g->ids.n; u++)
        of[u] = (double)NAN;
    for (size_t i = 0; ok && i < f->rows; i++) {
        uint32_t u = epi__ids_find(&g->ids, names[i]);
        if (isnan(v[i]) || u == EPI__ID_NONE)
            continue;
        if (!isnan(of[u]) && of[u] != v[i]) {
            epi_finding_add(g->r->findings, EPI_ERROR, "estimate.scan.differs", (uint32_t)(i + 1),
                            epi_str_of(name), names[i], epi_str_of(name));
            return false;
        }
        of[u] = v[i];
    }
    *ret = of;
    return ok;
}

static bool read_units(struct reading *g)
{
    const struct epi_frame *f = g->places ? g->places : g->rows;
    const epi_str *names = epi__names(g->r, g->rows, "unit|id"),
                  *places = g->places ? epi__names(g->r, g->places, "unit|id") : NULL;
    if (!names || (g->places && !places))
        return false;
    uint32_t *unit = EPI_ARRAY(g->r->a, g->rows->rows + 1, uint32_t);
    epi__ids_init(g->r->a, &g->ids, g->rows->rows + (places ? g->places->rows : 0));
    for (size_t i = 0; places && i < g->places->rows; i++)
        (void)epi__ids_put(&g->ids, places[i]);
    for (size_t i = 0; i < g->rows->rows; i++)
        unit[i] = epi__ids_put(&g->ids, names[i]);
    g->unit = unit;
    g->degrees = epi_frame_column(f, "lat") || !epi_frame_column(f, "x");
    double x = g->degrees ? 360 : COORDINATE_MAX, y = g->degrees ? 90 : COORDINATE_MAX;
    bool ok = by_unit(g, f, g->degrees ? "lon" : "x", -x, x, &g->x);
    ok = by_unit(g, f, g->degrees ? "lat" : "y", -y, y, &g->y) && ok;
    if (epi_frame_column(f, "population"))
        ok = by_unit(g, f, "population", 0, MEASURE_MAX, &g->population) && ok;
    if (g->places && epi_frame_column(f, "expected"))
        ok = by_unit(g, f, "expected", 0, MEASURE_MAX, &g->expected) && ok;
    return ok;
}

/* --- of the rows --- */
static bool read_counts(struct reading *g)
{
    struct epi_findings *findings = g->r->findings;
    const char *cases = epi__column_of(g->r, g->rows, "cases|count");
    g->cases = epi_frame_need(g->rows, cases, 0, EPI_SCAN_CASES_MAX, EPI_NEED_WHOLE, findings);
    bool ok = g->cases;
    if (g->model == EPI_SCAN_BERNOULLI) {
        g->controls =
            epi_frame_need(g->rows, "controls", 0, EPI_SCAN_CASES_MAX, EPI_NEED_WHOLE, findings);
        ok = ok && g->controls;
    }
    if (g->model != EPI_SCAN_POISSON)
        return ok;
    if (epi_frame_column(g->rows, "expected")) {
        g->expected_rows = epi_frame_need(g->rows, "expected", 0, MEASURE_MAX, 0, findings);
        return ok && g->expected_rows;
    }
    if (!g->population && !g->expected) {
        epi_finding_add(findings, EPI_ERROR, "estimate.column-missing", 0, EPI_S("population"),
                        EPI_S("population"), EPI_NIL);
        return false;
    }
    return ok;
}

/* --- time --- */
static double gcd(double a, double b)
{
    while (b > 0) {
        double rest = fmod(a, b);
        a = b;
        b = rest;
    }
    return a;
}

/* A TIME option as a day or t; NaN with a finding when it is of the other kind. */
static double limit(struct reading *g, const char *name, double standard, bool *ok)
{
    epi_date d;
    if (!epi_opt_given(g->r, name))
        return standard;
    bool date = epi_date_parse_iso(epi_opt_word(g->r, name), &d);
    if (date == g->dates)
        return date ? (double)d.d : floor(epi_opt_number(g->r, name));
    epi_finding_add(g->r->findings, EPI_ERROR, "estimate.option-no-point", 0, epi_str_of(name),
                    epi_opt_word(g->r, name), EPI_NIL);
    *ok = false;
    return standard;
}

/* Rows are of a day or of a week, as their dates lie; intervals of `interval` days are counted back
 * from the last day, so that the last one is whole. */
static epi_status read_time(struct reading *g)
{
    bool ok = true;
    double first = (double)INFINITY, last = -(double)INFINITY, apart = 0;
    g->day = epi__days(g->r, g->rows, "date|t", &g->dates);
    for (size_t i = 0; g->day && i < g->rows->rows; i++) {
        if (isnan(g->day[i])) {
            epi_finding_add(g->r->findings, EPI_ERROR, "estimate.cell-empty", (uint32_t)(i + 1),
                            epi_str_of(g->dates ? "date" : "t"), EPI_NIL, EPI_NIL);
            ok = false;
            continue;
        }
        first = fmin(first, g->day[i]);
        last = fmax(last, g->day[i]);
    }
    if (!g->day || !ok)
        return faulty(g);
    for (size_t i = 0; i < g->rows->rows; i++)
        apart = gcd(apart, g->day[i] - first);
    g->step = g->dates && apart == 7 ? 7 : 1;
    g->first = limit(g, "from", first, &ok);
    g->last = limit(g, "to", last, &ok);
    if (g->step == 7 && ok) { /* back to the days the weeks begin with */
        g->first += fmod(7 - fmod(g->first - first, 7), 7);
        g->last -= fmod(fmod(g->last - first, 7) + 7, 7);
    }
    g->length =
        epi_opt_given(g->r, "interval") ? (size_t)epi_opt_number(g->r, "interval") : g->step;
    if (g->length % g->step != 0) {
        epi_finding_add(g->r->findings, EPI_ERROR, "estimate.scan.interval", 0, EPI_S("interval"),
                        epi_opt_word(g->r, "interval"), EPI_NIL);
        ok = false;
    }
    double days = g->last - g->first + (double)g->step;
    g->times = ok && days >= (double)g->length ? (size_t)(days / (double)g->length) : 0;
    if (ok && g->times == 0)
        epi_finding_add(g->r->findings, EPI_ERROR, "estimate.option-no-range", 0, EPI_S("from"),
                        epi_opt_word(g->r, "from"), epi_opt_word(g->r, "to"));
    if (!ok || g->times == 0)
        return EPI_FAIL(g->r->err, EPI_INVALID, "estimate.options-faulty", "%s", "");
    if (g->times > EPI_SCAN_TIMES_MAX)
        return EPI_FAIL(g->r->err, EPI_LIMIT, "estimate.too-large", "%zu", g->times);
    return EPI_OK;
}

/* The interval of a row; SIZE_MAX when it lies outside. */
static size_t interval(const struct reading *g, size_t row)
{
    if (!g->day)
        return 0;
    double back = floor((g->last - g->day[row]) / (double)g->length);
    return back >= 0 && back < (double)g->times && g->day[row] >= g->first
               ? g->times - 1 - (size_t)back
               : SIZE_MAX;
}

/* --- together --- */
/* The number of each unit among those that can be used, EPI__ID_NONE of the others. */
static uint32_t *usable(struct reading *g, const double *cases, size_t *ret_n)
{
    uint32_t *as = EPI_ARRAY(g->r->a, g->ids.n + 1, uint32_t);
    size_t n = 0, lost = 0, empty = 0;
    double lost_cases = 0, empty_cases = 0;
    for (size_t u = 0; u < g->ids.n; u++) {
        bool placed = !isnan(g->x[u]) && !isnan(g->y[u]);
        const double *measure = g->expected ? g->expected : g->population;
        bool lived = g->model != EPI_SCAN_POISSON || g->expected_rows || measure[u] > 0;
        as[u] = placed && lived ? (uint32_t)n++ : EPI__ID_NONE;
        lost += !placed;
        lost_cases += placed ? 0 : cases[u];
        empty += placed && !lived;
        empty_cases += placed && !lived ? cases[u] : 0;
    }
    struct epi_arena *a = g->r->a;
    if (lost)
        epi_out_note(g->r, EPI_WARNING, "estimate.scan.no-position", 0,
                     epi_str_printf(a, "%zu", lost), epi_str_printf(a, "%.0f", lost_cases));
    if (empty)
        epi_out_note(g->r, EPI_WARNING, "estimate.scan.no-population", 0,
                     epi_str_printf(a, "%zu", empty), epi_str_printf(a, "%.0f", empty_cases));
    *ret_n = n;
    return as;
}

static double *add_up(struct reading *g, const uint32_t *as, size_t n, const double *v)
{
    double *ret = EPI_ARRAY(g->r->a, n * g->times + 1, double);
    for (size_t i = 0; i < g->rows->rows; i++) {
        size_t t = interval(g, i);
        if (t != SIZE_MAX && as[g->unit[i]] != EPI__ID_NONE)
            ret[as[g->unit[i]] * g->times + t] += v[i];
    }
    return ret;
}

static double total(const double *v, size_t n)
{
    double s = 0;
    for (size_t i = 0; i < n; i++)
        s += v[i];
    return s;
}

static const double *measure(struct reading *g, const uint32_t *as, size_t n, const double *cases)
{
    const double *v = g->expected ? g->expected : g->population;
    double *ret = EPI_ARRAY(g->r->a, n * g->times + 1, double);
    if (g->expected_rows)
        ret = add_up(g, as, n, g->expected_rows);
    for (size_t u = 0; !g->expected_rows && u < g->ids.n; u++)
        for (size_t t = 0; as[u] != EPI__ID_NONE && t < g->times; t++)
            ret[as[u] * g->times + t] = v[u] / (double)g->times;
    double sum = total(ret, n * g->times), all = total(cases, n * g->times);
    if ((g->expected_rows || g->expected) && fabs(sum - all) > SCALED * all)
        epi_out_note(g->r, EPI_NOTE, "estimate.scan.scaled", 0,
                     epi_str_printf(g->r->a, "%.6g", sum), epi_str_printf(g->r->a, "%.0f", all));
    return ret;
}

static void count_outside(struct reading *g)
{
    for (size_t i = 0; i < g->rows->rows; i++)
        g->outside += interval(g, i) == SIZE_MAX && g->cases[i] > 0;
    epi__note_count(g->r, EPI_NOTE, "estimate.scan.outside", g->outside, "");
}

epi_status epi__scan_read(struct epi_estimate_run *r, enum epi_scan_model m,
                          enum epi_scan_analysis analysis, struct epi__scan_data *ret)
{
    struct reading g = {.r = r, .model = m, .rows = &r->input, .times = 1, .length = 1, .step = 1};
    g.places = epi_opt_table(r, "places");
    bool ok = read_units(&g);
    ok = read_counts(&g) && ok;
    if (!ok)
        return faulty(&g);
    bool dated = epi_frame_column(g.rows, "date") || epi_frame_column(g.rows, "t");
    if (analysis != EPI_SCAN_SPATIAL || dated)
        EPI_TRY(read_time(&g));
    count_outside(&g);
    size_t n, units = g.ids.n;
    double *by_name = EPI_ARRAY(r->a, units + 1, double);
    for (size_t i = 0; i < g.rows->rows; i++)
        by_name[g.unit[i]] += interval(&g, i) != SIZE_MAX ? g.cases[i] : 0;
    const uint32_t *as = usable(&g, by_name, &n);
    if (n * g.times > EPI_SCAN_CELLS_MAX)
        return EPI_FAIL(r->err, EPI_LIMIT, "estimate.too-large", "%zu", n * g.times);
    double *x = EPI_ARRAY(r->a, n + 1, double), *y = EPI_ARRAY(r->a, n + 1, double),
           *population = g.population ? EPI_ARRAY(r->a, n + 1, double) : NULL;
    epi_str *names = EPI_ARRAY(r->a, n + 1, epi_str);
    for (size_t u = 0; u < units; u++) {
        if (as[u] == EPI__ID_NONE)
            continue;
        x[as[u]] = g.x[u];
        y[as[u]] = g.y[u];
        names[as[u]] = g.ids.name[u];
        if (population)
            population[as[u]] = g.population[u];
    }
    const double *cases = add_up(&g, as, n, g.cases);
    *ret = (struct epi__scan_data){
        .in = {.units = n,
               .times = g.times,
               .x = x,
               .y = y,
               .degrees = g.degrees,
               .cases = cases,
               .controls = g.controls ? add_up(&g, as, n, g.controls) : NULL,
               .measure = m == EPI_SCAN_POISSON ? measure(&g, as, n, cases) : NULL},
        .names = names,
        .population = population,
        .timed = g.day != NULL,
        .dates = g.dates && g.day,
        .end = g.last + (double)g.step - 1,
        .length = g.length};
    return EPI_OK;
}
