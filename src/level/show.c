// SPDX-License-Identifier: AGPL-3.0-or-later
/* A level with its evidence, for programs and for people. */
#include "level_internal.h"

static void row_json(struct epi_jw *w, const struct epi_pack *p, size_t table,
                     const struct epi_decision *d, epi_lang lang)
{
    struct epi_row_info row;
    epi_jw_kvz(w, "state", epi_decided_word(d->state));
    if (d->row < 0) {
        epi_jw_key(w, "row");
        epi_jw_null(w);
        return;
    }
    epi_pack_row(p, table, (size_t)d->row, &row);
    epi_jw_kv(w, "row", row.id);
    epi_jw_kv(w, "why", row.why[lang]);
    epi_jw_kv(w, "source", row.source_title);
    if (row.source_url.n)
        epi_jw_kv(w, "url", row.source_url);
    epi_jw_kvz(w, "confidence", epi_confidence_word(row.confidence));
}

static void slots_json(struct epi_jw *w, const struct epi_level *l, const uint16_t *slots, size_t n)
{
    const struct epi_pack *p = epi_policy_pack(l->policy);
    struct epi_slot_info s;
    for (size_t i = 0; i < n; i++) {
        epi_pack_slot(p, slots[i], &s);
        epi_jw_keys(w, s.name);
        epi_policy_value_json(w, p, slots[i], l->facts[slots[i]]);
    }
}

static void criteria_json(struct epi_jw *w, const struct epi_level *l, epi_lang lang)
{
    const struct epi_pack *p = epi_policy_pack(l->policy);
    struct epi_pack_info info;
    struct epi_table_info t;
    epi_pack_get(p, &info);
    epi_jw_key(w, "criteria");
    epi_jw_object(w);
    for (size_t i = 0; i < info.tables_n; i++) {
        epi_pack_table(p, i, &t);
        if (!epi_str_eqz(t.role, "criterion"))
            continue;
        epi_jw_keys(w, t.name);
        epi_jw_object(w);
        epi_jw_kv(w, "title", t.title[lang]);
        slots_json(w, l, t.reads, t.reads_n);
        slots_json(w, l, t.outputs, t.outputs_n);
        row_json(w, p, i, &l->decisions[i], lang);
        epi_jw_object_end(w);
    }
    epi_jw_object_end(w);
}

static void adjustment_json(struct epi_jw *w, const struct epi_level *l, const char *kind,
                            int table, bool used, epi_lang lang)
{
    const struct epi_pack *p = epi_policy_pack(l->policy);
    struct epi_table_info t;
    if (table < 0)
        return;
    epi_pack_table(p, (size_t)table, &t);
    epi_jw_object(w);
    epi_jw_kvz(w, "kind", kind);
    epi_jw_kvb(w, "applied", used);
    slots_json(w, l, t.outputs, t.outputs_n);
    row_json(w, p, (size_t)table, &l->decisions[table], lang);
    epi_jw_object_end(w);
}

static void adjustments_json(struct epi_jw *w, const struct epi_level *l, epi_lang lang)
{
    epi_jw_key(w, "adjustments");
    epi_jw_array(w);
    adjustment_json(w, l, "raise", l->raise_table, l->raised, lang);
    adjustment_json(w, l, "hold", l->hold_table, l->held, lang);
    if (l->overridden) {
        epi_jw_object(w);
        epi_jw_kvz(w, "kind", "override");
        epi_jw_kvb(w, "applied", true);
        epi_jw_kvi(w, "level", l->level);
        epi_jw_kv(w, "why", l->in.override_reason);
        epi_jw_kv(w, "source", l->in.override_source);
        epi_jw_object_end(w);
    }
    epi_jw_array_end(w);
}

static void level_or_null(struct epi_jw *w, const char *key, int level)
{
    epi_jw_key(w, key);
    if (level == EPI_LEVEL_NONE)
        epi_jw_null(w);
    else
        epi_jw_int(w, level);
}

static void date_json(struct epi_jw *w, const char *key, epi_date d)
{
    char iso[16];
    epi_jw_kvz(w, key, epi_date_known(d) ? epi_date_iso(d, iso) : NULL);
}

static void window_json(struct epi_jw *w, const struct epi_level *l)
{
    epi_jw_key(w, "window");
    epi_jw_object(w);
    date_json(w, "from", epi_date_plus(l->in.date, (epi_days){1 - l->window_days}));
    date_json(w, "to", l->in.date);
    epi_jw_kvi(w, "days", l->window_days);
    epi_jw_kvi(w, "days_reported", l->days_reported);
    epi_jw_kvi(w, "community_cases", l->window_cases);
    epi_jw_object_end(w);
}

