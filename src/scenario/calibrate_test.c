// SPDX-License-Identifier: AGPL-3.0-or-later
#include "scenario/calibrate_internal.h"
#include "scenario/test_society.h"
#include "stats/stats.h"

#define DAYS 56
#define KNOWN 42 /* days observed */

/* --- the member `calibrate` --- */
static epi_status read_text(struct epi_arena *a, const char *json, struct epi_scenario *s,
                            struct epi_findings *f)
{
    epi_findings_init(f, a, 100);
    *s = epi_scenario_plain();
    return epi_scenario_read(a, epi_str_of(json), s, f, NULL);
}
static bool refused_with(struct epi_arena *a, const char *json, const char *code)
{
    struct epi_scenario s;
    struct epi_findings f;
    if (read_text(a, json, &s, &f) == EPI_OK)
        return false;
    for (size_t i = 0; i < f.n; i++)
        if (strcmp(f.list[i].code, code) == 0)
            return true;
    return false;
}
TEST(what_is_free_in_a_scenario_is_read_and_written_alike)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct epi_scenario s, again;
    struct epi_findings f;
    const char *json =
        "{\"calibrate\":{\"members\":50,\"steps\":3,\"free\":{"
        "\"r0\":{\"prior\":\"lognormal\",\"median\":2.5,\"sd\":0.3},"
        "\"start.infected\":{\"prior\":\"loguniform\",\"from\":1,\"to\":100},"
        "\"seek.share\":{\"prior\":\"beta\",\"mean\":0.5,\"sd\":0.2},"
        "\"trace.other\":{\"prior\":\"uniform\",\"from\":0.1,\"to\":0.9}},"
        "\"dispersion\":{\"prior\":\"lognormal\",\"median\":8,\"sd\":0.5},"
        "\"walk\":{\"every\":7,\"sd\":0.2},\"from\":\"2021-05-01\",\"until\":\"2021-06-01\"}}";
    CHECK_OK(read_text(a, json, &s, &f));
    CHECK_INT((int)s.calibrate.free_n, 4);
    EPI_BUF_LOCAL(b, 1 << 16);
    struct epi_jw w = EPI_JW(&b);
    epi_scenario_json(&w, &s);
    CHECK_OK(read_text(a, epi_str_cz(a, epi_buf_str(&b)), &again, &f));
    CHECK(memcmp(&again.calibrate, &s.calibrate, sizeof s.calibrate) == 0);
    CHECK_OK(read_text(a, "{\"calibrate\":null}", &s, &f));
    CHECK_INT(s.calibrate.members, 0);
}
TEST(faults_of_what_is_free_are_findings)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    static const struct {
        const char *inside, *code;
    } rows[] = {
        {"", "calibrate.nothing-free"},
        {"\"free\":{\"r1\":{\"prior\":\"beta\",\"mean\":0.5,\"sd\":0.1}}", "calibrate.no-lever"},
        {"\"free\":{\"title\":{\"prior\":\"beta\",\"mean\":0.5,\"sd\":0.1}}", "calibrate.no-lever"},
        {"\"free\":{\"days\":{\"prior\":\"uniform\",\"from\":1,\"to\":9}}", "calibrate.no-lever"},
        {"\"free\":{\"r0\":{\"prior\":\"gauss\",\"mean\":2,\"sd\":1}}", "calibrate.prior-word"},
        {"\"free\":{\"r0\":{\"prior\":\"lognormal\",\"median\":2}}", "calibrate.prior-figures"},
        {"\"free\":{\"r0\":{\"prior\":\"uniform\",\"from\":3,\"to\":2}}",
         "calibrate.prior-figures"},
        {"\"free\":{\"r0\":{\"prior\":\"loguniform\",\"from\":0,\"to\":2}}",
         "calibrate.prior-figures"},
        {"\"free\":{\"seek.share\":{\"prior\":\"beta\",\"mean\":0.5,\"sd\":0.6}}",
         "calibrate.prior-figures"},
        {"\"free\":{\"seek.share\":{\"prior\":\"uniform\",\"from\":1,\"to\":3}}",
         "calibrate.prior-outside"},
        {"\"walk\":{\"every\":7}", "calibrate.walk"},
        {"\"walk\":{\"every\":0,\"sd\":0.1}", "calibrate.count"},
        {"\"walk\":{\"every\":7,\"sd\":0.1},\"members\":3", "calibrate.count"},
        {"\"walk\":{\"every\":7,\"sd\":0.1},\"until\":\"June\"", "scenario.date"},
        {"\"walk\":{\"every\":7,\"sd\":0.1},\"more\":1", "calibrate.unknown"},
    };
    for (size_t i = 0; i < EPI_COUNT(rows); i++)
        if (!refused_with(a, epi_str_printf(a, "{\"calibrate\":{%s}}", rows[i].inside).p,
                          rows[i].code)) {
            epi_test_fail(__FILE__, __LINE__, "{%s}: want %s", rows[i].inside, rows[i].code);
            return;
        }
}
TEST(quantiles_of_priors_have_the_figures_of_the_file)
{
    USES_NO_RNG;
    const struct epi_prior flat = {EPI_PRIOR_UNIFORM, 2, 6},
                           log_flat = {EPI_PRIOR_LOG_UNIFORM, 1, 100},
                           bell = {EPI_PRIOR_LOG_NORMAL, 3, 0.5},
                           share = {EPI_PRIOR_BETA, 0.5, 0.1};
    CHECK_NEAR(epi_prior_at(&flat, 0), 4, 1e-12);
    CHECK_NEAR(epi_prior_at(&log_flat, 0), 10, 1e-9);
    CHECK_NEAR(epi_prior_at(&bell, 1), 3 * exp(0.5), 1e-12);
    CHECK_NEAR(epi_prior_at(&share, 0), 0.5, 1e-9);
    CHECK(epi_prior_at(&share, 1.96) > 0.68 && epi_prior_at(&share, 1.96) < 0.7);
}

