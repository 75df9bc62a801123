// SPDX-License-Identifier: AGPL-3.0-or-later
/* Two-by-two tables, strata, rates, standardised rates. */
#include "agree.h"

/* Pairs gathered row by row; infinities are empty on our side, and so on both. */
struct pairs {
    double got[4096], want[4096];
    size_t n;
};

static double bounded(double v)
{
    return isfinite(v) ? v : (double)NAN;
}

static void pair(struct pairs *p, double got, double want)
{
    EPI_ASSERT(p->n < EPI_COUNT(p->got));
    p->got[p->n] = bounded(got), p->want[p->n++] = bounded(want);
}

/* The same for quantities that are 0 but for rounding on their side. */
static void pair_near_zero(struct pairs *p, double got, double want)
{
    pair(p, fabs(got - want) < 1e-15 ? want : got, want);
}

static double cell(struct agree *g, const struct epi_frame *f, const char *column, size_t row)
{
    const struct epi_column *c = epi_frame_column(f, column);
    if (!c || !c->v)
        agree_fail(g, "no numbers in %s", column);
    return c && c->v ? c->v[row] : (double)NAN;
}

static epi_str word(struct agree *g, const struct epi_frame *f, const char *column, size_t row)
{
    const struct epi_column *c = epi_frame_column(f, column);
    if (!c || !c->words)
        agree_fail(g, "no words in %s", column);
    return c && c->words ? c->words[row] : EPI_NIL;
}

/* The row of ours with these three words. */
static size_t row_of(struct agree *g, const struct epi_frame *f, const char *k1, epi_str v1,
                     const char *k2, epi_str v2, const char *k3, epi_str v3)
{
    for (size_t i = 0; i < f->rows; i++)
        if (epi_str_eq(word(g, f, k1, i), v1) && epi_str_eq(word(g, f, k2, i), v2) &&
            epi_str_eq(word(g, f, k3, i), v3))
            return i;
    agree_fail(g, "no row %.*s, %.*s, %.*s", EPI_FMT(v1), EPI_FMT(v2), EPI_FMT(v3));
    return 0;
}

static void pair_interval(struct agree *g, struct pairs *p, const struct epi_frame *got, size_t i,
                          const struct epi_frame *want, size_t k, double unit)
{
    pair(p, cell(g, got, "estimate", i) * unit, cell(g, want, "est", k));
    pair(p, cell(g, got, "low", i) * unit, cell(g, want, "lo", k));
    pair(p, cell(g, got, "high", i) * unit, cell(g, want, "hi", k));
}

/* Their exact limits are roots found by R's uniroot on (0, 1], of psi or of 1/psi, to its tolerance
 * of eps^(1/4); at 30 digits the equations have the roots we give. So the two are held together
 * where the search took place, at that tolerance. */
#define UNIROOT 1.220703125e-4
static double search_scale(double psi)
{
    return isfinite(psi) && psi > 1 ? 1 / psi : psi;
}
static void pair_searched(struct agree *g, struct pairs *p, const struct epi_frame *got, size_t i,
                          const struct epi_frame *want, size_t k)
{
    static const char *const ours[] = {"estimate", "low", "high"}, *const theirs[] = {"est", "lo",
                                                                                      "hi"};
    for (int c = 0; c < 3; c++)
        pair(p, search_scale(cell(g, got, ours[c], i)), search_scale(cell(g, want, theirs[c], k)));
}

