// SPDX-License-Identifier: AGPL-3.0-or-later
// Reading registers. Which index leads is decided here by counting, at most a few thousand index
// entries per filter, because SQLite has no statistics of a base that grows under it: a selective
// filter leads and its rows are sorted; else the index of the order leads and the page is cut from
// it.
#include "store/sqlite_internal.h"

#define PROBE_PAGE 3000
#define PROBE_SCAN 100000

struct epi_record *epi__row_record(struct epi_arena *a, const struct epi_catalogue *c,
                                   uint16_t kind, sqlite3_stmt *stmt)
{
    struct epi_record *r = epi_record_new(a, c, kind);
    r->kind = kind;
    r->id.v = (uint64_t)sqlite3_column_int64(stmt, 0);
    r->version = (uint64_t)sqlite3_column_int64(stmt, 1);
    r->removed = sqlite3_column_int(stmt, 3) != 0;
    for (size_t f = 0; f < c->kinds[kind].n_fields; f++)
        r->v[f] = epi__column_value(a, stmt, (int)(f + EPI__SYSTEM_COLUMNS));
    return r;
}

static epi_status conn_take(struct epi__sqlite *s, struct epi_tx *tx, struct epi__conn **ret,
                            struct epi_err *reterr)
{
    if (!tx)
        return epi__reader_take(s, ret, reterr);
    EPI_TRY(epi__pending_put(s, reterr));
    *ret = s->writer;
    return EPI_OK;
}

static void conn_give(struct epi__sqlite *s, struct epi_tx *tx, struct epi__conn *c)
{
    if (!tx)
        epi__reader_give(s, c);
}

/* A read of several statements sees one snapshot. */
static epi_status snapshot(struct epi__conn *c, struct epi_tx *tx, struct epi_err *reterr)
{
    return tx ? EPI_OK : epi__conn_fixed_run(c, EPI__SQL_other_begin_read, reterr);
}

static void snapshot_end(struct epi__conn *c, struct epi_tx *tx)
{
    if (!tx && !sqlite3_get_autocommit(c->db))
        (void)epi__conn_fixed_run(c, EPI__SQL_other_commit, NULL);
}

epi_status epi__sqlite_get(struct epi_store *store, struct epi_tx *tx, struct epi_arena *a,
                           uint16_t kind, epi_id id, const struct epi_scope *scope,
                           struct epi_record **ret, struct epi_err *reterr)
{
    struct epi__sqlite *s = epi__sqlite_of(store);
    const struct epi_kind *k = &s->base.catalogue->kinds[kind];
    struct epi__conn *c;
    sqlite3_stmt *stmt;
    bool row = false;
    EPI_TRY(conn_take(s, tx, &c, reterr));
    EPI__SQL_LOCAL(q, a);
    epi__sql_get(&q, k, id, scope);
    epi_status status = epi__sql_prepare(c, &q, &stmt, reterr);
    if (status == EPI_OK)
        status = epi__conn_step(c, stmt, &row, reterr);
    if (row) {
        *ret = epi__row_record(a, s->base.catalogue, kind, stmt);
        sqlite3_reset(stmt);
    }
    conn_give(s, tx, c);
    if (status == EPI_OK && !row)
        return EPI_FAIL(reterr, EPI_NOT_FOUND, "store.not-found", "%s", k->name);
    return status;
}

/* --- which index leads
 * ------------------------------------------------------------------------------------- */
static bool whole_path(epi_str p)
{
    return p.n > 0 && p.p[p.n - 1] == '/';
}

static bool can_lead(const struct epi_kind *k, const struct epi_filter *f)
{
    if (!epi__sql_indexed(&k->fields[f->field], f->field))
        return false;
    switch (f->match) {
    case EPI_EQ:
        return f->v.t != EPI_V_NULL && !(f->v.t == EPI_V_TEXT && f->v.s.n == 0);
    case EPI_LT:
    case EPI_LE:
    case EPI_GT:
    case EPI_GE:
        return true;
    case EPI_UNDER:
        return whole_path(f->v.s);
    case EPI_ANY_OF:
        return f->n_any > 0 && f->n_any <= 64 && f->any[0].t != EPI_V_NULL;
    case EPI_NE:
    case EPI_IS_NULL:
    case EPI_NOT_NULL:
        return false;
    }
    return false;
}

