// SPDX-License-Identifier: AGPL-3.0-or-later
// Reading the memory store: look at every record, keep what matches, sort, cut the page.
#include "store/memory_internal.h"

struct list {
    const struct epi__mem_record **r;
    size_t n;
};

static bool matches(const struct epi_record *r, const struct epi_scope *scope,
                    const struct epi_filter *filters, size_t n_filters)
{
    if (!epi_scope_has(scope, epi_v_as_text(r->v[0])))
        return false;
    for (size_t i = 0; i < n_filters; i++)
        if (!epi__filter_match(&filters[i], r->v[filters[i].field]))
            return false;
    return true;
}

static int by_id(const void *a, const void *b)
{
    uint64_t x = (*(const struct epi__mem_record *const *)a)->r.id.v;
    uint64_t y = (*(const struct epi__mem_record *const *)b)->r.id.v;
    return (x > y) - (x < y);
}

/* Every record of the kind that exists and matches, by id. */
static struct list collect(struct epi__mem *m, struct epi_arena *a, uint16_t kind,
                           const struct epi_scope *scope, const struct epi_filter *filters,
                           size_t n_filters, bool removed)
{
    const struct epi__mem_kind *k = &m->kinds[kind];
    struct list l = {EPI_ARRAY(a, k->n, const struct epi__mem_record *), 0};
    for (size_t i = 0; i < k->cap; i++) {
        const struct epi__mem_record *r = k->slot[i];
        if (r && r->r.version > 0 && (removed || !r->r.removed) &&
            matches(&r->r, scope, filters, n_filters))
            l.r[l.n++] = r;
    }
    if (l.n)
        qsort(l.r, l.n, sizeof *l.r, by_id);
    return l;
}

static struct epi_record record_out(struct epi__mem *m, struct epi_arena *a,
                                    const struct epi_record *r)
{
    size_t n = m->base.catalogue->kinds[r->kind].n_fields;
    struct epi_record out = *r;
    out.v = EPI_ARRAY(a, n, struct epi_value);
    for (size_t f = 0; f < n; f++)
        out.v[f] = epi_value_dup(a, r->v[f]);
    return out;
}

static void lock(struct epi__mem *m, const struct epi_tx *tx)
{
    if (!tx)
        pthread_rwlock_rdlock(&m->lock);
}

static void unlock(struct epi__mem *m, const struct epi_tx *tx)
{
    if (!tx)
        pthread_rwlock_unlock(&m->lock);
}

epi_status epi__mem_get(struct epi_store *s, struct epi_tx *tx, struct epi_arena *a, uint16_t kind,
                        epi_id id, const struct epi_scope *scope, struct epi_record **ret,
                        struct epi_err *reterr)
{
    struct epi__mem *m = epi__mem_of(s);
    lock(m, tx);
    const struct epi__mem_record *r = epi__mem_find(m, kind, id);
    struct epi_record *out = NULL;
    if (r && r->r.version > 0 && epi_scope_has(scope, epi_v_as_text(r->r.v[0]))) {
        out = EPI_NEW(a, struct epi_record);
        *out = record_out(m, a, &r->r);
    }
    unlock(m, tx);
    if (!out)
        return EPI_FAIL(reterr, EPI_NOT_FOUND, "store.not-found", "%s",
                        m->base.catalogue->kinds[kind].name);
    *ret = out;
    return EPI_OK;
}

/* The order of a page: nulls last either way, ties by id in the same direction. */
static int in_order(const struct epi_query *q, struct epi_value va, epi_id ia, struct epi_value vb,
                    epi_id ib)
{
    int d = 0;
    if (q->order >= 0) {
        bool null_a = va.t == EPI_V_NULL, null_b = vb.t == EPI_V_NULL;
        if (null_a != null_b)
            return null_a ? 1 : -1;
        d = epi__value_cmp(va, vb);
    }
    if (d == 0)
        d = (ia.v > ib.v) - (ia.v < ib.v);
    return q->descending ? -d : d;
}

static int record_order(const struct epi_query *q, const struct epi_record *a,
                        const struct epi_record *b)
{
    struct epi_value none = EPI_NULLV;
    return in_order(q, q->order < 0 ? none : a->v[q->order], a->id,
                    q->order < 0 ? none : b->v[q->order], b->id);
}

