/* scenarios.h - scenarios kept and simulated in the background: what their acts share.
 *
 * A scenario is a record; its results are a folder of their own, DIR/scenarios/<id>, as
 * scenario/runs.h describes it. One is simulated at a time, the others wait in their order; what
 * was running when the program stopped goes on from its saved state when the program is up again.
 */
#ifndef EPI_OPS_SCENARIOS_H
#define EPI_OPS_SCENARIOS_H
#include "ops/ops_internal.h"
#include "scenario/scenario.h"

/* People x days x runs of one scenario, at most. */
#define EPI__SCENARIO_MOST 2e10

struct epi__scenarios *epi__scenarios_new(struct epi_app *app);
void epi__scenarios_free(struct epi__scenarios *s); /* stops what runs; NULL allowed */
/* Queues what the store says is queued or running. */
void epi__scenarios_take_up(struct epi__scenarios *s);
/* False when too many wait. */
bool epi__scenario_room(struct epi__scenarios *s);
void epi__scenario_enqueue(struct epi__scenarios *s, epi_id id);
/* How far the running one is; false when `id` is not running. */
bool epi__scenario_progress(struct epi__scenarios *s, epi_id id, unsigned *ret_run, int *ret_day);
/* Asks the running one to stop (*ret_waiting false) or takes a waiting one out of the queue; false
 * when it is neither. */
bool epi__scenario_halt(struct epi__scenarios *s, epi_id id, bool *ret_waiting);

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
