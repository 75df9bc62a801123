// SPDX-License-Identifier: AGPL-3.0-or-later
#include "base/io.h"
#include <pthread.h>
#include <stdlib.h>

#define EPOCH_2020_MS 1577836800000LL
#define COUNTER_BITS 22
#define COUNTER_MAX ((1u << COUNTER_BITS) - 1)
#define TIME_MAX ((1LL << 41) - 1)
#define NUMBER_BITS 40 /* of an operation made by counting; 2^40 rows in one job are never met */

static const char crockford[] = "0123456789abcdefghjkmnpqrstvwxyz";

const char *epi_id_text(epi_id id, char out[16])
{
    out[0] = '\0';
    if (id.v == 0)
        return out;
    uint64_t v = id.v;
    for (int i = 12; i >= 0; i--, v >>= 5)
        out[i] = crockford[v & 31];
    out[13] = '\0';
    return out;
}

bool epi_id_parse(epi_str s, epi_id *ret)
{
    uint64_t v = 0;
    if (s.n != 13)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (c >= 'A' && c <= 'Z')
            c = (char)(c + ('a' - 'A'));
        if (c == 'o')
            c = '0';
        if (c == 'i' || c == 'l')
            c = '1';
        const char *hit = c ? strchr(crockford, c) : NULL;
        if (!hit || (i == 0 && hit - crockford > 7))
            return false;
        v = v << 5 | (uint64_t)(hit - crockford);
    }
    if (v == 0)
        return false;
    ret->v = v;
    return true;
}

const char *epi_opid_text(const epi_opid *id, char out[40])
{
    static const char hex[] = "0123456789abcdef";
    size_t at = 0;
    for (int i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            out[at++] = '-';
        out[at++] = hex[id->b[i] >> 4];
        out[at++] = hex[id->b[i] & 15];
    }
    out[at] = '\0';
    return out;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

bool epi_opid_parse(epi_str s, epi_opid *ret)
{
    epi_opid id;
    size_t at = 0;
    if (s.n != 36)
        return false;
    for (int i = 0; i < 16; i++) {
        if ((i == 4 || i == 6 || i == 8 || i == 10) && s.p[at++] != '-')
            return false;
        int high = hex_digit(s.p[at]), low = hex_digit(s.p[at + 1]);
        if (high < 0 || low < 0)
            return false;
        id.b[i] = (uint8_t)(high << 4 | low);
        at += 2;
    }
    *ret = id;
    return true;
}

/* RFC 9562 section 5.7: 48 bits of Unix milliseconds, 4 of version, 12 bits, 2 of variant, 62 bits.
 */
static epi_opid uuid7(int64_t ms, uint32_t high12, uint64_t low62)
{
    uint64_t t = ms < 0 ? 0 : (uint64_t)ms & 0xFFFFFFFFFFFFu;
    uint64_t first = t << 16 | 0x7000 | (high12 & 0xFFF);
    uint64_t second = (uint64_t)2 << 62 | (low62 & (((uint64_t)1 << 62) - 1));
    epi_opid id;
    for (int i = 0; i < 8; i++) {
        id.b[i] = (uint8_t)(first >> (56 - 8 * i));
        id.b[8 + i] = (uint8_t)(second >> (56 - 8 * i));
    }
    return id;
}

epi_opid epi_opid_numbered(epi_instant space_time, uint64_t space, uint64_t number)
{
    EPI_ASSERT(number >> NUMBER_BITS == 0);
    uint64_t h = epi_str_hash((epi_str){(const char *)&space, sizeof space});
    uint64_t low = (h >> 12 << NUMBER_BITS) | number; /* 22 bits of the space, then the number */
    return uuid7(space_time.ms, (uint32_t)(h & 0xFFF), low);
}

/* --- making new ones ---------------------------------------------------------------------------
 */

struct epi_ids {
    const struct epi_io *io;
    pthread_mutex_t lock;
    int64_t id_ms, op_ms;
    uint32_t id_counter, op_counter;
    uint8_t entropy[512];
    size_t entropy_left;
};

struct epi_ids *epi_ids_new(const struct epi_io *io)
{
    struct epi_ids *ids = epi_xmalloc(sizeof *ids);
    *ids = (struct epi_ids){.io = io, .id_ms = -1, .op_ms = -1};
    EPI_ASSERT(pthread_mutex_init(&ids->lock, NULL) == 0);
    return ids;
}

void epi_ids_free(struct epi_ids *ids)
{
    if (!ids)
        return;
    pthread_mutex_destroy(&ids->lock);
    free(ids);
}

static uint64_t entropy(struct epi_ids *ids)
{
    uint64_t v;
    if (ids->entropy_left < sizeof v) {
        ids->io->random.fill(ids->io->random.ctx, ids->entropy, sizeof ids->entropy);
        ids->entropy_left = sizeof ids->entropy;
    }
    ids->entropy_left -= sizeof v;
    memcpy(&v, ids->entropy + ids->entropy_left, sizeof v);
    return v;
}

epi_id epi_ids_next(struct epi_ids *ids)
{
    pthread_mutex_lock(&ids->lock);
    int64_t ms = ids->io->clock.now(ids->io->clock.ctx).ms - EPOCH_2020_MS;
    if (ms < 0)
        ms = 0;
    if (ms > ids->id_ms) {
        ids->id_ms = ms;
        /* The upper half of the counter is left for counting on within the millisecond. */
        ids->id_counter = 1 + (uint32_t)(entropy(ids) % (COUNTER_MAX / 2));
    } else if (++ids->id_counter > COUNTER_MAX) {
        ids->id_ms++;
        ids->id_counter = 1;
    }
    EPI_ASSERT(ids->id_ms <= TIME_MAX);
    epi_id id = {(uint64_t)ids->id_ms << COUNTER_BITS | ids->id_counter};
    pthread_mutex_unlock(&ids->lock);
    return id;
}

epi_opid epi_ids_op(struct epi_ids *ids)
{
    pthread_mutex_lock(&ids->lock);
    int64_t ms = ids->io->clock.now(ids->io->clock.ctx).ms;
    if (ms > ids->op_ms) {
        ids->op_ms = ms;
        ids->op_counter = (uint32_t)(entropy(ids) & 0x7FF);
    } else if (++ids->op_counter > 0xFFF) {
        ids->op_ms++;
        ids->op_counter = 0;
    }
    epi_opid id = uuid7(ids->op_ms, ids->op_counter, entropy(ids));
    pthread_mutex_unlock(&ids->lock);
    return id;
}
