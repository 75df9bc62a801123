// SPDX-License-Identifier: AGPL-3.0-or-later
/* Runs of one scenario, each into its own file; what is there already is not run again. */
#include "scenario/runs_internal.h"
#include "scenario/start_internal.h"
#include <inttypes.h>

#define START "start.state"
#define STATE_EVERY 30 /* days between saved states */
#define FILE_MAX ((size_t)1 << 32)

const char *epi__run_path(struct epi_arena *a, const struct epi_runs *r, unsigned run,
                          const char *end)
{
    return epi_str_printf(a, "%s/run-%04u%s", r->dir, run, end).p;
}
static const char *path_of(struct epi_arena *a, const struct epi_runs *r, const char *name)
{
    return epi_str_printf(a, "%s/%s", r->dir, name).p;
}
static bool is_there(const struct epi_runs *r, const char *path)
{
    return r->fs->exists(r->fs->ctx, path);
}

/* --- the folder ---
 * scenario.json says what is run here; two different things never share a folder. */
static void identity(struct epi_arena *a, struct epi_jw *w, const struct epi_runs *r)
{
    char date[16];
    epi_jw_object(w);
    epi_jw_kvz(w, "history", r->history->name);
    epi_jw_kv(w, "first_day",
              epi_date_known(r->first) ? epi_str_of(epi_date_iso(r->first, date)) : EPI_NIL);
    epi_jw_kvi(w, "seed", (int64_t)r->seed);
    epi_jw_kvi(w, "runs", r->runs);
    epi_jw_kvi(w, "people", epi_society_people(r->society));
    epi_jw_kvi(w, "places", epi_society_places(r->society));
    if (r->start)
        epi_jw_kv(w, "start", epi_str_printf(a, "%016" PRIx64, epi__start_digest(r->start)));
    epi_jw_key(w, "scenario");
    epi_scenario_json(w, r->scenario);
    if (r->draws)
        epi_jw_kv(w, "draws", epi_str_printf(a, "%016" PRIx64, r->draws->digest));
    epi_jw_object_end(w);
}
static epi_status claim_folder(struct epi_arena *a, const struct epi_runs *r,
                               struct epi_err *reterr)
{
    const char *path = path_of(a, r, "scenario.json");
    EPI_BUF_LOCAL(b, (size_t)1 << 20);
    struct epi_jw w = EPI_JW(&b);
    epi_str there;
    identity(a, &w, r);
    EPI_TRY(r->fs->make_dir(r->fs->ctx, r->dir, reterr));
    if (!is_there(r, path))
        return r->fs->write(r->fs->ctx, path, epi_buf_str(&b), reterr);
    EPI_TRY(r->fs->read(r->fs->ctx, a, path, (size_t)1 << 20, &there, reterr));
    if (!epi_str_eq(there, epi_buf_str(&b)))
        return EPI_FAIL(reterr, EPI_CONFLICT, "scenario.folder-in-use", "%s", r->dir);
    return EPI_OK;
}

