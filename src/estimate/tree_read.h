/* tree_read.h - the cases, times, distances and contacts a tree is made from, as the method takes
 * them. */
#ifndef EPI_ESTIMATE_TREE_READ_H
#define EPI_ESTIMATE_TREE_READ_H
#include "estimate/chains_internal.h"
#include "estimate/tree.h"

struct epi__tree_cases {
    struct epi__ids ids;
    size_t n, left_out;
    double *day;
    uint8_t *imported;
    bool date, any_imported;
};
/* EPI_INVALID with findings for everything that is wrong in a table; notes for what is left out. */
EPI_MUST_USE epi_status epi__tree_read(struct epi_estimate_run *r,
                                       struct epi__tree_cases *ret_cases,
                                       struct epi_tree_data *ret);
#endif
