// SPDX-License-Identifier: AGPL-3.0-or-later
/* OpenAPI 3.1 from routes.def, schemas.def and the catalogue. A route with {kind} is written out
 * for each kind, so that every body has its exact shape. */
#include "serve/serve_internal.h"

static void type_schema(struct epi_jw *w, epi_str type);

static void ref_to(struct epi_jw *w, epi_str name)
{
    EPI_BUF_LOCAL(b, 200);
    epi_buf_printf(&b, "#/components/schemas/%.*s", EPI_FMT(name));
    epi_jw_object(w);
    epi_jw_kv(w, "$ref", epi_buf_str(&b));
    epi_jw_object_end(w);
}

static void plain_type(struct epi_jw *w, const char *type, const char *format, bool nullable)
{
    epi_jw_object(w);
    epi_jw_key(w, "type");
    if (nullable) {
        epi_jw_array(w);
        epi_jw_textz(w, type);
        epi_jw_textz(w, "null");
        epi_jw_array_end(w);
    } else {
        epi_jw_textz(w, type);
    }
    if (format)
        epi_jw_kvz(w, "format", format);
    epi_jw_object_end(w);
}

static void named_type(struct epi_jw *w, epi_str type, bool nullable)
{
    if (epi_str_eqz(type, "date"))
        plain_type(w, "string", "date", nullable);
    else if (epi_str_eqz(type, "instant"))
        plain_type(w, "string", "date-time", nullable);
    else if (epi_str_eqz(type, "id"))
        epi_jw_raw(w, EPI_S("{\"type\":\"string\",\"pattern\":\"^[0-9a-z]{13}$\"}"));
    else if (epi_str_eqz(type, "words"))
        ref_to(w, EPI_S("words"));
    else if (epi_str_eqz(type, "any"))
        epi_jw_raw(w, EPI_S("{}"));
    else {
        EPI_ARENA_LOCAL(a);
        plain_type(w, epi_str_cz(a, type), NULL, nullable);
    }
}

static void type_schema(struct epi_jw *w, epi_str type)
{
    bool nullable = epi_str_ends(type, EPI_S("?"));
    if (nullable)
        type = epi_str_sub(type, 0, type.n - 1);
    char first = type.n ? type.p[0] : '\0';
    epi_str inner = type.n > 2 ? epi_str_sub(type, 1, type.n - 2) : EPI_NIL;
    if (first == '@' && nullable) {
        epi_jw_object(w);
        epi_jw_key(w, "anyOf");
        epi_jw_array(w);
        ref_to(w, epi_str_sub(type, 1, type.n));
        epi_jw_raw(w, EPI_S("{\"type\":\"null\"}"));
        epi_jw_array_end(w);
        epi_jw_object_end(w);
    } else if (first == '@') {
        ref_to(w, epi_str_sub(type, 1, type.n));
    } else if (first == '[') {
        epi_jw_object(w);
        epi_jw_kvz(w, "type", "array");
        epi_jw_key(w, "items");
        type_schema(w, inner);
        epi_jw_object_end(w);
    } else if (first == '{') {
        epi_jw_object(w);
        epi_jw_kvz(w, "type", "object");
        epi_jw_key(w, "additionalProperties");
        type_schema(w, inner);
        epi_jw_object_end(w);
    } else {
        named_type(w, type, nullable);
    }
}

/* "name?:type" -> its parts; true while there is one more. */
static bool next_field(epi_str *rest, epi_str *ret_name, epi_str *ret_type, bool *ret_optional)
{
    epi_str item;
    if (!rest->n || !epi_str_split(rest, ' ', &item))
        return false;
    epi_str_split(&item, ':', ret_name);
    *ret_type = item;
    *ret_optional = epi_str_ends(*ret_name, EPI_S("?"));
    if (*ret_optional)
        *ret_name = epi_str_sub(*ret_name, 0, ret_name->n - 1);
    return true;
}

