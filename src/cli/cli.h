/* cli.h - what the subcommands share: options, the opened program, printing. */
#ifndef EPI_CLI_CLI_H
#define EPI_CLI_CLI_H
#include "ops/ops.h"

#define CLI_VERSION "0.1.0"

/* Exit codes: 0 done, 1 done but not as hoped (rejected rows, findings of error), 2 wrong usage, 3
 * failed. */
enum { CLI_OK = 0, CLI_FINDINGS = 1, CLI_USAGE = 2, CLI_FAILED = 3 };

struct cli {
    struct epi_arena *a;
    const struct epi_io *io;
    const char *data_dir, *share_dir;
    bool json, terminal;
    epi_lang lang;
    struct epi_arg options[EPI_ARGS_MAX];
    size_t n_options;
    const char *words[16]; /* what is no option, the subcommand first */
    size_t n_words;
};
typedef int cli_command(struct cli *c);

epi_str cli_option(const struct cli *c, const char *name); /* without "--"; empty when absent */
bool cli_flag(const struct cli *c, const char *name);
/* A whole number from lo to hi; *io stays when the option is absent. */
bool cli_whole(const struct cli *c, const char *name, int64_t lo, int64_t hi, int64_t *io);
int cli_usage(const char *text);
/* Prints a failure and returns CLI_FAILED (CLI_USAGE for wrong arguments). */
int cli_fail(const struct cli *c, const struct epi_err *e);
void cli_findings(const struct cli *c, const struct epi_findings *f, size_t most);

/* Opens the data folder; `read_only` looks at it beside a running server. */
int cli_open(struct cli *c, bool read_only, bool fast, struct epi_app **ret);
/* A call with the program's rights; options of the command line become arguments where `pass` names
 * them
 * ("unit", "as-of:as_of" …). */
void cli_call(struct cli *c, struct epi_app *app, const char *const *pass, struct epi_call *call);
/* Runs an act and prints its JSON, or with `show` what it means. */
int cli_act(struct cli *c, struct epi_call *call, epi_act *act,
            void (*show)(struct cli *c, const epi_json *j));
epi_status cli_read(const struct cli *c, const char *path, size_t max, epi_str *ret,
                    struct epi_err *e);

int cli_policies(struct cli *c, struct epi_policies **ret);
/* *ret is `room`, filled, when the scenario asks policy packs, else NULL (simulate.c). */
struct epi_scenario;
struct epi_packs;
int cli_packs(struct cli *c, const struct epi_scenario *s, struct epi_packs *room,
              const struct epi_packs **ret);

/* One file per group of subcommands. */
cli_command cli_init, cli_demo, cli_import, cli_export, cli_verify;      /* data.c */
cli_command cli_trace, cli_level, cli_level_of, cli_today, cli_measures; /* look.c */
cli_command cli_directive, cli_policy, cli_catalogue;                    /* rules.c */
cli_command cli_estimate;                                                /* estimate.c */
cli_command cli_simulate;                                                /* simulate.c */
cli_command cli_calibrate;                                               /* calibrate.c */
cli_command cli_signals;                                                 /* signals.c */
cli_command cli_serve, cli_user, cli_openapi;                            /* server.c */
#endif
