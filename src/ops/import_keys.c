// SPDX-License-Identifier: AGPL-3.0-or-later
/* Which record is meant by a code, and which record is the same event as a row. One open-addressing
 * table of 64-bit keys: 16 bytes a record, so a million records cost 32 MB while an import runs. A
 * key is a hash of 64 bits; the row is compared with the record found before anything is called a
 * duplicate. */
#include "ops/import.h"
#include <stdlib.h>

struct entry {
    uint64_t key;
    uint64_t id;
};
struct epi__keys {
    const struct epi_catalogue *c;
    uint16_t kind;
    struct entry *slots;
    size_t cap, n;
};

static uint64_t mix(uint64_t h, uint64_t x)
{
    h ^= x + 0x9e3779b97f4a7c15ull + (h << 6) + (h >> 2);
    h *= 0xff51afd7ed558ccdull;
    return h ^ (h >> 32);
}

static void put(struct epi__keys *k, uint64_t key, uint64_t id);

/* Any number of slots, not a power of two: room is made for the rows of the file at once. */
static size_t start(const struct epi__keys *k, uint64_t key)
{
    return (size_t)(((key >> 32) * (uint64_t)k->cap) >> 32);
}

static void grow(struct epi__keys *k, size_t wanted)
{
    struct entry *old = k->slots;
    size_t cap = k->cap;
    k->cap = wanted > 4096 ? wanted : 4096;
    k->slots = epi_xtable(k->cap * sizeof *k->slots);
    memset(k->slots, 0, k->cap * sizeof *k->slots);
    k->n = 0;
    for (size_t i = 0; i < cap; i++)
        if (old[i].id)
            put(k, old[i].key, old[i].id);
    free(old);
}

static void put(struct epi__keys *k, uint64_t key, uint64_t id)
{
    if (k->n * 6 >= k->cap * 5)
        grow(k, k->cap / 2 * 3);
    size_t at = start(k, key);
    while (k->slots[at].id) {
        if (k->slots[at].key == key)
            return; /* the earlier record keeps the key */
        at = at + 1 == k->cap ? 0 : at + 1;
    }
    k->slots[at] = (struct entry){key, id};
    k->n++;
}

static epi_id get(const struct epi__keys *k, uint64_t key)
{
    for (size_t at = start(k, key); k->slots[at].id; at = at + 1 == k->cap ? 0 : at + 1)
        if (k->slots[at].key == key)
            return (epi_id){k->slots[at].id};
    return (epi_id){0};
}

/* The fields that together say which event a record of a kind is. */
#define PARTS 4
static const struct natural {
    uint16_t kind;
    int part[PARTS]; /* field indexes, -1 = none */
} naturals[] = {
    {EPI_K_CASE, {EPI_CASE_PERSON, EPI_CASE_DISEASE, EPI_CASE_ONSET, EPI_CASE_REPORTED}},
    {EPI_K_CONTACT, {EPI_CONTACT_CASE, EPI_CONTACT_PERSON, EPI_CONTACT_LAST_EXPOSURE, -1}},
    {EPI_K_VISIT, {EPI_VISIT_PERSON, EPI_VISIT_PLACE, EPI_VISIT_FROM, -1}},
    {EPI_K_DOSE, {EPI_DOSE_PERSON, EPI_DOSE_GIVEN, EPI_DOSE_DISEASE, -1}},
    {EPI_K_SAMPLE, {EPI_SAMPLE_PERSON, EPI_SAMPLE_TAKEN, EPI_SAMPLE_METHOD, EPI_SAMPLE_CODE}},
    {EPI_K_ARRIVAL, {EPI_ARRIVAL_PERSON, EPI_ARRIVAL_ARRIVED, -1, -1}},
    {EPI_K_COUNT, {EPI_COUNT_UNIT, EPI_COUNT_DATE, EPI_COUNT_DETECTION, EPI_COUNT_DISEASE}},
    {EPI_K_COVERAGE, {EPI_COVERAGE_UNIT, EPI_COVERAGE_DATE, EPI_COVERAGE_GROUP, -1}},
    {EPI_K_READINESS, {EPI_READINESS_UNIT, EPI_READINESS_DATE, EPI_READINESS_ITEM, -1}},
    {EPI_K_PLACE, {EPI_PLACE_UNIT, EPI_PLACE_NAME, EPI_PLACE_TYPE, -1}},
};

static uint64_t value_hash(struct epi_value v)
{
    switch (v.t) {
    case EPI_V_NULL:
        return 7;
    case EPI_V_INT:
        return mix(1, (uint64_t)v.i);
    case EPI_V_REAL:
        return mix(2, (uint64_t)(v.f * 1000));
    case EPI_V_TEXT:
        return mix(3, epi_str_hash(v.s));
    }
    return 0;
}

