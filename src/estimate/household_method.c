// SPDX-License-Identifier: AGPL-3.0-or-later
/* The figure "household": how many are infected in a household, and how easily. */
#include "estimate/household.h"
#include "estimate/risk_internal.h"
#include <stdlib.h>

#define FEW_HOUSEHOLDS 20
#define FIT_PEOPLE_MAX 100 /* so that a fit of any table ends soon */

static epi_status distribution(struct epi_estimate_run *r, enum epi_household_model model)
{
    size_t n = (size_t)epi_opt_number(r, "susceptible"), m = (size_t)epi_opt_number(r, "initial");
    double mean = 0, below = 0, q = epi_opt_number(r, "escape");
    struct epi_frame *f = &r->out->rows;
    epi_frame_init(f, n + 1);
    double *infected = epi_frame_add(r->a, f, "infected"),
           *p = epi_frame_add(r->a, f, "probability"), *sum = epi_frame_add(r->a, f, "cumulative");
    epi_household(r->a, model, n, m, q, p);
    for (size_t k = 0; k <= n; k++) {
        infected[k] = (double)k;
        mean += (double)k * p[k];
        sum[k] = below += p[k];
    }
    epi_out_value(r, "mean_infected", mean);
    epi_out_value(r, "attack_rate", n ? mean / (double)n : (double)NAN);
    return EPI_OK;
}
static epi_status run_reed_frost(struct epi_estimate_run *r)
{
    return distribution(r, EPI_REED_FROST);
}
static epi_status run_greenwood(struct epi_estimate_run *r)
{
    return distribution(r, EPI_GREENWOOD);
}

/* --- fit --- */
static int by_size(const void *x, const void *y)
{
    const struct epi_household_count *a = x, *b = y;
    if (a->susceptible != b->susceptible)
        return a->susceptible < b->susceptible ? -1 : 1;
    if (a->initial != b->initial)
        return a->initial < b->initial ? -1 : 1;
    return (a->infected > b->infected) - (a->infected < b->infected);
}

/* Households by susceptible or by size, which counts the initial cases too. */
static epi_status read_households(struct epi_estimate_run *r, struct epi_household_count **ret)
{
    const struct epi_frame *f = &r->input;
    bool whole = !epi_frame_column(f, "susceptible"),
         initial = epi_frame_column(f, "initial") != NULL,
         counted = epi_frame_column(f, "count") != NULL;
    const double *size = epi_frame_need(f, whole ? "size" : "susceptible", 0, FIT_PEOPLE_MAX,
                                        EPI_NEED_WHOLE, r->findings),
                 *infected =
                     epi_frame_need(f, "infected", 0, FIT_PEOPLE_MAX, EPI_NEED_WHOLE, r->findings),
                 *first = NULL, *count = NULL;
    if (initial)
        first = epi_frame_need(f, "initial", 1, FIT_PEOPLE_MAX, EPI_NEED_WHOLE, r->findings);
    if (counted)
        count = epi_frame_need(f, "count", 0, 1e12, EPI_NEED_WHOLE, r->findings);
    bool ok = size && infected && (first || !initial) && (count || !counted), fits = true;
    struct epi_household_count *h = EPI_ARRAY(r->a, f->rows + 1, struct epi_household_count);
    for (size_t i = 0; ok && i < f->rows; i++) {
        double m = first ? first[i] : 1, n = size[i] - (whole ? m : 0);
        if (infected[i] <= n) {
            h[i] = (struct epi_household_count){(size_t)n, (size_t)m, (size_t)infected[i],
                                                count ? count[i] : 1};
            continue;
        }
        epi_finding_add(r->findings, EPI_ERROR, "estimate.household.more", (uint32_t)(i + 1),
                        EPI_S("infected"), epi_str_printf(r->a, "%.0f", infected[i]),
                        epi_str_printf(r->a, "%.0f", fmax(n, 0)));
        fits = false;
    }
    if (!ok || !fits)
        return EPI_FAIL(r->err, EPI_INVALID, "estimate.table-faulty", "%s", "");
    *ret = h;
    return EPI_OK;
}

/* Observed and expected households, for each size a row per number infected. */
static void expected(struct epi_estimate_run *r, enum epi_household_model model,
                     const struct epi_household_count *h, size_t n, double q)
{
    size_t rows = 0, at = 0;
    for (size_t k = 0; k < n; k++)
        if (k == 0 || h[k].susceptible != h[k - 1].susceptible || h[k].initial != h[k - 1].initial)
            rows += h[k].susceptible + 1;
    struct epi_frame *f = epi_out_table(r, "households", rows);
    double *susceptible = epi_frame_add(r->a, f, "susceptible"),
           *initial = epi_frame_add(r->a, f, "initial"),
           *infected = epi_frame_add(r->a, f, "infected"),
           *observed = epi_frame_add(r->a, f, "observed"),
           *expect = epi_frame_add(r->a, f, "expected");
    double p[FIT_PEOPLE_MAX + 1];
    for (size_t k = 0; k < n;) {
        size_t end = k, s = h[k].susceptible;
        double all = 0;
        epi_household(r->a, model, s, h[k].initial, q, p);
        for (size_t i = 0; i <= s; i++) {
            susceptible[at + i] = (double)s, initial[at + i] = (double)h[k].initial;
            infected[at + i] = (double)i, observed[at + i] = 0;
        }
        for (; end < n && h[end].susceptible == s && h[end].initial == h[k].initial; end++) {
            observed[at + h[end].infected] += h[end].count;
            all += h[end].count;
        }
        for (size_t i = 0; i <= s; i++)
            expect[at + i] = all * p[i];
        at += s + 1, k = end;
    }
}

