// SPDX-License-Identifier: AGPL-3.0-or-later
/* Any kind of record: list, get, history, create, update, remove. */
#include "ops/ops_internal.h"
#include <stdio.h>

static const struct epi_kind *kind_of(const struct epi_call *call, uint16_t kind)
{
    return &call->app->catalogue->kinds[kind];
}

static bool mask(const struct epi_call *call)
{
    return !epi_may(&call->actor, EPI_MAY_PERSON_READ);
}

static enum epi_permission write_permission(uint16_t kind)
{
    switch (kind) {
    case EPI_K_CASE:
    case EPI_K_CONTACT:
    case EPI_K_PERSON:
        return EPI_MAY_CASE_WRITE;
    case EPI_K_DIRECTIVE:
    case EPI_K_ASSIGNMENT:
        return EPI_MAY_DIRECTIVE_WRITE;
    default:
        return EPI_MAY_RECORD_WRITE;
    }
}

/* Kinds whose life has rules of its own are written by their own acts only. */
static bool has_own_acts(uint16_t kind)
{
    return kind == EPI_K_LEVEL || kind == EPI_K_PROGRESS || kind == EPI_K_CONFLICT || kind == EPI_K_DIRECTIVE ||
           kind == EPI_K_ASSIGNMENT;
}

/* --- list ------------------------------------------------------------------------------------------------------ */
static epi_status filter_value(struct epi_call *call, const struct epi_field *f, epi_str text, struct epi_value *ret)
{
    if (f->type == EPI_T_UNIT) {
        size_t n;
        int32_t u = epi_units_resolve(call->app->units, text, epi_app_today(call->app), &n);
        if (u >= 0)
            text = epi_units_at(call->app->units, u)->path;
    }
    if (!epi_value_parse(call->a, f, text, ret))
        return EPI_FAIL(&call->err, EPI_INVALID, "list.filter-unreadable", "%s", f->name);
    return EPI_OK;
}

static epi_status any_of(struct epi_call *call, const struct epi_field *f, epi_str list, struct epi_filter *ret)
{
    struct epi_value *values = EPI_ARRAY(call->a, list.n + 1, struct epi_value);
    epi_str rest = list, part;
    ret->match = EPI_ANY_OF;
    ret->any = values;
    while (epi_str_split(&rest, ',', &part))
        EPI_TRY(filter_value(call, f, part, &values[ret->n_any++]));
    return EPI_OK;
}

/* "field", "field.gte", "field.lte", "field.null", "field.any" */
static epi_status one_filter(struct epi_call *call, const struct epi_kind *k, epi_str name, epi_str value,
                             struct epi_filter *ret, bool *ret_used)
{
    size_t dot = epi_str_find(name, EPI_S("."), 0);
    epi_str suffix = dot == SIZE_MAX ? EPI_NIL : epi_str_sub(name, dot + 1, name.n);
    int at = epi_field_find(k, dot == SIZE_MAX ? name : epi_str_sub(name, 0, dot));
    *ret_used = at >= 0 && !(k->fields[at].flags & EPI_F_SECRET);
    if (!*ret_used)
        return EPI_OK;
    const struct epi_field *f = &k->fields[at];
    if ((f->flags & EPI_F_PERSONAL) && mask(call))
        return EPI_FAIL(&call->err, EPI_DENIED, "access.not-permitted", "person.read");
    *ret = (struct epi_filter){.field = (uint16_t)at, .match = f->type == EPI_T_UNIT ? EPI_UNDER : EPI_EQ};
    if (epi_str_eqz(suffix, "any"))
        return any_of(call, f, value, ret);
    if (epi_str_eqz(suffix, "null")) {
        ret->match = epi_str_eqz(value, "0") ? EPI_NOT_NULL : EPI_IS_NULL;
        return EPI_OK;
    }
    if (epi_str_eqz(suffix, "gte"))
        ret->match = EPI_GE;
    else if (epi_str_eqz(suffix, "lte"))
        ret->match = EPI_LE;
    else if (epi_str_eqz(suffix, "ne"))
        ret->match = EPI_NE;
    else if (suffix.n)
        return EPI_FAIL(&call->err, EPI_INVALID, "list.no-such-filter", "%.*s", EPI_FMT(name));
    return filter_value(call, f, value, &ret->v);
}

