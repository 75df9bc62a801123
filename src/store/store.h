/* store.h - journal and registers behind one interface; back ends are sqlite and memory.
 *
 * All writing goes through epi_store_write: the callback reads, decides and appends inside one
 * transaction. Callbacks from many threads are committed together (group commit); the call returns
 * after the commit is durable. A failed callback leaves nothing behind. fsync failure stops the
 * process. Reading is safe from any thread. Every read names a scope: the unit paths a person may
 * see. Ownership: records and texts returned live in the arena passed. */
#ifndef EPI_STORE_STORE_H
#define EPI_STORE_STORE_H
#include "journal/journal.h"

struct epi_store;
struct epi_tx; /* a write in progress; reads through it see its own writes */

/* Which units a read may touch: prefixes of unit paths, on a boundary of the path ("vn/11" and
 * "vn/11/" are the same, "vn/1" is neither). n == 0 sees nothing. Records without a unit are seen
 * only with `all`. */
struct epi_scope {
    bool all;
    const epi_str *prefixes;
    size_t n;
};
#define EPI_SCOPE_ALL ((struct epi_scope){.all = true})
bool epi_scope_has(const struct epi_scope *s, epi_str unit_path);

typedef enum epi_compare {
    EPI_EQ,
    EPI_NE,
    EPI_LT,
    EPI_LE,
    EPI_GT,
    EPI_GE,
    EPI_UNDER, /* unit path prefix */
    EPI_IS_NULL,
    EPI_NOT_NULL,
    EPI_ANY_OF
} epi_compare;
/* EPI_EQ and EPI_NE treat null as a value (EPI_NE finds records where the field is empty); the
 * others and EPI_ANY_OF never find an empty field. Text compares by bytes. */
struct epi_filter {
    uint16_t field;
    epi_compare match;
    struct epi_value v;
    const struct epi_value *any; /* EPI_ANY_OF */
    size_t n_any;
};
#define EPI_FILTERS_MAX 16
#define EPI_ANY_MAX 4096        /* values in one EPI_ANY_OF */
#define EPI_SEARCH_WORDS_MAX 12 /* further words of a search are ignored */
#define EPI_PAGE_MAX 1000
struct epi_query {
    uint16_t kind;
    struct epi_scope scope;
    const struct epi_filter *filters;
    size_t n_filters;
    int order;       /* field index; -1 = by id (creation) */
    bool descending; /* nulls come last either way; ties by id in the same direction */
    size_t limit;    /* 1 .. EPI_PAGE_MAX */
    bool has_after;  /* continue after (order value, id) of the last row seen */
    struct epi_value after_value;
    epi_id after_id;
    epi_str search;  /* free text, folded inside; every word must begin some word of a search field;
                      * fast in  the order of ids, else all that matches is sorted */
    bool want_total; /* count all matches (may be slow on large sets) */
    bool removed;    /* include removed records */
};
struct epi_page {
    struct epi_record *rows;
    size_t n;
    bool more;
    int64_t total;   /* -1 when not asked */
    uint64_t behind; /* operations of a bulk load that a search does not see yet; 0 = sees all */
};

typedef enum epi_applied_as {
    EPI_APPLIED,
    EPI_REPEATED /* same op_id and payload: nothing done */
} epi_applied_as;
struct epi_applied {
    epi_applied_as as;
    uint64_t seq;
    size_t n_lost;
};

typedef epi_status epi_store_work(struct epi_tx *tx, void *ctx, struct epi_err *reterr);
EPI_MUST_USE epi_status epi_store_write(struct epi_store *s, epi_store_work *work, void *ctx,
                                        struct epi_err *reterr);
/* Same op_id with another payload: EPI_CONFLICT "op.reused"; an operation "op.refused" with both
 * digests goes into the journal, whatever becomes of the callback, and the refused payload is the
 * blob named by its digest. Unique violations: EPI_CONFLICT "store.not-unique" {1}=field; removed
 * records keep their values. A new record (base 0) whose id exists: EPI_CONFLICT "store.id-taken".
 * A refused operation leaves no trace in the transaction: the callback may go on with the next one.
 * An unknown server_time is set from the clock. */
