// SPDX-License-Identifier: AGPL-3.0-or-later
/* From the store to the tables estimates are made from. */
#include "ops/diseases.h"
#include "ops/estimates.h"
#include <math.h>

#define UNITS_MAX 20000
#define OLD_DAYS 14        /* a case whose onset lies so far before its report comes late */
#define LOAD_CASES 10      /* so many late ones on a day, and half of the day's, are a load */
#define SPAN_MAX (366 * 5) /* days of one estimate */

static bool word_arg(struct epi_call *call, const char *name, const char *const *words, int *ret)
{
    epi_str text = epi_arg(call, name);
    for (int i = 0; words[i]; i++) {
        if (text.n ? epi_str_eqz(text, words[i]) : i == 0) {
            *ret = i;
            return true;
        }
    }
    (void)EPI_FAIL(&call->err, EPI_INVALID, "estimate.option-word", "%.*s", EPI_FMT(text));
    return false;
}

epi_status epi__estimate_scope(struct epi_call *call, int days, struct epi__estimate_scope *ret)
{
    static const char *const by[] = {"report", "onset", NULL};
    static const char *const below[] = {"none", "children", "lowest", NULL};
    static const char *const cases[] = {"all", "community", NULL};
    int chosen_by = 0, chosen_below = 0, chosen_cases = 0;
    EPI_TRY(epi__unit_arg(call, "unit", &ret->unit));
    EPI_TRY(epi__date_arg(call, "as_of", &ret->as_of));
    ret->to = ret->as_of;
    if (epi_arg(call, "to").n)
        EPI_TRY(epi__date_arg(call, "to", &ret->to));
    ret->from = (epi_date){ret->to.d - days + 1};
    if (epi_arg(call, "from").n)
        EPI_TRY(epi__date_arg(call, "from", &ret->from));
    if (!word_arg(call, "by", by, &chosen_by) || !word_arg(call, "below", below, &chosen_below) ||
        !word_arg(call, "cases", cases, &chosen_cases))
        return EPI_INVALID;
    if (ret->to.d > ret->as_of.d || ret->from.d > ret->to.d || ret->to.d - ret->from.d >= SPAN_MAX)
        return EPI_FAIL(&call->err, EPI_INVALID, "estimate.span", "%d", SPAN_MAX);
    ret->by = (enum epi__count_by)chosen_by;
    ret->below = (enum epi__below)chosen_below;
    ret->community = chosen_cases == 1;
    if (ret->community && ret->by == EPI__BY_ONSET)
        return EPI_FAIL(&call->err, EPI_INVALID, "estimate.community-by-onset", "%s", "");
    return EPI_OK;
}

size_t epi__estimate_units(struct epi_call *call, const struct epi__estimate_scope *s,
                           const bool *covered, const int32_t **ret)
{
    const struct epi_units *units = call->app->units;
    const struct epi_unit *top = epi_units_at(units, s->unit);
    int32_t *list = EPI_ARRAY(call->a, UNITS_MAX, int32_t);
    size_t n = 0;
    if (s->below == EPI__UNIT_ALONE)
        list[n++] = s->unit;
    for (int32_t u = top->first; s->below != EPI__UNIT_ALONE && u < top->last; u++) {
        const struct epi_unit *unit = epi_units_at(units, u);
        bool wanted =
            s->below == EPI__CHILDREN ? unit->parent == s->unit : unit->first >= unit->last;
        if (wanted && n < UNITS_MAX && epi_unit_valid_on(unit, s->as_of) &&
            (!covered || covered[u]) && epi_scope_has(&call->actor.scope, unit->path))
            list[n++] = u;
    }
    *ret = list;
    return n;
}

/* --- counts per day --- */
static const int32_t *column_of(const struct epi__estimate_scope *s, const struct epi__series *x)
{
    return s->by == EPI__BY_ONSET ? x->onset : s->community ? x->community : x->all;
}

