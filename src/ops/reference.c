// SPDX-License-Identifier: AGPL-3.0-or-later
/* Reading what does not change with the epidemic: kinds, units, maps, rules; and the audit. */
#include "ops/rules.h"
#include <sodium.h>

epi_status epi_do_catalogue(struct epi_call *call)
{
    epi_catalogue_json(&call->out, call->app->catalogue);
    return EPI_OK;
}

/* --- units
 * ----------------------------------------------------------------------------------------------------------
 */
static void unit_members(struct epi_call *call, int32_t at, epi_date on)
{
    const struct epi_units *units = call->app->units;
    const struct epi_unit *u = epi_units_at(units, at);
    struct epi_jw *w = &call->out;
    char d[16];
    epi_jw_kv(w, "path", u->path);
    epi_jw_kv(w, "code", u->code);
    epi_jw_kv(w, "name", u->name);
    epi_jw_kv(w, "full_name", u->full_name);
    epi_jw_kv(w, "type", u->type);
    epi_jw_kvi(w, "level", u->level);
    epi_jw_key(w, "population");
    if (u->population < 0)
        epi_jw_null(w);
    else
        epi_jw_int(w, u->population);
    epi_jw_kvr(w, "lat", u->lat); /* NaN writes null */
    epi_jw_kvr(w, "lon", u->lon);
    epi_jw_kvz(w, "valid_from", epi_date_known(u->from) ? epi_date_iso(u->from, d) : NULL);
    epi_jw_kvz(w, "valid_to", epi_date_known(u->to) ? epi_date_iso(u->to, d) : NULL);
    epi_jw_kvi(w, "children", (int64_t)epi_units_children(units, at, on, NULL, 0));
}

static void unit_json(struct epi_call *call, int32_t at, epi_date on)
{
    epi_jw_object(&call->out);
    unit_members(call, at, on);
    epi_jw_object_end(&call->out);
}

static void search_units(struct epi_call *call, epi_str words, epi_date on)
{
    const struct epi_units *units = call->app->units;
    epi_str folded = epi_text_fold(call->a, words);
    size_t found = 0;
    for (int32_t i = 0; folded.n && found < 50 && i < (int32_t)epi_units_count(units); i++) {
        const struct epi_unit *u = epi_units_at(units, i);
        bool match = epi_str_find(u->folded, folded, 0) != SIZE_MAX || epi_str_eq(u->code, words);
        if (!match || !epi_unit_valid_on(u, on) || !epi_scope_has(&call->actor.scope, u->path))
            continue;
        unit_json(call, i, on);
        found++;
    }
}

epi_status epi_do_units(struct epi_call *call)
{
    const struct epi_units *units = call->app->units;
    epi_date on;
    int32_t parent;
    EPI_TRY(epi__date_arg(call, "on", &on));
    epi_str q = epi_arg(call, "q");
    epi_jw_object(&call->out);
    epi_jw_key(&call->out, "rows");
    epi_jw_array(&call->out);
    if (q.n) {
        search_units(call, q, on);
    } else {
        epi_str text = epi_arg(call, "parent");
        parent = text.n ? epi_units_by_path(units, text) : epi_units_root(units);
        if (parent < 0)
            return EPI_FAIL(&call->err, EPI_NOT_FOUND, "unit.unknown", "%.*s", EPI_FMT(text));
        size_t n = epi_units_children(units, parent, on, NULL, 0);
        int32_t *list = EPI_ARRAY(call->a, n ? n : 1, int32_t);
        n = epi_units_children(units, parent, on, list, n);
        for (size_t i = 0; i < n; i++)
            unit_json(call, list[i], on);
    }
    epi_jw_array_end(&call->out);
    epi_jw_object_end(&call->out);
    return EPI_OK;
}

