// SPDX-License-Identifier: AGPL-3.0-or-later
#include "demo/demo_internal.h"

/* When people were vaccinated. The nation's series says on which day a share of the adults had a
 * first dose; each adult has a rank from 0 to 1 and gets the dose on the day the series passes it.
 * Ranks of the old are smaller, so they come earlier; districts and communes lag or lead by their
 * own factor. */

#define STEPS 1001 /* the course in thousandths of the adults */

struct point {
    epi_date date;
    double people;
};

static double adults_of(const struct epi__world *w)
{
    const struct epi_units *u = w->o->units;
    const int64_t *ages = epi_units_ages(u, epi_units_root(u));
    double n = 0;
    for (int k = 0; ages && k < EPI_AGE_BANDS; k++) {
        double above = 5.0 * (k + 1) - w->s->adult_from; /* years of the band that are adult */
        n += (double)ages[k] * (above >= 5 ? 1 : above > 0 ? above / 5 : 0);
    }
    return n;
}

static bool read_point(const struct epi_csv *c, struct point *ret)
{
    return c->n >= 4 && epi_date_parse_iso(c->fields[0], &ret->date) &&
           epi_str_to_f64(c->fields[3], &ret->people);
}

epi_status epi__courses_read(struct epi__world *w, struct epi_err *reterr)
{
    epi_str text;
    EPI_TRY(epi_units_file(w->o->units, w->o->fs, w->a, EPI_S("vaccination"), &text, reterr));
    double adults = adults_of(w);
    w->dose_day = EPI_ARRAY(w->a, STEPS, int32_t);
    for (size_t k = 0; k < STEPS; k++)
        w->dose_day[k] = INT32_MAX;
    struct epi_csv c;
    struct point p, before = {EPI_DATE_UNKNOWN, 0};
    bool ok = adults > 0, head = true;
    size_t done = 0;
    epi_csv_init(&c, text, ',');
    for (; ok && epi_csv_next(&c); head = false) {
        if (head || (c.n == 1 && c.fields[0].n == 0))
            continue;
        ok = read_point(&c, &p) && (!epi_date_known(before.date) ||
                                    (p.date.d > before.date.d && p.people >= before.people));
        for (; ok && done < STEPS && (double)done / (STEPS - 1) * adults <= p.people; done++) {
            double rise = p.people - before.people,
                   at = (double)done / (STEPS - 1) * adults - before.people;
            int32_t from = epi_date_known(before.date) ? before.date.d : p.date.d;
            w->dose_day[done] =
                from + (rise > 0 ? (int32_t)(at / rise * (p.date.d - from) + 0.5) : 0);
        }
        before = p;
    }
    uint32_t line = c.line;
    epi_csv_done(&c);
    if (!ok)
        return EPI_FAIL(reterr, EPI_INVALID, "demo.bad-series", "vaccination\x1f%u", line);
    w->dose_from = w->dose_day[0];
    return EPI_OK;
}

struct epi__doses epi__doses_of(const struct epi__world *w, uint32_t person)
{
    struct epi__doses d = {0};
    int age = epi__age(w, person);
    if (age < w->s->teen_from)
        return d;
    struct epi_rng r = epi__rng(w, "demo.dose", person, 0);
    double rank = epi_rng_unit(&r), reach = w->communes[epi__commune_of(w, person)].reach;
    d.vaccine = epi__pick(&r, &w->s->vaccines);
    int32_t gap = (int32_t)w->s->vaccines.c[d.vaccine].value + (int32_t)epi_rng_below(&r, 8);
    if (age < w->s->adult_from) {
        if (rank < w->s->teen_reach * reach)
            d.given[0] = (epi_date){w->s->teen_start.d + (int32_t)epi_rng_below(&r, 14)};
        d.n = rank < w->s->teen_reach * reach && d.given[0].d <= w->day.d;
        return d;
    }
    for (size_t i = 0; i < w->s->older.n; i++)
        if (age >= w->s->older.c[i].value)
            rank = rank * w->s->older.c[i].weight;
    double step = rank / (reach > 0.01 ? reach : 0.01) * (STEPS - 1);
    if (step >= STEPS || w->dose_day[(size_t)step] > w->day.d)
        return d;
    d.given[0] = (epi_date){w->dose_day[(size_t)step]};
    d.given[1] = epi_date_plus(d.given[0], (epi_days){gap});
    d.n = d.given[1].d <= w->day.d ? 2 : 1;
    return d;
}

const char *epi__immunity_of(const struct epi__world *w, uint32_t person, epi_date on)
{
    struct epi__doses d = epi__doses_of(w, person);
    int n = 0;
    while (n < d.n && d.given[n].d <= on.d)
        n++;
    return n == 0 ? "none" : n == 1 ? "partial" : "full";
}
