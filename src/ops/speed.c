// SPDX-License-Identifier: AGPL-3.0-or-later
/* From cases, samples and contacts to the table that the gauge of speed is made from. */
#include "ops/diseases.h"
#include "ops/estimates.h"
#include <math.h>
#include <stdlib.h>

/* To know a unit's growth: so many cases, on so many days, for one find of many is no growth. With
 * fewer, the growth of the unit above is taken. */
#define CASES_MIN 10
#define DAYS_MIN 5
#define SPAN_MIN 7 /* days, so that every weekday is in it */

struct one_case {
    epi_id id;
    int32_t group;
    double result; /* day of the result, else of the report; NaN unknown */
    bool no_round; /* isolated by its onset: it may have met nobody */
    double *listed;
    size_t listed_n, listed_cap;
};
struct delay_row {
    int32_t group;
    enum epi_speed_part part;
    double days;
    bool open;
};
struct work {
    struct epi_call *call;
    const struct epi__estimate_scope *s;
    int32_t *group; /* [unit], -1 outside */
    bool *sampled;  /* [group]: it has records of samples */
    struct one_case *cases;
    size_t cases_n, cases_cap;
    struct delay_row *rows;
    size_t rows_n, rows_cap;
};

static void *more(struct epi_arena *a, void *old, size_t n, size_t *cap, size_t size)
{
    if (n < *cap)
        return old;
    size_t bigger = *cap ? 2 * *cap : 256;
    void *block = epi_arena_take(a, bigger * size);
    if (n)
        memcpy(block, old, n * size);
    *cap = bigger;
    return block;
}

static void add(struct work *k, int32_t group, enum epi_speed_part part, double from, double to,
                double seen_until)
{
    bool open = isnan(to);
    double days = (open ? seen_until : to) - from;
    k->rows = more(k->call->a, k->rows, k->rows_n, &k->rows_cap, sizeof *k->rows);
    k->rows[k->rows_n++] = (struct delay_row){group, part, days > 0 ? days : 0, open};
}

/* A day known by the as-of day; NaN otherwise. */
static double day_of(const struct work *k, struct epi_value v)
{
    return v.t == EPI_V_INT && v.i <= k->s->as_of.d ? (double)v.i : (double)NAN;
}

static int32_t group_at(const struct work *k, struct epi_value unit)
{
    int32_t u = unit.t == EPI_V_TEXT ? epi_units_by_path(k->call->app->units, unit.s) : -1;
    return u < 0 ? -1 : k->group[u];
}

/* The day a case came to be known: its report, else result, sample or onset. One that was reported
 * after the as-of day was not known then, whatever earlier days it has. */
static double known_on(const struct epi_batch *b, size_t row)
{
    for (size_t c = 1; c <= 4; c++)
        if (b->columns[c][row].t == EPI_V_INT)
            return (double)b->columns[c][row].i;
    return (double)NAN;
}

static const uint16_t case_fields[] = {
    EPI_CASE_UNIT,         EPI_CASE_REPORTED,       EPI_CASE_RESULTED,
    EPI_CASE_SAMPLED,      EPI_CASE_ONSET,          EPI_CASE_ISOLATED,
    EPI_CASE_OUTCOME_DATE, EPI_CASE_CLASSIFICATION, EPI_CASE_DISEASE};

static bool case_batch(const struct epi_batch *b, void *ctx)
{
    struct work *k = ctx;
    for (size_t i = 0; i < b->rows; i++) {
        struct epi_value class = b->columns[7][i];
        double day[6];
        for (size_t c = 0; c < 6; c++) /* reported, resulted, sampled, onset, isolated, ended */
            day[c] = day_of(k, b->columns[c + 1][i]);
        int32_t g = group_at(k, b->columns[0][i]);
        double counted = known_on(b, i);
        if (g < 0 || !(counted >= k->s->from.d && counted <= k->s->to.d) ||
            (class.t == EPI_V_TEXT && epi_str_eqz(class.s, "discarded")) ||
            !epi__disease_is(k->call, b->columns[8][i]))
            continue;
        double until = isnan(day[5]) ? (double)k->s->as_of.d : day[5];
        double began = isnan(day[3]) ? day[2] : day[3]; /* without symptoms: from the sample */
        if (!isnan(began))
            add(k, g, EPI_SPEED_ISOLATION, began, day[4], until);
        if (!k->sampled[g] && !isnan(day[2]))
            add(k, g, EPI_SPEED_RESULT, day[2], day[1], (double)k->s->as_of.d);
        k->cases = more(k->call->a, k->cases, k->cases_n, &k->cases_cap, sizeof *k->cases);
        k->cases[k->cases_n++] = (struct one_case){.id = b->ids[i],
                                                   .group = g,
                                                   .result = isnan(day[1]) ? day[0] : day[1],
                                                   .no_round = day[4] <= day[3]};
    }
    return true;
}

