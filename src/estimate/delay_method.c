// SPDX-License-Identifier: AGPL-3.0-or-later
/* The figure "delay": fits of delay distributions, and delays period by period. */
#include "estimate/delay_show.h"
#include "estimate/pairs.h"

enum { FEW = 10 };

/* The families asked for, of those a method has. */
static size_t families(const struct epi_estimate_run *r, const enum epi_delay_family *all,
                       size_t all_n, enum epi_delay_family *ret)
{
    if (epi_delay_family_of(epi_opt_word(r, "distribution"), ret))
        return 1;
    memcpy(ret, all, all_n * sizeof *ret);
    return all_n;
}

static void note_few(struct epi_estimate_run *r, double n)
{
    if (n < FEW)
        epi_out_note(r, EPI_WARNING, "estimate.delay-few", 0, epi_str_printf(r->a, "%.0f", n),
                     EPI_NIL);
}
static void note_count(struct epi_estimate_run *r, const char *code, double n)
{
    if (n > 0)
        epi_out_note(r, EPI_NOTE, code, 0, epi_str_printf(r->a, "%.0f", n), EPI_NIL);
}

/* --- reading -------------------------------------------------------------------------------------
 */
struct input {
    size_t n;
    double *delay, *limit; /* days; limit: the longest that could be seen */
};

/* Delays of pairs that can be seen by now; the others are counted in notes. */
static epi_status from_pairs(struct epi_estimate_run *r, struct input *in)
{
    struct epi__pairs p;
    double open = 0, negative = 0;
    EPI_TRY(epi__pairs_read(r, &p));
    in->delay = EPI_ARRAY(r->a, p.n + 1, double);
    in->limit = EPI_ARRAY(r->a, p.n + 1, double);
    for (size_t i = 0; i < p.n; i++) {
        if (!(p.from[i] <= (double)p.now.d) || !(p.to[i] <= (double)p.now.d)) {
            open++;
        } else if (p.to[i] < p.from[i]) {
            negative++;
            epi_finding_add(r->findings, EPI_WARNING, "estimate.delay-negative", (uint32_t)(i + 1),
                            EPI_NIL, epi_str_printf(r->a, "%.0f", p.to[i] - p.from[i]), EPI_NIL);
        } else {
            in->limit[in->n] = (double)p.now.d - p.from[i];
            in->delay[in->n++] = p.to[i] - p.from[i];
        }
    }
    note_count(r, "estimate.delay-open", open);
    note_count(r, "estimate.delay-negatives", negative);
    return EPI_OK;
}

static epi_status none(struct epi_estimate_run *r)
{
    return EPI_FAIL(r->err, EPI_INVALID, "estimate.delay-none", "%s", "");
}

/* --- exact ---------------------------------------------------------------------------------------
 */
static epi_status run_exact(struct epi_estimate_run *r)
{
    static const enum epi_delay_family all[] = {EPI_DELAY_GAMMA, EPI_DELAY_LNORM, EPI_DELAY_WEIBULL,
                                                EPI_DELAY_EXP, EPI_DELAY_NBINOM};
    enum epi_delay_family f[EPI_DELAY_FAMILIES];
    struct epi_delay_fit fits[EPI_DELAY_FAMILIES];
    struct epi_delays d;
    struct input in = {0};
    size_t n = families(r, all, EPI_COUNT(all), f), kept = 0;
    if (epi_frame_column(&r->input, "delay")) {
        const double *v =
            epi_frame_need(&r->input, "delay", -1e6, 1e6, EPI_NEED_MAY_EMPTY, r->findings);
        if (!v)
            return EPI_FAIL(r->err, EPI_INVALID, "estimate.table-faulty", "%s", "");
        epi_delays_of(r->a, v, r->input.rows, &d);
    } else {
        EPI_TRY(from_pairs(r, &in));
        epi_delays_of(r->a, in.delay, in.n, &d);
    }
    double zero = 0, negative = 0;
    for (size_t i = 0; i < d.n; i++) {
        zero += d.value[i] == 0.0 ? d.times[i] : 0.0;
        negative += d.value[i] < 0.0 ? d.times[i] : 0.0;
    }
    for (size_t i = 0; i < n; i++)
        kept += epi_delay_fit_exact(&d, f[i], &fits[kept], NULL) == EPI_OK;
    if (kept == 0)
        return none(r);
    epi__delay_show(r, fits, kept, true, true);
    epi__delay_show_counts(r, &d);
    note_few(r, d.total);
    if (f[0] != EPI_DELAY_NORMAL) {
        note_count(r, "estimate.delay-zeros", zero);
        note_count(r, "estimate.delay-negatives", negative);
    }
    return EPI_OK;
}