static epi_status probe(struct epi__conn *c, struct epi_arena *a, const struct epi__select *s,
                        const struct epi_filter *f, size_t cap, int64_t *ret,
                        struct epi_err *reterr)
{
    sqlite3_stmt *stmt;
    bool row;
    EPI__SQL_LOCAL(q, a);
    epi__sql_probe(&q, s, f, cap);
    EPI_TRY(epi__sql_prepare(c, &q, &stmt, reterr));
    EPI_TRY(epi__conn_step(c, stmt, &row, reterr));
    *ret = row ? sqlite3_column_int64(stmt, 0) : 0;
    sqlite3_reset(stmt);
    return EPI_OK;
}

/* Sets s->index to the field whose filter leaves fewer than `cap` rows, the fewest; else to
 * `otherwise`. */
static epi_status choose_index(struct epi__conn *c, struct epi_arena *a, struct epi__select *s,
                               size_t cap, int otherwise, struct epi_err *reterr)
{
    int64_t best = (int64_t)cap;
    s->index = otherwise;
    if (s->match.n) { /* the search leads */
        s->index = EPI__ANY_INDEX;
        return EPI_OK;
    }
    for (size_t i = 0; i <= s->n_filters; i++) {
        int64_t n;
        const struct epi_filter *f = i < s->n_filters ? &s->filters[i] : NULL;
        if (f ? !can_lead(s->k, f)
              : s->scope->all || s->scope->n != 1 || !whole_path(s->scope->prefixes[0]))
            continue;
        EPI_TRY(probe(c, a, s, f, (size_t)best, &n, reterr));
        if (n < best) {
            best = n;
            s->index = f ? f->field : 0;
        }
    }
    return EPI_OK;
}

/* --- pages
 * ----------------------------------------------------------------------------------------------------
 */
static epi_status page_rows(struct epi__conn *c, struct epi_arena *a,
                            const struct epi_catalogue *cat, const struct epi__select *s,
                            const struct epi_query *q, enum epi__phase phase, struct epi_page *page,
                            struct epi_err *reterr)
{
    EPI__SQL_LOCAL(sql, a);
    sqlite3_stmt *stmt;
    epi__sql_page(&sql, s, q, phase, q->limit + 1 - page->n);
    EPI_TRY(epi__sql_prepare(c, &sql, &stmt, reterr));
    for (;;) {
        bool row;
        EPI_TRY(epi__conn_step(c, stmt, &row, reterr));
        if (!row)
            return EPI_OK;
        if (page->n == q->limit) {
            page->more = true;
            sqlite3_reset(stmt);
            return EPI_OK;
        }
        page->rows[page->n++] = *epi__row_record(a, cat, q->kind, stmt);
    }
}

static epi_status read_page(struct epi__conn *c, struct epi_arena *a,
                            const struct epi_catalogue *cat, const struct epi_query *q,
                            struct epi_page *page, struct epi_err *reterr)
{
    const struct epi_kind *k = &cat->kinds[q->kind];
    struct epi__select s = {.k = k,
                            .scope = &q->scope,
                            .filters = q->filters,
                            .n_filters = q->n_filters,
                            .removed = q->removed};
    struct epi__words words = epi__search_words(a, q->search);
    if (words.n) {
        if (epi__kind_searchable(k))
            EPI_TRY(epi__search_expr(c, a, k, &words, &q->scope, &s.match, reterr));
        if (s.match.n == 0) {
            page->total = q->want_total ? 0 : -1;
            return EPI_OK;
        }
    }
    if (q->want_total) {
        EPI__SQL_LOCAL(sql, a);
        sqlite3_stmt *stmt;
        bool row;
        EPI_TRY(choose_index(c, a, &s, PROBE_SCAN, EPI__ANY_INDEX, reterr));
        epi__sql_count(&sql, &s);
        EPI_TRY(epi__sql_prepare(c, &sql, &stmt, reterr));
        EPI_TRY(epi__conn_step(c, stmt, &row, reterr));
        page->total = row ? sqlite3_column_int64(stmt, 0) : 0;
        sqlite3_reset(stmt);
    }
    bool ordered =
        q->order >= 0 && epi__sql_indexed(&k->fields[q->order], (size_t)q->order) && s.match.n == 0;
    EPI_TRY(choose_index(c, a, &s, PROBE_PAGE, EPI__BY_ID, reterr));
    if (s.index != EPI__BY_ID || !ordered) {
        if (s.index == EPI__BY_ID && q->order >= 0)
            s.index = EPI__ANY_INDEX;
        return page_rows(c, a, cat, &s, q, EPI__SORTED, page, reterr);
    }
    s.index = q->order;
    if (!q->has_after || q->after_value.t != EPI_V_NULL)
        EPI_TRY(page_rows(c, a, cat, &s, q, EPI__KNOWN, page, reterr));
    if (page->more)
        return EPI_OK;
    s.index = EPI__BY_ID;
    return page_rows(c, a, cat, &s, q, EPI__NULLS, page, reterr);
}

