// SPDX-License-Identifier: AGPL-3.0-or-later
#include "scenario/test_society.h"

static epi_str file_of(struct epi_arena *a, const char *dir, const char *name)
{
    const struct epi_fs *fs = &epi_io_real()->fs;
    epi_str text = EPI_NIL;
    (void)!fs->read(fs->ctx, a, epi_str_printf(a, "%s/%s", dir, name).p, 1 << 26, &text, NULL);
    return text;
}
static bool not_beyond(void *ctx, unsigned run, int day, int days)
{
    (void)run;
    (void)days;
    return day < *(int *)ctx;
}
static struct epi_runs of(const struct epi_society *s, const struct epi_natural_history *d,
                          const struct epi_scenario *sc, const char *dir)
{
    return (struct epi_runs){.society = s,
                             .history = d,
                             .scenario = sc,
                             .seed = 5,
                             .runs = 3,
                             .threads = 1,
                             .fs = &epi_io_real()->fs,
                             .dir = dir,
                             .first = epi_date_ymd(2021, 11, 17)};
}
TEST(runs_that_were_cut_off_go_on_and_say_the_same)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct epi_society *s = province(3000, 6);
    struct epi_natural_history d = epi_natural_history_plain(2.5, 5, 2);
    struct epi_scenario sc = epi_scenario_plain(), other;
    sc.start.infected = 10;
    sc.days = 70;
    const char *one = epi_test_dir(a), *two = epi_str_printf(a, "%s/two", one).p;
    struct epi_runs r = of(s, &d, &sc, one), cut = of(s, &d, &sc, two);
    bool done = false, cut_done = false;
    int limit = 41;
    CHECK_OK(epi_runs_do(a, &r, &done, NULL));
    cut.ctx = &limit;
    cut.progress = not_beyond;
    CHECK_INT(epi_runs_do(a, &cut, &cut_done, NULL), EPI_BUSY);
    CHECK(!cut_done);
    limit = 1000;
    cut.threads = 2;
    CHECK_OK(epi_runs_do(a, &cut, &cut_done, NULL));
    CHECK(done && cut_done);
    CHECK(file_of(a, one, "daily.csv").n > 1000);
    CHECK_STR(file_of(a, two, "daily.csv"), file_of(a, one, "daily.csv"));
    CHECK_STR(file_of(a, two, "summary.json"), file_of(a, one, "summary.json"));
    CHECK_STR(file_of(a, two, "run-0003.csv"), file_of(a, one, "run-0003.csv"));
    other = sc;
    other.days = 71;
    cut.scenario = &other;
    CHECK_INT(epi_runs_do(a, &cut, &cut_done, NULL), EPI_CONFLICT);
    epi_society_free(s);
}
TEST(runs_shared_out_over_processes_say_the_same)
{
    USES_NO_RNG;
    EPI_ARENA_LOCAL(a);
    struct epi_society *s = province(2000, 3);
    struct epi_natural_history d = epi_natural_history_plain(2.5, 5, 2);
    struct epi_scenario sc = epi_scenario_plain();
    sc.start.infected = 10;
    sc.days = 50;
    const char *one = epi_test_dir(a), *two = epi_str_printf(a, "%s/two", one).p;
    struct epi_runs r = of(s, &d, &sc, one), first = of(s, &d, &sc, two), second = first;
    bool done, first_done, second_done;
    first.ranks = second.ranks = 2;
    second.rank = 1;
    CHECK_OK(epi_runs_do(a, &r, &done, NULL));
    CHECK_OK(epi_runs_do(a, &first, &first_done, NULL));
    CHECK_OK(epi_runs_do(a, &second, &second_done, NULL));
    CHECK(!first_done && second_done);
    CHECK_STR(file_of(a, two, "places.csv"), file_of(a, one, "places.csv"));
    epi_society_free(s);
}
