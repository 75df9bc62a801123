// SPDX-License-Identifier: AGPL-3.0-or-later
/* Which points of the past a count is compared with. */
#include "estimate/signal_internal.h"

size_t epi_signal_fill(double *count, size_t n, enum epi_signal_missing how, bool *ret_filled)
{
    size_t filled = 0, before = SIZE_MAX; /* the last known point */
    for (size_t i = 0; i < n; i++) {
        if (ret_filled)
            ret_filled[i] = false;
        if (!isnan(count[i])) {
            before = i;
            continue;
        }
        if (how == EPI_MISSING_SKIP)
            continue;
        size_t after = i + 1;
        while (after < n && isnan(count[after]))
            after++;
        bool inside = before != SIZE_MAX && after < n;
        for (size_t end = after; i < end; i++) {
            if (ret_filled)
                ret_filled[i] = how == EPI_MISSING_ZERO || inside;
            if (how == EPI_MISSING_ZERO)
                count[i] = 0;
            else if (inside)
                count[i] = count[before] + (count[after] - count[before]) * (double)(i - before) /
                                               (double)(after - before);
            else
                continue;
            filled++;
        }
        i--;
    }
    return filled;
}

size_t epi_signal_year_back(const struct epi_series *s, size_t at, unsigned k, unsigned frequency)
{
    if (!epi_date_known(s->start)) {
        size_t back = (size_t)k * frequency;
        return back <= at ? at - back : SIZE_MAX;
    }
    int year, month, day, step = s->step;
    epi_date_split((epi_date){s->start.d + step * (int32_t)at}, &year, &month, &day);
    if (year <= (int)k)
        return SIZE_MAX;
    epi_date then = epi_date_ymd(year - (int)k, month, day);
    if (!epi_date_known(then)) /* 29 February */
        then = epi_date_ymd(year - (int)k, 3, 1);
    int32_t days = then.d - s->start.d;
    /* Points lie `step` days apart, so the nearest one is at most half a step away. */
    int32_t shifted = days + step / 2;
    return shifted >= 0 ? (size_t)(shifted / step) : SIZE_MAX;
}

/* Adds [from, to) as far as it lies before `end`. */
static void add_run(struct epi__run *runs, size_t *n, size_t from, size_t to, size_t end,
                    size_t level)
{
    if (to > end)
        to = end;
    if (from < to)
        runs[(*n)++] = (struct epi__run){(uint32_t)from, (uint32_t)to, (uint32_t)level};
}

/* The first point of a window, cut at the start of the series. */
static size_t window_from(size_t centre, size_t w)
{
    return centre > w ? centre - w : 0;
}

/* Noufaily et al. 2013: the window around each date is one level; the points between two
 * windows are cut, oldest first, into periods - 1 blocks as equal as can be, the longer ones
 * first. */
void epi__plan_farrington(struct epi_arena *a, const struct epi_farrington_options *o,
                          const struct epi_series *s, size_t at, struct epi__plan *ret)
{
    size_t w = o->half_window, blocks = o->periods - 1, n = 0;
    size_t left_out = o->original ? w : o->left_out;
    size_t end = at > left_out ? at - left_out : 0; /* first point left out */
    *ret = (struct epi__plan){.at = at, .levels = o->periods};
    size_t oldest = epi_signal_year_back(s, at, o->years, o->frequency);
    if (oldest == SIZE_MAX)
        return;
    struct epi__run *runs = EPI_ARRAY(a, (o->years + 1) * (size_t)o->periods, struct epi__run);
    size_t centre = oldest;
    for (unsigned k = o->years;; k--) {
        add_run(runs, &n, window_from(centre, w), centre + w + 1, end, blocks);
        if (k == 0)
            break;
        size_t next = epi_signal_year_back(s, at, k - 1, o->frequency);
        size_t from = centre + w + 1, gap = next > from + w ? next - w - from : 0;
        for (size_t b = 0; b < blocks; b++) {
            size_t len = gap / blocks + (b < gap % blocks);
            add_run(runs, &n, from, from + len, end, b);
            from += len;
        }
        centre = next;
    }
    ret->runs = runs;
    ret->n = n;
}

void epi__plan_windows(struct epi_arena *a, const struct epi_window_options *o,
                       const struct epi_series *s, size_t at, struct epi__plan *ret)
{
    size_t w = o->half_window, n = 0;
    *ret = (struct epi__plan){.at = at, .levels = 1};
    size_t oldest = epi_signal_year_back(s, at, o->years, o->frequency);
    if (oldest == SIZE_MAX || (o->this_year && at < w))
        return;
    struct epi__run *runs = EPI_ARRAY(a, o->years + 1, struct epi__run);
    for (unsigned k = o->years; k > 0; k--) {
        size_t centre = epi_signal_year_back(s, at, k, o->frequency);
        add_run(runs, &n, window_from(centre, w), centre + w + 1, at, 0);
    }
    if (o->this_year)
        add_run(runs, &n, at - w, at, at, 0);
    ret->runs = runs;
    ret->n = n;
}
