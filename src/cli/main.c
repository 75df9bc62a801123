// SPDX-License-Identifier: AGPL-3.0-or-later
/* The command line: reads options, opens the data folder, calls one act, prints. */
#include "cli/cli.h"
#include <libgen.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const struct {
    const char *name;
    cli_command *fn;
    const char *usage;
} commands[] = {
    {"init", cli_init, "cordon init DIR --pack ID [--disease D]"},
    {"demo", cli_demo, "cordon demo DIR [--people N] [--seed S] [--date DATE] [--pack ID]"},
    {"serve", cli_serve, "cordon --data DIR serve [--listen 127.0.0.1:8080] [--links]"},
    {"import", cli_import,
     "cordon --data DIR import FILE --kind KIND [--map FILE] [--dry-run] [--disease D] [--sheet S] [--json]"},
    {"export", cli_export, "cordon --data DIR export KIND [--format csv|xlsx|json] [--out FILE]"},
    {"trace", cli_trace, "cordon --data DIR trace CODE [--depth 3] [--as-of DATE] [--json]"},
    {"level", cli_level,
     "cordon --data DIR level [--unit CODE | --all] [--as-of DATE] [--policy ID] [--json]"},
    {"level-of", cli_level_of,
     "cordon level-of --rate R [--coverage C] [--full-elderly P] [--capacity yes|no] [--date DATE] [--policy ID] [--authority A] [--json]"},
    {"today", cli_today, "cordon --data DIR today [--unit CODE] [--as-of DATE] [--json]"},
    {"measures", cli_measures,
     "cordon --data DIR measures [--level N] [--unit CODE] [--on DATE] [--json]"},
    {"estimate", cli_estimate,
     "cordon estimate [FIGURE [--method M] [--unit U] [--below none|children|lowest] [--OPTION VALUE "
     "...] [--json | --csv] [FILE]]"},
    {"signals", cli_signals,
     "cordon --data DIR signals [--unit CODE] [--below children|lowest|none] [--weeks N] [--method M] [--as-of DATE] [--by report|onset] [--cases all|community] [--missing skip|zero|interpolate] [--since DATE] [--few N] [--baseline N] [--years N] [--alpha A] [--min-sigma S] [--run] [--json]"},
    {"calibrate", cli_calibrate,
     "cordon calibrate SCENARIO.json --observed FILE.csv --out DIR [--members N] [--threads T] [--seed S] [--json] | cordon --data DIR calibrate SCENARIO.json --out DIR"},
    {"simulate", cli_simulate,
     "cordon simulate SCENARIO.json --out DIR [--seed S] [--runs K] [--threads T] [--posterior FILE.csv] [--truth] [--json] | cordon simulate --levers"},
    {"directive", cli_directive, "cordon directive parse FILE [--forms vn] [--json]"},
    {"policy", cli_policy, "cordon policy check DIR | cordon policy explain ID [--policies DIR]"},
    {"catalogue", cli_catalogue, "cordon catalogue [--json | --typescript | --markdown]"},
    {"openapi", cli_openapi, "cordon openapi"},
    {"user", cli_user, "cordon --data DIR user link LOGIN"},
    {"verify", cli_verify, "cordon --data DIR verify [--json]"},
};

static int help(void)
{
    puts("Cordon, an epidemic command centre.\n");
    for (size_t i = 0; i < EPI_COUNT(commands); i++)
        printf("  %s\n", commands[i].usage);
    puts("\nEvery command takes --lang vi|en, --json and --help. DATE is yyyy-mm-dd.\n"
         "Commands that only look take --known-at INSTANT: the base as it was known then.\n"
         "Exit codes: 0 done, 1 done with rejected rows or findings, 2 wrong usage, 3 failed.");
    return CLI_OK;
}

int cli_usage(const char *text)
{
    fprintf(stderr, "usage: %s\n", text);
    return CLI_USAGE;
}

