// SPDX-License-Identifier: AGPL-3.0-or-later
/* The figure "nowcast": cases of the latest days as they will be once all are reported. */
#include "estimate/estimate_internal.h"
#include "estimate/nowcast_internal.h"
#include "estimate/pairs.h"

static const double PROBS[] = {0.025, 0.25, 0.5, 0.75, 0.975};
enum { PROBS_N = 5, MEDIAN = 2, FEW = 10 };
static const double UNSURE = 0.25;   /* share of reports below which a row says little */
static const double SPREAD = 2.0;    /* dispersion that plain intervals do not cover */
static const double RHAT_MAX = 1.05; /* Gelman et al. 2013 ask for 1.1 at most */
static const double ESS_MIN = 200.0;

static epi_status read_triangle(struct epi_estimate_run *r, struct epi_triangle *g)
{
    struct epi_triangle_options o = {.now = EPI_DATE_UNKNOWN,
                                     .max_delay = SIZE_MAX,
                                     .window = (size_t)epi_opt_number(r, "window"),
                                     .step = epi_opt_is(r, "step", "week") ? 7 : 1,
                                     .drop_late = epi_opt_is(r, "late", "drop")};
    if (epi_opt_given(r, "max-delay"))
        o.max_delay = (size_t)epi_opt_number(r, "max-delay");
    if (epi_opt_given(r, "now"))
        o.now.d = (int32_t)epi_opt_number(r, "now");
    if (epi_frame_column(&r->input, "d0") || !epi__pairs_there(r))
        return epi_triangle_read(r->a, &r->input, &o, g, r->findings, r->err);
    struct epi__pairs p;
    EPI_TRY(epi__pairs_read(r, &p));
    o.now = p.now;
    return epi_triangle_of_dates(r->a, p.from, p.to, p.n, &o, g, r->findings, r->err);
}

static epi_str text(struct epi_estimate_run *r, const char *fmt, double v)
{
    char out[32];
    (void)snprintf(out, sizeof out, fmt[0] == '0' ? "%.0f" : "%.3g", v);
    return epi_str_dup(r->a, epi_str_of(out));
}

static void put_rows(struct epi_estimate_run *r, const struct epi_triangle *g,
                     const struct epi_nowcast *w, bool median)
{
    struct epi_frame *f = &r->out->rows;
    epi_frame_init(f, g->n);
    double *t = epi_frame_add(r->a, f, "t");
    double *date = epi_date_known(g->start) ? epi_frame_add_date(r->a, f, "date") : NULL;
    static const char *const names[] = {"reported", "F",           "nowcast", "mean",
                                        "q025",     "q25",         "median",  "q75",
                                        "q975",     "sd_binomial", "sd_full"};
    double *v[EPI_COUNT(names)];
    for (size_t k = 0; k < (w->sd ? 11 : 9); k++)
        v[k] = epi_frame_add(r->a, f, names[k]);
    for (size_t i = 0; i < g->n; i++) {
        const double *q = w->quantile + i * PROBS_N;
        t[i] = g->t0 + (double)i;
        if (date)
            date[i] = (double)g->start.d + (double)g->step * (double)i;
        v[0][i] = w->reported[i];
        v[1][i] = w->share[i];
        v[2][i] = median ? q[MEDIAN] : w->mean[i];
        v[3][i] = w->mean[i];
        for (size_t j = 0; j < PROBS_N; j++)
            v[4 + j][i] = q[j];
        if (w->sd) {
            v[9][i] = w->sd_binomial[i];
            v[10][i] = w->sd[i];
        }
        if (w->share[i] < UNSURE)
            epi_out_note(r, EPI_WARNING,
                         isnan(q[MEDIAN]) ? "estimate.nowcast-unknown" : "estimate.nowcast-unsure",
                         i + 1, text(r, "0", 100.0 * w->share[i]), EPI_NIL);
    }
}

static void put_delay(struct epi_estimate_run *r, const struct epi_nowcast *w,
                      const struct epi_report_delay *d)
{
    struct epi_frame *f = epi_out_table(r, "delay", d->delays);
    double *delay = epi_frame_add(r->a, f, "delay");
    const double *from[] = {w->p, w->p_lo, w->p_hi, d->cases, d->at_risk, d->hazard, d->cdf};
    static const char *const names[] = {"p",   "p_q025",         "p_q975", "n_x",
                                        "N_x", "reverse_hazard", "cdf_F"};
    for (size_t k = 0; k < EPI_COUNT(names); k++)
        memcpy(epi_frame_add(r->a, f, names[k]), from[k], d->delays * sizeof(double));
    for (size_t i = 0; i < d->delays; i++)
        delay[i] = (double)i;
}

