// SPDX-License-Identifier: AGPL-3.0-or-later
/* Agreement of the figure "delay" with fitdistrplus, coarseDataTools and direct maximisation. */
#include "agree.h"
#include <string.h>

/* Our row of a family, by the reference's name of it. */
static size_t row_of(struct agree *g, const struct epi_estimate *e, epi_str name)
{
    static const char *const other[][2] = {{"lognormal", "lnorm"},
                                           {"nbinom (zeros kept)", "nbinom"}};
    const struct epi_column *c = epi_frame_column(&e->rows, "dist");
    for (size_t i = 0; i < EPI_COUNT(other); i++)
        if (epi_str_eqz(name, other[i][0]))
            name = epi_str_of(other[i][1]);
    for (size_t i = 0; c && i < e->rows.rows; i++)
        if (epi_str_eq(c->words[i], name))
            return i;
    agree_fail(g, "no row for %.*s", EPI_FMT(name));
    return 0;
}
static double ours(struct agree *g, const struct epi_estimate *e, size_t row, const char *column)
{
    const double *v = epi_frame_numbers(&e->rows, column);
    if (!v)
        agree_fail(g, "we have no column %s", column);
    return v ? v[row] : (double)NAN;
}
static double theirs(const struct epi_frame *f, size_t row, const char *column)
{
    const struct epi_column *c = epi_frame_column(f, column);
    return c && c->v ? c->v[row] : (double)NAN;
}
static const char *label(struct agree *g, epi_str dist, const char *what)
{
    return epi_str_printf(agree_arena(g), "%.*s %s", EPI_FMT(dist), what).p;
}

/* Standard errors of the reference come from a numerical Hessian: 1e-2. */
static void exact_row(struct agree *g, const struct epi_estimate *e, const struct epi_frame *want,
                      size_t i, epi_str dist)
{
    static const struct {
        const char *theirs, *ours;
        double tolerance;
    } columns[] = {{"loglik", "loglik", 1e-6},
                   {"AIC", "aic", 1e-6},
                   {"BIC", "bic", 1e-6},
                   {"n", "n", 0},
                   {"par1", "par1", 1e-4},
                   {"par2", "par2", 1e-4},
                   {"par1_se", "par1_se", 1e-2},
                   {"par2_se", "par2_se", 1e-2},
                   {"mean", "mean", 1e-4},
                   {"sd", "sd", 1e-4},
                   {"q50", "q50", 1e-4},
                   {"q95", "q95", 1e-4},
                   {"ks", "ks", 1e-4},
                   {"cvm", "cvm", 1e-4},
                   {"ad", "ad", 1e-4}};
    bool stopped_short = epi_str_eqz(dist, "nbinom (zeros kept)");
    size_t row = row_of(g, e, dist);
    for (size_t k = 0; k < EPI_COUNT(columns); k++) {
        double a = theirs(want, i, columns[k].theirs), b = ours(g, e, row, columns[k].ours);
        const char *c = columns[k].theirs;
        if (stopped_short && (strcmp(c, "par1") == 0 || strcmp(c, "par2") == 0 ||
                              strcmp(c, "mean") == 0 || strcmp(c, "sd") == 0))
            continue;
        agree_one(g, label(g, dist, c), b, a, columns[k].tolerance);
    }
    if (!stopped_short)
        return;
    /* The reference's optimiser stopped short of the top: its mu is not the mean of the delays,
     * which the maximum likelihood estimate of a negative binomial is. So mu is held against
     * params.csv, the log likelihood must not be below theirs, and the rest agrees within a
     * fiftieth of its standard error. */
    agree_one(g, label(g, dist, "mu = sample mean"), ours(g, e, row, "par2"),
              agree_number(g, "sample_mean"), 1e-9);
    if (ours(g, e, row, "loglik") <
        theirs(want, i, "loglik") - 5e-7 * fabs(theirs(want, i, "loglik")))
        agree_fail(g, "nbinom: our log likelihood is below theirs");
    double a = ours(g, e, row, "par1"), b = theirs(want, i, "par1"),
           err = theirs(want, i, "par1_se");
    agree_within(g, label(g, dist, "size"), &a, &b, &err, 1, 0.02);
}

