// SPDX-License-Identifier: AGPL-3.0-or-later
/* Exposure against illness: tables, line lists, strata. */
#include "estimate/risk_internal.h"
#include "estimate/two_by_two.h"

#define COUNT_MAX 1e9
#define EXACT_BUDGET 2e7 /* possible counts of all tables together, a few seconds */
#define FEW 5            /* expected in a cell, below which approximations fail (Cochran 1954) */

static epi_status faulty(struct epi_estimate_run *r)
{
    return EPI_FAIL(r->err, EPI_INVALID, "estimate.table-faulty", "%s", "");
}

/* The four counts of every row; NULL with findings. */
static struct epi_two_by_two *read_tables(struct epi_estimate_run *r)
{
    static const char *const names[] = {"exposed_ill", "exposed_well", "unexposed_ill",
                                        "unexposed_well"};
    const double *v[4];
    bool ok = true;
    for (int k = 0; k < 4; k++) {
        v[k] = epi_frame_need(&r->input, names[k], 0, COUNT_MAX, EPI_NEED_WHOLE, r->findings);
        ok = ok && v[k];
    }
    if (!ok)
        return NULL;
    struct epi_two_by_two *t = EPI_ARRAY(r->a, r->input.rows, struct epi_two_by_two);
    for (size_t i = 0; i < r->input.rows; i++)
        t[i] = (struct epi_two_by_two){v[0][i], v[1][i], v[2][i], v[3][i]};
    return t;
}

/* --- rows ------------------------------------------------------------------------------------ */
struct rows {
    struct epi_estimate_run *r;
    epi_str *table, *measure, *method;
    struct epi__ci_columns ci;
    double *statistic, *p;
    double budget; /* possible counts that may still be gone through for exact results */
    size_t at;
};

static struct rows start_rows(struct epi_estimate_run *r, size_t n, bool named)
{
    struct rows o = {.r = r, .budget = EXACT_BUDGET};
    struct epi_frame *f = &r->out->rows;
    epi_frame_init(f, n);
    if (named)
        o.table = epi_frame_add_word(r->a, f, "table");
    o.measure = epi_frame_add_word(r->a, f, "measure");
    o.method = epi_frame_add_word(r->a, f, "method");
    o.ci = epi__ci_columns(r, f, "");
    o.statistic = epi_frame_add(r->a, f, "statistic");
    o.p = epi_frame_add(r->a, f, "p");
    return o;
}

static void put(struct rows *o, epi_str table, const char *measure, const char *method,
                struct epi_ci ci, struct epi_test test)
{
    size_t i = o->at++;
    if (o->table)
        o->table[i] = table;
    o->measure[i] = epi_str_of(measure);
    o->method[i] = epi_str_of(method);
    epi__ci_put(o->ci, i, ci);
    o->statistic[i] = test.stat;
    o->p[i] = test.p;
    if (isinf(ci.est) || isinf(ci.hi))
        epi_out_note(o->r, EPI_NOTE, "estimate.risk.unbounded", i + 1, EPI_NIL, EPI_NIL);
}

static const struct epi_test no_test = {(double)NAN, (double)NAN};
enum { TABLE_ROWS = EPI_ODDS_METHODS + EPI_RISK_METHODS + 4 + EPI_ASSOCIATION_TESTS };

static void table_notes(struct epi_estimate_run *r, const struct epi_two_by_two *t, epi_str name)
{
    double n1 = t->exposed_ill + t->exposed_well, n0 = t->unexposed_ill + t->unexposed_well,
           ill = t->exposed_ill + t->unexposed_ill, well = t->exposed_well + t->unexposed_well;
    if (n1 == 0 || n0 == 0 || ill == 0 || well == 0)
        epi_out_note(r, EPI_WARNING, "estimate.risk.empty-margin", 0, name, EPI_NIL);
    else if (fmin(n1, n0) * fmin(ill, well) / (n1 + n0) < FEW)
        epi_out_note(r, EPI_WARNING, "estimate.risk.few-expected", 0, name, EPI_NIL);
}

