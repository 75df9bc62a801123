// SPDX-License-Identifier: AGPL-3.0-or-later
/* Signals kept: found once each, and what people made of them. */
#include "ops/signals.h"
#include <math.h>

#define EVIDENCE_WEEKS 53 /* of the curve that is kept with a signal */

epi_str epi__signal_key(struct epi_arena *a, const struct epi__signal_grid *g, epi_str unit,
                        epi_date week)
{
    char day[16];
    return epi_str_printf(a, "%.*s %.*s %s %s %s", EPI_FMT(unit), EPI_FMT(g->disease), g->series,
                          g->how.word, epi_date_iso(week, day));
}

static struct epi_query by_key(const struct epi_filter *f)
{
    /* the key says which unit; what the caller may see was asked before */
    return (struct epi_query){.kind = EPI_K_SIGNAL,
                              .scope = EPI_SCOPE_ALL,
                              .filters = f,
                              .n_filters = 1,
                              .order = -1,
                              .limit = EPI_PAGE_MAX};
}

epi_status epi__signals_kept(struct epi_call *call, const struct epi_value *keys, size_t n,
                             struct epi_page *ret)
{
    struct epi_filter f = {.field = EPI_SIGNAL_KEY, .match = EPI_ANY_OF, .any = keys, .n_any = n};
    struct epi_query q = by_key(&f);
    return epi_store_find(call->app->store, call->a, &q, ret, &call->err);
}

/* --- the list --- */
epi_status epi_do_signals(struct epi_call *call)
{
    struct epi_query q;
    struct epi_filter filters[EPI_FILTERS_MAX];
    struct epi_page page;
    EPI_TRY(epi__need(call, EPI_MAY_RECORD_READ));
    EPI_TRY(epi__query_args(call, EPI_K_SIGNAL, &q, filters));
    EPI_TRY(epi__find_page(call, &q, &page));
    epi__audit_read(call, "record.list", "signal", (epi_id){0}, page.n);
    for (size_t i = 0; i < page.n; i++)
        page.rows[i].v[EPI_SIGNAL_EVIDENCE] = EPI_NULLV; /* long: read with the one record */
    epi__page_json(call, &q, &page);
    return EPI_OK;
}

/* --- finding --- */
struct found { /* one alarm of the grid */
    size_t unit, week;
    epi_str key;
};
struct run {
    struct epi_call *call;
    struct epi__signal_grid g;
    struct found *found;
    size_t n, stored, changed;
    struct epi__edit *edits;
    size_t n_edits;
};

static struct epi_value real(double v)
{
    return isfinite(v) ? epi_v_real(v) : EPI_NULLV;
}

static void list(struct epi_jw *w, const char *key, const struct epi__signal_grid *g, size_t u,
                 size_t week, size_t offset)
{
    size_t first = week + 1 > EVIDENCE_WEEKS ? week + 1 - EVIDENCE_WEEKS : 0;
    epi_jw_key(w, key);
    epi_jw_array(w);
    for (size_t k = first > g->from ? first : g->from; k <= week; k++)
        epi_jw_real(w, *(const double *)((const char *)epi__signal_at(g, u, k) + offset));
    epi_jw_array_end(w);
}

/* What the alarm was raised on, as it was known then: the curve before it, threshold, method. */
static epi_str evidence(struct run *r, const struct found *f)
{
    const struct epi__signal_grid *g = &r->g;
    const struct epi_estimate_method *m =
        epi_estimate_find(EPI_S("signal"), epi_str_of(g->how.figure_method));
    size_t first = f->week + 1 > EVIDENCE_WEEKS ? f->week + 1 - EVIDENCE_WEEKS : 0;
    char day[16];
    EPI_BUF_LOCAL(b, 100000);
    struct epi_jw w = EPI_JW(&b);
    epi_jw_object(&w);
    epi_jw_kvz(&w, "paper", m ? m->paper : "");
    epi__signal_params_json(&w, g);
    epi_jw_kvz(&w, "as_of", epi_date_iso(g->s.as_of, day));
    epi_jw_kvi(&w, "days", f->week + 1 == g->w.weeks ? g->days : 7);
    epi_jw_kvi(&w, "silent", g->w.silent[f->unit * g->w.weeks + f->week]);
    epi_jw_kvz(&w, "first_week", epi_date_iso(epi__signal_week(g, first), day));
    epi_jw_key(&w, "counts");
    epi_jw_array(&w);
    for (size_t k = first; k <= f->week; k++)
        epi_jw_real(&w, g->w.count[f->unit * g->w.weeks + k]);
    epi_jw_array_end(&w);
    epi_jw_kvz(&w, "first_judged",
               epi_date_iso(epi__signal_week(g, first > g->from ? first : g->from), day));
    list(&w, "expected", g, f->unit, f->week, offsetof(struct epi_signal, expected));
    list(&w, "upper", g, f->unit, f->week, offsetof(struct epi_signal, upper));
    epi_jw_object_end(&w);
    return epi_str_dup(r->call->a, epi_buf_str(&b));
}

