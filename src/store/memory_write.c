// SPDX-License-Identifier: AGPL-3.0-or-later
// The memory store: the slow, obvious one. Writes change tables in place under a lock and keep an
// undo list; nothing is clever, because the other back ends are compared with it.
#include "store/memory_internal.h"

static void *grown(void *list, size_t n, size_t *cap, size_t size)
{
    if (n < *cap)
        return list;
    *cap = *cap ? *cap * 2 : 16;
    return epi_xrealloc(list, *cap * size);
}

static size_t id_slot(const struct epi__mem_kind *k, epi_id id)
{
    return (size_t)((id.v * UINT64_C(0x9e3779b97f4a7c15)) >> 17) & (k->cap - 1);
}

struct epi__mem_record *epi__mem_find(struct epi__mem *m, uint16_t kind, epi_id id)
{
    const struct epi__mem_kind *k = &m->kinds[kind];
    if (!k->cap)
        return NULL;
    for (size_t at = id_slot(k, id); k->slot[at]; at = (at + 1) & (k->cap - 1))
        if (k->slot[at]->r.id.v == id.v)
            return k->slot[at];
    return NULL;
}

static void kind_add(struct epi__mem_kind *k, struct epi__mem_record *r)
{
    if (k->n * 2 >= k->cap) {
        struct epi__mem_kind bigger = {.cap = k->cap ? k->cap * 2 : 64};
        bigger.slot = epi_xmalloc(bigger.cap * sizeof(void *));
        memset(bigger.slot, 0, bigger.cap * sizeof(void *));
        for (size_t i = 0; i < k->cap; i++)
            if (k->slot[i])
                kind_add(&bigger, k->slot[i]);
        free(k->slot);
        *k = bigger;
    }
    size_t at = id_slot(k, r->r.id);
    while (k->slot[at])
        at = (at + 1) & (k->cap - 1);
    k->slot[at] = r;
    k->n++;
}

static size_t op_at(const struct epi__mem *m, const epi_opid *id)
{
    return epi_str_hash((epi_str){(const char *)id->b, sizeof id->b}) & (m->op_slots - 1);
}

static uint64_t op_find(const struct epi__mem *m, const epi_opid *id)
{
    if (!m->op_slots)
        return 0;
    for (size_t at = op_at(m, id); m->op_slot[at]; at = (at + 1) & (m->op_slots - 1)) {
        uint64_t seq = m->op_slot[at];
        if (seq <= m->n_ops && epi_opid_eq(&m->ops[seq - 1].id, id))
            return seq;
    }
    return 0;
}

static void op_index(struct epi__mem *m, uint64_t seq)
{
    size_t at = op_at(m, &m->ops[seq - 1].id);
    while (m->op_slot[at] && m->op_slot[at] <= m->n_ops && m->op_slot[at] != seq)
        at = (at + 1) & (m->op_slots - 1);
    m->op_slot[at] = seq;
}

static void ops_rebuild(struct epi__mem *m)
{
    free(m->op_slot);
    m->op_slots = 64;
    while (m->op_slots < m->n_ops * 4)
        m->op_slots *= 2;
    m->op_slot = epi_xmalloc(m->op_slots * sizeof *m->op_slot);
    memset(m->op_slot, 0, m->op_slots * sizeof *m->op_slot);
    for (uint64_t seq = 1; seq <= m->n_ops; seq++)
        op_index(m, seq);
}

/* --- the port of apply.c
 * ---------------------------------------------------------------------------------- */
static epi_status port_op_bytes(void *ctx, struct epi_arena *a, const epi_opid *id,
                                uint64_t *ret_seq, epi_str *ret, struct epi_err *reterr)
{
    (void)a;
    (void)reterr;
    struct epi__mem *m = ctx;
    *ret_seq = op_find(m, id);
    *ret = *ret_seq ? m->ops[*ret_seq - 1].bytes : EPI_NIL;
    return EPI_OK;
}

static epi_status port_load(void *ctx, struct epi_arena *a, uint16_t kind, epi_id id,
                            struct epi_record **ret, struct epi_err *reterr)
{
    (void)reterr;
    struct epi__mem *m = ctx;
    struct epi__mem_record *r = epi__mem_find(m, kind, id);
    *ret = NULL;
    if (!r || r->r.version == 0)
        return EPI_OK;
    *ret = epi_record_new(a, m->base.catalogue, kind);
    struct epi_value *v = (*ret)->v;
    memcpy(v, r->r.v, m->base.catalogue->kinds[kind].n_fields * sizeof *v);
    **ret = r->r;
    (*ret)->v = v;
    return EPI_OK;
}

