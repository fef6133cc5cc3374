/*
 * arena: memory of one unit of work: taken piece by piece, given back all at once.
 *
 *   chunk -> chunk -> chunk      each a block of at least chunk_bytes; reset keeps the first
 *
 * Built with LEAT_ARENA_MALLOC (the asan preset) every piece is a block of its own, so that the
 * sanitizer sees a use after reset.
 *
 * Thread: one at a time.
 */
#ifndef LEAT_BASE_ARENA_H
#define LEAT_BASE_ARENA_H

#include <stdalign.h>
#include <stddef.h>

#include "base/status.h"

#define LEAT_ARENA_ALIGNMENT alignof(max_align_t)

struct leat_arena_chunk;

struct leat_arena {
    struct leat_arena_chunk *chunks; /* Owned; the newest first. */
    char *at;                        /* In the newest: what is free, */
    size_t left;                     /* and how much. */
    size_t chunk_bytes;
    size_t limit_bytes; /* Of all chunks together. */
    size_t held_bytes;
};

/* No memory is taken before the first leat_arena_alloc. */
void leat_arena_init(struct leat_arena *arena, size_t chunk_bytes, size_t limit_bytes);

/* leat_arena_alloc where the newest chunk does not do. */
LEAT_MUST_CHECK void *leat_arena_alloc_slow(struct leat_arena *arena, size_t size);

/* Uninitialised memory, aligned for every type, or NULL when the limit or the heap is exhausted.
 * Lives until leat_arena_reset. */
LEAT_MUST_CHECK static inline void *leat_arena_alloc(struct leat_arena *arena, size_t size)
{
    size_t rounded = (size + LEAT_ARENA_ALIGNMENT - 1) & ~(LEAT_ARENA_ALIGNMENT - 1);
    void *piece = arena->at;

    if (rounded - 1 >= arena->left) /* So is a size of 0, or one that wraps around to it. */
        return leat_arena_alloc_slow(arena, size);
    arena->at += rounded;
    arena->left -= rounded;
    return piece;
}

/* Zeroed. */
LEAT_MUST_CHECK void *leat_arena_zalloc(struct leat_arena *arena, size_t size);

/* A NUL-terminated copy of size bytes. */
LEAT_MUST_CHECK char *leat_arena_copy(struct leat_arena *arena, const void *bytes, size_t size);

/* A copy of text; NULL for NULL. */
LEAT_MUST_CHECK char *leat_arena_strdup(struct leat_arena *arena, const char *text);

/* Gives back every piece; keeps one chunk. Costs nothing when nothing was taken. */
void leat_arena_reset(struct leat_arena *arena);

/* Gives back everything. */
void leat_arena_release(struct leat_arena *arena);

#endif
