// SPDX-License-Identifier: AGPL-3.0-or-later
/* The table of routes and the match of a path against it. */
#include "serve/serve_internal.h"

static const struct epi__route routes[] = {
#define ROUTE(method, pattern, door, act, body, flags, query, asks, gives, vi, en) \
    {method, pattern, EPI__DOOR_##door, EPI__OWN_ACT, act, EPI__##body, flags, query, \
     asks,   gives,   {en, vi}},
#define OWN(method, pattern, door, own, flags, query, gives, vi, en) \
    {method, pattern, EPI__DOOR_##door, EPI__OWN_##own, NULL, EPI__NONE, flags, query, \
     "",     gives,   {en, vi}},
#include "serve/routes.def"
#undef ROUTE
#undef OWN
};

size_t epi__route_count(void)
{
    return EPI_COUNT(routes);
}

const struct epi__route *epi__route_at(size_t i)
{
    return &routes[i];
}

size_t epi__body_limit(const struct epi__route *r)
{
    switch (r->body) {
    case EPI__NONE:
        return 0;
    case EPI__JSON:
    case EPI__TEXT:
        return EPI__JSON_MAX;
    case EPI__RAW:
        return EPI__RAW_MAX;
    }
    return 0;
}

struct match {
    struct epi_arg args[8]; /* values still escaped */
    size_t n;
};

/* One path against one pattern, part by part. */
static bool fits(epi_str pattern, epi_str path, struct match *m)
{
    epi_str want, got;
    m->n = 0;
    for (;;) {
        bool more_want = epi_str_split(&pattern, '/', &want);
        if (!more_want)
            return path.p == NULL;
        if (want.n > 3 && want.p[0] == '{' && want.p[want.n - 2] == '*') {
            if (!path.p || !path.n)
                return false;
            m->args[m->n++] = (struct epi_arg){epi_str_sub(want, 1, want.n - 3), path};
            return true;
        }
        if (!epi_str_split(&path, '/', &got))
            return false;
        if (want.n > 2 && want.p[0] == '{') {
            if (!got.n)
                return false;
            m->args[m->n++] = (struct epi_arg){epi_str_sub(want, 1, want.n - 2), got};
        } else if (!epi_str_eq(want, got)) {
            return false;
        }
    }
}

/* Methods of every pattern that fits, as the Allow header lists them. */
static epi_str allowed(struct epi_arena *a, epi_str path)
{
    struct match m;
    epi_str list = EPI_S("OPTIONS");
    for (size_t i = 0; i < EPI_COUNT(routes); i++)
        if (fits(epi_str_of(routes[i].pattern), path, &m))
            list = epi_str_printf(a, "%s%s, %.*s",
                                  epi_str_eqz(epi_str_of(routes[i].method), "GET") ? "HEAD, " : "",
                                  routes[i].method, EPI_FMT(list));
    return list;
}

/* A pattern written out wins over one with a parameter: the table lists it so that no two fit alike
 * but these. */
static bool more_exact(const struct match *a, const struct match *b)
{
    return a->n < b->n;
}

epi_status epi__route_find(struct epi_arena *a, epi_str method, epi_str path,
                           const struct epi__route **ret, struct epi_arg *args, size_t *ret_n,
                           epi_str *ret_allow, struct epi_err *reterr)
{
    const struct epi__route *best = NULL;
    struct match m, best_match = {.n = SIZE_MAX};
    bool path_known = false;
    for (size_t i = 0; i < EPI_COUNT(routes); i++) {
        if (!fits(epi_str_of(routes[i].pattern), path, &m))
            continue;
        path_known = true;
        if (epi_str_eqz(method, routes[i].method) && more_exact(&m, &best_match)) {
            best = &routes[i];
            best_match = m;
        }
    }
    *ret_n = 0;
    if (!path_known)
        return EPI_FAIL(reterr, EPI_NOT_FOUND, "http.no-such-route", "%s", "");
    *ret_allow = allowed(a, path);
    if (!best)
        return EPI_FAIL(reterr, EPI_INVALID, "http.method", "%.*s\x1f%.*s",
                        EPI_FMT(epi_str_sub(method, 0, 20)), EPI_FMT(*ret_allow));
    for (size_t i = 0; i < best_match.n; i++) {
        args[i].name = best_match.args[i].name;
        EPI_TRY(epi__unescape(a, best_match.args[i].value, false, &args[i].value, reterr));
    }
    *ret_n = best_match.n;
    *ret = best;
    return EPI_OK;
}
