// SPDX-License-Identifier: AGPL-3.0-or-later
/* From bytes to a request: path, query, headers. Pure, and never trusts a byte. */
#include "serve/serve_internal.h"

static int hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

epi_status epi__unescape(struct epi_arena *a, epi_str s, bool plus, epi_str *ret,
                         struct epi_err *reterr)
{
    char *out = EPI_ARRAY(a, s.n + 1, char);
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (c == '%') {
            int hi = i + 2 < s.n ? hex(s.p[i + 1]) : -1, lo = i + 2 < s.n ? hex(s.p[i + 2]) : -1;
            if (hi < 0 || lo < 0)
                return EPI_FAIL(reterr, EPI_INVALID, "http.bad-escape", "%s", "");
            c = (char)(hi * 16 + lo);
            i += 2;
        } else if (c == '+' && plus) {
            c = ' ';
        }
        if (c == '\0')
            return EPI_FAIL(reterr, EPI_INVALID, "http.bad-escape", "%s", "");
        out[n++] = c;
    }
    if (!epi_utf8_valid((epi_str){out, n}))
        return EPI_FAIL(reterr, EPI_INVALID, "http.not-utf8", "%s", "");
    *ret = epi_text_clean(a, (epi_str){out, n});
    return EPI_OK;
}

epi_str epi__header(const struct epi__wire *w, const char *name)
{
    for (size_t i = 0; i < w->n_headers; i++)
        if (epi_str_ieq(w->headers[i].name, epi_str_of(name)))
            return epi_str_trim(w->headers[i].value);
    return EPI_NIL;
}

epi_str epi__cookie(epi_str cookies, const char *name)
{
    epi_str part, key;
    while (epi_str_split(&cookies, ';', &part)) {
        epi_str value = epi_str_trim(part);
        if (epi_str_split(&value, '=', &key) && value.p && epi_str_eqz(key, name))
            return value;
    }
    return EPI_NIL;
}

/* "name;q=0.5" -> name and thousandths. */
static epi_str weighted(epi_str item, int *ret_q)
{
    epi_str name, part;
    double q;
    *ret_q = 1000;
    item = epi_str_trim(item);
    if (!epi_str_split(&item, ';', &name))
        return EPI_NIL;
    while (epi_str_split(&item, ';', &part)) {
        part = epi_str_trim(part);
        if (part.n > 2 && (part.p[0] | 32) == 'q' && part.p[1] == '=' &&
            epi_str_to_f64(epi_str_sub(part, 2, part.n), &q))
            *ret_q = q <= 0 ? 0 : q >= 1 ? 1000 : (int)(q * 1000);
    }
    return epi_str_trim(name);
}

bool epi__accepts(epi_str list, const char *what)
{
    epi_str item;
    int q, star = 0, named = -1;
    while (epi_str_split(&list, ',', &item)) {
        epi_str name = weighted(item, &q);
        if (epi_str_ieq(name, epi_str_of(what)))
            named = q;
        else if (epi_str_eqz(name, "*"))
            star = q;
    }
    return named >= 0 ? named > 0 : star > 0;
}

epi_lang epi__language(epi_str accept_language)
{
    epi_str item;
    int q, vi = 0, en = 0;
    while (epi_str_split(&accept_language, ',', &item)) {
        epi_str name = epi_str_sub(weighted(item, &q), 0, 2);
        if (epi_str_ieq(name, EPI_S("vi")) && q > vi)
            vi = q;
        if (epi_str_ieq(name, EPI_S("en")) && q > en)
            en = q;
    }
    return en > vi ? EPI_EN : EPI_VI;
}

/* Weak comparison (RFC 9110, 8.8.3.2): the mark W/ does not count. */
static epi_str strong(epi_str tag)
{
    tag = epi_str_trim(tag);
    return epi_str_starts(tag, EPI_S("W/")) ? epi_str_sub(tag, 2, tag.n) : tag;
}

bool epi__etag_matches(epi_str if_none_match, epi_str etag)
{
    epi_str item;
    while (epi_str_split(&if_none_match, ',', &item))
        if (epi_str_eqz(epi_str_trim(item), "*") || epi_str_eq(strong(item), strong(etag)))
            return true;
    return false;
}

/* "7", W/"7" or W/"7-9f3a": the version in front is what the author saw. */
static bool match_version(epi_str tag, uint64_t *ret)
{
    int64_t v;
    tag = strong(tag);
    if (tag.n >= 2 && tag.p[0] == '"' && tag.p[tag.n - 1] == '"')
        tag = epi_str_sub(tag, 1, tag.n - 2);
    epi_str digits;
    if (!epi_str_split(&tag, '-', &digits) || !epi_str_to_i64(digits, &v) || v < 0)
        return false;
    *ret = (uint64_t)v;
    return true;
}

static epi_status read_query(struct epi_arena *a, epi_str query, struct epi__request *r,
                             struct epi_err *reterr)
{
    epi_str pair, name;
    size_t n = 0;
    while (epi_str_split(&query, '&', &pair)) {
        if (!pair.n)
            continue;
        if (n++ == EPI__QUERY_MAX)
            return EPI_FAIL(reterr, EPI_INVALID, "http.too-many-args", "%d", EPI__QUERY_MAX);
        struct epi_arg *arg = &r->args[r->n_args];
        epi_str value = pair;
        epi_str_split(&value, '=', &name);
        EPI_TRY(epi__unescape(a, name, true, &arg->name, reterr));
        EPI_TRY(epi__unescape(a, value, true, &arg->value, reterr));
        r->n_args++;
    }
    return EPI_OK;
}

