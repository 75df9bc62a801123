/* scenarios.h - scenarios kept and simulated in the background: what their acts share.
 *
 * A scenario is a record; its results are a folder of their own, DIR/scenarios/<id>, as
 * scenario/runs.h describes it. One is simulated at a time, the others wait in their order; what
 * was running when the program stopped goes on from its saved state when the program is up again.
 */
#ifndef EPI_OPS_SCENARIOS_H
#define EPI_OPS_SCENARIOS_H
#include "ops/queue.h"
#include "scenario/scenario.h"

/* People x days x runs of one scenario, at most. */
#define EPI__SCENARIO_MOST 2e10

/* "scenario.too-large" when there are more person-days than one scenario may have. */
epi_status epi__scenario_fits(double people, int days, int64_t runs, struct epi_err *reterr);
/* DIR/scenarios/<id>; the folders are there afterwards when `make`. */
epi_status epi__scenario_dir(struct epi_app *app, struct epi_arena *a, epi_id id, bool make,
                             const char **ret, struct epi_err *reterr);
/* DIR/diseases, or those shipped when the folder was made without. */
const char *epi__scenario_diseases(const struct epi_app *app, struct epi_arena *a);
/* The record named by argument `id`, inside the actor's scope. */
epi_status epi__scenario_arg(struct epi_call *call, struct epi_record **ret);
#endif
