/* start.h - a run that begins from what a register knew on the day before: who is infected,
 * isolated, vaccinated, immune, and what was found lately.
 *
 * Part of scenario.h. People of the register are matched to people of the society by place, age and
 * household; nobody of the register is in the society twice. Days are days of the run: the day
 * before it is -1; EPI_NO_DAY = not known, or never.
 *
 * The levers are taken to have held before the run: hamlets that `zone` would have locked by then
 * are locked.
 *
 * The found were infected an incubation time before their onset. A time of u days is drawn with the
 * weight exp(-growth u) besides its own: where cases grow, those who fall ill on a day were
 * infected later than is usual (Britton and Scalia Tomba 2019, J R Soc Interface 16:20180670).
 * Those found by a test before any onset were infected so long before that they could be positive
 * and need not have fallen ill, and as contacts not after their last exposure. Contacts in
 * quarantine are infected as often as others listed in the last week were, less those whose time to
 * be found has gone by.
 *
 * Infections nobody has seen are added from the curve of those that were: seen is found or ordered
 * to stay apart, whichever came first, so that who is in quarantine counts once. With n(t) seen of
 * those infected on day t and F(u) the share seen within u days (delays cut off by the day before
 * the run are corrected by the reverse-time hazard, Lawless 1994, Can J Stat 22:15), the curve of
 * the last three weeks of which something is known is fitted by n(t) ~ Poisson(F(-1 - t) exp(a +
 * b t)); of day t, m(t) = exp(a + b t) (1 - F(-1 - t)) are still to be found and hidden (n(t) +
 * m(t)) never will be. They are contacts of the infected of that time, chosen by infectiousness,
 * setting and susceptibility, and by whether tracing would have named them. Where the run traces
 * contacts, as many of m(t) ask for a test as were found in the community lately; the others are
 * left to tracing. Contacts of those found so lately that their orders fall into the run are named
 * in it. */
#ifndef EPI_SCENARIO_START_H
#define EPI_SCENARIO_START_H
#include "base/base.h"

#define EPI_START_REGISTER "register" /* the word of the lever start.from */
enum epi_start_state { EPI_START_WELL, EPI_START_INFECTED, EPI_START_RECOVERED, EPI_START_DIED };
enum epi_start_severity { EPI_START_MILD, EPI_START_SEVERE, EPI_START_CRITICAL };
enum epi_start_where { /* kept away from others */
                       EPI_START_BY_LEVER,
                       EPI_START_HOME,
                       EPI_START_SITE,
                       EPI_START_BED,
};
struct epi_start_person {
    uint32_t place;     /* of the society */
    uint32_t household; /* people of one place with one number live together; 0 = not known */
    int16_t age;        /* years, -1 = not known */
    int16_t onset, found, over; /* of the latest infection; found: reported */
    int16_t kept_from, kept_to; /* isolated or in quarantine, [from, to) */
    int16_t listed, exposed; /* first ordered to stay apart as a contact, before he was found; last
                                exposure known; EPI_NO_DAY = no contact */
    int16_t dose_day;        /* of the latest dose */
    uint8_t doses, state, severity, where; /* the enums above */
    uint8_t community;                     /* found in the community */
    uint8_t spare;
};
struct epi_start_place {
    int16_t level_since; /* day on which the level was decided */
    uint8_t level;       /* in force on the day before the run, 0 = not known */
    uint8_t spare;
};
struct epi_start {
    epi_date as_of; /* the day before day 0 */
    struct epi_start_person *people;
    size_t n;
    struct epi_start_place *places; /* by place of the society; NULL = no level is known */
    uint32_t places_n;
    uint32_t nowhere; /* cases of the register that lie in no place of the society */
};
struct epi_start_counts { /* persons */
    uint32_t infected, severe, recovered, died, isolated, quarantined, vaccinated, doses;
    uint32_t found_week; /* found in the 7 days before the run */
};
void epi_start_count(const struct epi_start *s, struct epi_start_counts *ret);
struct epi_world;
struct epi_natural_history;
/* Days after onset, or after being found without one, from which a mild course is over. */
int epi_start_ill_days(const struct epi_natural_history *d);
struct epi_start_taken {
    struct epi_start_counts of; /* those of the register who are in the society now */
    uint32_t hidden;            /* infected on day 0 and not found */
    uint32_t hidden_recovered;  /* infected before, never found, and over it */
    uint32_t unplaced;          /* nobody left in the place to stand for them */
};
/* Puts the register into a new world, before its first day. With a thinned population a share of
 * the households is taken. What the scenario says of infected and doses at the start is then not
 * done. `ret` may be NULL. */
void epi_world_begin(struct epi_world *w, const struct epi_start *s, struct epi_start_taken *ret);
/* Infected on day 0 and not found, as expected. */
double epi_start_hidden(const struct epi_start *s, const struct epi_natural_history *d,
                        double hidden, uint64_t seed);
/* The bytes of a start, so that a run can go on after the register has changed; *ret and what it
 * holds live in `a`. */
void epi_start_save(const struct epi_start *s, struct epi_buf *out);
EPI_MUST_USE epi_status epi_start_restore(struct epi_arena *a, epi_str bytes,
                                          struct epi_start **ret, struct epi_err *reterr);
#endif
