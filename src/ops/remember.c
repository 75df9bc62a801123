// SPDX-License-Identifier: AGPL-3.0-or-later
/* Figures that cost a pass over all records are kept until a record of the kinds they count
 * changes. */
#include "ops/ops_internal.h"
#include <stdlib.h>

#define SLOTS 12
#define BYTES_MAX (96u << 20)

struct slot {
    uint64_t key, version, used;
    void *block;
    size_t bytes;
};
struct epi__figures {
    pthread_mutex_t lock;
    uint64_t changes[EPI_KINDS], clock;
    struct slot slots[SLOTS];
    size_t bytes;
};

struct epi__figures *epi__figures_new(void)
{
    struct epi__figures *f = epi_xmalloc(sizeof *f);
    memset(f, 0, sizeof *f);
    pthread_mutex_init(&f->lock, NULL);
    return f;
}

void epi__figures_free(struct epi__figures *f)
{
    if (!f)
        return;
    for (size_t i = 0; i < SLOTS; i++)
        free(f->slots[i].block);
    pthread_mutex_destroy(&f->lock);
    free(f);
}

void epi__figures_note(struct epi__figures *f, uint64_t kinds)
{
    pthread_mutex_lock(&f->lock);
    for (size_t k = 0; k < EPI_KINDS; k++)
        f->changes[k] += kinds >> k & 1;
    pthread_mutex_unlock(&f->lock);
}

uint64_t epi__figures_version(struct epi__figures *f, uint64_t kinds)
{
    uint64_t sum = 1; /* changes only ever grow, so equal sums mean no change */
    pthread_mutex_lock(&f->lock);
    for (size_t k = 0; k < EPI_KINDS; k++)
        sum += kinds >> k & 1 ? f->changes[k] : 0;
    pthread_mutex_unlock(&f->lock);
    return sum;
}

bool epi__recall(struct epi__figures *f, uint64_t key, uint64_t version, void *out, size_t bytes)
{
    bool found = false;
    pthread_mutex_lock(&f->lock);
    for (size_t i = 0; i < SLOTS && !found; i++) {
        struct slot *s = &f->slots[i];
        found = s->block && s->key == key && s->version == version && s->bytes == bytes;
        if (found) {
            s->used = ++f->clock;
            memcpy(out, s->block, bytes);
        }
    }
    pthread_mutex_unlock(&f->lock);
    return found;
}

static void drop(struct epi__figures *f, struct slot *s)
{
    free(s->block);
    f->bytes -= s->bytes;
    *s = (struct slot){0};
}

void epi__remember(struct epi__figures *f, uint64_t key, uint64_t version, const void *block,
                   size_t bytes)
{
    if (bytes > BYTES_MAX / 2)
        return;
    pthread_mutex_lock(&f->lock);
    struct slot *into = &f->slots[0];
    for (size_t i = 0; i < SLOTS; i++) {
        struct slot *s = &f->slots[i];
        if (s->key == key) {
            into = s;
            break;
        }
        if (s->used < into->used)
            into = s;
    }
    drop(f, into);
    while (f->bytes + bytes > BYTES_MAX) {
        struct slot *oldest = NULL;
        for (size_t i = 0; i < SLOTS; i++)
            if (f->slots[i].block && (!oldest || f->slots[i].used < oldest->used))
                oldest = &f->slots[i];
        drop(f, oldest);
    }
    *into = (struct slot){key, version, ++f->clock, epi_xmalloc(bytes), bytes};
    memcpy(into->block, block, bytes);
    f->bytes += bytes;
    pthread_mutex_unlock(&f->lock);
}
