// SPDX-License-Identifier: AGPL-3.0-or-later
// One operation on the registers, for every back end and for the replay: what is refused, what is
// repeated, how values merge, which conflict records appear. First everything is worked out, then
// everything is put, so a refused operation needs no undoing.
#include "store/store_internal.h"
#include <sodium.h>

#define CONFLICT_TEXT_MAX 4000
#define LINEAR_MAX 16

/* What an operation does so far, found by record. */
struct effects {
    struct epi__touch *list;
    size_t n, cap;
    uint32_t *slot; /* index + 1, open addressing; NULL while the list is short */
    size_t mask;
};

static uint64_t record_hash(uint16_t kind, epi_id id)
{
    uint64_t h = (id.v + kind) * UINT64_C(0x9e3779b97f4a7c15);
    return h ^ (h >> 29);
}

static void slot_add(struct effects *e, size_t index)
{
    const struct epi_record *r = e->list[index].now;
    size_t at = record_hash(r->kind, r->id) & e->mask;
    while (e->slot[at])
        at = (at + 1) & e->mask;
    e->slot[at] = (uint32_t)index + 1;
}

static struct epi__touch *effect_find(const struct effects *e, uint16_t kind, epi_id id)
{
    if (!e->slot) {
        for (size_t i = 0; i < e->n; i++)
            if (e->list[i].now->id.v == id.v && e->list[i].now->kind == kind)
                return &e->list[i];
        return NULL;
    }
    for (size_t at = record_hash(kind, id) & e->mask; e->slot[at]; at = (at + 1) & e->mask) {
        struct epi__touch *t = &e->list[e->slot[at] - 1];
        if (t->now->id.v == id.v && t->now->kind == kind)
            return t;
    }
    return NULL;
}

static struct epi__touch *effect_add(struct epi_arena *a, struct effects *e, struct epi__touch t)
{
    if (e->n == e->cap) {
        size_t cap = e->cap ? e->cap * 2 : 8;
        struct epi__touch *list = EPI_ARRAY(a, cap, struct epi__touch);
        if (e->n)
            memcpy(list, e->list, e->n * sizeof *list);
        e->list = list;
        e->cap = cap;
        if (cap > LINEAR_MAX) {
            e->mask = cap * 2 - 1;
            e->slot = EPI_ARRAY(a, cap * 2, uint32_t);
            for (size_t i = 0; i < e->n; i++)
                slot_add(e, i);
        }
    }
    e->list[e->n] = t;
    if (e->slot)
        slot_add(e, e->n);
    return &e->list[e->n++];
}

epi_id epi__conflict_id(uint64_t seq, size_t n)
{
    return (epi_id){(UINT64_C(63) << 57) | (seq << 20) | n};
}

bool epi__is_conflict_id(epi_id id)
{
    return id.v >> 57 == 63;
}

static epi_status op_check(const struct epi_catalogue *c, const struct epi_op *op,
                           struct epi_err *reterr)
{
    for (size_t i = 0; i < op->n_changes; i++) {
        const struct epi_change *ch = &op->changes[i];
        if (ch->kind >= c->n_kinds)
            return EPI_FAIL(reterr, EPI_INVALID, "store.unknown-kind", "%u", ch->kind);
        const struct epi_kind *k = &c->kinds[ch->kind];
        if (ch->id.v == 0 || ch->id.v > INT64_MAX || (ch->base == 0 && epi__is_conflict_id(ch->id)))
            return EPI_FAIL(reterr, EPI_INVALID, "store.wrong-id", "%s", k->name);
        for (size_t j = 0; j < ch->n_sets; j++) {
            if (ch->sets[j].field >= k->n_fields)
                return EPI_FAIL(reterr, EPI_INVALID, "store.unknown-field", "%s", k->name);
            if (!epi_value_fits(&k->fields[ch->sets[j].field], ch->sets[j].v))
                return EPI_FAIL(reterr, EPI_INVALID, "store.wrong-type", "%s",
                                k->fields[ch->sets[j].field].name);
        }
    }
    return EPI_OK;
}