static epi_status series(struct epi_call *call, const struct epi__estimate_scope *s,
                         struct epi_frame *ret)
{
    struct epi__series x;
    const int32_t *units;
    EPI_TRY(epi__series_load(call, s->unit, s->from, s->to, s->as_of,
                             epi__window(call, s->unit, s->to), &x));
    size_t n = epi__estimate_units(call, s, x.covered, &units), at = 0;
    const int32_t *counts = column_of(s, &x);
    if (n == 0)
        return EPI_FAIL(&call->err, EPI_NOT_FOUND, "estimate.nobody-reports", "%s", "");
    epi_frame_init(ret, n * x.days);
    epi_str *unit = s->below == EPI__UNIT_ALONE ? NULL : epi_frame_add_word(call->a, ret, "unit");
    double *date = epi_frame_add_date(call->a, ret, "date");
    double *cases = epi_frame_add(call->a, ret, "cases");
    for (size_t u = 0; u < n; u++) {
        for (size_t d = 0; d < x.days; d++, at++) {
            int32_t v = counts[(size_t)units[u] * x.days + d];
            if (unit)
                unit[at] = epi_units_at(call->app->units, units[u])->path;
            date[at] = (double)(s->from.d + (int32_t)d);
            cases[at] = v < 0 ? 0 : v;
        }
    }
    return EPI_OK;
}

/* --- lists of cases --- */
static const struct {
    const char *column;
    uint16_t field;
} list_columns[] = {
    {"onset", EPI_CASE_ONSET},       {"sampled", EPI_CASE_SAMPLED},
    {"resulted", EPI_CASE_RESULTED}, {"reported", EPI_CASE_REPORTED},
    {"isolated", EPI_CASE_ISOLATED}, {"outcome_date", EPI_CASE_OUTCOME_DATE},
};
#define LIST_COLUMNS EPI_COUNT(list_columns)

struct listed {
    struct epi_call *call;
    const struct epi__estimate_scope *s;
    size_t n, cap;
    epi_str *unit;
    double *day[LIST_COLUMNS]; /* NaN unknown */
    bool *died;
};

static void room(struct listed *l)
{
    if (l->n < l->cap)
        return;
    struct epi_arena *a = l->call->a;
    size_t cap = l->cap ? 2 * l->cap : 1024;
    epi_str *unit = EPI_ARRAY(a, cap, epi_str);
    bool *died = EPI_ARRAY(a, cap, bool);
    if (l->n) {
        memcpy(unit, l->unit, l->n * sizeof *unit);
        memcpy(died, l->died, l->n * sizeof *died);
    }
    l->unit = unit;
    l->died = died;
    for (size_t k = 0; k < LIST_COLUMNS; k++) {
        double *day = EPI_ARRAY(a, cap, double);
        if (l->n)
            memcpy(day, l->day[k], l->n * sizeof *day);
        l->day[k] = day;
    }
    l->cap = cap;
}

/* The day that decides whether a case lies in the span; NaN when it is not known. */
static double deciding(const struct listed *l, size_t i)
{
    if (l->s->by == EPI__BY_ONSET)
        return l->day[0][i];
    for (size_t k = 4; k-- > 0;) { /* reported, resulted, sampled, onset */
        if (!isnan(l->day[k][i]))
            return l->day[k][i];
    }
    return (double)NAN;
}

/* Whether a case had come to be known by the as-of day: by its report, else result, sample or
 * onset. One that was reported later was not, whatever earlier days it has. */
static bool known_by_then(const struct listed *l, const struct epi_batch *b, size_t row)
{
    for (size_t k = 4; k-- > 0;) { /* reported, resulted, sampled, onset */
        struct epi_value v = b->columns[k + 1][row];
        if (v.t == EPI_V_INT)
            return v.i <= l->s->as_of.d;
    }
    return true; /* what decides is looked at next */
}

