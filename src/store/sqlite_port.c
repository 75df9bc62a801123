// SPDX-License-Identifier: AGPL-3.0-or-later
// apply.c's port on the writer connection. New rows wait and are put together (sqlite_pending.c).
#include "store/sqlite_internal.h"

static epi_status op_bytes(void *ctx, struct epi_arena *a, const epi_opid *id, uint64_t *ret_seq,
                           epi_str *ret, struct epi_err *reterr)
{
    struct epi__sqlite *s = ctx;
    sqlite3_stmt *stmt;
    bool row;
    *ret = EPI_NIL;
    if (s->at.seq == 0 || memcmp(id->b, s->at.max_op.b, sizeof id->b) > 0)
        return EPI_OK;
    EPI_TRY(epi__pending_put(s, reterr));
    EPI_TRY(epi__conn_fixed(s->writer, EPI__SQL_journal_by_op_id, &stmt, reterr));
    sqlite3_bind_blob(stmt, 1, id->b, sizeof id->b, SQLITE_STATIC);
    EPI_TRY(epi__conn_step(s->writer, stmt, &row, reterr));
    if (row) {
        *ret_seq = (uint64_t)sqlite3_column_int64(stmt, 0);
        *ret = epi_str_dup(
            a, (epi_str){sqlite3_column_blob(stmt, 1), (size_t)sqlite3_column_bytes(stmt, 1)});
        sqlite3_reset(stmt);
    }
    return EPI_OK;
}

static epi_status load(void *ctx, struct epi_arena *a, uint16_t kind, epi_id id,
                       struct epi_record **ret, struct epi_err *reterr)
{
    struct epi__sqlite *s = ctx;
    sqlite3_stmt *stmt;
    bool row;
    *ret = NULL;
    EPI_TRY(epi__pending_put(s, reterr));
    EPI__SQL_LOCAL(q, a);
    epi__sql_get(&q, &s->base.catalogue->kinds[kind], id, &EPI_SCOPE_ALL);
    EPI_TRY(epi__sql_prepare(s->writer, &q, &stmt, reterr));
    EPI_TRY(epi__conn_step(s->writer, stmt, &row, reterr));
    if (row) {
        *ret = epi__row_record(a, s->base.catalogue, kind, stmt);
        sqlite3_reset(stmt);
    }
    return EPI_OK;
}

static epi_status has_row(struct epi__sqlite *s, struct epi__sql *q, bool *ret,
                          struct epi_err *reterr)
{
    sqlite3_stmt *stmt;
    EPI_TRY(epi__pending_put(s, reterr));
    EPI_TRY(epi__sql_prepare(s->writer, q, &stmt, reterr));
    EPI_TRY(epi__conn_step(s->writer, stmt, ret, reterr));
    sqlite3_reset(stmt);
    return EPI_OK;
}

static epi_status exists(void *ctx, uint16_t kind, epi_id id, bool *ret, struct epi_err *reterr)
{
    struct epi__sqlite *s = ctx;
    *ret = false;
    if (id.v > s->max_id[kind])
        return EPI_OK;
    EPI__SQL_LOCAL(q, s->scratch);
    epi__sql_exists(&q, &s->base.catalogue->kinds[kind], id);
    return has_row(s, &q, ret, reterr);
}

static epi_status taken(void *ctx, uint16_t kind, uint16_t field, struct epi_value v, epi_id self,
                        bool *ret, struct epi_err *reterr)
{
    struct epi__sqlite *s = ctx;
    EPI__SQL_LOCAL(q, s->scratch);
    epi__sql_taken(&q, &s->base.catalogue->kinds[kind], field, v, self);
    return has_row(s, &q, ret, reterr);
}

/* _touched.fields is a list of field tags, two bytes each, low byte first. */
static epi_status later(void *ctx, uint16_t kind, epi_id id, uint64_t base, bool *ret_later,
                        struct epi_err *reterr)
{
    struct epi__sqlite *s = ctx;
    const struct epi_kind *k = &s->base.catalogue->kinds[kind];
    sqlite3_stmt *stmt;
    bool row;
    EPI_TRY(epi__conn_fixed(s->writer, EPI__SQL_journal_touched_since, &stmt, reterr));
    sqlite3_bind_int64(stmt, 1, (int64_t)id.v);
    sqlite3_bind_int(stmt, 2, k->tag);
    sqlite3_bind_int64(stmt, 3, (int64_t)base);
    for (;;) {
        EPI_TRY(epi__conn_step(s->writer, stmt, &row, reterr));
        if (!row)
            return EPI_OK;
        const uint8_t *tags = sqlite3_column_blob(stmt, 0);
        int n = sqlite3_column_bytes(stmt, 0) / 2;
        for (int i = 0; i < n; i++) {
            int field = epi_field_by_tag(k, (uint16_t)(tags[2 * i] | tags[2 * i + 1] << 8));
            if (field >= 0)
                ret_later[field] = true;
        }
    }
}