epi_str cli_option(const struct cli *c, const char *name)
{
    for (size_t i = 0; i < c->n_options; i++)
        if (epi_str_eqz(c->options[i].name, name))
            return c->options[i].value;
    return EPI_NIL;
}

bool cli_flag(const struct cli *c, const char *name)
{
    return cli_option(c, name).n > 0;
}

bool cli_whole(const struct cli *c, const char *name, int64_t lo, int64_t hi, int64_t *io)
{
    epi_str text = cli_option(c, name);
    return !text.n || (epi_str_to_i64(text, io) && *io >= lo && *io <= hi);
}

int cli_fail(const struct cli *c, const struct epi_err *e)
{
    epi_str text = epi_err_text(c->a, e, c->lang);
    fprintf(stderr, "cordon: %.*s (%s)\n", EPI_FMT(text), e->code ? e->code : "failed");
    return CLI_FAILED;
}

void cli_findings(const struct cli *c, const struct epi_findings *f, size_t most)
{
    for (size_t i = 0; i < f->n && i < most; i++) {
        epi_str text = epi_finding_text(c->a, &f->list[i], c->lang);
        fprintf(stderr, "%s: ", epi_severity_word(f->list[i].severity));
        if (f->list[i].row)
            fprintf(stderr, "row %u: ", f->list[i].row);
        if (f->list[i].field.n)
            fprintf(stderr, "%.*s: ", EPI_FMT(f->list[i].field));
        fprintf(stderr, "%.*s\n", EPI_FMT(text));
    }
    if (f->n > most)
        fprintf(stderr, "... and %zu more\n", f->n - most);
}

epi_status cli_read(const struct cli *c, const char *path, size_t max, epi_str *ret,
                    struct epi_err *e)
{
    return c->io->fs.read(c->io->fs.ctx, c->a, path, max, ret, e);
}

int cli_open(struct cli *c, bool read_only, bool fast, struct epi_app **ret)
{
    struct epi_err e = {0};
    struct epi_findings f;
    struct epi_app_options o = {.io = c->io,
                                .data_dir = c->data_dir,
                                .share_dir = c->share_dir,
                                .read_only = read_only,
                                .fast = fast};
    epi_str known_at = cli_option(c, "known-at");
    if (known_at.n && (!read_only || !epi_instant_parse(known_at, &o.known_at)))
        return cli_usage("--known-at 2021-11-17T16:00:00+07:00, with commands that only look");
    if (!c->data_dir)
        return cli_usage("this command needs --data DIR (made by cordon init or cordon demo)");
    epi_findings_init(&f, c->a, 100);
    epi_status s = epi_app_open(&o, ret, &f, &e);
    if (s != EPI_OK || f.counts[EPI_WARNING])
        cli_findings(c, &f, 20);
    if (s == EPI_OK)
        return CLI_OK;
    return cli_fail(c, &e);
}

void cli_call(struct cli *c, struct epi_app *app, const char *const *pass, struct epi_call *call)
{
    struct epi_actor program = epi_actor_program(c->lang);
    epi_call_init(call, app, &program, c->a);
    for (; pass && *pass; pass++) {
        epi_str rest = epi_str_of(*pass), option = EPI_NIL;
        epi_str_split(&rest, ':', &option);
        epi_str value = cli_option(c, epi_str_cz(c->a, option));
        if (value.n)
            epi_call_arg(call, rest.n ? rest : option, value);
    }
}

int cli_act(struct cli *c, struct epi_call *call, epi_act *act,
            void (*show)(struct cli *c, const epi_json *j))
{
    epi_status s = act(call);
    epi_str answer = epi_buf_str(&call->buf);
    const epi_json *j;
    if ((c->json || !show) && answer.n) {
        fwrite(answer.p, 1, answer.n, stdout);
        putchar('\n');
    } else if (answer.n && show && epi_json_parse(c->a, answer, SIZE_MAX, &j, NULL) == EPI_OK) {
        show(c, j);
    }
    if (s == EPI_OK)
        return CLI_OK;
    if (!answer.n)
        cli_findings(c, &call->findings, 20);
    return cli_fail(c, &call->err);
}

