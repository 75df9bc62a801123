// SPDX-License-Identifier: AGPL-3.0-or-later
/* The figures of up to six scenarios as one table, CSV or XLSX: what each assumes, totals, their
 * differences from the first, peaks, capacities and costs; a row says one of them. */
#include "exchange/exchange.h"
#include "ops/scenarios.h"
#include <math.h>

static const char *const columns[] = {"part", "scenario", "unit",   "first_day", "days", "runs",
                                      "seed", "item",     "detail", "value",     "q025", "q975"};
struct sheet {
    struct epi_call *call;
    struct epi_writer *w;
    const struct epi_record *r; /* of the rows that follow */
    epi_str title;
};

static void text_cell(struct sheet *s, epi_str text)
{
    epi_writer_cell(s->w, text, text.n ? EPI_CELL_TEXT : EPI_CELL_EMPTY);
}
static void number_cell(struct sheet *s, double v)
{
    if (isfinite(v))
        epi_writer_cell(s->w, epi_str_printf(s->call->a, "%.10g", v), EPI_CELL_NUMBER);
    else
        epi_writer_cell(s->w, EPI_NIL, EPI_CELL_EMPTY);
}
static void begin(struct sheet *s, const char *part, epi_str item, epi_str detail)
{
    char iso[16];
    const struct epi_record *r = s->r;
    text_cell(s, epi_str_of(part));
    text_cell(s, s->title);
    text_cell(s, epi__unit_name(s->call, epi_v_as_text(r->v[EPI_SCENARIO_UNIT])));
    epi_writer_cell(s->w, epi_str_of(epi_date_iso(epi_v_as_date(r->v[EPI_SCENARIO_FIRST]), iso)),
                    EPI_CELL_DATE);
    number_cell(s, (double)r->v[EPI_SCENARIO_DAYS].i);
    number_cell(s, (double)r->v[EPI_SCENARIO_RUNS].i);
    number_cell(s, (double)r->v[EPI_SCENARIO_SEED].i);
    text_cell(s, item);
    text_cell(s, detail);
}
static epi_status numbers(struct sheet *s, const char *part, epi_str item, epi_str detail,
                          struct epi__middle m)
{
    begin(s, part, item, detail);
    number_cell(s, m.median);
    number_cell(s, m.q025);
    number_cell(s, m.q975);
    return epi_writer_end_row(s->w, &s->call->err);
}
static struct epi__middle alone(double v)
{
    return (struct epi__middle){v, NAN, NAN};
}

/* What differs from the scenario in which nothing is done. */
static epi_status assumed(struct sheet *s, const struct epi_scenario *is,
                          const struct epi_scenario *plain)
{
    const struct epi_lever *levers;
    size_t n = epi_levers(&levers);
    epi_lang lang = s->call->actor.lang;
    for (size_t i = 0; i < n; i++) {
        const struct epi_lever *l = &levers[i];
        const char *a = (const char *)is + l->offset, *b = (const char *)plain + l->offset;
        struct epi_lever_words words, choice;
        double v = NAN;
        epi_str text = EPI_NIL;
        if (l->type == EPI_LEVER_TEXT ? strcmp(a, b) == 0
            : l->type == EPI_LEVER_COUNT
                ? *(const int *)a == *(const int *)b
                : (l->type == EPI_LEVER_YES ? *(const bool *)a == *(const bool *)b
                                            : *(const double *)a == *(const double *)b))
            continue;
        EPI_ASSERT(epi_lever_words(l->path, &words));
        if (l->type == EPI_LEVER_TEXT)
            text = epi_str_of(
                l->word && epi_lever_choice_words(l->path, a, &choice) ? choice.label[lang] : a);
        else
            v = l->type == EPI_LEVER_COUNT ? *(const int *)a
                : l->type == EPI_LEVER_YES ? *(const bool *)a
                                           : *(const double *)a;
        begin(s, "assumption", epi_str_of(words.label[lang]),
              text.n ? text : epi_str_of(words.measure[lang]));
        number_cell(s, v);
        number_cell(s, (double)NAN);
        number_cell(s, (double)NAN);
        EPI_TRY(epi_writer_end_row(s->w, &s->call->err));
    }
    return EPI_OK;
}

