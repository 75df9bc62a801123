// SPDX-License-Identifier: AGPL-3.0-or-later
/* Any method by its kind: many series at once, or one point with its evidence. */
#include "estimate/signal_internal.h"
#include "stats/stats.h"

struct epi_signal_method epi_signal_method(enum epi_signal_kind kind)
{
    return (struct epi_signal_method){.kind = kind,
                                      .ears = epi_ears_standard(),
                                      .farrington = epi_farrington_standard(),
                                      .cusum = epi_cusum_standard(),
                                      .window = kind == EPI_SIGNAL_RKI ? epi_rki_standard()
                                                                       : epi_bayes_standard(),
                                      .glr = {.c = 5, .mean = (double)NAN},
                                      .outbreak_k = 100};
}

static void ears(struct epi_arena *a, const struct epi_signal_method *m, const struct epi_series *s,
                 size_t from, size_t to, struct epi_signal *ret)
{
    const double none = (double)NAN;
    struct epi_ears e;
    epi_ears_init(a, s->n, &e);
    epi_ears(&m->ears, s->cases, s->n, &e);
    bool first = m->kind == EPI_SIGNAL_EARS_C1, third = m->kind == EPI_SIGNAL_EARS_C3;
    unsigned bit = first ? EPI_EARS_C1 : third ? EPI_EARS_C3 : EPI_EARS_C2;
    const double *upper = first ? e.upper1 : third ? e.upper3 : e.upper2;
    const double *score = first ? e.c1 : third ? e.c3 : e.c2;
    for (size_t i = from; i < to; i++) {
        size_t back = first ? 0 : m->ears.gap;
        struct epi_signal *r = &ret[i - from];
        *r = (struct epi_signal){none, none, none, none, EPI_SIGNAL_JUDGED, false};
        if (isnan(score[i])) {
            r->state = isnan(s->cases[i]) ? EPI_SIGNAL_MISSING : EPI_SIGNAL_NO_BASELINE;
            continue;
        }
        r->expected = e.mean[i - back];
        r->upper = upper[i];
        r->score = score[i];
        r->p = third ? none : epi_normal_sf(score[i]);
        r->alarm = (e.alarm[i] & bit) != 0;
    }
}

static void farrington(struct epi_arena *a, const struct epi_signal_method *m,
                       const struct epi_series *s, size_t from, size_t to, struct epi_signal *ret)
{
    struct epi_farrington *f = EPI_ARRAY(a, to - from, struct epi_farrington);
    epi_farrington(a, &m->farrington, s, from, to, f);
    for (size_t i = 0; i < to - from; i++)
        ret[i] = f[i].signal;
}

static void judge(struct epi_arena *a, const struct epi_signal_method *m,
                  const struct epi_series *s, size_t from, size_t to, struct epi_signal *ret)
{
    switch (m->kind) {
    case EPI_SIGNAL_EARS_C1:
    case EPI_SIGNAL_EARS_C2:
    case EPI_SIGNAL_EARS_C3:
        ears(a, m, s, from, to, ret);
        break;
    case EPI_SIGNAL_FARRINGTON:
        farrington(a, m, s, from, to, ret);
        break;
    case EPI_SIGNAL_CUSUM:
        epi_cusum(a, &m->cusum, s, from, to, ret);
        break;
    case EPI_SIGNAL_BAYES:
        epi_bayes(a, &m->window, s, from, to, ret);
        break;
    case EPI_SIGNAL_RKI:
        epi_rki(a, &m->window, s, from, to, ret);
        break;
    case EPI_SIGNAL_OUTBREAK_P:
        epi_outbreak_p(a, m->outbreak_k, s, from, to, ret);
        break;
    case EPI_SIGNAL_GLR:
        epi_glr(a, &m->glr, s, from, to, ret);
        break;
    }
}

/* Farrington shares the baselines of all series; the others have little to share. */
void epi_signals(struct epi_arena *a, const struct epi_signal_method *m, const struct epi_series *s,
                 const double *counts, size_t series, size_t from, size_t to,
                 struct epi_signal *ret)
{
    struct epi_arena_mark mark = epi_arena_mark(a);
    size_t width = to - from;
    if (m->kind == EPI_SIGNAL_FARRINGTON) {
        struct epi_farrington *f = EPI_ARRAY(a, series * width, struct epi_farrington);
        epi_farrington_many(a, &m->farrington, s, counts, series, from, to, f);
        for (size_t i = 0; i < series * width; i++)
            ret[i] = f[i].signal;
        epi_arena_release(a, mark);
        return;
    }
    for (size_t k = 0; k < series; k++) {
        struct epi_series one = *s;
        one.cases = counts + k * s->n;
        judge(a, m, &one, from, to, ret + k * width);
        epi_arena_release(a, mark);
    }
}

