/* scenario.h - the province ahead, person by person: a society, a disease, a response, day by day.
 *
 * A society (people, households, classes, workplaces, places) is built once and never written
 * again; a world is one run over it. The random numbers of a run are keyed by (seed, day, person,
 * purpose) with Philox4x32-10, so that a run is the same on any number of threads, two scenarios
 * with one seed differ only where their rules differ, and contacts are recomputed when tracing asks
 * for them instead of being remembered.
 *
 * Ownership: _new and _build give heap objects, freed by their _free; NULL is allowed there.
 * Threads:   a society, a disease and a scenario are shared freely; a world belongs to one caller,
 *            which lends it `threads` threads.
 * Failure:   impossible populations, diseases or scenarios are refused with findings. */
#ifndef EPI_SCENARIO_SCENARIO_H
#define EPI_SCENARIO_SCENARIO_H
#include "base/base.h"
#include "unit/unit.h"

#define EPI_MIX_BANDS 16 /* 0-4, 5-9 ... 70-74, 75+ */
#define EPI_NOBODY UINT32_MAX
#define EPI_NO_DAY INT16_MAX /* days before the run are below 0 */

/* Where two people meet, or how an infection came. The first four have contact matrices, of which
 * "other" is all contacts elsewhere; a share of these is at markets, at places of worship and at
 * gatherings (weddings, funerals, feasts). The first seven are what measures can close. */
#define EPI_MEETINGS(X) \
    X(EPI_MEET_HOME, "home") \
    X(EPI_MEET_SCHOOL, "school") \
    X(EPI_MEET_WORK, "work") \
    X(EPI_MEET_OTHER, "other") \
    X(EPI_MEET_MARKET, "market") \
    X(EPI_MEET_WORSHIP, "worship") \
    X(EPI_MEET_GATHERING, "gathering") \
    X(EPI_MEET_SITE, "quarantine_site") \
    X(EPI_MEET_HOSPITAL, "hospital") \
    X(EPI_MEET_WATER, "water") \
    X(EPI_MEET_ABROAD, "imported")
enum epi_meeting {
#define X(name, word) name,
    EPI_MEETINGS(X)
#undef X
};
#define EPI_MEETING_N 11
#define EPI_MIX_N 4
#define EPI_RULED_N 7
#define EPI_OUTINGS 4 /* other, market, worship, gathering */
const char *epi_meeting_word(enum epi_meeting m);
static inline bool epi_meeting_elsewhere(unsigned m) /* neither home nor school nor work */
{
    return m >= EPI_MEET_OTHER && m < EPI_RULED_N;
}

/* --- the society ------------------------------------------------------------------------------ */
/* Contacts per day of one participant: by rural (0) or urban (1), setting, band of the participant,
 * band of the contact (Prem et al. 2021, PLoS Comput Biol 17:e1009098). */
struct epi_mixing {
    float rate[2][EPI_MIX_N][EPI_MIX_BANDS][EPI_MIX_BANDS];
    double ages[EPI_MIX_BANDS]; /* the population for which the rates were made, persons */
};
struct epi_place {      /* a commune: the smallest unit with a census */
    epi_str path, name; /* outlive the society */
    double lat, lon;    /* degrees, NAN unknown */
    int32_t district;   /* workers may travel between places of one district */
    bool urban;
    int64_t ages[EPI_AGE_BANDS]; /* persons */
    double sizes[7]; /* households of 1 .. 7+ persons, any scale; all 0 = everybody alone */
};
#define EPI_SEASONS 32
struct epi_season {             /* a time of the year in which people live otherwise */
    epi_date from, to;          /* both included */
    double school, work, other; /* factors on contacts; `other` may pass 1 */
    double returns;             /* come home before it, per 100,000 people of the place */
    int travel;                 /* on so many days */
};
struct epi_society_options {
    int class_from, class_to; /* ages of pupils, years, both included */
    double enrolled;          /* share of those ages in a class */
    int class_size;
    int work_from, work_to; /* ages of workers */
    double employed;
    double workplace_mean; /* persons per workplace, geometric from 2 */
    double commute; /* share of workers whose workplace is in another place of the district */
    int hamlet_households; /* households per hamlet */
    double stay;           /* share of other contacts within the own place */
    double distance_km;    /* the rest by population / (1 + (d / distance_km)^2) */
    struct {
        double share, stay; /* of the other contacts; within the own place */
    } outing[EPI_OUTINGS];  /* from EPI_MEET_MARKET on; [0] is what remains and not looked at */
    struct {
        double staff;      /* share of workers, in whole workplaces */
        double admissions; /* for other illnesses, per 100,000 people per day */
        double days;       /* of such a stay, mean, at least 1 */
    } hospital;            /* one for each district; all 0 = none */
    struct epi_season seasons[EPI_SEASONS];
    size_t seasons_n;
};
struct epi_society;
/* Without options, a society of one class size etc. as the pack of a country gives them. */
EPI_MUST_USE epi_status epi_society_build(const struct epi_place *places, size_t n,
                                          const struct epi_mixing *mixing,
                                          const struct epi_society_options *o, uint64_t seed,
                                          struct epi_society **ret, struct epi_err *reterr);
