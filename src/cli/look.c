// SPDX-License-Identifier: AGPL-3.0-or-later
/* Looking at the situation: rings, levels, today, measures. */
#include "cli/cli.h"
#include "level/level.h"
#include <stdio.h>

static int look(struct cli *c, const char *const *pass, epi_act *act,
                void (*show)(struct cli *c, const epi_json *j), const char *arg, const char *value)
{
    struct epi_app *app;
    struct epi_call call;
    int rc = cli_open(c, true, false, &app);
    if (rc != CLI_OK)
        return rc;
    cli_call(c, app, pass, &call);
    if (arg)
        epi_call_arg(&call, epi_str_of(arg), epi_str_of(value));
    rc = cli_act(c, &call, act, show);
    epi_call_done(&call);
    epi_app_close(app);
    return rc;
}

static void show_trace(struct cli *c, const epi_json *j)
{
    (void)c;
    printf("F0 %.*s\n", EPI_FMT(epi_json_text(j, "index", EPI_NIL)));
    EPI_JSON_EACH (p, epi_json_get(j, "rings")) {
        const epi_json *duty = epi_json_get(p, "duty"), *days = epi_json_get(duty, "isolate_days");
        epi_str name = epi_json_text(p, "name", EPI_NIL), how = epi_json_text(p, "how", EPI_NIL);
        printf("F%lld %-30.*s %-10.*s ", (long long)epi_json_int(p, "ring", 0), EPI_FMT(name),
               EPI_FMT(how));
        if (days && days->type == EPI_JSON_INT)
            printf("%lld days, %.*s [%.*s, %.*s]", (long long)days->i,
                   EPI_FMT(epi_json_text(duty, "place", EPI_NIL)),
                   EPI_FMT(epi_json_text(duty, "rule", EPI_NIL)),
                   EPI_FMT(epi_json_text(duty, "authority", EPI_NIL)));
        putchar('\n');
    }
    EPI_JSON_EACH (f, epi_json_get(j, "findings"))
        printf("! %.*s\n", EPI_FMT(epi_json_text(f, "message", EPI_NIL)));
}

int cli_trace(struct cli *c)
{
    static const char *const pass[] = {"depth", "as-of:as_of", "disease", NULL};
    if (c->n_words != 2)
        return cli_usage("cordon --data DIR trace CODE [--depth 3] [--as-of DATE] [--json]");
    return look(c, pass, epi_do_trace, show_trace, "code", c->words[1]);
}

static void level_line(const epi_json *r)
{
    const epi_json *level = epi_json_get(r, "level"), *rate = epi_json_get(r, "rate");
    epi_str name = epi_json_text(r, "name", EPI_NIL), rule = epi_json_text(r, "rule", EPI_NIL),
            confidence = epi_json_text(r, "confidence", EPI_NIL);
    printf("%-10.*s %s%lld  rate %7.1f  %.*s (%.*s) [%.*s] %.*s\n",
           EPI_FMT(epi_json_text(r, "code", EPI_NIL)),
           level && level->type == EPI_JSON_INT ? "level " : "undecided ",
           level ? (long long)level->i : 0LL, rate ? rate->f : 0.0, EPI_FMT(rule),
           EPI_FMT(epi_json_text(r, "authority", EPI_NIL)), EPI_FMT(confidence), EPI_FMT(name));
}

static void show_levels(struct cli *c, const epi_json *j)
{
    (void)c;
    if (j->type == EPI_JSON_OBJECT)
        level_line(j);
    EPI_JSON_EACH (r, j->type == EPI_JSON_ARRAY ? j : NULL)
        level_line(r);
}

int cli_level(struct cli *c)
{
    static const char *const pass[] = {"unit", "as-of:as_of", "policy", "disease",
                                       "all",  "children",    NULL};
    if (c->n_words != 1)
        return cli_usage(
            "cordon --data DIR level [--unit CODE | --all] [--as-of DATE] [--policy ID] [--json]");
    if (!cli_flag(c, "all") && cli_flag(c, "unit"))
        return look(c, pass, epi_do_level_evidence, show_levels, NULL, NULL);
    return look(c, pass, epi_do_levels, show_levels, "list", "1");
}

static struct epi_fact number_option(const struct cli *c, const char *name, bool *ok)
{
    double v;
    epi_str text = cli_option(c, name);
    if (!text.n)
        return EPI_FACT_UNKNOWN;
    *ok = *ok && epi_str_to_f64(text, &v);
    return *ok ? epi_fact_number(v) : EPI_FACT_UNKNOWN;
}

