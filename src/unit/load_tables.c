// SPDX-License-Identifier: AGPL-3.0-or-later
#include "unit/unit_internal.h"
#include <math.h>
#include <stdlib.h>

/* The unit of a row, or -1 with a finding. Rows usually follow the order of the units, hence
 * `near`. */
static int32_t unit_of(const struct epi_units *u, struct epi__table *t, size_t column, int32_t near)
{
    epi_str path = epi__table_cell(t, column);
    for (int32_t i = near + 1; i <= near + 2 && i < u->n; i++)
        if (i >= 0 && epi_str_eq(u->u[i].path, path))
            return i;
    int32_t unit = path.n && path.p[path.n - 1] == '/' ? epi_units_by_path(u, path) : -1;
    if (unit < 0)
        epi__table_finding(t, "unit.unknown-path", column, path);
    return unit;
}

/* --- people and households
 * ---------------------------------------------------------------------------- */

enum { P_PATH, P_POPULATION, P_HOUSEHOLDS, P_SIZES };
static const char *const population_columns[] = {"path",   "population", "households", "size_1",
                                                 "size_2", "size_3",     "size_4",     "size_5",
                                                 "size_6", "size_7plus"};

epi_status epi__population_read(struct epi_units *u, const struct epi_fs *fs, epi_str file,
                                struct epi_findings *f, struct epi_err *reterr)
{
    struct epi__table t;
    EPI_TRY(epi__table_open(&t, u->a, fs, u->dir, file, population_columns,
                            EPI_COUNT(population_columns), f, reterr));
    u->sizes = EPI_ARRAY(u->a, (t.rows_max + 1) * EPI__SIZES, int64_t);
    int32_t rows = 0, at = -1;
    while (epi__table_next(&t)) {
        int32_t unit = unit_of(u, &t, P_PATH, at);
        if (unit < 0)
            continue;
        at = unit;
        struct epi_unit *e = &u->u[unit];
        if (e->population >= 0 || u->size_row[unit] >= 0)
            epi__table_finding(&t, "unit.duplicate-row", P_PATH, e->path);
        e->population = epi__table_int(&t, P_POPULATION);
        int64_t households = epi__table_int(&t, P_HOUSEHOLDS), sum = 0;
        if (households > INT32_MAX) {
            epi__table_finding(&t, "unit.bad-number", P_HOUSEHOLDS,
                               epi__table_cell(&t, P_HOUSEHOLDS));
            households = -1;
        }
        e->households = (int32_t)households;
        bool known = true;
        for (size_t k = 0; k < EPI__SIZES; k++) {
            int64_t v = epi__table_int(&t, P_SIZES + k);
            u->sizes[(size_t)rows * EPI__SIZES + k] = v;
            known = known && v >= 0;
            sum += v;
        }
        if (known && sum > 0)
            u->size_row[unit] = rows++;
    }
    epi__table_done(&t);
    return EPI_OK;
}

/* --- ages
 * --------------------------------------------------------------------------------------------- */

static const char *const age_columns[] = {"path", "source", "a0",  "a5",  "a10", "a15", "a20",
                                          "a25",  "a30",    "a35", "a40", "a45", "a50", "a55",
                                          "a60",  "a65",    "a70", "a75", "a80", "a85"};

epi_status epi__ages_read(struct epi_units *u, const struct epi_fs *fs, epi_str file,
                          struct epi_findings *f, struct epi_err *reterr)
{
    struct epi__table t;
    EPI_TRY(epi__table_open(&t, u->a, fs, u->dir, file, age_columns, EPI_COUNT(age_columns), f,
                            reterr));
    u->ages = EPI_ARRAY(u->a, (t.rows_max + 1) * EPI_AGE_BANDS, int64_t);
    int32_t rows = 0, at = -1;
    while (epi__table_next(&t)) {
        int32_t unit = unit_of(u, &t, 0, at);
        if (unit < 0)
            continue;
        at = unit;
        struct epi_unit *e = &u->u[unit];
        if (e->ages >= 0)
            epi__table_finding(&t, "unit.duplicate-row", 0, e->path);
        int64_t *row = &u->ages[(size_t)rows * EPI_AGE_BANDS], sum = 0;
        bool known = true;
        for (size_t k = 0; k < EPI_AGE_BANDS; k++) {
            row[k] = epi__table_int(&t, 2 + k);
            known = known && row[k] >= 0;
            sum += row[k];
        }
        if (!known)
            continue;
        if (e->population >= 0 && sum != e->population)
            epi__table_finding(&t, "unit.ages-sum", 0, e->path);
        e->ages = rows++;
    }
    epi__table_done(&t);
    return EPI_OK;
}

/* --- what became what
 * ---------------------------------------------------------------------------------- */

static int by_from(const void *a, const void *b)
{
    const struct epi__edge *x = a, *y = b;
    if (x->from != y->from)
        return x->from < y->from ? -1 : 1;
    return (x->share < y->share) - (x->share > y->share);
}

static int by_to(const void *a, const void *b)
{
    const struct epi__edge *x = a, *y = b;
    if (x->to != y->to)
        return x->to < y->to ? -1 : 1;
    return (x->from > y->from) - (x->from < y->from);
}

/* Rows in the order of their units need no sort, which also keeps the file's order among equal
 * shares. */
static void sort_edges(struct epi_units *u)
{
    bool sorted = true;
    for (size_t i = 1; i < u->n_edges; i++)
        sorted = sorted && by_from(&u->out[i - 1], &u->out[i]) <= 0;
    if (!sorted)
        qsort(u->out, u->n_edges, sizeof *u->out, by_from);
    u->in = EPI_ARRAY(u->a, u->n_edges + 1, struct epi__edge);
    if (u->n_edges)
        memcpy(u->in, u->out, u->n_edges * sizeof *u->in);
    qsort(u->in, u->n_edges, sizeof *u->in, by_to);
}

epi_status epi__mapping_read(struct epi_units *u, const struct epi_fs *fs, epi_str file,
                             struct epi_findings *f, struct epi_err *reterr)
{
    static const char *const columns[] = {"from", "to", "share"};
    struct epi__table t;
    EPI_TRY(epi__table_open(&t, u->a, fs, u->dir, file, columns, EPI_COUNT(columns), f, reterr));
    u->out = EPI_ARRAY(u->a, t.rows_max + 1, struct epi__edge);
    int32_t at = -1;
    while (epi__table_next(&t)) {
        struct epi__edge e = {unit_of(u, &t, 0, at), unit_of(u, &t, 1, -1), epi__table_real(&t, 2)};
        at = e.from;
        if (!(e.share > 0 && e.share <= 1))
            epi__table_finding(&t, "unit.bad-number", 2, epi__table_cell(&t, 2));
        else if (e.from >= 0 && e.to >= 0)
            u->out[u->n_edges++] = e;
    }
    epi__table_done(&t);
    sort_edges(u);
    for (size_t i = 0, next; i < u->n_edges; i = next) {
        double sum = 0;
        for (next = i; next < u->n_edges && u->out[next].from == u->out[i].from; next++)
            sum += u->out[next].share;
        if (fabs(sum - 1) > 1e-3) /* shares are written with six digits */
            epi_finding_add(f, EPI_ERROR, "unit.share-sum", 0, file, u->u[u->out[i].from].path,
                            epi_str_printf(u->a, "%.4g", sum));
    }
    return EPI_OK;
}
