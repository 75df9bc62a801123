// SPDX-License-Identifier: AGPL-3.0-or-later
#include "estimate/series.h"
#include <stdlib.h>

/* Of one series: a wrong date must not ask for the memory of ages. */
#define POINTS_MAX 1000000.0
#define POINTS_PER_ROW 100.0 /* and no series has more, past the first thousands */

struct point {
    double time;
    size_t row;
};

static int by_time(const void *x, const void *y)
{
    const struct point *a = x, *b = y;
    if (a->time != b->time)
        return a->time < b->time ? -1 : 1;
    return a->row < b->row ? -1 : a->row > b->row;
}

/* The first of "a|b" that is there, else the first. */
static const char *count_column(struct epi_arena *a, const struct epi_frame *f, const char *names)
{
    epi_str part, rest = epi_str_of(names);
    const char *first = NULL;
    while (epi_str_split(&rest, '|', &part)) {
        const char *name = epi_str_cz(a, part);
        if (epi_frame_column(f, name))
            return name;
        first = first ? first : name;
    }
    return first;
}

static void at_row(struct epi_findings *findings, const char *code, size_t row, const char *field,
                   epi_str arg1, epi_str arg2)
{
    epi_finding_add(findings, EPI_ERROR, code, (uint32_t)(row + 1), epi_str_of(field), arg1, arg2);
}

/* Times as people read them. */
static epi_str time_text(struct epi_arena *a, bool dated, double time)
{
    char day[16];
    if (dated)
        return epi_str_dup(a, epi_str_of(epi_date_iso((epi_date){(int32_t)time}, day)));
    return epi_str_printf(a, "%.0f", time);
}

/* The step of sorted times: the least difference; 0 when it is no day or week, or times repeat. */
static int step_of(struct epi_arena *a, const struct point *p, size_t n, bool dated,
                   const char *field, struct epi_findings *findings)
{
    double step = n > 1 ? (double)INFINITY : 1;
    bool twice = false;
    for (size_t i = 1; i < n; i++) {
        double d = p[i].time - p[i - 1].time;
        if (d == 0) {
            at_row(findings, "estimate.day-twice", p[i].row, field, time_text(a, dated, p[i].time),
                   EPI_NIL);
            twice = true;
        } else if (d < step) {
            step = d;
        }
    }
    if (twice)
        return 0;
    if (!dated && step > 1 && n > 1)
        step = 1; /* t counts points; a hole is a hole */
    if (step != 1 && step != 7) {
        at_row(findings, "estimate.step", p[n > 1].row, field, epi_str_printf(a, "%.0f", step),
               EPI_NIL);
        return 0;
    }
    return (int)step;
}

/* Dates that leave out days in a daily series are holes; a weekly series must keep its weekday. */
static bool holes(struct epi_arena *a, const struct point *p, size_t n, bool dated, int step,
                  unsigned flags, const char *field, struct epi_findings *findings)
{
    bool ok = true;
    for (size_t i = 1; i < n; i++) {
        double d = p[i].time - p[i - 1].time;
        if (fmod(d, step) != 0) {
            at_row(findings, "estimate.step-changes", p[i].row, field,
                   time_text(a, dated, p[i].time), epi_str_printf(a, "%d", step));
            ok = false;
        } else if (d > step && !(flags & (EPI_SERIES_GAPS_ARE_ZERO | EPI_SERIES_GAPS_ARE_EMPTY))) {
            at_row(findings, "estimate.gap", p[i].row, field,
                   time_text(a, dated, p[i - 1].time + step),
                   time_text(a, dated, p[i].time - step));
            ok = false;
        }
    }
    return ok;
}

/* Whether the column's steps are all one day or all one week. */
static bool even(struct epi_arena *a, const struct epi_column *c, size_t n)
{
    struct point *p = EPI_ARRAY(a, n + 1, struct point);
    for (size_t i = 0; i < n; i++) {
        if (!c->v || isnan(c->v[i]))
            return false;
        p[i] = (struct point){c->v[i], i};
    }
    qsort(p, n, sizeof *p, by_time);
    for (size_t i = 1; i < n; i++) {
        double d = p[i].time - p[i - 1].time;
        if (d != p[1].time - p[0].time || (d != 1 && d != 7))
            return false;
    }
    return true;
}

/* Splits cases into those imported and the others. */
static void split_imported(struct epi_series *s, double *cases, const double *imported, bool local)
{
    s->imported_within = !local;
    for (size_t i = 0; i < s->n && s->imported_within; i++)
        s->imported_within = !(imported[i] > cases[i]);
    for (size_t i = 0; i < s->n && s->imported_within; i++)
        cases[i] -= imported[i];
    s->imported = imported;
}