struct epi_resident {          /* somebody known by age and company */
    uint8_t age;               /* years */
    bool works;                /* the group is a workplace, not a class */
    uint32_t household, group; /* any numbers; the same number, the same company; group 0 = none */
};
/* People known one by one, all in one place (its ages are counted anew). Those of a household stand
 * together in the list, and person i of the society is the i-th of it. */
EPI_MUST_USE epi_status epi_society_of_people(const struct epi_place *place,
                                              const struct epi_resident *people, size_t n,
                                              const struct epi_mixing *mixing,
                                              const struct epi_society_options *o,
                                              struct epi_society **ret, struct epi_err *reterr);
/* The communes below `top` on a day, with the contact matrices and settings of the pack.
 * `scale` in (0, 1] thins the population. */
EPI_MUST_USE epi_status epi_society_of_units(const struct epi_units *units, const struct epi_fs *fs,
                                             int32_t top, epi_date on, double scale, uint64_t seed,
                                             struct epi_society **ret,
                                             struct epi_findings *findings, struct epi_err *reterr);
/* The same from places that the caller made, whose paths are of `units`; the pack says which of
 * them are urban, and `places` is written so. */
EPI_MUST_USE epi_status epi_society_of_places(const struct epi_units *units,
                                              const struct epi_fs *fs, struct epi_place *places,
                                              size_t n, uint64_t seed, struct epi_society **ret,
                                              struct epi_err *reterr);
void epi_society_free(struct epi_society *s);
uint32_t epi_society_people(const struct epi_society *s);
uint32_t epi_society_places(const struct epi_society *s);
const struct epi_place *epi_society_place(const struct epi_society *s, uint32_t place);
/* First person of a place; people of a place are contiguous, those of a household within it too. */
uint32_t epi_society_place_first(const struct epi_society *s, uint32_t place);
uint32_t epi_society_place_of(const struct epi_society *s, uint32_t person);
uint32_t epi_society_hamlets(const struct epi_society *s);
uint32_t epi_society_hamlet_of(const struct epi_society *s, uint32_t person);
int epi_society_age(const struct epi_society *s, uint32_t person); /* years */
void epi_society_home(const struct epi_society *s, uint32_t person, uint32_t *ret_first,
                      uint32_t *ret_n);
/* Classes and workplaces: the number of a person's (EPI_NOBODY = none), its members, its kind. */
uint32_t epi_society_groups(const struct epi_society *s);
uint32_t epi_society_group_of(const struct epi_society *s, uint32_t person);
uint32_t epi_society_members(const struct epi_society *s, uint32_t group, const uint32_t **ret);
bool epi_society_works(const struct epi_society *s, uint32_t group);
/* Hospitals, one for each district: that of a place, and who works there, ascending. */
uint32_t epi_society_hospitals(const struct epi_society *s);
uint32_t epi_society_hospital_of(const struct epi_society *s, uint32_t place);
uint32_t epi_society_staff(const struct epi_society *s, uint32_t hospital, const uint32_t **ret);
/* Members of a person's class or workplace, or 0 when the person has none. */
uint32_t epi_society_group(const struct epi_society *s, uint32_t person, const uint32_t **ret);
size_t epi_society_bytes(const struct epi_society *s); /* memory held */

