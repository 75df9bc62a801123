/* runs.h - many runs of one scenario into a folder, and what they say together.
 *
 * Part of scenario.h. The folder holds `scenario.json` (what was run), `run-0001.csv` (a day and a
 * place a row) with `run-0001-groups.csv` (infections by age and meeting) for each run, and when
 * all runs are there: `daily.csv`, `places.csv`, `weeks.csv` (means by place and week),
 * `groups.csv`, `runs.csv` (totals of each run) and `summary.json`. A run that was
 * cut off goes on from `run-0001.state`; a folder that holds another scenario, seed or population
 * is refused. Runs are shared out by number over `ranks` processes: each works on its own and the
 * one that finds all done writes the summary. */
#ifndef EPI_SCENARIO_RUNS_H
#define EPI_SCENARIO_RUNS_H
#include "base/base.h"

struct epi_draws;
struct epi_runs {
    const struct epi_society *society;
    const struct epi_natural_history *history;
    const struct epi_scenario *scenario;
    uint64_t seed; /* run k has the seed `seed` + k - 1 */
    unsigned runs, threads, rank, ranks;
    const struct epi_fs *fs;
    const char *dir;
    bool truth;     /* also run 1 as case, contact and dose lists in the product's import form */
    epi_date first; /* date of day 0 */
    const struct epi_draws *draws; /* of a fit: each run takes levers and track of one; or NULL */
    const struct epi_packs *packs; /* needed when epi_scenario_by_packs */
    const struct epi_start *start; /* what a register knew the day before; NULL = none */
    void *ctx;                     /* of the two below, which may be NULL */
    void (*prepare)(void *ctx, struct epi_world *w, unsigned run); /* a start of one's own */
    bool (*progress)(void *ctx, unsigned run, int day, int days);  /* false: stop, to go on later */
};
#define EPI_RUNS_MAX 1000
/* EPI_OK: the summary is written, or other ranks still work (*ret_done false). EPI_BUSY: stopped by
 * `progress`. Uses and frees memory for all runs: days x runs x figures x 4 bytes. */
EPI_MUST_USE epi_status epi_runs_do(struct epi_arena *a, const struct epi_runs *r, bool *ret_done,
                                    struct epi_err *reterr);

/* The start kept in the folder of runs that were cut off, so that they go on from the same one
 * after the register has changed; *ret NULL when there is none. */
EPI_MUST_USE epi_status epi_runs_start(struct epi_arena *a, const struct epi_fs *fs,
                                       const char *dir, struct epi_start **ret,
                                       struct epi_err *reterr);

/* The figures of daily.csv: the tallies, then these. */
#define EPI_DERIVED(X) \
    X(EPI_D_R, \
      reproduction) /* infections over those the infectious of the day would cause at R = 1 */ \
    X(EPI_D_OXYGEN, oxygen) /* litres per minute */
enum epi_derived {
#define X(name, word) name,
    EPI_DERIVED(X)
#undef X
        EPI_DERIVED_N
};
#endif
