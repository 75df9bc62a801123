// SPDX-License-Identifier: AGPL-3.0-or-later
/* The figure "offspring": how unevenly cases infect others. */
#include "estimate/offspring.h"
#include "estimate/chains_internal.h"
#include "estimate/risk_internal.h"

#define FEW_CASES 20
#define COMBINATIONS_MAX 10000

/* --- fit --- */
static epi_status read_offspring(struct epi_estimate_run *r, double **ret_times, size_t *ret_n)
{
    const char *name = epi__column_of(r, &r->input, "offspring|count");
    const double *y =
        epi_frame_need(&r->input, name, 0, EPI_OFFSPRING_MAX, EPI_NEED_WHOLE, r->findings);
    const double *times = NULL;
    bool grouped = epi_frame_column(&r->input, "cases") != NULL;
    if (grouped)
        times = epi_frame_need(&r->input, "cases", 0, 1e12, EPI_NEED_WHOLE, r->findings);
    if (!y || (grouped && !times))
        return EPI_FAIL(r->err, EPI_INVALID, "estimate.table-faulty", "%s", "");
    size_t most = 0;
    for (size_t i = 0; i < r->input.rows; i++)
        most = (size_t)y[i] > most ? (size_t)y[i] : most;
    *ret_n = most + 1;
    *ret_times = EPI_ARRAY(r->a, *ret_n, double);
    for (size_t i = 0; i < r->input.rows; i++)
        (*ret_times)[(size_t)y[i]] += times ? times[i] : 1;
    return EPI_OK;
}

void epi__offspring_rows(struct epi_estimate_run *r, struct epi_frame *f,
                         const struct epi_offspring_fit *fit)
{
    static const char *const names[] = {"R", "k", "prop80", "prop_from_top20"};
    epi_frame_init(f, EPI_COUNT(names));
    epi_str *name = epi_frame_add_word(r->a, f, "parameter");
    struct epi__ci_columns ci = epi__ci_columns(r, f, "");
    struct epi_ci v[] = {fit->r, fit->k, EPI_CI_NONE, EPI_CI_NONE};
    if (fit->total > 0) {
        const double k[] = {fit->k.est, fit->k.lo, fit->k.hi};
        double *share[] = {&v[2].est, &v[2].lo, &v[2].hi}, *top[] = {&v[3].est, &v[3].hi, &v[3].lo};
        for (size_t i = 0; i < 3; i++) { /* the more even, the larger k */
            *share[i] = epi_share_of_cases(fit->r.est, k[i], 0.8);
            *top[i] = epi_share_of_infections(k[i], 0.2);
        }
    }
    for (size_t i = 0; i < EPI_COUNT(names); i++) {
        name[i] = epi_str_of(names[i]);
        epi__ci_put(ci, i, v[i]);
    }
}

void epi__offspring_notes(struct epi_estimate_run *r, const struct epi_offspring_fit *fit)
{
    if (fit->total == 0)
        epi_out_note(r, EPI_WARNING, "estimate.offspring.none", 0, EPI_NIL, EPI_NIL);
    else if (isinf(fit->k.est))
        epi_out_note(r, EPI_NOTE, "estimate.offspring.even", 0, EPI_NIL, EPI_NIL);
    else if (isinf(fit->k.hi))
        epi_out_note(r, EPI_NOTE, "estimate.offspring.unbounded", 0, EPI_NIL, EPI_NIL);
    if (fit->cases < FEW_CASES)
        epi_out_note(r, EPI_WARNING, "estimate.offspring.few", 0,
                     epi_str_printf(r->a, "%.0f", fit->cases), EPI_NIL);
}

static epi_status run_fit(struct epi_estimate_run *r)
{
    double *times = NULL;
    size_t n = 0;
    struct epi_offspring_fit fit;
    EPI_TRY(read_offspring(r, &times, &n));
    epi_offspring_fit(r->a, times, n, epi_opt_number(r, "level"), &fit);
    if (!(fit.cases > 0))
        return EPI_FAIL(r->err, EPI_INVALID, "estimate.no-rows", "%s", "");
    epi__offspring_rows(r, &r->out->rows, &fit);
    epi_out_value(r, "cases", fit.cases);
    epi_out_value(r, "offspring", fit.total);
    epi_out_value(r, "largest", fit.most);
    epi_out_value(r, "variance", fit.variance);
    epi_out_value(r, "zero_fraction", fit.zeros);
    epi_out_value(r, "loglik", fit.loglik);
    epi_out_value(r, "loglik_poisson", fit.loglik_poisson);
    epi__offspring_notes(r, &fit);
    return EPI_OK;
}

