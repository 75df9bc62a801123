// SPDX-License-Identifier: AGPL-3.0-or-later
/* Vaccine coverage of every unit on a day. What counts is the coverage pack's to say. */
#include "ops/figures.h"
#include <math.h>
#include <stdlib.h>

/* --- the register --- */
struct person_row { /* in id order */
    uint64_t id;
    uint32_t numbered; /* doses whose number is recorded */
    struct epi__vaccinee v;
};
struct loose_dose { /* a dose without a number: which one it is follows from the others */
    uint32_t person;
    int32_t given;
    bool completes;
};
struct people_load {
    struct epi_call *call;
    const struct epi__coverage_rule *rule;
    epi_date on;
    epi_str path;
    struct person_row *rows;
    size_t n, cap;
    struct loose_dose *loose;
    size_t n_loose, loose_cap;
};

static bool people_batch(const struct epi_batch *b, void *ctx)
{
    struct people_load *l = ctx;
    for (size_t i = 0; i < b->rows; i++) {
        epi_date birth = epi_v_as_date(b->columns[1][i]);
        if (!epi_date_known(birth) && b->columns[2][i].t == EPI_V_INT)
            birth =
                epi_date_ymd((int)b->columns[2][i].i, 7, 1); /* mid-year: at most half a year off */
        epi_str path = epi_v_as_text(b->columns[0][i]);
        int32_t unit = path.n ? epi_units_by_path(l->call->app->units, path) : -1;
        if (unit < 0 || !epi_str_starts(path, l->path) ||
            (epi_date_known(birth) && birth.d > l->on.d))
            continue;
        int age = epi_date_known(birth) ? epi_date_age(birth, l->on) : EPI__AGES - 1;
        age = age < EPI__AGES - 1 || !epi_date_known(birth) ? age : EPI__AGES - 2;
        if (!l->rule->in_group[age] && !l->rule->in_elderly[age])
            continue;
        if (l->n == l->cap) {
            l->cap = l->cap ? l->cap * 2 : 65536;
            l->rows = epi_xrealloc(l->rows, l->cap * sizeof *l->rows);
        }
        l->rows[l->n++] = (struct person_row){.id = b->ids[i].v,
                                              .v = {.unit = unit,
                                                    .one = EPI__NEVER,
                                                    .full = EPI__NEVER,
                                                    .in_group = l->rule->in_group[age],
                                                    .in_elderly = l->rule->in_elderly[age]}};
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

static void earlier(int32_t *day, int32_t given, int after)
{
    if (after != EPI__NEVER && given + after < *day)
        *day = given + after;
}

static void count_dose(const struct epi__coverage_rule *rule, struct epi__vaccinee *v,
                       int64_t number, int32_t given, bool completes)
{
    size_t at = number < 1 ? 0 : number > EPI__DOSES ? EPI__DOSES - 1 : (size_t)number - 1;
    earlier(&v->one, given, rule->one_after[at][completes]);
    earlier(&v->full, given, rule->full_after[at][completes]);
}

static void keep_loose(struct people_load *l, const struct person_row *p, int32_t given,
                       bool completes)
{
    if (l->n_loose == l->loose_cap) {
        l->loose_cap = l->loose_cap ? l->loose_cap * 2 : 1024;
        l->loose = epi_xrealloc(l->loose, l->loose_cap * sizeof *l->loose);
    }
    l->loose[l->n_loose++] = (struct loose_dose){(uint32_t)(p - l->rows), given, completes};
}

static bool doses_batch(const struct epi_batch *b, void *ctx)
{
    struct people_load *l = ctx;
    for (size_t i = 0; i < b->rows; i++) {
        struct epi_value person = b->columns[0][i], given = b->columns[1][i],
                         number = b->columns[2][i], full = b->columns[3][i];
        struct person_row *p = person.t == EPI_V_INT ? find_row(l, (uint64_t)person.i) : NULL;
        bool completes = full.t == EPI_V_INT && full.i == 1;
        if (!p || given.t != EPI_V_INT || given.i > l->on.d)
            continue;
        if (number.t == EPI_V_INT) {
            p->numbered++;
            count_dose(l->rule, &p->v, number.i, (int32_t)given.i, completes);
        } else {
            keep_loose(l, p, (int32_t)given.i, completes);
        }
    }
    return true;
}

static int by_person_and_day(const void *a, const void *b)
{
    const struct loose_dose *x = a, *y = b;
    if (x->person != y->person)
        return x->person < y->person ? -1 : 1;
    return (x->given > y->given) - (x->given < y->given);
}

/* A dose without a number comes after those that have one, and after the earlier ones without. */
static void count_loose(struct people_load *l)
{
    int64_t rank = 0;
    if (l->n_loose)
        qsort(l->loose, l->n_loose, sizeof *l->loose, by_person_and_day);
    for (size_t i = 0; i < l->n_loose; i++) {
        const struct loose_dose *d = &l->loose[i];
        struct person_row *p = &l->rows[d->person];
        rank = i && l->loose[i - 1].person == d->person ? rank + 1 : 1;
        count_dose(l->rule, &p->v, p->numbered + rank, d->given, d->completes);
    }
}

epi_status epi__vaccinees(struct epi_call *call, const struct epi__coverage_rule *rule, epi_date on,
                          epi_str path, epi__vaccinee_fn *each, void *ctx)
{
    static const uint16_t person[] = {EPI_PERSON_UNIT, EPI_PERSON_BIRTH_DATE,
                                      EPI_PERSON_BIRTH_YEAR};
    static const uint16_t dose[] = {EPI_DOSE_PERSON, EPI_DOSE_GIVEN, EPI_DOSE_NUMBER,
                                    EPI_DOSE_COMPLETES};
    struct epi_scope all = EPI_SCOPE_ALL;
    struct people_load l = {.call = call, .rule = rule, .on = on, .path = path};
    epi_status s = epi_store_scan(call->app->store, EPI_K_PERSON, &all, NULL, 0, person,
                                  EPI_COUNT(person), people_batch, &l, &call->err);
    if (s == EPI_OK && l.n)
        s = epi_store_scan(call->app->store, EPI_K_DOSE, &all, NULL, 0, dose, EPI_COUNT(dose),
                           doses_batch, &l, &call->err);
    count_loose(&l);
    for (size_t i = 0; s == EPI_OK && i < l.n; i++)
        each(ctx, &l.rows[i].v);
    free(l.rows);
    free(l.loose);
    return s;
}

struct tally {
    const struct epi_units *units;
    struct epi__coverage *c;
    epi_date on;
};

static void add_person(void *ctx, const struct epi__vaccinee *p)
{
    struct tally *t = ctx;
    struct epi__coverage *c = t->c;
    for (int32_t u = p->unit; u >= 0; u = epi_units_at(t->units, u)->parent) {
        c->group[u] += p->in_group;
        c->group_one[u] += p->in_group && p->one <= t->on.d;
        c->elderly[u] += p->in_elderly;
        c->elderly_full[u] += p->in_elderly && p->full <= t->on.d;
    }
}

/* --- aggregate figures --- */
struct coverage_load {
    struct epi_call *call;
    struct epi__coverage *c;
    const struct epi_field *groups;
    epi_date on;
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
        int w = epi_word_find(l->groups, epi_v_as_text(v[2][i]));
        if (u < 0 || w < 0 || w >= EPI__GROUPS || v[3][i].t != EPI_V_INT || v[3][i].i <= 0 ||
            day.d > l->on.d)
            continue;
        if (c->rule.group_used[w] && v[4][i].t == EPI_V_INT &&
            (!c->aggregate[u] || day.d >= c->as_of[u].d)) {
            c->aggregate[u] = true;
            c->as_of[u] = day;
            c->group[u] = v[3][i].i;
            c->group_one[u] = v[4][i].i;
        }
        if (c->rule.elderly_used[w] && v[5][i].t == EPI_V_INT && day.d >= l->elderly_as_of[u].d) {
            l->elderly_as_of[u] = day;
            c->elderly[u] = v[3][i].i;
            c->elderly_full[u] = v[5][i].i;
        }
    }
    return true;
}

/* --- together --- */
static size_t lay_out(struct epi__coverage *c, size_t units, struct epi_arena *a)
{
    size_t bytes =
        units * (2 * sizeof(double) + 4 * sizeof(int64_t) + sizeof(epi_date) + sizeof(bool));
    char *block = epi_arena_take(a, bytes);
    c->one_dose = (double *)(void *)block;
    c->full_elderly = c->one_dose + units;
    c->group = (int64_t *)(void *)(c->full_elderly + units);
    c->group_one = c->group + units;
    c->elderly = c->group_one + units;
    c->elderly_full = c->elderly + units;
    c->as_of = (epi_date *)(void *)(c->elderly_full + units);
    c->aggregate = (bool *)(c->as_of + units);
    return bytes;
}

static epi_status take_coverage(struct epi_call *call, epi_date on, struct epi__coverage *c)
{
    static const uint16_t fields[] = {EPI_COVERAGE_UNIT,     EPI_COVERAGE_DATE,
                                      EPI_COVERAGE_GROUP,    EPI_COVERAGE_POPULATION,
                                      EPI_COVERAGE_ONE_DOSE, EPI_COVERAGE_FULL};
    struct epi_scope all = EPI_SCOPE_ALL;
    size_t units = epi_units_count(call->app->units);
    struct tally t = {call->app->units, c, on};
    EPI_TRY(epi__vaccinees(call, &c->rule, on, EPI_NIL, add_person, &t));
    struct coverage_load l = {
        call, c, &call->app->catalogue->kinds[EPI_K_COVERAGE].fields[EPI_COVERAGE_GROUP], on,
        EPI_ARRAY(call->a, units, epi_date)};
    for (size_t u = 0; u < units; u++) {
        c->as_of[u] = on;
        l.elderly_as_of[u] = (epi_date){INT32_MIN};
    }
    EPI_TRY(epi_store_scan(call->app->store, EPI_K_COVERAGE, &all, NULL, 0, fields,
                           EPI_COUNT(fields), coverage_batch, &l, &call->err));
    for (size_t u = 0; u < units; u++) {
        c->one_dose[u] = c->group[u] ? 100.0 * (double)c->group_one[u] / (double)c->group[u] : NAN;
        c->full_elderly[u] =
            c->elderly[u] ? 100.0 * (double)c->elderly_full[u] / (double)c->elderly[u] : NAN;
    }
    return EPI_OK;
}

epi_status epi__coverage_load(struct epi_call *call, int32_t unit, epi_date on,
                              struct epi__coverage *ret)
{
    const uint64_t kinds = 1ull << EPI_K_PERSON | 1ull << EPI_K_DOSE | 1ull << EPI_K_COVERAGE;
    epi__coverage_rule(call, unit, on, &ret->rule);
    size_t bytes = lay_out(ret, epi_units_count(call->app->units), call->a);
    uint64_t key =
        epi_str_hash(epi_str_printf(call->a, "coverage %d %.*s %.*s", on.d,
                                    EPI_FMT(ret->rule.rule.id), EPI_FMT(epi__disease(call))));
    uint64_t version = epi__figures_version(call->app->figures, kinds);
    if (epi__recall(call->app->figures, key, version, ret->one_dose, bytes))
        return EPI_OK;
    EPI_TRY(take_coverage(call, on, ret));
    epi__remember(call->app->figures, key, version, ret->one_dose, bytes);
    return EPI_OK;
}