static void sift(const struct epi_query *q, const struct epi__mem_record **r, size_t at, size_t n)
{
    for (size_t child; (child = at * 2 + 1) < n; at = child) {
        if (child + 1 < n && record_order(q, &r[child]->r, &r[child + 1]->r) < 0)
            child++;
        if (record_order(q, &r[at]->r, &r[child]->r) >= 0)
            return;
        const struct epi__mem_record *t = r[at];
        r[at] = r[child];
        r[child] = t;
    }
}

static void sort_by(const struct epi_query *q, struct list *l) /* heap sort: qsort has no context */
{
    for (size_t i = l->n / 2; i > 0; i--)
        sift(q, l->r, i - 1, l->n);
    for (size_t n = l->n; n > 1; n--) {
        const struct epi__mem_record *t = l->r[0];
        l->r[0] = l->r[n - 1];
        l->r[n - 1] = t;
        sift(q, l->r, 0, n - 1);
    }
}

epi_status epi__mem_query(struct epi_store *s, struct epi_tx *tx, struct epi_arena *a,
                          const struct epi_query *q, struct epi_page *ret, struct epi_err *reterr)
{
    (void)reterr;
    struct epi__mem *m = epi__mem_of(s);
    EPI_ARENA_LOCAL(scratch);
    lock(m, tx);
    struct list l = collect(m, scratch, q->kind, &q->scope, q->filters, q->n_filters, q->removed);
    struct epi__words words = epi__search_words(scratch, q->search);
    size_t kept = 0;
    for (size_t i = 0; i < l.n; i++) {
        struct epi_arena_mark mark = epi_arena_mark(scratch);
        if (epi__search_match(scratch, m->base.catalogue, &l.r[i]->r, &words))
            l.r[kept++] = l.r[i];
        epi_arena_release(scratch, mark);
    }
    l.n = kept;
    sort_by(q, &l);
    struct epi_page page = {.total = q->want_total ? (int64_t)l.n : -1,
                            .rows = EPI_ARRAY(a, q->limit, struct epi_record)};
    for (size_t i = 0; i < l.n; i++) {
        const struct epi_record *r = &l.r[i]->r;
        if (q->has_after && in_order(q, q->order < 0 ? EPI_NULLV : r->v[q->order], r->id,
                                     q->after_value, q->after_id) <= 0)
            continue;
        if (page.n == q->limit) {
            page.more = true;
            break;
        }
        page.rows[page.n++] = record_out(m, a, r);
    }
    unlock(m, tx);
    *ret = page;
    return EPI_OK;
}

epi_status epi__mem_scan(struct epi_store *s, uint16_t kind, const struct epi_scope *scope,
                         const struct epi_filter *filters, size_t n_filters, const uint16_t *fields,
                         size_t n_fields, epi_scan_fn *fn, void *ctx, struct epi_err *reterr)
{
    (void)reterr;
    struct epi__mem *m = epi__mem_of(s);
    EPI_ARENA_LOCAL(a);
    lock(m, NULL);
    struct list l = collect(m, a, kind, scope, filters, n_filters, false);
    epi_id *ids = EPI_ARRAY(a, EPI_BATCH_MAX, epi_id);
    struct epi_value **columns = EPI_ARRAY(a, n_fields, struct epi_value *);
    for (size_t c = 0; c < n_fields; c++)
        columns[c] = EPI_ARRAY(a, EPI_BATCH_MAX, struct epi_value);
    bool go = true;
    for (size_t from = 0; from < l.n && go; from += EPI_BATCH_MAX) {
        size_t n = l.n - from < EPI_BATCH_MAX ? l.n - from : EPI_BATCH_MAX;
        for (size_t i = 0; i < n; i++) {
            ids[i] = l.r[from + i]->r.id;
            for (size_t c = 0; c < n_fields; c++)
                columns[c][i] = l.r[from + i]->r.v[fields[c]];
        }
        struct epi_batch batch = {n, ids, (const struct epi_value *const *)columns};
        go = fn(&batch, ctx);
    }
    unlock(m, NULL);
    return EPI_OK;
}