static epi_status port_exists(void *ctx, uint16_t kind, epi_id id, bool *ret,
                              struct epi_err *reterr)
{
    (void)reterr;
    struct epi__mem_record *r = epi__mem_find(ctx, kind, id);
    *ret = r && r->r.version > 0;
    return EPI_OK;
}

static epi_status port_later(void *ctx, uint16_t kind, epi_id id, uint64_t base, bool *later,
                             struct epi_err *reterr)
{
    (void)reterr;
    struct epi__mem *m = ctx;
    const struct epi__mem_record *r = epi__mem_find(m, kind, id);
    for (size_t i = 0; r && i < r->n_touch; i++)
        for (size_t f = 0; r->touch[i].seq > base && f < m->base.catalogue->kinds[kind].n_fields;
             f++)
            later[f] = later[f] || r->touch[i].set[f];
    return EPI_OK;
}

static epi_status port_taken(void *ctx, uint16_t kind, uint16_t field, struct epi_value v,
                             epi_id self, bool *ret, struct epi_err *reterr)
{
    (void)reterr;
    struct epi__mem *m = ctx;
    const struct epi__mem_kind *k = &m->kinds[kind];
    *ret = false;
    for (size_t i = 0; i < k->cap && !*ret; i++)
        *ret = k->slot[i] && k->slot[i]->r.version > 0 && k->slot[i]->r.id.v != self.v &&
               epi_value_eq(k->slot[i]->r.v[field], v);
    return EPI_OK;
}

static epi_status port_put_op(void *ctx, const struct epi_op *op, epi_str bytes,
                              struct epi_err *reterr)
{
    (void)reterr;
    struct epi__mem *m = ctx;
    if (m->parts)
        return EPI_OK;
    uint8_t prev[32] = {0};
    if (m->n_ops)
        memcpy(prev, m->ops[m->n_ops - 1].hash, sizeof prev);
    m->ops = grown(m->ops, m->n_ops, &m->cap_ops, sizeof *m->ops);
    struct epi__mem_op *o = &m->ops[m->n_ops++];
    *o = (struct epi__mem_op){op->op_id, op->server_time, epi_str_dup(m->a, bytes), {0}};
    epi_chain_next(prev, bytes, o->hash);
    if (m->op_slots < m->n_ops * 2)
        ops_rebuild(m);
    else
        op_index(m, m->n_ops);
    return EPI_OK;
}

static void undo_note(struct epi__mem *m, struct epi__mem_record *r, size_t n_fields)
{
    m->undo = grown(m->undo, m->n_undo, &m->cap_undo, sizeof *m->undo);
    struct epi__mem_undo *u = &m->undo[m->n_undo++];
    *u = (struct epi__mem_undo){.record = r, .before = *r};
    u->values = EPI_ARRAY(m->tx_arena, n_fields, struct epi_value);
    memcpy(u->values, r->r.v, n_fields * sizeof *u->values);
}

static epi_status port_put(void *ctx, const struct epi__touch *t, uint64_t seq,
                           struct epi_err *reterr)
{
    (void)reterr;
    struct epi__mem *m = ctx;
    size_t n_fields = m->base.catalogue->kinds[t->now->kind].n_fields;
    struct epi__mem_record *r = epi__mem_find(m, t->now->kind, t->now->id);
    if (!r) {
        r = EPI_NEW(m->a, struct epi__mem_record);
        r->r = (struct epi_record){.kind = t->now->kind, .id = t->now->id};
        r->r.v = EPI_ARRAY(m->a, n_fields, struct epi_value);
        kind_add(&m->kinds[t->now->kind], r);
    }
    if (!m->parts)
        undo_note(m, r, n_fields);
    if (!t->old) {
        r->created = seq;
        r->n_touch = 0;
    } else {
        if (r->n_touch == r->cap_touch) {
            size_t cap = r->cap_touch ? r->cap_touch * 2 : 2;
            struct epi__mem_touch *touch = EPI_ARRAY(m->a, cap, struct epi__mem_touch);
            if (r->n_touch)
                memcpy(touch, r->touch, r->n_touch * sizeof *touch);
            r->touch = touch;
            r->cap_touch = cap;
        }
        struct epi__mem_touch *touch = &r->touch[r->n_touch++];
        *touch = (struct epi__mem_touch){seq, EPI_ARRAY(m->a, n_fields, bool)};
        memcpy(touch->set, t->set, n_fields * sizeof(bool));
    }
    r->r.version = seq;
    r->r.removed = t->now->removed;
    for (size_t f = 0; f < n_fields; f++)
        if (!t->old || !epi_value_eq(r->r.v[f], t->now->v[f]))
            r->r.v[f] = epi_value_dup(m->a, t->now->v[f]);
    return EPI_OK;
}

