// SPDX-License-Identifier: AGPL-3.0-or-later
/* How many infections of each day before the run nobody has found or put in quarantine. */
#include "scenario/start_internal.h"
#include "stats/stats.h"

#define DELAY_MAX 45 /* days from infection to being found; longer ones count as this */
#define SEEN 0.1     /* share found from which a day's count says something */
#define TREND 21     /* days of which the trend is taken */
/* Variance of the growth per day, around none, before anything is seen. */
#define GROWTH_PRIOR 0.01

int epi_start_ill_days(const struct epi_natural_history *d)
{
    int days = epi__infectious_days(d) - (int)lround(d->incubation.mean);
    return days > 1 ? days : 1;
}
/* The day on which one ceased to be hidden: found, or ordered to stay apart as a contact. */
static int seen_on(const struct epi_start_person *p)
{
    int found = p->state != EPI_START_WELL ? p->found : EPI_NO_DAY;
    return p->listed < found ? p->listed : found;
}
void epi__start_shares(int most, double (*n)[EPI__PAST], double *ret)
{
    ret[most] = 1;
    for (int u = most; u > 0; u--) {
        double now = 0, upto = 0;
        for (int ago = u; ago < EPI__PAST; ago++)
            for (int v = 0; v <= u; v++) {
                upto += n[v][ago];
                now += v == u ? n[v][ago] : 0;
            }
        ret[u - 1] = upto > 0 ? ret[u] * (1 - now / upto) : ret[u];
    }
}
/* F(u): share of the seen who are seen within u days, from delays of which only those ended before
 * the run are known. */
static void share_found(const struct epi_start *s, const int16_t *infected, const uint32_t *who,
                        double *share)
{
    double n[DELAY_MAX + 1][EPI__PAST] = {{0}}; /* by delay and days of the infection ago */
    for (size_t k = 0; k < s->n; k++) {
        if (infected[k] == EPI_NO_DAY || seen_on(&s->people[k]) >= 0 || infected[k] < -EPI__PAST ||
            (who && who[k] == EPI_NOBODY))
            continue;
        int delay = seen_on(&s->people[k]) - infected[k];
        delay = delay < 0 ? 0 : delay; /* infected while he stayed apart */
        n[delay < DELAY_MAX ? delay : DELAY_MAX][-1 - infected[k]]++;
    }
    epi__start_shares(DELAY_MAX, n, share);
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
        if (infected[k] != EPI_NO_DAY && infected[k] >= -EPI__PAST && seen_on(&s->people[k]) < 0 &&
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

void epi__start_growth(const struct epi_start *s, const int16_t *infected, double *ret)
{
    double found[EPI__PAST] = {0}, share[DELAY_MAX + 1], level;
    for (int ago = 0; ago < EPI__PAST; ago++)
        ret[ago] = 0;
    if (count_found(s, infected, NULL, found) == 0)
        return;
    share_found(s, infected, NULL, share);
    int first = first_seen(share);
    for (int ago = 0; ago < EPI__PAST; ago++) {
        int from = ago - TREND / 2;
        from = from > first ? from : first;
        trend(found, share, from < EPI__PAST - TREND ? from : EPI__PAST - TREND, &level, &ret[ago]);
    }
}
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
    for (size_t k = 0; k < s->n; k++)
        sum += s->people[k].state == EPI_START_WELL && infected[k] != EPI_NO_DAY &&
               infected[k] >= -last;
    free(infected);
    return sum;
}
