// SPDX-License-Identifier: AGPL-3.0-or-later
/* An ensemble of runs, moved step by step towards the counts. */
#include "base/parallel.h"
#include "scenario/calibrate_internal.h"
#include "scenario/ensemble.h"
#include "stats/stats.h"
#include <stdatomic.h>

#define PUSH_LEAST 0.01
#define PUSH_MOST 10.0
#define AT_ONCE 16 /* members between two looks at whether to go on */

struct week { /* of one series: indices in cases, and how many of its days have a count */
    size_t from, to;
    double days;
};
struct fit {
    const struct epi_calibration *c;
    const struct epi_calibrate *how;
    struct epi_arena *a;
    struct epi_calibrated *out;
    struct epi__area *areas;
    struct epi__hazards hazards;
    struct epi__fit_state at;
    size_t n, done, of, first; /* the first member of those being run */
    double scale, k;           /* k: scatter of reports, by day */
    double *d, *y;             /* [n * data], [data] */
    size_t data;
    struct week *week; /* [data] */
    int *data_day, *figure_day;
    int days;           /* to be run */
    atomic_bool failed; /* by any thread */
};

/* --- a member --- */
static void figures_of(const struct fit *f, size_t i, struct epi_scenario *s, float *push)
{
    const double *z = &f->at.z[i * f->at.figures];
    double *v = &f->out->value[i * f->out->values_n], log_push = 0;
    int every = f->how->walk_every;
    size_t free_n = f->how->free_n;
    for (size_t k = 0; k < free_n; k++)
        v[k] = epi__lever_set(s, f->how->free[k].lever, epi_prior_at(&f->how->free[k].prior, z[k]));
    for (int day = 0; day < s->days; day++) {
        if (every > 0 && day > 0 && day % every == 0)
            log_push += f->how->walk_sd * z[free_n + (size_t)(day / every) - 1];
        push[day] = (float)fmin(fmax(exp(log_push), PUSH_LEAST), PUSH_MOST);
    }
}
static struct epi_track track_of(const struct fit *f, size_t i, struct epi_scenario *s)
{
    size_t days = (size_t)s->days;
    struct epi_track t = f->out->track[i];
    float *push = (float *)t.push;
    uint64_t *seed = (uint64_t *)t.seed;
    struct epi_rng rng = epi_rng_stream(f->c->seed, "calibrate.member", i, 0);
    figures_of(f, i, s, push);
    seed[0] = epi_rng_u64(&rng) >> 1; /* fits a signed number in files */
    for (size_t day = 1; day < days; day++)
        seed[day] = seed[0];
    t.hazard = (float)epi__hazard_at(&f->hazards, s->r0 > 0 ? s->r0 : f->c->history->r0);
    return f->out->track[i] = t;
}
static void run_one(size_t at, unsigned worker, void *ctx)
{
    struct fit *f = ctx;
    struct epi_scenario s = *f->c->scenario;
    struct epi_world *w;
    size_t i = f->first + at, days = (size_t)f->out->days;
    struct epi_track t = track_of(f, i, &s);
    (void)worker;
    if (epi__world_at(f->c->society, f->c->history, &s, (double)t.hazard, t.seed[0], 1, &w, NULL) !=
        EPI_OK) {
        f->failed = true;
        return;
    }
    if (f->c->packs && epi_scenario_by_packs(&s))
        epi_world_packs(w, f->c->packs);
    epi_world_follow(w, &t);
    for (int day = 0; day < f->days; day++) {
        epi_world_day(w);
        for (size_t k = 0; k < f->out->series; k++)
            f->out->found[(k * days + (size_t)day) * f->n + i] =
                epi__found_in(w, &f->areas[k], day) / f->scale;
    }
    epi_world_free(w);
}
/* What a member found on the days of a week that have a count. */
static double found_in_week(const struct fit *f, size_t k, size_t member)
{
    const struct week *w = &f->week[k];
    double sum = 0;
    for (size_t at = w->from; at <= w->to; at++)
        if (!isnan(f->c->observed->cases[at]))
            sum += f->out->found[at * f->n + member];
    return epi__normal_count(epi__expected(sum, f->scale), f->k * w->days);
}
static epi_status run_all(struct fit *f, struct epi_err *reterr)
{
    for (f->first = 0; f->first < f->n; f->first += AT_ONCE) {
        size_t n = f->n - f->first < AT_ONCE ? f->n - f->first : AT_ONCE;
        epi_parallel_for(n, f->c->threads, run_one, f);
        if (f->failed)
            return EPI_FAIL(reterr, EPI_INVALID, "scenario.no-contacts", "%s", f->c->history->name);
        f->done += n * (size_t)f->days;
        if (f->c->progress && !f->c->progress(f->c->ctx, f->done, f->of))
            return EPI_FAIL(reterr, EPI_BUSY, "calibrate.stopped", "%u", f->at.steps);
    }
    for (size_t i = 0; i < f->n; i++)
        for (size_t k = 0; k < f->data; k++)
            f->d[i * f->data + k] = found_in_week(f, k, i);
    return EPI_OK;
}

