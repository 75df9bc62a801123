// SPDX-License-Identifier: AGPL-3.0-or-later
/* From one case to its rings, each person with their duty under the policy in force on the date. */
#include "trace/trace.h"
#include "ops/rules.h"
#include <math.h>

struct duty_rule {                   /* of one authority */
    int32_t by;                      /* epi__ruled_by */
    const struct epi_policy *policy; /* NULL: no contact-duty pack in force */
    struct duty_rule *next;
};
struct duty_ctx {
    struct epi_call *call;
    const struct epi_pic_person *people;
    epi_date on;
    struct duty_rule *rules;
};

static epi_status find_case(struct epi_call *call, epi_id *ret)
{
    epi_str text = epi_arg(call, "id");
    if (!text.n)
        text = epi_arg(call, "code");
    struct epi_filter f = {.field = EPI_CASE_CODE, .match = EPI_EQ, .v = epi_v_text(text)};
    struct epi_query q = {.kind = EPI_K_CASE,
                          .scope = call->actor.scope,
                          .filters = &f,
                          .n_filters = 1,
                          .order = -1,
                          .limit = 2};
    struct epi_page page;
    EPI_TRY(epi_store_find(call->app->store, call->a, &q, &page, &call->err));
    if (page.n > 1)
        return EPI_FAIL(&call->err, EPI_CONFLICT, "trace.code-not-unique", "%.*s", EPI_FMT(text));
    if (page.n == 1) {
        *ret = page.rows[0].id;
        return EPI_OK;
    }
    struct epi_record *r;
    if (!epi_id_parse(text, ret) || epi_store_get(call->app->store, call->a, EPI_K_CASE, *ret,
                                                  &call->actor.scope, &r, NULL) != EPI_OK)
        return EPI_FAIL(&call->err, EPI_NOT_FOUND, "trace.no-such-case", "%.*s", EPI_FMT(text));
    return EPI_OK;
}

/* --- names
 * ----------------------------------------------------------------------------------------------------------
 */
static epi_str label(void *ctx, uint16_t kind, epi_id id)
{
    struct duty_ctx *d = ctx;
    return epi__label(d->call, kind, id);
}

#define ELSEWHERE EPI_S("•••") /* somebody of another unit, met on the way of a chain */

static bool may_see(const struct duty_ctx *d, uint16_t kind, epi_id id, struct epi_record **ret)
{
    return epi_store_get(d->call->app->store, d->call->a, kind, id, &d->call->actor.scope, ret,
                         NULL) == EPI_OK;
}

static epi_str case_code(void *ctx, epi_id id)
{
    struct epi_record *r;
    return may_see(ctx, EPI_K_CASE, id, &r) ? epi_v_as_text(r->v[EPI_CASE_CODE]) : ELSEWHERE;
}

static epi_str person_name(void *ctx, epi_id id)
{
    return label(ctx, EPI_K_PERSON, id);
}
static epi_str place_name(void *ctx, epi_id id)
{
    return label(ctx, EPI_K_PLACE, id);
}

static epi_str person_code(void *ctx, epi_id id)
{
    struct epi_record *r;
    return may_see(ctx, EPI_K_PERSON, id, &r) ? epi_v_as_text(r->v[EPI_PERSON_CODE]) : ELSEWHERE;
}

static epi_str setting_word(void *ctx, uint8_t setting)
{
    struct duty_ctx *d = ctx;
    const struct epi_field *f =
        &d->call->app->catalogue->kinds[EPI_K_CONTACT].fields[EPI_CONTACT_SETTING];
    return setting < f->n_words ? epi_str_of(f->words[setting].word) : EPI_NIL;
}

/* --- duty
 * ---------------------------------------------------------------------------------------------------------------
 */
static void give(const struct epi_pack *p, struct epi_fact *facts, const char *name, bool known,
                 double v)
{
    int slot = epi_policy_fact_index(p, epi_str_of(name));
    if (slot >= 0 && known)
        facts[slot] = epi_fact_number(v);
}

