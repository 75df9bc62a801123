// SPDX-License-Identifier: AGPL-3.0-or-later
/* Registering a document: its parts become a record, its numbered items become assignments. */
#include "directive/directive.h"
#include "ops/ops_internal.h"

#define BODY_MAX (8u << 20)

static epi_status load_forms(struct epi_call *call, const struct epi_directive_forms **ret)
{
    epi_str text;
    EPI_TRY(epi__data_file(call->app, call->a, "forms/directive-forms.json", 1 << 20, &text,
                           &call->err));
    return epi_directive_forms_load(call->a, text, ret, &call->err);
}

struct registration { /* the edits of one document, in the order they are written */
    struct epi_call *call;
    struct epi__edit *edits;
    size_t n, cap;
    epi_id directive;
    epi_str unit;
};

static struct epi__edit *next_edit(struct registration *r, uint16_t kind)
{
    if (r->n == r->cap) {
        size_t cap = r->cap ? r->cap * 2 : 64;
        struct epi__edit *edits = EPI_ARRAY(r->call->a, cap, struct epi__edit);
        if (r->n)
            memcpy(edits, r->edits, r->n * sizeof *edits);
        r->edits = edits;
        r->cap = cap;
    }
    struct epi__edit *e = &r->edits[r->n++];
    epi__edit_new(r->call, e, kind);
    epi__set(r->call, e, 0, epi_v_text(r->unit));
    return e;
}

/* Cut to what the field holds, at a character's border; the whole text stays in the document. */
static struct epi_value fitting(struct epi_call *call, uint16_t kind, uint16_t field, epi_str text)
{
    size_t max = call->app->catalogue->kinds[kind].fields[field].max_bytes;
    if (text.n > max) {
        while (max > 0 && ((unsigned char)text.p[max] & 0xC0) == 0x80)
            max--;
        text.n = max;
    }
    return epi_v_text(text);
}

static epi_str partners_of(struct epi_call *call, const struct epi_directive_item *item)
{
    EPI_BUF_LOCAL(b, 4096);
    for (size_t i = 0; i < item->partners_n; i++) {
        epi_buf_putz(&b, i ? "; " : "");
        epi_buf_put(&b, item->partners[i].name.text);
    }
    return epi_str_dup(call->a, epi_buf_str(&b));
}

static epi_id add_assignment(struct registration *r, const struct epi_directive_item *item,
                             epi_str no, epi_str text, epi_str agency, epi_id parent)
{
    struct epi_call *call = r->call;
    struct epi__edit *e = next_edit(r, EPI_K_ASSIGNMENT);
    epi_str partners = partners_of(call, item);
    epi__set(call, e, EPI_ASSIGNMENT_DIRECTIVE, epi_v_ref(r->directive));
    epi__set(call, e, EPI_ASSIGNMENT_ITEM,
             fitting(call, EPI_K_ASSIGNMENT, EPI_ASSIGNMENT_ITEM, no));
    epi__set(call, e, EPI_ASSIGNMENT_TEXT,
             fitting(call, EPI_K_ASSIGNMENT, EPI_ASSIGNMENT_TEXT, text));
    epi__set(call, e, EPI_ASSIGNMENT_AGENCY,
             fitting(call, EPI_K_ASSIGNMENT, EPI_ASSIGNMENT_AGENCY, agency));
    if (partners.n)
        epi__set(call, e, EPI_ASSIGNMENT_PARTNERS,
                 fitting(call, EPI_K_ASSIGNMENT, EPI_ASSIGNMENT_PARTNERS, partners));
    if (parent.v)
        epi__set(call, e, EPI_ASSIGNMENT_PARENT, epi_v_ref(parent));
    epi__set(call, e, EPI_ASSIGNMENT_STATUS, epi_v_text(EPI_S("new")));
    epi__set(call, e, EPI_ASSIGNMENT_PERCENT, epi_v_int(0));
    epi__set(call, e, EPI_ASSIGNMENT_OFFSET, epi_v_int(item->text.offset));
    return e->change.id;
}

/* Bullets become assignments below their item's, one for the agency the bullet names, else the
 * item's. */
