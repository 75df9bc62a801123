/* levers.h - what a scenario can change: the response, and what comes from outside.
 *
 * Part of scenario.h. Shares are in [0, 1], durations in days, rates per day. A lever works while
 * its `when` holds: from and to by day of the run, at a level of the place or above, or once the
 * cases found in the place pass a rate. */
#ifndef EPI_SCENARIO_LEVERS_H
#define EPI_SCENARIO_LEVERS_H
#include "base/base.h"
#include "scenario/priors.h"

#define EPI_LEVELS 5 /* level numbers 0 .. 4 */

struct epi_when {
    int from, to;        /* days of the run, `to` not included; to 0 = to the end */
    int level;           /* 0 = any */
    double found_weekly; /* per 100,000 people in 7 days; 0 = any */
};
struct epi_lever_seek { /* the sick who go and ask for a test */
    struct epi_when when;
    double share, severe_share; /* of those with symptoms; of those severely ill */
    double delay_mean;          /* days from onset, geometric */
};
struct epi_lever_lab {
    struct epi_when when;
    char by[8];         /* empty: an antigen positive is a case; "pack": packs.h */
    double capacity;    /* tubes per 100,000 people per day; 0 = without limit */
    int turnaround;     /* days from the tube's turn to its result */
    int pool;           /* samples per tube for screening */
    double pool_loss;   /* sensitivity lost per doubling of the pool */
    double antigen;     /* share of tests done on the spot by antigen, result the same day */
    double specificity; /* of antigen */
};
struct epi_lever_isolate { /* the positive */
    struct epi_when when;
    int days;
    double home;       /* share at home, the others in hospital or site */
    double compliance; /* of those at home, with staying away from others outside */
    double at_home;    /* contacts at home that remain */
};
struct epi_lever_trace {
    struct epi_when when;
    char by[8];                       /* empty: as follows; "pack": duties by the packs (packs.h) */
    int rings;                        /* 1: F1, 2: and F2, 3: and F3 */
    int back;                         /* days before onset, or before the sample of those without */
    double home, school, work, other; /* share of contacts named and found */
    int delay;                        /* days from the result to the contact's order */
    int days_f1, days_f2;             /* quarantine; F3 watch themselves only */
    double site;                      /* share of F1 who go to a quarantine site */
    double compliance;                /* of those at home */
    int test_first, test_last;        /* days after the order on which F1 are tested; 0 = not */
    double capacity; /* index cases traced per 100,000 people per day; 0 = without limit */
};
struct epi_lever_site { /* quarantine sites */
    double places;      /* per 100,000 people; 0 = without limit */
    double contacts;    /* per day between those who stay there */
};
struct epi_lever_screen { /* mass tests */
    struct epi_when when;
    double share; /* of the people of a place, each round */
    int every;    /* days between rounds */
};
struct epi_lever_zone { /* narrow zones: hamlets locked */
    struct epi_when when;
    int cases, window; /* so many found in so many days */
    int delay, days;   /* approval; duration after the last case */
    double contacts;   /* outside home that remain */
};
struct epi_lever_measures { /* what remains of contacts by level of the place */
    struct epi_when when;
    double school[EPI_LEVELS], work[EPI_LEVELS], other[EPI_LEVELS];
    double market[EPI_LEVELS], worship[EPI_LEVELS], gathering[EPI_LEVELS];
};
struct epi_lever_level {     /* level of a place by cases found per 100,000 in 7 days */
    char by[8];              /* empty: by `from`; "pack": by the packs (packs.h) */
    double from[EPI_LEVELS]; /* rate from which level i holds; [0] and [1] unused; 0 = never */
    int hold;                /* days before a level falls */
    int fixed;               /* 1 .. 4: always this level; 0 = by rate */
};
struct epi_lever_care {
    double beds, icu;    /* per 100,000 people; 0 = without limit */
    double no_bed_death; /* death of the severe without a bed, at least this probability */
    double no_icu_death;
    double oxygen_bed, oxygen_icu; /* litres per minute of one patient */
    double ward_contacts; /* a day of an inpatient or health worker; 0 = wards are closed */
    double protection, precautions; /* infections prevented in wards of known cases; in others */
};
struct epi_lever_vaccinate {
    struct epi_when when;
    double per_day; /* doses per 100,000 people per day */
    int from_age;
    int gap;      /* days between doses */
    int doses;    /* of the full course */
    double reach; /* share who accept */
    double stock; /* doses per 100,000 people in all; 0 = without limit */
};
struct epi_lever_behave { /* people are careful when cases are many */
    struct epi_when when;
    double half_at; /* found per 100,000 in 7 days that halve the avoidable part; 0 = never */
    double floor;   /* contacts outside home that remain at most careful */
};
struct epi_lever_arrive {
    struct epi_when when;
    double per_day;    /* arrivals per 100,000 people per day */
    double prevalence; /* share infected */
    double site;       /* share taken to a quarantine site on arrival */
    int days;          /* quarantine */
    bool tested;       /* on arrival */
    int variant;
};
struct epi_lever_season { /* feasts and holidays of the pack, by the dates of the run */
    bool observed;
    double returns; /* factor on those who come home for them; they are as `arrive` says */
};
struct epi_lever_start {
    char from[16];  /* empty = seeded as follows; "register" = start.h */
    double hidden;  /* from a register: infected nobody finds, per found case */
    int infected;   /* persons on day 0 */
    char place[64]; /* path below which; empty = everywhere */
    double immune;  /* share with immunity from before, besides what a register knows */
    double doses_one, doses_full; /* share of people from_age up with one dose, with the course */
};
struct epi_lever_cost { /* of one each, for the table of costs */
    char currency[8];
    double test, home_day, site_day, bed_day, icu_day, dose, locked_day;
};
struct epi_lever_base {                                          /* where and what */
    char pack[32], unit[64], disease[32], variant[24], date[16]; /* date: of day 0, yyyy-mm-dd */
    double scale; /* share of the population simulated */
};
struct epi_scenario {
    char title[96];
    struct epi_lever_base base;
    int days;
    double r0; /* 0 = the disease's */
    struct epi_lever_start start;
    struct epi_lever_seek seek;
    struct epi_lever_lab lab;
    struct epi_lever_isolate isolate;
    struct epi_lever_trace trace;
    struct epi_lever_site site;
    struct epi_lever_screen screen;
    struct epi_lever_zone zone;
    struct epi_lever_measures measures;
    struct epi_lever_level level;
    struct epi_lever_care care;
    struct epi_lever_vaccinate vaccinate;
    struct epi_lever_behave behave;
    struct epi_lever_arrive arrive;
    struct epi_lever_season season;
    struct epi_lever_cost cost;
    struct epi_calibrate calibrate;
};
/* Nothing is done and nobody arrives; one infected person; 150 days. */
struct epi_scenario epi_scenario_plain(void);