/* When not to trust it, whatever the method. */
static void note_data(struct epi_estimate_run *r, const struct epi_triangle *g,
                      const struct epi_report_delay *d, const struct epi_nowcast *w)
{
    double cases = 0;
    for (size_t t = 0; t < g->n; t++)
        cases += w->reported[t];
    if (cases < FEW)
        epi_out_note(r, EPI_WARNING, "estimate.nowcast-few", 0, text(r, "0", cases), EPI_NIL);
    if (g->n < 2 * g->delays)
        epi_out_note(r, EPI_NOTE, "estimate.nowcast-short", 0, text(r, "0", (double)g->n),
                     text(r, "0", (double)g->delays - 1));
    if (g->late > 0)
        epi_out_note(r, EPI_NOTE,
                     epi_opt_is(r, "late", "drop") ? "estimate.nowcast-late-dropped"
                                                   : "estimate.nowcast-late",
                     0, text(r, "0", (double)g->late), text(r, "0", (double)g->delays - 1));
    epi_out_value(r, "cases", cases);
    epi_out_value(r, "max_delay", (double)g->delays - 1);
    epi_out_value(r, "dispersion", d->dispersion);
}

/* Days of the week on which clearly more or fewer are reported. */
static void note_weekday(struct epi_estimate_run *r, const struct epi_triangle *g,
                         const struct epi_report_delay *d)
{
    double ratio, worst = epi__report_weekday(g, d, &ratio);
    if (worst > 3.0 && (ratio > 1.25 || ratio < 0.8))
        epi_out_note(r, EPI_NOTE, "estimate.nowcast-weekday", 0, text(r, "0", 100.0 * ratio),
                     EPI_NIL);
}

static unsigned flags_of(struct epi_estimate_run *r)
{
    return epi_opt_is(r, "dispersion", "estimated") ? EPI_NOWCAST_DISPERSION : 0;
}

static void note_spread(struct epi_estimate_run *r, const struct epi_report_delay *d,
                        unsigned flags)
{
    if (!(flags & EPI_NOWCAST_DISPERSION) && d->dispersion > SPREAD)
        epi_out_note(r, EPI_WARNING, "estimate.nowcast-spread", 0, text(r, "2", d->dispersion),
                     EPI_NIL);
}

static epi_status run_lawless(struct epi_estimate_run *r)
{
    struct epi_triangle g;
    struct epi_nowcast w;
    struct epi_report_delay d;
    EPI_TRY(read_triangle(r, &g));
    unsigned flags = flags_of(r);
    epi_report_delay(r->a, &g, &d);
    EPI_TRY(epi_nowcast_lawless(r->a, &g, flags, PROBS, PROBS_N, &w, r->err));
    put_rows(r, &g, &w, false);
    put_delay(r, &w, &d);
    note_data(r, &g, &d, &w);
    note_spread(r, &d, flags);
    note_weekday(r, &g, &d);
    return EPI_OK;
}

static epi_status run_bnb(struct epi_estimate_run *r)
{
    struct epi_triangle g;
    struct epi_nowcast w;
    struct epi_report_delay d;
    EPI_TRY(read_triangle(r, &g));
    unsigned flags = flags_of(r);
    if (epi_opt_is(r, "truncation", "corrected"))
        flags |= EPI_NOWCAST_TRUNCATION;
    epi_report_delay(r->a, &g, &d);
    EPI_TRY(
        epi_nowcast_bnb(r->a, &g, flags, epi_opt_number(r, "kappa"), PROBS, PROBS_N, &w, r->err));
    put_rows(r, &g, &w, true);
    put_delay(r, &w, &d);
    note_data(r, &g, &d, &w);
    note_spread(r, &d, flags);
    note_weekday(r, &g, &d);
    /* Rows whose share is told too large, because slow reports have not come in yet. */
    for (size_t t = 0; t < g.n && !(flags & EPI_NOWCAST_TRUNCATION); t++) {
        double f = d.cdf[epi_triangle_known(&g, t) - 1];
        if (f >= UNSURE && w.share[t] > 1.1 * f) {
            epi_out_note(r, EPI_WARNING, "estimate.nowcast-truncation", t + 1,
                         text(r, "0", 100.0 * w.share[t]), text(r, "0", 100.0 * f));
            break;
        }
    }
    return EPI_OK;
}