EPI_MUST_USE epi_status epi_tx_append(struct epi_tx *tx, const struct epi_op *op,
                                      struct epi_applied *ret, struct epi_err *reterr);
EPI_MUST_USE epi_status epi_tx_get(struct epi_tx *tx, struct epi_arena *a, uint16_t kind, epi_id id,
                                   const struct epi_scope *scope, struct epi_record **ret,
                                   struct epi_err *reterr);
EPI_MUST_USE epi_status epi_tx_find(struct epi_tx *tx, struct epi_arena *a,
                                    const struct epi_query *q, struct epi_page *ret,
                                    struct epi_err *reterr);

/* A load of many rows begins, or ends: between the two the search does not catch up and the log may
 * grow, so that a page written by many transactions goes into the base fewer times. Calls nest. */
void epi_store_bulk(struct epi_store *s, bool begins);

/* NOT_FOUND when absent, removed or outside the scope: the three must look alike. So does
 * epi_tx_get. */
EPI_MUST_USE epi_status epi_store_get(struct epi_store *s, struct epi_arena *a, uint16_t kind,
                                      epi_id id, const struct epi_scope *scope,
                                      struct epi_record **ret, struct epi_err *reterr);
/* The same for what asks about the past as well: histories, names of what is referred to, rows of a
 * file that come again. A removed record is found and says so. */
EPI_MUST_USE epi_status epi_store_get_any(struct epi_store *s, struct epi_arena *a, uint16_t kind,
                                          epi_id id, const struct epi_scope *scope,
                                          struct epi_record **ret, struct epi_err *reterr);
/* Thousands of reads by id from one thread, within one scope (which must outlive the reader). The
 * first read takes a snapshot, epi_reader_rest gives it back: rest every few hundred reads and
 * before waiting for anything. Removed or not, and errors, as of epi_store_get_any. */
struct epi_reader;
EPI_MUST_USE epi_status epi_reader_open(struct epi_store *s, const struct epi_scope *scope,
                                        struct epi_reader **ret, struct epi_err *reterr);
EPI_MUST_USE epi_status epi_reader_get_any(struct epi_reader *r, struct epi_arena *a, uint16_t kind,
                                           epi_id id, struct epi_record **ret,
                                           struct epi_err *reterr);
void epi_reader_rest(struct epi_reader *r);
void epi_reader_close(struct epi_reader *r); /* NULL allowed */
EPI_MUST_USE epi_status epi_store_find(struct epi_store *s, struct epi_arena *a,
                                       const struct epi_query *q, struct epi_page *ret,
                                       struct epi_err *reterr);
/* Columns of every matching record that is not removed, in id order, in batches of at most 4,096
 * rows; values are valid during the callback. Return false to stop. The scan sees one snapshot. */
#define EPI_BATCH_MAX ((size_t)4096)
struct epi_batch {
    size_t rows;
    const epi_id *ids;
    const struct epi_value *const *columns; /* columns[c][row], in the order asked */
};
typedef bool epi_scan_fn(const struct epi_batch *b, void *ctx);
EPI_MUST_USE epi_status epi_store_scan(struct epi_store *s, uint16_t kind,
                                       const struct epi_scope *scope,
                                       const struct epi_filter *filters, size_t n_filters,
                                       const uint16_t *fields, size_t n_fields, epi_scan_fn *fn,
                                       void *ctx, struct epi_err *reterr);
/* Counts by the values of up to three fields, sorted by them, null first; removed records are left
 * out. */
struct epi_group {
    struct epi_value key[3];
    int64_t n;
};
EPI_MUST_USE epi_status epi_store_group(struct epi_store *s, struct epi_arena *a, uint16_t kind,
                                        const struct epi_scope *scope,
                                        const struct epi_filter *filters, size_t n_filters,
                                        const uint16_t *by, size_t n_by, struct epi_group **ret,
                                        size_t *ret_n, struct epi_err *reterr);
