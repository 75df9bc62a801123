// SPDX-License-Identifier: AGPL-3.0-or-later
#include "estimate/network.h"

void epi_network_degrees(const struct epi_contacts *c, uint32_t *ret_in, uint32_t *ret_out)
{
    memset(ret_in, 0, c->people * sizeof *ret_in);
    memset(ret_out, 0, c->people * sizeof *ret_out);
    for (size_t k = 0; k < c->rows; k++) {
        ret_out[c->from[k]]++;
        ret_in[c->to[k]]++;
    }
}

static uint32_t root_of(uint32_t *up, uint32_t i)
{
    while (up[i] != i)
        i = up[i] = up[up[i]];
    return i;
}

size_t epi_network_clusters(const struct epi_contacts *c, uint32_t *ret_cluster, uint32_t *ret_size)
{
    uint32_t *up = ret_cluster;
    size_t clusters = 0;
    for (size_t i = 0; i < c->people; i++)
        up[i] = (uint32_t)i;
    for (size_t k = 0; k < c->rows; k++) {
        uint32_t a = root_of(up, c->from[k]), b = root_of(up, c->to[k]);
        if (a < b)
            up[b] = a;
        else
            up[a] = b;
    }
    memset(ret_size, 0, c->people * sizeof *ret_size);
    /* Everybody's way leads to lower numbers, which are settled already. */
    for (size_t i = 0; i < c->people; i++) {
        up[i] = up[up[i]];
        clusters += ret_size[up[i]]++ == 0;
    }
    for (size_t i = 0; i < c->people; i++)
        ret_size[i] = ret_size[up[i]];
    return clusters;
}

size_t epi_network_repeats(struct epi_arena *a, const struct epi_contacts *c)
{
    struct epi_arena_mark mark = epi_arena_mark(a);
    size_t slots = 16, repeats = 0;
    while (slots < 2 * c->rows)
        slots *= 2;
    uint64_t *slot = EPI_ARRAY(a, slots, uint64_t);
    for (size_t k = 0; k < c->rows; k++) {
        uint64_t key = ((uint64_t)c->from[k] << 32 | c->to[k]) + 1;
        size_t at = (size_t)((key * 0x9e3779b97f4a7c15u) >> 20) & (slots - 1);
        while (slot[at] && slot[at] != key)
            at = (at + 1) & (slots - 1);
        repeats += slot[at] == key;
        slot[at] = key;
    }
    epi_arena_release(a, mark);
    return repeats;
}
