// SPDX-License-Identifier: AGPL-3.0-or-later
#include "estimate/forecast_options.h"
#include "stats/stats.h"

#define LAGS 366
#define COUNT_MAX 1e8  /* more cases a day than this are no count */
#define FEW 10.0       /* cases of the last four weeks below which a forecast says little */
#define COVER_LOW 0.85 /* of a 95 % interval */
#define OUTCOMES 20    /* fewer say nothing about coverage */

epi_status epi__forecast_input(struct epi_estimate_run *r, struct epi__forecast_input *ret)
{
    const struct epi_series *s = &r->series;
    size_t from, to, drop = (size_t)ceil(epi_opt_number(r, "incomplete") / s->step);
    EPI_TRY(epi_opt_range(r, NULL, "to", &from, &to));
    *ret = (struct epi__forecast_input){
        .n = to > drop ? to - drop : 0,
        .horizon = (size_t)fmax(1, rint(epi_opt_number(r, "horizon") / s->step)),
        .draws = (size_t)epi_opt_number(r, "draws"),
        .past = (size_t)epi_opt_number(r, "past"),
        .step = s->step == 1 ? 7 : 1,
        .seed = (uint64_t)epi_opt_number(r, "seed")};
    if (ret->n == 0)
        return EPI_FAIL(r->err, EPI_INVALID, "estimate.forecast-no-points", "%zu", drop);
    double *all = EPI_ARRAY(r->a, ret->n, double);
    for (size_t t = 0; t < ret->n; t++) {
        all[t] = s->cases[t] + (s->imported ? s->imported[t] : 0);
        if (all[t] > COUNT_MAX)
            return EPI_FAIL(r->err, EPI_LIMIT, "estimate.too-large", "%.0f", all[t]);
    }
    ret->cases = all;
    ret->local = s->imported ? s->cases : NULL;
    if (drop)
        epi_out_note(r, EPI_NOTE, "estimate.forecast-incomplete", 0,
                     epi_str_printf(r->a, "%zu", drop), EPI_NIL);
    return EPI_OK;
}

epi_status epi__forecast_interval(struct epi_estimate_run *r, const double **ret_w,
                                  size_t *ret_lags)
{
    struct epi_si si;
    double *w = EPI_ARRAY(r->a, LAGS, double), sum = 0, mass = 0;
    size_t lags = 0;
    EPI_TRY(epi__si_read(r, LAGS, r->series.step, &si));
    for (size_t k = 0; k < LAGS; k++) {
        for (size_t j = 0; j < si.n; j++)
            w[k] += si.w[k * si.n + j] / (double)si.n;
        sum += w[k];
    }
    if (!(sum > 0))
        return EPI_FAIL(r->err, EPI_INVALID, "estimate.options-faulty", "%s", "");
    for (; lags < LAGS && mass < sum * (1 - 1e-10); lags++)
        mass += w[lags];
    for (size_t k = 0; k < lags; k++)
        w[k] /= mass;
    *ret_w = w;
    *ret_lags = lags;
    return EPI_OK;
}

void epi__forecast_times(struct epi_estimate_run *r, const struct epi__forecast_input *in,
                         struct epi_frame *f, size_t each)
{
    double *t = epi_frame_add(r->a, f, "t"), *date = NULL, *h;
    if (epi_date_known(r->series.start))
        date = epi_frame_add_date(r->a, f, "date");
    h = epi_frame_add(r->a, f, "horizon");
    for (size_t i = 0; i < f->rows; i++) {
        size_t ahead = i / each;
        t[i] = r->series.t0 + (double)(in->n + ahead);
        if (date)
            date[i] = epi_series_date(&r->series, in->n + ahead);
        h[i] = (double)ahead + 1;
    }
}

void epi__forecast_rows(struct epi_estimate_run *r, const struct epi__forecast_input *in,
                        const double *mean, const double *quantile)
{
    static const struct {
        const char *name;
        size_t level;
    } shown[] = {{"q025", EPI_LEVEL_025},
                 {"q05", EPI_LEVEL_05},
                 {"q25", EPI_LEVEL_25},
                 {"median", EPI_LEVEL_50},
                 {"q75", 16},
                 {"q95", 20},
                 {"q975", 21}};
    struct epi_frame *f = &r->out->rows;
    epi_frame_init(f, in->horizon);
    epi__forecast_times(r, in, f, 1);
    memcpy(epi_frame_add(r->a, f, "mean"), mean, in->horizon * sizeof *mean);
    for (size_t k = 0; k < EPI_COUNT(shown); k++) {
        double *v = epi_frame_add(r->a, f, shown[k].name);
        for (size_t h = 0; h < in->horizon; h++)
            v[h] = quantile[h * EPI_SCORE_LEVELS + shown[k].level];
    }
    f = epi_out_table(r, "quantiles", in->horizon * EPI_SCORE_LEVELS);
    epi__forecast_times(r, in, f, EPI_SCORE_LEVELS);
    double *level = epi_frame_add(r->a, f, "level"), *value = epi_frame_add(r->a, f, "value");
    for (size_t i = 0; i < f->rows; i++) {
        level[i] = epi_score_levels[i % EPI_SCORE_LEVELS];
        value[i] = quantile[i];
    }
    epi_out_value(r, "last_t", r->series.t0 + (double)in->n - 1);
    if (epi_date_known(r->series.start)) {
        char day[16];
        epi_date last = {(int32_t)epi_series_date(&r->series, in->n - 1)};
        epi_out_word(r, "last_date", epi_str_dup(r->a, epi_str_of(epi_date_iso(last, day))));
    }
}

