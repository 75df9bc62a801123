/* sqlite_internal.h - the SQLite store: one writer connection, a pool of readers, composed
 * statements.
 *
 * Rule of the file: one process owns the base (a lock file), and inside it one connection does
 * every write and every checkpoint; all others are query_only and never checkpoint. SQLite
 * before 3.51.3 can corrupt a WAL when a second connection checkpoints while another commits; here
 * there is no second one. */
#ifndef EPI_STORE_SQLITE_INTERNAL_H
#define EPI_STORE_SQLITE_INTERNAL_H
#include "store/store_internal.h"
#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>

/* Fixed statements of src/store/sql, by file and name. */
enum epi__sql_name {
#define X(stem, name, text) EPI__SQL_##stem##_##name,
#include "store_sql.inc"
#undef X
    EPI__SQL_COUNT
};
const char *epi__sql_text(enum epi__sql_name name);

/* --- connections (sqlite_conn.c)
 * ------------------------------------------------------------------------ */
#define EPI__STATEMENTS_MAX 96
struct epi__statement {
    char *sql;
    uint64_t hash, used;
    sqlite3_stmt *stmt;
    bool busy;
};
struct epi__conn {
    sqlite3 *db;
    sqlite3_stmt *fixed[EPI__SQL_COUNT];
    struct epi__statement kept[EPI__STATEMENTS_MAX]; /* composed ones, least recently used goes */
    uint64_t tick;
    bool writer;
    struct epi__sqlite *store;
    struct epi__conn *next; /* in the pool */
};
struct epi__sqlite; /* below */
epi_status epi__conn_open(struct epi__sqlite *s, bool writer, struct epi__conn **ret,
                          struct epi_err *reterr);
void epi__conn_close(struct epi__conn *c);
/* Runs a script of statements without parameters. */
epi_status epi__conn_exec(struct epi__conn *c, const char *sql, struct epi_err *reterr);
/* A fixed statement, reset and ready to bind. */
epi_status epi__conn_fixed(struct epi__conn *c, enum epi__sql_name name, sqlite3_stmt **ret,
                           struct epi_err *reterr);
/* Steps: *ret_row true when there is a row. Resets on the end and on errors. */
epi_status epi__conn_step(struct epi__conn *c, sqlite3_stmt *stmt, bool *ret_row,
                          struct epi_err *reterr);
/* Steps a statement that gives no rows, and resets it. */
epi_status epi__conn_run(struct epi__conn *c, sqlite3_stmt *stmt, struct epi_err *reterr);
epi_status epi__conn_fixed_run(struct epi__conn *c, enum epi__sql_name name,
                               struct epi_err *reterr);
epi_status epi__conn_failed(struct epi__conn *c, int rc, struct epi_err *reterr);
void epi__bind_value(sqlite3_stmt *stmt, int at, struct epi_value v);
struct epi_value epi__column_value(struct epi_arena *a, sqlite3_stmt *stmt, int at);
/* A reader from the pool, and back. */
epi_status epi__reader_take(struct epi__sqlite *s, struct epi__conn **ret, struct epi_err *reterr);
void epi__reader_give(struct epi__sqlite *s, struct epi__conn *c);

/* --- composed statements (sqlite_build.c)
 * ---------------------------------------------------------------- */
struct epi__sql {
    struct epi_arena *a;
    struct epi_buf b;
    struct epi_value *bind;
    size_t n, cap;
};
#define EPI__SQL_LOCAL(name, arena) \
    EPI_CLEANUP(epi__sql_done) struct epi__sql name = {.a = (arena), .b = EPI_BUF((size_t)1 << 20)}
void epi__sql_done(struct epi__sql *q);
/* Prepares (or finds) the statement and binds its values. */
epi_status epi__sql_prepare(struct epi__conn *c, struct epi__sql *q, sqlite3_stmt **ret,
                            struct epi_err *reterr);

