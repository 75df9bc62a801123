// SPDX-License-Identifier: AGPL-3.0-or-later
#include "estimate/delay_show.h"

enum { COUNTS_MAX = 2000 };
static const double Z95 = 1.9599639845400545;

/* "q05" for 0.05, "q50" for 0.5, "q975" for 0.975. */
static const char *quantile_name(struct epi_arena *a, double p)
{
    epi_str digits = epi_str_printf(a, "%.10g", p); /* "0.05" */
    digits = epi_str_sub(digits, 2, digits.n - 2);
    return epi_str_printf(a, "q%.*s%s", EPI_FMT(digits), digits.n < 2 ? "0" : "").p;
}

/* Rates instead of scales and means, as the papers of exact and truncated delays write them. */
static void as_rate(const struct epi_delay_fit *fit, size_t i, const char **name, double *par,
                    double *se)
{
    bool gamma = fit->family == EPI_DELAY_GAMMA && i == 1;
    if (!gamma && fit->family != EPI_DELAY_EXP)
        return;
    *name = "rate";
    *se /= *par * *par;
    *par = 1.0 / *par;
}

static void put_quantiles(struct epi_estimate_run *r, const struct epi_delay_fit *fits, size_t n)
{
    size_t probs_n;
    const double *probs = epi_opt_numbers(r, "quantiles", &probs_n);
    for (size_t j = 0; j < probs_n; j++) {
        const char *name = quantile_name(r->a, probs[j]);
        if (epi_frame_column(&r->out->rows, name))
            continue;
        double *q = epi_frame_add(r->a, &r->out->rows, name);
        for (size_t i = 0; i < n; i++)
            q[i] = epi_delay_quantile(fits[i].family, fits[i].par, probs[j]);
    }
    struct epi_frame *f = epi_out_table(r, "quantile", n * probs_n);
    epi_str *dist = epi_frame_add_word(r->a, f, "dist");
    double *p = epi_frame_add(r->a, f, "p"), *value = epi_frame_add(r->a, f, "value");
    double *lower = epi_frame_add(r->a, f, "lower"), *upper = epi_frame_add(r->a, f, "upper");
    for (size_t k = 0; k < n * probs_n; k++) {
        const struct epi_delay_fit *fit = &fits[k / probs_n];
        p[k] = probs[k % probs_n];
        dist[k] = epi_str_of(epi_delay_name(fit->family));
        value[k] = epi_delay_quantile(fit->family, fit->par, p[k]);
        double se = fit->converged ? epi_delay_quantile_log_se(fit, p[k]) : (double)NAN;
        lower[k] = value[k] * exp(-Z95 * se);
        upper[k] = value[k] * exp(Z95 * se);
    }
}

/* 1 for the lowest aic of those fitted to the same delays. */
static void put_ranks(struct epi_estimate_run *r, const struct epi_delay_fit *fits, size_t n)
{
    double *rank = epi_frame_add(r->a, &r->out->rows, "rank");
    for (size_t i = 0; i < n; i++) {
        if (!epi__delay_positive(fits[i].family) || !fits[i].converged)
            continue;
        rank[i] = 1.0;
        for (size_t j = 0; j < n; j++)
            rank[i] += epi__delay_positive(fits[j].family) && fits[j].aic < fits[i].aic;
    }
}

void epi__delay_show(struct epi_estimate_run *r, const struct epi_delay_fit *fits, size_t n,
                     bool rates, bool distances)
{
    struct epi_frame *f = &r->out->rows;
    epi_frame_init(f, n);
    epi_str *dist = epi_frame_add_word(r->a, f, "dist");
    double *used = epi_frame_add(r->a, f, "n");
    for (size_t k = 0; k < EPI_DELAY_PAR_MAX; k++) {
        epi_str *name = epi_frame_add_word(r->a, f, k ? "par2_name" : "par1_name");
        double *par = epi_frame_add(r->a, f, k ? "par2" : "par1");
        double *se = epi_frame_add(r->a, f, k ? "par2_se" : "par1_se");
        for (size_t i = 0; i < n; i++) {
            const char *shown = epi_delay_par_name(fits[i].family, k);
            if (k >= fits[i].par_n)
                continue;
            par[i] = fits[i].par[k];
            se[i] = sqrt(fits[i].cov[k * fits[i].par_n + k]);
            if (rates)
                as_rate(&fits[i], k, &shown, &par[i], &se[i]);
            name[i] = epi_str_of(shown);
        }
    }
    static const char *const names[] = {"loglik", "aic", "bic", "mean", "sd", "ks", "cvm", "ad"};
    for (size_t k = 0; k < (distances ? 8 : 5); k++) {
        double *v = epi_frame_add(r->a, f, names[k]);
        for (size_t i = 0; i < n; i++) {
            const struct epi_delay_fit *x = &fits[i];
            const double all[] = {x->loglik, x->aic, x->bic, x->mean, x->sd, x->ks, x->cvm, x->ad};
            v[i] = all[k];
        }
    }
    for (size_t i = 0; i < n; i++) {
        dist[i] = epi_str_of(epi_delay_name(fits[i].family));
        used[i] = fits[i].n;
        if (!fits[i].converged)
            epi_out_note(r, EPI_WARNING, "estimate.delay-no-fit", i + 1, dist[i], EPI_NIL);
    }
    put_ranks(r, fits, n);
    put_quantiles(r, fits, n);
}

/* How often each whole delay was seen, for the chart beside the fits. */
void epi__delay_show_counts(struct epi_estimate_run *r, const struct epi_delays *d)
{
    size_t n = d->n < COUNTS_MAX ? d->n : COUNTS_MAX;
    struct epi_frame *f = epi_out_table(r, "count", n);
    double *delay = epi_frame_add(r->a, f, "delay"), *times = epi_frame_add(r->a, f, "n");
    for (size_t i = 0; i < n; i++) {
        delay[i] = d->value[i];
        times[i] = d->times[i];
    }
}
