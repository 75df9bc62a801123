// SPDX-License-Identifier: AGPL-3.0-or-later
// Verify: walks the journal once for chain, order and repeated ids, then replays it in memory part
// by part (records fall into parts by their id, so memory stays bounded) and compares every
// register row.
#include "store/sqlite_internal.h"

#define PART_RECORDS 600000

struct verifying {
    struct epi__sqlite *s;
    struct epi__conn *c;
    struct epi_verify_report *report;
    struct epi_findings *findings;
    struct epi_arena *a; /* of one operation or row */
};

static void finding(struct verifying *v, const char *code, uint64_t seq, const char *kind,
                    epi_id id, const char *field)
{
    char text[16];
    epi_finding_add(v->findings, EPI_ERROR, code, seq > UINT32_MAX ? UINT32_MAX : (uint32_t)seq,
                    epi_str_of(field), epi_str_of(kind), epi_str_of(epi_id_text(id, text)));
}

static epi_str blob_at(sqlite3_stmt *stmt, int at)
{
    return (epi_str){sqlite3_column_blob(stmt, at), (size_t)sqlite3_column_bytes(stmt, at)};
}

/* One journal row by itself and against the row before it. */
static void check_row(struct verifying *v, sqlite3_stmt *stmt, uint64_t *seq, uint8_t hash[32])
{
    uint64_t at = (uint64_t)sqlite3_column_int64(stmt, 0);
    epi_str id = blob_at(stmt, 1), bytes = blob_at(stmt, 3), kept = blob_at(stmt, 4);
    struct epi_op op;
    v->report->ops++;
    if (at != *seq + 1) {
        v->report->bad_order++;
        finding(v, "store.bad-order", at, NULL, (epi_id){0}, NULL);
    }
    *seq = at;
    epi_chain_next(hash, bytes, hash);
    bool readable = epi_op_decode(v->a, v->s->base.catalogue, bytes, &op, NULL) == EPI_OK;
    if (kept.n != 32 || memcmp(kept.p, hash, 32) != 0) {
        v->report->bad_hash++;
        finding(v, "store.bad-hash", at, NULL, (epi_id){0}, NULL);
        if (kept.n == 32) /* go on from what is written, so that one bad row is one finding */
            memcpy(hash, kept.p, 32);
    } else if (!readable || id.n != sizeof op.op_id.b || memcmp(id.p, op.op_id.b, id.n) != 0 ||
               sqlite3_column_int64(stmt, 2) != op.server_time.ms) {
        v->report->bad_hash++;
        finding(v, "store.bad-operation", at, NULL, (epi_id){0}, NULL);
    }
}

static epi_status walk_chain(struct verifying *v, struct epi_err *reterr)
{
    sqlite3_stmt *stmt;
    uint64_t seq = 0;
    EPI_TRY(epi__conn_fixed(v->c, EPI__SQL_journal_walk, &stmt, reterr));
    for (;;) {
        bool row;
        EPI_TRY(epi__conn_step(v->c, stmt, &row, reterr));
        if (!row)
            break;
        epi_arena_reset(v->a);
        check_row(v, stmt, &seq, v->report->head);
    }
    EPI_TRY(epi__conn_fixed(v->c, EPI__SQL_journal_repeated, &stmt, reterr));
    for (;;) {
        bool row;
        EPI_TRY(epi__conn_step(v->c, stmt, &row, reterr));
        if (!row)
            return EPI_OK;
        v->report->repeated_op++;
        finding(v, "store.repeated-operation", (uint64_t)sqlite3_column_int64(stmt, 0), NULL,
                (epi_id){0}, NULL);
    }
}

static epi_status replay(struct verifying *v, struct epi_store *past, struct epi_err *reterr)
{
    sqlite3_stmt *stmt;
    EPI_TRY(epi__conn_fixed(v->c, EPI__SQL_journal_walk, &stmt, reterr));
    for (;;) {
        bool row;
        EPI_TRY(epi__conn_step(v->c, stmt, &row, reterr));
        if (!row)
            return EPI_OK;
        struct epi_op op;
        epi_arena_reset(v->a);
        if (epi_op_decode(v->a, v->s->base.catalogue, blob_at(stmt, 3), &op, NULL) != EPI_OK)
            continue; /* found by walk_chain; what it changed will differ */
        op.seq = (uint64_t)sqlite3_column_int64(stmt, 0);
        if (epi__memory_fold(past, &op, EPI_NIL, NULL) != EPI_OK) {
            v->report->bad_order++;
            finding(v, "store.does-not-replay", op.seq, NULL, (epi_id){0}, NULL);
        }
    }
}

