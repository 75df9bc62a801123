// SPDX-License-Identifier: AGPL-3.0-or-later
/* Rows that were written before an import was stopped: they are known by their operation ids, which
 * repeat, and are counted as they were then. */
#include "ops/import_row.h"
#include <stdlib.h>

struct epi__done {
    epi_opid op;
    epi_id record, person; /* person: behind the record, where the operation has them */
    bool updated, new_person, changed_person;
};

static int by_op(const void *a, const void *b)
{
    return memcmp(((const struct epi__done *)a)->op.b, ((const struct epi__done *)b)->op.b, 16);
}

static void note_done(struct epi__row *s, const struct epi_op *op)
{
    if (!epi_str_eqz(op->action, "record.import") || !op->n_changes)
        return;
    if (s->n_done == s->cap_done) {
        s->cap_done = s->cap_done ? s->cap_done * 2 : 4096;
        s->done = epi_xrealloc(s->done, s->cap_done * sizeof *s->done);
    }
    struct epi__done d = {.op = op->op_id, .updated = true};
    for (size_t c = 0; c < op->n_changes; c++) {
        const struct epi_change *ch = &op->changes[c];
        bool behind = ch->kind == EPI_K_PERSON && s->im->kind != EPI_K_PERSON;
        d.updated = d.updated && ch->base;
        d.new_person = d.new_person || (behind && !ch->base);
        d.changed_person = d.changed_person || (behind && ch->base);
        *(behind ? &d.person : &d.record) = ch->id;
        if (!ch->base && ch->id.v < s->first_new.v)
            s->first_new = ch->id;
    }
    s->done[s->n_done++] = d;
}

/* Jobs run one at a time, so what was imported since this one first started is its own. */
epi_status epi__done_load(struct epi__row *s)
{
    struct epi_call *call = s->im->call;
    EPI_ARENA_LOCAL(a);
    struct epi_op *ops;
    size_t n = 1;
    for (uint64_t since = s->im->resumed_from; since && n; epi_arena_reset(a)) {
        EPI_TRY(epi_store_ops_since(call->app->store, a, since, EPI__ROWS_PER_WRITE, &ops, &n,
                                    &call->err));
        for (size_t i = 0; i < n; i++)
            note_done(s, &ops[i]);
        if (n)
            since = ops[n - 1].seq;
    }
    if (s->n_done)
        qsort(s->done, s->n_done, sizeof *s->done, by_op);
    return EPI_OK;
}

/* True when the row was taken before the stop: counted as it was then, and not written again. */
bool epi__done_row(struct epi__row *s)
{
    struct epi__import *im = s->im;
    struct epi__done key = {.op = epi_opid_numbered(im->space_time, im->space, im->table->row)};
    const struct epi__done *d =
        s->n_done ? bsearch(&key, s->done, s->n_done, sizeof key, by_op) : NULL;
    if (!d)
        return false;
    /* what it said is needed by the rows that follow */
    epi__row_read(s);
    epi__row_units(s, &im->call->app->catalogue->kinds[im->kind]);
    epi__row_refs(s, &im->call->app->catalogue->kinds[im->kind]);
    s->r->id = d->record;
    s->p->id = d->person;
    if (d->record.v)
        epi__row_said(s, d->person);
    if (d->person.v)
        epi__prints_add(im->said_people, s->p, (epi_id){0}, im->table->row);
    im->accepted++;
    im->updated += d->updated;
    im->new_people += d->new_person;
    im->changed_people += d->changed_person;
    return true;
}
