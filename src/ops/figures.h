/* figures.h - what levels and the front page count: cases by unit, day and setting; coverage by
 * unit. */
#ifndef EPI_OPS_FIGURES_H
#define EPI_OPS_FIGURES_H
#include "ops/rules.h"

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
    int32_t *onset;     /* [unit * days + day], cases by onset day where it is known, of those that
                           had come to be known by the as-of day */
    int32_t *setting;   /* [unit * EPI__SETTINGS + word]: over the last `window` days */
    bool *aggregate;    /* [unit]: figures come from aggregate counts */
    bool *covered;      /* [unit]: somebody reports here, so that no case means none */
    bool community_counts[EPI__SETTINGS]; /* what the rule in force on the last day says of each
                                             setting */
    struct epi__rule rule;
};
/* All units, counted by the rules that `unit` follows, as known on `as_of` (not before `to`). */
epi_status epi__series_load(struct epi_call *call, int32_t unit, epi_date from, epi_date to,
                            epi_date as_of, int window, struct epi__series *ret);

/* Fills community_counts and rule: what the rule that `unit` follows on the day says of each
 * setting; a setting no rule can judge counts. */
void epi__community_rule(struct epi_call *call, int32_t unit, epi_date on, struct epi__series *s);

/* What the coverage pack says of every dose, age and age group. */
#define EPI__DOSES 20  /* dose numbers of the catalogue */
#define EPI__AGES 132  /* 0..130, the last = not known */
#define EPI__GROUPS 16 /* words of coverage_group */
#define EPI__NEVER INT32_MAX
struct epi__coverage_rule {
    struct epi__rule rule;
    /* days after dose [number - 1] from which its person counts, [1] when it completes the series
     */
    int one_after[EPI__DOSES][2], full_after[EPI__DOSES][2];
    bool in_group[EPI__AGES], in_elderly[EPI__AGES];
    bool group_used[EPI__GROUPS], elderly_used[EPI__GROUPS];
    epi_str group_label[2], elderly_label[2];
};
void epi__coverage_rule(struct epi_call *call, int32_t unit, epi_date on,
                        struct epi__coverage_rule *ret);

/* A person of the register who belongs to a group, with the days from which they count as having
 * one dose and as fully vaccinated; EPI__NEVER when they do not. */
struct epi__vaccinee {
    int32_t unit, one, full;
    bool in_group, in_elderly;
};
typedef void epi__vaccinee_fn(void *ctx, const struct epi__vaccinee *p);
/* Everybody below `path`, aged as on the day. */
epi_status epi__vaccinees(struct epi_call *call, const struct epi__coverage_rule *rule, epi_date on,
                          epi_str path, epi__vaccinee_fn *each, void *ctx);

/* People by unit: from aggregate coverage records where there are any on or before the day, else
 * counted in the register. Percentages are NaN when nothing is known. */
struct epi__coverage {
    double *one_dose, *full_elderly; /* [unit], % */
    int64_t *group, *group_one;      /* [unit], persons behind the figure */
    int64_t *elderly, *elderly_full;
    bool *aggregate;
    epi_date *as_of; /* [unit] day the figure describes */
    struct epi__coverage_rule rule;
};
/* All units, counted by the rules that `unit` follows. */
epi_status epi__coverage_load(struct epi_call *call, int32_t unit, epi_date on,
                              struct epi__coverage *ret);

/* Readiness of units: the last statement on or before the day; 1, 0, -1 unknown. Criterion 3 is met
 * when every stated condition is met and at least one is stated. */
epi_status epi__readiness_load(struct epi_call *call, epi_date on, int8_t **ret);
/* The level of a unit as computed now, with its policy and evidence sheet. */
struct epi__level_now {
    int level;             /* EPI_LEVEL_NONE when undecided */
    int lowest, highest;   /* levels the policy knows */
    struct epi__rule rule; /* the policy */
    epi_str sheet;
    epi_confidence confidence;
};
epi_status epi__level_now(struct epi_call *call, int32_t unit, epi_date on,
                          struct epi__level_now *ret);
/* Days over which the level pack that a unit follows counts cases; a week, the unit of the rate,
 * when there is no pack or it does not say. */
int epi__window(struct epi_call *call, int32_t unit, epi_date on);
#endif