/* --- steps --- */
/* As large as misfits allow; where chance keeps them large, the second half of the steps share what
 * is left, so that none is a leap. */
static double share_of(const struct fit *f, const struct epi__ensemble *e)
{
    unsigned most = (unsigned)f->how->steps, done = f->at.steps;
    double share = epi__ensemble_share(e, f->at.left);
    if (done + 1 >= most)
        return f->at.left;
    return done < most / 2 ? share : fmax(share, f->at.left / (most - done));
}
static epi_status step(struct fit *f, struct epi_err *reterr)
{
    struct epi__ensemble e = {.n = f->n,
                              .figures = f->at.figures,
                              .data = f->data,
                              .z = f->at.z,
                              .d = f->d,
                              .y = f->y,
                              .figure_day = f->figure_day,
                              .data_day = f->data_day};
    EPI_TRY(run_all(f, reterr));
    f->at.misfit[f->at.steps] = 2 * epi__ensemble_misfit(&e) / (double)f->data;
    double share = share_of(f, &e);
    EPI_TRY(epi__ensemble_step(f->a, &e, share, f->c->seed, f->at.steps, reterr));
    f->at.left -= share;
    f->at.steps++;
    return epi__fit_keep(f->a, f->c, &f->at, reterr);
}
static epi_status last_runs(struct fit *f, struct epi_err *reterr)
{
    struct epi_calibrated *out = f->out;
    f->days = out->days;
    EPI_TRY(run_all(f, reterr));
    struct epi__ensemble e = {.n = f->n, .data = f->data, .d = f->d, .y = f->y};
    f->at.misfit[f->at.steps] = 2 * epi__ensemble_misfit(&e) / (double)f->data;
    out->steps = (int)f->at.steps;
    memcpy(out->misfit, f->at.misfit, sizeof f->at.misfit);
    for (size_t i = 0; i < f->n; i++)
        for (size_t at = 0; at < out->series * (size_t)out->days; at++) {
            double mean = epi__expected(out->found[at * f->n + i], f->scale);
            struct epi_rng rng = epi_rng_stream(f->c->seed, "calibrate.count", i, at);
            out->count[at * f->n + i] = (double)epi_draw_nbinom(
                &rng, mean, out->value[i * out->values_n + out->values_n - 1]);
        }
    epi__judge(f->a, f->c->observed, f->scale, out);
    return EPI_OK;
}