/* --- spread --- */
static epi_status run_spread(struct epi_estimate_run *r)
{
    size_t rn, kn, cn, at = 0;
    const double *rs = epi_opt_numbers(r, "r", &rn), *ks = epi_opt_numbers(r, "k", &kn),
                 *cs = epi_opt_numbers(r, "initial-cases", &cn);
    double share = epi_opt_number(r, "share"), top = epi_opt_number(r, "top");
    bool odd = false;
    for (size_t i = 0; i < cn; i++)
        odd = odd || cs[i] != floor(cs[i]);
    if (odd)
        epi_finding_add(r->findings, EPI_ERROR, "estimate.cell-fraction", 0, EPI_S("initial-cases"),
                        epi_opt_word(r, "initial-cases"), EPI_NIL);
    if (odd)
        return EPI_FAIL(r->err, EPI_INVALID, "estimate.options-faulty", "%s", "");
    if (rn * kn * cn > COMBINATIONS_MAX)
        return EPI_FAIL(r->err, EPI_LIMIT, "estimate.too-large", "%zu", rn * kn * cn);
    struct epi_frame *f = &r->out->rows;
    epi_frame_init(f, rn * kn * cn);
    double *r_ = epi_frame_add(r->a, f, "R"), *k_ = epi_frame_add(r->a, f, "k"),
           *c_ = epi_frame_add(r->a, f, "initial_cases"),
           *epidemic = epi_frame_add(r->a, f, "prob_epidemic"),
           *extinct = epi_frame_add(r->a, f, "prob_extinct"),
           *cases = epi_frame_add(r->a, f, "share_of_cases"),
           *infections = epi_frame_add(r->a, f, "share_of_infections");
    for (size_t i = 0; i < rn; i++)
        for (size_t j = 0; j < kn; j++) {
            double q = epi_epidemic_probability(rs[i], ks[j]),
                   prop = epi_share_of_cases(rs[i], ks[j], share),
                   from_top = epi_share_of_infections(ks[j], top);
            for (size_t c = 0; c < cn; c++, at++) {
                double log_extinct = cs[c] * log1p(-q);
                r_[at] = rs[i], k_[at] = ks[j], c_[at] = cs[c];
                epidemic[at] = -expm1(log_extinct), extinct[at] = exp(log_extinct);
                cases[at] = prop, infections[at] = from_top;
            }
        }
    return EPI_OK;
}

static const struct epi_estimate_option fit_options[] = {EPI__LEVEL_OPTION};
static const struct epi_estimate_option spread_options[] = {
    {"r", EPI_OPT_NUMBERS, NULL, 0, 1000, NULL, "", "số lây nhiễm trung bình của một ca",
     "mean offspring of a case"},
    {"k", EPI_OPT_NUMBERS, NULL, 1e-4, 1e9, NULL, "",
     "độ phân tán; càng nhỏ, càng ít ca gây phần lớn lây nhiễm",
     "dispersion; the smaller, the fewer cases cause most of the spread"},
    {"initial-cases", EPI_OPT_NUMBERS, "1", 1, 1e6, NULL, "person", "số ca ban đầu",
     "cases at first"},
    {"share", EPI_OPT_NUMBER, "0.8", 0.01, 0.99, NULL, "", "phần lây nhiễm được giải thích",
     "share of infections to be explained"},
    {"top", EPI_OPT_NUMBER, "0.2", 0.01, 0.99, NULL, "", "nhóm ca lây nhiều nhất",
     "share of cases that infect most"},
};
static const struct epi_estimate_column fit_columns[] = {
    {"parameter", "",
     "R: số lây nhiễm trung bình; k: độ phân tán; prop80: tỷ lệ ca gây 80 % lây nhiễm; "
     "prop_from_top20: phần lây nhiễm từ 20 % ca lây nhiều nhất",
     "R: mean offspring; k: dispersion; prop80: share of cases causing 80 % of infections; "
     "prop_from_top20: share of infections from the top 20 % of cases"},
    {"estimate", "", "ước lượng", "estimate"},
    {"low", "", "giới hạn dưới", "lower limit"},
    {"high", "", "giới hạn trên", "upper limit"},
};
static const struct epi_estimate_column spread_columns[] = {
    {"R", "", "số lây nhiễm trung bình", "mean offspring"},
    {"k", "", "độ phân tán", "dispersion"},
    {"initial_cases", "person", "số ca ban đầu", "cases at first"},
    {"prob_epidemic", "", "xác suất bùng phát thành dịch", "probability of a lasting epidemic"},
    {"prob_extinct", "", "xác suất tự tắt", "probability of dying out"},
    {"share_of_cases", "", "tỷ lệ ca ít nhất gây phần lây nhiễm đã chọn",
     "smallest share of cases that causes the chosen share of infections"},
    {"share_of_infections", "", "phần lây nhiễm từ nhóm ca lây nhiều nhất",
     "share of infections from the top cases"},
};
static const struct epi_estimate_method methods[] = {
    {.figure = "offspring",
     .method = "fit",
     .vi = "Độ không đồng đều của lây nhiễm (siêu lây nhiễm), từ số người mỗi ca lây",
     .en = "How unevenly cases infect others, from the offspring of each",
     .paper = "Lloyd-Smith et al. 2005, Nature 438:355; Endo et al. 2020, Wellcome Open Res 5:67",
     .shape = EPI_SHAPE_TABLE,
     .input = "offspring|count cases?",
     .options = fit_options,
     .options_n = EPI_COUNT(fit_options),
     .columns = fit_columns,
     .columns_n = EPI_COUNT(fit_columns),
     .run = run_fit,
     .per_unit = true},
    {.figure = "offspring",
     .method = "spread",
     .vi = "Xác suất bùng phát hoặc tự tắt, và phần lây nhiễm do ít ca gây ra",
     .en = "Probability of an epidemic or of dying out, and the share few cases cause",
     .paper = "Lloyd-Smith et al. 2005, Nature 438:355; Endo et al. 2020, Wellcome Open Res 5:67",
     .shape = EPI_SHAPE_NONE,
     .options = spread_options,
     .options_n = EPI_COUNT(spread_options),
     .columns = spread_columns,
     .columns_n = EPI_COUNT(spread_columns),
     .run = run_spread},
};
const struct epi_estimate_group epi__offspring_methods = {methods, EPI_COUNT(methods)};