static struct epi_value no_empty(struct epi_value v)
{
    return v.t == EPI_V_TEXT && v.s.n == 0 ? EPI_NULLV : v;
}

static struct epi_record *record_copy(struct epi_arena *a, const struct epi_catalogue *c,
                                      const struct epi_record *r)
{
    struct epi_record *copy = epi_record_new(a, c, r->kind);
    struct epi_value *v = copy->v;
    *copy = *r;
    copy->v = v;
    memcpy(v, r->v, c->kinds[r->kind].n_fields * sizeof *v);
    return copy;
}

static struct epi_value conflict_text(struct epi_arena *a, const struct epi_field *f,
                                      struct epi_value v)
{
    if (f->flags & EPI_F_SECRET)
        return EPI_NULLV;
    epi_str s = epi_value_text(a, f, v);
    size_t n = s.n;
    if (n > CONFLICT_TEXT_MAX)
        for (n = CONFLICT_TEXT_MAX; n > 0 && ((uint8_t)s.p[n] & 0xc0) == 0x80;)
            n--;
    return epi_v_text((epi_str){s.p, n});
}

/* A lost value as a record on somebody's work list. */
static void conflict_add(struct epi_arena *a, const struct epi_catalogue *c, struct effects *e,
                         const struct epi_op *op, const struct epi_record *r,
                         const struct epi_loss *loss, epi_id id)
{
    const struct epi_kind *k = &c->kinds[r->kind];
    const struct epi_field *f = &k->fields[loss->field];
    struct epi_record *x = epi_record_new(a, c, EPI_K_CONFLICT);
    char text[16];
    x->kind = EPI_K_CONFLICT;
    x->id = id;
    x->v[EPI_CONFLICT_UNIT] = r->v[0];
    x->v[EPI_CONFLICT_RECORD_KIND] = epi_v_text(epi_str_of(k->name));
    x->v[EPI_CONFLICT_RECORD] = epi_v_text(epi_str_dup(a, epi_str_of(epi_id_text(r->id, text))));
    x->v[EPI_CONFLICT_FIELD] = epi_v_text(epi_str_of(f->name));
    x->v[EPI_CONFLICT_KEPT] = conflict_text(a, f, loss->kept);
    x->v[EPI_CONFLICT_LOST] = conflict_text(a, f, loss->lost);
    x->v[EPI_CONFLICT_BY] = epi_v_ref(op->author);
    x->v[EPI_CONFLICT_STATUS] = epi_v_text(EPI_S("open"));
    effect_add(a, e, (struct epi__touch){.now = x});
}

struct applying {
    const struct epi_catalogue *c;
    const struct epi__port *port;
    struct epi_arena *a;
    const struct epi_op *op;
    uint64_t seq;
    struct effects e;
    size_t n_lost;
};

static epi_status create(struct applying *w, const struct epi_change *ch, struct epi_err *reterr)
{
    const struct epi_kind *k = &w->c->kinds[ch->kind];
    bool exists = effect_find(&w->e, ch->kind, ch->id) != NULL;
    if (!exists)
        EPI_TRY(w->port->exists(w->port->ctx, ch->kind, ch->id, &exists, reterr));
    if (exists)
        return EPI_FAIL(reterr, EPI_CONFLICT, "store.id-taken", "%s", k->name);
    struct epi_record *r = epi_record_new(w->a, w->c, ch->kind);
    r->kind = ch->kind;
    r->id = ch->id;
    r->removed = ch->remove;
    for (size_t i = 0; i < ch->n_sets; i++)
        r->v[ch->sets[i].field] = no_empty(ch->sets[i].v);
    effect_add(w->a, &w->e, (struct epi__touch){.now = r});
    return EPI_OK;
}

