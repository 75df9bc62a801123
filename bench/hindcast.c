// SPDX-License-Identifier: AGPL-3.0-or-later
/* Past forecasts of the simulator: fitted to the weeks before a day, asked for the four after it.
 *   hindcast --list                    the pairs of province and day, one a line
 *   hindcast PATH DAY [MEMBERS]         forecasts of one pair, a week a line, tab-separated
 * Columns: path, name, day, week, cases that came; then of the simulator, of persistence and of the
 * method `renewal` the quantiles 0.025, 0.25, 0.5, 0.75, 0.975 and the WIS; then of the fit p,
 * cover of 50 and 95 % a day ahead, misfit at the end, steps, scale, processor seconds.
 * Counts, census and doses come from the pack of the country. */
#include "estimate/forecast.h"
#include "scenario/scenario.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { FIT_DAYS = 56, BEFORE = 14, WEEKS = 4, AHEAD = 7 * WEEKS, DRAWS = 1000, LARGEST = 12 };
#define CASES_A_DAY 40.0 /* wanted in the thinned society */
#define PEOPLE_LEAST 30000.0
#define PEOPLE_MOST 300000.0
#define FOLLOWED 3.0     /* cases a day in the thinned society: fewer are luck alone */
#define FIRST_CASES 1000 /* the first day of a province is when it had so many in all */

struct pack {
    struct epi_arena *a;
    const struct epi_fs *fs;
    struct epi_units *units;
    epi_str cases, doses;
    epi_date from;
    size_t days;
};
static epi_str cell(epi_str *line)
{
    epi_str v = EPI_NIL;
    (void)epi_str_split(line, ',', &v);
    return v;
}
static double number(epi_str s)
{
    double v;
    return epi_str_to_f64(s, &v) ? v : 0;
}
/* Cases by day of the units below a path, from the first day of 2021. */
static double *series(const struct pack *p, epi_str path)
{
    double *v = EPI_ARRAY(p->a, p->days, double);
    epi_str text = p->cases, line;
    (void)epi_str_split(&text, '\n', &line);
    while (text.n && epi_str_split(&text, '\n', &line)) {
        epi_date d;
        if (!epi_date_parse_iso(cell(&line), &d) || !epi_str_starts(cell(&line), path))
            continue;
        double cases = number(cell(&line));
        if (d.d >= p->from.d && d.d < p->from.d + (int)p->days && cases > 0)
            v[d.d - p->from.d] += cases;
    }
    return v;
}
/* Doses given, people with one at least, people with the course: of the country up to a day. */
static void doses_by(const struct pack *p, epi_date day, double ret[3])
{
    epi_str text = p->doses, line;
    memset(ret, 0, 3 * sizeof *ret);
    (void)epi_str_split(&text, '\n', &line);
    while (text.n && epi_str_split(&text, '\n', &line)) {
        epi_date d;
        if (!epi_date_parse_iso(cell(&line), &d) || d.d > day.d)
            continue;
        (void)cell(&line);
        for (int k = 0; k < 3; k++) {
            double v = number(cell(&line));
            ret[k] = v > ret[k] ? v : ret[k];
        }
    }
}
static double mean_of(const double *v, int from, int n)
{
    double sum = 0;
    for (int i = from < 0 ? 0 : from; i < from + n; i++)
        sum += v[i];
    return sum / n;
}

/* --- which --- */
struct ranked {
    epi_str path;
    double cases;
};
static int by_cases(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;
    return x->cases < y->cases ? 1 : -(x->cases > y->cases);
}
static void list_one(const struct pack *p, epi_str path)
{
    double *v = series(p, path), sum = 0;
    char iso[16];
    int day = 0;
    while (day < (int)p->days && (sum += v[day]) < FIRST_CASES)
        day++;
    for (int k = 0; k < 3; k++, day += AHEAD)
        if (day + AHEAD < (int)p->days && mean_of(v, day - 13, 14) >= 1)
            printf("%.*s\t%s\n", EPI_FMT(path), epi_date_iso((epi_date){p->from.d + day}, iso));
}
/* The largest epidemics of 2021, and three of its spring. */
static void list(const struct pack *p)
{
    static const char *const spring[] = {"vn/24/", "vn/27/", "vn/48/"};
    int32_t of[200];
    struct ranked all[200];
    size_t n = epi_units_children(p->units, epi_units_root(p->units), p->from, of, 200);
    for (size_t i = 0; i < n; i++) {
        double *v = series(p, epi_units_at(p->units, of[i])->path);
        all[i] = (struct ranked){epi_units_at(p->units, of[i])->path, 365 * mean_of(v, 0, 365)};
    }
    qsort(all, n, sizeof *all, by_cases);
    for (size_t i = 0; i < n && i < LARGEST; i++)
        list_one(p, all[i].path);
    for (size_t i = 0; i < EPI_COUNT(spring); i++)
        list_one(p, epi_str_of(spring[i]));
}

