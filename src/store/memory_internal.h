/* memory_internal.h - the memory store's tables. */
#ifndef EPI_STORE_MEMORY_INTERNAL_H
#define EPI_STORE_MEMORY_INTERNAL_H
#include "store/store_internal.h"
#include <pthread.h>

struct epi__mem_touch { /* an operation after the creating one that changed the record */
    uint64_t seq;
    bool *set;
};
struct epi__mem_record {
    struct epi_record r; /* version 0: taken back, does not exist */
    uint64_t created;
    struct epi__mem_touch *touch;
    size_t n_touch, cap_touch;
    bool marked;
};
struct epi__mem_kind { /* records by id, open addressing */
    struct epi__mem_record **slot;
    size_t cap, n;
};
struct epi__mem_op {
    epi_opid id;
    epi_instant server_time;
    epi_str bytes;
    uint8_t hash[32];
};
struct epi__mem_blob {
    uint8_t name[32];
    epi_str bytes;
};
struct epi__mem_undo {
    struct epi__mem_record *record;
    struct epi__mem_record before; /* version 0: it was created */
    struct epi_value *values;
};
struct epi__mem_refusal {
    struct epi_op op;
    epi_str payload;
};
struct epi__mem {
    struct epi_store base;
    pthread_rwlock_t lock;
    struct epi_arena *a;       /* everything kept */
    struct epi_arena *scratch; /* of one operation */
    struct epi_arena *tx_arena;
    struct epi_buf bytes;
    struct epi__mem_kind *kinds;
    struct epi__mem_op *ops;
    size_t n_ops, cap_ops;
    uint64_t *op_slot; /* seq, by operation id */
    size_t op_slots;
    struct epi__mem_blob *blobs;
    size_t n_blobs, cap_blobs;
    struct epi__mem_undo *undo;
    size_t n_undo, cap_undo;
    struct epi__mem_refusal *refused;
    size_t n_refused, cap_refused;
    unsigned part, parts; /* parts > 0: a partial replay, records only */
    uint64_t replay_seq;
};
static inline struct epi__mem *epi__mem_of(struct epi_store *s)
{
    return (struct epi__mem *)(void *)s;
}
struct epi__mem_record *epi__mem_find(struct epi__mem *m, uint16_t kind, epi_id id);

epi_status epi__mem_get(struct epi_store *s, struct epi_tx *tx, struct epi_arena *a, uint16_t kind,
                        epi_id id, const struct epi_scope *scope, struct epi_record **ret,
                        struct epi_err *reterr);
epi_status epi__mem_query(struct epi_store *s, struct epi_tx *tx, struct epi_arena *a,
                          const struct epi_query *q, struct epi_page *ret, struct epi_err *reterr);
epi_status epi__mem_scan(struct epi_store *s, uint16_t kind, const struct epi_scope *scope,
                         const struct epi_filter *filters, size_t n_filters, const uint16_t *fields,
                         size_t n_fields, epi_scan_fn *fn, void *ctx, struct epi_err *reterr);
epi_status epi__mem_group(struct epi_store *s, struct epi_arena *a, uint16_t kind,
                          const struct epi_scope *scope, const struct epi_filter *filters,
                          size_t n_filters, const uint16_t *by, size_t n_by, struct epi_group **ret,
                          size_t *ret_n, struct epi_err *reterr);
epi_status epi__mem_ops_since(struct epi_store *s, struct epi_arena *a, uint64_t since,
                              size_t limit, struct epi_op **ret, size_t *ret_n,
                              struct epi_err *reterr);
epi_status epi__mem_op_by_id(struct epi_store *s, struct epi_arena *a, const epi_opid *id,
                             struct epi_op *ret, struct epi_err *reterr);
epi_status epi__mem_history(struct epi_store *s, struct epi_arena *a, uint16_t kind, epi_id id,
                            struct epi_op **ret, size_t *ret_n, struct epi_err *reterr);
epi_status epi__mem_seq_at(struct epi_store *s, epi_instant t, uint64_t *ret,
                           struct epi_err *reterr);
#endif
