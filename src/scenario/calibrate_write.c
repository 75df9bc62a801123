// SPDX-License-Identifier: AGPL-3.0-or-later
/* A fit as files: the curve, the draws, and the figures of the whole. */
#include "scenario/calibrate_internal.h"
#include "stats/stats.h"
#include <inttypes.h>

#define FILE_MAX ((size_t)1 << 30)
static const char *const LEVEL_WORDS[EPI_FIT_LEVELS] = {"q025", "q25", "median", "q75", "q975"};

static const char *value_word(const struct epi_calibration *c, size_t i)
{
    const struct epi_lever *levers;
    (void)epi_levers(&levers);
    const struct epi_calibrate *how = &c->scenario->calibrate;
    return i < how->free_n ? levers[how->free[i].lever].path : "dispersion";
}

/* --- fit.csv --- */
static void put_figure(struct epi_buf *b, double v)
{
    if (isfinite(v))
        epi_buf_printf(b, ",%.6g", v);
    else
        epi_buf_putc(b, ',');
}
static void put_day(struct epi_arena *a, const struct epi_calibration *c,
                    const struct epi_calibrated *f, size_t series, int day, struct epi_buf *b)
{
    size_t at = series * (size_t)f->days + (size_t)day;
    const double *count = &f->count[at * f->n];
    epi_date first;
    char iso[16];
    double mean = 0;
    bool known = epi_date_parse_iso(epi_str_of(c->scenario->base.date), &first);
    for (size_t i = 0; i < f->n; i++)
        mean += f->found[at * f->n + i] / (double)f->n;
    epi_buf_printf(b, "%d,%s,%.*s,%s", day,
                   known ? epi_date_iso((epi_date){first.d + day}, iso) : "",
                   EPI_FMT(c->observed->path[series]), day <= f->last ? "fit" : "forecast");
    put_figure(b, c->observed->cases[at]);
    put_figure(b, mean);
    for (size_t q = 0; q < EPI_FIT_LEVELS; q++)
        put_figure(b, epi_members_quantile(a, count, f->n, epi_fit_levels[q]));
    put_figure(b, f->score[at]);
    epi_buf_putc(b, '\n');
}
static void write_fit(struct epi_arena *a, const struct epi_calibration *c,
                      const struct epi_calibrated *f, struct epi_buf *b)
{
    epi_buf_putz(b, "day,date,path,part,observed,mean");
    for (size_t q = 0; q < EPI_FIT_LEVELS; q++)
        epi_buf_printf(b, ",%s", LEVEL_WORDS[q]);
    epi_buf_putz(b, ",score\n");
    for (size_t s = 0; s < f->series; s++)
        for (int day = 0; day < f->days; day++)
            put_day(a, c, f, s, day, b);
}

/* --- posterior.csv: what repeats a run, figure by figure to the last bit --- */
static void put_track(const struct epi_track *t, int days, struct epi_buf *b)
{
    epi_buf_printf(b, ",%.9g,", (double)t->hazard);
    for (int day = 0; day < days; day++)
        if (day == 0 || t->push[day] < t->push[day - 1] || t->push[day] > t->push[day - 1])
            epi_buf_printf(b, "%s%d:%.9g", day ? ";" : "", day, (double)t->push[day]);
    epi_buf_printf(b, ",%" PRIu64, t->seed[0]);
}
static void write_draws(struct epi_arena *a, const struct epi_calibration *c,
                        const struct epi_calibrated *f, struct epi_buf *b)
{
    (void)a;
    epi_buf_putz(b, "draw,society_seed,people,days,last");
    for (size_t k = 0; k < f->values_n; k++)
        epi_buf_printf(b, ",%s", value_word(c, k));
    epi_buf_putz(b, ",hazard,transmission,seed\n");
    for (size_t i = 0; i < f->n; i++) {
        epi_buf_printf(b, "%zu,%" PRIu64 ",%u,%d,%d", i + 1, c->seed,
                       epi_society_people(c->society), f->days, f->last);
        for (size_t k = 0; k < f->values_n; k++)
            epi_buf_printf(b, ",%.17g", f->value[i * f->values_n + k]);
        put_track(&f->track[i], f->days, b);
        epi_buf_putc(b, '\n');
    }
}

