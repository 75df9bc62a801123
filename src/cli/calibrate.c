// SPDX-License-Identifier: AGPL-3.0-or-later
/* cordon calibrate: a scenario fitted to an observed curve, and what follows from it. */
#include "cli/cli.h"
#include "ops/ops.h"
#include "scenario/scenario.h"
#include <signal.h>
#include <stdio.h>

#define FILE_MAX ((size_t)1 << 28)

static volatile sig_atomic_t stopped;
static void stop(int signal_no)
{
    (void)signal_no;
    stopped = 1;
}
struct ticks {
    bool shown;
    size_t percent;
};
static bool tick(void *ctx, size_t done, size_t of)
{
    struct ticks *t = ctx;
    size_t percent = done * 100 / of;
    if (t->shown && percent > t->percent)
        fprintf(stderr, "\r%zu %% ", t->percent = percent);
    return !stopped;
}

/* --- the observed counts --- */
static epi_status from_file(struct cli *c, const struct epi_scenario *s, epi_str path,
                            struct epi_observed *ret, struct epi_findings *f, struct epi_err *e)
{
    epi_str text;
    EPI_TRY(cli_read(c, epi_str_cz(c->a, path), FILE_MAX, &text, e));
    return epi_observed_read(c->a, text, s, ret, f, e);
}

static epi_status from_base(struct cli *c, const struct epi_scenario *s, struct epi_observed *ret,
                            struct epi_err *e)
{
    static const char *const pass[] = {NULL};
    struct epi_app *app;
    struct epi_call call;
    if (cli_open(c, true, false, &app) != CLI_OK)
        return EPI_FAIL(e, EPI_NOT_FOUND, "calibrate.no-base", "%s", c->data_dir);
    cli_call(c, app, pass, &call);
    epi_status status = epi_scenario_observed(&call, s, ret);
    *e = call.err;
    epi_call_done(&call);
    epi_app_close(app);
    return status;
}

static void show_row(const epi_json *row)
{
    const epi_json *prior = epi_json_get(row, "prior");
    printf("%-24.*s %10.4g  (%.4g - %.4g)   %10.4g  (%.4g - %.4g)\n",
           EPI_FMT(epi_json_text(row, "lever", EPI_NIL)), epi_json_real(row, "median", 0),
           epi_json_real(row, "q025", 0), epi_json_real(row, "q975", 0),
           epi_json_real(prior, "median", 0), epi_json_real(prior, "q025", 0),
           epi_json_real(prior, "q975", 0));
}
static int show(struct cli *c, const char *dir)
{
    struct epi_err e = {0};
    epi_str text;
    const epi_json *j;
    if (cli_read(c, epi_str_printf(c->a, "%s/calibration.json", dir).p, 1 << 24, &text, &e) !=
            EPI_OK ||
        epi_json_parse(c->a, text, 1 << 24, &j, &e) != EPI_OK)
        return cli_fail(c, &e);
    bool poor = epi_json_bool(j, "poor", false);
    if (c->json) {
        fwrite(text.p, 1, text.n, stdout);
        return poor ? CLI_FINDINGS : CLI_OK;
    }
    EPI_JSON_EACH (row, epi_json_get(j, "free"))
        show_row(row);
    printf("\n%-24s %10.3g  (%.0f%%: %.2f, %.0f%%: %.2f)\n", "p", epi_json_real(j, "p", 0), 50.0,
           epi_json_real(j, "cover50", 0), 95.0, epi_json_real(j, "cover95", 0));
    printf("%-24s", "misfit");
    EPI_JSON_EACH (step, epi_json_get(j, "misfit"))
        printf(" %.3g", step->f);
    printf("\n");
    return poor ? CLI_FINDINGS : CLI_OK;
}

