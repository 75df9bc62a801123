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
/* Takes the folder and all it holds away; without one, nothing. */
epi_status epi__scenario_clear(struct epi_app *app, struct epi_arena *a, epi_id id,
                               struct epi_err *reterr);
/* Folders of records that are not there any more: a removal that was cut off. */
void epi__scenarios_sweep(struct epi_app *app);
/* One that is there and was not removed; EPI_NOT_FOUND else. */
epi_status epi__scenario_get(struct epi_app *app, struct epi_arena *a, epi_id id,
                             const struct epi_scope *scope, struct epi_record **ret,
                             struct epi_err *reterr);
/* The record named by argument `id`, inside the actor's scope. */
epi_status epi__scenario_arg(struct epi_call *call, struct epi_record **ret);
/* A file of the shared folder, of a megabyte at most. */
epi_status epi__shared_file(struct epi_call *call, const char *name, epi_str *ret);
/* The list of data/plans.json; what one of them is called in a unit, in the actor's language. */
epi_status epi__plans(struct epi_call *call, const epi_json **ret);
epi_str epi__plan_title(struct epi_call *call, const epi_json *plan, epi_str unit);
/* What the actor reads as its title: that of its plan until somebody renames it. */
epi_str epi__scenario_title(struct epi_call *call, const struct epi_record *r);
/* The record as it stands now becomes the answer. */
epi_status epi__scenario_answer(struct epi_call *call, epi_id id);
/* A member "rows" of scenarios, without their levers and summaries, which it takes out. */
void epi__scenario_rows(struct epi_call *call, struct epi_record *rows, size_t n);
/* A repeated operation that made several: they are answered as they stand now. */
epi_status epi__scenarios_again(struct epi_call *call, const struct epi_op *op);
/* Fits a scenario that leaves levers free to the cases of the base and gives its runs the draws;
 * what lies in their folder is not fitted again (scenario_fit.c). */
epi_status epi__scenario_fit(struct epi_call *call, struct epi_runs *io);
/* Text of a file of the results; "scenario.not-done" when there are none. */
epi_status epi__scenario_file(struct epi_call *call, const struct epi_record *r, const char *name,
                              epi_str *ret);

/* --- totals of the runs, one scenario against another (scenario_compare.c) --- */
#define EPI__SCENARIO_FIGURES 64
struct epi__totals {
    struct epi_record *r;
    const epi_json *summary;
    epi_str names[EPI__SCENARIO_FIGURES];
    size_t figures, runs;
    int64_t people;
    double *of; /* [run][figure] */
};
struct epi__middle { /* median and 95 % interval; NAN without runs */
    double median, q025, q975;
};
#define EPI__COMPARED 6
/* Those named in argument `ids`, at most EPI__COMPARED. */
epi_status epi__totals_read(struct epi_call *call, struct epi__totals all[EPI__COMPARED],
                            size_t *ret_n);
/* Runs of one society with one seed meet the same chances: then run k is compared with run k. */
bool epi__totals_paired(const struct epi__totals *a, const struct epi__totals *b);
/* Of a figure; `scratch` holds EPI_RUNS_MAX * EPI_RUNS_MAX numbers. */
struct epi__middle epi__total_of(const struct epi__totals *t, size_t f, double *scratch);
struct epi__middle epi__total_less(const struct epi__totals *t, const struct epi__totals *first,
                                   size_t f, double *scratch);
#endif
