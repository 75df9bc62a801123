// SPDX-License-Identifier: AGPL-3.0-or-later
#include "ops/rules.h"
#include "level/level.h"

#define AUTHORITIES_MAX 34 /* a unit, those above it, and the default */

static bool has_packs(const struct epi_policies *set, epi_str authority)
{
    for (size_t i = 0; i < epi_policies_count(set); i++) {
        struct epi_pack_info info;
        epi_pack_get(epi_policies_at(set, i), &info);
        if (epi_str_eq(info.authority, authority))
            return true;
    }
    return false;
}

/* A line about a unit of another country is no mistake: the file serves every reference pack. */
static void take_line(struct epi_app *app, const epi_json *line, struct epi_findings *findings)
{
    int32_t unit = epi_units_by_path(app->units, line->key);
    epi_str country = epi_units_at(app->units, epi_units_root(app->units))->path;
    if (line->type != EPI_JSON_TEXT || !line->text.n) {
        epi_finding_add(findings, EPI_WARNING, "rules.authority-no-name", 0,
                        EPI_S("policies/authorities.json"), line->key, EPI_NIL);
    } else if (unit < 0) {
        if (epi_str_starts(line->key, country))
            epi_finding_add(findings, EPI_WARNING, "rules.authority-of-no-unit", 0,
                            EPI_S("policies/authorities.json"), line->key, EPI_NIL);
    } else {
        app->authority[unit] = line->text;
        if (!has_packs(app->policies, line->text))
            epi_finding_add(findings, EPI_WARNING, "rules.authority-without-packs", 0,
                            EPI_S("policies/authorities.json"), line->text, line->key);
    }
}

epi_status epi__authorities_load(struct epi_app *app, struct epi_findings *findings,
                                 struct epi_err *reterr)
{
    const struct epi_fs *fs = &app->o.io->fs;
    const epi_json *j;
    epi_str text;
    if (!fs->exists(fs->ctx, epi__path(app->a, app->o.data_dir, "policies/authorities.json")))
        return EPI_OK;
    EPI_TRY(epi__data_file(app, app->a, "policies/authorities.json", 1 << 20, &text, reterr));
    EPI_TRY(epi_json_parse(app->a, text, 1 << 20, &j, reterr));
    app->authority = EPI_ARRAY(app->a, epi_units_count(app->units), epi_str);
    EPI_JSON_EACH (line, epi_json_get(j, "units"))
        take_line(app, line, findings);
    return EPI_OK;
}

static int32_t climb(const struct epi_app *app, int32_t unit)
{
    while (unit >= 0 && !app->authority[unit].n)
        unit = epi_units_at(app->units, unit)->parent;
    return unit;
}

int32_t epi__ruled_by(const struct epi_app *app, int32_t unit)
{
    if (!app->authority)
        return -1;
    return climb(app, unit < 0 ? epi_units_root(app->units) : unit);
}

size_t epi__authorities(const struct epi_app *app, struct epi_arena *a, int32_t unit,
                        const epi_str **ret)
{
    if (!app->authority)
        return 0;
    epi_str *list = EPI_ARRAY(a, AUTHORITIES_MAX, epi_str);
    size_t n = 0;
    for (int32_t u = epi__ruled_by(app, unit); u >= 0 && n < AUTHORITIES_MAX - 1;
         u = climb(app, epi_units_at(app->units, u)->parent))
        list[n++] = app->authority[u];
    list[n++] = EPI_S(EPI_POLICY_DEFAULT);
    *ret = list;
    return n;
}

epi_str epi__disease(const struct epi_call *call)
{
    epi_str d = epi_arg(call, "disease");
    return d.n ? d : call->app->disease;
}

const struct epi_pack *epi__pack_for(struct epi_call *call, epi_policy_kind kind, int32_t unit,
                                     epi_date on)
{
    struct epi_policy_query q = {.kind = kind, .date = on, .disease = epi__disease(call)};
    q.authorities_n = epi__authorities(call->app, call->a, unit, &q.authorities);
    return epi_policy_find(call->app->policies, &q);
}

struct epi_level_query epi__level_query(struct epi_call *call, int32_t unit)
{
    struct epi_level_query q = {.disease = epi__disease(call),
                                .policy_id = epi_arg(call, "policy")};
    q.authorities_n = epi__authorities(call->app, call->a, unit, &q.authorities);
    return q;
}

double epi__rule_number(struct epi_call *call, epi_policy_kind kind, int32_t unit, epi_date on,
                        const char *name, double otherwise)
{
    static const epi_str defaults[] = {EPI_SC(EPI_POLICY_DEFAULT)};
    struct epi_policy_query last = {.kind = kind,
                                    .date = on,
                                    .disease = epi__disease(call),
                                    .authorities = defaults,
                                    .authorities_n = 1};
    const struct epi_pack *packs[] = {epi__pack_for(call, kind, unit, on),
                                      epi_policy_find(call->app->policies, &last)};
    for (size_t i = 0; i < EPI_COUNT(packs); i++) {
        if (!packs[i])
            continue;
        struct epi_fact f = epi_policy_param(
            epi_policy_bind(call->a, packs[i], on, epi__disease(call)), epi_str_of(name));
        if (f.known)
            return f.v;
    }
    return otherwise;
}

struct epi__rule epi__rule_of(const struct epi_pack *p)
{
    struct epi_pack_info info = {.id = EPI_NIL};
    if (p)
        epi_pack_get(p, &info);
    return (struct epi__rule){.id = info.id, .document = info.symbol, .authority = info.authority};
}

void epi__rule_json(struct epi_jw *w, const char *key, const struct epi__rule *r)
{
    epi_jw_key(w, key);
    if (!r->id.n) {
        epi_jw_null(w);
        return;
    }
    epi_jw_object(w);
    epi_jw_kv(w, "id", r->id);
    epi_jw_kv(w, "document", r->document);
    epi_jw_kv(w, "authority", r->authority);
    epi_jw_kvz(w, "confidence", epi_confidence_word(r->confidence));
    epi_jw_object_end(w);
}