/* What trace knows of a person, by the names packs use. A pack takes what it has words for. */
static void give_facts(const struct epi_pack *p, struct epi_fact *facts,
                       const struct epi_trace_facts *f)
{
    give(p, facts, "ring", true, f->ring);
    give(p, facts, "doses", true, f->doses);
    give(p, facts, "days_since_dose", f->days_since_dose >= 0, f->days_since_dose);
    give(p, facts, "recovered", true, epi_date_known(f->recovered));
    give(p, facts, "days_since_recovery", f->days_since_recovered >= 0, f->days_since_recovered);
    give(p, facts, "age", f->age >= 0, f->age);
    give(p, facts, "household", true, f->household);
    give(p, facts, "days_since_last", f->days_since_last >= 0, f->days_since_last);
    give(p, facts, "minutes", f->minutes >= 0, f->minutes);
    give(p, facts, "distance_m", f->distance >= 0, (double)f->distance); /* false for NaN */
    give(p, facts, "masked", f->masked >= 0, f->masked);
}

static void outputs_json(struct epi_jw *w, const struct epi_pack *pack,
                         const struct epi_pack_info *info, const struct epi_fact *facts)
{
    for (size_t s = info->facts_n; s < info->slots_n; s++) {
        struct epi_slot_info slot;
        epi_pack_slot(pack, s, &slot);
        epi_jw_keys(w, slot.name);
        epi_policy_value_json(w, pack, s, facts[s]);
    }
}

static void missing_json(struct epi_jw *w, const struct epi_policy *b, size_t table,
                         const struct epi_fact *facts, epi_lang lang)
{
    uint16_t slots[8];
    size_t n = epi_policy_missing(b, table, facts, slots, 8);
    epi_jw_key(w, "missing");
    epi_jw_array(w);
    for (size_t i = 0; i < n; i++) {
        struct epi_slot_info slot;
        epi_pack_slot(epi_policy_pack(b), slots[i], &slot);
        epi_jw_text(w, slot.label[lang]);
    }
    epi_jw_array_end(w);
}

/* A person owes what the rules of their own unit say. */
static const struct epi_policy *rule_for(struct duty_ctx *d, int32_t unit)
{
    int32_t by = epi__ruled_by(d->call->app, unit);
    struct duty_rule *r = d->rules;
    while (r && r->by != by)
        r = r->next;
    if (!r) {
        const struct epi_pack *pack = epi__pack_for(d->call, EPI_KIND_CONTACT_DUTY, unit, d->on);
        r = EPI_NEW(d->call->a, struct duty_rule);
        *r = (struct duty_rule){
            by, pack ? epi_policy_bind(d->call->a, pack, d->on, epi__disease(d->call)) : NULL,
            d->rules};
        d->rules = r;
    }
    return r->policy;
}

