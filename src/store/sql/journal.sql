-- name: insert
INSERT OR FAIL INTO _journal(seq, op_id, server_time, bytes, hash) SELECT c0, c1, c2, c3, c4 FROM _pending;

-- name: by_op_id
SELECT seq, bytes FROM _journal WHERE op_id = ?1;

-- name: since
SELECT seq, bytes, hash FROM _journal WHERE seq > ?1 ORDER BY seq LIMIT ?2;

-- name: one
SELECT seq, bytes, hash FROM _journal WHERE seq = ?1;

-- name: last
SELECT seq, hash FROM _journal ORDER BY seq DESC LIMIT 1;

-- name: last_op_id
SELECT max(op_id) FROM _journal;

-- name: walk
SELECT seq, op_id, server_time, bytes, hash FROM _journal ORDER BY seq;

-- name: clock_insert
INSERT OR REPLACE INTO _clock(block, min_time) VALUES(?1, ?2);

-- name: clock_tail
SELECT min(server_time) FROM _journal WHERE seq >= ?1;

-- name: at_tail
SELECT max(seq) FROM _journal
WHERE seq >= (SELECT coalesce(max(block) + 1, 0) * 1024 FROM _clock) AND server_time <= ?1;

-- name: at_block
SELECT max(seq) FROM _journal, (SELECT block FROM _clock WHERE min_time <= ?1 ORDER BY block DESC LIMIT 1) b
WHERE seq >= b.block * 1024 AND seq < (b.block + 1) * 1024 AND server_time <= ?1;

-- name: touch
INSERT INTO _touched(id, kind, seq, fields) VALUES(?1, ?2, ?3, ?4);

-- name: touched_since
SELECT fields FROM _touched WHERE id = ?1 AND kind = ?2 AND seq > ?3;

-- name: touched_by
SELECT seq FROM _touched WHERE id = ?1 AND kind = ?2 ORDER BY seq;

-- name: touched_all
SELECT id, kind, seq, fields FROM _touched ORDER BY id, kind, seq;

-- name: repeated
SELECT max(seq) FROM _journal NOT INDEXED GROUP BY op_id HAVING count(*) > 1;