/* Options that stand alone; every other option is followed by its value. */
static bool is_flag(const char *name)
{
    static const char *const flags[] = {"json",       "help",     "dry-run", "all",     "children",
                                        "typescript", "markdown", "links",   "verbose", "version",
                                        "csv",        "run",      "truth",   "levers"};
    for (size_t i = 0; i < EPI_COUNT(flags); i++)
        if (strcmp(name, flags[i]) == 0)
            return true;
    return false;
}

static bool read_options(struct cli *c, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (strncmp(argv[i], "--", 2) != 0) {
            if (c->n_words < EPI_COUNT(c->words))
                c->words[c->n_words++] = argv[i];
            continue;
        }
        const char *name = argv[i] + 2, *value = "1";
        if (!is_flag(name)) {
            if (i + 1 >= argc) {
                fprintf(stderr, "cordon: --%s needs a value\n", name);
                return false;
            }
            value = argv[++i];
        }
        if (c->n_options < EPI_ARGS_MAX)
            c->options[c->n_options++] = (struct epi_arg){epi_str_of(name), epi_str_of(value)};
    }
    return true;
}

/* The folder that holds data/ and policies/: beside the binary, or one of its parents, or an
 * install prefix. */
static const char *find_share(struct cli *c)
{
    static const char *const steps[] = {"/..", "/../..", "/../share/cordon"};
    char exe[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", exe, sizeof exe - 1);
    if (n <= 0)
        return ".";
    exe[n] = 0;
    const char *dir = dirname(exe);
    for (size_t i = 0; i < EPI_COUNT(steps); i++) {
        const char *at = epi_str_cz(c->a, epi_str_printf(c->a, "%s%s", dir, steps[i]));
        const char *packs = epi_str_cz(c->a, epi_str_printf(c->a, "%s/data/packs", at));
        if (c->io->fs.exists(c->io->fs.ctx, packs))
            return at;
    }
    return ".";
}

static int run(struct cli *c)
{
    if (!c->n_words || cli_flag(c, "version"))
        return cli_flag(c, "version") ? (puts("cordon " CLI_VERSION), CLI_OK) : help();
    for (size_t i = 0; i < EPI_COUNT(commands); i++) {
        if (strcmp(commands[i].name, c->words[0]) != 0)
            continue;
        if (cli_flag(c, "help") && commands[i].fn != cli_estimate) /* it tells by figure */
            return puts(commands[i].usage), CLI_OK;
        return commands[i].fn(c);
    }
    fprintf(stderr, "cordon: there is no command \"%s\"; cordon --help lists them\n", c->words[0]);
    return CLI_USAGE;
}

int main(int argc, char **argv)
{
    struct cli c = {.a = epi_arena_new(0), .io = epi_io_real(), .lang = EPI_VI};
    if (sodium_init() < 0)
        return CLI_FAILED;
    if (!read_options(&c, argc, argv))
        return CLI_USAGE;
    epi_str data = cli_option(&c, "data"), share = cli_option(&c, "share"),
            lang = cli_option(&c, "lang");
    const char *env = getenv("CORDON_LANG");
    if (!lang.n && env)
        lang = epi_str_of(env);
    c.data_dir = data.n ? data.p : NULL;
    c.share_dir = share.n ? share.p : find_share(&c);
    c.json = cli_flag(&c, "json");
    c.terminal = isatty(STDERR_FILENO);
    if (lang.n)
        c.lang = epi_str_eqz(lang, "en") ? EPI_EN : EPI_VI;
    int rc = run(&c);
    if (fflush(stdout) != 0)
        rc = CLI_FAILED;
    epi_arena_free(c.a);
    return rc;
}