static epi_status all_assumed(struct sheet *s)
{
    struct epi_scenario is = epi_scenario_plain(), plain = epi_scenario_plain();
    struct epi_findings unread;
    epi_findings_init(&unread, s->call->a, 100);
    EPI_TRY(epi_scenario_read(s->call->a, epi_v_as_text(s->r->v[EPI_SCENARIO_LEVERS]), &is, &unread,
                              &s->call->err));
    return assumed(s, &is, &plain);
}

static double real_of(const epi_json *j, const char *name)
{
    return epi_json_real(j, name, (double)NAN);
}

static epi_status from_summary(struct sheet *s, const epi_json *summary)
{
    static const char *const peaks[] = {"beds_now", "icu_now", "at_site_now"};
    const epi_json *all = epi_json_get(summary, "peaks"), *costs = epi_json_get(summary, "costs");
    for (size_t i = 0; i < EPI_COUNT(peaks); i++) {
        const epi_json *v = epi_json_get(epi_json_get(all, peaks[i]), "value");
        EPI_TRY(numbers(
            s, "peak", epi_str_of(peaks[i]), EPI_NIL,
            (struct epi__middle){real_of(v, "median"), real_of(v, "q025"), real_of(v, "q975")}));
        EPI_TRY(numbers(s, "capacity", epi_str_of(peaks[i]), EPI_NIL,
                        alone(real_of(epi_json_get(summary, "capacity"), peaks[i]))));
    }
    epi_str currency = epi_json_text(costs, "currency", EPI_NIL);
    EPI_JSON_EACH (row, epi_json_get(costs, "rows"))
        EPI_TRY(numbers(s, "cost", epi_json_text(row, "of", EPI_NIL), currency,
                        alone(real_of(row, "cost"))));
    return numbers(s, "cost", EPI_S("total"), currency, alone(real_of(costs, "total")));
}

static epi_status write_all(struct sheet *s, const struct epi__totals *all, size_t n)
{
    double *v = EPI_ARRAY(s->call->a, (size_t)EPI_RUNS_MAX * EPI_RUNS_MAX, double);
    for (size_t i = 0; i < n; i++) {
        s->r = all[i].r;
        s->title = epi__scenario_title(s->call, s->r);
        for (size_t f = 0; f < all[i].figures; f++)
            EPI_TRY(numbers(s, "total", all[i].names[f], EPI_NIL, epi__total_of(&all[i], f, v)));
        for (size_t f = 0; i > 0 && f < all[i].figures; f++)
            EPI_TRY(numbers(s, "difference", all[i].names[f],
                            epi__totals_paired(&all[0], &all[i]) ? EPI_S("paired")
                                                                 : EPI_S("not paired"),
                            epi__total_less(&all[i], &all[0], f, v)));
        EPI_TRY(from_summary(s, all[i].summary));
        EPI_TRY(all_assumed(s));
    }
    return EPI_OK;
}

epi_status epi_do_scenario_export(struct epi_call *call)
{
    struct epi__totals all[EPI__COMPARED];
    struct sheet s = {.call = call};
    epi_str names[EPI_COUNT(columns)], format = epi_arg(call, "format");
    size_t n;
    bool csv = epi_str_eqz(format, "csv");
    EPI_TRY(epi__need(call, EPI_MAY_RECORD_READ));
    if (format.n && !csv && !epi_str_eqz(format, "xlsx"))
        return EPI_FAIL(&call->err, EPI_INVALID, "export.format", "%.*s", EPI_FMT(format));
    EPI_TRY(epi__totals_read(call, all, &n));
    for (size_t i = 0; i < EPI_COUNT(columns); i++)
        names[i] = epi_str_of(columns[i]);
    call->out_type = csv ? "text/csv; charset=utf-8"
                         : "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    call->out_name = csv ? "scenarios.csv" : "scenarios.xlsx";
    struct epi_writer_options wo = {.format = csv ? EPI_TABLE_CSV : EPI_TABLE_XLSX,
                                    .sheet = EPI_S("scenarios")};
    EPI_TRY(epi_writer_open(&s.w, call->out_path, &wo, names, EPI_COUNT(names), &call->err));
    epi_status did = write_all(&s, all, n);
    epi_status closed = epi_writer_close(s.w, did == EPI_OK ? &call->err : NULL);
    return did != EPI_OK ? did : closed;
}