static bool sample_batch(const struct epi_batch *b, void *ctx)
{
    struct work *k = ctx;
    for (size_t i = 0; i < b->rows; i++) {
        int32_t g = group_at(k, b->columns[0][i]);
        double taken = day_of(k, b->columns[1][i]), resulted = day_of(k, b->columns[2][i]);
        bool dateless = b->columns[2][i].t != EPI_V_INT && b->columns[3][i].t == EPI_V_TEXT;
        if (g < 0 || dateless || !(taken >= k->s->from.d && taken <= k->s->to.d))
            continue;
        k->sampled[g] = true;
        add(k, g, EPI_SPEED_RESULT, taken, resulted, (double)k->s->as_of.d);
    }
    return true;
}

static int by_id(const void *a, const void *b)
{
    const struct one_case *x = a, *y = b;
    return (x->id.v > y->id.v) - (x->id.v < y->id.v);
}

static bool contact_batch(const struct epi_batch *b, void *ctx)
{
    struct work *k = ctx;
    for (size_t i = 0; i < b->rows; i++) {
        double listed = day_of(k, b->columns[1][i]);
        struct one_case key = {.id = {(uint64_t)b->columns[0][i].i}};
        if (b->columns[0][i].t == EPI_V_NULL || isnan(listed) || k->cases_n == 0)
            continue;
        struct one_case *c = bsearch(&key, k->cases, k->cases_n, sizeof key, by_id);
        if (!c)
            continue;
        c->listed = more(k->call->a, c->listed, c->listed_n, &c->listed_cap, sizeof *c->listed);
        c->listed[c->listed_n++] = listed;
    }
    return true;
}