static void port_refused(void *ctx, const struct epi_op *op, epi_str kept_bytes,
                         epi_str refused_bytes)
{
    struct epi__mem *m = ctx;
    m->refused = grown(m->refused, m->n_refused, &m->cap_refused, sizeof *m->refused);
    m->refused[m->n_refused++] =
        (struct epi__mem_refusal){epi__refusal(m->tx_arena, op, kept_bytes, refused_bytes),
                                  epi_str_dup(m->tx_arena, refused_bytes)};
}

bool epi__memory_wants(struct epi_store *s, uint16_t kind, epi_id id)
{
    struct epi__mem *m = epi__mem_of(s);
    if (m->parts < 2)
        return true;
    if (kind == EPI_K_CONFLICT && epi__is_conflict_id(id))
        return epi__mem_find(m, kind, id) != NULL;
    return ((id.v * UINT64_C(0xd6e8feb86659fd93)) >> 40) % m->parts == m->part;
}

static bool port_wanted(void *ctx, uint16_t kind, epi_id id)
{
    return epi__memory_wants(ctx, kind, id);
}

static struct epi__port port_of(struct epi__mem *m, bool replay)
{
    return (struct epi__port){.ctx = m,
                              .replay = replay,
                              .op_bytes = port_op_bytes,
                              .load = port_load,
                              .exists = port_exists,
                              .later = port_later,
                              .taken = port_taken,
                              .put_op = port_put_op,
                              .put = port_put,
                              .refused = port_refused,
                              .wanted = m->parts > 1 ? port_wanted : NULL};
}

/* --- transactions
 * ------------------------------------------------------------------------------------------ */
static void roll_back(struct epi__mem *m, size_t n_ops)
{
    while (m->n_undo > 0) {
        struct epi__mem_undo *u = &m->undo[--m->n_undo];
        size_t n_fields = m->base.catalogue->kinds[u->before.r.kind].n_fields;
        struct epi_value *v = u->record->r.v;
        *u->record = u->before;
        memcpy(v, u->values, n_fields * sizeof *v);
    }
    m->n_ops = n_ops;
    ops_rebuild(m);
}

static epi_status blob_keep(struct epi__mem *m, epi_str bytes, const uint8_t name[32])
{
    for (size_t i = 0; i < m->n_blobs; i++)
        if (memcmp(m->blobs[i].name, name, 32) == 0)
            return EPI_OK;
    m->blobs = grown(m->blobs, m->n_blobs, &m->cap_blobs, sizeof *m->blobs);
    struct epi__mem_blob *b = &m->blobs[m->n_blobs++];
    b->bytes = epi_str_dup(m->a, bytes);
    memcpy(b->name, name, 32);
    return EPI_OK;
}

static epi_status append(struct epi_tx *tx, const struct epi_op *op, struct epi_applied *ret,
                         struct epi_err *reterr)
{
    struct epi__mem *m = epi__mem_of(tx->store);
    struct epi__port port = port_of(m, false);
    epi_arena_reset(m->scratch);
    return epi__apply(m->base.catalogue, &port, m->scratch, &m->bytes, op, m->n_ops + 1, ret,
                      reterr);
}

static epi_status refusals_keep(struct epi__mem *m, struct epi_tx *tx)
{
    for (size_t i = 0; i < m->n_refused; i++) {
        struct epi_applied applied;
        uint8_t name[32];
        epi_str payload = epi_op_payload(m->refused[i].payload);
        epi_op_bytes_digest(m->refused[i].payload, name);
        EPI_TRY(blob_keep(m, payload, name));
        EPI_TRY(append(tx, &m->refused[i].op, &applied, NULL));
    }
    return EPI_OK;
}

