// SPDX-License-Identifier: AGPL-3.0-or-later
#include "ids_internal.h"

void epi__ids_init(struct epi_arena *a, struct epi__ids *ids, size_t most)
{
    size_t slots = 16;
    while (slots < 2 * most)
        slots *= 2;
    *ids = (struct epi__ids){.name = EPI_ARRAY(a, most + 1, epi_str),
                             .slot = EPI_ARRAY(a, slots, uint32_t),
                             .hash = EPI_ARRAY(a, most + 1, uint64_t),
                             .slots = slots};
}

/* The slot a name has or would have. */
static size_t slot_of(const struct epi__ids *ids, epi_str name, uint64_t hash)
{
    size_t at = (size_t)hash & (ids->slots - 1);
    for (uint32_t k; (k = ids->slot[at]); at = (at + 1) & (ids->slots - 1))
        if (ids->hash[k - 1] == hash && epi_str_eq(ids->name[k - 1], name))
            break;
    return at;
}

uint32_t epi__ids_put(struct epi__ids *ids, epi_str name)
{
    uint64_t hash = epi_str_hash(name);
    size_t at = slot_of(ids, name, hash);
    if (!ids->slot[at]) {
        EPI_ASSERT(2 * ids->n < ids->slots);
        ids->name[ids->n] = name;
        ids->hash[ids->n] = hash;
        ids->slot[at] = (uint32_t)++ids->n;
    }
    return ids->slot[at] - 1;
}

uint32_t epi__ids_find(const struct epi__ids *ids, epi_str name)
{
    uint32_t k = ids->slot[slot_of(ids, name, epi_str_hash(name))];
    return k ? k - 1 : EPI__ID_NONE;
}
