// SPDX-License-Identifier: AGPL-3.0-or-later
#include "demo/demo_internal.h"
#include <math.h>

/* Places, households with their people, and the people's doses. */

#define TEN_MILLIONS 10000000u
#define MILLION 1000000u

/* --- places
 * ------------------------------------------------------------------------------------------ */

/* Five decimals of a degree, about a metre. */
static struct epi_value degrees(double v)
{
    return epi_v_real(round(v * 1e5) / 1e5);
}

static void scatter(struct epi_value *v, const struct epi_unit *unit, struct epi_rng *r)
{
    if (isnan(unit->lat) || isnan(unit->lon))
        return;
    v[EPI_PLACE_LAT] = degrees(unit->lat + 0.02 * (epi_rng_unit(r) - 0.5));
    v[EPI_PLACE_LON] = degrees(unit->lon + 0.02 * (epi_rng_unit(r) - 0.5));
}

void epi__put_places(struct epi__out *out)
{
    const struct epi__world *w = out->w;
    for (uint32_t i = 0; i < w->n_places && out->status == EPI_OK; i++) {
        const struct epi__place *p = &w->places[i];
        const struct epi_unit *unit = epi__unit(w, p->unit);
        struct epi_rng r = epi__rng(w, "demo.place", i, 0);
        struct epi_value *v = epi__begin(out, EPI_K_PLACE, p->unit);
        epi__put(out, EPI_S("DD"));
        epi__put_number(out, i + 1, 5);
        v[EPI_PLACE_CODE] = epi__text(out);
        epi_str form = epi_json_text(w->s->places, p->type, EPI_S("{1} {2}"));
        epi__put_form(out, i == w->event ? w->s->event : form, unit->name, p->number);
        v[EPI_PLACE_NAME] = epi__text(out);
        v[EPI_PLACE_TYPE] = epi__word(p->type);
        v[EPI_PLACE_ADDRESS] = epi_v_text(unit->full_name);
        scatter(v, unit, &r);
        v[EPI_PLACE_CAPACITY] = epi_v_int(p->capacity);
        v[EPI_PLACE_PARENT] = epi__ref(w, EPI_K_PLACE, p->parent);
        epi__end(out, EPI_K_PLACE);
    }
}

/* --- people
 * ------------------------------------------------------------------------------------------- */

/* The group whose names a household bears: by the weights of the longest path that holds the
 * commune. */
static const struct epi__group *group_of(const struct epi__world *w, epi_str path,
                                         struct epi_rng *r)
{
    const struct epi__mix *best = NULL;
    for (size_t i = 0; i < w->s->n_mix; i++)
        if (epi_str_starts(path, w->s->mix[i].path) &&
            (!best || w->s->mix[i].path.n > best->path.n))
            best = &w->s->mix[i];
    return &w->s->group[best ? epi_rng_weighted(r, best->weight, w->s->n_groups) : 0];
}

static void put_part(struct epi__out *out, struct epi_rng *r, const struct epi__list *l)
{
    epi__put(out, EPI_S(" "));
    epi__put(out, l->c[epi__pick(r, l)].text);
}

static struct epi_value name_of(struct epi__out *out, const struct epi__group *g, epi_str family,
                                int sex, struct epi_rng *r)
{
    epi__put(out, family);
    put_part(out, r, &g->middle[sex]);
    size_t first = epi__pick(r, &g->given[sex]), last = epi__pick(r, &g->given[sex]);
    if (first != last && epi_rng_chance(r, 0.3)) {
        epi__put(out, EPI_S(" "));
        epi__put(out, g->given[sex].c[first].text);
    }
    epi__put(out, EPI_S(" "));
    epi__put(out, g->given[sex].c[last].text);
    return epi__text(out);
}

/* Twelve digits: prefix and province, sex and century of birth, year of birth, six that differ
 * among the people of a province and year (their number times a factor prime to a million). */
