// SPDX-License-Identifier: AGPL-3.0-or-later
/* Scenarios: the levers people may turn, the shipped examples, and the records of what was
 * simulated. */
#include "ops/scenarios.h"

#define BODY_MAX ((size_t)1 << 20)

/* --- what the acts share --- */
epi_status epi__scenario_fits(double people, int days, int64_t runs, struct epi_err *reterr)
{
    double all = people * days * (double)runs;
    if (all > EPI__SCENARIO_MOST)
        return EPI_FAIL(reterr, EPI_LIMIT, "scenario.too-large", "%.0f\x1f%.0f", all / 1e6,
                        EPI__SCENARIO_MOST / 1e6);
    return EPI_OK;
}

epi_status epi__scenario_dir(struct epi_app *app, struct epi_arena *a, epi_id id, bool make,
                             const char **ret, struct epi_err *reterr)
{
    const struct epi_fs *fs = &app->o.io->fs;
    char text[16];
    const char *all = epi__path(a, app->o.data_dir, "scenarios");
    if (make)
        EPI_TRY(fs->make_dir(fs->ctx, all, reterr));
    *ret = epi__path(a, all, epi_id_text(id, text));
    return make ? fs->make_dir(fs->ctx, *ret, reterr) : EPI_OK;
}

const char *epi__scenario_diseases(const struct epi_app *app, struct epi_arena *a)
{
    const struct epi_fs *fs = &app->o.io->fs;
    const char *own = epi__path(a, app->o.data_dir, "diseases");
    return fs->exists(fs->ctx, own) ? own : epi__path(a, app->o.share_dir, "data/diseases");
}

epi_status epi__scenario_arg(struct epi_call *call, struct epi_record **ret)
{
    epi_id id;
    EPI_TRY(epi__need(call, EPI_MAY_RECORD_READ));
    EPI_TRY(epi__id_arg(call, "id", &id));
    return epi_store_get(call->app->store, call->a, EPI_K_SCENARIO, id, &call->actor.scope, ret,
                         &call->err);
}

/* The record's members, how far it is, and its unit's name. A list leaves levers and summary out.
 */
static void scenario_json(struct epi_call *call, struct epi_record *r, bool whole)
{
    struct epi_jw *w = &call->out;
    uint64_t far[2];
    if (!whole)
        r->v[EPI_SCENARIO_LEVERS] = r->v[EPI_SCENARIO_SUMMARY] = EPI_NULLV;
    epi_jw_object(w);
    epi_record_members(w, call->app->catalogue, r, false);
    epi_jw_kv(w, "by_name", epi__label(call, EPI_K_USER, epi_v_as_ref(r->v[EPI_SCENARIO_BY])));
    epi_jw_kv(w, "unit_name", epi__unit_name(call, epi_v_as_text(r->v[EPI_SCENARIO_UNIT])));
    if (epi__queue_progress(call->app->scenarios, r->id, far)) {
        epi_jw_key(w, "progress");
        epi_jw_object(w);
        epi_jw_kvi(w, "run", (int64_t)far[0]);
        epi_jw_kvi(w, "day", (int64_t)far[1]);
        epi_jw_object_end(w);
    }
    epi_jw_object_end(w);
}

/* --- looking --- */
epi_status epi_do_scenarios(struct epi_call *call)
{
    struct epi_query q = {.kind = EPI_K_SCENARIO,
                          .scope = call->actor.scope,
                          .order = -1,
                          .descending = true,
                          .limit = 200};
    struct epi_page page;
    EPI_TRY(epi__need(call, EPI_MAY_RECORD_READ));
    EPI_TRY(epi_store_find(call->app->store, call->a, &q, &page, &call->err));
    epi_jw_object(&call->out);
    epi_jw_key(&call->out, "rows");
    epi_jw_array(&call->out);
    for (size_t i = 0; i < page.n; i++)
        scenario_json(call, &page.rows[i], false);
    epi_jw_array_end(&call->out);
    epi_jw_object_end(&call->out);
    return EPI_OK;
}

epi_status epi_do_scenario(struct epi_call *call)
{
    struct epi_record *r;
    EPI_TRY(epi__scenario_arg(call, &r));
    scenario_json(call, r, true);
    call->etag = r->version;
    return EPI_OK;
}

/* --- levers and examples --- */
static void words_json(struct epi_jw *w, const char *key, const char *const words[2])
{
    epi_jw_key(w, key);
    epi_jw_object(w);
    epi_jw_kvz(w, "vi", words[EPI_VI]);
    epi_jw_kvz(w, "en", words[EPI_EN]);
    epi_jw_object_end(w);
}

