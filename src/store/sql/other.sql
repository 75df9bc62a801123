-- name: begin
BEGIN IMMEDIATE;

-- name: begin_read
BEGIN;

-- name: commit
COMMIT;

-- name: rollback
ROLLBACK;

-- name: savepoint
SAVEPOINT one;

-- name: release
RELEASE one;

-- name: rollback_to
ROLLBACK TO one;

-- name: word_insert
INSERT OR IGNORE INTO _word(kind, word) VALUES(?1, ?2);

-- name: word_range
SELECT word FROM _word WHERE kind = ?1 AND word >= ?2 AND word < ?3 LIMIT ?4;

-- name: blob_has
SELECT 1 FROM _blob WHERE name = ?1 AND part = 0;

-- name: blob_insert
INSERT INTO _blob(name, part, bytes) VALUES(?1, ?2, ?3);

-- name: blob_parts
SELECT bytes FROM _blob WHERE name = ?1 ORDER BY part;

-- name: blob_size
SELECT sum(length(bytes)) FROM _blob WHERE name = ?1;

-- name: integrity
PRAGMA integrity_check(100);

-- name: state_get
SELECT value FROM _state WHERE name = 'indexed';

-- name: state_put
INSERT OR REPLACE INTO _state(name, value) VALUES('indexed', ?1);

-- name: state_drop
DELETE FROM _state WHERE name = 'indexed';
