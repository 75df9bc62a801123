// SPDX-License-Identifier: AGPL-3.0-or-later
/* The pooled forecast: parts, their past errors, weights by past scores, and the score of the
 * whole. */
#include "estimate/forecast_internal.h"
#include "stats/stats.h"

#define TRAIN 8         /* past origins weights and errors are learnt from */
#define FADE 0.6        /* what an origin counts for beside the one after it */
#define TRAIN_DRAWS 200 /* of a past forecast */
#define PRIOR_WORTH 2.0 /* origins that the error believed beforehand is worth */
#define PRIOR_LOSS 1.0  /* origins at which the parts are thought to have done alike */
#define STEEP 4.0       /* weights fall with this power of the score */
#define DRIFT 0.05      /* of log R over one serial interval, a step: sd believed beforehand */
#define CHANGE 0.06     /* of the log of the level, a step: the same */
#define POWER_MIN 0.3   /* how the error grows with the steps ahead */
#define POWER_MAX 0.8

const char *epi_forecast_part_word(enum epi_forecast_part p)
{
    static const char *const words[] = {"trend", "damped", "level", "latest"};
    return words[p];
}

/* Everything about the origins, newest first: 0 is the forecast itself. */
struct origins {
    const struct epi_forecast_setting *s;
    const double *cases, *local;
    size_t n, step, count, horizon;                          /* horizon: of the past ones */
    struct epi__forecast_state *state;                       /* [count] */
    double (*loss)[EPI_FORECAST_PARTS][EPI_FORECAST_SCORED]; /* [count] WIS by step */
};

static size_t origin_of(const struct origins *o, size_t i)
{
    return o->n - i * o->step;
}

/* Sum of steps [from, to) of what came after origin i; false when they are not all known. */
static bool came(const struct origins *o, size_t i, size_t known, size_t from, size_t to,
                 double *ret)
{
    size_t at = origin_of(o, i);
    *ret = 0;
    for (size_t h = from; h < to; h++)
        *ret += at + h < known ? o->cases[at + h] : 0;
    return at + to <= known;
}

/* sd of the log of a span's cases, for the weeks 1 and 2: the prior, and what the part was off by
 * at the origins before i. */
static void errors(const struct origins *o, size_t i)
{
    struct epi__forecast_state *now = &o->state[i];
    size_t known = origin_of(o, i), span = o->s->period == 7 ? 7 : 2;
    for (int p = 0; p < EPI_FORECAST_PARTS; p++) {
        for (size_t w = 0; w < 2; w++) {
            double ahead = ((double)w + 0.5) * (double)span, learnt = 0, sum = 0;
            double growth = now->log_r_sd * ahead / now->interval, drift = DRIFT * ahead;
            if (p >= EPI_FORECAST_LEVEL)
                growth = CHANGE * ahead;
            double prior = fmin(1, growth * growth + drift * drift);
            for (size_t j = i + 1; j < o->count && j <= i + TRAIN; j++) {
                const struct epi__forecast_state *then = &o->state[j];
                double was = 0, is;
                if ((w + 1) * span > o->horizon ||
                    !came(o, j, known, w * span, (w + 1) * span, &is))
                    continue;
                for (size_t h = w * span; h < (w + 1) * span; h++)
                    was += then->path[p][h];
                double e = log((is + 0.5) / (was + 0.5));
                double chance = 1 / (was + 0.5) + 1 / (then->fit.size * (double)span);
                double fade = pow(FADE, (double)(j - i - 1));
                sum += fade * fmax(0.1 * prior, fmin(e * e, 9) - chance);
                learnt += fade;
            }
            double var = (PRIOR_WORTH * prior + sum) / (PRIOR_WORTH + learnt);
            now->fit.error[p][w] = sqrt(var);
            now->fit.learnt = (size_t)fmax((double)now->fit.learnt, learnt);
        }
    }
}

/* Draws of one part at origin i: the log of the mean walks, counts are negative binomial about it.
 */