/* --- the scenario of a province --- */
static struct epi_free free_as(const char *path, enum epi_prior_kind kind, double a, double b)
{
    const struct epi_lever *levers;
    size_t n = epi_levers(&levers), i = 0;
    while (i < n && strcmp(levers[i].path, path) != 0)
        i++;
    return (struct epi_free){i, {kind, a, b}};
}
static double scale_of(const struct pack *p, epi_str path, const double *v, int day)
{
    double people = (double)epi_units_at(p->units, epi_units_by_path(p->units, path))->population;
    double now = fmax(mean_of(v, day - 13, 14), 0.1);
    return fmin(1, fmin(PEOPLE_MOST / people, fmax(CASES_A_DAY / now, PEOPLE_LEAST / people)));
}
static struct epi_scenario scenario_of(const struct pack *p, epi_str path, const double *v, int day,
                                       int from, int members)
{
    struct epi_scenario s = epi_scenario_plain();
    double before[3], after[3], country = 0;
    char iso[16];
    snprintf(s.base.pack, sizeof s.base.pack, "vn-2021");
    snprintf(s.base.unit, sizeof s.base.unit, "%.*s", EPI_FMT(path));
    snprintf(s.base.disease, sizeof s.base.disease, "covid-19");
    snprintf(s.base.variant, sizeof s.base.variant, "delta");
    snprintf(s.base.date, sizeof s.base.date, "%s",
             epi_date_iso((epi_date){p->from.d + from}, iso));
    s.base.scale = scale_of(p, path, v, day);
    s.days = day - from + 1 + AHEAD;
    s.seek = (struct epi_lever_seek){.share = 0.5, .severe_share = 0.95, .delay_mean = 2};
    s.lab.turnaround = 1;
    s.isolate =
        (struct epi_lever_isolate){.days = 14, .home = 0.5, .compliance = 0.9, .at_home = 0.5};
    country = (double)epi_units_at(p->units, epi_units_root(p->units))->population;
    doses_by(p, (epi_date){p->from.d + from}, before);
    doses_by(p, (epi_date){p->from.d + day}, after);
    if (country > 0) { /* doses of the country: those of provinces are not in the pack */
        s.start.doses_full = before[2] / country;
        s.start.doses_one = fmax(before[1] - before[2], 0) / country;
        s.vaccinate.from_age = 18;
        s.vaccinate.per_day = (after[0] - before[0]) / (day - from) / country * 1e5;
    }
    double first = fmax(mean_of(v, from + BEFORE, 7), 0.1) * s.base.scale * 10;
    s.calibrate = (struct epi_calibrate){.members = members,
                                         .steps = 10,
                                         .free_n = 3,
                                         .dispersion = {EPI_PRIOR_LOG_NORMAL, 10, 0.7},
                                         .walk_every = 7,
                                         .walk_sd = 0.25};
    s.calibrate.free[0] = free_as("r0", EPI_PRIOR_LOG_NORMAL, 1.5, 0.4);
    s.calibrate.free[1] = free_as("start.infected", EPI_PRIOR_LOG_UNIFORM, fmax(0.3 * first, 1),
                                  fmax(30 * first, 30));
    s.calibrate.free[2] = free_as("seek.share", EPI_PRIOR_BETA, 0.5, 0.15);
    return s;
}

