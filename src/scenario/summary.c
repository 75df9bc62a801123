// SPDX-License-Identifier: AGPL-3.0-or-later
/* What many runs say together: quantiles by day, totals by place, peaks against capacity, costs. */
#include "scenario/runs_internal.h"
#include "stats/stats.h"

#define FIGURES (EPI_TALLY_N + EPI_DERIVED_N)
#define FILE_MAX ((size_t)1 << 32)
struct totals {
    const struct epi_runs *r;
    double *day;   /* [run][figure][day] of all places */
    double *place; /* [run][place][tally] summed over days; of the level, the highest */
    double *group; /* [run][column] summed over days */
    double *week;  /* [place][week][of WEEKLY] summed over days and runs */
};
static const enum epi_tally WEEKLY[] = {EPI_T_INFECTED, EPI_T_FOUND, EPI_T_DEATHS};
static size_t weeks_of(const struct epi_runs *r)
{
    return ((size_t)r->scenario->days + 6) / 7;
}
static double *at_week(const struct totals *t, uint32_t place, size_t week)
{
    return &t->week[(place * weeks_of(t->r) + week) * EPI_COUNT(WEEKLY)];
}
#define GROUPS (EPI_MIX_BANDS + EPI_MEETING_N)
static double *at_day(const struct totals *t, unsigned run, size_t figure, int day)
{
    return &t->day[(((size_t)run * FIGURES) + figure) * (size_t)t->r->scenario->days + (size_t)day];
}
static double *at_place(const struct totals *t, unsigned run, uint32_t place)
{
    return &t->place[((size_t)run * epi_society_places(t->r->society) + place) * EPI_TALLY_N];
}
static const char *figure_word(size_t f)
{
    static const char *const derived[] = {
#define X(name, word) #word,
        EPI_DERIVED(X)
#undef X
    };
    return f < EPI_TALLY_N ? epi_tally_word((enum epi_tally)f) : derived[f - EPI_TALLY_N];
}

/* --- reading back --- */
static size_t numbers(epi_str line, int64_t *out, size_t max)
{
    epi_str cell;
    size_t n = 0;
    while (n < max && epi_str_split(&line, ',', &cell))
        if (!epi_str_to_i64(cell, &out[n++]))
            return 0;
    return n;
}
static epi_status read_days(struct epi_arena *a, struct totals *t, unsigned run,
                            struct epi_err *reterr)
{
    const struct epi_fs *fs = t->r->fs;
    const char *path = epi__run_path(a, t->r, run + 1, ".csv");
    epi_str text, line;
    int64_t v[2 + EPI_TALLY_N];
    EPI_TRY(fs->read(fs->ctx, a, path, FILE_MAX, &text, reterr));
    epi_str_split(&text, '\n', &line);
    while (epi_str_split(&text, '\n', &line)) {
        if (line.n == 0)
            continue;
        if (numbers(line, v, EPI_COUNT(v)) != EPI_COUNT(v) || v[0] < 0 ||
            v[0] >= t->r->scenario->days || v[1] < 0 || v[1] >= epi_society_places(t->r->society))
            return EPI_FAIL(reterr, EPI_CORRUPT, "scenario.run-file", "%s", path);
        double *place = at_place(t, run, (uint32_t)v[1]),
               *week = at_week(t, (uint32_t)v[1], (size_t)v[0] / 7);
        for (size_t f = 0; f < EPI_COUNT(WEEKLY); f++)
            week[f] += (double)v[2 + WEEKLY[f]];
        for (size_t f = 0; f < EPI_TALLY_N; f++) {
            double x = (double)v[2 + f], *day = at_day(t, run, f, (int)v[0]);
            *day = f == EPI_T_LEVEL ? fmax(*day, x) : *day + x;
            place[f] = f == EPI_T_LEVEL ? fmax(place[f], x) : place[f] + x;
        }
    }
    return EPI_OK;
}
static epi_status read_groups(struct epi_arena *a, struct totals *t, unsigned run,
                              struct epi_err *reterr)
{
    const struct epi_fs *fs = t->r->fs;
    const char *path = epi__run_path(a, t->r, run + 1, "-groups.csv");
    epi_str text, line;
    int64_t v[1 + GROUPS];
    EPI_TRY(fs->read(fs->ctx, a, path, FILE_MAX, &text, reterr));
    epi_str_split(&text, '\n', &line);
    while (epi_str_split(&text, '\n', &line))
        if (line.n > 0) {
            if (numbers(line, v, EPI_COUNT(v)) != EPI_COUNT(v))
                return EPI_FAIL(reterr, EPI_CORRUPT, "scenario.run-file", "%s", path);
            for (size_t g = 0; g < GROUPS; g++)
                t->group[(size_t)run * GROUPS + g] += (double)v[1 + g];
        }
    return EPI_OK;
}
/* R of a day: infections over sum_s I(t - s) w(s) (Fraser 2007, PLoS ONE 2:e758, eq. 9); without
 * the imported above the line. Fewer than one expected: not said. */
