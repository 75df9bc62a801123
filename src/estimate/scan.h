/* scan.h - clusters in space and time: Kulldorff's scan statistics with circular windows.
 *
 * Every unit is a centre; circles grow around it by distance, units at equal distance entering
 * together, until the next would exceed the largest share. A cylinder is a circle in an interval of
 * time. C cases in all, c of them in the cylinder, E expected there without clusters (sum of E over
 * everything = C). Only c > E counts: high rates.
 *   Poisson      E = C * measure / total measure                       (Kulldorff 1997, Commun Stat
 *     LLR = c ln(c/E) + (C-c) ln((C-c)/(C-E))                           Theory Methods 26:1481, eq
 * 5; in time: Kulldorff et al. 1998, Am J Public Health 88:1377) Permutation  E = (cases of the
 * circle, always) (cases of the interval, everywhere) / C, the same LLR (Kulldorff et al. 2005,
 * PLoS Med 2:e59) Bernoulli    n = cases + controls of the cylinder, N of all, E = C n/N LLR = c
 * ln(c/n) + (n-c) ln((n-c)/n) + (C-c) ln((C-c)/(N-n)) + (N-n-C+c) ln((N-n-C+c)/(N-n))
 *           - C ln(C/N) - (N-C) ln((N-C)/N)    (Kulldorff, Nagarwalla 1995, Stat Med 14:799)
 * with 0 ln 0 = 0. Replications under the null: a multinomial of C with probabilities E/C
 * (Poisson), the days of the cases shuffled among them (permutation), C cases drawn among N
 * (Bernoulli). Each gives the largest LLR of all its cylinders, exactly; p = (1 + replications with
 * a maximum at least as large) / (R + 1). Where no replication reaches the LLR, a Gumbel
 * distribution with the mean and variance of the maxima says how far beyond it lies (Abrams,
 * Kleinman, Kulldorff 2010, Int J Health Geogr 9:61). Secondary clusters: the
 * best of the cylinders that share no unit (or, with `again`, none at the same time) with those
 * already taken, and so on. Equal LLRs: the circle with fewer units, then the earlier centre.
 *
 * Ownership: results live in the arena of the call. Threads: the replications run on several; the
 * result does not depend on how many. */
#ifndef EPI_ESTIMATE_SCAN_H
#define EPI_ESTIMATE_SCAN_H
#include "base/base.h"

enum epi_scan_model { EPI_SCAN_POISSON, EPI_SCAN_BERNOULLI, EPI_SCAN_PERMUTATION };
enum epi_scan_analysis {
    EPI_SCAN_SPATIAL,       /* all intervals together */
    EPI_SCAN_RETROSPECTIVE, /* any run of intervals */
    EPI_SCAN_PROSPECTIVE,   /* runs that end with the last interval */
};
#define EPI_SCAN_UNITS_MAX 20000
#define EPI_SCAN_TIMES_MAX 2000
#define EPI_SCAN_CELLS_MAX ((size_t)1 << 22) /* units x intervals */
#define EPI_SCAN_NEIGHBOURS_MAX \
    ((size_t)60000000)              /* sum over centres of the units of its circles */
#define EPI_SCAN_CASES_MAX 10000000 /* cases and controls */

struct epi_scan_input {
    size_t units, times;
    const double *x, *y; /* by unit: any plane unit; or degrees, x longitude, y latitude */
    bool degrees;
    /* units x times, a row per unit: */
    const double *cases;    /* whole */
    const double *controls; /* Bernoulli: whole */
    const double *measure;  /* Poisson: expected counts up to a factor (e.g. population) >= 0 */
};
struct epi_scan_options {
    enum epi_scan_model model;
    enum epi_scan_analysis analysis;
    double
        max_share; /* of the measure, of cases + controls, or (permutation) of cases, in (0, 1] */
    double max_radius; /* plane units or km; INFINITY = none */
    size_t max_length; /* intervals, 1 .. times; not for the spatial analysis */
    size_t min_cases;  /* cylinders with fewer are passed over; at least 2 is usual */
    size_t replications, clusters_max;
    bool again; /* clusters may share units at other times */
    uint64_t seed;
    unsigned threads; /* 0 = processors at hand */
};
/* circles of half of everything, half of the time, 2 cases, 999 replications, 1 thread per
 * processor; max_length is left to the caller. */
struct epi_scan_options epi_scan_standard(enum epi_scan_model m, enum epi_scan_analysis a);

struct epi_scan_cluster {
    size_t centre;
    const uint32_t *units; /* by distance, the centre first */
    size_t n;
    double radius;      /* of the last unit; km by the great circle when degrees */
    size_t first, last; /* intervals, both included */
    double observed, expected, llr;
    double relative_risk; /* (c/E) / ((C-c)/(C-E)); infinite when all cases are inside */
    double p_value;       /* NaN without replications */
    double p_gumbel;      /* NaN with fewer than 10 */
    bool beyond;          /* no replication came near: p_value is the Gumbel one */
    bool largest;         /* the circle or the interval could grow no further */
};
struct epi_scan {
    struct epi_scan_cluster *clusters; /* by LLR */
    size_t n;
    double cases, total; /* total: persons, or cases + controls */
    double *maxima;      /* of the replications, in their order */
    size_t replications;
    double gumbel_location, gumbel_scale;
    double cylinders; /* how many were looked at */
};
/* EPI_INVALID "estimate.scan.no-cases" (fewer than min_cases), "estimate.scan.no-measure" (cases
 * where nothing is expected, or no measure), "estimate.scan.all-cases" (no controls),
 * "estimate.scan.one-unit"; EPI_LIMIT past the limits above. */
EPI_MUST_USE epi_status epi_scan(struct epi_arena *a, const struct epi_scan_input *in,
                                 const struct epi_scan_options *o, struct epi_scan *ret,
                                 struct epi_err *reterr);
/* The log likelihood ratio; total is N (Bernoulli) and not looked at otherwise. */
double epi_scan_llr(enum epi_scan_model m, double c, double expected, double cases, double total);
#endif