static void duty(void *ctx, struct epi_jw *w, const struct epi_trace_facts *f)
{
    struct duty_ctx *d = ctx;
    char day[16];
    const struct epi_policy *policy = rule_for(d, d->people[f->person].unit);
    if (!policy) {
        epi_jw_null(w);
        return;
    }
    const struct epi_pack *pack = epi_policy_pack(policy);
    struct epi_pack_info info;
    struct epi_row_info row;
    epi_pack_get(pack, &info);
    struct epi_fact *facts = EPI_ARRAY(d->call->a, info.slots_n, struct epi_fact);
    struct epi_decision *decisions = EPI_ARRAY(d->call->a, info.tables_n, struct epi_decision);
    int table = epi_policy_table_index(pack, EPI_S("duty"));
    give_facts(pack, facts, f);
    epi_policy_run(policy, facts, decisions);
    if (table < 0) {
        epi_jw_null(w);
        return;
    }
    const struct epi_decision *dec = &decisions[table];
    epi_jw_object(w);
    epi_jw_kvz(w, "state", epi_decided_word(dec->state));
    outputs_json(w, pack, &info, facts);
    int days = epi_policy_fact_index(pack, EPI_S("isolate_days"));
    bool until = days >= 0 && facts[days].known && epi_date_known(f->last);
    epi_jw_kvz(w, "until",
               until ? epi_date_iso(epi_date_plus(f->last, (epi_days){(int32_t)facts[days].v}), day)
                     : NULL);
    epi_jw_kv(w, "policy", info.id);
    epi_jw_kv(w, "authority", info.authority);
    epi_jw_kv(w, "document", info.symbol);
    if (dec->row >= 0) {
        epi_pack_row(pack, (size_t)table, (size_t)dec->row, &row);
        epi_jw_kv(w, "rule",
                  epi_str_printf(d->call->a, "%.*s/%.*s", EPI_FMT(info.id), EPI_FMT(row.id)));
        epi_jw_kv(w, "source", row.source_title.n ? row.source_title : row.source);
        epi_jw_kvz(w, "confidence",
                   epi_confidence_word(epi_policy_confidence(policy, (size_t)table, decisions)));
        epi_jw_key(w, "text");
        epi_jw_object(w);
        epi_jw_kv(w, "vi", row.why[EPI_VI]);
        epi_jw_kv(w, "en", row.why[EPI_EN]);
        epi_jw_object_end(w);
    } else {
        epi_jw_kvz(w, "rule", NULL);
        epi_jw_kv(w, "source", info.symbol);
    }
    missing_json(w, policy, (size_t)table, facts, d->call->actor.lang);
    epi_jw_object_end(w);
}

/* People of other units leave the rings; returns how many did. Chains may still pass through them.
 */
static size_t keep_own_people(struct epi_call *call, const struct epi_picture *p,
                              struct epi_trace_result *r)
{
    const struct epi_units *units = call->app->units;
    const struct epi_pic_person *people;
    struct epi_trace_person *kept = EPI_ARRAY(call->a, r->n_people + 1, struct epi_trace_person);
    size_t n = 0, of_ring[EPI_TRACE_DEPTH_MAX + 2] = {0};
    if (call->actor.scope.all)
        return 0;
    epi_picture_people(p, &people);
    for (size_t i = 0; i < r->n_people; i++) {
        int32_t unit = people[r->people[i].person].unit;
        if (unit < 0 || !epi_scope_has(&call->actor.scope, epi_units_at(units, unit)->path))
            continue;
        kept[n++] = r->people[i];
        of_ring[r->people[i].ring]++;
    }
    size_t elsewhere = r->n_people - n, at = 0;
    for (int ring = 0; ring < EPI_TRACE_DEPTH_MAX + 2; ring++) {
        r->ring_start[ring] = at;
        at += of_ring[ring];
    }
    r->people = kept;
    r->n_people = n;
    return elsewhere;
}

/* The rings, and "elsewhere": how many people belong to other units and are theirs to follow. */
static void answer(struct duty_ctx *ctx, const struct epi_picture *p,
                   const struct epi_trace_options *o, struct epi_trace_result *r)
{
    struct epi_call *call = ctx->call;
    struct epi_trace_names words = {ctx,        case_code,    person_code, person_name,
                                    place_name, setting_word, duty};
    EPI_BUF_LOCAL(b, call->buf.max);
    struct epi_jw w = EPI_JW(&b);
    size_t elsewhere = keep_own_people(call, p, r);
    epi_trace_json(&w, p, o, r, &words);
    epi_buf_put(&call->buf,
                epi_str_sub(epi_buf_str(&b), 0, b.n ? b.n - 1 : 0)); /* without the closing brace */
    epi_buf_printf(&call->buf, ",\"elsewhere\":%zu,\"rules\":", elsewhere);
    struct epi_jw rest = EPI_JW(&call->buf);
    epi_jw_object(&rest);
    epi_jw_kvi(&rest, "lead_days", o->lead.n);
    epi_jw_kvi(&rest, "latent_days", o->latent.n);
    epi_jw_kvi(&rest, "overlap_minutes", o->overlap_minutes);
    epi_jw_kvi(&rest, "dose_lag_days", o->dose_lag.n);
    epi_jw_object_end(&rest);
    epi_buf_printf(&call->buf, ",\"findings\":");
    struct epi_jw told = EPI_JW(&call->buf);
    epi_jw_findings(&told, &call->findings, call->actor.lang);
    epi_buf_putc(&call->buf, '}');
}

