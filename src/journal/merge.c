// SPDX-License-Identifier: AGPL-3.0-or-later
// The merge rule, one change on one record. It is a function of the record, the change and which
// fields others set meanwhile; nothing else, so a replay of the journal always ends in the same
// registers.
#include "journal/journal.h"

static void lose(struct epi_loss *losses, size_t *n, uint16_t field, struct epi_value kept,
                 struct epi_value lost)
{
    losses[(*n)++] = (struct epi_loss){field, kept, lost};
}

void epi_merge(const struct epi_catalogue *c, struct epi_record *record,
               const struct epi_change *change, const bool *later, struct epi_loss *losses,
               size_t *n_losses)
{
    const struct epi_kind *k = &c->kinds[record->kind];
    *n_losses = 0;
    for (size_t i = 0; i < change->n_sets; i++) {
        uint16_t field = change->sets[i].field;
        struct epi_value old = record->v[field], now = change->sets[i].v;
        if (epi_value_eq(old, now))
            continue;
        if (record->removed) {
            lose(losses, n_losses, field, old, now);
        } else if (!later[field]) {
            record->v[field] = now;
        } else if (k->fields[field].flags & EPI_F_CLINICAL) {
            lose(losses, n_losses, field, old, now);
        } else {
            record->v[field] = now;
            lose(losses, n_losses, field, now, old);
        }
    }
    if (change->remove)
        record->removed = true;
}