/* --- the table of counts --- */
static struct epi_scenario dated(void)
{
    struct epi_scenario s = epi_scenario_plain();
    s.days = 30;
    memcpy(s.base.date, "2021-05-01", 11);
    return s;
}
static const char *table_fault(struct epi_arena *a, const char *csv)
{
    struct epi_scenario s = dated();
    struct epi_observed o;
    struct epi_findings f;
    struct epi_society *society = province(400, 2);
    epi_findings_init(&f, a, 100);
    epi_status status = epi_observed_read(a, epi_str_of(csv), &s, &o, &f, NULL);
    if (status == EPI_OK)
        status = epi_observed_check(&o, society, &f, NULL);
    epi_society_free(society);
    return status == EPI_OK ? "" : f.n ? f.list[0].code : "?";
}
TEST(series_that_cannot_be_fitted_to_are_refused)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    EPI_BUF_LOCAL(good, 1 << 16);
    EPI_BUF_LOCAL(zero, 1 << 16);
    EPI_BUF_LOCAL(far, 1 << 16);
    epi_buf_putz(&good, "date,cases\n");
    epi_buf_putz(&zero, "date,cases\n");
    epi_buf_putz(&far, "date,cases,path\n");
    for (int day = 1; day <= 20; day++) {
        epi_buf_printf(&good, "2021-05-%02d,%d\n", day, day);
        epi_buf_printf(&zero, "2021-05-%02d,0\n", day);
        epi_buf_printf(&far, "2021-05-%02d,4,y/\n", day);
    }
    CHECK_STR(epi_str_of(table_fault(a, epi_str_cz(a, epi_buf_str(&good)))), EPI_S(""));
    CHECK_STR(epi_str_of(table_fault(a, epi_str_cz(a, epi_buf_str(&zero)))),
              EPI_S("calibrate.no-cases"));
    CHECK_STR(epi_str_of(table_fault(a, epi_str_cz(a, epi_buf_str(&far)))),
              EPI_S("calibrate.no-place"));
    CHECK_STR(epi_str_of(table_fault(a, "")), EPI_S("calibrate.columns"));
    CHECK_STR(epi_str_of(table_fault(a, "date,cases\n")), EPI_S("calibrate.no-counts"));
    CHECK_STR(epi_str_of(table_fault(a, "date,cases\n2020-05-01,3\n")),
              EPI_S("calibrate.too-short"));
    CHECK_STR(epi_str_of(table_fault(a, "date,cases\n2021-05-01,-3\n")),
              EPI_S("calibrate.row-cases"));
    CHECK_STR(epi_str_of(table_fault(a, "date,cases\n2021-05-01,2.5\n")),
              EPI_S("calibrate.row-cases"));
    CHECK_STR(epi_str_of(table_fault(a, "date,cases\n01/05/2021,3\n")),
              EPI_S("calibrate.row-date"));
    CHECK_STR(epi_str_of(table_fault(a, "date,cases\n2021-05-01,3\n2021-05-01,3\n")),
              EPI_S("calibrate.row-twice"));
}