static epi_status write_one(struct epi_store *s, epi_store_work *work, void *ctx,
                            struct epi_err *reterr)
{
    struct epi__mem *m = epi__mem_of(s);
    struct epi_tx tx = {s};
    pthread_rwlock_wrlock(&m->lock);
    size_t n_ops = m->n_ops;
    m->n_undo = m->n_refused = 0;
    epi_arena_reset(m->tx_arena);
    epi_status status = work(&tx, ctx, reterr);
    if (status != EPI_OK)
        roll_back(m, n_ops);
    epi_status kept = refusals_keep(m, &tx);
    pthread_rwlock_unlock(&m->lock);
    return status == EPI_OK ? kept : status;
}

epi_status epi__memory_fold(struct epi_store *s, const struct epi_op *op, epi_str bytes,
                            struct epi_err *reterr)
{
    struct epi__mem *m = epi__mem_of(s);
    struct epi__port port = port_of(m, true);
    struct epi_applied applied;
    m->n_undo = 0;
    epi_arena_reset(m->tx_arena);
    epi_arena_reset(m->scratch);
    epi_buf_clear(&m->bytes);
    if (!m->parts)
        epi_buf_put(&m->bytes, bytes);
    return epi__apply(m->base.catalogue, &port, m->scratch, &m->bytes, op, op->seq, &applied,
                      reterr);
}

void epi__memory_part(struct epi_store *s, unsigned part, unsigned parts)
{
    epi__mem_of(s)->part = part;
    epi__mem_of(s)->parts = parts;
}

const struct epi_record *epi__memory_peek(struct epi_store *s, uint16_t kind, epi_id id,
                                          uint64_t *ret_created)
{
    const struct epi__mem_record *r = epi__mem_find(epi__mem_of(s), kind, id);
    if (!r || r->r.version == 0)
        return NULL;
    *ret_created = r->created;
    return &r->r;
}

void epi__memory_mark(struct epi_store *s, uint16_t kind, epi_id id)
{
    struct epi__mem_record *r = epi__mem_find(epi__mem_of(s), kind, id);
    if (r)
        r->marked = true;
}

size_t epi__memory_unmarked(struct epi_store *s, uint16_t kind, epi_id *ret)
{
    const struct epi__mem_kind *k = &epi__mem_of(s)->kinds[kind];
    size_t n = 0;
    for (size_t i = 0; i < k->cap; i++)
        if (k->slot[i] && k->slot[i]->r.version > 0 && !k->slot[i]->marked)
            ret[n++] = k->slot[i]->r.id;
    return n;
}

const bool *epi__memory_touch(struct epi_store *s, uint16_t kind, epi_id id, uint64_t seq)
{
    const struct epi__mem_record *r = epi__mem_find(epi__mem_of(s), kind, id);
    for (size_t i = 0; r && i < r->n_touch; i++)
        if (r->touch[i].seq == seq)
            return r->touch[i].set;
    return NULL;
}

size_t epi__memory_touches(struct epi_store *s)
{
    const struct epi__mem *m = epi__mem_of(s);
    size_t n = 0;
    for (size_t k = 0; k < m->base.catalogue->n_kinds; k++)
        for (size_t i = 0; i < m->kinds[k].cap; i++)
            n += m->kinds[k].slot[i] ? m->kinds[k].slot[i]->n_touch : 0;
    return n;
}

size_t epi__memory_count(struct epi_store *s, uint16_t kind)
{
    return epi__mem_of(s)->kinds[kind].n;
}

/* --- the rest
 * ------------------------------------------------------------------------------------------------
 */
static uint64_t last_seq(struct epi_store *s)
{
    struct epi__mem *m = epi__mem_of(s);
    pthread_rwlock_rdlock(&m->lock);
    uint64_t seq = m->n_ops;
    pthread_rwlock_unlock(&m->lock);
    return seq;
}

static epi_status blob_put(struct epi_store *s, epi_str bytes, const uint8_t name[32],
                           struct epi_err *reterr)
{
    (void)reterr;
    struct epi__mem *m = epi__mem_of(s);
    pthread_rwlock_wrlock(&m->lock);
    epi_status status = blob_keep(m, bytes, name);
    pthread_rwlock_unlock(&m->lock);
    return status;
}