static void object_schema(struct epi_jw *w, const char *fields)
{
    epi_str rest = epi_str_of(fields), name, type;
    bool optional;
    epi_jw_object(w);
    epi_jw_kvz(w, "type", "object");
    epi_jw_key(w, "properties");
    epi_jw_object(w);
    while (next_field(&rest, &name, &type, &optional)) {
        epi_jw_keys(w, name);
        type_schema(w, type);
    }
    epi_jw_object_end(w);
    epi_jw_key(w, "required");
    epi_jw_array(w);
    rest = epi_str_of(fields);
    while (next_field(&rest, &name, &type, &optional))
        if (!optional)
            epi_jw_text(w, name);
    epi_jw_array_end(w);
    epi_jw_object_end(w);
}

static void schemas(struct epi_jw *w, const struct epi_catalogue *c)
{
    static const struct {
        const char *name, *fields;
    } own[] = {
#define SCHEMA(name, fields) {name, fields},
#include "serve/schemas.def"
#undef SCHEMA
        {"words", "vi:string? en:string?"},
    };
    EPI_BUF_LOCAL(all, 16u << 20);
    EPI_BUF_LOCAL(more, 16u << 20);
    struct epi_jw kinds = EPI_JW(&all), others = EPI_JW(&more);
    epi_catalogue_schemas(&kinds, c);
    epi_jw_object(&others);
    for (size_t i = 0; i < EPI_COUNT(own); i++) {
        epi_jw_key(&others, own[i].name);
        object_schema(&others, own[i].fields);
    }
    epi_jw_object_end(&others);
    /* two objects become one: the first without its last brace, the second without its first */
    all.n--;
    epi_buf_putc(&all, ',');
    epi_buf_put(&all, epi_str_sub(epi_buf_str(&more), 1, more.n));
    epi_jw_raw(w, epi_buf_str(&all));
}

/* --- operations
 * ------------------------------------------------------------------------------------------------
 */
static void parameter(struct epi_jw *w, epi_str name, const char *in, epi_str type,
                      const char *what)
{
    epi_jw_object(w);
    epi_jw_kv(w, "name", name);
    epi_jw_kvz(w, "in", in);
    if (epi_str_eqz(epi_str_of(in), "path"))
        epi_jw_kvb(w, "required", true);
    if (what)
        epi_jw_kvz(w, "description", what);
    epi_jw_key(w, "schema");
    type_schema(w, type);
    epi_jw_object_end(w);
}

static void parameters(struct epi_jw *w, const struct epi__route *r, const struct epi_kind *kind)
{
    epi_str rest = epi_str_of(r->pattern), part, name;
    epi_jw_key(w, "parameters");
    epi_jw_array(w);
    while (epi_str_split(&rest, '/', &part)) {
        if (!part.n || part.p[0] != '{' || epi_str_eqz(part, "{kind}"))
            continue;
        bool tail = epi_str_ends(part, EPI_S("*}"));
        name = epi_str_sub(part, 1, part.n - (tail ? 3 : 2));
        parameter(w, name, "path", EPI_S("string"),
                  tail ? "the rest of the address, slashes and all" : NULL);
    }
    rest = epi_str_of(r->query);
    while (rest.n && epi_str_split(&rest, ' ', &part)) {
        epi_str_split(&part, '=', &name);
        parameter(w, name, "query", part.n ? part : EPI_S("string"), NULL);
    }
    for (size_t f = 0; kind && (r->flags & F_FILTERS) && f < kind->n_fields; f++)
        if (!(kind->fields[f].flags & (EPI_F_SECRET | EPI_F_LONG)))
            parameter(w, epi_str_of(kind->fields[f].name), "query", EPI_S("string"),
                      "equal to; also with .gte .lte .ne .null .any after the name");
    if (r->body != EPI__NONE) {
        parameter(w, EPI_S("Idempotency-Key"), "header", EPI_S("string"),
                  "UUID of the operation; sent again, nothing is done twice");
        if (epi_str_eqz(epi_str_of(r->method), "PATCH"))
            parameter(w, EPI_S("If-Match"), "header", EPI_S("string"),
                      "the version the author saw, in quotes");
    }
    epi_jw_array_end(w);
}

