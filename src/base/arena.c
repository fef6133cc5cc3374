/* arena: see arena.h. */
#include "base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <string.h>

#include "base/memory.h"

struct leat_arena_chunk {
    struct leat_arena_chunk *next;
    size_t size;
    size_t used;
    alignas(max_align_t) char bytes[];
};

void leat_arena_init(struct leat_arena *arena, size_t chunk_bytes, size_t limit_bytes)
{
    *arena = (struct leat_arena){.chunk_bytes = chunk_bytes, .limit_bytes = limit_bytes};
}

static size_t chunk_size_for(const struct leat_arena *arena, size_t size)
{
#ifdef LEAT_ARENA_MALLOC
    (void)arena;
    return size;
#else
    return size > arena->chunk_bytes ? size : arena->chunk_bytes;
#endif
}

static void *alloc_slow(struct leat_arena *arena, size_t size)
{
    size_t chunk_size = chunk_size_for(arena, size);
    struct leat_arena_chunk *chunk;

    if (chunk_size > arena->limit_bytes - arena->held_bytes)
        return NULL;
    chunk = leat_grow(NULL, 1, sizeof *chunk + chunk_size);
    if (chunk == NULL)
        return NULL;
    chunk->size = chunk_size;
    chunk->used = size;
    chunk->next = arena->chunks;
    arena->chunks = chunk;
    arena->held_bytes += chunk_size;
    return chunk->bytes;
}

void *leat_arena_alloc(struct leat_arena *arena, size_t size)
{
    struct leat_arena_chunk *chunk = arena->chunks;
    size_t rounded = (size + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
    void *piece;

    if (rounded < size)
        return NULL;
    if (chunk == NULL || chunk->size - chunk->used < rounded)
        return alloc_slow(arena, rounded);
    piece = chunk->bytes + chunk->used;
    chunk->used += rounded;
    return piece;
}

void *leat_arena_zalloc(struct leat_arena *arena, size_t size)
{
    void *piece = leat_arena_alloc(arena, size);

    return piece == NULL ? NULL : memset(piece, 0, size);
}

char *leat_arena_copy(struct leat_arena *arena, const void *bytes, size_t size)
{
    char *copy = size == SIZE_MAX ? NULL : leat_arena_alloc(arena, size + 1);

    if (copy == NULL)
        return NULL;
    if (size > 0)
        memcpy(copy, bytes, size);
    copy[size] = '\0';
    return copy;
}

char *leat_arena_strdup(struct leat_arena *arena, const char *text)
{
    return text == NULL ? NULL : leat_arena_copy(arena, text, strlen(text));
}

static void release_from(struct leat_arena *arena, struct leat_arena_chunk *chunk)
{
    while (chunk != NULL) {
        struct leat_arena_chunk *next = chunk->next;

        arena->held_bytes -= chunk->size;
        leat_free(chunk);
        chunk = next;
    }
}

void leat_arena_reset(struct leat_arena *arena)
{
    struct leat_arena_chunk *keep = arena->chunks;

    if (keep == NULL)
        return;
#ifdef LEAT_ARENA_MALLOC
    keep = NULL;
    release_from(arena, arena->chunks);
#else
    release_from(arena, keep->next);
    keep->next = NULL;
    keep->used = 0;
    if (keep->size > arena->chunk_bytes) { /* A huge piece does not stay for ever. */
        release_from(arena, keep);
        keep = NULL;
    }
#endif
    arena->chunks = keep;
}

void leat_arena_release(struct leat_arena *arena)
{
    release_from(arena, arena->chunks);
    arena->chunks = NULL;
}
