// SPDX-License-Identifier: AGPL-3.0-or-later
/* Making scenarios: one from a whole tree of levers, or the shipped plans for a unit at once. */
#include "ops/scenarios.h"

#define BODY_MAX ((size_t)1 << 20)
/* Person-days of the plans together: what two processors simulate in half a minute or so. */
#define PLANS_PERSON_DAYS 1.8e9
#define PLANS_RUNS_LEAST 4
#define PLANS_RUNS_MOST 20
#define PLANS_MAX 6

struct wanted {
    struct epi_scenario s;
    int64_t seed, runs;
    int32_t unit;
    epi_str note, plan; /* plan: of data/plans.json, or none */
};

static void find(struct epi_call *call, const char *code, const char *field, epi_str arg)
{
    epi_finding_add(&call->findings, EPI_ERROR, code, 0, epi_str_of(field), arg, EPI_NIL);
}

/* Cut at a character's border when it does not fit. */
static void take(char *to, size_t size, epi_str text)
{
    size_t n = text.n < size ? text.n : size - 1;
    while (n < text.n && n > 0 && ((unsigned char)text.p[n] & 0xC0) == 0x80)
        n--;
    memset(to, 0, size);
    if (n)
        memcpy(to, text.p, n);
}

/* What the scenario does not say is that of this folder; what it says must be there. */
static void check_base(struct epi_call *call, struct wanted *w)
{
    struct epi_app *app = call->app;
    struct epi_lever_base *b = &w->s.base;
    struct epi_natural_history history;
    epi_str pack = epi_units_pack_id(app->units);
    epi_date on;
    char iso[16];
    size_t n = 0;
    bool from_register = w->s.start.from[0]; /* today's register is whole when today is over */
    epi_date next = epi_date_plus(epi_app_today(app), (epi_days){from_register});
    if (!b->date[0])
        take(b->date, sizeof b->date, epi_str_of(epi_date_iso(next, iso)));
    if (!b->unit[0])
        take(b->unit, sizeof b->unit,
             call->actor.unit.n ? call->actor.unit
                                : epi_units_at(app->units, epi_units_root(app->units))->path);
    if (!b->disease[0])
        take(b->disease, sizeof b->disease, app->disease);
    if (b->pack[0] && !epi_str_eqz(pack, b->pack))
        find(call, "scenario.other-pack", "base.pack", pack);
    take(b->pack, sizeof b->pack, pack);
    if (!epi_date_parse_iso(epi_str_of(b->date), &on))
        return; /* found already */
    if (from_register && on.d > next.d)
        find(call, "scenario.start-later", "base.date", epi_str_of(b->date));
    w->unit = epi_units_resolve(app->units, epi_str_of(b->unit), on, &n);
    /* outside the jurisdiction looks like absent */
    if (w->unit < 0 || n > 1 ||
        !epi_scope_has(&call->actor.scope, epi_units_at(app->units, w->unit)->path)) {
        find(call, "scenario.no-unit", "base.unit", epi_str_of(b->unit));
        w->unit = -1;
    } else {
        take(b->unit, sizeof b->unit, epi_units_at(app->units, w->unit)->path);
    }
    if (w->s.start.place[0] && epi_units_by_path(app->units, epi_str_of(w->s.start.place)) < 0)
        find(call, "scenario.no-unit", "start.place", epi_str_of(w->s.start.place));
    struct epi_err e = {0};
    if (epi_scenario_history(call->a, &app->o.io->fs, epi__scenario_diseases(app, call->a), &w->s,
                             &history, &call->findings, &e) != EPI_OK)
        find(call, e.code,
             e.status == EPI_NOT_FOUND && b->variant[0] ? "base.variant" : "base.disease",
             epi_str_dup(call->a, epi_str_of(e.arg1)));
}

static int64_t whole(struct epi_call *call, const epi_json *j, const char *name, int64_t otherwise)
{
    const epi_json *v = epi_json_get(j, name);
    if (!v || v->type == EPI_JSON_NULL)
        return otherwise;
    if (v->type != EPI_JSON_INT)
        find(call, "scenario.whole", name, epi_str_of(name));
    return v->type == EPI_JSON_INT ? v->i : otherwise;
}