/* --- interval-censored ---------------------------------------------------------------------------
 */
static const enum epi_delay_family positive[] = {EPI_DELAY_GAMMA, EPI_DELAY_LNORM,
                                                 EPI_DELAY_WEIBULL};

/* Whole days: an event of day d happened in [d, d + 1]. */
static epi_status censored_pairs(struct epi_estimate_run *r, struct epi_censored *c)
{
    struct input in = {0};
    EPI_TRY(from_pairs(r, &in));
    double *el = EPI_ARRAY(r->a, in.n + 1, double), *er = EPI_ARRAY(r->a, in.n + 1, double);
    double *sl = EPI_ARRAY(r->a, in.n + 1, double), *sr = EPI_ARRAY(r->a, in.n + 1, double);
    double *until = EPI_ARRAY(r->a, in.n + 1, double);
    for (size_t i = 0; i < in.n; i++) {
        er[i] = 1.0;
        sl[i] = in.delay[i];
        sr[i] = in.delay[i] + 1.0;
        until[i] = in.limit[i] + 1.0;
    }
    *c = (struct epi_censored){.n = in.n, .el = el, .er = er, .sl = sl, .sr = sr};
    c->until = epi_opt_given(r, "now") ? until : NULL;
    return EPI_OK;
}

static bool fault(struct epi_estimate_run *r, size_t row, const char *code, const char *field)
{
    epi_finding_add(r->findings, EPI_ERROR, code, (uint32_t)(row + 1), epi_str_of(field), EPI_NIL,
                    EPI_NIL);
    return false;
}

static epi_status censored_columns(struct epi_estimate_run *r, struct epi_censored *c)
{
    const struct epi_frame *f = &r->input;
    struct epi_findings *w = r->findings;
    *c = (struct epi_censored){.n = f->rows};
    c->el = epi_frame_need(f, "EL", -1e7, 1e7, 0, w);
    c->er = epi_frame_need(f, "ER", -1e7, 1e7, 0, w);
    c->sl = epi_frame_need(f, "SL", -1e7, 1e7, 0, w);
    c->sr = epi_frame_need(f, "SR", -1e7, 1e7, 0, w);
    bool ok = c->el && c->er && c->sl && c->sr;
    if (epi_frame_column(f, "type"))
        ok = (c->type = epi_frame_need(f, "type", 0, 2, EPI_NEED_WHOLE, w)) && ok;
    if (epi_frame_column(f, "until"))
        ok = (c->until = epi_frame_need(f, "until", -1e7, 1e7, EPI_NEED_MAY_EMPTY, w)) && ok;
    for (size_t i = 0; ok && i < c->n; i++) {
        bool order = c->er[i] >= c->el[i] && c->sr[i] >= c->sl[i];
        if (!order)
            fault(r, i, "estimate.interval-reversed", "ER");
        else if (!(c->sr[i] > c->el[i]))
            fault(r, i, "estimate.interval-impossible", "SR");
        else if (c->until && c->until[i] < c->sr[i])
            fault(r, i, "estimate.delay-beyond-limit", "until");
    }
    if (!ok || (w && w->counts[EPI_ERROR] > 0))
        return EPI_FAIL(r->err, EPI_INVALID, "estimate.table-faulty", "%s", "");
    return EPI_OK;
}