/* 0 when the first part is unknown: two rows that name nobody are not the same event. */
static uint64_t natural_key(const struct epi_record *r)
{
    for (size_t i = 0; i < EPI_COUNT(naturals); i++) {
        if (naturals[i].kind != r->kind || r->v[naturals[i].part[0]].t == EPI_V_NULL)
            continue;
        uint64_t h = mix(0x6e61, r->kind);
        for (int p = 0; p < PARTS && naturals[i].part[p] >= 0; p++)
            h = mix(h, value_hash(r->v[naturals[i].part[p]]));
        return h | 1;
    }
    return 0;
}

static uint64_t code_key(uint16_t kind, epi_str code)
{
    return mix(mix(0xc0de, kind), epi_str_hash(code)) | 1;
}

static int code_field(const struct epi_kind *k)
{
    for (size_t f = 0; f < k->n_fields; f++)
        if (k->fields[f].flags & EPI_F_LOCAL_KEY)
            return (int)f;
    return -1;
}

void epi__keys_add(struct epi__keys *k, const struct epi_record *r)
{
    int code = code_field(&k->c->kinds[r->kind]);
    if (code >= 0 && r->v[code].t == EPI_V_TEXT)
        put(k, code_key(r->kind, r->v[code].s), r->id.v);
    uint64_t natural = r->kind == k->kind ? natural_key(r) : 0;
    if (natural)
        put(k, natural, r->id.v);
}

epi_id epi__keys_code(const struct epi__keys *k, uint16_t kind, epi_str code)
{
    return code.n ? get(k, code_key(kind, code)) : (epi_id){0};
}

epi_id epi__keys_same(const struct epi__keys *k, const struct epi_record *r)
{
    int code = code_field(&k->c->kinds[r->kind]);
    if (code >= 0 && r->v[code].t == EPI_V_TEXT)
        return get(k, code_key(r->kind, r->v[code].s));
    uint64_t natural = natural_key(r);
    return natural ? get(k, natural) : (epi_id){0};
}

/* --- loading
 * --------------------------------------------------------------------------------------------------------
 */
struct load {
    struct epi__keys *k;
    uint16_t kind;
    const uint16_t *fields;
    size_t n;
    struct epi_record *row; /* reused */
};

static bool load_batch(const struct epi_batch *b, void *ctx)
{
    struct load *l = ctx;
    for (size_t i = 0; i < b->rows; i++) {
        l->row->id = b->ids[i];
        for (size_t c = 0; c < l->n; c++)
            l->row->v[l->fields[c]] = b->columns[c][i];
        epi__keys_add(l->k, l->row);
    }
    return true;
}

static epi_status load_kind(struct epi__import *im, uint16_t kind, bool natural)
{
    uint16_t fields[PARTS + 1];
    size_t n = 0;
    const struct epi_catalogue *c = im->call->app->catalogue;
    int code = code_field(&c->kinds[kind]);
    if (code >= 0)
        fields[n++] = (uint16_t)code;
    for (size_t i = 0; natural && i < EPI_COUNT(naturals); i++)
        for (int p = 0; naturals[i].kind == kind && p < PARTS && naturals[i].part[p] >= 0; p++)
            if (naturals[i].part[p] != code)
                fields[n++] = (uint16_t)naturals[i].part[p];
    if (!n)
        return EPI_OK;
    struct load l = {im->keys, kind, fields, n, epi_record_new(im->call->a, c, kind)};
    return epi_store_scan(im->call->app->store, kind, &im->call->actor.scope, NULL, 0, fields, n,
                          load_batch, &l, &im->call->err);
}

epi_status epi__keys_load(struct epi__import *im)
{
    const struct epi_kind *k = &im->call->app->catalogue->kinds[im->kind];
    uint64_t referred = 0;
    im->keys = epi_xmalloc(sizeof *im->keys);
    *im->keys = (struct epi__keys){.c = im->call->app->catalogue, .kind = im->kind};
    /* a code and an event each, and something of the base: up to five sixths full */
    grow(im->keys, (size_t)im->total_rows * 13 / 5);
    EPI_TRY(load_kind(im, im->kind, true));
    for (size_t f = 0; f < k->n_fields; f++)
        if (k->fields[f].type == EPI_T_REF && k->fields[f].ref_kind != im->kind &&
            k->fields[f].ref_kind != EPI_K_PERSON &&
            !im->call->app->catalogue->kinds[k->fields[f].ref_kind].internal)
            referred |= 1ull << k->fields[f].ref_kind;
    for (uint16_t kind = 0; kind < EPI_KINDS; kind++)
        if (referred >> kind & 1)
            EPI_TRY(load_kind(im, kind, false));
    return EPI_OK;
}

void epi__keys_free(struct epi__keys *k)
{
    if (!k)
        return;
    free(k->slots);
    free(k);
}