static double *spread(struct epi_arena *a, const struct epi_series *s, const double *column,
                      unsigned flags)
{
    double *v = EPI_ARRAY(a, s->n + 1, double);
    double gap = flags & EPI_SERIES_GAPS_ARE_ZERO ? 0 : (double)NAN;
    for (size_t i = 0; i < s->n; i++)
        v[i] = s->rows[i] == SIZE_MAX ? gap : column[s->rows[i]];
    return v;
}

epi_status epi_series_read(struct epi_arena *a, const struct epi_frame *f, unsigned flags,
                           struct epi_series *ret, struct epi_findings *findings,
                           struct epi_err *reterr)
{
    return epi_series_read_of(a, f, "cases|count|incidence|local", flags, ret, findings, reterr);
}

epi_status epi_series_read_of(struct epi_arena *a, const struct epi_frame *f, const char *names,
                              unsigned flags, struct epi_series *ret, struct epi_findings *findings,
                              struct epi_err *reterr)
{
    const struct epi_column *date = epi_frame_column(f, "date");
    const struct epi_column *index = epi_frame_column(f, "t");
    bool dated = date && (date->type == EPI_COL_DATE || !index);
    if (dated && index && index->type == EPI_COL_NUMBER && even(a, index, f->rows) &&
        !even(a, date, f->rows)) {
        epi_finding_add(findings, EPI_WARNING, "estimate.dates-uneven", 0, EPI_S("date"), EPI_NIL,
                        EPI_NIL);
        dated = false;
    }
    const char *field = dated ? "date" : "t", *counts = count_column(a, f, names);
    unsigned need = (flags & EPI_SERIES_FRACTIONS ? 0 : EPI_NEED_WHOLE) |
                    (flags & EPI_SERIES_MAY_EMPTY ? EPI_NEED_MAY_EMPTY : 0);
    const double *times = dated ? epi_frame_need_dates(f, field, 0, findings)
                                : epi_frame_need(f, field, -1e9, 1e9, EPI_NEED_WHOLE, findings);
    const double *cases = epi_frame_need(f, counts, 0, 1e12, need, findings);
    const double *imported = NULL;
    if (epi_frame_column(f, "imported"))
        imported = epi_frame_need(f, "imported", 0, 1e12, need, findings);
    if (f->rows == 0)
        return EPI_FAIL(reterr, EPI_INVALID, "estimate.no-rows", "%s", "");
    bool ok = times && cases && (imported || !epi_frame_column(f, "imported"));
    struct epi_series s = {.start = EPI_DATE_UNKNOWN, .step = 1, .t0 = 1};
    if (times) {
        struct point *p = EPI_ARRAY(a, f->rows, struct point);
        for (size_t i = 0; i < f->rows; i++)
            p[i] = (struct point){times[i], i};
        qsort(p, f->rows, sizeof *p, by_time);
        s.step = step_of(a, p, f->rows, dated, field, findings);
        ok = s.step > 0 && holes(a, p, f->rows, dated, s.step, flags, field, findings) && ok;
        double span = p[f->rows - 1].time - p[0].time;
        if (ok && span / s.step >= fmin(POINTS_MAX, 10000 + POINTS_PER_ROW * (double)f->rows))
            return EPI_FAIL(reterr, EPI_LIMIT, "estimate.too-large", "%.0f", span);
        if (ok) {
            s.n = (size_t)(span / s.step) + 1;
            size_t *rows = EPI_ARRAY(a, s.n, size_t);
            for (size_t i = 0; i < s.n; i++)
                rows[i] = SIZE_MAX;
            for (size_t i = 0; i < f->rows; i++)
                rows[(size_t)((p[i].time - p[0].time) / s.step)] = p[i].row;
            s.rows = rows;
            if (dated)
                s.start = (epi_date){(int32_t)p[0].time};
            else
                s.t0 = p[0].time;
            if (dated && index && index->type == EPI_COL_NUMBER && even(a, index, f->rows))
                s.t0 = index->v[p[0].row];
        }
    }
    if (!ok)
        return EPI_FAIL(reterr, EPI_INVALID, "estimate.series-faulty", "%s", "");
    double *all = spread(a, &s, cases, flags);
    s.cases = all;
    if (imported)
        split_imported(&s, all, spread(a, &s, imported, flags), strcmp(counts, "local") == 0);
    *ret = s;
    return EPI_OK;
}
