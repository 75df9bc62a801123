// SPDX-License-Identifier: AGPL-3.0-or-later
#include "estimate/duration_internal.h"

#define DAYS_MAX 36525.0 /* a century */

static double part(struct epi_estimate_run *r, const char *name, const char *suffix)
{
    return epi_opt_number(r, epi_str_cz(r->a, epi_str_printf(r->a, "%s-%s", name, suffix)));
}

static bool fault(struct epi_estimate_run *r, const char *code, const char *name, epi_str arg)
{
    epi_finding_add(r->findings, EPI_ERROR, code, 0, epi_str_of(name), epi_str_of(name), arg);
    return false;
}

/* The first of the columns "a|b" that the table has; the first name when it has none. */
static const char *first_of(const struct epi_frame *f, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (epi_frame_column(f, names[i]))
            return names[i];
    return names[0];
}

static bool read_table(struct epi_estimate_run *r, const char *name, const struct epi_frame *f,
                       struct epi_duration *ret)
{
    static const char *const days[] = {"k", "day", "t"};
    static const char *const shares[] = {"density", "share", "probability", "w"};
    const double *k = epi_frame_need(f, first_of(f, days, EPI_COUNT(days)), 0, DAYS_MAX,
                                     EPI_NEED_WHOLE, r->findings);
    const double *v =
        epi_frame_need(f, first_of(f, shares, EPI_COUNT(shares)), 0, 1e6, 0, r->findings);
    double most = 0;
    if (!k || !v)
        return false;
    for (size_t i = 0; i < f->rows; i++)
        most = fmax(most, k[i]);
    double *share = EPI_ARRAY(r->a, (size_t)most + 1, double);
    bool *seen = EPI_ARRAY(r->a, (size_t)most + 1, bool);
    for (size_t i = 0; i < f->rows; i++) {
        if (seen[(size_t)k[i]])
            return fault(r, "estimate.duration-day-twice", name,
                         epi_str_printf(r->a, "%.0f", k[i]));
        seen[(size_t)k[i]] = true;
        share[(size_t)k[i]] = v[i];
    }
    *ret = (struct epi_duration){.kind = EPI_DURATION_TABLE, .share = share, .n = (size_t)most + 1};
    return epi_duration_sound(ret) || fault(r, "estimate.duration-empty", name, EPI_NIL);
}

bool epi__duration_read(struct epi_estimate_run *r, const char *name, struct epi_duration *ret)
{
    static const char *const needs[] = {"-shape, -scale | -mean, -sd",
                                        "-shape, -scale",
                                        "-meanlog, -sdlog | -mean, -sd",
                                        "-mean",
                                        "-mean",
                                        "-table"};
    double mean = part(r, name, "mean"), sd = part(r, name, "sd"), shape = part(r, name, "shape"),
           scale = part(r, name, "scale"), meanlog = part(r, name, "meanlog"),
           sdlog = part(r, name, "sdlog");
    const struct epi_frame *table =
        epi_opt_table(r, epi_str_cz(r->a, epi_str_printf(r->a, "%s-table", name)));
    *ret = (struct epi_duration){.kind = EPI_DURATION_KINDS};
    if (!epi_opt_given(r, name)) {
        if (table)
            return read_table(r, name, table, ret);
        return (isnan(mean) && isnan(shape) && isnan(meanlog)) ||
               fault(r, "estimate.option-missing", name, EPI_NIL);
    }
    enum epi_duration_kind kind = EPI_DURATION_GAMMA;
    while (!epi_opt_is(r, name, epi_duration_word(kind)))
        kind++;
    bool moments =
        !isnan(mean) && (!isnan(sd) || kind == EPI_DURATION_EXP || kind == EPI_DURATION_FIXED);
    double p1 = kind == EPI_DURATION_LNORM ? meanlog : shape,
           p2 = kind == EPI_DURATION_LNORM ? sdlog : scale;
    if (kind == EPI_DURATION_TABLE && table)
        return read_table(r, name, table, ret);
    if (kind <= EPI_DURATION_LNORM && !isnan(p1) && !isnan(p2) && isnan(mean)) {
        *ret = (struct epi_duration){.kind = kind, .p1 = p1, .p2 = p2};
        return true;
    }
    if (moments && isnan(p1) && isnan(p2) && epi_duration_by_moments(kind, mean, sd, ret))
        return true;
    return fault(r, "estimate.duration-parameters", name, epi_str_of(needs[kind]));
}
