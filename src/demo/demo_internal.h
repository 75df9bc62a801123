/* demo_internal.h - the world between the society and its records; shared by the files of this
 * folder.
 *
 * Who lives where, how old, in which household, class and workplace is the society of scenario/;
 * everything else about a person is drawn again from the person's own streams whenever it is
 * needed. */
#ifndef EPI_DEMO_INTERNAL_H
#define EPI_DEMO_INTERNAL_H
#include "demo/demo.h"
#include "scenario/scenario.h"

#define EPI__NONE UINT32_MAX
#define EPI__LIST_MAX 64

struct epi__choice { /* a text with a weight; `value` is the list's own: a gap in days, a level */
    epi_str text;
    double weight;
    int64_t value;
};
struct epi__list {
    struct epi__choice c[EPI__LIST_MAX];
    double cumulative[EPI__LIST_MAX];
    size_t n;
};
struct epi__group { /* the parts from which names of one group are put together */
    epi_str name;
    struct epi__list family, middle[2], given[2]; /* [0] male, [1] female */
};
#define EPI__GROUPS 8
struct epi__mix { /* weights of the groups below a path; the longest path that fits counts */
    epi_str path;
    double weight[EPI__GROUPS];
};
struct epi__settings {
    epi_str disease, case_prefix, phone_prefix, document_prefix;
    epi_date day;
    epi_str outbreak_unit, index_code, event, cluster;
    uint32_t outbreak_cases, attendees;
    double class_contacts; /* one day of the class, as contacts at work */
    double imported;       /* share of the series that came from outside */
    struct epi__group group[EPI__GROUPS];
    size_t n_groups;
    struct epi__mix mix[32];
    size_t n_mix;
    struct epi__list origins, transport, vaccines, occupations;
    struct epi__list older; /* from age `value` the rank in the course is multiplied by `weight` */
    double returnee_share;
    int32_t returnee_days;
    int adult_from, teen_from;
    epi_date teen_start;
    double teen_reach, reach_low, reach_high;
    const epi_json *places, *hamlet, *occupation;
    epi_str readiness;
};
EPI_MUST_USE epi_status epi__settings_read(const struct epi_demo_options *o, struct epi_arena *a,
                                           struct epi__settings *s, struct epi_err *reterr);
size_t epi__pick(struct epi_rng *r, const struct epi__list *l);

/* --- layout
 * --------------------------------------------------------------------------------------- */

struct epi__commune {
    int32_t unit, district, province;
    int64_t census;
    uint32_t people, first_person;
    uint32_t first_place, restaurants; /* places: see epi__place_kind */
    double reach;                      /* factor on the national course of vaccination */
};
struct epi__place {
    int32_t unit;
    const char *type; /* a word of place_type */
    uint32_t number, parent;
    int64_t capacity;
};
enum epi__place_kind { /* in this order from a commune's first place; then restaurants */
                       EPI__STATION,
                       EPI__MARKET,
                       EPI__HOTEL,
                       EPI__FIXED_PLACES
};

/* --- the run --- */
#define EPI__RUN 84       /* days before the day on which the run begins; nobody is born in it */
#define EPI__RECENT 28    /* days for which negative samples, contacts and visits are told */
#define EPI__CLASS_DAYS 3 /* the class met on the 6th, 5th and 4th day before the last */
#define EPI__CLASS_LAST 4
#define EPI__INDEX_AGO 3 /* days before the last on which the known case was reported */

