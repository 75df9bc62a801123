// SPDX-License-Identifier: AGPL-3.0-or-later
#include "ops/diseases.h"
#include "ops/figures.h"
#include <math.h>

/* --- which settings count as community
 * -------------------------------------------------------------------------- */
void epi__community_rule(struct epi_call *call, int32_t unit, epi_date on, struct epi__series *s)
{
    const struct epi_field *f = &call->app->catalogue->kinds[EPI_K_CASE].fields[EPI_CASE_DETECTION];
    const struct epi_pack *pack = epi__pack_for(call, EPI_KIND_COMMUNITY_CASE, unit, on);
    /* a setting no rule can judge is counted: too high is safer than too low, and the sheet shows
     * it */
    for (size_t w = 0; w < EPI__SETTINGS; w++)
        s->community_counts[w] = true;
    if (!pack)
        return;
    struct epi_pack_info info;
    epi_pack_get(pack, &info);
    struct epi_policy *b = epi_policy_bind(call->a, pack, on, epi__disease(call));
    int setting = epi_policy_fact_index(pack, EPI_S("setting")),
        out = epi_policy_fact_index(pack, EPI_S("is_community"));
    if (setting < 0 || out < 0)
        return;
    s->rule = epi__rule_of(pack);
    for (size_t w = 0; w <= f->n_words && w < EPI__SETTINGS; w++) {
        struct epi_fact *facts = EPI_ARRAY(call->a, info.slots_n, struct epi_fact);
        struct epi_decision *d = EPI_ARRAY(call->a, info.tables_n, struct epi_decision);
        if (w < f->n_words)
            facts[setting] = epi_fact_word(pack, (size_t)setting, epi_str_of(f->words[w].word));
        epi_policy_run(b, facts, d);
        s->community_counts[w] = !facts[out].known || facts[out].v != 0;
        epi_confidence c = epi_policy_confidence(b, 0, d);
        if (c > s->rule.confidence)
            s->rule.confidence = c;
    }
}

/* --- cases
 * ------------------------------------------------------------------------------------------------------------
 */
struct case_load {
    struct epi_call *call;
    struct epi__series *s;
    const struct epi_field *detection;
    int window;
    epi_date as_of;
};

static void count(struct case_load *l, int32_t unit, int64_t day, int setting, int64_t n)
{
    struct epi__series *s = l->s;
    if (day < 0 || day >= (int64_t)s->days)
        return;
    for (int32_t u = unit; u >= 0; u = epi_units_at(l->call->app->units, u)->parent) {
        size_t at = (size_t)u * s->days + (size_t)day;
        s->all[at] += (int32_t)n;
        if (s->community_counts[setting])
            s->community[at] += (int32_t)n;
        if (day >= (int64_t)s->days - l->window)
            s->setting[(size_t)u * EPI__SETTINGS + (size_t)setting] += (int32_t)n;
    }
}

/* Marks the unit, what lies above it, and everything below the unit right under the root. */
static void cover(const struct epi_units *units, bool *covered, int32_t unit)
{
    int32_t top = unit;
    covered[unit] = true;
    for (int32_t u = unit; u >= 0; u = epi_units_at(units, u)->parent) {
        covered[u] = true;
        if (epi_units_at(units, u)->parent >= 0)
            top = u;
    }
    for (int32_t u = top; u < epi_units_at(units, top)->last; u++)
        covered[u] = true;
}

static void count_onset(struct case_load *l, int32_t unit, int64_t day)
{
    struct epi__series *s = l->s;
    for (int32_t u = day < 0 || day >= (int64_t)s->days ? -1 : unit; u >= 0;
         u = epi_units_at(l->call->app->units, u)->parent)
        s->onset[(size_t)u * s->days + (size_t)day]++;
}

static int setting_of(const struct case_load *l, struct epi_value v)
{
    int w = v.t == EPI_V_TEXT ? epi_word_find(l->detection, v.s) : -1;
    return w < 0 ? EPI__SETTINGS - 1 : w;
}

static bool case_batch(const struct epi_batch *b, void *ctx)
{
    struct case_load *l = ctx;
    const struct epi_units *units = l->call->app->units;
    for (size_t i = 0; i < b->rows; i++) {
        int64_t day = INT64_MIN;
        for (int c = 1; c <= 4 && day == INT64_MIN; c++) /* reported, resulted, sampled, onset */
            if (b->columns[c][i].t == EPI_V_INT)
                day = b->columns[c][i].i - l->s->first.d;
        struct epi_value unit = b->columns[0][i], class = b->columns[6][i];
        if (day == INT64_MIN || unit.t != EPI_V_TEXT)
            continue;
        if (class.t == EPI_V_TEXT && epi_str_eqz(class.s, "discarded"))
            continue;
        if (!epi__disease_is(l->call, b->columns[7][i]))
            continue;
        int32_t u = epi_units_by_path(units, unit.s);
        if (u < 0 || l->s->aggregate[u])
            continue;
        if (!l->s->covered[u]) /* its province keeps a line list: no case there means none */
            cover(units, l->s->covered, u);
        count(l, u, day, setting_of(l, b->columns[5][i]), 1);
        if (b->columns[4][i].t == EPI_V_INT && day + l->s->first.d <= l->as_of.d)
            count_onset(l, u, b->columns[4][i].i - l->s->first.d);
    }
    return true;
}