static void draw_part(const struct origins *o, size_t i, int p, size_t horizon, size_t draws,
                      size_t stride, double *ret)
{
    const struct epi__forecast_state *st = &o->state[i];
    struct epi_rng r = epi_rng_stream(o->s->seed, "forecast.part", origin_of(o, i), (uint64_t)p);
    double step[EPI_FORECAST_HORIZON_MAX], before = 0, span = o->s->period == 7 ? 7 : 2;
    double first = st->fit.error[p][0], second = fmax(first, st->fit.error[p][1]);
    double power = fmin(POWER_MAX, fmax(POWER_MIN, log(second / first) / log(3)));
    for (size_t h = 0; h < horizon; h++) {
        double sd = first * pow(((double)h + 1) / (0.5 * span + 0.5), power);
        step[h] = sqrt(fmax(0, sd * sd - before));
        before = sd * sd;
    }
    for (size_t j = 0; j < draws; j++) {
        double off = 0;
        for (size_t h = 0; h < horizon; h++) {
            off += step[h] * epi_rng_normal(&r);
            ret[h * stride + j] =
                epi__forecast_count(&r, st->path[p][h] * exp(fmin(off, 20)), st->fit.size);
        }
    }
}

/* Weights at origin i from the scores at those before it, whose outcome was known. */
static void weights(const struct origins *o, size_t i)
{
    size_t known = origin_of(o, i);
    double loss[EPI_FORECAST_PARTS] = {0}, mean = 0, sum = 0, seen = 0;
    for (size_t j = i + 1; j < o->count && j <= i + TRAIN; j++) {
        double about = 0, part[EPI_FORECAST_PARTS] = {0};
        for (size_t h = 0; h < o->horizon && origin_of(o, j) + h < known; h++)
            for (int p = 0; p < EPI_FORECAST_PARTS; p++)
                part[p] += o->loss[j][p][h];
        for (int p = 0; p < EPI_FORECAST_PARTS; p++)
            about += part[p] / EPI_FORECAST_PARTS;
        for (int p = 0; p < EPI_FORECAST_PARTS && about > 0; p++)
            loss[p] += pow(FADE, (double)(j - i - 1)) * part[p] / about;
        seen += about > 0 ? pow(FADE, (double)(j - i - 1)) : 0;
    }
    for (int p = 0; p < EPI_FORECAST_PARTS; p++) {
        mean = (loss[p] + PRIOR_LOSS) / (seen + PRIOR_LOSS);
        o->state[i].fit.weight[p] = pow(mean, -STEEP);
        sum += o->state[i].fit.weight[p];
    }
    for (int p = 0; p < EPI_FORECAST_PARTS; p++)
        o->state[i].fit.weight[p] /= sum;
}

/* Pooled draws at origin i: of each part as many as its weight. */
static void pool(const struct origins *o, size_t i, size_t horizon, size_t draws, double *ret)
{
    size_t at = 0;
    double upto = 0;
    for (int p = 0; p < EPI_FORECAST_PARTS; p++) {
        upto += o->state[i].fit.weight[p];
        size_t to = p + 1 == EPI_FORECAST_PARTS ? draws : (size_t)rint(upto * (double)draws);
        to = to > draws ? draws : to < at ? at : to;
        draw_part(o, i, p, horizon, to - at, draws, ret + at);
        at = to;
    }
}

void epi__forecast_score_add(const double *cases, size_t n, size_t origin, double *draw,
                             size_t draws, struct epi_forecast_score *score)
{
    double q[EPI_FORECAST_SCORED * EPI_SCORE_LEVELS];
    size_t top = EPI_SCORE_LEVELS - 1;
    epi_forecast_summary(draw, draws, EPI_FORECAST_SCORED, NULL, q);
    for (size_t h = 0; h < EPI_FORECAST_SCORED && origin + h < n; h++) {
        const double *v = q + h * EPI_SCORE_LEVELS, y = cases[origin + h];
        score[h].n++;
        score[h].wis += epi_score_quantiles(epi_score_levels, v, EPI_SCORE_LEVELS, y).wis;
        score[h].error += fabs(v[EPI_LEVEL_50] - y);
        score[h].cover50 += y >= v[EPI_LEVEL_25] && y <= v[top - EPI_LEVEL_25];
        score[h].cover95 += y >= v[EPI_LEVEL_025] && y <= v[top - EPI_LEVEL_025];
    }
}

void epi__forecast_score_close(struct epi_forecast_score *score)
{
    for (size_t h = 0; h < EPI_FORECAST_SCORED; h++) {
        struct epi_forecast_score *s = &score[h];
        double n = s->n ? (double)s->n : (double)NAN;
        s->wis /= n, s->error /= n, s->cover50 /= n, s->cover95 /= n;
    }
}

