// SPDX-License-Identifier: AGPL-3.0-or-later
/* Vaccine coverage and readiness of every unit on a day. */
#include "ops/figures.h"
#include <math.h>
#include <stdlib.h>

static void add_up(const struct epi_units *units, int64_t *v, int32_t unit)
{
    for (int32_t u = unit; u >= 0; u = epi_units_at(units, u)->parent)
        v[u]++;
}

struct person_row { /* in id order */
    uint64_t id;
    int32_t unit;
    uint8_t age, doses; /* doses that count on the day */
    bool completed;
};
struct people_load {
    struct epi_call *call;
    epi_date on;
    int lag;
    struct person_row *rows;
    size_t n, cap;
};

static bool people_batch(const struct epi_batch *b, void *ctx)
{
    struct people_load *l = ctx;
    for (size_t i = 0; i < b->rows; i++) {
        epi_date birth = epi_v_as_date(b->columns[1][i]);
        if (!epi_date_known(birth) && b->columns[2][i].t == EPI_V_INT)
            birth =
                epi_date_ymd((int)b->columns[2][i].i, 7, 1); /* mid-year: at most half a year off */
        int age = epi_date_known(birth) ? epi_date_age(birth, l->on) : -1;
        int32_t unit = b->columns[0][i].t == EPI_V_TEXT
                           ? epi_units_by_path(l->call->app->units, b->columns[0][i].s)
                           : -1;
        if (unit < 0 || age < 18)
            continue;
        if (l->n == l->cap) {
            l->cap = l->cap ? l->cap * 2 : 65536;
            l->rows = epi_xrealloc(l->rows, l->cap * sizeof *l->rows);
        }
        l->rows[l->n++] = (struct person_row){
            .id = b->ids[i].v, .unit = unit, .age = (uint8_t)(age > 200 ? 200 : age)};
    }
    return true;
}

static struct person_row *find_row(const struct people_load *l, uint64_t id)
{
    size_t lo = 0, hi = l->n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (l->rows[mid].id < id)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < l->n && l->rows[lo].id == id ? &l->rows[lo] : NULL;
}

static bool doses_batch(const struct epi_batch *b, void *ctx)
{
    struct people_load *l = ctx;
    for (size_t i = 0; i < b->rows; i++) {
        struct epi_value person = b->columns[0][i], given = b->columns[1][i],
                         number = b->columns[2][i], full = b->columns[3][i];
        struct person_row *p = person.t == EPI_V_INT ? find_row(l, (uint64_t)person.i) : NULL;
        if (!p || given.t != EPI_V_INT || given.i + l->lag > l->on.d)
            continue;
        p->doses = (uint8_t)(p->doses + (p->doses < 255));
        p->completed = p->completed || (full.t == EPI_V_INT && full.i == 1) ||
                       (number.t == EPI_V_INT && number.i >= 2);
    }
    return true;
}

/* People of the register: a person's group is by age on the day, their doses count after the lag.
 */
static epi_status count_people(struct epi_call *call, epi_date on, int lag, int elderly,
                               struct epi__coverage *c)
{
    static const uint16_t person[] = {EPI_PERSON_UNIT, EPI_PERSON_BIRTH_DATE,
                                      EPI_PERSON_BIRTH_YEAR};
    static const uint16_t dose[] = {EPI_DOSE_PERSON, EPI_DOSE_GIVEN, EPI_DOSE_NUMBER,
                                    EPI_DOSE_COMPLETES};
    const struct epi_units *units = call->app->units;
    struct epi_scope all = EPI_SCOPE_ALL;
    struct people_load l = {.call = call, .on = on, .lag = lag};
    epi_status s = epi_store_scan(call->app->store, EPI_K_PERSON, &all, NULL, 0, person,
                                  EPI_COUNT(person), people_batch, &l, &call->err);
    if (s == EPI_OK)
        s = epi_store_scan(call->app->store, EPI_K_DOSE, &all, NULL, 0, dose, EPI_COUNT(dose),
                           doses_batch, &l, &call->err);
    for (size_t i = 0; s == EPI_OK && i < l.n; i++) {
        const struct person_row *p = &l.rows[i];
        add_up(units, c->adults, p->unit);
        if (p->doses)
            add_up(units, c->adults_one, p->unit);
        if (p->age >= elderly)
            add_up(units, c->elderly, p->unit);
        if (p->age >= elderly && (p->completed || p->doses >= 2))
            add_up(units, c->elderly_full, p->unit);
    }
    free(l.rows);
    return s;
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
        const struct epi_value *const *v =
            b->columns; /* unit, date, group, population, one, full */
        int32_t u =
            v[0][i].t == EPI_V_TEXT ? epi_units_by_path(l->call->app->units, v[0][i].s) : -1;
        epi_date day = epi_v_as_date(v[1][i]);
        epi_str group = epi_v_as_text(v[2][i]);
        if (u < 0 || v[3][i].t != EPI_V_INT || v[3][i].i <= 0 || day.d > l->on.d)
            continue;
        if (epi_str_eqz(group, "18_plus") && v[4][i].t == EPI_V_INT &&
            (!c->aggregate[u] || day.d >= c->as_of[u].d)) {
            c->aggregate[u] = true;
            c->as_of[u] = day;
            c->adults[u] = v[3][i].i;
            c->adults_one[u] = v[4][i].i;
        }
        if (epi_str_eqz(group, l->elderly_group) && v[5][i].t == EPI_V_INT &&
            day.d >= l->elderly_as_of[u].d) {
            l->elderly_as_of[u] = day;
            c->elderly[u] = v[3][i].i;
            c->elderly_full[u] = v[5][i].i;
        }
    }
    return true;
}