static const struct measure {
    const char *theirs, *their_method, *ours, *our_method;
    double unit;
    enum { CLOSED, EXACT, SCORE, TEST } kind;
} measures[] = {
    {"odds_ratio", "epitools_wald", "odds-ratio", "wald", 1, CLOSED},
    {"odds_ratio", "epitools_small", "odds-ratio", "small", 1, CLOSED},
    {"odds_ratio", "epitools_fisher", "odds-ratio", "fisher", 1, EXACT},
    {"odds_ratio", "epitools_midp", "odds-ratio", "midp", 1, EXACT},
    {"odds_ratio", "R_fisher_conditional_mle", "odds-ratio", "fisher", 1, EXACT},
    {"odds_ratio", "epiR_wald", "odds-ratio", "wald", 1, CLOSED},
    {"odds_ratio", "epiR_cond_mle", "odds-ratio", "fisher", 1, EXACT},
    {"odds_ratio", "epiR_score", "odds-ratio", "score", 1, SCORE},
    {"risk_ratio", "epitools_wald", "risk-ratio", "wald", 1, CLOSED},
    {"risk_ratio", "epitools_small", "risk-ratio", "small", 1, CLOSED},
    {"risk_ratio", "epiR_wald", "risk-ratio", "wald", 1, CLOSED},
    {"risk_difference_x100", "epiR_wald", "risk-difference", "wald", 100, CLOSED},
    {"attrib_fraction_exposed", "epiR_wald", "attributable-fraction", "wald", 1, CLOSED},
    {"pop_attrib_risk_x100", "epiR_wald", "population-attributable-risk", "wald", 100, CLOSED},
    {"pop_attrib_fraction", "epiR_wald", "population-attributable-fraction", "wald", 1, CLOSED},
    {"p_midp_exact", "two_sided_p", "association", "midp", 1, TEST},
    {"p_fisher_exact", "two_sided_p", "association", "fisher", 1, TEST},
    {"p_chi_square_uncorrected", "two_sided_p", "association", "pearson", 1, TEST},
    {"chi_square_stat", "yates", "association", "yates", 1, TEST},
    {"chi_square_stat", "pearson", "association", "pearson", 1, TEST},
};

/* The package looks for score limits in steps of 0.1 % of the odds ratio and stops at the first one
 * outside: the exact limit lies within one step inside of it. */
static void score_limit(struct agree *g, struct pairs *p, double got, double want, double outward)
{
    double steps = outward * log(want / got) / log(1.001);
    bool within = isfinite(want) && steps > -1e-6 && steps < 1 + 1e-6;
    if (isfinite(want) && !within)
        agree_fail(g, "score limit %.10g is %.3f steps from %.10g", got, steps, want);
    if (isfinite(want))
        pair(p, want, want);
}

static void attack(struct agree *g, const struct epi_estimate *e)
{
    static const char *const theirs[] = {"exact_clopper_pearson", "wilson_score", "wald_approx",
                                         "jeffreys", "agresti_coull"};
    static const char *const ours[] = {"exact", "wilson", "wald", "jeffreys", "agresti-coull"};
    const struct epi_frame *want = agree_table(g, "expected_attack_rates.csv"),
                           *got = &e->tables[0];
    static struct pairs exact, closed;
    exact.n = closed.n = 0;
    for (size_t k = 0; k < want->rows; k++) {
        epi_str table, rest = word(g, want, "row", k);
        (void)epi_str_split(&rest, ':', &table);
        for (size_t m = 0; m < EPI_COUNT(theirs); m++) {
            if (!epi_str_eqz(word(g, want, "method", k), theirs[m]))
                continue;
            size_t i = row_of(g, got, "table", table, "group", rest, "method", epi_str_of(ours[m]));
            struct pairs *p = m == 0 || m == 3 ? &exact : &closed;
            pair(p, cell(g, got, "estimate", i), cell(g, want, "est", k));
            pair_near_zero(p, cell(g, got, "low", i), cell(g, want, "lo", k));
            pair(p, cell(g, got, "high", i), cell(g, want, "hi", k));
        }
    }
    agree_rel(g, "attack rates, exact and Jeffreys", exact.got, exact.want, exact.n, 1e-5);
    agree_rel(g, "attack rates, Wilson, Wald, Agresti-Coull", closed.got, closed.want, closed.n,
              1e-9);
}

