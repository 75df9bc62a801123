// SPDX-License-Identifier: AGPL-3.0-or-later
/* Families of delay distributions behind one face. */
#include "estimate/delay_internal.h"

static const struct {
    const char *name, *par[EPI_DELAY_PAR_MAX + 1];
} families[EPI_DELAY_FAMILIES] = {
    {"gamma", {"shape", "scale"}},   {"lnorm", {"meanlog", "sdlog"}},
    {"weibull", {"shape", "scale"}}, {"exp", {"mean"}},
    {"normal", {"mean", "sd"}},      {"nbinom", {"size", "mu"}},
};

const char *epi_delay_name(enum epi_delay_family f)
{
    return families[f].name;
}

const char *epi_delay_par_name(enum epi_delay_family f, size_t i)
{
    return i < EPI_DELAY_PAR_MAX ? families[f].par[i] : NULL;
}

bool epi_delay_family_of(epi_str name, enum epi_delay_family *ret)
{
    for (size_t f = 0; f < EPI_DELAY_FAMILIES; f++)
        if (epi_str_eqz(name, families[f].name)) {
            *ret = (enum epi_delay_family)f;
            return true;
        }
    return false;
}

bool epi__delay_positive(enum epi_delay_family f)
{
    return f != EPI_DELAY_NORMAL && f != EPI_DELAY_NBINOM;
}

double epi_delay_cdf(enum epi_delay_family f, const double *par, double x)
{
    switch (f) {
    case EPI_DELAY_GAMMA:
        return x > 0.0 ? epi_gamma_cdf(x, par[0], par[1]) : 0.0;
    case EPI_DELAY_LNORM:
        return x > 0.0 ? epi_lnorm_cdf(x, par[0], par[1]) : 0.0;
    case EPI_DELAY_WEIBULL:
        return x > 0.0 ? epi_weibull_cdf(x, par[0], par[1]) : 0.0;
    case EPI_DELAY_EXP:
        return x > 0.0 ? -expm1(-x / par[0]) : 0.0;
    case EPI_DELAY_NORMAL:
        return epi_normal_cdf((x - par[0]) / par[1]);
    case EPI_DELAY_NBINOM:
        return x >= 0.0 ? epi_nbinom_cdf(floor(x), par[1], par[0]) : 0.0;
    case EPI_DELAY_FAMILIES:
        break;
    }
    return (double)NAN;
}

double epi_delay_sf(enum epi_delay_family f, const double *par, double x)
{
    switch (f) {
    case EPI_DELAY_GAMMA:
        return x > 0.0 ? epi_gamma_sf(x, par[0], par[1]) : 1.0;
    case EPI_DELAY_LNORM:
        return x > 0.0 ? epi_lnorm_sf(x, par[0], par[1]) : 1.0;
    case EPI_DELAY_WEIBULL:
        return x > 0.0 ? epi_weibull_sf(x, par[0], par[1]) : 1.0;
    case EPI_DELAY_EXP:
        return x > 0.0 ? exp(-x / par[0]) : 1.0;
    case EPI_DELAY_NORMAL:
        return epi_normal_sf((x - par[0]) / par[1]);
    case EPI_DELAY_NBINOM:
        return x >= 0.0 ? epi_nbinom_sf(floor(x), par[1], par[0]) : 1.0;
    case EPI_DELAY_FAMILIES:
        break;
    }
    return (double)NAN;
}

double epi_delay_logpdf(enum epi_delay_family f, const double *par, double x)
{
    switch (f) {
    case EPI_DELAY_GAMMA:
        return epi_gamma_logpdf(x, par[0], par[1]);
    case EPI_DELAY_LNORM:
        return epi_lnorm_logpdf(x, par[0], par[1]);
    case EPI_DELAY_WEIBULL:
        return epi_weibull_logpdf(x, par[0], par[1]);
    case EPI_DELAY_EXP:
        return -log(par[0]) - x / par[0];
    case EPI_DELAY_NORMAL: {
        double z = (x - par[0]) / par[1];
        return -0.5 * z * z - log(par[1]) - 0.5 * log(2.0 * M_PI);
    }
    case EPI_DELAY_NBINOM:
        return epi_nbinom_logpmf(x, par[1], par[0]);
    case EPI_DELAY_FAMILIES:
        break;
    }
    return (double)NAN;
}