struct count_row {
    int32_t unit;
    int64_t day, cases;
    int setting;
};
struct count_load {
    struct case_load *l;
    struct count_row *rows;
    size_t n, cap;
};

static bool count_batch(const struct epi_batch *b, void *ctx)
{
    struct count_load *c = ctx;
    struct epi_call *call = c->l->call;
    for (size_t i = 0; i < b->rows; i++) {
        struct epi_value unit = b->columns[0][i], day = b->columns[1][i], n = b->columns[3][i];
        int32_t u = unit.t == EPI_V_TEXT ? epi_units_by_path(call->app->units, unit.s) : -1;
        if (u < 0 || day.t != EPI_V_INT || n.t != EPI_V_INT ||
            !epi__disease_is(call, b->columns[4][i]))
            continue;
        if (c->n == c->cap) {
            size_t cap = c->cap ? c->cap * 2 : 4096;
            struct count_row *rows = EPI_ARRAY(call->a, cap, struct count_row);
            if (c->n)
                memcpy(rows, c->rows, c->n * sizeof *rows);
            c->rows = rows;
            c->cap = cap;
        }
        c->rows[c->n++] = (struct count_row){u, day.i - c->l->s->first.d, n.i,
                                             setting_of(c->l, b->columns[2][i])};
        c->l->s->aggregate[u] = true;
    }
    return true;
}

/* The arrays of a series lie in one block, so that it can be remembered and recalled whole. */
static size_t lay_out(struct epi__series *s, struct epi_arena *a)
{
    size_t cells = s->units * s->days, bytes = cells * 3 * sizeof(int32_t) +
                                               s->units * EPI__SETTINGS * sizeof(int32_t) +
                                               2 * s->units;
    char *block = epi_arena_take(a, bytes);
    s->community = (int32_t *)(void *)block;
    s->all = s->community + cells;
    s->onset = s->all + cells;
    s->setting = s->onset + cells;
    s->aggregate = (bool *)(s->setting + s->units * EPI__SETTINGS);
    s->covered = s->aggregate + s->units;
    return bytes;
}

static epi_status count_all(struct epi_call *call, struct epi__series *s, epi_date to,
                            epi_date as_of, int window)
{
    static const uint16_t case_fields[] = {
        EPI_CASE_UNIT,  EPI_CASE_REPORTED,  EPI_CASE_RESULTED,       EPI_CASE_SAMPLED,
        EPI_CASE_ONSET, EPI_CASE_DETECTION, EPI_CASE_CLASSIFICATION, EPI_CASE_DISEASE};
    static const uint16_t count_fields[] = {EPI_COUNT_UNIT, EPI_COUNT_DATE, EPI_COUNT_DETECTION,
                                            EPI_COUNT_CASES, EPI_COUNT_DISEASE};
    struct epi_scope all =
        EPI_SCOPE_ALL; /* a unit's level needs its whole count; what is shown is scoped later */
    struct case_load l = {call, s,
                          &call->app->catalogue->kinds[EPI_K_CASE].fields[EPI_CASE_DETECTION],
                          window, as_of};
    struct count_load c = {.l = &l};
    struct epi_filter span[] = {
        {.field = EPI_COUNT_DATE, .match = EPI_GE, .v = epi_v_date(s->first)},
        {.field = EPI_COUNT_DATE, .match = EPI_LE, .v = epi_v_date(to)}};
    EPI_TRY(epi_store_scan(call->app->store, EPI_K_COUNT, &all, span, 2, count_fields,
                           EPI_COUNT(count_fields), count_batch, &c, &call->err));
    EPI_TRY(epi_store_scan(call->app->store, EPI_K_CASE, &all, NULL, 0, case_fields,
                           EPI_COUNT(case_fields), case_batch, &l, &call->err));
    for (size_t i = 0; i < c.n; i++) {
        for (int32_t u = c.rows[i].unit; u >= 0; u = epi_units_at(call->app->units, u)->parent)
            s->covered[u] = true;
        count(&l, c.rows[i].unit, c.rows[i].day, c.rows[i].setting, c.rows[i].cases);
    }
    return EPI_OK;
}

epi_status epi__series_load(struct epi_call *call, int32_t unit, epi_date from, epi_date to,
                            epi_date as_of, int window, struct epi__series *ret)
{
    const uint64_t kinds = 1ull << EPI_K_CASE | 1ull << EPI_K_COUNT;
    *ret = (struct epi__series){.first = from,
                                .days = (size_t)(to.d - from.d + 1),
                                .units = epi_units_count(call->app->units)};
    epi__community_rule(call, unit, to, ret);
    size_t bytes = lay_out(ret, call->a);
    uint64_t key =
        epi_str_hash(epi_str_printf(call->a, "series %d %d %d %d %.*s %.*s", from.d, to.d, as_of.d,
                                    window, EPI_FMT(ret->rule.id), EPI_FMT(epi__disease(call))));
    uint64_t version = epi__figures_version(call->app->figures, kinds);
    if (epi__recall(call->app->figures, key, version, ret->community, bytes))
        return EPI_OK;
    EPI_TRY(count_all(call, ret, to, as_of, window));
    epi__remember(call->app->figures, key, version, ret->community, bytes);
    return EPI_OK;
}
