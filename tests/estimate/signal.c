// SPDX-License-Identifier: AGPL-3.0-or-later
/* Outbreak signals beside the R package surveillance. */
#include "agree.h"
#include <stdlib.h>

/* Part `i` of a text split at one character. */
static const char *part(struct agree *g, const char *text, char by, size_t i)
{
    epi_str rest = epi_str_of(text), p = EPI_NIL;
    for (size_t k = 0; k <= i; k++)
        if (!epi_str_split(&rest, by, &p))
            return "";
    return epi_str_cz(agree_arena(g), p);
}

/* "209..312" */
static void range(struct agree *g, const char **ret_from, const char **ret_to)
{
    const char *text = agree_param(g, "range");
    *ret_from = part(g, text ? text : "", '.', 0);
    *ret_to = part(g, text ? text : "", '.', 2);
}

static const char *comma(struct agree *g, const char *pair) /* "5 4" -> "5,4" */
{
    return epi_str_cz(agree_arena(g), epi_str_printf(agree_arena(g), "%s,%s", part(g, pair, ' ', 0),
                                                     part(g, pair, ' ', 1)));
}

static void columns(struct agree *g, const struct epi_estimate *e, const struct epi_frame *want,
                    const char *const (*pairs)[2], size_t n, double tolerance)
{
    for (size_t i = 0; e && i < n; i++)
        agree_columns(g, &e->rows, pairs[i][0], want, pairs[i][1], tolerance);
}

AGREE(ears)
{
    static const char *const pairs[][2] = {{"c1_upper", "C1_upper"},
                                           {"c1_alarm", "C1_alarm"},
                                           {"c2_upper", "C2_upper"},
                                           {"c2_alarm", "C2_alarm"},
                                           {"c1", "C1"},
                                           {"c1_mean", "base_mean_C1"},
                                           {"c1_sd", "base_sd_C1"},
                                           {"c2", "C2"},
                                           {"c2_mean", "base_mean_C2"},
                                           {"c2_sd", "base_sd_C2"},
                                           {"c3", "C3_sum3"}};
    static const char *const sigmas[] = {"0", "0.5"};
    EACH_CASE(g)
    {
        const struct epi_frame *in = agree_table(g, "input.csv");
        for (size_t k = 0; k < EPI_COUNT(sigmas); k++) {
            const struct epi_frame *want =
                agree_where(g, agree_table(g, "expected.csv"), "min_sigma", sigmas[k]);
            const struct epi_estimate *e =
                agree_run(g, "signal", "ears", in, "baseline", agree_param(g, "baseline"), "gap",
                          agree_param(g, "gap_C2"), "alpha-c1", agree_param(g, "alpha_C1"),
                          "alpha-c2", agree_param(g, "alpha_C2"), "alpha-c3",
                          agree_param(g, "alpha_C3"), "min-sigma", sigmas[k], NULL);
            columns(g, e, want, pairs, EPI_COUNT(pairs), 1e-9);
        }
    }
}

AGREE(farrington_1996)
{
    static const char *const pairs[][2] = {{"upper", "upper"},
                                           {"alarm", "alarm"},
                                           {"trend_used", "trend_used"},
                                           {"prob", "prob_y"},
                                           {"median", "median"}};
    static const char *const no_yes[] = {"no", "yes"}, *const digits[] = {"0", "1"};
    EACH_CASE(g)
    {
        const struct epi_frame *in = agree_table(g, "input.csv");
        const char *from, *to, *alphas = agree_param(g, "alphas");
        range(g, &from, &to);
        for (size_t k = 0; k < 8; k++) {
            const char *alpha = part(g, alphas, ' ', k / 4);
            const struct epi_frame *want = agree_table(g, "expected.csv");
            want = agree_where(g, want, "alpha", alpha);
            want = agree_where(g, want, "reweight", digits[k & 1]);
            want = agree_where(g, want, "trend_allowed", digits[(k >> 1) & 1]);
            if (want->rows == 0)
                continue;
            const struct epi_estimate *e =
                agree_run(g, "signal", "farrington-1996", in, "b", agree_param(g, "b"), "w",
                          agree_param(g, "w"), "frequency", agree_param(g, "frequency"), "alpha",
                          alpha, "reweight", no_yes[k & 1], "trend", no_yes[(k >> 1) & 1], "power",
                          agree_param(g, "power"), "limit54", comma(g, agree_param(g, "limit54")),
                          "from", from, "to", to, NULL);
            columns(g, e, want, pairs, EPI_COUNT(pairs), 1e-6);
        }
    }
}