static void facts_json(struct epi_jw *w, const struct epi_level *l)
{
    const struct epi_pack *p = epi_policy_pack(l->policy);
    struct epi_pack_info info;
    epi_pack_get(p, &info);
    epi_jw_key(w, "facts");
    epi_jw_array(w);
    for (size_t i = 0; i < l->in.facts_n; i++) {
        const struct epi_level_fact *f = &l->in.facts[i];
        int slot = epi_policy_fact_index(p, f->name);
        bool used = slot >= 0 && (size_t)slot < info.facts_n;
        epi_jw_object(w);
        epi_jw_kv(w, "fact", f->name);
        epi_jw_key(w, "value");
        if (used)
            epi_policy_value_json(w, p, (size_t)slot, l->facts[slot]);
        else
            epi_jw_null(w);
        epi_jw_kvb(w, "used", used);
        epi_jw_kv(w, "source", f->source);
        date_json(w, "as_of", f->as_of);
        epi_jw_object_end(w);
    }
    epi_jw_array_end(w);
}

static void param_json(struct epi_jw *w, const struct epi_level *l, const char *name)
{
    struct epi_fact f = epi_policy_param(l->policy, epi_str_of(name));
    if (f.known)
        epi_jw_kvr(w, name, f.v);
}

static void notes_json(struct epi_jw *w, const struct epi_level *l)
{
    struct epi_fact lag = epi_policy_param(l->policy, EPI_S("coverage_lag_days"));
    epi_jw_key(w, "notes");
    epi_jw_array(w);
    if (l->in.coverage_lag.known && lag.known && l->in.coverage_lag.v < lag.v)
        epi_jw_textz(w, "coverage-counted-too-early");
    if (l->in.rate.known)
        epi_jw_textz(w, "rate-given-not-computed");
    else if (!(l->in.population > 0))
        epi_jw_textz(w, "population-unknown");
    else if (l->days_reported < l->window_days)
        epi_jw_textz(w, "days-without-report");
    if (l->outside_validity)
        epi_jw_textz(w, "policy-outside-its-validity");
    if (l->held)
        epi_jw_textz(w, "held-at-the-level-before");
    epi_jw_array_end(w);
}

static void evidence_json(struct epi_jw *w, const struct epi_level *l, epi_level_detail detail,
                          epi_lang lang)
{
    epi_jw_key(w, "evidence");
    epi_jw_object(w);
    epi_jw_key(w, "rate");
    if (l->rate.known)
        epi_jw_real(w, l->rate.v);
    else
        epi_jw_null(w);
    window_json(w, l);
    epi_jw_key(w, "population");
    if (l->in.population > 0)
        epi_jw_int(w, (int64_t)llround(l->in.population));
    else
        epi_jw_null(w);
    epi_jw_key(w, "other_cases");
    epi_jw_array(w);
    for (size_t i = 0; i < l->in.others_n; i++) {
        epi_jw_object(w);
        epi_jw_kv(w, "setting", l->in.others[i].setting);
        epi_jw_kvi(w, "cases", l->in.others[i].cases);
        epi_jw_object_end(w);
    }
    epi_jw_array_end(w);
    facts_json(w, l);
    param_json(w, l, "coverage_lag_days");
    param_json(w, l, "elderly_age");
    param_json(w, l, "notice_hours");
    level_or_null(w, "previous", l->in.previous);
    level_or_null(w, "table_level", l->base);
    notes_json(w, l);
    if (detail == EPI_LEVEL_FULL) {
        epi_jw_key(w, "explain");
        epi_policy_explain_json(w, l->policy, (size_t)l->level_table, l->facts,
                                &l->decisions[l->level_table], lang);
    }
    epi_jw_object_end(w);
}

static void missing_json(struct epi_jw *w, const struct epi_level *l, epi_lang lang)
{
    struct epi_slot_info s;
    epi_jw_key(w, "missing");
    epi_jw_array(w);
    for (size_t i = 0; i < l->missing_n; i++) {
        epi_pack_slot(epi_policy_pack(l->policy), l->missing[i], &s);
        epi_jw_object(w);
        epi_jw_kv(w, "fact", s.name);
        epi_jw_kv(w, "label", s.label[lang]);
        epi_jw_object_end(w);
    }
    epi_jw_array_end(w);
}

/* The row that made the level: its source stands for the whole. */
static epi_str source_of(const struct epi_level *l)
{
    const struct epi_decision *d = &l->decisions[l->level_table];
    struct epi_row_info row = {.source_title = EPI_NIL};
    int at = d->row;
    for (int i = 0; at < 0 && i < EPI_POLICY_ROWS_MAX; i++) /* several agree: the first */
        at = epi_row_in(d->possible, (size_t)i) ? i : at;
    if (at >= 0)
        epi_pack_row(epi_policy_pack(l->policy), (size_t)l->level_table, (size_t)at, &row);
    return row.source_title;
}