static void numbers(struct run *r, struct epi__edit *e, const struct found *f)
{
    const struct epi_signal *s = epi__signal_at(&r->g, f->unit, f->week);
    struct epi_call *call = r->call;
    epi__set(call, e, EPI_SIGNAL_OBSERVED,
             epi_v_int((int64_t)r->g.w.count[f->unit * r->g.w.weeks + f->week]));
    epi__set(call, e, EPI_SIGNAL_EXPECTED, real(s->expected));
    epi__set(call, e, EPI_SIGNAL_THRESHOLD, real(s->upper));
    epi__set(call, e, EPI_SIGNAL_SCORE, real(s->score));
    epi__set(call, e, EPI_SIGNAL_P, real(s->p));
    epi__set(call, e, EPI_SIGNAL_EVIDENCE, epi_v_text(evidence(r, f)));
}

static void add_new(struct run *r, const struct found *f)
{
    struct epi_call *call = r->call;
    struct epi__edit *e = &r->edits[r->n_edits++];
    epi__edit_new(call, e, EPI_K_SIGNAL);
    epi__set(call, e, EPI_SIGNAL_UNIT,
             epi_v_text(epi_units_at(call->app->units, r->g.w.units[f->unit])->path));
    epi__set(call, e, EPI_SIGNAL_WEEK, epi_v_date(epi__signal_week(&r->g, f->week)));
    epi__set(call, e, EPI_SIGNAL_DISEASE, epi_v_text(r->g.disease));
    epi__set(call, e, EPI_SIGNAL_SERIES, epi_v_text(epi_str_of(r->g.series)));
    epi__set(call, e, EPI_SIGNAL_METHOD, epi_v_text(epi_str_of(r->g.how.word)));
    epi__set(call, e, EPI_SIGNAL_STATUS, epi_v_text(EPI_S("open")));
    epi__set(call, e, EPI_SIGNAL_KEY, epi_v_text(f->key));
    numbers(r, e, f);
    r->stored++;
}

/* A week still running may grow: the numbers follow, and one that was dismissed for less is open
 * again. */
static void follow(struct run *r, const struct found *f, const struct epi_record *kept)
{
    struct epi_value now = epi_v_int((int64_t)r->g.w.count[f->unit * r->g.w.weeks + f->week]);
    struct epi_value was = kept->v[EPI_SIGNAL_OBSERVED];
    if (epi_value_eq(now, was) || kept->removed)
        return;
    struct epi__edit *e = &r->edits[r->n_edits++];
    epi__edit_of(e, kept);
    numbers(r, e, f);
    if (epi_str_eqz(epi_v_as_text(kept->v[EPI_SIGNAL_STATUS]), "dismissed") &&
        (was.t != EPI_V_INT || now.i > was.i))
        epi__set(r->call, e, EPI_SIGNAL_STATUS, epi_v_text(EPI_S("open")));
    r->changed++;
}

/* Looks and writes in one transaction, so that two runs at once keep each signal once. */
static epi_status keep(struct epi_tx *tx, void *ctx, struct epi_err *reterr)
{
    struct run *r = ctx;
    struct epi_applied applied;
    r->n_edits = r->stored = r->changed = 0;
    for (size_t i = 0; i < r->n; i++) {
        struct epi_filter f = {
            .field = EPI_SIGNAL_KEY, .match = EPI_EQ, .v = epi_v_text(r->found[i].key)};
        struct epi_query q = by_key(&f);
        struct epi_page page;
        q.limit = 1;
        q.removed = true;
        EPI_TRY(epi_tx_find(tx, r->call->a, &q, &page, reterr));
        if (page.n)
            follow(r, &r->found[i], &page.rows[0]);
        else
            add_new(r, &r->found[i]);
    }
    if (!r->n_edits)
        return EPI_OK;
    epi_status s = epi__append(tx, r->call, "signal.run", EPI_NIL, r->edits, r->n_edits, &applied);
    if (s != EPI_OK && reterr)
        *reterr = r->call->err;
    return s;
}