static epi_status put_op(void *ctx, const struct epi_op *op, epi_str bytes, struct epi_err *reterr)
{
    struct epi__sqlite *s = ctx;
    sqlite3_stmt *stmt;
    s->lost = true; /* until the last put of the operation */
    uint8_t hash[32];
    epi_chain_next(s->at.hash, bytes, hash);
    uint64_t seq = s->at.seq + 1;
    if (s->at.indexed == EPI__ALL_INDEXED && s->new_docs >= s->docs_inline)
        s->at.indexed = s->at.seq; /* from here on the indexer adds the documents */
    EPI_TRY(epi__pending_op(s, seq, op, bytes, hash, reterr));
    memcpy(s->at.hash, hash, sizeof hash);
    s->at.seq = seq;
    if (memcmp(op->op_id.b, s->at.max_op.b, sizeof op->op_id.b) > 0)
        s->at.max_op = op->op_id;
    if (seq % EPI__CLOCK_BLOCK == 0 || op->server_time.ms < s->at.block_min)
        s->at.block_min = op->server_time.ms;
    if (seq % EPI__CLOCK_BLOCK == EPI__CLOCK_BLOCK - 1) {
        EPI_TRY(epi__conn_fixed(s->writer, EPI__SQL_journal_clock_insert, &stmt, reterr));
        sqlite3_bind_int64(stmt, 1, (int64_t)(seq / EPI__CLOCK_BLOCK));
        sqlite3_bind_int64(stmt, 2, s->at.block_min);
        EPI_TRY(epi__conn_run(s->writer, stmt, reterr));
    }
    s->lost = false;
    return EPI_OK;
}

/* --- words the search knows
 * ------------------------------------------------------------------------------ */
static bool word_known(struct epi__sqlite *s, uint64_t hash)
{
    hash = hash ? hash : 1;
    if (s->word_n * 2 >= s->word_cap) {
        size_t cap = s->word_cap ? s->word_cap * 2 : 4096;
        uint64_t *set = epi_xmalloc(cap * sizeof *set);
        memset(set, 0, cap * sizeof *set);
        for (size_t i = 0; i < s->word_cap; i++)
            if (s->word_set[i]) {
                size_t at = s->word_set[i] & (cap - 1);
                while (set[at])
                    at = (at + 1) & (cap - 1);
                set[at] = s->word_set[i];
            }
        free(s->word_set);
        s->word_set = set;
        s->word_cap = cap;
    }
    size_t at = hash & (s->word_cap - 1);
    for (; s->word_set[at]; at = (at + 1) & (s->word_cap - 1))
        if (s->word_set[at] == hash)
            return true;
    s->word_set[at] = hash;
    s->word_n++;
    return false;
}

struct listing {
    struct epi__sqlite *s;
    const struct epi_kind *k;
    struct epi_err *reterr;
};

static epi_status list_word(void *ctx, epi_str entry)
{
    struct listing *l = ctx;
    if (word_known(l->s, epi_str_hash(entry) + l->k->tag * UINT64_C(0x9e3779b97f4a7c15)))
        return EPI_OK;
    sqlite3_stmt *stmt;
    EPI_TRY(epi__conn_fixed(l->s->writer, EPI__SQL_other_word_insert, &stmt, l->reterr));
    sqlite3_bind_int(stmt, 1, l->k->tag);
    epi__bind_value(stmt, 2, epi_v_text(entry));
    return epi__conn_run(l->s->writer, stmt, l->reterr);
}

static epi_status search_put(struct epi__sqlite *s, const struct epi_kind *k,
                             const struct epi_record *r, sqlite3_stmt *stmt, bool list,
                             struct epi_err *reterr)
{
    epi_buf_clear(&s->doc);
    epi__search_doc(s->scratch, k, r, &s->doc);
    struct listing l = {s, k, reterr};
    epi_str rest = epi_buf_str(&s->doc), word;
    while (list && epi_str_split(&rest, ' ', &word))
        if (word.n && (uint8_t)word.p[0] != 0xee) /* marked words are not listed */
            EPI_TRY(epi__search_listed(word, list_word, &l));
    sqlite3_bind_int64(stmt, 1, (int64_t)r->id.v);
    epi__bind_value(stmt, 2, epi_v_text(epi_buf_str(&s->doc)));
    return epi__conn_run(s->writer, stmt, reterr);
}

/* --- registers
 * -----------------------------------------------------------------------------------------------
 */
epi_status epi__kept(struct epi__sqlite *s, sqlite3_stmt **slot,
                     void (*build)(struct epi__sql *q, const struct epi_kind *k),
                     const struct epi_kind *k, struct epi_err *reterr)
{
    if (*slot)
        return EPI_OK;
    EPI__SQL_LOCAL(q, s->scratch);
    build(&q, k);
    int rc =
        sqlite3_prepare_v3(s->writer->db, q.b.p, (int)q.b.n, SQLITE_PREPARE_PERSISTENT, slot, NULL);
    return rc == SQLITE_OK ? EPI_OK : epi__conn_failed(s->writer, rc, reterr);
}

epi_status epi__search_add(struct epi__sqlite *s, const struct epi_kind *k, uint16_t kind,
                           const struct epi_record *r, struct epi_err *reterr)
{
    EPI_TRY(epi__kept(s, &s->search_insert[kind], epi__sql_search_insert, k, reterr));
    return search_put(s, k, r, s->search_insert[kind], true, reterr);
}