static void put_table(struct rows *o, epi_str name, const struct epi_two_by_two *t, double level)
{
    struct epi_arena *a = o->r->a;
    o->budget -= epi_exact_points(t);
    bool exact = o->budget > 0;
    for (enum epi_odds_method m = 0; m < EPI_ODDS_METHODS; m++)
        put(o, name, "odds-ratio", epi_odds_word(m),
            exact || m < EPI_ODDS_FISHER ? epi_odds_ratio(a, m, t, level) : EPI_CI_NONE, no_test);
    for (enum epi_risk_method m = 0; m < EPI_RISK_METHODS; m++)
        put(o, name, "risk-ratio", epi_risk_word(m), epi_risk_ratio(m, t, level), no_test);
    put(o, name, "risk-difference", "wald", epi_risk_difference(t, level), no_test);
    put(o, name, "attributable-fraction", "wald", epi_attributable_fraction(t, level), no_test);
    put(o, name, "population-attributable-risk", "wald", epi_population_attributable_risk(t, level),
        no_test);
    put(o, name, "population-attributable-fraction", "wald",
        epi_population_attributable_fraction(t, level), no_test);
    for (enum epi_association_test k = 0; k < EPI_ASSOCIATION_TESTS; k++)
        put(o, name, "association", epi_association_word(k), EPI_CI_NONE,
            exact || k > EPI_ASSOCIATION_MIDP ? epi_association(a, k, t) : no_test);
    table_notes(o->r, t, name);
    /* A p value of chi-square without one of Fisher. */
    if (isnan(o->p[o->at - EPI_ASSOCIATION_TESTS]) && !isnan(o->p[o->at - 1]))
        epi_out_note(o->r, EPI_NOTE, "estimate.risk.exact-too-large", 0, name, EPI_NIL);
}

/* Attack rates of exposed and unexposed of every table, by every interval. */
static void attack_table(struct epi_estimate_run *r, const struct epi_two_by_two *t,
                         const epi_str *names, size_t n, double level)
{
    struct epi_frame *f = epi_out_table(r, "attack", n * 2 * EPI_PROPORTION_METHODS);
    epi_str *table = epi_frame_add_word(r->a, f, "table"),
            *group = epi_frame_add_word(r->a, f, "group"),
            *method = epi_frame_add_word(r->a, f, "method");
    double *ill = epi_frame_add(r->a, f, "ill"), *total = epi_frame_add(r->a, f, "total");
    struct epi__ci_columns ci = epi__ci_columns(r, f, "");
    size_t at = 0;
    for (size_t i = 0; i < n; i++)
        for (int exposed = 1; exposed >= 0; exposed--)
            for (enum epi_proportion_method m = 0; m < EPI_PROPORTION_METHODS; m++, at++) {
                double x = exposed ? t[i].exposed_ill : t[i].unexposed_ill,
                       rest = exposed ? t[i].exposed_well : t[i].unexposed_well;
                table[at] = names[i];
                group[at] = exposed ? EPI_S("exposed") : EPI_S("unexposed");
                method[at] = epi_str_of(epi_proportion_word(m));
                ill[at] = x;
                total[at] = x + rest;
                epi__ci_put(ci, at, epi_proportion(m, x, x + rest, level));
            }
}

static void all_tables(struct epi_estimate_run *r, const struct epi_two_by_two *t,
                       const epi_str *names, size_t n)
{
    double level = epi_opt_number(r, "level");
    struct rows o = start_rows(r, n * TABLE_ROWS, true);
    for (size_t i = 0; i < n; i++)
        put_table(&o, names[i], &t[i], level);
    attack_table(r, t, names, n, level);
}

static epi_status run_two_by_two(struct epi_estimate_run *r)
{
    const struct epi_two_by_two *t = read_tables(r);
    if (!t)
        return faulty(r);
    epi_str *names = EPI_ARRAY(r->a, r->input.rows, epi_str);
    for (size_t i = 0; i < r->input.rows; i++)
        names[i] = epi__row_label(r, &r->input, "table", i);
    all_tables(r, t, names, r->input.rows);
    return EPI_OK;
}

/* --- line list ------------------------------------------------------------------------------- */
enum answer { NO, YES, EMPTY, OTHER };

static enum answer answer(const struct epi_column *c, size_t row)
{
    static const char *const words[2][6] = {{"0", "no", "n", "false", "không", "khong"},
                                            {"1", "yes", "y", "true", "có", "co"}};
    if (c->type == EPI_COL_NUMBER)
        return isnan(c->v[row]) ? EMPTY : c->v[row] == 0 ? NO : c->v[row] == 1 ? YES : OTHER;
    if (c->type == EPI_COL_DATE || !c->words)
        return OTHER;
    if (c->words[row].n == 0)
        return EMPTY;
    for (enum answer k = NO; k <= YES; k++)
        for (size_t i = 0; i < EPI_COUNT(words[k]); i++)
            if (epi_str_ieq(c->words[row], epi_str_of(words[k][i])))
                return k;
    return OTHER;
}