static epi_status run_smooth(struct epi_estimate_run *r)
{
    struct epi_triangle g;
    struct epi_nowcast w;
    struct epi_report_delay d;
    EPI_TRY(read_triangle(r, &g));
    bool both = epi_opt_is(r, "weekday", "both");
    bool report = both || epi_opt_is(r, "weekday", "report");
    bool onset = both || epi_opt_is(r, "weekday", "onset");
    struct epi_smooth_options o = {.poisson = epi_opt_is(r, "family", "poisson"),
                                   .report_weekday = report,
                                   .onset_weekday = onset,
                                   .kappa = epi_opt_number(r, "kappa"),
                                   .seed = (uint64_t)epi_opt_number(r, "seed"),
                                   .draws = (size_t)epi_opt_number(r, "draws"),
                                   .warm_up = (size_t)epi_opt_number(r, "warm-up")};
    epi_report_delay(r->a, &g, &d);
    EPI_TRY(epi_nowcast_smooth(r->a, &g, &o, PROBS, PROBS_N, &w, r->err));
    put_rows(r, &g, &w, true);
    put_delay(r, &w, &d);
    note_data(r, &g, &d, &w);
    if (report || onset) {
        struct epi_frame *f = epi_out_table(r, "weekday", 7);
        double *day = epi_frame_add(r->a, f, "weekday");
        for (size_t i = 0; i < 7; i++)
            day[i] = (double)i + 1;
        if (report)
            memcpy(epi_frame_add(r->a, f, "report"), w.report_weekday, 7 * sizeof(double));
        if (onset)
            memcpy(epi_frame_add(r->a, f, "onset"), w.onset_weekday, 7 * sizeof(double));
    }
    if (!report)
        note_weekday(r, &g, &d);
    if (o.poisson)
        note_spread(r, &d, 0);
    if (w.rhat > RHAT_MAX || w.ess < ESS_MIN)
        epi_out_note(r, EPI_WARNING, "estimate.nowcast-draws", 0, text(r, "2", w.rhat),
                     text(r, "0", w.ess));
    epi_out_value(r, "sd_walk", w.sd_walk);
    epi_out_value(r, "size", w.size);
    epi_out_value(r, "rhat", w.rhat);
    epi_out_value(r, "ess", w.ess);
    epi_out_value(r, "draws", (double)w.draws);
    return EPI_OK;
}

/* --- the table -----------------------------------------------------------------------------------
 */
#define TRIANGLE(window) \
    EPI__PAIR_OPTIONS, \
        {"max-delay", \
         EPI_OPT_INTEGER, \
         "", \
         0, \
         EPI_TRIANGLE_DELAYS_MAX - 1, \
         NULL, \
         "", \
         "độ trễ lớn nhất (bước); mặc định theo bảng, hoặc phân vị 99 %", \
         "longest delay in steps; as the table has, or the 99 % quantile of a list"}, \
        {"window", \
         EPI_OPT_INTEGER, \
         window, \
         0, \
         20000, \
         NULL, \
         "", \
         "số bước gần nhất được dùng; 0 = tất cả", \
         "newest steps to use; 0 = all"}, \
        {"step", \
         EPI_OPT_WORD, \
         "day", \
         0, \
         0, \
         "day|week", \
         "", \
         "bước của danh sách ca", \
         "step of a line list"}, \
    { \
        "late", EPI_OPT_WORD, "last", 0, 0, "last|drop", "", \
            "ca trễ hơn max-delay: tính vào cột cuối, hoặc bỏ", \
            "cases later than max-delay: into the last column, or left out" \
    }
#define DISPERSION(standard) \
    { \
        "dispersion", EPI_OPT_WORD, standard, 0, 0, "none|estimated", "", \
            "estimated: khoảng tin cậy tính đến báo cáo dồn cục", \
            "estimated: intervals allow for reports that come in clumps" \
    }
#define KAPPA \
    { \
        "kappa", EPI_OPT_NUMBER, "0.1", 1e-6, 1000, NULL, "", \
            "tham số Dirichlet của phân phối độ trễ", "Dirichlet parameter of the delays" \
    }
