// SPDX-License-Identifier: AGPL-3.0-or-later
/* People and households of a society: ages and household sizes as the census counted them. */
#include "scenario/scenario_internal.h"

const char *epi_meeting_word(enum epi_meeting m)
{
    static const char *const words[] = {
#define X(name, word) word,
        EPI_MEETINGS(X)
#undef X
    };
    return words[m];
}

void epi_society_free(struct epi_society *s)
{
    if (!s)
        return;
    free(s->places);
    free(s->age);
    free(s->home_at);
    free(s->home_n);
    free(s->place);
    free(s->group);
    free(s->group_first);
    free(s->member);
    free(s->place_first);
    free(s->hamlet_first);
    free(s->place_hamlet);
    free(s->by_band);
    free(s->band_first);
    for (int k = 0; k < EPI_OUTINGS; k++)
        free(s->near[k]);
    free(s->group_kind);
    free(s->hospital);
    free(s->staff);
    free(s->staff_first);
    epi_units_free(s->units);
    free(s);
}
void epi__society_owns(struct epi_society *s, struct epi_units *units)
{
    s->units = units;
}

/* --- one place ---
 * Ages wait in a pool by band; a household takes a head, often a partner of near age, then people
 * whose age suits: children 20 to 45 years younger, parents as much older, and anybody at the end.
 */
struct pool {
    int64_t left[EPI_AGE_BANDS], all;
};
static uint32_t pool_take(struct pool *p, struct epi_rng *r, const double *suits)
{
    double weight[EPI_AGE_BANDS], sum = 0;
    for (size_t b = 0; b < EPI_AGE_BANDS; b++)
        sum += weight[b] = (double)p->left[b] * (suits ? suits[b] : 1);
    uint32_t band = 0;
    if (sum <= 0) { /* nobody suits: anybody who is left */
        for (size_t b = 0; b < EPI_AGE_BANDS; b++)
            weight[b] = (double)p->left[b], sum += weight[b];
    }
    double u = epi_rng_unit(r) * sum;
    while (band + 1 < EPI_AGE_BANDS && (u >= weight[band] || p->left[band] == 0))
        u -= weight[band++];
    while (p->left[band] == 0) /* rounding at the end of the list */
        band--;
    p->left[band]--;
    p->all--;
    return band;
}
static uint8_t years_in(struct epi_rng *r, uint32_t band)
{
    if (band + 1 < EPI_AGE_BANDS)
        return (uint8_t)(band * 5 + epi_rng_below(r, 5));
    uint64_t over = epi_rng_poisson(r, 3);
    return (uint8_t)(85 + (over < 20 ? over : 20));
}
/* What suits beside a head of band `head`. */
static void suits_partner(double *suits, uint32_t head)
{
    for (uint32_t b = 0; b < EPI_AGE_BANDS; b++) {
        int apart = abs((int)b - (int)head);
        suits[b] = b < 4 ? 0 : apart == 0 ? 1 : apart == 1 ? 0.5 : apart == 2 ? 0.1 : 0;
    }
}
static void suits_family(double *suits, uint32_t head)
{
    for (uint32_t b = 0; b < EPI_AGE_BANDS; b++) {
        int younger = (int)head - (int)b;
        suits[b] = younger >= 4 && younger <= 8 ? 1 : younger <= -4 && younger >= -7 ? 0.6 : 0.02;
    }
}
static uint32_t draw_size(const double *sizes, struct epi_rng *r)
{
    size_t k = epi_rng_weighted(r, sizes, 7);
    uint32_t n = (uint32_t)k + 1;
    while (k == 6 && n < 12 && epi_rng_chance(r, 0.35)) /* 7 and more */
        n++;
    return n;
}
static uint32_t people_of(const struct epi_place *p)
{
    int64_t n = 0;
    for (size_t b = 0; b < EPI_AGE_BANDS; b++)
        n += p->ages[b];
    return (uint32_t)n;
}
static void fill_place(struct epi_society *s, uint32_t place, uint64_t seed, int hamlet_households,
                       epi__u32s *hamlets)
{
    const struct epi_place *pl = &s->places[place];
    struct epi_rng r = epi_rng_stream(seed, "scenario.household", place, 0);
    struct pool pool = {.all = 0};
    double total = 0, head[EPI_AGE_BANDS];
    for (uint32_t b = 0; b < EPI_AGE_BANDS; b++) {
        pool.left[b] = pl->ages[b];
        pool.all += pl->ages[b];
        head[b] = b < 4 ? 0 : b < 5 ? 0.5 : 1;
    }
    for (size_t k = 0; k < 7; k++)
        total += pl->sizes[k];
    uint32_t p = s->place_first[place], household = 0;
    while (pool.all > 0) {
        uint32_t size = total > 0 ? draw_size(pl->sizes, &r) : 1, hb = 0;
        if ((int64_t)size > pool.all)
            size = (uint32_t)pool.all;
        if (hamlet_households > 0 && household++ % (uint32_t)hamlet_households == 0)
            EPI__PUSH(hamlets, p);
        double suits[EPI_AGE_BANDS];
        for (uint32_t i = 0; i < size; i++, p++) {
            uint32_t band;
            if (total <= 0) {
                band = pool_take(&pool, &r, NULL);
            } else if (i == 0) {
                hb = band = pool_take(&pool, &r, head);
                suits_partner(suits, hb);
            } else {
                bool partner = i == 1 && epi_rng_chance(&r, 0.8);
                if (i == 1 && !partner)
                    suits_family(suits, hb);
                band = pool_take(&pool, &r, suits);
                if (i == 1 && partner)
                    suits_family(suits, hb);
            }
            s->age[p] = years_in(&r, band);
            s->place[p] = (uint16_t)place;
            s->home_at[p] = (uint8_t)i;
            s->home_n[p] = (uint8_t)size;
        }
    }
}

