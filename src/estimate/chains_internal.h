/* chains_internal.h - small things the methods of chains of transmission share. */
#ifndef EPI_ESTIMATE_CHAINS_INTERNAL_H
#define EPI_ESTIMATE_CHAINS_INTERNAL_H
#include "estimate/estimate_internal.h"
#include "estimate/ids_internal.h"
#include "estimate/offspring.h"

/* R, k and the shares of a fit as rows: parameter, estimate, low, high; and what to think of it. */
void epi__offspring_rows(struct epi_estimate_run *r, struct epi_frame *f,
                         const struct epi_offspring_fit *fit);
void epi__offspring_notes(struct epi_estimate_run *r, const struct epi_offspring_fit *fit);

/* A column of names, numbers or words alike: the first there is of "a|b". NULL, and a finding for
 * every empty cell, when there are no names. */
const epi_str *epi__names(struct epi_estimate_run *r, const struct epi_frame *f,
                          const char *columns);
/* The names of a list, each once: a finding for every repetition, and false then. */
bool epi__names_once(struct epi_estimate_run *r, const epi_str *names, size_t n, const char *column,
                     struct epi__ids *ids);
/* A column of days, dates or whole numbers, NaN where empty; NULL with findings. `ret_date` says
 * whether they are dates. */
const double *epi__days(struct epi_estimate_run *r, const struct epi_frame *f, const char *columns,
                        bool *ret_date);
/* A column of results of the same kind. */
double *epi__add_days(struct epi_estimate_run *r, struct epi_frame *f, const char *name, bool date);
void epi__note_count(struct epi_estimate_run *r, epi_severity s, const char *code, size_t n,
                     const char *what); /* none when n = 0 */
#endif