/* --- three forecasts of the sums of weeks --- */
static void put(const double *q, double y)
{
    printf("\t%.0f\t%.0f\t%.0f\t%.0f\t%.0f\t%.2f", q[EPI_LEVEL_025], q[EPI_LEVEL_25],
           q[EPI_LEVEL_50], q[EPI_SCORE_LEVELS - 1 - EPI_LEVEL_25],
           q[EPI_SCORE_LEVELS - 1 - EPI_LEVEL_025],
           epi_score_quantiles(epi_score_levels, q, EPI_SCORE_LEVELS, y).wis);
}
static void week_of_paths(struct epi_arena *a, const double *path, size_t n, int first, int week,
                          double *ret)
{
    double *sum = EPI_ARRAY(a, n, double);
    for (size_t i = 0; i < n; i++) {
        for (int d = 0; d < 7; d++)
            sum[i] += path[(size_t)(first + 7 * week + d) * n + i];
    }
    for (size_t k = 0; k < EPI_SCORE_LEVELS; k++)
        ret[k] = epi_members_quantile(a, sum, n, epi_score_levels[k]);
}
static int show(const struct pack *p, const struct epi_scenario *s, const struct epi_calibrated *f,
                const double *v, int day, double seconds)
{
    double w[31], *persist = EPI_ARRAY(p->a, (size_t)AHEAD * DRAWS, double), q[EPI_SCORE_LEVELS];
    size_t known = (size_t)day + 1;
    struct epi_forecast plain;
    char iso[16];
    epi_si_discretise(4.7, 2.9, EPI_COUNT(w), w);
    struct epi_forecast_setting how = {.horizon = AHEAD,
                                       .window = 7,
                                       .draws = DRAWS,
                                       .w = w,
                                       .lags = EPI_COUNT(w),
                                       .period = 7,
                                       .step = 7,
                                       .past = 8,
                                       .seed = 1};
    epi_forecast_make(p->a, v, NULL, known, &how, &plain);
    epi_persist(v, known, AHEAD, DRAWS, 1, persist);
    int32_t unit = epi_units_by_path(p->units, epi_str_of(s->base.unit));
    for (int week = 0; week < WEEKS; week++) {
        double y = 7 * mean_of(v, day + 1 + 7 * week, 7);
        printf("%s\t%.*s\t%s\t%d\t%.0f", s->base.unit,
               EPI_FMT(epi_units_at(p->units, unit)->full_name),
               epi_date_iso((epi_date){p->from.d + day}, iso), week + 1, y);
        week_of_paths(p->a, f->count, f->n, f->last + 1, week, q);
        put(q, y);
        week_of_paths(p->a, persist, DRAWS, 0, week, q);
        put(q, y);
        week_of_paths(p->a, plain.path, DRAWS, 0, week, q);
        put(q, y);
        printf("\t%.3g\t%.2f\t%.2f\t%.3g\t%d\t%.3f\t%.0f\n", f->p, f->cover50, f->cover95,
               f->misfit[f->steps], f->steps, s->base.scale, seconds);
    }
    return 0;
}
static int failed(struct epi_arena *a, const struct epi_err *e)
{
    epi_str text = epi_err_text(a, e, EPI_EN);
    fprintf(stderr, "hindcast: %.*s\n", EPI_FMT(text));
    return 1;
}
static int one(const struct pack *p, epi_str path, epi_date at, int members)
{
    struct epi_err e = {0};
    struct epi_findings f;
    struct epi_natural_history history;
    struct epi_society *society = NULL;
    struct epi_calibrated got;
    struct timespec t0, t1;
    double *v = series(p, path);
    int day = at.d - p->from.d, from = day + 1 - FIT_DAYS;
    while (from < day - 20 && mean_of(v, from, 7) * scale_of(p, path, v, day) < FOLLOWED)
        from++;
    from -= BEFORE;
    struct epi_scenario s = scenario_of(p, path, v, day, from, members);
    double *cases = EPI_ARRAY(p->a, (size_t)s.days, double);
    for (int i = 0; i < s.days; i++)
        cases[i] = i >= BEFORE && from + i <= day ? v[from + i] : (double)NAN;
    epi_str all = EPI_NIL;
    struct epi_observed o = {.n = 1, .days = s.days, .path = &all, .cases = cases};
    epi_findings_init(&f, p->a, 20);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t0);
    epi_status st = epi_scenario_history(p->a, p->fs, "data/diseases", &s, &history, &f, &e);
    if (st == EPI_OK)
        st = epi_scenario_society(p->fs, p->units, &s, 1, &society, &f, &e);
    if (st == EPI_OK)
        st = epi_observed_check(&o, society, &f, &e);
    struct epi_calibration c = {
        .society = society, .history = &history, .scenario = &s, .observed = &o, .seed = 1};
    if (st == EPI_OK)
        st = epi_calibrate_do(p->a, &c, &got, &e);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t1);
    if (st == EPI_OK)
        (void)show(p, &s, &got, v, day, (double)(t1.tv_sec - t0.tv_sec));
    epi_society_free(society);
    return st == EPI_OK ? 0 : failed(p->a, &e);
}
int main(int argc, char **argv)
{
    EPI_ARENA_LOCAL(a);
    struct epi_err e = {0};
    struct epi_findings f;
    struct pack p = {.a = a, .fs = &epi_io_real()->fs, .days = 730};
    const char *dir;
    const epi_json *json;
    epi_date at;
    int64_t members = 150;
    int ret = 2;
    epi_findings_init(&f, a, 20);
    p.from = epi_date_ymd(2021, 1, 1);
    if (epi_units_pack(p.fs, a, "data/packs", EPI_S("vn-2021"), &dir, &json, &e) != EPI_OK ||
        epi_units_load(p.fs, dir, &p.units, &f, &e) != EPI_OK ||
        epi_units_file(p.units, p.fs, a, EPI_S("cases"), &p.cases, &e) != EPI_OK ||
        epi_units_file(p.units, p.fs, a, EPI_S("vaccination"), &p.doses, &e) != EPI_OK)
        return failed(a, &e);
    if (argc == 2 && strcmp(argv[1], "--list") == 0) {
        list(&p);
        ret = 0;
    } else if (argc >= 3 && argc <= 4 && epi_date_parse_iso(epi_str_of(argv[2]), &at) &&
               (argc == 3 || epi_str_to_i64(epi_str_of(argv[3]), &members))) {
        ret = one(&p, epi_str_of(argv[1]), at, (int)members);
    } else {
        fputs("hindcast --list | hindcast PATH DAY [MEMBERS]\n", stderr);
    }
    epi_units_free(p.units);
    return ret;
}
