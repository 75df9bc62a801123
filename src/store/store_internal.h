/* store_internal.h - what the back ends share: the table of operations, query checks, and apply.
 *
 * A back end answers epi_store_ops and gives apply.c a struct epi__port. The rules of an operation
 * (repeats, ids, uniqueness, merge, conflicts) stand once, in apply.c; a back end only keeps rows.
 */
#ifndef EPI_STORE_INTERNAL_H
#define EPI_STORE_INTERNAL_H
#include "store/store.h"

struct epi_store {
    const struct epi__store_ops *ops;
    const struct epi_catalogue *catalogue;
    const struct epi_io *io;
};
struct epi_tx {
    struct epi_store *store;
};
struct epi_reader { /* a back end may put more behind it */
    struct epi_store *store;
    struct epi_scope scope;
};
/* One answer per function of store.h; arguments are checked by store.c before. */
struct epi__store_ops {
    epi_status (*write)(struct epi_store *s, epi_store_work *work, void *ctx,
                        struct epi_err *reterr);
    epi_status (*append)(struct epi_tx *tx, const struct epi_op *op, struct epi_applied *ret,
                         struct epi_err *reterr);
    epi_status (*get)(struct epi_store *s, struct epi_tx *tx, struct epi_arena *a, uint16_t kind,
                      epi_id id, const struct epi_scope *scope, struct epi_record **ret,
                      struct epi_err *reterr);
    epi_status (*find)(struct epi_store *s, struct epi_tx *tx, struct epi_arena *a,
                       const struct epi_query *q, struct epi_page *ret, struct epi_err *reterr);
    epi_status (*scan)(struct epi_store *s, uint16_t kind, const struct epi_scope *scope,
                       const struct epi_filter *filters, size_t n_filters, const uint16_t *fields,
                       size_t n_fields, epi_scan_fn *fn, void *ctx, struct epi_err *reterr);
    epi_status (*group)(struct epi_store *s, struct epi_arena *a, uint16_t kind,
                        const struct epi_scope *scope, const struct epi_filter *filters,
                        size_t n_filters, const uint16_t *by, size_t n_by, struct epi_group **ret,
                        size_t *ret_n, struct epi_err *reterr);
    epi_status (*ops_since)(struct epi_store *s, struct epi_arena *a, uint64_t since, size_t limit,
                            struct epi_op **ret, size_t *ret_n, struct epi_err *reterr);
    epi_status (*history)(struct epi_store *s, struct epi_arena *a, uint16_t kind, epi_id id,
                          struct epi_op **ret, size_t *ret_n, struct epi_err *reterr);
    epi_status (*op)(struct epi_store *s, struct epi_arena *a, const epi_opid *id,
                     struct epi_op *ret, struct epi_err *reterr);
    uint64_t (*seq)(struct epi_store *s);
    epi_status (*seq_at)(struct epi_store *s, epi_instant t, uint64_t *ret, struct epi_err *reterr);
    epi_status (*verify)(struct epi_store *s, struct epi_verify_report *ret,
                         struct epi_findings *findings, struct epi_err *reterr);
    epi_status (*backup)(struct epi_store *s, const char *to_path, struct epi_err *reterr);
    epi_status (*blob_put)(struct epi_store *s, epi_str bytes, const uint8_t name[32],
                           struct epi_err *reterr);
    epi_status (*blob_get)(struct epi_store *s, struct epi_arena *a, const uint8_t name[32],
                           epi_str *ret, struct epi_err *reterr);
    void (*close)(struct epi_store *s);
    /* NULL where there is nothing to do better */
    void (*bulk)(struct epi_store *s, bool begins);
    epi_status (*reader_open)(struct epi_store *s, struct epi_reader **ret, struct epi_err *reterr);
    epi_status (*reader_get)(struct epi_reader *r, struct epi_arena *a, uint16_t kind, epi_id id,
                             struct epi_record **ret, struct epi_err *reterr);
    void (*reader_rest)(struct epi_reader *r);
    void (*reader_close)(struct epi_reader *r);
};

/* --- query.c: what a filter, an order and a search mean, on one record
 * ------------------------------- */
epi_status epi__filters_check(const struct epi_catalogue *c, uint16_t kind,
                              const struct epi_filter *filters, size_t n, struct epi_err *reterr);
epi_status epi__query_check(const struct epi_catalogue *c, const struct epi_query *q,
                            struct epi_err *reterr);
bool epi__under(epi_str unit, epi_str prefix); /* at or below, on a boundary of the path */
bool epi__filter_match(const struct epi_filter *f, struct epi_value v);
/* -1, 0, 1; null comes before everything: callers put it where it belongs. */
int epi__value_cmp(struct epi_value a, struct epi_value b);
struct epi__words { /* of a search: folded */
    epi_str *word;
    size_t n;
};
struct epi__words epi__search_words(struct epi_arena *a, epi_str search);
bool epi__search_match(struct epi_arena *scratch, const struct epi_catalogue *c,
                       const struct epi_record *r, const struct epi__words *words);
