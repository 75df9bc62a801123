// SPDX-License-Identifier: AGPL-3.0-or-later
// The door: arguments are checked here once, then the back end answers.
#include "store/store_internal.h"
#include <sodium.h>
#include <stdlib.h>

epi_status epi_store_write(struct epi_store *s, epi_store_work *work, void *ctx,
                           struct epi_err *reterr)
{
    return s->ops->write(s, work, ctx, reterr);
}

epi_status epi_tx_append(struct epi_tx *tx, const struct epi_op *op, struct epi_applied *ret,
                         struct epi_err *reterr)
{
    struct epi_op stamped = *op;
    if (!epi_instant_known(op->server_time) && tx->store->io)
        stamped.server_time = tx->store->io->clock.now(tx->store->io->clock.ctx);
    struct epi_applied applied;
    EPI_TRY(tx->store->ops->append(tx, &stamped, &applied, reterr));
    if (ret)
        *ret = applied;
    return EPI_OK;
}

static epi_status kind_check(const struct epi_store *s, uint16_t kind, struct epi_err *reterr)
{
    return kind < s->catalogue->n_kinds
               ? EPI_OK
               : EPI_FAIL(reterr, EPI_INVALID, "store.unknown-kind", "%u", kind);
}

static epi_status fields_check(const struct epi_store *s, uint16_t kind, const uint16_t *fields,
                               size_t n, struct epi_err *reterr)
{
    for (size_t i = 0; i < n; i++)
        if (fields[i] >= s->catalogue->kinds[kind].n_fields)
            return EPI_FAIL(reterr, EPI_INVALID, "store.unknown-field", "%s",
                            s->catalogue->kinds[kind].name);
    return EPI_OK;
}

static epi_status get(struct epi_store *s, struct epi_tx *tx, struct epi_arena *a, uint16_t kind,
                      epi_id id, const struct epi_scope *scope, struct epi_record **ret,
                      struct epi_err *reterr)
{
    struct epi_record *r;
    EPI_TRY(kind_check(s, kind, reterr));
    EPI_TRY(s->ops->get(s, tx, a, kind, id, scope, &r, reterr));
    if (r->removed)
        return EPI_FAIL(reterr, EPI_NOT_FOUND, "store.not-found", "%s",
                        s->catalogue->kinds[kind].name);
    *ret = r;
    return EPI_OK;
}

static epi_status find(struct epi_store *s, struct epi_tx *tx, struct epi_arena *a,
                       const struct epi_query *q, struct epi_page *ret, struct epi_err *reterr)
{
    EPI_TRY(epi__query_check(s->catalogue, q, reterr));
    return s->ops->find(s, tx, a, q, ret, reterr);
}

epi_status epi_tx_get(struct epi_tx *tx, struct epi_arena *a, uint16_t kind, epi_id id,
                      const struct epi_scope *scope, struct epi_record **ret,
                      struct epi_err *reterr)
{
    return get(tx->store, tx, a, kind, id, scope, ret, reterr);
}

epi_status epi_tx_find(struct epi_tx *tx, struct epi_arena *a, const struct epi_query *q,
                       struct epi_page *ret, struct epi_err *reterr)
{
    return find(tx->store, tx, a, q, ret, reterr);
}

epi_status epi_store_get(struct epi_store *s, struct epi_arena *a, uint16_t kind, epi_id id,
                         const struct epi_scope *scope, struct epi_record **ret,
                         struct epi_err *reterr)
{
    return get(s, NULL, a, kind, id, scope, ret, reterr);
}

epi_status epi_store_get_any(struct epi_store *s, struct epi_arena *a, uint16_t kind, epi_id id,
                             const struct epi_scope *scope, struct epi_record **ret,
                             struct epi_err *reterr)
{
    EPI_TRY(kind_check(s, kind, reterr));
    return s->ops->get(s, NULL, a, kind, id, scope, ret, reterr);
}

void epi_store_bulk(struct epi_store *s, bool begins)
{
    if (s->ops->bulk)
        s->ops->bulk(s, begins);
}

epi_status epi_reader_open(struct epi_store *s, const struct epi_scope *scope,
                           struct epi_reader **ret, struct epi_err *reterr)
{
    struct epi_reader *r;
    if (s->ops->reader_open) {
        EPI_TRY(s->ops->reader_open(s, &r, reterr));
    } else {
        r = epi_xmalloc(sizeof *r);
    }
    r->store = s;
    r->scope = *scope;
    *ret = r;
    return EPI_OK;
}

epi_status epi_reader_get_any(struct epi_reader *r, struct epi_arena *a, uint16_t kind, epi_id id,
                              struct epi_record **ret, struct epi_err *reterr)
{
    const struct epi__store_ops *ops = r->store->ops;
    EPI_TRY(kind_check(r->store, kind, reterr));
    return ops->reader_get ? ops->reader_get(r, a, kind, id, ret, reterr)
                           : ops->get(r->store, NULL, a, kind, id, &r->scope, ret, reterr);
}

void epi_reader_rest(struct epi_reader *r)
{
    if (r->store->ops->reader_rest)
        r->store->ops->reader_rest(r);
}

void epi_reader_close(struct epi_reader *r)
{
    if (r && r->store->ops->reader_close)
        r->store->ops->reader_close(r);
    else
        free(r);
}

