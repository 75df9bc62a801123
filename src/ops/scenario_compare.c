// SPDX-License-Identifier: AGPL-3.0-or-later
/* Up to six scenarios, one against another: totals of their runs and the differences. */
#include "ops/scenarios.h"
#include "stats/stats.h"

#define FIGURES EPI__SCENARIO_FIGURES

/* --- reading --- */
static epi_status read_one(struct epi_call *call, struct epi__totals *t)
{
    epi_str text, line, cell;
    EPI_TRY(epi__scenario_file(call, t->r, "runs.csv", &text));
    EPI_TRY(epi_json_parse(call->a, epi_v_as_text(t->r->v[EPI_SCENARIO_SUMMARY]), 100000,
                           &t->summary, &call->err));
    t->people = epi_json_int(t->summary, "people", 0);
    size_t most = (size_t)t->r->v[EPI_SCENARIO_RUNS].i;
    epi_str_split(&text, '\n', &line);
    epi_str_split(&line, ',', &cell); /* "run" */
    while (t->figures < FIGURES && epi_str_split(&line, ',', &cell))
        t->names[t->figures++] = cell;
    t->of = EPI_ARRAY(call->a, most * FIGURES, double);
    bool fits = t->figures > 0;
    while (fits && epi_str_split(&text, '\n', &line)) {
        if (!line.n)
            continue;
        fits = t->runs < most && epi_str_split(&line, ',', &cell);
        for (size_t f = 0; fits && f < t->figures; f++)
            fits = epi_str_split(&line, ',', &cell) &&
                   epi_str_to_f64(cell, &t->of[t->runs * FIGURES + f]);
        t->runs += fits;
    }
    return fits ? EPI_OK : EPI_FAIL(&call->err, EPI_CORRUPT, "scenario.run-file", "%s", "runs.csv");
}

epi_status epi__totals_read(struct epi_call *call, struct epi__totals all[EPI__COMPARED],
                            size_t *ret_n)
{
    epi_str ids = epi_arg(call, "ids"), one;
    size_t n = 0;
    while (ids.n && epi_str_split(&ids, ',', &one)) {
        epi_id id;
        if (n == EPI__COMPARED)
            return EPI_FAIL(&call->err, EPI_LIMIT, "scenario.compare-most", "%d", EPI__COMPARED);
        if (!epi_id_parse(epi_str_trim(one), &id))
            return EPI_FAIL(&call->err, EPI_NOT_FOUND, "arg.no-such-record", "%.*s", EPI_FMT(one));
        all[n] = (struct epi__totals){0};
        EPI_TRY(
            epi__scenario_get(call->app, call->a, id, &call->actor.scope, &all[n].r, &call->err));
        EPI_TRY(read_one(call, &all[n]));
        n++;
    }
    *ret_n = n;
    return n ? EPI_OK : EPI_FAIL(&call->err, EPI_INVALID, "scenario.compare-which", "%s", "ids");
}

/* --- figures --- */
bool epi__totals_paired(const struct epi__totals *a, const struct epi__totals *b)
{
    return a->runs == b->runs && a->people == b->people &&
           a->r->v[EPI_SCENARIO_SEED].i == b->r->v[EPI_SCENARIO_SEED].i &&
           a->r->v[EPI_SCENARIO_FIRST].i == b->r->v[EPI_SCENARIO_FIRST].i &&
           epi_str_eq(epi_v_as_text(a->r->v[EPI_SCENARIO_UNIT]),
                      epi_v_as_text(b->r->v[EPI_SCENARIO_UNIT]));
}

static struct epi__middle middle(double *v, size_t n)
{
    epi_sort(v, n);
    if (!n)
        return (struct epi__middle){NAN, NAN, NAN};
    return (struct epi__middle){epi_quantile_sorted(v, n, 0.5), epi_quantile_sorted(v, n, 0.025),
                                epi_quantile_sorted(v, n, 0.975)};
}

struct epi__middle epi__total_of(const struct epi__totals *t, size_t f, double *scratch)
{
    for (size_t k = 0; k < t->runs; k++)
        scratch[k] = t->of[k * FIGURES + f];
    return middle(scratch, t->runs);
}

/* Paired: run by run; otherwise every run of the one with every run of the other. */
struct epi__middle epi__total_less(const struct epi__totals *t, const struct epi__totals *first,
                                   size_t f, double *scratch)
{
    bool paired = epi__totals_paired(first, t);
    size_t n = 0;
    for (size_t i = 0; i < t->runs; i++)
        for (size_t k = 0; k < first->runs; k++)
            if (!paired || i == k)
                scratch[n++] = t->of[i * FIGURES + f] - first->of[k * FIGURES + f];
    return middle(scratch, n);
}

/* --- the answer --- */
static void put(struct epi_jw *w, const char *key, struct epi__middle m)
{
    epi_jw_key(w, key);
    epi_jw_object(w);
    epi_jw_kvr(w, "median", m.median);
    epi_jw_kvr(w, "q025", m.q025);
    epi_jw_kvr(w, "q975", m.q975);
    epi_jw_object_end(w);
}

epi_status epi_do_scenario_compare(struct epi_call *call)
{
    struct epi__totals all[EPI__COMPARED];
    struct epi_jw *w = &call->out;
    char text[16];
    size_t n;
    EPI_TRY(epi__need(call, EPI_MAY_RECORD_READ));
    EPI_TRY(epi__totals_read(call, all, &n));
    double *v = EPI_ARRAY(call->a, (size_t)EPI_RUNS_MAX * EPI_RUNS_MAX, double);
    epi_jw_object(w);
    epi_jw_key(w, "scenarios");
    epi_jw_array(w);
    for (size_t i = 0; i < n; i++) {
        epi_jw_object(w);
        epi_jw_kvz(w, "id", epi_id_text(all[i].r->id, text));
        epi_jw_kvb(w, "paired", epi__totals_paired(&all[0], &all[i]));
        epi_jw_object_end(w);
    }
    epi_jw_array_end(w);
    epi_jw_key(w, "rows");
    epi_jw_array(w);
    for (size_t f = 0; f < all[0].figures; f++) {
        epi_jw_object(w);
        epi_jw_kv(w, "figure", all[0].names[f]);
        epi_jw_key(w, "of");
        epi_jw_array(w);
        for (size_t i = 0; i < n; i++) {
            epi_jw_object(w);
            put(w, "total", epi__total_of(&all[i], f, v));
            if (i > 0)
                put(w, "difference", epi__total_less(&all[i], &all[0], f, v));
            epi_jw_object_end(w);
        }
        epi_jw_array_end(w);
        epi_jw_object_end(w);
    }
    epi_jw_array_end(w);
    epi_jw_object_end(w);
    return EPI_OK;
}
