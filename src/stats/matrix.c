// SPDX-License-Identifier: AGPL-3.0-or-later
#include "stats/stats.h"
#include <float.h>

bool epi_cholesky(double *m, size_t p)
{
    for (size_t j = 0; j < p; j++) {
        double *row = m + j * p, before = row[j];
        for (size_t k = 0; k < j; k++) {
            const double *other = m + k * p;
            double sum = row[k];
            for (size_t i = 0; i < k; i++)
                sum -= row[i] * other[i];
            row[k] = sum / other[k];
            row[j] -= row[k] * row[k];
            m[k * p + j] = 0.0;
        }
        /* What is left of a dependent column is rounding. */
        if (!(row[j] > before * (double)p * DBL_EPSILON) || !isfinite(row[j]))
            return false;
        row[j] = sqrt(row[j]);
    }
    return true;
}

void epi_cholesky_solve(const double *l, size_t p, double *b)
{
    for (size_t i = 0; i < p; i++) {
        for (size_t k = 0; k < i; k++)
            b[i] -= l[i * p + k] * b[k];
        b[i] /= l[i * p + i];
    }
    for (size_t i = p; i-- > 0;) {
        b[i] /= l[i * p + i];
        for (size_t k = 0; k < i; k++)
            b[k] -= l[i * p + k] * b[i];
    }
}

void epi_cholesky_inverse(const double *l, size_t p, double *ret)
{
    /* Columns of the unit matrix, solved in place; the result is symmetric. */
    for (size_t j = 0; j < p; j++) {
        double *b = ret + j * p;
        for (size_t i = 0; i < p; i++)
            b[i] = i == j ? 1.0 : 0.0;
        epi_cholesky_solve(l, p, b);
    }
    for (size_t j = 0; j < p; j++) {
        for (size_t i = 0; i < j; i++)
            ret[i * p + j] = ret[j * p + i] = 0.5 * (ret[i * p + j] + ret[j * p + i]);
    }
}

/* v becomes m v, or v m, scaled to the sum 1. Returns the sum. */
static double multiply(const double *m, size_t p, bool left, const double *v, double *ret)
{
    double sum = 0.0;
    for (size_t i = 0; i < p; i++)
        ret[i] = 0.0;
    for (size_t i = 0; i < p; i++) {
        for (size_t k = 0; k < p; k++)
            ret[left ? k : i] += m[i * p + k] * v[left ? i : k];
    }
    for (size_t i = 0; i < p; i++)
        sum += ret[i];
    for (size_t i = 0; sum > 0.0 && i < p; i++)
        ret[i] /= sum;
    return sum;
}

/* b becomes b b, scaled so that its largest element is 1. */
static void square(double *b, size_t p, double *work)
{
    double top = 0.0;
    for (size_t i = 0; i < p * p; i++)
        work[i] = 0.0;
    for (size_t i = 0; i < p; i++) {
        for (size_t k = 0; k < p; k++) {
            double f = b[i * p + k];
            for (size_t j = 0; f > 0.0 && j < p; j++)
                work[i * p + j] += f * b[k * p + j];
        }
    }
    for (size_t i = 0; i < p * p; i++)
        top = fmax(top, work[i]);
    for (size_t i = 0; i < p * p; i++)
        b[i] = work[i] / top;
}

double epi_dominant(struct epi_arena *a, const double *m, size_t p, double *ret_vector)
{
    struct epi_arena_mark mark = epi_arena_mark(a);
    double *b = EPI_ARRAY(a, p * p, double), *work = EPI_ARRAY(a, p * p, double);
    double *right = EPI_ARRAY(a, p, double), *left = EPI_ARRAY(a, p, double);
    double *ones = EPI_ARRAY(a, p, double), *next = EPI_ARRAY(a, p, double), norm = 0.0;
    bool good = true;
    for (size_t i = 0; i < p; i++) {
        double sum = 0.0;
        for (size_t k = 0; k < p; k++)
            sum += m[i * p + k];
        good = good && sum >= 0.0 && sum < INFINITY;
        norm = fmax(norm, sum);
        ones[i] = right[i] = 1.0 / (double)p;
    }
    double value = good ? 0.0 : NAN;
    if (good && norm > 0.0) {
        /* The power method with squarings: 2^k steps in k, so that a small gap costs little. The
         * unit matrix keeps cyclic matrices from swinging. */
        for (size_t i = 0; i < p * p; i++)
            b[i] = m[i] / norm + (i % (p + 1) == 0 ? 1.0 : 0.0);
        for (int k = 0; k < 60; k++) {
            square(b, p, work);
            multiply(b, p, false, ones, next);
            double change = 0.0;
            for (size_t i = 0; i < p; i++) {
                change = fmax(change, fabs(next[i] - right[i]));
                right[i] = next[i];
            }
            if (change < 4.0 * DBL_EPSILON)
                break;
        }
        /* With the left vector too the error of the vectors counts only squared. */
        multiply(b, p, true, ones, left);
        double sum = multiply(m, p, false, right, next), over = 0.0, under = 0.0;
        for (size_t i = 0; i < p; i++) {
            over += left[i] * next[i] * sum;
            under += left[i] * right[i];
        }
        value = under > 1e-6 / (double)p ? over / under : sum;
    }
    for (size_t i = 0; ret_vector && i < p; i++)
        ret_vector[i] = right[i];
    epi_arena_release(a, mark);
    return value;
}
