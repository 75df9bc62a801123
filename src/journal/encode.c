// SPDX-License-Identifier: AGPL-3.0-or-later
// The bytes of an operation. One byte of format, 8 bytes of server time at a fixed place (so that
// "the same but for the server's time" is a comparison of the rest), then the operation. Numbers
// are LEB128 varints in their shortest form, signed ones zigzag; text is a length and bytes. There
// is exactly one spelling of an operation: decoding refuses every other.
#include "journal/journal.h"
#include "journal/journal_internal.h"
#include <sodium.h>

static void put_uint(struct epi_buf *b, uint64_t v)
{
    char *p = epi_buf_space(b, 10);
    if (!p)
        return;
    size_t n = 0;
    while (v >= 0x80) {
        p[n++] = (char)(uint8_t)(v | 0x80);
        v >>= 7;
    }
    p[n++] = (char)(uint8_t)v;
    b->n += n;
}

static uint64_t zigzag(int64_t v)
{
    return ((uint64_t)v << 1) ^ (uint64_t)(v >> 63);
}

static void put_int(struct epi_buf *b, int64_t v)
{
    put_uint(b, zigzag(v));
}

static void put_text(struct epi_buf *b, epi_str s)
{
    put_uint(b, s.n);
    epi_buf_put(b, s);
}

static void put_fixed64(struct epi_buf *b, uint64_t v)
{
    char bytes[8];
    for (int i = 0; i < 8; i++)
        bytes[i] = (char)(uint8_t)(v >> (8 * i));
    epi_buf_put(b, (epi_str){bytes, sizeof bytes});
}

static void put_value(struct epi_buf *b, struct epi_value v)
{
    if (v.t == EPI_V_TEXT && v.s.n == 0)
        v = EPI_NULLV;
    put_uint(b, (uint64_t)v.t);
    switch (v.t) {
    case EPI_V_NULL:
        break;
    case EPI_V_INT:
        put_int(b, v.i);
        break;
    case EPI_V_REAL: {
        uint64_t bits;
        memcpy(&bits, &v.f, sizeof bits);
        put_fixed64(b, bits);
        break;
    }
    case EPI_V_TEXT:
        put_text(b, v.s);
        break;
    }
}

void epi_op_encode(struct epi_buf *b, const struct epi_catalogue *c, const struct epi_op *op)
{
    epi_buf_putc(b, JOURNAL_FORMAT);
    put_fixed64(b, (uint64_t)op->server_time.ms);
    epi_buf_put(b, (epi_str){(const char *)op->op_id.b, sizeof op->op_id.b});
    put_text(b, op->action);
    put_text(b, op->reason);
    put_uint(b, op->author.v);
    put_text(b, op->device);
    put_int(b, op->device_time.ms);
    put_text(b, op->scope);
    put_text(b, op->detail);
    put_uint(b, op->n_changes);
    for (size_t i = 0; i < op->n_changes; i++) {
        const struct epi_change *ch = &op->changes[i];
        EPI_ASSERT(ch->kind < c->n_kinds);
        const struct epi_kind *k = &c->kinds[ch->kind];
        put_uint(b, k->tag);
        put_uint(b, ch->id.v);
        put_uint(b, ch->base);
        put_uint(b, ch->remove ? 1 : 0);
        put_uint(b, ch->n_sets);
        for (size_t j = 0; j < ch->n_sets; j++) {
            EPI_ASSERT(ch->sets[j].field < k->n_fields);
            put_uint(b, k->fields[ch->sets[j].field].tag);
            put_value(b, ch->sets[j].v);
        }
    }
}

/* A position in the bytes; `bad` stays set once anything did not fit. */
struct cursor {
    const uint8_t *p;
    size_t left;
    bool bad;
};

static uint8_t get_byte(struct cursor *c)
{
    if (c->left == 0) {
        c->bad = true;
        return 0;
    }
    c->left--;
    return *c->p++;
}

static uint64_t get_uint(struct cursor *c)
{
    uint64_t v = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        uint8_t byte = get_byte(c);
        if (shift == 63 && byte > 1)
            break;
        v |= (uint64_t)(byte & 0x7f) << shift;
        if (!(byte & 0x80)) {
            if (byte == 0 && shift > 0)
                c->bad = true;
            return v;
        }
    }
    c->bad = true;
    return 0;
}

static int64_t get_int(struct cursor *c)
{
    uint64_t v = get_uint(c);
    return (int64_t)((v >> 1) ^ (~(v & 1) + 1));
}

static epi_str get_bytes(struct cursor *c, uint64_t n)
{
    if (n > c->left) {
        c->bad = true;
        return EPI_NIL;
    }
    epi_str s = {n ? (const char *)c->p : NULL, (size_t)n};
    c->p += n;
    c->left -= (size_t)n;
    return s;
}

static epi_str get_text(struct cursor *c)
{
    return get_bytes(c, get_uint(c));
}

static uint64_t get_fixed64(struct cursor *c)
{
    uint64_t v = 0;
    for (int i = 0; i < 8; i++)
        v |= (uint64_t)get_byte(c) << (8 * i);
    return v;
}

/* A count of things that take at least `least` bytes each: more than fit is refused before memory
 * is taken. */
static size_t get_count(struct cursor *c, size_t least)
{
    uint64_t n = get_uint(c);
    if (n > c->left / least) {
        c->bad = true;
        return 0;
    }
    return (size_t)n;
}