static void derive(struct totals *t, unsigned run)
{
    const struct epi_scenario *sc = t->r->scenario;
    for (int day = 0; day < sc->days; day++) {
        double pressure = 0;
        for (int s = 1; s < EPI_PROFILE_DAYS && s <= day; s++)
            pressure += *at_day(t, run, EPI_T_INFECTED, day - s) * t->r->history->profile[s];
        double local = *at_day(t, run, EPI_T_INFECTED, day) - *at_day(t, run, EPI_T_IMPORTED, day);
        *at_day(t, run, EPI_TALLY_N + EPI_D_R, day) = pressure >= 1 ? local / pressure : NAN;
        *at_day(t, run, EPI_TALLY_N + EPI_D_OXYGEN, day) =
            *at_day(t, run, EPI_T_BEDS, day) * sc->care.oxygen_bed +
            *at_day(t, run, EPI_T_ICU, day) * sc->care.oxygen_icu;
    }
}

/* --- writing --- */
static const double QUANTILES[] = {0.025, 0.25, 0.5, 0.75, 0.975};
static const char *const QUANTILE_WORDS[] = {"q025", "q25", "median", "q75", "q975"};
struct spread {
    double mean, q[EPI_COUNT(QUANTILES)];
    bool known;
};
/* Of the known ones among `n` numbers, which it sorts. */
static struct spread spread_of(double *v, size_t n)
{
    struct spread s = {.known = false};
    size_t k = 0;
    for (size_t i = 0; i < n; i++)
        if (isfinite(v[i]))
            v[k++] = v[i];
    if (k == 0)
        return s;
    epi_sort(v, k);
    s.known = true;
    s.mean = epi_mean(v, k);
    for (size_t i = 0; i < EPI_COUNT(QUANTILES); i++)
        s.q[i] = epi_quantile_sorted(v, k, QUANTILES[i]);
    return s;
}
static void put_spread(struct epi_buf *b, const struct spread *s)
{
    if (!s->known) {
        epi_buf_putz(b, ",,,,,,\n");
        return;
    }
    epi_buf_printf(b, ",%.6g", s->mean);
    for (size_t i = 0; i < EPI_COUNT(QUANTILES); i++)
        epi_buf_printf(b, ",%.6g", s->q[i]);
    epi_buf_putc(b, '\n');
}
static void put_head(struct epi_buf *b, const char *first)
{
    epi_buf_printf(b, "%s,mean", first);
    for (size_t i = 0; i < EPI_COUNT(QUANTILES); i++)
        epi_buf_printf(b, ",%s", QUANTILE_WORDS[i]);
    epi_buf_putc(b, '\n');
}
static void write_daily(const struct totals *t, double *v, struct epi_buf *b)
{
    char iso[16];
    put_head(b, "day,date,figure");
    for (int day = 0; day < t->r->scenario->days; day++)
        for (size_t f = 0; f < FIGURES; f++) {
            for (unsigned k = 0; k < t->r->runs; k++)
                v[k] = *at_day(t, k, f, day);
            struct spread s = spread_of(v, t->r->runs);
            epi_date d = {t->r->first.d + day};
            epi_buf_printf(b, "%d,%s,%s", day,
                           epi_date_known(t->r->first) ? epi_date_iso(d, iso) : "", figure_word(f));
            put_spread(b, &s);
        }
}
static void write_places(const struct totals *t, double *v, struct epi_buf *b)
{
    put_head(b, "path,people,figure");
    for (uint32_t p = 0; p < epi_society_places(t->r->society); p++) {
        uint32_t people = epi_society_place_first(t->r->society, p + 1) -
                          epi_society_place_first(t->r->society, p);
        for (size_t f = 0; f < EPI_TALLY_N; f++) {
            for (unsigned k = 0; k < t->r->runs; k++)
                v[k] = at_place(t, k, p)[f];
            struct spread s = spread_of(v, t->r->runs);
            epi_buf_printf(b, "%.*s,%u,%s", EPI_FMT(epi_society_place(t->r->society, p)->path),
                           people, epi_tally_word((enum epi_tally)f));
            put_spread(b, &s);
        }
    }
}
/* Means over the runs: what a map shows week by week. */
static void write_weeks(const struct totals *t, double *v, struct epi_buf *b)
{
    (void)v;
    epi_buf_putz(b, "path,week");
    for (size_t f = 0; f < EPI_COUNT(WEEKLY); f++)
        epi_buf_printf(b, ",%s", epi_tally_word(WEEKLY[f]));
    epi_buf_putc(b, '\n');
    for (uint32_t p = 0; p < epi_society_places(t->r->society); p++)
        for (size_t w = 0; w < weeks_of(t->r); w++) {
            epi_buf_printf(b, "%.*s,%zu", EPI_FMT(epi_society_place(t->r->society, p)->path), w);
            for (size_t f = 0; f < EPI_COUNT(WEEKLY); f++)
                epi_buf_printf(b, ",%.6g", at_week(t, p, w)[f] / t->r->runs);
            epi_buf_putc(b, '\n');
        }
}
static void write_group_totals(const struct totals *t, double *v, struct epi_buf *b)
{
    put_head(b, "group,infections_of");
    for (size_t g = 0; g < GROUPS; g++) {
        for (unsigned k = 0; k < t->r->runs; k++)
            v[k] = t->group[(size_t)k * GROUPS + g];
        struct spread s = spread_of(v, t->r->runs);
        if (g < EPI_MIX_BANDS)
            epi_buf_printf(b, "age,%zu", g * 5);
        else
            epi_buf_printf(b, "meeting,%s",
                           epi_meeting_word((enum epi_meeting)(g - EPI_MIX_BANDS)));
        put_spread(b, &s);
    }
}