static struct epi_value document_of(struct epi__out *out, uint32_t person, int32_t birth,
                                    int female)
{
    const struct epi__world *w = out->w;
    int year, month, day;
    epi_date_split((epi_date){birth}, &year, &month, &day);
    uint32_t century = (uint32_t)(year / 100);
    epi__put(out, w->s->document_prefix);
    epi__put(out, epi__unit(w, w->communes[epi__commune_of(w, person)].province)->code);
    epi__put_number(out, (century > 19 ? (century - 19) * 2 : 0) + (uint32_t)female, 1);
    epi__put_number(out, (uint64_t)(year % 100), 2);
    epi__put_number(out, ((uint64_t)person * 524287u + w->o->seed % MILLION) % MILLION, 6);
    return epi__text(out);
}

/* Numbers under a prefix nobody is given. Families share that of their first; some adults have
 * their own. */
static struct epi_value phone_of(struct epi__out *out, uint32_t person)
{
    epi__put(out, out->w->s->phone_prefix);
    epi__put_number(out, ((uint64_t)person * 7368787u + 1234567u) % TEN_MILLIONS, 7);
    return epi__text(out);
}

static struct epi_value occupation_of(struct epi__out *out, int age, struct epi_rng *r)
{
    const struct epi__settings *s = out->w->s;
    if (age < 6)
        return epi_v_text(epi_json_text(s->occupation, "child", EPI_NIL));
    if (age < 18)
        return epi_v_text(epi_json_text(s->occupation, "pupil", EPI_NIL));
    if (age >= 62)
        return epi_v_text(epi_json_text(s->occupation, "retired", EPI_NIL));
    return epi_v_text(s->occupations.c[epi__pick(r, &s->occupations)].text);
}

struct home {
    uint32_t first, n, number;
    epi_str code; /* of the province */
    const struct epi__group *group;
    epi_str family[2]; /* of the head, and of the partner */
    struct epi_value address;
    char text[300];
};

static void put_household(struct epi__out *out, const struct epi__commune *c, struct home *h)
{
    const struct epi__world *w = out->w;
    const struct epi_unit *unit = epi__unit(w, c->unit);
    struct epi_rng r = epi__rng(w, "demo.household", h->first, 0);
    h->code = epi__unit(w, c->province)->code;
    h->group = group_of(w, unit->path, &r);
    for (int i = 0; i < 2; i++)
        h->family[i] = h->group->family.c[epi__pick(&r, &h->group->family)].text;
    struct epi_value *v = epi__begin(out, EPI_K_HOUSEHOLD, c->unit);
    epi__put(out, EPI_S("H"));
    epi__put(out, h->code);
    epi__put(out, EPI_S("-"));
    h->number = (uint32_t)out->sum->of_kind[EPI_K_HOUSEHOLD];
    epi__put_number(out, h->number + 1, 6);
    v[EPI_HOUSEHOLD_CODE] = epi__text(out);
    uint32_t place = epi_society_place_of(w->society, h->first);
    uint32_t hamlet = epi_society_hamlet_of(w->society, h->first) -
                      epi_society_hamlet_of(w->society, c->first_person);
    bool urban = epi_society_place(w->society, place)->urban;
    epi_str form = epi_json_text(w->s->hamlet, urban ? "urban" : "rural", EPI_S("{2}"));
    epi__put_form(out, form, unit->name, hamlet + 1);
    v[EPI_HOUSEHOLD_HAMLET] = epi__text(out);
    epi__put(out, v[EPI_HOUSEHOLD_HAMLET].s);
    epi__put(out, EPI_S(", "));
    epi__put(out, unit->full_name);
    v[EPI_HOUSEHOLD_ADDRESS] = epi__text(out);
    size_t n = v[EPI_HOUSEHOLD_ADDRESS].s.n < sizeof h->text ? v[EPI_HOUSEHOLD_ADDRESS].s.n
                                                             : sizeof h->text;
    memcpy(h->text, v[EPI_HOUSEHOLD_ADDRESS].s.p, n);
    h->address = epi_v_text((epi_str){h->text, n});
    epi__end(out, EPI_K_HOUSEHOLD);
}

