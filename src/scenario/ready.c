// SPDX-License-Identifier: AGPL-3.0-or-later
/* What a scenario names, found in the shared folder: pack, unit, disease, variant. */
#include "scenario/scenario_internal.h"

static epi_status read_history(struct epi_arena *a, const struct epi_fs *fs, const char *diseases,
                               const struct epi_lever_base *b, struct epi_natural_history *ret,
                               struct epi_findings *f, struct epi_err *reterr)
{
    epi_str text;
    const char *path = epi_str_printf(a, "%s/%s.json", diseases, b->disease).p;
    if (!b->disease[0] || strchr(b->disease, '/') || !fs->exists(fs->ctx, path))
        return EPI_FAIL(reterr, EPI_NOT_FOUND, "scenario.no-disease", "%s", b->disease);
    EPI_TRY(fs->read(fs->ctx, a, path, (size_t)1 << 20, &text, reterr));
    EPI_TRY(epi_natural_history_read(a, text, ret, f, reterr));
    if (!b->variant[0])
        return EPI_OK;
    for (uint32_t i = 0; i < ret->variants_n; i++)
        if (strcmp(ret->variants[i].name, b->variant) == 0) { /* what circulates is the first one */
            struct epi_variant first = ret->variants[0];
            ret->variants[0] = ret->variants[i];
            ret->variants[i] = first;
            return EPI_OK;
        }
    return EPI_FAIL(reterr, EPI_NOT_FOUND, "scenario.no-variant", "%s", b->variant);
}
/* R0 of the circulating variant, so that the transmissibility of others stays relative to it. */
static void take_variant(struct epi_natural_history *d)
{
    double first = d->variants[0].transmissibility;
    d->r0 *= first;
    for (uint32_t i = 0; i < d->variants_n && first > 0; i++)
        d->variants[i].transmissibility /= first;
}
epi_status epi_scenario_history(struct epi_arena *a, const struct epi_fs *fs, const char *diseases,
                                const struct epi_scenario *s, struct epi_natural_history *ret,
                                struct epi_findings *f, struct epi_err *reterr)
{
    EPI_TRY(read_history(a, fs, diseases, &s->base, ret, f, reterr));
    take_variant(ret);
    return EPI_OK;
}
epi_status epi_scenario_society(const struct epi_fs *fs, const struct epi_units *units,
                                const struct epi_scenario *s, uint64_t seed,
                                struct epi_society **ret, struct epi_findings *f,
                                struct epi_err *reterr)
{
    epi_date on = EPI_DATE_UNKNOWN;
    size_t n = 0;
    if (!epi_date_parse_iso(epi_str_of(s->base.date), &on))
        return EPI_FAIL(reterr, EPI_INVALID, "scenario.date-needed", "%s", "base.date");
    int32_t top = epi_units_resolve(units, epi_str_of(s->base.unit), on, &n);
    if (top < 0 || n > 1)
        return EPI_FAIL(reterr, EPI_NOT_FOUND, "scenario.no-unit", "%s", s->base.unit);
    return epi_society_of_units(units, fs, top, on, s->base.scale, seed, ret, f, reterr);
}
epi_status epi_scenario_ready(struct epi_arena *a, const struct epi_fs *fs, const char *share,
                              const struct epi_scenario *s, uint64_t seed,
                              struct epi_natural_history *ret_history, struct epi_society **ret,
                              struct epi_findings *f, struct epi_err *reterr)
{
    const char *dir, *diseases = epi_str_printf(a, "%s/data/diseases", share).p;
    const epi_json *pack;
    struct epi_units *units = NULL;
    epi_str packs = epi_str_printf(a, "%s/data/packs", share);
    EPI_TRY(epi_scenario_history(a, fs, diseases, s, ret_history, f, reterr));
    EPI_TRY(epi_units_pack(fs, a, packs.p, epi_str_of(s->base.pack), &dir, &pack, reterr));
    EPI_TRY(epi_units_load(fs, dir, &units, f, reterr));
    epi_status status = epi_scenario_society(fs, units, s, seed, ret, f, reterr);
    if (status != EPI_OK)
        epi_units_free(units);
    else
        epi__society_owns(*ret, units);
    return status;
}