static epi_status run_interval(struct epi_estimate_run *r)
{
    enum epi_delay_family f[EPI_DELAY_FAMILIES];
    struct epi_delay_fit fits[EPI_DELAY_FAMILIES];
    struct epi_censored c;
    size_t n = families(r, positive, EPI_COUNT(positive), f);
    bool pairs = !epi_frame_column(&r->input, "EL") && epi__pairs_there(r);
    EPI_TRY(pairs ? censored_pairs(r, &c) : censored_columns(r, &c));
    if (c.n == 0)
        return none(r);
    for (size_t i = 0; i < n; i++)
        EPI_TRY(epi_delay_fit_interval(r->a, &c, f[i], &fits[i], r->err));
    epi__delay_show(r, fits, n, false, false);
    note_few(r, (double)c.n);
    return EPI_OK;
}

/* --- right-truncated -----------------------------------------------------------------------------
 */
static epi_status truncated_columns(struct epi_estimate_run *r, bool naive, struct input *in)
{
    const struct epi_frame *f = &r->input;
    const double *v = epi_frame_need(f, "delay", 0, 1e6, EPI_NEED_WHOLE, r->findings);
    const double *limit = NULL;
    if (!naive)
        limit = epi_frame_need(f, "max_observable", 0, 1e6, EPI_NEED_WHOLE, r->findings);
    bool ok = v && (naive || limit);
    for (size_t i = 0; ok && limit && i < f->rows; i++)
        if (limit[i] < v[i])
            fault(r, i, "estimate.delay-beyond-limit", "max_observable");
    if (!ok || (r->findings && r->findings->counts[EPI_ERROR] > 0))
        return EPI_FAIL(r->err, EPI_INVALID, "estimate.table-faulty", "%s", "");
    in->n = f->rows;
    in->delay = EPI_ARRAY(r->a, in->n + 1, double);
    in->limit = EPI_ARRAY(r->a, in->n + 1, double);
    memcpy(in->delay, v, in->n * sizeof *v);
    if (limit)
        memcpy(in->limit, limit, in->n * sizeof *v);
    return EPI_OK;
}

static epi_status run_truncated(struct epi_estimate_run *r)
{
    enum epi_delay_family f[EPI_DELAY_FAMILIES];
    struct epi_delay_fit fits[EPI_DELAY_FAMILIES];
    struct epi_delays d;
    struct input in = {0};
    bool naive = epi_opt_is(r, "mode", "naive");
    size_t n = families(r, positive, EPI_COUNT(positive), f);
    EPI_TRY(epi_frame_column(&r->input, "delay") ? truncated_columns(r, naive, &in)
                                                 : from_pairs(r, &in));
    if (in.n == 0)
        return none(r);
    for (size_t i = 0; i < n; i++)
        EPI_TRY(epi_delay_fit_truncated(r->a, in.delay, naive ? NULL : in.limit, in.n, f[i],
                                        &fits[i], r->err));
    epi__delay_show(r, fits, n, true, false);
    epi_delays_of(r->a, in.delay, in.n, &d);
    epi__delay_show_counts(r, &d);
    note_few(r, (double)in.n);
    double longest = 0;
    for (size_t i = 0; i < in.n; i++)
        longest = in.limit[i] > longest ? in.limit[i] : longest;
    for (size_t i = 0; i < n && !naive; i++)
        if (fits[i].converged && epi_delay_sf(f[i], fits[i].par, longest + 1.0) > 0.1)
            epi_out_note(r, EPI_WARNING, "estimate.delay-beyond-sight", i + 1,
                         epi_str_of(epi_delay_name(f[i])), epi_str_printf(r->a, "%.0f", longest));
    return EPI_OK;
}

/* --- period by period ----------------------------------------------------------------------------
 */
