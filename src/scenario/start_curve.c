// SPDX-License-Identifier: AGPL-3.0-or-later
/* When the found were infected, and how many infections of those days are not found. */
#include "scenario/start_internal.h"
#include "stats/stats.h"

#define DELAY_MAX 45 /* days from infection to being found; longer ones count as this */
#define SEEN 0.1     /* share found from which a day's count says something */
#define TREND 21     /* days of which the trend is taken */
#define INCUBATION_MAX (EPI_PROFILE_DAYS / 2)
/* Variance of the growth per day, around none, before anything is seen. */
#define GROWTH_PRIOR 0.01

int epi_start_ill_days(const struct epi_natural_history *d)
{
    int days = epi__infectious_days(d) - (int)lround(d->incubation.mean);
    return days > 1 ? days : 1;
}
/* F(u): share of the found who are found within u days, from delays of which only those ended
 * before the run are known. */
static void share_found(const struct epi_start *s, const int16_t *infected, const uint32_t *who,
                        double *share)
{
    double n[DELAY_MAX + 1][EPI__PAST] = {{0}}; /* by delay and days of the infection ago */
    for (size_t k = 0; k < s->n; k++) {
        if (infected[k] == EPI_NO_DAY || s->people[k].found >= 0 || infected[k] < -EPI__PAST ||
            (who && who[k] == EPI_NOBODY))
            continue;
        int delay = s->people[k].found - infected[k];
        n[delay < DELAY_MAX ? delay : DELAY_MAX][-1 - infected[k]]++;
    }
    share[DELAY_MAX] = 1;
    for (int u = DELAY_MAX; u > 0; u--) {
        double now = 0, upto = 0;
        for (int ago = u; ago < EPI__PAST; ago++)
            for (int v = 0; v <= u; v++) {
                upto += n[v][ago];
                now += v == u ? n[v][ago] : 0;
            }
        share[u - 1] = upto > 0 ? share[u] * (1 - now / upto) : share[u];
    }
}
static double share_at(const double *share, int ago)
{
    return ago < DELAY_MAX ? share[ago] : 1;
}
/* Infected per day as exp(level + growth ago) with the found as Poisson counts of mean share times
 * that, by Newton's method over the TREND days from `first` on. */
static void trend(const double *found, const double *share, int first, double *ret_level,
                  double *ret_growth)
{
    double seen = 0, of = 0, b = 0, middle = first + (TREND - 1) / 2.0;
    for (int ago = first; ago < first + TREND; ago++)
        seen += found[ago], of += share_at(share, ago);
    double a = log((seen + 0.5) / of);
    for (int step = 0; step < 30; step++) {
        double ga = 0, gb = -b / GROWTH_PRIOR, haa = 0, hab = 0, hbb = 1 / GROWTH_PRIOR;
        for (int ago = first; ago < first + TREND; ago++) {
            double x = ago - middle, mean = share_at(share, ago) * exp(a + b * x);
            ga += found[ago] - mean;
            gb += (found[ago] - mean) * x;
            haa += mean;
            hab += mean * x;
            hbb += mean * x * x;
        }
        double det = haa * hbb - hab * hab;
        if (!(det > 1e-12))
            break;
        double da = (ga * hbb - gb * hab) / det, db = (gb * haa - ga * hab) / det;
        a += da;
        b += db < -0.1 ? -0.1 : db > 0.1 ? 0.1 : db;
        if (fabs(da) + fabs(db) < 1e-9)
            break;
    }
    *ret_growth = b;
    *ret_level = a - b * middle;
}
static double count_found(const struct epi_start *s, const int16_t *infected, const uint32_t *who,
                          double *ret)
{
    double all = 0;
    for (size_t k = 0; k < s->n; k++)
        if (infected[k] != EPI_NO_DAY && infected[k] >= -EPI__PAST && s->people[k].found < 0 &&
            !(who && who[k] == EPI_NOBODY))
            ret[-1 - infected[k]]++, all++;
    return all;
}
static int first_seen(const double *share)
{
    int first = 0;
    while (first < EPI__PAST - TREND && share_at(share, first) < SEEN)
        first++;
    return first;
}

/* --- days of infection ---
 * Chances of incubation times of 1 .. INCUBATION_MAX days, rounded as those of a run. */