static void add_children(struct registration *r, const struct epi_directive_item *item, epi_str no,
                         epi_str agency, epi_id parent)
{
    for (size_t c = 0; c < item->children_n; c++) {
        const struct epi_directive_item *child = &item->children[c];
        if (!child->text.text.n)
            continue;
        epi_str child_no = epi_str_printf(r->call->a, "%.*s.%zu", EPI_FMT(no), c + 1);
        epi_str who = child->agencies_n ? child->agencies[0].name.text : agency;
        epi_id id = add_assignment(r, child, child_no, child->text.text, who, parent);
        add_children(r, child, child_no, who, id);
    }
}

static epi_str all_addressees(struct epi_call *call, const struct epi_directive *d)
{
    EPI_BUF_LOCAL(b, 300);
    for (size_t i = 0; i < d->addressees.n && b.n + d->addressees.list[i].text.n + 2 < 300; i++) {
        epi_buf_putz(&b, i ? "; " : "");
        epi_buf_put(&b, d->addressees.list[i].text);
    }
    return epi_str_dup(call->a, epi_buf_str(&b));
}

static void add_items(struct registration *r, const struct epi_directive *d)
{
    epi_str everyone = all_addressees(r->call, d);
    for (size_t i = 0; i < d->items_n; i++) {
        const struct epi_directive_item *item = &d->items[i];
        epi_str text = item->text.text.n ? item->text.text : item->title.text;
        size_t owners = item->agencies_n ? item->agencies_n : 1;
        if (!text.n)
            continue;
        for (size_t g = 0; g < owners; g++) {
            epi_str agency = item->agencies_n ? item->agencies[g].name.text : everyone;
            epi_id id = add_assignment(r, item, item->no, text, agency, (epi_id){0});
            add_children(r, item, item->no, agency, id);
        }
    }
}

static void add_directive(struct registration *r, const struct epi_directive *d, epi_str text,
                          epi_str parsed, epi_str direction, epi_date received)
{
    struct epi_call *call = r->call;
    struct epi__edit *e = next_edit(r, EPI_K_DIRECTIVE);
    const struct {
        uint16_t field;
        epi_str text;
    } texts[] = {{EPI_DIRECTIVE_SYMBOL, d->symbol.text}, {EPI_DIRECTIVE_TYPE, d->type.text},
                 {EPI_DIRECTIVE_FORM, d->form.text},     {EPI_DIRECTIVE_ISSUER, d->issuer.text},
                 {EPI_DIRECTIVE_PLACE, d->place.text},   {EPI_DIRECTIVE_SUBJECT, d->subject.text},
                 {EPI_DIRECTIVE_SIGNER, d->signer.text}, {EPI_DIRECTIVE_DIRECTION, direction},
                 {EPI_DIRECTIVE_PARSED, parsed},         {EPI_DIRECTIVE_TEXT, text}};
    r->directive = e->change.id;
    for (size_t i = 0; i < EPI_COUNT(texts); i++)
        if (texts[i].text.n)
            epi__set(call, e, texts[i].field,
                     fitting(call, EPI_K_DIRECTIVE, texts[i].field, texts[i].text));
    if (epi_date_known(d->date.date))
        epi__set(call, e, EPI_DIRECTIVE_DATE, epi_v_date(d->date.date));
    epi__set(call, e, EPI_DIRECTIVE_RECEIVED, epi_v_date(received));
}

/* The text comes as it is, or inside JSON with its direction and day of receipt. */
static epi_status read_body(struct epi_call *call, epi_str *ret_text, epi_str *ret_direction,
                            epi_date *ret_received)
{
    *ret_text = call->body;
    *ret_direction = epi_arg(call, "direction");
    *ret_received = epi_app_today(call->app);
    if (epi_str_starts(call->content_type, EPI_S("application/json"))) {
        const epi_json *j;
        EPI_TRY(epi_json_parse(call->a, call->body, BODY_MAX, &j, &call->err));
        *ret_text = epi_json_text(j, "text", EPI_NIL);
        *ret_direction = epi_json_text(j, "direction", *ret_direction);
        epi_str received = epi_json_text(j, "received", EPI_NIL);
        if (received.n && !epi_date_parse_iso(received, ret_received))
            return EPI_FAIL(&call->err, EPI_INVALID, "arg.not-a-date", "%.*s", EPI_FMT(received));
    }
    if (!ret_direction->n)
        *ret_direction = EPI_S("incoming");
    if (!epi_str_eqz(*ret_direction, "incoming") && !epi_str_eqz(*ret_direction, "outgoing"))
        return EPI_FAIL(&call->err, EPI_INVALID, "directive.direction", "%.*s",
                        EPI_FMT(*ret_direction));
    return EPI_OK;
}

