// SPDX-License-Identifier: AGPL-3.0-or-later
/* Projections beside the package projections, scores beside surveillance, and the bars a forecast
 * has to reach: persistence and the plain renewal equation on reported counts. */
#include "agree.h"
#include <stdio.h>

static const char *const quantiles[][2] = {
    {"q025", "q0.025"}, {"q25", "q0.25"}, {"median", "q0.5"}, {"q75", "q0.75"}, {"q975", "q0.975"}};

/* Whole counts: one apart, or 2 %. */
static void compare_quantiles(struct agree *g, const struct epi_frame *got,
                              const struct epi_frame *want)
{
    for (size_t k = 0; k < EPI_COUNT(quantiles); k++) {
        const double *ours = epi_frame_numbers(got, quantiles[k][0]),
                     *theirs = epi_frame_numbers(want, quantiles[k][1]);
        double *err = EPI_ARRAY(agree_arena(g), want->rows + 1, double);
        if (!ours || !theirs || got->rows != want->rows) {
            agree_fail(g, "%s: no column, or %zu rows", quantiles[k][0], got->rows);
            continue;
        }
        for (size_t i = 0; i < want->rows; i++)
            err[i] = fmax(1, 0.02 * theirs[i]);
        agree_within(g, quantiles[k][0], ours, theirs, err, want->rows, 1);
    }
}

/* Their expectations are printed to seven digits. */
#define PRINTED 5e-7

AGREE(forecast_renewal)
{
    static const struct {
        const char *mode, *doubt, *noise;
    } modes[] = {{"R_fixed_at_posterior_mean_poisson", "no", "poisson"},
                 {"R_gamma_posterior_fixed_within_path_poisson", "yes", "poisson"},
                 {"R_fixed_negbin_size_0.5", "no", "negative-binomial"}};
    EACH_CASE(g)
    {
        const struct epi_frame *in = agree_table(g, "input.csv"),
                               *all = agree_table(g, "expected.csv");
        for (size_t m = 0; m < EPI_COUNT(modes); m++) {
            const struct epi_frame *want = agree_where(g, all, "mode", modes[m].mode);
            const struct epi_estimate *e = agree_run(
                g, "forecast", "projection", in, "si-mean", agree_param(g, "mean_si"), "si-sd",
                agree_param(g, "sd_si"), "horizon", "14", "draws", "200000", "past", "0", "r-doubt",
                modes[m].doubt, "noise", modes[m].noise, "size", "0.5", NULL);
            if (!e)
                continue;
            const double *r_mean = epi_frame_numbers(&e->values, "r_mean"),
                         *r_sd = epi_frame_numbers(&e->values, "r_sd");
            agree_one(g, "R_mean", r_mean ? *r_mean : 0, agree_number(g, "R_mean"), 1e-7);
            agree_one(g, "R_sd", r_sd ? *r_sd : 0, agree_number(g, "R_sd"), 1e-7);
            if (strcmp(modes[m].doubt, "no") == 0)
                agree_columns(g, &e->rows, "mean_exact", want, "mean_exact", PRINTED);
            if (want->rows == e->rows.rows)
                agree_within(g, "mean_mc", epi_frame_numbers(&e->rows, "mean"),
                             epi_frame_numbers(want, "mean_mc"),
                             epi_frame_numbers(want, "mean_mc_se"), want->rows, 4);
            compare_quantiles(g, &e->rows, want);
        }
    }
}

AGREE(forecast_scores)
{
    static const char *const columns[][2] = {
        {"log", "logs"}, {"crps", "rps"}, {"dss", "dss"}, {"se", "ses"}};
    static const char *const methods[][2] = {{"poisson", "pois"}, {"negative-binomial", "nb"}};
    EACH_CASE(g)
    {
        const struct epi_frame *want = agree_table(g, "expected.csv");
        for (size_t m = 0; m < EPI_COUNT(methods); m++) {
            const struct epi_estimate *e = agree_run(g, "score", methods[m][0], want, NULL);
            if (!e)
                continue;
            for (size_t k = 0; k < EPI_COUNT(columns); k++) {
                char name[32];
                (void)snprintf(name, sizeof name, "%s_%s", methods[m][1], columns[k][1]);
                agree_columns(g, &e->rows, columns[k][0], want, name, k == 1 ? 1e-6 : 1e-7);
            }
            if (m == 1)
                agree_columns(g, &e->rows, "wis", want, "nb_wis23", 1e-7);
        }
    }
}

/* What one method's forecasts came to at one horizon. */
struct tally {
    double wis, cover95, n;
};