static bool list_batch(const struct epi_batch *b, void *ctx)
{
    struct listed *l = ctx;
    for (size_t i = 0; i < b->rows; i++) {
        if (!known_by_then(l, b, i))
            continue;
        struct epi_value class = b->columns[LIST_COLUMNS + 1][i];
        if (class.t == EPI_V_TEXT && epi_str_eqz(class.s, "discarded"))
            continue;
        if (!epi__disease_is(l->call, b->columns[LIST_COLUMNS + 3][i]))
            continue;
        room(l);
        for (size_t k = 0; k < LIST_COLUMNS; k++) {
            struct epi_value v = b->columns[k + 1][i];
            bool known =
                v.t == EPI_V_INT && v.i <= l->s->as_of.d; /* later days are not known yet */
            l->day[k][l->n] = known ? (double)v.i : (double)NAN;
        }
        double day = deciding(l, l->n);
        if (!(day >= l->s->from.d && day <= l->s->to.d))
            continue;
        struct epi_value outcome = b->columns[LIST_COLUMNS + 2][i];
        l->died[l->n] = outcome.t == EPI_V_TEXT && epi_str_eqz(outcome.s, "died");
        l->unit[l->n++] = epi_str_dup(l->call->a, epi_v_as_text(b->columns[0][i]));
    }
    return true;
}

static epi_status list(struct epi_call *call, const struct epi__estimate_scope *s,
                       struct listed *ret)
{
    uint16_t fields[LIST_COLUMNS + 4] = {EPI_CASE_UNIT};
    for (size_t k = 0; k < LIST_COLUMNS; k++)
        fields[k + 1] = list_columns[k].field;
    fields[LIST_COLUMNS + 1] = EPI_CASE_CLASSIFICATION;
    fields[LIST_COLUMNS + 2] = EPI_CASE_OUTCOME;
    fields[LIST_COLUMNS + 3] = EPI_CASE_DISEASE;
    struct epi_filter here = {.field = EPI_CASE_UNIT,
                              .match = EPI_UNDER,
                              .v = epi_v_text(epi_units_at(call->app->units, s->unit)->path)};
    *ret = (struct listed){.call = call, .s = s};
    return epi_store_scan(call->app->store, EPI_K_CASE, &call->actor.scope, &here, 1, fields,
                          EPI_COUNT(fields), list_batch, ret, &call->err);
}

/* Which unit of the answer a case belongs to: the child above it, itself, or none. */
static epi_str group_of(struct epi_call *call, const struct epi__estimate_scope *s, epi_str path)
{
    const struct epi_units *units = call->app->units;
    int32_t u = epi_units_by_path(units, path);
    while (s->below == EPI__CHILDREN && u >= 0 && epi_units_at(units, u)->parent != s->unit)
        u = epi_units_at(units, u)->parent;
    return u < 0 ? path : epi_units_at(units, u)->path;
}

static epi_status case_list(struct epi_call *call, const struct epi__estimate_scope *s,
                            struct epi_frame *ret)
{
    struct listed l;
    EPI_TRY(list(call, s, &l));
    if (l.n == 0)
        return EPI_FAIL(&call->err, EPI_NOT_FOUND, "estimate.no-cases", "%s", "");
    epi_frame_init(ret, l.n);
    if (s->below != EPI__UNIT_ALONE) {
        epi_str *unit = epi_frame_add_word(call->a, ret, "unit");
        for (size_t i = 0; i < l.n; i++)
            unit[i] = group_of(call, s, l.unit[i]);
    }
    for (size_t k = 0; k < LIST_COLUMNS; k++)
        memcpy(epi_frame_add_date(call->a, ret, list_columns[k].column), l.day[k],
               l.n * sizeof(double));
    return EPI_OK;
}

struct deaths {
    struct epi_call *call;
    const struct epi__estimate_scope *s;
    double *by_day; /* from s->from on */
};

