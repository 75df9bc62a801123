// SPDX-License-Identifier: AGPL-3.0-or-later
/* What goes back: JSON, problems, tags, compression, and the headers every answer carries. */
#include "serve/serve_internal.h"
#include <stdlib.h>
#include <unistd.h>
#include <zlib.h>

#define WORTH_GZIP 1024 /* bytes */

void epi__answer_header(struct epi__answer *x, const char *name, epi_str value)
{
    EPI_ASSERT(x->n_headers < EPI__ANSWER_HEADERS);
    x->headers[x->n_headers].name = name;
    x->headers[x->n_headers++].value = value;
}

void epi__answer_done(struct epi__answer *x)
{
    free(x->body);
    if (x->file >= 0)
        close(x->file);
    *x = (struct epi__answer){.file = -1};
}

size_t epi__safe_headers(const struct epi_arg **ret)
{
    static const struct epi_arg headers[] = {
        {EPI_SC("Content-Security-Policy"),
         EPI_SC(
             "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
             "connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
             "frame-ancestors 'none'")},
        {EPI_SC("X-Content-Type-Options"), EPI_SC("nosniff")},
        {EPI_SC("Referrer-Policy"), EPI_SC("no-referrer")},
        {EPI_SC("Cross-Origin-Opener-Policy"), EPI_SC("same-origin")},
        {EPI_SC("Cross-Origin-Resource-Policy"), EPI_SC("same-origin")},
        {EPI_SC("Permissions-Policy"), EPI_SC("camera=(self), geolocation=(), microphone=()")},
    };
    *ret = headers;
    return EPI_COUNT(headers);
}

/* --- statuses
 * ---------------------------------------------------------------------------------------------- */
static int invalid_status(epi_str code)
{
    static const struct {
        const char *code;
        int status;
    } special[] = {{"http.method", 405}, {"http.content-type", 415}, {"http.body-unexpected", 400}};
    for (size_t i = 0; i < EPI_COUNT(special); i++)
        if (epi_str_eqz(code, special[i].code))
            return special[i].status;
    /* unreadable is 400; read and found wrong is 422 */
    return epi_str_starts(code, EPI_S("json.")) || epi_str_starts(code, EPI_S("http.")) ? 400 : 422;
}

static int limit_status(epi_str code)
{
    if (epi_str_eqz(code, "auth.wait"))
        return 429;
    if (epi_str_eqz(code, "http.target-too-long"))
        return 414;
    if (epi_str_eqz(code, "json.too-deep") || epi_str_eqz(code, "list.too-many-filters"))
        return 400;
    if (epi_str_eqz(code, "auth.no-memory"))
        return 503;
    return 413;
}

int epi__http_status(const struct epi_err *e, const struct epi__request *r)
{
    epi_str code = epi_str_of(e->code);
    switch (e->status) {
    case EPI_OK:
        return 200;
    case EPI_INVALID:
        return invalid_status(code);
    case EPI_NOT_FOUND:
        return 404;
    case EPI_DENIED:
        return 403;
    case EPI_UNKNOWN_USER:
        return 401;
    case EPI_CONFLICT:
        return r && r->has_match && !epi_str_starts(code, EPI_S("http.op")) ? 412 : 409;
    case EPI_LIMIT:
        return limit_status(code);
    case EPI_BUSY:
        return 503;
    case EPI_IO:
    case EPI_CORRUPT:
        return 500;
    }
    return 500;
}

/* --- problems
 * ------------------------------------------------------------------------------------------------
 */
void epi__answer_problem(struct epi_arena *a, struct epi__answer *x, const struct epi__request *r,
                         const struct epi_err *e, const struct epi_call *call, epi_str reference)
{
    struct epi_err told = *e;
    x->status = epi__http_status(e, r);
    if (reference.n) {
        told.code = "http.fault";
        epi_err_set(&told, e->status, "http.fault", e->file, e->line, "%.*s", EPI_FMT(reference));
    }
    EPI_BUF_LOCAL(b, 4u << 20);
    struct epi_jw w = EPI_JW(&b);
    const char *title = epi_str_cz(a, epi_str_printf(a, "http.status.%d", x->status));
    epi_jw_object(&w);
    epi_jw_kv(&w, "type", epi_str_printf(a, "/problems/%s", told.code));
    epi_jw_kv(&w, "title", epi_words(title, r->lang));
    epi_jw_kvi(&w, "status", x->status);
    epi_jw_kvz(&w, "code", told.code);
    epi_jw_kv(&w, "detail", epi_err_text(a, &told, r->lang));
    if (reference.n)
        epi_jw_kv(&w, "reference", reference);
    if (call && call->findings.n) {
        epi_jw_key(&w, "findings");
        epi_jw_findings(&w, &call->findings, r->lang);
    }
    if (call && call->duplicates.n) {
        epi_jw_key(&w, "duplicates");
        epi_jw_raw(&w, call->duplicates);
    }
    epi_jw_object_end(&w);
    x->body = b.p;
    x->n = b.n;
    b = EPI_BUF(0);
    epi__answer_header(x, "Content-Type", EPI_S("application/problem+json"));
    epi__answer_header(x, "Cache-Control", EPI_S("no-store"));
    if (x->status == 405)
        epi__answer_header(x, "Allow", r->allow);
    if (x->status == 429)
        epi__answer_header(x, "Retry-After", epi_str_dup(a, epi_str_of(e->arg1)));
    if (x->status == 503)
        epi__answer_header(x, "Retry-After", EPI_S("2"));
    if (x->status == 401)
        epi__answer_header(x, "WWW-Authenticate", EPI_S("Bearer realm=\"cordon\""));
}

