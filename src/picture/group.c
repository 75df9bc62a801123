// SPDX-License-Identifier: AGPL-3.0-or-later
#include "picture/picture_internal.h"
#include <stdlib.h>

#define AHEAD 32 /* rows fetched before they are needed */
#define SMALL 12 /* below this insertion beats the library's merge sort */

static uint32_t key_of(const struct epi__table *t, size_t key, uint32_t row)
{
    uint32_t k;
    memcpy(&k, (const char *)t->rows + (size_t)row * t->size + key, sizeof k);
    return k;
}

static const void *row_of(const struct epi__table *t, uint32_t row)
{
    return (const char *)t->rows + (size_t)row * t->size;
}

/* Counts per key, then running sums: start[k] is where key k begins, start[n_keys] the number
 * placed. */
static uint32_t *starts(const struct epi__table *t, size_t key, uint32_t n_keys)
{
    uint32_t *start = epi_xmalloc(((size_t)n_keys + 1) * sizeof *start);
    memset(start, 0, ((size_t)n_keys + 1) * sizeof *start);
    for (uint32_t i = 0; i < t->n; i++) {
        uint32_t k = key_of(t, key, i);
        if (k < n_keys)
            start[k]++;
    }
    uint32_t sum = 0;
    for (uint32_t k = 0; k <= n_keys; k++) {
        uint32_t count = start[k];
        start[k] = sum;
        sum += count;
    }
    return start;
}

/* Placing row after row advances each start to the next key's start; this shifts them back. */
static void shift_back(uint32_t *start, uint32_t n_keys)
{
    memmove(start + 1, start, (size_t)n_keys * sizeof *start);
    start[0] = 0;
}

static bool in_order(const char *rows, uint32_t n, size_t size, epi__order *order)
{
    for (uint32_t i = 1; i < n; i++)
        if (order(rows + (i - 1) * size, rows + i * size) > 0)
            return false;
    return true;
}

uint32_t *epi__group_rows(struct epi__table *t, size_t key, uint32_t n_keys, epi__order *order)
{
    uint32_t *start = starts(t, key, n_keys);
    EPI_ASSERT(start[n_keys] == t->n);
    char *grouped = epi_xmalloc((size_t)t->n * t->size);
    for (uint32_t i = 0; i < t->n; i++) {
        uint32_t at = start[key_of(t, key, i)]++;
        memcpy(grouped + (size_t)at * t->size, row_of(t, i), t->size);
    }
    free(t->rows);
    t->rows = grouped;
    t->cap = t->n;
    shift_back(start, n_keys);
    for (uint32_t k = 0; k < n_keys; k++) {
        char *first = grouped + (size_t)start[k] * t->size;
        uint32_t n = start[k + 1] - start[k];
        if (!in_order(first, n, t->size, order))
            qsort(first, n, t->size, order);
    }
    return start;
}

struct by_row {
    const struct epi__table *t;
    epi__order *order;
};

static int compare_rows(const void *a, const void *b, void *arg)
{
    const struct by_row *by = arg;
    return by->order(row_of(by->t, *(const uint32_t *)a), row_of(by->t, *(const uint32_t *)b));
}

static void sort_index(uint32_t *index, uint32_t n, const struct epi__table *t, epi__order *order)
{
    if (n > SMALL) {
        qsort_r(index, n, sizeof *index, compare_rows, &(struct by_row){t, order});
        return;
    }
    for (uint32_t i = 1; i < n; i++) {
        uint32_t x = index[i], j = i;
        for (; j > 0 && order(row_of(t, index[j - 1]), row_of(t, x)) > 0; j--)
            index[j] = index[j - 1];
        index[j] = x;
    }
}

uint32_t *epi__group_index(const struct epi__table *t, size_t key, uint32_t n_keys,
                           epi__order *order, uint32_t **ret_index)
{
    uint32_t *start = starts(t, key, n_keys);
    uint32_t *index = epi_xmalloc((size_t)start[n_keys] * sizeof *index);
    for (uint32_t i = 0; i < t->n; i++) {
        uint32_t k = key_of(t, key, i);
        if (k < n_keys)
            index[start[k]++] = i;
    }
    shift_back(start, n_keys);
    uint32_t loading = 0;
    for (uint32_t k = 0; k < n_keys; k++) {
        /* The rows of the next keys are on their way from memory while these are compared. */
        uint32_t ahead = start[k] + AHEAD < start[n_keys] ? start[k] + AHEAD : start[n_keys];
        for (; loading < ahead; loading++)
            __builtin_prefetch(row_of(t, index[loading]));
        sort_index(index + start[k], start[k + 1] - start[k], t, order);
    }
    *ret_index = index;
    return start;
}
