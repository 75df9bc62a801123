/* diseases.h - what is known of each disease, and which records belong to the one asked about. */
#ifndef EPI_OPS_DISEASES_H
#define EPI_OPS_DISEASES_H
#include "estimate/estimate.h"
#include "ops/rules.h"

/* DIR/diseases, else the ones shipped with the program (a folder made by an older one has none).
 * EPI_INVALID with findings when a file is faulty. */
epi_status epi__diseases_load(struct epi_app *app, struct epi_findings *findings,
                              struct epi_err *reterr);
/* NULL when nothing is known of it. */
const struct epi_disease *epi__disease_known(const struct epi_app *app, epi_str word);
/* A record's disease (text or nothing) against the one asked for: one that names none is of the
 * site's main disease, and a site without one counts all. */
bool epi__disease_is(const struct epi_call *call, struct epi_value of_record);
#endif
