// SPDX-License-Identifier: AGPL-3.0-or-later
/* The particle filter: many runs side by side, weighed by every day's count. */
#include "scenario/calibrate_internal.h"
#include "base/parallel.h"
#include "stats/stats.h"

#define HAZARDS 17 /* reproduction numbers for which the hazard is computed */
#define SOFT 0.05  /* of the particles must be left by a day */
#define WIDER 2.0  /* covariance from which the next round draws, by that of this round */
#define LEAST 0.02 /* variance of z that is always there; the prior has 1 */
#define LEAP 0.1   /* of the steps of the walk are LEAP_BY times as wide */
#define LEAP_BY 3.0
#define SHRINK 0.97 /* of levers towards their mean, when copied */
#define PUSH_LEAST 0.01F
#define PUSH_MOST 10.0F
#define BYTES_MOST 6e9 /* of all runs */

struct turns {
    struct epi_turn *v;
    uint32_t n, cap;
};
struct filter {
    const struct epi_calibration *c;
    const struct epi_calibrate *how;
    struct epi_arena *a;
    struct epi_calibrated *out;
    struct epi__area *areas;
    struct epi__proposal proposal;
    size_t n, done, of;
    unsigned round;
    double scale;
    double r0[HAZARDS], hazard[HAZARDS]; /* logarithms, ascending */
    struct epi_world **world;
    double *z, *log_weight, *weight;
    float *push;  /* what the walk has come to */
    float *ratio; /* hazard of the present R0 to that of the first day */
    struct turns *turns;
    bool starts[EPI_FREE_MAX]; /* levers of the first day, which never move */
    uint32_t *origin;
    struct epi__seen *seen; /* of the day, [series * n] */
};
static uint64_t key_of(const struct filter *f, size_t particle)
{
    return ((uint64_t)f->round << 32) | particle;
}
static uint64_t seed_of(const struct filter *f, const char *purpose, size_t particle, int day)
{
    struct epi_rng rng = epi_rng_stream(f->c->seed, purpose, key_of(f, particle), (uint64_t)day);
    return epi_rng_u64(&rng) >> 1; /* fits a signed number in files */
}

static const char *path_of(const struct filter *f, size_t i)
{
    const struct epi_lever *levers;
    (void)epi_levers(&levers);
    return levers[f->how->free[i].lever].path;
}

/* --- hazards: the equation is costly, so it is solved for some R0 and read off between them --- */
static size_t free_r0(const struct filter *f)
{
    size_t i = 0;
    while (i < f->how->free_n && strcmp(path_of(f, i), "r0") != 0)
        i++;
    return i;
}
static void hazard_at(size_t i, unsigned worker, void *ctx)
{
    struct filter *f = ctx;
    (void)worker;
    f->hazard[i] = log(epi_hazard_of(f->c->society, f->c->history, exp(f->r0[i])));
}
static void find_hazards(struct filter *f)
{
    size_t at = free_r0(f), n = HAZARDS;
    double fixed = f->c->scenario->r0 > 0 ? f->c->scenario->r0 : f->c->history->r0;
    for (size_t i = 0; i < HAZARDS; i++) {
        struct epi_scenario s = *f->c->scenario;
        double z = -4 + 8.0 * (double)i / (HAZARDS - 1), v = fixed;
        if (at < f->how->free_n)
            v = epi__lever_set(&s, f->how->free[at].lever,
                               epi_prior_at(&f->how->free[at].prior, z));
        f->r0[i] = log(v > 0.01 ? v : 0.01);
    }
    if (at == f->how->free_n)
        n = 1;
    epi_parallel_for(n, f->c->threads, hazard_at, f);
    for (size_t i = 1; i < HAZARDS; i++)
        if (i >= n || !isfinite(f->hazard[i])) /* beyond what contacts can bring */
            f->hazard[i] = f->hazard[i - 1];
}
static double hazard_of(const struct filter *f, double r0)
{
    double x = log(r0 > 0.01 ? r0 : 0.01);
    size_t i = 1;
    while (i + 1 < HAZARDS && f->r0[i] < x)
        i++;
    double width = f->r0[i] - f->r0[i - 1];
    double part = width > 0 ? (x - f->r0[i - 1]) / width : 0;
    part = part < 0 ? 0 : part > 1 ? 1 : part;
    return exp(f->hazard[i - 1] + part * (f->hazard[i] - f->hazard[i - 1]));
}