static epi_status run_fit(struct epi_estimate_run *r)
{
    struct epi_household_count *h = NULL;
    enum epi_household_model model =
        epi_opt_is(r, "model", "greenwood") ? EPI_GREENWOOD : EPI_REED_FROST;
    size_t n = r->input.rows;
    double loglik = 0, households = 0, exposed = 0, infected = 0;
    EPI_TRY(read_households(r, &h));
    qsort(h, n, sizeof *h, by_size);
    for (size_t k = 0; k < n; k++) {
        households += h[k].count;
        exposed += h[k].count * (double)h[k].susceptible;
        infected += h[k].count * (double)h[k].infected;
    }
    struct epi_ci q = epi_household_fit(r->a, model, h, n, epi_opt_number(r, "level"), &loglik);
    struct epi_frame *f = &r->out->rows;
    epi_frame_init(f, 2);
    epi_str *name = epi_frame_add_word(r->a, f, "parameter");
    struct epi__ci_columns ci = epi__ci_columns(r, f, "");
    name[0] = EPI_S("escape"), name[1] = EPI_S("transmission");
    epi__ci_put(ci, 0, q);
    epi__ci_put(ci, 1, (struct epi_ci){1 - q.est, 1 - q.hi, 1 - q.lo});
    epi_out_value(r, "households", households);
    epi_out_value(r, "exposed", exposed);
    epi_out_value(r, "infected", infected);
    epi_out_value(r, "secondary_attack_rate", exposed > 0 ? infected / exposed : (double)NAN);
    epi_out_value(r, "loglik", loglik);
    if (isnan(q.est)) {
        epi_out_note(r, EPI_WARNING, "estimate.household.nobody", 0, EPI_NIL, EPI_NIL);
        return EPI_OK;
    }
    expected(r, model, h, n, q.est);
    if (households < FEW_HOUSEHOLDS)
        epi_out_note(r, EPI_WARNING, "estimate.household.few", 0,
                     epi_str_printf(r->a, "%.0f", households), EPI_NIL);
    epi_out_note(r, EPI_NOTE, "estimate.household.closed", 0, EPI_NIL, EPI_NIL);
    return EPI_OK;
}

static const struct epi_estimate_option distribution_options[] = {
    {"susceptible", EPI_OPT_INTEGER, NULL, 0, EPI_HOUSEHOLD_MAX, NULL, "person",
     "số người cảm nhiễm trong hộ, không kể ca đầu",
     "susceptible people of the household, without the cases that brought it in"},
    {"initial", EPI_OPT_INTEGER, "1", 1, EPI_HOUSEHOLD_MAX, NULL, "person",
     "số ca đầu đưa bệnh vào hộ", "cases that brought it in"},
    {"escape", EPI_OPT_NUMBER, NULL, 0, 1, NULL, "",
     "xác suất một người thoát khỏi một ca lây trong hộ",
     "probability to escape one infectious case"},
};
static const struct epi_estimate_option fit_options[] = {
    {"model", EPI_OPT_WORD, "reed-frost", 0, 0, "reed-frost|greenwood", "",
     "thoát từng ca lây, hoặc thoát như nhau dù có mấy ca",
     "escape from each case, or alike however many there are"},
    EPI__LEVEL_OPTION,
};
static const struct epi_estimate_column distribution_columns[] = {
    {"infected", "person", "số người nhiễm thêm", "infected beyond the first"},
    {"probability", "", "xác suất", "probability"},
    {"cumulative", "", "xác suất nhiều nhất chừng ấy", "probability of at most so many"},
};
static const struct epi_estimate_column fit_columns[] = {
    {"parameter", "", "escape: xác suất thoát; transmission: xác suất lây, bằng 1 - escape",
     "escape: probability to escape; transmission: 1 - escape"},
    {"estimate", "", "ước lượng", "estimate"},
    {"low", "", "giới hạn dưới", "lower limit"},
    {"high", "", "giới hạn trên", "upper limit"},
};
static const struct epi_estimate_method methods[] = {
    {.figure = "household",
     .method = "reed-frost",
     .vi = "Số người nhiễm trong hộ: mô hình Reed-Frost",
     .en = "Infected in a household: Reed-Frost",
     .paper = "Abbey 1952, Hum Biol 24:201; Bailey 1975",
     .shape = EPI_SHAPE_NONE,
     .options = distribution_options,
     .options_n = EPI_COUNT(distribution_options),
     .columns = distribution_columns,
     .columns_n = EPI_COUNT(distribution_columns),
     .run = run_reed_frost},
    {.figure = "household",
     .method = "greenwood",
     .vi = "Số người nhiễm trong hộ: mô hình Greenwood",
     .en = "Infected in a household: Greenwood",
     .paper = "Greenwood 1931, J Hyg 31:336; Bailey 1975",
     .shape = EPI_SHAPE_NONE,
     .options = distribution_options,
     .options_n = EPI_COUNT(distribution_options),
     .columns = distribution_columns,
     .columns_n = EPI_COUNT(distribution_columns),
     .run = run_greenwood},
    {.figure = "household",
     .method = "fit",
     .vi = "Xác suất lây trong hộ, từ số người nhiễm của nhiều hộ",
     .en = "How easily it spreads in households, from how many were infected in each",
     .paper = "Abbey 1952, Hum Biol 24:201; Bailey 1975",
     .shape = EPI_SHAPE_TABLE,
     .input = "size|susceptible infected initial? count?",
     .options = fit_options,
     .options_n = EPI_COUNT(fit_options),
     .columns = fit_columns,
     .columns_n = EPI_COUNT(fit_columns),
     .run = run_fit},
};
const struct epi_estimate_group epi__household_methods = {methods, EPI_COUNT(methods)};
