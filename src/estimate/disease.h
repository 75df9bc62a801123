/* disease.h - what is known of a disease beforehand: data/diseases/<word>.json.
 *
 * {"disease":"covid-19","name":{"vi","en"},"serial_interval":{…}}. Each part of the program reads
 * an object of its own and leaves the others alone; inside its own object it refuses what it does
 * not know, so that a misspelt key is not silently a missing fact. Texts live in the arena given.
 */
#ifndef EPI_ESTIMATE_DISEASE_H
#define EPI_ESTIMATE_DISEASE_H
#include "policy/policy.h"

/* Days from the onset of an infector to that of the infected: mean > 1 and sd > 0, as
 * discretised by Cori et al. 2013. */
struct epi_serial_interval {
    bool known;
    double mean, sd; /* days */
    epi_str source;
    epi_confidence confidence;
    epi_str note_vi, note_en; /* may be empty */
};
struct epi_disease {
    epi_str word, name_vi, name_en;
    struct epi_serial_interval si;
};
/* `word`: what the file must call itself. EPI_INVALID with a finding for every fault (field = key).
 */
EPI_MUST_USE epi_status epi_disease_read(struct epi_arena *a, epi_str word, epi_str json,
                                         struct epi_disease *ret, struct epi_findings *findings,
                                         struct epi_err *reterr);
/* {"disease","name","serial_interval":{"mean","sd","unit","source","confidence","note"?}|null} */
void epi_disease_json(struct epi_jw *w, const struct epi_disease *d);
#endif