/* Everything that is wrong with the body is found before it is refused. */
static epi_status read_wanted(struct epi_call *call, struct wanted *w)
{
    const epi_json *j, *levers;
    EPI_BUF_LOCAL(text, BODY_MAX);
    struct epi_jw copy = EPI_JW(&text);
    *w = (struct wanted){.s = epi_scenario_plain(), .unit = -1};
    EPI_TRY(epi_json_parse(call->a, call->body, BODY_MAX, &j, &call->err));
    levers = epi_json_get(j, "levers");
    if (!levers || levers->type != EPI_JSON_OBJECT)
        return EPI_FAIL(&call->err, EPI_INVALID, "scenario.not-an-object", "%s", "levers");
    epi_jw_json(&copy, levers);
    epi_status s =
        epi_scenario_read(call->a, epi_buf_str(&text), &w->s, &call->findings, &call->err);
    if (s != EPI_OK && !call->findings.counts[EPI_ERROR])
        return s;
    if (s != EPI_OK && epi_json_get(levers, "base")) { /* nothing was taken: its place alone */
        struct epi_findings twice;
        EPI_BUF_LOCAL(part, BODY_MAX);
        struct epi_jw only = EPI_JW(&part);
        epi_findings_init(&twice, call->a, 100);
        epi_jw_object(&only);
        epi_jw_key(&only, "base");
        epi_jw_json(&only, epi_json_get(levers, "base"));
        epi_jw_object_end(&only);
        (void)!epi_scenario_read(call->a, epi_buf_str(&part), &w->s, &twice, NULL);
    } else if (!w->s.title[0]) {
        find(call, "scenario.title-needed", "title", EPI_NIL);
    }
    w->seed = whole(call, j, "seed", 1);
    w->runs = whole(call, j, "runs", 20);
    w->note = epi_text_clean(call->a, epi_json_text(j, "note", EPI_NIL));
    if (w->seed < 0)
        find(call, "scenario.whole", "seed", EPI_S("seed"));
    if (w->runs < 1 || w->runs > EPI_RUNS_MAX)
        find(call, "scenario.runs", "runs", epi_str_printf(call->a, "%lld", (long long)w->runs));
    epi_value_check(&call->app->catalogue->kinds[EPI_K_SCENARIO].fields[EPI_SCENARIO_NOTE],
                    epi_v_text(w->note), 0, &call->findings);
    check_base(call, w);
    return epi__refuse_if_findings(call);
}

static void edit_of(struct epi_call *call, const struct wanted *w, struct epi__edit *e)
{
    epi_date first = EPI_DATE_UNKNOWN;
    EPI_BUF_LOCAL(levers, BODY_MAX);
    struct epi_jw jw = EPI_JW(&levers);
    epi_scenario_json(&jw, &w->s);
    (void)epi_date_parse_iso(epi_str_of(w->s.base.date), &first);
    epi__edit_new(call, e, EPI_K_SCENARIO);
    epi__set(call, e, EPI_SCENARIO_UNIT, epi_v_text(epi_units_at(call->app->units, w->unit)->path));
    epi__set(call, e, EPI_SCENARIO_TITLE, epi_v_text(epi_str_dup(call->a, epi_str_of(w->s.title))));
    epi__set(call, e, EPI_SCENARIO_LEVERS, epi_v_text(epi_str_dup(call->a, epi_buf_str(&levers))));
    epi__set(call, e, EPI_SCENARIO_SEED, epi_v_int(w->seed));
    epi__set(call, e, EPI_SCENARIO_RUNS, epi_v_int(w->runs));
    epi__set(call, e, EPI_SCENARIO_DAYS, epi_v_int(w->s.days));
    epi__set(call, e, EPI_SCENARIO_FIRST, epi_v_date(first));
    epi__set(call, e, EPI_SCENARIO_STATUS, epi_v_text(EPI_S("queued")));
    if (w->plan.n)
        epi__set(call, e, EPI_SCENARIO_PLAN, epi_v_text(w->plan));
    if (w->note.n)
        epi__set(call, e, EPI_SCENARIO_NOTE, epi_v_text(w->note));
    if (call->actor.user.v)
        epi__set(call, e, EPI_SCENARIO_BY, epi_v_ref(call->actor.user));
}

static epi_status keep(struct epi_call *call, struct epi__edit *edits, size_t n)
{
    if (!epi__queue_room(call->app->scenarios))
        return EPI_FAIL(&call->err, EPI_BUSY, "job.queue-full", "%s", "");
    EPI_TRY(epi__write_edits(call, "scenario.create", EPI_NIL, edits, n, NULL));
    for (size_t i = 0; i < n; i++)
        epi__queue_put(call->app->scenarios, edits[i].change.id);
    call->http_status = 201;
    return EPI_OK;
}

epi_status epi_do_scenario_create(struct epi_call *call)
{
    struct wanted w;
    struct epi__edit e;
    EPI_TRY(epi__need(call, EPI_MAY_SCENARIO_RUN));
    EPI_TRY(read_wanted(call, &w));
    int64_t people = epi_units_at(call->app->units, w.unit)->population;
    if (people > 0) /* an unknown one is counted when the society is built */
        EPI_TRY(epi__scenario_fits((double)people * w.s.base.scale, w.s.days, w.runs, &call->err));
    edit_of(call, &w, &e);
    EPI_TRY(keep(call, &e, 1));
    return epi__scenario_answer(call, e.change.id);
}

/* --- the shipped plans ---
 * data/plans.json names scenarios of data/scenarios that stand for ways to respond. Their places of
 * care and capacities are per 100,000 people, so that they hold for any unit. */
struct asked {
    epi_str unit, date;
    int64_t seed, runs; /* runs 0: as many as are soon done */
};

