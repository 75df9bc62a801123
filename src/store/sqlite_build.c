// SPDX-License-Identifier: AGPL-3.0-or-later
// Statements over the registers. Their shape depends on the catalogue, so they are composed here
// and nowhere else: names come only from the catalogue and are checked and quoted, every value is
// bound.
#include "store/sqlite_internal.h"

/* True of no row (ids are positive). A plain 0 would make SQLite refuse a named index. */
#define NOTHING "t._id < 0"

void epi__sql_done(struct epi__sql *q)
{
    epi_buf_done(&q->b);
}

static void put(struct epi__sql *q, const char *sql)
{
    epi_buf_putz(&q->b, sql);
}

static void bind(struct epi__sql *q, struct epi_value v)
{
    if (q->n == q->cap) {
        size_t cap = q->cap ? q->cap * 2 : 32;
        struct epi_value *list = EPI_ARRAY(q->a, cap, struct epi_value);
        if (q->n)
            memcpy(list, q->bind, q->n * sizeof *list);
        q->bind = list;
        q->cap = cap;
    }
    q->bind[q->n++] = v;
    put(q, "?");
}

/* `prefix` and a catalogue name as one quoted identifier. */
static void name(struct epi__sql *q, const char *prefix, const char *word)
{
    for (const char *p = word; *p; p++)
        EPI_ASSERT((*p >= 'a' && *p <= 'z') || (*p >= '0' && *p <= '9') || *p == '_');
    put(q, "\"");
    put(q, prefix);
    put(q, word);
    put(q, "\"");
}

static void column(struct epi__sql *q, const struct epi_kind *k, size_t field)
{
    put(q, "t.");
    name(q, "", k->fields[field].name);
}

static void index_name(struct epi__sql *q, const struct epi_kind *k, size_t field)
{
    name(q, "_ix_", k->name);
    q->b.n--; /* the two words make one identifier */
    put(q, "_");
    put(q, k->fields[field].name);
    put(q, "\"");
}

static const char *affinity(epi_type t)
{
    switch (t) {
    case EPI_T_TEXT:
    case EPI_T_WORD:
    case EPI_T_UNIT:
    case EPI_T_JSON:
        return " TEXT";
    case EPI_T_REAL:
        return " REAL";
    case EPI_T_INT:
    case EPI_T_BOOL:
    case EPI_T_DATE:
    case EPI_T_INSTANT:
    case EPI_T_REF:
        return " INTEGER";
    }
    return " TEXT";
}

void epi__sql_create_table(struct epi__sql *q, const struct epi_kind *k)
{
    put(q, "CREATE TABLE IF NOT EXISTS ");
    name(q, "", k->name);
    put(q, "(_id INTEGER PRIMARY KEY, _version INTEGER NOT NULL, _created INTEGER NOT NULL, "
           "_removed INTEGER NOT NULL");
    for (size_t f = 0; f < k->n_fields; f++) {
        put(q, ", ");
        name(q, "", k->fields[f].name);
        put(q, affinity(k->fields[f].type));
    }
    put(q, ") STRICT");
}

void epi__sql_add_column(struct epi__sql *q, const struct epi_kind *k, size_t field)
{
    put(q, "ALTER TABLE ");
    name(q, "", k->name);
    put(q, " ADD COLUMN ");
    name(q, "", k->fields[field].name);
    put(q, affinity(k->fields[field].type));
}

/* A word of a short list selects too little to lead, and its index costs as much to keep as any
 * other. */
bool epi__sql_indexed(const struct epi_field *f, size_t field)
{
    if (field == 0 || (f->flags & EPI_F_UNIQUE))
        return true;
    return (f->flags & EPI_F_INDEX) && f->type != EPI_T_WORD && f->type != EPI_T_BOOL;
}

void epi__sql_create_index(struct epi__sql *q, const struct epi_kind *k, size_t field)
{
    const struct epi_field *f = &k->fields[field];
    put(q, f->flags & EPI_F_UNIQUE ? "CREATE UNIQUE INDEX IF NOT EXISTS "
                                   : "CREATE INDEX IF NOT EXISTS ");
    index_name(q, k, field);
    put(q, " ON ");
    name(q, "", k->name);
    put(q, "(");
    name(q, "", f->name);
    if (f->type == EPI_T_DATE || f->type == EPI_T_INSTANT) {
        /* Lists go by date within a unit: rows of other units are passed over without reading them.
         */
        put(q, ", _id, ");
        name(q, "", k->fields[0].name);
        put(q, ", _removed");
    }
    put(q, ")");
    if (field > 0) { /* many fields are mostly empty: nulls stay out of their indexes */
        put(q, " WHERE ");
        name(q, "", f->name);
        put(q, " IS NOT NULL");
    }
}

