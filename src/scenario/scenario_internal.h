/* scenario_internal.h - how a society and a run are kept; shared by the files of this folder only.
 *
 * Arrays by person: what every contact asks for lies in a few bytes, and people are ordered by
 * place, hamlet and household, so that most of what one person touches lies near him. People are
 * kept in blocks of EPI__BLOCK, which have their own infections, and worked on in ranges of blocks,
 * which have their own lists of what lies ahead, so that a phase may run over ranges on any number
 * of threads and give the same result. */
#ifndef EPI_SCENARIO_INTERNAL_H
#define EPI_SCENARIO_INTERNAL_H
#include "scenario/scenario.h"
#include "scenario/draw.h"

#define EPI__BLOCK 4096U
#define EPI__NEAR 32 /* places in the table of where somebody meets others; a power of two */
#define EPI__NO_GROUP EPI_NOBODY

struct epi__alias { /* Walker's table: take column i, or `other` when the draw is past `keep` */
    uint32_t keep;  /* of 2^32 - 1 */
    uint16_t own, other;
};
struct epi_society {
    struct epi_place *places;
    uint32_t places_n, n, groups_n, hamlets_n;
    uint8_t *age;              /* years */
    uint8_t *home_at, *home_n; /* position in the household, its size */
    uint16_t *place;
    uint32_t *group; /* class or workplace, EPI__NO_GROUP = none */
    uint32_t *group_first,
        *member;            /* members of group g: member[group_first[g] .. group_first[g+1]) */
    uint32_t *place_first;  /* places_n + 1 */
    uint32_t *hamlet_first; /* hamlets_n + 1 */
    uint32_t *place_hamlet; /* first hamlet of a place; places_n + 1 */
    uint32_t *by_band;      /* people ordered by place and band */
    uint32_t *band_first;   /* places_n * EPI_MIX_BANDS + 1 */
    struct epi__alias (*near[EPI_OUTINGS])[EPI__NEAR]; /* by place; NULL: no such outings */
    float outing[EPI_OUTINGS];                         /* shares of the other contacts, sum 1 */
    struct epi_season seasons[EPI_SEASONS];
    size_t seasons_n;
    struct epi__alias contact[2][EPI_MIX_BANDS][EPI_MIX_BANDS]; /* other: band of the contact */
    float rate_other[2][EPI_MIX_BANDS];                         /* contacts per day */
    float rate_group[2][EPI_MIX_BANDS];                         /* of a member; 0 school, 1 work */
    uint32_t *hospital;                                         /* by place */
    uint32_t hospitals_n, *staff,
        *staff_first;            /* of hospital h: staff[staff_first[h] .. staff_first[h + 1]) */
    float admissions, stay_days; /* a person and day; mean */
    struct epi_units *units;     /* owned when the places point into it */
    uint32_t *group_kind;        /* bit per group: 1 = workplace */
};
static inline uint32_t epi__band(const struct epi_society *s, uint32_t person)
{
    uint32_t b = s->age[person] / 5U;
    return b < EPI_MIX_BANDS ? b : EPI_MIX_BANDS - 1;
}
static inline bool epi__works(const struct epi_society *s, uint32_t group)
{
    return (s->group_kind[group >> 5] >> (group & 31)) & 1;
}
static inline uint32_t epi__take(const struct epi__alias *t, uint32_t column, uint32_t u)
{
    return u <= t[column].keep ? t[column].own : t[column].other;
}
/* Room for so many people; places are copied, everything of people is yet to be written. */
struct epi_society *epi__society_room(const struct epi_place *places, size_t n, uint32_t people);
void epi__society_owns(struct epi_society *s, struct epi_units *units);
void epi__alias_make(struct epi__alias *t, size_t n, const double *weights, const uint16_t *names);
void epi__society_groups(struct epi_society *s, const struct epi_society_options *o, uint64_t seed);
void epi__society_hospitals(struct epi_society *s, const struct epi_society_options *o);
void epi__society_mix(struct epi_society *s, const struct epi_mixing *m,
                      const struct epi_society_options *o);
/* Contacts per day of one who goes to the group: capped by its size. */
static inline float epi__group_rate(const struct epi_society *s, uint32_t group, uint32_t person)
{
    uint32_t n = s->group_first[group + 1] - s->group_first[group];
    float r = s->rate_group[epi__works(s, group)][epi__band(s, person)];
    return n <= 1 ? 0 : r < (float)(n - 1) ? r : (float)(n - 1);
}
uint32_t epi__holding(const uint32_t *first, uint32_t n,
                      uint32_t person); /* last i, first[i] <= person */