epi_status epi_do_unit(struct epi_call *call)
{
    const struct epi_units *units = call->app->units;
    epi_date on;
    epi_str path = epi_arg(call, "path");
    EPI_TRY(epi__date_arg(call, "on", &on));
    int32_t at = epi_units_by_path(units, path), chain[32];
    if (at < 0)
        return EPI_FAIL(&call->err, EPI_NOT_FOUND, "unit.unknown", "%.*s", EPI_FMT(path));
    epi_jw_object(&call->out);
    unit_members(call, at, on);
    epi_jw_key(&call->out, "ancestors");
    epi_jw_array(&call->out);
    int n = 0;
    for (int32_t p = epi_units_at(units, at)->parent; p >= 0 && n < 32;
         p = epi_units_at(units, p)->parent)
        chain[n++] = p;
    while (n-- > 0) {
        epi_jw_object(&call->out);
        epi_jw_kv(&call->out, "path", epi_units_at(units, chain[n])->path);
        epi_jw_kv(&call->out, "name", epi_units_at(units, chain[n])->full_name);
        epi_jw_object_end(&call->out);
    }
    epi_jw_array_end(&call->out);
    const epi_str *authorities;
    size_t n_authorities = epi__authorities(call->app, call->a, at, &authorities);
    epi_jw_key(&call->out, "authorities"); /* whose rules it follows, in order; none = any */
    epi_jw_array(&call->out);
    for (size_t i = 0; i < n_authorities; i++)
        epi_jw_text(&call->out, authorities[i]);
    epi_jw_array_end(&call->out);
    epi_jw_object_end(&call->out);
    return EPI_OK;
}

epi_status epi_do_map_layers(struct epi_call *call)
{
    const epi_str *names;
    size_t n = epi_units_layer_names(call->app->units, &names);
    epi_jw_object(&call->out);
    epi_jw_key(&call->out, "layers");
    epi_jw_array(&call->out);
    for (size_t i = 0; i < n; i++)
        epi_jw_text(&call->out, names[i]);
    epi_jw_array_end(&call->out);
    epi_jw_kv(&call->out, "attribution", epi_units_attribution(call->app->units));
    epi_jw_object_end(&call->out);
    return EPI_OK;
}

epi_status epi_do_map(struct epi_call *call)
{
    epi_str text;
    EPI_TRY(epi_units_layer(call->app->units, &call->app->o.io->fs, call->a, epi_arg(call, "layer"),
                            &text, &call->err));
    epi_jw_raw(&call->out, text);
    call->etag = epi_str_hash(text);
    return EPI_OK;
}

/* --- rules
 * ------------------------------------------------------------------------------------------------------------
 */
static void both(struct epi_jw *w, const char *key, const epi_str text[2])
{
    epi_jw_key(w, key);
    epi_jw_object(w);
    epi_jw_kv(w, "vi", text[EPI_VI]);
    epi_jw_kv(w, "en", text[EPI_EN]);
    epi_jw_object_end(w);
}

static size_t unverified_rows(const struct epi_pack *p, const struct epi_pack_info *info,
                              size_t *ret_rows)
{
    size_t n = 0;
    *ret_rows = 0;
    for (size_t t = 0; t < info->tables_n; t++) {
        struct epi_table_info table;
        epi_pack_table(p, t, &table);
        *ret_rows += table.rows_n;
        for (size_t r = 0; r < table.rows_n; r++) {
            struct epi_row_info row;
            epi_pack_row(p, t, r, &row);
            n += row.confidence == EPI_UNVERIFIED;
        }
    }
    return n;
}