void epi__sql_create_search(struct epi__sql *q, const struct epi_kind *k)
{
    put(q, "CREATE VIRTUAL TABLE IF NOT EXISTS ");
    name(q, "_search_", k->name);
    put(q, " USING fts5(words, content='', columnsize=0, detail=none, tokenize='ascii')");
}

void epi__sql_insert(struct epi__sql *q, const struct epi_kind *k)
{
    /* OR FAIL: with the usual OR ABORT SQLite would copy each page before it changes. A failure
     * undoes the whole callback anyway. */
    put(q, "INSERT OR FAIL INTO ");
    name(q, "", k->name);
    put(q, "(_id, _version, _created, _removed");
    for (size_t f = 0; f < k->n_fields; f++) {
        put(q, ", ");
        name(q, "", k->fields[f].name);
    }
    put(q, ") SELECT ");
    for (size_t c = 0; c < k->n_fields + EPI__SYSTEM_COLUMNS; c++)
        epi_buf_printf(&q->b, c ? ", c%zu" : "c%zu", c);
    put(q, " FROM _pending");
}

void epi__sql_update(struct epi__sql *q, const struct epi_kind *k, const struct epi__touch *t)
{
    put(q, "UPDATE ");
    name(q, "", k->name);
    put(q, " SET _version = ");
    bind(q, epi_v_int((int64_t)t->now->version));
    put(q, ", _removed = ");
    bind(q, epi_v_int(t->now->removed));
    for (size_t f = 0; f < k->n_fields; f++)
        if (!epi_value_eq(t->old->v[f], t->now->v[f])) {
            put(q, ", ");
            name(q, "", k->fields[f].name);
            put(q, " = ");
            bind(q, t->now->v[f]);
        }
    put(q, " WHERE _id = ");
    bind(q, epi_v_int((int64_t)t->now->id.v));
}

void epi__sql_search_insert(struct epi__sql *q, const struct epi_kind *k)
{
    put(q, "INSERT INTO ");
    name(q, "_search_", k->name);
    put(q, "(rowid, words) VALUES(?, ?)");
}

void epi__sql_search_delete(struct epi__sql *q, const struct epi_kind *k)
{
    put(q, "INSERT INTO ");
    name(q, "_search_", k->name);
    put(q, "(");
    name(q, "_search_", k->name);
    put(q, ", rowid, words) VALUES('delete', ?, ?)");
}

void epi__sql_exists(struct epi__sql *q, const struct epi_kind *k, epi_id id)
{
    put(q, "SELECT 1 FROM ");
    name(q, "", k->name);
    put(q, " WHERE _id = ");
    bind(q, epi_v_int((int64_t)id.v));
}

void epi__sql_created(struct epi__sql *q, const struct epi_kind *k, epi_id id)
{
    put(q, "SELECT _created FROM ");
    name(q, "", k->name);
    put(q, " WHERE _id = ");
    bind(q, epi_v_int((int64_t)id.v));
}

void epi__sql_max_id(struct epi__sql *q, const struct epi_kind *k)
{
    put(q, "SELECT max(_id) FROM ");
    name(q, "", k->name);
}

void epi__sql_taken(struct epi__sql *q, const struct epi_kind *k, uint16_t field,
                    struct epi_value v, epi_id self)
{
    put(q, "SELECT 1 FROM ");
    name(q, "", k->name);
    put(q, " t WHERE ");
    column(q, k, field);
    put(q, " = ");
    bind(q, v);
    put(q, " AND _id <> ");
    bind(q, epi_v_int((int64_t)self.v));
}

static void all_columns(struct epi__sql *q, const struct epi_kind *k)
{
    put(q, "t._id, t._version, t._created, t._removed");
    for (size_t f = 0; f < k->n_fields; f++) {
        put(q, ", ");
        column(q, k, f);
    }
}

/* The column lies at or below a unit: one range of the index, and the unit itself if the path was
 * given without its last slash. */
static void under(struct epi__sql *q, const struct epi_kind *k, size_t field, epi_str prefix)
{
    if (prefix.n == 0) {
        put(q, NOTHING);
        return;
    }
    bool whole = prefix.p[prefix.n - 1] == '/';
    epi_str low = whole ? prefix : epi_str_printf(q->a, "%.*s/", EPI_FMT(prefix));
    epi_str high = epi_str_printf(q->a, "%.*s0", (int)(low.n - 1), low.p); /* '0' follows '/' */
    put(q, whole ? "(" : "((");
    column(q, k, field);
    put(q, " >= ");
    bind(q, epi_v_text(low));
    put(q, " AND ");
    column(q, k, field);
    put(q, " < ");
    bind(q, epi_v_text(high));
    put(q, ")");
    if (!whole) {
        put(q, " OR ");
        column(q, k, field);
        put(q, " = ");
        bind(q, epi_v_text(prefix));
        put(q, ")");
    }
}

