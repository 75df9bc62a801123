// SPDX-License-Identifier: AGPL-3.0-or-later
/* The second pass: each row becomes one operation, a duplicate or a rejection; operations are
 * written in pieces by a second thread while the next rows are read. Operation ids repeat when an
 * import is resumed, so rows written before a crash are acknowledged and not written again. */
#include "ops/import_row.h"
#include <stdlib.h>

#define ROWS_PER_LOOK 256 /* a snapshot held longer keeps the log from being folded in */

static epi_status hand_over(struct epi__row *s)
{
    epi_reader_rest(s->im->reader);
    return epi__writer_hand_over(s->writer, &s->piece);
}

static epi_status all_rows(struct epi__row *s)
{
    struct epi__import *im = s->im;
    size_t *errors = &im->call->findings.counts[EPI_ERROR];
    size_t before = *errors;
    while (epi_table_next(im->table)) {
        uint64_t counted = im->accepted + im->duplicate;
        struct epi_arena_mark mark = epi_arena_mark(s->piece->a);
        size_t emitted = s->piece->n;
        im->rows++;
        if (!epi__done_row(s)) {
            epi__row_read(s);
            if (*errors == before)
                epi__row_take(s);
        }
        if (im->accepted + im->duplicate == counted)
            im->rejected++;
        before = *errors;
        if (s->piece->n == emitted) /* a long list of known rows must not fill the memory */
            epi_arena_release(s->piece->a, mark);
        if (s->piece->n == EPI__ROWS_PER_PIECE)
            EPI_TRY(hand_over(s));
        if (im->rows % ROWS_PER_LOOK == 0)
            epi_reader_rest(im->reader);
        if (!epi__import_goes_on(im))
            return EPI_FAIL(&im->call->err, EPI_BUSY, "job.cancelled", "%s", "");
    }
    return hand_over(s);
}

epi_status epi__import_rows(struct epi__import *im)
{
    struct epi_call *call = im->call;
    int32_t unit;
    EPI_TRY(epi__unit_arg(call, "unit", &unit)); /* where rows belong that name no unit */
    im->default_unit = epi_units_at(call->app->units, unit)->path;
    EPI_TRY(epi_reader_open(call->app->store, &call->actor.scope, &im->reader, &call->err));
    EPI_TRY(epi__people_load(im));
    im->said = epi__prints_new(im, im->kind);
    im->said_people = epi__prints_new(im, EPI_K_PERSON);
    struct epi__row *s = epi_xmalloc(sizeof *s);
    memset(s, 0, sizeof *s);
    s->im = im;
    s->r = epi_record_new(call->a, call->app->catalogue, im->kind);
    s->p = epi_record_new(call->a, call->app->catalogue, EPI_K_PERSON);
    s->given = EPI_ARRAY(call->a, call->app->catalogue->kinds[im->kind].n_fields, bool);
    s->first_new = epi_ids_next(call->app->ids);
    s->scratch = epi_arena_new(0);
    s->writer = epi__writer_start(im, &s->piece);
    epi_status done = epi__done_load(s);
    if (done == EPI_OK)
        done = all_rows(s);
    epi_status wrote = epi__writer_end(s->writer);
    free(s->done);
    epi_arena_free(s->scratch);
    free(s);
    epi__import_forget(im);
    if (!im->dry_run)
        epi__changed(call->app, 1ull << im->kind | 1ull << EPI_K_PERSON, (epi_id){0});
    return done != EPI_OK ? done : wrote;
}