static void pack_members(struct epi_jw *w, const struct epi_pack *p,
                         const struct epi_pack_info *info)
{
    size_t rows, unverified = unverified_rows(p, info, &rows);
    char d[16];
    epi_jw_kv(w, "id", info->id);
    epi_jw_kvz(w, "topic", epi_policy_kind_word(info->kind));
    epi_jw_kv(w, "document", info->symbol);
    both(w, "title", info->title);
    epi_jw_kv(w, "authority", info->authority);
    epi_jw_kvz(w, "from", epi_date_known(info->from) ? epi_date_iso(info->from, d) : NULL);
    epi_jw_kvz(w, "to", epi_date_known(info->to) ? epi_date_iso(info->to, d) : NULL);
    epi_jw_kvb(w, "enabled", !info->disabled);
    if (info->disabled)
        both(w, "disabled_why", info->disabled_why);
    epi_jw_kvi(w, "rows", (int64_t)rows);
    epi_jw_kvi(w, "unverified", (int64_t)unverified);
    epi_jw_kvi(w, "examples", (int64_t)info->examples_n);
}

epi_status epi_do_policies(struct epi_call *call)
{
    const struct epi_policies *set = call->app->policies;
    EPI_TRY(epi__need(call, EPI_MAY_POLICY_READ));
    epi_jw_object(&call->out);
    epi_jw_key(&call->out, "rows");
    epi_jw_array(&call->out);
    for (size_t i = 0; i < epi_policies_count(set); i++) {
        struct epi_pack_info info;
        epi_pack_get(epi_policies_at(set, i), &info);
        epi_jw_object(&call->out);
        pack_members(&call->out, epi_policies_at(set, i), &info);
        epi_jw_object_end(&call->out);
    }
    epi_jw_array_end(&call->out);
    epi_jw_object_end(&call->out);
    return EPI_OK;
}

static void table_json(struct epi_jw *w, const struct epi_pack *p, size_t t)
{
    struct epi_table_info table;
    epi_pack_table(p, t, &table);
    epi_jw_object(w);
    epi_jw_kv(w, "name", table.name);
    both(w, "title", table.title);
    epi_jw_key(w, "rows");
    epi_jw_array(w);
    for (size_t r = 0; r < table.rows_n; r++) {
        struct epi_row_info row;
        epi_pack_row(p, t, r, &row);
        epi_jw_object(w);
        epi_jw_kv(w, "id", row.id);
        both(w, "why", row.why);
        epi_jw_kv(w, "source", row.source_title.n ? row.source_title : row.source);
        epi_jw_kv(w, "url", row.source_url);
        epi_jw_kvz(w, "confidence", epi_confidence_word(row.confidence));
        epi_jw_object_end(w);
    }
    epi_jw_array_end(w);
    epi_jw_object_end(w);
}

epi_status epi_do_policy(struct epi_call *call)
{
    struct epi_pack_info info;
    epi_str id = epi_arg(call, "id"), text;
    EPI_TRY(epi__need(call, EPI_MAY_POLICY_READ));
    const struct epi_pack *p = epi_policy_by_id(call->app->policies, id);
    if (!p)
        return EPI_FAIL(&call->err, EPI_NOT_FOUND, "policy.no-such-pack", "%.*s", EPI_FMT(id));
    epi_pack_get(p, &info);
    epi_jw_object(&call->out);
    pack_members(&call->out, p, &info);
    epi_jw_key(&call->out, "tables");
    epi_jw_array(&call->out);
    for (size_t t = 0; t < info.tables_n; t++)
        table_json(&call->out, p, t);
    epi_jw_array_end(&call->out);
    /* the pack itself, as its authors wrote it: conditions, parameters, examples */
    const struct epi_fs *fs = &call->app->o.io->fs;
    if (fs->read(fs->ctx, call->a, epi_str_cz(call->a, info.path), EPI_POLICY_FILE_MAX, &text,
                 NULL) == EPI_OK) {
        epi_jw_key(&call->out, "pack");
        epi_jw_raw(&call->out, text);
    }
    epi_jw_object_end(&call->out);
    return EPI_OK;
}

/* --- audit
 * -------------------------------------------------------------------------------------------------------------
 */
#define AUDIT_PAGE 200

