// SPDX-License-Identifier: AGPL-3.0-or-later
/* Cases per unit and week, and which units were silent. */
#include "ops/diseases.h"
#include "ops/signals.h"
#include <math.h>

struct sent { /* a day for which a unit sent a count */
    int32_t unit, day, cases;
    bool counts; /* under the community rule, when it is asked for */
};
struct load {
    struct epi_call *call;
    const struct epi__estimate_scope *s;
    struct epi__weekly *w;
    const struct epi_field *detection;
    struct epi__series rule; /* only community_counts */
    int32_t *row;            /* [unit] -1 = not asked for */
    bool *covered, *aggregate;
    struct sent *sent;
    size_t n, cap;
};

static bool counts_here(const struct load *l, struct epi_value setting)
{
    int w = setting.t == EPI_V_TEXT ? epi_word_find(l->detection, setting.s) : -1;
    return !l->s->community || l->rule.community_counts[w < 0 ? EPI__SETTINGS - 1 : w];
}

static int32_t unit_of(const struct load *l, struct epi_value v)
{
    return v.t == EPI_V_TEXT ? epi_units_by_path(l->call->app->units, v.s) : -1;
}

static void add(struct load *l, int32_t unit, int32_t day, double n)
{
    int32_t week = day - l->w->first.d;
    if (week < 0 || day > l->s->as_of.d)
        return;
    for (int32_t u = unit; u >= 0; u = epi_units_at(l->call->app->units, u)->parent)
        if (l->row[u] >= 0)
            l->w->count[(size_t)l->row[u] * l->w->weeks + (size_t)week / 7] += n;
}

/* The unit right under the root that holds this one; the root itself for the root. */
static int32_t province_of(const struct epi_units *units, int32_t unit)
{
    int32_t u = unit;
    while (u >= 0 && epi_units_at(units, u)->parent >= 0 &&
           epi_units_at(units, epi_units_at(units, u)->parent)->parent >= 0)
        u = epi_units_at(units, u)->parent;
    return u;
}

static void cover_up(const struct epi_units *units, bool *covered, int32_t unit)
{
    for (int32_t u = unit; u >= 0; u = epi_units_at(units, u)->parent)
        covered[u] = true;
}

static void cover_down(const struct epi_units *units, bool *covered, int32_t unit)
{
    for (int32_t u = unit; u < epi_units_at(units, unit)->last || u == unit; u++)
        covered[u] = true;
}

/* --- what was sent as counts --- */
static bool count_batch(const struct epi_batch *b, void *ctx)
{
    struct load *l = ctx;
    for (size_t i = 0; i < b->rows; i++) {
        int32_t u = unit_of(l, b->columns[0][i]);
        struct epi_value day = b->columns[1][i], n = b->columns[3][i];
        if (u < 0 || day.t != EPI_V_INT || n.t != EPI_V_INT || day.i < l->w->first.d ||
            day.i > l->s->as_of.d || !epi__disease_is(l->call, b->columns[4][i]))
            continue;
        if (l->n == l->cap) {
            size_t cap = l->cap ? l->cap * 2 : 4096;
            struct sent *sent = EPI_ARRAY(l->call->a, cap, struct sent);
            if (l->n)
                memcpy(sent, l->sent, l->n * sizeof *sent);
            l->sent = sent;
            l->cap = cap;
        }
        l->sent[l->n++] =
            (struct sent){u, (int32_t)day.i, (int32_t)n.i, counts_here(l, b->columns[2][i])};
        l->aggregate[u] = true;
    }
    return true;
}