/* The journal: operations after `since`, oldest first, at most `limit`. */
EPI_MUST_USE epi_status epi_store_ops_since(struct epi_store *s, struct epi_arena *a,
                                            uint64_t since, size_t limit, struct epi_op **ret,
                                            size_t *ret_n, struct epi_err *reterr);
/* Operations that touched one record, oldest first. */
EPI_MUST_USE epi_status epi_store_history(struct epi_store *s, struct epi_arena *a, uint16_t kind,
                                          epi_id id, struct epi_op **ret, size_t *ret_n,
                                          struct epi_err *reterr);
/* The operation with this id; EPI_NOT_FOUND "store.no-operation". */
EPI_MUST_USE epi_status epi_store_op(struct epi_store *s, struct epi_arena *a, const epi_opid *id,
                                     struct epi_op *ret, struct epi_err *reterr);
uint64_t epi_store_seq(struct epi_store *s); /* last position */
/* Last position whose server time is <= t. */
EPI_MUST_USE epi_status epi_store_seq_at(struct epi_store *s, epi_instant t, uint64_t *ret,
                                         struct epi_err *reterr);
/* A memory store folded from the journal up to `seq`: any past moment, read as the present is. */
EPI_MUST_USE epi_status epi_store_as_of(struct epi_store *s, uint64_t seq, struct epi_store **ret,
                                        struct epi_err *reterr);

/* Replays the journal, checks chain, op ids and sequence, compares every register row with the
 * replay, and every index with its table (damaged: what is wrong there, at most 100). */
struct epi_verify_report {
    uint64_t ops, records, bad_hash, bad_order, repeated_op, differing, missing, extra, damaged;
    uint8_t head[32];
};
EPI_MUST_USE epi_status epi_store_verify(struct epi_store *s, struct epi_verify_report *ret,
                                         struct epi_findings *findings, struct epi_err *reterr);
/* A copy of the whole base as one file, made while others read and write; put as `dir`/cordon.db it
 * is a base. */
EPI_MUST_USE epi_status epi_store_backup(struct epi_store *s, const char *to_path,
                                         struct epi_err *reterr);
#define EPI_BLOB_MAX ((size_t)1 << 30)
/* Bytes by their BLAKE2b-256 name (documents, import files). Writing is durable on return. */
EPI_MUST_USE epi_status epi_store_blob_put(struct epi_store *s, epi_str bytes, uint8_t ret_name[32],
                                           struct epi_err *reterr);
EPI_MUST_USE epi_status epi_store_blob_get(struct epi_store *s, struct epi_arena *a,
                                           const uint8_t name[32], epi_str *ret,
                                           struct epi_err *reterr);
void epi_store_close(struct epi_store *s); /* NULL allowed */

struct epi_store_options {
    const struct epi_io *io;
    const struct epi_catalogue *catalogue;
    bool read_only; /* a second process looking at a live base */
    bool fast; /* bulk load of a new base: no fsync until close; a crash loses the whole base */
    size_t cache_kb; /* 0 = default, about 64 MB when all connections are busy */
    /* Called once with a line to show before the process is stopped (a disk that no longer keeps
     * what it was given); NULL = standard error. */
    void (*fatal)(const char *line);
    const char *vfs;      /* SQLite VFS by name, for fault tests; NULL = the system's */
    int checkpoint_pages; /* the log is folded in when longer; 0 = default (32 MB) */
};
/* Opens or creates `dir`/cordon.db. One process writes: a lock file is held; EPI_BUSY
 * "store.in-use". */
EPI_MUST_USE epi_status epi_store_open_sqlite(const char *dir, const struct epi_store_options *o,
                                              struct epi_store **ret, struct epi_err *reterr);
EPI_MUST_USE epi_status epi_store_open_memory(const struct epi_store_options *o,
                                              struct epi_store **ret, struct epi_err *reterr);
#endif