static bool reserved_arg(epi_str name)
{
    static const char *const names[] = {"kind", "q", "order", "limit", "cursor", "total", "removed", "format", "as_of"};
    for (size_t i = 0; i < EPI_COUNT(names); i++)
        if (epi_str_eqz(name, names[i]))
            return true;
    return false;
}

/* "<id>~<i|r|t|n><value>": the order value of the last row seen. */
static bool cursor_read(struct epi_arena *a, epi_str text, struct epi_query *q)
{
    epi_str id = epi_str_sub(text, 0, 13);
    if (text.n < 15 || text.p[13] != '~' || !epi_id_parse(id, &q->after_id))
        return false;
    epi_str value = epi_str_sub(text, 15, text.n);
    q->has_after = true;
    switch (text.p[14]) {
    case 'n':
        q->after_value = EPI_NULLV;
        return true;
    case 'i':
        q->after_value.t = EPI_V_INT;
        return epi_str_to_i64(value, &q->after_value.i);
    case 'r':
        q->after_value.t = EPI_V_REAL;
        return epi_str_to_f64(value, &q->after_value.f);
    case 't':
        q->after_value = (struct epi_value){.t = EPI_V_TEXT, .s = epi_str_dup(a, value)};
        return true;
    default:
        return false;
    }
}

static void cursor_json(struct epi_call *call, const struct epi_record *last, int order)
{
    struct epi_value v = order < 0 ? EPI_NULLV : last->v[order];
    char id[16];
    epi_id_text(last->id, id);
    epi_str text = EPI_NIL;
    switch (v.t) {
    case EPI_V_NULL:
        text = epi_str_printf(call->a, "%s~n", id);
        break;
    case EPI_V_INT:
        text = epi_str_printf(call->a, "%s~i%lld", id, (long long)v.i);
        break;
    case EPI_V_REAL:
        text = epi_str_printf(call->a, "%s~r%.17g", id, v.f);
        break;
    case EPI_V_TEXT:
        text = epi_str_printf(call->a, "%s~t%.*s", id, EPI_FMT(v.s));
        break;
    }
    epi_jw_kv(&call->out, "next", text);
}

/* Without the right to see persons one may neither sort by what names them (the page mark would tell it) nor
 * search by it (a hit would). */
static epi_status keep_personal(struct epi_call *call, const struct epi_kind *k, const struct epi_query *q)
{
    bool asked = q->order >= 0 && (k->fields[q->order].flags & EPI_F_PERSONAL);
    for (size_t f = 0; q->search.n && f < k->n_fields; f++)
        asked = asked || (k->fields[f].flags & (EPI_F_PERSONAL | EPI_F_SEARCH)) == (EPI_F_PERSONAL | EPI_F_SEARCH);
    if (asked && mask(call))
        return EPI_FAIL(&call->err, EPI_DENIED, "access.not-permitted", "person.read");
    return EPI_OK;
}