static epi_status refuse_registered(struct epi_call *call, const struct epi_directive *d)
{
    if (!d->symbol.text.n || !d->number.text.n || !epi_date_known(d->date.date))
        return EPI_OK; /* an unnumbered document cannot be told from another */
    struct epi_filter f[] = {
        {.field = EPI_DIRECTIVE_SYMBOL, .match = EPI_EQ, .v = epi_v_text(d->symbol.text)},
        {.field = EPI_DIRECTIVE_DATE, .match = EPI_EQ, .v = epi_v_date(d->date.date)}};
    struct epi_query q = {.kind = EPI_K_DIRECTIVE,
                          .scope = call->actor.scope,
                          .filters = f,
                          .n_filters = 2,
                          .order = -1,
                          .limit = 1};
    struct epi_page page;
    EPI_TRY(epi_store_find(call->app->store, call->a, &q, &page, &call->err));
    if (page.n)
        return EPI_FAIL(&call->err, EPI_CONFLICT, "directive.registered", "%.*s",
                        EPI_FMT(d->symbol.text));
    return EPI_OK;
}

epi_status epi_do_directive_register(struct epi_call *call)
{
    const struct epi_directive_forms *forms;
    struct epi_directive d = {0};
    epi_str text, direction;
    epi_date received;
    bool dry = epi_str_eqz(epi_arg(call, "dry_run"), "1");
    EPI_TRY(epi__need(call, EPI_MAY_DIRECTIVE_WRITE));
    EPI_TRY(read_body(call, &text, &direction, &received));
    EPI_TRY(load_forms(call, &forms));
    EPI_TRY(epi_directive_parse(call->a, text, forms, &d, &call->findings, &call->err));
    EPI_BUF_LOCAL(b, 16u << 20);
    struct epi_jw w = EPI_JW(&b);
    epi_directive_json(&w, &d, &call->findings, call->actor.lang);
    bool whole =
        !b.full &&
        b.n <= call->app->catalogue->kinds[EPI_K_DIRECTIVE].fields[EPI_DIRECTIVE_PARSED].max_bytes;
    epi_str parsed = whole ? epi_str_dup(call->a, epi_buf_str(&b))
                           : EPI_S("null"); /* half of it would be no JSON */
    struct registration r = {
        .call = call,
        .unit = call->actor.unit.n
                    ? call->actor.unit
                    : epi_units_at(call->app->units, epi_units_root(call->app->units))->path};
    add_directive(&r, &d, epi_text_clean(call->a, text), parsed, direction, received);
    add_items(&r, &d);
    if (!dry) {
        EPI_TRY(refuse_registered(call, &d));
        EPI_TRY(epi__write_edits(call, "directive.register", EPI_NIL, r.edits, r.n, NULL));
        epi_call_arg(call, EPI_S("id"),
                     epi_str_printf(call->a, "%s", epi_id_text(r.directive, (char[16]){0})));
        call->http_status = 201;
        return epi_do_directive(call);
    }
    epi_jw_object(&call->out);
    epi_jw_key(&call->out, "parsed");
    epi_jw_raw(&call->out, parsed);
    epi_jw_kvi(&call->out, "assignments", (int64_t)r.n - 1);
    epi_jw_object_end(&call->out);
    return EPI_OK;
}

/* --- reading one back
 * ------------------------------------------------------------------------------------------- */
static void progress_json(struct epi_call *call, const struct epi_page *all, epi_id assignment)
{
    epi_jw_key(&call->out, "progress");
    epi_jw_array(&call->out);
    for (size_t i = 0; i < all->n; i++) {
        if (epi_v_as_ref(all->rows[i].v[EPI_PROGRESS_ASSIGNMENT]).v != assignment.v)
            continue;
        epi_jw_object(&call->out);
        epi_record_members(&call->out, call->app->catalogue, &all->rows[i], false);
        epi_jw_kv(&call->out, "by_name",
                  epi__label(call, EPI_K_USER, epi_v_as_ref(all->rows[i].v[EPI_PROGRESS_BY])));
        epi_jw_object_end(&call->out);
    }
    epi_jw_array_end(&call->out);
}