/* --- the whole --- */
static epi_status refuse(const struct epi_place *places, size_t n,
                         const struct epi_society_options *o, struct epi_err *reterr)
{
    uint64_t all = 0;
    if (n == 0 || n > UINT16_MAX)
        return EPI_FAIL(reterr, EPI_INVALID, "scenario.places", "%zu", n);
    for (size_t i = 0; i < n; i++)
        for (size_t b = 0; b < EPI_AGE_BANDS; b++) {
            if (places[i].ages[b] < 0)
                return EPI_FAIL(reterr, EPI_INVALID, "scenario.population-negative", "%.*s",
                                EPI_FMT(places[i].path));
            all += (uint64_t)places[i].ages[b];
            if (all >= EPI_NOBODY)
                return EPI_FAIL(reterr, EPI_LIMIT, "scenario.population-large", "%zu", n);
        }
    if (all == 0)
        return EPI_FAIL(reterr, EPI_INVALID, "scenario.population-none", "%zu", n);
    if (o->class_size < 2 || o->workplace_mean < 2 || !(o->stay >= 0 && o->stay <= 1) ||
        !(o->enrolled >= 0 && o->enrolled <= 1) || !(o->employed >= 0 && o->employed <= 1) ||
        !(o->commute >= 0 && o->commute <= 1) || !(o->distance_km > 0) ||
        !(o->hospital.staff >= 0 && o->hospital.staff <= 1) ||
        !(o->hospital.admissions >= 0 && o->hospital.admissions <= 1e5) ||
        !(o->hospital.days >= (o->hospital.admissions > 0) && o->hospital.days <= 365))
        return EPI_FAIL(reterr, EPI_INVALID, "scenario.society-options", "%s", "society");
    double elsewhere = 0;
    for (int k = 1; k < EPI_OUTINGS; k++) {
        elsewhere += o->outing[k].share;
        if (!(o->outing[k].share >= 0 && o->outing[k].stay >= 0 && o->outing[k].stay <= 1) ||
            elsewhere > 1)
            return EPI_FAIL(reterr, EPI_INVALID, "scenario.society-options", "%s", "outings");
    }
    for (size_t i = 0; i < o->seasons_n; i++) {
        const struct epi_season *e = &o->seasons[i];
        if (e->to.d < e->from.d || !(e->school >= 0 && e->school <= 1) ||
            !(e->work >= 0 && e->work <= 1) || !(e->other >= 0 && e->other <= 3) ||
            !(e->returns >= 0 && e->returns <= 1e5) || e->travel < 0)
            return EPI_FAIL(reterr, EPI_INVALID, "scenario.season", "%zu", i + 1);
    }
    return EPI_OK;
}
struct epi_society *epi__society_room(const struct epi_place *places, size_t n, uint32_t people)
{
    struct epi_society *s = epi_xmalloc(sizeof *s);
    *s = (struct epi_society){.places_n = (uint32_t)n, .n = people};
    s->places = epi_xmalloc(n * sizeof *s->places);
    memcpy(s->places, places, n * sizeof *places);
    s->place_first = epi_xmalloc((n + 1) * sizeof *s->place_first);
    s->place_hamlet = epi_xmalloc((n + 1) * sizeof *s->place_hamlet);
    s->age = epi_xmalloc(s->n);
    s->home_at = epi_xmalloc(s->n);
    s->home_n = epi_xmalloc(s->n);
    s->place = epi_xmalloc(s->n * sizeof *s->place);
    s->group = epi_xmalloc(s->n * sizeof *s->group);
    return s;
}
epi_status epi_society_build(const struct epi_place *places, size_t n,
                             const struct epi_mixing *mixing, const struct epi_society_options *o,
                             uint64_t seed, struct epi_society **ret, struct epi_err *reterr)
{
    EPI_TRY(refuse(places, n, o, reterr));
    uint64_t people = 0;
    for (size_t i = 0; i < n; i++)
        people += people_of(&places[i]);
    struct epi_society *s = epi__society_room(places, n, (uint32_t)people);
    for (uint32_t i = 0, first = 0; i <= n; i++) {
        s->place_first[i] = first;
        first += i < n ? people_of(&places[i]) : 0;
    }
    epi__u32s hamlets = {0};
    for (uint32_t i = 0; i < n; i++) {
        s->place_hamlet[i] = hamlets.n;
        fill_place(s, i, seed, o->hamlet_households > 0 ? o->hamlet_households : 100, &hamlets);
    }
    s->place_hamlet[n] = s->hamlets_n = hamlets.n;
    EPI__PUSH(&hamlets, s->n);
    s->hamlet_first = hamlets.v;
    memcpy(s->seasons, o->seasons, sizeof s->seasons);
    s->seasons_n = o->seasons_n;
    epi__society_groups(s, o, seed);
    epi__society_hospitals(s, o);
    epi__society_mix(s, mixing, o);
    *ret = s;
    return EPI_OK;
}

