// SPDX-License-Identifier: AGPL-3.0-or-later
/* The web app's files, from the program itself. */
#include "serve/assets.h"
#include "serve/static.h"

/* "/app-IO6HV6BG.js": the name changes with the content, so it may be kept for ever. */
static bool named_by_content(epi_str path)
{
    size_t dash = SIZE_MAX;
    for (size_t i = 0; i < path.n; i++)
        if (path.p[i] == '-')
            dash = i;
    if (dash == SIZE_MAX)
        return false;
    size_t n = 0;
    for (size_t i = dash + 1; i < path.n && path.p[i] != '.'; i++, n++)
        if (!((path.p[i] >= 'A' && path.p[i] <= 'Z') || (path.p[i] >= '0' && path.p[i] <= '9')))
            return false;
    return n == 8;
}

/* The app routes behind #, so an address without a dot is its first page. */
static const struct epi_asset *asset_of(struct epi_arena *a, const struct epi__request *r)
{
    epi_str path = r->path;
    if (epi_str_find(path, EPI_S("."), 0) == SIZE_MAX)
        path = EPI_S("/index.html");
    const struct epi_asset *plain = epi_asset_find(path);
    if (!plain || plain->gzip)
        return NULL;
    const struct epi_asset *small =
        r->gzip ? epi_asset_find(epi_str_printf(a, "%.*s.gz", EPI_FMT(path))) : NULL;
    return small ? small : plain;
}

epi_status epi__static_find(struct epi_arena *a, const struct epi__wire *w, struct epi__request *r,
                            struct epi__answer *x, epi_str *ret_bytes, struct epi_err *reterr)
{
    if (!epi_str_eqz(w->method, "GET") && !r->head) {
        r->allow = EPI_S("GET, HEAD");
        return EPI_FAIL(reterr, EPI_INVALID, "http.method", "%.*s\x1f%.*s",
                        EPI_FMT(epi_str_sub(w->method, 0, 20)), EPI_FMT(r->allow));
    }
    const struct epi_asset *asset = asset_of(a, r);
    if (!asset)
        return EPI_FAIL(reterr, EPI_NOT_FOUND, "http.no-such-route", "%s", "");
    epi_str etag = epi_str_of(asset->etag);
    bool known = r->if_none_match.n && epi__etag_matches(r->if_none_match, etag);
    x->status = known ? 304 : 200;
    *ret_bytes = known ? EPI_NIL : (epi_str){(const char *)asset->data, asset->size};
    epi__answer_header(x, "Content-Type", epi_str_of(asset->type));
    epi__answer_header(x, "ETag", etag);
    epi__answer_header(x, "Vary", EPI_S("Accept-Encoding"));
    epi__answer_header(x, "Cache-Control",
                       named_by_content(r->path) ? EPI_S("public, max-age=31536000, immutable")
                                                 : EPI_S("no-cache"));
    if (asset->gzip)
        epi__answer_header(x, "Content-Encoding", EPI_S("gzip"));
    return EPI_OK;
}