/* Means over the steps ahead that are scored and shown. */
static struct epi_forecast_score whole(const struct epi_forecast_score *s, size_t horizon)
{
    struct epi_forecast_score sum = {0};
    for (size_t h = 0; h < horizon && h < EPI_FORECAST_SCORED; h++) {
        double n = (double)s[h].n;
        if (s[h].n == 0)
            continue;
        sum.n += s[h].n;
        sum.wis += n * s[h].wis, sum.error += n * s[h].error;
        sum.cover50 += n * s[h].cover50, sum.cover95 += n * s[h].cover95;
    }
    double n = sum.n ? (double)sum.n : (double)NAN;
    sum.wis /= n, sum.error /= n, sum.cover50 /= n, sum.cover95 /= n;
    return sum;
}

static void score_values(struct epi_estimate_run *r, const struct epi_forecast_score *own,
                         const struct epi_forecast_score *persistence)
{
    epi_out_value(r, "scored", (double)own->n);
    epi_out_value(r, "mean_wis", own->wis);
    epi_out_value(r, "cover50", own->cover50);
    epi_out_value(r, "cover95", own->cover95);
    if (persistence)
        epi_out_value(r, "wis_ratio",
                      persistence->wis > 0 ? own->wis / persistence->wis : (double)NAN);
    if (own->n == 0)
        epi_out_note(r, EPI_WARNING, "estimate.forecast-unscored", 0, EPI_NIL, EPI_NIL);
    if (own->n >= OUTCOMES && own->cover95 < COVER_LOW)
        epi_out_note(r, EPI_WARNING, "estimate.forecast-overconfident", 0,
                     epi_str_printf(r->a, "%.0f", 100 * own->cover95), EPI_NIL);
    if (persistence && own->n > 0 && own->wis > persistence->wis)
        epi_out_note(r, EPI_WARNING, "estimate.forecast-worse", 0,
                     epi_str_printf(r->a, "%.3g", own->wis),
                     epi_str_printf(r->a, "%.3g", persistence->wis));
}

void epi__forecast_scores(struct epi_estimate_run *r, const struct epi__forecast_input *in,
                          const struct epi_forecast_score *score, const char *const *names,
                          size_t n)
{
    size_t shown = in->horizon < EPI_FORECAST_SCORED ? in->horizon : EPI_FORECAST_SCORED;
    struct epi_frame *f = epi_out_table(r, "scores", n * shown);
    epi_str *model = epi_frame_add_word(r->a, f, "model");
    static const char *const columns[] = {"horizon",      "n",       "mean_wis",
                                          "mean_abs_err", "cover50", "cover95"};
    double *v[EPI_COUNT(columns)];
    for (size_t c = 0; c < EPI_COUNT(columns); c++)
        v[c] = epi_frame_add(r->a, f, columns[c]);
    for (size_t i = 0; i < f->rows; i++) {
        const struct epi_forecast_score *s = &score[i / shown * EPI_FORECAST_SCORED + i % shown];
        model[i] = epi_str_of(names[i / shown]);
        v[0][i] = (double)(i % shown) + 1;
        v[1][i] = (double)s->n;
        v[2][i] = s->wis, v[3][i] = s->error, v[4][i] = s->cover50, v[5][i] = s->cover95;
    }
    struct epi_forecast_score own = whole(score, shown), second = {0};
    if (n > 1)
        second = whole(score + EPI_FORECAST_SCORED, shown);
    score_values(r, &own, n > 1 ? &second : NULL);
}

void epi__forecast_notes(struct epi_estimate_run *r, const struct epi__forecast_input *in)
{
    double recent = 0, all = 0;
    size_t month = 28 / (size_t)r->series.step;
    for (size_t t = 0; t < in->n; t++) {
        all += in->cases[t];
        recent += t + month >= in->n ? in->cases[t] : 0;
    }
    if (all == 0)
        epi_out_note(r, EPI_WARNING, "estimate.all-zero", 0, EPI_NIL, EPI_NIL);
    else if (recent < FEW)
        epi_out_note(r, EPI_WARNING, "estimate.forecast-few", 0,
                     epi_str_printf(r->a, "%.0f", recent), EPI_NIL);
    if (in->horizon > EPI_FORECAST_SCORED)
        epi_out_note(r, EPI_WARNING, "estimate.forecast-far", EPI_FORECAST_SCORED + 1,
                     epi_str_printf(r->a, "%d", EPI_FORECAST_SCORED), EPI_NIL);
}
