// SPDX-License-Identifier: AGPL-3.0-or-later
#include "demo/demo_internal.h"
#include <math.h>

#define CLASSES 15 /* of one school */

/* --- which communes, how many people in each
 * ---------------------------------------------------------- */

struct remainder {
    double rest;
    size_t at;
};

static int larger_rest(const void *a, const void *b)
{
    const struct remainder *x = a, *y = b;
    if (x->rest != y->rest)
        return x->rest < y->rest ? 1 : -1;
    return x->at < y->at ? -1 : x->at > y->at;
}

void epi__apportion(struct epi_arena *a, uint64_t total, const double *weights, size_t n,
                    uint32_t *ret)
{
    struct epi_arena_mark mark = epi_arena_mark(a);
    struct remainder *r = EPI_ARRAY(a, n, struct remainder);
    double sum = 0;
    uint64_t given = 0;
    for (size_t i = 0; i < n; i++)
        sum += weights[i];
    for (size_t i = 0; i < n; i++) {
        double exact = sum > 0 ? (double)total * weights[i] / sum : 0;
        ret[i] = (uint32_t)exact;
        given += ret[i];
        r[i] = (struct remainder){exact - floor(exact), i};
    }
    qsort(r, n, sizeof *r, larger_rest);
    for (size_t i = 0; given < total && n > 0; i = (i + 1) % n, given++)
        ret[r[i].at]++;
    epi_arena_release(a, mark);
}

static bool is_leaf(const struct epi__world *w, int32_t unit)
{
    const struct epi_units *u = w->o->units;
    const struct epi_unit *e = epi_units_at(u, unit);
    return epi_unit_valid_on(e, w->day) && e->population > 0 && epi_units_ages(u, unit) &&
           epi_units_children(u, unit, w->day, NULL, 0) == 0;
}

static int64_t census_of(const struct epi__world *w, int32_t unit, size_t *ret_leaves)
{
    const struct epi_unit *e = epi_units_at(w->o->units, unit);
    int64_t sum = 0;
    for (int32_t i = unit; i < e->last; i++)
        if (is_leaf(w, i)) {
            sum += epi_units_at(w->o->units, i)->population;
            (*ret_leaves)++;
        }
    return sum;
}

/* How far vaccination came in one commune against the nation: districts and communes differ. */
static double reach_of(const struct epi__world *w, int32_t district, int32_t unit)
{
    struct epi_rng d = epi__rng(w, "demo.reach.district", (uint64_t)district, 0);
    struct epi_rng c = epi__rng(w, "demo.reach.commune", (uint64_t)unit, 0);
    double at = 0.5 * epi_rng_unit(&d) + 0.5 * epi_rng_unit(&c);
    return w->s->reach_low + (w->s->reach_high - w->s->reach_low) * at;
}

static void take_communes(struct epi__world *w, int32_t province, uint64_t people)
{
    const struct epi_units *u = w->o->units;
    size_t first = w->n_communes, n = 0;
    for (int32_t i = province; i < epi_units_at(u, province)->last; i++) {
        if (!is_leaf(w, i))
            continue;
        const struct epi_unit *e = epi_units_at(u, i);
        struct epi__commune *c = &w->communes[first + n++];
        *c = (struct epi__commune){.unit = i,
                                   .district = i == province ? i : e->parent,
                                   .province = province,
                                   .census = e->population};
        c->reach = reach_of(w, c->district, i);
    }
    double *weights = EPI_ARRAY(w->a, n, double);
    uint32_t *counts = EPI_ARRAY(w->a, n, uint32_t);
    for (size_t i = 0; i < n; i++)
        weights[i] = (double)w->communes[first + i].census;
    epi__apportion(w->a, people, weights, n, counts);
    for (size_t i = 0; i < n; i++)
        w->communes[first + i].people = counts[i];
    w->n_communes += n;
}

/* The district of the story when it lies in the province, else the most populous one. */
static int32_t find_city(const struct epi__world *w)
{
    const struct epi_units *u = w->o->units;
    const struct epi_unit *p = epi_units_at(u, w->province);
    int32_t told = epi_units_by_path(u, w->s->outbreak_unit), best = w->province;
    if (told > w->province && told < p->last && epi_unit_valid_on(epi_units_at(u, told), w->day))
        return told;
    int64_t most = 0;
    for (int32_t i = p->first; i < p->last; i = epi_units_at(u, i)->last) {
        const struct epi_unit *e = epi_units_at(u, i);
        if (epi_unit_valid_on(e, w->day) && e->population > most) {
            most = e->population;
            best = i;
        }
    }
    return best;
}