epi_status epi__query_args(struct epi_call *call, uint16_t kind, struct epi_query *q, struct epi_filter *filters)
{
    const struct epi_kind *k = kind_of(call, kind);
    int64_t limit = 50;
    epi_str order = epi_arg(call, "order"), text = epi_arg(call, "limit");
    *q = (struct epi_query){.kind = kind, .scope = call->actor.scope, .filters = filters, .order = -1,
                            .descending = true, .search = epi_arg(call, "q"),
                            .want_total = epi_str_eqz(epi_arg(call, "total"), "1"),
                            .removed = epi_str_eqz(epi_arg(call, "removed"), "1")};
    if (text.n && (!epi_str_to_i64(text, &limit) || limit < 1 || limit > EPI_PAGE_MAX))
        return EPI_FAIL(&call->err, EPI_INVALID, "list.limit", "%d", EPI_PAGE_MAX);
    q->limit = (size_t)limit;
    if (order.n) {
        q->descending = order.p[0] == '-';
        epi_str name = q->descending ? epi_str_sub(order, 1, order.n) : order;
        q->order = epi_field_find(k, name);
        if (q->order < 0 && !epi_str_eqz(name, "id"))
            return EPI_FAIL(&call->err, EPI_INVALID, "list.no-such-order", "%.*s", EPI_FMT(name));
    }
    EPI_TRY(keep_personal(call, k, q));
    for (size_t i = 0; i < call->n_args; i++) {
        bool used;
        if (reserved_arg(call->args[i].name) || !call->args[i].value.n)
            continue;
        if (q->n_filters == EPI_FILTERS_MAX)
            return EPI_FAIL(&call->err, EPI_LIMIT, "list.too-many-filters", "%d", EPI_FILTERS_MAX);
        EPI_TRY(one_filter(call, k, call->args[i].name, call->args[i].value, &filters[q->n_filters], &used));
        if (!used)
            return EPI_FAIL(&call->err, EPI_INVALID, "list.no-such-filter", "%.*s", EPI_FMT(call->args[i].name));
        q->n_filters++;
    }
    epi_str cursor = epi_arg(call, "cursor");
    if (cursor.n && !cursor_read(call->a, cursor, q))
        return EPI_FAIL(&call->err, EPI_INVALID, "list.cursor", "%s", "");
    return EPI_OK;
}

/* Kinds without a name of their own are searched by their person's: few people match -> a filter on them;
 * many match -> walk the list in its order and look at each person, until the page is full. */
#define FEW_PEOPLE 1000
#define WALK_PAGES 100

static bool name_matches(epi_str folded_words, epi_str folded_name)
{
    epi_str rest = folded_words, word;
    while (epi_str_split(&rest, ' ', &word)) {
        bool found = false;
        for (size_t at = 0; word.n && !found && (at = epi_str_find(folded_name, word, at)) != SIZE_MAX; at++)
            found = at == 0 || folded_name.p[at - 1] == ' ';
        if (!found && word.n)
            return false;
    }
    return true;
}

static epi_status walk_by_person(struct epi_call *call, struct epi_query q, uint16_t person_field, struct epi_page *ret)
{
    epi_str words = epi_text_fold(call->a, q.search);
    size_t want = q.limit;
    struct epi_record *rows = EPI_ARRAY(call->a, want, struct epi_record);
    q.search = EPI_NIL;
    q.limit = EPI_PAGE_MAX;
    *ret = (struct epi_page){.rows = rows, .total = -1};
    for (int page = 0; page < WALK_PAGES; page++) {
        struct epi_page p;
        EPI_TRY(epi_store_find(call->app->store, call->a, &q, &p, &call->err));
        for (size_t i = 0; i < p.n; i++) {
            struct epi_record *person;
            epi_id id = epi_v_as_ref(p.rows[i].v[person_field]);
            if (!id.v || epi_store_get(call->app->store, call->a, EPI_K_PERSON, id, &call->actor.scope, &person,
                                       NULL) != EPI_OK ||
                !name_matches(words, epi_text_fold(call->a, epi_v_as_text(person->v[EPI_PERSON_NAME]))))
                continue;
            if (ret->n == want) {
                ret->more = true;
                return EPI_OK;
            }
            rows[ret->n++] = p.rows[i];
        }
        if (!p.more)
            return EPI_OK;
        q.has_after = true;
        q.after_id = p.rows[p.n - 1].id;
        q.after_value = q.order < 0 ? EPI_NULLV : p.rows[p.n - 1].v[q.order];
    }
    return EPI_OK;
}

