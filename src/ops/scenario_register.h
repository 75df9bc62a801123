/* scenario_register.h - the register as rows of a scenario's start, while they are gathered. */
#ifndef EPI_OPS_SCENARIO_REGISTER_H
#define EPI_OPS_SCENARIO_REGISTER_H
#include "ops/figures.h"
#include "ops/scenarios.h"

struct epi__begun_row { /* one person of the register, or a case without one */
    uint64_t person;    /* 0 = not named */
    uint64_t key;       /* what draws for the row hang on */
    int32_t unit;       /* -1 = not known yet */
    epi_date birth;
    int16_t last_dose; /* number of the highest dose */
    bool contact;      /* whose quarantine is still to be worked out */
    bool gone;         /* died before, or of no interest after all */
    struct epi_start_person p;
};
struct epi__begun {
    struct epi_call *call;
    const struct epi_scenario *sc;
    const struct epi_natural_history *history;
    epi_date first; /* day 0 */
    epi_str path;   /* of the unit simulated */
    struct epi__begun_row *rows;
    size_t n, cap;
    bool *counted;           /* [unit]: its cases are those of daily counts */
    struct epi__series rule; /* its community_counts alone */
    uint64_t *beds, *sites;  /* sorted ids of hospitals and of quarantine sites */
    size_t beds_n, sites_n;
};
/* A day of the run; EPI_NO_DAY when it is unknown or not before the run. */
int16_t epi__begun_day(const struct epi__begun *b, epi_date d);
/* Cases, contacts, doses and the people behind them, as known on the day before (scenario_rows.c).
 */
epi_status epi__begun_read(struct epi__begun *b);
#endif
