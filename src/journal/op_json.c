// SPDX-License-Identifier: AGPL-3.0-or-later
// An operation as JSON: what the audit, the sync feed and the history of a record show.
#include "journal/journal.h"
#include <sodium.h>

static void id_member(struct epi_jw *w, const char *key, epi_id id)
{
    char text[16];
    epi_jw_kvz(w, key, epi_id_text(id, text));
}

static void instant_member(struct epi_jw *w, const char *key, epi_instant t)
{
    char text[32];
    if (epi_instant_known(t))
        epi_jw_kvz(w, key, epi_instant_iso(t, text));
}

static void text_member(struct epi_jw *w, const char *key, epi_str s)
{
    if (s.n)
        epi_jw_kv(w, key, s);
}

static void change_json(struct epi_jw *w, const struct epi_catalogue *c,
                        const struct epi_change *ch, bool mask_personal)
{
    const struct epi_kind *k = &c->kinds[ch->kind];
    bool masked = false;
    epi_jw_object(w);
    epi_jw_kvz(w, "kind", k->name);
    id_member(w, "id", ch->id);
    epi_jw_kvi(w, "base", (int64_t)ch->base);
    if (ch->remove)
        epi_jw_kvb(w, "remove", true);
    epi_jw_key(w, "fields");
    epi_jw_object(w);
    for (size_t i = 0; i < ch->n_sets; i++) {
        const struct epi_field *f = &k->fields[ch->sets[i].field];
        if (f->flags & EPI_F_SECRET)
            continue;
        epi_jw_key(w, f->name);
        if (mask_personal && (f->flags & EPI_F_PERSONAL)) {
            epi_jw_null(w);
            masked = true;
        } else {
            epi_value_json(w, f, ch->sets[i].v);
        }
    }
    epi_jw_object_end(w);
    if (masked)
        epi_jw_kvb(w, "masked", true);
    epi_jw_object_end(w);
}

void epi_op_json(struct epi_jw *w, const struct epi_catalogue *c, const struct epi_op *op,
                 bool mask_personal)
{
    char text[40], hex[65];
    epi_jw_object(w);
    epi_jw_kvi(w, "seq", (int64_t)op->seq);
    epi_jw_kvz(w, "op_id", epi_opid_text(&op->op_id, text));
    epi_jw_kv(w, "action", op->action);
    text_member(w, "reason", op->reason);
    id_member(w, "author", op->author);
    epi_jw_kv(w, "device", op->device);
    instant_member(w, "device_time", op->device_time);
    instant_member(w, "server_time", op->server_time);
    text_member(w, "scope", op->scope);
    text_member(w, "detail", op->detail);
    epi_jw_key(w, "changes");
    epi_jw_array(w);
    for (size_t i = 0; i < op->n_changes; i++)
        change_json(w, c, &op->changes[i], mask_personal);
    epi_jw_array_end(w);
    sodium_bin2hex(hex, sizeof hex, op->hash, sizeof op->hash);
    epi_jw_kvz(w, "hash", hex);
    epi_jw_object_end(w);
}