static const struct epi_estimate_option smooth_options[] = {
    TRIANGLE("90"),
    {"family", EPI_OPT_WORD, "nbinom", 0, 0, "nbinom|poisson", "", "phân phối của số ca mỗi ô",
     "distribution of the counts"},
    {"weekday", EPI_OPT_WORD, "none", 0, 0, "none|report|onset|both", "",
     "hiệu chỉnh thứ trong tuần của ngày báo cáo, ngày khởi phát hoặc cả hai",
     "allow for the day of the week of report, of onset, or both"},
    KAPPA,
    {"seed", EPI_OPT_INTEGER, "1", 0, 9007199254740992.0, NULL, "", "hạt giống ngẫu nhiên",
     "seed of the draws"},
    {"draws", EPI_OPT_INTEGER, "6000", 100, 100000, NULL, "", "số mẫu giữ lại", "draws kept"},
    {"warm-up", EPI_OPT_INTEGER, "400", 60, 100000, NULL, "", "số vòng làm nóng mỗi chuỗi",
     "rounds of each chain before the first draw"}};
static const struct epi_estimate_option bnb_options[] = {
    TRIANGLE("0"),
    KAPPA,
    DISPERSION("none"),
    {"truncation", EPI_OPT_WORD, "ignored", 0, 0, "ignored|corrected", "",
     "ignored: như bài báo gốc; corrected: tính đến độ trễ dài chưa thấy",
     "ignored: as in the paper; corrected: allow for slow reports not in yet"}};
static const struct epi_estimate_option lawless_options[] = {TRIANGLE("0"),
                                                             DISPERSION("estimated")};

#define COLUMNS \
    {"t", "", "số thứ tự", "number of the row"}, {"date", "", "ngày khởi phát", "day of onset"}, \
        {"reported", "person", "số ca đã báo cáo", "cases reported by now"}, \
        {"F", "", "tỷ lệ lẽ ra đã báo cáo", "share that should be reported by now"}, \
        {"nowcast", "person", "số ca ước tính khi báo cáo đủ", "estimate of the eventual number"}, \
        {"mean", "person", "trung bình", "mean"}, \
        {"q025", "person", "cận dưới 95 %", "lower 95 %"}, \
        {"q25", "person", "cận dưới 50 %", "lower 50 %"}, \
        {"median", "person", "trung vị", "median"}, \
        {"q75", "person", "cận trên 50 %", "upper 50 %"}, \
    { \
        "q975", "person", "cận trên 95 %", "upper 95 %" \
    }
static const struct epi_estimate_column columns[] = {COLUMNS};
static const struct epi_estimate_column lawless_columns[] = {
    COLUMNS,
    {"sd_binomial", "person", "độ lệch chuẩn nếu biết rõ độ trễ", "sd if the delays were known"},
    {"sd_full", "person", "độ lệch chuẩn đầy đủ", "sd with the doubt about the delays"}};

#define INPUT "t|date d0 d1 … | onset|from reported|report|to unit?"
static const struct epi_estimate_method methods[] = {
    {"nowcast", "smooth", "Ước tính hiện tại, Bayes làm trơn", "Nowcast, smoothed Bayesian",
     "McGough et al. 2020, PLoS Comput Biol 16:e1007735", EPI_SHAPE_TABLE, 0, INPUT, smooth_options,
     EPI_COUNT(smooth_options), columns, EPI_COUNT(columns), run_smooth, .per_unit = true},
    {"nowcast", "bnb", "Ước tính hiện tại, beta-nhị thức âm", "Nowcast, beta-negative-binomial",
     "Höhle & an der Heiden 2014, Biometrics 70:993", EPI_SHAPE_TABLE, 0, INPUT, bnb_options,
     EPI_COUNT(bnb_options), columns, EPI_COUNT(columns), run_bnb, .per_unit = true},
    {"nowcast", "lawless", "Ước tính hiện tại, nguy cơ ngược", "Nowcast, reverse hazard",
     "Lawless 1994, Can J Stat 22:15; Kalbfleisch & Lawless 1989, JASA 84:360", EPI_SHAPE_TABLE, 0,
     INPUT, lawless_options, EPI_COUNT(lawless_options), lawless_columns,
     EPI_COUNT(lawless_columns), run_lawless, .per_unit = true},
};
const struct epi_estimate_group epi__nowcast_methods = {methods, EPI_COUNT(methods)};