/* --- particles --- */
static struct epi_turn turn_of(int day, const double *value, size_t n)
{
    struct epi_turn t = {.day = day};
    if (n > 0)
        memcpy(t.value, value, n * sizeof *value);
    return t;
}
static void begin_one(size_t i, unsigned worker, void *ctx)
{
    struct filter *f = ctx;
    struct epi_scenario s = *f->c->scenario;
    size_t free_n = f->how->free_n;
    double *z = &f->z[i * f->proposal.n], *v = &f->out->value[i * f->proposal.n];
    struct epi_rng rng = epi_rng_stream(f->c->seed, "calibrate.draw", key_of(f, i), 0);
    (void)worker;
    f->log_weight[i] = epi__propose(&f->proposal, &rng, z);
    for (size_t k = 0; k < free_n; k++)
        v[k] =
            epi__lever_set(&s, f->how->free[k].lever, epi_prior_at(&f->how->free[k].prior, z[k]));
    v[free_n] = epi_prior_at(&f->how->dispersion, z[free_n]);
    f->push[i] = f->ratio[i] = 1;
    f->turns[i].n = 0;
    EPI__PUSH(&f->turns[i], turn_of(0, v, free_n));
    f->origin[i] = (uint32_t)i;
    if (epi__world_at(f->c->society, f->c->history, &s,
                      hazard_of(f, s.r0 > 0 ? s.r0 : f->c->history->r0),
                      seed_of(f, "calibrate.world", i, 0), 1, &f->world[i], NULL) != EPI_OK) {
        f->world[i] = NULL;
        return;
    }
    if (f->c->packs && epi_scenario_by_packs(f->c->scenario))
        epi_world_packs(f->world[i], f->c->packs);
    if (f->c->prepare)
        f->c->prepare(f->c->ctx, f->world[i]);
}
static void drop_worlds(struct filter *f)
{
    for (size_t i = 0; i < f->n; i++) {
        epi_world_free(f->world[i]);
        f->world[i] = NULL;
    }
}
static epi_status begin_round(struct filter *f, struct epi_err *reterr)
{
    drop_worlds(f);
    epi_parallel_for(f->n, f->c->threads, begin_one, f);
    for (size_t i = 0; i < f->n; i++)
        if (!f->world[i])
            return EPI_FAIL(reterr, EPI_INVALID, "scenario.no-contacts", "%s", f->c->history->name);
    f->out->evidence = 0;
    f->out->softened = 0;
    return EPI_OK;
}
static void day_of(size_t i, unsigned worker, void *ctx)
{
    struct filter *f = ctx;
    struct epi_world *w = f->world[i];
    int day = epi_world_days_done(w), every = f->how->walk_every;
    (void)worker;
    if (every > 0 && day > 0 && day % every == 0) {
        struct epi_rng rng =
            epi_rng_stream(f->c->seed, "calibrate.walk", key_of(f, i), (uint64_t)day);
        double sd = f->how->walk_sd * (epi_rng_chance(&rng, LEAP) ? LEAP_BY : 1);
        float x = f->push[i] * (float)exp(sd * epi_rng_normal(&rng));
        f->push[i] = x < PUSH_LEAST ? PUSH_LEAST : x > PUSH_MOST ? PUSH_MOST : x;
        epi_world_push(w, f->push[i] * f->ratio[i]);
    }
    epi_world_day(w);
    double k = f->out->value[i * f->proposal.n + f->how->free_n];
    for (size_t s = 0; s < f->c->observed->n; s++)
        f->seen[s * f->n + i] = epi__seen(epi__found_in(w, &f->areas[s], day), f->scale, k);
}