double epi_delay_quantile(enum epi_delay_family f, const double *par, double p)
{
    switch (f) {
    case EPI_DELAY_GAMMA:
        return epi_gamma_quant(p, par[0], par[1]);
    case EPI_DELAY_LNORM:
        return epi_lnorm_q(p, par[0], par[1]);
    case EPI_DELAY_WEIBULL:
        return epi_weibull_q(p, par[0], par[1]);
    case EPI_DELAY_EXP:
        return -par[0] * log1p(-p);
    case EPI_DELAY_NORMAL:
        return par[0] + par[1] * epi_normal_q(p);
    case EPI_DELAY_NBINOM:
        return epi_nbinom_q(p, par[1], par[0]);
    case EPI_DELAY_FAMILIES:
        break;
    }
    return (double)NAN;
}

void epi_delay_moments(enum epi_delay_family f, const double *par, double *ret_mean, double *ret_sd)
{
    *ret_mean = *ret_sd = (double)NAN;
    switch (f) {
    case EPI_DELAY_GAMMA:
        *ret_mean = par[0] * par[1];
        *ret_sd = sqrt(par[0]) * par[1];
        break;
    case EPI_DELAY_LNORM:
        *ret_mean = exp(par[0] + 0.5 * par[1] * par[1]);
        *ret_sd = *ret_mean * sqrt(expm1(par[1] * par[1]));
        break;
    case EPI_DELAY_WEIBULL: {
        double g1 = exp(epi_lgamma(1.0 + 1.0 / par[0])), g2 = exp(epi_lgamma(1.0 + 2.0 / par[0]));
        *ret_mean = par[1] * g1;
        *ret_sd = par[1] * sqrt(g2 - g1 * g1);
        break;
    }
    case EPI_DELAY_EXP:
        *ret_mean = *ret_sd = par[0];
        break;
    case EPI_DELAY_NORMAL:
        *ret_mean = par[0];
        *ret_sd = par[1];
        break;
    case EPI_DELAY_NBINOM:
        *ret_mean = par[1];
        *ret_sd = sqrt(par[1] + par[1] * par[1] / par[0]);
        break;
    case EPI_DELAY_FAMILIES:
        break;
    }
}

double epi_delay_quantile_log_se(const struct epi_delay_fit *fit, double p)
{
    double q = epi_delay_quantile(fit->family, fit->par, p), slope[EPI_DELAY_PAR_MAX], var = 0.0;
    if (!epi__delay_positive(fit->family) || !(q > 0.0))
        return (double)NAN;
    for (size_t i = 0; i < fit->par_n; i++) {
        double at[EPI_DELAY_PAR_MAX], h = 1e-5 * (fabs(fit->par[i]) + 1e-3);
        memcpy(at, fit->par, sizeof at);
        at[i] = fit->par[i] + h;
        double hi = epi_delay_quantile(fit->family, at, p);
        at[i] = fit->par[i] - h;
        slope[i] = (hi - epi_delay_quantile(fit->family, at, p)) / (2.0 * h * q);
    }
    for (size_t i = 0; i < fit->par_n; i++)
        for (size_t j = 0; j < fit->par_n; j++)
            var += slope[i] * slope[j] * fit->cov[i * fit->par_n + j];
    return sqrt(var);
}

void epi__delay_par_of(enum epi_delay_family f, const double *work, double *ret_par)
{
    bool location = f == EPI_DELAY_LNORM || f == EPI_DELAY_NORMAL;
    ret_par[0] = location ? work[0] : exp(work[0]);
    ret_par[1] = f == EPI_DELAY_EXP ? 0.0 : exp(work[1]);
}