/* Without a date: the newest level pack that is switched on, on its last day or today, whichever is
 * earlier. */
static void choose_day(struct cli *c, const struct epi_policies *set, struct epi_level_query *q,
                       epi_date *ret)
{
    epi_date newest = EPI_DATE_UNKNOWN,
             today = epi_instant_date(c->io->clock.now(c->io->clock.ctx), 0);
    *ret = today;
    for (size_t i = 0; i < epi_policies_count(set); i++) {
        struct epi_pack_info info;
        epi_pack_get(epi_policies_at(set, i), &info);
        if (info.kind != EPI_KIND_LEVEL || info.disabled ||
            (q->policy_id.n && !epi_str_eq(q->policy_id, info.id)) ||
            (q->authorities_n && !epi_str_eq(q->authorities[0], info.authority)) ||
            (epi_date_known(newest) && info.from.d <= newest.d))
            continue;
        newest = info.from;
        *ret = epi_date_known(info.to) && info.to.d < today.d ? info.to : today;
    }
}

int cli_level_of(struct cli *c)
{
    struct epi_policies *set;
    struct epi_level level;
    struct epi_err e = {0};
    bool ok = true;
    struct epi_level_of of = {.previous = EPI_LEVEL_NONE, .date = EPI_DATE_UNKNOWN};
    of.rate = number_option(c, "rate", &ok);
    of.coverage = number_option(c, "coverage", &ok);
    of.full_elderly = number_option(c, "full-elderly", &ok);
    epi_str capacity = cli_option(c, "capacity"), date = cli_option(c, "date");
    if (!ok || !of.rate.known || (date.n && !epi_date_parse_iso(date, &of.date)))
        return cli_usage(
            "cordon level-of --rate R [--coverage C] [--full-elderly P] [--capacity yes|no] [--date DATE] [--policy ID] [--authority A]");
    if (capacity.n)
        of.capacity = epi_fact_bool(epi_str_eqz(capacity, "yes"));
    const epi_str authorities[] = {cli_option(c, "authority"), EPI_S(EPI_POLICY_DEFAULT)};
    struct epi_level_query q = {.policy_id = cli_option(c, "policy"),
                                .disease = cli_option(c, "disease"),
                                .authorities = authorities,
                                .authorities_n = authorities[0].n ? 2 : 0};
    int rc = cli_policies(c, &set);
    if (rc != CLI_OK)
        return rc;
    if (!epi_date_known(of.date))
        choose_day(c, set, &q, &of.date);
    if (epi_level_of(c->a, set, &q, &of, &level, &e) != EPI_OK)
        return cli_fail(c, &e);
    EPI_BUF_LOCAL(b, 1u << 20);
    struct epi_jw w = EPI_JW(&b);
    if (c->json)
        epi_level_json(&w, &level, EPI_LEVEL_FULL, c->lang);
    else
        epi_level_text(&b, &level, c->lang);
    fwrite(b.p, 1, b.n, stdout);
    if (c->json)
        putchar('\n');
    return CLI_OK;
}

static void show_today(struct cli *c, const epi_json *j)
{
    const char *lang = c->lang == EPI_VI ? "vi" : "en";
    printf("%.*s, %.*s\n", EPI_FMT(epi_json_text(epi_json_get(j, "unit"), "name", EPI_NIL)),
           EPI_FMT(epi_json_text(j, "as_of", EPI_NIL)));
    EPI_JSON_EACH (f, epi_json_get(j, "figures")) {
        const epi_json *v = epi_json_get(f, "value");
        epi_str label = epi_json_text(epi_json_get(f, "label"), lang, EPI_NIL);
        if (v && v->type != EPI_JSON_NULL)
            printf("  %10.6g  %.*s\n", v->f, EPI_FMT(label));
    }
    EPI_JSON_EACH (d, epi_json_get(j, "decisions"))
        printf("  ! %lld  %.*s\n", (long long)epi_json_int(d, "count", 0),
               EPI_FMT(epi_json_text(epi_json_get(d, "label"), lang, EPI_NIL)));
}

int cli_today(struct cli *c)
{
    static const char *const pass[] = {"unit", "as-of:as_of", "disease", NULL};
    return look(c, pass, epi_do_today, show_today, NULL, NULL);
}

int cli_measures(struct cli *c)
{
    static const char *const pass[] = {"level", "on", "unit", "policy", NULL};
    return look(c, pass, epi_do_measures, NULL, NULL, NULL);
}