void epi_level_members(struct epi_jw *w, const struct epi_level *l, epi_level_detail detail,
                       epi_lang lang)
{
    struct epi_pack_info info;
    epi_pack_get(epi_policy_pack(l->policy), &info);
    epi_jw_kv(w, "unit", l->in.unit);
    date_json(w, "date", l->in.date);
    level_or_null(w, "level", l->level);
    epi_jw_kvz(w, "state", epi_level_state_word(l->state));
    epi_jw_key(w, "could_be");
    epi_jw_array(w);
    epi_jw_int(w, l->lo);
    epi_jw_int(w, l->hi);
    epi_jw_array_end(w);
    criteria_json(w, l, lang);
    epi_jw_kv(w, "rule", l->rule);
    epi_jw_kv(w, "policy", info.id);
    epi_jw_kv(w, "authority", info.authority);
    epi_jw_kv(w, "document", info.symbol);
    epi_jw_kv(w, "source", source_of(l));
    epi_jw_kvz(w, "confidence", epi_confidence_word(l->confidence));
    epi_jw_kvb(w, "unverified", l->confidence == EPI_UNVERIFIED);
    if (info.disabled)
        epi_jw_kv(w, "refused_why", info.disabled_why[lang]);
    if (l->overridden)
        level_or_null(w, "computed", l->computed);
    adjustments_json(w, l, lang);
    missing_json(w, l, lang);
    evidence_json(w, l, detail, lang);
}

void epi_level_json(struct epi_jw *w, const struct epi_level *l, epi_level_detail detail,
                    epi_lang lang)
{
    epi_jw_object(w);
    epi_level_members(w, l, detail, lang);
    epi_jw_object_end(w);
}

/* --- for a person --- */
static const char *pick(epi_lang lang, const char *en, const char *vi)
{
    return lang == EPI_VI ? vi : en;
}

static void table_lines(struct epi_buf *out, const struct epi_level *l, size_t table, epi_lang lang)
{
    const struct epi_pack *p = epi_policy_pack(l->policy);
    const struct epi_decision *d = &l->decisions[table];
    struct epi_table_info t;
    struct epi_row_info row;
    epi_pack_table(p, table, &t);
    if (d->row < 0) {
        epi_buf_printf(out, "  %.*s: %s\n", EPI_FMT(t.title[lang]),
                       pick(lang, "not decided", "chưa kết luận"));
        return;
    }
    epi_pack_row(p, table, (size_t)d->row, &row);
    epi_buf_printf(out, "  %.*s: %.*s [%s]\n", EPI_FMT(t.title[lang]), EPI_FMT(row.why[lang]),
                   epi_confidence_word(row.confidence));
}

void epi_level_text(struct epi_buf *out, const struct epi_level *l, epi_lang lang)
{
    struct epi_pack_info info;
    struct epi_slot_info s;
    char day[16];
    epi_pack_get(epi_policy_pack(l->policy), &info);
    if (l->in.unit.n)
        epi_buf_printf(out, "%.*s, ", EPI_FMT(l->in.unit));
    epi_buf_printf(out, "%s: ", epi_date_dmy(l->in.date, day));
    if (l->level == EPI_LEVEL_NONE)
        epi_buf_printf(out, "%s", pick(lang, "no level", "chưa có cấp độ"));
    else
        epi_buf_printf(out, "%s %d", pick(lang, "level", "cấp độ"), l->level);
    if (l->lo != l->hi && l->state != EPI_LEVEL_REFUSED)
        epi_buf_printf(out, " (%s %d-%d)", pick(lang, "could be", "có thể là"), l->lo, l->hi);
    if (l->confidence == EPI_UNVERIFIED && l->level != EPI_LEVEL_NONE)
        epi_buf_printf(out, " - %s", pick(lang, "UNVERIFIED RULE", "QUY TẮC CHƯA XÁC MINH"));
    epi_buf_printf(out, "\n%.*s (%.*s), %.*s\n", EPI_FMT(info.symbol), EPI_FMT(info.authority),
                   EPI_FMT(l->rule));
    if (info.disabled)
        epi_buf_printf(out, "%.*s\n", EPI_FMT(info.disabled_why[lang]));
    if (l->rate.known)
        epi_buf_printf(
            out, "  %s: %.1f\n",
            pick(lang, "community cases per 100,000 per week", "ca cộng đồng / 100.000 / tuần"),
            l->rate.v);
    for (size_t i = 0; i < info.tables_n && !info.disabled; i++)
        table_lines(out, l, i, lang);
    if (l->held)
        epi_buf_printf(out, "  %s\n",
                       pick(lang, "held at the level before", "giữ nguyên cấp độ trước"));
    if (l->overridden)
        epi_buf_printf(out, "  %s: %.*s\n", pick(lang, "set by the province", "tỉnh quyết định"),
                       EPI_FMT(l->in.override_reason));
    for (size_t i = 0; i < l->missing_n; i++) {
        epi_pack_slot(epi_policy_pack(l->policy), l->missing[i], &s);
        epi_buf_printf(out, "  %s: %.*s\n", pick(lang, "missing", "còn thiếu"),
                       EPI_FMT(s.label[lang]));
    }
}