static const struct epi_frame *table_named(const struct epi_estimate *e, const char *name)
{
    for (size_t i = 0; i < e->tables_n; i++)
        if (epi_str_eqz(e->tables[i].name, name))
            return &e->tables[i];
    return NULL;
}

/* The quantiles h steps ahead, scored by the method that scores given ones. */
static bool score_at(struct agree *g, const struct epi_estimate *e, size_t h, double y,
                     struct tally *sum)
{
    const struct epi_frame *all = table_named(e, "quantiles");
    struct epi_frame at;
    size_t rows[EPI_SCORE_LEVELS];
    for (size_t k = 0; k < EPI_SCORE_LEVELS; k++)
        rows[k] = (h - 1) * EPI_SCORE_LEVELS + k;
    if (!all || all->rows < h * EPI_SCORE_LEVELS)
        return false;
    epi_frame_pick(agree_arena(g), all, rows, EPI_SCORE_LEVELS, &at);
    double *observed = epi_frame_add(agree_arena(g), &at, "observed");
    for (size_t i = 0; i < at.rows; i++)
        observed[i] = y;
    const struct epi_estimate *s = agree_run(g, "score", "quantile", &at, NULL);
    const double *wis = s ? epi_frame_numbers(&s->rows, "wis") : NULL,
                 *in = s ? epi_frame_numbers(&s->rows, "in95") : NULL;
    if (!wis || !in || s->rows.rows != 1)
        return false;
    sum->wis += wis[0];
    sum->cover95 += in[0];
    sum->n++;
    return true;
}

enum { BAR_HORIZONS = 4 };
static const size_t horizons[BAR_HORIZONS] = {1, 3, 7, 14};

static void tally(struct agree *g, const char *method, struct tally *ret)
{
    const struct epi_frame *in = agree_table(g, "input.csv");
    const double *y = epi_frame_numbers(in, "incidence");
    bool interval = strcmp(method, "persistence") != 0;
    for (double at = agree_number(g, "first_origin"); at <= agree_number(g, "last_origin");
         at += agree_number(g, "origin_step")) {
        struct epi_frame past = *in;
        char to[16];
        past.rows = (size_t)at;
        (void)snprintf(to, sizeof to, "%zu", past.rows);
        const struct epi_estimate *e = agree_run(
            g, "forecast", method, &past, "si-mean", interval ? agree_param(g, "mean_si") : NULL,
            "si-sd", interval ? agree_param(g, "sd_si") : NULL, "past", "0", NULL);
        for (size_t k = 0; e && y && k < BAR_HORIZONS; k++) {
            size_t t = past.rows + horizons[k] - 1;
            if (t < in->rows && !score_at(g, e, horizons[k], y[t], &ret[k]))
                agree_fail(g, "%s: no score at %zu", method, t);
        }
    }
}

/* No worse than the better of both a week ahead, and a 95 % interval that covers 85 % at least. The
 * baselines of ours agree with theirs, within what other draws of them differ by. */
AGREE(forecast_bars)
{
    EACH_CASE(g)
    {
        const struct epi_frame *want = agree_table(g, "expected.csv");
        struct tally ours[BAR_HORIZONS] = {0}, same[BAR_HORIZONS] = {0}, plain[BAR_HORIZONS] = {0};
        tally(g, "renewal", ours);
        tally(g, "persistence", same);
        tally(g, "projection", plain);
        const double *persistence = epi_frame_numbers(agree_where(g, want, "model", "persistence"),
                                                      "mean_wis"),
                     *renewal = epi_frame_numbers(
                         agree_where(g, want, "model", "cori_projections_poisson"), "mean_wis");
        for (size_t k = 0; persistence && renewal && k < BAR_HORIZONS; k++) {
            char what[64];
            double bar = fmin(persistence[k], renewal[k]), got = ours[k].wis / ours[k].n,
                   cover = ours[k].cover95 / ours[k].n;
            (void)snprintf(what, sizeof what, "persistence, WIS at %zu", horizons[k]);
            agree_one(g, what, same[k].wis / same[k].n, persistence[k], 0.04);
            (void)snprintf(what, sizeof what, "plain renewal, WIS at %zu", horizons[k]);
            agree_one(g, what, plain[k].wis / plain[k].n, renewal[k], 0.04);
            if (horizons[k] != 7)
                continue;
            if (!(got <= bar))
                agree_fail(g, "WIS %.2f at 7 days, the bar is %.2f", got, bar);
            if (!(cover >= 0.85))
                agree_fail(g, "95 %% intervals cover %.3f at 7 days", cover);
        }
    }
}