/* --- weights --- */
static double normalise(struct filter *f) /* returns the log of what the weights summed to */
{
    double all = epi_logsumexp(f->log_weight, f->n);
    for (size_t i = 0; i < f->n; i++)
        f->weight[i] = exp(f->log_weight[i] -= all);
    return all;
}
static double effective(const double *log_weight, const double *log_chance, double power, size_t n)
{
    double sum = 0, square = 0, top = -INFINITY;
    for (size_t i = 0; i < n; i++)
        top = fmax(top, log_weight[i] + power * log_chance[i]);
    for (size_t i = 0; i < n; i++) {
        double w = exp(log_weight[i] + power * log_chance[i] - top);
        sum += w;
        square += w * w;
    }
    return sum * sum / square;
}
/* The power at which enough particles are left: 1 but for days far from all that was foreseen. */
static double softening(struct filter *f, const double *chance)
{
    double least = SOFT * (double)f->n, now = effective(f->log_weight, chance, 0, f->n);
    double lo = 0, hi = 1;
    least = least < 4 ? 4 : least;
    least = least < now / 2 ? least : now / 2;
    if (effective(f->log_weight, chance, 1, f->n) >= least)
        return 1;
    for (int round = 0; round < 40; round++) {
        double mid = (lo + hi) / 2;
        if (effective(f->log_weight, chance, mid, f->n) >= least)
            lo = mid;
        else
            hi = mid;
    }
    f->out->softened++;
    return lo;
}
static void note_ahead(struct filter *f, size_t series, int day)
{
    size_t at = series * (size_t)f->out->days + (size_t)day;
    double y = f->c->observed->cases[at];
    struct epi__foreseen ahead = {f->n, f->weight, &f->seen[series * f->n]};
    epi__foresee(f->a, &ahead, f->c->seed, at, f->out->ahead[at]);
    f->out->score[at] = isnan(y) ? y : epi__normal_score(&ahead, y);
}
static void weigh(struct filter *f, int day)
{
    struct epi_arena_mark mark = epi_arena_mark(f->a);
    double *chance = EPI_ARRAY(f->a, f->n, double);
    bool any = false;
    (void)normalise(f);
    for (size_t s = 0; s < f->c->observed->n; s++) {
        double y = f->c->observed->cases[s * (size_t)f->out->days + (size_t)day];
        if (f->round + 1 == (unsigned)f->how->rounds)
            note_ahead(f, s, day);
        for (size_t i = 0; i < f->n && !isnan(y); i++) {
            const struct epi__seen *seen = &f->seen[s * f->n + i];
            chance[i] += epi_nbinom_logpmf(y, seen->mean, seen->size);
        }
        any = any || !isnan(y);
    }
    if (any) {
        double power = softening(f, chance);
        for (size_t i = 0; i < f->n; i++)
            f->log_weight[i] += power * chance[i];
        f->out->evidence += normalise(f);
    }
    f->out->ess[day] = effective(f->log_weight, chance, 0, f->n);
    epi_arena_release(f->a, mark);
}

/* --- drawing anew --- */
struct copies {
    struct filter *f;
    uint32_t *from, *to;
    size_t n;
    int day;
    struct epi__proposal spread; /* of the particles that are drawn from */
};
/* Levers of a copy move by a kernel that keeps their mean and covariance (Liu and West 2001) and
 * act from the next day on. */
