// SPDX-License-Identifier: AGPL-3.0-or-later
/* Signals of many units: the weeks judged, and the answer for the heat map and the curve. */
#include "ops/signals.h"
#include <math.h>

#define WEEKS_MAX 260
#define MEMORY 52 /* weeks over which methods that run through time (CUSUM, GLR) have run */
#define EARS_LEAD 30
#define YEAR 53 /* weeks, the longest */

static const struct {
    const char *word, *figure_method;
    enum epi_signal_kind kind;
} methods[] = {
    {"ears-c2", "ears", EPI_SIGNAL_EARS_C2}, /* the first is the standard one */
    {"ears-c1", "ears", EPI_SIGNAL_EARS_C1},
    {"ears-c3", "ears", EPI_SIGNAL_EARS_C3},
    {"farrington", "farrington", EPI_SIGNAL_FARRINGTON},
    {"farrington-1996", "farrington-1996", EPI_SIGNAL_FARRINGTON},
    {"cusum", "cusum", EPI_SIGNAL_CUSUM},
    {"bayes", "bayes", EPI_SIGNAL_BAYES},
    {"rki", "rki", EPI_SIGNAL_RKI},
    {"outbreak-p", "outbreak-p", EPI_SIGNAL_OUTBREAK_P},
    {"glr", "glr", EPI_SIGNAL_GLR},
};
static const char *const missing_words[] = {"skip", "zero", "interpolate"};
static const char *const state_words[] = {"judged", "too-few", "missing", "no-baseline", "no-fit"};

/* --- arguments --- */
static epi_status number(struct epi_call *call, const char *name, double lo, double hi, double *io)
{
    epi_str text = epi_arg(call, name);
    double v = *io;
    if (text.n && (!epi_str_to_f64(text, &v) || !(v >= lo && v <= hi)))
        return EPI_FAIL(&call->err, EPI_INVALID, "signal.option", "%s\x1f%g\x1f%g", name, lo, hi);
    *io = v;
    return EPI_OK;
}

static epi_status whole(struct epi_call *call, const char *name, unsigned lo, unsigned hi,
                        unsigned *io)
{
    double v = *io;
    EPI_TRY(number(call, name, lo, hi, &v));
    if (v != floor(v))
        return EPI_FAIL(&call->err, EPI_INVALID, "signal.option", "%s\x1f%u\x1f%u", name, lo, hi);
    *io = (unsigned)v;
    return EPI_OK;
}

static epi_status word(struct epi_call *call, const char *name, const char *const *words, size_t n,
                       size_t *ret)
{
    epi_str text = epi_arg(call, name);
    *ret = 0;
    for (size_t i = 0; i < n; i++)
        if (epi_str_eqz(text, words[i])) {
            *ret = i;
            return EPI_OK;
        }
    return text.n ? EPI_FAIL(&call->err, EPI_INVALID, "estimate.option-word", "%.*s", EPI_FMT(text))
                  : EPI_OK;
}