static bool death_batch(const struct epi_batch *b, void *ctx)
{
    struct deaths *d = ctx;
    for (size_t i = 0; i < b->rows; i++) {
        struct epi_value day = b->columns[0][i], n = b->columns[1][i];
        if (day.t == EPI_V_INT && n.t == EPI_V_INT && day.i >= d->s->from.d &&
            day.i <= d->s->to.d && epi__disease_is(d->call, b->columns[2][i]))
            d->by_day[day.i - d->s->from.d] += (double)n.i;
    }
    return true;
}

/* Deaths of units that send counts instead of cases. */
static epi_status counted_deaths(struct epi_call *call, const struct epi__estimate_scope *s,
                                 double *by_day)
{
    static const uint16_t fields[] = {EPI_COUNT_DATE, EPI_COUNT_DEATHS, EPI_COUNT_DISEASE};
    struct epi_filter here = {.field = EPI_COUNT_UNIT,
                              .match = EPI_UNDER,
                              .v = epi_v_text(epi_units_at(call->app->units, s->unit)->path)};
    struct deaths d = {call, s, by_day};
    return epi_store_scan(call->app->store, EPI_K_COUNT, &call->actor.scope, &here, 1, fields,
                          EPI_COUNT(fields), death_batch, &d, &call->err);
}

/* Cases by the deciding day and deaths by their own, of the unit alone. */
static epi_status cases_and_deaths(struct epi_call *call, const struct epi__estimate_scope *s,
                                   struct epi_frame *ret)
{
    struct listed l;
    struct epi__estimate_scope alone = *s;
    alone.below = EPI__UNIT_ALONE;
    EPI_TRY(series(call, &alone, ret));
    EPI_TRY(list(call, s, &l));
    double *deaths = epi_frame_add(call->a, ret, "deaths");
    for (size_t d = 0; d < ret->rows; d++)
        deaths[d] = 0;
    for (size_t i = 0; i < l.n; i++) {
        double day = l.day[5][i] - s->from.d;
        if (l.died[i] && day >= 0 && day < (double)ret->rows)
            deaths[(size_t)day]++;
    }
    return counted_deaths(call, s, deaths);
}

/* --- places for the scan --- */
/* A row per unit and day with cases, and of every unit the first two days and the last, so that the
 * period and the units without cases are there too. What has no position or no population is left
 * to the method, which says so. */
static bool tells(size_t day, size_t days, int32_t cases)
{
    return cases > 0 || day < 2 || day + 1 == days;
}

static epi_status places(struct epi_call *call, const struct epi__estimate_scope *s,
                         struct epi_frame *ret)
{
    struct epi__series x;
    struct epi__estimate_scope parts = *s;
    const int32_t *units;
    parts.below = s->below == EPI__UNIT_ALONE ? EPI__LOWEST : s->below;
    EPI_TRY(epi__series_load(call, s->unit, s->from, s->to, s->as_of,
                             epi__window(call, s->unit, s->to), &x));
    size_t n = epi__estimate_units(call, &parts, x.covered, &units), rows = 0, at = 0;
    const int32_t *counts = column_of(s, &x);
    for (size_t i = 0; i < n; i++)
        for (size_t d = 0; d < x.days; d++)
            rows += tells(d, x.days, counts[(size_t)units[i] * x.days + d]);
    if (rows == 0)
        return EPI_FAIL(&call->err, EPI_NOT_FOUND, "estimate.nobody-reports", "%s", "");
    epi_frame_init(ret, rows);
    epi_str *unit = epi_frame_add_word(call->a, ret, "unit");
    double *lat = epi_frame_add(call->a, ret, "lat"), *lon = epi_frame_add(call->a, ret, "lon"),
           *population = epi_frame_add(call->a, ret, "population"),
           *date = epi_frame_add_date(call->a, ret, "date"),
           *cases = epi_frame_add(call->a, ret, "cases");
    for (size_t i = 0; i < n; i++) {
        const struct epi_unit *u = epi_units_at(call->app->units, units[i]);
        for (size_t d = 0; d < x.days; d++) {
            int32_t v = counts[(size_t)units[i] * x.days + d];
            if (!tells(d, x.days, v))
                continue;
            unit[at] = u->path;
            lat[at] = u->lat;
            lon[at] = u->lon;
            population[at] = u->population >= 0 ? (double)u->population : (double)NAN;
            date[at] = (double)(s->from.d + (int32_t)d);
            cases[at++] = v < 0 ? 0 : v;
        }
    }
    return EPI_OK;
}