/* --- summary.json --- */
static void spread_members(struct epi_jw *w, const struct spread *s)
{
    epi_jw_object(w);
    epi_jw_kvr(w, "mean", s->known ? s->mean : (double)NAN);
    for (size_t i = 0; i < EPI_COUNT(QUANTILES); i++)
        epi_jw_kvr(w, QUANTILE_WORDS[i], s->known ? s->q[i] : (double)NAN);
    epi_jw_object_end(w);
}
static bool is_stock(size_t f) /* a count at the end of the day: its sum is person-days */
{
    static const enum epi_tally now[] = {EPI_T_ISOLATED, EPI_T_AT_HOME, EPI_T_AT_SITE, EPI_T_BEDS,
                                         EPI_T_ICU,      EPI_T_NO_BED,  EPI_T_LOCKED,  EPI_T_QUEUE};
    for (size_t i = 0; i < EPI_COUNT(now); i++)
        if (f == now[i])
            return true;
    return f == EPI_TALLY_N + EPI_D_OXYGEN;
}
/* Totals of each run, so that runs of two scenarios with one seed can be compared one by one. */
static void write_runs(const struct totals *t, double *v, struct epi_buf *b)
{
    (void)v;
    epi_buf_putz(b, "run");
    for (size_t f = 0; f < EPI_TALLY_N; f++)
        if (f != EPI_T_LEVEL)
            epi_buf_printf(b, ",%s%s", figure_word(f), is_stock(f) ? "_days" : "");
    for (unsigned k = 0; k < t->r->runs; k++) {
        epi_buf_printf(b, "\n%u", k + 1);
        for (size_t f = 0; f < EPI_TALLY_N; f++) {
            double sum = 0;
            for (int day = 0; day < t->r->scenario->days; day++)
                sum += *at_day(t, k, f, day);
            if (f != EPI_T_LEVEL)
                epi_buf_printf(b, ",%.0f", sum);
        }
    }
    epi_buf_putc(b, '\n');
}
static struct spread sum_over_days(const struct totals *t, size_t f, double *v)
{
    for (unsigned k = 0; k < t->r->runs; k++) {
        v[k] = 0;
        for (int day = 0; day < t->r->scenario->days; day++)
            v[k] += *at_day(t, k, f, day);
    }
    return spread_of(v, t->r->runs);
}
static struct spread peak(const struct totals *t, size_t f, bool when, double *v)
{
    for (unsigned k = 0; k < t->r->runs; k++) {
        int best = 0;
        for (int day = 1; day < t->r->scenario->days; day++)
            if (*at_day(t, k, f, day) > *at_day(t, k, f, best))
                best = day;
        v[k] = when ? best : *at_day(t, k, f, best);
    }
    return spread_of(v, t->r->runs);
}
static void put_figures(struct epi_arena *a, struct epi_jw *w, const struct totals *t, double *v)
{
    epi_jw_key(w, "totals");
    epi_jw_object(w);
    for (size_t f = 0; f < EPI_TALLY_N; f++)
        if (f != EPI_T_LEVEL) {
            struct spread s = sum_over_days(t, f, v);
            epi_jw_key(w, is_stock(f) ? epi_str_printf(a, "%s_days", figure_word(f)).p
                                      : figure_word(f));
            spread_members(w, &s);
        }
    epi_jw_object_end(w);
    epi_jw_key(w, "peaks");
    epi_jw_object(w);
    for (size_t f = 0; f < FIGURES; f++)
        if (is_stock(f) || f == EPI_T_INFECTED || f == EPI_T_FOUND) {
            struct spread s = peak(t, f, false, v), day = peak(t, f, true, v);
            epi_jw_key(w, figure_word(f));
            epi_jw_object(w);
            epi_jw_key(w, "value");
            spread_members(w, &s);
            epi_jw_key(w, "day");
            spread_members(w, &day);
            epi_jw_object_end(w);
        }
    epi_jw_object_end(w);
}