/* --- answers of acts
 * --------------------------------------------------------------------------------------------- */
static void cookie(struct epi_arena *a, struct epi__answer *x, const struct epi__request *r,
                   epi_str token, int seconds)
{
    epi__answer_header(
        x, "Set-Cookie",
        epi_str_printf(a, "cordon=%.*s; HttpOnly; SameSite=Strict; Path=/; Max-Age=%d%s",
                       EPI_FMT(token), seconds, r->tls ? "; Secure" : ""));
}

void epi__answer_json(struct epi_arena *a, struct epi__answer *x, const struct epi__request *r,
                      struct epi_call *call)
{
    unsigned flags = r->route->flags;
    x->status = call->http_status ? call->http_status : 200;
    x->body = call->buf.p;
    x->n = call->buf.n;
    x->version = call->etag;
    call->buf = EPI_BUF(0);
    if ((flags & F_SIGNS_IN) && call->token.n)
        cookie(a, x, r, call->token, 43200);
    if (flags & F_SIGNS_OUT)
        cookie(a, x, r, EPI_NIL, 0);
    if (flags & F_LOCAL_LINK) { /* opened in a browser: show the first page, not the token */
        free(x->body);
        x->body = NULL;
        x->n = 0;
        x->status = 303;
        epi__answer_header(x, "Location", EPI_S("/"));
    }
    if (!x->n && x->status == 200 && !x->stream)
        x->status = 204;
    if (x->n)
        epi__answer_header(x, "Content-Type",
                           epi_str_of(call->out_type ? call->out_type : "application/json"));
    /* kept answers depend on the caller only through the session: private, and asked about each
     * time */
    epi__answer_header(x, "Cache-Control",
                       flags & F_KEPT ? EPI_S("private, no-cache") : EPI_S("no-store"));
}

/* --- tags and compression
 * -------------------------------------------------------------------------------------------- */
static bool compress_body(struct epi__answer *x)
{
    z_stream z = {0};
    if (x->n > UINT32_MAX ||
        deflateInit2(&z, 5, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        return false;
    size_t room = x->n; /* larger than the original is not worth it */
    char *out = epi_xmalloc(room);
    z.next_in = (unsigned char *)x->body;
    z.avail_in = (uInt)x->n;
    z.next_out = (unsigned char *)out;
    z.avail_out = (uInt)room;
    bool done = deflate(&z, Z_FINISH) == Z_STREAM_END;
    size_t n = z.total_out;
    deflateEnd(&z);
    if (!done) {
        free(out);
        return false;
    }
    free(x->body);
    x->body = out;
    x->n = n;
    return true;
}

void epi__answer_finish(struct epi_arena *a, struct epi__answer *x, const struct epi__request *r)
{
    if (!x->n || x->file >= 0)
        return;
    bool read = !r->route || epi_str_eqz(epi_str_of(r->route->method), "GET");
    if (x->status < 300) {
        /* the version for If-Match, then the content: names beside a record change without its
         * version */
        uint64_t content = epi_str_hash((epi_str){x->body, x->n});
        epi_str tag = epi_str_printf(a, "W/\"%llu-%016llx\"", (unsigned long long)x->version,
                                     (unsigned long long)content);
        epi__answer_header(x, "ETag", tag);
        if (read && r->if_none_match.n && epi__etag_matches(r->if_none_match, tag)) {
            free(x->body);
            x->body = NULL;
            x->n = 0;
            x->status = 304;
            return;
        }
    }
    epi__answer_header(x, "Vary", EPI_S("Accept-Encoding, Accept-Language, Cookie"));
    if (r->gzip && x->n >= WORTH_GZIP && compress_body(x))
        epi__answer_header(x, "Content-Encoding", EPI_S("gzip"));
}
