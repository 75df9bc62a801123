/* start_internal.h - the parts of a start from the register: matching, the curve, the past. */
#ifndef EPI_SCENARIO_START_INTERNAL_H
#define EPI_SCENARIO_START_INTERNAL_H
#include "scenario/scenario_internal.h"

#define EPI__PAST 60 /* days before the run on which infections nobody found are drawn */

/* Who stands for each person of the start, EPI_NOBODY = nobody (start_match.c). Freed by the
 * caller. */
uint32_t *epi__start_match(const struct epi_world *w, const struct epi_start *s);

struct epi__curve {            /* by days before the run: [0] = the day before (start_curve.c) */
    double found[EPI__PAST];   /* infected then, and found or put in quarantine before the run */
    double missing[EPI__PAST]; /* infected then, at large and still to be found */
    double never[EPI__PAST];   /* infected then whom nobody will find */
};
/* Days on which those of the register were infected: the found, and of those in quarantine as many
 * as are still to be found; EPI_NO_DAY for others (start_infected.c). */
void epi__start_infected_on(const struct epi_start *s, const struct epi_natural_history *d,
                            uint64_t seed, int16_t *ret);
/* Shares found within 0 .. most days of an event, of those whom the register found, from
 * n[delay][days of the event before the run]: by the reverse-time hazard, so that delays cut off by
 * the day before the run count as what they are. */
void epi__start_shares(int most, double (*n)[EPI__PAST], double *ret);
/* Growth per day by days before the run, from infection days: as many times more were infected a
 * day earlier as exp(growth). */
void epi__start_growth(const struct epi_start *s, const int16_t *infected, double *ret);
/* From infection days, of those for whom somebody stands; `who` NULL = for all. */
void epi__start_curve(const struct epi_start *s, const int16_t *infected, const uint32_t *who,
                      double hidden, struct epi__curve *ret);

struct epi__late { /* not found, and going for a test on a day, before the run when it awaits the
                      result */
    uint32_t person;
    int day;
};
struct epi__past { /* while the days before the run are gone through */
    struct epi_world *w;
    const struct epi_start *start;
    const uint32_t *who;     /* by person of the start, EPI_NOBODY = nobody stands for him */
    const int16_t *infected; /* by person of the start */
    uint8_t *spoken_for;     /* bit per person: the register says whether he was infected */
    epi__u32s sources;       /* people infected so far, who may have infected others */
    EPI__LIST(struct epi__late) late; /* those still to be found */
    struct epi_start_taken *taken;
};
static inline bool epi__spoken_for(const struct epi__past *p, uint32_t person)
{
    return p->spoken_for[person >> 3] >> (person & 7) & 1;
}
/* Moves the onset of an infection just drawn, and with it what follows from it. */
void epi__start_onset(struct epi_infection *i, int onset);
/* Whether contacts of the place were traced before the run as the lever says: it works on its first
 * day. */
bool epi__start_traced(const struct epi_world *w, uint32_t person);
/* An infection just drawn is over since `day`. */
void epi__start_end(struct epi_world *w, struct epi_infection *i, int day);
/* start_hidden.c: the infections nobody found, of the present day; of the time before the curve, as
 * many as go with one case; and what those still to be found do once the run begins. */
void epi__start_hidden_on(struct epi__past *p, const struct epi__curve *c);
void epi__start_hidden_beside(struct epi__past *p, uint32_t k);
void epi__start_hidden_seek(struct epi__past *p);
/* An infection of the present day of one in quarantine, who is still to be found. */
void epi__start_hidden_kept(struct epi__past *p, uint32_t k);
uint64_t epi__start_digest(const struct epi_start *s); /* start_file.c */
#endif
