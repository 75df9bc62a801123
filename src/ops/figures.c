// SPDX-License-Identifier: AGPL-3.0-or-later
#include "ops/figures.h"
#include <math.h>

epi_str epi__disease(struct epi_call *call)
{
    epi_str d = epi_arg(call, "disease");
    return d.n ? d : EPI_S("covid-19");
}

/* --- which settings count as community -------------------------------------------------------------------------- */
static void community_rule(struct epi_call *call, epi_date on, struct epi__series *s)
{
    const struct epi_field *f = &call->app->catalogue->kinds[EPI_K_CASE].fields[EPI_CASE_DETECTION];
    struct epi_policy_query q = {.kind = EPI_KIND_COMMUNITY_CASE, .date = on, .disease = epi__disease(call)};
    const struct epi_pack *pack = epi_policy_find(call->app->policies, &q);
    for (size_t w = 0; w < f->n_words; w++) /* without a rule only what is called community counts */
        s->community_counts[w] = strcmp(f->words[w].word, "community") == 0;
    if (!pack)
        return;
    struct epi_pack_info info;
    epi_pack_get(pack, &info);
    struct epi_policy *b = epi_policy_bind(call->a, pack, on, q.disease);
    int setting = epi_policy_fact_index(pack, EPI_S("setting")), out = epi_policy_fact_index(pack, EPI_S("is_community"));
    if (setting < 0 || out < 0)
        return;
    s->rule = info.id;
    s->rule_source = info.symbol;
    for (size_t w = 0; w <= f->n_words && w < EPI__SETTINGS; w++) {
        struct epi_fact *facts = EPI_ARRAY(call->a, info.slots_n, struct epi_fact);
        struct epi_decision *d = EPI_ARRAY(call->a, info.tables_n, struct epi_decision);
        if (w < f->n_words)
            facts[setting] = epi_fact_word(pack, (size_t)setting, epi_str_of(f->words[w].word));
        epi_policy_run(b, facts, d);
        /* a setting the rule cannot judge is counted: too high is safer than too low, and the sheet shows it */
        s->community_counts[w] = !facts[out].known || facts[out].v != 0;
        epi_confidence c = epi_policy_confidence(b, 0, d);
        if (c > s->rule_confidence)
            s->rule_confidence = c;
    }
}

/* --- cases ------------------------------------------------------------------------------------------------------------ */
struct case_load {
    struct epi_call *call;
    struct epi__series *s;
    const struct epi_field *detection;
    int window;
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

static void count_onset(struct case_load *l, int32_t unit, int64_t day)
{
    struct epi__series *s = l->s;
    for (int32_t u = day < 0 || day >= (int64_t)s->days ? -1 : unit; u >= 0; u = epi_units_at(l->call->app->units, u)->parent)
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
        int32_t u = epi_units_by_path(units, unit.s);
        if (u < 0 || l->s->aggregate[u])
            continue;
        count(l, u, day, setting_of(l, b->columns[5][i]), 1);
        if (b->columns[4][i].t == EPI_V_INT)
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
        if (u < 0 || day.t != EPI_V_INT || n.t != EPI_V_INT)
            continue;
        if (c->n == c->cap) {
            size_t cap = c->cap ? c->cap * 2 : 4096;
            struct count_row *rows = EPI_ARRAY(call->a, cap, struct count_row);
            if (c->n)
                memcpy(rows, c->rows, c->n * sizeof *rows);
            c->rows = rows;
            c->cap = cap;
        }
        c->rows[c->n++] = (struct count_row){u, day.i - c->l->s->first.d, n.i, setting_of(c->l, b->columns[2][i])};
        c->l->s->aggregate[u] = true;
    }
    return true;
}

