// SPDX-License-Identifier: AGPL-3.0-or-later
#include "demo/demo_internal.h"
#include <math.h>

#define YEAR 365.2425 /* days of a Gregorian year */
#define SIZE_TOP 7    /* household sizes 1 .. 6 and 7+ */

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

static bool urban(const struct epi__settings *s, epi_str type)
{
    for (size_t i = 0; i < s->n_urban; i++)
        if (epi_str_eq(s->urban_types[i], type))
            return true;
    return false;
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
        c->urban = urban(w->s, e->type);
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

static int32_t birth_in_band(const struct epi__world *w, struct epi_rng *r, int band)
{
    double years = band == EPI_AGE_BANDS - 1 ? fmin(epi_rng_exp(r, 4), 20) : 5 * epi_rng_unit(r);
    int32_t back = (int32_t)((band * 5 + years) * YEAR);
    int32_t lowest = (int32_t)(band * 5 * YEAR) + 2, highest = (int32_t)((band * 5 + 5) * YEAR) - 2;
    if (band < EPI_AGE_BANDS - 1 && back > highest)
        back = highest;
    return w->day.d - (back < lowest ? lowest : back);
}

struct grown {
    int32_t birth;
    double key; /* birth blurred: neighbours in this order are couples */
};

static int by_key(const void *a, const void *b)
{
    const struct grown *x = a, *y = b;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return (x->birth > y->birth) - (x->birth < y->birth);
}

static void shuffle(struct epi_rng *r, int32_t *v, size_t n)
{
    for (size_t i = n; i > 1; i--) {
        size_t k = epi_rng_below(r, i);
        int32_t t = v[k];
        v[k] = v[i - 1];
        v[i - 1] = t;
    }
}

/* Sizes drawn with the commune's own distribution until everybody has a home. */
static uint32_t draw_households(struct epi__world *w, const struct epi__commune *c,
                                struct epi_rng *r, uint32_t *first)
{
    const int64_t *sizes = epi_units_household_sizes(w->o->units, c->unit);
    double weights[SIZE_TOP], people = (double)c->census, large = 8;
    for (int k = 0; k < SIZE_TOP; k++) {
        weights[k] = sizes ? (double)sizes[k] : k == 3;
        if (k < SIZE_TOP - 1)
            people -= (k + 1) * weights[k];
    }
    if (sizes &&
        sizes[SIZE_TOP - 1] > 0) /* mean of the open class, from what is left of the census */
        large = fmin(fmax(people / weights[SIZE_TOP - 1], SIZE_TOP), 11);
    uint32_t n = 0;
    for (uint32_t housed = 0; housed < c->people; n++) {
        uint32_t size = (uint32_t)epi_rng_weighted(r, weights, SIZE_TOP) + 1;
        if (size == SIZE_TOP)
            size += (uint32_t)epi_rng_poisson(r, large - SIZE_TOP);
        if (size > c->people - housed)
            size = c->people - housed;
        first[n] = c->first_person + housed;
        housed += size;
    }
    return n;
}

struct pool {
    struct grown *adults; /* sorted into couples */
    int32_t *pairs;       /* shuffled indexes of couples */
    size_t n_adults, next_pair, n_pairs;
    int32_t *rest;
    size_t n_rest;
};

static void put_person(struct epi__world *w, uint32_t at, uint32_t household, size_t commune,
                       int32_t birth, int sex)
{
    w->people[at] = (struct epi__person){household, birth, (uint16_t)commune, (uint8_t)sex, 0};
}

/* Heads and their partners first: every household gets an adult while there are any. */
static void seat_adults(struct epi__world *w, size_t ci, struct pool *p, struct epi_rng *r,
                        uint8_t *seated)
{
    const struct epi__commune *c = &w->communes[ci];
    int32_t single = -1; /* the other half of a couple that was parted for a household of one */
    for (uint32_t h = 0; h < c->households; h++) {
        uint32_t id = c->first_household + h, at = w->household_first[id];
        uint32_t size =
            (h + 1 < c->households ? w->household_first[id + 1] : c->first_person + c->people) - at;
        int sex = (int)epi_rng_below(r, 2);
        seated[h] = 0;
        if (size == 1 && single >= 0) {
            put_person(w, at, id, ci, p->adults[single].birth, sex);
            single = -1;
            seated[h] = 1;
        } else if (p->next_pair < p->n_pairs) {
            int32_t pair = p->pairs[p->next_pair++];
            put_person(w, at, id, ci, p->adults[2 * pair].birth, sex);
            seated[h] = 1;
            /* Where adults are few, partners wait until every household has one. */
            size_t adults_left = 2 * (p->n_pairs - p->next_pair) + 1;
            if (size > 1 && adults_left > c->households - h) {
                put_person(w, at + 1, id, ci, p->adults[2 * pair + 1].birth, !sex);
                seated[h] = 2;
            } else if (single < 0) {
                single = 2 * pair + 1;
            } else {
                p->rest[p->n_rest++] = p->adults[2 * pair + 1].birth;
            }
        } else if (single >= 0) {
            put_person(w, at, id, ci, p->adults[single].birth, sex);
            single = -1;
            seated[h] = 1;
        }
    }
    if (single >= 0)
        p->rest[p->n_rest++] = p->adults[single].birth;
    for (; p->next_pair < p->n_pairs; p->next_pair++) {
        p->rest[p->n_rest++] = p->adults[2 * p->pairs[p->next_pair]].birth;
        p->rest[p->n_rest++] = p->adults[2 * p->pairs[p->next_pair] + 1].birth;
    }
}

/* Everybody else: children to somebody old enough to be their parent, if a few tries find one. */
static void seat_rest(struct epi__world *w, size_t ci, struct pool *p, struct epi_rng *r,
                      const uint8_t *seated)
{
    const struct epi__commune *c = &w->communes[ci];
    for (uint32_t h = 0; h < c->households; h++) {
        uint32_t id = c->first_household + h, first = w->household_first[id];
        uint32_t end =
            h + 1 < c->households ? w->household_first[id + 1] : c->first_person + c->people;
        for (uint32_t at = first + seated[h]; at < end; at++) {
            size_t pick = p->n_rest - 1;
            for (int tries = 0; tries < 4 && seated[h]; tries++) {
                double gap = fabs((double)(p->rest[pick] - w->people[first].birth)) / YEAR;
                if (gap > 17 && gap < 45)
                    break;
                pick = epi_rng_below(r, p->n_rest);
            }
            put_person(w, at, id, ci, p->rest[pick], (int)epi_rng_below(r, 2));
            p->rest[pick] = p->rest[--p->n_rest];
        }
    }
}

static void people_commune(struct epi__world *w, size_t ci)
{
    struct epi_arena_mark mark = epi_arena_mark(w->a);
    struct epi__commune *c = &w->communes[ci];
    struct epi_rng r = epi__rng(w, "demo.commune", (uint64_t)c->unit, 0);
    const int64_t *ages = epi_units_ages(w->o->units, c->unit);
    double weights[EPI_AGE_BANDS];
    uint32_t counts[EPI_AGE_BANDS];
    for (int k = 0; k < EPI_AGE_BANDS; k++)
        weights[k] = (double)ages[k];
    epi__apportion(w->a, c->people, weights, EPI_AGE_BANDS, counts);
    struct pool p = {.adults = EPI_ARRAY(w->a, c->people + 1, struct grown),
                     .pairs = EPI_ARRAY(w->a, c->people + 1, int32_t),
                     .rest = EPI_ARRAY(w->a, c->people + 1, int32_t)};
    for (int k = 0; k < EPI_AGE_BANDS; k++)
        for (uint32_t i = 0; i < counts[k]; i++) {
            int32_t birth = birth_in_band(w, &r, k);
            if (k < 4) /* under 20 */
                p.rest[p.n_rest++] = birth;
            else
                p.adults[p.n_adults++] =
                    (struct grown){birth, birth + 3.5 * YEAR * epi_rng_normal(&r)};
        }
    qsort(p.adults, p.n_adults, sizeof *p.adults, by_key);
    p.n_pairs = p.n_adults / 2;
    if (p.n_adults % 2)
        p.rest[p.n_rest++] = p.adults[p.n_adults - 1].birth;
    for (size_t i = 0; i < p.n_pairs; i++)
        p.pairs[i] = (int32_t)i;
    shuffle(&r, p.pairs, p.n_pairs);
    shuffle(&r, p.rest, p.n_rest);
    c->households = draw_households(w, c, &r, w->household_first + c->first_household);
    uint8_t *seated = EPI_ARRAY(w->a, c->households + 1, uint8_t);
    seat_adults(w, ci, &p, &r, seated);
    seat_rest(w, ci, &p, &r, seated);
    epi_arena_release(w->a, mark);
}

void epi__world_people(struct epi__world *w)
{
    w->n_people = (uint32_t)w->o->people;
    w->people = EPI_ARRAY(w->a, w->n_people + 1, struct epi__person);
    w->household_first = EPI_ARRAY(w->a, w->n_people + 1, uint32_t);
    uint32_t person = 0;
    for (size_t i = 0; i < w->n_communes; i++) {
        w->communes[i].first_person = person;
        w->communes[i].first_household = w->n_households;
        people_commune(w, i);
        person += w->communes[i].people;
        w->n_households += w->communes[i].households;
    }
    w->household_first[w->n_households] = w->n_people;
}

/* --- where they go
 * ---------------------------------------------------------------------------------------- */

static uint32_t add_place(struct epi__world *w, int32_t unit, const char *type, uint32_t number,
                          uint32_t parent, int64_t capacity)
{
    w->places[w->n_places] = (struct epi__place){unit, type, number, parent, capacity};
    return w->n_places++;
}

void epi__world_places(struct epi__world *w)
{
    size_t most = 1;
    for (size_t i = 0; i < w->n_communes; i++) {
        struct epi__commune *c = &w->communes[i];
        c->restaurants = 1 + c->people / 1500;
        c->workplaces = 1 + c->people / 3000;
        c->schools = 1 + c->people / 2500;
        most += EPI__FIXED_PLACES + c->restaurants + c->workplaces +
                c->schools * (1 + EPI__CLASSES) + 2;
    }
    w->places = EPI_ARRAY(w->a, most, struct epi__place);
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
        for (uint32_t k = 0; k < c->workplaces; k++)
            add_place(w, c->unit, "workplace", k + 1, EPI__NONE, 60);
        for (uint32_t k = 0; k < c->schools; k++) {
            uint32_t school = add_place(w, c->unit, "school", k + 1, EPI__NONE, 400);
            for (uint32_t j = 0; j < EPI__CLASSES; j++)
                add_place(w, c->unit, "class", k * EPI__CLASSES + j + 1, school, 40);
        }
    }
    w->event = add_place(w, w->city, "event", 0, EPI__NONE, (int64_t)w->s->attendees);
}
