// SPDX-License-Identifier: AGPL-3.0-or-later
/* The inner loops of the reproduction number: plain, contiguous, without libm. They are written so
 * that the compiler can keep sums in vector registers without reordering any of them, so results
 * do not depend on the width of the machine's vectors. */
#include "rt_internal.h"

#define BLOCK 16 /* sums kept in registers at once */

void epi__rt_convolve(const double *restrict count, const double *restrict w, size_t lags,
                      size_t from, size_t to, size_t n, double *restrict ret)
{
    for (size_t s = from; s < to; s++) {
        double c = count[s];
        size_t reach = n - s < lags ? n - s : lags;
        if (c == 0)
            continue;
        for (size_t k = 1; k < reach; k++)
            ret[s + k] += c * w[k];
    }
}

void epi__rt_correlate(const double *restrict ratio, const double *restrict w, size_t lags,
                       size_t n, double *restrict ret)
{
    for (size_t s = 0; s < n; s++)
        ret[s] = 0;
    for (size_t t = 1; t < n; t++) {
        double c = ratio[t];
        size_t reach = t + 1 < lags ? t + 1 : lags;
        if (c == 0)
            continue;
        for (size_t k = 1; k < reach; k++)
            ret[t - k] += c * w[k];
    }
}

void epi__rt_infectivities(const double *restrict count, const double *restrict w, size_t lags,
                           size_t n, double base, double *restrict ret)
{
    size_t j = 0;
    for (; j + BLOCK <= n; j += BLOCK) {
        double sum[BLOCK];
        for (size_t i = 0; i < BLOCK; i++)
            sum[i] = base;
        for (size_t k = 1; k < lags; k++) {
            double c = count[k];
            const double *row = w + k * n + j;
            for (size_t i = 0; i < BLOCK; i++)
                sum[i] += c * row[i];
        }
        for (size_t i = 0; i < BLOCK; i++)
            ret[j + i] = sum[i];
    }
    for (; j < n; j++) {
        double sum = base;
        for (size_t k = 1; k < lags; k++)
            sum += count[k] * w[k * n + j];
        ret[j] = sum;
    }
}