static int32_t find_province(const struct epi__world *w)
{
    const struct epi_units *u = w->o->units;
    if (w->o->province.n)
        return epi_units_by_path(u, w->o->province);
    int32_t unit = epi_units_by_path(u, w->s->outbreak_unit);
    while (unit >= 0 && epi_units_at(u, unit)->level > 1)
        unit = epi_units_at(u, unit)->parent;
    return unit;
}

epi_status epi__world_areas(struct epi__world *w, struct epi_err *reterr)
{
    const struct epi_units *u = w->o->units;
    w->province = find_province(w);
    if (w->province < 0 || !epi_unit_valid_on(epi_units_at(u, w->province), w->day))
        return EPI_FAIL(reterr, EPI_NOT_FOUND, "demo.no-province", "%.*s", EPI_FMT(w->o->province));
    w->city = find_city(w);
    const struct epi_unit *home = epi_units_at(u, w->province);
    size_t siblings = home->parent < 0 ? 0 : epi_units_children(u, home->parent, w->day, NULL, 0),
           leaves = 0;
    int32_t *order = EPI_ARRAY(w->a, siblings + 1, int32_t);
    int64_t *census = EPI_ARRAY(w->a, siblings + 1, int64_t);
    if (siblings)
        epi_units_children(u, home->parent, w->day, order, siblings);
    else
        order[siblings++] = w->province;
    size_t at = 0, used = 0;
    while (at < siblings && order[at] != w->province)
        at++;
    /* Home first, then its siblings in the order of their paths, until there is room for everybody.
     */
    int64_t room = 0;
    for (; used < siblings && (used == 0 || room < (int64_t)w->o->people); used++)
        room += census[used] = census_of(w, order[(at + used) % siblings], &leaves);
    if (room == 0)
        return EPI_FAIL(reterr, EPI_INVALID, "demo.no-census", "%.*s", EPI_FMT(home->path));
    if (leaves > UINT16_MAX)
        return EPI_FAIL(reterr, EPI_LIMIT, "demo.too-many", "%zu", leaves);
    w->communes = EPI_ARRAY(w->a, leaves, struct epi__commune);
    uint64_t left = w->o->people;
    for (size_t i = 0; i < used; i++) {
        uint64_t share = i + 1 == used || left < (uint64_t)census[i] ? left : (uint64_t)census[i];
        take_communes(w, order[(at + i) % siblings], share);
        left -= share;
    }
    return EPI_OK;
}

/* --- who lives there
 * ------------------------------------------------------------------------------------ */

/* The census of each commune, thinned or stretched to the people asked for. */
static void place_of(struct epi__world *w, size_t i, struct epi_place *p)
{
    const struct epi__commune *c = &w->communes[i];
    const struct epi_unit *e = epi__unit(w, c->unit);
    const int64_t *ages = epi_units_ages(w->o->units, c->unit);
    const int64_t *sizes = epi_units_household_sizes(w->o->units, c->unit);
    double weights[EPI_AGE_BANDS];
    uint32_t counts[EPI_AGE_BANDS];
    *p = (struct epi_place){.path = e->path,
                            .name = e->full_name,
                            .lat = e->lat,
                            .lon = e->lon,
                            .district = c->district};
    for (int k = 0; k < EPI_AGE_BANDS; k++)
        weights[k] = (double)ages[k];
    epi__apportion(w->a, c->people, weights, EPI_AGE_BANDS, counts);
    for (int k = 0; k < EPI_AGE_BANDS; k++)
        p->ages[k] = counts[k];
    for (int k = 0; k < 7; k++)
        p->sizes[k] = sizes ? (double)sizes[k] : k == 3;
}

epi_status epi__world_people(struct epi__world *w, struct epi_err *reterr)
{
    struct epi_place *places = EPI_ARRAY(w->a, w->n_communes, struct epi_place);
    for (size_t i = 0; i < w->n_communes; i++)
        place_of(w, i, &places[i]);
    w->n_people = (uint32_t)w->o->people;
    EPI_TRY(epi_society_of_places(w->o->units, w->o->fs, places, w->n_communes, w->o->seed,
                                  &w->society, reterr));
    for (size_t i = 0; i < w->n_communes; i++)
        w->communes[i].first_person = epi_society_place_first(w->society, (uint32_t)i);
    return EPI_OK;
}

/* The last day of birth of somebody who is so many years old on the day. */
static int32_t birthday(epi_date day, int age)
{
    int year, month, date;
    epi_date_split(day, &year, &month, &date);
    epi_date d = epi_date_ymd(year - age, month, date);
    return epi_date_known(d) ? d.d : epi_date_ymd(year - age, 2, 28).d;
}

int32_t epi__birth(const struct epi__world *w, uint32_t person)
{
    int age = epi__age(w, person);
    struct epi_rng r = epi__rng(w, "demo.birth", person, 0);
    int32_t last = age > 0 ? birthday(w->day, age) : w->day.d - EPI__RUN;
    return last - (int32_t)epi_rng_below(&r, (uint64_t)(last - birthday(w->day, age + 1)));
}