/* --- what to say about it --- */
static void note(struct epi_findings *notes, const char *code, epi_str arg1, epi_str arg2)
{
    epi_finding_add(notes, EPI_WARNING, code, 0, EPI_NIL, arg1, arg2);
}

/* Days on which many cases of long ago came in at once. */
static epi_status late_loads(struct epi_call *call, const struct epi__estimate_scope *s,
                             struct epi_findings *notes)
{
    struct listed l;
    size_t days = (size_t)(s->to.d - s->from.d + 1);
    int32_t *late = EPI_ARRAY(call->a, days, int32_t), *all = EPI_ARRAY(call->a, days, int32_t);
    struct epi__estimate_scope reported = *s;
    reported.by = EPI__BY_REPORT;
    EPI_TRY(list(call, &reported, &l));
    for (size_t i = 0; i < l.n; i++) {
        double day = l.day[3][i] - s->from.d, delay = l.day[3][i] - l.day[0][i];
        if (!(day >= 0 && day < (double)days))
            continue;
        all[(size_t)day]++;
        late[(size_t)day] += delay > OLD_DAYS;
    }
    for (size_t d = 0; d < days; d++) {
        char day[16];
        if (late[d] >= LOAD_CASES && 2 * late[d] >= all[d])
            note(notes, "estimate.late-load",
                 epi_str_dup(call->a,
                             epi_str_of(epi_date_iso((epi_date){s->from.d + (int32_t)d}, day))),
                 epi_str_printf(call->a, "%d", late[d]));
    }
    return EPI_OK;
}

/* A rule on what counts as a case, or as one of the community, that begins inside the span. */
static void rule_changes(struct epi_call *call, const struct epi__estimate_scope *s,
                         struct epi_findings *notes)
{
    for (size_t i = 0; i < epi_policies_count(call->app->policies); i++) {
        struct epi_pack_info p;
        char day[16];
        epi_pack_get(epi_policies_at(call->app->policies, i), &p);
        if (p.kind != EPI_KIND_CASE_DEFINITION &&
            !(p.kind == EPI_KIND_COMMUNITY_CASE && s->community))
            continue;
        if (p.from.d > s->from.d && p.from.d <= s->to.d)
            note(notes, "estimate.definition-changes", p.symbol.n ? p.symbol : p.id,
                 epi_str_dup(call->a, epi_str_of(epi_date_iso(p.from, day))));
    }
}

epi_status epi__estimate_quality(struct epi_call *call, const struct epi__estimate_scope *s,
                                 struct epi_findings *notes)
{
    rule_changes(call, s, notes);
    return late_loads(call, s, notes);
}

epi_status epi__estimate_input(struct epi_call *call, const struct epi__estimate_scope *s,
                               epi_str figure, struct epi_frame *ret, struct epi_findings *notes)
{
    static const struct {
        const char *figure;
        epi_status (*make)(struct epi_call *, const struct epi__estimate_scope *,
                           struct epi_frame *);
    } makers[] = {
        {"curve", series},      {"rt", series},
        {"growth", series},     {"signal", series},
        {"forecast", series},   {"delay", case_list},
        {"nowcast", case_list}, {"cfr", cases_and_deaths},
        {"scan", places},       {"speed", epi__speed_input},
    };
    for (size_t i = 0; i < EPI_COUNT(makers); i++) {
        if (!epi_str_eqz(figure, makers[i].figure))
            continue;
        EPI_TRY(epi__estimate_quality(call, s, notes));
        return makers[i].make(call, s, ret);
    }
    return EPI_FAIL(&call->err, EPI_NOT_FOUND, "estimate.no-store", "%.*s", EPI_FMT(figure));
}