/* --- questions --- */
uint32_t epi__holding(const uint32_t *first, uint32_t n, uint32_t person)
{
    uint32_t lo = 0, hi = n;
    while (hi - lo > 1) {
        uint32_t mid = lo + (hi - lo) / 2;
        *(first[mid] <= person ? &lo : &hi) = mid;
    }
    return lo;
}
uint32_t epi_society_people(const struct epi_society *s)
{
    return s->n;
}
uint32_t epi_society_places(const struct epi_society *s)
{
    return s->places_n;
}
const struct epi_place *epi_society_place(const struct epi_society *s, uint32_t place)
{
    return &s->places[place];
}
uint32_t epi_society_place_first(const struct epi_society *s, uint32_t place)
{
    return s->place_first[place];
}
uint32_t epi_society_place_of(const struct epi_society *s, uint32_t person)
{
    return s->place[person];
}
uint32_t epi_society_hamlets(const struct epi_society *s)
{
    return s->hamlets_n;
}
uint32_t epi_society_hamlet_of(const struct epi_society *s, uint32_t person)
{
    uint32_t pl = s->place[person], from = s->place_hamlet[pl];
    return from + epi__holding(s->hamlet_first + from, s->place_hamlet[pl + 1] - from, person);
}
int epi_society_age(const struct epi_society *s, uint32_t person)
{
    return s->age[person];
}
void epi_society_home(const struct epi_society *s, uint32_t person, uint32_t *ret_first,
                      uint32_t *ret_n)
{
    *ret_first = person - s->home_at[person];
    *ret_n = s->home_n[person];
}
uint32_t epi_society_groups(const struct epi_society *s)
{
    return s->groups_n;
}
uint32_t epi_society_group_of(const struct epi_society *s, uint32_t person)
{
    return s->group[person]; /* EPI__NO_GROUP is EPI_NOBODY */
}
uint32_t epi_society_members(const struct epi_society *s, uint32_t group, const uint32_t **ret)
{
    if (group == EPI_NOBODY)
        return 0;
    *ret = s->member + s->group_first[group];
    return s->group_first[group + 1] - s->group_first[group];
}
uint32_t epi_society_group(const struct epi_society *s, uint32_t person, const uint32_t **ret)
{
    return epi_society_members(s, s->group[person], ret);
}
bool epi_society_works(const struct epi_society *s, uint32_t group)
{
    return epi__works(s, group);
}
size_t epi_society_bytes(const struct epi_society *s)
{
    size_t members = s->groups_n ? s->group_first[s->groups_n] : 0;
    return s->n * (3 + sizeof *s->place + sizeof *s->group + sizeof *s->by_band) +
           members * sizeof *s->member + s->groups_n * (sizeof *s->group_first + 1) +
           s->hamlets_n * sizeof *s->hamlet_first +
           s->places_n * (sizeof *s->places + EPI_OUTINGS * sizeof **s->near +
                          EPI_MIX_BANDS * sizeof *s->band_first + sizeof *s->hospital + 8) +
           s->staff_first[s->hospitals_n] * sizeof *s->staff +
           s->hospitals_n * sizeof *s->staff_first;
}