/* The method with its options. Its years and points are weeks: frequency 52. */
static epi_status method_args(struct epi_call *call, struct epi__signal_how *h)
{
    epi_str name = epi_arg(call, "method");
    size_t at = 0, missing;
    while (name.n && at < EPI_COUNT(methods) && !epi_str_eqz(name, methods[at].word))
        at++;
    if (at == EPI_COUNT(methods))
        return EPI_FAIL(&call->err, EPI_NOT_FOUND, "estimate.method-unknown", "signal %.*s",
                        EPI_FMT(name));
    EPI_TRY(word(call, "missing", missing_words, EPI_COUNT(missing_words), &missing));
    *h = (struct epi__signal_how){.word = methods[at].word,
                                  .figure_method = methods[at].figure_method,
                                  .m = epi_signal_method(methods[at].kind),
                                  .few = 3,
                                  .few_weeks = 4,
                                  .missing = (enum epi_signal_missing)missing,
                                  .since = EPI_DATE_UNKNOWN};
    struct epi_signal_method *m = &h->m;
    if (strcmp(h->word, "farrington-1996") == 0)
        m->farrington = epi_farrington_1996();
    if (m->kind == EPI_SIGNAL_FARRINGTON) {
        h->few = m->farrington.few_cases;
        h->few_weeks = m->farrington.few_points;
    }
    /* a commune's weeks are mostly 0: without a floor under the spread one case is an alarm */
    m->ears.min_sigma = 1;
    unsigned years = m->kind == EPI_SIGNAL_FARRINGTON ? m->farrington.years : m->window.years;
    EPI_TRY(number(call, "few", 0, 1e6, &h->few));
    EPI_TRY(number(call, "min_sigma", 0, 1e6, &m->ears.min_sigma));
    EPI_TRY(whole(call, "baseline", 3, 26, &m->ears.baseline));
    EPI_TRY(whole(call, "years", m->kind == EPI_SIGNAL_BAYES ? 0 : 1, 10, &years));
    m->farrington.years = m->window.years = years;
    m->farrington.frequency = m->window.frequency = m->cusum.frequency = 52;
    m->farrington.few_cases = h->few;
    if (epi_arg(call, "since").n)
        EPI_TRY(epi__date_arg(call, "since", &h->since));
    double *alpha[] = {&m->ears.alpha1, &m->ears.alpha2, &m->ears.alpha3, &m->farrington.alpha,
                       &m->window.alpha};
    for (size_t i = 0; i < EPI_COUNT(alpha); i++)
        EPI_TRY(number(call, "alpha", 1e-12, 0.5, alpha[i]));
    return EPI_OK;
}

static size_t lead(const struct epi_signal_method *m)
{
    if (m->kind <= EPI_SIGNAL_EARS_C3)
        return EARS_LEAD;
    if (m->kind == EPI_SIGNAL_FARRINGTON)
        return m->farrington.years * YEAR + m->farrington.half_window + 1;
    if (m->kind == EPI_SIGNAL_BAYES || m->kind == EPI_SIGNAL_RKI)
        return m->window.years * YEAR + m->window.half_window + 1;
    return 2 * YEAR;
}

/* --- judging --- */
/* The first week judged. Methods that run through time start at the same week whatever is shown, so
 * that they find the same, and need weeks before it to compare with: half of what is known. */
static size_t first_judged(const struct epi__signal_grid *g)
{
    size_t weeks = g->w.weeks, known = 0;
    if (g->how.m.kind != EPI_SIGNAL_CUSUM && g->how.m.kind != EPI_SIGNAL_GLR)
        return g->from;
    if (g->w.known_from.d > g->w.first.d)
        known = (size_t)(g->w.known_from.d - g->w.first.d) / 7;
    size_t from = weeks > MEMORY ? weeks - MEMORY : 0, half = (known + weeks) / 2;
    if (half > from)
        from = half;
    return from < weeks ? from : weeks - 1;
}

static void judge(struct epi_call *call, struct epi__signal_grid *g)
{
    const struct epi__signal_how *h = &g->how;
    size_t weeks = g->w.weeks, from = first_judged(g), wide = weeks - from, shown = weeks - g->from;
    const double none = (double)NAN;
    struct epi_signal *all = EPI_ARRAY(call->a, g->w.n * wide + 1, struct epi_signal);
    g->signal = EPI_ARRAY(call->a, g->w.n * shown + 1, struct epi_signal);
    g->filled = EPI_ARRAY(call->a, g->w.n * weeks + 1, bool);
    for (size_t u = 0; u < g->w.n; u++)
        epi_signal_fill(&g->w.count[u * weeks], weeks, h->missing, &g->filled[u * weeks]);
    epi_signals(call->a, &h->m, &h->calendar, g->w.count, g->w.n, from, weeks, all);
    for (size_t u = 0; u < g->w.n; u++) {
        struct epi_signal *row = &g->signal[u * shown];
        const double *count = &g->w.count[u * weeks];
        for (size_t k = g->from; k < weeks; k++)
            row[k - g->from] =
                k >= from ? all[u * wide + k - from]
                          : (struct epi_signal){
                                none,
                                none,
                                none,
                                none,
                                isnan(count[k]) ? EPI_SIGNAL_MISSING : EPI_SIGNAL_NO_BASELINE,
                                false};
        if (h->m.kind != EPI_SIGNAL_FARRINGTON)
            epi_signal_few(count, g->from, weeks, h->few, h->few_weeks, row);
    }
}

