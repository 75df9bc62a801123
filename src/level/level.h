/* level.h - the epidemic level of a unit on a day, with the evidence behind it.
 *
 * Pure: policies and figures in, level and reasons out. It knows no threshold and no country: a
 * level pack brings tables with the roles "criterion" (any number), "level" (output `level`), and
 * if it wants "raise" (output `raise`, levels added) and "hold" (output `hold`: not below the level
 * before). The fact `rate` and the parameters `window_days`, `level_max`, `coverage_lag_days`,
 * `elderly_age` have fixed names.
 * Ownership: results live in the arena of the call; they point into the input, which must outlive
 *            them.
 * Failure:   no policy for the day, or a policy id that is none, fails. A switched-off policy and
 *            missing figures do not: the answer says so. */
#ifndef EPI_LEVEL_LEVEL_H
#define EPI_LEVEL_LEVEL_H
#include "base/base.h"
#include "policy/policy.h"

#define EPI_LEVEL_NONE (-1)
#define EPI_LEVEL_NOT_REPORTED (-1) /* a day without a report; not the same as no case */

struct epi_level_query {
    epi_str disease;            /* as in epi_policy_query */
    epi_str policy_id;          /* empty = the pack in force on the date */
    const epi_str *authorities; /* as in epi_policy_query */
    size_t authorities_n;
};

/* A fact by the name the pack gives it, e.g. "coverage_one_dose" or "capacity_ready". */
struct epi_level_fact {
    epi_str name;
    epi_value_type type; /* NUMBER, BOOL or WORD */
    double number;       /* NUMBER, BOOL as 0 or 1 */
    epi_str word;
    epi_str source; /* where the figure comes from; shown in the evidence */
    epi_date as_of; /* day the figure describes; may be unknown */
};
struct epi_level_setting { /* cases found elsewhere than in the community, for the evidence */
    epi_str setting;
    int64_t cases; /* within the window */
};
struct epi_level_input {
    epi_str unit;
    epi_date date;
    double population;        /* <= 0 = unknown */
    const int32_t *community; /* community cases per day, oldest first, the last one on `date` */
    size_t community_n;
    struct epi_fact rate; /* known = used as it is, instead of cases and population */
    const struct epi_level_setting *others;
    size_t others_n;
    const struct epi_level_fact *facts;
    size_t facts_n;
    /* days after the dose with which the coverage figures were counted */
    struct epi_fact coverage_lag;
    int previous;       /* level before this assessment, EPI_LEVEL_NONE = none */
    int override_level; /* decided by the province, EPI_LEVEL_NONE = none */
    epi_str override_reason, override_source;
};
/* A zeroed input with nothing known. */
struct epi_level_input epi_level_input_empty(epi_str unit, epi_date date);

typedef enum epi_level_state {
    EPI_LEVEL_DECIDED,
    EPI_LEVEL_PARTIAL,   /* holds with what is known; something missing could change it within
                            could-be */
    EPI_LEVEL_UNDECIDED, /* not even that: something needed is missing */
    EPI_LEVEL_REFUSED,   /* the policy is switched off */
} epi_level_state;
const char *epi_level_state_word(epi_level_state s);

struct epi_level {
    struct epi_level_input in;
    const struct epi_policy *policy;
    epi_level_state state;
    int level;    /* EPI_LEVEL_NONE when undecided or refused */
    int computed; /* before the province's own decision */
    int base;     /* of the level table alone */
    int lo, hi;   /* what it could still be */
    bool raised, held, overridden;
    bool outside_validity;                    /* asked for by id on a day the pack does not cover */
    epi_confidence confidence;                /* weakest of all rows that made the level */
    epi_str rule;                             /* "vn-4800/matrix/m1-c70" */
    int level_table, raise_table, hold_table; /* -1 = the pack has none */
    struct epi_fact *facts;                   /* of the pack, by slot */
    struct epi_decision *decisions;
    struct epi_fact rate; /* per 100,000 per week */
    int64_t window_cases;
    int window_days, days_reported;
    uint16_t *missing; /* slots */
    size_t missing_n;
};
EPI_MUST_USE epi_status epi_level_assess(struct epi_arena *a, const struct epi_policies *set,
                                         const struct epi_level_query *q,
                                         const struct epi_level_input *in, struct epi_level *ret,
                                         struct epi_err *reterr);

/* The table alone, from a rate and coverage. */
struct epi_level_of {
    struct epi_fact rate, coverage, full_elderly, capacity;
    epi_date date;
    int previous; /* EPI_LEVEL_NONE = none */
};
EPI_MUST_USE epi_status epi_level_of(struct epi_arena *a, const struct epi_policies *set,
                                     const struct epi_level_query *q, const struct epi_level_of *of,
                                     struct epi_level *ret, struct epi_err *reterr);

/* Days of the counting window, and the levels a level pack knows, lowest and highest. */
int epi_level_window(const struct epi_policy *b);
void epi_level_range(const struct epi_policy *b, int *ret_lo, int *ret_hi);

/* Cases per 100,000 people per week over a window; unknown when the population is. */
struct epi_fact epi_level_rate(int64_t cases, int window_days, double population);

typedef enum epi_level_detail { EPI_LEVEL_BRIEF, EPI_LEVEL_FULL } epi_level_detail;
/* {"unit","date","level","state","criteria","rule","policy","document","source","confidence","unverified",
 *  "adjustments","missing","evidence"}; FULL adds the explanation of every row of the level table.
 */
void epi_level_json(struct epi_jw *w, const struct epi_level *l, epi_level_detail detail,
                    epi_lang lang);
/* The members alone, for an object that holds more. */
void epi_level_members(struct epi_jw *w, const struct epi_level *l, epi_level_detail detail,
                       epi_lang lang);
/* A few lines for a person. */
void epi_level_text(struct epi_buf *out, const struct epi_level *l, epi_lang lang);

/* --- many units, many days --- */
struct epi_level_column { /* a fact for all units; NaN = unknown, a word as its index in the pack */
    epi_str name;
    const float *v;
    bool daily; /* true: v[unit * days_n + day]; false: v[unit] */
};
struct epi_level_columns {
    size_t units_n, days_n;
    epi_date first;           /* day of column 0 */
    const int32_t *community; /* [unit * days_n + day]; EPI_LEVEL_NOT_REPORTED = no report */
    const double *population; /* [unit] */
    const struct epi_level_column *facts;
    size_t facts_n;
    const int8_t *previous; /* [unit], the level before column 0; NULL = none */
};
enum {
    EPI_CELL_PARTIAL = 1,
    EPI_CELL_UNVERIFIED = 2,
    EPI_CELL_RAISED = 4,
    EPI_CELL_HELD = 8,
    EPI_CELL_REFUSED = 16
};
struct epi_level_cell {
    int8_t level, lo, hi; /* EPI_LEVEL_NONE = undecided */
    uint8_t flags;
};
/* ret[unit * days_n + day]. A level is held against the day before. Days whose window reaches
 * before column 0 have no rate. Days without a policy in force are EPI_CELL_REFUSED. */
EPI_MUST_USE epi_status epi_level_batch(struct epi_arena *a, const struct epi_policies *set,
                                        const struct epi_level_query *q,
                                        const struct epi_level_columns *in,
                                        struct epi_level_cell *ret, struct epi_err *reterr);
#endif