/* Kinds found by their code alone have no search words: what is typed is the beginning of a code. */
static epi_status find_by_code(struct epi_call *call, const struct epi_query *q, struct epi_page *ret, bool *ret_tried)
{
    const struct epi_kind *k = kind_of(call, q->kind);
    int code = -1;
    for (size_t f = 0; f < k->n_fields; f++) {
        if (k->fields[f].flags & EPI_F_SEARCH)
            return EPI_OK;
        if (k->fields[f].flags & EPI_F_LOCAL_KEY)
            code = (int)f;
    }
    *ret_tried = code >= 0 && q->n_filters + 2 <= EPI_FILTERS_MAX;
    if (!*ret_tried)
        return EPI_OK;
    struct epi_filter *f = EPI_ARRAY(call->a, q->n_filters + 2, struct epi_filter);
    struct epi_query by_code = *q;
    if (q->n_filters)
        memcpy(f, q->filters, q->n_filters * sizeof *f);
    epi_str from = epi_text_upper(call->a, epi_str_trim(q->search));
    /* U+10FFFF sorts after every text that goes on from here */
    epi_str to = epi_str_printf(call->a, "%.*s\xF4\x8F\xBF\xBF", EPI_FMT(from));
    f[q->n_filters] = (struct epi_filter){.field = (uint16_t)code, .match = EPI_GE, .v = epi_v_text(from)};
    f[q->n_filters + 1] = (struct epi_filter){.field = (uint16_t)code, .match = EPI_LE, .v = epi_v_text(to)};
    by_code.filters = f;
    by_code.n_filters = q->n_filters + 2;
    by_code.search = EPI_NIL;
    return epi_store_find(call->app->store, call->a, &by_code, ret, &call->err);
}

epi_status epi__find_page(struct epi_call *call, struct epi_query *q, struct epi_page *ret)
{
    const struct epi_kind *k = kind_of(call, q->kind);
    int person = epi_field_find(k, EPI_S("person"));
    bool tried = false;
    if (q->search.n)
        EPI_TRY(find_by_code(call, q, ret, &tried));
    if (!tried)
        EPI_TRY(epi_store_find(call->app->store, call->a, q, ret, &call->err));
    if (!q->search.n || ret->n || person < 0 || q->has_after || mask(call))
        return EPI_OK;
    struct epi_query people = {.kind = EPI_K_PERSON, .scope = call->actor.scope, .order = -1, .limit = FEW_PEOPLE,
                               .search = q->search};
    struct epi_page found;
    EPI_TRY(epi_store_find(call->app->store, call->a, &people, &found, &call->err));
    if (found.more)
        return walk_by_person(call, *q, (uint16_t)person, ret);
    if (!found.n || q->n_filters == EPI_FILTERS_MAX)
        return EPI_OK;
    struct epi_filter *filters = EPI_ARRAY(call->a, q->n_filters + 1, struct epi_filter);
    struct epi_value *ids = EPI_ARRAY(call->a, found.n, struct epi_value);
    for (size_t i = 0; i < found.n; i++)
        ids[i] = epi_v_ref(found.rows[i].id);
    if (q->n_filters)
        memcpy(filters, q->filters, q->n_filters * sizeof *filters);
    filters[q->n_filters] = (struct epi_filter){.field = (uint16_t)person, .match = EPI_ANY_OF, .any = ids, .n_any = found.n};
    struct epi_query by_person = *q;
    by_person.search = EPI_NIL;
    by_person.filters = filters;
    by_person.n_filters = q->n_filters + 1;
    return epi_store_find(call->app->store, call->a, &by_person, ret, &call->err);
}

epi_status epi_do_list(struct epi_call *call)
{
    uint16_t kind;
    struct epi_query q;
    struct epi_filter filters[EPI_FILTERS_MAX];
    struct epi_page page;
    EPI_TRY(epi__need(call, EPI_MAY_RECORD_READ));
    EPI_TRY(epi__kind_arg(call, &kind, false));
    EPI_TRY(epi__query_args(call, kind, &q, filters));
    EPI_TRY(epi__find_page(call, &q, &page));
    epi__audit_read(call, "record.list", kind_of(call, kind)->name, (epi_id){0}, page.n);
    epi_jw_object(&call->out);
    epi_jw_key(&call->out, "rows");
    epi_jw_array(&call->out);
    for (size_t i = 0; i < page.n; i++)
        epi_record_json(&call->out, call->app->catalogue, &page.rows[i], mask(call));
    epi_jw_array_end(&call->out);
    epi__names_json(call, page.rows, page.n);
    if (page.more && page.n)
        cursor_json(call, &page.rows[page.n - 1], q.order);
    else
        epi_jw_kvz(&call->out, "next", NULL);
    if (q.want_total)
        epi_jw_kvi(&call->out, "total", page.total);
    epi_jw_object_end(&call->out);
    return EPI_OK;
}