static void lever_json(struct epi_jw *w, const struct epi_lever *l)
{
    static const char *const types[] = {"share", "number", "count", "yes", "text"};
    struct epi_lever_words words;
    EPI_ASSERT(epi_lever_words(l->path, &words));
    epi_jw_object(w);
    epi_jw_kvz(w, "path", l->path);
    epi_jw_kvz(w, "type", types[l->type]);
    if (l->type == EPI_LEVER_TEXT) {
        epi_jw_kvi(w, "max", (int64_t)l->size - 1);
    } else if (l->type != EPI_LEVER_YES) {
        epi_jw_kvr(w, "min", l->lo);
        epi_jw_kvr(w, "max", l->hi);
    }
    words_json(w, "label", words.label);
    words_json(w, "measure", words.measure);
    words_json(w, "help", words.hint);
    epi_jw_object_end(w);
}

static void groups_json(struct epi_jw *w, const struct epi_lever *levers, size_t n)
{
    epi_str last = EPI_NIL;
    epi_jw_key(w, "groups");
    epi_jw_array(w);
    for (size_t i = 0; i < n; i++) {
        EPI_ARENA_LOCAL(a);
        struct epi_lever_words words;
        epi_str path = epi_str_of(levers[i].path),
                group = epi_str_sub(path, 0, epi_str_find(path, EPI_S("."), 0));
        if (epi_str_eq(group, last) || !epi_lever_group_words(epi_str_cz(a, group), &words))
            continue; /* what stands alone belongs to no group */
        last = group;
        epi_jw_object(w);
        epi_jw_kv(w, "group", group);
        words_json(w, "label", words.label);
        words_json(w, "help", words.hint);
        epi_jw_object_end(w);
    }
    epi_jw_array_end(w);
}

epi_status epi_do_scenario_levers(struct epi_call *call)
{
    struct epi_jw *w = &call->out;
    const struct epi_lever *levers;
    struct epi_scenario plain = epi_scenario_plain();
    size_t n = epi_levers(&levers);
    EPI_TRY(epi__need(call, EPI_MAY_RECORD_READ));
    epi_jw_object(w);
    groups_json(w, levers, n);
    epi_jw_key(w, "levers");
    epi_jw_array(w);
    for (size_t i = 0; i < n; i++)
        lever_json(w, &levers[i]);
    epi_jw_array_end(w);
    epi_jw_key(w, "plain"); /* a scenario in which nothing is done */
    epi_scenario_json(w, &plain);
    epi_jw_kvr(w, "most_person_days", EPI__SCENARIO_MOST);
    epi_jw_object_end(w);
    return EPI_OK;
}

static epi_status base_json(struct epi_call *call, const char *folder, epi_str name)
{
    const struct epi_fs *fs = &call->app->o.io->fs;
    struct epi_scenario s = epi_scenario_plain();
    epi_str text;
    EPI_TRY(fs->read(fs->ctx, call->a, epi__path(call->a, folder, epi_str_cz(call->a, name)),
                     BODY_MAX, &text, &call->err));
    EPI_TRY(epi_scenario_read(call->a, text, &s, &call->findings, &call->err));
    epi_jw_object(&call->out);
    epi_jw_kv(&call->out, "name", epi_str_sub(name, 0, name.n - strlen(".json")));
    epi_jw_kvz(&call->out, "title", s.title);
    epi_jw_key(&call->out, "levers");
    epi_scenario_json(&call->out, &s);
    epi_jw_object_end(&call->out);
    return EPI_OK;
}

epi_status epi_do_scenario_bases(struct epi_call *call)
{
    const struct epi_fs *fs = &call->app->o.io->fs;
    const char *folder = epi__path(call->a, call->app->o.share_dir, "data/scenarios");
    epi_str *names = NULL;
    size_t n = 0;
    EPI_TRY(epi__need(call, EPI_MAY_RECORD_READ));
    if (fs->exists(fs->ctx, folder))
        EPI_TRY(fs->list(fs->ctx, call->a, folder, &names, &n, &call->err));
    epi_jw_object(&call->out);
    epi_jw_key(&call->out, "rows");
    epi_jw_array(&call->out);
    for (size_t i = 0; i < n; i++)
        if (epi_str_ends(names[i], EPI_S(".json")))
            EPI_TRY(base_json(call, folder, names[i]));
    epi_jw_array_end(&call->out);
    epi_jw_object_end(&call->out);
    return EPI_OK;
}

