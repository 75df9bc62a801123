/* network.h - who met whom: degrees, clusters, and pairs of a contact table.
 *
 * People are numbers 0 .. n - 1, contacts rows from -> to; a row counts each time it stands there.
 * Pure; work and memory of the order of n + contacts.
 *
 * Paper: Nagraj et al. 2018, F1000Research 7:566. */
#ifndef EPI_ESTIMATE_NETWORK_H
#define EPI_ESTIMATE_NETWORK_H
#include "base/base.h"

struct epi_contacts {
    size_t people, rows; /* fewer than 2^32 */
    const uint32_t *from, *to;
};
/* Rows that lead to and from each person; ret_in[people], ret_out[people]. */
void epi_network_degrees(const struct epi_contacts *c, uint32_t *ret_in, uint32_t *ret_out);
/* Clusters: people joined by contacts whatever their direction (weakly connected components).
 * ret_cluster[people] is the least number in the person's cluster, ret_size[people] its size.
 * Returns how many there are. Union by least number, with halving of paths (Tarjan and van Leeuwen
 * 1984, J ACM 31:245). */
size_t epi_network_clusters(const struct epi_contacts *c, uint32_t *ret_cluster,
                            uint32_t *ret_size);
/* Rows that say what an earlier row said. */
size_t epi_network_repeats(struct epi_arena *a, const struct epi_contacts *c);
#endif
