/* runs_internal.h - shared by the files that write what runs say. */
#ifndef EPI_SCENARIO_RUNS_INTERNAL_H
#define EPI_SCENARIO_RUNS_INTERNAL_H
#include "scenario/scenario_internal.h"

const char *epi__run_path(struct epi_arena *a, const struct epi_runs *r, unsigned run,
                          const char *end);
/* Reads all runs back and writes daily.csv, places.csv, groups.csv and summary.json. */
EPI_MUST_USE epi_status epi__runs_summary(const struct epi_runs *r, struct epi_err *reterr);
/* The case, contact and dose lists of a run, with what really happened in the note. */
EPI_MUST_USE epi_status epi__truth_write(struct epi_arena *a, const struct epi_runs *r,
                                         const struct epi_world *w, struct epi_err *reterr);
#endif