/* --- the disease ------------------------------------------------------------------------------ */
#define EPI_AGES_10 10 /* 0-9, ... 80-89, 90+ */
#define EPI_PROFILE_DAYS 64
#define EPI_VARIANTS 4
#define EPI_DOSES 4 /* 0, 1, 2, 3 or more */
struct epi_delay {  /* log-normal, days; sd 0 = always the mean */
    double mean, sd;
};
struct epi_variant {
    char name[24];
    double transmissibility, severity; /* relative to the disease's own figures */
    double escape; /* share of earlier immunity against infection that this variant ignores */
};
struct epi_natural_history {
    char name[32];
    double r0; /* mean secondary cases of a first case, symptoms and ages mixed */
    double generation_mean, generation_sd; /* days: the infectiousness profile, a gamma density */
    double
        profile[EPI_PROFILE_DAYS]; /* share of infectiousness on day t after infection; [0] = 0 */
    double dispersion;             /* k of individual infectiousness; 0 = all alike */
    struct epi_delay incubation, onset_to_severe, severe_to_critical, severe_to_out,
        critical_to_out, critical_to_death;
    double asymptomatic;                /* relative infectiousness without symptoms */
    double susceptibility[EPI_AGES_10]; /* relative */
    double symptomatic[EPI_AGES_10], severe[EPI_AGES_10], critical[EPI_AGES_10],
        death[EPI_AGES_10];    /* given infection, each at most the one before it */
    double setting[EPI_MIX_N]; /* relative weight of one contact */
    double immunity,
        immunity_half_life; /* after infection: against infection; days, 0 = for ever */
    double vaccine_infection[EPI_DOSES], vaccine_severe[EPI_DOSES], vaccine_onward[EPI_DOSES];
    double vaccine_half_life; /* of the effect against infection, days, 0 = for ever */
    int vaccine_lag;          /* days until a dose counts */
    double pcr[EPI_PROFILE_DAYS],
        antigen[EPI_PROFILE_DAYS];                  /* sensitivity by day since infection */
    double water_shedding, water_decay, water_rate; /* environment term; rate 0 = none */
    struct epi_variant variants[EPI_VARIANTS];
    uint32_t variants_n; /* at least 1; the first is the disease itself */
};
/* A disease with one variant, no severity and nothing of age: what tests and formulas need. */
struct epi_natural_history epi_natural_history_plain(double r0, double generation_mean,
                                                     double generation_sd);
/* The object `simulation` of data/diseases/<word>.json, strictly. */
EPI_MUST_USE epi_status epi_natural_history_read(struct epi_arena *a, epi_str json,
                                                 struct epi_natural_history *ret,
                                                 struct epi_findings *findings,
                                                 struct epi_err *reterr);
/* Fills the profile from generation_mean and _sd: the gamma density of the generation interval
 * integrated over day t - 1/2 to t + 1/2, without day 0, normalised. */
void epi_natural_history_profile(struct epi_natural_history *d);

/* Next-generation matrix of a society with everybody susceptible: expected infections of band b by
 * one case of band a, k[a * EPI_MIX_BANDS + b], over the whole infectious time, for a hazard per
 * unit contact (Diekmann, Heesterbeek, Roberts 2010, J R Soc Interface 7:873). A member of the
 * household or group is counted once however often met; other contacts are met once. Chances are
 * means over symptoms and over the gamma of individual infectiousness. */
void epi_next_generation(const struct epi_society *s, const struct epi_natural_history *d,
                         double hazard, double k[EPI_MIX_BANDS * EPI_MIX_BANDS]);
/* The hazard at which the leading eigenvalue of that matrix is r0; NAN when none is. */
double epi_hazard_of(const struct epi_society *s, const struct epi_natural_history *d, double r0);

/* --- the scenario ----------------------------------------------------------------------------- */
#include "scenario/levers.h"

/* --- a run ------------------------------------------------------------------------------------ */
/* Counted per day and place; all are numbers of that day except those called `now`. */
#define EPI_TALLIES(X) \
    X(EPI_T_INFECTED, infected) \
    X(EPI_T_IMPORTED, imported) \
    X(EPI_T_ONSETS, onsets) \
    X(EPI_T_FOUND, found) \
    X(EPI_T_FOUND_COMMUNITY, found_community) \
    X(EPI_T_FOUND_TRACED, found_traced) \
    X(EPI_T_FOUND_SCREENED, found_screened) \
    X(EPI_T_SAMPLES, samples) \
    X(EPI_T_TESTED, tested) \
    X(EPI_T_FALSE_POSITIVE, false_positive) \
    X(EPI_T_LISTED_F1, listed_f1) \
    X(EPI_T_LISTED_F2, listed_f2) \
    X(EPI_T_LISTED_F3, listed_f3) \
    X(EPI_T_ISOLATED, isolated_now) \
    X(EPI_T_AT_HOME, at_home_now) \
    X(EPI_T_AT_SITE, at_site_now) \
    X(EPI_T_BEDS, beds_now) \
    X(EPI_T_ICU, icu_now) \
    X(EPI_T_NO_BED, no_bed_now) \
    X(EPI_T_DEATHS, deaths) \
    X(EPI_T_RECOVERED, recovered) \
    X(EPI_T_DOSES, doses) \
    X(EPI_T_LOCKED, locked_now) \
    X(EPI_T_LEVEL, level_now) \
    X(EPI_T_QUEUE, queue_now)
enum epi_tally {
#define X(name, word) name,
    EPI_TALLIES(X)
#undef X
        EPI_TALLY_N
};
const char *epi_tally_word(enum epi_tally t);