/* The plain rival: R by Cori as it stands, Poisson. */
static void plain(struct epi_arena *a, const struct origins *o, size_t i, double *ret)
{
    const struct epi_forecast_setting *s = o->s;
    struct epi_projection p = {
        .horizon = o->horizon, .draws = TRAIN_DRAWS, .w = s->w, .lags = s->lags, .seed = s->seed};
    epi_project_r(o->cases, o->local, origin_of(o, i), s->window, 5, 5, &p);
    epi_project(a, o->cases, origin_of(o, i), &p, ret);
}

static void score_past(struct epi_arena *a, const struct origins *o, size_t past,
                       struct epi_forecast *ret)
{
    double *draw = EPI_ARRAY(a, o->horizon * TRAIN_DRAWS, double);
    struct epi_forecast_score *score[EPI_FORECAST_RIVALS];
    for (size_t k = 0; k < EPI_FORECAST_RIVALS; k++)
        score[k] = ret->score + k * EPI_FORECAST_SCORED;
    for (size_t i = 1; i <= past && i < o->count; i++) {
        size_t at = origin_of(o, i);
        pool(o, i, o->horizon, TRAIN_DRAWS, draw);
        epi__forecast_score_add(o->cases, o->n, at, draw, TRAIN_DRAWS, score[EPI_FORECAST_OURS]);
        epi_persist(o->cases, at, o->horizon, TRAIN_DRAWS, o->s->seed, draw);
        epi__forecast_score_add(o->cases, o->n, at, draw, TRAIN_DRAWS,
                                score[EPI_FORECAST_PERSISTENCE]);
        plain(a, o, i, draw);
        epi__forecast_score_add(o->cases, o->n, at, draw, TRAIN_DRAWS, score[EPI_FORECAST_PLAIN]);
    }
    for (size_t k = 0; k < EPI_FORECAST_RIVALS; k++)
        epi__forecast_score_close(score[k]);
}

void epi_forecast_make(struct epi_arena *a, const double *cases, const double *local, size_t n,
                       const struct epi_forecast_setting *s, struct epi_forecast *ret)
{
    size_t horizon = s->horizon, least = 2 * s->period > 8 ? 2 * s->period : 8;
    struct origins o = {
        .s = s, .cases = cases, .local = local, .n = n, .step = s->step, .count = 1};
    while (o.count <= s->past + TRAIN && n >= least + o.count * o.step)
        o.count++;
    o.horizon = EPI_FORECAST_SCORED;
    *ret = (struct epi_forecast){.path = EPI_ARRAY(a, horizon * s->draws, double),
                                 .mean = EPI_ARRAY(a, horizon, double),
                                 .quantile = EPI_ARRAY(a, horizon * EPI_SCORE_LEVELS, double),
                                 .score = EPI_ARRAY(a, EPI_FORECAST_RIVALS * EPI_FORECAST_SCORED,
                                                    struct epi_forecast_score)};
    EPI_ARENA_LOCAL(scratch);
    o.state = EPI_ARRAY(scratch, o.count, struct epi__forecast_state);
    o.loss = epi_arena_array(scratch, o.count, sizeof *o.loss);
    double *draw = EPI_ARRAY(scratch, horizon * s->draws + o.horizon * TRAIN_DRAWS, double);
    double q[EPI_FORECAST_HORIZON_MAX * EPI_SCORE_LEVELS];
    for (size_t i = o.count; i-- > 0;) {
        size_t at = origin_of(&o, i);
        epi__forecast_fit(scratch, cases, local, at,
                          i == 0 && horizon > o.horizon ? horizon : o.horizon, s, &o.state[i]);
        errors(&o, i);
        for (int p = 0; i > 0 && p < EPI_FORECAST_PARTS; p++) {
            draw_part(&o, i, p, o.horizon, TRAIN_DRAWS, TRAIN_DRAWS, draw);
            epi_forecast_summary(draw, TRAIN_DRAWS, o.horizon, NULL, q);
            for (size_t h = 0; h < o.horizon && at + h < n; h++)
                o.loss[i][p][h] = epi_score_quantiles(epi_score_levels, q + h * EPI_SCORE_LEVELS,
                                                      EPI_SCORE_LEVELS, cases[at + h])
                                      .wis;
        }
        weights(&o, i);
    }
    ret->fit = o.state[0].fit;
    pool(&o, 0, horizon, s->draws, ret->path);
    memcpy(draw, ret->path, horizon * s->draws * sizeof *draw);
    epi_forecast_summary(draw, s->draws, horizon, ret->mean, ret->quantile);
    score_past(scratch, &o, s->past, ret);
}
