// SPDX-License-Identifier: AGPL-3.0-or-later
/* Readiness of every unit on a day. */
#include "ops/figures.h"

#define ITEMS 16
struct readiness_load {
    struct epi_call *call;
    epi_date on;
    const struct epi_field *item;
    epi_date *last; /* [unit * ITEMS + item] */
    int8_t *met;
};

static bool readiness_batch(const struct epi_batch *b, void *ctx)
{
    struct readiness_load *l = ctx;
    for (size_t i = 0; i < b->rows; i++) {
        int32_t u = b->columns[0][i].t == EPI_V_TEXT
                        ? epi_units_by_path(l->call->app->units, b->columns[0][i].s)
                        : -1;
        int w = b->columns[2][i].t == EPI_V_TEXT ? epi_word_find(l->item, b->columns[2][i].s) : -1;
        epi_date day = epi_v_as_date(b->columns[1][i]);
        if (u < 0 || w < 0 || w >= ITEMS || day.d > l->on.d)
            continue;
        size_t at = (size_t)u * ITEMS + (size_t)w;
        if (day.d < l->last[at].d)
            continue;
        l->last[at] = day;
        l->met[at] = b->columns[3][i].i == 1;
    }
    return true;
}

epi_status epi__readiness_load(struct epi_call *call, epi_date on, int8_t **ret)
{
    static const uint16_t fields[] = {EPI_READINESS_UNIT, EPI_READINESS_DATE, EPI_READINESS_ITEM,
                                      EPI_READINESS_MET};
    struct epi_scope all = EPI_SCOPE_ALL;
    size_t units = epi_units_count(call->app->units);
    struct readiness_load l = {
        call, on, &call->app->catalogue->kinds[EPI_K_READINESS].fields[EPI_READINESS_ITEM],
        EPI_ARRAY(call->a, units * ITEMS, epi_date), EPI_ARRAY(call->a, units * ITEMS, int8_t)};
    for (size_t i = 0; i < units * ITEMS; i++) {
        l.last[i] = (epi_date){INT32_MIN};
        l.met[i] = -1;
    }
    EPI_TRY(epi_store_scan(call->app->store, EPI_K_READINESS, &all, NULL, 0, fields,
                           EPI_COUNT(fields), readiness_batch, &l, &call->err));
    *ret = EPI_ARRAY(call->a, units, int8_t);
    for (size_t u = 0; u < units; u++) {
        (*ret)[u] = -1;
        for (size_t i = 0; i < ITEMS; i++) {
            int8_t met = l.met[u * ITEMS + i];
            if (met == 0 || (met == 1 && (*ret)[u] != 0))
                (*ret)[u] = met;
        }
    }
    return EPI_OK;
}
