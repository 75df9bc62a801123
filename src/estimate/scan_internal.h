/* scan_internal.h - what the files of the scan share: circles, thresholds, null data, lanes.
 *
 * The work is: replications x circles x intervals. Three ideas make it quick. The expectation of a
 * cylinder is the same in every replication, and for one expectation the LLR grows with the count,
 * so "more than the best so far" is one comparison of whole numbers (thresholds below). Counts are
 * cumulative in time, so a unit that enters a circle is one addition per interval, and an interval
 * one subtraction. And EPI__SCAN_LANES replications lie side by side, so that each of these is one
 * instruction for all of them. */
#ifndef EPI_ESTIMATE_SCAN_INTERNAL_H
#define EPI_ESTIMATE_SCAN_INTERNAL_H
#include "estimate/scan.h"
#include <math.h>

#define EPI__SCAN_LANES 32

/* --- circles (scan_circles.c) --- */
struct epi__circles {
    const size_t *start;   /* units + 1: the units of centre i are near[start[i] .. start[i+1]) */
    const uint16_t *near;  /* by distance */
    const uint8_t *closed; /* 1 = a circle ends with this unit (0: another is as far away) */
    const uint8_t *cut;    /* by centre: 1 = a further unit would have passed the limits */
};
epi_status epi__scan_circles(struct epi_arena *a, const struct epi_scan_input *in,
                             const double *measure, double max_share, double max_radius,
                             struct epi__circles *ret, struct epi_err *reterr);
/* Distance of two units, km when degrees. */
double epi__scan_distance(const struct epi_scan_input *in, size_t i, size_t k);

/* --- what is looked at, the same for data and replications (scan_plan.c) --- */
struct epi__scan_plan {
    enum epi_scan_model model;
    size_t units, times; /* intervals of which some cylinder makes use */
    size_t first;        /* the interval of the input that is 0 here */
    size_t max_length;
    bool to_the_end; /* cylinders end with the last interval */
    size_t min_cases;
    double cases, total;
    const int32_t *counts; /* observed, units x times, cumulative in time */
    /* Expectations: of the unit (always) times the share of the interval, where they factor: */
    const double *mass;  /* by unit; sums to C */
    const double *share; /* times + 1, cumulative; NULL when they do not factor */
    const double *cell;  /* else units x times, cumulative in time */
    bool even;           /* all intervals have the same share */
    struct epi__circles circles;
    /* null data: */
    const uint64_t *alias_keep; /* Poisson: by cell, of 2^64 */
    const uint32_t *alias_other;
    size_t alias_n;          /* cells; the last stands for all that no cylinder makes use of */
    const uint32_t *unit_of; /* permutation: unit of each case; Bernoulli: cell of each person */
    const uint32_t *time_of; /* permutation: interval of each case some cylinder makes use of */
    size_t urn, drawn;       /* how many unit_of has; how many are drawn from it */
};
/* Expected in [a, b) of the plan's intervals, the circle having `mass` and, when expectations do
 * not factor, the cumulative `cells`. */
static inline double epi__scan_expected(const struct epi__scan_plan *p, double mass,
                                        const double *cells, size_t a, size_t b)
{
    return p->share ? mass * (p->share[b] - p->share[a]) : cells[b] - cells[a];
}
epi_status epi__scan_plan(struct epi_arena *a, const struct epi_scan_input *in,
                          const struct epi_scan_options *o, struct epi__scan_plan *ret,
                          struct epi_err *reterr);
/* The cells of the cases of one replication, into `cells` (room for all cases); returns how many.
 * `urn` is room for p->urn numbers. */
size_t epi__scan_draw(const struct epi__scan_plan *p, uint64_t seed, size_t replication,
                      uint32_t *urn, uint32_t *cells);

/* --- thresholds (scan_threshold.c) --- */
/* For levels of the LLR in steps of 1/4 and expectations in steps of 1/256 of themselves: a count
 * that must be exceeded for the LLR to exceed the level. Never too high; tables are made when first
 * asked for. One per worker. */
#define EPI__SCAN_LEVELS 256
struct epi__thresholds {
    struct epi_arena *a;
    enum epi_scan_model model;
    double cases, total;
    size_t min_cases;
    int32_t bin0, bins;
    const int32_t *level[EPI__SCAN_LEVELS];
    const int16_t *narrow[EPI__SCAN_LEVELS]; /* the same; of use where all counts fit */
};
void epi__thresholds_init(struct epi_arena *a, const struct epi__scan_plan *p,
                          struct epi__thresholds *ret);
const int32_t *epi__thresholds_at(struct epi__thresholds *t, unsigned level);
static inline unsigned epi__scan_level(double llr)
{
    return llr * 4 < EPI__SCAN_LEVELS - 1 ? (unsigned)(llr * 4) : EPI__SCAN_LEVELS - 1;
}
static inline int32_t epi__scan_bin(const struct epi__thresholds *t, float expected)
{
    int32_t bits;
    memcpy(&bits, &expected, sizeof bits);
    bits = (bits >> 15) - t->bin0;
    bits = bits < 0 ? 0 : bits;
    return bits < t->bins ? bits : t->bins - 1;
}

/* --- replications (scan_lanes.c) --- */
/* Fills maxima[0 .. replications). */
void epi__scan_replicate(const struct epi__scan_plan *p, const struct epi_scan_options *o,
                         double *maxima);
#endif