static void incubations(const struct epi_natural_history *d, double *ret)
{
    const struct epi_delay *i = &d->incubation;
    double v = i->sd > 0 ? log1p(i->sd * i->sd / (i->mean * i->mean)) : 0, before = 0;
    for (int u = 1; u <= INCUBATION_MAX; u++) {
        double upto = u == INCUBATION_MAX ? 1
                      : v > 0             ? epi_lnorm_cdf(u + 0.5, log(i->mean) - v / 2, sqrt(v))
                                          : u >= lround(i->mean);
        ret[u] = upto - before;
        before = upto;
    }
}
/* The incubation time of one whose onset is known, when exp(growth) times as many were infected one
 * day earlier: where cases grow, more of those who fall ill on a day were infected lately. */
static int incubation(const double *chances, double growth, double luck)
{
    double all = 0;
    int u = 0;
    for (int i = 1; i <= INCUBATION_MAX; i++)
        all += chances[i] * exp(growth * i);
    for (luck *= all; u < INCUBATION_MAX && luck >= 0;)
        u++, luck -= chances[u] * exp(growth * u);
    return u;
}
/* Onset minus an incubation time; without onset, found the day after one would have come. `growth`
 * by days before the run. */
static void draw_infected(const struct epi_start *s, const double *chances, const double *growth,
                          uint64_t seed, int16_t *ret)
{
    for (size_t k = 0; k < s->n; k++) {
        const struct epi_start_person *p = &s->people[k];
        ret[k] = EPI_NO_DAY;
        if (p->state == EPI_START_WELL)
            continue;
        struct epi__draw r = epi__draw(seed, (uint32_t)k, 0, EPI__DRAW_PAST);
        int found = p->found < 0 ? p->found : -1;
        int onset = p->onset != EPI_NO_DAY ? p->onset : found - 1;
        int ago = onset < 0 ? -1 - onset : 0;
        int day = onset - incubation(chances, growth[ago < EPI__PAST ? ago : EPI__PAST - 1],
                                     (double)epi__unit(&r));
        day = day < found ? day : found - 1;
        ret[k] = (int16_t)(day > -30000 ? day : -30000);
    }
}
/* Drawn without growth first, which tells the growth: it is the same by any delay. */
void epi__start_infected_on(const struct epi_start *s, const struct epi_natural_history *d,
                            uint64_t seed, int16_t *ret)
{
    double chances[INCUBATION_MAX + 1], growth[EPI__PAST] = {0}, found[EPI__PAST] = {0};
    double share[DELAY_MAX + 1], level;
    incubations(d, chances);
    draw_infected(s, chances, growth, seed, ret);
    if (count_found(s, ret, NULL, found) == 0)
        return;
    share_found(s, ret, NULL, share);
    int first = first_seen(share);
    for (int ago = 0; ago < EPI__PAST; ago++) {
        int from = ago - TREND / 2;
        from = from > first ? from : first;
        trend(found, share, from < EPI__PAST - TREND ? from : EPI__PAST - TREND, &level,
              &growth[ago]);
    }
    draw_infected(s, chances, growth, seed, ret);
}

/* --- the curve --- */
void epi__start_curve(const struct epi_start *s, const int16_t *infected, const uint32_t *who,
                      double hidden, struct epi__curve *ret)
{
    double share[DELAY_MAX + 1], level, growth;
    *ret = (struct epi__curve){{0}, {0}, {0}};
    if (count_found(s, infected, who, ret->found) == 0)
        return;
    share_found(s, infected, who, share);
    int first = first_seen(share);
    trend(ret->found, share, first, &level, &growth);
    for (int ago = 0; ago < EPI__PAST; ago++) {
        double left = 1 - share_at(share, ago);
        ret->missing[ago] = ago < first + TREND ? exp(level + growth * ago) * left
                                                : ret->found[ago] * left / (1 - left);
        ret->never[ago] = hidden * (ret->found[ago] + ret->missing[ago]);
    }
}
double epi_start_hidden(const struct epi_start *s, const struct epi_natural_history *d,
                        double hidden, uint64_t seed)
{
    struct epi__curve curve;
    int16_t *infected = epi_xmalloc((s->n + 1) * sizeof *infected);
    double sum = 0;
    epi__start_infected_on(s, d, seed, infected);
    epi__start_curve(s, infected, NULL, hidden, &curve);
    int last = epi__infectious_days(d);
    for (int ago = 0; ago < EPI__PAST && ago < last; ago++)
        sum += curve.missing[ago] + curve.never[ago];
    free(infected);
    return sum;
}
