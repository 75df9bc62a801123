/* ids_internal.h - names of cases and contacts as numbers 0, 1, .. in the order they first appear.
 */
#ifndef EPI_ESTIMATE_IDS_INTERNAL_H
#define EPI_ESTIMATE_IDS_INTERNAL_H
#include "base/base.h"

struct epi__ids {
    epi_str *name;  /* n */
    uint32_t *slot; /* number + 1; 0 = free */
    uint64_t *hash; /* n */
    size_t n, slots;
};
#define EPI__ID_NONE UINT32_MAX
/* Room for `most` names; the texts are not copied. */
void epi__ids_init(struct epi_arena *a, struct epi__ids *ids, size_t most);
/* The number of a name, a new one when it was not there. */
uint32_t epi__ids_put(struct epi__ids *ids, epi_str name);
uint32_t epi__ids_find(const struct epi__ids *ids, epi_str name); /* EPI__ID_NONE when absent */
#endif
