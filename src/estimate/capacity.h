/* capacity.h - beds and oxygen from admissions and length of stay.
 *
 * Point i of a series is the day i + 1; a patient admitted on a day counts from that day on. */
#ifndef EPI_ESTIMATE_CAPACITY_H
#define EPI_ESTIMATE_CAPACITY_H
#include "estimate/duration.h"

/* Expected number in care: ret[t] = share * sum over s <= t of admissions[s] P(stay > t - s)
 * (an M/G/infinity queue with changing arrivals: Eick, Massey, Whitt 1993, Oper Res 41:731,
 * theorem 1). With Poisson admissions the number is Poisson with this mean. `ret` has n points and
 * overlaps nothing. */
void epi_capacity_occupancy(struct epi_arena *a, const double *admissions, size_t n, double share,
                            const struct epi_duration *stay, double *ret);
/* Those in care at the start who are still there: ret[t] = initial * residual(stay, t + 1),
 * as if admissions had been steady before. */
void epi_capacity_initial(double initial, const struct epi_duration *stay, size_t n, double *ret);
/* Litres a minute are 1.44 cubic metres a day. */
#define EPI_CAPACITY_M3_PER_DAY 1.44
#endif