AGREE(delay_fit)
{
    EACH_CASE(g)
    {
        const struct epi_estimate *e = agree_run(g, "delay", "exact", agree_table(g, "input.csv"),
                                                 "quantiles", "0.5,0.95", NULL);
        const struct epi_frame *want = agree_table(g, "expected.csv");
        const struct epi_column *dist = epi_frame_column(want, "dist");
        for (size_t i = 0; e && i < want->rows; i++)
            exact_row(g, e, want, i, dist->words[i]);
    }
}

AGREE(delay_fit_interval_censored)
{
    EACH_CASE(g)
    {
        const struct epi_estimate *e =
            agree_run(g, "delay", "interval", agree_table(g, "input.csv"), "quantiles",
                      "0.05,0.25,0.5,0.75,0.95,0.99", NULL);
        const struct epi_frame *want = agree_table(g, "expected.csv");
        const struct epi_column *dist = epi_frame_column(want, "dist"),
                                *quantity = epi_frame_column(want, "quantity");
        for (size_t i = 0; e && i < want->rows; i++) {
            size_t row = row_of(g, e, dist->words[i]);
            const char *what =
                label(g, dist->words[i], epi_str_cz(agree_arena(g), quantity->words[i]));
            double mle = theirs(want, i, "mle"), se = theirs(want, i, "se_mle");
            agree_one(g, label(g, dist->words[i], "loglik"), ours(g, e, row, "loglik"),
                      theirs(want, i, "loglik"), 1e-6);
            if (quantity->words[i].p[0] == 'p') { /* p5 is our q05 */
                epi_str digits = epi_str_sub(quantity->words[i], 1, 9);
                const char *column = epi_str_printf(agree_arena(g), "q%s%.*s",
                                                    digits.n < 2 ? "0" : "", EPI_FMT(digits))
                                         .p;
                agree_one(g, what, ours(g, e, row, column), mle, 1e-5);
                continue;
            }
            bool first =
                epi_str_eq(quantity->words[i], epi_frame_column(&e->rows, "par1_name")->words[row]);
            agree_one(g, what, ours(g, e, row, first ? "par1" : "par2"), mle, 1e-5);
            agree_one(g, label(g, dist->words[i], "se"),
                      ours(g, e, row, first ? "par1_se" : "par2_se"), se, 1e-2);
        }
    }
}

/* complete_data is a fit without correction of delays that the folder does not hold; its values
 * are not compared. Standard errors are given on the scale of logs, but for meanlog. */
AGREE(delay_fit_right_truncated)
{
    EACH_CASE(g)
    {
        const struct epi_frame *in = agree_table(g, "input.csv"),
                               *want = agree_table(g, "expected.csv");
        const struct epi_column *dist = epi_frame_column(want, "dist"),
                                *mode = epi_frame_column(want, "mode");
        const struct epi_estimate *e[2] = {
            agree_run(g, "delay", "truncated", in, NULL),
            agree_run(g, "delay", "truncated", in, "mode", "naive", NULL)};
        for (size_t i = 0; e[0] && e[1] && i < want->rows; i++) {
            bool naive = epi_str_eqz(mode->words[i], "naive");
            if (!naive && !epi_str_eqz(mode->words[i], "truncated"))
                continue;
            size_t row = row_of(g, e[naive], dist->words[i]);
            bool log1 = !epi_str_eqz(dist->words[i], "lnorm");
            double p1 = ours(g, e[naive], row, "par1"), p2 = ours(g, e[naive], row, "par2");
            const struct {
                const char *column;
                double got, tolerance;
            } all[] = {{"n", ours(g, e[naive], row, "n"), 0},
                       {"p1", p1, 1e-4},
                       {"p2", p2, 1e-4},
                       {"se_p1_working", ours(g, e[naive], row, "par1_se") / (log1 ? p1 : 1), 1e-2},
                       {"se_p2_working", ours(g, e[naive], row, "par2_se") / p2, 1e-2},
                       {"loglik", ours(g, e[naive], row, "loglik"), 1e-6},
                       {"mean", ours(g, e[naive], row, "mean"), 1e-4},
                       {"sd", ours(g, e[naive], row, "sd"), 1e-4}};
            for (size_t k = 0; k < EPI_COUNT(all); k++)
                agree_one(g,
                          label(g, dist->words[i],
                                epi_str_printf(agree_arena(g), "%s %s",
                                               naive ? "naive" : "truncated", all[k].column)
                                    .p),
                          all[k].got, theirs(want, i, all[k].column), all[k].tolerance);
        }
    }
}