/* Adds what was sent, and marks the weeks in which a unit that sends counts sent none. */
static void add_sent(struct load *l)
{
    const struct epi_units *units = l->call->app->units;
    size_t n_units = epi_units_count(units), weeks = l->w->weeks, senders = 0;
    uint32_t *sender = EPI_ARRAY(l->call->a, n_units, uint32_t);
    for (size_t u = 0; u < n_units; u++)
        if (l->aggregate[u])
            sender[u] = (uint32_t)senders++;
    bool *heard = EPI_ARRAY(l->call->a, senders * weeks + 1, bool);
    uint16_t *below = EPI_ARRAY(l->call->a, l->w->n + 1, uint16_t);
    for (size_t i = 0; i < l->n; i++) {
        const struct sent *x = &l->sent[i];
        heard[sender[x->unit] * weeks + (size_t)(x->day - l->w->first.d) / 7] = true;
        cover_up(units, l->covered, x->unit);
        if (x->counts)
            add(l, x->unit, x->day, x->cases);
    }
    for (size_t u = 0; u < n_units; u++) {
        for (int32_t v = l->aggregate[u] ? (int32_t)u : -1; v >= 0;
             v = epi_units_at(units, v)->parent) {
            if (l->row[v] < 0)
                continue;
            size_t row = (size_t)l->row[v];
            below[row]++;
            for (size_t k = 0; k < weeks; k++)
                l->w->silent[row * weeks + k] += !heard[sender[u] * weeks + k];
        }
    }
    for (size_t r = 0; r < l->w->n; r++)
        for (size_t k = 0; below[r] && k < weeks; k++)
            if (l->w->silent[r * weeks + k] == below[r] && !(l->w->count[r * weeks + k] > 0))
                l->w->count[r * weeks + k] = (double)NAN;
}

/* --- cases --- */
static bool case_batch(const struct epi_batch *b, void *ctx)
{
    struct load *l = ctx;
    const struct epi_units *units = l->call->app->units;
    bool by_onset = l->s->by == EPI__BY_ONSET;
    for (size_t i = 0; i < b->rows; i++) {
        struct epi_value day = EPI_NULLV, class = b->columns[6][i];
        for (int c = by_onset ? 4 : 1; c <= 4 && day.t != EPI_V_INT; c++)
            day = b->columns[c][i]; /* reported, resulted, sampled, onset */
        int32_t u = unit_of(l, b->columns[0][i]);
        if (u < 0 || (class.t == EPI_V_TEXT && epi_str_eqz(class.s, "discarded")) ||
            l->aggregate[u])
            continue;
        if (!l->covered[u]) {
            cover_down(units, l->covered, province_of(units, u));
            cover_up(units, l->covered, u);
        }
        if (day.t == EPI_V_INT && epi__disease_is(l->call, b->columns[7][i]) &&
            counts_here(l, b->columns[5][i]))
            add(l, u, (int32_t)day.i, 1);
    }
    return true;
}

/* The first record of a kind in an area; the whole area counts, whatever the caller may see of it:
 * only the day is taken. */
static epi_status first_day(struct load *l, uint16_t kind, uint16_t field, epi_str area,
                            epi_date *ret)
{
    struct epi_filter f[] = {{.field = 0, .match = EPI_UNDER, .v = epi_v_text(area)},
                             {.field = field, .match = EPI_NOT_NULL}};
    struct epi_query q = {.kind = kind,
                          .scope = EPI_SCOPE_ALL,
                          .filters = f,
                          .n_filters = 2,
                          .order = field,
                          .limit = 1};
    struct epi_page page;
    EPI_TRY(epi_store_find(l->call->app->store, l->call->a, &q, &page, &l->call->err));
    *ret = page.n ? epi_v_as_date(page.rows[0].v[field]) : EPI_DATE_UNKNOWN;
    return EPI_OK;
}

static epi_status find_known(struct load *l, epi_date since)
{
    const struct epi_units *units = l->call->app->units;
    int32_t area = province_of(units, l->s->unit);
    epi_date by_case, by_count;
    epi_str path = epi_units_at(units, area)->path;
    EPI_TRY(first_day(l, EPI_K_CASE, EPI_CASE_REPORTED, path, &by_case));
    EPI_TRY(first_day(l, EPI_K_COUNT, EPI_COUNT_DATE, path, &by_count));
    if (epi_date_known(by_case) && epi_units_at(units, area)->parent >= 0)
        cover_down(units, l->covered, area); /* it keeps a line list */
    l->w->known_from = !epi_date_known(by_case)    ? by_count
                       : !epi_date_known(by_count) ? by_case
                       : by_case.d < by_count.d    ? by_case
                                                   : by_count;
    if (epi_date_known(since))
        l->w->known_from = since;
    return EPI_OK;
}

