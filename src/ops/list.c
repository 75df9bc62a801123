// SPDX-License-Identifier: AGPL-3.0-or-later
/* Lists of records: filters, order, pages and search from the arguments of a call. */
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
static epi_status filter_value(struct epi_call *call, const struct epi_field *f, epi_str text,
                               struct epi_value *ret)
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

static epi_status any_of(struct epi_call *call, const struct epi_field *f, epi_str list,
                         struct epi_filter *ret)
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
static epi_status one_filter(struct epi_call *call, const struct epi_kind *k, epi_str name,
                             epi_str value, struct epi_filter *ret, bool *ret_used)
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
    *ret = (struct epi_filter){.field = (uint16_t)at,
                               .match = f->type == EPI_T_UNIT ? EPI_UNDER : EPI_EQ};
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
    static const char *const names[] = {"kind",  "q",       "order",  "limit", "cursor",
                                        "total", "removed", "format", "as_of"};
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

/* Without the right to see persons one may neither sort by what names them (the page mark would
 * tell it) nor search by it (a hit would). */
static epi_status keep_personal(struct epi_call *call, const struct epi_kind *k,
                                const struct epi_query *q)
{
    bool asked = q->order >= 0 && (k->fields[q->order].flags & EPI_F_PERSONAL);
    for (size_t f = 0; q->search.n && f < k->n_fields; f++)
        asked = asked || (k->fields[f].flags & (EPI_F_PERSONAL | EPI_F_SEARCH)) ==
                             (EPI_F_PERSONAL | EPI_F_SEARCH);
    if (asked && mask(call))
        return EPI_FAIL(&call->err, EPI_DENIED, "access.not-permitted", "person.read");
    return EPI_OK;
}

epi_status epi__query_args(struct epi_call *call, uint16_t kind, struct epi_query *q,
                           struct epi_filter *filters)
{
    const struct epi_kind *k = kind_of(call, kind);
    int64_t limit = 50;
    epi_str order = epi_arg(call, "order"), text = epi_arg(call, "limit");
    *q = (struct epi_query){.kind = kind,
                            .scope = call->actor.scope,
                            .filters = filters,
                            .order = -1,
                            .descending = true,
                            .search = epi_arg(call, "q"),
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
        EPI_TRY(one_filter(call, k, call->args[i].name, call->args[i].value, &filters[q->n_filters],
                           &used));
        if (!used)
            return EPI_FAIL(&call->err, EPI_INVALID, "list.no-such-filter", "%.*s",
                            EPI_FMT(call->args[i].name));
        q->n_filters++;
    }
    epi_str cursor = epi_arg(call, "cursor");
    if (cursor.n && !cursor_read(call->a, cursor, q))
        return EPI_FAIL(&call->err, EPI_INVALID, "list.cursor", "%s", "");
    return EPI_OK;
}

/* Kinds without a name of their own are searched by their person's: few people match -> a filter on
 * them; many match -> walk the list in its order and look at each person, until the page is full.
 */
#define FEW_PEOPLE 1000
#define WALK_PAGES 100

static bool name_matches(epi_str folded_words, epi_str folded_name)
{
    epi_str rest = folded_words, word;
    while (epi_str_split(&rest, ' ', &word)) {
        bool found = false;
        for (size_t at = 0;
             word.n && !found && (at = epi_str_find(folded_name, word, at)) != SIZE_MAX; at++)
            found = at == 0 || folded_name.p[at - 1] == ' ';
        if (!found && word.n)
            return false;
    }
    return true;
}

static epi_status walk_by_person(struct epi_call *call, struct epi_query q, uint16_t person_field,
                                 struct epi_page *ret)
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
            if (!id.v ||
                epi_store_get(call->app->store, call->a, EPI_K_PERSON, id, &call->actor.scope,
                              &person, NULL) != EPI_OK ||
                !name_matches(words,
                              epi_text_fold(call->a, epi_v_as_text(person->v[EPI_PERSON_NAME]))))
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

/* Kinds found by their code alone have no search words: what is typed is the beginning of a code.
 */
static epi_status find_by_code(struct epi_call *call, const struct epi_query *q,
                               struct epi_page *ret, bool *ret_tried)
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
    f[q->n_filters] =
        (struct epi_filter){.field = (uint16_t)code, .match = EPI_GE, .v = epi_v_text(from)};
    f[q->n_filters + 1] =
        (struct epi_filter){.field = (uint16_t)code, .match = EPI_LE, .v = epi_v_text(to)};
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
    struct epi_query people = {.kind = EPI_K_PERSON,
                               .scope = call->actor.scope,
                               .order = -1,
                               .limit = FEW_PEOPLE,
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
    filters[q->n_filters] = (struct epi_filter){
        .field = (uint16_t)person, .match = EPI_ANY_OF, .any = ids, .n_any = found.n};
    struct epi_query by_person = *q;
    by_person.search = EPI_NIL;
    by_person.filters = filters;
    by_person.n_filters = q->n_filters + 1;
    return epi_store_find(call->app->store, call->a, &by_person, ret, &call->err);
}

void epi__page_end(struct epi_call *call, const struct epi_query *q, const struct epi_page *page)
{
    if (page->more && page->n)
        cursor_json(call, &page->rows[page->n - 1], q->order);
    else
        epi_jw_kvz(&call->out, "next", NULL);
    if (q->want_total)
        epi_jw_kvi(&call->out, "total", page->total);
}

void epi__page_json(struct epi_call *call, const struct epi_query *q, const struct epi_page *page)
{
    epi_jw_object(&call->out);
    epi_jw_key(&call->out, "rows");
    epi_jw_array(&call->out);
    for (size_t i = 0; i < page->n; i++)
        epi_record_json(&call->out, call->app->catalogue, &page->rows[i], mask(call));
    epi_jw_array_end(&call->out);
    epi__names_json(call, page->rows, page->n);
    epi__page_end(call, q, page);
    epi_jw_object_end(&call->out);
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
    epi__page_json(call, &q, &page);
    return EPI_OK;
}
