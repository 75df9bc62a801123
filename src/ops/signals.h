/* signals.h - counts per week of many units, judged by one method: what the signals are found from.
 */
#ifndef EPI_OPS_SIGNALS_H
#define EPI_OPS_SIGNALS_H
#include "ops/estimates.h"

/* --- counts per week (weekly.c) --- */
/* Weeks begin on Monday (ISO 8601). A unit holds what lies below it. A count is NaN where it is not
 * known: in weeks before the first record of the province, and where units that send daily counts
 * sent none for any day of the week. A province with a line list reports everywhere: no case there
 * means none. */
struct epi__weekly {
    epi_date first; /* Monday of week 0 */
    size_t weeks, n;
    const int32_t *units; /* n */
    double *count;        /* [n * weeks] */
    uint16_t *silent;     /* [n * weeks] units below, itself included, that should have sent counts
                             and did not */
    epi_date known_from;  /* unknown = nothing is known here */
    size_t left_out;      /* units from which nobody reports */
};
/* Cases of the disease asked for of the units below s->unit that s->below names, by s->by or the
 * community rule, up to the day s->as_of. `since`: the day from which reporting is known to be
 * whole; unknown = the first record of the province. */
epi_status epi__weekly_load(struct epi_call *call, const struct epi__estimate_scope *s,
                            epi_date first, size_t weeks, epi_date since, struct epi__weekly *ret);

/* --- judged (signals.c) --- */
struct epi__signal_how {
    const char *word; /* of the catalogue's list signal_method */
    const char *figure_method;
    struct epi_signal_method m;
    struct epi_series calendar; /* of all weeks; no counts */
    double few;                 /* fewest cases in few_weeks for an alarm */
    unsigned few_weeks;
    enum epi_signal_missing missing;
    epi_date since;
};
struct epi__signal_grid {
    struct epi__estimate_scope s; /* from = Monday of the first week shown */
    struct epi__signal_how how;
    struct epi__weekly w;
    size_t from;               /* first week shown; shown = w.weeks - from */
    int days;                  /* of the last week that have passed, 1..7 */
    bool *filled;              /* [w.n * w.weeks] a value that nobody reported: a what-if */
    struct epi_signal *signal; /* [w.n * (w.weeks - from)] */
    epi_str disease;
    const char *series; /* of the catalogue's list signal_series */
};
/* From the arguments unit, as_of, below, by, cases, disease, weeks, method, missing, since, few,
 * baseline, alpha, years, min_sigma. */
epi_status epi__signal_grid(struct epi_call *call, int weeks, struct epi__signal_grid *ret);
static inline const struct epi_signal *epi__signal_at(const struct epi__signal_grid *g, size_t unit,
                                                      size_t week)
{
    return &g->signal[unit * (g->w.weeks - g->from) + week - g->from];
}
static inline epi_date epi__signal_week(const struct epi__signal_grid *g, size_t week)
{
    return (epi_date){g->w.first.d + 7 * (int32_t)week};
}
/* "params": {...} */
void epi__signal_params_json(struct epi_jw *w, const struct epi__signal_grid *g);
/* What makes a signal one: unit, disease, series, method and week. */
epi_str epi__signal_key(struct epi_arena *a, const struct epi__signal_grid *g, epi_str unit,
                        epi_date week);
/* Signals kept for these keys, by key; at most EPI_ANY_MAX keys at a time. */
epi_status epi__signals_kept(struct epi_call *call, const struct epi_value *keys, size_t n,
                             struct epi_page *ret);
/* The answer to a run sent again, from what its operation did. */
epi_status epi__signal_run_again(struct epi_call *call, const struct epi_op *op);
#endif