static epi_status run_summary(struct epi_estimate_run *r)
{
    struct epi__pairs p;
    struct epi_delay_summary s;
    EPI_TRY(epi__pairs_read(r, &p));
    enum epi_delay_period period = (enum epi_delay_period)epi_opt_number(r, "period");
    double within = epi_opt_number(r, "within"), ahead = 0;
    epi_delay_summarise(r->a, p.from, p.to, p.n, p.now, period, within, &s);
    if (s.n == 0)
        return none(r);
    struct epi_frame *f = &r->out->rows;
    epi_frame_init(f, s.n);
    double *start = epi_frame_add_date(r->a, f, "start");
    static const char *const names[] = {"n",   "open", "negative", "known",  "median",
                                        "q25", "q75",  "p90",      "within", "seen"};
    double *column[EPI_COUNT(names)];
    for (size_t k = 0; k < EPI_COUNT(names); k++)
        column[k] = epi_frame_add(r->a, f, names[k]);
    for (size_t i = 0; i <= s.n; i++) {
        const struct epi_delay_row *x = i < s.n ? &s.rows[i] : &s.all;
        const double v[] = {x->n,   x->open, x->negative, x->known,  x->median,
                            x->q25, x->q75,  x->p90,      x->within, x->seen};
        for (size_t k = 0; k < EPI_COUNT(names); k++) {
            if (i < s.n)
                column[k][i] = v[k];
            else
                epi_out_value(r, names[k], v[k]);
        }
        if (i == s.n)
            continue;
        start[i] = (double)x->start.d;
        if (x->n > 0 && x->seen < epi_opt_number(r, "complete"))
            epi_out_note(r, EPI_WARNING, "estimate.delay-period-open", i + 1,
                         epi_str_printf(r->a, "%.0f", 100.0 * x->seen), EPI_NIL);
    }
    for (size_t i = 0; i < p.n; i++) {
        ahead += p.from[i] > (double)p.now.d;
        if (p.to[i] < p.from[i])
            epi_finding_add(r->findings, EPI_WARNING, "estimate.delay-negative", (uint32_t)(i + 1),
                            EPI_NIL, epi_str_printf(r->a, "%.0f", p.to[i] - p.from[i]), EPI_NIL);
    }
    note_count(r, "estimate.onset-after-now", ahead);
    return EPI_OK;
}

/* --- the table -----------------------------------------------------------------------------------
 */
#define QUANTILES \
    { \
        "quantiles", EPI_OPT_NUMBERS, "0.05,0.25,0.5,0.75,0.95,0.99", 1e-6, 0.999999, NULL, "", \
            "các phân vị cần tính", "quantiles to give" \
    }
#define DISTRIBUTION(words) \
    { \
        "distribution", EPI_OPT_WORD, "all", 0, 0, words, "", \
            "họ phân phối; all: các họ thường dùng", "family; all: the usual ones" \
    }
static const struct epi_estimate_option exact_options[] = {
    DISTRIBUTION("all|gamma|lnorm|weibull|exp|normal|nbinom"), QUANTILES, EPI__PAIR_OPTIONS};
static const struct epi_estimate_option interval_options[] = {
    DISTRIBUTION("all|gamma|lnorm|weibull|exp"), QUANTILES, EPI__PAIR_OPTIONS};
static const struct epi_estimate_option truncated_options[] = {
    DISTRIBUTION("all|gamma|lnorm|weibull|exp"),
    QUANTILES,
    {"mode", EPI_OPT_WORD, "truncated", 0, 0, "truncated|naive", "",
     "naive: không hiệu chỉnh, để so sánh", "naive: without the correction, to compare"},
    EPI__PAIR_OPTIONS};
static const struct epi_estimate_option summary_options[] = {
    {"period", EPI_OPT_WORD, "week", 0, 0, "day|week|month", "",
     "gộp theo ngày, tuần (từ thứ Hai) hay tháng", "by day, week (from Monday) or month"},
    {"within", EPI_OPT_NUMBER, "2", 0, 3650, NULL, "day",
     "tính tỷ lệ có độ trễ không quá số ngày này", "the share with at most this delay is given"},
    {"complete", EPI_OPT_NUMBER, "0.95", 0, 1, NULL, "",
     "kỳ có tỷ lệ đã thấy thấp hơn mức này bị đánh dấu là chưa đủ",
     "periods with a smaller share seen are marked as incomplete"},
    EPI__PAIR_OPTIONS};

