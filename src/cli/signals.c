// SPDX-License-Identifier: AGPL-3.0-or-later
/* cordon signals: weeks that stand out, looked at or kept. */
#include "cli/cli.h"
#include <math.h>
#include <stdio.h>

static double at(const epi_json *list, size_t i)
{
    EPI_JSON_EACH (v, list)
        if (i-- == 0)
            return v->type == EPI_JSON_INT ? (double)v->i : v->type == EPI_JSON_REAL ? v->f : NAN;
    return NAN;
}

static void say(double v)
{
    if (isnan(v))
        printf("%9s", "-");
    else
        printf("%9.4g", v);
}

static void notes(const epi_json *j)
{
    EPI_JSON_EACH (n, epi_json_get(j, "notes"))
        fprintf(stderr, "%.*s: %.*s\n", EPI_FMT(epi_json_text(n, "severity", EPI_NIL)),
                EPI_FMT(epi_json_text(n, "message", EPI_NIL)));
}

/* One line per alarm: week, observed, expected, threshold, p, status, unit. */
static void show_grid(struct cli *c, const epi_json *j)
{
    const epi_json *weeks = epi_json_get(j, "weeks");
    (void)c;
    EPI_JSON_EACH (row, epi_json_get(j, "rows")) {
        epi_str unit = epi_json_text(row, "unit", EPI_NIL);
        const epi_json *state = epi_json_get(row, "states");
        size_t k = 0;
        state = state ? state->first : NULL;
        for (const epi_json *week = weeks ? weeks->first : NULL; week && state;
             week = week->next, state = state->next, k++) {
            if (!epi_str_eqz(state->text, "alarm"))
                continue;
            epi_str status = EPI_S("-");
            EPI_JSON_EACH (s, epi_json_get(j, "signals"))
                if (epi_str_eq(epi_json_text(s, "unit", EPI_NIL), unit) &&
                    epi_str_eq(epi_json_text(s, "week", EPI_NIL), week->text))
                    status = epi_json_text(s, "status", EPI_NIL);
            printf("%.*s", EPI_FMT(week->text));
            say(at(epi_json_get(row, "counts"), k));
            say(at(epi_json_get(row, "expected"), k));
            say(at(epi_json_get(row, "upper"), k));
            say(at(epi_json_get(row, "p"), k));
            printf("  %-12.*s  %.*s %.*s\n", EPI_FMT(status), EPI_FMT(unit),
                   EPI_FMT(epi_json_text(row, "name", EPI_NIL)));
        }
    }
    notes(j);
}

static void show_run(struct cli *c, const epi_json *j)
{
    (void)c;
    printf("units %lld, weeks %lld, alarms %lld, new %lld, changed %lld\n",
           (long long)epi_json_int(j, "units", 0), (long long)epi_json_int(j, "weeks", 0),
           (long long)epi_json_int(j, "alarms", 0), (long long)epi_json_int(j, "stored", 0),
           (long long)epi_json_int(j, "changed", 0));
    notes(j);
}

int cli_signals(struct cli *c)
{
    static const char *const pass[] = {
        "unit",    "as-of:as_of", "below", "by",     "cases",
        "disease", "weeks",       "few",   "method", "missing",
        "since",   "baseline",    "alpha", "years",  "min-sigma:min_sigma",
        NULL};
    struct epi_app *app;
    struct epi_call call;
    bool run = cli_flag(c, "run");
    if (c->n_words != 1)
        return cli_usage("cordon --data DIR signals [--unit CODE] [--weeks N] [--run] [--json]");
    int rc = cli_open(c, !run, false, &app);
    if (rc != CLI_OK)
        return rc;
    cli_call(c, app, pass, &call);
    rc =
        cli_act(c, &call, run ? epi_do_signal_run : epi_do_signal_grid, run ? show_run : show_grid);
    epi_call_done(&call);
    epi_app_close(app);
    return rc;
}
