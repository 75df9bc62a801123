// SPDX-License-Identifier: AGPL-3.0-or-later
#include "estimate/speed.h"
#include <math.h>
#include <stdlib.h>

const char *const epi_speed_part_words[EPI_SPEED_PARTS] = {"isolation", "result", "contacts"};

const char *epi_speed_verdict_word(enum epi_speed_verdict v)
{
    static const char *const words[] = {"falling", "ahead", "unsure", "behind", "unknown"};
    return words[v];
}

static int by_days(const void *a, const void *b)
{
    const struct epi_speed_delay *x = a, *y = b;
    return x->days != y->days ? (x->days > y->days) - (x->days < y->days)
                              : (int)x->open - (int)y->open;
}

double epi_speed_quantile(struct epi_speed_delay *d, size_t n, double p)
{
    double s = 1;
    if (n)
        qsort(d, n, sizeof *d, by_days);
    for (size_t i = 0; i < n;) {
        size_t over = 0, at = i;
        for (; i < n && d[i].days == d[at].days; i++)
            over += !d[i].open;
        s *= 1 - (double)over / (double)(n - at);
        if (over && s <= 1 - p + 1e-12) /* 1 - 1/3 - 1/3 and 1/3 are one share */
            return d[at].days;
    }
    return (double)NAN;
}

struct epi_speed epi_speed_judge(const struct epi_speed_median parts[static EPI_SPEED_PARTS],
                                 struct epi_speed_growth g)
{
    struct epi_speed s = {.whole = true, .verdict = EPI_SPEED_UNKNOWN};
    for (int k = 0; k < EPI_SPEED_PARTS; k++) {
        bool has = !isnan(parts[k].median);
        s.sum += has ? parts[k].median : parts[k].at_least;
        s.whole = s.whole && has;
    }
    s.doubling = g.r > 0 ? M_LN2 / g.r : (double)NAN;
    s.doubling_fast = g.hi > 0 ? M_LN2 / g.hi : (double)NAN;
    s.times = exp(g.r * s.sum);
    if (isnan(g.r) || isnan(g.hi))
        return s;
    if (g.hi <= 0)
        s.verdict = EPI_SPEED_FALLING;
    else if (s.sum >= s.doubling) /* a part that is not known can only make it longer */
        s.verdict = EPI_SPEED_BEHIND;
    else if (s.whole)
        s.verdict = s.sum < s.doubling_fast ? EPI_SPEED_AHEAD : EPI_SPEED_UNSURE;
    return s;
}