AGREE(two_by_two)
{
    EACH_CASE(g)
    {
        const struct epi_frame *in = agree_table(g, "input.csv"),
                               *want = agree_table(g, "expected.csv");
        const struct epi_estimate *e = agree_run(g, "risk", "two-by-two", in, NULL);
        if (!e)
            continue;
        static struct pairs closed, exact, score, p_values, p_exact;
        closed.n = exact.n = score.n = p_values.n = p_exact.n = 0;
        for (size_t k = 0; k < want->rows; k++) {
            size_t m = 0;
            while (m < EPI_COUNT(measures) &&
                   !(epi_str_eqz(word(g, want, "measure", k), measures[m].theirs) &&
                     epi_str_eqz(word(g, want, "method", k), measures[m].their_method)))
                m++;
            if (m == EPI_COUNT(measures)) {
                agree_fail(g, "row %zu is unknown to us", k + 1);
                continue;
            }
            const struct measure *s = &measures[m];
            epi_str table = word(g, want, "table", k);
            size_t i = row_of(g, &e->rows, "table", table, "measure", epi_str_of(s->ours), "method",
                              epi_str_of(s->our_method));
            double p = cell(g, want, "p_value", k);
            if (s->kind == TEST) {
                pair_near_zero(&p_values, cell(g, &e->rows, "p", i), p);
                if (strcmp(s->theirs, "chi_square_stat") == 0)
                    pair_near_zero(&closed, cell(g, &e->rows, "statistic", i),
                                   cell(g, want, "est", k));
                continue;
            }
            if (!isnan(p)) { /* Fisher's test gives its p value in the same row */
                size_t f = row_of(g, &e->rows, "table", table, "measure", EPI_S("association"),
                                  "method", EPI_S("fisher"));
                pair(&p_exact, cell(g, &e->rows, "p", f), p);
            }
            if (isnan(cell(g, want, "est", k)))
                continue; /* the package gives nothing for a zero cell */
            if (s->kind == SCORE) {
                pair(&closed, cell(g, &e->rows, "estimate", i), cell(g, want, "est", k));
                score_limit(g, &score, cell(g, &e->rows, "low", i), cell(g, want, "lo", k), -1);
                score_limit(g, &score, cell(g, &e->rows, "high", i), cell(g, want, "hi", k), 1);
                continue;
            }
            if (s->kind == EXACT)
                pair_searched(g, &exact, &e->rows, i, want, k);
            else
                pair_interval(g, &closed, &e->rows, i, want, k, s->unit);
        }
        agree_rel(g, "ratios, differences, fractions", closed.got, closed.want, closed.n, 1e-9);
        agree_abs(g, "exact and mid-p odds ratios, where they were searched", exact.got, exact.want,
                  exact.n, UNIROOT);
        agree_rel(g, "p values", p_values.got, p_values.want, p_values.n, 1e-9);
        agree_rel(g, "exact p values", p_exact.got, p_exact.want, p_exact.n, 1e-9);
        agree_rel(g, "score limits, within their step of 0.1 %", score.got, score.want, score.n, 0);
        attack(g, e);
    }
}

AGREE(mantel_haenszel)
{
    static const char *const theirs[] = {
        "MH_OR_RBG", "MH_chi2_continuity",        "exact_cond_OR", "MH_RR", "crude_OR",
        "crude_RR",  "homogeneity_OR_woolf_or_bd"};
    static const char *const measure[] = {"odds-ratio", "odds-ratio", "odds-ratio", "risk-ratio",
                                          "odds-ratio", "risk-ratio", "homogeneity"};
    static const char *const method[] = {"mantel-haenszel",
                                         "mantel-haenszel-corrected",
                                         "exact",
                                         "mantel-haenszel",
                                         "crude",
                                         "crude",
                                         "woolf"};
    EACH_CASE(g)
    {
        const struct epi_frame *want = agree_table(g, "expected.csv");
        const struct epi_estimate *e =
            agree_run(g, "risk", "stratified", agree_table(g, "input.csv"), NULL);
        static struct pairs closed, exact;
        closed.n = exact.n = 0;
        for (size_t k = 0; e && k < want->rows; k++)
            for (size_t m = 0; m < EPI_COUNT(theirs); m++) {
                if (!epi_str_eqz(word(g, want, "q", k), theirs[m]))
                    continue;
                size_t i = row_of(g, &e->rows, "measure", epi_str_of(measure[m]), "method",
                                  epi_str_of(method[m]), "method", epi_str_of(method[m]));
                if (m == 2)
                    pair_searched(g, &exact, &e->rows, i, want, k);
                else
                    pair_interval(g, &closed, &e->rows, i, want, k, 1);
                pair(&closed, cell(g, &e->rows, "statistic", i), cell(g, want, "stat", k));
                pair(&closed, cell(g, &e->rows, "p", i), cell(g, want, "p", k));
            }
        agree_rel(g, "Mantel-Haenszel, crude, homogeneity", closed.got, closed.want, closed.n,
                  1e-7);
        agree_abs(g, "exact conditional, where it was searched", exact.got, exact.want, exact.n,
                  UNIROOT);
    }
}

