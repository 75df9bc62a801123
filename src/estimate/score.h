/* score.h - how good a forecast was, once the count is known. Smaller is better.
 *
 * All pure; counts y >= 0, whole. Proper scoring rules: Gneiting and Raftery 2007 (J Am Stat Assoc
 * 102:359); for counts Czado, Gneiting and Held 2009 (Biometrics 65:1254). */
#ifndef EPI_ESTIMATE_SCORE_H
#define EPI_ESTIMATE_SCORE_H
#include "base/base.h"

/* The levels forecast hubs ask for: 0.01, 0.025, 0.05, 0.1, ... 0.95, 0.975, 0.99 (Bracher et al.
 * 2021, PLoS Comput Biol 17:e1008618). */
#define EPI_SCORE_LEVELS 23
extern const double epi_score_levels[EPI_SCORE_LEVELS];
enum { EPI_LEVEL_025 = 1, EPI_LEVEL_05 = 2, EPI_LEVEL_25 = 6, EPI_LEVEL_50 = 11 };

struct epi_score {
    double log;  /* -log f(y); NaN of a sample */
    double crps; /* sum over k of (F(k) - 1{y <= k})^2: of counts the ranked probability score */
    double dss;  /* ((y - mean)/sd)^2 + 2 log sd: Dawid and Sebastiani; NaN when sd = 0 */
    double se;   /* (y - mean)^2 */
};
/* Beyond 1e5 terms the sum is a trapezoid of as many, 1e-6 relative. */
struct epi_score epi_score_poisson(double y, double mean);
struct epi_score epi_score_nbinom(double y, double mean, double size); /* as epi_nbinom_cdf */
/* Of n ascending draws, F their empirical distribution: crps = mean |X - y| - mean |X - X'| / 2. */
struct epi_score epi_score_draws(const double *sorted, size_t n, double y);

/* From quantiles q of ascending levels: wis = mean of 2 (1{y <= q} - level)(q - y). Over the pairs
 * of levels (a/2, 1 - a/2) and the median it is the weighted interval score, the sum of the width
 * of the intervals and of what they missed: `over` when the forecast lay above y, `under` below
 * (Bracher et al. 2021, equations 1 to 3). The parts are NaN when the levels are no such pairs. */
struct epi_wis {
    double wis, width, over, under;
};
struct epi_wis epi_score_quantiles(const double *levels, const double *q, size_t n, double y);
#endif