static epi_status scan(struct load *l)
{
    static const uint16_t case_fields[] = {
        EPI_CASE_UNIT,  EPI_CASE_REPORTED,  EPI_CASE_RESULTED,       EPI_CASE_SAMPLED,
        EPI_CASE_ONSET, EPI_CASE_DETECTION, EPI_CASE_CLASSIFICATION, EPI_CASE_DISEASE};
    static const uint16_t count_fields[] = {EPI_COUNT_UNIT, EPI_COUNT_DATE, EPI_COUNT_DETECTION,
                                            EPI_COUNT_CASES, EPI_COUNT_DISEASE};
    struct epi_call *call = l->call;
    struct epi_filter here = {.field = 0,
                              .match = EPI_UNDER,
                              .v = epi_v_text(epi_units_at(call->app->units, l->s->unit)->path)};
    /* counts have no onset: units that send them are left to their case lists then */
    if (l->s->by != EPI__BY_ONSET)
        EPI_TRY(epi_store_scan(call->app->store, EPI_K_COUNT, &call->actor.scope, &here, 1,
                               count_fields, EPI_COUNT(count_fields), count_batch, l, &call->err));
    return epi_store_scan(call->app->store, EPI_K_CASE, &call->actor.scope, &here, 1, case_fields,
                          EPI_COUNT(case_fields), case_batch, l, &call->err);
}

/* Rows of units from which nobody reports go; weeks before anything is known become NaN. */
static void settle(struct load *l)
{
    struct epi__weekly *w = l->w;
    int32_t *units = EPI_ARRAY(l->call->a, w->n + 1, int32_t);
    size_t kept = 0;
    int32_t known = epi_date_known(w->known_from) ? w->known_from.d : INT32_MAX;
    for (size_t r = 0; r < w->n; r++) {
        if (!l->covered[w->units[r]])
            continue;
        units[kept] = w->units[r];
        for (size_t k = 0; k < w->weeks; k++) {
            bool since = w->first.d + 7 * (int32_t)k + 6 >= known;
            w->count[kept * w->weeks + k] = since ? w->count[r * w->weeks + k] : (double)NAN;
            w->silent[kept * w->weeks + k] = w->silent[r * w->weeks + k];
        }
        kept++;
    }
    w->left_out = w->n - kept;
    w->n = kept;
    w->units = units;
}

epi_status epi__weekly_load(struct epi_call *call, const struct epi__estimate_scope *s,
                            epi_date first, size_t weeks, epi_date since, struct epi__weekly *ret)
{
    size_t n_units = epi_units_count(call->app->units);
    *ret = (struct epi__weekly){.first = first, .weeks = weeks};
    struct load l = {.call = call,
                     .s = s,
                     .w = ret,
                     .detection =
                         &call->app->catalogue->kinds[EPI_K_CASE].fields[EPI_CASE_DETECTION],
                     .row = EPI_ARRAY(call->a, n_units, int32_t),
                     .covered = EPI_ARRAY(call->a, n_units, bool),
                     .aggregate = EPI_ARRAY(call->a, n_units, bool)};
    ret->n = epi__estimate_units(call, s, NULL, &ret->units);
    for (size_t u = 0; u < n_units; u++)
        l.row[u] = -1;
    for (size_t r = 0; r < ret->n; r++)
        l.row[ret->units[r]] = (int32_t)r;
    ret->count = EPI_ARRAY(call->a, ret->n * weeks + 1, double);
    ret->silent = EPI_ARRAY(call->a, ret->n * weeks + 1, uint16_t);
    if (s->community)
        epi__community_rule(call, s->unit, s->as_of, &l.rule);
    EPI_TRY(find_known(&l, since));
    EPI_TRY(scan(&l));
    add_sent(&l);
    settle(&l);
    return EPI_OK;
}
