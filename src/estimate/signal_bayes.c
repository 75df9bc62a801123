// SPDX-License-Identifier: AGPL-3.0-or-later
/* Comparison with the same weeks of other years: Bayes and RKI. Höhle 2007, Comput Stat 22, 571. */
#include "estimate/signal_internal.h"
#include "stats/stats.h"

struct epi_window_options epi_bayes_standard(void)
{
    return (struct epi_window_options){
        .half_window = 6, .frequency = 52, .this_year = true, .alpha = 0.05};
}

struct epi_window_options epi_rki_standard(void)
{
    return (struct epi_window_options){
        .years = 2, .half_window = 4, .frequency = 52, .alpha = 0.05};
}

struct baseline {
    double n, sum, mean, sd;
};

/* False when the point is not judged; its state says why. */
static bool compare_with(struct epi_arena *a, const struct epi_window_options *o,
                         const struct epi_series *s, size_t at, struct baseline *ret,
                         struct epi_signal *r)
{
    const double none = (double)NAN;
    struct epi_arena_mark mark = epi_arena_mark(a);
    struct epi__plan p;
    double squares = 0;
    *r = (struct epi_signal){none, none, none, none, EPI_SIGNAL_JUDGED, false};
    *ret = (struct baseline){0};
    epi__plan_windows(a, o, s, at, &p);
    for (size_t k = 0; k < p.n; k++)
        for (size_t i = p.runs[k].from; i < p.runs[k].to; i++)
            if (!isnan(s->cases[i])) {
                ret->n += 1;
                ret->sum += s->cases[i];
            }
    ret->mean = ret->sum / ret->n;
    for (size_t k = 0; k < p.n; k++)
        for (size_t i = p.runs[k].from; i < p.runs[k].to; i++)
            if (!isnan(s->cases[i]))
                squares += (s->cases[i] - ret->mean) * (s->cases[i] - ret->mean);
    ret->sd = sqrt(squares / (ret->n - 1));
    epi_arena_release(a, mark);
    if (ret->n < 2)
        r->state = EPI_SIGNAL_NO_BASELINE;
    else if (isnan(s->cases[at]))
        r->state = EPI_SIGNAL_MISSING;
    else
        r->expected = ret->mean;
    return r->state == EPI_SIGNAL_JUDGED;
}

void epi_bayes(struct epi_arena *a, const struct epi_window_options *o, const struct epi_series *s,
               size_t from, size_t to, struct epi_signal *ret)
{
    for (size_t at = from; at < to; at++) {
        struct epi_signal *r = &ret[at - from];
        struct baseline b;
        double y = s->cases[at];
        if (!compare_with(a, o, s, at, &b, r))
            continue;
        double size = b.sum + 0.5;
        r->expected = size / b.n;
        r->upper = epi_nbinom_q(1 - o->alpha, r->expected, size);
        r->p = y > 0 ? epi_nbinom_sf(ceil(y) - 1, r->expected, size) : 1;
        r->alarm = y > r->upper;
    }
}

/* Upper 95 % limits of a Poisson mean for counts of 0 to 20; Crow, Gardner 1959, Biometrika 46,
 * 441. */
static const double CROW_GARDNER[] = {3.285,  5.323,  6.686,  8.102,  9.598,  11.177, 12.817,
                                      13.765, 14.921, 16.768, 17.633, 19.050, 20.335, 21.364,
                                      22.945, 23.762, 25.400, 26.306, 27.735, 28.966, 30.017};

void epi_rki(struct epi_arena *a, const struct epi_window_options *o, const struct epi_series *s,
             size_t from, size_t to, struct epi_signal *ret)
{
    for (size_t at = from; at < to; at++) {
        struct epi_signal *r = &ret[at - from];
        struct baseline b;
        if (!compare_with(a, o, s, at, &b, r))
            continue;
        r->upper = b.mean > 20 ? b.mean + 2 * b.sd : CROW_GARDNER[(size_t)b.mean];
        r->score = s->cases[at] / r->upper;
        r->alarm = s->cases[at] > r->upper;
    }
}