static epi_status read_asked(struct epi_call *call, struct asked *q)
{
    const epi_json *j = NULL;
    if (call->body.n)
        EPI_TRY(epi_json_parse(call->a, call->body, BODY_MAX, &j, &call->err));
    *q = (struct asked){.unit = epi_json_text(j, "unit", EPI_NIL),
                        .date = epi_json_text(j, "date", EPI_NIL),
                        .seed = whole(call, j, "seed", 1),
                        .runs = whole(call, j, "runs", 0)};
    epi_date on;
    if (q->date.n && !epi_date_parse_iso(q->date, &on))
        return EPI_FAIL(&call->err, EPI_INVALID, "arg.not-a-date", "%.*s", EPI_FMT(q->date));
    if (q->seed < 0)
        find(call, "scenario.whole", "seed", EPI_S("seed"));
    if (q->runs < 0 || q->runs > EPI_RUNS_MAX)
        find(call, "scenario.runs", "runs", epi_str_printf(call->a, "%lld", (long long)q->runs));
    return EPI_OK;
}

/* One plan in the unit asked for: its own place of first cases holds only inside that unit. */
static epi_status one_plan(struct epi_call *call, const struct asked *q, const epi_json *plan,
                           struct wanted *w)
{
    epi_str text, name = epi_json_text(plan, "scenario", EPI_NIL);
    struct epi_lever_base *b = &w->s.base;
    *w = (struct wanted){.s = epi_scenario_plain(), .unit = -1, .seed = q->seed, .runs = 1};
    w->plan = name;
    EPI_TRY(epi__shared_file(
        call, epi_str_printf(call->a, "data/scenarios/%.*s.json", EPI_FMT(name)).p, &text));
    EPI_TRY(epi_scenario_read(call->a, text, &w->s, &call->findings, &call->err));
    take(b->unit, sizeof b->unit, q->unit);
    take(b->date, sizeof b->date, q->date);
    b->pack[0] = 0; /* of this folder */
    check_base(call, w);
    EPI_TRY(epi__refuse_if_findings(call));
    const struct epi_unit *unit = epi_units_at(call->app->units, w->unit);
    if (!epi_str_starts(epi_str_of(w->s.start.place), unit->path))
        w->s.start.place[0] = 0;
    take(w->s.title, sizeof w->s.title, epi__plan_title(call, plan, unit->path));
    return EPI_OK;
}

/* As many runs as the plans together may have, unless somebody said. */
static epi_status choose_runs(struct epi_call *call, const struct asked *q, struct wanted *w,
                              size_t n)
{
    double days = 0;
    for (size_t i = 0; i < n; i++) {
        int64_t people = epi_units_at(call->app->units, w[i].unit)->population;
        days += (double)(people > 0 ? people : 0) * w[i].s.base.scale * w[i].s.days;
    }
    double fit = days > 0 ? PLANS_PERSON_DAYS / days : PLANS_RUNS_MOST;
    int64_t runs = q->runs                  ? q->runs
                   : fit < PLANS_RUNS_LEAST ? PLANS_RUNS_LEAST
                   : fit > PLANS_RUNS_MOST  ? PLANS_RUNS_MOST
                                            : (int64_t)fit;
    for (size_t i = 0; i < n; i++)
        w[i].runs = runs;
    return epi__scenario_fits(days, 1, runs, &call->err);
}

epi_status epi_do_scenario_plans(struct epi_call *call)
{
    struct asked q;
    struct wanted w[PLANS_MAX];
    struct epi__edit edits[PLANS_MAX];
    struct epi_record rows[PLANS_MAX], *r;
    const epi_json *plans;
    size_t n = 0;
    EPI_TRY(epi__need(call, EPI_MAY_SCENARIO_RUN));
    EPI_TRY(read_asked(call, &q));
    EPI_TRY(epi__plans(call, &plans));
    EPI_JSON_EACH (plan, plans)
        if (n < PLANS_MAX)
            EPI_TRY(one_plan(call, &q, plan, &w[n++]));
    EPI_TRY(choose_runs(call, &q, w, n));
    for (size_t i = 0; i < n; i++)
        edit_of(call, &w[i], &edits[i]);
    EPI_TRY(keep(call, edits, n));
    for (size_t i = 0; i < n; i++) {
        EPI_TRY(epi__scenario_get(call->app, call->a, edits[i].change.id, &call->actor.scope, &r,
                                  &call->err));
        rows[i] = *r;
    }
    epi_jw_object(&call->out);
    epi__scenario_rows(call, rows, n);
    epi_jw_object_end(&call->out);
    return EPI_OK;
}

epi_status epi__scenarios_again(struct epi_call *call, const struct epi_op *op)
{
    struct epi_record rows[PLANS_MAX], *r;
    size_t n = 0;
    for (size_t i = 0; i < op->n_changes && n < PLANS_MAX; i++)
        if (epi__scenario_get(call->app, call->a, op->changes[i].id, &call->actor.scope, &r,
                              NULL) == EPI_OK)
            rows[n++] = *r; /* another may be removed meanwhile */
    epi_jw_object(&call->out);
    epi__scenario_rows(call, rows, n);
    epi_jw_object_end(&call->out);
    return EPI_OK;
}