AGREE(age_standardisation)
{
    static const char *const direct[][2] = {
        {"crude", "crude"},           {"direct", "direct"},
        {"gamma_low", "lo_ff_gamma"}, {"gamma_high", "hi_ff_gamma"},
        {"se", "se_poisson"},         {"normal_low", "lo_normal"},
        {"normal_high", "hi_normal"}, {"log_low", "lo_log"},
        {"log_high", "hi_log"}};
    static const char *const indirect[][2] = {
        {"observed", "observed"},       {"expected", "expected"},   {"ratio", "SMR"},
        {"log_low", "smr_lo_log"},      {"log_high", "smr_hi_log"}, {"exact_low", "smr_lo_exact"},
        {"exact_high", "smr_hi_exact"}, {"rate", "adj_rate"},       {"rate_low", "adj_lo"},
        {"rate_high", "adj_hi"},        {"ratio", "pkg_sir"}};
    EACH_CASE(g)
    {
        const struct epi_estimate *e =
            agree_run(g, "risk", "standardised", agree_table(g, "input.csv"), NULL);
        const struct epi_frame *want = agree_table(g, "expected_direct.csv");
        for (size_t k = 0; e && k < EPI_COUNT(direct); k++)
            agree_columns(g, &e->rows, direct[k][0], want, direct[k][1], 1e-8);
        want = agree_table(g, "expected_indirect.csv");
        for (size_t k = 0; e && k < EPI_COUNT(indirect); k++)
            agree_columns(g, &e->tables[0], indirect[k][0], want, indirect[k][1], 1e-8);
    }
}

AGREE(poisson_rate_ci)
{
    static const char *const theirs[] = {"exact_garwood", "byar", "normal_approx", "daly"};
    static const char *const ours[] = {"exact", "byar", "normal", "daly"};
    EACH_CASE(g)
    {
        const struct epi_frame *want = agree_table(g, "expected.csv");
        struct epi_frame in;
        epi_frame_init(&in, want->rows);
        epi_str *group = epi_frame_add_word(agree_arena(g), &in, "group");
        double *x = epi_frame_add(agree_arena(g), &in, "cases"),
               *pt = epi_frame_add(agree_arena(g), &in, "person_time");
        for (size_t k = 0; k < want->rows; k++) {
            group[k] = epi_str_printf(agree_arena(g), "%zu", k);
            x[k] = cell(g, want, "x", k), pt[k] = cell(g, want, "pt", k);
        }
        const struct epi_estimate *e = agree_run(g, "risk", "rate", &in, NULL);
        static struct pairs closed, exact;
        closed.n = exact.n = 0;
        for (size_t k = 0; e && k < want->rows; k++)
            for (size_t m = 0; m < EPI_COUNT(theirs); m++) {
                if (!epi_str_eqz(word(g, want, "method", k), theirs[m]))
                    continue;
                size_t i = row_of(g, &e->rows, "group", group[k], "method", epi_str_of(ours[m]),
                                  "method", epi_str_of(ours[m]));
                double rate = cell(g, want, "rate", k), low = cell(g, want, "lower", k),
                       high = cell(g, want, "upper", k);
                /* Their exact limits are a root to 1e-4 of the rate (the formula is ours): the
                 * error is taken against the rate. Without events the upper limit is compared. */
                double unit = m == 0 && rate > 0 ? rate : 0;
                struct pairs *p = m == 0 ? &exact : &closed;
                pair(p, cell(g, &e->rows, "estimate", i), rate);
                pair(p, cell(g, &e->rows, "low", i) + unit, low + unit);
                pair(p, cell(g, &e->rows, "high", i), high);
            }
        agree_rel(g, "exact (Garwood)", exact.got, exact.want, exact.n, 1e-4);
        agree_rel(g, "Byar, normal, Daly", closed.got, closed.want, closed.n, 1e-9);
    }
}