epi_status epi__signal_grid(struct epi_call *call, int weeks, struct epi__signal_grid *ret)
{
    unsigned shown = (unsigned)weeks;
    *ret = (struct epi__signal_grid){0};
    struct epi__signal_how *h = &ret->how;
    EPI_TRY(whole(call, "weeks", 1, WEEKS_MAX, &shown));
    EPI_TRY(method_args(call, h));
    if (!epi_arg(call, "below").n)
        epi_call_arg(call, EPI_S("below"), EPI_S("children"));
    EPI_TRY(epi__estimate_scope(call, 7, &ret->s));
    const struct epi_unit *top = epi_units_at(call->app->units, ret->s.unit);
    if (top->first >= top->last) /* nothing lies below a commune: it is judged itself */
        ret->s.below = EPI__UNIT_ALONE;
    size_t total = shown + lead(&h->m);
    ret->days = epi_date_weekday(ret->s.as_of);
    int32_t monday = ret->s.as_of.d - ret->days + 1;
    ret->s.to = ret->s.as_of;
    ret->s.from = (epi_date){monday - 7 * ((int32_t)shown - 1)};
    ret->disease = epi__disease(call);
    ret->series = ret->s.community ? "community" : ret->s.by == EPI__BY_ONSET ? "onset" : "report";
    epi_date first = {monday - 7 * ((int32_t)total - 1)};
    EPI_TRY(epi__weekly_load(call, &ret->s, first, total, h->since, &ret->w));
    h->calendar = (struct epi_series){.n = total, .start = first, .step = 7, .t0 = 1};
    ret->from = total - shown;
    judge(call, ret);
    return EPI_OK;
}

/* --- the answer --- */
void epi__signal_params_json(struct epi_jw *w, const struct epi__signal_grid *g)
{
    const struct epi_signal_method *m = &g->how.m;
    char day[16];
    epi_jw_key(w, "params");
    epi_jw_object(w);
    epi_jw_kvr(w, "few", g->how.few);
    epi_jw_kvi(w, "few_weeks", g->how.few_weeks);
    epi_jw_kvz(w, "missing", missing_words[g->how.missing]);
    if (epi_date_known(g->how.since))
        epi_jw_kvz(w, "since", epi_date_iso(g->how.since, day));
    if (m->kind <= EPI_SIGNAL_EARS_C3) {
        epi_jw_kvi(w, "baseline", m->ears.baseline);
        epi_jw_kvi(w, "gap", m->kind == EPI_SIGNAL_EARS_C1 ? 0 : m->ears.gap);
        epi_jw_kvr(w, "min_sigma", m->ears.min_sigma);
        epi_jw_kvr(w, "alpha",
                   m->kind == EPI_SIGNAL_EARS_C1   ? m->ears.alpha1
                   : m->kind == EPI_SIGNAL_EARS_C2 ? m->ears.alpha2
                                                   : m->ears.alpha3);
    } else if (m->kind == EPI_SIGNAL_FARRINGTON) {
        epi_jw_kvi(w, "years", m->farrington.years);
        epi_jw_kvi(w, "half_window", m->farrington.half_window);
        epi_jw_kvr(w, "alpha", m->farrington.alpha);
    } else if (m->kind == EPI_SIGNAL_BAYES || m->kind == EPI_SIGNAL_RKI) {
        epi_jw_kvi(w, "years", m->window.years);
        epi_jw_kvi(w, "half_window", m->window.half_window);
        if (m->kind == EPI_SIGNAL_BAYES)
            epi_jw_kvr(w, "alpha", m->window.alpha);
    } else if (m->kind == EPI_SIGNAL_CUSUM) {
        epi_jw_kvr(w, "k", m->cusum.k);
        epi_jw_kvr(w, "h", m->cusum.h);
    } else {
        epi_jw_kvr(w, "threshold", m->kind == EPI_SIGNAL_GLR ? m->glr.c : m->outbreak_k);
    }
    epi_jw_object_end(w);
}