static void move(const struct copies *c, size_t particle)
{
    struct filter *f = c->f;
    struct epi_world *w = f->world[particle];
    size_t d = f->proposal.n, free_n = f->how->free_n, r0 = free_r0(f);
    double *z = &f->z[particle * d], *v = &f->out->value[particle * d], e[EPI_FREE_MAX + 1];
    struct epi_rng rng =
        epi_rng_stream(f->c->seed, "calibrate.move", key_of(f, particle), (uint64_t)c->day);
    for (size_t k = 0; k < d; k++)
        e[k] = epi_rng_normal(&rng);
    for (size_t k = 0; k < d; k++) {
        if (k < free_n && f->starts[k])
            continue;
        z[k] = SHRINK * z[k] + (1 - SHRINK) * c->spread.mean[k];
        for (size_t m = 0; m <= k; m++)
            z[k] += sqrt(1 - SHRINK * SHRINK) * c->spread.l[k * d + m] * e[m];
        if (k == free_n)
            v[k] = epi_prior_at(&f->how->dispersion, z[k]);
        else
            v[k] = epi__lever_set(&w->sc, f->how->free[k].lever,
                                  epi_prior_at(&f->how->free[k].prior, z[k]));
    }
    if (r0 < free_n)
        f->ratio[particle] = (float)hazard_of(f, v[r0]) / epi_world_track(w).hazard;
    epi_world_push(w, f->push[particle] * f->ratio[particle]);
    EPI__PUSH(&f->turns[particle], turn_of(c->day + 1, v, free_n));
}
static void copy_turns(struct turns *to, const struct turns *from)
{
    to->n = 0;
    for (uint32_t i = 0; i < from->n; i++)
        EPI__PUSH(to, from->v[i]);
}
static void copy_one(size_t i, unsigned worker, void *ctx)
{
    const struct copies *c = ctx;
    struct filter *f = c->f;
    size_t to = c->to[i], from = c->from[i], d = f->proposal.n;
    (void)worker;
    epi_world_branch(f->world[to], f->world[from], seed_of(f, "calibrate.branch", to, c->day));
    memcpy(&f->z[to * d], &f->z[from * d], d * sizeof *f->z);
    memcpy(&f->out->value[to * d], &f->out->value[from * d], d * sizeof *f->out->value);
    f->push[to] = f->push[from];
    f->origin[to] = f->origin[from];
    copy_turns(&f->turns[to], &f->turns[from]);
    move(c, to);
}
/* Survivors keep their places and seeds; copies take the places of those that are gone. */
static void draw_anew(struct filter *f, int day)
{
    struct epi_arena_mark mark = epi_arena_mark(f->a);
    uint32_t *times = EPI_ARRAY(f->a, f->n, uint32_t);
    struct copies c = {.f = f, .day = day};
    c.spread.n = f->proposal.n;
    epi__proposal_learn(&c.spread, f->z, f->weight, f->n, 1, 1e-8);
    struct epi_rng rng = epi_rng_stream(f->c->seed, "calibrate.anew", f->round, (uint64_t)day);
    double u = epi_rng_unit(&rng), sum = 0;
    size_t taken = 0, gone = 0;
    for (size_t i = 0; i < f->n; i++) {
        sum += f->weight[i] * (double)f->n;
        for (; taken < f->n && ((double)taken + u < sum || i + 1 == f->n); taken++)
            times[i]++;
    }
    c.from = EPI_ARRAY(f->a, f->n, uint32_t);
    c.to = EPI_ARRAY(f->a, f->n, uint32_t);
    for (size_t i = 0; i < f->n; i++)
        for (; times[i] > 1; times[i]--) {
            while (times[gone] > 0)
                gone++;
            c.from[c.n] = (uint32_t)i;
            c.to[c.n++] = (uint32_t)gone;
            gone++;
        }
    epi_parallel_for(c.n, f->c->threads, copy_one, &c);
    for (size_t i = 0; i < f->n; i++)
        f->log_weight[i] = -log((double)f->n);
    epi_arena_release(f->a, mark);
}
static epi_status one_round(struct filter *f, struct epi_err *reterr)
{
    bool last_round = f->round + 1 == (unsigned)f->how->rounds;
    int days = last_round ? f->out->days : f->out->last + 1;
    EPI_TRY(begin_round(f, reterr));
    for (int day = 0; day < days; day++) {
        epi_parallel_for(f->n, f->c->threads, day_of, f);
        f->done += f->n;
        if (f->c->progress && !f->c->progress(f->c->ctx, f->done, f->of))
            return EPI_FAIL(reterr, EPI_BUSY, "calibrate.stopped", "%d", day + 1);
        weigh(f, day);
        if (day < f->out->last && f->out->ess[day] < (double)f->n / 2)
            draw_anew(f, day);
    }
    (void)normalise(f);
    epi__proposal_learn(&f->proposal, f->z, f->weight, f->n, WIDER, LEAST);
    return EPI_OK;
}