epi_status epi_store_find(struct epi_store *s, struct epi_arena *a, const struct epi_query *q,
                          struct epi_page *ret, struct epi_err *reterr)
{
    return find(s, NULL, a, q, ret, reterr);
}

epi_status epi_store_scan(struct epi_store *s, uint16_t kind, const struct epi_scope *scope,
                          const struct epi_filter *filters, size_t n_filters,
                          const uint16_t *fields, size_t n_fields, epi_scan_fn *fn, void *ctx,
                          struct epi_err *reterr)
{
    EPI_TRY(epi__filters_check(s->catalogue, kind, filters, n_filters, reterr));
    EPI_TRY(fields_check(s, kind, fields, n_fields, reterr));
    return s->ops->scan(s, kind, scope, filters, n_filters, fields, n_fields, fn, ctx, reterr);
}

epi_status epi_store_group(struct epi_store *s, struct epi_arena *a, uint16_t kind,
                           const struct epi_scope *scope, const struct epi_filter *filters,
                           size_t n_filters, const uint16_t *by, size_t n_by,
                           struct epi_group **ret, size_t *ret_n, struct epi_err *reterr)
{
    EPI_TRY(epi__filters_check(s->catalogue, kind, filters, n_filters, reterr));
    EPI_TRY(fields_check(s, kind, by, n_by, reterr));
    if (n_by < 1 || n_by > 3)
        return EPI_FAIL(reterr, EPI_INVALID, "store.group-fields", "%zu", n_by);
    return s->ops->group(s, a, kind, scope, filters, n_filters, by, n_by, ret, ret_n, reterr);
}

epi_status epi_store_ops_since(struct epi_store *s, struct epi_arena *a, uint64_t since,
                               size_t limit, struct epi_op **ret, size_t *ret_n,
                               struct epi_err *reterr)
{
    return s->ops->ops_since(s, a, since, limit, ret, ret_n, reterr);
}

epi_status epi_store_history(struct epi_store *s, struct epi_arena *a, uint16_t kind, epi_id id,
                             struct epi_op **ret, size_t *ret_n, struct epi_err *reterr)
{
    EPI_TRY(kind_check(s, kind, reterr));
    return s->ops->history(s, a, kind, id, ret, ret_n, reterr);
}

epi_status epi_store_op(struct epi_store *s, struct epi_arena *a, const epi_opid *id,
                        struct epi_op *ret, struct epi_err *reterr)
{
    return s->ops->op(s, a, id, ret, reterr);
}

uint64_t epi_store_seq(struct epi_store *s)
{
    return s->ops->seq(s);
}

epi_status epi_store_seq_at(struct epi_store *s, epi_instant t, uint64_t *ret,
                            struct epi_err *reterr)
{
    return s->ops->seq_at(s, t, ret, reterr);
}

#define FOLD_PAGE 512

epi_status epi_store_as_of(struct epi_store *s, uint64_t seq, struct epi_store **ret,
                           struct epi_err *reterr)
{
    struct epi_store_options o = {.io = s->io, .catalogue = s->catalogue};
    struct epi_store *past;
    EPI_TRY(epi_store_open_memory(&o, &past, reterr));
    EPI_ARENA_LOCAL(a);
    EPI_BUF_LOCAL(b, EPI_OP_BYTES_MAX);
    epi_status status = EPI_OK;
    for (uint64_t at = 0; at < seq && status == EPI_OK;) {
        struct epi_op *ops;
        size_t n, limit = seq - at < FOLD_PAGE ? (size_t)(seq - at) : FOLD_PAGE;
        epi_arena_reset(a);
        status = epi_store_ops_since(s, a, at, limit, &ops, &n, reterr);
        if (status == EPI_OK && n == 0)
            break;
        for (size_t i = 0; i < n && status == EPI_OK; i++) {
            epi_buf_clear(&b);
            epi_op_encode(&b, s->catalogue, &ops[i]);
            status = epi__memory_fold(past, &ops[i], epi_buf_str(&b), reterr);
            at = ops[i].seq;
        }
    }
    if (status != EPI_OK) {
        epi_store_close(past);
        return status;
    }
    *ret = past;
    return EPI_OK;
}

epi_status epi_store_verify(struct epi_store *s, struct epi_verify_report *ret,
                            struct epi_findings *findings, struct epi_err *reterr)
{
    return s->ops->verify(s, ret, findings, reterr);
}

epi_status epi_store_backup(struct epi_store *s, const char *to_path, struct epi_err *reterr)
{
    return s->ops->backup(s, to_path, reterr);
}

epi_status epi_store_blob_put(struct epi_store *s, epi_str bytes, uint8_t ret_name[32],
                              struct epi_err *reterr)
{
    if (bytes.n > EPI_BLOB_MAX)
        return EPI_FAIL(reterr, EPI_LIMIT, "store.blob-too-large", "%zu", bytes.n);
    crypto_generichash(ret_name, 32, (const unsigned char *)bytes.p, bytes.n, NULL, 0);
    return s->ops->blob_put(s, bytes, ret_name, reterr);
}

epi_status epi_store_blob_get(struct epi_store *s, struct epi_arena *a, const uint8_t name[32],
                              epi_str *ret, struct epi_err *reterr)
{
    return s->ops->blob_get(s, a, name, ret, reterr);
}

void epi_store_close(struct epi_store *s)
{
    if (s)
        s->ops->close(s);
}