epi_status epi_do_audit(struct epi_call *call)
{
    int64_t before = (int64_t)epi_store_seq(call->app->store);
    epi_str cursor = epi_arg(call, "cursor");
    struct epi_op *ops;
    size_t n;
    char text[40];
    EPI_TRY(epi__need(call, EPI_MAY_AUDIT_READ));
    if (cursor.n && (!epi_str_to_i64(cursor, &before) || before < 0))
        return EPI_FAIL(&call->err, EPI_INVALID, "list.cursor", "%s", "");
    int64_t since = before > AUDIT_PAGE ? before - AUDIT_PAGE : 0;
    EPI_TRY(epi_store_ops_since(call->app->store, call->a, (uint64_t)since,
                                (size_t)(before - since), &ops, &n, &call->err));
    struct epi_jw *w = &call->out;
    epi_jw_object(w);
    epi_jw_key(w, "rows");
    epi_jw_array(w);
    for (size_t i = n; i-- > 0;) {
        if (!epi_scope_has(&call->actor.scope, ops[i].scope))
            continue;
        epi_jw_object(w);
        epi_jw_kvi(w, "seq", (int64_t)ops[i].seq);
        epi_jw_kvz(w, "op_id", epi_opid_text(&ops[i].op_id, text));
        epi_jw_kv(w, "action", ops[i].action);
        epi_jw_kv(w, "author",
                  ops[i].author.v ? epi__label(call, EPI_K_USER, ops[i].author) : EPI_S("Cordon"));
        epi_jw_kv(w, "scope", ops[i].scope);
        epi_jw_kvz(w, "server_time", epi_instant_iso(ops[i].server_time, text));
        epi_jw_kvi(w, "changes", (int64_t)ops[i].n_changes);
        epi_jw_kv(w, "reason", ops[i].reason);
        if (ops[i].detail.n &&
            !ops[i].n_changes) { /* of a write: only which request it came with */
            epi_jw_key(w, "detail");
            epi_jw_raw(w, ops[i].detail);
        }
        epi_jw_object_end(w);
    }
    epi_jw_array_end(w);
    epi_jw_kv(w, "next", since ? epi_str_printf(call->a, "%lld", (long long)since) : EPI_NIL);
    epi_jw_object_end(w);
    return EPI_OK;
}

epi_status epi_do_verify(struct epi_call *call)
{
    struct epi_verify_report r;
    char hex[65];
    EPI_TRY(epi__need(call, EPI_MAY_AUDIT_READ));
    EPI_TRY(epi_store_verify(call->app->store, &r, &call->findings, &call->err));
    bool sound =
        !(r.bad_hash | r.bad_order | r.repeated_op | r.differing | r.missing | r.extra | r.damaged);
    sodium_bin2hex(hex, sizeof hex, r.head, sizeof r.head);
    struct epi_jw *w = &call->out;
    epi_jw_object(w);
    epi_jw_kvb(w, "sound", sound);
    epi_jw_kvi(w, "operations", (int64_t)r.ops);
    epi_jw_kvi(w, "records", (int64_t)r.records);
    epi_jw_kvi(w, "bad_hash", (int64_t)r.bad_hash);
    epi_jw_kvi(w, "bad_order", (int64_t)r.bad_order);
    epi_jw_kvi(w, "repeated_operation", (int64_t)r.repeated_op);
    epi_jw_kvi(w, "differing", (int64_t)r.differing);
    epi_jw_kvi(w, "missing", (int64_t)r.missing);
    epi_jw_kvi(w, "extra", (int64_t)r.extra);
    epi_jw_kvi(w, "damaged", (int64_t)r.damaged);
    epi_jw_kvz(w, "head", hex);
    epi_jw_key(w, "findings");
    epi_jw_findings(w, &call->findings, call->actor.lang);
    epi_jw_object_end(w);
    if (!sound)
        return EPI_FAIL(&call->err, EPI_CORRUPT, "verify.not-sound", "%s", "");
    return EPI_OK;
}