/* Couples are the first two of a household who are near in age. */
int epi__female(const struct epi__world *w, uint32_t person)
{
    uint32_t first, n;
    epi_society_home(w->society, person, &first, &n);
    int apart = abs(epi__age(w, person) - epi__age(w, first));
    bool couple = person == first + 1 && epi__age(w, person) >= 20 && apart < 15;
    struct epi_rng r = epi__rng(w, "demo.sex", couple ? first : person, 0);
    return (int)epi_rng_below(&r, 2) ^ couple;
}

/* --- where they go
 * ---------------------------------------------------------------------------------------- */

static uint32_t add_place(struct epi__world *w, int32_t unit, const char *type, uint32_t number,
                          uint32_t parent, int64_t capacity)
{
    w->places[w->n_places] = (struct epi__place){unit, type, number, parent, capacity};
    return w->n_places++;
}

/* The commune of most members; a class or workplace lies there. */
static size_t commune_of_group(const struct epi__world *w, uint32_t group)
{
    const uint32_t *member;
    uint32_t n = epi_society_members(w->society, group, &member), most = 0;
    size_t best = 0;
    for (uint32_t i = 0; i < n; i++) {
        size_t commune = epi__commune_of(w, member[i]);
        uint32_t same = 0;
        for (uint32_t k = i; k < n && commune != best; k++)
            same += epi__commune_of(w, member[k]) == commune;
        if (same > most) {
            most = same;
            best = commune;
        }
    }
    return best;
}

/* Classes of a commune follow each other by age, so that schools are of neighbouring ages. */
static void places_of_groups(struct epi__world *w)
{
    uint32_t school = EPI__NONE, classes = 0, *numbers[3];
    enum { SCHOOL, CLASS, WORK };
    size_t at = SIZE_MAX;
    for (int i = 0; i < 3; i++)
        numbers[i] = EPI_ARRAY(w->a, w->n_communes, uint32_t);
    for (uint32_t g = 0; g < epi_society_groups(w->society); g++) {
        const uint32_t *member;
        int64_t n = epi_society_members(w->society, g, &member);
        size_t commune = commune_of_group(w, g);
        int32_t unit = w->communes[commune].unit;
        if (epi_society_works(w->society, g)) {
            w->group_place[g] =
                add_place(w, unit, "workplace", ++numbers[WORK][commune], EPI__NONE, n);
            continue;
        }
        if (commune != at || classes == CLASSES) {
            school = add_place(w, unit, "school", ++numbers[SCHOOL][commune], EPI__NONE, 0);
            at = commune;
            classes = 0;
        }
        classes++;
        w->places[school].capacity += n;
        w->group_place[g] = add_place(w, unit, "class", ++numbers[CLASS][commune], school, n);
    }
}

void epi__world_places(struct epi__world *w)
{
    size_t groups = epi_society_groups(w->society), most = 1 + 2 * groups;
    for (size_t i = 0; i < w->n_communes; i++) {
        struct epi__commune *c = &w->communes[i];
        c->restaurants = 1 + c->people / 1500;
        most += EPI__FIXED_PLACES + c->restaurants + 2;
    }
    w->places = EPI_ARRAY(w->a, most, struct epi__place);
    w->group_place = EPI_ARRAY(w->a, groups + 1, uint32_t);
    w->hospital = EPI_ARRAY(w->a, w->n_communes, uint32_t);
    w->quarantine = EPI_ARRAY(w->a, w->n_communes, uint32_t);
    for (size_t i = 0; i < w->n_communes; i++) {
        struct epi__commune *c = &w->communes[i];
        if (i > 0 && w->communes[i - 1].district == c->district) {
            w->hospital[i] = w->hospital[i - 1];
            w->quarantine[i] = w->quarantine[i - 1];
        } else {
            w->hospital[i] = add_place(w, c->district, "hospital", 0, EPI__NONE, 150);
            w->quarantine[i] = add_place(w, c->district, "quarantine_site", 0, EPI__NONE, 200);
        }
        c->first_place = add_place(w, c->unit, "station", 0, EPI__NONE, 6);
        add_place(w, c->unit, "market", 0, EPI__NONE, 400);
        add_place(w, c->unit, "hotel", 1, EPI__NONE, 30);
        for (uint32_t k = 0; k < c->restaurants; k++)
            add_place(w, c->unit, "restaurant", k + 1, EPI__NONE, 40);
    }
    places_of_groups(w);
    w->event = add_place(w, w->city, "event", 0, EPI__NONE, (int64_t)w->s->attendees);
}
