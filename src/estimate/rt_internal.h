/* rt_internal.h - what the files of the reproduction number share. */
#ifndef EPI_ESTIMATE_RT_INTERNAL_H
#define EPI_ESTIMATE_RT_INTERNAL_H
#include "estimate/rt.h"

/* --- rt_mixture.c: gammas of one shape and many rates, in equal parts --- */
#define EPI__MIXTURE_NODES 400
/* The cdf of u = log(G / shape), G ~ Gamma(shape, 1), as Taylor polynomials about equidistant
 * nodes: their coefficients stand node by node. */
struct epi__log_gamma {
    double shape;      /* 0 = not made yet */
    double sd, median; /* of u */
    double lo, step;   /* of the nodes */
    size_t nodes;
    double taylor[EPI__MIXTURE_NODES][6];
};
void epi__log_gamma_make(struct epi__log_gamma *t, double shape);
double epi__log_gamma_cdf(const struct epi__log_gamma *t, double u);
double epi__log_gamma_quantile(const struct epi__log_gamma *t, double p);
/* Quantiles of the equal mixture of Gamma(shape, 1 / rate[i]); shift[i] = log(rate[i] / shape).
 * learnt[probs_n], zeros at first: how far the first guesses were off, for those of a like mixture.
 */
void epi__mixture_quantiles(const struct epi__log_gamma *t, const double *shift, size_t n,
                            const double *probs, size_t probs_n, double *learnt, double *ret);
/* P(R > 1) of the mixture. */
double epi__mixture_above_1(const struct epi__log_gamma *t, const double *shift, size_t n);

/* --- rt_kernel.c: the inner loops --- */
/* Of lags 1 .. lags-1; counts of zero cost nothing.
 * ret[t] += sum over s in [from, to) of count[s] w[t - s], s < t < n; to <= n. */
void epi__rt_convolve(const double *restrict count, const double *restrict w, size_t lags,
                      size_t from, size_t to, size_t n, double *restrict ret);
/* ret[s] = sum over t > s of ratio[t] w[t - s]. */
void epi__rt_correlate(const double *restrict ratio, const double *restrict w, size_t lags,
                       size_t n, double *restrict ret);
/* ret[j] = base + sum over k of count[k] w[k * n + j]. */
void epi__rt_infectivities(const double *restrict count, const double *restrict w, size_t lags,
                           size_t n, double base, double *restrict ret);

struct epi_rt_plan {
    const struct epi_rt_setting *s;
    double shape, rate; /* of the prior: a and 1/b */
    size_t lags;        /* from here on no serial interval has mass */
    /* Quantiles of Gamma(shape, 1) by the local cases of a window: rows of [local, sqrt(shape),
     * quantiles]; a row is overwritten by the next value that falls on it. */
    double *memo;
    size_t memo_rows;              /* a power of two */
    struct epi__log_gamma *tables; /* the same for mixtures */
    size_t tables_n;
    double *tail; /* [lags] the greatest mass past a lag, among many serial intervals */
    double learnt[EPI_RT_PROBS_MAX];
    double *all, *sum, *sum_local, *infectivity, *ratio, *inverse, *rates, *shift; /* scratch */
    uint32_t *reach;
};
/* Fills all, sum and sum_local: sums from the first day, so that the count of a window is a
 * difference, exact for whole counts. */
void epi__rt_gather(struct epi_rt_plan *p, const double *local, const double *imported);
/* The rows of unit u. */
struct epi_rt_rows epi__rt_rows_of(const struct epi_rt_setting *s, struct epi_rt_rows all,
                                   size_t u);
void epi__rt_no_result(const struct epi_rt_setting *s, size_t i, struct epi_rt_rows ret);
#endif