/* --- a run --- */
#define EPI__WHERE 0x03 /* bits of epi__person.kept: enum epi__kept, and these */
#define EPI__COMPLIES 0x80
#define EPI__WATCHED 0x40 /* in bed for something else, and listed as a contact */
enum epi__kept {          /* where somebody stays away from others */
                 EPI__FREE,
                 EPI__AT_HOME,
                 EPI__AT_SITE,
                 EPI__IN_BED,
};
struct epi__attempt { /* an infection that may happen on a day */
    uint32_t target, by, luck;
    union {
        float hazard;
        float share; /* while contacts are asked again: of those that took place */
    };
    unsigned by_place : 16, how : 3, variant : 2, layer : 5, slot : 6; /* slot: day % EPI__RING */
#define EPI__LAYER_TODAY 30 /* not drawn ahead: what today is like is in the hazard already */
#define EPI__LAYER_WARD 31  /* the same of a ward; `how` has no bits for it and says a site */
};
struct epi__todo { /* something due on a day */
    uint32_t person, other;
    uint8_t what, ring;
    int16_t met; /* day of the exposure, of one who is to be listed */
};
#define EPI__LIST(type) \
    struct { \
        type *v; \
        uint32_t n, cap; \
    }
typedef EPI__LIST(struct epi__attempt) epi__attempts;
typedef EPI__LIST(struct epi__todo) epi__todos;
typedef EPI__LIST(uint32_t) epi__u32s;
struct epi__stay { /* somebody in a quarantine site or ward, on the days [from, to) */
    uint32_t person;
    int16_t from, to; /* EPI_NO_DAY while it lasts */
};
struct epi__stays { /* of one site or ward: all there ever were, by `from`, for tracing asks of days
                     * gone by
                     */
    EPI__LIST(struct epi__stay) of;
    uint32_t first;  /* those before it are over */
    uint32_t now;    /* there today, or from tomorrow on */
    int32_t longest; /* days, of those that are over */
};
struct epi__company { /* people who stay together on a day: each meets the others at random */
    uint32_t *who, n;
    uint32_t staff; /* those from here on only come when nothing keeps them */
    float contacts; /* a day */
    float passes;   /* share of infections that nothing prevents */
    enum epi_meeting how;
};
struct epi__block {
    EPI__LIST(struct epi_infection) infections;
    uint32_t active; /* infected and not yet out */
    uint32_t fresh;  /* first infection that is not yet counted */
};
/* Grows a list for one more; `l` is any EPI__LIST. */
#define EPI__PUSH(l, ...) \
    do { \
        if ((l)->n == (l)->cap) { \
            (l)->cap = (l)->cap ? (l)->cap * 2 : 16; \
            (l)->v = epi_xrealloc((l)->v, (size_t)(l)->cap * sizeof *(l)->v); \
        } \
        (l)->v[(l)->n++] = __VA_ARGS__; \
    } while (0)