/* --- calibration.json --- */
static void quantile_members(struct epi_arena *a, struct epi_jw *w, const double *v, size_t n)
{
    double mean = 0;
    for (size_t i = 0; i < n; i++)
        mean += v[i] / (double)n;
    epi_jw_kvr(w, "mean", mean);
    for (size_t q = 0; q < EPI_FIT_LEVELS; q++)
        epi_jw_kvr(w, LEVEL_WORDS[q], epi_members_quantile(a, v, n, epi_fit_levels[q]));
}
static void free_figures(struct epi_arena *a, struct epi_jw *w, const struct epi_calibration *c,
                         const struct epi_calibrated *f)
{
    const struct epi_calibrate *how = &c->scenario->calibrate;
    double *v = EPI_ARRAY(a, f->n, double);
    epi_jw_key(w, "free");
    epi_jw_array(w);
    for (size_t k = 0; k < f->values_n; k++) {
        const struct epi_prior *prior = k < how->free_n ? &how->free[k].prior : &how->dispersion;
        for (size_t i = 0; i < f->n; i++)
            v[i] = f->value[i * f->values_n + k];
        epi_jw_object(w);
        epi_jw_kvz(w, "lever", value_word(c, k));
        quantile_members(a, w, v, f->n);
        epi_jw_key(w, "prior");
        epi_jw_object(w);
        for (size_t q = 0; q < EPI_FIT_LEVELS; q++)
            epi_jw_kvr(w, LEVEL_WORDS[q], epi_prior_at(prior, epi_normal_q(epi_fit_levels[q])));
        epi_jw_object_end(w);
        epi_jw_object_end(w);
    }
    epi_jw_array_end(w);
}
static void windows(struct epi_arena *a, struct epi_jw *w, const struct epi_calibration *c,
                    const struct epi_calibrated *f)
{
    int every = c->scenario->calibrate.walk_every;
    double *v = EPI_ARRAY(a, f->n, double);
    epi_jw_key(w, "transmission");
    epi_jw_array(w);
    for (int day = 0; every > 0 && day < f->days; day += every) {
        for (size_t i = 0; i < f->n; i++)
            v[i] = (double)f->track[i].push[day];
        epi_jw_object(w);
        epi_jw_kvi(w, "day", day);
        quantile_members(a, w, v, f->n);
        epi_jw_object_end(w);
    }
    epi_jw_array_end(w);
}
static void write_figures(struct epi_arena *a, const struct epi_calibration *c,
                          const struct epi_calibrated *f, struct epi_buf *b)
{
    struct epi_jw w = EPI_JW(b);
    epi_jw_object(&w);
    epi_jw_kvi(&w, "members", (int64_t)f->n);
    epi_jw_kvi(&w, "days", f->days);
    epi_jw_kvi(&w, "last", f->last);
    epi_jw_kvi(&w, "people", epi_society_people(c->society));
    epi_jw_kvi(&w, "steps", f->steps);
    epi_jw_key(&w, "misfit");
    epi_jw_array(&w);
    for (int i = 0; i <= f->steps; i++)
        epi_jw_real(&w, f->misfit[i]);
    epi_jw_array_end(&w);
    epi_jw_kvi(&w, "weeks", f->weeks);
    epi_jw_kvr(&w, "chi2", f->chi2);
    epi_jw_kvr(&w, "p", f->p);
    epi_jw_kvr(&w, "cover50", f->cover50);
    epi_jw_kvr(&w, "cover95", f->cover95);
    epi_jw_kvb(&w, "poor", epi_calibrated_poor(f));
    epi_jw_kvb(&w, "vague", epi_calibrated_vague(f));
    free_figures(a, &w, c, f);
    windows(a, &w, c, f);
    epi_jw_object_end(&w);
    epi_buf_putc(b, '\n');
}
epi_status epi_calibrated_write(struct epi_arena *a, const struct epi_calibration *c,
                                const struct epi_calibrated *f, const struct epi_fs *fs,
                                const char *dir, struct epi_err *reterr)
{
    static const struct {
        const char *name;
        void (*fn)(struct epi_arena *a, const struct epi_calibration *c,
                   const struct epi_calibrated *f, struct epi_buf *b);
    } files[] = {{"fit.csv", write_fit},
                 {"posterior.csv", write_draws},
                 {"calibration.json", write_figures}};
    EPI_TRY(fs->make_dir(fs->ctx, dir, reterr));
    for (size_t i = 0; i < EPI_COUNT(files); i++) {
        EPI_BUF_LOCAL(b, FILE_MAX);
        files[i].fn(a, c, f, &b);
        EPI_TRY(fs->write(fs->ctx, epi_str_printf(a, "%s/%s", dir, files[i].name).p,
                          epi_buf_str(&b), reterr));
    }
    return EPI_OK;
}