#define EPI__SYSTEM_COLUMNS 4 /* _id, _version, _created, _removed stand before the fields */
void epi__sql_create_table(struct epi__sql *q, const struct epi_kind *k);
void epi__sql_add_column(struct epi__sql *q, const struct epi_kind *k, size_t field);
bool epi__sql_indexed(const struct epi_field *f, size_t field);
void epi__sql_create_index(struct epi__sql *q, const struct epi_kind *k, size_t field);
void epi__sql_create_search(struct epi__sql *q, const struct epi_kind *k);
void epi__sql_insert(struct epi__sql *q, const struct epi_kind *k);
void epi__sql_update(struct epi__sql *q, const struct epi_kind *k, const struct epi__touch *t);
void epi__sql_search_insert(struct epi__sql *q, const struct epi_kind *k);
void epi__sql_search_delete(struct epi__sql *q, const struct epi_kind *k);
void epi__sql_exists(struct epi__sql *q, const struct epi_kind *k, epi_id id);
void epi__sql_created(struct epi__sql *q, const struct epi_kind *k, epi_id id);
void epi__sql_max_id(struct epi__sql *q, const struct epi_kind *k);
void epi__sql_taken(struct epi__sql *q, const struct epi_kind *k, uint16_t field,
                    struct epi_value v, epi_id self);
void epi__sql_get(struct epi__sql *q, const struct epi_kind *k, epi_id id,
                  const struct epi_scope *scope);
void epi__sql_all(struct epi__sql *q, const struct epi_kind *k);

#define EPI__BY_ID (-1)     /* walk the table in the order of ids */
#define EPI__ANY_INDEX (-2) /* SQLite chooses */
/* What to select and how to find it. */
struct epi__select {
    const struct epi_kind *k;
    const struct epi_scope *scope;
    const struct epi_filter *filters;
    size_t n_filters;
    bool removed;
    int index;     /* field whose index leads, EPI__BY_ID or EPI__ANY_INDEX */
    epi_str match; /* search expression; empty = no search */
};
enum epi__phase { EPI__SORTED, EPI__KNOWN, EPI__NULLS }; /* of a page that follows an order index */
void epi__sql_page(struct epi__sql *q, const struct epi__select *s, const struct epi_query *page,
                   enum epi__phase phase, size_t limit);
void epi__sql_count(struct epi__sql *q, const struct epi__select *s);
void epi__sql_scan(struct epi__sql *q, const struct epi__select *s, const uint16_t *fields,
                   size_t n);
/* Only the fields, in no order. */
void epi__sql_values(struct epi__sql *q, const struct epi__select *s, const uint16_t *fields,
                     size_t n);
/* Rows, at most `cap`, that one filter (or the scope, filter NULL) leaves by its index. */
void epi__sql_probe(struct epi__sql *q, const struct epi__select *s,
                    const struct epi_filter *filter, size_t cap);

/* --- search (sqlite_search.c)
 * ------------------------------------------------------------------------------ */
/* The words of a record and of its unit's path, as the search table holds them. */
void epi__search_doc(struct epi_arena *a, const struct epi_kind *k, const struct epi_record *r,
                     struct epi_buf *out);
bool epi__search_same(const struct epi_kind *k, const struct epi_record *x,
                      const struct epi_record *y);
/* The MATCH expression; *ret empty when nothing can match. */
epi_status epi__search_expr(struct epi__conn *c, struct epi_arena *a, const struct epi_kind *k,
                            const struct epi__words *words, const struct epi_scope *scope,
                            epi_str *ret, struct epi_err *reterr);
/* Calls `list` with each entry that _word needs for a word of a document. */
epi_status epi__search_listed(epi_str word, epi_status (*list)(void *ctx, epi_str entry),
                              void *ctx);

/* --- the store
 * ------------------------------------------------------------------------------------------- */
struct epi__waiter {
    epi_store_work *work;
    void *ctx;
    struct epi_err *reterr;
    epi_status status;
    bool done;
    struct epi__waiter *next;
};
#define EPI__CLOCK_BLOCK 1024
struct epi__position { /* what a rolled back transaction must give back */
    uint64_t seq;
    uint8_t hash[32];
    epi_opid max_op;
    int64_t block_min;
    uint64_t indexed; /* the search holds records created up to here; EPI__ALL_INDEXED = all */
};
#define EPI__ALL_INDEXED UINT64_MAX
struct epi__sqlite {
    struct epi_store base;
    char *path, *dir;
    bool read_only, fast;
    size_t cache_kb;
    void (*fatal)(const char *line);
    int lock_fd;
    const char *vfs;