epi_status epi__sqlite_find(struct epi_store *store, struct epi_tx *tx, struct epi_arena *a,
                            const struct epi_query *q, struct epi_page *ret, struct epi_err *reterr)
{
    struct epi__sqlite *s = epi__sqlite_of(store);
    struct epi_page page = {.total = -1, .rows = EPI_ARRAY(a, q->limit, struct epi_record)};
    struct epi__conn *c;
    if (q->search.n) {
        EPI_TRY(epi__index_wait(s, tx, reterr));
        uint64_t indexed = tx ? s->at.indexed : atomic_load(&s->indexed);
        page.behind = indexed == EPI__ALL_INDEXED ? 0 : atomic_load(&s->seq) - indexed;
    }
    EPI_TRY(conn_take(s, tx, &c, reterr));
    epi_status status = snapshot(c, tx, reterr);
    if (status == EPI_OK)
        status = read_page(c, a, s->base.catalogue, q, &page, reterr);
    snapshot_end(c, tx);
    conn_give(s, tx, c);
    if (status == EPI_OK)
        *ret = page;
    return status;
}

/* --- scans and groups
 * -------------------------------------------------------------------------------------- */
struct batch_out {
    epi_id *ids;
    struct epi_value **columns;
    size_t n, n_fields;
    epi_scan_fn *fn;
    void *ctx;
};

static bool batch_flush(struct batch_out *b)
{
    struct epi_batch batch = {b->n, b->ids, (const struct epi_value *const *)b->columns};
    bool go = b->n == 0 || b->fn(&batch, b->ctx);
    b->n = 0;
    return go;
}

static epi_status scan_rows(struct epi__conn *c, sqlite3_stmt *stmt, struct epi_arena *texts,
                            struct batch_out *b, struct epi_err *reterr)
{
    for (;;) {
        bool row;
        EPI_TRY(epi__conn_step(c, stmt, &row, reterr));
        if (!row) {
            (void)batch_flush(b);
            return EPI_OK;
        }
        b->ids[b->n].v = (uint64_t)sqlite3_column_int64(stmt, 0);
        for (size_t i = 0; i < b->n_fields; i++)
            b->columns[i][b->n] = epi__column_value(texts, stmt, (int)i + 1);
        if (++b->n == EPI_BATCH_MAX) {
            if (!batch_flush(b)) {
                sqlite3_reset(stmt);
                return EPI_OK;
            }
            epi_arena_reset(texts);
        }
    }
}

epi_status epi__sqlite_scan(struct epi_store *store, uint16_t kind, const struct epi_scope *scope,
                            const struct epi_filter *filters, size_t n_filters,
                            const uint16_t *fields, size_t n_fields, epi_scan_fn *fn, void *ctx,
                            struct epi_err *reterr)
{
    struct epi__sqlite *s = epi__sqlite_of(store);
    struct epi__select sel = {.k = &s->base.catalogue->kinds[kind],
                              .scope = scope,
                              .filters = filters,
                              .n_filters = n_filters};
    struct epi__conn *c;
    sqlite3_stmt *stmt;
    EPI_ARENA_LOCAL(a);
    EPI_ARENA_LOCAL(texts);
    struct batch_out b = {
        .ids = EPI_ARRAY(a, EPI_BATCH_MAX, epi_id), .n_fields = n_fields, .fn = fn, .ctx = ctx};
    b.columns = EPI_ARRAY(a, n_fields, struct epi_value *);
    for (size_t i = 0; i < n_fields; i++)
        b.columns[i] = EPI_ARRAY(a, EPI_BATCH_MAX, struct epi_value);
    EPI_TRY(epi__reader_take(s, &c, reterr));
    epi_status status = snapshot(c, NULL, reterr);
    if (status == EPI_OK)
        status = choose_index(c, a, &sel, PROBE_SCAN, EPI__BY_ID, reterr);
    EPI__SQL_LOCAL(q, a);
    epi__sql_scan(&q, &sel, fields, n_fields);
    if (status == EPI_OK)
        status = epi__sql_prepare(c, &q, &stmt, reterr);
    if (status == EPI_OK)
        status = scan_rows(c, stmt, texts, &b, reterr);
    snapshot_end(c, NULL);
    epi__reader_give(s, c);
    return status;
}

/* Groups by hash, because SQLite would sort all rows. */
struct grouping {
    struct epi_arena *a;
    struct epi_group *list;
    size_t n, cap, n_by;
    uint32_t *slot; /* index + 1 */
    size_t mask;
};

