// SPDX-License-Identifier: AGPL-3.0-or-later
/* Serving, and the first way in. */
#include "cli/cli.h"
#include "serve/serve.h"
#include <stdio.h>

/* One-time sign-in links for accounts without a password: how a demo is entered. */
static int print_links(struct cli *c, struct epi_app *app, epi_str base)
{
    struct epi_query q = {.kind = EPI_K_USER, .scope = EPI_SCOPE_ALL, .order = -1, .limit = 50};
    struct epi_page page;
    struct epi_err e = {0};
    if (epi_store_find(epi_app_store(app), c->a, &q, &page, &e) != EPI_OK)
        return cli_fail(c, &e);
    for (size_t i = 0; i < page.n; i++) {
        epi_str token, login = epi_v_as_text(page.rows[i].v[EPI_USER_LOGIN]);
        if (page.rows[i].v[EPI_USER_PASSWORD].t == EPI_V_TEXT)
            continue;
        if (epi_session_link(app, c->a, login, &token, &e) != EPI_OK)
            return cli_fail(c, &e);
        printf("  %-16.*s %.*s/api/link?token=%.*s\n", EPI_FMT(login), EPI_FMT(base),
               EPI_FMT(token));
    }
    return CLI_OK;
}

static int way_in(struct cli *c, struct epi_app *app, epi_str base)
{
    struct epi_err e = {0};
    epi_str token;
    if (epi_first_run_token(app, c->a, &token, &e) != EPI_OK)
        return cli_fail(c, &e);
    if (token.n)
        printf("first run: open %.*s/#/first-run?token=%.*s to make the first administrator\n",
               EPI_FMT(base), EPI_FMT(token));
    if (!token.n && cli_flag(c, "links")) {
        puts("one-time sign-in links, valid on this machine for a day:");
        return print_links(c, app, base);
    }
    return CLI_OK;
}

struct opening {
    struct cli *c;
    struct epi_app *app;
};

/* The address is told when requests are answered; then the ways in. */
static void ready(void *ctx, const char *url)
{
    struct opening *o = ctx;
    printf("listening on %s\n", url);
    (void)way_in(o->c, o->app, epi_str_of(url));
    fflush(stdout);
}

int cli_serve(struct cli *c)
{
    struct epi_app *app;
    struct epi_err e = {0};
    epi_str listen = cli_option(c, "listen");
    int rc = cli_open(c, false, false, &app);
    if (rc != CLI_OK)
        return rc;
    struct opening opening = {c, app};
    struct epi_serve_options o = {.listen = listen.n ? listen : EPI_S("127.0.0.1:8080"),
                                  .version = CLI_VERSION,
                                  .verbose = cli_flag(c, "verbose"),
                                  .ready = ready,
                                  .ctx = &opening};
    if (epi_serve(app, &o, &e) != EPI_OK)
        rc = cli_fail(c, &e);
    epi_app_close(app);
    return rc;
}

int cli_user(struct cli *c)
{
    struct epi_app *app;
    struct epi_err e = {0};
    epi_str token;
    if (c->n_words != 3 || strcmp(c->words[1], "link") != 0)
        return cli_usage("cordon --data DIR user link LOGIN");
    int rc = cli_open(c, false, false, &app);
    if (rc != CLI_OK)
        return rc;
    if (epi_session_link(app, c->a, epi_str_of(c->words[2]), &token, &e) == EPI_OK)
        printf("/api/link?token=%.*s\n", EPI_FMT(token));
    else
        rc = cli_fail(c, &e);
    epi_app_close(app);
    return rc;
}

int cli_openapi(struct cli *c)
{
    const struct epi_catalogue *cat;
    struct epi_err e = {0};
    EPI_BUF_LOCAL(b, 64u << 20);
    struct epi_jw w = EPI_JW(&b);
    if (epi_catalogue_new(c->a, EPI_NIL, &cat, NULL, &e) != EPI_OK)
        return cli_fail(c, &e);
    epi_serve_openapi(&w, cat);
    fwrite(b.p, 1, b.n, stdout);
    putchar('\n');
    return CLI_OK;
}
