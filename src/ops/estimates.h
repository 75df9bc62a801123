/* estimates.h - what a figure is made from when it comes from the store. */
#ifndef EPI_OPS_ESTIMATES_H
#define EPI_OPS_ESTIMATES_H
#include "estimate/estimate.h"
#include "ops/figures.h"

enum epi__count_by { EPI__BY_REPORT, EPI__BY_ONSET };
enum epi__below { EPI__UNIT_ALONE, EPI__CHILDREN, EPI__LOWEST };

/* What the caller asked about. */
struct epi__estimate_scope {
    int32_t unit;
    epi_date as_of, from, to; /* both included; `to` <= as_of */
    enum epi__count_by by;
    enum epi__below below;
    bool community; /* only cases the rule counts as community */
};
/* From the arguments unit, as_of, from, to, by (report, onset), below (none, children, lowest) and
 * cases (all, community); `days` back from as_of when `from` is not given. */
epi_status epi__estimate_scope(struct epi_call *call, int days, struct epi__estimate_scope *ret);
/* The units to estimate for, by `below`, valid on the day and inside the caller's area; those
 * nobody reports from are left out when `covered` is given (by unit). */
size_t epi__estimate_units(struct epi_call *call, const struct epi__estimate_scope *s,
                           const bool *covered, const int32_t **ret);
/* The frame a figure takes, and notes on its quality: days the cut-off leaves open, loads of old
 * cases, rules that change inside the span. EPI_NOT_FOUND when the figure takes nothing from the
 * store. */
epi_status epi__estimate_input(struct epi_call *call, const struct epi__estimate_scope *s,
                               epi_str figure, struct epi_frame *ret, struct epi_findings *notes);
/* Notes on the quality of the counts alone: rules that change, loads of old cases. */
epi_status epi__estimate_quality(struct epi_call *call, const struct epi__estimate_scope *s,
                                 struct epi_findings *notes);
/* The table of the figure speed (speed.c). */
epi_status epi__speed_input(struct epi_call *call, const struct epi__estimate_scope *s,
                            struct epi_frame *ret);
/* "source": unit, days, counting rule, cut-off, and where the counts come from. */
void epi__estimate_source_json(struct epi_call *call, const struct epi__estimate_scope *s);
#endif
