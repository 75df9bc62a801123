// SPDX-License-Identifier: AGPL-3.0-or-later
#include "store/fixture_test.h"

static epi_status open_again(struct fixture *f, int back_end)
{
    struct epi_store_options o = {.catalogue = f->c};
    struct epi_err e = {0};
    epi_status status = back_end == ON_MEMORY ? epi_store_open_memory(&o, &f->s, &e)
                                              : epi_store_open_sqlite(f->dir, &o, &f->s, &e);
    if (status != EPI_OK)
        epi_test_fail(__FILE__, __LINE__, "cannot open: %s %s", e.code, e.arg1);
    return status;
}

bool fixture_open(struct fixture *f, struct epi_arena *a, int back_end)
{
    struct epi_findings findings;
    *f = (struct fixture){.a = a, .next_op = 1};
    epi_findings_init(&findings, a, 0);
    if (epi_catalogue_new(a, EPI_NIL, &f->c, &findings, NULL) != EPI_OK)
        return false;
    f->dir = epi_test_dir(a);
    return open_again(f, back_end) == EPI_OK;
}

bool fixture_reopen(struct fixture *f)
{
    epi_store_close(f->s);
    f->s = NULL;
    return open_again(f, ON_SQLITE) == EPI_OK;
}

epi_opid fixture_opid(struct fixture *f)
{
    epi_opid id = {{0x01, 0x7d}};
    uint64_t n = f->next_op++;
    for (int i = 0; i < 8; i++)
        id.b[15 - i] = (uint8_t)(n >> (8 * i));
    return id;
}

struct op_work {
    const struct epi_op *op;
    struct epi_applied *ret;
};

static epi_status append_one(struct epi_tx *tx, void *ctx, struct epi_err *e)
{
    struct op_work *w = ctx;
    return epi_tx_append(tx, w->op, w->ret, e);
}

epi_status fixture_op(struct fixture *f, const struct epi_op *op, struct epi_applied *ret,
                      struct epi_err *e)
{
    struct op_work w = {op, ret};
    return epi_store_write(f->s, append_one, &w, e);
}

epi_status fixture_change(struct fixture *f, struct epi_change ch, struct epi_applied *ret,
                          struct epi_err *e)
{
    struct epi_op op = {.op_id = fixture_opid(f),
                        .action = EPI_S("test.change"),
                        .author = {9},
                        .device_time = EPI_INSTANT_UNKNOWN,
                        .server_time = {(int64_t)f->next_op * 1000},
                        .changes = &ch,
                        .n_changes = 1};
    return fixture_op(f, &op, ret, e);
}

struct epi_record *fixture_get(struct fixture *f, uint16_t kind, uint64_t id)
{
    struct epi_record *r = NULL;
    struct epi_scope all = EPI_SCOPE_ALL;
    if (epi_store_get_any(f->s, f->a, kind, (epi_id){id}, &all, &r, NULL) != EPI_OK)
        return NULL;
    return r;
}
