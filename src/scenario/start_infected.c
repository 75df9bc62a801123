// SPDX-License-Identifier: AGPL-3.0-or-later
/* When those whom the register knows were infected: the found, and those of the contacts in
 * quarantine who are still to be found. */
#include "scenario/start_internal.h"
#include "stats/stats.h"

#define AGES (EPI_PROFILE_DAYS / 2)
#define RESULT 1        /* days from a sample to its result, of those found by a test */
#define LISTED_MAX 28   /* days from an order to being found; longer ones count as this */
#define LISTED_LATELY 7 /* quarantines younger than this are not over: who is listed is known */

struct ages {
    double incubation[AGES + 1]; /* chances of an incubation time of 1 .. AGES days */
    double tested[AGES + 1];     /* weight of a positive result before onset, so long after
                                    infection, when people are tested at any time */
    double met[AGES + 1];        /* weight of an infection so long before the last known exposure */
    double growth[EPI__PAST];    /* by days before the run */
};
/* Rounded as those of a run. */
static void incubations(const struct epi_natural_history *d, double *ret)
{
    const struct epi_delay *i = &d->incubation;
    double v = i->sd > 0 ? log1p(i->sd * i->sd / (i->mean * i->mean)) : 0, before = 0;
    for (int u = 1; u <= AGES; u++) {
        double upto = u == AGES ? 1
                      : v > 0   ? epi_lnorm_cdf(u + 0.5, log(i->mean) - v / 2, sqrt(v))
                                : u >= lround(i->mean);
        ret[u] = upto - before;
        before = upto;
    }
}
static void fill(const struct epi_natural_history *d, struct ages *ret)
{
    double symptomatic = 0, ill = 0, infectious = 1;
    *ret = (struct ages){{0}, {0}, {0}, {0}};
    incubations(d, ret->incubation);
    for (int i = 0; i < EPI_AGES_10; i++)
        symptomatic += d->symptomatic[i] / EPI_AGES_10;
    for (int u = 0; u <= AGES; u++) {
        ill += u > 0 ? ret->incubation[u] : 0;
        infectious -= u > 0 ? d->profile[u] : 0;
        ret->met[u] = infectious > 0 ? infectious : 0;
        if (u >= RESULT)
            ret->tested[u] = (1 - symptomatic * ill) * d->pcr[u - RESULT];
    }
}
static double growth_at(const struct ages *a, int day)
{
    int ago = day < 0 ? -1 - day : 0;
    return a->growth[ago < EPI__PAST ? ago : EPI__PAST - 1];
}
/* One of the ages by their weights, when exp(growth) times as many were infected one day earlier:
 * where cases grow, more were infected lately. 0 when no age has a weight. */
static int draw_age(const double *weights, double growth, double luck)
{
    double all = 0;
    int u = 0;
    for (int i = 1; i <= AGES; i++)
        all += weights[i] * exp(growth * i);
    if (!(all > 0))
        return 0;
    for (luck *= all; u < AGES && luck >= 0;)
        u++, luck -= weights[u] * exp(growth * u);
    return u;
}
/* Found by a test before he fell ill: not before he could be positive, and as a contact not after
 * his last exposure. */
static int tested_age(const struct ages *a, const struct epi_start_person *p, double luck)
{
    double weights[AGES + 1];
    int least = p->exposed < p->found ? p->found - p->exposed : 0, age = 0;
    for (int u = 0; u <= AGES && p->exposed != EPI_NO_DAY; u++)
        weights[u] = u >= least ? a->tested[u] * a->met[u - least] : 0;
    if (p->exposed != EPI_NO_DAY)
        age = draw_age(weights, growth_at(a, p->found), luck);
    return age > 0 ? age : draw_age(a->tested, growth_at(a, p->found), luck);
}
/* Onset minus an incubation time. Without onset, one found in the community fell ill the day before
 * he was found, and others were found by a test before they fell ill. */