static uint64_t key_hash(const struct epi_value *key, size_t n)
{
    uint64_t h = 0;
    for (size_t i = 0; i < n; i++) {
        uint64_t bits = 0;
        if (key[i].t == EPI_V_TEXT)
            bits = epi_str_hash(key[i].s);
        else if (key[i].t == EPI_V_INT)
            bits = (uint64_t)key[i].i;
        else if (key[i].t == EPI_V_REAL)
            memcpy(&bits, &key[i].f, sizeof bits);
        h = (h ^ bits ^ (uint64_t)key[i].t) * UINT64_C(0x9e3779b97f4a7c15);
        h ^= h >> 29;
    }
    return h;
}

static void groups_grow(struct grouping *g)
{
    size_t cap = g->cap ? g->cap * 2 : 256;
    struct epi_group *list = EPI_ARRAY(g->a, cap, struct epi_group);
    if (g->n)
        memcpy(list, g->list, g->n * sizeof *list);
    g->list = list;
    g->cap = cap;
    g->mask = cap * 2 - 1;
    g->slot = EPI_ARRAY(g->a, cap * 2, uint32_t);
    for (size_t i = 0; i < g->n; i++) {
        size_t at = key_hash(list[i].key, g->n_by) & g->mask;
        while (g->slot[at])
            at = (at + 1) & g->mask;
        g->slot[at] = (uint32_t)i + 1;
    }
}

static void group_add(struct grouping *g, const struct epi_value *key)
{
    if (g->n == g->cap)
        groups_grow(g);
    size_t at = key_hash(key, g->n_by) & g->mask;
    for (; g->slot[at]; at = (at + 1) & g->mask) {
        struct epi_group *group = &g->list[g->slot[at] - 1];
        bool same = true;
        for (size_t i = 0; i < g->n_by && same; i++)
            same = epi_value_eq(group->key[i], key[i]);
        if (same) {
            group->n++;
            return;
        }
    }
    struct epi_group *fresh = &g->list[g->n++];
    g->slot[at] = (uint32_t)g->n;
    fresh->n = 1;
    for (size_t i = 0; i < g->n_by; i++)
        fresh->key[i] = epi_value_dup(g->a, key[i]);
}

/* The value as it lies in the row: valid until the next step. */
static struct epi_value column_view(sqlite3_stmt *stmt, int at)
{
    if (sqlite3_column_type(stmt, at) != SQLITE_TEXT)
        return epi__column_value(NULL, stmt, at);
    const char *p = (const char *)sqlite3_column_text(stmt, at);
    return epi_v_text((epi_str){p, (size_t)sqlite3_column_bytes(stmt, at)});
}

static epi_status group_rows(struct epi__conn *c, struct epi_arena *a, sqlite3_stmt *stmt,
                             size_t n_by, struct epi_group **ret, size_t *ret_n,
                             struct epi_err *reterr)
{
    struct grouping g = {.a = a, .n_by = n_by};
    for (;;) {
        bool row;
        EPI_TRY(epi__conn_step(c, stmt, &row, reterr));
        if (!row)
            break;
        struct epi_value key[3];
        for (size_t i = 0; i < n_by; i++)
            key[i] = column_view(stmt, (int)i);
        group_add(&g, key);
    }
    epi__groups_sort(g.list, g.n, n_by);
    *ret = g.list;
    *ret_n = g.n;
    return EPI_OK;
}

epi_status epi__sqlite_group(struct epi_store *store, struct epi_arena *a, uint16_t kind,
                             const struct epi_scope *scope, const struct epi_filter *filters,
                             size_t n_filters, const uint16_t *by, size_t n_by,
                             struct epi_group **ret, size_t *ret_n, struct epi_err *reterr)
{
    struct epi__sqlite *s = epi__sqlite_of(store);
    struct epi__select sel = {.k = &s->base.catalogue->kinds[kind],
                              .scope = scope,
                              .filters = filters,
                              .n_filters = n_filters};
    struct epi__conn *c;
    sqlite3_stmt *stmt;
    EPI_TRY(epi__reader_take(s, &c, reterr));
    epi_status status = snapshot(c, NULL, reterr);
    if (status == EPI_OK)
        status = choose_index(c, a, &sel, PROBE_SCAN, EPI__BY_ID, reterr);
    EPI__SQL_LOCAL(q, a);
    epi__sql_values(&q, &sel, by, n_by);
    if (status == EPI_OK)
        status = epi__sql_prepare(c, &q, &stmt, reterr);
    if (status == EPI_OK)
        status = group_rows(c, a, stmt, n_by, ret, ret_n, reterr);
    snapshot_end(c, NULL);
    epi__reader_give(s, c);
    return status;
}
