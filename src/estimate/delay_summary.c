// SPDX-License-Identifier: AGPL-3.0-or-later
/* Delays period by period, and how far the latest periods can be judged yet. */
#include "estimate/delay_internal.h"

enum { DELAY_MAX = 3650, PERIODS_MAX = 100000 };

epi_date epi_delay_period_start(epi_date d, enum epi_delay_period p)
{
    int year, month, day;
    switch (p) {
    case EPI_PERIOD_DAY:
        return d;
    case EPI_PERIOD_WEEK:
        return epi_date_plus(d, (epi_days){1 - epi_date_weekday(d)});
    case EPI_PERIOD_MONTH:
        epi_date_split(d, &year, &month, &day);
        return epi_date_ymd(year, month, 1);
    }
    return d;
}

static epi_date next(epi_date start, enum epi_delay_period p)
{
    int length = p == EPI_PERIOD_DAY ? 1 : p == EPI_PERIOD_WEEK ? 7 : 31;
    return epi_delay_period_start(epi_date_plus(start, (epi_days){length}), p);
}

/* F(k), k = 0 .. DELAY_MAX: share of delays of at most k days, by the reverse hazard of pairs that
 * can be seen by now (Kalbfleisch and Lawless 1989). */
static double *share_seen(struct epi_arena *a, const double *from, const double *to, size_t n,
                          double now)
{
    double *cases = EPI_ARRAY(a, DELAY_MAX + 2, double);
    double *risk = EPI_ARRAY(a, DELAY_MAX + 2, double), *f = EPI_ARRAY(a, DELAY_MAX + 1, double);
    for (size_t i = 0; i < n; i++) {
        double d = to[i] - from[i], limit = now - from[i];
        if (!(d >= 0.0) || d > DELAY_MAX || to[i] > now)
            continue;
        cases[(size_t)d]++;
        risk[(size_t)d]++; /* from its own delay on it is in the set, until its limit */
        if (limit < DELAY_MAX)
            risk[(size_t)limit + 1]--;
    }
    for (size_t k = 1; k <= DELAY_MAX; k++)
        risk[k] += risk[k - 1];
    f[DELAY_MAX] = 1.0;
    for (size_t k = DELAY_MAX; k > 0; k--)
        f[k - 1] = f[k] * (risk[k] > 0.0 ? 1.0 - cases[k] / risk[k] : 1.0);
    return f;
}

static void fill(struct epi_delay_row *r, double *delay, size_t n, double within)
{
    double inside = 0.0;
    r->known = (double)n;
    r->median = r->q25 = r->q75 = r->p90 = r->within = (double)NAN;
    if (n == 0)
        return;
    epi_sort(delay, n);
    for (size_t i = 0; i < n; i++)
        inside += delay[i] <= within;
    r->median = epi_quantile_sorted(delay, n, 0.5);
    r->q25 = epi_quantile_sorted(delay, n, 0.25);
    r->q75 = epi_quantile_sorted(delay, n, 0.75);
    r->p90 = epi_quantile_sorted(delay, n, 0.9);
    r->within = inside / (double)n;
}

/* The period of a day among sorted starts. */
static size_t period_of(const struct epi_delay_summary *s, double day)
{
    size_t lo = 0, hi = s->n;
    while (hi - lo > 1) {
        size_t mid = (lo + hi) / 2;
        *((double)s->rows[mid].start.d <= day ? &lo : &hi) = mid;
    }
    return lo;
}

void epi_delay_summarise(struct epi_arena *a, const double *from, const double *to, size_t n,
                         epi_date now, enum epi_delay_period p, double within,
                         struct epi_delay_summary *ret)
{
    double last = (double)now.d, first = (double)INFINITY, latest = -(double)INFINITY;
    *ret = (struct epi_delay_summary){0};
    for (size_t i = 0; i < n; i++)
        if (from[i] <= last) {
            first = from[i] < first ? from[i] : first;
            latest = from[i] > latest ? from[i] : latest;
        }
    if (!isfinite(first))
        return;
    epi_date start = epi_delay_period_start((epi_date){(int32_t)first}, p);
    for (epi_date d = start; (double)d.d <= latest && ret->n < PERIODS_MAX; d = next(d, p))
        ret->n++;
    ret->rows = EPI_ARRAY(a, ret->n, struct epi_delay_row);
    for (size_t i = 0; i < ret->n; i++, start = next(start, p))
        ret->rows[i].start = start;
    ret->all.start = ret->rows[0].start;
    /* Delays period after period in one array: count, then place. */
    size_t *at = EPI_ARRAY(a, ret->n + 1, size_t), known = 0;
    for (size_t i = 0; i < n; i++) {
        if (!(from[i] <= last))
            continue;
        size_t k = period_of(ret, from[i]);
        struct epi_delay_row *r = &ret->rows[k];
        r->n++;
        r->negative += to[i] < from[i];
        if (!(to[i] <= last))
            r->open++;
        else if (to[i] >= from[i])
            at[k + 1]++;
    }
    for (size_t k = 0; k < ret->n; k++)
        at[k + 1] += at[k];
    known = at[ret->n];
    double *delay = EPI_ARRAY(a, known + 1, double);
    size_t *fill_at = EPI_ARRAY(a, ret->n, size_t);
    memcpy(fill_at, at, ret->n * sizeof *at);
    for (size_t i = 0; i < n; i++)
        if (from[i] <= last && to[i] <= last && to[i] >= from[i])
            delay[fill_at[period_of(ret, from[i])]++] = to[i] - from[i];
    const double *seen = share_seen(a, from, to, n, last);
    double days = 0.0;
    for (size_t k = 0; k < ret->n; k++) {
        struct epi_delay_row *r = &ret->rows[k];
        double end = (double)next(r->start, p).d, count = 0.0;
        fill(r, delay + at[k], at[k + 1] - at[k], within);
        for (double d = (double)r->start.d; d < end && d <= last; d++) {
            r->seen += seen[last - d < DELAY_MAX ? (size_t)(last - d) : DELAY_MAX];
            count++;
        }
        ret->all.seen += r->seen;
        days += count;
        r->seen /= count;
        ret->all.n += r->n;
        ret->all.open += r->open;
        ret->all.negative += r->negative;
    }
    ret->all.seen /= days;
    fill(&ret->all, delay, known, within);
}