static void page_of(struct epi_jw *w, epi_str kind)
{
    epi_jw_object(w);
    epi_jw_kvz(w, "type", "object");
    epi_jw_key(w, "properties");
    epi_jw_object(w);
    epi_jw_key(w, "rows");
    epi_jw_object(w);
    epi_jw_kvz(w, "type", "array");
    epi_jw_key(w, "items");
    ref_to(w, kind);
    epi_jw_object_end(w);
    epi_jw_key(w, "next");
    type_schema(w, EPI_S("string?"));
    epi_jw_key(w, "total");
    type_schema(w, EPI_S("integer"));
    epi_jw_key(w, "_names");
    type_schema(w, EPI_S("{any}"));
    epi_jw_object_end(w);
    epi_jw_key(w, "required");
    epi_jw_raw(w, EPI_S("[\"rows\",\"next\"]"));
    epi_jw_object_end(w);
}

static void body_schema(struct epi_jw *w, const char *name, const struct epi_kind *kind)
{
    if (epi_str_eqz(epi_str_of(name), "@kind"))
        ref_to(w, epi_str_of(kind->name));
    else if (epi_str_eqz(epi_str_of(name), "@kinds"))
        page_of(w, epi_str_of(kind->name));
    else if (epi_str_eqz(epi_str_of(name), "any"))
        epi_jw_raw(w, EPI_S("{}"));
    else
        ref_to(w, epi_str_of(name));
}

static void content(struct epi_jw *w, const char *type, const char *schema,
                    const struct epi_kind *kind)
{
    epi_jw_key(w, "content");
    epi_jw_object(w);
    epi_jw_key(w, type);
    epi_jw_object(w);
    epi_jw_key(w, "schema");
    if (schema)
        body_schema(w, schema, kind);
    else
        epi_jw_raw(w, EPI_S("{}"));
    epi_jw_object_end(w);
    epi_jw_object_end(w);
}

static void request_body(struct epi_jw *w, const struct epi__route *r, const struct epi_kind *kind)
{
    if (r->body == EPI__NONE || (!*r->asks && r->body != EPI__RAW))
        return;
    epi_jw_key(w, "requestBody");
    epi_jw_object(w);
    epi_jw_kvb(w, "required", true);
    if (r->body == EPI__RAW)
        content(w, "application/octet-stream", NULL, kind);
    else
        content(w, "application/json", r->asks, kind);
    epi_jw_object_end(w);
}

static void responses(struct epi_jw *w, const struct epi__route *r, const struct epi_kind *kind)
{
    bool file = epi_str_eqz(epi_str_of(r->gives), "file"),
         stream = epi_str_eqz(epi_str_of(r->gives), "event-stream");
    epi_jw_key(w, "responses");
    epi_jw_object(w);
    epi_jw_key(w, *r->gives ? "2XX" : "204");
    epi_jw_object(w);
    epi_jw_kvz(w, "description", *r->gives ? "done" : "done, nothing to tell");
    if (file)
        content(w, "*/*", NULL, kind);
    else if (stream)
        content(w, "text/event-stream", NULL, kind);
    else if (*r->gives)
        content(w, "application/json", r->gives, kind);
    epi_jw_object_end(w);
    epi_jw_key(w, "default");
    epi_jw_object(w);
    epi_jw_kvz(w, "description", "a problem (RFC 9457): what happened and what to do");
    content(w, "application/problem+json", "problem", kind);
    epi_jw_object_end(w);
    epi_jw_object_end(w);
}

static const char *door_word(enum epi__door d)
{
    switch ((int)d) {
    case EPI__DOOR_OPEN:
        return "none";
    case EPI__DOOR_SIGNED_IN:
        return "signed in";
    case EPI__DOOR_BY_KIND:
        return "by kind of record";
    default:
        return epi_permission_word((enum epi_permission)d);
    }
}