    pthread_mutex_t lock; /* queue and leadership */
    pthread_cond_t turn;
    struct epi__waiter *first, **last;
    bool leading;

    /* belongs to the leader */
    struct epi__conn *writer;
    struct epi__position at;
    uint64_t *max_id; /* by kind: above it no record exists */
    sqlite3_stmt **insert, **search_insert;
    struct epi__pending *pending;
    struct epi_arena *scratch, *tx_arena;
    struct epi_buf bytes, doc;
    uint64_t *word_set; /* hashes of known words */
    size_t word_cap, word_n;
    size_t new_docs, docs_inline; /* search documents written by this callback; how many may be */
    uint64_t indexed_kept;        /* what _state says of at.indexed */
    bool lost;                    /* a write inside the transaction failed */
    struct epi__refused_list {
        struct epi_op op;
        epi_str payload;
    } * refused;
    size_t n_refused, cap_refused;
    int wal_frames, wal_frames_max;
    size_t verify_part; /* records replayed at a time; 0 = default */

    pthread_mutex_t pool_lock;
    pthread_cond_t pool_turn;
    struct epi__conn *idle;
    size_t n_readers;
    _Atomic uint64_t seq; /* last durable position */

    _Atomic uint64_t indexed, last_write_ms; /* what the indexer thread goes by */
    _Atomic unsigned bulk;                   /* loads under way: it waits for their end */
    pthread_t indexer;
    bool has_indexer, stopping; /* under `lock` */
    pthread_cond_t index_turn;
};
static inline struct epi__sqlite *epi__sqlite_of(struct epi_store *s)
{
    return (struct epi__sqlite *)(void *)s;
}
_Noreturn void epi__fatal(struct epi__sqlite *s, const char *what, int code);

/* sqlite_write.c */
epi_status epi__sqlite_write(struct epi_store *s, epi_store_work *work, void *ctx,
                             struct epi_err *reterr);
epi_status epi__sqlite_append(struct epi_tx *tx, const struct epi_op *op, struct epi_applied *ret,
                              struct epi_err *reterr);
epi_status epi__sqlite_blob_put(struct epi_store *s, epi_str bytes, const uint8_t name[32],
                                struct epi_err *reterr);
void epi__lead(struct epi__sqlite *s); /* waits for the writer connection */
void epi__lead_end(struct epi__sqlite *s);
epi_status epi__position_load(struct epi__sqlite *s, struct epi_err *reterr);
void epi__checkpoint(struct epi__sqlite *s, int mode);
void epi__checkpoint_if_long(struct epi__sqlite *s); /* the caller leads */
/* sqlite_pending.c: new rows, put many at a time. All of it belongs to the leader. */
#define EPI__PENDING_COLUMNS 64 /* of the view _pending (sql/schema.sql) */
struct epi__pending *epi__pending_new(const struct epi_catalogue *c);
void epi__pending_free(struct epi__pending *p); /* NULL allowed */
int epi__pending_module(struct epi__pending *p, sqlite3 *db);
/* Take copies. An error, here as below, means that the transaction is lost. */
epi_status epi__pending_op(struct epi__sqlite *s, uint64_t seq, const struct epi_op *op,
                           epi_str bytes, const uint8_t hash[32], struct epi_err *reterr);
epi_status epi__pending_record(struct epi__sqlite *s, const struct epi_record *r,
                               struct epi_err *reterr);
/* Puts what waits: before a read through the writer connection and before a callback ends. */
epi_status epi__pending_put(struct epi__sqlite *s, struct epi_err *reterr);
void epi__pending_drop(struct epi__pending *p); /* with the transaction */
/* sqlite_port.c */
/* A statement of one kind, prepared once. */
epi_status epi__kept(struct epi__sqlite *s, sqlite3_stmt **slot,
                     void (*build)(struct epi__sql *q, const struct epi_kind *k),
                     const struct epi_kind *k, struct epi_err *reterr);
