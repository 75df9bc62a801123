// SPDX-License-Identifier: AGPL-3.0-or-later
/* ensemble.csv: where a fit stands between two steps. A fit that was stopped goes on from there and
 * ends with the same bytes. */
#include "base/csv.h"
#include "scenario/calibrate_internal.h"
#include <inttypes.h>

#define FILE_MAX ((size_t)1 << 28)

uint64_t epi__fit_digest(struct epi_arena *a, const struct epi_calibration *c)
{
    struct epi_arena_mark mark = epi_arena_mark(a);
    const struct epi_observed *o = c->observed;
    EPI_BUF_LOCAL(b, FILE_MAX);
    struct epi_jw w = EPI_JW(&b);
    epi_scenario_json(&w, c->scenario);
    epi_buf_printf(&b, "\n%s\n%" PRIu64 "\n%u\n%u\n", c->history->name, c->seed,
                   epi_society_people(c->society), epi_society_places(c->society));
    for (size_t i = 0; i < o->n; i++)
        epi_buf_printf(&b, "%.*s\n", EPI_FMT(o->path[i]));
    for (size_t at = 0; at < o->n * (size_t)o->days; at++)
        if (!isnan(o->cases[at]))
            epi_buf_printf(&b, "%zu %.17g\n", at, o->cases[at]);
    uint64_t ret = epi_str_hash(epi_buf_str(&b));
    epi_arena_release(a, mark);
    return ret;
}

epi_status epi__fit_keep(struct epi_arena *a, const struct epi_calibration *c,
                         const struct epi__fit_state *k, struct epi_err *reterr)
{
    EPI_BUF_LOCAL(b, FILE_MAX);
    if (!c->dir)
        return EPI_OK;
    epi_buf_printf(&b, "fit,%016" PRIx64 "\nsteps,%u\nleft,%.17g\nmisfit", k->digest, k->steps,
                   k->left);
    for (unsigned i = 0; i < k->steps; i++)
        epi_buf_printf(&b, ",%.17g", k->misfit[i]);
    epi_buf_putc(&b, '\n');
    for (size_t i = 0; i < k->n; i++)
        for (size_t f = 0; f < k->figures; f++)
            epi_buf_printf(&b, "%.17g%c", k->z[i * k->figures + f],
                           f + 1 == k->figures ? '\n' : ',');
    EPI_TRY(c->fs->make_dir(c->fs->ctx, c->dir, reterr));
    return c->fs->write(c->fs->ctx, epi_str_printf(a, "%s/" EPI_FIT_FILE, c->dir).p,
                        epi_buf_str(&b), reterr);
}

/* --- reading --- */
static bool row(struct epi_csv *c, const char *word, size_t least)
{
    return epi_csv_next(c) && c->n >= least && epi_str_eqz(c->fields[0], word);
}
static bool read_rows(struct epi_csv *c, struct epi__fit_state *io, bool *ret_other)
{
    char digest[20];
    int64_t steps;
    snprintf(digest, sizeof digest, "%016" PRIx64, io->digest);
    if (!row(c, "fit", 2))
        return false;
    *ret_other = !epi_str_eqz(c->fields[1], digest);
    if (*ret_other || !row(c, "steps", 2) || !epi_str_to_i64(c->fields[1], &steps) || steps < 0 ||
        steps > EPI_STEPS_MAX || !row(c, "left", 2) || !epi_str_to_f64(c->fields[1], &io->left) ||
        !row(c, "misfit", 1) || c->n != (size_t)steps + 1)
        return false;
    io->steps = (unsigned)steps;
    for (size_t i = 0; i < io->steps; i++)
        if (!epi_str_to_f64(c->fields[i + 1], &io->misfit[i]))
            return false;
    for (size_t i = 0; i < io->n; i++) {
        if (!epi_csv_next(c) || c->n != io->figures)
            return false;
        for (size_t f = 0; f < io->figures; f++)
            if (!epi_str_to_f64(c->fields[f], &io->z[i * io->figures + f]))
                return false;
    }
    return io->left >= 0 && io->left <= 1;
}
epi_status epi__fit_resume(struct epi_arena *a, const struct epi_calibration *c,
                           struct epi__fit_state *io, struct epi_err *reterr)
{
    struct epi_csv rows;
    epi_str text;
    bool other = false;
    if (!c->dir)
        return EPI_OK;
    const char *path = epi_str_printf(a, "%s/" EPI_FIT_FILE, c->dir).p;
    if (!c->fs->exists(c->fs->ctx, path))
        return epi__fit_keep(a, c, io, reterr); /* the folder is taken */
    EPI_TRY(c->fs->read(c->fs->ctx, a, path, FILE_MAX, &text, reterr));
    epi_csv_init(&rows, text, ',');
    bool ok = read_rows(&rows, io, &other);
    epi_csv_done(&rows);
    if (other)
        return EPI_FAIL(reterr, EPI_CONFLICT, "scenario.folder-in-use", "%s", c->dir);
    return ok ? EPI_OK : EPI_FAIL(reterr, EPI_CORRUPT, "scenario.run-file", "%s", EPI_FIT_FILE);
}
