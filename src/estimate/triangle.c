// SPDX-License-Identifier: AGPL-3.0-or-later
/* Reporting triangles from tables of counts and from pairs of dates. */
#include "estimate/nowcast.h"
#include <math.h>

enum { ROWS_MAX = 20000, DELAY_GUESS_MAX = 60 };

static void at_row(struct epi_findings *f, epi_severity s, const char *code, size_t row,
                   const char *field, epi_str arg1)
{
    epi_finding_add(f, s, code, (uint32_t)(row + 1), epi_str_of(field), arg1, EPI_NIL);
}
static void whole(struct epi_findings *f, epi_severity s, const char *code, epi_str arg1)
{
    epi_finding_add(f, s, code, 0, EPI_NIL, arg1, EPI_NIL);
}
static epi_str number(struct epi_arena *a, double v)
{
    return epi_str_printf(a, "%.0f", v);
}
static epi_str day(struct epi_arena *a, double d)
{
    char text[16];
    return epi_str_dup(a, epi_str_of(epi_date_iso((epi_date){(int32_t)d}, text)));
}
static epi_status faulty(struct epi_err *reterr)
{
    return EPI_FAIL(reterr, EPI_INVALID, "estimate.table-faulty", "%s", "");
}

/* Room for n rows from the first on, all known cells 0. */
static epi_status make(struct epi_arena *a, size_t n, size_t delays, struct epi_triangle *ret,
                       struct epi_err *reterr)
{
    if (n == 0 || n > ROWS_MAX || delays > EPI_TRIANGLE_DELAYS_MAX)
        return EPI_FAIL(reterr, n == 0 ? EPI_INVALID : EPI_LIMIT, "estimate.triangle-size",
                        "%zu x %zu", n, delays);
    *ret = (struct epi_triangle){.n = n, .delays = delays, .start = EPI_DATE_UNKNOWN, .step = 1};
    ret->t0 = 1;
    ret->count = EPI_ARRAY(a, n * delays, double);
    for (size_t t = 0; t < n; t++)
        for (size_t d = epi_triangle_known(ret, t); d < delays; d++)
            ret->count[t * delays + d] = (double)NAN;
    return EPI_OK;
}

/* A report of row t with this delay, if it can be known by now. */
static void count(struct epi_triangle *g, size_t t, size_t d, double cases, bool drop_late)
{
    if (t + d >= g->n)
        return;
    if (d >= g->delays) {
        g->late += (size_t)cases;
        if (drop_late)
            return;
        d = g->delays - 1;
    }
    g->count[t * g->delays + d] += cases;
}

/* --- a table of counts ---------------------------------------------------------------------------
 */
struct line {
    double time;
    size_t row;
};
static int by_time(const void *x, const void *y)
{
    const struct line *a = x, *b = y;
    if (a->time != b->time)
        return a->time < b->time ? -1 : 1;
    return a->row < b->row ? -1 : a->row > b->row;
}

/* Rows in order of time, one step apart; 0 when they are not. */
static int sorted_lines(struct epi_arena *a, const double *times, size_t n, bool dated,
                        struct line *ret, struct epi_findings *findings)
{
    const char *field = dated ? "date" : "t";
    for (size_t i = 0; i < n; i++)
        ret[i] = (struct line){times[i], i};
    qsort(ret, n, sizeof *ret, by_time);
    double step = n > 1 ? ret[1].time - ret[0].time : 1;
    for (size_t i = 2; i < n; i++)
        if (ret[i].time - ret[i - 1].time < step)
            step = ret[i].time - ret[i - 1].time;
    bool ok = step == 1 || (dated && step == 7);
    for (size_t i = 1; i < n; i++) {
        double d = ret[i].time - ret[i - 1].time;
        epi_str when = dated ? day(a, ret[i].time) : number(a, ret[i].time);
        if (d == 0) {
            at_row(findings, EPI_ERROR, "estimate.day-twice", ret[i].row, field, when);
        } else if (ok && d != step) {
            epi_finding_add(
                findings, EPI_ERROR, "estimate.gap", (uint32_t)(ret[i].row + 1), epi_str_of(field),
                dated ? day(a, ret[i - 1].time + step) : number(a, ret[i - 1].time + step),
                dated ? day(a, ret[i].time - step) : number(a, ret[i].time - step));
            ok = false;
        }
        if (d == 0)
            ok = false;
    }
    if (!ok && step > 0 && step != 1 && step != 7)
        at_row(findings, EPI_ERROR, "estimate.step", ret[0].row, field, number(a, step));
    return ok ? (int)step : 0;
}

