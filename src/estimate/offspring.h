/* offspring.h - how unevenly cases infect others: the negative binomial of offspring.
 *
 * Offspring are the cases one case infected; R their mean, k the dispersion: variance R + R^2/k, so
 * that a small k means few cases cause most of the spread; an infinite k is Poisson. Pure.
 *
 * Papers: Lloyd-Smith, Schreiber, Kopp, Getz 2005, Nature 438:355 (offspring, extinction, share of
 * the top 20 %); Endo et al. 2020, Wellcome Open Res 5:67 (share of cases causing 80 %). */
#ifndef EPI_ESTIMATE_OFFSPRING_H
#define EPI_ESTIMATE_OFFSPRING_H
#include "estimate/proportion.h"

#define EPI_OFFSPRING_MAX 100000 /* largest number of offspring of one case */

struct epi_offspring_fit {
    double cases, total, most; /* number of cases, all their offspring, the most of one */
    double variance, zeros;    /* divisor cases - 1; share of cases without offspring */
    struct epi_ci r, k;        /* limits by profile likelihood; infinite = no bound */
    double loglik;             /* at the best; of the Poisson with the same mean: */
    double loglik_poisson;
};
/* Maximum likelihood. times[y] cases have y offspring, y = 0 .. n - 1. R is the mean of the sample;
 * k is where the likelihood is largest, infinite when the variance does not exceed the mean (Levin
 * and Reeds 1977, Ann Stat 5:79). Limits: where the log-likelihood, the other parameter at its
 * best, is half the chi-square quantile of `level` below its maximum. No offspring at all: k is
 * NaN, R is 0 up to the limit it has when k is infinite. */
void epi_offspring_fit(struct epi_arena *a, const double *times, size_t n, double level,
                       struct epi_offspring_fit *ret);
/* Log-likelihood at R and k; k may be infinite. */
double epi_offspring_loglik(struct epi_arena *a, const double *times, size_t n, double r, double k);

/* Probability that an outbreak from one case does not die out: 1 - s, s the smallest root of
 * s = (1 + R (1 - s) / k)^-k (Lloyd-Smith 2005). 0 when R <= 1. */
double epi_epidemic_probability(double r, double k);
/* Smallest share of cases that causes the share `part` of all infections, cases ordered by their
 * offspring: 1 - integral from 0 to X of the probability of floor(x), X where the cases below it
 * cause 1 - part (Endo 2020, where one case of X is split). NaN when R = 0. */
double epi_share_of_cases(double r, double k, double part);
/* Share of infections expected from the top share of cases by their individual reproduction number,
 * which is gamma with shape k (Lloyd-Smith 2005, t20); R does not matter. */
double epi_share_of_infections(double k, double top);
#endif