static void compare_row(struct verifying *v, struct epi_store *past, const struct epi_record *r,
                        uint64_t created)
{
    const struct epi_kind *k = &v->s->base.catalogue->kinds[r->kind];
    uint64_t want_created;
    const struct epi_record *want = epi__memory_peek(past, r->kind, r->id, &want_created);
    if (!want) {
        v->report->extra++;
        finding(v, "store.extra-row", 0, k->name, r->id, NULL);
        return;
    }
    const char *field = NULL;
    if (want->version != r->version || want_created != created || want->removed != r->removed)
        field = "version";
    for (size_t f = 0; f < k->n_fields && !field; f++)
        if (!epi_value_eq(want->v[f], r->v[f]))
            field = k->fields[f].name;
    if (field) {
        v->report->differing++;
        finding(v, "store.different-row", r->version, k->name, r->id, field);
    }
}

static epi_status compare_kind(struct verifying *v, struct epi_store *past, uint16_t kind,
                               struct epi_err *reterr)
{
    const struct epi_catalogue *cat = v->s->base.catalogue;
    size_t n, seen = 0;
    sqlite3_stmt *stmt;
    EPI_ARENA_LOCAL(a);
    EPI__SQL_LOCAL(q, a);
    epi__sql_all(&q, &cat->kinds[kind]);
    EPI_TRY(epi__sql_prepare(v->c, &q, &stmt, reterr));
    for (;;) {
        bool row;
        EPI_TRY(epi__conn_step(v->c, stmt, &row, reterr));
        if (!row)
            break;
        epi_id id = {(uint64_t)sqlite3_column_int64(stmt, 0)};
        if (!epi__memory_wants(past, kind, id))
            continue;
        epi_arena_reset(v->a);
        const struct epi_record *r = epi__row_record(v->a, cat, kind, stmt);
        compare_row(v, past, r, (uint64_t)sqlite3_column_int64(stmt, 2));
        v->report->records++;
        epi__memory_mark(past, kind, id);
        seen++;
    }
    n = epi__memory_count(past, kind);
    if (seen == n && v->report->extra == 0)
        return EPI_OK;
    epi_id *missing = EPI_ARRAY(a, n, epi_id);
    n = epi__memory_unmarked(past, kind, missing);
    for (size_t i = 0; i < n; i++) {
        v->report->missing++;
        finding(v, "store.missing-row", 0, cat->kinds[kind].name, missing[i], NULL);
    }
    return EPI_OK;
}

/* The trace of edits, by which later changes merge: record by record the same positions and fields.
 */
static epi_status compare_touches(struct verifying *v, struct epi_store *past,
                                  struct epi_err *reterr)
{
    const struct epi_catalogue *cat = v->s->base.catalogue;
    sqlite3_stmt *stmt;
    size_t rows = 0;
    EPI_TRY(epi__conn_fixed(v->c, EPI__SQL_journal_touched_all, &stmt, reterr));
    for (;;) {
        bool row;
        EPI_TRY(epi__conn_step(v->c, stmt, &row, reterr));
        if (!row)
            break;
        epi_id id = {(uint64_t)sqlite3_column_int64(stmt, 0)};
        int kind = epi_kind_by_tag(cat, (uint16_t)sqlite3_column_int(stmt, 1));
        if (kind < 0 || !epi__memory_wants(past, (uint16_t)kind, id))
            continue;
        epi_str tags = blob_at(stmt, 3);
        const bool *set =
            epi__memory_touch(past, (uint16_t)kind, id, (uint64_t)sqlite3_column_int64(stmt, 2));
        size_t n = 0, found = 0;
        for (size_t f = 0; set && f < cat->kinds[kind].n_fields; f++)
            n += set[f];
        for (size_t i = 0; set && i + 1 < tags.n; i += 2) {
            int f = epi_field_by_tag(
                &cat->kinds[kind],
                (uint16_t)((uint8_t)tags.p[i] | (unsigned)(uint8_t)tags.p[i + 1] << 8));
            found += f >= 0 && set[f];
        }
        rows += set != NULL;
        if (!set || found != n || tags.n != n * 2) {
            v->report->differing++;
            finding(v, "store.different-trace", (uint64_t)sqlite3_column_int64(stmt, 2),
                    cat->kinds[kind].name, id, NULL);
        }
    }
    size_t want = epi__memory_touches(past);
    if (rows < want) {
        v->report->differing += want - rows;
        finding(v, "store.missing-trace", 0, NULL, (epi_id){0}, NULL);
    }
    return EPI_OK;
}