/* A column of yes and no and nothing else is an exposure. */
static bool yes_no(const struct epi_column *c, size_t rows)
{
    bool some = false;
    for (size_t i = 0; i < rows; i++) {
        enum answer k = answer(c, i);
        if (k == OTHER)
            return false;
        some = some || k != EMPTY;
    }
    return some;
}

static epi_status run_line_list(struct epi_estimate_run *r)
{
    const struct epi_frame *f = &r->input;
    const struct epi_column *ill = epi_frame_column(f, "ill");
    if (!ill) {
        epi_finding_add(r->findings, EPI_ERROR, "estimate.column-missing", 0, EPI_S("ill"),
                        EPI_S("ill"), EPI_NIL);
        return faulty(r);
    }
    for (size_t i = 0; i < f->rows; i++)
        if (answer(ill, i) == OTHER)
            epi_finding_add(r->findings, EPI_ERROR, "estimate.cell-no-yes", (uint32_t)(i + 1),
                            EPI_S("ill"), epi__row_label(r, f, "ill", i), EPI_NIL);
    if (!yes_no(ill, f->rows))
        return faulty(r);
    struct epi_two_by_two *t = EPI_ARRAY(r->a, f->n, struct epi_two_by_two);
    epi_str *names = EPI_ARRAY(r->a, f->n, epi_str);
    size_t n = 0;
    for (size_t k = 0; k < f->n; k++) {
        const struct epi_column *c = &f->columns[k];
        double counts[2][2] = {{0}}, unknown = 0;
        if (c == ill || !yes_no(c, f->rows))
            continue;
        for (size_t i = 0; i < f->rows; i++) {
            enum answer e = answer(c, i), s = answer(ill, i);
            if (e == EMPTY || s == EMPTY)
                unknown++;
            else
                counts[e == YES][s == YES]++;
        }
        if (unknown > 0)
            epi_out_note(r, EPI_NOTE, "estimate.risk.unknown-left-out", 0, c->name,
                         epi_str_printf(r->a, "%.0f", unknown));
        names[n] = c->name;
        t[n++] = (struct epi_two_by_two){counts[1][1], counts[1][0], counts[0][1], counts[0][0]};
    }
    if (n == 0) {
        epi_finding_add(r->findings, EPI_ERROR, "estimate.risk.no-exposure", 0, EPI_NIL, EPI_NIL,
                        EPI_NIL);
        return faulty(r);
    }
    struct epi_frame *counts = epi_out_table(r, "counts", n);
    epi_str *table = epi_frame_add_word(r->a, counts, "table");
    double *a = epi_frame_add(r->a, counts, "exposed_ill"),
           *b = epi_frame_add(r->a, counts, "exposed_well"),
           *c = epi_frame_add(r->a, counts, "unexposed_ill"),
           *d = epi_frame_add(r->a, counts, "unexposed_well");
    for (size_t i = 0; i < n; i++) {
        table[i] = names[i];
        a[i] = t[i].exposed_ill, b[i] = t[i].exposed_well;
        c[i] = t[i].unexposed_ill, d[i] = t[i].unexposed_well;
    }
    all_tables(r, t, names, n);
    return EPI_OK;
}