static void operation(struct epi_jw *w, const struct epi__route *r, const struct epi_kind *kind)
{
    EPI_ARENA_LOCAL(a);
    epi_jw_key(w, epi_str_cz(a, epi_text_lower(a, epi_str_of(r->method))));
    epi_jw_object(w);
    epi_jw_kv(w, "summary",
              kind ? epi_str_printf(a, "%s: %s", r->title[EPI_EN], kind->label[EPI_EN])
                   : epi_str_of(r->title[EPI_EN]));
    epi_jw_kv(w, "description",
              kind ? epi_str_printf(a, "%s: %s", r->title[EPI_VI], kind->label[EPI_VI])
                   : epi_str_of(r->title[EPI_VI]));
    epi_jw_kvz(w, "x-permission", door_word(r->door));
    if (r->door == EPI__DOOR_OPEN) {
        epi_jw_key(w, "security");
        epi_jw_raw(w, EPI_S("[]"));
    }
    parameters(w, r, kind);
    request_body(w, r, kind);
    responses(w, r, kind);
    epi_jw_object_end(w);
}

static bool same_path(const struct epi__route *a, const struct epi__route *b)
{
    return strcmp(a->pattern, b->pattern) == 0;
}

/* Every method of the pattern at route `at`, when it is the first with that pattern. */
static void path_item(struct epi_jw *w, size_t at, const struct epi_kind *kind)
{
    const struct epi__route *first = epi__route_at(at);
    EPI_BUF_LOCAL(path, 300);
    epi_str rest = epi_str_of(first->pattern), part;
    for (bool more = epi_str_split(&rest, '/', &part); more;) {
        if (epi_str_eqz(part, "{kind}"))
            epi_buf_putz(&path, kind->name);
        else if (epi_str_ends(part, EPI_S("*}")))
            epi_buf_printf(&path, "%.*s}", EPI_FMT(epi_str_sub(part, 0, part.n - 2)));
        else
            epi_buf_put(&path, part);
        more = epi_str_split(&rest, '/', &part);
        if (more)
            epi_buf_putc(&path, '/');
    }
    epi_jw_keys(w, epi_buf_str(&path));
    epi_jw_object(w);
    for (size_t i = at; i < epi__route_count(); i++)
        if (same_path(first, epi__route_at(i)))
            operation(w, epi__route_at(i), kind);
    epi_jw_object_end(w);
}

static bool seen_before(size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (same_path(epi__route_at(i), epi__route_at(at)))
            return true;
    return false;
}

void epi_serve_openapi(struct epi_jw *w, const struct epi_catalogue *c)
{
    epi_jw_object(w);
    epi_jw_kvz(w, "openapi", "3.1.0");
    epi_jw_key(w, "info");
    epi_jw_object(w);
    epi_jw_kvz(w, "title", "Cordon");
    epi_jw_kvz(w, "version", EPI_SERVE_VERSION);
    epi_jw_kvz(w, "description",
               "An epidemic command centre. Dates are yyyy-mm-dd, instants RFC 3339 in UTC, ids 13 "
               "characters. Writes made with the cookie need the header X-Cordon: 1.");
    epi_jw_object_end(w);
    epi_jw_key(w, "security");
    epi_jw_raw(w, EPI_S("[{\"cookie\":[]},{\"bearer\":[]}]"));
    epi_jw_key(w, "paths");
    epi_jw_object(w);
    for (size_t i = 0; i < epi__route_count(); i++) {
        if (seen_before(i))
            continue;
        bool by_kind =
            epi_str_find(epi_str_of(epi__route_at(i)->pattern), EPI_S("{kind}"), 0) != SIZE_MAX;
        if (!by_kind)
            path_item(w, i, NULL);
        for (size_t k = 0; by_kind && k < c->n_kinds; k++)
            if (!c->kinds[k].internal)
                path_item(w, i, &c->kinds[k]);
    }
    epi_jw_object_end(w);
    epi_jw_key(w, "components");
    epi_jw_object(w);
    epi_jw_key(w, "schemas");
    schemas(w, c);
    epi_jw_key(w, "securitySchemes");
    epi_jw_raw(w, EPI_S("{\"cookie\":{\"type\":\"apiKey\",\"in\":\"cookie\",\"name\":\"cordon\"},"
                        "\"bearer\":{\"type\":\"http\",\"scheme\":\"bearer\"}}"));
    epi_jw_object_end(w);
    epi_jw_object_end(w);
}