/* What is used up, at the unit costs of the scenario; without any, only the amounts. */
static void put_costs(struct epi_jw *w, const struct totals *t, double *v)
{
    const struct epi_lever_cost *c = &t->r->scenario->cost;
    const struct {
        const char *word;
        enum epi_tally of;
        double each;
    } rows[] = {{"test", EPI_T_TESTED, c->test},
                {"home_day", EPI_T_AT_HOME, c->home_day},
                {"site_day", EPI_T_AT_SITE, c->site_day},
                {"bed_day", EPI_T_BEDS, c->bed_day},
                {"icu_day", EPI_T_ICU, c->icu_day},
                {"dose", EPI_T_DOSES, c->dose},
                {"locked_day", EPI_T_LOCKED, c->locked_day}};
    double all = 0;
    epi_jw_key(w, "costs");
    epi_jw_object(w);
    epi_jw_kvz(w, "currency", c->currency);
    epi_jw_key(w, "rows");
    epi_jw_array(w);
    for (size_t i = 0; i < EPI_COUNT(rows); i++) {
        struct spread s = sum_over_days(t, rows[i].of, v);
        epi_jw_object(w);
        epi_jw_kvz(w, "of", rows[i].word);
        epi_jw_kvr(w, "amount", s.mean);
        epi_jw_kvr(w, "each", rows[i].each);
        epi_jw_kvr(w, "cost", s.mean * rows[i].each);
        epi_jw_object_end(w);
        all += s.mean * rows[i].each;
    }
    epi_jw_array_end(w);
    epi_jw_kvr(w, "total", all);
    epi_jw_object_end(w);
}
static void put_capacity(struct epi_jw *w, const struct totals *t)
{
    const struct epi_scenario *s = t->r->scenario;
    double per = epi_society_people(t->r->society) / 1e5;
    epi_jw_key(w, "capacity"); /* 0 = without limit */
    epi_jw_object(w);
    epi_jw_kvr(w, "beds_now", s->care.beds * per);
    epi_jw_kvr(w, "icu_now", s->care.icu * per);
    epi_jw_kvr(w, "at_site_now", s->site.places * per);
    epi_jw_kvr(w, "tested", s->lab.capacity * per);
    epi_jw_object_end(w);
}
/* What was taken over from the register; persons. */
static void put_start(struct epi_jw *w, const struct totals *t)
{
    const struct epi_start *s = t->r->start;
    struct epi_start_counts c;
    char day[16];
    if (!s)
        return;
    epi_start_count(s, &c);
    epi_jw_key(w, "start");
    epi_jw_object(w);
    epi_jw_kvz(w, "as_of", epi_date_known(s->as_of) ? epi_date_iso(s->as_of, day) : NULL);
    epi_jw_kvi(w, "infected", c.infected);
    epi_jw_kvi(w, "severe", c.severe);
    epi_jw_kvi(w, "recovered", c.recovered);
    epi_jw_kvi(w, "died", c.died);
    epi_jw_kvi(w, "isolated", c.isolated);
    epi_jw_kvi(w, "quarantined", c.quarantined);
    epi_jw_kvi(w, "vaccinated", c.vaccinated);
    epi_jw_kvi(w, "doses", c.doses);
    epi_jw_kvi(w, "found_week", c.found_week);
    epi_jw_kvi(w, "nowhere", s->nowhere);
    epi_jw_kvi(
        w, "hidden", /* infected and not found, as expected */
        llround(epi_start_hidden(s, t->r->history, t->r->scenario->start.hidden, t->r->seed)));
    epi_jw_object_end(w);
}
static void write_summary(struct epi_arena *a, const struct totals *t, double *v, struct epi_buf *b)
{
    struct epi_jw w = EPI_JW(b);
    epi_jw_object(&w);
    epi_jw_kvi(&w, "runs", t->r->runs);
    epi_jw_kvi(&w, "days", t->r->scenario->days);
    epi_jw_kvi(&w, "people", epi_society_people(t->r->society));
    put_figures(a, &w, t, v);
    put_capacity(&w, t);
    put_start(&w, t);
    if (t->r->packs && epi_scenario_by_packs(t->r->scenario)) {
        epi_jw_key(&w, "rules");
        epi_packs_json(&w, t->r->packs, t->r->scenario);
    }
    put_costs(&w, t, v);
    epi_jw_object_end(&w);
    epi_buf_putc(b, '\n');
}