/* Six digits say all there is to say of an expectation; a heat map of 700 communes is then half as
 * long. */
static double brief(double v)
{
    if (!isfinite(v) || v == 0)
        return v;
    double scale = pow(10, 5 - floor(log10(fabs(v))));
    return isfinite(scale) && scale > 0 ? round(v * scale) / scale : v;
}

/* One member of a row's weeks as a list. */
#define LIST(w, name, member) \
    do { \
        epi_jw_key((w), (name)); \
        epi_jw_array(w); \
        for (size_t k = g->from; k < g->w.weeks; k++) \
            epi_jw_real((w), brief(epi__signal_at(g, u, k)->member)); \
        epi_jw_array_end(w); \
    } while (0)

static void row_json(struct epi_call *call, const struct epi__signal_grid *g, size_t u)
{
    const struct epi_unit *unit = epi_units_at(call->app->units, g->w.units[u]);
    struct epi_jw *w = &call->out;
    size_t alarms = 0, first = u * g->w.weeks;
    bool any = false;
    epi_jw_object(w);
    epi_jw_kv(w, "unit", unit->path);
    epi_jw_kv(w, "name", unit->full_name);
    epi_jw_key(w, "population");
    if (unit->population >= 0)
        epi_jw_int(w, unit->population);
    else
        epi_jw_null(w);
    epi_jw_key(w, "counts");
    epi_jw_array(w);
    for (size_t k = g->from; k < g->w.weeks; k++) {
        epi_jw_real(w, g->w.count[first + k]);
        any |= g->w.silent[first + k] > 0;
    }
    epi_jw_array_end(w);
    LIST(w, "expected", expected);
    LIST(w, "upper", upper);
    LIST(w, "score", score);
    LIST(w, "p", p);
    epi_jw_key(w, "states");
    epi_jw_array(w);
    for (size_t k = g->from; k < g->w.weeks; k++) {
        const struct epi_signal *s = epi__signal_at(g, u, k);
        alarms += s->alarm;
        epi_jw_textz(w, s->alarm ? "alarm" : state_words[s->state]);
    }
    epi_jw_array_end(w);
    epi_jw_kvi(w, "alarms", (int64_t)alarms);
    if (any) {
        epi_jw_key(w, "silent");
        epi_jw_array(w);
        for (size_t k = g->from; k < g->w.weeks; k++)
            epi_jw_int(w, g->w.silent[first + k]);
        epi_jw_array_end(w);
    }
    if (g->how.missing != EPI_MISSING_SKIP) {
        epi_jw_key(w, "filled");
        epi_jw_array(w);
        for (size_t k = g->from; k < g->w.weeks; k++)
            epi_jw_bool(w, g->filled[first + k]);
        epi_jw_array_end(w);
    }
    epi_jw_object_end(w);
}

static void note(struct epi_call *call, struct epi_findings *notes, epi_severity severity,
                 const char *code, size_t a, size_t b)
{
    epi_finding_add(notes, severity, code, 0, EPI_NIL, epi_str_printf(call->a, "%zu", a),
                    epi_str_printf(call->a, "%zu", b));
}

static void grid_notes(struct epi_call *call, const struct epi__signal_grid *g,
                       struct epi_findings *notes)
{
    size_t states[EPI_COUNT(state_words)] = {0}, silent = 0, filled = 0, partly = 0,
           all = g->w.n * (g->w.weeks - g->from);
    for (size_t u = 0; u < g->w.n; u++)
        for (size_t k = g->from; k < g->w.weeks; k++) {
            size_t at = u * g->w.weeks + k;
            states[epi__signal_at(g, u, k)->state]++;
            filled += g->filled[at];
            silent += isnan(g->w.count[at]) ? 1 : 0;
            partly += g->w.silent[at] > 0 && !isnan(g->w.count[at]) && !g->filled[at];
        }
    if (g->days < 7)
        note(call, notes, EPI_NOTE, "signal.open-week", (size_t)g->days, 7);
    if (g->w.left_out)
        note(call, notes, EPI_WARNING, "signal.left-out", g->w.left_out, g->w.n + g->w.left_out);
    if (silent)
        note(call, notes, EPI_WARNING, "signal.silent", silent, all);
    if (partly)
        note(call, notes, EPI_WARNING, "signal.partly-silent", partly, all);
    if (filled)
        note(call, notes, EPI_WARNING, "signal.what-if", filled, all);
    if (states[EPI_SIGNAL_NO_BASELINE])
        note(call, notes, EPI_WARNING, "estimate.signal-no-baseline",
             states[EPI_SIGNAL_NO_BASELINE], all);
    if (states[EPI_SIGNAL_NO_FIT])
        note(call, notes, EPI_WARNING, "signal.no-fit", states[EPI_SIGNAL_NO_FIT], all);
    if (states[EPI_SIGNAL_TOO_FEW])
        note(call, notes, EPI_NOTE, "estimate.signal-too-few", states[EPI_SIGNAL_TOO_FEW], all);
}