static void tree_json(struct epi_call *call, const struct epi_page *all,
                      const struct epi_page *progress, epi_id parent, int depth)
{
    epi_date today = epi_app_today(call->app);
    epi_jw_array(&call->out);
    for (size_t i = 0; depth < 12 && i < all->n; i++) {
        const struct epi_record *r = &all->rows[i];
        if (epi_v_as_ref(r->v[EPI_ASSIGNMENT_PARENT]).v != parent.v)
            continue;
        epi_date due = epi_v_as_date(r->v[EPI_ASSIGNMENT_DUE]);
        bool done = epi_str_eqz(epi_v_as_text(r->v[EPI_ASSIGNMENT_STATUS]), "done");
        epi_jw_object(&call->out);
        epi_record_members(&call->out, call->app->catalogue, r, false);
        epi_jw_kvb(&call->out, "overdue", !done && epi_date_known(due) && due.d < today.d);
        progress_json(call, progress, r->id);
        epi_jw_key(&call->out, "children");
        tree_json(call, all, progress, r->id, depth + 1);
        epi_jw_object_end(&call->out);
    }
    epi_jw_array_end(&call->out);
}

epi_status epi_do_directive(struct epi_call *call)
{
    epi_id id;
    struct epi_record *r;
    struct epi_page assignments, progress = {0};
    EPI_TRY(epi__need(call, EPI_MAY_RECORD_READ));
    EPI_TRY(epi__id_arg(call, "id", &id));
    EPI_TRY(epi_store_get(call->app->store, call->a, EPI_K_DIRECTIVE, id, &call->actor.scope, &r,
                          &call->err));
    struct epi_filter f = {.field = EPI_ASSIGNMENT_DIRECTIVE, .match = EPI_EQ, .v = epi_v_ref(id)};
    struct epi_query q = {.kind = EPI_K_ASSIGNMENT,
                          .scope = call->actor.scope,
                          .filters = &f,
                          .n_filters = 1,
                          .order = -1,
                          .limit = EPI_PAGE_MAX};
    EPI_TRY(epi_store_find(call->app->store, call->a, &q, &assignments, &call->err));
    if (assignments.n) {
        struct epi_value *ids = EPI_ARRAY(call->a, assignments.n, struct epi_value);
        for (size_t i = 0; i < assignments.n; i++)
            ids[i] = epi_v_ref(assignments.rows[i].id);
        struct epi_filter of = {.field = EPI_PROGRESS_ASSIGNMENT,
                                .match = EPI_ANY_OF,
                                .any = ids,
                                .n_any = assignments.n};
        struct epi_query pq = {.kind = EPI_K_PROGRESS,
                               .scope = call->actor.scope,
                               .filters = &of,
                               .n_filters = 1,
                               .order = -1,
                               .limit = EPI_PAGE_MAX};
        EPI_TRY(epi_store_find(call->app->store, call->a, &pq, &progress, &call->err));
    }
    epi__audit_read(call, "record.read", "directive", id, 1);
    epi_str parsed = epi_v_as_text(r->v[EPI_DIRECTIVE_PARSED]);
    r->v[EPI_DIRECTIVE_PARSED] = EPI_NULLV; /* given once, beside the record */
    epi_jw_object(&call->out);
    epi_jw_key(&call->out, "record");
    epi_record_json(&call->out, call->app->catalogue, r,
                    !epi_may(&call->actor, EPI_MAY_PERSON_READ));
    epi_jw_key(&call->out, "parsed");
    if (parsed.n)
        epi_jw_raw(&call->out, parsed);
    else
        epi_jw_null(&call->out);
    epi_jw_key(&call->out, "assignments");
    tree_json(call, &assignments, &progress, (epi_id){0}, 0);
    epi_jw_object_end(&call->out);
    call->etag = r->version;
    return EPI_OK;
}
