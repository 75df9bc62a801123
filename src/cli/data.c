// SPDX-License-Identifier: AGPL-3.0-or-later
/* Making a base, filling it, taking data out, proving it sound. */
#include "cli/cli.h"
#include <stdio.h>

#define IMPORT_MAX (512u << 20)

static int make_base(struct cli *c, epi_str default_pack)
{
    struct epi_err e = {0};
    epi_str pack = cli_option(c, "pack");
    c->data_dir = c->words[1];
    struct epi_app_options o = {.io = c->io, .data_dir = c->data_dir, .share_dir = c->share_dir};
    if (epi_app_init(&o, pack.n ? pack : default_pack, cli_option(c, "disease"), &e) != EPI_OK)
        return cli_fail(c, &e);
    return CLI_OK;
}

int cli_init(struct cli *c)
{
    if (c->n_words != 2 || !cli_flag(c, "pack"))
        return cli_usage("cordon init DIR --pack ID [--disease D]");
    int rc = make_base(c, EPI_NIL);
    if (rc == CLI_OK && !c->json)
        printf("%s is ready; start it with: cordon --data %s serve\n", c->data_dir, c->data_dir);
    else if (rc == CLI_OK)
        puts("{\"ready\":true}");
    return rc;
}

static void show_progress(void *ctx, uint64_t done)
{
    (void)ctx;
    fprintf(stderr, "\r%llu records ", (unsigned long long)done);
}

int cli_demo(struct cli *c)
{
    static const char *const pass[] = {"people", "seed", "date", "province", NULL};
    struct epi_app *app;
    struct epi_call call;
    if (c->n_words != 2)
        return cli_usage("cordon demo DIR [--people N] [--seed S] [--date DATE] [--pack ID]");
    int rc = make_base(c, EPI_S("vn-2021"));
    if (rc != CLI_OK)
        return rc;
    rc = cli_open(c, false, true, &app);
    if (rc != CLI_OK)
        return rc;
    cli_call(c, app, pass, &call);
    if (c->terminal)
        call.progress = show_progress;
    rc = cli_act(c, &call, epi_do_demo, NULL);
    epi_call_done(&call);
    epi_app_close(app);
    return rc;
}

static void show_import(struct cli *c, const epi_json *j)
{
    static const char *const keys[] = {"rows",    "accepted",   "rejected",      "duplicate",
                                       "updated", "new_people", "changed_people"};
    (void)c;
    for (size_t i = 0; i < EPI_COUNT(keys); i++)
        printf("%-14s %lld\n", keys[i], (long long)epi_json_int(j, keys[i], 0));
    int shown = 0;
    EPI_JSON_EACH (f, epi_json_get(j, "findings")) {
        epi_str severity = epi_json_text(f, "severity", EPI_NIL),
                field = epi_json_text(f, "field", EPI_NIL),
                message = epi_json_text(f, "message", EPI_NIL);
        if (++shown > 30)
            break;
        printf("%.*s: row %lld, %.*s: %.*s\n", EPI_FMT(severity),
               (long long)epi_json_int(f, "row", 0), EPI_FMT(field), EPI_FMT(message));
    }
    if (shown > 30)
        puts("...");
}

int cli_import(struct cli *c)
{
    static const char *const pass[] = {"kind",   "unit",     "disease", "sheet",
                                       "format", "encoding", NULL};
    struct epi_app *app;
    struct epi_call call;
    struct epi_err e = {0};
    epi_str map = cli_option(c, "map"), mapping = EPI_NIL;
    if (c->n_words != 2 || !cli_flag(c, "kind"))
        return cli_usage(
            "cordon --data DIR import FILE --kind KIND [--map FILE] [--dry-run] [--json]");
    int rc = cli_open(c, false, false, &app);
    if (rc != CLI_OK)
        return rc;
    cli_call(c, app, pass, &call);
    call.findings.max_kept = 100000;
    epi_call_arg(&call, EPI_S("sync"), EPI_S("1"));
    if (cli_flag(c, "dry-run"))
        epi_call_arg(&call, EPI_S("dry_run"), EPI_S("1"));
    epi_status s = EPI_OK;
    if (map.n)
        s = cli_read(c, map.p, 1 << 20, &mapping, &e);
    if (mapping.n)
        epi_call_arg(&call, EPI_S("mapping"), mapping);
    if (s == EPI_OK)
        s = cli_read(c, c->words[1], IMPORT_MAX, &call.body, &e);
    rc = s == EPI_OK ? cli_act(c, &call, epi_do_import, show_import) : cli_fail(c, &e);
    if (rc == CLI_OK && call.findings.counts[EPI_ERROR])
        rc = CLI_FINDINGS;
    epi_call_done(&call);
    epi_app_close(app);
    return rc;
}

int cli_export(struct cli *c)
{
    static const char *const pass[] = {"format", "unit", "order", NULL};
    struct epi_app *app;
    struct epi_call call;
    epi_str out = cli_option(c, "out");
    if (c->n_words != 2)
        return cli_usage("cordon --data DIR export KIND [--format csv|xlsx|json] [--out FILE]");
    int rc = cli_open(c, true, false, &app);
    if (rc != CLI_OK)
        return rc;
    cli_call(c, app, pass, &call);
    epi_call_arg(&call, EPI_S("kind"), epi_str_of(c->words[1]));
    call.out_path = out.n ? out.p : "/dev/stdout";
    rc = cli_act(c, &call, epi_do_export, NULL);
    epi_call_done(&call);
    epi_app_close(app);
    return rc;
}

static void show_verify(struct cli *c, const epi_json *j)
{
    (void)c;
    epi_str head = epi_json_text(j, "head", EPI_NIL);
    printf("%s: %lld operations, %lld records, head %.*s\n",
           epi_json_bool(j, "sound", false) ? "sound" : "NOT SOUND",
           (long long)epi_json_int(j, "operations", 0), (long long)epi_json_int(j, "records", 0),
           EPI_FMT(head));
    EPI_JSON_EACH (f, epi_json_get(j, "findings"))
        printf("  %.*s\n", EPI_FMT(epi_json_text(f, "message", EPI_NIL)));
}

int cli_verify(struct cli *c)
{
    struct epi_app *app;
    struct epi_call call;
    int rc = cli_open(c, true, false, &app);
    if (rc != CLI_OK)
        return rc;
    cli_call(c, app, NULL, &call);
    rc = cli_act(c, &call, epi_do_verify, show_verify);
    epi_call_done(&call);
    epi_app_close(app);
    return rc;
}