static epi_status read_marks(const struct epi__wire *w, struct epi__request *r,
                             struct epi_err *reterr)
{
    epi_str key = epi__header(w, "Idempotency-Key"), match = epi__header(w, "If-Match");
    if (key.n >= 2 && key.p[0] == '"') /* a structured-field string */
        key = epi_str_sub(key, 1, key.n - 2);
    if (key.n) {
        if (!epi_opid_parse(key, &r->op_id))
            return EPI_FAIL(reterr, EPI_INVALID, "http.bad-op-id", "%s", "");
        r->has_op_id = true;
    }
    if (match.n && !epi_str_eqz(match, "*")) {
        if (!match_version(match, &r->match))
            return EPI_FAIL(reterr, EPI_INVALID, "http.bad-match", "%s", "");
        r->has_match = true;
    }
    return EPI_OK;
}

static void read_caller(const struct epi__wire *w, struct epi__request *r)
{
    epi_str authorization = epi__header(w, "Authorization");
    if (authorization.n > 7 && epi_str_ieq(epi_str_sub(authorization, 0, 7), EPI_S("Bearer "))) {
        r->token = epi_str_trim(epi_str_sub(authorization, 7, authorization.n));
    } else {
        r->token = epi__cookie(epi__header(w, "Cookie"), "cordon");
        r->by_cookie = r->token.n > 0;
    }
    r->guard = epi_str_eqz(epi__header(w, "X-Cordon"), "1");
    /* behind a proxy on this machine the peer is the proxy: its word counts, and nobody is local */
    bool forwarded = epi__header(w, "X-Forwarded-For").n || epi__header(w, "Forwarded").n;
    r->local = w->loopback && !forwarded;
    r->tls = w->loopback && epi_str_ieq(epi__header(w, "X-Forwarded-Proto"), EPI_S("https"));
}

epi_status epi__request_read(struct epi_arena *a, const struct epi__wire *w,
                             struct epi__request *ret, struct epi_err *reterr)
{
    *ret = (struct epi__request){.lang = epi__language(epi__header(w, "Accept-Language"))};
    ret->gzip = epi__accepts(epi__header(w, "Accept-Encoding"), "gzip");
    ret->if_none_match = epi__header(w, "If-None-Match");
    ret->content_type = epi__header(w, "Content-Type");
    ret->head = epi_str_eqz(w->method, "HEAD");
    read_caller(w, ret);
    if (w->target.n > EPI__TARGET_MAX)
        return EPI_FAIL(reterr, EPI_LIMIT, "http.target-too-long", "%zu", EPI__TARGET_MAX);
    if (!w->target.n || w->target.p[0] != '/')
        return EPI_FAIL(reterr, EPI_INVALID, "http.bad-path", "%s", "");
    epi_str query = w->target, path;
    epi_str_split(&query, '?', &path);
    ret->api = epi_str_starts(path, EPI_S("/api/")) || epi_str_eqz(path, "/api");
    if (!ret->api)
        return epi__unescape(a, path, false, &ret->path, reterr);
    epi_str method = ret->head ? EPI_S("GET") : w->method;
    EPI_TRY(epi__route_find(a, method, path, &ret->route, ret->args, &ret->n_args, &ret->allow,
                            reterr));
    EPI_TRY(read_query(a, query, ret, reterr));
    return read_marks(w, ret, reterr);
}

/* Raw control characters are left for the JSON reader to refuse. */
static bool has_controls(epi_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < 32 && s.p[i] != '\n' && s.p[i] != '\r' && s.p[i] != '\t')
            return true;
    return false;
}

static bool plain_ascii(epi_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] >= 128)
            return false;
    return true;
}

epi_status epi__request_call(const struct epi__request *r, epi_str body, struct epi_call *call)
{
    for (size_t i = 0; i < r->n_args; i++)
        epi_call_arg(call, r->args[i].name, r->args[i].value);
    call->content_type = r->content_type;
    call->has_match = r->has_match;
    call->match = r->match;
    call->body = body;
    /* signing in writes several operations: one id cannot name them all */
    if (r->has_op_id && !(r->route->flags & F_SIGNS_IN)) {
        call->has_op_id = true;
        call->op_id = r->op_id;
    }
    if (!body.n || r->route->body == EPI__NONE || r->route->body == EPI__RAW)
        return EPI_OK;
    if (r->route->body == EPI__JSON && r->content_type.n &&
        !epi_str_starts(r->content_type, EPI_S("application/json")))
        return EPI_FAIL(&call->err, EPI_INVALID, "http.content-type", "application/json");
    bool json =
        r->route->body == EPI__JSON || epi_str_starts(r->content_type, EPI_S("application/json"));
    if (!epi_utf8_valid(body))
        return EPI_FAIL(&call->err, EPI_INVALID, json ? "json.not-utf8" : "http.not-utf8", "%s",
                        "");
    if (!json)
        return EPI_OK; /* offsets into a document stay those of the text sent */
    if (!plain_ascii(body) && !has_controls(body))
        call->body = epi_text_clean(call->a, body);
    return EPI_OK;
}
