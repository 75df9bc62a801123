/* figures.h - what levels and the front page count: cases by unit, day and setting; coverage by
 * unit. */
#ifndef EPI_OPS_FIGURES_H
#define EPI_OPS_FIGURES_H
#include "ops/ops_internal.h"

#define EPI__SETTINGS 9 /* words of the detection list, the last slot = not given */

/* Cases per unit and day. A case counts for its unit and every unit above it, on its report day
 * (else result, sample or onset day, the first that is known). Units with aggregate counts (kind
 * count) on any day of the span are taken from those instead, together with what lies above them.
 */
struct epi__series {
    epi_date first;
    size_t days, units;
    int32_t *community; /* [unit * days + day]: counts under the community rule of the date; -1 = no
                           report */
    int32_t *all;       /* [unit * days + day] */
    int32_t *onset;     /* [unit * days + day], cases by onset day where it is known */
    int32_t *setting;   /* [unit * EPI__SETTINGS + word]: over the last `window` days */
    bool *aggregate;    /* [unit]: figures come from aggregate counts */
    bool *covered;      /* [unit]: somebody reports here, so that no case means none */
    bool community_counts[EPI__SETTINGS]; /* what the rule in force on the last day says of each
                                             setting */
    epi_str rule, rule_source;            /* of that rule; empty when there is none */
    epi_confidence rule_confidence;
};
epi_status epi__series_load(struct epi_call *call, epi_date from, epi_date to, int window,
                            struct epi__series *ret);

/* People by unit: from aggregate coverage records where there are any on or before the day, else
 * counted in the register. Percentages are NaN when nothing is known. */
struct epi__coverage {
    double *one_dose_18, *full_elderly; /* [unit], % */
    int64_t *adults, *adults_one;       /* [unit], persons behind the figure; -1 unknown */
    int64_t *elderly, *elderly_full;
    bool *aggregate;
    epi_date *as_of; /* [unit] day the figure describes */
};
epi_status epi__coverage_load(struct epi_call *call, epi_date on, int lag_days, int elderly_age,
                              struct epi__coverage *ret);

/* Readiness of units: the last statement on or before the day; 1, 0, -1 unknown. Criterion 3 is met
 * when every stated condition is met and at least one is stated. */
epi_status epi__readiness_load(struct epi_call *call, epi_date on, int8_t **ret);
/* The level of a unit as computed now, with its policy and evidence sheet. */
struct epi__level_now {
    int level; /* EPI_LEVEL_NONE when undecided */
    epi_str policy, sheet;
    epi_confidence confidence;
};
epi_status epi__level_now(struct epi_call *call, int32_t unit, epi_date on,
                          struct epi__level_now *ret);
/* How the rules of a day count: days of the window, immunity lag after a dose, age of the older
 * group. The level pack says it, else the coverage pack. `policy_id` empty = the level pack in
 * force. */
struct epi__counting {
    int window, lag, elderly;
};
struct epi__counting epi__counting_rules(struct epi_call *call, epi_date on, epi_str policy_id);
/* The disease asked for (argument "disease"), else the site's main one. */
epi_str epi__disease(struct epi_call *call);
#endif
