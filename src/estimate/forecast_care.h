/* forecast_care.h - beds that forecast cases will need.
 *
 * Days; results live in the arena given; draws come from the seed. */
#ifndef EPI_ESTIMATE_FORECAST_CARE_H
#define EPI_ESTIMATE_FORECAST_CARE_H
#include "estimate/duration.h"

enum epi_care { EPI_CARE_WARD, EPI_CARE_ICU, EPI_CARE_KINDS };
struct epi_forecast_care {
    double share;                     /* of cases that are admitted */
    const struct epi_duration *delay; /* from being a case to admission; NULL = the same day */
    double part[EPI_CARE_KINDS];      /* of admissions that go to each; sum 1 */
    struct epi_duration stay[EPI_CARE_KINDS];
    /* Counted in care at the cut-off, whole; NaN: inferred from the cases of the
     * series. */
    double initial[EPI_CARE_KINDS];
};
struct epi_forecast_beds { /* [horizon * draws] each, step by step, path by path
                            */
    double *admissions, *beds[EPI_CARE_KINDS];
};
/* Cases -> admissions -> in care, for each path of cases (path[h * draws + j],
 * n known days before them): an M/G/infinity queue with changing arrivals
 * (Eick, Massey, Whitt 1993, Oper Res 41:731, theorem 1), so given the cases
 * the number in care is Poisson about its mean (capacity.h); those counted at
 * the start stay on by the residual of their stay, each on their own. Spread of
 * a day, not of a sum over days: draws of two days of a path share the cases,
 * not the chance of stays. */
void epi_forecast_occupancy(struct epi_arena *a, const double *cases, size_t n, const double *path,
                            size_t horizon, size_t draws, const struct epi_forecast_care *c,
                            uint64_t seed, struct epi_forecast_beds *ret);
#endif