epi_status epi__series_load(struct epi_call *call, epi_date from, epi_date to, int window, struct epi__series *ret)
{
    static const uint16_t case_fields[] = {EPI_CASE_UNIT, EPI_CASE_REPORTED, EPI_CASE_RESULTED, EPI_CASE_SAMPLED,
                                           EPI_CASE_ONSET, EPI_CASE_DETECTION, EPI_CASE_CLASSIFICATION};
    static const uint16_t count_fields[] = {EPI_COUNT_UNIT, EPI_COUNT_DATE, EPI_COUNT_DETECTION, EPI_COUNT_CASES};
    struct epi_scope all = EPI_SCOPE_ALL; /* a unit's level needs its whole count; what is shown is scoped later */
    size_t units = epi_units_count(call->app->units), days = (size_t)(to.d - from.d + 1);
    *ret = (struct epi__series){.first = from, .days = days, .units = units};
    ret->community = EPI_ARRAY(call->a, units * days, int32_t);
    ret->all = EPI_ARRAY(call->a, units * days, int32_t);
    ret->onset = EPI_ARRAY(call->a, units * days, int32_t);
    ret->setting = EPI_ARRAY(call->a, units * EPI__SETTINGS, int32_t);
    ret->aggregate = EPI_ARRAY(call->a, units, bool);
    community_rule(call, to, ret);
    struct case_load l = {call, ret, &call->app->catalogue->kinds[EPI_K_CASE].fields[EPI_CASE_DETECTION], window};
    struct count_load c = {.l = &l};
    struct epi_filter span[] = {{.field = EPI_COUNT_DATE, .match = EPI_GE, .v = epi_v_date(from)},
                                {.field = EPI_COUNT_DATE, .match = EPI_LE, .v = epi_v_date(to)}};
    EPI_TRY(epi_store_scan(call->app->store, EPI_K_COUNT, &all, span, 2, count_fields, EPI_COUNT(count_fields),
                           count_batch, &c, &call->err));
    EPI_TRY(epi_store_scan(call->app->store, EPI_K_CASE, &all, NULL, 0, case_fields, EPI_COUNT(case_fields), case_batch, &l,
                           &call->err));
    for (size_t i = 0; i < c.n; i++)
        count(&l, c.rows[i].unit, c.rows[i].day, c.rows[i].setting, c.rows[i].cases);
    return EPI_OK;
}

/* --- coverage ---------------------------------------------------------------------------------------------------------- */
static void add_up(const struct epi_units *units, int64_t *v, int32_t unit)
{
    for (int32_t u = unit; u >= 0; u = epi_units_at(units, u)->parent)
        v[u]++;
}

/* Doses of people in the picture; a person's group is by age on the day. */
static void count_people(struct epi_call *call, const struct epi_picture *p, epi_date on, int lag, int elderly,
                         struct epi__coverage *c)
{
    const struct epi_pic_person *people;
    const struct epi_units *units = call->app->units;
    size_t n = epi_picture_people(p, &people);
    for (size_t i = 0; i < n; i++) {
        int age = epi_date_known(people[i].birth) ? epi_date_age(people[i].birth, on) : -1;
        if (people[i].unit < 0 || age < 18)
            continue;
        size_t n_doses, counted = 0;
        bool completed = false;
        const struct epi_pic_dose *d = epi_picture_doses_of(p, (uint32_t)i, &n_doses);
        for (size_t k = 0; k < n_doses; k++) {
            if (d[k].given.d + lag > on.d)
                continue;
            counted++;
            completed = completed || d[k].completes == 1 || d[k].number >= 2;
        }
        add_up(units, c->adults, people[i].unit);
        if (counted)
            add_up(units, c->adults_one, people[i].unit);
        if (age >= elderly)
            add_up(units, c->elderly, people[i].unit);
        if (age >= elderly && (completed || counted >= 2))
            add_up(units, c->elderly_full, people[i].unit);
    }
}

struct coverage_load {
    struct epi_call *call;
    struct epi__coverage *c;
    epi_date on;
    const char *elderly_group;
    epi_date *elderly_as_of;
};

static bool coverage_batch(const struct epi_batch *b, void *ctx)
{
    struct coverage_load *l = ctx;
    struct epi__coverage *c = l->c;
    for (size_t i = 0; i < b->rows; i++) {
        const struct epi_value *const *v = b->columns; /* unit, date, group, population, one, full */
        int32_t u = v[0][i].t == EPI_V_TEXT ? epi_units_by_path(l->call->app->units, v[0][i].s) : -1;
        epi_date day = epi_v_as_date(v[1][i]);
        epi_str group = epi_v_as_text(v[2][i]);
        if (u < 0 || v[3][i].t != EPI_V_INT || v[3][i].i <= 0 || day.d > l->on.d)
            continue;
        if (epi_str_eqz(group, "18_plus") && v[4][i].t == EPI_V_INT && (!c->aggregate[u] || day.d >= c->as_of[u].d)) {
            c->aggregate[u] = true;
            c->as_of[u] = day;
            c->adults[u] = v[3][i].i;
            c->adults_one[u] = v[4][i].i;
        }
        if (epi_str_eqz(group, l->elderly_group) && v[5][i].t == EPI_V_INT && day.d >= l->elderly_as_of[u].d) {
            l->elderly_as_of[u] = day;
            c->elderly[u] = v[3][i].i;
            c->elderly_full[u] = v[5][i].i;
        }
    }
    return true;
}