/* --- a known truth --- */
struct truth {
    struct epi_society *s;
    struct epi_natural_history d;
    struct epi_scenario sc;
    struct epi_observed o;
    double cases[DAYS], later[DAYS];
    epi_str path;
};
/* Counts of a run with R0 2.2 in which 60 % of the sick are tested; the last weeks are kept back.
 */
static void truth_of(struct truth *t, uint64_t seed)
{
    t->s = province(2500, 6);
    t->d = epi_natural_history_plain(2.2, 5, 2);
    t->sc = epi_scenario_plain();
    t->sc.days = DAYS;
    t->sc.start.infected = 30;
    t->sc.seek = (struct epi_lever_seek){.share = 0.6, .severe_share = 1, .delay_mean = 1};
    t->sc.lab.turnaround = 1;
    t->path = EPI_NIL;
    t->o = (struct epi_observed){.n = 1, .days = DAYS, .path = &t->path, .cases = t->cases};
    struct epi_world *w = world_of(t->s, &t->d, &t->sc, seed, 1);
    run_all(w);
    for (int day = 0; day < DAYS; day++) {
        t->later[day] = (double)epi_world_tally_all(w, day, EPI_T_FOUND);
        t->cases[day] = day < KNOWN ? t->later[day] : (double)NAN;
    }
    epi_world_free(w);
    t->d.r0 = 1; /* what the fit shall not know */
    t->sc.seek.share = 0.1;
    t->sc.start.infected = 1;
}
static void free_levers(struct epi_arena *a, struct truth *t, const char *json)
{
    struct epi_findings f;
    struct epi_scenario s;
    if (read_text(a, json, &s, &f) == EPI_OK)
        t->sc.calibrate = s.calibrate;
}
static const char *wide = "{\"calibrate\":{\"members\":80,\"free\":{"
                          "\"r0\":{\"prior\":\"lognormal\",\"median\":3,\"sd\":0.5},"
                          "\"start.infected\":{\"prior\":\"loguniform\",\"from\":5,\"to\":200},"
                          "\"seek.share\":{\"prior\":\"beta\",\"mean\":0.5,\"sd\":0.15}}}}";
