// SPDX-License-Identifier: AGPL-3.0-or-later
#include "demo/demo_internal.h"
#include <math.h>

/* Who comes home during the run, and who of them brings the disease: as many as the province's own
 * daily series had cases, thinned to the people made and to the share that came from outside. What
 * follows from them is the simulator's. */

#define HISTORY_SHARE 0.02 /* at most this part of the people, however bad the series was */
#define SPARSE 5e-6 /* a person and day, where the series has nothing: half a case per 100,000 */
#define FIRST 2     /* infected who come home on the first day, so that one is surely found */
#define LAG 7       /* days from an infection to its place in the series */
#define AGE_FROM 18 /* of those who come home */
#define AGE_TO 50

struct daily {
    epi_date date;
    int32_t province;
    double cases;
};

static epi_status read_daily(struct epi__world *w, struct daily **ret, size_t *ret_n,
                             struct epi_err *reterr)
{
    epi_str text;
    EPI_TRY(epi_units_file(w->o->units, w->o->fs, w->a, EPI_S("cases"), &text, reterr));
    size_t lines = 1, n = 0;
    for (size_t i = 0; i < text.n; i++)
        lines += text.p[i] == '\n';
    struct daily *list = EPI_ARRAY(w->a, lines, struct daily);
    struct epi_csv c;
    bool ok = true, head = true;
    epi_csv_init(&c, text, ',');
    for (; ok && epi_csv_next(&c); head = false) {
        struct daily d;
        if (head || (c.n == 1 && c.fields[0].n == 0))
            continue;
        ok = c.n >= 3 && epi_date_parse_iso(c.fields[0], &d.date) &&
             epi_str_to_f64(c.fields[2], &d.cases) && d.cases >= 0 &&
             (d.province = epi_units_by_path(w->o->units, c.fields[1])) >= 0;
        if (ok && d.date.d < w->day.d && d.date.d - LAG >= epi__date(w, 0).d)
            list[n++] = d;
    }
    uint32_t line = c.line;
    epi_csv_done(&c);
    if (!ok)
        return EPI_FAIL(reterr, EPI_INVALID, "demo.bad-series", "cases\x1f%u", line);
    *ret = list;
    *ret_n = n;
    return EPI_OK;
}

uint32_t epi__somebody(const struct epi__world *w, struct epi_rng *r, uint32_t first, uint32_t end,
                       int age_from, int age_to)
{
    for (int tries = 0; tries < 40 && end > first; tries++) {
        uint32_t person = first + (uint32_t)epi_rng_below(r, end - first);
        int age = epi__age(w, person);
        if (age >= age_from && age <= age_to)
            return person;
    }
    return EPI__NONE;
}

struct plan {
    struct epi__world *w;
    bool *back;   /* by person: comes home once at most */
    uint32_t max; /* room for arrivals */
};

static void add(struct plan *p, uint32_t person, int day, bool infected)
{
    struct epi__world *w = p->w;
    if (person == EPI__NONE || p->back[person] || w->n_arrivals == p->max)
        return;
    p->back[person] = true;
    w->arrivals[w->n_arrivals++] = (struct epi__arrival){person, (int16_t)day, infected};
}

/* The infected of one day in one province. Most of a week's fall into one commune, each week has
 * its own. */
static void bring(struct plan *p, size_t from, size_t end, int day, uint64_t n)
{
    const struct epi__world *w = p->w;
    const struct epi__commune *c = w->communes;
    uint32_t first = c[from].first_person, last = c[end - 1].first_person + c[end - 1].people;
    uint64_t province = (uint64_t)c[from].province, date = (uint64_t)epi__date(w, day).d;
    struct epi_rng week = epi__rng(w, "demo.week", province, date / 7);
    struct epi_rng r = epi__rng(w, "demo.day", province, date);
    uint32_t focus = epi__somebody(w, &week, first, last, 0, 200);
    const struct epi__commune *at = focus == EPI__NONE ? &c[from] : &c[epi__commune_of(w, focus)];
    for (uint64_t i = 0; i < n; i++) {
        bool near = epi_rng_chance(&r, 0.6);
        add(p,
            epi__somebody(w, &r, near ? at->first_person : first,
                          near ? at->first_person + at->people : last, AGE_FROM, AGE_TO),
            day, true);
    }
}

/* A whole number that is `exact` in the mean. */
static uint64_t about(const struct epi__world *w, int32_t province, epi_date date, double exact)
{
    struct epi_rng r = epi__rng(w, "demo.thin", (uint64_t)province, (uint64_t)date.d);
    return (uint64_t)exact + epi_rng_chance(&r, exact - floor(exact));
}

static void infected(struct plan *p, const struct daily *list, size_t n)
{
    struct epi__world *w = p->w;
    for (size_t from = 0, end; from < w->n_communes; from = end) {
        int32_t province = w->communes[from].province;
        double census = 0, people = 0, listed = 0;
        for (end = from; end < w->n_communes && w->communes[end].province == province; end++) {
            census += (double)w->communes[end].census;
            people += w->communes[end].people;
        }
        for (size_t i = 0; i < n; i++)
            listed += list[i].province == province ? list[i].cases : 0;
        double cap = listed > 0 ? fmin(1, HISTORY_SHARE * census / listed) : 0;
        double scale = w->s->imported * people / census * cap;
        if (from == 0) /* from the first week on the province has been looking for cases */
            bring(p, from, end, 0, FIRST);
        for (size_t i = 0; i < n; i++)
            if (list[i].province == province)
                bring(p, from, end, list[i].date.d - LAG - epi__date(w, 0).d,
                      about(w, province, list[i].date, list[i].cases * scale));
        for (int day = 0; listed == 0 && day < EPI__RUN - LAG; day++)
            bring(p, from, end, day, about(w, province, epi__date(w, day), people * SPARSE));
    }
}

static int by_day(const void *a, const void *b)
{
    const struct epi__arrival *x = a, *y = b;
    if (x->day != y->day)
        return x->day < y->day ? -1 : 1;
    return x->person < y->person ? -1 : x->person > y->person;
}

epi_status epi__arrivals_plan(struct epi__world *w, struct epi_err *reterr)
{
    struct daily *list = NULL;
    size_t n = 0;
    EPI_TRY(read_daily(w, &list, &n, reterr));
    uint64_t healthy = (uint64_t)(w->n_people * w->s->returnee_share);
    struct plan p = {.w = w,
                     .max =
                         (uint32_t)(healthy + (uint64_t)(w->n_people * HISTORY_SHARE)) + EPI__RUN,
                     .back = EPI_ARRAY(w->a, w->n_people, bool)};
    w->arrivals = EPI_ARRAY(w->a, p.max, struct epi__arrival);
    infected(&p, list, n);
    for (uint64_t i = 0; i < healthy; i++) {
        struct epi_rng r = epi__rng(w, "demo.arrival", i, 0);
        uint32_t person = epi__somebody(w, &r, 0, w->n_people, AGE_FROM, AGE_TO);
        add(&p, person, EPI__RUN - (int)epi_rng_below(&r, (uint64_t)w->s->returnee_days), false);
    }
    qsort(w->arrivals, w->n_arrivals, sizeof *w->arrivals, by_day);
    return EPI_OK;
}
