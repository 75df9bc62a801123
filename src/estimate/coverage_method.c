// SPDX-License-Identifier: AGPL-3.0-or-later
#include "estimate/immunity.h"
#include "estimate/risk_internal.h"

#define DOSES_MAX 8

/* One number for each dose, or one for all. */
static bool per_dose(struct epi_estimate_run *r, const char *name, size_t doses, double *ret)
{
    size_t n;
    const double *v = epi_opt_numbers(r, name, &n);
    if (n != 1 && n != doses) {
        epi_finding_add(r->findings, EPI_ERROR, "estimate.coverage.per-dose", 0, epi_str_of(name),
                        epi_str_of(name), epi_str_printf(r->a, "%zu", doses));
        return false;
    }
    for (size_t k = 0; k < doses; k++)
        ret[k] = v[n == 1 ? 0 : k];
    return true;
}

static epi_status run_doses(struct epi_estimate_run *r)
{
    const double *doses[DOSES_MAX];
    struct epi_dose kinds[DOSES_MAX];
    double effectiveness[DOSES_MAX], lag[DOSES_MAX], ramp[DOSES_MAX], waning[DOSES_MAX];
    size_t n = r->series.n, doses_n = 1;
    bool ok = true;
    EPI_TRY(epi__few_points(r));
    doses[0] = r->series.cases;
    for (; doses_n < DOSES_MAX; doses_n++) {
        const char *name = epi_str_cz(r->a, epi_str_printf(r->a, "dose%zu", doses_n + 1));
        if (!epi_frame_column(&r->input, name))
            break;
        doses[doses_n] = epi__series_column(r, name, 0);
        ok = ok && doses[doses_n];
    }
    if (!ok)
        return EPI_FAIL(r->err, EPI_INVALID, "estimate.series-faulty", "%s", "");
    ok = per_dose(r, "effectiveness", doses_n, effectiveness);
    ok = per_dose(r, "lag", doses_n, lag) && ok;
    ok = per_dose(r, "ramp", doses_n, ramp) && ok;
    ok = per_dose(r, "waning", doses_n, waning) && ok;
    if (r->series.step != 1) {
        epi_finding_add(r->findings, EPI_ERROR, "estimate.daily-needed", 0, EPI_S("date"), EPI_NIL,
                        EPI_NIL);
        ok = false;
    }
    if (!ok)
        return EPI_FAIL(r->err, EPI_INVALID, "estimate.options-faulty", "%s", "");
    for (size_t k = 0; k < doses_n; k++)
        kinds[k] = (struct epi_dose){effectiveness[k], lag[k], ramp[k], waning[k]};
    struct epi_immunity m;
    epi_immunity(r->a, doses, doses_n, n, epi_opt_number(r, "population"), kinds, &m);
    struct epi_frame *f = &r->out->rows;
    epi_frame_init(f, n);
    epi__time_columns(r, f);
    for (size_t k = 0; k < doses_n; k++) {
        double *v =
            epi_frame_add(r->a, f, epi_str_cz(r->a, epi_str_printf(r->a, "coverage%zu", k + 1)));
        memcpy(v, m.coverage[k], n * sizeof *v);
    }
    memcpy(epi_frame_add(r->a, f, "immune"), m.immune, n * sizeof *m.immune);
    if (m.ahead < n)
        epi_out_note(r, EPI_WARNING, "estimate.coverage.ahead", m.ahead + 1, EPI_NIL, EPI_NIL);
    if (m.beyond < n)
        epi_out_note(r, EPI_WARNING, "estimate.coverage.beyond", m.beyond + 1, EPI_NIL, EPI_NIL);
    return EPI_OK;
}

static const struct epi_estimate_option options[] = {
    {"population", EPI_OPT_NUMBER, NULL, 1, 1e11, NULL, "person", "dân số", "population"},
    {"effectiveness", EPI_OPT_NUMBERS, NULL, 0, 1, NULL, "",
     "hiệu lực của từng mũi khi đã đủ thời gian", "effectiveness of each dose when matured"},
    {"lag", EPI_OPT_NUMBERS, "14", 0, 3650, NULL, "day", "độ trễ miễn dịch của từng mũi",
     "days before each dose takes effect"},
    {"ramp", EPI_OPT_NUMBERS, "0", 0, 3650, NULL, "day", "số ngày tăng dần đến hiệu lực đầy đủ",
     "days over which the effect rises"},
    {"waning", EPI_OPT_NUMBERS, "0", 0, 1, NULL, "/day", "tốc độ giảm mỗi ngày sau độ trễ",
     "rate of loss a day after the lag"},
};
static const struct epi_estimate_column columns[] = {
    {"t", "", "thứ tự ngày", "day"},
    {"date", "", "ngày", "date"},
    {"coverage1", "", "tỷ lệ đã tiêm mũi 1 (và tiếp theo cho các mũi sau)",
     "share that has had dose 1; likewise for further doses"},
    {"immune", "", "tỷ lệ được bảo vệ tính theo hiệu lực", "mean protection of the population"},
};
static const struct epi_estimate_method methods[] = {
    {.figure = "coverage",
     .method = "doses",
     .vi = "Bao phủ vắc xin và tỷ lệ được bảo vệ, có độ trễ miễn dịch và suy giảm",
     .en = "Vaccine coverage and protection, with lag and waning",
     .paper = "definition: protection of a person = the best of the doses had, each by its age",
     .shape = EPI_SHAPE_SERIES,
     .series_flags = EPI_SERIES_FRACTIONS,
     .input = "t|date dose1 dose2?",
     .counts = "dose1",
     .options = options,
     .options_n = EPI_COUNT(options),
     .columns = columns,
     .columns_n = EPI_COUNT(columns),
     .run = run_doses},
};
const struct epi_estimate_group epi__coverage_methods = {methods, EPI_COUNT(methods)};
