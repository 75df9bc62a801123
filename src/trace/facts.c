// SPDX-License-Identifier: AGPL-3.0-or-later
#include "trace/trace_internal.h"
#include <math.h>

static int days_between(epi_date from, epi_date to)
{
    return epi_date_known(from) && epi_date_known(to) ? epi_date_minus(to, from).n : -1;
}

/* Completed calendar months: from 31 January to 28 February none has passed. */
static int months_between(epi_date from, epi_date to)
{
    if (!epi_date_known(from) || !epi_date_known(to) || to.d < from.d)
        return -1;
    int y1, m1, d1, y2, m2, d2;
    epi_date_split(from, &y1, &m1, &d1);
    epi_date_split(to, &y2, &m2, &d2);
    return (y2 - y1) * 12 + (m2 - m1) - (d2 < d1);
}

static void add_doses(const struct epi_picture *p, const struct epi_trace_options *o,
                      epi_date exposed, struct epi_trace_facts *f)
{
    size_t n;
    const struct epi_pic_dose *d = epi_picture_doses_of(p, f->person, &n);
    int8_t completed = 0;
    f->last_dose = EPI_DATE_UNKNOWN;
    for (size_t i = 0; i < n; i++) {
        if (!epi_date_known(d[i].given) || d[i].given.d + o->dose_lag.n > exposed.d)
            continue;
        f->doses++;
        f->last_dose = d[i].given;
        if (d[i].completes == 1)
            completed = 1;
        else if (d[i].completes < 0 && completed == 0)
            completed = -1;
    }
    f->completed = completed;
    f->days_since_dose = days_between(f->last_dose, exposed);
    f->months_since_dose = months_between(f->last_dose, exposed);
}

static void add_recovery(const struct epi_picture *p, struct epi_trace_words words,
                         epi_date exposed, struct epi_trace_facts *f)
{
    const struct epi_pic_case *cases;
    epi_picture_cases(p, &cases);
    size_t n;
    const uint32_t *own = epi_picture_cases_of_person(p, f->person, &n);
    f->recovered = EPI_DATE_UNKNOWN;
    for (size_t i = 0; i < n; i++) {
        const struct epi_pic_case *c = &cases[own[i]];
        bool recovered = words.recovered != EPI_NO_WORD && c->outcome == words.recovered;
        if (recovered && !epi__is_discarded(words, c) && epi_date_known(c->outcome_date) &&
            c->outcome_date.d <= exposed.d && c->outcome_date.d > f->recovered.d)
            f->recovered = c->outcome_date;
    }
    f->days_since_recovered = days_between(f->recovered, exposed);
    f->months_since_recovered = months_between(f->recovered, exposed);
}

static void add_exposures(const struct epi_trace_result *r, const struct epi_trace_person *who,
                          struct epi_trace_facts *f)
{
    f->minutes = -1;
    f->distance = NAN;
    f->masked = -1;
    for (uint32_t i = 0; i < who->n_evidence; i++) {
        const struct epi_trace_edge *e = &r->edges[r->evidence[who->evidence + i]];
        if (e->minutes > f->minutes)
            f->minutes = e->minutes;
        if (!isnan(e->distance) && (isnan(f->distance) || e->distance < f->distance))
            f->distance = e->distance;
        if (e->masked >= 0 && f->masked != 0)
            f->masked = e->masked;
        f->household |= e->how == EPI_TRACE_HOUSEHOLD;
        f->undated |= e->undated;
    }
}

void epi_trace_facts_of(const struct epi_picture *p, const struct epi_trace_options *o,
                        const struct epi_trace_result *r, size_t i, struct epi_trace_facts *ret)
{
    const struct epi_trace_person *who = &r->people[i];
    const struct epi_trace_edge *e = &r->edges[who->edge];
    const struct epi_pic_person *people;
    epi_picture_people(p, &people);
    epi_date today = epi_picture_as_of(p);
    struct epi_trace_facts f = {.person = who->person,
                                .ring = who->ring,
                                .first = epi__first_day(p, who->first),
                                .last = epi__last_day(p, who->last),
                                .how = e->how,
                                .setting = e->setting,
                                .verify = who->verify,
                                .is_case = who->cas != EPI_NO_INDEX};
    f.days_since_last = days_between(f.last, today);
    f.age = epi_date_age(people[who->person].birth, today);
    add_exposures(r, who, &f);
    /* Protection is judged at the first exposure: what came later cannot have prevented it. */
    epi_date exposed = epi_date_known(f.first) ? f.first : epi_date_known(f.last) ? f.last : today;
    add_doses(p, o, exposed, &f);
    add_recovery(p, o->words, exposed, &f);
    *ret = f;
}
