// SPDX-License-Identifier: AGPL-3.0-or-later
#include "estimate/pairs.h"

/* The column an option names, or what lists call it otherwise. */
static const char *column(const struct epi_estimate_run *r, const char *option,
                          const char *const *others)
{
    const char *name = epi_str_cz(r->a, epi_opt_word(r, option));
    for (size_t i = 0; !epi_frame_column(&r->input, name) && others[i]; i++)
        if (epi_frame_column(&r->input, others[i]))
            return others[i];
    return name;
}
static const char *from_column(const struct epi_estimate_run *r)
{
    static const char *const others[] = {"from", NULL}, *const none[] = {NULL};
    return column(r, "start", epi_opt_is(r, "start", "onset") ? others : none);
}
static const char *to_column(const struct epi_estimate_run *r)
{
    static const char *const others[] = {"report", "to", NULL}, *const none[] = {NULL};
    return column(r, "end", epi_opt_is(r, "end", "reported") ? others : none);
}

bool epi__pairs_there(const struct epi_estimate_run *r)
{
    return epi_frame_column(&r->input, from_column(r)) && epi_frame_column(&r->input, to_column(r));
}

/* A column without a single value has no type of its own. */
static const double *dates(struct epi_estimate_run *r, const char *name)
{
    const struct epi_column *c = epi_frame_column(&r->input, name);
    bool any = false;
    for (size_t i = 0; c && c->v && i < r->input.rows; i++)
        any = any || !isnan(c->v[i]);
    if (c && c->v && !any)
        return c->v;
    return epi_frame_need_dates(&r->input, name, EPI_NEED_MAY_EMPTY, r->findings);
}

epi_status epi__pairs_read(struct epi_estimate_run *r, struct epi__pairs *ret)
{
    *ret = (struct epi__pairs){.n = r->input.rows, .now = EPI_DATE_UNKNOWN};
    ret->from = dates(r, from_column(r));
    ret->to = dates(r, to_column(r));
    if (!ret->from || !ret->to)
        return EPI_FAIL(r->err, EPI_INVALID, "estimate.table-faulty", "%s", "");
    if (epi_opt_given(r, "now")) {
        ret->now.d = (int32_t)epi_opt_number(r, "now");
        return EPI_OK;
    }
    for (size_t i = 0; i < ret->n; i++) {
        if (ret->from[i] > (double)ret->now.d)
            ret->now.d = (int32_t)ret->from[i];
        if (ret->to[i] > (double)ret->now.d)
            ret->now.d = (int32_t)ret->to[i];
    }
    if (!epi_date_known(ret->now))
        return EPI_FAIL(r->err, EPI_INVALID, "estimate.no-dates", "%s", "");
    return EPI_OK;
}
