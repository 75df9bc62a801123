// SPDX-License-Identifier: AGPL-3.0-or-later
#include "unit/unit_internal.h"

size_t epi_units_children(const struct epi_units *u, int32_t parent, epi_date on, int32_t *out,
                          size_t max)
{
    size_t n = 0;
    if (parent < 0 || parent >= u->n)
        return 0;
    for (int32_t i = u->u[parent].first; i < u->u[parent].last; i = u->u[i].last) {
        if (!epi_unit_valid_on(&u->u[i], on))
            continue;
        if (n < max)
            out[n] = i;
        n++;
    }
    return n;
}

/* First edge of a unit in a sorted list of edges; `from` chooses which end is the key. */
static size_t first_edge(const struct epi_units *u, int32_t unit, bool from)
{
    size_t lo = 0, hi = u->n_edges;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        int32_t key = from ? u->out[mid].from : u->in[mid].to;
        if (key < unit)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

static int32_t next_later(const struct epi_units *u, int32_t unit)
{
    size_t i = first_edge(u, unit, true);
    return i < u->n_edges && u->out[i].from == unit ? u->out[i].to : -1;
}

/* The unit that gave most people; where nobody was counted, the first. */
static int32_t next_earlier(const struct epi_units *u, int32_t unit)
{
    int32_t best = -1;
    double most = -1;
    uint8_t level = u->u[unit].level;
    for (size_t i = first_edge(u, unit, false); i < u->n_edges && u->in[i].to == unit; i++) {
        const struct epi_unit *old = &u->u[u->in[i].from];
        double people = old->population > 0 ? u->in[i].share * (double)old->population : 0;
        if (best >= 0 && old->level != level && u->u[best].level == level)
            continue; /* a unit of the same level says more than the districts it contained */
        if (people > most || (best >= 0 && u->u[best].level != level && old->level == level)) {
            best = u->in[i].from;
            most = people;
        }
    }
    return best;
}

int32_t epi_units_successor(const struct epi_units *u, int32_t unit, epi_date on)
{
    if (unit < 0 || unit >= u->n)
        return -1;
    /* Each step moves to another tree; more steps than trees would mean a circle in the data. */
    for (int step = 0; unit >= 0 && step < 16; step++) {
        const struct epi_unit *e = &u->u[unit];
        if (epi_unit_valid_on(e, on))
            return unit;
        unit =
            epi_date_known(e->to) && on.d >= e->to.d ? next_later(u, unit) : next_earlier(u, unit);
    }
    return -1;
}

/* All edges of `unit` on one side lead into the descendants of `top`, and there is at least one. */
static bool wholly_inside(const struct epi_units *u, int32_t unit, int32_t top, bool from)
{
    size_t i = first_edge(u, unit, from), n = 0;
    for (; i < u->n_edges; i++, n++) {
        const struct epi__edge *e = from ? &u->out[i] : &u->in[i];
        if ((from ? e->from : e->to) != unit)
            break;
        if (!epi__within(u, from ? e->to : e->from, top))
            return false;
    }
    return n > 0;
}

static int by_index(const void *a, const void *b)
{
    int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return (x > y) - (x < y);
}

size_t epi_units_prefixes(const struct epi_units *u, int32_t unit, epi_str *out, size_t max)
{
    if (unit < 0 || unit >= u->n)
        return 0;
    EPI_ARENA_LOCAL(a);
    int32_t *found = EPI_ARRAY(a, u->n_edges * 2 + 1, int32_t);
    size_t n = 0, kept = 0;
    for (size_t i = 0; i < u->n_edges; i++) {
        const struct epi__edge *e = &u->out[i];
        bool from_in = epi__within(u, e->from, unit), to_in = epi__within(u, e->to, unit);
        if (from_in && !to_in && wholly_inside(u, e->to, unit, false))
            found[n++] = e->to;
        else if (to_in && !from_in && wholly_inside(u, e->from, unit, true))
            found[n++] = e->from;
    }
    qsort(found, n, sizeof *found, by_index);
    if (max > 0)
        out[0] = u->u[unit].path;
    kept = 1;
    for (size_t i = 0, last = SIZE_MAX; i < n; i++) {
        if (last != SIZE_MAX && epi__within(u, found[i], found[last]))
            continue;
        last = i;
        if (kept < max)
            out[kept] = u->u[found[i]].path;
        kept++;
    }
    return kept;
}
