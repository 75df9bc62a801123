// SPDX-License-Identifier: AGPL-3.0-or-later
/* Agreement of the figure "nowcast" with surveillance and NobBS. */
#include "agree.h"

AGREE(nowcast)
{
    EACH_CASE(g)
    {
        const struct epi_frame *in = agree_table(g, "input_triangle.csv"),
                               *want = agree_table(g, "expected.csv"),
                               *delay = agree_table(g, "expected_delay.csv");
        const struct epi_estimate *l = agree_run(g, "nowcast", "lawless", in, NULL);
        const struct epi_estimate *b =
            agree_run(g, "nowcast", "bnb", in, "kappa", agree_param(g, "dirichlet_kappa"), NULL);
        if (!l || !b)
            continue;
        static const char *const lawless[][2] = {{"t", "t"},
                                                 {"date", "date"},
                                                 {"reported", "reported"},
                                                 {"F", "F"},
                                                 {"nowcast", "nowcast"},
                                                 {"sd_binomial", "sd_binomial"},
                                                 {"sd_full", "sd_full"}};
        static const char *const bnb[][2] = {
            {"q025", "bnb_q025"}, {"median", "bnb_median"}, {"q975", "bnb_q975"}};
        static const char *const delays[] = {"delay", "n_x", "N_x", "reverse_hazard", "cdf_F"};
        for (size_t k = 0; k < EPI_COUNT(lawless); k++)
            agree_columns(g, &l->rows, lawless[k][0], want, lawless[k][1], 1e-6);
        for (size_t k = 0; k < EPI_COUNT(bnb); k++)
            agree_columns(g, &b->rows, bnb[k][0], want, bnb[k][1], 1e-6);
        for (size_t k = 0; k < EPI_COUNT(delays); k++)
            agree_columns(g, &l->tables[0], delays[k], delay, delays[k], 1e-6);
    }
}

/* Shares of delays: the reference's chain moves them element by element and forgets slowly. A long
 * run of the same model in the same program had 37 effective draws of 20000 for the rarest delay;
 * its 10000 are worth some 12 there. Its Monte Carlo error is taken from that. */
static void shares(struct agree *g, const struct epi_frame *got, const struct epi_frame *want)
{
    const double *p = epi_frame_numbers(want, "p_mean"), *lo = epi_frame_numbers(want, "p_q025"),
                 *hi = epi_frame_numbers(want, "p_q975"), *ours = epi_frame_numbers(got, "p");
    if (!p || !lo || !hi || !ours || got->rows != want->rows) {
        agree_fail(g, "the tables of delays differ in form");
        return;
    }
    double *err = EPI_ARRAY(agree_arena(g), want->rows, double);
    for (size_t i = 0; i < want->rows; i++)
        err[i] = (hi[i] - lo[i]) / 3.92 / sqrt(12.0);
    agree_within(g, "p_mean", ours, p, err, want->rows, 3);
    for (size_t i = 0; i < want->rows; i++) /* of a 2.5 % quantile: sqrt(p (1 - p)) / density */
        err[i] *= 2.67;
    agree_within(g, "p_q025", epi_frame_numbers(got, "p_q025"), lo, err, want->rows, 3);
    agree_within(g, "p_q975", epi_frame_numbers(got, "p_q975"), hi, err, want->rows, 3);
}

AGREE(nowcast_nobbs)
{
    EACH_CASE(g)
    {
        const struct epi_frame *in = agree_table(g, "input_triangle.csv"),
                               *want = agree_table(g, "expected.csv");
        const char *model = agree_param(g, "model");
        const struct epi_estimate *e = agree_run(
            g, "nowcast", "smooth", in, "family",
            model && epi_str_eqz(EPI_S("NB"), model) ? "nbinom" : "poisson", "late", "drop",
            "window", agree_param(g, "window"), "max-delay", agree_param(g, "max_D"), NULL);
        if (!e)
            continue;
        agree_columns(g, &e->rows, "date", want, "date", 0);
        agree_columns(g, &e->rows, "median", want, "median", 0.05);
        static const char *const ends[] = {"q025", "q25", "q75", "q975"};
        for (size_t k = 0; k < EPI_COUNT(ends); k++)
            agree_columns(g, &e->rows, ends[k], want, ends[k], 0.12);
        shares(g, &e->tables[0], agree_table(g, "expected_delay.csv"));
    }
}