epi_status epi__coverage_load(struct epi_call *call, epi_date on, int lag_days, int elderly_age, struct epi__coverage *ret)
{
    static const uint16_t fields[] = {EPI_COVERAGE_UNIT, EPI_COVERAGE_DATE, EPI_COVERAGE_GROUP, EPI_COVERAGE_POPULATION,
                                      EPI_COVERAGE_ONE_DOSE, EPI_COVERAGE_FULL};
    struct epi_scope all = EPI_SCOPE_ALL;
    size_t units = epi_units_count(call->app->units);
    const struct epi_picture *p;
    *ret = (struct epi__coverage){.one_dose_18 = EPI_ARRAY(call->a, units, double), .full_elderly = EPI_ARRAY(call->a, units, double),
                                  .adults = EPI_ARRAY(call->a, units, int64_t), .adults_one = EPI_ARRAY(call->a, units, int64_t),
                                  .elderly = EPI_ARRAY(call->a, units, int64_t), .elderly_full = EPI_ARRAY(call->a, units, int64_t),
                                  .aggregate = EPI_ARRAY(call->a, units, bool), .as_of = EPI_ARRAY(call->a, units, epi_date)};
    EPI_TRY(epi__picture(call->app, on, &p, &call->err));
    count_people(call, p, on, lag_days, elderly_age, ret);
    epi__picture_release(call->app, p);
    struct coverage_load l = {call, ret, on, elderly_age >= 65 ? "65_plus" : "50_plus", EPI_ARRAY(call->a, units, epi_date)};
    for (size_t u = 0; u < units; u++) {
        ret->as_of[u] = on;
        l.elderly_as_of[u] = (epi_date){INT32_MIN};
    }
    EPI_TRY(epi_store_scan(call->app->store, EPI_K_COVERAGE, &all, NULL, 0, fields, EPI_COUNT(fields), coverage_batch, &l,
                           &call->err));
    for (size_t u = 0; u < units; u++) {
        ret->one_dose_18[u] = ret->adults[u] ? 100.0 * (double)ret->adults_one[u] / (double)ret->adults[u] : NAN;
        ret->full_elderly[u] = ret->elderly[u] ? 100.0 * (double)ret->elderly_full[u] / (double)ret->elderly[u] : NAN;
    }
    return EPI_OK;
}

/* --- readiness ----------------------------------------------------------------------------------------------------------- */
#define ITEMS 16
struct readiness_load {
    struct epi_call *call;
    epi_date on;
    const struct epi_field *item;
    epi_date *last; /* [unit * ITEMS + item] */
    int8_t *met;
};

static bool readiness_batch(const struct epi_batch *b, void *ctx)
{
    struct readiness_load *l = ctx;
    for (size_t i = 0; i < b->rows; i++) {
        int32_t u = b->columns[0][i].t == EPI_V_TEXT ? epi_units_by_path(l->call->app->units, b->columns[0][i].s) : -1;
        int w = b->columns[2][i].t == EPI_V_TEXT ? epi_word_find(l->item, b->columns[2][i].s) : -1;
        epi_date day = epi_v_as_date(b->columns[1][i]);
        if (u < 0 || w < 0 || w >= ITEMS || day.d > l->on.d)
            continue;
        size_t at = (size_t)u * ITEMS + (size_t)w;
        if (day.d < l->last[at].d)
            continue;
        l->last[at] = day;
        l->met[at] = b->columns[3][i].i == 1;
    }
    return true;
}

epi_status epi__readiness_load(struct epi_call *call, epi_date on, int8_t **ret)
{
    static const uint16_t fields[] = {EPI_READINESS_UNIT, EPI_READINESS_DATE, EPI_READINESS_ITEM, EPI_READINESS_MET};
    struct epi_scope all = EPI_SCOPE_ALL;
    size_t units = epi_units_count(call->app->units);
    struct readiness_load l = {call, on, &call->app->catalogue->kinds[EPI_K_READINESS].fields[EPI_READINESS_ITEM],
                               EPI_ARRAY(call->a, units * ITEMS, epi_date), EPI_ARRAY(call->a, units * ITEMS, int8_t)};
    for (size_t i = 0; i < units * ITEMS; i++) {
        l.last[i] = (epi_date){INT32_MIN};
        l.met[i] = -1;
    }
    EPI_TRY(epi_store_scan(call->app->store, EPI_K_READINESS, &all, NULL, 0, fields, EPI_COUNT(fields), readiness_batch, &l,
                           &call->err));
    *ret = EPI_ARRAY(call->a, units, int8_t);
    for (size_t u = 0; u < units; u++) {
        (*ret)[u] = -1;
        for (size_t i = 0; i < ITEMS; i++) {
            int8_t met = l.met[u * ITEMS + i];
            if (met == 0 || (met == 1 && (*ret)[u] != 0))
                (*ret)[u] = met;
        }
    }
    return EPI_OK;
}
