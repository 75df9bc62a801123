/* check.h - the invariants of a base after whatever happened to it; one checker for all system
 * tests.
 *
 * The tests write like an import does: rows are created as cases by numbered operations, and a job
 * record says how many rows were accepted, rejected and met again, in the same transaction. */
#ifndef EPI_STORE_CHECK_H
#define EPI_STORE_CHECK_H
#include "store/store.h"

struct epi_check_job {          /* one import and what its caller was told */
    uint64_t number;            /* 1, 2 ... */
    uint64_t acknowledged_rows; /* rows that were confirmed as durable */
    uint64_t acknowledged_seq;
};
/* One transaction of an import: rows `from`+1 .. `from`+`n`. Every 7th row takes an id that exists
 * and is rejected, every 5th is the row before it again. *ret_seq: last position. */
EPI_MUST_USE epi_status epi_check_import(struct epi_store *s, const struct epi_catalogue *c,
                                         uint64_t job, uint64_t from, uint64_t n, uint64_t *ret_seq,
                                         struct epi_err *reterr);
/* Rows a job says it has done: where to resume. */
EPI_MUST_USE epi_status epi_check_rows(struct epi_store *s, uint64_t job, uint64_t *ret,
                                       struct epi_err *reterr);
/* I1 acknowledged => present; I2 every row traces to an operation; I3 an operation is applied once;
 * I6 rows in = accepted + rejected + duplicate = rows there; I8 operations counted and chained.
 * Adds a finding per breach. */
EPI_MUST_USE epi_status epi_check_invariants(struct epi_store *s, const struct epi_check_job *jobs,
                                             size_t n_jobs, struct epi_findings *findings,
                                             struct epi_err *reterr);
#endif
