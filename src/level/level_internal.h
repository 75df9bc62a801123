/* level_internal.h - what single and batch assessment share, so that they cannot disagree. */
#ifndef EPI_LEVEL_INTERNAL_H
#define EPI_LEVEL_INTERNAL_H
#include "level/level.h"
#include <math.h>

struct ready { /* a bound level policy with its roles looked up */
    const struct epi_policy *policy;
    const struct epi_pack *pack;
    struct epi_pack_info info;
    int rate_slot, level_slot, raise_slot, hold_slot;
    int level_table, raise_table, hold_table;
    int window_days, level_max;
};
struct outcome { /* of the tables, before the level of the day before is looked at */
    bool refused;
    int base, base_lo, base_hi; /* base EPI_LEVEL_NONE = undecided */
    int raise, raise_hi;        /* added for certain; added at most */
    epi_truth hold;
    epi_confidence base_confidence, raise_confidence, hold_confidence;
};
struct verdict {
    epi_level_state state;
    int level, lo, hi;
    bool raised, held;
    epi_confidence confidence;
};
EPI_MUST_USE epi_status epi__level_choose(const struct epi_policies *set,
                                          const struct epi_level_query *q, epi_date date,
                                          const struct epi_pack **ret, struct epi_err *reterr);
EPI_MUST_USE epi_status epi__level_ready(struct epi_arena *a, const struct epi_pack *p,
                                         epi_date date, epi_str disease, struct ready *ret,
                                         struct epi_err *reterr);
/* Runs the tables over `facts`. */
struct outcome epi__level_outcome(const struct ready *r, struct epi_fact *facts,
                                  struct epi_decision *decisions);
struct verdict epi__level_verdict(const struct ready *r, const struct outcome *o, int previous);
#endif