static void collect(struct run *r)
{
    const struct epi__signal_grid *g = &r->g;
    size_t cells = g->w.n * (g->w.weeks - g->from);
    r->found = EPI_ARRAY(r->call->a, cells + 1, struct found);
    for (size_t u = 0; u < g->w.n; u++)
        for (size_t k = g->from; k < g->w.weeks; k++)
            if (epi__signal_at(g, u, k)->alarm)
                r->found[r->n++] = (struct found){
                    u, k,
                    epi__signal_key(r->call->a, g,
                                    epi_units_at(r->call->app->units, g->w.units[u])->path,
                                    epi__signal_week(g, k))};
    r->edits = EPI_ARRAY(r->call->a, r->n + 1, struct epi__edit);
}

/* "rows": the signals of the first changes, as they stand now. */
static epi_status rows_json(struct epi_call *call, const epi_id *ids, size_t n)
{
    struct epi_jw *w = &call->out;
    epi_jw_key(w, "rows");
    epi_jw_array(w);
    for (size_t i = 0; i < n; i++) {
        struct epi_record *x;
        EPI_TRY(epi_store_get(call->app->store, call->a, EPI_K_SIGNAL, ids[i], &call->actor.scope,
                              &x, &call->err));
        x->v[EPI_SIGNAL_EVIDENCE] = EPI_NULLV;
        epi_record_json(w, call->app->catalogue, x, false);
    }
    epi_jw_array_end(w);
    epi_jw_key(w, "notes");
    epi_jw_findings(w, &call->findings, call->actor.lang);
    return EPI_OK;
}

epi_status epi__signal_run_again(struct epi_call *call, const struct epi_op *op)
{
    size_t n = op->n_changes < EPI_PAGE_MAX ? op->n_changes : EPI_PAGE_MAX, stored = 0;
    epi_id *ids = EPI_ARRAY(call->a, n + 1, epi_id);
    for (size_t i = 0; i < op->n_changes; i++) {
        stored += op->changes[i].base == 0;
        if (i < n)
            ids[i] = op->changes[i].id;
    }
    epi_jw_object(&call->out);
    epi_jw_kvi(&call->out, "stored", (int64_t)stored);
    epi_jw_kvi(&call->out, "changed", (int64_t)(op->n_changes - stored));
    EPI_TRY(rows_json(call, ids, n));
    epi_jw_object_end(&call->out);
    return EPI_OK;
}

static epi_status run_answer(struct epi_call *call, const struct run *r)
{
    struct epi_jw *w = &call->out;
    size_t n = r->n_edits < EPI_PAGE_MAX ? r->n_edits : EPI_PAGE_MAX;
    epi_id *ids = EPI_ARRAY(call->a, n + 1, epi_id);
    for (size_t i = 0; i < n; i++)
        ids[i] = r->edits[i].change.id;
    epi_jw_object(w);
    epi_jw_kvi(w, "units", (int64_t)r->g.w.n);
    epi_jw_kvi(w, "weeks", (int64_t)(r->g.w.weeks - r->g.from));
    epi_jw_kvi(w, "alarms", (int64_t)r->n);
    epi_jw_kvi(w, "stored", (int64_t)r->stored);
    epi_jw_kvi(w, "changed", (int64_t)r->changed);
    epi_jw_kvi(w, "known", (int64_t)(r->n - r->stored));
    EPI_TRY(rows_json(call, ids, n));
    epi_jw_object_end(w);
    return EPI_OK;
}

/* Members of the body stand for the arguments of the grid. */
static epi_status body_args(struct epi_call *call)
{
    static const char *const names[] = {"unit",  "below",    "as_of", "method",    "by",
                                        "cases", "disease",  "since", "weeks",     "few",
                                        "alpha", "baseline", "years", "min_sigma", "missing"};
    const epi_json *j;
    if (!call->body.n)
        return EPI_OK;
    EPI_TRY(epi_json_parse(call->a, call->body, 1 << 16, &j, &call->err));
    for (size_t i = 0; i < EPI_COUNT(names); i++) {
        const epi_json *v = epi_json_get(j, names[i]);
        if (!v || v->type == EPI_JSON_NULL)
            continue;
        EPI_BUF_LOCAL(text, 4096);
        struct epi_jw w = EPI_JW(&text);
        if (v->type != EPI_JSON_TEXT)
            epi_jw_json(&w, v);
        epi_call_arg(call, epi_str_of(names[i]),
                     v->type == EPI_JSON_TEXT ? v->text : epi_str_dup(call->a, epi_buf_str(&text)));
    }
    return EPI_OK;
}