/* --- strata ---------------------------------------------------------------------------------- */
static epi_status run_stratified(struct epi_estimate_run *r)
{
    const struct epi_two_by_two *t = read_tables(r);
    double level = epi_opt_number(r, "level");
    struct epi_stratified s;
    if (!t)
        return faulty(r);
    epi_status status = epi_stratify(r->a, t, r->input.rows, level, &s, NULL);
    if (status == EPI_LIMIT)
        epi_out_note(r, EPI_WARNING, "estimate.risk.exact-too-large", 0, EPI_S("strata"), EPI_NIL);
    struct rows o = start_rows(r, 10, false);
    struct epi_ci none = EPI_CI_NONE;
    put(&o, EPI_NIL, "odds-ratio", "mantel-haenszel", s.odds_mh, s.mh);
    put(&o, EPI_NIL, "odds-ratio", "mantel-haenszel-corrected", s.odds_mh, s.mh_corrected);
    put(&o, EPI_NIL, "odds-ratio", "exact", s.odds_exact,
        (struct epi_test){(double)NAN, s.p_exact});
    put(&o, EPI_NIL, "odds-ratio", "midp", none, (struct epi_test){(double)NAN, s.p_midp});
    put(&o, EPI_NIL, "risk-ratio", "mantel-haenszel", s.risk_mh, no_test);
    put(&o, EPI_NIL, "odds-ratio", "crude", epi_odds_ratio(r->a, EPI_ODDS_WALD, &s.crude, level),
        no_test);
    put(&o, EPI_NIL, "risk-ratio", "crude", epi_risk_ratio(EPI_RISK_WALD, &s.crude, level),
        no_test);
    put(&o, EPI_NIL, "homogeneity", "woolf", none, s.woolf);
    put(&o, EPI_NIL, "homogeneity", "breslow-day", none, s.breslow_day);
    put(&o, EPI_NIL, "homogeneity", "tarone", none, s.tarone);
    if (s.used < r->input.rows)
        epi_out_note(r, EPI_NOTE, "estimate.risk.strata-empty", 0,
                     epi_str_printf(r->a, "%zu", r->input.rows - s.used), EPI_NIL);
    if (s.woolf.p < 0.05)
        epi_out_note(r, EPI_WARNING, "estimate.risk.not-homogeneous", 0,
                     epi_str_printf(r->a, "%.2g", s.woolf.p), EPI_NIL);
    return EPI_OK;
}

/* --- table of methods ------------------------------------------------------------------------ */
static const struct epi_estimate_option options[] = {EPI__LEVEL_OPTION};
static const struct epi_estimate_column columns[] = {
    {"table", "", "bảng hoặc yếu tố phơi nhiễm", "table or exposure"},
    {"measure", "", "đại lượng", "what is measured"},
    {"method", "", "cách tính khoảng hoặc kiểm định", "how the interval or test is made"},
    {"estimate", "", "ước lượng", "estimate"},
    {"low", "", "giới hạn dưới", "lower limit"},
    {"high", "", "giới hạn trên; trống khi không có giới hạn", "upper limit; empty when unbounded"},
    {"statistic", "", "thống kê kiểm định", "test statistic"},
    {"p", "", "giá trị p hai phía", "two-sided p value"},
};
#define FOUR "exposed_ill exposed_well unexposed_ill unexposed_well"
static const struct epi_estimate_method methods[] = {
    {.figure = "risk",
     .method = "two-by-two",
     .vi = "Bảng 2×2: tỷ số chênh, tỷ số nguy cơ, hiệu và phần quy thuộc",
     .en = "2×2 tables: odds and risk ratios, difference, attributable fractions",
     .paper = "Rothman, Greenland, Lash 2008, ch. 14-15; Jewell 2004, ch. 7; Miettinen, Nurminen "
              "1985, Stat Med 4:213",
     .shape = EPI_SHAPE_TABLE,
     .input = "table? " FOUR,
     .options = options,
     .options_n = EPI_COUNT(options),
     .columns = columns,
     .columns_n = EPI_COUNT(columns),
     .run = run_two_by_two},
    {.figure = "risk",
     .method = "line-list",
     .vi = "Bảng 2×2 cho mọi yếu tố phơi nhiễm (có/không) của danh sách người",
     .en = "2×2 tables of every yes/no exposure of a line list",
     .paper = "as two-by-two",
     .shape = EPI_SHAPE_TABLE,
     .input = "ill",
     .options = options,
     .options_n = EPI_COUNT(options),
     .columns = columns,
     .columns_n = EPI_COUNT(columns),
     .run = run_line_list},
    {.figure = "risk",
     .method = "stratified",
     .vi = "Bảng 2×2 theo tầng: Mantel-Haenszel, chính xác, đồng nhất",
     .en = "Stratified 2×2 tables: Mantel-Haenszel, exact, homogeneity",
     .paper = "Robins, Breslow, Greenland 1986, Biometrics 42:311; Greenland, Robins 1985, "
              "Biometrics 41:55; Gart 1970, Biometrika 57:471; Tarone 1985, Biometrika 72:91",
     .shape = EPI_SHAPE_TABLE,
     .input = "stratum? " FOUR,
     .options = options,
     .options_n = EPI_COUNT(options),
     .columns = columns + 1,
     .columns_n = EPI_COUNT(columns) - 1,
     .run = run_stratified},
};
const struct epi_estimate_group epi__risk_methods = {methods, EPI_COUNT(methods)};