epi_status epi__mem_group(struct epi_store *s, struct epi_arena *a, uint16_t kind,
                          const struct epi_scope *scope, const struct epi_filter *filters,
                          size_t n_filters, const uint16_t *by, size_t n_by, struct epi_group **ret,
                          size_t *ret_n, struct epi_err *reterr)
{
    (void)reterr;
    struct epi__mem *m = epi__mem_of(s);
    EPI_ARENA_LOCAL(scratch);
    lock(m, NULL);
    struct list l = collect(m, scratch, kind, scope, filters, n_filters, false);
    struct epi_group *all = EPI_ARRAY(scratch, l.n, struct epi_group);
    for (size_t i = 0; i < l.n; i++) {
        for (size_t k = 0; k < n_by; k++)
            all[i].key[k] = l.r[i]->r.v[by[k]];
        all[i].n = 1;
    }
    epi__groups_sort(all, l.n, n_by);
    size_t n = 0;
    for (size_t i = 0; i < l.n; i++) {
        bool same = n > 0;
        for (size_t k = 0; k < n_by && same; k++)
            same = epi_value_eq(all[i].key[k], all[n - 1].key[k]);
        if (same)
            all[n - 1].n++;
        else
            all[n++] = all[i];
    }
    *ret = EPI_ARRAY(a, n, struct epi_group);
    *ret_n = n;
    for (size_t i = 0; i < n; i++) {
        (*ret)[i] = all[i];
        for (size_t k = 0; k < n_by; k++)
            (*ret)[i].key[k] = epi_value_dup(a, all[i].key[k]);
    }
    unlock(m, NULL);
    return EPI_OK;
}

static epi_status op_out(struct epi__mem *m, struct epi_arena *a, uint64_t seq, struct epi_op *ret,
                         struct epi_err *reterr)
{
    const struct epi__mem_op *o = &m->ops[seq - 1];
    EPI_TRY(epi_op_decode(a, m->base.catalogue, epi_str_dup(a, o->bytes), ret, reterr));
    ret->seq = seq;
    memcpy(ret->hash, o->hash, sizeof ret->hash);
    return EPI_OK;
}

epi_status epi__mem_ops_since(struct epi_store *s, struct epi_arena *a, uint64_t since,
                              size_t limit, struct epi_op **ret, size_t *ret_n,
                              struct epi_err *reterr)
{
    struct epi__mem *m = epi__mem_of(s);
    epi_status status = EPI_OK;
    lock(m, NULL);
    size_t n = since < m->n_ops ? m->n_ops - (size_t)since : 0;
    n = n > limit ? limit : n;
    struct epi_op *ops = EPI_ARRAY(a, n, struct epi_op);
    for (size_t i = 0; i < n && status == EPI_OK; i++)
        status = op_out(m, a, since + 1 + i, &ops[i], reterr);
    unlock(m, NULL);
    *ret = ops;
    *ret_n = n;
    return status;
}

epi_status epi__mem_op_by_id(struct epi_store *s, struct epi_arena *a, const epi_opid *id,
                             struct epi_op *ret, struct epi_err *reterr)
{
    struct epi__mem *m = epi__mem_of(s);
    epi_status status = EPI_NOT_FOUND;
    lock(m, NULL);
    for (uint64_t seq = m->n_ops; seq > 0 && status == EPI_NOT_FOUND; seq--)
        if (epi_opid_eq(&m->ops[seq - 1].id, id))
            status = op_out(m, a, seq, ret, reterr);
    unlock(m, NULL);
    if (status == EPI_NOT_FOUND)
        return EPI_FAIL(reterr, EPI_NOT_FOUND, "store.no-operation", "%s", "");
    return status;
}

epi_status epi__mem_history(struct epi_store *s, struct epi_arena *a, uint16_t kind, epi_id id,
                            struct epi_op **ret, size_t *ret_n, struct epi_err *reterr)
{
    struct epi__mem *m = epi__mem_of(s);
    epi_status status = EPI_OK;
    lock(m, NULL);
    const struct epi__mem_record *r = epi__mem_find(m, kind, id);
    size_t n = r && r->r.version > 0 ? r->n_touch + 1 : 0;
    struct epi_op *ops = EPI_ARRAY(a, n, struct epi_op);
    for (size_t i = 0; i < n && status == EPI_OK; i++)
        status = op_out(m, a, i == 0 ? r->created : r->touch[i - 1].seq, &ops[i], reterr);
    unlock(m, NULL);
    *ret = ops;
    *ret_n = n;
    return status;
}

epi_status epi__mem_seq_at(struct epi_store *s, epi_instant t, uint64_t *ret,
                           struct epi_err *reterr)
{
    (void)reterr;
    struct epi__mem *m = epi__mem_of(s);
    lock(m, NULL);
    uint64_t seq = m->n_ops;
    while (seq > 0 && m->ops[seq - 1].server_time.ms > t.ms)
        seq--;
    unlock(m, NULL);
    *ret = seq;
    return EPI_OK;
}
