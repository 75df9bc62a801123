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

epi_status epi__scenario_get(struct epi_app *app, struct epi_arena *a, epi_id id,
                             const struct epi_scope *scope, struct epi_record **ret,
                             struct epi_err *reterr)
{
    return epi_store_get(app->store, a, EPI_K_SCENARIO, id, scope, ret, reterr);
}

epi_status epi__scenario_arg(struct epi_call *call, struct epi_record **ret)
{
    epi_id id;
    EPI_TRY(epi__need(call, EPI_MAY_RECORD_READ));
    EPI_TRY(epi__id_arg(call, "id", &id));
    return epi__scenario_get(call->app, call->a, id, &call->actor.scope, ret, &call->err);
}

/* --- what it is called --- */
epi_status epi__shared_file(struct epi_call *call, const char *name, epi_str *ret)
{
    const struct epi_fs *fs = &call->app->o.io->fs;
    return fs->read(fs->ctx, call->a, epi__path(call->a, call->app->o.share_dir, name), BODY_MAX,
                    ret, &call->err);
}
epi_status epi__plans(struct epi_call *call, const epi_json **ret)
{
    const epi_json *j;
    epi_str text;
    EPI_TRY(epi__shared_file(call, "data/plans.json", &text));
    EPI_TRY(epi_json_parse(call->a, text, BODY_MAX, &j, &call->err));
    *ret = epi_json_get(j, "plans");
    return EPI_OK;
}
epi_str epi__plan_title(struct epi_call *call, const epi_json *plan, epi_str unit)
{
    epi_str name = epi_json_text(plan, "scenario", EPI_NIL);
    epi_str word =
        epi_json_text(epi_json_get(plan, "title"), call->actor.lang == EPI_VI ? "vi" : "en", name);
    return epi_str_printf(call->a, "%.*s: %.*s", EPI_FMT(epi__unit_name(call, unit)),
                          EPI_FMT(word));
}
epi_str epi__scenario_title(struct epi_call *call, const struct epi_record *r)
{
    epi_str title = epi_v_as_text(r->v[EPI_SCENARIO_TITLE]),
            key = epi_v_as_text(r->v[EPI_SCENARIO_PLAN]);
    const epi_json *plans;
    struct epi_err before = call->err;
    if (key.n && epi__plans(call, &plans) == EPI_OK)
        EPI_JSON_EACH (plan, plans)
            if (epi_str_eq(epi_json_text(plan, "scenario", EPI_NIL), key))
                title = epi__plan_title(call, plan, epi_v_as_text(r->v[EPI_SCENARIO_UNIT]));
    call->err = before; /* a plan no longer shipped leaves the title that was kept */
    return title;
}

/* What it was made for, as people call it; nothing of a document one may not see. */
static void put_attached(struct epi_call *call, const struct epi_record *r)
{
    struct epi_record *item;
    epi_id id = epi_v_as_ref(r->v[EPI_SCENARIO_ASSIGNMENT]);
    epi_jw_kv(&call->out, "directive_name",
              epi__label(call, EPI_K_DIRECTIVE, epi_v_as_ref(r->v[EPI_SCENARIO_DIRECTIVE])));
    epi_jw_kv(&call->out, "assignment_name", epi__label(call, EPI_K_ASSIGNMENT, id));
    if (id.v && epi_store_get(call->app->store, call->a, EPI_K_ASSIGNMENT, id, &call->actor.scope,
                              &item, NULL) == EPI_OK)
        epi_jw_kv(&call->out, "assignment_text",
                  epi_str_sub(epi_v_as_text(item->v[EPI_ASSIGNMENT_TEXT]), 0, 400));
}

/* The record's members, how far it is, and its unit's name. A list leaves levers and summary out.
 */
static void scenario_json(struct epi_call *call, struct epi_record *r, bool whole)
{
    struct epi_jw *w = &call->out;
    uint64_t far[2];
    if (!whole)
        r->v[EPI_SCENARIO_LEVERS] = r->v[EPI_SCENARIO_SUMMARY] = EPI_NULLV;
    r->v[EPI_SCENARIO_TITLE] = epi_v_text(epi__scenario_title(call, r));
    epi_jw_object(w);
    epi_record_members(w, call->app->catalogue, r, false);
    epi_jw_kv(w, "by_name", epi__label(call, EPI_K_USER, epi_v_as_ref(r->v[EPI_SCENARIO_BY])));
    epi_jw_kv(w, "unit_name", epi__unit_name(call, epi_v_as_text(r->v[EPI_SCENARIO_UNIT])));
    put_attached(call, r);
    if (epi__queue_progress(call->app->scenarios, r->id, far)) {
        epi_jw_key(w, "progress");
        epi_jw_object(w);
        epi_jw_kvi(w, "run", (int64_t)far[0]);
        epi_jw_kvi(w, "day", (int64_t)far[1]);
        epi_jw_object_end(w);
    }
    epi_jw_object_end(w);
}

epi_status epi__scenario_answer(struct epi_call *call, epi_id id)
{
    struct epi_record *r;
    EPI_TRY(epi__scenario_get(call->app, call->a, id, &call->actor.scope, &r, &call->err));
    scenario_json(call, r, true);
    call->etag = r->version;
    return EPI_OK;
}

/* --- looking --- */
void epi__scenario_rows(struct epi_call *call, struct epi_record *rows, size_t n)
{
    epi_jw_key(&call->out, "rows");
    epi_jw_array(&call->out);
    for (size_t i = 0; i < n; i++)
        scenario_json(call, &rows[i], false);
    epi_jw_array_end(&call->out);
}

epi_status epi_do_scenarios(struct epi_call *call)
{
    struct epi_query q;
    struct epi_filter filters[EPI_FILTERS_MAX];
    struct epi_page page;
    EPI_TRY(epi__need(call, EPI_MAY_RECORD_READ));
    EPI_TRY(epi__query_args(call, EPI_K_SCENARIO, &q, filters));
    EPI_TRY(epi__find_page(call, &q, &page));
    epi_jw_object(&call->out);
    epi__scenario_rows(call, page.rows, page.n);
    epi__page_end(call, &q, &page);
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

static void choices_json(struct epi_jw *w, const struct epi_lever *l)
{
    const char *const values[] = {"", l->word};
    epi_jw_key(w, "choices");
    epi_jw_array(w);
    for (size_t i = 0; i < EPI_COUNT(values); i++) {
        struct epi_lever_words words;
        EPI_ASSERT(epi_lever_choice_words(l->path, values[i], &words));
        epi_jw_object(w);
        epi_jw_kvz(w, "value", values[i]);
        words_json(w, "label", words.label);
        epi_jw_object_end(w);
    }
    epi_jw_array_end(w);
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
        if (l->word)
            choices_json(w, l);
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