static epi_status blob_get(struct epi_store *s, struct epi_arena *a, const uint8_t name[32],
                           epi_str *ret, struct epi_err *reterr)
{
    struct epi__mem *m = epi__mem_of(s);
    epi_status status = EPI_NOT_FOUND;
    pthread_rwlock_rdlock(&m->lock);
    for (size_t i = 0; i < m->n_blobs && status != EPI_OK; i++)
        if (memcmp(m->blobs[i].name, name, 32) == 0) {
            *ret = epi_str_dup(a, m->blobs[i].bytes);
            status = EPI_OK;
        }
    pthread_rwlock_unlock(&m->lock);
    return status == EPI_OK ? EPI_OK : EPI_FAIL(reterr, EPI_NOT_FOUND, "store.no-blob", "%s", "");
}

static epi_status verify(struct epi_store *s, struct epi_verify_report *ret,
                         struct epi_findings *findings, struct epi_err *reterr)
{
    struct epi__mem *m = epi__mem_of(s);
    (void)reterr;
    pthread_rwlock_rdlock(&m->lock);
    *ret = (struct epi_verify_report){.ops = m->n_ops};
    for (size_t i = 0; i < m->n_ops; i++) {
        uint8_t hash[32];
        epi_chain_next(ret->head, m->ops[i].bytes, hash);
        if (memcmp(hash, m->ops[i].hash, sizeof hash) != 0) {
            ret->bad_hash++;
            epi_finding_add(findings, EPI_ERROR, "store.bad-hash", (uint32_t)(i + 1), EPI_NIL,
                            EPI_NIL, EPI_NIL);
        }
        memcpy(ret->head, m->ops[i].hash, sizeof hash);
    }
    for (size_t k = 0; k < m->base.catalogue->n_kinds; k++)
        for (size_t i = 0; i < m->kinds[k].cap; i++)
            ret->records += m->kinds[k].slot[i] && m->kinds[k].slot[i]->r.version > 0;
    pthread_rwlock_unlock(&m->lock);
    return EPI_OK;
}

static epi_status backup(struct epi_store *s, const char *to_path, struct epi_err *reterr)
{
    (void)s;
    return EPI_FAIL(reterr, EPI_INVALID, "store.memory-has-no-backup", "%s", to_path);
}

static void close_store(struct epi_store *s)
{
    struct epi__mem *m = epi__mem_of(s);
    for (size_t k = 0; k < m->base.catalogue->n_kinds; k++)
        free(m->kinds[k].slot);
    free(m->kinds);
    free(m->ops);
    free(m->op_slot);
    free(m->blobs);
    free(m->undo);
    free(m->refused);
    epi_buf_done(&m->bytes);
    epi_arena_free(m->a);
    epi_arena_free(m->scratch);
    epi_arena_free(m->tx_arena);
    pthread_rwlock_destroy(&m->lock);
    free(m);
}

static const struct epi__store_ops memory_ops = {
    .write = write_one,
    .append = append,
    .get = epi__mem_get,
    .find = epi__mem_query,
    .scan = epi__mem_scan,
    .group = epi__mem_group,
    .ops_since = epi__mem_ops_since,
    .op = epi__mem_op_by_id,
    .history = epi__mem_history,
    .seq = last_seq,
    .seq_at = epi__mem_seq_at,
    .verify = verify,
    .backup = backup,
    .blob_put = blob_put,
    .blob_get = blob_get,
    .close = close_store,
};

epi_status epi_store_open_memory(const struct epi_store_options *o, struct epi_store **ret,
                                 struct epi_err *reterr)
{
    (void)reterr;
    struct epi__mem *m = epi_xmalloc(sizeof *m);
    memset(m, 0, sizeof *m);
    m->base = (struct epi_store){&memory_ops, o->catalogue, o->io};
    pthread_rwlock_init(&m->lock, NULL);
    m->a = epi_arena_new(0);
    m->scratch = epi_arena_new(0);
    m->tx_arena = epi_arena_new(0);
    m->bytes = EPI_BUF(EPI_OP_BYTES_MAX);
    m->kinds = epi_xmalloc(o->catalogue->n_kinds * sizeof *m->kinds);
    memset(m->kinds, 0, o->catalogue->n_kinds * sizeof *m->kinds);
    *ret = &m->base;
    return EPI_OK;
}
