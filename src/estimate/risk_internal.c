// SPDX-License-Identifier: AGPL-3.0-or-later
#include "estimate/risk_internal.h"

epi_str epi__row_label(struct epi_estimate_run *r, const struct epi_frame *f, const char *column,
                       size_t row)
{
    const struct epi_column *c = column ? epi_frame_column(f, column) : NULL;
    if (c && c->words)
        return c->words[row];
    return epi_str_printf(r->a, "%.12g", c && c->v ? c->v[row] : (double)(row + 1));
}

const char *epi__column_of(struct epi_estimate_run *r, const struct epi_frame *f, const char *names)
{
    epi_str part, rest = epi_str_of(names);
    const char *first = NULL;
    while (epi_str_split(&rest, '|', &part)) {
        const char *name = epi_str_cz(r->a, part);
        if (epi_frame_column(f, name))
            return name;
        first = first ? first : name;
    }
    return first;
}

epi_status epi__few_points(struct epi_estimate_run *r)
{
    if (r->series.n > EPI__POINTS_MAX)
        return EPI_FAIL(r->err, EPI_LIMIT, "estimate.too-large", "%zu", r->series.n);
    return EPI_OK;
}

void epi__time_columns(struct epi_estimate_run *r, struct epi_frame *f)
{
    double *t = epi_frame_add(r->a, f, "t"), *date = NULL;
    if (epi_date_known(r->series.start))
        date = epi_frame_add_date(r->a, f, "date");
    for (size_t i = 0; i < f->rows; i++) {
        t[i] = r->series.t0 + (double)i;
        if (date)
            date[i] = epi_series_date(&r->series, i);
    }
}

const double *epi__series_column(struct epi_estimate_run *r, const char *name, unsigned flags)
{
    const double *column = epi_frame_need(&r->input, name, 0, 1e12, flags, r->findings);
    if (!column)
        return NULL;
    double *v = EPI_ARRAY(r->a, r->series.n + 1, double);
    for (size_t i = 0; i < r->series.n; i++)
        v[i] = r->series.rows[i] == SIZE_MAX ? 0 : column[r->series.rows[i]];
    return v;
}

struct epi__ci_columns epi__ci_columns(struct epi_estimate_run *r, struct epi_frame *f,
                                       const char *name)
{
    static const char *const bare[] = {"estimate", "low", "high"};
    const char *names[3];
    for (int i = 0; i < 3; i++)
        names[i] = name[0] ? epi_str_cz(r->a, epi_str_printf(r->a, "%s%s%s", name, i ? "_" : "",
                                                             i ? bare[i] : ""))
                           : bare[i];
    double *est = epi_frame_add(r->a, f, names[0]), *lo = epi_frame_add(r->a, f, names[1]);
    return (struct epi__ci_columns){est, lo, epi_frame_add(r->a, f, names[2])};
}