typedef void write_fn(const struct totals *t, double *v, struct epi_buf *b);
static epi_status write_all(struct epi_arena *a, const struct totals *t, struct epi_err *reterr)
{
    static const struct {
        const char *name;
        write_fn *fn;
    } files[] = {{"daily.csv", write_daily},
                 {"places.csv", write_places},
                 {"weeks.csv", write_weeks},
                 {"groups.csv", write_group_totals},
                 {"runs.csv", write_runs}};
    const struct epi_fs *fs = t->r->fs;
    double *v = EPI_ARRAY(a, t->r->runs, double);
    for (size_t i = 0; i < EPI_COUNT(files); i++) {
        EPI_BUF_LOCAL(b, FILE_MAX);
        files[i].fn(t, v, &b);
        EPI_TRY(fs->write(fs->ctx, epi_str_printf(a, "%s/%s", t->r->dir, files[i].name).p,
                          epi_buf_str(&b), reterr));
    }
    EPI_BUF_LOCAL(b, FILE_MAX);
    write_summary(a, t, v, &b);
    return fs->write(fs->ctx, epi_str_printf(a, "%s/summary.json", t->r->dir).p, epi_buf_str(&b),
                     reterr);
}
epi_status epi__runs_summary(const struct epi_runs *r, struct epi_err *reterr)
{
    EPI_ARENA_LOCAL(a);
    EPI_ARENA_LOCAL(file);
    struct totals t = {.r = r};
    size_t days = (size_t)r->scenario->days, places = epi_society_places(r->society);
    t.day = EPI_ARRAY(a, (size_t)r->runs * FIGURES * days, double);
    t.place = EPI_ARRAY(a, (size_t)r->runs * places * EPI_TALLY_N, double);
    t.week = EPI_ARRAY(a, places * weeks_of(r) * EPI_COUNT(WEEKLY), double);
    t.group = EPI_ARRAY(a, (size_t)r->runs * GROUPS, double);
    for (unsigned run = 0; run < r->runs; run++) {
        EPI_TRY(read_days(file, &t, run, reterr));
        EPI_TRY(read_groups(file, &t, run, reterr));
        epi_arena_reset(file);
        derive(&t, run);
    }
    return write_all(a, &t, reterr);
}