/* What the rules of the index case's unit say of time and distance; a rule nobody states is told.
 */
static void rule_options(struct epi_call *call, int32_t unit, epi_date on,
                         struct epi_trace_options *o)
{
    int32_t latent = 0;
    struct {
        const char *name;
        int32_t *to;
        bool needed;
    } asked[] = {{"lead_days", &o->lead.n, true},
                 {"overlap_minutes", &o->overlap_minutes, true},
                 {"dose_lag_days", &o->dose_lag.n, true},
                 {"latent_days", &latent, false}};
    for (size_t i = 0; i < EPI_COUNT(asked); i++) {
        double v =
            epi__rule_number(call, EPI_KIND_CONTACT_DUTY, unit, on, asked[i].name, (double)NAN);
        if (isnan(v) && asked[i].needed)
            epi_finding_add(&call->findings, EPI_WARNING, "trace.rule-missing", 0, EPI_NIL,
                            epi_str_of(asked[i].name), EPI_NIL);
        *asked[i].to = isnan(v) ? 0 : (int32_t)fmin(fmax(v, -1), 1e6); /* the run refuses more */
    }
    o->latent.n = latent;
}

static epi_status depth_arg(struct epi_call *call, int *ret)
{
    epi_str text = epi_arg(call, "depth");
    int64_t depth = 3;
    if (text.n && (!epi_str_to_i64(text, &depth) || depth < 1 || depth > EPI_TRACE_DEPTH_MAX))
        return EPI_FAIL(&call->err, EPI_INVALID, "trace.depth", "%d", EPI_TRACE_DEPTH_MAX);
    *ret = (int)depth;
    return EPI_OK;
}

epi_status epi_do_trace(struct epi_call *call)
{
    const struct epi_picture *p;
    struct epi_trace_options o = EPI_TRACE_DEFAULTS;
    struct epi_trace_result r;
    epi_date on;
    epi_id id;
    EPI_TRY(epi__need(call, EPI_MAY_RECORD_READ));
    EPI_TRY(depth_arg(call, &o.depth));
    EPI_TRY(epi__date_arg(call, "as_of", &on));
    EPI_TRY(find_case(call, &id));
    EPI_TRY(epi__picture(call->app, on, &p, &call->err));
    o.words = epi_trace_words_of(call->app->catalogue);
    uint32_t cas = epi_picture_case(p, id);
    const struct epi_pic_case *cases;
    struct duty_ctx ctx = {.call = call, .on = on};
    epi_status s = EPI_OK;
    epi_picture_cases(p, &cases);
    epi_picture_people(p, &ctx.people);
    if (cas != EPI_NO_INDEX)
        rule_options(call, cases[cas].unit, on, &o);
    if (cas == EPI_NO_INDEX)
        s = EPI_FAIL(&call->err, EPI_NOT_FOUND, "trace.case-later", "%s", "");
    if (s == EPI_OK)
        s = epi_trace_run(call->a, p, &o, &cas, 1, &r, &call->findings, &call->err);
    if (s == EPI_OK) {
        answer(&ctx, p, &o, &r);
        epi__audit_read(call, "case.trace", "case", id, r.n_people);
    }
    epi__picture_release(call->app, p);
    return s;
}