/* The columns d0, d1, ...: how many, and their numbers. */
static size_t delay_columns(struct epi_arena *a, const struct epi_frame *f, const double **ret,
                            bool *ret_ok, struct epi_findings *findings)
{
    size_t k = 0;
    *ret_ok = true;
    for (; k < EPI_TRIANGLE_DELAYS_MAX; k++) {
        epi_str name = epi_str_printf(a, "d%zu", k);
        if (!epi_frame_column(f, name.p))
            break;
        ret[k] = epi_frame_need(f, name.p, 0, 1e12, EPI_NEED_WHOLE | EPI_NEED_MAY_EMPTY, findings);
        *ret_ok = *ret_ok && ret[k];
    }
    return k;
}

/* Times of the rows: `date` when there, else `t`; `t0` by the row of the earliest. */
static const double *times_of(const struct epi_frame *f, bool *ret_dated, const double **ret_t,
                              struct epi_findings *findings)
{
    const struct epi_column *date = epi_frame_column(f, "date");
    *ret_t = epi_frame_numbers(f, "t");
    *ret_dated = date && (date->type == EPI_COL_DATE || !*ret_t);
    return *ret_dated ? epi_frame_need_dates(f, "date", 0, findings)
                      : epi_frame_need(f, "t", -1e9, 1e9, EPI_NEED_WHOLE, findings);
}

epi_status epi_triangle_read(struct epi_arena *a, const struct epi_frame *f,
                             const struct epi_triangle_options *o, struct epi_triangle *ret,
                             struct epi_findings *findings, struct epi_err *reterr)
{
    bool dated, ok;
    const double *t, *columns[EPI_TRIANGLE_DELAYS_MAX];
    const double *times = times_of(f, &dated, &t, findings);
    size_t width = delay_columns(a, f, columns, &ok, findings), n = f->rows;
    if (width == 0)
        epi_finding_add(findings, EPI_ERROR, "estimate.column-missing", 0, EPI_S("d0"), EPI_S("d0"),
                        EPI_NIL);
    if (!times || !ok || width == 0 || n == 0)
        return faulty(reterr);
    struct line *line = EPI_ARRAY(a, n, struct line);
    int step = sorted_lines(a, times, n, dated, line, findings);
    if (step == 0)
        return faulty(reterr);
    /* Rows until now: later ones are left out, missing ones have no reports yet. */
    double last = line[n - 1].time, end = last;
    if (dated && epi_date_known(o->now))
        end = last + step * floor(((double)o->now.d - last) / step);
    double rows = (end - line[0].time) / step + 1;
    if (rows < 1 || rows > ROWS_MAX)
        return EPI_FAIL(reterr, EPI_INVALID, "estimate.triangle-now", "%.0f", rows);
    if (end > last)
        whole(findings, EPI_WARNING, "estimate.triangle-rows-added",
              number(a, (end - last) / step));
    size_t all = (size_t)rows, skip = o->window && o->window < all ? all - o->window : 0;
    size_t delays = o->max_delay < width ? o->max_delay + 1 : width;
    EPI_TRY(make(a, all - skip, delays, ret, reterr));
    for (size_t i = skip; i < all && i < n; i++) {
        size_t row = line[i].row;
        for (size_t d = 0; d < width; d++) {
            double v = columns[d][row];
            bool known = i + d < all;
            epi_str name = epi_str_printf(a, "d%zu", d);
            if (known && isnan(v) && i + d >= n && end > last)
                v = 0; /* known only by the rows that were added */
            if (known && isnan(v)) {
                at_row(findings, EPI_ERROR, "estimate.cell-empty", row, name.p, EPI_NIL);
                ok = false;
            } else if (!known && v > 0 && end >= last) {
                at_row(findings, EPI_ERROR, "estimate.triangle-future", row, name.p, number(a, v));
                ok = false;
            } else if (known) {
                count(ret, i - skip, d, v, o->drop_late);
            }
        }
    }
    if (!ok)
        return faulty(reterr);
    ret->step = step;
    if (dated)
        ret->start = (epi_date){(int32_t)(line[0].time + (double)step * (double)skip)};
    ret->t0 = (t && !isnan(t[line[0].row]) ? t[line[0].row] : 1) + (double)skip;
    return EPI_OK;
}

