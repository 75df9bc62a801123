// SPDX-License-Identifier: AGPL-3.0-or-later
/* Scenario files and simulation parameters from anywhere: what is read must read back the same and
 * must run, with nobody lost. */
#include "scenario/test_society.h"

static struct epi_society *society(void)
{
    static struct epi_society *s;
    if (!s)
        s = province(60, 6);
    return s;
}
static void run_briefly(const struct epi_scenario *sc, const struct epi_natural_history *d)
{
    struct epi_world *w = NULL;
    struct epi_scenario brief = *sc;
    brief.days = sc->days < 25 ? sc->days : 25;
    if (epi_world_new(society(), d, &brief, 1, 1, &w, NULL) != EPI_OK)
        return;
    for (int day = 0; day < brief.days; day++) {
        epi_world_day(w);
        EPI_ASSERT(epi_world_tally_all(w, day, EPI_T_INFECTED) <= epi_society_people(society()));
        EPI_ASSERT(epi_world_tally_all(w, day, EPI_T_AT_HOME) <= epi_society_people(society()));
    }
    epi_world_free(w);
}
static void one_scenario(struct epi_arena *a, epi_str text)
{
    struct epi_findings f;
    struct epi_scenario s = epi_scenario_plain(), back = s;
    EPI_BUF_LOCAL(b, 1 << 20);
    EPI_BUF_LOCAL(c, 1 << 20);
    epi_findings_init(&f, a, 50);
    if (epi_scenario_read(a, text, &s, &f, NULL) != EPI_OK)
        return;
    struct epi_jw w = EPI_JW(&b), v = EPI_JW(&c);
    epi_scenario_json(&w, &s);
    EPI_ASSERT(epi_scenario_read(a, epi_buf_str(&b), &back, &f, NULL) == EPI_OK);
    epi_scenario_json(&v, &back);
    EPI_ASSERT(epi_str_eq(epi_buf_str(&b), epi_buf_str(&c)));
    struct epi_natural_history d = epi_natural_history_plain(2, 4, 1.5);
    run_briefly(&s, &d);
}
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    EPI_ARENA_LOCAL(a);
    struct epi_findings f;
    struct epi_natural_history d;
    epi_str text = {(const char *)data, size};
    epi_findings_init(&f, a, 50);
    one_scenario(a, text);
    if (epi_natural_history_read(a, text, &d, &f, NULL) == EPI_OK) {
        double sum = 0;
        struct epi_scenario s = epi_scenario_plain();
        for (size_t t = 0; t < EPI_PROFILE_DAYS; t++)
            sum += d.profile[t];
        EPI_ASSERT(sum > 0.999 && sum < 1.001);
        run_briefly(&s, &d);
    }
    return 0;
}