/* --- one record ------------------------------------------------------------------------------------------------ */
static epi_status load(struct epi_call *call, uint16_t *ret_kind, struct epi_record **ret)
{
    epi_id id;
    EPI_TRY(epi__kind_arg(call, ret_kind, false));
    EPI_TRY(epi__id_arg(call, "id", &id));
    return epi_store_get(call->app->store, call->a, *ret_kind, id, &call->actor.scope, ret, &call->err);
}

/* The record's members with "_names", and "lost": fields whose value was sent and does not stand. */
static void record_answer(struct epi_call *call, const struct epi_record *r, const struct epi_change *sent)
{
    epi_jw_object(&call->out);
    epi_record_members(&call->out, call->app->catalogue, r, mask(call));
    epi__names_json(call, r, 1);
    if (sent) {
        epi_jw_key(&call->out, "lost");
        epi_jw_array(&call->out);
        for (size_t i = 0; i < sent->n_sets; i++)
            if (!epi_value_eq(sent->sets[i].v, r->v[sent->sets[i].field]))
                epi_jw_textz(&call->out, kind_of(call, r->kind)->fields[sent->sets[i].field].name);
        epi_jw_array_end(&call->out);
    }
    epi_jw_object_end(&call->out);
    call->etag = r->version;
}

epi_status epi_do_get(struct epi_call *call)
{
    uint16_t kind;
    struct epi_record *r;
    EPI_TRY(epi__need(call, EPI_MAY_RECORD_READ));
    EPI_TRY(load(call, &kind, &r));
    epi__audit_read(call, "record.read", kind_of(call, kind)->name, r->id, 1);
    record_answer(call, r, NULL);
    return EPI_OK;
}

static void history_change(struct epi_call *call, const struct epi_kind *k, const struct epi_change *c,
                           struct epi_value *now)
{
    struct epi_jw *w = &call->out;
    for (size_t s = 0; s < c->n_sets; s++) {
        const struct epi_field *f = &k->fields[c->sets[s].field];
        if (f->flags & EPI_F_SECRET)
            continue;
        bool hide = (f->flags & EPI_F_PERSONAL) && mask(call);
        epi_jw_object(w);
        epi_jw_kvz(w, "field", f->name);
        epi_jw_kvz(w, "label", f->label[call->actor.lang]);
        epi_jw_key(w, "from");
        if (hide)
            epi_jw_null(w);
        else
            epi_value_json(w, f, now[c->sets[s].field]);
        epi_jw_key(w, "to");
        if (hide)
            epi_jw_null(w);
        else
            epi_value_json(w, f, c->sets[s].v);
        epi_jw_object_end(w);
        now[c->sets[s].field] = c->sets[s].v;
    }
}