/* --- one run --- */
static void write_days(const struct epi_world *w, uint32_t places, struct epi_buf *out)
{
    epi_buf_putz(out, "day,place");
    for (int t = 0; t < EPI_TALLY_N; t++)
        epi_buf_printf(out, ",%s", epi_tally_word((enum epi_tally)t));
    epi_buf_putc(out, '\n');
    for (int day = 0; day < epi_world_days_done(w); day++)
        for (uint32_t p = 0; p < places; p++) {
            bool any = false;
            for (int t = 0; t < EPI_TALLY_N && !any; t++)
                any = epi_world_tally(w, day, p, (enum epi_tally)t) > (t == EPI_T_LEVEL);
            if (!any) /* nothing happened and the level is the lowest */
                continue;
            epi_buf_printf(out, "%d,%u", day, p);
            for (int t = 0; t < EPI_TALLY_N; t++)
                epi_buf_printf(out, ",%u", epi_world_tally(w, day, p, (enum epi_tally)t));
            epi_buf_putc(out, '\n');
        }
}
static void write_groups(const struct epi_world *w, struct epi_buf *out)
{
    epi_buf_putz(out, "day");
    for (int b = 0; b < EPI_MIX_BANDS; b++)
        epi_buf_printf(out, ",age_%d", b * 5);
    for (int m = 0; m < EPI_MEETING_N; m++)
        epi_buf_printf(out, ",%s", epi_meeting_word((enum epi_meeting)m));
    epi_buf_putc(out, '\n');
    for (int day = 0; day < epi_world_days_done(w); day++) {
        epi_buf_printf(out, "%d", day);
        for (int b = 0; b < EPI_MIX_BANDS; b++)
            epi_buf_printf(out, ",%u", epi_world_by_age(w, day, b));
        for (int m = 0; m < EPI_MEETING_N; m++)
            epi_buf_printf(out, ",%u", epi_world_by_meeting(w, day, (enum epi_meeting)m));
        epi_buf_putc(out, '\n');
    }
}
static epi_status write_run(struct epi_arena *a, const struct epi_runs *r,
                            const struct epi_world *w, unsigned run, struct epi_err *reterr)
{
    EPI_BUF_LOCAL(groups, FILE_MAX);
    EPI_BUF_LOCAL(days, FILE_MAX);
    write_groups(w, &groups);
    write_days(w, epi_society_places(r->society), &days);
    EPI_TRY(r->fs->write(r->fs->ctx, epi__run_path(a, r, run, "-groups.csv"), epi_buf_str(&groups),
                         reterr));
    if (r->truth && run == 1)
        EPI_TRY(epi__truth_write(a, r, w, reterr));
    /* last: its presence says that the run is done */
    return r->fs->write(r->fs->ctx, epi__run_path(a, r, run, ".csv"), epi_buf_str(&days), reterr);
}
static epi_status save_state(struct epi_arena *a, const struct epi_runs *r,
                             const struct epi_world *w, unsigned run, struct epi_err *reterr)
{
    EPI_BUF_LOCAL(b, FILE_MAX);
    epi_world_save(w, &b);
    return r->fs->write(r->fs->ctx, epi__run_path(a, r, run, ".state"), epi_buf_str(&b), reterr);
}
static epi_status begin(struct epi_arena *a, const struct epi_runs *r, struct epi_world *w,
                        unsigned run, struct epi_err *reterr)
{
    const char *state = epi__run_path(a, r, run, ".state");
    epi_str bytes;
    if (r->packs && epi_scenario_by_packs(r->scenario))
        epi_world_packs(w, r->packs);
    if (!is_there(r, state)) {
        if (r->start)
            epi_world_begin(w, r->start, NULL);
        if (r->prepare)
            r->prepare(r->ctx, w, run);
        return EPI_OK;
    }
    EPI_TRY(r->fs->read(r->fs->ctx, a, state, FILE_MAX, &bytes, reterr));
    return epi_world_restore(w, bytes, reterr);
}
static epi_status go_on(struct epi_arena *a, const struct epi_runs *r, struct epi_world *w,
                        unsigned run, struct epi_err *reterr)
{
    int days = r->scenario->days;
    EPI_TRY(begin(a, r, w, run, reterr));
    while (epi_world_days_done(w) < days) {
        epi_world_day(w);
        int done = epi_world_days_done(w);
        bool goes_on = !r->progress || r->progress(r->ctx, run, done, days);
        if (done < days && (!goes_on || done % STATE_EVERY == 0))
            EPI_TRY(save_state(a, r, w, run, reterr));
        if (!goes_on && done < days)
            return EPI_FAIL(reterr, EPI_BUSY, "scenario.stopped", "%u", run);
    }
    EPI_TRY(write_run(a, r, w, run, reterr));
    if (is_there(r, epi__run_path(a, r, run, ".state")))
        return r->fs->remove(r->fs->ctx, epi__run_path(a, r, run, ".state"), reterr);
    return EPI_OK;
}
static epi_status one_run(const struct epi_runs *r, unsigned run, struct epi_err *reterr)
{
    EPI_ARENA_LOCAL(a);
    struct epi_world *w;
    struct epi_scenario own = *r->scenario;
    struct epi_track track;
    if (is_there(r, epi__run_path(a, r, run, ".csv")))
        return EPI_OK;
    if (r->draws) {
        epi_draws_take(a, r->draws, run, r->runs, &own, &track);
        EPI_TRY(epi__world_at(r->society, r->history, &own, (double)track.hazard, track.seed[0],
                              r->threads, &w, reterr));
        epi_world_follow(w, &track);
    } else {
        EPI_TRY(epi_world_new(r->society, r->history, r->scenario, r->seed + run - 1, r->threads,
                              &w, reterr));
    }
    epi_status s = go_on(a, r, w, run, reterr);
    epi_world_free(w);
    return s;
}
epi_status epi_runs_start(struct epi_arena *a, const struct epi_fs *fs, const char *dir,
                          struct epi_start **ret, struct epi_err *reterr)
{
    const char *path = epi_str_printf(a, "%s/" START, dir).p;
    epi_str bytes;
    *ret = NULL;
    if (!fs->exists(fs->ctx, path))
        return EPI_OK;
    EPI_TRY(fs->read(fs->ctx, a, path, FILE_MAX, &bytes, reterr));
    return epi_start_restore(a, bytes, ret, reterr);
}
static epi_status keep_start(const struct epi_runs *r, const char *path, struct epi_err *reterr)
{
    EPI_BUF_LOCAL(b, FILE_MAX);
    if (!r->start || is_there(r, path))
        return EPI_OK;
    epi_start_save(r->start, &b);
    return r->fs->write(r->fs->ctx, path, epi_buf_str(&b), reterr);
}
epi_status epi_runs_do(struct epi_arena *a, const struct epi_runs *r, bool *ret_done,
                       struct epi_err *reterr)
{
    *ret_done = false;
    if (r->runs < 1 || r->runs > EPI_RUNS_MAX)
        return EPI_FAIL(reterr, EPI_INVALID, "scenario.runs", "%u", r->runs);
    if (r->draws && r->draws->people != epi_society_people(r->society))
        return EPI_FAIL(reterr, EPI_CONFLICT, "calibrate.other-society", "%u\x1f%u",
                        r->draws->people, epi_society_people(r->society));
    if (epi_scenario_by_packs(r->scenario) && (!r->packs || !epi_date_known(r->packs->first)))
        return EPI_FAIL(reterr, EPI_INVALID, "scenario.packs-needed", "%s", "base.date");
    EPI_TRY(claim_folder(a, r, reterr));
    EPI_TRY(keep_start(r, path_of(a, r, START), reterr));
    for (unsigned run = 1; run <= r->runs; run++)
        if (r->ranks < 2 || run % r->ranks == r->rank)
            EPI_TRY(one_run(r, run, reterr));
    for (unsigned run = 1; run <= r->runs; run++)
        if (!is_there(r, epi__run_path(a, r, run, ".csv")))
            return EPI_OK; /* another rank will see all of them */
    EPI_TRY(epi__runs_summary(r, reterr));
    *ret_done = true;
    if (is_there(r, path_of(a, r, START)))
        return r->fs->remove(r->fs->ctx, path_of(a, r, START), reterr);
    return EPI_OK;
}