/* Signals kept of these units, weeks and this way of looking. */
static epi_status kept_json(struct epi_call *call, const struct epi__signal_grid *g)
{
    struct epi_value keys[EPI_ANY_MAX / 8];
    struct epi_jw *w = &call->out;
    size_t n = 0, cells = g->w.n * (g->w.weeks - g->from);
    epi_jw_key(w, "signals");
    epi_jw_array(w);
    for (size_t i = 0; i <= cells; i++) {
        if (n == EPI_COUNT(keys) || (i == cells && n)) {
            struct epi_page page;
            EPI_TRY(epi__signals_kept(call, keys, n, &page));
            for (size_t r = 0; r < page.n; r++) {
                page.rows[r].v[EPI_SIGNAL_EVIDENCE] = EPI_NULLV;
                epi_record_json(w, call->app->catalogue, &page.rows[r], false);
            }
            n = 0;
        }
        if (i == cells || !g->signal[i].alarm)
            continue;
        size_t u = i / (g->w.weeks - g->from), k = g->from + i % (g->w.weeks - g->from);
        keys[n++] = epi_v_text(epi__signal_key(call->a, g,
                                               epi_units_at(call->app->units, g->w.units[u])->path,
                                               epi__signal_week(g, k)));
    }
    epi_jw_array_end(w);
    return EPI_OK;
}

epi_status epi_do_signal_grid(struct epi_call *call)
{
    struct epi__signal_grid g;
    struct epi_findings notes;
    struct epi_jw *w = &call->out;
    char day[16];
    EPI_TRY(epi__need(call, EPI_MAY_RECORD_READ));
    EPI_TRY(epi__signal_grid(call, 26, &g));
    if (!g.w.n)
        return EPI_FAIL(&call->err, EPI_NOT_FOUND, "estimate.nobody-reports", "%s", "");
    epi_findings_init(&notes, call->a, 200);
    EPI_TRY(epi__estimate_quality(call, &g.s, &notes));
    grid_notes(call, &g, &notes);
    const struct epi_estimate_method *m =
        epi_estimate_find(EPI_S("signal"), epi_str_of(g.how.figure_method));
    epi_jw_object(w);
    epi__estimate_source_json(call, &g.s);
    epi_jw_kvz(w, "method", g.how.word);
    epi_jw_kvz(w, "series", g.series);
    epi_jw_kvz(w, "paper", m ? m->paper : "");
    epi__signal_params_json(w, &g);
    epi_jw_key(w, "weeks");
    epi_jw_array(w);
    for (size_t k = g.from; k < g.w.weeks; k++)
        epi_jw_textz(w, epi_date_iso(epi__signal_week(&g, k), day));
    epi_jw_array_end(w);
    epi_jw_kvi(w, "days", g.days);
    epi_jw_kvz(w, "known_from",
               epi_date_known(g.w.known_from) ? epi_date_iso(g.w.known_from, day) : NULL);
    epi_jw_key(w, "rows");
    epi_jw_array(w);
    for (size_t u = 0; u < g.w.n; u++)
        row_json(call, &g, u);
    epi_jw_array_end(w);
    EPI_TRY(kept_json(call, &g));
    epi_jw_key(w, "notes");
    epi_jw_findings(w, &notes, call->actor.lang);
    epi_jw_object_end(w);
    return EPI_OK;
}