/* --- starting one --- */
struct wanted {
    struct epi_scenario s;
    int64_t seed, runs;
    int32_t unit;
    epi_str note;
};

static void find(struct epi_call *call, const char *code, const char *field, epi_str arg)
{
    epi_finding_add(&call->findings, EPI_ERROR, code, 0, epi_str_of(field), arg, EPI_NIL);
}

static void take(char *to, size_t size, epi_str text)
{
    memset(to, 0, size);
    memcpy(to, text.p, text.n < size ? text.n : size - 1);
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
    if (!b->date[0])
        take(b->date, sizeof b->date, epi_str_of(epi_date_iso(epi_app_today(app), iso)));
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

static epi_status store(struct epi_call *call, const struct wanted *w, epi_id *ret)
{
    struct epi__edit e;
    epi_date first = EPI_DATE_UNKNOWN;
    EPI_BUF_LOCAL(levers, BODY_MAX);
    struct epi_jw jw = EPI_JW(&levers);
    epi_scenario_json(&jw, &w->s);
    (void)epi_date_parse_iso(epi_str_of(w->s.base.date), &first);
    epi__edit_new(call, &e, EPI_K_SCENARIO);
    epi__set(call, &e, EPI_SCENARIO_UNIT,
             epi_v_text(epi_units_at(call->app->units, w->unit)->path));
    epi__set(call, &e, EPI_SCENARIO_TITLE, epi_v_text(epi_str_of(w->s.title)));
    epi__set(call, &e, EPI_SCENARIO_LEVERS, epi_v_text(epi_buf_str(&levers)));
    epi__set(call, &e, EPI_SCENARIO_SEED, epi_v_int(w->seed));
    epi__set(call, &e, EPI_SCENARIO_RUNS, epi_v_int(w->runs));
    epi__set(call, &e, EPI_SCENARIO_DAYS, epi_v_int(w->s.days));
    epi__set(call, &e, EPI_SCENARIO_FIRST, epi_v_date(first));
    epi__set(call, &e, EPI_SCENARIO_STATUS, epi_v_text(EPI_S("queued")));
    if (w->note.n)
        epi__set(call, &e, EPI_SCENARIO_NOTE, epi_v_text(w->note));
    if (call->actor.user.v)
        epi__set(call, &e, EPI_SCENARIO_BY, epi_v_ref(call->actor.user));
    EPI_TRY(epi__write_edits(call, "scenario.create", EPI_NIL, &e, 1, NULL));
    *ret = e.change.id;
    return EPI_OK;
}

static epi_status answer(struct epi_call *call, epi_id id)
{
    struct epi_record *r;
    EPI_TRY(epi_store_get(call->app->store, call->a, EPI_K_SCENARIO, id, &call->actor.scope, &r,
                          &call->err));
    scenario_json(call, r, true);
    call->etag = r->version;
    return EPI_OK;
}

epi_status epi_do_scenario_create(struct epi_call *call)
{
    struct wanted w;
    epi_id id;
    EPI_TRY(epi__need(call, EPI_MAY_SCENARIO_RUN));
    EPI_TRY(read_wanted(call, &w));
    int64_t people = epi_units_at(call->app->units, w.unit)->population;
    if (people > 0) /* an unknown one is counted when the society is built */
        EPI_TRY(epi__scenario_fits((double)people * w.s.base.scale, w.s.days, w.runs, &call->err));
    if (!epi__queue_room(call->app->scenarios))
        return EPI_FAIL(&call->err, EPI_BUSY, "job.queue-full", "%s", "");
    EPI_TRY(store(call, &w, &id));
    epi__queue_put(call->app->scenarios, id);
    call->http_status = 201;
    return answer(call, id);
}

epi_status epi_do_scenario_stop(struct epi_call *call)
{
    struct epi_record *r;
    bool waiting;
    EPI_TRY(epi__need(call, EPI_MAY_SCENARIO_RUN));
    EPI_TRY(epi__scenario_arg(call, &r));
    if (!epi__queue_halt(call->app->scenarios, r->id, &waiting))
        return EPI_FAIL(&call->err, EPI_CONFLICT, "scenario.over", "%s", "");
    if (waiting) {
        struct epi__edit e;
        epi__edit_of(&e, r);
        epi__set(call, &e, EPI_SCENARIO_STATUS, epi_v_text(EPI_S("stopped")));
        EPI_TRY(epi__write_edits(call, "scenario.stop", EPI_NIL, &e, 1, NULL));
    }
    return answer(call, r->id);
}
