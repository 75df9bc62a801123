// SPDX-License-Identifier: AGPL-3.0-or-later
/* cordon simulate: a scenario run many times into a folder. */
#include "cli/cli.h"
#include "base/parallel.h"
#include "scenario/scenario.h"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static volatile sig_atomic_t stopped;
static void stop(int signal_no)
{
    (void)signal_no;
    stopped = 1;
}

/* --- the list of levers --- */
static int list_levers(struct cli *c)
{
    static const char *const types[] = {"share", "number", "count", "yes/no", "text"};
    const struct epi_lever *levers;
    size_t n = epi_levers(&levers);
    (void)c;
    for (size_t i = 0; i < n; i++) {
        printf("%-28s %-7s", levers[i].path, types[levers[i].type]);
        if (levers[i].word)
            printf(" \"\" or \"%s\"", levers[i].word);
        if (levers[i].type != EPI_LEVER_TEXT && levers[i].type != EPI_LEVER_YES)
            printf(" %g .. %g", levers[i].lo, levers[i].hi);
        putchar('\n');
    }
    return CLI_OK;
}

/* --- progress: one line that is written over --- */
struct ticks {
    bool shown;
    unsigned runs;
};
static bool tick(void *ctx, unsigned run, int day, int days)
{
    const struct ticks *t = ctx;
    if (t->shown && (day % 10 == 0 || day == days))
        fprintf(stderr, "\r%u / %u  %d / %d ", run, t->runs, day, days);
    return !stopped;
}

/* Processes started by mpirun or srun say who they are in the environment; a single one is 0 of 1.
 */
static unsigned from_environment(const char *const *names, unsigned otherwise)
{
    for (; *names; names++) {
        const char *text = getenv(*names);
        int64_t v;
        if (text && epi_str_to_i64(epi_str_of(text), &v) && v >= 0 && v <= 100000)
            return (unsigned)v;
    }
    return otherwise;
}

static void show_total(const epi_json *summary, const char *figure)
{
    const epi_json *s = epi_json_get(epi_json_get(summary, "totals"), figure);
    printf("%-20s %12.0f  (%.0f - %.0f)\n", figure, epi_json_real(s, "median", 0),
           epi_json_real(s, "q025", 0), epi_json_real(s, "q975", 0));
}
static int show(struct cli *c, const char *dir)
{
    static const char *const figures[] = {"infected",         "found",
                                          "deaths",           "tested",
                                          "listed_f1",        "at_home_now_days",
                                          "at_site_now_days", "beds_now_days",
                                          "locked_now_days",  "doses"};
    struct epi_err e = {0};
    epi_str text;
    const epi_json *j;
    if (cli_read(c, epi_str_printf(c->a, "%s/summary.json", dir).p, 1 << 24, &text, &e) != EPI_OK ||
        epi_json_parse(c->a, text, 1 << 24, &j, &e) != EPI_OK)
        return cli_fail(c, &e);
    if (c->json) {
        fwrite(text.p, 1, text.n, stdout);
        return CLI_OK;
    }
    for (size_t i = 0; i < EPI_COUNT(figures); i++)
        show_total(j, figures[i]);
    return CLI_OK;
}