AGREE(farrington_flexible)
{
    static const char *const thresholds[][2] = {
        {"delta", "delta"}, {"nb-plugin", "nbPlugin"}, {"muan", "muan"}};
    static const char *const standard[][2] = {{"upper", "std_upper"},
                                              {"alarm", "std_alarm"},
                                              {"trend_used", "std_trend_used"},
                                              {"phi", "std_phi"},
                                              {"p", "std_pvalue"}};
    static const char *const released[][2] = {
        {"upper", "upper"},      {"alarm", "alarm"}, {"expected", "expected"},
        {"phi", "phi"},          {"p", "pvalue"},    {"trend_used", "trend_used"},
        {"trend", "trend_coef"}, {"score", "score"}};
    EACH_CASE(g)
    {
        const struct epi_frame *in = agree_table(g, "input.csv");
        const char *from, *to, *alphas = agree_param(g, "alphas");
        range(g, &from, &to);
        for (size_t k = 0; k < 12; k++) {
            const char *alpha = part(g, alphas, ' ', k / 6), *const *t = thresholds[k % 3];
            bool is_standard = k / 3 % 2 == 0;
            const struct epi_frame *want =
                agree_where(g, agree_table(g, "expected.csv"), "method", t[1]);
            want = agree_where(g, want, "alpha", alpha);
            if (want->rows == 0)
                continue;
            const struct epi_estimate *e = agree_run(
                g, "signal", "farrington", in, "b", agree_param(g, "b"), "w", agree_param(g, "w"),
                "frequency", agree_param(g, "frequency"), "periods", agree_param(g, "noPeriods"),
                "past-weeks-left-out", agree_param(g, "pastWeeksNotIncluded"), "trend-p",
                agree_param(g, "pThresholdTrend"), "weights-threshold",
                agree_param(g, "weightsThreshold"), "power", agree_param(g, "power"), "limit54",
                comma(g, agree_param(g, "limit54")), "threshold", t[0], "alpha", alpha,
                "dispersion", is_standard ? "standard" : "released", "from", from, "to", to, NULL);
            if (is_standard)
                columns(g, e, want, standard, EPI_COUNT(standard), 1e-6);
            else
                columns(g, e, want, released, EPI_COUNT(released), 1e-6);
        }
    }
}

AGREE(cusum)
{
    static const char *const transforms[] = {"standard", "rossi", "anscombe", "none"};
    static const char *const references[] = {"mean", "glm"};
    static const char *const levels[][2] = {{"1.04", "2.26"}, {"0.5", "4"}};
    static const char *const pairs[][2] = {
        {"expected", "m"}, {"score", "cusum"}, {"alarm", "alarm"}, {"upper", "upper"}};
    EACH_CASE(g)
    {
        const struct epi_frame *in = agree_table(g, "input.csv");
        const char *from, *to;
        range(g, &from, &to);
        for (size_t k = 0; k < 16; k++) {
            const char *transform = transforms[k % 4],
                       *reference = references[k / 4 % 2], *const *level = levels[k / 8];
            const struct epi_frame *want =
                agree_where(g, agree_table(g, "expected.csv"), "trans", transform);
            want = agree_where(g, want, "m_method", reference);
            want = agree_where(g, want, "k", level[0]);
            if (want->rows == 0)
                continue;
            const struct epi_estimate *e =
                agree_run(g, "signal", "cusum", in, "transform", transform, "reference", reference,
                          "k", level[0], "h", level[1], "frequency", agree_param(g, "frequency"),
                          "from", from, "to", to, NULL);
            columns(g, e, want, pairs, EPI_COUNT(pairs), reference[0] == 'g' ? 1e-6 : 1e-8);
        }
    }
}

static const char *first_t(struct agree *g, const struct epi_frame *f)
{
    return f->rows ? epi_str_cz(agree_arena(g), epi_frame_column(f, "t")->words[0]) : "";
}

static void bayes_and_rki(struct agree *g, const struct epi_frame *in)
{
    static const char *const methods[] = {"bayes", "rki"}, *const alphas[] = {"0.05", "0.01"};
    static const char *const windows[][4] = {
        {"0", "6", "1", "yes"}, {"1", "6", "1", "yes"}, {"2", "4", "0", "no"}};
    static const char *const pairs[][2] = {{"upper", "upper"}, {"alarm", "alarm"}};
    for (size_t k = 0; k < 12; k++) {
        const char *method = methods[k / 6],
                   *alpha = alphas[k / 3 % 2], *const *window = windows[k % 3];
        bool bayes = k < 6;
        const struct epi_frame *want =
            agree_where(g, agree_table(g, "expected.csv"), "method", method);
        want = agree_where(g, want, "b", window[0]);
        want = agree_where(g, want, "w", window[1]);
        want = agree_where(g, want, "actY", window[2]);
        want = agree_where(g, want, "alpha", bayes ? alpha : "");
        if (want->rows == 0 || (!bayes && k >= 9))
            continue;
        const struct epi_estimate *e = agree_run(
            g, "signal", method, in, "b", window[0], "w", window[1], "this-year", window[3], "from",
            first_t(g, want), bayes ? "alpha" : "missing", bayes ? alpha : "skip", NULL);
        columns(g, e, want, pairs, EPI_COUNT(pairs), 1e-6);
    }
}

AGREE(bayes_and_others)
{
    static const char *const glr[][2] = {
        {"score", "glr_stat"}, {"alarm", "glr_alarm"}, {"expected", "glr_mu0"}};
    EACH_CASE(g)
    {
        const struct epi_frame *in = agree_table(g, "input.csv");
        bayes_and_rki(g, in);
        const struct epi_frame *want = agree_table(g, "expected_outbreakP_glr.csv");
        const struct epi_estimate *e =
            agree_run(g, "signal", "glr", in, "from", first_t(g, want), "c", "5", NULL);
        columns(g, e, want, glr, EPI_COUNT(glr), 1e-6);
        e = agree_run(g, "signal", "outbreak-p", in, "from", first_t(g, want), "k", "100", NULL);
        if (!e)
            continue;
        agree_columns(g, &e->rows, "statistic", want, "outbreakP", 1e-6);
        agree_columns(g, &e->rows, "alarm", want, "outbreakP_alarm", 1e-6);
    }
}
