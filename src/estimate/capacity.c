// SPDX-License-Identifier: AGPL-3.0-or-later
#include "estimate/capacity.h"

void epi_capacity_occupancy(struct epi_arena *a, const double *admissions, size_t n, double share,
                            const struct epi_duration *stay, double *ret)
{
    struct epi_arena_mark mark = epi_arena_mark(a);
    double *sf = EPI_ARRAY(a, n, double);
    size_t k = 0;
    for (; k < n; k++) {
        sf[k] = epi_duration_sf(stay, (double)k);
        if (sf[k] < 1e-300)
            break;
    }
    memset(ret, 0, n * sizeof *ret);
    for (size_t s = 0; s < n; s++) {
        double in = share * admissions[s], *restrict out = ret + s;
        size_t m = n - s < k ? n - s : k;
        if (in != 0)
            for (size_t i = 0; i < m; i++)
                out[i] += in * sf[i];
    }
    epi_arena_release(a, mark);
}

void epi_capacity_initial(double initial, const struct epi_duration *stay, size_t n, double *ret)
{
    for (size_t t = 0; t < n; t++)
        ret[t] = initial > 0 ? initial * epi_duration_residual(stay, (double)(t + 1)) : 0;
}