/* `position` is the place of the change's first set within the operation: it names conflicts. */
static epi_status update(struct applying *w, const struct epi_change *ch, size_t position,
                         struct epi_err *reterr)
{
    const struct epi_kind *k = &w->c->kinds[ch->kind];
    struct epi__touch *t = effect_find(&w->e, ch->kind, ch->id);
    if (!t) {
        struct epi_record *old;
        EPI_TRY(w->port->load(w->port->ctx, w->a, ch->kind, ch->id, &old, reterr));
        if (!old)
            return EPI_FAIL(reterr, EPI_NOT_FOUND, "store.no-such-record", "%s", k->name);
        t = effect_add(w->a, &w->e,
                       (struct epi__touch){.now = record_copy(w->a, w->c, old),
                                           .old = old,
                                           .set = EPI_ARRAY(w->a, k->n_fields, bool)});
    }
    struct epi_change clean = *ch;
    clean.sets = EPI_ARRAY(w->a, ch->n_sets, struct epi_set);
    for (size_t i = 0; i < ch->n_sets; i++)
        clean.sets[i] = (struct epi_set){ch->sets[i].field, no_empty(ch->sets[i].v)};
    bool *later = EPI_ARRAY(w->a, k->n_fields, bool);
    if (t->old && ch->base < t->old->version)
        EPI_TRY(w->port->later(w->port->ctx, ch->kind, ch->id, ch->base, later, reterr));
    struct epi_loss *losses = EPI_ARRAY(w->a, ch->n_sets, struct epi_loss);
    size_t n_losses;
    struct epi_record *now = t->now;
    epi_merge(w->c, now, &clean, later, losses, &n_losses);
    if (t->set)
        for (size_t i = 0; i < ch->n_sets; i++)
            t->set[clean.sets[i].field] =
                epi_value_eq(now->v[clean.sets[i].field], clean.sets[i].v);
    for (size_t i = 0; i < n_losses; i++)
        conflict_add(w->a, w->c, &w->e, w->op, now, &losses[i],
                     epi__conflict_id(w->seq, position + i));
    w->n_lost += n_losses;
    return EPI_OK;
}

static epi_status unique_check(struct applying *w, const struct epi__touch *t,
                               struct epi_err *reterr)
{
    const struct epi_kind *k = &w->c->kinds[t->now->kind];
    for (uint16_t f = 0; f < k->n_fields; f++) {
        struct epi_value v = t->now->v[f];
        if (!(k->fields[f].flags & EPI_F_UNIQUE) || v.t == EPI_V_NULL ||
            (t->old && epi_value_eq(t->old->v[f], v)))
            continue;
        bool taken;
        EPI_TRY(w->port->taken(w->port->ctx, t->now->kind, f, v, t->now->id, &taken, reterr));
        for (size_t i = 0; i < w->e.n && !taken; i++)
            taken = &w->e.list[i] != t && w->e.list[i].now->kind == t->now->kind &&
                    epi_value_eq(w->e.list[i].now->v[f], v);
        if (taken)
            return EPI_FAIL(reterr, EPI_CONFLICT, "store.not-unique", "%s", k->fields[f].name);
    }
    return EPI_OK;
}

static epi_status work_out(struct applying *w, struct epi_err *reterr)
{
    size_t position = 0;
    for (size_t i = 0; i < w->op->n_changes; i++) {
        const struct epi_change *ch = &w->op->changes[i];
        if (!w->port->wanted || w->port->wanted(w->port->ctx, ch->kind, ch->id))
            EPI_TRY(ch->base == 0 ? create(w, ch, reterr) : update(w, ch, position, reterr));
        position += ch->n_sets;
    }
    if (position > EPI__LOSSES_MAX)
        return EPI_FAIL(reterr, EPI_LIMIT, "store.operation-too-large", "%zu", position);
    if (!w->port->replay)
        for (size_t i = 0; i < w->e.n; i++)
            EPI_TRY(unique_check(w, &w->e.list[i], reterr));
    return EPI_OK;
}