#define FIT_COLUMNS \
    {"dist", "", "họ phân phối", "family"}, {"n", "", "số độ trễ đã dùng", "delays used"}, \
        {"par1_name", "", "tên tham số thứ nhất", "name of the first parameter"}, \
        {"par1", "", "tham số thứ nhất", "first parameter"}, \
        {"par1_se", "", "sai số chuẩn", "standard error"}, \
        {"par2_name", "", "tên tham số thứ hai", "name of the second parameter"}, \
        {"par2", "", "tham số thứ hai", "second parameter"}, \
        {"par2_se", "", "sai số chuẩn", "standard error"}, \
        {"loglik", "", "log hợp lý", "log likelihood"}, \
        {"aic", "", "AIC, càng thấp càng tốt", "AIC, lower is better"}, \
        {"bic", "", "BIC, càng thấp càng tốt", "BIC, lower is better"}, \
        {"mean", "day", "trung bình", "mean"}, \
        {"sd", "day", "độ lệch chuẩn", "standard deviation"}, \
    { \
        "rank", "", "thứ hạng theo AIC", "rank by AIC" \
    }
static const struct epi_estimate_column exact_columns[] = {
    FIT_COLUMNS,
    {"ks", "", "khoảng cách Kolmogorov-Smirnov", "Kolmogorov-Smirnov distance"},
    {"cvm", "", "thống kê Cramér-von Mises", "Cramér-von Mises statistic"},
    {"ad", "", "thống kê Anderson-Darling", "Anderson-Darling statistic"}};
static const struct epi_estimate_column fit_columns[] = {FIT_COLUMNS};
static const struct epi_estimate_column summary_columns[] = {
    {"start", "", "ngày đầu của kỳ", "first day of the period"},
    {"n", "person", "số ca có ngày bắt đầu trong kỳ", "cases whose first day lies in it"},
    {"open", "person", "chưa có ngày kết thúc", "second day not known yet"},
    {"negative", "person", "ngày kết thúc trước ngày bắt đầu", "second day before the first"},
    {"known", "person", "số ca tính được độ trễ", "cases with a delay"},
    {"median", "day", "trung vị", "median"},
    {"q25", "day", "tứ phân vị dưới", "lower quartile"},
    {"q75", "day", "tứ phân vị trên", "upper quartile"},
    {"p90", "day", "phân vị 90 %", "90 % quantile"},
    {"within", "", "tỷ lệ không quá số ngày đã chọn", "share within the days chosen"},
    {"seen", "", "tỷ lệ độ trễ của kỳ lẽ ra đã thấy được",
     "share of its delays that can be seen yet"}};

#define PAIRS "onset|from reported|report|to"
static const struct epi_estimate_method methods[] = {
    {"delay", "exact", "Phân phối độ trễ, ngày biết chính xác", "Delay distribution, exact days",
     "Delignette-Muller & Dutang 2015, J Stat Softw 64(4)", EPI_SHAPE_TABLE, 0,
     "delay | " PAIRS " unit?", exact_options, EPI_COUNT(exact_options), exact_columns,
     EPI_COUNT(exact_columns), run_exact, .per_unit = true},
    {"delay", "interval", "Phân phối độ trễ, hai đầu là khoảng",
     "Delay distribution, both ends known as intervals", "Reich et al. 2009, Stat Med 28:2769",
     EPI_SHAPE_TABLE, 0, "EL ER SL SR type? until? | " PAIRS " unit?", interval_options,
     EPI_COUNT(interval_options), fit_columns, EPI_COUNT(fit_columns), run_interval,
     .per_unit = true},
    {"delay", "truncated", "Phân phối độ trễ, độ trễ dài chưa thấy được",
     "Delay distribution, long delays not seen yet",
     "Kalbfleisch & Lawless 1989, JASA 84:360; Seaman et al. 2022, Stat Methods Med Res 31:1942",
     EPI_SHAPE_TABLE, 0, "delay max_observable | " PAIRS " unit?", truncated_options,
     EPI_COUNT(truncated_options), fit_columns, EPI_COUNT(fit_columns), run_truncated,
     .per_unit = true},
    {"delay", "summary", "Độ trễ theo từng kỳ", "Delays period by period",
     "Kalbfleisch & Lawless 1989, JASA 84:360 (share seen)", EPI_SHAPE_TABLE, 0, PAIRS " unit?",
     summary_options, EPI_COUNT(summary_options), summary_columns, EPI_COUNT(summary_columns),
     run_summary, .per_unit = true},
};
const struct epi_estimate_group epi__delay_methods = {methods, EPI_COUNT(methods)};