/* --- room --- */
static void note_data(struct fit *f)
{
    const struct epi_observed *o = f->c->observed;
    size_t days = (size_t)o->days, most = o->n * (days / 7 + 1);
    f->week = EPI_ARRAY(f->a, most, struct week);
    f->data_day = EPI_ARRAY(f->a, most, int);
    f->y = EPI_ARRAY(f->a, most, double);
    f->out->last = -1;
    for (size_t at = 0; at < o->n * days; at++)
        if (!isnan(o->cases[at]) && (int)(at % days) > f->out->last)
            f->out->last = (int)(at % days);
    for (size_t s = 0; s < o->n; s++)
        for (int to = f->out->last; to >= 0; to -= 7) {
            struct week w = {.from = s * days + (size_t)(to < 6 ? 0 : to - 6),
                             .to = s * days + (size_t)to};
            double sum = 0;
            for (size_t at = w.from; at <= w.to; at++)
                if (!isnan(o->cases[at])) {
                    sum += o->cases[at];
                    w.days++;
                }
            if (w.days == 0)
                continue;
            f->week[f->data] = w;
            f->data_day[f->data] = to;
            f->y[f->data++] = epi__normal_count(sum, f->k * w.days);
        }
    f->d = EPI_ARRAY(f->a, f->n * f->data, double);
    f->figure_day = EPI_ARRAY(f->a, f->at.figures, int);
    for (size_t i = f->how->free_n; i < f->at.figures; i++)
        f->figure_day[i] = (int)(i - f->how->free_n + 1) * f->how->walk_every;
}
static void make_room(struct fit *f)
{
    struct epi_calibrated *out = f->out;
    size_t days = (size_t)out->days, all = out->series * days;
    out->value = EPI_ARRAY(f->a, f->n * out->values_n, double);
    out->track = EPI_ARRAY(f->a, f->n, struct epi_track);
    out->found = EPI_ARRAY(f->a, all * f->n, double);
    out->count = EPI_ARRAY(f->a, all * f->n, double);
    out->score = EPI_ARRAY(f->a, all, double);
    out->misfit = EPI_ARRAY(f->a, EPI_STEPS_MAX + 1, double);
    for (size_t i = 0; i < f->n; i++)
        out->track[i] = (struct epi_track){.seed = EPI_ARRAY(f->a, days, uint64_t),
                                           .push = EPI_ARRAY(f->a, days, float)};
    f->at.z = EPI_ARRAY(f->a, f->n * f->at.figures, double);
    for (size_t i = 0; i < f->n; i++) {
        struct epi_rng rng = epi_rng_stream(f->c->seed, "calibrate.draw", i, 0);
        for (size_t k = 0; k < f->at.figures; k++)
            f->at.z[i * f->at.figures + k] = epi_rng_normal(&rng);
    }
}
/* Every member gets a dispersion of its own, in an order that has nothing to do with its figures.
 */
static void deal_dispersion(struct fit *f)
{
    double *k = EPI_ARRAY(f->a, f->n, double);
    struct epi_rng rng = epi_rng_stream(f->c->seed, "calibrate.dispersion", 0, 0);
    epi__dispersion(f->c->observed, &f->how->dispersion, f->n, k);
    f->k = epi_prior_at(&f->how->dispersion, 0);
    for (size_t i = 0; i < f->n; i++) {
        size_t j = i + epi_rng_below(&rng, f->n - i);
        double v = k[j];
        k[j] = k[i];
        f->out->value[i * f->out->values_n + f->out->values_n - 1] = v;
    }
}
epi_status epi_calibrate_do(struct epi_arena *a, const struct epi_calibration *c,
                            struct epi_calibrated *ret, struct epi_err *reterr)
{
    const struct epi_calibrate *how = &c->scenario->calibrate;
    struct epi_calibrated out = {.n = (size_t)how->members,
                                 .values_n = how->free_n + 1,
                                 .days = c->scenario->days,
                                 .series = c->observed->n};
    struct fit f = {.c = c, .how = how, .a = a, .out = &out, .n = out.n};
    if (epi_scenario_by_packs(c->scenario) && (!c->packs || !epi_date_known(c->packs->first)))
        return EPI_FAIL(reterr, EPI_INVALID, "scenario.packs-needed", "%s", "base.date");
    f.scale = c->scenario->base.scale > 0 ? c->scenario->base.scale : 1;
    f.at = (struct epi__fit_state){.digest = epi__fit_digest(a, c),
                                   .left = 1,
                                   .n = f.n,
                                   .figures = how->free_n + epi__walk_windows(c->scenario)};
    make_room(&f);
    deal_dispersion(&f);
    note_data(&f);
    f.areas = epi__areas(a, c->observed, c->society);
    epi__hazards_find(c, &f.hazards);
    EPI_TRY(epi__fit_resume(a, c, &f.at, reterr));
    f.days = out.last + 1;
    f.of = f.n * ((size_t)how->steps * (size_t)f.days + (size_t)out.days);
    f.done = f.n * f.at.steps * (size_t)f.days;
    while (f.at.left > 0)
        EPI_TRY(step(&f, reterr));
    f.done = f.of - f.n * (size_t)out.days;
    EPI_TRY(last_runs(&f, reterr));
    *ret = out;
    return EPI_OK;
}