epi_status epi_do_history(struct epi_call *call)
{
    uint16_t kind;
    struct epi_record *r;
    struct epi_op *ops;
    size_t n;
    char text[40];
    EPI_TRY(epi__need(call, EPI_MAY_RECORD_READ));
    EPI_TRY(load(call, &kind, &r));
    EPI_TRY(epi_store_history(call->app->store, call->a, kind, r->id, &ops, &n, &call->err));
    const struct epi_kind *k = kind_of(call, kind);
    struct epi_value *now = EPI_ARRAY(call->a, k->n_fields, struct epi_value);
    struct epi_jw *w = &call->out;
    epi__audit_read(call, "record.history", k->name, r->id, n);
    epi_jw_object(w);
    epi_jw_key(w, "rows");
    epi_jw_array(w);
    for (size_t i = 0; i < n; i++) {
        epi_jw_object(w);
        epi_jw_kvi(w, "seq", (int64_t)ops[i].seq);
        epi_jw_kv(w, "action", ops[i].action);
        epi_jw_kvz(w, "author", ops[i].author.v ? epi_id_text(ops[i].author, text) : NULL);
        epi_jw_kv(w, "author_name", ops[i].author.v ? epi__label(call, EPI_K_USER, ops[i].author) : EPI_S("Cordon"));
        epi_jw_kvz(w, "server_time", epi_instant_iso(ops[i].server_time, text));
        epi_jw_kv(w, "reason", ops[i].reason);
        epi_jw_key(w, "changes");
        epi_jw_array(w);
        for (size_t c = 0; c < ops[i].n_changes; c++)
            if (ops[i].changes[c].kind == kind && ops[i].changes[c].id.v == r->id.v)
                history_change(call, k, &ops[i].changes[c], now);
        epi_jw_array_end(w);
        epi_jw_object_end(w);
    }
    epi_jw_array_end(w);
    epi_jw_object_end(w);
    return EPI_OK;
}

/* --- writing ------------------------------------------------------------------------------------------------------ */
static epi_status read_body(struct epi_call *call, struct epi_record *r, bool *present, epi_str *ret_reason)
{
    const epi_json *j;
    EPI_TRY(epi_json_parse(call->a, call->body, 8u << 20, &j, &call->err));
    *ret_reason = epi_text_clean(call->a, epi_json_text(j, "_reason", EPI_NIL));
    epi_record_from_json(call->a, call->app->catalogue, j, r, present, &call->findings);
    return EPI_OK;
}

/* A unit given as a code or a name becomes its path; it must lie inside the author's jurisdiction. */
static epi_status place_in_jurisdiction(struct epi_call *call, struct epi_record *r)
{
    struct epi_value *unit = &r->v[0];
    if (unit->t == EPI_V_NULL)
        *unit = epi_v_text(call->actor.unit);
    size_t n = 0;
    epi_str given = epi_v_as_text(*unit);
    int32_t at = given.n ? epi_units_resolve(call->app->units, given, epi_app_today(call->app), &n) : -1;
    if (given.n && at < 0)
        epi_finding_add(&call->findings, EPI_ERROR, "field.not-a-unit", 0, EPI_S("unit"), given, EPI_NIL);
    if (at >= 0)
        *unit = epi_v_text(epi_units_at(call->app->units, at)->path);
    if (!epi_scope_has(&call->actor.scope, epi_v_as_text(*unit)))
        return EPI_FAIL(&call->err, EPI_DENIED, "access.outside-jurisdiction", "%s", "");
    return EPI_OK;
}

/* Every reference must name a record the author may see. */
static void check_refs(struct epi_call *call, const struct epi_record *r, const bool *present)
{
    const struct epi_kind *k = kind_of(call, r->kind);
    for (size_t f = 0; f < k->n_fields; f++) {
        struct epi_record *other;
        epi_id id = epi_v_as_ref(r->v[f]);
        if (k->fields[f].type != EPI_T_REF || !id.v || (present && !present[f]))
            continue;
        if (epi_store_get(call->app->store, call->a, k->fields[f].ref_kind, id, &call->actor.scope, &other, NULL) != EPI_OK)
            epi_finding_add(&call->findings, EPI_ERROR, "field.no-such-record", 0, epi_str_of(k->fields[f].name),
                            EPI_NIL, EPI_NIL);
    }
}

static epi_status answer_stored(struct epi_call *call, const struct epi_change *sent)
{
    struct epi_record *r;
    EPI_TRY(epi_store_get(call->app->store, call->a, sent->kind, sent->id, &call->actor.scope, &r, &call->err));
    record_answer(call, r, sent);
    return EPI_OK;
}

