// SPDX-License-Identifier: AGPL-3.0-or-later
/* The counts a scenario is fitted to: read from a table, checked against the society. */
#include "base/csv.h"
#include "scenario/scenario_internal.h"

struct columns {
    size_t date, cases, path; /* SIZE_MAX = none */
};
static size_t column(const struct epi_csv *c, const char *name)
{
    for (size_t i = 0; i < c->n; i++)
        if (epi_str_eqz(epi_str_trim(c->fields[i]), name))
            return i;
    return SIZE_MAX;
}
static epi_str cell(const struct epi_csv *c, size_t at)
{
    return at < c->n ? epi_str_trim(c->fields[at]) : EPI_NIL;
}
static size_t series_of(struct epi_arena *a, struct epi_observed *o, epi_str path)
{
    size_t i = 0;
    while (i < o->n && !epi_str_eq(o->path[i], path))
        i++;
    if (i == o->n && o->n < EPI_OBSERVED_MAX)
        o->path[o->n++] = epi_str_printf(a, "%.*s", EPI_FMT(path));
    return i;
}
static epi_date date_or(const char *text, int32_t otherwise)
{
    epi_date d = {otherwise};
    if (text[0])
        (void)epi_date_parse_iso(epi_str_of(text), &d);
    return d;
}
static void read_row(struct epi_arena *a, const struct epi_csv *c, const struct columns *at,
                     const struct epi_scenario *s, struct epi_observed *o, struct epi_findings *f)
{
    epi_date first = date_or(s->base.date, 0), day;
    double cases;
    uint32_t row = c->row - 1;
    epi_str date = cell(c, at->date), text = cell(c, at->cases);
    if (!epi_date_parse_iso(date, &day)) {
        epi_finding_add(f, EPI_ERROR, "calibrate.row-date", row, EPI_S("date"), date, EPI_NIL);
        return;
    }
    if (text.n == 0)
        return; /* nobody counted */
    if (!epi_str_to_f64(text, &cases) || !(cases >= 0) || cases != floor(cases)) {
        epi_finding_add(f, EPI_ERROR, "calibrate.row-cases", row, EPI_S("cases"), text, EPI_NIL);
        return;
    }
    size_t i = series_of(a, o, cell(c, at->path));
    if (i == EPI_OBSERVED_MAX) {
        epi_finding_add(f, EPI_ERROR, "calibrate.series-most", row, EPI_S("path"),
                        cell(c, at->path), epi_str_printf(a, "%d", EPI_OBSERVED_MAX));
        return;
    }
    int at_day = day.d - first.d;
    if (at_day < 0 || at_day >= o->days || day.d < date_or(s->calibrate.from, day.d).d ||
        day.d > date_or(s->calibrate.until, day.d).d)
        return;
    double *v = &o->cases[i * (size_t)o->days + (size_t)at_day];
    if (!isnan(*v))
        epi_finding_add(f, EPI_ERROR, "calibrate.row-twice", row, EPI_S("date"), date, EPI_NIL);
    *v = cases;
}
epi_status epi_observed_read(struct epi_arena *a, epi_str csv, const struct epi_scenario *s,
                             struct epi_observed *ret, struct epi_findings *findings,
                             struct epi_err *reterr)
{
    struct epi_csv c;
    size_t before = findings->counts[EPI_ERROR], all = EPI_OBSERVED_MAX * (size_t)s->days;
    epi_date first;
    if (!epi_date_parse_iso(epi_str_of(s->base.date), &first))
        return EPI_FAIL(reterr, EPI_INVALID, "scenario.date-needed", "%s", "base.date");
    *ret = (struct epi_observed){.days = s->days};
    ret->path = EPI_ARRAY(a, EPI_OBSERVED_MAX, epi_str);
    ret->cases = EPI_ARRAY(a, all, double);
    for (size_t i = 0; i < all; i++)
        ret->cases[i] = (double)NAN;
    epi_csv_init(&c, csv, epi_csv_guess_sep(csv));
    bool any = epi_csv_next(&c);
    struct columns at = {SIZE_MAX, SIZE_MAX, SIZE_MAX};
    if (any)
        at = (struct columns){column(&c, "date"), column(&c, "cases"), column(&c, "path")};
    if (at.date == SIZE_MAX || at.cases == SIZE_MAX)
        epi_finding_add(findings, EPI_ERROR, "calibrate.columns", 0, EPI_S("date"), EPI_NIL,
                        EPI_NIL);
    else
        while (epi_csv_next(&c))
            if (c.n > 1 || c.fields[0].n > 0)
                read_row(a, &c, &at, s, ret, findings);
    epi_csv_done(&c);
    if (findings->counts[EPI_ERROR] > before)
        return EPI_FAIL(reterr, EPI_INVALID, "calibrate.observed-refused", "%zu",
                        findings->counts[EPI_ERROR] - before);
    return EPI_OK;
}
static bool lives_there(const struct epi_society *s, epi_str path)
{
    for (uint32_t p = 0; p < s->places_n; p++)
        if (epi_str_starts(s->places[p].path, path) && s->place_first[p + 1] > s->place_first[p])
            return true;
    return false;
}
epi_status epi_observed_check(const struct epi_observed *o, const struct epi_society *society,
                              struct epi_findings *findings, struct epi_err *reterr)
{
    size_t before = findings->counts[EPI_ERROR];
    if (o->n == 0)
        epi_finding_add(findings, EPI_ERROR, "calibrate.no-counts", 0, EPI_S("cases"), EPI_NIL,
                        EPI_NIL);
    for (size_t i = 0; i < o->n; i++) {
        int known = 0;
        double sum = 0;
        for (int day = 0; day < o->days; day++) {
            double v = o->cases[i * (size_t)o->days + (size_t)day];
            known += !isnan(v);
            sum += isnan(v) ? 0 : v;
        }
        if (known < EPI_OBSERVED_LEAST)
            epi_finding_add(findings, EPI_ERROR, "calibrate.too-short", 0, EPI_S("cases"),
                            epi_str_printf(findings->a, "%d", known),
                            epi_str_printf(findings->a, "%d", EPI_OBSERVED_LEAST));
        else if (!(sum > 0))
            epi_finding_add(findings, EPI_ERROR, "calibrate.no-cases", 0, EPI_S("cases"),
                            o->path[i], EPI_NIL);
        if (!lives_there(society, o->path[i]))
            epi_finding_add(findings, EPI_ERROR, "calibrate.no-place", 0, EPI_S("path"), o->path[i],
                            EPI_NIL);
    }
    if (findings->counts[EPI_ERROR] > before)
        return EPI_FAIL(reterr, EPI_INVALID, "calibrate.observed-refused", "%zu",
                        findings->counts[EPI_ERROR] - before);
    return EPI_OK;
}