static void scope_where(struct epi__sql *q, const struct epi_kind *k, const struct epi_scope *scope)
{
    if (scope->all)
        return;
    put(q, " AND (");
    for (size_t i = 0; i < scope->n; i++) {
        put(q, i ? " OR " : "");
        under(q, k, 0, scope->prefixes[i]);
    }
    put(q, scope->n ? ")" : NOTHING ")");
}

/* A list is padded to a power of two with its last value, so that few statements serve all lengths.
 */
static void any_of(struct epi__sql *q, const struct epi_kind *k, const struct epi_filter *f)
{
    size_t n = 0, padded = 1;
    for (size_t i = 0; i < f->n_any; i++)
        n += f->any[i].t != EPI_V_NULL;
    if (n == 0) {
        put(q, NOTHING);
        return;
    }
    while (padded < n)
        padded *= 2;
    column(q, k, f->field);
    put(q, " IN (");
    struct epi_value last = EPI_NULLV;
    bool first = true;
    for (size_t i = 0; i < f->n_any; i++)
        if (f->any[i].t != EPI_V_NULL) {
            put(q, first ? "" : ",");
            first = false;
            bind(q, last = f->any[i]);
        }
    for (size_t i = n; i < padded; i++) {
        put(q, ",");
        bind(q, last);
    }
    put(q, ")");
}

static void filter_where(struct epi__sql *q, const struct epi_kind *k, const struct epi_filter *f)
{
    static const char *const sign[] = {
        [EPI_EQ] = " = ", [EPI_LT] = " < ", [EPI_LE] = " <= ", [EPI_GT] = " > ", [EPI_GE] = " >= "};
    bool null = f->v.t == EPI_V_NULL || (f->v.t == EPI_V_TEXT && f->v.s.n == 0);
    switch (f->match) {
    case EPI_EQ:
    case EPI_LT:
    case EPI_LE:
    case EPI_GT:
    case EPI_GE:
        column(q, k, f->field);
        if (null) {
            put(q, " IS NULL");
            break;
        }
        put(q, sign[f->match]);
        bind(q, f->v);
        break;
    case EPI_NE:
        column(q, k, f->field);
        put(q, null ? " IS NOT NULL" : " IS NOT ");
        if (!null)
            bind(q, f->v);
        break;
    case EPI_UNDER:
        under(q, k, f->field, f->v.s);
        break;
    case EPI_IS_NULL:
        column(q, k, f->field);
        put(q, " IS NULL");
        break;
    case EPI_NOT_NULL:
        column(q, k, f->field);
        put(q, " IS NOT NULL");
        break;
    case EPI_ANY_OF:
        any_of(q, k, f);
        break;
    }
}

/* FROM and WHERE of a selection. */
static void from_where(struct epi__sql *q, const struct epi__select *s)
{
    put(q, " FROM ");
    if (s->match.n) {
        name(q, "_search_", s->k->name);
        put(q, " CROSS JOIN ");
    }
    name(q, "", s->k->name);
    put(q, " t");
    if (s->index >= 0) {
        put(q, " INDEXED BY ");
        index_name(q, s->k, (size_t)s->index);
    } else if (s->match.n == 0 && s->index == EPI__BY_ID) {
        put(q, " NOT INDEXED");
    }
    put(q, s->removed ? " WHERE 1" : " WHERE t._removed = 0");
    if (s->match.n) {
        put(q, " AND ");
        name(q, "_search_", s->k->name);
        put(q, " MATCH ");
        bind(q, epi_v_text(s->match));
        put(q, " AND t._id = ");
        name(q, "_search_", s->k->name);
        put(q, ".rowid");
    }
    scope_where(q, s->k, s->scope);
    for (size_t i = 0; i < s->n_filters; i++) {
        put(q, " AND ");
        filter_where(q, s->k, &s->filters[i]);
    }
}

void epi__sql_get(struct epi__sql *q, const struct epi_kind *k, epi_id id,
                  const struct epi_scope *scope)
{
    put(q, "SELECT ");
    all_columns(q, k);
    put(q, " FROM ");
    name(q, "", k->name);
    put(q, " t WHERE t._id = ");
    bind(q, epi_v_int((int64_t)id.v));
    scope_where(q, k, scope);
}

void epi__sql_all(struct epi__sql *q, const struct epi_kind *k)
{
    put(q, "SELECT ");
    all_columns(q, k);
    put(q, " FROM ");
    name(q, "", k->name);
    put(q, " t");
}

static void id_column(struct epi__sql *q, const struct epi__select *s)
{
    if (s->match.n) {
        name(q, "_search_", s->k->name);
        put(q, ".rowid");
    } else {
        put(q, "t._id");
    }
}

