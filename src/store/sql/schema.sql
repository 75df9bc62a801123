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

-- name: writer_pragmas
-- synchronous FULL: a commit returns after its fsync. The writer checkpoints when the store says so.
PRAGMA synchronous = FULL;
PRAGMA wal_autocheckpoint = 0;
PRAGMA foreign_keys = OFF;
PRAGMA journal_size_limit = 67108864;

-- name: fast_pragmas
PRAGMA synchronous = OFF;
PRAGMA wal_autocheckpoint = 0;

-- name: reader_pragmas
PRAGMA wal_autocheckpoint = 0;
PRAGMA query_only = 1;

-- name: columns
SELECT name FROM pragma_table_info(?1);