static size_t lay_out(struct epi__coverage *c, size_t units, struct epi_arena *a)
{
    size_t bytes =
        units * (2 * sizeof(double) + 4 * sizeof(int64_t) + sizeof(epi_date) + sizeof(bool));
    char *block = epi_arena_take(a, bytes);
    c->one_dose_18 = (double *)(void *)block;
    c->full_elderly = c->one_dose_18 + units;
    c->adults = (int64_t *)(void *)(c->full_elderly + units);
    c->adults_one = c->adults + units;
    c->elderly = c->adults_one + units;
    c->elderly_full = c->elderly + units;
    c->as_of = (epi_date *)(void *)(c->elderly_full + units);
    c->aggregate = (bool *)(c->as_of + units);
    return bytes;
}

static epi_status take_coverage(struct epi_call *call, epi_date on, int lag_days, int elderly_age,
                                struct epi__coverage *c)
{
    static const uint16_t fields[] = {EPI_COVERAGE_UNIT,     EPI_COVERAGE_DATE,
                                      EPI_COVERAGE_GROUP,    EPI_COVERAGE_POPULATION,
                                      EPI_COVERAGE_ONE_DOSE, EPI_COVERAGE_FULL};
    struct epi_scope all = EPI_SCOPE_ALL;
    size_t units = epi_units_count(call->app->units);
    EPI_TRY(count_people(call, on, lag_days, elderly_age, c));
    struct coverage_load l = {call, c, on, elderly_age >= 65 ? "65_plus" : "50_plus",
                              EPI_ARRAY(call->a, units, epi_date)};
    for (size_t u = 0; u < units; u++) {
        c->as_of[u] = on;
        l.elderly_as_of[u] = (epi_date){INT32_MIN};
    }
    EPI_TRY(epi_store_scan(call->app->store, EPI_K_COVERAGE, &all, NULL, 0, fields,
                           EPI_COUNT(fields), coverage_batch, &l, &call->err));
    for (size_t u = 0; u < units; u++) {
        c->one_dose_18[u] =
            c->adults[u] ? 100.0 * (double)c->adults_one[u] / (double)c->adults[u] : NAN;
        c->full_elderly[u] =
            c->elderly[u] ? 100.0 * (double)c->elderly_full[u] / (double)c->elderly[u] : NAN;
    }
    return EPI_OK;
}

epi_status epi__coverage_load(struct epi_call *call, epi_date on, int lag_days, int elderly_age,
                              struct epi__coverage *ret)
{
    const uint64_t kinds = 1ull << EPI_K_PERSON | 1ull << EPI_K_DOSE | 1ull << EPI_K_COVERAGE;
    size_t bytes = lay_out(ret, epi_units_count(call->app->units), call->a);
    uint64_t key =
        epi_str_hash(epi_str_printf(call->a, "coverage %d %d %d", on.d, lag_days, elderly_age));
    uint64_t version = epi__figures_version(call->app->figures, kinds);
    if (epi__recall(call->app->figures, key, version, ret->one_dose_18, bytes))
        return EPI_OK;
    EPI_TRY(take_coverage(call, on, lag_days, elderly_age, ret));
    epi__remember(call->app->figures, key, version, ret->one_dose_18, bytes);
    return EPI_OK;
}

/* --- readiness
 * -----------------------------------------------------------------------------------------------------------
 */
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
        int32_t u = b->columns[0][i].t == EPI_V_TEXT
                        ? epi_units_by_path(l->call->app->units, b->columns[0][i].s)
                        : -1;
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
    static const uint16_t fields[] = {EPI_READINESS_UNIT, EPI_READINESS_DATE, EPI_READINESS_ITEM,
                                      EPI_READINESS_MET};
    struct epi_scope all = EPI_SCOPE_ALL;
    size_t units = epi_units_count(call->app->units);
    struct readiness_load l = {
        call, on, &call->app->catalogue->kinds[EPI_K_READINESS].fields[EPI_READINESS_ITEM],
        EPI_ARRAY(call->a, units * ITEMS, epi_date), EPI_ARRAY(call->a, units * ITEMS, int8_t)};
    for (size_t i = 0; i < units * ITEMS; i++) {
        l.last[i] = (epi_date){INT32_MIN};
        l.met[i] = -1;
    }
    EPI_TRY(epi_store_scan(call->app->store, EPI_K_READINESS, &all, NULL, 0, fields,
                           EPI_COUNT(fields), readiness_batch, &l, &call->err));
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