/* --posterior: runs take levers and track from the draws of a fit, over the society of that fit. */
static epi_status read_draws(struct cli *c, struct epi_runs *r, int days, struct epi_draws *ret,
                             struct epi_findings *f, struct epi_err *e)
{
    epi_str text, path = cli_option(c, "posterior");
    if (!path.n)
        return EPI_OK;
    EPI_TRY(cli_read(c, epi_str_cz(c->a, path), (size_t)1 << 30, &text, e));
    EPI_TRY(epi_draws_read(c->a, text, days, ret, f, e));
    r->draws = ret;
    return EPI_OK;
}
int cli_packs(struct cli *c, const struct epi_scenario *s, struct epi_packs *room,
              const struct epi_packs **ret)
{
    struct epi_policies *set;
    *ret = NULL;
    if (!epi_scenario_by_packs(s))
        return CLI_OK;
    int rc = cli_policies(c, &set);
    if (rc != CLI_OK)
        return rc;
    *room = (struct epi_packs){.set = set, .disease = epi_str_of(s->base.disease)};
    (void)epi_date_parse_iso(epi_str_of(s->base.date), &room->first);
    *ret = room;
    return CLI_OK;
}
static int run(struct cli *c, struct epi_runs *r, struct epi_scenario *s)
{
    struct epi_err e = {0};
    struct epi_findings f;
    struct epi_society *society = NULL;
    struct epi_natural_history history;
    bool done = false;
    struct epi_draws draws;
    epi_findings_init(&f, c->a, 200);
    epi_status status = read_draws(c, r, s->days, &draws, &f, &e);
    if (status == EPI_OK)
        status =
            epi_scenario_ready(c->a, r->fs, c->share_dir, s,
                               r->draws ? draws.society_seed : r->seed, &history, &society, &f, &e);
    cli_findings(c, &f, 20);
    if (status != EPI_OK)
        return cli_fail(c, &e);
    struct ticks t = {c->terminal, r->runs};
    r->society = society;
    r->history = &history;
    r->scenario = s;
    r->ctx = &t;
    r->progress = tick;
    (void)epi_date_parse_iso(epi_str_of(s->base.date), &r->first);
    struct epi_packs packs;
    int rc = cli_packs(c, s, &packs, &r->packs);
    if (rc != CLI_OK) {
        epi_society_free(society);
        return rc;
    }
    struct epi_app *app = NULL;
    struct epi_call call;
    static const char *const pass[] = {NULL};
    if (s->start.from[0]) {
        rc = cli_open(c, true, false, &app);
        if (rc != CLI_OK) {
            epi_society_free(society);
            return rc;
        }
        cli_call(c, app, pass, &call);
        status = epi_scenario_begins(&call, r);
        e = call.err;
    }
    signal(SIGINT, stop);
    signal(SIGTERM, stop);
    if (status == EPI_OK)
        status = epi_runs_do(c->a, r, &done, &e);
    if (t.shown)
        fputs("\r                              \r", stderr);
    if (app) {
        epi_call_done(&call);
        epi_app_close(app);
    }
    epi_society_free(society);
    if (status != EPI_OK)
        return cli_fail(c, &e);
    return done ? show(c, r->dir) : CLI_OK;
}

int cli_simulate(struct cli *c)
{
    static const char *const rank_names[] = {"OMPI_COMM_WORLD_RANK", "PMI_RANK", "SLURM_PROCID",
                                             NULL};
    static const char *const size_names[] = {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "SLURM_NTASKS",
                                             NULL};
    struct epi_scenario s = epi_scenario_plain();
    struct epi_err e = {0};
    struct epi_findings f;
    epi_str text, out = cli_option(c, "out");
    int64_t seed = 1, runs = 1, threads = 0;
    if (cli_flag(c, "levers"))
        return list_levers(c);
    if (c->n_words != 2 || !out.n || !cli_whole(c, "seed", 0, INT64_MAX, &seed) ||
        !cli_whole(c, "runs", 1, EPI_RUNS_MAX, &runs) || !cli_whole(c, "threads", 0, 64, &threads))
        return cli_usage(
            "cordon simulate SCENARIO.json --out DIR [--seed S] [--runs K] [--threads T] "
            "[--posterior FILE.csv] [--truth] [--json] | cordon simulate --levers");
    epi_findings_init(&f, c->a, 200);
    if (cli_read(c, c->words[1], 1 << 20, &text, &e) != EPI_OK)
        return cli_fail(c, &e);
    if (epi_scenario_read(c->a, text, &s, &f, &e) != EPI_OK) {
        cli_findings(c, &f, 50);
        return cli_fail(c, &e);
    }
    if (s.start.from[0] && !c->data_dir) {
        epi_finding_add(&f, EPI_ERROR, "scenario.start-store", 0, EPI_S("start.from"),
                        EPI_S("start.from"), EPI_NIL);
        cli_findings(c, &f, 50);
        return CLI_USAGE;
    }
    struct epi_runs r = {.seed = (uint64_t)seed,
                         .runs = (unsigned)runs,
                         .fs = &c->io->fs,
                         .rank = from_environment(rank_names, 0),
                         .ranks = from_environment(size_names, 1),
                         .dir = epi_str_cz(c->a, out),
                         .truth = cli_flag(c, "truth"),
                         .first = EPI_DATE_UNKNOWN};
    r.threads = threads ? (unsigned)threads : epi_parallel_threads(SIZE_MAX, 0);
    return run(c, &r, &s);
}