static struct epi_calibration fit_of(const struct truth *t, unsigned threads)
{
    return (struct epi_calibration){.society = t->s,
                                    .history = &t->d,
                                    .scenario = &t->sc,
                                    .observed = &t->o,
                                    .seed = 3,
                                    .threads = threads};
}
static double value_at(struct epi_arena *a, const struct epi_calibrated *f, size_t k, double p)
{
    double *v = EPI_ARRAY(a, f->n, double);
    for (size_t i = 0; i < f->n; i++)
        v[i] = f->value[i * f->values_n + k];
    return epi_members_quantile(a, v, f->n, p);
}
static epi_str file_of(struct epi_arena *a, const char *dir, const char *name)
{
    const struct epi_fs *fs = &epi_io_real()->fs;
    epi_str text = EPI_NIL;
    (void)!fs->read(fs->ctx, a, epi_str_printf(a, "%s/%s", dir, name).p, 1 << 26, &text, NULL);
    return text;
}
static double found_in_run(epi_str csv, int day)
{
    epi_str line, cell;
    double sum = 0;
    while (csv.n && epi_str_split(&csv, '\n', &line)) {
        int64_t v = -1, at = -1;
        for (int k = 0; k <= 2 + EPI_T_FOUND && epi_str_split(&line, ',', &cell); k++) {
            bool number = epi_str_to_i64(cell, &v);
            if (k == 0)
                at = number ? v : -1;
        }
        sum += at == day ? (double)v : 0;
    }
    return sum;
}
TEST(a_fit_finds_what_made_the_counts_and_foresees_the_rest)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct truth t;
    struct epi_calibrated f, twice;
    const char *one = epi_test_dir(a), *two = epi_str_printf(a, "%s/two", one).p;
    const struct epi_fs *fs = &epi_io_real()->fs;
    /* One epidemic; how often intervals hold the truth of many is in docs/validity.md. */
    truth_of(&t, 15);
    free_levers(a, &t, wide);
    struct epi_calibration c = fit_of(&t, 1), c2 = fit_of(&t, 2);
    CHECK_OK(epi_calibrate_do(a, &c, &f, NULL));
    CHECK_OK(epi_calibrated_write(a, &c, &f, fs, one, NULL));
    CHECK(value_at(a, &f, 0, 0.05) <= 2.2 && value_at(a, &f, 0, 0.95) >= 2.2);
    CHECK(value_at(a, &f, 0, 0.95) - value_at(a, &f, 0, 0.05) < 1.5); /* the prior: 5.5 */
    CHECK(value_at(a, &f, 2, 0.05) <= 0.6 && value_at(a, &f, 2, 0.95) >= 0.6);
    CHECK(!epi_calibrated_poor(&f));
    CHECK(!epi_calibrated_vague(&f));
    CHECK(f.cover95 > 0.85);
    int held = 0;
    for (int day = KNOWN; day < DAYS; day++) {
        const double *v = &f.count[(size_t)day * f.n];
        held += epi_members_quantile(a, v, f.n, 0.025) <= t.later[day] &&
                epi_members_quantile(a, v, f.n, 0.975) >= t.later[day];
    }
    CHECK(held >= (DAYS - KNOWN) * 3 / 4);
    CHECK_OK(epi_calibrate_do(a, &c2, &twice, NULL));
    CHECK_OK(epi_calibrated_write(a, &c2, &twice, fs, two, NULL));
    CHECK_STR(file_of(a, two, "fit.csv"), file_of(a, one, "fit.csv"));
    CHECK_STR(file_of(a, two, "posterior.csv"), file_of(a, one, "posterior.csv"));
    CHECK_STR(file_of(a, two, "calibration.json"), file_of(a, one, "calibration.json"));
    CHECK(file_of(a, one, "fit.csv").n > 1000);
    epi_society_free(t.s);
}
TEST(runs_from_the_draws_are_the_runs_of_the_fit)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct truth t;
    struct epi_calibrated f;
    struct epi_draws draws;
    struct epi_findings findings;
    bool done = false;
    const char *dir = epi_test_dir(a), *out = epi_str_printf(a, "%s/runs", dir).p;
    const struct epi_fs *fs = &epi_io_real()->fs;
    truth_of(&t, 12);
    free_levers(a, &t, wide);
    t.sc.calibrate.members = 40;
    t.sc.calibrate.steps = 1;
    t.sc.calibrate.walk_every = 7;
    t.sc.calibrate.walk_sd = 0.3;
    struct epi_calibration c = fit_of(&t, 1);
    CHECK_OK(epi_calibrate_do(a, &c, &f, NULL));
    CHECK_OK(epi_calibrated_write(a, &c, &f, fs, dir, NULL));
    epi_findings_init(&findings, a, 10);
    CHECK_OK(epi_draws_read(a, file_of(a, dir, "posterior.csv"), DAYS, &draws, &findings, NULL));
    CHECK_INT((int)draws.n, 40);
    struct epi_runs r = {.society = t.s,
                         .history = &t.d,
                         .scenario = &t.sc,
                         .seed = 1,
                         .runs = 60, /* more than draws: some are taken again */
                         .threads = 1,
                         .fs = fs,
                         .dir = out,
                         .draws = &draws,
                         .first = epi_date_ymd(2021, 11, 17)};
    CHECK_OK(epi_runs_do(a, &r, &done, NULL));
    size_t whole = 0;
    for (unsigned run = 1; run <= 60; run += 7) {
        epi_str csv = file_of(a, out, epi_str_printf(a, "run-%04u.csv", run).p);
        bool known = false;
        for (size_t i = 0; i < f.n; i++) {
            int day = 0;
            while (day < DAYS &&
                   fabs(found_in_run(csv, day) - f.found[(size_t)day * f.n + i]) < 0.5)
                day++;
            known = known || day >= KNOWN;
            whole += day == DAYS;
        }
        CHECK(known);
    }
    CHECK(whole > 0);
    CHECK_INT(epi_draws_read(a, EPI_S("draw,what\n1,2\n"), DAYS, &draws, &findings, NULL),
              EPI_INVALID);
    epi_society_free(t.s);
}
TEST(a_wrong_model_is_called_poor)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct truth t;
    struct epi_calibrated f;
    truth_of(&t, 11);
    free_levers(a, &t,
                "{\"calibrate\":{\"members\":100,\"steps\":1,\"free\":{"
                "\"r0\":{\"prior\":\"lognormal\",\"median\":1.1,\"sd\":0.03},"
                "\"start.infected\":{\"prior\":\"loguniform\",\"from\":5,\"to\":200}}}}");
    t.sc.seek.share = 0.6;
    struct epi_calibration c = fit_of(&t, 1);
    CHECK_OK(epi_calibrate_do(a, &c, &f, NULL));
    CHECK(epi_calibrated_poor(&f));
    CHECK(epi_calibrated_vague(&f));
    epi_society_free(t.s);
}
static bool not_far(void *ctx, size_t done, size_t of)
{
    (void)ctx;
    return done * 3 < of;
}
TEST(a_fit_that_was_stopped_goes_on_to_the_same_bytes)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct truth t;
    struct epi_calibrated f;
    const char *whole = epi_test_dir(a), *cut = epi_str_printf(a, "%s/cut", whole).p;
    truth_of(&t, 11);
    free_levers(a, &t, wide);
    t.sc.calibrate.members = 24;
    struct epi_calibration c = fit_of(&t, 1);
    c.fs = &epi_io_real()->fs;
    c.dir = whole;
    CHECK_OK(epi_calibrate_do(a, &c, &f, NULL));
    CHECK_OK(epi_calibrated_write(a, &c, &f, c.fs, whole, NULL));
    c.dir = cut;
    c.progress = not_far;
    CHECK_INT(epi_calibrate_do(a, &c, &f, NULL), EPI_BUSY);
    c.progress = NULL;
    epi_str kept = file_of(a, cut, "ensemble.csv");
    CHECK(kept.n > 100 && !epi_str_eq(kept, file_of(a, whole, "ensemble.csv")));
    CHECK_OK(epi_calibrate_do(a, &c, &f, NULL));
    CHECK_OK(epi_calibrated_write(a, &c, &f, c.fs, cut, NULL));
    static const char *const files[] = {"ensemble.csv", "fit.csv", "posterior.csv",
                                        "calibration.json"};
    for (size_t i = 0; i < EPI_COUNT(files); i++)
        CHECK_STR(file_of(a, cut, files[i]), file_of(a, whole, files[i]));
    c.seed++; /* another fit never shares the folder */
    CHECK_INT(epi_calibrate_do(a, &c, &f, NULL), EPI_CONFLICT);
    CHECK_OK(c.fs->write(c.fs->ctx, epi_str_printf(a, "%s/ensemble.csv", cut).p,
                         epi_str_sub(kept, 0, kept.n / 2), NULL));
    c.seed--;
    CHECK_INT(epi_calibrate_do(a, &c, &f, NULL), EPI_CORRUPT);
    epi_society_free(t.s);
}
TEST(how_widely_reports_scatter_is_learnt_from_the_counts)
{
    USES_NO_RNG;
    double cases[8 * 120], k[101];
    epi_str path[8] = {EPI_NIL};
    struct epi_observed o = {.n = 8, .days = 120, .path = path, .cases = cases};
    const struct epi_prior prior = {EPI_PRIOR_LOG_NORMAL, 10, 0.7};
    for (int way = 0; way < 2; way++) {
        double truth = way ? 3 : 40;
        for (size_t s = 0; s < 8; s++) {
            struct epi_rng draws = epi_rng_stream(4, "test.scatter", (uint64_t)way, s);
            for (int day = 0; day < 120; day++)
                cases[s * 120 + (size_t)day] =
                    (double)epi_draw_nbinom(&draws, 200 * exp(0.02 * day), truth);
        }
        epi__dispersion(&o, &prior, 101, k);
        CHECK_NEAR(k[50], truth, truth / 5); /* 960 counts: sd 5 to 8 % */
        CHECK(k[95] / k[5] < 2);             /* the prior: 10 */
        CHECK(k[0] <= k[50] && k[50] <= k[100]);
    }
}