/* --- results --- */
static size_t distinct(const struct filter *f)
{
    struct epi_arena_mark mark = epi_arena_mark(f->a);
    bool *is = EPI_ARRAY(f->a, f->n, bool);
    size_t n = 0;
    for (size_t i = 0; i < f->n; i++) {
        bool counts = f->weight[i] * (double)f->n > 1e-6;
        n += counts && !is[f->origin[i]];
        is[f->origin[i]] |= counts;
    }
    epi_arena_release(f->a, mark);
    return n;
}
static void keep_runs(struct filter *f)
{
    struct epi_calibrated *out = f->out;
    size_t days = (size_t)out->days;
    out->weight = f->weight;
    out->origins = distinct(f);
    out->last_ess = effective(f->log_weight, f->log_weight, 0, f->n);
    out->track = EPI_ARRAY(f->a, f->n, struct epi_track);
    out->found = EPI_ARRAY(f->a, out->series * days * f->n, double);
    out->count = EPI_ARRAY(f->a, out->series * days * f->n, double);
    for (size_t i = 0; i < f->n; i++) {
        struct epi_track t = epi_world_track(f->world[i]);
        uint64_t *seed = EPI_ARRAY(f->a, days, uint64_t);
        float *push = EPI_ARRAY(f->a, days, float);
        memcpy(seed, t.seed, days * sizeof *seed);
        memcpy(push, t.push, days * sizeof *push);
        struct epi_turn *turn = EPI_ARRAY(f->a, f->turns[i].n, struct epi_turn);
        memcpy(turn, f->turns[i].v, f->turns[i].n * sizeof *turn);
        out->track[i] = (struct epi_track){t.hazard, seed, push, turn, f->turns[i].n};
        double k = out->value[i * out->values_n + out->values_n - 1];
        for (size_t at = 0; at < out->series * days; at++) {
            double c = epi__found_in(f->world[i], &f->areas[at / days], (int)(at % days));
            struct epi__seen seen = epi__seen(c, f->scale, k);
            struct epi_rng rng = epi_rng_stream(f->c->seed, "calibrate.count", i, at);
            out->found[at * f->n + i] = c / f->scale;
            out->count[at * f->n + i] = (double)epi_draw_nbinom(&rng, seen.mean, seen.size);
        }
    }
}
static epi_status fits_memory(const struct filter *f, struct epi_err *reterr)
{
    const struct epi_society *s = f->c->society;
    double days = f->out->days, places = s->places_n;
    double one = (double)s->n * sizeof(struct epi__person) +
                 days * places * (EPI_TALLY_N * sizeof(uint32_t) + EPI_RULED_N) +
                 (double)s->hamlets_n * EPI__ZONE_DAYS * sizeof(uint16_t);
    if (one * (double)f->n > BYTES_MOST)
        return EPI_FAIL(reterr, EPI_LIMIT, "calibrate.too-large", "%.1f\x1f%.1f",
                        one * (double)f->n / 1e9, BYTES_MOST / 1e9);
    return EPI_OK;
}
static int last_known(const struct epi_observed *o)
{
    int last = -1;
    for (size_t i = 0; i < o->n; i++)
        for (int day = 0; day < o->days; day++)
            if (!isnan(o->cases[i * (size_t)o->days + (size_t)day]) && day > last)
                last = day;
    return last;
}
static void make_room(struct filter *f)
{
    struct epi_calibrated *out = f->out;
    size_t series = f->c->observed->n, at = series * (size_t)out->days;
    f->world = EPI_ARRAY(f->a, f->n, struct epi_world *);
    f->z = EPI_ARRAY(f->a, f->n * f->proposal.n, double);
    f->log_weight = EPI_ARRAY(f->a, f->n, double);
    f->weight = EPI_ARRAY(f->a, f->n, double);
    f->push = EPI_ARRAY(f->a, f->n, float);
    f->ratio = EPI_ARRAY(f->a, f->n, float);
    f->turns = EPI_ARRAY(f->a, f->n, struct turns);
    for (size_t i = 0; i < f->how->free_n; i++)
        f->starts[i] = epi_str_starts(epi_str_of(path_of(f, i)), EPI_S("start."));
    f->origin = EPI_ARRAY(f->a, f->n, uint32_t);
    f->seen = EPI_ARRAY(f->a, series * f->n, struct epi__seen);
    out->value = EPI_ARRAY(f->a, f->n * f->proposal.n, double);
    out->ess = EPI_ARRAY(f->a, (size_t)out->days, double);
    out->ahead = epi_arena_array(f->a, at, sizeof *out->ahead);
    out->score = EPI_ARRAY(f->a, at, double);
}
epi_status epi_calibrate_do(struct epi_arena *a, const struct epi_calibration *c,
                            struct epi_calibrated *ret, struct epi_err *reterr)
{
    const struct epi_calibrate *how = &c->scenario->calibrate;
    struct epi_calibrated out = {.n = (size_t)how->particles,
                                 .values_n = how->free_n + 1,
                                 .days = c->scenario->days,
                                 .last = last_known(c->observed),
                                 .series = c->observed->n,
                                 .rounds = how->rounds};
    struct filter f = {.c = c, .how = how, .a = a, .out = &out, .n = out.n};
    f.proposal = (struct epi__proposal){.n = out.values_n, .prior = true};
    f.scale = c->scenario->base.scale > 0 ? c->scenario->base.scale : 1;
    f.of = out.n * ((size_t)(how->rounds - 1) * (size_t)(out.last + 1) + (size_t)out.days);
    if (epi_scenario_by_packs(c->scenario) && (!c->packs || !epi_date_known(c->packs->first)))
        return EPI_FAIL(reterr, EPI_INVALID, "scenario.packs-needed", "%s", "base.date");
    EPI_TRY(fits_memory(&f, reterr));
    make_room(&f);
    f.areas = epi__areas(a, c->observed, c->society);
    find_hazards(&f);
    epi_status status = EPI_OK;
    for (; f.round < (unsigned)how->rounds && status == EPI_OK; f.round++)
        status = one_round(&f, reterr);
    if (status == EPI_OK) {
        keep_runs(&f);
        epi__judge(c->observed, &out);
        *ret = out;
    }
    drop_worlds(&f);
    for (size_t i = 0; i < f.n; i++)
        free(f.turns[i].v);
    return status;
}