struct epi__port epi__sqlite_port(struct epi__sqlite *s);
/* Adds a stored record to the search. */
epi_status epi__search_add(struct epi__sqlite *s, const struct epi_kind *k, uint16_t kind,
                           const struct epi_record *r, struct epi_err *reterr);
void epi__forget(struct epi__sqlite *s, const struct epi__position *before);
bool epi__in_transaction(const struct epi__sqlite *s);
/* sqlite_index.c: the search may lag behind a bulk load */
#define EPI__DOCS_INLINE 1000 /* a callback that writes more leaves the rest to the indexer */
uint64_t epi__now_ms(void);
epi_status epi__index_state_load(struct epi__sqlite *s, struct epi_err *reterr);
epi_status epi__index_state_keep(struct epi__sqlite *s, struct epi_err *reterr);
void epi__index_start(struct epi__sqlite *s); /* the thread, if something waits for it */
void epi__index_stop(struct epi__sqlite *s);
void epi__sqlite_bulk(struct epi_store *s, bool begins);
/* Lets the search catch up for at most a second. `tx`: inside the caller's transaction. */
epi_status epi__index_wait(struct epi__sqlite *s, const struct epi_tx *tx, struct epi_err *reterr);
/* sqlite_read.c */
struct epi_record *epi__row_record(struct epi_arena *a, const struct epi_catalogue *c,
                                   uint16_t kind, sqlite3_stmt *stmt);
epi_status epi__sqlite_get(struct epi_store *s, struct epi_tx *tx, struct epi_arena *a,
                           uint16_t kind, epi_id id, const struct epi_scope *scope,
                           struct epi_record **ret, struct epi_err *reterr);
epi_status epi__sqlite_find(struct epi_store *s, struct epi_tx *tx, struct epi_arena *a,
                            const struct epi_query *q, struct epi_page *ret,
                            struct epi_err *reterr);
epi_status epi__sqlite_scan(struct epi_store *s, uint16_t kind, const struct epi_scope *scope,
                            const struct epi_filter *filters, size_t n_filters,
                            const uint16_t *fields, size_t n_fields, epi_scan_fn *fn, void *ctx,
                            struct epi_err *reterr);
epi_status epi__sqlite_group(struct epi_store *s, struct epi_arena *a, uint16_t kind,
                             const struct epi_scope *scope, const struct epi_filter *filters,
                             size_t n_filters, const uint16_t *by, size_t n_by,
                             struct epi_group **ret, size_t *ret_n, struct epi_err *reterr);
/* sqlite_reader.c */
epi_status epi__sqlite_reader_open(struct epi_store *s, struct epi_reader **ret,
                                   struct epi_err *reterr);
epi_status epi__sqlite_reader_get(struct epi_reader *r, struct epi_arena *a, uint16_t kind,
                                  epi_id id, struct epi_record **ret, struct epi_err *reterr);
void epi__sqlite_reader_rest(struct epi_reader *r);
void epi__sqlite_reader_close(struct epi_reader *r);
/* sqlite_journal.c */
epi_status epi__sqlite_ops_since(struct epi_store *s, struct epi_arena *a, uint64_t since,
                                 size_t limit, struct epi_op **ret, size_t *ret_n,
                                 struct epi_err *reterr);
epi_status epi__sqlite_op(struct epi_store *s, struct epi_arena *a, const epi_opid *id,
                          struct epi_op *ret, struct epi_err *reterr);
epi_status epi__sqlite_history(struct epi_store *s, struct epi_arena *a, uint16_t kind, epi_id id,
                               struct epi_op **ret, size_t *ret_n, struct epi_err *reterr);
epi_status epi__sqlite_seq_at(struct epi_store *s, epi_instant t, uint64_t *ret,
                              struct epi_err *reterr);
epi_status epi__sqlite_blob_get(struct epi_store *s, struct epi_arena *a, const uint8_t name[32],
                                epi_str *ret, struct epi_err *reterr);
epi_status epi__sqlite_backup(struct epi_store *s, const char *to_path, struct epi_err *reterr);
/* sqlite_verify.c */
epi_status epi__sqlite_verify(struct epi_store *s, struct epi_verify_report *ret,
                              struct epi_findings *findings, struct epi_err *reterr);
#endif