struct epi__arrival { /* days here and below are those of the run, the last is EPI__RUN */
    uint32_t person;
    int16_t day;
    bool infected;
};
struct epi__test {
    uint32_t person;
    int16_t taken, resulted, kept_from; /* kept_from: of who stayed apart, else resulted */
    bool positive, antigen;
    const char *detection; /* how a positive one counts as found */
};
struct epi__named {
    uint32_t index, person;
    int16_t met, ordered;
    uint8_t how; /* enum epi_meeting */
};
struct epi__case {
    uint32_t person, by; /* by: who infected the person in truth */
    uint32_t source;     /* index of another case, as far as known, or EPI__NONE */
    int found;           /* day of the run */
    epi_date onset, sampled, resulted, reported, isolated, ended;
    const char *detection, *severity, *outcome;
    bool in_cluster, antigen;
};
struct epi__world {
    const struct epi_demo_options *o;
    struct epi__settings *s;
    struct epi_arena *a;
    epi_date day;
    int32_t province; /* unit */
    int32_t city;     /* unit of the outbreak */
    struct epi__commune *communes;
    size_t n_communes;
    struct epi_society *society; /* its places are the communes */
    uint32_t n_people;
    struct epi__place *places;
    uint32_t n_places, event;
    uint32_t *group_place; /* by class or workplace */
    uint32_t *hospital;    /* by commune: the place where its cases are treated */
    uint32_t *quarantine;
    /* the run and what it told */
    struct epi_natural_history history;
    struct epi_scenario response;
    struct epi_world *run;
    struct epi__arrival *arrivals, *arrived; /* by day; by person */
    uint32_t n_arrivals;
    struct epi__test *tests; /* in the order of their turn */
    uint32_t n_tests, cap_tests;
    struct epi__named *named; /* by index, person and day once the run is over */
    uint32_t n_named, cap_named;
    struct epi__case *cases; /* in the order of their finding */
    uint32_t n_cases, index_case;
    uint32_t *attendees; /* the first is the known case */
    uint32_t n_attendees;
    int32_t dose_from; /* first day of vaccination */
    int32_t *
        dose_day; /* day on which the national course reached k/1000 of adults; INT32_MAX not yet */
    uint32_t *case_of; /* open hash: case by person */
    uint32_t case_mask;
};
static inline struct epi_rng epi__rng(const struct epi__world *w, const char *purpose, uint64_t a,
                                      uint64_t b)
{
    return epi_rng_stream(w->o->seed, purpose, a, b);
}
static inline epi_date epi__date(const struct epi__world *w, int day) /* of the run */
{
    return (epi_date){w->day.d - EPI__RUN + day};
}
static inline int epi__age(const struct epi__world *w, uint32_t person)
{
    return epi_society_age(w->society, person);
}
static inline size_t epi__commune_of(const struct epi__world *w, uint32_t person)
{
    return epi_society_place_of(w->society, person);
}
static inline bool epi__one_home(const struct epi__world *w, uint32_t a, uint32_t b)
{
    uint32_t first, n;
    epi_society_home(w->society, a, &first, &n);
    return b >= first && b < first + n;
}
int32_t epi__birth(const struct epi__world *w, uint32_t person); /* days since 1970-01-01 */
int epi__female(const struct epi__world *w, uint32_t person);    /* 1 female, 0 male */
EPI_MUST_USE epi_status epi__world_areas(struct epi__world *w, struct epi_err *reterr);
EPI_MUST_USE epi_status epi__world_people(struct epi__world *w, struct epi_err *reterr);
void epi__world_places(struct epi__world *w);
/* Whole numbers proportional to the weights that add up to `total` (largest remainders). */
void epi__apportion(struct epi_arena *a, uint64_t total, const double *weights, size_t n,
                    uint32_t *ret);

EPI_MUST_USE epi_status epi__courses_read(struct epi__world *w, struct epi_err *reterr);
struct epi__doses {
    int n; /* 0..2 */
    epi_date given[2];
    size_t vaccine;
};
struct epi__doses epi__doses_of(const struct epi__world *w, uint32_t person);
const char *epi__immunity_of(const struct epi__world *w, uint32_t person, epi_date on);

EPI_MUST_USE epi_status epi__arrivals_plan(struct epi__world *w, struct epi_err *reterr);
EPI_MUST_USE epi_status epi__run(struct epi__world *w, struct epi_err *reterr);
void epi__cases(struct epi__world *w);
uint32_t epi__case_by_person(const struct epi__world *w,
                             uint32_t person); /* EPI__NONE when not a case */
const struct epi__case *epi__death_of(const struct epi__world *w, uint32_t person); /* or NULL */
size_t epi__named_by(const struct epi__world *w, uint32_t index); /* first of those named */
bool epi__attends(const struct epi__world *w, uint32_t person);
/* Somebody of [first, end) within the ages, or EPI__NONE after a number of tries. */
uint32_t epi__somebody(const struct epi__world *w, struct epi_rng *r, uint32_t first, uint32_t end,
                       int age_from, int age_to);

/* --- records
 * --------------------------------------------------------------------------------------- */

struct epi__out {
    const struct epi__world *w;
    epi_demo_sink *sink;
    void *ctx;
    struct epi_demo_summary *sum;
    struct epi_err *reterr;
    struct epi_record *rec[EPI_KINDS];
    epi_status status; /* sticky: after a failure records are dropped */
    char text[4096];   /* the texts of the record at hand */
    size_t used, start;
};
epi_id epi__id(const struct epi__world *w, uint16_t kind, uint64_t number);
struct epi_value *epi__begin(struct epi__out *out, uint16_t kind, int32_t unit);
void epi__end(struct epi__out *out, uint16_t kind);
void epi__put(struct epi__out *out, epi_str s);
void epi__put_number(struct epi__out *out, uint64_t v, size_t width);
/* Fills {1} and {2}; the number is not written when it is 0. */
void epi__put_form(struct epi__out *out, epi_str form, epi_str name, uint64_t number);
struct epi_value epi__text(struct epi__out *out); /* what was put since the last call */
static inline struct epi_value epi__word(const char *word)
{
    return epi_v_text(epi_str_of(word));
}
static inline struct epi_value epi__ref(const struct epi__world *w, uint16_t kind, uint32_t number)
{
    return number == EPI__NONE ? EPI_NULLV : epi_v_ref(epi__id(w, kind, number));
}
static inline const struct epi_unit *epi__unit(const struct epi__world *w, int32_t unit)
{
    return epi_units_at(w->o->units, unit);
}
void epi__put_places(struct epi__out *out);
void epi__put_people(struct epi__out *out);
void epi__put_cases(struct epi__out *out);
void epi__put_contacts(struct epi__out *out);
void epi__put_visits(struct epi__out *out);
void epi__put_samples(struct epi__out *out);
void epi__put_arrivals(struct epi__out *out);
void epi__put_readiness(struct epi__out *out);
#endif