/* One field of the scenario file: where it lies, what it may be, and its words. */
enum epi_lever_type {
    EPI_LEVER_SHARE,
    EPI_LEVER_NUMBER,
    EPI_LEVER_COUNT,
    EPI_LEVER_YES,
    EPI_LEVER_TEXT
};
struct epi_lever {
    const char
        *path; /* "trace.delay"; a list gives one lever per place in it: "measures.school.3" */
    enum epi_lever_type type;
    size_t offset, size; /* in struct epi_scenario; size of a text */
    double lo, hi;
    const char *word; /* of a text that is empty or this word; NULL = any text */
};
size_t epi_levers(const struct epi_lever **ret);
/* What people call a lever, its measure and a hint, each [epi_lang]; measure and hint may be empty.
 * False for a path that is no lever. */
struct epi_lever_words {
    const char *label[2], *measure[2], *hint[2];
};
bool epi_lever_words(const char *path, struct epi_lever_words *ret);
/* What such a text means to people, empty or said, in `label`; measure and hint are empty. */
bool epi_lever_choice_words(const char *path, const char *value, struct epi_lever_words *ret);
/* The name of a group of levers, the part of their path before the first point. */
bool epi_lever_group_words(const char *group, struct epi_lever_words *ret);
/* Reads {"title", "days", "trace": {...}, ...} over `base` (what the file does not say stays),
 * strictly: every unknown lever, wrong type and figure outside its range is a finding. So is what
 * is wrong in `calibrate`, which is written only when it is there. */
EPI_MUST_USE epi_status epi_scenario_read(struct epi_arena *a, epi_str json,
                                          struct epi_scenario *io, struct epi_findings *findings,
                                          struct epi_err *reterr);
void epi_scenario_json(struct epi_jw *w, const struct epi_scenario *s);
#endif