enum epi__due {
    EPI__DUE_SEEK,   /* goes for a test because of symptoms */
    EPI__DUE_SAMPLE, /* is sampled as a contact */
    EPI__DUE_RESULT, /* a positive result arrives */
    EPI__DUE_LIST,   /* is ordered to stay as a contact of `other` */
    EPI__DUE_ZONE,   /* hamlet `person` is locked */
};
enum { /* epi_infection.asked */
       EPI__ASKS = 1,
       EPI__ASKS_NOT, /* unless he becomes severely ill */
};
struct epi__sample { /* waits in the laboratory */
    uint32_t person;
    uint16_t day; /* taken */
    uint8_t why, positive;
};
#define EPI__RING 64 /* days ahead that something may be due */
struct epi__ask {    /* will go for a test in so many days */
    uint32_t person;
    int wait;
};
/* A range of blocks: what one thread does at a time. */
struct epi__range {
    epi__attempts *due;        /* by people of this range: [day % EPI__RING][range of the target] */
    epi__u32s wake[EPI__RING]; /* people whose infection goes further on that day */
    epi__attempts fresh, mine; /* drawn and not yet sent; today's on people of this range */
    uint32_t *at;              /* by block: where its attempts begin and end in `mine` */
    EPI__LIST(struct epi__ask) asks;                 /* of today */
    epi__u32s severe;                                /* of today */
    uint32_t age[EPI_MIX_BANDS], how[EPI_MEETING_N]; /* of today */
};
struct epi__person {            /* what a contact asks of a person lies in one place */
    uint32_t last;              /* index + 1 of the latest infection in its block, 0 = never */
    int16_t kept_from, kept_to; /* [from, to) */
    int16_t dose_day;           /* of the latest, may be before the run */
    uint8_t kept;               /* enum epi__kept, EPI__COMPLIES, EPI__WATCHED */
    uint8_t doses, flags, decade;
    uint16_t place;
};
struct epi__gathering {
    uint32_t *who, n;
    int from, to;
    uint8_t how;
    float contacts;
};
struct epi_world {
    const struct epi_society *s;
    struct epi_natural_history d;
    struct epi_scenario sc;
    uint64_t seed;
    unsigned threads;
    int day;           /* being worked on, or the next one */
    uint64_t *seed_on; /* by day, of what is drawn for it: `seed`, or its track's */
    float *push_on;    /* by day: a factor on the hazard of every meeting, at most 30; mostly 1 */
    struct epi__rules *rules; /* of the policy packs, NULL = by levers alone (packs.c) */
    bool begun;               /* with what a register knew (start.c) */
    float hazard;             /* per unit contact */
    float top_susceptibility;
    float sus_age[EPI_AGES_10];
    float profile[EPI_PROFILE_DAYS], profile_sum, setting[EPI_RULED_N];
    struct epi__alias profile_day[EPI_PROFILE_DAYS]; /* a day after infection, by the profile */
    epi_date first;                                  /* date of day 0, or unknown */
    float most_other;     /* the busiest season has so many times the other contacts; at least 1 */
    bool immune_for_good; /* who was infected is never infected again */
    struct epi__person *p;
    struct epi__block *blocks;
    struct epi__range *ranges;
    uint32_t blocks_n, ranges_n, range_shift; /* 2^shift blocks a range */
    bool anybody_kept;                        /* some order has kept somebody from others */
    /* by place */
    float (*factor)[EPI_RULED_N]; /* contacts that remain today, by setting */
    uint8_t *factor_past;         /* [day][place][setting], in 1/255 of epi__most */
    uint8_t *level;
    int16_t *level_since; /* day on which the rate last asked for this level */
    float *weekly;        /* found per 100,000 in the 7 days before */
    float *water;
    uint32_t *before;        /* [place][days ago - 1][EPI__BEFORE_N]: found before the run */
    struct epi__stays *site; /* the quarantine site of the place */
    struct epi__stays *ward; /* [hospital][EPI__WARDS] */
    uint32_t *next_dose;     /* position in the order of vaccination */
    uint32_t *locked_n;      /* hamlets locked in the place */
    /* by hamlet */
    uint16_t *locked_to;    /* locked until this day; 0 = not */
    uint16_t *hamlet_found; /* ring of EPI__ZONE_DAYS days, by hamlet */
    /* response */
    epi__todos due[EPI__RING];
    EPI__LIST(struct epi__sample) lab;
    uint32_t lab_at; /* first that still waits */
    uint64_t site_used, doses_used;
    epi__u32s sick_none; /* everybody severely ill, in the order of falling so; served first come */
    uint64_t *kept;      /* bit per person: an order keeps him from others, or did lately */
    struct epi_listener listener;
    EPI__LIST(struct epi__gathering) gatherings;
    uint32_t *tally;     /* [day][place][EPI_TALLY_N] */
    uint32_t *age_tally; /* [day][EPI_MIX_BANDS] */
    uint32_t *how_tally; /* [day][EPI_MEETING_N] */
};
enum { EPI__WARD_CASES, EPI__WARD_OTHERS, EPI__WARDS };
#define EPI__ZONE_DAYS 32
#define EPI__BEFORE 28 /* days before the run whose found cases are known */
enum { EPI__BEFORE_FOUND, EPI__BEFORE_COMMUNITY, EPI__BEFORE_N };
enum { /* flags */
       EPI__DEAD = 1,
       EPI__ACTIVE = 2,   /* infected and not yet out */
       EPI__IMMUNE = 4,   /* immune from before the run */
       EPI__POSITIVE = 8, /* found in the present infection */
       EPI__REFUSES = 16, /* vaccination */
       EPI__ENDS = 32,    /* the infection ends before the day drawn */
};

