// SPDX-License-Identifier: AGPL-3.0-or-later
#include "picture/picture_internal.h"
#include <stdlib.h>

static epi_id id_of(const void *rows, size_t size, uint32_t row)
{
    epi_id id;
    memcpy(&id, (const char *)rows + size * row, sizeof id);
    return id;
}

/* Ids count up, so their low bits are regular: the finisher of splitmix64 spreads them. */
static uint32_t home(const struct epi__idmap *m, epi_id id)
{
    uint64_t x = id.v;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return (uint32_t)(x ^ (x >> 31)) & (m->slots - 1);
}

uint32_t epi__idmap_find(const struct epi__idmap *m, const void *rows, size_t size, epi_id id)
{
    if (m->slots == 0)
        return EPI_NO_INDEX;
    for (uint32_t at = home(m, id);; at = (at + 1) & (m->slots - 1)) {
        uint32_t s = m->slot[at];
        if (s == 0)
            return EPI_NO_INDEX;
        if (id_of(rows, size, s - 1).v == id.v)
            return s - 1;
    }
}

void epi__idmap_prefetch_slot(const struct epi__idmap *m, epi_id id)
{
    if (m->slots)
        __builtin_prefetch(&m->slot[home(m, id)]);
}

void epi__idmap_prefetch_row(const struct epi__idmap *m, const void *rows, size_t size, epi_id id)
{
    uint32_t s = m->slots ? m->slot[home(m, id)] : 0;
    if (s)
        __builtin_prefetch((const char *)rows + size * (s - 1));
}

static void put(struct epi__idmap *m, epi_id id, uint32_t row)
{
    uint32_t at = home(m, id);
    while (m->slot[at] != 0)
        at = (at + 1) & (m->slots - 1);
    m->slot[at] = row + 1;
}

void epi__idmap_put(struct epi__idmap *m, const void *rows, size_t size, uint32_t row)
{
    /* At most two thirds full: a miss then takes about five probes at worst on average. */
    if ((uint64_t)(row + 1) * 3 > (uint64_t)m->slots * 2) {
        EPI_ASSERT(m->slots < (1u << 31));
        m->slots = m->slots ? m->slots * 2 : 64;
        free(m->slot);
        m->slot = epi_xmalloc(m->slots * sizeof *m->slot);
        memset(m->slot, 0, m->slots * sizeof *m->slot);
        for (uint32_t i = 0; i < row; i++)
            put(m, id_of(rows, size, i), i);
    }
    put(m, id_of(rows, size, row), row);
}

void *epi__table_push(struct epi__table *t)
{
    EPI_ASSERT(t->n < UINT32_MAX - 2);
    if (t->n == t->cap) {
        uint64_t cap = t->cap ? (uint64_t)t->cap * 2 : 64;
        t->cap = cap > UINT32_MAX ? UINT32_MAX : (uint32_t)cap;
        t->rows = epi_xrealloc(t->rows, (size_t)t->cap * t->size);
    }
    void *row = (char *)t->rows + (size_t)t->n++ * t->size;
    memset(row, 0, t->size);
    return row;
}

void epi__table_fit(struct epi__table *t)
{
    if (t->n == t->cap)
        return;
    t->rows = epi_xrealloc(t->rows, (size_t)t->n * t->size);
    t->cap = t->n;
}