/* Continues after (value, id). */
static void keyset(struct epi__sql *q, const struct epi__select *s, const struct epi_query *page)
{
    const char *sign = page->descending ? " < " : " > ";
    put(q, " AND ");
    if (page->order >= 0 && page->after_value.t != EPI_V_NULL) {
        put(q, "((");
        column(q, s->k, (size_t)page->order);
        put(q, ", t._id)");
        put(q, sign);
        put(q, "(");
        bind(q, page->after_value);
        put(q, ", ");
        bind(q, epi_v_int((int64_t)page->after_id.v));
        put(q, "))");
        return;
    }
    id_column(q, s);
    put(q, sign);
    bind(q, epi_v_int((int64_t)page->after_id.v));
}

/* Which rows come after the last one seen. */
static void continue_after(struct epi__sql *q, const struct epi__select *s,
                           const struct epi_query *page, enum epi__phase phase)
{
    size_t order = (size_t)page->order;
    bool after_null = page->after_value.t == EPI_V_NULL;
    if (!page->has_after || (phase == EPI__NULLS && !after_null))
        return;
    if (phase != EPI__SORTED || page->order < 0) {
        keyset(q, s, page);
    } else if (after_null) {
        put(q, " AND ");
        column(q, s->k, order);
        put(q, " IS NULL");
        keyset(q, s, page);
    } else {
        put(q, " AND (");
        column(q, s->k, order);
        put(q, " IS NULL OR (1");
        keyset(q, s, page);
        put(q, "))");
    }
}

static void order_by(struct epi__sql *q, const struct epi__select *s, const struct epi_query *page,
                     enum epi__phase phase)
{
    const char *direction = page->descending ? " DESC" : "";
    put(q, " ORDER BY ");
    if (page->order >= 0 && phase == EPI__SORTED) {
        column(q, s->k, (size_t)page->order);
        put(q, " IS NULL, ");
    }
    if (page->order >= 0 && phase != EPI__NULLS) {
        column(q, s->k, (size_t)page->order);
        put(q, direction);
        put(q, ", ");
    }
    id_column(q, s);
    put(q, direction);
}

/* EPI__SORTED sorts in one go, ids only, and then reads the rows of the page. With an order index
 * that leads, EPI__KNOWN walks it over the values and EPI__NULLS gives the rows without a value,
 * which stand last in either direction. */
void epi__sql_page(struct epi__sql *q, const struct epi__select *s, const struct epi_query *page,
                   enum epi__phase phase, size_t limit)
{
    bool two_steps = phase == EPI__SORTED && (page->order >= 0 || s->index >= 0);
    put(q, "SELECT ");
    all_columns(q, s->k);
    if (two_steps) {
        put(q, " FROM ");
        name(q, "", s->k->name);
        put(q, " t WHERE t._id IN (SELECT t._id");
    }
    from_where(q, s);
    if (phase != EPI__SORTED) {
        put(q, " AND ");
        column(q, s->k, (size_t)page->order);
        put(q, phase == EPI__KNOWN ? " IS NOT NULL" : " IS NULL");
    }
    continue_after(q, s, page, phase);
    order_by(q, s, page, phase);
    put(q, " LIMIT ");
    bind(q, epi_v_int((int64_t)limit));
    if (two_steps) {
        struct epi__select rows = {.k = s->k};
        put(q, ")");
        order_by(q, &rows, page, phase);
    }
}

void epi__sql_count(struct epi__sql *q, const struct epi__select *s)
{
    put(q, "SELECT count(*)");
    from_where(q, s);
}

void epi__sql_scan(struct epi__sql *q, const struct epi__select *s, const uint16_t *fields,
                   size_t n)
{
    put(q, "SELECT t._id");
    for (size_t i = 0; i < n; i++) {
        put(q, ", ");
        column(q, s->k, fields[i]);
    }
    from_where(q, s);
    put(q, " ORDER BY t._id");
}

void epi__sql_values(struct epi__sql *q, const struct epi__select *s, const uint16_t *fields,
                     size_t n)
{
    put(q, "SELECT ");
    for (size_t i = 0; i < n; i++) {
        put(q, i ? ", " : "");
        column(q, s->k, fields[i]);
    }
    from_where(q, s);
}

void epi__sql_probe(struct epi__sql *q, const struct epi__select *s,
                    const struct epi_filter *filter, size_t cap)
{
    put(q, "SELECT count(*) FROM (SELECT 1 FROM ");
    name(q, "", s->k->name);
    put(q, " t INDEXED BY ");
    index_name(q, s->k, filter ? filter->field : 0);
    put(q, " WHERE 1");
    if (filter) {
        put(q, " AND ");
        filter_where(q, s->k, filter);
    } else {
        scope_where(q, s->k, s->scope);
    }
    put(q, " LIMIT ");
    bind(q, epi_v_int((int64_t)cap));
    put(q, ")");
}