typedef void epi__each_fn(struct epi_world *w, uint32_t index);
void epi__each(struct epi_world *w, uint32_t n, epi__each_fn *fn);
static inline struct epi__block *epi__block_of(const struct epi_world *w, uint32_t person)
{
    return &w->blocks[person / EPI__BLOCK];
}
static inline uint32_t epi__range_of(const struct epi_world *w, uint32_t person)
{
    return person / EPI__BLOCK >> w->range_shift;
}
static inline struct epi_infection *epi__latest(const struct epi_world *w, uint32_t person)
{
    uint32_t i = w->p[person].last;
    return i ? &epi__block_of(w, person)->infections.v[i - 1] : NULL;
}
static inline uint32_t *epi__tally(struct epi_world *w, uint32_t place, enum epi_tally t)
{
    return &w->tally[((size_t)w->day * w->s->places_n + place) * EPI_TALLY_N + t];
}
/* One more, from any thread: a place may lie in two ranges. */
static inline void epi__count(struct epi_world *w, uint32_t place, enum epi_tally t)
{
    __atomic_fetch_add(epi__tally(w, place, t), 1, __ATOMIC_RELAXED);
}
/* Cases found in a place on a day before the run, not more than EPI__BEFORE days. */
static inline uint32_t *epi__before(const struct epi_world *w, uint32_t place, int day)
{
    return &w->before[((size_t)place * EPI__BEFORE + (size_t)(-1 - day)) * EPI__BEFORE_N];
}
static inline enum epi__kept epi__kept_on(const struct epi_world *w, uint32_t person, int day)
{
    const struct epi__person *p = &w->p[person];
    return p->kept && p->kept_from <= day && day < p->kept_to ? p->kept & EPI__WHERE : EPI__FREE;
}
/* What remains of a setting's contacts is at most this. */
static inline float epi__most(const struct epi_world *w, enum epi_meeting how)
{
    return epi_meeting_elsewhere(how) ? w->most_other : 1;
}
static inline enum epi_meeting epi__meeting_of(const struct epi__attempt *a)
{
    return a->layer == EPI__LAYER_WARD ? EPI_MEET_HOSPITAL : (enum epi_meeting)a->how;
}
/* Whether an attempt was drawn for the day itself. */
static inline bool epi__of_today(uint32_t layer)
{
    return layer >= EPI__LAYER_TODAY;
}
static inline uint64_t epi__seed_on(const struct epi_world *w, int day)
{
    return w->seed_on[day < 0 ? 0 : day];
}
static inline struct epi__draw epi__draw_of(const struct epi_world *w, uint32_t person,
                                            enum epi__purpose purpose)
{
    return epi__draw(epi__seed_on(w, w->day), person, (uint32_t)w->day, purpose);
}
static inline float epi__push_on(const struct epi_world *w, int day)
{
    return w->push_on[day < 0 ? 0 : day];
}
/* The season of today, or NULL; those who come home today for a season to come, per 100,000. */
const struct epi_season *epi__season(const struct epi_world *w);
double epi__homecoming(const struct epi_world *w);
bool epi__when(const struct epi_world *w, const struct epi_when *when, uint32_t place);
void epi__due_on(struct epi_world *w, int day, struct epi__todo t);
/* Levels and contacts that remain on the day before the run, from what was found before it. */
void epi__rules_before(struct epi_world *w);
int epi__seek_wait(const struct epi_world *w, struct epi__draw *d); /* days from onset to a test */
int epi__delay_days(struct epi__draw *d, const struct epi_delay *delay);
int epi__infectious_days(const struct epi_natural_history *d); /* after infection, at most */
/* susceptibility of a person to a variant today: 0 when he cannot be infected */
float epi__susceptible(const struct epi_world *w, uint32_t person, uint32_t variant);
void epi__infect(struct epi_world *w, uint32_t person, uint32_t by, uint32_t variant,
                 enum epi_meeting how); /* a new infection, within its block */
/* How a contact of the person outside or at home is thinned by where he stays on `day`. */
struct epi__leak {
    float home, out;
};
struct epi__leak epi__leak(const struct epi_world *w, uint32_t person, int day);
/* Every attempt of an infection on the days [from, to), appended; those of EPI_MEET_OTHER name a
 * position in by_band until epi__look_up, which also drops who met himself. */
void epi__attempts_of(const struct epi_world *w, const struct epi_infection *i, int from, int to,
                      epi__attempts *ret);
void epi__look_up(const struct epi_world *w, epi__attempts *l);
/* The same of the people with whom he stays on `day`. */
void epi__attempts_among(const struct epi_world *w, const struct epi_infection *i, int day,
                         const struct epi__company *c, epi__attempts *to);