bool epi__kind_searchable(const struct epi_kind *k);
void epi__groups_sort(struct epi_group *groups, size_t n, size_t n_by);

/* --- apply.c: one operation on the registers
 * -------------------------------------------------------------- */
struct epi__touch {               /* one effect of an operation on one record */
    struct epi_record *now;       /* after it; version set */
    const struct epi_record *old; /* before it; NULL = created by it */
    bool *set;                    /* per field: set by this operation; NULL = created by it */
};
struct epi__port {
    void *ctx;
    bool replay; /* fold of a journal already accepted: uniqueness and known op ids are not looked
                    up */
    /* Bytes of the operation with this id. *ret.p == NULL when there is none. */
    epi_status (*op_bytes)(void *ctx, struct epi_arena *a, const epi_opid *id, uint64_t *ret_seq,
                           epi_str *ret, struct epi_err *reterr);
    /* The record, removed or not; *ret == NULL when there is none. Texts live in `a` or longer. */
    epi_status (*load)(void *ctx, struct epi_arena *a, uint16_t kind, epi_id id,
                       struct epi_record **ret, struct epi_err *reterr);
    epi_status (*exists)(void *ctx, uint16_t kind, epi_id id, bool *ret, struct epi_err *reterr);
    /* later[i] = true for each field set by an operation after `base`. */
    epi_status (*later)(void *ctx, uint16_t kind, epi_id id, uint64_t base, bool *later,
                        struct epi_err *reterr);
    /* Whether another record than `self` holds the value. */
    epi_status (*taken)(void *ctx, uint16_t kind, uint16_t field, struct epi_value v, epi_id self,
                        bool *ret, struct epi_err *reterr);
    epi_status (*put_op)(void *ctx, const struct epi_op *op, epi_str bytes, struct epi_err *reterr);
    epi_status (*put)(void *ctx, const struct epi__touch *t, uint64_t seq, struct epi_err *reterr);
    /* An operation id came again with another payload: keep a note for after the transaction. May
     * be NULL. */
    void (*refused)(void *ctx, const struct epi_op *op, epi_str kept_bytes, epi_str refused_bytes);
    /* True when the record belongs to a partial replay; NULL = all do. */
    bool (*wanted)(void *ctx, uint16_t kind, epi_id id);
};
/* Applies `op` as position `seq`. Nothing is put before everything is known to be allowed; an error
 * from put_op or put means that the transaction is lost. `bytes` is used as scratch. */
epi_status epi__apply(const struct epi_catalogue *c, const struct epi__port *port,
                      struct epi_arena *scratch, struct epi_buf *bytes, const struct epi_op *op,
                      uint64_t seq, struct epi_applied *ret, struct epi_err *reterr);
/* The operation that records a refused one: its id follows from both, so that it is written once.
 * The refused payload itself is kept as a blob under the digest named "refused". */
struct epi_op epi__refusal(struct epi_arena *a, const struct epi_op *refused, epi_str kept_bytes,
                           epi_str refused_bytes);
/* Ids of conflict records: above every id made by the clock, and a function of (seq, n). */
epi_id epi__conflict_id(uint64_t seq, size_t n);
bool epi__is_conflict_id(epi_id id);
#define EPI__LOSSES_MAX ((size_t)1 << 20)

/* --- memory_*.c: also the replay of verify and as-of
 * ------------------------------------------------------ */
/* Folds one accepted operation in. `bytes` must be what the hash chain covers. */
epi_status epi__memory_fold(struct epi_store *s, const struct epi_op *op, epi_str bytes,
                            struct epi_err *reterr);
/* Only records of one part (of `parts`) are folded; journal and history are not kept then. */
void epi__memory_part(struct epi_store *s, unsigned part, unsigned parts);
/* Records of one kind in no order, with the position that created each. */
const struct epi_record *epi__memory_peek(struct epi_store *s, uint16_t kind, epi_id id,
                                          uint64_t *ret_created);
size_t epi__memory_count(struct epi_store *s, uint16_t kind);
/* Fields set on a record by the operation at `seq`; NULL when it did not touch it after its
 * creation. */
const bool *epi__memory_touch(struct epi_store *s, uint16_t kind, epi_id id, uint64_t seq);
size_t epi__memory_touches(struct epi_store *s); /* such effects on all records */
/* Marks a record as met; the unmarked ones are those the registers lack. */
void epi__memory_mark(struct epi_store *s, uint16_t kind, epi_id id);
size_t epi__memory_unmarked(struct epi_store *s, uint16_t kind, epi_id *ret);
bool epi__memory_wants(struct epi_store *s, uint16_t kind, epi_id id);
#endif