static int by_day(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* A case's contacts are listed on the day on which half of those listed by now were. */
static void contact_rows(struct work *k)
{
    for (size_t i = 0; i < k->cases_n; i++) {
        struct one_case *c = &k->cases[i];
        if (isnan(c->result) || (c->listed_n == 0 && c->no_round))
            continue;
        if (c->listed_n)
            qsort(c->listed, c->listed_n, sizeof *c->listed, by_day);
        add(k, c->group, EPI_SPEED_CONTACTS, c->result,
            c->listed_n ? c->listed[(c->listed_n - 1) / 2] : (double)NAN, (double)k->s->as_of.d);
    }
}

/* Growth of the unit, or of the nearest one above with enough cases that the caller may see. */
struct spread {
    int32_t unit; /* -1 none */
    struct epi_speed_growth g;
};
static bool growth(struct work *k, const double *daily, size_t n, enum epi_growth_model model,
                   struct epi_growth *ret)
{
    return epi_growth_fit(k->call->a, daily, n, 1, model, 0.95, ret, NULL) == EPI_OK &&
           ret->converged && isfinite(ret->lo) && isfinite(ret->hi);
}

static struct spread spread_of(struct work *k, const struct epi__series *x, int32_t unit)
{
    const struct epi_units *units = k->call->app->units;
    double *daily = EPI_ARRAY(k->call->a, x->days, double);
    for (int32_t u = unit; u >= 0 && x->days >= SPAN_MIN; u = epi_units_at(units, u)->parent) {
        struct epi_growth fit;
        double sum = 0, busy = 0;
        if (!epi_scope_has(&k->call->actor.scope, epi_units_at(units, u)->path))
            break;
        for (size_t d = 0; d < x->days; d++) {
            daily[d] = fmax(0, x->all[(size_t)u * x->days + d]);
            sum += daily[d];
            busy += daily[d] > 0;
        }
        if (sum >= CASES_MIN && busy >= DAYS_MIN &&
            (growth(k, daily, x->days, EPI_GROWTH_NEGATIVE_BINOMIAL, &fit) ||
             growth(k, daily, x->days, EPI_GROWTH_QUASI_POISSON, &fit)))
            return (struct spread){u, {fit.r, fit.lo, fit.hi}};
    }
    return (struct spread){-1, {(double)NAN, (double)NAN, (double)NAN}};
}

static int by_group(const void *a, const void *b)
{
    const struct delay_row *x = a, *y = b;
    return x->group != y->group ? x->group - y->group : (int)x->part - (int)y->part;
}

static void table(struct work *k, const int32_t *groups, const struct epi__series *x,
                  struct epi_frame *ret)
{
    struct epi_arena *a = k->call->a;
    const struct epi_units *units = k->call->app->units;
    if (k->rows_n)
        qsort(k->rows, k->rows_n, sizeof *k->rows, by_group);
    epi_frame_init(ret, k->rows_n);
    epi_str *unit = k->s->below == EPI__UNIT_ALONE ? NULL : epi_frame_add_word(a, ret, "unit");
    epi_str *part = epi_frame_add_word(a, ret, "part"),
            *spread = epi_frame_add_word(a, ret, "spread");
    double *days = epi_frame_add(a, ret, "days"), *open = epi_frame_add(a, ret, "open"),
           *r = epi_frame_add(a, ret, "r"), *lo = epi_frame_add(a, ret, "r_lo"),
           *hi = epi_frame_add(a, ret, "r_hi");
    struct spread now = {.unit = -1};
    for (size_t i = 0; i < k->rows_n; i++) {
        const struct delay_row *row = &k->rows[i];
        if (i == 0 || row->group != row[-1].group)
            now = spread_of(k, x, groups[row->group]);
        if (unit)
            unit[i] = epi_units_at(units, groups[row->group])->path;
        part[i] = epi_str_of(epi_speed_part_words[row->part]);
        spread[i] = now.unit < 0 ? EPI_NIL : epi_units_at(units, now.unit)->path;
        days[i] = row->days;
        open[i] = row->open;
        r[i] = now.g.r;
        lo[i] = now.g.lo;
        hi[i] = now.g.hi;
    }
}

epi_status epi__speed_input(struct epi_call *call, const struct epi__estimate_scope *s,
                            struct epi_frame *ret)
{
    static const uint16_t sample_fields[] = {EPI_SAMPLE_UNIT, EPI_SAMPLE_TAKEN, EPI_SAMPLE_RESULTED,
                                             EPI_SAMPLE_RESULT},
                          contact_fields[] = {EPI_CONTACT_CASE, EPI_CONTACT_LISTED};
    const struct epi_units *units = call->app->units;
    const struct epi_scope *scope = &call->actor.scope, all = EPI_SCOPE_ALL;
    struct epi_store *store = call->app->store;
    struct epi_value path = epi_v_text(epi_units_at(units, s->unit)->path);
    struct epi_filter here = {.field = EPI_CASE_UNIT, .match = EPI_UNDER, .v = path},
                      taken = {.field = EPI_SAMPLE_UNIT, .match = EPI_UNDER, .v = path};
    struct work k = {.call = call, .s = s};
    struct epi__series x;
    const int32_t *groups;
    size_t n = epi__estimate_units(call, s, NULL, &groups);
    k.group = EPI_ARRAY(call->a, epi_units_count(units), int32_t);
    k.sampled = EPI_ARRAY(call->a, n + 1, bool);
    for (size_t u = 0; u < epi_units_count(units); u++)
        k.group[u] = -1;
    for (size_t g = 0; g < n; g++) {
        k.group[groups[g]] = (int32_t)g;
        for (int32_t u = groups[g]; u < epi_units_at(units, groups[g])->last; u++)
            k.group[u] = (int32_t)g;
    }
    EPI_TRY(epi__series_load(call, s->unit, s->from, s->to, s->as_of,
                             epi__window(call, s->unit, s->to), &x));
    EPI_TRY(epi_store_scan(store, EPI_K_SAMPLE, scope, &taken, 1, sample_fields,
                           EPI_COUNT(sample_fields), sample_batch, &k, &call->err));
    EPI_TRY(epi_store_scan(store, EPI_K_CASE, scope, &here, 1, case_fields, EPI_COUNT(case_fields),
                           case_batch, &k, &call->err));
    if (k.cases_n)
        qsort(k.cases, k.cases_n, sizeof *k.cases, by_id);
    /* A contact may live elsewhere; only the day it was listed is used, and no person is shown. */
    EPI_TRY(epi_store_scan(store, EPI_K_CONTACT, &all, NULL, 0, contact_fields,
                           EPI_COUNT(contact_fields), contact_batch, &k, &call->err));
    contact_rows(&k);
    /* Counts alone still tell the growth: a row without a delay carries it. */
    for (size_t g = 0; g < n; g++) {
        int64_t cases = 0;
        for (size_t d = 0; d < x.days; d++) {
            int32_t v = x.all[(size_t)groups[g] * x.days + d];
            cases += v > 0 ? v : 0;
        }
        if (cases == 0 && s->below != EPI__UNIT_ALONE)
            continue;
        k.rows = more(call->a, k.rows, k.rows_n, &k.rows_cap, sizeof *k.rows);
        k.rows[k.rows_n++] =
            (struct delay_row){(int32_t)g, EPI_SPEED_ISOLATION, (double)NAN, false};
    }
    if (k.rows_n == 0)
        return EPI_FAIL(&call->err, EPI_NOT_FOUND, "estimate.no-cases", "%s", "");
    table(&k, groups, &x, ret);
    return EPI_OK;
}