static struct epi_value get_value(struct cursor *c)
{
    switch (get_uint(c)) {
    case EPI_V_NULL:
        return EPI_NULLV;
    case EPI_V_INT:
        return epi_v_int(get_int(c));
    case EPI_V_REAL: {
        uint64_t bits = get_fixed64(c);
        double f;
        memcpy(&f, &bits, sizeof f);
        return epi_v_real(f);
    }
    case EPI_V_TEXT: {
        epi_str s = get_text(c);
        if (s.n == 0)
            c->bad = true;
        return epi_v_text(s);
    }
    default:
        c->bad = true;
        return EPI_NULLV;
    }
}

static bool get_tag(struct cursor *c, uint16_t *ret)
{
    uint64_t tag = get_uint(c);
    if (tag > UINT16_MAX)
        c->bad = true;
    *ret = (uint16_t)tag;
    return !c->bad;
}

bool epi_value_fits(const struct epi_field *f, struct epi_value v)
{
    switch (f->type) {
    case EPI_T_TEXT:
    case EPI_T_WORD:
    case EPI_T_UNIT:
    case EPI_T_JSON:
        return v.t == EPI_V_TEXT || v.t == EPI_V_NULL;
    case EPI_T_REAL:
        return v.t == EPI_V_NULL || (v.t == EPI_V_REAL && v.f - v.f == 0);
    case EPI_T_INT:
    case EPI_T_BOOL:
    case EPI_T_DATE:
    case EPI_T_INSTANT:
    case EPI_T_REF:
        return v.t == EPI_V_INT || v.t == EPI_V_NULL;
    }
    return false;
}

/* One change; false when its kind is not in the catalogue. */
static bool get_change(struct epi_arena *a, const struct epi_catalogue *cat, struct cursor *c,
                       struct epi_change *ret, size_t *n_unknown)
{
    uint16_t tag;
    get_tag(c, &tag);
    int kind = c->bad ? -1 : epi_kind_by_tag(cat, tag);
    ret->kind = (uint16_t)(kind < 0 ? 0 : kind);
    ret->id = (epi_id){get_uint(c)};
    ret->base = get_uint(c);
    uint64_t flags = get_uint(c);
    if (flags > 1)
        c->bad = true;
    ret->remove = flags & 1;
    size_t n = get_count(c, 2);
    if (c->bad)
        return false;
    ret->sets = EPI_ARRAY(a, n, struct epi_set);
    for (size_t i = 0; i < n && !c->bad; i++) {
        get_tag(c, &tag);
        struct epi_value v = get_value(c);
        if (c->bad || kind < 0)
            continue;
        int field = epi_field_by_tag(&cat->kinds[kind], tag);
        if (field < 0)
            (*n_unknown)++;
        else if (!epi_value_fits(&cat->kinds[kind].fields[field], v))
            c->bad = true;
        else
            ret->sets[ret->n_sets++] = (struct epi_set){(uint16_t)field, v};
    }
    return kind >= 0;
}

epi_status epi_op_decode(struct epi_arena *a, const struct epi_catalogue *c, epi_str bytes,
                         struct epi_op *ret, struct epi_err *reterr)
{
    struct cursor cur = {.p = (const uint8_t *)bytes.p, .left = bytes.n};
    struct epi_op op = {0};
    if (get_byte(&cur) != JOURNAL_FORMAT)
        return EPI_FAIL(reterr, EPI_CORRUPT, "journal.unreadable", "%zu", bytes.n);
    op.server_time.ms = (int64_t)get_fixed64(&cur);
    epi_str op_id = get_bytes(&cur, sizeof op.op_id.b);
    if (!cur.bad)
        memcpy(op.op_id.b, op_id.p, sizeof op.op_id.b);
    op.action = get_text(&cur);
    op.reason = get_text(&cur);
    op.author.v = get_uint(&cur);
    op.device = get_text(&cur);
    op.device_time.ms = get_int(&cur);
    op.scope = get_text(&cur);
    op.detail = get_text(&cur);
    size_t n = get_count(&cur, 5);
    if (!cur.bad)
        op.changes = EPI_ARRAY(a, n, struct epi_change);
    for (size_t i = 0; i < n && !cur.bad; i++) {
        struct epi_change ch = {0};
        if (get_change(a, c, &cur, &ch, &op.n_unknown))
            op.changes[op.n_changes++] = ch;
        else
            op.n_unknown++;
    }
    if (cur.bad || cur.left)
        return EPI_FAIL(reterr, EPI_CORRUPT, "journal.unreadable", "%zu", bytes.n);
    *ret = op;
    return EPI_OK;
}

epi_str epi_op_payload(epi_str bytes)
{
    return epi_str_sub(bytes, JOURNAL_PAYLOAD, bytes.n);
}

void epi_op_bytes_digest(epi_str bytes, uint8_t ret[32])
{
    epi_str rest = epi_op_payload(bytes);
    crypto_generichash(ret, 32, (const unsigned char *)rest.p, rest.n, NULL, 0);
}

void epi_op_digest(const struct epi_catalogue *c, const struct epi_op *op, uint8_t ret[32])
{
    EPI_BUF_LOCAL(b, EPI_OP_BYTES_MAX);
    epi_op_encode(&b, c, op);
    epi_op_bytes_digest(epi_buf_str(&b), ret);
}

void epi_chain_next(const uint8_t prev[32], epi_str bytes, uint8_t ret[32])
{
    crypto_generichash_state st;
    crypto_generichash_init(&st, NULL, 0, 32);
    crypto_generichash_update(&st, prev, 32);
    crypto_generichash_update(&st, (const unsigned char *)bytes.p, bytes.n);
    crypto_generichash_final(&st, ret, 32);
}
