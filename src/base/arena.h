/* arena.h - memory by lifetime: take many times, give back once.
 *
 * Ownership: everything taken from an arena lives until epi_arena_reset, _release or _free.
 * Threads:   an arena belongs to one thread at a time.
 * Failure:   an exhausted heap aborts; a cap set at creation is reported by epi_arena_full,
 *            and epi_arena_try returns NULL past it (for input-sized memory). */
#ifndef EPI_BASE_ARENA_H
#define EPI_BASE_ARENA_H
#include "base/attr.h"

struct epi_arena;
struct epi_arena_mark { /* opaque position, from epi_arena_mark */
    void *chunk;
    size_t used;
};

/* A new arena that may hold at most `cap` bytes; 0 = no limit. */
struct epi_arena *epi_arena_new(size_t cap);
void epi_arena_free(struct epi_arena *a); /* NULL allowed */
void epi_arena_reset(struct epi_arena *a);
/* Zeroed memory aligned for any type; aborts when the cap is passed (a cap is a safety net here).
 */
void *epi_arena_take(struct epi_arena *a, size_t bytes);
/* As epi_arena_take, but NULL when the cap would be passed. */
EPI_MUST_USE void *epi_arena_try(struct epi_arena *a, size_t bytes);
/* `count` zeroed elements of `size` bytes; overflow aborts. */
void *epi_arena_array(struct epi_arena *a, size_t count, size_t size);
size_t epi_arena_used(const struct epi_arena *a);
/* Temporaries: mark, take, release gives back everything taken since. */
struct epi_arena_mark epi_arena_mark(struct epi_arena *a);
void epi_arena_release(struct epi_arena *a, struct epi_arena_mark mark);

#define EPI_NEW(a, type) ((type *)epi_arena_take((a), sizeof(type)))
#define EPI_ARRAY(a, count, type) ((type *)epi_arena_array((a), (count), sizeof(type)))

/* For EPI_CLEANUP on a local `struct epi_arena *`. */
static inline void epi_arena_freep(struct epi_arena **a)
{
    epi_arena_free(*a);
}
#define EPI_ARENA_LOCAL(name) EPI_CLEANUP(epi_arena_freep) struct epi_arena *name = epi_arena_new(0)

/* malloc family that aborts when the heap is exhausted; free with free(). Long-lived registries
 * only. */
void *epi_xmalloc(size_t bytes);
void *epi_xrealloc(void *p, size_t bytes);
/* As epi_xmalloc, for a table that is read at random: a large one lies on huge pages where the
 * system offers them, and a read then costs one miss of the cache instead of two. */
void *epi_xtable(size_t bytes);
#endif