static void draw_infected(const struct epi_start *s, const struct ages *a, uint64_t seed,
                          int16_t *ret)
{
    for (size_t k = 0; k < s->n; k++) {
        const struct epi_start_person *p = &s->people[k];
        ret[k] = EPI_NO_DAY;
        if (p->state == EPI_START_WELL)
            continue;
        struct epi__draw r = epi__draw(seed, (uint32_t)k, 0, EPI__DRAW_PAST);
        double luck = (double)epi__unit(&r);
        int found = p->found < 0 ? p->found : -1;
        int onset = p->onset != EPI_NO_DAY ? p->onset : found - 1, age = 0, day;
        if (p->onset == EPI_NO_DAY && !p->community && p->found < 0)
            age = tested_age(a, p, luck);
        day = age > 0 ? found - age : onset - draw_age(a->incubation, growth_at(a, onset), luck);
        day = day < found ? day : found - 1;
        ret[k] = (int16_t)(day > -30000 ? day : -30000);
    }
}

/* --- in quarantine ---
 * Of those listed within a week, as many are infected and will be found as makes up for those whose
 * time to be found, from the order on, has not come yet: from all listed and the share of them
 * found so far. */
struct listed {
    double n[LISTED_LATELY], found[LISTED_LATELY]; /* by days before the run */
    double share[LISTED_MAX + 1];                  /* found within so many days of the order */
};
static bool in_quarantine(const struct epi_start_person *p)
{
    return p->state == EPI_START_WELL && p->listed < 0 && p->kept_to > 0;
}
/* Whether he was found while he stayed apart, of an infection from before that. */
static bool found_listed(const struct epi_start_person *p, int infected)
{
    return p->state != EPI_START_WELL && p->found < 0 && p->listed <= p->found &&
           infected <= p->listed;
}
static void shares(const struct epi_start *s, const int16_t *infected, double *share)
{
    double n[LISTED_MAX + 1][EPI__PAST] = {{0}}; /* by delay and days of the order ago */
    for (size_t k = 0; k < s->n; k++) {
        const struct epi_start_person *p = &s->people[k];
        if (!found_listed(p, infected[k]) || p->listed < -EPI__PAST)
            continue;
        int delay = p->found - p->listed;
        n[delay < LISTED_MAX ? delay : LISTED_MAX][-1 - p->listed]++;
    }
    epi__start_shares(LISTED_MAX, n, share);
}
/* The chance of one listed so many days before the run and not found to be found later. */
static double chance_of(const struct listed *l, int ago)
{
    double found = 0, seen = 0;
    for (int i = 0; i < LISTED_LATELY; i++) {
        found += l->found[i];
        seen += l->n[i] * l->share[i];
    }
    double infected = seen > 0 ? fmin(found / seen, 1) : 0;
    double left = 1 - l->share[ago < LISTED_MAX ? ago : LISTED_MAX];
    return infected * left / (1 - infected * (1 - left));
}
static void draw_quarantined(const struct epi_start *s, const struct ages *a, uint64_t seed,
                             int16_t *ret)
{
    struct listed l = {{0}, {0}, {0}};
    shares(s, ret, l.share);
    for (size_t k = 0; k < s->n; k++) {
        const struct epi_start_person *p = &s->people[k];
        bool found = found_listed(p, ret[k]);
        if (p->listed < 0 && p->listed >= -LISTED_LATELY && (found || in_quarantine(p))) {
            l.n[-1 - p->listed]++;
            l.found[-1 - p->listed] += found;
        }
    }
    for (size_t k = 0; k < s->n; k++) {
        const struct epi_start_person *p = &s->people[k];
        struct epi__draw r = epi__draw(seed, (uint32_t)k, 1, EPI__DRAW_PAST);
        if (!in_quarantine(p) || !epi__chance(&r, chance_of(&l, -1 - p->listed)))
            continue;
        int last = p->exposed != EPI_NO_DAY ? p->exposed : p->listed;
        ret[k] = (int16_t)(last + 1 - draw_age(a->met, growth_at(a, last), (double)epi__unit(&r)));
    }
}
/* Drawn without growth first, which tells the growth: it is the same by any delay. */
void epi__start_infected_on(const struct epi_start *s, const struct epi_natural_history *d,
                            uint64_t seed, int16_t *ret)
{
    struct ages a;
    fill(d, &a);
    draw_infected(s, &a, seed, ret);
    draw_quarantined(s, &a, seed, ret);
    epi__start_growth(s, ret, a.growth);
    draw_infected(s, &a, seed, ret);
    draw_quarantined(s, &a, seed, ret);
}