static void put_person(struct epi__out *out, const struct epi__commune *c, const struct home *h,
                       uint32_t person)
{
    const struct epi__world *w = out->w;
    struct epi_rng r = epi__rng(w, "demo.person", person, 0);
    int age = epi__age(w, person), female = epi__female(w, person);
    int32_t birth = epi__birth(w, person);
    uint32_t place = person - h->first; /* 0 the head, 1 perhaps the partner */
    struct epi_value *v = epi__begin(out, EPI_K_PERSON, c->unit);
    epi__put(out, EPI_S("NG"));
    epi__put(out, h->code);
    epi__put(out, EPI_S("-"));
    epi__put_number(out, person + 1, 7);
    v[EPI_PERSON_CODE] = epi__text(out);
    v[EPI_PERSON_NAME] = name_of(out, h->group, h->family[place == 1 && age >= 20], female, &r);
    v[EPI_PERSON_SEX] = epi__word(female ? "female" : "male");
    v[EPI_PERSON_BIRTH_DATE] = epi_v_int(birth);
    if (age >= 14)
        v[EPI_PERSON_DOCUMENT] = document_of(out, person, birth, female);
    if (age >= 12)
        v[EPI_PERSON_PHONE] =
            phone_of(out, place > 0 && age >= 18 && epi_rng_chance(&r, 0.4) ? person : h->first);
    v[EPI_PERSON_ADDRESS] = h->address;
    v[EPI_PERSON_HOUSEHOLD] = epi__ref(w, EPI_K_HOUSEHOLD, h->number);
    v[EPI_PERSON_OCCUPATION] = occupation_of(out, age, &r);
    v[EPI_PERSON_IDENTITY_STATE] =
        epi__word(age >= 14 && epi_rng_chance(&r, 0.8) ? "verified" : "unverified");
    const struct epi__case *death = epi__death_of(w, person);
    if (death)
        v[EPI_PERSON_DIED] = epi_v_date(death->ended);
    epi__end(out, EPI_K_PERSON);
}

static void put_doses(struct epi__out *out, const struct epi__commune *c, uint32_t person)
{
    const struct epi__world *w = out->w;
    struct epi__doses d = epi__doses_of(w, person);
    const struct epi__case *death = epi__death_of(w, person);
    epi_date until = death ? death->reported : w->day;
    for (int i = 0; i < d.n && d.given[i].d <= until.d; i++) {
        struct epi_value *v = epi__begin(out, EPI_K_DOSE, c->unit);
        v[EPI_DOSE_PERSON] = epi__ref(w, EPI_K_PERSON, person);
        v[EPI_DOSE_GIVEN] = epi_v_date(d.given[i]);
        v[EPI_DOSE_NUMBER] = epi_v_int(i + 1);
        v[EPI_DOSE_VACCINE] = epi_v_text(w->s->vaccines.c[d.vaccine].text);
        epi__put(out, EPI_S("LO"));
        epi__put_number(out, d.vaccine + 1, 1);
        epi__put_number(out, (uint64_t)(d.given[i].d - w->dose_from) / 7 + 1, 3);
        v[EPI_DOSE_LOT] = epi__text(out);
        v[EPI_DOSE_PLACE] = epi__ref(w, EPI_K_PLACE, c->first_place + EPI__STATION);
        v[EPI_DOSE_DISEASE] = epi_v_text(w->s->disease);
        v[EPI_DOSE_COMPLETES] = epi_v_int(i == 1);
        epi__end(out, EPI_K_DOSE);
    }
}

void epi__put_people(struct epi__out *out)
{
    const struct epi__world *w = out->w;
    for (size_t i = 0; i < w->n_communes && out->status == EPI_OK; i++) {
        const struct epi__commune *c = &w->communes[i];
        struct home h = {0};
        for (uint32_t at = c->first_person; at < c->first_person + c->people; at += h.n) {
            epi_society_home(w->society, at, &h.first, &h.n);
            put_household(out, c, &h);
            for (uint32_t p = at; p < at + h.n; p++)
                put_person(out, c, &h, p);
            for (uint32_t p = at; p < at + h.n; p++)
                put_doses(out, c, p);
        }
    }
}