static epi_status compare_part(struct verifying *v, unsigned part, unsigned parts,
                               struct epi_err *reterr)
{
    struct epi_store_options o = {.io = v->s->base.io, .catalogue = v->s->base.catalogue};
    struct epi_store *past;
    EPI_TRY(epi_store_open_memory(&o, &past, reterr));
    epi__memory_part(past, part, parts);
    epi_status status = replay(v, past, reterr);
    for (size_t k = 0; k < o.catalogue->n_kinds && status == EPI_OK; k++)
        status = compare_kind(v, past, (uint16_t)k, reterr);
    if (status == EPI_OK)
        status = compare_touches(v, past, reterr);
    epi_store_close(past);
    return status;
}

/* Rows of all registers, to choose the number of parts. */
static epi_status count_rows(struct verifying *v, int64_t *ret, struct epi_err *reterr)
{
    EPI_ARENA_LOCAL(a);
    *ret = 0;
    for (size_t k = 0; k < v->s->base.catalogue->n_kinds; k++) {
        struct epi_scope all = EPI_SCOPE_ALL;
        struct epi__select sel = {.k = &v->s->base.catalogue->kinds[k],
                                  .scope = &all,
                                  .removed = true,
                                  .index = EPI__ANY_INDEX};
        sqlite3_stmt *stmt;
        bool row;
        EPI__SQL_LOCAL(q, a);
        epi__sql_count(&q, &sel);
        EPI_TRY(epi__sql_prepare(v->c, &q, &stmt, reterr));
        EPI_TRY(epi__conn_step(v->c, stmt, &row, reterr));
        *ret += row ? sqlite3_column_int64(stmt, 0) : 0;
        sqlite3_reset(stmt);
    }
    return EPI_OK;
}

/* Every page, and every index against its table: lists are read by index, so a row that an index
 * has lost is lost to people. */
static epi_status check_indexes(struct verifying *v, struct epi_err *reterr)
{
    sqlite3_stmt *stmt;
    EPI_TRY(epi__conn_fixed(v->c, EPI__SQL_other_integrity, &stmt, reterr));
    for (;;) {
        bool row;
        EPI_TRY(epi__conn_step(v->c, stmt, &row, reterr));
        if (!row)
            return EPI_OK;
        epi_str line = {(const char *)sqlite3_column_text(stmt, 0),
                        (size_t)sqlite3_column_bytes(stmt, 0)};
        if (epi_str_eqz(line, "ok"))
            continue;
        v->report->damaged++;
        epi_finding_add(v->findings, EPI_ERROR, "store.damaged-index", 0, EPI_NIL,
                        epi_str_sub(line, 0, 200), EPI_NIL);
    }
}

static epi_status verify_all(struct verifying *v, struct epi_err *reterr)
{
    int64_t rows;
    EPI_TRY(walk_chain(v, reterr));
    EPI_TRY(count_rows(v, &rows, reterr));
    unsigned parts =
        (unsigned)((uint64_t)rows / (v->s->verify_part ? v->s->verify_part : PART_RECORDS)) + 1;
    for (unsigned part = 0; part < parts; part++)
        EPI_TRY(compare_part(v, part, parts, reterr));
    return check_indexes(v, reterr);
}

epi_status epi__sqlite_verify(struct epi_store *store, struct epi_verify_report *ret,
                              struct epi_findings *findings, struct epi_err *reterr)
{
    struct epi__sqlite *s = epi__sqlite_of(store);
    EPI_ARENA_LOCAL(a);
    struct verifying v = {.s = s, .report = ret, .findings = findings, .a = a};
    *ret = (struct epi_verify_report){0};
    EPI_TRY(epi__reader_take(s, &v.c, reterr));
    epi_status status = epi__conn_fixed_run(v.c, EPI__SQL_other_begin_read, reterr);
    if (status == EPI_OK)
        status = verify_all(&v, reterr);
    if (!sqlite3_get_autocommit(v.c->db))
        (void)epi__conn_fixed_run(v.c, EPI__SQL_other_commit, NULL);
    epi__reader_give(s, v.c);
    return status;
}
