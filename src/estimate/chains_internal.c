// SPDX-License-Identifier: AGPL-3.0-or-later
#include "estimate/chains_internal.h"
#include "estimate/risk_internal.h"

const epi_str *epi__names(struct epi_estimate_run *r, const struct epi_frame *f,
                          const char *columns)
{
    return epi_frame_need_words(f, epi__column_of(r, f, columns), r->findings);
}

bool epi__names_once(struct epi_estimate_run *r, const epi_str *names, size_t n, const char *column,
                     struct epi__ids *ids)
{
    bool ok = true;
    for (size_t i = 0; i < n; i++) {
        size_t before = ids->n;
        (void)epi__ids_put(ids, names[i]);
        if (ids->n > before)
            continue;
        epi_finding_add(r->findings, EPI_ERROR, "estimate.name-twice", (uint32_t)(i + 1),
                        epi_str_of(column), names[i], EPI_NIL);
        ok = false;
    }
    return ok;
}

const double *epi__days(struct epi_estimate_run *r, const struct epi_frame *f, const char *columns,
                        bool *ret_date)
{
    const char *name = epi__column_of(r, f, columns);
    const struct epi_column *c = epi_frame_column(f, name);
    bool number = c && c->type == EPI_COL_NUMBER;
    *ret_date = !number;
    if (number)
        return epi_frame_need(f, name, -1e6, 1e6, EPI_NEED_WHOLE | EPI_NEED_MAY_EMPTY, r->findings);
    return epi_frame_need_dates(f, name, EPI_NEED_MAY_EMPTY, r->findings);
}

double *epi__add_days(struct epi_estimate_run *r, struct epi_frame *f, const char *name, bool date)
{
    return date ? epi_frame_add_date(r->a, f, name) : epi_frame_add(r->a, f, name);
}

void epi__note_count(struct epi_estimate_run *r, epi_severity s, const char *code, size_t n,
                     const char *what)
{
    if (n > 0)
        epi_out_note(r, s, code, 0, epi_str_printf(r->a, "%zu", n), epi_str_of(what));
}