static int fit(struct cli *c, struct epi_calibration *k, const char *dir, struct epi_findings *f)
{
    struct epi_err e = {0};
    struct epi_calibrated got;
    struct ticks t = {.shown = c->terminal};
    k->ctx = &t;
    k->progress = tick;
    k->fs = &c->io->fs;
    k->dir = dir;
    signal(SIGINT, stop);
    signal(SIGTERM, stop);
    epi_status s = epi_calibrate_do(c->a, k, &got, &e);
    if (t.shown)
        fputs("\r       \r", stderr);
    if (s == EPI_OK)
        s = epi_calibrated_write(c->a, k, &got, &c->io->fs, dir, &e);
    if (s != EPI_OK)
        return cli_fail(c, &e);
    if (epi_calibrated_poor(&got))
        epi_finding_add(f, EPI_WARNING, "calibrate.poor", 0, EPI_NIL,
                        epi_str_printf(c->a, "%.2g", got.p), EPI_NIL);
    if (epi_calibrated_vague(&got))
        epi_finding_add(f, EPI_WARNING, "calibrate.vague", 0, EPI_NIL,
                        epi_str_printf(c->a, "%.2g", got.misfit[got.steps]), EPI_NIL);
    cli_findings(c, f, 20);
    return show(c, dir);
}

static const char usage[] =
    "cordon calibrate SCENARIO.json --observed FILE.csv --out DIR [--members N] [--threads T] "
    "[--seed S] [--json] | cordon --data DIR calibrate SCENARIO.json --out DIR";

/* The scenario, and the counts it is fitted to: of a file, or of the base. */
static epi_status read_all(struct cli *c, int members, struct epi_scenario *s,
                           struct epi_observed *ret, struct epi_findings *f, struct epi_err *e)
{
    epi_str text, table = cli_option(c, "observed");
    EPI_TRY(cli_read(c, c->words[1], 1 << 20, &text, e));
    EPI_TRY(epi_scenario_read(c->a, text, s, f, e));
    if (s->calibrate.members == 0)
        return EPI_FAIL(e, EPI_INVALID, "calibrate.not-asked", "%s", c->words[1]);
    if (members > 0)
        s->calibrate.members = members;
    return table.n ? from_file(c, s, table, ret, f, e) : from_base(c, s, ret, e);
}
int cli_calibrate(struct cli *c)
{
    struct epi_scenario s = epi_scenario_plain();
    struct epi_err e = {0};
    struct epi_findings f;
    struct epi_natural_history history;
    struct epi_society *society = NULL;
    struct epi_observed observed;
    struct epi_packs packs;
    epi_str out = cli_option(c, "out");
    int64_t seed = 1, threads = 0, members = 0;
    if (c->n_words != 2 || !out.n || !(cli_option(c, "observed").n || c->data_dir) ||
        !cli_whole(c, "seed", 0, INT64_MAX, &seed) ||
        !cli_whole(c, "members", 20, EPI_MEMBERS_MAX, &members) ||
        !cli_whole(c, "threads", 0, 64, &threads))
        return cli_usage(usage);
    epi_findings_init(&f, c->a, 200);
    epi_status status = read_all(c, (int)members, &s, &observed, &f, &e);
    if (status == EPI_OK)
        status = epi_scenario_ready(c->a, &c->io->fs, c->share_dir, &s, (uint64_t)seed, &history,
                                    &society, &f, &e);
    if (status == EPI_OK)
        status = epi_observed_check(&observed, society, &f, &e);
    struct epi_calibration k = {.society = society,
                                .history = &history,
                                .scenario = &s,
                                .observed = &observed,
                                .seed = (uint64_t)seed,
                                .threads = (unsigned)threads};
    int ret = CLI_OK;
    if (status != EPI_OK) {
        cli_findings(c, &f, 50);
        ret = cli_fail(c, &e);
    } else if ((ret = cli_packs(c, &s, &packs, &k.packs)) == CLI_OK) {
        ret = fit(c, &k, epi_str_cz(c->a, out), &f);
    }
    epi_society_free(society);
    return ret;
}
