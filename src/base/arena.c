// SPDX-License-Identifier: AGPL-3.0-or-later
#include "base/arena.h"
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* Under AddressSanitizer the part of a chunk that is not given out is poisoned, so that a view kept
 * past a reset or a read past the end is found. */
#if defined(__SANITIZE_ADDRESS__)
#define WITH_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WITH_ASAN 1
#endif
#endif
#ifdef WITH_ASAN
#include <sanitizer/asan_interface.h>
#define POISON(p, n) ASAN_POISON_MEMORY_REGION((p), (n))
#define UNPOISON(p, n) ASAN_UNPOISON_MEMORY_REGION((p), (n))
#else
#define POISON(p, n) ((void)(p), (void)(n))
#define UNPOISON(p, n) ((void)(p), (void)(n))
#endif

#define ALIGN ((size_t)16)
#define CHUNK_FIRST ((size_t)4 << 10)
#define CHUNK_LAST ((size_t)1 << 20)
#define HUGE_PAGE ((size_t)2 << 20)

struct chunk {
    struct chunk *below; /* older */
    size_t size, used;
    size_t before; /* bytes taken from the older chunks */
    _Alignas(16) unsigned char data[];
};
struct epi_arena {
    size_t cap, next_size;
    struct chunk *top,
        *spare; /* one emptied chunk is kept: mark and release in a loop stay cheap */
};

void *epi_xmalloc(size_t bytes)
{
    void *p = malloc(bytes ? bytes : 1);
    EPI_ASSERT(p && "the heap is exhausted");
    return p;
}

void *epi_xrealloc(void *p, size_t bytes)
{
    void *q = realloc(p, bytes ? bytes : 1);
    EPI_ASSERT(q && "the heap is exhausted");
    return q;
}

void *epi_xtable(size_t bytes)
{
    if (bytes < 2 * HUGE_PAGE || bytes > SIZE_MAX - HUGE_PAGE)
        return epi_xmalloc(bytes);
    size_t whole = (bytes + HUGE_PAGE - 1) & ~(HUGE_PAGE - 1);
    void *p = aligned_alloc(HUGE_PAGE, whole);
    EPI_ASSERT(p && "the heap is exhausted");
    (void)madvise(p, whole, MADV_HUGEPAGE); /* a wish */
    return p;
}

struct epi_arena *epi_arena_new(size_t cap)
{
    struct epi_arena *a = epi_xmalloc(sizeof *a);
    *a = (struct epi_arena){.cap = cap, .next_size = CHUNK_FIRST};
    return a;
}

static void chunk_free(struct chunk *c)
{
    if (c)
        UNPOISON(c->data, c->size);
    free(c);
}

void epi_arena_free(struct epi_arena *a)
{
    if (!a)
        return;
    while (a->top) {
        struct chunk *below = a->top->below;
        chunk_free(a->top);
        a->top = below;
    }
    chunk_free(a->spare);
    free(a);
}

size_t epi_arena_used(const struct epi_arena *a)
{
    return a->top ? a->top->before + a->top->used : 0;
}

static void pop_chunk(struct epi_arena *a)
{
    struct chunk *c = a->top;
    a->top = c->below;
    POISON(c->data, c->size);
    if (a->spare && a->spare->size >= c->size) {
        chunk_free(c);
        return;
    }
    chunk_free(a->spare);
    a->spare = c;
}

static void push_chunk(struct epi_arena *a, size_t bytes)
{
    size_t before = epi_arena_used(a);
    struct chunk *c = a->spare;
    if (c && c->size >= bytes) {
        a->spare = NULL;
    } else {
        size_t size = a->next_size < bytes ? bytes : a->next_size;
        EPI_ASSERT(size <= SIZE_MAX - sizeof *c);
        if (a->next_size < CHUNK_LAST)
            a->next_size *= 2;
        c = epi_xmalloc(sizeof *c + size);
        c->size = size;
        POISON(c->data, c->size);
    }
    c->used = 0;
    c->before = before;
    c->below = a->top;
    a->top = c;
}

void *epi_arena_try(struct epi_arena *a, size_t bytes)
{
    size_t used = epi_arena_used(a);
    if (bytes > SIZE_MAX / 2)
        return NULL;
    size_t need = bytes ? (bytes + ALIGN - 1) & ~(ALIGN - 1) : ALIGN;
    if (a->cap && (used > a->cap || need > a->cap - used))
        return NULL;
    if (!a->top || a->top->size - a->top->used < need)
        push_chunk(a, need);
    unsigned char *p = a->top->data + a->top->used;
    a->top->used += need;
    UNPOISON(p, bytes);
    memset(p, 0, bytes);
    return p;
}

void *epi_arena_take(struct epi_arena *a, size_t bytes)
{
    void *p = epi_arena_try(a, bytes);
    EPI_ASSERT(p && "the arena's cap is passed");
    return p;
}

void *epi_arena_array(struct epi_arena *a, size_t count, size_t size)
{
    EPI_ASSERT(size == 0 || count <= SIZE_MAX / 2 / size);
    return epi_arena_take(a, count * size);
}

struct epi_arena_mark epi_arena_mark(struct epi_arena *a)
{
    return (struct epi_arena_mark){a->top, a->top ? a->top->used : 0};
}

void epi_arena_release(struct epi_arena *a, struct epi_arena_mark mark)
{
    while (a->top != mark.chunk) {
        EPI_ASSERT(a->top && "the mark is not of this arena");
        pop_chunk(a);
    }
    if (a->top) {
        EPI_ASSERT(mark.used <= a->top->used);
        POISON(a->top->data + mark.used, a->top->size - mark.used);
        a->top->used = mark.used;
    }
}

void epi_arena_reset(struct epi_arena *a)
{
    epi_arena_release(a, (struct epi_arena_mark){NULL, 0});
}