void epi__delay_partial_mean(enum epi_delay_family f, const double *par, double x, double *ret_lo,
                             double *ret_hi)
{
    double mean, sd;
    epi_delay_moments(f, par, &mean, &sd);
    *ret_lo = 0.0;
    *ret_hi = mean;
    if (!(x > 0.0))
        return;
    if (f == EPI_DELAY_GAMMA) {
        *ret_lo = mean * epi_gamma_p(par[0] + 1.0, x / par[1]);
        *ret_hi = mean * epi_gamma_q(par[0] + 1.0, x / par[1]);
    } else if (f == EPI_DELAY_LNORM) {
        double z = (log(x) - par[0]) / par[1] - par[1];
        *ret_lo = mean * epi_normal_cdf(z);
        *ret_hi = mean * epi_normal_sf(z);
    } else if (f == EPI_DELAY_WEIBULL) {
        double z = pow(x / par[1], par[0]), k = 1.0 + 1.0 / par[0];
        *ret_lo = mean * epi_gamma_p(k, z);
        *ret_hi = mean * epi_gamma_q(k, z);
    } else {
        double z = x / par[0];
        *ret_hi = (x + par[0]) * exp(-z);
        *ret_lo = mean * epi_gamma_p(2.0, z);
    }
}

double epi__delay_between(enum epi_delay_family f, const double *par, double lo, double hi)
{
    double below = epi_delay_cdf(f, par, lo);
    if (below < 0.5)
        return epi_delay_cdf(f, par, hi) - below;
    return epi_delay_sf(f, par, lo) - epi_delay_sf(f, par, hi);
}

void epi__delay_complete(struct epi_delay_fit *fit)
{
    epi_delay_moments(fit->family, fit->par, &fit->mean, &fit->sd);
    fit->aic = 2.0 * (double)fit->par_n - 2.0 * fit->loglik;
    fit->bic = (double)fit->par_n * log(fit->n) - 2.0 * fit->loglik;
}

void epi__delay_maximise(epi_fn_n *minus_loglik, void *ctx, enum epi_delay_family f,
                         double mean_log, double sd_log, struct epi_delay_fit *ret)
{
    double work[2] = {mean_log, log(sd_log)}, hessian[4], n = ret->n;
    size_t p = f == EPI_DELAY_EXP ? 1 : 2;
    if (f == EPI_DELAY_GAMMA) { /* var of log ~ 1/shape */
        work[0] = -2.0 * log(sd_log);
        work[1] = mean_log - work[0];
    } else if (f == EPI_DELAY_WEIBULL) { /* sd of log = 1.28/shape, mean of log = log scale -
                                            .58/shape */
        work[0] = log(1.28 / sd_log);
        work[1] = mean_log + 0.45 * sd_log;
    } else if (f == EPI_DELAY_EXP) {
        work[0] = mean_log + 0.5772;
    }
    *ret = (struct epi_delay_fit){.family = f, .n = n, .par_n = p};
    double value = epi_minimise(minus_loglik, ctx, work, p);
    epi_hessian(minus_loglik, ctx, work, p, hessian);
    epi__delay_par_of(f, work, ret->par);
    ret->converged = isfinite(value) && epi_cholesky(hessian, p);
    ret->loglik = -value;
    ret->ks = ret->cvm = ret->ad = (double)NAN;
    for (size_t i = 0; i < p * p; i++)
        ret->cov[i] = (double)NAN;
    if (!ret->converged) {
        for (size_t i = 0; i < p; i++)
            ret->par[i] = (double)NAN;
        ret->loglik = (double)NAN;
    } else {
        double scale[2];
        epi_cholesky_inverse(hessian, p, ret->cov);
        for (size_t i = 0; i < p; i++) /* d par / d work */
            scale[i] = i == 0 && f == EPI_DELAY_LNORM ? 1.0 : ret->par[i];
        for (size_t i = 0; i < p; i++)
            for (size_t j = 0; j < p; j++)
                ret->cov[i * p + j] *= scale[i] * scale[j];
    }
    epi__delay_complete(ret);
}
