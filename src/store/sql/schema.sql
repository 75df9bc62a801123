-- The tables that are the same in every base. The registers, one table per kind, and their indexes and
-- search tables are made from the catalogue (sqlite_build.c). Names of ours begin with an underscore, so
-- that no kind or field can collide with them.

-- name: create
-- _journal: every operation. _touched: which fields an operation set on a record that existed before
-- (the operation that created a record is its _created column). _clock: the earliest server time of
-- each full block of 1,024 operations. _word: words of letters known to the search, by kind. _state: one
-- row while the search lags behind a bulk load (sqlite_index.c).
CREATE TABLE IF NOT EXISTS _journal(
    seq INTEGER PRIMARY KEY, op_id BLOB NOT NULL, server_time INTEGER NOT NULL, bytes BLOB NOT NULL,
    hash BLOB NOT NULL) STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS _journal_op ON _journal(op_id);
CREATE TABLE IF NOT EXISTS _touched(
    id INTEGER NOT NULL, kind INTEGER NOT NULL, seq INTEGER NOT NULL, fields BLOB NOT NULL,
    PRIMARY KEY(id, kind, seq)) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS _clock(block INTEGER PRIMARY KEY, min_time INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS _word(
    kind INTEGER NOT NULL, word TEXT NOT NULL, PRIMARY KEY(kind, word)) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS _state(name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS _blob(
    name BLOB NOT NULL, part INTEGER NOT NULL, bytes BLOB NOT NULL, PRIMARY KEY(name, part)) STRICT;
PRAGMA user_version = 1;

-- name: pending
-- New rows on their way into a table (sqlite_pending.c); never stored.
CREATE TABLE _pending(
    c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, c12, c13, c14, c15, c16, c17, c18, c19, c20, c21, c22,
    c23, c24, c25, c26, c27, c28, c29, c30, c31, c32, c33, c34, c35, c36, c37, c38, c39, c40, c41, c42, c43,
    c44, c45, c46, c47, c48, c49, c50, c51, c52, c53, c54, c55, c56, c57, c58, c59, c60, c61, c62, c63);

-- name: writer_pragmas
-- synchronous FULL: a commit returns after its fsync. The writer checkpoints when the store says so.
PRAGMA synchronous = FULL;
PRAGMA wal_autocheckpoint = 0;
PRAGMA foreign_keys = OFF;
PRAGMA journal_size_limit = 134217728;

-- name: fast_pragmas
PRAGMA synchronous = OFF;
PRAGMA wal_autocheckpoint = 0;

-- name: reader_pragmas
PRAGMA wal_autocheckpoint = 0;
PRAGMA query_only = 1;

-- name: columns
SELECT name FROM pragma_table_info(?1);