epi_status epi_do_create(struct epi_call *call)
{
    uint16_t kind;
    epi_str reason;
    struct epi__edit edit;
    EPI_TRY(epi__kind_arg(call, &kind, false));
    EPI_TRY(epi__need(call, write_permission(kind)));
    const struct epi_kind *k = kind_of(call, kind);
    if (has_own_acts(kind))
        return EPI_FAIL(&call->err, EPI_INVALID, "record.has-own-acts", "%s", k->name);
    struct epi_record *r = epi_record_new(call->a, call->app->catalogue, kind);
    EPI_TRY(read_body(call, r, NULL, &reason));
    EPI_TRY(place_in_jurisdiction(call, r));
    epi_record_check(call->app->catalogue, r, epi_app_today(call->app), 0, NULL, &call->findings);
    check_refs(call, r, NULL);
    EPI_TRY(epi__refuse_if_findings(call));
    epi__edit_new(call, &edit, kind);
    for (size_t f = 0; f < k->n_fields; f++)
        if (r->v[f].t != EPI_V_NULL)
            epi__set(call, &edit, (uint16_t)f, r->v[f]);
    epi_str action = epi_str_printf(call->a, "%s.create", k->name);
    EPI_TRY(epi__write_edits(call, epi_str_cz(call->a, action), reason, &edit, 1, NULL));
    call->http_status = 201;
    return answer_stored(call, &edit.change);
}

epi_status epi_do_update(struct epi_call *call)
{
    uint16_t kind;
    struct epi_record *r;
    struct epi__edit edit;
    epi_str reason;
    EPI_TRY(epi__kind_arg(call, &kind, false));
    EPI_TRY(epi__need(call, write_permission(kind)));
    EPI_TRY(load(call, &kind, &r));
    const struct epi_kind *k = kind_of(call, kind);
    if (has_own_acts(kind))
        return EPI_FAIL(&call->err, EPI_INVALID, "record.has-own-acts", "%s", k->name);
    bool *present = EPI_ARRAY(call->a, k->n_fields, bool);
    EPI_TRY(read_body(call, r, present, &reason));
    EPI_TRY(place_in_jurisdiction(call, r));
    epi_record_check(call->app->catalogue, r, epi_app_today(call->app), 0, present, &call->findings);
    check_refs(call, r, present);
    EPI_TRY(epi__refuse_if_findings(call));
    epi__edit_of(&edit, r);
    if (call->has_match)
        edit.change.base = call->match;
    for (size_t f = 0; f < k->n_fields; f++)
        if (present[f])
            epi__set(call, &edit, (uint16_t)f, r->v[f]);
    if (!edit.change.n_sets)
        return EPI_FAIL(&call->err, EPI_INVALID, "record.nothing-to-change", "%s", "");
    epi_str action = epi_str_printf(call->a, "%s.update", k->name);
    EPI_TRY(epi__write_edits(call, epi_str_cz(call->a, action), reason, &edit, 1, NULL));
    return answer_stored(call, &edit.change);
}

epi_status epi_do_remove(struct epi_call *call)
{
    uint16_t kind;
    struct epi_record *r;
    struct epi__edit edit;
    const epi_json *j = NULL;
    EPI_TRY(epi__kind_arg(call, &kind, false));
    EPI_TRY(epi__need(call, write_permission(kind)));
    EPI_TRY(load(call, &kind, &r));
    if (call->body.n)
        EPI_TRY(epi_json_parse(call->a, call->body, 1 << 16, &j, &call->err));
    epi_str reason = epi_text_clean(call->a, epi_json_text(j, "_reason", EPI_NIL));
    if (!reason.n)
        return EPI_FAIL(&call->err, EPI_INVALID, "record.reason-missing", "%s", "");
    if (has_own_acts(kind))
        return EPI_FAIL(&call->err, EPI_INVALID, "record.has-own-acts", "%s", kind_of(call, kind)->name);
    epi__edit_of(&edit, r);
    edit.change.remove = true;
    epi_str action = epi_str_printf(call->a, "%s.remove", kind_of(call, kind)->name);
    EPI_TRY(epi__write_edits(call, epi_str_cz(call->a, action), reason, &edit, 1, NULL));
    call->http_status = 204;
    return EPI_OK;
}
