// SPDX-License-Identifier: AGPL-3.0-or-later
/* What may be done at a level: the measures pack, activity by activity. */
#include "level/level.h"
#include "ops/figures.h"

static epi_status level_arg(struct epi_call *call, int32_t unit, epi_date on,
                            const struct epi_pack *pack, int64_t *ret)
{
    epi_str text = epi_arg(call, "level");
    int slot = epi_policy_fact_index(pack, EPI_S("level"));
    struct epi__level_now now;
    if (text.n) {
        bool known = epi_str_to_i64(text, ret) &&
                     (slot < 0 || epi_fact_fits(pack, (size_t)slot, epi_fact_number((double)*ret)));
        return known ? EPI_OK
                     : EPI_FAIL(&call->err, EPI_INVALID, "measures.level", "%.*s", EPI_FMT(text));
    }
    EPI_TRY(epi__level_now(call, unit, on, &now));
    if (now.level == EPI_LEVEL_NONE)
        return EPI_FAIL(&call->err, EPI_NOT_FOUND, "measures.no-level", "%s", "");
    *ret = now.level;
    return EPI_OK;
}

/* Levels the pack has measures for. */
static void range_json(struct epi_jw *w, const struct epi_pack *pack)
{
    struct epi_slot_info level = {.has_min = false};
    int slot = epi_policy_fact_index(pack, EPI_S("level"));
    if (slot >= 0)
        epi_pack_slot(pack, (size_t)slot, &level);
    epi_jw_key(w, "range");
    if (!level.has_min || !level.has_max) {
        epi_jw_null(w);
        return;
    }
    epi_jw_array(w);
    epi_jw_int(w, (int64_t)level.min);
    epi_jw_int(w, (int64_t)level.max);
    epi_jw_array_end(w);
}

static void row_json(struct epi_call *call, const struct epi_policy *b, size_t activity_slot,
                     epi_str activity, int64_t level)
{
    const struct epi_pack *pack = epi_policy_pack(b);
    struct epi_pack_info info;
    struct epi_jw *w = &call->out;
    epi_pack_get(pack, &info);
    struct epi_fact *facts = EPI_ARRAY(call->a, info.slots_n, struct epi_fact);
    struct epi_decision *d = EPI_ARRAY(call->a, info.tables_n, struct epi_decision);
    int level_slot = epi_policy_fact_index(pack, EPI_S("level"));
    facts[activity_slot] = epi_fact_word(pack, activity_slot, activity);
    if (level_slot >= 0)
        facts[level_slot] = epi_fact_number((double)level);
    epi_policy_run(b, facts, d);
    epi_jw_object(w);
    epi_jw_kv(w, "activity", activity);
    for (size_t s = info.facts_n; s < info.slots_n; s++) {
        struct epi_slot_info slot;
        epi_pack_slot(pack, s, &slot);
        epi_jw_keys(w, slot.name);
        epi_policy_value_json(w, pack, s, facts[s]);
    }
    for (size_t t = 0; t < info.tables_n; t++) {
        struct epi_row_info row;
        if (d[t].row < 0)
            continue;
        epi_pack_row(pack, t, (size_t)d[t].row, &row);
        epi_jw_kv(w, "row", row.id);
        epi_jw_key(w, "text");
        epi_jw_object(w);
        epi_jw_kv(w, "vi", row.why[EPI_VI]);
        epi_jw_kv(w, "en", row.why[EPI_EN]);
        epi_jw_object_end(w);
        epi_jw_kv(w, "source", row.source_title.n ? row.source_title : row.source);
        epi_jw_kvz(w, "confidence", epi_confidence_word(row.confidence));
        break;
    }
    epi_jw_object_end(w);
}

epi_status epi_do_measures(struct epi_call *call)
{
    epi_date on;
    int64_t level;
    int32_t unit;
    struct epi_pack_info info;
    EPI_TRY(epi__need(call, EPI_MAY_POLICY_READ));
    EPI_TRY(epi__date_arg(call, "on", &on));
    if (!epi_arg(call, "as_of").n) /* units are looked up in the tree of the day asked for */
        epi_call_arg(call, EPI_S("as_of"), epi_arg(call, "on"));
    EPI_TRY(epi__unit_arg(call, "unit", &unit));
    epi_str id = epi_arg(call, "policy");
    const struct epi_pack *pack = id.n ? epi_policy_by_id(call->app->policies, id)
                                       : epi__pack_for(call, EPI_KIND_MEASURES, unit, on);
    if (!pack)
        return EPI_FAIL(&call->err, EPI_NOT_FOUND, "measures.no-pack", "%s", "");
    EPI_TRY(level_arg(call, unit, on, pack, &level));
    int slot = epi_policy_fact_index(pack, EPI_S("activity"));
    if (slot < 0)
        return EPI_FAIL(&call->err, EPI_NOT_FOUND, "measures.no-pack", "%s", "");
    struct epi_slot_info activities;
    epi_pack_get(pack, &info);
    epi_pack_slot(pack, (size_t)slot, &activities);
    const struct epi_policy *b = epi_policy_bind(call->a, pack, on, epi__disease(call));
    epi_jw_object(&call->out);
    epi_jw_kvi(&call->out, "level", level);
    range_json(&call->out, pack);
    epi_jw_kv(&call->out, "policy", info.id);
    epi_jw_kv(&call->out, "authority", info.authority);
    epi_jw_kv(&call->out, "source", info.symbol);
    epi_jw_key(&call->out, "rows");
    epi_jw_array(&call->out);
    for (size_t i = 0; i < activities.words_n; i++)
        row_json(call, b, (size_t)slot, activities.words[i], level);
    epi_jw_array_end(&call->out);
    epi_jw_object_end(&call->out);
    return EPI_OK;
}
