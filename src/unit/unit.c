// SPDX-License-Identifier: AGPL-3.0-or-later
#include "unit/unit_internal.h"

size_t epi_units_count(const struct epi_units *u)
{
    return (size_t)u->n;
}

const struct epi_unit *epi_units_at(const struct epi_units *u, int32_t index)
{
    return index >= 0 && index < u->n ? &u->u[index] : NULL;
}

epi_str epi_units_pack_id(const struct epi_units *u)
{
    return u->id;
}

epi_str epi_units_attribution(const struct epi_units *u)
{
    return u->attribution;
}

int epi_units_utc_offset(const struct epi_units *u)
{
    return u->utc_offset;
}

int32_t epi_units_root(const struct epi_units *u)
{
    return u->root;
}

const int64_t *epi_units_ages(const struct epi_units *u, int32_t unit)
{
    if (unit < 0 || unit >= u->n || u->u[unit].ages < 0)
        return NULL;
    return &u->ages[(size_t)u->u[unit].ages * EPI_AGE_BANDS];
}

const int64_t *epi_units_household_sizes(const struct epi_units *u, int32_t unit)
{
    if (unit < 0 || unit >= u->n || u->size_row[unit] < 0)
        return NULL;
    return &u->sizes[(size_t)u->size_row[unit] * EPI__SIZES];
}

static epi_status read_named(const struct epi_units *u, const struct epi__file *list, size_t n,
                             const struct epi_fs *fs, struct epi_arena *a, epi_str name,
                             epi_str *ret, struct epi_err *reterr)
{
    for (size_t i = 0; i < n; i++)
        if (epi_str_eq(list[i].name, name)) {
            const char *path = epi_str_cz(
                a, epi_str_printf(a, "%.*s/%.*s", EPI_FMT(u->dir), EPI_FMT(list[i].path)));
            epi_str text;
            EPI_TRY(fs->read(fs->ctx, a, path, EPI__FILE_MAX, &text, reterr));
            if (!epi_utf8_valid(text))
                return EPI_FAIL(reterr, EPI_INVALID, "unit.not-utf8", "%.*s",
                                EPI_FMT(list[i].path));
            *ret = text;
            return EPI_OK;
        }
    return EPI_FAIL(reterr, EPI_NOT_FOUND, "unit.no-file", "%.*s", EPI_FMT(name));
}

epi_status epi_units_layer(const struct epi_units *u, const struct epi_fs *fs, struct epi_arena *a,
                           epi_str name, epi_str *ret, struct epi_err *reterr)
{
    return read_named(u, u->layers, u->n_layers, fs, a, name, ret, reterr);
}

epi_status epi_units_file(const struct epi_units *u, const struct epi_fs *fs, struct epi_arena *a,
                          epi_str name, epi_str *ret, struct epi_err *reterr)
{
    return read_named(u, u->files, u->n_files, fs, a, name, ret, reterr);
}

size_t epi_units_layer_names(const struct epi_units *u, const epi_str **ret)
{
    *ret = u->layer_names;
    return u->n_layers;
}