/* --- a list of pairs of dates --------------------------------------------------------------------
 */
struct pairs {
    const double *onset, *report;
    size_t n;
    double now;
    int step;
};

/* Steps before now; a week is seven days that end on the day of `now`. */
static double steps_ago(const struct pairs *p, double date)
{
    return floor((p->now - date) / p->step);
}
/* Whether pair i counts: both days known, in order, and reported by now. */
static bool counts(const struct pairs *p, size_t i)
{
    return !isnan(p->onset[i]) && !isnan(p->report[i]) && p->onset[i] <= p->report[i] &&
           p->report[i] <= p->now;
}

/* The delay below which 99 % lie of those old enough to be complete, or of all when those are few.
 */
static size_t guess_delay(const struct pairs *p)
{
    size_t seen[2][DELAY_GUESS_MAX + 1] = {{0}}, n[2] = {0, 0};
    for (size_t i = 0; i < p->n; i++) {
        if (!counts(p, i))
            continue;
        double d = steps_ago(p, p->onset[i]) - steps_ago(p, p->report[i]);
        size_t k = d < DELAY_GUESS_MAX ? (size_t)d : DELAY_GUESS_MAX;
        bool old = steps_ago(p, p->onset[i]) >= DELAY_GUESS_MAX;
        seen[0][k]++;
        seen[1][k] += old;
        n[0]++;
        n[1] += old;
    }
    size_t which = n[1] >= 100, below = 0, k = 0;
    for (; k < DELAY_GUESS_MAX; k++) {
        below += seen[which][k];
        if ((double)below >= 0.99 * (double)n[which])
            break;
    }
    return k;
}

epi_status epi_triangle_of_dates(struct epi_arena *a, const double *onset, const double *report,
                                 size_t n, const struct epi_triangle_options *o,
                                 struct epi_triangle *ret, struct epi_findings *findings,
                                 struct epi_err *reterr)
{
    struct pairs p = {onset, report, n, -(double)INFINITY, o->step == 7 ? 7 : 1};
    for (size_t i = 0; i < n && !epi_date_known(o->now); i++) {
        p.now = onset[i] > p.now ? onset[i] : p.now;
        p.now = report[i] > p.now ? report[i] : p.now;
    }
    if (epi_date_known(o->now))
        p.now = (double)o->now.d;
    double rows = 0, ahead = 0, unknown = 0, open = 0;
    for (size_t i = 0; i < n; i++) {
        ahead += onset[i] > p.now;
        unknown += isnan(onset[i]);
        open += onset[i] <= p.now && !(report[i] <= p.now);
        if (report[i] < onset[i])
            at_row(findings, EPI_WARNING, "estimate.report-before-onset", i, "",
                   number(a, onset[i] - report[i]));
        else if (counts(&p, i) && steps_ago(&p, onset[i]) + 1 > rows)
            rows = steps_ago(&p, onset[i]) + 1;
    }
    if (ahead > 0)
        whole(findings, EPI_NOTE, "estimate.onset-after-now", number(a, ahead));
    if (unknown > 0)
        whole(findings, EPI_NOTE, "estimate.onset-unknown", number(a, unknown));
    if (open > 0)
        whole(findings, EPI_NOTE, "estimate.not-reported-yet", number(a, open));
    if (o->window && rows > (double)o->window)
        rows = (double)o->window;
    if (rows > ROWS_MAX)
        return EPI_FAIL(reterr, EPI_LIMIT, "estimate.triangle-size", "%.0f", rows);
    size_t delay = o->max_delay == SIZE_MAX ? guess_delay(&p) : o->max_delay;
    EPI_TRY(make(a, (size_t)rows, delay + 1, ret, reterr));
    for (size_t i = 0; i < n; i++) {
        double ago = counts(&p, i) ? steps_ago(&p, onset[i]) : rows;
        if (ago < rows)
            count(ret, (size_t)(rows - 1 - ago), (size_t)(ago - steps_ago(&p, report[i])), 1,
                  o->drop_late);
    }
    ret->step = p.step;
    ret->start = (epi_date){(int32_t)(p.now - p.step * (rows - 1))};
    return EPI_OK;
}
