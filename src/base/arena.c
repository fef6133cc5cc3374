/* arena: see arena.h. */
#include "base/arena.h"

#include <stdint.h>
#include <string.h>

#include "base/memory.h"

struct leat_arena_chunk {
    struct leat_arena_chunk *next;
    size_t size;
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

/* Goes on in chunk, which is empty; NULL: in none. */
static void use(struct leat_arena *arena, struct leat_arena_chunk *chunk)
{
    arena->chunks = chunk;
    arena->at = chunk == NULL ? NULL : chunk->bytes;
    arena->left = chunk == NULL ? 0 : chunk->size;
}

void *leat_arena_alloc_slow(struct leat_arena *arena, size_t size)
{
    size_t needed = size == 0 ? 1 : size;
    size_t rounded = (needed + LEAT_ARENA_ALIGNMENT - 1) & ~(LEAT_ARENA_ALIGNMENT - 1);
    size_t chunk_size = chunk_size_for(arena, rounded);
    struct leat_arena_chunk *chunk;

    if (rounded < needed)
        return NULL;
    if (rounded > arena->left) {
        if (chunk_size > arena->limit_bytes - arena->held_bytes)
            return NULL;
        chunk = leat_grow(NULL, 1, sizeof *chunk + chunk_size);
        if (chunk == NULL)
            return NULL;
        chunk->size = chunk_size;
        chunk->next = arena->chunks;
        arena->held_bytes += chunk_size;
        use(arena, chunk);
    }
    return leat_arena_alloc(arena, needed);
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
    if (keep->size > arena->chunk_bytes) { /* A huge piece does not stay for ever. */
        release_from(arena, keep);
        keep = NULL;
    }
#endif
    use(arena, keep);
}

void leat_arena_release(struct leat_arena *arena)
{
    release_from(arena, arena->chunks);
    use(arena, NULL);
}