/* Whether the operation is known already; *ret_done then. */
static epi_status repeat_check(struct applying *w, epi_str bytes, struct epi_applied *ret,
                               bool *ret_done, struct epi_err *reterr)
{
    uint64_t seq;
    epi_str known;
    *ret_done = false;
    EPI_TRY(w->port->op_bytes(w->port->ctx, w->a, &w->op->op_id, &seq, &known, reterr));
    if (!known.p)
        return EPI_OK;
    uint8_t digest[2][32];
    epi_op_bytes_digest(known, digest[0]);
    epi_op_bytes_digest(bytes, digest[1]);
    if (memcmp(digest[0], digest[1], sizeof digest[0]) == 0) {
        *ret = (struct epi_applied){.as = EPI_REPEATED, .seq = seq};
        *ret_done = true;
        return EPI_OK;
    }
    if (w->port->refused)
        w->port->refused(w->port->ctx, w->op, known, bytes);
    char text[40];
    return EPI_FAIL(reterr, EPI_CONFLICT, "op.reused", "%s", epi_opid_text(&w->op->op_id, text));
}

epi_status epi__apply(const struct epi_catalogue *c, const struct epi__port *port,
                      struct epi_arena *scratch, struct epi_buf *bytes, const struct epi_op *op,
                      uint64_t seq, struct epi_applied *ret, struct epi_err *reterr)
{
    struct applying w = {.c = c, .port = port, .a = scratch, .op = op, .seq = seq};
    EPI_TRY(op_check(c, op, reterr));
    if (!port->replay) {
        bool done;
        epi_buf_clear(bytes);
        epi_op_encode(bytes, c, op);
        if (bytes->full)
            return EPI_FAIL(reterr, EPI_LIMIT, "store.operation-too-large", "%zu",
                            EPI_OP_BYTES_MAX);
        EPI_TRY(repeat_check(&w, epi_buf_str(bytes), ret, &done, reterr));
        if (done)
            return EPI_OK;
    }
    EPI_TRY(work_out(&w, reterr));
    EPI_TRY(port->put_op(port->ctx, op, epi_buf_str(bytes), reterr));
    for (size_t i = 0; i < w.e.n; i++) {
        w.e.list[i].now->version = seq;
        EPI_TRY(port->put(port->ctx, &w.e.list[i], seq, reterr));
    }
    *ret = (struct epi_applied){.as = EPI_APPLIED, .seq = seq, .n_lost = w.n_lost};
    return EPI_OK;
}

struct epi_op epi__refusal(struct epi_arena *a, const struct epi_op *refused, epi_str kept_bytes,
                           epi_str refused_bytes)
{
    uint8_t digest[2][32], id[32];
    char hex[2][65], op_id[40];
    epi_op_bytes_digest(kept_bytes, digest[0]);
    epi_op_bytes_digest(refused_bytes, digest[1]);
    for (int i = 0; i < 2; i++)
        sodium_bin2hex(hex[i], sizeof hex[i], digest[i], sizeof digest[i]);
    crypto_generichash_state st;
    crypto_generichash_init(&st, NULL, 0, sizeof id);
    crypto_generichash_update(&st, (const unsigned char *)"op.refused", 10);
    crypto_generichash_update(&st, refused->op_id.b, sizeof refused->op_id.b);
    crypto_generichash_update(&st, digest[1], sizeof digest[1]);
    crypto_generichash_final(&st, id, sizeof id);
    struct epi_op op = {.action = EPI_S("op.refused"),
                        .author = refused->author,
                        .device = epi_str_dup(a, refused->device),
                        .device_time = EPI_INSTANT_UNKNOWN,
                        .server_time = refused->server_time,
                        .scope = epi_str_dup(a, refused->scope)};
    memcpy(op.op_id.b, id, sizeof op.op_id.b);
    EPI_BUF_LOCAL(b, 1024);
    struct epi_jw w = EPI_JW(&b);
    epi_jw_object(&w);
    epi_jw_kvz(&w, "op_id", epi_opid_text(&refused->op_id, op_id));
    epi_jw_kvz(&w, "kept", hex[0]);
    epi_jw_kvz(&w, "refused", hex[1]);
    epi_jw_object_end(&w);
    op.detail = epi_str_dup(a, epi_buf_str(&b));
    return op;
}