bool epi__succeeds(const struct epi_world *w, const struct epi__attempt *a);
void epi__attempt_due(struct epi_world *w, const struct epi__attempt *a);
void epi__send(struct epi_world *w, uint32_t range); /* puts `fresh` where its days find it */
/* Draws all anew that lies ahead of those who are infected: after seeds or factors of days ahead,
 * or the days of infections, were set from outside. */
void epi__replan(struct epi_world *w);
void epi__wake_on(struct epi_world *w, uint32_t person, int day);
/* When something happens to an infected person next, from a day on. */
void epi__wake_from(struct epi_world *w, const struct epi_infection *i, int from);
void epi__keep(struct epi_world *w, uint32_t person, enum epi__kept how, int days,
               double compliance);
/* From tomorrow on a person is kept as `how` (stay.c). */
void epi__stay_begins(struct epi_world *w, uint32_t person, enum epi__kept how);
/* Ends the stays of those who are no longer kept there tomorrow, and counts the others. */
void epi__leave(struct epi_world *w);
/* Who is in the site of a place, or in a ward and works there, on a day that is over or current.
 * The caller frees ret->who. */
void epi__company_in_ward(const struct epi_world *w, uint32_t hospital, int ward, int day,
                          struct epi__company *ret);
void epi__company_at_site(const struct epi_world *w, uint32_t place, int day,
                          struct epi__company *ret);
/* Whether the one at a position of it comes that day. */
bool epi__is_there(const struct epi_world *w, const struct epi__company *c, uint32_t at, int day);
/* With whom a person stays on such a day; false, and nothing to free, when with nobody. */
bool epi__company_of(const struct epi_world *w, uint32_t person, int day, struct epi__company *ret);
bool epi__hamlet_locked(const struct epi_world *w, uint32_t person, int day);
/* What an infection adds to the hazard of a contact of weight 1 on a day. */
float epi__hazard_of(const struct epi_world *w, const struct epi_infection *i, int day);
/* Share of contacts outside home that the rules of the place and hamlet of `person` leave. */
float epi__left_by_rules(const struct epi_world *w, uint32_t person, enum epi_meeting how, int day);
size_t epi__gathered(const struct epi_world *w, uint32_t person, int day, uint32_t *ret_who,
                     uint8_t *ret_how, size_t max);
void epi__gatherings_free(struct epi_world *w);
void epi__sample_take(struct epi_world *w, uint32_t person, enum epi_why why);
void epi__listed(struct epi_world *w, const struct epi__todo *todo);
void epi__trace_from(struct epi_world *w, uint32_t index);
double epi__named(const struct epi_lever_trace *t, uint8_t how); /* share of contacts named */
/* First day of which somebody found on a day is asked whom he met. */
int epi__asked_from(const struct epi_world *w, const struct epi_infection *i, int found);

/* The member `calibrate` of a scenario, read with findings, written with its key. */
void epi__calibrate_read(const epi_json *j, struct epi_calibrate *ret, struct epi_findings *f);
/* Windows of the walk after the first. */
static inline size_t epi__walk_windows(const struct epi_scenario *s)
{
    int every = s->calibrate.walk_every;
    return every > 0 ? (size_t)((s->days - 1) / every) : 0;
}
void epi__calibrate_json(struct epi_jw *w, const struct epi_calibrate *c);
/* As epi_world_new for a hazard that is known. */
EPI_MUST_USE epi_status epi__world_at(const struct epi_society *s,
                                      const struct epi_natural_history *d,
                                      const struct epi_scenario *scenario, double hazard,
                                      uint64_t seed, unsigned threads, struct epi_world **ret,
                                      struct epi_err *reterr);

/* The phases of a day, in the order of day.c. */
void epi__phase_rules(struct epi_world *w);
void epi__phase_arrive(struct epi_world *w);
void epi__phase_vaccinate(struct epi_world *w);
void epi__phase_spread(struct epi_world *w);
void epi__phase_gather(struct epi_world *w);
void epi__phase_infect(struct epi_world *w);
void epi__phase_course(struct epi_world *w);
void epi__phase_seek(struct epi_world *w);
void epi__phase_screen(struct epi_world *w);
void epi__phase_lab(struct epi_world *w);
void epi__phase_isolate(struct epi_world *w);
void epi__phase_care(struct epi_world *w);
void epi__phase_count(struct epi_world *w);
#endif
