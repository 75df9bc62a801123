/* two_by_two.h - exposure against illness: odds ratio, risk ratio, differences and fractions of one
 * table, and of several strata together.
 *
 * Counts are numbers of people, whole and >= 0. A value that is not defined (a zero cell, an empty
 * margin) is NaN; a limit without bound is infinite. Pure; the exact functions take their work
 * memory from an arena and give it back.
 *
 * Papers: Rothman, Greenland, Lash 2008, Modern Epidemiology, chapters 14 and 15 (R); Jewell 2004,
 * Statistics for Epidemiology (J); Fisher 1935; Miettinen and Nurminen 1985, Stat Med 4:213 (M);
 * Robins, Breslow, Greenland 1986, Biometrics 42:311 (B); Greenland and Robins 1985, Biometrics
 * 41:55 (G); Woolf 1955; Breslow and Day 1980 with Tarone 1985 (T). */
#ifndef EPI_ESTIMATE_TWO_BY_TWO_H
#define EPI_ESTIMATE_TWO_BY_TWO_H
#include "estimate/proportion.h"

struct epi_two_by_two {
    double exposed_ill, exposed_well, unexposed_ill, unexposed_well; /* a, b, c, d of the papers */
};
struct epi_test { /* statistic and its p value */
    double stat, p;
};

/* --- odds ratio ------------------------------------------------------------------------------ */
enum epi_odds_method {
    EPI_ODDS_WALD,   /* ad/bc, Woolf's variance of the log (R 14) */
    EPI_ODDS_SMALL,  /* J 7: (ad)/((b+1)(c+1)); limits from the table with a half added to cells */
    EPI_ODDS_SCORE,  /* limits by inverting the score test (M, without the factor N/(N-1)) */
    EPI_ODDS_FISHER, /* conditional maximum likelihood; exact limits, a tail each */
    EPI_ODDS_MIDP,   /* median-unbiased; exact limits counting half of the observed table */
    EPI_ODDS_METHODS
};
const char *epi_odds_word(enum epi_odds_method m);
/* The exact ones of a table with more than 1e6 possible counts are not computed: all NaN. */
double epi_exact_points(const struct epi_two_by_two *t); /* how many there are */
struct epi_ci epi_odds_ratio(struct epi_arena *a, enum epi_odds_method m,
                             const struct epi_two_by_two *t, double level);

/* --- risks ----------------------------------------------------------------------------------- */
enum epi_risk_method {
    EPI_RISK_WALD,  /* (a/n1)/(c/n0), variance of the log 1/a - 1/n1 + 1/c - 1/n0 (R 14) */
    EPI_RISK_SMALL, /* J 7: (a/n1)/((c+1)/(n0+1)) with the variance above */
    EPI_RISK_METHODS
};
const char *epi_risk_word(enum epi_risk_method m);
struct epi_ci epi_risk_ratio(enum epi_risk_method m, const struct epi_two_by_two *t, double level);
/* a/n1 - c/n0 with independent binomial variances (R 14). */
struct epi_ci epi_risk_difference(const struct epi_two_by_two *t, double level);
/* Of the exposed who fell ill, the share due to exposure: 1 - 1/RR. */
struct epi_ci epi_attributable_fraction(const struct epi_two_by_two *t, double level);
/* Risk of all less risk of the unexposed, as independent proportions. */
struct epi_ci epi_population_attributable_risk(const struct epi_two_by_two *t, double level);
/* The same as a share of the risk of all: 1 - (c/n0)/(m1/N), on the log scale of its complement
 * (Walter 1978, Int J Epidemiol 7:175). */
struct epi_ci epi_population_attributable_fraction(const struct epi_two_by_two *t, double level);

/* --- is there an association? ---------------------------------------------------------------- */
enum epi_association_test {
    EPI_ASSOCIATION_FISHER,  /* sum of the tables no more likely than the observed; no statistic */
    EPI_ASSOCIATION_MIDP,    /* twice the smaller mid-p tail; no statistic */
    EPI_ASSOCIATION_PEARSON, /* chi-square, 1 degree of freedom */
    EPI_ASSOCIATION_YATES,   /* with continuity correction, never beyond the expected count */
    EPI_ASSOCIATION_TESTS
};
const char *epi_association_word(enum epi_association_test t);
/* The exact ones as epi_odds_ratio. */
struct epi_test epi_association(struct epi_arena *a, enum epi_association_test test,
                                const struct epi_two_by_two *t);

/* --- strata ---------------------------------------------------------------------------------- */
struct epi_stratified {
    struct epi_two_by_two crude;      /* all strata added */
    struct epi_ci odds_mh;            /* Mantel-Haenszel, variance B eq. 3 */
    struct epi_ci odds_exact;         /* conditional maximum likelihood and exact limits */
    struct epi_ci risk_mh;            /* Mantel-Haenszel, variance G eq. 13 */
    struct epi_test mh, mh_corrected; /* chi-square without and with continuity correction */
    double p_exact;                   /* two-sided, as EPI_ASSOCIATION_FISHER */
    double p_midp;
    /* Is the odds ratio the same in all strata? k - 1 degrees of freedom. Woolf with a half added
     * to every cell. */
    struct epi_test woolf, breslow_day, tarone;
    size_t used; /* strata that carry information: no margin is 0 */
};
/* EPI_LIMIT when the exact distribution would take more than about 2e9 steps; all the rest is then
 * filled and the exact fields are NaN. */
EPI_MUST_USE epi_status epi_stratify(struct epi_arena *a, const struct epi_two_by_two *t, size_t n,
                                     double level, struct epi_stratified *ret,
                                     struct epi_err *reterr);
#endif