void epi_signal_few(const double *count, size_t from, size_t to, double cases, unsigned points,
                    struct epi_signal *ret)
{
    for (size_t i = from; i < to; i++) {
        double sum = 0;
        for (size_t k = i + 1 > points ? i + 1 - points : 0; k <= i; k++)
            sum += isnan(count[k]) ? 0 : count[k];
        struct epi_signal *r = &ret[i - from];
        if (r->alarm && sum < cases) {
            r->state = EPI_SIGNAL_TOO_FEW;
            r->alarm = false;
        }
    }
}

/* --- evidence --- */
static void base(struct epi_signal_evidence *e, struct epi_signal_base *list, size_t at,
                 double count, double expected, double weight)
{
    if (isnan(count))
        return;
    list[e->baseline_n++] = (struct epi_signal_base){at, count, expected, weight};
    e->baseline = list;
}

static void farrington_evidence(struct epi_arena *a, const struct epi_signal_method *m,
                                const struct epi_series *s, struct epi_signal_evidence *e)
{
    struct epi__judge j;
    struct epi__plan p;
    struct epi__table t;
    struct epi_farrington f;
    epi__plan_farrington(a, &m->farrington, s, e->at, &p);
    epi__judge_init(a, &m->farrington, s->n, &j);
    epi__table_init(a, s->n, &t);
    epi__table_fill(&t, s->cases);
    epi__judge_point(&j, &p, &t, e->count, &f);
    e->signal = f.signal;
    e->phi = f.phi;
    e->trend = f.trend;
    e->trend_p = f.trend_p;
    if (!j.fit)
        return;
    struct epi_signal_base *list = EPI_ARRAY(a, s->n, struct epi_signal_base);
    for (size_t r = 0, x = 0; r < p.n; r++)
        for (size_t i = p.runs[r].from; i < p.runs[r].to; i++) {
            bool listed = x < j.weights.n && j.weights.list[x].at == i;
            double weight = j.weights.unit * (listed ? 1 + j.weights.list[x++].extra : 1);
            base(e, list, i, s->cases[i], exp(epi__fit_eta(j.fit, p.runs[r].level, i)), weight);
        }
}

/* The points that the others compare with; each weighs the same. */
static void plain_evidence(struct epi_arena *a, const struct epi_signal_method *m,
                           const struct epi_series *s, size_t from, struct epi_signal_evidence *e)
{
    struct epi_signal_base *list = EPI_ARRAY(a, s->n + 1, struct epi_signal_base);
    double expected = e->signal.expected;
    size_t lo = 0, hi = from, len = m->ears.baseline;
    if (m->kind == EPI_SIGNAL_BAYES || m->kind == EPI_SIGNAL_RKI) {
        struct epi__plan p;
        epi__plan_windows(a, &m->window, s, e->at, &p);
        for (size_t r = 0; r < p.n; r++)
            for (size_t i = p.runs[r].from; i < p.runs[r].to; i++)
                base(e, list, i, s->cases[i], expected, 1);
        return;
    }
    if (m->kind <= EPI_SIGNAL_EARS_C3) {
        size_t back = m->kind == EPI_SIGNAL_EARS_C1 ? 0 : m->ears.gap;
        hi = e->at > back ? e->at - back : 0;
        lo = hi > len ? hi - len : 0;
    } else if (m->kind == EPI_SIGNAL_OUTBREAK_P) {
        hi = e->at;
    }
    for (size_t i = lo; i < hi; i++)
        base(e, list, i, s->cases[i], expected, 1);
}

void epi_signal_evidence(struct epi_arena *a, const struct epi_signal_method *m,
                         const struct epi_series *s, size_t from, size_t at,
                         struct epi_signal_evidence *ret)
{
    const double none = (double)NAN;
    *ret = (struct epi_signal_evidence){
        .at = at, .count = s->cases[at], .phi = none, .trend = none, .trend_p = none};
    if (m->kind == EPI_SIGNAL_FARRINGTON) {
        farrington_evidence(a, m, s, ret);
        return;
    }
    bool runs = m->kind == EPI_SIGNAL_CUSUM || m->kind == EPI_SIGNAL_GLR;
    size_t first = runs ? from : at;
    struct epi_signal *all = EPI_ARRAY(a, at + 1 - first, struct epi_signal);
    judge(a, m, s, first, at + 1, all);
    ret->signal = all[at - first];
    plain_evidence(a, m, s, from, ret);
}
