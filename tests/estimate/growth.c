// SPDX-License-Identifier: AGPL-3.0-or-later
/* Growth rates beside the package incidence, glm and glm.nb. */
#include "agree.h"
#include <stdio.h>

#define CLOSED 1e-7
#define GLM 1e-6

static const struct epi_frame *table_of(struct agree *g, const struct epi_estimate *e,
                                        const char *name)
{
    for (size_t i = 0; i < e->tables_n; i++) {
        if (epi_str_eqz(e->tables[i].name, name))
            return &e->tables[i];
    }
    agree_fail(g, "no table %s", name);
    return NULL;
}

static void known_rates(struct agree *g)
{
    const struct epi_frame *want = agree_table(g, "expected.csv");
    const struct epi_estimate *e = agree_run(g, "growth", "r-to-r", want, NULL);
    if (!e)
        return;
    agree_columns(g, &e->rows, "gamma", want, "R_gamma_continuous", CLOSED);
    agree_columns(g, &e->rows, "lags", want, "R_discretised_si", CLOSED);
    agree_columns(g, &e->rows, "fixed", want, "R_delta", CLOSED);
    agree_columns(g, &e->rows, "exponential", want, "R_exponential_gt", CLOSED);
    /* Their doubling time is negative where ours is a halving time. */
    const double *doubling = epi_frame_numbers(&e->rows, "doubling"),
                 *halving = epi_frame_numbers(&e->rows, "halving"),
                 *theirs = epi_frame_numbers(want, "doubling_days");
    double *both = EPI_ARRAY(agree_arena(g), want->rows + 1, double);
    for (size_t i = 0; doubling && halving && i < want->rows; i++)
        both[i] = isnan(doubling[i]) ? -halving[i] : doubling[i];
    agree_rel(g, "doubling_days", both, theirs, want->rows, CLOSED);
}

static void lines(struct agree *g, const struct epi_frame *in)
{
    static const char *const columns[][2] = {{"n", "n_bins_used"},
                                             {"r", "r_per_day"},
                                             {"r_lo", "r_lo"},
                                             {"r_hi", "r_hi"},
                                             {"doubling", "doubling_days"},
                                             {"doubling_lo", "doubling_lo"},
                                             {"doubling_hi", "doubling_hi"},
                                             {"halving", "halving_days"},
                                             {"halving_lo", "halving_lo"},
                                             {"halving_hi", "halving_hi"},
                                             {"intercept", "intercept"},
                                             {"r2", "rsq"}};
    const struct epi_frame *want = agree_table(g, "expected.csv"),
                           *scan = agree_table(g, "expected_split_scan.csv"),
                           *fitted = agree_table(g, "expected_fitted_whole.csv");
    const struct epi_estimate *e = agree_run(g, "growth", "split", in, NULL),
                              *whole = agree_run(g, "growth", "log-linear", in, NULL);
    if (!e || !whole)
        return;
    for (size_t k = 0; k < EPI_COUNT(columns); k++)
        agree_columns(g, &e->rows, columns[k][0], want, columns[k][1], CLOSED);
    const struct epi_frame *ours = table_of(g, e, "scan"), *curve = table_of(g, whole, "fitted");
    if (ours) {
        agree_columns(g, ours, "date", scan, "split_date", 0);
        agree_columns(g, ours, "r2", scan, "mean_R2", CLOSED);
    }
    if (curve) { /* their dates are the middles of the steps, as x */
        agree_columns(g, curve, "x", fitted, "x_days", 0);
        agree_columns(g, curve, "fit", fitted, "fit", CLOSED);
        agree_columns(g, curve, "lo", fitted, "lwr", CLOSED);
        agree_columns(g, curve, "hi", fitted, "upr", CLOSED);
    }
}

static void counts(struct agree *g, const struct epi_frame *in)
{
    static const struct {
        const char *theirs, *method, *extra;
    } models[] = {{"poisson_log", "poisson", "deviance"},
                  {"quasipoisson_log", "quasi-poisson", "dispersion"},
                  {"negbin_log", "negative-binomial", "size"}};
    static const char *const columns[][2] = {{"r", "r_per_day"},
                                             {"se", "se"},
                                             {"r_lo", "lo"},
                                             {"r_hi", "hi"},
                                             {"doubling", "doubling_days"},
                                             {"intercept", "intercept"}};
    const struct epi_frame *all = agree_table(g, "expected_glm.csv");
    for (size_t k = 0; k < EPI_COUNT(models); k++) {
        const struct epi_frame *want = agree_where(g, all, "model", models[k].theirs);
        const double *extra = epi_frame_numbers(want, "extra");
        /* A huge size is where their search stopped: no overdispersion, which equals Poisson, and
         * there our size is infinite, so empty. */
        bool none = k == 2 && extra && want->rows == 1 && extra[0] > 1e4;
        if (none)
            want = agree_where(g, all, "model", models[0].theirs);
        const double *from = epi_frame_numbers(want, "from_bin"),
                     *to = epi_frame_numbers(want, "to_bin");
        char a[32], b[32];
        if (!from || !to || want->rows != 1)
            return;
        (void)snprintf(a, sizeof a, "%.0f", from[0]);
        (void)snprintf(b, sizeof b, "%.0f", to[0]);
        const struct epi_estimate *e =
            agree_run(g, "growth", models[k].method, in, "from", a, "to", b, NULL);
        if (!e)
            return;
        for (size_t c = 0; c < EPI_COUNT(columns); c++)
            agree_rel(g,
                      epi_str_cz(agree_arena(g), epi_str_printf(agree_arena(g), "%s, %s",
                                                                columns[c][1], models[k].method)),
                      epi_frame_numbers(&e->rows, columns[c][0]),
                      epi_frame_numbers(want, columns[c][1]), 1, GLM);
        if (none && !isnan(epi_frame_numbers(&e->rows, "size")[0]))
            agree_fail(g, "the size is not infinite");
        else if (!none)
            agree_columns(g, &e->rows, models[k].extra, want, "extra", GLM);
    }
}

/* Growth rates, glm and glm.nb. */
AGREE(growth_rate)
{
    EACH_CASE(g)
    {
        if (strcmp(agree_case(g), "r_to_R_table") == 0) {
            known_rates(g);
            continue;
        }
        const struct epi_frame *in = agree_table(g, "input.csv");
        lines(g, in);
        counts(g, in);
    }
}
