/* packs_internal.h - the packs in force on the day of a run, and what was asked of them already. */
#ifndef EPI_SCENARIO_PACKS_INTERNAL_H
#define EPI_SCENARIO_PACKS_INTERNAL_H
#include "level/level.h"
#include "scenario/scenario_internal.h"

#define EPI__MEMO 128U /* a power of two */
#define EPI__TESTS 6
struct epi__duty { /* of a contact; what is not said is left to the levers */
    int days;      /* from the last exposure */
    int tests[EPI__TESTS], tests_n;
    enum epi__kept where;
    bool days_said, where_said, tests_said;
};
struct epi__memo {
    uint64_t key;
    bool used;
    int previous; /* of a level */
    int level;
    struct epi__duty duty;
};
struct epi__season {                 /* days on which one pack with the same parameters decides */
    const struct epi_policy *policy; /* NULL = none is in force */
    struct epi_pack_info info;
    struct epi_fact *facts;
    struct epi_decision *decisions;
    struct epi__memo *memo;
};
enum epi__counted { EPI__IN_COMMUNITY, EPI__IN_LOCKED, EPI__IN_SITE, EPI__IN_HOME, EPI__IN_RETURN };
#define EPI__COUNTED_N 5
struct epi__rules {
    struct epi_packs packs;
    struct epi_arena *a;
    struct epi__season level, community, cover, duty, cases;
    bool counts[EPI__COUNTED_N]; /* for the rate, by where somebody was found */
    bool adult[128], elderly[128];
    int one_after[EPI_DOSES], full_after[EPI_DOSES]; /* days after a dose; INT_MAX = never */
    uint32_t *counted; /* [day][place]: found and counted for the rate; part of the state */
    float *one, *full; /* [place], %, as counted last; part of the state */
};
void epi__rules_free(struct epi__rules *r);
/* The packs of today, and once a week the coverage. */
void epi__rules_today(struct epi_world *w);
/* The level of a place by the pack, -1 when it says nothing. */
int epi__rules_level(struct epi_world *w, uint32_t place);
/* A case found today counts or not. */
void epi__rules_found(struct epi_world *w, uint32_t person, enum epi_why why);
void epi__rules_duty(struct epi_world *w, uint32_t person, int ring, bool home_fit,
                     struct epi__duty *ret);
/* Is somebody with a positive antigen test a case without another? */
bool epi__rules_confirm(struct epi_world *w, uint32_t person, enum epi_why why);
/* Takes the pack of a kind that is in force on a day; true when it is another one than before. */
bool epi__season_of(struct epi_arena *a, const struct epi_packs *p, int kind, epi_date day,
                    struct epi__season *io);
#endif