static epi_status put_new(struct epi__sqlite *s, const struct epi_record *r, struct epi_err *reterr)
{
    const struct epi_kind *k = &s->base.catalogue->kinds[r->kind];
    EPI_TRY(epi__pending_record(s, r, reterr));
    if (r->id.v > s->max_id[r->kind])
        s->max_id[r->kind] = r->id.v;
    if (!epi__kind_searchable(k) || s->at.indexed != EPI__ALL_INDEXED)
        return EPI_OK;
    s->new_docs++;
    return epi__search_add(s, k, r->kind, r, reterr);
}

/* Whether the search holds the record's document: not while a bulk load waits for the indexer. */
static epi_status searchable_now(struct epi__sqlite *s, const struct epi_record *r, bool *ret,
                                 struct epi_err *reterr)
{
    const struct epi_kind *k = &s->base.catalogue->kinds[r->kind];
    sqlite3_stmt *stmt;
    bool row;
    *ret = s->at.indexed == EPI__ALL_INDEXED;
    if (*ret)
        return EPI_OK;
    EPI_TRY(epi__pending_put(s, reterr));
    EPI__SQL_LOCAL(q, s->scratch);
    epi__sql_created(&q, k, r->id);
    EPI_TRY(epi__sql_prepare(s->writer, &q, &stmt, reterr));
    EPI_TRY(epi__conn_step(s->writer, stmt, &row, reterr));
    *ret = row && (uint64_t)sqlite3_column_int64(stmt, 0) <= s->at.indexed;
    sqlite3_reset(stmt);
    return EPI_OK;
}

static epi_status put_changed(struct epi__sqlite *s, const struct epi__touch *t, uint64_t seq,
                              struct epi_err *reterr)
{
    const struct epi_kind *k = &s->base.catalogue->kinds[t->now->kind];
    sqlite3_stmt *stmt;
    EPI_TRY(epi__pending_put(s, reterr));
    EPI__SQL_LOCAL(q, s->scratch);
    epi__sql_update(&q, k, t);
    EPI_TRY(epi__sql_prepare(s->writer, &q, &stmt, reterr));
    EPI_TRY(epi__conn_run(s->writer, stmt, reterr));
    uint8_t *tags = EPI_ARRAY(s->scratch, k->n_fields * 2, uint8_t);
    int n = 0;
    for (size_t f = 0; f < k->n_fields; f++)
        if (t->set[f]) {
            tags[n++] = (uint8_t)(k->fields[f].tag & 0xff);
            tags[n++] = (uint8_t)(k->fields[f].tag >> 8);
        }
    EPI_TRY(epi__conn_fixed(s->writer, EPI__SQL_journal_touch, &stmt, reterr));
    sqlite3_bind_int64(stmt, 1, (int64_t)t->now->id.v);
    sqlite3_bind_int(stmt, 2, k->tag);
    sqlite3_bind_int64(stmt, 3, (int64_t)seq);
    sqlite3_bind_blob(stmt, 4, tags, n, SQLITE_STATIC);
    EPI_TRY(epi__conn_run(s->writer, stmt, reterr));
    bool held;
    if (!epi__kind_searchable(k) || epi__search_same(k, t->old, t->now))
        return EPI_OK;
    EPI_TRY(searchable_now(s, t->now, &held, reterr));
    if (!held)
        return EPI_OK;
    EPI__SQL_LOCAL(drop, s->scratch);
    epi__sql_search_delete(&drop, k);
    EPI_TRY(epi__sql_prepare(s->writer, &drop, &stmt, reterr));
    EPI_TRY(search_put(s, k, t->old, stmt, false, reterr));
    return epi__search_add(s, k, t->now->kind, t->now, reterr);
}

static epi_status put(void *ctx, const struct epi__touch *t, uint64_t seq, struct epi_err *reterr)
{
    struct epi__sqlite *s = ctx;
    s->lost = true;
    EPI_TRY(t->old ? put_changed(s, t, seq, reterr) : put_new(s, t->now, reterr));
    s->lost = false;
    return EPI_OK;
}

static void refused(void *ctx, const struct epi_op *op, epi_str kept_bytes, epi_str refused_bytes)
{
    struct epi__sqlite *s = ctx;
    if (s->n_refused == s->cap_refused) {
        s->cap_refused = s->cap_refused ? s->cap_refused * 2 : 16;
        s->refused = epi_xrealloc(s->refused, s->cap_refused * sizeof *s->refused);
    }
    s->refused[s->n_refused++] =
        (struct epi__refused_list){epi__refusal(s->tx_arena, op, kept_bytes, refused_bytes),
                                   epi_str_dup(s->tx_arena, refused_bytes)};
}

struct epi__port epi__sqlite_port(struct epi__sqlite *s)
{
    return (struct epi__port){.ctx = s,
                              .op_bytes = op_bytes,
                              .load = load,
                              .exists = exists,
                              .later = later,
                              .taken = taken,
                              .put_op = put_op,
                              .put = put,
                              .refused = refused};
}