epi_status epi_do_signal_run(struct epi_call *call)
{
    struct run r = {.call = call};
    EPI_TRY(epi__need(call, EPI_MAY_SIGNAL_ACT));
    EPI_TRY(body_args(call));
    EPI_TRY(epi__signal_grid(call, 4, &r.g));
    if (r.g.how.missing != EPI_MISSING_SKIP)
        return EPI_FAIL(&call->err, EPI_INVALID, "signal.run-what-if", "%s", "");
    collect(&r);
    if (r.n)
        EPI_TRY(epi__write(call, 1ull << EPI_K_SIGNAL, keep, &r));
    return run_answer(call, &r);
}

/* --- deciding --- */
static const struct step {
    const char *act, *action, *to;
    const char *from[3]; /* statuses it may be taken from */
    bool why;            /* a note must say why */
} steps[] = {
    {"acknowledge", "signal.acknowledge", "acknowledged", {"open"}, false},
    {"verify", "signal.verify", "verified", {"open", "acknowledged"}, false},
    {"dismiss", "signal.dismiss", "dismissed", {"open", "acknowledged", "verified"}, true},
    {"reopen", "signal.reopen", "open", {"acknowledged", "verified", "dismissed"}, true},
};
struct decision {
    struct epi_call *call;
    const struct step *step;
    epi_id id;
    epi_str note;
};

static epi_status decide(struct epi_tx *tx, void *ctx, struct epi_err *reterr)
{
    struct decision *d = ctx;
    struct epi_call *call = d->call;
    struct epi_record *r;
    struct epi__edit e;
    struct epi_applied applied;
    const struct epi_clock *clock = &call->app->o.io->clock;
    EPI_TRY(epi_tx_get(tx, call->a, EPI_K_SIGNAL, d->id, &call->actor.scope, &r, reterr));
    epi_str status = epi_v_as_text(r->v[EPI_SIGNAL_STATUS]);
    bool fits = false;
    for (size_t i = 0; i < EPI_COUNT(d->step->from); i++)
        fits |= d->step->from[i] && epi_str_eqz(status, d->step->from[i]);
    if (!fits)
        return EPI_FAIL(reterr, EPI_CONFLICT, "signal.wrong-status", "%.*s", EPI_FMT(status));
    epi__edit_of(&e, r);
    epi__set(call, &e, EPI_SIGNAL_STATUS, epi_v_text(epi_str_of(d->step->to)));
    epi__set(call, &e, EPI_SIGNAL_NOTE, epi_v_text(d->note));
    epi__set(call, &e, EPI_SIGNAL_DECIDED_BY, epi_v_ref(call->actor.user));
    epi__set(call, &e, EPI_SIGNAL_DECIDED_AT, epi_v_instant(clock->now(clock->ctx)));
    epi_status s = epi__append(tx, call, d->step->action, d->note, &e, 1, &applied);
    if (s != EPI_OK && reterr)
        *reterr = call->err;
    return s;
}

epi_status epi_do_signal_act(struct epi_call *call)
{
    struct decision d = {.call = call};
    struct epi_record *r;
    const epi_json *j = NULL;
    EPI_TRY(epi__need(call, EPI_MAY_SIGNAL_ACT));
    EPI_TRY(epi__id_arg(call, "id", &d.id));
    EPI_TRY(epi_json_parse(call->a, call->body, 1 << 16, &j, &call->err));
    epi_str act = epi_json_text(j, "act", EPI_NIL);
    for (size_t i = 0; i < EPI_COUNT(steps); i++)
        if (epi_str_eqz(act, steps[i].act))
            d.step = &steps[i];
    if (!d.step)
        return EPI_FAIL(&call->err, EPI_INVALID, "signal.act-unknown", "%.*s", EPI_FMT(act));
    d.note = epi_text_clean(call->a, epi_json_text(j, "note", EPI_NIL));
    const struct epi_field *note =
        &call->app->catalogue->kinds[EPI_K_SIGNAL].fields[EPI_SIGNAL_NOTE];
    epi_value_check(note, epi_v_text(d.note), 0, &call->findings);
    if (d.step->why && !d.note.n)
        epi_finding_add(&call->findings, EPI_ERROR, "signal.note-missing", 0, EPI_S("note"),
                        EPI_NIL, EPI_NIL);
    EPI_TRY(epi__refuse_if_findings(call));
    EPI_TRY(epi__write(call, 1ull << EPI_K_SIGNAL, decide, &d));
    EPI_TRY(epi_store_get(call->app->store, call->a, EPI_K_SIGNAL, d.id, &call->actor.scope, &r,
                          &call->err));
    epi_jw_object(&call->out);
    epi__record_members(call, r, NULL);
    epi_jw_object_end(&call->out);
    call->etag = r->version;
    return EPI_OK;
}