struct epi_infection {                         /* one infection of one person */
    uint32_t person, by;                       /* EPI_NOBODY: imported, or from water */
    int16_t day, onset, severe, critical, out; /* EPI_NO_DAY = never */
    int16_t found;                             /* day of the positive result */
    float strength;                            /* individual infectiousness, mean 1 over people */
    uint8_t variant, how, dies, asked;         /* how: enum epi_meeting */
};
struct epi_world;
/* `scenario` and `disease` are copied; the society must outlive the world. */
EPI_MUST_USE epi_status epi_world_new(const struct epi_society *s,
                                      const struct epi_natural_history *d,
                                      const struct epi_scenario *scenario, uint64_t seed,
                                      unsigned threads, struct epi_world **ret,
                                      struct epi_err *reterr);
void epi_world_free(struct epi_world *w);
/* One day further: every phase of the day once (day.c). */
void epi_world_day(struct epi_world *w);
int epi_world_days_done(const struct epi_world *w);
/* Infects a person from outside on the present day; false when that cannot be. */
bool epi_world_infect(struct epi_world *w, uint32_t person, uint32_t variant);
/* Gives doses before the run, counting from `days_ago`. */
void epi_world_vaccinated(struct epi_world *w, uint32_t person, int doses, int days_ago);
uint32_t epi_world_tally(const struct epi_world *w, int day, uint32_t place, enum epi_tally t);
uint64_t epi_world_tally_all(const struct epi_world *w, int day, enum epi_tally t);
/* Infections by day and band of age, and by day and meeting. */
uint32_t epi_world_by_age(const struct epi_world *w, int day, int band);
uint32_t epi_world_by_meeting(const struct epi_world *w, int day, enum epi_meeting m);
uint64_t epi_world_infections(const struct epi_world *w); /* so far */
/* Calls `each` for every infection, in the order of people's blocks; stops when it returns false.
 */
void epi_world_each(const struct epi_world *w,
                    bool (*each)(void *ctx, const struct epi_infection *i), void *ctx);
/* Whom this person met on a day of this run that is over or current: every contact that could have
 * infected or been infected, each with its meeting. Returns how many there are; writes up to max.
 */
size_t epi_world_met(const struct epi_world *w, uint32_t person, int day, uint32_t *ret_who,
                     uint8_t *ret_how, size_t max);
double epi_world_hazard(const struct epi_world *w); /* per unit contact, from r0 */
/* How a run goes, by day: what its numbers are keyed with, and a factor on the hazard of every
 * meeting, for what no lever knows. A run that follows the track
 * of another over the same society, disease and scenario is that run again. */
struct epi_track {
    float hazard;
    const uint64_t *seed; /* [days of the scenario] */
    const float *push;    /* the same */
};
void epi_world_follow(struct epi_world *w, const struct epi_track *t); /* before its first day */
/* A digest of the whole state: equal digests, equal runs. */
uint64_t epi_world_digest(const struct epi_world *w);
size_t epi_world_bytes(const struct epi_world *w); /* memory held beyond the society */
/* The whole state as bytes, to go on later with the same society, disease and scenario. */
void epi_world_save(const struct epi_world *w, struct epi_buf *out);
EPI_MUST_USE epi_status epi_world_restore(struct epi_world *w, epi_str bytes,
                                          struct epi_err *reterr);
/* What scenario->base names: the natural history, its circulating variant first and r0 that
 * variant's, and the society of the unit. `share` is the folder that holds data/. */
EPI_MUST_USE epi_status epi_scenario_ready(struct epi_arena *a, const struct epi_fs *fs,
                                           const char *share, const struct epi_scenario *s,
                                           uint64_t seed, struct epi_natural_history *ret_history,
                                           struct epi_society **ret, struct epi_findings *findings,
                                           struct epi_err *reterr);
/* Its two halves, for a program that has its units already. `diseases` is the folder of disease
 * files; base.pack is not looked at; the units outlive the society. */
EPI_MUST_USE epi_status epi_scenario_history(struct epi_arena *a, const struct epi_fs *fs,
                                             const char *diseases, const struct epi_scenario *s,
                                             struct epi_natural_history *ret,
                                             struct epi_findings *findings, struct epi_err *reterr);
EPI_MUST_USE epi_status epi_scenario_society(const struct epi_fs *fs, const struct epi_units *units,
                                             const struct epi_scenario *s, uint64_t seed,
                                             struct epi_society **ret,
                                             struct epi_findings *findings, struct epi_err *reterr);
#include "scenario/packs.h"
#include "scenario/start.h"
#include "scenario/runs.h"
#include "scenario/steer.h"
#include "scenario/calibrate.h"

/* The phases of a day in their order, for people who want to know. */
size_t epi_world_phases(const char *const **ret);
#endif
